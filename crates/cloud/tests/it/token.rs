//! API tokens: a program acts for a person, within its scopes.
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{ADMIN, ANN, BOB, Browser, Office, code};

async fn token(browser: &Browser, scopes: &[&str]) -> Value {
    let body = json!({ "name": "Nightly export", "scopes": scopes, "days": 30 });
    let (status, made) = browser.post("/v1/tokens", Some(body)).await;
    assert_eq!(status, 201, "{made}");
    made
}

/// A program with that token.
fn program(office: &Office, made: &Value) -> Browser {
    let mut program = office.browser();
    program.bearer = Some(made["secret"].as_str().unwrap().to_owned());
    program
}

#[tokio::test]
async fn a_token_may_what_its_scopes_say_and_its_person_may() {
    let office = Office::open().await;
    let ann = office.signed_in(ANN).await;
    let made = token(&ann, &["sale.read", "sale.read"]).await;
    assert!(
        made["secret"].as_str().unwrap().starts_with("blt_"),
        "{made}"
    );
    assert_eq!(made["scopes"], json!(["sale.read"]));
    let program = program(&office, &made);
    program.read("/v1/sales").await;
    assert_eq!(
        code(&program.get("/v1/stock").await),
        (403, "permission.denied")
    );
    let foreign = format!("/v1/sales?location={}", office.world.locations[1]);
    assert_eq!(
        code(&program.get(&foreign).await),
        (404, "location.unknown")
    );
    let session = program.read("/v1/session").await;
    assert_eq!(session["permissions"], json!(["sale.read"]));
    // What the person loses, the token loses.
    office
        .meddle(
            "update staff_grant set valid_until = '2026-03-02T12:59:59Z' where valid_until is null",
        )
        .await;
    assert_eq!(
        code(&program.get("/v1/sales").await),
        (403, "permission.denied")
    );
    office
        .meddle(&format!(
            "update staff set active = false where email = '{ANN}'"
        ))
        .await;
    assert_eq!(
        code(&program.get("/v1/sales").await),
        (401, "session.missing")
    );
}

#[tokio::test]
async fn a_token_changes_nothing_of_how_somebody_signs_in() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let everything: Value = admin.read("/v1/session").await["permissions"].clone();
    let body = json!({ "name": "All", "scopes": everything });
    let (_, made) = admin.post("/v1/tokens", Some(body)).await;
    let program = program(&office, &made);
    for (method, path) in [
        (Method::GET, "/v1/tokens"),
        (Method::POST, "/v1/me/totp"),
        (Method::GET, "/v1/me/sessions"),
        (Method::DELETE, "/v1/me/sessions"),
    ] {
        let refused = program.told(method.clone(), path, None).await;
        assert_eq!(code(&refused), (403, "session.required"), "{method} {path}");
    }
    let body = json!({ "name": "Another", "scopes": ["sale.read"] });
    assert_eq!(
        code(&program.post("/v1/tokens", Some(body)).await),
        (403, "session.required")
    );
}

#[tokio::test]
async fn a_token_ends_by_time_or_by_hand() {
    let office = Office::open().await;
    let ann = office.signed_in(ANN).await;
    let made = token(&ann, &["sale.read"]).await;
    let old = program(&office, &made);
    old.read("/v1/sales").await;
    let listed = ann.read("/v1/tokens").await;
    assert_eq!(listed["items"][0]["last_used_at"], "2026-03-02T13:00:00Z");
    assert!(listed["items"][0].get("secret").is_none(), "{listed}");
    office.security.advance(SignedDuration::from_hours(30 * 24));
    assert_eq!(code(&old.get("/v1/sales").await), (401, "session.missing"));
    let ann = office.signed_in(ANN).await;
    let made = token(&ann, &["sale.read"]).await;
    let second = program(&office, &made);
    let path = format!("/v1/tokens/{}", made["id"].as_str().unwrap());
    let bob = office.signed_in(BOB).await;
    assert_eq!(
        code(&bob.told(Method::DELETE, &path, None).await),
        (404, "token.unknown")
    );
    assert_eq!(
        code(&bob.get("/v1/tokens?all=true").await),
        (403, "permission.denied")
    );
    second.read("/v1/sales").await;
    let admin = office.signed_in(ADMIN).await;
    assert_eq!(
        admin.read("/v1/tokens?all=true").await["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(admin.told(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(
        code(&second.get("/v1/sales").await),
        (401, "session.missing")
    );
}

#[tokio::test]
async fn nobody_gives_a_token_what_they_do_not_have() {
    let office = Office::open().await;
    let ann = office.signed_in(ANN).await;
    for (body, expected) in [
        (
            json!({ "name": "x", "scopes": ["job.retry"] }),
            "token.scopes",
        ),
        (
            json!({ "name": "x", "scopes": ["no.such"] }),
            "token.scopes",
        ),
        (json!({ "name": "x", "scopes": [] }), "token.scopes"),
        (
            json!({ "name": " ", "scopes": ["sale.read"] }),
            "token.name",
        ),
        (
            json!({ "name": "x", "scopes": ["sale.read"], "days": 367 }),
            "token.days",
        ),
    ] {
        assert_eq!(
            code(&ann.post("/v1/tokens", Some(body)).await),
            (422, expected)
        );
    }
    let forged = json!({ "secret": "blt_forged" });
    assert_eq!(
        code(&program(&office, &forged).get("/v1/sales").await),
        (401, "session.missing")
    );
}
