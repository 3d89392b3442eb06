//! The JSON that tills are written against.
use std::time::Duration;

use edge::testkit;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{TestShop, basket, found, new_id};

/// Ids and times differ in every run; everything else is pinned.
fn check(value: &Value, expected: &Expect) {
    let text = serde_json::to_string_pretty(value).unwrap();
    let text: Vec<String> = text.lines().map(masked).collect();
    expected.assert_eq(&text.join("\n"));
}

fn masked(line: &str) -> String {
    if let Some((name, _)) = line.split_once("_bytes\": ") {
        let comma = if line.ends_with(',') { "," } else { "" };
        return format!("{name}_bytes\": \"bytes\"{comma}");
    }
    let Some((name, value)) = line.split_once(": \"") else {
        return line.to_owned();
    };
    let plain = value.trim_end_matches(',').trim_end_matches('"');
    let comma = if line.ends_with(',') { "," } else { "" };
    if Uuid::parse_str(plain).is_ok() {
        return format!("{name}: \"id\"{comma}");
    }
    line.to_owned()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "the shape is the test")]
async fn a_receipt() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let mut lines = basket(&[("COLA", 2), ("APPLES", 250)]);
    lines[0]["discount_minor"] = json!(50);
    lines[0]["discount_reason"] = json!("dented");
    let sale = json!({
        "shift_id": till.shift,
        "lines": lines,
        "tenders": [{ "kind": "coupon", "amount_minor": 100, "reference": "C-7" }, { "kind": "cash", "amount_minor": 300 }],
        "shortages": found(&[("COLA", 2), ("APPLES", 250)]),
    });
    let (_, receipt) = till.put(&format!("/v1/sales/{}", new_id()), sale).await;
    check(
        &receipt,
        &expect![[r#"
            {
              "business_date": "2026-11-22",
              "change_minor": 62,
              "closed_at": "2026-11-22T14:00:00Z",
              "discount_minor": 50,
              "id": "id",
              "lines": [
                {
                  "discount_minor": 50,
                  "discount_reason": "dented",
                  "gross_minor": 300,
                  "is_gift": false,
                  "line": 0,
                  "name": "Cola 330 ml",
                  "price_quantity": 1,
                  "price_reason": null,
                  "promoted_minor": 0,
                  "quantity": 2,
                  "tax_rate_bps": 700,
                  "total_minor": 250,
                  "unit": "piece",
                  "unit_price": "1.5",
                  "variant_id": "id"
                },
                {
                  "discount_minor": 0,
                  "discount_reason": null,
                  "gross_minor": 88,
                  "is_gift": false,
                  "line": 1,
                  "name": "Apples, loose",
                  "price_quantity": 1000,
                  "price_reason": null,
                  "promoted_minor": 0,
                  "quantity": 250,
                  "tax_rate_bps": 700,
                  "total_minor": 88,
                  "unit": "gram",
                  "unit_price": "3.5",
                  "variant_id": "id"
                }
              ],
              "location": {
                "address": "1 Main Street",
                "code": "T1",
                "id": "id",
                "name": "Test shop"
              },
              "promoted_minor": 0,
              "receipt_number": "T101-1-000001",
              "register": {
                "id": "id",
                "name": "Till 1"
              },
              "seq": 3,
              "shift_id": "id",
              "staff": {
                "id": "id",
                "name": "Maria Manager"
              },
              "subtotal_minor": 388,
              "tax_minor": 22,
              "taxes": [
                {
                  "base_minor": 316,
                  "rate_bps": 700,
                  "tax_minor": 22
                }
              ],
              "tenders": [
                {
                  "amount_minor": 100,
                  "kind": "coupon",
                  "reference": "C-7"
                },
                {
                  "amount_minor": 300,
                  "kind": "cash",
                  "reference": null
                }
              ],
              "total_minor": 338
            }"#]],
    );
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "the shape is the test")]
async fn the_state_of_the_node() {
    let shop = TestShop::start().await;
    let till = shop.till();
    let edge = loop {
        let (_, edge) = till.get("/v1/edge").await;
        if edge["books"] != "unchecked" {
            break edge;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    check(
        &edge,
        &expect![[r#"
            {
              "authored": false,
              "books": "agree",
              "business_date": null,
              "clock": {
                "behind_ms": 0,
                "offset_ms": null,
                "skewed": false,
                "to_confirm": false
              },
              "currency": "USD",
              "currency_exponent": 2,
              "disk": {
                "free_bytes": "bytes",
                "state": "ok",
                "total_bytes": "bytes"
              },
              "location": {
                "code": "T1",
                "id": "id",
                "kind": "shop",
                "name": "Test shop",
                "time_zone": "America/New_York"
              },
              "mode": "normal",
              "node_id": "id",
              "now": "2026-11-22T14:00:00Z",
              "promotions": {
                "running": 0,
                "unreadable": 0
              },
              "registers": [
                {
                  "id": "id",
                  "name": "Till 1",
                  "prefix": "T101"
                },
                {
                  "id": "id",
                  "name": "Till 2",
                  "prefix": "T102"
                }
              ],
              "restricted": null,
              "sync": {
                "acked_seq": 0,
                "at_risk": 0,
                "connected": false,
                "epoch": 1,
                "head": "72a1c690-cb16-5946-ba02-f638556c4f7c.1.0.0000000000000000000000000000000000000000000000000000000000000000",
                "incarnation": 1,
                "last_contact": null,
                "last_seq": 0,
                "pending": 0,
                "problem": null,
                "problem_kind": null,
                "safe_seq": 0,
                "upgrade": false
              },
              "training": false,
              "version": "0.1.0"
            }"#]],
    );
    let (_, staff) = shop.till().get("/v1/staff").await;
    check(
        &staff,
        &expect![[r#"
            {
              "items": [
                {
                  "id": "id",
                  "initials": "CC",
                  "may_approve": false,
                  "may_override": false,
                  "name": "Carl Cashier",
                  "roles": [
                    "cashier"
                  ],
                  "supervises": []
                },
                {
                  "id": "id",
                  "initials": "MM",
                  "may_approve": true,
                  "may_override": true,
                  "name": "Maria Manager",
                  "roles": [
                    "branch_manager"
                  ],
                  "supervises": [
                    "discount.line",
                    "price.override",
                    "purchase.void",
                    "return.create",
                    "sale.void"
                  ]
                }
              ]
            }"#]],
    );
}

#[tokio::test]
async fn a_session_with_its_shift() {
    let shop = TestShop::start().await;
    let mut till = shop.till();
    till.sign_in(testkit::cashier_id(), 2).await;
    till.open_shift(2).await;
    let (_, session) = till.get("/v1/session").await;
    check(
        &session,
        &expect![[r#"
            {
              "permissions": [
                "sale.create",
                "sale.read",
                "shift.close",
                "shift.open"
              ],
              "register": {
                "id": "id",
                "name": "Till 2"
              },
              "shift": {
                "business_date": "2026-11-22",
                "card_sales_minor": 0,
                "cash_sales_minor": null,
                "closed_at": null,
                "counted_minor": null,
                "difference_reason": null,
                "dropped_minor": 0,
                "expected_cash_minor": null,
                "float_minor": 10000,
                "id": "id",
                "opened_at": "2026-11-22T14:00:00Z",
                "opened_by": {
                  "id": "id",
                  "name": "Carl Cashier"
                },
                "other_sales_minor": 0,
                "over_short_minor": null,
                "paid_in_minor": 0,
                "paid_out_minor": 0,
                "purchases_back_minor": 0,
                "purchases_paid_minor": 0,
                "refunded_minor": 0,
                "register_id": "id",
                "returns": 0,
                "sales": 0,
                "z_number": null
              },
              "staff": {
                "id": "id",
                "name": "Carl Cashier"
              }
            }"#]],
    );
}

#[tokio::test]
async fn a_scan_and_a_problem() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let (_, scan) = till
        .get(&format!("/v1/barcodes/{}", testkit::barcode("20000000002")))
        .await;
    check(
        &scan,
        &expect![[r#"
        {
          "price_minor": 900,
          "quantity": 6,
          "variant": {
            "barcode": "200000000028",
            "category": "Food",
            "claim_bound": 0,
            "debt": 0,
            "exportable": 0,
            "id": "id",
            "name": "Cola 330 ml",
            "node_rights": 0,
            "on_hand": 0,
            "picked": 0,
            "price_quantity": 1,
            "shipped": 0,
            "sku": "COLA",
            "tax_rate_bps": 700,
            "unit": "piece",
            "unit_price": "1.5",
            "unsellable": 0
          }
        }"#]],
    );
    let (_, mut problem) = till.sell(new_id(), &[("COLA", 0)], 100).await;
    problem.as_object_mut().unwrap().remove("request_id");
    check(
        &problem,
        &expect![[r#"
            {
              "code": "sale.quantity_out_of_range",
              "errors": [
                {
                  "code": "sale.quantity_out_of_range",
                  "field": "lines[0].quantity",
                  "message": "line 0: the quantity must be between 1 and 9999"
                }
              ],
              "figures": {
                "line": 0,
                "max": 9999
              },
              "status": 422,
              "title": "line 0: the quantity must be between 1 and 9999",
              "type": "about:blank"
            }"#]],
    );
}

#[tokio::test]
async fn a_ticket() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let purchase = json!({
        "shift_id": till.shift,
        "supplier_id": testkit::supplier_id().as_uuid(),
        "lines": [{
            "variant_id": testkit::variant_id("AVOCADO").as_uuid(),
            "weight": { "gross": 5_200, "tare": 200, "source": "manual" },
            "unit_cost": "2.4", "cost_quantity": 1_000,
        }],
        "payment": { "kind": "account", "amount_minor": 1_200 },
    });
    let path = format!("/v1/purchases/{}", new_id());
    let (_, ticket) = till.put(&path, purchase).await;
    check(
        &ticket,
        &expect![[r#"
            {
              "business_date": "2026-11-22",
              "closed_at": "2026-11-22T14:00:00Z",
              "id": "id",
              "lines": [
                {
                  "containers": null,
                  "cost_minor": 1200,
                  "cost_quantity": 1000,
                  "gross": 5200,
                  "manual_tare": true,
                  "name": "Avocado, loose",
                  "net": 5000,
                  "quantity": 5000,
                  "source": "manual",
                  "tare": 200,
                  "unit": "gram",
                  "unit_cost": "2.4",
                  "variant_id": "id"
                }
              ],
              "location": {
                "address": "1 Main Street",
                "code": "T1",
                "id": "id",
                "name": "Test shop"
              },
              "payment": {
                "amount_minor": 1200,
                "kind": "account"
              },
              "register": {
                "id": "id",
                "name": "Till 1"
              },
              "replaces": null,
              "reversal": null,
              "seq": 2,
              "shift_id": "id",
              "staff": {
                "id": "id",
                "name": "Maria Manager"
              },
              "supplier": {
                "code": "GF",
                "id": "id",
                "name": "Green Farm"
              },
              "supplier_document": null,
              "ticket_number": "T101P-1-000001",
              "total_minor": 1200
            }"#]],
    );
}
