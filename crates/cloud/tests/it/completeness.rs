//! A business day is signed off when nothing of it is missing, and not a moment earlier.
use cloud::{Actor, enrolment, node};
use ed25519_dalek::SigningKey;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use wire::body::{Document as _, ShiftClosed, ShiftOpened};

use crate::browser::{ADMIN, ANN, BOB, Browser, Office};
use crate::recovery::request;
use crate::world::Node;

const DAY: &str = "2026-03-02";

fn open_shift(node: &mut Node) {
    let header = node.header(node.fact(), ShiftOpened::KIND, ShiftOpened::VERSION);
    let body = ShiftOpened {
        shift: node.shift,
        float_minor: 10_000,
    };
    node.record(&header, &body);
}

fn close_shift(node: &mut Node) {
    let header = node.header(node.fact(), ShiftClosed::KIND, ShiftClosed::VERSION);
    let body = ShiftClosed {
        shift: node.shift,
        sales: 1,
        expected_minor: 10_100,
        counted_minor: 10_100,
        difference_reason: None,
        approved_by: None,
    };
    node.record(&header, &body);
}

/// Pushes what is new, and lets it be applied.
async fn push(office: &Office, node: &Node, from: i64) {
    node.push_from(&office.world.cloud, from).await;
    office.apply().await;
}

async fn complete(browser: &Browser, node: &Node) -> (u16, Value) {
    let path = format!("/v1/locations/{}/days/{DAY}/completion", node.location);
    let response = browser.ask(Method::PUT, &path, None).await;
    (response.status().as_u16(), response.json().await.unwrap())
}

/// `code count from-to` of each blocker.
fn blockers(told: &Value) -> Vec<String> {
    let list = told["figures"]["blockers"]
        .as_array()
        .or_else(|| told["blockers"].as_array());
    list.expect("blockers")
        .iter()
        .map(|one| {
            let range = one["from"].as_i64().zip(one["to"].as_i64());
            let range = range.map_or_else(String::new, |(from, to)| format!(" {from}-{to}"));
            format!("{} {}{range}", one["code"].as_str().unwrap(), one["count"])
        })
        .collect()
}

#[tokio::test]
async fn a_day_is_signed_off_when_all_of_it_is_here() {
    let office = Office::open().await;
    let mut node = office.world.node(0).await;
    let admin = office.signed_in(ADMIN).await;
    open_shift(&mut node);
    node.sell(&[(office.world.variants[1], 1, 100)]);
    push(&office, &node, 1).await;
    let (status, told) = complete(&admin, &node).await;
    assert_eq!((status, &told["code"]), (409, &json!("day.incomplete")));
    assert_eq!(blockers(&told), ["not_over 0", "shift_open 1"]);

    // The shop closes, and the cloud hears only of a part of it.
    close_shift(&mut node);
    node.sell(&[(office.world.variants[1], 1, 100)]);
    let mut part = node.batch(3, 1);
    part.head_seq = 4;
    node.push(&office.world.cloud, part).await.unwrap();
    office.apply().await;
    office
        .world
        .clock
        .set("2026-03-03T14:00:00Z".parse().unwrap());
    let (_, told) = complete(&admin, &node).await;
    assert_eq!(blockers(&told), ["on_their_way 1 4-4"]);
    push(&office, &node, 4).await;
    let (_, told) = complete(&admin, &node).await;
    assert_eq!(
        blockers(&told),
        ["offline 0"],
        "it has not been heard of since the day was over"
    );

    // A heartbeat of the next morning says that there is nothing else.
    node.at = "2026-03-03T13:59:00Z".parse().unwrap();
    node.push(&office.world.cloud, node.batch(5, 0))
        .await
        .unwrap();
    let shown = admin.read("/v1/completeness").await;
    assert_eq!(
        (&shown["items"][0]["state"], &shown["items"][0]["sales"]),
        (&json!("ready"), &json!(2)),
        "{shown}"
    );
    let (status, told) = complete(&admin, &node).await;
    assert_eq!(
        (status, &told["state"]),
        (200, &json!("complete")),
        "{told}"
    );
    assert_eq!(told["completed_by"], "Ada");
    office.world.clock.advance(SignedDuration::from_hours(1));
    let (status, again) = complete(&admin, &node).await;
    assert_eq!(
        (status, &again["completed_at"]),
        (200, &told["completed_at"]),
        "the first one stands"
    );
}

#[tokio::test]
async fn a_shift_that_died_with_its_machine_does_not_hold_its_day_open_for_ever() {
    let office = Office::open().await;
    let cloud = &office.world.cloud;
    let mut old = office.world.node(0).await;
    let admin = office.signed_in(ADMIN).await;
    open_shift(&mut old);
    push(&office, &old, 1).await;
    let (_, told) = complete(&admin, &old).await;
    assert_eq!(blockers(&told), ["not_over 0", "shift_open 1"]);

    let operator = Actor::Service("test");
    let code = node::replacement(cloud, operator, old.id).await.unwrap();
    let key = SigningKey::from_bytes(&[77; 32]);
    let asked = request(code.code, &key, None);
    let enrolled = enrolment::enrol(cloud, &asked).await.unwrap();
    let mut new = old.reborn(&enrolled, key);
    push(&office, &new, 1).await;
    let (_, told) = complete(&admin, &new).await;
    assert_eq!(blockers(&told), ["not_over 0"], "nobody can close it");

    open_shift(&mut new);
    push(&office, &new, 2).await;
    let (_, told) = complete(&admin, &new).await;
    assert_eq!(blockers(&told), ["not_over 0", "shift_open 1"]);
}

