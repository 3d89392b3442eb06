//! Rows of the outbox.
use rusqlite::ErrorCode;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use wire::{
    body::Document,
    event::{Hash, Header, Record},
};

use crate::{
    db::{DbError, Snapshot, Sql, Tx, sql, uuid_key},
    node::Site,
};

/// Adds a record; the triggers check its number and its link and move the head and the logical clock.
pub(crate) fn insert(tx: &Tx<'_>, header: &Header, record: &Record) -> Result<(), DbError> {
    const INSERT: Sql = sql!(
        "insert into outbox (seq, event_id, prev, hlc_ms, hlc_n, header, body, hash)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    );
    tx.execute(
        INSERT,
        (
            header.seq,
            uuid_key(header.id),
            header.prev.0,
            header.hlc.ms,
            header.hlc.n,
            &record.header,
            &record.body,
            record.hash.0,
        ),
    )
    .map(drop)
    .map_err(|error| match error {
        DbError::Sqlite(cause)
            if cause.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
                && cause.to_string().contains("outbox.event_id") =>
        {
            DbError::IdTaken
        }
        other => other,
    })
}

/// Keeps which event is the effect of a message of the cloud.
pub(super) fn insert_command(tx: &Tx<'_>, site: &Site, header: &Header) -> Result<(), DbError> {
    const INSERT_COMMAND: Sql = sql!(
        "insert into command (epoch, incarnation, idx, seq, kind) values (?1, ?2, ?3, ?4, ?5)"
    );
    tx.execute(
        INSERT_COMMAND,
        (
            site.epoch,
            site.incarnation,
            site.r_cursor,
            header.seq,
            &header.kind,
        ),
    )
    .map(drop)
}

/// The body of an event by its id, if it is of that type.
pub(crate) fn body_of<T: Document + DeserializeOwned>(
    at: &Snapshot<'_>,
    event: Uuid,
) -> Result<Option<(i64, T)>, DbError> {
    const BODY_OF: Sql =
        sql!("select seq, header ->> 'type', body from outbox where event_id = ?1");
    let found: Option<(i64, String, String)> = at.one(BODY_OF, [uuid_key(event)], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    Ok(found.and_then(|(seq, of, body)| {
        let body = (of == T::KIND).then(|| serde_json::from_str(&body).ok());
        Some((seq, body.flatten()?))
    }))
}

/// Records from a number on.
pub(crate) const FROM: Sql =
    sql!("select header, body, hash from outbox where seq >= ?1 order by seq limit ?2");

/// The hash of an event; that of the beginning for number 0.
pub(crate) fn hash(at: &Snapshot<'_>, seq: i64) -> Result<Option<Hash>, DbError> {
    const HASH: Sql = sql!("select hash from outbox where seq = ?1");
    if seq == 0 {
        return Ok(Some(Hash::GENESIS));
    }
    at.one(HASH, [seq], |row| Ok(Hash(row.get(0)?)))
}

/// The newest event of a type: its number and body.
pub(crate) fn newest_of(at: &Snapshot<'_>, kind: &str) -> Result<Option<(i64, String)>, DbError> {
    const NEWEST_OF: Sql =
        sql!("select seq, body from outbox where header ->> 'type' = ?1 order by seq desc limit 1");
    at.one(NEWEST_OF, [kind], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Records from a number on, in order.
pub(crate) fn from(at: &Snapshot<'_>, seq: i64, limit: usize) -> Result<Vec<Record>, DbError> {
    at.all(
        FROM,
        (seq, i64::try_from(limit).unwrap_or(i64::MAX)),
        |row| {
            Ok(Record {
                header: row.get(0)?,
                body: row.get(1)?,
                hash: Hash(row.get(2)?),
            })
        },
    )
}

/// Whether an id stands for an event already.
pub(crate) fn is_taken(at: &Snapshot<'_>, event: Uuid) -> Result<bool, DbError> {
    const IS_TAKEN: Sql = sql!("select 1 from outbox where event_id = ?1");
    at.one(IS_TAKEN, [uuid_key(event)], |_| Ok(()))
        .map(|row| row.is_some())
}
