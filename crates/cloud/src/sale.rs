//! Sales as the office reads them: lists, newest first, and one sale with everything that was on its receipt.
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use wire::reason::Reasons;

use crate::returns::SaleReturn;

pub(crate) mod db;
pub(crate) mod http;
#[cfg(test)]
mod tests;

/// A sale in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SaleSummary {
    pub(crate) id: Uuid,
    pub(crate) location_id: Uuid,
    pub(crate) location_name: String,
    /// Of the shift.
    pub(crate) business_date: Date,
    #[schema(example = "A1-1-000001")]
    pub(crate) receipt_number: String,
    /// By the node's clock.
    pub(crate) closed_at: Timestamp,
    /// Who sold; empty when unknown.
    pub(crate) staff: String,
    /// Number of lines.
    pub(crate) lines: i32,
    pub(crate) total_minor: i64,
    /// `cash`, `card`, `coupon`, in the order of payment, each once.
    pub(crate) tender_kinds: Vec<String>,
    /// It came with the records of an epoch that was over: its money counts, its stock a later count has superseded.
    pub(crate) salvaged: bool,
}

/// A page of sales.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SalePage {
    pub(crate) items: Vec<SaleSummary>,
    /// Goes on after the last one; null at the end.
    pub(crate) next: Option<String>,
}

/// Where a page of sales or purchases ended: newest first, by business date, then instant, then id.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Position(pub(crate) Date, pub(crate) Timestamp, pub(crate) Uuid);

impl Position {
    /// Before everything that a list could have.
    pub(crate) fn newest() -> Self {
        Self(Date::constant(9999, 12, 31), Timestamp::MAX, Uuid::max())
    }
}

/// A location as documents name it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DocumentLocation {
    pub(crate) id: Uuid,
    pub(crate) code: String,
    pub(crate) name: String,
    /// Printed on receipts.
    pub(crate) address: String,
    /// IANA name.
    pub(crate) time_zone: String,
}

/// Somebody or something with a name; empty when unknown.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Named {
    pub(crate) id: Option<Uuid>,
    pub(crate) name: String,
}

/// Where an event stands in its node's stream, and when the cloud got it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Origin {
    pub(crate) location_id: Uuid,
    pub(crate) node_id: Uuid,
    pub(crate) epoch: i64,
    pub(crate) seq: i64,
    /// When it was accepted.
    pub(crate) received_at: Timestamp,
    /// When it came into the figures.
    pub(crate) applied_at: Timestamp,
    /// It came with the records of an epoch that was over: its money counts, its stock a later count has superseded.
    pub(crate) salvaged: bool,
}

/// A sale with everything that was on its receipt.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(
    clippy::struct_field_names,
    reason = "a receipt's number has this name everywhere"
)]
pub(crate) struct Receipt {
    pub(crate) id: Uuid,
    pub(crate) receipt_number: String,
    pub(crate) location: DocumentLocation,
    pub(crate) register: Named,
    pub(crate) staff: Named,
    pub(crate) closed_at: Timestamp,
    pub(crate) business_date: Date,
    pub(crate) lines: Vec<ReceiptLine>,
    pub(crate) subtotal_minor: i64,
    pub(crate) discount_minor: i64,
    /// Inside the total.
    pub(crate) tax_minor: i64,
    pub(crate) taxes: Vec<ReceiptTax>,
    pub(crate) total_minor: i64,
    pub(crate) tenders: Vec<ReceiptTender>,
    pub(crate) change_minor: i64,
    /// What came back of it, the oldest first.
    pub(crate) returns: Vec<SaleReturn>,
    /// Why it cost what it cost; null: no promotion was asked.
    pub(crate) reasons: Option<Reasons>,
    #[serde(flatten)]
    pub(crate) origin: Origin,
}

/// A product on a receipt.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReceiptLine {
    /// From 0.
    pub(crate) line: i32,
    pub(crate) variant_id: Uuid,
    pub(crate) sku: String,
    pub(crate) name: String,
    /// Base units.
    pub(crate) quantity: i64,
    pub(crate) unit: String,
    /// Major units per `price_quantity` base units, as charged.
    #[schema(value_type = String, example = "1.99")]
    pub(crate) unit_price: Decimal,
    pub(crate) price_quantity: i64,
    /// Why another price than the list's was charged.
    pub(crate) price_reason: Option<String>,
    pub(crate) gross_minor: i64,
    pub(crate) discount_minor: i64,
    /// The part of it that promotions gave.
    pub(crate) promoted_minor: i64,
    /// A promotion has added it.
    pub(crate) is_gift: bool,
    pub(crate) discount_reason: Option<String>,
    /// Who let the price or the discount be, by a word of theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approved_by: Option<Named>,
    pub(crate) tax_rate_bps: i64,
    pub(crate) total_minor: i64,
    /// Base units that came back.
    pub(crate) returned_quantity: i64,
}

/// What one tax rate came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReceiptTax {
    /// Basis points.
    pub(crate) rate_bps: i64,
    /// Without the tax.
    pub(crate) base_minor: i64,
    pub(crate) tax_minor: i64,
}

/// A payment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReceiptTender {
    /// `cash`, `card` or `coupon`.
    pub(crate) kind: String,
    /// Handed over.
    pub(crate) amount_minor: i64,
    /// The terminal's or the coupon's own number.
    pub(crate) reference: Option<String>,
}
