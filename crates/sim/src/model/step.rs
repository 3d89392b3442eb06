//! What can happen next: the steps of people, machines and the network.

use std::fmt;

use super::bounds::{Bounds, Budget};
use super::check;
use super::cloud::index;
use super::explore::Model;
use super::rules::{Flaw, Rules};
use super::world::World;

/// The protocol by these rules, within these bounds.
#[derive(Debug, Clone, Copy)]
pub struct Protocol<const LOCATIONS: usize> {
    /// The rules.
    pub rules: Rules,
    /// How much may happen.
    pub bounds: Bounds,
}

/// What happened, where, and about which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    words: &'static str,
    location: Option<u8>,
    order: Option<u8>,
}

impl Step {
    /// Something at a location.
    pub fn at(words: &'static str, location: usize) -> Self {
        Self {
            words,
            location: Some(index(location)),
            order: None,
        }
    }

    /// Something that concerns an order.
    pub fn about(words: &'static str, location: usize, order: usize) -> Self {
        Self {
            order: Some(index(order)),
            ..Self::at(words, location)
        }
    }

    /// Something that concerns no location.
    pub const fn anywhere(words: &'static str) -> Self {
        Self {
            words,
            location: None,
            order: None,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.words)?;
        if let Some(order) = self.order {
            write!(formatter, " (order {})", char::from(b'X' + order))?;
        }
        match self.location {
            Some(1) => formatter.write_str(" at B"),
            Some(_) | None => Ok(()),
        }
    }
}

/// The steps that lead out of a state.
pub type Steps<const LOCATIONS: usize> = Vec<(Step, World<LOCATIONS>)>;

impl<const LOCATIONS: usize> Protocol<LOCATIONS> {
    /// Whether it may happen once more.
    pub(super) const fn may(&self, world: &World<LOCATIONS>, budget: Budget) -> bool {
        self.bounds.allow(world.spent, budget)
    }

    /// Whether the rules are broken in this way.
    pub(super) const fn flawed(&self, flaw: Flaw) -> bool {
        self.rules.have(flaw)
    }
}

/// The world after something that happens only so often.
pub(super) fn spending<const LOCATIONS: usize>(
    world: &World<LOCATIONS>,
    budget: Budget,
) -> World<LOCATIONS> {
    let mut next = world.clone();
    next.spent.spend(budget);
    next
}

impl<const LOCATIONS: usize> Model for Protocol<LOCATIONS> {
    type State = World<LOCATIONS>;
    type Step = Step;

    fn start(&self) -> World<LOCATIONS> {
        World::start(&self.bounds)
    }

    fn steps(&self, world: &World<LOCATIONS>, steps: &mut Steps<LOCATIONS>) {
        for at in 0..LOCATIONS {
            self.till(world, at, steps);
            self.stock(world, at, steps);
            self.pushes(world, at, steps);
            self.pulls(world, at, steps);
            self.tasks(world, at, steps);
            self.cloud(world, at, steps);
            self.disk(world, at, steps);
            self.replacement(world, at, steps);
        }
        self.orders(world, steps);
        self.cloud_restore(world, steps);
    }

    fn kind(step: &Step) -> &'static str {
        step.words
    }

    fn violation(&self, world: &World<LOCATIONS>) -> Option<&'static str> {
        check::violation(self, world)
    }
}
