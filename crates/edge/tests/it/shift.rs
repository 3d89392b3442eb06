use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{TestShop, new_id, told};

#[tokio::test]
async fn a_shift_is_closed_by_a_blind_count() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    assert_eq!(till.sell(new_id(), &[("COLA", 2)], 1_000).await.0, 201);
    let card = json!({
        "shift_id": till.shift,
        "lines": crate::support::basket(&[("MILK", 1)]),
        "tenders": [{ "kind": "card", "amount_minor": 99, "reference": "A1" }],
        "shortages": crate::support::found(&[("MILK", 1)]),
    });
    assert_eq!(
        till.put(&format!("/v1/sales/{}", new_id()), card).await.0,
        201
    );

    let path = format!("/v1/shifts/{}", till.shift);
    let (_, open) = till.get(&path).await;
    assert_eq!(
        open["expected_cash_minor"],
        Value::Null,
        "the count is blind"
    );
    let close = format!("{path}/close");
    let (status, closed) = till.post(&close, json!({ "counted_minor": 10_250 })).await;
    assert_eq!(status, 200);
    assert_eq!(
        [
            "sales",
            "cash_sales_minor",
            "card_sales_minor",
            "expected_cash_minor",
            "over_short_minor",
            "z_number"
        ]
        .map(|name| closed[name].as_i64().unwrap()),
        [2, 300, 99, 10_300, -50, 1]
    );
    assert_eq!(
        till.post(&close, json!({ "counted_minor": 10_250 })).await,
        (200, closed),
        "a repeat"
    );
    let other = till.post(&close, json!({ "counted_minor": 10_300 })).await;
    assert_eq!(told(&other), "409 shift.closed {}");
}

#[tokio::test]
async fn a_register_has_one_open_shift() {
    let shop = TestShop::start().await;
    let mut till = shop.open_till(1).await;
    let register = edge::testkit::register_id(1).as_uuid();
    let open = |float: i64| json!({ "register_id": register, "float_minor": float });
    let second = till.put(&format!("/v1/shifts/{}", new_id()), open(0)).await;
    assert_eq!(
        told(&second),
        format!("409 shift.already_open {{\"shift_id\":\"{}\"}}", till.shift)
    );
    let path = format!("/v1/shifts/{}", till.shift);
    assert_eq!(till.put(&path, open(10_000)).await.0, 200, "a repeat");
    assert_eq!(
        told(&till.put(&path, open(5)).await),
        "409 shift.id_reused {}"
    );
    let absurd = till
        .put(&format!("/v1/shifts/{}", new_id()), open(-1))
        .await;
    assert_eq!(absurd.1["code"], "shift.cash_out_of_range");
    // A shift without a sale closes too, and the next one gets the next Z number.
    for z_number in 1..3 {
        let close = format!("/v1/shifts/{}/close", till.shift);
        let (_, closed) = till.post(&close, json!({ "counted_minor": 10_000 })).await;
        assert_eq!(closed["z_number"], z_number);
        till.open_shift(1).await;
    }
}

#[tokio::test]
async fn the_business_date_begins_at_the_cut_off_and_never_goes_back() {
    let shop = TestShop::start().await;
    let mut till = shop.open_till(1).await;
    let mut dates = Vec::new();
    for instant in [
        "2026-11-23T08:59:00Z", // 03:59 in New York: still Sunday
        "2026-11-23T09:01:00Z", // 04:01: Monday
        "2026-11-22T09:01:00Z", // the clock was set back a day
    ] {
        let close = format!("/v1/shifts/{}/close", till.shift);
        assert_eq!(
            till.post(&close, json!({ "counted_minor": 0, "reason": "why" }))
                .await
                .0,
            200
        );
        shop.clock.set(instant.parse().unwrap());
        till.open_shift(1).await;
        let (_, shift) = till.get(&format!("/v1/shifts/{}", till.shift)).await;
        dates.push(shift["business_date"].as_str().unwrap().to_owned());
    }
    assert_eq!(dates, ["2026-11-22", "2026-11-23", "2026-11-23"]);
}

#[tokio::test]
async fn a_clock_set_back_a_day_is_told_and_selling_goes_on() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
    assert_eq!(till.get("/v1/edge").await.1["clock"]["skewed"], false);
    shop.clock.advance(SignedDuration::from_hours(-24));

    let (status, receipt) = till.sell(new_id(), &[("COLA", 1)], 150).await;
    assert_eq!(
        (status, &receipt["business_date"]),
        (201, &json!("2026-11-22"))
    );
    let (_, edge) = till.get("/v1/edge").await;
    assert_eq!(
        edge["clock"],
        json!({ "skewed": true, "offset_ms": null, "behind_ms": 86_400_000, "to_confirm": true })
    );

    let headers: Vec<wire::event::Header> = shop
        .file()
        .prepare("select header from outbox order by seq")
        .unwrap()
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap()
        .map(|header| serde_json::from_str(&header.unwrap()).unwrap())
        .collect();
    assert!(
        headers.windows(2).all(|pair| pair[0].hlc < pair[1].hlc),
        "the logical clock never goes back"
    );
    let behind: Vec<i64> = headers
        .iter()
        .map(|header| header.clock_behind_ms)
        .collect();
    assert_eq!(behind, [0, 0, 0, 86_400_000, 86_400_000]);
}
