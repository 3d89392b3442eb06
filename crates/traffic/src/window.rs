//! The days that a replay covers: the recorded trade is moved so that it ends on the anchor.
use jiff::{ToSpan, civil::Date};

/// Days at the end of the replay that are meant to be watched.
pub const LIVE_DAYS: i64 = 14;
/// More days than any source has.
const EVERYTHING: i64 = 1_000;

/// A stretch of business dates, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The last business date, usually today.
    pub anchor: Date,
    /// The first business date.
    pub from: Date,
}

impl Window {
    /// All the trade there is, ending on `anchor`.
    #[must_use]
    pub fn all(anchor: Date) -> Self {
        Self::last(anchor, EVERYTHING)
    }

    /// The last `days` business dates up to `anchor`.
    #[must_use]
    pub fn last(anchor: Date, days: i64) -> Self {
        let from = anchor.saturating_sub((days.clamp(1, EVERYTHING) - 1).days());
        Self { anchor, from }
    }

    /// The first business date of the part that is meant to be watched.
    #[must_use]
    pub fn live_from(self) -> Date {
        self.anchor
            .saturating_sub((LIVE_DAYS - 1).days())
            .max(self.from)
    }

    /// Whether `date` belongs to the replay.
    #[must_use]
    pub fn contains(self, date: Date) -> bool {
        (self.from..=self.anchor).contains(&date)
    }
}
