//! Goods that come back at a till: what the customer gets, once, and what becomes of the goods and the money.
use edge::testkit;
use retail::staff::{Limit, Permission};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::reference::Feed;

use crate::{
    cash::{grant, second, up_to},
    support::{TestShop, Till, account, basket, found, new_id, told},
};

/// Sells some, with 30 bottles in the book; gives the sale.
async fn sold(till: &Till, lines: &[(&str, i64)]) -> Uuid {
    let id = new_id();
    let answer = till.sell(id, lines, 100_000).await;
    assert_eq!(answer.0, 201, "{}", answer.1);
    id
}

fn line(line: usize, quantity: i64, condition: &str) -> Value {
    json!({ "line": line, "quantity": quantity, "condition": condition })
}

/// A return for cash.
fn back(till: &Till, lines: &Value, cash: i64) -> Value {
    let tenders = if cash == 0 {
        json!([])
    } else {
        json!([{ "kind": "cash", "amount_minor": cash }])
    };
    json!({ "shift_id": till.shift, "lines": lines, "reason": "unwanted", "tenders": tenders })
}

fn path(sale: Uuid) -> String {
    format!("/v1/sales/{sale}/returns/{}", new_id())
}

async fn report(till: &Till) -> Value {
    till.get(&format!("/v1/shifts/{}/report", till.shift))
        .await
        .1
}

#[tokio::test]
async fn goods_go_back_on_the_shelf_and_money_out_of_the_drawer() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    crate::support::count(&till, &[("COLA", 30)]).await;
    let sale = sold(&till, &[("COLA", 3), ("MILK", 2)]).await;
    assert_eq!(account(&shop, "COLA"), "N 27 C 0 D 0 K 0, exportable 27");

    let quote = json!({ "lines": [line(0, 2, "sellable"), line(1, 1, "damaged")] });
    let quotes = format!("/v1/sales/{sale}/return-quotes");
    let (status, quote) = till.post(&quotes, quote).await;
    assert_eq!(status, 200, "{quote}");
    assert_eq!(
        (&quote["refund_minor"], &quote["tenders"]),
        (
            &json!(399),
            &json!([{ "kind": "cash", "amount_minor": 399, "reference": null }])
        ),
        "{quote}"
    );
    let lines = json!([line(0, 2, "sellable"), line(1, 1, "damaged")]);
    let to = path(sale);
    let (status, receipt) = till.put(&to, back(&till, &lines, 399)).await;
    assert_eq!(status, 201, "{receipt}");
    assert_eq!(
        (
            &receipt["receipt_number"],
            &receipt["sale_number"],
            &receipt["total_minor"],
            &receipt["tax_minor"],
        ),
        (
            &json!("T101-1-000002"),
            &json!("T101-1-000001"),
            &json!(399),
            &json!(26)
        ),
        "{receipt}"
    );
    let repeated = till.put(&to, back(&till, &lines, 399)).await;
    assert_eq!(repeated, (200, receipt), "a repeat");

    // Sold here again, promised to nobody far away before it was counted.
    assert_eq!(account(&shop, "COLA"), "N 29 C 0 D 0 K 0, exportable 27");
    let unsellable: i64 = shop.value("select sum(unsellable) from stock");
    assert_eq!(unsellable, 1, "the milk is put aside");
    let header: String = shop.value(
        "select json_extract(header, '$.moves') || json_extract(header, '$.money') from outbox order by seq desc limit 1",
    );
    for said in [
        "\"bucket\":\"N\",\"quantity\":2,\"weak\":true",
        "\"bucket\":\"U\",\"quantity\":1",
        "\"tender\":\"cash\",\"minor\":-399",
    ] {
        assert!(header.contains(said), "{said} in {header}");
    }

    assert_eq!(
        edge::rights::audit(&shop.running.shop).await.unwrap(),
        [],
        "the shop and its log say the same"
    );
}

