//! Files that move a shop in: what it sells and for how much, where, by whom, and what is on its shelves. Good rows go in, a
//! few thousand in a transaction together with how far it is; the others are kept with line, column and reason. The same
//! file again changes nothing. A trial is the same run, each transaction of which is taken back.
use std::collections::VecDeque;
use std::ops::Range;

use httpkit::problem::Problem;
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;
use crate::job::{self, NewJob};
use crate::warehouse;
use plan::{Outcome, Plan};

mod brand;
mod container;
pub(crate) mod db;
pub(crate) mod export;
pub(crate) mod file;
pub(crate) mod http;
mod kind;
mod location;
mod plain;
mod plan;
mod price;
mod product;
pub(crate) mod row;
mod sheet;
mod staff;
mod stock;
mod tax;
mod variant;

pub use file::Told;
pub use kind::Kind;

/// A kind as a file.
pub use export::{Form, table as export_table};

/// Rows in one transaction: readers of the shops' feeds wait for the longest one.
const CHUNK: usize = 2_000;
/// The most rows of a file.
const MOST_ROWS: usize = 1_000_000;
/// The most bytes of a file, and of a part of it.
const MOST_BYTES: i64 = 200 << 20;
pub(crate) const MOST_PART: usize = 2 << 20;
/// The most refused rows that are kept; the others are counted.
const MOST_ERRORS: i64 = 10_000;

/// A file that is taken in, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Import {
    /// Its id.
    pub id: Uuid,
    /// What it is about: `products`, `prices`, `stock`, …
    pub kind: String,
    /// As it is called where it came from.
    pub file_name: String,
    /// `uploading`, `waiting`, `running`, `done`, `cancelled` or `failed`.
    pub state: String,
    /// A trial: nothing is kept.
    pub is_dry: bool,
    /// In the file, without the header and empty ones.
    pub rows: i64,
    /// How many of them were looked at.
    pub next_row: i64,
    /// New ones.
    pub created: i64,
    /// Others than before.
    pub changed: i64,
    /// As they were.
    pub unchanged: i64,
    /// Wrong ones.
    pub refused: i64,
    /// Why the file as a whole was refused: `code`, and what belongs to it.
    #[schema(value_type = Option<Object>)]
    pub failure: Option<Value>,
    /// How it was read: `encoding`, `delimiter`, `decimal`.
    #[schema(value_type = Object)]
    pub options: Value,
    /// By the system's clock.
    pub begun_at: Timestamp,
    /// When it was done, cancelled or refused.
    pub ended_at: Option<Timestamp>,
    /// Who did it; null: from the command line.
    #[serde(skip)]
    pub(crate) staff: Option<Uuid>,
}

/// Somebody has a file to take in. May be repeated.
pub async fn begin(
    cloud: &Cloud,
    actor: Actor,
    id: Uuid,
    kind: Kind,
    file_name: &str,
) -> Result<Import> {
    let name: String = file_name
        .chars()
        .filter(|one| !one.is_control())
        .take(200)
        .collect();
    let now = cloud.security_now();
    cloud
        .tx("begin_import", actor, async |tx| {
            db::begin(tx, id, kind, &name, actor.person(), now).await?;
            let known = db::get(tx, id).await?.ok_or_else(unknown)?;
            if known.kind != kind.code() {
                let title = "This import is of another kind";
                return Err(Problem::conflict("import.id_reused", title).into());
            }
            Ok(known)
        })
        .await
}

/// A part of the file, from 0 on without a gap. May be repeated.
pub async fn put_part(
    cloud: &Cloud,
    actor: Actor,
    id: Uuid,
    place: i32,
    content: &[u8],
) -> Result<()> {
    if place < 0 || content.len() > MOST_PART {
        let message = "A part has at most 2 MiB";
        return Err(Problem::invalid("import.part", "place", message).into());
    }
    cloud
        .tx("put_import_part", actor, async |tx| {
            let known = db::lock(tx, id).await?.ok_or_else(unknown)?;
            if known.state == "waiting" || known.state == "running" {
                return Err(busy().into());
            }
            if db::bytes(tx, id, place).await? + i64::try_from(content.len()).unwrap_or(i64::MAX)
                > MOST_BYTES
            {
                let message = "A file has at most 200 MiB";
                return Err(Problem::invalid("import.too_large", "place", message).into());
            }
            db::put_part(tx, id, place, content).await
        })
        .await
}

/// Lets it be taken in, or tried, from the beginning, by a worker.
pub async fn start(
    cloud: &Cloud,
    actor: Actor,
    id: Uuid,
    is_dry: bool,
    told: &Told,
) -> Result<Import> {
    let job = NewJob {
        kind: job::Kind::ImportRun,
        payload: json!({ "import": id }),
        dedupe_key: Some(format!("import:{id}")),
        run_at: cloud.security_now(),
    };
    cloud
        .tx("start_import", actor, async |tx| {
            let import = ready(tx, id, is_dry, told).await?;
            job::enqueue(tx, &job).await?;
            Ok(import)
        })
        .await
}

