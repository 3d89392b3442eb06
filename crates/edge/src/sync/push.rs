//! Pushes events in order, the same bytes until the cloud has them; a heartbeat when there is nothing to push.
use std::time::Duration;

use httpkit::{clock::Stopwatch, random::number};
use jiff::Timestamp;
use tokio::sync::watch;
use wire::{
    batch::{Batch, Credit, PROTOCOL, Reply},
    event::Record,
    push::{Outcome, Push, Step, Stop},
};

use super::{
    Signals,
    client::{Client, ClientError},
};
use crate::{
    Shop,
    db::{DbError, whole_milliseconds},
    node, outbox,
};

/// Between two heartbeats of a node that has nothing to push.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// What the cloud has confirmed is written down this often: it is a hint, the cloud knows.
const KEEP: Duration = Duration::from_secs(5);
/// A stopped node still shows that it lives.
const STOPPED: Duration = Duration::from_secs(30);

/// Pushes until it is dropped.
pub(super) async fn run(shop: &Shop, client: &Client, signals: &Signals) {
    let mut head = shop.head.subscribe();
    let acked = shop
        .read(node::db::state)
        .await
        .map_or(0, |state| state.acked);
    let mut push = Push::new(acked);
    let mut since_kept = Stopwatch::start();
    loop {
        let last_seq = head.borrow_and_update().seq;
        let (from, credit) = match push.next(last_seq) {
            Step::Send { from, credit } => (from, credit),
            Step::Idle => (last_seq + 1, Credit::default()),
            Step::Stopped(cause) => {
                report_stop(shop, &cause);
                tokio::time::sleep(STOPPED).await;
                continue;
            }
        };
        let sent = shop.parts.clock.now();
        let exchanged = exchange(shop, client, from, last_seq, credit).await;
        let outcome = match exchanged {
            Ok(reply) => {
                heard(shop, &reply, sent);
                push.on_reply(&reply, last_seq)
            }
            Err(error) => failed(shop, &mut push, &error, last_seq),
        };
        shop.link.send_if_modified(|link| {
            let acked = Some(push.acked());
            std::mem::replace(&mut link.acked, acked) != acked
        });
        if since_kept.elapsed() >= KEEP {
            since_kept = Stopwatch::start();
            keep_contact(shop).await;
        }
        rest(&push, outcome, credit, &mut head, signals).await;
    }
}

/// How long to rest after an exchange, and what ends the rest early.
async fn rest(
    push: &Push,
    outcome: Outcome,
    credit: Credit,
    head: &mut watch::Receiver<node::Place>,
    signals: &Signals,
) {
    match outcome {
        Outcome::Pause(ms) => {
            let pause = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = signals.reachable.notified() => {}
            }
        }
        Outcome::Acked { .. } | Outcome::Rewound => {
            let interval = u64::try_from(credit.min_interval_ms).unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(interval)).await;
            if push.next(head.borrow().seq) == Step::Idle {
                tokio::select! {
                    () = tokio::time::sleep(HEARTBEAT) => {}
                    _ = head.changed() => {}
                }
            }
        }
        Outcome::Stopped => {}
    }
}

/// Sends what the credit allows from a number on, or a heartbeat when there is nothing.
async fn exchange(
    shop: &Shop,
    client: &Client,
    from: i64,
    last_seq: i64,
    credit: Credit,
) -> Result<Reply, ClientError> {
    // Not beyond what was announced: the answer is judged by it.
    let announced = usize::try_from(last_seq - from + 1).unwrap_or(0);
    let limit = credit.max_events.min(announced);
    let (events, r_cursor) = shop
        .read(move |at| {
            let events = outbox::db::from(at, from, limit)?;
            Ok::<_, DbError>((events, node::db::state(at)?.r_cursor))
        })
        .await?;
    let batch = Batch {
        proto: PROTOCOL,
        node: client.node,
        epoch: client.epoch,
        boot: shop.boot,
        first_seq: from,
        events: within(events, credit.max_bytes),
        prev: None,
        head_seq: last_seq,
        acked_seq: 0,
        incarnation: 0,
        r_cursor,
        clock: shop.parts.clock.now(),
        version: crate::VERSION.to_owned(),
    };
    let count = batch.events.len();
    let body = serde_json::to_vec(&batch).expect("a batch is plain data");
    let reply = client
        .post(&format!("/v1/nodes/{}/events", client.node), body)
        .await?;
    if count > 0 {
        tracing::debug!(from, count, "Pushed {count} events from {from}");
    }
    Ok(reply)
}

