//! What is known of the storm at a moment: for the terminal and for the page.
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::watch;

use super::{Verdict, check::Invariants};
use crate::demo::screen::thousands;

/// What is happening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// It waits for somebody to look on.
    Waiting,
    /// The shelves are full, everybody is connected.
    Calm,
    /// A shop is cut off; everybody sells.
    Cut,
    /// Nobody can sell any more; the shop is still cut off.
    SoldOut,
    /// It is connected again.
    Back,
    /// The orders of the web are picked.
    Picking,
    /// The database was asked.
    Judged,
}

/// The web shop.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(super) struct Web {
    /// Paid orders, one unit each.
    pub(super) sold: i64,
    /// Buyers who were told that it is sold out.
    pub(super) refused: i64,
}

/// A shop.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Place {
    pub(super) name: String,
    /// Its cable is in.
    pub(super) up: bool,
    /// Given to the web before it began.
    pub(super) given: i64,
    /// By its tills.
    pub(super) sold: i64,
    /// Customers at a till who were told that it is sold out.
    pub(super) refused: i64,
    /// Orders of the web, handed over.
    pub(super) picked: i64,
    /// Records that only the shop has, as it says itself.
    pub(super) pending: i64,
}

/// All of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct State {
    pub(super) phase: Phase,
    pub(super) product: String,
    /// Units on each shelf at the beginning.
    pub(super) shelf: i64,
    /// Buyers who press Pay at the same moment.
    pub(super) buyers: usize,
    pub(super) web: Web,
    pub(super) shops: [Place; 2],
    /// The office's own invariants, as it serves them.
    pub(super) office: Option<Invariants>,
    pub(super) verdict: Option<Verdict>,
}

/// The state, shared with the page.
pub(super) struct Figures {
    state: Mutex<State>,
    watched: watch::Sender<bool>,
}

impl Figures {
    pub(super) fn new(product: &str, shops: [&str; 2], buyers: usize, shelf: i64) -> Self {
        let shops = shops.map(|name| Place {
            name: name.to_owned(),
            up: true,
            ..Place::default()
        });
        Self {
            state: Mutex::new(State {
                phase: Phase::Waiting,
                product: product.to_owned(),
                shelf,
                buyers,
                web: Web::default(),
                shops,
                office: None,
                verdict: None,
            }),
            watched: watch::Sender::new(false),
        }
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.locked());
    }

    /// The state, for somebody who looks on.
    pub(super) fn look(&self) -> State {
        self.watched.send_replace(true);
        self.locked().clone()
    }

    /// Waits until somebody looks on.
    pub(super) async fn is_watched(&self) {
        // The sender lives as long as this does.
        let _ = self.watched.subscribe().wait_for(|watched| *watched).await;
    }

    pub(super) fn phase(&self) -> Phase {
        self.locked().phase
    }

    /// Who has sold how much, in a line.
    pub(super) fn tally(&self) -> String {
        let state = self.locked();
        let [first, second] = &state.shops;
        format!(
            "web {}, {} {}, {} {} ({} records only there); sold out for {} on the web, {} at tills",
            thousands(state.web.sold),
            first.name,
            thousands(first.sold),
            second.name,
            thousands(second.sold),
            thousands(second.pending),
            thousands(state.web.refused),
            first.refused + second.refused,
        )
    }

    /// How many were told that it is sold out: on the web, and at tills.
    pub(super) fn refusals(&self) -> [i64; 2] {
        let state = self.locked();
        let tills = state.shops.iter().map(|shop| shop.refused).sum();
        [state.web.refused, tills]
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
