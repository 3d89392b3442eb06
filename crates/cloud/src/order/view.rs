//! Orders as people look at them: with names.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) mod db;

/// An order in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OrderItem {
    pub(crate) id: Uuid,
    pub(crate) number: String,
    /// `phone` when staff placed it.
    pub(crate) channel_name: String,
    pub(crate) customer: String,
    /// `held`, `claimed`, `cancelling`, `picked`, `handed_over`, `cancelled` or `expired`.
    pub(crate) state: String,
    pub(crate) total_minor: i64,
    /// Business time.
    pub(crate) placed_at: Timestamp,
    /// By the system's clock.
    pub(crate) hold_until: Timestamp,
    /// How many.
    pub(crate) lines: i64,
    /// From where it comes.
    pub(crate) location_ids: Vec<Uuid>,
}

/// A page of orders, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OrderPage {
    pub(crate) items: Vec<OrderItem>,
    /// Goes on after the last one; null at the end.
    pub(crate) next: Option<String>,
}

/// Where a page ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Position(pub(crate) Timestamp, pub(crate) Uuid);

/// An order with everything about it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OrderDetail {
    #[serde(flatten)]
    pub(crate) item: Item,
    /// Why it costs what it costs; null: no promotion had to do with it.
    pub(crate) reasons: Option<wire::reason::Reasons>,
    pub(crate) lines: Vec<DetailLine>,
    pub(crate) reservations: Vec<DetailPromise>,
}

/// What is said of an order once.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OrderHead)]
pub(crate) struct Item {
    pub(crate) id: Uuid,
    pub(crate) number: String,
    /// `phone` when staff placed it.
    pub(crate) channel_name: String,
    pub(crate) customer: String,
    /// Where it is picked up; null: from anywhere.
    pub(crate) location_id: Option<Uuid>,
    pub(crate) state: String,
    /// What promotions took off the goods.
    pub(crate) discount_minor: i64,
    /// How it is brought; null: it is picked up.
    pub(crate) shipping_method: Option<String>,
    /// What bringing it costs after promotions; inside the total.
    pub(crate) shipping_minor: i64,
    /// To pay, tax and shipping included.
    pub(crate) total_minor: i64,
    /// Of the goods; inside the total.
    pub(crate) tax_minor: i64,
    pub(crate) placed_at: Timestamp,
    pub(crate) hold_until: Timestamp,
    pub(crate) claimed_at: Option<Timestamp>,
    /// The payment's own number.
    pub(crate) payment: Option<String>,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) close_reason: Option<String>,
    /// The voucher codes that came with it.
    pub(crate) vouchers: Vec<String>,
}

/// A line with its names.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OrderDetailLine)]
pub(crate) struct DetailLine {
    pub(crate) line: i32,
    pub(crate) variant_id: Uuid,
    pub(crate) sku: String,
    pub(crate) name: String,
    /// `piece`, `gram`, `millilitre` or `millimetre`.
    pub(crate) unit: String,
    /// Base units.
    pub(crate) quantity: i64,
    /// Base units of it that can be delivered from nowhere.
    pub(crate) lost: i64,
    /// Major units of money for `price_quantity`.
    pub(crate) unit_price: rust_decimal::Decimal,
    pub(crate) price_quantity: i64,
    pub(crate) price_version: i64,
    pub(crate) tax_rate_bps: i64,
    /// What promotions took off the line.
    pub(crate) discount_minor: i64,
    pub(crate) total_minor: i64,
}

/// A reservation with its names.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OrderDetailReservation)]
pub(crate) struct DetailPromise {
    pub(crate) id: Uuid,
    pub(crate) line: i32,
    pub(crate) location_id: Uuid,
    pub(crate) location_name: String,
    /// `edge` or `cloud`: whether the location's own station picks it, or staff at the office.
    pub(crate) home: String,
    pub(crate) variant_id: Uuid,
    /// Base units.
    pub(crate) quantity: i64,
    /// Base units taken from the shelf for it.
    pub(crate) picked: i64,
    pub(crate) state: String,
    /// Business time.
    pub(crate) changed_at: Timestamp,
}
