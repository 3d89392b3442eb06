//! `cargo xtask sim`: the model of the protocol and the simulations, in a process of their own.
//!
//! But for `--system` they are built without the real edge and cloud, which takes seconds.

use std::path::Path;

use anyhow::Context;
use clap::Args;

/// What is to be run.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct What {
    /// Look at every state of the protocol within bounds, and find every mutant
    #[arg(long)]
    model: bool,
    /// What policies for allocating rights cost, by a simulated fortnight
    #[arg(long)]
    allocation: bool,
    /// Run that many seeds of the protocol simulation
    #[arg(long)]
    seeds: Option<u64>,
    /// Break each rule of the protocol simulation, and find it
    #[arg(long)]
    mutants: bool,
}

/// How it is to be run.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct How {
    /// With --model: also the bounds that take minutes and gigabytes
    #[arg(long, requires = "model")]
    large: bool,
    /// With --seeds: the first of them
    #[arg(long, requires = "seeds")]
    from: Option<u64>,
    /// With --seeds: break this rule
    #[arg(long, requires = "seeds")]
    mutant: Option<String>,
    /// With --seeds: go on where the last long run ended, up to that many, and write down what has held
    #[arg(long, requires = "seeds")]
    resume: bool,
    /// With --seeds: tell what happens in the first of them
    #[arg(long, requires = "seeds")]
    trace: bool,
    /// With --seeds or --mutants: the real edges and the real cloud, on their databases
    #[arg(long, conflicts_with_all = ["model", "allocation"])]
    system: bool,
}

/// Runs it. `true` if it found nothing wrong.
pub fn run(root: &Path, what: &What, how: &How) -> anyhow::Result<bool> {
    let arguments = arguments(what, how);
    // Without the real edge and cloud, which take minutes to build, where they are not asked for.
    let features: &[&str] = if how.system {
        &[]
    } else {
        &["--no-default-features"]
    };
    let status = crate::cargo()
        .args(["run", "--quiet", "--package", "sim"])
        .args(features)
        .arg("--")
        .args(arguments)
        .current_dir(root)
        .status()
        .context("run sim")?;
    Ok(status.success())
}

fn arguments(what: &What, how: &How) -> Vec<String> {
    let mut arguments: Vec<String> = Vec::new();
    let mut say = |words: &[&str]| arguments.extend(words.iter().map(|&word| word.to_owned()));
    if what.model {
        say(&["model"]);
    } else if what.allocation {
        say(&["allocation"]);
    } else {
        say(&["seeds"]);
    }
    if how.large {
        say(&["--large"]);
    }
    if what.mutants {
        say(&["--mutants"]);
    }
    if let Some(seeds) = what.seeds {
        say(&["--seeds", &seeds.to_string()]);
    }
    if let Some(from) = how.from {
        say(&["--from", &from.to_string()]);
    }
    if let Some(mutant) = &how.mutant {
        say(&["--mutant", mutant]);
    }
    if how.resume {
        say(&["--resume"]);
    }
    if how.trace {
        say(&["--trace"]);
    }
    if how.system {
        say(&["--system"]);
    }
    arguments
}
