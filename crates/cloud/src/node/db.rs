//! SQL of nodes as the office sees them.
use jiff::Timestamp;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Node, NodeProblem, NodeSalvage};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::overview::is_connected;
use crate::session::{Allowed, NodeRead, NodeRetry};

/// Problems in one answer: whoever has more begins with the oldest.
const MOST_PROBLEMS: i64 = 500;

/// The nodes of the locations, by location. One statement, so that the figures of a node belong together.
pub(crate) async fn list(
    tx: &Tx,
    allowed: &Allowed<NodeRead>,
    now: Timestamp,
) -> Result<Vec<Node>> {
    at(tx, allowed.locations(), now).await
}

/// The nodes of locations that the caller may see.
pub(super) async fn at(tx: &Tx, locations: &[Uuid], now: Timestamp) -> Result<Vec<Node>> {
    const LIST: Sql = sql!(
        "select n.id, n.location_id, l.name, s.status, s.epoch, n.version, n.enrolled_at, s.last_seen, s.last_seq,
                s.head_seq, coalesce(a.applied, 0), coalesce(a.frontier, 0), coalesce(h.waiting, 0),
                coalesce(h.quarantined, 0), s.complete_to, s.clock_offset_ms, s.suspect, s.fenced_at, s.fenced_reason,
                s.frozen_at, s.rebased_at, s.missing_from, s.missing_to, s.restricted_cause,
                coalesce((select incarnation from company), 1), s.safe_seq, coalesce(v.queued, 0),
                coalesce(v.applied, 0), coalesce(v.known, 0), coalesce(v.quarantined, 0)
           from node n
           join node_stream s on s.node_id = n.id
           join location l on l.id = n.location_id
           left join node_apply a on a.node_id = n.id and a.epoch = s.epoch
           left join (select node_id, epoch, count(*) filter (where state = 'waiting') as waiting,
                             count(*) filter (where state = 'quarantined') as quarantined
                        from held_event where location_id = any ($1) group by node_id, epoch) h
             on h.node_id = n.id and h.epoch = s.epoch
           left join (select node_id, count(*) filter (where state = 'queued') as queued,
                             count(*) filter (where state = 'applied') as applied,
                             count(*) filter (where state = 'known') as known,
                             count(*) filter (where state = 'quarantined') as quarantined
                        from salvage where location_id = any ($1) group by node_id) v on v.node_id = n.id
          where n.location_id = any ($1) order by l.code, n.enrolled_at, n.id",
        ([uuid]) -> (uuid, uuid, text, text, bigint, text, timestamptz, timestamptz, bigint, bigint, bigint, bigint,
          bigint, bigint, timestamptz, bigint, text, timestamptz, text, timestamptz, timestamptz, bigint, bigint, text,
          bigint, bigint, bigint, bigint, bigint, bigint)
    );
    let rows = tx.rows(LIST, &[&locations]).await?;
    Ok(rows.iter().map(|row| listed(row, now)).collect())
}

/// A node in the columns of the list.
fn listed(row: &Row, now: Timestamp) -> Node {
    let (last_seq, head_seq, frontier): (i64, i64, i64) = (row.get(8), row.get(9), row.get(11));
    let last_seen = row.get(7);
    let suspect_reason: Option<String> = row.get(16);
    Node {
        id: row.get(0),
        location_id: row.get(1),
        location_name: row.get(2),
        status: row.get(3),
        epoch: row.get(4),
        version: row.get(5),
        enrolled_at: row.get(6),
        last_seen,
        connected: is_connected(last_seen, now),
        last_seq,
        head_seq: head_seq.max(last_seq),
        queue: (head_seq - last_seq).max(0),
        applied: row.get(10),
        waiting: row.get(12),
        quarantined: row.get(13),
        queued: last_seq - frontier,
        complete_to: row.get(14),
        clock_offset_ms: row.get(15),
        suspect: suspect_reason.is_some(),
        suspect_reason,
        fenced_at: row.get(17),
        fenced_reason: row.get(18),
        frozen_at: row.get(19),
        rebased_at: row.get(20),
        missing_from: row.get(21),
        missing_to: row.get(22),
        restricted: row.get(23),
        incarnation: row.get(24),
        safe_seq: row.get(25),
        at_risk: (head_seq - last_seq).max(0),
        salvage: NodeSalvage {
            queued: row.get(26),
            applied: row.get(27),
            known: row.get(28),
            quarantined: row.get(29),
        },
    }
}

