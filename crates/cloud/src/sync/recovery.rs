//! What happens when the state of a node or of the cloud was lost (sync.md 2.9): epochs end and begin, two histories
//! are kept, and a restored cloud finds its way back with what the nodes remember.
use std::collections::BTreeSet;

use httpkit::problem::Problem;
use jiff::{SignedDuration, tz::TimeZone};
use retail::quantity::Quantity;
use uuid::Uuid;
use wire::accept::Status;
use wire::batch::{Opened, Reply};
use wire::body::OpenPick;
use wire::command::Line;

use super::accept::{self, NodeState, Stream};
use super::salvage;
use crate::allowance::{self, Holder};
use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;
use crate::order;
use crate::rights::{self, Accounts, Cause, Change};
use crate::session::db::audit;

mod db;

/// The node has another history under a number that is held: the epoch is over, and both histories are kept.
pub(super) async fn fork(
    cloud: &Cloud,
    tx: &Tx,
    node: Uuid,
    stream: &Stream,
    seq: i64,
    events: &[Opened],
) -> Result<Reply> {
    let why = format!("event {seq} differs from the one that is held under this number");
    tracing::error!(node.id = %node, seq, "Node {node} has another history: {why}");
    let now = cloud.security_now();
    db::fence(tx, node, Status::FencedFork, &why, now).await?;
    accept::suspect(tx, node, &why).await?;
    salvage::keep(tx, node, stream.location, stream.place.epoch, events).await?;
    let entry = Entry::new("node.forked", node).at(stream.location);
    entry.because(&why).note(cloud, tx).await?;
    cloud.sync().wake_salvage();
    Ok(Reply::Fork { seq })
}

/// An epoch that is over pushes: its events are kept for salvage, and it is told.
pub(super) async fn keep_fenced(
    cloud: &Cloud,
    tx: &Tx,
    node: Uuid,
    stream: &Stream,
    state: &NodeState,
    events: &[Opened],
) -> Result<Reply> {
    let epoch = state.offer.epoch;
    salvage::keep(tx, node, stream.location, epoch, events).await?;
    // A request of before the cloud was restored says nothing about what the node has done since.
    let is_now = state.offer.incarnation == stream.place.incarnation;
    if is_now && stream.place.status != Status::FencedFork {
        let holder = Holder {
            location: stream.location,
            node,
            epoch,
        };
        allowance::log::end(tx, holder, state.head_seq).await?;
    }
    cloud.sync().wake_salvage();
    let reason = if epoch < stream.place.epoch {
        format!(
            "this epoch is over: epoch {} serves the shop",
            stream.place.epoch
        )
    } else {
        let status = stream.place.status.code();
        let reason = stream.reason.as_deref().unwrap_or("no reason was given");
        format!("this epoch is {status}: {reason}")
    };
    let incarnation = stream.place.incarnation;
    Ok(Reply::Fenced {
        epoch,
        reason,
        incarnation,
    })
}

/// Declares a node lost: its epoch has no effects any more. True when it was not over before.
pub(crate) async fn fence(cloud: &Cloud, tx: &Tx, node: Uuid, reason: &str) -> Result<bool> {
    let stream = accept::lock_node(tx, node).await?;
    if stream.place.status != Status::Active {
        return Ok(false);
    }
    let now = cloud.security_now();
    db::fence(tx, node, Status::Fenced, &accept::printable(reason), now).await?;
    let entry = Entry::new("node.fenced", node).at(stream.location);
    entry.because(reason).note(cloud, tx).await?;
    Ok(true)
}

/// A node's push proves that the cloud was restored from a backup: see [`restored`]. Does nothing when another push
/// has proven it already.
pub(super) async fn was_restored(cloud: &Cloud, node: Option<Uuid>, beyond: i64) -> Result<()> {
    cloud
        .tx("was_restored", Actor::Service("recovery"), async |tx| {
            let incarnation = db::lock_incarnation(tx).await?;
            if incarnation > beyond && db::is_frozen(tx, node).await? {
                return Ok(());
            }
            begin_incarnation(cloud, tx, incarnation.max(beyond) + 1).await
        })
        .await
}

