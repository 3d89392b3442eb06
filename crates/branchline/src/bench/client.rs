//! A till as the edge sees it: signs in, opens a shift and sells over HTTP.
use std::time::Duration;

use anyhow::{Context, ensure};
use httpkit::clock::Stopwatch;
use serde_json::{Value, json};
use uuid::Uuid;

/// Lines on a sale of the benchmark.
pub const LINES: usize = 3;

/// One signed-in till with an open shift.
pub struct Till {
    http: reqwest::Client,
    base: String,
    shift: Uuid,
    register: Uuid,
    ids: u64,
}

impl Till {
    /// Signs `staff` in at `register` and opens a shift.
    pub async fn open(base: &str, staff: Uuid, pin: &str, register: Uuid) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .pool_max_idle_per_host(1)
            .build()?;
        let session = json!({ "staff_id": staff, "pin": pin, "register_id": register });
        let response = http
            .post(format!("{base}/v1/session"))
            .json(&session)
            .send()
            .await?;
        ensure!(
            response.status().is_success(),
            "sign-in: {}",
            response.text().await?
        );
        let till = Self {
            http,
            base: base.to_owned(),
            shift: id(register, 0),
            register,
            ids: 0,
        };
        let shift = json!({ "register_id": register, "float_minor": 10_000 });
        let response = till
            .http
            .put(format!("{base}/v1/shifts/{}", till.shift))
            .json(&shift)
            .send()
            .await?;
        ensure!(
            response.status().is_success(),
            "open a shift: {}",
            response.text().await?
        );
        Ok(till)
    }

    /// Counts so many of each variant, so that tills sell what they hold.
    pub async fn stock(&self, variants: &[Uuid], each: i64) -> anyhow::Result<()> {
        let lines: Vec<Value> = variants
            .iter()
            .map(|variant| json!({ "variant_id": variant, "counted": each }))
            .collect();
        let url = format!(
            "{}/v1/counts/{}",
            self.base,
            id(self.register, u64::MAX >> 32)
        );
        let count = json!({ "reason": "opening", "lines": lines });
        let response = self.http.put(url).json(&count).send().await?;
        let status = response.status();
        ensure!(
            status.is_success(),
            "count: {status} {}",
            response.text().await?
        );
        Ok(())
    }

    /// Sells three variants for cash and returns how long the answer took.
    pub async fn sell(&mut self, variants: &[Uuid], price_minor: i64) -> anyhow::Result<Duration> {
        self.ids += 1;
        let first = usize::try_from(self.ids)? * LINES;
        let lines: Vec<Value> = (first..first + LINES)
            .map(|line| json!({ "variant_id": variants[line % variants.len()], "quantity": 1 }))
            .collect();
        let total = price_minor * i64::try_from(LINES)?;
        let sale = json!({
            "shift_id": self.shift,
            "lines": lines,
            "tenders": [{ "kind": "cash", "amount_minor": total + 500 }],
        });
        let url = format!("{}/v1/sales/{}", self.base, id(self.register, self.ids));
        let watch = Stopwatch::start();
        let response = self
            .http
            .put(url)
            .json(&sale)
            .send()
            .await
            .context("the edge did not answer")?;
        let status = response.status();
        let text = response.text().await?;
        let took = watch.elapsed();
        ensure!(status.is_success(), "sell: {status} {text}");
        Ok(took)
    }

    /// Types a text into the search and returns how long the answer took.
    pub async fn search(&self, text: &str) -> anyhow::Result<Duration> {
        let watch = Stopwatch::start();
        let query = [("q", text), ("limit", "24")];
        let response = self
            .http
            .get(format!("{}/v1/products", self.base))
            .query(&query)
            .send()
            .await?;
        let status = response.status();
        let body = response.bytes().await?;
        let took = watch.elapsed();
        ensure!(
            status.is_success(),
            "search: {status} {}",
            String::from_utf8_lossy(&body)
        );
        Ok(took)
    }
}

/// The n-th id of a till: unique in the run, and shaped like a client's own.
fn id(of: Uuid, n: u64) -> Uuid {
    let mut tail = [0_u8; 10];
    tail[..4].copy_from_slice(&of.as_bytes()[12..]);
    tail[4..].copy_from_slice(&n.to_be_bytes()[2..]);
    uuid::Builder::from_unix_timestamp_millis(1_795_341_600_000 + n, &tail).into_uuid()
}
