//! Checkout: many carts in one transaction of two round trips. The first locks the rows of `cloud_rights` that may
//! matter, in one global order, and reads what the decision needs; the second writes one statement per table and
//! commits. Each cart is accepted or refused on its own.
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use jiff::Timestamp;
use retail::amount::Amount;
use retail::order::{Cart, Part, PlaceError, allocate};
use uuid::Uuid;

use super::quote::Quoted;
use super::{NewOrder, OrderLine, Placed, Promise};
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
    let mut numbers = loaded.numbers.iter();
    let (outcomes, accepted) = decide(cloud, tx, orders, &loaded, kept, &mut numbers)?;
    if accepted.is_empty() {
        // Nothing but locks: a commit would sync the disk for them.
        tx.rollback().await;
    } else {
        db::record(tx, &accepted).await?;
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

/// The first answer again where there is one, a refusal where the cart cannot be priced, and for all others together
/// what `retail::order` says.
fn decide<'a>(
    cloud: &Cloud,
    tx: &Tx,
    orders: &[&'a NewOrder],
    loaded: &db::Loaded,
    mut kept: HashMap<Uuid, Placed>,
    numbers: &mut std::slice::Iter<'_, i64>,
) -> Result<(Vec<Outcome>, Vec<Accepted<'a>>)> {
    let mut outcomes: Vec<Option<Outcome>> = vec![None; orders.len()];
    let mut quoted: Vec<(usize, Quoted)> = Vec::with_capacity(orders.len());
    for (index, order) in orders.iter().enumerate() {
        outcomes[index] = if let Some(hash) = loaded.known.get(&order.id) {
            Some(match kept.remove(&order.id) {
                Some(first) if *hash == order.content() => Outcome::Repeated(Arc::new(first)),
                _ => Outcome::Reused,
            })
        } else {
            match loaded.prices.quote(&order.cart, tx.now()) {
                Ok(one) => {
                    quoted.push((index, one));
                    None
                }
                Err(refusal) => Some(Outcome::Refused(refusal)),
            }
        };
    }
    let carts: Vec<Cart> = quoted
        .iter()
        .map(|(index, _)| orders[*index].cart.clone())
        .collect();
    let mut accepted = Vec::with_capacity(quoted.len());
    for ((index, one), parts) in quoted.into_iter().zip(allocate(&carts, &loaded.rows)) {
        outcomes[index] = Some(match parts {
            Ok(parts) => {
                let number = numbers.next().copied().unwrap_or_default();
                let placed = placed(cloud, tx, orders[index], loaded, &one, &parts, number);
                let placed = Arc::new(placed);
                accepted.push(Accepted {
                    order: orders[index],
                    placed: Arc::clone(&placed),
                    trace: one.trace,
                });
                Outcome::Placed(placed)
            }
            Err(refusal) => Outcome::Refused(refusal),
        });
    }
    let outcomes = outcomes.into_iter().collect::<Option<Vec<_>>>();
    let undecided = || httpkit::problem::Problem::internal(&"a cart was not decided");
    Ok((outcomes.ok_or_else(undecided)?, accepted))
}

fn placed(
    cloud: &Cloud,
    tx: &Tx,
    order: &NewOrder,
    loaded: &db::Loaded,
    Quoted { priced, .. }: &Quoted,
    parts: &[Part],
    number: i64,
) -> Placed {
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
        total_minor: priced.total.minor(),
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
