//! What people and jobs do at the cloud about nodes: pay debts, fence, replace, salvage, end a freeze.
use std::rc::Rc;

use retail::{
    quantity::Quantity,
    rights::{CloudAccount, ReservationState},
};
use uuid::Uuid;
use wire::{accept::Status, batch::Opened, event::Hash};

use super::{
    cloud::{Cloud, Held, Reservation, Sale, Stage, key_of},
    mutant::Mutant,
    node::moves_of,
};

/// What a fresh node is told.
pub(crate) struct Enrolled {
    pub epoch: i64,
    pub incarnation: i64,
    /// By variant.
    pub claims: Vec<i64>,
}

impl Cloud {
    /// Pays what a node owes: unsold rights first, else the youngest promise that is not picked.
    pub(crate) fn settle(&mut self, place: usize, variant: usize, id: Uuid) {
        if self.is(Mutant::DebtForgotten) || !self.is_heard(place) {
            return;
        }
        let account = self.rights[place][variant];
        let debt = self.mirror[place][variant].debt - account.granting;
        if debt <= Quantity::ZERO {
            return;
        }
        if account.available > Quantity::ZERO {
            let some = debt.min(account.available).base_units();
            self.grant(place, id, &[(variant, some)], "settle");
            return;
        }
        let mut here: Vec<(&Uuid, &Reservation)> = self
            .reservations
            .iter()
            .filter(|(_, of)| of.place == place && of.variant == variant)
            .collect();
        here.retain(|(_, of)| of.state.is_promised());
        let going: i64 = here
            .iter()
            .filter(|(_, of)| of.state == ReservationState::Cancelling)
            .map(|(_, of)| of.quantity)
            .sum();
        if going >= debt.base_units() {
            return;
        }
        let youngest = |state| {
            let of = here.iter().rev().find(|(_, of)| of.state == state);
            of.map(|(id, _)| **id)
        };
        let broken =
            youngest(ReservationState::Held).or_else(|| youngest(ReservationState::Claimed));
        if let Some(broken) = broken {
            self.break_promise(broken, id);
        }
    }

    /// Declares an epoch over.
    pub(crate) fn fence(&mut self, place: usize) {
        if self.spots[place].status == Status::Active {
            self.spots[place].status = Status::Fenced;
        }
    }

    /// A new epoch for a location: what the dead one was asked to do is void, and what the cloud may claim is said in
    /// the same transaction.
    pub(crate) fn replace(&mut self, place: usize, id: Uuid) -> Enrolled {
        self.fence(place);
        if self.spots[place].frozen {
            // Nobody can confirm what was available before the cloud was restored.
            for account in &mut self.rights[place] {
                account.available = Quantity::ZERO;
            }
        }
        for account in &mut self.rights[place] {
            account.void_grants();
        }
        self.void_cancelling(place);
        let mirror = self.mirror[place].clone();
        self.forget_mirror(place);
        let (incarnation, reused) = (self.incarnation, self.is(Mutant::EpochReused));
        let spot = &mut self.spots[place];
        // Numbers that a lost future may have used are left out.
        let skipped = if reused {
            0
        } else {
            1_000 * (incarnation - spot.enrolled_in)
        };
        spot.epoch += 1 + skipped;
        spot.enrolled_in = incarnation;
        let epoch = spot.epoch;
        (spot.status, spot.last_seq, spot.last_hash) = (Status::Active, 0, Hash::GENESIS);
        (spot.frozen, spot.rebased, spot.suspect) = (false, false, false);
        spot.keys.insert(epoch, key_of(place, epoch));
        self.inbox.insert((place, epoch), Vec::new());
        self.send_claimed(place, id);
        let claims = self.rights[place].iter().map(|account| {
            let promised = if self.is(Mutant::SnapshotWithoutPromises) {
                Quantity::ZERO
            } else {
                account.promised
            };
            (account.available + promised).base_units()
        });
        let claims = claims.collect();
        if self.is(Mutant::ReenrolFromMirror) {
            self.mirror[place] = mirror;
        }
        Enrolled {
            epoch,
            incarnation: self.incarnation,
            claims,
        }
    }

