//! What the cloud does with a push: a decision without I/O, taken under the lock of the node's place (sync.md 2.6).
use crate::batch::{Batch, Opened};
use crate::event::Hash;

/// Whether an epoch of a node may still have effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It may.
    Active,
    /// Declared lost; its events go to salvage.
    Fenced,
    /// Two histories were seen under its numbers; both go to salvage.
    FencedFork,
    /// Its location is closed.
    Retired,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Active, Self::Fenced, Self::FencedFork, Self::Retired];

    /// The name in messages and databases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Fenced => "fenced",
            Self::FencedFork => "fenced_fork",
            Self::Retired => "retired",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

/// Where a node stands at the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The epoch that is accepted.
    pub epoch: i64,
    /// Whether it is.
    pub status: Status,
    /// Held without a gap up to here.
    pub last_seq: i64,
    /// The hash there; [`Hash::GENESIS`] before the first event.
    pub last_hash: Hash,
    /// How often the cloud was restored from a backup.
    pub incarnation: i64,
    /// The cloud was restored and this location has not rebased yet.
    pub frozen: bool,
}

/// What a push claims, beside its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// The node's epoch.
    pub epoch: i64,
    /// Number of the first event.
    pub first_seq: i64,
    /// Hash of the event before it.
    pub prev: Option<Hash>,
    /// The newest event that was ever acknowledged to the node.
    pub acked_seq: i64,
    /// The incarnation that the node has adopted; 0 when it is too old to say.
    pub incarnation: i64,
}

impl Offer {
    /// What a batch claims.
    #[must_use]
    pub const fn of(batch: &Batch) -> Self {
        Self {
            epoch: batch.epoch,
            first_seq: batch.first_seq,
            prev: batch.prev,
            acked_seq: batch.acked_seq,
            incarnation: batch.incarnation,
        }
    }
}

/// What is decided about a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Take the events from this place in the batch on; none is left when it is its length.
    Take {
        /// Place in the batch, from 0.
        from: usize,
    },
    /// It ends before what is held: the event held as `seq` must have this hash, else it is a [`Decision::Fork`].
    Compare {
        /// The number.
        seq: i64,
        /// What the push says.
        hash: Hash,
    },
    /// Another content under a number that is held: fence the epoch and keep both histories.
    Fork {
        /// The number.
        seq: i64,
    },
    /// The epoch has no effects any more: keep the events for salvage and say so.
    Salvage,
    /// The node remembers more than the cloud: the cloud was restored. Raise the incarnation to more than `beyond`,
    /// freeze what depends on lost state, and let the node rebase.
    WentBack {
        /// The highest incarnation that the node knows of.
        beyond: i64,
    },
    /// The cloud was restored to before this epoch began: adopt the epoch with nothing held of it, and ask for its
    /// events from the first.
    Adopt {
        /// The node's epoch.
        epoch: i64,
    },
    /// The node has not adopted this incarnation yet: it must, before anything is taken.
    Rebase,
    /// Events are missing before it.
    Gap {
        /// The next number that is needed.
        expected: i64,
    },
}

/// Decides about a push. Total: every well-signed push gets an answer, whatever its events say.
#[must_use]
pub fn decide(place: &Place, offer: &Offer, events: &[Opened]) -> Decision {
    let knows_incarnation = offer.incarnation > 0;
    if offer.epoch > place.epoch && place.frozen && offer.incarnation == place.incarnation {
        return Decision::Adopt { epoch: offer.epoch };
    }
    if offer.epoch > place.epoch && place.frozen && offer.incarnation < place.incarnation {
        return Decision::Rebase;
    }
    if offer.epoch > place.epoch || (knows_incarnation && offer.incarnation > place.incarnation) {
        return Decision::WentBack {
            beyond: offer.incarnation,
        };
    }
    if offer.epoch < place.epoch || place.status != Status::Active {
        return Decision::Salvage;
    }
    if knows_incarnation && offer.incarnation < place.incarnation {
        return Decision::Rebase;
    }
    // A node that has rebased knows that acknowledged events may be gone; before that, they prove a restore.
    if offer.acked_seq > place.last_seq {
        return Decision::WentBack {
            beyond: offer.incarnation,
        };
    }
    sequence(place, offer, events)
}

/// Numbers and hashes, once the epoch is the right one.
fn sequence(place: &Place, offer: &Offer, events: &[Opened]) -> Decision {
    let expected = place.last_seq + 1;
    if offer.first_seq > expected {
        return Decision::Gap { expected };
    }
    // How many of the events are held already, if the histories are the same.
    let held = usize::try_from(expected - offer.first_seq).unwrap_or(usize::MAX);
    if held > events.len() {
        // It ends before what is held: its last word must be ours.
        let last = events
            .last()
            .map(|last| (last.seq, last.record.hash))
            .or_else(|| offer.prev.map(|prev| (offer.first_seq - 1, prev)));
        return match last {
            Some((0, hash)) if hash == Hash::GENESIS => Decision::Take { from: events.len() },
            Some((seq, hash)) => Decision::Compare { seq, hash },
            None => Decision::Take { from: 0 },
        };
    }
    // The hash at `last_seq` that this push implies: of the event itself, of its follower, or as it says.
    let implied = match held.checked_sub(1) {
        Some(before) => Some(events[before].record.hash),
        None => offer.prev.or_else(|| {
            let first = events.first()?.header.as_ref().ok()?;
            Some(first.prev)
        }),
    };
    if implied.is_some_and(|implied| implied != place.last_hash) {
        return Decision::Fork {
            seq: place.last_seq,
        };
    }
    Decision::Take { from: held }
}

#[cfg(test)]
mod tests;
