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
    pub(super) node_id: Option<Uuid>,
}

/// Whether a location exists whose stock an edge writes.
pub(super) async fn location_takes_node(tx: &Tx, location: Uuid) -> Result<bool> {
    const TAKES: Sql =
        sql!("select true from location where id = $1 and home = 'edge'", (uuid) -> (boolean));
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
        "insert into audit (at, actor, action, subject) values ($1, actor(), 'enrolment_code.issued', $2)",
        (timestamptz, text) -> ()
    );
    tx.all(&[
        call(KEEP, &[&hash, &location, &now, &expires_at]),
        call(AUDIT, &[&now, &location.to_string()]),
    ])
    .await?;
    Ok(())
}

/// A code, locked: it becomes one node.
pub(super) async fn lock_code(tx: &Tx, hash: &[u8]) -> Result<Option<KeptCode>> {
    const LOCK: Sql = sql!(
        "select location_id, expires_at, node_id from enrolment_code where code_hash = $1 for update",
        (bytea) -> (uuid, timestamptz, uuid)
    );
    let row = tx.row(LOCK, &[&hash]).await?;
    Ok(row.map(|row| KeptCode {
        location_id: row.get(0),
        expires_at: row.get(1),
        node_id: row.get(2),
    }))
}

/// The node, if it has this key.
pub(super) async fn enrolled(tx: &Tx, node: Uuid, key: &[u8; 32]) -> Result<Option<Uuid>> {
    const SAME: Sql =
        sql!("select id from node where id = $1 and public_key = $2", (uuid, bytea) -> (uuid));
    Ok(tx
        .row(SAME, &[&node, &key.as_slice()])
        .await?
        .map(|row| row.get(0)))
}

/// Whether a node writes the stock of a location. Two enrolments of one location wait for each other.
pub(super) async fn has_node(tx: &Tx, location: Uuid) -> Result<bool> {
    const LOCK: Sql = sql!("select id from location where id = $1 for update", (uuid) -> (uuid));
    const HAS: Sql = sql!(
        "select exists (select 1 from node_stream where location_id = $1 and status = 'active')",
        (uuid) -> (boolean)
    );
    tx.run(LOCK, &[&location]).await?;
    Ok(tx
        .row(HAS, &[&location])
        .await?
        .is_some_and(|row| row.get(0)))
}

pub(super) async fn insert_node(
    tx: &Tx,
    id: Uuid,
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
    const KEY: Sql = sql!(
        "insert into node_key (node_id, epoch, public_key, fingerprint, enrolled_at) values ($1, $2, $3, $4, $5)",
        (uuid, bigint, bytea, text, timestamptz) -> ()
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
        call(STREAM, &[&id, &location, &FIRST_EPOCH, &genesis.as_slice()]),
        call(APPLY, &[&id, &location, &FIRST_EPOCH]),
        call(COMMANDS, &[&location, &id, &FIRST_EPOCH]),
        call(
            KEY,
            &[
                &id,
                &FIRST_EPOCH,
                &key.as_slice(),
                &request.fingerprint,
                &tx.now(),
            ],
        ),
    ])
    .await?;
    Ok(())
}

pub(super) async fn use_code(tx: &Tx, hash: &[u8], node: Uuid, now: Timestamp) -> Result<()> {
    const USE: Sql = sql!(
        "update enrolment_code set used_at = $3, node_id = $2 where code_hash = $1",
        (bytea, uuid, timestamptz) -> ()
    );
    const AUDIT: Sql = sql!(
        "insert into audit (at, actor, action, subject) values ($1, actor(), 'node.enrolled', $2)",
        (timestamptz, text) -> ()
    );
    tx.all(&[
        call(USE, &[&hash, &node, &now]),
        call(AUDIT, &[&now, &node.to_string()]),
    ])
    .await?;
    Ok(())
}
