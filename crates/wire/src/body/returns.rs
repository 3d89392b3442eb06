//! Goods that came back over the counter, and what was given for them. The sale stays as it is.
use jiff::civil::Date;
use retail::promotion::claim::Claim;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Tax, Tender};

/// Goods of a sale of this shop came back. All amounts are positive; the header's money is what left the drawer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnRecorded {
    /// The shift that the return belongs to.
    pub shift: Uuid,
    /// Of this document, in the register's series of receipts.
    pub receipt_number: String,
    /// What they were sold by.
    pub sale: Uuid,
    /// Its number.
    pub sale_number: String,
    /// Its business date.
    pub sale_date: Date,
    /// What came back, and what was given for each line of the sale.
    pub lines: Vec<ReturnLine>,
    /// How the refund was given, minor units, positive.
    pub tenders: Vec<Tender>,
    /// The tax inside the refund, by rate.
    pub taxes: Vec<Tax>,
    /// What the customer got, minor units.
    pub total_minor: i64,
    /// `reprice` or `pro_rata`: how it was worked out.
    pub policy: String,
    /// One of `retail::returns::REASONS`.
    pub reason: String,
    /// In people's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who let it be, when the cashier may not, or not so far, alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<Uuid>,
    /// Who bought, when the till knew them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patron: Option<Uuid>,
    /// Discounts that the goods lose which the customer keeps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<LostDiscount>,
    /// Gifts that are kept without their cause, and what they cost now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charged: Vec<ChargedGift>,
    /// What the sale had taken of counters and does not need any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub released: Vec<Claim>,
    /// Points of promotions that the sale had earned and does not any more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub points: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// One line of a return: so much of a line of the sale, in one condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnLine {
    /// Its place on the sale, from 0.
    pub line: i64,
    /// What.
    pub variant: Uuid,
    /// Base units; 0: it came back before, and gets more now.
    pub quantity: i64,
    /// `sellable`: on the shelf again; `damaged`: put aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Tax rate in basis points.
    pub tax_rate_bps: i64,
    /// What the customer got for it, minor units.
    pub total_minor: i64,
}

/// A discount that is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostDiscount {
    /// Of which promotion.
    pub promotion: Uuid,
    /// How much more the kept goods cost without it, minor units.
    pub amount_minor: i64,
}

/// A gift that is kept and costs its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargedGift {
    /// Its place on the sale, from 0.
    pub line: i64,
    /// What it costs, minor units.
    pub amount_minor: i64,
}
