//! Signing in by `OpenID` Connect, with a certified provider that runs here (npm `oidc-provider`), and with one that
//! does everything wrong on purpose.
use std::collections::BTreeMap;

use cloud::OfficeOptions;
use httpkit::clock::{Clock, SystemClock};
use jiff::SignedDuration;
use reqwest::{Method, Response, header};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::browser::{ADMIN, ANN, BOB, Office, code};
use crate::world::id;

mod account;
mod certified;
pub mod rogue;

use certified::Certified;

/// The cloud's clock for sessions is the machine's, as the provider's is.
async fn office() -> Office {
    let office = Office::with(OfficeOptions::default()).await;
    office.security.set(SystemClock.now());
    office
}

/// A provider as an administrator enters it.
fn entered(code: &str, issuer: &str) -> Value {
    json!({
        "code": code, "name": "Company account", "issuer": issuer, "client_id": "branchline",
        "client_secret": "branchline-secret", "scopes": ["email", "profile", "groups"], "realm": "staff",
        "unknown": "refuse", "active": true,
    })
}

async fn enter(office: &Office, number: u64, provider: Value) {
    let admin = office.signed_in(ADMIN).await;
    let (status, kept) = admin.told(Method::PUT, &path(number), Some(provider)).await;
    assert_eq!(status, 200, "{kept}");
}

fn path(number: u64) -> String {
    format!("/v1/identity-providers/{}", id(60, number))
}

/// A browser that keeps every cookie and follows nothing by itself.
struct Surfer {
    client: reqwest::Client,
    home: Url,
    jar: BTreeMap<String, String>,
}

impl Surfer {
    fn of(office: &Office) -> Self {
        Self {
            client: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            home: Url::parse(&format!("http://{}", office.running.addr)).unwrap(),
            jar: BTreeMap::new(),
        }
    }

