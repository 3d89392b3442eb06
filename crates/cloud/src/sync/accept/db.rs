//! SQL of stage 1: two flushes, one to look and one to write and commit.
use jiff::Timestamp;
use tokio_postgres::types::ToSql;
use uuid::Uuid;
use wire::batch::{Opened, Quarantined};
use wire::event::Hash;

use super::{Booking, NodeState, Stream, printable};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use httpkit::problem::Problem;

/// The most quarantined events that a reply names.
const MOST_NAMED: i64 = 50;

/// Locks the node's place and reads what the decision needs.
pub(super) async fn lock(tx: &Tx, node: Uuid) -> Result<Stream> {
    const LOCK: Sql = sql!(
        "select location_id, epoch, status, last_seq, last_hash, safe_seq, last_event_at
           from node_stream where node_id = $1 for update",
        (uuid) -> (uuid, bigint, text, bigint, bytea, bigint, timestamptz)
    );
    const FRONTIER: Sql = sql!(
        "select coalesce((select a.frontier from node_apply a join node_stream s
                             on s.node_id = a.node_id and s.epoch = a.epoch where a.node_id = $1), 0),
                coalesce((select incarnation from company), 1)",
        (uuid) -> (bigint, bigint)
    );
    const QUARANTINED: Sql = sql!(
        "select h.seq, h.reason from held_event h join node_stream s on s.node_id = h.node_id and s.epoch = h.epoch
          where h.node_id = $1 and h.state = 'quarantined' order by h.seq limit $2",
        (uuid, bigint) -> (bigint, text)
    );
    let answers = tx
        .all(&[
            call(LOCK, &[&node]),
            call(FRONTIER, &[&node]),
            call(QUARANTINED, &[&node, &MOST_NAMED]),
        ])
        .await?;
    let place = answers[0]
        .first()
        .ok_or_else(|| Problem::not_found("node.unknown", "There is no such node"))?;
    let frontier = &answers[1][0];
    let last_seq: i64 = place.get(3);
    let quarantined = answers[2].iter().map(|row| Quarantined {
        seq: row.get(0),
        code: row.get(1),
    });
    Ok(Stream {
        location: place.get(0),
        epoch: place.get(1),
        status: place.get(2),
        last_seq,
        last_hash: Hash::from_slice(place.get(4)).expect("a constraint says that it has 32 bytes"),
        safe_seq: place.get(5),
        last_event_at: place.get(6),
        backlog: last_seq - frontier.get::<_, i64>(0),
        incarnation: frontier.get(1),
        quarantined: quarantined.collect(),
    })
}

/// The hash of an event that is held.
pub(super) async fn held_hash(
    tx: &Tx,
    location: Uuid,
    node: Uuid,
    epoch: i64,
    seq: i64,
) -> Result<Option<Hash>> {
    const HASH: Sql = sql!(
        "select hash from inbox where location_id = $1 and node_id = $2 and epoch = $3 and seq = $4",
        (uuid, uuid, bigint, bigint) -> (bytea)
    );
    let row = tx.row(HASH, &[&location, &node, &epoch, &seq]).await?;
    Ok(row.and_then(|row| Hash::from_slice(row.get(0))))
}

/// Marks a node for somebody to look at. The first reason stays.
pub(super) async fn suspect(tx: &Tx, node: Uuid, why: &str) -> Result<()> {
    const SUSPECT: Sql = sql!(
        "update node_stream set suspect = coalesce(suspect, $2) where node_id = $1",
        (uuid, text) -> ()
    );
    Ok(tx.run(SUSPECT, &[&node, &printable(why)]).await?)
}

/// Where the node stands afterwards.
pub(super) struct Place {
    pub(super) last_seq: i64,
    pub(super) last_hash: Hash,
    pub(super) last_event_at: Option<Timestamp>,
    pub(super) seen_at: Timestamp,
    pub(super) clock_offset_ms: i64,
    pub(super) suspect: Option<String>,
    /// Open pages hear of it.
    pub(super) is_told: bool,
}

/// Raw events, the facts that are new, their movements, and the balances, in one statement. A fact that was booked
/// before under another number leaves its raw copy and nothing else.
const BOOK: Sql = sql!(
    "with given as (
       select * from unnest($4, $5, $6, $7, $8, $9, $10, $11)
         as given (seq, event_id, kind, ver, header, body, hash, counts)
     ), fresh as (
       insert into booked (location_id, event_id)
       select $1, event_id from given where counts order by event_id
       on conflict do nothing returning event_id
     ), kept as (
       insert into inbox (location_id, node_id, epoch, seq, event_id, kind, ver, header, body, hash, booked, received_at)
       select $1, $2, $3, given.seq, given.event_id, given.kind, given.ver, given.header, given.body, given.hash,
              given.counts and fresh.event_id is not null, $12
         from given left join fresh using (event_id)
     ), moved as (
       select m.* from unnest($13, $14, $15, $16, $17, $18, $19)
         as m (event_id, line, variant_id, quantity, business_date, reason, at)
         join fresh using (event_id)
     ), ledger as (
       insert into stock_movement (location_id, business_date, event_id, line, variant_id, bucket, quantity, reason, occurred_at)
       select $1, business_date, event_id, line, variant_id, 'N', quantity, reason, at from moved
     )
     insert into stock_balance as kept (location_id, variant_id, on_hand)
     select $1, variant_id, sum(quantity)::bigint from moved group by variant_id order by variant_id
     on conflict (location_id, variant_id) do update set on_hand = kept.on_hand + excluded.on_hand",
    (
        uuid, uuid, bigint, [bigint], [uuid], [text], [integer], [bytea], [bytea], [bytea], [boolean], timestamptz,
        [uuid], [integer], [uuid], [bigint], [date], [text], [timestamptz]
    ) -> ()
);

