//! The runs as a command: `sim seeds [--seeds N] [--from S] [--resume] [--mutant NAME] [--mutants] [--trace]`.
use std::{fs, io, path::Path, process::Command};

use httpkit::clock::Stopwatch;

use super::{
    mutant::Mutant,
    options::Options,
    run::{Summary, run, seeds},
    shrink::shrink,
};

/// The ranges that have held, each with the commit that held it.
const DONE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds-done.txt");
/// Seeds after which a long run is written down.
const CHUNK: u64 = 10_000;
/// Seeds of a run of which nothing is said.
const SEEDS: u64 = 200;
/// Seeds within which a broken rule must be found.
const MUTANT_SEEDS: u64 = 10_000;
/// Seeds from which on every fault must have happened.
const ALL_FAULTS: u64 = 1_000;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Asked {
    /// How many seeds.
    pub seeds: u64,
    /// The first of them.
    pub from: u64,
    /// A rule that is broken.
    pub mutant: Option<Mutant>,
    /// All broken rules, one after the other.
    pub mutants: bool,
    /// One seed, in words.
    pub trace: bool,
    /// Go on where the last long run has ended, and write down what has held.
    pub resume: bool,
    /// The real edges and the real cloud.
    pub system: bool,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            seeds: SEEDS,
            from: 0,
            mutant: None,
            mutants: false,
            trace: false,
            resume: false,
            system: false,
        }
    }
}

impl Asked {
    /// Reads the command line.
    #[must_use]
    pub fn read(arguments: &[&str]) -> Option<Self> {
        let mut asked = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match *argument {
                "--seeds" => asked.seeds = rest.next()?.parse().ok()?,
                "--from" => asked.from = rest.next()?.parse().ok()?,
                "--mutant" => asked.mutant = Some(Mutant::by_code(rest.next()?)?),
                "--mutants" => asked.mutants = true,
                "--trace" => asked.trace = true,
                "--resume" => asked.resume = true,
                "--system" => asked.system = true,
                _ => return None,
            }
        }
        Some(asked)
    }
}

/// Runs what is asked for and says what came of it; false when a rule did not hold, or a broken one was not found.
#[must_use]
pub fn report(asked: &Asked, threads: usize) -> bool {
    if asked.trace {
        return one(asked);
    }
    if asked.mutants {
        return mutants(threads);
    }
    if asked.resume {
        return long(asked, threads);
    }
    range(asked, threads)
}

/// A run of many seeds in parts, from where the file of what has held ends.
fn long(asked: &Asked, threads: usize) -> bool {
    let mut from = match held(Path::new(DONE)) {
        Ok(from) => from,
        Err(error) => {
            println!("{DONE}: {error}");
            return false;
        }
    };
    while from < asked.seeds {
        let part = Asked {
            from,
            seeds: CHUNK.min(asked.seeds - from),
            ..*asked
        };
        let end = from + part.seeds;
        let summary = seeds(from..end, None, threads);
        println!("{from}..{end}: hash {:016x}", summary.hash);
        if let Some((seed, _)) = summary.failed {
            tell(&Options::of(seed, None));
            return false;
        }
        let line = format!("{from}..{end} {} {:016x}\n", commit(), summary.hash);
        let text = fs::read_to_string(DONE).unwrap_or_default();
        if let Err(error) = fs::write(DONE, text + &line) {
            println!("{DONE}: {error}");
            return false;
        }
        from = end;
    }
    true
}

/// Up to where every seed has held; 0 when there is no file.
pub(crate) fn held(file: &Path) -> io::Result<u64> {
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        text => text?,
    };
    let last = text.lines().rev().find(|line| !line.starts_with('#'));
    let end = last.and_then(|line| line.split([' ', '.']).nth(2)?.parse().ok());
    Ok(end.unwrap_or(0))
}

/// Which code runs.
pub(crate) fn commit() -> String {
    let git = Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output();
    git.ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}

/// One range of seeds, with the figures.
fn range(asked: &Asked, threads: usize) -> bool {
    let watch = Stopwatch::start();
    let end = asked.from + asked.seeds;
    let summary = seeds(asked.from..end, asked.mutant, threads);
    print(&summary);
    let ms = watch.elapsed_ms().max(1);
    println!(
        "{} seeds from {}, {} steps in {}.{} s ({} a minute), hash {:016x}",
        summary.seeds,
        asked.from,
        summary.steps,
        ms / 1_000,
        ms % 1_000 / 100,
        summary.steps * 60_000 / ms,
        summary.hash
    );
    let unfired = summary.unfired();
    if asked.seeds >= ALL_FAULTS && summary.failed.is_none() && !unfired.is_empty() {
        println!("never happened: {unfired:?}");
        return false;
    }
    match summary.failed {
        Some((seed, _)) => {
            tell(&Options::of(seed, asked.mutant));
            false
        }
        None => true,
    }
}

pub(crate) fn print(summary: &Summary) {
    println!("Faults");
    for (fault, count) in summary.coverage.faults() {
        println!("  {:<20} {count:>9}", fault.code());
    }
    println!("Steps of the state machines");
    for (edge, count) in summary.coverage.edges() {
        println!("  {edge:<40} {count:>9}");
    }
}

/// One seed, in words.
fn one(asked: &Asked) -> bool {
    let options = Options::of(asked.from, asked.mutant);
    let outcome = run(&options, &std::collections::BTreeSet::new(), true);
    println!("{options}");
    for line in &outcome.trace {
        println!("{line}");
    }
    println!("hash {:016x}, {:?}", outcome.hash, outcome.violation);
    outcome.violation.is_none()
}

/// A failing run, as short as it can be made.
fn tell(options: &Options) {
    println!("{options}");
    println!("commit {}", commit());
    let Some(short) = shrink(options) else {
        println!("does not fail when it is run again: it depends on something else than its seed");
        return;
    };
    println!("shortened to {} steps of {}:", short.kept, options.steps);
    for line in &short.outcome.trace {
        println!("{line}");
    }
    if let Some(violation) = &short.outcome.violation {
        println!(
            "VIOLATION of {} in step {}: {}",
            violation.rule, violation.step, violation.detail
        );
    }
}

fn mutants(threads: usize) -> bool {
    let mut all = true;
    for mutant in Mutant::ALL {
        let watch = Stopwatch::start();
        let summary = seeds(0..MUTANT_SEEDS, Some(*mutant), threads);
        let found = summary.failed.as_ref().map_or_else(
            || "NOT FOUND".to_owned(),
            |(seed, violation)| format!("seed {seed}: {}", violation.rule),
        );
        all &= summary.failed.is_some();
        println!(
            "{:<28} {found:<28} {:>6} ms",
            mutant.code(),
            watch.elapsed_ms()
        );
    }
    all
}
