//! Online orders: promises to customers who are not in a shop.
//!
//! Checkouts of concurrent requests are gathered and placed together ([`checkout`]). What follows (payment,
//! cancellation, expiry, picking, sourcing again) takes the steps of `retail::rights::ReservationState`, each under
//! the row's lock and together with the account in `cloud_rights`.
//!
//! Every transaction here locks in one order: the nodes' places, orders, reservations, then rights by (resource,
//! location). A right comes back only where nobody else can have it: from a hold whose node was never told, or by the
//! node's own event (sync.md 2.14).
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use httpkit::problem::Problem;
use jiff::{SignedDuration, Timestamp};
use retail::amount::Amount;
use retail::currency::Currency;
use retail::location::LocationId;
use retail::order::Cart;
use retail::promotion::goods::ShippingCharge;
use retail::promotion::voucher::VoucherCode;
use rust_decimal::Decimal;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::allowance::voucher::{self, Presented};
use crate::cloud::Cloud;
use crate::company;
use crate::db::{Actor, Tx};
use crate::error::Result;
use crate::promotion::basket;

mod borrow;
mod cancel;
mod checkout;
mod claim;
pub(crate) mod db;
mod expire;
mod gather;
pub(crate) mod http;
pub(crate) mod offer;
mod pick;
mod quote;
mod recover;
mod refusal;
mod source;
mod step;
mod view;

pub use checkout::{Outcome, checkout};
pub use expire::expire;
pub use gather::place;
pub use source::source_all;

pub(crate) use quote::shown;
pub(crate) use recover::recover;
pub(crate) use refusal::refused;
pub(crate) use source::{break_promise, expire_held, pick_again, void_cancelling, work};
pub(crate) use step::{follow, settled};

/// How orders are set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long units are held for a payment when the channel does not say.
    pub hold: SignedDuration,
    /// How long a cart waits for units that a connected shop may give back; zero: not at all.
    pub borrow: Duration,
    /// Transactions of checkouts at once.
    pub in_flight: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hold: SignedDuration::from_mins(15),
            borrow: Duration::from_millis(1_500),
            in_flight: 2,
        }
    }
}

/// By what name promotions know orders that are placed here.
pub(crate) const CHANNEL: &str = "web";

/// The longest that a channel may hold units without a payment.
pub const LONGEST_HOLD: SignedDuration = SignedDuration::from_hours(24);

/// What orders keep in memory; never needed for correctness.
pub(crate) struct Memory {
    pub(crate) options: Options,
    offers: offer::Offers,
    pub(crate) promotions: basket::Memory,
    gatherer: gather::Gatherer,
    waiting: borrow::Waiting,
    currency: OnceLock<Currency>,
}

impl Memory {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            gatherer: gather::Gatherer::new(options.in_flight),
            options,
            offers: offer::Offers::default(),
            promotions: basket::Memory::default(),
            waiting: borrow::Waiting::default(),
            currency: OnceLock::new(),
        }
    }

    /// The company's currency; it never changes.
    async fn currency(&self, tx: &Tx) -> Result<Currency> {
        if let Some(known) = self.currency.get() {
            return Ok(*known);
        }
        let company = company::get(tx).await?;
        let currency = Currency::by_code(&company.currency)
            .ok_or_else(|| Problem::internal(&"the company's currency is not known"))?;
        Ok(*self.currency.get_or_init(|| currency))
    }

    /// Looks the codes of a cart up, before it is priced.
    pub(crate) async fn present(
        &self,
        cloud: &Cloud,
        codes: &[VoucherCode],
        location: Option<LocationId>,
    ) -> Result<Vec<Presented>> {
        if codes.is_empty() {
            return Ok(Vec::new());
        }
        let now = cloud.security_now();
        cloud
            .read("present_vouchers", Actor::Service("checkout"), async |tx| {
                let standing = self.promotions.fresh(tx, now).await?;
                let local = standing.local(location, tx.now());
                voucher::present(tx, codes, &standing.rules, local).await
            })
            .await
    }

    /// A shop has given rights back: carts that wait for them look again.
    pub(crate) fn returned(&self) {
        self.waiting.look_again();
    }
}

/// Who places an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placer {
    /// A channel, by its key.
    Channel(Uuid),
    /// Staff, for a customer on the phone.
    Staff(Uuid),
}

