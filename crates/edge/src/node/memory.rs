//! What this process remembers of the node and of the cloud; gone when it ends.
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use httpkit::clock::Stopwatch;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::clock;
use crate::{allowance, recovery};

/// How the cloud is reached, as far as this process knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Link {
    /// The last exchange went well.
    pub(crate) connected: bool,
    /// When it did.
    pub(crate) last_contact: Option<Timestamp>,
    /// The newest event that the cloud is known to hold.
    pub(crate) acked: Option<i64>,
    /// Cloud's clock less ours.
    pub(crate) clock_offset_ms: Option<i64>,
    /// What is wrong.
    pub(crate) problem: Option<LinkProblem>,
    /// The cloud has a second copy of events up to here.
    pub(crate) safe: Option<i64>,
    /// This version speaks no protocol that the cloud does.
    pub(crate) too_old: bool,
    /// A command of the cloud is not known to this version; those behind it wait.
    pub(crate) waits_for_upgrade: bool,
    /// When the contact was written down.
    pub(crate) kept_at: Option<Timestamp>,
}

/// What is wrong between the shop and the cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LinkProblem {
    pub(crate) kind: LinkProblemKind,
    /// For people.
    pub(crate) text: String,
}

/// What kind of problem it is: most need nobody at a till.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LinkProblemKind {
    /// The cloud is out of reach, or has no time now. It is asked again.
    Unreachable,
    /// The cloud refuses what this shop sends.
    Refused,
    /// The cloud takes no more of this log.
    Stopped,
    /// The cloud has some events and could not apply them; the office sees them.
    Held,
}

impl Link {
    /// Whether something of the cloud waits for a newer version of this program.
    pub(crate) const fn upgrade(&self) -> bool {
        self.too_old || self.waits_for_upgrade
    }
}

/// What this process remembers of the node's standing, so that a request costs no query.
#[derive(Default)]
pub(crate) struct Memory {
    has_background: AtomicBool,
    is_asked: AtomicBool,
    is_over: AtomicBool,
    is_overruled: AtomicBool,
    cloud_time: Mutex<Option<clock::CloudTime>>,
    is_comparing: AtomicBool,
    cloud_agrees: AtomicBool,
    till_agrees: AtomicBool,
    books: Mutex<Books>,
    /// Limits of which the cloud had nothing a moment ago.
    pub(crate) silence: allowance::Silence,
}

/// Whether the books are what the log says, as the check after the start has found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Books {
    /// The check is not done.
    #[default]
    Unchecked,
    /// They are.
    Agree,
    /// Some account is not. Selling goes on; the office was told.
    Differ,
}

impl Memory {
    /// A task talks to the cloud.
    pub(crate) fn has_background(&self) -> bool {
        self.has_background.load(Ordering::Acquire)
    }

    pub(crate) fn set_background(&self) {
        self.has_background.store(true, Ordering::Release);
    }

    /// The cloud has said, since the start, that it holds nothing that the file does not have.
    pub(crate) fn is_asked(&self) -> bool {
        self.is_asked.load(Ordering::Acquire)
    }

    pub(crate) fn set_asked(&self) {
        self.is_asked.store(true, Ordering::Release);
    }

    /// The epoch was taken for over, by a till's word or the cloud's.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    pub(crate) fn set_over(&self, is_over: bool) {
        self.is_over.store(is_over, Ordering::Release);
    }

    /// The cloud has said that this epoch is alive, against a till's word.
    pub(crate) fn is_overruled(&self) -> bool {
        self.is_overruled.load(Ordering::Acquire)
    }

    pub(crate) fn overrule(&self) {
        self.is_overruled.store(true, Ordering::Release);
    }

    /// What the cloud has said that the time is.
    pub(crate) fn cloud_time(&self) -> Option<clock::CloudTime> {
        *self
            .cloud_time
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_cloud_time(&self, at: Timestamp) {
        let since = Stopwatch::start();
        *self
            .cloud_time
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(clock::CloudTime { at, since });
    }

    /// Whether the books are what the log says.
    pub(crate) fn books(&self) -> Books {
        *self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_books(&self, found: Books) {
        *self.books.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }

    /// A file from a backup is compared with what others have seen.
    pub(crate) fn begin_comparison(&self) {
        self.is_comparing.store(true, Ordering::Release);
    }

    pub(crate) fn end_comparison(&self) {
        self.is_comparing.store(false, Ordering::Release);
    }

    /// Whether cloud and tills both agree now, for the first time.
    pub(crate) fn agreed(&self, witness: recovery::Witness) -> bool {
        if !self.is_comparing.load(Ordering::Acquire) {
            return false;
        }
        let own = match witness {
            recovery::Witness::Cloud => &self.cloud_agrees,
            recovery::Witness::Till => &self.till_agrees,
        };
        own.store(true, Ordering::Release);
        self.cloud_agrees.load(Ordering::Acquire) && self.till_agrees.load(Ordering::Acquire)
    }
}
