//! Purchases that are voided and corrected at a buying station.
use edge::testkit;
use retail::staff::{Limit, Permission};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    cash::{grant, second, up_to},
    support::{TestShop, Till, new_id, told},
};

fn cola(quantity: i64, cost: &str) -> Value {
    json!({ "variant_id": testkit::variant_id("COLA").as_uuid(), "quantity": quantity, "unit_cost": cost, "cost_quantity": 1 })
}

fn purchase(till: &Till, lines: &Value, kind: &str, paid: i64) -> Value {
    json!({
        "shift_id": till.shift,
        "supplier_id": testkit::supplier_id().as_uuid(),
        "lines": lines,
        "payment": { "kind": kind, "amount_minor": paid },
    })
}

/// Buys ten bottles for 20.00.
async fn bought(till: &Till, kind: &str) -> Uuid {
    let id = new_id();
    let body = purchase(till, &json!([cola(10, "2")]), kind, 2_000);
    let (status, ticket) = till.put(&format!("/v1/purchases/{id}"), body).await;
    assert_eq!(status, 201, "{ticket}");
    id
}

fn void(till: &Till) -> Value {
    json!({ "shift_id": till.shift, "reason": "typed twice" })
}

fn correction(till: &Till, quantity: i64, cost: &str, kind: &str, paid: i64) -> Value {
    json!({ "purchase": purchase(till, &json!([cola(quantity, cost)]), kind, paid), "reason": "miscounted" })
}

async fn on_hand(till: &Till) -> i64 {
    let (_, stock) = till.get("/v1/stock?q=cola").await;
    stock["items"][0]["on_hand"].as_i64().unwrap_or_default()
}

#[tokio::test]
async fn a_void_takes_back_goods_and_money_and_keeps_the_purchase() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let before = on_hand(&till).await;
    let id = bought(&till, "cash").await;
    assert_eq!(on_hand(&till).await, before + 10);

    let path = format!("/v1/purchases/{id}/voids/{}", new_id());
    let (status, ticket) = till.put(&path, void(&till)).await;
    assert_eq!(status, 201, "{ticket}");
    assert_eq!(ticket["ticket_number"], "T101P-1-000001", "as it was");
    let reversal = &ticket["reversal"];
    assert_eq!(
        (
            &reversal["state"],
            &reversal["ticket_number"],
            &reversal["reason"]
        ),
        (
            &json!("voided"),
            &json!("T101P-1-000002"),
            &json!("typed twice")
        )
    );
    assert_eq!(
        till.put(&path, void(&till)).await,
        (200, ticket),
        "a repeat"
    );
    assert_eq!(on_hand(&till).await, before);
    let (_, shift) = till.get(&format!("/v1/shifts/{}", till.shift)).await;
    assert_eq!(
        (
            &shift["purchases_paid_minor"],
            &shift["purchases_back_minor"]
        ),
        (&json!(2_000), &json!(2_000))
    );
    let (_, report) = till.get(&format!("/v1/shifts/{}/report", till.shift)).await;
    assert_eq!(
        report["purchases_back"],
        json!({ "count": 1, "minor": 2_000 }),
        "{report}"
    );
    assert_eq!(report["expected_minor"], report["float_minor"]);
    let (_, list) = till.get("/v1/purchases").await;
    assert_eq!(list["items"][0]["state"], "voided");
    assert_eq!(
        edge::rights::audit(&shop.running.shop).await.unwrap(),
        [],
        "the shop and its log say the same"
    );
}

#[tokio::test]
async fn what_cannot_be_voided_says_why() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let id = bought(&till, "account").await;
    let path = || format!("/v1/purchases/{id}/voids/{}", new_id());
    let mut silent = void(&till);
    silent["reason"] = json!("  ");
    let answer = till.put(&path(), silent).await;
    assert_eq!(told(&answer), "422 purchase.reversal_reason {\"max\":200}");
    assert_eq!(till.put(&path(), void(&till)).await.0, 201);
    let again = till.put(&path(), void(&till)).await;
    assert_eq!(
        told(&again),
        "409 purchase.reversed {\"number\":\"T101P-1-000002\"}"
    );
    // Neither one that never was, nor one of another branch: the station knows its own.
    let nobody = till
        .put(
            &format!("/v1/purchases/{}/voids/{}", new_id(), new_id()),
            void(&till),
        )
        .await;
    assert_eq!(told(&nobody), "404 purchase.unknown {}");
}

