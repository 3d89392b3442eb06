//! A sale: a basket is priced line by line, paid by tenders, and closed.
use crate::{
    amount::Amount,
    catalog::VariantId,
    currency::Currency,
    id::Id,
    price::Price,
    quantity::{Quantity, Unit},
    tax::{TaxLine, TaxRate, TaxRule},
};

/// Names a [`Sale`].
pub type SaleId = Id<Sale>;

/// The most lines that one basket may have.
pub const MAX_LINES: usize = 1_000;
/// The most payments against one sale.
pub const MAX_TENDERS: usize = 20;

/// What the cashier put into the basket, with the price that counts for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// What is sold.
    pub variant: VariantId,
    /// Its base unit.
    pub unit: Unit,
    /// How much, in base units.
    pub quantity: Quantity,
    /// The list price, or the one charged instead of it.
    pub price: Price,
    /// Taken off the line.
    pub discount: Amount,
    /// The tax that the price includes.
    pub tax: TaxRate,
}

/// One product on a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// What the cashier put in.
    pub item: Item,
    /// Price times quantity, rounded once.
    pub gross: Amount,
    /// What the customer pays for the line: gross less discount, tax included.
    pub total: Amount,
}

/// A basket with its sums. The sums are those printed, stored and recomputed (pitfall 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// The lines in the order of scanning.
    pub lines: Vec<Line>,
    /// Sum of the lines' gross.
    pub subtotal: Amount,
    /// Sum of the lines' discounts.
    pub discount: Amount,
    /// What the customer pays, tax included.
    pub total: Amount,
    /// The tax inside `total`, by rate.
    pub taxes: Vec<TaxLine>,
}

impl Priced {
    /// All tax inside the total.
    #[must_use]
    pub fn tax(&self) -> Amount {
        self.taxes.iter().map(|line| line.tax).sum()
    }
}

/// Why a basket cannot be priced. `line` counts from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PriceBasketError {
    /// More than [`MAX_LINES`].
    #[error("a basket has at most {max} lines")]
    TooManyLines {
        /// The limit.
        max: usize,
    },
    /// Zero, negative, or so much that it was a slip.
    #[error("line {line}: the quantity must be between 1 and {max}")]
    QuantityOutOfRange {
        /// The line.
        line: usize,
        /// The most of this unit.
        max: Quantity,
    },
    /// Below zero, or more than the line.
    #[error("line {line}: the discount must be between 0.00 and {gross}")]
    DiscountOutOfRange {
        /// The line.
        line: usize,
        /// What the line costs without it.
        gross: Amount,
    },
    /// The sum does not fit.
    #[error("line {line}: the sum is too large")]
    SumTooLarge {
        /// The line.
        line: usize,
    },
}

/// Prices a basket: each line rounded once, tax included in the prices and rounded per document.
///
/// # Errors
/// Each [`PriceBasketError`] names the line to put right.
pub fn price(items: Vec<Item>, currency: Currency) -> Result<Priced, PriceBasketError> {
    price_with(items, currency, TaxRule::default())
}

/// Prices a basket: each line rounded once, tax after discounts by the branch's rule.
///
/// # Errors
/// Each [`PriceBasketError`] names the line to put right.
pub fn price_with(
    items: Vec<Item>,
    currency: Currency,
    rule: TaxRule,
) -> Result<Priced, PriceBasketError> {
    if items.len() > MAX_LINES {
        return Err(PriceBasketError::TooManyLines { max: MAX_LINES });
    }
    let mut lines = items
        .into_iter()
        .enumerate()
        .map(|(index, item)| price_line(index, item, currency))
        .collect::<Result<Vec<_>, _>>()?;
    let amounts: Vec<_> = lines
        .iter()
        .map(|line| (line.item.tax, line.total))
        .collect();
    let (taxes, totals) = rule.apply(&amounts);
    for (line, total) in lines.iter_mut().zip(totals) {
        line.total = total;
    }
    Ok(Priced {
        subtotal: lines.iter().map(|line| line.gross).sum(),
        discount: lines.iter().map(|line| line.item.discount).sum(),
        total: lines.iter().map(|line| line.total).sum(),
        taxes,
        lines,
    })
}

/// The largest line: a thousand of them still fit into an [`Amount`] a thousand times over.
const MAX_LINE: Amount = Amount::from_minor(1_000_000_000_000);

fn price_line(index: usize, item: Item, currency: Currency) -> Result<Line, PriceBasketError> {
    let max = item.unit.most_on_a_sale_line();
    if item.quantity <= Quantity::ZERO || item.quantity > max {
        return Err(PriceBasketError::QuantityOutOfRange { line: index, max });
    }
    let gross = item
        .price
        .extend(item.quantity, currency)
        .filter(|gross| *gross <= MAX_LINE)
        .ok_or(PriceBasketError::SumTooLarge { line: index })?;
    if item.discount.is_negative() || item.discount > gross {
        return Err(PriceBasketError::DiscountOutOfRange { line: index, gross });
    }
    Ok(Line {
        item,
        gross,
        total: gross - item.discount,
    })
}

