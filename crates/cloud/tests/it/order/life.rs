//! From the payment to the counter, and every way in which it ends before.
use cloud::order::{self, expire, source_all};
use jiff::SignedDuration;
use reqwest::{Method, header};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{check_accounts, rights};
use crate::browser::{ADMIN, ANN, BOB, Browser, Office};
use crate::world::id;

/// The web shop's server: speaks with its channel's key.
pub struct Shop {
    http: reqwest::Client,
    base: String,
    key: String,
}

impl Shop {
    pub async fn open(office: &Office) -> Self {
        let admin = office.signed_in(ADMIN).await;
        let (status, channel) = admin
            .post("/v1/channels", Some(json!({ "name": "Web shop" })))
            .await;
        assert_eq!(status, 201, "{channel}");
        let listed = admin.read("/v1/channels").await;
        assert_eq!(listed["items"][0]["name"], "Web shop");
        assert!(listed["items"][0]["key"].is_null(), "a key is shown once");
        Self {
            http: reqwest::Client::new(),
            base: format!("http://{}", office.running.addr),
            key: channel["key"].as_str().unwrap().to_owned(),
        }
    }

    pub async fn ask(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .json(&body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub async fn order(&self, order: Uuid, lines: &[(Uuid, i64)]) -> (u16, Value) {
        let lines: Vec<Value> = lines
            .iter()
            .map(|(variant, quantity)| json!({ "variant_id": variant, "quantity": quantity }))
            .collect();
        let body = json!({ "customer": "Kim", "lines": lines });
        self.ask(Method::PUT, &format!("/v1/orders/{order}"), body)
            .await
    }

    pub async fn pay(&self, order: Uuid, payment: &str) -> (u16, Value) {
        let body = json!({ "payment": payment });
        self.ask(Method::POST, &format!("/v1/orders/{order}/claim"), body)
            .await
    }

    pub async fn cancel(&self, order: Uuid) -> (u16, Value) {
        let body = json!({ "reason": "changed my mind" });
        self.ask(
            Method::POST,
            &format!("/v1/orders/{order}/cancellation"),
            body,
        )
        .await
    }
}

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["code"].as_str().unwrap_or_default())
}

fn state(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["state"].as_str().unwrap_or_default())
}

async fn commands(office: &Office) -> Vec<String> {
    let row = office
        .world
        .text("select coalesce(string_agg(kind, ' ' order by idx), '') from node_command")
        .await;
    row.split_whitespace().map(str::to_owned).collect()
}

/// The available units of a variant at a location.
async fn available(office: &Office, variant: Uuid) -> i64 {
    let statement = format!(
        "select coalesce(sum(available), 0)::bigint from cloud_rights where resource_id = '{variant}'"
    );
    office.world.number(&statement).await
}

#[tokio::test]
async fn a_channel_orders_pays_and_is_told_what_it_lacks() {
    let office = Office::open().await;
    let shop = Shop::open(&office).await;
    let node = office.world.node(0).await;
    let (variant, other) = (office.world.variants[1], office.world.variants[2]);
    rights(&office.world, node.location, variant, 3).await;
    let nobody = Shop {
        key: "wrong".to_owned(),
        ..Shop::open_same(&shop)
    };
    assert_eq!(
        code(&nobody.order(id(30, 1), &[(variant, 1)]).await),
        (401, "channel.key")
    );
    let refused = shop
        .order(id(30, 1), &[(variant, 2), (variant, 2), (other, 1)])
        .await;
    assert_eq!(code(&refused), (409, "order.out_of_stock"));
    let figures = &refused.1["figures"];
    assert_eq!(
        figures["shortages"],
        json!([{ "variant": variant, "wanted": 4, "available": 3 }, { "variant": other, "wanted": 1, "available": 0 }])
    );
    assert_eq!(
        (&figures["wanted"], &figures["available"]),
        (&json!(4), &json!(3))
    );
    let unknown = shop.order(id(30, 1), &[(id(99, 1), 1)]).await;
    assert_eq!(code(&unknown), (422, "order.variant_unknown"));
    assert_eq!(
        code(&shop.order(id(30, 1), &[]).await),
        (422, "order.no_lines")
    );
}

