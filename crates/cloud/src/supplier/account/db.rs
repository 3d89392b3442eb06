//! SQL of suppliers' accounts.
use jiff::{Timestamp, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use tokio_postgres::Row as Answer;
use uuid::Uuid;

use super::aging::Aging;
use super::{
    COMPANY, Row, SupplierAccount, SupplierAccountDetail, SupplierAccountPlace, SupplierEntry,
};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::session::{Allowed, PurchaseRead};

/// The locations whose accounts somebody sees; the company's own is among them for whoever sees all.
pub(super) struct Places(Vec<Uuid>);

impl Places {
    /// All of somebody, or the one that is named.
    pub(super) fn of(allowed: Allowed<PurchaseRead>, named: Option<Uuid>) -> Result<Self> {
        if named == Some(COMPANY) && allowed.is_everywhere() {
            return Ok(Self(vec![COMPANY]));
        }
        let company = (named.is_none() && allowed.is_everywhere()).then_some(COMPANY);
        let allowed = allowed.only(named)?;
        Ok(Self(
            company
                .into_iter()
                .chain(allowed.locations().iter().copied())
                .collect(),
        ))
    }
}

pub(super) async fn zone(tx: &Tx, location: Uuid) -> Result<Option<String>> {
    const ZONE: Sql = sql!("select time_zone from location where id = $1", (uuid) -> (text));
    Ok(tx.row(ZONE, &[&location]).await?.map(|row| row.get(0)))
}

pub(super) async fn is_supplier(tx: &Tx, id: Uuid) -> Result<bool> {
    const KNOWN: Sql = sql!("select true from supplier where id = $1", (uuid) -> (boolean));
    Ok(tx.row(KNOWN, &[&id]).await?.is_some())
}

/// False when there is one of that id, or one that reverses the same.
pub(super) async fn insert(tx: &Tx, row: &Row<'_>) -> Result<bool> {
    const INSERT: Sql = sql!(
        "insert into supplier_document (location_id, id, supplier_id, kind, business_date, amount_minor, method, reference,
           note, reverses, staff_id, recorded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict do nothing returning true",
        (uuid, uuid, uuid, text, date, bigint, text, text, text, uuid, uuid, timestamptz) -> (boolean)
    );
    let inserted = tx
        .row(
            INSERT,
            &[
                &row.location,
                &row.id,
                &row.supplier,
                &row.kind,
                &row.date,
                &row.amount_minor,
                &row.method,
                &row.reference,
                &row.note,
                &row.reverses,
                &row.staff,
                &tx.now(),
            ],
        )
        .await?;
    Ok(inserted.is_some())
}

/// Whether the document of that id says the same.
pub(super) async fn is_as(tx: &Tx, row: &Row<'_>) -> Result<bool> {
    const SAME: Sql = sql!(
        "select (supplier_id, kind, business_date, amount_minor, method, reference, note)
                  is not distinct from ($3::uuid, $4::text, $5::date, $6::bigint, $7::text, $8::text, $9::text)
           from supplier_document where location_id = $1 and id = $2",
        (uuid, uuid, uuid, text, date, bigint, text, text, text) -> (boolean)
    );
    let same = tx
        .row(
            SAME,
            &[
                &row.location,
                &row.id,
                &row.supplier,
                &row.kind,
                &row.date,
                &row.amount_minor,
                &row.method,
                &row.reference,
                &row.note,
            ],
        )
        .await?;
    Ok(same.is_some_and(|row| row.get(0)))
}

/// Puts a document into the ledger and adds it to the figures.
pub(super) async fn enter(tx: &Tx, row: &Row<'_>) -> Result<()> {
    const ENTER: Sql = sql!(
        "select enter_supplier_entries($1, $2, $2, array[$3])::text",
        (uuid, date, uuid) -> (text)
    );
    Ok(tx.run(ENTER, &[&row.location, &row.date, &row.id]).await?)
}

/// The date and the amount of a document that may be reversed.
pub(super) async fn original(
    tx: &Tx,
    location: Uuid,
    id: Uuid,
    supplier: Uuid,
) -> Result<Option<(Date, i64)>> {
    const ORIGINAL: Sql = sql!(
        "select business_date, amount_minor from supplier_document
          where location_id = $1 and id = $2 and supplier_id = $3 and kind <> 'reversal'",
        (uuid, uuid, uuid) -> (date, bigint)
    );
    let row = tx.row(ORIGINAL, &[&location, &id, &supplier]).await?;
    Ok(row.map(|row| (row.get(0), row.get(1))))
}

/// Why a document was reversed.
pub(super) async fn reason_of(tx: &Tx, location: Uuid, document: Uuid) -> Result<Option<String>> {
    const REASON: Sql = sql!(
        "select note from supplier_document where location_id = $1 and reverses = $2",
        (uuid, uuid) -> (text)
    );
    let row = tx.row(REASON, &[&location, &document]).await?;
    Ok(row.and_then(|row| row.get(0)))
}

/// What is owed at the place of a document, and whether another one that counts has its reference.
pub(super) async fn standing(tx: &Tx, row: &Row<'_>) -> Result<(i64, bool)> {
    const STANDING: Sql = sql!(
        "select coalesce((select owed_minor from supplier_balance where location_id = $1 and supplier_id = $2), 0),
                exists (
                  select from supplier_entry e
                   where e.location_id = $1 and e.supplier_id = $2 and e.kind = $3 and e.kind <> 'reversal' and e.id <> $4
                     and e.reference_key is not null and e.reference_key = lower(btrim($5))
                     and not exists (select from supplier_entry r where r.location_id = $1 and r.reverses = e.id))",
        (uuid, uuid, text, uuid, text) -> (bigint, boolean)
    );
    let found = tx
        .row(
            STANDING,
            &[
                &row.location,
                &row.supplier,
                &row.kind,
                &row.id,
                &row.reference,
            ],
        )
        .await?;
    Ok(found.map_or((0, false), |row| (row.get(0), row.get(1))))
}

/// How a list is sorted, and where a page of it ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Position(pub(super) i64, pub(super) String, pub(super) Uuid);

/// Which accounts are listed.
pub(super) struct Asked<'a> {
    pub(super) places: &'a Places,
    pub(super) q: &'a str,
    /// The largest first, not by name.
    pub(super) by_owed: bool,
    /// Only those with something owed or paid in advance.
    pub(super) only_open: bool,
    pub(super) after: Option<Position>,
    pub(super) limit: i64,
    pub(super) as_of: Date,
}

