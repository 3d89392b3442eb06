//! SQL of held events.
use jiff::Timestamp;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    Correction, HeldCounts, HeldDetail, HeldEvent, HeldReason, LATE_AFTER, MissingReference,
    NewCorrection, Place, Position, shown,
};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::session::{Allowed, EventFix, NodeRead, NodeRetry};

/// What is listed.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) node: Option<Uuid>,
    pub(super) state: Option<String>,
    pub(super) reason: Option<String>,
    /// Only this epoch and number.
    pub(super) only: Option<(i64, i64)>,
    pub(super) after: Option<Position>,
    pub(super) limit: i64,
}

/// A page, the oldest first.
pub(super) async fn list(
    tx: &Tx,
    allowed: &Allowed<NodeRead>,
    asked: &Asked,
    now: Timestamp,
) -> Result<Vec<HeldEvent>> {
    const LIST: Sql = sql!(
        "select h.node_id, h.location_id, l.name, h.epoch, h.seq, h.event_id, h.kind, i.ver, h.state, h.reason,
                h.detail, h.depends_on, h.attempts, h.received_at, h.retry_at, header_date(i.header),
                exists (select 1 from event_correction c where c.location_id = h.location_id
                         and c.node_id = h.node_id and c.epoch = h.epoch and c.seq = h.seq),
                (select count(*) from held_event b where b.node_id = h.node_id and b.epoch = h.epoch
                    and b.state = 'waiting' and b.reason = 'aggregate.waiting' and b.aggregate = h.aggregate
                    and b.seq > h.seq)
           from held_event h
           join location l on l.id = h.location_id
           join inbox i on i.location_id = h.location_id and i.node_id = h.node_id and i.epoch = h.epoch and i.seq = h.seq
          where h.location_id = any ($1)
            and ($2::uuid is null or h.node_id = $2) and ($3::text is null or h.state = $3)
            and ($4::text is null or h.reason = $4)
            and ($5::timestamptz is null or (h.received_at, h.node_id, h.epoch, h.seq) > ($5, $6, $7, $8))
            and ($9::bigint is null or (h.epoch, h.seq) = ($9, $10))
          order by h.received_at, h.node_id, h.epoch, h.seq limit $11",
        ([uuid], uuid, text, text, timestamptz, uuid, bigint, bigint, bigint, bigint, bigint)
          -> (uuid, uuid, text, bigint, bigint, uuid, text, integer, text, text, text, uuid, integer, timestamptz,
              timestamptz, date, boolean, bigint)
    );
    let after = asked.after.as_ref();
    let (at, node, epoch, seq) = (
        after.map(|end| end.0),
        after.map(|end| end.1),
        after.map(|end| end.2),
        after.map(|end| end.3),
    );
    let (only_epoch, only_seq) = (asked.only.map(|only| only.0), asked.only.map(|only| only.1));
    let rows = tx
        .rows(
            LIST,
            &[
                &allowed.locations(),
                &asked.node,
                &asked.state,
                &asked.reason,
                &at,
                &node,
                &epoch,
                &seq,
                &only_epoch,
                &only_seq,
                &asked.limit,
            ],
        )
        .await?;
    Ok(rows.iter().map(|row| event(row, now)).collect())
}

/// How much is held in all.
pub(super) async fn counts(
    tx: &Tx,
    allowed: &Allowed<NodeRead>,
    now: Timestamp,
) -> Result<HeldCounts> {
    const COUNTS: Sql = sql!(
        "select reason, state, count(*), count(*) filter (where received_at < $2)
           from held_event where location_id = any ($1) group by reason, state order by count(*) desc, reason, state",
        ([uuid], timestamptz) -> (text, text, bigint, bigint)
    );
    let mut counts = HeldCounts::default();
    for row in tx
        .rows(COUNTS, &[&allowed.locations(), &(now - LATE_AFTER)])
        .await?
    {
        let (state, count): (String, i64) = (row.get(1), row.get(2));
        if state == "waiting" {
            counts.waiting += count;
        } else {
            counts.quarantined += count;
        }
        counts.overdue += row.get::<_, i64>(3);
        counts.reasons.push(HeldReason {
            reason: row.get(0),
            state,
            count,
        });
    }
    Ok(counts)
}