impl Placer {
    pub(crate) const fn channel(self) -> Option<Uuid> {
        match self {
            Self::Channel(id) => Some(id),
            Self::Staff(_) => None,
        }
    }
}

impl fmt::Display for Placer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(id) => write!(f, "channel:{id}"),
            Self::Staff(id) => write!(f, "staff:{id}"),
        }
    }
}

/// An order as it comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// Made by the client; names the order for ever.
    pub id: Uuid,
    /// Who places it.
    pub placer: Placer,
    /// As it is called out at the counter.
    pub customer: String,
    /// What is wanted.
    pub cart: Cart,
    /// How it is brought, and for how much before promotions; none: it is picked up.
    pub shipping: Option<ShippingCharge>,
    /// The codes that came with it, as they were looked up; each once.
    pub vouchers: Vec<Presented>,
    /// What the customer was told that it costs; none: whatever it costs.
    pub expected: Option<Amount>,
    /// How long units are held for the payment.
    pub hold: SignedDuration,
}

impl NewOrder {
    /// What the order asks for: the same id with another hash is another order.
    fn content(&self) -> [u8; 32] {
        let mut sha = Sha256::new();
        let placer = match self.placer {
            // Whoever of the staff repeats it asks for the same.
            Placer::Staff(_) => Uuid::nil(),
            Placer::Channel(id) => id,
        };
        sha.update(placer.as_bytes());
        sha.update((self.customer.len() as u64).to_be_bytes());
        sha.update(&self.customer);
        sha.update(
            self.cart
                .location
                .map_or(Uuid::nil(), retail::id::Id::as_uuid)
                .as_bytes(),
        );
        for line in &self.cart.lines {
            sha.update(line.variant.as_uuid().as_bytes());
            sha.update(line.quantity.base_units().to_be_bytes());
        }
        // What the customer was told says how it may be placed, not what it is.
        for voucher in &self.vouchers {
            sha.update(b"voucher");
            sha.update((voucher.code.as_str().len() as u64).to_be_bytes());
            sha.update(voucher.code.as_str());
        }
        if let Some(charge) = &self.shipping {
            sha.update(b"shipping");
            sha.update((charge.method.len() as u64).to_be_bytes());
            sha.update(&charge.method);
            sha.update(charge.amount.minor().to_be_bytes());
        }
        sha.finalize().into()
    }
}

/// An order as it was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Placed {
    /// The client's id.
    pub id: Uuid,
    /// What people call it.
    #[schema(example = "W001042")]
    pub number: String,
    /// `held`, `claimed`, `cancelling`, `picked`, `handed_over`, `cancelled` or `expired`.
    pub state: String,
    /// To pay, tax and shipping included.
    pub total_minor: i64,
    /// What bringing it costs after promotions; inside the total.
    pub shipping_minor: i64,
    /// What promotions took off the goods.
    pub discount_minor: i64,
    /// Of the goods; inside the total.
    pub tax_minor: i64,
    /// Business time.
    pub placed_at: Timestamp,
    /// A payment after this instant must be promised anew; by the system's clock.
    pub hold_until: Timestamp,
    /// As charged.
    pub lines: Vec<OrderLine>,
    /// From where.
    pub reservations: Vec<Promise>,
}

/// A line of an order, as charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrderLine {
    /// From 0.
    pub line: i32,
    /// What.
    pub variant_id: Uuid,
    /// Base units.
    pub quantity: i64,
    /// Major units of money for `price_quantity`.
    pub unit_price: Decimal,
    /// Base units that the price is for.
    pub price_quantity: i64,
    /// Which price of the list it was.
    pub price_version: i64,
    /// Tax that the price includes, basis points.
    pub tax_rate_bps: i64,
    /// What promotions took off the line.
    pub discount_minor: i64,
    /// What the customer pays for the line.
    pub total_minor: i64,
}

/// A reservation of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Promise {
    /// Its id.
    pub id: Uuid,
    /// The order's line.
    pub line: i32,
    /// From where.
    pub location_id: Uuid,
    /// What.
    pub variant_id: Uuid,
    /// Base units.
    pub quantity: i64,
    /// `held`, `claimed`, `cancelling`, `picked`, `handed_over`, `expired`, `cancelled`, `short` or `broken`.
    pub state: String,
}
