//! Prints the description of an API, from which the web's types are made.
use std::process::ExitCode;

use clap::{Args, ValueEnum};

/// Which API.
#[derive(Debug, Args)]
pub struct Options {
    side: Side,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Side {
    /// One shop: tills and buying stations
    Edge,
    /// All shops: the office and the nodes
    Cloud,
}

/// Prints the document as JSON.
///
/// # Errors
/// When it cannot be written as JSON, which would be a bug.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let document = match options.side {
        Side::Edge => edge::openapi(),
        Side::Cloud => cloud::openapi(),
    };
    println!("{}", document.to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}
