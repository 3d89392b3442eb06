//! Developer commands: `cargo xtask tidy`, `cargo xtask freeze`, `cargo xtask openapi`, `cargo xtask sim`.

mod openapi;
mod sim;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "What the developers of Branchline do by machine."
)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check the rules of this code base that no linter knows
    Tidy,
    /// Record the migrations that are new, so that nobody changes them any more
    Freeze,
    /// Write the API documents to docs/api, from the binary
    Openapi {
        /// Write nothing; fail if a document is not current
        #[arg(long)]
        check: bool,
        /// Ask this binary, where one is built already
        #[arg(long, value_name = "PATH")]
        binary: Option<PathBuf>,
    },
    /// Check the model of the protocol, or simulate
    Sim {
        #[command(flatten)]
        what: sim::What,
        #[command(flatten)]
        how: sim::How,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let root = root();
    let outcome = match arguments.command {
        Task::Tidy => tidy::run(&root),
        Task::Freeze => tidy::freeze(&root),
        Task::Openapi { check, binary } => openapi::run(&root, check, binary.as_deref()),
        Task::Sim { what, how } => sim::run(&root, &what, &how),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The cargo that runs this, else the one on the path. Never the one that built this: without what
/// `rustup` sets around it, it may find another compiler and build everything again.
fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The checkout's root folder, two above this crate.
fn root() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder
        .ancestors()
        .nth(2)
        .unwrap_or(crate_folder)
        .to_owned()
}
