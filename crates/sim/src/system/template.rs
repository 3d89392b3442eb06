//! A company that is prepared once per process: its database, and the folder of each shop's node with what it sells.
//! Every run begins with copies of both.
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, ensure};
use axum::{Router, body::Body, extract::State, http::Request, response::IntoResponse as _};
use cloud::{Actor, cluster::testing::TestDatabase, enrolment};
use edge::sync::{Next, Wake};
use httpkit::{
    clock::Stopwatch,
    shutdown::{Shutdown, Trigger},
};
use jiff::Timestamp;
use retail::quantity::Unit;
use serde_json::json;

use super::{
    cloud::{Cluster, Door, Head},
    ids::{MOST_SHOPS, PRICES, TILLS, VARIANTS, location_id, register_id, variant_id},
    machine::{Machine, carried},
};
use crate::world::{MANAGER, PIN, found, variant};

/// When every run begins.
pub(crate) const START: i64 = 1_795_000_000_000;
/// Requests within which a fresh node has its reference data.
const MOST_REQUESTS: usize = 60;
/// The longest that the reference data may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Memory as a disk, where there is one.
const MEMORY: &str = "/dev/shm";

/// What is prepared.
pub(crate) struct Template {
    database: TestDatabase,
    folder: tempfile::TempDir,
    pub(crate) channel_key: String,
}

/// A folder that goes with the value, in memory where that can be had.
pub(crate) fn scratch() -> anyhow::Result<tempfile::TempDir> {
    let memory = Path::new(MEMORY);
    if memory.is_dir() {
        return Ok(tempfile::Builder::new()
            .prefix("branchline-sim-")
            .tempdir_in(memory)?);
    }
    Ok(tempfile::tempdir()?)
}

impl Template {
    /// Prepares it.
    pub(crate) async fn prepare() -> anyhow::Result<Self> {
        let template = format!("cloud_{}", cloud::schema_fingerprint());
        let database =
            TestDatabase::create(&template, async |config| cloud::migrate(&config).await).await?;
        let cluster = Arc::new(Cluster::of_the_run().await?);
        let now = Timestamp::from_millisecond(START)?;
        let name = database.name().to_owned();
        let door = Arc::new(Door::default());
        let mut head = Head::start(cluster, name, now, 0, Arc::clone(&door)).await?;
        let variants: Vec<_> = (0..VARIANTS)
            .map(|number| variant(variant_id(number), Unit::Piece, PRICES[number], 1))
            .collect();
        found(head.cloud()?, MOST_SHOPS as u128, TILLS as u128, &variants).await?;
        cheap_secrets(&head).await?;
        let (_, channel_key) =
            cloud::channel::add(head.cloud()?, Actor::Service("sim"), "web").await?;
        let folder = scratch()?;
        for place in 0..MOST_SHOPS {
            let folder = folder.path().join(place.to_string());
            enrolled(&head, &door, place, folder).await?;
        }
        head.end();
        Ok(Self {
            database,
            folder,
            channel_key,
        })
    }

    /// The database that runs begin with a copy of.
    pub(crate) fn database(&self) -> &str {
        self.database.name()
    }

    /// A copy of a shop's folder, as if it were the same disk: its key is the very same file.
    pub(crate) fn copy_shop(&self, place: usize, to: &Path) -> anyhow::Result<()> {
        same_disk(&self.folder.path().join(place.to_string()), to)
    }
}

/// Gives everybody a PIN that costs little to check.
async fn cheap_secrets(head: &Head) -> anyhow::Result<()> {
    let hash = edge::testkit::pin_hash();
    let secrets =
        format!("update staff_credential set pin_hash = '{hash}', password_hash = '{hash}'");
    head.meddle(&secrets).await
}

/// Copies a shop's folder so that nothing tells the copy apart.
pub(crate) fn same_disk(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    fs::hard_link(from.join("node.key"), to.join("node.key"))?;
    fs::copy(from.join("shop.db"), to.join("shop.db"))?;
    let log = from.join("shop.db-wal");
    if log.exists() {
        fs::copy(log, to.join("shop.db-wal"))?;
    }
    Ok(())
}

