//! Stage 1: what a node pushes goes onto disk, into the ledger and into the balance, in one transaction that touches
//! only rows of that node and its location. What it means is for stage 2 (decision 11).
use std::collections::HashSet;

use axum::http::StatusCode;
use httpkit::problem::Problem;
use jiff::Timestamp;
use uuid::Uuid;
use wire::batch::{Batch, BatchError, Credit, MAX_EVENTS, Opened, PROTOCOL, Quarantined, Reply};
use wire::event::{Hash, Header};

use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;

mod db;

/// Events that wait for stage 2 at which a node is slowed down: about a minute of work (sync.md 2.8).
const BACKLOG: i64 = 180_000;
/// Milliseconds between the batches of a node that is slowed down.
const SLOWED_MS: i64 = 250;
/// No number of a real node comes near it.
const MAX_SEQ: i64 = 1 << 62;
/// The most base units that a movement may be about; a header that says more is kept, but not believed.
const MAX_MOVE: i64 = 1_000_000_000_000;

/// Where a node stands, under the lock.
struct Stream {
    location: Uuid,
    epoch: i64,
    status: String,
    last_seq: i64,
    last_hash: Hash,
    safe_seq: i64,
    last_event_at: Option<Timestamp>,
    backlog: i64,
    incarnation: i64,
    quarantined: Vec<Quarantined>,
}

/// What is decided about a batch.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    /// Take the events from this place in the batch on.
    Take { from: usize },
    /// The batch ends before what we hold: its last event must be the one that we hold there.
    Compare { seq: i64, hash: Hash },
    /// Another content under a number that we hold.
    Fork { seq: i64 },
    /// Take nothing and say so.
    Answer(Reply),
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
    let reply = cloud
        .tx("accept", Actor::Node(node), async |tx| {
            take(cloud, tx, node, location, &state, &events).await
        })
        .await?;
    if matches!(reply, Reply::Ack { .. }) && !events.is_empty() {
        metrics::counter!("cloud_events_received_total").increment(events.len() as u64);
        cloud.sync().wake_apply();
    }
    cloud.office().wake();
    Ok(reply)
}

/// What a push says about its node, beside the events.
struct NodeState {
    epoch: i64,
    boot: Uuid,
    first_seq: i64,
    head_seq: i64,
    r_cursor: i64,
    clock: Timestamp,
    version: String,
}

