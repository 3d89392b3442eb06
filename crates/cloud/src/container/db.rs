//! SQL of containers.
use tokio_postgres::Row;
use uuid::Uuid;

use super::ContainerContent;
use super::http::Container;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// All of them, by name.
pub(crate) async fn list(tx: &Tx) -> Result<Vec<Container>> {
    const LIST: Sql = sql!(
        "select version, name, code, tare, active, id from container order by lower(name), code",
        () -> (bigint, text, text, bigint, boolean, uuid)
    );
    let rows = tx.rows(LIST, &[]).await?;
    let one = |row: &Row| Container {
        id: row.get(5),
        version: row.get(0),
        content: content(row),
    };
    Ok(rows.iter().map(one).collect())
}

/// The version and the content; nobody else changes it until the end of the transaction.
pub(super) async fn get(tx: &Tx, id: Uuid) -> Result<Option<(i64, ContainerContent)>> {
    const GET: Sql = sql!(
        "select version, name, code, tare, active from container where id = $1 for update",
        (uuid) -> (bigint, text, text, bigint, boolean)
    );
    let row = tx.row(GET, &[&id]).await?;
    Ok(row.map(|row| (row.get(0), content(&row))))
}

fn content(row: &Row) -> ContainerContent {
    ContainerContent {
        name: row.get(1),
        code: row.get(2),
        tare: row.get(3),
        active: row.get(4),
    }
}

pub(super) async fn put(tx: &Tx, id: Uuid, version: i64, one: &ContainerContent) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into container (id, version, name, code, tare, active) values ($1, $2, $3, $4, $5, $6)
         on conflict (id) do update set version = excluded.version, name = excluded.name, code = excluded.code,
           tare = excluded.tare, active = excluded.active",
        (uuid, bigint, text, text, bigint, boolean) -> ()
    );
    let ContainerContent {
        name,
        code,
        tare,
        active,
    } = one;
    Ok(tx
        .run(PUT, &[&id, &version, name, code, tare, active])
        .await?)
}
