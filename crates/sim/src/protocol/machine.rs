//! Machines start, break, go back, are copied and are replaced.
use retail::rights::{ReservationState, Shortage};
use uuid::Uuid;
use wire::{batch::Opened, event::Hash, push::Push};

use super::{
    fault::Fault,
    mutant::Mutant,
    node::{Cause, Disk, PickState},
    recovery::lines,
    rng::mix,
    world::{Device, Violation, World},
};

impl World {
    /// Starts a machine: what is on its disk, whose machine it is, and what the tills have seen of it.
    pub(crate) fn boot(&mut self, place: usize, device: usize) {
        let machine = &mut self.devices[device];
        if machine.destroyed {
            return;
        }
        (machine.up, machine.read_only, machine.sent) = (true, false, None);
        machine.greeted = false;
        machine.push = Push::new(machine.disk.acked);
        if machine.disk.machine != machine.machine {
            self.restrict(device, Cause::Machine);
            return;
        }
        if !is_whole(&self.devices[device].disk) && !self.is(Mutant::RotNotSeen) {
            self.restrict(device, Cause::Damaged);
            self.sites[place].given_up |= self.sites[place].device == device;
            return;
        }
        if self.sites[place].device == device {
            for till in 0..2 {
                self.meet(place, till, device);
            }
        }
    }

    /// An earlier copy of the disk is put back.
    pub(crate) fn restore(&mut self, place: usize) {
        let device = self.sites[place].device;
        let machine = &self.devices[device];
        let same = |copy: &&Disk| copy.epoch() == machine.disk.epoch() && copy.restricted.is_none();
        let copies: Vec<Disk> = machine.snapshots.iter().filter(same).cloned().collect();
        let Some(copy) = self.rng.pick(&copies).cloned() else {
            return;
        };
        if machine.destroyed || !self.strikes(Fault::Restore, 1_000) {
            return;
        }
        self.dirty[place] = true;
        self.say(|| {
            format!(
                "shop {place}: machine {device} goes back to {}",
                copy.last_seq()
            )
        });
        let machine = &mut self.devices[device];
        let was = std::mem::replace(&mut machine.disk, copy);
        machine.salvaged = (0, 0);
        let kept = machine.disk.hash_at(was.last_seq()) == Some(was.head().hash);
        if !kept && !self.is(Mutant::RestoredNodeContinues) {
            if self.sites[place].truth.is_some() {
                self.written_over(&was, device);
            } else {
                self.sites[place].truth = Some(was);
            }
        }
        self.boot(place, device);
        // Our own tool marks the copy; an image of the disk is noticed by the tills that have seen more.
        let own = self.devices[device].disk.last_seq();
        let is_trusted = self.devices[device].disk.restricted.is_none();
        if is_trusted && !self.is(Mutant::RestoredNodeContinues) {
            self.restrict(device, Cause::Rollback(own));
        }
    }

    /// A restricted node looks whether the cloud holds all that it has lost, and replays it.
    pub(crate) fn recover(&mut self, device: usize) -> Result<(), Violation> {
        let disk = &self.devices[device].disk;
        let place = disk.place;
        let reaches = self.sites[place].link.cut <= self.now;
        let Some(Cause::Rollback(need)) = disk.restricted else {
            self.sites[place].given_up |= self.sites[place].device == device;
            return Ok(());
        };
        let spot = &self.cloud.spots[place];
        let (epoch, last) = (spot.epoch, spot.last_seq);
        if !reaches || self.rng.chance(500) {
            return Ok(());
        }
        let own = disk.last_seq();
        let follows = epoch == disk.epoch()
            && last >= need
            && self
                .cloud
                .held_hash(place, epoch, own)
                .or_else(|| (own == 0).then_some(Hash::GENESIS))
                == disk.hash_at(own);
        if !follows {
            // It may be on its way still; a person waits for that, not for ever.
            if self.quiet || self.rng.chance(200) {
                self.sites[place].given_up |= self.sites[place].device == device;
            }
            return Ok(());
        }
        let records = (own + 1..=last)
            .filter_map(|seq| self.cloud.held(place, epoch, seq))
            .map(|held| held.record.clone())
            .collect();
        if let Ok(replayed) = disk.replayed(records, self.options.mutant) {
            return self.came_back(place, device, replayed, last);
        }
        self.sites[place].given_up |= self.sites[place].device == device;
        Ok(())
    }

