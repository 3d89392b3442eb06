//! Everything that the demo serves, in this one process: PostgreSQL, the office and the shops.
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use cloud::cluster::{Cluster, ClusterOptions, SUPERUSER};
use futures_util::future::join_all;
use httpkit::{
    Parts,
    clock::{Clock, SystemClock},
    random::SystemRandom,
};
use retail::location::LocationId;
use serde_json::Value;
use tokio_postgres::NoTls;
use traffic::chain::{Chain, Location, Role};

use super::{
    clock::{DemoClock, ShopClock},
    company,
    home::Home,
    port, promotion,
    screen::{Addresses, Voice, thousands},
    till::Till,
};
use crate::web::Built;

/// Name of the database in the private cluster.
const DATABASE: &str = "branchline";
/// Connections of the office: for workers and a few visitors; each shop adds one.
const CONNECTIONS: usize = 6;
/// The longest that the end may take.
const END: Duration = Duration::from_secs(8);
/// How often is asked whether a shop or the office is ready, and how many times.
const ASK_EVERY: Duration = Duration::from_millis(100);
const ASK_TIMES: u32 = 1_200;

/// The running parts. [`Running::stop`] ends them in order.
pub(super) struct Running {
    pub(super) addresses: Addresses,
    pub(super) database: tokio_postgres::Config,
    shops: Vec<edge::Running>,
    /// Of the shops, in their order.
    locations: Vec<LocationId>,
    configs: Vec<edge::Config>,
    /// The clocks of the shops, in the order of the chain's locations.
    pub(super) clocks: Vec<Arc<ShopClock>>,
    office: cloud::Running,
    cluster: Cluster,
    http: reqwest::Client,
    first_port: u16,
}

/// Starts PostgreSQL, the office and the shops; founds the company and enrols the shops when they are new.
pub(super) async fn start(
    home: &Home,
    chain: &Chain,
    clock: &Arc<DemoClock>,
    first_port: u16,
    is_founded: bool,
    voice: Voice,
) -> anyhow::Result<Running> {
    voice.hint("  Starting PostgreSQL");
    let options = ClusterOptions::durable(home.at("postgres"));
    let cluster = tokio::task::spawn_blocking(move || Cluster::start(options)).await??;
    let mut database = cloud::Database::in_cluster(&cluster, DATABASE).await?;
    database.connections = CONNECTIONS + chain.locations.len();
    let ports = ports(first_port, chain.locations.len(), voice)?;
    let owner = database.owner.clone();
    let mut config = cloud::Config::new(database, ports[0]);
    config.office.secret = Some(cloud::seal::Key::in_file(
        &home.at("secret.key"),
        &SystemRandom,
    )?);
    config.office.is_authored = chain.is_authored;
    config.office.mail.delivery = cloud::mail::Delivery::Folder(home.at("mail"));
    let office = cloud::start(config, parts(clock.clone())).await?;
    let mut running = Running {
        addresses: Addresses {
            office: format!("http://{}", office.addr),
            shops: Vec::new(),
        },
        database: owner,
        shops: Vec::new(),
        locations: Vec::new(),
        configs: Vec::new(),
        clocks: Vec::new(),
        office,
        cluster,
        http: reqwest::Client::new(),
        first_port,
    };
    if !is_founded {
        voice.hint("  Entering the catalogue, the staff and the suppliers");
        company::found(&running.office.cloud, chain)
            .await
            .context("found the company")?;
        promotion::offer(&running.office.cloud, chain)
            .await
            .context("offer promotions")?;
        running.trust_for_ever(clock).await?;
    }
    for (location, addr) in chain.locations.iter().zip(&ports[1..]) {
        let shop_clock = Arc::new(ShopClock::new(Arc::clone(clock)));
        let mut config = edge::Config::new(home.at(&format!("edge-{}", location.code)));
        config.listen = *addr;
        config.cloud_url = Some(running.addresses.office.clone());
        config.is_authored = chain.is_authored;
        let shop = edge::start(config.clone(), parts(shop_clock.clone()))
            .await
            .with_context(|| format!("start {}", location.name))?;
        config.listen = shop.addr;
        let address = format!("http://{}", shop.addr);
        running.addresses.shops.push(address);
        running.configs.push(config);
        running.locations.push(location.id);
        running.clocks.push(shop_clock);
        running.shops.push(shop);
    }
    running.enrol(chain, voice).await?;
    Ok(running)
}

