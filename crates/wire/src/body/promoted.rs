//! What promotions had to do with a sale.
use jiff::civil::DateTime;
use retail::promotion::trace::Trace;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The reasons of a sale's prices, with all about its moment that nobody can know later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promoted {
    /// The engine's own reasons.
    pub trace: Trace,
    /// The vouchers that were shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vouchers: Vec<Shown>,
    /// When the basket was begun, by the clock at the branch.
    pub begun: DateTime,
    /// When it was priced for the last time, by the same clock.
    pub priced: DateTime,
}

/// A voucher that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The promotion that it opens.
    pub promotion: Uuid,
    /// The voucher.
    pub voucher: Uuid,
}
