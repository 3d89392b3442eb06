//! Reference data: a reader that follows the cursor misses nothing, gets only what is for its location, and is told
//! when prices and grants begin and end.
use std::collections::{BTreeMap, BTreeSet};

use cloud::staff::{self, NewGrant, NewStaff};
use cloud::{catalog, location};
use serde_json::Value;
use uuid::Uuid;
use wire::reference::{Feed, FeedPage, StaffState, VariantState};

use crate::world::{Node, World, goods, id};

/// How often and how long a test waits for what other transactions hold back.
const TRIES: u32 = 200;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

/// An edge's copy of the feeds.
#[derive(Default)]
pub struct Copy {
    cursors: BTreeMap<&'static str, String>,
    entities: BTreeMap<(&'static str, Uuid), Option<Value>>,
}

impl Copy {
    /// Pulls everything that is new, over HTTP; how many entities came.
    async fn pull(&mut self, world: &World, node: &Node) -> usize {
        let client = reqwest::Client::new();
        let mut came = 0;
        for feed in Feed::ALL {
            loop {
                let cursor = self
                    .cursors
                    .get(feed.code())
                    .map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
                let path = format!(
                    "/v1/nodes/{}/reference?feed={}&limit=5{cursor}",
                    node.id,
                    feed.code()
                );
                let signature = wire::signature::sign(&node.key, "GET", &path, b"");
                let response = client
                    .get(world.url(&path))
                    .header("branchline-node", node.id.to_string())
                    .header("branchline-signature", signature)
                    .send()
                    .await
                    .unwrap();
                assert_eq!(response.status(), 200);
                let page: FeedPage = response.json().await.unwrap();
                came += page.items.len();
                for item in page.items {
                    self.entities.insert((feed.code(), item.id), item.state);
                }
                self.cursors.insert(feed.code(), page.cursor);
                if !page.more {
                    break;
                }
            }
        }
        came
    }

