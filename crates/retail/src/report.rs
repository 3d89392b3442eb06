//! X and Z reports: what a shift's documents add up to. Every figure is a sum over the ledger, and nothing else.
use std::collections::BTreeMap;

use crate::{
    amount::Amount,
    catalog::CategoryId,
    sale::TenderKind,
    tax::{self, TaxLine, TaxRate},
};

/// A line of a sale as far as a report counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The shelf that it stands on; none: without one.
    pub category: Option<CategoryId>,
    /// Its tax rate.
    pub tax: TaxRate,
    /// Price times quantity; negative for goods that came back.
    pub gross: Amount,
    /// Taken off.
    pub discount: Amount,
    /// What the customer paid for it.
    pub total: Amount,
    /// Another price than the list's was charged.
    pub has_other_price: bool,
}

/// A sale, or a return, as far as a report counts it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// Goods came back: lines and tenders are negative, and it is no sale.
    pub is_return: bool,
    /// What a return says of its taxes, negative: the last one of a sale gives back what was left, to the cent.
    pub taxes: Vec<TaxLine>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// What was handed over, by kind.
    pub tenders: Vec<(TenderKind, Amount)>,
    /// Cash handed back.
    pub change: Amount,
}

/// How often, and how much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figure {
    /// How often.
    pub count: i64,
    /// How much.
    pub amount: Amount,
}

impl Figure {
    fn add(&mut self, amount: Amount) {
        self.count += 1;
        self.amount += amount;
    }
}

/// What the sales of a shift add up to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums {
    /// Sales; returns are none.
    pub sales: i64,
    /// Prices times quantities, before discounts.
    pub gross: Amount,
    /// Lines with something taken off, and how much.
    pub discounts: Figure,
    /// Lines at another price than the list's, and what they came to.
    pub other_prices: Figure,
    /// Lines of goods that came back, and what was given for them.
    pub returns: Figure,
    /// What customers paid less what they got back, tax included.
    pub total: Amount,
    /// By rate, lowest first.
    pub taxes: Vec<TaxLine>,
    /// By kind; cash is what was kept of it.
    pub tenders: BTreeMap<TenderKind, Figure>,
    /// By shelf: lines, and what customers paid for them.
    pub categories: BTreeMap<Option<CategoryId>, Figure>,
}

impl Sums {
    /// Adds a sale or a return.
    pub fn add(&mut self, sale: &Document) {
        self.sales += i64::from(!sale.is_return);
        for line in &sale.lines {
            self.gross += line.gross;
            self.total += line.total;
            if line.discount != Amount::ZERO {
                self.discounts.add(line.discount);
            }
            if line.has_other_price {
                self.other_prices.add(line.total);
            }
            if sale.is_return || line.total.is_negative() {
                self.returns.add(-line.total);
            }
            self.categories
                .entry(line.category)
                .or_default()
                .add(line.total);
        }
        self.add_taxes(sale);
        for &(kind, amount) in &sale.tenders {
            self.tenders.entry(kind).or_default().add(amount);
        }
        if sale.change != Amount::ZERO {
            let cash = self.tenders.entry(TenderKind::Cash).or_default();
            cash.amount = cash.amount - sale.change;
        }
    }

    /// Tax is rounded once on each document, as on its receipt, and never again.
    fn add_taxes(&mut self, sale: &Document) {
        let taxes = if sale.is_return {
            sale.taxes.clone()
        } else {
            tax::per_document(sale.lines.iter().map(|line| (line.tax, line.total)))
        };
        for one in taxes {
            match self
                .taxes
                .binary_search_by_key(&one.rate, |known| known.rate)
            {
                Ok(at) => {
                    self.taxes[at].gross += one.gross;
                    self.taxes[at].tax += one.tax;
                }
                Err(at) => self.taxes.insert(at, one),
            }
        }
    }

    /// Cash kept, net of change.
    #[must_use]
    pub fn cash(&self) -> Amount {
        self.tenders
            .get(&TenderKind::Cash)
            .map_or(Amount::ZERO, |figure| figure.amount)
    }

    /// The tax in the total.
    #[must_use]
    pub fn tax(&self) -> Amount {
        self.taxes.iter().map(|line| line.tax).sum()
    }
}

#[cfg(test)]
mod tests;
