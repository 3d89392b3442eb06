//! Stage 1: what a push does, in one transaction under the lock of the node's place (sync.md 2.6).
use std::rc::Rc;

use retail::{
    quantity::Quantity,
    rights::{NodeAccount, ReservationState},
};
use wire::{
    accept::{Decision, Offer, Status, decide},
    batch::{Batch, Credit, Opened, Reply},
    body::Body,
    event::{Hash, Header},
};

use super::{
    cloud::{Cloud, Held, Reservation, Stage},
    mutant::Mutant,
    node::{claims_moved, moves_of},
};

/// What a node hears.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Reply(Reply),
    /// The signature is of no key that is known for this epoch.
    Unknown,
    /// The batch contradicts itself.
    Refused(String),
}

impl Cloud {
    /// Takes a push. The mistake in the result is one that no push may make.
    pub(crate) fn accept(
        &mut self,
        place: usize,
        batch: Batch,
        key: u64,
    ) -> Result<Answer, String> {
        if self.spots[place].keys.get(&batch.epoch) != Some(&key) {
            return Ok(Answer::Unknown);
        }
        let offer = Offer::of(&batch);
        let r_cursor = batch.r_cursor;
        let events = match batch.open() {
            Ok(events) => events,
            Err(error) => {
                self.spots[place].suspect = true;
                return Ok(Answer::Refused(error.to_string()));
            }
        };
        let mut decision = self.decided(place, &offer, r_cursor, &events);
        if let Decision::Compare { seq, hash } = decision {
            self.seen.push("decision compare".to_owned());
            let held = self.held_hash(place, offer.epoch, seq);
            decision = if held == Some(hash) {
                Decision::Take { from: events.len() }
            } else {
                Decision::Fork { seq }
            };
        }
        self.seen.push(name(&decision));
        match decision {
            Decision::Take { from } => {
                let fresh = events.into_iter().skip(from).collect();
                self.take(place, offer.epoch, fresh)?;
                Ok(Answer::Reply(self.ack(place)))
            }
            Decision::Fork { seq } => {
                self.spots[place].status = Status::FencedFork;
                self.keep(place, offer.epoch, events);
                Ok(Answer::Reply(Reply::Fork { seq }))
            }
            Decision::Salvage => {
                self.keep(place, offer.epoch, events);
                let reason = "this epoch is over".to_owned();
                Ok(Answer::Reply(Reply::Fenced {
                    epoch: offer.epoch,
                    reason,
                    incarnation: self.incarnation,
                }))
            }
            Decision::WentBack { beyond } => {
                self.went_back(beyond);
                Ok(Answer::Reply(self.rebase_of(place, &offer)))
            }
            Decision::Rebase => Ok(Answer::Reply(self.rebase_of(place, &offer))),
            Decision::Adopt { epoch } => {
                self.adopt(place, epoch);
                Ok(Answer::Reply(Reply::Gap { expected: 1 }))
            }
            Decision::Gap { expected } => Ok(Answer::Reply(Reply::Gap { expected })),
            Decision::Compare { .. } => Err("compared already".to_owned()),
        }
    }

    fn decided(&self, place: usize, offer: &Offer, r_cursor: i64, events: &[Opened]) -> Decision {
        let at = self.place(place);
        let decision = if self.is(Mutant::NoDedupeBySeq) && offer.first_seq <= at.last_seq {
            Decision::Take { from: 0 }
        } else {
            decide(&at, offer, events)
        };
        let known = i64::try_from(self.stream(place).len()).unwrap_or(0);
        match decision {
            Decision::WentBack { .. } if self.is(Mutant::RestoredCloudContinues) => {
                if offer.epoch == at.epoch && offer.first_seq <= at.last_seq + 1 {
                    let held = usize::try_from(at.last_seq + 1 - offer.first_seq).unwrap_or(0);
                    return Decision::Take {
                        from: held.min(events.len()),
                    };
                }
                Decision::Gap {
                    expected: at.last_seq + 1,
                }
            }
            Decision::Fork { .. } if self.is(Mutant::HashNotCompared) => {
                let held = usize::try_from(at.last_seq + 1 - offer.first_seq).unwrap_or(0);
                Decision::Take {
                    from: held.min(events.len()),
                }
            }
            Decision::Compare { .. } if self.is(Mutant::HashNotCompared) => {
                Decision::Take { from: events.len() }
            }
            // It has taken a message that this cloud has never sent: also that is a memory of a lost future.
            Decision::Take { .. }
                if r_cursor > known
                    && !self.is(Mutant::StreamNotCompared)
                    && offer.incarnation == at.incarnation
                    && !self.is(Mutant::RestoredCloudContinues)
                    && !self.is(Mutant::NoIncarnation) =>
            {
                Decision::WentBack {
                    beyond: offer.incarnation,
                }
            }
            other => other,
        }
    }

