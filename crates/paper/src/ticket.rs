//! The buying ticket: what a supplier takes away from a buying station.
use jiff::{Timestamp, tz::TimeZone};
use retail::{
    amount::Amount,
    price::Price,
    quantity::{Quantity, Unit},
};

use crate::{
    Document, Header, Locale, Part, Qr, Style, Width,
    receipt::{copy, price_for},
    words::Word,
};

/// Rows that are left for a signature.
const SIGNATURE_ROWS: u16 = 90;

/// What the scale said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighing {
    /// On the scale.
    pub gross: Quantity,
    /// Of the containers.
    pub tare: Quantity,
    /// Typed by a person, not read from the scale.
    pub is_manual: bool,
    /// So is the tare.
    pub is_tare_typed: bool,
    /// What the tare is made of.
    pub containers: Option<Containers>,
}

/// What goods were weighed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Containers {
    /// What it is called.
    pub name: String,
    /// Of an empty one.
    pub each: Quantity,
    /// How many.
    pub count: i64,
}

/// One line of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketLine {
    /// What was bought.
    pub name: String,
    /// How much of it, net.
    pub quantity: Quantity,
    /// Its base unit.
    pub unit: Unit,
    /// How it was weighed, if it was.
    pub weighing: Option<Weighing>,
    /// What was paid for a unit.
    pub unit_cost: Price,
    /// What was paid for it.
    pub cost: Amount,
}

/// What a ticket is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketKind {
    /// A purchase that counts.
    Purchase,
    /// A purchase that counts no longer.
    TakenBack {
        /// The number of the document that took it back.
        by: String,
    },
    /// What takes a purchase back.
    Void {
        /// The purchase's number.
        of: String,
        /// Why.
        reason: String,
        /// Who let it be, when it was not the buyer alone.
        approved_by: Option<String>,
    },
    /// A purchase that stands in the place of another.
    Correction {
        /// The other's number.
        of: String,
        /// What was paid in cash for the other.
        paid_before: Option<Amount>,
        /// Why.
        reason: String,
        /// Who let it be, when it was not the buyer alone.
        approved_by: Option<String>,
    },
}

/// A purchase as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Who prints.
    pub header: Header,
    /// Its number.
    pub number: String,
    /// When.
    pub closed_at: Timestamp,
    /// The station's zone.
    pub zone: TimeZone,
    /// Who bought.
    pub staff: String,
    /// From whom, with the supplier's code.
    pub supplier: String,
    /// The number of the supplier's own document.
    pub supplier_document: Option<String>,
    /// In the order of weighing.
    pub lines: Vec<TicketLine>,
    /// What was paid.
    pub total: Amount,
    /// Paid from the drawer; else it is owed.
    pub is_cash: bool,
    /// What it is of.
    pub kind: TicketKind,
    /// Which copy it is; 0 for the first print.
    pub copy: u32,
}

impl Ticket {
    /// The ticket on paper, without the cut.
    #[must_use]
    pub fn document(&self, width: Width, locale: &Locale) -> Document {
        let say = |word: Word| word.of(locale.language);
        let mut paper = Document::new(width);
        self.header.print(&mut paper, say(Word::TaxNumber));
        paper.middle(
            format!("{} {}", say(Word::Ticket), self.number),
            Style::BOLD,
        );
        copy(&mut paper, say(Word::Copy), self.copy);
        self.kind.print(&mut paper, locale);
        paper
            .middle(locale.instant(self.closed_at, &self.zone), Style::PLAIN)
            .middle(
                format!("{} {}", say(Word::BoughtBy), self.staff),
                Style::PLAIN,
            )
            .rule()
            .columns(say(Word::Supplier), &self.supplier, Style::BOLD);
        if let Some(document) = &self.supplier_document {
            paper.columns(say(Word::SupplierDocument), document, Style::SMALL);
        }
        paper.rule();
        let is_void = matches!(self.kind, TicketKind::Void { .. });
        for line in &self.lines {
            line.print(&mut paper, locale, is_void);
        }
        let total = signed(self.total, is_void);
        paper
            .rule()
            .columns(say(Word::Total), locale.amount(total), Style::LARGE);
        self.payment(&mut paper, locale);
        paper
            .space(SIGNATURE_ROWS)
            .rule()
            .middle(say(Word::Signature), Style::SMALL)
            .space(16);
        if let Some(code) = Qr::new(&self.number) {
            paper.part(Part::Qr(code));
        }
        paper
    }
}

