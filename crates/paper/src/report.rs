//! X and Z reports: the figures of a shift before and at its closing.
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use retail::{amount::Amount, report::Figure, sale::TenderKind, tax::TaxLine};

use crate::{
    Document, Header, Locale, Style, Width,
    receipt::{copy, tender_name},
    words::Word,
};

/// Rows of dots for a name to be written by hand.
const SIGNATURE_ROWS: u16 = 72;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// The shift goes on.
    X {
        /// The figures are of this instant.
        at: Timestamp,
    },
    /// It has ended; its number has no gap.
    Z {
        /// The number in the register's series.
        number: i64,
    },
}

/// What was sold in a shift.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sold {
    /// Sales.
    pub sales: i64,
    /// Numbers of the first and the last receipt.
    pub receipts: Option<(String, String)>,
    /// Before discounts.
    pub gross: Amount,
    /// Lines with a discount.
    pub discounts: Figure,
    /// Lines at another price than the list's.
    pub other_prices: Figure,
    /// Lines of goods that came back.
    pub returns: Figure,
    /// What customers paid.
    pub total: Amount,
    /// What each tax rate comes to.
    pub taxes: Vec<TaxLine>,
    /// By kind of payment.
    pub tenders: Vec<(TenderKind, Figure)>,
    /// By department; without a name: what stands on no shelf.
    pub departments: Vec<(Option<String>, Figure)>,
}

/// What passed through a drawer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DrawerFigures {
    /// Cash that it began with.
    pub float: Amount,
    /// Cash kept from sales.
    pub cash: Amount,
    /// Purchases, and the cash paid out for them.
    pub purchases: Figure,
    /// Purchases that were voided or replaced, and the cash that came back for them.
    pub purchases_back: Figure,
    /// Other cash that was put in.
    pub paid_in: Figure,
    /// Other cash that was spent.
    pub paid_out: Figure,
    /// Cash that went to the safe.
    pub drops: Figure,
    /// Cash that should be in it.
    pub expected: Amount,
    /// Cash that was counted.
    pub counted: Option<Amount>,
    /// Notes and coins of the count.
    pub pieces: Vec<(Amount, i64)>,
    /// Why the two differ.
    pub reason: Option<String>,
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
    /// The second person, when the difference needed one.
    pub approved_by: Option<String>,
    /// What was sold.
    pub sold: Sold,
    /// What passed through the drawer.
    pub drawer: DrawerFigures,
    /// What all Z reports of the register come to, before this one and with it.
    pub grand_total: Option<(Amount, Amount)>,
    /// Which copy it is; 0 for the first print.
    pub copy: u32,
}

impl Report {
    /// The report on paper, without the cut.
    #[must_use]
    pub fn document(&self, width: Width, locale: &Locale) -> Document {
        let mut paper = Writing {
            paper: Document::new(width),
            locale,
        };
        self.head(&mut paper);
        paper.rule();
        self.sales(&mut paper);
        self.parts(&mut paper);
        paper.title(Word::Drawer);
        self.drawer(&mut paper);
        if let Some((before, with)) = self.grand_total {
            paper.rule();
            paper.line(Word::GrandTotalBefore, before, Style::SMALL);
            paper.line(Word::GrandTotal, with, Style::BOLD);
        }
        if matches!(self.kind, ReportKind::Z { .. }) {
            for word in [Word::SignatureOfCashier, Word::SignatureOfManager] {
                let say = paper.say(word);
                paper
                    .paper
                    .space(SIGNATURE_ROWS)
                    .rule()
                    .middle(say, Style::SMALL);
            }
        }
        paper.paper
    }

    fn head(&self, writing: &mut Writing<'_>) {
        let locale = writing.locale;
        let tax_number = writing.say(Word::TaxNumber);
        self.header.print(&mut writing.paper, tax_number);
        let title = match self.kind {
            ReportKind::X { .. } => writing.say(Word::XReport).to_owned(),
            ReportKind::Z { number } => format!("{} {number}", writing.say(Word::ZReport)),
        };
        writing.paper.middle(title, Style::LARGE);
        let word = writing.say(Word::Copy);
        copy(&mut writing.paper, word, self.copy);
        writing.paper.middle(&self.register, Style::PLAIN);
        let date = locale.date(self.business_date);
        writing.text(Word::BusinessDate, date);
        let ends = [
            (Word::Opened, Some(&self.opened)),
            (Word::Closed, self.closed.as_ref()),
        ];
        for (word, end) in ends {
            if let Some((at, who)) = end {
                writing.text(word, locale.instant(*at, &self.zone));
                writing.paper.columns("", who, Style::SMALL);
            }
        }
        if let ReportKind::X { at } = self.kind {
            writing.text(Word::AsOf, locale.instant(at, &self.zone));
        }
        if let Some(second) = &self.approved_by {
            writing.text(Word::ApprovedBy, second.clone());
        }
    }

