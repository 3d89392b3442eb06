//! SQL of rights and commands.
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use retail::quantity::Quantity;
use retail::rights::CloudAccount;
use serde_json::Value;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;
use wire::command::Message;

use super::{Accounts, Change, Sent};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// Locks accounts that exist, in their order. One that is not there holds nothing.
pub(crate) async fn lock(tx: &Tx, keys: &BTreeSet<(Uuid, Uuid)>) -> Result<Accounts> {
    const LOCK: Sql = sql!(
        "select c.resource_id, c.location_id, c.available, c.granting, c.promised
           from cloud_rights c
           join unnest($1, $2) as wanted (resource_id, location_id)
             on wanted.resource_id = c.resource_id and wanted.location_id = c.location_id
          order by c.resource_id, c.location_id for update of c",
        ([uuid], [uuid]) -> (uuid, uuid, bigint, bigint, bigint)
    );
    if keys.is_empty() {
        return Ok(Accounts::new());
    }
    let (resources, locations): (Vec<Uuid>, Vec<Uuid>) = keys.iter().copied().unzip();
    let rows = tx.rows(LOCK, &[&resources, &locations]).await?;
    Ok(rows.iter().map(account).collect())
}

/// As [`lock`], and opens those that are missing: for what adds to an account. One pass, so that the order holds.
pub(crate) async fn lock_or_open(tx: &Tx, keys: &BTreeSet<(Uuid, Uuid)>) -> Result<Accounts> {
    const OPEN: Sql = sql!(
        "insert into cloud_rights as kept (resource_id, location_id)
         select wanted.resource_id, wanted.location_id from unnest($1, $2) as wanted (resource_id, location_id)
          order by wanted.resource_id, wanted.location_id
         on conflict (resource_id, location_id) do update set available = kept.available
         returning kept.resource_id, kept.location_id, kept.available, kept.granting, kept.promised",
        ([uuid], [uuid]) -> (uuid, uuid, bigint, bigint, bigint)
    );
    if keys.is_empty() {
        return Ok(Accounts::new());
    }
    let (resources, locations): (Vec<Uuid>, Vec<Uuid>) = keys.iter().copied().unzip();
    let rows = tx.rows(OPEN, &[&resources, &locations]).await?;
    Ok(rows.iter().map(account).collect())
}

fn account(row: &Row) -> ((Uuid, Uuid), CloudAccount) {
    let account = CloudAccount {
        available: Quantity::new(row.get(2)),
        granting: Quantity::new(row.get(3)),
        promised: Quantity::new(row.get(4)),
    };
    ((row.get(0), row.get(1)), account)
}

/// Every resource that the cloud has an account of at a location.
pub(crate) async fn resources(tx: &Tx, location: Uuid) -> Result<BTreeSet<(Uuid, Uuid)>> {
    const RESOURCES: Sql = sql!(
        "select resource_id, location_id from cloud_rights where location_id = $1",
        (uuid) -> (uuid, uuid)
    );
    let rows = tx.rows(RESOURCES, &[&location]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Writes changes of accounts that this transaction has locked, and notes each with its cause.
pub(crate) async fn change(tx: &Tx, changes: &[Change], at: Timestamp) -> Result<()> {
    const CHANGE: Sql = sql!(
        "with given as (
           select * from unnest($1, $2, $3, $4, $5, $6, $7)
             as given (location_id, resource_id, available, granting, promised, cause, subject_id)
         ), noted as (
           insert into cloud_rights_entry
             (location_id, resource_id, available, granting, promised, cause, subject_id, at)
           select location_id, resource_id, available, granting, promised, cause, subject_id, $8 from given
         )
         update cloud_rights c
            set available = c.available + d.available, granting = c.granting + d.granting,
                promised = c.promised + d.promised
           from (select location_id, resource_id, sum(available)::bigint as available,
                        sum(granting)::bigint as granting, sum(promised)::bigint as promised
                   from given group by location_id, resource_id) d
          where c.location_id = d.location_id and c.resource_id = d.resource_id",
        ([uuid], [uuid], [bigint], [bigint], [bigint], [text], [uuid], timestamptz) -> ()
    );
    if changes.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&Change) -> i64| changes.iter().map(of).collect::<Vec<i64>>();
    let locations: Vec<Uuid> = changes.iter().map(|change| change.location).collect();
    let resources: Vec<Uuid> = changes.iter().map(|change| change.resource).collect();
    let causes: Vec<&str> = changes.iter().map(|change| change.cause.code()).collect();
    let subjects: Vec<Option<Uuid>> = changes.iter().map(|change| change.subject).collect();
    let available = column(|change| change.available);
    let granting = column(|change| change.granting);
    let promised = column(|change| change.promised);
    Ok(tx
        .run(
            CHANGE,
            &[
                &locations, &resources, &available, &granting, &promised, &causes, &subjects, &at,
            ],
        )
        .await?)
}

