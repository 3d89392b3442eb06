//! What a node sends next: a state machine without I/O. One push is outstanding at a time (sync.md 2.8).
use crate::{
    batch::{Credit, Reply},
    event::Hash,
};

/// Milliseconds of the first pause after a failure.
const FIRST_PAUSE_MS: i64 = 1_000;
/// Milliseconds of the longest pause.
const LONGEST_PAUSE_MS: i64 = 5 * 60 * 1_000;

/// Where a node stands with the cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    acked: i64,
    credit: Credit,
    failures: u32,
    stopped: Option<Stop>,
}

/// Why a node stops pushing until somebody does something. It goes on selling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The cloud holds more of our events than we do: our disk went back (sync.md 2.9).
    Behind {
        /// The newest event that the cloud holds.
        seq: i64,
        /// Its hash.
        hash: Hash,
    },
    /// The cloud holds something else under one of our numbers.
    Fork {
        /// The number.
        seq: i64,
    },
    /// Our epoch is over.
    Fenced {
        /// Why, for people.
        reason: String,
        /// The cloud's incarnation; 0 when it does not say.
        incarnation: i64,
    },
    /// The cloud was restored from a backup.
    Rebase {
        /// Its incarnation.
        incarnation: i64,
        /// What it still holds of our events.
        last_seq: i64,
    },
    /// We are too old for this cloud.
    Upgrade {
        /// The oldest protocol that it speaks.
        min_proto: u16,
    },
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send events from this number on, as much as the credit allows.
    Send {
        /// First number.
        from: i64,
        /// How much.
        credit: Credit,
    },
    /// Nothing to send: a heartbeat is due when the caller's timer says so.
    Idle,
    /// Nothing until the stop is resolved.
    Stopped(Stop),
}

/// What a reply or a failure means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Keep `acked` (and the hash), then go on at once.
    Acked {
        /// The newest event that the cloud holds.
        seq: i64,
        /// Its hash.
        hash: Hash,
        /// How far the cloud's own copies go.
        safe_seq: i64,
    },
    /// Go on at once from another number.
    Rewound,
    /// Wait that many milliseconds.
    Pause(i64),
    /// Stop.
    Stopped,
}

impl Push {
    /// A node that knows of `acked` events at the cloud.
    #[must_use]
    pub fn new(acked: i64) -> Self {
        Self {
            acked,
            credit: Credit::default(),
            failures: 0,
            stopped: None,
        }
    }

    /// The newest event that the cloud is known to hold.
    #[must_use]
    pub const fn acked(&self) -> i64 {
        self.acked
    }

    /// What to do next, with `last_seq` events recorded.
    #[must_use]
    pub fn next(&self, last_seq: i64) -> Step {
        if let Some(stop) = &self.stopped {
            return Step::Stopped(stop.clone());
        }
        if last_seq > self.acked {
            return Step::Send {
                from: self.acked + 1,
                credit: self.credit,
            };
        }
        Step::Idle
    }

    /// Takes the cloud's answer. `last_seq` is what the node has recorded.
    pub fn on_reply(&mut self, reply: &Reply, last_seq: i64) -> Outcome {
        self.failures = 0;
        match reply {
            Reply::Ack {
                ack_seq, ack_hash, ..
            } if *ack_seq > last_seq => self.stop(Stop::Behind {
                seq: *ack_seq,
                hash: *ack_hash,
            }),
            Reply::Ack {
                ack_seq,
                ack_hash,
                safe_seq,
                credit,
                ..
            } => {
                self.acked = *ack_seq;
                self.credit = bounded(*credit);
                Outcome::Acked {
                    seq: *ack_seq,
                    hash: *ack_hash,
                    safe_seq: *safe_seq,
                }
            }
            Reply::Gap { expected } if *expected > 0 && *expected <= last_seq => {
                self.acked = *expected - 1;
                Outcome::Rewound
            }
            Reply::Gap { expected } => self.stop(Stop::Fork { seq: *expected }),
            Reply::Busy { retry_ms } => {
                Outcome::Pause((*retry_ms).clamp(FIRST_PAUSE_MS, LONGEST_PAUSE_MS))
            }
            Reply::Fork { seq } => self.stop(Stop::Fork { seq: *seq }),
            Reply::Fenced {
                reason,
                incarnation,
                ..
            } => self.stop(Stop::Fenced {
                reason: reason.clone(),
                incarnation: *incarnation,
            }),
            Reply::Rebase {
                incarnation,
                last_seq,
            } => self.stop(Stop::Rebase {
                incarnation: *incarnation,
                last_seq: *last_seq,
            }),
            Reply::Upgrade { min_proto } => self.stop(Stop::Upgrade {
                min_proto: *min_proto,
            }),
        }
    }

    /// No answer, or none that was one: send the same bytes again after a pause.
    ///
    /// Full jitter (Brooker 2015): `random` spreads the pause over the whole interval.
    pub fn on_failure(&mut self, random: u64) -> Outcome {
        self.failures = self.failures.saturating_add(1);
        let longest = FIRST_PAUSE_MS
            .saturating_mul(1_i64 << self.failures.min(16).saturating_sub(1))
            .min(LONGEST_PAUSE_MS);
        let jitter = i64::try_from(random % longest.unsigned_abs()).unwrap_or(0);
        Outcome::Pause(jitter.max(FIRST_PAUSE_MS / 4))
    }

    /// What stopped it was put right: go on after `acked`.
    pub fn resume(&mut self, acked: i64) {
        (self.acked, self.stopped, self.failures) = (acked, None, 0);
    }

    fn stop(&mut self, stop: Stop) -> Outcome {
        self.stopped = Some(stop);
        Outcome::Stopped
    }
}

/// A credit that a broken cloud cannot use to starve the node or to blow up its memory.
fn bounded(credit: Credit) -> Credit {
    Credit {
        max_events: credit.max_events.clamp(1, crate::batch::MAX_EVENTS),
        max_bytes: credit.max_bytes.clamp(1, crate::batch::MAX_BYTES),
        min_interval_ms: credit.min_interval_ms.clamp(0, LONGEST_PAUSE_MS),
    }
}

#[cfg(test)]
mod tests;
