//! The node's one row.
use jiff::{Timestamp, civil::Date};
use retail::location::{LocationId, NodeId};
use rusqlite::{Connection, Row};
use wire::event::{Hash, Hlc};

use super::{Cause, Mode, Place, Restricted, State};
use crate::db::{self, Change, DbError, Snapshot, Sql, Tx, key, sql};

/// The node's state. There always is one.
pub(crate) fn state(at: &Snapshot<'_>) -> Result<State, DbError> {
    const STATE: Sql = sql!(
        "select node, epoch, last_seq, head, acked, r_cursor, mode, hlc_ms, hlc_n, fingerprint, cloud_url,
                location, currency, newest_business_date, last_contact, clock_offset_ms,
                (select l.time_zone from location l where l.id = node_state.location), incarnation, safe,
                restricted_cause, restricted_detail, restricted_seq, seen_seq, seen_hash, restored, clock_confirmed_ms
           from node_state"
    );
    at.one(STATE, [], read)?
        .ok_or_else(|| DbError::from(rusqlite::Error::QueryReturnedNoRows))
}

fn read(row: &Row<'_>) -> rusqlite::Result<State> {
    let optional_id = |at| -> rusqlite::Result<Option<uuid::Uuid>> {
        Ok(row
            .get::<_, Option<[u8; 16]>>(at)?
            .map(uuid::Uuid::from_bytes))
    };
    let date = row.get::<_, Option<String>>(13)?;
    let contact = row.get::<_, Option<i64>>(14)?;
    Ok(State {
        node: optional_id(0)?.map(NodeId::from_uuid),
        epoch: row.get(1)?,
        last_seq: row.get(2)?,
        head: Hash(row.get(3)?),
        acked: row.get(4)?,
        r_cursor: row.get(5)?,
        mode: db::coded(row, 6, Mode::by_code)?,
        hlc: Hlc {
            ms: row.get(7)?,
            n: row.get(8)?,
        },
        fingerprint: row.get(9)?,
        cloud_url: row.get(10)?,
        location: optional_id(11)?.map(LocationId::from_uuid),
        currency: row.get(12)?,
        newest_business_date: date
            .map(|date| {
                date.parse()
                    .map_err(|error: jiff::Error| db::unreadable(13, error))
            })
            .transpose()?,
        last_contact: contact.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        clock_offset_ms: row.get(15)?,
        time_zone: row.get(16)?,
        incarnation: row.get(17)?,
        safe: row.get(18)?,
        restricted: restricted(row)?,
        seen: seen(row)?,
        is_restored: row.get(24)?,
        clock_confirmed: row
            .get::<_, Option<i64>>(25)?
            .and_then(|ms| Timestamp::from_millisecond(ms).ok()),
    })
}

fn restricted(row: &Row<'_>) -> rusqlite::Result<Option<Restricted>> {
    if row.get::<_, Option<String>>(19)?.is_none() {
        return Ok(None);
    }
    Ok(Some(Restricted {
        cause: db::coded(row, 19, Cause::by_code)?,
        detail: row.get::<_, Option<String>>(20)?.unwrap_or_default(),
        seq: row.get::<_, Option<i64>>(21)?.unwrap_or(i64::MAX),
    }))
}

fn seen(row: &Row<'_>) -> rusqlite::Result<Option<(i64, Hash)>> {
    let seq: Option<i64> = row.get(22)?;
    let hash: Option<[u8; 32]> = row.get(23)?;
    Ok(seq.zip(hash.map(Hash)))
}

/// The node's head, before anything else runs: epoch, number and hash.
pub(crate) fn head_on_disk(connection: &Connection) -> rusqlite::Result<Place> {
    connection.query_row(
        sql!("select epoch, last_seq, head from node_state").text(),
        [],
        |row| {
            Ok(Place {
                epoch: row.get(0)?,
                seq: row.get(1)?,
                hash: Hash(row.get(2)?),
            })
        },
    )
}

