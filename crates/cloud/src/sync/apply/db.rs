//! SQL of stage 2: one flush to lock and read, one to write and commit.
use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::Queue;
use super::plan::{Closing, Event};
use super::rows::Rows;
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

mod acts;
mod case;
mod figures;
mod patron;
mod returns;
mod trade;

/// The most held events that are tried again in one batch.
const MOST_RETRIED: i64 = 500;

/// Nodes with accepted events that nobody has looked at, or with held ones that are due.
pub(super) async fn queues(tx: &Tx, now: Timestamp) -> Result<Vec<Queue>> {
    const QUEUES: Sql = sql!(
        "select a.location_id, a.node_id, a.epoch
           from node_apply a join node_stream s on s.node_id = a.node_id
          where (s.epoch = a.epoch or a.last_seq is not null) and coalesce(a.last_seq, s.last_seq) > a.frontier
             or exists (select 1 from held_event h
                         where h.node_id = a.node_id and h.epoch = a.epoch and h.state = 'waiting' and h.retry_at <= $1)",
        (timestamptz) -> (uuid, uuid, bigint)
    );
    let rows = tx.rows(QUEUES, &[&now]).await?;
    Ok(rows
        .iter()
        .map(|row| Queue {
            location: row.get(0),
            node: row.get(1),
            epoch: row.get(2),
        })
        .collect())
}

pub(super) struct Loaded {
    /// In the order of their numbers.
    pub(super) events: Vec<Event>,
    /// The location's IANA zone.
    pub(super) zone: String,
    /// Everything that waits: aggregate and number.
    pub(super) waiting: Vec<(Uuid, i64)>,
}

/// Locks the queue and reads the next events; none when another worker has it.
pub(super) async fn load(
    tx: &Tx,
    queue: Queue,
    now: Timestamp,
    limit: i64,
) -> Result<Option<Loaded>> {
    const LOCK: Sql = sql!(
        "select l.time_zone from node_apply a join location l on l.id = a.location_id
          where a.node_id = $1 and a.epoch = $2 for update of a skip locked",
        (uuid, bigint) -> (text)
    );
    const NEXT: Sql = sql!(
        "select i.seq, i.event_id, i.kind, i.ver, i.header, i.body, i.booked, i.received_at, false, 0
           from inbox i
          where i.location_id = $1 and i.node_id = $2 and i.epoch = $3
            and i.seq > (select frontier from node_apply where node_id = $2 and epoch = $3)
          order by i.seq limit $4",
        (uuid, uuid, bigint, bigint)
          -> (bigint, uuid, text, integer, bytea, bytea, boolean, timestamptz, boolean, integer)
    );
    // What a person has put right is applied in the place of what came. All that wait in the aggregates of those that are due, so that an order within an aggregate is kept.
    const DUE: Sql = sql!(
        "select i.seq, i.event_id, i.kind, i.ver, i.header, coalesce(fix.body, i.body), i.booked, i.received_at, true,
                h.attempts
           from held_event h
           join inbox i on i.location_id = h.location_id and i.node_id = h.node_id and i.epoch = h.epoch and i.seq = h.seq
           left join lateral (select convert_to(c.body, 'UTF8') as body from event_correction c
                               where c.location_id = h.location_id and c.node_id = h.node_id and c.epoch = h.epoch
                                 and c.seq = h.seq
                               order by c.at desc, c.id desc limit 1) fix on true
          where h.location_id = $1 and h.node_id = $2 and h.epoch = $3 and h.state = 'waiting'
            and (h.retry_at <= $4 or h.aggregate in (
                  select due.aggregate from held_event due
                   where due.node_id = $2 and due.epoch = $3 and due.state = 'waiting' and due.retry_at <= $4))
          order by i.seq limit $5",
        (uuid, uuid, bigint, timestamptz, bigint)
          -> (bigint, uuid, text, integer, bytea, bytea, boolean, timestamptz, boolean, integer)
    );
    const WAITING: Sql = sql!(
        "select aggregate, seq from held_event
          where node_id = $1 and epoch = $2 and state = 'waiting' and aggregate is not null",
        (uuid, bigint) -> (uuid, bigint)
    );
    let answers = tx
        .all(&[
            call(LOCK, &[&queue.node, &queue.epoch]),
            call(NEXT, &[&queue.location, &queue.node, &queue.epoch, &limit]),
            call(
                DUE,
                &[
                    &queue.location,
                    &queue.node,
                    &queue.epoch,
                    &now,
                    &MOST_RETRIED,
                ],
            ),
            call(WAITING, &[&queue.node, &queue.epoch]),
        ])
        .await?;
    let Some(lock) = answers[0].first() else {
        return Ok(None);
    };
    let mut events: Vec<Event> = answers[2].iter().chain(&answers[1]).map(event).collect();
    events.sort_by_key(|event| event.seq);
    Ok(Some(Loaded {
        events,
        zone: lock.get(0),
        waiting: answers[3]
            .iter()
            .map(|row| (row.get(0), row.get(1)))
            .collect(),
    }))
}

