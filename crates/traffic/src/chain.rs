//! A chain of shops with the trade that is to be replayed in it: plain values for whoever drives a system with them.
use jiff::{Timestamp, civil::Date};
use retail::{
    amount::Amount,
    catalog::{Barcode, CategoryId, ProductId, VariantId},
    id::Id,
    location::{LocationId, RegisterId},
    price::Price,
    purchasing::{
        PaymentKind, PurchaseId, SupplierId,
        container::{ContainerId, Containers},
    },
    quantity::{Quantity, Unit},
    sale::{SaleId, Tender},
    shift::ShiftId,
    staff::{Permission, StaffId},
};
use uuid::Uuid;

use crate::id::named;

/// A company, its catalogue and people, and everything that happens in it, in the order of time.
#[derive(Debug, Clone)]
pub struct Chain {
    /// The id of the company.
    pub id: Uuid,
    /// Its name.
    pub company: &'static str,
    /// ISO 4217 code of all its amounts.
    pub currency: &'static str,
    /// In which time most of its locations live.
    pub time_zone: &'static str,
    /// Whether all of it is made up: then every screen says so.
    pub is_authored: bool,
    /// The last business date of the trade.
    pub anchor: Date,
    /// From here on the trade is meant to be watched; list prices are those before it.
    pub live_from: Date,
    /// Shops and buying stations.
    pub locations: Vec<Location>,
    /// Everybody who logs in.
    pub staff: Vec<Staff>,
    /// The shelves of the catalogue, parents first.
    pub categories: Vec<Category>,
    /// What can be sold or bought.
    pub products: Vec<Product>,
    /// From whom goods are bought.
    pub suppliers: Vec<Supplier>,
    /// What goods are weighed in.
    pub containers: Vec<Container>,
    /// What stands on the shelves before the first sale.
    pub openings: Vec<Opening>,
    /// Who stood at which register when, by time of opening.
    pub shifts: Vec<Shift>,
    /// The sales.
    pub baskets: Vec<Basket>,
    /// The purchases.
    pub purchases: Vec<Purchase>,
    /// What the source has and nobody can sell.
    pub rejected: Vec<Rejected>,
}

/// Whether something stands in the source or was made up for the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Recorded in real shops.
    Real,
    /// Made up.
    Authored,
}

/// What a location is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocationKind {
    /// Sells to customers.
    Shop,
    /// Buys from suppliers.
    BuyingStation,
}

/// A place that trades.
#[derive(Debug, Clone)]
pub struct Location {
    /// Its id.
    pub id: LocationId,
    /// Short code.
    pub code: &'static str,
    /// Name on receipts.
    pub name: &'static str,
    /// Where it is, on receipts.
    pub address: &'static str,
    /// What it is for.
    pub kind: LocationKind,
    /// IANA name.
    pub time_zone: &'static str,
    /// Its selling points. The replay leaves the last one to the visitor.
    pub registers: Vec<Register>,
}

/// A selling point.
#[derive(Debug, Clone)]
pub struct Register {
    /// Its id.
    pub id: RegisterId,
    /// What the staff call it.
    pub name: String,
    /// What its receipt numbers begin with.
    pub prefix: String,
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Sells.
    Cashier,
    /// Buys.
    Buyer,
    /// Runs one location.
    BranchManager,
    /// Runs the company.
    Administrator,
}

