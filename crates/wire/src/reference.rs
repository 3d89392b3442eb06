//! Reference data that a shop keeps a copy of: state by entity, pulled by cursor; replay is harmless.
use std::collections::BTreeMap;

use jiff::civil::Date;
use retail::staff::{Granted, Limit, Permission};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One stream of reference data. Feeds are pulled in this order, so that references point backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feed {
    /// Locations, registers.
    Location,
    /// Staff with PIN verifiers and permissions at this location.
    Staff,
    /// Categories.
    Category,
    /// Variants with their product, barcodes, price and tax.
    Variant,
    /// Promotions.
    Promotion,
    /// Suppliers.
    Supplier,
    /// Customers whom the chain knows, as little of them as a till needs.
    Patron,
    /// Containers that goods are weighed in.
    Container,
}

impl Feed {
    /// Every feed, in the order of pulling.
    pub const ALL: [Self; 8] = [
        Self::Location,
        Self::Staff,
        Self::Category,
        Self::Variant,
        Self::Promotion,
        Self::Supplier,
        Self::Patron,
        Self::Container,
    ];

    /// The name in URLs and databases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Location => "location",
            Self::Staff => "staff",
            Self::Category => "category",
            Self::Variant => "variant",
            Self::Promotion => "promotion",
            Self::Supplier => "supplier",
            Self::Patron => "patron",
            Self::Container => "container",
        }
    }

    /// The feed of that name.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feed| feed.code() == code)
    }
}

/// A page of a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedPage {
    /// Entities in the order of their last change.
    pub items: Vec<Entity>,
    /// Where to go on; opaque. Repeating an old cursor is harmless.
    pub cursor: String,
    /// More is there now.
    pub more: bool,
}

/// The newest state of one entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Its id.
    pub id: Uuid,
    /// Grows with every change of the entity.
    pub version: i64,
    /// Its state, or `None` when it is no longer for this shop. Variants are retired, not removed.
    pub state: Option<serde_json::Value>,
}

/// State of [`Feed::Location`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationState {
    /// Its short code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// `shop`, `buying_station` or `warehouse`.
    pub kind: String,
    /// IANA name.
    pub time_zone: String,
    /// Printed on receipts.
    #[serde(default)]
    pub address: String,
    /// Its registers; never removed, only made inactive.
    pub registers: Vec<RegisterState>,
    /// Units per business date that supervisors may sell although they may be promised online; none: the node's own
    /// limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_allowance: Option<i64>,
}

/// A register of a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterState {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Begins its receipt numbers.
    pub prefix: String,
    /// In use.
    pub active: bool,
}

/// State of [`Feed::Staff`], as far as this shop is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffState {
    /// What people call them.
    pub name: String,
    /// argon2id string of the PIN; the edge adds its own pepper when it stores it.
    pub pin_hash: Option<String>,
    /// Names of their roles here, for the tile.
    pub roles: Vec<String>,
    /// Codes of [`retail::staff::Permission`].
    pub permissions: Vec<String>,
    /// The same by role, with how far each goes and for how long it is believed. None from a cloud that knows no limits:
    /// then `permissions` have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<GrantState>,
    /// Still works here.
    pub active: bool,
}

/// What one role gives somebody at this shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantState {
    /// Codes of [`retail::staff::Permission`].
    pub permissions: Vec<String>,
    /// How far they go, by code; those that are not here have no limit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, LimitState>,
    /// Days after the last contact for which they are believed, save plain trade; none: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline_days: Option<i64>,
}

/// How far a permission goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitState {
    /// Hundredths of a percent of the list's price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bps: Option<i64>,
    /// Minor units of the base currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_minor: Option<i64>,
}

impl StaffState {
    /// Each permission as each role gives it. A code that this version does not know gives nothing.
    #[must_use]
    pub fn granted(&self) -> Vec<Granted> {
        if self.grants.is_empty() {
            let known = self.permissions.iter();
            let known = known.filter_map(|code| Permission::by_code(code));
            return known
                .map(|permission| Granted {
                    permission,
                    limit: Limit::NONE,
                    offline_days: None,
                })
                .collect();
        }
        self.grants.iter().flat_map(GrantState::granted).collect()
    }
}

