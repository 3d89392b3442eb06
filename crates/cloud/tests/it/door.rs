//! What stands around every operation: headers, sizes, origins, guessing, TLS.
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use cloud::{Config, OfficeOptions};
use futures_util::future::join_all;
use httpkit::clock::ManualClock;
use httpkit::door::{self, Tls};
use httpkit::tls::Files;
use httpkit::{Parts, server};
use reqwest::{Method, Response, header::HeaderMap};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::authz;
use crate::browser::{ADMIN, ANN, Browser, Office, PASSWORD};
use crate::world::{MORNING, World};

/// What every answer says, whatever it is.
const ALWAYS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// Every operation of the document, with an id that does not exist in its path.
fn operations() -> Vec<(Method, String)> {
    let with_ids = |operation: authz::Operation| {
        let mut path = operation.template;
        while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
            path.replace_range(from..=to, &Uuid::nil().to_string());
        }
        (operation.method, path)
    };
    authz::operations().into_iter().map(with_ids).collect()
}

fn look_at(headers: &HeaderMap, what: &str) {
    for (name, value) in ALWAYS {
        assert_eq!(headers[name], value, "{name} of {what}");
    }
    let policy = headers["content-security-policy"].to_str().unwrap();
    let scripts = policy
        .split(';')
        .find(|it| it.trim().starts_with("script-src"))
        .unwrap();
    assert_eq!(scripts.trim(), "script-src 'self'", "{what}");
    for part in [
        "frame-ancestors 'none'",
        "object-src 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{part} of {what}");
    }
    let permissions = headers["permissions-policy"].to_str().unwrap();
    assert!(
        permissions.contains("camera=()") && !permissions.contains("self"),
        "{what}"
    );
}

#[tokio::test]
async fn every_answer_has_the_headers() {
    let office = Office::open().await;
    let browser = office.browser();
    let mut seen = BTreeSet::new();
    let pages = [
        "/",
        "/office",
        "/office/people",
        "/docs",
        "/docs/",
        "/nothing",
        "/assets/nothing.js",
        "/health",
        "/ready",
        "/metrics",
        "/v1/openapi.json",
    ];
    let pages = pages.map(|path| (Method::GET, path.to_owned()));
    let odd = [
        (Method::POST, "/v1/session".to_owned()), // no body
        (Method::PATCH, "/v1/session".to_owned()),
        (Method::TRACE, "/v1/session".to_owned()),
        (Method::OPTIONS, "/v1/session".to_owned()),
    ];
    for (method, path) in operations().into_iter().chain(pages).chain(odd) {
        let answer = browser.ask(method.clone(), &path, None).await;
        seen.insert(answer.status().as_u16());
        look_at(answer.headers(), &format!("{method} {path}"));
        assert!(!answer.headers().contains_key("strict-transport-security"));
    }
    for status in [200, 401, 404, 405] {
        assert!(seen.contains(&status), "{status} among {seen:?}");
    }
}

#[tokio::test]
async fn nothing_is_changed_for_a_page_of_another_site() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let client = reqwest::Client::new();
    let cookie = admin.cookie.as_deref().unwrap();
    let mut tried = 0;
    for (method, path) in operations() {
        if method == Method::GET {
            continue;
        }
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let request = client
                .request(
                    method.clone(),
                    format!("http://{}{path}", office.running.addr),
                )
                .header("cookie", cookie)
                .header(name, value)
                .json(&json!({}));
            let told = refusal(request.send().await.unwrap()).await;
            assert_eq!(
                told,
                (403, "csrf".to_owned()),
                "{method} {path} {name}: {value}"
            );
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
}

