//! Talking to the cloud: pushes every event, pulls what the cloud owns, and is woken by it. Selling never waits for it.
use std::sync::Arc;

use httpkit::shutdown::Shutdown;
use tokio::sync::{Notify, watch};

use crate::Shop;

pub use carrier::{Answer, Carrier, Carry, Lane, Lost, Outgoing};

mod carrier;
mod client;
pub(crate) mod enrol;
mod pull;
mod push;
mod wake;

/// What one task of the sync tells another.
#[derive(Clone, Default)]
pub(crate) struct Signals {
    /// The cloud was heard of: a pause after a failure may end.
    pub(crate) reachable: Arc<Notify>,
    /// Reference data may have changed.
    pub(crate) reference: Arc<Notify>,
}

/// Runs until the shutdown: waits for the enrolment, then pushes, pulls and listens.
pub(crate) async fn run(shop: Shop, mut hold: watch::Receiver<bool>, shutdown: Shutdown) {
    tokio::select! {
        () = shutdown.wait() => return,
        released = hold.wait_for(|hold| !*hold) => if released.is_err() { return },
    }
    let Some(client) = connected(&shop, &shutdown).await else {
        return;
    };
    let signals = Signals::default();
    tokio::select! {
        () = shutdown.wait() => {}
        () = push::run(&shop, &client, &signals) => {}
        () = pull::run(&shop, &client, &signals) => {}
        () = wake::run(&shop, &client, &signals) => {}
    }
    push::keep_contact(&shop).await;
}

/// A client for the cloud, as soon as the shop is a node and knows where the cloud is.
async fn connected(shop: &Shop, shutdown: &Shutdown) -> Option<client::Client> {
    let mut identity = shop.identity.subscribe();
    loop {
        match client::Client::new(shop).await {
            Ok(Some(client)) => return Some(client),
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "Cannot talk to the cloud: {error}"),
        }
        tokio::select! {
            () = shutdown.wait() => return None,
            changed = identity.changed() => if changed.is_err() { return None },
        }
    }
}
