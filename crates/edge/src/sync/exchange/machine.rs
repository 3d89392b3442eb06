//! What is next, of all that could be said: a value without disk, network or clock.
use std::time::Duration;

use wire::{batch::Credit, push::Push, reference::Feed};

use super::super::{
    Trouble,
    carrier::{About, Lane, Outgoing},
};
use super::Wake;

/// Between two heartbeats of a node that has nothing to push.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(5);
/// A node whose epoch is over still shows that it lives.
const SLOW_HEARTBEAT: Duration = Duration::from_secs(30);
/// Between two pulls that nobody has asked for.
const PULL: Duration = Duration::from_mins(1);
/// The first pause of a pull after a failure; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause of a pull after failures.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Until a cloud is asked again that finds us too old: somebody may have upgraded it, or us.
pub(in crate::sync) const UPGRADE: Duration = Duration::from_mins(5);

/// What an answer came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sync) enum Done {
    /// All is taken in: rest until the next is due.
    Nothing,
    /// More is there now.
    More,
    /// Rest for so long.
    Pause(Duration),
    /// It could not be taken in: try again after a pause that grows.
    Failed,
}

/// What the disk says, as far as it decides what is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct View {
    pub(super) epoch: i64,
    pub(super) last_seq: i64,
    pub(super) acked: i64,
    pub(super) is_behind: bool,
    pub(super) is_over: bool,
    pub(super) has_past: bool,
    pub(super) has_room: bool,
}

/// What is next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turn {
    Rest(Duration),
    /// The same bytes as before.
    Again(Outgoing),
    Batch {
        from: i64,
        credit: Credit,
    },
    Records,
    Own {
        from: i64,
    },
    Commands,
    Reference(Feed),
    Past,
}

impl Turn {
    pub(super) const fn lane(&self) -> Lane {
        match self {
            Self::Rest(_) | Self::Batch { .. } | Self::Records | Self::Own { .. } => Lane::Push,
            Self::Again(request) => request.lane,
            Self::Commands => Lane::Commands,
            Self::Reference(_) => Lane::Reference,
            Self::Past => Lane::Salvage,
        }
    }
}

/// One sort of request.
#[derive(Debug, Default)]
pub(super) struct Track {
    pub(super) busy: bool,
    /// Not before this.
    due: Duration,
    failures: u32,
    /// A hint came while a request was on its way.
    again: bool,
}

impl Track {
    const fn is_free(&self, now: Duration) -> bool {
        !self.busy && now.as_nanos() >= self.due.as_nanos()
    }

    fn finished(&mut self, now: Duration, done: Done, every: Duration, random: u64) {
        self.busy = false;
        let rest = match done {
            Done::Nothing if std::mem::take(&mut self.again) => Duration::ZERO,
            Done::Nothing => every,
            Done::More => Duration::ZERO,
            Done::Pause(pause) => pause,
            Done::Failed => {
                self.failures = self.failures.saturating_add(1);
                pause(self.failures, random)
            }
        };
        if done != Done::Failed {
            self.failures = 0;
        }
        self.due = now + rest;
    }
}

/// Full jitter (Brooker 2015), and never at once: others want to reconnect too.
fn pause(failures: u32, random: u64) -> Duration {
    let longest = (FIRST_PAUSE * 2_u32.saturating_pow(failures.min(10))).min(LONGEST_PAUSE);
    let spread = longest.as_millis().max(1);
    let jitter = u64::try_from(u128::from(random) % spread).unwrap_or(0);
    Duration::from_millis(jitter).max(FIRST_PAUSE / 4)
}

/// The state of the exchange that is not on disk: what it loses at a restart, it asks for again.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(in crate::sync) struct Machine {
    epoch: i64,
    pub(in crate::sync) push: Push,
    pub(super) push_lane: Track,
    heartbeat: Duration,
    commands: Track,
    reference: Track,
    past: Track,
    feed: usize,
    /// The cloud was heard of, and has not been silent since.
    pub(super) reachable: bool,
    /// A push was answered or has failed.
    pub(super) tried: bool,
    /// The cloud has said, since the start, that it holds nothing that the file does not have. Before that, an effect
    /// of a command could take the number of an event that was lost.
    pub(super) compared: bool,
    /// The newest push was full: more of what was recorded while the cloud was away is waiting.
    pub(in crate::sync) catching_up: bool,
    /// The cloud's incarnation when it last said that this epoch is over.
    fenced_in: Option<i64>,
    /// What has had no answer is sent again as it is.
    again: Option<Outgoing>,
}

