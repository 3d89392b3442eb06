//! Pushes events in order, the same bytes until the cloud has them; a heartbeat when there is nothing to push; and what
//! the cloud's answer says about this node's file.
use std::time::Duration;

use jiff::Timestamp;
use wire::{
    batch::{Batch, Credit, PROTOCOL, Reply},
    event::{Hash, Record},
    push::{Outcome, Stop},
    recovery::Records,
};

use super::{
    Trouble,
    carrier::{About, Answer, Lane, Lost, Outgoing, read},
    exchange::{Done, Exchange, Judged, UPGRADE, millis},
};
use crate::{
    Shop,
    db::{DbError, whole_milliseconds},
    node::{self, Cause, LinkProblem, LinkProblemKind, State},
    outbox, recovery,
};

/// Records of one answer of the cloud, when this node has lost them.
const RECORDS: usize = 500;
/// What the cloud has confirmed without new events is written down this often.
const KEEP_MS: i64 = 30_000;

/// What the credit allows from a number on, or a heartbeat when there is nothing.
pub(super) async fn batch(
    shop: &Shop,
    state: &State,
    from: i64,
    credit: Credit,
) -> Result<Outgoing, DbError> {
    let last_seq = state.last_seq;
    let limit = usize::try_from(last_seq - from + 1)
        .unwrap_or(0)
        .min(credit.max_events);
    let (events, prev) = shop
        .read(move |at| {
            let prev = outbox::db::hash(at, from - 1)?;
            Ok::<_, DbError>((outbox::db::from(at, from, limit)?, prev))
        })
        .await?;
    let events = within(events, credit.max_bytes);
    let made_at = whole_milliseconds(shop.parts.clock.now());
    let about = About::Batch {
        last_seq,
        events: events.len(),
        made_at,
    };
    let node = state.id();
    let batch = Batch {
        proto: PROTOCOL,
        node,
        epoch: state.epoch,
        boot: shop.boot,
        first_seq: from,
        events,
        prev,
        head_seq: last_seq,
        acked_seq: state.acked,
        incarnation: state.incarnation,
        r_cursor: state.r_cursor,
        clock: made_at,
        version: crate::VERSION.to_owned(),
    };
    let body = serde_json::to_vec(&batch).expect("a batch is plain data");
    let path = format!("/v1/nodes/{node}/events");
    Ok(Outgoing::signed(
        &shop.keys.signing,
        node,
        Lane::Push,
        "POST",
        path,
        body,
        about,
    ))
}

