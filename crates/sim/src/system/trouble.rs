//! Machines start, break, go back and are copied; links and clocks go wrong.
use serde_json::Value;

use super::{
    audit::{self, Entry},
    ids::TILLS,
    machine::Machine,
    template::same_disk,
    till::{Basket, Written},
    world::{Truth, World},
};
use crate::protocol::{DAY, Link, fault::Fault};

/// Copies of a disk that are kept.
const MOST_COPIES: usize = 2;
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
            26 if self.may(Fault::CrashAfterWrite) => self.machines[machine].crash().await?,
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

    /// An image of the disk is kept.
    fn copy(&mut self, machine: usize) -> anyhow::Result<()> {
        if self.machines[machine].destroyed {
            return Ok(());
        }
        let image = self.new_folder();
        self.machines[machine].image(&image)?;
        let copies = &mut self.machines[machine].copies;
        if copies.len() >= MOST_COPIES {
            copies.remove(0);
        }
        copies.push(image);
        Ok(())
    }

    /// An earlier copy of the disk is put back: by our own tool, or, where a till has seen more, as an image.
    async fn restore(&mut self, place: usize) -> anyhow::Result<()> {
        let machine = self.serves(place);
        let own = self.books(machine)?;
        if self.machines[machine].destroyed || own.cause.is_some() || own.behind {
            return Ok(());
        }
        let mut copies = Vec::new();
        for copy in &self.machines[machine].copies {
            let books = audit::books(copy)?;
            if books.epoch == own.epoch && books.cause.is_none() && !books.behind {
                copies.push((copy.clone(), books.last_seq));
            }
        }
        let Some((copy, seq)) = self.rng.pick(&copies).cloned() else {
            return Ok(());
        };
        if !self.strikes(Fault::Restore, 1_000) {
            return Ok(());
        }
        let seen = self.sites[place]
            .tills
            .iter()
            .filter_map(|till| till.seen.as_ref());
        let is_seen = seen
            .filter(|seen| seen.epoch == own.epoch)
            .all(|seen| seen.seq > seq);
        let as_image = is_seen && self.rng.chance(500);
        self.say(|| {
            format!("shop {place}: machine {machine} goes back to {seq}, as an image: {as_image}")
        });
        let truth = self.truth(machine)?;
        let image = self.new_folder().join("put-back");
        if as_image {
            copied(&copy, &image)?;
            self.machines[machine].cut_power(&image).await?;
        } else {
            self.machines[machine].stop().await;
            std::fs::create_dir_all(&image)?;
            let file = image.join("backup.db");
            edge::backup::backup(&copy, &file)?;
            edge::backup::restore(&self.machines[machine].folder, &file)?;
        }
        self.noted.remove(&machine);
        self.went_back(place, machine, truth)?;
        self.boot(place, machine).await
    }

    /// What a machine knows.
    pub(crate) fn truth(&self, machine: usize) -> anyhow::Result<Truth> {
        let folder = &self.machines[machine].folder;
        Ok(Truth {
            books: audit::books(folder)?,
            log: audit::log(folder, 0)?,
        })
    }

    /// What a machine knew is not there any more, until it comes back.
    fn went_back(&mut self, place: usize, machine: usize, truth: Truth) -> anyhow::Result<()> {
        let log = audit::log(&self.machines[machine].folder, 0)?;
        if holds(&log, &truth) {
            return Ok(());
        }
        if self.sites[place].truth.is_some() {
            self.written_over(&truth, &log);
        } else {
            self.sites[place].truth = Some(truth);
        }
        Ok(())
    }

    /// A machine that had gone back trusts itself again: what did not come back is lost.
    pub(crate) fn comes_back(&mut self, place: usize) -> anyhow::Result<()> {
        let machine = self.serves(place);
        let Some(truth) = self.sites[place].truth.clone() else {
            return Ok(());
        };
        let books = self.books(machine)?;
        if books.cause.is_some() || books.behind {
            return Ok(());
        }
        self.coverage.taken("came back");
        self.say(|| format!("shop {place}: machine {machine} trusts itself again"));
        let log = audit::log(&self.machines[machine].folder, 0)?;
        self.written_over(&truth, &log);
        self.sites[place].truth = None;
        Ok(())
    }

    /// Sales that were only on a disk whose earlier copy has taken its place.
    pub(crate) fn written_over(&mut self, truth: &Truth, log: &[Entry]) {
        for entry in &truth.log {
            let same = log.iter().any(|other| other.hash == entry.hash);
            let id = entry.header.as_ref().map(|header| header.id);
            if let (false, Some(id)) = (same, id)
                && let Some(receipt) = self.receipts.get_mut(&id)
            {
                receipt.lost = true;
            }
        }
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

    /// A copy of the disk starts where nothing tells it apart; a till talks to it from now on.
    async fn clone_here(&mut self, place: usize) -> anyhow::Result<()> {
        let machine = self.serves(place);
        let books = self.books(machine)?;
        let runs = self.machines[machine].process.is_some();
        let fit = runs && books.cause.is_none() && !books.behind;
        if !fit || self.sites[place].forked || self.sites[place].truth.is_some() {
            return Ok(());
        }
        if !self.strikes(Fault::CloneSame, 1_000) {
            return Ok(());
        }
        let new = self.copied_machine(place, machine)?;
        same_disk(&self.machines[machine].folder, &self.machines[new].folder)?;
        let site = &mut self.sites[place];
        site.forked = true;
        site.old.push(new);
        let now = self.now;
        self.machines[new].start(now).await
    }

    /// A machine that has no disk yet.
    fn copied_machine(&mut self, place: usize, of: usize) -> anyhow::Result<usize> {
        let seed = self.rng.number();
        let mut machine = Machine::new(place, self.new_folder(), seed, &self.door);
        machine.device = self.machines[of].device.clone();
        self.machines.push(machine);
        Ok(self.machines.len() - 1)
    }

    /// A copy of the disk on another machine: its key does not fit, and it sells nothing by itself.
    async fn clone_elsewhere(&mut self, place: usize) -> anyhow::Result<()> {
        let machine = self.serves(place);
        let books = self.books(machine)?;
        if self.machines[machine].destroyed
            || books.cause.is_some()
            || !self.strikes(Fault::CloneElsewhere, 1_000)
        {
            return Ok(());
        }
        let new = self.copied_machine(place, machine)?;
        let folder = self.machines[new].folder.clone();
        self.machines[machine].image(&folder)?;
        std::fs::copy(
            self.machines[machine].folder.join("node.key"),
            folder.join("node.key"),
        )?;
        let now = self.now;
        self.machines[new].start(now).await?;
        let cause = self.books(new)?.cause;
        if cause.as_deref() != Some("machine") {
            return self.broken("clone", format!("a copy on another machine is {cause:?}"));
        }
        let memory = self.sites[place].tills[0].clone();
        if let Some(shift) = self.shift(place, 0, new).await? {
            for variant in 0..super::ids::VARIANTS {
                let id = self.id();
                let basket = Basket {
                    id,
                    lines: vec![(variant, 1)],
                    boxed: false,
                };
                let body = super::till::sale(shift, &basket, &[]);
                let path = format!("/v1/sales/{id}");
                let told = self.ask(place, 0, new, ("PUT", &path), &body).await?;
                let code = told.map(|told| told.code()).unwrap_or_default();
                if code != "stock.shortage" {
                    return self
                        .broken("clone", format!("a copy on another machine sells: {code}"));
                }
            }
        }
        self.sites[place].tills[0] = memory;
        self.machines[new].stop().await;
        self.machines[new].destroyed = true;
        Ok(())
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

/// Whether a log has everything that was known.
fn holds(log: &[Entry], truth: &Truth) -> bool {
    let last = truth.log.last().map(|entry| entry.hash);
    last.is_none_or(|last| log.iter().any(|entry| entry.hash == last))
}

fn copied(from: &std::path::Path, to: &std::path::Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
