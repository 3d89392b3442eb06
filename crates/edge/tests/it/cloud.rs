//! Pushing and pulling against a cloud of a few lines that checks what the protocol asks of it.
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query, State, WebSocketUpgrade, ws::Message},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use edge::testkit;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast;
use wire::{
    batch::{Batch, Credit, Reply},
    enrol::{Enrol, Enrolled, Location},
    event::{Hash, Record},
    reference::{Entity, Feed, FeedPage},
    signature,
};

use crate::support::{TestShop, Till, new_id};

const CODE: &str = "ABCD-1234";

#[derive(Clone)]
struct FakeCloud(Arc<Inner>);

struct Inner {
    state: Mutex<Held>,
    wake: broadcast::Sender<()>,
}

#[derive(Default)]
struct Held {
    key: Option<String>,
    events: Vec<Record>,
    batches: usize,
    down: bool,
    lose_the_next_answer: bool,
    max_events: usize,
    variants: Vec<Entity>,
    refused: usize,
}

impl FakeCloud {
    async fn start() -> (Self, String) {
        let cloud = Self(Arc::new(Inner {
            state: Mutex::new(Held {
                max_events: 500,
                ..Held::default()
            }),
            wake: broadcast::Sender::new(8),
        }));
        let router = Router::new()
            .route("/v1/enrol", post(enrol))
            .route("/v1/nodes/{node}/events", post(events))
            .route("/v1/nodes/{node}/reference", get(reference))
            .route("/v1/nodes/{node}/wake", get(wake))
            .with_state(cloud.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (cloud, url)
    }

    fn held<T>(&self, look: impl FnOnce(&mut Held) -> T) -> T {
        look(&mut self.0.state.lock().unwrap())
    }

    /// Waits until the cloud holds so many events.
    async fn has(&self, events: usize) {
        for _ in 0..400 {
            if self.held(|held| held.events.len()) >= events {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!(
            "{} of {events} events came",
            self.held(|held| held.events.len())
        );
    }

    fn is_signed(&self, method: &str, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> bool {
        let Some(key) = self.held(|held| held.key.clone()) else {
            return false;
        };
        let key = signature::public_key(&key).unwrap();
        let path = uri.path_and_query().unwrap().as_str();
        let text = headers[signature::SIGNATURE_HEADER].to_str().unwrap();
        signature::verify(&key, method, path, body, text).is_ok()
    }
}

async fn enrol(State(cloud): State<FakeCloud>, Json(request): Json<Enrol>) -> Response {
    if request.code != CODE {
        let problem = httpkit::problem::Problem::not_found(
            "enrolment.code_unknown",
            "This code is not known",
        );
        return problem.into_response();
    }
    cloud.held(|held| held.key = Some(request.public_key));
    let enrolled = Enrolled {
        node_id: testkit::id::<()>("node").as_uuid(),
        epoch: 1,
        incarnation: 1,
        location: Location {
            id: testkit::location_id().as_uuid(),
            code: "T1".to_owned(),
            name: "Test shop".to_owned(),
            kind: "shop".to_owned(),
            time_zone: "America/New_York".to_owned(),
        },
        currency: "USD".to_owned(),
        claims: Vec::new(),
    };
    (StatusCode::CREATED, Json(enrolled)).into_response()
}

async fn events(
    State(cloud): State<FakeCloud>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !cloud.is_signed("POST", &uri, &headers, &body) {
        cloud.held(|held| held.refused += 1);
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let batch: Batch = serde_json::from_slice(&body).unwrap();
    cloud.held(|held| {
        if held.down {
            return StatusCode::BAD_GATEWAY.into_response();
        }
        let last = i64::try_from(held.events.len()).unwrap();
        if batch.first_seq > last + 1 {
            return Json(Reply::Gap { expected: last + 1 }).into_response();
        }
        assert!(batch.events.len() <= held.max_events);
        held.batches += usize::from(!batch.events.is_empty());
        let head = held
            .events
            .last()
            .map_or(Hash::GENESIS, |record| record.hash);
        let opened = batch.open().unwrap();
        for event in opened.into_iter().filter(|event| event.seq > last) {
            if event.seq == last + 1 {
                assert_eq!(event.header.as_ref().map(|header| header.prev), Ok(head));
            }
            held.events.push(event.record);
        }
        if std::mem::take(&mut held.lose_the_next_answer) {
            return StatusCode::GATEWAY_TIMEOUT.into_response();
        }
        let ack_seq = i64::try_from(held.events.len()).unwrap();
        Json(Reply::Ack {
            ack_seq,
            ack_hash: held
                .events
                .last()
                .map_or(Hash::GENESIS, |record| record.hash),
            safe_seq: 0,
            credit: Credit {
                max_events: held.max_events,
                ..Credit::default()
            },
            server_time: crate::support::MORNING.parse().unwrap(),
            quarantined: vec![],
        })
        .into_response()
    })
}

#[derive(Deserialize)]
struct Pull {
    feed: String,
    cursor: String,
    limit: usize,
}

async fn reference(
    State(cloud): State<FakeCloud>,
    Query(pull): Query<Pull>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if !cloud.is_signed("GET", &uri, &headers, &[]) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let from: usize = pull
        .cursor
        .strip_prefix("at/")
        .map_or(0, |at| at.parse().unwrap());
    let all = match Feed::by_code(&pull.feed).unwrap() {
        Feed::Variant => cloud.held(|held| held.variants.clone()),
        feed => testkit::entities(feed, &testkit::Stock::default()),
    };
    let items: Vec<Entity> = all.iter().skip(from).take(pull.limit).cloned().collect();
    let to = from + items.len();
    Json(FeedPage {
        items,
        cursor: format!("at/{to}"),
        more: to < all.len(),
    })
    .into_response()
}

async fn wake(
    State(cloud): State<FakeCloud>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !cloud.is_signed("GET", &uri, &headers, &[]) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut wake = cloud.0.wake.subscribe();
    upgrade.on_upgrade(async move |mut socket| {
        while wake.recv().await.is_ok() {
            let hint = Message::Text(r#"{"wake":"reference"}"#.into());
            if socket.send(hint).await.is_err() {
                return;
            }
        }
    })
}

/// A shop that knows nothing yet, enrolled at a cloud with a small catalogue.
async fn enrolled() -> (FakeCloud, TestShop) {
    let (cloud, url) = FakeCloud::start().await;
    cloud.held(|held| held.variants = testkit::Stock::default().variants);
    let shop = TestShop::empty().await;
    let wrong = edge::enrol(&shop.running.shop, &url, "WRONG")
        .await
        .unwrap_err()
        .to_string();
    assert!(wrong.contains("enrolment.code_unknown"), "{wrong}");
    edge::enrol(&shop.running.shop, &url, CODE).await.unwrap();
    until(&shop.till(), |edge| {
        edge["registers"].as_array().unwrap().len() == 2
    })
    .await;
    for _ in 0..200 {
        if shop.value::<i64>("select count(*) from variant") == 6
            && shop.value::<i64>("select count(*) from supplier") == 1
        {
            return (cloud, shop);
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the catalogue did not come");
}

/// Waits until the state of the node is so.
async fn until(till: &Till, is_so: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..400 {
        let (_, edge) = till.get("/v1/edge").await;
        if is_so(&edge) {
            return edge;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{}", till.get("/v1/edge").await.1);
}

#[tokio::test]
async fn a_fresh_edge_is_enrolled_stocked_and_pushes_what_it_sells() {
    let (cloud, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    let watch = httpkit::clock::Stopwatch::start();
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    cloud.has(3).await;
    assert!(
        watch.elapsed() < Duration::from_secs(1),
        "{:?}",
        watch.elapsed()
    );
    let edge = until(&till, |edge| edge["sync"]["pending"] == 0).await;
    assert_eq!(edge["sync"]["connected"], true, "{edge}");
    assert_eq!(edge["clock"]["offset_ms"], 0, "{edge}");
    assert_eq!(cloud.held(|held| held.refused), 0);
    let again = edge::enrol(&shop.running.shop, "http://127.0.0.1:9", CODE)
        .await
        .unwrap_err()
        .to_string();
    assert!(again.contains("already"), "{again}");
}

#[tokio::test]
async fn a_shop_cut_off_sells_on_and_catches_up_by_itself() {
    let (cloud, shop) = enrolled().await;
    cloud.held(|held| held.max_events = 7);
    let till = shop.open_till(1).await;
    cloud.has(1).await;
    let edge = until(&till, |edge| edge["sync"]["pending"] == 0).await;
    assert_eq!(edge["sync"]["connected"], true, "{edge}");
    cloud.held(|held| held.down = true);
    for _ in 0..20 {
        assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
    }
    let edge = until(&till, |edge| edge["sync"]["connected"] == false).await;
    assert_eq!(edge["sync"]["pending"], 40, "{edge}");
    assert!(
        edge["sync"]["problem"].as_str().unwrap().contains("502"),
        "{edge}"
    );
    // A small credit afterwards: several batches, each event once, in order.
    cloud.held(|held| held.down = false);
    cloud.has(41).await;
    let edge = until(&till, |edge| edge["sync"]["pending"] == 0).await;
    assert_eq!(edge["sync"]["problem"], Value::Null);
}

#[tokio::test]
async fn a_lost_answer_doubles_nothing() {
    let (cloud, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    cloud.has(1).await;
    cloud.held(|held| held.lose_the_next_answer = true);
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    until(&till, |edge| edge["sync"]["acked_seq"] == 3).await;
    assert_eq!(cloud.held(|held| held.events.len()), 3);
}

#[tokio::test]
async fn a_restarted_shop_goes_on_where_the_cloud_is() {
    let (cloud, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    cloud.has(1).await;
    cloud.held(|held| held.down = true);
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    let shop = shop.restart().await;
    cloud.held(|held| held.down = false);
    cloud.has(3).await;
    until(&shop.till(), |edge| edge["sync"]["pending"] == 0).await;
}

#[tokio::test]
async fn a_changed_price_is_there_a_moment_after_the_wake_up() {
    let (cloud, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    until(&till, |edge| edge["sync"]["connected"] == true).await;
    let mut cola = testkit::variant("COLA", "Cola 330 ml", "piece", "1.80", 1, &[]);
    cola.version = 2;
    cloud.held(|held| held.variants.push(cola));
    let lines = json!({ "lines": crate::support::basket(&[("COLA", 1)]) });
    for _ in 0..100 {
        // The line may not be open yet: a hint that nobody hears is no harm, and one is heard.
        let _ = cloud.0.wake.send(());
        if till.post("/v1/quotes", lines.clone()).await.1["total_minor"] == 180 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the price did not change within two seconds");
}

#[tokio::test]
async fn a_cloud_that_holds_something_else_stops_the_pushes_not_the_sales() {
    let (cloud, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    cloud.has(1).await;
    let stranger = cloud.held(|held| held.events[0].clone());
    cloud.held(|held| {
        held.events
            .extend([stranger.clone(), stranger.clone(), stranger]);
    });
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    let edge = until(&till, |edge| edge["sync"]["problem"].is_string()).await;
    assert!(
        edge["sync"]["problem"]
            .as_str()
            .unwrap()
            .contains("another event 4"),
        "{edge}"
    );
    assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
}
