//! How much may happen in a configuration.

/// Things that happen only so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Budget {
    /// Units sold at tills, also found ones and overrides.
    Sales,
    /// Units coming in from suppliers.
    Receipts,
    /// Rights given back by nodes.
    Returns,
    /// Rights granted by the cloud, besides what it settles.
    Grants,
    /// Online orders.
    Orders,
    /// Power losses.
    PowerLosses,
    /// Backups of a node restored, or its disk cloned.
    Restores,
    /// Nodes declared lost.
    Losses,
    /// Restores of the cloud to an earlier point.
    CloudRestores,
    /// Holds that expire.
    Expiries,
    /// Paid orders that customers cancel.
    Cancellations,
    /// Orders whose unit the staff do not find.
    ShortPicks,
    /// Counts.
    Counts,
    /// Sales by override.
    Overrides,
    /// Units that vanish from a shelf unseen.
    Thefts,
    /// Units that are on a shelf although no book says so.
    Surpluses,
    /// Units that customers bring back.
    CustomerReturns,
    /// Units shipped to the other location.
    Transfers,
    /// Units that vanish on the way.
    VanLosses,
}

/// How often each may happen; what is not named never does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Budgets([u8; 19]);

impl Budgets {
    /// These, and nothing else.
    pub fn of(allowed: &[(Budget, u8)]) -> Self {
        let mut budgets = Self::default();
        for (budget, times) in allowed {
            assert!(*times < 16, "what was spent has four bits");
            budgets.0[*budget as usize] = *times;
        }
        budgets
    }
}

/// How often each has happened, four bits for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Spent {
    first: u64,
    rest: u64,
}

impl Spent {
    /// How often it has happened.
    pub const fn times(self, budget: Budget) -> u8 {
        let (word, shift) = if (budget as u8) < 16 {
            (self.first, budget as u8)
        } else {
            (self.rest, budget as u8 - 16)
        };
        (word >> (4 * shift) & 15) as u8
    }

    /// Counts it once more.
    pub const fn spend(&mut self, budget: Budget) {
        if (budget as u8) < 16 {
            self.first += 1 << (4 * budget as u8);
        } else {
            self.rest += 1 << (4 * (budget as u8 - 16));
        }
    }
}

/// What a configuration has and allows.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Rights of the node at the start, by location.
    pub node_rights: [i8; 2],
    /// Rights of the cloud at the start, by location.
    pub cloud_rights: [i8; 2],
    /// How often what may happen.
    pub budgets: Budgets,
    /// Whether online orders are held, claimed, picked and handed over. Else an online sale is a promise at once and for
    /// ever, and a replaced node is counted in the step that enrols it.
    pub lifecycle: bool,
}

impl Bounds {
    /// Whether it may happen once more.
    pub const fn allow(&self, spent: Spent, budget: Budget) -> bool {
        spent.times(budget) < self.budgets.0[budget as usize]
    }
}
