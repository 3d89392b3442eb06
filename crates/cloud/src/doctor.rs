//! A look at the whole cloud by whoever keeps it: what does not fit, what is stuck, and what to do about it.
use jiff::{SignedDuration, Timestamp};
use wire::event::SKEW_MS;

use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;
use crate::invariant;

mod db;

/// Days without a verified backup after which nodes keep more than they need.
const BACKUP_DAYS: i64 = 2;
/// A node that is silent for so long should be looked at.
const SILENT: SignedDuration = SignedDuration::from_hours(24);
/// A node that is heard of and whose events do not arrive for so long is stuck.
const STUCK: SignedDuration = SignedDuration::from_mins(10);
/// Events that cannot be applied should be put right within this time (sync.md 5.4).
const HELD: SignedDuration = SignedDuration::from_hours(24);
const ACTOR: Actor = Actor::Service("doctor");

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Nothing to do.
    Fine,
    /// Works, and somebody should look at it.
    Look,
    /// Something must be done.
    Act,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// `invariants`, `node`, `events`, `jobs` or `backup`.
    pub what: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What was found.
    pub text: String,
    /// What to do about it; empty when nothing.
    pub advice: &'static str,
    /// Where it is described step by step, below `docs/operations`; empty when nowhere.
    pub guide: &'static str,
}

impl Found {
    fn new(
        what: &'static str,
        severity: Severity,
        text: String,
        advice: &'static str,
        guide: &'static str,
    ) -> Self {
        Self {
            what,
            severity,
            text,
            advice,
            guide,
        }
    }

    fn fine(what: &'static str, text: impl Into<String>) -> Self {
        Self::new(what, Severity::Fine, text.into(), "", "")
    }
}

/// Looks at everything now. Changes nothing but the record of the last check.
///
/// # Errors
/// When the database does not answer.
pub async fn look(cloud: &Cloud) -> Result<Vec<Found>> {
    invariant::check(cloud, true).await?;
    let now = cloud.security_now();
    let read = cloud
        .read("doctor", ACTOR, async |tx| db::read(tx).await)
        .await?;
    let mut found = vec![invariants(&read.wrong)];
    found.extend(read.nodes.iter().filter_map(|node| about(node, now)));
    if read.nodes.is_empty() {
        found.push(Found::new(
            "node",
            Severity::Look,
            "no shop is enrolled".to_owned(),
            "Make a code (branchline admin enrol-code) and enrol the shop's computer with it",
            "edge.md",
        ));
    }
    found.push(held(&read, now));
    found.push(jobs(read.dead_jobs));
    found.push(backup(read.newest_backup, now));
    Ok(found)
}

fn invariants(wrong: &[(String, i64)]) -> Found {
    if wrong.is_empty() {
        let text = "every account, promise and number agrees with its ledger";
        return Found::fine("invariants", text);
    }
    let told: Vec<String> = wrong
        .iter()
        .map(|(name, rows)| format!("{name}: {rows}"))
        .collect();
    Found::new(
        "invariants",
        Severity::Act,
        told.join(", "),
        "Make a backup first (branchline admin backup). The office's page of invariants names the rows. Only a bug can \
         cause this: report it with that page",
        "office.md#what-must-hold",
    )
}

/// What is to be said about a node, if anything: the worst of it.
fn about(node: &db::Node, now: Timestamp) -> Option<Found> {
    let (severity, text, advice, guide) = over(node)
        .or_else(|| doubtful(node))
        .or_else(|| away(node, now))
        .or_else(|| odd(node))?;
    let text = format!("{}: {text}", node.location);
    Some(Found::new("node", severity, text, advice, guide))
}

/// Severity, what was found, what to do, where it is described.
type Told = (Severity, String, &'static str, &'static str);

/// A node whose epoch is over: somebody has to give the shop another one.
fn over(node: &db::Node) -> Option<Told> {
    let replace = "Make a code with branchline admin node replace, and give it to the shop's computer: branchline edge \
                   enrol. The shop sells on meanwhile";
    match node.status.as_str() {
        "active" | "retired" => None,
        "fenced_fork" => Some((
            Severity::Act,
            format!(
                "two copies of its disk were at work ({}); both were stopped in epoch {}",
                node.suspect.as_deref().unwrap_or("no detail"),
                node.epoch
            ),
            replace,
            "recovery.md#the-disk-was-copied",
        )),
        _ => Some((
            Severity::Act,
            format!(
                "its computer was declared lost (epoch {}) and has no successor",
                node.epoch
            ),
            replace,
            "recovery.md#the-computer-is-dead",
        )),
    }
}