#[tokio::test]
async fn an_order_is_placed_and_paid_once_and_its_shop_is_told() {
    let office = Office::open().await;
    let shop = Shop::open(&office).await;
    let node = office.world.node(0).await;
    let variant = office.world.variants[1];
    rights(&office.world, node.location, variant, 3).await;
    let refused = shop.order(id(30, 1), &[(variant, 4)]).await;
    assert_eq!(code(&refused), (409, "order.out_of_stock"));
    // The refused id is free.
    let placed = shop.order(id(30, 1), &[(variant, 2)]).await;
    assert_eq!(state(&placed), (201, "held"));
    assert_eq!(placed.1["total_minor"], 398);
    let again = shop.order(id(30, 1), &[(variant, 2)]).await;
    assert_eq!((again.0, &again.1), (200, &placed.1));
    assert_eq!(
        code(&shop.order(id(30, 1), &[(variant, 1)]).await),
        (409, "order.id_reused")
    );
    assert!(
        commands(&office).await.is_empty(),
        "nobody picks what is not paid"
    );
    assert_eq!(state(&shop.pay(id(30, 1), "pay-1").await), (200, "claimed"));
    assert_eq!(state(&shop.pay(id(30, 1), "pay-1").await), (200, "claimed"));
    assert_eq!(
        code(&shop.pay(id(30, 1), "pay-2").await),
        (409, "order.paid_already")
    );
    assert_eq!(commands(&office).await, ["pick"]);
    // The staff of the location see it, others do not; what is sent out says what happened.
    let ann = office.signed_in(ANN).await;
    let list = ann.read("/v1/orders?state=claimed&q=kim").await;
    assert_eq!(
        (&list["items"][0]["customer"], &list["items"][0]["lines"]),
        (&json!("Kim"), &json!(1))
    );
    let detail = ann.read(&format!("/v1/orders/{}", id(30, 1))).await;
    assert_eq!(
        (&detail["payment"], &detail["channel_name"]),
        (&json!("pay-1"), &json!("Web shop"))
    );
    assert_eq!(
        detail["lines"][0]["sku"],
        format!("SKU-{}", variant.simple())
    );
    let bob = office.signed_in(BOB).await;
    assert_eq!(
        code(&bob.get(&format!("/v1/orders/{}", id(30, 1))).await),
        (404, "order.unknown")
    );
    assert_eq!(
        office
            .world
            .text("select string_agg(kind, ' ' order by id) from order_outbox")
            .await,
        "placed claimed"
    );
    check_accounts(&office.world).await;
}

impl Shop {
    fn open_same(other: &Self) -> Self {
        Self {
            http: other.http.clone(),
            base: other.base.clone(),
            key: other.key.clone(),
        }
    }
}

#[tokio::test]
async fn a_payment_after_the_hold_is_promised_anew_or_given_back() {
    let office = Office::open().await;
    let shop = Shop::open(&office).await;
    let variant = office.world.variants[1];
    rights(&office.world, office.world.locations[0], variant, 1).await;
    let (first, second) = (id(30, 1), id(30, 2));
    assert_eq!(shop.order(first, &[(variant, 1)]).await.0, 201);
    office.security.advance(SignedDuration::from_mins(16));
    while expire(&office.world.cloud).await.unwrap() {}
    assert_eq!(available(&office, variant).await, 1);
    // The unit is free, so the late payment gets it.
    assert_eq!(state(&shop.pay(first, "late").await), (200, "claimed"));
    assert_eq!(available(&office, variant).await, 0);
    check_accounts(&office.world).await;
    rights(&office.world, office.world.locations[1], variant, 1).await;
    assert_eq!(shop.order(second, &[(variant, 1)]).await.0, 201);
    office.security.advance(SignedDuration::from_mins(16));
    while expire(&office.world.cloud).await.unwrap() {}
    assert_eq!(shop.order(id(30, 3), &[(variant, 1)]).await.0, 201);
    let late = shop.pay(second, "too late").await;
    assert_eq!(code(&late), (409, "order.hold_expired"));
    assert_eq!(late.1["figures"]["refund"], true);
    assert_eq!(late.1["figures"]["shortages"][0]["available"], 0);
    assert_eq!(
        office
            .world
            .text(&format!(
                "select state from online_order where id = '{second}'"
            ))
            .await,
        "expired"
    );
    check_accounts(&office.world).await;
}

