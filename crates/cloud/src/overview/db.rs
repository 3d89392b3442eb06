//! SQL of the overview: summaries and the state of nodes, never the raw rows.
use jiff::{ToSpan, civil::Date};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    BoughtDay, BoughtProduct, DAYS, DayFigures, Figures, HourFigures, LocationFigures,
    LocationState, PRODUCTS, Product, Seen, Sums, week_before, year_before,
};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// What tells this database, and this life of it, from all others; and how the locations stand, by code.
pub(crate) async fn states(tx: &Tx, locations: &[Uuid]) -> Result<(String, Vec<LocationState>)> {
    const IDENTITY: Sql = sql!(
        "select concat_ws('/', (select system_identifier from pg_control_system()), current_database(),
                          (select concat_ws('/', id, incarnation) from company))",
        () -> (text)
    );
    const STATES: Sql = sql!(
        "select l.id, l.code, l.name, l.kind, l.time_zone, coalesce(v.version, 0), n.location_id is not null,
                n.complete_to, coalesce(n.pending, 0)::bigint, n.last_seen,
                greatest((select max(business_date) from daily_sales d where d.location_id = l.id),
                         (select max(business_date) from daily_purchase d where d.location_id = l.id))
           from location l
           left join summary_version v on v.location_id = l.id
           left join (
             select s.location_id, max(s.last_seen) as last_seen,
                    case when bool_and(s.complete_to is not null) then min(s.complete_to) end as complete_to,
                    sum(greatest(s.head_seq, s.last_seq) - coalesce(a.applied, 0)) as pending
               from node_stream s left join node_apply a on a.node_id = s.node_id and a.epoch = s.epoch
              where s.status <> 'retired' and s.location_id = any ($1)
              group by s.location_id) n on n.location_id = l.id
          where l.id = any ($1) order by l.code",
        ([uuid]) -> (uuid, text, text, text, text, bigint, boolean, timestamptz, bigint, timestamptz, date)
    );
    let answers = tx
        .all(&[call(IDENTITY, &[]), call(STATES, &[&locations])])
        .await?;
    let identity = answers[0].first().map(|row| row.get(0)).unwrap_or_default();
    let states = answers[1].iter().map(|row| LocationState {
        id: row.get(0),
        code: row.get(1),
        name: row.get(2),
        kind: row.get(3),
        time_zone: row.get(4),
        version: row.get(5),
        has_node: row.get(6),
        complete_to: row.get(7),
        pending: row.get(8),
        last_seen: row.get(9),
        newest: row.get(10),
    });
    Ok((identity, states.collect()))
}

const LOCATIONS: Sql = sql!(
    "select coalesce(s.location_id, p.location_id), coalesce(s.revenue_minor, 0), coalesce(s.sales, 0),
            coalesce(s.units, 0), coalesce(p.total_minor, 0), coalesce(p.purchases, 0)
       from (select * from daily_sales where location_id = any ($1) and business_date = $3) s
       full join (select * from daily_purchase where location_id = any ($2) and business_date = $3) p
         on p.location_id = s.location_id",
    ([uuid], [uuid], date) -> (uuid, bigint, bigint, bigint, bigint, bigint)
);
const SUMS: Sql = sql!(
    "select (select coalesce(sum(revenue_minor), 0)::bigint from daily_sales
              where location_id = any ($1) and business_date = $3),
            (select coalesce(sum(sales), 0)::bigint from daily_sales
              where location_id = any ($1) and business_date = $3),
            (select coalesce(sum(total_minor), 0)::bigint from daily_purchase
              where location_id = any ($2) and business_date = $3)",
    ([uuid], [uuid], date) -> (bigint, bigint, bigint)
);
const HOURS: Sql = sql!(
    "select hour, coalesce(sum(revenue_minor), 0)::bigint, coalesce(sum(sales), 0)::bigint,
            coalesce(sum(purchases_minor), 0)::bigint
       from (select hour, revenue_minor, sales, 0::bigint as purchases_minor from hourly_sales
              where location_id = any ($1) and business_date = $3
             union all
             select hour, 0, 0, total_minor from hourly_purchase
              where location_id = any ($2) and business_date = $3) both_kinds
      group by hour having sum(revenue_minor) <> 0 or sum(sales) <> 0 or sum(purchases_minor) <> 0 order by hour",
    ([uuid], [uuid], date) -> (smallint, bigint, bigint, bigint)
);
/// Days, each beside the one so many days before.
const TREND: Sql = sql!(
    "with sold as (
       select business_date, sum(revenue_minor) as minor from daily_sales
        where location_id = any ($1) and business_date between $3 and $4 group by business_date
       union all
       select business_date, sum(revenue_minor) from daily_sales
        where location_id = any ($1) and business_date between $3 - $5 and $4 - $5 group by business_date
     ), bought as (
       select business_date, sum(total_minor) as minor from daily_purchase
        where location_id = any ($2) and business_date between $3 and $4 group by business_date
       union all
       select business_date, sum(total_minor) from daily_purchase
        where location_id = any ($2) and business_date between $3 - $5 and $4 - $5 group by business_date
     )
     select day::date, coalesce(s.minor, 0)::bigint, coalesce(p.minor, 0)::bigint,
            coalesce(before_s.minor, 0)::bigint, coalesce(before_p.minor, 0)::bigint
       from generate_series($3::timestamp, $4::timestamp, interval '1 day') as day
       left join sold s on s.business_date = day::date
       left join bought p on p.business_date = day::date
       left join sold before_s on before_s.business_date = day::date - $5
       left join bought before_p on before_p.business_date = day::date - $5
      order by day",
    ([uuid], [uuid], date, date, integer) -> (date, bigint, bigint, bigint, bigint)
);
const BEST: Sql = sql!(
    "select best.variant_id, coalesce(v.sku, ''), coalesce(v.name, ''), coalesce(v.unit, 'piece'),
            best.quantity, best.revenue_minor
       from (select variant_id, sum(quantity)::bigint as quantity, sum(revenue_minor)::bigint as revenue_minor
               from daily_product where location_id = any ($1) and business_date = $2
              group by variant_id order by revenue_minor desc, variant_id limit $3) best
       left join variant v on v.id = best.variant_id
      order by best.revenue_minor desc, best.variant_id",
    ([uuid], date, bigint) -> (uuid, text, text, text, bigint, bigint)
);

