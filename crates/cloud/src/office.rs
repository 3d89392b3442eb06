//! The office: what people see and do in a browser. Puts the endpoints of all nouns together, and keeps what they
//! share in memory: nothing of it is needed for correctness, and any number of instances may run.
use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;

use httpkit::problem::Problem;
use httpkit::random::Random;
use httpkit::shutdown::Shutdown;
use url::Url;
use utoipa_axum::router::OpenApiRouter;

use crate::cache::{Cache, Shared};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::live::Live;
use crate::overview::Figures;
use crate::{
    approval, audit, brand, case, cash, catalog, category, channel, completeness, container,
    customer, held, import, invariant, invitation, job, live, location, mail, node, order,
    overview, patron, picture, price, product, promotion, provider, purchasing, region, returns,
    role, sale, seal, session, staff, stock, supplier, tax, token, voucher, warehouse,
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
    /// Where people reach it: `https://office.example.com`. By default where it listens.
    pub public_url: Option<Url>,
    /// The key with which secrets are sealed. None: one that is forgotten with the process.
    pub secret: Option<seal::Key>,
    /// How e-mails are sent.
    pub mail: mail::Options,
    /// The company is made up, as in a demo: then every page says so.
    pub is_authored: bool,
    /// Proxies of our own, which are believed when they say whom they speak for.
    pub proxies: Vec<IpAddr>,
}

/// What the office keeps in memory.
pub(crate) struct Office {
    pub(crate) https: bool,
    pub(crate) is_authored: bool,
    pub(crate) secret: seal::Key,
    pub(crate) mail: mail::Options,
    pub(crate) proxies: Vec<IpAddr>,
    pub(crate) providers: provider::Memory,
    pub(crate) guesses: session::guess::Guesses,
    pub(crate) refusals: audit::refusal::Refusals,
    public_url: OnceLock<Url>,
    pub(crate) figures: Cache<Figures>,
    pub(crate) live: Live,
    shared: Option<Shared>,
}

impl Office {
    pub(crate) fn new(options: &Options, random: &dyn Random) -> anyhow::Result<Self> {
        let shared = options.redis.as_deref().map(Shared::new).transpose()?;
        options.mail.check()?;
        let secret = options.secret.clone();
        let public_url = OnceLock::new();
        if let Some(url) = &options.public_url {
            public_url.get_or_init(|| url.clone());
        }
        Ok(Self {
            https: options.https
                || options
                    .public_url
                    .as_ref()
                    .is_some_and(|url| url.scheme() == "https"),
            is_authored: options.is_authored,
            secret: secret.unwrap_or_else(|| seal::Key::generate(random)),
            mail: options.mail.clone(),
            proxies: options.proxies.iter().map(IpAddr::to_canonical).collect(),
            providers: provider::Memory::new()?,
            guesses: session::guess::Guesses::default(),
            refusals: audit::refusal::Refusals::default(),
            public_url,
            figures: Cache::new(shared.clone()),
            live: Live::new(),
            shared,
        })
    }

    /// It listens there: unless people reach it in another way, that is where they do.
    pub(crate) fn listens_at(&self, scheme: &str, addr: SocketAddr) {
        let host = if addr.ip().is_unspecified() {
            "localhost".to_owned()
        } else {
            host(addr.ip())
        };
        if let Ok(url) = Url::parse(&format!("{scheme}://{host}:{}", addr.port())) {
            self.public_url.get_or_init(|| url);
        }
    }

    /// The address of a page of ours, for links that leave. Never taken from what a request says: whoever asks would
    /// choose where the link leads.
    pub(crate) fn at(&self, path: &str) -> Result<Url> {
        let base = self
            .public_url
            .get()
            .ok_or_else(|| Problem::internal(&"nobody has said where people reach this"))?;
        let url = base.join(path).map_err(|error| Problem::internal(&error))?;
        if url.origin() != base.origin() {
            return Err(Problem::internal(&"a link would lead away").into());
        }
        Ok(url)
    }

    /// Messages for open pages were committed: send them now, here and in the other instances.
    pub(crate) fn wake(&self) {
        self.live.wake();
    }
}

fn host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// The endpoints of the office.
pub(crate) fn router() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .merge(session::http::routes())
        .merge(provider::http::routes())
        .merge(token::http::routes())
        .merge(invitation::http::routes())
        .merge(customer::http::routes())
        .merge(overview::http::routes())
        .merge(order::http::routes())
        .merge(warehouse::http::routes())
        .merge(channel::http::routes())
        .merge(sale::http::routes())
        .merge(returns::http::routes())
        .merge(patron::http::routes())
        .merge(purchasing::http::routes())
        .merge(stock::http::routes())
        .merge(case::http::routes())
        .merge(cash::http::routes())
        .merge(location::http::routes())
        .merge(node::http::routes())
        .merge(completeness::http::routes())
        .merge(held::http::routes())
        .merge(invariant::http::routes())
        .merge(staff::http::routes())
        .merge(role::http::routes())
        .merge(region::http::routes())
        .merge(approval::http::routes())
        .merge(audit::http::routes())
        .merge(job::http::routes())
        .merge(import::http::routes())
        .merge(product::http::routes())
        .merge(picture::http::routes())
        .merge(category::http::routes())
        .merge(brand::http::routes())
        .merge(catalog::http::routes())
        .merge(tax::http::routes())
        .merge(supplier::http::routes())
        .merge(container::http::routes())
        .merge(supplier::account::http::routes())
        .merge(price::http::routes())
        .merge(promotion::http::routes())
        .merge(voucher::http::routes())
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
