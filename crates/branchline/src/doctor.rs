//! `branchline doctor`: looks at a shop's folder or at the cloud, running or not, and says what to do about what it finds.
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use cloud::{Cloud, cluster::default_home};
use edge::inspect::{Inspection, inspect};
use httpkit::{Parts, clock::Clock};
use jiff::Timestamp;
use serde::Serialize;
use wire::event::SKEW_MS;

use crate::{
    door::acme_folder,
    edge::DiskOptions,
    log::{self, Sink},
    serve::DatabaseOptions,
};

/// Minutes without an answer of the cloud after which somebody should look at the line.
const SILENT_MINUTES: i64 = 60;
const DAY_MS: i64 = 24 * 3_600_000;
/// A clock that is further ahead of all that was recorded is worth a question, as at the till.
const AHEAD_MS: i64 = 2 * DAY_MS;
/// A certificate that is not renewed until then needs somebody.
const EXPIRES_SOON: i64 = 14;
const RENEW: &str =
    "The directory must reach this machine at port 443 under each name. The log has each try";
/// Findings of one kind that are told; there may be more.
const TOLD: usize = 5;

/// What to look at.
#[derive(Debug, Args)]
pub struct Options {
    /// The shop's own folder [default: where `branchline edge` keeps it]
    #[arg(long, value_name = "FOLDER", env = "BRANCHLINE_EDGE_DATA")]
    edge: Option<PathBuf>,
    /// The cloud's database instead of a shop's folder; see the options below
    #[arg(long)]
    cloud: bool,
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    disk: DiskOptions,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Health {
    /// Nothing to do.
    Fine,
    /// Works, and somebody should look at it.
    Look,
    /// Something must be done.
    Act,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    what: &'static str,
    health: Health,
    /// What was found.
    found: String,
    /// What to do about it; empty when nothing.
    advice: &'static str,
    /// Where it is described step by step, below `docs/operations`; empty when nowhere.
    guide: &'static str,
}

impl Check {
    fn fine(what: &'static str, found: impl Into<String>) -> Self {
        Self::of(what, Health::Fine, found, "", "")
    }

