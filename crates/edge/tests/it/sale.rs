use edge::testkit;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{TestShop, Till, basket, found, new_id, told};

#[tokio::test]
async fn a_sale_is_quoted_paid_and_on_the_receipt() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let lines = [("COLA", 2), ("APPLES", 480)];

    let (status, quote) = till
        .post("/v1/quotes", json!({ "lines": basket(&lines) }))
        .await;
    assert_eq!(status, 200, "{quote}");
    assert_eq!(quote["total_minor"], 468);

    let id = new_id();
    let sold = till.sell(id, &lines, 500).await;
    assert_eq!(told(&sold), "201");
    let receipt = sold.1;
    assert_eq!(receipt["receipt_number"], "T101-1-000001");
    assert_eq!(receipt["change_minor"], 32);
    let path = format!("/v1/sales/{id}");
    assert_eq!(till.get(&path).await, (200, receipt.clone()));
    assert_eq!(till.sell(id, &lines, 500).await, (200, receipt), "a repeat");
}

/// Puts `value` into a sale of one Cola for 1.50 in cash; it is refused so, and nothing of it is left.
async fn check(shop: &TestShop, till: &Till, pointer: &str, value: Value, expected: &str) {
    let mut sale = till.sale(&[("COLA", 1)], 150);
    sale["expected_total_minor"] = json!(150);
    *sale.pointer_mut(pointer).unwrap() = value;
    let answer = till.put(&format!("/v1/sales/{}", new_id()), sale).await;
    assert_eq!(told(&answer), expected, "{pointer}");
    assert_eq!(shop.value::<i64>("select count(*) from sale"), 0);
    let events = shop.value::<i64>("select last_seq from node_state");
    assert_eq!(events, 1, "only the shift");
}

#[tokio::test]
async fn a_basket_that_cannot_be_sold_is_refused_and_leaves_nothing() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let line = |extra: Value| {
        let mut line =
            json!({ "variant_id": testkit::variant_id("COLA").as_uuid(), "quantity": 1 });
        line.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        line
    };
    let range = r#"422 sale.quantity_out_of_range {"line":0,"max":9999}"#;
    for (pointer, value, expected) in [
        ("/lines", json!([]), "422 sale.no_lines {}"),
        ("/lines/0/quantity", json!(0), range),
        ("/lines/0/quantity", json!(-1), range),
        ("/lines/0/quantity", json!(10_000), range),
        ("/lines/0/quantity", json!(i64::MAX), range),
        ("/lines/0/quantity", json!(1.5), "422 body.invalid {}"),
        ("/lines/0/variant_id", json!("cola"), "422 body.invalid {}"),
        (
            "/lines/0/variant_id",
            json!(Uuid::nil()),
            r#"422 sale.variant_unknown {"line":0}"#,
        ),
        (
            "/lines/0",
            line(json!({ "discount_minor": 151, "discount_reason": "dented" })),
            r#"422 sale.discount_out_of_range {"gross_minor":150,"line":0}"#,
        ),
        (
            "/lines/0",
            line(json!({ "discount_minor": 10 })),
            r#"422 sale.reason_missing {"line":0}"#,
        ),
        (
            "/lines/0",
            line(json!({ "unit_price": "1" })),
            r#"422 sale.reason_missing {"line":0}"#,
        ),
        (
            "/lines/0",
            line(json!({ "unit_price": "-1", "price_reason": "x" })),
            r#"422 sale.price_invalid {"line":0}"#,
        ),
    ] {
        check(&shop, &till, pointer, value, expected).await;
    }
}

#[tokio::test]
async fn a_payment_that_does_not_fit_is_refused_and_leaves_nothing() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let amount = r#"422 sale.tender_out_of_range {"max_minor":1000000000000,"tender":0}"#;
    for (pointer, value, expected) in [
        (
            "/tenders",
            json!([]),
            r#"422 sale.underpaid {"due_minor":150}"#,
        ),
        (
            "/tenders/0/amount_minor",
            json!(149),
            r#"422 sale.underpaid {"due_minor":1}"#,
        ),
        ("/tenders/0/amount_minor", json!(0), amount),
        ("/tenders/0/amount_minor", json!(-150), amount),
        ("/tenders/0/kind", json!("cheque"), "422 body.invalid {}"),
        (
            "/tenders/0",
            json!({ "kind": "card", "amount_minor": 200 }),
            r#"422 sale.change_exceeds_cash {"cash_minor":0,"change_minor":50}"#,
        ),
        (
            "/tenders/0",
            json!({ "kind": "card", "amount_minor": 150, "reference": "x".repeat(201) }),
            r#"422 sale.reference_too_long {"tender":0}"#,
        ),
        (
            "/expected_total_minor",
            json!(140),
            r#"422 sale.total_changed {"total_minor":150}"#,
        ),
        ("/shift_id", json!(Uuid::nil()), "422 shift.unknown {}"),
    ] {
        check(&shop, &till, pointer, value, expected).await;
    }
}

