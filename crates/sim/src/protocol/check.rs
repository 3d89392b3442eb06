//! What must be true after every step, and what must be true when everything has come to rest.
use retail::{quantity::Quantity, rights::Ledgers};
use wire::{accept::Status, body::Body};

use super::{
    cloud::Stage,
    counter::receipt,
    node::{Cause, Disk, claims_moved},
    world::{Violation, World},
};

/// What travels of one variant at one location.
#[derive(Debug, Default, Clone, Copy)]
struct Transit {
    returning: i64,
    credited: i64,
    picked: i64,
}

impl World {
    /// The rules at the places where something has happened.
    pub(crate) fn check(&mut self) -> Result<(), Violation> {
        for place in 0..self.sites.len() {
            if std::mem::take(&mut self.dirty[place]) {
                self.check_place(place)?;
            }
        }
        Ok(())
    }

    fn check_place(&self, place: usize) -> Result<(), Violation> {
        let site = &self.sites[place];
        let disk = &self.devices[site.device].disk;
        if site.shelf.iter().any(|units| *units < 0) {
            return self.broken("shelf", format!("shop {place} has {:?}", site.shelf));
        }
        self.check_stages(place)?;
        let lost = disk.restricted.is_some_and(|cause| !cause.keeps_bound());
        let knows = !lost && site.truth.is_none() && !self.devices[site.device].destroyed;
        let spot = &self.cloud.spots[place];
        let open = spot.status == Status::Active
            && spot.epoch == disk.epoch()
            && !spot.frozen
            && !self.silent;
        for variant in 0..site.shelf.len() {
            let units = site.shelf[variant] + self.slack(place, variant);
            let account = disk.accounts[variant];
            if knows && !site.forked && account.shelf().base_units() > units {
                return self.broken(
                    "oversold",
                    format!("{place}/{variant}: {account:?} over {units} units"),
                );
            }
            if !(knows && open) || site.forked {
                continue;
            }
            let transit = transit(disk, spot.last_seq, variant);
            let ledgers = Ledgers {
                node: account,
                cloud: self.cloud.rights[place][variant],
                returning: Quantity::new(transit.returning),
                credited: Quantity::new(transit.credited),
                picked: Quantity::new(transit.picked),
                shelf: Some(Quantity::new(units)),
            };
            if let Err(error) = ledgers.check() {
                return self.broken("safety", format!("{place}/{variant}: {error}; {ledgers:?}"));
            }
            self.check_promises(place, variant)?;
        }
        Ok(())
    }

    /// The cloud's own sum of promises.
    fn check_promises(&self, place: usize, variant: usize) -> Result<(), Violation> {
        let here = self.cloud.reservations.values();
        let promised: i64 = here
            .filter(|of| of.place == place && of.variant == variant && of.state.is_promised())
            .map(|of| of.quantity)
            .sum();
        let account = self.cloud.rights[place][variant];
        if account.promised.base_units() != promised {
            let said = account.promised;
            return self.broken(
                "promises",
                format!("{place}/{variant}: {promised} are promised, the account says {said}"),
            );
        }
        Ok(())
    }

    /// Accepted = applied + waiting + quarantined + queued.
    fn check_stages(&self, place: usize) -> Result<(), Violation> {
        for ((of, epoch), events) in &self.cloud.inbox {
            if *of != place {
                continue;
            }
            let open = self
                .cloud
                .stages
                .range((place, *epoch, 0)..(place, epoch + 1, 0))
                .count();
            let applied = self
                .cloud
                .applied
                .get(&(place, *epoch))
                .copied()
                .unwrap_or(0);
            let sum = applied + i64::try_from(open).unwrap_or(0);
            if sum != i64::try_from(events.len()).unwrap_or(0) {
                let accepted = events.len();
                return self.broken(
                    "stages",
                    format!("{place}: {accepted} accepted, {sum} known"),
                );
            }
        }
        Ok(())
    }

    /// Rows and log of every machine that can be read.
    pub(crate) fn check_folds(&self) -> Result<(), Violation> {
        for (number, machine) in self.devices.iter().enumerate() {
            let rotten = machine.disk.restricted == Some(Cause::Damaged);
            let whole = machine.disk.log.iter().all(|entry| {
                let record = &entry.record;
                wire::event::hash(&record.header, &record.body) == record.hash
            });
            if machine.destroyed || rotten || !whole {
                continue;
            }
            if let Some(differs) = machine.disk.differs_from_its_log() {
                return self.broken("fold", format!("machine {number}: {differs}"));
            }
        }
        Ok(())
    }

    /// Everything has come to rest.
    pub(crate) fn check_rest(&self) -> Result<(), Violation> {
        self.check_folds()?;
        for place in 0..self.sites.len() {
            self.check_settled(place)?;
        }
        self.check_receipts()?;
        self.check_money()?;
        self.check_numbers()
    }

