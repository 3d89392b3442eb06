use edge::testkit;
use serde_json::json;

use crate::support::{TestShop, basket, new_id, told};

#[tokio::test]
async fn a_sale_is_quoted_paid_and_on_the_receipt() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;

    let (status, quote) = till
        .post(
            "/v1/quotes",
            json!({ "lines": basket(&[("COLA", 2), ("APPLES", 480)]) }),
        )
        .await;
    assert_eq!(status, 200, "{quote}");
    assert_eq!(quote["total_minor"], 468);

    let id = new_id();
    let sold = till.sell(id, &[("COLA", 2), ("APPLES", 480)], 500).await;
    assert_eq!(told(&sold), "201");
    let receipt = sold.1;
    assert_eq!(receipt["receipt_number"], "T101-1-000001");
    assert_eq!(receipt["change_minor"], 32);
    assert_eq!(
        till.get(&format!("/v1/sales/{id}")).await,
        (200, receipt.clone())
    );
    assert_eq!(
        till.sell(id, &[("COLA", 2), ("APPLES", 480)], 500).await,
        (200, receipt)
    );

    let (_, list) = till.get("/v1/sales?limit=10").await;
    assert_eq!(list["items"][0]["lines"], 2, "{list}");
    let (_, edge) = till.get("/v1/edge").await;
    // Opening the shift, found goods, the sale.
    assert_eq!(edge["sync"]["last_seq"], 3, "{edge}");
    assert_eq!(edge["business_date"], "2026-11-22");
    let _ = testkit::PIN;
    shop.running.stop().await.unwrap();
}