/// As many records as fit; a single larger one travels alone.
pub(super) fn within(events: Vec<Record>, max_bytes: usize) -> Vec<Record> {
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

/// Asks for what this node has lost.
pub(super) fn records(shop: &Shop, state: &State) -> Outgoing {
    let node = state.id();
    let path = format!(
        "/v1/nodes/{node}/records?epoch={}&from={}&limit={RECORDS}",
        state.epoch,
        state.last_seq + 1
    );
    Outgoing::signed(
        &shop.keys.signing,
        node,
        Lane::Push,
        "GET",
        path,
        Vec::new(),
        About::Records,
    )
}

/// Takes the answer to a push.
pub(super) async fn answered(
    exchange: &Exchange,
    last_seq: i64,
    events: usize,
    made_at: Timestamp,
    result: Result<Answer, Lost>,
) -> Result<Done, Judged> {
    let shop = &exchange.shop;
    let reply: Reply = read(result)?;
    heard(shop, &reply, made_at);
    let outcome = {
        let mut machine = exchange.machine();
        machine.heard();
        let outcome = machine.push.on_reply(&reply, last_seq);
        machine.catching_up = matches!(outcome, Outcome::Acked { seq, .. } if seq < last_seq)
            || outcome == Outcome::Rewound;
        outcome
    };
    match outcome {
        Outcome::Acked {
            seq,
            hash,
            safe_seq,
        } => acked(exchange, seq, hash, safe_seq, events, &reply).await,
        Outcome::Rewound => Ok(Done::More),
        Outcome::Pause(ms) => Ok(Done::Pause(millis(ms))),
        Outcome::Stopped => {
            let cause = match exchange.machine().push.next(last_seq) {
                wire::push::Step::Stopped(cause) => cause,
                wire::push::Step::Send { .. } | wire::push::Step::Idle => return Ok(Done::More),
            };
            stopped(exchange, cause).await
        }
    }
}

async fn acked(
    exchange: &Exchange,
    seq: i64,
    hash: Hash,
    safe_seq: i64,
    events: usize,
    reply: &Reply,
) -> Result<Done, Judged> {
    let shop = &exchange.shop;
    let ours = match shop.trail.hash(seq) {
        Some(ours) => Some(ours),
        None => shop.read(move |at| outbox::db::hash(at, seq)).await?,
    };
    if ours.is_some_and(|ours| ours != hash) {
        return stopped(exchange, Stop::Fork { seq }).await;
    }
    if events > 0 {
        tracing::debug!(seq, "The cloud holds {events} events more, up to {seq}");
    }
    keep(shop, seq, safe_seq, events > 0).await?;
    if shop.memory.is_over() {
        recovery::is_alive(shop).await?;
    }
    exchange.machine().agreed();
    shop.memory.set_asked();
    recovery::cloud_has_spoken(shop).await?;
    let pause = match reply {
        Reply::Ack { credit, .. } => credit.min_interval_ms,
        _ => 0,
    };
    Ok(Done::Pause(millis(pause)))
}

/// Writes down what the cloud has confirmed: at once when it is more than before, else now and then.
async fn keep(shop: &Shop, acked: i64, safe: i64, is_new: bool) -> Result<(), DbError> {
    let link = shop.link.borrow().clone();
    let Some(contact) = link.last_contact else {
        return Ok(());
    };
    let offset = link.clock_offset_ms.unwrap_or(0);
    let kept = link.kept_at.map_or(i64::MAX, |kept| {
        contact
            .as_millisecond()
            .saturating_sub(kept.as_millisecond())
            .abs()
    });
    if !is_new && link.acked == Some(acked) && link.safe == Some(safe) && kept < KEEP_MS {
        return Ok(());
    }
    shop.write(move |tx, _| node::db::set_contact(tx, acked, safe, contact, offset))
        .await?;
    shop.link.send_if_modified(|link| {
        link.kept_at = Some(contact);
        let now = (Some(acked), Some(safe));
        let is_changed = (link.acked, link.safe) != now;
        (link.acked, link.safe) = now;
        is_changed
    });
    Ok(())
}

/// The cloud does not take more of this history: does what the rules of recovery say (sync.md 2.9).
async fn stopped(exchange: &Exchange, cause: Stop) -> Result<Done, Judged> {
    let shop = &exchange.shop;
    report(shop, &cause);
    match cause {
        Stop::Behind { seq, hash } => {
            if let Some(from) = recovery::is_alive_twice(shop, seq).await? {
                exchange.machine().push.resume(from);
                return Ok(Done::More);
            }
            recovery::went_back(shop, recovery::Witness::Cloud, seq, hash).await?;
            Ok(Done::More)
        }
        Stop::Rebase {
            incarnation,
            last_seq,
        } => {
            let from = recovery::rebase(shop, incarnation, last_seq).await?;
            shop.link.send_modify(|link| link.acked = Some(from));
            exchange.machine().push.resume(from);
            Ok(Done::More)
        }
        Stop::Fork { seq } => {
            let detail = format!("the cloud holds another event {seq}");
            recovery::end_epoch(shop, Cause::Fork, detail).await?;
            exchange.machine().push.resume(0);
            Ok(Done::More)
        }
        Stop::Fenced {
            reason,
            incarnation,
        } => {
            let adopted = shop.read(node::db::state).await?.incarnation;
            recovery::end_epoch(shop, Cause::Fenced, reason).await?;
            exchange.machine().fenced_in(incarnation, adopted);
            Ok(Done::Pause(Duration::ZERO))
        }
        Stop::Upgrade { .. } => {
            shop.link.send_modify(|link| link.too_old = true);
            Ok(Done::Pause(UPGRADE))
        }
    }
}

/// Takes records that this node had lost.
pub(super) async fn recovered(
    exchange: &Exchange,
    result: Result<Answer, Lost>,
) -> Result<Done, Judged> {
    let records: Records = read(result)?;
    exchange.machine().heard();
    let shop = &exchange.shop;
    if recovery::take_records(shop, records).await? {
        let state = shop.read(node::db::state).await?;
        exchange.machine().go_on(state.acked);
    }
    Ok(Done::More)
}

/// Takes note of an answer: the link is up, and how far the clocks are apart.
fn heard(shop: &Shop, reply: &Reply, made_at: Timestamp) {
    let now = whole_milliseconds(shop.parts.clock.now());
    let offset = match reply {
        Reply::Ack { server_time, .. } => Some(offset_ms(made_at, *server_time, now)),
        _ => None,
    };
    if let Reply::Ack { server_time, .. } = reply {
        shop.memory.set_cloud_time(*server_time);
    }
    shop.link.send_modify(|link| {
        if !link.connected {
            tracing::info!("The cloud answers");
        }
        link.connected = true;
        link.last_contact = Some(now);
        link.clock_offset_ms = offset.or(link.clock_offset_ms);
        link.too_old = link.too_old && !matches!(reply, Reply::Ack { .. });
        link.problem = match reply {
            Reply::Ack { quarantined, .. } if !quarantined.is_empty() => Some(LinkProblem {
                kind: LinkProblemKind::Held,
                text: format!(
                    "the cloud could not apply {} events; the office sees them",
                    quarantined.len()
                ),
            }),
            Reply::Ack { .. } => None,
            _ => link.problem.take(),
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

/// Takes note of what went wrong on the way. Only pushes tell whether the cloud is there.
pub(super) fn note(shop: &Shop, lane: Lane, trouble: &Trouble) {
    if lane != Lane::Push {
        tracing::debug!(%trouble, ?lane, "Nothing came: {trouble}");
        return;
    }
    shop.link.send_if_modified(|link| {
        if link.connected {
            tracing::warn!(%trouble, "{trouble}; selling goes on");
        }
        let kind = match trouble {
            Trouble::Refused { .. } => LinkProblemKind::Refused,
            Trouble::Silent(_) | Trouble::Failing(_) | Trouble::Later { .. } => {
                LinkProblemKind::Unreachable
            }
        };
        let text = trouble.to_string();
        let problem = Some(LinkProblem { kind, text });
        let is_news = link.connected || link.problem != problem;
        link.connected = false;
        link.problem = problem;
        is_news
    });
}

fn report(shop: &Shop, cause: &Stop) {
    let problem = match cause {
        Stop::Behind { seq, .. } => {
            format!("the cloud holds event {seq}, which this shop's file has lost")
        }
        Stop::Fork { seq } => {
            format!("the cloud holds another event {seq}: this shop's file was restored or copied")
        }
        Stop::Fenced { reason, .. } => format!("the office has replaced this node: {reason}"),
        Stop::Rebase { incarnation, .. } => {
            format!("the cloud was restored (incarnation {incarnation})")
        }
        Stop::Upgrade { min_proto } => {
            format!("this version is too old for the cloud (protocol {min_proto} is needed)")
        }
    };
    let is_new = shop.link.send_if_modified(|link| {
        let problem = Some(LinkProblem {
            kind: LinkProblemKind::Stopped,
            text: problem.clone(),
        });
        std::mem::replace(&mut link.problem, problem.clone()) != problem
    });
    if is_new {
        tracing::error!("The cloud takes no more of this: {problem}");
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
