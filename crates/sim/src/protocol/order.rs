//! Online orders at the cloud: hold, pay, cancel, expire (sync.md 2.5).
use retail::{quantity::Quantity, rights::ReservationState};
use uuid::Uuid;
use wire::command::{CancelPick, Command, Pick, PickLine};

use super::{
    cloud::{Cloud, Reservation},
    ids::{derived, variant_id},
    mutant::Mutant,
};

/// Milliseconds that a hold lasts.
const HOLD_MS: i64 = 15 * 60_000;

/// What becomes of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paid {
    /// The order has its units.
    Kept,
    /// The money goes back: a claim without a right does not exist.
    Refunded,
    /// The provider asks again later.
    Later,
}

impl Cloud {
    /// Holds every line at some location, or none of them. The reservations are named by the order.
    pub(crate) fn place_order(
        &mut self,
        now: i64,
        order: Uuid,
        lines: &[(usize, i64)],
        first: usize,
    ) -> Option<Vec<Uuid>> {
        let known: Vec<Uuid> = self.of_order(order);
        if !known.is_empty() {
            return Some(known);
        }
        let mut taken = Vec::new();
        for (variant, quantity) in lines.iter().copied() {
            let place = self.source(variant, quantity, first)?;
            taken.push((place, variant, quantity));
        }
        let mut made = Vec::new();
        for (nth, (place, variant, quantity)) in (1..).zip(taken) {
            let id = derived(order, nth);
            self.hold(place, variant, quantity);
            let reservation = Reservation {
                order,
                place,
                variant,
                quantity,
                state: ReservationState::Held,
                until: now + HOLD_MS,
                broken: false,
            };
            self.reservations.insert(id, reservation);
            made.push(id);
        }
        Some(made)
    }

    /// The reservations of an order.
    pub(crate) fn of_order(&self, order: Uuid) -> Vec<Uuid> {
        let range = self.reservations.range(order..=derived(order, 15));
        range.map(|(id, _)| *id).collect()
    }

    fn source(&self, variant: usize, quantity: i64, first: usize) -> Option<usize> {
        let shops = self.spots.len();
        let mut from = (0..shops).map(|nth| (first + nth) % shops);
        from.find(|place| {
            let has = self.rights[*place][variant].available.base_units();
            let must = if self.is(Mutant::CloudBelowItsRights) {
                quantity - 1
            } else {
                quantity
            };
            self.is_open(*place) && has >= must
        })
    }

    fn hold(&mut self, place: usize, variant: usize, quantity: i64) {
        let account = &mut self.rights[place][variant];
        if account.reserve(Quantity::new(quantity)).is_err() {
            // Only a broken cloud gets here: it promises what it does not have.
            account.promised = account.promised + Quantity::new(quantity);
            account.available = Quantity::ZERO;
        }
    }

    /// A payment, from the provider's message.
    pub(crate) fn pay(&mut self, now: i64, order: Uuid, first: usize) -> Paid {
        use ReservationState::{Claimed, Held};
        let ids = self.of_order(order);
        let state_of = |id: &Uuid| self.reservations[id].state;
        let states: Vec<ReservationState> = ids.iter().map(state_of).collect();
        if ids
            .iter()
            .any(|id| !self.is_open(self.reservations[id].place))
        {
            return Paid::Later;
        }
        let has = |state| states.contains(&state);
        if has(Claimed) || has(ReservationState::Picked) || has(ReservationState::HandedOver) {
            return Paid::Kept;
        }
        if !states.is_empty() && states.iter().all(|state| *state == Held) {
            for id in &ids {
                self.claim(*id);
            }
            self.send_picks(order, derived(order, 0));
            return Paid::Kept;
        }
        let expired = has(ReservationState::Expired);
        if expired && self.is(Mutant::ExpiredHoldClaimed) {
            for id in &ids {
                if let Some(reservation) = self.reservations.get_mut(id) {
                    reservation.state = Claimed;
                    let (place, variant) = (reservation.place, reservation.variant);
                    let promised = &mut self.rights[place][variant].promised;
                    *promised = *promised + Quantity::new(reservation.quantity);
                }
            }
            self.send_picks(order, derived(order, 0));
            return Paid::Kept;
        }
        if expired && self.reserve_again(now, order, &ids, first) {
            return Paid::Kept;
        }
        Paid::Refunded
    }

    /// The hold has ended: the payment gets other units, or goes back.
    fn reserve_again(&mut self, now: i64, order: Uuid, ids: &[Uuid], first: usize) -> bool {
        let lines: Vec<(usize, i64)> = ids
            .iter()
            .map(|id| {
                (
                    self.reservations[id].variant,
                    self.reservations[id].quantity,
                )
            })
            .collect();
        let again = derived(order, 8);
        if !self.of_order(again).is_empty() || ids.len() > 3 {
            return false;
        }
        let Some(made) = self.place_order(now, again, &lines, first) else {
            return false;
        };
        for id in made {
            if let Some(reservation) = self.reservations.get_mut(&id) {
                reservation.order = order;
            }
            self.claim(id);
        }
        self.send_picks(order, derived(again, 6));
        true
    }

