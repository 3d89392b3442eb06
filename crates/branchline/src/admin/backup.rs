//! A verified copy of the cloud's database, after which shops may drop what it holds.
use std::path::PathBuf;

use cloud::{Cloud, Database, backup};

/// Where the copy goes, and who makes it.
#[derive(Debug, clap::Args)]
pub struct BackupOptions {
    /// An empty folder for the copy; with `--external`, what the copy is called
    #[arg(long)]
    to: PathBuf,
    /// Another tool makes and verifies the copy: its command, after `--`. Its exit status is believed
    #[arg(long)]
    external: bool,
    /// The other tool's command
    #[arg(last = true, requires = "external")]
    command: Vec<String>,
}

/// Copies, verifies, and tells the nodes how far the copy goes.
pub async fn run(
    cloud: &Cloud,
    database: &Database,
    options: &BackupOptions,
) -> anyhow::Result<()> {
    let place = options.to.display().to_string();
    let copied = if options.external {
        backup::external(cloud, &place, &options.command).await?
    } else {
        backup::base(cloud, database, &options.to).await?
    };
    println!(
        "{} is verified: it holds the events of {} nodes, {} of them for the first time",
        copied.place, copied.nodes, copied.events
    );
    Ok(())
}
