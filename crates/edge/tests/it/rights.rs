//! What a till may sell, and what it asks when it may not (sync.md 5.1).
use edge::testkit;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::{TestShop, Till, account, basket, command, count, give, new_id, told};

/// Sells with answers, and says what came of it and what the account is then. That PINs were tried too often is told
/// whatever comes of the sale.
async fn sell(shop: &TestShop, till: &Till, lines: &[(&str, i64)], answers: &Value) -> String {
    let mut sale = till.sale(lines, 10_000);
    let given = answers["shortages"].as_array().cloned();
    sale["shortages"] = given.unwrap_or_default().into();
    sale["override"] = answers["override"].clone();
    let before: i64 = shop.value("select last_seq from node_state");
    let answer = till.put(&format!("/v1/sales/{}", new_id()), sale).await;
    let mut events: Vec<String> = shop
        .file()
        .prepare(
            "select header ->> 'type' from outbox where seq > ?1 and header ->> 'type' <> 'pin.locked' order by seq desc",
        )
        .unwrap()
        .query_map([before], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let told = if answer.0 == 201 {
        assert_eq!(events.remove(0), "sale.closed");
        format!("sold after {events:?}")
    } else {
        assert!(events.is_empty(), "a refusal leaves nothing: {events:?}");
        problem(&answer)
    };
    format!("{told} | {}", account(shop, "COLA"))
}

async fn check(
    shop: &TestShop,
    till: &Till,
    lines: &[(&str, i64)],
    answers: Value,
    expected: &Expect,
) {
    expected.assert_eq(&sell(shop, till, lines, &answers).await);
}

/// The problem with its shortages in short.
fn problem(answer: &(u16, Value)) -> String {
    let Some(shortages) = answer.1["figures"]["shortages"].as_array() else {
        return told(answer);
    };
    let told: Vec<String> = shortages
        .iter()
        .map(|it| {
            format!(
                "line {} {}: {} of {}, claims {}, elsewhere {}, found {}, count above {}",
                it["line"],
                it["name"].as_str().unwrap(),
                it["rights"],
                it["needed"],
                it["claim_bound"],
                it["elsewhere"],
                it["may_be_found"],
                it["count_above"]
            )
        })
        .collect();
    format!(
        "{} {} [{}]",
        answer.0,
        answer.1["code"].as_str().unwrap(),
        told.join("; ")
    )
}

fn answers(answer: &str, counted: Option<i64>) -> Value {
    let cola = testkit::variant_id("COLA").as_uuid();
    json!({ "shortages": [{ "variant_id": cola, "answer": answer, "counted": counted }] })
}

fn signed(mut answers: Value, pin: &str, reason: &str) -> Value {
    let manager = testkit::manager_id().as_uuid();
    answers["override"] = json!({ "staff_id": manager, "pin": pin, "reason": reason });
    answers
}

#[tokio::test]
async fn what_the_till_holds_is_sold_without_a_question() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    count(&till, &[("COLA", 3)]).await;
    check(
        &shop,
        &till,
        &[("COLA", 2)],
        json!({}),
        &expect!["sold after [] | N 1 C 0 D 0 K 0, exportable 1"],
    )
    .await;
    // Answers that nobody needed change nothing.
    check(
        &shop,
        &till,
        &[("COLA", 1)],
        signed(answers("override", Some(50)), "wrong", ""),
        &expect!["sold after [] | N 0 C 0 D 0 K 0, exportable 0"],
    )
    .await;
}

