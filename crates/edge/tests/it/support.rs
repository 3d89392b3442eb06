//! A test shop and a till that speaks HTTP.
use std::{path::Path, sync::Arc};

use edge::{Running, testkit};
use httpkit::{
    Parts,
    clock::{Clock, ManualClock},
};
use retail::staff::StaffId;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

/// A Sunday morning in New York.
pub const MORNING: &str = "2026-11-22T14:00:00Z";

/// A running shop on a temporary folder, with a business clock that stands still.
pub struct TestShop {
    pub running: Running,
    pub clock: Arc<ManualClock>,
    pub security_clock: Arc<ManualClock>,
    pub folder: TempDir,
}

impl TestShop {
    pub async fn start() -> Self {
        Self::with(&testkit::Stock::default()).await
    }

    pub async fn with(stock: &testkit::Stock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(MORNING.parse().unwrap()));
        let security_clock = Arc::new(ManualClock::at(MORNING.parse().unwrap()));
        let running = open(folder.path(), stock, &clock, &security_clock).await;
        Self {
            running,
            clock,
            security_clock,
            folder,
        }
    }

    /// A shop whose node replaces an earlier one: the cloud may claim so much of each.
    pub async fn in_epoch(epoch: i64, claims: &[(&str, i64)]) -> Self {
        let shop = Self::empty().await;
        let stock = testkit::Stock {
            epoch,
            claims: claims
                .iter()
                .map(|(sku, quantity)| (testkit::variant_id(sku), *quantity))
                .collect(),
            ..testkit::Stock::default()
        };
        testkit::fill(&shop.running.shop, &stock).await.unwrap();
        shop
    }

    /// A shop that belongs to no company yet.
    pub async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(MORNING.parse().unwrap()));
        let security_clock = Arc::new(ManualClock::at(MORNING.parse().unwrap()));
        let parts = parts(&clock, &security_clock);
        let running = edge::start(edge::Config::new(folder.path()), parts)
            .await
            .unwrap();
        Self {
            running,
            clock,
            security_clock,
            folder,
        }
    }

    /// Stops it in order and starts it again on the same file.
    pub async fn restart(self) -> Self {
        self.restart_after(|_| {}).await
    }

    /// Stops it in order, does something to its folder, and starts it again.
    pub async fn restart_after(self, between: impl FnOnce(&Path)) -> Self {
        let Self {
            running,
            clock,
            security_clock,
            folder,
        } = self;
        running.stop().await.unwrap();
        between(folder.path());
        let stock = testkit::Stock::default();
        let running = open(folder.path(), &stock, &clock, &security_clock).await;
        Self {
            running,
            clock,
            security_clock,
            folder,
        }
    }

    /// A till where nobody has signed in.
    pub fn till(&self) -> Till {
        Till {
            http: reqwest::Client::builder()
                .cookie_store(true)
                .build()
                .unwrap(),
            base: format!("http://{}", self.running.addr),
            shift: Uuid::nil(),
        }
    }

    /// A till where the manager has signed in and opened a shift with a float of 100.00.
    pub async fn open_till(&self, number: usize) -> Till {
        let mut till = self.till();
        till.sign_in(testkit::manager_id(), number).await;
        till.open_shift(number).await;
        till
    }

    /// A second connection, to look at the file.
    pub fn file(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("shop.db")).unwrap()
    }

    /// The only value of a query.
    pub fn value<T: rusqlite::types::FromSql>(&self, query: &str) -> T {
        self.file().query_row(query, [], |row| row.get(0)).unwrap()
    }
}

async fn open(
    folder: &Path,
    stock: &testkit::Stock,
    clock: &Arc<ManualClock>,
    security_clock: &Arc<ManualClock>,
) -> Running {
    testkit::start(folder, stock, parts(clock, security_clock))
        .await
        .unwrap()
}

fn parts(clock: &Arc<ManualClock>, security_clock: &Arc<ManualClock>) -> Parts {
    Parts {
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        security_clock: Arc::clone(security_clock) as Arc<dyn Clock>,
        ..Parts::system()
    }
}

/// A till: a browser with its cookie.
#[derive(Clone)]
pub struct Till {
    pub http: reqwest::Client,
    pub base: String,
    pub shift: Uuid,
}

/// A status and a JSON body.
pub type Answer = (u16, Value);

impl Till {
    pub async fn get(&self, path: &str) -> Answer {
        answer(self.http.get(format!("{}{path}", self.base)).send().await).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        answer(
            self.http
                .put(format!("{}{path}", self.base))
                .json(&body)
                .send()
                .await,
        )
        .await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        answer(
            self.http
                .post(format!("{}{path}", self.base))
                .json(&body)
                .send()
                .await,
        )
        .await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        answer(
            self.http
                .delete(format!("{}{path}", self.base))
                .send()
                .await,
        )
        .await
    }

