//! Goods that are weighed in containers: net is gross less what the head office says that an empty one weighs.
use edge::testkit;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::{
    body::PurchaseRecorded,
    reference::{ContainerState, Entity, Feed},
};

use crate::support::{TestShop, Till, new_id, told};

fn crates(count: i64) -> Value {
    json!({ "container_id": testkit::container_id("CRATE").as_uuid(), "count": count })
}

fn weighed(gross: i64, containers: &Value) -> Value {
    json!({
        "variant_id": testkit::variant_id("AVOCADO").as_uuid(),
        "weight": { "gross": gross, "containers": containers, "source": "manual" },
        "unit_cost": "2.40",
        "cost_quantity": 1_000,
    })
}

fn purchase(till: &Till, lines: &[Value], paid: i64) -> Value {
    json!({
        "shift_id": till.shift,
        "supplier_id": testkit::supplier_id().as_uuid(),
        "lines": lines,
        "payment": { "kind": "cash", "amount_minor": paid },
    })
}

/// Buys 10 kg in two crates for 24.00.
async fn bought(till: &Till) -> Uuid {
    let id = new_id();
    let body = purchase(till, &[weighed(13_600, &crates(2))], 2_400);
    let (status, ticket) = till.put(&format!("/v1/purchases/{id}"), body).await;
    assert_eq!(status, 201, "{ticket}");
    id
}

/// The head office changes the crate.
async fn change(shop: &TestShop, version: i64, tare: i64, active: bool) {
    let state = ContainerState {
        name: "Crate of wood".to_owned(),
        code: "CRATE".to_owned(),
        tare,
        active,
    };
    let entity = Entity {
        id: testkit::container_id("CRATE").as_uuid(),
        version,
        state: Some(serde_json::to_value(state).unwrap()),
    };
    testkit::apply(&shop.running.shop, Feed::Container, vec![entity])
        .await
        .unwrap();
}

/// What the newest purchase says to the cloud.
fn newest(shop: &TestShop) -> PurchaseRecorded {
    let body: String = shop.value(
        "select body from outbox where json_extract(header, '$.type') = 'purchase.recorded' order by seq desc limit 1",
    );
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn the_station_lists_what_is_in_use() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let (status, list) = till.get("/v1/containers").await;
    let id = testkit::container_id("CRATE").as_uuid();
    assert_eq!(
        (status, list),
        (
            200,
            json!({ "items": [{ "id": id, "name": "Test crate", "code": "CRATE", "tare": 1_800 }] })
        )
    );
    assert_eq!(
        shop.value::<i64>("select count(*) from container where active = 0"),
        1,
        "a retired one stays"
    );
}

#[tokio::test]
async fn net_is_gross_less_the_containers() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let lines = [weighed(13_600, &crates(2))];
    let (status, quote) = till
        .post("/v1/purchase-quotes", json!({ "lines": lines }))
        .await;
    assert_eq!(
        (status, &quote["total_minor"]),
        (200, &json!(2_400)),
        "{quote}"
    );
    let path = format!("/v1/purchases/{}", new_id());
    let (status, ticket) = till.put(&path, purchase(&till, &lines, 2_400)).await;
    assert_eq!(status, 201, "{ticket}");
    let line = &ticket["lines"][0];
    assert_eq!(
        [
            &line["gross"],
            &line["tare"],
            &line["net"],
            &line["quantity"]
        ],
        [13_600, 3_600, 10_000, 10_000]
    );
    let id = testkit::container_id("CRATE").as_uuid();
    assert_eq!(
        (&line["containers"], &line["manual_tare"]),
        (
            &json!({ "container_id": id, "name": "Test crate", "tare": 1_800, "count": 2 }),
            &json!(false)
        )
    );
    assert_eq!(
        till.put(&path, purchase(&till, &lines, 2_400)).await,
        (200, ticket),
        "a repeat"
    );
    let (_, stock) = till.get("/v1/stock?q=avocado").await;
    assert_eq!(stock["items"][0]["on_hand"], 10_000);
    let weight = newest(&shop).lines[0].weight.clone().unwrap();
    assert_eq!(
        (weight.gross, weight.tare, weight.manual_tare),
        (13_600, 3_600, false)
    );
    let of = weight.containers.unwrap();
    assert_eq!(
        (of.container, of.name.as_str(), of.each, of.count),
        (id, "Test crate", 1_800, 2)
    );
    assert_eq!(
        edge::rights::audit(&shop.running.shop).await.unwrap(),
        [],
        "the shop and its log say the same"
    );
}