    /// Nobody will answer: the promise is over, and its right is established again by the count.
    fn void_cancelling(&mut self, place: usize) {
        let released = self.is(Mutant::VoidReleased);
        for (id, of) in self.at(place, ReservationState::Cancelling) {
            let account = &mut self.rights[place][of.variant];
            let promised = Quantity::new(of.quantity);
            let done = if released {
                account.release(promised)
            } else {
                account.picked(promised)
            };
            if done.is_err() {
                self.seen.push("void refused".to_owned());
            }
            let ends = if of.broken {
                ReservationState::Broken
            } else {
                ReservationState::Cancelled
            };
            self.reservations
                .entry(id)
                .and_modify(|one| one.state = ends);
        }
    }

    fn at(&self, place: usize, state: ReservationState) -> Vec<(Uuid, Reservation)> {
        let of = self.reservations.iter();
        of.filter(|(_, of)| of.place == place && of.state == state)
            .map(|(id, of)| (*id, of.clone()))
            .collect()
    }

    /// Tells a node again what is to be picked.
    fn send_claimed(&mut self, place: usize, id: Uuid) {
        let claimed = self.at(place, ReservationState::Claimed);
        let orders: std::collections::BTreeSet<Uuid> =
            claimed.iter().map(|(_, of)| of.order).collect();
        for (nth, order) in (1..).zip(orders) {
            let message = Uuid::from_u128(id.as_u128() | 3 << 44 | nth << 32);
            self.send_pick(place, order, message);
        }
    }

    /// Ends the freeze of a location whose node has followed: what the node's log says may be claimed, less what is
    /// promised. The mistake says how much is promised too much.
    pub(crate) fn unfreeze(&mut self, place: usize, id: Uuid) -> Result<(), String> {
        // Nobody has paid for them before the cloud was restored; a payment that comes now gets other units.
        let holds = if self.is(Mutant::HoldsOutliveRestore) {
            Vec::new()
        } else {
            self.at(place, ReservationState::Held)
        };
        for (reservation, _) in holds {
            self.becomes(reservation, ReservationState::Expired, false)?;
        }
        // The node has followed and will pick nothing for them: nobody will ever answer.
        for (reservation, of) in self.at(place, ReservationState::Cancelling) {
            let waits = self.is(Mutant::UnansweredCancellation);
            if !self.spots[place].open.contains(&reservation) && !waits {
                let ends = if of.broken {
                    ReservationState::Broken
                } else {
                    ReservationState::Cancelled
                };
                self.becomes(reservation, ends, false)?;
            }
        }
        for variant in 0..self.rights[place].len() {
            let promised: i64 = self
                .reservations
                .values()
                .filter(|of| of.place == place && of.variant == variant && of.state.is_promised())
                .map(|of| of.quantity)
                .sum();
            let mut account = CloudAccount {
                promised: Quantity::new(promised),
                ..self.rights[place][variant]
            };
            let bound = self.mirror[place][variant].claim_bound;
            account
                .rebase(bound)
                .map_err(|error| format!("{place}/{variant}: {error}"))?;
            self.rights[place][variant] = account;
        }
        (self.spots[place].frozen, self.spots[place].rebased) = (false, false);
        self.send_claimed(place, id);
        // Its command may be of the lost future.
        for (nth, (reservation, _)) in (0..).zip(self.at(place, ReservationState::Cancelling)) {
            self.send_cancel(reservation, id, nth);
        }
        Ok(())
    }