/// A closed sale. It is never edited: a mistake is put right by a return or a void.
#[derive(Debug, PartialEq, Eq)]
pub struct Sale {
    /// Lines and sums.
    pub priced: Priced,
    /// What was paid.
    pub tenders: Vec<Tender>,
    /// Cash handed back.
    pub change: Amount,
}

impl Sale {
    /// What leaves the shelf, one quantity per variant: two lines of one variant are one need (pitfall 41).
    #[must_use]
    pub fn needs(&self) -> Vec<(VariantId, Quantity)> {
        let lines = self.priced.lines.iter();
        crate::stock::per_variant(lines.map(|line| (line.item.variant, line.item.quantity)))
    }

    /// Money kept by kind of tender: cash net of the change. Kinds that were not used are left out.
    #[must_use]
    pub fn money(&self) -> Vec<(TenderKind, Amount)> {
        TenderKind::ALL
            .iter()
            .filter(|kind| self.tenders.iter().any(|tender| tender.kind == **kind))
            .map(|&kind| {
                let paid = paid_by(&self.tenders, kind);
                let change = if kind == TenderKind::Cash {
                    self.change
                } else {
                    Amount::ZERO
                };
                (kind, paid - change)
            })
            .collect()
    }
}

/// One payment against a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tender {
    /// How it was paid.
    pub kind: TenderKind,
    /// How much was handed over.
    pub amount: Amount,
}

/// How a customer pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TenderKind {
    /// Notes and coins; the only kind that change is given for.
    Cash,
    /// A card payment taken on the terminal and recorded here.
    Card,
    /// A manufacturer's coupon: the manufacturer pays it back to the shop.
    Coupon,
}

impl TenderKind {
    /// Every kind there is.
    pub const ALL: &'static [Self] = &[Self::Cash, Self::Card, Self::Coupon];

    /// The name in messages and databases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Card => "card",
            Self::Coupon => "coupon",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }
}

/// Why a sale cannot be closed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CloseSaleError {
    /// An empty basket.
    #[error("the sale has no lines")]
    NoLines,
    /// More than [`MAX_TENDERS`].
    #[error("a sale has at most {max} payments")]
    TooManyTenders {
        /// The limit.
        max: usize,
    },
    /// A payment of zero, below zero, or so much that it was a slip.
    #[error("payment {tender}: the amount must be between 0.01 and {max}")]
    TenderOutOfRange {
        /// The payment, counted from 0.
        tender: usize,
        /// The most that one payment may be.
        max: Amount,
    },
    /// The tenders do not cover the total.
    #[error("{due} is still to be paid")]
    Underpaid {
        /// What is missing.
        due: Amount,
    },
    /// Change is only given for cash.
    #[error("{change} in change is owed, but only {cash} was paid in cash")]
    ChangeExceedsCash {
        /// The change that would be owed.
        change: Amount,
        /// What was paid in cash.
        cash: Amount,
    },
}

/// Closes a sale once its tenders cover its total, and works out the change.
///
/// # Errors
/// Each [`CloseSaleError`] is something the cashier can put right at the till.
pub fn close(priced: Priced, tenders: Vec<Tender>) -> Result<Sale, CloseSaleError> {
    if priced.lines.is_empty() {
        return Err(CloseSaleError::NoLines);
    }
    if tenders.len() > MAX_TENDERS {
        return Err(CloseSaleError::TooManyTenders { max: MAX_TENDERS });
    }
    let max = MAX_LINE;
    if let Some(tender) = tenders
        .iter()
        .position(|tender| tender.amount <= Amount::ZERO || tender.amount > max)
    {
        return Err(CloseSaleError::TenderOutOfRange { tender, max });
    }
    let paid: Amount = tenders.iter().map(|tender| tender.amount).sum();
    if paid < priced.total {
        return Err(CloseSaleError::Underpaid {
            due: priced.total - paid,
        });
    }
    let change = paid - priced.total;
    let cash = paid_by(&tenders, TenderKind::Cash);
    if cash < change {
        return Err(CloseSaleError::ChangeExceedsCash { change, cash });
    }
    Ok(Sale {
        priced,
        tenders,
        change,
    })
}

fn paid_by(tenders: &[Tender], kind: TenderKind) -> Amount {
    tenders
        .iter()
        .filter(|tender| tender.kind == kind)
        .map(|tender| tender.amount)
        .sum()
}

#[cfg(test)]
mod tests;
