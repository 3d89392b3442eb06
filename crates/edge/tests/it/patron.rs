//! Customers at the till: found without the internet, entered, named by a sale, and forgotten.
use axum::http::StatusCode;
use edge::testkit;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::reference::{Feed, PatronState};

use crate::company::enrolled;
use crate::support::{Answer, TestShop, Till, count, new_id, told};

async fn find(till: &Till, phone: &str) -> Answer {
    till.post("/v1/patron-lookups", json!({ "phone": phone }))
        .await
}

fn lan(till: &Till) -> Value {
    json!({ "shift_id": till.shift, "phone": "(646) 555-0199", "name": " Nguyễn Thị  Lan ", "email": "Lan@example.org",
            "note": "likes red", "marketing": true })
}

async fn enter(till: &Till, id: Uuid, body: Value) -> Answer {
    till.put(&format!("/v1/patrons/{id}"), body).await
}

fn shown(id: Uuid, name: &str, tail: &str) -> Value {
    json!({ "id": id, "name": name, "phone_tail": tail })
}

fn anna() -> Value {
    shown(testkit::patron_id().as_uuid(), "A. Brown", "123")
}

#[tokio::test]
async fn a_customer_is_found_by_the_number_however_it_is_typed() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    for phone in ["2125550123", "1 (212) 555-0123", "+1 212 555 0123"] {
        assert_eq!(find(&till, phone).await, (200, json!({ "patron": anna() })));
    }
    let nobody = find(&till, "2125550124").await;
    assert_eq!(nobody, (200, json!({ "patron": null })));
    let wrong =
        |reason: &str| format!(r#"422 patron.phone {{"country":"US","reason":"{reason}"}}"#);
    assert_eq!(told(&find(&till, "555").await), wrong("too_short"));
    assert_eq!(told(&find(&till, "212555012345").await), wrong("too_long"));
    assert_eq!(told(&find(&till, "Anna").await), wrong("not_digits"));
    assert_eq!(told(&find(&till, "").await), wrong("too_short"));
}

