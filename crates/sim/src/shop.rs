//! A shop of the world: a real edge with one till in front of it, over HTTP.
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use httpkit::{Parts, clock::Stopwatch, random::uuid_v7};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{MANAGER, PIN};

/// The longest that a shop may take to get its reference data.
const PATIENCE: Duration = Duration::from_secs(30);

/// One edge and its till.
pub struct Shop {
    parts: Parts,
    folder: tempfile::TempDir,
    running: Option<edge::Running>,
    register: Uuid,
    http: reqwest::Client,
}

impl Shop {
    /// A fresh edge that belongs to nobody yet.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start(parts: Parts, register: Uuid) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let running = edge::start(edge::Config::new(folder.path()), parts.clone()).await?;
        Ok(Self {
            parts,
            folder,
            running: Some(running),
            register,
            http: reqwest::Client::builder().cookie_store(true).build()?,
        })
    }

    /// Makes it a node, waits for its reference data and signs the manager in.
    ///
    /// # Errors
    /// When the code is refused or the data does not come.
    pub async fn enrol(&self, cloud: &str, code: &str) -> anyhow::Result<()> {
        edge::enrol(&self.running()?.shop, cloud, code).await?;
        let watch = Stopwatch::start();
        while self.sign_in().await.is_err()
            || self.get("/v1/suppliers").await?["items"] == json!([])
        {
            ensure!(
                watch.elapsed() < PATIENCE,
                "the reference data did not come"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Stops the process and starts it again on the same file.
    ///
    /// # Errors
    /// When it cannot be stopped or started.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.running.take().context("it runs")?.stop().await?;
        self.running =
            Some(edge::start(edge::Config::new(self.folder.path()), self.parts.clone()).await?);
        self.sign_in().await
    }

    /// Ends it in order.
    ///
    /// # Errors
    /// When the file cannot be closed.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        match self.running.take() {
            Some(running) => running.stop().await,
            None => Ok(()),
        }
    }

    fn running(&self) -> anyhow::Result<&edge::Running> {
        self.running.as_ref().context("it runs")
    }

    fn url(&self, path: &str) -> anyhow::Result<String> {
        Ok(format!("http://{}{path}", self.running()?.addr))
    }

    async fn sign_in(&self) -> anyhow::Result<()> {
        let login = json!({ "staff_id": MANAGER, "pin": PIN, "register_id": self.register });
        let response = self
            .http
            .post(self.url("/v1/session")?)
            .json(&login)
            .send()
            .await?;
        ensure!(
            response.status().is_success(),
            "sign-in: {}",
            response.text().await?
        );
        Ok(())
    }

    /// The newest event that it has recorded.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn last_seq(&self) -> anyhow::Result<i64> {
        self.get("/v1/edge").await?["sync"]["last_seq"]
            .as_i64()
            .context("a number")
    }

    /// What the till reads at an address.
    ///
    /// # Errors
    /// When the answer is not a success.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let response = self.http.get(self.url(path)?).send().await?;
        let (status, text) = (response.status(), response.text().await?);
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// Writes with a client-made id; returns the status and the answer.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn put(&self, path: &str, body: &Value) -> anyhow::Result<(StatusCode, Value)> {
        let response = self.http.put(self.url(path)?).json(body).send().await?;
        Ok((response.status(), response.json().await?))
    }

    /// Writes what must succeed.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn must_put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let (status, answer) = self.put(path, body).await?;
        if !status.is_success() {
            bail!("{path}: {status} {answer}");
        }
        Ok(answer)
    }

    /// A new id, as a till makes it.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        uuid_v7(&*self.parts.clock, &*self.parts.random)
    }

    /// Opens a shift with a float of 100.00.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn open_shift(&self) -> anyhow::Result<Uuid> {
        let shift = self.new_id();
        let body = json!({ "register_id": self.register, "float_minor": 10_000 });
        self.must_put(&format!("/v1/shifts/{shift}"), &body).await?;
        Ok(shift)
    }

    /// Closes a shift by a count.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn close_shift(&self, shift: Uuid, counted_minor: i64) -> anyhow::Result<Value> {
        let body = json!({ "counted_minor": counted_minor, "reason": "as it was counted" });
        let url = self.url(&format!("/v1/shifts/{shift}/close"))?;
        let response = self.http.post(url).json(&body).send().await?;
        ensure!(
            response.status().is_success(),
            "close: {}",
            response.text().await?
        );
        Ok(response.json().await?)
    }
}
