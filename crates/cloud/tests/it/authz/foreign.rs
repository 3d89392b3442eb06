//! Somebody who may do everything at branch B and knows every id of A: nothing that happens at A changes anything that
//! they are told, in lists, counts, searches, files, or live messages.
use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::operations;
use super::stage::{BERT, MONA, Stage, person};
use crate::browser::{Browser, until};
use crate::world::id;

/// What is looked for: names of people, goods and orders of A.
const WORDS: [&str; 4] = ["kim", "mona", "sku", "a1-1"];

/// Everything that can be asked without naming anything of A: lists with every filter that narrows nothing away.
fn addresses(stage: &Stage) -> Vec<String> {
    let variant = stage.world().variants[1].to_string();
    let mut addresses = Vec::new();
    for operation in operations() {
        let is_read = operation.method == Method::GET
            && operation.ways.iter().any(|(way, _)| way == "session");
        let template = operation.template.replace("{variant}", &variant);
        // One's own sessions and whoever is signed in are not of A.
        if !is_read || template.contains('{') || operation.name == "follow_live" {
            continue;
        }
        addresses.push(template.clone());
        addresses.push(format!("{template}?limit=1"));
        addresses.extend(WORDS.map(|word| format!("{template}?q={word}")));
    }
    addresses.push("/v1/audit?format=csv".to_owned());
    addresses.push("/v1/approvals?state=open".to_owned());
    addresses.push("/v1/tokens?all=true".to_owned());
    addresses
}

async fn told(bert: &Browser, addresses: &[String]) -> BTreeMap<String, String> {
    let mut answers = BTreeMap::new();
    for address in addresses {
        let response = bert.ask(Method::GET, address, None).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        // A refusal has its request's own number.
        let text = match serde_json::from_str::<Value>(&text) {
            Ok(mut body) => {
                if let Some(fields) = body.as_object_mut() {
                    fields.remove("request_id");
                }
                body.to_string()
            }
            Err(_) => text,
        };
        answers.insert(address.clone(), format!("{status} {text}"));
    }
    answers
}