#[tokio::test]
async fn paying_twice_at_once_is_one_sale() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let id = new_id();
    let clicks = (0..8).map(|_| {
        let till = till.clone();
        tokio::spawn(async move { till.sell(id, &[("COLA", 3)], 450).await })
    });
    let mut statuses = Vec::new();
    let mut receipts = Vec::new();
    for click in clicks.collect::<Vec<_>>() {
        let (status, receipt) = click.await.unwrap();
        statuses.push(status);
        receipts.push(receipt);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 201]);
    assert!(receipts.iter().all(|receipt| *receipt == receipts[0]));
    assert_eq!(shop.value::<i64>("select count(*) from sale"), 1);
}

#[tokio::test]
async fn the_same_id_with_other_content_is_refused_and_both_are_kept() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let id = new_id();
    let (_, first) = till.sell(id, &[("COLA", 1)], 150).await;
    for _ in 0..2 {
        let refused = till.sell(id, &[("COLA", 2)], 300).await;
        assert_eq!(told(&refused), "409 sale.id_reused {}");
    }
    assert_eq!(till.get(&format!("/v1/sales/{id}")).await, (200, first));
    assert_eq!(
        shop.value::<i64>("select count(*) from refused_write"),
        1,
        "once, however often it is sent"
    );
    let body: String = shop.value("select body from outbox order by seq desc limit 1");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["noun"], "sale");
    assert_eq!(body["content"]["lines"][0]["quantity"], 2);

    // An id that stands for something else altogether.
    let refused = till.sell(till.shift, &[("COLA", 2)], 300).await;
    assert_eq!(told(&refused), "409 sale.id_reused {}");
    // A third content under the same id is a third fact.
    let refused = till.sell(id, &[("MILK", 1)], 99).await;
    assert_eq!(told(&refused), "409 sale.id_reused {}");
    assert_eq!(shop.value::<i64>("select count(*) from refused_write"), 3);
}

#[tokio::test]
async fn a_repeat_is_told_from_another_sale_by_content_not_by_spelling() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let id = new_id();
    let sale = |price: &str| {
        json!({
            "shift_id": till.shift,
            "lines": [{ "variant_id": testkit::variant_id("COLA").as_uuid(), "quantity": 1,
                        "unit_price": price, "price_reason": "shelf label" }],
            "tenders": [{ "kind": "card", "amount_minor": 120 }],
            "shortages": found(&[("COLA", 1)]),
        })
    };
    let path = format!("/v1/sales/{id}");
    assert_eq!(till.put(&path, sale("1.2")).await.0, 201);
    assert_eq!(till.put(&path, sale("1.20")).await.0, 200);
    assert_eq!(
        till.get(&path).await.1["lines"][0]["price_reason"],
        "shelf label"
    );
}

#[tokio::test]
async fn other_prices_and_discounts_need_a_permission() {
    let shop = TestShop::start().await;
    let mut till = shop.till();
    till.sign_in(testkit::cashier_id(), 1).await;
    till.open_shift(1).await;
    let line = |extra: (&str, Value), reason: (&str, Value)| {
        let mut line =
            json!({ "variant_id": testkit::variant_id("COLA").as_uuid(), "quantity": 1 });
        line[extra.0] = extra.1;
        line[reason.0] = reason.1;
        json!({ "lines": [line] })
    };
    let quote = till
        .post(
            "/v1/quotes",
            line(
                ("discount_minor", json!(10)),
                ("discount_reason", json!("dent")),
            ),
        )
        .await;
    assert_eq!(
        told(&quote),
        "403 permission.denied {\"permission\":\"discount.line\"}"
    );
    let quote = till
        .post(
            "/v1/quotes",
            line(
                ("unit_price", json!("1.00")),
                ("price_reason", json!("dent")),
            ),
        )
        .await;
    assert_eq!(
        told(&quote),
        "403 permission.denied {\"permission\":\"price.override\"}"
    );
    // The list price itself is nobody's override.
    let quote = till
        .post(
            "/v1/quotes",
            line(("unit_price", json!("1.50")), ("price_reason", json!(null))),
        )
        .await;
    assert_eq!(told(&quote), "200");
}

