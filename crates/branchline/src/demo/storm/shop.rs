//! A shop of the storm and its tills: the same calls that a browser makes.
use anyhow::{Context, bail};
use reqwest::StatusCode;
use serde_json::{Value, json};
use traffic::chain::{Chain, Location, LocationKind, Role, Staff};
use uuid::Uuid;

use super::buyer::{PATIENCE, new_id};

/// A shop of the chain, as it runs.
pub(super) struct Shop<'a> {
    chain: &'a Chain,
    location: &'a Location,
    /// Its place among the chain's locations.
    pub(super) place: usize,
    pub(super) address: String,
}

impl<'a> Shop<'a> {
    /// The two shops that take part; they are served at these addresses.
    pub(super) fn both(chain: &'a Chain, addresses: &[String]) -> anyhow::Result<[Self; 2]> {
        let served = chain.locations.iter().zip(addresses).enumerate();
        let shops: Vec<Self> = served
            .filter(|(_, (location, _))| location.kind == LocationKind::Shop)
            .map(|(place, (location, address))| Self {
                chain,
                location,
                place,
                address: address.clone(),
            })
            .take(2)
            .collect();
        shops.try_into().ok().context("the storm needs two shops")
    }

    pub(super) fn name(&self) -> &'a str {
        self.location.name
    }

    pub(super) fn location(&self) -> Uuid {
        self.location.id.as_uuid()
    }

    /// The till of that number, with a cashier and an open shift.
    pub(super) async fn till(&self, number: usize) -> anyhow::Result<Till> {
        self.signed_in(Role::Cashier, number)
            .await?
            .with_shift()
            .await
    }

    /// The first till, with the manager.
    pub(super) async fn manager(&self) -> anyhow::Result<Till> {
        self.signed_in(Role::BranchManager, 0).await
    }

    async fn signed_in(&self, role: Role, number: usize) -> anyhow::Result<Till> {
        let here = |person: &&Staff| person.location == Some(self.location.id);
        let staff = self.chain.staff.iter().filter(here);
        let mut able = staff.filter(|person| person.role == role && person.pin.is_some());
        let person = able
            .nth(number)
            .context("a shop has somebody for each till")?;
        // The visitor's own register first.
        let register = (self.location.registers.iter().rev().nth(number))
            .context("a shop has a register for each till")?;
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .timeout(PATIENCE)
            .build()?;
        let till = Till {
            http,
            address: self.address.clone(),
            register: register.id.as_uuid(),
            shift: new_id(),
        };
        let login = json!({
            "staff_id": person.id.as_uuid(), "pin": person.pin, "register_id": till.register,
        });
        let url = format!("{}/v1/session", self.address);
        let answer = till.http.post(url).json(&login).send().await?;
        answer
            .error_for_status()
            .with_context(|| format!("sign in at {}", self.name()))?;
        Ok(till)
    }
}

/// A till with somebody signed in.
pub(super) struct Till {
    http: reqwest::Client,
    address: String,
    register: Uuid,
    shift: Uuid,
}

impl Till {
    /// Opens a shift; one that is open at this register is gone on with.
    async fn with_shift(mut self) -> anyhow::Result<Self> {
        let opening = json!({"register_id": self.register, "float_minor": 10_000});
        let path = format!("/v1/shifts/{}", self.shift);
        let (status, answer) = self.put(&path, &opening).await?;
        if answer["code"] == "shift.already_open" {
            let open = answer["figures"]["shift_id"].as_str();
            self.shift = open.context("the open shift is named")?.parse()?;
        } else if !status.is_success() {
            bail!("open a shift: {status} {answer}");
        }
        Ok(self)
    }

    async fn put(&self, path: &str, body: &Value) -> anyhow::Result<(StatusCode, Value)> {
        let url = format!("{}{path}", self.address);
        let answer = self.http.put(url).json(body).send().await?;
        Ok((answer.status(), answer.json().await.unwrap_or_default()))
    }

    async fn must(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let (status, answer) = self.put(path, body).await?;
        if !status.is_success() {
            bail!("{path}: {status} {answer}");
        }
        Ok(answer)
    }

    /// Counts the shelf of one product.
    pub(super) async fn count(&self, variant: Uuid, counted: i64) -> anyhow::Result<()> {
        let lines = json!([{"variant_id": variant, "counted": counted}]);
        let body = json!({"reason": "count", "lines": lines});
        self.must(&format!("/v1/counts/{}", new_id()), &body)
            .await?;
        Ok(())
    }

    /// Gives units to the web.
    pub(super) async fn give(&self, variant: Uuid, quantity: i64) -> anyhow::Result<()> {
        let body = json!({"lines": [{"variant_id": variant, "quantity": quantity}]});
        self.must(&format!("/v1/rights-returns/{}", new_id()), &body)
            .await?;
        Ok(())
    }

    /// Sells one unit. `None` when the till may sell none.
    pub(super) async fn sell(&self, variant: Uuid) -> anyhow::Result<Option<Uuid>> {
        let sale = new_id();
        let lines = json!([{"variant_id": variant, "quantity": 1}]);
        let url = format!("{}/v1/quotes", self.address);
        let quote = self.http.post(url).json(&json!({"lines": lines}));
        let quote: Value = quote.send().await?.error_for_status()?.json().await?;
        let tender = json!({"kind": "card", "amount_minor": quote["total_minor"]});
        let body = json!({"shift_id": self.shift, "lines": lines, "tenders": [tender]});
        let (status, answer) = self.put(&format!("/v1/sales/{sale}"), &body).await?;
        if answer["code"] == "stock.shortage" {
            return Ok(None);
        }
        if !status.is_success() {
            bail!("sell: {status} {answer}");
        }
        Ok(Some(sale))
    }

    /// Picks and hands over what has come of these orders. How many.
    pub(super) async fn pick(&self, orders: &[Uuid]) -> anyhow::Result<usize> {
        let url = format!("{}/v1/picks", self.address);
        let answer = self.http.get(url).send().await?.error_for_status()?;
        let list: Value = answer.json().await?;
        let mut done = 0;
        for order in list["items"].as_array().into_iter().flatten() {
            let id: Uuid = order["order_id"].as_str().unwrap_or_default().parse()?;
            if !orders.contains(&id) {
                continue;
            }
            let lines = order["lines"].as_array().into_iter().flatten().map(|line| {
                json!({"reservation_id": line["reservation_id"], "picked": line["quantity"]})
            });
            let body = json!({"lines": lines.collect::<Vec<_>>()});
            let path = format!("/v1/picks/{id}");
            self.must(&format!("{path}/picking/{}", new_id()), &body)
                .await?;
            self.must(&format!("{path}/handover/{}", new_id()), &json!({}))
                .await?;
            done += 1;
        }
        Ok(done)
    }
}
