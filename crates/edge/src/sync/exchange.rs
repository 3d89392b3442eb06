//! What the shop says to the cloud next, and what an answer means: decisions alone. A task sends the requests; the
//! simulation drives the same code step by step, without timers or sockets.
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use httpkit::random::number;
use wire::{batch::Credit, push::Push, reference::Feed};

use super::{
    Trouble,
    carrier::{About, Answer, Lane, Lost, Outgoing},
    command, pull, push, salvage,
};
use crate::{
    Shop,
    db::DbError,
    disk::Level,
    node::{self, Cause, State},
    recovery,
};

/// Between two heartbeats of a node that has nothing to push.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A node whose epoch is over still shows that it lives.
const SLOW_HEARTBEAT: Duration = Duration::from_secs(30);
/// Between two pulls that nobody has asked for.
const PULL: Duration = Duration::from_mins(1);
/// The first pause of a pull after a failure; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause of a pull after failures.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Until the disk is asked again after it could not be read.
const UNREADABLE: Duration = Duration::from_secs(1);
/// Until a cloud is asked again that finds us too old: somebody may have upgraded it, or us.
pub(super) const UPGRADE: Duration = Duration::from_mins(5);

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Bring this to the cloud, and the answer to [`Exchange::answered`].
    Send(Outgoing),
    /// Nothing for so long, unless something happens: an answer, a new event, a hint of the cloud.
    Rest(Duration),
}

/// A hint of the cloud; it carries no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// It can be reached again: pauses end.
    Reachable,
    /// Rights or commands are there.
    Commands,
    /// Reference data has changed.
    Reference,
}

/// The exchange of one shop with the cloud.
pub struct Exchange {
    pub(super) shop: Shop,
    machine: Mutex<Machine>,
}

impl Exchange {
    /// The exchange of that shop, with everything due.
    #[must_use]
    pub fn new(shop: &Shop) -> Self {
        Self {
            shop: shop.clone(),
            machine: Mutex::new(Machine::new(0)),
        }
    }

    /// Takes a hint.
    pub fn woken(&self, wake: Wake) {
        self.machine().woken(wake);
    }

    /// What to do now. `now` is any clock that never goes back. May be asked again while answers are outstanding: one
    /// request of each [`Lane`] is on its way at the most.
    pub async fn next(&self, now: Duration) -> Next {
        match self.make(now).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "The shop's file cannot be read: {error}");
                Next::Rest(UNREADABLE)
            }
        }
    }

    async fn make(&self, now: Duration) -> Result<Next, DbError> {
        let (state, has_past) = self
            .shop
            .read(|at| Ok::<_, DbError>((node::db::state(at)?, salvage::is_left(at)?)))
            .await?;
        if state.node.is_none() {
            return Ok(Next::Rest(HEARTBEAT));
        }
        let view = View {
            epoch: state.epoch,
            last_seq: state.last_seq,
            acked: state.acked,
            is_behind: state.is_behind(),
            is_over: state.is_over(),
            has_past,
            has_room: self.shop.space.borrow().level() != Level::Full,
        };
        let turn = self.machine().turn(&view, now);
        let lane = turn.lane();
        let made = self.made(turn, &state).await;
        match made {
            Ok(Some(next)) => Ok(next),
            // There is nothing to say after all.
            Ok(None) => {
                self.finished(lane, now, Done::Nothing);
                Ok(Next::Rest(Duration::ZERO))
            }
            Err(error) => {
                self.finished(lane, now, Done::Failed);
                Err(error)
            }
        }
    }

    async fn made(&self, turn: Turn, state: &State) -> Result<Option<Next>, DbError> {
        let shop = &self.shop;
        let request = match turn {
            Turn::Rest(pause) => return Ok(Some(Next::Rest(pause))),
            Turn::Again(request) => request,
            Turn::Batch { from, credit } => push::batch(shop, state, from, credit).await?,
            Turn::Records => push::records(shop, state),
            Turn::Own { from } => salvage::own(shop, state, from).await?,
            Turn::Commands => command::page(shop, state),
            Turn::Reference(feed) => pull::page(shop, state, feed).await?,
            Turn::Past => match salvage::past(shop).await? {
                Some(request) => request,
                None => return Ok(None),
            },
        };
        Ok(Some(Next::Send(request)))
    }

    /// Takes what came back for a request.
    pub async fn answered(&self, now: Duration, request: Outgoing, result: Result<Answer, Lost>) {
        let lane = request.lane;
        let done = match self.judged(&request, result).await {
            Ok(done) => done,
            Err(Judged::Trouble(trouble)) => {
                push::note(&self.shop, lane, &trouble);
                if trouble.is_fenced() && lane != Lane::Salvage {
                    self.fenced(&trouble).await;
                }
                self.machine().troubled(
                    request,
                    &trouble,
                    now,
                    number(self.shop.parts.random.as_ref()),
                );
                return;
            }
            Err(Judged::Db(error)) => {
                tracing::error!(%error, "What the cloud says could not be taken in: {error}");
                Done::Failed
            }
        };
        self.finished(lane, now, done);
    }

    async fn judged(
        &self,
        request: &Outgoing,
        result: Result<Answer, Lost>,
    ) -> Result<Done, Judged> {
        let shop = &self.shop;
        match &request.about {
            About::Batch {
                last_seq,
                events,
                made_at,
            } => push::answered(self, *last_seq, *events, *made_at, result).await,
            About::Records => push::recovered(self, result).await,
            About::Own { to } => salvage::kept_own(self, *to, result).await,
            About::Past {
                file,
                to,
                incarnation,
            } => salvage::kept_past(shop, file, *to, *incarnation, result).await,
            About::Commands { is_acknowledged } => {
                command::answered(shop, *is_acknowledged, result).await
            }
            About::Reference { feed, cursor } => pull::answered(shop, *feed, cursor, result).await,
            About::Borrow => Ok(Done::Nothing),
        }
    }

    /// The cloud serves another epoch of this shop.
    async fn fenced(&self, trouble: &Trouble) {
        let ended = recovery::end_epoch(&self.shop, Cause::Fenced, trouble.to_string()).await;
        if let Err(error) = ended {
            tracing::error!(%error, "The node could not be restricted: {error}");
        }
    }

    fn finished(&self, lane: Lane, now: Duration, done: Done) {
        let random = number(self.shop.parts.random.as_ref());
        self.machine().finished(lane, now, done, random);
    }

    pub(super) fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the cloud was heard of since it was last silent.
    pub(super) fn is_reachable(&self) -> bool {
        self.machine().reachable
    }

    /// Whether a push has been answered or has failed since the start, and nothing has to be fetched first.
    pub(super) fn is_settled(&self) -> bool {
        let machine = self.machine();
        !machine.push_lane.busy && machine.tried
    }
}

