//! SQL of checkout: one flush to lock and load, one to write and commit.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use retail::catalog::VariantId;
use retail::location::LocationId;
use retail::order::{Cart, Row};
use retail::quantity::Quantity;
use rust_decimal::Decimal;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::Accepted;
use crate::allowance::order::{NOTE, Notes};
use crate::cloud::Cloud;
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::order::NewOrder;
use crate::order::offer::{OFFERS, offers};
use crate::order::quote::Prices;
use crate::promotion::basket::{FACTS, facts};

/// Locations that are looked at for one variant when the cart may come from anywhere: the fullest.
const PLACES: i64 = 16;
/// A shop that was not heard of for this long is promised from no more; its rights stay (sync.md 5.4).
const DARK: SignedDuration = SignedDuration::from_hours(24);

const KNOWN: Sql = sql!(
    "select id, request_hash from online_order where id = any ($1)",
    ([uuid]) -> (uuid, bytea)
);

/// The numbers that the accepted ones will have.
const NUMBERS: Sql = sql!(
    "select nextval('order_number') from generate_series(1, $1)",
    (integer) -> (bigint)
);

/// Locks the rows that carts may be served from, in the order in which everybody locks them. What is frozen, fenced
/// or dark is left out.
const LOCK: Sql = sql!(
    "with near as (
       select place.resource_id, place.location_id
         from unnest($1) as wanted (variant_id)
         cross join lateral (
           select r.resource_id, r.location_id
             from cloud_rights r
            where r.resource_id = wanted.variant_id and r.available > 0
              and not exists (select 1 from command_stream c join node_stream s on s.node_id = c.node_id
                               where c.location_id = r.location_id
                                 and (s.status <> 'active' or s.frozen_at is not null or s.last_seen < $5))
            order by r.available desc, r.location_id limit $4) as place
     ), given as (
       select given.variant_id, given.location_id
         from unnest($2, $3) as given (variant_id, location_id)
        where not exists (select 1 from command_stream c join node_stream s on s.node_id = c.node_id
                           where c.location_id = given.location_id
                             and (s.status <> 'active' or s.frozen_at is not null or s.last_seen < $5))
     )
     select r.resource_id, r.location_id, r.available
       from cloud_rights r
      where (r.resource_id, r.location_id) in (select * from near union select * from given)
      order by r.resource_id, r.location_id
        for no key update of r",
    ([uuid], [uuid], [uuid], bigint, timestamptz) -> (uuid, uuid, bigint)
);

/// What the decision needs.
pub(super) struct Loaded {
    /// Orders that exist already, with the hash of what was asked.
    pub(super) known: HashMap<Uuid, Vec<u8>>,
    pub(super) numbers: Vec<i64>,
    pub(super) prices: Prices,
    pub(super) rows: Vec<Row>,
}

/// What some carts ask for.
struct Asked {
    variants: BTreeSet<Uuid>,
    /// From any place.
    anywhere: Vec<Uuid>,
    /// From one place: variants, and the place of each.
    given: (Vec<Uuid>, Vec<Uuid>),
}

impl Asked {
    fn by(orders: &[&NewOrder]) -> Self {
        let (mut variants, mut anywhere, mut given) = (
            BTreeSet::new(),
            BTreeSet::new(),
            BTreeSet::<(Uuid, Uuid)>::new(),
        );
        for order in orders {
            for line in &order.cart.lines {
                let variant = line.variant.as_uuid();
                variants.insert(variant);
                match order.cart.location {
                    Some(location) => given.insert((variant, location.as_uuid())),
                    None => anywhere.insert(variant),
                };
            }
        }
        Self {
            variants,
            anywhere: anywhere.into_iter().collect(),
            given: given.into_iter().unzip(),
        }
    }
}

/// Those of which nothing is known.
fn lacking(variants: &BTreeSet<Uuid>, is_known: impl Fn(VariantId) -> bool) -> Vec<Uuid> {
    let unknown = variants
        .iter()
        .filter(|variant| !is_known(VariantId::from_uuid(**variant)));
    unknown.copied().collect()
}