#[tokio::test]
async fn what_nobody_else_can_own_is_found() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    check(
        &shop,
        &till,
        &[("COLA", 1)],
        json!({}),
        &expect!["409 stock.shortage [line 0 Cola 330 ml: 0 of 1, claims 0, elsewhere 0, found true, count above 0] | nothing"],
    )
    .await;
    check(
        &shop,
        &till,
        &[("COLA", 1), ("COLA", 2)],
        answers("found", None),
        &expect![[r#"sold after ["stock.found"] | N 0 C 0 D 0 K 0, exportable 0, to count"#]],
    )
    .await;
    // Two lines of one variant are one need.
    count(&till, &[("COLA", 4)]).await;
    check(
        &shop,
        &till,
        &[("MILK", 0), ("COLA", 3), ("COLA", 2)][1..],
        json!({}),
        &expect!["409 stock.shortage [line 0 Cola 330 ml: 4 of 5, claims 0, elsewhere 0, found true, count above 4] | N 4 C 0 D 0 K 0, exportable 4"],
    )
    .await;
}

#[tokio::test]
async fn what_may_be_promised_is_counted_or_overridden() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    count(&till, &[("COLA", 5)]).await;
    give(&till, &[("COLA", 4)]).await;
    for (given, expected) in [
        (
            answers("found", None),
            expect![
                "409 stock.shortage [line 0 Cola 330 ml: 1 of 2, claims 4, elsewhere 0, found false, count above 5] | N 1 C 4 D 0 K 0, exportable 1"
            ],
        ),
        (
            answers("counted", None),
            expect![
                "409 stock.shortage [line 0 Cola 330 ml: 1 of 2, claims 4, elsewhere 0, found false, count above 5] | N 1 C 4 D 0 K 0, exportable 1"
            ],
        ),
        (
            answers("counted", Some(5)),
            expect![
                "409 stock.shortage [line 0 Cola 330 ml: 1 of 2, claims 4, elsewhere 0, found false, count above 5] | N 1 C 4 D 0 K 0, exportable 1"
            ],
        ),
        (
            answers("counted", Some(-1)),
            expect![[
                r#"422 stock.count_out_of_range {"line":0,"max":1000000} | N 1 C 4 D 0 K 0, exportable 1"#
            ]],
        ),
        (
            answers("override", None),
            expect!["422 stock.override_unsigned {} | N 1 C 4 D 0 K 0, exportable 1"],
        ),
        (
            signed(answers("override", None), "0815", "customer waits"),
            expect![[r#"401 pin.wrong {"tries_left":4} | N 1 C 4 D 0 K 0, exportable 1"#]],
        ),
        (
            signed(answers("override", None), testkit::PIN, " "),
            expect!["422 stock.override_reason {} | N 1 C 4 D 0 K 0, exportable 1"],
        ),
        (
            signed(answers("override", None), testkit::PIN, "customer waits"),
            expect![[
                r#"sold after ["sale.overridden"] | N 0 C 4 D 1 K 0, exportable 0, to count"#
            ]],
        ),
        // Three are left with the two in the customer's hand: one of the claims has no unit any more.
        (
            signed(answers("override", Some(3)), testkit::PIN, "again"),
            expect![[
                r#"sold after ["sale.overridden", "stock.counted"] | N 0 C 4 D 3 K 0, exportable 0, to count"#
            ]],
        ),
        // Eight are there after all: the count proves it, and the claims have their units again.
        (
            answers("counted", Some(8)),
            expect![[r#"sold after ["stock.counted"] | N 2 C 4 D 0 K 0, exportable 2"#]],
        ),
    ] {
        expected.assert_eq(&sell_two(&shop, &till, &given).await);
    }
    let supervisor: String = shop.value(
        "select json_extract(body, '$.supervisor') from outbox where header ->> 'type' = 'sale.overridden' limit 1",
    );
    assert_eq!(supervisor, testkit::manager_id().as_uuid().to_string());
    no_findings(&shop).await;
}

/// Sells two.
async fn sell_two(shop: &TestShop, till: &Till, answers: &Value) -> String {
    sell(shop, till, &[("COLA", 2)], answers).await
}

async fn no_findings(shop: &TestShop) {
    let found = edge::rights::audit(&shop.running.shop).await.unwrap();
    assert_eq!(found, [], "the shop and its log say the same");
}

#[tokio::test]
async fn an_override_needs_the_permission_and_ends_with_the_allowance() {
    let shop = TestShop::start().await;
    let manager = shop.open_till(1).await;
    count(&manager, &[("COLA", 60), ("APPLES", 9_000)]).await;
    give(&manager, &[("COLA", 60), ("APPLES", 9_000)]).await;
    let mut till = shop.till();
    till.sign_in(testkit::cashier_id(), 2).await;
    till.open_shift(2).await;

    let sell = async |cola: i64, grams: i64, staff: retail::staff::StaffId| {
        let mut lines = vec![("COLA", cola), ("APPLES", grams)];
        lines.retain(|(_, quantity)| *quantity > 0);
        let mut sale = till.sale(&lines, 90_000);
        sale["shortages"] = lines
            .iter()
            .map(|(sku, _)| {
                json!({ "variant_id": testkit::variant_id(sku).as_uuid(), "answer": "override" })
            })
            .collect();
        sale["override"] =
            json!({ "staff_id": staff.as_uuid(), "pin": testkit::PIN, "reason": "last ones" });
        let path = format!("/v1/sales/{}", new_id());
        let first = till.put(&path, sale.clone()).await;
        // Whatever a repeat answers, it is a repeat.
        sale["override"] = Value::Null;
        sale["shortages"] = json!([]);
        if first.0 == 201 {
            assert_eq!(till.put(&path, sale).await, (200, first.1.clone()));
        }
        told(&first)
    };
    assert_eq!(
        sell(1, 0, testkit::cashier_id()).await,
        r#"403 permission.denied {"permission":"stock.override"}"#
    );
    // 17 pieces, and 2.5 kg that count as three units.
    assert_eq!(sell(17, 2_500, testkit::manager_id()).await, "201");
    assert_eq!(
        sell(1, 0, testkit::manager_id()).await,
        r#"409 stock.override_allowance {"allowance":20,"used":20}"#
    );
    assert_eq!(
        account(&shop, "COLA"),
        "N 0 C 60 D 17 K 0, exportable 0, to count"
    );
    no_findings(&shop).await;
}

#[tokio::test]
async fn wrong_pins_of_an_override_lock_the_supervisor_and_stay_counted() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    count(&till, &[("COLA", 2)]).await;
    give(&till, &[("COLA", 2)]).await;
    for tries_left in (1..5).rev() {
        let wrong = signed(answers("override", None), "9999", "why");
        let told = sell_two(&shop, &till, &wrong).await;
        let expected = format!("401 pin.wrong {{\"tries_left\":{tries_left}}}");
        assert!(told.starts_with(&expected), "{told}");
    }
    for pin in ["9999", testkit::PIN] {
        let late = signed(answers("override", None), pin, "why");
        let told = sell_two(&shop, &till, &late).await;
        assert!(told.starts_with("429 pin.locked"), "{pin}: {told}");
    }
}

#[tokio::test]
async fn rights_are_given_back_with_evidence_only() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let supplier = testkit::supplier_id().as_uuid();
    let avocado = testkit::variant_id("AVOCADO").as_uuid();
    for (source, expected) in [("manual", 0), ("scale", 5_000)] {
        let purchase = json!({
            "shift_id": till.shift, "supplier_id": supplier,
            "lines": [{ "variant_id": avocado, "weight": { "gross": 5_200, "tare": 200, "source": source },
                        "unit_cost": "2.4", "cost_quantity": 1_000 }],
            "payment": { "kind": "account", "amount_minor": 1_200 },
        });
        let (status, _) = till
            .put(&format!("/v1/purchases/{}", new_id()), purchase)
            .await;
        assert_eq!(status, 201);
        let (_, stock) = till.get("/v1/stock?q=avocado").await;
        assert_eq!(stock["items"][0]["exportable"], expected, "{source}");
    }
    let lines =
        |quantity: i64| json!({ "lines": [{ "variant_id": avocado, "quantity": quantity }] });
    let path = format!("/v1/rights-returns/{}", new_id());
    let refused = till.put(&path, lines(5_001)).await;
    assert_eq!(
        told(&refused),
        r#"422 rights.not_exportable {"exportable":5000,"line":0}"#
    );
    let (status, first) = till.put(&path, lines(4_000)).await;
    assert_eq!(status, 201, "{first}");
    assert_eq!(till.put(&path, lines(4_000)).await, (200, first));
    let other = till.put(&path, lines(1)).await;
    assert_eq!(told(&other), "409 rights.id_reused {}");
    assert_eq!(
        account(&shop, "AVOCADO"),
        "N 6000 C 4000 D 0 K 0, exportable 1000"
    );
    assert_eq!(
        told(
            &till
                .put(
                    &format!("/v1/rights-returns/{}", new_id()),
                    json!({ "lines": [] })
                )
                .await
        ),
        "422 rights.no_lines {}"
    );
    no_findings(&shop).await;
}

#[tokio::test]
async fn a_grant_pays_debt_first_and_is_taken_once() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    count(&till, &[("COLA", 5)]).await;
    give(&till, &[("COLA", 5)]).await;
    let signed = signed(answers("override", None), testkit::PIN, "why");
    check(
        &shop,
        &till,
        &[("COLA", 2)],
        signed,
        &expect![[r#"sold after ["sale.overridden"] | N 0 C 5 D 2 K 0, exportable 0, to count"#]],
    )
    .await;
    let cola = testkit::variant_id("COLA").as_uuid();
    let grant = json!({ "lines": [{ "variant": cola, "quantity": 3 }], "reason": "settle" });
    for _ in 0..2 {
        command(&shop, 1, "grant", grant.clone()).await;
        assert_eq!(
            account(&shop, "COLA"),
            "N 1 C 2 D 0 K 0, exportable 1, to count"
        );
    }
    // More than the cloud can ever have had here is an event without moves, and the stream goes on.
    let absurd = json!({ "lines": [{ "variant": cola, "quantity": 9 }], "reason": "manual" });
    command(&shop, 2, "grant", absurd).await;
    assert_eq!(shop.value::<i64>("select r_cursor from node_state"), 2);
    assert_eq!(
        account(&shop, "COLA"),
        "N 1 C 2 D 0 K 0, exportable 1, to count"
    );
    no_findings(&shop).await;
}

#[tokio::test]
async fn stock_that_the_office_sets_is_a_count_once_and_a_task_later() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let variant = |sku| testkit::variant_id(sku).as_uuid();
    count(&till, &[("COLA", 5)]).await;
    let opening = json!({ "reason": "opening", "lines": [
        { "variant": variant("COLA"), "quantity": 9 }, { "variant": variant("MILK"), "quantity": 7 },
    ] });
    command(&shop, 1, "count", opening).await;
    assert_eq!(
        account(&shop, "COLA"),
        "N 5 C 0 D 0 K 0, exportable 5, to count"
    );
    assert_eq!(account(&shop, "MILK"), "N 7 C 0 D 0 K 0, exportable 7");
    // Counted without a difference is counted: what the office typed before that is old.
    count(&till, &[("COFFEE", 0)]).await;
    let late =
        json!({ "reason": "opening", "lines": [{ "variant": variant("COFFEE"), "quantity": 1 }] });
    command(&shop, 2, "count", late).await;
    assert_eq!(
        account(&shop, "COFFEE"),
        "N 0 C 0 D 0 K 0, exportable 0, to count"
    );
    let again =
        json!({ "reason": "count", "lines": [{ "variant": variant("MILK"), "quantity": 1 }] });
    command(&shop, 3, "count", again).await;
    assert_eq!(
        account(&shop, "MILK"),
        "N 7 C 0 D 0 K 0, exportable 7, to count"
    );
    let (_, tasks) = till.get("/v1/stock?to_count=true").await;
    let tasks: Vec<(&str, i64)> = tasks["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["sku"].as_str().unwrap(),
                it["office_expects"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(tasks, [("COFFEE", 1), ("COLA", 9), ("MILK", 1)]);
    count(&till, &[("COFFEE", 0), ("COLA", 5), ("MILK", 2)]).await;
    let (_, tasks) = till.get("/v1/stock?to_count=true").await;
    assert_eq!(tasks["items"], json!([]), "counted");
    no_findings(&shop).await;
}

#[tokio::test]
async fn a_restricted_node_sells_by_what_still_proves_something() {
    for (cause, expected) in [
        (
            "fenced",
            expect![[r#"
            409 stock.shortage [line 0 Cola 330 ml: 0 of 2, claims 0, elsewhere 0, found true, count above 1] | N 5 C 0 D 0 K 0, exportable 5
            sold after [] | N 3 C 0 D 0 K 0, exportable 3
            sold after ["stock.counted"] | N 7 C 0 D 0 K 0, exportable 7
            sold after [] | N 5 C 0 D 0 K 0, exportable 5"#]],
        ),
        (
            "rollback",
            expect![[r#"
            409 stock.shortage [line 0 Cola 330 ml: 0 of 2, claims 0, elsewhere 0, found false, count above null] | N 5 C 0 D 0 K 0, exportable 5
            409 stock.shortage [line 0 Cola 330 ml: 0 of 2, claims 0, elsewhere 0, found false, count above null] | N 5 C 0 D 0 K 0, exportable 5
            409 stock.shortage [line 0 Cola 330 ml: 0 of 2, claims 0, elsewhere 0, found false, count above null] | N 5 C 0 D 0 K 0, exportable 5
            sold after ["sale.overridden"] | N 3 C 0 D 0 K 0, exportable 3, to count"#]],
        ),
    ] {
        let shop = TestShop::start().await;
        let till = shop.open_till(1).await;
        count(&till, &[("COLA", 5)]).await;
        shop.file()
            .execute(
                "update node_state set mode = 'restricted', restricted_cause = ?1, restricted_detail = '',
                        restricted_seq = last_seq",
                [cause],
            )
            .unwrap();
        let mut told = Vec::new();
        for given in [
            answers("counted", None),
            answers("found", None),
            answers("counted", Some(9)),
            signed(answers("override", None), testkit::PIN, "restricted"),
        ] {
            told.push(sell_two(&shop, &till, &given).await);
        }
        expected.assert_eq(&told.join("\n"));
        let path = format!("/v1/rights-returns/{}", new_id());
        let lines = basket(&[("COLA", 1)]);
        assert_eq!(
            crate::support::told(&till.put(&path, json!({ "lines": lines })).await),
            "409 rights.restricted {}"
        );
    }
}

#[tokio::test]
async fn pressing_pay_in_two_tabs_on_one_basket_is_one_sale() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    count(&till, &[("COLA", 5)]).await;
    give(&till, &[("COLA", 4)]).await;
    let path = format!("/v1/sales/{}", new_id());
    let tabs = (0..6).map(|tab| {
        let (till, path) = (till.clone(), path.clone());
        let mut sale = till.sale(&[("COLA", 2)], 300);
        let given = if tab % 2 == 0 {
            answers("counted", Some(9))
        } else {
            signed(answers("override", None), testkit::PIN, "why")
        };
        sale["shortages"] = given["shortages"].clone();
        sale["override"] = given["override"].clone();
        tokio::spawn(async move { till.put(&path, sale).await })
    });
    let mut statuses = Vec::new();
    for tab in tabs.collect::<Vec<_>>() {
        statuses.push(tab.await.unwrap().0);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 201]);
    assert_eq!(shop.value::<i64>("select count(*) from sale"), 1);
    no_findings(&shop).await;
}

#[tokio::test]
async fn the_head_office_sets_the_allowance_of_overrides() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    count(&till, &[("COLA", 5)]).await;
    give(&till, &[("COLA", 5)]).await;
    let mut location =
        testkit::entities(wire::reference::Feed::Location, &testkit::Stock::default());
    location[0].version = 2;
    location[0].state.as_mut().unwrap()["override_allowance"] = json!(1);
    testkit::apply(
        &shop.running.shop,
        wire::reference::Feed::Location,
        location,
    )
    .await
    .unwrap();
    check(
        &shop,
        &till,
        &[("COLA", 2)],
        signed(answers("override", None), testkit::PIN, "why"),
        &expect![[r#"409 stock.override_allowance {"allowance":1,"used":0} | N 0 C 5 D 0 K 0, exportable 0"#]],
    )
    .await;
}

#[tokio::test]
async fn an_audit_finds_what_was_done_behind_the_back_of_the_log() {
    const GUARDS: &str = "
        drop trigger stock_moves_with_its_event; drop trigger stock_movement_is_never_changed;
        drop trigger outbox_is_never_changed; drop trigger pick_moves_with_an_event;";
    for (tampering, expected) in [
        ("", ""),
        (
            "update stock set node_rights = node_rights + 1",
            "ledger account",
        ),
        ("update stock set exportable = 0", "evidence"),
        (
            "update stock_movement set quantity = 9 where bucket = 'N' and quantity > 0",
            "ledger",
        ),
        (
            "update outbox set body = body || ' ' where seq = 2",
            "chain chain ledger account",
        ),
        ("update pick set picked = 1, state = 'picked'", "picked"),
        ("update node_state set r_cursor = 7", "place"),
    ] {
        let shop = TestShop::start().await;
        let till = shop.open_till(1).await;
        count(&till, &[("COLA", 5)]).await;
        give(&till, &[("COLA", 2)]).await;
        let cola = testkit::variant_id("COLA").as_uuid();
        let line = json!({ "reservation": new_id(), "variant": cola, "quantity": 1 });
        let order =
            json!({ "order": new_id(), "order_number": "W-1", "customer": "", "lines": [line] });
        command(&shop, 1, "pick", order).await;
        shop.file()
            .execute_batch(&format!("{GUARDS} {tampering}"))
            .unwrap();
        let found = edge::rights::audit(&shop.running.shop).await.unwrap();
        let codes: Vec<&str> = found.iter().map(|finding| finding.code).collect();
        assert_eq!(codes.join(" "), expected, "{tampering}: {found:?}");
    }
}