/// The node's identity, before anything else runs.
pub(crate) fn node_on_disk(connection: &Connection) -> rusqlite::Result<Option<NodeId>> {
    let node: Option<[u8; 16]> =
        connection.query_row("select node from node_state", [], |row| row.get(0))?;
    Ok(node.map(|bytes| NodeId::from_uuid(uuid::Uuid::from_bytes(bytes))))
}

/// Keeps the newest business date.
pub(crate) fn set_business_date(tx: &Tx<'_>, date: Date) -> Result<(), DbError> {
    const SET_BUSINESS_DATE: Sql = sql!("update node_state set newest_business_date = ?1");
    tx.execute(SET_BUSINESS_DATE, [date.to_string()]).map(drop)
}

/// Takes the next message of the cloud's stream: a message is taken once because of this guard.
pub(crate) fn set_r_cursor(tx: &Tx<'_>, idx: i64) -> Result<(), DbError> {
    const SET_R_CURSOR: Sql =
        sql!("update node_state set r_cursor = ?1 where r_cursor = ?1 - 1 and ?1 > 0");
    match tx.execute(SET_R_CURSOR, [idx])? {
        1 => Ok(()),
        other => Err(rusqlite::Error::StatementChangedRows(other).into()),
    }
}

/// Follows another incarnation of the cloud, from the beginning of its stream.
pub(crate) fn set_incarnation(tx: &Tx<'_>, incarnation: i64) -> Result<(), DbError> {
    const SET_INCARNATION: Sql =
        sql!("update node_state set incarnation = ?1, r_cursor = 0 where incarnation < ?1");
    match tx.execute(SET_INCARNATION, [incarnation])? {
        1 => Ok(()),
        other => Err(rusqlite::Error::StatementChangedRows(other).into()),
    }
}

/// The node may not trust its rights from here on.
pub(crate) fn set_restricted(tx: &Tx<'_>, restricted: &Restricted) -> Result<(), DbError> {
    const SET_RESTRICTED: Sql = sql!(
        "update node_state
            set mode = 'restricted', restricted_cause = ?1, restricted_detail = ?2, restricted_seq = ?3
          where mode <> 'unenrolled'"
    );
    tx.execute(
        SET_RESTRICTED,
        (restricted.cause.code(), &restricted.detail, restricted.seq),
    )?;
    tx.announce(Change::Node);
    Ok(())
}

/// The node may trust its rights again.
pub(crate) fn set_trusted(tx: &Tx<'_>) -> Result<(), DbError> {
    const SET_TRUSTED: Sql = sql!(
        "update node_state
            set mode = 'normal', restricted_cause = null, restricted_detail = null, restricted_seq = null
          where mode = 'restricted'"
    );
    tx.execute(SET_TRUSTED, [])?;
    tx.announce(Change::Node);
    Ok(())
}

/// Somebody has seen an event that the file does not have; `None` when it is known what became of it.
pub(crate) fn set_seen(tx: &Tx<'_>, seen: Option<(i64, Hash)>) -> Result<(), DbError> {
    const SET_SEEN: Sql = sql!("update node_state set seen_seq = ?1, seen_hash = ?2");
    let (seq, hash) = seen.unzip();
    tx.execute(SET_SEEN, (seq, hash.map(|hash| hash.0)))?;
    tx.announce(Change::Node);
    Ok(())
}

/// The file has been compared with what others have seen.
pub(crate) fn set_compared(tx: &Tx<'_>) -> Result<(), DbError> {
    const SET_COMPARED: Sql = sql!("update node_state set restored = 0");
    tx.execute(SET_COMPARED, []).map(drop)
}

/// Somebody has confirmed the clock.
pub(crate) fn set_clock_confirmed(tx: &Tx<'_>, at: Timestamp) -> Result<(), DbError> {
    const SET_CLOCK_CONFIRMED: Sql = sql!("update node_state set clock_confirmed_ms = ?1");
    tx.execute(SET_CLOCK_CONFIRMED, [at.as_millisecond()])?;
    tx.announce(Change::Node);
    Ok(())
}

