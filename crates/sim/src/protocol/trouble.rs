//! What happens in a step: business, machines at work, and trouble.
use retail::rights::ReservationState;

use super::{
    fault::Fault,
    mutant::Mutant,
    order::Paid,
    rng::Rng,
    world::{DAY, Known, Link, Violation, World},
};

/// Backups that are kept.
const MOST_BACKUPS: usize = 3;
/// Copies of a disk that are kept.
const MOST_COPIES: usize = 3;

impl World {
    /// One step: time passes, what is due arrives, and one thing happens unless the step is left out.
    pub(crate) fn advance(&mut self, step: u64, skipped: bool) -> Result<(), Violation> {
        self.step = step;
        self.made = 0;
        self.rng = Rng::of(self.seed, step * 2 + 1);
        self.now += match self.rng.below(100) {
            0 => self.rng.between(DAY / 24, DAY),
            1..5 => self.rng.between(60_000, DAY / 24),
            _ => self.rng.between(10, 20_000),
        };
        self.arrive()?;
        self.rng = Rng::of(self.seed, step * 2 + 2);
        if !skipped {
            self.act()?;
        }
        self.check()
    }

    fn act(&mut self) -> Result<(), Violation> {
        let place = self.rng.index(self.options.shops);
        if self.rng.chance(self.options.trouble) {
            return self.trouble(place);
        }
        match self.rng.below(100) {
            0..18 => self.shopping(place)?,
            18..22 => self.goods_in(place)?,
            22..26 => self.counting(place)?,
            26..32 => self.giving_back(place),
            32..40 => self.picking(place)?,
            40..45 => self.handing_over(place)?,
            45..53 => self.ordering(place),
            53..59 => self.paying(place),
            59..62 => self.cancelling(),
            62..64 => self.expiring(),
            64..78 => self.push(self.sites[place].device)?,
            78..88 => self.pull(self.sites[place].device),
            88..93 => self.applying(),
            93..97 => self.office(place)?,
            _ => self.old_machines(place)?,
        }
        Ok(())
    }

    fn trouble(&mut self, place: usize) -> Result<(), Violation> {
        let device = self.sites[place].device;
        self.dirty[place] = true;
        match self.rng.below(30) {
            0 | 1 => self.cut(place),
            2 | 3 => self.copy(device),
            4 => self.restore(place),
            5 => self.clone_here(place),
            6 => self.clone_elsewhere(place)?,
            7 => self.dies(place),
            8 | 9 => self.clocks(device),
            10 => self.theft(place),
            11 => self.rots(device),
            12 | 13 => self.keep_backup(),
            14 => self.cloud_goes_back(),
            15 => self.strange_command(place),
            16 => self.give_up(place)?,
            17 => self.herd(),
            18..21 => self.other_node(place)?,
            21..24 => self.boot(place, device),
            24 => {
                self.devices[device].up = false;
            }
            25 if self.rng.chance(200) => self.upgrade(device),
            _ => self.mutants(place),
        }
        Ok(())
    }

    fn ordering(&mut self, first: usize) {
        if self.silent || self.strikes(Fault::CloudCrashBefore, self.options.cloud) {
            return;
        }
        let order = self.nth(100);
        let mut lines = Vec::new();
        for variant in 0..self.options.variants {
            if self.rng.chance(600) {
                lines.push((variant, self.rng.between(1, 2)));
            }
        }
        let now = self.now;
        let held = self.cloud.place_order(now, order, &lines, first);
        if self.strikes(Fault::CloudCrashAfter, self.options.cloud) {
            // The customer asks again, and gets the first answer.
            self.cloud.place_order(now, order, &lines, first);
        }
        if let Some(held) = held.filter(|held| !held.is_empty()) {
            self.say(|| format!("an order {} holds {lines:?}", super::ids::short(order)));
            self.note(held.len() as u64);
            self.orders.insert(order, Known::Placed);
        }
        self.look();
    }

    /// The accounts of all locations may have changed.
    fn look(&mut self) {
        self.dirty.fill(true);
        let mut seen = std::mem::take(&mut self.coverage);
        self.cloud.told(&mut seen);
        self.coverage = seen;
    }

    fn paying(&mut self, first: usize) {
        let placed = self
            .orders
            .iter()
            .filter(|(_, known)| **known == Known::Placed);
        let placed: Vec<_> = placed.map(|(order, _)| *order).collect();
        let Some(order) = self.rng.pick(&placed).copied() else {
            return;
        };
        if self.silent || self.strikes(Fault::CloudCrashBefore, self.options.cloud) {
            return;
        }
        let late = self
            .cloud
            .of_order(order)
            .iter()
            .any(|id| self.cloud.reservations[id].state == ReservationState::Expired);
        if late && !self.strikes(Fault::LatePayment, 1_000) {
            return;
        }
        let paid = self.cloud.pay(self.now, order, first);
        if self.strikes(Fault::DoubleWebhook, 200) {
            self.cloud.pay(self.now, order, first);
        }
        self.say(|| format!("order {} is paid: {paid:?}", super::ids::short(order)));
        match paid {
            Paid::Kept => {
                self.orders.insert(order, Known::Paid);
            }
            Paid::Refunded => {
                self.orders.insert(order, Known::Over);
            }
            Paid::Later => {}
        }
        self.look();
    }