#[tokio::test]
async fn a_correction_changes_stock_and_drawer_by_the_difference() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let before = on_hand(&till).await;
    let id = bought(&till, "cash").await;
    let new = new_id();
    let path = format!("/v1/purchases/{id}/corrections/{new}");
    let same = till
        .put(&path, correction(&till, 10, "2", "cash", 2_000))
        .await;
    assert_eq!(told(&same), "422 purchase.nothing_changes {}");
    let body = correction(&till, 12, "1.50", "cash", 1_800);
    let (status, ticket) = till.put(&path, body.clone()).await;
    assert_eq!(status, 201, "{ticket}");
    assert_eq!(ticket["id"], json!(new));
    assert_eq!(ticket["replaces"]["purchase_id"], json!(id));
    assert_eq!(
        till.put(&path, body).await,
        (200, ticket.clone()),
        "a repeat"
    );
    assert_eq!(on_hand(&till).await, before + 12);
    let (_, original) = till.get(&format!("/v1/purchases/{id}")).await;
    assert_eq!(original["reversal"]["state"], "replaced");
    assert_eq!(
        original["reversal"]["ticket_number"],
        ticket["ticket_number"]
    );
    let (_, report) = till.get(&format!("/v1/shifts/{}/report", till.shift)).await;
    assert_eq!(report["expected_minor"], json!(10_000 - 1_800), "{report}");
    let header: String = shop.value(
        "select json_extract(header, '$.moves') || json_extract(header, '$.money') from outbox order by seq desc limit 1",
    );
    assert!(header.contains("\"quantity\":2,\"weak\":true"), "{header}");
    assert!(
        header.contains("\"tender\":\"cash\",\"minor\":200"),
        "{header}"
    );

    // What stands in its place can be corrected too, here to an account.
    let next = format!("/v1/purchases/{new}/corrections/{}", new_id());
    let (status, ticket) = till
        .put(&next, correction(&till, 12, "1.50", "account", 1_800))
        .await;
    assert_eq!(status, 201, "{ticket}");
    let (_, report) = till.get(&format!("/v1/shifts/{}/report", till.shift)).await;
    assert_eq!(report["expected_minor"], json!(10_000));
    assert_eq!(on_hand(&till).await, before + 12);
}

#[tokio::test]
async fn goods_that_are_sold_cannot_go_back() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let free = on_hand(&till).await;
    let id = bought(&till, "cash").await;
    let sold = till.sell(new_id(), &[("COLA", free + 4)], 1_000_000).await;
    assert_eq!(sold.0, 201, "{}", sold.1);
    let answer = till
        .put(
            &format!("/v1/purchases/{id}/voids/{}", new_id()),
            void(&till),
        )
        .await;
    assert_eq!(
        (
            answer.0,
            &answer.1["code"],
            &answer.1["figures"]["needed"],
            &answer.1["figures"]["free"]
        ),
        (409, &json!("purchase.not_free"), &json!(10), &json!(6)),
        "{}",
        answer.1
    );
    // What is left can: four were there, and stay paid.
    let path = format!("/v1/purchases/{id}/corrections/{}", new_id());
    let (status, ticket) = till
        .put(&path, correction(&till, 4, "2", "cash", 800))
        .await;
    assert_eq!(status, 201, "{ticket}");
    assert_eq!(on_hand(&till).await, 0);
}

#[tokio::test]
async fn beyond_the_limit_somebody_else_says_so_too() {
    let shop = TestShop::start().await;
    let may = [
        (Permission::PurchaseCreate, Limit::NONE),
        (Permission::PurchaseRead, Limit::NONE),
        (Permission::ShiftOpen, Limit::NONE),
        (Permission::PurchaseVoid, up_to(1_500)),
    ];
    grant(&shop, testkit::cashier_id(), "Carl Buyer", 2, &may).await;
    let mut till = shop.till();
    till.sign_in(testkit::cashier_id(), 1).await;
    till.open_shift(1).await;
    let id = bought(&till, "cash").await;
    let path = format!("/v1/purchases/{id}/voids/{}", new_id());
    let answer = till.put(&path, void(&till)).await;
    assert_eq!(
        told(&answer),
        "409 cash.approval_missing {\"limit_minor\":1500}"
    );
    // Making it small is no way round: the larger document counts.
    let small = format!("/v1/purchases/{id}/corrections/{}", new_id());
    let answer = till
        .put(&small, correction(&till, 1, "1", "cash", 100))
        .await;
    assert_eq!(
        told(&answer),
        "409 cash.approval_missing {\"limit_minor\":1500}"
    );
    let mut asked = void(&till);
    asked["approval"] = second(testkit::manager_id(), testkit::PIN);
    let (status, ticket) = till.put(&path, asked.clone()).await;
    assert_eq!(status, 201, "{ticket}");
    assert!(ticket["reversal"]["approved_by"].is_string(), "{ticket}");
    asked["approval"] = Value::Null;
    assert_eq!(
        till.put(&path, asked).await.0,
        200,
        "a repeat needs no second PIN"
    );

    // Whoever may not at all is told so, and somebody who may can stand in.
    let none = [
        (Permission::PurchaseCreate, Limit::NONE),
        (Permission::ShiftOpen, Limit::NONE),
    ];
    let id = bought(&till, "cash").await;
    grant(&shop, testkit::cashier_id(), "Carl Buyer", 3, &none).await;
    till.sign_in(testkit::cashier_id(), 1).await;
    let path = format!("/v1/purchases/{id}/voids/{}", new_id());
    let answer = till.put(&path, void(&till)).await;
    assert_eq!(
        told(&answer),
        "403 permission.denied {\"permission\":\"purchase.void\"}"
    );
    let mut asked = void(&till);
    asked["approval"] = second(testkit::manager_id(), testkit::PIN);
    assert_eq!(till.put(&path, asked).await.0, 201);
}

