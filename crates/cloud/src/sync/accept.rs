//! Stage 1: what a node pushes goes onto disk, into the ledger, into the balances and into the cloud's account of that
//! location, in one transaction that touches only rows of that node and its location. What it means is for stage 2
//! (decision 11).
use std::collections::BTreeSet;

use axum::http::StatusCode;
use httpkit::problem::Problem;
use jiff::Timestamp;
use uuid::Uuid;
use wire::accept::{Decision, Offer, Place, Status, decide};
use wire::batch::{Batch, BatchError, Credit, MAX_EVENTS, Opened, PROTOCOL, Quarantined, Reply};
use wire::body::{CloudRebased, OpenPick};
use wire::event::Hash;

use super::recovery;
use crate::allowance::{self, Holder};
use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;
use crate::order;

mod booking;
mod db;
mod effect;

pub(super) use booking::{Booking, doubt};
pub(super) use db::Raw;

use booking::{is_storable, zoned_year};

/// Events that wait for stage 2 at which a node is slowed down: about a minute of work (sync.md 2.8).
const BACKLOG: i64 = 180_000;
/// Milliseconds between the batches of a node that is slowed down.
const SLOWED_MS: i64 = 250;
/// No number of a real node comes near it.
const MAX_SEQ: i64 = 1 << 62;
/// How often a push is looked at again after the cloud has found out that it was restored.
const MOST_LOOKS: usize = 3;

/// Where a node stands, under the lock.
pub(crate) struct Stream {
    pub(crate) location: Uuid,
    pub(crate) place: Place,
    pub(super) reason: Option<String>,
    pub(super) safe_seq: i64,
    last_event_at: Option<Timestamp>,
    backlog: i64,
    /// The next number in the stream of commands to this epoch.
    next_command: i64,
    quarantined: Vec<Quarantined>,
}

/// A push as it came in.
#[derive(Debug)]
pub struct Received {
    /// Who pushed, by the signature.
    pub node: Uuid,
    /// Whose stock it writes.
    pub location: Uuid,
    /// What it pushed.
    pub batch: Batch,
}

/// What a transaction came to.
enum Taken {
    /// The answer.
    Answer {
        reply: Reply,
        /// Orders or debts may have changed.
        concerns_orders: bool,
        /// Rights came back that somebody may wait for.
        has_returned: bool,
    },
    /// The node remembers what the cloud does not: nothing is written yet.
    WentBack { beyond: i64 },
}

/// Accepts a push. On disk when this returns an acknowledgement; repeating it changes nothing.
pub async fn accept(cloud: &Cloud, received: Received) -> Result<Reply> {
    let Received {
        node,
        location,
        batch,
    } = received;
    if batch.node != node {
        return Err(Problem::invalid("batch.node", "node", "The batch is of another node").into());
    }
    if !(0..MAX_SEQ).contains(&batch.first_seq) {
        return Err(
            Problem::invalid("batch.first_seq", "first_seq", "No event has this number").into(),
        );
    }
    let state = NodeState::of(&batch);
    let events = match batch.open() {
        Ok(events) => events,
        Err(BatchError::Protocol(_)) => {
            return Ok(Reply::Upgrade {
                min_proto: PROTOCOL,
            });
        }
        Err(error) => return refuse(cloud, node, &error).await,
    };
    let headers = events.iter().filter_map(|event| event.header.as_ref().ok());
    let dates = headers.map(|header| header.business_date);
    super::ensure_months(cloud, dates.filter(|date| is_storable(date.year()))).await?;
    for _ in 0..MOST_LOOKS {
        let taken = cloud
            .tx("accept", Actor::Node(node), async |tx| {
                take(cloud, tx, node, location, &state, &events).await
            })
            .await?;
        match taken {
            Taken::WentBack { beyond } => recovery::was_restored(cloud, Some(node), beyond).await?,
            Taken::Answer {
                reply,
                concerns_orders,
                has_returned,
            } => {
                if matches!(reply, Reply::Ack { .. }) && !events.is_empty() {
                    metrics::counter!("cloud_events_received_total").increment(events.len() as u64);
                    cloud.sync().wake_apply();
                }
                if concerns_orders {
                    cloud.sync().wake_settle();
                }
                if has_returned {
                    cloud.orders().returned();
                }
                cloud.office().wake();
                return Ok(reply);
            }
        }
    }
    Ok(Reply::Busy {
        retry_ms: SLOWED_MS,
    })
}