    /// Pulls until so many entities have come: other tests' transactions may hold the newest back for a moment.
    async fn pull_all(&mut self, world: &World, node: &Node, expected: usize) {
        let mut came = 0;
        for _ in 0..TRIES {
            came += self.pull(world, node).await;
            if came >= expected {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        assert_eq!(came, expected);
    }

    /// Pulls until it is so.
    pub async fn pull_until(&mut self, world: &World, node: &Node, is_so: impl Fn(&Self) -> bool) {
        for _ in 0..TRIES {
            self.pull(world, node).await;
            if is_so(self) {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("it did not come");
    }

    /// Everything of a feed that is still there.
    pub fn of<'a>(&'a self, feed: &'a str) -> impl Iterator<Item = Uuid> + 'a {
        let there = self.entities.iter();
        there
            .filter(move |((of, _), state)| *of == feed && state.is_some())
            .map(|((_, id), _)| *id)
    }

    /// What is said of something that is there.
    pub fn state(&self, feed: &'static str, id: Uuid) -> Value {
        self.entities[&(feed, id)].clone().unwrap()
    }

    fn variant(&self, id: Uuid) -> VariantState {
        let state = self.entities[&("variant", id)].clone().unwrap();
        serde_json::from_value(state).unwrap()
    }

    fn staff(&self, id: Uuid) -> Option<StaffState> {
        let state = self.entities.get(&("staff", id))?.clone()?;
        Some(serde_json::from_value(state).unwrap())
    }
}

#[tokio::test]
async fn a_copy_follows_every_change_and_repeats_nothing() {
    let world = World::serving().await;
    let node = world.node(0).await;
    let mut copy = Copy::default();
    // 1 location, 1 person, 12 variants, 1 supplier, and the key that customers are found by.
    copy.pull_all(&world, &node, 16).await;
    assert_eq!(copy.pull(&world, &node).await, 0);
    let variant = copy.variant(world.variants[1]);
    assert_eq!(
        (
            variant.unit_price.as_deref(),
            variant.price_version,
            variant.tax_rate_bps
        ),
        (Some("1.99"), 1, 700)
    );
    assert_eq!(variant.barcodes.len(), 1);

    world.clock.advance(jiff::SignedDuration::from_mins(1));
    let mut goods = goods(&world.variants[1..3]);
    goods[0].unit_price = Some("2.49".parse().unwrap());
    catalog::put_variants(&world.cloud, &goods).await.unwrap();
    // The other one is as it was.
    copy.pull_all(&world, &node, 1).await;
    assert_eq!(copy.pull(&world, &node).await, 0);
    let variant = copy.variant(world.variants[1]);
    assert_eq!(
        (variant.unit_price.as_deref(), variant.price_version),
        (Some("2.49"), 2)
    );
}

#[tokio::test]
async fn people_reach_the_locations_where_they_work_and_leave_them() {
    let world = World::serving().await;
    let (here, there) = (world.node(0).await, world.node(1).await);
    let person = id(3, 9);
    let mut staff_member = NewStaff {
        id: person,
        name: "Robin".to_owned(),
        email: None,
        password: None,
        pin: Some("4711".to_owned()),
        grants: vec![NewGrant::new("cashier", Some(world.locations[0]))],
    };
    staff::put(&world.cloud, &staff_member).await.unwrap();
    let (mut copy, mut other) = (Copy::default(), Copy::default());
    copy.pull_until(&world, &here, |copy| copy.staff(person).is_some())
        .await;
    other.pull_all(&world, &there, 16).await;
    let state = copy.staff(person).unwrap();
    assert_eq!(state.roles, ["cashier"]);
    assert_eq!(state.permissions, ["sale.create", "shift.open"]);
    assert!(
        state
            .pin_hash
            .is_some_and(|hash| hash.starts_with("$argon2id$"))
    );
    assert_eq!(other.staff(person), None);

    // A role changes: everybody who has it changes with it, without a deploy.
    world.meddle(&format!("select set_config('branchline.now', '{}', false); insert into role_permission values ('{}', 'stock.read')", crate::world::MORNING, id(6, 0))).await;
    let has_three = |copy: &Copy| {
        copy.staff(person)
            .is_some_and(|state| state.permissions.len() == 3)
    };
    copy.pull_until(&world, &here, has_three).await;
    assert_eq!(
        copy.staff(person).unwrap().permissions,
        ["sale.create", "shift.open", "stock.read"]
    );

    staff_member.grants = vec![NewGrant::new("cashier", Some(world.locations[1]))];
    staff::put(&world.cloud, &staff_member).await.unwrap();
    copy.pull_until(&world, &here, |copy| copy.staff(person).is_none())
        .await;
    other
        .pull_until(&world, &there, |copy| copy.staff(person).is_some())
        .await;
}

#[tokio::test]
async fn a_grant_that_begins_and_ends_is_published_when_it_does() {
    let world = World::serving().await;
    let node = world.node(0).await;
    let start: jiff::Timestamp = crate::world::MORNING.parse().unwrap();
    let grant = NewGrant {
        valid_from: Some(start + jiff::SignedDuration::from_hours(1)),
        valid_until: Some(start + jiff::SignedDuration::from_hours(2)),
        ..NewGrant::new("cashier", None)
    };
    let person = id(3, 8);
    let staff_member = NewStaff {
        id: person,
        name: "Sam".to_owned(),
        email: None,
        password: None,
        pin: None,
        grants: vec![grant],
    };
    staff::put(&world.cloud, &staff_member).await.unwrap();
    let mut copy = Copy::default();
    for (hours, is_here) in [(0, false), (1, true), (1, false)] {
        world.clock.advance(jiff::SignedDuration::from_hours(hours));
        let publish = cloud::job::NewJob {
            kind: cloud::job::Kind::ReferenceDue,
            payload: serde_json::json!({}),
            dedupe_key: None,
            run_at: jiff::Timestamp::UNIX_EPOCH,
        };
        world
            .cloud
            .tx("test", cloud::Actor::Service("test"), async |tx| {
                cloud::job::enqueue(tx, &publish).await
            })
            .await
            .unwrap();
        while world.number("select count(*) from job").await > 0 {
            cloud::job::round(&world.cloud).await.unwrap();
        }
        copy.pull_until(&world, &node, |copy| {
            copy.staff(person).is_some() == is_here
        })
        .await;
    }
}

#[tokio::test]
async fn a_slow_writer_is_not_passed_over() {
    let world = World::serving().await;
    let node = world.node(0).await;
    let mut copy = Copy::default();
    copy.pull_all(&world, &node, 16).await;
    // One writer begins first and commits last.
    let slow = world.owner().await;
    slow.batch_execute(&format!(
        "begin; select set_config('branchline.now', '{}', true)",
        crate::world::MORNING
    ))
    .await
    .unwrap();
    slow.batch_execute("update supplier set name = 'Slow Valley'")
        .await
        .unwrap();
    let mut moved = location_of(&world);
    moved.name = "Branch A, renamed".to_owned();
    location::put(&world.cloud, &moved).await.unwrap();
    assert_eq!(
        copy.pull(&world, &node).await,
        0,
        "what is younger than a running transaction waits for it"
    );
    slow.batch_execute("commit").await.unwrap();
    copy.pull_all(&world, &node, 2).await;
    assert_eq!(
        copy.entities[&("supplier", world.supplier)]
            .as_ref()
            .unwrap()["name"],
        "Slow Valley"
    );
}

fn location_of(world: &World) -> location::NewLocation {
    location::NewLocation {
        id: world.locations[0],
        code: "A".to_owned(),
        name: "Branch A".to_owned(),
        kind: location::Kind::Shop,
        time_zone: "America/New_York".to_owned(),
        address: String::new(),
        registers: Vec::new(),
    }
}

/// A page of promotions as a shop asks for it, and its bytes.
async fn promotions(world: &World, node: &Node, cursor: Option<&str>) -> (FeedPage, usize) {
    let cursor = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
    let path = format!(
        "/v1/nodes/{}/reference?feed=promotion&limit=200{cursor}",
        node.id
    );
    let signature = wire::signature::sign(&node.key, "GET", &path, b"");
    let response = reqwest::Client::new()
        .get(world.url(&path))
        .header("branchline-node", node.id.to_string())
        .header("branchline-signature", signature)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let bytes = response.bytes().await.unwrap();
    (serde_json::from_slice(&bytes).unwrap(), bytes.len())
}

#[tokio::test]
async fn a_page_has_so_many_bytes_and_at_least_one_entity() {
    const MOST_BYTES: usize = 4 << 20;
    let world = World::serving().await;
    let node = world.node(0).await;
    // Flyers with some thousand articles each, one that is larger than a page, and a small one; quotes take two bytes.
    world
        .meddle(
            "select reference_put('promotion', array_agg(everywhere()), array_agg(id),
                      array_agg(jsonb_build_object('version', 1, 'document', repeat('\"', letters), 'running', false)))
               from (select lpad(to_hex(n), 32, '7')::uuid as id, case n when 0 then 3000000 when 1 then 10 else 150000 end as letters
                       from generate_series(0, 39) n) given",
        )
        .await;
    let mut came = BTreeSet::new();
    let (mut cursor, mut pages, mut tries) = (None::<String>, 0, 0);
    while came.len() < 40 {
        let (page, bytes) = promotions(&world, &node, cursor.as_deref()).await;
        assert!(
            bytes <= MOST_BYTES || page.items.len() == 1,
            "{bytes} bytes in {} entities",
            page.items.len()
        );
        if page.items.is_empty() {
            // Other transactions may hold the newest back for a moment.
            assert!(tries < TRIES, "they do not come");
            tries += 1;
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        pages += 1;
        for item in page.items {
            assert!(came.insert(item.id), "twice: {}", item.id);
        }
        assert_eq!(page.more, came.len() < 40, "after {}", came.len());
        cursor = Some(page.cursor);
    }
    // 38 of 300 kB are three pages of 13, and the large one may stand between them.
    assert!((4..=6).contains(&pages), "{pages} pages");
}

#[tokio::test]
async fn twenty_thousand_variants_are_a_matter_of_seconds() {
    let world = World::new().await;
    let ids: Vec<Uuid> = (0..20_000).map(|number| id(50, number)).collect();
    let watch = httpkit::clock::Stopwatch::start();
    catalog::put_variants(&world.cloud, &goods(&ids))
        .await
        .unwrap();
    assert!(
        watch.elapsed().as_secs() < 20,
        "20,000 variants took {:?}",
        watch.elapsed()
    );
    assert_eq!(
        world
            .number("select count(*) from reference_entity where feed = 'variant'")
            .await,
        20_012
    );
}
