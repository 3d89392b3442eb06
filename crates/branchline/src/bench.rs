//! Measures: each figure beside a reference of the same run, rounds interleaved, medians.
//!
//! Each benchmark starts what it needs, on temporary folders and free ports, and cleans up.
use std::process::ExitCode;

use clap::{Args, ValueEnum};

mod auth;
mod bare;
mod checkout;
mod client;
mod company;
mod dashboard;
mod figure;
mod home;
mod import;
mod ingest;
mod machine;
mod node;
mod price;
mod process;
mod search;
mod shop;
mod till;
mod unit;

/// What to measure.
#[derive(Debug, Args)]
pub struct Options {
    /// Only this one
    what: Option<What>,
    /// One JSON object per figure instead of a table
    #[arg(long)]
    json: bool,
    /// Fewer rounds: to see that it runs, not to compare
    #[arg(long)]
    quick: bool,
    /// Millions of raw sale lines behind the dashboard [default: 10, with --quick 1]
    #[arg(long, value_name = "MILLIONS", value_parser = clap::value_parser!(i64).range(1..=100))]
    lines: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// A sale at a till, beside the bare SQLite transaction of the same rows
    Till,
    /// A keystroke in the till's search, over 100,000 SKUs
    Search,
    /// Events from eight nodes, accepted and applied, beside bare SQL
    Ingest,
    /// Online checkouts, beside statement by statement and one function call each
    Checkout,
    /// 200 buyers at once for the last units, by one cloud and by two: exactly so many are sold
    LastUnit,
    /// The overview of 200 branches over two years, uncached and cached, beside the same figures from raw rows
    Dashboard,
    /// A request of the office, who asks and what they may see, beside the bare query
    Auth,
    /// 200,000 products from a file, beside their bare rows
    Import,
    /// A basket under hundreds and thousands of promotions, beside the same one without any
    Price,
}

/// Runs one or all of them.
///
/// # Errors
/// When something cannot be started; a missed target is an exit code, not an error.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let wanted = |what: What| options.what.is_none_or(|only| only == what);
    let folder = cloud::cluster::default_home("bench");
    std::fs::create_dir_all(&folder)?;
    let mut figures = machine::measure(&folder)?;
    if wanted(What::Till) {
        figures.extend(till::measure(options.quick).await?);
        figures.extend(process::measure().await?);
    }
    if wanted(What::Search) {
        figures.extend(search::measure(options.quick).await?);
    }
    if wanted(What::Ingest) {
        figures.extend(ingest::measure(options.quick).await?);
    }
    if wanted(What::Checkout) {
        figures.extend(checkout::measure(options.quick).await?);
    }
    if wanted(What::LastUnit) {
        figures.extend(unit::measure(options.quick).await?);
    }
    if wanted(What::Dashboard) {
        figures.extend(dashboard::measure(options.quick, options.lines).await?);
    }
    if wanted(What::Auth) {
        figures.extend(auth::measure(options.quick).await?);
    }
    if wanted(What::Import) {
        figures.extend(import::measure(options.quick).await?);
    }
    if wanted(What::Price) {
        figures.extend(price::measure(options.quick)?);
    }
    let pass = figure::print(&figures, options.json);
    Ok(if pass {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
