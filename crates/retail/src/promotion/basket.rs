//! The basket as the engine sees it: rows in an order that does not depend on the order of scanning.
use rust_decimal::Decimal;

use super::{
    goods::{BasketLine, Goods},
    selector::Selector,
};
use crate::{
    amount::Amount,
    currency::Currency,
    quantity::{Quantity, Unit},
    sale::{self, Item, PriceBasketError},
};

/// A line of the basket, before promotions.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// Its place in the order of scanning.
    pub(super) place: usize,
    pub(super) item: Item,
    pub(super) goods: &'a Goods,
    /// Units that can be reduced one by one: pieces, or one for what is weighed.
    pub(super) count: i64,
    /// Base units in one of them.
    pub(super) base: i64,
    /// The list price of one, in exact minor units.
    pub(super) list: Decimal,
    /// What the line costs after the discount that a person gave.
    pub(super) paid: i64,
    /// Is it below the list price already?
    pub(super) is_reduced: bool,
    /// The least that one unit may cost; and the least without permission to sell below cost.
    floor: i64,
    cost_floor: i64,
}

impl Row<'_> {
    /// The least that one unit may be reduced to.
    pub(super) fn floor(&self, below_cost: bool) -> i64 {
        if below_cost {
            self.floor
        } else {
            self.cost_floor
        }
    }
}

/// Rows by variant, price, quantity; the place decides only between lines that are the same.
pub(super) fn rows<'a>(
    lines: &[BasketLine<'a>],
    currency: Currency,
) -> Result<Vec<Row<'a>>, PriceBasketError> {
    let priced = sale::price(lines.iter().map(|line| line.item).collect(), currency)?;
    let mut rows: Vec<Row<'a>> = priced
        .lines
        .iter()
        .zip(lines)
        .enumerate()
        .map(|(place, (priced, line))| row(place, line, priced.gross, currency))
        .collect();
    rows.sort_by_cached_key(|row| {
        let item = &row.item;
        (
            item.variant,
            (item.price.major(), item.price.per()),
            item.quantity,
            (row.paid, item.tax, row.is_reduced),
            row.place,
        )
    });
    Ok(rows)
}

fn row<'a>(place: usize, line: &BasketLine<'a>, gross: Amount, currency: Currency) -> Row<'a> {
    let item = line.item;
    let quantity = item.quantity.base_units();
    let (count, base) = match item.unit {
        Unit::Piece => (quantity, 1),
        Unit::Gram | Unit::Millilitre | Unit::Millimetre => (1, quantity),
    };
    let list = match item.unit {
        Unit::Piece => currency
            .minor_of(item.price.major())
            .and_then(|minor| minor.checked_div(Decimal::from(item.price.per())))
            .unwrap_or(Decimal::MAX),
        Unit::Gram | Unit::Millilitre | Unit::Millimetre => Decimal::from(gross.minor()),
    };
    let least = |millionths: Option<i64>| {
        let exact = i128::from(millionths.unwrap_or(0).max(0)) * i128::from(base);
        i64::try_from((exact + 999_999) / 1_000_000).unwrap_or(i64::MAX)
    };
    let floor = least(line.goods.minimum);
    Row {
        place,
        item,
        goods: line.goods,
        count,
        base,
        list,
        paid: (gross - item.discount).minor(),
        is_reduced: line.is_reduced || item.discount > Amount::ZERO,
        floor,
        cost_floor: floor.max(least(line.goods.cost)),
    }
}

/// Base units of a unit, as a quantity of a line.
pub(super) const fn quantity_of(base_units: i64) -> Quantity {
    Quantity::new(base_units)
}

/// A set of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mask(Vec<u64>);

impl Mask {
    pub(super) fn of(selector: &Selector, rows: &[Row<'_>], only_discountable: bool) -> Self {
        let mut mask = Self(vec![0; rows.len().div_ceil(64)]);
        for (index, row) in rows.iter().enumerate() {
            if (row.goods.is_discountable || !only_discountable)
                && selector.matches(row.goods, row.list)
            {
                mask.0[index / 64] |= 1 << (index % 64);
            }
        }
        mask
    }

    pub(super) fn has(&self, row: usize) -> bool {
        self.0
            .get(row / 64)
            .is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(one, two)| one & two != 0)
    }

    pub(super) fn covers(&self, other: &Self) -> bool {
        self.0
            .iter()
            .zip(&other.0)
            .all(|(one, two)| two & !one == 0)
    }

    pub(super) fn join(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (one, two) in self.0.iter_mut().zip(&other.0) {
            *one |= two;
        }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.0.len() * 64).filter(|&row| self.has(row))
    }
}
