//! SQL of locations.
use retail::location::LocationId;
use uuid::Uuid;

use super::{NewLocation, NewRegister};
use crate::db::{DbError, Sql, Tx, sql};
use crate::error::Result;

/// A location as lists show it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Location)]
pub struct Location {
    /// Its id.
    pub id: Uuid,
    /// Short code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// `shop`, `buying_station` or `warehouse`.
    pub kind: String,
    /// IANA name of its zone.
    pub time_zone: String,
}

pub(crate) async fn put(tx: &Tx, location: &NewLocation) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into location (id, code, name, kind, home, time_zone, address, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (id) do update set code = excluded.code, name = excluded.name, kind = excluded.kind,
           home = excluded.home, time_zone = excluded.time_zone, address = excluded.address",
        (uuid, text, text, text, text, text, text, timestamptz) -> ()
    );
    let (kind, home) = (location.kind.code(), location.kind.home());
    Ok(tx
        .run(
            PUT,
            &[
                &location.id,
                &location.code,
                &location.name,
                &kind,
                &home,
                &location.time_zone,
                &location.address,
                &tx.now(),
            ],
        )
        .await?)
}

pub(crate) async fn put_registers(
    tx: &Tx,
    location: Uuid,
    registers: &[NewRegister],
) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into register (location_id, id, name, prefix)
         select $1, given.id, given.name, given.prefix from unnest($2, $3, $4) as given (id, name, prefix)
         on conflict (location_id, id) do update set name = excluded.name, prefix = excluded.prefix",
        (uuid, [uuid], [text], [text]) -> ()
    );
    let ids: Vec<Uuid> = registers.iter().map(|one| one.id).collect();
    let names: Vec<&str> = registers.iter().map(|one| one.name.as_str()).collect();
    let prefixes: Vec<&str> = registers.iter().map(|one| one.prefix.as_str()).collect();
    Ok(tx.run(PUT, &[&location, &ids, &names, &prefixes]).await?)
}

pub(crate) async fn by_code(tx: &Tx, code: &str) -> Result<Option<LocationId>> {
    const BY_CODE: Sql = sql!("select id from location where code = $1", (text) -> (uuid));
    let row = tx.row(BY_CODE, &[&code]).await?;
    Ok(row.map(|row| LocationId::from_uuid(row.get(0))))
}

/// Those of `ids`, by code.
pub(crate) async fn list(tx: &Tx, ids: &[Uuid]) -> std::result::Result<Vec<Location>, DbError> {
    const LIST: Sql = sql!(
        "select id, code, name, kind, time_zone from location where id = any ($1) order by code",
        ([uuid]) -> (uuid, text, text, text, text)
    );
    let rows = tx.rows(LIST, &[&ids]).await?;
    Ok(rows
        .iter()
        .map(|row| Location {
            id: row.get(0),
            code: row.get(1),
            name: row.get(2),
            kind: row.get(3),
            time_zone: row.get(4),
        })
        .collect())
}