    fn came_back(
        &mut self,
        place: usize,
        device: usize,
        replayed: Disk,
        last: i64,
    ) -> Result<(), Violation> {
        self.dirty[place] = true;
        self.coverage.taken("replayed");
        let machine = &mut self.devices[device];
        machine.disk = replayed;
        machine.disk.acked = last;
        machine.disk.restricted = None;
        machine.push = Push::new(last);
        if let (Some(truth), false) = (&self.sites[place].truth, self.sites[place].forked) {
            let is = &self.devices[device].disk.accounts;
            if truth.last_seq() == last && &truth.accounts != is {
                let was = &truth.accounts;
                return self.broken(
                    "replay",
                    format!("machine {device} had {was:?}, has {is:?}"),
                );
            }
        }
        if let Some(truth) = self.sites[place].truth.take() {
            self.written_over(&truth, device);
            self.unbox_open(place);
        }
        for till in 0..2 {
            self.meet(place, till, device);
        }
        if self.devices[device].disk.restricted.is_none() {
            let (at, id) = (self.clock(device), self.id());
            let from = self.devices[device].disk.last_seq();
            self.devices[device].disk.trusted(at, id);
            self.recorded(device, from);
        }
        Ok(())
    }

    /// What an over epoch recorded goes to the cloud: money once, stock not at all.
    pub(crate) fn salvage(&mut self, device: usize) {
        let machine = &self.devices[device];
        let disk = &machine.disk;
        let place = disk.place;
        if machine.destroyed || self.sites[place].link.cut > self.now {
            return;
        }
        let incarnation = self.cloud.incarnation;
        let (done, known) = machine.salvaged;
        // A cloud that was restored since may have lost what it had taken.
        let again = known != incarnation && !self.is(Mutant::SalvageOnce);
        let from = if again { 0 } else { done };
        if from >= disk.last_seq() {
            return;
        }
        let whole = disk.log.iter().zip(1..).map(|(entry, seq)| Opened {
            seq,
            header: entry.record.open(),
            record: entry.record.clone(),
        });
        let fits = |event: &Opened| {
            wire::event::hash(&event.record.header, &event.record.body) == event.record.hash
        };
        let events: Vec<Opened> = whole
            .filter(|event| event.seq > from)
            .filter(fits)
            .collect();
        let (epoch, last) = (disk.epoch(), disk.last_seq());
        self.cloud.keep(place, epoch, events);
        self.devices[device].salvaged = (last, incarnation);
    }

    /// A location gets a new epoch on a fresh disk; the old one is kept as far as it can be read.
    pub(crate) fn replace(&mut self, place: usize) -> Result<(), Violation> {
        if self.silent {
            // Whoever replaces a node of a cloud that was restored has said so before (docs/operations).
            return Ok(());
        }
        let old = self.sites[place].device;
        let alive = self.devices[old].up && !self.devices[old].destroyed;
        if alive {
            self.coverage.fired(Fault::OldNodeAlive);
        }
        self.dirty[place] = true;
        let frozen = self.cloud.spots[place].frozen;
        if frozen {
            let lost = std::mem::take(&mut self.lost);
            self.cloud.recover_orders(place, &lost);
            self.lost = lost;
        }
        // Only somebody who has a code fences; what the dead epoch has recorded stays on its disk.
        let dead = self.sites[place].truth.take();
        if let Some(truth) = &dead {
            self.written_over(truth, old);
        }
        let dead = dead.unwrap_or_else(|| self.devices[old].disk.clone());
        let taken = self.taken_unheard(place, &dead);
        let id = self.id();
        let enrolled = self.cloud.replace(place, id);
        self.unbox(place);
        let key = super::cloud::key_of(place, enrolled.epoch);
        let machine = mix(super::ids::low(id));
        let variants = self.options.variants;
        let mut disk = Disk::new(
            place,
            machine,
            enrolled.epoch,
            enrolled.incarnation,
            variants,
        );
        let (at, id) = (self.now, self.id());
        if disk.open_epoch(at, id, &lines(&enrolled.claims)).is_err() {
            return self.broken("enrolment", "claims that are no claims");
        }
        if self.is(Mutant::ReenrolFromMirror) {
            for variant in 0..variants {
                let rights = self.cloud.mirror[place][variant].rights;
                disk.accounts[variant].rights = rights;
                disk.counted[variant] = 1;
            }
        }
        self.excuse_epoch(place, &dead, taken, &enrolled.claims, frozen);
        self.say(|| {
            format!(
                "shop {place}: epoch {} begins, claims {:?}",
                enrolled.epoch, enrolled.claims
            )
        });
        self.devices.push(Device::new(disk, machine, key));
        let new = self.devices.len() - 1;
        self.recorded(new, 0);
        let site = &mut self.sites[place];
        site.old.push(old);
        (site.device, site.forked, site.given_up) = (new, false, false);
        let head = self.devices[new].disk.head();
        for till in &mut self.sites[place].tills {
            till.seen = Some(head);
        }
        Ok(())
    }

