//! SQL of steps.
use std::collections::{BTreeMap, BTreeSet};

use retail::rights::ReservationState;
use uuid::Uuid;

use super::{Added, Order, Promise};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// Whether the actor sees an order.
pub(super) async fn is_seen(tx: &Tx, id: Uuid) -> Result<bool> {
    const SEEN: Sql = sql!("select true from online_order where id = $1", (uuid) -> (boolean));
    Ok(tx.row(SEEN, &[&id]).await?.is_some())
}

pub(super) async fn lock(tx: &Tx, ids: &[Uuid]) -> Result<Vec<Order>> {
    const ORDERS: Sql = sql!(
        "select id, channel_id, number, customer, location_id, state, payment, close_reason
           from online_order where id = any ($1) order by id for update",
        ([uuid]) -> (uuid, uuid, text, text, uuid, text, text, text)
    );
    const PROMISES: Sql = sql!(
        "select order_id, id, line, location_id, variant_id, quantity, picked, state, why, cause, sourced_at is not null
           from reservation where order_id = any ($1) order by id for update",
        ([uuid]) -> (uuid, uuid, integer, uuid, uuid, bigint, bigint, text, text, text, boolean)
    );
    let answers = tx
        .all(&[call(ORDERS, &[&ids]), call(PROMISES, &[&ids])])
        .await?;
    let mut promises = BTreeMap::<Uuid, Vec<Promise>>::new();
    for row in &answers[1] {
        let Some(state) = ReservationState::by_code(row.get(7)) else {
            continue;
        };
        promises.entry(row.get(0)).or_default().push(Promise {
            id: row.get(1),
            line: row.get(2),
            location: row.get(3),
            variant: row.get(4),
            quantity: row.get(5),
            picked: row.get(6),
            state,
            why: row.get(8),
            cause: row.get(9),
            is_sourced: row.get(10),
        });
    }
    Ok(answers[0]
        .iter()
        .map(|row| Order {
            id: row.get(0),
            channel: row.get(1),
            number: row.get(2),
            customer: row.get(3),
            location: row.get(4),
            state: row.get(5),
            payment: row.get(6),
            close_reason: row.get(7),
            promises: promises.remove(&row.get(0)).unwrap_or_default(),
        })
        .collect())
}

/// The orders of reservations at a location.
pub(super) async fn orders_of(tx: &Tx, location: Uuid, promises: &[Uuid]) -> Result<Vec<Uuid>> {
    const ORDERS_OF: Sql = sql!(
        "select distinct order_id from reservation where location_id = $1 and id = any ($2) order by order_id",
        (uuid, [uuid]) -> (uuid)
    );
    let rows = tx.rows(ORDERS_OF, &[&location, &promises]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

pub(super) async fn take(
    tx: &Tx,
    moved: &BTreeMap<Uuid, ReservationState>,
    why: Option<(&str, Option<&str>)>,
) -> Result<()> {
    const TAKE: Sql = sql!(
        "update reservation r set state = given.state, why = coalesce($3, r.why), cause = coalesce($4, r.cause),
                changed_at = $5
           from unnest($1, $2) as given (id, state) where r.id = given.id",
        ([uuid], [text], text, text, timestamptz) -> ()
    );
    if moved.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = moved.keys().copied().collect();
    let states: Vec<&str> = moved.values().map(|state| state.code()).collect();
    let (why, cause) = why.map_or((None, None), |(why, cause)| (Some(why), cause));
    Ok(tx
        .run(TAKE, &[&ids, &states, &why, &cause, &tx.now()])
        .await?)
}

/// States of orders; what comes to an end says when.
pub(super) async fn derive(tx: &Tx, states: &BTreeMap<Uuid, &str>) -> Result<()> {
    const DERIVE: Sql = sql!(
        "update online_order o set state = given.state,
                closed_at = case when given.state in ('handed_over', 'cancelled', 'expired') then coalesce(o.closed_at, $3)
                                 else o.closed_at end
           from unnest($1, $2) as given (id, state) where o.id = given.id",
        ([uuid], [text], timestamptz) -> ()
    );
    let ids: Vec<Uuid> = states.keys().copied().collect();
    let states: Vec<&str> = states.values().copied().collect();
    Ok(tx.run(DERIVE, &[&ids, &states, &tx.now()]).await?)
}

pub(super) async fn pay(tx: &Tx, id: Uuid, payment: &str) -> Result<()> {
    const PAY: Sql = sql!(
        "update online_order set payment = $2, claimed_at = $3, closed_at = null, close_reason = null where id = $1",
        (uuid, text, timestamptz) -> ()
    );
    Ok(tx.run(PAY, &[&id, &payment, &tx.now()]).await?)
}

pub(super) async fn close(tx: &Tx, ids: &[Uuid], reason: &str) -> Result<()> {
    const CLOSE: Sql = sql!(
        "update online_order set close_reason = coalesce(close_reason, $2) where id = any ($1)",
        ([uuid], text) -> ()
    );
    Ok(tx.run(CLOSE, &[&ids, &reason]).await?)
}

pub(super) async fn sourced(tx: &Tx, promises: &[Uuid]) -> Result<()> {
    const SOURCED: Sql = sql!(
        "update reservation set sourced_at = $2 where id = any ($1)",
        ([uuid], timestamptz) -> ()
    );
    Ok(tx.run(SOURCED, &[&promises, &tx.now()]).await?)
}

pub(super) async fn set_picked(tx: &Tx, promises: &[Promise]) -> Result<()> {
    const SET_PICKED: Sql = sql!(
        "update reservation r set picked = given.picked from unnest($1, $2) as given (id, picked) where r.id = given.id",
        ([uuid], [bigint]) -> ()
    );
    let ids: Vec<Uuid> = promises.iter().map(|one| one.id).collect();
    let picked: Vec<i64> = promises.iter().map(|one| one.picked).collect();
    Ok(tx.run(SET_PICKED, &[&ids, &picked]).await?)
}

pub(super) async fn add(tx: &Tx, added: &[Added]) -> Result<()> {
    const ADD: Sql = sql!(
        "insert into reservation (id, order_id, line, location_id, variant_id, quantity, state, changed_at)
         select id, order_id, line, location_id, variant_id, quantity, state, $8
           from unnest($1, $2, $3, $4, $5, $6, $7)
             as given (id, order_id, line, location_id, variant_id, quantity, state)",
        ([uuid], [uuid], [integer], [uuid], [uuid], [bigint], [text], timestamptz) -> ()
    );
    let column = |of: fn(&Added) -> Uuid| added.iter().map(of).collect::<Vec<Uuid>>();
    let (ids, orders) = (column(|one| one.id), column(|one| one.order));
    let (locations, variants) = (column(|one| one.location), column(|one| one.variant));
    let lines: Vec<i32> = added.iter().map(|one| one.line).collect();
    let quantities: Vec<i64> = added.iter().map(|one| one.quantity).collect();
    let states: Vec<&str> = added.iter().map(|one| one.state.code()).collect();
    Ok(tx
        .run(
            ADD,
            &[
                &ids,
                &orders,
                &lines,
                &locations,
                &variants,
                &quantities,
                &states,
                &tx.now(),
            ],
        )
        .await?)
}

pub(super) async fn cloud_homes(tx: &Tx, locations: &[Uuid]) -> Result<BTreeSet<Uuid>> {
    const CLOUD_HOMES: Sql = sql!(
        "select id from location where id = any ($1) and home = 'cloud'",
        ([uuid]) -> (uuid)
    );
    let rows = tx.rows(CLOUD_HOMES, &[&locations]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
