//! Who works here and what each may do. Permissions are a closed list; roles are sets of them, kept as rows.
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::id::Id;

/// Names a member of staff.
pub type StaffId = Id<Staff>;

/// Somebody who logs in.
#[derive(Debug)]
pub struct Staff;

/// Digits in a PIN.
pub const PIN_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;

macro_rules! permissions {
    ($($(#[$doc:meta])+ $name:ident = $code:literal,)+) => {
        /// One thing that a person may do. The codes are part of the API and never change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission { $($(#[$doc])+ $name,)+ }

        impl Permission {
            /// Every permission there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name in messages and databases.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }
    };
}

permissions! {
    /// Sell at a till.
    SaleCreate = "sale.create",
    /// See sales and receipts.
    SaleRead = "sale.read",
    /// Take goods back and give money for them; a limit is the refund that they give alone.
    ReturnCreate = "return.create",
    /// Charge another price than the list's, with a reason.
    PriceOverride = "price.override",
    /// Give a discount on a line, with a reason.
    DiscountLine = "discount.line",
    /// Open a shift.
    ShiftOpen = "shift.open",
    /// Close a shift; a limit is the difference that they close with alone.
    ShiftClose = "shift.close",
    /// Buy goods at a buying station.
    PurchaseCreate = "purchase.create",
    /// Void and correct purchases; a limit is the larger document that they do it with alone.
    PurchaseVoid = "purchase.void",
    /// See purchases and their tickets, and the accounts of suppliers.
    PurchaseRead = "purchase.read",
    /// Write payments, credit notes and opening balances into the accounts of suppliers.
    SupplierPay = "supplier.pay",
    /// See stock on hand.
    StockRead = "stock.read",
    /// Count stock.
    StockCount = "stock.count",
    /// Sell units that may be promised online: a supervisor's act, with a reason.
    StockOverride = "stock.override",
    /// See online orders.
    OrderRead = "order.read",
    /// Take payments for online orders, and cancel them.
    OrderManage = "order.manage",
    /// Pick orders from the shelf and hand them over.
    OrderPick = "order.pick",
    /// See revenue figures.
    ReportRevenue = "report.revenue",
    /// See purchase figures.
    ReportPurchases = "report.purchases",
    /// See nodes and their sync state.
    NodeRead = "node.read",
    /// Enrol a node.
    NodeEnrol = "node.enrol",
    /// Retry events that could not be applied.
    NodeRetry = "node.retry",
    /// Correct the content of an event that cannot be applied.
    EventFix = "event.fix",
    /// Declare a node lost, and replace it.
    NodeFence = "node.fence",
    /// Mark a business date complete.
    DayComplete = "day.complete",
    /// See background jobs.
    JobRead = "job.read",
    /// Run a dead job again.
    JobRetry = "job.retry",
    /// See the staff of a location.
    StaffRead = "staff.read",
    /// Enter people, give them roles and PINs, and dismiss them.
    StaffManage = "staff.manage",
    /// Change what roles may do.
    RoleManage = "role.manage",
    /// See and end the sessions of others.
    SessionManage = "session.manage",
    /// Set up how people sign in: identity providers and invitations.
    ProviderManage = "provider.manage",
    /// See and revoke the API tokens of others.
    TokenManage = "token.manage",
    /// Read who did what.
    AuditRead = "audit.read",
    /// Decide about what somebody else may only do with a second person.
    ApprovalDecide = "approval.decide",
    /// See cost and margin.
    ReportMargin = "report.margin",
    /// Void a sale that is not closed yet.
    SaleVoid = "sale.void",
    /// Set up sales channels and their keys.
    ChannelManage = "channel.manage",
    /// See customers, by name and the last digits of their phone.
    CustomerRead = "customer.read",
    /// See how customers are reached: whole phone numbers and e-mail addresses.
    CustomerContact = "customer.contact",
    /// Change customers, and forget them when they ask for it.
    CustomerManage = "customer.manage",
    /// See products, categories, suppliers and price lists.
    CatalogRead = "catalog.read",
    /// Change products, categories, brands, suppliers and taxes, and take files in.
    CatalogManage = "catalog.manage",
    /// Change prices and price lists.
    PriceManage = "price.manage",
    /// See promotions, what they say and what they gave.
    PromotionRead = "promotion.read",
    /// Compose, start and stop promotions.
    PromotionManage = "promotion.manage",
    /// Let a promotion sell below cost.
    PromotionBelowCost = "promotion.below_cost",
    /// Enter locations and registers, rename and close them.
    LocationManage = "location.manage",
    /// Print a receipt or a ticket once more; each copy says so and is counted.
    ReceiptReprint = "receipt.reprint",
    /// Set up printers, and what stands at the head of papers.
    PrinterManage = "printer.manage",
    /// Pay cash in and out of a drawer, with a reason.
    CashMove = "cash.move",
    /// Take cash from a drawer to the safe.
    CashDrop = "cash.drop",
    /// See drawers: floats, movements, counts, differences and Z reports.
    CashRead = "cash.read",
    /// See what should be in a drawer before and after it is counted, X and Z reports.
    CountSee = "shift.count_see",
    /// Set up the tills of a shop: when they lock, and which difference needs a reason.
    TillManage = "till.manage",
}

/// Where a permission counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// At the locations that it is granted for.
    Location,
    /// Only when it is granted for the whole chain.
    Chain,
}

/// What the limit of a permission is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKind {
    /// Hundredths of a percent of the list's price.
    BasisPoints,
    /// Minor units of the base currency.
    Minor,
}

impl Permission {
    /// The permission of that code.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.code() == code)
    }

    /// Where it counts.
    #[must_use]
    pub const fn scope(self) -> Scope {
        match self {
            Self::RoleManage
            | Self::ProviderManage
            | Self::TokenManage
            | Self::ChannelManage
            | Self::CustomerManage
            | Self::CatalogManage
            | Self::PriceManage
            | Self::PromotionManage
            | Self::PromotionBelowCost
            | Self::LocationManage
            | Self::JobRead
            | Self::JobRetry => Scope::Chain,
            Self::SaleCreate
            | Self::SaleRead
            | Self::ReturnCreate
            | Self::PriceOverride
            | Self::DiscountLine
            | Self::ShiftOpen
            | Self::ShiftClose
            | Self::PurchaseCreate
            | Self::PurchaseVoid
            | Self::PurchaseRead
            | Self::SupplierPay
            | Self::StockRead
            | Self::StockCount
            | Self::StockOverride
            | Self::OrderRead
            | Self::OrderManage
            | Self::OrderPick
            | Self::ReportRevenue
            | Self::ReportPurchases
            | Self::NodeRead
            | Self::NodeEnrol
            | Self::NodeRetry
            | Self::EventFix
            | Self::NodeFence
            | Self::DayComplete
            | Self::StaffRead
            | Self::StaffManage
            | Self::SessionManage
            | Self::AuditRead
            | Self::ApprovalDecide
            | Self::ReportMargin
            | Self::CatalogRead
            | Self::PromotionRead
            | Self::CustomerRead
            | Self::CustomerContact
            | Self::SaleVoid
            | Self::ReceiptReprint
            | Self::PrinterManage
            | Self::CashMove
            | Self::CashDrop
            | Self::CashRead
            | Self::CountSee
            | Self::TillManage => Scope::Location,
        }
    }

    /// What its limit is measured in, if it can have one.
    #[must_use]
    pub fn limit_kind(self) -> Option<LimitKind> {
        if matches!(self, Self::PriceOverride | Self::DiscountLine) {
            Some(LimitKind::BasisPoints)
        } else {
            matches!(
                self,
                Self::ReturnCreate
                    | Self::StockCount
                    | Self::CashMove
                    | Self::ShiftClose
                    | Self::PurchaseVoid
            )
            .then_some(LimitKind::Minor)
        }
    }

    /// Whether it is plain trade, which goes on in a shop however long it is on its own. The others are believed for as
    /// many days after the last contact as the head office says (sync.md 2.14, row 17).
    #[must_use]
    pub fn lasts_offline(self) -> bool {
        matches!(
            self,
            Self::SaleCreate
                | Self::SaleRead
                | Self::ReturnCreate
                | Self::ShiftOpen
                | Self::ShiftClose
                | Self::PurchaseCreate
                | Self::PurchaseVoid
                | Self::PurchaseRead
                | Self::StockRead
                | Self::OrderRead
                | Self::OrderPick
                | Self::ReceiptReprint
                | Self::PrinterManage
                | Self::CashMove
                | Self::CashDrop
                | Self::CashRead
                | Self::CountSee
                | Self::TillManage
        )
    }
}

