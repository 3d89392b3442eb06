//! Stage 2: what an event means. Workers turn accepted events into rows and figures, in the order of each node's
//! numbers, hundreds at a time. An event whose reference is missing waits, and what belongs to the same aggregate
//! waits behind it; an event that cannot be applied is put aside. Neither holds up anything else.
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use httpkit::shutdown::Shutdown;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;

mod acts;
mod db;
mod figures;
mod known;
mod plan;
mod returns;
mod reversal;
mod rows;
mod salvage;

pub(super) use known::Known;
pub use salvage::apply as salvage_all;
pub(crate) use salvage::work as work_salvage;

use plan::{Event, Plan};
use rows::Rows;

/// Events in one transaction.
const BATCH: i64 = 500;
/// The longest that a worker sleeps when nobody wakes it.
const POLL: Duration = Duration::from_millis(250);
/// How long a worker waits after a failure that is not an event's.
const PAUSE: Duration = Duration::from_secs(1);
/// How long somebody who waits for another worker looks away.
const TURN: Duration = Duration::from_millis(5);
/// Tries after which an event that the database refuses is put aside.
const TRIES: i32 = 3;
/// Seconds to the first retry of an event that waits; doubled with each.
const FIRST_RETRY_S: i64 = 5;
/// The longest time between retries.
const LAST_RETRY_S: i64 = 600;
const ACTOR: Actor = Actor::Service("apply");

/// A node whose events wait.
#[derive(Debug, Clone, Copy)]
struct Queue {
    location: Uuid,
    node: Uuid,
    epoch: i64,
}

/// What became of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Became rows.
    pub applied: u64,
    /// Wait for something.
    pub waiting: u64,
    /// Were put aside.
    pub quarantined: u64,
}

/// Applies until the shutdown. Any number of workers, here and in other instances, may do this at once.
pub(crate) async fn work(cloud: Cloud, shutdown: Shutdown) {
    while !shutdown.is_fired() {
        let pause = match round(&cloud, &shutdown).await {
            Ok(true) => continue,
            Ok(false) => POLL,
            Err(error) => {
                tracing::warn!(%error, "Applying stopped for a moment: {error}");
                PAUSE
            }
        };
        tokio::select! {
            () = cloud.sync().accepted.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = shutdown.wait() => {}
        }
    }
}

/// Applies everything that can be applied now, and waits for what other workers are applying: for bulk loads.
pub async fn apply_all(cloud: &Cloud) -> Result<()> {
    while !cloud.shutdown().is_fired() && !queues(cloud).await?.is_empty() {
        if !round(cloud, &cloud.shutdown()).await? {
            tokio::time::sleep(TURN).await;
        }
    }
    Ok(())
}

/// Nodes that have work.
async fn queues(cloud: &Cloud) -> Result<Vec<Queue>> {
    let now = cloud.security_now();
    cloud
        .tx("apply_queues", ACTOR, async |tx| db::queues(tx, now).await)
        .await
}

/// One batch of every node that has work. False when none had.
async fn round(cloud: &Cloud, shutdown: &Shutdown) -> Result<bool> {
    let mut any = false;
    for queue in queues(cloud).await? {
        if shutdown.is_fired() {
            return Ok(false);
        }
        any |= apply_some(cloud, queue).await?;
    }
    Ok(any)
}

/// Applies a batch of a node: together, or one by one when an event of it breaks the batch.
async fn apply_some(cloud: &Cloud, queue: Queue) -> Result<bool> {
    let together = cloud.tx("apply", ACTOR, async |tx| {
        apply_batch(cloud, tx, queue).await
    });
    let together = AssertUnwindSafe(together).catch_unwind().await;
    let broken = match &together {
        Ok(Err(error)) if error.is_refused() => Some(error.to_string()),
        Ok(_) => None,
        Err(_) => Some("it panicked".to_owned()),
    };
    let outcome = if let Some(why) = broken {
        tracing::warn!(node.id = %queue.node, why, "A batch cannot be applied; trying its events one by one: {why}");
        cloud
            .tx("apply_singly", ACTOR, async |tx| {
                apply_singly(cloud, tx, queue).await
            })
            .await?
    } else {
        together.unwrap_or(Ok(None))?
    };
    let Some(applied) = outcome else {
        return Ok(false);
    };
    metrics::counter!("cloud_events_applied_total").increment(applied.applied);
    metrics::counter!("cloud_events_held_total").increment(applied.waiting + applied.quarantined);
    if applied.applied > 0 {
        cloud.office().wake();
    }
    Ok(applied != Applied::default())
}