impl NodeState {
    fn of(batch: &Batch) -> Self {
        Self {
            epoch: batch.epoch,
            boot: batch.boot,
            first_seq: batch.first_seq,
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
) -> Result<Reply> {
    let stream = db::lock(tx, node).await?;
    let from = match decide(&stream, state, events) {
        Decision::Take { from } => from,
        Decision::Compare { seq, hash } => {
            if db::held_hash(tx, location, node, stream.epoch, seq).await? != Some(hash) {
                return fork(tx, node, seq).await;
            }
            events.len()
        }
        Decision::Fork { seq } => return fork(tx, node, seq).await,
        Decision::Answer(reply) => return Ok(reply),
    };
    let fresh = &events[from..];
    let last_seq = fresh.last().map_or(stream.last_seq, |last| last.seq);
    let last_hash = fresh
        .last()
        .map_or(stream.last_hash, |last| last.record.hash);
    let booking = Booking::of(stream.location, fresh);
    let place = db::Place {
        last_seq,
        last_hash,
        last_event_at: booking.last_at.or(stream.last_event_at),
        seen_at: cloud.security_now(),
        clock_offset_ms: offset_ms(state.clock, tx.now()),
        suspect: booking.suspect.clone(),
        is_told: cloud.sync().is_to_be_told(node, cloud.security_now()),
    };
    db::record(tx, node, &stream, state, fresh, &booking, &place).await?;
    let slowed = stream.backlog > BACKLOG;
    Ok(Reply::Ack {
        ack_seq: last_seq,
        ack_hash: last_hash,
        safe_seq: stream.safe_seq,
        credit: Credit {
            min_interval_ms: if slowed { SLOWED_MS } else { 0 },
            ..Credit::default()
        },
        server_time: tx.now(),
        quarantined: stream.quarantined,
    })
}

/// The decision of sync.md 2.6, as far as it belongs to a node that never lost its state. What follows from a fork,
/// a fenced epoch or a restored cloud are the recovery rules'.
fn decide(stream: &Stream, state: &NodeState, events: &[Opened]) -> Decision {
    if state.epoch > stream.epoch {
        return Decision::Answer(Reply::Rebase {
            incarnation: stream.incarnation,
            last_seq: stream.last_seq,
        });
    }
    if state.epoch < stream.epoch || stream.status != "active" {
        return Decision::Answer(Reply::Fenced {
            epoch: state.epoch,
            reason: format!(
                "this epoch is {}",
                if stream.status == "active" {
                    "over"
                } else {
                    &stream.status
                }
            ),
        });
    }
    let expected = stream.last_seq + 1;
    if state.first_seq > expected {
        return Decision::Answer(Reply::Gap { expected });
    }
    let Some(last) = events.last() else {
        return Decision::Take { from: 0 };
    };
    let from = usize::try_from(expected - state.first_seq).unwrap_or(usize::MAX);
    if from > events.len() {
        return Decision::Compare {
            seq: last.seq,
            hash: last.record.hash,
        };
    }
    // The hash at `last_seq` that this batch implies, by the event itself or by its follower.
    let implied = match from.checked_sub(1) {
        Some(before) => events[before].record.hash,
        None => events[0]
            .header
            .as_ref()
            .map_or(stream.last_hash, |header| header.prev),
    };
    if implied != stream.last_hash {
        return Decision::Fork {
            seq: stream.last_seq,
        };
    }
    Decision::Take { from }
}

async fn fork(tx: &Tx, node: Uuid, seq: i64) -> Result<Reply> {
    let why = format!("event {seq} differs from the one that is held under this number");
    tracing::error!(node.id = %node, seq, "Node {node} has another history: {why}");
    db::suspect(tx, node, &why).await?;
    Ok(Reply::Fork { seq })
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

/// What of the fresh events takes effect in the ledger, as columns.
#[derive(Default)]
struct Booking {
    /// By event: not the second copy of a fact within this batch, and believable.
    counts: Vec<bool>,
    event_ids: Vec<Uuid>,
    lines: Vec<i32>,
    variants: Vec<Uuid>,
    quantities: Vec<i64>,
    dates: Vec<jiff::civil::Date>,
    reasons: Vec<String>,
    at: Vec<Timestamp>,
    last_at: Option<Timestamp>,
    suspect: Option<String>,
}

impl Booking {
    fn of(location: Uuid, fresh: &[Opened]) -> Self {
        let mut booking = Self::default();
        let mut seen = HashSet::new();
        for event in fresh {
            let believed = match &event.header {
                Ok(header) => match doubt(location, header) {
                    None => Ok(header),
                    Some(doubt) => Err(doubt.to_owned()),
                },
                // Kept as it is, without effect (sync.md 2.6).
                Err(error) => Err(error.to_string()),
            };
            let header = match believed {
                Ok(header) => header,
                Err(doubt) => {
                    booking.counts.push(false);
                    booking.suspect = Some(format!("event {}: {doubt}", event.seq));
                    continue;
                }
            };
            let counts = seen.insert(header.id);
            booking.counts.push(counts);
            booking.last_at = Some(header.at);
            if counts {
                booking.add(header);
            }
        }
        booking
    }

    fn add(&mut self, header: &Header) {
        for (line, moved) in (0..).zip(&header.moves) {
            self.event_ids.push(header.id);
            self.lines.push(line);
            self.variants.push(moved.variant);
            self.quantities.push(moved.quantity);
            self.dates.push(header.business_date);
            self.reasons.push(printable(&header.kind));
            self.at.push(header.at);
        }
    }
}

/// Why a header's effects are not believed. The event is kept all the same: accepting never depends on content.
pub(super) fn doubt(location: Uuid, header: &Header) -> Option<&'static str> {
    if header.location != location {
        return Some("it is of another location");
    }
    if !is_storable(header.business_date.year()) || !is_storable(zoned_year(header.at)) {
        return Some("its date is out of range");
    }
    header
        .moves
        .iter()
        .any(|moved| !(-MAX_MOVE..=MAX_MOVE).contains(&moved.quantity))
        .then_some("it moves more units than there can be")
}

const fn is_storable(year: i16) -> bool {
    year >= 1 && year <= 9_998
}

fn zoned_year(at: Timestamp) -> i16 {
    at.to_zoned(jiff::tz::TimeZone::UTC).year()
}

/// The node's clock less ours.
fn offset_ms(theirs: Timestamp, ours: Timestamp) -> i64 {
    theirs.as_millisecond() - ours.as_millisecond()
}

/// Without what a text column cannot hold.
fn printable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
