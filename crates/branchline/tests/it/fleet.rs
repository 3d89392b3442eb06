//! Real processes: a cloud with its private PostgreSQL and shops with their files, as an operator starts them. They
//! can be killed at any moment; who sells at them repeats what was not answered, as a till does.
use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use cloud::{Actor, Cloud, Database, catalog, company, enrolment, location, staff};
use httpkit::{Parts, clock::Stopwatch, random::uuid_v7};
use retail::quantity::Unit;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use traffic::chain::Role;
use uuid::Uuid;

/// Everybody's PIN.
const PIN: &str = "4711";
/// The longest that a process may take to answer after its start.
const PATIENCE: Duration = Duration::from_mins(1);
/// Variants that are sold.
const VARIANTS: u128 = 12;
/// The database in the private cluster.
const DATABASE: &str = "branchline";
/// Megabytes of free disk that are enough, so that the test does not depend on what else its machine keeps.
pub const PLENTY_MB: &str = "64";

/// Fixed ids, so that a failing run can be read.
pub const fn id(kind: u128, n: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | (kind << 32) | n)
}

/// A process of this binary that can be killed and started again on the same data.
pub struct Process {
    arguments: Vec<String>,
    /// `ip netns exec NAME` or nothing.
    prefix: Vec<String>,
    child: Mutex<Child>,
    log: PathBuf,
}

impl Process {
    pub fn start(prefix: &[&str], arguments: &[&str], log: PathBuf) -> anyhow::Result<Self> {
        let prefix: Vec<String> = prefix.iter().map(ToString::to_string).collect();
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let child = Mutex::new(spawn(&prefix, &arguments, &log)?);
        Ok(Self {
            arguments,
            prefix,
            child,
            log,
        })
    }

    /// `kill -9`, in the middle of whatever it is doing.
    pub fn kill(&self) -> anyhow::Result<()> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// Starts it again after a kill.
    pub fn start_again(&self) -> anyhow::Result<()> {
        let fresh = spawn(&self.prefix, &self.arguments, &self.log)?;
        *self.child.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // SIGTERM first: a cloud stops its PostgreSQL.
        let _ = Command::new("kill").arg(child.id().to_string()).status();
        let watch = Stopwatch::start();
        while watch.elapsed() < Duration::from_secs(10) && matches!(child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn spawn(prefix: &[String], arguments: &[String], log: &Path) -> anyhow::Result<Child> {
    let binary = env!("CARGO_BIN_EXE_branchline").to_owned();
    let words: Vec<&String> = prefix.iter().chain([&binary]).chain(arguments).collect();
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(log)?;
    Command::new(words[0])
        .args(&words[1..])
        .env("RUST_LOG", "warn")
        .env("BRANCHLINE_EDGE_PLENTY_MB", PLENTY_MB)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()
        .with_context(|| format!("start {words:?}"))
}

/// A port that nobody listens at now.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Where the parts of a fleet run.
pub struct Site<'a> {
    /// `ip netns exec NAME`, or nothing.
    pub prefix: Vec<&'a str>,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where the test reaches it.
    pub reach: SocketAddr,
}

impl Site<'_> {
    /// On this machine's own network.
    pub fn here() -> anyhow::Result<Self> {
        let listen = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        Ok(Self {
            prefix: Vec::new(),
            listen,
            reach: listen,
        })
    }
}

/// One shop: its process, and what its tills were told.
pub struct Shop {
    pub number: u128,
    pub process: Process,
    pub addr: SocketAddr,
    pub data: PathBuf,
    /// Sales that a till was told are done: id, with total and receipt number.
    pub acknowledged: Mutex<BTreeMap<Uuid, (i64, String)>>,
}

/// A company whose parts are processes.
pub struct Fleet {
    pub folder: tempfile::TempDir,
    pub cloud: Process,
    pub cloud_addr: SocketAddr,
    pub shops: Vec<Arc<Shop>>,
    parts: Parts,
}

impl Fleet {
    /// Starts a cloud and founds a company; shops are added with [`Fleet::add_shop`].
    pub async fn start(site: &Site<'_>) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("branchline-fleet-")
            .tempdir()?;
        // PostgreSQL runs as another user when this is root.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
        let data = folder.path().join("cloud");
        let cloud = Process::start(
            &site.prefix,
            &[
                "cloud",
                "--listen",
                &site.listen.to_string(),
                "--data",
                path(&data)?,
            ],
            folder.path().join("cloud.log"),
        )?;
        let fleet = Self {
            folder,
            cloud,
            cloud_addr: site.reach,
            shops: Vec::new(),
            parts: Parts::system(),
        };
        fleet.found().await?;
        Ok(fleet)
    }

