//! Stock in the office: all accounts of every location, live, and where each number comes from.
use std::time::Duration;

use cloud::OfficeOptions;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::body::Document as _;
use wire::event::{Bucket, Move};

use crate::browser::{ADMIN, ANN, BOB, Office, Socket, TIM, next, until};
use crate::world::Node;

/// Messages that a location may get in a second, and one at each end.
const PER_SECOND: u128 = 4;

fn is_stock(message: &Value) -> bool {
    message["type"] == "stock"
}

/// What the newest message says of a variant, if it is in this one.
fn of(message: &Value, variant: Uuid) -> Option<&Value> {
    let items = message["items"].as_array()?;
    items
        .iter()
        .find(|item| item["variant_id"] == variant.to_string())
}

/// Reads until a variant has this much of an account.
async fn until_told(page: &mut Socket, variant: Uuid, account: &str, units: i64) -> Vec<Value> {
    until(page, |message| {
        is_stock(message) && of(message, variant).is_some_and(|item| item[account] == units)
    })
    .await
}

/// Moves of one variant in one event, by bucket.
fn count_moves(variant: Uuid, parts: &[(Bucket, i64)]) -> Vec<Move> {
    parts
        .iter()
        .map(|&(bucket, quantity)| Move {
            variant,
            bucket,
            quantity,
            weak: false,
        })
        .collect()
}

/// Records a count with these moves and lets the cloud know it.
pub async fn count(office: &Office, node: &mut Node, variant: Uuid, parts: &[(Bucket, i64)]) {
    let from = i64::try_from(node.log.len()).unwrap() + 1;
    let mut header = node.header(
        node.fact(),
        wire::body::StockCounted::KIND,
        wire::body::StockCounted::VERSION,
    );
    header.moves = count_moves(variant, parts);
    let body = wire::body::StockCounted {
        to_count: Vec::new(),
        reason: "count".to_owned(),
        sale: None,
        lines: vec![wire::body::CountLine {
            variant,
            expected: 0,
            counted: parts.iter().map(|part| part.1).sum(),
        }],
    };
    node.record(&header, &body);
    node.push_from(&office.world.cloud, from).await;
}

