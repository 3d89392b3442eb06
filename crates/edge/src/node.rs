//! The node: this shop's identity towards the cloud, its clock, and how it stands with the cloud.
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use retail::{
    currency::Currency,
    location::{self, LocationId, NodeId},
    rights::Trust,
};
use uuid::Uuid;
pub(crate) use wire::event::SKEW_MS;
use wire::event::{Hash, Hlc};

use crate::db::{DbError, Snapshot};

pub(crate) mod clock;
pub(crate) mod db;
pub(crate) mod http;
pub(crate) mod key;
pub(crate) mod live;
mod memory;

pub(crate) use db::head_on_disk;
pub(crate) use key::Keys;
pub(crate) use memory::{Books, Link, LinkProblem, LinkProblemKind, Memory};

/// What the node is allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Belongs to no company yet.
    Unenrolled,
    /// Everything.
    Normal,
    /// Its machine is not the one it was enrolled on (decision 13). It sells.
    Restricted,
    /// The disk failed.
    Readonly,
}

impl Mode {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Unenrolled => "unenrolled",
            Self::Normal => "normal",
            Self::Restricted => "restricted",
            Self::Readonly => "readonly",
        }
    }

    fn by_code(code: &str) -> Option<Self> {
        [
            Self::Unenrolled,
            Self::Normal,
            Self::Restricted,
            Self::Readonly,
        ]
        .into_iter()
        .find(|mode| mode.code() == code)
    }
}

/// Where the node stands, as its one row says.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) node: Option<NodeId>,
    pub(crate) epoch: i64,
    pub(crate) last_seq: i64,
    pub(crate) head: Hash,
    pub(crate) acked: i64,
    pub(crate) r_cursor: i64,
    /// The cloud's, that the node follows.
    pub(crate) incarnation: i64,
    pub(crate) mode: Mode,
    /// The cloud has a second copy of events up to here.
    pub(crate) safe: i64,
    /// Why it is restricted, while it is.
    pub(crate) restricted: Option<Restricted>,
    /// An event that somebody has seen and the file has lost, until it is known what became of it.
    pub(crate) seen: Option<(i64, Hash)>,
    /// The file comes from a backup, and nobody has compared it yet.
    pub(crate) is_restored: bool,
    /// What the clock said when somebody confirmed it last.
    pub(crate) clock_confirmed: Option<Timestamp>,
    pub(crate) hlc: Hlc,
    pub(crate) fingerprint: Option<String>,
    pub(crate) cloud_url: Option<String>,
    pub(crate) location: Option<LocationId>,
    pub(crate) currency: Option<String>,
    pub(crate) newest_business_date: Option<Date>,
    pub(crate) last_contact: Option<Timestamp>,
    pub(crate) clock_offset_ms: Option<i64>,
    /// Of the location, once its row has come.
    pub(crate) time_zone: Option<String>,
}

/// Hashes that are kept in memory: a till that is not far behind costs no query.
const TRAIL: usize = 4_096;

/// The newest events with their hashes.
#[derive(Clone, Default)]
pub(crate) struct Trail(Arc<Mutex<VecDeque<(i64, Hash)>>>);

impl Trail {
    /// Adds the newest.
    pub(crate) fn push(&self, place: Place) {
        let mut trail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if trail.len() == TRAIL {
            trail.pop_front();
        }
        trail.push_back((place.seq, place.hash));
    }

    /// The hash of an event, if it is one of the newest.
    pub(crate) fn hash(&self, seq: i64) -> Option<Hash> {
        let trail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = trail.front()?.0;
        let (_, hash) = trail.get(usize::try_from(seq - first).ok()?)?;
        Some(*hash)
    }
}

/// Where the chain of events stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) epoch: i64,
    pub(crate) seq: i64,
    pub(crate) hash: Hash,
}

/// Why a node may not trust its own rights. It sells; what it may promise is counted anew (sync.md 2.9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Restricted {
    pub(crate) cause: Cause,
    /// For people.
    pub(crate) detail: String,
    /// Counts after this event are trusted.
    pub(crate) seq: i64,
}

