//! SQL of stock cases.
use jiff::civil::Date;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Case, MOST_FOUND, OpenCases, Patterns, Position, StaffPattern, VariantPattern};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::session::{Allowed, StockRead};

/// People and variants in the patterns of a day.
const MOST_PATTERNS: i64 = 50;

/// What is listed.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) state: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) variant: Option<Uuid>,
    pub(super) staff: Option<Uuid>,
    pub(super) from: Option<Date>,
    pub(super) to: Option<Date>,
    pub(super) id: Option<Uuid>,
    pub(super) after: Option<Position>,
    pub(super) limit: i64,
}

const LIST: Sql = sql!(
    "select c.id, c.location_id, l.name, c.kind, c.business_date, c.variant_id, coalesce(v.sku, ''),
            coalesce(v.name, ''), coalesce(v.unit, 'piece'), c.quantity, c.event_id, c.sale_id, c.reservation_id,
            r.order_id, s.name, u.name, c.reason, c.at, c.state, b.name, c.closed_at, c.close_note,
            c.kind in ('found', 'counted') and (
              (select count(*) from stock_case o where o.location_id = c.location_id and o.kind in ('found', 'counted')
                  and o.business_date = c.business_date and o.staff_id = c.staff_id) > $11
              or (select count(*) from stock_case o where o.location_id = c.location_id
                  and o.kind in ('found', 'counted') and o.business_date = c.business_date
                  and o.variant_id = c.variant_id) > $11)
       from stock_case c
       join location l on l.id = c.location_id
       left join variant v on v.id = c.variant_id
       left join reservation r on r.id = c.reservation_id
       left join staff s on s.id = c.staff_id
       left join staff u on u.id = c.supervisor_id
       left join staff b on b.id = c.closed_by
      where c.location_id = any ($1)
        and ($2::text is null or c.state = $2) and ($3::text is null or c.kind = $3)
        and ($4::uuid is null or c.variant_id = $4) and ($5::uuid is null or c.staff_id = $5)
        and ($6::date is null or c.business_date >= $6) and ($7::date is null or c.business_date <= $7)
        and ($8::uuid is null or c.id = $8)
        and ($9::timestamptz is null or (c.at, c.id) < ($9, $10))
      order by c.at desc, c.id desc limit $12",
    ([uuid], text, text, uuid, uuid, date, date, uuid, timestamptz, uuid, bigint, bigint) -> (
        uuid, uuid, text, text, date, uuid, text, text, text, bigint, uuid, uuid, uuid, uuid, text, text, text,
        timestamptz, text, text, timestamptz, text, boolean
    )
);

/// A page, the newest first.
pub(super) async fn list(tx: &Tx, locations: &[Uuid], asked: &Asked) -> Result<Vec<Case>> {
    let (at, after) = (
        asked.after.as_ref().map(|end| end.0),
        asked.after.as_ref().map(|end| end.1),
    );
    let rows = tx
        .rows(
            LIST,
            &[
                &locations,
                &asked.state,
                &asked.kind,
                &asked.variant,
                &asked.staff,
                &asked.from,
                &asked.to,
                &asked.id,
                &at,
                &after,
                &MOST_FOUND,
                &asked.limit,
            ],
        )
        .await?;
    Ok(rows.iter().map(case).collect())
}

pub(super) async fn one(tx: &Tx, location: Uuid, id: Uuid) -> Result<Option<Case>> {
    let asked = Asked {
        id: Some(id),
        limit: 1,
        ..Asked::default()
    };
    Ok(list(tx, &[location], &asked).await?.pop())
}

fn case(row: &Row) -> Case {
    Case {
        id: row.get(0),
        location_id: row.get(1),
        location_name: row.get(2),
        kind: row.get(3),
        business_date: row.get(4),
        variant_id: row.get(5),
        sku: row.get(6),
        name: row.get(7),
        unit: row.get(8),
        quantity: row.get(9),
        event_id: row.get(10),
        sale_id: row.get(11),
        reservation_id: row.get(12),
        order_id: row.get(13),
        staff: row.get(14),
        supervisor: row.get(15),
        reason: row.get(16),
        at: row.get(17),
        state: row.get(18),
        closed_by: row.get(19),
        closed_at: row.get(20),
        note: row.get(21),
        alert: row.get(22),
    }
}

