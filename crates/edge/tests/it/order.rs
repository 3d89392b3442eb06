//! Online orders at a shop: picked, found missing, cancelled, handed over.
use edge::testkit;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{TestShop, Till, account, command, count, give, new_id, told};

/// A shop that has given ten cola and four milk to the online channel, of twelve and five.
async fn shop() -> (TestShop, Till) {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    count(&till, &[("COLA", 12), ("MILK", 5)]).await;
    give(&till, &[("COLA", 10), ("MILK", 4)]).await;
    (shop, till)
}

fn id(name: &str) -> Uuid {
    testkit::id::<()>(name).as_uuid()
}

/// The message that asks to pick an order: reservations by name, SKU and quantity.
fn pick(order: &str, lines: &[(&str, &str, i64)]) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(reservation, sku, quantity)| {
            json!({ "reservation": id(reservation), "variant": testkit::variant_id(sku).as_uuid(), "quantity": quantity })
        })
        .collect();
    json!({ "order": id(order), "order_number": order, "customer": "Ana", "lines": lines })
}

fn cancel(reservations: &[&str], reason: &str) -> Value {
    let reservations: Vec<Uuid> = reservations.iter().map(|name| id(name)).collect();
    json!({ "reservations": reservations, "reason": reason })
}

fn picked(lines: &[(&str, i64)]) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(reservation, picked)| json!({ "reservation_id": id(reservation), "picked": picked }))
        .collect();
    json!({ "lines": lines })
}

fn picking(order: &str, event: &str) -> String {
    format!("/v1/picks/{}/picking/{}", id(order), id(event))
}

fn handover(order: &str, event: &str) -> String {
    format!("/v1/picks/{}/handover/{}", id(order), id(event))
}

/// What the till is told of an order, and the account of the cola.
fn check(shop: &TestShop, answer: &(u16, Value), expected: &Expect) {
    let told = if answer.1["lines"].is_array() {
        let lines: Vec<String> = answer.1["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| {
                let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
                format!(
                    "{} {}/{} {}",
                    text("sku"),
                    line["picked"],
                    line["quantity"],
                    text("state")
                )
            })
            .collect();
        let state = answer.1["state"].as_str().unwrap();
        format!("{} {state}: {}", answer.0, lines.join(", "))
    } else {
        told(answer)
    };
    expected.assert_eq(&format!("{told} | {}", account(shop, "COLA")));
}

/// The newest event: type, moves, claims.
fn newest(shop: &TestShop) -> String {
    let header: String = shop.value("select header from outbox order by seq desc limit 1");
    let header: Value = serde_json::from_str(&header).unwrap();
    let parts = |name: &str, show: fn(&Value) -> String| {
        let items = header[name].as_array().cloned().unwrap_or_default();
        items.iter().map(show).collect::<Vec<_>>().join(" ")
    };
    format!(
        "{} [{}] [{}]",
        header["type"].as_str().unwrap(),
        parts("moves", |one| format!(
            "{}{}",
            one["bucket"].as_str().unwrap(),
            one["quantity"]
        )),
        parts("claims", |one| one["quantity"].to_string()),
    )
}

async fn no_findings(shop: &TestShop) {
    let found = edge::rights::audit(&shop.running.shop).await.unwrap();
    assert_eq!(found, [], "the shop and its log say the same");
}

