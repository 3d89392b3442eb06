//! What must hold is counted where it lies, and whoever breaks it is seen.
use serde_json::{Value, json};
use wire::event::Bucket;

use crate::browser::{ADMIN, ANN, BOB, Browser, Office};
use crate::stock::{count, rights};
use crate::world::{Node, id};

/// A shop that has counted and sells.
async fn shop(office: &Office) -> Node {
    let mut node = office.world.node(0).await;
    count(
        office,
        &mut node,
        office.world.variants[1],
        &[(Bucket::N, 100)],
    )
    .await;
    for _ in 0..5 {
        node.sell(&[(office.world.variants[1], 1, 199)]);
    }
    node.push_from(&office.world.cloud, 2).await;
    office.apply().await;
    node
}

async fn check(browser: &Browser) -> Value {
    let (status, told) = browser.post("/v1/invariants/check", None).await;
    assert_eq!(status, 200, "{told}");
    told
}

fn wrong(told: &Value, name: &str) -> i64 {
    let audits = told["audits"].as_array().unwrap();
    let audit = audits.iter().find(|audit| audit["name"] == name);
    audit.unwrap()["wrong"].as_i64().unwrap()
}

#[tokio::test]
async fn what_was_accepted_is_applied_held_or_queued() {
    let office = Office::open().await;
    let mut node = shop(&office).await;
    let admin = office.signed_in(ADMIN).await;
    let told = check(&admin).await;
    assert_eq!(
        (&told["holds"], &told["accepted"], &told["applied"]),
        (&json!(true), &json!(6), &json!(6)),
        "{told}"
    );
    for figure in ["oversold", "lost", "doubled", "promises_broken", "queued"] {
        assert_eq!(told[figure], 0, "{figure}: {told}");
    }
    assert_eq!(told["checked_at"], "2026-03-02T13:00:00Z");
    let header = node.header(node.fact(), "sale.closed", 1);
    node.record(&header, &json!("nonsense"));
    // Of goods that nobody here knows; it moves nothing, so the accounts stay as they are.
    let header = node.header(node.fact(), "sale.closed", 1);
    let unknown = crate::world::sale_body(node.shift, 8, &[(id(5, 74), 1, 100)]);
    node.record(&header, &unknown);
    let mut part = node.batch(7, 2);
    part.head_seq = 11;
    node.push(&office.world.cloud, part).await.unwrap();
    office.apply().await;
    let told = office.signed_in(ANN).await.read("/v1/invariants").await;
    let one = &told["nodes"][0];
    assert_eq!(
        [
            &one["accepted"],
            &one["applied"],
            &one["waiting"],
            &one["quarantined"],
            &one["on_their_way"]
        ],
        [&json!(8), &json!(6), &json!(1), &json!(1), &json!(3)]
    );
    assert_eq!(
        (&one["holds"], &told["holds"]),
        (&json!(true), &json!(true))
    );
    office.meddle("delete from held_event").await;
    let told = admin.read("/v1/invariants").await;
    assert_eq!(told["holds"], false, "an event is gone");
    let bob = office.signed_in(BOB).await;
    assert_eq!(bob.read("/v1/invariants").await["nodes"], json!([]));
    assert_eq!(bob.post("/v1/invariants/check", None).await.0, 403);
}

#[tokio::test]
async fn accounts_that_contradict_each_other_are_found_and_named() {
    let office = Office::open().await;
    let node = shop(&office).await;
    let (a, variant) = (node.location, office.world.variants[1]);
    let admin = office.signed_in(ADMIN).await;
    crate::stock::night_is_over(&office).await;
    // Five went to the cloud, two of them are promised to orders.
    office
        .meddle(&format!(
            "update stock_balance set node_rights = 90, claim_bound = 5 where on_hand = 95;
             insert into reservation (id, order_id, line, location_id, variant_id, quantity, state, changed_at)
             values ('{variant}', '{variant}', 0, '{a}', '{variant}', 2, 'claimed', moment());
             insert into cloud_rights_entry (location_id, resource_id, available, granting, promised, cause, at)
             values ('{a}', '{variant}', 3, 0, 2, 'return', moment())"
        ))
        .await;
    rights(&office, a, variant, [3, 0, 2]).await;
    let told = check(&admin).await;
    assert_eq!(
        (&told["holds"], &told["rights"]["checked"]),
        (&json!(true), &json!(1)),
        "{told}"
    );

    rights(&office, a, variant, [3, 0, 7]).await;
    let told = check(&admin).await;
    assert_eq!(
        (&told["oversold"], &told["holds"]),
        (&json!(2), &json!(false)),
        "{told}"
    );
    assert_eq!(
        [
            wrong(&told, "claims"),
            wrong(&told, "promised"),
            wrong(&told, "ledger")
        ],
        [1, 1, 1]
    );
    let item = &told["rights"]["items"][0];
    assert_eq!(
        (
            &item["variant_id"],
            &item["name"],
            &item["claim_bound"],
            &item["promised"]
        ),
        (&json!(variant), &json!("Goods 1"), &json!(5), &json!(7))
    );
    // The same, while the location waits for its node after a restore, is not an error.
    office
        .meddle("update node_stream set frozen_at = moment()")
        .await;
    assert_eq!(check(&admin).await["oversold"], 0);
    office
        .meddle(
            "update node_stream set frozen_at = null; update cloud_rights set promised = 2;
             update stock_balance set on_hand = 96",
        )
        .await;
    let told = check(&admin).await;
    assert_eq!(
        [
            wrong(&told, "claims"),
            wrong(&told, "accounts"),
            wrong(&told, "oversold")
        ],
        [0, 1, 0]
    );
}

#[tokio::test]
async fn a_receipt_that_is_missing_or_came_twice_is_counted() {
    let office = Office::open().await;
    let mut node = shop(&office).await;
    let admin = office.signed_in(ADMIN).await;
    let receipt = |node: &mut Node, number: i64| {
        let variant = office.world.variants[1];
        let mut header = node.header(node.fact(), "sale.closed", 1);
        header.moves = crate::world::moves([(variant, -1)]);
        let body = crate::world::sale_body(node.shift, number, &[(variant, 1, 100)]);
        node.record(&header, &body);
    };
    // 7 is not there, then it is held, and 8 comes twice.
    receipt(&mut node, 8);
    node.push_from(&office.world.cloud, 7).await;
    office.apply().await;
    let told = check(&admin).await;
    assert_eq!(
        (&told["lost"], &told["doubled"]),
        (&json!(1), &json!(0)),
        "{told}"
    );
    node.sell(&[(id(5, 73), 1, 100)]);
    node.shift = id(7, 51);
    receipt(&mut node, 8);
    node.push_from(&office.world.cloud, 8).await;
    office.apply().await;
    let told = check(&admin).await;
    assert_eq!(
        (&told["lost"], &told["doubled"]),
        (&json!(0), &json!(1)),
        "{told}"
    );
}

#[tokio::test]
async fn a_job_checks_every_minute() {
    let office = Office::open().await;
    shop(&office).await;
    office.security.advance(jiff::SignedDuration::from_mins(2));
    for _ in 0..100 {
        if office
            .world
            .number("select count(*) from invariant_check")
            .await
            > 0
        {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("nothing was checked within ten seconds");
}