    async fn ask(&mut self, method: Method, url: Url) -> Response {
        let cookies: Vec<String> = self
            .jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = self
            .client
            .request(method, url)
            .header(header::COOKIE, cookies.join("; "));
        let response = request.send().await.unwrap();
        for set in response.headers().get_all(header::SET_COOKIE) {
            let (name, rest) = set.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }

    async fn go(&mut self, path: &str) -> Response {
        let url = self.home.join(path).unwrap();
        self.ask(Method::GET, url).await
    }

    /// To the provider: where the cloud sends the browser.
    async fn begin(&mut self, provider: &str) -> Url {
        let answer = self
            .go(&format!(
                "/v1/session/oidc/{provider}?return_to=/office/stock"
            ))
            .await;
        let to = location(&answer);
        assert_eq!(answer.status(), 303, "{to}");
        to.parse().unwrap()
    }

    /// Back from the provider: where the cloud sends the browser then.
    async fn back(&mut self, callback: &Url) -> String {
        let answer = self.ask(Method::GET, callback.clone()).await;
        assert_eq!(answer.status(), 303);
        assert_eq!(answer.headers()[header::REFERRER_POLICY], "no-referrer");
        location(&answer)
    }

    /// Who is signed in; an empty text when nobody is.
    async fn who(&mut self) -> String {
        let answer: Value = self.go("/v1/session").await.json().await.unwrap();
        answer["staff"]["email"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

fn location(answer: &Response) -> String {
    let to = answer.headers().get(header::LOCATION);
    to.map(|to| to.to_str().unwrap().to_owned())
        .unwrap_or_default()
}

fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// An office whose staff may sign in at a certified provider.
async fn with_certified(accounts: Value) -> (Office, Certified) {
    let office = office().await;
    let certified = Certified::start(&office, &accounts);
    (office, certified)
}

#[tokio::test]
async fn somebody_signs_in_at_a_certified_provider_and_out_again() {
    let (office, certified) = with_certified(json!({})).await;
    enter(&office, 1, entered("test", &certified.issuer)).await;
    let mut surfer = Surfer::of(&office);
    let buttons: Value = surfer
        .go("/v1/session/providers")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        buttons["items"],
        json!([{ "code": "test", "name": "Company account" }])
    );
    let to = surfer.begin("test").await;
    assert_eq!(parameter(&to, "code_challenge_method"), "S256");
    assert_eq!(parameter(&to, "response_type"), "code");
    let callback = certified.sign_in(&to, ANN).await;
    assert_eq!(parameter(&callback, "iss"), certified.issuer);
    assert_eq!(surfer.back(&callback).await, "/office/stock");
    assert_eq!(surfer.who().await, ANN);
    assert_eq!(
        surfer.jar.keys().collect::<Vec<_>>(),
        ["branchline_office"],
        "the cookie of the sign-in is gone"
    );
    let sessions: Value = surfer.go("/v1/me/sessions").await.json().await.unwrap();
    assert_eq!(
        (
            &sessions["items"][0]["method"],
            &sessions["items"][0]["provider"]
        ),
        (&json!("oidc"), &json!("Company account"))
    );
    let sealed = "select count(*) from session where id_token_sealed is not null and position('eyJ'::bytea in id_token_sealed) > 0";
    assert_eq!(
        office.world.number(sealed).await,
        0,
        "an ID token is kept sealed"
    );
    let stolen = surfer.jar.clone();
    let url = surfer.home.join("/v1/session").unwrap();
    let out: Value = surfer.ask(Method::DELETE, url).await.json().await.unwrap();
    let goodbye: Url = out["provider_url"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        certified.sign_out(&goodbye).await,
        format!("{}office", surfer.home)
    );
    assert_eq!(surfer.who().await, "");
    surfer.jar = stolen;
    assert_eq!(
        surfer.who().await,
        "",
        "a cookie that was stolen opens nothing after the sign-out"
    );
}

#[tokio::test]
async fn nothing_that_comes_back_counts_twice_or_elsewhere() {
    let (office, certified) = with_certified(json!({})).await;
    enter(&office, 1, entered("test", &certified.issuer)).await;
    let (mut surfer, mut other) = (Surfer::of(&office), Surfer::of(&office));
    let to = surfer.begin("test").await;
    let callback = certified.sign_in(&to, ANN).await;
    // Another browser, as after a link in an e-mail: with and without a sign-in of its own under way.
    assert_eq!(
        other.back(&callback).await,
        "/office?problem=provider.state"
    );
    other.begin("test").await;
    assert_eq!(
        other.back(&callback).await,
        "/office?problem=provider.state"
    );
    assert_eq!(surfer.back(&callback).await, "/office/stock");
    assert_eq!(
        surfer.back(&callback).await,
        "/office?problem=provider.state",
        "the same once more"
    );
    // The same code in a sign-in of its own.
    let mut again = Surfer::of(&office);
    let fresh = again.begin("test").await;
    let mut replayed = callback.clone();
    let code = parameter(&callback, "code");
    replayed.query_pairs_mut().clear().extend_pairs([
        ("code", code.as_str()),
        ("state", &parameter(&fresh, "state")),
        ("iss", &certified.issuer),
    ]);
    assert_eq!(
        again.back(&replayed).await,
        "/office?problem=provider.answer"
    );
    // Too late.
    let mut slow = Surfer::of(&office);
    let to = slow.begin("test").await;
    let callback = certified.sign_in(&to, ANN).await;
    office.security.advance(SignedDuration::from_secs(601));
    assert_eq!(slow.back(&callback).await, "/office?problem=provider.state");
    assert_eq!(slow.who().await, "");
}

#[tokio::test]
async fn clocks_may_differ_by_a_minute_and_not_by_five() {
    let (office, certified) = with_certified(json!({})).await;
    office
        .security
        .set(SystemClock.now() - SignedDuration::from_mins(10));
    enter(&office, 1, entered("test", &certified.issuer)).await;
    for (ahead_s, expected) in [
        (-300, "/office?problem=provider.answer"),
        (-50, "/office/stock"),
        (0, "/office/stock"),
        (50, "/office/stock"),
        (3_600 + 300, "/office?problem=provider.answer"),
    ] {
        office
            .security
            .set(SystemClock.now() + SignedDuration::from_secs(ahead_s));
        let mut surfer = Surfer::of(&office);
        let to = surfer.begin("test").await;
        let callback = certified.sign_in(&to, ANN).await;
        assert_eq!(surfer.back(&callback).await, expected, "{ahead_s} s ahead");
    }
}

#[tokio::test]
async fn a_provider_may_change_its_keys() {
    let (office, mut certified) = with_certified(json!({})).await;
    enter(&office, 1, entered("test", &certified.issuer)).await;
    for _ in 0..2 {
        let mut surfer = Surfer::of(&office);
        let to = surfer.begin("test").await;
        let callback = certified.sign_in(&to, ANN).await;
        assert_eq!(surfer.back(&callback).await, "/office/stock");
        certified.rotate();
        // Asked again for keys that nobody knows at most every five seconds.
        office.security.advance(SignedDuration::from_secs(6));
    }
}

#[tokio::test]
async fn people_are_known_by_a_verified_address_and_then_by_their_subject() {
    let accounts = json!({
        "ann@example.org": { "sub": "employee-1" },
        "Ann@Example.org": { "sub": "employee-2" },
        "unverified-ann": { "sub": "employee-3", "email": ANN },
        "moved": { "sub": "employee-1", "email": "ann.new@example.org" },
        "tim@evil.example": { "sub": "employee-4", "email": "tim@evil.example" },
    });
    let (office, certified) = with_certified(accounts).await;
    let mut provider = entered("test", &certified.issuer);
    provider["domains"] = json!(["example.org"]);
    enter(&office, 1, provider).await;
    let sign_in = async |login: &str| {
        let mut surfer = Surfer::of(&office);
        let to = surfer.begin("test").await;
        let callback = certified.sign_in(&to, login).await;
        let page = surfer.back(&callback).await;
        (page, surfer.who().await)
    };
    let refused = |problem: &str| (format!("/office?problem=provider.{problem}"), String::new());
    let ann = ("/office/stock".to_owned(), ANN.to_owned());
    assert_eq!(
        sign_in("unverified-ann").await,
        refused("email_unverified"),
        "nobody takes over an account so"
    );
    assert_eq!(
        sign_in("tim@evil.example").await,
        refused("email_unverified"),
        "not a domain of this provider's"
    );
    assert_eq!(sign_in("nobody@example.org").await, refused("not_allowed"));
    assert_eq!(sign_in(ANN).await, ann);
    assert_eq!(
        sign_in("Ann@Example.org").await,
        refused("not_allowed"),
        "the address belongs to another person now"
    );
    assert_eq!(
        sign_in("moved").await,
        ann,
        "the subject counts, not the address"
    );
    office
        .meddle(&format!(
            "update staff set active = false where email in ('{ANN}', '{BOB}')"
        ))
        .await;
    assert_eq!(sign_in(ANN).await, refused("not_allowed"));
    assert_eq!(sign_in(BOB).await, refused("not_allowed"));
}

#[tokio::test]
async fn groups_become_roles_and_cease_to_be() {
    let groups = |groups: &[&str]| json!({ "lan@example.org": { "groups": groups } });
    let office = office().await;
    let mut certified = Certified::start(&office, &groups(&["managers-a", "other"]));
    let a = office.world.locations[0];
    let mut provider = entered("test", &certified.issuer);
    provider["unknown"] = json!("create");
    provider["group_claim"] = json!("groups");
    provider["groups"] = json!([
        { "group": "managers-a", "role": id(6, 10), "location": a },
        { "group": "buyers", "role": id(6, 11) },
    ]);
    enter(&office, 1, provider).await;
    let mut surfer = Surfer::of(&office);
    let to = surfer.begin("test").await;
    let callback = certified.sign_in(&to, "lan@example.org").await;
    assert_eq!(surfer.back(&callback).await, "/office/stock");
    let session: Value = surfer.go("/v1/session").await.json().await.unwrap();
    assert_eq!(session["staff"]["name"], "lan");
    assert_eq!(session["locations"].as_array().unwrap().len(), 1);
    assert!(
        session["permissions"]
            .as_array()
            .unwrap()
            .contains(&json!("sale.read")),
        "{session}"
    );
    // A role that was given by hand is nobody's but the administrator's.
    office
        .meddle(&format!(
            "insert into staff_grant (id, staff_id, role_id, location_id, valid_from)
             select '{}', id, '{}', '{a}', '-infinity' from staff where email = 'lan@example.org'",
            id(61, 1),
            id(6, 0),
        ))
        .await;
    office.world.clock.advance(SignedDuration::from_mins(1));
    drop(certified);
    certified = Certified::start(&office, &groups(&["buyers"]));
    let mut provider = entered("test", &certified.issuer);
    provider["group_claim"] = json!("groups");
    provider["groups"] = json!([
        { "group": "managers-a", "role": id(6, 10), "location": a },
        { "group": "buyers", "role": id(6, 11) },
    ]);
    enter(&office, 1, provider).await;
    let mut again = Surfer::of(&office);
    let to = again.begin("test").await;
    let callback = certified.sign_in(&to, "lan@example.org").await;
    assert_eq!(again.back(&callback).await, "/office/stock");
    let session: Value = again.go("/v1/session").await.json().await.unwrap();
    let permissions: Vec<&str> = session["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_str().unwrap())
        .collect();
    assert!(
        permissions.contains(&"report.purchases") && permissions.contains(&"sale.create"),
        "{permissions:?}"
    );
    assert!(!permissions.contains(&"sale.read"), "{permissions:?}");
}

#[tokio::test]
async fn nobody_chooses_where_a_sign_in_ends() {
    let (office, certified) = with_certified(json!({})).await;
    enter(&office, 1, entered("test", &certified.issuer)).await;
    let mut surfer = Surfer::of(&office);
    for to in [
        "https://evil.example",
        "//evil.example/office",
        "/office/%5C%5Cevil.example/..",
        "/v1/session",
        "/office//evil.example",
    ] {
        let to = to.replace("%5C", "\\");
        let query: String = url::form_urlencoded::byte_serialize(to.as_bytes()).collect();
        let answer = surfer
            .go(&format!("/v1/session/oidc/test?return_to={query}"))
            .await;
        let told = (
            answer.status().as_u16(),
            answer.json::<Value>().await.unwrap(),
        );
        assert_eq!(code(&told), (422, "session.return_to"), "{to}");
    }
    assert!(surfer.jar.is_empty(), "{:?}", surfer.jar);
    let unknown = surfer.go("/v1/session/oidc/nobody").await;
    assert_eq!(unknown.status(), 404);
    // The address that people reach is a setting; a forged `Host` changes no link.
    let forged = surfer
        .client
        .get(surfer.home.join("/v1/session/oidc/test").unwrap())
        .header(header::HOST, "evil.example")
        .send()
        .await
        .unwrap();
    let to: Url = location(&forged).parse().unwrap();
    assert!(
        parameter(&to, "redirect_uri").starts_with(surfer.home.as_str()),
        "{to}"
    );
}

#[tokio::test]
async fn a_session_that_was_planted_is_not_the_one_that_begins() {
    let (office, certified) = with_certified(json!({})).await;
    enter(&office, 1, entered("test", &certified.issuer)).await;
    let attacker = office.signed_in(BOB).await;
    let planted = attacker.cookie.clone().unwrap();
    let (name, value) = planted.split_once('=').unwrap();
    let mut victim = Surfer::of(&office);
    victim.jar.insert(name.to_owned(), value.to_owned());
    let to = victim.begin("test").await;
    let callback = certified.sign_in(&to, ANN).await;
    assert_eq!(victim.back(&callback).await, "/office/stock");
    assert_eq!(victim.who().await, ANN);
    assert_ne!(victim.jar[name], value);
    assert_eq!(
        code(&attacker.get("/v1/session").await),
        (401, "session.missing")
    );
}

#[tokio::test]
async fn providers_are_set_up_by_whoever_may_and_keep_their_secret() {
    let office = office().await;
    let issuer = "https://login.example.org";
    let bob = office.signed_in(BOB).await;
    let put = bob
        .told(Method::PUT, &path(1), Some(entered("test", issuer)))
        .await;
    assert_eq!(code(&put), (403, "permission.denied"));
    enter(&office, 1, entered("test", issuer)).await;
    let admin = office.signed_in(ADMIN).await;
    let listed = admin.read("/v1/identity-providers").await;
    assert_eq!(listed["items"][0]["has_secret"], true);
    assert!(
        !listed.to_string().contains("branchline-secret"),
        "{listed}"
    );
    let callback = format!(
        "http://{}/v1/session/oidc/test/callback",
        office.running.addr
    );
    assert_eq!(listed["items"][0]["callback"], callback);
    let plain = office
        .world
        .number("select count(*) from identity_provider where position('branchline-secret'::bytea in client_secret_sealed) > 0")
        .await;
    assert_eq!(plain, 0);
    for (field, value) in [
        ("issuer", json!("http://login.example.org")),
        ("code", json!("../x")),
        ("name", json!("")),
        ("groups", json!([{ "group": "", "role": id(6, 10) }])),
    ] {
        let mut wrong = entered("other", issuer);
        wrong[field] = value;
        let refused = admin.told(Method::PUT, &path(2), Some(wrong)).await;
        assert_eq!(code(&refused), (422, "provider.invalid"), "{field}");
    }
    let twice = admin
        .told(Method::PUT, &path(2), Some(entered("test", issuer)))
        .await;
    assert_eq!(code(&twice), (409, "provider.code_taken"));
    let mut nowhere = entered("other", issuer);
    nowhere["default_role"] = json!(Uuid::nil());
    assert_eq!(
        code(&admin.told(Method::PUT, &path(2), Some(nowhere)).await),
        (422, "role.unknown")
    );
    // Nobody answers there: the browser hears it from a page.
    let mut away = entered("away", "http://127.0.0.1:9");
    away["name"] = json!("Away");
    enter(&office, 3, away).await;
    let mut surfer = Surfer::of(&office);
    let answer = surfer.go("/v1/session/oidc/away").await;
    assert_eq!(location(&answer), "/office?problem=provider.unreachable");
    assert_eq!(admin.told(Method::DELETE, &path(1), None).await.0, 204);
    assert_eq!(
        code(&admin.told(Method::DELETE, &path(1), None).await),
        (404, "provider.unknown")
    );
}
