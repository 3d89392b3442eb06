//! The web and the shops sell the same units at the same time.
use std::time::Duration;

use cloud::Cloud;
use cloud::order::{Outcome, place};
use futures_util::future::join_all;
use retail::order::PlaceError;
use tokio::sync::Mutex;
use uuid::Uuid;
use wire::body::{Document as _, RightsReturned, StockCounted, Units};
use wire::event::{Bucket, Move};

use super::{check_accounts, order, second};
use crate::world::{Node, World};

/// The longest that a cart waits, less a little.
const IN_TIME: Duration = Duration::from_millis(1_400);

/// A shop as its edge keeps it: the rights of one variant, and the log that says so.
struct Shop {
    node: Node,
    variant: Uuid,
    rights: i64,
    sold: i64,
}

impl Shop {
    async fn open(world: &World, place: usize, variant: Uuid, rights: i64) -> Self {
        let mut shop = Self {
            node: world.node(place).await,
            variant,
            rights: 0,
            sold: 0,
        };
        let mut header =
            shop.node
                .header(shop.node.fact(), StockCounted::KIND, StockCounted::VERSION);
        header.moves = vec![shop.moved(Bucket::N, rights)];
        let body = StockCounted {
            reason: "opening".to_owned(),
            sale: None,
            lines: Vec::new(),
            to_count: Vec::new(),
        };
        shop.node.record(&header, &body);
        shop.rights = rights;
        shop
    }

    fn moved(&self, bucket: Bucket, quantity: i64) -> Move {
        Move {
            variant: self.variant,
            bucket,
            quantity,
            weak: false,
        }
    }

    /// Sells one where there is a right to. False: sold out here.
    fn sell(&mut self) -> bool {
        if self.rights == 0 {
            return false;
        }
        self.rights -= 1;
        self.sold += 1;
        self.node.sell(&[(self.variant, 1, 199)]);
        true
    }

    /// Gives back at most so many.
    fn give_back(&mut self, wanted: i64) {
        let quantity = wanted.min(self.rights);
        if quantity == 0 {
            return;
        }
        self.rights -= quantity;
        let mut header = self.node.header(
            self.node.fact(),
            RightsReturned::KIND,
            RightsReturned::VERSION,
        );
        header.moves = vec![
            self.moved(Bucket::N, -quantity),
            self.moved(Bucket::C, quantity),
        ];
        let body = RightsReturned {
            reason: "recall".to_owned(),
            lines: vec![Units {
                variant: self.variant,
                quantity,
            }],
        };
        self.node.record(&header, &body);
    }

    async fn push(&self, cloud: &Cloud) {
        self.node.push_from(cloud, 1).await;
    }