    fn cancelling(&mut self) {
        let open = self.orders.iter();
        let open = open.filter(|(_, known)| matches!(known, Known::Placed | Known::Paid));
        let open: Vec<_> = open.map(|(order, _)| *order).collect();
        let Some(order) = self.rng.pick(&open).copied() else {
            return;
        };
        if self.silent {
            return;
        }
        let message = self.nth(101);
        self.say(|| format!("order {} is cancelled", super::ids::short(order)));
        self.cloud.cancel(order, message);
        self.look();
    }

    fn expiring(&mut self) {
        if !self.silent {
            self.cloud.expire(self.now);
            self.look();
        }
    }

    /// The second stage of the cloud.
    pub(crate) fn applying(&mut self) {
        for _ in 0..8 {
            let nth = self.rng.index(32);
            self.cloud.apply(nth);
        }
        self.look();
    }

    /// Jobs and people at the head office.
    pub(crate) fn office(&mut self, place: usize) -> Result<(), Violation> {
        self.dirty[place] = true;
        let id = self.nth(102);
        let variant = self.rng.index(self.options.variants);
        if !self.silent {
            if self.rng.chance(500) {
                self.cloud.settle(place, variant, id);
            } else if !self.quiet && self.rng.chance(300) {
                let some = self.rng.between(1, 3);
                self.cloud.grant(place, id, &[(variant, some)], "manual");
            }
        }
        if self.sites[place].given_up {
            self.replace(place)?;
        }
        self.unfreezing(place)
    }

    /// A person opens a location again after a restore: when its own node has followed, and what customers know is
    /// entered.
    fn unfreezing(&mut self, place: usize) -> Result<(), Violation> {
        let spot = &self.cloud.spots[place];
        let early = self.is(Mutant::UnfrozenTooEarly) || self.is(Mutant::NoIncarnation);
        let own = spot.epoch == self.devices[self.sites[place].device].disk.epoch();
        if !spot.frozen || !(spot.rebased || early) || !own || self.sites[place].forked {
            return Ok(());
        }
        let lost = std::mem::take(&mut self.lost);
        self.cloud.recover_orders(place, &lost);
        self.lost = lost;
        let id = self.nth(103);
        let done = self.cloud.unfreeze(place, id);
        self.say(|| format!("shop {place} is open for promises again: {done:?}"));
        self.look();
        match done {
            Err(error) => self.broken("unfreeze", error),
            Ok(()) => Ok(()),
        }
    }

    /// Machines that were replaced or copied still do what they do.
    fn old_machines(&mut self, place: usize) -> Result<(), Violation> {
        let old = self.sites[place].old.clone();
        let Some(device) = self.rng.pick(&old).copied() else {
            return Ok(());
        };
        if self.devices[device].up {
            self.push(device)?;
            self.pull_if_own(place, device);
            return Ok(());
        }
        if !self.devices[device].destroyed && self.strikes(Fault::OldDiskFound, 1_000) {
            self.salvage(device);
        }
        Ok(())
    }

    /// A replaced node still asks; a second copy does not, so that the truth stays known.
    fn pull_if_own(&mut self, place: usize, device: usize) {
        let epoch = self.devices[self.sites[place].device].disk.epoch();
        if self.devices[device].disk.epoch() < epoch {
            self.pull(device);
        }
    }

    fn cut(&mut self, place: usize) {
        let now = self.now;
        let short = self.rng.between(60_000, DAY);
        if self.strikes(Fault::DarkBranch, 60) {
            self.sites[place].link.cut = now + 60 * DAY;
        } else if self.strikes(Fault::Partition, 400) {
            self.sites[place].link.cut = now + short;
        } else if self.strikes(Fault::HalfOpen, 500) {
            self.sites[place].link.half_open = now + short / 8;
        } else if self.strikes(Fault::CaptivePortal, 1_000) {
            self.sites[place].link.captive = now + short / 8;
        }
    }

    fn herd(&mut self) {
        if self.may(Fault::ThunderingHerd) {
            self.coverage.fired(Fault::ThunderingHerd);
            for site in &mut self.sites {
                site.link = Link::default();
            }
        }
    }

    fn copy(&mut self, device: usize) {
        let machine = &mut self.devices[device];
        if machine.snapshots.len() >= MOST_COPIES {
            machine.snapshots.remove(0);
        }
        machine.snapshots.push(machine.disk.clone());
    }

    fn dies(&mut self, place: usize) {
        let device = self.sites[place].device;
        if self.devices[device].destroyed || !self.strikes(Fault::DiskDies, 400) {
            return;
        }
        // Half of them are only away, and turn up later.
        let machine = &mut self.devices[device];
        (machine.up, machine.destroyed) = (false, self.rng.chance(500));
        self.sites[place].given_up = true;
    }

