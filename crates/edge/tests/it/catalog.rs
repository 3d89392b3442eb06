use edge::testkit::{self, variant};
use serde_json::Value;
use wire::reference::{Feed, VariantState};

use crate::support::{TestShop, Till, new_id, told};

async fn hits(till: &Till, typed: &str) -> Vec<String> {
    let url =
        reqwest::Url::parse_with_params(&format!("{}/v1/products", till.base), [("q", typed)])
            .unwrap();
    let found: Value = till
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["sku"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn products_are_found_as_one_types() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    for (typed, expected) in [
        ("cola", vec!["COLA"]),
        ("COLA 330", vec!["COLA"]),
        ("ca phe", vec!["COFFEE"]),
        ("Cà phê SỮA", vec!["COFFEE"]),
        ("da", vec!["COFFEE"]),
        ("นํ้าปลา", vec![]),
        ("น้ำปลา", vec!["FISHSAUCE"]),
        ("ทิพ", vec!["FISHSAUCE"]),
        ("ปล", vec!["FISHSAUCE"]),
        ("a", vec!["APPLES", "AVOCADO"]),
        ("ap", vec!["APPLES"]),
        ("lo", vec!["APPLES", "AVOCADO"]),
        ("loose av", vec!["AVOCADO"]),
        ("milk 1 l", vec!["MILK"]),
        ("avocad", vec!["AVOCADO"]),
        ("vocado", vec!["AVOCADO"]),
        ("\"; drop table", vec![]),
        ("* OR NEAR(", vec![]),
        ("xyz", vec![]),
    ] {
        assert_eq!(hits(&till, typed).await, expected, "{typed}");
    }
    assert_eq!(hits(&till, "").await.len(), 6);
    assert_eq!(
        hits(&till, &testkit::barcode("20000000001")).await,
        ["COLA"],
        "a typed barcode"
    );
}

#[tokio::test]
async fn what_a_station_buys_is_found_first_also_without_a_price() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let mut honey = variant("HONEY", "Honey, raw", "gram", "1", 1_000, &[]);
    honey.state.as_mut().unwrap()["unit_price"] = Value::Null;
    testkit::apply(&shop.running.shop, Feed::Variant, vec![honey])
        .await
        .unwrap();
    let purchase = serde_json::json!({
        "shift_id": till.shift,
        "supplier_id": testkit::supplier_id().as_uuid(),
        "lines": [{ "variant_id": testkit::variant_id("HONEY").as_uuid(), "quantity": 500,
                    "unit_cost": "4", "cost_quantity": 1_000 }],
        "payment": { "kind": "account", "amount_minor": 200 },
    });
    let bought = till
        .put(&format!("/v1/purchases/{}", new_id()), purchase)
        .await;
    assert_eq!(bought.0, 201, "{}", bought.1);
    assert_eq!(hits(&till, "").await[0], "HONEY");
    assert_eq!(hits(&till, "hon").await, ["HONEY"]);
    let sold = till.sell(new_id(), &[("HONEY", 100)], 200).await;
    assert_eq!(told(&sold), "422 sale.not_for_sale {\"line\":0}");
}

#[tokio::test]
async fn what_is_sold_often_is_found_first() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    for _ in 0..2 {
        till.sell(new_id(), &[("AVOCADO", 100)], 100).await;
    }
    till.sell(new_id(), &[("MILK", 1)], 100).await;
    assert_eq!(hits(&till, "").await[..2], ["AVOCADO", "MILK"]);
    assert_eq!(hits(&till, "a").await, ["AVOCADO", "APPLES"]);
    assert_eq!(hits(&till, "loose").await, ["AVOCADO", "APPLES"]);
}

#[tokio::test]
async fn a_changed_product_is_found_by_its_new_name_alone() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let change = |version, name: &str, active| {
        let mut entity = variant("COLA", name, "piece", "1.75", 1, &[("20000000009", 1)]);
        entity.version = version;
        let mut state: VariantState = serde_json::from_value(entity.state.unwrap()).unwrap();
        state.active = active;
        entity.state = Some(serde_json::to_value(state).unwrap());
        entity
    };
    let apply = |entity| testkit::apply(&shop.running.shop, Feed::Variant, vec![entity]);
    apply(change(3, "Kola Classic", true)).await.unwrap();
    apply(change(2, "An older page", true)).await.unwrap();
    apply(change(3, "Kola Classic", true)).await.unwrap();
    assert_eq!(hits(&till, "kola").await, ["COLA"]);
    assert_eq!(hits(&till, "k").await, ["COLA"]);
    assert_eq!(hits(&till, "older").await, Vec::<String>::new());
    assert_eq!(hits(&till, "330").await, Vec::<String>::new());
    let old = till
        .get(&format!("/v1/barcodes/{}", testkit::barcode("20000000001")))
        .await;
    assert_eq!(old.1["code"], "barcode.unknown");
    let (_, scan) = till
        .get(&format!("/v1/barcodes/{}", testkit::barcode("20000000009")))
        .await;
    assert_eq!(scan["price_minor"], 175);

    apply(change(4, "Kola Classic", false)).await.unwrap();
    assert_eq!(hits(&till, "kola").await, Vec::<String>::new());
    let sold = till.sell(new_id(), &[("COLA", 1)], 200).await;
    assert_eq!(told(&sold), "422 sale.not_for_sale {\"line\":0}");
}

#[tokio::test]
async fn barcodes_are_read_in_all_their_forms() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let upc = testkit::barcode("20000000001");
    assert_eq!(upc.len(), 12);
    for code in [upc.clone(), format!("0{upc}"), format!("00{upc}")] {
        let (status, scan) = till.get(&format!("/v1/barcodes/{code}")).await;
        assert_eq!(
            (status, &scan["variant"]["sku"]),
            (200, &Value::from("COLA")),
            "{code}"
        );
        assert_eq!(
            (scan["quantity"].as_i64(), scan["price_minor"].as_i64()),
            (Some(1), Some(150))
        );
    }
    let (_, six_pack) = till
        .get(&format!("/v1/barcodes/{}", testkit::barcode("20000000002")))
        .await;
    assert_eq!(
        (
            six_pack["quantity"].as_i64(),
            six_pack["price_minor"].as_i64()
        ),
        (Some(6), Some(900))
    );

    let unknown = till.get("/v1/barcodes/4006381333931").await;
    assert_eq!(
        told(&unknown),
        "404 barcode.unknown {\"code\":\"4006381333931\"}"
    );
    let misread = till.get("/v1/barcodes/4006381333932").await;
    assert_eq!(
        told(&misread),
        "422 barcode.check_digit {\"code\":\"4006381333932\",\"expected\":1}"
    );
    let endless = till.get(&format!("/v1/barcodes/{}", "9".repeat(200))).await;
    assert_eq!(told(&endless), "422 barcode.unreadable {}");
}
