//! After the cloud was restored from a backup: what a node was still to pick is promised, whatever this cloud knows of
//! it. Orders of the lost time are found again by what the node says.
use std::collections::{BTreeMap, BTreeSet};

use retail::rights::ReservationState;
use uuid::Uuid;
use wire::body::OpenPick;

use super::step;
use crate::cloud::Cloud;
use crate::db::Tx;
use crate::error::Result;
use crate::rights::{self, Cause, Change};

mod db;

/// Promises what a node still has to pick: a hold was paid in the lost time and is claimed, what ended meanwhile is
/// being cancelled until the node says so, and an order that nobody knows is made anew, for people to look at.
pub(crate) async fn recover(
    cloud: &Cloud,
    tx: &Tx,
    location: Uuid,
    picks: &[OpenPick],
) -> Result<()> {
    if picks.is_empty() {
        return Ok(());
    }
    let ids: BTreeSet<Uuid> = picks.iter().map(|pick| pick.order).collect();
    let mut orders = step::lock(tx, &ids.iter().copied().collect::<Vec<_>>()).await?;
    let states: BTreeMap<Uuid, ReservationState> = orders
        .iter()
        .flat_map(|order| &order.promises)
        .map(|promise| (promise.id, promise.state))
        .collect();
    let known: BTreeSet<Uuid> = orders.iter().map(|order| order.id).collect();
    let mut claimed = BTreeMap::new();
    let (mut again, mut lost) = (Vec::new(), Vec::new());
    for pick in picks.iter().filter(|pick| pick.quantity > 0) {
        match states.get(&pick.reservation) {
            Some(ReservationState::Held) => {
                claimed.insert(pick.reservation, ReservationState::Claimed);
            }
            Some(state) if state.is_promised() => {}
            // It ended here without the node's word, which alone can end it.
            Some(_) => again.push((pick, ReservationState::Cancelling)),
            None => {
                if !known.contains(&pick.order) {
                    lost.push(pick);
                }
                again.push((pick, ReservationState::Claimed));
            }
        }
    }
    step::take(tx, &mut orders, &claimed, None).await?;
    db::orders(tx, &lost).await?;
    for (pick, state) in &again {
        db::promise(tx, location, pick, *state).await?;
    }
    promise(tx, location, &again).await?;
    let at = cloud.security_now();
    for pick in &lost {
        crate::session::db::audit(tx, at, "order.recovered", &pick.order.to_string()).await?;
    }
    let all: Vec<Uuid> = ids.into_iter().collect();
    step::settled(tx, &all).await
}

/// The units count as promised again.
async fn promise(tx: &Tx, location: Uuid, again: &[(&OpenPick, ReservationState)]) -> Result<()> {
    let keys = again
        .iter()
        .map(|(pick, _)| (pick.variant, location))
        .collect();
    rights::db::lock_or_open(tx, &keys).await?;
    let changes: Vec<Change> = again
        .iter()
        .map(|(pick, _)| Change {
            location,
            resource: pick.variant,
            available: 0,
            granting: 0,
            promised: pick.quantity,
            cause: Cause::Rebase,
            subject: Some(pick.reservation),
        })
        .collect();
    rights::db::change(tx, &changes, tx.now()).await
}
