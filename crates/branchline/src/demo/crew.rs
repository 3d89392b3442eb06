//! Everybody at the tills of one location: does what the timeline says, and copes with visitors and with pauses of the shop.
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use edge::history::Past;
use retail::{location::RegisterId, shift::ShiftId, staff::StaffId};
use traffic::chain::{Chain, Location, Opening, Role, Shift, Staff};
use uuid::Uuid;

use super::{
    clock::ShopClock,
    past,
    till::{Refusal, Till},
    timeline::Step,
};

/// First wait before something that may pass is tried again; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How often a session or a shift that a visitor has ended is put right within one step.
const REPAIRS: u32 = 5;

/// The staff of one location at their tills.
pub(super) struct Crew<'a> {
    staff: HashMap<StaffId, &'a Staff>,
    manager: (StaffId, RegisterId),
    shifts: HashMap<ShiftId, &'a Shift>,
    address: String,
    clock: Arc<ShopClock>,
    tills: HashMap<(RegisterId, StaffId), Till>,
    /// Shifts that a visitor has opened or closed, and what stands in their place.
    instead: HashMap<ShiftId, ShiftId>,
}

impl<'a> Crew<'a> {
    /// The staff of `location`, which is served at `address` and lives by `clock`.
    pub(super) fn new(
        chain: &'a Chain,
        location: &Location,
        address: &str,
        clock: Arc<ShopClock>,
    ) -> anyhow::Result<Self> {
        let staff = chain
            .staff
            .iter()
            .filter(|person| person.location == Some(location.id));
        let staff: HashMap<StaffId, &Staff> = staff.map(|person| (person.id, person)).collect();
        let manager = staff
            .values()
            .find(|person| person.role == Role::BranchManager);
        let shifts = chain
            .shifts
            .iter()
            .filter(|shift| shift.location == location.id);
        Ok(Self {
            manager: (
                manager.context("every location has a manager")?.id,
                location
                    .registers
                    .first()
                    .context("every location has a register")?
                    .id,
            ),
            staff,
            shifts: shifts.map(|shift| (shift.id, shift)).collect(),
            address: address.to_owned(),
            clock,
            tills: HashMap::new(),
            instead: HashMap::new(),
        })
    }

    /// Does one step in the past, at its own time.
    pub(super) async fn relive(&mut self, step: Step<'a>) -> anyhow::Result<()> {
        self.clock.travel(step.at());
        self.perform(step).await
    }

