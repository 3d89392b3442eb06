//! Purchases as the office reads them: lists, newest first, and one purchase with everything that was on its ticket.
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::sale::{DocumentLocation, Named, Origin};

pub(crate) mod db;
pub(crate) mod http;

/// A purchase in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PurchaseSummary {
    pub(crate) id: Uuid,
    pub(crate) location_id: Uuid,
    pub(crate) location_name: String,
    /// Of the shift.
    pub(crate) business_date: Date,
    pub(crate) ticket_number: String,
    /// By the node's clock.
    pub(crate) closed_at: Timestamp,
    /// From whom; empty when unknown.
    pub(crate) supplier: String,
    /// Who bought; empty when unknown.
    pub(crate) staff: String,
    /// Number of lines.
    pub(crate) lines: i32,
    pub(crate) total_minor: i64,
    /// `recorded`, `voided` or `replaced`.
    pub(crate) state: &'static str,
}

/// How a purchase was taken back: voided, or replaced by another.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PurchaseReversal {
    /// Of the void, or of the purchase that stands in its place.
    pub(crate) id: Uuid,
    /// `voided` or `replaced`.
    pub(crate) state: &'static str,
    /// Of the void or the correction; so is the business date.
    pub(crate) ticket_number: String,
    pub(crate) business_date: Date,
    /// What was taken back.
    pub(crate) purchase_id: Uuid,
    pub(crate) purchase_date: Date,
    /// Its number.
    pub(crate) purchase_number: String,
    /// Who did it; empty when unknown.
    pub(crate) staff: String,
    /// Who let it be, when it was not the buyer alone.
    pub(crate) approved_by: Option<String>,
    pub(crate) reason: String,
    /// By the node's clock.
    pub(crate) reversed_at: Timestamp,
    /// What the purchase cost.
    pub(crate) total_minor: i64,
}

/// Where a purchase stands.
pub(crate) const fn state(is_reversed: bool, is_replaced: bool) -> &'static str {
    match (is_reversed, is_replaced) {
        (false, _) => "recorded",
        (true, false) => "voided",
        (true, true) => "replaced",
    }
}

/// A page of purchases.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PurchasePage {
    pub(crate) items: Vec<PurchaseSummary>,
    /// Goes on after the last one; null at the end.
    pub(crate) next: Option<String>,
}

/// A purchase with everything that was on its ticket.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Purchase {
    pub(crate) id: Uuid,
    pub(crate) ticket_number: String,
    pub(crate) location: DocumentLocation,
    pub(crate) register: Named,
    pub(crate) supplier: PurchaseSupplier,
    /// The supplier's own document number.
    pub(crate) supplier_document: Option<String>,
    pub(crate) staff: Named,
    pub(crate) closed_at: Timestamp,
    pub(crate) business_date: Date,
    pub(crate) lines: Vec<PurchaseLine>,
    pub(crate) total_minor: i64,
    pub(crate) payment: PurchasePayment,
    /// How it was voided or replaced; null: it counts.
    pub(crate) reversal: Option<PurchaseReversal>,
    /// How it came to stand in the place of another; null: it does not.
    pub(crate) replaces: Option<PurchaseReversal>,
    #[serde(flatten)]
    pub(crate) origin: Origin,
}

/// From whom goods were bought.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PurchaseSupplier {
    pub(crate) id: Uuid,
    /// Empty when unknown, as is the code.
    pub(crate) name: String,
    pub(crate) code: String,
}

/// A product on a ticket.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PurchaseTicketLine)]
pub(crate) struct PurchaseLine {
    /// From 0.
    pub(crate) line: i32,
    pub(crate) variant_id: Uuid,
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) unit: String,
    /// Base units taken into stock.
    pub(crate) quantity: i64,
    /// Grams of goods and container; null when it was not weighed.
    pub(crate) gross: Option<i64>,
    /// Grams of the container.
    pub(crate) tare: Option<i64>,
    /// Gross less tare.
    pub(crate) net: Option<i64>,
    /// `scale` or `manual`; null when it was not weighed.
    pub(crate) source: Option<&'static str>,
    /// What the tare is made of; null: it was typed, or nothing but the goods was on the scale.
    pub(crate) containers: Option<PurchaseContainers>,
    /// The tare was typed by hand.
    pub(crate) manual_tare: bool,
    /// Major units per `cost_quantity` base units.
    #[schema(value_type = String, example = "12.50")]
    pub(crate) unit_cost: Decimal,
    pub(crate) cost_quantity: i64,
    pub(crate) cost_minor: i64,
}

/// The containers of a line, as they were then.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PurchaseContainers {
    pub(crate) container_id: Uuid,
    pub(crate) name: String,
    /// Grams of an empty one.
    pub(crate) tare: i64,
    pub(crate) count: i64,
}

/// How the supplier was paid.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PurchasePayment {
    /// `cash` or `account`.
    pub(crate) kind: String,
    pub(crate) amount_minor: i64,
}