    /// Takes the records of an epoch that is over: money once, stock not at all.
    pub(crate) fn keep(&mut self, place: usize, epoch: i64, events: Vec<Opened>) {
        for event in events {
            let key = (place, epoch, event.seq, event.record.hash.0);
            let held = self.held_hash(place, epoch, event.seq) == Some(event.record.hash);
            if self.salvage.contains_key(&key) || held && !self.is(Mutant::NoUniqueEventId) {
                continue;
            }
            let counts = self.booked.insert(event.event_id()) || self.is(Mutant::NoUniqueEventId);
            let header = event.header.ok();
            if let (Some(header), true) = (&header, counts) {
                self.cash[place] += header.money.iter().map(|one| one.minor).sum::<i64>();
                self.book(place, header, &event.record.body);
            }
            if let (Some(header), true) = (&header, self.is(Mutant::DeadEpochHasEffects)) {
                self.dead_effects(place, header);
            }
            let held = Held {
                header,
                record: event.record,
                counts,
            };
            self.salvage.insert(key, Rc::new(held));
        }
    }

    fn dead_effects(&mut self, place: usize, header: &wire::event::Header) {
        for variant in 0..self.rights[place].len() {
            let claims = super::node::claims_moved(header, variant);
            if claims > 0 && header.kind == "rights.returned" {
                let account = &mut self.rights[place][variant];
                account.available = account.available + Quantity::new(claims);
            }
            let moves = moves_of(header, variant);
            if self.mirror[place][variant].apply(&moves).is_err() {
                self.seen.push("a dead event does not fit".to_owned());
            }
        }
    }

    /// The row of a sale, by what can be read of it.
    pub(crate) fn book(&mut self, place: usize, header: &wire::event::Header, body: &str) {
        if header.kind != "sale.closed" {
            return;
        }
        let total = header.money.iter().map(|one| one.minor).sum();
        let read = wire::body::Body::read(&header.kind, 1, body);
        let number = match read {
            Ok(wire::body::Body::SaleClosed(sale)) => sale.receipt_number,
            _ => String::new(),
        };
        let sale = self.sales.entry(header.id).or_insert(Sale {
            place,
            number,
            total,
            times: 0,
        });
        sale.times += 1;
    }

    /// Applies the first event of those that wait for it; `nth` chooses whose. False when there is none.
    pub(crate) fn apply(&mut self, nth: usize) -> bool {
        let queued: Vec<(usize, i64, i64)> = self
            .stages
            .iter()
            .filter(|(_, stage)| **stage == Stage::Queued)
            .map(|(key, _)| *key)
            .take(32)
            .collect();
        if queued.is_empty() {
            return false;
        }
        let key = queued[nth % queued.len()];
        if self.is_parked(key) {
            return false;
        }
        let (place, epoch, seq) = key;
        let Some(held) = self.held(place, epoch, seq) else {
            return false;
        };
        let stage = match &held.header {
            None if self.newer => None,
            None => Some(Stage::Quarantined),
            Some(header) => {
                let ver = if self.newer { 1 } else { header.ver };
                match wire::body::Body::read(&header.kind, ver, &held.record.body) {
                    Ok(_) => None,
                    Err(_) if self.newer => None,
                    Err(wire::body::BodyError::Unknown { .. }) => Some(Stage::Waiting),
                    Err(wire::body::BodyError::Unreadable { .. }) => Some(Stage::Quarantined),
                }
            }
        };
        if let Some(stage) = stage {
            self.stages.insert(key, stage);
            return true;
        }
        self.stages.remove(&key);
        *self.applied.entry((place, epoch)).or_default() += 1;
        self.rows(place, &held);
        true
    }

    pub(crate) fn held(&self, place: usize, epoch: i64, seq: i64) -> Option<Rc<Held>> {
        let index = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.inbox.get(&(place, epoch))?.get(index).cloned()
    }

    /// Whether an earlier event of the same aggregate has not been applied.
    fn is_parked(&self, (place, epoch, seq): (usize, i64, i64)) -> bool {
        let aggregate = |seq| {
            let held = self.held(place, epoch, seq)?;
            held.header.as_ref().map(|header| header.aggregate)
        };
        let Some(own) = aggregate(seq) else {
            return false;
        };
        let before = self.stages.range((place, epoch, 0)..(place, epoch, seq));
        before
            .into_iter()
            .any(|(key, _)| aggregate(key.2) == Some(own))
    }

