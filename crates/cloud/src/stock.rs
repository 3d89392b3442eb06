//! Stock on hand by product and location, as the ledger of the cloud has it.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) mod db;
pub(crate) mod http;

/// A variant with its stock.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StockItem {
    pub(crate) variant_id: Uuid,
    pub(crate) sku: String,
    pub(crate) name: String,
    /// Of the product; empty when it has none.
    pub(crate) category: String,
    /// `piece`, `gram`, `millilitre` or `millimetre`.
    pub(crate) unit: String,
    /// Base units, over the locations listed.
    pub(crate) total: i64,
    /// Where it was ever moved, among the locations asked for.
    pub(crate) locations: Vec<StockAt>,
}

/// Stock at a location.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StockAt {
    pub(crate) location_id: Uuid,
    /// Base units.
    pub(crate) on_hand: i64,
}

/// A page of stock.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StockPage {
    pub(crate) items: Vec<StockItem>,
    /// Goes on after the last one; null at the end.
    pub(crate) next: Option<String>,
}

/// Where a page ended: by name in lower case, then id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Position(pub(crate) String, pub(crate) Uuid);