/// What made a node restricted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It runs on another machine than it was enrolled on (decision 13).
    Machine,
    /// Its file went back: events that it had recorded are missing.
    Rollback,
    /// The cloud holds something else under its numbers.
    Fork,
    /// The office has declared it lost, or another node serves this shop.
    Fenced,
}

impl Cause {
    const ALL: [Self; 4] = [Self::Machine, Self::Rollback, Self::Fork, Self::Fenced];

    /// The name in events, databases and on the till.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Rollback => "rollback",
            Self::Fork => "fork",
            Self::Fenced => "fenced",
        }
    }

    /// The cause of that name.
    pub(crate) fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }

    /// Whether the epoch is over: what the node still records goes to salvage.
    pub(crate) const fn ends_the_epoch(self) -> bool {
        matches!(self, Self::Fork | Self::Fenced)
    }

    /// What to do about it.
    pub(crate) const fn advice(self) -> &'static str {
        match self {
            Self::Machine => {
                "A sale needs a supervisor until then. If the shop has moved to this machine for good: replace the node \
                 in the office and enrol this edge with the new code. If this is a copy of its disk: switch it off."
            }
            Self::Rollback => {
                "Connect the shop: what the cloud holds comes back by itself within a minute. Until then a sale needs a \
                 supervisor. If events stay missing: replace the node in the office, enrol this edge with the new code, \
                 and count."
            }
            Self::Fork => {
                "The disk of this edge was restored or copied, and both copies were used. Switch the copy off, replace \
                 the node in the office, enrol this edge with the new code, and count. Until then a sale needs a \
                 supervisor."
            }
            Self::Fenced => {
                "If this edge should go on serving the shop: ask the office for a code that replaces the node, and \
                 enrol this edge with it. If another one serves the shop: stop this one."
            }
        }
    }
}

impl State {
    /// The node's id; nil before it is one.
    pub(crate) fn id(&self) -> Uuid {
        self.node.map_or(Uuid::nil(), NodeId::as_uuid)
    }

    /// Whether the epoch is over: its events go to salvage.
    pub(crate) fn is_over(&self) -> bool {
        self.restricted
            .as_ref()
            .is_some_and(|restricted| restricted.cause.ends_the_epoch())
    }

    /// Whether events that somebody has seen are to be fetched from the cloud before anything else.
    pub(crate) fn is_behind(&self) -> bool {
        self.seen.is_some()
    }
}

/// The node belongs to no company yet, so it cannot record anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the node is not enrolled")]
pub struct Unenrolled;

/// What an operation needs to know of the shop it happens in, and where its chain of events stands.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) node: NodeId,
    pub(crate) epoch: i64,
    pub(crate) location: LocationId,
    pub(crate) currency: Currency,
    /// The newest event; moves with every one that is appended.
    pub(crate) last_seq: i64,
    pub(crate) head: Hash,
    pub(crate) hlc: Hlc,
    /// The newest message of the cloud that was taken; moves with the event that is its effect.
    pub(crate) r_cursor: i64,
    /// The cloud's incarnation that this place is in.
    pub(crate) incarnation: i64,
    /// Why and since when the node is restricted, while it is.
    restricted: Option<(Cause, i64)>,
    time_zone: Option<String>,
    newest_business_date: Option<Date>,
    /// What the clock said when somebody confirmed it last.
    confirmed_ms: Option<i64>,
    /// The logical clock follows the machine's no further.
    drag_limit_ms: i64,
}

impl Site {
    /// The next reading of the logical clock: a clock that nobody vouches for does not drag it far ahead.
    pub(crate) fn tick(&self, now: Timestamp) -> Hlc {
        let now_ms = now.as_millisecond();
        if now_ms > self.drag_limit_ms {
            self.hlc.tick(self.hlc.ms)
        } else {
            self.hlc.tick(now_ms)
        }
    }

