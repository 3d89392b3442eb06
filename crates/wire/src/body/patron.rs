//! What events say about customers. Never a name, a number or an address: an event cannot be forgotten again, so what
//! has to be travels beside them (`crate::patron`).
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A till has entered a customer; their details follow in a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatronRegistered {
    /// Made by the till; two shops may have given one person two.
    pub patron: Uuid,
    /// The shift it happened in.
    pub shift: Uuid,
    /// Whether they want advertising; none: nobody has asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marketing: Option<bool>,
}
