//! The slip of cash that goes in or out of a drawer: kept with the money, signed by who moved it.
use jiff::{Timestamp, tz::TimeZone};
use retail::{amount::Amount, cash::MovementKind};

use crate::{Document, Header, Locale, Style, Width, receipt::copy, words::Word};

/// Rows of dots for a name to be written by hand.
const SIGNATURE_ROWS: u16 = 72;

/// Cash that went in or out, as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CashSlip {
    /// Who prints.
    pub header: Header,
    /// Which way.
    pub kind: MovementKind,
    /// Of which register.
    pub register: String,
    /// When.
    pub moved_at: Timestamp,
    /// The shop's zone.
    pub zone: TimeZone,
    /// How much.
    pub amount: Amount,
    /// The code of the reason.
    pub reason: &'static str,
    /// In people's own words.
    pub note: Option<String>,
    /// Who moved it.
    pub staff: String,
    /// The second person.
    pub approved_by: Option<String>,
    /// Which copy it is; 0 for the first print.
    pub copy: u32,
}

impl CashSlip {
    /// The slip on paper, without the cut.
    #[must_use]
    pub fn document(&self, width: Width, locale: &Locale) -> Document {
        let say = |word: Word| word.of(locale.language);
        let mut paper = Document::new(width);
        self.header.print(&mut paper, say(Word::TaxNumber));
        let title = match self.kind {
            MovementKind::PaidIn => Word::PaidIn,
            MovementKind::PaidOut => Word::PaidOut,
            MovementKind::Drop => Word::ToSafe,
        };
        paper
            .middle(say(title), Style::BOLD)
            .middle(locale.amount(self.amount), Style::LARGE);
        copy(&mut paper, say(Word::Copy), self.copy);
        paper
            .middle(&self.register, Style::PLAIN)
            .middle(locale.instant(self.moved_at, &self.zone), Style::PLAIN)
            .rule()
            .columns(say(Word::Reason), say(reason(self.reason)), Style::PLAIN);
        if let Some(note) = &self.note {
            paper.text(note, Style::PLAIN);
        }
        paper.columns(say(Word::By), &self.staff, Style::PLAIN);
        if let Some(second) = &self.approved_by {
            paper.columns(say(Word::ApprovedBy), second, Style::PLAIN);
        }
        paper
            .space(SIGNATURE_ROWS)
            .rule()
            .middle(say(Word::SignatureOfCashier), Style::SMALL);
        paper
    }
}

/// What a reason is called. A code that this version does not know is another reason; the note says which.
fn reason(code: &str) -> Word {
    match code {
        "change" => Word::ReasonChange,
        "found" => Word::ReasonFound,
        "repaid" => Word::ReasonRepaid,
        "supplies" => Word::ReasonSupplies,
        "delivery" => Word::ReasonDelivery,
        "refreshments" => Word::ReasonRefreshments,
        "staff" => Word::ReasonStaff,
        "safe" => Word::ReasonSafe,
        "bank" => Word::ReasonBank,
        _ => Word::ReasonOther,
    }
}

#[cfg(test)]
mod tests {
    use retail::cash::{MovementKind, OTHER};

    use super::reason;
    use crate::words::Word;

    #[test]
    fn every_reason_has_words() {
        for kind in MovementKind::ALL {
            for code in kind.reasons() {
                let is_other = reason(code) == Word::ReasonOther;
                assert_eq!(is_other, *code == OTHER, "{code}");
            }
        }
    }
}
