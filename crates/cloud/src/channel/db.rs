//! SQL of channels.
use uuid::Uuid;

use super::Channel;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

pub(super) async fn insert(tx: &Tx, channel: &Channel, key_hash: &[u8; 32]) -> Result<()> {
    const INSERT: Sql = sql!(
        "insert into channel (id, name, key_hash, active, created_at) values ($1, $2, $3, $4, $5)",
        (uuid, text, bytea, boolean, timestamptz) -> ()
    );
    Ok(tx
        .run(
            INSERT,
            &[
                &channel.id,
                &channel.name,
                &key_hash.as_slice(),
                &channel.active,
                &channel.created_at,
            ],
        )
        .await?)
}

/// The active channel whose key has this hash.
pub(super) async fn by_key(tx: &Tx, key_hash: &[u8; 32]) -> Result<Option<Uuid>> {
    const BY_KEY: Sql =
        sql!("select id from channel where key_hash = $1 and active", (bytea) -> (uuid));
    let row = tx.row(BY_KEY, &[&key_hash.as_slice()]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// All channels, by name.
pub(super) async fn list(tx: &Tx) -> Result<Vec<Channel>> {
    const LIST: Sql = sql!(
        "select id, name, active, created_at from channel order by name",
        () -> (uuid, text, boolean, timestamptz)
    );
    let rows = tx.rows(LIST, &[]).await?;
    Ok(rows
        .iter()
        .map(|row| Channel {
            id: row.get(0),
            name: row.get(1),
            active: row.get(2),
            created_at: row.get(3),
        })
        .collect())
}
