//! A customer at a till: what the cashier sends, what the node answers, and who leaves with which goods.
use retail::{
    quantity::Quantity,
    rights::{Answer, Shortage},
};
use wire::recovery::{Verdict, compare};

use super::{
    counter::{Basket, Told},
    fault::Fault,
    mutant::Mutant,
    node::{Cause, Garble, PickState},
    world::{Receipt, Violation, World},
};

/// What becomes of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// On disk, and said so.
    Done,
    /// Not on disk, and nobody is told.
    Lost,
    /// On disk, and nobody is told.
    Silent,
    /// Refused: there is no room.
    Full,
}

impl World {
    /// What becomes of the next write of a machine.
    pub(crate) fn fate(&mut self, device: usize) -> Fate {
        let rate = self.options.disk / 3;
        if self.strikes(Fault::DiskFull, rate) {
            return Fate::Full;
        }
        let lost =
            self.strikes(Fault::CrashBeforeWrite, rate) || self.strikes(Fault::LostWrite, rate / 2);
        if lost {
            self.devices[device].up = false;
            return Fate::Lost;
        }
        if self.strikes(Fault::CrashAfterWrite, rate) {
            self.devices[device].up = false;
            return Fate::Silent;
        }
        if self.strikes(Fault::SyncError, rate / 2) {
            self.devices[device].read_only = true;
            return if self.rng.chance(500) {
                Fate::Silent
            } else {
                Fate::Lost
            };
        }
        Fate::Done
    }

    /// The machine in service, when it can write.
    pub(crate) fn serving(&self, place: usize) -> Option<usize> {
        let device = self.sites[place].device;
        let machine = &self.devices[device];
        (machine.up && !machine.read_only && !machine.destroyed).then_some(device)
    }

    /// A customer comes to a till, or the one who waits there tries again.
    pub(crate) fn shopping(&mut self, place: usize) -> Result<(), Violation> {
        let till = self.rng.index(2);
        let Some(device) = self.serving(place) else {
            return Ok(());
        };
        let basket = match self.sites[place].tills[till].pending.take() {
            Some(basket) => basket,
            None => match self.basket(place, till) {
                Some(basket) => basket,
                None => return Ok(()),
            },
        };
        self.checkout(place, till, device, basket)
    }

    /// Goods that are really there.
    fn basket(&mut self, place: usize, till: usize) -> Option<Basket> {
        let mut lines = Vec::new();
        for variant in 0..self.options.variants {
            let there = self.sites[place].shelf[variant] - self.in_hand(place, variant, None);
            if there > 0 && self.rng.chance(600) {
                lines.push((variant, self.rng.between(1, there.min(3))));
            }
        }
        if lines.is_empty() {
            return self.boxed(place, till);
        }
        let (rate, garble) = (self.options.trouble / 8, self.rng.below(3));
        let garble = match garble {
            0 if self.strikes(Fault::PoisonBody, rate) => Garble::Body,
            1 if self.strikes(Fault::UnknownVersion, rate) => Garble::Version,
            2 if self.strikes(Fault::UnreadableHeader, rate) => Garble::Header,
            _ => Garble::None,
        };
        let id = self.id();
        Some(Basket {
            id,
            register: till,
            lines,
            garble,
            boxed: false,
        })
    }

    /// A unit from a labelled box: somebody brings it to the till all the same.
    fn boxed(&mut self, place: usize, till: usize) -> Option<Basket> {
        let disk = &self.devices[self.sites[place].device].disk;
        let packed = |id: &uuid::Uuid| {
            let pick = disk.picks.get(id);
            pick.is_some_and(|pick| pick.state == PickState::Picked)
        };
        let boxes = self.sites[place].boxes.iter();
        let (_, (variant, _)) = boxes
            .rev()
            .find(|(id, (_, units))| *units > 0 && packed(id))?;
        let variant = *variant;
        // Only where the till takes it for a found one; a label tells, wherever somebody looks at it.
        let shortage = disk.shortage(variant, 1, self.options.mutant)?;
        if !shortage.may_be_found() || self.sites[place].shelf[variant] > 0 {
            return None;
        }
        Some(Basket {
            id: self.id(),
            register: till,
            lines: vec![(variant, 1)],
            garble: Garble::None,
            boxed: true,
        })
    }

    /// Whether a till and a node may work together: the highest place in the log that each has seen decides.
    pub(crate) fn meet(&mut self, place: usize, till: usize, device: usize) -> bool {
        let Some(seen) = self.sites[place].tills[till].seen else {
            return true;
        };
        let disk = &self.devices[device].disk;
        if self.is(Mutant::TillForgetsEpoch) || self.is(Mutant::RestoredNodeContinues) {
            return true;
        }
        let verdict = compare(&disk.head(), &seen, disk.hash_at(seen.seq));
        let cause = match verdict {
            Verdict::Fine => return disk.epoch() >= seen.epoch,
            Verdict::RolledBack { seq } => Cause::Rollback(seq),
            Verdict::Rewritten { .. } => Cause::Fork,
            Verdict::Replaced { .. } => Cause::Fenced,
        };
        self.coverage.taken(&format!("verdict {}", name(verdict)));
        self.restrict(device, cause);
        !matches!(verdict, Verdict::Replaced { .. })
    }

