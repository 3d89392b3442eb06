//! SQL of sourcing again.
use uuid::Uuid;

use super::{Missing, Promise};
use crate::cloud::Cloud;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// Orders with units that fell through and were not looked for elsewhere.
pub(super) async fn open(tx: &Tx, most: i64) -> Result<Vec<Uuid>> {
    const OPEN: Sql = sql!(
        "select distinct order_id from reservation
          where sourced_at is null and (state in ('short', 'broken') or state = 'picked' and picked < quantity)
          order by order_id limit $1",
        (bigint) -> (uuid)
    );
    let rows = tx.rows(OPEN, &[&most]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

pub(super) async fn wanted(tx: &Tx, order: Uuid) -> Result<Vec<Missing>> {
    const WANTED: Sql = sql!(
        "select line, variant_id, quantity - lost from online_order_line
          where order_id = $1 and quantity > lost order by line",
        (uuid) -> (integer, uuid, bigint)
    );
    let rows = tx.rows(WANTED, &[&order]).await?;
    Ok(rows
        .iter()
        .map(|row| Missing {
            line: row.get(0),
            variant: row.get(1),
            quantity: row.get(2),
        })
        .collect())
}

pub(super) async fn lose(tx: &Tx, order: Uuid, lost: &[Missing]) -> Result<()> {
    const LOSE: Sql = sql!(
        "update online_order_line l set lost = least(l.lost + given.quantity, l.quantity)
           from unnest($2, $3) as given (line, quantity) where l.order_id = $1 and l.line = given.line",
        (uuid, [integer], [bigint]) -> ()
    );
    let lines: Vec<i32> = lost.iter().map(|one| one.line).collect();
    let quantities: Vec<i64> = lost.iter().map(|one| one.quantity).collect();
    Ok(tx.run(LOSE, &[&order, &lines, &quantities]).await?)
}

/// A case for each promise that fell through, at its location, for somebody to look at.
pub(super) async fn note(cloud: &Cloud, tx: &Tx, open: &[Promise]) -> Result<()> {
    const NOTE: Sql = sql!(
        "insert into stock_case (location_id, id, kind, business_date, variant_id, quantity, reservation_id, reason, at)
         select given.location_id, given.id, given.kind, ($8 at time zone l.time_zone)::date, given.variant_id,
                given.quantity, given.reservation_id, given.reason, $8
           from unnest($1, $2, $3, $4, $5, $6, $7)
             as given (location_id, id, kind, variant_id, quantity, reservation_id, reason)
           join location l on l.id = given.location_id",
        ([uuid], [uuid], [text], [uuid], [bigint], [uuid], [text], timestamptz) -> ()
    );
    let column = |of: fn(&Promise) -> Uuid| open.iter().map(of).collect::<Vec<Uuid>>();
    let (locations, variants) = (column(|one| one.location), column(|one| one.variant));
    let reservations = column(|one| one.id);
    let ids: Vec<Uuid> = open.iter().map(|_| cloud.id()).collect();
    let is_broken = |one: &Promise| one.state == retail::rights::ReservationState::Broken;
    let kinds: Vec<&str> = open
        .iter()
        .map(|one| {
            if is_broken(one) {
                "promise_broken"
            } else {
                "short_pick"
            }
        })
        .collect();
    let quantities: Vec<i64> = open.iter().map(Promise::open).collect();
    let reasons: Vec<Option<&str>> = open.iter().map(|one| one.cause.as_deref()).collect();
    Ok(tx
        .run(
            NOTE,
            &[
                &locations,
                &ids,
                &kinds,
                &variants,
                &quantities,
                &reservations,
                &reasons,
                &tx.now(),
            ],
        )
        .await?)
}

/// A promise that may be broken.
pub(super) struct Found {
    pub(super) id: Uuid,
    pub(super) order: Uuid,
}

/// Promises of a variant at a location: holds first, then the youngest.
pub(super) async fn promised(tx: &Tx, location: Uuid, variant: Uuid) -> Result<Vec<Found>> {
    const PROMISED: Sql = sql!(
        "select r.id, r.order_id from reservation r join online_order o on o.id = r.order_id
          where r.location_id = $1 and r.variant_id = $2 and r.state in ('held', 'claimed', 'cancelling')
          order by r.state = 'held' desc, o.placed_at desc, r.id desc",
        (uuid, uuid) -> (uuid, uuid)
    );
    let rows = tx.rows(PROMISED, &[&location, &variant]).await?;
    Ok(rows
        .iter()
        .map(|row| Found {
            id: row.get(0),
            order: row.get(1),
        })
        .collect())
}

/// Orders with promises that the location's node was told of.
pub(super) async fn told_at(tx: &Tx, location: Uuid) -> Result<Vec<Uuid>> {
    const TOLD: Sql = sql!(
        "select distinct order_id from reservation
          where location_id = $1 and state in ('claimed', 'cancelling') order by order_id",
        (uuid) -> (uuid)
    );
    let rows = tx.rows(TOLD, &[&location]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

pub(super) async fn held_at(tx: &Tx, location: Uuid) -> Result<Vec<Uuid>> {
    const HELD: Sql = sql!(
        "select distinct order_id from reservation where location_id = $1 and state = 'held' order by order_id",
        (uuid) -> (uuid)
    );
    let rows = tx.rows(HELD, &[&location]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

pub(super) async fn cancelling_at(tx: &Tx, location: Uuid) -> Result<Vec<Uuid>> {
    const CANCELLING: Sql = sql!(
        "select distinct order_id from reservation where location_id = $1 and state = 'cancelling' order by order_id",
        (uuid) -> (uuid)
    );
    let rows = tx.rows(CANCELLING, &[&location]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