#[tokio::test]
async fn what_comes_late_opens_a_day_again() {
    let office = Office::open().await;
    let mut node = office.world.node(0).await;
    let admin = office.signed_in(ADMIN).await;
    for _ in 0..4 {
        node.sell(&[(office.world.variants[1], 1, 100)]);
    }
    node.at = "2026-03-03T13:59:00Z".parse().unwrap();
    office
        .world
        .clock
        .set("2026-03-03T14:00:00Z".parse().unwrap());
    push(&office, &node, 1).await;
    assert_eq!(complete(&admin, &node).await.0, 200);
    node.sell(&[(office.world.variants[1], 1, 100)]);
    push(&office, &node, 5).await;
    let shown = admin.read("/v1/completeness").await;
    assert_eq!(shown["items"][0]["state"], "reopened", "{shown}");
    node.at = "2026-03-03T15:30:00Z".parse().unwrap();
    node.push(&office.world.cloud, node.batch(6, 0))
        .await
        .unwrap();
    let (status, told) = complete(&admin, &node).await;
    assert_eq!(
        (status, &told["state"], &told["reopened_at"]),
        (200, &json!("complete"), &Value::Null)
    );
    let audited = "select count(*) from audit where action = 'day.completed'";
    assert_eq!(office.world.number(audited).await, 2);
}

#[tokio::test]
async fn a_later_day_of_the_node_ends_a_day_unless_something_of_it_is_held() {
    let office = Office::open().await;
    let mut node = office.world.node(0).await;
    let admin = office.signed_in(ADMIN).await;
    let header = node.header(node.fact(), "sale.closed", 1);
    node.record(&header, &json!("nonsense"));
    node.sell(&[(crate::world::id(5, 75), 1, 100)]);
    node.date = "2026-03-03".parse().unwrap();
    node.shift = crate::world::id(7, 50);
    open_shift(&mut node);
    push(&office, &node, 1).await;
    let (_, told) = complete(&admin, &node).await;
    assert_eq!(blockers(&told), ["waiting 1", "quarantined 1"]);
    // Of the day after, nothing is held.
    let shown = admin.read("/v1/completeness").await;
    assert_eq!(shown["items"][0]["held"], 0, "{shown}");
    assert_eq!(shown["items"][1]["held"], 2, "{shown}");
    let one = &shown["nodes"][0];
    assert_eq!(
        (&one["waiting"], &one["quarantined"], &one["on_their_way"]),
        (&json!(1), &json!(1), &json!(0))
    );
    cloud::catalog::put_variants(
        &office.world.cloud,
        &crate::world::goods(&[crate::world::id(5, 75)]),
    )
    .await
    .unwrap();
    office.meddle("delete from held_event where state = 'quarantined'; update held_event set retry_at = '-infinity'").await;
    office.apply().await;
    let (status, told) = complete(&admin, &node).await;
    assert_eq!(status, 200, "{told}");
}

#[tokio::test]
async fn completeness_is_shown_and_signed_off_by_those_who_may() {
    let office = Office::open().await;
    let (mut a, b) = (office.world.node(0).await, office.world.node(1).await);
    a.sell(&[(office.world.variants[1], 1, 100)]);
    push(&office, &a, 1).await;
    let nodes = |told: &Value| told["nodes"].as_array().unwrap().len();
    let admin = office.signed_in(ADMIN).await.read("/v1/completeness").await;
    assert_eq!((nodes(&admin), &admin["complete_to"]), (2, &Value::Null));
    let bob = office.signed_in(BOB).await;
    let told = bob.read("/v1/completeness").await;
    assert_eq!(
        (nodes(&told), &told["nodes"][0]["node_id"], &told["items"]),
        (1, &json!(b.id), &json!([]))
    );
    let ann = office.signed_in(ANN).await;
    assert_eq!(complete(&ann, &a).await.0, 403);
    let path = format!("/v1/completeness?location={}", a.location);
    assert_eq!(bob.get(&path).await.0, 404);
}

#[tokio::test]
async fn a_place_without_a_node_is_over_when_its_clock_says_so() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let path = format!(
        "/v1/locations/{}/days/{DAY}/completion",
        office.world.locations[2]
    );
    let ask = async || {
        let response = admin.ask(Method::PUT, &path, None).await;
        let status = response.status().as_u16();
        (status, response.json::<Value>().await.unwrap())
    };
    assert_eq!(blockers(&ask().await.1), ["not_over 0"]);
    office
        .world
        .clock
        .set("2026-03-03T13:00:00Z".parse().unwrap());
    let (status, told) = ask().await;
    assert_eq!(status, 200, "{told}");
}