/// Open cases by kind.
pub(super) async fn counts(tx: &Tx, allowed: &Allowed<StockRead>) -> Result<Vec<OpenCases>> {
    const OPEN: Sql = sql!(
        "select kind, count(*) from stock_case where location_id = any ($1) and state = 'open'
          group by kind order by kind",
        ([uuid]) -> (text, bigint)
    );
    let rows = tx.rows(OPEN, &[&allowed.locations()]).await?;
    Ok(rows
        .iter()
        .map(|row| OpenCases {
            kind: row.get(0),
            open: row.get(1),
        })
        .collect())
}

/// Who and what comes up most on a day; the newest with cases when none is said.
pub(super) async fn patterns(
    tx: &Tx,
    allowed: &Allowed<StockRead>,
    date: Option<Date>,
    today: Date,
) -> Result<Patterns> {
    const NEWEST: Sql = sql!(
        "select max(business_date) from stock_case where location_id = any ($1)",
        ([uuid]) -> (date)
    );
    const STAFF: Sql = sql!(
        "select c.staff_id, coalesce(s.name, ''), count(*) filter (where c.kind in ('found', 'counted')),
                count(*) filter (where c.kind = 'override')
           from stock_case c left join staff s on s.id = c.staff_id
          where c.location_id = any ($1) and c.business_date = $2 and c.staff_id is not null
            and c.kind in ('found', 'counted', 'override')
          group by c.staff_id, s.name order by 3 desc, 4 desc, 2, 1 limit $3",
        ([uuid], date, bigint) -> (uuid, text, bigint, bigint)
    );
    const VARIANTS: Sql = sql!(
        "select c.variant_id, coalesce(v.sku, ''), coalesce(v.name, ''),
                count(*) filter (where c.kind in ('found', 'counted')), count(*) filter (where c.kind = 'override')
           from stock_case c left join variant v on v.id = c.variant_id
          where c.location_id = any ($1) and c.business_date = $2 and c.kind in ('found', 'counted', 'override')
          group by c.variant_id, v.sku, v.name order by 4 desc, 5 desc, 3, 1 limit $3",
        ([uuid], date, bigint) -> (uuid, text, text, bigint, bigint)
    );
    let locations = allowed.locations();
    let date = if let Some(date) = date {
        date
    } else {
        let newest = tx.row(NEWEST, &[&locations]).await?;
        newest.and_then(|row| row.get(0)).unwrap_or(today)
    };
    let answers = tx
        .all(&[
            call(STAFF, &[&locations, &date, &MOST_PATTERNS]),
            call(VARIANTS, &[&locations, &date, &MOST_PATTERNS]),
        ])
        .await?;
    let staff = answers[0].iter().map(|row| StaffPattern {
        staff_id: row.get(0),
        name: row.get(1),
        found: row.get(2),
        overrides: row.get(3),
        alert: row.get::<_, i64>(2) > MOST_FOUND,
    });
    let variants = answers[1].iter().map(|row| VariantPattern {
        variant_id: row.get(0),
        sku: row.get(1),
        name: row.get(2),
        found: row.get(3),
        overrides: row.get(4),
        alert: row.get::<_, i64>(3) > MOST_FOUND,
    });
    Ok(Patterns {
        date,
        limit: MOST_FOUND,
        staff: staff.collect(),
        variants: variants.collect(),
    })
}

/// Closes an open case. False when it is closed, or not there.
pub(super) async fn close(tx: &Tx, location: Uuid, id: Uuid, note: &str) -> Result<bool> {
    const CLOSE: Sql = sql!(
        "update stock_case
            set state = 'closed', closed_by = split_part(actor(), ':', 2)::uuid, closed_at = $3, close_note = nullif($4, '')
          where location_id = $1 and id = $2 and state = 'open' returning true",
        (uuid, uuid, timestamptz, text) -> (boolean)
    );
    Ok(tx
        .row(CLOSE, &[&location, &id, &tx.now(), &note])
        .await?
        .is_some())
}
