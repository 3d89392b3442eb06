use edge::testkit;
use serde_json::{Value, json};

use crate::support::{TestShop, new_id, told};

fn count(lines: &[(&str, i64)]) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(sku, counted)| json!({ "variant_id": testkit::variant_id(sku).as_uuid(), "counted": counted }))
        .collect();
    json!({ "lines": lines, "reason": "count" })
}

#[tokio::test]
async fn a_count_sets_on_hand_at_its_instant() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let path = format!("/v1/counts/{}", new_id());
    let (status, first) = till.put(&path, count(&[("MILK", 5), ("COLA", 12)])).await;
    assert_eq!(status, 201, "{first}");
    till.sell(new_id(), &[("COLA", 2)], 300).await;
    assert_eq!(
        till.put(&path, count(&[("MILK", 5), ("COLA", 12)])).await,
        (200, first),
        "a repeat"
    );
    let other = till.put(&path, count(&[("MILK", 6)])).await;
    assert_eq!(told(&other), "409 count.id_reused {}");

    let (_, second) = till
        .put(
            &format!("/v1/counts/{}", new_id()),
            count(&[("COLA", 9), ("MILK", 5)]),
        )
        .await;
    let mut lines: Vec<[i64; 3]> = second["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| ["expected", "counted", "difference"].map(|name| line[name].as_i64().unwrap()))
        .collect();
    lines.sort_unstable();
    assert_eq!(lines, [[5, 5, 0], [10, 9, -1]]);
    let (_, stock) = till.get("/v1/stock?q=cola").await;
    assert_eq!(stock["items"][0]["on_hand"], 9);
    let sums: i64 = shop.value(
        "select count(*) from stock s
          where node_rights <> (select sum(quantity) from stock_movement m where m.variant = s.variant)",
    );
    assert_eq!(sums, 0, "on hand is the sum of the ledger");
}

#[tokio::test]
async fn what_cannot_be_a_count_is_refused() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    for (lines, expected) in [
        (vec![], "422 count.no_lines {}"),
        (
            vec![("COLA", 1), ("MILK", -1)],
            "422 count.quantity_out_of_range {\"line\":1,\"max\":1000000}",
        ),
        (
            vec![("COLA", 1), ("COLA", 2)],
            "422 count.twice {\"line\":1}",
        ),
        (
            vec![("NOTHING", 1)],
            "422 count.variant_unknown {\"line\":0}",
        ),
    ] {
        let answer = till
            .put(&format!("/v1/counts/{}", new_id()), count(&lines))
            .await;
        assert_eq!(told(&answer), expected);
    }
}

#[tokio::test]
async fn stock_is_listed_in_pages_by_name() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let mut names = Vec::new();
    let mut path = "/v1/stock?limit=4".to_owned();
    loop {
        let (_, page) = till.get(&path).await;
        names.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["sku"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/v1/stock?limit=4&cursor={next}");
    }
    assert_eq!(
        names,
        ["APPLES", "AVOCADO", "COFFEE", "COLA", "MILK", "FISHSAUCE"]
    );
}