/// An event in the columns of `NEXT`.
pub(super) fn event(row: &Row) -> Event {
    Event {
        seq: row.get(0),
        id: row.get(1),
        kind: row.get(2),
        ver: u16::try_from(row.get::<_, i32>(3)).unwrap_or(u16::MAX),
        header: row.get(4),
        body: row.get(5),
        booked: row.get(6),
        received_at: row.get(7),
        was_held: row.get(8),
        attempts: row.get(9),
    }
}

/// Writes the rows and the figures of a batch, closes it and commits.
pub(super) async fn record(tx: &Tx, queue: Queue, rows: &Rows, closing: &Closing) -> Result<()> {
    write(tx, queue, rows).await?;
    close(tx, queue, closing).await
}

/// Writes the rows and the figures of a batch.
pub(super) async fn write(tx: &Tx, queue: Queue, rows: &Rows) -> Result<()> {
    trade::write(tx, queue, rows).await?;
    returns::write(tx, queue, rows).await?;
    case::write(tx, queue, rows).await?;
    patron::write(tx, queue, rows).await?;
    acts::write(tx, queue, rows).await?;
    figures::write(tx, queue, rows).await
}

/// Notes what is held, moves the frontier on and commits.
pub(super) async fn close(tx: &Tx, queue: Queue, closing: &Closing) -> Result<()> {
    const DONE: Sql = sql!(
        "delete from held_event where location_id = $1 and node_id = $2 and epoch = $3 and seq = any ($4)",
        (uuid, uuid, bigint, [bigint]) -> ()
    );
    const HOLD: Sql = sql!(
        "insert into held_event as kept
           (location_id, node_id, epoch, seq, event_id, kind, aggregate, state, reason, detail, depends_on, attempts,
            received_at, retry_at)
         select $1, $2, $3, * from unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (location_id, node_id, epoch, seq) do update
           set state = excluded.state, reason = excluded.reason, detail = excluded.detail,
               depends_on = excluded.depends_on, attempts = excluded.attempts, retry_at = excluded.retry_at",
        (
            uuid, uuid, bigint, [bigint], [uuid], [text], [uuid], [text], [text], [text], [uuid], [integer],
            [timestamptz], [timestamptz]
        ) -> ()
    );
    // What was parked behind an event that is through may go on at once.
    const FREE: Sql = sql!(
        "update held_event set retry_at = '-infinity'
          where node_id = $1 and epoch = $2 and state = 'waiting' and aggregate = any ($3)
            and reason = 'aggregate.waiting'",
        (uuid, bigint, [uuid]) -> ()
    );
    const MOVE_ON: Sql = sql!(
        "update node_apply set frontier = greatest(frontier, $3), applied = applied + $4
          where node_id = $1 and epoch = $2",
        (uuid, bigint, bigint, bigint) -> ()
    );
    let events = &closing.held;
    let (location, node, epoch) = (queue.location, queue.node, queue.epoch);
    let mut calls = Vec::with_capacity(4);
    let done: [&(dyn ToSql + Sync); 4] = [&location, &node, &epoch, &closing.done];
    let hold: [&(dyn ToSql + Sync); 14] = [
        &location,
        &node,
        &epoch,
        &events.seqs,
        &events.ids,
        &events.kinds,
        &events.aggregates,
        &events.states,
        &events.reasons,
        &events.details,
        &events.depends_on,
        &events.attempts,
        &events.received_at,
        &events.retry_at,
    ];
    let free: [&(dyn ToSql + Sync); 3] = [&node, &epoch, &closing.freed];
    let move_on: [&(dyn ToSql + Sync); 4] = [&node, &epoch, &closing.frontier, &closing.applied];
    if !closing.done.is_empty() {
        calls.push(call(DONE, &done));
    }
    if !events.seqs.is_empty() {
        calls.push(call(HOLD, &hold));
    }
    if !closing.freed.is_empty() {
        calls.push(call(FREE, &free));
    }
    calls.push(call(MOVE_ON, &move_on));
    tx.finish(&calls).await?;
    Ok(())
}

pub(super) async fn retry_all(tx: &Tx, now: Timestamp) -> Result<()> {
    const RETRY: Sql = sql!(
        "update held_event set retry_at = $1 where state = 'waiting'",
        (timestamptz) -> ()
    );
    Ok(tx.run(RETRY, &[&now]).await?)
}

/// Whether anything that waits got what it waits for. A register has no feed of its own: its location's state tells.
pub(super) async fn retry_arrived(tx: &Tx, now: Timestamp) -> Result<bool> {
    const RETRY: Sql = sql!(
        "update held_event h set retry_at = $1
          where h.state = 'waiting' and h.depends_on is not null
            and (exists (select 1 from variant where id = h.depends_on)
              or exists (select 1 from supplier where id = h.depends_on)
              or exists (select 1 from staff where id = h.depends_on)
              or exists (select 1 from register r where r.location_id = h.location_id and r.id = h.depends_on))
         returning h.seq",
        (timestamptz) -> (bigint)
    );
    Ok(!tx.rows(RETRY, &[&now]).await?.is_empty())
}
