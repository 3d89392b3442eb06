//! A sale at a till: the dialog about units without a right, who leaves with which goods, and what is sent twice.
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    cloud::Reply,
    ids::{variant_id, variant_of},
    mutant::Mutant,
    till::{Basket, Told, Written},
    world::{Receipt, World},
};
use crate::{
    protocol::fault::Fault,
    world::{MANAGER, PIN},
};

impl World {
    pub(crate) async fn checkout(
        &mut self,
        place: usize,
        till: usize,
        machine: usize,
        basket: Basket,
    ) -> anyhow::Result<()> {
        let Some(shift) = self.shift(place, till, machine).await? else {
            self.waits(place, till, basket);
            return Ok(());
        };
        let mut answers: Vec<(usize, Told)> = Vec::new();
        for _ in 0..3 {
            self.prepare_line(machine);
            let body = sale(shift, &basket, &answers);
            let path = format!("/v1/sales/{}", basket.id);
            let written = self
                .write(place, till, machine, ("PUT", &path), &body)
                .await?;
            let reply = match written {
                Written::Answered(reply) => reply,
                Written::Silent(reply) => {
                    if reply.is_success() {
                        self.excuse(place, machine, &basket, &answers, false)?;
                    }
                    self.waits(place, till, basket);
                    return Ok(());
                }
                Written::Lost if self.is(Mutant::HandOverBeforeSync) => {
                    self.trusts(place, machine, &basket);
                    return Ok(());
                }
                Written::Lost => {
                    self.waits(place, till, basket);
                    return Ok(());
                }
            };
            if reply.is_success() {
                self.excuse(place, machine, &basket, &answers, true)?;
                self.leaves(place, machine, &basket, &reply)?;
                return self
                    .repeat(place, till, machine, shift, &basket, &reply)
                    .await;
            }
            if reply.code() != "stock.shortage" {
                return self.refused(place, till, machine, basket, &reply);
            }
            let Some(more) = self.dialog(place, till, &reply) else {
                self.say(|| format!("shop {place}: a customer leaves without {:?}", basket.lines));
                return Ok(());
            };
            answers = more;
        }
        Ok(())
    }

    /// The customer waits with the goods: whether they are sold is not known.
    fn waits(&mut self, place: usize, till: usize, basket: Basket) {
        self.say(|| {
            format!(
                "shop {place}: till {till} hears nothing of {:?}",
                basket.lines
            )
        });
        self.sites[place].tills[till].pending = Some(basket);
    }

    /// The customer leaves although nobody has said that the sale is on disk.
    fn trusts(&mut self, place: usize, machine: usize, basket: &Basket) {
        let receipt = Receipt {
            place,
            total: basket.total(),
            number: String::new(),
            machine,
            lost: false,
        };
        self.receipts.insert(basket.id, receipt);
        for (variant, quantity) in &basket.lines {
            self.takes(place, *variant, *quantity, basket.boxed);
        }
    }

    /// The shop says why not, and nothing is recorded: the customer puts the goods back.
    fn refused(
        &mut self,
        place: usize,
        till: usize,
        machine: usize,
        basket: Basket,
        reply: &Reply,
    ) -> anyhow::Result<()> {
        let code = reply.code();
        self.coverage.taken(&format!("refused {code}"));
        self.say(|| format!("shop {place}: till {till} is refused: {code}"));
        let allowed = [
            "stock.override_allowance",
            "disk.full",
            "permission.denied",
            "pin.locked",
        ];
        if allowed.contains(&code.as_str()) {
            return Ok(());
        }
        if reply.status >= 500 || code == "shift.unknown" || code == "shift.closed" {
            self.waits(place, till, basket);
            return Ok(());
        }
        self.broken(
            "refused",
            format!("machine {machine}: {code} for {basket:?}"),
        )
    }

    /// What the people at the till answer; `None` when the customer leaves without it.
    fn dialog(&mut self, place: usize, till: usize, reply: &Reply) -> Option<Vec<(usize, Told)>> {
        let figures = reply.json();
        let short = figures["figures"]["shortages"]
            .as_array()
            .or_else(|| figures["shortages"].as_array())
            .cloned()
            .unwrap_or_default();
        let mut answers = Vec::new();
        for one in &short {
            let id = one["variant_id"].as_str()?.parse().ok()?;
            let variant = variant_of(id)?;
            let there = self.sites[place].shelf[variant] - self.in_hand(place, variant, Some(till));
            let proven = one["count_above"]
                .as_i64()
                .is_some_and(|above| there > above);
            let answer = if one["may_be_found"] == true {
                Told::Found
            } else if proven && self.rng.chance(900) {
                Told::Counted(there)
            } else if self.strikes(Fault::Override, 250) {
                Told::Override
            } else {
                return None;
            };
            answers.push((variant, answer));
        }
        (!answers.is_empty()).then_some(answers)
    }