    fn ack(&self, place: usize) -> Reply {
        let spot = &self.spots[place];
        Reply::Ack {
            ack_seq: spot.last_seq,
            ack_hash: spot.last_hash,
            safe_seq: 0,
            credit: Credit::default(),
            server_time: jiff::Timestamp::UNIX_EPOCH,
            quarantined: Vec::new(),
        }
    }

    fn rebase_of(&self, place: usize, offer: &Offer) -> Reply {
        let spot = &self.spots[place];
        Reply::Rebase {
            incarnation: self.incarnation,
            last_seq: if spot.epoch == offer.epoch {
                spot.last_seq
            } else {
                0
            },
        }
    }

    /// The hash that is held under a number.
    pub(crate) fn held_hash(&self, place: usize, epoch: i64, seq: i64) -> Option<Hash> {
        let index = usize::try_from(seq.checked_sub(1)?).ok()?;
        let held = self.inbox.get(&(place, epoch))?.get(index)?;
        Some(held.record.hash)
    }

    /// The cloud was restored: a new incarnation, and no location promises before its node has followed.
    pub(crate) fn went_back(&mut self, beyond: i64) {
        if self.is(Mutant::RestoredCloudContinues) {
            return;
        }
        if !self.is(Mutant::NoIncarnation) {
            self.incarnation = self.incarnation.max(beyond) + 1;
        }
        for spot in &mut self.spots {
            (spot.frozen, spot.rebased) = (true, false);
        }
    }

    fn adopt(&mut self, place: usize, epoch: i64) {
        let spot = &mut self.spots[place];
        (spot.epoch, spot.status) = (epoch, Status::Active);
        spot.enrolled_in = self.incarnation;
        // Whoever has followed the restored cloud was another epoch: this one has still to tell what it did.
        spot.rebased = false;
        (spot.last_seq, spot.last_hash) = (0, Hash::GENESIS);
        self.inbox.insert((place, epoch), Vec::new());
        self.forget_mirror(place);
    }

    pub(crate) fn forget_mirror(&mut self, place: usize) {
        self.mirror[place].fill(NodeAccount::default());
    }

    fn take(&mut self, place: usize, epoch: i64, fresh: Vec<Opened>) -> Result<(), String> {
        for event in fresh {
            let id = event.event_id();
            let counts = self.booked.insert(id) || self.is(Mutant::NoUniqueEventId);
            let header = event.header.ok();
            match &header {
                Some(header) => {
                    let moves = counts || !self.is(Mutant::RepeatedFactMovesNothing);
                    if moves {
                        self.moved(place, header)?;
                    }
                    if counts {
                        self.cash[place] += header.money.iter().map(|one| one.minor).sum::<i64>();
                    }
                }
                None => self.spots[place].suspect = true,
            }
            if header
                .as_ref()
                .is_some_and(|header| header.kind == "cloud.rebased")
            {
                self.recovered(place, &event.record.body);
            }
            let spot = &mut self.spots[place];
            (spot.last_seq, spot.last_hash) = (event.seq, event.record.hash);
            let held = Held {
                header,
                record: event.record,
                counts,
            };
            self.inbox
                .entry((place, epoch))
                .or_default()
                .push(Rc::new(held));
            self.stages.insert((place, epoch, event.seq), Stage::Queued);
        }
        Ok(())
    }

