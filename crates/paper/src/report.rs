//! X and Z reports: the figures of a shift before and at its closing.
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use retail::{amount::Amount, sale::TenderKind, tax::TaxLine};

use crate::{
    Document, Header, Locale, Style, Width,
    receipt::{copy, tender_name},
    words::Word,
};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// The shift goes on.
    X,
    /// It has ended; its number has no gap.
    Z {
        /// The number in the register's series.
        number: i64,
    },
}

/// What a sum is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sum {
    /// Sold for this.
    Tender(TenderKind),
    /// Paid out of the drawer for goods.
    PurchasesPaid,
    /// Something with a name of its own.
    Named(String),
}

impl Sum {
    fn name(&self, locale: &Locale) -> String {
        match self {
            Self::Tender(kind) => tender_name(*kind).of(locale.language).to_owned(),
            Self::PurchasesPaid => Word::PurchasesPaid.of(locale.language).to_owned(),
            Self::Named(name) => name.clone(),
        }
    }
}

/// The figures of a shift as they are printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Who prints.
    pub header: Header,
    /// X or Z.
    pub kind: ReportKind,
    /// Of which register.
    pub register: String,
    /// Of which business date.
    pub business_date: Date,
    /// The shop's zone.
    pub zone: TimeZone,
    /// When the shift began, and who opened it.
    pub opened: (Timestamp, String),
    /// When it ended, and who closed it.
    pub closed: Option<(Timestamp, String)>,
    /// Sales and purchases in it.
    pub documents: (i64, i64),
    /// Sums in this order: what was sold by tender, what was paid out, and whatever else the shift counts.
    pub sums: Vec<(Sum, Amount)>,
    /// What each tax rate comes to.
    pub taxes: Vec<TaxLine>,
    /// Cash that the drawer began with.
    pub float: Amount,
    /// Cash that should be in it; none while the count is blind.
    pub expected: Option<Amount>,
    /// Cash that was counted.
    pub counted: Option<Amount>,
    /// Which copy it is; 0 for the first print.
    pub copy: u32,
}

impl Report {
    /// The report on paper, without the cut.
    #[must_use]
    pub fn document(&self, width: Width, locale: &Locale) -> Document {
        let say = |word: Word| word.of(locale.language);
        let mut paper = Document::new(width);
        self.header.print(&mut paper, say(Word::TaxNumber));
        let title = match self.kind {
            ReportKind::X => say(Word::XReport).to_owned(),
            ReportKind::Z { number } => format!("{} {number}", say(Word::ZReport)),
        };
        paper.middle(title, Style::LARGE);
        copy(&mut paper, say(Word::Copy), self.copy);
        paper.middle(&self.register, Style::PLAIN).columns(
            say(Word::BusinessDate),
            locale.date(self.business_date),
            Style::PLAIN,
        );
        let ends = [
            (Word::Opened, Some(&self.opened)),
            (Word::Closed, self.closed.as_ref()),
        ];
        for (word, end) in ends {
            if let Some((at, who)) = end {
                paper
                    .columns(say(word), locale.instant(*at, &self.zone), Style::PLAIN)
                    .columns("", who, Style::SMALL);
            }
        }
        paper.rule();
        for (word, count) in [
            (Word::Sales, self.documents.0),
            (Word::Purchases, self.documents.1),
        ] {
            if count != 0 || word == Word::Sales {
                paper.columns(say(word), count.to_string(), Style::PLAIN);
            }
        }
        for (name, sum) in &self.sums {
            paper.columns(name.name(locale), locale.amount(*sum), Style::PLAIN);
        }
        for tax in self.taxes.iter().filter(|tax| tax.tax != Amount::ZERO) {
            let name = format!("{} {}", say(Word::Tax), locale.rate(tax.rate));
            paper.columns(name, locale.amount(tax.tax), Style::PLAIN);
        }
        paper.rule();
        self.drawer(&mut paper, locale);
        paper
    }

    fn drawer(&self, paper: &mut Document, locale: &Locale) {
        let difference = self
            .counted
            .zip(self.expected)
            .map(|(counted, expected)| counted - expected);
        let figures = [
            (Word::Float, Some(self.float), Style::PLAIN),
            (Word::Expected, self.expected, Style::PLAIN),
            (Word::Counted, self.counted, Style::BOLD),
            (Word::Difference, difference, Style::BOLD),
        ];
        for (word, amount, style) in figures {
            if let Some(amount) = amount {
                paper.columns(word.of(locale.language), locale.amount(amount), style);
            }
        }
    }
}
