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
}

/// What the cloud answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// The node's identity from now on.
    pub node_id: Uuid,
    /// Its first epoch.
    pub epoch: i64,
    /// The cloud's incarnation.
    pub incarnation: i64,
    /// The shop it serves.
    pub location: Location,
    /// Base currency, ISO 4217.
    pub currency: String,
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