impl GrantState {
    /// Each permission that this version knows.
    pub fn granted(&self) -> impl Iterator<Item = Granted> {
        let known = self.permissions.iter();
        let known = known.filter_map(|code| Permission::by_code(code));
        known.map(|permission| {
            let limit = self.limits.get(permission.code()).copied();
            let limit = limit.unwrap_or_default();
            Granted {
                permission,
                limit: Limit {
                    max_bps: limit.max_bps,
                    max_minor: limit.max_minor,
                },
                offline_days: self.offline_days,
            }
        })
    }
}

/// State of [`Feed::Category`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryState {
    /// What people call it.
    pub name: String,
    /// The category above it.
    pub parent: Option<Uuid>,
}

/// State of [`Feed::Variant`]: all that a till needs of one variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantState {
    /// The product it is a variant of.
    pub product: Uuid,
    /// Our own code.
    pub sku: String,
    /// Product and variant in one name.
    pub name: String,
    /// Its category.
    pub category: Option<Uuid>,
    /// Base unit: `piece`, `gram`, `millilitre`, `millimetre`.
    pub unit: String,
    /// Exact decimal in major units per `price_quantity`; `None`: not for sale here.
    pub unit_price: Option<String>,
    /// Base units that the price is for.
    pub price_quantity: i64,
    /// The version of the price, kept on every line that charges it.
    pub price_version: i64,
    /// Tax that the price includes, in basis points.
    pub tax_rate_bps: i64,
    /// What scanners find it by.
    pub barcodes: Vec<BarcodeState>,
    /// May be sold and bought.
    pub active: bool,
    /// Who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// What it is tagged with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Promotions never reduce it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub undiscountable: bool,
    /// The lowest price of one base unit, in millionths of a minor unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i64>,
    /// What one base unit has cost, in millionths of a minor unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// State of [`Feed::Promotion`]: the version that counts. A shop keeps every version that it was ever told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionState {
    /// Which version.
    pub version: i64,
    /// Its [`retail::promotion::Promotion`] as JSON, byte for byte as the cloud keeps it.
    pub document: String,
    /// It was started and not stopped; its own dates may still keep it from applying.
    pub running: bool,
    /// Codes that many share and that need nobody's leave, in their one form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<CodeState>,
}

/// A code of a promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeState {
    /// The voucher.
    pub voucher: Uuid,
    /// [`retail::promotion::voucher::VoucherCode`].
    pub code: String,
}

/// A barcode of a variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarcodeState {
    /// As printed.
    pub code: String,
    /// Base units that one scan stands for (decision 14).
    pub quantity: i64,
}

/// State of [`Feed::Supplier`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplierState {
    /// What people call them.
    pub name: String,
    /// Our short code for them.
    pub code: String,
    /// Bought from still.
    pub active: bool,
}

/// State of [`Feed::Container`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerState {
    /// What people call it.
    pub name: String,
    /// Our short code for it.
    pub code: String,
    /// Grams of an empty one.
    pub tare: i64,
    /// Used for new purchases still.
    pub active: bool,
}

/// The entity of [`Feed::Patron`] that is nobody: it brings the key by which phone numbers are found.
pub const PATRON_KEY: Uuid = Uuid::nil();

/// State of [`Feed::Patron`]. No number, no address: what a till finds somebody by, and what it shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatronState {
    /// The chain's key, in hex; of [`PATRON_KEY`] alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// [`crate::patron::phone_key`] of the number, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_key: Option<String>,
    /// The name as it is shown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The last digits of the number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tail: String,
    /// It is the same person as another, under whose id all goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<Uuid>,
    /// The segments that they are in, for promotions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    /// Month and day of birth, in the year 2000, which has all days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthday: Option<Date>,
    /// Purchases so far, as far as promotions ask: [`MOST_PURCHASES`] or more is that.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub purchases: u32,
}

/// Purchases are counted up to here, so that shops are not told of every sale to everybody for ever.
pub const MOST_PURCHASES: u32 = 20;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_zero(value: &u32) -> bool {
    *value == 0
}
