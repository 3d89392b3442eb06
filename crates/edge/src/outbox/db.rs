//! Rows of the outbox.
use rusqlite::ErrorCode;
use uuid::Uuid;
use wire::event::{Hash, Header, Record};

use crate::db::{DbError, Snapshot, Sql, Tx, sql, uuid_key};

/// Adds a record; the triggers check its number and its link and move the head and the logical clock.
pub(super) fn insert(tx: &Tx<'_>, header: &Header, record: &Record) -> Result<(), DbError> {
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

/// Records from a number on, in order.
pub(crate) fn from(at: &Snapshot<'_>, seq: i64, limit: usize) -> Result<Vec<Record>, DbError> {
    const FROM: Sql =
        sql!("select header, body, hash from outbox where seq >= ?1 order by seq limit ?2");
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