#[tokio::test]
async fn reports_are_net_of_what_came_back() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let sale = sold(&till, &[("COLA", 3), ("MILK", 2)]).await;
    let lines = json!([line(0, 2, "sellable"), line(1, 1, "damaged")]);
    let answer = till.put(&path(sale), back(&till, &lines, 399)).await;
    assert_eq!(answer.0, 201, "{}", answer.1);
    let report = report(&till).await;
    assert_eq!(report["returns"], json!({ "count": 2, "minor": 399 }));
    assert_eq!(
        (&report["sales"], &report["total_minor"]),
        (&json!(1), &json!(648 - 399)),
        "{report}"
    );
    assert_eq!(
        report["expected_minor"],
        json!(10_000 + 648 - 399),
        "{report}"
    );
    assert_eq!(
        (&report["first_receipt"], &report["last_receipt"]),
        (&json!("T101-1-000001"), &json!("T101-1-000002"))
    );
    let (_, shift) = till.get(&format!("/v1/shifts/{}", till.shift)).await;
    assert_eq!(
        (&shift["returns"], &shift["refunded_minor"], &shift["sales"]),
        (&json!(1), &json!(399), &json!(1))
    );
    let (_, came_back) = till.get(&format!("/v1/sales/{sale}/returns")).await;
    assert_eq!(
        came_back["lines"],
        json!([
            { "line": 0, "returned_quantity": 2, "refunded_minor": 300 },
            { "line": 1, "returned_quantity": 1, "refunded_minor": 99 },
        ])
    );
    assert_eq!(came_back["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn each_unit_comes_back_once_whichever_tills_ask() {
    let shop = TestShop::start().await;
    let first = shop.open_till(1).await;
    let sale = sold(&first, &[("COLA", 3)]).await;
    let mut other = shop.till();
    other.sign_in(testkit::manager_id(), 2).await;
    other.open_shift(2).await;
    let two = json!([line(0, 2, "sellable")]);
    let (one_path, other_path) = (path(sale), path(sale));
    let (here, there) = tokio::join!(
        first.put(&one_path, back(&first, &two, 300)),
        other.put(&other_path, back(&other, &two, 300)),
    );
    let mut said = [told(&here), told(&there)];
    said.sort();
    assert_eq!(
        said,
        [
            "201",
            "422 return.quantity_out_of_range {\"line\":0,\"most\":1}"
        ]
    );
    let one = json!([line(0, 1, "sellable")]);
    assert_eq!(first.put(&path(sale), back(&first, &one, 150)).await.0, 201);
    let none = first.put(&path(sale), back(&first, &one, 150)).await;
    assert_eq!(
        told(&none),
        "422 return.quantity_out_of_range {\"line\":0,\"most\":0}"
    );
    // Whatever a program does: the file itself refuses a fourth bottle, and a cent too much.
    let file = shop.file();
    let more = |quantity: i64, minor: i64| {
        let query = format!(
            "insert into sale_return_line select sale_return, 9, sale, sale_line, {quantity}, 'sellable', {minor}
               from sale_return_line limit 1"
        );
        file.execute(&query, []).unwrap_err().to_string()
    };
    assert_eq!(more(1, 0), "sale_return_line: more than was sold");
    let open = "update sale_return_line set quantity = 0";
    assert_eq!(
        file.execute(open, []).unwrap_err().to_string(),
        "sale_return_line: never changed"
    );
    let paid: i64 = shop.value("select sum(total_minor) from sale_return_line");
    assert_eq!(paid, 450);
}

#[tokio::test]
async fn what_cannot_come_back_says_why() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let sale = sold(&till, &[("COLA", 2)]).await;
    let one = json!([line(0, 1, "sellable")]);
    let good = back(&till, &one, 150);
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    let tender = |kind: &str, minor: i64| json!([{ "kind": kind, "amount_minor": minor }]);
    for (body, expected) in [
        (with("lines", json!([])), "422 return.no_lines {}"),
        (
            with("lines", json!([line(7, 1, "sellable")])),
            "422 return.no_such_line {\"line\":7}",
        ),
        (
            with("lines", json!([line(0, 0, "sellable")])),
            "422 return.quantity_out_of_range {\"line\":0,\"most\":2}",
        ),
        (
            // Twice the same line is one quantity.
            with(
                "lines",
                json!([line(0, 2, "sellable"), line(0, 1, "damaged")]),
            ),
            "422 return.quantity_out_of_range {\"line\":0,\"most\":0}",
        ),
        (
            with("tenders", tender("cash", 149)),
            "422 return.refund_changed {\"refund_minor\":150}",
        ),
        (
            with("tenders", tender("card", 150)),
            "422 return.card_most {\"most_minor\":0}",
        ),
        (
            with("tenders", tender("coupon", 150)),
            "422 return.tender_kind {\"tender\":0}",
        ),
        (
            with(
                "tenders",
                json!([{ "kind": "cash", "amount_minor": 250 }, { "kind": "cash", "amount_minor": -100 }]),
            ),
            "422 return.tender_empty {\"tender\":1}",
        ),
        (
            with("reason", json!("because")),
            "422 return.reason_unknown {}",
        ),
        (with("reason", json!("other")), "422 return.note_missing {}"),
        (
            with("note", json!("x".repeat(201))),
            "422 return.note_unfit {\"max\":200}",
        ),
        (with("shift_id", json!(new_id())), "422 shift.unknown {}"),
    ] {
        let answer = till.put(&path(sale), body).await;
        assert_eq!(told(&answer), expected, "{}", answer.1);
    }
    let unknown = till.put(&path(new_id()), good.clone()).await;
    assert_eq!(told(&unknown), "404 sale.unknown {}");
    let nothing: i64 = shop.value("select count(*) from sale_return");
    assert_eq!(nothing, 0);
    assert_eq!(till.put(&path(sale), good).await.0, 201, "it was good");
}

