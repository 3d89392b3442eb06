//! What people do in a shop: selling, finding, counting, receiving, shipping.

use super::bounds::Budget;
use super::node::{Kind, ORDERS, PAYS_DEBT};
use super::rules::Flaw;
use super::step::{Protocol, Step, Steps, spending};
use super::world::{Counting, World};

impl<const LOCATIONS: usize> Protocol<LOCATIONS> {
    /// Sales: with a right; found; after a count at the till; by override.
    pub(super) fn till(&self, world: &World<LOCATIONS>, at: usize, steps: &mut Steps<LOCATIONS>) {
        let site = &world.sites[at];
        if let Some(twin) = &site.twin
            && !twin.restricted
            && twin.account.node_rights > 0
            && site.shelf > 0
            && self.may(world, Budget::Sales)
        {
            steps.push((Step::at("TWIN sale", at), self.sold_by_twin(world, at)));
        }
        let account = &site.node.account;
        if site.node.restricted || !self.may(world, Budget::Sales) {
            return;
        }
        if account.node_rights > 0 && site.shelf > 0 {
            let next = self.sold(world, at, Kind::Sale);
            steps.push((Step::at("till sale", at), next));
        }
        if self.bounds.lifecycle && account.node_rights == 0 {
            self.unit_in_hand(world, at, steps);
        }
    }

    /// The customer holds a unit and the node holds no right (sync.md 5.1).
    fn unit_in_hand(&self, world: &World<LOCATIONS>, at: usize, steps: &mut Steps<LOCATIONS>) {
        let site = &world.sites[at];
        let account = &site.node.account;
        let claimed = account.claim_bound > 0 && !self.flawed(Flaw::FoundDespiteClaims);
        let picked = account.picked() > 0 && !self.flawed(Flaw::FoundWhilePicked);
        let ungraded = account.unsellable > 0 && !self.flawed(Flaw::FoundWhileUnsellable);
        if !claimed && !picked && !ungraded {
            if site.shelf > 0 {
                steps.push((
                    Step::at("found at the till and sold", at),
                    self.sold(world, at, Kind::Found),
                ));
            }
            self.found_elsewhere(world, at, steps);
        }
        if account.claim_bound == 0 || site.shelf == 0 {
            return;
        }
        if self.may(world, Budget::Counts) && site.shelf > account.claim_bound {
            let mut counted = spending(world, Budget::Counts);
            let counting = Counting {
                seen: site.shelf,
                unbooked: 0,
            };
            self.count(&mut counted, at, counting);
            let next = self.sold(&counted, at, Kind::Sale);
            steps.push((Step::at("counted at the till and sold", at), next));
        }
        if self.may(world, Budget::Overrides) && site.shelf <= account.claim_bound {
            let next = self.sold(&spending(world, Budget::Overrides), at, Kind::Override);
            steps.push((Step::at("sold by override", at), next));
        }
    }

    /// The unit in hand is not from the shelf: it was set aside for an order, or nobody graded it yet.
    fn found_elsewhere(&self, world: &World<LOCATIONS>, at: usize, steps: &mut Steps<LOCATIONS>) {
        let site = &world.sites[at];
        for order in (0..ORDERS).filter(|order| site.set_aside[*order]) {
            let mut next = self.sold(world, at, Kind::Found);
            next.sites[at].shelf += 1;
            next.sites[at].drift += 1;
            next.sites[at].set_aside[order] = false;
            steps.push((
                Step::about("a picked unit taken for a found one", at, order),
                next,
            ));
        }
        if site.ungraded > 0 {
            let mut next = self.sold(world, at, Kind::Found);
            next.sites[at].shelf += 1;
            next.sites[at].drift += 1;
            next.sites[at].ungraded -= 1;
            steps.push((Step::at("an ungraded unit taken for a found one", at), next));
        }
    }

    /// A unit leaves the shop, and its sale is booked.
    fn sold(&self, world: &World<LOCATIONS>, at: usize, kind: Kind) -> World<LOCATIONS> {
        let mut next = spending(world, Budget::Sales);
        let before = next.sites[at].node.account;
        let id = next.record(at, kind, 0, self.rules);
        next.move_shelf(at, -1, self.rules);
        next.sites[at].handed |= 1 << id;
        let unknown =
            kind == Kind::Found || kind == Kind::Override && before.debt == before.claim_bound;
        next.sites[at].drift -= i8::from(unknown);
        next
    }

    fn sold_by_twin(&self, world: &World<LOCATIONS>, at: usize) -> World<LOCATIONS> {
        let mut next = spending(world, Budget::Sales);
        let site = &mut next.sites[at];
        let id = site.ids;
        site.ids += 1;
        if let Some(twin) = &mut site.twin {
            twin.record(
                super::node::Event::new(Kind::Sale, id, twin.epoch, 0),
                self.rules,
            );
        }
        site.shelf -= 1;
        site.handed |= 1 << id;
        next
    }

