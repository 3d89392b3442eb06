//! Warehouses, and what the head office does with rights: a location without a node has its stock written here
//! (decision 8), a shop is sent a count or given rights by hand.
use std::collections::{BTreeMap, BTreeSet};

use httpkit::problem::Problem;
use retail::quantity::Quantity;
use retail::staff::Permission;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::command::{Command, Line, SetStock};

use crate::approval::{self, Asked};
use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::db::Tx;
use crate::error::Result;
use crate::rights::{self, Cause, Change};
use crate::session::{Allowed, StockCount, Viewer};
use crate::staff::person;

mod db;
pub(crate) mod http;

/// The most lines in one count or gift.
const MOST_LINES: usize = 500;
/// The most base units of one line.
pub(crate) const MOST_UNITS: i64 = 100_000_000;

/// Which account of a location without a node a movement changes. What it may sell is promised online: there is no
/// till that could hold rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    /// On the shelf.
    Claims,
    /// Taken from the shelf for orders.
    Picked,
}

impl Account {
    const fn bucket(self) -> &'static str {
        match self {
            Self::Claims => "C",
            Self::Picked => "K",
        }
    }
}

/// A movement at a location without a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) location: Uuid,
    pub(crate) variant: Uuid,
    pub(crate) account: Account,
    /// Base units, signed.
    pub(crate) quantity: i64,
    /// As an event's type.
    pub(crate) reason: &'static str,
}

/// Makes the month that movements of today fall into.
pub(crate) async fn prepare(cloud: &Cloud) -> Result<()> {
    let today = cloud.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let around = [today.yesterday().ok(), Some(today), today.tomorrow().ok()];
    crate::sync::ensure_months(cloud, around.into_iter().flatten()).await
}

/// Writes movements into the ledger and the balance, as one event.
pub(crate) async fn record(cloud: &Cloud, tx: &Tx, moves: &[Moved]) -> Result<()> {
    let moves: Vec<Moved> = moves
        .iter()
        .filter(|one| one.quantity != 0)
        .copied()
        .collect();
    if moves.is_empty() {
        return Ok(());
    }
    db::record(tx, cloud.id(), &moves).await
}

/// What became of a count or a gift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// It counts already.
    Now,
    /// The location's node is told.
    Sent,
}

/// What became of a count.
#[derive(Debug)]
pub(crate) enum Counted {
    /// It was taken.
    Done(Done),
    /// It writes off more than the person may alone: somebody else has to decide.
    Asked(Box<Asked>),
}

/// Stock was counted. A location without a node takes it over; a shop's node is asked to.
///
/// Refused where less was counted than is promised: those orders have to be cancelled or picked first. Whoever may write
/// off only so much alone needs a second person beyond it.
pub(crate) async fn count(
    cloud: &Cloud,
    viewer: &Viewer,
    location: Uuid,
    id: Uuid,
    lines: &[Line],
) -> Result<Counted> {
    let lines = checked(lines, 0)?;
    prepare(cloud).await?;
    let done = cloud
        .tx("count_at_office", viewer.actor(), async |tx| {
            if !db::is_noted(tx, location, id).await?
                && let Some(asked) =
                    ask_beyond_limit(cloud, tx, viewer, location, id, &lines).await?
            {
                return Ok(Counted::Asked(Box::new(asked)));
            }
            let done = count_in(cloud, tx, location, id, &lines).await?;
            Ok(Counted::Done(done))
        })
        .await?;
    cloud.sync().wake_commands(location);
    Ok(done)
}

