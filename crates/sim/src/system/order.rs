//! Online customers: they place orders, pay, pay late or twice, and cancel.
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    cloud::Reply,
    ids::{VARIANTS, location_id, short, variant_id},
    world::{Bought, Known, World},
};
use crate::protocol::fault::Fault;

/// Minutes that units are held for a payment.
const HOLD: i64 = 15;
/// Milliseconds of a minute.
const MINUTE: i64 = 60_000;

impl World {
    /// The web shop's server asks; it asks again when it has heard no answer. None: the cloud is not there.
    async fn web(
        &mut self,
        path: &str,
        method: &str,
        body: &Value,
    ) -> anyhow::Result<Option<Reply>> {
        if self.silent.is_some() || self.strikes(Fault::CloudCrashBefore, self.options.cloud) {
            return Ok(None);
        }
        let key = self.channel_key.clone();
        let mut reply = self.head.ask(method, path, &key, body).await?;
        if self.strikes(Fault::CloudCrashAfter, self.options.cloud) {
            self.head.end();
            self.head.open().await?;
            reply = self.head.ask(method, path, &key, body).await?;
        }
        if reply.status >= 500 {
            let text = String::from_utf8_lossy(&reply.body).into_owned();
            return self.broken("cloud", format!("{method} {path}: {text}"));
        }
        self.note_answer(reply.status, &reply.body);
        Ok(Some(reply))
    }

    /// A customer fills a cart.
    pub(crate) async fn ordering(&mut self, place: usize) -> anyhow::Result<()> {
        let mut lines = Vec::new();
        for variant in 0..VARIANTS {
            if self.rng.chance(600) {
                lines.push((variant, self.rng.between(1, 2)));
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        let at = self.rng.chance(300).then_some(place);
        let order = self.id();
        if self.placed(order, at, &lines).await? {
            let bought = Bought {
                known: Known::Placed,
                lines,
                placed_at: self.now,
            };
            self.orders.insert(order, bought);
        }
        Ok(())
    }

    /// Places an order; whether its units are promised.
    pub(crate) async fn placed(
        &mut self,
        order: Uuid,
        at: Option<usize>,
        lines: &[(usize, i64)],
    ) -> anyhow::Result<bool> {
        let cart: Vec<Value> = lines
            .iter()
            .map(|(variant, quantity)| {
                json!({ "variant_id": variant_id(*variant), "quantity": quantity })
            })
            .collect();
        let body = json!({
            "customer": "Somchai", "lines": cart, "location_id": at.map(location_id), "hold_minutes": HOLD,
        });
        let path = format!("/v1/orders/{order}");
        let Some(reply) = self.web(&path, "PUT", &body).await? else {
            return Ok(false);
        };
        let code = reply.code();
        self.say(|| {
            let state = reply.json()["state"].as_str().unwrap_or(&code).to_owned();
            format!("order {} of {lines:?}: {state}", short(order))
        });
        if reply.is_success() || code == "order.out_of_stock" {
            return Ok(reply.is_success());
        }
        self.broken("order", format!("{code} for {lines:?}"))
    }

    /// Somebody pays; sometimes after the hold has ended, sometimes the provider says so twice.
    pub(crate) async fn paying(&mut self) -> anyhow::Result<()> {
        let placed = self.orders.iter();
        let placed = placed.filter(|(_, bought)| bought.known == Known::Placed);
        let placed: Vec<Uuid> = placed.map(|(order, _)| *order).collect();
        let Some(order) = self.rng.pick(&placed).copied() else {
            return Ok(());
        };
        let held = self.now - self.orders[&order].placed_at < HOLD * MINUTE;
        if !held && !self.strikes(Fault::LatePayment, 1_000) {
            return Ok(());
        }
        self.pay(order).await
    }

    /// Tells the cloud that an order is paid.
    pub(crate) async fn pay(&mut self, order: Uuid) -> anyhow::Result<()> {
        let path = format!("/v1/orders/{order}/claim");
        let body = json!({ "payment": format!("psp-{order}") });
        let Some(reply) = self.web(&path, "POST", &body).await? else {
            return Ok(());
        };
        if self.strikes(Fault::DoubleWebhook, 200) {
            self.web(&path, "POST", &body).await?;
        }
        let code = reply.code();
        self.say(|| format!("order {} is paid: {} {code}", short(order), reply.status));
        self.coverage
            .taken(&format!("paid {} {code}", reply.status));
        let known = if reply.is_success() {
            Known::Paid
        } else {
            Known::Over
        };
        if let Some(bought) = self.orders.get_mut(&order) {
            bought.known = known;
        }
        Ok(())
    }

    pub(crate) async fn cancelling(&mut self) -> anyhow::Result<()> {
        let open = self.orders.iter();
        let open = open.filter(|(_, bought)| bought.known != Known::Over);
        let open: Vec<Uuid> = open.map(|(order, _)| *order).collect();
        let Some(order) = self.rng.pick(&open).copied() else {
            return Ok(());
        };
        let path = format!("/v1/orders/{order}/cancellation");
        let body = json!({ "reason": "changed their mind" });
        let Some(reply) = self.web(&path, "POST", &body).await? else {
            return Ok(());
        };
        let code = reply.code();
        self.coverage
            .taken(&format!("cancelled {} {code}", reply.status));
        self.say(|| {
            format!(
                "order {} is cancelled: {} {code}",
                short(order),
                reply.status
            )
        });
        if let (true, Some(bought)) = (reply.is_success(), self.orders.get_mut(&order)) {
            bought.known = Known::Over;
        }
        Ok(())
    }
}
