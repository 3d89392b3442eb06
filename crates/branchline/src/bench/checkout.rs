//! Checkouts of three lines through the HTTP API at 64 clients: ours, statement by statement, and one function call
//! each, on the same machine in turns. *hot*: every cart contains one and the same variant; *spread*: none is special.
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, ensure};
use cloud::{Actor, OfficeOptions, Running, catalog, channel};
use httpkit::server::{LayerOptions, bind, layered, serve};
use httpkit::shutdown::{Shutdown, Trigger};
use httpkit::{Parts, clock::Stopwatch};
use retail::{catalog::VariantId, order::Offer, price::Price, quantity::Unit, tax::TaxRate};
use rust_decimal::Decimal;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use super::company;
use super::figure::{Figure, Target, median, percentile_ms};
use super::home::Home;

mod buyer;
mod rival;

pub use buyer::Buyer;
use rival::Rival;

/// Clients at once.
const CLIENTS: u64 = 64;
/// Variants that carts are made of.
const VARIANTS: u128 = 5_000;

/// `hot/…` and `spread/…`.
///
/// # Errors
/// When something cannot be started, or a checkout is answered wrongly.
pub async fn measure(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let (rounds, lasts) = if quick {
        (2, Duration::from_secs(1))
    } else {
        (5, Duration::from_secs(4))
    };
    let bench = Bench::start().await?;
    let hot = bench.compare(true, rounds, lasts).await?;
    let spread = bench.compare(false, rounds, lasts).await?;
    let refused = bench.refused(rounds, lasts).await?;
    bench.stop().await?;
    let mut figures = hot_figures(&hot);
    figures.push(Figure::new(
        "hot/refused",
        (refused, "/s"),
        (Some(hot.ours), "a refusal costs no more than an acceptance"),
        Target::Reference,
    ));
    figures.extend(spread_figures(&spread));
    Ok(figures)
}

/// A rate that is told, not judged.
fn told(name: &'static str, rate: f64, explained: &'static str) -> Figure {
    Figure::new(name, (rate, "/s"), (None, explained), Target::AtLeast(0.0))
}

#[expect(
    clippy::float_arithmetic,
    reason = "a measurement is statistics, not money"
)]
fn hot_figures(hot: &Compared) -> Vec<Figure> {
    vec![
        told("hot/ours", hot.ours, ""),
        told(
            "hot/statements",
            hot.statements,
            "select … for update, statement by statement",
        ),
        told(
            "hot/function",
            hot.function,
            "one SQL function call per checkout",
        ),
        Figure::new(
            "hot/times_statements",
            (hot.ours / hot.statements, "x"),
            (None, ""),
            Target::AtLeast(8.0),
        ),
        Figure::new(
            "hot/times_function",
            (hot.ours / hot.function, "x"),
            (None, ""),
            Target::AtLeast(4.0),
        ),
        Figure::new(
            "hot/p99",
            (hot.p99_ms, "ms"),
            (Some(hot.function_p99_ms), "reference: the function's"),
            Target::AtMost(100.0),
        ),
    ]
}

#[expect(
    clippy::float_arithmetic,
    reason = "a measurement is statistics, not money"
)]
fn spread_figures(spread: &Compared) -> Vec<Figure> {
    vec![
        told("spread/ours", spread.ours, ""),
        told("spread/statements", spread.statements, ""),
        told("spread/function", spread.function, ""),
        Figure::new(
            "spread/times_function",
            (spread.ours / spread.function, "x"),
            (None, ""),
            Target::AtLeast(1.5),
        ),
        Figure::new(
            "spread/p99",
            (spread.p99_ms, "ms"),
            (Some(spread.function_p99_ms), "reference: the function's"),
            Target::AtMost(100.0),
        ),
    ]
}

/// A cloud with a channel, and the references beside it.
pub struct Bench {
    pub clouds: Vec<Running>,
    rivals: SocketAddr,
    end_rivals: Trigger,
    pub key: String,
    owner: tokio_postgres::Config,
    pub variants: Vec<Uuid>,
    home: Home,
}

