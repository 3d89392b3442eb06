//! Stock cases: what somebody should look at, who comes up too often, and how it ends.
use serde_json::{Value, json};

use crate::browser::{ADMIN, ANN, BOB, Office, ids};
use crate::world::id;

/// Four units found by one person, one by override, one at the other branch.
async fn cases(office: &Office) {
    let [a, b] = [office.world.locations[0], office.world.locations[1]];
    let variant = |number: usize| office.world.variants[number];
    let mut values = Vec::new();
    for number in 0..6_u64 {
        let (at, kind) = match number {
            4 => (a, "override"),
            5 => (b, "found"),
            _ => (a, "found"),
        };
        values.push(format!(
            "('{at}', '{}', '{kind}', '2026-03-02', '{}', 1, '{}', 'reason {number}', moment() + interval '{number} s')",
            id(60, number),
            variant(usize::try_from(number).unwrap()),
            office.world.cashier,
        ));
    }
    office
        .meddle(&format!(
            "insert into stock_case (location_id, id, kind, business_date, variant_id, quantity, staff_id, reason, at)
             values {}",
            values.join(", ")
        ))
        .await;
}

#[tokio::test]
async fn cases_are_listed_newest_first_and_who_comes_up_too_often_is_marked() {
    let office = Office::open().await;
    cases(&office).await;
    let ann = office.signed_in(ANN).await;
    let list = ann.read("/v1/stock-cases").await;
    let expected: Vec<_> = [4, 3, 2, 1, 0].map(|number| id(60, number)).into();
    assert_eq!(ids(&list), expected);
    assert_eq!(
        list["counts"],
        json!([{ "kind": "found", "open": 4 }, { "kind": "override", "open": 1 }])
    );
    let first = &list["items"][0];
    assert_eq!(
        (
            &first["kind"],
            &first["staff"],
            &first["alert"],
            &first["name"]
        ),
        (
            &json!("override"),
            &json!("Casey"),
            &json!(false),
            &json!("Goods 4")
        )
    );
    assert_eq!(list["items"][1]["alert"], true);
    let page = ann.read("/v1/stock-cases?kind=found&limit=3").await;
    assert_eq!(ids(&page), expected[1..4]);
    let cursor = page["next"].as_str().unwrap();
    let rest = ann
        .read(&format!(
            "/v1/stock-cases?kind=found&limit=3&cursor={cursor}"
        ))
        .await;
    assert_eq!(
        (ids(&rest), &rest["next"]),
        (vec![expected[4]], &Value::Null)
    );
    let variant = office.world.variants[2];
    let of_variant = ann
        .read(&format!("/v1/stock-cases?variant={variant}"))
        .await;
    assert_eq!(ids(&of_variant), [expected[2]]);
    let patterns = ann.read("/v1/stock-cases/patterns").await;
    let person = &patterns["staff"][0];
    assert_eq!(
        (
            &person["name"],
            &person["found"],
            &person["overrides"],
            &person["alert"]
        ),
        (&json!("Casey"), &json!(4), &json!(1), &json!(true))
    );
    assert_eq!(patterns["variants"].as_array().unwrap().len(), 5);
    // At one branch it was once: nothing to look at.
    let bob = office.signed_in(BOB).await;
    let list = bob.read("/v1/stock-cases").await;
    assert_eq!(
        (ids(&list).len(), &list["items"][0]["alert"]),
        (1, &json!(false))
    );
}

#[tokio::test]
async fn a_case_is_closed_once_with_a_note() {
    let office = Office::open().await;
    cases(&office).await;
    let a = office.world.locations[0];
    let path = format!("/v1/locations/{a}/stock-cases/{}/close", id(60, 1));
    let ann = office.signed_in(ANN).await;
    let note = |text: &str| Some(json!({ "note": text }));
    assert_eq!(ann.post(&path, note("mine")).await.0, 403);
    let admin = office.signed_in(ADMIN).await;
    let (status, told) = admin.post(&path, note("behind the shelf")).await;
    assert_eq!(
        (status, &told["state"], &told["closed_by"], &told["note"]),
        (
            200,
            &json!("closed"),
            &json!("Ada"),
            &json!("behind the shelf")
        )
    );
    let (status, again) = admin.post(&path, note("another")).await;
    assert_eq!((status, &again["note"]), (200, &json!("behind the shelf")));
    let open = admin.read("/v1/stock-cases?state=open").await;
    assert_eq!(ids(&open).len(), 5);
    let audited = "select count(*) from audit where action = 'case.closed'";
    assert_eq!(office.world.number(audited).await, 1);
    let elsewhere = format!(
        "/v1/locations/{}/stock-cases/{}/close",
        office.world.locations[1],
        id(60, 1)
    );
    assert_eq!(
        admin.post(&elsewhere, note("")).await.1["code"],
        "case.unknown"
    );
    let long = "x".repeat(501);
    assert_eq!(
        admin.post(&path, note(&long)).await.1["code"],
        "case.note_too_long"
    );
}
