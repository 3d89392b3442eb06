//! The cloud: its rights per location, the streams to and from the nodes, the online orders.

use super::few::Few;
use super::node::{Account, Event, Kind, Log, ORDERS, Task, fold};
use super::rules::{Flaw, Rules};

/// What the cloud asks of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Ask {
    /// Nothing: the message is void, only its number counts.
    Nothing,
    /// Take a right.
    Grant,
    /// Set the unit of an order aside.
    Pick,
    /// Forget an order; put its unit back on the shelf.
    Cancel,
    /// Give an order up, unless it is picked.
    Break,
}

/// A message to a node: incarnation (2 bits), epoch (3), order (1), what is asked (3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Message(u16);

impl Message {
    /// A message to `epoch` from this `incarnation`.
    pub fn new(ask: Ask, order: u8, epoch: u8, incarnation: u8) -> Self {
        assert!(
            order < 2 && epoch < 8 && incarnation < 4,
            "the bounds are too wide for a message"
        );
        Self(
            u16::from(incarnation) << 7
                | u16::from(epoch) << 4
                | u16::from(order) << 3
                | ask as u16,
        )
    }

    /// What it asks.
    pub const fn ask(self) -> Ask {
        match self.0 & 7 {
            1 => Ask::Grant,
            2 => Ask::Pick,
            3 => Ask::Cancel,
            4 => Ask::Break,
            _ => Ask::Nothing,
        }
    }

    /// The order that it is about.
    pub const fn order(self) -> u8 {
        (self.0 >> 3 & 1) as u8
    }

    /// The epoch that may take it.
    pub const fn epoch(self) -> u8 {
        (self.0 >> 4 & 7) as u8
    }

    /// The life of the cloud that sent it.
    pub const fn incarnation(self) -> u8 {
        (self.0 >> 7 & 3) as u8
    }
}

/// Where an online order stands at the cloud. Whether it is picked, the mirror of the node's account says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// Nobody ordered.
    #[default]
    None,
    /// A shopper is paying for a unit of this location.
    Held(u8),
    /// The shopper took too long; the unit is free.
    Expired,
    /// Paid; its pick task is on its way or taken.
    Claimed(u8),
    /// Cancelled by the customer; the node has not answered yet.
    Cancelling(u8),
    /// To be given up for the debt of the location; the node has not answered yet.
    Breaking(u8),
    /// Over.
    Closed,
}

impl Order {
    /// The location whose unit it claims, if it claims one.
    pub const fn location(self) -> Option<u8> {
        match self {
            Self::Held(at) | Self::Claimed(at) | Self::Cancelling(at) | Self::Breaking(at) => {
                Some(at)
            }
            Self::None | Self::Expired | Self::Closed => None,
        }
    }
}

/// What the cloud knows of one location.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Stream {
    /// Rights held by the cloud for this location.
    pub cloud_rights: i8,
    /// The epoch whose events count.
    pub epoch: u8,
    /// Events accepted in this epoch.
    pub accepted: Log,
    /// What the node of this epoch was given when it was enrolled.
    pub enrolled: Account,
    /// Messages to the node, in their order.
    pub issued: Few<Message, 10>,
    /// How often each event was booked: two bits by id.
    pub booked_ids: u64,
    /// Two histories of one epoch were seen.
    pub forked: bool,
    /// The cloud was restored; it promises nothing here until the node re-based.
    pub frozen: bool,
    /// Fenced, and its successor not enrolled yet.
    pub vacant: bool,
}

impl Stream {
    /// The node's account as far as the cloud has accepted it.
    pub fn mirror(&self, rules: Rules) -> Account {
        fold(self.enrolled, &self.accepted, rules)
    }

    /// How often the event with this id was booked.
    pub const fn booked(&self, id: u8) -> u8 {
        (self.booked_ids >> (2 * id) & 3) as u8
    }

    /// Whether an event was booked more than once.
    pub const fn booked_twice(&self) -> bool {
        self.booked_ids & 0xaaaa_aaaa_aaaa_aaaa != 0
    }

    /// Books the money of an event.
    pub fn book(&mut self, id: u8, once: bool) {
        let times = self.booked(id);
        if times == 0 || !once && times < 2 {
            self.booked_ids += 1 << (2 * id);
        }
    }

    /// Whether a push says nothing new by the rules.
    pub fn knows(&self, log: &[Event], rules: Rules) -> bool {
        let twice = [
            Flaw::PushedTwiceTwice,
            Flaw::BookedPerEpoch,
            Flaw::DeadEpochCounts,
        ];
        let current = log.iter().all(|event| event.epoch() == self.epoch);
        let known = if current {
            self.accepted.starts_with(log)
        } else {
            log.iter().all(|event| self.booked(event.id()) > 0)
        };
        known && !twice.into_iter().any(|flaw| rules.have(flaw))
    }