#[tokio::test]
async fn a_tare_that_was_typed_says_so() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    for (tare, is_typed) in [(100, true), (0, false)] {
        let mut line = weighed(10_000 + tare, &Value::Null);
        line["weight"]["tare"] = json!(tare);
        let path = format!("/v1/purchases/{}", new_id());
        let (status, ticket) = till.put(&path, purchase(&till, &[line], 2_400)).await;
        assert_eq!(status, 201, "{ticket}");
        let line = &ticket["lines"][0];
        assert_eq!(
            (&line["manual_tare"], &line["containers"]),
            (&json!(is_typed), &Value::Null)
        );
        let weight = newest(&shop).lines[0].weight.clone().unwrap();
        assert_eq!((weight.manual_tare, weight.containers), (is_typed, None));
    }
}

/// A line, the field that is wrong with it, and what is said.
type Refused = (Value, &'static str, &'static str);

/// Refused as a purchase and as a quote, and nothing is kept.
async fn check_refused(lines: impl IntoIterator<Item = Refused>) {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    for (line, field, expected) in lines {
        let path = format!("/v1/purchases/{}", new_id());
        let answer = till
            .put(&path, purchase(&till, std::slice::from_ref(&line), 100))
            .await;
        assert_eq!(told(&answer), format!("422 purchase.{expected}"), "{line}");
        let named = format!("lines[0].{field}");
        assert_eq!(answer.1["errors"][0]["field"], named, "{line}");
        let asked = json!({ "lines": [line] });
        let quote = till.post("/v1/purchase-quotes", asked).await;
        assert_eq!(told(&quote), told(&answer), "no price either");
    }
    assert_eq!(shop.value::<i64>("select count(*) from purchase"), 0);
    assert_eq!(shop.value::<i64>("select count(*) from stock_movement"), 0);
}

#[tokio::test]
async fn weights_and_counts_that_cannot_be_are_refused() {
    const COUNT: &str = "weight.containers.count";
    const GROSS: &str = "weight.gross";
    let wrong_count = r#"container_count {"line":0,"max":1000}"#;
    let too_heavy = r#"gross_out_of_range {"line":0,"max":100000000}"#;
    let refused = [
        (10_000, 0, COUNT, wrong_count),
        (10_000, -1, COUNT, wrong_count),
        (10_000, 1_001, COUNT, wrong_count),
        (
            3_600,
            2,
            COUNT,
            r#"net_not_positive {"gross":3600,"line":0,"tare":3600}"#,
        ),
        (
            1,
            1_000,
            COUNT,
            r#"net_not_positive {"gross":1,"line":0,"tare":1800000}"#,
        ),
        (
            0,
            1,
            COUNT,
            r#"net_not_positive {"gross":0,"line":0,"tare":1800}"#,
        ),
        (100_000_001, 1, GROSS, too_heavy),
        (i64::MAX, 1_000, GROSS, too_heavy),
    ];
    check_refused(
        refused.map(|(gross, count, field, said)| (weighed(gross, &crates(count)), field, said)),
    )
    .await;
}

