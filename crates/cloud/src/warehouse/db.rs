//! SQL of warehouses.
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::Value;
use uuid::Uuid;
use wire::command::Line;

use super::{Account, Moved};
use crate::company;
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// `edge` or `cloud`.
pub(super) async fn home(tx: &Tx, location: Uuid) -> Result<Option<String>> {
    const HOME: Sql = sql!("select home from location where id = $1", (uuid) -> (text));
    let row = tx.row(HOME, &[&location]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// Whether a document of that id was taken there.
pub(super) async fn is_noted(tx: &Tx, location: Uuid, id: Uuid) -> Result<bool> {
    const NOTED: Sql = sql!(
        "select true from office_stock where location_id = $1 and id = $2",
        (uuid, uuid) -> (boolean)
    );
    Ok(tx.row(NOTED, &[&location, &id]).await?.is_some())
}

/// What is missing by a count, at the list's prices, in minor units. What nobody sells is worth nothing here.
pub(super) async fn written_off(tx: &Tx, location: Uuid, lines: &[Line]) -> Result<i64> {
    const MISSING: Sql = sql!(
        "select b.node_rights + b.claim_bound - b.debt - given.counted, p.amount, p.per_quantity
           from unnest($2, $3) as given (variant_id, counted)
           join stock_balance b on b.location_id = $1 and b.variant_id = given.variant_id
          cross join lateral (
            select price.amount, price.per_quantity
              from price join price_list on price_list.id = price.price_list_id and price_list.code = 'standard'
             where price.variant_id = given.variant_id and price.valid_from <= moment()
               and (price.valid_until is null or price.valid_until > moment())
             order by price.version desc limit 1) p
          where b.node_rights + b.claim_bound - b.debt > given.counted",
        (uuid, [uuid], [bigint]) -> (bigint, numeric, bigint)
    );
    let variants: Vec<Uuid> = lines.iter().map(|line| line.variant).collect();
    let counted: Vec<i64> = lines.iter().map(|line| line.quantity).collect();
    let currency = company::get(tx).await?.currency_exponent();
    let rows = tx.rows(MISSING, &[&location, &variants, &counted]).await?;
    let worth = rows.iter().filter_map(|row| {
        let (missing, price, per): (i64, Decimal, i64) = (row.get(0), row.get(1), row.get(2));
        let exact = Decimal::from(missing)
            .checked_mul(price)?
            .checked_mul(Decimal::from(10_i64.pow(currency)))?;
        exact.checked_div(Decimal::from(per))?.round().to_i64()
    });
    Ok(worth.fold(0, i64::saturating_add))
}

/// Notes a document; the first one of that id at the location when there was one.
pub(super) async fn note(
    tx: &Tx,
    id: Uuid,
    location: Uuid,
    kind: &str,
    lines: &Value,
) -> Result<Option<(String, Value)>> {
    const NOTE: Sql = sql!(
        "insert into office_stock (id, location_id, kind, lines, made_by, at) values ($1, $2, $3, $4, $5, $6)
         on conflict (location_id, id) do nothing returning id",
        (uuid, uuid, text, jsonb, text, timestamptz) -> (uuid)
    );
    const FIRST: Sql = sql!(
        "select kind, lines from office_stock where location_id = $1 and id = $2",
        (uuid, uuid) -> (text, jsonb)
    );
    let answers = tx
        .all(&[
            call(
                NOTE,
                &[&id, &location, &kind, lines, &tx.actor(), &tx.now()],
            ),
            call(FIRST, &[&location, &id]),
        ])
        .await?;
    if !answers[0].is_empty() {
        return Ok(None);
    }
    Ok(answers[1].first().map(|row| (row.get(0), row.get(1))))
}

pub(super) async fn unknown_variant(tx: &Tx, ids: &[Uuid]) -> Result<Option<Uuid>> {
    const UNKNOWN: Sql = sql!(
        "select given.id from unnest($1) as given (id)
          where not exists (select 1 from variant v where v.id = given.id) limit 1",
        ([uuid]) -> (uuid)
    );
    let row = tx.row(UNKNOWN, &[&ids]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// The ledger and the balance, by the location's own calendar.
const RECORD: Sql = sql!(
    "with given as (
       select given.*, ($7 at time zone l.time_zone)::date as business_date
         from unnest($2, $3, $4, $5, $6, $8) as given (location_id, line, variant_id, bucket, quantity, reason)
         join location l on l.id = given.location_id
     ), ledger as (
       insert into stock_movement (location_id, business_date, event_id, line, variant_id, bucket, quantity, reason, occurred_at)
       select location_id, business_date, $1, line, variant_id, bucket, quantity, reason, $7 from given
     )
     insert into stock_balance as kept (location_id, variant_id, on_hand, claim_bound, picked)
     select location_id, variant_id, sum(quantity)::bigint,
            coalesce(sum(quantity) filter (where bucket = 'C'), 0)::bigint,
            coalesce(sum(quantity) filter (where bucket = 'K'), 0)::bigint
       from given group by location_id, variant_id order by location_id, variant_id
     on conflict (location_id, variant_id) do update
        set on_hand = kept.on_hand + excluded.on_hand, claim_bound = kept.claim_bound + excluded.claim_bound,
            picked = kept.picked + excluded.picked",
    (uuid, [uuid], [integer], [uuid], [text], [bigint], timestamptz, [text]) -> ()
);

pub(super) async fn record(tx: &Tx, event: Uuid, moves: &[Moved]) -> Result<()> {
    let locations: Vec<Uuid> = moves.iter().map(|one| one.location).collect();
    let lines: Vec<i32> = (0..).zip(moves).map(|(line, _)| line).collect();
    let variants: Vec<Uuid> = moves.iter().map(|one| one.variant).collect();
    let buckets: Vec<&str> = moves
        .iter()
        .map(|one| Account::bucket(one.account))
        .collect();
    let quantities: Vec<i64> = moves.iter().map(|one| one.quantity).collect();
    let reasons: Vec<&str> = moves.iter().map(|one| one.reason).collect();
    Ok(tx
        .run(
            RECORD,
            &[
                &event,
                &locations,
                &lines,
                &variants,
                &buckets,
                &quantities,
                &tx.now(),
                &reasons,
            ],
        )
        .await?)
}
