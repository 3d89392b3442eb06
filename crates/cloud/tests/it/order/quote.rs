//! A cart costs what the same basket costs in a shop: quoted and placed by one function.
use reqwest::Method;
use serde_json::{Value, json};

use super::life::Shop;
use super::rights;
use crate::browser::{ADMIN, ANN, Browser, Office, code};
use crate::promotion::percent;
use crate::world::id;

async fn start(admin: &Browser, promotion: u64, draft: Value) {
    let path = format!("/v1/promotions/{}", id(96, promotion));
    assert_eq!(admin.put(&path, json!({ "draft": draft })).await.0, 200);
    let started = admin
        .post(&format!("{path}/start"), Some(json!({ "version": 1 })))
        .await;
    assert_eq!(started.0, 200, "{started:?}");
}

/// 3 for 2 in the web and in shops, a flash sale with a quota, and free post from 5.00.
async fn promote(admin: &Browser, variant: uuid::Uuid) {
    let mut web = json!({ "name": "3 for 2", "labels": { "en": "3 for 2" }, "when": [{ "channel": ["web"] }],
        "effects": [{ "bundle": { "parts": [{ "of": { "variants": [variant] }, "count": 3 }],
            "reward": { "on": { "cheapest": 1 }, "off": { "percent": 10_000 } } } }] });
    start(admin, 1, web.clone()).await;
    web["when"] = json!([{ "channel": ["till"] }]);
    web["name"] = json!("In shops");
    start(admin, 2, web).await;
    // Of one customer's uses nobody has any who is not known.
    let mut limited = percent("Flash", 9_000);
    limited["limits"] = json!({ "uses_per_customer": 1 });
    limited["when"] = json!(["member"]);
    start(admin, 3, limited).await;
    let mut shipping = json!({ "name": "Free post", "effects": [{ "shipping": { "off": { "percent": 10_000 }, "methods": ["post"] } }] });
    shipping["when"] = json!([{ "amount": { "at_least": 500 } }]);
    start(admin, 4, shipping).await;
}

#[tokio::test]
async fn an_order_is_placed_at_the_price_that_was_quoted() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let shop = Shop::open(&office).await;
    let variants = office.world.variants.clone();
    for variant in [variants[1], variants[2]] {
        rights(&office.world, office.world.locations[0], variant, 10).await;
    }
    let lines = [(variants[1], 3), (variants[2], 1)];
    let plain = shop.order(id(30, 1), &lines).await;
    assert_eq!(
        (plain.0, &plain.1["total_minor"], &plain.1["discount_minor"]),
        (201, &json!(796), &json!(0))
    );

    promote(&admin, variants[1]).await;
    let cart = |lines: &[(uuid::Uuid, i64)]| {
        let lines: Vec<Value> = lines
            .iter()
            .map(|(variant, quantity)| json!({ "variant_id": variant, "quantity": quantity }))
            .collect();
        json!({ "lines": lines, "shipping": [{ "method": "post", "amount_minor": 490 }, { "method": "van", "amount_minor": 990 }] })
    };
    let (status, quote) = shop
        .ask(Method::POST, "/v1/carts/quote", cart(&lines))
        .await;
    assert_eq!(status, 200, "{quote}");
    assert_eq!(
        (&quote["total_minor"], &quote["discount_minor"]),
        (&json!(597), &json!(199))
    );
    assert_eq!(quote["shipping_minor"], json!([0, 990]));
    assert_eq!(quote["for_members"][0]["name"], "Flash");
    let fewer = shop
        .ask(Method::POST, "/v1/carts/quote", cart(&[(variants[1], 2)]))
        .await
        .1;
    assert_eq!(fewer["reasons"]["near"][0]["units"], 1, "{fewer}");

    placed_as_quoted(&office, &admin, &shop, &lines).await;
    let before = admin.read(&format!("/v1/orders/{}", id(30, 1))).await;
    assert_eq!(before["reasons"], Value::Null, "nothing ran then");
}