impl Role {
    /// The role's code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cashier => "cashier",
            Self::Buyer => "buyer",
            Self::BranchManager => "branch_manager",
            Self::Administrator => "administrator",
        }
    }

    /// Every role of the chain.
    pub const ALL: [Self; 4] = [
        Self::Cashier,
        Self::Buyer,
        Self::BranchManager,
        Self::Administrator,
    ];

    /// The role's id.
    #[must_use]
    pub fn id(self) -> Uuid {
        named::<Self>("role", self.code()).as_uuid()
    }

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cashier => "Cashier",
            Self::Buyer => "Buyer",
            Self::BranchManager => "Branch manager",
            Self::Administrator => "Administrator",
        }
    }

    /// What it may do. Cashiers may override prices and give discounts, because the recorded ones are replayed under them.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Cashier => &[
                Permission::SaleCreate,
                Permission::SaleRead,
                Permission::PriceOverride,
                Permission::DiscountLine,
                Permission::ShiftOpen,
                Permission::ShiftClose,
                Permission::StockRead,
                Permission::OrderRead,
                Permission::OrderPick,
                Permission::ReceiptReprint,
                Permission::CashMove,
                Permission::CashDrop,
            ],
            Self::Buyer => &[
                Permission::PurchaseCreate,
                Permission::PurchaseRead,
                Permission::ShiftOpen,
                Permission::ShiftClose,
                Permission::StockRead,
                Permission::ReceiptReprint,
                Permission::CashMove,
                Permission::CashDrop,
            ],
            Self::BranchManager => &[
                Permission::SaleCreate,
                Permission::SaleRead,
                Permission::ReturnCreate,
                Permission::PriceOverride,
                Permission::DiscountLine,
                Permission::PurchaseCreate,
                Permission::PurchaseVoid,
                Permission::PurchaseRead,
                Permission::ShiftOpen,
                Permission::ShiftClose,
                Permission::StockRead,
                Permission::StockCount,
                Permission::StockOverride,
                Permission::OrderRead,
                Permission::OrderManage,
                Permission::OrderPick,
                Permission::ReportRevenue,
                Permission::ReportPurchases,
                Permission::NodeRead,
                Permission::NodeRetry,
                Permission::DayComplete,
                Permission::StaffRead,
                Permission::AuditRead,
                Permission::SaleVoid,
                Permission::CatalogRead,
                Permission::ReceiptReprint,
                Permission::PrinterManage,
                Permission::CashMove,
                Permission::CashDrop,
                Permission::CashRead,
                Permission::CountSee,
                Permission::TillManage,
                Permission::CustomerRead,
                Permission::PromotionRead,
            ],
            Self::Administrator => Permission::ALL,
        }
    }
}

/// Somebody who logs in. All of them are authored.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Their id.
    pub id: StaffId,
    /// Their name.
    pub name: &'static str,
    /// What they may do.
    pub role: Role,
    /// Where; nothing means everywhere.
    pub location: Option<LocationId>,
    /// For the till.
    pub pin: Option<&'static str>,
    /// For the office: e-mail address and password.
    pub login: Option<(&'static str, &'static str)>,
}

/// Names a shelf's row.
#[derive(Debug, Clone)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// The shelf that it belongs to.
    pub parent: Option<CategoryId>,
    /// Its name.
    pub name: String,
}

/// Something described, with the variants that are sold.
#[derive(Debug, Clone)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Its shelf.
    pub category: CategoryId,
    /// Its name.
    pub name: String,
    /// Its brand and options, when its variants are a matrix.
    pub matrix: Option<Matrix>,
    /// At least one.
    pub variants: Vec<Variant>,
    /// Whether it is in the source.
    pub origin: Origin,
}

/// What the variants of a product have in common, and in what they differ.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// Who makes it. Authored.
    pub brand: &'static str,
    /// Name and choices of each option.
    pub options: Vec<(&'static str, Vec<String>)>,
}

/// What is sold, priced and counted.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Its id.
    pub id: VariantId,
    /// Our own code.
    pub sku: String,
    /// Its name on a receipt.
    pub name: String,
    /// Its base unit.
    pub unit: Unit,
    /// The list price, tax included.
    pub price: Price,
    /// The tax that the price includes, in basis points; 0 for recorded trade, whose sources name none.
    pub tax_bps: i32,
    /// A choice of each option of its product.
    pub choices: Vec<String>,
    /// What a scanner reads: an in-house GTIN-13.
    pub barcode: Barcode,
}

/// Sells to a buying station. All of them are authored.
#[derive(Debug, Clone)]
pub struct Supplier {
    /// Its id.
    pub id: SupplierId,
    /// Short code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
}

/// What goods are weighed in. All of them are authored.
#[derive(Debug, Clone)]
pub struct Container {
    /// Its id.
    pub id: ContainerId,
    /// Short code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Grams of an empty one.
    pub tare: i64,
}

