//! Sourcing again: units of a promise that fell through (a short pick, an override, a count) are promised from another
//! location where there is one, else they are lost and the customer is told.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use httpkit::shutdown::Shutdown;
use retail::catalog::VariantId;
use retail::location::LocationId;
use retail::order::{Cart, Line, PlaceError, Shortage, allocate};
use retail::quantity::Quantity;
use retail::rights::ReservationState;
use uuid::Uuid;

use super::step::{self, Added, Order, Promise};
use super::{cancel, checkout, expire};
use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;
use crate::rights::{self, Cause, Change};

mod db;

/// Who sources.
const SOURCE: Actor = Actor::Service("source");
/// How often is looked for holds that are over and promises that fell through.
const LOOK: Duration = Duration::from_secs(1);
/// Orders that are looked at in one round.
const MOST: i64 = 50;

/// Units of an order's line that are to be promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) line: i32,
    pub(super) variant: Uuid,
    pub(super) quantity: i64,
}

/// Ends holds and sources again, until the shutdown.
pub(crate) async fn work(cloud: Cloud, shutdown: Shutdown) {
    while !shutdown.is_fired() {
        let round = async {
            let more = expire::expire(&cloud).await?;
            Ok::<bool, crate::error::Error>(source_all(&cloud).await? || more)
        };
        match round.await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "Orders rest for a moment: {error}"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = shutdown.wait() => {}
        }
    }
}

/// Sources what fell through, order by order. Whether there was any.
pub async fn source_all(cloud: &Cloud) -> Result<bool> {
    let open = cloud
        .tx("find_open_promises", SOURCE, async |tx| {
            db::open(tx, MOST).await
        })
        .await?;
    for &order in &open {
        let told = cloud
            .tx("source_order", SOURCE, async |tx| {
                source(cloud, tx, order).await
            })
            .await?;
        for location in told {
            cloud.sync().wake_commands(location);
        }
    }
    Ok(!open.is_empty())
}

async fn source(cloud: &Cloud, tx: &Tx, id: Uuid) -> Result<Vec<Uuid>> {
    let Some(mut order) = step::lock_one(tx, id).await? else {
        return Ok(Vec::new());
    };
    let open: Vec<Promise> = order
        .promises
        .iter()
        .filter(|promise| promise.open() > 0)
        .cloned()
        .collect();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = open.iter().map(|promise| promise.id).collect();
    step::sourced(tx, &ids).await?;
    for promise in &mut order.promises {
        promise.is_sourced |= ids.contains(&promise.id);
    }
    db::note(cloud, tx, &open).await?;
    let mut told = Vec::new();
    if order.close_reason.is_none() {
        told = replace(cloud, tx, &mut order, &open).await?;
    }
    step::derive(tx, std::slice::from_mut(&mut order), None).await?;
    Ok(told)
}

/// Promises from elsewhere what fell through, line by line, or says that it is lost.
async fn replace(cloud: &Cloud, tx: &Tx, order: &mut Order, open: &[Promise]) -> Result<Vec<Uuid>> {
    let mut by_line = BTreeMap::<i32, Missing>::new();
    for promise in open {
        let missing = by_line.entry(promise.line).or_insert(Missing {
            line: promise.line,
            variant: promise.variant,
            quantity: 0,
        });
        missing.quantity += promise.open();
    }
    // Where it was not there, it is not looked for again.
    let empty: BTreeSet<(Uuid, Uuid)> = order
        .promises
        .iter()
        .filter(|promise| promise.is_sourced)
        .map(|promise| (promise.variant, promise.location))
        .collect();
    let empty: Vec<(Uuid, Uuid)> = empty.into_iter().collect();
    let before: BTreeSet<Uuid> = order.promises.iter().map(|one| one.id).collect();
    let (mut sourced, mut lost) = (false, Vec::new());
    for missing in by_line.into_values() {
        match promise_anew(cloud, tx, order, &[missing], &empty).await? {
            Ok(()) => sourced = true,
            Err(_) => lost.push(missing),
        }
    }
    if !lost.is_empty() && order.payment.is_none() {
        // Nothing was paid: the customer begins again rather than pay for something else.
        return cancel::end(cloud, tx, order, "promise_broken").await;
    }
    if !lost.is_empty() {
        db::lose(tx, order.id, &lost).await?;
        super::db::tell(tx, &[order.id], "lost", tx.now()).await?;
        metrics::counter!("cloud_order_lines_lost_total").increment(lost.len() as u64);
    }
    if sourced {
        super::db::tell(tx, &[order.id], "sourced", tx.now()).await?;
    }
    let fresh: BTreeMap<Uuid, Vec<&Promise>> = order
        .by_location(ReservationState::Claimed)
        .into_iter()
        .map(|(location, promises)| {
            let fresh = promises
                .into_iter()
                .filter(|promise| !before.contains(&promise.id));
            (location, fresh.collect::<Vec<_>>())
        })
        .filter(|(_, promises)| !promises.is_empty())
        .collect();
    step::send_picks(cloud, tx, order, &fresh).await
}