    fn sales(&self, writing: &mut Writing<'_>) {
        let sold = &self.sold;
        writing.text(Word::Sales, sold.sales.to_string());
        if let Some((first, last)) = &sold.receipts {
            writing.text(Word::Receipts, format!("{first} – {last}"));
        }
        if sold.discounts.count != 0 {
            writing.line(Word::GrossSales, sold.gross, Style::PLAIN);
        }
        writing.figure(Word::Discount, sold.discounts, true);
        writing.figure(Word::OtherPrices, sold.other_prices, false);
        writing.figure(Word::Returns, sold.returns, true);
        writing.line(Word::SalesTotal, sold.total, Style::BOLD);
        for tax in sold.taxes.iter().filter(|tax| tax.gross != Amount::ZERO) {
            let locale = writing.locale;
            let name = format!(
                "{} {} ({})",
                writing.say(Word::Tax),
                locale.rate(tax.rate),
                locale.amount(tax.gross)
            );
            writing
                .paper
                .columns(name, locale.amount(tax.tax), Style::PLAIN);
        }
    }

    fn parts(&self, writing: &mut Writing<'_>) {
        if !self.sold.tenders.is_empty() {
            writing.title(Word::Payments);
        }
        for (kind, figure) in &self.sold.tenders {
            writing.figure(tender_name(*kind), *figure, false);
        }
        if !self.sold.departments.is_empty() {
            writing.title(Word::Departments);
        }
        for (name, figure) in &self.sold.departments {
            let none = writing.say(Word::NoDepartment);
            let name = name.as_deref().unwrap_or(none);
            writing.named(name, *figure, figure.amount);
        }
    }

    fn drawer(&self, writing: &mut Writing<'_>) {
        let drawer = &self.drawer;
        writing.line(Word::Float, drawer.float, Style::PLAIN);
        writing.line(Word::CashSales, drawer.cash, Style::PLAIN);
        writing.figure(Word::PurchasesPaid, drawer.purchases, true);
        writing.figure(Word::PurchasesBack, drawer.purchases_back, false);
        writing.figure(Word::PaidIn, drawer.paid_in, false);
        writing.figure(Word::PaidOut, drawer.paid_out, true);
        writing.figure(Word::ToSafe, drawer.drops, true);
        writing.line(Word::Expected, drawer.expected, Style::BOLD);
        let Some(counted) = drawer.counted else {
            return;
        };
        for (value, count) in &drawer.pieces {
            let locale = writing.locale;
            let name = format!("{count} × {}", locale.amount(*value));
            let worth = Amount::from_minor(value.minor() * count);
            writing
                .paper
                .columns(name, locale.amount(worth), Style::SMALL);
        }
        writing.line(Word::Counted, counted, Style::BOLD);
        writing.line(Word::Difference, counted - drawer.expected, Style::BOLD);
        if let Some(reason) = &drawer.reason {
            writing.text(Word::Reason, reason.clone());
        }
    }
}

/// A report while it is written.
struct Writing<'a> {
    paper: Document,
    locale: &'a Locale,
}

impl Writing<'_> {
    fn say(&self, word: Word) -> &'static str {
        word.of(self.locale.language)
    }

    fn rule(&mut self) {
        self.paper.rule();
    }

    fn title(&mut self, word: Word) {
        let say = self.say(word);
        self.paper.rule().text(say, Style::BOLD);
    }

    fn text(&mut self, word: Word, text: String) {
        let say = self.say(word);
        self.paper.columns(say, text, Style::PLAIN);
    }

    fn line(&mut self, word: Word, amount: Amount, style: Style) {
        let (say, amount) = (self.say(word), self.locale.amount(amount));
        self.paper.columns(say, amount, style);
    }

    /// A figure with how often; nothing when it never was.
    fn figure(&mut self, word: Word, figure: Figure, is_taken_off: bool) {
        if figure != Figure::default() {
            let amount = if is_taken_off {
                -figure.amount
            } else {
                figure.amount
            };
            self.named(self.say(word), figure, amount);
        }
    }

    fn named(&mut self, name: &str, figure: Figure, amount: Amount) {
        let name = format!("{name} ({})", figure.count);
        let amount = self.locale.amount(amount);
        self.paper.columns(name, amount, Style::PLAIN);
    }
}
