//! Work in the background: rows in a table, claimed with SKIP LOCKED and a lease, tried again with growing pauses, and
//! kept when given up. A job is enqueued in the transaction that makes it necessary. Jobs must bear being run twice:
//! a lease that ran out may have been worked on. One that takes long takes turns: after each it waits behind the others.
use std::time::Duration;

use httpkit::clock::Stopwatch;
use httpkit::random;
use httpkit::shutdown::Shutdown;
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use serde_json::Value;

use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;

pub(crate) mod db;
pub(crate) mod http;
mod kind;

pub use db::enqueue;
pub use kind::Kind;

/// Tries before a job is given up.
pub const TRIES: i32 = 5;
/// How long a worker may take before another one assumes that it is dead.
const LEASE: SignedDuration = SignedDuration::from_mins(10);
/// Seconds to the second try; four times as long with each.
const FIRST_PAUSE_S: i64 = 10;
/// The longest pause between tries.
const LONGEST_PAUSE_S: i64 = 3_600;
/// Jobs that a worker claims at once.
const CLAIM: i64 = 4;
/// How often a worker looks.
const POLL: Duration = Duration::from_secs(1);

/// A job to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// What is to be done.
    pub kind: Kind,
    /// Its arguments.
    pub payload: Value,
    /// While a job with this key waits or runs, another one is not taken.
    pub dedupe_key: Option<String>,
    /// Not before.
    pub run_at: Timestamp,
}

/// A job that a worker has claimed.
#[derive(Debug)]
pub(crate) struct Claimed {
    id: i64,
    kind: String,
    payload: Value,
    attempts: i32,
}

/// How far a job is after its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing is left of it.
    Done,
    /// There is more; others come first.
    Again,
}

/// Works until the shutdown; a turn that has begun is finished.
pub(crate) async fn work(cloud: Cloud, shutdown: Shutdown) {
    while !shutdown.is_fired() {
        match round(&cloud).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "Jobs rest for a moment: {error}"),
        }
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            () = shutdown.wait() => {}
        }
    }
}

/// Enqueues what the clock makes due and runs what is ready. False when nothing was.
pub async fn round(cloud: &Cloud) -> Result<bool> {
    let now = cloud.security_now();
    tick(cloud, now).await?;
    let claimed = cloud
        .tx("claim_jobs", Actor::Service("job"), async |tx| {
            db::claim(tx, now, now + LEASE, CLAIM).await
        })
        .await?;
    let any = !claimed.is_empty();
    for job in claimed {
        run(cloud, job).await?;
    }
    Ok(any)
}

/// Enqueues the scheduled jobs of the ticks that have come; one instance of many claims each.
async fn tick(cloud: &Cloud, now: Timestamp) -> Result<()> {
    let due: Vec<(Kind, Timestamp)> = Kind::ALL
        .iter()
        .filter_map(|&kind| Some((kind, last_tick(kind.every_minutes()?, now))))
        .collect();
    cloud
        .tx("cron", Actor::Service("job"), async |tx| {
            for (kind, at) in db::claim_ticks(tx, &due).await? {
                let job = NewJob {
                    kind,
                    payload: Value::Object(serde_json::Map::new()),
                    dedupe_key: Some(format!("cron:{}", kind.code())),
                    run_at: at,
                };
                db::enqueue(tx, &job).await?;
            }
            Ok(())
        })
        .await
}

/// The newest instant at which something was due that is due every so many minutes of the day.
fn last_tick(minutes: i64, now: Timestamp) -> Timestamp {
    let utc = now.to_zoned(TimeZone::UTC);
    let of_day = i64::from(utc.hour()) * 60 + i64::from(utc.minute());
    let start = utc
        .start_of_day()
        .map_or(now, |midnight| midnight.timestamp());
    start
        .checked_add((of_day / minutes * minutes).minutes())
        .unwrap_or(now)
}

