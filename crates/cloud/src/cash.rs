//! Drawers as the office sees them: what was put in, kept, taken out and counted by shift, and the Z reports.
use jiff::{Timestamp, civil::Date};
use retail::{amount::Amount, shift::Drawer};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

mod db;
pub(crate) mod http;
mod report;

/// The drawer of one shift.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DrawerOfShift)]
pub(crate) struct OfShift {
    pub(crate) location_id: Uuid,
    pub(crate) location_name: String,
    pub(crate) business_date: Date,
    pub(crate) shift_id: Uuid,
    /// Empty when the office does not know the register.
    pub(crate) register: String,
    pub(crate) opened_by: Option<String>,
    /// Null: the opening has not arrived yet.
    pub(crate) opened_at: Option<Timestamp>,
    pub(crate) closed_by: Option<String>,
    /// Null while it is open.
    pub(crate) closed_at: Option<Timestamp>,
    /// The second person, when the difference needed one.
    pub(crate) approved_by: Option<String>,
    /// Sales that have arrived.
    pub(crate) sales: i64,
    pub(crate) float_minor: i64,
    /// Cash kept from sales, net of change.
    pub(crate) cash_minor: i64,
    pub(crate) purchases_paid_minor: i64,
    /// Cash that came back for purchases that were voided or replaced.
    pub(crate) purchases_back_minor: i64,
    pub(crate) paid_in_minor: i64,
    pub(crate) paid_out_minor: i64,
    pub(crate) dropped_minor: i64,
    /// What should be in the drawer: as its till said when it was closed, else by what has arrived.
    pub(crate) expected_minor: i64,
    pub(crate) counted_minor: Option<i64>,
    /// Counted less expected.
    pub(crate) difference_minor: Option<i64>,
    pub(crate) difference_reason: Option<String>,
    /// The till's figures and the office's own rows say the same; null while it is open.
    pub(crate) agrees: Option<bool>,
    /// The number of its Z report.
    pub(crate) z_number: Option<i64>,
}

impl OfShift {
    /// What should be in the drawer by the office's own rows.
    fn by_rows(&self) -> Amount {
        Drawer {
            float: Amount::from_minor(self.float_minor),
            cash_sales: Amount::from_minor(self.cash_minor),
            purchases_paid: Amount::from_minor(self.purchases_paid_minor),
            purchases_back: Amount::from_minor(self.purchases_back_minor),
            paid_in: Amount::from_minor(self.paid_in_minor),
            paid_out: Amount::from_minor(self.paid_out_minor),
            dropped: Amount::from_minor(self.dropped_minor),
        }
        .expected()
    }
}

/// A page of drawers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DrawerPage {
    /// The newest first.
    pub(crate) items: Vec<OfShift>,
    /// Goes on after the last one; null at the end.
    pub(crate) next: Option<String>,
}

/// Cash that went in or out of a drawer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CashMovementOfShift)]
pub(crate) struct Movement {
    pub(crate) id: Uuid,
    /// `paid_in`, `paid_out` or `drop`.
    pub(crate) kind: String,
    pub(crate) amount_minor: i64,
    /// The code of the reason.
    pub(crate) reason: String,
    pub(crate) note: Option<String>,
    pub(crate) staff: Option<String>,
    /// The second person.
    pub(crate) approved_by: Option<String>,
    pub(crate) moved_at: Timestamp,
}

/// What went in and out of a drawer beside sales and purchases.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MovementList {
    /// The oldest first.
    pub(crate) items: Vec<Movement>,
}

/// A Z report in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ZReportSummary)]
pub(crate) struct Summary {
    pub(crate) id: Uuid,
    pub(crate) location_id: Uuid,
    pub(crate) location_name: String,
    pub(crate) business_date: Date,
    pub(crate) shift_id: Uuid,
    pub(crate) register: String,
    /// Counts replacements of the branch computer: numbers begin again in each.
    pub(crate) epoch: i64,
    pub(crate) number: i64,
    /// The number before it has not arrived: reports come in order, so it is on its way or lost.
    pub(crate) follows_gap: bool,
    pub(crate) closed_at: Timestamp,
    pub(crate) sales: i64,
    pub(crate) total_minor: i64,
    pub(crate) difference_minor: i64,
    pub(crate) grand_total_minor: i64,
}

/// A page of Z reports.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ZReportPage {
    /// The newest first.
    pub(crate) items: Vec<Summary>,
    /// Goes on after the last one; null at the end.
    pub(crate) next: Option<String>,
}