/// A node or a location that is not believed.
fn doubtful(node: &db::Node) -> Option<Told> {
    if let Some(why) = &node.suspect {
        return Some((
            Severity::Act,
            format!("doubtful: {why}"),
            "Run branchline doctor on the shop's computer. Keep its folder; if its file is damaged, replace it: branchline \
             admin node replace",
            "recovery.md#the-file-is-damaged",
        ));
    }
    if node.is_frozen {
        let (text, advice) = if node.has_followed {
            (
                "frozen since the cloud was restored; the shop has told what it did",
                "Enter again what is known of lost orders, then: branchline admin cloud unfreeze --location CODE",
            )
        } else {
            (
                "frozen since the cloud was restored; the shop has not been heard since",
                "Connect the shop; it follows within a minute. Nothing is promised online there until then",
            )
        };
        let guide = "recovery.md#the-cloud-was-restored";
        return Some((Severity::Act, text.to_owned(), advice, guide));
    }
    let (text, advice, guide) = match node.restricted.as_deref()? {
        "audit" => (
            "its books do not agree with its own log; it sells on",
            "Run branchline doctor on the shop's computer: it names the products. Count them there, and report it",
            "recovery.md#the-file-is-damaged",
        ),
        "machine" => (
            "its disk runs in another computer; every sale there needs a supervisor",
            "Replace it if the shop has moved; switch the copy off if it is one",
            "recovery.md#the-disk-was-copied",
        ),
        _ => (
            "it has lost sales that nobody else has; every sale there needs a supervisor",
            "Replace it (branchline admin node replace), enrol the shop's computer with the code, and count",
            "recovery.md#an-old-file-was-put-back",
        ),
    };
    Some((Severity::Act, text.to_owned(), advice, guide))
}

/// A node that is silent, or that does not get rid of what it has.
fn away(node: &db::Node, now: Timestamp) -> Option<Told> {
    let Some(seen) = node.last_seen else {
        return Some((
            Severity::Look,
            "was never heard of".to_owned(),
            "Start the shop's computer and look at its line",
            "recovery.md#which-one-is-it",
        ));
    };
    let silent = now.duration_since(seen);
    if silent > SILENT {
        return Some((
            Severity::Look,
            format!("not heard of for {} h", silent.as_hours()),
            "Ask the shop: does it sell? Then look at its line. Does it not? Then its computer may be dead",
            "recovery.md#which-one-is-it",
        ));
    }
    let is_stuck = node.on_their_way > 0
        && (node.complete_to).is_none_or(|to| seen.duration_since(to) > STUCK);
    is_stuck.then(|| {
        (
            Severity::Act,
            format!(
                "is connected, and {} of its events do not arrive",
                node.on_their_way
            ),
            "The log of the shop's computer says why the cloud does not take them; branchline doctor there as well",
            "office.md#how-complete-is-it",
        )
    })
}

/// What works and should be looked at.
fn odd(node: &db::Node) -> Option<Told> {
    if let Some(offset) = node.clock_offset_ms.filter(|offset| offset.abs() > SKEW_MS) {
        return Some((
            Severity::Look,
            format!("its clock is {} s away", offset / 1_000),
            "Set the clock of the shop's computer; switch time synchronisation on",
            "recovery.md#the-clock-is-wrong",
        ));
    }
    (node.version != env!("CARGO_PKG_VERSION")).then(|| {
        (
            Severity::Look,
            format!("runs version {}", node.version),
            "Older shops go on for two years; upgrade it when the shop is closed",
            "",
        )
    })
}

fn held(read: &db::Read, now: Timestamp) -> Found {
    let text = format!("{} wait, {} are put aside", read.waiting, read.quarantined);
    let is_old = (read.oldest_held).is_some_and(|since| now.duration_since(since) > HELD);
    let guide = "office.md#events-that-could-not-be-applied";
    match (read.quarantined > 0 || is_old, read.waiting > 0) {
        (true, _) => Found::new(
            "events",
            Severity::Act,
            text,
            "The office's page of held events says why; put them right there within a day. Stock and money count already",
            guide,
        ),
        (false, true) => Found::new(
            "events",
            Severity::Look,
            text,
            "They are tried again by themselves; the office's page of held events says what they wait for",
            guide,
        ),
        (false, false) => Found::fine("events", text),
    }
}

fn jobs(dead: i64) -> Found {
    if dead == 0 {
        return Found::fine("jobs", "none was given up");
    }
    Found::new(
        "jobs",
        Severity::Act,
        format!("{dead} were given up"),
        "The office's page of jobs says why; run them again there",
        "",
    )
}

fn backup(newest: Option<Timestamp>, now: Timestamp) -> Found {
    let limit = SignedDuration::from_hours(24 * BACKUP_DAYS);
    match newest {
        Some(at) if now.duration_since(at) <= limit => {
            Found::fine("backup", format!("verified at {at}"))
        }
        newest => Found::new(
            "backup",
            Severity::Look,
            newest.map_or_else(
                || "there is no verified one: shops keep every event".to_owned(),
                |at| format!("the newest was verified at {at}"),
            ),
            "branchline admin backup --to FOLDER, every night",
            "cloud.md#backups",
        ),
    }
}

#[cfg(test)]
mod tests;