#[tokio::test]
async fn a_void_that_overtakes_its_purchase_needs_the_word_too() {
    let shop = TestShop::start().await;
    let none = [
        (Permission::PurchaseCreate, Limit::NONE),
        (Permission::ShiftOpen, Limit::NONE),
    ];
    grant(&shop, testkit::cashier_id(), "Carl Buyer", 2, &none).await;
    let mut till = shop.till();
    till.sign_in(testkit::cashier_id(), 1).await;
    till.open_shift(1).await;
    for _ in 0..20 {
        let id = new_id();
        let buy = purchase(&till, &json!([cola(10, "2")]), "cash", 2_000);
        let (path, void_path) = (
            format!("/v1/purchases/{id}"),
            format!("/v1/purchases/{id}/voids/{}", new_id()),
        );
        let (recorded, voided) =
            tokio::join!(till.put(&path, buy), till.put(&void_path, void(&till)));
        assert_eq!(recorded.0, 201, "{recorded:?}");
        assert!(matches!(voided.0, 403 | 404), "{voided:?}");
    }
}

#[tokio::test]
async fn an_id_stands_for_one_void() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let before = on_hand(&till).await;
    let [first, second] = [bought(&till, "cash").await, bought(&till, "cash").await];
    let id = new_id();
    let path = |purchase: Uuid| format!("/v1/purchases/{purchase}/voids/{id}");
    assert_eq!(till.put(&path(first), void(&till)).await.0, 201);
    let mut other = void(&till);
    other["reason"] = json!("something else");
    for answer in [
        till.put(&path(first), other).await,
        till.put(&path(second), void(&till)).await,
        till.put(
            &format!("/v1/purchases/{second}/voids/{first}"),
            void(&till),
        )
        .await,
    ] {
        assert_eq!(told(&answer), "409 purchase.id_reused {}");
    }
    assert_eq!(on_hand(&till).await, before + 10, "the second stands");
}

#[tokio::test]
async fn a_correction_can_be_voided_and_what_it_replaced_stays_replaced() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let before = on_hand(&till).await;
    let id = bought(&till, "cash").await;
    let instead = new_id();
    let path = format!("/v1/purchases/{id}/corrections/{instead}");
    let body = correction(&till, 12, "1.50", "cash", 1_800);
    assert_eq!(till.put(&path, body).await.0, 201);
    let again = format!("/v1/purchases/{id}/corrections/{}", new_id());
    let answer = till
        .put(&again, correction(&till, 7, "2", "cash", 1_400))
        .await;
    assert_eq!(
        told(&answer),
        "409 purchase.reversed {\"number\":\"T101P-1-000002\"}"
    );
    let path = format!("/v1/purchases/{instead}/voids/{}", new_id());
    assert_eq!(till.put(&path, void(&till)).await.0, 201);
    assert_eq!(on_hand(&till).await, before);
    let (_, report) = till.get(&format!("/v1/shifts/{}/report", till.shift)).await;
    assert_eq!(report["expected_minor"], report["float_minor"], "{report}");
    assert_eq!(
        report["purchases_back"],
        json!({ "count": 2, "minor": 3_800 }),
        "{report}"
    );
    assert_eq!(edge::rights::audit(&shop.running.shop).await.unwrap(), []);
}

#[tokio::test]
async fn cash_comes_back_into_the_shift_that_is_open_now() {
    let shop = TestShop::start().await;
    let mut till = shop.open_till(1).await;
    let id = bought(&till, "cash").await;
    let before = till.shift;
    let counted = json!({ "counted_minor": 8_000 });
    let (status, closed) = till
        .post(&format!("/v1/shifts/{before}/close"), counted)
        .await;
    assert_eq!(status, 200, "{closed}");
    let path = format!("/v1/purchases/{id}/voids/{}", new_id());
    let answer = till.put(&path, void(&till)).await;
    assert_eq!(told(&answer), "409 shift.closed {}");
    till.open_shift(1).await;
    let (status, ticket) = till.put(&path, void(&till)).await;
    assert_eq!(status, 201, "{ticket}");
    let (_, now) = till.get(&format!("/v1/shifts/{}/report", till.shift)).await;
    assert_eq!(
        (&now["purchases_back"], &now["expected_minor"]),
        (
            &json!({ "count": 1, "minor": 2_000 }),
            &json!(10_000 + 2_000)
        ),
        "{now}"
    );
    let (_, old) = till.get(&format!("/v1/shifts/{before}")).await;
    assert_eq!(
        (&old["purchases_paid_minor"], &old["purchases_back_minor"]),
        (&json!(2_000), &json!(0)),
        "a closed shift stays as it was: {old}"
    );
}