/// The cloud holds events up to here; after it was restored, that may be less than before.
pub(crate) fn set_acked(tx: &Tx<'_>, acked: i64) -> Result<(), DbError> {
    const SET_ACKED: Sql = sql!("update node_state set acked = ?1");
    tx.execute(SET_ACKED, [acked]).map(drop)
}

/// Keeps what the cloud has confirmed, and when.
pub(crate) fn set_contact(
    tx: &Tx<'_>,
    acked: i64,
    safe: i64,
    contact: Timestamp,
    clock_offset_ms: i64,
) -> Result<(), DbError> {
    const SET_CONTACT: Sql = sql!(
        "update node_state
            set acked = max(acked, ?1), safe = max(safe, ?2), last_contact = ?3, clock_offset_ms = ?4"
    );
    tx.execute(
        SET_CONTACT,
        (acked, safe, contact.as_millisecond(), clock_offset_ms),
    )
    .map(drop)
}

/// Makes the node part of a company.
pub(crate) fn enrol(
    tx: &Tx<'_>,
    enrolled: &wire::enrol::Enrolled,
    cloud_url: Option<&str>,
    fingerprint: &str,
) -> Result<bool, DbError> {
    const ENROL: Sql = sql!(
        "update node_state
            set node = ?1, epoch = ?2, incarnation = ?3, location = ?4, currency = ?5, cloud_url = ?6,
                fingerprint = ?7, mode = 'normal'
          where node is null"
    );
    let changed = tx.execute(
        ENROL,
        (
            enrolled.node_id.into_bytes(),
            enrolled.epoch,
            enrolled.incarnation,
            enrolled.location.id.into_bytes(),
            &enrolled.currency,
            cloud_url,
            fingerprint,
        ),
    )?;
    tx.announce(Change::Node);
    Ok(changed == 1)
}

/// Sales after an event: with the newest that the cloud holds, those that only this disk has.
pub(super) fn sales_after(at: &Snapshot<'_>, seq: i64) -> Result<i64, DbError> {
    const SALES_AFTER: Sql = sql!("select count(*) from sale where seq > ?1");
    at.one(SALES_AFTER, [seq], |row| row.get(0))
        .map(Option::unwrap_or_default)
}

/// A new epoch takes over what never goes back.
pub(crate) fn take_over(tx: &Tx<'_>, date: Option<Date>, hlc: Hlc) -> Result<(), DbError> {
    const TAKE_OVER: Sql =
        sql!("update node_state set newest_business_date = ?1, hlc_ms = ?2, hlc_n = ?3");
    tx.execute(
        TAKE_OVER,
        (date.map(|date| date.to_string()), hlc.ms, hlc.n),
    )
    .map(drop)
}

/// Keeps where the cloud is now.
pub(crate) fn set_cloud_url(tx: &Tx<'_>, url: &str) -> Result<(), DbError> {
    const SET_CLOUD_URL: Sql =
        sql!("update node_state set cloud_url = ?1 where cloud_url is not ?1");
    if tx.execute(SET_CLOUD_URL, [url])? > 0 {
        tx.announce(Change::Node);
    }
    Ok(())
}

/// The shop itself, once its row has come.
pub(super) fn location(
    at: &Snapshot<'_>,
    id: LocationId,
) -> Result<Option<super::http::EdgeLocation>, DbError> {
    const LOCATION: Sql =
        sql!("select id, code, name, kind, time_zone from location where id = ?1");
    at.one(LOCATION, [key(id)], |row| {
        Ok(super::http::location_row(
            db::uuid(row, 0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
        ))
    })
}

/// The registers in use, by name.
pub(super) fn registers(at: &Snapshot<'_>) -> Result<Vec<super::http::Register>, DbError> {
    const REGISTERS: Sql =
        sql!("select id, name, prefix from register where active = 1 order by name, id");
    at.all(REGISTERS, [], |row| {
        Ok(super::http::Register {
            id: db::uuid(row, 0)?,
            name: row.get(1)?,
            prefix: row.get(2)?,
        })
    })
}