#[tokio::test]
async fn an_order_is_picked_and_handed_over() {
    let (shop, till) = shop().await;
    command(
        &shop,
        1,
        "pick",
        pick("W-1", &[("r1", "COLA", 3), ("r2", "MILK", 1)]),
    )
    .await;
    let (_, list) = till.get("/v1/picks").await;
    assert_eq!(list["items"][0]["order_number"], "W-1");
    assert_eq!(list["items"][0]["customer"], "Ana");
    check(
        &shop,
        &(200, list["items"][0].clone()),
        &expect!["200 open: COLA 0/3 open, MILK 0/1 open | N 2 C 10 D 0 K 0, exportable 2"],
    );
    let first = till.put(&picking("W-1", "e1"), picked(&[("r1", 3)])).await;
    check(
        &shop,
        &first,
        &expect!["201 open: COLA 3/3 picked, MILK 0/1 open | N 2 C 7 D 0 K 3, exportable 2"],
    );
    assert_eq!(newest(&shop), "order.picked [C-3 K3] [-3]");
    let early = till.put(&handover("W-1", "e2"), json!({})).await;
    check(
        &shop,
        &early,
        &expect![[r#"409 pick.still_open {"open":1} | N 2 C 7 D 0 K 3, exportable 2"#]],
    );
    till.put(&picking("W-1", "e3"), picked(&[("r2", 1)])).await;
    let handed = till.put(&handover("W-1", "e4"), json!({})).await;
    check(
        &shop,
        &handed,
        &expect![
            "201 handed_over: COLA 3/3 handed_over, MILK 1/1 handed_over | N 2 C 7 D 0 K 0, exportable 2"
        ],
    );
    // Repeats answer with the order as it is, and change nothing.
    let events: i64 = shop.value("select last_seq from node_state");
    for path in [picking("W-1", "e1"), handover("W-1", "e4")] {
        let again = till.put(&path, picked(&[("r1", 3)])).await;
        check(
            &shop,
            &again,
            &expect![
                "200 handed_over: COLA 3/3 handed_over, MILK 1/1 handed_over | N 2 C 7 D 0 K 0, exportable 2"
            ],
        );
    }
    assert_eq!(events, shop.value::<i64>("select last_seq from node_state"));
    assert_eq!(till.get("/v1/picks").await.1["items"], json!([]));
    no_findings(&shop).await;
}

#[tokio::test]
async fn a_short_pick_empties_the_shelf_and_asks_for_a_count() {
    let (shop, till) = shop().await;
    command(
        &shop,
        1,
        "pick",
        pick("W-1", &[("r1", "COLA", 3), ("r2", "COLA", 2)]),
    )
    .await;
    let answer = till
        .put(&picking("W-1", "e1"), picked(&[("r1", 1), ("r2", 0)]))
        .await;
    // Five of ten claims end; of the five that stay none has a unit, and the node's own two are void.
    check(
        &shop,
        &answer,
        &expect![
            "201 picked: COLA 1/3 picked, COLA 0/2 short | N 0 C 5 D 5 K 1, exportable 0, to count"
        ],
    );
    let handed = till.put(&handover("W-1", "e2"), json!({})).await;
    check(
        &shop,
        &handed,
        &expect![
            "201 handed_over: COLA 1/3 handed_over, COLA 0/2 short | N 0 C 5 D 5 K 0, exportable 0, to count"
        ],
    );
    no_findings(&shop).await;
}

#[tokio::test]
async fn what_cannot_be_picked_is_refused_and_nothing_changes() {
    let (shop, till) = shop().await;
    command(
        &shop,
        1,
        "pick",
        pick("W-1", &[("r1", "COLA", 3), ("r2", "MILK", 1)]),
    )
    .await;
    command(&shop, 2, "cancel_pick", cancel(&["r2"], "cancelled")).await;
    for (path, body, expected) in [
        (
            picking("W-9", "e1"),
            picked(&[("r1", 1)]),
            "404 order.unknown {}",
        ),
        (picking("W-1", "e1"), picked(&[]), "422 pick.no_lines {}"),
        (
            picking("W-1", "e1"),
            picked(&[("r9", 1)]),
            r#"422 pick.reservation_unknown {"line":0}"#,
        ),
        (
            picking("W-1", "e1"),
            picked(&[("r1", 1), ("r1", 1)]),
            r#"422 pick.twice {"line":1}"#,
        ),
        (
            picking("W-1", "e1"),
            picked(&[("r1", 4)]),
            r#"422 pick.quantity_out_of_range {"line":0,"max":3}"#,
        ),
        (
            picking("W-1", "e1"),
            picked(&[("r1", -1)]),
            r#"422 pick.quantity_out_of_range {"line":0,"max":3}"#,
        ),
        (
            picking("W-1", "e1"),
            picked(&[("r2", 1)]),
            r#"409 pick.not_open {"line":0,"state":"cancelled"}"#,
        ),
        (
            handover("W-1", "e2"),
            json!({}),
            r#"409 pick.still_open {"open":1}"#,
        ),
        (handover("W-9", "e2"), json!({}), "404 order.unknown {}"),
    ] {
        let before: i64 = shop.value("select last_seq from node_state");
        assert_eq!(told(&till.put(&path, body).await), expected);
        assert_eq!(before, shop.value::<i64>("select last_seq from node_state"));
    }
    till.put(&picking("W-1", "e1"), picked(&[("r1", 3)])).await;
    let other = till.put(&picking("W-1", "e1"), picked(&[("r1", 2)])).await;
    assert_eq!(told(&other), "409 pick.id_reused {}");
    no_findings(&shop).await;
}

#[tokio::test]
async fn a_cancellation_moves_nothing_before_the_pick_and_puts_back_after_it() {
    let (shop, till) = shop().await;
    let lines = [
        ("r1", "COLA", 2),
        ("r2", "COLA", 1),
        ("r3", "COLA", 3),
        ("r4", "COLA", 1),
    ];
    command(&shop, 1, "pick", pick("W-1", &lines)).await;
    till.put(&picking("W-1", "e1"), picked(&[("r2", 1), ("r3", 3)]))
        .await;
    assert_eq!(account(&shop, "COLA"), "N 2 C 6 D 0 K 4, exportable 2");
    for (idx, told, event, expected) in [
        // Not picked: the right stays the cloud's.
        (2, "r1 cancelled", "[] [2]", "N 2 C 6 D 0 K 4, exportable 2"),
        // Picked, and a promise that has its unit is not broken.
        (3, "r2 broken", "[] []", "N 2 C 6 D 0 K 4, exportable 2"),
        // Picked: back on the shelf, and the node's own.
        (
            4,
            "r3 cancelled",
            "[K-3 N3] [3]",
            "N 5 C 6 D 0 K 1, exportable 5",
        ),
        // Once more, and one that nobody here knows.
        (
            5,
            "r3 r1 r9 cancelled",
            "[] []",
            "N 5 C 6 D 0 K 1, exportable 5",
        ),
        (6, "r4 broken", "[] [1]", "N 5 C 6 D 0 K 1, exportable 5"),
    ] {
        let (reservations, reason) = told.rsplit_once(' ').unwrap();
        let reservations: Vec<&str> = reservations.split(' ').collect();
        command(&shop, idx, "cancel_pick", cancel(&reservations, reason)).await;
        assert_eq!(newest(&shop), format!("pick.cancelled {event}"), "{told}");
        assert_eq!(account(&shop, "COLA"), expected, "{told}");
    }
    // A pick that comes again for what this node has had is a step of the cursor alone.
    command(&shop, 7, "pick", pick("W-1", &lines)).await;
    let handed = till.put(&handover("W-1", "e2"), json!({})).await;
    check(
        &shop,
        &handed,
        &expect![
            "201 handed_over: COLA 0/2 cancelled, COLA 1/1 handed_over, COLA 0/3 cancelled, COLA 0/1 cancelled | N 5 C 6 D 0 K 0, exportable 5"
        ],
    );
    command(&shop, 8, "cancel_pick", cancel(&["r2"], "cancelled")).await;
    assert_eq!(newest(&shop), "pick.cancelled [] []", "too late");
    assert_eq!(shop.value::<i64>("select r_cursor from node_state"), 8);
    no_findings(&shop).await;
}

#[tokio::test]
async fn a_later_epoch_counts_before_it_picks() {
    let shop = TestShop::in_epoch(2, &[("COLA", 6), ("MILK", 2)]).await;
    let till = shop.open_till(1).await;
    assert_eq!(account(&shop, "COLA"), "N 0 C 6 D 0 K 0, exportable 0");
    let lines = [("r1", "COLA", 2), ("r2", "COLA", 1), ("r3", "MILK", 1)];
    command(&shop, 1, "pick", pick("W-1", &lines)).await;
    // The dead epoch may have picked it: the claim ends, and its unit is nobody's before a count.
    command(&shop, 2, "cancel_pick", cancel(&["r2"], "cancelled")).await;
    assert_eq!(newest(&shop), "pick.cancelled [C-1] [1]");
    let cola = testkit::variant_id("COLA").as_uuid();
    let mut body = picked(&[("r1", 2)]);
    let refused = till.put(&picking("W-1", "e1"), body.clone()).await;
    assert_eq!(
        told(&refused),
        format!(r#"409 pick.count_first {{"variants":["{cola}"]}}"#)
    );
    body["counted"] = json!([{ "variant_id": cola, "counted": 7 }]);
    let answer = till.put(&picking("W-1", "e1"), body).await;
    check(
        &shop,
        &answer,
        &expect![
            "201 open: COLA 2/2 picked, COLA 0/1 cancelled, MILK 0/1 open | N 2 C 3 D 0 K 2, exportable 2"
        ],
    );
    // Counted now: a cancellation leaves the right with the cloud.
    command(&shop, 3, "pick", pick("W-2", &[("r5", "COLA", 1)])).await;
    command(&shop, 4, "cancel_pick", cancel(&["r5"], "cancelled")).await;
    assert_eq!(newest(&shop), "pick.cancelled [] [1]");
    no_findings(&shop).await;
}

#[tokio::test]
async fn a_restricted_node_leaves_orders_alone() {
    let (shop, till) = shop().await;
    command(&shop, 1, "pick", pick("W-1", &[("r1", "COLA", 3)])).await;
    shop.file()
        .execute_batch(
            "update node_state set mode = 'restricted', restricted_cause = 'machine', restricted_detail = '', restricted_seq = 0",
        )
        .unwrap();
    let refused = till.put(&picking("W-1", "e1"), picked(&[("r1", 3)])).await;
    assert_eq!(told(&refused), "409 pick.restricted {}");
}

#[tokio::test]
async fn an_order_line_that_is_taken_to_the_till_meanwhile_asks() {
    let (shop, till) = shop().await;
    command(&shop, 1, "pick", pick("W-1", &[("r1", "COLA", 10)])).await;
    till.put(&picking("W-1", "e1"), picked(&[("r1", 10)])).await;
    assert_eq!(account(&shop, "COLA"), "N 2 C 0 D 0 K 10, exportable 2");
    let mut sale = till.sale(&[("COLA", 3)], 450);
    sale["shortages"] = json!([]);
    let refused = till.put(&format!("/v1/sales/{}", new_id()), sale).await;
    let shortage = &refused.1["figures"]["shortages"][0];
    // It may be one of the picked ones: not found.
    assert_eq!(
        (
            shortage["may_be_found"].clone(),
            shortage["elsewhere"].clone(),
            shortage["count_above"].clone()
        ),
        (json!(false), json!(10), json!(2))
    );
}
