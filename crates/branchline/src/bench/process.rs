//! The edge as a process of its own: how soon it answers, and what it takes while nothing happens.
use std::{net::TcpListener, path::Path, process::Stdio, time::Duration};

use anyhow::{Context, bail};
use httpkit::clock::Stopwatch;
use tokio::process::{Child, Command};

use super::figure::{Figure, Target, median};

const STARTS: usize = 5;
/// An operator should not see a till page fail after a restart.
const FIRST_ANSWER_MS: f64 = 300.0;
/// A shop's mini PC has other things to do.
const IDLE_MIB: f64 = 60.0;
const IDLE: Duration = Duration::from_secs(3);

/// First answer after the start (median of five, on an existing database) and resident memory when idle.
#[expect(
    clippy::float_arithmetic,
    reason = "a measurement is statistics, not money"
)]
pub async fn measure() -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let mut answers = Vec::new();
    let mut idle_mib = f64::NAN;
    for _ in 0..=STARTS {
        let port = free_port()?;
        let watch = Stopwatch::start();
        let mut edge = start(folder.path(), port)?;
        first_answer(port).await?;
        answers.push(watch.elapsed().as_secs_f64() * 1_000.0);
        if answers.len() > STARTS {
            tokio::time::sleep(IDLE).await;
            idle_mib = memory_mib(edge.id().context("the edge has stopped")?, "VmRSS")?;
        }
        edge.kill().await?;
    }
    // The first start made the database.
    let mut again = answers.split_off(1);
    Ok(vec![
        Figure::new(
            "edge.first_answer",
            (median(&mut again), "ms"),
            (
                answers.first().copied(),
                "reference: the first start, which makes the database",
            ),
            Target::AtMost(FIRST_ANSWER_MS),
        ),
        Figure::new(
            "edge.idle_memory",
            (idle_mib, "MiB"),
            (None, ""),
            Target::AtMost(IDLE_MIB),
        ),
    ])
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn start(folder: &Path, port: u16) -> anyhow::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args(["edge", "--listen", &format!("127.0.0.1:{port}"), "--data"])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("start this binary as an edge")
}

async fn first_answer(port: u16) -> anyhow::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(10);
    let http = reqwest::Client::new();
    let watch = Stopwatch::start();
    while watch.elapsed() < PATIENCE {
        let answer = http
            .get(format!("http://127.0.0.1:{port}/v1/edge"))
            .send()
            .await;
        if answer.is_ok_and(|response| response.status().is_success()) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    bail!("the edge did not answer within {PATIENCE:?}")
}

/// What `/proc` says of the memory of a process: `VmRSS` now, `VmHWM` at most.
#[expect(
    clippy::float_arithmetic,
    reason = "a measurement is statistics, not money"
)]
pub fn memory_mib(id: u32, what: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(what)?.strip_prefix(':'))
        .with_context(|| format!("no {what}"))?;
    let kib: f64 = line
        .split_whitespace()
        .next()
        .with_context(|| format!("no figure in {what}"))?
        .parse()?;
    Ok(kib / 1024.0)
}
