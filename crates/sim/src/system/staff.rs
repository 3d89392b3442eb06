//! The people of a shop away from the tills: they take goods in, count, pick, hand over, and make mistakes.
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    audit::Books,
    ids::{PRICES, TILLS, VARIANTS, variant_id},
    till::Written,
    world::World,
};
use crate::{protocol::fault::Fault, world::SUPPLIER};

impl World {
    /// Counts the shelves for the first time and gives some of the goods to the online channel.
    pub(crate) async fn opening(&mut self, place: usize) -> anyhow::Result<()> {
        let machine = self.serves(place);
        let (count, back) = (self.id(), self.id());
        let stock = self.options.stock;
        let lines: Vec<Value> = (0..VARIANTS)
            .map(|variant| json!({ "variant_id": variant_id(variant), "counted": stock }))
            .collect();
        let path = format!("/v1/counts/{count}");
        let body = json!({ "lines": lines, "reason": "opening" });
        let counted = self.ask(place, 0, machine, ("PUT", &path), &body).await?;
        let lines: Vec<Value> = (0..VARIANTS)
            .map(
                |variant| json!({ "variant_id": variant_id(variant), "quantity": (stock + 1) / 2 }),
            )
            .collect();
        let path = format!("/v1/rights-returns/{back}");
        let given = self
            .ask(
                place,
                0,
                machine,
                ("PUT", &path),
                &json!({ "lines": lines }),
            )
            .await?;
        for reply in [counted, given] {
            if !reply.as_ref().is_some_and(super::cloud::Reply::is_success) {
                return self.broken("opening", format!("{reply:?}"));
            }
        }
        Ok(())
    }

    /// The machine in service, when it runs and its till may work with it.
    pub(crate) fn serving(&self, place: usize) -> anyhow::Result<Option<usize>> {
        let machine = self.serves(place);
        let runs = self.machines[machine].process.is_some();
        Ok((runs && self.is_fit(place, 0, machine)?).then_some(machine))
    }

    /// Goods come in; sometimes somebody types a zero too many.
    pub(crate) async fn goods_in(&mut self, place: usize) -> anyhow::Result<()> {
        let (variant, came) = (self.rng.index(VARIANTS), self.rng.between(1, 5));
        let till = self.rng.index(TILLS);
        let Some(machine) = self.serving(place)? else {
            return Ok(());
        };
        let Some(shift) = self.shift(place, till, machine).await? else {
            return Ok(());
        };
        self.sites[place].shelf[variant] += came;
        let mistyped = self.strikes(Fault::ReceiptTypo, self.options.trouble / 6);
        let typed = if mistyped { came * 10 } else { came };
        let id = self.id();
        let total = PRICES[variant] / 2 * typed;
        let body = json!({
            "shift_id": shift,
            "supplier_id": SUPPLIER,
            "lines": [{
                "variant_id": variant_id(variant), "quantity": typed,
                "unit_cost": format!("{}.{:02}", PRICES[variant] / 200, PRICES[variant] / 2 % 100), "cost_quantity": 1,
            }],
            "payment": { "kind": "account", "amount_minor": total },
        });
        let path = format!("/v1/purchases/{id}");
        let written = self
            .write(place, till, machine, ("PUT", &path), &body)
            .await?;
        if self.done(place, &path, &written)? {
            self.sites[place].excused[variant] += typed - came;
            self.say(|| {
                format!("shop {place}: {came} of variant {variant} come in, typed {typed}")
            });
        }
        Ok(())
    }

    /// Whether a write is on disk; what is refused without a reason to is broken.
    pub(crate) fn done(
        &mut self,
        place: usize,
        path: &str,
        written: &Written,
    ) -> anyhow::Result<bool> {
        let reply = match written {
            Written::Lost => return Ok(false),
            Written::Answered(reply) | Written::Silent(reply) => reply,
        };
        if reply.is_success() {
            return Ok(true);
        }
        let code = reply.code();
        self.coverage.taken(&format!("refused {code}"));
        self.say(|| format!("shop {place}: {path} is refused: {code}"));
        // With a clock that is far ahead, or after weeks without the cloud, permissions are not believed any more.
        let allowed = [
            "rights.restricted",
            "pick.restricted",
            "rights.not_exportable",
            "permission.denied",
        ];
        if reply.status >= 500 || allowed.contains(&code.as_str()) {
            return Ok(false);
        }
        self.broken("refused", format!("shop {place}: {path}: {code}"))
    }