/// The first dates of the ages 0-30, 31-60 and 61-90.
fn ages(as_of: Date) -> [Date; 3] {
    [30, 60, 90].map(|days| as_of.saturating_sub(days.days()))
}

/// Accounts, and what is owed and paid in advance over all of them.
pub(super) async fn list(
    tx: &Tx,
    asked: &Asked<'_>,
) -> Result<(Vec<(SupplierAccount, Position)>, (i64, i64))> {
    const LIST: Sql = sql!(
        "with account as (
           select supplier_id, sum(owed_minor)::bigint as owed from supplier_balance
            where location_id = any ($1) group by supplier_id),
         found as (
           select s.id, s.name, s.code, s.active, lower(s.name) as key, coalesce(a.owed, 0) as owed,
                  case when $3 then -coalesce(a.owed, 0) else 0 end as rank
             from supplier s left join account a on a.supplier_id = s.id
            where ($2 = '' or strpos(folded(s.name || ' ' || s.code), folded($2)) > 0)
              and (not $4 or coalesce(a.owed, 0) <> 0)),
         page as materialized (
           select * from found where (rank, key, id) > ($5, $6, $7) order by rank, key, id limit $8)
         select p.id, p.name, p.code, p.active, p.owed, d.bought_30, d.bought_60, d.bought_90, d.last_date, p.rank, p.key
           from page p
           left join lateral (
             select coalesce(sum(due_minor) filter (where business_date >= $9), 0)::bigint as bought_30,
                    coalesce(sum(due_minor) filter (where business_date >= $10 and business_date < $9), 0)::bigint as bought_60,
                    coalesce(sum(due_minor) filter (where business_date >= $11 and business_date < $10), 0)::bigint as bought_90,
                    max(business_date) filter (where entries > 0) as last_date
               from daily_supplier where location_id = any ($1) and supplier_id = p.id) d on true
          order by p.rank, p.key, p.id",
        ([uuid], text, boolean, boolean, bigint, text, uuid, bigint, date, date, date)
          -> (uuid, text, text, boolean, bigint, bigint, bigint, bigint, date, bigint, text)
    );
    const TOTALS: Sql = sql!(
        "select coalesce(sum(a.owed) filter (where a.owed > 0), 0)::bigint,
                coalesce(-sum(a.owed) filter (where a.owed < 0), 0)::bigint
           from (select sum(owed_minor) as owed from supplier_balance where location_id = any ($1) group by supplier_id) a",
        ([uuid]) -> (bigint, bigint)
    );
    let Position(rank, key, id) = asked
        .after
        .clone()
        .unwrap_or_else(|| Position(i64::MIN, String::new(), Uuid::nil()));
    let [month, two, three] = ages(asked.as_of);
    let places = &asked.places.0;
    let answers = tx
        .all(&[
            call(
                LIST,
                &[
                    places,
                    &asked.q.trim(),
                    &asked.by_owed,
                    &asked.only_open,
                    &rank,
                    &key,
                    &id,
                    &asked.limit,
                    &month,
                    &two,
                    &three,
                ],
            ),
            call(TOTALS, &[places]),
        ])
        .await?;
    let items = answers[0]
        .iter()
        .map(|row| (account(row), Position(row.get(9), row.get(10), row.get(0))));
    let totals = answers[1]
        .first()
        .map_or((0, 0), |row| (row.get(0), row.get(1)));
    Ok((items.collect(), totals))
}

