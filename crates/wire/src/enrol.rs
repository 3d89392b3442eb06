//! Enrolment: a one-time code turns a fresh edge into a node of the company.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a fresh edge sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrol {
    /// The one-time code from the office.
    pub code: String,
    /// Ed25519 public key, base64.
    pub public_key: String,
    /// What ties the node to its machine (decision 13).
    pub fingerprint: String,
    /// The edge's software version.
    pub version: String,
    /// A node that the cloud has forgotten, because it was restored to before the node's enrolment, names itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejoin: Option<Rejoin>,
}

/// Who a forgotten node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejoin {
    /// Its id.
    pub node: Uuid,
    /// Its epoch.
    pub epoch: i64,
}

/// What the cloud answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// The node's identity from now on.
    pub node_id: Uuid,
    /// Its epoch: 1, or one more than the node had that it replaces.
    pub epoch: i64,
    /// The cloud's incarnation.
    pub incarnation: i64,
    /// The shop it serves.
    pub location: Location,
    /// Base currency, ISO 4217.
    pub currency: String,
    /// What the cloud may claim here: its own rights and what it has promised. Stays an upper bound while the new
    /// node is offline, because only this node's own returns can raise it (sync.md 2.9). Sorted by variant.
    #[serde(default)]
    pub claims: Vec<crate::command::Line>,
}

/// A location as a node needs to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Its id.
    pub id: Uuid,
    /// Its short code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// `shop`, `buying_station` or `warehouse`.
    pub kind: String,
    /// IANA name.
    pub time_zone: String,
}
