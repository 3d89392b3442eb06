//! Goods that came back over the counters of shops, as the office reads them.
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) mod db;
pub(crate) mod http;

/// A return.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SaleReturn {
    pub(crate) id: Uuid,
    pub(crate) location_id: Uuid,
    pub(crate) location_name: String,
    /// Of the shift that gave the refund.
    pub(crate) business_date: Date,
    /// Of the return, in the register's series of receipts.
    #[schema(example = "A1-1-000002")]
    pub(crate) receipt_number: String,
    /// What the goods were sold by.
    pub(crate) sale_id: Uuid,
    pub(crate) sale_date: Date,
    #[schema(example = "A1-1-000001")]
    pub(crate) sale_number: String,
    /// By the node's clock.
    pub(crate) returned_at: Timestamp,
    /// Who took them back; empty when unknown.
    pub(crate) staff: String,
    /// Who let it be, when the cashier may not, or not so far, alone.
    pub(crate) approved_by: Option<String>,
    /// `unwanted`, `size`, `defective`, `wrong_item`, `price` or `other`.
    pub(crate) reason: String,
    /// In people's own words.
    pub(crate) note: Option<String>,
    /// Number of lines.
    pub(crate) lines: i32,
    /// What the customer got.
    pub(crate) total_minor: i64,
    /// `cash`, `card`, in the order of payment, each once.
    pub(crate) tender_kinds: Vec<String>,
    /// Base units that came back beyond what was sold: somebody should look.
    pub(crate) excess: i64,
    /// It came with the records of an epoch that was over.
    pub(crate) salvaged: bool,
}

/// A page of returns.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SaleReturnPage {
    pub(crate) items: Vec<SaleReturn>,
    /// Goes on after the last one; null at the end.
    pub(crate) next: Option<String>,
}
