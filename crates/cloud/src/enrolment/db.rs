//! SQL of enrolment.
use jiff::Timestamp;
use uuid::Uuid;
use wire::enrol::Enrol;

use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// The epoch of a node that never lost its state.
pub(super) const FIRST_EPOCH: i64 = 1;

pub(super) struct KeptCode {
    pub(super) location_id: Uuid,
    pub(super) expires_at: Timestamp,
    /// The node and the epoch that it has made.
    pub(super) became: Option<(Uuid, i64)>,
}

/// The node of a location.
pub(super) struct Place {
    pub(super) node: Uuid,
    pub(super) is_active: bool,
}

/// Whether a location exists whose stock an edge writes.
pub(super) async fn location_takes_node(tx: &Tx, location: Uuid) -> Result<bool> {
    const TAKES: Sql = sql!("select true from location where id = $1 and home = 'edge' and not closed", (uuid) -> (boolean));
    Ok(tx.row(TAKES, &[&location]).await?.is_some())
}

pub(super) async fn keep_code(
    tx: &Tx,
    hash: &[u8],
    location: Uuid,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    const KEEP: Sql = sql!(
        "insert into enrolment_code (code_hash, location_id, created_by, created_at, expires_at)
         values ($1, $2, actor(), $3, $4)",
        (bytea, uuid, timestamptz, timestamptz) -> ()
    );
    const AUDIT: Sql = sql!(
        "insert into audit (at, actor, action, subject, location_id)
         values ($1, actor(), 'enrolment_code.issued', $2, $3)",
        (timestamptz, text, uuid) -> ()
    );
    tx.all(&[
        call(KEEP, &[&hash, &location, &now, &expires_at]),
        call(AUDIT, &[&now, &location.to_string(), &location]),
    ])
    .await?;
    Ok(())
}

/// A code, locked: it becomes one node.
pub(super) async fn lock_code(tx: &Tx, hash: &[u8]) -> Result<Option<KeptCode>> {
    const LOCK: Sql = sql!(
        "select location_id, expires_at, node_id, coalesce(epoch, 1) from enrolment_code where code_hash = $1 for update",
        (bytea) -> (uuid, timestamptz, uuid, bigint)
    );
    let row = tx.row(LOCK, &[&hash]).await?;
    Ok(row.map(|row| KeptCode {
        location_id: row.get(0),
        expires_at: row.get(1),
        became: row.get::<_, Option<Uuid>>(2).map(|node| (node, row.get(3))),
    }))
}

/// Whether an epoch of a node has this key.
pub(super) async fn has_key(tx: &Tx, node: Uuid, epoch: i64, key: &[u8; 32]) -> Result<bool> {
    const SAME: Sql = sql!(
        "select true from node_key where node_id = $1 and epoch = $2 and public_key = $3",
        (uuid, bigint, bytea) -> (boolean)
    );
    Ok(tx
        .row(SAME, &[&node, &epoch, &key.as_slice()])
        .await?
        .is_some())
}

/// The node that writes the stock of a location. Two enrolments of one location wait for each other.
pub(super) async fn lock_location(tx: &Tx, location: Uuid) -> Result<Option<Place>> {
    const LOCK: Sql = sql!("select id from location where id = $1 for update", (uuid) -> (uuid));
    const PLACE: Sql = sql!(
        "select node_id, status = 'active' from node_stream where location_id = $1 and status <> 'retired'",
        (uuid) -> (uuid, boolean)
    );
    tx.run(LOCK, &[&location]).await?;
    let row = tx.row(PLACE, &[&location]).await?;
    Ok(row.map(|row| Place {
        node: row.get(0),
        is_active: row.get(1),
    }))
}

pub(super) async fn node_exists(tx: &Tx, node: Uuid) -> Result<bool> {
    const EXISTS: Sql = sql!("select true from node where id = $1", (uuid) -> (boolean));
    Ok(tx.row(EXISTS, &[&node]).await?.is_some())
}

/// The cloud's incarnation when the node was last enrolled.
pub(super) async fn enrolled_in(tx: &Tx, node: Uuid) -> Result<i64> {
    const IN: Sql = sql!(
        "select incarnation from node_key where node_id = $1 order by epoch desc limit 1",
        (uuid) -> (bigint)
    );
    Ok(tx.row(IN, &[&node]).await?.map_or(1, |row| row.get(0)))
}