const MOVE_ON: Sql = sql!(
    "update node_stream
        set last_seq = $2, last_hash = $3, head_seq = greatest($4, $2), last_event_at = $5,
            complete_to = case when $2 >= $4 then $6 else coalesce($5, complete_to) end,
            last_seen = $7, clock_offset_ms = $8, boot = $9, r_acked = greatest($10, r_acked),
            suspect = coalesce(suspect, $11)
      where node_id = $1",
    (uuid, bigint, bytea, bigint, timestamptz, timestamptz, timestamptz, bigint, uuid, bigint, text) -> ()
);

const VERSION: Sql = sql!(
    "update node set version = $2 where id = $1 and version <> $2",
    (uuid, text) -> ()
);

/// Where the node stands after [`MOVE_ON`], to open pages.
const TELL: Sql = sql!(
    "insert into live_event (location_id, permission, payload, at)
     select location_id, 'node.read', jsonb_build_object(
              'type', 'node', 'id', node_id, 'location_id', location_id, 'last_seen', last_seen,
              'last_seq', last_seq, 'head_seq', head_seq, 'queue', head_seq - last_seq,
              'complete_to', complete_to, 'connected', true)::text, $2
       from node_stream where node_id = $1",
    (uuid, timestamptz) -> ()
);

/// Fresh events as columns of the inbox.
struct Raw<'a> {
    seqs: Vec<i64>,
    ids: Vec<Uuid>,
    kinds: Vec<String>,
    vers: Vec<i32>,
    headers: Vec<&'a [u8]>,
    bodies: Vec<&'a [u8]>,
    hashes: Vec<&'a [u8]>,
}

impl<'a> Raw<'a> {
    fn of(fresh: &'a [Opened]) -> Self {
        let headers = || fresh.iter().map(|event| event.header.as_ref().ok());
        let records = || fresh.iter().map(|event| &event.record);
        Self {
            seqs: fresh.iter().map(|event| event.seq).collect(),
            ids: fresh.iter().map(Opened::event_id).collect(),
            kinds: headers()
                .map(|header| header.map_or_else(String::new, |header| printable(&header.kind)))
                .collect(),
            vers: headers()
                .map(|header| header.map_or(0, |header| i32::from(header.ver)))
                .collect(),
            headers: records().map(|record| record.header.as_bytes()).collect(),
            bodies: records().map(|record| record.body.as_bytes()).collect(),
            hashes: records().map(|record| record.hash.0.as_slice()).collect(),
        }
    }
}

/// Writes everything and commits.
pub(super) async fn record(
    tx: &Tx,
    node: Uuid,
    stream: &Stream,
    state: &NodeState,
    fresh: &[Opened],
    booking: &Booking,
    place: &Place,
) -> Result<()> {
    let hash = place.last_hash.0.as_slice();
    // A clock that cannot be kept says nothing about completeness.
    let clock = Some(state.clock).filter(|&at| super::is_storable(super::zoned_year(at)));
    let moved_on: [&(dyn ToSql + Sync); 11] = [
        &node,
        &place.last_seq,
        &hash,
        &state.head_seq,
        &place.last_event_at,
        &clock,
        &place.seen_at,
        &place.clock_offset_ms,
        &state.boot,
        &state.r_cursor,
        &place.suspect,
    ];
    let version: [&(dyn ToSql + Sync); 2] = [&node, &state.version];
    let (raw, received_at) = (Raw::of(fresh), tx.now());
    let book: [&(dyn ToSql + Sync); 19] = [
        &stream.location,
        &node,
        &stream.epoch,
        &raw.seqs,
        &raw.ids,
        &raw.kinds,
        &raw.vers,
        &raw.headers,
        &raw.bodies,
        &raw.hashes,
        &booking.counts,
        &received_at,
        &booking.event_ids,
        &booking.lines,
        &booking.variants,
        &booking.quantities,
        &booking.dates,
        &booking.reasons,
        &booking.at,
    ];
    let mut calls = vec![call(MOVE_ON, &moved_on), call(VERSION, &version)];
    if !fresh.is_empty() {
        calls.insert(0, call(BOOK, &book));
    }
    let tell: [&(dyn ToSql + Sync); 2] = [&node, &received_at];
    if place.is_told {
        calls.push(call(TELL, &tell));
    }
    tx.finish(&calls).await?;
    Ok(())
}
