//! Baskets before they are paid: lines that somebody lets be cheaper, what is taken out again, and what waits.
use edge::testkit;
use retail::staff::Permission;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::reference::{Feed, GrantState, LimitState, StaffState};

use crate::support::{TestShop, Till, basket, count, new_id, told};

fn supervisor(pin: &str) -> Value {
    json!({ "staff_id": testkit::manager_id().as_uuid(), "pin": pin })
}

/// A till where the cashier has signed in and opened a shift.
async fn cashier_at(shop: &TestShop, number: usize) -> Till {
    let mut till = shop.till();
    till.sign_in(testkit::cashier_id(), number).await;
    till.open_shift(number).await;
    till
}

fn line(sku: &str, quantity: i64, more: &Value) -> Value {
    let mut line =
        json!({ "variant_id": testkit::variant_id(sku).as_uuid(), "quantity": quantity });
    let more = more.as_object().unwrap().clone();
    line.as_object_mut().unwrap().extend(more);
    line
}

/// Asks to let a line of a basket be cheaper, under an id of its own.
async fn approve(till: &Till, sale: Uuid, line: Value, by: Option<Value>) -> (Uuid, (u16, Value)) {
    let id = new_id();
    let mut body = json!({ "sale_id": sale, "line": line });
    if let Some(by) = by {
        body["supervisor"] = by;
    }
    let answer = till.put(&format!("/v1/line-approvals/{id}"), body).await;
    (id, answer)
}

/// The body of the newest event of a kind.
fn event(shop: &TestShop, kind: &str) -> Value {
    let text: String = shop
        .file()
        .query_row(
            "select body from outbox where header ->> 'type' = ?1 order by seq desc limit 1",
            [kind],
            |row| row.get(0),
        )
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_share_of_a_line_is_worked_out_by_the_shop() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let quoted = |more: Value| {
        let till = till.clone();
        async move {
            let body = json!({ "lines": [line("COLA", 3, &more)] });
            let answer = till.post("/v1/quotes", body).await;
            let line = &answer.1["lines"][0];
            match answer.0 {
                200 => format!("{} off, {}", line["discount_minor"], line["total_minor"]),
                _ => told(&answer),
            }
        }
    };
    let because = |bps: i64| json!({ "discount_bps": bps, "discount_reason": "dented" });
    assert_eq!(quoted(because(1_000)).await, "45 off, 405");
    assert_eq!(quoted(because(3_333)).await, "150 off, 300");
    let invalid = r#"422 sale.discount_invalid {"line":0}"#;
    assert_eq!(quoted(because(0)).await, invalid);
    assert_eq!(quoted(because(10_001)).await, invalid);
    let both = json!({ "discount_bps": 100, "discount_minor": 1, "discount_reason": "dented" });
    assert_eq!(quoted(both).await, invalid);
    let silent = json!({ "discount_bps": 100 });
    let missing = r#"422 sale.reason_missing {"line":0}"#;
    assert_eq!(quoted(silent).await, missing);
}