/// Takes it in, or tries it, from the beginning, here: returns when it is over. [`show`] says how far it is.
pub async fn run_here(
    cloud: &Cloud,
    actor: Actor,
    id: Uuid,
    is_dry: bool,
    told: &Told,
) -> Result<Import> {
    cloud
        .tx("start_import", actor, async |tx| {
            ready(tx, id, is_dry, told).await
        })
        .await?;
    run(cloud, id).await?;
    show(cloud, actor, id).await
}

async fn ready(tx: &Tx, id: Uuid, is_dry: bool, told: &Told) -> Result<Import> {
    let known = db::lock(tx, id).await?.ok_or_else(unknown)?;
    if known.state == "waiting" || known.state == "running" {
        return Err(busy().into());
    }
    let told = serde_json::to_value(told).expect("plain data");
    db::start(tx, id, is_dry, &told).await?;
    db::get(tx, id).await?.ok_or_else(|| unknown().into())
}

/// Ends it after the rows that are being taken in; those stay.
pub async fn cancel(cloud: &Cloud, actor: Actor, id: Uuid) -> Result<Import> {
    let now = cloud.security_now();
    cloud
        .tx("cancel_import", actor, async |tx| {
            let known = db::lock(tx, id).await?.ok_or_else(unknown)?;
            if known.state != "done" && known.state != "failed" {
                db::end(tx, id, "cancelled", None, now).await?;
            }
            db::get(tx, id).await?.ok_or_else(|| unknown().into())
        })
        .await
}

/// Takes it in from where it is, until its end or until somebody cancels it. What was interrupted goes on.
pub async fn run(cloud: &Cloud, id: Uuid) -> Result<()> {
    let (import, bytes) = cloud
        .tx("claim_import", Actor::Service("import"), async |tx| {
            let import = db::claim(tx, id).await?;
            let bytes = if import.is_some() {
                db::content(tx, id).await?
            } else {
                Vec::new()
            };
            Ok((import, bytes))
        })
        .await?;
    let Some(import) = import else {
        return Ok(());
    };
    match plan(cloud, &import, &bytes).await? {
        Ok(plan) => take_in(cloud, &import, &plan).await,
        Err(failure) => {
            let now = cloud.security_now();
            cloud
                .tx("fail_import", Actor::Service("import"), async |tx| {
                    db::end(tx, id, "failed", Some(&failure), now).await
                })
                .await
        }
    }
}

/// The job's.
pub(crate) async fn run_by(cloud: &Cloud, payload: &Value) -> Result<()> {
    match payload["import"].as_str().and_then(|id| id.parse().ok()) {
        Some(id) => run(cloud, id).await,
        None => Ok(()),
    }
}

/// What the file says, or why it says nothing.
async fn plan(
    cloud: &Cloud,
    import: &Import,
    bytes: &[u8],
) -> Result<std::result::Result<Plan, Value>> {
    let told: Told = serde_json::from_value(import.options.clone()).unwrap_or_default();
    let Some(table) = file::read(bytes, &told) else {
        return Ok(Err(json!({ "code": "import.unreadable" })));
    };
    let kind = Kind::by_code(&import.kind).unwrap_or(Kind::Products);
    let columns = match row::Columns::of(kind, &table, &told) {
        Ok(columns) => columns,
        Err(wrong) => {
            return Ok(Err(
                json!({ "code": "import.header", "missing": wrong.missing,
                "expected": wrong.expected, "found": wrong.found }),
            ));
        }
    };
    if let Some(line) = table.open_quote {
        return Ok(Err(json!({ "code": "import.quote", "at": line })));
    }
    if table.rows.is_empty() {
        return Ok(Err(json!({ "code": "import.empty" })));
    }
    if table.rows.len() > MOST_ROWS {
        return Ok(Err(
            json!({ "code": "import.too_large", "rows": table.rows.len() }),
        ));
    }
    let mut read = serde_json::to_value(&told).expect("plain data");
    read["encoding"] = table.encoding.to_lowercase().into();
    read["delimiter"] = table.delimiter.to_string().into();
    read["decimal"] = table.decimal.to_string().into();
    let rows = i64::try_from(table.rows.len()).unwrap_or(i64::MAX);
    let zone = zone(cloud, &told).await?;
    read["time_zone"] = zone.iana_name().unwrap_or("UTC").into();
    if kind == Kind::Stock {
        warehouse::prepare(cloud).await?;
    }
    let plan = Plan::of(cloud, import, kind, &columns, &table, &zone).await?;
    let actor = actor_of(import);
    cloud
        .tx("read_import", actor, async |tx| {
            db::note_read(tx, import.id, rows, &read).await
        })
        .await?;
    Ok(Ok(plan))
}

/// In which zone days and times are meant: as it was told, or where most locations are.
async fn zone(cloud: &Cloud, told: &Told) -> Result<TimeZone> {
    let named = match &told.time_zone {
        Some(name) => Some(name.clone()),
        None => {
            cloud
                .read("usual_zone", Actor::Service("import"), async |tx| {
                    db::usual_zone(tx).await
                })
                .await?
        }
    };
    let zone = named.and_then(|name| TimeZone::get(&name).ok());
    Ok(zone.unwrap_or(TimeZone::UTC))
}

