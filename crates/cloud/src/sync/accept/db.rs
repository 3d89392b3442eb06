//! SQL of stage 1: two flushes, one to look and one to write and commit.
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use retail::rights::ReservationState;
use tokio_postgres::types::ToSql;
use uuid::Uuid;
use wire::accept::Place;
use wire::batch::{Opened, Quarantined};
use wire::event::{Bucket, Hash, Header};

use super::effect::{Effects, Promise, RESERVATION, touches};
use super::{Booking, NodeState, Stream, is_storable, printable, status, zoned_year};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::rights::db as rights;
use httpkit::problem::Problem;

/// The most quarantined events that a reply names.
const MOST_NAMED: i64 = 50;

/// Locks the node's place and reads what the decision needs.
pub(super) async fn lock(tx: &Tx, node: Uuid) -> Result<Stream> {
    const LOCK: Sql = sql!(
        "select location_id, epoch, status, last_seq, last_hash, safe_seq, last_event_at, frozen_at is not null,
                fenced_reason
           from node_stream where node_id = $1 for update",
        (uuid) -> (uuid, bigint, text, bigint, bytea, bigint, timestamptz, boolean, text)
    );
    const FRONTIER: Sql = sql!(
        "select coalesce((select a.frontier from node_apply a join node_stream s
                             on s.node_id = a.node_id and s.epoch = a.epoch where a.node_id = $1), 0),
                coalesce((select incarnation from company), 1),
                coalesce((select c.next from command_stream c join node_stream s
                             on s.node_id = c.node_id and s.epoch = c.epoch where c.node_id = $1), 1)",
        (uuid) -> (bigint, bigint, bigint)
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
    let row = answers[0]
        .first()
        .ok_or_else(|| Problem::not_found("node.unknown", "There is no such node"))?;
    let frontier = &answers[1][0];
    let last_seq: i64 = row.get(3);
    let quarantined = answers[2].iter().map(|row| Quarantined {
        seq: row.get(0),
        code: row.get(1),
    });
    Ok(Stream {
        location: row.get(0),
        place: Place {
            epoch: row.get(1),
            status: status(row.get(2)),
            last_seq,
            last_hash: Hash::from_slice(row.get(4))
                .expect("a constraint says that it has 32 bytes"),
            incarnation: frontier.get(1),
            frozen: row.get(7),
        },
        reason: row.get(8),
        safe_seq: row.get(5),
        last_event_at: row.get(6),
        backlog: last_seq - frontier.get::<_, i64>(0),
        next_command: frontier.get(2),
        quarantined: quarantined.collect(),
    })
}