#[tokio::test]
async fn a_cancellation_frees_at_once_only_what_no_shop_was_told_of() {
    let office = Office::open().await;
    let shop = Shop::open(&office).await;
    let node = office.world.node(0).await;
    let variant = office.world.variants[1];
    rights(&office.world, node.location, variant, 2).await;
    assert_eq!(shop.order(id(30, 1), &[(variant, 1)]).await.0, 201);
    assert_eq!(state(&shop.cancel(id(30, 1)).await), (200, "cancelled"));
    assert_eq!(available(&office, variant).await, 2);
    assert_eq!(
        code(&shop.pay(id(30, 1), "late").await),
        (409, "order.cancelled")
    );
    assert_eq!(shop.order(id(30, 2), &[(variant, 2)]).await.0, 201);
    assert_eq!(state(&shop.pay(id(30, 2), "paid").await), (200, "claimed"));
    assert_eq!(state(&shop.cancel(id(30, 2)).await), (200, "cancelling"));
    assert_eq!(state(&shop.cancel(id(30, 2)).await), (200, "cancelling"));
    assert_eq!(
        available(&office, variant).await,
        0,
        "the shop may have picked it"
    );
    assert_eq!(commands(&office).await, ["pick", "cancel_pick"]);
    check_accounts(&office.world).await;
}

/// A warehouse, made through the office, with its stock counted there.
async fn warehouse(office: &Office, admin: &Browser, variant: Uuid, units: i64) -> Uuid {
    let warehouse = id(1, 7);
    let location = cloud::location::NewLocation {
        id: warehouse,
        code: "W".to_owned(),
        name: "Warehouse".to_owned(),
        kind: cloud::location::Kind::Warehouse,
        time_zone: "America/New_York".to_owned(),
        address: String::new(),
        registers: Vec::new(),
    };
    cloud::location::put(&office.world.cloud, &location)
        .await
        .unwrap();
    let counted = count(admin, warehouse, 1, variant, units).await;
    assert_eq!((counted.0, &counted.1["state"]), (200, &json!("done")));
    warehouse
}

