//! Orders that come from two branches: each sees its part, and whoever may take a step takes it for all of the order.
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::browser::{ADMIN, ANN, BOB, Browser, Office};
use crate::order::{check_accounts, rights};
use crate::world::id;

/// An order of which one unit comes from each branch; staff of both may do everything there.
async fn split() -> (Office, Uuid) {
    let office = Office::open().await;
    let [a, b] = [0, 1].map(|place| office.world.locations[place]);
    office
        .meddle(
            "insert into role_permission (role_id, permission)
             select r.id, p.code from role r, permission p where r.code = 'branch_manager' on conflict do nothing",
        )
        .await;
    for place in 0..2 {
        office.world.node(place).await;
    }
    let [one, other] = [0, 1].map(|number| office.world.variants[number]);
    rights(&office.world, a, one, 3).await;
    rights(&office.world, b, other, 3).await;
    let order = id(60, 1);
    let body = json!({ "customer": "Kim", "lines": [
        { "variant_id": one, "quantity": 1 }, { "variant_id": other, "quantity": 1 } ] });
    let admin = office.signed_in(ADMIN).await;
    let placed = told(&admin, Method::PUT, &format!("/v1/orders/{order}"), body).await;
    assert_eq!(placed.0, 201, "{placed:?}");
    (office, order)
}

async fn told(browser: &Browser, method: Method, path: &str, body: Value) -> (u16, Value) {
    let answer = browser.ask(method, path, Some(body)).await;
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn places(detail: &Value) -> Vec<&str> {
    let reservations = detail["reservations"].as_array().unwrap();
    reservations
        .iter()
        .map(|one| one["location_id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn each_branch_sees_its_part_of_an_order() {
    let (office, order) = split().await;
    let [a, b] = [0, 1].map(|place| office.world.locations[place].to_string());
    let path = format!("/v1/orders/{order}");
    for (who, own, foreign) in [(ANN, &a, &b), (BOB, &b, &a)] {
        let browser = office.signed_in(who).await;
        let detail = browser.read(&path).await;
        assert_eq!(places(&detail), [own], "{detail}");
        let list = browser.read("/v1/orders").await;
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        assert!(!(detail.to_string() + &list.to_string()).contains(foreign.as_str()));
    }
    let admin = office.signed_in(ADMIN).await;
    assert_eq!(places(&admin.read(&path).await).len(), 2);
}

#[tokio::test]
async fn whoever_may_cancel_an_order_ends_its_promises_everywhere() {
    let (office, order) = split().await;
    let [a, b] = [0, 1].map(|place| office.world.locations[place]);
    let ann = office.signed_in(ANN).await;
    let paid = told(
        &ann,
        Method::POST,
        &format!("/v1/orders/{order}/claim"),
        json!({ "payment": "pi_1" }),
    )
    .await;
    assert_eq!((paid.0, &paid.1["state"]), (200, &json!("claimed")));
    assert_eq!(places(&paid.1), [a.to_string()]);
    let asked = |at: Uuid| {
        format!("select count(*) from node_command where location_id = '{at}' and kind = 'pick'")
    };
    assert_eq!(office.world.number(&asked(a)).await, 1);
    assert_eq!(office.world.number(&asked(b)).await, 1);
    let path = format!("/v1/orders/{order}/cancellation");
    let ended = told(&ann, Method::POST, &path, json!({ "reason": "asked to" })).await;
    assert_eq!((ended.0, &ended.1["state"]), (200, &json!("cancelling")));
    let open = "select count(*) from reservation where state <> 'cancelling'";
    assert_eq!(office.world.number(open).await, 0);
    let noted = "select count(*) from audit where actor like 'staff:%' and action like 'order.c%'";
    assert_eq!(office.world.number(noted).await, 2);
    check_accounts(&office.world).await;
}