#[tokio::test]
async fn a_customer_is_entered_once_and_no_event_says_who() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let id = new_id();
    let entered = enter(&till, id, lan(&till)).await;
    assert_eq!(entered, (201, shown(id, "N. T. Lan", "199")));
    let again = enter(&till, id, lan(&till)).await;
    assert_eq!(again, (200, shown(id, "N. T. Lan", "199")), "a repeat");
    let mut other = lan(&till);
    other["phone"] = json!("6465550198");
    assert_eq!(
        told(&enter(&till, id, other).await),
        "409 patron.id_reused {}"
    );
    let known = format!(r#"409 patron.known {{"patron_id":"{id}"}}"#);
    assert_eq!(told(&enter(&till, new_id(), lan(&till)).await), known);
    assert_eq!(
        find(&till, "646 555 0199").await.1["patron"],
        shown(id, "N. T. Lan", "199")
    );
    let events: String = shop.value("select group_concat(header || body) from outbox");
    assert!(events.contains("patron.registered"), "{events}");
    for secret in ["5550199", "Lan", "likes red", "example.org"] {
        assert!(!events.contains(secret), "{secret} is in {events}");
    }
    let kept: String =
        shop.value("select group_concat(hex(id) || phone_key || name || tail) from patron");
    assert!(
        !kept.contains("5550199") && !kept.contains("Nguy"),
        "{kept}"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_customer_is_said() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    for (field, value, expected) in [
        ("name", json!(" "), r#"422 patron.name {"max":80}"#),
        (
            "name",
            json!("x".repeat(81)),
            r#"422 patron.name {"max":80}"#,
        ),
        ("email", json!("lan"), "422 patron.email {}"),
        ("email", json!("l an@example.org"), "422 patron.email {}"),
        (
            "note",
            json!("x".repeat(501)),
            r#"422 patron.note {"max":500}"#,
        ),
        (
            "phone",
            json!("64"),
            r#"422 patron.phone {"country":"US","reason":"too_short"}"#,
        ),
        ("shift_id", json!(new_id()), "422 shift.unknown {}"),
    ] {
        let mut body = lan(&till);
        body[field] = value;
        assert_eq!(
            told(&enter(&till, new_id(), body).await),
            expected,
            "{field}"
        );
    }
    let letters: i64 = shop.value("select count(*) from patron_letter");
    assert_eq!(letters, 0, "nothing was kept");
}

#[tokio::test]
async fn a_sale_says_who_bought_and_a_parked_basket_keeps_it() {
    let shop = TestShop::start().await;
    let (other, till) = (shop.open_till(2).await, shop.open_till(1).await);
    count(&till, &[("COLA", 9)]).await;
    let (parked, sale) = (new_id(), new_id());
    let body = json!({ "sale_id": sale, "shift_id": till.shift, "patron_id": testkit::patron_id().as_uuid(),
                       "lines": crate::support::basket(&[("COLA", 1)]) });
    let answer = till
        .put(&format!("/v1/parked-baskets/{parked}"), body)
        .await;
    assert_eq!(told(&answer), "201");
    let path = format!("/v1/parked-baskets/{parked}/recall");
    let recalled = other.post(&path, json!({})).await;
    assert_eq!(recalled.1["patron"], anna(), "at another till");
    let body = json!({ "sale_id": sale, "shift_id": other.shift, "patron_id": testkit::patron_id().as_uuid(),
                       "lines": crate::support::basket(&[("COLA", 2)]) });
    let again = new_id();
    let path = format!("/v1/parked-baskets/{again}");
    assert_eq!(told(&other.put(&path, body).await), "201", "once more");
    let path = format!("{path}/recall");
    assert_eq!(till.post(&path, json!({})).await.1["patron"], anna());
    // A line that is taken out takes nobody off.
    let void = json!({ "sale_id": sale, "shift_id": till.shift, "whole": false, "reason": "changed mind",
                       "lines": crate::support::basket(&[("COLA", 1)]) });
    let voided = till.put(&format!("/v1/voids/{}", new_id()), void).await;
    assert_eq!(told(&voided), "201");

    let mut paid = till.sale(&[("COLA", 1)], 150);
    paid["patron_id"] = json!(testkit::patron_id().as_uuid());
    let path = format!("/v1/sales/{sale}");
    let sold = till.put(&path, paid.clone()).await;
    assert_eq!((sold.0, &sold.1["patron"]), (201, &anna()));
    assert_eq!(till.put(&path, paid).await, (200, sold.1), "a repeat");
    let body: String =
        shop.value("select body from outbox where header ->> 'type' = 'sale.closed'");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["patron"], json!(testkit::patron_id().as_uuid()));
    let listed = till.get("/v1/sales").await.1;
    assert_eq!(listed["items"][0]["patron"], anna());
    // Without somebody, nothing is said of one.
    assert_eq!(
        till.sell(new_id(), &[("COLA", 1)], 150).await.1["patron"],
        Value::Null
    );
}

async fn hear(shop: &TestShop, id: Uuid, version: i64, state: Option<PatronState>) {
    let mut entity = testkit::entity(id, version, &PatronState::default());
    entity.state = state.map(|state| serde_json::to_value(state).unwrap());
    testkit::apply(&shop.running.shop, Feed::Patron, vec![entity])
        .await
        .unwrap();
}

#[tokio::test]
async fn one_who_turns_out_to_be_known_goes_on_under_that_id() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    count(&till, &[("COLA", 9)]).await;
    let (id, known, sale) = (new_id(), new_id(), new_id());
    assert_eq!(enter(&till, id, lan(&till)).await.0, 201);
    let mut paid = till.sale(&[("COLA", 1)], 150);
    paid["patron_id"] = json!(id);
    let path = format!("/v1/sales/{sale}");
    assert_eq!(till.put(&path, paid).await.0, 201);
    let state = PatronState {
        phone_key: Some(wire::patron::phone_key(
            &testkit::PATRON_KEY,
            "+16465550199",
        )),
        name: "T. Lan".to_owned(),
        tail: "199".to_owned(),
        ..PatronState::default()
    };
    hear(&shop, known, 1, Some(state)).await;
    let into = PatronState {
        into: Some(known),
        ..PatronState::default()
    };
    hear(&shop, id, 1, Some(into)).await;
    let lan_of_all = shown(known, "T. Lan", "199");
    assert_eq!(find(&till, "6465550199").await.1["patron"], lan_of_all);
    assert_eq!(
        till.get(&path).await.1["patron"],
        lan_of_all,
        "the sale of before"
    );
    let mut paid = till.sale(&[("COLA", 1)], 150);
    paid["patron_id"] = json!(id);
    let next = till.put(&format!("/v1/sales/{}", new_id()), paid).await;
    assert_eq!(
        (next.0, &next.1["patron"]),
        (201, &lan_of_all),
        "a basket of before"
    );
    assert_eq!(
        enter(&till, id, lan(&till)).await,
        (200, lan_of_all),
        "a repeat"
    );
}

