//! Nodes as the office sees them: where each one's stream stands, and which of its events could not be applied.
use httpkit::problem::Problem;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::approval::{self, Action, Asked, Request};
use crate::cloud::Cloud;
use crate::db::Actor;
use crate::enrolment::{self, Code};
use crate::error::Result;
use crate::session::{Allowed, NodeRetry, Viewer};
use crate::staff::person;
use crate::sync::recovery;

pub(crate) mod db;
pub(crate) mod http;

/// The longest reason.
const LONGEST_REASON: usize = 500;

/// A node. `last_seq` = `applied` + `waiting` + `quarantined` + `queued`, always.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Node {
    pub(crate) id: Uuid,
    pub(crate) location_id: Uuid,
    pub(crate) location_name: String,
    /// `active`, `fenced`, `fenced_fork` or `retired`.
    pub(crate) status: String,
    /// Counts replacements of the node's state.
    pub(crate) epoch: i64,
    /// Its software, as of the last contact.
    pub(crate) version: String,
    pub(crate) enrolled_at: Timestamp,
    /// By the system's clock.
    pub(crate) last_seen: Option<Timestamp>,
    /// Heard of within half a minute.
    pub(crate) connected: bool,
    /// The newest event that the cloud holds without a gap before it.
    pub(crate) last_seq: i64,
    /// The newest event that the node says it has.
    pub(crate) head_seq: i64,
    /// Events that the node has and the cloud has not.
    pub(crate) queue: i64,
    /// Events that have become rows and figures.
    pub(crate) applied: i64,
    /// Events that wait for something that is missing.
    pub(crate) waiting: i64,
    /// Events that somebody has to look at.
    pub(crate) quarantined: i64,
    /// Events that the cloud holds and has not looked at yet.
    pub(crate) queued: i64,
    /// Everything before this instant is here, by the node's clock.
    pub(crate) complete_to: Option<Timestamp>,
    /// The node's clock less ours, at the last contact.
    pub(crate) clock_offset_ms: Option<i64>,
    /// Whether somebody should look at it.
    pub(crate) suspect: bool,
    /// Why.
    pub(crate) suspect_reason: Option<String>,
    /// Since when its epoch is over.
    pub(crate) fenced_at: Option<Timestamp>,
    /// Why.
    pub(crate) fenced_reason: Option<String>,
    /// Since when nothing is promised or granted at its location: the cloud was restored from a backup.
    pub(crate) frozen_at: Option<Timestamp>,
    /// Since when the node has followed the restored cloud: the freeze can be ended.
    pub(crate) rebased_at: Option<Timestamp>,
    /// The first event that is known to be missing …
    pub(crate) missing_from: Option<i64>,
    /// … and the last one.
    pub(crate) missing_to: Option<i64>,
    /// Why the node does not trust its own rights: `machine`, `rollback`, `fork`, `fenced`; null: it does.
    pub(crate) restricted: Option<String>,
    /// How often the cloud was restored.
    pub(crate) incarnation: i64,
    /// Up to here a verified backup or a standby holds the node's events.
    pub(crate) safe_seq: i64,
    /// Events that only the node has a safe copy of: what is lost if its disk is.
    pub(crate) at_risk: i64,
    /// Records of its epochs that are over.
    pub(crate) salvage: NodeSalvage,
}

/// What became of the records of epochs that are over.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct NodeSalvage {
    /// Wait to be applied.
    pub(crate) queued: i64,
    /// Became rows and figures.
    pub(crate) applied: i64,
    /// Were facts that were booked already.
    pub(crate) known: i64,
    /// Could not be applied.
    pub(crate) quarantined: i64,
}

/// An event that could not be applied.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct NodeProblem {
    pub(crate) epoch: i64,
    pub(crate) seq: i64,
    pub(crate) event_id: Uuid,
    /// The event's type.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// `waiting` or `quarantined`.
    pub(crate) state: String,
    /// Stable code.
    pub(crate) reason: String,
    /// For people who look into it.
    pub(crate) detail: String,
    pub(crate) attempts: i32,
    pub(crate) received_at: Timestamp,
    /// When it is tried again by itself.
    pub(crate) retry_at: Option<Timestamp>,
}

/// The location of a node; none when there is no such node.
pub async fn location_of(cloud: &Cloud, node: Uuid) -> Result<Option<Uuid>> {
    cloud
        .tx("node_location", Actor::Service("node"), async |tx| {
            db::location_of(tx, node).await
        })
        .await
}

/// The node of a location, by the location's code.
pub async fn by_location(cloud: &Cloud, code: &str) -> Result<Option<Uuid>> {
    cloud
        .tx("node_of_location", Actor::Service("node"), async |tx| {
            db::by_location(tx, code).await
        })
        .await
}