/// As many records as fit; a single larger one travels alone.
fn within(events: Vec<Record>, max_bytes: usize) -> Vec<Record> {
    let mut bytes = 0;
    let mut fits = 0;
    for event in &events {
        bytes += event.len();
        if bytes > max_bytes && fits > 0 {
            break;
        }
        fits += 1;
    }
    events.into_iter().take(fits).collect()
}

/// Takes note of an answer: the link is up, and how far the clocks are apart.
fn heard(shop: &Shop, reply: &Reply, sent: Timestamp) {
    let now = whole_milliseconds(shop.parts.clock.now());
    let offset = match reply {
        Reply::Ack { server_time, .. } => Some(offset_ms(sent, *server_time, now)),
        _ => None,
    };
    shop.link.send_modify(|link| {
        if !link.connected {
            tracing::info!("The cloud answers");
        }
        link.connected = true;
        link.last_contact = Some(now);
        link.clock_offset_ms = offset.or(link.clock_offset_ms);
        link.problem = match reply {
            Reply::Ack { quarantined, .. } if !quarantined.is_empty() => Some(format!(
                "the cloud could not apply {} events; the office sees them",
                quarantined.len()
            )),
            _ => None,
        };
    });
}

/// How far the cloud's clock is ahead of ours. It read its clock somewhere between our two readings: what that leaves
/// open is no offset.
fn offset_ms(sent: Timestamp, cloud: Timestamp, received: Timestamp) -> i64 {
    let ahead = |ours: Timestamp| cloud.as_millisecond() - ours.as_millisecond();
    let (least, most) = (ahead(received), ahead(sent));
    if least > 0 { least } else { most.min(0) }
}

fn failed(shop: &Shop, push: &mut Push, error: &ClientError, last_seq: i64) -> Outcome {
    shop.link.send_modify(|link| {
        if link.connected {
            tracing::warn!(%error, "{error}; selling goes on");
        }
        link.connected = false;
        link.problem = Some(error.to_string());
    });
    match error {
        ClientError::Later { seconds, .. } => {
            let retry_ms = seconds.saturating_mul(1_000);
            push.on_reply(&Reply::Busy { retry_ms }, last_seq)
        }
        ClientError::Silent(_) | ClientError::Refused(_) => {
            push.on_failure(number(shop.parts.random.as_ref()))
        }
    }
}

fn report_stop(shop: &Shop, cause: &Stop) {
    let problem = match cause {
        Stop::Behind { seq, .. } => {
            format!("the cloud holds event {seq}, which this shop's file has lost")
        }
        Stop::Fork { seq } => {
            format!("the cloud holds another event {seq}: this shop's file was restored or copied")
        }
        Stop::Fenced { reason } => format!("the office has replaced this node: {reason}"),
        Stop::Rebase { incarnation, .. } => {
            format!("the cloud was restored (incarnation {incarnation})")
        }
        Stop::Upgrade { min_proto } => {
            format!("this version is too old for the cloud (protocol {min_proto} is needed)")
        }
    };
    let is_new = shop.link.send_if_modified(|link| {
        let problem = Some(problem.clone());
        std::mem::replace(&mut link.problem, problem.clone()) != problem
    });
    if is_new {
        tracing::error!("Nothing is pushed until somebody acts: {problem}");
    }
}

/// Writes down what the cloud has confirmed.
pub(super) async fn keep_contact(shop: &Shop) {
    let link = shop.link.borrow().clone();
    let (Some(acked), Some(contact)) = (link.acked, link.last_contact) else {
        return;
    };
    let offset = link.clock_offset_ms.unwrap_or(0);
    let kept = shop
        .write(move |tx, _| node::db::set_contact(tx, acked, 0, contact, offset))
        .await;
    if let Err::<(), DbError>(error) = kept {
        tracing::debug!(%error, "What the cloud confirmed was not written down: {error}");
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::offset_ms;

    #[test]
    fn the_way_to_the_cloud_and_back_is_no_offset() {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        for (sent, cloud, received, expected) in [
            (1_000, 1_400, 1_500, 0),
            (1_000, 1_700, 1_500, 200),
            (1_000, 900, 1_500, -100),
            (1_000, 1_000, 1_000, 0),
        ] {
            assert_eq!(offset_ms(at(sent), at(cloud), at(received)), expected);
        }
    }
}
