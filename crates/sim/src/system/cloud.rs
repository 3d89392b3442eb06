//! The cloud of the world: the real one over a database of its own, asked in process, worked by hand.
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use axum::{Router, body::Body};
use cloud::{Cloud, Database, OfficeOptions};
use httpkit::{Parts, assets::NoAssets, clock::ManualClock, random::SeededRandom};
use jiff::Timestamp;
use tokio_postgres::{Client, NoTls};
use tower::ServiceExt as _;

use super::proxy::Proxy;

/// Connections of the cloud; one actor at a time needs few.
const CONNECTIONS: usize = 3;
/// The largest answer that is read.
const LONGEST: usize = 64 << 20;

/// What a router answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub status: u16,
    pub headers: axum::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as JSON; null when it is none.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The code of a problem; empty when it is none.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// Asks a router in process.
pub(crate) async fn ask(
    router: Router,
    request: axum::http::Request<Body>,
) -> anyhow::Result<Reply> {
    let response = router.oneshot(request).await?;
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, LONGEST).await?;
    Ok(Reply {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: body.to_vec(),
    })
}

/// Where the cloud is to be found, while it runs.
#[derive(Default)]
pub(crate) struct Door(Mutex<Option<Router>>);

impl Door {
    pub(crate) fn open(&self) -> Option<Router> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, router: Option<Router>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = router;
    }
}

/// How the world's cluster is reached, and statements for it.
pub(crate) struct Cluster(tokio_postgres::Config);

impl Cluster {
    pub(crate) async fn of_the_run() -> anyhow::Result<Self> {
        let config = tokio::task::spawn_blocking(cloud::cluster::testing::config).await??;
        Ok(Self(config))
    }

    pub(crate) fn database(&self, name: &str) -> tokio_postgres::Config {
        let mut config = self.0.clone();
        config.dbname(name);
        config
    }

    pub(crate) async fn run(&self, statement: &str) -> anyhow::Result<()> {
        let client = connect(&self.0).await?;
        client
            .batch_execute(statement)
            .await
            .with_context(|| statement.to_owned())
    }

    /// A copy of a database that nobody is connected to any more.
    pub(crate) async fn copy(&self, from: &str, to: &str) -> anyhow::Result<()> {
        let client = connect(&self.0).await?;
        let evict = format!(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{from}'"
        );
        client.batch_execute(&evict).await?;
        let copy = format!("create database {to} template {from} strategy file_copy");
        client
            .batch_execute(&copy)
            .await
            .with_context(|| copy.clone())
    }

    pub(crate) async fn remove(&self, name: &str) -> anyhow::Result<()> {
        self.run(&format!("drop database if exists {name} with (force)"))
            .await
    }
}

/// A connection as the superuser.
pub(crate) async fn connect(config: &tokio_postgres::Config) -> anyhow::Result<Client> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// The cloud, its database, and a look into its tables that it does not know of.
pub(crate) struct Head {
    cluster: Arc<Cluster>,
    name: String,
    pub(crate) parts: Parts,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) door: Arc<Door>,
    running: Option<(Cloud, Client)>,
}

impl Head {
    /// Starts over a database that is there.
    pub(crate) async fn start(
        cluster: Arc<Cluster>,
        name: String,
        now: Timestamp,
        seed: u64,
        door: Arc<Door>,
    ) -> anyhow::Result<Self> {
        let clock = Arc::new(ManualClock::at(now));
        let parts = Parts {
            clock: clock.clone(),
            security_clock: clock.clone(),
            random: Arc::new(SeededRandom::new(seed)),
            assets: Arc::new(NoAssets),
        };
        let mut head = Self {
            cluster,
            name,
            parts,
            clock,
            door,
            running: None,
        };
        head.open().await?;
        Ok(head)
    }

    /// A new process over the same database.
    pub(crate) async fn open(&mut self) -> anyhow::Result<()> {
        let config = self.cluster.database(&self.name);
        self.open_by(config).await
    }