fn event(row: &Row, now: Timestamp) -> HeldEvent {
    let received_at: Timestamp = row.get(13);
    let age = received_at.duration_until(now);
    HeldEvent {
        node_id: row.get(0),
        location_id: row.get(1),
        location_name: row.get(2),
        epoch: row.get(3),
        seq: row.get(4),
        event_id: row.get(5),
        kind: row.get(6),
        ver: row.get(7),
        state: row.get(8),
        reason: row.get(9),
        detail: row.get(10),
        depends_on: row.get(11),
        attempts: row.get(12),
        received_at,
        retry_at: row.get(14),
        age_s: age.as_secs().max(0),
        overdue: age > LATE_AFTER,
        business_date: row.get(15),
        corrected: row.get(16),
        blocks: row.get(17),
    }
}

/// One event with its content; none when it is not held there.
pub(super) async fn detail(
    tx: &Tx,
    allowed: &Allowed<NodeRead>,
    place: Place,
    now: Timestamp,
) -> Result<Option<HeldDetail>> {
    const CONTENT: Sql = sql!(
        "select i.header, i.body from inbox i
          where i.location_id = $1 and i.node_id = $2 and i.epoch = $3 and i.seq = $4",
        (uuid, uuid, bigint, bigint) -> (bytea, bytea)
    );
    const CORRECTIONS: Sql = sql!(
        "select c.id, c.body, c.reason, coalesce(s.name, ''), c.at
           from event_correction c left join staff s on s.id = c.corrected_by
          where c.location_id = $1 and c.node_id = $2 and c.epoch = $3 and c.seq = $4 order by c.at desc, c.id desc",
        (uuid, uuid, bigint, bigint) -> (uuid, text, text, text, timestamptz)
    );
    let asked = Asked {
        node: Some(place.node),
        only: Some((place.epoch, place.seq)),
        limit: 1,
        ..Asked::default()
    };
    let Some(event) = list(tx, allowed, &asked, now).await?.pop() else {
        return Ok(None);
    };
    let of: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
        [&event.location_id, &place.node, &place.epoch, &place.seq];
    let answers = tx
        .all(&[call(CONTENT, &of), call(CORRECTIONS, &of)])
        .await?;
    let Some(content) = answers[0].first() else {
        return Ok(None);
    };
    let (header, raw): (&[u8], &[u8]) = (content.get(0), content.get(1));
    let (body, body_truncated) = shown(raw);
    Ok(Some(HeldDetail {
        missing: missing(&event),
        header: serde_json::from_slice(header).ok(),
        body,
        body_bytes: i64::try_from(raw.len()).unwrap_or(i64::MAX),
        body_truncated,
        corrections: answers[1]
            .iter()
            .map(|row| Correction {
                id: row.get(0),
                body: row.get(1),
                reason: row.get(2),
                by: row.get(3),
                at: row.get(4),
            })
            .collect(),
        event,
    }))
}

/// What apply has written of a missing reference: `<what> <id> is not known here`.
fn missing(event: &HeldEvent) -> Option<MissingReference> {
    let id = event.depends_on?;
    let kind = event.detail.split(' ').next()?;
    Some(MissingReference {
        kind: kind.to_owned(),
        id,
    })
}

