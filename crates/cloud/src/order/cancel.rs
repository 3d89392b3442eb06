//! Cancellation. What no node was told of is free at once; what a node was told to pick stays promised until the
//! node's own event says that it will not (sync.md 2.14, 16).
use std::collections::BTreeMap;

use httpkit::problem::Problem;
use retail::rights::ReservationState;
use uuid::Uuid;

use super::http::Caller;
use super::step::{self, Order, Promise};
use super::{Placed, pick};
use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::db::Tx;
use crate::error::Result;

/// Cancels an order. Repeating it changes nothing.
pub(super) async fn cancel(
    cloud: &Cloud,
    caller: &Caller,
    id: Uuid,
    reason: &str,
) -> Result<Placed> {
    pick::prepare(cloud).await?;
    let (placed, told) = cloud
        .tx("cancel_order", caller.actor(), async |tx| {
            let order = step::lock_seen(tx, id).await?;
            let mut order = order
                .filter(|order| caller.may(order))
                .ok_or_else(step::unknown)?;
            let told = match order.state.as_str() {
                "handed_over" => {
                    return Err(Problem::conflict(
                        "order.handed_over",
                        "The customer has it already",
                    )
                    .into());
                }
                "cancelled" | "expired" | "cancelling" => Vec::new(),
                _ if order.close_reason.is_some() => Vec::new(),
                _ => {
                    let told = end(cloud, tx, &mut order, reason).await?;
                    if matches!(caller, Caller::Staff(_)) {
                        let entry = Entry::new("order.cancelled", id).because(reason);
                        entry.note(cloud, tx).await?;
                    }
                    told
                }
            };
            Ok((step::shown(tx, id).await?, told))
        })
        .await?;
    for location in told {
        cloud.sync().wake_commands(location);
    }
    Ok(placed)
}

/// Ends a locked order; the locations whose nodes are to be woken.
pub(super) async fn end(
    cloud: &Cloud,
    tx: &Tx,
    order: &mut Order,
    reason: &str,
) -> Result<Vec<Uuid>> {
    let locations: Vec<Uuid> = order.promises.iter().map(|one| one.location).collect();
    let ours = step::cloud_homes(tx, &locations).await?;
    let (mut freed, mut put_back) = (Vec::<Promise>::new(), Vec::<Promise>::new());
    let mut moved = BTreeMap::new();
    let mut told = BTreeMap::<Uuid, Vec<Uuid>>::new();
    for promise in &order.promises {
        let is_ours = ours.contains(&promise.location);
        let next = match promise.state {
            ReservationState::Held => ReservationState::Cancelled,
            // Nobody but this transaction picks there: between telling and picking is nothing.
            ReservationState::Claimed if is_ours => ReservationState::Cancelling,
            ReservationState::Picked if is_ours => ReservationState::Cancelled,
            ReservationState::Claimed => ReservationState::Cancelling,
            ReservationState::Picked => {
                told.entry(promise.location).or_default().push(promise.id);
                continue;
            }
            ReservationState::Cancelling
            | ReservationState::HandedOver
            | ReservationState::Expired
            | ReservationState::Cancelled
            | ReservationState::Short
            | ReservationState::Broken => continue,
        };
        match (promise.state, is_ours) {
            (ReservationState::Claimed, false) => {
                told.entry(promise.location).or_default().push(promise.id);
            }
            (ReservationState::Picked, _) => put_back.push(promise.clone()),
            _ => freed.push(promise.clone()),
        }
        moved.insert(promise.id, next);
    }
    step::take(
        tx,
        std::slice::from_mut(order),
        &moved,
        Some(("cancelled", None)),
    )
    .await?;
    let done: BTreeMap<Uuid, ReservationState> = freed
        .iter()
        .filter(|promise| promise.state == ReservationState::Claimed)
        .map(|promise| (promise.id, ReservationState::Cancelled))
        .collect();
    step::take(tx, std::slice::from_mut(order), &done, None).await?;
    step::release(tx, &freed).await?;
    pick::put_back(cloud, tx, &put_back).await?;
    step::close(tx, &[order.id], reason).await?;
    order.close_reason.get_or_insert_with(|| reason.to_owned());
    step::derive(tx, std::slice::from_mut(order), None).await?;
    step::send_cancels(cloud, tx, &told, "cancelled").await
}