/// Locks and loads.
pub(super) async fn load(cloud: &Cloud, tx: &Tx, orders: &[&NewOrder]) -> Result<Loaded> {
    let memory = cloud.orders();
    let currency = memory.currency(tx).await?;
    let ids: Vec<Uuid> = orders.iter().map(|order| order.id).collect();
    let count = i32::try_from(orders.len()).unwrap_or(i32::MAX);
    let Asked {
        variants,
        anywhere,
        given,
    } = Asked::by(orders);
    let now = cloud.security_now();
    let mut known_offers = memory.offers.get(&variants, tx.now(), now);
    let missing = lacking(&variants, |variant| known_offers.contains_key(&variant));
    // Which promotions run was read a moment ago, or is read now, before anything is locked: there may be much to read. What
    // they ask about goods, only if there are some.
    let standing = memory.promotions.fresh(tx, now).await?;
    let may_be_promoted = !standing.rules.promotions().is_empty();
    let mut known_facts = memory.promotions.facts(variants.iter().copied(), now);
    let unknown = lacking(&variants, |variant| {
        !may_be_promoted || known_facts.contains_key(&variant)
    });
    let dark = dark(cloud);
    let lock: [&(dyn ToSql + Sync); 5] = [&anywhere, &given.0, &given.1, &PLACES, &dark];
    let (known, numbers): ([&(dyn ToSql + Sync); 1], [&(dyn ToSql + Sync); 1]) = ([&ids], [&count]);
    let business_now = tx.now();
    let wanted: [&(dyn ToSql + Sync); 2] = [&missing, &business_now];
    // What needs no lock comes before them: all others wait as long as they are held. Known orders are looked for after
    // them: whoever repeats an order that another process is placing waits for its rows, and sees it then.
    let mut calls = vec![call(NUMBERS, &numbers)];
    if !missing.is_empty() {
        calls.push(call(OFFERS, &wanted));
    }
    let asked: [&(dyn ToSql + Sync); 1] = [&unknown];
    if !unknown.is_empty() {
        calls.push(call(FACTS, &asked));
    }
    calls.extend([call(LOCK, &lock), call(KNOWN, &known)]);
    let mut answers = tx.all(&calls).await?.into_iter();
    let mut next = || answers.next().unwrap_or_default();
    let numbers = next();
    if !missing.is_empty() {
        let fresh = offers(&next());
        memory.offers.put(&fresh, now);
        known_offers.extend(fresh.iter().map(|one| (one.variant, one.offer)));
    }
    if !unknown.is_empty() {
        let read = facts(&next(), &standing.categories);
        known_facts.extend(memory.promotions.keep_facts(read, now));
    }
    let (rows, known) = (next(), next());
    Ok(Loaded {
        rows: rows.iter().map(row).collect(),
        known: known.iter().map(|row| (row.get(0), row.get(1))).collect(),
        numbers: numbers.iter().map(|row| row.get(0)).collect(),
        prices: Prices {
            offers: known_offers,
            facts: known_facts,
            standing,
            currency,
        },
    })
}

/// Locks the rows that one cart may be served from.
pub(in crate::order) async fn lock_rows(cloud: &Cloud, tx: &Tx, cart: &Cart) -> Result<Vec<Row>> {
    let mut variants: Vec<Uuid> = cart
        .lines
        .iter()
        .map(|line| line.variant.as_uuid())
        .collect();
    variants.sort_unstable();
    variants.dedup();
    let (anywhere, given, locations) = match cart.location {
        Some(location) => {
            let locations = vec![location.as_uuid(); variants.len()];
            (Vec::new(), variants, locations)
        }
        None => (variants, Vec::new(), Vec::new()),
    };
    let dark = dark(cloud);
    let rows = tx
        .rows(LOCK, &[&anywhere, &given, &locations, &PLACES, &dark])
        .await?;
    Ok(rows.iter().map(row).collect())
}

fn dark(cloud: &Cloud) -> Timestamp {
    let now = cloud.security_now();
    now.saturating_sub(DARK).unwrap_or(now)
}

fn row(row: &tokio_postgres::Row) -> Row {
    Row {
        variant: VariantId::from_uuid(row.get(0)),
        location: LocationId::from_uuid(row.get(1)),
        available: Quantity::new(row.get(2)),
    }
}

const ORDERS: Sql = sql!(
    "insert into online_order (id, channel_id, placed_by, number, customer, location_id, state, total_minor, tax_minor,
                               request_hash, placed_at, hold_until, discount_minor, trace, vouchers, shipping_method, shipping_minor)
     select id, channel_id, placed_by, number, customer, location_id, 'held', total_minor, tax_minor, request_hash, $10,
            hold_until, discount_minor, trace, string_to_array(vouchers, ' '), shipping_method, shipping_minor
       from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $11, $12, $13, $14, $15, $16)
         as given (id, channel_id, placed_by, number, customer, location_id, total_minor, tax_minor, request_hash, hold_until,
                   discount_minor, trace, vouchers, shipping_method, shipping_minor)",
    (
        [uuid], [uuid], [text], [text], [text], [uuid], [bigint], [bigint], [bytea], timestamptz, [timestamptz],
        [bigint], [text], [text], [text], [bigint]
    ) -> ()
);

