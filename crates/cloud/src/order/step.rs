//! Steps of orders that exist: locked with their promises, moved, and derived anew from them.
use std::collections::{BTreeMap, BTreeSet};

use httpkit::problem::Problem;
use retail::order::OrderState;
use retail::quantity::Quantity;
use retail::rights::ReservationState;
use uuid::Uuid;
use wire::command::{CancelPick, Command, Pick, PickLine};

use crate::allowance;
use crate::cloud::Cloud;
use crate::db::Tx;
use crate::error::Result;
use crate::rights::{self, Cause, Change};

mod db;

/// An order with its promises, both locked.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(super) id: Uuid,
    pub(super) channel: Option<Uuid>,
    pub(super) number: String,
    pub(super) customer: String,
    pub(super) location: Option<Uuid>,
    pub(super) state: String,
    pub(super) payment: Option<String>,
    pub(super) close_reason: Option<String>,
    pub(super) promises: Vec<Promise>,
}

/// A promise of an order.
#[derive(Debug, Clone)]
pub(super) struct Promise {
    pub(super) id: Uuid,
    pub(super) line: i32,
    pub(super) location: Uuid,
    pub(super) variant: Uuid,
    pub(super) quantity: i64,
    pub(super) picked: i64,
    pub(super) state: ReservationState,
    pub(super) why: Option<String>,
    pub(super) cause: Option<String>,
    pub(super) is_sourced: bool,
}

impl Promise {
    /// Units that fell through and were not looked for elsewhere yet.
    pub(super) fn open(&self) -> i64 {
        if self.is_sourced {
            return 0;
        }
        match self.state {
            ReservationState::Short | ReservationState::Broken => self.quantity,
            ReservationState::Picked => self.quantity - self.picked,
            ReservationState::Held
            | ReservationState::Claimed
            | ReservationState::Cancelling
            | ReservationState::HandedOver
            | ReservationState::Expired
            | ReservationState::Cancelled => 0,
        }
    }
}

impl Order {
    /// What its promises come to.
    pub(super) fn derived(&self) -> OrderState {
        let states: Vec<ReservationState> = self.promises.iter().map(|one| one.state).collect();
        let is_open = self.close_reason.is_none() && self.promises.iter().any(|one| one.open() > 0);
        OrderState::of(&states, is_open)
    }

    /// Those in a state, by location.
    pub(super) fn by_location(&self, state: ReservationState) -> BTreeMap<Uuid, Vec<&Promise>> {
        let mut found = BTreeMap::<Uuid, Vec<&Promise>>::new();
        for promise in self.promises.iter().filter(|one| one.state == state) {
            found.entry(promise.location).or_default().push(promise);
        }
        found
    }
}

/// Locks orders with their promises, in the order in which everybody does.
pub(super) async fn lock(tx: &Tx, ids: &[Uuid]) -> Result<Vec<Order>> {
    db::lock(tx, ids).await
}

/// Locks one order.
pub(super) async fn lock_one(tx: &Tx, id: Uuid) -> Result<Option<Order>> {
    Ok(lock(tx, &[id]).await?.into_iter().next())
}

/// Locks one order that the actor sees. From here on the transaction sees all locations that it comes from: a step of an
/// order looks at all its promises.
pub(super) async fn lock_seen(tx: &Tx, id: Uuid) -> Result<Option<Order>> {
    if !db::is_seen(tx, id).await? {
        return Ok(None);
    }
    tx.widen("order");
    lock_one(tx, id).await
}

/// An order after its step, as the actor sees it.
pub(super) async fn shown(tx: &Tx, id: Uuid) -> Result<super::Placed> {
    tx.narrow();
    super::db::one(tx, id).await
}

/// The refusal where there is no such order, or the asker may not see it.
pub(super) fn unknown() -> Problem {
    Problem::not_found("order.unknown", "There is no such order")
}

/// Moves promises of locked orders to another state. The caller changes the accounts.
pub(super) async fn take(
    tx: &Tx,
    orders: &mut [Order],
    moved: &BTreeMap<Uuid, ReservationState>,
    why: Option<(&str, Option<&str>)>,
) -> Result<()> {
    for promise in orders.iter_mut().flat_map(|order| &mut order.promises) {
        if let Some(&next) = moved.get(&promise.id) {
            assert!(
                promise.state.may_become(next),
                "a promise that is {} never becomes {}",
                promise.state.code(),
                next.code()
            );
            promise.state = next;
        }
    }
    db::take(tx, moved, why).await
}

/// Gives the units of held promises back to whoever may promise them next: no node was ever told of them.
pub(super) async fn release(tx: &Tx, promises: &[Promise]) -> Result<()> {
    let keys: BTreeSet<(Uuid, Uuid)> = promises
        .iter()
        .map(|promise| (promise.variant, promise.location))
        .collect();
    let mut accounts = rights::db::lock(tx, &keys).await?;
    let mut changes = Vec::new();
    for promise in promises {
        let key = (promise.variant, promise.location);
        let Some(account) = accounts.get_mut(&key) else {
            return Err(astray(promise).into());
        };
        let before = *account;
        account
            .release(Quantity::new(promise.quantity))
            .map_err(|_| astray(promise))?;
        changes.extend(Change::between(
            key,
            before,
            *account,
            Cause::Release,
            Some(promise.id),
        ));
    }
    rights::db::change(tx, &changes, tx.now()).await
}

/// A promise that its account does not know of: a bug, and nothing is changed.
pub(super) fn astray(promise: &Promise) -> Problem {
    Problem::internal(&format!(
        "reservation {} is not in the account of its location",
        promise.id
    ))
}