/// The operator says that this database was restored from a backup: nothing is promised or granted at a location with
/// a node before the node has told what it did meanwhile, and a person has put back in what is known of lost orders.
/// Returns the new incarnation.
pub async fn restored(cloud: &Cloud, actor: Actor) -> Result<i64> {
    cloud
        .tx("restored", actor, async |tx| {
            let next = db::lock_incarnation(tx).await? + 1;
            begin_incarnation(cloud, tx, next).await?;
            Ok(next)
        })
        .await
}

async fn begin_incarnation(cloud: &Cloud, tx: &Tx, incarnation: i64) -> Result<()> {
    let now = cloud.security_now();
    tracing::error!(
        incarnation,
        "This cloud was restored from a backup: locations with a node are frozen, incarnation {incarnation} begins"
    );
    db::begin_incarnation(tx, incarnation, now).await?;
    audit(tx, now, "cloud.restored", &incarnation.to_string()).await
}

/// The cloud was restored to before this epoch began: it goes on with it, with nothing held of it.
pub(super) async fn adopt(
    cloud: &Cloud,
    tx: &Tx,
    node: Uuid,
    stream: &Stream,
    epoch: i64,
) -> Result<Reply> {
    tx.widen("recovery");
    begin_epoch(cloud, tx, node, stream, epoch, Begin::Adopted).await?;
    let entry = Entry::new("node.adopted", format!("{node}/{epoch}")).at(stream.location);
    entry.note(cloud, tx).await?;
    Ok(Reply::Gap { expected: 1 })
}

/// Why an epoch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// A new machine takes the node's place. To a cloud that was restored it has nothing to tell of the lost time.
    Replaced,
    /// The node has lived in it since before the cloud was restored: what it did then is still to come.
    Adopted,
}

/// Begins an epoch of a node, whose place is locked: nothing is the node's before it is counted, what was on its way
/// to the old epoch is void, and what the old one was asked to pick comes back to nobody. Returns what the cloud may
/// claim there.
pub(crate) async fn begin_epoch(
    cloud: &Cloud,
    tx: &Tx,
    node: Uuid,
    stream: &Stream,
    epoch: i64,
    begin: Begin,
) -> Result<Vec<Line>> {
    let location = stream.location;
    order::void_cancelling(tx, location, &BTreeSet::new()).await?;
    let keys = rights::db::resources(tx, location).await?;
    let accounts = rights::db::lock(tx, &keys).await?;
    let (after, changes) = void(&accounts, stream.place.frozen);
    rights::db::change(tx, &changes, tx.now()).await?;
    db::clear_mirror(tx, location, cloud.id()).await?;
    db::begin_epoch(tx, node, stream, epoch, begin).await?;
    if !stream.place.frozen {
        order::pick_again(cloud, tx, location).await?;
    }
    let claims = after.iter().map(|(key, account)| Line {
        variant: key.0,
        quantity: account.claims().base_units(),
    });
    Ok(claims.filter(|line| line.quantity > 0).collect())
}

/// The node has followed the restored cloud: what it was still to pick is promised again, and cancellations that it
/// has never heard of end here, because nobody will answer them.
pub(super) async fn rejoined(
    cloud: &Cloud,
    tx: &Tx,
    location: Uuid,
    picks: &[OpenPick],
) -> Result<()> {
    order::recover(cloud, tx, location, picks).await?;
    let mut answered = db::asked_again(tx, location).await?;
    answered.extend(picks.iter().map(|pick| pick.reservation));
    order::void_cancelling(tx, location, &answered).await
}

