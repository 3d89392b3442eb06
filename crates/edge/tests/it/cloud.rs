//! Pushing and pulling: every event arrives once and in order, whatever comes back.
use std::time::Duration;

use edge::testkit;
use serde_json::{Value, json};

use crate::{
    company::{CODE, Company, enrolled, until},
    support::{TestShop, new_id},
};

/// A second on a machine that does nothing else; tests share theirs. Heartbeats are further apart.
const SOON: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_fresh_edge_is_enrolled_stocked_and_pushes_what_it_sells() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    company.has(1).await;
    let watch = httpkit::clock::Stopwatch::start();
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    company.has(3).await;
    assert!(watch.elapsed() < SOON, "{:?}", watch.elapsed());
    let edge = until(&till, |edge| edge["sync"]["pending"] == 0).await;
    assert_eq!(edge["sync"]["connected"], true, "{edge}");
    assert_eq!(edge["sync"]["at_risk"], 0, "{edge}");
    assert_eq!(edge["clock"]["offset_ms"], 0, "{edge}");
    assert_eq!(company.held(|held| held.refused), 0);
    let again = edge::enrol(&shop.running.shop, "http://127.0.0.1:9", CODE)
        .await
        .unwrap_err()
        .to_string();
    assert!(again.contains("already"), "{again}");
}

#[tokio::test]
async fn a_wrong_code_changes_nothing() {
    let (_company, url) = Company::start().await;
    let shop = TestShop::empty().await;
    let wrong = edge::enrol(&shop.running.shop, &url, "WRONG")
        .await
        .unwrap_err()
        .to_string();
    assert!(wrong.contains("enrolment.code_unknown"), "{wrong}");
    assert_eq!(shop.till().get("/v1/edge").await.1["mode"], "unenrolled");
}

#[tokio::test]
async fn a_shop_cut_off_sells_on_and_catches_up_by_itself() {
    let (company, shop) = enrolled().await;
    company.held(|held| held.max_events = 7);
    let till = shop.open_till(1).await;
    company.has(1).await;
    until(&till, |edge| {
        edge["sync"]["pending"] == 0 && edge["sync"]["connected"] == true
    })
    .await;
    company.held(|held| held.down = true);
    for _ in 0..20 {
        assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
    }
    let edge = until(&till, |edge| edge["sync"]["connected"] == false).await;
    assert_eq!(
        (&edge["sync"]["pending"], &edge["sync"]["at_risk"]),
        (&json!(40), &json!(20)),
        "{edge}"
    );
    assert!(
        edge["sync"]["problem"].as_str().unwrap().contains("502"),
        "{edge}"
    );
    assert_eq!(edge["sync"]["problem_kind"], "unreachable");
    // A small credit afterwards: several batches, each event once, in order.
    company.held(|held| held.down = false);
    company.has(41).await;
    let edge = until(&till, |edge| edge["sync"]["pending"] == 0).await;
    assert_eq!(edge["sync"]["problem"], Value::Null);
}

#[tokio::test]
async fn nothing_passes_while_the_cable_is_pulled_and_all_of_it_afterwards() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    company.has(1).await;
    until(&till, |edge| {
        edge["sync"]["pending"] == 0 && edge["sync"]["connected"] == true
    })
    .await;
    shop.running.set_link(false);
    // What had left before is answered, or is lost, by then.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (requests, listeners) = company.held(|held| (held.requests, held.listeners));
    assert_eq!(listeners, 0, "the line that wakes is closed");
    for _ in 0..20 {
        assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
        company.wake("commands");
    }
    let edge = until(&till, |edge| edge["sync"]["connected"] == false).await;
    assert_eq!(edge["sync"]["pending"], 40, "{edge}");
    // Longer than heartbeats and pauses are apart.
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(company.held(|held| held.requests), requests);

    let watch = httpkit::clock::Stopwatch::start();
    shop.running.set_link(true);
    company.has(41).await;
    let at_once = watch.elapsed();
    assert!(at_once < SOON, "{at_once:?}");
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
    company
        .until("it listens again", |held| held.listeners == 1)
        .await;
    assert_eq!(company.held(|held| held.events.len()), 41, "each once");
}

