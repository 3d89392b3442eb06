//! SQL of orders as people look at them.
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{DetailLine, DetailPromise, Item, OrderDetail, OrderItem, Position};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::promotion::basket;

/// Which orders.
pub(in crate::order) struct Asked<'a> {
    /// Where they come from, any of them.
    pub(in crate::order) locations: &'a [Uuid],
    pub(in crate::order) state: Option<&'a str>,
    /// The number, or part of the customer's name.
    pub(in crate::order) q: &'a str,
    pub(in crate::order) after: Option<Position>,
    pub(in crate::order) limit: i64,
}

pub(in crate::order) async fn list(tx: &Tx, asked: &Asked<'_>) -> Result<Vec<OrderItem>> {
    const LIST: Sql = sql!(
        "select o.id, o.number, coalesce(c.name, 'phone'), o.customer, o.state, o.total_minor, o.placed_at, o.hold_until,
                (select count(*) from online_order_line l where l.order_id = o.id),
                (select array_agg(distinct r.location_id order by r.location_id) from reservation r where r.order_id = o.id)
           from online_order o left join channel c on c.id = o.channel_id
          where exists (select 1 from reservation r where r.order_id = o.id and r.location_id = any ($1))
            and ($2::text is null or o.state = $2)
            and ($3 = '' or lower(o.number) = lower($3) or strpos(lower(o.customer), lower($3)) > 0)
            and ($4::timestamptz is null or o.placed_at < $4 or o.placed_at = $4 and o.id > $5)
          order by o.placed_at desc, o.id limit $6",
        ([uuid], text, text, timestamptz, uuid, bigint)
          -> (uuid, text, text, text, text, bigint, timestamptz, timestamptz, bigint, [uuid])
    );
    let (at, id) = asked
        .after
        .as_ref()
        .map_or((None, Uuid::nil()), |after| (Some(after.0), after.1));
    let rows = tx
        .rows(
            LIST,
            &[
                &asked.locations,
                &asked.state,
                &asked.q,
                &at,
                &id,
                &asked.limit,
            ],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| OrderItem {
            id: row.get(0),
            number: row.get(1),
            channel_name: row.get(2),
            customer: row.get(3),
            state: row.get(4),
            total_minor: row.get(5),
            placed_at: row.get(6),
            hold_until: row.get(7),
            lines: row.get(8),
            location_ids: row.get(9),
        })
        .collect())
}

const HEAD: Sql = sql!(
    "select o.id, o.number, coalesce(c.name, 'phone'), o.customer, o.location_id, o.state, o.total_minor, o.tax_minor,
            o.placed_at, o.hold_until, o.claimed_at, o.payment, o.closed_at, o.close_reason, o.channel_id,
            o.discount_minor, o.trace, o.vouchers, o.shipping_method, o.shipping_minor
       from online_order o left join channel c on c.id = o.channel_id where o.id = $1",
    (uuid) -> (uuid, text, text, text, uuid, text, bigint, bigint, timestamptz, timestamptz, timestamptz, text,
      timestamptz, text, uuid, bigint, text, [text], text, bigint)
);
const LINES: Sql = sql!(
    "select l.line, l.variant_id, coalesce(v.sku, ''), coalesce(v.name, ''), coalesce(v.unit, 'piece'), l.quantity,
            l.lost, l.unit_price, l.price_quantity, l.price_version, l.tax_rate_bps, l.total_minor, l.discount_minor
       from online_order_line l left join variant v on v.id = l.variant_id where l.order_id = $1 order by l.line",
    (uuid) -> (integer, uuid, text, text, text, bigint, bigint, numeric, bigint, bigint, bigint, bigint, bigint)
);
const PROMISES: Sql = sql!(
    "select r.id, r.line, r.location_id, p.name, p.home, r.variant_id, r.quantity, r.picked, r.state, r.changed_at
       from reservation r join location p on p.id = r.location_id where r.order_id = $1 order by r.line, r.id",
    (uuid) -> (uuid, integer, uuid, text, text, uuid, bigint, bigint, text, timestamptz)
);

/// An order, with the channel that placed it.
pub(in crate::order) async fn detail(
    tx: &Tx,
    id: Uuid,
) -> Result<Option<(Option<Uuid>, OrderDetail)>> {
    let id: [&(dyn ToSql + Sync); 1] = [&id];
    let calls = [call(HEAD, &id), call(LINES, &id), call(PROMISES, &id)];
    let answers = tx.all(&calls).await?;
    let Some(row) = answers[0].first() else {
        return Ok(None);
    };
    let item = Item {
        id: row.get(0),
        number: row.get(1),
        channel_name: row.get(2),
        customer: row.get(3),
        location_id: row.get(4),
        state: row.get(5),
        total_minor: row.get(6),
        discount_minor: row.get(15),
        tax_minor: row.get(7),
        placed_at: row.get(8),
        hold_until: row.get(9),
        claimed_at: row.get(10),
        payment: row.get(11),
        closed_at: row.get(12),
        close_reason: row.get(13),
        vouchers: row.get(17),
        shipping_method: row.get(18),
        shipping_minor: row.get(19),
    };
    let lines = answers[1].iter().map(|row| DetailLine {
        line: row.get(0),
        variant_id: row.get(1),
        sku: row.get(2),
        name: row.get(3),
        unit: row.get(4),
        quantity: row.get(5),
        lost: row.get(6),
        unit_price: row.get(7),
        price_quantity: row.get(8),
        price_version: row.get(9),
        tax_rate_bps: row.get(10),
        total_minor: row.get(11),
        discount_minor: row.get(12),
    });
    let reservations = answers[2].iter().map(|row| DetailPromise {
        id: row.get(0),
        line: row.get(1),
        location_id: row.get(2),
        location_name: row.get(3),
        home: row.get(4),
        variant_id: row.get(5),
        quantity: row.get(6),
        picked: row.get(7),
        state: row.get(8),
        changed_at: row.get(9),
    });
    let trace: Option<&str> = row.get(16);
    let reasons = match trace {
        Some(trace) => Some(basket::explained(tx, trace).await?),
        None => None,
    };
    let detail = OrderDetail {
        item,
        reasons,
        lines: lines.collect(),
        reservations: reservations.collect(),
    };
    Ok(Some((row.get(14), detail)))
}
