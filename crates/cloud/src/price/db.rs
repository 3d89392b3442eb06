//! SQL of price lists and prices.
use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use tokio_postgres::Row;
use uuid::Uuid;

use super::http::{PriceList, PriceVersion};
use super::{NewPrice, PriceListContent};
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// All of them: the one that counts most first.
pub(crate) async fn lists(tx: &Tx) -> Result<Vec<PriceList>> {
    const LISTS: Sql = sql!(
        "select version, code, name, tax_included, currency, priority, nullif(valid_from, '-infinity'), valid_until, id,
                (select count(distinct p.variant_id) from price p where p.price_list_id = l.id)
           from price_list l order by priority desc, code",
        () -> (bigint, text, text, boolean, text, integer, timestamptz, timestamptz, uuid, bigint)
    );
    let rows = tx.rows(LISTS, &[]).await?;
    Ok(rows
        .iter()
        .map(|row| PriceList {
            id: row.get(8),
            version: row.get(0),
            content: content(row),
            variants: row.get(9),
        })
        .collect())
}

/// The version and the content; nobody else changes it until the end of the transaction.
pub(crate) async fn list_of(tx: &Tx, id: Uuid) -> Result<Option<(i64, PriceListContent)>> {
    const GET: Sql = sql!(
        "select version, code, name, tax_included, currency, priority, nullif(valid_from, '-infinity'), valid_until
           from price_list where id = $1 for update",
        (uuid) -> (bigint, text, text, boolean, text, integer, timestamptz, timestamptz)
    );
    let row = tx.row(GET, &[&id]).await?;
    Ok(row.map(|row| (row.get(0), content(&row))))
}

fn content(row: &Row) -> PriceListContent {
    PriceListContent {
        code: row.get(1),
        name: row.get(2),
        tax_included: row.get(3),
        currency: row.get(4),
        priority: row.get(5),
        valid_from: row.get(6),
        valid_until: row.get(7),
    }
}

/// The code of another list of the same priority at the same time.
pub(super) async fn overlapping(
    tx: &Tx,
    id: Uuid,
    list: &PriceListContent,
) -> Result<Option<String>> {
    const OVERLAPPING: Sql = sql!(
        "select code from price_list
          where id <> $1 and priority = $2
            and tstzrange(valid_from, valid_until) && tstzrange(coalesce($3, '-infinity'), $4) limit 1",
        (uuid, integer, timestamptz, timestamptz) -> (text)
    );
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
        [&id, &list.priority, &list.valid_from, &list.valid_until];
    Ok(tx.row(OVERLAPPING, &params).await?.map(|row| row.get(0)))
}

pub(super) async fn put_list(
    tx: &Tx,
    id: Uuid,
    version: i64,
    list: &PriceListContent,
) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into price_list (id, version, code, name, tax_included, currency, priority, valid_from, valid_until)
         values ($1, $2, $3, $4, $5, $6, $7, coalesce($8, '-infinity'), $9)
         on conflict (id) do update set version = excluded.version, code = excluded.code, name = excluded.name,
           priority = excluded.priority, valid_from = excluded.valid_from, valid_until = excluded.valid_until",
        (uuid, bigint, text, text, boolean, text, integer, timestamptz, timestamptz) -> ()
    );
    Ok(tx
        .run(
            PUT,
            &[
                &id,
                &version,
                &list.code,
                &list.name,
                &list.tax_included,
                &list.currency,
                &list.priority,
                &list.valid_from,
                &list.valid_until,
            ],
        )
        .await?)
}

/// What is known of a variant.
pub(crate) struct Known {
    pub(crate) product: Uuid,
    pub(crate) sku: String,
}

