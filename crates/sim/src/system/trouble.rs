//! Machines start, break and die; links and clocks go wrong.
use serde_json::Value;

use super::{ids::TILLS, till::Written, world::World};
use crate::protocol::{DAY, Link, fault::Fault};

/// Bytes of a shop's file, as the disk has them: what is written next has no room.
const NO_MORE: i64 = 0;

/// What becomes of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// On disk, and said so.
    Done,
    /// The process ends before it.
    Before,
    /// It was taken, and a power cut takes it back.
    Lost,
    /// On disk, and nobody is told.
    Silent,
    /// There is no room.
    Full,
}

impl World {
    fn fate(&mut self) -> Fate {
        let rate = self.options.disk / 3;
        if self.strikes(Fault::DiskFull, rate) {
            Fate::Full
        } else if self.strikes(Fault::CrashBeforeWrite, rate) {
            Fate::Before
        } else if self.strikes(Fault::LostWrite, rate) {
            Fate::Lost
        } else if self.strikes(Fault::CrashAfterWrite, rate) {
            Fate::Silent
        } else {
            Fate::Done
        }
    }

    /// People write something at a till, and the machine does or does not survive it.
    pub(crate) async fn write(
        &mut self,
        place: usize,
        till: usize,
        machine: usize,
        ask: (&str, &str),
        body: &Value,
    ) -> anyhow::Result<Written> {
        // What a till does not hear it does not remember.
        let memory = self.sites[place].tills[till].clone();
        match self.fate() {
            Fate::Done => {
                let reply = self.ask(place, till, machine, ask, body).await?;
                Ok(reply.map_or(Written::Lost, Written::Answered))
            }
            Fate::Before => {
                self.machines[machine].crash().await?;
                Ok(Written::Lost)
            }
            Fate::Lost => {
                let image = self.new_folder();
                self.machines[machine].image(&image)?;
                self.ask(place, till, machine, ask, body).await?;
                self.machines[machine].cut_power(&image).await?;
                self.sites[place].tills[till] = memory;
                self.noted.remove(&machine);
                Ok(Written::Lost)
            }
            Fate::Silent => {
                let reply = self.ask(place, till, machine, ask, body).await?;
                self.machines[machine].crash().await?;
                self.sites[place].tills[till] = memory;
                Ok(match reply {
                    Some(reply) if reply.is_success() => Written::Silent(reply),
                    _ => Written::Lost,
                })
            }
            Fate::Full => {
                self.limit(machine, Some(NO_MORE)).await?;
                let reply = self.ask(place, till, machine, ask, body).await?;
                self.limit(machine, None).await?;
                Ok(reply.map_or(Written::Lost, Written::Answered))
            }
        }
    }

    /// Lets the file of a shop grow no further, or as it likes.
    async fn limit(&self, machine: usize, more: Option<i64>) -> anyhow::Result<()> {
        if let Some(process) = &self.machines[machine].process {
            let pages = match more {
                Some(more) => Some(edge::testkit::pages(&process.shop).await? + more),
                None => None,
            };
            edge::testkit::limit_disk(&process.shop, pages).await?;
        }
        Ok(())
    }

    pub(crate) async fn trouble(&mut self, place: usize) -> anyhow::Result<()> {
        let machine = self.serves(place);
        match self.rng.below(30) {
            0 | 1 => self.cut(place),
            2 | 3 => self.copy(machine)?,
            4 => self.restore(place).await?,
            5 => self.clone_here(place).await?,
            6 => self.clone_elsewhere(place).await?,
            7 => self.dies(place).await,
            8 | 9 => self.clocks(machine),
            10 | 11 => self.theft(place),
            12 | 13 => self.keep_backup().await?,
            14 | 15 => self.cloud_goes_back().await?,
            16 => self.give_up(place).await?,
            17 => self.herd(),
            18..21 => self.other_node(place).await?,
            21..26 => self.boot(place, machine).await?,
            26 => self.rots(place).await?,
            27 | 28 => self.strange_record(place).await?,
            29 if self.may(Fault::CrashAfterWrite) => self.machines[machine].crash().await?,
            _ => {}
        }
        Ok(())
    }

    /// Starts a machine, unless it runs; its tills are connected again at once.
    pub(crate) async fn boot(&mut self, place: usize, machine: usize) -> anyhow::Result<()> {
        if self.machines[machine].process.is_some() {
            return Ok(());
        }
        let now = self.now;
        self.machines[machine].start(now).await?;
        if self.serves(place) == machine && self.machines[machine].process.is_some() {
            for till in 0..TILLS {
                let session = ("GET", "/v1/session");
                self.ask(place, till, machine, session, &Value::Null)
                    .await?;
            }
        }
        Ok(())
    }