#[tokio::test]
async fn an_order_that_is_brought_costs_what_the_cart_costs_with_that_charge() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let shop = Shop::open(&office).await;
    let variant = office.world.variants[1];
    rights(&office.world, office.world.locations[0], variant, 20).await;
    promote(&admin, variant).await;
    let lines = json!([{ "variant_id": variant, "quantity": 3 }]);
    let goods = {
        let (_, quote) = shop
            .ask(Method::POST, "/v1/carts/quote", json!({ "lines": lines }))
            .await;
        quote["total_minor"].as_i64().unwrap()
    };
    let order = async |number: u64, method: &str, expected: i64| {
        let fee = json!({ "method": method, "amount_minor": 490 });
        let body = json!({ "lines": lines, "shipping": fee, "expected_total_minor": expected });
        let path = format!("/v1/orders/{}", id(30, number));
        shop.ask(Method::PUT, &path, body).await
    };
    // The van is never free; the post is from 5.00 on, and this is less.
    assert!(goods < 500, "{goods}");
    for (number, method) in [(20, "van"), (21, "post")] {
        let refused = order(number, method, goods).await;
        assert_eq!(code(&refused), (409, "order.price_changed"));
        let figures = &refused.1["figures"];
        assert_eq!(figures["total_minor"], goods + 490, "{figures}");
        assert_eq!(figures["quote"]["shipping_minor"], json!([490]));
        let placed = order(number, method, goods + 490).await;
        assert_eq!(
            (
                placed.0,
                &placed.1["total_minor"],
                &placed.1["shipping_minor"]
            ),
            (201, &json!(goods + 490), &json!(490))
        );
        assert_eq!(order(number, method, goods + 490).await.0, 200);
        let other = order(number, "bike", goods + 490).await;
        assert_eq!(code(&other), (409, "order.id_reused"));
    }
    let six = json!([{ "variant_id": variant, "quantity": 6 }]);
    let (_, free) = shop
        .ask(
            Method::PUT,
            &format!("/v1/orders/{}", id(30, 22)),
            json!({ "lines": six, "shipping": { "method": "post", "amount_minor": 490 } }),
        )
        .await;
    assert_eq!(
        (&free["shipping_minor"], &free["total_minor"]),
        (&json!(0), &json!(goods * 2)),
        "{free}"
    );
    let seen = admin.read(&format!("/v1/orders/{}", id(30, 22))).await;
    assert_eq!(seen["shipping_method"], "post");
    assert_eq!(seen["reasons"]["shipping"][0]["gave_minor"], 490, "{seen}");
    for fee in [
        json!({ "method": " ", "amount_minor": 1 }),
        json!({ "method": "post", "amount_minor": -1 }),
    ] {
        let body = json!({ "lines": six, "shipping": fee });
        let answer = shop
            .ask(Method::PUT, &format!("/v1/orders/{}", id(30, 23)), body)
            .await;
        assert_eq!(code(&answer), (422, "order.shipping"));
    }
}

async fn placed_as_quoted(
    office: &Office,
    admin: &Browser,
    shop: &Shop,
    lines: &[(uuid::Uuid, i64)],
) {
    // What was read before is forgotten after a few seconds.
    office.security.advance(jiff::SignedDuration::from_secs(5));
    let placed = shop.order(id(30, 2), lines).await;
    assert_eq!(
        (
            placed.0,
            &placed.1["total_minor"],
            &placed.1["discount_minor"]
        ),
        (201, &json!(597), &json!(199))
    );
    assert_eq!(placed.1["lines"][0]["discount_minor"], 199);
    assert_eq!(
        shop.order(id(30, 2), lines).await,
        (200, placed.1.clone()),
        "the first answer again"
    );
    let detail = admin.read(&format!("/v1/orders/{}", id(30, 2))).await;
    assert_eq!(detail["discount_minor"], 199);
    let fired = &detail["reasons"]["fired"][0];
    let place = usize::try_from(fired["promotion"].as_u64().unwrap()).unwrap();
    let promotion = &detail["reasons"]["promotions"][place];
    assert_eq!(
        (&fired["gave_minor"], &promotion["labels"]["en"]),
        (&json!(199), &json!("3 for 2"))
    );
}

#[tokio::test]
async fn what_runs_is_read_for_carts_every_few_seconds() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let shop = Shop::open(&office).await;
    let cart = json!({ "lines": [{ "variant_id": office.world.variants[1], "quantity": 2 }] });
    let total = async || {
        let (status, quote) = shop
            .ask(Method::POST, "/v1/carts/quote", cart.clone())
            .await;
        assert_eq!(status, 200, "{quote}");
        quote["total_minor"].clone()
    };
    assert_eq!(total().await, json!(398));
    start(&admin, 1, percent("Summer", 5_000)).await;
    assert_eq!(total().await, json!(199), "here it counts at once");
    // As another process does it: this one hears of it when it reads again.
    office
        .meddle("update promotion set running_version = null, stopped_at = started_at")
        .await;
    assert_eq!(total().await, json!(199));
    office.security.advance(jiff::SignedDuration::from_secs(4));
    assert_eq!(total().await, json!(398));
}

#[tokio::test]
async fn a_cart_that_cannot_be_priced_is_refused() {
    let office = Office::open().await;
    let shop = Shop::open(&office).await;
    let variant = office.world.variants[1];
    let quote = async |body: Value| shop.ask(Method::POST, "/v1/carts/quote", body).await;
    let one = json!([{ "variant_id": variant, "quantity": 1 }]);
    for (body, expected) in [
        (json!({ "lines": [] }), "order.no_lines"),
        (
            json!({ "lines": [{ "variant_id": id(5, 99), "quantity": 1 }] }),
            "order.variant_unknown",
        ),
        (
            json!({ "lines": [{ "variant_id": variant, "quantity": -1 }] }),
            "order.quantity",
        ),
        (
            json!({ "lines": one, "shipping": [{ "method": "post", "amount_minor": -1 }] }),
            "order.shipping",
        ),
    ] {
        assert_eq!(code(&quote(body.clone()).await), (422, expected), "{body}");
    }
    let ann = office.signed_in(ANN).await;
    let denied = ann
        .post("/v1/carts/quote", Some(json!({ "lines": one })))
        .await;
    assert_eq!(code(&denied), (403, "permission.denied"));
    let nobody = office
        .browser()
        .post("/v1/carts/quote", Some(json!({ "lines": one })))
        .await;
    assert_eq!(code(&nobody), (401, "session.missing"));
}
