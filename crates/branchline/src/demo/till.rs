//! A till of the demo: a browser's part, played over the shop's HTTP interface by one person at one register.
use std::time::Duration;

use anyhow::{Context, anyhow};
use reqwest::{Method, StatusCode};
use retail::{id::Id, location::RegisterId, shift::ShiftId, staff::StaffId};
use serde_json::{Value, json};
use traffic::chain::{Basket, Count, Opening, PRICE_REASON, Purchase, Shift};

/// An edge answers within milliseconds; a minute means that it hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser with somebody signed in.
pub(super) struct Till {
    http: reqwest::Client,
    address: String,
    register: RegisterId,
}

/// What the edge said when it refused.
#[derive(Debug, thiserror::Error)]
#[error("{method} {path}: {status} {code}: {detail}")]
pub(super) struct Refusal {
    method: Method,
    path: String,
    status: StatusCode,
    code: String,
    detail: String,
    figures: Value,
}

impl Refusal {
    /// Whether the same request may succeed later.
    pub(super) fn is_passing(&self) -> bool {
        self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS
    }

    /// The stable code of the problem.
    pub(super) fn code(&self) -> &str {
        &self.code
    }

    /// Counts of the shelf that prove enough of what the till has no right to sell; `None` when it was refused for
    /// another reason, or when no count does.
    fn counted(&self) -> Option<Value> {
        if self.code != "stock.shortage" {
            return None;
        }
        let answer = |shortage: &Value| {
            let counted = shortage["count_above"].as_i64()? + 1;
            Some(
                json!({"variant_id": shortage["variant_id"], "answer": "counted", "counted": counted}),
            )
        };
        self.figures["shortages"]
            .as_array()?
            .iter()
            .map(answer)
            .collect()
    }

    /// The shift that is open at the till already.
    pub(super) fn open_shift(&self) -> Option<ShiftId> {
        let id = self.figures["shift_id"].as_str()?;
        id.parse().ok().map(ShiftId::from_uuid)
    }
}