const LINES: Sql = sql!(
    "insert into online_order_line (order_id, line, variant_id, quantity, unit_price, price_quantity, price_version,
                                    tax_rate_bps, total_minor, discount_minor)
     select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    (
        [uuid], [integer], [uuid], [bigint], [numeric], [bigint], [bigint], [bigint], [bigint], [bigint]
    ) -> ()
);

const RESERVATIONS: Sql = sql!(
    "insert into reservation (id, order_id, line, location_id, variant_id, quantity, state, changed_at)
     select id, order_id, line, location_id, variant_id, quantity, 'held', $7
       from unnest($1, $2, $3, $4, $5, $6) as given (id, order_id, line, location_id, variant_id, quantity)",
    ([uuid], [uuid], [integer], [uuid], [uuid], [bigint], timestamptz) -> ()
);

/// Carts are summed by row before: each row changes once, and its entry sums the promises of the transaction. The
/// reservations name them.
const PROMISE: Sql = sql!(
    "with taken as (
       select * from unnest($1, $2, $3) as taken (resource_id, location_id, quantity)
     ), changed as (
       update cloud_rights r
          set available = r.available - taken.quantity, promised = r.promised + taken.quantity
         from taken where r.resource_id = taken.resource_id and r.location_id = taken.location_id
     )
     insert into cloud_rights_entry (location_id, resource_id, available, granting, promised, cause, at)
     select location_id, resource_id, -quantity, 0, quantity, 'reserve', $4 from taken",
    ([uuid], [uuid], [bigint], timestamptz) -> ()
);

const OUTBOX: Sql = sql!(
    "insert into order_outbox (order_id, kind, payload, at)
     select order_id, 'placed', payload::jsonb, $3 from unnest($1, $2) as given (order_id, payload)",
    ([uuid], [text], timestamptz) -> ()
);

#[derive(Default)]
struct Orders<'a> {
    ids: Vec<Uuid>,
    channels: Vec<Option<Uuid>>,
    placed_by: Vec<String>,
    numbers: Vec<&'a str>,
    customers: Vec<&'a str>,
    locations: Vec<Option<Uuid>>,
    totals: Vec<i64>,
    taxes: Vec<i64>,
    hashes: Vec<&'a [u8]>,
    holds: Vec<Timestamp>,
    told: Vec<String>,
    discounts: Vec<i64>,
    traces: Vec<Option<&'a str>>,
    /// The codes of each, with spaces between them.
    vouchers: Vec<String>,
    methods: Vec<Option<&'a str>>,
    shipping: Vec<i64>,
}

#[derive(Default)]
struct Lines {
    orders: Vec<Uuid>,
    nth: Vec<i32>,
    variants: Vec<Uuid>,
    quantities: Vec<i64>,
    prices: Vec<Decimal>,
    per: Vec<i64>,
    versions: Vec<i64>,
    rates: Vec<i64>,
    totals: Vec<i64>,
    discounts: Vec<i64>,
}

#[derive(Default)]
struct Promises {
    ids: Vec<Uuid>,
    orders: Vec<Uuid>,
    lines: Vec<i32>,
    locations: Vec<Uuid>,
    variants: Vec<Uuid>,
    quantities: Vec<i64>,
    taken: BTreeMap<(Uuid, Uuid), i64>,
}