/// Asks a second person when more is written off than the person may alone; refuses it when there is nobody to ask.
async fn ask_beyond_limit(
    cloud: &Cloud,
    tx: &Tx,
    viewer: &Viewer,
    location: Uuid,
    id: Uuid,
    lines: &[Line],
) -> Result<Option<Asked>> {
    tx.widen("people");
    let standing = person::standing_of(tx, viewer).await?;
    let limit = standing.limit(Permission::StockCount, location);
    let limit = limit.filter(|limit| limit.max_minor.is_some());
    let asked = match limit {
        None => None,
        Some(limit) => {
            let written_off = db::written_off(tx, location, lines).await?;
            if limit.exceeded_by_minor(written_off).is_none() {
                None
            } else {
                person::lock(tx).await?;
                let request = approval::count(location, id, lines, written_off);
                let asked = approval::ask_if_needed(cloud, tx, viewer.id(), request).await?;
                let nobody = || approval::beyond_limit(Permission::StockCount, limit, written_off);
                Some(asked.ok_or_else(nobody)?)
            }
        }
    };
    tx.narrow();
    Ok(asked)
}

/// Takes a count over, or sends it, once.
pub(crate) async fn count_in(
    cloud: &Cloud,
    tx: &Tx,
    location: Uuid,
    id: Uuid,
    lines: &[Line],
) -> Result<Done> {
    let lines = checked(lines, 0)?;
    let home = db::home(tx, location).await?.ok_or_else(unknown_location)?;
    if !once(tx, id, location, "count", &lines).await? {
        return Ok(done_at(&home));
    }
    check_variants(tx, &lines).await?;
    if home == "cloud" {
        set(cloud, tx, location, id, &lines).await?;
    } else {
        let command = Command::Count(SetStock {
            reason: "count".to_owned(),
            lines: lines.clone(),
        });
        let sent = rights::send_command(tx, location, &command, id, tx.now()).await?;
        sent.ok_or_else(no_node)?;
    }
    Entry::new("stock.counted", format!("{location}/{id}"))
        .at(location)
        .with("lines", lines.len())
        .note(cloud, tx)
        .await?;
    Ok(done_at(&home))
}

/// Takes over what was on the shelf when the system was taken into use, or sends it: a node takes the first number of a
/// variant that its shop has never had, and has people count the others. Whoever calls it sees to it that there is one
/// document for each variant.
pub(crate) async fn open_in(
    cloud: &Cloud,
    tx: &Tx,
    location: Uuid,
    id: Uuid,
    lines: &[Line],
) -> Result<()> {
    let lines = checked(lines, 0)?;
    let home = db::home(tx, location).await?.ok_or_else(unknown_location)?;
    if !once(tx, id, location, "opening", &lines).await? {
        return Ok(());
    }
    if home == "cloud" {
        set(cloud, tx, location, id, &lines).await?;
    } else {
        let command = Command::Count(SetStock {
            reason: "opening".to_owned(),
            lines: lines.clone(),
        });
        let sent = rights::send_command(tx, location, &command, id, tx.now()).await?;
        sent.ok_or_else(no_node)?;
    }
    Entry::new("stock.opened", format!("{location}/{id}"))
        .at(location)
        .with("lines", lines.len())
        .note(cloud, tx)
        .await
}

async fn set(cloud: &Cloud, tx: &Tx, location: Uuid, id: Uuid, lines: &[Line]) -> Result<()> {
    let counted: BTreeMap<Uuid, i64> = lines
        .iter()
        .map(|line| (line.variant, line.quantity))
        .collect();
    let keys: BTreeSet<(Uuid, Uuid)> = counted.keys().map(|&variant| (variant, location)).collect();
    let accounts = rights::db::lock_or_open(tx, &keys).await?;
    let (mut changes, mut moves, mut short) = (Vec::new(), Vec::new(), Vec::<Value>::new());
    for (key, before) in accounts {
        let quantity = counted.get(&key.0).copied().unwrap_or(0);
        let mut after = before;
        if after.counted(Quantity::new(quantity)).is_err() {
            short.push(json!({
                "variant": key.0,
                "counted": quantity,
                "promised": before.promised.base_units(),
            }));
            continue;
        }
        changes.extend(Change::between(key, before, after, Cause::Count, Some(id)));
        moves.push(Moved {
            location,
            variant: key.0,
            account: Account::Claims,
            quantity: (after.claims() - before.claims()).base_units(),
            reason: "stock.counted",
        });
    }
    if !short.is_empty() {
        return Err(Problem::conflict(
            "count.below_promised",
            "Less was counted than is promised to orders",
        )
        .figure("lines", short)
        .into());
    }
    rights::db::change(tx, &changes, tx.now()).await?;
    record(cloud, tx, &moves).await
}