/// The events of a node that could not be applied, oldest first; none when there is no such node there.
pub(crate) async fn problems(
    tx: &Tx,
    allowed: &Allowed<NodeRead>,
    node: Uuid,
) -> Result<Option<Vec<NodeProblem>>> {
    const NODE: Sql = sql!(
        "select 1 from node where location_id = any ($1) and id = $2",
        ([uuid], uuid) -> (integer)
    );
    const PROBLEMS: Sql = sql!(
        "select epoch, seq, event_id, kind, state, reason, detail, attempts, received_at, retry_at
           from held_event where location_id = any ($1) and node_id = $2 order by epoch, seq limit $3",
        ([uuid], uuid, bigint) -> (bigint, bigint, uuid, text, text, text, text, integer, timestamptz, timestamptz)
    );
    let locations = allowed.locations();
    let answers = tx
        .all(&[
            call(NODE, &[&locations, &node]),
            call(PROBLEMS, &[&locations, &node, &MOST_PROBLEMS]),
        ])
        .await?;
    if answers[0].is_empty() {
        return Ok(None);
    }
    let problems = answers[1].iter().map(|row| NodeProblem {
        epoch: row.get(0),
        seq: row.get(1),
        event_id: row.get(2),
        kind: row.get(3),
        state: row.get(4),
        reason: row.get(5),
        detail: row.get(6),
        attempts: row.get(7),
        received_at: row.get(8),
        retry_at: row.get(9),
    });
    Ok(Some(problems.collect()))
}

/// Makes an event due. False when there is no such event there.
pub(crate) async fn retry(
    tx: &Tx,
    allowed: &Allowed<NodeRetry>,
    node: Uuid,
    epoch: i64,
    seq: i64,
    now: Timestamp,
) -> Result<bool> {
    const RETRY: Sql = sql!(
        "update held_event set state = 'waiting', retry_at = $5
          where location_id = any ($1) and node_id = $2 and epoch = $3 and seq = $4 returning 1",
        ([uuid], uuid, bigint, bigint, timestamptz) -> (integer)
    );
    let row = tx
        .row(RETRY, &[&allowed.locations(), &node, &epoch, &seq, &now])
        .await?;
    Ok(row.is_some())
}

/// Whether the node's epoch has effects.
pub(super) async fn is_alive(tx: &Tx, node: Uuid) -> Result<bool> {
    const ALIVE: Sql = sql!(
        "select true from node_stream where node_id = $1 and status = 'active'",
        (uuid) -> (boolean)
    );
    Ok(tx.row(ALIVE, &[&node]).await?.is_some())
}

/// The location of a node.
pub(super) async fn location_of(tx: &Tx, node: Uuid) -> Result<Option<Uuid>> {
    const LOCATION: Sql =
        sql!("select location_id from node_stream where node_id = $1", (uuid) -> (uuid));
    Ok(tx.row(LOCATION, &[&node]).await?.map(|row| row.get(0)))
}

/// The node of the location of that code.
pub(super) async fn by_location(tx: &Tx, code: &str) -> Result<Option<Uuid>> {
    const NODE: Sql = sql!(
        "select s.node_id from node_stream s join location l on l.id = s.location_id
          where l.code = $1 and s.status <> 'retired'",
        (text) -> (uuid)
    );
    Ok(tx.row(NODE, &[&code]).await?.map(|row| row.get(0)))
}