/// Writes the accepted orders and commits.
pub(super) async fn record(tx: &Tx, accepted: &[Accepted<'_>], notes: &Notes<'_>) -> Result<()> {
    let hashes: Vec<[u8; 32]> = accepted.iter().map(|one| one.order.content()).collect();
    let (mut orders, mut lines, mut promises) =
        (Orders::default(), Lines::default(), Promises::default());
    // By id: two processes that write the same ids wait for each other in one direction only.
    let mut sorted: Vec<(&Accepted<'_>, &[u8; 32])> = accepted.iter().zip(&hashes).collect();
    sorted.sort_unstable_by_key(|(one, _)| one.order.id);
    for (one, hash) in sorted {
        orders.push(one, hash);
        lines.push(one);
        promises.push(one);
    }
    let (resources, at, taken) = promises.taken();
    let now = tx.now();
    let (orders_at, lines) = (orders.params(&now), lines.params());
    let reservations = promises.params(&now);
    let promise: [&(dyn ToSql + Sync); 4] = [&resources, &at, &taken, &now];
    let outbox: [&(dyn ToSql + Sync); 3] = [&orders.ids, &orders.told, &now];
    let mut calls = vec![
        call(ORDERS, &orders_at),
        call(LINES, &lines),
        call(RESERVATIONS, &reservations),
        call(PROMISE, &promise),
        call(OUTBOX, &outbox),
    ];
    let notes = notes.params();
    calls.extend(notes.as_ref().map(|notes| call(NOTE, notes)));
    tx.finish(&calls).await?;
    Ok(())
}

impl<'a> Orders<'a> {
    fn params<'b>(&'b self, now: &'b Timestamp) -> [&'b (dyn ToSql + Sync); 16] {
        [
            &self.ids,
            &self.channels,
            &self.placed_by,
            &self.numbers,
            &self.customers,
            &self.locations,
            &self.totals,
            &self.taxes,
            &self.hashes,
            now,
            &self.holds,
            &self.discounts,
            &self.traces,
            &self.vouchers,
            &self.methods,
            &self.shipping,
        ]
    }

    fn push(&mut self, one: &'a Accepted<'_>, hash: &'a [u8; 32]) {
        let placed = &one.placed;
        self.ids.push(placed.id);
        self.channels.push(one.order.placer.channel());
        self.placed_by.push(one.order.placer.to_string());
        self.numbers.push(&placed.number);
        self.customers.push(&one.order.customer);
        self.locations
            .push(one.order.cart.location.map(LocationId::as_uuid));
        self.totals.push(placed.total_minor);
        self.taxes.push(placed.tax_minor);
        self.hashes.push(hash);
        self.holds.push(placed.hold_until);
        self.discounts.push(placed.discount_minor);
        self.traces.push(one.trace.as_deref());
        let codes = one.order.vouchers.iter();
        let codes: Vec<&str> = codes.map(|one| one.code.as_str()).collect();
        self.vouchers.push(codes.join(" "));
        let charge = one.order.shipping.as_ref();
        self.methods
            .push(charge.map(|charge| charge.method.as_str()));
        self.shipping.push(placed.shipping_minor);
        self.told.push(format!(
            r#"{{"state":"held","number":"{}","total_minor":{}}}"#,
            placed.number, placed.total_minor
        ));
    }
}

impl Lines {
    fn params(&self) -> [&(dyn ToSql + Sync); 10] {
        [
            &self.orders,
            &self.nth,
            &self.variants,
            &self.quantities,
            &self.prices,
            &self.per,
            &self.versions,
            &self.rates,
            &self.totals,
            &self.discounts,
        ]
    }

    fn push(&mut self, one: &Accepted<'_>) {
        for line in &one.placed.lines {
            self.orders.push(one.placed.id);
            self.nth.push(line.line);
            self.variants.push(line.variant_id);
            self.quantities.push(line.quantity);
            self.prices.push(line.unit_price);
            self.per.push(line.price_quantity);
            self.versions.push(line.price_version);
            self.rates.push(line.tax_rate_bps);
            self.totals.push(line.total_minor);
            self.discounts.push(line.discount_minor);
        }
    }
}

impl Promises {
    fn params<'a>(&'a self, now: &'a Timestamp) -> [&'a (dyn ToSql + Sync); 7] {
        [
            &self.ids,
            &self.orders,
            &self.lines,
            &self.locations,
            &self.variants,
            &self.quantities,
            now,
        ]
    }

    fn push(&mut self, one: &Accepted<'_>) {
        for promise in &one.placed.reservations {
            self.ids.push(promise.id);
            self.orders.push(one.placed.id);
            self.lines.push(promise.line);
            self.locations.push(promise.location_id);
            self.variants.push(promise.variant_id);
            self.quantities.push(promise.quantity);
            *self
                .taken
                .entry((promise.variant_id, promise.location_id))
                .or_default() += promise.quantity;
        }
    }

    /// Resources, locations and units, in the order of the locks.
    fn taken(&self) -> (Vec<Uuid>, Vec<Uuid>, Vec<i64>) {
        let keys = || self.taken.keys();
        (
            keys().map(|key| key.0).collect(),
            keys().map(|key| key.1).collect(),
            self.taken.values().copied().collect(),
        )
    }
}
