//! Labels: on the shelf with the price, and on an item to be scanned.
use retail::{
    price::Price,
    quantity::{Quantity, Unit},
};
use rust_decimal::Decimal;

use crate::{Barcode, Document, Locale, Part, Style, Width, receipt::price_for};

/// What a price per measure is for: a kilogram, a litre, a metre.
const MEASURE: i64 = 1000;

/// A label for the shelf: what it costs, and what a kilogram or litre of it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShelfLabel {
    /// What is sold.
    pub name: String,
    /// Our code of it.
    pub sku: String,
    /// What it costs.
    pub price: Price,
    /// Its base unit.
    pub unit: Unit,
    /// What one piece holds, when that is known: the law wants its price by weight or volume beside it.
    pub content: Option<(Quantity, Unit)>,
    /// What it is scanned by.
    pub barcode: Option<Barcode>,
}

/// A label for an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemLabel {
    /// What is sold.
    pub name: String,
    /// Our code of it.
    pub sku: String,
    /// What it costs; none for goods that are labelled without.
    pub price: Option<(Price, Unit)>,
    /// What it is scanned by.
    pub barcode: Option<Barcode>,
}

impl ShelfLabel {
    /// The label on paper, without the cut.
    #[must_use]
    pub fn document(&self, width: Width, locale: &Locale) -> Document {
        let mut paper = Document::new(width);
        paper
            .text(&self.name, Style::BOLD)
            .middle(price_for(self.price, self.unit, locale), Style::HUGE);
        if let Some(per_measure) = self.per_measure(locale) {
            paper.columns(&self.sku, per_measure, Style::SMALL);
        } else {
            paper.text(&self.sku, Style::SMALL);
        }
        symbol(&mut paper, self.barcode.as_ref());
        paper
    }

    /// `$3.98 / kg` of what costs `$1.99` and holds 500 g.
    fn per_measure(&self, locale: &Locale) -> Option<String> {
        let (content, unit) = self.content?;
        if self.unit != Unit::Piece || content.base_units() <= 0 {
            return None;
        }
        let pieces = Decimal::from(self.price.per()).checked_mul(content.base_units().into())?;
        let exact = self
            .price
            .major()
            .checked_mul(MEASURE.into())?
            .checked_div(pieces)?;
        let shown = exact.round_dp_with_strategy(
            locale.currency.exponent,
            rust_decimal::RoundingStrategy::MidpointAwayFromZero,
        );
        Some(price_for(Price::new(shown, MEASURE).ok()?, unit, locale))
    }
}

impl ItemLabel {
    /// The label on paper, without the cut.
    #[must_use]
    pub fn document(&self, width: Width, locale: &Locale) -> Document {
        let mut paper = Document::new(width);
        paper.text(&self.name, Style::PLAIN);
        match self.price {
            Some((price, unit)) => {
                paper.columns(&self.sku, price_for(price, unit, locale), Style::BOLD)
            }
            None => paper.text(&self.sku, Style::BOLD),
        };
        symbol(&mut paper, self.barcode.as_ref());
        paper
    }
}

fn symbol(paper: &mut Document, barcode: Option<&Barcode>) {
    if let Some(barcode) = barcode {
        paper.space(8).part(Part::Barcode(barcode.clone()));
    }
}