#[tokio::test]
async fn one_who_asked_to_be_forgotten_is_and_stops_no_sale() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    count(&till, &[("COLA", 9)]).await;
    let id = new_id();
    assert_eq!(enter(&till, id, lan(&till)).await.0, 201);
    let mut paid = till.sale(&[("COLA", 1)], 150);
    paid["patron_id"] = json!(id);
    let path = format!("/v1/sales/{}", new_id());
    assert_eq!(till.put(&path, paid.clone()).await.0, 201);
    hear(&shop, id, 2, None).await;
    assert_eq!(find(&till, "6465550199").await.1["patron"], Value::Null);
    assert_eq!(till.get(&path).await.1["patron"], Value::Null);
    let late = till.put(&format!("/v1/sales/{}", new_id()), paid).await;
    assert_eq!((late.0, &late.1["patron"]), (201, &Value::Null));
    let left: i64 = shop.value("select (select count(*) from patron_letter) + (select count(*) from patron where tail = '199')");
    assert_eq!(left, 0);
    // Nor in what the file has freed.
    let shop = shop.restart().await;
    let kept = std::fs::read(shop.folder.path().join("shop.db")).unwrap();
    let logged = std::fs::read(shop.folder.path().join("shop.db-wal")).unwrap_or_default();
    for secret in [
        "5550199",
        "N. T. Lan",
        "Nguy",
        "likes red",
        "lan@example.org",
    ] {
        for bytes in [&kept, &logged] {
            let is_there = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!is_there, "{secret} is still in the file");
        }
    }
}

/// A cashier works with a customer from one end to the other.
#[tokio::test]
async fn a_cashier_sees_what_a_till_needs_and_no_more() {
    let shop = TestShop::start().await;
    let manager = shop.open_till(2).await;
    count(&manager, &[("COLA", 9)]).await;
    let mut till = shop.till();
    till.sign_in(testkit::cashier_id(), 1).await;
    till.open_shift(1).await;
    let (id, parked) = (new_id(), new_id());
    let mut answers = vec![
        enter(&till, id, lan(&till)).await,
        enter(&till, id, lan(&till)).await,
        enter(&till, new_id(), lan(&till)).await,
        find(&till, "6465550199").await,
    ];
    let basket = json!({ "sale_id": new_id(), "shift_id": till.shift, "patron_id": id,
                         "lines": crate::support::basket(&[("COLA", 1)]) });
    let path = format!("/v1/parked-baskets/{parked}");
    answers.push(till.put(&path, basket).await);
    answers.push(till.get("/v1/parked-baskets").await);
    answers.push(till.post(&format!("{path}/recall"), json!({})).await);
    let mut paid = till.sale(&[("COLA", 1)], 150);
    paid["patron_id"] = json!(id);
    let path = format!("/v1/sales/{}", new_id());
    answers.push(till.put(&path, paid).await);
    answers.push(till.get(&path).await);
    answers.push(till.get("/v1/sales").await);
    for (status, body) in &answers {
        let body = body.to_string();
        for secret in ["5550199", "Nguy", "likes red", "example.org", "marketing"] {
            assert!(!body.contains(secret), "{status} {body}");
        }
    }
    assert_eq!(answers[3].1["patron"], shown(id, "N. T. Lan", "199"));
    let listed = &answers.last().unwrap().1["items"][0]["patron"];
    assert_eq!(*listed, shown(id, "N. T. Lan", "199"));
}