    /// What the new epoch begins without knowing: debt of the dead one, and what it took unheard.
    fn excuse_epoch(
        &mut self,
        place: usize,
        dead: &Disk,
        taken: Vec<(Uuid, usize, i64)>,
        claims: &[i64],
        frozen: bool,
    ) {
        let reservations = &self.cloud.reservations;
        self.sites[place].owed.retain(|id, _| {
            let state = reservations.get(id).map(|of| of.state);
            state.is_some_and(ReservationState::is_promised)
        });
        for (id, variant, units) in taken {
            let state = self.cloud.reservations.get(&id).map(|of| of.state);
            if state.is_some_and(ReservationState::is_promised) {
                self.sites[place].owed.insert(id, (variant, units));
            }
        }
        for (variant, claims) in claims.iter().enumerate() {
            let site = &mut self.sites[place];
            site.excused[variant] += dead.accounts[variant].debt.base_units();
            if frozen || site.forked {
                site.excused[variant] = site.excused[variant].max(claims - site.shelf[variant]);
            }
        }
    }

    /// Sales that were only on a disk whose earlier copy has taken its place.
    fn written_over(&mut self, truth: &Disk, device: usize) {
        let disk = &self.devices[device].disk;
        for entry in &truth.log {
            let seq = entry.header.seq;
            if disk.hash_at(seq) != Some(entry.record.hash)
                && let Some(receipt) = self.receipts.get_mut(&entry.header.id)
            {
                receipt.lost = true;
            }
        }
    }

    /// Promised units that the dead epoch took from the shelf, that are in no box, and that the cloud has not heard of.
    fn taken_unheard(&self, place: usize, dead: &Disk) -> Vec<(Uuid, usize, i64)> {
        let heard = self.heard_of(place, dead);
        let fresh = dead.log.iter().filter(|entry| entry.header.seq > heard);
        let claims = fresh.flat_map(|entry| &entry.header.claims);
        let mut taken = Vec::new();
        for claim in claims.filter(|claim| claim.quantity < 0) {
            let boxed = self.sites[place].boxes.get(&claim.key);
            let boxed = boxed.map_or(0, |(_, units)| *units);
            if let Some(pick) = dead.picks.get(&claim.key) {
                taken.push((claim.key, pick.variant, pick.promised - boxed));
            }
        }
        taken
    }

    /// How far the cloud's log and this one are the same.
    pub(crate) fn heard_of(&self, place: usize, disk: &Disk) -> i64 {
        let last = self
            .cloud
            .inbox
            .get(&(place, disk.epoch()))
            .map_or(0, |events| i64::try_from(events.len()).unwrap_or(0));
        let mut same = last.min(disk.last_seq());
        while same > 0 && self.cloud.held_hash(place, disk.epoch(), same) != disk.hash_at(same) {
            same -= 1;
        }
        same
    }

    /// Boxes of orders that the cloud does not know as picked go back to the shelf.
    fn unbox(&mut self, place: usize) {
        let reservations = &self.cloud.reservations;
        self.sites[place].unbox(|id| {
            let state = reservations.get(id).map(|of| of.state);
            state == Some(ReservationState::Picked)
        });
    }

    /// A node that came back without the last that it had written: the box of an order that is to be picked again
    /// is where the picker looks first.
    fn unbox_open(&mut self, place: usize) {
        let picks = &self.devices[self.sites[place].device].disk.picks;
        self.sites[place].unbox(|id| {
            let state = picks.get(id).map(|pick| pick.state);
            state.is_some_and(|state| state != PickState::Open)
        });
    }