/// A fresh node with its reference data.
async fn enrolled(
    head: &Head,
    door: &Arc<Door>,
    place: usize,
    folder: PathBuf,
) -> anyhow::Result<()> {
    let mut machine = Machine::new(place, folder, 1_000 + place as u64, door);
    machine.start(START).await?;
    let code = enrolment::issue(head.cloud()?, Actor::Service("sim"), location_id(place)).await?;
    let entrance = Entrance::open(door).await?;
    let process = machine.process.as_ref().context("it runs")?;
    edge::enrol(&process.shop, &entrance.url(), &code.code).await?;
    entrance.close();
    let watch = Stopwatch::start();
    loop {
        install(&machine, door, START).await?;
        if is_stocked(&machine, place).await? {
            break;
        }
        // What is published is read once no older transaction of the whole server is open.
        ensure!(
            watch.elapsed() < PATIENCE,
            "the reference data does not come"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
        let process = machine.process.as_ref().context("it runs")?;
        process.exchange.woken(Wake::Reference);
    }
    machine.stop().await;
    Ok(())
}

/// Whether a node knows its people, what it sells and who sells to it.
async fn is_stocked(machine: &Machine, place: usize) -> anyhow::Result<bool> {
    let login = json!({ "staff_id": MANAGER, "pin": PIN, "register_id": register_id(place, 0) });
    let request = Request::post("/v1/session")
        .header("content-type", "application/json")
        .body(Body::from(login.to_string()))?;
    let welcome = machine.ask(request).await?.context("it runs")?;
    let Some(cookie) = welcome
        .headers
        .get("set-cookie")
        .filter(|_| welcome.is_success())
    else {
        return Ok(false);
    };
    for list in ["/v1/suppliers", "/v1/stock"] {
        let request = Request::get(list)
            .header("cookie", cookie)
            .body(Body::empty())?;
        let reply = machine.ask(request).await?.context("it runs")?;
        let items = reply.json()["items"].as_array().map_or(0, Vec::len);
        if items == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whoever installs a node waits for what it needs to sell.
pub(crate) async fn install(machine: &Machine, door: &Arc<Door>, now: i64) -> anyhow::Result<()> {
    let process = machine.process.as_ref().context("it runs")?;
    for _ in 0..MOST_REQUESTS {
        let since = process.runs_for(now);
        match process.exchange.next(since).await {
            Next::Rest(_) => return Ok(()),
            Next::Send(request) => {
                let router = door.open().context("the cloud runs")?;
                let answer = carried(router, &request).await;
                process.exchange.answered(since, request, answer).await;
            }
        }
    }
    ensure!(false, "the reference data does not come");
    Ok(())
}

/// The cloud on a socket, for as long as somebody enrols an edge.
pub(crate) struct Entrance {
    addr: SocketAddr,
    trigger: Trigger,
}

impl Entrance {
    pub(crate) async fn open(door: &Arc<Door>) -> anyhow::Result<Self> {
        let listener = httpkit::server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let addr = listener.local_addr()?;
        let router = Router::new()
            .fallback(passed_on)
            .with_state(Arc::clone(door));
        let (trigger, shutdown) = Shutdown::new();
        tokio::spawn(httpkit::server::serve(listener, router, shutdown));
        Ok(Self { addr, trigger })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub(crate) fn close(&self) {
        self.trigger.fire();
    }
}

async fn passed_on(
    State(door): State<Arc<Door>>,
    request: Request<Body>,
) -> axum::response::Response {
    use tower::ServiceExt as _;
    match door.open() {
        Some(router) => router.oneshot(request).await.into_response(),
        None => axum::http::StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// Makes a run's own database, a copy of the template's.
pub(crate) async fn begin(
    template: &Template,
    cluster: &Cluster,
    name: &str,
) -> anyhow::Result<()> {
    cluster.remove(name).await?;
    cluster.copy(template.database(), name).await
}
