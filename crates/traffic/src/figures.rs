//! What the books must say after the replay, worked out from the raw rows by a path of its own: it shares no code with the
//! baskets and purchases but the names of things, so that a mistake there shows here.
use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use retail::{amount::Amount, catalog::VariantId, location::LocationId, quantity::Quantity};

use crate::{avocado, chain::Chain, grocery, window::Window};

/// Sums over the trade of a window, up to an instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// What each shop received on each business date.
    pub revenue: BTreeMap<(LocationId, Date), Amount>,
    /// How much of each product was sold, over all shops.
    pub sold: BTreeMap<VariantId, Quantity>,
    /// What each station spent on each business date.
    pub spent: BTreeMap<(LocationId, Date), Amount>,
    /// How much of each product was bought.
    pub bought: BTreeMap<VariantId, Quantity>,
}

impl Figures {
    /// What the input files say for `window`, of everything that happened up to `until`.
    #[must_use]
    pub fn expected(window: Window, until: Timestamp) -> Self {
        let mut figures = Self::default();
        grocery::expected::add_to(&mut figures, window, until);
        avocado::expected::add_to(&mut figures, window, until);
        figures
    }

    /// What the trade of an authored chain adds up to, of everything that happened up to `until`.
    #[must_use]
    pub fn of(chain: &Chain, until: Timestamp) -> Self {
        let mut figures = Self::default();
        for basket in chain.baskets.iter().filter(|basket| basket.at <= until) {
            let day = (basket.location, basket.business_date);
            *figures.revenue.entry(day).or_default() += basket.total;
            for line in &basket.lines {
                let sold = figures.sold.entry(line.variant).or_default();
                *sold = *sold + line.quantity;
            }
        }
        let purchases = chain.purchases.iter();
        for purchase in purchases.filter(|purchase| purchase.at <= until) {
            let day = (purchase.location, purchase.business_date);
            *figures.spent.entry(day).or_default() += purchase.total;
            for line in &purchase.lines {
                let bought = figures.bought.entry(line.variant).or_default();
                *bought = *bought + line.quantity;
            }
        }
        figures
    }
}

/// The cells of a CSV file without its header. The tables of this crate have no quoted cells.
pub(crate) fn cells(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect())
}

/// A number without its decimal point: cents from dollars, as long as every amount has two decimals.
pub(crate) fn cents(cell: &str) -> i64 {
    let digits: String = cell.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_default()
}
