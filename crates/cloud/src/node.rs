//! Nodes as the office sees them: where each one's stream stands, and which of its events could not be applied.
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, NodeRetry};

pub(crate) mod db;
pub(crate) mod http;

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
