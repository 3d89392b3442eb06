//! Containers at the head office: a list with versions and history, what shops get of it, and lines that name them.
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::body::{Containers, Document as _, PurchaseLine, PurchaseRecorded, Weight};

use crate::browser::{ADMIN, ANN, BOB, Browser, Office, TIM, code};
use crate::world::{Node, id, moves};

fn path(number: u64) -> String {
    format!("/v1/containers/{}", id(72, number))
}

fn krate(version: Option<i64>, tare: i64) -> Value {
    json!({ "version": version, "name": "Crate", "code": "K25", "tare": tare, "active": true })
}

/// Buys a kilogram that was weighed so.
fn buy(node: &mut Node, supplier: Uuid, variant: Uuid, weight: Weight) -> Uuid {
    let fact = node.fact();
    let mut header = node.header(fact, PurchaseRecorded::KIND, PurchaseRecorded::VERSION);
    header.moves = moves([(variant, 1_000)]);
    let body = PurchaseRecorded {
        shift: node.shift,
        ticket_number: format!("S1P-1-{:06}", header.seq),
        supplier,
        supplier_document: None,
        lines: vec![PurchaseLine {
            variant,
            quantity: 1_000,
            weight: Some(weight),
            unit_cost: "2.50".to_owned(),
            cost_quantity: 1_000,
            cost_minor: 250,
        }],
        payment_kind: "cash".to_owned(),
        total_minor: 250,
    };
    node.record(&header, &body);
    fact
}

fn weight(tare: i64, containers: Option<(i64, i64)>, manual_tare: bool) -> Weight {
    Weight {
        gross: 1_000 + tare,
        tare,
        manual: true,
        containers: containers.map(|(each, count)| Containers {
            container: id(72, 1),
            name: "Crate".to_owned(),
            each,
            count,
        }),
        manual_tare,
    }
}

#[tokio::test]
async fn the_list_has_versions_and_a_history() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let first = admin.put(&path(1), krate(None, 1_800)).await;
    assert_eq!(
        (first.0, &first.1["version"]),
        (200, &json!(1)),
        "{first:?}"
    );
    let again = admin.put(&path(1), krate(None, 1_800)).await;
    assert_eq!(again, first, "a repeat");
    let heavier = admin.put(&path(1), krate(Some(1), 1_850)).await;
    assert_eq!((heavier.0, &heavier.1["version"]), (200, &json!(2)));
    let late = admin.put(&path(1), krate(Some(1), 1_900)).await;
    assert_eq!(code(&late), (409, "catalog.edited_meanwhile"));
    assert_eq!(late.1["figures"]["fields"], "tare");
    let list = admin.read("/v1/containers").await;
    assert_eq!(
        list["items"],
        json!([{ "id": id(72, 1), "version": 2, "name": "Crate", "code": "K25", "tare": 1_850, "active": true }])
    );
    let changes = format!("/v1/catalog-changes/{}", id(72, 1));
    let changes = admin.read(&changes).await;
    assert_eq!(
        (
            &changes["items"][0]["before"]["tare"],
            &changes["items"][0]["after"]["tare"]
        ),
        (&json!(1_800), &json!(1_850)),
        "{changes}"
    );
    assert_eq!(changes["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_wrong_with_a_container_is_said_by_field() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    assert_eq!(admin.put(&path(1), krate(None, 1_800)).await.0, 200);
    let with = |field: &str, value: Value| {
        let mut body = json!({ "name": "Sack", "code": "S", "tare": 120, "active": true });
        body[field] = value;
        body
    };
    for (body, field, expected) in [
        (with("tare", json!(0)), "tare", (422, "container.tare")),
        (with("tare", json!(-1)), "tare", (422, "container.tare")),
        (
            with("tare", json!(1_000_001)),
            "tare",
            (422, "container.tare"),
        ),
        (
            with("tare", json!(i64::MAX)),
            "tare",
            (422, "container.tare"),
        ),
        (with("name", json!(" ")), "name", (422, "catalog.name")),
        (
            with("name", json!("x".repeat(201))),
            "name",
            (422, "catalog.name"),
        ),
        (with("code", json!("")), "code", (422, "container.code")),
        (with("code", json!("A B")), "code", (422, "container.code")),
    ] {
        let answer = admin.put(&path(2), body).await;
        assert_eq!(code(&answer), expected, "{answer:?}");
        assert_eq!(answer.1["errors"][0]["field"], field);
    }
    let answer = admin.put(&path(2), with("tare", json!(1.5))).await;
    assert_eq!(code(&answer), (422, "body.invalid"));
    let answer = admin.put(&path(2), with("code", json!("K25"))).await;
    assert_eq!(code(&answer), (409, "container.code_taken"));
    let answer = admin.put(&path(2), with("version", json!(1))).await;
    assert_eq!(code(&answer), (404, "container.unknown"));
    for tare in [1, 1_000_000] {
        let number = 10 + u64::try_from(tare).unwrap();
        let mut body = with("tare", json!(tare));
        body["code"] = json!(format!("S{tare}"));
        assert_eq!(admin.put(&path(number), body).await.0, 200);
    }
}

#[tokio::test]
async fn whoever_may_not_change_the_catalogue_changes_no_container() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    assert_eq!(admin.put(&path(1), krate(None, 1_800)).await.0, 200);
    for email in [ANN, BOB, TIM] {
        let person: Browser = office.signed_in(email).await;
        let answer = person.put(&path(1), krate(Some(1), 1)).await;
        assert_eq!(code(&answer), (403, "permission.denied"), "{email}");
    }
    let nobody = office.browser();
    let answer = nobody
        .told(Method::PUT, &path(1), Some(krate(Some(1), 1)))
        .await;
    assert_eq!(code(&answer), (401, "session.missing"));
    assert_eq!(
        office.world.number("select tare from container").await,
        1_800
    );
}

