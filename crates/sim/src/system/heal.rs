//! The faults end: within bounded time everything arrives, is applied and agrees.
use std::collections::BTreeSet;

use cloud::sync;
use wire::recovery::Salvage;

use super::{
    audit,
    ids::{TILLS, VARIANTS},
    office::OPERATOR,
    world::World,
};
use crate::protocol::{DAY, DeviceClock, Link, rng::Rng};

/// Rounds within which everything must have come to rest.
const ROUNDS: u64 = 60;
/// Milliseconds of a round.
const ROUND: i64 = 10 * 60_000;

impl World {
    /// Ends the faults, and lets the world come to rest.
    pub(crate) async fn heal(&mut self) -> anyhow::Result<()> {
        self.quiet = true;
        self.say(|| "the faults end".to_owned());
        // What was delayed for days arrives.
        self.arrive(self.now + 5 * DAY).await?;
        for site in &mut self.sites {
            site.link = Link::default();
            site.given_up |= site.forked;
        }
        for machine in &mut self.machines {
            machine.device = DeviceClock::default();
        }
        if self.silent.take().is_some() {
            sync::restored(self.head.cloud()?, OPERATOR).await?;
        }
        for place in 0..self.sites.len() {
            self.boot(place, self.serves(place)).await?;
        }
        for round in 0..ROUNDS {
            self.rng = Rng::of(self.options.seed, (1 << 40) + round);
            self.begin_step(self.step + 1);
            self.round().await?;
            self.check().await?;
            if self.is_at_rest().await? {
                break;
            }
        }
        if let Some(unheard) = self.unheard().await? {
            return self.broken("liveness", unheard);
        }
        self.check_rest().await
    }

    /// A disk whose shop does not start any more: somebody reads it and hands its records in.
    async fn hand_in(&mut self, machine: usize) -> anyhow::Result<()> {
        let of = &self.machines[machine];
        if of.process.is_some() || of.destroyed {
            return Ok(());
        }
        let (books, log) = (audit::books(&of.folder)?, audit::log(&of.folder, 0)?);
        let upload = Salvage {
            epoch: books.epoch,
            first_seq: 1,
            events: log.into_iter().map(|entry| entry.record).collect(),
        };
        let cloud = self.head.cloud()?.clone();
        let taken = sync::salvage(&cloud, books.node, upload).await;
        self.say(|| format!("machine {machine} is read and handed in: {taken:?}"));
        self.coverage.taken("disk handed in");
        Ok(())
    }

    /// A machine that was replaced and that has something which the cloud has not; none when there is none.
    async fn unheard(&self) -> anyhow::Result<Option<String>> {
        const HELD: &str = "select hash from inbox union all select hash from salvage";
        let held = self.head.sql()?.query(HELD, &[]).await?;
        let held: BTreeSet<Vec<u8>> = held.iter().map(|row| row.get(0)).collect();
        for number in self.sites.iter().flat_map(|site| &site.old) {
            let machine = &self.machines[*number];
            if machine.destroyed {
                continue;
            }
            let log = audit::log(&machine.folder, 0)?;
            let missing = log
                .iter()
                .find(|entry| !held.contains(entry.hash.0.as_slice()));
            if let Some(missing) = missing {
                let books = audit::books(&machine.folder)?;
                return Ok(Some(format!(
                    "event {} of machine {number} is with nobody else; {:?} {:?}",
                    missing.seq, books.cause, books.behind
                )));
            }
        }
        Ok(None)
    }

    async fn is_at_rest(&self) -> anyhow::Result<bool> {
        if self.unheard().await?.is_some() {
            return Ok(false);
        }
        for place in 0..self.sites.len() {
            let books = self.books(self.serves(place))?;
            if self.unrest(place, &books).is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn round(&mut self) -> anyhow::Result<()> {
        self.arrive(self.now + ROUND).await?;
        for place in 0..self.sites.len() {
            let machine = self.serves(place);
            if self.is_hopeless(place)? {
                self.sites[place].given_up = true;
            } else {
                self.boot(place, machine).await?;
            }
            self.drive(machine).await?;
            // Every disk that can be read is found in the end.
            for old in self.sites[place].old.clone() {
                self.boot(place, old).await?;
                self.drive(old).await?;
                self.hand_in(old).await?;
            }
            self.greeting(place).await?;
            for _ in 0..TILLS {
                let pending = self.sites[place].tills.iter();
                if pending.filter(|till| till.pending.is_some()).count() > 0 {
                    self.shopping(place).await?;
                }
            }
            self.picking(place).await?;
            self.handing_over(place).await?;
            self.office(place).await?;
        }
        // Whatever was sent has its answer, and what follows from it.
        for _ in 0..4 {
            self.arrive(self.now + 1_500).await?;
        }
        self.applying().await?;
        self.corrections().await?;
        for _ in 0..VARIANTS + 2 {
            self.jobs().await?;
        }
        Ok(())
    }
}
