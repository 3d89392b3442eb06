//! SQL of brands.
use uuid::Uuid;

use super::BrandContent;
use super::http::Brand;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// All of them, by name.
pub(crate) async fn list(tx: &Tx) -> Result<Vec<Brand>> {
    const LIST: Sql = sql!(
        "select b.id, b.version, b.name, (select count(*) from product p where p.brand_id = b.id)
           from brand b order by lower(b.name)",
        () -> (uuid, bigint, text, bigint)
    );
    let rows = tx.rows(LIST, &[]).await?;
    Ok(rows
        .iter()
        .map(|row| Brand {
            id: row.get(0),
            version: row.get(1),
            content: BrandContent { name: row.get(2) },
            products: row.get(3),
        })
        .collect())
}

/// The version and the content; nobody else changes it until the end of the transaction.
pub(super) async fn get(tx: &Tx, id: Uuid) -> Result<Option<(i64, BrandContent)>> {
    const GET: Sql =
        sql!("select version, name from brand where id = $1 for update", (uuid) -> (bigint, text));
    let row = tx.row(GET, &[&id]).await?;
    Ok(row.map(|row| (row.get(0), BrandContent { name: row.get(1) })))
}

pub(super) async fn put(tx: &Tx, id: Uuid, version: i64, one: &BrandContent) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into brand (id, version, name) values ($1, $2, $3)
         on conflict (id) do update set version = excluded.version, name = excluded.name",
        (uuid, bigint, text) -> ()
    );
    Ok(tx.run(PUT, &[&id, &version, &one.name]).await?)
}