    /// A machine may not trust its rights any more.
    pub(crate) fn restrict(&mut self, device: usize, cause: Cause) {
        let disk = &mut self.devices[device].disk;
        let further = match (disk.restricted, cause) {
            (None, _)
            | (_, Cause::Machine)
            | (Some(Cause::Rollback(_) | Cause::Fenced), Cause::Fork) => true,
            (Some(Cause::Rollback(was)), Cause::Rollback(seq)) => seq > was,
            _ => false,
        };
        if further {
            if disk.restricted.is_none() {
                disk.restricted_seq = disk.last_seq();
            }
            disk.restricted = Some(cause);
            self.say(|| format!("machine {device} is restricted: {cause:?}"));
        }
    }

    /// A sale at a machine that is not the one in service: a copy, whose till knows no better, or a replaced one.
    pub(crate) fn second_till(
        &mut self,
        place: usize,
        till: usize,
        device: usize,
    ) -> Result<(), Violation> {
        let own = self.devices[self.sites[place].device].disk.epoch();
        let is_copy = self.devices[device].disk.epoch() == own;
        let waits = self.sites[place].tills[till].pending.is_some();
        let memory = self.sites[place].tills[till].seen;
        if is_copy {
            self.sites[place].tills[till].seen = None;
        }
        if !waits && let Some(basket) = self.basket(place, till) {
            self.checkout(place, till, device, basket)?;
            self.sites[place].tills[till].pending = None;
        }
        self.sites[place].tills[till].seen = if is_copy {
            memory
        } else {
            self.sites[place].tills[till].seen
        };
        Ok(())
    }

    fn checkout(
        &mut self,
        place: usize,
        till: usize,
        device: usize,
        basket: Basket,
    ) -> Result<(), Violation> {
        if !self.meet(place, till, device) {
            return Ok(());
        }
        self.dirty[place] = true;
        let (at, mutant) = (self.clock(device), self.options.mutant);
        let known = self.devices[device].disk.sales.contains_key(&basket.id);
        let short = self.lacking(device, &basket);
        let mut answers = Vec::new();
        if !known && !short.is_empty() {
            self.borrow(place, device, &short)?;
            for (variant, shortage) in self.lacking(device, &basket) {
                let Some(answer) = self.dialog(place, till, variant, shortage) else {
                    self.say(|| {
                        format!("shop {place}: a customer leaves without variant {variant}")
                    });
                    return Ok(());
                };
                answers.push((variant, answer));
            }
        }
        let fate = if known { Fate::Done } else { self.fate(device) };
        let is_on_disk = matches!(fate, Fate::Done | Fate::Silent);
        if !is_on_disk {
            let total = basket
                .lines
                .iter()
                .map(|(variant, quantity)| super::counter::price(*variant) * quantity)
                .sum();
            if fate == Fate::Lost && self.is(Mutant::HandOverBeforeSync) {
                self.leaves(place, device, &basket, total);
            } else if fate == Fate::Lost {
                self.sites[place].tills[till].pending = Some(basket);
            }
            return Ok(());
        }
        let from = self.devices[device].disk.last_seq();
        let told = self.devices[device]
            .disk
            .sell(at, &basket, &answers, mutant);
        self.recorded(device, from);
        match told {
            Err(error) => self.broken("account", format!("sale at {place}: {error}")),
            Ok(Told::Short) => Ok(()),
            Ok(Told::Refused) => self.broken("repeat", "the same sale was refused"),
            Ok(Told::Done(_)) if fate == Fate::Silent => {
                self.excuse(place, device, &basket, &answers, false);
                self.say(|| {
                    format!(
                        "shop {place}: till {till} hears nothing of {:?}",
                        basket.lines
                    )
                });
                self.sites[place].tills[till].pending = Some(basket);
                Ok(())
            }
            Ok(Told::Done(total)) => {
                self.hears(place, till, device);
                self.excuse(place, device, &basket, &answers, true);
                self.leaves(place, device, &basket, total);
                self.repeat(device, basket)
            }
        }
    }

    /// Sales that the protocol knowingly does not vouch for: of a second copy, and by override without a bound.
    fn excuse(
        &mut self,
        place: usize,
        device: usize,
        basket: &Basket,
        answers: &[(usize, Answer)],
        told: bool,
    ) {
        let disk = &self.devices[device].disk;
        let unbound = disk.restricted.is_some_and(|cause| !cause.keeps_bound());
        let copy = self.sites[place].device != device && self.sites[place].forked;
        for (variant, quantity) in &basket.lines {
            let overridden = answers.contains(&(*variant, Answer::Override));
            let is_counted = answers
                .iter()
                .any(|(of, answer)| of == variant && matches!(answer, Answer::Counted(_)));
            if told && is_counted && self.sites[place].device == device && !self.sites[place].forked
            {
                self.sites[place].excused[*variant] = 0;
                self.sites[place].owed.retain(|_, (of, _)| of != variant);
            }
            if copy || (unbound && overridden) {
                self.sites[place].excused[*variant] += quantity;
            }
        }
    }