/// Checkouts a second of each, and how long the slowest took.
struct Compared {
    ours: f64,
    statements: f64,
    function: f64,
    p99_ms: f64,
    function_p99_ms: f64,
}

/// One run of all clients.
struct Ran {
    rate: f64,
    took: Vec<Duration>,
}

impl Bench {
    /// One cloud.
    pub async fn start() -> anyhow::Result<Self> {
        Self::with(1).await
    }

    /// So many clouds on one database.
    pub async fn with(processes: usize) -> anyhow::Result<Self> {
        let (home, database) = Home::open().await?;
        let owner = database.owner.clone();
        let parts = Parts::system();
        let mut clouds = Vec::new();
        for _ in 0..processes {
            let config = cloud::Config {
                office: OfficeOptions::default(),
                apply_workers: 0,
                ..cloud::Config::new(database.clone(), "127.0.0.1:0".parse()?)
            };
            clouds.push(cloud::start(config, parts.clone()).await?);
        }
        let operations = &clouds.first().context("one cloud at least")?.cloud;
        let seeded = company::seed(operations, 1).await?;
        let location = seeded.places.first().context("a location")?.location;
        let variants: Vec<catalog::NewVariant> = (0..VARIANTS).map(variant).collect();
        catalog::put_variants(operations, &variants).await?;
        let variants: Vec<Uuid> = variants.iter().map(|variant| variant.id).collect();
        let (made, key) = channel::add(operations, Actor::Service("bench"), "Web shop").await?;
        let sql = connect(&owner).await?;
        sql.batch_execute(&format!(
            "insert into cloud_rights (location_id, resource_id, available)
             select '{location}', id, 1000000000 from variant;
             analyze;"
        ))
        .await?;
        sql.batch_execute(rival::TABLES).await?;
        let rival = Rival::open(&owner, offers(&variants), (made.id, &key), parts).await?;
        let listener = bind("127.0.0.1:0".parse()?).await?;
        let rivals = listener.local_addr()?;
        let (end_rivals, shutdown) = Shutdown::new();
        let router = layered(rival.router(), LayerOptions::default());
        tokio::spawn(serve(listener, router, shutdown));
        Ok(Self {
            clouds,
            rivals,
            end_rivals,
            key,
            owner,
            variants,
            home,
        })
    }