#[tokio::test]
async fn events_go_first_then_commands_then_reference_data() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    company.has(1).await;
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
    company.held(|held| held.down = true);
    for _ in 0..400 {
        till.sell(new_id(), &[("COLA", 1)], 150).await;
    }
    let shop = shop.restart().await;
    company.held(|held| {
        held.asked.clear();
        held.down = false;
    });
    company.has(801).await;
    company
        .until("reference data", |held| held.asked.contains(&"reference"))
        .await;
    let asked = company.held(|held| held.asked.clone());
    let first = |what| asked.iter().position(|it| *it == what).unwrap();
    let last_push = asked.iter().rposition(|it| *it == "events").unwrap();
    assert!(last_push < first("commands"), "{asked:?}");
    assert!(first("commands") < first("reference"), "{asked:?}");
    assert!(
        asked.iter().filter(|it| **it == "events").count() >= 2,
        "{asked:?}"
    );
    drop(shop);
}

#[tokio::test]
async fn a_lost_answer_doubles_nothing_and_the_same_bytes_go_again() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    company.has(1).await;
    company.held(|held| held.lose_the_next_answer = true);
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    until(&till, |edge| edge["sync"]["acked_seq"] == 3).await;
    assert_eq!(company.held(|held| held.events.len()), 3);
    let pushes = company.held(|held| held.pushes.clone());
    let is_repeated = pushes.windows(2).any(|two| two[0] == two[1]);
    let all: Vec<usize> = pushes.iter().map(Vec::len).collect();
    // The heartbeat before may have been the one whose answer was lost.
    assert!(is_repeated || all.len() == 2, "{all:?}");
}

#[tokio::test]
async fn whatever_stands_between_answers_for_the_cloud_nothing_is_lost_or_believed() {
    let html = "<html><title>Welcome to Free Airport WiFi</title></html>";
    let whole = serde_json::to_string(&json!({
        "reply": "ack", "ack_seq": 99, "ack_hash": "00".repeat(32), "safe_seq": 99,
        "credit": { "max_events": 1, "max_bytes": 1, "min_interval_ms": 0 }, "server_time": "2026-11-22T14:00:00Z",
    }))
    .unwrap();
    let wrong_types = whole.replace("99", "\"many\"");
    for (status, kind, text) in [
        (200, "text/html", html.to_owned()),
        (200, "application/json", whole[..60].to_owned()),
        (200, "application/json", wrong_types),
        (200, "application/json", "{}".to_owned()),
        (200, "application/json", String::new()),
        (302, "text/html", html.to_owned()),
        (511, "text/html", html.to_owned()),
        (404, "text/plain", "no such page".to_owned()),
        (
            500,
            "application/problem+json",
            r#"{"type":"about:blank","title":"broken","status":500,"code":"internal"}"#.to_owned(),
        ),
    ] {
        let (company, shop) = enrolled().await;
        let till = shop.open_till(1).await;
        company.has(1).await;
        let what = format!("{status} {text}");
        company.held(|held| held.odd.push_back((status, kind, text)));
        assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
        company
            .until(&what, |held| held.odd.is_empty() && held.events.len() == 3)
            .await;
        let edge = until(&till, |edge| edge["sync"]["acked_seq"] == 3).await;
        assert_eq!(
            (&edge["mode"], &edge["sync"]["safe_seq"]),
            (&json!("normal"), &json!(0)),
            "{what}: {edge}"
        );
    }
}

#[tokio::test]
async fn a_busy_cloud_is_left_alone_for_a_moment() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    company.has(1).await;
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
    let busy = r#"{"reply":"busy","retry_ms":1500}"#.to_owned();
    company.held(|held| held.odd.push_back((200, "application/json", busy)));
    let watch = httpkit::clock::Stopwatch::start();
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    company.has(3).await;
    let waited = watch.elapsed();
    assert!(waited >= Duration::from_millis(1_400), "{waited:?}");
}

