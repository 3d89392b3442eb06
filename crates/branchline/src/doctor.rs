//! `branchline doctor`: looks at a shop's folder or at the cloud, running or not, and says what to do about what it finds.
use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use cloud::{Cloud, cluster::default_home};
use edge::inspect::{Inspection, inspect};
use httpkit::{Parts, clock::Clock};
use jiff::Timestamp;
use serde::Serialize;
use wire::event::SKEW_MS;

use crate::{
    log::{self, Sink},
    serve::DatabaseOptions,
};

/// Minutes without an answer of the cloud after which somebody should look at the line.
const SILENT_MINUTES: i64 = 60;
/// Findings of one kind that are told; there may be more.
const TOLD: usize = 5;

/// What to look at.
#[derive(Debug, Args)]
pub struct Options {
    /// The shop's own folder [default: where `branchline edge` keeps it]
    #[arg(long, value_name = "FOLDER")]
    edge: Option<PathBuf>,
    /// The cloud's database instead; see the options below
    #[arg(long, conflicts_with = "edge")]
    cloud: bool,
    #[command(flatten)]
    database: DatabaseOptions,
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
}

impl Check {
    fn fine(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            what,
            health: Health::Fine,
            found: found.into(),
            advice: "",
        }
    }

    fn of(
        what: &'static str,
        health: Health,
        found: impl Into<String>,
        advice: &'static str,
    ) -> Self {
        Self {
            what,
            health,
            found: found.into(),
            advice,
        }
    }
}

/// Looks, tells, and ends with code 1 when something must be done.
///
/// # Errors
/// When there is nothing to look at.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    log::init(&Sink::Stderr)?;
    let parts = Parts::system();
    let checks = if options.cloud {
        look_at_cloud(&options.database, &parts).await?
    } else {
        let folder = options.edge.unwrap_or_else(|| default_home("edge"));
        let found = tokio::task::spawn_blocking(move || inspect(&folder)).await??;
        look_at_edge(&found, &*parts.clock)
    };
    let must_act = checks.iter().any(|check| check.health == Health::Act);
    if options.json {
        println!(
            "{}",
            serde_json::json!({ "must_act": must_act, "checks": checks })
        );
    } else {
        tell(&checks);
    }
    Ok(if must_act {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
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
            "The disk has damaged the file. Stop the edge and put the newest backup in its place: branchline edge restore",
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
            "this edge belongs to no company",
            "Get a code (branchline admin enrol-code) and run: branchline edge enrol --cloud URL --code CODE",
        );
    };
    let told = format!("node {node}, epoch {epoch}, {} events", found.last_seq);
    if !found.key_is_private {
        return Check::of(
            "node",
            Health::Act,
            format!("{told}; others can read its key"),
            "Let the key be read by its owner alone: chmod 600 node.key",
        );
    }
    if found.is_same_machine == Some(false) {
        return Check::of(
            "node",
            Health::Act,
            format!("{told}; this is not the machine that was enrolled"),
            "If the shop has moved to this machine, replace the node: branchline admin node replace, then branchline edge enrol",
        );
    }
    Check::fine("node", told)
}

fn mode(found: &Inspection) -> Check {
    match (found.mode, &found.restricted) {
        ("restricted", Some((cause, detail))) => Check::of(
            "mode",
            Health::Act,
            format!("restricted ({cause}): {detail}"),
            "It sells, but trusts a product only after a count. Replace the node: branchline admin node replace, then branchline edge enrol",
        ),
        ("readonly", _) => Check::of(
            "mode",
            Health::Act,
            "the disk failed under a write",
            "Start the edge again; if it happens again, replace the disk",
        ),
        (mode, _) => Check::fine("mode", mode),
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
        "Keep a copy of the folder, then replace the node; its events are salvaged",
    )
}

fn line(found: &Inspection, now: Timestamp) -> Check {
    let waiting = found.last_seq - found.acked;
    let since = found
        .last_contact
        .map(|at| now.duration_since(at).as_mins());
    let told = format!(
        "{waiting} events have one copy; {} events have a second copy at the cloud's backup; the cloud answered {}",
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
            "Look at the shop's internet line, and whether the cloud is up. Selling goes on meanwhile; do not reset this machine",
        );
    }
    Check::fine("line", told)
}

fn clocks(found: &Inspection, now: Timestamp) -> Check {
    let behind = found.newest.as_millisecond() - now.as_millisecond();
    let offset = found.clock_offset_ms.unwrap_or(0);
    if behind > SKEW_MS {
        return Check::of(
            "clock",
            Health::Act,
            format!(
                "the clock is {} s behind what this shop has recorded",
                behind / 1_000
            ),
            "Set the machine's clock; switch time synchronisation on; look at its battery",
        );
    }
    if offset.abs() > SKEW_MS {
        return Check::of(
            "clock",
            Health::Look,
            format!("the cloud's clock was {} s away", offset / 1_000),
            "Set the machine's clock; switch time synchronisation on",
        );
    }
    Check::fine("clock", "agrees with the cloud and with the log")
}

fn disk(found: &Inspection) -> Check {
    let (free, total) = found.space;
    let told = format!("{} MB of {} MB are free", free >> 20, total >> 20);
    if found.is_short {
        return Check::of(
            "disk",
            Health::Act,
            told,
            "Make room: when a tenth is left, only sales are recorded",
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
            "They are sent in the background; keep the file and its key until then",
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
        })
        .collect();
    checks.push(Check::fine("version", env!("CARGO_PKG_VERSION")));
    Ok(checks)
}
