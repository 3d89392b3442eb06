//! Online orders: the last unit is promised once, and what follows keeps promises and rights in step.
use std::collections::BTreeMap;
use std::time::Duration;

use cloud::cluster::testing::PgBouncer;
use cloud::order::{NewOrder, Outcome, Placer, checkout, place};
use cloud::{Cloud, Pooler};
use futures_util::future::join_all;
use jiff::SignedDuration;
use retail::catalog::VariantId;
use retail::location::LocationId;
use retail::order::{Cart, Line, PlaceError};
use retail::quantity::Quantity;
use uuid::Uuid;

use crate::world::{World, id};

mod life;
mod limit;
mod quote;
mod sell;

/// Buyers at once.
const BUYERS: u64 = 200;
/// Rounds of the last-unit tests when nothing is said; `branchline bench last-unit` runs a hundred.
const ROUNDS: u64 = 3;

fn rounds() -> u64 {
    std::env::var("BRANCHLINE_LAST_UNIT_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(ROUNDS)
}

pub fn order(number: u64, lines: &[(Uuid, i64)]) -> NewOrder {
    NewOrder {
        id: id(20, number),
        placer: Placer::Channel(id(21, 0)),
        customer: format!("Customer {number}"),
        cart: Cart {
            lines: lines
                .iter()
                .map(|&(variant, quantity)| Line {
                    variant: VariantId::from_uuid(variant),
                    quantity: Quantity::new(quantity),
                })
                .collect(),
            location: None,
        },
        shipping: None,
        vouchers: Vec::new(),
        expected: None,
        hold: SignedDuration::from_mins(15),
    }
}

pub fn at(mut order: NewOrder, location: Uuid) -> NewOrder {
    order.cart.location = Some(LocationId::from_uuid(location));
    order
}

/// Lets the cloud promise so many units at a location, as if they had been given back there.
pub async fn rights(world: &World, location: Uuid, variant: Uuid, units: i64) {
    world
        .meddle(&format!(
            "insert into cloud_rights (location_id, resource_id, available) values ('{location}', '{variant}', {units})
             on conflict (resource_id, location_id) do update set available = {units};
             insert into cloud_rights_entry (location_id, resource_id, available, granting, promised, cause, at)
             values ('{location}', '{variant}', {units}, 0, 0, 'return', 'epoch')"
        ))
        .await;
}

/// What must hold whatever happened: accounts are the sums of their entries, and what is promised is what
/// reservations say.
pub async fn check_accounts(world: &World) {
    let astray = world
        .number(
            "select count(*) from cloud_rights c
               left join (select location_id, resource_id, sum(available) a, sum(granting) g, sum(promised) p
                            from cloud_rights_entry group by 1, 2) e using (location_id, resource_id)
               left join (select location_id, variant_id, sum(quantity) q from reservation
                           where state in ('held', 'claimed', 'cancelling') group by 1, 2) r
                 on r.location_id = c.location_id and r.variant_id = c.resource_id
              where (c.available, c.granting, c.promised) is distinct from (e.a, e.g, e.p)
                 or c.promised <> coalesce(r.q, 0)",
        )
        .await;
    assert_eq!(
        astray, 0,
        "an account is not what its entries and promises say"
    );
}

/// How many of each: placed, out of stock.
async fn tally(clouds: &[Cloud], orders: Vec<NewOrder>) -> BTreeMap<&'static str, usize> {
    let buying = orders.into_iter().enumerate().map(|(nth, order)| {
        let cloud = clouds[nth % clouds.len()].clone();
        tokio::spawn(async move { place(&cloud, order).await })
    });
    let mut tally = BTreeMap::new();
    for outcome in join_all(buying).await {
        let what = match outcome.unwrap().unwrap() {
            Outcome::Placed(_) => "placed",
            Outcome::Repeated(_) => "repeated",
            Outcome::Reused => "reused",
            Outcome::Refused(PlaceError::OutOfStock { .. }) => "out of stock",
            Outcome::Refused(other) => panic!("{other}"),
        };
        *tally.entry(what).or_default() += 1;
    }
    tally
}

pub async fn second(world: &World) -> Cloud {
    let mut other = World::same(world);
    other.reopen(&world.database);
    other.cloud
}

