//! SQL of locations.
use std::collections::BTreeMap;

use retail::location::LocationId;
use tokio_postgres::Row;
use uuid::Uuid;

use super::http::LocationRecord;
use super::{Kind, LocationContent, NewLocation, NewRegister, RegisterContent};
use crate::db::{DbError, Sql, Tx, call, sql};
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
    /// Trades no more.
    pub closed: bool,
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
        "select id, code, name, kind, time_zone, closed from location where id = any ($1) order by closed, code",
        ([uuid]) -> (uuid, text, text, text, text, boolean)
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
            closed: row.get(5),
        })
        .collect())
}

/// One, or all of them by code, with their registers.
pub(crate) async fn records(tx: &Tx, only: Option<Uuid>) -> Result<Vec<LocationRecord>> {
    const RECORDS: Sql = sql!(
        "select l.id, l.version, l.code, l.name, l.kind, l.time_zone, l.address, l.closed,
                exists (select from node_stream s where s.location_id = l.id and s.status = 'active')
           from location l where $1::uuid is null or l.id = $1 order by l.code",
        (uuid) -> (uuid, bigint, text, text, text, text, text, boolean, boolean)
    );
    const REGISTERS: Sql = sql!(
        "select location_id, id, name, prefix, active from register
          where $1::uuid is null or location_id = $1 order by location_id, prefix",
        (uuid) -> (uuid, uuid, text, text, boolean)
    );
    let answers = tx
        .all(&[call(RECORDS, &[&only]), call(REGISTERS, &[&only])])
        .await?;
    let mut registers = BTreeMap::<Uuid, Vec<RegisterContent>>::new();
    for row in &answers[1] {
        registers
            .entry(row.get(0))
            .or_default()
            .push(RegisterContent {
                id: row.get(1),
                name: row.get(2),
                prefix: row.get(3),
                active: row.get(4),
            });
    }
    // As they are compared: by bytes, whatever the database sorts by.
    for of in registers.values_mut() {
        of.sort_unstable_by(|one, other| one.prefix.cmp(&other.prefix));
    }
    let mut record = |row: &Row| LocationRecord {
        id: row.get(0),
        version: row.get(1),
        content: LocationContent {
            code: row.get(2),
            name: row.get(3),
            kind: Kind::by_code(row.get(4)).unwrap_or(Kind::Shop),
            time_zone: row.get(5),
            address: row.get(6),
            closed: row.get(7),
            registers: registers.remove(&row.get(0)).unwrap_or_default(),
        },
        has_node: row.get(8),
    };
    Ok(answers[0].iter().map(&mut record).collect())
}

/// The version and the content; nobody else changes it until the end of the transaction.
pub(super) async fn content(tx: &Tx, id: Uuid) -> Result<Option<(i64, LocationContent)>> {
    const LOCK: Sql = sql!("select 1 from location where id = $1 for update", (uuid) -> (integer));
    tx.run(LOCK, &[&id]).await?;
    let found = records(tx, Some(id)).await?.pop();
    Ok(found.map(|one| (one.version, one.content)))
}

/// Whether a node works there.
pub(super) async fn has_node(tx: &Tx, id: Uuid) -> Result<bool> {
    const HAS: Sql = sql!(
        "select true from node_stream where location_id = $1 and status = 'active' limit 1",
        (uuid) -> (boolean)
    );
    Ok(tx.row(HAS, &[&id]).await?.is_some())
}

/// Whether another location has this code.
pub(super) async fn is_taken(tx: &Tx, id: Uuid, code: &str) -> Result<bool> {
    const TAKEN: Sql =
        sql!("select true from location where code = $1 and id <> $2", (text, uuid) -> (boolean));
    Ok(tx.row(TAKEN, &[&code, &id]).await?.is_some())
}

pub(super) async fn put_content(
    tx: &Tx,
    id: Uuid,
    version: i64,
    one: &LocationContent,
) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into location (id, version, code, name, kind, home, time_zone, address, closed, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (id) do update set version = excluded.version, code = excluded.code, name = excluded.name,
           time_zone = excluded.time_zone, address = excluded.address, closed = excluded.closed",
        (uuid, bigint, text, text, text, text, text, text, boolean, timestamptz) -> ()
    );
    const REGISTERS: Sql = sql!(
        "insert into register as kept (location_id, id, name, prefix, active)
         select $1, given.* from unnest($2, $3, $4, $5) as given (id, name, prefix, active)
         on conflict (location_id, id) do update set name = excluded.name, active = excluded.active
          where (kept.name, kept.active) <> (excluded.name, excluded.active)",
        (uuid, [uuid], [text], [text], [boolean]) -> ()
    );
    let (kind, home) = (one.kind.code(), one.kind.home());
    tx.run(
        PUT,
        &[
            &id,
            &version,
            &one.code,
            &one.name,
            &kind,
            &home,
            &one.time_zone,
            &one.address,
            &one.closed,
            &tx.now(),
        ],
    )
    .await?;
    let ids: Vec<Uuid> = one.registers.iter().map(|one| one.id).collect();
    let names: Vec<&str> = one.registers.iter().map(|one| one.name.as_str()).collect();
    let prefixes: Vec<&str> = one
        .registers
        .iter()
        .map(|one| one.prefix.as_str())
        .collect();
    let active: Vec<bool> = one.registers.iter().map(|one| one.active).collect();
    Ok(tx
        .run(REGISTERS, &[&id, &ids, &names, &prefixes, &active])
        .await?)
}