    fn check_settled(&self, place: usize) -> Result<(), Violation> {
        let machine = &self.devices[self.sites[place].device];
        let (disk, spot) = (&machine.disk, &self.cloud.spots[place]);
        let stream = i64::try_from(self.cloud.stream(place).len()).unwrap_or(0);
        let rest = disk.acked == disk.last_seq()
            && spot.last_seq == disk.last_seq()
            && disk.cursor.idx == stream
            && spot.status == Status::Active
            && !spot.frozen;
        if !rest {
            return self.broken(
                "liveness",
                format!(
                    "shop {place}: machine at {} of {}, acked {}, cursor {:?} of {stream}, restricted {:?}; cloud at {}.{} {:?} frozen {} rebased {}",
                    disk.last_seq(), disk.epoch(), disk.acked, disk.cursor, disk.restricted,
                    spot.epoch, spot.last_seq, spot.status, spot.frozen, spot.rebased
                ),
            );
        }
        for variant in 0..disk.accounts.len() {
            let granting = self.cloud.rights[place][variant].granting;
            let debt = disk.accounts[variant].debt;
            if granting > Quantity::ZERO || debt > Quantity::ZERO {
                return self.broken(
                    "liveness",
                    format!("{place}/{variant}: {granting} on the way, {debt} owed"),
                );
            }
            let mirror = self.cloud.mirror[place][variant];
            let node = disk.accounts[variant];
            let same = (
                mirror.rights,
                mirror.claim_bound,
                mirror.debt,
                mirror.picked,
            ) == (node.rights, node.claim_bound, node.debt, node.picked);
            if !same {
                return self.broken("mirror", format!("{place}/{variant}: {mirror:?}, {node:?}"));
            }
        }
        Ok(())
    }

    /// Each receipt in a customer's hand is at the cloud, once, with its total.
    fn check_receipts(&self) -> Result<(), Violation> {
        if let Some((key, stage)) = self.cloud.stages.iter().next() {
            let stage = match stage {
                Stage::Queued => "queued",
                Stage::Waiting => "waiting",
                Stage::Quarantined => "quarantined",
            };
            return self.broken("liveness", format!("event {key:?} is {stage}"));
        }
        for (id, receipt) in &self.receipts {
            let (place, total) = (receipt.place, receipt.total);
            let lost =
                receipt.lost || self.rotten.contains(id) || self.devices[receipt.device].destroyed;
            match self.cloud.sales.get(id) {
                Some(sale) if sale.times == 1 && sale.total == total => {}
                Some(sale) => {
                    return self.broken(
                        "receipt",
                        format!("sale {id} of shop {place} over {total} is there as {sale:?}"),
                    );
                }
                None if lost => {}
                None => {
                    return self.broken("lost", format!("sale {id} of shop {place} over {total}"));
                }
            }
        }
        Ok(())
    }

    fn check_money(&self) -> Result<(), Violation> {
        let mut totals = vec![0; self.sites.len()];
        for sale in self.cloud.sales.values() {
            totals[sale.place] += sale.total;
        }
        if totals != self.cloud.cash {
            let cash = &self.cloud.cash;
            return self.broken(
                "money",
                format!("sales come to {totals:?}, money to {cash:?}"),
            );
        }
        Ok(())
    }

    /// Receipt numbers have no hole within a register and an epoch, as far as the epoch was heard.
    fn check_numbers(&self) -> Result<(), Violation> {
        for (number, machine) in self.devices.iter().enumerate() {
            let disk = &machine.disk;
            let mut next = [1; 2];
            for entry in disk
                .log
                .iter()
                .filter(|one| one.header.kind == "sale.closed")
            {
                let register = entry.header.register.map_or(0, super::ids::number_of);
                let expected = receipt(disk.place, register, disk.epoch(), next[register]);
                // An unreadable body has used a number all the same.
                next[register] += 1;
                let body = Body::read("sale.closed", 1, &entry.record.body);
                if let Ok(Body::SaleClosed(sale)) = body
                    && sale.receipt_number != expected
                {
                    let at = sale.receipt_number;
                    return self.broken(
                        "numbers",
                        format!("machine {number} has {at}, not {expected}"),
                    );
                }
            }
        }
        Ok(())
    }
}

fn transit(disk: &Disk, accepted: i64, variant: usize) -> Transit {
    let mut transit = Transit::default();
    let from = usize::try_from(accepted).unwrap_or(0).min(disk.log.len());
    for entry in &disk.log[from..] {
        let header = &entry.header;
        let claims = claims_moved(header, variant);
        if claims == 0 || header.kind == "epoch.opened" {
            continue;
        }
        if claims > 0 {
            transit.returning += claims;
        } else if header.claims.is_empty() {
            transit.credited -= claims;
        } else {
            transit.picked -= claims;
        }
    }
    transit
}