    /// The instant as far as it is believed: never before what was recorded, and no further ahead than the logical clock
    /// follows. What depends on the time of day goes by it.
    pub(crate) fn trusted(&self, now: Timestamp) -> Timestamp {
        Timestamp::from_millisecond(self.tick(now).ms).unwrap_or(now)
    }

    /// The business date that a shift opened now would have (decision 20).
    pub(crate) fn business_date_of_a_new_shift(&self, now: Timestamp) -> Date {
        location::business_date(now, &self.zone(), self.newest_business_date)
    }

    /// The business date that is open: of what happens outside a shift.
    pub(crate) fn open_business_date(&self, now: Timestamp) -> Date {
        self.newest_business_date
            .unwrap_or_else(|| location::calendar_business_date(now, &self.zone()))
    }

    /// How far an account is believed that was last counted by that event. A restricted node asks for a count before it
    /// uses its rights; where events may be lost not even a count helps, because the cloud may hold returns that the
    /// file does not know (sync.md 2.9).
    pub(crate) fn trust(&self, counted_seq: i64) -> Trust {
        match self.restricted {
            None => Trust::Full,
            Some((Cause::Machine | Cause::Rollback | Cause::Fork, _)) => Trust::Nothing,
            Some((Cause::Fenced, since)) if counted_seq > since => Trust::Full,
            Some((Cause::Fenced, _)) => Trust::Claims,
        }
    }

    /// The id of an event that nobody outside names: made of its place in the chain, so that no two are alike, not even
    /// after a fork.
    pub(crate) fn next_id(&self) -> Uuid {
        let place = format!("{}.{}.{}", self.epoch, self.last_seq + 1, self.head);
        Uuid::new_v5(&self.node.as_uuid(), place.as_bytes())
    }

    /// Whether the node is restricted.
    pub(crate) const fn is_restricted(&self) -> bool {
        self.restricted.is_some()
    }

    /// Before the location's own row has come, only midnight is unsure.
    pub(crate) fn zone(&self) -> TimeZone {
        self.time_zone
            .as_deref()
            .and_then(|name| TimeZone::get(name).ok())
            .unwrap_or(TimeZone::UTC)
    }
}

/// Reads the site, once the node belongs to a company.
pub(crate) fn site(at: &Snapshot<'_>) -> Result<Result<Site, Unenrolled>, DbError> {
    let state = db::state(at)?;
    let (Some(node), Some(location), Some(currency)) = (
        state.node,
        state.location,
        state.currency.as_deref().and_then(Currency::by_code),
    ) else {
        return Ok(Err(Unenrolled));
    };
    let drag_limit_ms = clock::drag_limit(&state, at.now);
    Ok(Ok(Site {
        node,
        epoch: state.epoch,
        location,
        currency,
        last_seq: state.last_seq,
        head: state.head,
        hlc: state.hlc,
        r_cursor: state.r_cursor,
        incarnation: state.incarnation,
        restricted: state
            .restricted
            .map(|restricted| (restricted.cause, restricted.seq)),
        time_zone: state.time_zone,
        newest_business_date: state.newest_business_date,
        confirmed_ms: state.clock_confirmed.map(Timestamp::as_millisecond),
        drag_limit_ms,
    }))
}

/// Checks on start that the machine is the one that was enrolled.
pub(crate) async fn check_machine(shop: &crate::Shop) -> Result<(), DbError> {
    let state = shop.read(db::state).await?;
    let is_other = state
        .fingerprint
        .is_some_and(|enrolled| enrolled != shop.keys.fingerprint);
    if is_other && state.mode == Mode::Normal {
        tracing::error!("This machine is not the one that was enrolled: the node is restricted");
        let seq = state.last_seq;
        let restricted = Restricted {
            cause: Cause::Machine,
            detail: "this machine is not the one that was enrolled".to_owned(),
            seq,
        };
        shop.write(move |tx, _| db::set_restricted(tx, &restricted))
            .await?;
    }
    Ok(())
}
