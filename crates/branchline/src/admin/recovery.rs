//! What an operator does when a node or the cloud's own state was lost.
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Subcommand;
use cloud::{Cloud, node, sync};
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;
use wire::{
    batch::{MAX_BYTES, MAX_EVENTS},
    event::{Hash, Record},
    recovery::Salvage,
};

use super::ACTOR;
use crate::serve::DatabaseOptions;

/// What can be done about a node.
#[derive(Debug, Subcommand)]
pub enum NodeCommand {
    /// Declare the node of a location lost: at once and for ever, nothing that it still sends has an effect on stock
    Fence {
        /// Code of the location
        #[arg(long)]
        location: String,
        /// For people: stolen, broken, …
        #[arg(long)]
        reason: String,
    },
    /// Make a one-time code with which a fresh edge takes the place of a location's node, which is fenced by this
    Replace {
        /// Code of the location
        #[arg(long)]
        location: String,
    },
    /// Hand in what an old disk still has: its sales are booked once, its stock is left alone
    Salvage {
        /// The old edge's database: shop.db, or shop-epoch-<n>.db
        #[arg(long)]
        file: PathBuf,
    },
}

/// What can be done about the cloud itself.
#[derive(Debug, Subcommand)]
pub enum CloudCommand {
    /// Put a copy that `admin backup` has made into the place of the private PostgreSQL, whose cloud does not run, and
    /// say so as `restored` does. What was there is set aside
    Restore {
        /// The folder with the copy
        #[arg(long)]
        from: PathBuf,
    },
    /// Say that this database was restored from a backup: nothing is promised or granted at a shop before it has told
    /// what it did meanwhile
    Restored,
    /// End the freeze of a location: its node has told, and what is known of lost orders was entered again
    Unfreeze {
        /// Code of the location
        #[arg(long)]
        location: String,
    },
}

/// Does what is to be done about a node.
pub async fn node(cloud: &Cloud, command: NodeCommand) -> anyhow::Result<()> {
    match command {
        NodeCommand::Fence { location, reason } => {
            let node = of_location(cloud, &location).await?;
            node::fence(cloud, ACTOR, node, &reason).await?;
            println!(
                "Node {node} of {location} is fenced. Replace it with: branchline admin node replace --location {location}"
            );
        }
        NodeCommand::Replace { location } => {
            let node = of_location(cloud, &location).await?;
            let code = node::replacement(cloud, ACTOR, node).await?;
            println!("{}", code.code);
        }
        NodeCommand::Salvage { file } => {
            let old = read(&file).with_context(|| format!("read {}", file.display()))?;
            let (mut kept, mut known) = (0, 0);
            let all = old.records.len();
            for upload in old.uploads() {
                let salvaged = sync::salvage(cloud, old.node, upload).await?;
                kept += salvaged.kept;
                known += salvaged.known;
            }
            sync::salvage_all(cloud).await?;
            println!(
                "{all} records of epoch {} of node {}: {kept} are new, {known} were known",
                old.epoch, old.node
            );
        }
    }
    Ok(())
}

/// Puts a copy into the place of the private PostgreSQL, before anything opens it.
pub async fn restore(database: &DatabaseOptions, from: PathBuf) -> anyhow::Result<()> {
    let home = database
        .private()
        .context("the database is not ours: restore it with its own tools, then: branchline admin cloud restored")?;
    let told = from.display().to_string();
    let aside =
        tokio::task::spawn_blocking(move || cloud::cluster::restore(&home, &from)).await??;
    println!("The database is the copy {told} now.");
    if let Some(aside) = aside {
        println!(
            "What was there is in {}; delete it when all is well.",
            aside.display()
        );
    }
    Ok(())
}

/// Does what is to be done about the cloud.
pub async fn cloud(cloud: &Cloud, command: CloudCommand) -> anyhow::Result<()> {
    match command {
        CloudCommand::Restore { .. } | CloudCommand::Restored => {
            let incarnation = sync::restored(cloud, ACTOR).await?;
            println!(
                "Incarnation {incarnation} begins. Shops go on selling; each location is frozen for online orders \
                 until its node has followed and you say: branchline admin cloud unfreeze --location <code>"
            );
        }
        CloudCommand::Unfreeze { location } => {
            let node = of_location(cloud, &location).await?;
            match node::unfreeze(cloud, ACTOR, node).await {
                Ok(()) => println!("{location} takes part again."),
                Err(cloud::Error::Problem(problem)) => {
                    let figures = serde_json::to_string(&*problem)?;
                    anyhow::bail!("{}: {figures}", problem.title);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

async fn of_location(cloud: &Cloud, code: &str) -> anyhow::Result<Uuid> {
    node::by_location(cloud, code)
        .await?
        .with_context(|| format!("location `{code}` has no node"))
}

/// The log of an old edge.
struct Old {
    node: Uuid,
    epoch: i64,
    first_seq: i64,
    records: Vec<Record>,
}

/// Reads the log of an edge that does not run; changes nothing.
fn read(file: &Path) -> anyhow::Result<Old> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(file, flags)?;
    let (node, epoch): (Option<Vec<u8>>, i64) =
        database.query_row("select node, epoch from node_state", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let node = node.context("this edge was never enrolled")?;
    let mut statement =
        database.prepare("select seq, header, body, hash from outbox order by seq")?;
    let rows = statement.query_map([], |row| {
        let hash: Vec<u8> = row.get(3)?;
        Ok((
            row.get::<_, i64>(0)?,
            Record {
                header: row.get(1)?,
                body: row.get(2)?,
                hash: Hash::from_slice(&hash).unwrap_or(Hash::GENESIS),
            },
        ))
    })?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let first_seq = rows.first().map_or(1, |(seq, _)| *seq);
    ensure!(
        (first_seq..)
            .zip(&rows)
            .all(|(place, (seq, _))| place == *seq),
        "numbers are missing in this log"
    );
    Ok(Old {
        node: Uuid::from_slice(&node)?,
        epoch,
        first_seq,
        records: rows.into_iter().map(|(_, record)| record).collect(),
    })
}

impl Old {
    /// The records in portions of one push each.
    fn uploads(&self) -> Vec<Salvage> {
        let mut uploads: Vec<Salvage> = Vec::new();
        let mut bytes = 0;
        for (seq, record) in (self.first_seq..).zip(&self.records) {
            bytes += record.len();
            let last = uploads.last_mut();
            let has_room =
                |last: &&mut Salvage| last.events.len() < MAX_EVENTS && bytes <= MAX_BYTES;
            if let Some(last) = last.filter(has_room) {
                last.events.push(record.clone());
            } else {
                bytes = record.len();
                uploads.push(Salvage {
                    epoch: self.epoch,
                    first_seq: seq,
                    events: vec![record.clone()],
                });
            }
        }
        uploads
    }
}