    /// What the cloud asks of this shop now.
    async fn asked(&self, world: &World) -> i64 {
        let location = self.node.location;
        let statement = format!(
            "select coalesce(sum(quantity), 0)::bigint from recall where location_id = '{location}'"
        );
        world.number(&statement).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cart_without_rights_borrows_from_a_connected_shop() {
    let world = World::new().await;
    let variant = world.variants[1];
    let mut shop = Shop::open(&world, 0, variant, 5).await;
    shop.push(&world.cloud).await;
    let buying = join_all((0..3).map(|number| place(&world.cloud, order(number, &[(variant, 1)]))));
    let answering = async {
        for _ in 0..100 {
            let asked = shop.asked(&world).await;
            if asked > 0 {
                shop.give_back(asked);
                shop.push(&world.cloud).await;
            }
            if shop.rights == 2 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let (outcomes, ()) = tokio::join!(tokio::time::timeout(IN_TIME, buying), answering);
    for outcome in outcomes.expect("in time") {
        assert!(outcome.unwrap().placed().is_some());
    }
    assert_eq!(
        shop.rights, 2,
        "three were asked for, all at once or one after the other"
    );
    check_accounts(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_that_does_not_answer_costs_its_time_and_nobody_else_any() {
    let world = World::new().await;
    let (variant, other) = (world.variants[1], world.variants[2]);
    let shop = Shop::open(&world, 0, variant, 5).await;
    shop.push(&world.cloud).await;
    super::rights(&world, world.locations[1], other, 100).await;
    let watch = httpkit::clock::Stopwatch::start();
    let waiting = place(&world.cloud, order(1, &[(variant, 1)]));
    let others = async {
        for number in 10..30 {
            let outcome = place(&world.cloud, order(number, &[(other, 1)])).await;
            assert!(outcome.unwrap().placed().is_some());
        }
        watch.elapsed()
    };
    let (refused, others) = tokio::join!(waiting, others);
    assert!(matches!(
        refused.unwrap(),
        Outcome::Refused(PlaceError::OutOfStock { .. })
    ));
    assert!(
        watch.elapsed() >= Duration::from_millis(1_400),
        "it waited for its chance"
    );
    assert!(others < watch.elapsed(), "nobody else waited");
    // Where no connected shop has any, the answer is there at once.
    let watch = httpkit::clock::Stopwatch::start();
    let nobody = place(&world.cloud, order(2, &[(world.variants[4], 1)])).await;
    assert!(nobody.unwrap().placed().is_none());
    assert!(watch.elapsed() < Duration::from_millis(1_400));
}

/// A shop sells what it may until nothing is left; one that is connected answers what it is asked.
async fn trade(world: &World, shop: &Mutex<Shop>, is_connected: bool) {
    loop {
        let mut shop = shop.lock().await;
        let asked = if is_connected {
            shop.asked(world).await
        } else {
            0
        };
        if asked > 0 {
            shop.give_back(asked);
        }
        let sold = (0..5).filter(|_| shop.sell()).count();
        if is_connected {
            shop.push(&world.cloud).await;
        }
        if sold == 0 {
            return;
        }
        drop(shop);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Four hundred buyers at once, by both processes; how many got one.
async fn buy(clouds: &[Cloud; 2], variant: Uuid) -> i64 {
    let buying = (0..400).map(|number| {
        let cloud = clouds[usize::try_from(number % 2).unwrap()].clone();
        tokio::spawn(async move { place(&cloud, order(number, &[(variant, 1)])).await })
    });
    let outcomes = join_all(buying).await;
    let placed = outcomes.into_iter().filter(|outcome| {
        let outcome = outcome.as_ref().unwrap().as_ref();
        outcome.unwrap().placed().is_some()
    });
    placed.count().try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_units_are_sold_once_by_the_web_and_three_shops_of_which_one_is_offline() {
    let world = World::new().await;
    let clouds = [world.cloud.clone(), second(&world).await];
    let variant = world.variants[1];
    let mut shops = Vec::new();
    for (place, rights) in [(0, 200), (1, 200), (2, 100)] {
        let shop = Shop::open(&world, place, variant, rights).await;
        if place < 2 {
            shop.push(&world.cloud).await;
        }
        shops.push(Mutex::new(shop));
    }
    let trading = shops
        .iter()
        .enumerate()
        .map(|(place, shop)| trade(&world, shop, place < 2));
    let (_, mut online) = tokio::join!(join_all(trading), buy(&clouds, variant));
    // What came back too late for its cart is bought by the next one.
    for number in 1_000..1_500 {
        let again = place(&world.cloud, order(number, &[(variant, 1)])).await;
        if again.unwrap().placed().is_none() {
            break;
        }
        online += 1;
    }
    let mut in_shops = 0;
    for shop in &shops {
        let shop = shop.lock().await;
        assert_eq!(shop.rights, 0);
        in_shops += shop.sold;
        shop.push(&world.cloud).await;
    }
    assert!(
        online > 0 && in_shops > 100,
        "{online} online, {in_shops} in shops"
    );
    assert_eq!(online + in_shops, 500);
    // The cloud's books say the same, also of the shop that came back last.
    for (statement, expected) in [
        ("select sum(node_rights)::bigint from stock_balance", 0),
        ("select sum(claim_bound)::bigint from stock_balance", online),
        ("select sum(promised)::bigint from cloud_rights", online),
    ] {
        assert_eq!(world.number(statement).await, expected, "{statement}");
    }
    check_returned(&world).await;
}

/// The mirror's claims are the cloud's account, location by location.
async fn check_returned(world: &World) {
    let astray = world
        .number(
            "select count(*) from stock_balance b left join cloud_rights c
                 on c.location_id = b.location_id and c.resource_id = b.variant_id
              where b.claim_bound <> coalesce(c.available + c.granting + c.promised, 0)",
        )
        .await;
    assert_eq!(astray, 0);
    check_accounts(world).await;
}
