//! SQL of the overview: summaries and the state of nodes, never the raw rows.
use jiff::{ToSpan, civil::Date};
use uuid::Uuid;

use super::{
    DAYS, DayFigures, Figures, HourFigures, LocationFigures, LocationState, PRODUCTS, Product,
    Seen, week_before,
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
const PREVIOUS: Sql = sql!(
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
      group by hour order by hour",
    ([uuid], [uuid], date) -> (smallint, bigint, bigint, bigint)
);
const TREND: Sql = sql!(
    "select day::date, coalesce(s.revenue_minor, 0)::bigint, coalesce(p.total_minor, 0)::bigint
       from generate_series($3::timestamp, $4::timestamp, interval '1 day') as day
       left join (select business_date, sum(revenue_minor) as revenue_minor from daily_sales
                   where location_id = any ($1) and business_date between $3 and $4
                   group by business_date) s on s.business_date = day::date
       left join (select business_date, sum(total_minor) as total_minor from daily_purchase
                   where location_id = any ($2) and business_date between $3 and $4
                   group by business_date) p on p.business_date = day::date
      order by day",
    ([uuid], [uuid], date, date) -> (date, bigint, bigint)
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

/// The figures of a day: by location of everyone, the rest of `asked`.
pub(crate) async fn figures(tx: &Tx, everyone: &Seen, asked: &Seen, date: Date) -> Result<Figures> {
    let (all_revenue, all_purchases) =
        (everyone.revenue.locations(), everyone.purchases.locations());
    let (revenue, purchases) = (asked.revenue.locations(), asked.purchases.locations());
    let before = week_before(date);
    let first = date.saturating_sub((DAYS - 1).days());
    let answers = tx
        .all(&[
            call(LOCATIONS, &[&all_revenue, &all_purchases, &date]),
            call(PREVIOUS, &[&revenue, &purchases, &before]),
            call(HOURS, &[&revenue, &purchases, &date]),
            call(TREND, &[&revenue, &purchases, &first, &date]),
            call(BEST, &[&revenue, &date, &PRODUCTS]),
        ])
        .await?;
    let previous = |column: usize| answers[1].first().map_or(0, |row| row.get(column));
    Ok(Figures {
        locations: answers[0]
            .iter()
            .map(|row| LocationFigures {
                location: row.get(0),
                revenue_minor: row.get(1),
                sales: row.get(2),
                units: row.get(3),
                purchases_minor: row.get(4),
                purchases: row.get(5),
            })
            .collect(),
        previous_revenue_minor: previous(0),
        previous_sales: previous(1),
        previous_purchases_minor: previous(2),
        hours: answers[2]
            .iter()
            .map(|row| HourFigures {
                hour: row.get(0),
                revenue_minor: row.get(1),
                sales: row.get(2),
                purchases_minor: row.get(3),
            })
            .collect(),
        days: answers[3]
            .iter()
            .map(|row| DayFigures {
                date: row.get(0),
                revenue_minor: row.get(1),
                purchases_minor: row.get(2),
            })
            .collect(),
        products: answers[4]
            .iter()
            .map(|row| Product {
                variant_id: row.get(0),
                sku: row.get(1),
                name: row.get(2),
                unit: row.get(3),
                quantity: row.get(4),
                revenue_minor: row.get(5),
            })
            .collect(),
    })
}