async fn last_units(units: u64, processes: usize) {
    let world = World::new().await;
    let mut clouds = vec![world.cloud.clone()];
    if processes == 2 {
        clouds.push(second(&world).await);
    }
    let variant = world.variants[1];
    // Half of them here, half there.
    let halves = [units / 2, units - units / 2].map(|half| i64::try_from(half).unwrap());
    for round in 0..rounds() {
        world
            .meddle("update cloud_rights set available = 0; truncate cloud_rights_entry")
            .await;
        world.meddle("update reservation set state = 'broken', sourced_at = 'epoch'; update cloud_rights set promised = 0").await;
        for (place, units) in halves.into_iter().enumerate() {
            rights(&world, world.locations[place], variant, units).await;
        }
        let orders = (0..BUYERS).map(|buyer| order(round * BUYERS + buyer, &[(variant, 1)]));
        let tally = tally(&clouds, orders.collect()).await;
        let units = usize::try_from(units).unwrap();
        let buyers = usize::try_from(BUYERS).unwrap();
        assert_eq!(
            tally,
            BTreeMap::from([("placed", units), ("out of stock", buyers - units)]),
            "round {round}"
        );
        check_accounts(&world).await;
        assert_eq!(
            world
                .number("select sum(available)::bigint from cloud_rights")
                .await,
            0
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_units_go_to_twenty_of_two_hundred_buyers() {
    last_units(20, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_unit_goes_to_one_of_two_hundred_buyers() {
    last_units(1, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_units_go_to_twenty_buyers_also_with_two_processes() {
    last_units(20, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_unit_goes_to_one_buyer_also_with_two_processes() {
    last_units(1, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn carts_with_the_same_variants_in_opposite_order_never_lock_each_other_out() {
    let world = World::new().await;
    let clouds = [world.cloud.clone(), second(&world).await];
    let (one, other) = (world.variants[1], world.variants[2]);
    for location in &world.locations {
        rights(&world, *location, one, 1_000).await;
        rights(&world, *location, other, 1_000).await;
    }
    let orders = (0..200).map(|number| {
        if number % 2 == 0 {
            order(number, &[(one, 1), (other, 1)])
        } else {
            order(number, &[(other, 1), (one, 1)])
        }
    });
    let tally = tally(&clouds, orders.collect()).await;
    assert_eq!(tally, BTreeMap::from([("placed", 200)]));
    assert_eq!(
        world
            .number("select deadlocks from pg_stat_database where datname = current_database()")
            .await,
        0
    );
    check_accounts(&world).await;
}

#[tokio::test]
async fn two_lines_of_one_variant_are_one_want() {
    let world = World::new().await;
    let variant = world.variants[1];
    rights(&world, world.locations[0], variant, 3).await;
    let both = order(1, &[(variant, 2), (variant, 2)]);
    let outcomes = checkout(&world.cloud, &[both]).await.unwrap();
    let Outcome::Refused(PlaceError::OutOfStock { short }) = &outcomes[0] else {
        panic!("{outcomes:?}");
    };
    assert_eq!(
        (short[0].wanted, short[0].available),
        (Quantity::new(4), Quantity::new(3))
    );
    let fits = order(2, &[(variant, 2), (variant, 1)]);
    let outcomes = checkout(&world.cloud, &[fits]).await.unwrap();
    let placed = outcomes[0].placed().unwrap();
    assert_eq!(placed.total_minor, 3 * 199);
    assert_eq!(placed.lines.len(), 2);
    assert_eq!(placed.lines[0].price_version, 1);
    check_accounts(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_placed_once_however_often_it_comes() {
    let world = World::new().await;
    let other = second(&world).await;
    let variant = world.variants[1];
    rights(&world, world.locations[0], variant, 1).await;
    // Twice in one batch, and with another content.
    let (one, changed) = (order(1, &[(variant, 1)]), order(1, &[(variant, 2)]));
    let batch = [one.clone(), one.clone(), changed.clone()];
    let outcomes = checkout(&world.cloud, &batch).await.unwrap();
    let first = outcomes[0].placed().unwrap();
    assert!(
        matches!(&outcomes[1], Outcome::Repeated(again) if again == first),
        "{outcomes:?}"
    );
    assert!(matches!(outcomes[2], Outcome::Reused), "{outcomes:?}");
    // Later, in another process.
    let outcomes = checkout(&other, &[one, changed]).await.unwrap();
    assert!(
        matches!(&outcomes[0], Outcome::Repeated(again) if again == first),
        "{outcomes:?}"
    );
    assert!(matches!(outcomes[1], Outcome::Reused), "{outcomes:?}");
    // Both processes at the same time, many times over, in batches of opposite order. There is just enough: whoever
    // comes second finds the order, not an empty shelf.
    for round in 1..20 {
        rights(&world, world.locations[0], variant, 8).await;
        let forth: Vec<NewOrder> = (0..8)
            .map(|n| order(round * 100 + n, &[(variant, 1)]))
            .collect();
        let back: Vec<NewOrder> = forth.iter().rev().cloned().collect();
        let (here, there) = tokio::join!(checkout(&world.cloud, &forth), checkout(&other, &back));
        let (here, mut there) = (here.unwrap(), there.unwrap());
        there.reverse();
        for (here, there) in here.iter().zip(&there) {
            let placed = usize::from(matches!(here, Outcome::Placed(_)))
                + usize::from(matches!(there, Outcome::Placed(_)));
            assert_eq!(placed, 1, "{here:?} {there:?}");
            assert_eq!(here.placed(), there.placed());
        }
    }
    check_accounts(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_goes_on_when_its_client_has_gone_away() {
    let world = World::new().await;
    let variant = world.variants[1];
    rights(&world, world.locations[0], variant, 5).await;
    let buying = tokio::time::timeout(
        Duration::from_micros(200),
        place(&world.cloud, order(1, &[(variant, 1)])),
    );
    // Given up in the middle, or just in time.
    let _ = buying.await;
    for _ in 0..200 {
        if world.number("select count(*) from online_order").await == 1 {
            return check_accounts(&world).await;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the order was lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_at_once_are_told_to_come_back_and_nothing_else_goes_wrong() {
    let world = World::new().await;
    let variant = world.variants[1];
    rights(&world, world.locations[0], variant, 10_000).await;
    let buying = (0..3_000).map(|number| {
        let cloud = world.cloud.clone();
        tokio::spawn(async move { place(&cloud, order(number, &[(variant, 1)])).await })
    });
    let (mut placed, mut busy) = (0, 0);
    for outcome in join_all(buying).await {
        match outcome.unwrap() {
            Ok(Outcome::Placed(_)) => placed += 1,
            Err(error) => {
                let problem = error.into_problem();
                assert_eq!((problem.status, problem.code.as_str()), (503, "busy"));
                busy += 1;
            }
            Ok(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(placed + busy, 3_000);
    assert!(placed >= 1_000 && busy > 0, "{placed} placed, {busy} busy");
    assert_eq!(
        world.number("select count(*) from online_order").await,
        placed
    );
    check_accounts(&world).await;
}

#[tokio::test]
async fn a_location_that_is_frozen_fenced_or_dark_promises_nothing() {
    let world = World::new().await;
    let variant = world.variants[1];
    let node = world.node(0).await;
    rights(&world, node.location, variant, 5).await;
    let buy = async |number| {
        let outcomes = checkout(&world.cloud, &[order(number, &[(variant, 1)])]).await;
        outcomes.unwrap()[0].placed().is_some()
    };
    assert!(buy(1).await);
    for (nth, (wrong, right)) in [
        ("frozen_at = 'epoch'", "frozen_at = null"),
        ("status = 'fenced'", "status = 'active'"),
        ("last_seen = 'epoch'", "last_seen = null"),
    ]
    .into_iter()
    .enumerate()
    {
        let number = 10 * u64::try_from(nth).unwrap() + 10;
        world
            .meddle(&format!("update node_stream set {wrong}"))
            .await;
        assert!(!buy(number).await, "{wrong}");
        let there = at(order(number + 1, &[(variant, 1)]), node.location);
        let outcomes = checkout(&world.cloud, &[there]).await.unwrap();
        assert!(outcomes[0].placed().is_none(), "{wrong}");
        world
            .meddle(&format!("update node_stream set {right}"))
            .await;
        assert!(buy(number + 2).await, "{right}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_units_go_to_twenty_buyers_also_behind_a_pooler() {
    let mut world = World::new().await;
    let test_database = world.test_database.as_ref().unwrap();
    let pgbouncer = PgBouncer::start(test_database, 4).await.unwrap();
    let mut database = world.database.clone();
    database.app = pgbouncer.config(test_database, "branchline_app");
    database.pooler = Pooler::Transaction;
    world.reopen(&database);
    let mut other = World::same(&world);
    other.reopen(&database);
    let clouds = [world.cloud.clone(), other.cloud];
    let variant = world.variants[1];
    for place in 0..2 {
        rights(&world, world.locations[place], variant, 10).await;
    }
    let orders = (0..BUYERS).map(|buyer| order(buyer, &[(variant, 1)]));
    let tally = tally(&clouds, orders.collect()).await;
    assert_eq!(
        tally,
        BTreeMap::from([("placed", 20), ("out of stock", 180)])
    );
    check_accounts(&world).await;
}
