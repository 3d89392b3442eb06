//! One shop: its tills sell, buy and count with or without the internet, on one SQLite file; a background task brings
//! every event to the cloud and fetches what the cloud owns.
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use httpkit::{
    Parts,
    shutdown::{Shutdown, Trigger},
};
use tokio::task::JoinHandle;

pub mod catalog;
mod db;
mod disk;
mod http;
pub mod node;
mod outbox;
pub mod purchasing;
pub mod reference;
mod refusal;
mod rights;
pub mod sale;
pub mod shift;
mod shop;
pub mod staff;
pub mod stock;
pub mod sync;
#[doc(hidden)]
pub mod testkit;

pub use db::DbError;
pub use http::openapi;
pub use refusal::Recorded;
pub use shop::Shop;
pub use sync::enrol::enrol;

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
    /// Keep quiet towards the cloud until [`Running::release_sync`]: for loading history.
    pub hold_sync: bool,
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
    sync: JoinHandle<()>,
    hold: tokio::sync::watch::Sender<bool>,
}

/// Starts an edge: opens the shop, listens, and begins to talk to the cloud.
///
/// # Errors
/// A taken port, a folder that another process serves, a damaged file or one of a newer version.
pub async fn start(config: Config, parts: Parts) -> anyhow::Result<Running> {
    httpkit::metrics::handle();
    let listener = httpkit::server::bind(config.listen).await?;
    let addr = listener.local_addr()?;
    let shop = Shop::open(&config.data_dir, parts.clone(), config.fingerprint).await?;
    node::check_machine(&shop).await?;
    if let Some(url) = config.cloud_url {
        shop.write(move |tx, _| node::db::set_cloud_url(tx, &url))
            .await?;
    }
    let (trigger, shutdown) = Shutdown::new();
    let router = http::router(&shop, &parts);
    let server = tokio::spawn(httpkit::server::serve(listener, router, shutdown.clone()));
    let hold = tokio::sync::watch::Sender::new(config.hold_sync);
    let sync = tokio::spawn(sync::run(shop.clone(), hold.subscribe(), shutdown));
    tracing::info!(%addr, folder = %config.data_dir.display(), "The shop serves at http://{addr}");
    Ok(Running {
        addr,
        shop,
        trigger,
        server,
        sync,
        hold,
    })
}

impl Running {
    /// Begins to talk to the cloud, after [`Config::hold_sync`].
    pub fn release_sync(&self) {
        self.hold.send_replace(false);
    }

    /// Ends it in order: finishes the requests and writes that have begun, and closes the file.
    ///
    /// # Errors
    /// Those of the listener.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.shop.stopping.send_replace(true);
        self.trigger.fire();
        let served = self.server.await;
        if self.sync.await.is_err() {
            tracing::error!("Talking to the cloud had panicked");
        }
        self.shop.close().await;
        served??;
        Ok(())
    }
}
