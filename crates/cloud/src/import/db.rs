//! SQL of files that are taken in.
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use super::plan::Outcome;
use super::{Import, Kind};
use crate::cloud::Cloud;
use crate::db::{Actor, Sql, Tx, call, sql};
use crate::error::Result;

pub(super) async fn begin(
    tx: &Tx,
    id: Uuid,
    kind: Kind,
    file_name: &str,
    staff: Option<Uuid>,
    at: Timestamp,
) -> Result<()> {
    const BEGIN: Sql = sql!(
        "insert into import (id, kind, file_name, options, state, staff_id, begun_at) values ($1, $2, $3, '{}', 'uploading', $4, $5)
         on conflict (id) do nothing",
        (uuid, text, text, uuid, timestamptz) -> ()
    );
    Ok(tx
        .run(BEGIN, &[&id, &kind.code(), &file_name, &staff, &at])
        .await?)
}

/// How far it is.
pub(super) async fn get(tx: &Tx, id: Uuid) -> Result<Option<Import>> {
    const GET: Sql = sql!(
        "select id, kind, file_name, state, is_dry, rows, next_row, created, changed, unchanged, refused, failure, options,
                begun_at, ended_at, staff_id
           from import where id = $1",
        (uuid) -> (uuid, text, text, text, boolean, bigint, bigint, bigint, bigint, bigint, bigint, jsonb, jsonb,
                   timestamptz, timestamptz, uuid)
    );
    Ok(tx.row(GET, &[&id]).await?.as_ref().map(import))
}

/// The newest first.
pub(super) async fn list(tx: &Tx) -> Result<Vec<Import>> {
    const LIST: Sql = sql!(
        "select id, kind, file_name, state, is_dry, rows, next_row, created, changed, unchanged, refused, failure, options,
                begun_at, ended_at, staff_id
           from import order by begun_at desc, id desc limit 50",
        () -> (uuid, text, text, text, boolean, bigint, bigint, bigint, bigint, bigint, bigint, jsonb, jsonb,
               timestamptz, timestamptz, uuid)
    );
    Ok(tx.rows(LIST, &[]).await?.iter().map(import).collect())
}

fn import(row: &Row) -> Import {
    Import {
        id: row.get(0),
        kind: row.get(1),
        file_name: row.get(2),
        state: row.get(3),
        is_dry: row.get(4),
        rows: row.get(5),
        next_row: row.get(6),
        created: row.get(7),
        changed: row.get(8),
        unchanged: row.get(9),
        refused: row.get(10),
        failure: row.get(11),
        options: row.get(12),
        begun_at: row.get(13),
        ended_at: row.get(14),
        staff: row.get(15),
    }
}

/// As it is; nobody else changes it until the end of the transaction.
pub(super) async fn lock(tx: &Tx, id: Uuid) -> Result<Option<Import>> {
    const LOCK: Sql = sql!("select 1 from import where id = $1 for update", (uuid) -> (integer));
    tx.run(LOCK, &[&id]).await?;
    get(tx, id).await
}

/// Bytes of the other parts.
pub(super) async fn bytes(tx: &Tx, id: Uuid, place: i32) -> Result<i64> {
    const BYTES: Sql = sql!(
        "select coalesce(sum(octet_length(content)), 0) from import_part where import_id = $1 and place <> $2",
        (uuid, integer) -> (bigint)
    );
    let row = tx.row(BYTES, &[&id, &place]).await?;
    Ok(row.map_or(0, |row| row.get(0)))
}

pub(super) async fn put_part(tx: &Tx, id: Uuid, place: i32, content: &[u8]) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into import_part (import_id, place, content) values ($1, $2, $3)
         on conflict (import_id, place) do update set content = excluded.content",
        (uuid, integer, bytea) -> ()
    );
    Ok(tx.run(PUT, &[&id, &place, &content]).await?)
}

/// The whole file.
pub(super) async fn content(tx: &Tx, id: Uuid) -> Result<Vec<u8>> {
    const CONTENT: Sql = sql!(
        "select content from import_part where import_id = $1 order by place",
        (uuid) -> (bytea)
    );
    let rows = tx.rows(CONTENT, &[&id]).await?;
    Ok(rows
        .iter()
        .flat_map(|row| row.get::<_, &[u8]>(0))
        .copied()
        .collect())
}

pub(super) async fn start(tx: &Tx, id: Uuid, is_dry: bool, told: &Value) -> Result<()> {
    const START: Sql = sql!(
        "update import set state = 'waiting', is_dry = $2, options = $3, rows = 0, next_row = 0, created = 0, changed = 0,
                unchanged = 0, refused = 0, failure = null, ended_at = null
          where id = $1",
        (uuid, boolean, jsonb) -> ()
    );
    const FORGET: Sql = sql!("delete from import_error where import_id = $1", (uuid) -> ());
    tx.all(&[call(START, &[&id, &is_dry, told]), call(FORGET, &[&id])])
        .await?;
    Ok(())
}