    /// The shelf and the rooms behind it: receipts, counts, customer returns, transfers, theft.
    pub(super) fn stock(&self, world: &World<LOCATIONS>, at: usize, steps: &mut Steps<LOCATIONS>) {
        let site = &world.sites[at];
        let account = &site.node.account;
        self.drift(world, at, steps);
        if site.node.restricted {
            return;
        }
        if self.may(world, Budget::Receipts) {
            let mut next = spending(world, Budget::Receipts);
            next.move_shelf(at, 1, self.rules);
            self.credited(next, at, Kind::Receipt, "goods receipt", steps);
        }
        if account.node_rights > 0 && self.may(world, Budget::Returns) {
            let mut next = spending(world, Budget::Returns);
            next.record(at, Kind::Return, 0, self.rules);
            steps.push((Step::at("return rights", at), next));
        }
        self.counting(world, at, steps);
        if self.may(world, Budget::CustomerReturns) {
            let mut next = spending(world, Budget::CustomerReturns);
            next.sites[at].ungraded += 1;
            next.record(at, Kind::CustomerReturn, 0, self.rules);
            steps.push((Step::at("customer return", at), next));
        }
        if site.ungraded > 0 && account.unsellable > 0 {
            let mut next = world.clone();
            next.sites[at].ungraded -= 1;
            next.move_shelf(at, 1, self.rules);
            self.credited(next, at, Kind::Graded, "graded as sellable", steps);
        }
        self.transfers(world, at, steps);
    }

    /// A unit more on the shelf is the node's, or pays debt if there is any; both must be safe.
    fn credited(
        &self,
        mut next: World<LOCATIONS>,
        at: usize,
        kind: Kind,
        words: &'static str,
        steps: &mut Steps<LOCATIONS>,
    ) {
        if next.sites[at].node.account.debt > 0 {
            let mut paying = next.clone();
            paying.record(at, kind, PAYS_DEBT, self.rules);
            steps.push((Step::at(words, at), paying));
        }
        next.record(at, kind, 0, self.rules);
        steps.push((Step::at(words, at), next));
    }

    /// A count begins with a look at the shelf and is booked later; booked movements in between are taken into account.
    fn counting(&self, world: &World<LOCATIONS>, at: usize, steps: &mut Steps<LOCATIONS>) {
        let site = &world.sites[at];
        if let Some(counting) = site.counting {
            let mut next = world.clone();
            self.count(&mut next, at, counting);
            steps.push((Step::at("count booked", at), next));
        } else if self.may(world, Budget::Counts) {
            let mut next = spending(world, Budget::Counts);
            let picked: i8 = site.set_aside.iter().map(|aside| i8::from(*aside)).sum();
            let wrongly = if self.flawed(Flaw::CountIncludesPicked) {
                picked
            } else {
                0
            };
            let seen = site.shelf + wrongly;
            next.sites[at].counting = Some(Counting { seen, unbooked: 0 });
            steps.push((Step::at("count begun", at), next));
        }
    }

    /// Books that so many units are on the shelf; only what nobody booked since the look at the shelf is still unknown.
    fn count(&self, next: &mut World<LOCATIONS>, at: usize, counting: Counting) {
        let seen = counting.seen.max(0).cast_unsigned();
        next.record(at, Kind::Count, seen, self.rules);
        let site = &mut next.sites[at];
        site.counting = None;
        site.drift = counting.seen + counting.unbooked - seen.cast_signed();
        site.missing = (-site.drift).max(0);
    }

    /// What no book knows: a unit vanishes, or turns up.
    fn drift(&self, world: &World<LOCATIONS>, at: usize, steps: &mut Steps<LOCATIONS>) {
        if world.sites[at].shelf > 0 && self.may(world, Budget::Thefts) {
            let mut next = spending(world, Budget::Thefts);
            next.move_unbooked(at, -1);
            next.sites[at].missing += 1;
            steps.push((Step::at("theft", at), next));
        }
        if self.may(world, Budget::Surpluses) {
            let mut next = spending(world, Budget::Surpluses);
            next.move_unbooked(at, 1);
            steps.push((Step::at("a unit more than the book says", at), next));
        }
    }

    /// A unit goes to the other location, is lost on the way, or arrives.
    fn transfers(&self, world: &World<LOCATIONS>, at: usize, steps: &mut Steps<LOCATIONS>) {
        if LOCATIONS < 2 {
            return;
        }
        let (site, other) = (&world.sites[at], 1 - at);
        let affordable =
            site.node.account.node_rights > 0 || self.flawed(Flaw::ShippedWithoutDebit);
        if affordable && site.shelf > 0 && self.may(world, Budget::Transfers) {
            let mut next = spending(world, Budget::Transfers);
            next.move_shelf(at, -1, self.rules);
            next.record(at, Kind::TransferOut, 0, self.rules);
            next.van[other] += 1;
            next.shipped[other] += 1;
            steps.push((Step::at("unit shipped", at), next));
        }
        if world.van[at] > 0 && self.may(world, Budget::VanLosses) {
            let mut next = spending(world, Budget::VanLosses);
            next.van[at] -= 1;
            steps.push((Step::at("lost on the way", at), next));
        }
        let arrived = world.van[at] > 0;
        if arrived || self.flawed(Flaw::ReceivedAsShipped) && world.shipped[at] > 0 {
            let mut next = world.clone();
            next.move_shelf(at, i8::from(arrived), self.rules);
            next.van[at] -= i8::from(arrived);
            next.shipped[at] -= 1;
            self.credited(next, at, Kind::TransferIn, "unit received", steps);
        }
    }
}
