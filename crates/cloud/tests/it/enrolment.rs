//! A code makes one node, once, within ten minutes; the answer may be asked for again; hints reach the node's socket.
use std::time::Duration;

use cloud::{Actor, catalog, enrolment};
use ed25519_dalek::SigningKey;
use futures_util::StreamExt;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};
use wire::enrol::Enrol;

use crate::world::{Node, World, goods};

fn request(code: &str, key: u8) -> Enrol {
    let key = SigningKey::from_bytes(&[key; 32]);
    Enrol {
        code: code.to_owned(),
        public_key: wire::signature::public_key_text(&key.verifying_key()),
        fingerprint: "test".to_owned(),
        version: "0.1.0".to_owned(),
        rejoin: None,
    }
}

/// The status and the code of an enrolment over HTTP, or the node's id.
async fn enrol(world: &World, request: &Enrol) -> (u16, String) {
    let client = reqwest::Client::new();
    let sent = client.post(world.url("/v1/enrol")).json(request).send();
    let response = sent.await.unwrap();
    let status = response.status().as_u16();
    let body: serde_json::Value = response.json().await.unwrap();
    let said = body.get("node_id").unwrap_or(&body["code"]);
    (status, said.as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_code_makes_one_node() {
    let world = World::serving().await;
    let issue = async || {
        let issued = enrolment::issue(&world.cloud, Actor::Service("test"), world.locations[0]);
        issued.await.unwrap().code
    };
    let unknown = enrol(&world, &request("0000-0000-0000", 1)).await;
    assert_eq!(unknown, (404, "enrolment.code_unknown".to_owned()));
    let broken = Enrol {
        public_key: "no key".to_owned(),
        ..request(&issue().await, 1)
    };
    assert_eq!(
        enrol(&world, &broken).await,
        (422, "enrolment.public_key".to_owned())
    );

    let code = issue().await;
    let (status, node) = enrol(&world, &request(&code.to_lowercase(), 1)).await;
    assert_eq!(status, 201);
    // The answer was lost: the same edge asks again. Another one may not.
    assert_eq!(enrol(&world, &request(&code, 1)).await, (201, node));
    assert_eq!(
        enrol(&world, &request(&code, 2)).await,
        (410, "enrolment.code_used".to_owned())
    );

    let second = issue().await;
    let taken = enrol(&world, &request(&second, 2)).await;
    assert_eq!(taken, (409, "enrolment.location_has_node".to_owned()));
    world
        .meddle("update enrolment_code set expires_at = 'epoch' where used_at is null")
        .await;
    let late = enrol(&world, &request(&second, 2)).await;
    assert_eq!(late, (410, "enrolment.code_expired".to_owned()));
    assert_eq!(world.number("select count(*) from node").await, 1);
    assert_eq!(
        world
            .number("select count(*) from audit where action = 'node.enrolled'")
            .await,
        1
    );
}

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn socket(world: &World, node: &Node) -> Socket {
    let path = format!("/v1/nodes/{}/wake", node.id);
    let mut request = world
        .url(&path)
        .replace("http:", "ws:")
        .into_client_request()
        .unwrap();
    let signature = wire::signature::sign(&node.key, "GET", &path, b"");
    let headers = request.headers_mut();
    headers.insert("branchline-node", node.id.to_string().parse().unwrap());
    headers.insert("branchline-signature", signature.parse().unwrap());
    tokio_tungstenite::connect_async(request).await.unwrap().0
}

/// The next text frame, or none within the time.
async fn hint(socket: &mut Socket, within: Duration) -> Option<String> {
    let next = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => return Some(text.to_string()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    };
    tokio::time::timeout(within, next).await.ok().flatten()
}

#[tokio::test]
async fn a_node_is_woken_when_reference_data_changes_and_let_go_at_the_end() {
    const SOON: Duration = Duration::from_secs(3);
    let mut world = World::serving().await;
    let node = world.node(0).await;
    let mut woken = socket(&world, &node).await;
    let wake = Some(r#"{"wake":"reference"}"#.to_owned());
    assert_eq!(
        hint(&mut woken, SOON).await,
        wake,
        "at once: something may have changed before"
    );
    // What the watch still had to tell of the beginning has been told after a while.
    while hint(&mut woken, Duration::from_millis(700)).await.is_some() {}
    let newcomer = goods(&[crate::world::id(5, 800)]);
    catalog::put_variants(&world.cloud, &newcomer)
        .await
        .unwrap();
    assert_eq!(hint(&mut woken, SOON).await, wake);

    let watch = httpkit::clock::Stopwatch::start();
    world.running.take().unwrap().stop().await;
    assert!(
        watch.elapsed() < SOON,
        "an open socket does not hold up the end"
    );
    assert_eq!(hint(&mut woken, SOON).await, None);
}

#[tokio::test]
async fn a_socket_needs_a_signature() {
    let world = World::serving().await;
    let node = world.node(0).await;
    let url = world.url(&format!("/v1/nodes/{}/wake", node.id));
    let socket = url.replace("http:", "ws:");
    assert!(tokio_tungstenite::connect_async(socket).await.is_err());
    // Nor does it say to a stranger what it would speak.
    assert_eq!(reqwest::get(url).await.unwrap().status().as_u16(), 401);
}