/// A day at A: sales, a purchase, what cannot be read, an order, a count, a person, a request, a token.
async fn a_day_at_a(stage: &mut Stage) {
    let (variant, supplier) = (stage.world().variants[1], stage.world().supplier);
    let from = i64::try_from(stage.a.log.len()).unwrap() + 1;
    stage.a.shift = id(7, 90);
    stage.a.sell(&[(variant, 3, 597)]);
    stage.a.buy(supplier, variant, 500, 50);
    stage.a.shift = id(7, 91);
    let mut header = stage.a.header(stage.a.fact(), "sale.closed", 1);
    header.moves = crate::world::moves([(variant, -1)]);
    stage.a.record(&header, &json!({ "lines": "many" }));
    stage.a.push_from(&stage.world().cloud, from).await;
    stage.office().apply().await;
    let mona = stage.office().signed_in(MONA).await;
    let lines = json!([{ "variant_id": variant, "quantity": 1 }]);
    let place = id(1, 0);
    let acts = [
        (
            Method::PUT,
            format!("/v1/orders/{}", id(60, 9)),
            json!({ "customer": "Kim", "location_id": place, "lines": lines }),
        ),
        (
            Method::POST,
            format!("/v1/orders/{}/claim", id(60, 9)),
            json!({ "payment": "pi_10" }),
        ),
        (
            Method::PUT,
            format!("/v1/locations/{}/counts/{}", id(1, 7), id(61, 3)),
            json!({ "lines": lines }),
        ),
        (
            Method::PUT,
            format!("/v1/staff/{}", id(3, 190)),
            json!({ "name": "Kimberley", "email": "kimberley@example.org",
                 "grants": [{ "id": id(64, 2), "role_id": id(6, 0), "location_id": place }] }),
        ),
        (
            Method::POST,
            format!("/v1/nodes/{}/fence", stage.a.id),
            json!({ "reason": "stolen" }),
        ),
        (
            Method::POST,
            "/v1/tokens".to_owned(),
            json!({ "name": "x", "scopes": ["sale.read"] }),
        ),
        (
            Method::POST,
            "/v1/enrolment-codes".to_owned(),
            json!({ "location_id": id(1, 10) }),
        ),
    ];
    for (method, path, body) in acts {
        let answer = mona.told(method, &path, Some(body)).await;
        assert!(answer.0 < 300, "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn what_happens_at_a_changes_nothing_that_b_is_told() {
    let mut stage = Stage::set().await;
    let bert = stage.office().signed_in(BERT).await;
    let addresses = addresses(&stage);
    let mut page = bert.live(None).await;
    let before = told(&bert, &addresses).await;
    a_day_at_a(&mut stage).await;
    let after = told(&bert, &addresses).await;
    let mut read = 0;
    for (address, answer) in &before {
        assert_eq!(Some(answer), after.get(address), "{address} tells of A");
        read += u32::from(answer.starts_with("200"));
    }
    assert!(read > 100, "{read} of {} were answered", before.len());
    // The live page has been told of B alone, though everything of A came first.
    let variant = stage.world().variants[2];
    stage.b.sell(&[(variant, 1, 199)]);
    stage.b.push_from(&stage.world().cloud, 1).await;
    stage.office().apply().await;
    let messages = until(&mut page, |message| message["type"] == "sale").await;
    let of_a = stage.of_a();
    for message in &messages {
        let text = message.to_string();
        let told: Vec<_> = of_a.iter().filter(|id| text.contains(*id)).collect();
        assert!(told.is_empty(), "{told:?} in {message}");
    }
    assert!(
        !messages.iter().any(|message| message["type"] == "order"),
        "{messages:?}"
    );
}

#[tokio::test]
async fn what_b_tries_again_at_once_is_nothing_of_a() {
    let stage = Stage::set().await;
    let bert = stage.office().signed_in(BERT).await;
    let held = "select string_agg(h::text, ' ' order by h.node_id, h.seq) from held_event h";
    let before = stage.world().text(held).await;
    let all = bert.post("/v1/held-events/retry", Some(json!({}))).await;
    assert_eq!(all.0, 202, "{all:?}");
    for body in [
        json!({ "node_id": stage.a.id }),
        json!({ "location_id": id(1, 0) }),
        json!({ "node_id": stage.a.id, "reason": "event.body_invalid" }),
    ] {
        let (status, answer) = bert.post("/v1/held-events/retry", Some(body.clone())).await;
        let nobody = body
            .to_string()
            .replace(&stage.a.id.to_string(), &id(98, 1).to_string());
        let nobody = nobody.replace(&id(1, 0).to_string(), &id(98, 2).to_string());
        let nobody: Value = serde_json::from_str(&nobody).unwrap();
        let unknown = bert.post("/v1/held-events/retry", Some(nobody)).await;
        assert_eq!((status, answer), unknown, "{body}");
    }
    assert_eq!(
        stage.world().text(held).await,
        before,
        "events of A are tried again"
    );
}

#[tokio::test]
async fn a_cursor_of_a_opens_nothing_at_b() {
    let stage = Stage::set().await;
    let mona = stage.office().signed_in(MONA).await;
    let bert = stage.office().signed_in(BERT).await;
    let mut tried = 0;
    for list in [
        "/v1/sales",
        "/v1/orders",
        "/v1/audit",
        "/v1/staff",
        "/v1/held-events",
        "/v1/stock",
        "/v1/approvals",
    ] {
        let page = mona.read(&format!("{list}?limit=1")).await;
        let Some(cursor) = page["next"].as_str().or(page["next_cursor"].as_str()) else {
            continue;
        };
        tried += 1;
        let answer = bert
            .read(&format!("{list}?limit=500&cursor={cursor}"))
            .await;
        let text = answer.to_string();
        for id in stage.of_a() {
            assert!(!text.contains(&id), "{list} tells {id} of A: {text}");
        }
    }
    assert!(tried > 3, "only {tried} lists had a second page");
    // And a live page cannot be resumed into what A was told.
    let mut page = bert.live(Some(0)).await;
    let messages = until(&mut page, |message| {
        ["hello", "reset"]
            .iter()
            .any(|kind| message["type"] == *kind)
    })
    .await;
    for message in messages {
        let text = message.to_string();
        assert!(stage.of_a().iter().all(|id| !text.contains(id)), "{text}");
    }
    assert!(!stage.of_a().contains(&person(BERT).to_string()));
}