    fn ours(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.clouds.first().context("a cloud")?.addr)
    }

    async fn compare(&self, hot: bool, rounds: usize, lasts: Duration) -> anyhow::Result<Compared> {
        let hot = hot.then(|| self.variants[0]);
        let contests = [
            (self.ours()?, "/v1/orders"),
            (self.rivals, "/statements"),
            (self.rivals, "/function"),
        ];
        let mut rates = [vec![], vec![], vec![]];
        let mut took = [vec![], vec![], vec![]];
        for round in 0..=rounds {
            for (which, (addr, path)) in contests.into_iter().enumerate() {
                let ran = self.run(addr, path, hot, 201, lasts).await?;
                // The first round fills caches and prepares statements.
                if round > 0 {
                    rates[which].push(ran.rate);
                    took[which].extend(ran.took);
                }
            }
        }
        let [mut ours, mut statements, mut function] = rates;
        Ok(Compared {
            ours: median(&mut ours),
            statements: median(&mut statements),
            function: median(&mut function),
            p99_ms: percentile_ms(&mut took[0], 99),
            function_p99_ms: percentile_ms(&mut took[2], 99),
        })
    }

    /// Carts that contain a variant of which nothing is left.
    async fn refused(&self, rounds: usize, lasts: Duration) -> anyhow::Result<f64> {
        let gone = self.variants[1];
        connect(&self.owner)
            .await?
            .batch_execute(&format!(
                "update cloud_rights set available = 0 where resource_id = '{gone}'"
            ))
            .await?;
        let mut rates = Vec::new();
        for _ in 0..rounds {
            let ran = self.run(self.ours()?, "/v1/orders", Some(gone), 409, lasts);
            rates.push(ran.await?.rate);
        }
        Ok(median(&mut rates))
    }

    /// All clients for a while.
    #[expect(
        clippy::float_arithmetic,
        clippy::cast_precision_loss,
        reason = "a measurement is statistics, not money"
    )]
    async fn run(
        &self,
        addr: SocketAddr,
        path: &'static str,
        hot: Option<Uuid>,
        expected: u16,
        lasts: Duration,
    ) -> anyhow::Result<Ran> {
        let mut buyers = Vec::new();
        for number in 0..CLIENTS {
            buyers.push(Buyer::connect(addr, &self.key, seed(number)).await?);
        }
        let now_ms = u64::try_from(Parts::system().clock.now().as_millisecond())?;
        let watch = Stopwatch::start();
        let buying: Vec<_> = buyers
            .into_iter()
            .map(|mut buyer| {
                // The special ones are in no cart by chance.
                let others = self.variants[2..].to_vec();
                tokio::spawn(async move {
                    let mut took = Vec::new();
                    while watch.elapsed() < lasts {
                        let answer = buyer.buy(path, now_ms, hot, &others).await?;
                        ensure!(answer.status == expected, "{}", buyer.text());
                        took.push(answer.took);
                    }
                    anyhow::Ok(took)
                })
            })
            .collect();
        let mut took = Vec::new();
        for buyer in buying {
            took.extend(buyer.await??);
        }
        let rate = took.len() as f64 / watch.elapsed().as_secs_f64();
        Ok(Ran { rate, took })
    }

    /// Lets the cloud promise exactly so many units of a variant.
    pub async fn stock(&self, variant: Uuid, units: i64) -> anyhow::Result<()> {
        connect(&self.owner)
            .await?
            .batch_execute(&format!(
                "update cloud_rights set available = {units}, promised = 0 where resource_id = '{variant}'"
            ))
            .await?;
        Ok(())
    }

    /// What is promised of a variant, and what reservations say.
    pub async fn promised(&self, variant: Uuid) -> anyhow::Result<(i64, i64)> {
        let row = connect(&self.owner)
            .await?
            .query_one(
                "select promised, available from cloud_rights where resource_id = $1",
                &[&variant],
            )
            .await?;
        Ok((row.get(0), row.get(1)))
    }

    pub async fn stop(self) -> anyhow::Result<()> {
        self.end_rivals.fire();
        for cloud in self.clouds {
            cloud.stop().await;
        }
        self.home.close().await
    }
}

/// Another sequence for every client of every run.
fn seed(client: u64) -> u64 {
    let mut bytes = [0; 8];
    Parts::system().random.fill(&mut bytes);
    u64::from_le_bytes(bytes) ^ client
}

async fn connect(config: &tokio_postgres::Config) -> anyhow::Result<Client> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// What the references know of prices.
fn offers(variants: &[Uuid]) -> HashMap<VariantId, Offer> {
    let price = Price::new(Decimal::new(150, 2), 1).map(|price| (price, 1));
    variants
        .iter()
        .map(|variant| {
            let offer = Offer {
                unit: Unit::Piece,
                price: price.ok(),
                tax: TaxRate::ZERO,
                is_active: true,
            };
            (VariantId::from_uuid(*variant), offer)
        })
        .collect()
}

fn variant(n: u128) -> catalog::NewVariant {
    let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0100_0000_0000 | n);
    catalog::NewVariant {
        id,
        product: id,
        sku: format!("WEB-{n:05}"),
        name: format!("Online product {n}"),
        category: None,
        unit: Unit::Piece,
        tax_rate_bps: 0,
        barcodes: Vec::new(),
        unit_price: Some(Decimal::new(150, 2)),
        price_quantity: 1,
        active: true,
    }
}
