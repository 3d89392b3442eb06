//! Promotions at the till: taken in, priced for a quote and for a sale alike, explained, kept and stopped.
use edge::testkit;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::reference::{CategoryState, Entity, Feed, PatronState, PromotionState};

use crate::support::{TestShop, Till, account, basket, count, found, new_id, told};

/// What promotions say here: three for two on cola.
fn three_for_two() -> Value {
    json!({
        "labels": { "en": "3 for 2", "vi": "Mua 3 tính 2", "th": "3 จ่าย 2" },
        "effects": [{ "bundle": {
            "parts": [{ "of": { "variants": [testkit::variant_id("COLA")] }, "count": 3 }],
            "reward": { "on": { "cheapest": 1 }, "off": { "percent": 10_000 } },
        } }],
    })
}

pub fn percent(off: u16, when: &Value) -> Value {
    json!({ "when": when, "effects": [{ "percent": { "off": off } }] })
}

fn gift(sku: &str, quantity: i64) -> Value {
    json!({ "effects": [{ "gift": { "variant": testkit::variant_id(sku), "quantity": quantity } }],
            "when": [{ "quantity": { "of": { "variants": [testkit::variant_id("COLA")] }, "at_least": 2 } }] })
}

pub async fn told_of(shop: &TestShop, promotions: Vec<Entity>) {
    testkit::apply(&shop.running.shop, Feed::Promotion, promotions)
        .await
        .unwrap();
}

async fn run(shop: &TestShop, name: &str, fields: &Value) {
    told_of(shop, vec![testkit::promotion(name, 1, fields, &[])]).await;
}

pub async fn quote(till: &Till, lines: &[(&str, i64)], more: &Value) -> Value {
    let mut body = json!({ "lines": basket(lines) });
    for (field, value) in more.as_object().into_iter().flatten() {
        body[field] = value.clone();
    }
    let (status, quote) = till.post("/v1/quotes", body).await;
    assert_eq!(status, 200, "{quote}");
    quote
}

/// The lines in short, then what is paid, then why.
fn shown(priced: &Value) -> String {
    let lines = priced["lines"].as_array().unwrap().iter().map(|line| {
        let gift = if line["is_gift"] == true { " gift" } else { "" };
        format!(
            "{} {} {} - {} ({}) = {}{gift}\n",
            line["quantity"],
            line["name"],
            line["gross_minor"],
            line["discount_minor"],
            line["promoted_minor"],
            line["total_minor"],
        )
    });
    let text: String = lines.collect();
    format!(
        "{text}{}{} off, {} to pay",
        why(priced),
        priced["promoted_minor"],
        priced["total_minor"]
    )
}

