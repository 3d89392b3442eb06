//! SQL of categories.
use uuid::Uuid;

use super::CategoryContent;
use super::http::Category;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// All of them, by name.
pub(super) async fn list(tx: &Tx) -> Result<Vec<Category>> {
    const LIST: Sql = sql!(
        "select c.id, c.version, c.name, c.code, c.parent, (select count(*) from product p where p.category_id = c.id)
           from category c order by lower(c.name), c.id",
        () -> (uuid, bigint, text, text, uuid, bigint)
    );
    let rows = tx.rows(LIST, &[]).await?;
    Ok(rows
        .iter()
        .map(|row| Category {
            id: row.get(0),
            version: row.get(1),
            content: CategoryContent {
                name: row.get(2),
                code: row.get(3),
                parent: row.get(4),
            },
            products: row.get(5),
        })
        .collect())
}

/// The version and the content; nobody else changes it until the end of the transaction.
pub(super) async fn get(tx: &Tx, id: Uuid) -> Result<Option<(i64, CategoryContent)>> {
    const GET: Sql = sql!(
        "select version, name, code, parent from category where id = $1 for update",
        (uuid) -> (bigint, text, text, uuid)
    );
    let row = tx.row(GET, &[&id]).await?;
    Ok(row.map(|row| {
        let content = CategoryContent {
            name: row.get(1),
            code: row.get(2),
            parent: row.get(3),
        };
        (row.get(0), content)
    }))
}

pub(super) async fn put(tx: &Tx, id: Uuid, version: i64, one: &CategoryContent) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into category (id, version, name, code, parent) values ($1, $2, $3, $4, $5)
         on conflict (id) do update set version = excluded.version, name = excluded.name, code = excluded.code,
           parent = excluded.parent",
        (uuid, bigint, text, text, uuid) -> ()
    );
    Ok(tx
        .run(PUT, &[&id, &version, &one.name, &one.code, &one.parent])
        .await?)
}
