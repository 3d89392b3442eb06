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
}

impl Found {
    fn new(what: &'static str, severity: Severity, text: String, advice: &'static str) -> Self {
        Self {
            what,
            severity,
            text,
            advice,
        }
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
            "Make a code and enrol an edge: branchline admin enrol-code",
        ));
    }
    found.push(held(&read, now));
    found.push(jobs(read.dead_jobs));
    found.push(backup(read.newest_backup, now));
    Ok(found)
}

fn invariants(wrong: &[(String, i64)]) -> Found {
    if wrong.is_empty() {
        return Found::new(
            "invariants",
            Severity::Fine,
            "every account, promise and number agrees with its ledger".to_owned(),
            "",
        );
    }
    let told: Vec<String> = wrong
        .iter()
        .map(|(name, rows)| format!("{name}: {rows}"))
        .collect();
    Found::new(
        "invariants",
        Severity::Act,
        told.join(", "),
        "Make a backup first; the office's page of invariants names the rows. Only a bug can cause this: report it with that page",
    )
}

/// What is to be said about a node, if anything.
fn about(node: &db::Node, now: Timestamp) -> Option<Found> {
    let say = |severity, text: String, advice| {
        let text = format!("{}: {text}", node.location);
        Some(Found::new("node", severity, text, advice))
    };
    if let Some(why) = &node.suspect {
        return say(
            Severity::Act,
            format!("doubtful: {why}"),
            "Keep its folder. If its file is damaged or was copied, replace the node: branchline admin node replace",
        );
    }
    if node.is_frozen {
        return say(
            Severity::Act,
            "frozen since the cloud was restored: nothing is promised or granted there".to_owned(),
            "When the shop has answered and lost orders are entered again: branchline admin cloud unfreeze",
        );
    }
    if node.status != "active" {
        return say(
            Severity::Act,
            format!("its epoch {} is {}", node.epoch, node.status),
            "Replace it: branchline admin node replace, then branchline edge enrol with the code",
        );
    }
    if node
        .last_seen
        .is_none_or(|seen| now.duration_since(seen) > SILENT)
    {
        let since = node
            .last_seen
            .map_or_else(|| "never".to_owned(), |seen| seen.to_string());
        return say(
            Severity::Look,
            format!("last heard of: {since}"),
            "Look at the shop's line and machine; it goes on selling meanwhile",
        );
    }
    if node
        .clock_offset_ms
        .is_some_and(|offset| offset.abs() > SKEW_MS)
    {
        return say(
            Severity::Look,
            format!(
                "its clock is {} s away",
                node.clock_offset_ms.unwrap_or(0) / 1_000
            ),
            "Set the clock of the shop's machine; switch time synchronisation on",
        );
    }
    if node.version != env!("CARGO_PKG_VERSION") {
        return say(
            Severity::Look,
            format!("runs version {}", node.version),
            "Older shops go on pushing for two years; upgrade it when the shop is closed",
        );
    }
    None
}

fn held(read: &db::Read, now: Timestamp) -> Found {
    let text = format!("{} wait, {} are put aside", read.waiting, read.quarantined);
    let is_old = (read.oldest_held).is_some_and(|since| now.duration_since(since) > HELD);
    match (read.quarantined > 0 || is_old, read.waiting > 0) {
        (true, _) => Found::new(
            "events",
            Severity::Act,
            text,
            "The office's page of held events says why; put them right there within a day",
        ),
        (false, true) => Found::new(
            "events",
            Severity::Look,
            text,
            "They are tried again by themselves; the office's page of held events says what they wait for",
        ),
        (false, false) => Found::new("events", Severity::Fine, text, ""),
    }
}

fn jobs(dead: i64) -> Found {
    if dead == 0 {
        return Found::new("jobs", Severity::Fine, "none was given up".to_owned(), "");
    }
    Found::new(
        "jobs",
        Severity::Act,
        format!("{dead} were given up"),
        "The office's page of jobs says why; run them again there",
    )
}

fn backup(newest: Option<Timestamp>, now: Timestamp) -> Found {
    let limit = SignedDuration::from_hours(24 * BACKUP_DAYS);
    match newest {
        Some(at) if now.duration_since(at) <= limit => {
            Found::new("backup", Severity::Fine, format!("verified at {at}"), "")
        }
        newest => Found::new(
            "backup",
            Severity::Look,
            newest.map_or_else(
                || "there is no verified one: shops keep every event".to_owned(),
                |at| format!("the newest was verified at {at}"),
            ),
            "branchline admin backup --to FOLDER, every night",
        ),
    }
}