fn account(row: &Answer) -> SupplierAccount {
    let owed_minor = row.get(4);
    SupplierAccount {
        supplier_id: row.get(0),
        name: row.get(1),
        code: row.get(2),
        active: row.get(3),
        owed_minor,
        aging: Aging::of(owed_minor, [row.get(5), row.get(6), row.get(7)]),
        last_date: row.get(8),
    }
}

/// The account of one supplier.
pub(super) async fn detail(
    tx: &Tx,
    places: &Places,
    supplier: Uuid,
    as_of: Date,
) -> Result<Option<SupplierAccountDetail>> {
    const ACCOUNT: Sql = sql!(
        "select s.id, s.name, s.code, s.active, d.owed, d.bought_30, d.bought_60, d.bought_90, d.last_date, s.phone, s.email
           from supplier s
          cross join lateral (
             select coalesce(sum(owed_minor), 0)::bigint as owed,
                    coalesce(sum(due_minor) filter (where business_date >= $3), 0)::bigint as bought_30,
                    coalesce(sum(due_minor) filter (where business_date >= $4 and business_date < $3), 0)::bigint as bought_60,
                    coalesce(sum(due_minor) filter (where business_date >= $5 and business_date < $4), 0)::bigint as bought_90,
                    max(business_date) filter (where entries > 0) as last_date
               from daily_supplier where location_id = any ($1) and supplier_id = s.id) d
          where s.id = $2",
        ([uuid], uuid, date, date, date)
          -> (uuid, text, text, boolean, bigint, bigint, bigint, bigint, date, text, text)
    );
    const PLACES: Sql = sql!(
        "select b.location_id, l.name, b.owed_minor
           from supplier_balance b left join location l on l.id = b.location_id
          where b.supplier_id = $2 and b.location_id = any ($1) order by l.name nulls first, b.location_id",
        ([uuid], uuid) -> (uuid, text, bigint)
    );
    let [month, two, three] = ages(as_of);
    let answers = tx
        .all(&[
            call(ACCOUNT, &[&places.0, &supplier, &month, &two, &three]),
            call(PLACES, &[&places.0, &supplier]),
        ])
        .await?;
    let place = |row: &Answer| SupplierAccountPlace {
        location_id: of_location(row.get(0)),
        location_name: row.get(1),
        owed_minor: row.get(2),
    };
    Ok(answers[0].first().map(|row| SupplierAccountDetail {
        account: account(row),
        phone: row.get(9),
        email: row.get(10),
        places: answers[1].iter().map(place).collect(),
        as_of,
    }))
}

fn of_location(location: Uuid) -> Option<Uuid> {
    (location != COMPANY).then_some(location)
}

/// Where a page of an account ended: by date, instant, document and kind, the newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct EntryPosition(
    pub(super) Date,
    pub(super) Timestamp,
    pub(super) Uuid,
    pub(super) String,
);

/// Which entries.
pub(super) struct AskedEntries<'a> {
    pub(super) places: &'a Places,
    pub(super) supplier: Uuid,
    pub(super) from: Date,
    pub(super) to: Date,
    pub(super) after: Option<EntryPosition>,
    pub(super) limit: i64,
}

