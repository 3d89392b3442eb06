//! What happens to the cash of a drawer beside sales and purchases, and the report that ends its shift.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Tax;

/// Cash was put into a drawer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CashPaidIn(pub CashMoved);

/// Cash was spent from a drawer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CashPaidOut(pub CashMoved);

/// Cash went from a drawer to the safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CashDropped(pub CashMoved);

/// How much cash went in or out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashMoved {
    /// The shift it belongs to.
    pub shift: Uuid,
    /// Minor units, positive whichever way it went.
    pub amount_minor: i64,
    /// The code of a reason: `change`, `supplies`, `other`, …
    pub reason: String,
    /// In people's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The second person, when it was more than the first may move alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<Uuid>,
}

impl AsRef<CashMoved> for CashPaidIn {
    fn as_ref(&self) -> &CashMoved {
        &self.0
    }
}

impl AsRef<CashMoved> for CashPaidOut {
    fn as_ref(&self) -> &CashMoved {
        &self.0
    }
}

impl AsRef<CashMoved> for CashDropped {
    fn as_ref(&self) -> &CashMoved {
        &self.0
    }
}

/// So many notes or coins of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pieces {
    /// What one is worth, minor units.
    pub value_minor: i64,
    /// How many.
    pub count: i64,
}

/// A drawer was counted. What it should have held is left out: whoever counts does not see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftCounted {
    /// The shift.
    pub shift: Uuid,
    /// The how-manieth count of this shift, from 1.
    pub number: i64,
    /// Minor units.
    pub counted_minor: i64,
    /// Notes and coins, when they were counted one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<Pieces>,
}

/// The tills of a shop were set up otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TillConfigured {
    /// Seconds without a touch after which a till locks; 0: never.
    pub lock_after_s: i64,
    /// A difference of a drawer above this needs a reason, minor units; none: the smallest note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_above_minor: Option<i64>,
}

/// How often, and how much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZFigure {
    /// How often.
    pub count: i64,
    /// Minor units.
    pub minor: i64,
}

impl ZFigure {
    /// It never was.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What was paid in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZTender {
    /// `cash` (net of change), `card`, `coupon`.
    pub kind: String,
    /// Payments.
    pub count: i64,
    /// Minor units.
    pub minor: i64,
}

/// What was sold of one department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZCategory {
    /// The department; none: what stands on no shelf.
    pub category: Option<Uuid>,
    /// What it was called then.
    pub name: String,
    /// Lines.
    pub count: i64,
    /// What customers paid, minor units.
    pub minor: i64,
}

/// The Z report of a shift: everything that it says, as it was when the shift ended. Its bytes are the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZReportMade {
    /// The shift.
    pub shift: Uuid,
    /// Dense within register and epoch, from 1.
    pub number: i64,
    /// What the register was called.
    pub register_name: String,
    /// ISO 4217.
    pub currency: String,
    /// When the shift began.
    pub opened_at: Timestamp,
    /// Who opened it.
    pub opened_by: Uuid,
    /// What they were called.
    pub opened_by_name: String,
    /// When it ended.
    pub closed_at: Timestamp,
    /// Who closed it.
    pub closed_by: Uuid,
    /// What they were called.
    pub closed_by_name: String,
    /// The second person, when the difference needed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<Uuid>,
    /// What they were called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by_name: Option<String>,
    /// Sales, returns among them.
    pub sales: i64,
    /// The first receipt's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_receipt: Option<String>,
    /// The last receipt's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_receipt: Option<String>,
    /// Before discounts, minor units.
    pub gross_minor: i64,
    /// Lines with a discount.
    pub discounts: ZFigure,
    /// Lines at another price than the list's.
    pub other_prices: ZFigure,
    /// Lines of goods that came back, and what was given for them.
    pub returns: ZFigure,
    /// What customers paid, tax included, minor units.
    pub total_minor: i64,
    /// By rate, lowest first.
    pub taxes: Vec<Tax>,
    /// By kind.
    pub tenders: Vec<ZTender>,
    /// By department, the largest first.
    pub categories: Vec<ZCategory>,
    /// Purchases, and what they cost, however they were paid.
    pub purchases: ZFigure,
    /// Cash paid out for purchases, minor units.
    pub purchases_paid_minor: i64,
    /// Purchases that were voided or replaced, and the cash that came back for them.
    #[serde(default, skip_serializing_if = "ZFigure::is_nothing")]
    pub purchases_back: ZFigure,
    /// Other cash that was put in.
    pub paid_in: ZFigure,
    /// Other cash that was spent.
    pub paid_out: ZFigure,
    /// Cash that went to the safe.
    pub drops: ZFigure,
    /// Cash that the drawer began with, minor units.
    pub float_minor: i64,
    /// What should be in the drawer, minor units.
    pub expected_minor: i64,
    /// What was counted, minor units.
    pub counted_minor: i64,
    /// Counted less expected, minor units.
    pub difference_minor: i64,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference_reason: Option<String>,
    /// How often the drawer was counted.
    pub counts: i64,
    /// The last count by notes and coins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<Pieces>,
    /// What all Z reports of this register and epoch came to before this one, minor units. It is never set back.
    pub grand_total_before_minor: i64,
    /// The same with this one.
    pub grand_total_minor: i64,
}