/// Freezes a node's location until the node has told what it did.
pub(super) async fn freeze(tx: &Tx, node: Uuid, at: Timestamp) -> Result<()> {
    const FREEZE: Sql = sql!(
        "update node_stream set frozen_at = $2 where node_id = $1",
        (uuid, timestamptz) -> ()
    );
    Ok(tx.run(FREEZE, &[&node, &at]).await?)
}

/// Gives an epoch of a node its key.
pub(super) async fn insert_key(
    tx: &Tx,
    node: Uuid,
    epoch: i64,
    key: &[u8; 32],
    request: &Enrol,
) -> Result<()> {
    const KEY: Sql = sql!(
        "insert into node_key (node_id, epoch, public_key, fingerprint, incarnation, enrolled_at)
         select $1, $2, $3, $4, incarnation, $5 from company",
        (uuid, bigint, bytea, text, timestamptz) -> ()
    );
    const NODE: Sql = sql!(
        "update node set public_key = $2, fingerprint = $3, version = $4, enrolled_at = $5 where id = $1",
        (uuid, bytea, text, text, timestamptz) -> ()
    );
    let key = key.as_slice();
    tx.all(&[
        call(KEY, &[&node, &epoch, &key, &request.fingerprint, &tx.now()]),
        call(
            NODE,
            &[
                &node,
                &key,
                &request.fingerprint,
                &request.version,
                &tx.now(),
            ],
        ),
    ])
    .await?;
    Ok(())
}

pub(super) async fn insert_node(
    tx: &Tx,
    id: Uuid,
    epoch: i64,
    location: Uuid,
    key: &[u8; 32],
    request: &Enrol,
) -> Result<()> {
    const NODE: Sql = sql!(
        "insert into node (id, location_id, public_key, fingerprint, version, enrolled_at) values ($1, $2, $3, $4, $5, $6)",
        (uuid, uuid, bytea, text, text, timestamptz) -> ()
    );
    const STREAM: Sql = sql!(
        "insert into node_stream (node_id, location_id, epoch, status, last_seq, last_hash)
         values ($1, $2, $3, 'active', 0, $4)",
        (uuid, uuid, bigint, bytea) -> ()
    );
    const COMMANDS: Sql = sql!(
        "insert into command_stream (location_id, node_id, epoch, incarnation)
         select $1, $2, $3, incarnation from company",
        (uuid, uuid, bigint) -> ()
    );
    const APPLY: Sql = sql!(
        "insert into node_apply (node_id, location_id, epoch) values ($1, $2, $3)",
        (uuid, uuid, bigint) -> ()
    );
    let genesis = wire::event::Hash::GENESIS.0;
    tx.all(&[
        call(
            NODE,
            &[
                &id,
                &location,
                &key.as_slice(),
                &request.fingerprint,
                &request.version,
                &tx.now(),
            ],
        ),
        call(STREAM, &[&id, &location, &epoch, &genesis.as_slice()]),
        call(APPLY, &[&id, &location, &epoch]),
        call(COMMANDS, &[&location, &id, &epoch]),
    ])
    .await?;
    insert_key(tx, id, epoch, key, request).await
}

pub(super) async fn use_code(
    tx: &Tx,
    hash: &[u8],
    node: Uuid,
    epoch: i64,
    now: Timestamp,
) -> Result<()> {
    const USE: Sql = sql!(
        "update enrolment_code set used_at = $4, node_id = $2, epoch = $3 where code_hash = $1",
        (bytea, uuid, bigint, timestamptz) -> ()
    );
    const AUDIT: Sql = sql!(
        "insert into audit (at, actor, action, subject, location_id, node_id)
         select $1, actor(), 'node.enrolled', $2, node.location_id, node.id from node where node.id = $3",
        (timestamptz, text, uuid) -> ()
    );
    tx.all(&[
        call(USE, &[&hash, &node, &epoch, &now]),
        call(AUDIT, &[&now, &format!("{node}/{epoch}"), &node]),
    ])
    .await?;
    Ok(())
}
