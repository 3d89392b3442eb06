//! The drills of `docs/operations/recovery.md` with real processes and the commands that stand there: a computer dies, an
//! old file is put back, the cloud is restored. At the end every sale that a till was told of is at the cloud once, but
//! for those that only the dead disk had.
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, PoisonError, atomic::AtomicBool},
    time::Duration,
};

use anyhow::{Context, ensure};
use httpkit::clock::Stopwatch;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fleet::{Fleet, PLENTY_MB, Shop, Site, Till, connect, id};

/// The longest that anything is waited for.
const PATIENCE: Duration = Duration::from_secs(40);
/// Nobody tells a till to stop.
static GO_ON: AtomicBool = AtomicBool::new(false);

/// Runs the binary to its end: its exit code, and what it has printed.
fn run(arguments: &[&str]) -> anyhow::Result<(i32, String)> {
    let output = Command::new(env!("CARGO_BIN_EXE_branchline"))
        .args(arguments)
        .env("BRANCHLINE_LOG", "error")
        .env("BRANCHLINE_EDGE_PLENTY_MB", PLENTY_MB)
        .env("RUST_BACKTRACE", "0")
        .output()?;
    let said = [output.stdout, output.stderr].concat();
    Ok((
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&said).trim().to_owned(),
    ))
}

/// Runs it; it must end well.
fn must(arguments: &[&str]) -> anyhow::Result<String> {
    let (code, said) = run(arguments)?;
    ensure!(code == 0, "{arguments:?} ended with {code}: {said}");
    Ok(said)
}

/// A chain of one shop.
struct Drill {
    fleet: Fleet,
    shop: Arc<Shop>,
    /// The cloud's folder and the shop's, as arguments.
    cloud: String,
    data: String,
    url: String,
}

impl Drill {
    async fn start() -> anyhow::Result<Self> {
        let mut fleet = Fleet::start(&Site::here()?).await?;
        let url = format!("http://{}", fleet.cloud_addr);
        fleet.add_shop(&Site::here()?, &url).await?;
        let shop = Arc::clone(&fleet.shops[0]);
        let text = |path: &Path| path.to_str().map(str::to_owned).context("a path in UTF-8");
        Ok(Self {
            cloud: text(&fleet.folder.path().join("cloud"))?,
            data: text(&shop.data)?,
            fleet,
            shop,
            url,
        })
    }

    fn admin(&self, words: &[&str]) -> anyhow::Result<String> {
        let arguments: Vec<&str> = ["admin", "--data", &self.cloud]
            .into_iter()
            .chain(words.iter().copied())
            .collect();
        must(&arguments)
    }

    /// Gives the shop's folder the next epoch, as the guide says.
    fn replace(&self) -> anyhow::Result<()> {
        let code = self.admin(&["node", "replace", "--location", "F0"])?;
        let said = must(&[
            "edge", "enrol", "--cloud", &self.url, "--code", &code, "--data", &self.data,
        ])?;
        ensure!(said.contains("of the company now"), "{said}");
        Ok(())
    }

    async fn start_cloud(&self) -> anyhow::Result<()> {
        self.fleet.cloud.start_again()?;
        let ready = format!("{}/ready", self.url);
        wait("the cloud", async || {
            let answer = reqwest::get(&ready).await;
            Ok(answer.is_ok_and(|answer| answer.status().is_success()))
        })
        .await
    }

    async fn edge(&self) -> anyhow::Result<Value> {
        let answer = reqwest::get(format!("http://{}/v1/edge", self.shop.addr)).await?;
        Ok(answer.json().await?)
    }

    /// A till that has signed in and finds products.
    async fn till(&self, number: u128) -> anyhow::Result<Till> {
        let till = Till::new(Arc::clone(&self.shop), number)?;
        wait("a till that can sell", async || {
            let can = till.sign_in().await.is_ok()
                && till
                    .get("/v1/products")
                    .await
                    .is_ok_and(|list| list["items"].as_array().is_some_and(|all| all.len() > 11));
            Ok(can)
        })
        .await?;
        Ok(till)
    }

    /// What the doctor says of the shop and of the cloud: nothing must be done.
    fn is_well(&self) -> anyhow::Result<()> {
        must(&["doctor", "--edge", &self.data])?;
        must(&["doctor", "--cloud", "--data", &self.cloud])?;
        Ok(())
    }

