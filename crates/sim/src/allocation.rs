//! What policies for allocating rights cost: one item at a time, twenty branches and an online shop that sells from the
//! same shelves, in hours over a fortnight without replenishment (docs/design/sync-model.md).
//!
//! A policy decides where rights sit and can only cost money; the rules of the protocol keep it from overselling, which
//! the simulation asserts for every policy but the one that has no rights.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "demand, links and figures are statistics; units and rights are integers"
)]

mod branch;
mod chance;
mod demand;
mod fortnight;
mod rebalance;
mod tally;

use fortnight::Fortnight;
use tally::Tally;

/// Branches that share the stock of an item with the online shop.
const BRANCHES: usize = 20;
/// Items in each cell of the table, each with a seed of its own.
const ITEMS: u64 = 1500;
/// The online part of the demand.
const ONLINE_SHARE: f64 = 0.25;
/// The seed of the first item, and how far the next is from it.
const SEEDS: (u64, u64) = (0xA11CE, 7919);

/// Where rights sit, and how they move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// No rights: a shared count that is synchronised later.
    Naive,
    /// Every sale asks the centre.
    Central,
    /// The online shop gets its share at the start, and that is that.
    Static,
    /// Rights follow the goods; an online order borrows one.
    OnDemand,
    /// The online shop keeps a pool that is refilled every hour.
    Pool,
    /// The same, but branches keep what they need through an outage, and slow items have no pool.
    Adaptive,
}

impl Policy {
    const ALL: [Self; 6] = [
        Self::Naive,
        Self::Central,
        Self::Static,
        Self::OnDemand,
        Self::Pool,
        Self::Adaptive,
    ];
}

/// How long a link is up and down, in mean hours.
#[derive(Debug, Clone, Copy)]
struct Link {
    up: f64,
    down: f64,
}

/// The connections of a chain.
struct Links {
    name: &'static str,
    link: Link,
    /// The part of the branches that goes dark on the third day and stays so.
    dark: f64,
}

const LINKS: [Links; 3] = [
    Links {
        name: "good links: 99.5% up, outage ~2 h",
        link: Link {
            up: 398.0,
            down: 2.0,
        },
        dark: 0.0,
    },
    Links {
        name: "poor links: 90% up, outage ~8 h",
        link: Link {
            up: 72.0,
            down: 8.0,
        },
        dark: 0.0,
    },
    Links {
        name: "poor links + 10% of branches dark for 12 days",
        link: Link {
            up: 72.0,
            down: 8.0,
        },
        dark: 0.10,
    },
];

/// How an item sells.
struct Pace {
    name: &'static str,
    /// Units a day in the mean branch.
    daily: f64,
    /// Days that the stock would last in the mean.
    cover: f64,
}

const PACES: [Pace; 3] = [
    Pace {
        name: "fast 5/day/branch",
        daily: 5.0,
        cover: 13.0,
    },
    Pace {
        name: "medium 0.5/day",
        daily: 0.5,
        cover: 14.0,
    },
    Pace {
        name: "slow 0.05/day (0-2 units per branch)",
        daily: 0.05,
        cover: 20.0,
    },
];

/// Simulates every policy under every link and pace, and prints what it costs.
pub fn run() {
    for links in &LINKS {
        for pace in &PACES {
            println!(
                "\n## {}; {}; online share 25 %; {BRANCHES} branches; {ITEMS} SKUs x 14 days",
                links.name, pace.name
            );
            println!("{}", Tally::HEADING);
            for policy in Policy::ALL {
                println!("{}", of(policy, links, pace).row(policy));
            }
        }
    }
}

/// What a policy did in one cell of the table.
fn of(policy: Policy, links: &Links, pace: &Pace) -> Tally {
    let mut tally = Tally::default();
    for item in 0..ITEMS {
        let seed = SEEDS.0 + item * SEEDS.1;
        Fortnight::new(policy, links, pace, seed).run(&mut tally);
    }
    tally
}

#[cfg(test)]
mod tests;
