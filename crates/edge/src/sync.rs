//! Talking to the cloud: pushes every event, takes its commands and what it owns, and is woken by it. Selling never
//! waits for it.
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use httpkit::{clock::Stopwatch, shutdown::Shutdown};
use tokio::sync::Notify;

use crate::Shop;

mod borrow;
mod cable;
mod carrier;
mod client;
pub(crate) mod command;
pub(crate) mod enrol;
mod exchange;
mod pull;
mod push;
pub(crate) mod salvage;
pub(crate) mod trust;
mod wake;

pub use borrow::{Borrowed, borrow};
pub(crate) use borrow::{allowances as borrow_allowances, resolve_voucher};
pub(crate) use cable::Cable;
pub(crate) use carrier::Trouble;
pub use carrier::{Answer, Carrier, Carry, Lane, Lost, Outgoing};
pub use exchange::{Exchange, Next, Wake};

/// How long a start waits for the cloud's word about the file, before it serves tills.
const BOOT: Duration = Duration::from_secs(3);
/// How long it waits for events that the file had lost, once the cloud has said so.
const BOOT_RECOVERY: Duration = Duration::from_secs(30);

/// Says that something is to be done, to whoever drives the exchange.
#[derive(Default)]
pub(crate) struct Signals {
    notify: Notify,
    commands: AtomicBool,
    told: AtomicBool,
    refused: AtomicBool,
}

impl Signals {
    /// Something has changed.
    pub(crate) fn changed(&self) {
        self.notify.notify_one();
    }

    /// Commands are known to be there.
    pub(crate) fn commands(&self) {
        self.commands.store(true, Ordering::Release);
        self.changed();
    }

    /// The cloud is to be told of customers: with the next pull, which is now.
    pub(crate) fn letters(&self) {
        self.told.store(true, Ordering::Release);
        self.changed();
    }

    /// The cloud does not take the letters now.
    pub(super) fn letters_refused(&self) {
        self.refused.store(true, Ordering::Release);
    }

    /// Whether it has just not taken them; says it once, so that the next pull brings them again.
    pub(super) fn were_letters_refused(&self) -> bool {
        self.refused.swap(false, Ordering::AcqRel)
    }

    async fn wait(&self) {
        self.notify.notified().await;
    }

    fn pass_on(&self, exchange: &Exchange) {
        if self.commands.swap(false, Ordering::AcqRel) {
            exchange.woken(Wake::Commands);
        }
        if self.told.swap(false, Ordering::AcqRel) {
            exchange.woken(Wake::Reference);
        }
    }
}

/// Asks the cloud about the file before the first till is served: what went back comes back (sync.md 2.9). Offline, the
/// start waits for nobody.
pub(crate) async fn boot(shop: &Shop, exchange: &Exchange, watch: Stopwatch) {
    let Ok(Some(client)) = client::Client::new(shop).await else {
        return;
    };
    let carrier = Carrier(Arc::new(client));
    loop {
        let behind = shop
            .read(crate::node::db::state)
            .await
            .is_ok_and(|state| state.is_behind());
        let budget = if behind && exchange.is_reachable() {
            BOOT_RECOVERY
        } else {
            BOOT
        };
        let left = budget.saturating_sub(watch.elapsed());
        if left.is_zero() || (exchange.is_settled() && !(behind && exchange.is_reachable())) {
            return;
        }
        let Next::Send(request) = exchange.next(watch.elapsed()).await else {
            return;
        };
        if request.lane != Lane::Push {
            let not_now = Err(Lost("the shop is being started".to_owned()));
            return exchange.answered(watch.elapsed(), request, not_now).await;
        }
        let result = tokio::time::timeout(left, carrier.0.carry(request.clone())).await;
        let result = result.unwrap_or_else(|_| Err(Lost("it takes too long".to_owned())));
        exchange.answered(watch.elapsed(), request, result).await;
    }
}

/// Runs until the shutdown: waits for the cable and the enrolment, then pushes, pulls and listens. A cable that is
/// pulled later is felt as what it is: requests that are lost.
pub(crate) async fn run(
    shop: Shop,
    exchange: Exchange,
    watch: Stopwatch,
    cable: Cable,
    shutdown: Shutdown,
) {
    tokio::select! {
        () = shutdown.wait() => return,
        () = cable.up() => {}
    }
    let Some(client) = connected(&shop, &shutdown).await else {
        return;
    };
    let carrier = shop
        .carrier
        .get_or_init(|| cable.over(Carrier(Arc::new(client.clone()))))
        .clone();
    tokio::select! {
        () = shutdown.wait() => {}
        () = drive(&shop, &exchange, &carrier, watch) => {}
        () = wake::run(&shop, &client, &exchange, &cable) => {}
    }
}

/// Sends what is next and takes what comes back, several lanes at once.
async fn drive(shop: &Shop, exchange: &Exchange, carrier: &Carrier, watch: Stopwatch) {
    let mut head = shop.head.subscribe();
    let mut under_way = FuturesUnordered::new();
    loop {
        shop.signals.pass_on(exchange);
        head.mark_unchanged();
        let rest = match exchange.next(watch.elapsed()).await {
            Next::Send(request) => {
                let answer = carrier.0.carry(request.clone());
                under_way.push(async move { (request, answer.await) });
                continue;
            }
            Next::Rest(rest) => rest,
        };
        tokio::select! {
            Some((request, result)) = under_way.next(), if !under_way.is_empty() => {
                exchange.answered(watch.elapsed(), request, result).await;
            }
            _ = head.changed() => {}
            () = shop.signals.wait() => {}
            () = tokio::time::sleep(rest) => {}
        }
    }
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