/// What a push says about its node, beside the events.
pub(super) struct NodeState {
    pub(super) offer: Offer,
    boot: Uuid,
    pub(super) head_seq: i64,
    r_cursor: i64,
    clock: Timestamp,
    version: String,
}

impl NodeState {
    fn of(batch: &Batch) -> Self {
        Self {
            offer: Offer::of(batch),
            boot: batch.boot,
            head_seq: batch.head_seq.clamp(0, MAX_SEQ),
            r_cursor: batch.r_cursor,
            clock: batch.clock,
            version: printable(&batch.version),
        }
    }
}

async fn take(
    cloud: &Cloud,
    tx: &Tx,
    node: Uuid,
    location: Uuid,
    state: &NodeState,
    events: &[Opened],
) -> Result<Taken> {
    let stream = db::lock(tx, node).await?;
    let answer = |reply| {
        Ok(Taken::Answer {
            reply,
            concerns_orders: false,
            has_returned: false,
        })
    };
    if is_from_the_future(&stream, state) {
        let beyond = stream.place.incarnation;
        return Ok(Taken::WentBack { beyond });
    }
    let from = match decide(&stream.place, &state.offer, events) {
        Decision::Take { from } => from,
        Decision::Compare { seq, hash } => {
            let held = db::held_hash(tx, location, node, stream.place.epoch, seq).await?;
            if held != Some(hash) {
                return answer(recovery::fork(cloud, tx, node, &stream, seq, events).await?);
            }
            events.len()
        }
        Decision::Fork { seq } => {
            return answer(recovery::fork(cloud, tx, node, &stream, seq, events).await?);
        }
        Decision::Salvage => {
            return answer(recovery::keep_fenced(cloud, tx, node, &stream, state, events).await?);
        }
        Decision::WentBack { beyond } => return Ok(Taken::WentBack { beyond }),
        Decision::Adopt { epoch } => {
            return answer(recovery::adopt(cloud, tx, node, &stream, epoch).await?);
        }
        Decision::Rebase => {
            let is_ours = state.offer.epoch == stream.place.epoch;
            return answer(Reply::Rebase {
                incarnation: stream.place.incarnation,
                last_seq: if is_ours { stream.place.last_seq } else { 0 },
            });
        }
        Decision::Gap { expected } => {
            db::missing(tx, node, expected, state.offer.first_seq - 1).await?;
            return answer(Reply::Gap { expected });
        }
    };
    record(cloud, tx, node, &stream, state, &events[from..]).await
}

/// Whether the node has taken commands that this cloud has not sent: they are of a future that was lost when it was
/// restored, and what they granted stands in its accounts again.
const fn is_from_the_future(stream: &Stream, state: &NodeState) -> bool {
    state.offer.epoch == stream.place.epoch
        && state.offer.incarnation == stream.place.incarnation
        && state.r_cursor >= stream.next_command
}

