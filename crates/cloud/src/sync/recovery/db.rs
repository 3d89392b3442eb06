//! SQL of recovery.
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uuid::Uuid;
use wire::accept::Status;
use wire::event::Hash;

use super::{Begin, Stream};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// Ends an epoch; the first reason stays.
pub(super) async fn fence(
    tx: &Tx,
    node: Uuid,
    status: Status,
    reason: &str,
    at: Timestamp,
) -> Result<()> {
    const FENCE: Sql = sql!(
        "update node_stream set status = $2, fenced_reason = $3, fenced_at = $4
          where node_id = $1 and status = 'active'",
        (uuid, text, text, timestamptz) -> ()
    );
    Ok(tx
        .run(FENCE, &[&node, &status.code(), &reason, &at])
        .await?)
}

/// The incarnation, locked: one transaction at a time finds out that the cloud was restored.
pub(super) async fn lock_incarnation(tx: &Tx) -> Result<i64> {
    const LOCK: Sql = sql!("select incarnation from company for update", () -> (bigint));
    Ok(tx.row(LOCK, &[]).await?.map_or(1, |row| row.get(0)))
}

/// Whether a node's location is frozen; without a node: any.
pub(super) async fn is_frozen(tx: &Tx, node: Option<Uuid>) -> Result<bool> {
    const FROZEN: Sql = sql!(
        "select exists (select 1 from node_stream where frozen_at is not null and ($1 is null or node_id = $1))",
        (uuid) -> (boolean)
    );
    Ok(tx
        .row(FROZEN, &[&node])
        .await?
        .is_some_and(|row| row.get(0)))
}

/// Freezes every location with a node and begins its stream of commands anew.
pub(super) async fn begin_incarnation(tx: &Tx, incarnation: i64, at: Timestamp) -> Result<()> {
    const COMPANY: Sql = sql!("update company set incarnation = $1", (bigint) -> ());
    const LOCK: Sql =
        sql!("select node_id from node_stream order by node_id for update", () -> (uuid));
    const FREEZE: Sql = sql!(
        "update node_stream set frozen_at = $1, rebased_at = null, r_acked = 0 where status <> 'retired'",
        (timestamptz) -> ()
    );
    const RECALLS: Sql = sql!("delete from recall", () -> ());
    const LOCK_STREAMS: Sql = sql!(
        "select location_id from command_stream order by location_id for update",
        () -> (uuid)
    );
    const STREAMS: Sql =
        sql!("update command_stream set incarnation = $1, next = 1", (bigint) -> ());
    tx.all(&[
        call(COMPANY, &[&incarnation]),
        call(LOCK, &[]),
        call(FREEZE, &[&at]),
        call(RECALLS, &[]),
        call(LOCK_STREAMS, &[]),
        call(STREAMS, &[&incarnation]),
    ])
    .await?;
    Ok(())
}

/// Whether the node has followed the restored cloud.
pub(super) async fn is_rebased(tx: &Tx, node: Uuid) -> Result<bool> {
    const REBASED: Sql = sql!(
        "select rebased_at is not null from node_stream where node_id = $1",
        (uuid) -> (boolean)
    );
    Ok(tx
        .row(REBASED, &[&node])
        .await?
        .is_some_and(|row| row.get(0)))
}

/// Sets the mirror of a location to nothing, by an entry of the ledger, so that the ledger still sums up.
pub(super) async fn clear_mirror(tx: &Tx, location: Uuid, entry: Uuid) -> Result<()> {
    const CLEAR: Sql = sql!(
        "with held as (
           select b.variant_id, m.bucket, m.quantity
             from stock_balance b,
                  lateral (values ('N', b.node_rights), ('C', b.claim_bound), ('D', b.debt), ('K', b.picked),
                                  ('U', b.unsellable), ('T', b.shipped)) as m (bucket, quantity)
            where b.location_id = $1 and m.quantity <> 0
         ), ledger as (
           insert into stock_movement
             (location_id, business_date, event_id, line, variant_id, bucket, quantity, reason, occurred_at)
           select $1, ($3 at time zone l.time_zone)::date, $2,
                  (row_number() over (order by held.variant_id, held.bucket))::integer - 1,
                  held.variant_id, held.bucket, -held.quantity, 'node.replaced', $3
             from held, location l where l.id = $1
         )
         update stock_balance
            set on_hand = 0, node_rights = 0, claim_bound = 0, debt = 0, picked = 0, unsellable = 0, shipped = 0
          where location_id = $1",
        (uuid, uuid, timestamptz) -> ()
    );
    Ok(tx.run(CLEAR, &[&location, &entry, &tx.now()]).await?)
}

