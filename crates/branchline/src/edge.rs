//! One edge: runs it, enrols it, and keeps and brings back its file.
use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use cloud::cluster::default_home;

use crate::{
    door::DoorOptions,
    log::{self, Sink},
    serve::{parts, terminated},
    supervisor,
};

/// How an edge runs.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make this edge a node of the company, with a one-time code from the office. An edge whose epoch is over, or that
    /// may not trust its file, begins the next epoch; the old file stays beside the new one
    Enrol(EnrolOptions),
    /// Write a checked backup of the shop's file, while it runs or not
    Backup(BackupOptions),
    /// Put a backup into the place of the shop's file; the edge must not run
    Restore(RestoreOptions),
}

#[derive(Debug, Args)]
struct Serve {
    #[command(flatten)]
    home: Home,
    /// Where tills reach it
    #[arg(long, env = "BRANCHLINE_EDGE_LISTEN", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// Where the cloud is now, when it has moved since the enrolment
    #[arg(long, env = "BRANCHLINE_CLOUD")]
    cloud: Option<String>,
    /// The authority behind the cloud's certificate (PEM), when the world does not know it
    #[arg(long, env = "BRANCHLINE_CLOUD_CA")]
    cloud_ca: Option<PathBuf>,
    #[command(flatten)]
    door: DoorOptions,
    /// Megabytes kept in reserve on the disk, so that sales go on when it is full; less on a small disk
    #[arg(long, env = "BRANCHLINE_EDGE_RESERVE_MB", default_value_t = 200)]
    reserve_mb: u64,
    #[command(flatten)]
    disk: DiskOptions,
}

/// What an edge and `doctor` call enough space.
#[derive(Debug, Args)]
pub(crate) struct DiskOptions {
    /// Megabytes: a disk with so much free is never called short, however large it is
    #[arg(long, env = "BRANCHLINE_EDGE_PLENTY_MB", default_value_t = 5120)]
    plenty_mb: u64,
}

impl DiskOptions {
    /// Bytes that are enough.
    pub(crate) const fn plenty(&self) -> u64 {
        self.plenty_mb << 20
    }
}

#[derive(Debug, Args)]
struct Home {
    /// The shop's own folder: database and key
    #[arg(long, env = "BRANCHLINE_EDGE_DATA")]
    data: Option<PathBuf>,
}

impl Home {
    fn folder(self) -> PathBuf {
        self.data.unwrap_or_else(|| default_home("edge"))
    }
}

#[derive(Debug, Args)]
struct EnrolOptions {
    #[command(flatten)]
    home: Home,
    /// Where the cloud is
    #[arg(long, env = "BRANCHLINE_CLOUD")]
    cloud: String,
    /// The authority behind the cloud's certificate (PEM), when the world does not know it
    #[arg(long, env = "BRANCHLINE_CLOUD_CA")]
    cloud_ca: Option<PathBuf>,
    /// The one-time code from the office
    #[arg(long)]
    code: String,
}

#[derive(Debug, Args)]
struct BackupOptions {
    #[command(flatten)]
    home: Home,
    /// The file to write
    #[arg(long)]
    to: PathBuf,
}

#[derive(Debug, Args)]
struct RestoreOptions {
    #[command(flatten)]
    home: Home,
    /// The backup
    #[arg(long)]
    from: PathBuf,
}

/// Runs an edge, or does what a subcommand says.
///
/// # Errors
/// A taken port, a folder that another process serves, a refused enrolment, a damaged file.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    log::init(&Sink::Stderr)?;
    match options.command {
        None => serve(options.serve).await,
        Some(Command::Enrol(options)) => enrol(options).await,
        Some(Command::Backup(options)) => backup(options).await,
        Some(Command::Restore(options)) => restore(options).await,
    }
}

async fn serve(options: Serve) -> anyhow::Result<ExitCode> {
    let config = edge::Config {
        listen: options.listen,
        cloud_url: options.cloud,
        cloud_ca: options.cloud_ca,
        door: options.door.door(None, &[], None)?,
        disk: edge::DiskWants {
            reserve: options.reserve_mb << 20,
            plenty: options.disk.plenty(),
        },
        ..edge::Config::new(options.home.folder())
    };
    let running = edge::start(config, parts()).await?;
    supervisor::ready();
    terminated().await?;
    supervisor::stopping();
    running.stop().await?;
    Ok(ExitCode::SUCCESS)
}

async fn enrol(options: EnrolOptions) -> anyhow::Result<ExitCode> {
    let folder = options.home.folder();
    if let Some(authority) = &options.cloud_ca {
        edge::trust_cloud(&folder, authority)?;
    }
    let enrolled = edge::enrol_folder(&folder, parts(), &options.cloud, &options.code).await?;
    println!(
        "This edge is node {} of the company now, for {} ({}), epoch {}. Start it with: branchline edge",
        enrolled.node_id, enrolled.location.name, enrolled.location.code, enrolled.epoch
    );
    Ok(ExitCode::SUCCESS)
}

async fn backup(options: BackupOptions) -> anyhow::Result<ExitCode> {
    let (folder, to) = (options.home.folder(), options.to);
    let path = to.display().to_string();
    let head = tokio::task::spawn_blocking(move || edge::backup::backup(&folder, &to)).await??;
    println!(
        "{path} holds events 1 to {} of node {}, epoch {}, checked. Head: {head}",
        head.seq, head.node, head.epoch
    );
    Ok(ExitCode::SUCCESS)
}

async fn restore(options: RestoreOptions) -> anyhow::Result<ExitCode> {
    let (folder, from) = (options.home.folder(), options.from);
    let head = tokio::task::spawn_blocking(move || edge::backup::restore(&folder, &from)).await??;
    println!(
        "The shop's file is the backup now: events 1 to {} of node {}, epoch {}. Until the cloud and a till have said what \
         they have seen of it, tills sell what is counted. Start it with: branchline edge",
        head.seq, head.node, head.epoch
    );
    Ok(ExitCode::SUCCESS)
}
