//! The cloud goes back to a backup, and the nodes help it forward.

use super::bounds::Budget;
use super::cloud::{Ask, Message, Order, index};
use super::few::Few;
use super::node::{Kind, ORDERS, Task, fold};
use super::rules::Flaw;
use super::step::{Protocol, Step, Steps, spending};
use super::world::{Customer, World};

impl<const LOCATIONS: usize> Protocol<LOCATIONS> {
    /// The cloud goes back to a backup, and the nodes help it forward.
    pub(super) fn cloud_restore(&self, world: &World<LOCATIONS>, steps: &mut Steps<LOCATIONS>) {
        if self.may(world, Budget::CloudRestores) {
            match &world.cloud_backup {
                None => {
                    let mut next = world.clone();
                    next.cloud_backup = Some(world.cloud.clone());
                    steps.push((Step::anywhere("cloud backup"), next));
                }
                Some(backup) if *backup != world.cloud => {
                    let mut next = spending(world, Budget::CloudRestores);
                    next.cloud = backup.clone();
                    next.cloud.incarnation += 1;
                    next.cloud_backup = None;
                    for stream in &mut next.cloud.streams {
                        stream.frozen = !self.flawed(Flaw::CloudContinues);
                    }
                    steps.push((Step::anywhere("cloud restored from backup"), next));
                }
                Some(_) => {}
            }
        }
        for at in 0..LOCATIONS {
            let (site, stream) = (&world.sites[at], &world.cloud.streams[at]);
            let able = !site.node.restricted && site.node.epoch >= stream.epoch;
            if stream.frozen && able && !self.flawed(Flaw::HandOverBeforeFsync) {
                let next = self.rebased(world, at);
                let stream = &next.cloud.streams[at];
                if stream.cloud_rights >= 0 && !stream.forked {
                    steps.push((Step::at("re-base after PITR", at), next));
                }
            }
        }
    }

    /// The node moves to the new incarnation and resends; the cloud derives its rights from `claim_bound`.
    fn rebased(&self, world: &World<LOCATIONS>, at: usize) -> World<LOCATIONS> {
        let mut next = world.clone();
        let node = world.sites[at].node;
        let stream = &mut next.cloud.streams[at];
        if node.epoch > stream.epoch || stream.vacant {
            stream.epoch = node.epoch;
            stream.accepted = Few::default();
            stream.vacant = false;
            if self.bounds.lifecycle {
                stream.enrolled = node.enrolled;
            }
        }
        if self.flawed(Flaw::RebaseUnlogged) {
            let site = &mut next.sites[at];
            site.node.enrolled.incarnation = next.cloud.incarnation;
            site.node.account.incarnation = next.cloud.incarnation;
            site.disk = None;
        } else {
            while next.sites[at].node.account.incarnation < next.cloud.incarnation {
                next.record(at, Kind::Rebase, 0, self.rules);
            }
        }
        let log = next.sites[at].node.log;
        next.cloud.accept(at, &log, self.rules);
        let account = next.sites[at].node.account;
        let stream = &mut next.cloud.streams[at];
        stream.issued = (0..account.cursor).map(|_| Message::default()).collect();
        if self.bounds.lifecycle {
            self.reread_orders(&mut next, at);
        }
        let promised = if self.bounds.lifecycle {
            next.cloud.promised(at, &account)
        } else {
            next.promised(at)
        };
        let stream = &mut next.cloud.streams[at];
        if !self.flawed(Flaw::RebaseKeepsRights) {
            let promised = if self.flawed(Flaw::RebaseForgetsPromised) {
                0
            } else {
                promised
            };
            stream.cloud_rights = account.claim_bound - promised;
        }
        stream.frozen = false;
        next.settle(at, &self.bounds, self.rules);
        next
    }

    /// The orders of this location as the payments and the mails to the customers say, and their tasks anew. What the node
    /// was asked to pick and nobody is promised any more, it may still pick: that is cancelled as ever.
    pub(super) fn reread_orders(&self, next: &mut World<LOCATIONS>, at: usize) {
        let mirror = fold(
            next.cloud.streams[at].enrolled,
            &next.cloud.streams[at].accepted,
            self.rules,
        );
        for order in 0..ORDERS {
            let picked = mirror.tasks[order] == Task::Picked;
            let asked =
                mirror.tasks[order] == Task::Asked && !self.flawed(Flaw::RebaseForgetsTasks);
            let given_up = matches!(mirror.tasks[order], Task::Released | Task::Closed);
            let known = next.cloud.orders[order];
            let elsewhere = known
                .location()
                .is_some_and(|location| location != index(at));
            next.cloud.orders[order] = match next.customers[order] {
                Customer::Promised(location) if location == index(at) && given_up => {
                    next.customers[order] = Customer::Refunded;
                    Order::Closed
                }
                Customer::Promised(location) if location == index(at) => {
                    next.send(at, Ask::Pick, index(order));
                    Order::Claimed(index(at))
                }
                // Sourced elsewhere in the lost future; that location's re-base will claim it.
                Customer::Promised(_) if known.location() == Some(index(at)) => Order::None,
                Customer::Refunded | Customer::Served | Customer::None if asked => {
                    next.send(at, Ask::Cancel, index(order));
                    Order::Cancelling(index(at))
                }
                Customer::Refunded if picked => {
                    next.send(at, Ask::Cancel, index(order));
                    Order::Cancelling(index(at))
                }
                Customer::Refunded | Customer::Served if !elsewhere => Order::Closed,
                Customer::None if matches!(known, Order::Held(_)) && !elsewhere => Order::Expired,
                _ => known,
            };
        }
    }
}
