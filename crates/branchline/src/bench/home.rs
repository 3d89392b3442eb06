//! Where a benchmark of the cloud works: a durable PostgreSQL of its own, in a folder that goes with it.
use std::path::PathBuf;

use anyhow::Context;
use cloud::Database;
use cloud::cluster::{Cluster, ClusterOptions};

/// A running PostgreSQL and its folder.
pub struct Home {
    cluster: Cluster,
    folder: PathBuf,
}

impl Home {
    /// Starts one, with an empty database.
    pub async fn open() -> anyhow::Result<(Self, Database)> {
        let folder = cloud::cluster::default_home(&format!("bench-{}", std::process::id()));
        let options = ClusterOptions::durable(folder.join("postgres"));
        let cluster = tokio::task::spawn_blocking(move || Cluster::start(options)).await??;
        let database = Database::in_cluster(&cluster, "branchline").await?;
        Ok((Self { cluster, folder }, database))
    }

    /// Stops it and removes the folder.
    pub async fn close(self) -> anyhow::Result<()> {
        let Self { cluster, folder } = self;
        tokio::task::spawn_blocking(move || cluster.stop()).await??;
        std::fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))
    }
}