/// What an answer came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// All is taken in: rest until the next is due.
    Nothing,
    /// More is there now.
    More,
    /// Rest for so long.
    Pause(Duration),
    /// It could not be taken in: try again after a pause that grows.
    Failed,
}

/// Why an answer was not taken in.
pub(super) enum Judged {
    Trouble(Trouble),
    Db(DbError),
}

impl From<Trouble> for Judged {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<DbError> for Judged {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

/// What the disk says, as far as it decides what is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct View {
    epoch: i64,
    last_seq: i64,
    acked: i64,
    is_behind: bool,
    is_over: bool,
    has_past: bool,
    has_room: bool,
}

/// What is next.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Turn {
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
    const fn lane(&self) -> Lane {
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
struct Track {
    busy: bool,
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
pub(super) struct Machine {
    epoch: i64,
    pub(super) push: Push,
    push_lane: Track,
    heartbeat: Duration,
    commands: Track,
    reference: Track,
    past: Track,
    feed: usize,
    /// The cloud was heard of, and has not been silent since.
    reachable: bool,
    /// A push was answered or has failed.
    tried: bool,
    /// The cloud has said, since the start, that it holds nothing that the file does not have. Before that, an effect
    /// of a command could take the number of an event that was lost.
    compared: bool,
    /// The newest push was full: more of what was recorded while the cloud was away is waiting.
    pub(super) catching_up: bool,
    /// What has had no answer is sent again as it is.
    again: Option<Outgoing>,
}

impl Machine {
    fn new(acked: i64) -> Self {
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
            again: None,
        }
    }

    fn woken(&mut self, wake: Wake) {
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
    fn turn(&mut self, view: &View, now: Duration) -> Turn {
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
    pub(super) fn agreed(&mut self) {
        self.compared = true;
    }

    /// What was lost is back: push after `acked`, and ask at once how the cloud sees it.
    pub(super) fn go_on(&mut self, acked: i64) {
        self.push.resume(acked);
        self.heartbeat = Duration::ZERO;
    }

    /// The cloud has spoken.
    pub(super) fn heard(&mut self) {
        (self.reachable, self.tried) = (true, true);
    }

    fn finished(&mut self, lane: Lane, now: Duration, done: Done, random: u64) {
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

    fn troubled(&mut self, request: Outgoing, trouble: &Trouble, now: Duration, random: u64) {
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

pub(super) fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

#[cfg(test)]
mod tests;