/// All that an order was to get, less what was lost.
pub(super) async fn wanted(tx: &Tx, order: &Order) -> Result<Vec<Missing>> {
    db::wanted(tx, order.id).await
}

/// Promises units of an order anew, from wherever they are, all or none of them. What it is short of otherwise.
///
/// A paid order's promises are claimed at once; the caller tells the nodes.
pub(super) async fn promise_anew(
    cloud: &Cloud,
    tx: &Tx,
    order: &mut Order,
    missing: &[Missing],
    empty: &[(Uuid, Uuid)],
) -> Result<std::result::Result<(), Vec<Shortage>>> {
    let cart = Cart {
        lines: missing
            .iter()
            .map(|one| Line {
                variant: VariantId::from_uuid(one.variant),
                quantity: Quantity::new(one.quantity),
            })
            .collect(),
        location: order.location.map(LocationId::from_uuid),
    };
    let mut rows = checkout::lock_rows(cloud, tx, &cart).await?;
    rows.retain(|row| !empty.contains(&(row.variant.as_uuid(), row.location.as_uuid())));
    let mut outcome = allocate(std::slice::from_ref(&cart), &rows);
    let parts = match outcome.pop() {
        Some(Ok(parts)) => parts,
        Some(Err(PlaceError::OutOfStock { short })) => return Ok(Err(short)),
        Some(Err(_)) | None => return Ok(Err(Vec::new())),
    };
    // An order whose hold is over is being paid; another one is held as long as it was.
    let is_paid = order.payment.is_some() || order.state == "expired";
    let state = if is_paid {
        ReservationState::Claimed
    } else {
        ReservationState::Held
    };
    let added: Vec<Added> = parts
        .iter()
        .filter_map(|part| {
            Some(Added {
                id: cloud.id(),
                order: order.id,
                line: missing.get(part.line)?.line,
                location: part.location.as_uuid(),
                variant: part.variant.as_uuid(),
                quantity: part.quantity.base_units(),
                state,
            })
        })
        .collect();
    promise(tx, order, &added).await?;
    Ok(Ok(()))
}

/// Adds promises to an order, out of accounts that are locked.
async fn promise(tx: &Tx, order: &mut Order, added: &[Added]) -> Result<()> {
    let changes: Vec<Change> = added
        .iter()
        .map(|one| Change {
            location: one.location,
            resource: one.variant,
            available: -one.quantity,
            granting: 0,
            promised: one.quantity,
            cause: Cause::Reserve,
            subject: Some(one.id),
        })
        .collect();
    rights::db::change(tx, &changes, tx.now()).await?;
    step::add(tx, added).await?;
    order.promises.extend(added.iter().map(|one| Promise {
        id: one.id,
        line: one.line,
        location: one.location,
        variant: one.variant,
        quantity: one.quantity,
        picked: 0,
        state: one.state,
        why: None,
        cause: None,
        is_sourced: false,
    }));
    Ok(())
}

/// What breaking promises has come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Base units that are available now.
    pub(crate) freed: i64,
    /// Base units whose node was asked not to pick them: they come when it says so.
    pub(crate) asked: i64,
}

/// Takes promises back that have no unit behind them any more, the youngest first, those that no node knows of before
/// those that one does. Orders are sourced again afterwards, by themselves.
///
/// `cause` is `override` or `count`. What was asked for before and is not answered yet counts.
pub(crate) async fn break_promise(
    cloud: &Cloud,
    tx: &Tx,
    location: Uuid,
    variant: Uuid,
    quantity: i64,
    cause: &str,
) -> Result<Broken> {
    let found = db::promised(tx, location, variant).await?;
    let orders: BTreeSet<Uuid> = found.iter().map(|one| one.order).collect();
    let mut orders = step::lock(tx, &orders.into_iter().collect::<Vec<_>>()).await?;
    let mut broken = Broken::default();
    let (mut freed, mut asked) = (Vec::new(), Vec::new());
    let now: BTreeMap<Uuid, &Promise> = orders
        .iter()
        .flat_map(|order| &order.promises)
        .map(|promise| (promise.id, promise))
        .collect();
    for one in &found {
        // As it is under the lock, not as it was found.
        if let Some(promise) = now.get(&one.id)
            && promise.state == ReservationState::Cancelling
            && promise.why.as_deref() == Some("broken")
        {
            broken.asked += promise.quantity;
        }
    }
    for one in &found {
        if broken.freed + broken.asked >= quantity {
            break;
        }
        match now.get(&one.id) {
            Some(promise) if promise.state == ReservationState::Held => {
                broken.freed += promise.quantity;
                freed.push((*promise).clone());
            }
            Some(promise) if promise.state == ReservationState::Claimed => {
                broken.asked += promise.quantity;
                asked.push(promise.id);
            }
            Some(_) | None => {}
        }
    }
    let moved = freed
        .iter()
        .map(|promise| (promise.id, ReservationState::Broken))
        .chain(asked.iter().map(|id| (*id, ReservationState::Cancelling)))
        .collect();
    step::take(tx, &mut orders, &moved, Some(("broken", Some(cause)))).await?;
    step::release(tx, &freed).await?;
    step::derive(tx, &mut orders, None).await?;
    if !asked.is_empty() {
        let asked = BTreeMap::from([(location, asked)]);
        step::send_cancels(cloud, tx, &asked, "broken").await?;
    }
    Ok(broken)
}