    pub async fn try_pin(&self, staff: StaffId, pin: &str, register: usize) -> Answer {
        let body = json!({
            "staff_id": staff.as_uuid(),
            "pin": pin,
            "register_id": testkit::register_id(register).as_uuid(),
        });
        self.post("/v1/session", body).await
    }

    pub async fn sign_in(&self, staff: StaffId, register: usize) -> Value {
        let (status, session) = self.try_pin(staff, testkit::PIN, register).await;
        assert_eq!(status, 201, "{session}");
        session
    }

    pub async fn open_shift(&mut self, register: usize) {
        let id = new_id();
        let body = json!({ "register_id": testkit::register_id(register).as_uuid(), "float_minor": 10_000 });
        let (status, shift) = self.put(&format!("/v1/shifts/{id}"), body).await;
        assert_eq!(status, 201, "{shift}");
        self.shift = id;
    }

    /// Sells by SKU and quantity, paid in cash; what the book lacks is in the customer's hand.
    pub async fn sell(&self, id: Uuid, lines: &[(&str, i64)], cash: i64) -> Answer {
        self.put(&format!("/v1/sales/{id}"), self.sale(lines, cash))
            .await
    }

    /// The body of such a sale.
    pub fn sale(&self, lines: &[(&str, i64)], cash: i64) -> Value {
        json!({
            "shift_id": self.shift,
            "lines": basket(lines),
            "tenders": [{ "kind": "cash", "amount_minor": cash }],
            "shortages": found(lines),
        })
    }
}

async fn answer(response: reqwest::Result<reqwest::Response>) -> Answer {
    let response = response.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (status, body)
}

/// Basket lines by SKU and quantity.
pub fn basket(lines: &[(&str, i64)]) -> Value {
    lines
        .iter()
        .map(|(sku, quantity)| {
            json!({ "variant_id": testkit::variant_id(sku).as_uuid(), "quantity": quantity })
        })
        .collect()
}

/// Answers that all of it was found.
pub fn found(lines: &[(&str, i64)]) -> Value {
    lines
        .iter()
        .map(|(sku, _)| json!({ "variant_id": testkit::variant_id(sku).as_uuid(), "answer": "found" }))
        .collect()
}

/// An id that the till makes.
pub fn new_id() -> Uuid {
    httpkit::random::uuid_v7(&httpkit::clock::SystemClock, &httpkit::random::SystemRandom)
}

/// The problem's code with its figures, or the status of a success.
pub fn told((status, body): &Answer) -> String {
    body.get("code").map_or_else(
        || status.to_string(),
        |code| {
            format!(
                "{status} {} {}",
                code.as_str().unwrap_or_default(),
                body.get("figures").unwrap_or(&json!({}))
            )
        },
    )
}

/// Counts shelves.
pub async fn count(till: &Till, lines: &[(&str, i64)]) {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(sku, counted)| json!({ "variant_id": testkit::variant_id(sku).as_uuid(), "counted": counted }))
        .collect();
    let body = json!({ "lines": lines, "reason": "count" });
    let answer = till.put(&format!("/v1/counts/{}", new_id()), body).await;
    assert_eq!(answer.0, 201, "{}", answer.1);
}

/// Gives rights to the online channel.
pub async fn give(till: &Till, lines: &[(&str, i64)]) {
    let body = json!({ "lines": basket(lines) });
    let answer = till
        .put(&format!("/v1/rights-returns/{}", new_id()), body)
        .await;
    assert_eq!(answer.0, 201, "{}", answer.1);
}

/// Delivers a message of the cloud; one that was taken before changes nothing.
pub async fn command(shop: &TestShop, idx: i64, kind: &str, body: Value) {
    let message = wire::command::Message {
        idx,
        id: new_id(),
        kind: kind.to_owned(),
        body,
    };
    testkit::deliver(&shop.running.shop, vec![message])
        .await
        .unwrap();
}

/// The account of a variant in short.
pub fn account(shop: &TestShop, sku: &str) -> String {
    let key = testkit::variant_id(sku).as_uuid().into_bytes();
    shop.file()
        .query_row(
            "select printf('N %d C %d D %d K %d, exportable %d%s', node_rights, claim_bound, debt, picked, exportable,
                           iif(doubted_seq > counted_seq, ', to count', ''))
               from stock where variant = ?1",
            [key],
            |row| row.get(0),
        )
        .unwrap_or_else(|_| "nothing".to_owned())
}
