//! What brings a shop and the cloud back: a new epoch on a fresh disk, a cloud from a backup.
use cloud::{enrolment, node, sync};
use uuid::Uuid;

use super::{
    audit,
    ids::{VARIANTS, location_id, variant_of},
    machine::Machine,
    office::OPERATOR,
    template::{Entrance, install},
    world::{Truth, World},
};
use crate::protocol::fault::Fault;

/// Backups that are kept.
const MOST_BACKUPS: usize = 2;
/// States of a reservation in which units are promised.
const PROMISED: [&str; 3] = ["held", "claimed", "cancelling"];

impl World {
    /// A node that nothing but a new epoch helps.
    pub(crate) fn is_hopeless(&self, place: usize) -> anyhow::Result<bool> {
        let machine = self.serves(place);
        if self.machines[machine].destroyed || self.machines[machine].damaged {
            return Ok(true);
        }
        let (books, spot) = (self.books(machine)?, &self.spots[place]);
        if self.silent.is_some() {
            return Ok(false);
        }
        let over = spot.status != "active" || spot.epoch > books.epoch;
        let lost = match books.cause.as_deref() {
            None => false,
            Some("rollback") => !books.behind && (books.told || !books.restored),
            Some(_) => true,
        };
        Ok(over || lost)
    }

    /// Somebody gives a shop up that goes on.
    pub(crate) async fn give_up(&mut self, place: usize) -> anyhow::Result<()> {
        if self.silent.is_some() || !self.may(Fault::OldNodeAlive) || !self.rng.chance(300) {
            return Ok(());
        }
        if self.rng.chance(500) {
            let cloud = self.head.cloud()?.clone();
            let lost = self.spots[place].node;
            node::fence(&cloud, OPERATOR, lost, "it does not answer the telephone").await?;
            self.say(|| format!("shop {place} is fenced"));
        }
        self.sites[place].given_up = true;
        if self.rng.chance(500) {
            return self.replace(place).await;
        }
        Ok(())
    }

    /// A node whose epoch a restored cloud has forgotten names itself again, with a code from the office.
    pub(crate) async fn rejoin(&mut self, place: usize) -> anyhow::Result<()> {
        self.look().await?;
        let machine = self.serves(place);
        let books = self.books(machine)?;
        let is_known = self.spots[place].epoch >= books.epoch;
        let is_there = self.sites[place].link.cut <= self.now && self.silent.is_none();
        let Some(process) = self.machines[machine]
            .process
            .as_ref()
            .filter(|_| is_there && !is_known)
        else {
            return Ok(());
        };
        let issued = enrolment::issue(self.head.cloud()?, OPERATOR, location_id(place)).await?;
        let entrance = Entrance::open(&self.door).await?;
        let joined = edge::enrol(&process.shop, &entrance.url(), &issued.code).await;
        entrance.close();
        // With a key that the cloud knows already there is nothing to be done.
        self.say(|| {
            format!(
                "shop {place}: machine {machine} names itself again: {:?}",
                joined.is_ok()
            )
        });
        self.coverage.taken("rejoined");
        Ok(())
    }

