//! A customer at a till: what the cashier sends, what the shop answers, and who leaves with which goods.
use axum::body::Body;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::recovery::{HEAD_HEADER, SEEN_HEADER};

use super::{
    cloud::Reply,
    ids::{PRICES, TILLS, VARIANTS, register_id},
    world::World,
};
use crate::world::{MANAGER, PIN};

/// Goods in a customer's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Basket {
    pub id: Uuid,
    pub lines: Vec<(usize, i64)>,
    /// Taken from a labelled box.
    pub boxed: bool,
}

impl Basket {
    pub(crate) fn total(&self) -> i64 {
        let lines = self.lines.iter();
        lines
            .map(|(variant, quantity)| PRICES[*variant] * quantity)
            .sum()
    }
}

/// What the people at a till say of units that it has no right to sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Found,
    Counted(i64),
    Override,
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written {
    /// It has an answer.
    Answered(Reply),
    /// Nobody has heard an answer, and it is on disk.
    Silent(Reply),
    /// Nobody has heard an answer, and it is not on disk.
    Lost,
}

impl World {
    /// A till asks its machine; it is signed in again where it has to be. None: nobody answers.
    pub(crate) async fn ask(
        &mut self,
        place: usize,
        till: usize,
        machine: usize,
        (method, path): (&str, &str),
        body: &Value,
    ) -> anyhow::Result<Option<Reply>> {
        for _ in 0..2 {
            let reply = self
                .ask_once(place, till, machine, (method, path), body)
                .await?;
            let Some(reply) = reply else {
                return Ok(None);
            };
            if reply.code() != "session.missing" {
                return Ok(Some(reply));
            }
            let login = json!({
                "staff_id": MANAGER, "pin": PIN, "register_id": register_id(place, till),
            });
            let welcome = self
                .ask_once(place, till, machine, ("POST", "/v1/session"), &login)
                .await?;
            let Some(welcome) = welcome.filter(Reply::is_success) else {
                return Ok(None);
            };
            let cookie = welcome.headers.get("set-cookie");
            let cookie = cookie.and_then(|cookie| cookie.to_str().ok()?.split(';').next());
            self.sites[place].tills[till].cookie = cookie.map(str::to_owned);
        }
        Ok(None)
    }

