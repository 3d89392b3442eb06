//! Checkout: many carts in one transaction of two round trips. The first locks the rows of `cloud_rights` that may
//! matter, in one global order, and reads what the decision needs; the second writes one statement per table and
//! commits. Each cart is accepted or refused on its own.
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use jiff::Timestamp;
use retail::amount::Amount;
use retail::order::{Part, PlaceError, Shelves, keeps_price};
use retail::promotion::voucher::VoucherRefusal;
use uuid::Uuid;

use super::quote::{Quoted, Wanted};
use super::{NewOrder, OrderLine, Placed, Promise};
use crate::allowance::order::Left;
use crate::allowance::voucher::{self, Opened};
use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::{Error, Result};

mod db;

pub(super) use db::lock_rows;

/// Who writes orders; the one who placed an order is a column of it.
const CHECKOUT: Actor = Actor::Service("checkout");
/// How often a batch runs again because another process has written one of its orders meanwhile.
const MOST_RUNS: u32 = 4;

/// What became of a cart.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Its units are promised.
    Placed(Arc<Placed>),
    /// It was placed before: the first answer.
    Repeated(Arc<Placed>),
    /// Another order has this id.
    Reused,
    /// It cannot be placed; nothing was kept of it.
    Refused(PlaceError),
}

/// Places the orders, each or not, in one transaction. On disk when this returns.
///
/// Repeating an order gives the first answer, also when both come together or in two processes. A refusal is not
/// kept: the same id may try again.
pub async fn checkout(cloud: &Cloud, orders: &[NewOrder]) -> Result<Vec<Outcome>> {
    let (distinct, firsts) = distinct(orders);
    let mut run = 1;
    let outcomes = loop {
        let outcome = cloud
            .tx("checkout", CHECKOUT, async |tx| {
                place(cloud, tx, &distinct).await
            })
            .await;
        match outcome {
            // One of them was written by another process after we had looked: now it is seen.
            Err(Error::Db(error)) if error.is_duplicate() && run < MOST_RUNS => run += 1,
            other => break other?,
        }
    };
    Ok(orders
        .iter()
        .zip(firsts)
        .enumerate()
        .map(|(index, (order, nth))| {
            let first = &distinct[nth];
            let is_first = std::ptr::eq(*first, &raw const orders[index]);
            match &outcomes[nth] {
                outcome if is_first => outcome.clone(),
                _ if order.content() != first.content() => Outcome::Reused,
                Outcome::Placed(placed) => Outcome::Repeated(Arc::clone(placed)),
                outcome => outcome.clone(),
            }
        })
        .collect())
}

/// The first order of each id, and for each order which of them it repeats.
fn distinct(orders: &[NewOrder]) -> (Vec<&NewOrder>, Vec<usize>) {
    let mut seen = HashMap::with_capacity(orders.len());
    let mut first = Vec::with_capacity(orders.len());
    let places = orders
        .iter()
        .map(|order| match seen.entry(order.id) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                first.push(order);
                *new.insert(first.len() - 1)
            }
        })
        .collect();
    (first, places)
}

async fn place(cloud: &Cloud, tx: &Tx, orders: &[&NewOrder]) -> Result<Vec<Outcome>> {
    let loaded = db::load(cloud, tx, orders).await?;
    let kept = if loaded.known.is_empty() {
        HashMap::new()
    } else {
        super::db::placed(tx, &loaded.known.keys().copied().collect::<Vec<_>>()).await?
    };
    // After the rights of the goods, as everybody locks them.
    let limits: Vec<_> = orders
        .iter()
        .filter(|order| !loaded.known.contains_key(&order.id))
        .flat_map(|order| {
            let opened = voucher::opened(&order.vouchers);
            let needs = loaded.prices.needs(&wanted(order, &opened), tx.now());
            needs.limits().cloned().collect::<Vec<_>>()
        })
        .collect();
    let mut left = Left::lock(tx, &limits).await?;
    let (outcomes, accepted) = decide(cloud, tx, orders, &loaded, kept, &mut left)?;
    if accepted.is_empty() {
        // Nothing but locks: a commit would sync the disk for them.
        tx.rollback().await;
    } else {
        left.record(tx).await?;
        db::record(tx, &accepted, &left.notes()).await?;
    }
    Ok(outcomes)
}

/// An order that is going to be written.
struct Accepted<'a> {
    order: &'a NewOrder,
    placed: Arc<Placed>,
    /// Why it costs what it costs.
    trace: Option<String>,
}

