//! SQL of jobs.
use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use super::http::Job;
use super::{Claimed, Kind, NewJob};
use crate::db::{Sql, Tx, sql};
use crate::error::Result;
use crate::session::{Everywhere, JobRead, JobRetry};

/// Enqueues a job in the caller's transaction. False when one with its key waits or runs already.
pub async fn enqueue(tx: &Tx, job: &NewJob) -> Result<bool> {
    const ENQUEUE: Sql = sql!(
        "insert into job (kind, payload, dedupe_key, run_at, created_at) values ($1, $2, $3, $4, $4)
         on conflict (dedupe_key) do nothing returning id",
        (text, jsonb, text, timestamptz) -> (bigint)
    );
    let params: [&(dyn ToSql + Sync); 4] =
        [&job.kind.code(), &job.payload, &job.dedupe_key, &job.run_at];
    Ok(tx.row(ENQUEUE, &params).await?.is_some())
}

/// Claims ready jobs: those whose time has come and that nobody has, or whose lease ran out.
pub(super) async fn claim(
    tx: &Tx,
    now: Timestamp,
    until: Timestamp,
    most: i64,
) -> Result<Vec<Claimed>> {
    const CLAIM: Sql = sql!(
        "update job set attempts = attempts + 1, locked_until = $2
          where id in (select id from job
                        where dead_at is null and run_at <= $1 and (locked_until is null or locked_until <= $1)
                        order by run_at, id limit $3 for update skip locked)
         returning id, kind, payload, attempts",
        (timestamptz, timestamptz, bigint) -> (bigint, text, jsonb, integer)
    );
    let rows = tx.rows(CLAIM, &[&now, &until, &most]).await?;
    Ok(rows
        .iter()
        .map(|row| Claimed {
            id: row.get(0),
            kind: row.get(1),
            payload: row.get(2),
            attempts: row.get(3),
        })
        .collect())
}

pub(super) async fn finish(tx: &Tx, id: i64) -> Result<()> {
    const FINISH: Sql = sql!("delete from job where id = $1", (bigint) -> ());
    Ok(tx.run(FINISH, &[&id]).await?)
}

/// It goes on from now, after those that waited before. What it has done so far counts: it has all its tries again.
pub(super) async fn requeue(tx: &Tx, id: i64, now: Timestamp) -> Result<()> {
    const REQUEUE: Sql = sql!(
        "update job set locked_until = null, last_error = null, attempts = 0, run_at = $2 where id = $1",
        (bigint, timestamptz) -> ()
    );
    Ok(tx.run(REQUEUE, &[&id, &now]).await?)
}

pub(super) async fn postpone(tx: &Tx, id: i64, error: &str, run_at: Timestamp) -> Result<()> {
    const POSTPONE: Sql = sql!(
        "update job set locked_until = null, last_error = $2, run_at = $3 where id = $1",
        (bigint, text, timestamptz) -> ()
    );
    Ok(tx.run(POSTPONE, &[&id, &error, &run_at]).await?)
}

/// Gives a job up. Its key is free again, so that a scheduled one is not blocked by a dead one.
pub(super) async fn bury(tx: &Tx, id: i64, error: &str, now: Timestamp) -> Result<()> {
    const BURY: Sql = sql!(
        "update job set locked_until = null, last_error = $2, dead_at = $3, dedupe_key = null where id = $1",
        (bigint, text, timestamptz) -> ()
    );
    Ok(tx.run(BURY, &[&id, &error, &now]).await?)
}

/// Those ticks that nobody had claimed.
pub(super) async fn claim_ticks(
    tx: &Tx,
    due: &[(Kind, Timestamp)],
) -> Result<Vec<(Kind, Timestamp)>> {
    const CLAIM: Sql = sql!(
        "insert into cron_tick (name, tick) select * from unnest($1, $2) on conflict do nothing returning name, tick",
        ([text], [timestamptz]) -> (text, timestamptz)
    );
    let names: Vec<&str> = due.iter().map(|(kind, _)| kind.code()).collect();
    let ticks: Vec<Timestamp> = due.iter().map(|(_, tick)| *tick).collect();
    let rows = tx.rows(CLAIM, &[&names, &ticks]).await?;
    Ok(rows
        .iter()
        .filter_map(|row| Some((Kind::by_code(row.get(0))?, row.get(1))))
        .collect())
}

/// Jobs, newest first.
pub(super) async fn list(
    tx: &Tx,
    _allowed: &Everywhere<JobRead>,
    before: Option<i64>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Job>> {
    const LIST: Sql = sql!(
        "select id::text, kind, case when dead_at is not null then 'dead' when locked_until > $3 then 'running' else 'ready' end,
                attempts, run_at, last_error
           from job where id < $1 order by job.id desc limit $2",
        (bigint, bigint, timestamptz) -> (text, text, text, integer, timestamptz, text)
    );
    let rows = tx
        .rows(LIST, &[&before.unwrap_or(i64::MAX), &limit, &now])
        .await?;
    Ok(rows
        .iter()
        .map(|row| Job {
            id: row.get(0),
            kind: row.get(1),
            state: row.get(2),
            attempts: row.get(3),
            run_at: row.get(4),
            last_error: row.get(5),
        })
        .collect())
}

/// Lets a job that was given up run again. False when there is none.
pub(super) async fn retry(
    tx: &Tx,
    _allowed: &Everywhere<JobRetry>,
    id: i64,
    now: Timestamp,
) -> Result<bool> {
    const RETRY: Sql = sql!(
        "update job set dead_at = null, attempts = 0, run_at = $2 where id = $1 and dead_at is not null returning 1",
        (bigint, timestamptz) -> (integer)
    );
    Ok(tx.row(RETRY, &[&id, &now]).await?.is_some())
}
