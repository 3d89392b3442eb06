//! One shop: its tills sell, buy and count with or without the internet, on one SQLite file; a background task brings
//! every event to the cloud and fetches what the cloud owns.
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
};

use httpkit::{
    Parts,
    door::{self, Door},
    shutdown::{Shutdown, Trigger},
};
use tokio::task::JoinHandle;

pub mod allowance;
pub mod backup;
mod cash;
pub mod catalog;
mod db;
mod disk;
mod epoch;
pub mod history;
mod http;
pub mod inspect;
pub mod node;
pub mod order;
mod outbox;
mod patron;
mod print;
pub mod promotion;
pub mod purchasing;
mod recovery;
pub mod reference;
mod refusal;
mod replay;
mod report;
mod returns;
pub mod rights;
pub mod sale;
pub mod shift;
mod shop;
pub mod staff;
pub mod stock;
pub mod sync;
#[doc(hidden)]
pub mod testkit;

pub use db::DbError;
pub use disk::Wants as DiskWants;
pub use http::openapi;
pub use refusal::Recorded;
pub use shop::Shop;
pub use sync::enrol::{enrol, enrol_folder};
pub use sync::trust::keep as trust_cloud;

/// This software's version, told to the cloud and to tills.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How an edge runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// The shop's own folder: database and key.
    pub data_dir: PathBuf,
    /// Where tills reach it. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the cloud is, when it has moved since the enrolment.
    pub cloud_url: Option<String>,
    /// What ties the node to its machine, instead of the machine's own marks (decision 13).
    pub fingerprint: Option<String>,
    /// Begin with the link to the cloud cut, until [`Running::set_link`]: for loading history.
    pub hold_sync: bool,
    /// A task talks to the cloud. Without it, somebody drives a [`sync::Exchange`] by hand.
    pub background: bool,
    /// Who carries what the shop asks of the cloud, instead of the network.
    pub carrier: Option<sync::Carrier>,
    /// TLS for tills, and how many may come in.
    pub door: door::Options,
    /// The authority behind the cloud's certificate, as PEM, when the world does not know it; kept in the shop's folder.
    pub cloud_ca: Option<PathBuf>,
    /// The company is made up, as in a demo: then every page says so.
    pub is_authored: bool,
    /// What it wants of its disk.
    pub disk: DiskWants,
}

impl Config {
    /// An edge on a free port of this machine alone, in the folder `data_dir`.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            cloud_url: None,
            fingerprint: None,
            hold_sync: false,
            background: true,
            carrier: None,
            door: door::Options::default(),
            cloud_ca: None,
            is_authored: false,
            disk: DiskWants::MODEST,
        }
    }
}

/// A running edge.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The shop.
    pub shop: Shop,
    trigger: Trigger,
    server: JoinHandle<std::io::Result<()>>,
    /// What goes on beside the server.
    tasks: Vec<JoinHandle<()>>,
    cable: sync::Cable,
}

/// Opens a shop and tests it, without listening: its machine, its file, and whether that comes from a backup.
///
/// # Errors
/// A folder that another process serves, a damaged file or one of a newer version.
pub async fn open(config: &Config, parts: Parts) -> anyhow::Result<Shop> {
    let shop = Shop::open(&config.data_dir, parts, config.fingerprint.clone()).await?;
    node::check_machine(&shop).await?;
    recovery::check(&shop).await?;
    if let Some(carrier) = &config.carrier {
        shop.carrier.get_or_init(|| carrier.clone());
    }
    if let Some(authority) = &config.cloud_ca {
        sync::trust::keep(&config.data_dir, authority)?;
    }
    if let Some(url) = config.cloud_url.clone() {
        shop.write(move |tx, _| node::db::set_cloud_url(tx, &url))
            .await?;
    }
    shop.is_authored
        .store(config.is_authored, Ordering::Relaxed);
    disk::begin(&shop, config.disk).await;
    Ok(shop)
}

/// Goes once through every record of a shop's log, as [`start`] does beside the sales; a file that is not what was
/// recorded is not trusted any more.
pub async fn check(shop: &Shop) {
    let (_trigger, shutdown) = Shutdown::new();
    recovery::check_chain(shop.clone(), shutdown).await;
}

/// The pages and operations of a shop, for whoever listens in another way.
pub fn router(shop: &Shop) -> axum::Router {
    http::router(shop)
}

/// Starts an edge: opens the shop, asks the cloud about its file, listens, and begins to talk to the cloud.
///
/// # Errors
/// Those of [`open`], or a taken port.
pub async fn start(mut config: Config, parts: Parts) -> anyhow::Result<Running> {
    let cable = sync::Cable::new(!config.hold_sync);
    config.carrier = config.carrier.map(|carrier| cable.over(carrier));
    httpkit::metrics::handle();
    let door = Door::new(&config.door, Arc::clone(&parts.security_clock)).await?;
    let listener = httpkit::server::bind(config.listen).await?;
    let addr = listener.local_addr()?;
    let shop = open(&config, parts).await?;
    let scheme = door.scheme();
    shop.is_tls.store(door.is_tls(), Ordering::Relaxed);
    let exchange = sync::Exchange::new(&shop);
    let watch = httpkit::clock::Stopwatch::start();
    if config.background {
        shop.memory.set_background();
        if !config.hold_sync {
            sync::boot(&shop, &exchange, watch).await;
        }
    }
    let (trigger, shutdown) = Shutdown::new();
    let router = http::router(&shop);
    let server = tokio::spawn(door.serve(listener, router, shutdown.clone()));
    let sync = config.background.then(|| {
        tokio::spawn(sync::run(
            shop.clone(),
            exchange,
            watch,
            cable.clone(),
            shutdown.clone(),
        ))
    });
    let watch = tokio::spawn(disk::keep_watch(
        shop.clone(),
        config.disk,
        shutdown.clone(),
    ));
    let check = tokio::spawn(recovery::check_chain(shop.clone(), shutdown.clone()));
    let idle = tokio::spawn(allowance::keep_watch(shop.clone(), shutdown.clone()));
    let print = tokio::spawn(print::run(shop.clone(), shutdown));
    tracing::info!(%addr, folder = %config.data_dir.display(), "The shop serves at {scheme}://{addr}");
    Ok(Running {
        addr,
        shop,
        trigger,
        server,
        tasks: sync
            .into_iter()
            .chain([watch, check, idle, print])
            .collect(),
        cable,
    })
}

impl Running {
    /// Cuts the link to the cloud, or joins it: while it is down nothing is carried, what is under way is lost, and the
    /// line that wakes is closed; when it is up again everything goes on at once.
    pub fn set_link(&self, up: bool) {
        self.cable.set(up);
    }

    /// Ends it in order: finishes the requests and writes that have begun, and closes the file.
    ///
    /// # Errors
    /// Those of the listener.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.shop.stopping.send_replace(true);
        self.trigger.fire();
        let served = self.server.await;
        for task in self.tasks {
            if task.await.is_err() {
                tracing::error!("A task of the shop had panicked");
            }
        }
        self.shop.close().await;
        served??;
        Ok(())
    }
}