/// Refuses what says nothing: whoever reads the audit later wants to know why.
fn check_reason(reason: &str) -> Result<()> {
    let length = reason.trim().chars().count();
    if (1..=LONGEST_REASON).contains(&length) {
        return Ok(());
    }
    let message = "Say why, in 1 to 500 characters";
    Err(Problem::invalid("node.reason", "reason", message).into())
}

/// Declares a node lost: its epoch has no effects any more, at once and for ever. May be repeated.
pub async fn fence(cloud: &Cloud, actor: Actor, node: Uuid, reason: &str) -> Result<()> {
    check_reason(reason)?;
    cloud
        .tx("fence_node", actor, async |tx| {
            recovery::fence(cloud, tx, node, reason).await.map(drop)
        })
        .await?;
    cloud.sync().forget_keys(node);
    Ok(())
}

/// As [`fence`], by somebody at the office: asks a second person where there is one. A node whose epoch is over already
/// needs nobody.
pub(crate) async fn fence_or_ask(
    cloud: &Cloud,
    viewer: &Viewer,
    node: Uuid,
    location: Uuid,
    reason: &str,
) -> Result<Option<Asked>> {
    check_reason(reason)?;
    let asked = cloud
        .tx("fence_node_by", viewer.actor(), async |tx| {
            if db::is_alive(tx, node).await? {
                tx.widen("people");
                person::lock(tx).await?;
                let request = Request {
                    action: Action::NodeFence,
                    subject: node.to_string(),
                    payload: serde_json::json!({ "node_id": node }),
                    location: Some(location),
                    reason: reason.to_owned(),
                };
                let asked = approval::ask_if_needed(cloud, tx, viewer.id(), request).await?;
                tx.narrow();
                if asked.is_some() {
                    return Ok(asked);
                }
            }
            recovery::fence(cloud, tx, node, reason).await?;
            Ok(None)
        })
        .await?;
    cloud.office().wake();
    cloud.sync().forget_keys(node);
    Ok(asked)
}

/// As [`replacement`], by somebody at the office: a node that is alive has to be fenced first where that needs a second
/// person.
pub(crate) async fn replacement_by(
    cloud: &Cloud,
    viewer: &Viewer,
    node: Uuid,
    location: Uuid,
) -> Result<Code> {
    let alone = cloud
        .tx("replace_node_by", viewer.actor(), async |tx| {
            if !db::is_alive(tx, node).await? {
                return Ok(true);
            }
            tx.widen("people");
            Ok(!approval::has_second(tx, viewer.id(), Some(location)).await?)
        })
        .await?;
    if !alone {
        let title = "This node is alive: a second person has to agree to its fence first";
        return Err(Problem::conflict("node.fence_first", title).into());
    }
    replacement(cloud, viewer.actor(), node).await
}

/// A code that makes a fresh edge the next epoch of a node, which is fenced by this when it was not.
pub async fn replacement(cloud: &Cloud, actor: Actor, node: Uuid) -> Result<Code> {
    let location = location_of(cloud, node).await?.ok_or_else(unknown)?;
    fence(cloud, actor, node, "it is being replaced").await?;
    enrolment::issue(cloud, actor, location).await
}

/// Ends the freeze of a node's location after the cloud was restored.
///
/// Refused with `node.not_frozen`, `node.not_rebased`, `node.fenced`, or with `node.unfreeze_short` when more is
/// promised there than the node's log leaves to the cloud.
pub async fn unfreeze(cloud: &Cloud, actor: Actor, node: Uuid) -> Result<()> {
    cloud
        .tx("unfreeze_node", actor, async |tx| {
            recovery::unfreeze(cloud, tx, node).await
        })
        .await?;
    if let Some(location) = location_of(cloud, node).await? {
        cloud.sync().wake_commands(location);
        cloud.sync().wake_settle();
    }
    Ok(())
}

fn unknown() -> Problem {
    Problem::not_found("node.unknown", "There is no such node")
}

/// Lets an event that could not be applied be tried again now. False when there is no such event there.
pub(crate) async fn retry(
    cloud: &Cloud,
    allowed: &Allowed<NodeRetry>,
    node: Uuid,
    epoch: i64,
    seq: i64,
) -> Result<bool> {
    let now = cloud.security_now();
    let found = cloud
        .tx("retry_event", allowed.actor(), async |tx| {
            let found = db::retry(tx, allowed, node, epoch, seq, now).await?;
            if found {
                let subject = format!("{node}/{epoch}/{seq}");
                crate::session::db::audit(tx, now, "node.event_retried", &subject).await?;
            }
            Ok(found)
        })
        .await?;
    if found {
        cloud.sync().wake_apply();
    }
    Ok(found)
}
