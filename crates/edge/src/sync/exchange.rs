//! What the shop says to the cloud next, and what an answer means: decisions alone. A task sends the requests; the
//! simulation drives the same code step by step, without timers or sockets.
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use httpkit::random::number;

mod machine;

pub(super) use machine::{Done, UPGRADE, millis};
use machine::{HEARTBEAT, Machine, Turn, View};

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

/// Until the disk is asked again after it could not be read.
const UNREADABLE: Duration = Duration::from_secs(1);
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
            Turn::Commands => command::next(shop, state).await?,
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
            About::Commands { has_returns } => command::answered(shop, *has_returns, result).await,
            About::Reference { feed, cursor } => pull::answered(shop, *feed, cursor, result).await,
            About::Letters { ids } => pull::told(shop, ids, result).await,
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
