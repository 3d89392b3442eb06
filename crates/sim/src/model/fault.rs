//! What befalls a node: power loss, a dead disk, an old backup, a clone, its replacement.

use super::bounds::Budget;
use super::cloud::{Order, index};
use super::few::Few;
use super::node::{Account, Kind, Log, Node, ORDERS, Task};
use super::rules::Flaw;
use super::step::{Protocol, Step, Steps, spending};
use super::world::World;

impl<const LOCATIONS: usize> Protocol<LOCATIONS> {
    /// Power losses, backups and what is restored from them.
    pub(super) fn disk(&self, world: &World<LOCATIONS>, at: usize, steps: &mut Steps<LOCATIONS>) {
        let site = &world.sites[at];
        if let Some(disk) = site.disk {
            let mut next = world.clone();
            next.sites[at].disk = None;
            steps.push((Step::at("late fsync", at), next));
            if self.may(world, Budget::PowerLosses) {
                let mut next = spending(world, Budget::PowerLosses);
                next.sites[at].node = disk;
                next.sites[at].disk = None;
                steps.push((Step::at("power loss", at), next));
            }
        }
        if self.may(world, Budget::Restores) {
            self.restore(world, at, steps);
        }
        if let Some(complete) = self.replayed(world, at) {
            let mut next = world.clone();
            let site = &mut next.sites[at];
            site.node.log = complete;
            site.node.restricted = false;
            site.node.account = site.node.folded(self.rules);
            site.disk = None;
            site.backup = None;
            steps.push((Step::at("replay from witness, same epoch", at), next));
        }
    }

    fn restore(&self, world: &World<LOCATIONS>, at: usize, steps: &mut Steps<LOCATIONS>) {
        let (site, stream) = (&world.sites[at], &world.cloud.streams[at]);
        let synced = stream.accepted == site.node.log && site.node.epoch == stream.epoch;
        match site.backup {
            None => {
                let mut next = world.clone();
                next.sites[at].backup = Some(site.disk.unwrap_or(site.node));
                steps.push((Step::at("backup taken", at), next));
            }
            Some(backup)
                if backup != site.node && (synced || !self.flawed(Flaw::RestoreWhenSynced)) =>
            {
                let mut next = spending(world, Budget::Restores);
                let site = &mut next.sites[at];
                site.node = backup;
                site.node.restricted = !self.flawed(Flaw::RestoreContinues);
                site.disk = None;
                site.counting = None;
                steps.push((Step::at("disk dies, backup restored", at), next));
            }
            Some(_) => {}
        }
        if self.flawed(Flaw::Clone) && site.twin.is_none() {
            let mut next = spending(world, Budget::Restores);
            let restricted = self.flawed(Flaw::CloneNotices);
            next.sites[at].twin = Some(Node {
                restricted,
                ..site.node
            });
            steps.push((Step::at("disk image cloned", at), next));
        }
    }

    /// The log of a restored node, made complete from the witness, byte for byte.
    fn replayed(&self, world: &World<LOCATIONS>, at: usize) -> Option<Log> {
        let site = &world.sites[at];
        let current = site.node.epoch == world.cloud.streams[at].epoch;
        if !site.node.restricted || self.flawed(Flaw::NoWitness) || !current {
            return None;
        }
        let skips = self.flawed(Flaw::ReplaySkips);
        let copy: Log = (site.witness.iter().copied())
            .filter(|event| event.epoch() == site.node.epoch)
            .filter(|event| !(skips && event.kind() == Kind::Sale))
            .collect();
        (skips || copy.starts_with(&site.node.log)).then_some(copy)
    }

    /// A node is declared lost and replaced.
    pub(super) fn replacement(
        &self,
        world: &World<LOCATIONS>,
        at: usize,
        steps: &mut Steps<LOCATIONS>,
    ) {
        let (site, stream) = (&world.sites[at], &world.cloud.streams[at]);
        if stream.vacant && (!stream.frozen || self.flawed(Flaw::EnrolWhileFrozen)) {
            steps.push((Step::at("new node enrolled", at), self.enrolled(world, at)));
            return;
        }
        let gone = site.node.restricted || stream.vacant && site.node.epoch < stream.epoch;
        let lost = gone || self.may(world, Budget::Losses);
        let frozen = stream.frozen && !self.bounds.lifecycle;
        if !lost || frozen || self.flawed(Flaw::Lease) || self.flawed(Flaw::NoReplacement) {
            return;
        }
        let mut next = world.clone();
        if !gone {
            next.spent.spend(Budget::Losses);
        }
        if self.bounds.lifecycle {
            self.fence(&mut next, at);
            steps.push((Step::at("node declared lost, its epoch fenced", at), next));
        } else if self.counted_anew(&mut next, at) {
            steps.push((Step::at("fence + count + re-enrol", at), next));
        }
    }