    fn of(
        what: &'static str,
        health: Health,
        found: impl Into<String>,
        advice: &'static str,
        guide: &'static str,
    ) -> Self {
        Self {
            what,
            health,
            found: found.into(),
            advice,
            guide,
        }
    }
}

/// Looks, tells, and ends with code 0 when nothing must be done, with 1 when something must, and with 2 when it could
/// not look.
pub async fn run(options: Options) -> ExitCode {
    let is_json = options.json;
    match look(options).await {
        Ok(checks) => {
            let must_act = checks.iter().any(|check| check.health == Health::Act);
            if is_json {
                let all = serde_json::json!({ "must_act": must_act, "checks": checks });
                println!("{all}");
            } else {
                tell(&checks);
            }
            ExitCode::from(u8::from(must_act))
        }
        Err(error) => {
            eprintln!("Cannot look: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn look(options: Options) -> anyhow::Result<Vec<Check>> {
    log::init(&Sink::Stderr)?;
    let parts = Parts::system();
    if options.cloud {
        return look_at_cloud(&options.database, &parts).await;
    }
    let plenty = options.disk.plenty();
    let folder = options.edge.unwrap_or_else(|| default_home("edge"));
    let found = tokio::task::spawn_blocking(move || inspect(&folder, plenty)).await??;
    Ok(look_at_edge(&found, &*parts.clock))
}

fn tell(checks: &[Check]) {
    for check in checks {
        let mark = match check.health {
            Health::Fine => "ok  ",
            Health::Look => "LOOK",
            Health::Act => "ACT ",
        };
        println!("{mark} {:<12} {}", check.what, check.found);
        if !check.advice.is_empty() {
            println!("{:18}-> {}", "", check.advice);
        }
        if !check.guide.is_empty() {
            println!("{:21}docs/operations/{}", "", check.guide);
        }
    }
}

fn look_at_edge(found: &Inspection, clock: &dyn Clock) -> Vec<Check> {
    let now = clock.now();
    let mut checks = vec![identity(found), mode(found)];
    checks.push(match &found.damage {
        None => Check::fine("file", "every page can be read"),
        Some(damage) => Check::of(
            "file",
            Health::Act,
            damage.clone(),
            "The disk has damaged the file. Stop the edge, keep a copy of its folder, and put the newest backup in its place: \
             branchline edge restore",
            "recovery.md#the-file-is-damaged",
        ),
    });
    checks.push(books(found));
    checks.push(line(found, now));
    checks.push(clocks(found, now));
    checks.push(disk(found));
    checks.extend(past(found));
    checks.push(Check::fine("version", env!("CARGO_PKG_VERSION")));
    checks
}

fn identity(found: &Inspection) -> Check {
    let Some((node, epoch)) = found.node else {
        return Check::of(
            "node",
            Health::Act,
            "this computer belongs to no company",
            "Ask the office for a code, and run: branchline edge enrol --cloud URL --code CODE",
            "edge.md",
        );
    };
    let told = format!("node {node}, epoch {epoch}, {} events", found.last_seq);
    if !found.key_is_private {
        return Check::of(
            "node",
            Health::Act,
            format!("{told}; others can read its key"),
            "Let the key be read by its owner alone: chmod 600 node.key",
            "",
        );
    }
    if found.is_same_machine == Some(false) {
        return Check::of(
            "node",
            Health::Act,
            format!("{told}; this is not the computer that was enrolled"),
            "Has the shop moved to this computer? Replace it in the office and enrol it with the code. Is this a copy of the \
             disk? Switch it off",
            "recovery.md#the-disk-was-copied",
        );
    }
    Check::fine("node", told)
}

fn mode(found: &Inspection) -> Check {
    let (advice, guide) = match (found.mode, &found.restricted) {
        ("restricted", Some((cause, _))) => restricted(cause),
        ("readonly", _) => (
            "The disk failed under a write. Start the edge again; if it happens again, replace the disk",
            "recovery.md#the-file-is-damaged",
        ),
        (mode, _) if found.is_restored => {
            let told = format!("{mode}; the file is a backup that nobody has compared yet");
            return Check::of(
                "mode",
                Health::Look,
                told,
                "Start the edge, connect it, and open a till: what the cloud and the tills have seen is compared by itself",
                "recovery.md#an-old-file-was-put-back",
            );
        }
        (mode, _) => return Check::fine("mode", mode),
    };
    let why = found.restricted.as_ref();
    let told = why.map_or_else(
        || found.mode.to_owned(),
        |(cause, detail)| format!("{} ({cause}): {detail}", found.mode),
    );
    Check::of("mode", Health::Act, told, advice, guide)
}

/// What to do about a node that does not trust its own file, and where it is described.
fn restricted(cause: &str) -> (&'static str, &'static str) {
    match cause {
        "machine" => (
            "A sale needs a supervisor. Has the shop moved to this computer? Replace it in the office and enrol it with the \
             code. Is this a copy of the disk? Switch it off",
            "recovery.md#the-disk-was-copied",
        ),
        "rollback" => (
            "Connect the shop: what the cloud has comes back within a minute. A sale needs a supervisor until then. If it \
             stays like this, replace the computer in the office, enrol it with the code, and count",
            "recovery.md#an-old-file-was-put-back",
        ),
        "fork" => (
            "Find the copy of this disk and switch it off. Then replace the computer in the office, enrol it with the code, \
             and count. A sale needs a supervisor until then",
            "recovery.md#the-disk-was-copied",
        ),
        _ => (
            "Should this computer go on serving the shop? Ask the office for a code that replaces it, and enrol it. Does \
             another one serve the shop? Switch this one off; what it has sold is sent first",
            "recovery.md#the-computer-was-stolen",
        ),
    }
}

fn books(found: &Inspection) -> Check {
    if found.findings.is_empty() {
        return Check::fine("books", "chain, ledger, accounts and picks agree");
    }
    let told: Vec<String> = (found.findings.iter().take(TOLD))
        .map(|finding| format!("{}: {}", finding.code, finding.text))
        .collect();
    Check::of(
        "books",
        Health::Act,
        format!("{} findings: {}", found.findings.len(), told.join("; ")),
        "Keep a copy of the folder. Then replace the computer in the office, enrol it with the code, and count; what it has \
         sold is not lost",
        "recovery.md#the-file-is-damaged",
    )
}

fn line(found: &Inspection, now: Timestamp) -> Check {
    let waiting = found.last_seq - found.acked;
    let since = found
        .last_contact
        .map(|at| now.duration_since(at).as_mins());
    let told = format!(
        "{waiting} events are on this disk alone; {} are in a backup of the cloud; the cloud answered {}",
        found.safe,
        since.map_or_else(
            || "never".to_owned(),
            |minutes| format!("{minutes} min ago")
        ),
    );
    if waiting > 0 && since.is_none_or(|minutes| minutes >= SILENT_MINUTES) {
        return Check::of(
            "line",
            Health::Look,
            told,
            "Look at the shop's internet line, and whether the cloud is up. Selling goes on meanwhile. Do not reset this \
             computer: what is on its disk alone would be lost",
            "recovery.md#which-one-is-it",
        );
    }
    Check::fine("line", told)
}

fn clocks(found: &Inspection, now: Timestamp) -> Check {
    const GUIDE: &str = "recovery.md#the-clock-is-wrong";
    let ahead = now.as_millisecond() - found.newest.as_millisecond();
    let offset = found.clock_offset_ms.unwrap_or(0);
    if -ahead > SKEW_MS {
        return Check::of(
            "clock",
            Health::Act,
            format!(
                "the clock is {} s behind what this shop has recorded",
                -ahead / 1_000
            ),
            "Set the computer's clock; switch time synchronisation on; look at its battery. Selling goes on in the right order",
            GUIDE,
        );
    }
    if offset.abs() > SKEW_MS {
        return Check::of(
            "clock",
            Health::Look,
            format!("the cloud's clock was {} s away", offset / 1_000),
            "Set the computer's clock; switch time synchronisation on",
            GUIDE,
        );
    }
    if found.last_seq > 0 && ahead > AHEAD_MS {
        return Check::of(
            "clock",
            Health::Look,
            format!(
                "the clock is {} days after the newest that this shop has recorded",
                ahead / DAY_MS
            ),
            "Was the shop closed so long? Then all is well. If not, set the computer's clock before you open a shift",
            GUIDE,
        );
    }
    Check::fine("clock", "agrees with the cloud and with the log")
}

fn disk(found: &Inspection) -> Check {
    let (free, total) = found.space;
    let told = format!("{} MB of {} MB are free", free >> 20, total >> 20);
    let guide = "recovery.md#the-disk-is-full";
    if found.is_full {
        return Check::of(
            "disk",
            Health::Act,
            format!("{told}: only sales are recorded"),
            "Make room now: delete what does not belong to the shop. Never delete shop.db or what begins with shop.db",
            guide,
        );
    }
    if found.is_short {
        return Check::of(
            "disk",
            Health::Look,
            told,
            "Make room: when a tenth is left, only sales are recorded",
            guide,
        );
    }
    Check::fine("disk", told)
}

fn past(found: &Inspection) -> Vec<Check> {
    let told = |(file, left): &(String, i64)| {
        Check::of(
            "old epoch",
            Health::Look,
            format!("{file}: {left} events are not at the cloud yet"),
            "They are sent by themselves; keep the file and its key until then",
            "recovery.md#only-an-old-disk-is-left",
        )
    };
    found.past_epochs.iter().map(told).collect()
}

async fn look_at_cloud(options: &DatabaseOptions, parts: &Parts) -> anyhow::Result<Vec<Check>> {
    let opened = options.open(true).await?;
    let cloud = Cloud::open(
        &opened.database,
        &cloud::OfficeOptions::default(),
        parts.clone(),
    )?;
    let report = cloud::doctor::look(&cloud).await;
    opened.close().await?;
    let mut checks: Vec<Check> = report?
        .into_iter()
        .map(|found| Check {
            what: found.what,
            health: match found.severity {
                cloud::doctor::Severity::Fine => Health::Fine,
                cloud::doctor::Severity::Look => Health::Look,
                cloud::doctor::Severity::Act => Health::Act,
            },
            found: found.text,
            advice: found.advice,
            guide: found.guide,
        })
        .collect();
    checks.extend(certificate(&options.home(), parts.clock.now()));
    checks.push(Check::fine("version", env!("CARGO_PKG_VERSION")));
    Ok(checks)
}

/// How the certificates from an ACME directory stand, if there are any.
fn certificate(home: &Path, now: Timestamp) -> Option<Check> {
    const GUIDE: &str = "tls.md#when-something-is-wrong";
    let (newest, failure) = httpkit::acme::look(&acme_folder(home)).ok()?;
    let failure = failure.map(|text| format!("; the last try failed: {}", text.trim()));
    let told = failure.clone().unwrap_or_default();
    let Some(validity) = newest else {
        return failure.map(|_| {
            let found = format!("there is no certificate yet{told}");
            Check::of("certificate", Health::Act, found, RENEW, GUIDE)
        });
    };
    let days = now.duration_until(validity.until).as_hours() / 24;
    let found = format!("good for {days} days, until {}{told}", validity.until);
    Some(match days {
        ..EXPIRES_SOON => Check::of("certificate", Health::Act, found, RENEW, GUIDE),
        _ if failure.is_some() => Check::of("certificate", Health::Look, found, RENEW, GUIDE),
        _ => Check::fine("certificate", found),
    })
}

#[cfg(test)]
mod tests;