#[tokio::test]
async fn a_supervisor_lets_a_line_be_cheaper_and_the_sale_says_who() {
    let shop = TestShop::start().await;
    let till = cashier_at(&shop, 1).await;
    let sale = new_id();
    let asked = json!({ "discount_bps": 2_000, "discount_reason": "last one" });
    let (_, refused) = approve(&till, sale, line("COLA", 1, &asked), None).await;
    assert_eq!(
        told(&refused),
        r#"403 permission.denied {"permission":"discount.line"}"#
    );
    let wrong = Some(supervisor("1234"));
    let (_, refused) = approve(&till, sale, line("COLA", 1, &asked), wrong).await;
    assert_eq!(told(&refused), r#"401 pin.wrong {"tries_left":4}"#);
    let by = Some(supervisor(testkit::PIN));
    let (word, given) = approve(&till, sale, line("COLA", 1, &asked), by.clone()).await;
    assert_eq!(told(&given), "201");

    // It counts for this basket, product and quantity, and for nothing else.
    let with = |sku, quantity| line(sku, quantity, &json!({ "approval_id": word }));
    let mismatch = r#"422 sale.approval_mismatch {"line":0}"#;
    for (of, line, expected) in [
        (sale, with("COLA", 2), mismatch),
        (sale, with("MILK", 1), mismatch),
        (new_id(), with("COLA", 1), mismatch),
        (sale, with("COLA", 1), "200"),
    ] {
        let body = json!({ "sale_id": of, "lines": [line] });
        assert_eq!(told(&till.post("/v1/quotes", body).await), expected);
    }
    count(&shop_manager(&shop).await, &[("COLA", 5)]).await;
    let mut paid = till.sale(&[("COLA", 1)], 120);
    paid["lines"][0]["approval_id"] = json!(word);
    let sold = till.put(&format!("/v1/sales/{sale}"), paid.clone()).await;
    assert_eq!(told(&sold), "201", "{}", sold.1);
    let line = &sold.1["lines"][0];
    assert_eq!(line["discount_minor"], 30);
    assert_eq!(line["discount_reason"], "last one");
    assert_eq!(line["approved_by"], json!(testkit::manager_id().as_uuid()));
    let again = till.put(&format!("/v1/sales/{sale}"), paid).await;
    assert_eq!(again, (200, sold.1), "a repeat");
    let body = event(&shop, "sale.closed");
    let manager = json!(testkit::manager_id().as_uuid());
    assert_eq!(body["lines"][0]["approved_by"], manager);
}

/// The manager, signed in at the second till.
async fn shop_manager(shop: &TestShop) -> Till {
    let till = shop.till();
    till.sign_in(testkit::manager_id(), 2).await;
    till
}

#[tokio::test]
async fn nobody_lets_a_line_be_cheaper_than_they_may_themselves() {
    let shop = TestShop::start().await;
    let may: Vec<String> = [
        Permission::SaleCreate,
        Permission::DiscountLine,
        Permission::ShiftOpen,
    ]
    .iter()
    .map(|one| one.code().to_owned())
    .collect();
    let limit = LimitState {
        max_bps: Some(1_000),
        max_minor: None,
    };
    let state = StaffState {
        name: "Carl Cashier".to_owned(),
        pin_hash: Some(testkit::pin_hash()),
        roles: vec!["cashier".to_owned()],
        permissions: may.clone(),
        grants: vec![GrantState {
            permissions: may,
            limits: [("discount.line".to_owned(), limit)].into(),
            offline_days: None,
        }],
        active: true,
    };
    let entity = testkit::entity(testkit::cashier_id().as_uuid(), 2, &state);
    testkit::apply(&shop.running.shop, Feed::Staff, vec![entity])
        .await
        .unwrap();
    let till = cashier_at(&shop, 1).await;
    let share = |bps: i64| {
        line(
            "COLA",
            1,
            &json!({ "discount_bps": bps, "discount_reason": "x" }),
        )
    };
    let sale = new_id();
    assert_eq!(
        told(&approve(&till, sale, share(1_000), None).await.1),
        "201"
    );
    let beyond = r#"403 permission.limit {"line":0,"max_bps":1000,"permission":"discount.line"}"#;
    assert_eq!(
        told(&approve(&till, sale, share(1_100), None).await.1),
        beyond
    );
    let by = Some(supervisor(testkit::PIN));
    assert_eq!(told(&approve(&till, sale, share(1_100), by).await.1), "201");
    let empty = approve(&till, sale, line("COLA", 1, &json!({})), None).await;
    assert_eq!(told(&empty.1), "422 sale.approval_empty {}");
}

fn void(till: &Till, sale: Uuid, lines: &[(&str, i64)], reason: &str) -> Value {
    json!({ "sale_id": sale, "shift_id": till.shift, "whole": false, "lines": basket(lines), "reason": reason })
}

#[tokio::test]
async fn what_is_taken_out_is_an_event_with_who_and_why() {
    let shop = TestShop::start().await;
    let till = cashier_at(&shop, 1).await;
    let (sale, id) = (new_id(), new_id());
    let path = format!("/v1/voids/{id}");
    let mut body = void(&till, sale, &[("COLA", 2), ("MILK", 1)], "changed mind");
    assert_eq!(
        told(&till.put(&path, body.clone()).await),
        r#"403 permission.denied {"permission":"sale.void"}"#
    );
    body["supervisor"] = supervisor(testkit::PIN);
    let voided = till.put(&path, body.clone()).await;
    assert_eq!(told(&voided), "201");
    assert_eq!(voided.1["total_minor"], 399);
    assert_eq!(till.put(&path, body.clone()).await, (200, voided.1));
    let said = event(&shop, "basket.voided");
    assert_eq!(said["sale"], json!(sale));
    assert_eq!(said["reason"], "changed mind");
    assert_eq!(said["approved_by"], json!(testkit::manager_id().as_uuid()));
    assert_eq!(said["lines"][0]["total_minor"], 300);

    body["reason"] = json!("another");
    assert_eq!(told(&till.put(&path, body).await), "409 sale.id_reused {}");
}

#[tokio::test]
async fn a_void_that_says_nothing_is_refused() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    count(&till, &[("COLA", 5)]).await;
    let sold = new_id();
    assert_eq!(till.sell(sold, &[("COLA", 1)], 150).await.0, 201);
    let long = "x".repeat(201);
    let cola: &[(&str, i64)] = &[("COLA", 1)];
    for (sale, lines, reason, expected) in [
        (new_id(), cola, " ", "422 sale.void_reason {}"),
        (new_id(), cola, long.as_str(), "422 sale.void_reason {}"),
        (new_id(), &[], "x", "422 sale.no_lines {}"),
        (
            new_id(),
            &[("COLA", 0)],
            "x",
            r#"422 sale.quantity_out_of_range {"line":0,"max":9999}"#,
        ),
        (sold, cola, "x", "409 sale.already_sold {}"),
    ] {
        let body = void(&till, sale, lines, reason);
        let answer = till.put(&format!("/v1/voids/{}", new_id()), body).await;
        assert_eq!(told(&answer), expected, "{reason}");
    }
    assert_eq!(shop.value::<i64>("select count(*) from basket_void"), 0);
}