/// Notes that events from one number to another were passed over.
pub(super) async fn missing(tx: &Tx, node: Uuid, from: i64, to: i64) -> Result<()> {
    const MISSING: Sql = sql!(
        "update node_stream set missing_from = $2, missing_to = greatest($3, missing_to) where node_id = $1",
        (uuid, bigint, bigint) -> ()
    );
    Ok(tx.run(MISSING, &[&node, &from, &to]).await?)
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
pub(super) struct Reached {
    pub(super) last_seq: i64,
    pub(super) last_hash: Hash,
    pub(super) last_event_at: Option<Timestamp>,
    pub(super) seen_at: Timestamp,
    pub(super) clock_offset_ms: i64,
    pub(super) suspect: Option<String>,
    /// Open pages hear of it.
    pub(super) is_told: bool,
}

/// Raw events, the facts that are new, all movements, and the balances, in one statement. A fact that was booked
/// before under another number is no new fact; its movements are the node's all the same.
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
       select coalesce(fresh.event_id, m.copy) as event_id, m.line, m.variant_id, m.bucket, m.quantity,
              m.business_date, m.reason, m.at
         from unnest($13, $14, $15, $16, $17, $18, $19, $20, $21)
           as m (first, copy, line, variant_id, bucket, quantity, business_date, reason, at)
         left join fresh on fresh.event_id = m.first
     ), ledger as (
       insert into stock_movement (location_id, business_date, event_id, line, variant_id, bucket, quantity, reason, occurred_at)
       select $1, business_date, event_id, line, variant_id, bucket, quantity, reason, at from moved
     )
     insert into stock_balance as kept
       (location_id, variant_id, on_hand, node_rights, claim_bound, debt, picked, unsellable, shipped)
     select $1, variant_id,
            sum(case bucket when 'D' then -quantity when 'T' then 0 else quantity end)::bigint,
            sum(case bucket when 'N' then quantity else 0 end)::bigint,
            sum(case bucket when 'C' then quantity else 0 end)::bigint,
            sum(case bucket when 'D' then quantity else 0 end)::bigint,
            sum(case bucket when 'K' then quantity else 0 end)::bigint,
            sum(case bucket when 'U' then quantity else 0 end)::bigint,
            sum(case bucket when 'T' then quantity else 0 end)::bigint
       from moved group by variant_id order by variant_id
     on conflict (location_id, variant_id) do update
       set on_hand = kept.on_hand + excluded.on_hand, node_rights = kept.node_rights + excluded.node_rights,
           claim_bound = kept.claim_bound + excluded.claim_bound, debt = kept.debt + excluded.debt,
           picked = kept.picked + excluded.picked, unsellable = kept.unsellable + excluded.unsellable,
           shipped = kept.shipped + excluded.shipped",
    (
        uuid, uuid, bigint, [bigint], [uuid], [text], [integer], [bytea], [bytea], [bytea], [boolean], timestamptz,
        [uuid], [uuid], [integer], [uuid], [text], [bigint], [date], [text], [timestamptz]
    ) -> ()
);

const MOVE_ON: Sql = sql!(
    "update node_stream
        set last_seq = $2, last_hash = $3, head_seq = greatest($4, $2), last_event_at = $5,
            complete_to = case when $2 >= $4 then $6 else coalesce($5, complete_to) end,
            last_seen = $7, clock_offset_ms = $8, boot = $9, r_acked = greatest($10, r_acked),
            missing_from = case when missing_to > $2 then $2 + 1 end,
            missing_to = case when missing_to > $2 then missing_to end, suspect = coalesce(suspect, $11)
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
pub(in crate::sync) struct Raw<'a> {
    pub(in crate::sync) seqs: Vec<i64>,
    pub(in crate::sync) ids: Vec<Uuid>,
    pub(in crate::sync) kinds: Vec<String>,
    pub(in crate::sync) vers: Vec<i32>,
    pub(in crate::sync) headers: Vec<&'a [u8]>,
    pub(in crate::sync) bodies: Vec<&'a [u8]>,
    pub(in crate::sync) hashes: Vec<&'a [u8]>,
}

