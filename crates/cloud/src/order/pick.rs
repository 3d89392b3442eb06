//! Picking at locations without a node: the cloud writes their stock, staff pick and hand over at the office.
use std::collections::BTreeMap;

use httpkit::problem::Problem;
use retail::quantity::Quantity;
use retail::rights::ReservationState;
use uuid::Uuid;

use super::Placed;
use super::step::{self, Promise};
use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::db::Tx;
use crate::error::Result;
use crate::rights::{self, Cause, Change};
use crate::session::{Allowed, OrderPick};
use crate::warehouse::{self, Account, Moved};

/// Units of a reservation that were on the shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Picked {
    pub(super) reservation: Uuid,
    pub(super) quantity: i64,
}

/// The months that movements of today fall into.
pub(super) async fn prepare(cloud: &Cloud) -> Result<()> {
    warehouse::prepare(cloud).await
}

/// Staff have picked claimed reservations of an order at a location without a node; less than promised is a short
/// pick, and looked for elsewhere. What was picked before is left alone, so repeating it changes nothing.
pub(super) async fn pick(
    cloud: &Cloud,
    allowed: &Allowed<OrderPick>,
    id: Uuid,
    location: Uuid,
    picked: &[Picked],
) -> Result<Placed> {
    prepare(cloud).await?;
    cloud
        .tx("pick_order", allowed.actor(), async |tx| {
            let order = step::lock_seen(tx, id).await?;
            let mut order = order
                .filter(|order| comes_from(order, location))
                .ok_or_else(step::unknown)?;
            check_home(tx, location).await?;
            let (mut moved, mut told) = (BTreeMap::new(), Vec::new());
            for one in picked {
                let promise = order
                    .promises
                    .iter_mut()
                    .find(|promise| promise.id == one.reservation && promise.location == location)
                    .ok_or_else(unknown_reservation)?;
                if !(0..=promise.quantity).contains(&one.quantity) {
                    return Err(wrong_quantity(promise).into());
                }
                if promise.state == ReservationState::Claimed {
                    let next = if one.quantity > 0 {
                        ReservationState::Picked
                    } else {
                        ReservationState::Short
                    };
                    moved.insert(promise.id, next);
                    promise.picked = one.quantity;
                    told.push(promise.clone());
                }
            }
            step::take(tx, std::slice::from_mut(&mut order), &moved, None).await?;
            step::set_picked(tx, &told).await?;
            leave_the_shelf(cloud, tx, &told).await?;
            step::derive(tx, std::slice::from_mut(&mut order), None).await?;
            if !told.is_empty() {
                let entry = Entry::new("order.picked", id).at(location);
                entry.note(cloud, tx).await?;
            }
            step::shown(tx, id).await
        })
        .await
}

/// The customer has what was picked at a location without a node. Repeating it changes nothing.
pub(super) async fn hand_over(
    cloud: &Cloud,
    allowed: &Allowed<OrderPick>,
    id: Uuid,
    location: Uuid,
) -> Result<Placed> {
    prepare(cloud).await?;
    cloud
        .tx("hand_over_order", allowed.actor(), async |tx| {
            let order = step::lock_seen(tx, id).await?;
            let mut order = order
                .filter(|order| comes_from(order, location))
                .ok_or_else(step::unknown)?;
            check_home(tx, location).await?;
            let picked: Vec<Promise> = order
                .promises
                .iter()
                .filter(|one| one.location == location && one.state == ReservationState::Picked)
                .cloned()
                .collect();
            if picked.is_empty() {
                let has_it = |one: &Promise| {
                    one.location == location && one.state == ReservationState::HandedOver
                };
                if order.promises.iter().any(has_it) {
                    return step::shown(tx, id).await;
                }
                return Err(Problem::conflict(
                    "order.not_picked",
                    "Nothing of this order is picked here",
                )
                .into());
            }
            let moved = picked
                .iter()
                .map(|promise| (promise.id, ReservationState::HandedOver))
                .collect();
            step::take(tx, std::slice::from_mut(&mut order), &moved, None).await?;
            let gone = picked.iter().map(|promise| Moved {
                location,
                variant: promise.variant,
                account: Account::Picked,
                quantity: -promise.picked,
                reason: "order.handed_over",
            });
            warehouse::record(cloud, tx, &gone.collect::<Vec<_>>()).await?;
            step::derive(tx, std::slice::from_mut(&mut order), None).await?;
            let entry = Entry::new("order.handed_over", id).at(location);
            entry.note(cloud, tx).await?;
            step::shown(tx, id).await
        })
        .await
}

