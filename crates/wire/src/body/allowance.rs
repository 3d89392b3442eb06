//! Parts of limits that change hands. The header's claims say what moved; the bodies repeat it for people.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::command::Allowance;

/// What the cloud has allowed was credited. In the header's claims it is positive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowanceCredited {
    /// The id of the message.
    pub grant: Uuid,
    /// What was credited.
    pub lines: Vec<Allowance>,
    /// `start`: the shop's own part; `borrow`: what a basket could have used. Empty: it was not kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What was not used went back to the cloud. In the header's claims it is negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowanceReturned {
    /// `idle`.
    pub reason: String,
    /// What went.
    pub lines: Vec<Allowance>,
}
