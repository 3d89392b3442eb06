//! The figures that the rows add up to, and the messages about both, in the transaction of the rows.
use std::collections::BTreeMap;

use jiff::civil::Date;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::db::{Call, Sql, Tx, call, sql};
use crate::error::Result;
use crate::sync::apply::Queue;
use crate::sync::apply::rows::{Param, Rows, SupplierDocuments};

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
const DAILY_PROMOTION: Sql = sql!(
    "insert into daily_promotion as kept select $1, * from unnest($2, $3, $4, $5, $6)
     on conflict (promotion_id, location_id, business_date) do update
       set receipts = kept.receipts + excluded.receipts, units = kept.units + excluded.units,
           gave_minor = kept.gave_minor + excluded.gave_minor",
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

/// After the purchases themselves: it reads them.
const SUPPLIERS: Sql = sql!(
    "select enter_supplier_entries($1, $2, $3, $4)::text",
    (uuid, date, date, [uuid]) -> (text)
);

/// Sums by date, as one column per figure.
struct Daily<const N: usize> {
    dates: Vec<Date>,
    figures: [Vec<i64>; N],
}

/// Sums by date and hour or variant, as one column per part of the key and per figure.
struct Parted<P, const N: usize> {
    dates: Vec<Date>,
    parts: Vec<P>,
    figures: [Vec<i64>; N],
}

impl<const N: usize> Daily<N> {
    fn of(sums: &BTreeMap<Date, [i64; N]>) -> Self {
        Self {
            dates: sums.keys().copied().collect(),
            figures: std::array::from_fn(|which| {
                sums.values().map(|figures| figures[which]).collect()
            }),
        }
    }

    fn params<'a>(&'a self, location: &'a Uuid) -> Vec<Param<'a>> {
        let key: [Param<'a>; 2] = [location, &self.dates];
        key.into_iter()
            .chain(self.figures.iter().map(|column| column as Param<'a>))
            .collect()
    }
}

impl<P: Copy + ToSql + Sync, const N: usize> Parted<P, N> {
    fn of(sums: &BTreeMap<(Date, P), [i64; N]>) -> Self {
        Self {
            dates: sums.keys().map(|key| key.0).collect(),
            parts: sums.keys().map(|key| key.1).collect(),
            figures: std::array::from_fn(|which| {
                sums.values().map(|figures| figures[which]).collect()
            }),
        }
    }

    fn params<'a>(&'a self, location: &'a Uuid) -> Vec<Param<'a>> {
        let key: [Param<'a>; 3] = [location, &self.dates, &self.parts];
        key.into_iter()
            .chain(self.figures.iter().map(|column| column as Param<'a>))
            .collect()
    }
}

/// Adds to the figures, counts the change, and tells it.
pub(super) async fn write(tx: &Tx, queue: Queue, rows: &Rows) -> Result<()> {
    let dates = rows.dates();
    if dates.is_empty() {
        return Ok(());
    }
    let location = queue.location;
    let (sales, purchases) = (
        Daily::of(&rows.daily_sales),
        Daily::of(&rows.daily_purchase),
    );
    let (hours, purchase_hours) = (
        Parted::of(&rows.hourly_sales),
        Parted::of(&rows.hourly_purchase),
    );
    let (products, goods_bought) = (
        Parted::of(&rows.daily_product),
        Parted::of(&rows.daily_product_purchase),
    );
    let promotions = Parted::of(&rows.daily_promotion);
    let messages = rows.messages.iter();
    let (permissions, payloads): (Vec<&str>, Vec<&str>) = messages
        .map(|message| (message.permission, message.payload.as_str()))
        .unzip();
    let (none_sold, none_bought) = (sales.dates.is_empty(), purchases.dates.is_empty());
    // (nothing to write, statement, parameters)
    let all: [(bool, Sql, Vec<Param<'_>>); 10] = [
        (none_sold, DAILY_SALES, sales.params(&location)),
        (none_sold, HOURLY_SALES, hours.params(&location)),
        (none_sold, DAILY_PRODUCT, products.params(&location)),
        (
            rows.daily_promotion.is_empty(),
            DAILY_PROMOTION,
            promotions.params(&location),
        ),
        (none_bought, DAILY_PURCHASE, purchases.params(&location)),
        (
            none_bought,
            HOURLY_PURCHASE,
            purchase_hours.params(&location),
        ),
        (
            none_bought,
            DAILY_PRODUCT_PURCHASE,
            goods_bought.params(&location),
        ),
        (false, VERSION, vec![&location]),
        (
            false,
            TELL,
            vec![&location, &rows.applied_at, &permissions, &payloads],
        ),
        (
            false,
            TELL_FIGURES,
            vec![&location, &rows.applied_at, &dates, &queue.node],
        ),
    ];
    let calls: Vec<Call<'_>> = all
        .iter()
        .filter(|(is_empty, ..)| !is_empty)
        .map(|(_, sql, params)| call(*sql, params))
        .collect();
    tx.all(&calls).await?;
    if let Some(documents) = rows.supplier_documents() {
        let SupplierDocuments { first, last, ids } = &documents;
        tx.run(SUPPLIERS, &[&location, first, last, ids]).await?;
    }
    Ok(())
}