#[tokio::test]
async fn shops_get_the_list_and_what_was_retired_stays_in_it() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    assert_eq!(admin.put(&path(1), krate(None, 1_800)).await.0, 200);
    let published = "select concat_ws(' ', location_id = everywhere(), version, state) from reference_entity where feed = 'container'";
    assert_eq!(
        office.world.text(published).await,
        r#"t 1 {"code": "K25", "name": "Crate", "tare": 1800, "active": true}"#
    );
    let mut retired = krate(Some(1), 1_800);
    retired["active"] = json!(false);
    assert_eq!(admin.put(&path(1), retired).await.0, 200);
    assert_eq!(
        office.world.text(published).await,
        r#"t 2 {"code": "K25", "name": "Crate", "tare": 1800, "active": false}"#
    );
}

#[tokio::test]
async fn a_purchase_shows_the_containers_of_then_to_its_own_branch() {
    let office = Office::open().await;
    let world = &office.world;
    let admin = office.signed_in(ADMIN).await;
    assert_eq!(admin.put(&path(1), krate(None, 1_800)).await.0, 200);
    let (supplier, variant) = (world.supplier, world.variants[0]);
    let mut node = world.node(0).await;
    let bought = [
        weight(3_600, Some((1_800, 2)), false),
        weight(500, None, true),
        // From a node that knew no containers: what it took off was typed.
        weight(500, None, false),
        weight(0, None, false),
    ]
    .map(|weight| buy(&mut node, supplier, variant, weight));
    node.push_from(&world.cloud, 1).await;
    office.apply().await;
    assert_eq!(world.number("select count(*) from held_event").await, 0);
    assert_eq!(admin.put(&path(1), krate(Some(1), 2_000)).await.0, 200);

    let at = world.locations[0];
    let show = |purchase: Uuid| format!("/v1/locations/{at}/purchases/2026-03-02/{purchase}");
    let of_then = json!({ "container_id": id(72, 1), "name": "Crate", "tare": 1_800, "count": 2 });
    let ann = office.signed_in(ANN).await;
    for (purchase, net_of, containers, is_typed) in [
        (bought[0], (4_600, 3_600), of_then, false),
        (bought[1], (1_500, 500), Value::Null, true),
        (bought[2], (1_500, 500), Value::Null, true),
        (bought[3], (1_000, 0), Value::Null, false),
    ] {
        let ticket = ann.read(&show(purchase)).await;
        let line = &ticket["lines"][0];
        assert_eq!(
            [&line["gross"], &line["tare"], &line["net"]],
            [net_of.0, net_of.1, 1_000]
        );
        assert_eq!(
            (&line["containers"], &line["manual_tare"]),
            (&containers, &json!(is_typed))
        );
    }
    let bob = office.signed_in(BOB).await;
    let answer = bob.get(&show(bought[0])).await;
    assert_eq!(code(&answer), (404, "purchase.unknown"), "another branch");
}
