//! Picking: promised units are taken from the shelf, or are not there (sync.md 5.2).
use std::collections::BTreeMap;

use retail::{catalog::VariantId, quantity::Quantity, staff::Permission};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::body;

use super::{
    Found, MAX_LINES, Order, OrderError, Pick, Picking, State, by_hand, db, picked, repeated,
};
use crate::{
    Shop,
    db::{Snapshot, Tx},
    node::{self, Site},
    outbox::{self, Event},
    refusal::{Attempt, Recorded, Write},
    rights::{Accounts, Held, command::claim},
    staff::{self, Actor},
    stock,
};

/// Takes promised units from the shelf. When fewer were there than were promised, the shelf is empty: the node's own
/// rights are void as well, and a count is asked for.
///
/// Repeating the same event id and content returns the order.
///
/// # Errors
/// [`OrderError`] names the line to put right.
pub async fn pick(
    shop: &Shop,
    actor: &Actor,
    picking: Picking,
) -> Result<Recorded<Order>, OrderError> {
    staff::require(actor, Permission::OrderPick)?;
    if picking.lines.is_empty() {
        return Err(OrderError::NoLines);
    }
    if picking.lines.len() > MAX_LINES {
        return Err(OrderError::TooManyLines);
    }
    let ids = [(); 2].map(|()| shop.new_id::<()>().as_uuid());
    let actor = actor.clone();
    let attempt = shop
        .write(move |tx, _| pick_in(tx, &actor, &picking, ids))
        .await?;
    match attempt {
        Attempt::Recorded(order) => Ok(order),
        Attempt::IdReused => Err(OrderError::IdReused),
    }
}

fn pick_in(
    tx: &Tx<'_>,
    actor: &Actor,
    picking: &Picking,
    [refusal_id, count_id]: [Uuid; 2],
) -> Result<Attempt<Order>, OrderError> {
    let mut site = node::site(tx)??;
    let content = content(picking.order, &picking.lines);
    let before = outbox::db::body_of::<body::OrderPicked>(tx, picking.event)?
        .map(|(_, body)| content_of(&body));
    let write = Write {
        noun: "picking",
        id: picking.event,
        content: &content,
        staff: actor.staff,
        register: actor.register,
    };
    if let Some(attempt) = repeated(tx, &mut site, &write, before, refusal_id, picking.order)? {
        return Ok(attempt);
    }
    if site.is_restricted() {
        return Err(OrderError::Restricted);
    }
    let picks = wanted(tx, picking)?;
    let mut accounts = Accounts::default();
    count_first(tx, &mut site, actor, picking, &picks, count_id)?;
    let mut lines = Vec::with_capacity(picks.len());
    let mut claims = Vec::with_capacity(picks.len());
    for (pick, found) in &picks {
        let held = accounts.of(tx, pick.variant)?;
        held.apply(|account| account.pick(pick.quantity, *found))?;
        if *found < pick.quantity {
            held.doubt();
        }
        claims.push(claim(pick.reservation, -pick.quantity));
        lines.push(body::PickedLine {
            reservation: pick.reservation,
            variant: pick.variant.as_uuid(),
            promised: pick.quantity.base_units(),
            picked: found.base_units(),
        });
    }
    let body = body::OrderPicked {
        order: picking.order,
        lines,
    };
    let event = Event {
        accounts: &mut accounts.into_sorted(),
        claims,
        ..by_hand(
            actor,
            picking.order,
            Event::of(picking.event, site.open_business_date(tx.now), &body),
        )
    };
    let seq = outbox::append(tx, &mut site, event)?;
    picked(tx, seq, &body)?;
    let order = db::order(tx, picking.order)?.ok_or(OrderError::Unknown)?;
    Ok(Attempt::Recorded(Recorded::First(order)))
}

fn content(order: Uuid, lines: &[Found]) -> Value {
    let lines: BTreeMap<String, i64> = lines
        .iter()
        .map(|line| (line.reservation.to_string(), line.picked.base_units()))
        .collect();
    json!({ "order_id": order, "lines": lines })
}

fn content_of(body: &body::OrderPicked) -> Value {
    let lines: Vec<Found> = body
        .lines
        .iter()
        .map(|line| Found {
            reservation: line.reservation,
            picked: Quantity::new(line.picked),
        })
        .collect();
    content(body.order, &lines)
}

/// The reservations of a picking with what was found of each.
fn wanted(at: &Snapshot<'_>, picking: &Picking) -> Result<Vec<(Pick, Quantity)>, OrderError> {
    let known = db::picks(at, picking.order)?;
    if known.is_empty() {
        return Err(OrderError::Unknown);
    }
    let mut picks: Vec<(Pick, Quantity)> = Vec::with_capacity(picking.lines.len());
    for (line, found) in picking.lines.iter().enumerate() {
        let pick = known
            .iter()
            .find(|pick| pick.reservation == found.reservation)
            .ok_or(OrderError::UnknownReservation { line })?;
        if picks.iter().any(|(other, _)| other == pick) {
            return Err(OrderError::Twice { line });
        }
        if pick.state != State::Open {
            let state = pick.state;
            return Err(OrderError::NotOpen { line, state });
        }
        if found.picked < Quantity::ZERO || found.picked > pick.quantity {
            let max = pick.quantity;
            return Err(OrderError::QuantityOutOfRange { line, max });
        }
        picks.push((*pick, found.picked));
    }
    Ok(picks)
}

/// Takes in the counts without which nothing may be picked here: an earlier epoch may have picked the same order.
fn count_first(
    tx: &Tx<'_>,
    site: &mut Site,
    actor: &Actor,
    picking: &Picking,
    picks: &[(Pick, Quantity)],
    event: Uuid,
) -> Result<(), OrderError> {
    let mut uncounted = Vec::new();
    let mut counts = Vec::new();
    let mut variants: Vec<VariantId> = picks.iter().map(|(pick, _)| pick.variant).collect();
    variants.sort_unstable();
    variants.dedup();
    for variant in variants {
        if Held::load(tx, variant)?.is_counted_here(site) {
            continue;
        }
        let counted = picking.counted.iter().find(|(of, _)| *of == variant);
        match counted {
            Some((_, counted)) => counts.push((variant, *counted)),
            None => uncounted.push(variant),
        }
    }
    if !uncounted.is_empty() {
        return Err(OrderError::CountFirst {
            variants: uncounted,
        });
    }
    if counts.is_empty() {
        return Ok(());
    }
    match stock::count_for_a_pick(tx, site, actor, event, &counts) {
        Ok(()) => Ok(()),
        Err(stock::CountError::QuantityOutOfRange { max, .. }) => {
            Err(OrderError::CountOutOfRange { max })
        }
        Err(stock::CountError::Rights(error)) => Err(error.into()),
        Err(stock::CountError::Db(error)) => Err(error.into()),
        Err(_) => Err(OrderError::Unknown),
    }
}
