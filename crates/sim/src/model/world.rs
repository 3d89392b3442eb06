//! The whole world of the model: shelves, disks, the network and the cloud.

use std::sync::Arc;

use super::bounds::{Bounds, Spent};
use super::cloud::{Ask, Cloud, Message, Stream, index};
use super::few::Few;
use super::node::{Account, Event, Kind, Log, Node, ORDERS, Task};
use super::rules::{Flaw, Rules};

/// What a customer of the online shop was told; the mails to them survive every restore.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Customer {
    /// Nothing yet.
    #[default]
    None,
    /// A unit of this location is theirs.
    Promised(u8),
    /// Their money comes back.
    Refunded,
    /// They have it.
    Served,
}

/// A location: what is really on its shelf, its node with disk and backup, and the messages on their way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Site {
    /// What the node knows.
    pub node: Node,
    /// What is on its disk, where that is not all that it knows.
    pub disk: Option<Node>,
    /// A backup of the disk.
    pub backup: Option<Node>,
    /// A second copy that runs.
    pub twin: Option<Node>,
    /// The second copy of the log, over all epochs.
    pub witness: Few<Event, 20>,
    /// Every push ever sent, sorted; any of them can arrive at any time, again and again.
    pub pushes: Arc<[Log]>,
    /// Every message of the cloud ever sent, with its number.
    pub messages: Few<(u8, Message), 10>,
    /// Events below this are gone from the node's disk.
    pub pruned: u8,
    /// Ids given so far.
    pub ids: u8,
    /// The sales whose goods have left, one bit by id.
    pub handed: u32,
    /// Sellable units on the shelf, in truth.
    pub shelf: i8,
    /// The orders whose unit is set aside, in truth.
    pub set_aside: [bool; ORDERS],
    /// The orders whose unit the staff did not find, in truth: a restored node does not know.
    pub missed: [bool; ORDERS],
    /// Ungraded units, in truth.
    pub ungraded: i8,
    /// Units on the shelf beyond the book since the last count.
    pub drift: i8,
    /// Units missing since the last count for which no protocol is to blame.
    pub missing: i8,
    /// What the node's debt came to when it last knew, in truth: a restored node does not.
    pub debt: i8,
    /// A count in work.
    pub counting: Option<Counting>,
}

/// A count between the look at the shelf and its booking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Counting {
    /// The units seen, with every movement that was booked since.
    pub seen: i8,
    /// What moved since without a booking, in truth.
    pub unbooked: i8,
}

/// Everything that decides what may happen next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World<const LOCATIONS: usize> {
    /// The locations.
    pub sites: [Site; LOCATIONS],
    /// The cloud.
    pub cloud: Cloud<LOCATIONS>,
    /// A backup of the cloud.
    pub cloud_backup: Option<Cloud<LOCATIONS>>,
    /// What the customers of the online orders were told.
    pub customers: [Customer; ORDERS],
    /// What has happened so far.
    pub spent: Spent,
    /// Units on their way to each location, in truth.
    pub van: [i8; LOCATIONS],
    /// Units on their way to each location, by the papers.
    pub shipped: [i8; LOCATIONS],
    /// The cloud crashed after it had acknowledged and before it had committed.
    pub crashed: bool,
}

impl<const LOCATIONS: usize> World<LOCATIONS> {
    /// The first state of a configuration.
    pub fn start(bounds: &Bounds) -> Self {
        let enrolled = |at: usize| Account {
            node_rights: bounds.node_rights[at],
            claim_bound: bounds.cloud_rights[at],
            counted: true,
            ..Account::default()
        };
        let node = |at| Node::enrol(1, enrolled(at));
        Self {
            sites: std::array::from_fn(|at| Site {
                node: node(at),
                shelf: bounds.node_rights[at] + bounds.cloud_rights[at],
                ..Site::default()
            }),
            cloud: Cloud {
                incarnation: 0,
                streams: std::array::from_fn(|at| Stream {
                    cloud_rights: bounds.cloud_rights[at],
                    epoch: 1,
                    enrolled: enrolled(at),
                    ..Stream::default()
                }),
                orders: Default::default(),
            },
            cloud_backup: None,
            customers: Default::default(),
            spent: Spent::default(),
            van: [0; LOCATIONS],
            shipped: [0; LOCATIONS],
            crashed: false,
        }
    }

