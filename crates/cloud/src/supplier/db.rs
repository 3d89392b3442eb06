//! SQL of suppliers.
use tokio_postgres::Row;
use uuid::Uuid;

use super::SupplierContent;
use super::http::Supplier;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// By name, those after a position, whose name or code has a text.
pub(super) async fn list(
    tx: &Tx,
    q: &str,
    after: Option<(String, Uuid)>,
    limit: i64,
) -> Result<Vec<(Supplier, (String, Uuid))>> {
    const LIST: Sql = sql!(
        "select s.version, s.name, s.code, s.phone, s.email, s.address, s.active, s.id, lower(s.name),
                (select count(*) from variant_supplier v where v.supplier_id = s.id)
           from supplier s
          where (lower(s.name), s.id) > ($1, $2) and ($3 = '' or strpos(folded(s.name || ' ' || s.code), folded($3)) > 0)
          order by lower(s.name), s.id limit $4",
        (text, uuid, text, bigint) -> (bigint, text, text, text, text, text, boolean, uuid, text, bigint)
    );
    let (name, id) = after.unwrap_or_default();
    let rows = tx.rows(LIST, &[&name, &id, &q.trim(), &limit]).await?;
    let one = |row: &Row| {
        let supplier = Supplier {
            id: row.get(7),
            version: row.get(0),
            content: content(row),
            variants: row.get(9),
        };
        (supplier, (row.get(8), row.get(7)))
    };
    Ok(rows.iter().map(one).collect())
}

/// The version and the content; nobody else changes it until the end of the transaction.
pub(super) async fn get(tx: &Tx, id: Uuid) -> Result<Option<(i64, SupplierContent)>> {
    const GET: Sql = sql!(
        "select version, name, code, phone, email, address, active from supplier where id = $1 for update",
        (uuid) -> (bigint, text, text, text, text, text, boolean)
    );
    let row = tx.row(GET, &[&id]).await?;
    Ok(row.map(|row| (row.get(0), content(&row))))
}

fn content(row: &Row) -> SupplierContent {
    SupplierContent {
        name: row.get(1),
        code: row.get(2),
        phone: row.get(3),
        email: row.get(4),
        address: row.get(5),
        active: row.get(6),
    }
}

pub(super) async fn put(tx: &Tx, id: Uuid, version: i64, one: &SupplierContent) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into supplier (id, version, name, code, phone, email, address, active) values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (id) do update set version = excluded.version, name = excluded.name, code = excluded.code,
           phone = excluded.phone, email = excluded.email, address = excluded.address, active = excluded.active",
        (uuid, bigint, text, text, text, text, text, boolean) -> ()
    );
    let SupplierContent {
        name,
        code,
        phone,
        email,
        address,
        active,
    } = one;
    Ok(tx
        .run(
            PUT,
            &[&id, &version, name, code, phone, email, address, active],
        )
        .await?)
}