/// The first answer again where there is one; for all others, one after the other: a refusal where the cart cannot be priced
/// or costs something else than the customer was told, and otherwise what `retail::order` says. What one takes of goods and
/// of limits is gone for the next.
fn decide<'a>(
    cloud: &Cloud,
    tx: &Tx,
    orders: &[&'a NewOrder],
    loaded: &db::Loaded,
    mut kept: HashMap<Uuid, Placed>,
    left: &mut Left,
) -> Result<(Vec<Outcome>, Vec<Accepted<'a>>)> {
    let mut shelves = Shelves::new(&loaded.rows);
    let mut numbers = loaded.numbers.iter().copied();
    let mut outcomes = Vec::with_capacity(orders.len());
    let mut accepted = Vec::with_capacity(orders.len());
    for order in orders {
        if let Some(hash) = loaded.known.get(&order.id) {
            outcomes.push(match kept.remove(&order.id) {
                Some(first) if *hash == order.content() => Outcome::Repeated(Arc::new(first)),
                _ => Outcome::Reused,
            });
            continue;
        }
        let opened = voucher::opened(&order.vouchers);
        let (quoted, parts) = match serve(order, &opened, loaded, &mut shelves, left, tx.now()) {
            Ok(served) => served,
            Err(refusal) => {
                outcomes.push(Outcome::Refused(refusal));
                continue;
            }
        };
        let date = loaded.prices.date(&order.cart, tx.now());
        left.take(order.id, &quoted.claims, date, &opened)?;
        let number = numbers.next().unwrap_or_default();
        let placed = Arc::new(placed(cloud, tx, order, loaded, &quoted, &parts, number));
        accepted.push(Accepted {
            order,
            placed: Arc::clone(&placed),
            trace: quoted.trace,
        });
        outcomes.push(Outcome::Placed(placed));
    }
    Ok((outcomes, accepted))
}

fn wanted<'a>(order: &'a NewOrder, opened: &'a [Opened]) -> Wanted<'a> {
    Wanted {
        cart: &order.cart,
        shipping: order.shipping.as_slice(),
        opened,
    }
}

/// What a cart costs, and from where it is served; nothing is taken of it when it is refused.
fn serve(
    order: &NewOrder,
    opened: &[Opened],
    loaded: &db::Loaded,
    shelves: &mut Shelves,
    left: &Left,
    at: Timestamp,
) -> std::result::Result<(Quoted, Vec<Part>), PlaceError> {
    for (place, voucher) in order.vouchers.iter().enumerate() {
        let opens = match voucher.opens {
            Ok(opened) if left.is_closed() => opened.while_closed(),
            opens => opens,
        };
        if let Err(refusal) = opens {
            return Err(PlaceError::Voucher { place, refusal });
        }
    }
    let wanted = wanted(order, opened);
    let needs = loaded.prices.needs(&wanted, at);
    if let Some(used) = left.first_used(&needs, opened) {
        let place = order
            .vouchers
            .iter()
            .position(|one| one.opens.is_ok_and(|one| one.voucher == used));
        return Err(PlaceError::Voucher {
            place: place.unwrap_or_default(),
            refusal: VoucherRefusal::Used,
        });
    }
    let quoted = loaded.prices.quote(&wanted, left, at)?;
    keeps_price(order.expected, quoted.total())?;
    let parts = shelves.serve(&order.cart)?;
    Ok((quoted, parts))
}

fn placed(
    cloud: &Cloud,
    tx: &Tx,
    order: &NewOrder,
    loaded: &db::Loaded,
    quoted: &Quoted,
    parts: &[Part],
    number: i64,
) -> Placed {
    let priced = &quoted.priced;
    let version = |variant| {
        let offer = loaded.prices.offers.get(&variant);
        offer
            .and_then(|offer| offer.price)
            .map_or(0, |(_, version)| version)
    };
    let lines = priced.lines.iter().zip(0..).map(|(line, index)| OrderLine {
        line: index,
        variant_id: line.item.variant.as_uuid(),
        quantity: line.item.quantity.base_units(),
        unit_price: line.item.price.major(),
        price_quantity: line.item.price.per(),
        price_version: version(line.item.variant),
        tax_rate_bps: line.item.tax.basis_points(),
        discount_minor: line.item.discount.minor(),
        total_minor: line.total.minor(),
    });
    let reservations = parts.iter().map(|part| Promise {
        id: cloud.id(),
        line: i32::try_from(part.line).unwrap_or(i32::MAX),
        location_id: part.location.as_uuid(),
        variant_id: part.variant.as_uuid(),
        quantity: part.quantity.base_units(),
        state: "held".to_owned(),
    });
    let hold_until = cloud.security_now().saturating_add(order.hold);
    Placed {
        id: order.id,
        number: format!("W{number:06}"),
        state: "held".to_owned(),
        total_minor: quoted.total().minor(),
        shipping_minor: quoted.shipping.minor(),
        discount_minor: priced.discount.minor(),
        tax_minor: Amount::minor(priced.tax()),
        placed_at: as_kept(tx.now()),
        hold_until: as_kept(hold_until.unwrap_or_else(|_| cloud.security_now())),
        lines: lines.collect(),
        reservations: reservations.collect(),
    }
}

/// As the database keeps it: the first answer and its repetition are the same.
fn as_kept(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