    fn rows(&mut self, place: usize, held: &Held) {
        let Some(header) = &held.header else {
            return;
        };
        if held.counts {
            self.book(place, header, &held.record.body);
        }
        let body = wire::body::Body::read(&header.kind, header.ver, &held.record.body);
        if let Ok(wire::body::Body::OrderHandedOver(order)) = body {
            for id in order.reservations {
                let is_picked = self.reservations.get(&id).map(|of| of.state);
                if is_picked == Some(ReservationState::Picked)
                    && self
                        .becomes(id, ReservationState::HandedOver, false)
                        .is_err()
                {
                    self.seen.push("hand-over refused".to_owned());
                }
            }
        }
    }

    /// A new program and people put right what could not be applied.
    pub(crate) fn retry(&mut self) {
        self.newer = true;
        for stage in self.stages.values_mut() {
            *stage = Stage::Queued;
        }
    }

    /// The header of an event that could not be read, as a newer program reads it.
    pub(crate) fn repair(
        &mut self,
        (place, epoch, seq): (usize, i64, i64),
        header: &wire::event::Header,
    ) -> Result<(), String> {
        let counts = self.booked.insert(header.id);
        if counts {
            self.cash[place] += header.money.iter().map(|one| one.minor).sum::<i64>();
        }
        if self.spots[place].epoch == epoch {
            self.moved(place, header)?;
        }
        let index = usize::try_from(seq - 1).unwrap_or(0);
        let slot = self.inbox.get_mut(&(place, epoch));
        if let Some(held) = slot.and_then(|events| events.get_mut(index)) {
            *held = Rc::new(Held {
                header: Some(header.clone()),
                record: held.record.clone(),
                counts,
            });
        }
        Ok(())
    }

    /// The same for a record of a dead epoch.
    pub(crate) fn repair_salvaged(
        &mut self,
        key: (usize, i64, i64, [u8; 32]),
        header: &wire::event::Header,
    ) {
        let Some(held) = self.salvage.get(&key).cloned() else {
            return;
        };
        let counts = self.booked.insert(header.id);
        if counts {
            self.cash[key.0] += header.money.iter().map(|one| one.minor).sum::<i64>();
            self.book(key.0, header, &held.record.body);
        }
        let read = Held {
            header: Some(header.clone()),
            record: held.record.clone(),
            counts,
        };
        self.salvage.insert(key, Rc::new(read));
    }

    /// A person enters again what the customers of a location know and the restored cloud does not.
    pub(crate) fn recover_orders(&mut self, place: usize, known: &[(Uuid, Reservation)]) {
        use ReservationState::{
            Broken, Cancelled, Cancelling, Claimed, Expired, HandedOver, Picked, Short,
        };
        for (id, of) in known.iter().filter(|(_, of)| of.place == place) {
            let now = self.reservations.get(id).map(|of| of.state);
            let is_done = matches!(now, Some(Picked | HandedOver | Short));
            let next = match of.state {
                _ if is_done => continue,
                Claimed if now.is_none() && self.strange.contains(id) => Picked,
                Claimed if now != Some(Cancelling) => Claimed,
                // The customer knows that it is over, and the node has nothing to pick for it.
                Cancelled | Broken | Expired
                    if now == Some(Claimed) && !self.spots[place].open.contains(id) =>
                {
                    Cancelled
                }
                Picked | HandedOver | Short if !self.spots[place].open.contains(id) => of.state,
                _ => continue,
            };
            let entered = Reservation {
                state: next,
                broken: false,
                ..of.clone()
            };
            self.reservations.insert(*id, entered);
        }
        for variant in 0..self.rights[place].len() {
            let here = self.reservations.values();
            let promised = here
                .filter(|of| of.place == place && of.variant == variant && of.state.is_promised())
                .map(|of| of.quantity)
                .sum();
            self.rights[place][variant].promised = Quantity::new(promised);
        }
    }
}
