//! The people of a shop away from the tills: they take goods in, count, pick, hand over, and make mistakes.
use retail::{quantity::Quantity, rights::ReservationState};
use uuid::Uuid;

use super::{
    fault::Fault,
    ids::made,
    node::{Cause, PickState},
    till::Fate,
    world::{Violation, World},
};

impl World {
    fn variant(&mut self) -> usize {
        self.rng.index(self.options.variants)
    }

    /// Whether the fate of a write lets it happen, and whether somebody hears that it did.
    fn written(&mut self, device: usize) -> Option<bool> {
        match self.fate(device) {
            Fate::Done => Some(true),
            Fate::Silent => Some(false),
            Fate::Lost | Fate::Full => None,
        }
    }

    /// The events of people's work; the till that they stand at hears where the log is.
    fn noted(&mut self, place: usize, device: usize, from: i64, told: bool) {
        self.recorded(device, from);
        if told {
            let till = self.rng.index(2);
            self.hears(place, till, device);
        }
    }

    /// Goods come in; sometimes somebody types a zero too many.
    pub(crate) fn goods_in(&mut self, place: usize) -> Result<(), Violation> {
        let (variant, came) = (self.variant(), self.rng.between(1, 5));
        let Some(device) = self.serving(place) else {
            return Ok(());
        };
        self.dirty[place] = true;
        self.sites[place].shelf[variant] += came;
        let mistyped = self.strikes(Fault::ReceiptTypo, self.options.trouble / 6);
        let typed = if mistyped { came * 10 } else { came };
        let is_weak = mistyped || self.rng.chance(200);
        let Some(told) = self.written(device) else {
            return Ok(());
        };
        self.sites[place].excused[variant] += typed - came;
        let (at, id) = (self.clock(device), self.id());
        let from = self.devices[device].disk.last_seq();
        let done = self.devices[device]
            .disk
            .receive(at, id, variant, typed, is_weak);
        self.noted(place, device, from, told);
        match done {
            Ok(()) => Ok(()),
            Err(error) => self.broken("account", format!("goods receipt: {error}")),
        }
    }

    /// Somebody counts a shelf.
    pub(crate) fn counting(&mut self, place: usize) -> Result<(), Violation> {
        let variant = self.variant();
        self.count(place, variant)
    }

    pub(crate) fn count(&mut self, place: usize, variant: usize) -> Result<(), Violation> {
        let Some(device) = self.serving(place) else {
            return Ok(());
        };
        let Some(told) = self.written(device) else {
            return Ok(());
        };
        self.dirty[place] = true;
        let there = self.sites[place].shelf[variant] - self.in_hand(place, variant, None);
        let wrong = self.strikes(Fault::Miscount, self.options.trouble / 6);
        let counted = if wrong {
            (there + self.rng.between(-2, 2)).max(0)
        } else {
            there
        };
        let (at, id, mutant) = (self.clock(device), self.id(), self.options.mutant);
        let from = self.devices[device].disk.last_seq();
        let disk = &mut self.devices[device].disk;
        let done = disk.count(at, id, variant, counted, mutant);
        let trusted = disk.restricted.is_none_or(Cause::keeps_bound);
        self.noted(place, device, from, told);
        // A count that nobody has heard of may be lost again; one of a doubtful node replaces what it owes.
        let wrong = (counted - there).max(0);
        let settles = told && trusted && !self.sites[place].forked;
        let excused = &mut self.sites[place].excused[variant];
        *excused = if settles { wrong } else { wrong.max(*excused) };
        if settles {
            self.sites[place].owed.retain(|_, (of, _)| *of != variant);
        }
        self.say(|| format!("shop {place}: counts {counted} of variant {variant}"));
        match done {
            Ok(()) => Ok(()),
            Err(error) => self.broken("account", format!("count: {error}")),
        }
    }

    /// Rights go back to the cloud, for online customers.
    pub(crate) fn giving_back(&mut self, place: usize) {
        let variant = self.variant();
        let Some(device) = self.serving(place) else {
            return;
        };
        let exportable = self.devices[device].disk.accounts[variant]
            .exportable
            .base_units();
        if exportable == 0 {
            return;
        }
        let Some(told) = self.written(device) else {
            return;
        };
        self.dirty[place] = true;
        let (at, id) = (self.clock(device), self.id());
        let quantity = self.rng.between(1, exportable);
        let from = self.devices[device].disk.last_seq();
        let given = self.devices[device]
            .disk
            .give_back(at, id, variant, quantity);
        if given.is_some() {
            self.noted(place, device, from, told);
        }
    }

    /// A unit leaves with nobody looking.
    pub(crate) fn theft(&mut self, place: usize) {
        let variant = self.variant();
        let there = self.sites[place].shelf[variant] - self.in_hand(place, variant, None);
        if there > 0 && self.strikes(Fault::Theft, 1_000) {
            self.sites[place].shelf[variant] -= 1;
            self.sites[place].excused[variant] += 1;
            self.dirty[place] = true;
        }
    }