    /// Fences, enrols and counts in one step. `false` if the count finds too little.
    fn counted_anew(&self, next: &mut World<LOCATIONS>, at: usize) -> bool {
        let mirrored = next.cloud.streams[at].mirror(self.rules).node_rights;
        let claim_bound = next.cloud.streams[at].cloud_rights + next.promised(at);
        let stream = &mut next.cloud.streams[at];
        stream.epoch += 1;
        stream.accepted = Few::default();
        let site = &mut next.sites[at];
        let from_mirror = self.flawed(Flaw::EnrolFromMirror);
        let account = Account {
            node_rights: if from_mirror {
                mirrored
            } else {
                site.shelf - claim_bound
            },
            claim_bound,
            counted: true,
            cursor: stream.issued.count(),
            incarnation: next.cloud.incarnation,
            ..Account::default()
        };
        if self.flawed(Flaw::TillsIgnoreFence) && site.twin.is_none() {
            site.twin = Some(site.node);
        }
        site.node = Node::enrol(stream.epoch, account);
        site.disk = None;
        site.backup = None;
        account.node_rights >= 0
    }

    /// The epoch ends at the cloud. The unit of an order that was being cancelled is claimed by nobody:
    /// the dead node may have picked it.
    /// If the cloud was restored and the node is lost as well, nobody knows what the cloud may claim: it keeps the
    /// promises that the mails to the customers prove, and the count gives the rest to the node.
    fn fence(&self, next: &mut World<LOCATIONS>, at: usize) {
        let restored = next.cloud.streams[at].frozen;
        if restored {
            self.reread_orders(next, at);
            let stream = &mut next.cloud.streams[at];
            stream.frozen = false;
            if !self.flawed(Flaw::OldRightsTrusted) {
                stream.cloud_rights = 0;
            }
        }
        let mirror = next.cloud.streams[at].mirror(self.rules);
        let cursor = next.cloud.streams[at].issued.count();
        let mut tasks = [Task::None; ORDERS];
        for (number, task) in mirror.tasks.into_iter().enumerate() {
            let order = &mut next.cloud.orders[number];
            // A later epoch, of which nothing is left, may have put the unit back on the shelf.
            let trusted = !restored || self.flawed(Flaw::OldPicksTrusted);
            let picked = trusted && matches!(task, Task::Picked | Task::HandedOver);
            if order.location() != Some(index(at)) {
                continue;
            }
            match *order {
                Order::Cancelling(_) => {
                    *order = Order::Closed;
                    let free = !picked && self.flawed(Flaw::FenceReleases);
                    next.cloud.streams[at].cloud_rights += i8::from(free);
                }
                Order::Claimed(_) | Order::Breaking(_) => {
                    *order = Order::Claimed(index(at));
                    tasks[number] = if picked { task } else { Task::Asked };
                }
                Order::None | Order::Held(_) | Order::Expired | Order::Closed => {}
            }
        }
        let outlives = self.flawed(Flaw::GrantOutlivesEpoch);
        let void = next.cloud.granting(at, mirror.cursor);
        let stream = &mut next.cloud.streams[at];
        // A lost future of the cloud may have used the next number.
        stream.epoch += if self.flawed(Flaw::EpochReused) {
            1
        } else {
            1 + next.cloud.incarnation
        };
        stream.accepted = Few::default();
        stream.vacant = true;
        stream.enrolled = Account {
            cursor: if outlives { mirror.cursor } else { cursor },
            incarnation: next.cloud.incarnation,
            tasks,
            node_rights: if self.flawed(Flaw::EnrolFromMirror) {
                mirror.node_rights
            } else {
                0
            },
            claim_bound: if self.flawed(Flaw::SnapshotCountsVoidGrants) {
                void
            } else {
                0
            },
            ..Account::default()
        };
    }

    /// The successor begins with a snapshot and no rights; it counts as it sells.
    fn enrolled(&self, world: &World<LOCATIONS>, at: usize) -> World<LOCATIONS> {
        let mut next = world.clone();
        let enrolled = world.cloud.streams[at].enrolled;
        let unless = |flaw, units: i8| if self.flawed(flaw) { 0 } else { units };
        let rights = unless(
            Flaw::SnapshotForgetsRights,
            world.cloud.streams[at].cloud_rights,
        );
        let granting = unless(
            Flaw::SnapshotForgetsGrants,
            world.cloud.granting(at, enrolled.cursor),
        );
        let promised = unless(
            Flaw::SnapshotForgetsPromised,
            world.cloud.promised(at, &enrolled),
        );
        let stream = &mut next.cloud.streams[at];
        stream.vacant = false;
        let site = &mut next.sites[at];
        let claims = rights + granting + promised;
        let fresh = Account {
            claim_bound: enrolled.claim_bound + claims,
            unsellable: site.ungraded,
            ..enrolled
        };
        stream.enrolled = fresh;
        // Debt that only the dead node knew: an override or a short count explains it.
        site.missing += site.debt;
        site.debt = 0;
        site.node = Node::enrol(stream.epoch, fresh);
        site.disk = None;
        site.backup = None;
        site.counting = None;
        for (order, task) in fresh.tasks.into_iter().enumerate() {
            // Not found, as only the dead node knew.
            site.missing += i8::from(task == Task::Asked && site.missed[order]);
            site.missed[order] = false;
            // Set aside by the dead node: unknown to the successor, so it goes back on the shelf.
            if task != Task::Picked && site.set_aside[order] {
                site.set_aside[order] = false;
                site.shelf += 1;
            }
        }
        next
    }
}
