//! Who works here and what each may do. Permissions are a closed list; roles are sets of them, kept as rows.
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
    /// Charge another price than the list's, with a reason.
    PriceOverride = "price.override",
    /// Give a discount on a line, with a reason.
    DiscountLine = "discount.line",
    /// Open a shift.
    ShiftOpen = "shift.open",
    /// Close a shift.
    ShiftClose = "shift.close",
    /// Buy goods at a buying station.
    PurchaseCreate = "purchase.create",
    /// See purchases and their tickets.
    PurchaseRead = "purchase.read",
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
    /// See customers.
    CustomerRead = "customer.read",
}

impl Permission {
    /// The permission of that code.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.code() == code)
    }
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
    use super::{Permission, is_pin};

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
    fn every_code_finds_its_permission() {
        for permission in Permission::ALL {
            assert_eq!(Permission::by_code(permission.code()), Some(*permission));
        }
    }
}
