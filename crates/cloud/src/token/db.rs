//! SQL of API tokens.
use jiff::Timestamp;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::Token;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

pub(super) async fn insert(tx: &Tx, token: &Token, hash: &[u8; 32]) -> Result<()> {
    const INSERT: Sql = sql!(
        "insert into api_token (id, staff_id, name, token_hash, scopes, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)",
        (uuid, uuid, text, bytea, [text], timestamptz, timestamptz) -> ()
    );
    let params: [&(dyn ToSql + Sync); 7] = [
        &token.id,
        &token.staff,
        &token.name,
        &hash.as_slice(),
        &token.scopes,
        &token.created_at,
        &token.expires_at,
    ];
    Ok(tx.run(INSERT, &params).await?)
}

/// Tokens of a person that are good.
pub(super) async fn count(tx: &Tx, staff: Uuid, now: Timestamp) -> Result<i64> {
    const COUNT: Sql = sql!(
        "select count(*) from api_token where staff_id = $1 and revoked_at is null and expires_at > $2",
        (uuid, timestamptz) -> (bigint)
    );
    let row = tx.row(COUNT, &[&staff, &now]).await?;
    Ok(row.map_or(0, |row| row.get(0)))
}

/// Tokens of one person, or of everybody, the newest first.
pub(super) async fn list(tx: &Tx, staff: Option<Uuid>) -> Result<Vec<Token>> {
    const LIST: Sql = sql!(
        "select t.id, t.staff_id, s.name, t.name, t.scopes, t.created_at, t.expires_at, t.last_used_at, t.revoked_at
           from api_token t join staff s on s.id = t.staff_id
          where $1::uuid is null or t.staff_id = $1
          order by t.created_at desc, t.id limit 1000",
        (uuid) -> (uuid, uuid, text, text, [text], timestamptz, timestamptz, timestamptz, timestamptz)
    );
    let rows = tx.rows(LIST, &[&staff]).await?;
    Ok(rows
        .iter()
        .map(|row| Token {
            id: row.get(0),
            staff: row.get(1),
            staff_name: row.get(2),
            name: row.get(3),
            scopes: row.get(4),
            created_at: row.get(5),
            expires_at: row.get(6),
            last_used_at: row.get(7),
            revoked_at: row.get(8),
        })
        .collect())
}

/// Revokes a token; with `owner` only if it is theirs. One that was revoked stays so. False when there is none.
pub(super) async fn revoke(tx: &Tx, id: Uuid, owner: Option<Uuid>, now: Timestamp) -> Result<bool> {
    const REVOKE: Sql = sql!(
        "update api_token set revoked_at = coalesce(revoked_at, $3) where id = $1 and ($2::uuid is null or staff_id = $2) returning id",
        (uuid, uuid, timestamptz) -> (uuid)
    );
    Ok(tx.row(REVOKE, &[&id, &owner, &now]).await?.is_some())
}