/// Those that there are; nobody else sets their prices until the end of the transaction.
pub(crate) async fn lock_variants(tx: &Tx, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Known>> {
    const LOCK: Sql = sql!(
        "select id, product_id, sku from variant where id = any ($1) order by id for no key update",
        ([uuid]) -> (uuid, uuid, text)
    );
    let rows = tx.rows(LOCK, &[&ids]).await?;
    let one = |row: &Row| {
        let known = Known {
            product: row.get(1),
            sku: row.get(2),
        };
        (row.get(0), known)
    };
    Ok(rows.iter().map(one).collect())
}

/// A price that is another one now.
pub(crate) struct Changed {
    pub(crate) variant: Uuid,
    pub(crate) before: Option<Decimal>,
    pub(crate) after: Option<Decimal>,
}

/// Sets prices of a list from `$5` on; `$6` is now. A variant without a price in the list gets one that always was, if it
/// begins at once. What was to begin at the same later instant is replaced.
pub(super) const PUT: Sql = sql!(
    "with given as (
       select * from unnest($2, $3, $4) as given (variant_id, amount, per_quantity)
     ), current as (
       select distinct on (variant_id) variant_id, amount, per_quantity
         from price
        where price_list_id = $1 and variant_id = any ($2) and valid_from <= $5 and (valid_until is null or valid_until > $5)
        order by variant_id, version desc
     ), newest as (
       select variant_id, max(version) as version, min(valid_from) filter (where price_list_id = $1 and valid_from > $5) as next,
              bool_or(price_list_id = $1) as is_priced
         from price where variant_id = any ($2) group by variant_id
     ), changed as (
       select given.*, current.amount as old, coalesce(newest.version, 0) + 1 as version, newest.next,
              coalesce(newest.is_priced, false) as is_priced
         from given left join current using (variant_id) left join newest using (variant_id)
        where (current.amount is not null or given.amount is not null)
          and (current.amount is null or given.amount is null
               or (current.amount, current.per_quantity) <> (given.amount, given.per_quantity))
     ), ended as (
       update price set valid_until = greatest($5, price.valid_from + interval '1 microsecond') from changed
        where price.price_list_id = $1 and price.variant_id = changed.variant_id and price.valid_from <= $5
          and (price.valid_until is null or price.valid_until > $5) and not (price.valid_from = $5 and $5 > $6)
     ), gone as (
       delete from price using changed
        where price.price_list_id = $1 and price.variant_id = changed.variant_id and price.valid_from = $5 and $5 > $6
     ), made as (
       insert into price (price_list_id, variant_id, version, amount, per_quantity, valid_from, valid_until)
       select $1, variant_id, version, amount, per_quantity,
              case when $5 <= $6 and not is_priced then '-infinity' else $5 end, next
         from changed where amount is not null
     )
     select variant_id, old, amount from changed",
    (uuid, [uuid], [numeric], [bigint], timestamptz, timestamptz) -> (uuid, numeric, numeric)
);

/// Those that have changed.
pub(crate) async fn put(
    tx: &Tx,
    list: Uuid,
    from: Timestamp,
    prices: &[NewPrice],
) -> Result<Vec<Changed>> {
    let ids: Vec<Uuid> = prices.iter().map(|one| one.variant_id).collect();
    let amounts: Vec<Option<Decimal>> = prices.iter().map(|one| one.amount).collect();
    let per: Vec<i64> = prices.iter().map(|one| one.per_quantity).collect();
    let rows = tx
        .rows(PUT, &[&list, &ids, &amounts, &per, &from, &tx.now()])
        .await?;
    Ok(rows
        .iter()
        .map(|row| Changed {
            variant: row.get(0),
            before: row.get(1),
            after: row.get(2),
        })
        .collect())
}

/// Every price that a variant had, has and will have, the newest first.
pub(super) async fn history(tx: &Tx, variant: Uuid) -> Result<Vec<PriceVersion>> {
    const HISTORY: Sql = sql!(
        "select p.price_list_id, l.code, p.version, p.amount, p.per_quantity, nullif(p.valid_from, '-infinity'), p.valid_until
           from price p join price_list l on l.id = p.price_list_id
          where p.variant_id = $1 order by p.valid_from desc, p.version desc limit 500",
        (uuid) -> (uuid, text, bigint, numeric, bigint, timestamptz, timestamptz)
    );
    let rows = tx.rows(HISTORY, &[&variant]).await?;
    Ok(rows
        .iter()
        .map(|row| PriceVersion {
            price_list_id: row.get(0),
            price_list: row.get(1),
            version: row.get(2),
            amount: row.get(3),
            per_quantity: row.get(4),
            valid_from: row.get(5),
            valid_until: row.get(6),
        })
        .collect())
}