    /// Units on the shelf of this location that customers were promised, in truth: neither set aside for them, nor missed
    /// by the staff who looked.
    pub fn promised(&self, at: usize) -> i8 {
        let site = &self.sites[at];
        (0..ORDERS)
            .map(|order| {
                let here = self.customers[order] == Customer::Promised(index(at));
                let given_up = site.missed[order] || site.node.account.tasks[order] == Task::Closed;
                i8::from(here && !site.set_aside[order] && !given_up)
            })
            .sum()
    }

    /// Grants that the node has still to credit.
    pub fn granting(&self, at: usize) -> i8 {
        self.cloud.granting(at, self.sites[at].node.account.cursor)
    }

    /// The node's events that the cloud has not accepted; none if the epoch is not the cloud's.
    pub fn unaccepted(&self, at: usize) -> &[Event] {
        let (node, stream) = (&self.sites[at].node, &self.cloud.streams[at]);
        if node.epoch == stream.epoch {
            node.log.get(stream.accepted.len()..).unwrap_or_default()
        } else {
            &[]
        }
    }

    /// Returns that the cloud has still to credit.
    pub fn returning(&self, at: usize) -> i8 {
        self.unaccepted(at)
            .iter()
            .map(|event| i8::from(event.kind() == Kind::Return))
            .sum()
    }

    /// Records an event at the node and on its disk.
    pub fn record(&mut self, at: usize, kind: Kind, about: u8, rules: Rules) -> u8 {
        let site = &mut self.sites[at];
        let id = site.ids;
        site.ids += 1;
        let event = Event::new(kind, id, site.node.epoch, about);
        if rules.have(Flaw::HandOverBeforeFsync) {
            site.disk = site.disk.or(Some(site.node));
        }
        site.node.record(event, rules);
        site.debt = site.node.account.debt;
        if !rules.have(Flaw::NoWitness) {
            site.witness.push(event);
        }
        id
    }

    /// The cloud sends a message to the node.
    pub fn send(&mut self, at: usize, ask: Ask, order: u8) {
        let sent = self.cloud.issue(at, ask, order);
        self.sites[at].messages.insert(sent);
    }

    /// The cloud settles what this location owes.
    pub fn settle(&mut self, at: usize, bounds: &Bounds, rules: Rules) {
        if bounds.lifecycle {
            let mut withdrawn = [false; ORDERS];
            for sent in self.cloud.settle(at, rules, &mut withdrawn) {
                self.sites[at].messages.insert(sent);
            }
            self.refund(withdrawn);
        }
    }

    /// The cloud accepts a push.
    pub fn accept(&mut self, at: usize, log: &[Event], bounds: &Bounds, rules: Rules) {
        let withdrawn = self.cloud.accept(at, log, rules);
        self.refund(withdrawn);
        self.settle(at, bounds, rules);
    }

    fn refund(&mut self, withdrawn: [bool; ORDERS]) {
        for (customer, withdrawn) in self.customers.iter_mut().zip(withdrawn) {
            if withdrawn && *customer != Customer::Served {
                *customer = Customer::Refunded;
            }
        }
    }

    /// Units come onto the shelf or leave it by a booked movement; a count in work takes note.
    pub fn move_shelf(&mut self, at: usize, units: i8, rules: Rules) {
        let site = &mut self.sites[at];
        site.shelf += units;
        if let Some(counting) = &mut site.counting
            && !rules.have(Flaw::CountForgetsSales)
        {
            counting.seen += units;
        }
    }

    /// Units come onto the shelf or leave it, and no book knows.
    pub fn move_unbooked(&mut self, at: usize, units: i8) {
        let site = &mut self.sites[at];
        site.shelf += units;
        site.drift += units;
        if let Some(counting) = &mut site.counting {
            counting.unbooked += units;
        }
    }
}
