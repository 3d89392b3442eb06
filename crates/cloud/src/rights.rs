//! Who may promise a unit: the cloud's account of each resource at each location, and the stream of commands that
//! carries rights and tasks to the nodes (sync.md 2.1-2.5).
//!
//! Locks are taken in one order by every transaction: `node_stream`, `online_order`, `reservation`, `cloud_rights`
//! (by resource, then location), `stock_balance`, `command_stream` (by location).
use std::collections::{BTreeMap, BTreeSet};

use httpkit::problem::Problem;
use jiff::Timestamp;
use retail::quantity::Quantity;
use retail::rights::CloudAccount;
use serde_json::Value;
use uuid::Uuid;
use wire::command::{Command, Grant, Line};

use crate::db::Tx;
use crate::error::Result;

pub(crate) mod db;

/// The accounts of a transaction, in the order in which they are locked: (resource, location).
pub(crate) type Accounts = BTreeMap<(Uuid, Uuid), CloudAccount>;

/// Why an account changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The node gave rights back.
    Return,
    /// Rights were sent to the node.
    Grant,
    /// The node has credited a grant.
    Credit,
    /// Promised to an order.
    Reserve,
    /// A promise was taken back.
    Release,
    /// Promised units were picked, or were not there.
    Pick,
    /// A location without a node was counted.
    Count,
    /// Grants to an epoch that is over.
    Void,
    /// The cloud was restored, and the node's log says what it may claim.
    Rebase,
    /// The node's event says what the account cannot follow.
    Clamp,
}

impl Cause {
    /// The name in the database.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Grant => "grant",
            Self::Credit => "credit",
            Self::Reserve => "reserve",
            Self::Release => "release",
            Self::Pick => "pick",
            Self::Count => "count",
            Self::Void => "void",
            Self::Rebase => "rebase",
            Self::Clamp => "clamp",
        }
    }
}

/// A signed change of one account, with its cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    /// Where.
    pub(crate) location: Uuid,
    /// Of what.
    pub(crate) resource: Uuid,
    /// Base units, signed.
    pub(crate) available: i64,
    /// Base units, signed.
    pub(crate) granting: i64,
    /// Base units, signed.
    pub(crate) promised: i64,
    /// Why.
    pub(crate) cause: Cause,
    /// The event, reservation or transfer.
    pub(crate) subject: Option<Uuid>,
}

impl Change {
    /// What leads from one state of an account to another; none when they are the same.
    pub(crate) fn between(
        (resource, location): (Uuid, Uuid),
        before: CloudAccount,
        after: CloudAccount,
        cause: Cause,
        subject: Option<Uuid>,
    ) -> Option<Self> {
        (before != after).then(|| Self {
            location,
            resource,
            available: (after.available - before.available).base_units(),
            granting: (after.granting - before.granting).base_units(),
            promised: (after.promised - before.promised).base_units(),
            cause,
            subject,
        })
    }
}

/// A command that has its place in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    /// The node.
    pub(crate) node: Uuid,
    /// Its epoch.
    pub(crate) epoch: i64,
    /// The cloud's incarnation.
    pub(crate) incarnation: i64,
    /// The place.
    pub(crate) idx: i64,
    /// What kind.
    pub(crate) kind: String,
    /// By kind.
    pub(crate) body: Value,
}

/// Sends rights to the node of a location: as much of each line as is available; nothing when none is. Refused
/// while the location is closed (see [`db::closed`]). Repeating an id gives the first answer.
pub(crate) async fn grant(
    tx: &Tx,
    location: Uuid,
    lines: &[Line],
    id: Uuid,
    reason: &str,
    at: Timestamp,
) -> Result<Option<Sent>> {
    if let Some(sent) = db::sent(tx, location, id).await? {
        return Ok(Some(sent));
    }
    let mut wanted = BTreeMap::<Uuid, i64>::new();
    for line in lines.iter().filter(|line| line.quantity > 0) {
        let sum = wanted.entry(line.variant).or_default();
        *sum = sum.saturating_add(line.quantity);
    }
    let keys: BTreeSet<(Uuid, Uuid)> = wanted
        .keys()
        .map(|&resource| (resource, location))
        .collect();
    let accounts = db::lock(tx, &keys).await?;
    // A repeat may have waited for the same rows.
    if let Some(sent) = db::sent(tx, location, id).await? {
        return Ok(Some(sent));
    }
    let (mut granted, mut changes) = (Vec::new(), Vec::new());
    for (&key, &before) in &accounts {
        let wanted = Quantity::new(wanted.get(&key.0).copied().unwrap_or(0));
        let quantity = wanted.min(before.available);
        let mut after = before;
        if quantity > Quantity::ZERO && after.grant(quantity).is_ok() {
            granted.push(Line {
                variant: key.0,
                quantity: quantity.base_units(),
            });
            changes.extend(Change::between(key, before, after, Cause::Grant, Some(id)));
        }
    }
    if granted.is_empty() {
        return Ok(None);
    }
    db::change(tx, &changes, at).await?;
    let command = Command::Grant(Grant {
        lines: granted,
        reason: reason.to_owned(),
    });
    let sent = send_command(tx, location, &command, id, at).await?;
    // Asked with the stream's lock held: a cloud that finds out that it was restored begins new streams, and nothing
    // may be granted in those before the location is open again.
    if !db::closed(tx, &[location]).await?.is_empty() {
        return Err(closed().into());
    }
    Ok(sent)
}

/// The refusal while a location is closed.
pub(crate) fn closed() -> Problem {
    Problem::conflict(
        "location.closed",
        "Nothing can be promised or granted at this location now",
    )
}

/// Gives a command the next place in the stream of a location's node; none when the location has no node. The last
/// thing that a transaction locks. An id is sent once.
pub(crate) async fn send_command(
    tx: &Tx,
    location: Uuid,
    command: &Command,
    id: Uuid,
    at: Timestamp,
) -> Result<Option<Sent>> {
    if let Some(sent) = db::sent(tx, location, id).await? {
        return Ok(Some(sent));
    }
    let (kind, body) = command.write();
    db::send(tx, location, kind, &body, id, at).await
}