impl Ticket {
    /// How it is paid, or paid back; of a correction the difference alone passes the counter.
    fn payment(&self, paper: &mut Document, locale: &Locale) {
        let mut line = |word: Word, amount: Amount| {
            paper.columns(
                word.of(locale.language),
                locale.amount(amount),
                Style::PLAIN,
            );
        };
        match (&self.kind, self.is_cash) {
            (TicketKind::Void { .. }, true) => line(Word::CashBack, self.total),
            (TicketKind::Void { .. }, false) => line(Word::Account, -self.total),
            (
                TicketKind::Correction {
                    paid_before: Some(before),
                    ..
                },
                is_cash,
            ) => {
                line(if is_cash { Word::Cash } else { Word::Account }, self.total);
                line(Word::PaidBefore, *before);
                let now = if is_cash { self.total } else { Amount::ZERO } - *before;
                if now < Amount::ZERO {
                    line(Word::CashBack, -now);
                } else {
                    line(Word::PaidNow, now);
                }
            }
            (_, true) => line(Word::Cash, self.total),
            (_, false) => line(Word::Account, self.total),
        }
    }
}

impl TicketKind {
    fn print(&self, paper: &mut Document, locale: &Locale) {
        let say = |word: Word| word.of(locale.language);
        let (title, of, reason, approved_by) = match self {
            Self::Purchase => return,
            Self::TakenBack { by } => {
                paper.middle(format!("{} {by}", say(Word::TakenBackBy)), Style::BOLD);
                return;
            }
            Self::Void {
                of,
                reason,
                approved_by,
            } => (Word::VoidTicket, of, reason, approved_by),
            Self::Correction {
                of,
                reason,
                approved_by,
                ..
            } => (Word::Correction, of, reason, approved_by),
        };
        paper
            .middle(say(title), Style::LARGE)
            .middle(format!("{} {of}", say(Word::OfTicket)), Style::BOLD)
            .middle(format!("{}: {reason}", say(Word::Reason)), Style::PLAIN);
        if let Some(name) = approved_by {
            paper.middle(format!("{}: {name}", say(Word::ApprovedBy)), Style::PLAIN);
        }
    }
}

fn signed(amount: Amount, is_void: bool) -> Amount {
    if is_void { -amount } else { amount }
}

impl TicketLine {
    fn print(&self, paper: &mut Document, locale: &Locale, is_void: bool) {
        let say = |word: Word| word.of(locale.language);
        let cost = signed(self.cost, is_void);
        paper.columns(&self.name, locale.amount(cost), Style::BOLD);
        let mut net = "";
        if let Some(weighing) = &self.weighing {
            net = say(Word::NetWeight);
            weighing.print(paper, locale);
        }
        let each = price_for(self.unit_cost, self.unit, locale);
        paper.columns(
            format!("  {net} × {each}").replace("   ", "  "),
            locale.quantity(self.quantity, self.unit),
            Style::PLAIN,
        );
        if let Some(weighing) = &self.weighing {
            for (is_so, word) in [
                (weighing.is_manual, Word::TypedByHand),
                (weighing.is_tare_typed, Word::TareTypedByHand),
            ] {
                if is_so {
                    paper.text(format!("  * {}", say(word)), Style::SMALL);
                }
            }
        }
    }
}

impl Weighing {
    /// Gross, the containers, and what is taken off for them.
    fn print(&self, paper: &mut Document, locale: &Locale) {
        let say = |word: Word| word.of(locale.language);
        let weight = |quantity| locale.quantity(quantity, Unit::Gram);
        paper.columns(
            format!("  {}", say(Word::Gross)),
            weight(self.gross),
            Style::PLAIN,
        );
        if let Some(of) = &self.containers {
            let what = format!("  {} × {} ({})", of.count, of.name, weight(of.each));
            paper.text(what, Style::SMALL);
        }
        paper.columns(
            format!("  {}", say(Word::Tare)),
            weight(-self.tare),
            Style::PLAIN,
        );
    }
}