    /// Messages that a node with this cursor has still to take, of this epoch and incarnation.
    pub fn under_way(&self, cursor: u8, incarnation: u8) -> impl Iterator<Item = Message> {
        self.issued
            .iter()
            .skip(usize::from(cursor))
            .copied()
            .filter(move |message| {
                message.epoch() == self.epoch && message.incarnation() == incarnation
            })
    }
}

/// The cloud's database: what a backup of it brings back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cloud<const LOCATIONS: usize> {
    /// Counts the lives of the cloud's data.
    pub incarnation: u8,
    /// One stream by location.
    pub streams: [Stream; LOCATIONS],
    /// The online orders.
    pub orders: [Order; ORDERS],
}

impl<const LOCATIONS: usize> Cloud<LOCATIONS> {
    /// Grants to this location that a node with this cursor has still to credit.
    pub fn granting(&self, at: usize, cursor: u8) -> i8 {
        self.streams[at]
            .under_way(cursor, self.incarnation)
            .map(|message| i8::from(message.ask() == Ask::Grant))
            .sum()
    }

    /// Units of this location promised online and not picked as far as `account` says.
    pub fn promised(&self, at: usize, account: &Account) -> i8 {
        self.orders
            .iter()
            .zip(&account.tasks)
            .map(|(order, task)| {
                let here = order.location() == Some(index(at));
                i8::from(here && task.is_promised())
            })
            .sum()
    }

    /// Numbers a message to this location's node. Returns where it stands.
    pub fn issue(&mut self, at: usize, ask: Ask, order: u8) -> (u8, Message) {
        let incarnation = self.incarnation;
        let stream = &mut self.streams[at];
        let message = Message::new(ask, order, stream.epoch, incarnation);
        let number = stream.issued.count();
        stream.issued.push(message);
        (number, message)
    }

    /// Accepts a push. Returns for each order whether its promise was withdrawn by that.
    pub fn accept(&mut self, at: usize, log: &[Event], rules: Rules) -> [bool; ORDERS] {
        let mut withdrawn = [false; ORDERS];
        let stream = &mut self.streams[at];
        let dead = log
            .first()
            .is_some_and(|event| event.epoch() != stream.epoch);
        if dead && !rules.have(Flaw::DeadEpochCounts) {
            for event in log {
                stream.book(event.id(), !rules.have(Flaw::BookedPerEpoch));
            }
            return withdrawn;
        }
        let mut mirror = stream.mirror(rules);
        for (number, event) in log.iter().enumerate() {
            let stream = &mut self.streams[at];
            let known = stream.accepted.get(number).copied();
            if let Some(known) = known
                && !rules.have(Flaw::PushedTwiceTwice)
            {
                if known != *event && !rules.have(Flaw::HashIgnored) {
                    stream.forked = true;
                    for rest in &log[number..] {
                        stream.book(rest.id(), true);
                    }
                    return withdrawn;
                }
                continue;
            }
            stream.book(event.id(), !rules.have(Flaw::BookedPerEpoch));
            if known.is_none() {
                stream.accepted.push(*event);
            }
            self.take_effect(at, *event, &mirror, rules, &mut withdrawn);
            mirror.apply(*event, rules);
        }
        withdrawn
    }

    /// What an accepted event changes at the cloud. `mirror` is the account before it.
    fn take_effect(
        &mut self,
        at: usize,
        event: Event,
        mirror: &Account,
        rules: Rules,
        withdrawn: &mut [bool; ORDERS],
    ) {
        let stream = &mut self.streams[at];
        if event.kind() == Kind::Return {
            stream.cloud_rights += 1;
            return;
        }
        let number = usize::from(event.about()) % ORDERS;
        let order = &mut self.orders[number];
        if order.location() != Some(index(at)) {
            return;
        }
        let task = mirror.tasks[number];
        let open = matches!(task, Task::None | Task::Asked);
        match event.kind() {
            Kind::CancelTaken => {
                *order = Order::Closed;
                let both = rules.have(Flaw::UnpickCreditsBoth) && task == Task::Picked;
                stream.cloud_rights += i8::from(open && mirror.releases(rules) || both);
            }
            Kind::BreakTaken | Kind::ShortPick if open => {
                *order = Order::Closed;
                withdrawn[number] = true;
                stream.cloud_rights +=
                    i8::from(event.kind() == Kind::BreakTaken && mirror.releases(rules));
            }
            Kind::BreakTaken if matches!(*order, Order::Breaking(_)) => {
                *order = Order::Claimed(index(at));
            }
            Kind::HandOver if matches!(*order, Order::Claimed(_)) => *order = Order::Closed,
            _ => {}
        }
    }
}

/// The number of a location or an order, as states carry it.
pub fn index(at: usize) -> u8 {
    u8::try_from(at).expect("there are two locations and two orders at most")
}
