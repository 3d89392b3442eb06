//! What a figure depends on beside the code: the cores, what else keeps them busy, and how long the disk takes to sync.
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;

use httpkit::clock::Stopwatch;

use super::figure::{Figure, Target, percentile_ms};

/// Syncs that are measured: on a shared disk they differ by a factor of ten from one second to the next.
const SYNCS: usize = 400;
/// What a small transaction writes into the log.
const BLOCK: [u8; 8 << 10] = [0x5a; 8 << 10];

/// `machine.*`: told beside the others, never judged.
///
/// # Errors
/// When the folder cannot be written to.
pub fn measure(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let told =
        |name, value, explained| Figure::new(name, value, (None, explained), Target::AtLeast(0.0));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut syncs = syncs(folder)?;
    Ok(vec![
        told(
            "machine.cores",
            (f64::from(u32::try_from(cores)?), ""),
            "client, server and database share them",
        ),
        told(
            "machine.load",
            (load(), ""),
            "processes that wanted a core in the minute before",
        ),
        told(
            "machine.sync_p50",
            (percentile_ms(&mut syncs, 50), "ms"),
            "8 KiB written and synced",
        ),
        told(
            "machine.sync_p95",
            (percentile_ms(&mut syncs, 95), "ms"),
            "",
        ),
    ])
}

/// The load of the last minute, where the system tells it.
fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split_whitespace().next();
    first.and_then(|load| load.parse().ok()).unwrap_or(0.0)
}

/// As a database does it: into a file that has its length already.
fn syncs(folder: &Path) -> anyhow::Result<Vec<Duration>> {
    let path = folder.join("sync.probe");
    let mut file = File::create(&path)?;
    file.write_all(&BLOCK)?;
    file.sync_all()?;
    let mut took = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let watch = Stopwatch::start();
        file.write_all_at(&BLOCK, 0)?;
        file.sync_data()?;
        took.push(watch.elapsed());
    }
    drop(file);
    std::fs::remove_file(&path)?;
    Ok(took)
}
