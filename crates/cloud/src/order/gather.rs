//! The gatherer: while one transaction commits, the next requests gather, and then share one (group commit).
//!
//! Nobody waits for company: a request that finds a free place begins a transaction at once, of one. What is placed
//! goes on when its client has gone away.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use httpkit::clock::Stopwatch;
use httpkit::problem::Problem;
use retail::order::PlaceError;
use tokio::sync::oneshot;

use super::checkout::{Outcome, checkout};
use super::{NewOrder, Placed, borrow};
use crate::cloud::Cloud;
use crate::error::{Error, Result};

/// Carts in one transaction.
const MOST_TOGETHER: usize = 64;
/// Carts that may wait; more are told to come back.
const MOST_WAITING: usize = 1_024;
/// Seconds after which they may.
const RETRY_S: u32 = 1;

/// A request that waits for its transaction.
struct Pending {
    order: NewOrder,
    answer: oneshot::Sender<Result<Outcome>>,
    since: Stopwatch,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Pending>,
    /// Tasks that place what waits.
    running: usize,
}

pub(super) struct Gatherer {
    queue: Mutex<Queue>,
    in_flight: usize,
}

/// A task's place among those that may run; given back also when a batch panics.
struct Place {
    cloud: Cloud,
    is_given_back: bool,
}

impl Place {
    /// What waits longest. None: nothing waits, and the place is given back in the same breath, so that whoever comes
    /// next begins a task of its own.
    fn next(&mut self) -> Option<Vec<Pending>> {
        let mut queue = self.cloud.orders().gatherer.locked();
        if queue.waiting.is_empty() {
            queue.running -= 1;
            self.is_given_back = true;
            return None;
        }
        let count = queue.waiting.len().min(MOST_TOGETHER);
        Some(queue.waiting.drain(..count).collect())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_given_back {
            return;
        }
        let mut queue = self.cloud.orders().gatherer.locked();
        if queue.waiting.is_empty() {
            queue.running -= 1;
        } else {
            // Those behind a batch that panicked are not left alone.
            tokio::spawn(work(self.cloud.clone()));
        }
    }
}

impl Gatherer {
    pub(super) fn new(in_flight: usize) -> Self {
        Self {
            queue: Mutex::default(),
            in_flight: in_flight.max(1),
        }
    }

    fn locked(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Places an order, together with others that come at the same time. When units are missing that a connected shop may
/// give back, it asks for them and tries again.
///
/// # Errors
/// `busy` when too many wait, or the database's.
pub async fn place(cloud: &Cloud, order: NewOrder) -> Result<Outcome> {
    let mut patience = borrow::Patience::new(cloud);
    loop {
        let outcome = submit(cloud, order.clone()).await?;
        let Outcome::Refused(PlaceError::OutOfStock { short }) = &outcome else {
            return Ok(outcome);
        };
        // What came in may be gone before this cart has its turn: then it waits on, while its time lasts.
        if !borrow::wait(cloud, &order, short, &mut patience).await? {
            return Ok(outcome);
        }
    }
}

async fn submit(cloud: &Cloud, order: NewOrder) -> Result<Outcome> {
    let (answer, answered) = oneshot::channel();
    let gatherer = &cloud.orders().gatherer;
    let begins = {
        let mut queue = gatherer.locked();
        if queue.waiting.len() >= MOST_WAITING {
            metrics::counter!("cloud_checkouts_total", "result" => "busy").increment(1);
            return Err(busy().into());
        }
        queue.waiting.push_back(Pending {
            order,
            answer,
            since: Stopwatch::start(),
        });
        let begins = queue.running < gatherer.in_flight;
        queue.running += usize::from(begins);
        begins
    };
    if begins {
        tokio::spawn(work(cloud.clone()));
    }
    answered
        .await
        .unwrap_or_else(|_| Err(Problem::internal(&"a batch of checkouts ended early").into()))
}

fn busy() -> Problem {
    Problem::unavailable("busy", "Too many orders at once: try again", RETRY_S)
}

/// Places what waits until nothing does.
async fn work(cloud: Cloud) {
    let mut place = Place {
        cloud,
        is_given_back: false,
    };
    while let Some(batch) = place.next() {
        place_batch(&place.cloud, batch).await;
    }
}

async fn place_batch(cloud: &Cloud, batch: Vec<Pending>) {
    metrics::counter!("cloud_checkout_batches_total").increment(1);
    let mut orders = Vec::with_capacity(batch.len());
    let mut answers = Vec::with_capacity(batch.len());
    for pending in batch {
        metrics::histogram!("cloud_checkout_wait_seconds").record(pending.since.elapsed());
        orders.push(pending.order);
        answers.push(pending.answer);
    }
    match checkout(cloud, &orders).await {
        Ok(outcomes) => {
            for (answer, outcome) in answers.into_iter().zip(outcomes) {
                tell(answer, Ok(outcome));
            }
        }
        // One of them may be to blame: each gets a transaction of its own, once. A database that is not there is not.
        Err(error) if error.is_refused() && orders.len() > 1 => {
            tracing::warn!(%error, orders = orders.len(), "A batch of checkouts failed, each is tried alone: {error}");
            for (answer, order) in answers.into_iter().zip(&orders) {
                let alone = checkout(cloud, std::slice::from_ref(order)).await;
                tell(answer, alone.and_then(only));
            }
        }
        Err(error) => {
            let problem = error.into_problem();
            for answer in answers {
                tell(answer, Err(Error::from(problem.clone())));
            }
        }
    }
}

fn only(outcomes: Vec<Outcome>) -> Result<Outcome> {
    outcomes
        .into_iter()
        .next()
        .ok_or_else(|| Problem::internal(&"a checkout has no outcome").into())
}

fn tell(answer: oneshot::Sender<Result<Outcome>>, outcome: Result<Outcome>) {
    let result = match &outcome {
        Ok(Outcome::Placed(_)) => "placed",
        Ok(Outcome::Repeated(_)) => "repeated",
        Ok(Outcome::Reused) => "reused",
        Ok(Outcome::Refused(_)) => "refused",
        Err(_) => "error",
    };
    metrics::counter!("cloud_checkouts_total", "result" => result).increment(1);
    // The client may have gone away; what was placed stays.
    let _ = answer.send(outcome);
}

/// What was placed, when it was.
impl Outcome {
    /// The order, new or repeated.
    pub fn placed(&self) -> Option<&Arc<Placed>> {
        match self {
            Self::Placed(placed) | Self::Repeated(placed) => Some(placed),
            Self::Reused | Self::Refused(_) => None,
        }
    }
}
