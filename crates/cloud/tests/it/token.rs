//! API tokens: a program acts for a person, within its scopes.
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{ADMIN, ANN, BOB, Browser, Office, code};
use crate::world::id;

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

#[tokio::test]
async fn a_token_gives_and_decides_nothing_beyond_its_scopes() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let made = token(
        &admin,
        &["staff.manage", "staff.read", "role.manage", "sale.read"],
    )
    .await;
    let program = program(&office, &made);
    let (a, person) = (office.world.locations[0], id(3, 180));
    let path = format!("/v1/staff/{person}");
    let entered = |role: u64| {
        json!({ "name": "Lan", "email": "lan@example.org",
                "grants": [{ "id": id(64, role), "role_id": id(6, role), "location_id": a }] })
    };
    // Its person could give all of a branch manager's permissions; the token's own is one of them.
    let beyond = program.put(&path, entered(10)).await;
    assert_eq!(code(&beyond), (403, "grant.beyond_own"));
    let role = json!({ "code": "purchase_clerk", "name": "Clerk", "reason": "more",
                       "permissions": [{ "code": "report.purchases" }, { "code": "job.retry" }] });
    let widened = program.put(&format!("/v1/roles/{}", id(6, 11)), role).await;
    assert_eq!(code(&widened), (403, "grant.beyond_own"));
    assert_eq!(admin.put(&path, entered(10)).await.0, 201);
    let pin = program
        .put(&format!("{path}/pin"), json!({ "pin": "4826" }))
        .await;
    assert_eq!(code(&pin), (403, "staff.beyond_own"));
    // What waits for a second person is decided by somebody whose token is for that.
    let grant = json!({ "name": "Eve", "email": "eve@example.org",
                        "grants": [{ "id": id(64, 1), "role_id": id(6, 1), "location_id": null }] });
    let second = admin.put(&format!("/v1/staff/{}", id(3, 181)), grant).await;
    assert_eq!(second.0, 201, "{second:?}");
    let node = office.world.node(0).await;
    let reason = json!({ "reason": "odd" });
    let (status, asked) = admin
        .post(&format!("/v1/nodes/{}/fence", node.id), Some(reason))
        .await;
    assert_eq!(status, 202, "{asked}");
    office
        .meddle(&format!(
            "update approval set requested_by = '{}'",
            id(3, 181)
        ))
        .await;
    let path = format!("/v1/approvals/{}/decision", asked["id"].as_str().unwrap());
    let approve = json!({ "decision": "approve", "comment": "why not" });
    let decided = program.post(&path, Some(approve.clone())).await;
    assert_eq!(code(&decided), (404, "approval.unknown"));
    let decided = admin.post(&path, Some(approve)).await;
    assert_eq!(decided.0, 200, "{decided:?}");
}
