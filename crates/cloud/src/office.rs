//! The office: what people see and do in a browser. Puts the endpoints of all nouns together, and keeps what they
//! share in memory: nothing of it is needed for correctness, and any number of instances may run.
use httpkit::shutdown::Shutdown;
use utoipa_axum::router::OpenApiRouter;

use crate::cache::{Cache, Shared};
use crate::cloud::Cloud;
use crate::live::Live;
use crate::overview::Figures;
use crate::{
    case, channel, completeness, held, invariant, job, live, location, node, order, overview,
    purchasing, sale, session, stock, warehouse,
};

/// How the office is set up.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Address of a Redis or Valkey that instances share: `redis://host:6379/0`. It may go away and come back.
    pub redis: Option<String>,
    /// Whether people reach it by HTTPS: then the session's cookie goes nowhere else.
    pub https: bool,
    /// What concerns online orders.
    pub orders: crate::order::Options,
}

/// What the office keeps in memory.
pub(crate) struct Office {
    pub(crate) https: bool,
    pub(crate) figures: Cache<Figures>,
    pub(crate) live: Live,
    shared: Option<Shared>,
}

impl Office {
    pub(crate) fn new(options: &Options) -> anyhow::Result<Self> {
        let shared = options.redis.as_deref().map(Shared::new).transpose()?;
        Ok(Self {
            https: options.https,
            figures: Cache::new(shared.clone()),
            live: Live::new(),
            shared,
        })
    }

    /// Messages for open pages were committed: send them now, here and in the other instances.
    pub(crate) fn wake(&self) {
        self.live.wake();
    }
}

impl Default for Office {
    fn default() -> Self {
        Self::new(&Options::default()).expect("without Redis nothing can be wrong")
    }
}

/// The endpoints of the office.
pub(crate) fn router() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .merge(session::http::routes())
        .merge(overview::http::routes())
        .merge(order::http::routes())
        .merge(warehouse::http::routes())
        .merge(channel::http::routes())
        .merge(sale::http::routes())
        .merge(purchasing::http::routes())
        .merge(stock::http::routes())
        .merge(case::http::routes())
        .merge(location::http::routes())
        .merge(node::http::routes())
        .merge(completeness::http::routes())
        .merge(held::http::routes())
        .merge(invariant::http::routes())
        .merge(job::http::routes())
        .merge(live::http::routes())
}

/// Sends messages to open pages until the shutdown, and then closes them.
pub(crate) async fn run(cloud: Cloud, shutdown: Shutdown) {
    let shared = cloud.office().shared.clone();
    let hints = async {
        match shared {
            Some(shared) => live::exchange_hints(&cloud, &shared).await,
            None => std::future::pending().await,
        }
    };
    let sending = async {
        tokio::select! {
            () = live::send_placed(&cloud) => {}
            () = hints => {}
            () = shutdown.wait() => {}
        }
        cloud.office().live.close();
    };
    // Ends by itself at the shutdown, with its turn given away.
    tokio::join!(sending, live::tell_touched(&cloud));
}