/// What a transaction starts from.
struct Work {
    events: Vec<Event>,
    plan: Plan,
}

/// Locks the node's queue and reads what is to be done; none when another worker has it or nothing is left.
async fn load(cloud: &Cloud, tx: &Tx, queue: Queue) -> Result<Option<Work>> {
    let now = cloud.security_now();
    let Some(loaded) = db::load(tx, queue, now, BATCH).await? else {
        return Ok(None);
    };
    if loaded.events.is_empty() {
        return Ok(None);
    }
    let plan = Plan::new(queue, &loaded.zone, loaded.waiting);
    Ok(Some(Work {
        events: loaded.events,
        plan,
    }))
}

async fn apply_batch(cloud: &Cloud, tx: &Tx, queue: Queue) -> Result<Option<Applied>> {
    let Some(Work { events, mut plan }) = load(cloud, tx, queue).await? else {
        return Ok(None);
    };
    let bodies: Vec<_> = events.iter().map(Event::read).collect();
    let missing = known::missing(cloud, tx, queue.location, &bodies).await?;
    let mut rows = Rows::new(queue, tx.now());
    for (event, body) in events.iter().zip(bodies) {
        plan.step(event, body, &missing, |readable| rows.add(event, readable));
    }
    let now = cloud.security_now();
    db::record(tx, queue, &rows, &plan.close(&events, now)).await?;
    Ok(Some(plan.applied))
}

/// As [`apply_batch`], with a savepoint around each event, so that the one that breaks the batch is found.
async fn apply_singly(cloud: &Cloud, tx: &Tx, queue: Queue) -> Result<Option<Applied>> {
    let Some(Work { events, mut plan }) = load(cloud, tx, queue).await? else {
        return Ok(None);
    };
    for event in &events {
        let body = event.read();
        let missing =
            known::missing(cloud, tx, queue.location, std::slice::from_ref(&body)).await?;
        let mut rows = Rows::new(queue, tx.now());
        let planned = std::panic::catch_unwind(AssertUnwindSafe(|| {
            plan.step(event, body, &missing, |readable| rows.add(event, readable));
        }));
        if planned.is_err() {
            plan.refused(event, "body.panic", "applying it panicked");
            continue;
        }
        tx.savepoint().await?;
        match db::write(tx, queue, &rows).await {
            Ok(()) => tx.keep_savepoint().await?,
            Err(error) if error.is_refused() => {
                tx.back_to_savepoint().await?;
                plan.refused(event, "database.refused", &error.to_string());
            }
            Err(error) => return Err(error),
        }
    }
    let now = cloud.security_now();
    db::close(tx, queue, &plan.close(&events, now)).await?;
    Ok(Some(plan.applied))
}

/// When an event that waits is tried again, after that many tries.
fn retry_at(now: Timestamp, attempts: i32) -> Timestamp {
    let doublings = attempts.clamp(1, 8) - 1;
    let seconds = (FIRST_RETRY_S << doublings).min(LAST_RETRY_S);
    now + SignedDuration::from_secs(seconds)
}

/// Lets everything that waits be tried again: at the start, because this build may know more than the last one.
pub(crate) async fn retry_all(cloud: &Cloud) -> Result<()> {
    let now = cloud.security_now();
    cloud
        .tx("retry_all", ACTOR, async |tx| db::retry_all(tx, now).await)
        .await
}

/// Lets what waits for reference data be tried again when that has come.
pub(super) async fn retry_arrived(cloud: &Cloud) -> Result<()> {
    let now = cloud.security_now();
    let any = cloud
        .tx("retry_arrived", ACTOR, async |tx| {
            db::retry_arrived(tx, now).await
        })
        .await?;
    if any {
        cloud.sync().wake_apply();
    }
    Ok(())
}

#[cfg(test)]
mod tests;