    async fn ask_once(
        &mut self,
        place: usize,
        till: usize,
        machine: usize,
        (method, path): (&str, &str),
        body: &Value,
    ) -> anyhow::Result<Option<Reply>> {
        let mut builder = axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json");
        let memory = &self.sites[place].tills[till];
        if let Some(cookie) = &memory.cookie {
            builder = builder.header("cookie", cookie);
        }
        if let Some(seen) = &memory.seen {
            builder = builder.header(SEEN_HEADER, seen.to_string());
        }
        let body = if method == "GET" {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        let reply = self.machines[machine].ask(builder.body(body)?).await?;
        self.recorded(machine)?;
        if let Some(reply) = &reply {
            self.remember(place, till, machine, reply)?;
            if reply.status == 500 {
                return self.broken(
                    "edge",
                    format!("{method} {path}: {}", String::from_utf8_lossy(&reply.body)),
                );
            }
        }
        Ok(reply)
    }

    /// A till keeps the highest place in the log that it was told of by a node that trusts itself.
    fn remember(
        &mut self,
        place: usize,
        till: usize,
        machine: usize,
        reply: &Reply,
    ) -> anyhow::Result<()> {
        let head = reply.headers.get(HEAD_HEADER);
        let head = head.and_then(|head| head.to_str().ok()?.parse::<wire::recovery::Head>().ok());
        let Some(head) = head else {
            return Ok(());
        };
        let memory = &self.sites[place].tills[till].seen;
        let is_higher = memory
            .as_ref()
            .is_none_or(|seen| (seen.epoch, seen.seq) < (head.epoch, head.seq));
        if is_higher && self.books(machine)?.cause.is_none() {
            self.sites[place].tills[till].seen = Some(head);
        }
        Ok(())
    }

    /// The shift of a till's register, opened when there is none; none when the till cannot work.
    pub(crate) async fn shift(
        &mut self,
        place: usize,
        till: usize,
        machine: usize,
    ) -> anyhow::Result<Option<Uuid>> {
        let session = ("GET", "/v1/session");
        let Some(reply) = self
            .ask(place, till, machine, session, &Value::Null)
            .await?
        else {
            return Ok(None);
        };
        if let Some(shift) = reply.json()["shift"]["id"].as_str() {
            return Ok(shift.parse().ok());
        }
        let shift = self.id();
        let path = format!("/v1/shifts/{shift}");
        let body = json!({ "register_id": register_id(place, till), "float_minor": 10_000 });
        for _ in 0..2 {
            let opened = self
                .ask(place, till, machine, ("PUT", &path), &body)
                .await?;
            let Some(opened) = opened else {
                return Ok(None);
            };
            if opened.is_success() {
                return Ok(Some(shift));
            }
            if opened.code() != "clock.confirm_date" {
                return Ok(None);
            }
            let confirm = ("POST", "/v1/edge/clock-confirmation");
            self.ask(place, till, machine, confirm, &json!({})).await?;
        }
        Ok(None)
    }

    /// The pages of a shop's tills are open: each asks how its node is, and tells what it has seen.
    pub(crate) async fn greeting(&mut self, place: usize) -> anyhow::Result<()> {
        let machine = self.serves(place);
        for till in 0..TILLS {
            if self.machines[machine].process.is_some() && self.is_fit(place, till, machine)? {
                let about = ("GET", "/v1/edge");
                self.ask_once(place, till, machine, about, &Value::Null)
                    .await?;
            }
        }
        Ok(())
    }

    /// A customer comes to a till, or the one who waits there tries again.
    pub(crate) async fn shopping(&mut self, place: usize) -> anyhow::Result<()> {
        let till = self.rng.index(TILLS);
        let machine = self.serves(place);
        if self.machines[machine].process.is_none() || !self.is_fit(place, till, machine)? {
            return Ok(());
        }
        let basket = match self.sites[place].tills[till].pending.take() {
            Some(waiting) => waiting,
            None => match self.basket(place)? {
                Some(basket) => basket,
                None => return Ok(()),
            },
        };
        self.checkout(place, till, machine, basket).await
    }

    /// A till does not work with a node that is older than what it has seen.
    pub(crate) fn is_fit(&self, place: usize, till: usize, machine: usize) -> anyhow::Result<bool> {
        let Some(seen) = &self.sites[place].tills[till].seen else {
            return Ok(true);
        };
        Ok(self.books(machine)?.epoch >= seen.epoch)
    }

    /// Goods that are really there.
    pub(crate) fn basket(&mut self, place: usize) -> anyhow::Result<Option<Basket>> {
        let mut lines = Vec::new();
        for variant in 0..VARIANTS {
            let there = self.sites[place].shelf[variant] - self.in_hand(place, variant, None);
            if there > 0 && self.rng.chance(600) {
                lines.push((variant, self.rng.between(1, there.min(3))));
            }
        }
        if lines.is_empty() {
            return self.boxed(place);
        }
        let id = self.id();
        Ok(Some(Basket {
            id,
            lines,
            boxed: false,
        }))
    }

    /// A unit from a labelled box: somebody brings it to the till all the same.
    fn boxed(&mut self, place: usize) -> anyhow::Result<Option<Basket>> {
        let books = self.books(self.serves(place))?;
        let site = &self.sites[place];
        let packed = site.boxes.iter().rev().find(|(id, (variant, units))| {
            let pick = books.picks.get(id);
            let is_picked = pick.is_some_and(|pick| pick.state == "picked");
            let account = books.accounts[*variant];
            // Only where the till takes it for a found one; a label tells, wherever somebody looks at it.
            let may_be_found = account
                .shortage(retail::quantity::Quantity::new(1))
                .is_some_and(retail::rights::Shortage::may_be_found);
            *units > 0 && is_picked && may_be_found && site.shelf[*variant] == 0
        });
        let Some((_, (variant, _))) = packed else {
            return Ok(None);
        };
        let lines = vec![(*variant, 1)];
        let id = self.id();
        Ok(Some(Basket {
            id,
            lines,
            boxed: true,
        }))
    }
}
