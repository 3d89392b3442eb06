//! The gatherer: while one transaction commits, the next requests gather, and then share one (group commit).
//!
//! A request that finds nothing on its way begins a transaction at once, of one. While carts are on their way, the
//! next transaction begins when as many have gathered, or when those have arrived: customers who were answered together
//! come back one by one, and the first of them must not sync the disk alone while all others wait behind its locks.
//! What is placed goes on when its client has gone away.
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use httpkit::clock::Stopwatch;
use httpkit::problem::Problem;
use retail::order::PlaceError;
use tokio::sync::{Notify, oneshot};

use super::checkout::{Outcome, checkout};
use super::{NewOrder, Placed, borrow};
use crate::cloud::Cloud;
use crate::error::{Error, Result};

/// Carts in one transaction.
const MOST_TOGETHER: usize = 64;
/// The longest that a transaction is held back for more carts: what is on its way may be stuck behind a lock.
const LONGEST_GATHERING: Duration = Duration::from_millis(10);
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
    /// Carts that are on their way in all tasks.
    on_the_way: usize,
}

/// Whether a transaction of what waits is worth its sync now: it is as large as those on their way.
fn is_worth_it(waiting: usize, on_the_way: usize, in_flight: usize) -> bool {
    let others = in_flight.saturating_sub(1).max(1);
    waiting >= on_the_way.div_ceil(others)
}

/// How many of those that wait go together: so many that all tasks have about the same to do.
fn share(waiting: usize, on_the_way: usize, in_flight: usize) -> usize {
    let all = waiting + on_the_way;
    waiting.min(all.div_ceil(in_flight)).min(MOST_TOGETHER)
}

pub(super) struct Gatherer {
    queue: Mutex<Queue>,
    /// The queue has grown, or something has arrived.
    changed: Notify,
    in_flight: usize,
}

/// A task's place among those that may run; given back also when a batch panics.
struct Place {
    cloud: Cloud,
    /// Carts of this task that are on their way.
    carts: usize,
    is_given_back: bool,
}

impl Place {
    /// A task that the queue counts as running.
    fn begin(cloud: &Cloud) {
        let place = Self {
            cloud: cloud.clone(),
            carts: 0,
            is_given_back: false,
        };
        tokio::spawn(work(place));
    }

    /// What waits longest, a fair share of it. None: nothing waits, and the place is given back in the same breath, so
    /// that whoever comes next begins a task of its own.
    fn next(&mut self) -> Option<Vec<Pending>> {
        let gatherer = &self.cloud.orders().gatherer;
        let mut queue = gatherer.locked();
        if queue.waiting.is_empty() {
            queue.running -= 1;
            self.is_given_back = true;
            return None;
        }
        let count = share(queue.waiting.len(), queue.on_the_way, gatherer.in_flight);
        let batch: Vec<Pending> = queue.waiting.drain(..count).collect();
        queue.on_the_way += count;
        self.carts = count;
        if !queue.waiting.is_empty() && queue.running < gatherer.in_flight {
            queue.running += 1;
            Self::begin(&self.cloud);
        }
        Some(batch)
    }

    /// The carts of this task have arrived.
    fn arrived(&mut self) {
        let gatherer = &self.cloud.orders().gatherer;
        gatherer.locked().on_the_way -= std::mem::take(&mut self.carts);
        gatherer.changed.notify_waiters();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_given_back {
            return;
        }
        self.arrived();
        let mut queue = self.cloud.orders().gatherer.locked();
        if queue.waiting.is_empty() {
            queue.running -= 1;
        } else {
            // Those behind a batch that panicked are not left alone.
            Self::begin(&self.cloud);
        }
    }
}

impl Gatherer {
    pub(super) fn new(in_flight: usize) -> Self {
        Self {
            queue: Mutex::default(),
            changed: Notify::new(),
            in_flight: in_flight.max(1),
        }
    }

    fn is_worth_it(&self, queue: &Queue) -> bool {
        is_worth_it(queue.waiting.len(), queue.on_the_way, self.in_flight)
    }

    /// Returns when a transaction of what waits is worth its sync, or has been held back long enough.
    async fn gathered(&self) {
        let watch = Stopwatch::start();
        loop {
            let mut changed = pin!(self.changed.notified());
            // From here on it hears of changes, also before it is waited for.
            changed.as_mut().enable();
            if self.is_worth_it(&self.locked()) {
                return;
            }
            let left = LONGEST_GATHERING.saturating_sub(watch.elapsed());
            if tokio::time::timeout(left, changed).await.is_err() {
                return;
            }
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
        if gatherer.is_worth_it(&queue) {
            gatherer.changed.notify_waiters();
        }
        begins
    };
    if begins {
        Place::begin(cloud);
    }
    answered
        .await
        .unwrap_or_else(|_| Err(Problem::internal(&"a batch of checkouts ended early").into()))
}

fn busy() -> Problem {
    Problem::unavailable("busy", "Too many orders at once: try again", RETRY_S)
}

/// Places what waits until nothing does.
async fn work(mut place: Place) {
    loop {
        place.cloud.orders().gatherer.gathered().await;
        let Some(batch) = place.next() else {
            return;
        };
        place_batch(&place.cloud, batch).await;
        place.arrived();
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

#[cfg(test)]
mod tests;
