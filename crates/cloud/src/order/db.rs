//! SQL of orders as they are.
use std::collections::HashMap;

use jiff::Timestamp;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{OrderLine, Placed, Promise};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

const ORDERS: Sql = sql!(
    "select id, number, state, total_minor, tax_minor, placed_at, hold_until, discount_minor, shipping_minor from online_order where id = any ($1)",
    ([uuid]) -> (uuid, text, text, bigint, bigint, timestamptz, timestamptz, bigint, bigint)
);
const LINES: Sql = sql!(
    "select order_id, line, variant_id, quantity, unit_price, price_quantity, price_version, tax_rate_bps, total_minor, discount_minor
       from online_order_line where order_id = any ($1) order by order_id, line",
    ([uuid]) -> (uuid, integer, uuid, bigint, numeric, bigint, bigint, bigint, bigint, bigint)
);
const PROMISES: Sql = sql!(
    "select order_id, id, line, location_id, variant_id, quantity, state
       from reservation where order_id = any ($1) order by order_id, line, id",
    ([uuid]) -> (uuid, uuid, integer, uuid, uuid, bigint, text)
);

/// Orders as they were placed, with where they stand now.
pub(super) async fn placed(tx: &Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Placed>> {
    let answers = tx
        .all(&[
            call(ORDERS, &[&ids]),
            call(LINES, &[&ids]),
            call(PROMISES, &[&ids]),
        ])
        .await?;
    let mut orders: HashMap<Uuid, Placed> = answers[0]
        .iter()
        .map(|row| (row.get(0), order(row)))
        .collect();
    for row in &answers[1] {
        if let Some(order) = orders.get_mut(&row.get(0)) {
            order.lines.push(OrderLine {
                line: row.get(1),
                variant_id: row.get(2),
                quantity: row.get(3),
                unit_price: row.get(4),
                price_quantity: row.get(5),
                price_version: row.get(6),
                tax_rate_bps: row.get(7),
                total_minor: row.get(8),
                discount_minor: row.get(9),
            });
        }
    }
    for row in &answers[2] {
        if let Some(order) = orders.get_mut(&row.get(0)) {
            order.reservations.push(Promise {
                id: row.get(1),
                line: row.get(2),
                location_id: row.get(3),
                variant_id: row.get(4),
                quantity: row.get(5),
                state: row.get(6),
            });
        }
    }
    Ok(orders)
}

/// One of them, which is there.
pub(super) async fn one(tx: &Tx, id: Uuid) -> Result<Placed> {
    let mut found = placed(tx, &[id]).await?;
    Ok(found.remove(&id).ok_or_else(super::step::unknown)?)
}

fn order(row: &Row) -> Placed {
    Placed {
        id: row.get(0),
        number: row.get(1),
        state: row.get(2),
        total_minor: row.get(3),
        tax_minor: row.get(4),
        placed_at: row.get(5),
        hold_until: row.get(6),
        discount_minor: row.get(7),
        shipping_minor: row.get(8),
        lines: Vec::new(),
        reservations: Vec::new(),
    }
}

/// Notes what is to be told outside about orders.
pub(super) async fn tell(tx: &Tx, orders: &[Uuid], kind: &str, at: Timestamp) -> Result<()> {
    const TELL: Sql = sql!(
        "insert into order_outbox (order_id, kind, payload, at)
         select o.id, $2, jsonb_build_object('number', o.number, 'state', o.state), $3
           from online_order o where o.id = any ($1) order by o.id",
        ([uuid], text, timestamptz) -> ()
    );
    Ok(tx.run(TELL, &[&orders, &kind, &at]).await?)
}