async fn refusal(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap_or_default();
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_megabyte_is_refused_where_less_is_enough() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let large = json!({ "name": "x".repeat(1 << 20) });
    let id = Uuid::nil();
    for (method, path) in [
        (Method::POST, "/v1/session".to_owned()),
        (Method::POST, "/v1/session/second-factor".to_owned()),
        (Method::POST, "/v1/invitations/acceptance".to_owned()),
        (Method::POST, "/v1/shop/login".to_owned()),
        (Method::POST, "/v1/shop/session".to_owned()),
        (Method::POST, "/v1/enrol".to_owned()),
        (Method::POST, "/v1/invitations".to_owned()),
        (Method::PUT, "/v1/me/password".to_owned()),
        (Method::PUT, format!("/v1/staff/{id}")),
        (Method::PUT, format!("/v1/roles/{id}")),
    ] {
        let told = refusal(admin.ask(method, &path, Some(large.clone())).await).await;
        assert_eq!(told, (413, "body.too_large".to_owned()), "{path}");
    }
    let told = admin
        .post(
            "/v1/session",
            Some(json!({ "name": "x".repeat(server::JSON / 2) })),
        )
        .await;
    assert_eq!(told.0, 422, "half of it is read");
}

#[tokio::test]
async fn wrong_keys_get_slow_by_address_and_others_go_on() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let mut stranger = office.browser();
    for number in 0..20 {
        stranger.bearer = Some(format!("blt_guessed_{number}"));
        assert_eq!(stranger.get("/v1/session").await.0, 401);
        if number < 10 {
            // A program that goes on with an old key guesses nothing.
            assert_eq!(stranger.get("/v1/session").await.0, 401);
        }
    }
    let slowed = stranger.ask(Method::GET, "/v1/session", None).await;
    assert_eq!(slowed.headers()["retry-after"], "10");
    assert_eq!(refusal(slowed).await, (429, "session.guesses".to_owned()));
    stranger.bearer = Some("a channel's key".to_owned());
    assert_eq!(
        stranger.get(&format!("/v1/orders/{}", Uuid::nil())).await.0,
        429
    );
    assert_eq!(admin.get("/v1/session").await.0, 200, "a session is no key");
    office.security.advance(jiff::SignedDuration::from_secs(11));
    stranger.bearer = Some("blt_guessed".to_owned());
    assert_eq!(stranger.get("/v1/session").await.0, 401);
}

#[tokio::test]
async fn wrong_signatures_get_slow_by_node() {
    let office = Office::open().await;
    let client = reqwest::Client::new();
    let ask = async |node: Uuid| {
        let url = format!("http://{}/v1/nodes/{node}/events", office.running.addr);
        let request = client.post(url);
        let request = request.header(wire::signature::NODE_HEADER, node.to_string());
        refusal(request.body("{}").send().await.unwrap()).await
    };
    let node = Uuid::from_u128(7);
    for _ in 0..60 {
        assert_eq!(ask(node).await.0, 401);
    }
    assert_eq!(ask(node).await, (429, "session.guesses".to_owned()));
    assert_eq!(ask(Uuid::from_u128(8)).await.0, 401, "another node goes on");
}

#[tokio::test]
async fn codes_of_enrolment_and_returns_from_providers_are_counted_by_address() {
    let office = Office::open().await;
    let browser = office.browser();
    let body = json!({ "code": "AAAA-BBBB-CCCC", "public_key": wire_key(), "fingerprint": "x", "version": "1" });
    for _ in 0..15 {
        assert_eq!(browser.post("/v1/enrol", Some(body.clone())).await.0, 404);
    }
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let url = format!(
        "http://{}/v1/session/oidc/nobody/callback?state=x&code=y",
        office.running.addr
    );
    let back = async || {
        let answer = client.get(&url).send().await.unwrap();
        answer.headers()["location"].to_str().unwrap().to_owned()
    };
    for _ in 0..15 {
        assert!(back().await.contains("provider."));
    }
    assert!(back().await.contains("session.locked"));
    let locked = browser.ask(Method::POST, "/v1/enrol", Some(body)).await;
    assert_eq!(locked.headers()["retry-after"], "30");
    assert_eq!(refusal(locked).await, (429, "session.locked".to_owned()));
}