impl Machine {
    pub(super) fn new(acked: i64) -> Self {
        Self {
            epoch: 0,
            push: Push::new(acked),
            push_lane: Track::default(),
            heartbeat: Duration::ZERO,
            commands: Track::default(),
            reference: Track::default(),
            past: Track::default(),
            feed: 0,
            reachable: false,
            tried: false,
            compared: false,
            catching_up: false,
            fenced_in: None,
            again: None,
        }
    }

    pub(super) fn woken(&mut self, wake: Wake) {
        let track = match wake {
            Wake::Reachable => &mut self.push_lane,
            Wake::Commands => &mut self.commands,
            Wake::Reference => &mut self.reference,
        };
        (track.due, track.again) = (Duration::ZERO, track.busy);
        if wake == Wake::Reachable {
            // Whatever was said in the meantime was not heard.
            (self.commands.due, self.reference.due) = (Duration::ZERO, Duration::ZERO);
        }
    }

    /// Order on reconnect: events first, so that the cloud's picture is right, then commands, then reference data
    /// (sync.md 2.8).
    pub(super) fn turn(&mut self, view: &View, now: Duration) -> Turn {
        if view.epoch != self.epoch {
            (self.epoch, self.push) = (view.epoch, Push::new(view.acked));
        }
        if self.push_lane.is_free(now)
            && let Some(turn) = self.push_turn(view, now)
        {
            self.push_lane.busy = true;
            return turn;
        }
        let is_first = self.reachable && !self.catching_up && !view.is_behind;
        let takes_commands = is_first && self.compared && !view.is_over;
        if takes_commands && self.commands.is_free(now) {
            self.commands.busy = true;
            return Turn::Commands;
        }
        let is_after_commands =
            is_first && !(takes_commands && self.commands.busy && self.feed == 0);
        if is_after_commands && view.has_room && self.reference.is_free(now) {
            self.reference.busy = true;
            return Turn::Reference(Feed::ALL[self.feed]);
        }
        if is_first && view.has_past && self.past.is_free(now) {
            self.past.busy = true;
            return Turn::Past;
        }
        self.rest(view, now)
    }

    fn push_turn(&mut self, view: &View, now: Duration) -> Option<Turn> {
        let beat = now >= self.heartbeat;
        let heartbeat = |from: i64| Turn::Batch {
            from,
            credit: Credit::default(),
        };
        if view.is_behind {
            self.again = None;
            return Some(Turn::Records);
        }
        if view.is_over {
            self.again = None;
            let acked = self.push.acked().min(view.last_seq);
            return match (view.last_seq > acked, beat) {
                (_, true) => {
                    self.heartbeat = now + SLOW_HEARTBEAT;
                    Some(heartbeat(view.last_seq + 1))
                }
                (true, false) => Some(Turn::Own { from: acked + 1 }),
                (false, false) => None,
            };
        }
        if let Some(again) = self.again.take() {
            return Some(Turn::Again(again));
        }
        match self.push.next(view.last_seq) {
            wire::push::Step::Send { from, credit } => Some(Turn::Batch { from, credit }),
            wire::push::Step::Idle if beat => Some(heartbeat(view.last_seq + 1)),
            wire::push::Step::Idle => None,
            // What had stopped it was put right, or it was too old: ask again.
            wire::push::Step::Stopped(_) => {
                self.push.resume(view.acked);
                Some(heartbeat(view.last_seq + 1))
            }
        }
    }