    /// A process whose way to the database breaks after so many statements: with the last one done and nobody told, or
    /// before it.
    pub(crate) async fn open_to_end(
        &mut self,
        folder: &Path,
        statements: i64,
        is_done: bool,
    ) -> anyhow::Result<Proxy> {
        let server = self.cluster.database(&self.name);
        let proxy = Proxy::open(folder, &server, statements, is_done)?;
        self.open_by(proxy.config(&server)).await?;
        Ok(proxy)
    }

    /// Nothing of a process that has ended goes on in the database.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        let evict = format!(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{}'",
            self.name
        );
        self.cluster.run(&evict).await
    }

    async fn open_by(&mut self, config: tokio_postgres::Config) -> anyhow::Result<()> {
        let sql = connect(&self.cluster.database(&self.name)).await?;
        let mut database = Database::of_superuser(config);
        database.connections = CONNECTIONS;
        let mut options = OfficeOptions::default();
        // A cart that lacks units asks shops for theirs, and does not wait for them.
        options.orders.borrow = std::time::Duration::from_millis(1);
        let cloud = Cloud::open(&database, &options, self.parts.clone())?;
        self.door.set(Some(cloud::router(&cloud, false)));
        self.running = Some((cloud, sql));
        Ok(())
    }

    /// The process ends; nothing of its memory stays.
    pub(crate) fn end(&mut self) {
        self.door.set(None);
        self.running = None;
    }

    /// Keeps a copy of the database under another name, as a backup does.
    pub(crate) async fn back_up(&mut self, to: &str) -> anyhow::Result<()> {
        self.end();
        self.cluster.copy(&self.name, to).await?;
        self.open().await
    }

    /// Puts a copy in the place of the database.
    pub(crate) async fn restore(&mut self, from: &str) -> anyhow::Result<()> {
        self.end();
        self.cluster.remove(&self.name).await?;
        self.cluster.copy(from, &self.name).await?;
        self.open().await
    }

    pub(crate) fn cloud(&self) -> anyhow::Result<&Cloud> {
        Ok(&self.running.as_ref().context("the cloud runs")?.0)
    }

    /// Its tables.
    pub(crate) fn sql(&self) -> anyhow::Result<&Client> {
        Ok(&self.running.as_ref().context("the cloud runs")?.1)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) const fn cluster(&self) -> &Arc<Cluster> {
        &self.cluster
    }

    /// The web shop's server, or somebody at the head office, asks.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        bearer: &str,
        body: &serde_json::Value,
    ) -> anyhow::Result<Reply> {
        let key = format!("Bearer {bearer}");
        let header = (!bearer.is_empty()).then_some(("authorization", key.as_str()));
        self.ask_with(header, method, path, body).await
    }

    /// Somebody who is signed in at the office asks.
    pub(crate) async fn ask_as(
        &self,
        cookie: &str,
        method: &str,
        path: &str,
        body: &serde_json::Value,
    ) -> anyhow::Result<Reply> {
        self.ask_with(Some(("cookie", cookie)), method, path, body)
            .await
    }

    async fn ask_with(
        &self,
        header: Option<(&str, &str)>,
        method: &str,
        path: &str,
        body: &serde_json::Value,
    ) -> anyhow::Result<Reply> {
        let router = self.door.open().context("the cloud runs")?;
        let mut request = axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        ask(router, request.body(Body::from(body.to_string()))?).await
    }

    /// Changes its tables behind its back, as a broken rule would.
    pub(crate) async fn meddle(&self, statement: &str) -> anyhow::Result<()> {
        let now = self.parts.clock.now();
        let statement = format!(
            "begin;
             select set_config('branchline.now', '{now}', true), set_config('branchline.actor', 'service:sim', true);
             {statement};
             commit"
        );
        Ok(self.sql()?.batch_execute(&statement).await?)
    }
}
