//! What a node does with the cloud's messages, and what its people do with the orders among them.
use retail::{quantity::Quantity, rights::RightsError};
use uuid::Uuid;
use wire::{
    body::{
        CountLine, Document as _, GrantCredited, OrderHandedOver, OrderPicked, PickCancelled,
        PickReceived, PickedLine, StockCounted, Units,
    },
    command::{Admission, CancelPick, Command, Commands, Grant, Message, SetStock},
    event::Claim,
};

use super::{
    ids::{derived, variant_id},
    mutant::Mutant,
    node::{Disk, Draft, Pick, PickState, variant_of},
};

impl Disk {
    /// Takes a message, if it is the next: the effect, the event and the new place in one transaction.
    pub(crate) fn take(
        &mut self,
        at: i64,
        page: &Commands,
        message: &Message,
        knows_all: bool,
        mutant: Option<Mutant>,
    ) -> Result<Admission, RightsError> {
        let admission = self.cursor.admit(page.epoch, page.incarnation, message);
        match &admission {
            Admission::Take(command) => self.effect(at, message, command, mutant)?,
            Admission::Unknown if knows_all => self.step(at, message),
            Admission::Repeated | Admission::Foreign | Admission::Gap
                if mutant == Some(Mutant::NoCursorOnGrants) =>
            {
                if let Some(Command::Grant(grant)) = message.read() {
                    // The broken node credits it again, as far as its books let it.
                    if self.credit(at, message, &grant).is_err() {
                        return Ok(admission);
                    }
                }
            }
            Admission::Repeated | Admission::Foreign | Admission::Gap | Admission::Unknown => {}
        }
        Ok(admission)
    }

    fn effect(
        &mut self,
        at: i64,
        message: &Message,
        command: &Command,
        mutant: Option<Mutant>,
    ) -> Result<(), RightsError> {
        match command {
            Command::Grant(grant) => self.credit(at, message, grant)?,
            Command::Pick(pick) => self.note(at, message, pick),
            Command::CancelPick(cancel) => self.call_off(at, message, cancel, mutant)?,
            Command::Count(count) => self.set(at, message, count, mutant)?,
            // No promotion has a limit here.
            Command::Allow(_) => {}
        }
        self.cursor.idx = message.idx;
        Ok(())
    }

    /// A message that an older program does not know: the newer one has an event of its own for it.
    fn step(&mut self, at: i64, message: &Message) {
        let mut draft = Draft::of(
            derived(message.id, 1),
            ("future.noted", 1),
            &serde_json::Value::Null,
        );
        draft.command = Some(message.idx);
        self.append(at, draft);
        self.cursor.idx = message.idx;
    }

    fn credit(&mut self, at: i64, message: &Message, grant: &Grant) -> Result<(), RightsError> {
        let mut accounts = self.accounts.clone();
        let lines = grant.lines.iter().map(|line| Units {
            variant: line.variant,
            quantity: line.quantity,
        });
        let body = GrantCredited {
            grant: message.id,
            lines: lines.collect(),
        };
        let mut draft = Draft::of(
            derived(message.id, 1),
            (GrantCredited::KIND, GrantCredited::VERSION),
            &body,
        );
        for line in &grant.lines {
            let variant = variant_of(line.variant);
            let moves = accounts[variant].credit(Quantity::new(line.quantity))?;
            draft.moved(variant, &moves);
        }
        draft.command = Some(message.idx);
        self.accounts = accounts;
        self.append(at, draft);
        Ok(())
    }

    fn note(&mut self, at: i64, message: &Message, pick: &wire::command::Pick) {
        let body = PickReceived {
            order: pick.order,
            order_number: pick.order_number.clone(),
            customer: pick.customer.clone(),
            lines: pick.lines.clone(),
        };
        let mut draft = Draft::of(
            derived(message.id, 1),
            (PickReceived::KIND, PickReceived::VERSION),
            &body,
        );
        draft.aggregate = pick.order;
        draft.command = Some(message.idx);
        self.append(at, draft);
        self.note_picks(&body);
    }

    /// A reservation's pick is taken once for ever.
    pub(crate) fn note_picks(&mut self, body: &PickReceived) {
        for line in &body.lines {
            self.picks.entry(line.reservation).or_insert(Pick {
                order: body.order,
                variant: variant_of(line.variant),
                promised: line.quantity,
                picked: 0,
                state: PickState::Open,
            });
        }
    }

    fn call_off(
        &mut self,
        at: i64,
        message: &Message,
        cancel: &CancelPick,
        mutant: Option<Mutant>,
    ) -> Result<(), RightsError> {
        let mut accounts = self.accounts.clone();
        let body = PickCancelled {
            reservations: cancel.reservations.clone(),
            reason: cancel.reason.clone(),
        };
        let mut draft = Draft::of(
            derived(message.id, 1),
            (PickCancelled::KIND, PickCancelled::VERSION),
            &body,
        );
        draft.command = Some(message.idx);
        let mut over = Vec::new();
        for id in &cancel.reservations {
            let Some(pick) = self.picks.get(id) else {
                continue;
            };
            draft.aggregate = pick.order;
            let units = Quantity::new(pick.picked);
            match pick.state {
                PickState::Open => {
                    draft.claims.push(claim(*id, pick.promised));
                    let released = mutant == Some(Mutant::UncountedReleased);
                    if !self.is_counted(pick.variant) && !released {
                        // Nobody knows whether the epoch before has picked it: its right goes back to nobody.
                        let promised = Quantity::new(pick.promised);
                        let moves = accounts[pick.variant].void_claim(promised)?;
                        draft.moved(pick.variant, &moves);
                    }
                    over.push(*id);
                }
                // A promise that lacks a unit is broken; one that has it stands.
                PickState::Picked if cancel.reason == "broken" => {}
                PickState::Picked if pick.picked > 0 => {
                    draft.claims.push(claim(*id, pick.picked));
                    let moves = accounts[pick.variant].unpick(units)?;
                    draft.moved(pick.variant, &moves);
                    over.push(*id);
                }
                PickState::Picked => over.push(*id),
                PickState::Cancelled | PickState::HandedOver => {}
            }
        }
        self.accounts = accounts;
        for id in over {
            if let Some(pick) = self.picks.get_mut(&id) {
                pick.state = PickState::Cancelled;
            }
        }
        self.append(at, draft);
        Ok(())
    }