    /// Somebody counts a shelf.
    pub(crate) async fn counting(&mut self, place: usize) -> anyhow::Result<()> {
        let variant = self.rng.index(VARIANTS);
        self.count(place, variant).await
    }

    pub(crate) async fn count(&mut self, place: usize, variant: usize) -> anyhow::Result<()> {
        let till = self.rng.index(TILLS);
        let Some(machine) = self.serving(place)? else {
            return Ok(());
        };
        let there = self.sites[place].shelf[variant] - self.in_hand(place, variant, None);
        let wrong = self.strikes(Fault::Miscount, self.options.trouble / 6);
        let counted = if wrong {
            (there + self.rng.between(-2, 2)).max(0)
        } else {
            there
        };
        let id = self.id();
        let path = format!("/v1/counts/{id}");
        let body = json!({
            "lines": [{ "variant_id": variant_id(variant), "counted": counted }], "reason": "count",
        });
        let written = self
            .write(place, till, machine, ("PUT", &path), &body)
            .await?;
        if self.done(place, &path, &written)? {
            let told = matches!(written, Written::Answered(_));
            self.counted(place, variant, counted - there, told)?;
            self.say(|| format!("shop {place}: counts {counted} of variant {variant}"));
        }
        Ok(())
    }

    /// What a count settles: one that nobody has heard of may be lost again; one of a doubtful node settles nothing.
    pub(crate) fn counted(
        &mut self,
        place: usize,
        variant: usize,
        over: i64,
        told: bool,
    ) -> anyhow::Result<()> {
        let trusted = self.books(self.serves(place))?.keeps_bound();
        let wrong = over.max(0);
        let settles = told && trusted && !self.sites[place].forked;
        let excused = &mut self.sites[place].excused[variant];
        *excused = if settles { wrong } else { wrong.max(*excused) };
        if settles {
            self.sites[place].owed.retain(|_, (of, _)| *of != variant);
        }
        Ok(())
    }

    /// Rights go back to the cloud, for online customers.
    pub(crate) async fn giving_back(&mut self, place: usize) -> anyhow::Result<()> {
        let variant = self.rng.index(VARIANTS);
        let Some(machine) = self.serving(place)? else {
            return Ok(());
        };
        let exportable = self.books(machine)?.accounts[variant]
            .exportable
            .base_units();
        if exportable == 0 {
            return Ok(());
        }
        let quantity = self.rng.between(1, exportable);
        let id = self.id();
        let path = format!("/v1/rights-returns/{id}");
        let body =
            json!({ "lines": [{ "variant_id": variant_id(variant), "quantity": quantity }] });
        let written = self.write(place, 0, machine, ("PUT", &path), &body).await?;
        self.done(place, &path, &written).map(drop)
    }

    /// A unit leaves with nobody looking.
    pub(crate) fn theft(&mut self, place: usize) {
        let variant = self.rng.index(VARIANTS);
        let there = self.sites[place].shelf[variant] - self.in_hand(place, variant, None);
        if there > 0 && self.strikes(Fault::Theft, 1_000) {
            self.sites[place].shelf[variant] -= 1;
            self.sites[place].excused[variant] += 1;
        }
    }

    /// Somebody picks an order.
    pub(crate) async fn picking(&mut self, place: usize) -> anyhow::Result<()> {
        let Some(machine) = self.serving(place)? else {
            return Ok(());
        };
        let books = self.books(machine)?;
        if !books.keeps_bound() {
            return Ok(());
        }
        let open = books.picks.values().filter(|pick| pick.state == "open");
        let orders: Vec<Uuid> = open.map(|pick| pick.order).collect();
        let Some(order) = self.rng.pick(&orders).copied() else {
            return Ok(());
        };
        self.pick(place, machine, order, &books).await
    }

