//! Handing an order over: its picked units leave the shop with the customer.
use retail::staff::Permission;
use serde_json::json;
use uuid::Uuid;
use wire::body;

use super::{Order, OrderError, State, by_hand, db, handed_over, repeated};
use crate::{
    Shop,
    db::Tx,
    node,
    outbox::{self, Event},
    refusal::{Attempt, Recorded, Write},
    rights::Accounts,
    staff::{self, Actor},
};

/// Hands the picked units of an order to the customer.
///
/// Repeating the same event id returns the order.
///
/// # Errors
/// [`OrderError`] says what is still to do.
pub async fn hand_over(
    shop: &Shop,
    actor: &Actor,
    order: Uuid,
    event: Uuid,
) -> Result<Recorded<Order>, OrderError> {
    staff::require(actor, Permission::OrderPick)?;
    let refusal_id = shop.new_id::<()>().as_uuid();
    let actor = actor.clone();
    let attempt = shop
        .write(move |tx, _| hand_over_in(tx, &actor, order, event, refusal_id))
        .await?;
    match attempt {
        Attempt::Recorded(order) => Ok(order),
        Attempt::IdReused => Err(OrderError::IdReused),
    }
}

fn hand_over_in(
    tx: &Tx<'_>,
    actor: &Actor,
    order: Uuid,
    event: Uuid,
    refusal_id: Uuid,
) -> Result<Attempt<Order>, OrderError> {
    let mut site = node::site(tx)??;
    let handed = |order: Uuid| json!({ "order_id": order });
    let before = outbox::db::body_of::<body::OrderHandedOver>(tx, event)?
        .map(|(_, body)| handed(body.order));
    let content = handed(order);
    let write = Write {
        noun: "handover",
        id: event,
        content: &content,
        staff: actor.staff,
        register: actor.register,
    };
    if let Some(attempt) = repeated(tx, &mut site, &write, before, refusal_id, order)? {
        return Ok(attempt);
    }
    let picks = db::picks(tx, order)?;
    if picks.is_empty() {
        return Err(OrderError::Unknown);
    }
    let open = picks
        .iter()
        .filter(|pick| pick.state == State::Open)
        .count();
    if open > 0 {
        return Err(OrderError::StillOpen { open });
    }
    let mut accounts = Accounts::default();
    let mut reservations = Vec::new();
    for pick in picks.iter().filter(|pick| pick.state == State::Picked) {
        let held = accounts.of(tx, pick.variant)?;
        held.apply(|account| account.hand_over(pick.picked))?;
        reservations.push(pick.reservation);
    }
    if reservations.is_empty() {
        return Err(OrderError::NothingPicked);
    }
    let body = body::OrderHandedOver {
        order,
        reservations,
    };
    let event = Event {
        accounts: &mut accounts.into_sorted(),
        ..by_hand(
            actor,
            order,
            Event::of(event, site.open_business_date(tx.now), &body),
        )
    };
    let seq = outbox::append(tx, &mut site, event)?;
    handed_over(tx, seq, &body)?;
    let order = db::order(tx, order)?.ok_or(OrderError::Unknown)?;
    Ok(Attempt::Recorded(Recorded::First(order)))
}
