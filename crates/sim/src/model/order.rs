//! The life of an online order: held, claimed, picked, handed over; or expired, cancelled, short.

use super::bounds::Budget;
use super::cloud::{Ask, Order, index};
use super::node::{Kind, ORDERS, Task};
use super::rules::Flaw;
use super::step::{Protocol, Step, Steps, spending};
use super::world::{Customer, World};

impl<const LOCATIONS: usize> Protocol<LOCATIONS> {
    /// A sale online that is a promise at once and for ever.
    pub(super) fn online_sale(
        &self,
        world: &World<LOCATIONS>,
        at: usize,
        steps: &mut Steps<LOCATIONS>,
    ) {
        let stream = &world.cloud.streams[at];
        let overdrawn = self.flawed(Flaw::CloudOverdraws);
        let free = world.sites[at].shelf > world.promised(at);
        let affordable = stream.cloud_rights > 0 || overdrawn && free;
        let new = world
            .customers
            .iter()
            .position(|customer| *customer == Customer::None);
        if let Some(order) =
            new.filter(|_| self.may(world, Budget::Orders) && !stream.frozen && affordable)
        {
            let mut next = spending(world, Budget::Orders);
            let rights = &mut next.cloud.streams[at].cloud_rights;
            *rights = if overdrawn {
                (*rights - 1).max(0)
            } else {
                *rights - 1
            };
            next.customers[order] = Customer::Promised(index(at));
            steps.push((Step::at("online sale", at), next));
        }
    }

    /// What shoppers and the clock do to online orders.
    pub(super) fn orders(&self, world: &World<LOCATIONS>, steps: &mut Steps<LOCATIONS>) {
        if !self.bounds.lifecycle {
            return;
        }
        // Ids are never used again, also not by a cloud that has forgotten an order.
        let new = (0..ORDERS).find(|order| {
            world.cloud.orders[*order] == Order::None && world.customers[*order] == Customer::None
        });
        let thawed = |at: usize| !world.cloud.streams[at].frozen;
        if let Some(order) = new.filter(|_| self.may(world, Budget::Orders)) {
            for at in
                (0..LOCATIONS).filter(|at| thawed(*at) && world.cloud.streams[*at].cloud_rights > 0)
            {
                let mut next = spending(world, Budget::Orders);
                next.cloud.streams[at].cloud_rights -= 1;
                let source = if self.flawed(Flaw::PickElsewhere) {
                    LOCATIONS - 1 - at
                } else {
                    at
                };
                next.cloud.orders[order] = Order::Held(index(source));
                steps.push((Step::about("unit held online", at, order), next));
            }
        }
        for order in 0..ORDERS {
            match world.cloud.orders[order] {
                Order::Held(at) if thawed(usize::from(at)) => {
                    self.held(world, usize::from(at), order, steps);
                }
                Order::Claimed(at) if thawed(usize::from(at)) => {
                    self.claimed(world, usize::from(at), order, steps);
                }
                Order::Expired if world.customers[order] == Customer::None => {
                    self.paid_late(world, order, steps);
                }
                _ => {}
            }
        }
    }

    /// A held order is paid for, or its hold expires.
    fn held(
        &self,
        world: &World<LOCATIONS>,
        at: usize,
        order: usize,
        steps: &mut Steps<LOCATIONS>,
    ) {
        let mut next = world.clone();
        claim(&mut next, at, order);
        steps.push((Step::about("paid for in time", at, order), next));
        if self.may(world, Budget::Expiries) {
            let mut next = spending(world, Budget::Expiries);
            self.free(&mut next, at, order, Order::Expired);
            if self.flawed(Flaw::ExpiryLowersClaimBound) {
                next.send(at, Ask::Cancel, index(order));
            }
            steps.push((Step::about("hold expired", at, order), next));
        }
    }

