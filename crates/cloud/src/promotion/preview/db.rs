//! SQL of previews. A page of sales is four statements, however many sales it has.
use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use retail::amount::Amount;
use retail::catalog::VariantId;
use retail::price::Price;
use retail::promotion::goods::{Buyer, CustomerId, local_time};
use retail::quantity::{Quantity, Unit};
use retail::sale::{Item, TenderKind};
use retail::tax::TaxRate;
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use super::super::basket::{categories, load_facts};
use super::{Begun, NewPreview, Next, Page, Past, Place, PreviewDay, PromotionPreview, Sums, line};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// Begins it; false: there is one of that id.
pub(super) async fn insert(
    tx: &Tx,
    new: &NewPreview<'_>,
    document: &str,
    hash: &[u8; 32],
    by: Uuid,
    now: Timestamp,
) -> Result<bool> {
    const INSERT: Sql = sql!(
        "insert into promotion_preview (id, request_hash, document, others, locations, from_date, until_date, state, at_date,
                                        at_location, at_sale, total, begun_at, made_by)
         select $1, $2, $3,
                (select coalesce(jsonb_agg(jsonb_build_array(p.id, p.running_version) order by p.id), '[]')
                   from promotion p where p.running_version is not null),
                $4, $5, $6, 'running', $5, $9, $9,
                (select count(*) from sale where location_id = any ($4) and business_date between $5 and $6), $7, $8
         on conflict (id) do nothing returning true",
        (uuid, bytea, text, [uuid], date, date, timestamptz, uuid, uuid) -> (boolean)
    );
    let hash = &hash[..];
    let row = tx
        .row(
            INSERT,
            &[
                &new.id,
                &hash,
                &document,
                &new.locations,
                &new.from,
                &new.until,
                &now,
                &by,
                &Uuid::nil(),
            ],
        )
        .await?;
    Ok(row.is_some())
}

/// Of what a preview is.
pub(super) async fn hash(tx: &Tx, id: Uuid) -> Result<Option<Vec<u8>>> {
    const HASH: Sql =
        sql!("select request_hash from promotion_preview where id = $1", (uuid) -> (bytea));
    Ok(tx.row(HASH, &[&id]).await?.map(|row| row.get(0)))
}

/// A preview that is not over.
pub(super) async fn begun(tx: &Tx, id: Uuid) -> Result<Option<Begun>> {
    const BEGUN: Sql = sql!(
        "select v.document, v.locations, v.until_date, v.made_by, c.currency,
                (select coalesce(array_agg(pv.document order by pv.promotion_id), '{}')
                   from jsonb_array_elements(v.others) other
                   join promotion_version pv on pv.promotion_id = (other ->> 0)::uuid and pv.version = (other ->> 1)::bigint)
           from promotion_preview v cross join company c where v.id = $1 and v.state = 'running'",
        (uuid) -> (text, [uuid], date, uuid, text, [text])
    );
    let Some(row) = tx.row(BEGUN, &[&id]).await? else {
        return Ok(None);
    };
    Ok(Some(Begun {
        document: row.get(0),
        locations: row.get(1),
        until: row.get(2),
        by: row.get(3),
        currency: row.get(4),
        others: row.get(5),
        categories: categories(tx).await?,
    }))
}

/// Up to where a preview is that is not over.
pub(super) async fn place(tx: &Tx, id: Uuid) -> Result<Option<Place>> {
    const PLACE: Sql = sql!(
        "select at_date, at_location, at_sale, seen, touched, gave_minor, before_minor, units, taken_minor, by_day, examples
           from promotion_preview where id = $1 and state = 'running'",
        (uuid) -> (date, uuid, uuid, bigint, bigint, bigint, bigint, bigint, bigint, jsonb, jsonb)
    );
    Ok(tx.row(PLACE, &[&id]).await?.map(|row| Place {
        date: row.get(0),
        location: row.get(1),
        sale: row.get(2),
        sums: Sums {
            seen: row.get(3),
            touched: row.get(4),
            gave_minor: row.get(5),
            before_minor: row.get(6),
            units: row.get(7),
            taken_minor: row.get(8),
            by_day: days(row.get(9)),
            examples: serde_json::from_value(row.get(10)).unwrap_or_default(),
        },
    }))
}