/// Waits until the jobs of the night are through: one of them makes balances right that a test has made wrong.
pub async fn night_is_over(office: &Office) {
    let audited = "select count(*) from cron_tick where name = 'summary.audit' and not exists (select 1 from job)";
    for _ in 0..200 {
        if office.world.number(audited).await > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the jobs do not end");
}

/// What the cloud holds of a variant at a location, past all rules.
pub async fn rights(office: &Office, location: Uuid, variant: Uuid, accounts: [i64; 3]) {
    let [available, granting, promised] = accounts;
    office
        .meddle(&format!(
            "insert into cloud_rights values ('{location}', '{variant}', {available}, {granting}, {promised})
             on conflict (resource_id, location_id) do update
                set available = {available}, granting = {granting}, promised = {promised}"
        ))
        .await;
}

#[tokio::test]
async fn a_change_of_stock_is_told_with_all_accounts_and_only_to_those_who_may_see_it() {
    let office = Office::open().await;
    let (variant, [a, b]) = (
        office.world.variants[1],
        [office.world.locations[0], office.world.locations[1]],
    );
    let (mut node, mut other) = (office.world.node(0).await, office.world.node(1).await);
    let mut ann = office.signed_in(ANN).await.live(None).await;
    let mut bob = office.signed_in(BOB).await.live(None).await;
    let mut tim = office.signed_in(TIM).await.live(None).await;
    count(&office, &mut node, variant, &[(Bucket::N, 7)]).await;
    let told = until_told(&mut ann, variant, "on_hand", 7).await;
    let message = told.last().unwrap();
    assert_eq!(
        (&message["location_id"], &message["more"], &message["seq"]),
        (&json!(a), &json!(false), &json!(1))
    );
    assert!(
        message["at"].is_string() && message["cursor"].is_i64(),
        "{message}"
    );
    // An order takes no unit away, but it moves what may be promised.
    rights(&office, a, variant, [3, 1, 2]).await;
    let told = until_told(&mut ann, variant, "promised", 2).await;
    let item = of(told.last().unwrap(), variant).unwrap();
    for (account, units) in [
        ("on_hand", 7),
        ("node_rights", 7),
        ("available", 3),
        ("granting", 1),
        ("promised", 2),
        ("debt", 0),
        ("picked", 0),
        ("unsellable", 0),
        ("shipped", 0),
    ] {
        assert_eq!(item[account], units, "{account}: {item}");
    }
    count(&office, &mut other, variant, &[(Bucket::N, 5)]).await;
    let told = until_told(&mut bob, variant, "on_hand", 5).await;
    assert!(
        told.iter()
            .filter(|message| is_stock(message))
            .all(|message| message["location_id"] == b.to_string()),
        "{told:?}"
    );
    office
        .meddle(&format!(
            "insert into live_event (location_id, permission, payload, at)
             values ('{a}', 'sale.create', '{{\"type\": \"test\"}}', moment())"
        ))
        .await;
    let told = until(&mut tim, |message| message["type"] == "test").await;
    assert_eq!(told.len(), 2, "hello, and nothing of stock: {told:?}");
}

#[tokio::test]
async fn a_burst_becomes_a_few_messages_and_the_last_one_is_right() {
    const SALES: i64 = 120;
    let office = Office::open().await;
    let variant = office.world.variants[1];
    let mut node = office.world.node(0).await;
    count(&office, &mut node, variant, &[(Bucket::N, 1_000)]).await;
    let mut page = office.signed_in(ANN).await.live(None).await;
    until_told(&mut page, variant, "on_hand", 1_000).await;
    let watch = httpkit::clock::Stopwatch::start();
    for _ in 0..SALES {
        let from = i64::try_from(node.log.len()).unwrap() + 1;
        node.sell(&[(variant, 1, 199)]);
        node.push_from(&office.world.cloud, from).await;
    }
    let told = until_told(&mut page, variant, "on_hand", 1_000 - SALES).await;
    let seconds = watch.elapsed().as_millis().div_ceil(1_000);
    let messages = told.iter().filter(|message| is_stock(message)).count() as u128;
    assert!(
        messages <= seconds * PER_SECOND + 1,
        "{messages} messages in {seconds} s"
    );
    let figures: Vec<i64> = told
        .iter()
        .filter_map(|message| of(message, variant)?["on_hand"].as_i64())
        .collect();
    assert!(
        figures.is_sorted_by(|one, next| one >= next),
        "figures never go back: {figures:?}"
    );
}

#[tokio::test]
async fn what_changes_at_once_beyond_a_message_is_told_as_more() {
    let office = Office::open().await;
    let a = office.world.locations[0];
    night_is_over(&office).await;
    let mut page = office.signed_in(ANN).await.live(None).await;
    office
        .meddle(&format!(
            "insert into stock_balance (location_id, variant_id, on_hand)
             select '{a}', md5(number::text)::uuid, 1 from generate_series(1, 450) as number"
        ))
        .await;
    let told = until(&mut page, is_stock).await;
    let message = told.last().unwrap();
    assert_eq!(
        (message["items"].as_array().unwrap().len(), &message["more"]),
        (200, &json!(true))
    );
    assert_eq!(
        office.world.number("select count(*) from live_touch").await,
        0,
        "what was told is gone"
    );
}

#[tokio::test]
async fn a_page_that_comes_back_hears_of_stock_that_changed_meanwhile() {
    let office = Office::open().await;
    let variant = office.world.variants[1];
    let mut node = office.world.node(0).await;
    let browser = office.signed_in(ANN).await;
    let mut page = browser.live(None).await;
    count(&office, &mut node, variant, &[(Bucket::N, 9)]).await;
    let told = until_told(&mut page, variant, "on_hand", 9).await;
    let cursor = told.last().unwrap()["cursor"].as_i64().unwrap();
    drop(page);
    count(&office, &mut node, variant, &[(Bucket::N, -2)]).await;
    let mut page = browser.live(Some(cursor)).await;
    let told = until_told(&mut page, variant, "on_hand", 7).await;
    assert!(
        told.iter()
            .skip(1)
            .all(|message| message["cursor"].as_i64().unwrap() > cursor),
        "{told:?}"
    );
}

#[tokio::test]
async fn one_of_many_instances_tells_and_another_goes_on_when_it_stops() {
    let office = Office::open().await;
    let second = office.second(OfficeOptions::default()).await;
    let variant = office.world.variants[1];
    let mut node = office.world.node(0).await;
    let there = office.signed_in(ANN).await.moved_to(second.addr);
    let mut page = there.live(None).await;
    next(&mut page).await.unwrap();
    count(&office, &mut node, variant, &[(Bucket::N, 9)]).await;
    let told = until_told(&mut page, variant, "on_hand", 9).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    let written = office
        .world
        .number("select count(*) from live_event where payload like '%\"stock\"%'")
        .await;
    let seen = told.iter().filter(|message| is_stock(message)).count();
    assert_eq!(
        i64::try_from(seen).unwrap(),
        written,
        "each change is told once"
    );
    // What changes while nobody tells is told by whoever is left.
    let world = office.world;
    office.running.stop().await;
    let client = world.owner().await;
    client
        .execute("update stock_balance set on_hand = 8", &[])
        .await
        .unwrap();
    until_told(&mut page, variant, "on_hand", 8).await;
    second.stop().await;
}

#[tokio::test]
async fn an_order_and_a_case_are_told_to_their_locations() {
    let office = Office::open().await;
    let (variant, a) = (office.world.variants[1], office.world.locations[0]);
    let mut page = office.signed_in(ADMIN).await.live(None).await;
    let mut bob = office.signed_in(BOB).await.live(None).await;
    let order = crate::world::id(20, 1);
    office
        .meddle(&format!(
            "insert into online_order (id, placed_by, number, customer, state, total_minor, tax_minor, request_hash,
                                       placed_at, hold_until)
             values ('{order}', 'staff:1', 'W-1', 'Kim', 'held', 100, 7, '', moment(), moment());
             insert into reservation (id, order_id, line, location_id, variant_id, quantity, state, changed_at)
             values ('{order}', '{order}', 0, '{a}', '{variant}', 1, 'held', moment());
             insert into stock_case (location_id, id, kind, business_date, variant_id, quantity, reason, at)
             values ('{a}', '{order}', 'found', '2026-03-02', '{variant}', 1, 'found', moment())"
        ))
        .await;
    let mut told = until(&mut page, |message| message["type"] == "order").await;
    if told.iter().all(|message| message["type"] != "case") {
        told.extend(until(&mut page, |message| message["type"] == "case").await);
    }
    let one = |kind: &str| told.iter().find(|message| message["type"] == kind).unwrap();
    assert_eq!(
        one("order")["items"],
        json!([{ "id": order, "number": "W-1", "state": "held", "customer": "Kim", "location_ids": [a] }])
    );
    let case = one("case");
    assert_eq!((&case["open"], &case["more"]), (&json!(1), &json!(false)));
    assert_eq!(case["items"][0]["kind"], "found");
    office
        .meddle(&format!(
            "insert into live_event (location_id, permission, payload, at)
             values ('{}', 'node.read', '{{\"type\": \"test\"}}', moment())",
            office.world.locations[1]
        ))
        .await;
    let told = until(&mut bob, |message| message["type"] == "test").await;
    assert_eq!(told.len(), 2, "nothing of another branch: {told:?}");
}

fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect()
}

/// Five variants at branch A, one of them below nothing; the third also at branch B, where a promise has no unit.
async fn shelves(office: &Office) {
    let variants = &office.world.variants;
    let (mut a, mut b) = (office.world.node(0).await, office.world.node(1).await);
    for (number, units) in [(1, 10), (2, 10), (3, 10), (4, -3), (5, 10)] {
        count(office, &mut a, variants[number], &[(Bucket::N, units)]).await;
    }
    let owing = [(Bucket::C, 2), (Bucket::D, 1)];
    count(office, &mut b, variants[3], &owing).await;
    let at_b = office.world.locations[1];
    rights(office, at_b, variants[3], [0, 0, 2]).await;
}

#[tokio::test]
async fn stock_is_listed_with_all_accounts_and_how_old_they_are() {
    let office = Office::open().await;
    shelves(&office).await;
    let at_b = office.world.locations[1];
    let page = office.signed_in(ADMIN).await.read("/v1/stock").await;
    let all = ["Goods 1", "Goods 2", "Goods 3", "Goods 4", "Goods 5"];
    assert_eq!(names(&page), all);
    let third = &page["items"][2];
    assert_eq!(
        (&third["total"], &third["totals"]["promised"]),
        (&json!(11), &json!(2))
    );
    assert_eq!(third["attention"], "debt");
    let there = third["locations"].as_array().unwrap();
    let there = there
        .iter()
        .find(|at| at["location_id"] == at_b.to_string())
        .unwrap();
    for (account, units) in [
        ("on_hand", 1),
        ("debt", 1),
        ("promised", 2),
        ("claim_bound", 2),
    ] {
        assert_eq!(there[account], units, "{account}");
    }
    let places = page["locations"].as_array().unwrap();
    assert_eq!(
        (
            &places[0]["seq"],
            &places[0]["connected"],
            &places[2]["has_node"]
        ),
        (&json!(5), &json!(true), &json!(false))
    );
    let ann = office.signed_in(ANN).await;
    let one = ann
        .read(&format!("/v1/stock/{}", office.world.variants[3]))
        .await;
    assert_eq!(
        (&one["total"], one["locations"].as_array().unwrap().len()),
        (&json!(10), 1)
    );
    assert_eq!(one["as_of"][0]["code"], "A");
    let missing = ann
        .get(&format!("/v1/stock/{}", crate::world::id(5, 99)))
        .await;
    assert_eq!(missing.1["code"], "variant.unknown");
}

