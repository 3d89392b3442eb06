//! SQL of the look at the whole cloud.
use jiff::Timestamp;

use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// A node, as far as somebody should care.
pub(super) struct Node {
    pub(super) location: String,
    pub(super) epoch: i64,
    pub(super) status: String,
    pub(super) suspect: Option<String>,
    /// Why it does not trust its own file, as it says.
    pub(super) restricted: Option<String>,
    pub(super) is_frozen: bool,
    /// It has followed the restored cloud.
    pub(super) has_followed: bool,
    /// Events that it says it has and that are not here.
    pub(super) on_their_way: i64,
    /// Everything before this instant is here.
    pub(super) complete_to: Option<Timestamp>,
    pub(super) last_seen: Option<Timestamp>,
    pub(super) clock_offset_ms: Option<i64>,
    pub(super) version: String,
}

/// What was read at one instant.
pub(super) struct Read {
    pub(super) nodes: Vec<Node>,
    /// Checks of invariants that found something, with the rows.
    pub(super) wrong: Vec<(String, i64)>,
    pub(super) waiting: i64,
    pub(super) quarantined: i64,
    pub(super) oldest_held: Option<Timestamp>,
    pub(super) dead_jobs: i64,
    pub(super) newest_backup: Option<Timestamp>,
}

/// Reads all of it.
pub(super) async fn read(tx: &Tx) -> Result<Read> {
    const NODES: Sql = sql!(
        "select l.name, s.epoch, s.status, s.suspect, s.restricted_cause, s.frozen_at is not null,
                s.rebased_at is not null, greatest(s.head_seq - s.last_seq, 0), s.complete_to, s.last_seen,
                s.clock_offset_ms, n.version
           from node_stream s join node n on n.id = s.node_id join location l on l.id = s.location_id
          order by l.code",
        () -> (
            text, bigint, text, text, text, boolean, boolean, bigint, timestamptz, timestamptz, bigint, text
        )
    );
    const WRONG: Sql = sql!(
        "select name, sum(wrong)::bigint from invariant_check where wrong > 0 group by name order by name",
        () -> (text, bigint)
    );
    const HELD: Sql = sql!(
        "select count(*) filter (where state = 'waiting'), count(*) filter (where state = 'quarantined'), min(received_at)
           from held_event",
        () -> (bigint, bigint, timestamptz)
    );
    const JOBS: Sql = sql!("select count(*) from job where dead_at is not null", () -> (bigint));
    const BACKUP: Sql = sql!("select max(verified_at) from backup", () -> (timestamptz));
    let rows = tx
        .all(&[
            call(NODES, &[]),
            call(WRONG, &[]),
            call(HELD, &[]),
            call(JOBS, &[]),
            call(BACKUP, &[]),
        ])
        .await?;
    let nodes = rows[0].iter().map(|row| Node {
        location: row.get(0),
        epoch: row.get(1),
        status: row.get(2),
        suspect: row.get(3),
        restricted: row.get(4),
        is_frozen: row.get(5),
        has_followed: row.get(6),
        on_their_way: row.get(7),
        complete_to: row.get(8),
        last_seen: row.get(9),
        clock_offset_ms: row.get(10),
        version: row.get(11),
    });
    Ok(Read {
        nodes: nodes.collect(),
        wrong: rows[1].iter().map(|row| (row.get(0), row.get(1))).collect(),
        waiting: rows[2][0].get(0),
        quarantined: rows[2][0].get(1),
        oldest_held: rows[2][0].get(2),
        dead_jobs: rows[3][0].get(0),
        newest_backup: rows[4][0].get(0),
    })
}