    /// A location gets a new epoch on a fresh disk; the old one is kept as far as it can be read.
    pub(crate) async fn replace(&mut self, place: usize) -> anyhow::Result<()> {
        // Whoever replaces a node of a cloud that was restored has said so before, and has a line.
        if self.silent.is_some() || self.sites[place].link.cut > self.now {
            return Ok(());
        }
        self.look().await?;
        let old = self.serves(place);
        if self.machines[old].process.is_some() && self.may(Fault::OldNodeAlive) {
            self.fires(Fault::OldNodeAlive);
        }
        let truth = self.sites[place].truth.take();
        if let Some(truth) = &truth {
            let log = audit::log(&self.machines[old].folder, 0)?;
            self.written_over(truth, &log);
        }
        let dead = match truth {
            Some(truth) => truth,
            None => self.truth(old)?,
        };
        let spot = self.spots[place].clone();
        let taken = self.taken_unheard(place, &dead).await?;
        let cloud = self.head.cloud()?.clone();
        let code = node::replacement(&cloud, OPERATOR, spot.node).await?.code;
        let entrance = Entrance::open(&self.door).await?;
        let is_same_box =
            !self.machines[old].destroyed && !self.machines[old].damaged && self.rng.chance(300);
        let enrolled = if is_same_box {
            self.again(old, &entrance.url(), &code).await
        } else {
            self.fresh(place, old, &entrance.url(), &code).await
        };
        entrance.close();
        let (new, enrolled) = enrolled?;
        self.unbox(place).await?;
        let mut claims = [0; VARIANTS];
        for line in &enrolled.claims {
            if let Some(variant) = variant_of(line.variant) {
                claims[variant] = line.quantity;
            }
        }
        self.excuse_epoch(place, &dead, taken, &claims, spot.frozen)
            .await?;
        self.say(|| {
            format!(
                "shop {place}: epoch {} begins on machine {new}, claims {claims:?}",
                enrolled.epoch
            )
        });
        self.recorded(new)?;
        let site = &mut self.sites[place];
        if new != old {
            site.old.push(old);
        }
        (site.machine, site.forked, site.given_up) = (new, false, false);
        let process = self.machines[new].process.as_ref();
        let head = process.and_then(|process| process.shop.place());
        for till in &mut self.sites[place].tills {
            (till.seen, till.cookie) = (head, None);
        }
        self.look().await
    }

    /// The same box begins the next epoch: the old file stays beside the new one.
    async fn again(
        &mut self,
        machine: usize,
        url: &str,
        code: &str,
    ) -> anyhow::Result<(usize, wire::enrol::Enrolled)> {
        let now = self.now;
        let of = &mut self.machines[machine];
        of.stop().await;
        let enrolled = edge::enrol_folder(&of.folder, of.parts(), url, code).await?;
        of.copies.clear();
        of.start(now).await?;
        self.noted.remove(&machine);
        install(&self.machines[machine], &self.door, now).await?;
        self.coverage.taken("next epoch in the same box");
        Ok((machine, enrolled))
    }

    /// Another box begins it.
    async fn fresh(
        &mut self,
        place: usize,
        old: usize,
        url: &str,
        code: &str,
    ) -> anyhow::Result<(usize, wire::enrol::Enrolled)> {
        let (now, seed) = (self.now, self.rng.number());
        let mut machine = Machine::new(place, self.new_folder(), seed, &self.door);
        machine.start(now).await?;
        let Some(process) = &machine.process else {
            return self.broken("enrolment", "a fresh edge does not start");
        };
        let enrolled = edge::enrol(&process.shop, url, code).await?;
        install(&machine, &self.door, now).await?;
        self.machines.push(machine);
        self.coverage.taken("next epoch in another box");
        if self.rng.chance(500) {
            self.machines[old].stop().await;
        }
        Ok((self.machines.len() - 1, enrolled))
    }

    /// What the new epoch begins without knowing: debt of the dead one, and what it took unheard.
    async fn excuse_epoch(
        &mut self,
        place: usize,
        dead: &Truth,
        taken: Vec<(Uuid, usize, i64)>,
        claims: &[i64; VARIANTS],
        frozen: bool,
    ) -> anyhow::Result<()> {
        let states = self.reservations().await?;
        let is_promised = |id: &Uuid| {
            states
                .get(id)
                .is_some_and(|state| PROMISED.contains(&state.as_str()))
        };
        let site = &mut self.sites[place];
        site.owed.retain(|id, _| is_promised(id));
        for (id, variant, units) in taken {
            if is_promised(&id) {
                site.owed.insert(id, (variant, units));
            }
        }
        for (variant, claimed) in claims.iter().copied().enumerate() {
            site.excused[variant] += dead.books.accounts[variant].debt.base_units();
            if frozen || site.forked {
                let lacking = claimed - site.shelf[variant];
                site.excused[variant] = site.excused[variant].max(lacking);
            }
        }
        Ok(())
    }