    /// A copy of the disk starts where nothing tells it apart; a till talks to it from now on.
    pub(crate) fn clone_here(&mut self, place: usize) {
        let device = self.sites[place].device;
        let machine = &self.devices[device];
        let fit = machine.up && !machine.destroyed && machine.disk.restricted.is_none();
        if !fit || self.sites[place].forked || self.sites[place].truth.is_some() {
            return;
        }
        let copy = Device::new(machine.disk.clone(), machine.machine, machine.key);
        if !self.strikes(Fault::CloneSame, 1_000) {
            return;
        }
        self.devices.push(copy);
        let new = self.devices.len() - 1;
        let site = &mut self.sites[place];
        site.forked = true;
        site.old.push(new);
    }

    /// Somebody sells at a copy of the node, or at the one that was replaced.
    pub(crate) fn other_node(&mut self, place: usize) -> Result<(), Violation> {
        let old = self.sites[place].old.clone();
        let Some(device) = self.rng.pick(&old).copied() else {
            return Ok(());
        };
        let machine = &self.devices[device];
        if !machine.up || machine.destroyed || machine.read_only {
            return Ok(());
        }
        let is_copy = machine.disk.epoch() == self.devices[self.sites[place].device].disk.epoch();
        if !is_copy {
            self.coverage.fired(Fault::StaleTill);
        }
        let till = self.rng.index(2);
        self.second_till(place, till, device)
    }

    /// A copy of the disk on another machine: its key does not fit, and it stays out of business.
    pub(crate) fn clone_elsewhere(&mut self, place: usize) -> Result<(), Violation> {
        let device = self.sites[place].device;
        if self.devices[device].destroyed || !self.strikes(Fault::CloneElsewhere, 1_000) {
            return Ok(());
        }
        let machine = &self.devices[device];
        let mut copy = Device::new(machine.disk.clone(), mix(machine.machine), machine.key);
        copy.destroyed = false;
        self.devices.push(copy);
        let new = self.devices.len() - 1;
        self.boot(place, new);
        let disk = &self.devices[new].disk;
        let sells =
            (0..self.options.variants).any(|variant| disk.shortage(variant, 1, None).is_none());
        if sells {
            return self.broken("clone", "a copy on another machine may sell");
        }
        self.push(new)?;
        let sent = self.devices[new].sent.is_some();
        self.devices.pop();
        if sent {
            return self.broken("clone", "a copy on another machine pushes");
        }
        Ok(())
    }

    /// A request, however often it was sent, has one grant at most.
    fn borrowed_once(&self, place: usize, id: Uuid) -> Result<(), Violation> {
        let of_request = |one: &&wire::command::Message| one.id.as_u128() >> 4 == id.as_u128() >> 4;
        let grants = self.cloud.stream(place).iter().filter(of_request).count();
        if grants > 1 {
            return self.broken("borrow", format!("{grants} grants for one request"));
        }
        Ok(())
    }

    /// The till lacks rights and the link is up: the cloud grants what it has not promised.
    pub(crate) fn borrow(
        &mut self,
        place: usize,
        device: usize,
        short: &[(usize, Shortage)],
    ) -> Result<(), Violation> {
        let link = self.sites[place].link;
        let serves = self.sites[place].device == device;
        let untrusted = self.devices[device].disk.restricted.is_some() || !serves;
        let own = self.cloud.spots[place].epoch == self.devices[device].disk.epoch();
        let up = link.cut <= self.now && link.captive <= self.now;
        if !up || untrusted || !own || self.silent || self.rng.chance(self.options.network) {
            return Ok(());
        }
        let lines: Vec<(usize, i64)> = short
            .iter()
            .map(|(variant, of)| (*variant, (of.needed - of.rights).base_units()))
            .filter(|(_, lacking)| *lacking > 0)
            .collect();
        let id = self.id();
        for _ in 0..2 {
            self.cloud.grant(place, id, &lines, "borrow");
            let is_lost = link.half_open > self.now || self.rng.chance(self.options.network);
            if !is_lost {
                let after = self.devices[device].disk.cursor.idx;
                let page = self.cloud.page(place, after, 100);
                self.read(place, device, &page)?;
                break;
            }
        }
        self.borrowed_once(place, id)
    }
}

/// Whether every record fits its hash and follows the one before.
fn is_whole(disk: &Disk) -> bool {
    let mut prev = Hash::GENESIS;
    disk.log.iter().all(|entry| {
        let record = &entry.record;
        let fits = wire::event::hash(&record.header, &record.body) == record.hash;
        let follows = entry.header.prev == prev;
        prev = record.hash;
        fits && follows
    })
}
