//! Goods that were bought on the spot: counted, or weighed in containers.
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Goods were bought from a supplier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseRecorded {
    /// The shift it belongs to.
    pub shift: Uuid,
    /// Gapless within register and epoch.
    pub ticket_number: String,
    /// From whom.
    pub supplier: Uuid,
    /// The supplier's own document number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier_document: Option<String>,
    /// Lines in the order of entry.
    pub lines: Vec<PurchaseLine>,
    /// `cash` or `account`.
    pub payment_kind: String,
    /// What the supplier gets, minor units.
    pub total_minor: i64,
}

/// One product on a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseLine {
    /// What was bought.
    pub variant: Uuid,
    /// Base units taken into stock.
    pub quantity: i64,
    /// The weighing, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
    /// Exact decimal in major units per `cost_quantity` base units.
    pub unit_cost: String,
    /// Base units that the cost is for.
    pub cost_quantity: i64,
    /// What the line cost, minor units.
    pub cost_minor: i64,
}

/// A weighing in grams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weight {
    /// Goods and containers.
    pub gross: i64,
    /// The containers.
    pub tare: i64,
    /// The gross weight was typed by hand, not read from the scale.
    pub manual: bool,
    /// What the tare is made of; none: it was typed, or nothing but the goods was on the scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub containers: Option<Containers>,
    /// The tare was typed by hand. Nodes that knew no containers do not say it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub manual_tare: bool,
}

/// So many containers of one kind, as the head office's list had it then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Containers {
    /// Which.
    pub container: Uuid,
    /// What it was called.
    pub name: String,
    /// Grams of an empty one.
    pub each: i64,
    /// How many.
    pub count: i64,
}

#[cfg(test)]
mod tests;