#[tokio::test]
async fn a_receipt_is_found_by_its_number_and_no_other_shop_pays_for_it() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let sale = sold(&till, &[("COLA", 2)]).await;
    let (status, found) = till.get("/v1/receipts/%20t101-1-000001%20").await;
    assert_eq!((status, &found["id"]), (200, &json!(sale)), "{found}");
    let answer = till.get("/v1/receipts/T101-1-000009").await;
    assert_eq!(told(&answer), "404 sale.unknown {}");
    for other in ["H201-1-000001", "W-1042", "T1011-000001"] {
        let answer = till.get(&format!("/v1/receipts/{other}")).await;
        assert_eq!(told(&answer), "409 return.other_shop {}", "{other}");
    }
    let (_, list) = till.get("/v1/sales?q=000001").await;
    assert_eq!(list["items"][0]["id"], json!(sale), "by its end");
    let (_, none) = till.get("/v1/sales?q=000002").await;
    assert_eq!(none["items"], json!([]));
    let (_, list) = till.get(&format!("/v1/sales?patron_id={}", new_id())).await;
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn what_was_paid_by_card_goes_back_to_the_card_first() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let sale = new_id();
    let lines = [("COLA", 4)];
    let mixed = json!({
        "shift_id": till.shift, "lines": basket(&lines), "shortages": found(&lines),
        "tenders": [{ "kind": "card", "amount_minor": 400, "reference": "A1" }, { "kind": "cash", "amount_minor": 200 }],
    });
    let answer = till.put(&format!("/v1/sales/{sale}"), mixed).await;
    assert_eq!(answer.0, 201, "{}", answer.1);
    let quotes = format!("/v1/sales/{sale}/return-quotes");
    let three = json!([line(0, 3, "sellable")]);
    let (_, quote) = till.post(&quotes, json!({ "lines": three })).await;
    assert_eq!(
        quote["tenders"],
        json!([
            { "kind": "card", "amount_minor": 400, "reference": null },
            { "kind": "cash", "amount_minor": 50, "reference": null },
        ]),
        "{quote}"
    );
    let mut body = back(&till, &three, 0);
    body["tenders"] = quote["tenders"].clone();
    assert_eq!(till.put(&path(sale), body).await.0, 201);
    let one = json!([line(0, 1, "sellable")]);
    let mut body = back(&till, &one, 0);
    body["tenders"] = json!([{ "kind": "card", "amount_minor": 150 }]);
    let answer = till.put(&path(sale), body).await;
    assert_eq!(told(&answer), "422 return.card_most {\"most_minor\":0}");
    let report = report(&till).await;
    assert_eq!(report["expected_minor"], json!(10_000 + 200 - 50));
    let tenders = report["tenders"].as_array().unwrap();
    let card = tenders.iter().find(|one| one["name"] == "card").unwrap();
    assert_eq!((&card["count"], &card["minor"]), (&json!(2), &json!(0)));
}

