//! The figures that the rows add up to, and the messages about both, in the transaction of the rows.
use std::collections::BTreeMap;

use jiff::civil::Date;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::db::{Call, Sql, Tx, call, sql};
use crate::error::Result;
use crate::sync::apply::{Queue, rows::Rows};

const DAILY_SALES: Sql = sql!(
    "insert into daily_sales as kept select $1, * from unnest($2, $3, $4, $5, $6, $7, $8)
     on conflict (location_id, business_date) do update
       set sales = kept.sales + excluded.sales, lines = kept.lines + excluded.lines, units = kept.units + excluded.units,
           revenue_minor = kept.revenue_minor + excluded.revenue_minor,
           discount_minor = kept.discount_minor + excluded.discount_minor,
           tax_minor = kept.tax_minor + excluded.tax_minor",
    (uuid, [date], [bigint], [bigint], [bigint], [bigint], [bigint], [bigint]) -> ()
);
const HOURLY_SALES: Sql = sql!(
    "insert into hourly_sales as kept select $1, * from unnest($2, $3, $4, $5)
     on conflict (location_id, business_date, hour) do update
       set sales = kept.sales + excluded.sales, revenue_minor = kept.revenue_minor + excluded.revenue_minor",
    (uuid, [date], [smallint], [bigint], [bigint]) -> ()
);
const DAILY_PRODUCT: Sql = sql!(
    "insert into daily_product as kept select $1, * from unnest($2, $3, $4, $5, $6)
     on conflict (location_id, business_date, variant_id) do update
       set lines = kept.lines + excluded.lines, quantity = kept.quantity + excluded.quantity,
           revenue_minor = kept.revenue_minor + excluded.revenue_minor",
    (uuid, [date], [uuid], [bigint], [bigint], [bigint]) -> ()
);
const DAILY_PURCHASE: Sql = sql!(
    "insert into daily_purchase as kept select $1, * from unnest($2, $3, $4)
     on conflict (location_id, business_date) do update
       set purchases = kept.purchases + excluded.purchases, total_minor = kept.total_minor + excluded.total_minor",
    (uuid, [date], [bigint], [bigint]) -> ()
);
const HOURLY_PURCHASE: Sql = sql!(
    "insert into hourly_purchase as kept select $1, * from unnest($2, $3, $4, $5)
     on conflict (location_id, business_date, hour) do update
       set purchases = kept.purchases + excluded.purchases, total_minor = kept.total_minor + excluded.total_minor",
    (uuid, [date], [smallint], [bigint], [bigint]) -> ()
);
const DAILY_PRODUCT_PURCHASE: Sql = sql!(
    "insert into daily_product_purchase as kept select $1, * from unnest($2, $3, $4, $5, $6)
     on conflict (location_id, business_date, variant_id) do update
       set lines = kept.lines + excluded.lines, quantity = kept.quantity + excluded.quantity,
           cost_minor = kept.cost_minor + excluded.cost_minor",
    (uuid, [date], [uuid], [bigint], [bigint], [bigint]) -> ()
);
const VERSION: Sql = sql!(
    "insert into summary_version as kept (location_id, version) values ($1, 1)
     on conflict (location_id) do update set version = kept.version + 1",
    (uuid) -> ()
);
const TELL: Sql = sql!(
    "insert into live_event (location_id, permission, payload, at) select $1, permission, payload, $2
       from unnest($3, $4) as given (permission, payload)",
    (uuid, timestamptz, [text], [text]) -> ()
);
/// The figures of each date as they are after this transaction, so that a page need not add up.
const TELL_FIGURES: Sql = sql!(
    "insert into live_event (location_id, permission, payload, at)
     select $1, 'report.revenue', jsonb_build_object(
              'type', 'overview', 'location_id', $1, 'business_date', given.business_date,
              'revenue_minor', coalesce(s.revenue_minor, 0), 'sales', coalesce(s.sales, 0),
              'units', coalesce(s.units, 0), 'purchases_minor', coalesce(p.total_minor, 0),
              'purchases', coalesce(p.purchases, 0), 'complete_to', stream.complete_to)::text, $2
       from unnest($3) as given (business_date)
       left join daily_sales s on s.location_id = $1 and s.business_date = given.business_date
       left join daily_purchase p on p.location_id = $1 and p.business_date = given.business_date
       left join node_stream stream on stream.node_id = $4",
    (uuid, timestamptz, [date], uuid) -> ()
);