    /// A paid order is cancelled; by a wrong rule it also expires.
    fn claimed(
        &self,
        world: &World<LOCATIONS>,
        at: usize,
        order: usize,
        steps: &mut Steps<LOCATIONS>,
    ) {
        if self.flawed(Flaw::PaidOrderExpires) && self.may(world, Budget::Expiries) {
            let mut next = spending(world, Budget::Expiries);
            self.free(&mut next, at, order, Order::Closed);
            next.customers[order] = Customer::Refunded;
            steps.push((Step::about("paid order expired", at, order), next));
        }
        if self.may(world, Budget::Cancellations) {
            let mut next = spending(world, Budget::Cancellations);
            next.send(at, Ask::Cancel, index(order));
            next.cloud.orders[order] = Order::Cancelling(index(at));
            if next.customers[order] != Customer::Served {
                next.customers[order] = Customer::Refunded;
            }
            let mirror = world.cloud.streams[at].mirror(self.rules);
            if self.flawed(Flaw::CancelAtOnce)
                && matches!(mirror.tasks[order], Task::None | Task::Asked)
            {
                self.free(&mut next, at, order, Order::Closed);
            }
            steps.push((Step::about("cancelled by the customer", at, order), next));
        }
    }

    /// The payment of an order whose hold expired arrives: it needs a new right.
    fn paid_late(&self, world: &World<LOCATIONS>, order: usize, steps: &mut Steps<LOCATIONS>) {
        let without = self.flawed(Flaw::ClaimAfterExpiry);
        for at in 0..LOCATIONS {
            let stream = &world.cloud.streams[at];
            if !stream.frozen && (stream.cloud_rights > 0 || without) {
                let mut next = world.clone();
                next.cloud.streams[at].cloud_rights -= i8::from(!without);
                claim(&mut next, at, order);
                steps.push((
                    Step::about("paid for after expiry, with a new right", at, order),
                    next,
                ));
            }
        }
    }

    /// The unit of an order is the cloud's again.
    fn free(&self, next: &mut World<LOCATIONS>, at: usize, order: usize, state: Order) {
        next.cloud.orders[order] = state;
        next.cloud.streams[at].cloud_rights += 1;
        next.settle(at, &self.bounds, self.rules);
    }

    /// What the staff of a shop do with the orders that they know of.
    pub(super) fn tasks(&self, world: &World<LOCATIONS>, at: usize, steps: &mut Steps<LOCATIONS>) {
        let site = &world.sites[at];
        if site.node.restricted {
            return;
        }
        for order in 0..ORDERS {
            match site.node.account.tasks[order] {
                Task::Asked => self.asked(world, at, order, steps),
                Task::Picked
                    if site.set_aside[order] && world.customers[order] != Customer::Served =>
                {
                    let mut next = world.clone();
                    next.record(at, Kind::HandOver, index(order), self.rules);
                    next.sites[at].set_aside[order] = false;
                    next.customers[order] = Customer::Served;
                    steps.push((Step::about("handed over to the customer", at, order), next));
                }
                _ => {}
            }
        }
    }

    fn asked(
        &self,
        world: &World<LOCATIONS>,
        at: usize,
        order: usize,
        steps: &mut Steps<LOCATIONS>,
    ) {
        let site = &world.sites[at];
        let counted = site.node.account.counted || self.flawed(Flaw::PickUncounted);
        if site.shelf > 0 && counted {
            let mut next = world.clone();
            let before = site.node.account;
            next.record(at, Kind::Pick, index(order), self.rules);
            next.move_shelf(at, -1, self.rules);
            // A pick for a claim without a unit, of which the node has none either: the unit was unknown.
            let unbacked =
                before.debt == before.claim_bound && before.debt > 0 && before.node_rights == 0;
            next.sites[at].drift -= i8::from(unbacked);
            next.sites[at].set_aside[order] = true;
            steps.push((Step::about("picked", at, order), next));
        }
        if self.may(world, Budget::ShortPicks) {
            let mut next = spending(world, Budget::ShortPicks);
            next.record(at, Kind::ShortPick, index(order), self.rules);
            let site = &mut next.sites[at];
            site.missed[order] = true;
            site.drift = site.shelf;
            site.missing = 0;
            steps.push((Step::about("not found by the staff", at, order), next));
        }
    }
}

/// The order is paid for: a promise, and a task for the shop in the same transaction.
fn claim<const LOCATIONS: usize>(next: &mut World<LOCATIONS>, at: usize, order: usize) {
    next.cloud.orders[order] = Order::Claimed(index(at));
    next.customers[order] = Customer::Promised(index(at));
    next.send(at, Ask::Pick, index(order));
}