    fn cut(&mut self, place: usize) {
        let now = self.now;
        let short = self.rng.between(60_000, DAY);
        let link = &mut self.sites[place].link;
        let was = *link;
        if self.strikes(Fault::DarkBranch, 60) {
            self.sites[place].link.cut = now + 60 * DAY;
        } else if self.strikes(Fault::Partition, 400) {
            self.sites[place].link.cut = now + short;
        } else if self.strikes(Fault::HalfOpen, 500) {
            self.sites[place].link.half_open = now + short / 8;
        } else if self.strikes(Fault::CaptivePortal, 1_000) {
            self.sites[place].link.captive = now + short / 8;
        } else {
            self.sites[place].link = was;
        }
    }

    fn herd(&mut self) {
        if self.may(Fault::ThunderingHerd) {
            self.fires(Fault::ThunderingHerd);
            for site in &mut self.sites {
                site.link = Link::default();
            }
        }
    }

    fn clocks(&mut self, machine: usize) {
        let years = self.rng.between(-10 * 365, 10 * 365);
        let now = self.now;
        let shown = self.machines[machine].device.at(now);
        if self.strikes(Fault::ClockJump, 400) {
            self.machines[machine].device.offset = years * DAY;
        } else if self.strikes(Fault::ClockDrift, 500) {
            self.machines[machine].device.drift = years;
        } else if self.strikes(Fault::ClockFrozen, 1_000) {
            let frozen = &mut self.machines[machine].device.frozen;
            *frozen = if frozen.is_some() { None } else { Some(shown) };
        }
        self.machines[machine].tick(now);
    }

    async fn dies(&mut self, place: usize) {
        let machine = self.serves(place);
        if self.machines[machine].destroyed || !self.strikes(Fault::DiskDies, 400) {
            return;
        }
        // Half of them are only away, and turn up later.
        self.machines[machine].stop().await;
        self.machines[machine].destroyed = self.rng.chance(500);
        self.sites[place].given_up = true;
    }

    /// Somebody sells at a copy of the node, or asks the one that was replaced.
    async fn other_node(&mut self, place: usize) -> anyhow::Result<()> {
        let old = self.sites[place].old.clone();
        let Some(machine) = self.rng.pick(&old).copied() else {
            return Ok(());
        };
        if self.machines[machine].process.is_none() {
            return Ok(());
        }
        let is_copy = self.books(machine)?.epoch == self.books(self.serves(place))?.epoch;
        let till = self.rng.index(TILLS);
        if !is_copy {
            return self.stale_till(place, till, machine).await;
        }
        let memory = self.sites[place].tills[till].clone();
        if memory.pending.is_none()
            && let Some(basket) = self.basket(place)?
        {
            self.sites[place].tills[till].seen = None;
            self.checkout(place, till, machine, basket).await?;
        }
        self.sites[place].tills[till] = memory;
        Ok(())
    }

    /// A till that knows of the replacement talks to the old node, which learns from it that its epoch is over.
    async fn stale_till(
        &mut self,
        place: usize,
        till: usize,
        machine: usize,
    ) -> anyhow::Result<()> {
        if !self.may(Fault::StaleTill) {
            return Ok(());
        }
        self.fires(Fault::StaleTill);
        let memory = self.sites[place].tills[till].clone();
        let heard = self
            .ask(place, till, machine, ("GET", "/v1/session"), &Value::Null)
            .await?;
        self.sites[place].tills[till] = memory;
        let books = self.books(machine)?;
        if heard.is_some_and(|heard| heard.is_success()) && books.cause.is_none() {
            return self.broken(
                "stale",
                format!("machine {machine} goes on in epoch {}", books.epoch),
            );
        }
        Ok(())
    }

    /// Machines that were replaced or copied still do what they do.
    pub(crate) async fn old_machines(&mut self, place: usize) -> anyhow::Result<()> {
        let old = self.sites[place].old.clone();
        let Some(machine) = self.rng.pick(&old).copied() else {
            return Ok(());
        };
        let is_off = self.machines[machine].process.is_none() && !self.machines[machine].destroyed;
        if is_off && self.strikes(Fault::OldDiskFound, 1_000) {
            let now = self.now;
            self.machines[machine].start(now).await?;
        }
        self.drive(machine).await
    }
}