    async fn sales_at_the_cloud(&self) -> anyhow::Result<Vec<Uuid>> {
        let client = connect(&self.fleet.database().await?).await?;
        let rows = client.query("select id from sale", &[]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    fn told(&self) -> BTreeSet<Uuid> {
        let told = self.shop.acknowledged.lock();
        let told = told.unwrap_or_else(PoisonError::into_inner);
        told.keys().copied().collect()
    }

    /// Every sale of `expected` is at the cloud, once, and nothing else.
    async fn has_exactly(&self, expected: &BTreeSet<Uuid>) -> anyhow::Result<()> {
        wait("the sales at the cloud", async || {
            Ok(self.sales_at_the_cloud().await?.len() >= expected.len())
        })
        .await?;
        let there = self.sales_at_the_cloud().await?;
        let once: BTreeSet<Uuid> = there.iter().copied().collect();
        ensure!(once.len() == there.len(), "a sale is there twice");
        ensure!(once == *expected, "{once:?} instead of {expected:?}");
        Ok(())
    }

    /// What a till that is open would say it has seen.
    async fn seen(&self) -> anyhow::Result<String> {
        let answer = reqwest::get(format!("http://{}/v1/edge", self.shop.addr)).await?;
        let head = answer.headers().get("x-branchline-head");
        Ok(head.context("a head")?.to_str()?.to_owned())
    }

    /// A till with that memory signs in.
    async fn remembers(&self, seen: &str) -> anyhow::Result<()> {
        let http = reqwest::Client::builder().cookie_store(true).build()?;
        let url = format!("http://{}/v1/session", self.shop.addr);
        let login = json!({ "staff_id": id(5, 1), "pin": "4711", "register_id": id(3, 0) });
        http.post(&url).json(&login).send().await?;
        http.get(&url)
            .header("x-branchline-seen", seen)
            .send()
            .await?;
        Ok(())
    }
}

async fn wait(what: &str, is_so: impl AsyncFn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let watch = Stopwatch::start();
    loop {
        if is_so().await.unwrap_or(false) {
            return Ok(());
        }
        ensure!(watch.elapsed() < PATIENCE, "{what}: not after {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Copies a file of a shop with its log, as a tool would that knows nothing of it.
fn copy_file(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for part in ["shop.db", "shop.db-wal"] {
        let _ = fs::remove_file(to.join(part));
        if from.join(part).exists() {
            fs::copy(from.join(part), to.join(part))?;
        }
    }
    let _ = fs::remove_file(to.join("shop.db-shm"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_computer_is_dead() -> anyhow::Result<()> {
    let drill = Drill::start().await?;
    drill.till(0).await?.sell(&GO_ON, 5).await?;
    drill.has_exactly(&drill.told()).await?;
    let known = drill.told();
    // Sold without a line, and on that disk alone when it dies.
    drill.fleet.cloud.kill()?;
    drill.till(1).await?.sell(&GO_ON, 2).await?;
    drill.shop.process.kill()?;
    fs::remove_dir_all(&drill.shop.data)?;
    drill.start_cloud().await?;

    let watch = Stopwatch::start();
    drill.admin(&["node", "fence", "--location", "F0", "--reason", "disk died"])?;
    let (code, said) = run(&["doctor", "--cloud", "--data", &drill.cloud])?;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("recovery.md#the-computer-is-dead"), "{said}");
    drill.replace()?;
    drill.shop.process.start_again()?;
    let till = drill.till(0).await?;
    let shift = till.shift(&GO_ON).await?.context("a shift")?;
    let sale = json!({
        "shift_id": shift,
        "lines": [{ "variant_id": id(6, 1), "quantity": 1 }],
        "tenders": [{ "kind": "cash", "amount_minor": 1_000 }],
    });
    let first = till.new_id();
    let (status, asked) = till.put(&format!("/v1/sales/{first}"), &sale).await?;
    assert_eq!(
        (status, &asked["code"]),
        (409, &json!("stock.shortage")),
        "nothing is counted yet"
    );
    let counts = json!({ "reason": "count", "lines": [{ "variant_id": id(6, 1), "counted": 9 }] });
    let (status, counted) = till
        .put(&format!("/v1/counts/{}", till.new_id()), &counts)
        .await?;
    assert_eq!(status, 201, "{counted}");
    let (status, receipt) = till.put(&format!("/v1/sales/{first}"), &sale).await?;
    assert_eq!(status, 201, "{receipt}");
    println!("Sells again after {} ms", watch.elapsed_ms());
    assert_eq!(
        receipt["receipt_number"], "F00-2-000001",
        "no number of the dead computer comes again"
    );
    let mut expected = known;
    expected.insert(first);
    drill.has_exactly(&expected).await?;
    drill.is_well()
}

/// Our own backup: what the cloud has comes back, and a till has the last word.
async fn our_backup_heals(drill: &Drill) -> anyhow::Result<()> {
    let backup = drill.fleet.folder.path().join("backup.db");
    let backup = backup.to_str().context("a path in UTF-8")?;
    drill.till(0).await?.sell(&GO_ON, 2).await?;
    must(&["edge", "backup", "--data", &drill.data, "--to", backup])?;
    drill.till(1).await?.sell(&GO_ON, 3).await?;
    drill.has_exactly(&drill.told()).await?;
    let seen = drill.seen().await?;
    drill.shop.process.kill()?;
    must(&["edge", "restore", "--data", &drill.data, "--from", backup])?;
    drill.shop.process.start_again()?;
    wait("the lost events", async || {
        let edge = drill.edge().await?;
        Ok(edge["sync"]["pending"] == 0 && edge["sync"]["connected"] == true)
    })
    .await?;
    assert_eq!(drill.edge().await?["restricted"]["cause"], "rollback");
    drill.remembers(&seen).await?;
    wait(
        "trust",
        async || Ok(drill.edge().await?["mode"] == "normal"),
    )
    .await?;
    drill.is_well()
}

/// A copy that another tool made: the same, by itself. Gives the copy.
async fn a_foreign_copy_heals(drill: &Drill) -> anyhow::Result<PathBuf> {
    let copy = drill.fleet.folder.path().join("copy");
    drill.shop.process.kill()?;
    copy_file(&drill.shop.data, &copy)?;
    drill.shop.process.start_again()?;
    drill.till(2).await?.sell(&GO_ON, 2).await?;
    drill.has_exactly(&drill.told()).await?;
    drill.shop.process.kill()?;
    copy_file(&copy, &drill.shop.data)?;
    drill.shop.process.start_again()?;
    wait("trust", async || {
        let edge = drill.edge().await?;
        Ok(edge["mode"] == "normal" && edge["sync"]["connected"] == true)
    })
    .await?;
    drill.has_exactly(&drill.told()).await?;
    Ok(copy)
}

/// Sales that only a lost disk and a till know of: told, and the file that was set aside is given.
async fn a_loss_is_told(drill: &Drill, copy: &Path) -> anyhow::Result<PathBuf> {
    let lost = drill.fleet.folder.path().join("lost");
    drill.fleet.cloud.kill()?;
    drill.till(3).await?.sell(&GO_ON, 2).await?;
    let seen = drill.seen().await?;
    drill.shop.process.kill()?;
    copy_file(&drill.shop.data, &lost)?;
    copy_file(copy, &drill.shop.data)?;
    drill.start_cloud().await?;
    drill.shop.process.start_again()?;
    wait("a line", async || {
        Ok(drill.edge().await?["sync"]["connected"] == true)
    })
    .await?;
    drill.remembers(&seen).await?;
    wait("the loss to be told", async || {
        let edge = drill.edge().await?;
        let detail = edge["restricted"]["detail"].as_str().unwrap_or_default();
        Ok(detail.contains("are lost") && edge["sync"]["pending"] == 0)
    })
    .await?;
    let (code, said) = run(&["doctor", "--edge", &drill.data])?;
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("recovery.md#an-old-file-was-put-back"),
        "{said}"
    );
    Ok(lost.join("shop.db"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_old_file_is_put_back() -> anyhow::Result<()> {
    let drill = Drill::start().await?;
    our_backup_heals(&drill).await?;
    let copy = a_foreign_copy_heals(&drill).await?;
    let lost = a_loss_is_told(&drill, &copy).await?;
    drill.shop.process.kill()?;
    drill.replace()?;
    drill.shop.process.start_again()?;
    drill.till(0).await?.sell(&GO_ON, 1).await?;
    let lost = lost.to_str().context("a path in UTF-8")?;
    let said = drill.admin(&["node", "salvage", "--file", lost])?;
    assert!(said.contains("are new"), "{said}");
    drill.has_exactly(&drill.told()).await?;
    wait("everything at the cloud", async || {
        Ok(drill.edge().await?["sync"]["pending"] == 0)
    })
    .await?;
    drill.is_well()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_cloud_is_restored() -> anyhow::Result<()> {
    let drill = Drill::start().await?;
    drill.till(0).await?.sell(&GO_ON, 3).await?;
    drill.has_exactly(&drill.told()).await?;
    let backup = drill.fleet.folder.path().join("cloud-backup");
    let backup = backup.to_str().context("a path in UTF-8")?;
    let said = drill.admin(&["backup", "--to", backup])?;
    assert!(said.contains("is verified"), "{said}");
    drill.till(1).await?.sell(&GO_ON, 3).await?;
    drill.has_exactly(&drill.told()).await?;

    // Its PostgreSQL goes on running after this, as it does after a crash of the cloud alone.
    drill.fleet.cloud.kill()?;
    let watch = Stopwatch::start();
    let said = drill.admin(&["cloud", "restore", "--from", backup])?;
    assert!(
        said.contains("Incarnation 2 begins") && said.contains("data-before-restore-1"),
        "{said}"
    );
    drill.till(2).await?.sell(&GO_ON, 1).await?;
    drill.start_cloud().await?;
    let (code, said) = run(&["doctor", "--cloud", "--data", &drill.cloud])?;
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("recovery.md#the-cloud-was-restored"),
        "{said}"
    );
    let unfreeze = [
        "admin",
        "--data",
        &drill.cloud,
        "cloud",
        "unfreeze",
        "--location",
        "F0",
    ];
    wait("the shop to follow", async || Ok(run(&unfreeze)?.0 == 0)).await?;
    println!("Takes part again after {} ms", watch.elapsed_ms());
    drill.has_exactly(&drill.told()).await?;
    drill.fleet.settle(PATIENCE).await?;
    drill.fleet.check_sales().await?;
    drill.is_well()
}