    /// Sales that the protocol knowingly does not vouch for: of a second copy, and by override without a bound.
    fn excuse(
        &mut self,
        place: usize,
        machine: usize,
        basket: &Basket,
        answers: &[(usize, Told)],
        told: bool,
    ) -> anyhow::Result<()> {
        let books = self.books(machine)?;
        let unbound = !books.keeps_bound();
        let own = self.sites[place].machine == machine && !self.sites[place].forked;
        let copy = self.sites[place].machine != machine && self.sites[place].forked;
        for (variant, quantity) in &basket.lines {
            let answer = answers.iter().find(|(of, _)| of == variant);
            let counted = matches!(answer, Some((_, Told::Counted(_))));
            let overridden = matches!(answer, Some((_, Told::Override)));
            if told && counted && own {
                self.sites[place].excused[*variant] = 0;
                self.sites[place].owed.retain(|_, (of, _)| of != variant);
            }
            if copy || (unbound && overridden) {
                self.sites[place].excused[*variant] += quantity;
            }
        }
        Ok(())
    }

    /// The customer leaves with the goods and a receipt.
    fn leaves(
        &mut self,
        place: usize,
        machine: usize,
        basket: &Basket,
        reply: &Reply,
    ) -> anyhow::Result<()> {
        let json = reply.json();
        let (total, number) = (
            json["total_minor"].as_i64(),
            json["receipt_number"].as_str(),
        );
        let (Some(total), Some(number)) = (total, number) else {
            return self.broken("receipt", format!("no receipt for {basket:?}: {json}"));
        };
        if total != basket.total() {
            return self.broken("receipt", format!("{total} for {basket:?}"));
        }
        let receipt = Receipt {
            place,
            total,
            number: number.to_owned(),
            machine,
            lost: false,
        };
        let is_first = self.receipts.insert(basket.id, receipt).is_none();
        if is_first {
            for (variant, quantity) in &basket.lines {
                self.takes(place, *variant, *quantity, basket.boxed);
            }
            self.say(|| format!("shop {place}: sold {:?} on machine {machine}", basket.lines));
        }
        self.note_bytes(basket.id.as_bytes());
        Ok(())
    }

    /// Units leave the shelf, or a box.
    fn takes(&mut self, place: usize, variant: usize, quantity: i64, is_boxed: bool) {
        let site = &mut self.sites[place];
        if !is_boxed {
            site.shelf[variant] -= quantity;
            return;
        }
        let mut packed = site.boxes.values_mut().rev();
        if let Some((_, units)) = packed.find(|(of, units)| *of == variant && *units > 0) {
            *units -= quantity;
        }
    }

    /// The till sends it again, or sends something else under the same id.
    async fn repeat(
        &mut self,
        place: usize,
        till: usize,
        machine: usize,
        shift: Uuid,
        basket: &Basket,
        first: &Reply,
    ) -> anyhow::Result<()> {
        let path = format!("/v1/sales/{}", basket.id);
        if self.strikes(Fault::DoubleClick, 40) {
            let before = self.books(machine)?.last_seq;
            let body = sale(shift, basket, &[]);
            let again = self
                .ask(place, till, machine, ("PUT", &path), &body)
                .await?;
            let is_same =
                again.is_some_and(|again| again.status == 200 && again.body == first.body);
            if !is_same || self.books(machine)?.last_seq != before {
                return self.broken("repeat", "a repeated sale was not answered with the first");
            }
        }
        if self.strikes(Fault::TwoTabs, 30) {
            let mut other = basket.clone();
            other.lines[0].1 += 1;
            let body = sale(shift, &other, &[]);
            let told = self
                .ask(place, till, machine, ("PUT", &path), &body)
                .await?;
            let code = told.map(|told| told.code());
            if code.as_deref() != Some("sale.id_reused") {
                return self.broken(
                    "repeat",
                    format!("another sale under the same id: {code:?}"),
                );
            }
        }
        Ok(())
    }
}

pub(crate) fn sale(shift: Uuid, basket: &Basket, answers: &[(usize, Told)]) -> Value {
    let lines: Vec<Value> = basket
        .lines
        .iter()
        .map(|(variant, quantity)| json!({ "variant_id": variant_id(*variant), "quantity": quantity }))
        .collect();
    let shortages: Vec<Value> = answers
        .iter()
        .map(|(variant, told)| match told {
            Told::Found => json!({ "variant_id": variant_id(*variant), "answer": "found" }),
            Told::Counted(units) => {
                json!({ "variant_id": variant_id(*variant), "answer": "counted", "counted": units })
            }
            Told::Override => json!({ "variant_id": variant_id(*variant), "answer": "override" }),
        })
        .collect();
    let mut body = json!({
        "shift_id": shift,
        "lines": lines,
        "tenders": [{ "kind": "cash", "amount_minor": basket.total() }],
        "shortages": shortages,
    });
    if answers.iter().any(|(_, told)| *told == Told::Override) {
        body["override"] =
            json!({ "staff_id": MANAGER, "pin": PIN, "reason": "it is in the customer's hand" });
    }
    body
}
