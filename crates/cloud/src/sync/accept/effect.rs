//! What an event does to the cloud's own account, as its header says it: pure, under the locks of the accounts and the
//! promises. The cloud follows the node's `claim_bound` exactly; where it cannot, it never fails and never takes a
//! promise away, it says so.
use std::collections::BTreeMap;

use retail::quantity::Quantity;
use retail::rights::{CloudAccount, ReservationState};
use uuid::Uuid;
use wire::body::{Document as _, EpochOpened};
use wire::event::{Bucket, Header};

use crate::rights::{Accounts, Cause, Change};

/// A claim of this kind names a reservation.
pub(super) const RESERVATION: &str = "reservation";

/// A promise to an online order, as it is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Promise {
    pub(super) order: Uuid,
    pub(super) variant: Uuid,
    pub(super) quantity: i64,
    /// Units that were really there.
    pub(super) picked: i64,
    pub(super) state: ReservationState,
    /// What it becomes when the node will not pick it.
    pub(super) cancelled_as: ReservationState,
}

/// The accounts and promises of a location while the events of a batch pass over them.
pub(super) struct Effects {
    location: Uuid,
    incarnation: i64,
    is_frozen: bool,
    accounts: Accounts,
    promises: BTreeMap<Uuid, Promise>,
    pub(super) changes: Vec<Change>,
    /// Promises that took a step, with where they are now.
    pub(super) steps: BTreeMap<Uuid, Promise>,
    /// The node has followed a restored cloud.
    pub(super) is_rebased: bool,
    /// Why somebody should look at the node.
    pub(super) doubt: Option<String>,
}

/// Whether a header says anything about the cloud's account.
pub(super) fn touches(header: &Header) -> bool {
    header.incarnation.is_some()
        || header.moves.iter().any(|one| one.bucket == Bucket::C)
        || header.claims.iter().any(|claim| claim.kind == RESERVATION)
}

/// What one event says about one variant.
#[derive(Default)]
struct Said {
    /// Of the claims of the cloud.
    claims: i64,
    /// Units that were picked.
    picked: i64,
}

impl Effects {
    pub(super) fn new(
        location: Uuid,
        (incarnation, is_frozen): (i64, bool),
        accounts: Accounts,
        promises: BTreeMap<Uuid, Promise>,
    ) -> Self {
        Self {
            location,
            incarnation,
            is_frozen,
            accounts,
            promises,
            changes: Vec::new(),
            steps: BTreeMap::new(),
            is_rebased: false,
            doubt: None,
        }
    }

    /// What came back of each resource, by the node's own returns.
    pub(super) fn returned(&self) -> BTreeMap<Uuid, i64> {
        let mut sums = BTreeMap::new();
        for change in self.changes.iter().filter(|one| one.cause == Cause::Return) {
            *sums.entry(change.resource).or_default() += change.available;
        }
        sums
    }

    /// Follows one event.
    pub(super) fn follow(&mut self, header: &Header) {
        if self.is_frozen && header.incarnation == Some(self.incarnation) {
            self.rebase(header.id);
        }
        let mut said = BTreeMap::<Uuid, Said>::new();
        for one in &header.moves {
            let of = said.entry(one.variant).or_default();
            match one.bucket {
                Bucket::C => of.claims = of.claims.saturating_add(one.quantity),
                Bucket::K => of.picked = of.picked.saturating_add(one.quantity),
                Bucket::N | Bucket::D | Bucket::U | Bucket::T => {}
            }
        }
        let mut is_pick = false;
        for claim in header.claims.iter().filter(|one| one.kind == RESERVATION) {
            if claim.quantity > 0 {
                self.cancel(header, claim.key, &mut said);
            } else {
                is_pick = true;
                self.pick(header, claim.key, &mut said);
            }
        }
        if header.kind == EpochOpened::KIND {
            // The snapshot of what the cloud holds already.
            return;
        }
        for (variant, Said { claims, .. }) in said {
            match claims {
                0 => {}
                1.. => {
                    if is_pick {
                        self.suspect(header, "picks more than the claims fall by");
                    }
                    self.give_back(header, variant, claims);
                }
                _ if header.command.is_some() && !is_pick => {
                    self.credit(header, variant, -claims);
                }
                _ => self.fall(header, variant, -claims),
            }
        }
    }

    /// The node has adopted this incarnation: grants of the lost future are void.
    fn rebase(&mut self, event: Uuid) {
        self.is_rebased = true;
        for (&key, account) in &mut self.accounts {
            let before = *account;
            account.void_grants();
            let change = Change::between(key, before, *account, Cause::Rebase, Some(event));
            self.changes.extend(change);
        }
    }