fn actor_of(import: &Import) -> Actor {
    import.staff.map_or(Actor::Service("admin"), Actor::Staff)
}

async fn take_in(cloud: &Cloud, import: &Import, plan: &Plan) -> Result<()> {
    let actor = actor_of(import);
    let mut from = usize::try_from(import.next_row).unwrap_or(0);
    let mut open = VecDeque::new();
    let (mut steps, mut analyze_at) = (0_u32, 1);
    loop {
        // Early and then less and less often: the tables grow by what they have.
        if steps == analyze_at && !import.is_dry {
            db::analyze(cloud).await?;
            analyze_at *= 4;
        }
        steps += 1;
        let rows = match open.pop_front() {
            Some(rows) => rows,
            None if from < plan.rows() => from..(from + plan.chunk()).min(plan.rows()),
            None => break,
        };
        let done = cloud
            .tx("import_rows", actor, async |tx| {
                step(cloud, tx, import, plan, rows.clone()).await
            })
            .await;
        match done {
            Ok(true) => from = from.max(rows.end),
            Ok(false) => return Ok(()),
            // One of them is to blame: it is found by halves.
            Err(error) if error.is_refused() && rows.len() > 1 => {
                let middle = rows.start + rows.len() / 2;
                open.push_front(middle..rows.end);
                open.push_front(rows.start..middle);
                from = from.max(rows.end);
            }
            Err(error) if error.is_refused() => {
                tracing::warn!(%error, "A row of an import was refused by the database: {error}");
                let wrong = vec![plan.refused(rows.start, &error)];
                let outcome = Outcome {
                    wrong,
                    ..Outcome::default()
                };
                cloud
                    .tx("import_row", actor, async |tx| {
                        db::advance(tx, import.id, rows.end, &outcome, MOST_ERRORS).await
                    })
                    .await?;
                from = from.max(rows.end);
            }
            Err(error) => return Err(error),
        }
    }
    finish(cloud, import, actor).await
}

/// Some rows, and how far it is now; false when it is not ours to go on.
async fn step(
    cloud: &Cloud,
    tx: &Tx,
    import: &Import,
    plan: &Plan,
    rows: Range<usize>,
) -> Result<bool> {
    let known = db::lock(tx, import.id).await?.ok_or_else(unknown)?;
    // Somebody has cancelled it, or another worker is further.
    if known.state != "running" || usize::try_from(known.next_row) != Ok(rows.start) {
        return Ok(false);
    }
    if import.is_dry {
        tx.savepoint().await?;
    }
    let end = rows.end;
    let outcome = plan.apply(cloud, tx, rows).await?;
    if import.is_dry {
        tx.back_to_savepoint().await?;
    }
    db::advance(tx, import.id, end, &outcome, MOST_ERRORS).await?;
    Ok(true)
}

async fn finish(cloud: &Cloud, import: &Import, actor: Actor) -> Result<()> {
    let now = cloud.security_now();
    let opened = cloud
        .tx("finish_import", actor, async |tx| {
            let known = db::lock(tx, import.id).await?.ok_or_else(unknown)?;
            if known.state != "running" {
                return Ok(Vec::new());
            }
            db::end(tx, import.id, "done", None, now).await?;
            if known.is_dry {
                return Ok(Vec::new());
            }
            Entry::new("import.done", import.id)
                .with("kind", known.kind.as_str())
                .with("file_name", known.file_name.as_str())
                .with("created", known.created)
                .with("changed", known.changed)
                .with("unchanged", known.unchanged)
                .with("refused", known.refused)
                .note(cloud, tx)
                .await?;
            stock::places(tx, import.id).await
        })
        .await?;
    for location in opened {
        cloud.sync().wake_commands(location);
    }
    cloud.office().wake();
    Ok(())
}

/// How far it is.
pub async fn show(cloud: &Cloud, actor: Actor, id: Uuid) -> Result<Import> {
    cloud
        .read("show_import", actor, async |tx| {
            db::get(tx, id).await?.ok_or_else(|| unknown().into())
        })
        .await
}

/// The refused rows as a CSV: line, column, reason, value.
pub async fn errors(cloud: &Cloud, actor: Actor, id: Uuid) -> Result<String> {
    let found = cloud
        .read("list_import_errors", actor, async |tx| {
            db::errors(tx, id, MOST_ERRORS).await
        })
        .await?;
    let mut table = httpkit::csv::BYTE_ORDER_MARK.to_owned();
    httpkit::csv::row(&mut table, ["line", "column", "reason", "value"]);
    for one in &found {
        let line = one.line.to_string();
        httpkit::csv::row(
            &mut table,
            [line.as_str(), &one.field, &one.code, &one.value],
        );
    }
    Ok(table)
}

fn unknown() -> Problem {
    Problem::not_found("import.unknown", "There is no such import")
}

fn busy() -> Problem {
    Problem::conflict("import.running", "It is being taken in: wait, or cancel it")
}
