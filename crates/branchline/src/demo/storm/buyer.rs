//! Who acts from outside a shop: the web shop's server with its key, and the administrator at the office.
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use httpkit::{
    clock::SystemClock,
    random::{SystemRandom, uuid_v7},
};
use serde_json::{Value, json};
use traffic::chain::{Chain, Role};
use uuid::Uuid;

use super::check::Invariants;

/// A checkout may wait for units that a shop gives back; everything else answers at once.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn new_id() -> Uuid {
    uuid_v7(&SystemClock, &SystemRandom)
}

/// The web shop's server, with its key.
pub(super) struct Channel {
    http: reqwest::Client,
    address: String,
    key: String,
}

impl Channel {
    /// A buyer orders one unit and pays. `None` when it is sold out.
    pub(super) async fn buy(&self, variant: Uuid) -> anyhow::Result<Option<Uuid>> {
        let order = new_id();
        let url = format!("{}/v1/orders/{order}", self.address);
        let lines = json!([{"variant_id": variant, "quantity": 1}]);
        let body = json!({"customer": "Web buyer", "lines": lines});
        let request = self.http.put(&url).bearer_auth(&self.key).json(&body);
        let answer = request.send().await?;
        let status = answer.status();
        if !status.is_success() {
            let answer: Value = answer.json().await.unwrap_or_default();
            if answer["code"] == "order.out_of_stock" {
                return Ok(None);
            }
            bail!("order: {status} {answer}");
        }
        let payment = json!({"payment": format!("storm-{order}")});
        let claim = self.http.post(format!("{url}/claim"));
        let paid = claim.bearer_auth(&self.key).json(&payment).send().await?;
        paid.error_for_status()?;
        Ok(Some(order))
    }
}

/// The office, with the administrator signed in.
pub(super) struct Office {
    http: reqwest::Client,
    address: String,
}

impl Office {
    pub(super) async fn sign_in(address: &str, chain: &Chain) -> anyhow::Result<Self> {
        let administrator = (chain.staff.iter())
            .filter(|person| person.role == Role::Administrator)
            .find_map(|person| person.login)
            .context("the chain has an administrator")?;
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .timeout(PATIENCE)
            .build()?;
        let office = Self {
            http,
            address: address.to_owned(),
        };
        let login = json!({"email": administrator.0, "password": administrator.1});
        office.post("/v1/session", &login).await?;
        Ok(office)
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let url = format!("{}{path}", self.address);
        let answer = self.http.post(url).json(body).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// A web shop of its own that may place orders.
    pub(super) async fn channel(&self) -> anyhow::Result<Channel> {
        let name = format!("Web shop {}", new_id().simple());
        let made = self.post("/v1/channels", &json!({"name": name})).await?;
        let key = made["key"].as_str().context("a new channel has a key")?;
        Ok(Channel {
            http: reqwest::Client::builder().timeout(PATIENCE).build()?,
            address: self.address.clone(),
            key: key.to_owned(),
        })
    }

    /// What must hold, as the office says.
    pub(super) async fn invariants(&self) -> anyhow::Result<Invariants> {
        let url = format!("{}/v1/invariants", self.address);
        let answer = self.http.get(url).send().await?.error_for_status()?;
        Ok(answer.json().await?)
    }

    /// The same, with every ledger gone through now.
    pub(super) async fn check(&self) -> anyhow::Result<Invariants> {
        let found = self.post("/v1/invariants/check", &json!({})).await?;
        Ok(serde_json::from_value(found)?)
    }
}