    /// The folder of the cloud's private PostgreSQL.
    pub fn postgres(&self) -> PathBuf {
        self.folder.path().join("cloud").join("postgres")
    }

    /// The cloud's database, as its owner. Waits until it is there.
    pub async fn database(&self) -> anyhow::Result<tokio_postgres::Config> {
        let watch = Stopwatch::start();
        loop {
            if let Ok(mut config) = cloud::cluster::join(&self.postgres()) {
                config.dbname(DATABASE);
                if config.connect(tokio_postgres::NoTls).await.is_ok() {
                    return Ok(config);
                }
            }
            ensure!(watch.elapsed() < PATIENCE, "PostgreSQL does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The operations over the cloud's database, beside the running cloud.
    pub async fn operations(&self) -> anyhow::Result<Cloud> {
        let database = Database::of_superuser(self.database().await?);
        Cloud::open(
            &database,
            &cloud::OfficeOptions::default(),
            self.parts.clone(),
        )
    }

    async fn found(&self) -> anyhow::Result<()> {
        let ready = format!("http://{}/ready", self.cloud_addr);
        let watch = Stopwatch::start();
        while !is_ready(&ready).await {
            ensure!(watch.elapsed() < PATIENCE, "the cloud does not get ready");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let cloud = self.operations().await?;
        company::put(&cloud, id(1, 0), "Fleet", "USD").await?;
        let roles: Vec<staff::NewRole> = Role::ALL
            .into_iter()
            .map(|role| staff::NewRole {
                id: role.id(),
                code: role.code().to_owned(),
                name: role.name().to_owned(),
                permissions: role.permissions().to_vec(),
            })
            .collect();
        staff::put_roles(&cloud, &roles).await?;
        let everybody = staff::NewStaff {
            id: id(5, 1),
            name: "Mali".to_owned(),
            email: None,
            password: None,
            pin: Some(PIN.to_owned()),
            grants: Role::ALL
                .into_iter()
                .map(|role| staff::NewGrant::new(role.code(), None))
                .collect(),
        };
        staff::put(&cloud, &everybody).await?;
        let variants: Vec<catalog::NewVariant> = (1..=VARIANTS).map(variant).collect();
        catalog::put_variants(&cloud, &variants).await?;
        Ok(())
    }

    /// Starts a shop, enrols it, and waits until its tills can sell.
    pub async fn add_shop(&mut self, site: &Site<'_>, cloud_url: &str) -> anyhow::Result<()> {
        let number = self.shops.len() as u128;
        let operations = self.operations().await?;
        let registers = (0..4).map(|till| location::NewRegister {
            id: id(3, number * 10 + till),
            name: format!("Till {till}"),
            prefix: format!("F{number}{till}"),
        });
        let new = location::NewLocation {
            id: id(2, number),
            code: format!("F{number}"),
            name: format!("Shop {number}"),
            kind: location::Kind::Shop,
            time_zone: "Asia/Bangkok".to_owned(),
            address: String::new(),
            registers: registers.collect(),
        };
        location::put(&operations, &new).await?;
        let code = enrolment::issue(&operations, Actor::Service("fleet"), id(2, number))
            .await?
            .code;
        let data = self.folder.path().join(format!("shop-{number}"));
        std::fs::create_dir_all(&data)?;
        let mut enrol: Vec<&str> = site.prefix.clone();
        enrol.extend([
            env!("CARGO_BIN_EXE_branchline"),
            "edge",
            "enrol",
            "--cloud",
            cloud_url,
            "--code",
            &code,
            "--data",
            path(&data)?,
        ]);
        let done = Command::new(enrol[0]).args(&enrol[1..]).output()?;
        ensure!(
            done.status.success(),
            "enrol: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        let process = Process::start(
            &site.prefix,
            &[
                "edge",
                "--listen",
                &site.listen.to_string(),
                "--data",
                path(&data)?,
            ],
            self.folder.path().join(format!("shop-{number}.log")),
        )?;
        let shop = Arc::new(Shop {
            number,
            process,
            addr: site.reach,
            data,
            acknowledged: Mutex::default(),
        });
        let till = Till::new(Arc::clone(&shop), 0)?;
        let watch = Stopwatch::start();
        while till.sign_in().await.is_err() || till.products().await.unwrap_or(0) < 2 {
            ensure!(watch.elapsed() < PATIENCE, "shop {number} cannot sell");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.shops.push(shop);
        Ok(())
    }

    /// A number below `below`.
    pub fn chance(&self, below: u64) -> u64 {
        httpkit::random::number(&*self.parts.random) % below
    }

    /// Waits until the cloud has applied everything that the shops have recorded.
    pub async fn settle(&self, patience: Duration) -> anyhow::Result<()> {
        let watch = Stopwatch::start();
        loop {
            let mut behind = Vec::new();
            for shop in &self.shops {
                let last_seq = shop.last_seq()?;
                let applied = self.applied(shop.number).await.unwrap_or(-1);
                if applied != last_seq {
                    behind.push((shop.number, applied, last_seq));
                }
            }
            if behind.is_empty() {
                return Ok(());
            }
            ensure!(
                watch.elapsed() < patience,
                "after {patience:?} the cloud is behind (shop, applied, recorded): {behind:?}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// How many events of a shop the cloud has applied.
    pub async fn applied(&self, shop: u128) -> anyhow::Result<i64> {
        let client = connect(&self.database().await?).await?;
        let row = client
            .query_one(
                "select coalesce(sum(applied), 0)::bigint from node_apply where location_id = $1",
                &[&id(2, shop)],
            )
            .await?;
        Ok(row.get(0))
    }

    /// Every sale that a till was told of is at the cloud exactly once, as it was told, and nothing else is.
    pub async fn check_sales(&self) -> anyhow::Result<usize> {
        let client = connect(&self.database().await?).await?;
        let mut sales = 0;
        for shop in &self.shops {
            let rows = client
                .query(
                    "select id, total_minor, receipt_number from sale where location_id = $1",
                    &[&id(2, shop.number)],
                )
                .await?;
            let mut there = BTreeMap::new();
            for row in &rows {
                let sale: Uuid = row.get(0);
                ensure!(
                    there.insert(sale, (row.get(1), row.get(2))).is_none(),
                    "sale {sale} is there twice"
                );
            }
            let told = shop
                .acknowledged
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            for (sale, figures) in &*told {
                ensure!(
                    there.get(sale) == Some(figures),
                    "sale {sale} of shop {}: the till was told {figures:?}, the cloud has {:?}",
                    shop.number,
                    there.get(sale)
                );
            }
            let recorded = shop.recorded_sales()?;
            ensure!(
                recorded == there.len(),
                "shop {} has {recorded} sales, the cloud {}",
                shop.number,
                there.len()
            );
            sales += there.len();
        }
        Ok(sales)
    }
}

async fn is_ready(url: &str) -> bool {
    let answer = reqwest::get(url).await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

/// A connection that is served in the background.
pub async fn connect(config: &tokio_postgres::Config) -> anyhow::Result<tokio_postgres::Client> {
    let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

fn path(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("a path in UTF-8")
}

fn variant(n: u128) -> catalog::NewVariant {
    catalog::NewVariant {
        id: id(6, n),
        product: id(6, n),
        sku: format!("SKU-{n}"),
        name: format!("Variant {n} with a name of ordinary length"),
        category: None,
        unit: Unit::Piece,
        tax_rate_bps: 700,
        barcodes: Vec::new(),
        unit_price: Some(Decimal::new(150, 2)),
        price_quantity: 1,
        active: true,
    }
}

impl Shop {
    /// What the shop's own file says, whatever its process does.
    pub fn file(&self) -> anyhow::Result<rusqlite::Connection> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let file = rusqlite::Connection::open_with_flags(self.data.join("shop.db"), flags)?;
        file.busy_timeout(Duration::from_secs(5))?;
        Ok(file)
    }

    pub fn last_seq(&self) -> anyhow::Result<i64> {
        Ok(self
            .file()?
            .query_row("select last_seq from node_state", [], |row| row.get(0))?)
    }

    fn recorded_sales(&self) -> anyhow::Result<usize> {
        let count: i64 = self
            .file()?
            .query_row("select count(*) from sale", [], |row| row.get(0))?;
        Ok(usize::try_from(count)?)
    }
}

/// A till of a shop, with a cashier who does not give up.
pub struct Till {
    shop: Arc<Shop>,
    register: Uuid,
    http: reqwest::Client,
    parts: Parts,
    /// The shift that it has opened.
    shift: Mutex<Option<Uuid>>,
}

impl Till {
    pub fn new(shop: Arc<Shop>, till: u128) -> anyhow::Result<Self> {
        let register = id(3, shop.number * 10 + till);
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .timeout(Duration::from_secs(20))
            .build()?;
        Ok(Self {
            shop,
            register,
            http,
            parts: Parts::system(),
            shift: Mutex::default(),
        })
    }

    /// Sells in a shift that another till of the same register has opened.
    pub fn in_shift(self, shift: Uuid) -> Self {
        *self.shift.lock().unwrap_or_else(PoisonError::into_inner) = Some(shift);
        self
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.shop.addr)
    }

    /// As a till makes it.
    pub fn new_id(&self) -> Uuid {
        uuid_v7(&*self.parts.clock, &*self.parts.random)
    }

    pub async fn sign_in(&self) -> anyhow::Result<()> {
        let login = json!({ "staff_id": id(5, 1), "pin": PIN, "register_id": self.register });
        let answer = self
            .http
            .post(self.url("/v1/session"))
            .json(&login)
            .send()
            .await?;
        ensure!(answer.status().is_success(), "sign-in: {}", answer.status());
        Ok(())
    }

    /// Writes once; the status and the answer.
    pub async fn put(&self, path: &str, body: &Value) -> anyhow::Result<(u16, Value)> {
        let answer = self.http.put(self.url(path)).json(body).send().await?;
        Ok((answer.status().as_u16(), answer.json().await?))
    }

    /// What the shop answers at an address.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.http.get(self.url(path)).send().await?;
        ensure!(answer.status().is_success(), "{path}: {}", answer.status());
        Ok(answer.json().await?)
    }

    async fn products(&self) -> anyhow::Result<usize> {
        let answer = self.http.get(self.url("/v1/products")).send().await?;
        let list: Value = answer.json().await?;
        Ok(list["items"].as_array().map_or(0, Vec::len))
    }

    /// Sends a write until it is answered: the same id, the same content.
    async fn insist(
        &self,
        path: &str,
        body: &Value,
        stop: &AtomicBool,
    ) -> anyhow::Result<Option<Value>> {
        loop {
            let answer = self.http.put(self.url(path)).json(body).send().await;
            match answer {
                Ok(answer) if answer.status().is_success() => {
                    // An answer that is cut off is none.
                    if let Ok(answer) = answer.json().await {
                        return Ok(Some(answer));
                    }
                }
                Ok(answer) if answer.status() == 401 => drop(self.sign_in().await),
                Ok(answer) if answer.status().is_server_error() => {}
                Ok(answer) => bail!("{path}: {} {}", answer.status(), answer.text().await?),
                Err(_) => {}
            }
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The shift of this till; opens it the first time. None when it was told to stop before that was answered.
    pub async fn shift(&self, stop: &AtomicBool) -> anyhow::Result<Option<Uuid>> {
        let open = *self.shift.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_some() {
            return Ok(open);
        }
        let shift = self.new_id();
        let opening = json!({ "register_id": self.register, "float_minor": 10_000 });
        let path = format!("/v1/shifts/{shift}");
        let opened = self.insist(&path, &opening, stop).await?.map(|_| shift);
        *self.shift.lock().unwrap_or_else(PoisonError::into_inner) = opened;
        Ok(opened)
    }

    /// Sells until it is told to stop, or so many sales were made.
    pub async fn sell(&self, stop: &AtomicBool, most: usize) -> anyhow::Result<()> {
        let Some(shift) = self.shift(stop).await? else {
            return Ok(());
        };
        for number in 0..most {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let sale = self.new_id();
            let answer = self
                .insist(&format!("/v1/sales/{sale}"), &basket(shift, number), stop)
                .await?;
            if let Some(receipt) = answer {
                let total = receipt["total_minor"].as_i64().context("a total")?;
                let number = receipt["receipt_number"].as_str().context("a number")?;
                let mut told = self
                    .shop
                    .acknowledged
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                told.insert(sale, (total, number.to_owned()));
            }
        }
        Ok(())
    }
}

/// Three lines; what the book has not is in the customer's hand.
fn basket(shift: Uuid, number: usize) -> Value {
    let variant = |nth: usize| id(6, 1 + ((number + nth * 5) as u128) % VARIANTS);
    let lines: Vec<Value> = (0..3)
        .map(|nth| json!({ "variant_id": variant(nth), "quantity": 1 + (number + nth) % 3 }))
        .collect();
    let found: Vec<Value> = (0..3)
        .map(|nth| json!({ "variant_id": variant(nth), "answer": "found" }))
        .collect();
    json!({
        "shift_id": shift,
        "lines": lines,
        "tenders": [{ "kind": "cash", "amount_minor": 10_000 }],
        "shortages": found,
    })
}
