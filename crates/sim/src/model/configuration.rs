//! What is looked at: each configuration is complete within its bounds, and together they have every rule.

use super::bounds::Bounds;
use super::bounds::Budget::{
    self, Cancellations, CloudRestores, Counts, CustomerReturns, Expiries, Grants, Losses, Orders,
    Overrides, PowerLosses, Receipts, Restores, Returns, Sales, ShortPicks, Surpluses, Thefts,
    Transfers, VanLosses,
};
use super::bounds::Budgets;
use super::explore::{Found, explore};
use super::rules::{Flaw, Rules};
use super::step::Protocol;

/// A world to look at.
#[derive(Debug, Clone, Copy)]
pub struct Configuration {
    /// What it is about.
    pub name: &'static str,
    /// One or two.
    locations: u8,
    /// Rights of the nodes at the start.
    node_rights: [i8; 2],
    /// Rights of the cloud at the start.
    cloud_rights: [i8; 2],
    /// See [`Bounds::lifecycle`].
    lifecycle: bool,
    /// What may happen how often.
    budgets: &'static [(Budget, u8)],
}

impl Configuration {
    const fn new(
        name: &'static str,
        node_rights: i8,
        cloud_rights: i8,
        budgets: &'static [(Budget, u8)],
    ) -> Self {
        Self {
            name,
            locations: 1,
            node_rights: [node_rights, 0],
            cloud_rights: [cloud_rights, 0],
            lifecycle: true,
            budgets,
        }
    }

    const fn transfers(name: &'static str, budgets: &'static [(Budget, u8)]) -> Self {
        Self {
            lifecycle: false,
            ..Self::new(name, 2, 1, budgets)
        }
    }

    /// Looks at every state, or the first `limit`, by the rules broken in these ways.
    pub fn explore(&self, flaws: &[Flaw], limit: usize) -> Found {
        let rules = Rules::broken(flaws);
        let bounds = Bounds {
            node_rights: self.node_rights,
            cloud_rights: self.cloud_rights,
            budgets: Budgets::of(self.budgets),
            lifecycle: self.lifecycle,
        };
        match self.locations {
            1 => explore(&Protocol::<1> { rules, bounds }, limit),
            _ => explore(&Protocol::<2> { rules, bounds }, limit),
        }
    }
}

/// Rights in transit, with loss of power, disk and node.
pub const TRANSFERS: Configuration = Configuration::transfers(
    "rights in transit",
    &[
        (Sales, 2),
        (Receipts, 1),
        (Returns, 1),
        (Grants, 1),
        (Orders, 2),
        (PowerLosses, 1),
        (Restores, 1),
        (Losses, 1),
    ],
);

/// The same with a sale more.
pub const THREE_SALES: Configuration = Configuration::transfers(
    "rights in transit, three till sales",
    &[
        (Sales, 3),
        (Receipts, 1),
        (Returns, 1),
        (Grants, 1),
        (Orders, 2),
        (PowerLosses, 1),
        (Restores, 1),
        (Losses, 1),
    ],
);

/// The same with a cloud that goes back to a backup.
pub const TRANSFERS_AND_PITR: Configuration = Configuration::transfers(
    "rights in transit, cloud restored",
    &[
        (Sales, 2),
        (Receipts, 1),
        (Returns, 1),
        (Grants, 1),
        (Orders, 2),
        (PowerLosses, 1),
        (Restores, 1),
        (Losses, 1),
        (CloudRestores, 1),
    ],
);

/// Rights in transit where only the power fails.
pub const DURABILITY: Configuration = Configuration::transfers(
    "durability",
    &[
        (Sales, 2),
        (Receipts, 1),
        (Returns, 1),
        (Grants, 1),
        (Orders, 2),
        (PowerLosses, 1),
    ],
);

/// Two orders through their whole life.
pub const ORDERS: Configuration = Configuration::new(
    "online orders",
    1,
    1,
    &[
        (Sales, 1),
        (Orders, 2),
        (Returns, 1),
        (Expiries, 1),
        (Cancellations, 1),
    ],
);

/// A shelf that is not what the book says: counts, found units, theft.
pub const SHELF: Configuration = Configuration::new(
    "counts and found units",
    1,
    1,
    &[
        (Sales, 2),
        (Orders, 1),
        (Returns, 1),
        (Grants, 1),
        (Counts, 1),
        (Thefts, 1),
        (Surpluses, 1),
    ],
);

/// Orders whose unit is not found.
pub const SHORT_PICKS: Configuration = Configuration::new(
    "short picks",
    0,
    2,
    &[(Sales, 1), (Orders, 2), (ShortPicks, 1), (Cancellations, 1)],
);

/// Picked and ungraded units beside the shelf, while it is counted.
pub const SET_APART: Configuration = Configuration::new(
    "picked and ungraded units",
    0,
    1,
    &[(Sales, 2), (Orders, 1), (Counts, 1), (CustomerReturns, 1)],
);

/// Sales beyond the rights, with two orders that can be broken.
pub const OVERRIDES: Configuration = Configuration::new(
    "overrides",
    0,
    2,
    &[(Sales, 1), (Overrides, 1), (Orders, 2), (Cancellations, 1)],
);

/// Debt paid by grants, receipts and counts.
pub const DEBTS: Configuration = Configuration::new(
    "debt",
    0,
    2,
    &[
        (Sales, 2),
        (Overrides, 1),
        (Orders, 1),
        (Receipts, 1),
        (Counts, 1),
    ],
);

/// A node that dies with orders open.
pub const REPLACEMENT: Configuration = Configuration::new(
    "node replaced",
    0,
    2,
    &[
        (Sales, 1),
        (Orders, 1),
        (Grants, 1),
        (Losses, 1),
        (Counts, 1),
        (Cancellations, 1),
    ],
);

/// A node restored from a backup with orders open.
pub const RESTORED: Configuration = Configuration::new(
    "node restored",
    1,
    1,
    &[
        (Sales, 1),
        (Orders, 1),
        (Returns, 1),
        (Counts, 1),
        (Restores, 1),
        (Cancellations, 1),
    ],
);

/// A cloud restored from a backup with orders open.
pub const CLOUD_RESTORED: Configuration = Configuration::new(
    "cloud restored",
    1,
    1,
    &[
        (Sales, 1),
        (Orders, 2),
        (Grants, 1),
        (CloudRestores, 1),
        (Cancellations, 1),
    ],
);

/// A cloud restored from a backup, and nodes that die before or after.
pub const BOTH_LOST: Configuration = Configuration::new(
    "node and cloud lost",
    0,
    2,
    &[(Orders, 1), (Losses, 2), (Counts, 1), (CloudRestores, 1)],
);

/// Two locations that ship to each other and both serve online orders.
pub const TWO_LOCATIONS: Configuration = Configuration {
    locations: 2,
    cloud_rights: [1, 1],
    ..Configuration::new(
        "two locations",
        1,
        1,
        &[
            (Sales, 1),
            (Orders, 2),
            (Transfers, 1),
            (VanLosses, 1),
            (Expiries, 1),
        ],
    )
};

/// What is looked at in every run.
pub const ALL: [Configuration; 12] = [
    TRANSFERS,
    ORDERS,
    SHELF,
    SHORT_PICKS,
    SET_APART,
    OVERRIDES,
    DEBTS,
    REPLACEMENT,
    RESTORED,
    CLOUD_RESTORED,
    BOTH_LOST,
    TWO_LOCATIONS,
];

/// Looked at once for each change of the protocol.
pub const LARGE: [Configuration; 2] = [THREE_SALES, TRANSFERS_AND_PITR];