/// What the cloud may claim at a location: the snapshot of an epoch that has not begun to speak.
pub(crate) async fn claims(tx: &Tx, location: Uuid) -> Result<Vec<Line>> {
    let keys = rights::db::resources(tx, location).await?;
    let accounts = rights::db::lock(tx, &keys).await?;
    let claims = accounts.iter().map(|(key, account)| Line {
        variant: key.0,
        quantity: account.claims().base_units(),
    });
    Ok(claims.filter(|line| line.quantity > 0).collect())
}

/// Grants to the old epoch are void, and so is what a restored cloud believes to have available.
fn void(accounts: &Accounts, is_doubtful: bool) -> (Accounts, Vec<Change>) {
    let (mut after, mut changes) = (accounts.clone(), Vec::new());
    for (&key, account) in &mut after {
        let before = *account;
        account.void_grants();
        if is_doubtful {
            account.available = Quantity::ZERO;
        }
        let change = Change::between(key, before, *account, Cause::Void, None);
        changes.extend(change);
    }
    (after, changes)
}

/// A variant of which more is promised than the cloud can have at a location.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Short {
    /// What.
    pub variant_id: Uuid,
    /// What the node's log says that the cloud may claim.
    pub claim_bound: i64,
    /// What is promised.
    pub promised: i64,
}

/// Ends the freeze of a location after the cloud was restored: the node has followed, and what is known of lost orders
/// is in again. What the node's log leaves to the cloud and is not promised is available.
///
/// Refused with `node.not_frozen`, `node.not_rebased`, `node.fenced`, or `node.unfreeze_short` with what is promised
/// beyond that.
pub(crate) async fn unfreeze(cloud: &Cloud, tx: &Tx, node: Uuid) -> Result<()> {
    let stream = accept::lock_node(tx, node).await?;
    let location = stream.location;
    if !stream.place.frozen {
        return Err(Problem::conflict("node.not_frozen", "This location is not frozen").into());
    }
    if stream.place.status != Status::Active {
        return Err(Problem::conflict("node.fenced", "Replace the node first").into());
    }
    if !db::is_rebased(tx, node).await? {
        return Err(Problem::conflict(
            "node.not_rebased",
            "The node has not told yet what it did meanwhile",
        )
        .into());
    }
    // Its orders may come from other locations too.
    tx.widen("recovery");
    order::expire_held(tx, location).await?;
    let bounds = db::claim_bounds(tx, location).await?;
    let mut keys: BTreeSet<(Uuid, Uuid)> = rights::db::resources(tx, location).await?;
    keys.extend(bounds.keys().map(|&variant| (variant, location)));
    let accounts = rights::db::lock_or_open(tx, &keys).await?;
    let (mut changes, mut short) = (Vec::new(), Vec::new());
    for (&key, &before) in &accounts {
        let bound = Quantity::new(bounds.get(&key.0).copied().unwrap_or(0));
        let mut after = before;
        if after.rebase(bound).is_err() {
            short.push(Short {
                variant_id: key.0,
                claim_bound: bound.base_units(),
                promised: before.promised.base_units(),
            });
        }
        changes.extend(Change::between(
            key,
            before,
            after,
            Cause::Rebase,
            Some(node),
        ));
    }
    if !short.is_empty() {
        return Err(Problem::conflict(
            "node.unfreeze_short",
            "More is promised here than the shop's log leaves to the cloud",
        )
        .figure("missing", serde_json::to_value(&short).unwrap_or_default())
        .into());
    }
    rights::db::change(tx, &changes, tx.now()).await?;
    db::unfreeze(tx, node).await?;
    order::pick_again(cloud, tx, location).await?;
    let entry = Entry::new("node.unfrozen", node).at(location);
    entry.note(cloud, tx).await
}

/// Makes the months that the ledger's entry of a new epoch may fall into.
pub(crate) async fn ensure_months(cloud: &Cloud) -> Result<()> {
    let around = [-24, 0, 24].into_iter().filter_map(|hours| {
        let at = cloud.now().checked_add(SignedDuration::from_hours(hours));
        Some(at.ok()?.to_zoned(TimeZone::UTC).date())
    });
    super::ensure_months(cloud, around).await
}