/// Tells the node of a location again what to pick and what not: a new epoch, or a node that has followed a restored
/// cloud, may know of none. A node takes the pick of a reservation once, for ever.
///
/// What is being cancelled is sent as a pick too, before it is cancelled again: only a node that knows of it can say
/// that it will not pick it.
pub(crate) async fn pick_again(cloud: &Cloud, tx: &Tx, location: Uuid) -> Result<()> {
    let orders = db::told_at(tx, location).await?;
    let (mut cancelled, mut broken) = (Vec::new(), Vec::new());
    for order in step::lock(tx, &orders).await? {
        let is_told = |promise: &&Promise| {
            let is_here = promise.location == location;
            let is_told = matches!(
                promise.state,
                ReservationState::Claimed | ReservationState::Cancelling
            );
            is_here && is_told
        };
        let told: Vec<&Promise> = order.promises.iter().filter(is_told).collect();
        for promise in &told {
            match (promise.state, promise.why.as_deref()) {
                (ReservationState::Cancelling, Some("broken")) => broken.push(promise.id),
                (ReservationState::Cancelling, _) => cancelled.push(promise.id),
                _ => {}
            }
        }
        step::send_picks(cloud, tx, &order, &BTreeMap::from([(location, told)])).await?;
    }
    for (reservations, reason) in [(cancelled, "cancelled"), (broken, "broken")] {
        if !reservations.is_empty() {
            let asked = BTreeMap::from([(location, reservations)]);
            step::send_cancels(cloud, tx, &asked, reason).await?;
        }
    }
    Ok(())
}

/// Ends the holds at a location when its freeze ends: what was held when the backup was made and is not paid was
/// settled one way or the other in the lost time, and its right may be spent.
pub(crate) async fn expire_held(tx: &Tx, location: Uuid) -> Result<()> {
    let orders = db::held_at(tx, location).await?;
    let mut orders = step::lock(tx, &orders).await?;
    let held: Vec<Promise> = orders
        .iter()
        .flat_map(|order| &order.promises)
        .filter(|one| one.location == location && one.state == ReservationState::Held)
        .cloned()
        .collect();
    let moved = held
        .iter()
        .map(|promise| (promise.id, ReservationState::Expired))
        .collect();
    step::take(tx, &mut orders, &moved, None).await?;
    step::release(tx, &held).await?;
    step::derive(tx, &mut orders, None).await
}

/// Ends promises that a dead epoch was asked not to pick, and will not answer for. Their right comes back to nobody:
/// the count of the next epoch says what is there (model: the dead node may have picked them).
/// `answered`: those that a node still answers for; they stay.
pub(crate) async fn void_cancelling(
    tx: &Tx,
    location: Uuid,
    answered: &BTreeSet<Uuid>,
) -> Result<()> {
    let orders = db::cancelling_at(tx, location).await?;
    let mut orders = step::lock(tx, &orders).await?;
    let ended: Vec<Promise> = orders
        .iter()
        .flat_map(|order| &order.promises)
        .filter(|one| one.location == location && one.state == ReservationState::Cancelling)
        .filter(|one| !answered.contains(&one.id))
        .cloned()
        .collect();
    let moved = ended
        .iter()
        .map(|promise| {
            let is_broken = promise.why.as_deref() == Some("broken");
            let next = if is_broken {
                ReservationState::Broken
            } else {
                ReservationState::Cancelled
            };
            (promise.id, next)
        })
        .collect();
    step::take(tx, &mut orders, &moved, None).await?;
    let keys = ended.iter().map(|one| (one.variant, location)).collect();
    rights::db::lock(tx, &keys).await?;
    let changes: Vec<Change> = ended
        .iter()
        .map(|promise| Change {
            location,
            resource: promise.variant,
            available: 0,
            granting: 0,
            promised: -promise.quantity,
            cause: Cause::Void,
            subject: Some(promise.id),
        })
        .collect();
    rights::db::change(tx, &changes, tx.now()).await?;
    step::derive(tx, &mut orders, None).await
}