#[tokio::test]
async fn beyond_the_limit_somebody_else_says_so_too() {
    let shop = TestShop::start().await;
    let plain = [
        (Permission::SaleCreate, Limit::NONE),
        (Permission::SaleRead, Limit::NONE),
        (Permission::ShiftOpen, Limit::NONE),
    ];
    let may = |limit: Limit| {
        let more = [(Permission::ReturnCreate, limit)];
        plain.iter().copied().chain(more).collect::<Vec<_>>()
    };
    grant(
        &shop,
        testkit::cashier_id(),
        "Carl Cashier",
        2,
        &may(up_to(200)),
    )
    .await;
    let mut till = shop.till();
    till.sign_in(testkit::cashier_id(), 1).await;
    till.open_shift(1).await;
    let sale = sold(&till, &[("COLA", 4)]).await;
    let two = json!([line(0, 2, "sellable")]);
    let to = path(sale);
    let answer = till.put(&to, back(&till, &two, 300)).await;
    assert_eq!(
        told(&answer),
        "409 cash.approval_missing {\"limit_minor\":200}"
    );
    let mut asked = back(&till, &two, 300);
    asked["approval"] = second(testkit::cashier_id(), testkit::PIN);
    let answer = till.put(&to, asked.clone()).await;
    assert_eq!(told(&answer), "409 cash.approval_same_person {}");
    asked["approval"] = second(testkit::manager_id(), "9999");
    let answer = till.put(&to, asked.clone()).await;
    assert_eq!(told(&answer), "401 pin.wrong {\"tries_left\":4}");
    asked["approval"] = second(testkit::manager_id(), testkit::PIN);
    let (status, receipt) = till.put(&to, asked.clone()).await;
    assert_eq!(
        (status, &receipt["approved_by"]),
        (201, &json!("Maria Manager"))
    );
    asked["approval"] = Value::Null;
    assert_eq!(till.put(&to, asked).await.0, 200, "a repeat needs no PIN");
    let one = json!([line(0, 1, "sellable")]);
    assert_eq!(
        till.put(&path(sale), back(&till, &one, 150)).await.0,
        201,
        "within the limit alone"
    );

    // Whoever may not at all is told so, and somebody who may can stand in.
    grant(&shop, testkit::cashier_id(), "Carl Cashier", 3, &plain).await;
    till.sign_in(testkit::cashier_id(), 1).await;
    let answer = till.put(&path(sale), back(&till, &one, 150)).await;
    assert_eq!(
        told(&answer),
        "403 permission.denied {\"permission\":\"return.create\"}"
    );
    let mut asked = back(&till, &one, 150);
    asked["approval"] = second(testkit::manager_id(), testkit::PIN);
    assert_eq!(till.put(&path(sale), asked).await.0, 201);
}

#[tokio::test]
async fn an_id_stands_for_one_return_also_after_a_kill() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let sale = sold(&till, &[("COLA", 4)]).await;
    let one = json!([line(0, 1, "sellable")]);
    let to = path(sale);
    let body = back(&till, &one, 150);
    let (status, receipt) = till.put(&to, body.clone()).await;
    assert_eq!(status, 201);
    let mut other = body.clone();
    other["reason"] = json!("defective");
    let answer = till.put(&to, other).await;
    assert_eq!(told(&answer), "409 return.id_reused {}");
    let of_the_sale = format!("/v1/sales/{sale}/returns/{sale}");
    let answer = till.put(&of_the_sale, body.clone()).await;
    assert_eq!(told(&answer), "409 return.id_reused {}");
    // The answer was lost, and the branch computer came back.
    let shift = till.shift;
    let shop = shop.restart().await;
    let mut till = shop.till();
    till.sign_in(testkit::manager_id(), 1).await;
    till.shift = shift;
    assert_eq!(till.put(&to, body).await, (200, receipt));
    let given: i64 = shop.value("select sum(amount_minor) from refund_tender");
    assert_eq!(given, 150, "once");
}