fn parts(clock: Arc<dyn Clock>) -> Parts {
    Parts {
        clock,
        security_clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        assets: Arc::new(Built),
    }
}

/// A port for the office and one for each shop; those that are taken are named.
fn ports(first: u16, shops: usize, voice: Voice) -> anyhow::Result<Vec<SocketAddr>> {
    let (mut addresses, mut given) = (Vec::new(), Vec::new());
    let mut wanted = first;
    for _ in 0..=shops {
        let choice = port::free(wanted, &given)?;
        let port = choice.address.port();
        for taken in choice.taken {
            voice.say(&format!("  Port {taken} is taken; using {port} instead."));
        }
        given.push(port);
        addresses.push(choice.address);
        wanted = if first == 0 {
            0
        } else {
            port.saturating_add(1)
        };
    }
    Ok(addresses)
}

/// The demo's database, by the folder of its socket.
pub(super) fn database_at(socket: &Path) -> tokio_postgres::Config {
    let mut config = tokio_postgres::Config::new();
    config
        .host_path(socket)
        .port(5432)
        .user(SUPERUSER)
        .dbname(DATABASE);
    config
}

impl Running {
    /// What somebody may do lapses in a shop that has been cut off for some days. History is written by shops that are
    /// cut off for all of its days, so here it does not.
    async fn trust_for_ever(&self, clock: &DemoClock) -> anyhow::Result<()> {
        const CLOCK: &str = "select set_config('branchline.now', $1, false)";
        const TRUST: &str = "update setting set value = jsonb_set(value, '{default}', 'null') where code = 'role.offline_days'";
        let (database, connection) = self.database.connect(NoTls).await?;
        let connection = tokio::spawn(connection);
        let now = clock.now().to_string();
        database.query_one(CLOCK, &[&now]).await?;
        database.execute(TRUST, &[]).await?;
        drop(database);
        connection.await??;
        Ok(())
    }

    /// The office's own operations.
    pub(super) fn cloud(&self) -> &cloud::Cloud {
        &self.office.cloud
    }

    /// The folder with PostgreSQL's socket.
    pub(super) fn socket(&self) -> PathBuf {
        self.cluster.socket().to_owned()
    }

    /// Makes every shop that is new a node of the company, with a one-time code, and waits until each has its catalogue.
    async fn enrol(&self, chain: &Chain, voice: Voice) -> anyhow::Result<()> {
        for (location, running) in chain.locations.iter().zip(&self.shops) {
            if running.shop.node_id().is_some() {
                continue;
            }
            voice.hint(&format!("  Enrolling {}", location.name));
            let actor = cloud::Actor::Service("demo");
            let code =
                cloud::enrolment::issue(&self.office.cloud, actor, location.id.as_uuid()).await?;
            edge::enrol(&running.shop, &self.addresses.office, &code.code)
                .await
                .with_context(|| format!("enrol {}", location.name))?;
        }
        for (location, address) in chain.locations.iter().zip(&self.addresses.shops) {
            voice.hint(&format!("  {} fetches the catalogue", location.name));
            self.has_catalogue(chain, location, address).await?;
        }
        Ok(())
    }