async fn run(cloud: &Cloud, job: Claimed) -> Result<()> {
    let watch = Stopwatch::start();
    let outcome = turn(cloud, &job).await;
    let result = if outcome.is_ok() { "ok" } else { "error" };
    metrics::histogram!("cloud_job_seconds", "kind" => job.kind.clone(), "result" => result)
        .record(watch.elapsed());
    let now = cloud.security_now();
    match outcome {
        Ok(Turn::Done) => {
            cloud
                .tx("finish_job", Actor::Service("job"), async |tx| {
                    db::finish(tx, job.id).await
                })
                .await
        }
        Ok(Turn::Again) => {
            cloud
                .tx("requeue_job", Actor::Service("job"), async |tx| {
                    db::requeue(tx, job.id, now).await
                })
                .await
        }
        Err(error) => failed(cloud, &job, &error, now).await,
    }
}

/// On a task of its own, so that a panic is this job's failure and nobody else's.
async fn turn(cloud: &Cloud, job: &Claimed) -> std::result::Result<Turn, String> {
    let working = tokio::spawn({
        let (cloud, kind, payload) = (cloud.clone(), job.kind.clone(), job.payload.clone());
        async move {
            match Kind::by_code(&kind) {
                Some(kind) => kind
                    .run(&cloud, &payload)
                    .await
                    .map_err(|error| format!("{error:#}")),
                None => Err(format!("this build knows no job `{kind}`")),
            }
        }
    });
    working.await.unwrap_or_else(|error| Err(error.to_string()))
}

async fn failed(cloud: &Cloud, job: &Claimed, error: &str, now: Timestamp) -> Result<()> {
    let (id, kind, attempts) = (job.id, &job.kind, job.attempts);
    if attempts >= TRIES {
        tracing::error!(
            job.id = id,
            job.kind = kind,
            error,
            "Gave job {id} up after {attempts} tries: {error}"
        );
        return cloud
            .tx("bury_job", Actor::Service("job"), async |tx| {
                db::bury(tx, id, error, now).await?;
                match Kind::by_code(kind) {
                    Some(kind) => kind.given_up(tx, &job.payload, now).await,
                    None => Ok(()),
                }
            })
            .await;
    }
    let run_at = now + pause(attempts, random::number(&*cloud.parts().random));
    tracing::warn!(
        job.id = id,
        job.kind = kind,
        error,
        "Job {id} failed and is tried again at {run_at}: {error}"
    );
    cloud
        .tx("postpone_job", Actor::Service("job"), async |tx| {
            db::postpone(tx, id, error, run_at).await
        })
        .await
}

/// Grows fourfold, with a quarter of jitter, so that what failed together is not tried together.
fn pause(attempts: i32, random: u64) -> SignedDuration {
    let quadruplings = u32::try_from(attempts.clamp(1, 8) - 1).unwrap_or(0);
    let seconds = (FIRST_PAUSE_S * 4_i64.pow(quadruplings)).min(LONGEST_PAUSE_S);
    let jitter = i64::try_from(random % 250).unwrap_or(0) * seconds;
    SignedDuration::from_millis(seconds * 1_000 + jitter)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::{last_tick, pause};

    #[test]
    fn pauses_grow_to_an_hour() {
        let seconds: Vec<i64> = (1..=6)
            .map(|attempts| pause(attempts, 0).as_secs())
            .collect();
        assert_eq!(seconds, [10, 40, 160, 640, 2_560, 3_600]);
        assert_eq!(pause(1, 249), SignedDuration::from_millis(12_490));
    }

    #[test]
    fn a_tick_is_the_newest_one_that_has_come() {
        let at = |text: &str| text.parse().unwrap();
        assert_eq!(
            last_tick(24 * 60, at("2026-11-22T13:59:59Z")),
            at("2026-11-22T00:00:00Z")
        );
        assert_eq!(
            last_tick(1, at("2026-11-22T13:59:59Z")),
            at("2026-11-22T13:59:00Z")
        );
        assert_eq!(
            last_tick(60, at("2026-11-22T13:59:59Z")),
            at("2026-11-22T13:00:00Z")
        );
    }
}