#[tokio::test]
async fn a_discount_comes_back_with_its_goods_to_the_cent() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let lines = [("COLA", 3)];
    let mut asked = basket(&lines);
    asked[0]["discount_minor"] = json!(100);
    asked[0]["discount_reason"] = json!("dented");
    let sale = new_id();
    let body = json!({
        "shift_id": till.shift, "lines": asked, "shortages": found(&lines),
        "tenders": [{ "kind": "cash", "amount_minor": 350 }],
    });
    assert_eq!(till.put(&format!("/v1/sales/{sale}"), body).await.0, 201);
    let one = json!([line(0, 1, "damaged")]);
    let mut given = Vec::new();
    for _ in 0..3 {
        let quotes = format!("/v1/sales/{sale}/return-quotes");
        let (_, quote) = till.post(&quotes, json!({ "lines": one })).await;
        let refund = quote["refund_minor"].as_i64().unwrap();
        let answer = till.put(&path(sale), back(&till, &one, refund)).await;
        assert_eq!(answer.0, 201, "{}", answer.1);
        given.push(refund);
    }
    assert_eq!(given.iter().sum::<i64>(), 350, "{given:?}");
    let report = report(&till).await;
    assert_eq!(report["total_minor"], json!(0), "{report}");
    assert_eq!(
        report["taxes"][0]["tax_minor"],
        json!(0),
        "no cent of tax is left: {report}"
    );
    assert_eq!(report["expected_minor"], json!(10_000));
}

#[tokio::test]
async fn a_return_belongs_to_the_shift_that_is_open_now_and_old_reports_stay() {
    let shop = TestShop::start().await;
    let mut till = shop.open_till(1).await;
    let sale = sold(&till, &[("COLA", 2)]).await;
    let before = till.shift;
    let counted = json!({ "counted_minor": 10_300 });
    let close = format!("/v1/shifts/{before}/close");
    assert_eq!(till.post(&close, counted).await.0, 200);
    let z: String = shop.value("select content from z_report");
    let one = json!([line(0, 1, "sellable")]);
    let answer = till.put(&path(sale), back(&till, &one, 150)).await;
    assert_eq!(told(&answer), "409 shift.closed {}");
    till.open_shift(1).await;
    assert_eq!(till.put(&path(sale), back(&till, &one, 150)).await.0, 201);
    let now = report(&till).await;
    assert_eq!(
        (&now["sales"], &now["total_minor"], &now["returns"]),
        (
            &json!(0),
            &json!(-150),
            &json!({ "count": 1, "minor": 150 })
        ),
        "{now}"
    );
    let counted = json!({ "counted_minor": 9_850 });
    let close = format!("/v1/shifts/{}/close", till.shift);
    let (status, closed) = till.post(&close, counted).await;
    assert_eq!(
        (status, &closed["over_short_minor"]),
        (200, &json!(0)),
        "{closed}"
    );
    let still: String = shop.value("select content from z_report order by seq limit 1");
    assert_eq!(still, z, "the first Z report is the bytes that it was");
    let totals: i64 =
        shop.value("select grand_total_minor from z_report order by seq desc limit 1");
    assert_eq!(totals, 150, "the running total is net");
}

/// Lets a promotion run at the shop.
async fn run(shop: &TestShop, name: &str, version: i64, fields: &Value) {
    let promotion = testkit::promotion(name, version, fields, &[]);
    testkit::apply(&shop.running.shop, Feed::Promotion, vec![promotion])
        .await
        .unwrap();
}