    /// Waits until a manager can sign in at the shop and finds the suppliers and containers, which come last.
    async fn has_catalogue(
        &self,
        chain: &Chain,
        location: &Location,
        address: &str,
    ) -> anyhow::Result<()> {
        let manager = (chain.staff.iter())
            .find(|person| {
                person.location == Some(location.id) && person.role == Role::BranchManager
            })
            .context("every location has a manager")?;
        let register = location
            .registers
            .first()
            .context("every location has a register")?;
        let mut problem = None;
        for _ in 0..ASK_TIMES {
            let pin = manager.pin.context("a manager has a PIN")?;
            match Till::sign_in(address, register.id, manager.id, pin).await {
                Ok(till) if till.knows_suppliers(chain.containers.len()).await? => return Ok(()),
                Ok(_) => problem = None,
                Err(error) => problem = Some(error),
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
        let problem = problem.unwrap_or_else(|| anyhow!("it has no suppliers"));
        Err(problem.context(format!("{} does not get its catalogue", location.name)))
    }

    /// Starts the shops again without their line to the office: what they record then waits with them, and
    /// [`Self::reconnect`] sends it in large batches.
    pub(super) async fn disconnect(&mut self) -> anyhow::Result<()> {
        for shop in std::mem::take(&mut self.shops) {
            shop.stop().await?;
        }
        for (config, clock) in self.configs.iter().zip(&self.clocks) {
            let mut config = config.clone();
            config.hold_sync = true;
            self.shops
                .push(edge::start(config, parts(clock.clone())).await?);
        }
        Ok(())
    }

    /// The shops by location.
    pub(super) fn shops(&self) -> BTreeMap<LocationId, edge::Shop> {
        let shops = self.locations.iter().zip(&self.shops);
        shops
            .map(|(location, running)| (*location, running.shop.clone()))
            .collect()
    }

    /// Connects the shops with the office again.
    pub(super) fn reconnect(&self) {
        for shop in &self.shops {
            shop.set_link(true);
        }
    }

    /// Cuts one shop off from the office, or joins it again.
    pub(super) fn set_link(&self, place: usize, up: bool) {
        if let Some(shop) = self.shops.get(place) {
            shop.set_link(up);
        }
    }

    /// Where one more page can be served: after the shops, or wherever the system likes.
    pub(super) fn next_port(&self) -> anyhow::Result<SocketAddr> {
        let last = self.shops.last().filter(|_| self.first_port > 0);
        let wanted = last.map_or(0, |shop| shop.addr.port().saturating_add(1));
        Ok(port::free(wanted, &[])?.address)
    }

    /// Waits until the office has taken in everything that the shops have recorded.
    pub(super) async fn settle(&self, voice: Voice) -> anyhow::Result<()> {
        let (database, connection) = self.database.connect(NoTls).await?;
        let connection = tokio::spawn(connection);
        let (mut least, mut idle) = (i64::MAX, 0);
        while idle < ASK_TIMES {
            let left = self.pending().await? + queued(&database).await?;
            if left == 0 {
                drop(database);
                connection.await??;
                return Ok(());
            }
            idle = if left < least { 0 } else { idle + 1 };
            least = least.min(left);
            voice.hint(&format!(
                "  The office takes in what the shops have sent: {} to go",
                thousands(left)
            ));
            tokio::time::sleep(ASK_EVERY).await;
        }
        bail!(
            "{least} events of the shops do not reach the books; demo.log and the office's page of nodes say why"
        )
    }

    /// Events that the shops have recorded and the office has not acknowledged.
    async fn pending(&self) -> anyhow::Result<i64> {
        let mut pending = 0;
        for address in &self.addresses.shops {
            pending += self.pending_at(address).await?;
        }
        Ok(pending)
    }

    /// The same of one shop.
    pub(super) async fn pending_at(&self, address: &str) -> anyhow::Result<i64> {
        let shop = self.shop(address).await?;
        shop["sync"]["pending"]
            .as_i64()
            .context("the shop does not say what is pending")
    }

    async fn shop(&self, address: &str) -> anyhow::Result<Value> {
        let answer = self.http.get(format!("{address}/v1/edge")).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Ends the shops, the office and PostgreSQL, in this order.
    pub(super) async fn stop(self) {
        let Self {
            shops,
            office,
            cluster,
            ..
        } = self;
        let parts = async {
            for stopped in join_all(shops.into_iter().map(edge::Running::stop)).await {
                if let Err(error) = stopped {
                    tracing::error!(%error, "A shop did not end in order: {error}");
                }
            }
            office.stop().await;
        };
        if tokio::time::timeout(END, parts).await.is_err() {
            tracing::warn!("The shops or the office did not end in time");
        }
        // Dropping the cluster stops the server, which blocks.
        let stopped = tokio::task::spawn_blocking(move || drop(cluster)).await;
        if let Err(error) = stopped {
            tracing::error!(%error, "PostgreSQL did not stop in order");
        }
    }
}

/// Events that the office has accepted and not yet applied or set aside.
async fn queued(database: &tokio_postgres::Client) -> anyhow::Result<i64> {
    const QUEUED: &str = "select coalesce(sum(stream.last_seq - coalesce(apply.frontier, 0)), 0)::bigint
           from node_stream stream
           left join node_apply apply on apply.node_id = stream.node_id and apply.epoch = stream.epoch";
    Ok(database.query_one(QUEUED, &[]).await?.get(0))
}