/// Of what was voided on its own day nothing is left; what was voided on a later one brings that day below zero, and is no
/// cost of anything.
const BOUGHT: Sql = sql!(
    "select best.variant_id, coalesce(v.sku, ''), coalesce(v.name, ''), coalesce(v.unit, 'piece'),
            best.quantity, best.cost_minor
       from (select variant_id, sum(quantity)::bigint as quantity, sum(cost_minor)::bigint as cost_minor
               from daily_product_purchase where location_id = any ($1) and business_date = $2
              group by variant_id having sum(quantity) > 0 order by cost_minor desc, variant_id limit $3) best
       left join variant v on v.id = best.variant_id
      order by best.cost_minor desc, best.variant_id",
    ([uuid], date, bigint) -> (uuid, text, text, text, bigint, bigint)
);
const BOUGHT_DAYS: Sql = sql!(
    "with best as (
       select array_agg(variant_id) as variants
         from (select variant_id, sum(cost_minor) as cost_minor
                 from daily_product_purchase where location_id = any ($1) and business_date = $2
                group by variant_id having sum(quantity) > 0 order by cost_minor desc, variant_id limit $3) first
     )
     select variant_id, business_date, sum(quantity)::bigint, sum(cost_minor)::bigint
       from daily_product_purchase
      where location_id = any ($1) and business_date between $4 and $2
        and variant_id = any ((select variants from best)::uuid[])
      group by variant_id, business_date having sum(quantity) > 0 order by variant_id, business_date",
    ([uuid], date, bigint, date) -> (uuid, date, bigint, bigint)
);

/// The figures of a day: by location of everyone, the rest of `asked`.
pub(crate) async fn figures(tx: &Tx, everyone: &Seen, asked: &Seen, date: Date) -> Result<Figures> {
    let (all_revenue, all_purchases) =
        (everyone.revenue.locations(), everyone.purchases.locations());
    let (revenue, purchases) = (asked.revenue.locations(), asked.purchases.locations());
    let (week, year) = (week_before(date), year_before(date));
    let back = (date - year).get_days();
    let first = date.saturating_sub((DAYS - 1).days());
    let before_first = date.saturating_sub(DAYS.days());
    let answers = tx
        .all(&[
            call(LOCATIONS, &[&all_revenue, &all_purchases, &date]),
            call(SUMS, &[&revenue, &purchases, &week]),
            call(SUMS, &[&revenue, &purchases, &year]),
            call(HOURS, &[&revenue, &purchases, &date]),
            call(TREND, &[&revenue, &purchases, &before_first, &date, &back]),
            call(BEST, &[&revenue, &date, &PRODUCTS]),
            call(BOUGHT, &[&purchases, &date, &PRODUCTS]),
            call(BOUGHT_DAYS, &[&purchases, &date, &PRODUCTS, &first]),
        ])
        .await?;
    Ok(Figures {
        locations: answers[0].iter().map(location).collect(),
        previous: answers[1].first().map(sums).unwrap_or_default(),
        year_before: answers[2].first().map(sums).unwrap_or_default(),
        hours: answers[3].iter().map(hour).collect(),
        days: answers[4].iter().map(day).collect(),
        products: answers[5].iter().map(product).collect(),
        bought: bought(&answers[6], &answers[7]),
    })
}

fn location(row: &Row) -> LocationFigures {
    LocationFigures {
        location: row.get(0),
        revenue_minor: row.get(1),
        sales: row.get(2),
        units: row.get(3),
        purchases_minor: row.get(4),
        purchases: row.get(5),
    }
}

fn sums(row: &Row) -> Sums {
    Sums {
        revenue_minor: row.get(0),
        sales: row.get(1),
        purchases_minor: row.get(2),
    }
}

fn hour(row: &Row) -> HourFigures {
    HourFigures {
        hour: row.get(0),
        revenue_minor: row.get(1),
        sales: row.get(2),
        purchases_minor: row.get(3),
    }
}

fn day(row: &Row) -> DayFigures {
    DayFigures {
        date: row.get(0),
        revenue_minor: row.get(1),
        purchases_minor: row.get(2),
        year_before_revenue_minor: row.get(3),
        year_before_purchases_minor: row.get(4),
    }
}

fn product(row: &Row) -> Product {
    Product {
        variant_id: row.get(0),
        sku: row.get(1),
        name: row.get(2),
        unit: row.get(3),
        quantity: row.get(4),
        revenue_minor: row.get(5),
    }
}

fn bought(products: &[Row], days: &[Row]) -> Vec<BoughtProduct> {
    let of = |variant: Uuid| {
        let rows = days
            .iter()
            .filter(move |row| row.get::<_, Uuid>(0) == variant);
        rows.map(|row| BoughtDay {
            date: row.get(1),
            quantity: row.get(2),
            cost_minor: row.get(3),
        })
    };
    products
        .iter()
        .map(|row| BoughtProduct {
            variant_id: row.get(0),
            sku: row.get(1),
            name: row.get(2),
            unit: row.get(3),
            quantity: row.get(4),
            cost_minor: row.get(5),
            days: of(row.get(0)).collect(),
        })
        .collect()
}
