//! The receipt of a return: what a customer takes away who has brought goods back.
use jiff::{Timestamp, tz::TimeZone};
use retail::{
    amount::Amount,
    quantity::{Quantity, Unit},
    tax::TaxLine,
};

use crate::{
    Document, Header, Locale, Part, Qr, Style, Tender, Width,
    receipt::{copy, tax_table, tender_name},
    words::Word,
};

/// Rows that are left for a signature.
const SIGNATURE_ROWS: u16 = 90;

/// One line of a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnReceiptLine {
    /// What came back.
    pub name: String,
    /// How much; zero: it came back before, and gets more now.
    pub quantity: Quantity,
    /// Its base unit.
    pub unit: Unit,
    /// It is put aside.
    pub is_damaged: bool,
    /// What the customer gets for it.
    pub total: Amount,
}

/// A return as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnReceipt {
    /// Who prints.
    pub header: Header,
    /// Its number.
    pub number: String,
    /// When.
    pub returned_at: Timestamp,
    /// The shop's zone.
    pub zone: TimeZone,
    /// The number of the sale.
    pub of: String,
    /// When that was.
    pub sold_at: Timestamp,
    /// At which register.
    pub register: String,
    /// By whom.
    pub staff: String,
    /// Who let it be, when it was not the cashier alone.
    pub approved_by: Option<String>,
    /// Who bought, masked; none: nobody was named.
    pub customer: Option<String>,
    /// One of `retail::returns::REASONS`.
    pub reason: String,
    /// In people's own words.
    pub note: Option<String>,
    /// What came back.
    pub lines: Vec<ReturnReceiptLine>,
    /// Discounts that kept goods lose, by the promotion's name, which may be empty.
    pub lost: Vec<(String, Amount)>,
    /// Gifts that are kept and cost their price.
    pub charged: Vec<(String, Amount)>,
    /// What each rate comes to.
    pub taxes: Vec<TaxLine>,
    /// What the customer gets.
    pub total: Amount,
    /// How.
    pub tenders: Vec<Tender>,
    /// Which copy it is; 0 for the first print.
    pub copy: u32,
}

impl ReturnReceipt {
    /// The receipt on paper, without the cut.
    #[must_use]
    pub fn document(&self, width: Width, locale: &Locale) -> Document {
        let say = |word: Word| word.of(locale.language);
        let mut paper = Document::new(width);
        self.head(&mut paper, locale);
        paper.rule();
        for line in &self.lines {
            line.print(&mut paper, locale);
        }
        paper.rule();
        self.reasons(&mut paper, locale);
        let total = locale.amount(-self.total);
        paper.columns(say(Word::Refund), total, Style::LARGE);
        for tender in &self.tenders {
            let mut name = tender_name(tender.kind).of(locale.language).to_owned();
            if let Some(reference) = &tender.reference {
                name = format!("{name} {reference}");
            }
            paper.columns(name, locale.amount(-tender.amount), Style::PLAIN);
        }
        let taxes = self.taxes.iter().map(|tax| TaxLine {
            rate: tax.rate,
            gross: -tax.gross,
            tax: -tax.tax,
        });
        tax_table(&taxes.collect::<Vec<_>>(), &mut paper, locale);
        paper
            .space(SIGNATURE_ROWS)
            .rule()
            .middle(say(Word::SignatureOfCustomer), Style::SMALL)
            .space(16);
        if let Some(code) = Qr::new(&self.number) {
            paper.part(Part::Qr(code));
        }
        paper
    }

    fn head(&self, paper: &mut Document, locale: &Locale) {
        let say = |word: Word| word.of(locale.language);
        self.header.print(paper, say(Word::TaxNumber));
        paper
            .middle(say(Word::ReturnReceipt), Style::LARGE)
            .middle(&self.number, Style::BOLD);
        copy(paper, say(Word::Copy), self.copy);
        paper
            .middle(format!("{} {}", say(Word::OfReceipt), self.of), Style::BOLD)
            .middle(locale.instant(self.sold_at, &self.zone), Style::SMALL)
            .middle(locale.instant(self.returned_at, &self.zone), Style::PLAIN)
            .middle(
                format!("{} · {} {}", self.register, say(Word::ServedBy), self.staff),
                Style::PLAIN,
            );
        if let Some(customer) = &self.customer {
            paper.middle(format!("{} {customer}", say(Word::Customer)), Style::PLAIN);
        }
        let reason = format!("{}: {}", say(Word::Reason), say(reason(&self.reason)));
        paper.middle(reason, Style::PLAIN);
        if let Some(note) = &self.note {
            paper.middle(note, Style::PLAIN);
        }
        if let Some(name) = &self.approved_by {
            paper.middle(format!("{}: {name}", say(Word::ApprovedBy)), Style::PLAIN);
        }
    }

    /// Why it is less than what the goods had cost.
    fn reasons(&self, paper: &mut Document, locale: &Locale) {
        let say = |word: Word| word.of(locale.language);
        if self.lost.is_empty() && self.charged.is_empty() {
            return;
        }
        let named = |word: Word, name: &str| match name {
            "" => say(word).to_owned(),
            name => format!("{}: {name}", say(word)),
        };
        for (name, amount) in &self.lost {
            let name = named(Word::LostDiscount, name);
            paper.columns(name, locale.amount(*amount), Style::SMALL);
        }
        for (name, amount) in &self.charged {
            let name = named(Word::KeptGift, name);
            paper.columns(name, locale.amount(*amount), Style::SMALL);
        }
        paper.rule();
    }
}

impl ReturnReceiptLine {
    fn print(&self, paper: &mut Document, locale: &Locale) {
        let say = |word: Word| word.of(locale.language);
        paper.columns(&self.name, locale.amount(-self.total), Style::PLAIN);
        if self.quantity == Quantity::ZERO {
            paper.text(format!("  {}", say(Word::CameBackBefore)), Style::SMALL);
            return;
        }
        let mut said = format!("  {}", locale.quantity(self.quantity, self.unit));
        if self.is_damaged {
            said = format!("{said} · {}", say(Word::Damaged));
        }
        paper.text(said, Style::SMALL);
    }
}

/// What a reason is called. A code that this version does not know is another reason; the note says which.
fn reason(code: &str) -> Word {
    match code {
        "unwanted" => Word::ReasonUnwanted,
        "size" => Word::ReasonSize,
        "defective" => Word::ReasonDefective,
        "wrong_item" => Word::ReasonWrongItem,
        "price" => Word::ReasonPrice,
        _ => Word::ReasonOther,
    }
}

#[cfg(test)]
mod tests {
    use retail::returns::{OTHER, REASONS};

    use super::reason;
    use crate::words::Word;

    #[test]
    fn every_reason_has_words() {
        for code in REASONS {
            let is_other = reason(code) == Word::ReasonOther;
            assert_eq!(is_other, code == OTHER, "{code}");
        }
    }
}