/// Moves the node's place, its queue of stage 2 and its stream of commands to a new epoch.
pub(super) async fn begin_epoch(
    tx: &Tx,
    node: Uuid,
    stream: &Stream,
    epoch: i64,
    begin: Begin,
) -> Result<()> {
    const CLOSE_QUEUE: Sql = sql!(
        "update node_apply set last_seq = $3 where node_id = $1 and epoch = $2",
        (uuid, bigint, bigint) -> ()
    );
    const QUEUE: Sql = sql!(
        "insert into node_apply (node_id, location_id, epoch) values ($1, $2, $3)",
        (uuid, uuid, bigint) -> ()
    );
    // A node that is new after the restore has followed already.
    const PLACE: Sql = sql!(
        "update node_stream
            set epoch = $2, status = 'active', fenced_at = null, fenced_reason = null, last_seq = 0, last_hash = $3,
                safe_seq = 0, r_acked = 0, head_seq = 0, complete_to = null, last_event_at = null, suspect = null,
                restricted_cause = null, missing_from = null, missing_to = null,
                rebased_at = case when frozen_at is not null and $4 then $5 end
          where node_id = $1",
        (uuid, bigint, bytea, boolean, timestamptz) -> ()
    );
    const COMMANDS: Sql = sql!(
        "update command_stream c set epoch = $2, next = 1, incarnation = company.incarnation
           from company where c.node_id = $1",
        (uuid, bigint) -> ()
    );
    let genesis = Hash::GENESIS.0;
    let has_followed = begin == Begin::Replaced;
    tx.all(&[
        call(
            CLOSE_QUEUE,
            &[&node, &stream.place.epoch, &stream.place.last_seq],
        ),
        call(QUEUE, &[&node, &stream.location, &epoch]),
        call(
            PLACE,
            &[&node, &epoch, &genesis.as_slice(), &has_followed, &tx.now()],
        ),
        call(COMMANDS, &[&node, &epoch]),
    ])
    .await?;
    Ok(())
}

/// What the node's log, as far as it was accepted, leaves to the cloud.
pub(super) async fn claim_bounds(tx: &Tx, location: Uuid) -> Result<BTreeMap<Uuid, i64>> {
    const BOUNDS: Sql = sql!(
        "select variant_id, claim_bound from stock_balance where location_id = $1 and claim_bound <> 0",
        (uuid) -> (uuid, bigint)
    );
    let rows = tx.rows(BOUNDS, &[&location]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Reservations that the node is asked to pick in the stream of this incarnation.
pub(super) async fn asked_again(tx: &Tx, location: Uuid) -> Result<BTreeSet<Uuid>> {
    const ASKED: Sql = sql!(
        "select distinct (line ->> 'reservation')::uuid
           from command_stream s
           join node_command c on c.node_id = s.node_id and c.epoch = s.epoch and c.incarnation = s.incarnation
          cross join jsonb_array_elements(c.body -> 'lines') as line
          where s.location_id = $1 and c.kind = 'pick'",
        (uuid) -> (uuid)
    );
    let rows = tx.rows(ASKED, &[&location]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

pub(super) async fn unfreeze(tx: &Tx, node: Uuid) -> Result<()> {
    const UNFREEZE: Sql = sql!(
        "update node_stream set frozen_at = null, rebased_at = null where node_id = $1",
        (uuid) -> ()
    );
    Ok(tx.run(UNFREEZE, &[&node]).await?)
}
