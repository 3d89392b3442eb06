//! The binary: composes edge and cloud, and everything an operator types.
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod admin;
mod bench;
mod demo;
mod doctor;
mod door;
mod edge;
mod log;
mod openapi;
mod serve;
mod supervisor;
mod web;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Point of sale, purchasing and stock for a chain of shops, online and offline.
#[derive(Debug, Parser)]
#[command(name = "branchline", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the cloud: all shops, the office, reports
    Cloud(Box<serve::CloudOptions>),
    /// Run the edge: one shop, its tills and devices
    Edge(edge::Options),
    /// A cloud and three branches with real trade, on this machine
    Demo(demo::Options),
    /// Set up and look after a company
    Admin(admin::Options),
    /// Look at a shop or at the cloud, and say what to do about what is found
    Doctor(doctor::Options),
    /// Measure this machine, beside a reference in the same run
    Bench(bench::Options),
    /// Print the API's description
    Openapi(openapi::Options),
}

fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(cli.command))
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Cloud(options) => serve::cloud(*options).await,
        Command::Edge(options) => edge::run(options).await,
        Command::Demo(options) => demo::run(options).await,
        Command::Admin(options) => admin::run(options).await,
        Command::Doctor(options) => Ok(doctor::run(options).await),
        Command::Bench(options) => bench::run(options).await,
        Command::Openapi(options) => openapi::run(&options),
    }
}
