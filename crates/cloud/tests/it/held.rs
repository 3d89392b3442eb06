//! Held events in the office: seen by those who may, tried again, and put right without touching the evidence.
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::browser::{ADMIN, ANN, BOB, Browser, Office, until};
use crate::world::{Node, id, moves, sale_body};

/// A sale of one unit whose body nobody can read; its number.
fn poison(office: &Office, node: &mut Node) -> i64 {
    let mut header = node.header(node.fact(), "sale.closed", 1);
    header.moves = moves([(office.world.variants[1], -1)]);
    node.record(&header, &json!({ "lines": "many" }))
}

async fn put(browser: &Browser, path: &str, body: Value) -> (u16, Value) {
    let response = browser.ask(Method::PUT, path, Some(body)).await;
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

fn seqs(page: &Value) -> Vec<i64> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["seq"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn what_is_held_is_listed_oldest_first_to_those_who_may_see_it() {
    let office = Office::open().await;
    let mut node = office.world.node(0).await;
    let mut page = office.signed_in(ANN).await.live(None).await;
    node.sell(&[(office.world.variants[1], 1, 199)]);
    poison(&office, &mut node);
    let unknown = id(5, 77);
    node.sell(&[(unknown, 1, 100)]);
    node.sell(&[(office.world.variants[1], 1, 199)]);
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    let told = until(&mut page, |message| {
        message["type"] == "held" && message["waiting"] == 2
    })
    .await;
    assert_eq!(told.last().unwrap()["quarantined"], 1);

    let ann = office.signed_in(ANN).await;
    let all = ann.read("/v1/held-events").await;
    assert_eq!(seqs(&all), [2, 3, 4]);
    let counts = &all["counts"];
    assert_eq!(
        (
            &counts["waiting"],
            &counts["quarantined"],
            &counts["overdue"]
        ),
        (&json!(2), &json!(1), &json!(0))
    );
    let missing = &all["items"][1];
    assert_eq!(
        (
            &missing["reason"],
            &missing["depends_on"],
            &missing["blocks"]
        ),
        (&json!("reference.missing"), &json!(unknown), &json!(1))
    );
    assert_eq!(
        (&missing["business_date"], &missing["corrected"]),
        (&json!("2026-03-02"), &json!(false))
    );
    for (query, expected) in [
        ("state=quarantined", vec![2]),
        ("reason=aggregate.waiting", vec![4]),
        ("limit=2", vec![2, 3]),
    ] {
        let page = ann.read(&format!("/v1/held-events?{query}")).await;
        assert_eq!(seqs(&page), expected, "{query}");
    }
    let first = ann.read("/v1/held-events?limit=2").await;
    let cursor = first["next"].as_str().unwrap();
    let rest = ann
        .read(&format!("/v1/held-events?limit=2&cursor={cursor}"))
        .await;
    assert_eq!((seqs(&rest), &rest["next"]), (vec![4], &Value::Null));
}

#[tokio::test]
async fn an_event_is_shown_with_its_content_to_those_who_may_see_it() {
    let office = Office::open().await;
    let mut node = office.world.node(0).await;
    let unknown = id(5, 77);
    node.sell(&[(unknown, 1, 100)]);
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    let ann = office.signed_in(ANN).await;
    let bob = office.signed_in(BOB).await;
    assert_eq!(seqs(&bob.read("/v1/held-events").await), [0_i64; 0]);
    let place = format!("/v1/held-events/{}/1/1", node.id);
    assert_eq!(bob.get(&place).await.1["code"], "event.unknown");
    let detail = ann.read(&place).await;
    assert_eq!(
        detail["missing"],
        json!({ "kind": "variant", "id": unknown })
    );
    assert_eq!(detail["header"]["seq"], 1);
    let body: Value = serde_json::from_str(detail["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["total_minor"], 100);
    // A day later somebody is late.
    office
        .world
        .clock
        .advance(jiff::SignedDuration::from_hours(25));
    let late = ann.read("/v1/held-events").await;
    assert_eq!(
        (&late["counts"]["overdue"], &late["items"][0]["overdue"]),
        (&json!(1), &json!(true))
    );
}

#[tokio::test]
async fn a_person_gives_another_body_that_says_what_the_header_has_done() {
    let office = Office::open().await;
    let variant = office.world.variants[1];
    let mut node = office.world.node(0).await;
    let seq = poison(&office, &mut node);
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    let admin = office.signed_in(ADMIN).await;
    let path = format!("/v1/held-events/{}/1/{seq}/correction", node.id);
    let correction = |number: u64, lines: &[(Uuid, i64, i64)]| {
        let body = serde_json::to_string(&sale_body(node.shift, seq, lines)).unwrap();
        json!({ "id": id(80, number), "body": body, "reason": "the till wrote nonsense" })
    };
    let ann = office.signed_in(ANN).await;
    let (status, told) = put(&ann, &path, correction(1, &[(variant, 1, 199)])).await;
    assert_eq!((status, &told["code"]), (403, &json!("permission.denied")));
    let (status, told) = put(&admin, &path, correction(1, &[(variant, 2, 199)])).await;
    assert_eq!((status, &told["code"]), (422, &json!("event.effects")));
    assert_eq!(
        (&told["figures"]["expected"], &told["figures"]["found"]),
        (&json!(-1), &json!(-2))
    );
    let mut wrong = correction(1, &[(variant, 1, 199)]);
    wrong["body"] = json!("{\"lines\": 3}");
    let (status, told) = put(&admin, &path, wrong).await;
    assert_eq!((status, &told["code"]), (422, &json!("event.body_invalid")));
    let mut unexplained = correction(1, &[(variant, 1, 199)]);
    unexplained["reason"] = json!(" ");
    let (_, told) = put(&admin, &path, unexplained).await;
    assert_eq!(told["code"], "event.reason_invalid");
    let kept = "select count(*) from event_correction";
    assert_eq!(office.world.number(kept).await, 0);

    let raw = "select sum(length(body)) from inbox";
    let evidence = office.world.number(raw).await;
    for _ in 0..2 {
        let (status, told) = put(&admin, &path, correction(2, &[(variant, 1, 199)])).await;
        assert_eq!(status, 200, "{told}");
        office.apply().await;
    }
    assert_eq!(office.world.number(kept).await, 1);
    assert_eq!(
        office.world.number("select count(*) from held_event").await,
        0
    );
    let revenue = "select revenue_minor from daily_sales";
    assert_eq!(office.world.number(revenue).await, 199);
    assert_eq!(
        office.world.number(raw).await,
        evidence,
        "the evidence stays"
    );
    let stock = "select on_hand from stock_balance";
    assert_eq!(
        office.world.number(stock).await,
        -1,
        "moved once, when it was accepted"
    );
    let audited =
        "select count(*) from audit where action = 'event.corrected' and actor like 'staff:%'";
    assert_eq!(office.world.number(audited).await, 1);
    office.world.check_nothing_is_lost().await;
}

#[tokio::test]
async fn all_events_of_a_reason_are_tried_again_at_once() {
    let office = Office::open().await;
    let mut nodes = [office.world.node(0).await, office.world.node(1).await];
    let unknown = id(5, 76);
    for node in &mut nodes {
        node.sell(&[(unknown, 1, 100)]);
        node.push_from(&office.world.cloud, 1).await;
    }
    office.apply().await;
    // Nothing tries them by itself.
    office
        .meddle("update held_event set retry_at = 'infinity', depends_on = null")
        .await;
    let goods = crate::world::goods(&[unknown]);
    cloud::catalog::put_variants(&office.world.cloud, &goods)
        .await
        .unwrap();
    let retry = |reason: &str| Some(json!({ "reason": reason }));
    // Ann may do this in her branch alone.
    let ann = office.signed_in(ANN).await;
    let (status, told) = ann
        .post("/v1/held-events/retry", retry("body.unreadable"))
        .await;
    assert_eq!((status, &told["retried"]), (202, &json!(0)));
    let (_, told) = ann
        .post("/v1/held-events/retry", retry("reference.missing"))
        .await;
    assert_eq!(told["retried"], 1);
    office.apply().await;
    let left = office.world.number("select count(*) from held_event").await;
    assert_eq!(left, 1);
    let place = format!("/v1/held-events/{}/1/1/retry", nodes[1].id);
    assert_eq!(ann.post(&place, None).await.0, 404);
    let admin = office.signed_in(ADMIN).await;
    assert_eq!(admin.post(&place, None).await.0, 202);
    office.apply().await;
    let left = office.world.number("select count(*) from held_event").await;
    assert_eq!(left, 0);
}