    fn claim(&mut self, id: Uuid) {
        if self.becomes(id, ReservationState::Claimed, false).is_err() {
            self.seen.push("claim refused".to_owned());
        }
    }

    /// Tells the nodes to pick what is claimed and was not told; in the transaction of the claim.
    pub(crate) fn send_picks(&mut self, order: Uuid, message: Uuid) {
        let places: std::collections::BTreeSet<usize> = self
            .of_order(order)
            .iter()
            .map(|id| self.reservations[id].place)
            .collect();
        for (nth, place) in (0..).zip(places) {
            let id = Uuid::from_u128(message.as_u128() | 1 << 44 | nth << 40);
            self.send_pick(place, order, id);
        }
    }

    /// Tells one node to pick what an order has claimed there.
    pub(crate) fn send_pick(&mut self, place: usize, order: Uuid, message: Uuid) {
        let lines: Vec<PickLine> = self
            .of_order(order)
            .into_iter()
            .filter(|id| {
                let of = &self.reservations[id];
                of.place == place && of.state == ReservationState::Claimed
            })
            .map(|id| PickLine {
                reservation: id,
                variant: variant_id(self.reservations[&id].variant),
                quantity: self.reservations[&id].quantity,
            })
            .collect();
        if lines.is_empty() || !self.is_heard(place) {
            return;
        }
        let pick = Pick {
            order,
            order_number: super::ids::short(order),
            customer: String::new(),
            lines,
        };
        self.command(place, message, &Command::Pick(pick));
    }

    /// The customer or the office takes an order back. What the node was told of waits for the node's own word.
    pub(crate) fn cancel(&mut self, order: Uuid, message: Uuid) {
        for (nth, id) in (0..).zip(self.of_order(order)) {
            self.cancel_one(id, message, nth, false);
        }
    }

    /// Breaks one promise: an override or a count has left no unit behind it.
    pub(crate) fn break_promise(&mut self, id: Uuid, message: Uuid) {
        self.cancel_one(id, message, 0, true);
    }

    fn cancel_one(&mut self, id: Uuid, message: Uuid, nth: u128, broken: bool) {
        use ReservationState::{Broken, Cancelled, Cancelling, Claimed, Held, Picked};
        let Some(reservation) = self.reservations.get(&id).cloned() else {
            return;
        };
        let (place, variant) = (reservation.place, reservation.variant);
        let promised = Quantity::new(reservation.quantity);
        if !self.is_open(place) {
            return;
        }
        let ends = if broken { Broken } else { Cancelled };
        match reservation.state {
            Held => self.release(id, place, variant, promised, ends),
            Claimed if self.is(Mutant::CancelAtOnce) => {
                self.reservations.entry(id).and_modify(|of| of.state = ends);
                let account = &mut self.rights[place][variant];
                if account.release(promised).is_err() {
                    self.seen.push("release refused".to_owned());
                }
            }
            Claimed | Picked
                if self.is_heard(place) && !(broken && reservation.state == Picked) =>
            {
                if reservation.state == Claimed {
                    self.reservations
                        .entry(id)
                        .and_modify(|of| of.broken = broken);
                    if self.becomes(id, Cancelling, false).is_err() {
                        return;
                    }
                }
                self.send_cancel(id, message, nth);
            }
            _ => {}
        }
    }

    /// Tells a node not to pick, or to put back.
    pub(crate) fn send_cancel(&mut self, id: Uuid, message: Uuid, nth: u128) {
        let of = &self.reservations[&id];
        let (place, broken) = (of.place, of.broken && of.state != ReservationState::Picked);
        let reason = if broken { "broken" } else { "cancelled" };
        let cancel = CancelPick {
            reservations: vec![id],
            reason: reason.to_owned(),
        };
        let message = Uuid::from_u128(message.as_u128() | 2 << 44 | nth << 32);
        self.command(place, message, &Command::CancelPick(cancel));
    }

    fn release(
        &mut self,
        id: Uuid,
        place: usize,
        variant: usize,
        promised: Quantity,
        ends: ReservationState,
    ) {
        let is_free = self.rights[place][variant].release(promised).is_ok();
        if !is_free || self.becomes(id, ends, false).is_err() {
            self.seen.push("release refused".to_owned());
        }
    }

    /// Ends holds whose time is over. Only what is held: a payment that came first keeps its units.
    pub(crate) fn expire(&mut self, now: i64) -> usize {
        let due: Vec<Uuid> = self
            .reservations
            .iter()
            .filter(|(_, of)| of.state == ReservationState::Held && of.until <= now)
            .filter(|(_, of)| self.is_open(of.place))
            .map(|(id, _)| *id)
            .collect();
        for id in &due {
            let of = self.reservations[id].clone();
            let promised = Quantity::new(of.quantity);
            self.release(
                *id,
                of.place,
                of.variant,
                promised,
                ReservationState::Expired,
            );
        }
        due.len()
    }
}