/// Why it costs that, a line for each reason.
fn why(priced: &Value) -> String {
    let names: Vec<&str> = priced["reasons"]["promotions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|promotion| promotion["name"].as_str().unwrap())
        .collect();
    let of = |one: &Value, field: &str| {
        names[usize::try_from(one[field].as_u64().unwrap()).unwrap()].to_owned()
    };
    let reasons = |list: &str| {
        priced["reasons"][list]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let fired = reasons("fired").into_iter().map(|one| {
        format!(
            "{}: {} of line {}, {}\n",
            of(&one, "promotion"),
            one["units"],
            one["line"],
            one["gave_minor"]
        )
    });
    let beaten = reasons("beaten").into_iter().map(|one| {
        format!(
            "{} beaten by {} on line {}, {}\n",
            of(&one, "promotion"),
            of(&one, "by"),
            one["line"],
            one["would_minor"]
        )
    });
    let near = reasons("near").into_iter().map(|one| {
        format!(
            "{} lacks {} {}{}\n",
            of(&one, "promotion"),
            one["kind"],
            one["units"],
            one.get("amount_minor").unwrap_or(&json!(""))
        )
    });
    let gifts = reasons("gifts").into_iter().map(|one| {
        let line = one.get("line").unwrap_or(&Value::Null);
        format!(
            "{} gives line {line}, {} missing\n",
            of(&one, "promotion"),
            one["missing"]
        )
    });
    let out = reasons("exhausted")
        .into_iter()
        .map(|one| format!("{} has no {} left\n", of(&one, "promotion"), one["counter"]));
    fired
        .chain(beaten)
        .chain(near)
        .chain(gifts)
        .chain(out)
        .collect()
}

fn check(priced: &Value, expected: &Expect) {
    expected.assert_eq(&shown(priced));
}

pub fn with(mut sale: Value, more: &Value) -> Value {
    for (field, value) in more.as_object().into_iter().flatten() {
        sale[field] = value.clone();
    }
    sale
}

pub async fn sell(till: &Till, id: Uuid, sale: Value) -> Value {
    let (status, receipt) = till.put(&format!("/v1/sales/{id}"), sale).await;
    assert!(matches!(status, 200 | 201), "{receipt}");
    receipt
}

#[tokio::test]
async fn a_quote_and_a_sale_are_priced_alike_and_say_why() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    run(&shop, "three", &three_for_two()).await;
    let lines = [("COLA", 2)];
    let near = quote(&till, &lines, &json!({})).await;
    check(
        &near,
        &expect![[r#"
        2 "Cola 330 ml" 300 - 0 (0) = 300
        three lacks "part" 1""
        0 off, 300 to pay"#]],
    );
    let lines = [("COLA", 4), ("MILK", 1)];
    let quoted = quote(&till, &lines, &json!({})).await;
    check(
        &quoted,
        &expect![[r#"
        4 "Cola 330 ml" 600 - 150 (150) = 450
        1 "Milk 1 l" 99 - 0 (0) = 99
        three: 3 of line 0, 150
        three lacks "part" 2""
        150 off, 549 to pay"#]],
    );
    let id = new_id();
    let sale = with(
        till.sale(&lines, 1_000),
        &json!({ "expected_total_minor": quoted["total_minor"] }),
    );
    let receipt = sell(&till, id, sale.clone()).await;
    assert_eq!(shown(&receipt), shown(&quoted));
    assert_eq!(
        receipt["reasons"]["promotions"][0]["labels"]["vi"],
        "Mua 3 tính 2"
    );
    // On disk, and a repeat gives the same.
    assert_eq!(sell(&till, id, sale).await, receipt);
    let (_, found) = till.get(&format!("/v1/sales/{id}")).await;
    assert_eq!(found, receipt);
    let body: String =
        shop.value("select body from outbox where header ->> 'type' = 'sale.closed'");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["lines"][0]["promoted_minor"], 150);
    assert_eq!(body["promotions"]["trace"]["fired"][0]["gave"], 150);
    assert_eq!(body["promotions"]["priced"], "2026-11-22T09:00:00");
}

#[tokio::test]
async fn without_promotions_nothing_is_said_of_them() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let receipt = sell(&till, new_id(), till.sale(&[("COLA", 1)], 200)).await;
    assert!(receipt.get("reasons").is_none());
    let body: String =
        shop.value("select body from outbox where header ->> 'type' = 'sale.closed'");
    assert!(!body.contains("promot") && !body.contains("gift"), "{body}");
}

#[tokio::test]
async fn a_promotion_that_was_changed_or_stopped_counts_at_once() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    run(&shop, "tenth", &percent(1_000, &json!([]))).await;
    let quoted = quote(&till, &[("COLA", 2)], &json!({})).await;
    assert_eq!(quoted["total_minor"], 270);
    let more = testkit::promotion("tenth", 2, &percent(2_000, &json!([])), &[]);
    told_of(&shop, vec![more.clone()]).await;
    let sale = with(
        till.sale(&[("COLA", 2)], 1_000),
        &json!({ "expected_total_minor": 270 }),
    );
    let refused = till.put(&format!("/v1/sales/{}", new_id()), sale).await;
    assert_eq!(
        told(&refused),
        r#"422 sale.total_changed {"total_minor":240}"#
    );
    // An older state changes nothing; the newest says that it has stopped.
    run(&shop, "tenth", &percent(1_000, &json!([]))).await;
    assert_eq!(
        quote(&till, &[("COLA", 2)], &json!({})).await["total_minor"],
        240
    );
    let sold = sell(&till, new_id(), till.sale(&[("COLA", 2)], 1_000)).await;
    assert_eq!(sold["reasons"]["promotions"][0]["version"], 2);
    let state: PromotionState = serde_json::from_value(more.state.unwrap()).unwrap();
    let stopped = PromotionState {
        running: false,
        ..state
    };
    told_of(&shop, vec![testkit::entity(more.id, 3, &stopped)]).await;
    assert_eq!(
        quote(&till, &[("COLA", 2)], &json!({})).await["total_minor"],
        300
    );
    // What was sold is still explained, and both versions are there.
    let id: Uuid = sold["id"].as_str().unwrap().parse().unwrap();
    let (_, again) = till.get(&format!("/v1/sales/{id}")).await;
    assert_eq!(again["reasons"]["promotions"][0]["name"], "tenth");
    assert_eq!(
        shop.value::<i64>("select count(*) from promotion_version"),
        2
    );
    let gone = Entity {
        state: None,
        version: 4,
        id: more.id,
    };
    told_of(&shop, vec![gone]).await;
    let file = shop.file();
    for statement in [
        "update promotion_version set document = '{}'",
        "delete from promotion_version",
    ] {
        assert!(
            file.execute(statement, [])
                .unwrap_err()
                .to_string()
                .contains("never")
        );
    }
}

#[tokio::test]
async fn a_promotion_of_a_newer_form_is_left_out_and_said() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let newer = PromotionState {
        version: 1,
        document: json!({ "format": 2, "id": testkit::promotion_id("newer"), "version": 1, "name": "newer" }).to_string(),
        running: true,
        codes: Vec::new(),
    };
    let newer = testkit::entity(testkit::promotion_id("newer").as_uuid(), 1, &newer);
    told_of(
        &shop,
        vec![
            newer,
            testkit::promotion("tenth", 1, &percent(1_000, &json!([])), &[]),
        ],
    )
    .await;
    assert_eq!(
        quote(&till, &[("COLA", 2)], &json!({})).await["total_minor"],
        270
    );
    let (_, edge) = till.get("/v1/edge").await;
    assert_eq!(edge["promotions"], json!({ "running": 2, "unreadable": 1 }));
    assert_eq!(edge["sync"]["upgrade"], true);
}

#[tokio::test]
async fn what_a_promotion_asks_about_goods_comes_with_the_feeds() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let above = testkit::id::<()>("category everything").as_uuid();
    let category = |id: Uuid, parent: Option<Uuid>| {
        testkit::entity(
            id,
            2,
            &CategoryState {
                name: "a category".to_owned(),
                parent,
            },
        )
    };
    let food = testkit::id::<()>("category food").as_uuid();
    // A circle ends, too.
    let tree = vec![category(above, Some(food)), category(food, Some(above))];
    testkit::apply(&shop.running.shop, Feed::Category, tree)
        .await
        .unwrap();
    let variant = |sku: &str, facts: Value| {
        let mut entity = testkit::variant(sku, sku, "piece", "1.00", 1, &[]);
        entity.version = 2;
        for (field, value) in facts.as_object().unwrap() {
            entity.state.as_mut().unwrap()[field] = value.clone();
        }
        entity
    };
    let goods = vec![
        variant("COLA", json!({ "brand": "Fizz" })),
        variant("MILK", json!({ "tags": ["fresh", "organic"] })),
        variant("COFFEE", json!({ "undiscountable": true })),
        variant("FISHSAUCE", json!({ "cost": 95_000_000 })),
    ];
    testkit::apply(&shop.running.shop, Feed::Variant, goods)
        .await
        .unwrap();
    for (name, of, off) in [
        ("by brand", json!({ "brands": ["Fizz"] }), 1_000),
        ("by tag", json!({ "tags": ["organic"] }), 2_000),
        ("by category", json!({ "categories": [above] }), 1_000),
    ] {
        run(
            &shop,
            name,
            &json!({ "effects": [{ "percent": { "off": off, "target": { "of": of } } }] }),
        )
        .await;
    }
    let lines = [("COLA", 1), ("MILK", 1), ("COFFEE", 1), ("FISHSAUCE", 1)];
    check(
        &quote(&till, &lines, &json!({})).await,
        &expect![[r#"
        1 "COLA" 100 - 19 (19) = 81
        1 "MILK" 100 - 28 (28) = 72
        1 "COFFEE" 100 - 0 (0) = 100
        1 "FISHSAUCE" 100 - 5 (5) = 95
        by brand: 1 of line 0, 10
        by category: 1 of line 0, 9
        by tag: 1 of line 1, 20
        by category: 1 of line 1, 8
        by category: 1 of line 3, 5
        52 off, 348 to pay"#]],
    );
}

#[tokio::test]
async fn what_a_promotion_asks_about_a_customer_comes_with_the_feeds() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let known = PatronState {
        segments: vec!["gold".to_owned()],
        birthday: Some("2000-11-24".parse().unwrap()),
        purchases: 4,
        ..PatronState::default()
    };
    let patron = testkit::patron_id().as_uuid();
    testkit::apply(
        &shop.running.shop,
        Feed::Patron,
        vec![testkit::entity(patron, 2, &known)],
    )
    .await
    .unwrap();
    for (name, when) in [
        ("a member", json!(["member"])),
        ("gold", json!([{ "segment": ["gold"] }])),
        (
            "birthday",
            json!([{ "birthday": { "before": 2, "after": 0 } }]),
        ),
        ("fifth", json!([{ "purchase": 5 }])),
    ] {
        run(
            &shop,
            name,
            &json!({ "when": when, "effects": [{ "amount": { "off": 10 } }] }),
        )
        .await;
    }
    let lines = [("COLA", 1)];
    assert_eq!(quote(&till, &lines, &json!({})).await["total_minor"], 150);
    let theirs = json!({ "patron_id": patron });
    let quoted = quote(&till, &lines, &theirs).await;
    check(
        &quoted,
        &expect![[r#"
        1 "Cola 330 ml" 150 - 40 (40) = 110
        gold: 1 of line 0, 10
        a member: 1 of line 0, 10
        fifth: 1 of line 0, 10
        birthday: 1 of line 0, 10
        40 off, 110 to pay"#]],
    );
    let sale = with(
        till.sale(&lines, 1_000),
        &with(theirs, &json!({ "expected_total_minor": 110 })),
    );
    assert_eq!(sell(&till, new_id(), sale).await["total_minor"], 110);
}

#[tokio::test]
async fn how_it_is_paid_and_when_it_was_begun_count() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    run(
        &shop,
        "by card",
        &percent(1_000, &json!([{ "tender": ["card"] }])),
    )
    .await;
    let lines = [("COLA", 2)];
    for (tenders, total) in [
        (json!([]), 300),
        (json!(["cash"]), 300),
        (json!(["card"]), 270),
        (json!(["card", "cash"]), 300),
    ] {
        assert_eq!(
            quote(&till, &lines, &json!({ "tenders": tenders })).await["total_minor"],
            total,
            "{tenders}"
        );
    }
    let by_card = json!({ "tenders": [{ "kind": "card", "amount_minor": 270 }], "expected_total_minor": 270 });
    assert_eq!(
        sell(&till, new_id(), with(till.sale(&lines, 0), &by_card)).await["total_minor"],
        270
    );
    // It is 9:00 here; the offer has ended at 8:50, and whoever came before keeps it for a quarter of an hour.
    let over = json!([{ "dates": { "until": "2026-11-22T08:50:00", "grace_minutes": 15 } }]);
    let by_coupon = percent(1_000, &json!([{ "tender": ["coupon"] }]));
    told_of(
        &shop,
        vec![testkit::promotion("by card", 2, &by_coupon, &[])],
    )
    .await;
    run(&shop, "early", &percent(5_000, &over)).await;
    for (begun, total) in [
        ("2026-11-22T13:49:00Z", 150),
        ("2026-11-22T13:51:00Z", 300),
        ("2026-11-22T23:00:00Z", 300),
    ] {
        assert_eq!(
            quote(&till, &lines, &json!({ "begun_at": begun })).await["total_minor"],
            total,
            "{begun}"
        );
    }
}

#[tokio::test]
async fn a_persons_discount_is_checked_without_what_promotions_give() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    run(&shop, "half", &percent(5_000, &json!([]))).await;
    let mut lines = basket(&[("COLA", 2)]);
    lines[0]["discount_minor"] = json!(20);
    lines[0]["discount_reason"] = json!("dented");
    let (_, quoted) = till.post("/v1/quotes", json!({ "lines": lines })).await;
    check(
        &quoted,
        &expect![[r#"
        2 "Cola 330 ml" 300 - 160 (140) = 140
        half: 2 of line 0, 140
        140 off, 140 to pay"#]],
    );
    assert_eq!(quoted["lines"][0]["discount_reason"], "dented");
    // A cashier gives nothing, and a promotion is nobody's to answer for.
    let cashier = shop.till();
    cashier.sign_in(testkit::cashier_id(), 2).await;
    assert_eq!(
        quote(&cashier, &[("COLA", 2)], &json!({})).await["total_minor"],
        150
    );
    let refused = cashier.post("/v1/quotes", json!({ "lines": lines })).await;
    assert_eq!(refused.0, 403);
}

#[tokio::test]
async fn a_gift_leaves_the_shelf_and_what_is_not_there_is_not_sold() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    run(&shop, "a coffee", &gift("COFFEE", 2)).await;
    count(&till, &[("COLA", 10), ("COFFEE", 3)]).await;
    let lines = [("COLA", 2)];
    check(
        &quote(&till, &lines, &json!({})).await,
        &expect![[r#"
        2 "Cola 330 ml" 300 - 0 (0) = 300
        2 "Cà phê sữa đá" 450 - 450 (450) = 0 gift
        a coffee gives line 1, 0 missing
        450 off, 300 to pay"#]],
    );
    let receipt = sell(&till, new_id(), till.sale(&lines, 1_000)).await;
    assert_eq!(receipt["lines"][1]["is_gift"], true);
    assert_eq!(account(&shop, "COFFEE"), "N 1 C 0 D 0 K 0, exportable 1");
    // One is left, of which the customer buys it.
    check(
        &quote(&till, &lines, &json!({})).await,
        &expect![[r#"
        2 "Cola 330 ml" 300 - 0 (0) = 300
        1 "Cà phê sữa đá" 225 - 225 (225) = 0 gift
        a coffee gives line 1, 1 missing
        225 off, 300 to pay"#]],
    );
    let both = quote(&till, &[("COLA", 2), ("COFFEE", 1)], &json!({})).await;
    check(
        &both,
        &expect![[r#"
        2 "Cola 330 ml" 300 - 0 (0) = 300
        1 "Cà phê sữa đá" 225 - 0 (0) = 225
        a coffee gives line null, 2 missing
        0 off, 525 to pay"#]],
    );
    // Of goods that are not for sale here nothing is given.
    let gone = Entity {
        id: testkit::variant_id("COFFEE").as_uuid(),
        version: 2,
        state: None,
    };
    testkit::apply(&shop.running.shop, Feed::Variant, vec![gone])
        .await
        .unwrap();
    check(
        &quote(&till, &lines, &json!({})).await,
        &expect![[r#"
        2 "Cola 330 ml" 300 - 0 (0) = 300
        a coffee gives line null, 2 missing
        0 off, 300 to pay"#]],
    );
}

#[tokio::test]
async fn a_limited_promotion_gives_nothing_without_a_right() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let mut flash = percent(5_000, &json!([]));
    flash["limits"] = json!({ "units": 100, "uses": 10 });
    run(&shop, "flash", &flash).await;
    check(
        &quote(&till, &[("COLA", 2)], &json!({})).await,
        &expect![[r#"
            2 "Cola 330 ml" 300 - 0 (0) = 300
            flash has no "uses" left
            flash has no "units" left
            0 off, 300 to pay"#]],
    );
}

#[tokio::test]
async fn the_rules_are_there_again_after_a_restart() {
    let shop = TestShop::start().await;
    run(&shop, "three", &three_for_two()).await;
    let shop = shop.restart().await;
    let till = shop.open_till(1).await;
    assert_eq!(
        quote(&till, &[("COLA", 3)], &json!({})).await["total_minor"],
        300
    );
    let lines = [("COLA", 3)];
    let sale = with(
        till.sale(&lines, 1_000),
        &json!({ "shortages": found(&lines) }),
    );
    assert_eq!(sell(&till, new_id(), sale).await["promoted_minor"], 150);
}