/// Promised units leave the shelf: those that were there are picked, the others were never there.
async fn leave_the_shelf(cloud: &Cloud, tx: &Tx, promises: &[Promise]) -> Result<()> {
    let keys = promises
        .iter()
        .map(|promise| (promise.variant, promise.location))
        .collect();
    let mut accounts = rights::db::lock(tx, &keys).await?;
    let (mut changes, mut moves) = (Vec::new(), Vec::new());
    for promise in promises {
        let key = (promise.variant, promise.location);
        let account = accounts
            .get_mut(&key)
            .ok_or_else(|| step::astray(promise))?;
        let before = *account;
        account
            .picked(Quantity::new(promise.quantity))
            .map_err(|_| step::astray(promise))?;
        changes.extend(Change::between(
            key,
            before,
            *account,
            Cause::Pick,
            Some(promise.id),
        ));
        let one = |account, quantity| Moved {
            location: promise.location,
            variant: promise.variant,
            account,
            quantity,
            reason: "order.picked",
        };
        moves.push(one(Account::Claims, -promise.quantity));
        moves.push(one(Account::Picked, promise.picked));
    }
    rights::db::change(tx, &changes, tx.now()).await?;
    warehouse::record(cloud, tx, &moves).await
}

/// Picked units of a cancelled order go back to the shelf of a location without a node, and may be promised again.
pub(super) async fn put_back(cloud: &Cloud, tx: &Tx, promises: &[Promise]) -> Result<()> {
    let keys = promises
        .iter()
        .map(|promise| (promise.variant, promise.location))
        .collect();
    rights::db::lock(tx, &keys).await?;
    let changes: Vec<Change> = promises
        .iter()
        .filter(|promise| promise.picked > 0)
        .map(|promise| Change {
            location: promise.location,
            resource: promise.variant,
            available: promise.picked,
            granting: 0,
            promised: 0,
            cause: Cause::Release,
            subject: Some(promise.id),
        })
        .collect();
    rights::db::change(tx, &changes, tx.now()).await?;
    let moves: Vec<Moved> = promises
        .iter()
        .flat_map(|promise| {
            let one = |account, quantity| Moved {
                location: promise.location,
                variant: promise.variant,
                account,
                quantity,
                reason: "pick.cancelled",
            };
            [
                one(Account::Picked, -promise.picked),
                one(Account::Claims, promise.picked),
            ]
        })
        .collect();
    warehouse::record(cloud, tx, &moves).await
}

/// Whether anything of an order comes from a location.
fn comes_from(order: &step::Order, location: Uuid) -> bool {
    order.promises.iter().any(|one| one.location == location)
}

async fn check_home(tx: &Tx, location: Uuid) -> Result<()> {
    if step::cloud_homes(tx, &[location]).await?.is_empty() {
        return Err(Problem::conflict(
            "location.has_edge",
            "This location's own station picks and hands over",
        )
        .into());
    }
    Ok(())
}

fn unknown_reservation() -> Problem {
    Problem::not_found(
        "order.reservation_unknown",
        "The order has no such reservation at this location",
    )
}

fn wrong_quantity(promise: &Promise) -> Problem {
    Problem::invalid(
        "order.picked_quantity",
        "lines",
        "More cannot be picked than is promised",
    )
    .figure("promised", promise.quantity)
}