/// The one that waits, or that was interrupted.
pub(super) async fn claim(tx: &Tx, id: Uuid) -> Result<Option<Import>> {
    const CLAIM: Sql = sql!(
        "update import set state = 'running' where id = $1 and state in ('waiting', 'running') returning 1",
        (uuid) -> (integer)
    );
    if tx.row(CLAIM, &[&id]).await?.is_none() {
        return Ok(None);
    }
    get(tx, id).await
}

pub(super) async fn note_read(tx: &Tx, id: Uuid, rows: i64, options: &Value) -> Result<()> {
    const NOTE: Sql = sql!(
        "update import set rows = $2, options = $3 where id = $1",
        (uuid, bigint, jsonb) -> ()
    );
    Ok(tx.run(NOTE, &[&id, &rows, options]).await?)
}

/// What became of the rows before `end`.
pub(super) async fn advance(
    tx: &Tx,
    id: Uuid,
    end: usize,
    outcome: &Outcome,
    most_errors: i64,
) -> Result<()> {
    const ADVANCE: Sql = sql!(
        "update import set next_row = greatest(next_row, $2), created = created + $3, changed = changed + $4,
                unchanged = unchanged + $5, refused = refused + $6
          where id = $1",
        (uuid, bigint, bigint, bigint, bigint, bigint) -> ()
    );
    const ERRORS: Sql = sql!(
        "insert into import_error (import_id, line, field, code, value)
         select $1, line, field, code, value from unnest($2, $3, $4, $5) as given (line, field, code, value)
          where (select count(*) from import_error where import_id = $1) < $6",
        (uuid, [bigint], [text], [text], [text], bigint) -> ()
    );
    let wrong = &outcome.wrong;
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let lines: Vec<i64> = wrong
        .iter()
        .map(|one| i64::try_from(one.line).unwrap_or(0))
        .collect();
    let fields: Vec<&str> = wrong.iter().map(|one| one.field).collect();
    let codes: Vec<&str> = wrong.iter().map(|one| one.code.as_ref()).collect();
    let values: Vec<&str> = wrong.iter().map(|one| one.value.as_str()).collect();
    tx.all(&[
        call(
            ADVANCE,
            &[
                &id,
                &number(end),
                &outcome.created,
                &outcome.changed,
                &outcome.unchanged,
                &number(wrong.len()),
            ],
        ),
        call(
            ERRORS,
            &[&id, &lines, &fields, &codes, &values, &most_errors],
        ),
    ])
    .await?;
    Ok(())
}

/// It is over. What is not to be tried any more needs its file no longer.
pub(super) async fn end(
    tx: &Tx,
    id: Uuid,
    state: &str,
    failure: Option<&Value>,
    at: Timestamp,
) -> Result<()> {
    const END: Sql = sql!(
        "update import set state = $2, failure = $3, ended_at = $4 where id = $1",
        (uuid, text, jsonb, timestamptz) -> ()
    );
    const FORGET: Sql = sql!(
        "delete from import_part using import
          where import.id = $1 and import_part.import_id = $1 and import.state = 'done' and not import.is_dry",
        (uuid) -> ()
    );
    tx.all(&[
        call(END, &[&id, &state, &failure, &at]),
        call(FORGET, &[&id]),
    ])
    .await?;
    Ok(())
}

/// The time zone of most locations.
pub(super) async fn usual_zone(tx: &Tx) -> Result<Option<String>> {
    const ZONE: Sql = sql!(
        "select time_zone from location group by time_zone order by count(*) desc, time_zone limit 1",
        () -> (text)
    );
    Ok(tx.row(ZONE, &[]).await?.map(|row| row.get(0)))
}

/// Tells the planner what the tables have become.
pub(super) async fn analyze(cloud: &Cloud) -> Result<()> {
    const ANALYZE: Sql = sql!("select analyze_catalog()::text", () -> (text));
    cloud
        .tx("analyze_catalog", Actor::Service("import"), async |tx| {
            Ok(tx.run(ANALYZE, &[]).await?)
        })
        .await
}

/// A row that was refused.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ImportError {
    /// In the file, from 1.
    pub(crate) line: i64,
    /// Our name of the column; empty: the whole row.
    pub(crate) field: String,
    /// Stable: `barcode.check_digit`.
    pub(crate) code: String,
    /// What stands there.
    pub(crate) value: String,
}

/// By line.
pub(super) async fn errors(tx: &Tx, id: Uuid, limit: i64) -> Result<Vec<ImportError>> {
    const ERRORS: Sql = sql!(
        "select line, field, code, value from import_error where import_id = $1 order by line, id limit $2",
        (uuid, bigint) -> (bigint, text, text, text)
    );
    let rows = tx.rows(ERRORS, &[&id, &limit]).await?;
    Ok(rows
        .iter()
        .map(|row| ImportError {
            line: row.get(0),
            field: row.get(1),
            code: row.get(2),
            value: row.get(3),
        })
        .collect())
}
