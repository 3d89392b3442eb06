//! Disks go back to an earlier copy, and copies of them start beside them.
use super::{
    audit::{self, Entry},
    ids::VARIANTS,
    machine::Machine,
    mutant::Mutant,
    template::same_disk,
    till::Basket,
    world::{Truth, World},
};
use crate::protocol::fault::Fault;

/// Copies of a disk that are kept.
const MOST_COPIES: usize = 2;

impl World {
    /// An image of the disk is kept.
    pub(crate) fn copy(&mut self, machine: usize) -> anyhow::Result<()> {
        if self.machines[machine].destroyed || self.machines[machine].damaged {
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
    pub(crate) async fn restore(&mut self, place: usize) -> anyhow::Result<()> {
        let machine = self.serves(place);
        let own = self.books(machine)?;
        // Our own tool makes no copy of a log that it cannot read.
        let fit = !self.machines[machine].destroyed && !self.machines[machine].doubtful;
        if !fit || own.cause.is_some() || own.behind {
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
        let unmarked = self.is(Mutant::RestoredNodeContinues);
        if unmarked {
            for till in &mut self.sites[place].tills {
                till.seen = None;
            }
        }
        if as_image || unmarked {
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
        if !unmarked {
            self.went_back(place, machine, truth)?;
        }
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

    /// A copy of the disk starts where nothing tells it apart; a till talks to it from now on.
    pub(crate) async fn clone_here(&mut self, place: usize) -> anyhow::Result<()> {
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
        let new = self.copied_machine(place, machine);
        same_disk(&self.machines[machine].folder, &self.machines[new].folder)?;
        let site = &mut self.sites[place];
        site.forked = true;
        site.old.push(new);
        let now = self.now;
        self.machines[new].start(now).await
    }

    /// A machine that has no disk yet.
    fn copied_machine(&mut self, place: usize, of: usize) -> usize {
        let seed = self.rng.number();
        let mut machine = Machine::new(place, self.new_folder(), seed, &self.door);
        machine.device = self.machines[of].device.clone();
        machine.doubtful = self.machines[of].doubtful;
        self.machines.push(machine);
        self.machines.len() - 1
    }

    /// A copy of the disk on another machine: its key does not fit, and it sells nothing by itself.
    pub(crate) async fn clone_elsewhere(&mut self, place: usize) -> anyhow::Result<()> {
        let machine = self.serves(place);
        if self.machines[machine].destroyed || self.machines[machine].damaged {
            return Ok(());
        }
        let books = self.books(machine)?;
        if books.cause.is_some() || !self.strikes(Fault::CloneElsewhere, 1_000) {
            return Ok(());
        }
        let new = self.copied_machine(place, machine);
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
            for variant in 0..VARIANTS {
                let id = self.id();
                let basket = Basket {
                    id,
                    lines: vec![(variant, 1)],
                    boxed: false,
                };
                let body = super::sale::sale(shift, &basket, &[]);
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