async fn count(admin: &Browser, at: Uuid, number: u64, variant: Uuid, units: i64) -> (u16, Value) {
    let body = json!({ "lines": [{ "variant_id": variant, "quantity": units }] });
    let path = format!("/v1/locations/{at}/counts/{}", id(31, number));
    let answer = admin.ask(Method::PUT, &path, Some(body)).await;
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_warehouse_is_counted_picked_and_handed_over_at_the_office() {
    let office = Office::open().await;
    let shop = Shop::open(&office).await;
    let admin = office.signed_in(ADMIN).await;
    let variant = office.world.variants[1];
    let warehouse = warehouse(&office, &admin, variant, 5).await;
    // Repeated, and with another content.
    assert_eq!(count(&admin, warehouse, 1, variant, 5).await.0, 200);
    assert_eq!(
        code(&count(&admin, warehouse, 1, variant, 6).await),
        (409, "id.reused")
    );
    assert_eq!(shop.order(id(30, 1), &[(variant, 3)]).await.0, 201);
    let below = count(&admin, warehouse, 2, variant, 2).await;
    assert_eq!(code(&below), (409, "count.below_promised"));
    assert_eq!(
        below.1["figures"]["lines"],
        json!([{ "variant": variant, "counted": 2, "promised": 3 }])
    );
    let claimed = shop.pay(id(30, 1), "paid").await;
    assert_eq!(state(&claimed), (200, "claimed"));
    let reservation = &claimed.1["reservations"][0]["id"];
    let picked = json!({ "location_id": warehouse, "lines": [{ "reservation_id": reservation, "picked": 3 }] });
    let path = format!("/v1/orders/{}/pickings", id(30, 1));
    assert_eq!(
        state(&admin.post(&path, Some(picked.clone())).await),
        (200, "picked")
    );
    assert_eq!(
        state(&admin.post(&path, Some(picked)).await),
        (200, "picked")
    );
    let path = format!("/v1/orders/{}/handovers", id(30, 1));
    let there = json!({ "location_id": warehouse });
    assert_eq!(
        state(&admin.post(&path, Some(there.clone())).await),
        (200, "handed_over")
    );
    assert_eq!(
        state(&admin.post(&path, Some(there)).await),
        (200, "handed_over")
    );
    assert_eq!(
        code(&shop.cancel(id(30, 1)).await),
        (409, "order.handed_over")
    );
    assert_eq!(
        office
            .world
            .text(&format!(
                "select format('%s %s %s', on_hand, claim_bound, picked) from stock_balance where location_id = '{warehouse}'"
            ))
            .await,
        "2 2 0"
    );
    // The ledger says the same.
    assert_eq!(
        office
            .world
            .number(&format!(
                "select sum(quantity)::bigint from stock_movement where location_id = '{warehouse}'"
            ))
            .await,
        2
    );
    assert_eq!(available(&office, variant).await, 2);
    check_accounts(&office.world).await;
}

#[tokio::test]
async fn a_short_pick_is_sourced_elsewhere_or_lost() {
    let office = Office::open().await;
    let shop = Shop::open(&office).await;
    let admin = office.signed_in(ADMIN).await;
    let variant = office.world.variants[1];
    let warehouse = warehouse(&office, &admin, variant, 5).await;
    let node = office.world.node(0).await;
    assert_eq!(shop.order(id(30, 1), &[(variant, 5)]).await.0, 201);
    // Only now the shop has some, so all of it was promised from the warehouse.
    rights(&office.world, node.location, variant, 1).await;
    let claimed = shop.pay(id(30, 1), "paid").await;
    let reservation = &claimed.1["reservations"][0]["id"];
    let picked = json!({ "location_id": warehouse, "lines": [{ "reservation_id": reservation, "picked": 4 }] });
    let path = format!("/v1/orders/{}/pickings", id(30, 1));
    assert_eq!(
        state(&admin.post(&path, Some(picked)).await),
        (200, "claimed"),
        "one is still looked for"
    );
    while source_all(&office.world.cloud).await.unwrap() {}
    assert_eq!(
        commands(&office).await,
        ["pick"],
        "the shop picks the fifth"
    );
    assert_eq!(available(&office, variant).await, 0);
    check_accounts(&office.world).await;
    // Another one, of which the last unit is nowhere.
    rights(&office.world, warehouse, variant, 2).await;
    assert_eq!(shop.order(id(30, 2), &[(variant, 2)]).await.0, 201);
    let claimed = shop.pay(id(30, 2), "paid too").await;
    let reservation = &claimed.1["reservations"][0]["id"];
    let picked = json!({ "location_id": warehouse, "lines": [{ "reservation_id": reservation, "picked": 1 }] });
    let path = format!("/v1/orders/{}/pickings", id(30, 2));
    admin.post(&path, Some(picked)).await;
    while source_all(&office.world.cloud).await.unwrap() {}
    let detail = admin.read(&format!("/v1/orders/{}", id(30, 2))).await;
    assert_eq!(
        (&detail["state"], &detail["lines"][0]["lost"]),
        (&json!("picked"), &json!(1))
    );
    assert_eq!(
        office
            .world
            .number("select count(*) from stock_case where kind = 'short_pick'")
            .await,
        2
    );
    assert_eq!(
        office.world.text("select string_agg(kind, ' ' order by id) from order_outbox where kind in ('lost', 'sourced')").await,
        "sourced lost"
    );
}

#[tokio::test]
async fn rights_are_given_to_a_shop_by_hand_out_of_what_is_available() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let node = office.world.node(0).await;
    let variant = office.world.variants[1];
    rights(&office.world, node.location, variant, 3).await;
    let give = async |number: u64, units: i64| {
        let body = json!({ "lines": [{ "variant_id": variant, "quantity": units }] });
        let path = format!("/v1/locations/{}/grants/{}", node.location, id(32, number));
        let answer = admin.ask(Method::PUT, &path, Some(body)).await;
        (
            answer.status().as_u16(),
            answer.json::<Value>().await.unwrap(),
        )
    };
    let refused = give(1, 4).await;
    assert_eq!(code(&refused), (409, "grant.not_available"));
    assert_eq!(refused.1["figures"]["lines"][0]["available"], 3);
    assert_eq!(give(2, 2).await.0, 202);
    assert_eq!(give(2, 2).await.0, 202);
    assert_eq!(commands(&office).await, ["grant"]);
    assert_eq!(available(&office, variant).await, 1);
    let counted = count(&admin, node.location, 3, variant, 9).await;
    assert_eq!((counted.0, &counted.1["state"]), (202, &json!("sent")));
    assert_eq!(commands(&office).await, ["grant", "count"]);
    check_accounts(&office.world).await;
}

#[tokio::test]
async fn two_payments_at_once_pay_once_and_a_payment_meets_the_end_of_its_hold() {
    let office = Office::open().await;
    let shop = Shop::open(&office).await;
    let node = office.world.node(0).await;
    let variant = office.world.variants[1];
    rights(&office.world, node.location, variant, 20).await;
    for round in 0..10 {
        let order = id(33, round);
        assert_eq!(shop.order(order, &[(variant, 1)]).await.0, 201);
        office.security.advance(SignedDuration::from_mins(16));
        let (one, other, ended) = tokio::join!(
            shop.pay(order, "one"),
            shop.pay(order, "other"),
            order::expire(&office.world.cloud)
        );
        ended.unwrap();
        let mut codes = [one.0, other.0];
        codes.sort_unstable();
        assert_eq!(codes, [200, 409], "{one:?} {other:?}");
        check_accounts(&office.world).await;
    }
    assert_eq!(
        office
            .world
            .number("select count(*) from node_command where kind = 'pick'")
            .await,
        10
    );
}
