//! Vouchers at the till: a code opens what it is for, and the basket keeps it.
use edge::testkit;
use serde_json::{Value, json};
use wire::reference::{CodeState, PromotionState};

use crate::promotion::{percent, quote, sell, told_of, with};
use crate::support::{TestShop, basket, new_id, told};

#[tokio::test]
async fn a_code_opens_what_it_is_for() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let opened = percent(2_000, &json!(["voucher"]));
    told_of(
        &shop,
        vec![testkit::promotion("spring", 1, &opened, &["SPRING26"])],
    )
    .await;
    let sale = new_id();
    let path = |code: &str| format!("/v1/baskets/{sale}/vouchers/{code}");
    let voucher = testkit::id::<()>("voucher SPRING26").as_uuid();
    for typed in ["SPRING26", "spring-26", "%20spring%2026"] {
        let (status, answer) = till.put(&path(typed), json!({})).await;
        assert_eq!(
            (status, &answer["voucher_id"], &answer["name"]),
            (200, &json!(voucher), &json!("spring")),
            "{answer}"
        );
    }
    let refused = |answer| told(&answer);
    assert_eq!(
        refused(till.put(&path("-%20-"), json!({})).await),
        r#"422 voucher.malformed {"max":40,"reason":"empty"}"#
    );
    assert_eq!(
        refused(till.put(&path("a%25b"), json!({})).await),
        r#"422 voucher.malformed {"max":40,"reason":"character"}"#
    );
    assert_eq!(
        refused(till.put(&path(&"A".repeat(41)), json!({})).await),
        r#"422 voucher.malformed {"max":40,"reason":"too_long"}"#
    );
    assert_eq!(
        refused(till.put(&path("AUTUMN"), json!({})).await),
        "503 voucher.offline {}"
    );
}

#[tokio::test]
async fn a_basket_keeps_what_was_shown() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let opened = percent(2_000, &json!(["voucher"]));
    told_of(
        &shop,
        vec![testkit::promotion("spring", 1, &opened, &["SPRING26"])],
    )
    .await;
    let sale = new_id();
    let path = format!("/v1/baskets/{sale}/vouchers/SPRING26");
    let voucher = testkit::id::<()>("voucher SPRING26").as_uuid();
    assert_eq!(till.put(&path, json!({})).await.0, 200);
    let lines = [("COLA", 2)];
    assert_eq!(quote(&till, &lines, &json!({})).await["total_minor"], 300);
    let shown = json!({ "vouchers": [voucher, new_id()] });
    assert_eq!(
        quote(&till, &lines, &shown).await["total_minor"],
        240,
        "one that opens nothing is left out"
    );
    // A basket that waits keeps it.
    let parked = new_id();
    let park = with(
        json!({ "sale_id": sale, "shift_id": till.shift, "lines": basket(&lines), "begun_at": "2026-11-22T13:50:00Z" }),
        &shown,
    );
    assert_eq!(
        till.put(&format!("/v1/parked-baskets/{parked}"), park)
            .await
            .0,
        201
    );
    let (_, recalled) = till
        .post(&format!("/v1/parked-baskets/{parked}/recall"), json!({}))
        .await;
    assert_eq!(
        (
            &recalled["total_minor"],
            &recalled["vouchers"][0]["voucher_id"]
        ),
        (&json!(240), &json!(voucher)),
        "{recalled}"
    );
    assert_eq!(recalled["begun_at"], "2026-11-22T13:50:00Z");
    let receipt = sell(&till, sale, with(till.sale(&lines, 1_000), &shown)).await;
    assert_eq!(receipt["total_minor"], 240);
    let body: String =
        shop.value("select body from outbox where header ->> 'type' = 'sale.closed'");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        body["promotions"]["vouchers"],
        json!([{ "promotion": testkit::promotion_id("spring"), "voucher": voucher }])
    );
    assert_eq!(
        told(&till.put(&path, json!({})).await),
        "409 sale.already_sold {}"
    );
}

#[tokio::test]
async fn a_code_of_what_is_over_opens_nothing() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let over = percent(
        2_000,
        &json!(["voucher", { "dates": { "until": "2026-11-22T09:00:00" } }]),
    );
    let codes = |code: &str| {
        vec![CodeState {
            voucher: new_id(),
            code: code.to_owned(),
        }]
    };
    let ended = testkit::promotion("ended", 1, &over, &["ENDED"]);
    let stopped = testkit::promotion("stopped", 1, &percent(1_000, &json!(["voucher"])), &[]);
    let state: PromotionState = serde_json::from_value(stopped.state.unwrap()).unwrap();
    let state = PromotionState {
        running: false,
        codes: codes("STOPPED"),
        ..state
    };
    told_of(&shop, vec![ended, testkit::entity(stopped.id, 1, &state)]).await;
    for code in ["ENDED", "STOPPED"] {
        let answer = till
            .put(
                &format!("/v1/baskets/{}/vouchers/{code}", new_id()),
                json!({}),
            )
            .await;
        assert_eq!(told(&answer), "409 voucher.ended {}", "{code}");
    }
}