fn three_for_two(of: &str) -> Value {
    json!({
        "labels": { "en": "3 for 2" },
        "effects": [{ "bundle": {
            "parts": [{ "of": { "variants": [testkit::variant_id(of)] }, "count": 3 }],
            "reward": { "on": { "cheapest": 1 }, "off": { "percent": 10_000 } },
        } }],
    })
}

#[tokio::test]
async fn whoever_returns_one_of_three_for_two_has_paid_for_two() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    run(&shop, "A", 1, &three_for_two("COLA")).await;
    let sale = new_id();
    let (status, receipt) = till.sell(sale, &[("COLA", 3)], 300).await;
    assert_eq!((status, &receipt["total_minor"]), (201, &json!(300)));
    // The promotion is another one since, and over: the sale is priced by the one of then.
    run(&shop, "A", 2, &three_for_two("MILK")).await;

    let quotes = format!("/v1/sales/{sale}/return-quotes");
    let ask = async |quantity: i64| {
        let lines = json!({ "lines": [line(0, quantity, "sellable")] });
        till.post(&quotes, lines).await.1
    };
    let quote = ask(1).await;
    assert_eq!(
        (
            &quote["refund_minor"],
            &quote["lost"][0]["name"],
            &quote["lost"][0]["labels"]["en"]
        ),
        (&json!(0), &json!("A"), &json!("3 for 2")),
        "two are kept and paid: {quote}"
    );
    assert_eq!(ask(2).await["refund_minor"], json!(150));
    assert_eq!(ask(3).await["refund_minor"], json!(300));
    let one = json!([line(0, 1, "sellable")]);
    let (status, receipt) = till.put(&path(sale), back(&till, &one, 0)).await;
    assert_eq!(
        (status, &receipt["tenders"]),
        (201, &json!([])),
        "{receipt}"
    );
    assert_eq!(receipt["lost"][0]["name"], json!("A"), "{receipt}");
    let two = json!([line(0, 2, "sellable")]);
    let (status, receipt) = till.put(&path(sale), back(&till, &two, 300)).await;
    assert_eq!(
        (status, &receipt["total_minor"]),
        (201, &json!(300)),
        "{receipt}"
    );
    let report = report(&till).await;
    assert_eq!(
        (&report["total_minor"], &report["returns"]),
        (&json!(0), &json!({ "count": 2, "minor": 300 })),
        "{report}"
    );
}

#[tokio::test]
async fn a_gift_that_is_kept_costs_its_price() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    crate::support::count(&till, &[("COLA", 9), ("MILK", 9)]).await;
    let gift = json!({
        "effects": [{ "gift": { "variant": testkit::variant_id("MILK"), "quantity": 1 } }],
        "when": [{ "quantity": { "of": { "variants": [testkit::variant_id("COLA")] }, "at_least": 2 } }],
    });
    run(&shop, "A", 1, &gift).await;
    let sale = new_id();
    let (status, receipt) = till.sell(sale, &[("COLA", 2)], 300).await;
    assert_eq!(status, 201, "{receipt}");
    assert_eq!(receipt["lines"][1]["is_gift"], json!(true), "{receipt}");
    let quotes = format!("/v1/sales/{sale}/return-quotes");
    let alone = json!({ "lines": [line(0, 1, "sellable")] });
    let (_, quote) = till.post(&quotes, alone).await;
    assert_eq!(
        (
            &quote["refund_minor"],
            &quote["charged"][0]["amount_minor"],
            &quote["charged"][0]["line"]
        ),
        (&json!(150 - 99), &json!(99), &json!(1)),
        "{quote}"
    );
    let both = json!([line(0, 1, "sellable"), line(1, 1, "sellable")]);
    let (_, quote) = till.post(&quotes, json!({ "lines": both })).await;
    assert_eq!(quote["refund_minor"], json!(150), "{quote}");
    assert_eq!(till.put(&path(sale), back(&till, &both, 150)).await.0, 201);
    assert_eq!(account(&shop, "MILK"), "N 9 C 0 D 0 K 0, exportable 8");
}