/// An Ed25519 public key as edges send it.
fn wire_key() -> String {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    wire::signature::public_key_text(&key.verifying_key())
}

#[tokio::test]
async fn the_audit_says_from_where_behind_a_proxy() {
    let proxies = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    for (proxies, expected) in [(proxies, "198.51.100.7"), (Vec::new(), "127.0.0.1")] {
        let office = Office::with(OfficeOptions {
            proxies,
            ..OfficeOptions::default()
        })
        .await;
        let url = format!("http://{}/v1/session", office.running.addr);
        let answer = reqwest::Client::new()
            .post(url)
            .header("x-forwarded-for", "203.0.113.66, 198.51.100.7")
            .json(&json!({ "email": ANN, "password": PASSWORD }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
        let admin = office.signed_in(ADMIN).await;
        let audit = admin.read("/v1/audit?action=session.created").await;
        let addresses: Vec<&str> = audit["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|entry| entry["address"].as_str())
            .collect();
        assert!(addresses.contains(&expected), "{expected}: {audit}");
    }
}

#[tokio::test]
async fn one_person_has_only_so_many_open_pages() {
    let office = Office::open().await;
    let ann = office.signed_in(ANN).await;
    let first = ann.live(None).await;
    let more = join_all((0..29).map(|_| ann.live(None))).await;
    let error = ann.try_live(None, None).await.unwrap_err();
    let tokio_tungstenite::tungstenite::Error::Http(refused) = error else {
        panic!("{error}");
    };
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["x-content-type-options"], "nosniff");
    let other = office.signed_in(ADMIN).await;
    drop(other.live(None).await);
    drop(first);
    let is_free = async { while ann.try_live(None, None).await.is_err() {} };
    tokio::time::timeout(std::time::Duration::from_secs(10), is_free)
        .await
        .unwrap();
    drop(more);
}

#[tokio::test]
async fn over_tls_cookies_and_links_are_for_https_alone() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = Files {
        cert: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
    };
    std::fs::write(&files.cert, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let mut config = Config::new(
        world.database.clone(),
        SocketAddr::from(([127, 0, 0, 1], 0)),
    );
    config.door = door::Options {
        tls: Some(Tls::Files(files)),
        ..door::Options::default()
    };
    let parts = Parts {
        clock: Arc::<ManualClock>::clone(&world.clock),
        security_clock: Arc::new(ManualClock::at(MORNING.parse().unwrap())),
        ..Parts::system()
    };
    let running = cloud::start(config, parts).await.unwrap();
    let root = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder()
        .add_root_certificate(root)
        .build()
        .unwrap();
    let url = format!("https://localhost:{}/v1/session", running.addr.port());
    let refused = client.get(&url).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let hsts = refused.headers()["strict-transport-security"]
        .to_str()
        .unwrap();
    assert_eq!(hsts, "max-age=31536000; includeSubDomains");
    let out = client.delete(&url).send().await.unwrap();
    let cookie = out.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-branchline=") && cookie.contains("; Secure"),
        "{cookie}"
    );
    let plain = Browser::at(running.addr);
    let told = reqwest::Client::new()
        .get(format!("http://{}/", plain.addr))
        .send()
        .await;
    assert!(told.is_err(), "no answer without TLS");
    running.stop().await;
}

#[tokio::test]
async fn metrics_are_kept_from_whoever_a_proxy_speaks_for() {
    let office = Office::open().await;
    let url = format!("http://{}/metrics", office.running.addr);
    let client = reqwest::Client::new();
    let local = client.get(&url).send().await.unwrap();
    assert_eq!(local.status(), 200);
    let behind = client.get(&url).header("x-forwarded-for", "203.0.113.9");
    let refused = behind.send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let told: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(told["code"], "metrics.token");
}
