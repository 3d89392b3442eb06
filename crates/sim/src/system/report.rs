//! The runs as a command: `sim seeds --system [--seeds N] [--from S] [--resume] [--trace]`.
use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use httpkit::clock::Stopwatch;

use super::{
    mutant::Mutant,
    options::{FAULTS, Options},
    run::{Prepared, runtime, seeds},
};
use crate::protocol::{
    fault::Fault,
    report::{Asked, commit, held, print},
    run::{Outcome, Summary},
    shrink::left_out,
};

/// The ranges that have held, each with the commit that held it.
const DONE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds-done-system.txt");
/// Seeds after which a long run is written down.
const CHUNK: u64 = 100;
/// Seeds within which a broken rule must be found.
const MUTANT_SEEDS: u64 = 100;
/// Seeds from which on every fault must have happened.
const ALL_FAULTS: u64 = 200;
/// The longest that a failing run is shortened.
const SHORTENING: Duration = Duration::from_mins(2);

/// Runs what is asked for and says what came of it; false when a rule did not hold.
#[must_use]
pub fn report(asked: &Asked, workers: usize) -> bool {
    let told = if asked.mutants {
        mutants(workers)
    } else if asked.trace {
        one(&Options::of(asked.from, mutant(asked)))
    } else if asked.resume {
        long(asked, workers)
    } else {
        range(asked, workers)
    };
    told.unwrap_or_else(|error| {
        println!("{error:#}");
        false
    })
}

fn mutant(asked: &Asked) -> Option<Mutant> {
    Mutant::by_code(asked.mutant?.code())
}

/// Every broken rule, and the seed that finds it.
fn mutants(workers: usize) -> anyhow::Result<bool> {
    let mut all = true;
    for mutant in Mutant::ALL {
        let watch = Stopwatch::start();
        let summary = seeds(0..MUTANT_SEEDS, Some(*mutant), workers)?;
        let found = summary.failed.as_ref().map_or_else(
            || "NOT FOUND".to_owned(),
            |(seed, violation)| format!("seed {seed}: {}", violation.rule),
        );
        all &= summary.failed.is_some();
        println!(
            "{:<28} {found:<28} {:>6} s",
            mutant.code(),
            watch.elapsed_ms() / 1_000
        );
    }
    Ok(all)
}

/// One range of seeds, with the figures.
fn range(asked: &Asked, workers: usize) -> anyhow::Result<bool> {
    let watch = Stopwatch::start();
    let summary = seeds(asked.from..asked.from + asked.seeds, mutant(asked), workers)?;
    print(&summary);
    let ms = watch.elapsed_ms().max(1);
    println!(
        "{} seeds from {}, {} steps in {}.{} s, hash {:016x}",
        summary.seeds,
        asked.from,
        summary.steps,
        ms / 1_000,
        ms % 1_000 / 100,
        summary.hash
    );
    let unfired = unfired(&summary);
    if let Some((seed, _)) = summary.failed {
        tell(&Options::of(seed, mutant(asked)))?;
        return Ok(false);
    }
    if asked.seeds >= ALL_FAULTS && !unfired.is_empty() {
        println!("never happened: {unfired:?}");
        return Ok(false);
    }
    Ok(true)
}

/// Faults of this world that never happened.
fn unfired(summary: &Summary) -> Vec<Fault> {
    let mut never = summary.unfired();
    never.retain(|fault| FAULTS.contains(fault));
    never
}

/// A run of many seeds in parts, from where the file of what has held ends.
fn long(asked: &Asked, workers: usize) -> anyhow::Result<bool> {
    let mut from = held(Path::new(DONE))?;
    while from < asked.seeds {
        let end = (from + CHUNK).min(asked.seeds);
        let watch = Stopwatch::start();
        let summary = seeds(from..end, None, workers)?;
        println!(
            "{from}..{end}: hash {:016x}, {} s",
            summary.hash,
            watch.elapsed_ms() / 1_000
        );
        if let Some((seed, _)) = summary.failed {
            tell(&Options::of(seed, None))?;
            return Ok(false);
        }
        let line = format!("{from}..{end} {} {:016x}\n", commit(), summary.hash);
        let text = fs::read_to_string(DONE).unwrap_or_default();
        fs::write(DONE, text + &line)?;
        from = end;
    }
    Ok(true)
}

/// One seed, in words.
fn one(options: &Options) -> anyhow::Result<bool> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let prepared = Prepared::new().await?;
        anyhow::Ok(prepared.run(0, options, &BTreeSet::new(), true).await)
    })?;
    println!("{options}");
    said(&outcome);
    println!("hash {:016x}", outcome.hash);
    Ok(outcome.violation.is_none())
}

fn said(outcome: &Outcome) {
    for line in &outcome.trace {
        println!("{line}");
    }
    if let Some(violation) = &outcome.violation {
        println!(
            "VIOLATION of {} in step {}: {}",
            violation.rule, violation.step, violation.detail
        );
    }
}

/// A failing run, as short as it can be made in a while.
fn tell(options: &Options) -> anyhow::Result<()> {
    println!("{options}");
    println!("commit {}", commit());
    let (runtime, watch) = (runtime()?, Stopwatch::start());
    let prepared = runtime.block_on(Prepared::new())?;
    let run = |options: &Options, skipped: &BTreeSet<u64>, traces| {
        runtime.block_on(prepared.run(0, options, skipped, traces))
    };
    let first = run(options, &BTreeSet::new(), false);
    let Some(violation) = &first.violation else {
        println!("does not fail when it is run again: it depends on something else than its seed");
        return Ok(());
    };
    let mut options = options.clone();
    options.steps = options.steps.min(first.steps + 1);
    let skipped = left_out(options.steps, |skipped| {
        let found = run(&options, skipped, false).violation;
        let fails = found.is_some_and(|found| found.rule == violation.rule);
        (watch.elapsed() < SHORTENING).then_some(fails)
    });
    let kept = options.steps - skipped.len() as u64;
    println!("shortened to {kept} steps of {}:", options.steps);
    said(&run(&options, &skipped, true));
    Ok(())
}
