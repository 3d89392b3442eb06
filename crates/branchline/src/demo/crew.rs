//! Everybody at the tills of one location: does what the timeline says, and copes with visitors and with pauses of the shop.
use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::Context;
use retail::{location::RegisterId, shift::ShiftId, staff::StaffId};
use traffic::chain::{Chain, Location, Opening, Role, Shift, Staff};

use super::{
    clock::ShopClock,
    till::{Refusal, Till},
    timeline::Step,
};

/// First wait before something that may pass is tried again; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How often a session or a shift that a visitor has ended is put right within one step.
const REPAIRS: u32 = 3;

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
            } else if repairs < REPAIRS && self.repair(step, &error) {
                repairs += 1;
            } else {
                return Err(error).context(format!("the replay at {}", step.at()));
            }
        }
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

    /// Puts right what a visitor has changed. `false` when there is nothing to be put right.
    fn repair(&mut self, step: Step<'a>, error: &anyhow::Error) -> bool {
        let Some(refusal) = error.downcast_ref::<Refusal>() else {
            return false;
        };
        match (refusal.code(), step) {
            ("session.missing", _) => {
                self.tills.clear();
                true
            }
            ("shift.already_open", Step::Open(shift)) => {
                let open = refusal.open_shift();
                open.is_some_and(|open| self.instead.insert(shift.id, open) != Some(open))
            }
            _ => false,
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

/// Whether the same step may succeed a little later: the shop is busy or away.
fn is_passing(error: &anyhow::Error) -> bool {
    match error.downcast_ref::<Refusal>() {
        Some(refusal) => refusal.is_passing(),
        None => error.downcast_ref::<reqwest::Error>().is_some(),
    }
}