    /// Does steps of the past: all of them in one commit of the shop, as its tills would have done them. What is refused
    /// so, because a visitor was at a drawer meanwhile, is done step by step.
    pub(super) async fn relive_all(
        &mut self,
        shop: &edge::Shop,
        steps: &[Step<'a>],
    ) -> anyhow::Result<()> {
        let Some(last) = steps.last() else {
            return Ok(());
        };
        self.clock.travel(last.at());
        if self.instead.is_empty() {
            let past = self.past(shop, steps).await?;
            match edge::history::enter(shop, past).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    tracing::warn!(%error, "The past is entered step by step: {error}");
                }
            }
        }
        for step in steps {
            self.relive(*step).await?;
        }
        Ok(())
    }

    async fn past(&self, shop: &edge::Shop, steps: &[Step<'a>]) -> anyhow::Result<Vec<Past>> {
        let mut actors = HashMap::<(StaffId, RegisterId), Arc<edge::staff::Actor>>::new();
        let mut past = Vec::with_capacity(steps.len());
        for step in steps {
            let key = self.who(*step);
            if let Entry::Vacant(place) = actors.entry(key) {
                let actor = edge::staff::actor(shop, key.0, key.1).await?;
                let actor = actor.context("somebody of the past does not work here")?;
                place.insert(Arc::new(actor));
            }
            past.push(Past {
                at: step.at(),
                actor: Arc::clone(&actors[&key]),
                deed: past::deed(*step),
            });
        }
        Ok(past)
    }

    /// Who does a step, at which register.
    fn who(&self, step: Step<'a>) -> (StaffId, RegisterId) {
        let shift = match step {
            Step::Count(_) => return self.manager,
            Step::Open(shift) | Step::Close(shift) => shift,
            Step::Sell(basket) => self.shifts[&basket.shift],
            Step::Buy(purchase) => self.shifts[&purchase.shift],
        };
        (shift.staff, shift.register)
    }

    /// Comes back to the time that everybody has.
    pub(super) fn come_back(&self) {
        self.clock.come_back();
    }

    /// Does one step; waits as long as the shop cannot answer. Doing a step again changes nothing.
    pub(super) async fn perform(&mut self, step: Step<'a>) -> anyhow::Result<()> {
        let (mut wait, mut repairs) = (FIRST_WAIT, 0);
        loop {
            let Err(error) = self.attempt(step).await else {
                return Ok(());
            };
            if is_passing(&error) {
                tracing::debug!(%error, "The shop does not answer; trying again");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
                continue;
            }
            let Some(refusal) = error
                .downcast_ref::<Refusal>()
                .filter(|_| repairs < REPAIRS)
            else {
                return Err(error).context(format!("the replay at {}", step.at()));
            };
            repairs += 1;
            match (refusal.code(), step) {
                ("session.missing", _) => self.tills.clear(),
                // A visitor has closed the drawer before us, or had another shift open when this one was due.
                ("shift.closed" | "shift.unknown", Step::Close(_)) => return Ok(()),
                ("shift.closed" | "shift.unknown", Step::Sell(basket)) => {
                    self.open_again(basket.shift).await?;
                }
                ("shift.closed" | "shift.unknown", Step::Buy(purchase)) => {
                    self.open_again(purchase.shift).await?;
                }
                ("shift.already_open", Step::Open(shift)) => {
                    self.clear_drawer(shift, refusal).await?;
                }
                _ => return Err(error).context(format!("the replay at {}", step.at())),
            }
        }
    }

    /// Opens another shift in the place of one that a visitor has closed.
    async fn open_again(&mut self, planned: ShiftId) -> anyhow::Result<()> {
        let shift = self.shifts[&planned];
        let id = next_after(self.standing_for(planned));
        let opened = self.till_of(shift).await?.open(shift, id).await;
        self.instead.insert(planned, id);
        let Err(error) = opened else {
            return Ok(());
        };
        match error.downcast_ref::<Refusal>() {
            Some(refusal) if refusal.code() == "shift.already_open" => {
                self.clear_drawer(shift, refusal).await
            }
            Some(_) | None => Err(error),
        }
    }

    /// Closes the shift that a visitor has left open at a till of the replay: what is sold in it would get its date.
    async fn clear_drawer(&mut self, planned: &Shift, refusal: &Refusal) -> anyhow::Result<()> {
        let open = refusal
            .open_shift()
            .context("the edge does not say which shift is open")?;
        self.till_of(planned).await?.close(planned, open).await
    }

    async fn attempt(&mut self, step: Step<'a>) -> anyhow::Result<()> {
        match step {
            Step::Count(opening) => self.count(opening).await,
            Step::Open(shift) => {
                let id = self.standing_for(shift.id);
                self.till_of(shift).await?.open(shift, id).await
            }
            Step::Close(shift) => {
                let id = self.standing_for(shift.id);
                self.till_of(shift).await?.close(shift, id).await
            }
            Step::Sell(basket) => {
                let id = self.standing_for(basket.shift);
                self.till_of(self.shifts[&basket.shift])
                    .await?
                    .sell(basket, id)
                    .await
            }
            Step::Buy(purchase) => {
                let id = self.standing_for(purchase.shift);
                self.till_of(self.shifts[&purchase.shift])
                    .await?
                    .buy(purchase, id)
                    .await
            }
        }
    }

    async fn count(&mut self, opening: &Opening) -> anyhow::Result<()> {
        let (staff, register) = self.manager;
        self.till(register, staff).await?.count(opening).await
    }

    async fn till_of(&mut self, shift: &Shift) -> anyhow::Result<&Till> {
        self.till(shift.register, shift.staff).await
    }

    /// The browser of somebody at a register; signed in at the first use.
    async fn till(&mut self, register: RegisterId, staff: StaffId) -> anyhow::Result<&Till> {
        let key = (register, staff);
        if !self.tills.contains_key(&key) {
            let pin = self.staff[&staff]
                .pin
                .context("somebody without a PIN stands at a till")?;
            let till = Till::sign_in(&self.address, register, staff, pin).await?;
            self.tills.insert(key, till);
        }
        Ok(&self.tills[&key])
    }

    fn standing_for(&self, planned: ShiftId) -> ShiftId {
        self.instead.get(&planned).copied().unwrap_or(planned)
    }
}

/// The id of the shift that follows one which was closed too early; the same at every start.
fn next_after(shift: ShiftId) -> ShiftId {
    let closed = shift.as_uuid();
    let mut bytes = *Uuid::new_v5(&closed, b"opened again").as_bytes();
    // Time and version stay those of a UUIDv7.
    bytes[..7].copy_from_slice(&closed.as_bytes()[..7]);
    ShiftId::from_uuid(Uuid::from_bytes(bytes))
}

/// Whether the same step may succeed a little later: the shop is busy or away.
fn is_passing(error: &anyhow::Error) -> bool {
    match error.downcast_ref::<Refusal>() {
        Some(refusal) => refusal.is_passing(),
        None => error.downcast_ref::<reqwest::Error>().is_some(),
    }
}

#[cfg(test)]
mod tests {
    use retail::shift::ShiftId;
    use uuid::Uuid;

    use super::next_after;

    #[test]
    fn the_next_shift_is_a_uuid_v7_of_the_same_time() {
        let closed: Uuid = "01a1c664-6a40-7431-bff4-0e689bcb3d95".parse().unwrap();
        let next = next_after(ShiftId::from_uuid(closed)).as_uuid();
        assert_eq!(
            (next.get_version_num(), next.get_timestamp()),
            (7, closed.get_timestamp())
        );
        assert_eq!(next, next_after(ShiftId::from_uuid(closed)).as_uuid());
        assert_ne!(next, closed);
    }
}