/// How far somebody may go with a permission; none: as far as they like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limit {
    /// Hundredths of a percent of the list's price.
    pub max_bps: Option<i64>,
    /// Minor units of the base currency.
    pub max_minor: Option<i64>,
}

impl Limit {
    /// No limit.
    pub const NONE: Self = Self {
        max_bps: None,
        max_minor: None,
    };

    /// Whether whoever has this may give that.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        let reaches = |mine: Option<i64>, theirs: Option<i64>| match (mine, theirs) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(mine), Some(theirs)) => theirs <= mine,
        };
        reaches(self.max_bps, other.max_bps) && reaches(self.max_minor, other.max_minor)
    }

    /// The wider one of two, part by part: whoever has both may go that far.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let wider = |one: Option<i64>, other: Option<i64>| Some(one?.max(other?));
        Self {
            max_bps: wider(self.max_bps, other.max_bps),
            max_minor: wider(self.max_minor, other.max_minor),
        }
    }

    /// The limit in minor units that an amount exceeds; none when it does not.
    #[must_use]
    pub fn exceeded_by_minor(self, minor: i64) -> Option<i64> {
        self.max_minor.filter(|most| minor > *most)
    }

    /// The limit in basis points that `part` of `whole` exceeds; none when it does not.
    #[must_use]
    pub fn exceeded_by(self, part: Decimal, whole: Decimal) -> Option<i64> {
        let most = self.max_bps?;
        let exceeds = part.abs() * Decimal::from(10_000) > whole.abs() * Decimal::from(most);
        exceeds.then_some(most)
    }
}

