//! The receipt: what a customer takes away.
use jiff::{Timestamp, tz::TimeZone};
use retail::{
    amount::Amount,
    price::Price,
    quantity::{Quantity, Unit},
    sale::TenderKind,
    tax::TaxLine,
};

use crate::{Bitmap, Document, Locale, Part, Qr, Style, Width, words::Word};

/// Who prints, at the head of every paper.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// The shop's logo.
    pub logo: Option<Bitmap>,
    /// The shop's name.
    pub name: String,
    /// Its address; empty for none.
    pub address: String,
    /// The number that the tax office knows it by.
    pub tax_number: Option<String>,
}

/// What was taken off a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discount {
    /// How much.
    pub amount: Amount,
    /// Why, as the cashier or the promotion says it.
    pub reason: Option<String>,
}

/// One line of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptLine {
    /// What was sold.
    pub name: String,
    /// How much.
    pub quantity: Quantity,
    /// Its base unit.
    pub unit: Unit,
    /// As charged.
    pub price: Price,
    /// What was taken off.
    pub discounts: Vec<Discount>,
    /// What the customer pays for it.
    pub total: Amount,
}

/// One payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tender {
    /// How.
    pub kind: TenderKind,
    /// How much.
    pub amount: Amount,
    /// The terminal's or the coupon's own number.
    pub reference: Option<String>,
}

/// A sale as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Who prints.
    pub header: Header,
    /// Its number.
    pub number: String,
    /// When it was closed.
    pub closed_at: Timestamp,
    /// The shop's zone.
    pub zone: TimeZone,
    /// At which register.
    pub register: String,
    /// By whom.
    pub staff: String,
    /// Who bought, masked; none: nobody was named.
    pub customer: Option<String>,
    /// In the order of scanning.
    pub lines: Vec<ReceiptLine>,
    /// The lines before discounts.
    pub subtotal: Amount,
    /// All discounts.
    pub discount: Amount,
    /// The part of them that promotions gave.
    pub saved: Amount,
    /// What each rate comes to.
    pub taxes: Vec<TaxLine>,
    /// What was paid for.
    pub total: Amount,
    /// The payments.
    pub tenders: Vec<Tender>,
    /// Cash handed back.
    pub change: Amount,
    /// Which copy it is; 0 for the first print.
    pub copy: u32,
}

impl Receipt {
    /// The receipt on paper, without the cut.
    #[must_use]
    pub fn document(&self, width: Width, locale: &Locale) -> Document {
        let say = |word: Word| word.of(locale.language);
        let mut paper = Document::new(width);
        self.header.print(&mut paper, say(Word::TaxNumber));
        paper.middle(
            format!("{} {}", say(Word::Receipt), self.number),
            Style::BOLD,
        );
        copy(&mut paper, say(Word::Copy), self.copy);
        paper
            .middle(locale.instant(self.closed_at, &self.zone), Style::PLAIN)
            .middle(
                format!("{} · {} {}", self.register, say(Word::ServedBy), self.staff),
                Style::PLAIN,
            );
        if let Some(customer) = &self.customer {
            paper.middle(format!("{} {customer}", say(Word::Customer)), Style::PLAIN);
        }
        paper.rule();
        for line in &self.lines {
            line.print(&mut paper, locale);
        }
        paper.rule();
        if self.discount != Amount::ZERO {
            paper
                .columns(
                    say(Word::Subtotal),
                    locale.amount(self.subtotal),
                    Style::PLAIN,
                )
                .columns(
                    say(Word::Discount),
                    locale.amount(-self.discount),
                    Style::PLAIN,
                );
        }
        paper.columns(say(Word::Total), locale.amount(self.total), Style::LARGE);
        for tender in &self.tenders {
            let mut name = tender_name(tender.kind).of(locale.language).to_owned();
            if let Some(reference) = &tender.reference {
                name = format!("{name} {reference}");
            }
            paper.columns(name, locale.amount(tender.amount), Style::PLAIN);
        }
        paper.columns(say(Word::Change), locale.amount(self.change), Style::BOLD);
        if self.saved != Amount::ZERO {
            let saved = format!("{} {}", say(Word::Saved), locale.amount(self.saved));
            paper.space(8).middle(saved, Style::BOLD);
        }
        tax_table(&self.taxes, &mut paper, locale);
        paper
            .rule()
            .middle(say(Word::Thanks), Style::PLAIN)
            .space(16);
        if let Some(code) = Qr::new(&self.number) {
            paper.part(Part::Qr(code));
        }
        paper
    }
}