#[tokio::test]
async fn a_refusal_is_told_apart_from_silence() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    company.has(1).await;
    let refusal = r#"{"type":"about:blank","title":"Not so","status":403,"code":"node.odd"}"#;
    company.held(|held| {
        for _ in 0..5 {
            let odd = (403, "application/problem+json", refusal.to_owned());
            held.odd.push_back(odd);
        }
    });
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    let edge = until(&till, |edge| edge["sync"]["problem_kind"] == "refused").await;
    assert_eq!(
        edge["sync"]["problem"],
        "the cloud refuses: Not so (node.odd)"
    );
    assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
    company.held(|held| held.odd.clear());
    let edge = until(&till, |edge| edge["sync"]["pending"] == 0).await;
    assert_eq!(edge["sync"]["problem_kind"], Value::Null);
}

#[tokio::test]
async fn a_node_that_is_too_old_says_so_and_sells() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    company.has(1).await;
    let upgrade = r#"{"reply":"upgrade","min_proto":7}"#.to_owned();
    company.held(|held| held.odd.push_back((200, "application/json", upgrade)));
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    let edge = until(&till, |edge| edge["sync"]["upgrade"] == true).await;
    assert!(
        edge["sync"]["problem"]
            .as_str()
            .unwrap()
            .contains("protocol 7"),
        "{edge}"
    );
    assert_eq!(edge["sync"]["problem_kind"], "stopped");
    assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
}

#[tokio::test]
async fn what_a_second_copy_holds_is_kept() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    company.has(1).await;
    company.held(|held| held.safe_seq = 1);
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    until(&till, |edge| edge["sync"]["safe_seq"] == 1).await;
    let shop = shop.restart().await;
    assert_eq!(shop.value::<i64>("select safe from node_state"), 1);
}

#[tokio::test]
async fn large_bodies_are_compressed_and_a_weeks_backlog_fits_a_thin_line() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    company.has(1).await;
    company.held(|held| {
        held.down = true;
        held.pushes.clear();
    });
    let sales = 150;
    for _ in 0..sales {
        till.sell(new_id(), &[("COLA", 1), ("MILK", 2)], 500).await;
    }
    company.held(|held| {
        held.down = false;
        held.pushes.clear();
    });
    let pending = usize::try_from(shop.value::<i64>("select last_seq from node_state")).unwrap();
    company.has(pending).await;
    let (bytes, compressed): (usize, usize) =
        company.held(|held| (held.pushes.iter().map(Vec::len).sum(), held.compressed));
    assert!(compressed > 0);
    // 30,000 events in less than 60 s at 1 Mbit/s leaves 250 bytes for each.
    let each = bytes / (pending - 1);
    assert!(
        each < 250,
        "{each} bytes for each of {} events",
        pending - 1
    );
}

#[tokio::test]
async fn a_restarted_shop_goes_on_where_the_cloud_is() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    company.has(1).await;
    company.held(|held| held.down = true);
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    let shop = shop.restart().await;
    company.held(|held| held.down = false);
    company.has(3).await;
    until(&shop.till(), |edge| edge["sync"]["pending"] == 0).await;
}

#[tokio::test]
async fn a_changed_price_is_there_a_moment_after_the_wake_up() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    until(&till, |edge| edge["sync"]["connected"] == true).await;
    let mut cola = testkit::variant("COLA", "Cola 330 ml", "piece", "1.80", 1, &[]);
    cola.version = 2;
    company.held(|held| held.variants.push(cola));
    let lines = json!({ "lines": crate::support::basket(&[("COLA", 1)]) });
    for _ in 0..100 {
        // The line may not be open yet: a hint that nobody hears is no harm, and one is heard.
        company.wake("reference");
        if till.post("/v1/quotes", lines.clone()).await.1["total_minor"] == 180 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the price did not change within two seconds");
}
