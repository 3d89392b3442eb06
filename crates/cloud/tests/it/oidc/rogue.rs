//! A provider that does on purpose what a certified one cannot be made to do.
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use httpkit::clock::Clock as _;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::{Surfer, enter, entered, office, parameter};
use crate::browser::{ANN, Office};
use crate::factor::{managers_owe, with_factor};

/// What the provider says next.
#[derive(Default)]
struct Script {
    issuer: String,
    /// What its discovery document says besides the usual.
    metadata: Value,
    keys: Value,
    /// The answer of its token endpoint.
    id_token: String,
    /// How often it was asked for a token.
    asked: usize,
}

type Shared = Arc<Mutex<Script>>;

pub struct Rogue {
    script: Shared,
    pub issuer: String,
    key: SigningKey,
}

impl Rogue {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let key = SigningKey::from_bytes(&[7; 32]);
        let script = Arc::new(Mutex::new(Script {
            issuer: issuer.clone(),
            metadata: json!({}),
            keys: json!([jwk(&key, "one")]),
            ..Script::default()
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            script,
            issuer,
            key,
        }
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// The claims of a token that is right.
    fn right(&self, office: &Office, nonce: &str) -> Value {
        let now = office.security.now().as_second();
        json!({
            "iss": self.issuer, "aud": "branchline", "sub": "employee-1", "nonce": nonce, "iat": now, "exp": now + 300,
            "email": ANN, "email_verified": true, "name": "Ann",
        })
    }

    fn signed(&self, claims: &Value) -> String {
        jwt(&json!({ "alg": "EdDSA", "kid": "one" }), claims, &self.key)
    }
}

async fn discovery(State(script): State<Shared>) -> Json<Value> {
    let script = script.lock().unwrap();
    let issuer = &script.issuer;
    let mut document = json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"), "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
        // It would like others than its own key to do.
        "id_token_signing_alg_values_supported": ["EdDSA", "none", "HS256"],
    });
    for (name, value) in script.metadata.as_object().unwrap() {
        document[name] = value.clone();
    }
    Json(document)
}

async fn keys(State(script): State<Shared>) -> Json<Value> {
    Json(json!({ "keys": script.lock().unwrap().keys }))
}

async fn token(State(script): State<Shared>) -> Json<Value> {
    let mut script = script.lock().unwrap();
    script.asked += 1;
    Json(json!({ "access_token": "access", "token_type": "Bearer", "id_token": script.id_token }))
}

fn jwk(key: &SigningKey, kid: &str) -> Value {
    let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig", "alg": "EdDSA" })
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn jwt(header: &Value, claims: &Value, key: &SigningKey) -> String {
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).to_bytes());
    format!("{signed}.{signature}")
}

/// HMAC-SHA-256 (RFC 2104), as a forger would make it of what is public.
fn hs256(claims: &Value, secret: &[u8]) -> String {
    let mut block = [0; 64];
    block[..secret.len()].copy_from_slice(secret);
    let keyed = |pad: u8| block.map(|byte| byte ^ pad);
    let signed = format!(
        "{}.{}",
        part(&json!({ "alg": "HS256", "kid": "one" })),
        part(claims)
    );
    let inner = Sha256::new()
        .chain_update(keyed(0x36))
        .chain_update(&signed)
        .finalize();
    let outer = Sha256::new()
        .chain_update(keyed(0x5c))
        .chain_update(inner)
        .finalize();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(outer))
}

/// Where a browser that began at `to` comes back with.
fn callback(office: &Office, code: &str, to: &Url, more: &[(&str, &str)]) -> Url {
    let mut url = Url::parse(&format!(
        "http://{}/v1/session/oidc/{code}/callback",
        office.running.addr
    ))
    .unwrap();
    url.query_pairs_mut()
        .append_pair("code", "anything")
        .append_pair("state", &parameter(to, "state"))
        .extend_pairs(more);
    url
}

