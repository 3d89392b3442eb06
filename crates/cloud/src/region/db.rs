//! SQL of regions.
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Region, Used};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// Every region, by code; or one.
async fn read(tx: &Tx, id: Option<Uuid>) -> Result<Vec<Region>> {
    const READ: Sql = sql!(
        "select r.id, r.code, r.name,
                array(select l.id from location l where l.region_id = r.id order by l.code)
           from region r where $1::uuid is null or r.id = $1 order by r.code",
        (uuid) -> (uuid, text, text, [uuid])
    );
    Ok(tx.rows(READ, &[&id]).await?.iter().map(region).collect())
}

pub(super) async fn list(tx: &Tx) -> Result<Vec<Region>> {
    read(tx, None).await
}

pub(super) async fn get(tx: &Tx, id: Uuid) -> Result<Option<Region>> {
    Ok(read(tx, Some(id)).await?.pop())
}

fn region(row: &Row) -> Region {
    Region {
        id: row.get(0),
        code: row.get(1),
        name: row.get(2),
        location_ids: row.get(3),
    }
}

/// What still uses a region.
pub(super) async fn used(tx: &Tx, id: Uuid) -> Result<Used> {
    const USED: Sql = sql!(
        "select (select count(*) from location where region_id = $1),
                (select count(*) from staff_grant where region_id = $1),
                (select count(*) from invitation_grant where region_id = $1),
                (select count(*) from provider_group where region_id = $1)",
        (uuid) -> (bigint, bigint, bigint, bigint)
    );
    let rows = tx.rows(USED, &[&id]).await?;
    let count = |column: usize| rows.first().map_or(0, |row| row.get(column));
    Ok(Used {
        locations: count(0),
        grants: count(1),
        invitations: count(2),
        groups: count(3),
    })
}

pub(super) async fn remove(tx: &Tx, id: Uuid) -> Result<()> {
    const REMOVE: Sql = sql!("delete from region where id = $1", (uuid) -> ());
    Ok(tx.run(REMOVE, &[&id]).await?)
}

/// Whether all of them are.
pub(super) async fn are_locations(tx: &Tx, ids: &[Uuid]) -> Result<bool> {
    const ARE: Sql = sql!(
        "select not exists (select from unnest($1) as given (id) where not exists (
           select from location where location.id = given.id))",
        ([uuid]) -> (boolean)
    );
    let row = tx.row(ARE, &[&ids]).await?;
    Ok(row.is_some_and(|row| row.get(0)))
}

pub(super) async fn put(tx: &Tx, region: &Region) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into region (id, code, name) values ($1, $2, $3)
         on conflict (id) do update set code = excluded.code, name = excluded.name",
        (uuid, text, text) -> ()
    );
    const MOVE: Sql = sql!(
        "update location set region_id = case when id = any ($2) then $1 end
          where id = any ($2) and region_id is distinct from $1 or region_id = $1 and id <> all ($2)",
        (uuid, [uuid]) -> ()
    );
    let (code, name) = (region.code.trim(), region.name.trim());
    tx.all(&[
        call(PUT, &[&region.id, &code, &name]),
        call(MOVE, &[&region.id, &region.location_ids]),
    ])
    .await?;
    Ok(())
}