    async fn pick(
        &mut self,
        place: usize,
        machine: usize,
        order: Uuid,
        books: &Books,
    ) -> anyhow::Result<()> {
        let mut found = Vec::new();
        let mut left = self.sites[place].shelf;
        for (variant, units) in left.iter_mut().enumerate() {
            *units = (*units - self.in_hand(place, variant, None)).max(0);
        }
        let open = books.picks.iter();
        let open = open.filter(|(_, pick)| pick.order == order && pick.state == "open");
        for (id, pick) in open {
            let mut units = pick.promised.min(left[pick.variant]);
            if units > 0 && self.strikes(Fault::ShortPick, self.options.trouble / 8) {
                units -= 1;
            }
            self.short(
                place,
                pick.variant,
                pick.promised,
                left[pick.variant],
                books,
            )?;
            left[pick.variant] -= units;
            found.push((*id, pick.variant, units));
        }
        let id = self.id();
        let lines: Vec<Value> = found
            .iter()
            .map(|(id, _, units)| json!({ "reservation_id": id, "picked": units }))
            .collect();
        let path = format!("/v1/picks/{order}/picking/{id}");
        let body = json!({ "lines": lines });
        let written = self.write(place, 0, machine, ("PUT", &path), &body).await?;
        if let Written::Answered(reply) = &written
            && reply.code() == "pick.count_first"
        {
            for (_, variant, _) in found {
                self.count(place, variant).await?;
            }
            return Ok(());
        }
        if self.done(place, &path, &written)? {
            self.say(|| {
                format!(
                    "shop {place}: order {} is picked: {found:?}",
                    super::ids::short(order)
                )
            });
            for (id, variant, units) in found {
                self.sites[place].shelf[variant] -= units;
                self.sites[place].boxes.insert(id, (variant, units));
            }
        }
        Ok(())
    }

    /// A promise without a unit, where nobody has made the book wrong: what must never be.
    fn short(
        &self,
        place: usize,
        variant: usize,
        promised: i64,
        there: i64,
        books: &Books,
    ) -> anyhow::Result<()> {
        let debt = books.accounts[variant].debt.base_units();
        let is_known =
            debt > 0 || self.slack(place, variant, books) > 0 || self.sites[place].forked;
        // What customers at the tills hold may be promised: they are asked before they may have it.
        let there = there + self.in_hand(place, variant, None);
        if there < promised && !is_known {
            return self.broken(
                "oversold",
                format!("{place}/{variant}: {promised} promised, {there} on the shelf"),
            );
        }
        Ok(())
    }

    /// The customer of a picked order comes.
    pub(crate) async fn handing_over(&mut self, place: usize) -> anyhow::Result<()> {
        let Some(machine) = self.serving(place)? else {
            return Ok(());
        };
        let books = self.books(machine)?;
        if !books.keeps_bound() {
            return Ok(());
        }
        let ready = |order: Uuid| -> Vec<(Uuid, i64)> {
            let picks = books.picks.iter();
            let picks = picks.filter(|(_, pick)| pick.order == order && pick.state == "picked");
            picks.map(|(id, pick)| (*id, pick.picked)).collect()
        };
        let is_open = |order: Uuid| {
            let mut picks = books.picks.values();
            picks.any(|pick| pick.order == order && pick.state == "open")
        };
        let orders: Vec<Uuid> = books
            .picks
            .values()
            .filter(|pick| pick.state == "picked" && pick.picked > 0 && !is_open(pick.order))
            .map(|pick| pick.order)
            .collect();
        let Some(order) = self.rng.pick(&orders).copied() else {
            return Ok(());
        };
        let ready = ready(order);
        // A box that was unpacked before the disk went back is not there to be handed out.
        if !ready
            .iter()
            .all(|(id, _)| self.sites[place].boxes.contains_key(id))
        {
            return Ok(());
        }
        let id = self.id();
        let path = format!("/v1/picks/{order}/handover/{id}");
        let written = self
            .write(place, 0, machine, ("PUT", &path), &json!({}))
            .await?;
        if !self.done(place, &path, &written)? {
            return Ok(());
        }
        for (id, picked) in ready {
            let boxed = self.sites[place].boxes.remove(&id);
            if boxed.is_none_or(|(_, units)| units < picked) {
                return self.broken(
                    "oversold",
                    format!("shop {place}: the box of {id} has {boxed:?}, {picked} were picked"),
                );
            }
        }
        self.say(|| {
            format!(
                "shop {place}: order {} is handed over",
                super::ids::short(order)
            )
        });
        Ok(())
    }

    /// Boxes of orders that were called off, or of which the books know nothing, go back to the shelf.
    pub(crate) fn unpack(&mut self, place: usize, books: &Books) {
        if self.sites[place].truth.is_some() || !books.keeps_bound() {
            return;
        }
        let site = &mut self.sites[place];
        let called_off: Vec<Uuid> = site
            .boxes
            .keys()
            .filter(|id| {
                let pick = books.picks.get(id);
                pick.is_some_and(|pick| ["cancelled", "open"].contains(&pick.state.as_str()))
            })
            .copied()
            .collect();
        for id in called_off {
            if let Some((variant, units)) = site.boxes.remove(&id) {
                site.shelf[variant] += units;
            }
        }
    }
}
