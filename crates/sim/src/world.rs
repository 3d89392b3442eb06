//! A company with its cloud and its shops, whose links and processes a test stops and starts.
use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, ensure};
use cloud::{
    Actor, Database, catalog, cluster::testing::TestDatabase, company, enrolment, location, staff,
    supplier,
};
use httpkit::{Parts, clock::Stopwatch};
use retail::{catalog::Barcode, quantity::Unit};
use rust_decimal::Decimal;
use traffic::chain::Role;
use uuid::Uuid;

use crate::shop::Shop;

/// Connections of the cloud: all tests of a run share one server.
const CONNECTIONS: usize = 4;
/// The longest that anything may take to settle.
const PATIENCE: Duration = Duration::from_secs(30);
/// What signs in at the office.
pub const LOGIN: (&str, &str) = ("hq@world.example", "correct horse battery");
/// Everybody's PIN.
pub const PIN: &str = "4711";

/// Fixed ids, so that a failing run repeats.
#[must_use]
pub const fn id(kind: u128, n: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | (kind << 32) | n)
}

/// A till of a shop, both from 0.
#[must_use]
pub(crate) const fn register(shop: u128, till: u128) -> Uuid {
    id(3, shop | till << 8)
}

/// A counted and a weighed variant that every shop sells and buys: their id, unit price and price quantity.
pub const COLA: Uuid = id(6, 1);
/// Sold and bought by weight.
pub const RICE: Uuid = id(6, 2);
/// Sells to the shops.
pub const SUPPLIER: Uuid = id(8, 1);
/// Sells, buys and counts.
pub const MANAGER: Uuid = id(5, 1);

/// One company.
pub struct World {
    database: Database,
    parts: Parts,
    addr: SocketAddr,
    cloud: Option<cloud::Running>,
    /// Its shops.
    pub shops: Vec<Shop>,
    http: reqwest::Client,
    _test_database: TestDatabase,
}

impl World {
    /// A company with that many shops, enrolled by the real call and with their reference data.
    ///
    /// # Errors
    /// When anything cannot be started.
    pub async fn start(shops: u128) -> anyhow::Result<Self> {
        let test_database = TestDatabase::create(
            &format!("cloud_{}", cloud::schema_fingerprint()),
            async |config| cloud::migrate(&config).await,
        )
        .await?;
        let mut database = Database::of_superuser(test_database.config().clone());
        database.connections = CONNECTIONS;
        let parts = Parts::system();
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        let cloud = cloud::start(cloud::Config::new(database.clone(), free), parts.clone()).await?;
        let addr = cloud.addr;
        found(
            &cloud.cloud,
            shops,
            1,
            &[
                variant(COLA, Unit::Piece, 150, 1),
                variant(RICE, Unit::Gram, 325, 1_000),
            ],
        )
        .await?;
        let mut world = Self {
            database,
            parts,
            addr,
            cloud: Some(cloud),
            shops: Vec::new(),
            http: reqwest::Client::builder().cookie_store(true).build()?,
            _test_database: test_database,
        };
        for n in 0..shops {
            let shop = world.open_shop(n).await?;
            world.shops.push(shop);
        }
        Ok(world)
    }

    async fn open_shop(&self, n: u128) -> anyhow::Result<Shop> {
        let cloud = &self.cloud.as_ref().context("the cloud runs")?.cloud;
        let code = enrolment::issue(cloud, Actor::Service("world"), id(2, n))
            .await?
            .code;
        let shop = Shop::start(self.parts.clone(), id(3, n)).await?;
        shop.enrol(&self.base(), &code).await?;
        Ok(shop)
    }

    /// Where the cloud is, also while it is stopped.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stops the cloud; the shops go on.
    pub async fn stop_cloud(&mut self) {
        if let Some(cloud) = self.cloud.take() {
            cloud.stop().await;
        }
    }