/// Takes events that follow what is held.
async fn record(
    cloud: &Cloud,
    tx: &Tx,
    node: Uuid,
    stream: &Stream,
    state: &NodeState,
    fresh: &[Opened],
) -> Result<Taken> {
    let last_seq = fresh.last().map_or(stream.place.last_seq, |last| last.seq);
    let last_hash = fresh
        .last()
        .map_or(stream.place.last_hash, |last| last.record.hash);
    let mut booking = Booking::of(stream.location, fresh);
    // Before anything else of this push is followed: the promises that the restored cloud has forgotten.
    if let Some(picks) = open_picks(&stream.place, fresh) {
        tx.widen("order");
        recovery::rejoined(cloud, tx, stream.location, &picks).await?;
        tx.narrow();
    }
    let effects = db::effects(tx, stream, &booking.headers).await?;
    let (mut concerns_orders, mut has_returned) = (booking.has_debt(), false);
    if let Some(effects) = effects {
        db::follow(tx, node, stream.location, &effects, cloud.security_now()).await?;
        let orders: BTreeSet<Uuid> = effects.steps.values().map(|one| one.order).collect();
        if !orders.is_empty() {
            concerns_orders = true;
            // An order's state comes from its promises at all locations.
            tx.widen("order");
            order::settled(tx, &orders.into_iter().collect::<Vec<_>>()).await?;
            tx.narrow();
        }
        has_returned = !effects.returned().is_empty();
        booking.suspect = booking.suspect.or(effects.doubt);
    }
    let holder = Holder {
        location: stream.location,
        node,
        epoch: stream.place.epoch,
    };
    let rejoined = stream.place.frozen.then_some(stream.place.incarnation);
    let doubt = allowance::log::follow(tx, holder, &booking.headers, rejoined).await?;
    booking.suspect = booking.suspect.or(doubt);
    let seen_at = cloud.security_now();
    let place = db::Reached {
        last_seq,
        last_hash,
        last_event_at: booking.last_at.or(stream.last_event_at),
        seen_at,
        clock_offset_ms: offset_ms(state.clock, tx.now()),
        suspect: booking.suspect.clone(),
        is_told: cloud.sync().is_to_be_told(node, seen_at),
    };
    db::record(tx, node, stream, state, fresh, &booking, &place).await?;
    Ok(Taken::Answer {
        reply: taken(stream, (last_seq, last_hash), tx.now()),
        concerns_orders,
        has_returned,
    })
}

/// The answer that all up to this event is held.
fn taken(stream: &Stream, (ack_seq, ack_hash): (i64, Hash), server_time: Timestamp) -> Reply {
    let slowed = stream.backlog > BACKLOG;
    Reply::Ack {
        ack_seq,
        ack_hash,
        safe_seq: stream.safe_seq,
        credit: Credit {
            min_interval_ms: if slowed { SLOWED_MS } else { 0 },
            ..Credit::default()
        },
        server_time,
        quarantined: stream.quarantined.clone(),
    }
}

/// What the node was still to pick when it followed the restored cloud, if this push says so; what cannot be read is
/// nothing.
fn open_picks(place: &Place, fresh: &[Opened]) -> Option<Vec<OpenPick>> {
    let is_rebased = |event: &&Opened| {
        let header = event.header.as_ref();
        place.frozen && header.is_ok_and(|one| one.incarnation == Some(place.incarnation))
    };
    let event = fresh.iter().rev().find(is_rebased)?;
    let body = serde_json::from_str::<CloudRebased>(&event.record.body).ok();
    Some(body.map(|body| body.open_picks).unwrap_or_default())
}

/// Nothing of a batch that contradicts itself is kept; the node is marked, so that somebody looks.
async fn refuse(cloud: &Cloud, node: Uuid, error: &BatchError) -> Result<Reply> {
    let (code, index) = match error {
        BatchError::TooManyEvents | BatchError::Protocol(_) => {
            let title = format!("A batch has at most {MAX_EVENTS} events");
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "batch.too_many_events",
                title,
            )
            .into());
        }
        BatchError::OutOfPlace { index, .. } => ("batch.out_of_place", *index),
        BatchError::ChainBroken { index } => ("batch.chain_broken", *index),
    };
    tracing::error!(node.id = %node, %error, "Refused a batch of node {node}: {error}");
    cloud
        .tx("suspect_node", Actor::Node(node), async |tx| {
            db::suspect(tx, node, &error.to_string()).await
        })
        .await?;
    Err(
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, error.to_string())
            .figure("index", index)
            .into(),
    )
}

/// Where a node stands, under its lock; none when there is no such node.
pub(crate) async fn lock_node(tx: &Tx, node: Uuid) -> Result<Stream> {
    db::lock(tx, node).await
}

/// Marks a node for somebody to look at. The first reason stays.
pub(super) async fn suspect(tx: &Tx, node: Uuid, why: &str) -> Result<()> {
    db::suspect(tx, node, why).await
}

/// The status of that name; what is not known is over.
fn status(code: &str) -> Status {
    Status::by_code(code).unwrap_or(Status::Retired)
}

/// The node's clock less ours.
fn offset_ms(theirs: Timestamp, ours: Timestamp) -> i64 {
    theirs.as_millisecond() - ours.as_millisecond()
}

/// Without what a text column cannot hold.
pub(super) fn printable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
