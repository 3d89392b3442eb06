//! How far somebody may go at a till, and for how long a shop on its own believes what the head office said.
use std::collections::BTreeMap;

use edge::testkit;
use httpkit::clock::Clock as _;
use jiff::SignedDuration;
use serde_json::{Value, json};
use wire::reference::{Feed, GrantState, LimitState, StaffState};

use crate::support::{TestShop, Till, basket, found, new_id, told};

/// Gives the cashier a role.
async fn give(shop: &TestShop, version: i64, grants: Vec<GrantState>) {
    let codes = grants.iter().flat_map(|grant| grant.permissions.clone());
    let state = StaffState {
        name: "Carl Cashier".to_owned(),
        pin_hash: Some(testkit::pin_hash()),
        roles: vec!["cashier".to_owned()],
        permissions: codes.collect(),
        grants,
        active: true,
    };
    let cashier = testkit::entity(testkit::cashier_id().as_uuid(), version, &state);
    testkit::apply(&shop.running.shop, Feed::Staff, vec![cashier])
        .await
        .unwrap();
}

fn grant(permissions: &[&str], limits: &[(&str, i64)], offline_days: Option<i64>) -> GrantState {
    let limits = limits.iter().map(|&(code, max_bps)| {
        let limit = LimitState {
            max_bps: Some(max_bps),
            max_minor: None,
        };
        (code.to_owned(), limit)
    });
    GrantState {
        permissions: permissions.iter().map(|&code| code.to_owned()).collect(),
        limits: limits.collect::<BTreeMap<_, _>>(),
        offline_days,
    }
}

const SELLS: [&str; 4] = ["sale.create", "sale.read", "shift.open", "shift.close"];

async fn cashier(shop: &TestShop) -> Till {
    let mut till = shop.till();
    till.sign_in(testkit::cashier_id(), 1).await;
    till.open_shift(1).await;
    till
}

/// What a till says to one Cola with something else on its line, when it is asked and when it is paid.
async fn check(till: &Till, extra: Value, expected: &str) {
    let mut lines = basket(&[("COLA", 1)]);
    let line = lines[0].as_object_mut().unwrap();
    line.extend(extra.as_object().unwrap().clone());
    let quoted = till.post("/v1/quotes", json!({ "lines": lines })).await;
    let said = told(&quoted);
    assert_eq!(said.replace("200", "ok"), expected, "{extra}");
    let total = quoted.1["total_minor"].as_i64().unwrap_or(150);
    let body = json!({
        "shift_id": till.shift, "lines": lines, "shortages": found(&[("COLA", 1)]),
        "tenders": [{ "kind": "cash", "amount_minor": total }],
    });
    let sold = till.put(&format!("/v1/sales/{}", new_id()), body).await;
    assert_eq!(told(&sold).replace("201", "ok"), expected, "{extra}");
}

#[tokio::test]
async fn a_cashier_goes_as_far_as_their_role() {
    let shop = TestShop::start().await;
    let mut permissions = SELLS.to_vec();
    permissions.extend(["price.override", "discount.line"]);
    let limits = [("price.override", 1_000), ("discount.line", 500)];
    give(&shop, 2, vec![grant(&permissions, &limits, None)]).await;
    let till = cashier(&shop).await;
    let price = |price: &str| json!({ "unit_price": price, "price_reason": "dented" });
    let discount = |minor: i64| json!({ "discount_minor": minor, "discount_reason": "dented" });
    let too_cheap =
        r#"403 permission.limit {"line":0,"max_bps":1000,"permission":"price.override"}"#;
    let too_much = r#"403 permission.limit {"line":0,"max_bps":500,"permission":"discount.line"}"#;
    for (extra, expected) in [
        (price("1.35"), "ok"),
        (price("1.34"), too_cheap),
        (price("0"), too_cheap),
        (price("1.66"), too_cheap),
        (discount(7), "ok"),
        (discount(8), too_much),
    ] {
        check(&till, extra, expected).await;
    }
    // A second role that goes further counts as well.
    let wide = grant(&["price.override"], &[("price.override", 5_000)], None);
    give(&shop, 3, vec![grant(&permissions, &limits, None), wide]).await;
    check(&till, price("0.75"), "ok").await;
    check(
        &till,
        price("0.74"),
        r#"403 permission.limit {"line":0,"max_bps":5000,"permission":"price.override"}"#,
    )
    .await;
}

/// The permissions of who is signed in.
async fn permissions(till: &Till) -> Vec<String> {
    let (status, session) = till.get("/v1/session").await;
    assert_eq!(status, 200, "{session}");
    serde_json::from_value(session["permissions"].clone()).unwrap()
}

#[tokio::test]
async fn a_shop_on_its_own_believes_supervisors_for_so_many_days_and_sells_for_ever() {
    let shop = TestShop::start().await;
    let mut all = SELLS.to_vec();
    all.extend(["price.override", "stock.count"]);
    let small = grant(&["price.override"], &[("price.override", 1_000)], None);
    give(&shop, 2, vec![grant(&all, &[], Some(7)), small]).await;
    let contact = shop.clock.now().as_millisecond();
    let heard = format!("update node_state set last_contact = {contact}");
    shop.file().execute(&heard, []).unwrap();
    let till = cashier(&shop).await;
    let half = json!({ "unit_price": "0.75", "price_reason": "dented" });
    shop.clock.advance(SignedDuration::from_hours(7 * 24 - 1));
    assert!(permissions(&till).await.contains(&"stock.count".to_owned()));
    check(&till, half.clone(), "ok").await;

    shop.clock.advance(SignedDuration::from_hours(1));
    let left = permissions(&till).await;
    assert_eq!(
        left,
        [
            "price.override",
            "sale.create",
            "sale.read",
            "shift.close",
            "shift.open"
        ]
    );
    let limit = r#"403 permission.limit {"line":0,"max_bps":1000,"permission":"price.override"}"#;
    check(&till, half.clone(), limit).await;
    check(&till, json!({}), "ok").await;

    // The head office is heard again.
    let contact = shop.clock.now().as_millisecond();
    let heard = format!("update node_state set last_contact = {contact}");
    shop.file().execute(&heard, []).unwrap();
    till.sign_in(testkit::cashier_id(), 1).await;
    check(&till, half, "ok").await;
}
