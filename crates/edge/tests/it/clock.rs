//! A wrong clock: told, confirmed by a person, never in the way of a sale, and never moving a date for good.
use jiff::SignedDuration;
use serde_json::json;

use crate::support::{TestShop, Till, found, new_id, told};

/// Sells what a till has in hand.
async fn sell(till: &Till) -> u16 {
    let mut sale = till.sale(&[("COLA", 1)], 150);
    sale["shortages"] = json!(found(&[("COLA", 1)]));
    till.put(&format!("/v1/sales/{}", new_id()), sale).await.0
}

async fn close(till: &Till) {
    let path = format!("/v1/shifts/{}/close", till.shift);
    assert_eq!(
        till.post(&path, json!({ "counted_minor": 0, "reason": "why" }))
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn a_date_far_ahead_asks_before_it_moves_the_business_date_and_sells_meanwhile() {
    let shop = TestShop::start().await;
    let first = shop.open_till(1).await;
    let second = shop.till();
    second.sign_in(edge::testkit::manager_id(), 2).await;
    assert_eq!(sell(&first).await, 201);
    shop.clock.advance(SignedDuration::from_hours(24 * 400));
    assert_eq!(sell(&first).await, 201, "an open shift sells on");
    assert_eq!(first.get("/v1/edge").await.1["clock"]["to_confirm"], true);
    let register = edge::testkit::register_id(2).as_uuid();
    let body = json!({ "register_id": register, "float_minor": 0 });
    let path = format!("/v1/shifts/{}", new_id());
    let asked = second.put(&path, body.clone()).await;
    assert_eq!(
        told(&asked),
        "409 clock.confirm_date {\"business_date\":\"2027-12-27\",\"newest\":\"2026-11-22\"}"
    );
    // The clock is put right: nothing has moved.
    shop.clock.advance(SignedDuration::from_hours(-24 * 400));
    let (status, shift) = second.put(&path, body).await;
    assert_eq!(
        (status, &shift["business_date"]),
        (201, &json!("2026-11-22"))
    );
    let behind = first.get("/v1/edge").await.1["clock"]["behind_ms"].clone();
    assert_eq!(behind, 0, "the logical clock was not dragged along");
}

#[tokio::test]
async fn a_manager_confirms_a_date_that_is_right() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    assert_eq!(sell(&till).await, 201);
    close(&till).await;
    shop.clock.advance(SignedDuration::from_hours(24 * 10));
    let body = json!({ "register_id": edge::testkit::register_id(1).as_uuid(), "float_minor": 0 });
    let path = format!("/v1/shifts/{}", new_id());
    assert_eq!(till.put(&path, body.clone()).await.0, 409);
    assert_eq!(
        till.post("/v1/edge/clock-confirmation", json!({})).await.0,
        204
    );
    assert_eq!(till.get("/v1/edge").await.1["clock"]["to_confirm"], false);
    let (status, shift) = till.put(&path, body).await;
    assert_eq!(
        (status, &shift["business_date"]),
        (201, &json!("2026-12-02"))
    );
    let confirmed: i64 =
        shop.value("select count(*) from outbox where header like '%clock.confirmed%'");
    assert_eq!(confirmed, 1);
}
