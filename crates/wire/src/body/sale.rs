//! A sale, and what promotions had to do with it.
use jiff::civil::DateTime;
use retail::promotion::trace::Trace;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Tax, Tender};

/// A sale was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleClosed {
    /// The shift it belongs to.
    pub shift: Uuid,
    /// Gapless within register and epoch.
    pub receipt_number: String,
    /// Lines in the order of scanning.
    pub lines: Vec<SaleLine>,
    /// What was paid.
    pub tenders: Vec<Tender>,
    /// Sum of the lines before discounts, minor units.
    pub subtotal_minor: i64,
    /// Sum of the discounts, minor units.
    pub discount_minor: i64,
    /// The tax inside the total, by rate.
    pub taxes: Vec<Tax>,
    /// What the customer paid, minor units.
    pub total_minor: i64,
    /// Cash handed back, minor units.
    pub change_minor: i64,
    /// Who bought, when the till knew them; no more of a person is ever in an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patron: Option<Uuid>,
    /// What promotions had to do with it; none: there were none to ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotions: Option<Box<Promoted>>,
}

/// One product on a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleLine {
    /// What was sold.
    pub variant: Uuid,
    /// Base units.
    pub quantity: i64,
    /// Exact decimal in major units per `price_quantity` base units, as charged.
    pub unit_price: String,
    /// Base units that the price is for.
    pub price_quantity: i64,
    /// The price list's version that the node had.
    pub price_version: i64,
    /// Why another price than the list's was charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_reason: Option<String>,
    /// Price times quantity, minor units.
    pub gross_minor: i64,
    /// Taken off, minor units.
    #[serde(default)]
    pub discount_minor: i64,
    /// The part of it that promotions gave; the rest is a person's.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub promoted_minor: i64,
    /// A promotion has added it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub gift: bool,
    /// Why a person took something off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_reason: Option<String>,
    /// Who let the price or the discount be, by a word of theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<Uuid>,
    /// Tax rate in basis points.
    pub tax_rate_bps: i64,
    /// What the customer paid for it, minor units.
    pub total_minor: i64,
}

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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_zero(value: &i64) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}
