//! What must hold in every state.

use super::cloud::index;
use super::node::Task;
use super::rules::Flaw;
use super::step::Protocol;
use super::world::{Customer, World};

/// A promise has no unit behind it, and no theft and no override explains it.
pub const OVERSELL: &str = "S1 OVERSELL: a promise has no unit behind it";
/// A picked or ungraded unit is not where it was put.
pub const SET_APART_GONE: &str = "S1 OVERSELL: a unit that was set apart is gone";
/// An amount is below zero.
pub const NEGATIVE: &str = "S2 negative rights";
/// More claims lack a unit than there are.
pub const DEBT: &str = "S2 more debt than claims";
/// `n + c + g + r + O` is not what the shelf has.
pub const NOT_CONSERVED: &str = "S2 rights not conserved";
/// The cloud side may claim more than the node believes.
pub const BOUND_TOO_LOW: &str = "S2 claim_bound is below what the cloud may claim";
/// The node believes that the cloud side may claim more than it ever will.
pub const BOUND_TOO_HIGH: &str =
    "S2 claim_bound is above what the cloud may claim: rights are stranded";
/// The account does not follow from the log.
pub const NOT_A_FOLD: &str = "S2 the account is not the fold of the log";
/// A fact was booked twice.
pub const DUPLICATE: &str = "S3 DUPLICATE booking";
/// Goods have left the shop, and no copy of their sale is left.
pub const LOST: &str = "S4 LOST sale: goods left the shop, never booked";

/// What is wrong in this state, if anything is.
pub fn violation<const LOCATIONS: usize>(
    protocol: &Protocol<LOCATIONS>,
    world: &World<LOCATIONS>,
) -> Option<&'static str> {
    (0..LOCATIONS).find_map(|at| {
        oversold(world, at)
            .or_else(|| wrong_amounts(protocol, world, at))
            .or_else(|| wrong_bookings(protocol, world, at))
    })
}

/// Every promise has a unit, except what an override or a theft took knowingly.
fn oversold<const LOCATIONS: usize>(world: &World<LOCATIONS>, at: usize) -> Option<&'static str> {
    let site = &world.sites[at];
    let excused = site.debt + site.missing;
    if world.promised(at) > site.shelf + excused {
        return Some(OVERSELL);
    }
    let gone = (site.node.account.tasks.iter().zip(site.set_aside))
        .zip(&world.customers)
        .any(|((task, aside), customer)| {
            *task == Task::Picked && !aside && matches!(customer, Customer::Promised(_))
        });
    let ungraded = site.node.account.unsellable > site.ungraded && !site.node.restricted;
    (gone || ungraded).then_some(SET_APART_GONE)
}

/// The amounts of the safety equation.
fn wrong_amounts<const LOCATIONS: usize>(
    protocol: &Protocol<LOCATIONS>,
    world: &World<LOCATIONS>,
    at: usize,
) -> Option<&'static str> {
    let (site, stream) = (&world.sites[at], &world.cloud.streams[at]);
    let account = &site.node.account;
    if protocol.flawed(Flaw::AmountsUnchecked) {
        return None;
    }
    if account.node_rights < 0
        || stream.cloud_rights < 0
        || account.claim_bound < 0
        || account.debt < 0
    {
        return Some(NEGATIVE);
    }
    if account.debt > account.claim_bound {
        return Some(DEBT);
    }
    if *account != site.node.folded(protocol.rules) {
        return Some(NOT_A_FOLD);
    }
    let unsettled = site.node.restricted
        || site.node.epoch != stream.epoch
        || stream.forked
        || stream.frozen
        || site.twin.is_some();
    if unsettled {
        return None;
    }
    let promised = if protocol.bounds.lifecycle {
        world.cloud.promised(at, account)
    } else {
        world.promised(at)
    };
    let claims = stream.cloud_rights + world.granting(at) + world.returning(at) + promised;
    // Until the shelf is counted, the promises to those who were served by the dead node stand in the way of nobody.
    let served = if account.counted {
        0
    } else {
        served(world, at)
    };
    let spare = site.shelf + served - (account.node_rights + claims - account.debt);
    if spare < -site.missing || account.counted && spare != site.drift {
        return Some(NOT_CONSERVED);
    }
    match account.claim_bound - claims {
        0 => None,
        less if less < 0 => Some(BOUND_TOO_LOW),
        _ => Some(BOUND_TOO_HIGH),
    }
}

/// Promises of this location that were kept, and the cloud does not know.
fn served<const LOCATIONS: usize>(world: &World<LOCATIONS>, at: usize) -> i8 {
    (world
        .cloud
        .orders
        .iter()
        .zip(&world.customers)
        .zip(&world.sites[at].node.account.tasks))
    .map(|((order, customer), task)| {
        let here = order.location() == Some(index(at)) && task.is_promised();
        i8::from(here && *customer == Customer::Served)
    })
    .sum()
}

/// Every sale is booked once, now or when everything that still exists has arrived.
fn wrong_bookings<const LOCATIONS: usize>(
    protocol: &Protocol<LOCATIONS>,
    world: &World<LOCATIONS>,
    at: usize,
) -> Option<&'static str> {
    if world.cloud.streams[at].booked_twice() {
        return Some(DUPLICATE);
    }
    let site = &world.sites[at];
    let booked = |id: u8| world.cloud.streams[at].booked(id) > 0;
    let witnessed = |id: u8| site.witness.iter().any(|event| event.id() == id);
    let safe = |id: u8| site.handed >> id & 1 == 0 || booked(id) || witnessed(id);
    // Only this mutant can book again what the cloud knows, so for all others the look at the copies ends here.
    if !protocol.flawed(Flaw::BookedPerEpoch) && (0..site.ids).all(safe) {
        return None;
    }
    let mut cloud = world.cloud.clone();
    let logs = site.pushes.iter().chain([&site.node.log]);
    for log in logs {
        let cut = protocol.flawed(Flaw::AckBeforeCommit) && log.count() <= site.pruned;
        if !cut {
            cloud.accept(at, log, protocol.rules);
        }
    }
    if let Some(twin) = &site.twin {
        cloud.accept(at, &twin.log, protocol.rules);
    }
    let stream = &mut cloud.streams[at];
    for event in site.witness.iter() {
        stream.book(event.id(), true);
    }
    if (0..site.ids).any(|id| site.handed >> id & 1 == 1 && stream.booked(id) == 0) {
        return Some(LOST);
    }
    stream.booked_twice().then_some(DUPLICATE)
}