    /// The states of all reservations.
    async fn reservations(&self) -> anyhow::Result<std::collections::BTreeMap<Uuid, String>> {
        let rows = self
            .head
            .sql()?
            .query("select id, state from reservation", &[])
            .await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Promised units that the dead epoch took from the shelf, that are in no box, and that the cloud has not heard of.
    async fn taken_unheard(
        &self,
        place: usize,
        dead: &Truth,
    ) -> anyhow::Result<Vec<(Uuid, usize, i64)>> {
        let held = self
            .head
            .sql()?
            .query(
                "select hash from inbox where node_id = $1 and epoch = $2",
                &[&dead.books.node, &dead.books.epoch],
            )
            .await?;
        let held: std::collections::BTreeSet<Vec<u8>> = held.iter().map(|row| row.get(0)).collect();
        let fresh = dead
            .log
            .iter()
            .filter(|entry| !held.contains(entry.hash.0.as_slice()));
        let claims = fresh
            .filter_map(|entry| entry.header.as_ref())
            .flat_map(|header| &header.claims);
        let mut taken = Vec::new();
        for claim in claims.filter(|claim| claim.quantity < 0) {
            let boxed = self.sites[place].boxes.get(&claim.key);
            let boxed = boxed.map_or(0, |(_, units)| *units);
            if let Some(pick) = dead.books.picks.get(&claim.key) {
                taken.push((claim.key, pick.variant, pick.promised - boxed));
            }
        }
        Ok(taken)
    }

    /// Boxes of orders that the cloud does not know as picked go back to the shelf.
    async fn unbox(&mut self, place: usize) -> anyhow::Result<()> {
        let states = self.reservations().await?;
        let site = &mut self.sites[place];
        let ids: Vec<Uuid> = site.boxes.keys().copied().collect();
        for id in ids {
            let is_picked = states.get(&id).is_some_and(|state| state == "picked");
            if is_picked {
                continue;
            }
            if let Some((variant, units)) = site.boxes.remove(&id) {
                site.shelf[variant] += units;
            }
        }
        Ok(())
    }

    /// A copy of the cloud's database is kept.
    pub(crate) async fn keep_backup(&mut self) -> anyhow::Result<()> {
        let is_frozen = self.spots.iter().any(|spot| spot.frozen);
        if self.silent.is_some() || is_frozen || !self.may(Fault::CloudRestore) {
            return Ok(());
        }
        if self.backups.len() >= MOST_BACKUPS {
            let oldest = self.backups.remove(0);
            self.head.cluster().remove(&oldest).await?;
        }
        let name = format!("{}_backup_{}", self.head.name(), self.step);
        self.head.back_up(&name).await?;
        self.backups.push(name);
        Ok(())
    }

    /// The cloud comes back from a backup; mostly somebody says so.
    pub(crate) async fn cloud_goes_back(&mut self) -> anyhow::Result<()> {
        let is_frozen = self.spots.iter().any(|spot| spot.frozen);
        if self.backups.is_empty()
            || self.silent.is_some()
            || is_frozen
            || !self.strikes(Fault::CloudRestore, 600)
        {
            return Ok(());
        }
        let which = self.rng.index(self.backups.len());
        for later in self.backups.split_off(which + 1) {
            self.head.cluster().remove(&later).await?;
        }
        let name = self.backups[which].clone();
        self.head.restore(&name).await?;
        let says_so = self.rng.chance(700);
        self.say(|| format!("the cloud goes back to {name}; said so: {says_so}"));
        if says_so {
            sync::restored(self.head.cloud()?, OPERATOR).await?;
        } else {
            let row = self
                .head
                .sql()?
                .query_one("select incarnation from company", &[])
                .await?;
            self.silent = Some(row.get(0));
        }
        self.look().await
    }
}