/// Lets a basket wait.
async fn park(till: &Till, sale: Uuid, lines: &[(&str, i64)], name: &str) -> (Uuid, (u16, Value)) {
    let id = new_id();
    let body =
        json!({ "sale_id": sale, "shift_id": till.shift, "name": name, "lines": basket(lines) });
    let answer = till.put(&format!("/v1/parked-baskets/{id}"), body).await;
    (id, answer)
}

async fn recall(till: &Till, id: Uuid) -> (u16, Value) {
    till.post(&format!("/v1/parked-baskets/{id}/recall"), json!({}))
        .await
}

fn names(list: &(u16, Value)) -> Vec<&str> {
    let items = list.1["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn two_tills_recall_at_once_and_one_gets_it() {
    let shop = TestShop::start().await;
    let (one, two) = (shop.open_till(1).await, shop.open_till(2).await);
    let sale = new_id();
    let (id, parked) = park(&one, sale, &[("COLA", 2)], "red scarf").await;
    assert_eq!(told(&parked), "201");
    let body = json!({ "sale_id": sale, "shift_id": one.shift, "name": "red scarf", "lines": basket(&[("COLA", 2)]) });
    let path = format!("/v1/parked-baskets/{id}");
    assert_eq!(told(&one.put(&path, body).await), "200", "a repeat");
    let (_, twice) = park(&one, sale, &[("COLA", 2)], "").await;
    assert_eq!(told(&twice), "409 parked.waits_already {}");
    assert_eq!(names(&two.get("/v1/parked-baskets").await), ["red scarf"]);

    let (first, second) = tokio::join!(recall(&one, id), recall(&two, id));
    let mut statuses = [first.0, second.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{first:?} {second:?}");
    let (winner, loser, answer) = if first.0 == 200 {
        (&one, &second, &first)
    } else {
        (&two, &first, &second)
    };
    assert_eq!(loser.1["code"], "parked.taken");
    assert_eq!(loser.1["figures"]["staff"], "Maria Manager");
    assert_eq!(answer.1["sale_id"], json!(sale));
    assert_eq!(answer.1["total_minor"], 300);
    assert_eq!(
        &recall(winner, id).await,
        answer,
        "the same till asks again"
    );

    // Once it is sold, there is nothing to give.
    count(winner, &[("COLA", 5)]).await;
    assert_eq!(winner.sell(sale, &[("COLA", 2)], 300).await.0, 201);
    assert_eq!(told(&recall(winner, id).await), "404 parked.unknown {}");
    assert!(names(&winner.get("/v1/parked-baskets").await).is_empty());
    let (_, sold) = park(winner, sale, &[("COLA", 2)], "").await;
    assert_eq!(told(&sold), "409 sale.already_sold {}");
}

#[tokio::test]
async fn a_parked_basket_survives_a_restart_and_says_what_has_changed() {
    let shop = TestShop::start().await;
    let till = cashier_at(&shop, 1).await;
    let sale = new_id();
    let asked = json!({ "discount_minor": 20, "discount_reason": "dented" });
    let by = Some(supervisor(testkit::PIN));
    let (word, given) = approve(&till, sale, line("COLA", 1, &asked), by).await;
    assert_eq!(told(&given), "201");
    let cola = line("COLA", 1, &json!({ "approval_id": word }));
    let lines = json!([
        cola,
        line("MILK", 2, &json!({})),
        line("COFFEE", 1, &json!({}))
    ]);
    let id = new_id();
    let body = json!({ "sale_id": sale, "shift_id": till.shift, "name": "", "lines": lines });
    let parked = till.put(&format!("/v1/parked-baskets/{id}"), body).await;
    assert_eq!(told(&parked), "201");
    let shop = shop.restart().await;
    let mut milk = testkit::variant("MILK", "Milk 1 l", "piece", "1.09", 1, &[]);
    let mut coffee = testkit::variant("COFFEE", "Coffee", "piece", "2.25", 1, &[]);
    milk.version = 2;
    coffee.version = 2;
    coffee.state.as_mut().unwrap()["active"] = json!(false);
    testkit::apply(&shop.running.shop, Feed::Variant, vec![milk, coffee])
        .await
        .unwrap();

    let two = cashier_at(&shop, 2).await;
    let (status, recalled) = recall(&two, id).await;
    assert_eq!(status, 200, "{recalled}");
    assert_eq!(recalled["total_before_minor"], 130 + 198 + 225);
    assert_eq!(
        recalled["total_minor"],
        Value::Null,
        "coffee is not sold here any more"
    );
    let lines = recalled["lines"].as_array().unwrap();
    let said: Vec<String> = lines
        .iter()
        .map(|line| format!("{} {}", line["changed"], line["list_price_before"]))
        .collect();
    assert_eq!(
        said,
        ["null null", r#""price" "0.99""#, r#""not_for_sale" null"#]
    );
    assert_eq!(lines[0]["approval_id"], json!(word));
    // The word counts at the other till too.
    let body = json!({ "sale_id": recalled["sale_id"], "lines": [cola] });
    let quote = two.post("/v1/quotes", body).await;
    assert_eq!(quote.1["total_minor"], 130, "{quote:?}");
}

#[tokio::test]
async fn what_cannot_be_sold_does_not_wait() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let long = "x".repeat(81);
    let cola: &[(&str, i64)] = &[("COLA", 1)];
    let range = r#"422 sale.quantity_out_of_range {"line":0,"max":9999}"#;
    for (lines, name, expected) in [
        (&[] as &[(&str, i64)], "", "422 sale.no_lines {}"),
        (&[("COLA", 0)], "", range),
        (
            cola,
            long.as_str(),
            r#"422 parked.name_too_long {"max":80}"#,
        ),
    ] {
        let (_, answer) = park(&till, new_id(), lines, name).await;
        assert_eq!(told(&answer), expected);
    }
    assert_eq!(
        told(&recall(&till, new_id()).await),
        "404 parked.unknown {}"
    );
}

#[tokio::test]
async fn a_shift_with_parked_baskets_closes_only_when_they_are_handed_over() {
    let shop = TestShop::start().await;
    let mut till = shop.open_till(1).await;
    let (id, _) = park(&till, new_id(), &[("COLA", 2)], "phone").await;
    let close = |till: &Till, body: Value| {
        let (till, path) = (till.clone(), format!("/v1/shifts/{}/close", till.shift));
        async move { till.post(&path, body).await }
    };
    let counted = json!({ "counted_minor": 10_000 });
    let refused = close(&till, counted.clone()).await;
    assert_eq!(refused.1["code"], "shift.parked_baskets", "{refused:?}");
    assert_eq!(refused.1["figures"]["count"], 1);
    let named = &refused.1["figures"]["baskets"][0];
    assert_eq!(
        (&named["id"], &named["name"]),
        (&json!(id), &json!("phone"))
    );
    let handed = json!({ "counted_minor": 10_000, "hand_over_parked": true });
    assert_eq!(told(&close(&till, handed).await), "200");

    // The next shift of the register answers for it, until it is recalled.
    till.open_shift(1).await;
    let refused = close(&till, counted.clone()).await;
    assert_eq!(refused.1["code"], "shift.parked_baskets");
    assert_eq!(recall(&till, id).await.0, 200);
    assert_eq!(told(&close(&till, counted).await), "200");
}