/// Those of the locations where nothing may be promised or granted now: the node's epoch is over, or the cloud was
/// restored and the node has not been brought back into step.
pub(crate) async fn closed(tx: &Tx, locations: &[Uuid]) -> Result<BTreeSet<Uuid>> {
    const CLOSED: Sql = sql!(
        "select c.location_id from command_stream c join node_stream s on s.node_id = c.node_id
          where c.location_id = any ($1) and (s.status <> 'active' or s.frozen_at is not null)",
        ([uuid]) -> (uuid)
    );
    let rows = tx.rows(CLOSED, &[&locations]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// A command to a location's node by its id, if it was sent.
pub(crate) async fn sent(tx: &Tx, location: Uuid, id: Uuid) -> Result<Option<Sent>> {
    const SENT: Sql = sql!(
        "select node_id, epoch, incarnation, idx, kind, body from node_command where location_id = $1 and id = $2",
        (uuid, uuid) -> (uuid, bigint, bigint, bigint, text, jsonb)
    );
    let row = tx.row(SENT, &[&location, &id]).await?;
    Ok(row.as_ref().map(of_row))
}

/// Numbers a command and keeps it; none when the location has no node.
pub(super) async fn send(
    tx: &Tx,
    location: Uuid,
    kind: &str,
    body: &Value,
    id: Uuid,
    at: Timestamp,
) -> Result<Option<Sent>> {
    const SEND: Sql = sql!(
        "with place as (
           update command_stream set next = next + 1 where location_id = $1
           returning node_id, epoch, incarnation, next - 1 as idx
         )
         insert into node_command (node_id, epoch, incarnation, idx, id, location_id, kind, body, made_at)
         select node_id, epoch, incarnation, idx, $2, $1, $3, $4, $5 from place
         returning node_id, epoch, incarnation, idx, kind, body",
        (uuid, uuid, text, jsonb, timestamptz) -> (uuid, bigint, bigint, bigint, text, jsonb)
    );
    let row = tx.row(SEND, &[&location, &id, &kind, body, &at]).await?;
    Ok(row.as_ref().map(of_row))
}

fn of_row(row: &Row) -> Sent {
    Sent {
        node: row.get(0),
        epoch: row.get(1),
        incarnation: row.get(2),
        idx: row.get(3),
        kind: row.get(4),
        body: row.get(5),
    }
}

/// The messages of a stream after a place.
pub(crate) async fn messages(
    tx: &Tx,
    node: Uuid,
    epoch: i64,
    incarnation: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<Message>> {
    const MESSAGES: Sql = sql!(
        "select idx, id, kind, body from node_command
          where node_id = $1 and epoch = $2 and incarnation = $3 and idx > $4 order by idx limit $5",
        (uuid, bigint, bigint, bigint, bigint) -> (bigint, uuid, text, jsonb)
    );
    let rows = tx
        .rows(MESSAGES, &[&node, &epoch, &incarnation, &after, &limit])
        .await?;
    let messages = rows.iter().map(|row| Message {
        idx: row.get(0),
        id: row.get(1),
        kind: row.get(2),
        body: row.get(3),
    });
    Ok(messages.collect())
}

/// What came back needs not be asked for again.
pub(crate) async fn answer_recalls(
    tx: &Tx,
    location: Uuid,
    returned: &BTreeMap<Uuid, i64>,
) -> Result<()> {
    const LESS: Sql = sql!(
        "update recall r set quantity = r.quantity - given.quantity
           from unnest($2, $3) as given (resource_id, quantity)
          where r.location_id = $1 and r.resource_id = given.resource_id and r.quantity > given.quantity",
        (uuid, [uuid], [bigint]) -> ()
    );
    const NONE: Sql = sql!(
        "delete from recall r using unnest($2, $3) as given (resource_id, quantity)
          where r.location_id = $1 and r.resource_id = given.resource_id and r.quantity <= given.quantity",
        (uuid, [uuid], [bigint]) -> ()
    );
    if returned.is_empty() {
        return Ok(());
    }
    let resources: Vec<Uuid> = returned.keys().copied().collect();
    let quantities: Vec<i64> = returned.values().copied().collect();
    let params: [&(dyn ToSql + Sync); 3] = [&location, &resources, &quantities];
    // First those that are answered in full: what is lowered is more than what came.
    tx.all(&[call(NONE, &params), call(LESS, &params)]).await?;
    Ok(())
}