#[tokio::test]
async fn more_than_the_book_has_is_found_and_sold() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let count = json!({ "reason": "opening",
        "lines": [{ "variant_id": testkit::variant_id("COLA").as_uuid(), "counted": 2 }] });
    assert_eq!(
        till.put(&format!("/v1/counts/{}", new_id()), count).await.0,
        201
    );

    assert_eq!(
        till.sell(new_id(), &[("COLA", 1), ("COLA", 4)], 1_000)
            .await
            .0,
        201
    );
    let movements: String = shop
        .value("select group_concat(kind || ' ' || bucket || quantity, ', ') from stock_movement");
    assert_eq!(
        movements,
        "stock.counted N2, stock.found N3, sale.closed N-5"
    );
    assert_eq!(shop.value::<i64>("select on_hand from stock"), 0);
    let kinds: String =
        shop.value("select group_concat(json_extract(header, '$.type'), ', ') from outbox");
    assert_eq!(
        kinds,
        "shift.opened, stock.counted, stock.found, sale.closed"
    );
}

#[tokio::test]
async fn receipt_numbers_have_no_gap_whatever_is_refused_between() {
    let shop = TestShop::start().await;
    let (one, two) = (shop.open_till(1).await, shop.open_till(2).await);
    let mut sales = Vec::new();
    for n in 0..30 {
        let till = if n % 3 == 0 { two.clone() } else { one.clone() };
        sales.push(tokio::spawn(async move {
            // Every fifth is underpaid.
            till.sell(new_id(), &[("MILK", 1)], if n % 5 == 0 { 1 } else { 100 })
                .await
                .0
        }));
    }
    let mut sold = 0;
    for sale in sales {
        sold += i64::from(sale.await.unwrap() == 201);
    }
    assert_eq!(sold, 24);
    for register in ["T101", "T102"] {
        let (count, last): (i64, String) = shop
            .file()
            .query_row(
                "select count(*), max(receipt_number) from sale where receipt_number like ?1",
                [format!("{register}-%")],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        assert_eq!(last, format!("{register}-1-{count:06}"));
    }
}

#[tokio::test]
async fn a_sale_belongs_to_the_open_shift_of_its_register() {
    let shop = TestShop::start().await;
    let (one, two) = (shop.open_till(1).await, shop.open_till(2).await);
    let stranger = Till {
        shift: two.shift,
        ..one.clone()
    };
    let answer = stranger.sell(new_id(), &[("COLA", 1)], 150).await;
    assert_eq!(told(&answer), "409 shift.other_register {}");

    let id = new_id();
    let first = one.sell(id, &[("COLA", 1)], 150).await;
    let close = format!("/v1/shifts/{}/close", one.shift);
    assert_eq!(
        one.post(&close, json!({ "counted_minor": 10_150 })).await.0,
        200
    );
    let late = one.sell(new_id(), &[("COLA", 1)], 150).await;
    assert_eq!(told(&late), "409 shift.closed {}");
    assert_eq!(
        one.sell(id, &[("COLA", 1)], 150).await,
        (200, first.1),
        "a repeat is still answered"
    );
}

#[tokio::test]
async fn sales_are_listed_newest_first_in_pages() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    for _ in 0..5 {
        assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
    }
    let mut numbers = Vec::new();
    let mut path = "/v1/sales?limit=2".to_owned();
    loop {
        let (_, page) = till.get(&path).await;
        for item in page["items"].as_array().unwrap() {
            numbers.push(item["receipt_number"].as_str().unwrap()[7..].to_owned());
        }
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/v1/sales?limit=2&cursor={next}");
    }
    assert_eq!(numbers, ["000005", "000004", "000003", "000002", "000001"]);
    assert_eq!(
        told(&till.get("/v1/sales?cursor=zzz").await),
        "422 cursor.invalid {}"
    );
}