impl<'a> Raw<'a> {
    /// The columns of these events.
    pub(in crate::sync) fn of(fresh: &'a [Opened]) -> Self {
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

/// What the events do to the cloud's account and to promises, with all of it locked; none when they do nothing to it.
pub(super) async fn effects(
    tx: &Tx,
    stream: &Stream,
    headers: &[&Header],
) -> Result<Option<Effects>> {
    let touching: Vec<&Header> = headers.iter().copied().filter(|one| touches(one)).collect();
    if touching.is_empty() {
        return Ok(None);
    }
    let rebases = touching
        .iter()
        .any(|header| header.incarnation == Some(stream.place.incarnation));
    let promises = promised(tx, stream, &touching).await?;
    let moved = touching
        .iter()
        .flat_map(|header| &header.moves)
        .filter(|one| one.bucket == Bucket::C)
        .map(|one| one.variant);
    let variants = moved.chain(promises.values().map(|promise| promise.variant));
    let mut keys: BTreeSet<(Uuid, Uuid)> =
        variants.map(|variant| (variant, stream.location)).collect();
    if rebases {
        keys.extend(rights::resources(tx, stream.location).await?);
    }
    let accounts = rights::lock_or_open(tx, &keys).await?;
    let at = (stream.place.incarnation, stream.place.frozen);
    let mut effects = Effects::new(stream.location, at, accounts, promises);
    for header in touching {
        effects.follow(header);
    }
    Ok(Some(effects))
}

/// The promises that the events are about, locked after their orders.
async fn promised(
    tx: &Tx,
    stream: &Stream,
    touching: &[&Header],
) -> Result<BTreeMap<Uuid, Promise>> {
    const ORDERS: Sql = sql!(
        "select id from online_order
          where id in (select order_id from reservation where location_id = $1 and id = any ($2))
          order by id for update",
        (uuid, [uuid]) -> (uuid)
    );
    const PROMISES: Sql = sql!(
        "select id, order_id, variant_id, quantity, picked, state, why from reservation
          where location_id = $1 and id = any ($2) order by id for update",
        (uuid, [uuid]) -> (uuid, uuid, uuid, bigint, bigint, text, text)
    );
    let named: Vec<Uuid> = touching
        .iter()
        .flat_map(|header| &header.claims)
        .filter(|claim| claim.kind == RESERVATION)
        .map(|claim| claim.key)
        .collect();
    if named.is_empty() {
        return Ok(BTreeMap::new());
    }
    let params: [&(dyn ToSql + Sync); 2] = [&stream.location, &named];
    let answers = tx
        .all(&[call(ORDERS, &params), call(PROMISES, &params)])
        .await?;
    let promises = answers[1].iter().filter_map(|row| {
        let why: Option<&str> = row.get(6);
        let promise = Promise {
            order: row.get(1),
            variant: row.get(2),
            quantity: row.get(3),
            picked: row.get(4),
            state: ReservationState::by_code(row.get(5))?,
            cancelled_as: why
                .and_then(ReservationState::by_code)
                .unwrap_or(ReservationState::Cancelled),
        };
        Some((row.get(0), promise))
    });
    Ok(promises.collect())
}

/// Writes what the effects have come to.
pub(super) async fn follow(
    tx: &Tx,
    node: Uuid,
    location: Uuid,
    effects: &Effects,
    at: Timestamp,
) -> Result<()> {
    const STEP: Sql = sql!(
        "update reservation r set state = given.state, picked = given.picked, changed_at = $4
           from unnest($1, $2, $3) as given (id, state, picked) where r.id = given.id",
        ([uuid], [text], [bigint], timestamptz) -> ()
    );
    const REBASED: Sql = sql!(
        "update node_stream set rebased_at = $2 where node_id = $1 and frozen_at is not null",
        (uuid, timestamptz) -> ()
    );
    let now = tx.now();
    rights::change(tx, &effects.changes, now).await?;
    rights::answer_recalls(tx, location, &effects.returned()).await?;
    if !effects.steps.is_empty() {
        let ids: Vec<Uuid> = effects.steps.keys().copied().collect();
        let promises = || effects.steps.values();
        let states: Vec<&str> = promises().map(|one| one.state.code()).collect();
        let picked: Vec<i64> = promises().map(|one| one.picked).collect();
        tx.run(STEP, &[&ids, &states, &picked, &now]).await?;
    }
    if effects.is_rebased {
        tx.run(REBASED, &[&node, &at]).await?;
    }
    Ok(())
}

/// Writes everything and commits.
pub(super) async fn record(
    tx: &Tx,
    node: Uuid,
    stream: &Stream,
    state: &NodeState,
    fresh: &[Opened],
    booking: &Booking<'_>,
    place: &Reached,
) -> Result<()> {
    let hash = place.last_hash.0.as_slice();
    // A clock that cannot be kept says nothing about completeness.
    let clock = Some(state.clock).filter(|&at| is_storable(zoned_year(at)));
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
    let book: [&(dyn ToSql + Sync); 21] = [
        &stream.location,
        &node,
        &stream.place.epoch,
        &raw.seqs,
        &raw.ids,
        &raw.kinds,
        &raw.vers,
        &raw.headers,
        &raw.bodies,
        &raw.hashes,
        &booking.counts,
        &received_at,
        &booking.firsts,
        &booking.copies,
        &booking.lines,
        &booking.variants,
        &booking.buckets,
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