const IN: &str = "/office/stock";
const WRONG: &str = "/office?problem=provider.answer";

/// A sign-in whose ID token is made by `forge` from the right claims.
async fn attempt(office: &Office, rogue: &Rogue, forge: impl FnOnce(Value) -> String) -> String {
    let mut surfer = Surfer::of(office);
    let to = surfer.begin("rogue").await;
    let right = rogue.right(office, &parameter(&to, "nonce"));
    rogue.script().id_token = forge(right);
    let page = surfer.back(&callback(office, "rogue", &to, &[])).await;
    assert_eq!(surfer.who().await.is_empty(), page != IN, "{page}");
    page
}

async fn with_rogue() -> (Office, Rogue) {
    let office = office().await;
    let rogue = Rogue::start().await;
    enter(&office, 1, entered("rogue", &rogue.issuer)).await;
    (office, rogue)
}

#[tokio::test]
async fn an_id_token_is_taken_only_when_everything_in_it_is_right() {
    let (office, rogue) = with_rogue().await;
    let now = office.security.now().as_second();
    let with = |name: &'static str, value: Value| {
        move |mut claims: Value| {
            claims[name] = value;
            claims
        }
    };
    assert_eq!(
        attempt(&office, &rogue, |claims| rogue.signed(&claims)).await,
        IN
    );
    let cases: [(&'static str, Value, &str); 16] = [
        ("nonce", json!("another"), WRONG),
        ("nonce", Value::Null, WRONG),
        ("aud", json!("another-client"), WRONG),
        ("aud", json!(["branchline", "another-client"]), WRONG),
        ("aud", json!([]), WRONG),
        ("azp", json!("another-client"), WRONG),
        ("azp", json!("branchline"), IN),
        ("iss", json!("https://accounts.example.com"), WRONG),
        ("iss", json!(format!("{}/", rogue.issuer)), WRONG),
        ("exp", json!(now - 61), WRONG),
        ("exp", json!(now - 50), IN),
        ("iat", json!(now + 90), WRONG),
        ("iat", json!(now + 50), IN),
        ("iat", json!(now - 700), WRONG),
        ("nbf", json!(now + 90), WRONG),
        ("nbf", json!(now - 5), IN),
    ];
    for (name, value, expected) in cases {
        let change = with(name, value.clone());
        let page = attempt(&office, &rogue, |claims| rogue.signed(&change(claims))).await;
        assert_eq!(page, expected, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_signature_is_the_providers_or_none_at_all() {
    let (office, rogue) = with_rogue().await;
    let other = SigningKey::from_bytes(&[8; 32]);
    let none = |claims: Value| format!("{}.{}.", part(&json!({ "alg": "none" })), part(&claims));
    assert_eq!(attempt(&office, &rogue, none).await, WRONG, "alg: none");
    let half = |claims: Value| {
        let signed = rogue.signed(&claims);
        format!(
            "{}.{}.{}",
            part(&json!({ "alg": "none", "kid": "one" })),
            part(&claims),
            signed.rsplit('.').next().unwrap()
        )
    };
    assert_eq!(
        attempt(&office, &rogue, half).await,
        WRONG,
        "alg: none, with a signature"
    );
    let secret = |claims: Value| hs256(&claims, b"branchline-secret");
    assert_eq!(
        attempt(&office, &rogue, secret).await,
        WRONG,
        "the client's secret as the key"
    );
    let public = |claims: Value| hs256(&claims, rogue.key.verifying_key().as_bytes());
    assert_eq!(
        attempt(&office, &rogue, public).await,
        WRONG,
        "the public key as a secret"
    );
    let foreign = |claims: Value| jwt(&json!({ "alg": "EdDSA", "kid": "one" }), &claims, &other);
    assert_eq!(
        attempt(&office, &rogue, foreign).await,
        WRONG,
        "another key under the same name"
    );
    let own = |claims: Value| {
        jwt(
            &json!({ "alg": "EdDSA", "jwk": jwk(&other, "two"), "kid": "two" }),
            &claims,
            &other,
        )
    };
    assert_eq!(
        attempt(&office, &rogue, own).await,
        WRONG,
        "a key that the token brings itself"
    );
    let changed = |claims: Value| {
        let signed = rogue.signed(&claims);
        let mut parts: Vec<&str> = signed.split('.').collect();
        let mut forged = claims.clone();
        forged["sub"] = json!("employee-2");
        let forged = part(&forged);
        parts[1] = &forged;
        parts.join(".")
    };
    assert_eq!(
        attempt(&office, &rogue, changed).await,
        WRONG,
        "changed after it was signed"
    );
}

#[tokio::test]
async fn rubbish_breaks_nothing_and_a_new_key_is_fetched() {
    let (office, rogue) = with_rogue().await;
    let other = SigningKey::from_bytes(&[8; 32]);
    assert_eq!(
        attempt(&office, &rogue, |claims| rogue.signed(&claims)).await,
        IN
    );
    for rubbish in ["", "x", "a.b.c", "....", "{}"] {
        assert_eq!(
            attempt(&office, &rogue, |_| rubbish.to_owned()).await,
            WRONG,
            "{rubbish:?}"
        );
    }
    let huge = attempt(&office, &rogue, |_| "x".repeat(2 << 20)).await;
    assert_eq!(huge, WRONG, "an answer without end");
    // A new key is fetched when its name is new.
    office.security.advance(jiff::SignedDuration::from_secs(6));
    rogue.script().keys = json!([jwk(&other, "two")]);
    let renewed = |claims: Value| jwt(&json!({ "alg": "EdDSA", "kid": "two" }), &claims, &other);
    assert_eq!(attempt(&office, &rogue, renewed).await, IN);
}

#[tokio::test]
async fn two_providers_are_not_mixed_up() {
    let (office, rogue) = with_rogue().await;
    let honest = Rogue::start().await;
    honest.script().metadata = json!({ "authorization_response_iss_parameter_supported": true });
    enter(&office, 2, entered("honest", &honest.issuer)).await;
    // A sign-in at the honest one comes back to the rogue one's address, to be exchanged there.
    let mut surfer = Surfer::of(&office);
    let to = surfer.begin("honest").await;
    let mixed = callback(&office, "rogue", &to, &[("iss", &honest.issuer)]);
    assert_eq!(surfer.back(&mixed).await, "/office?problem=provider.state");
    assert_eq!(rogue.script().asked, 0, "its code went nowhere");
    // The answer says that another one made it, or does not say what this provider always says.
    for more in [vec![("iss", rogue.issuer.as_str())], vec![]] {
        let to = surfer.begin("honest").await;
        assert_eq!(
            surfer.back(&callback(&office, "honest", &to, &more)).await,
            WRONG
        );
    }
    assert_eq!(honest.script().asked, 0);
    // An ID token of the rogue one at the honest one's address.
    let to = surfer.begin("honest").await;
    let claims = rogue.right(&office, &parameter(&to, "nonce"));
    honest.script().id_token = rogue.signed(&claims);
    let back = callback(&office, "honest", &to, &[("iss", &honest.issuer)]);
    assert_eq!(surfer.back(&back).await, WRONG);
    let to = surfer.begin("honest").await;
    let claims = honest.right(&office, &parameter(&to, "nonce"));
    honest.script().id_token = honest.signed(&claims);
    let back = callback(&office, "honest", &to, &[("iss", &honest.issuer)]);
    assert_eq!(surfer.back(&back).await, IN);
}

#[tokio::test]
async fn an_address_counts_only_when_the_provider_has_verified_it() {
    let (office, rogue) = with_rogue().await;
    for (verified, expected) in [
        (json!(false), "/office?problem=provider.email_unverified"),
        (Value::Null, "/office?problem=provider.email_unverified"),
        (json!("false"), "/office?problem=provider.email_unverified"),
        (json!("true"), IN),
    ] {
        office.meddle("delete from external_identity").await;
        let page = attempt(&office, &rogue, |mut claims| {
            claims["email_verified"] = verified.clone();
            rogue.signed(&claims)
        });
        assert_eq!(page.await, expected, "{verified}");
    }
}

#[tokio::test]
async fn what_a_provider_says_goes_into_no_page_and_no_header() {
    let (office, rogue) = with_rogue().await;
    let mut surfer = Surfer::of(&office);
    let to = surfer.begin("rogue").await;
    let mut denied = Url::parse(&format!(
        "http://{}/v1/session/oidc/rogue/callback",
        office.running.addr
    ))
    .unwrap();
    denied
        .query_pairs_mut()
        .append_pair("error", "access_denied\r\nSet-Cookie: x=1<script>")
        .append_pair("state", &parameter(&to, "state"));
    assert_eq!(
        surfer.back(&denied).await,
        "/office?problem=provider.refused"
    );
    assert_eq!(rogue.script().asked, 0);
    // Whatever else is sent, nobody is signed in and nothing breaks.
    for query in [
        "",
        "?code=x",
        "?state=x",
        "?state=%00%ff&code=x",
        "?state=x&code=x&state=y",
    ] {
        let answer = surfer
            .go(&format!("/v1/session/oidc/rogue/callback{query}"))
            .await;
        let status = answer.status().as_u16();
        assert!(status == 303 || status == 422, "{query}: {status}");
    }
    let post = surfer
        .ask(
            Method::POST,
            surfer.home.join("/v1/session/oidc/rogue/callback").unwrap(),
        )
        .await;
    assert_eq!(post.status(), 405);
}

/// What a session by this provider owes; none: everything is open to it.
async fn owed(office: &Office, rogue: &Rogue, more: Value) -> (Value, Surfer) {
    let mut surfer = Surfer::of(office);
    let to = surfer.begin("rogue").await;
    let mut claims = rogue.right(office, &parameter(&to, "nonce"));
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    rogue.script().id_token = rogue.signed(&claims);
    let page = surfer.back(&callback(office, "rogue", &to, &[])).await;
    assert_eq!(page, IN);
    let session: Value = surfer.go("/v1/session").await.json().await.unwrap();
    (session["second_factor"].clone(), surfer)
}

#[tokio::test]
async fn a_provider_that_has_asked_for_several_factors_is_believed_and_others_are_not() {
    let (office, rogue) = with_rogue().await;
    managers_owe(&office, true).await;
    let several = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
    for (claims, expected) in [
        (json!({}), json!("set_up")),
        (json!({ "amr": ["pwd"], "acr": "0" }), json!("set_up")),
        (json!({ "amr": ["pwd", "otp", "mfa"] }), Value::Null),
        (json!({ "acr": several }), Value::Null),
    ] {
        let (told, mut surfer) = owed(&office, &rogue, claims.clone()).await;
        assert_eq!(told, expected, "{claims}");
        let status = surfer.go("/v1/overview").await.status();
        assert_eq!(
            status,
            if expected.is_null() { 200 } else { 403 },
            "{claims}"
        );
    }
    // Whoever has an authenticator of our own gives its code.
    let (_, app, _) = with_factor(&office, ANN).await;
    let (told, surfer) = owed(&office, &rogue, json!({})).await;
    assert_eq!(told, "give");
    let mut browser = office.browser();
    let token = &surfer.jar["branchline_office"];
    browser.cookie = Some(format!("branchline_office={token}"));
    let given = async |text: String| {
        let body = Some(json!({ "code": text }));
        browser.post("/v1/me/second-factor", body).await.0
    };
    assert_eq!(given("no code".to_owned()).await, 401);
    assert_eq!(browser.get("/v1/overview").await.0, 403);
    assert_eq!(given(app.code(&office)).await, 204);
    browser.read("/v1/overview").await;
}