    /// Somebody picks an order.
    pub(crate) fn picking(&mut self, place: usize) -> Result<(), Violation> {
        let Some(device) = self.serving(place) else {
            return Ok(());
        };
        let disk = &self.devices[device].disk;
        if disk.restricted.is_some_and(|cause| !cause.keeps_bound()) {
            return Ok(());
        }
        let open = disk
            .picks
            .values()
            .filter(|pick| pick.state == PickState::Open);
        let orders: Vec<Uuid> = open.map(|pick| pick.order).collect();
        let Some(order) = self.rng.pick(&orders).copied() else {
            return Ok(());
        };
        let reservations = self.devices[device].disk.open_of(order);
        for id in &reservations {
            let disk = &self.devices[device].disk;
            let variant = disk.picks[id].variant;
            if !disk.is_counted(variant) {
                return self.count(place, variant);
            }
        }
        let Some(told) = self.written(device) else {
            return Ok(());
        };
        self.dirty[place] = true;
        let mut found = Vec::new();
        for id in reservations {
            let pick = &self.devices[device].disk.picks[&id];
            let (variant, promised) = (pick.variant, pick.promised);
            let there = self.sites[place].shelf[variant] - self.in_hand(place, variant, None);
            let mut units = promised.min(there.max(0));
            if units > 0 && self.strikes(Fault::ShortPick, self.options.trouble / 8) {
                units -= 1;
            }
            self.short(place, variant, promised)?;
            self.sites[place].shelf[variant] -= units;
            self.sites[place].boxes.insert(id, (variant, units));
            found.push((id, units));
        }
        let (at, id) = (self.clock(device), self.id());
        let from = self.devices[device].disk.last_seq();
        let done = self.devices[device].disk.pick(at, id, order, &found);
        self.noted(place, device, from, told);
        match done {
            Ok(()) => Ok(()),
            Err(error) => self.broken("account", format!("pick at {place}: {error}")),
        }
    }

    /// A promise without a unit, where nobody has made the book wrong: what must never be.
    fn short(&self, place: usize, variant: usize, promised: i64) -> Result<(), Violation> {
        let site = &self.sites[place];
        let debt = self.devices[site.device].disk.accounts[variant].debt;
        let is_known = debt > Quantity::ZERO || self.slack(place, variant) > 0 || site.forked;
        if site.shelf[variant] < promised && !is_known {
            let there = site.shelf[variant];
            return self.broken(
                "oversold",
                format!("{place}/{variant}: {promised} promised, {there} on the shelf"),
            );
        }
        Ok(())
    }

    /// The customer of a picked order comes.
    pub(crate) fn handing_over(&mut self, place: usize) -> Result<(), Violation> {
        self.orphans(place);
        let Some(device) = self.serving(place) else {
            return Ok(());
        };
        let disk = &self.devices[device].disk;
        if disk.restricted.is_some_and(|cause| !cause.keeps_bound()) {
            return Ok(());
        }
        self.collected(place);
        let picks = self.devices[device].disk.picks.iter();
        let ready = picks.filter(|(_, pick)| pick.state == PickState::Picked && pick.picked > 0);
        let orders: Vec<Uuid> = ready.map(|(_, pick)| pick.order).collect();
        let Some(order) = self.rng.pick(&orders).copied() else {
            return Ok(());
        };
        let Some(told) = self.written(device) else {
            return Ok(());
        };
        self.dirty[place] = true;
        let ready = self.devices[device].disk.ready_of(order);
        // A box that was unpacked before the disk went back is not there to be handed out.
        if !ready
            .iter()
            .all(|id| self.sites[place].boxes.contains_key(id))
        {
            return Ok(());
        }
        for id in ready {
            let picked = self.devices[device].disk.picks[&id].picked;
            let boxed = self.sites[place].boxes.get(&id).copied();
            if boxed.is_none_or(|(_, units)| units < picked) {
                return self.broken(
                    "oversold",
                    format!("shop {place}: the box of {id} has {boxed:?}, {picked} were picked"),
                );
            }
        }
        let (at, id) = (self.clock(device), self.id());
        let from = self.devices[device].disk.last_seq();
        let done = self.devices[device].disk.hand_over(at, id, order);
        self.noted(place, device, from, told);
        // Nobody gives away what no page has confirmed.
        if told {
            self.collected(place);
        }
        match done {
            Ok(()) => Ok(()),
            Err(error) => self.broken("account", format!("hand-over: {error}")),
        }
    }

    /// Whose order the shop says is handed over goes home with it.
    fn collected(&mut self, place: usize) {
        let site = &mut self.sites[place];
        let picks = &self.devices[site.device].disk.picks;
        site.boxes.retain(|id, _| {
            let state = picks.get(id).map(|pick| pick.state);
            state != Some(PickState::HandedOver)
        });
    }

    /// Boxes that the epoch before had packed and the cloud knows of: the office hands them out.
    fn orphans(&mut self, place: usize) {
        let device = self.sites[place].device;
        if self.devices[device].disk.restricted.is_some() {
            return;
        }
        let boxes: Vec<Uuid> = self.sites[place].boxes.keys().copied().collect();
        for id in boxes {
            if self.devices[device].disk.picks.contains_key(&id) {
                continue;
            }
            let state = self.cloud.reservations.get(&id).map(|of| of.state);
            if state == Some(ReservationState::Picked)
                && self
                    .cloud
                    .becomes(id, ReservationState::HandedOver, false)
                    .is_ok()
            {
                self.sites[place].boxes.remove(&id);
            }
        }
    }

    /// Boxes of orders that were called off go back to the shelf.
    pub(crate) fn unpack(&mut self, place: usize) {
        let disk = &self.devices[self.sites[place].device].disk;
        let site = &mut self.sites[place];
        let called_off: Vec<Uuid> = site
            .boxes
            .keys()
            .filter(|id| {
                let pick = disk.picks.get(id);
                pick.is_some_and(|pick| pick.state == PickState::Cancelled)
            })
            .copied()
            .collect();
        for id in called_off {
            if let Some((variant, units)) = site.boxes.remove(&id) {
                site.shelf[variant] += units;
            }
        }
    }

    /// The id of a grant, a message or an order that this step makes.
    pub(crate) fn nth(&self, nth: u8) -> Uuid {
        made(self.step + 1, nth)
    }
}