/// Makes all events of these due; how many there were.
pub(super) async fn retry_all(
    tx: &Tx,
    allowed: &Allowed<NodeRetry>,
    node: Option<Uuid>,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<i64> {
    const RETRY: Sql = sql!(
        "with due as (
           update held_event set state = 'waiting', retry_at = $4
            where location_id = any ($1) and ($2::uuid is null or node_id = $2) and ($3::text is null or reason = $3)
            returning 1)
         select count(*) from due",
        ([uuid], uuid, text, timestamptz) -> (bigint)
    );
    let row = tx
        .row(RETRY, &[&allowed.locations(), &node, &reason, &now])
        .await?;
    Ok(row.map_or(0, |row| row.get(0)))
}

/// An event that is held, locked.
pub(super) struct Locked {
    pub(super) location: Uuid,
    pub(super) header: Vec<u8>,
}

pub(super) async fn lock(
    tx: &Tx,
    allowed: &Allowed<EventFix>,
    place: Place,
) -> Result<Option<Locked>> {
    const LOCK: Sql = sql!(
        "select h.location_id, i.header
           from held_event h
           join inbox i on i.location_id = h.location_id and i.node_id = h.node_id and i.epoch = h.epoch and i.seq = h.seq
          where h.location_id = any ($1) and h.node_id = $2 and h.epoch = $3 and h.seq = $4 for update of h",
        ([uuid], uuid, bigint, bigint) -> (uuid, bytea)
    );
    let row = tx
        .row(
            LOCK,
            &[&allowed.locations(), &place.node, &place.epoch, &place.seq],
        )
        .await?;
    Ok(row.map(|row| Locked {
        location: row.get(0),
        header: row.get(1),
    }))
}

/// Whether this very correction was taken before: its event may be through by now.
pub(super) async fn is_repeated(
    tx: &Tx,
    allowed: &Allowed<EventFix>,
    place: Place,
    given: &NewCorrection,
) -> Result<bool> {
    const REPEATED: Sql = sql!(
        "select 1 from event_correction
          where location_id = any ($1) and node_id = $2 and epoch = $3 and seq = $4 and id = $5 and body = $6",
        ([uuid], uuid, bigint, bigint, uuid, text) -> (integer)
    );
    let row = tx
        .row(
            REPEATED,
            &[
                &allowed.locations(),
                &place.node,
                &place.epoch,
                &place.seq,
                &given.id,
                &given.body,
            ],
        )
        .await?;
    Ok(row.is_some())
}

/// Keeps a correction. False when its id stands for another body.
pub(super) async fn correct(
    tx: &Tx,
    location: Uuid,
    place: Place,
    given: &NewCorrection,
    reason: &str,
) -> Result<bool> {
    const CORRECT: Sql = sql!(
        "with kept as (
           insert into event_correction (location_id, node_id, epoch, seq, id, body, reason, corrected_by, at)
           select $1, $2, $3, $4, $5, $6, $7, split_part(actor(), ':', 2)::uuid, $8
           on conflict do nothing returning 1)
         select exists (select 1 from kept)
             or exists (select 1 from event_correction where location_id = $1 and node_id = $2 and epoch = $3
                           and seq = $4 and id = $5 and body = $6)",
        (uuid, uuid, bigint, bigint, uuid, text, text, timestamptz) -> (boolean)
    );
    let row = tx
        .row(
            CORRECT,
            &[
                &location,
                &place.node,
                &place.epoch,
                &place.seq,
                &given.id,
                &given.body,
                &reason,
                &tx.now(),
            ],
        )
        .await?;
    Ok(row.is_some_and(|row| row.get(0)))
}

/// Lets an event be tried at once.
pub(super) async fn make_due(tx: &Tx, location: Uuid, place: Place, now: Timestamp) -> Result<()> {
    const DUE: Sql = sql!(
        "update held_event set state = 'waiting', retry_at = $5
          where location_id = $1 and node_id = $2 and epoch = $3 and seq = $4",
        (uuid, uuid, bigint, bigint, timestamptz) -> ()
    );
    Ok(tx
        .run(
            DUE,
            &[&location, &place.node, &place.epoch, &place.seq, &now],
        )
        .await?)
}
