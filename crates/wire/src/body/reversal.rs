//! Purchases that are taken back: voided, or replaced by another. The first document stays as it is.
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{PurchaseRecorded, Units};

/// A purchase is taken back: which, as it was recorded, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseReversal {
    /// The purchase.
    pub purchase: Uuid,
    /// Its number.
    pub ticket_number: String,
    /// Its business date.
    pub business_date: Date,
    /// From whom it was.
    pub supplier: Uuid,
    /// `cash` or `account`, as it was paid and is paid back.
    pub payment_kind: String,
    /// What it cost, minor units, positive.
    pub total_minor: i64,
    /// What it brought, line by line.
    pub lines: Vec<ReversedLine>,
    /// Why.
    pub reason: String,
    /// Who let it be, when the buyer may not, or not so far, alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<Uuid>,
    /// Units that a scale had weighed and that go out, sorted by variant: what stays is no better proven without them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weakened: Vec<Units>,
    /// Variants that somebody has counted since the purchase: whether the goods were there then, only another count says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to_count: Vec<Uuid>,
}

/// One line of a purchase that is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReversedLine {
    /// What.
    pub variant: Uuid,
    /// Base units, positive.
    pub quantity: i64,
    /// What it cost, minor units, positive.
    pub cost_minor: i64,
}

/// A purchase was voided: the goods went back, or were never there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseVoided {
    /// The shift that the void belongs to.
    pub shift: Uuid,
    /// The void's own number, of the same series as purchases.
    pub ticket_number: String,
    /// What is voided.
    pub reversal: PurchaseReversal,
}

/// A purchase was replaced: this is what it should have been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseCorrected {
    /// What is replaced.
    pub reversal: PurchaseReversal,
    /// What stands in its place; its id is the event's.
    pub purchase: PurchaseRecorded,
}