/// Gives rights to a shop by hand, out of what may be promised online there: all of the lines or nothing.
pub(crate) async fn grant(
    cloud: &Cloud,
    allowed: &Allowed<StockCount>,
    location: Uuid,
    id: Uuid,
    lines: &[Line],
) -> Result<Done> {
    let lines = checked(lines, 1)?;
    cloud
        .tx("grant_by_hand", allowed.actor(), async |tx| {
            let home = db::home(tx, location).await?.ok_or_else(unknown_location)?;
            if home == "cloud" {
                return Err(no_node().into());
            }
            if !once(tx, id, location, "grant", &lines).await? {
                return Ok(());
            }
            let keys = lines.iter().map(|line| (line.variant, location)).collect();
            let accounts = rights::db::lock(tx, &keys).await?;
            let short: Vec<Value> = lines
                .iter()
                .filter_map(|line| {
                    let account = accounts.get(&(line.variant, location));
                    let available = account.map_or(0, |account| account.available.base_units());
                    (available < line.quantity).then(|| {
                        json!({
                            "variant": line.variant, "wanted": line.quantity, "available": available,
                        })
                    })
                })
                .collect();
            if !short.is_empty() {
                return Err(Problem::conflict(
                    "grant.not_available",
                    "Less may be promised online here than is to be given",
                )
                .figure("lines", short)
                .into());
            }
            rights::grant(tx, location, &lines, id, "manual", tx.now())
                .await?
                .ok_or_else(no_node)?;
            Entry::new("rights.granted", format!("{location}/{id}"))
                .at(location)
                .with("lines", lines.len())
                .note(cloud, tx)
                .await
        })
        .await?;
    cloud.sync().wake_commands(location);
    Ok(Done::Sent)
}

/// Lines in order, each variant once.
fn checked(lines: &[Line], least: i64) -> Result<Vec<Line>> {
    if lines.is_empty() || lines.len() > MOST_LINES {
        return Err(Problem::invalid("lines.count", "lines", "Between 1 and 500 lines").into());
    }
    let mut sorted = lines.to_vec();
    sorted.sort_unstable_by_key(|line| line.variant);
    if sorted
        .windows(2)
        .any(|pair| pair[0].variant == pair[1].variant)
    {
        return Err(Problem::invalid("lines.repeated", "lines", "A variant is there twice").into());
    }
    if let Some(wrong) = lines
        .iter()
        .position(|line| !(least..=MOST_UNITS).contains(&line.quantity))
    {
        let field = format!("lines[{wrong}].quantity");
        return Err(Problem::invalid("lines.quantity", field, "This quantity cannot be").into());
    }
    Ok(sorted)
}

/// Notes the document. False when it was noted before with the same content.
async fn once(tx: &Tx, id: Uuid, location: Uuid, kind: &str, lines: &[Line]) -> Result<bool> {
    let content = serde_json::to_value(lines).expect("lines are plain data");
    match db::note(tx, id, location, kind, &content).await? {
        None => Ok(true),
        Some(first) if first == (kind.to_owned(), content) => Ok(false),
        Some(_) => Err(Problem::conflict("id.reused", "Another document has this id").into()),
    }
}

async fn check_variants(tx: &Tx, lines: &[Line]) -> Result<()> {
    let ids: Vec<Uuid> = lines.iter().map(|line| line.variant).collect();
    match db::unknown_variant(tx, &ids).await? {
        None => Ok(()),
        Some(unknown) => Err(
            Problem::not_found("variant.unknown", "There is no such variant")
                .figure("variant", unknown.to_string())
                .into(),
        ),
    }
}

fn done_at(home: &str) -> Done {
    if home == "cloud" {
        Done::Now
    } else {
        Done::Sent
    }
}

fn unknown_location() -> Problem {
    Problem::not_found("location.unknown", "There is no such location")
}

fn no_node() -> Problem {
    Problem::conflict("location.no_node", "This location has no node")
}