/// A count event, as an id names it.
#[derive(Debug)]
pub struct Count;

/// Opening stock, put on the shelves by a count.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The count's id.
    pub id: Id<Count>,
    /// Where.
    pub location: LocationId,
    /// When.
    pub at: Timestamp,
    /// What is counted.
    pub lines: Vec<(VariantId, Quantity)>,
}

/// A till's open-to-close period.
#[derive(Debug, Clone)]
pub struct Shift {
    /// Its id.
    pub id: ShiftId,
    /// Where.
    pub location: LocationId,
    /// At which till.
    pub register: RegisterId,
    /// Who.
    pub staff: StaffId,
    /// For which day.
    pub business_date: Date,
    /// When the float is put in.
    pub opens_at: Timestamp,
    /// When the drawer is counted.
    pub closes_at: Timestamp,
    /// Cash at the opening.
    pub float: Amount,
    /// Cash at the closing if nobody else used the drawer.
    pub counted: Amount,
}

/// One visit to a till.
#[derive(Debug, Clone)]
pub struct Basket {
    /// The id that the till gives it.
    pub id: SaleId,
    /// The shift it is sold in, which names location, register and staff.
    pub shift: ShiftId,
    /// Where.
    pub location: LocationId,
    /// When.
    pub at: Timestamp,
    /// The day it belongs to.
    pub business_date: Date,
    /// Its number in the source.
    pub source: u64,
    /// What is bought.
    pub lines: Vec<Line>,
    /// How it is paid.
    pub tenders: Vec<Tender>,
    /// What the shop receives.
    pub total: Amount,
}

/// Why a replayed line has another price than the list's.
pub const PRICE_REASON: &str = "recorded price";

/// One product in a basket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What.
    pub variant: VariantId,
    /// How much.
    pub quantity: Quantity,
    /// The recorded price, where it is not the list's (reason: [`PRICE_REASON`]).
    pub price: Option<Price>,
    /// Taken off the line.
    pub discount: Amount,
    /// Why it is taken off.
    pub discount_reason: Option<&'static str>,
}

/// Goods bought from a supplier.
#[derive(Debug, Clone)]
pub struct Purchase {
    /// The id that the station gives it.
    pub id: PurchaseId,
    /// The shift it is bought in.
    pub shift: ShiftId,
    /// Where.
    pub location: LocationId,
    /// When.
    pub at: Timestamp,
    /// The day it belongs to.
    pub business_date: Date,
    /// From whom.
    pub supplier: SupplierId,
    /// What is bought, and for how much each.
    pub lines: Vec<Bought>,
    /// How it is paid.
    pub payment: PaymentKind,
    /// What the supplier gets.
    pub total: Amount,
}

/// One product that a supplier brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bought {
    /// What.
    pub variant: VariantId,
    /// How much, net.
    pub quantity: Quantity,
    /// For how much.
    pub cost: Price,
    /// What it was weighed in, when it was put on the scale.
    pub containers: Option<Containers>,
}

/// A row of the source that cannot be sold, with everything that it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Where.
    pub location: LocationId,
    /// When, shifted like everything else.
    pub at: Timestamp,
    /// The basket's number in the source.
    pub basket: u64,
    /// The product's number in the source.
    pub product: u64,
    /// Its name.
    pub name: String,
    /// What the shop received.
    pub sales_value: Amount,
    /// Loyalty-card discount.
    pub loyalty: Amount,
    /// Coupon matched by the shop.
    pub coupon_match: Amount,
    /// Manufacturer's coupon.
    pub coupon: Amount,
    /// Why it is not sold.
    pub reason: Rejection,
}

/// Why a row is not sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Nothing changed hands. A coupon on the line is still tendered with its basket.
    #[error("quantity 0")]
    NothingSold,
    /// The coupons of the basket are worth more than the basket; this much of them is left over.
    #[error("coupons exceed the basket by {left_over}")]
    CouponLeftOver {
        /// Not tendered.
        left_over: Amount,
    },
}