#[tokio::test]
async fn what_asks_for_a_customer_goes_by_index() {
    let shop = TestShop::start().await;
    let file = shop.file();
    for (statement, index) in [
        (
            "select id from patron where phone_key = ?1 order by version = 0, id limit 1",
            "patron_by_phone",
        ),
        ("delete from patron where into_patron = ?1", "patron_merged"),
        ("delete from patron where id = ?1", "PRIMARY KEY"),
    ] {
        let plan: String = file
            .query_row(&format!("explain query plan {statement}"), ["x"], |row| {
                row.get(3)
            })
            .unwrap();
        assert!(plan.contains(index), "{statement}: {plan}");
    }
}

#[tokio::test]
async fn the_cloud_is_told_who_was_entered_and_the_shop_forgets_it() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    let id = new_id();
    assert_eq!(enter(&till, id, lan(&till)).await.0, 201);
    company.wake("reference");
    let mut tries = 0;
    while shop.value::<i64>("select count(*) from patron_letter") > 0 {
        tries += 1;
        assert!(tries < 400, "the letter was never taken");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        company.wake("reference");
    }
    let letters = company.held(|held| held.letters.clone());
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].patron, id);
    assert_eq!(letters[0].phone, "+16465550199");
    assert_eq!(letters[0].name, "Nguyễn Thị Lan");
    assert_eq!(letters[0].email.as_deref(), Some("lan@example.org"));
    assert_eq!(
        find(&till, "6465550199").await.1["patron"],
        shown(id, "N. T. Lan", "199")
    );
}

#[tokio::test]
async fn a_cloud_that_takes_no_letter_keeps_nothing_else_from_the_shop() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    for status in [422, 500, 503] {
        let status = StatusCode::from_u16(status).unwrap();
        company.held(|held| held.letters_refused = Some(status));
        assert_eq!(enter(&till, new_id(), lan_at(&till, status)).await.0, 201);
        let pulls = || company.held(|held| held.feeds.clone());
        let before = pulls();
        company.wake("reference");
        for feed in [Feed::Variant, Feed::Supplier, Feed::Patron] {
            let count = |feeds: &[Feed]| feeds.iter().filter(|one| **one == feed).count();
            while count(&pulls()) <= count(&before) {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                company.wake("reference");
            }
        }
    }
    let kept: i64 = shop.value("select count(*) from patron_letter");
    assert_eq!(kept, 3, "they wait for a cloud that takes them");
}

/// Somebody else for each status.
fn lan_at(till: &Till, status: StatusCode) -> Value {
    let mut lan = lan(till);
    lan["phone"] = json!(format!("6465550{}", status.as_u16()));
    lan
}

#[tokio::test]
async fn a_shop_without_the_key_says_so_and_sells() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    shop.file().execute("delete from patron_key", []).unwrap();
    assert_eq!(
        told(&find(&till, "2125550123").await),
        "409 patron.no_key {}"
    );
    assert_eq!(
        told(&enter(&till, new_id(), lan(&till)).await),
        "409 patron.no_key {}"
    );
}
