//! Which demo chains there are.
use jiff::{Timestamp, civil::Date};

use crate::{
    buying,
    chain::Chain,
    fashion,
    figures::Figures,
    grocery,
    window::{LIVE_DAYS, Window},
};

/// A demo chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Two recorded grocery shops and a buying station.
    Grocery,
    /// Twelve authored fashion branches in Hanoi and Ho Chi Minh City.
    Fashion,
    /// Six authored buying stations in Thailand.
    Buying,
}

impl Kind {
    /// The name on the command line.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Grocery => "grocery",
            Self::Fashion => "fashion",
            Self::Buying => "buying",
        }
    }

    /// In which time most of its locations live.
    #[must_use]
    pub const fn time_zone(self) -> &'static str {
        match self {
            Self::Grocery => grocery::TIME_ZONE,
            Self::Fashion => fashion::TIME_ZONE,
            Self::Buying => buying::TIME_ZONE,
        }
    }

    /// The days up to `today`: so many before those that are watched, or all that there are.
    #[must_use]
    pub fn window(self, today: Date, history: Option<i64>) -> Window {
        match (self, history) {
            (_, Some(days)) => Window::last(today, days + LIVE_DAYS),
            (Self::Grocery, None) => Window::all(today),
            (Self::Fashion, None) => Window::last(today, fashion::DAYS),
            (Self::Buying, None) => Window::last(today, buying::DAYS),
        }
    }

    /// The chain with the trade of `window`.
    #[must_use]
    pub fn chain(self, window: Window) -> Chain {
        match self {
            Self::Grocery => grocery::chain(window),
            Self::Fashion => fashion::chain(window),
            Self::Buying => buying::chain(window),
        }
    }

    /// What the books must say: of recorded trade straight from the recorded rows, of authored trade from the trade.
    #[must_use]
    pub fn expected(self, chain: &Chain, window: Window, until: Timestamp) -> Figures {
        match self {
            Self::Grocery => Figures::expected(window, until),
            Self::Fashion | Self::Buying => Figures::of(chain, until),
        }
    }
}
