//! What the cloud had nothing of a moment ago: it is not asked again for every scan of a basket.
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use httpkit::clock::Stopwatch;
use uuid::Uuid;
use wire::command::Ask;

/// How long the answer stands.
const SILENT: Duration = Duration::from_secs(5);
/// Answers that are remembered; more are forgotten.
const MOST_SILENT: usize = 1_000;

/// Limits of which the cloud had nothing.
#[derive(Default)]
pub(crate) struct Silence(Mutex<BTreeMap<(&'static str, Uuid), Stopwatch>>);

impl Silence {
    /// Those that it makes sense to ask for.
    pub(super) fn not_silent(&self, wanted: Vec<Ask>) -> Vec<Ask> {
        let silent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_silent = |ask: &Ask| {
            let named = ask.counter.allowance(ask.promotion, &ask.subject);
            named.is_none_or(|key| {
                silent
                    .get(&key)
                    .is_some_and(|since| since.elapsed() < SILENT)
            })
        };
        wanted.into_iter().filter(|ask| !is_silent(ask)).collect()
    }

    /// The cloud had nothing of any of these.
    pub(super) fn note(&self, wanted: &[Ask]) {
        let mut silent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if silent.len() + wanted.len() > MOST_SILENT {
            silent.clear();
        }
        for ask in wanted {
            if let Some(key) = ask.counter.allowance(ask.promotion, &ask.subject) {
                silent.insert(key, Stopwatch::start());
            }
        }
    }
}