fn days(by_day: Value) -> BTreeMap<Date, (i64, i64)> {
    serde_json::from_value(by_day).unwrap_or_default()
}

/// Keeps the sums up to the next place, unless somebody else has.
pub(super) async fn keep(tx: &Tx, id: Uuid, at: &Place, next: &Next, sums: &Sums) -> Result<()> {
    const KEEP: Sql = sql!(
        "update promotion_preview set at_date = $5, at_location = $6, at_sale = $7, seen = $8, touched = $9, gave_minor = $10,
                before_minor = $11, units = $12, taken_minor = $13, by_day = $14, examples = $15
          where id = $1 and state = 'running' and (at_date, at_location, at_sale) = ($2, $3, $4)",
        (uuid, date, uuid, uuid, date, uuid, uuid, bigint, bigint, bigint, bigint, bigint, bigint, jsonb, jsonb) -> ()
    );
    let by_day = serde_json::to_value(&sums.by_day).expect("plain data");
    let examples = serde_json::to_value(&sums.examples).expect("plain data");
    tx.run(
        KEEP,
        &[
            &id,
            &at.date,
            &at.location,
            &at.sale,
            &next.date,
            &next.location,
            &next.sale,
            &sums.seen,
            &sums.touched,
            &sums.gave_minor,
            &sums.before_minor,
            &sums.units,
            &sums.taken_minor,
            &by_day,
            &examples,
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn end(tx: &Tx, id: Uuid, state: &str, now: Timestamp) -> Result<()> {
    const END: Sql = sql!(
        "update promotion_preview set state = $2, ended_at = $3 where id = $1 and state = 'running'",
        (uuid, text, timestamptz) -> ()
    );
    Ok(tx.run(END, &[&id, &state, &now]).await?)
}

const SALES: Sql = sql!(
    "select s.id, s.location_id, s.business_date, s.receipt_number, s.closed_at, s.channel, l.time_zone, p.id, p.segments,
            p.purchases, make_date(2000, p.birth_month, p.birth_day)
       from sale s
       join location l on l.id = s.location_id
       left join patron_alias a on a.alias = s.customer_id
       left join patron p on p.id = coalesce(a.patron_id, s.customer_id)
      where s.location_id = any ($1) and s.business_date = $2 and (s.location_id, s.id) > ($3, $4)
      order by s.location_id, s.id limit $5",
    ([uuid], date, uuid, uuid, bigint) -> (uuid, uuid, date, text, timestamptz, text, text, uuid, [text], bigint, date)
);
const LINES: Sql = sql!(
    "select sl.sale_id, sl.variant_id, coalesce(v.unit, 'piece'), sl.quantity, sl.unit_price, sl.price_quantity, sl.discount_minor,
            sl.promoted_minor, sl.tax_rate_bps, sl.price_reason is not null
       from unnest($1, $2) as given (location_id, sale_id)
       join sale_line sl on sl.location_id = given.location_id and sl.business_date = $3 and sl.sale_id = given.sale_id
       left join variant v on v.id = sl.variant_id
      where not sl.is_gift order by sl.sale_id, sl.line",
    ([uuid], [uuid], date) -> (uuid, uuid, text, bigint, numeric, bigint, bigint, bigint, bigint, boolean)
);
const TENDERS: Sql = sql!(
    "select t.sale_id, t.kind from unnest($1, $2) as given (location_id, sale_id)
       join tender t on t.location_id = given.location_id and t.business_date = $3 and t.sale_id = given.sale_id
      order by t.sale_id, t.line",
    ([uuid], [uuid], date) -> (uuid, text)
);

/// The sales of a day that follow a place.
pub(super) async fn page(tx: &Tx, begun: &Begun, at: &Place, most: i64) -> Result<Page> {
    let locations = &begun.locations;
    let rows = tx
        .rows(
            SALES,
            &[&locations, &at.date, &at.location, &at.sale, &most],
        )
        .await?;
    let mut sales: Vec<Past> = rows.iter().map(past).collect();
    let (places, ids): (Vec<Uuid>, Vec<Uuid>) =
        sales.iter().map(|sale| (sale.location, sale.id)).unzip();
    let answers = tx
        .all(&[
            call(LINES, &[&places, &ids, &at.date]),
            call(TENDERS, &[&places, &ids, &at.date]),
        ])
        .await?;
    let by_id: HashMap<Uuid, usize> = ids.iter().copied().zip(0..).collect();
    let mut variants = Vec::new();
    for row in &answers[0] {
        if let (Some(place), Some(item)) = (by_id.get(&row.get(0)), item(row)) {
            variants.push(item.variant.as_uuid());
            sales[*place].lines.push(line(item, row.get(7), row.get(9)));
        }
    }
    for row in &answers[1] {
        if let (Some(place), Some(kind)) = (by_id.get(&row.get(0)), TenderKind::by_code(row.get(1)))
        {
            sales[*place].tenders.push(kind);
        }
    }
    variants.sort_unstable();
    variants.dedup();
    Ok(Page {
        is_last: i64::try_from(sales.len()).is_ok_and(|count| count < most),
        facts: load_facts(tx, &variants, &begun.categories).await?,
        sales,
    })
}

fn past(row: &Row) -> Past {
    let zone = TimeZone::get(row.get(6)).unwrap_or(TimeZone::UTC);
    let customer: Option<Uuid> = row.get(7);
    let buyer = customer.map(|id| Buyer {
        id: CustomerId::from_uuid(id),
        segments: row.get::<_, Option<Vec<String>>>(8).unwrap_or_default(),
        purchases: u32::try_from(row.get::<_, Option<i64>>(9).unwrap_or(0)).unwrap_or(u32::MAX),
        birthday: row.get(10),
    });
    Past {
        id: row.get(0),
        location: row.get(1),
        date: row.get(2),
        receipt_number: row.get(3),
        local: local_time(row.get(4), &zone),
        channel: row.get(5),
        buyer,
        tenders: Vec::new(),
        lines: Vec::new(),
    }
}

fn item(row: &Row) -> Option<Item> {
    Some(Item {
        variant: VariantId::from_uuid(row.get(1)),
        unit: Unit::by_code(row.get(2))?,
        quantity: Quantity::new(row.get(3)),
        price: Price::new(row.get(4), row.get(5)).ok()?,
        discount: Amount::from_minor(row.get(6)),
        tax: TaxRate::from_basis_points(row.get(8))?,
    })
}

/// How a preview stands, for whoever may see all its branches.
pub(super) async fn show(
    tx: &Tx,
    locations: &[Uuid],
    id: Uuid,
) -> Result<Option<PromotionPreview>> {
    const SHOW: Sql = sql!(
        "select id, state, seen, total, touched, gave_minor, before_minor, units, by_day, examples, from_date, until_date,
                cardinality(locations)::bigint, begun_at, ended_at
           from promotion_preview where id = $1 and locations <@ $2",
        (uuid, [uuid]) -> (uuid, text, bigint, bigint, bigint, bigint, bigint, bigint, jsonb, jsonb, date, date, bigint,
          timestamptz, timestamptz)
    );
    Ok(tx.row(SHOW, &[&id, &locations]).await?.map(|row| {
        let by_day = days(row.get(8)).into_iter();
        PromotionPreview {
            id: row.get(0),
            state: row.get(1),
            receipts_seen: row.get(2),
            receipts_total: row.get(3),
            touched: row.get(4),
            gave_minor: row.get(5),
            before_minor: row.get(6),
            units: row.get(7),
            by_day: by_day
                .map(|(date, (touched, gave_minor))| PreviewDay {
                    date,
                    touched,
                    gave_minor,
                })
                .collect(),
            examples: serde_json::from_value(row.get(9)).unwrap_or_default(),
            from: row.get(10),
            until: row.get(11),
            locations: row.get(12),
            begun_at: row.get(13),
            ended_at: row.get(14),
        }
    }))
}