/// A permission as one role gives it in a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    /// What.
    pub permission: Permission,
    /// How far.
    pub limit: Limit,
    /// Days after the last contact with the head office for which it is believed; none: for ever.
    pub offline_days: Option<i64>,
}

impl Granted {
    /// Milliseconds after the last contact until which it is believed; none: for ever.
    #[must_use]
    pub fn lapses_after_ms(self) -> Option<i64> {
        let days = self
            .offline_days
            .filter(|_| !self.permission.lasts_offline());
        days.map(|days| days.saturating_mul(DAY_MS))
    }

    /// Whether a shop still believes it that has been on its own for so long.
    #[must_use]
    pub fn is_believed(self, alone_ms: i64) -> bool {
        self.lapses_after_ms().is_none_or(|lasts| alone_ms < lasts)
    }
}

const DAY_MS: i64 = 86_400_000;

/// What somebody may do, and how far, in a shop that has been on its own for so long: each permission once.
#[must_use]
pub fn believed(granted: &[Granted], alone_ms: i64) -> BTreeMap<Permission, Limit> {
    let mut held = BTreeMap::<Permission, Limit>::new();
    for one in granted.iter().filter(|one| one.is_believed(alone_ms)) {
        held.entry(one.permission)
            .and_modify(|limit| *limit = limit.or(one.limit))
            .or_insert(one.limit);
    }
    held
}

/// Whether a text can be a PIN: four to eight digits, not all the same.
#[must_use]
pub fn is_pin(text: &str) -> bool {
    let bytes = text.as_bytes();
    PIN_DIGITS.contains(&bytes.len())
        && bytes.iter().all(u8::is_ascii_digit)
        && bytes.iter().any(|digit| *digit != bytes[0])
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::{Granted, Limit, Permission, believed, is_pin};

    #[test]
    fn a_pin_is_four_to_eight_digits_that_differ() {
        for (text, expected) in [
            ("1234", true),
            ("1111", false),
            ("123", false),
            ("12a4", false),
            ("123456789", false),
            ("", false),
        ] {
            assert_eq!(is_pin(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_limit_covers_what_is_not_wider() {
        let bps = |max_bps| Limit {
            max_bps,
            max_minor: None,
        };
        for (mine, theirs, expected) in [
            (None, None, true),
            (None, Some(1), true),
            (Some(1_000), None, false),
            (Some(1_000), Some(1_000), true),
            (Some(1_000), Some(1_001), false),
        ] {
            assert_eq!(
                bps(mine).covers(bps(theirs)),
                expected,
                "{mine:?} {theirs:?}"
            );
        }
        assert_eq!(bps(Some(5)).or(bps(Some(7))), bps(Some(7)));
        assert_eq!(bps(Some(5)).or(bps(None)), Limit::NONE);
    }

    #[test]
    fn a_part_exceeds_a_limit_only_beyond_it() {
        let limit = Limit {
            max_bps: Some(1_000),
            max_minor: None,
        };
        for (part, whole, expected) in [
            (10, 100, None),
            (11, 100, Some(1_000)),
            (-11, 100, Some(1_000)),
            (0, 0, None),
            (1, 0, Some(1_000)),
        ] {
            let exceeded = limit.exceeded_by(Decimal::from(part), Decimal::from(whole));
            assert_eq!(exceeded, expected, "{part} of {whole}");
        }
        assert_eq!(Limit::NONE.exceeded_by(Decimal::ONE, Decimal::ZERO), None);
    }

    #[test]
    fn what_is_not_plain_trade_is_believed_for_so_many_days() {
        let one = |permission, max_bps, offline_days| Granted {
            permission,
            limit: Limit {
                max_bps,
                max_minor: None,
            },
            offline_days,
        };
        let granted = [
            one(Permission::SaleCreate, None, Some(7)),
            one(Permission::PriceOverride, Some(10_000), Some(7)),
            one(Permission::PriceOverride, Some(500), None),
            one(Permission::StockOverride, None, Some(7)),
        ];
        let said = |days: i64| {
            believed(&granted, days * 86_400_000)
                .into_iter()
                .map(|(permission, limit)| (permission.code(), limit.max_bps))
                .collect::<Vec<_>>()
        };
        let fresh = [
            ("sale.create", None),
            ("price.override", Some(10_000)),
            ("stock.override", None),
        ];
        assert_eq!(said(6), fresh);
        assert_eq!(
            said(7),
            [("sale.create", None), ("price.override", Some(500))]
        );
    }

    #[test]
    fn every_code_finds_its_permission() {
        for permission in Permission::ALL {
            assert_eq!(Permission::by_code(permission.code()), Some(*permission));
        }
    }
}