    /// Opening stock from the head office: only for what has never moved here.
    fn set(
        &mut self,
        at: i64,
        message: &Message,
        count: &SetStock,
        mutant: Option<Mutant>,
    ) -> Result<(), RightsError> {
        let mut accounts = self.accounts.clone();
        let (mut lines, mut moved) = (Vec::new(), Vec::new());
        for line in &count.lines {
            let id = line.variant;
            let mut before = self.log.iter().flat_map(|entry| &entry.header.moves);
            if (self.counted[variant_of(id)] > 0 && mutant != Some(Mutant::OpeningOverCount))
                || before.any(|one| one.variant == id)
            {
                continue;
            }
            let variant = variant_of(id);
            let done = accounts[variant].count(Quantity::new(line.quantity))?;
            lines.push(CountLine {
                variant: id,
                expected: done.expected.base_units(),
                counted: line.quantity,
            });
            moved.push((variant, done.moves));
        }
        let body = StockCounted {
            reason: "opening".to_owned(),
            sale: None,
            lines,
            to_count: Vec::new(),
        };
        let mut draft = Draft::of(
            derived(message.id, 1),
            (StockCounted::KIND, StockCounted::VERSION),
            &body,
        );
        draft.command = Some(message.idx);
        for (variant, moves) in &moved {
            draft.moved(*variant, moves);
        }
        self.accounts = accounts;
        self.append(at, draft);
        for (variant, _) in moved {
            self.counted[variant] = self.last_seq();
        }
        Ok(())
    }

    /// The reservations of an order that are to be picked.
    pub(crate) fn open_of(&self, order: Uuid) -> Vec<Uuid> {
        let of = self.picks.iter().filter(|(_, pick)| pick.order == order);
        of.filter(|(_, pick)| pick.state == PickState::Open)
            .map(|(id, _)| *id)
            .collect()
    }

    /// Takes an order from the shelf: `found` of each of its reservations.
    pub(crate) fn pick(
        &mut self,
        at: i64,
        id: Uuid,
        order: Uuid,
        found: &[(Uuid, i64)],
    ) -> Result<(), RightsError> {
        let mut accounts = self.accounts.clone();
        let (mut lines, mut moved) = (Vec::new(), Vec::new());
        for (reservation, found) in found {
            let pick = &self.picks[reservation];
            let promised = Quantity::new(pick.promised);
            let taken = accounts[pick.variant].pick(promised, Quantity::new(*found))?;
            moved.push((pick.variant, taken));
            lines.push(PickedLine {
                reservation: *reservation,
                variant: variant_id(pick.variant),
                promised: pick.promised,
                picked: *found,
            });
        }
        let body = OrderPicked { order, lines };
        let mut draft = Draft::of(id, (OrderPicked::KIND, OrderPicked::VERSION), &body);
        draft.aggregate = order;
        for line in &body.lines {
            draft.claims.push(claim(line.reservation, -line.promised));
        }
        for (variant, moves) in &moved {
            draft.moved(*variant, moves);
        }
        self.accounts = accounts;
        self.append(at, draft);
        for (reservation, found) in found {
            if let Some(pick) = self.picks.get_mut(reservation) {
                (pick.state, pick.picked) = (PickState::Picked, *found);
            }
        }
        Ok(())
    }

    /// The reservations of an order that the customer can have.
    pub(crate) fn ready_of(&self, order: Uuid) -> Vec<Uuid> {
        let of = self.picks.iter().filter(|(_, pick)| pick.order == order);
        of.filter(|(_, pick)| pick.state == PickState::Picked && pick.picked > 0)
            .map(|(id, _)| *id)
            .collect()
    }

    /// Gives a picked order to its customer.
    pub(crate) fn hand_over(&mut self, at: i64, id: Uuid, order: Uuid) -> Result<(), RightsError> {
        let mut accounts = self.accounts.clone();
        let reservations = self.ready_of(order);
        let body = OrderHandedOver {
            order,
            reservations: reservations.clone(),
        };
        let mut draft = Draft::of(id, (OrderHandedOver::KIND, OrderHandedOver::VERSION), &body);
        draft.aggregate = order;
        for id in &reservations {
            let pick = &self.picks[id];
            let moves = accounts[pick.variant].hand_over(Quantity::new(pick.picked))?;
            draft.moved(pick.variant, &moves);
        }
        self.accounts = accounts;
        self.append(at, draft);
        for id in &reservations {
            if let Some(pick) = self.picks.get_mut(id) {
                pick.state = PickState::HandedOver;
            }
        }
        Ok(())
    }
}

/// What a pick is about, in the header.
fn claim(reservation: Uuid, quantity: i64) -> Claim {
    Claim {
        kind: "reservation".to_owned(),
        key: reservation,
        quantity,
    }
}
