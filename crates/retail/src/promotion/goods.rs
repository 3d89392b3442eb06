//! What is known when a basket is priced: the goods, the moment, and what may be given.
use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, civil::DateTime};

use super::{PromotionId, claim::Counter, voucher::VoucherId};
use crate::{
    amount::Amount,
    catalog::{CategoryId, ProductId, VariantId},
    currency::Currency,
    id::Id,
    location::LocationId,
    quantity::Quantity,
    sale::{Item, TenderKind},
    tax::TaxRule,
};

/// Names a customer.
pub type CustomerId = Id<Customer>;

/// What promotions ask about the goods of a line. The same variant has the same facts on each of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goods {
    /// What is sold.
    pub variant: VariantId,
    /// What it is a variant of.
    pub product: ProductId,
    /// Its category and every category above it.
    pub categories: Vec<CategoryId>,
    /// Who makes it.
    pub brand: Option<String>,
    /// What it is tagged with.
    pub tags: Vec<String>,
    /// The lowest price of one base unit in millionths of a minor unit; for what the law or a contract fixes.
    pub minimum: Option<i64>,
    /// What one base unit has cost, in millionths of a minor unit.
    pub cost: Option<i64>,
    /// May promotions reduce it at all? It counts for their conditions in any case.
    pub is_discountable: bool,
}

impl Goods {
    /// Goods about which nothing else is known.
    #[must_use]
    pub fn new(variant: VariantId, product: ProductId) -> Self {
        Self {
            variant,
            product,
            categories: Vec::new(),
            brand: None,
            tags: Vec::new(),
            minimum: None,
            cost: None,
            is_discountable: true,
        }
    }
}

/// One line to be priced.
#[derive(Debug, Clone, Copy)]
pub struct BasketLine<'a> {
    /// What the cashier put in, with the discount that a person gave.
    pub item: Item,
    /// What it is.
    pub goods: &'a Goods,
    /// Is the price already below the list's: a price that a person set, a clearance price?
    pub is_reduced: bool,
}

/// Everything about the moment. Values, so that the same context gives the same price for ever.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The company's currency.
    pub currency: Currency,
    /// How prices and taxes are related here.
    pub tax: TaxRule,
    /// When, as the clock at the branch shows it.
    pub local: DateTime,
    /// When the basket was begun, by the same clock: it keeps what counted then for a promotion's time of grace.
    pub begun: DateTime,
    /// Where.
    pub location: LocationId,
    /// Through which channel: `till`, `web`, a marketplace.
    pub channel: &'a str,
    /// Who buys, if known.
    pub customer: Option<&'a Buyer>,
    /// How it will be paid, as far as that is known.
    pub tenders: &'a [TenderKind],
    /// The vouchers that were shown, each of one promotion.
    pub vouchers: &'a [(PromotionId, VoucherId)],
    /// Charges for shipping.
    pub shipping: &'a [ShippingCharge],
    /// What may be given as a gift here: its line and how much there is.
    pub gifts: &'a BTreeMap<VariantId, GiftOffer<'a>>,
    /// What the counters of limited promotions have left. What is not here has nothing.
    pub available: &'a BTreeMap<(PromotionId, Counter), i64>,
    /// For a return: the promotions that were applicable then. Conditions about the moment are not asked again.
    pub applicable: Option<&'a [PromotionId]>,
}

/// What promotions ask about a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buyer {
    /// Who.
    pub id: CustomerId,
    /// The segments that the customer is in.
    pub segments: Vec<String>,
    /// Completed purchases before this one.
    pub purchases: u32,
    /// Month and day of birth.
    pub birthday: Option<Date>,
}

/// Names a customer in ids.
#[derive(Debug)]
pub struct Customer;

/// What one way of shipping costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippingCharge {
    /// Its name.
    pub method: String,
    /// What it costs before promotions.
    pub amount: Amount,
}

/// Something that may be added to a basket for nothing.
#[derive(Debug, Clone, Copy)]
pub struct GiftOffer<'a> {
    /// The line for one base unit at its list price, without a discount.
    pub item: Item,
    /// What it is.
    pub goods: &'a Goods,
    /// How much may be promised here.
    pub available: Quantity,
}

/// No gifts.
pub static NO_GIFTS: BTreeMap<VariantId, GiftOffer<'static>> = BTreeMap::new();
/// No counters.
pub static NO_COUNTERS: BTreeMap<(PromotionId, Counter), i64> = BTreeMap::new();

impl Context<'_> {
    /// A basket at a till at this moment, of nobody known.
    #[must_use]
    pub fn at(currency: Currency, location: LocationId, local: DateTime) -> Self {
        Self {
            currency,
            tax: TaxRule::default(),
            local,
            begun: local,
            location,
            channel: "till",
            customer: None,
            tenders: &[],
            vouchers: &[],
            shipping: &[],
            gifts: &NO_GIFTS,
            available: &NO_COUNTERS,
            applicable: None,
        }
    }
}

/// The clock at a branch, for [`Context::local`].
#[must_use]
pub fn local_time(now: Timestamp, zone: &jiff::tz::TimeZone) -> DateTime {
    zone.to_datetime(now)
}
