use edge::testkit;
use serde_json::{Value, json};

use crate::support::{TestShop, Till, new_id, told};

fn weighed(gross: i64, tare: i64) -> Value {
    json!({
        "variant_id": testkit::variant_id("AVOCADO").as_uuid(),
        "weight": { "gross": gross, "tare": tare, "source": "scale" },
        "unit_cost": "2.40",
        "cost_quantity": 1_000,
    })
}

fn counted(quantity: i64, cost: &str) -> Value {
    json!({ "variant_id": testkit::variant_id("COLA").as_uuid(), "quantity": quantity, "unit_cost": cost, "cost_quantity": 1 })
}

fn purchase(till: &Till, lines: Value, paid: i64) -> Value {
    json!({
        "shift_id": till.shift,
        "supplier_id": testkit::supplier_id().as_uuid(),
        "supplier_document": "D-1",
        "lines": lines,
        "payment": { "kind": "cash", "amount_minor": paid },
    })
}

#[tokio::test]
async fn goods_are_weighed_paid_and_in_stock() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let lines = json!([weighed(12_500, 500), counted(10, "0.755")]);
    let (status, quote) = till
        .post("/v1/purchase-quotes", json!({ "lines": lines }))
        .await;
    assert_eq!(
        (status, quote["total_minor"].as_i64()),
        (200, Some(3_635)),
        "{quote}"
    );

    let path = format!("/v1/purchases/{}", new_id());
    let (status, ticket) = till.put(&path, purchase(&till, lines.clone(), 3_635)).await;
    assert_eq!(status, 201, "{ticket}");
    assert_eq!(ticket["ticket_number"], "T101P-1-000001");
    assert_eq!(ticket["lines"][0]["net"], 12_000);
    assert_eq!(ticket["lines"][0]["source"], "scale");
    assert_eq!(till.get(&path).await, (200, ticket.clone()));
    assert_eq!(
        till.put(&path, purchase(&till, lines, 3_635)).await,
        (200, ticket),
        "a repeat"
    );
    let other = till
        .put(&path, purchase(&till, json!([counted(1, "1")]), 100))
        .await;
    assert_eq!(told(&other), "409 purchase.id_reused {}");

    let (_, stock) = till.get("/v1/stock?q=avocado").await;
    assert_eq!(stock["items"][0]["on_hand"], 12_000);
    let money: String = shop
        .value("select json_extract(header, '$.money[0].minor') || '' from outbox where seq = 2");
    assert_eq!(money, "-3635");
    let (_, shift) = till.get(&format!("/v1/shifts/{}", till.shift)).await;
    assert_eq!(shift["purchases_paid_minor"], 3_635);
    let (_, list) = till.get("/v1/purchases").await;
    assert_eq!(
        (
            list["items"][0]["supplier"].as_str(),
            list["items"][0]["lines"].as_i64()
        ),
        (Some("Green Farm"), Some(2))
    );
    let (_, suppliers) = till.get("/v1/suppliers?q=gréen").await;
    assert_eq!(suppliers["items"][0]["code"], "GF");
}

#[tokio::test]
async fn what_cannot_be_bought_is_refused_and_leaves_nothing() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let mut unclear = weighed(10, 1);
    unclear["quantity"] = json!(5);
    let mut cola_by_weight = weighed(10, 1);
    cola_by_weight["variant_id"] = json!(testkit::variant_id("COLA").as_uuid());
    for (lines, expected) in [
        (json!([]), "422 purchase.no_lines {}"),
        (
            json!([counted(0, "1")]),
            "422 purchase.quantity_out_of_range {\"line\":0,\"max\":1000000}",
        ),
        (
            json!([counted(-3, "1")]),
            "422 purchase.quantity_out_of_range {\"line\":0,\"max\":1000000}",
        ),
        (
            json!([counted(1, "1"), weighed(500, 500)]),
            "422 purchase.net_not_positive {\"gross\":500,\"line\":1,\"tare\":500}",
        ),
        (
            json!([weighed(500, -1)]),
            "422 purchase.net_not_positive {\"gross\":500,\"line\":0,\"tare\":-1}",
        ),
        (
            json!([cola_by_weight]),
            "422 purchase.not_by_weight {\"line\":0,\"unit\":\"piece\"}",
        ),
        (
            json!([unclear]),
            "422 purchase.measure_unclear {\"line\":0}",
        ),
        (
            json!([counted(1, "-1")]),
            "422 purchase.cost_invalid {\"line\":0}",
        ),
        (
            json!([counted(1_000_000, "100000000")]),
            "422 purchase.cost_out_of_range {\"line\":0}",
        ),
        (json!([counted(1, "cheap")]), "422 body.invalid {}"),
        (
            json!([counted(1, "1.01")]),
            "422 purchase.payment_differs {\"total_minor\":101}",
        ),
    ] {
        let answer = till
            .put(
                &format!("/v1/purchases/{}", new_id()),
                purchase(&till, lines, 100),
            )
            .await;
        assert_eq!(told(&answer), expected);
    }
    let mut stranger = purchase(&till, json!([counted(1, "1")]), 100);
    stranger["supplier_id"] = json!(new_id());
    let answer = till
        .put(&format!("/v1/purchases/{}", new_id()), stranger)
        .await;
    assert_eq!(told(&answer), "422 purchase.supplier_unknown {}");
    assert_eq!(shop.value::<i64>("select count(*) from purchase"), 0);
    assert_eq!(shop.value::<i64>("select count(*) from stock_movement"), 0);
}