/// What is owed after the newest entry of the page is what the days before it add up to, and its own day up to it; each
/// older one is that without those above it.
const ENTRIES: Sql = sql!(
    "with page as materialized (
       select e.* from supplier_balance b
        cross join lateral (
          select * from supplier_entry
           where location_id = b.location_id and supplier_id = $2 and business_date between $3 and $4
             and business_date <= $5 and (business_date, at, id, kind) < ($5, $6, $7, $8)
           order by business_date desc, at desc, id desc, kind desc limit $9) e
        where b.supplier_id = $2 and b.location_id = any ($1)
        order by e.business_date desc, e.at desc, e.id desc, e.kind desc limit $9),
     newest as (select * from page order by business_date desc, at desc, id desc, kind desc limit 1),
     top as materialized (
       select coalesce((select sum(d.owed_minor) from daily_supplier d
                         where d.location_id = any ($1) and d.supplier_id = $2 and d.business_date < n.business_date), 0)
            + coalesce((select sum(e.owed_minor) from supplier_entry e
                         where e.location_id = any ($1) and e.supplier_id = $2 and e.business_date = n.business_date
                           and (e.at, e.id, e.kind) <= (n.at, n.id, n.kind)), 0) as owed
         from newest n),
     line as (
       select p.*, (top.owed - coalesce(sum(p.owed_minor) over (
                order by p.business_date desc, p.at desc, p.id desc, p.kind desc
                rows between unbounded preceding and 1 preceding), 0))::bigint as balance,
              p.kind in ('purchase_reversal', 'reversal') as takes_back,
              exists (select from supplier_entry r where r.location_id = p.location_id and r.reverses = p.id)
                and p.kind not in ('purchase_reversal', 'reversal') as is_reversed
         from page p cross join top)
     select p.id, p.kind, p.location_id, l.name, p.business_date, p.at, coalesce(pu.ticket_number, pr.ticket_number),
            p.reference, coalesce(pu.payment_kind, pr.payment_kind, d.method), p.amount_minor, p.owed_minor, p.balance,
            coalesce(pr.reason, d.note), coalesce(st.name, ''), p.reverses, p.due_date, p.is_reversed,
            p.reference_key is not null and not p.takes_back and not p.is_reversed and exists (
              select from supplier_entry o
               where o.location_id = p.location_id and o.supplier_id = p.supplier_id and o.kind = p.kind and o.id <> p.id
                 and o.reference_key is not null and o.kind <> 'reversal' and o.reference_key = p.reference_key
                 and not exists (select from supplier_entry r where r.location_id = o.location_id and r.reverses = o.id))
       from line p
       left join location l on l.id = p.location_id
       left join purchase pu on p.kind = 'purchase' and pu.location_id = p.location_id
         and pu.business_date = p.business_date and pu.id = p.id
       left join purchase_reversal pr on p.kind = 'purchase_reversal' and pr.location_id = p.location_id and pr.id = p.id
       left join supplier_document d on p.kind not in ('purchase', 'purchase_reversal')
         and d.location_id = p.location_id and d.id = p.id
       left join staff st on st.id = coalesce(pu.staff_id, pr.staff_id, d.staff_id)
      order by p.business_date desc, p.at desc, p.id desc, p.kind desc",
    ([uuid], uuid, date, date, date, timestamptz, uuid, text, bigint) -> (
        uuid, text, uuid, text, date, timestamptz, text, text, text, bigint, bigint, bigint, text, text, uuid, date,
        boolean, boolean
    )
);

/// A page of an account, the newest first.
pub(super) async fn entries(tx: &Tx, asked: &AskedEntries<'_>) -> Result<Vec<SupplierEntry>> {
    let newest = || EntryPosition(Date::MAX, Timestamp::MAX, Uuid::max(), String::new());
    let EntryPosition(date, at, id, kind) = asked.after.clone().unwrap_or_else(newest);
    let rows = tx
        .rows(
            ENTRIES,
            &[
                &asked.places.0,
                &asked.supplier,
                &asked.from,
                &asked.to,
                &date,
                &at,
                &id,
                &kind,
                &asked.limit,
            ],
        )
        .await?;
    Ok(rows.iter().map(entry).collect())
}

fn entry(row: &Answer) -> SupplierEntry {
    let reverses: Option<Uuid> = row.get(14);
    SupplierEntry {
        id: row.get(0),
        kind: row.get(1),
        location_id: of_location(row.get(2)),
        location_name: row.get(3),
        business_date: row.get(4),
        at: row.get(5),
        number: row.get(6),
        reference: row.get(7),
        payment: row.get(8),
        amount_minor: row.get(9),
        owed_minor: row.get(10),
        balance_minor: row.get(11),
        note: row.get(12),
        staff: row.get(13),
        reverses,
        reverses_date: reverses.map(|_| row.get(15)),
        is_reversed: row.get(16),
        is_repeated: row.get(17),
    }
}