    /// A till hears where the log stands; mostly the other one does as well.
    pub(crate) fn hears(&mut self, place: usize, till: usize, device: usize) {
        let disk = &self.devices[device].disk;
        let forgets = self.options.mutant == Some(Mutant::RestrictedPushes);
        if disk.restricted.is_some_and(|cause| !cause.keeps_bound()) && !forgets {
            // What it has seen of the log that is lost must not be forgotten.
            return;
        }
        let head = disk.head();
        let both = self.sites[place].device == device && self.rng.chance(800);
        for (number, memory) in self.sites[place].tills.iter_mut().enumerate() {
            // A till keeps the highest that it has seen.
            let is_higher = memory
                .seen
                .is_none_or(|seen| (seen.epoch, seen.seq) < (head.epoch, head.seq));
            if is_higher && (both || number == till) {
                memory.seen = Some(head);
            }
        }
    }

    /// The customer leaves with the goods and a receipt.
    fn leaves(&mut self, place: usize, device: usize, basket: &Basket, total: i64) {
        let first = self.receipts.insert(
            basket.id,
            Receipt {
                place,
                total,
                device,
                lost: false,
            },
        );
        if first.is_none() {
            for (variant, quantity) in &basket.lines {
                self.takes(place, *variant, *quantity, basket.boxed);
            }
            self.say(|| format!("shop {place}: sold {:?} on machine {device}", basket.lines));
        }
        self.note(super::ids::low(basket.id));
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
    fn repeat(&mut self, device: usize, basket: Basket) -> Result<(), Violation> {
        let (at, mutant) = (self.clock(device), self.options.mutant);
        if self.strikes(Fault::DoubleClick, 40) {
            let before = self.devices[device].disk.last_seq();
            let told = self.devices[device].disk.sell(at, &basket, &[], mutant);
            if !matches!(told, Ok(Told::Done(_))) || self.devices[device].disk.last_seq() != before
            {
                return self.broken("repeat", "a repeated sale was not answered with the first");
            }
        }
        if self.strikes(Fault::TwoTabs, 30) {
            let mut other = basket;
            other.lines[0].1 += 1;
            let from = self.devices[device].disk.last_seq();
            let told = self.devices[device].disk.sell(at, &other, &[], mutant);
            self.recorded(device, from);
            if !matches!(told, Ok(Told::Refused)) {
                return self.broken("repeat", "another sale under the same id was not refused");
            }
        }
        Ok(())
    }

    /// Events that a machine has just written.
    pub(crate) fn recorded(&mut self, device: usize, from: i64) {
        let disk = &self.devices[device].disk;
        let fresh: Vec<_> = (from + 1..=disk.last_seq())
            .filter_map(|seq| disk.entry(seq).cloned())
            .collect();
        for entry in fresh {
            let hash = entry.record.hash;
            self.note_hash(&hash);
            self.coverage.taken(&format!("event {}", entry.header.kind));
            if !entry.record.header.starts_with("{\"v\":1") {
                self.garbled.insert(hash.0, entry.header.clone());
            }
            let (seq, kind) = (entry.header.seq, entry.header.kind.clone());
            let epoch = entry.header.epoch;
            self.say(|| {
                let moves: Vec<String> = entry
                    .header
                    .moves
                    .iter()
                    .map(|one| {
                        let variant = super::ids::number_of(one.variant);
                        format!("{variant}:{:?}{:+}", one.bucket, one.quantity)
                    })
                    .collect();
                format!(
                    "  machine {device} writes {epoch}.{seq} {kind} {}",
                    moves.join(" ")
                )
            });
        }
    }

    fn lacking(&self, device: usize, basket: &Basket) -> Vec<(usize, Shortage)> {
        let (disk, mutant) = (&self.devices[device].disk, self.options.mutant);
        let lines = basket.lines.iter();
        lines
            .filter_map(|(variant, quantity)| {
                Some((*variant, disk.shortage(*variant, *quantity, mutant)?))
            })
            .collect()
    }

    /// What the people at the till answer; `None` when the customer leaves without it.
    fn dialog(
        &mut self,
        place: usize,
        till: usize,
        variant: usize,
        shortage: Shortage,
    ) -> Option<Answer> {
        if shortage.may_be_found() {
            return Some(Answer::Found);
        }
        let there = self.sites[place].shelf[variant] - self.in_hand(place, variant, Some(till));
        let counted = Quantity::new(there);
        if shortage.is_proven_by(counted) && self.rng.chance(900) {
            return Some(Answer::Counted(counted));
        }
        self.strikes(Fault::Override, 250)
            .then_some(Answer::Override)
    }
}

const fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fine => "fine",
        Verdict::RolledBack { .. } => "rolled back",
        Verdict::Rewritten { .. } => "rewritten",
        Verdict::Replaced { .. } => "replaced",
    }
}