    fn rest(&self, view: &View, now: Duration) -> Turn {
        let is_first = self.reachable && !self.catching_up && !view.is_behind;
        let push = if self.push_lane.due > now {
            self.push_lane.due
        } else {
            self.heartbeat
        };
        let due = [
            (!self.push_lane.busy, push),
            (
                is_first && self.compared && !view.is_over && !self.commands.busy,
                self.commands.due,
            ),
            (
                is_first && view.has_room && !self.reference.busy,
                self.reference.due,
            ),
            (is_first && view.has_past && !self.past.busy, self.past.due),
        ];
        let next = due
            .iter()
            .filter(|(counts, _)| *counts)
            .map(|(_, due)| due)
            .min();
        let rest = next.map_or(HEARTBEAT, |next| next.saturating_sub(now));
        Turn::Rest(rest.clamp(Duration::from_millis(1), PULL))
    }

    /// The cloud's log and the file say the same.
    pub(in crate::sync) fn agreed(&mut self) {
        self.compared = true;
    }

    /// What was lost is back: push after `acked`, and ask at once how the cloud sees it.
    pub(in crate::sync) fn go_on(&mut self, acked: i64) {
        self.push.resume(acked);
        self.heartbeat = Duration::ZERO;
    }

    /// This epoch is over at a cloud of that incarnation. What one of an earlier incarnation has confirmed may be lost with
    /// it: then everything is handed in again.
    pub(in crate::sync) fn fenced_in(&mut self, incarnation: i64, adopted: i64) {
        let known = self.fenced_in.unwrap_or(adopted);
        if incarnation > known {
            self.push.resume(0);
        }
        self.fenced_in = Some(incarnation.max(known));
    }

    /// The cloud has spoken.
    pub(in crate::sync) fn heard(&mut self) {
        (self.reachable, self.tried) = (true, true);
    }

    pub(super) fn finished(&mut self, lane: Lane, now: Duration, done: Done, random: u64) {
        match lane {
            Lane::Push => {
                if done != Done::More {
                    self.heartbeat = now + HEARTBEAT.max(self.heartbeat.saturating_sub(now));
                }
                self.push_lane.finished(now, done, Duration::ZERO, random);
            }
            Lane::Commands => self.commands.finished(now, done, PULL, random),
            Lane::Reference => {
                // The next feed follows at once; after the last one, all of them rest.
                let is_last = self.feed + 1 == Feed::ALL.len();
                let done = match done {
                    Done::Nothing => {
                        self.feed = (self.feed + 1) % Feed::ALL.len();
                        if is_last { Done::Nothing } else { Done::More }
                    }
                    other => other,
                };
                self.reference.finished(now, done, PULL, random);
            }
            Lane::Salvage => self.past.finished(now, done, PULL, random),
            Lane::Borrow => {}
        }
    }

    pub(super) fn troubled(
        &mut self,
        request: Outgoing,
        trouble: &Trouble,
        now: Duration,
        random: u64,
    ) {
        let lane = request.lane;
        self.tried |= lane == Lane::Push;
        if !trouble.is_heard() && lane == Lane::Push {
            (self.reachable, self.catching_up) = (false, false);
        } else if trouble.is_heard() {
            self.reachable = true;
        }
        if let (About::Batch { events: 1.., .. }, Trouble::Silent(_) | Trouble::Failing(_)) =
            (&request.about, trouble)
        {
            self.again = Some(request);
        }
        let done = match (lane, trouble) {
            (_, Trouble::Later { seconds, .. }) => {
                let ms = seconds.saturating_mul(1_000);
                Done::Pause(busy(&mut self.push, ms))
            }
            (Lane::Push, _) => match self.push.on_failure(random) {
                wire::push::Outcome::Pause(ms) => Done::Pause(millis(ms)),
                _ => Done::Failed,
            },
            _ => Done::Failed,
        };
        self.finished(lane, now, done, random);
    }
}

/// A pause that the cloud has asked for, within reason.
fn busy(push: &mut Push, retry_ms: i64) -> Duration {
    match push.on_reply(&wire::batch::Reply::Busy { retry_ms }, 0) {
        wire::push::Outcome::Pause(ms) => millis(ms),
        _ => FIRST_PAUSE,
    }
}

pub(in crate::sync) fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

#[cfg(test)]
mod tests;