#[tokio::test]
async fn containers_that_are_not_to_be_used_are_refused() {
    const WHICH: &str = "weight.containers.container_id";
    let of = |code| json!({ "container_id": testkit::container_id(code).as_uuid(), "count": 1 });
    let crated = weighed(10_000, &crates(1));
    let mut cola = crated.clone();
    cola["variant_id"] = json!(testkit::variant_id("COLA").as_uuid());
    let mut both = crated.clone();
    both["weight"]["tare"] = json!(1_800);
    let mut counted = crated.clone();
    counted["quantity"] = json!(5);
    check_refused([
        (
            weighed(10_000, &of("NOWHERE")),
            WHICH,
            r#"container_unknown {"line":0}"#,
        ),
        (
            weighed(10_000, &of("BASKET")),
            WHICH,
            r#"container_retired {"line":0,"name":"Test basket"}"#,
        ),
        (cola, "weight", r#"not_by_weight {"line":0,"unit":"piece"}"#),
        (both, "weight.tare", r#"tare_unclear {"line":0}"#),
        (
            weighed(10_000, &Value::Null),
            "weight.tare",
            r#"tare_unclear {"line":0}"#,
        ),
        (counted, "quantity", r#"measure_unclear {"line":0}"#),
    ])
    .await;
}

#[tokio::test]
async fn the_weight_of_then_stays_and_that_of_now_counts() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let id = bought(&till).await;
    change(&shop, 2, 2_000, true).await;
    // A page that has not heard of it yet shows another total: nobody is paid by a weight that is over.
    let path = format!("/v1/purchases/{}", new_id());
    let body = purchase(&till, &[weighed(13_600, &crates(2))], 2_400);
    let answer = till.put(&path, body).await;
    assert_eq!(
        told(&answer),
        r#"422 purchase.payment_differs {"total_minor":2304}"#
    );
    let (_, ticket) = till.get(&format!("/v1/purchases/{id}")).await;
    let of = &ticket["lines"][0]["containers"];
    assert_eq!(
        (&of["name"], &of["tare"]),
        (&json!("Test crate"), &json!(1_800)),
        "as of then"
    );
    // An old page of the feed changes nothing.
    change(&shop, 1, 1, true).await;
    let (_, list) = till.get("/v1/containers").await;
    assert_eq!(list["items"][0]["tare"], 2_000);
}

#[tokio::test]
async fn a_correction_keeps_the_containers_of_its_purchase() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let id = bought(&till).await;
    change(&shop, 2, 2_000, false).await;
    let fresh = format!("/v1/purchases/{}", new_id());
    let body = purchase(&till, &[weighed(13_600, &crates(2))], 2_400);
    let answer = till.put(&fresh, body).await;
    assert_eq!(
        told(&answer),
        r#"422 purchase.container_retired {"line":0,"name":"Crate of wood"}"#
    );

    let correction = |lines: &[Value], paid| json!({ "purchase": purchase(&till, lines, paid), "reason": "one more" });
    let path = || format!("/v1/purchases/{id}/corrections/{}", new_id());
    let same = correction(&[weighed(13_600, &crates(2))], 2_400);
    let same = till.put(&path(), same).await;
    assert_eq!(told(&same), "422 purchase.nothing_changes {}");
    // Three crates, each of 1,800 g as it was then: 8,200 g.
    let lines = [weighed(13_600, &crates(3))];
    let quote = json!({ "lines": lines, "corrects": id });
    let (status, quote) = till.post("/v1/purchase-quotes", quote).await;
    assert_eq!(
        (status, &quote["total_minor"]),
        (200, &json!(1_968)),
        "{quote}"
    );
    let (status, ticket) = till.put(&path(), correction(&lines, 1_968)).await;
    assert_eq!(status, 201, "{ticket}");
    assert_eq!(ticket["lines"][0]["net"], 8_200);
    assert_eq!(ticket["lines"][0]["containers"]["name"], "Test crate");
    let (_, stock) = till.get("/v1/stock?q=avocado").await;
    assert_eq!(stock["items"][0]["on_hand"], 8_200);

    // One that it never had is for new purchases.
    let basket = testkit::container_id("BASKET").as_uuid();
    let basket = json!({ "container_id": basket, "count": 1 });
    let next = ticket["id"].as_str().unwrap().to_owned();
    let other = format!("/v1/purchases/{next}/corrections/{}", new_id());
    let answer = correction(&[weighed(13_600, &basket)], 2_832);
    let answer = till.put(&other, answer).await;
    assert_eq!(
        told(&answer),
        r#"422 purchase.container_retired {"line":0,"name":"Test basket"}"#
    );
    let nobody = json!({ "lines": lines, "corrects": new_id() });
    let answer = till.post("/v1/purchase-quotes", nobody).await;
    assert_eq!(told(&answer), "404 purchase.unknown {}");

    // What was corrected can be voided: all of it goes back.
    let void = json!({ "shift_id": till.shift, "reason": "not ours" });
    let path = format!("/v1/purchases/{next}/voids/{}", new_id());
    let (status, voided) = till.put(&path, void).await;
    assert_eq!(status, 201, "{voided}");
    assert_eq!(voided["lines"][0]["containers"]["count"], 3);
    let (_, stock) = till.get("/v1/stock?q=avocado").await;
    assert_eq!(stock["items"][0]["on_hand"], 0);
    assert_eq!(edge::rights::audit(&shop.running.shop).await.unwrap(), []);
}

#[tokio::test]
async fn the_file_refuses_a_net_that_is_not_gross_less_tare() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    bought(&till).await;
    let copy = |what: &str| {
        let insert = format!(
            "insert into purchase_line (purchase, line, variant, name, unit, quantity, gross, tare, manual, unit_cost,
               cost_quantity, cost_minor, container, container_name, container_tare, containers)
             select purchase, line + 1, variant, name, unit, {what}, manual, unit_cost, cost_quantity, cost_minor,
               container, container_name, container_tare, containers from purchase_line"
        );
        shop.file().execute(&insert, []).unwrap_err().to_string()
    };
    assert!(copy("quantity + 1, gross, tare").contains("net is not gross less tare"));
    assert!(copy("quantity + 1, gross, tare - 1").contains("CHECK constraint failed"));
}