    /// Starts it again at the same address.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start_cloud(&mut self) -> anyhow::Result<()> {
        let config = cloud::Config::new(self.database.clone(), self.addr);
        self.cloud = Some(cloud::start(config, self.parts.clone()).await?);
        Ok(())
    }

    /// Waits until the cloud has applied everything that the shops have recorded.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn settle(&self) -> anyhow::Result<()> {
        let watch = Stopwatch::start();
        loop {
            let mut heads = Vec::new();
            for shop in &self.shops {
                heads.push(shop.last_seq().await?);
            }
            let nodes = self.get("/v1/nodes").await?;
            let nodes = nodes["items"].as_array().context("a list of nodes")?;
            let settled = heads.iter().enumerate().all(|(n, head)| {
                let location = id(2, n as u128).to_string();
                nodes.iter().any(|node| {
                    node["location_id"] == location.as_str()
                        && node["last_seq"] == *head
                        && node["applied"] == *head
                })
            });
            if settled {
                return Ok(());
            }
            ensure!(
                watch.elapsed() < PATIENCE,
                "did not settle: shops are at {heads:?}, the cloud says {nodes:#?}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What the office reads at an address, signed in as the administrator.
    ///
    /// # Errors
    /// When the answer is not a success.
    pub async fn get(&self, path: &str) -> anyhow::Result<serde_json::Value> {
        let url = format!("{}{path}", self.base());
        let mut response = self.http.get(&url).send().await?;
        if response.status() == reqwest::StatusCode::UNAUTHORIZED {
            let login = serde_json::json!({ "email": LOGIN.0, "password": LOGIN.1 });
            let signed_in = self
                .http
                .post(format!("{}/v1/session", self.base()))
                .json(&login)
                .send()
                .await?;
            ensure!(
                signed_in.status().is_success(),
                "sign-in: {}",
                signed_in.text().await?
            );
            response = self.http.get(&url).send().await?;
        }
        let (status, text) = (response.status(), response.text().await?);
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// Ends everything in order.
    ///
    /// # Errors
    /// When a shop cannot be closed.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        for shop in self.shops.drain(..) {
            shop.stop().await?;
        }
        self.stop_cloud().await;
        Ok(())
    }
}

/// Makes the company: its locations with so many tills each, its people, and what it sells.
pub(crate) async fn found(
    cloud: &cloud::Cloud,
    shops: u128,
    tills: u128,
    variants: &[catalog::NewVariant],
) -> anyhow::Result<()> {
    company::put(cloud, id(1, 0), "World", "USD").await?;
    for n in 0..shops {
        let registers = (0..tills).map(|till| location::NewRegister {
            id: register(n, till),
            name: format!("Till {}", till + 1),
            prefix: if till == 0 {
                format!("W{n}")
            } else {
                format!("W{n}T{till}")
            },
        });
        let new = location::NewLocation {
            id: id(2, n),
            code: format!("W{n}"),
            name: format!("Shop {n}"),
            kind: location::Kind::Shop,
            time_zone: "Asia/Bangkok".to_owned(),
            address: String::new(),
            registers: registers.collect(),
        };
        location::put(cloud, &new).await?;
    }
    let roles: Vec<staff::NewRole> = Role::ALL
        .into_iter()
        .map(|role| staff::NewRole {
            id: role.id(),
            code: role.code().to_owned(),
            name: role.name().to_owned(),
            permissions: role.permissions().to_vec(),
        })
        .collect();
    staff::put_roles(cloud, &roles).await?;
    let manager = staff::NewStaff {
        id: MANAGER,
        name: "Mali Manager".to_owned(),
        email: Some(LOGIN.0.to_owned()),
        password: Some(LOGIN.1.to_owned()),
        pin: Some(PIN.to_owned()),
        grants: Role::ALL
            .into_iter()
            .map(|role| staff::NewGrant::new(role.code(), None))
            .collect(),
    };
    staff::put(cloud, &manager).await?;
    catalog::put_variants(cloud, variants).await?;
    let farm = supplier::NewSupplier {
        id: SUPPLIER,
        name: "Farm".to_owned(),
        code: "FARM".to_owned(),
        active: true,
    };
    supplier::put(cloud, &[farm]).await?;
    Ok(())
}

pub(crate) fn variant(
    id: Uuid,
    unit: Unit,
    cents: i64,
    price_quantity: i64,
) -> catalog::NewVariant {
    let number = u64::try_from(id.as_u128() & 0xffff).expect("sixteen bits");
    catalog::NewVariant {
        id,
        product: id,
        sku: format!("SKU-{number}"),
        name: format!("Variant {number}"),
        category: None,
        unit,
        tax_rate_bps: 700,
        barcodes: Barcode::in_house(number)
            .map(|code| (code.as_str().to_owned(), 1))
            .into_iter()
            .collect(),
        unit_price: Some(Decimal::new(cents, 2)),
        price_quantity,
        active: true,
    }
}