/// Brings the state of locked orders into step with their promises; those that change are told outside as `kind`.
pub(super) async fn derive(tx: &Tx, orders: &mut [Order], kind: Option<&str>) -> Result<()> {
    let mut changed = BTreeMap::new();
    for order in orders.iter_mut() {
        let state = order.derived().code();
        if order.state != state {
            state.clone_into(&mut order.state);
            changed.insert(order.id, state);
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    db::derive(tx, &changed).await?;
    let ended = changed
        .iter()
        .filter(|(_, state)| matches!(**state, "expired" | "cancelled"))
        .map(|(id, _)| *id)
        .collect::<Vec<Uuid>>();
    allowance::order::release(tx, &ended).await?;
    let mut told = BTreeMap::<&str, Vec<Uuid>>::new();
    for (id, state) in changed {
        told.entry(kind.unwrap_or(state)).or_default().push(id);
    }
    for (kind, ids) in told {
        super::db::tell(tx, &ids, kind, tx.now()).await?;
    }
    Ok(())
}

/// Tells nodes to pick the claimed promises of an order, one command for each location; the locations to be woken.
pub(super) async fn send_picks(
    cloud: &Cloud,
    tx: &Tx,
    order: &Order,
    promises: &BTreeMap<Uuid, Vec<&Promise>>,
) -> Result<Vec<Uuid>> {
    let mut told = Vec::new();
    for (&location, promises) in promises {
        let lines = promises.iter().map(|promise| PickLine {
            reservation: promise.id,
            variant: promise.variant,
            quantity: promise.quantity,
        });
        let command = Command::Pick(Pick {
            order: order.id,
            order_number: order.number.clone(),
            customer: order.customer.clone(),
            lines: lines.collect(),
        });
        if rights::send_command(tx, location, &command, cloud.id(), tx.now())
            .await?
            .is_some()
        {
            told.push(location);
        }
    }
    Ok(told)
}

/// Tells nodes not to pick, or to put back what they have picked; the locations to be woken.
pub(super) async fn send_cancels(
    cloud: &Cloud,
    tx: &Tx,
    promises: &BTreeMap<Uuid, Vec<Uuid>>,
    reason: &str,
) -> Result<Vec<Uuid>> {
    let mut told = Vec::new();
    for (&location, reservations) in promises {
        let command = Command::CancelPick(CancelPick {
            reservations: reservations.clone(),
            reason: reason.to_owned(),
        });
        if rights::send_command(tx, location, &command, cloud.id(), tx.now())
            .await?
            .is_some()
        {
            told.push(location);
        }
    }
    Ok(told)
}

/// Whose stock the cloud itself writes, among the locations.
pub(super) async fn cloud_homes(tx: &Tx, locations: &[Uuid]) -> Result<BTreeSet<Uuid>> {
    db::cloud_homes(tx, locations).await
}

/// An order was paid.
pub(super) async fn pay(tx: &Tx, id: Uuid, payment: &str) -> Result<()> {
    db::pay(tx, id, payment).await
}

/// Nothing more will be done for orders: why.
pub(super) async fn close(tx: &Tx, ids: &[Uuid], reason: &str) -> Result<()> {
    db::close(tx, ids, reason).await
}

/// Units of promises that fell through were looked for elsewhere.
pub(super) async fn sourced(tx: &Tx, promises: &[Uuid]) -> Result<()> {
    db::sourced(tx, promises).await
}

/// Units of promises that were taken from the shelf.
pub(super) async fn set_picked(tx: &Tx, promises: &[Promise]) -> Result<()> {
    db::set_picked(tx, promises).await
}

/// A promise that is added to an order.
pub(super) struct Added {
    pub(super) id: Uuid,
    pub(super) order: Uuid,
    pub(super) line: i32,
    pub(super) location: Uuid,
    pub(super) variant: Uuid,
    pub(super) quantity: i64,
    pub(super) state: ReservationState,
}

/// Adds promises; the caller changes the accounts.
pub(super) async fn add(tx: &Tx, added: &[Added]) -> Result<()> {
    db::add(tx, added).await
}

/// Follows what a node has told of promises that it had picked: with the customer, or put back.
pub(crate) async fn follow(
    tx: &Tx,
    location: Uuid,
    handed_over: &[Uuid],
    put_back: &[Uuid],
) -> Result<()> {
    if handed_over.is_empty() && put_back.is_empty() {
        return Ok(());
    }
    let told = [handed_over, put_back].concat();
    let mut orders = lock(tx, &db::orders_of(tx, location, &told).await?).await?;
    let picked: BTreeSet<Uuid> = orders
        .iter()
        .flat_map(|order| &order.promises)
        .filter(|one| one.location == location && one.state == ReservationState::Picked)
        .map(|one| one.id)
        .collect();
    let to = |ids: &[Uuid], state| {
        let known = ids.iter().filter(|id| picked.contains(id));
        known.map(|id| (*id, state)).collect::<Vec<_>>()
    };
    let mut moved: BTreeMap<Uuid, ReservationState> = to(put_back, ReservationState::Cancelled)
        .into_iter()
        .collect();
    moved.extend(to(handed_over, ReservationState::HandedOver));
    take(tx, &mut orders, &moved, None).await?;
    derive(tx, &mut orders, None).await
}

/// Brings orders into step after events of a node have moved their promises. The orders are locked by the caller.
pub(crate) async fn settled(tx: &Tx, orders: &[Uuid]) -> Result<()> {
    let mut orders = lock(tx, orders).await?;
    derive(tx, &mut orders, None).await
}
