//! What was salvaged from an epoch that is over becomes rows and figures like any event; its stock does not count.
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use httpkit::shutdown::Shutdown;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::plan::{Event, Outcome, Plan};
use super::rows::Rows;
use super::{Applied, Queue, db, known};
use crate::cloud::Cloud;
use crate::db::{Actor, Sql, Tx, call, sql};
use crate::error::Result;

/// Records in one transaction.
const BATCH: i64 = 200;
/// Batches in one run: more wait for the next one.
const MOST_BATCHES: usize = 1_000;
/// How often what waits is looked at.
const POLL: Duration = Duration::from_mins(1);
const ACTOR: Actor = Actor::Service("salvage");

/// A record that waits to be applied.
struct Kept {
    event: Event,
    hash: Vec<u8>,
}

/// Applies what is salvaged until the shutdown: at once when it came here, else within a minute.
pub(crate) async fn work(cloud: Cloud, shutdown: Shutdown) {
    while !shutdown.is_fired() {
        if let Err(error) = apply(&cloud).await {
            tracing::warn!(%error, "Applying what was salvaged stopped for a moment: {error}");
        }
        tokio::select! {
            () = cloud.sync().salvaged.notified() => {}
            () = tokio::time::sleep(POLL) => {}
            () = shutdown.wait() => {}
        }
    }
}

/// Applies what was salvaged and can be applied now. What waits for something is looked at again in the next run.
pub async fn apply(cloud: &Cloud) -> Result<()> {
    const QUEUES: Sql = sql!(
        "select distinct location_id, node_id, epoch from salvage where state = 'queued' order by location_id, epoch",
        () -> (uuid, uuid, bigint)
    );
    let rows = cloud
        .tx("salvage_queues", ACTOR, async |tx| {
            Ok(tx.rows(QUEUES, &[]).await?)
        })
        .await?;
    for row in &rows {
        let queue = Queue {
            location: row.get(0),
            node: row.get(1),
            epoch: row.get(2),
        };
        let mut after = 0;
        for _ in 0..MOST_BATCHES {
            let reached = cloud
                .tx("apply_salvage", ACTOR, async |tx| {
                    batch(cloud, tx, queue, after).await
                })
                .await?;
            match reached {
                Some(reached) => after = reached,
                None => break,
            }
        }
    }
    if !rows.is_empty() {
        cloud.office().wake();
    }
    Ok(())
}

/// One batch after a number, each record on its own; the last number that was looked at.
async fn batch(cloud: &Cloud, tx: &Tx, queue: Queue, after: i64) -> Result<Option<i64>> {
    let (zone, kept) = load(tx, queue, after).await?;
    let Some(last) = kept.last().map(|one| one.event.seq) else {
        return Ok(None);
    };
    let mut applied = Applied::default();
    for Kept { event, hash } in &kept {
        let body = event.read();
        let missing =
            known::missing(cloud, tx, queue.location, std::slice::from_ref(&body)).await?;
        let mut plan = Plan::new(queue, &zone, Vec::new());
        let mut rows = Rows::salvaged(queue, tx.now());
        let planned = std::panic::catch_unwind(AssertUnwindSafe(|| {
            plan.step(event, body, &missing, |readable| rows.add(event, readable));
        }));
        let mut outcome = match planned {
            Ok(()) => plan.outcome(event.seq),
            Err(_) => Some(Outcome::Quarantined {
                reason: "body.panic",
                detail: "applying it panicked".to_owned(),
            }),
        };
        if outcome == Some(Outcome::Applied) {
            tx.savepoint().await?;
            match db::write(tx, queue, &rows).await {
                Ok(()) => tx.keep_savepoint().await?,
                Err(error) if error.is_refused() => {
                    tx.back_to_savepoint().await?;
                    outcome = Some(Outcome::Quarantined {
                        reason: "database.refused",
                        detail: error.to_string(),
                    });
                }
                Err(error) => return Err(error),
            }
        }
        match &outcome {
            Some(Outcome::Applied) => applied.applied += 1,
            Some(Outcome::Quarantined { .. }) => applied.quarantined += 1,
            Some(Outcome::Waiting { .. }) | None => applied.waiting += 1,
        }
        note(tx, queue, event.seq, hash, outcome.as_ref()).await?;
    }
    metrics::counter!("cloud_events_salvaged_total").increment(applied.applied);
    Ok(Some(last))
}

async fn load(tx: &Tx, queue: Queue, after: i64) -> Result<(String, Vec<Kept>)> {
    const ZONE: Sql = sql!("select time_zone from location where id = $1", (uuid) -> (text));
    const NEXT: Sql = sql!(
        "select seq, event_id, kind, ver, header, body, booked, received_at, false, 0, hash
           from salvage
          where location_id = $1 and node_id = $2 and epoch = $3 and seq > $4 and state = 'queued'
          order by seq limit $5 for update",
        (uuid, uuid, bigint, bigint, bigint)
          -> (bigint, uuid, text, integer, bytea, bytea, boolean, timestamptz, boolean, integer, bytea)
    );
    let answers = tx
        .all(&[
            call(ZONE, &[&queue.location]),
            call(
                NEXT,
                &[&queue.location, &queue.node, &queue.epoch, &after, &BATCH],
            ),
        ])
        .await?;
    let zone = answers[0].first().map_or_else(
        || TimeZone::UTC.iana_name().unwrap_or("UTC").to_owned(),
        |row| row.get(0),
    );
    let kept = answers[1].iter().map(|row| Kept {
        event: db::event(row),
        hash: row.get(10),
    });
    Ok((zone, kept.collect()))
}

async fn note(
    tx: &Tx,
    queue: Queue,
    seq: i64,
    hash: &[u8],
    outcome: Option<&Outcome>,
) -> Result<()> {
    const NOTE: Sql = sql!(
        "update salvage set state = $6, reason = $7
          where location_id = $1 and node_id = $2 and epoch = $3 and seq = $4 and hash = $5",
        (uuid, uuid, bigint, bigint, bytea, text, text) -> ()
    );
    let (state, reason) = match outcome {
        Some(Outcome::Applied) => ("applied", None),
        Some(Outcome::Quarantined { reason, .. }) => ("quarantined", Some(*reason)),
        Some(Outcome::Waiting { reason, .. }) => ("queued", Some(*reason)),
        None => ("queued", None),
    };
    let id: (Uuid, Uuid) = (queue.location, queue.node);
    Ok(tx
        .run(
            NOTE,
            &[&id.0, &id.1, &queue.epoch, &seq, &hash, &state, &reason],
        )
        .await?)
}