    /// What an event does to the mirror and to the cloud's own account of the location.
    pub(crate) fn moved(&mut self, place: usize, header: &Header) -> Result<(), String> {
        for variant in 0..self.mirror[place].len() {
            let moves = moves_of(header, variant);
            if let Err(error) = self.mirror[place][variant].apply(&moves) {
                return Err(format!(
                    "the mirror of {place}/{variant} cannot follow event {}: {error}",
                    header.seq
                ));
            }
            self.settled(place, variant, header, claims_moved(header, variant))?;
        }
        if header.kind == "cloud.rebased" {
            let followed = header.incarnation == Some(self.incarnation);
            self.spots[place].rebased |= followed || self.is(Mutant::RebaseNotLogged);
            if self.spots[place].frozen {
                for account in &mut self.rights[place] {
                    account.void_grants();
                }
            }
        }
        for claim in header.claims.iter().filter(|one| one.kind == "reservation") {
            self.answered(place, header, claim.key, claim.quantity)?;
        }
        Ok(())
    }

    /// What a node that has followed has still to pick is promised, whether the restored cloud remembers or not.
    fn recovered(&mut self, place: usize, body: &str) {
        let Ok(Body::CloudRebased(rebased)) = Body::read("cloud.rebased", 1, body) else {
            return;
        };
        if !self.spots[place].frozen {
            return;
        }
        self.spots[place].open.clear();
        for pick in rebased.open_picks {
            self.spots[place].open.insert(pick.reservation);
            let entered = Reservation {
                order: pick.order,
                place,
                variant: super::node::variant_of(pick.variant),
                quantity: pick.quantity,
                state: ReservationState::Claimed,
                until: 0,
                broken: false,
            };
            let known = self.reservations.entry(pick.reservation).or_insert(entered);
            if known.state != ReservationState::Cancelling {
                known.state = ReservationState::Claimed;
            }
        }
    }

    /// Grants credited and rights returned.
    fn settled(
        &mut self,
        place: usize,
        variant: usize,
        header: &Header,
        claims: i64,
    ) -> Result<(), String> {
        let follows = self.spots[place].frozen;
        let account = &mut self.rights[place][variant];
        let is_pick = header.claims.iter().any(|one| one.kind == "reservation");
        let done = match claims {
            0 => return Ok(()),
            _ if header.kind == "epoch.opened" || is_pick => return Ok(()),
            1.. => account.returned(Quantity::new(claims)),
            _ => account.credited(Quantity::new(-claims)),
        };
        match done {
            Err(error) if !follows => Err(format!(
                "event {} ({}) at {place}/{variant}: {error}",
                header.seq, header.kind
            )),
            _ => Ok(()),
        }
    }

    /// What a node says about a reservation: units taken for it, or that it will not be picked.
    fn answered(
        &mut self,
        place: usize,
        header: &Header,
        id: uuid::Uuid,
        units: i64,
    ) -> Result<(), String> {
        let follows = self.spots[place].frozen;
        let Some(reservation) = self.reservations.get(&id).cloned() else {
            self.strange.insert(id);
            return if follows {
                Ok(())
            } else {
                Err(format!("event {} is about no reservation", header.seq))
            };
        };
        let (variant, state) = (reservation.variant, reservation.state);
        let promised = Quantity::new(reservation.quantity);
        let account = &mut self.rights[place][variant];
        let mut done = Ok(());
        let next = if units <= 0 {
            if state.is_promised() {
                done = account.picked(promised);
            }
            let found: i64 = moves_of(header, variant)
                .iter()
                .filter(|one| one.bucket == retail::rights::Bucket::Picked)
                .map(|one| one.quantity.base_units())
                .sum();
            if found >= reservation.quantity {
                ReservationState::Picked
            } else {
                ReservationState::Short
            }
        } else {
            if state.is_promised() {
                done = if claims_moved(header, variant) < 0 {
                    account.picked(promised)
                } else {
                    account.release(promised)
                };
            } else if state != ReservationState::Picked {
                return Ok(());
            }
            // A promise that was to be broken and was picked first stands.
            if reservation.broken && state != ReservationState::Picked {
                ReservationState::Broken
            } else {
                ReservationState::Cancelled
            }
        };
        if let (Err(error), false) = (done, follows) {
            return Err(format!("reservation of event {}: {error}", header.seq));
        }
        self.becomes(id, next, follows)
    }
}

fn name(decision: &Decision) -> String {
    let name = match decision {
        Decision::Take { .. } => "take",
        Decision::Compare { .. } => "compare",
        Decision::Fork { .. } => "fork",
        Decision::Salvage => "salvage",
        Decision::WentBack { .. } => "went back",
        Decision::Adopt { .. } => "adopt",
        Decision::Rebase => "rebase",
        Decision::Gap { .. } => "gap",
    };
    format!("decision {name}")
}