/// Sums by key, as one column per part of the key and per figure.
struct Columns<A, B, const N: usize> {
    dates: Vec<A>,
    parts: Vec<B>,
    figures: [Vec<i64>; N],
}

fn columns<A: Copy, B: Copy, const N: usize>(sums: &BTreeMap<(A, B), [i64; N]>) -> Columns<A, B, N> {
    Columns {
        dates: sums.keys().map(|key| key.0).collect(),
        parts: sums.keys().map(|key| key.1).collect(),
        figures: std::array::from_fn(|which| sums.values().map(|figures| figures[which]).collect()),
    }
}

fn by_date<const N: usize>(sums: &BTreeMap<Date, [i64; N]>) -> Columns<Date, (), N> {
    columns(&sums.iter().map(|(&date, &figures)| ((date, ()), figures)).collect())
}

/// Adds to the figures, counts the change, and tells it.
pub(super) async fn write(tx: &Tx, queue: Queue, rows: &Rows) -> Result<()> {
    let dates = rows.dates();
    if dates.is_empty() {
        return Ok(());
    }
    let location = queue.location;
    let days: Columns<Date, (), 6> = by_date(&rows.daily_sales);
    let hours: Columns<Date, i16, 2> = columns(&rows.hourly_sales);
    let products: Columns<Date, Uuid, 3> = columns(&rows.daily_product);
    let bought: Columns<Date, (), 2> = by_date(&rows.daily_purchase);
    let bought_hours: Columns<Date, i16, 2> = columns(&rows.hourly_purchase);
    let bought_products: Columns<Date, Uuid, 3> = columns(&rows.daily_product_purchase);
    let permissions: Vec<&str> = rows.messages.iter().map(|message| message.permission).collect();
    let payloads: Vec<&str> = rows.messages.iter().map(|message| message.payload.as_str()).collect();
    let at = rows.applied_at;

    let [sales, lines, units, revenue, discount, tax] = &days.figures;
    let day: [&(dyn ToSql + Sync); 8] = [&location, &days.dates, sales, lines, units, revenue, discount, tax];
    let [sales, revenue] = &hours.figures;
    let hour: [&(dyn ToSql + Sync); 5] = [&location, &hours.dates, &hours.parts, sales, revenue];
    let [lines, quantity, revenue] = &products.figures;
    let product: [&(dyn ToSql + Sync); 6] =
        [&location, &products.dates, &products.parts, lines, quantity, revenue];
    let [purchases, total] = &bought.figures;
    let purchase: [&(dyn ToSql + Sync); 4] = [&location, &bought.dates, purchases, total];
    let [purchases, total] = &bought_hours.figures;
    let purchase_hour: [&(dyn ToSql + Sync); 5] =
        [&location, &bought_hours.dates, &bought_hours.parts, purchases, total];
    let [lines, quantity, cost] = &bought_products.figures;
    let purchase_product: [&(dyn ToSql + Sync); 6] =
        [&location, &bought_products.dates, &bought_products.parts, lines, quantity, cost];
    let version: [&(dyn ToSql + Sync); 1] = [&location];
    let tell: [&(dyn ToSql + Sync); 4] = [&location, &at, &permissions, &payloads];
    let tell_figures: [&(dyn ToSql + Sync); 4] = [&location, &at, &dates, &queue.node];

    let mut calls: Vec<Call<'_>> = Vec::with_capacity(9);
    if !days.dates.is_empty() {
        calls.extend([call(DAILY_SALES, &day), call(HOURLY_SALES, &hour), call(DAILY_PRODUCT, &product)]);
    }
    if !bought.dates.is_empty() {
        calls.extend([
            call(DAILY_PURCHASE, &purchase),
            call(HOURLY_PURCHASE, &purchase_hour),
            call(DAILY_PRODUCT_PURCHASE, &purchase_product),
        ]);
    }
    calls.push(call(VERSION, &version));
    calls.push(call(TELL, &tell));
    calls.push(call(TELL_FIGURES, &tell_figures));
    tx.all(&calls).await?;
    Ok(())
}
