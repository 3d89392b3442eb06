//! What stands around every operation of a shop: headers, sizes, origins, TLS for tills, and whom the edge trusts.
use std::net::SocketAddr;

use axum::{Json, Router, http::StatusCode, routing::post};
use edge::testkit;
use httpkit::{
    Parts,
    clock::SystemClock,
    door::{self, Door, Tls},
    shutdown::Shutdown,
    tls::Files,
};
use reqwest::Method;
use serde_json::json;
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};
use uuid::Uuid;

use crate::authz;
use crate::support::{TestShop, told};

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

#[tokio::test]
async fn every_answer_has_the_headers() {
    let shop = TestShop::start().await;
    let till = shop.till();
    let pages = [
        "/pos", "/buy/now", "/docs/", "/nothing", "/metrics", "/health", "/v1/live",
    ];
    let pages = pages.map(|path| (Method::GET, path.to_owned()));
    for (method, path) in operations().into_iter().chain(pages) {
        let url = format!("{}{path}", till.base);
        let answer = till.http.request(method.clone(), url).send().await.unwrap();
        let headers = answer.headers();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(headers[name], value, "{name} of {method} {path}");
        }
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("script-src 'self';"),
            "{method} {path}: {policy}"
        );
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{method} {path}: {policy}"
        );
        assert!(
            headers["permissions-policy"]
                .to_str()
                .unwrap()
                .contains("camera=()")
        );
    }
}

#[tokio::test]
async fn nothing_is_changed_or_told_for_a_page_of_another_site() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    for (method, path) in operations() {
        if method == Method::GET {
            continue;
        }
        let request = till
            .http
            .request(method.clone(), format!("{}{path}", till.base));
        let request = request
            .header("origin", "https://evil.example")
            .json(&json!({}));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{method} {path}");
    }
    let cookie = cookie(&shop).await;
    let listen = async |origin: &str| {
        let url = format!("{}/v1/live", till.base.replace("http:", "ws:"));
        let mut request = url.into_client_request().unwrap();
        request
            .headers_mut()
            .insert("cookie", cookie.parse().unwrap());
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
        match tokio_tungstenite::connect_async(request).await {
            Ok(_) => 101,
            Err(tungstenite::Error::Http(refused)) => refused.status().as_u16(),
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(listen("https://evil.example").await, 403);
    assert_eq!(listen("null").await, 403);
    assert_eq!(listen(&till.base).await, 101);
}

/// The cookie of somebody who has just signed in.
async fn cookie(shop: &TestShop) -> String {
    let body = json!({
        "staff_id": testkit::manager_id().as_uuid(),
        "pin": testkit::PIN,
        "register_id": testkit::register_id(2).as_uuid(),
    });
    let url = format!("http://{}/v1/session", shop.running.addr);
    let answer = reqwest::Client::new()
        .post(url)
        .json(&body)
        .send()
        .await
        .unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_megabyte_is_refused() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let large = json!({ "name": "x".repeat(1 << 20) });
    for path in ["/v1/session", "/v1/quotes", "/v1/purchase-quotes"] {
        let answer = till.post(path, large.clone()).await;
        assert!(
            told(&answer).starts_with("413 body.too_large"),
            "{path}: {}",
            told(&answer)
        );
    }
}

struct Certificate {
    _folder: tempfile::TempDir,
    files: Files,
    pem: String,
}

fn certificate() -> Certificate {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = Files {
        cert: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
    };
    std::fs::write(&files.cert, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    Certificate {
        _folder: folder,
        files,
        pem: made.cert.pem(),
    }
}

#[tokio::test]
async fn tills_come_by_https_and_keep_their_cookie_to_it() {
    let certificate = certificate();
    let folder = tempfile::tempdir().unwrap();
    let config = edge::Config {
        door: door::Options {
            tls: Some(Tls::Files(certificate.files.clone())),
            ..door::Options::default()
        },
        ..edge::Config::new(folder.path())
    };
    let running = edge::start(config, Parts::system()).await.unwrap();
    testkit::fill(&running.shop, &testkit::Stock::default())
        .await
        .unwrap();
    let root = reqwest::Certificate::from_pem(certificate.pem.as_bytes()).unwrap();
    let till = reqwest::Client::builder()
        .add_root_certificate(root)
        .cookie_store(true)
        .build()
        .unwrap();
    let url = format!("https://localhost:{}/v1/session", running.addr.port());
    let body = json!({
        "staff_id": testkit::manager_id().as_uuid(),
        "pin": testkit::PIN,
        "register_id": testkit::register_id(1).as_uuid(),
    });
    let answer = till.post(&url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-branchline_edge_") && cookie.contains("; Secure"),
        "{cookie}"
    );
    assert!(answer.headers().contains_key("strict-transport-security"));
    assert_eq!(till.get(&url).send().await.unwrap().status(), 200);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_cloud_with_an_authority_of_its_own_is_trusted_when_somebody_says_so() {
    let certificate = certificate();
    let listener = httpkit::server::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let options = door::Options {
        tls: Some(Tls::Files(certificate.files.clone())),
        ..door::Options::default()
    };
    let door = Door::new(&options, std::sync::Arc::new(SystemClock))
        .await
        .unwrap();
    let refuses = async || {
        (
            StatusCode::NOT_FOUND,
            Json(
                json!({ "type": "about:blank", "title": "no", "status": 404, "code": "enrolment.code_unknown" }),
            ),
        )
    };
    let router = Router::new().route("/v1/enrol", post(refuses));
    let (_trigger, shutdown) = Shutdown::new();
    tokio::spawn(door.serve(listener, router, shutdown));
    let folder = tempfile::tempdir().unwrap();
    let enrol = async || {
        let outcome =
            edge::enrol_folder(folder.path(), Parts::system(), &url, "AAAA-BBBB-CCCC").await;
        format!("{:#}", outcome.unwrap_err())
    };
    let told = enrol().await;
    assert!(told.contains("cannot be reached"), "{told}");
    edge::trust_cloud(folder.path(), &certificate.files.cert).unwrap();
    let told = enrol().await;
    assert!(told.contains("enrolment.code_unknown"), "{told}");
    let told = edge::trust_cloud(folder.path(), &certificate.files.key).unwrap_err();
    assert!(
        format!("{told:#}").contains("it holds no certificate"),
        "{told:#}"
    );
}
