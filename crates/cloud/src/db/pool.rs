//! Where the database is, and connections to it that are used again.
use std::time::Duration;

use anyhow::Context as _;
use deadpool::managed::QueueMode;
use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod, Runtime};
use httpkit::clock::Stopwatch;
use tokio_postgres::{Config, NoTls};

use super::{DbError, patiently};
use crate::cluster::{Cluster, SUPERUSER};

/// The longest that a request waits for a connection.
const WAIT: Duration = Duration::from_secs(3);
/// The longest that a connection attempt may take.
const CONNECT: Duration = Duration::from_secs(3);
/// Connections when nothing is said.
const CONNECTIONS: usize = 16;

/// What stands between this process and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pooler {
    /// Nothing: statements are prepared once per connection.
    #[default]
    None,
    /// A pooler in transaction mode, such as `PgBouncer`: every statement is unnamed.
    Transaction,
}

impl std::str::FromStr for Pooler {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> anyhow::Result<Self> {
        match text {
            "none" => Ok(Self::None),
            "transaction" => Ok(Self::Transaction),
            _ => anyhow::bail!("a pooler is `none` or `transaction`, not `{text}`"),
        }
    }
}

/// Where the database is and how it is reached.
#[derive(Debug, Clone)]
pub struct Database {
    /// As the application's role; may lead through a pooler.
    pub app: Config,
    /// As the owner's role or a superuser, directly: only for migrations.
    pub owner: Config,
    /// What `app` leads through.
    pub pooler: Pooler,
    /// Connections of this process at most.
    pub connections: usize,
}

impl Database {
    /// A database by its two addresses: `DATABASE_URL` and `DATABASE_OWNER_URL`.
    pub fn by_url(app: &str, owner: &str, pooler: Pooler) -> anyhow::Result<Self> {
        let parse = |name: &str, url: &str| {
            url.parse::<Config>()
                .with_context(|| format!("{name} is no PostgreSQL address"))
        };
        Ok(Self {
            app: parse("DATABASE_URL", app)?,
            owner: parse("DATABASE_OWNER_URL", owner)?,
            pooler,
            connections: CONNECTIONS,
        })
    }

    /// A database of a cluster, by how its superuser reaches it.
    pub fn of_superuser(owner: Config) -> Self {
        let mut app = owner.clone();
        app.user("branchline_app");
        Self {
            app,
            owner,
            pooler: Pooler::None,
            connections: CONNECTIONS,
        }
    }

    /// The database of that name in a private cluster; made when it is missing.
    pub async fn in_cluster(cluster: &Cluster, name: &str) -> anyhow::Result<Self> {
        let mut owner = cluster.config();
        patiently(async || create(&owner, name).await).await?;
        owner.dbname(name);
        Ok(Self::of_superuser(owner))
    }
}

/// Makes a database unless it is there.
async fn create(maintenance: &Config, name: &str) -> anyhow::Result<()> {
    let (client, connection) = maintenance.connect(NoTls).await?;
    tokio::spawn(connection);
    let exists = !client
        .query("select 1 from pg_database where datname = $1", &[&name])
        .await?
        .is_empty();
    if !exists {
        client
            .batch_execute(&format!("create database \"{name}\" owner \"{SUPERUSER}\""))
            .await
            .with_context(|| format!("create database {name}"))?;
    }
    Ok(())
}

/// Connections as the application's role.
#[derive(Clone)]
pub(crate) struct Pool {
    pool: deadpool_postgres::Pool,
    pub(crate) pooler: Pooler,
}

impl Pool {
    pub(crate) fn new(database: &Database) -> anyhow::Result<Self> {
        let mut config = database.app.clone();
        config.connect_timeout(CONNECT);
        if database.pooler == Pooler::None {
            config.application_name("branchline");
        }
        let manager = Manager::from_config(
            config,
            NoTls,
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        let pool = deadpool_postgres::Pool::builder(manager)
            .max_size(database.connections)
            // The one used last: its server process has the caches warm, and idle ones stay idle.
            .queue_mode(QueueMode::Lifo)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(CONNECT))
            .recycle_timeout(Some(CONNECT))
            .runtime(Runtime::Tokio1)
            .build()?;
        Ok(Self {
            pool,
            pooler: database.pooler,
        })
    }

    pub(crate) async fn client(&self) -> Result<deadpool_postgres::Client, DbError> {
        let watch = Stopwatch::start();
        let client = self
            .pool
            .get()
            .await
            .map_err(|error| DbError::Unavailable(error.to_string()));
        metrics::histogram!("cloud_pool_wait_seconds").record(watch.elapsed());
        let status = self.pool.status();
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        {
            metrics::gauge!("cloud_pool_connections").set(status.size as f64);
            metrics::gauge!("cloud_pool_connections_most").set(status.max_size as f64);
            metrics::gauge!("cloud_pool_idle").set(status.available as f64);
            metrics::gauge!("cloud_pool_waiting").set(status.waiting as f64);
        }
        client
    }

    pub(crate) fn close(&self) {
        self.pool.close();
    }
}
