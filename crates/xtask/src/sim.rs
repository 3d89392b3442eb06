//! `cargo xtask sim`: the model of the protocol and the simulations, in a process of their own.
//!
//! They are built without the real edge and cloud, which takes seconds.

use std::path::Path;
use std::process::Command;

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
}

/// How it is to be run.
#[derive(Args)]
pub struct How {
    /// With --model: also the bounds that take minutes and gigabytes
    #[arg(long, requires = "model")]
    large: bool,
}

/// Runs it. `true` if it found nothing wrong.
pub fn run(root: &Path, what: &What, how: &How) -> anyhow::Result<bool> {
    let mut arguments = vec![if what.model { "model" } else { "allocation" }];
    if how.large {
        arguments.push("--large");
    }
    let status = Command::new(env!("CARGO"))
        .args([
            "run",
            "--quiet",
            "--package",
            "sim",
            "--no-default-features",
            "--",
        ])
        .args(arguments)
        .current_dir(root)
        .status()
        .context("run sim")?;
    Ok(status.success())
}
