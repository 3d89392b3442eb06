//! SQL of taxes.
use uuid::Uuid;

use super::TaxContent;
use super::http::Tax;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// All of them, by rate.
pub(crate) async fn list(tx: &Tx) -> Result<Vec<Tax>> {
    const LIST: Sql = sql!(
        "select id, version, name, rate_bps from tax order by rate_bps",
        () -> (uuid, bigint, text, integer)
    );
    let rows = tx.rows(LIST, &[]).await?;
    Ok(rows
        .iter()
        .map(|row| Tax {
            id: row.get(0),
            version: row.get(1),
            content: TaxContent {
                name: row.get(2),
                rate_bps: row.get(3),
            },
        })
        .collect())
}

/// The version and the content; nobody else changes it until the end of the transaction.
pub(super) async fn get(tx: &Tx, id: Uuid) -> Result<Option<(i64, TaxContent)>> {
    const GET: Sql = sql!(
        "select version, name, rate_bps from tax where id = $1 for update",
        (uuid) -> (bigint, text, integer)
    );
    let row = tx.row(GET, &[&id]).await?;
    Ok(row.map(|row| {
        let content = TaxContent {
            name: row.get(1),
            rate_bps: row.get(2),
        };
        (row.get(0), content)
    }))
}

pub(super) async fn put(tx: &Tx, id: Uuid, version: i64, one: &TaxContent) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into tax (id, version, name, rate_bps) values ($1, $2, $3, $4)
         on conflict (id) do update set version = excluded.version, name = excluded.name, rate_bps = excluded.rate_bps",
        (uuid, bigint, text, integer) -> ()
    );
    Ok(tx
        .run(PUT, &[&id, &version, &one.name, &one.rate_bps])
        .await?)
}