    /// The node will not pick a promise, or has put it back.
    fn cancel(&mut self, header: &Header, id: Uuid, said: &mut BTreeMap<Uuid, Said>) {
        let Some(promise) = self.promises.get(&id).cloned() else {
            return self.suspect(header, "cancels a promise that is not known");
        };
        match promise.state {
            // Asked to, or because it does not know it any more: nobody will pick it.
            ReservationState::Cancelling | ReservationState::Claimed => {
                let of = said.entry(promise.variant).or_default();
                if of.claims < 0 {
                    // Nobody has counted there since the promise was made: the right comes back to nobody.
                    of.claims = of.claims.saturating_add(promise.quantity);
                    self.step(id, promise.cancelled_as);
                    self.fall_promised(&promise, id, Cause::Void);
                } else {
                    self.release(id);
                }
            }
            ReservationState::Picked => self.step(id, ReservationState::Cancelled),
            ReservationState::Cancelled | ReservationState::Broken => {}
            state => self.suspect(
                header,
                &format!("cancels a promise that is {}", state.code()),
            ),
        }
    }

    fn release(&mut self, id: Uuid) {
        let Some(promise) = self.promises.get(&id).cloned() else {
            return;
        };
        self.step(id, promise.cancelled_as);
        let quantity = Quantity::new(promise.quantity);
        self.change(promise.variant, Cause::Release, Some(id), |account| {
            account.release(quantity)
        });
    }

    fn fall_promised(&mut self, promise: &Promise, id: Uuid, cause: Cause) {
        let quantity = Quantity::new(promise.quantity);
        self.change(promise.variant, cause, Some(id), |account| {
            account.picked(quantity)
        });
    }

    /// A promise was picked, or its units were not there. A cloud that was restored follows whatever it had before.
    fn pick(&mut self, header: &Header, id: Uuid, said: &mut BTreeMap<Uuid, Said>) {
        let Some(promise) = self.promises.get(&id).cloned() else {
            return self.suspect(header, "picks a promise that is not known");
        };
        let is_awaited = matches!(
            promise.state,
            ReservationState::Claimed | ReservationState::Cancelling
        );
        if !is_awaited && !self.is_frozen {
            let state = promise.state.code();
            return self.suspect(header, &format!("picks a promise that is {state}"));
        }
        let of = said.entry(promise.variant).or_default();
        let there = of.picked.clamp(0, promise.quantity);
        of.picked -= there;
        if promise.state.is_promised() {
            of.claims = of.claims.saturating_add(promise.quantity);
            self.fall_promised(&promise, id, Cause::Pick);
        }
        if let Some(kept) = self.promises.get_mut(&id) {
            kept.picked = there;
        }
        let state = if there > 0 {
            ReservationState::Picked
        } else {
            ReservationState::Short
        };
        self.step(id, state);
    }

    fn give_back(&mut self, header: &Header, variant: Uuid, quantity: i64) {
        self.change(variant, Cause::Return, Some(header.id), |account| {
            account.returned(Quantity::new(quantity))
        });
    }

    fn credit(&mut self, header: &Header, variant: Uuid, quantity: i64) {
        let granting = self.account(variant).granting.base_units();
        let known = quantity.min(granting);
        if known > 0 {
            self.change(variant, Cause::Credit, Some(header.id), |account| {
                account.credited(Quantity::new(known))
            });
        }
        if quantity > known {
            self.fall(header, variant, quantity - known);
        }
    }

    /// The claims fall by more than the cloud knows a reason for: what is not promised falls with them, so that
    /// nothing is promised that may be gone.
    fn fall(&mut self, header: &Header, variant: Uuid, quantity: i64) {
        self.suspect(
            header,
            "lowers the claims of the cloud by more than it has sent",
        );
        let account = self.account(variant);
        let available = quantity.min(account.available.base_units());
        let granting = (quantity - available).min(account.granting.base_units());
        let cause = if self.is_frozen {
            Cause::Rebase
        } else {
            Cause::Clamp
        };
        self.change(variant, cause, Some(header.id), |account| {
            account.available = account.available - Quantity::new(available);
            account.granting = account.granting - Quantity::new(granting);
            Ok(())
        });
    }

    fn account(&self, variant: Uuid) -> CloudAccount {
        let account = self.accounts.get(&(variant, self.location));
        account.copied().unwrap_or_default()
    }

    fn change(
        &mut self,
        variant: Uuid,
        cause: Cause,
        subject: Option<Uuid>,
        step: impl FnOnce(&mut CloudAccount) -> Result<(), retail::rights::RightsError>,
    ) {
        let key = (variant, self.location);
        let account = self.accounts.entry(key).or_default();
        let before = *account;
        if let Err(error) = step(account) {
            *account = before;
            let doubt = format!("an account of the cloud cannot follow: {error}");
            self.doubt.get_or_insert(doubt);
            return;
        }
        let change = Change::between(key, before, *account, cause, subject);
        self.changes.extend(change);
    }

    fn step(&mut self, id: Uuid, state: ReservationState) {
        if let Some(promise) = self.promises.get_mut(&id) {
            promise.state = state;
            self.steps.insert(id, promise.clone());
        }
    }

    /// A cloud that was restored has lost what it had sent: then nothing of this is the node's fault.
    fn suspect(&mut self, header: &Header, what: &str) {
        if !self.is_frozen && self.doubt.is_none() {
            self.doubt = Some(format!("event {} {what}", header.seq));
        }
    }
}
