//! A single-use voucher is a resource like any other, with one right: whoever holds the right redeems it, and while the
//! branch that issued it, the web shop and another branch cannot talk, nobody redeems it twice.
use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::q;
use crate::quantity::Quantity;
use crate::rights::{CloudAccount, Ledgers, NodeAccount, Resource, RightsError};

const ONE: Quantity = q(1);
const VOUCHER: Resource = Resource(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
const COLA: Resource = Resource(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002));

/// Where the voucher may be presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// The branch that printed it.
    Here,
    /// A branch that has only heard of it.
    Elsewhere,
    /// The web shop, or a branch that asks the cloud.
    Web,
}

/// What can happen next.
#[derive(Debug, Clone, Copy)]
enum Step {
    Redeem(Place),
    /// The web shop's customer gives up before paying.
    Undo,
    /// The branch gives the right to the cloud.
    GiveBack,
    /// The cloud gives the right to the branch, which credits it.
    Grant,
    Credit,
    /// The branch strikes a voucher off that was redeemed at the web.
    Strike,
    /// The cloud accepts the branch's next event.
    Accept,
}

const STEPS: [Step; 9] = [
    Step::Redeem(Place::Here),
    Step::Redeem(Place::Elsewhere),
    Step::Redeem(Place::Web),
    Step::Undo,
    Step::GiveBack,
    Step::Grant,
    Step::Credit,
    Step::Strike,
    Step::Accept,
];

/// What the branch tells the cloud, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Returned,
    Credited,
    Struck,
}

/// Two branches and the cloud, each with its accounts by resource, and what is on its way.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct World {
    here: BTreeMap<Resource, NodeAccount>,
    elsewhere: BTreeMap<Resource, NodeAccount>,
    cloud: BTreeMap<Resource, CloudAccount>,
    granted: Quantity,
    told: Vec<Told>,
    redeemed: Vec<Place>,
}

impl World {
    /// One voucher was printed, and three cola were counted.
    fn new() -> Self {
        let mut world = Self::default();
        for (resource, units) in [(VOUCHER, ONE), (COLA, q(3))] {
            let account = world.here.entry(resource).or_default();
            account.receive(units, false).expect("it fits");
        }
        world
    }

    /// Takes a step, or says that it cannot be taken.
    fn step(&mut self, step: Step) -> Result<(), RightsError> {
        let here = self.here.entry(VOUCHER).or_default();
        let cloud = self.cloud.entry(VOUCHER).or_default();
        match step {
            Step::Redeem(Place::Here) => drop(here.sell(ONE)?),
            Step::Redeem(Place::Elsewhere) => {
                drop(self.elsewhere.entry(VOUCHER).or_default().sell(ONE)?);
            }
            Step::Redeem(Place::Web) => cloud.reserve(ONE)?,
            Step::Undo => {
                // Once the branch has struck it off, only its own word ends a promise.
                take(&mut (cloud.promised - on_its_way(&self.told, Told::Struck)))?;
                cloud.release(ONE)?;
                self.redeemed.retain(|place| *place != Place::Web);
            }
            Step::GiveBack => {
                here.give_back(ONE)?;
                self.told.push(Told::Returned);
            }
            Step::Grant => {
                cloud.grant(ONE)?;
                self.granted = self.granted + ONE;
            }
            Step::Credit => {
                take(&mut self.granted)?;
                here.credit(ONE)?;
                // The same message once more, past its cursor: there is nothing that it could give.
                assert!(here.clone().credit(ONE).is_err(), "a right out of nothing");
                self.told.push(Told::Credited);
            }
            Step::Strike => {
                take(&mut (cloud.promised - on_its_way(&self.told, Told::Struck)))?;
                here.pick(ONE, ONE)?;
                here.hand_over(ONE)?;
                self.told.push(Told::Struck);
            }
            Step::Accept => {
                take(&mut Quantity::new(i64::from(!self.told.is_empty())))?;
                match self.told.remove(0) {
                    Told::Returned => cloud.returned(ONE)?,
                    Told::Credited => cloud.credited(ONE)?,
                    Told::Struck => cloud.picked(ONE)?,
                }
            }
        }
        if let Step::Redeem(place) = step {
            self.redeemed.push(place);
        }
        Ok(())
    }

    /// Redeemed at most once, and the books agree about what is left of it.
    fn check(&self) {
        assert!(self.redeemed.len() <= 1, "redeemed twice: {self:?}");
        let node = self.here[&VOUCHER];
        let cloud = self.cloud.get(&VOUCHER).copied().unwrap_or_default();
        let ledgers = Ledgers {
            node,
            cloud,
            returning: on_its_way(&self.told, Told::Returned),
            credited: on_its_way(&self.told, Told::Credited),
            picked: on_its_way(&self.told, Told::Struck),
            shelf: None,
        };
        assert_eq!(ledgers.check(), Ok(()), "{self:?}");
        // The one right is somewhere, or was used; a promise at the web uses it.
        let free = node.rights + cloud.available + ledgers.returning + self.granted;
        let used = Quantity::new(i64::try_from(self.redeemed.len()).expect("a few"));
        assert_eq!(free + used, ONE, "{self:?}");
        assert_eq!(self.here[&COLA].rights, q(3), "another resource moved");
    }
}

/// How many of such events the cloud has not accepted yet.
fn on_its_way(told: &[Told], what: Told) -> Quantity {
    let count = told.iter().filter(|one| **one == what).count();
    Quantity::new(i64::try_from(count).expect("a few"))
}

fn take(balance: &mut Quantity) -> Result<(), RightsError> {
    crate::rights::take(balance, ONE)
}

#[test]
fn a_voucher_that_is_presented_in_several_places_is_redeemed_in_one() {
    let (mut seen, mut next) = (BTreeSet::new(), vec![World::new()]);
    let mut redeemed = BTreeSet::new();
    while let Some(world) = next.pop() {
        if !seen.insert(world.clone()) {
            continue;
        }
        world.check();
        redeemed.extend(world.redeemed.iter().copied());
        for step in STEPS {
            let mut after = world.clone();
            if after.step(step).is_ok() {
                next.push(after);
            }
        }
    }
    // Every state that there is: both holders of the right could redeem it, the branch without one never.
    assert_eq!(redeemed, BTreeSet::from([Place::Here, Place::Web]));
    assert!(seen.len() > 10, "{} states", seen.len());
}
