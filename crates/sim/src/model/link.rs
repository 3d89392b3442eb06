//! The network between a node and the cloud: everything can be lost, late, repeated and out of order.

use super::bounds::Budget;
use super::cloud::{Ask, Message};
use super::node::{Kind, NOT_THERE, PUT_BACK_PAYS, Task};
use super::rules::Flaw;
use super::step::{Protocol, Step, Steps, spending};
use super::world::World;

impl<const LOCATIONS: usize> Protocol<LOCATIONS> {
    /// Events going up.
    pub(super) fn pushes(&self, world: &World<LOCATIONS>, at: usize, steps: &mut Steps<LOCATIONS>) {
        let site = &world.sites[at];
        let twin = site.twin.map(|twin| twin.log);
        for (words, log) in [("push sent", Some(site.node.log)), ("twin push sent", twin)] {
            if let Some(log) = log.filter(|log| !log.is_empty())
                && let Err(place) = site.pushes.binary_search(&log)
            {
                let mut next = world.clone();
                let (before, after) = site.pushes.split_at(place);
                next.sites[at].pushes = [before, &[log], after].concat().into();
                steps.push((Step::at(words, at), next));
            }
        }
        for log in site.pushes.iter() {
            if self.flawed(Flaw::AckBeforeCommit) && log.count() <= site.pruned {
                continue;
            }
            let stream = &world.cloud.streams[at];
            if stream.knows(log, self.rules) {
                continue;
            }
            let mut next = world.clone();
            next.accept(at, log, &self.bounds, self.rules);
            if next != *world {
                steps.push((Step::at("push delivered", at), next));
            }
            let new = log[0].epoch() == stream.epoch && log.count() > stream.accepted.count();
            if self.flawed(Flaw::AckBeforeCommit) && !world.crashed && new {
                let mut next = world.clone();
                next.crashed = true;
                next.sites[at].pruned = log.count();
                let words = "cloud acknowledged, then crashed before its commit (node prunes)";
                steps.push((Step::at(words, at), next));
            }
        }
    }

    /// Grants and commands coming down.
    pub(super) fn pulls(&self, world: &World<LOCATIONS>, at: usize, steps: &mut Steps<LOCATIONS>) {
        let site = &world.sites[at];
        if site.node.restricted {
            return;
        }
        let account = &site.node.account;
        for (number, message) in site.messages.iter().copied() {
            let again = number < account.cursor
                && self.flawed(Flaw::GrantedTwiceTwice)
                && account.node_rights < 5;
            if self.is_for(world, at, message) && (number == account.cursor || again) {
                steps.push(self.taken(world, at, message, 0));
                if message.ask() == Ask::Cancel && account.debt > 0 {
                    steps.push(self.taken(world, at, message, PUT_BACK_PAYS));
                }
            }
        }
    }

    /// Whether a message is for this life of the node and from this life of the cloud.
    fn is_for(&self, world: &World<LOCATIONS>, at: usize, message: Message) -> bool {
        let node = &world.sites[at].node;
        let epoch = message.epoch() == node.epoch
            || self.flawed(Flaw::GrantOutlivesEpoch) && message.epoch() > 0;
        let incarnation = message.incarnation() == node.account.incarnation
            || self.flawed(Flaw::IncarnationIgnored);
        epoch && incarnation || self.flawed(Flaw::DeadEpochCounts)
    }

    /// `paying` is [`PUT_BACK_PAYS`] if a unit that goes back on the shelf is to pay debt, else 0.
    fn taken(
        &self,
        world: &World<LOCATIONS>,
        at: usize,
        message: Message,
        paying: u8,
    ) -> (Step, World<LOCATIONS>) {
        let mut next = world.clone();
        let order = usize::from(message.order());
        let task = world.sites[at].node.account.tasks[order];
        let mut about = message.order() | paying;
        let (words, kind) = match message.ask() {
            Ask::Grant | Ask::Nothing => ("grant delivered", Kind::GrantCredited),
            Ask::Pick => ("pick task delivered", Kind::TaskTaken),
            Ask::Cancel if task == Task::Picked => {
                if next.sites[at].set_aside[order] {
                    next.sites[at].set_aside[order] = false;
                    next.move_shelf(at, 1, self.rules);
                } else if !self.flawed(Flaw::UnpickUnseen) {
                    about |= NOT_THERE;
                }
                ("cancellation delivered, unit put back", Kind::CancelTaken)
            }
            Ask::Cancel => ("cancellation delivered", Kind::CancelTaken),
            Ask::Break => ("request to break the promise delivered", Kind::BreakTaken),
        };
        if kind == Kind::GrantCredited && self.flawed(Flaw::CreditUnlogged) {
            let node = &mut next.sites[at].node;
            node.account.cursor += 1;
            node.account.claim_bound -= 1;
            node.account.node_rights += 1;
        } else {
            next.record(at, kind, about, self.rules);
        }
        match kind {
            Kind::GrantCredited => (Step::at(words, at), next),
            _ => (Step::about(words, at, order), next),
        }
    }

    /// What the cloud does with its rights for a location.
    pub(super) fn cloud(&self, world: &World<LOCATIONS>, at: usize, steps: &mut Steps<LOCATIONS>) {
        let stream = &world.cloud.streams[at];
        if stream.cloud_rights > 0 && !stream.frozen && self.may(world, Budget::Grants) {
            let mut next = spending(world, Budget::Grants);
            next.cloud.streams[at].cloud_rights -= i8::from(!self.flawed(Flaw::GrantWithoutDebit));
            next.send(at, Ask::Grant, 0);
            if self.flawed(Flaw::BorrowCreditedTwice) && !next.sites[at].node.restricted {
                let node = &mut next.sites[at].node;
                node.enrolled.node_rights += 1;
                node.account.node_rights += 1;
            }
            steps.push((Step::at("grant", at), next));
        }
        if self.flawed(Flaw::GrantTimesOut) && world.granting(at) > 0 && stream.cloud_rights < 4 {
            let mut next = world.clone();
            next.cloud.streams[at].cloud_rights += 1;
            steps.push((Step::at("cloud cancels grant on time-out", at), next));
        }
        let mirrored = stream.mirror(self.rules).node_rights;
        if self.flawed(Flaw::Lease) && mirrored > 0 && self.may(world, Budget::Losses) {
            let mut next = spending(world, Budget::Losses);
            next.cloud.streams[at].cloud_rights += mirrored;
            steps.push((
                Step::at("cloud reclaims rights by lease time-out", at),
                next,
            ));
        }
        if !self.bounds.lifecycle {
            self.online_sale(world, at, steps);
        }
    }
}
