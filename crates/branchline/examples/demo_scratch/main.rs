//! Scratch.
#![allow(dead_code)]
use clap::Parser;
mod demo;
mod log;
mod web;
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    o: demo::Options,
}
#[tokio::main]
async fn main() -> anyhow::Result<std::process::ExitCode> {
    let c = Cli::parse();
    demo::run(c.o).await
}