/// One row for each rate: what it was charged on, and how much of the total it is.
pub(crate) fn tax_table(taxes: &[TaxLine], paper: &mut Document, locale: &Locale) {
    let charged = taxes.iter().filter(|tax| tax.tax != Amount::ZERO);
    for (at, tax) in charged.enumerate() {
        if at == 0 {
            let head = [Word::Rate, Word::Net, Word::Tax, Word::Total];
            let head = head.map(|word| word.of(locale.language));
            paper.rule().cells(head, Style::SMALL);
        }
        paper.cells(
            [
                locale.rate(tax.rate),
                locale.amount(tax.gross - tax.tax),
                locale.amount(tax.tax),
                locale.amount(tax.gross),
            ],
            Style::SMALL,
        );
    }
}

impl ReceiptLine {
    fn print(&self, paper: &mut Document, locale: &Locale) {
        let off: Amount = self.discounts.iter().map(|discount| discount.amount).sum();
        paper
            .columns(&self.name, locale.amount(self.total + off), Style::PLAIN)
            .text(
                format!(
                    "  {} × {}",
                    locale.quantity(self.quantity, self.unit),
                    price_for(self.price, self.unit, locale)
                ),
                Style::SMALL,
            );
        for discount in &self.discounts {
            let word = Word::Discount.of(locale.language);
            let reason = discount
                .reason
                .as_deref()
                .filter(|reason| !reason.is_empty());
            paper.columns(
                format!("  {}", reason.unwrap_or(word)),
                locale.amount(-discount.amount),
                Style::SMALL,
            );
        }
    }
}

impl Header {
    /// What shows that a printer is set up rightly: all letters of the language, and both edges of the paper.
    #[must_use]
    pub fn test_page(&self, width: Width, locale: &Locale) -> Document {
        let say = |word: Word| word.of(locale.language);
        let mut paper = Document::new(width);
        self.print(&mut paper, say(Word::TaxNumber));
        paper
            .middle(say(Word::TestPage), Style::LARGE)
            .rule()
            .columns("|<", ">|", Style::PLAIN)
            .text(
                "ABC abc 0123456789 - Tiếng Việt ẤỆỔỮỰ đ - ภาษาไทย ที่นี่ น้ำ",
                Style::PLAIN,
            )
            .columns(
                say(Word::Total),
                locale.amount(Amount::from_minor(1_234_567)),
                Style::BOLD,
            )
            .rule();
        paper
    }

    /// The head of a paper.
    pub(crate) fn print(&self, paper: &mut Document, tax_number: &str) {
        if let Some(logo) = &self.logo {
            paper.part(Part::Picture(logo.clone())).space(8);
        }
        paper.middle(&self.name, Style::LARGE);
        if !self.address.is_empty() {
            paper.middle(&self.address, Style::PLAIN);
        }
        if let Some(number) = &self.tax_number {
            paper.middle(format!("{tax_number} {number}"), Style::PLAIN);
        }
        paper.space(10);
    }
}

/// `$1.99`, `$1.99 / kg`.
pub(crate) fn price_for(price: Price, unit: Unit, locale: &Locale) -> String {
    let (amount, basis) = (locale.price(price.major()), locale.basis(price, unit));
    if basis.is_empty() {
        amount
    } else {
        format!("{amount} / {basis}")
    }
}

/// Says that it is not the first print.
pub(crate) fn copy(paper: &mut Document, word: &str, copy: u32) {
    match copy {
        0 => {}
        1 => drop(paper.middle(format!("*** {word} ***"), Style::BOLD)),
        more => drop(paper.middle(format!("*** {word} {more} ***"), Style::BOLD)),
    }
}

pub(crate) const fn tender_name(kind: TenderKind) -> Word {
    match kind {
        TenderKind::Cash => Word::Cash,
        TenderKind::Card => Word::Card,
        TenderKind::Coupon => Word::Coupon,
    }
}