#[tokio::test]
async fn what_needs_attention_comes_first_page_by_page() {
    let office = Office::open().await;
    shelves(&office).await;
    let admin = office.signed_in(ADMIN).await;
    let mut seen = Vec::new();
    let mut path = "/v1/stock?sort=attention&limit=2".to_owned();
    loop {
        let page = admin.read(&path).await;
        seen.extend(names(&page).into_iter().map(str::to_owned));
        let Some(cursor) = page["next"].as_str() else {
            break;
        };
        path = format!("/v1/stock?sort=attention&limit=2&cursor={cursor}");
    }
    let all = ["Goods 3", "Goods 4", "Goods 1", "Goods 2", "Goods 5"];
    assert_eq!(seen, all);
    let urgent = admin.read("/v1/stock?only=attention").await;
    assert_eq!(names(&urgent), ["Goods 3", "Goods 4"]);
    let found = admin.read("/v1/stock?only=attention&q=goods+4").await;
    assert_eq!(names(&found), ["Goods 4"]);
    // Ann's branch has nothing to do with the debt of the other one.
    let ann = office.signed_in(ANN).await;
    let hers = ann.read("/v1/stock?only=attention").await;
    assert_eq!(names(&hers), ["Goods 4"]);
}

#[tokio::test]
async fn the_history_explains_the_number() {
    let office = Office::open().await;
    let (variant, a) = (office.world.variants[1], office.world.locations[0]);
    let mut node = office.world.node(0).await;
    count(&office, &mut node, variant, &[(Bucket::N, 30)]).await;
    for day in 0..6 {
        node.date = jiff::civil::Date::constant(2026, 2, 1 + day * 4);
        node.sell(&[(variant, 2, 398), (office.world.variants[2], 1, 100)]);
    }
    node.push_from(&office.world.cloud, 2).await;
    office.apply().await;
    office
        .meddle(&format!(
            "insert into cloud_rights_entry (location_id, resource_id, available, granting, promised, cause, at)
             values ('{a}', '{variant}', 3, 0, 0, 'return', '2026-03-02T12:00:00Z'),
                    ('{a}', '{variant}', -1, 0, 1, 'reserve', '2026-03-02T14:00:00Z')"
        ))
        .await;
    let ann = office.signed_in(ANN).await;
    let mut all = Vec::new();
    let mut path = format!("/v1/stock/{variant}/history?limit=3");
    loop {
        let page = ann.read(&path).await;
        all.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next"].as_str() else {
            break;
        };
        path = format!("/v1/stock/{variant}/history?limit=3&cursor={cursor}");
    }
    let ids: std::collections::BTreeSet<&str> =
        all.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!((all.len(), ids.len()), (9, 9), "each once: {all:?}");
    let units: i64 = all
        .iter()
        .flat_map(|one| one["moves"].as_array().unwrap())
        .map(|one| one["quantity"].as_i64().unwrap())
        .sum();
    assert_eq!(units, 30 - 12, "what it sums up to is the number");
    assert_eq!(all[0]["kind"], "reserve");
    let sale = all.iter().find(|one| one["kind"] == "sale.closed").unwrap();
    assert_eq!(
        (&sale["moves"], &sale["staff"]),
        (&json!([{ "bucket": "N", "quantity": -2 }]), &json!("Casey"))
    );
    assert!(
        sale["document"].as_str().unwrap().starts_with("A1-1-"),
        "{sale}"
    );
    let bob = office.signed_in(BOB).await;
    let path = format!("/v1/stock/{variant}/history");
    assert_eq!(bob.read(&path).await["items"], json!([]));
}