    /// Somebody gives a shop up that goes on.
    fn give_up(&mut self, place: usize) -> Result<(), Violation> {
        if self.may(Fault::OldNodeAlive) && self.rng.chance(300) {
            if self.rng.chance(500) {
                self.cloud.fence(place);
            }
            self.sites[place].given_up = true;
            if self.rng.chance(500) {
                return self.replace(place);
            }
        }
        Ok(())
    }

    fn clocks(&mut self, device: usize) {
        let years = self.rng.between(-10 * 365, 10 * 365);
        let now = self.clock(device);
        if self.strikes(Fault::ClockJump, 400) {
            self.devices[device].clock.offset = years * DAY;
        } else if self.strikes(Fault::ClockDrift, 500) {
            self.devices[device].clock.drift = years;
        } else if self.strikes(Fault::ClockFrozen, 1_000) {
            let frozen = &mut self.devices[device].clock.frozen;
            *frozen = if frozen.is_some() { None } else { Some(now) };
        }
    }

    /// A byte of a stored record changes.
    fn rots(&mut self, device: usize) {
        let disk = &self.devices[device].disk;
        let last = disk.last_seq();
        if last == 0 || !self.strikes(Fault::BitRot, 300) {
            return;
        }
        let seq = self.rng.between(1, last);
        let index = usize::try_from(seq - 1).unwrap_or(0);
        let entry = &self.devices[device].disk.log[index];
        let mut record = entry.record.clone();
        record.body.push(' ');
        let header = entry.header.clone();
        let id = header.id;
        let entry = super::node::Entry { header, record };
        self.devices[device].disk.log[index] = std::rc::Rc::new(entry);
        // It may be the only copy by now: what the customer holds cannot be proven any more.
        self.rotten.insert(id);
    }

    fn keep_backup(&mut self) {
        if self.silent || self.cloud.spots.iter().any(|spot| spot.frozen) {
            return;
        }
        if self.backups.len() >= MOST_BACKUPS {
            self.backups.remove(0);
        }
        self.backups.push(self.cloud.clone());
    }

    /// The cloud comes back from a backup; mostly somebody says so.
    fn cloud_goes_back(&mut self) {
        if self.backups.is_empty() || self.silent || self.cloud.spots.iter().any(|spot| spot.frozen)
        {
            return;
        }
        if !self.strikes(Fault::CloudRestore, 300) {
            return;
        }
        let which = self.rng.index(self.backups.len());
        self.backups.truncate(which + 1);
        let back = self.backups[which].clone();
        let future = std::mem::replace(&mut self.cloud, back);
        self.lost = future.reservations.into_iter().collect();
        self.look();
        let says_so = self.rng.chance(700);
        self.say(|| format!("the cloud goes back to backup {which}; said so: {says_so}"));
        if says_so {
            let beyond = future.incarnation;
            self.cloud.went_back(beyond);
        } else {
            self.silent = true;
        }
        if self.is(Mutant::RestoredCloudContinues) {
            self.silent = false;
        }
    }

    /// A newer cloud says something that an older node does not know.
    fn strange_command(&mut self, place: usize) {
        if self.cloud.is_heard(place) && !self.silent && self.strikes(Fault::UnknownCommand, 300) {
            let id = self.nth(104);
            self.cloud
                .send(place, id, "frobnicate", serde_json::Value::Null);
        }
    }

    /// The machine gets a newer program, which starts it again.
    pub(crate) fn upgrade(&mut self, device: usize) {
        self.devices[device].newer = true;
    }

    /// What a broken cloud does by itself.
    fn mutants(&mut self, place: usize) {
        let variant = self.rng.index(self.options.variants);
        let account = self.cloud.rights[place][variant];
        if self.is(Mutant::GrantCancelledOnTimeout) {
            let account = &mut self.cloud.rights[place][variant];
            account.available = account.available + account.granting;
            account.void_grants();
        }
        if self.is(Mutant::LeaseReclaim) {
            let mirror = &mut self.cloud.mirror[place][variant];
            let rights = std::mem::take(&mut mirror.rights);
            self.cloud.rights[place][variant].available = account.available + rights;
        }
        if self.is(Mutant::CancellationLowersClaims) {
            self.lower(place, variant);
        }
    }

    /// A node that takes a cancelled order's unit for its own.
    fn lower(&mut self, place: usize, variant: usize) {
        let disk = &mut self.devices[self.sites[place].device].disk;
        let one = retail::quantity::Quantity::new(1);
        let cancelled = disk
            .picks
            .values()
            .any(|pick| pick.variant == variant && pick.state == super::node::PickState::Cancelled);
        let account = &mut disk.accounts[variant];
        if cancelled && account.claim_bound >= one {
            account.claim_bound = account.claim_bound - one;
            account.rights = account.rights + one;
        }
    }
}
