//! Rows of refused writes.
use uuid::Uuid;

use super::Write;
use crate::db::{DbError, Sql, Tx, key, sql, uuid_key};

/// Whether this content was refused before.
pub(super) fn is_kept(tx: &Tx<'_>, noun: &str, id: Uuid, hash: &[u8; 32]) -> Result<bool, DbError> {
    const IS_KEPT: Sql =
        sql!("select 1 from refused_write where noun = ?1 and id = ?2 and content_hash = ?3");
    tx.one(IS_KEPT, (noun, uuid_key(id), hash), |_| Ok(()))
        .map(|row| row.is_some())
}

/// Keeps a refused content.
pub(super) fn insert(
    tx: &Tx<'_>,
    refused: &Write<'_>,
    hash: &[u8; 32],
    seq: i64,
) -> Result<(), DbError> {
    const INSERT: Sql = sql!(
        "insert into refused_write (noun, id, content_hash, content, staff, refused_at, seq)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    );
    tx.execute(
        INSERT,
        (
            refused.noun,
            uuid_key(refused.id),
            hash,
            refused.content.to_string(),
            key(refused.staff),
            tx.now.as_millisecond(),
            seq,
        ),
    )
    .map(drop)
}