impl Till {
    /// Signs somebody in at a register of the shop that is served at `address`.
    pub(super) async fn sign_in(
        address: &str,
        register: RegisterId,
        staff: StaffId,
        pin: &str,
    ) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .timeout(PATIENCE)
            .build()
            .context("make an HTTP client")?;
        let till = Self {
            http,
            address: address.trim_end_matches('/').to_owned(),
            register,
        };
        let body =
            json!({"staff_id": staff.as_uuid(), "pin": pin, "register_id": register.as_uuid()});
        till.send(Method::POST, "/v1/session", &body).await?;
        Ok(till)
    }

    /// Whether the shop has its suppliers and so many containers, which it fetches last.
    pub(super) async fn knows_suppliers(&self, containers: usize) -> anyhow::Result<bool> {
        for (list, least) in [("suppliers", 1), ("containers", containers)] {
            let url = format!("{}/v1/{list}", self.address);
            let answer = self.http.get(url).send().await?.error_for_status()?;
            let page: Value = answer.json().await?;
            if page["items"].as_array().map_or(0, Vec::len) < least {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Counts shelves.
    pub(super) async fn count(&self, opening: &Opening) -> anyhow::Result<()> {
        let id: Id<Count> = opening.id;
        let lines = opening.lines.iter();
        let lines: Vec<Value> = lines
            .map(|(variant, counted)| json!({"variant_id": variant.as_uuid(), "counted": counted.base_units()}))
            .collect();
        let body = json!({"lines": lines, "reason": "opening"});
        self.send(Method::PUT, &format!("/v1/counts/{id}"), &body)
            .await
    }

    /// Opens `shift` under `id`.
    pub(super) async fn open(&self, shift: &Shift, id: ShiftId) -> anyhow::Result<()> {
        let body =
            json!({"register_id": self.register.as_uuid(), "float_minor": shift.float.minor()});
        self.send(Method::PUT, &format!("/v1/shifts/{id}"), &body)
            .await
    }

    /// Counts the drawer and closes the shift `id`, which stands for `shift`.
    pub(super) async fn close(&self, shift: &Shift, id: ShiftId) -> anyhow::Result<()> {
        let body = json!({"counted_minor": shift.counted.minor(), "reason": "as it was recorded"});
        self.send(Method::POST, &format!("/v1/shifts/{id}/close"), &body)
            .await
    }

    /// Sells a basket. History says that its goods were there: what the till has no right to sell is found, or counted
    /// where some of it may be promised online.
    pub(super) async fn sell(&self, basket: &Basket, shift: ShiftId) -> anyhow::Result<()> {
        let path = format!("/v1/sales/{}", basket.id);
        let mut body = sale(basket, shift);
        match self.send(Method::PUT, &path, &body).await {
            Err(error) => {
                let Some(counted) = error.downcast_ref().and_then(Refusal::counted) else {
                    return Err(error);
                };
                body["shortages"] = counted;
                self.send(Method::PUT, &path, &body).await
            }
            Ok(()) => Ok(()),
        }
    }

    /// Buys goods.
    pub(super) async fn buy(&self, purchase: &Purchase, shift: ShiftId) -> anyhow::Result<()> {
        let path = format!("/v1/purchases/{}", purchase.id);
        self.send(Method::PUT, &path, &bought(purchase, shift))
            .await
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<()> {
        let response = self
            .http
            .request(method.clone(), format!("{}{path}", self.address))
            .json(body)
            .send()
            .await
            .with_context(|| format!("{method} {path}"))?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let body: Value = response.json().await.unwrap_or_default();
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        let detail = if body["detail"].is_string() {
            "detail"
        } else {
            "title"
        };
        Err(anyhow!(Refusal {
            method,
            path: path.to_owned(),
            status,
            code: text("code"),
            detail: text(detail),
            figures: body["figures"].clone(),
        }))
    }
}

/// The body of a sale.
fn sale(basket: &Basket, shift: ShiftId) -> Value {
    let lines = basket.lines.iter().map(|line| {
        let mut body =
            json!({"variant_id": line.variant.as_uuid(), "quantity": line.quantity.base_units()});
        if let Some(price) = line.price {
            body["unit_price"] = json!(price.major().to_string());
            body["price_reason"] = json!(PRICE_REASON);
        }
        if let Some(reason) = line.discount_reason {
            body["discount_minor"] = json!(line.discount.minor());
            body["discount_reason"] = json!(reason);
        }
        body
    });
    let tenders = basket.tenders.iter();
    let tenders = tenders
        .map(|tender| json!({"kind": tender.kind.code(), "amount_minor": tender.amount.minor()}));
    json!({
        "shift_id": shift.as_uuid(),
        "lines": lines.collect::<Vec<_>>(),
        "tenders": tenders.collect::<Vec<_>>(),
        "expected_total_minor": basket.total.minor(),
        "shortages": found(basket),
    })
}

/// Answers that all of a basket was found.
fn found(basket: &Basket) -> Vec<Value> {
    let lines = basket.lines.iter();
    lines
        .map(|line| json!({"variant_id": line.variant.as_uuid(), "answer": "found"}))
        .collect()
}

/// The body of a purchase.
fn bought(purchase: &Purchase, shift: ShiftId) -> Value {
    let lines = purchase.lines.iter().map(|line| {
        let mut body = json!({
            "variant_id": line.variant.as_uuid(),
            "unit_cost": line.cost.major().to_string(),
            "cost_quantity": line.cost.per(),
        });
        let net = line.quantity.base_units();
        match line.containers {
            Some(of) => {
                let containers = json!({"container_id": of.id().as_uuid(), "count": of.count()});
                let gross = net + of.tare().base_units();
                body["weight"] =
                    json!({"gross": gross, "containers": containers, "source": "scale"});
            }
            None => body["quantity"] = net.into(),
        }
        body
    });
    json!({
        "shift_id": shift.as_uuid(),
        "supplier_id": purchase.supplier.as_uuid(),
        "lines": lines.collect::<Vec<_>>(),
        "payment": {"kind": purchase.payment.code(), "amount_minor": purchase.total.minor()},
    })
}
