//! The second factor, one's sessions and one's password.
use cloud::Actor;
use httpkit::clock::Clock;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

use crate::browser::{ADMIN, ANN, BOB, Browser, Office, PASSWORD, code, until};
use crate::world::id;

/// The authenticator app of somebody.
pub struct App(Totp);

impl App {
    pub fn of(answer: &Value) -> Self {
        let secret = Secret::try_from_base32(answer["secret"].as_str().unwrap()).unwrap();
        Self(
            Builder::new()
                .with_secret(secret)
                .with_account_name("x")
                .build()
                .unwrap(),
        )
    }

    pub fn code(&self, office: &Office) -> String {
        let second = u64::try_from(office.security.now().as_second()).unwrap();
        self.0.generate(second).to_string()
    }

    /// A code that is not this moment's, nor of one before or after.
    fn wrong(&self, office: &Office) -> String {
        let second = u64::try_from(office.security.now().as_second()).unwrap();
        let near: Vec<String> = (0..5)
            .map(|step| self.0.generate(second + 30 * step - 60).to_string())
            .collect();
        let mut codes = (0..).map(|number: u32| format!("{number:06}"));
        codes.find(|code| !near.contains(code)).unwrap()
    }
}

async fn post(browser: &Browser, path: &str, body: Value) -> (u16, Value) {
    browser.post(path, Some(body)).await
}

/// Somebody with an authenticator, who is signed in, and the recovery codes.
pub async fn with_factor(office: &Office, email: &str) -> (Browser, App, Vec<String>) {
    let browser = office.signed_in(email).await;
    let (status, begun) = browser.post("/v1/me/totp", None).await;
    assert_eq!(status, 201, "{begun}");
    assert!(
        begun["uri"]
            .as_str()
            .unwrap()
            .starts_with("otpauth://totp/Branchline%20Test"),
        "{begun}"
    );
    let app = App::of(&begun);
    let (status, confirmed) = post(
        &browser,
        "/v1/me/totp/confirmation",
        json!({ "code": app.code(office) }),
    )
    .await;
    assert_eq!(status, 201, "{confirmed}");
    let codes = confirmed["codes"].as_array().unwrap();
    let codes = codes
        .iter()
        .map(|code| code.as_str().unwrap().to_owned())
        .collect();
    // A code is good once: the next sign-in needs the next one.
    office.security.advance(SignedDuration::from_secs(30));
    (browser, app, codes)
}

/// The password is right; the challenge is in the browser.
async fn challenged(office: &Office, email: &str) -> Browser {
    let mut browser = office.browser();
    let answer = browser.sign_in(email, PASSWORD).await;
    assert_eq!(code(&answer), (401, "session.second_factor"));
    let cookie = browser.set_cookie.clone().unwrap();
    assert!(
        cookie.starts_with("branchline_challenge=") && cookie.contains("HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    assert_eq!(
        code(&browser.get("/v1/session").await),
        (401, "session.missing"),
        "a challenge is no session"
    );
    browser
}

async fn give(browser: &mut Browser, given: &str) -> (u16, Value) {
    let body = json!({ "code": given });
    browser
        .answer(Method::POST, "/v1/session/second-factor", Some(body))
        .await
}

#[tokio::test]
async fn whoever_has_an_authenticator_is_asked_for_its_code() {
    let office = Office::open().await;
    let (first, app, codes) = with_factor(&office, ANN).await;
    assert_eq!(codes.len(), 10);
    let state = first.read("/v1/me/totp").await;
    assert_eq!(state["recovery_codes"], 10);
    let mut browser = challenged(&office, ANN).await;
    let given = app.code(&office);
    let (status, session) = give(&mut browser, &given).await;
    assert_eq!((status, &session["staff"]["email"]), (201, &json!(ANN)));
    browser.read("/v1/session").await;
    // The same code again, by whoever looked over the shoulder.
    let mut thief = challenged(&office, ANN).await;
    assert_eq!(
        code(&give(&mut thief, &given).await),
        (401, "session.factor_wrong")
    );
    let sessions = browser.read("/v1/me/sessions").await;
    let marks: Vec<&Value> = sessions["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["second_factor"])
        .collect();
    assert_eq!(marks, [true, true]);
    // Nothing that opens anything is kept as it is.
    let plain = office
        .world
        .number(&format!(
            "select count(*) from recovery_code where position('{}'::bytea in code_hash) > 0",
            codes[0]
        ))
        .await;
    assert_eq!(plain, 0);
}

#[tokio::test]
async fn an_authenticator_that_is_not_confirmed_is_asked_for_by_nobody() {
    let office = Office::open().await;
    let browser = office.signed_in(ANN).await;
    let app = App::of(&browser.post("/v1/me/totp", None).await.1);
    let wrong = post(
        &browser,
        "/v1/me/totp/confirmation",
        json!({ "code": app.wrong(&office) }),
    )
    .await;
    assert_eq!(code(&wrong), (401, "session.factor_wrong"));
    office.signed_in(ANN).await;
    // Begun again: the first secret counts no more.
    let second = App::of(&browser.post("/v1/me/totp", None).await.1);
    let old = post(
        &browser,
        "/v1/me/totp/confirmation",
        json!({ "code": app.code(&office) }),
    )
    .await;
    assert_eq!(code(&old), (401, "session.factor_wrong"));
    let right = post(
        &browser,
        "/v1/me/totp/confirmation",
        json!({ "code": second.code(&office) }),
    )
    .await;
    assert_eq!(right.0, 201);
    assert_eq!(
        code(&browser.post("/v1/me/totp", None).await),
        (409, "totp.active")
    );
}

#[tokio::test]
async fn a_recovery_code_is_good_once() {
    let office = Office::open().await;
    let (_, _, codes) = with_factor(&office, ANN).await;
    let careless = codes[3].to_uppercase().replace('-', " ");
    let mut browser = challenged(&office, ANN).await;
    assert_eq!(give(&mut browser, &careless).await.0, 201);
    let mut again = challenged(&office, ANN).await;
    assert_eq!(
        code(&give(&mut again, &codes[3]).await),
        (401, "session.factor_wrong")
    );
    assert_eq!(browser.read("/v1/me/totp").await["recovery_codes"], 9);
    let (status, renewed) = browser.post("/v1/me/recovery-codes", None).await;
    assert_eq!(
        (status, renewed["codes"].as_array().unwrap().len()),
        (201, 10)
    );
    assert_eq!(
        code(&give(&mut again, &codes[4]).await),
        (401, "session.factor_wrong"),
        "an old one"
    );
}

#[tokio::test]
async fn guessing_codes_is_limited_by_challenge_account_and_address() {
    let office = Office::open().await;
    let (_, app, _) = with_factor(&office, ANN).await;
    let mut browser = challenged(&office, ANN).await;
    for _ in 0..4 {
        assert_eq!(
            code(&give(&mut browser, &app.wrong(&office)).await),
            (401, "session.factor_wrong")
        );
    }
    // Another challenge does not begin anew: the fifth locks, for a right code too.
    let mut other = challenged(&office, ANN).await;
    assert_eq!(
        code(&give(&mut other, &app.wrong(&office)).await),
        (401, "session.factor_wrong")
    );
    let locked = give(&mut other, &app.code(&office)).await;
    assert_eq!(code(&locked), (429, "session.locked"));
    assert_eq!(locked.1["figures"]["retry_after_s"], 30);
    office.security.advance(SignedDuration::from_secs(31));
    assert_eq!(give(&mut other, &app.code(&office)).await.0, 201);
    // Bob is not Ann, but he sits behind the same address.
    office.signed_in(BOB).await;
}

#[tokio::test]
async fn a_challenge_is_over_after_five_tries_or_five_minutes() {
    let office = Office::open().await;
    let (_, app, _) = with_factor(&office, ANN).await;
    let mut slow = challenged(&office, ANN).await;
    office.security.advance(SignedDuration::from_secs(301));
    assert_eq!(
        code(&give(&mut slow, &app.code(&office)).await),
        (401, "session.challenge_over")
    );
    let mut nobody = office.browser();
    assert_eq!(
        code(&give(&mut nobody, &app.code(&office)).await),
        (401, "session.challenge_over")
    );
    let mut clumsy = challenged(&office, ANN).await;
    for _ in 0..5 {
        give(&mut clumsy, &app.wrong(&office)).await;
        // So that it is the challenge that counts, not the account.
        office.meddle("delete from sign_in_failure").await;
    }
    assert_eq!(
        code(&give(&mut clumsy, &app.code(&office)).await),
        (401, "session.challenge_over")
    );
    // A challenge is good for one session.
    let mut browser = challenged(&office, ANN).await;
    let challenge = browser.cookie.clone();
    assert_eq!(give(&mut browser, &app.code(&office)).await.0, 201);
    office.security.advance(SignedDuration::from_secs(30));
    browser.cookie = challenge;
    assert_eq!(
        code(&give(&mut browser, &app.code(&office)).await),
        (401, "session.challenge_over")
    );
}

#[tokio::test]
async fn how_one_signs_in_is_changed_only_soon_after_signing_in() {
    let office = Office::open().await;
    let browser = office.signed_in(ANN).await;
    office.security.advance(SignedDuration::from_mins(16));
    for (method, path) in [
        (Method::POST, "/v1/me/totp"),
        (Method::DELETE, "/v1/me/totp"),
        (Method::POST, "/v1/me/recovery-codes"),
    ] {
        let refused = browser.told(method, path, None).await;
        assert_eq!(code(&refused), (403, "session.stale"), "{path}");
    }
    let fresh = office.signed_in(ANN).await;
    assert_eq!(fresh.post("/v1/me/totp", None).await.0, 201);
    assert_eq!(fresh.told(Method::DELETE, "/v1/me/totp", None).await.0, 204);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_alone() {
    let office = Office::open().await;
    let laptop = office.signed_in(ANN).await;
    office.security.advance(SignedDuration::from_mins(5));
    let phone = office.signed_in(ANN).await;
    let bob = office.signed_in(BOB).await;
    let listed = phone.read("/v1/me/sessions").await;
    let items = listed["items"].as_array().unwrap();
    let current: Vec<&Value> = items.iter().map(|one| &one["current"]).collect();
    assert_eq!(current, [true, false]);
    assert_eq!(
        (&items[1]["method"], &items[1]["address"]),
        (&json!("password"), &json!("127.0.0.1"))
    );
    let other = format!("/v1/me/sessions/{}", items[1]["id"].as_str().unwrap());
    assert_eq!(
        code(&bob.told(Method::DELETE, &other, None).await),
        (404, "session.unknown")
    );
    let mut live = laptop.live(None).await;
    assert_eq!(phone.told(Method::DELETE, &other, None).await.0, 204);
    assert_eq!(crate::browser::close_code(&mut live).await, 1008);
    assert_eq!(
        code(&laptop.get("/v1/session").await),
        (401, "session.missing")
    );
    let third = office.signed_in(ANN).await;
    assert_eq!(
        phone.told(Method::DELETE, "/v1/me/sessions", None).await.0,
        204
    );
    assert_eq!(
        code(&third.get("/v1/session").await),
        (401, "session.missing")
    );
    phone.read("/v1/session").await;
}

#[tokio::test]
async fn whoever_manages_sessions_ends_those_of_others() {
    let office = Office::open().await;
    let ann = office.signed_in(ANN).await;
    let id = ann.read("/v1/session").await["staff"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/staff/{id}/sessions");
    let bob = office.signed_in(BOB).await;
    assert_eq!(code(&bob.get(&path).await), (403, "permission.denied"));
    assert_eq!(
        code(&bob.told(Method::DELETE, &path, None).await),
        (403, "permission.denied")
    );
    let admin = office.signed_in(ADMIN).await;
    assert_eq!(
        admin.read(&path).await["items"].as_array().unwrap().len(),
        1
    );
    assert_eq!(admin.told(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(
        code(&ann.get("/v1/session").await),
        (401, "session.missing")
    );
    let nobody = "/v1/staff/01890000-0000-7000-8000-000000000000/sessions";
    assert_eq!(code(&admin.get(nobody).await), (404, "staff.unknown"));
    let noted = office
        .world
        .number("select count(*) from audit where action = 'session.all_revoked'")
        .await;
    assert_eq!(noted, 1);
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_the_other_sessions() {
    let office = Office::open().await;
    let browser = office.signed_in(ANN).await;
    let other = office.signed_in(ANN).await;
    let put = async |current: &str, new: &str| {
        let body = json!({ "current": current, "new": new });
        browser
            .told(Method::PUT, "/v1/me/password", Some(body))
            .await
    };
    assert_eq!(
        code(&put("something else", "a new password").await),
        (401, "session.credentials")
    );
    assert_eq!(code(&put(PASSWORD, "short").await), (422, "staff.password"));
    assert_eq!(put(PASSWORD, "a new password").await.0, 204);
    browser.read("/v1/session").await;
    assert_eq!(
        code(&other.get("/v1/session").await),
        (401, "session.missing")
    );
    assert_eq!(office.browser().sign_in(ANN, PASSWORD).await.0, 401);
    assert_eq!(office.browser().sign_in(ANN, "a new password").await.0, 201);
    // Guessing it there is limited as at the door.
    for _ in 0..5 {
        put("guess", "another password").await;
    }
    assert_eq!(
        code(&put("a new password", "another password").await),
        (429, "session.locked")
    );
}

#[tokio::test]
async fn a_lost_authenticator_is_removed_by_whoever_may_do_as_much() {
    let office = Office::open().await;
    let (ann, _, _) = with_factor(&office, ANN).await;
    let id = ann.read("/v1/session").await["staff"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/staff/{id}/totp");
    let bob = office.signed_in(BOB).await;
    assert_eq!(code(&bob.delete(&path).await), (403, "permission.denied"));
    let admin = office.signed_in(ADMIN).await;
    office.security.advance(SignedDuration::from_mins(16));
    assert_eq!(code(&admin.delete(&path).await), (403, "session.stale"));
    let admin = office.signed_in(ADMIN).await;
    assert_eq!(admin.delete(&path).await.0, 204);
    assert_eq!(
        code(&ann.get("/v1/session").await),
        (401, "session.missing")
    );
    office.signed_in(ANN).await;
}

/// The role of branch managers asks for a second factor from now on, or no more.
pub async fn managers_owe(office: &Office, second_factor: bool) {
    let admin = office.signed_in(ADMIN).await;
    let path = format!("/v1/roles/{}", id(6, 10));
    let mut role = admin.read(&path).await;
    let role = json!({
        "code": role["code"], "name": role["name"], "permissions": role["permissions"].take(),
        "second_factor": second_factor, "reason": "house rule",
    });
    let (status, kept) = admin.put(&path, role).await;
    assert_eq!(
        (status, &kept["second_factor"]),
        (200, &json!(second_factor))
    );
}

fn owed(session: &Value) -> (&Value, usize) {
    let permissions = session["permissions"].as_array().unwrap();
    (&session["second_factor"], permissions.len())
}

#[tokio::test]
async fn whoever_has_a_role_that_asks_for_a_second_factor_does_nothing_without() {
    let office = Office::open().await;
    let ann = office.signed_in(ANN).await;
    let mut page = ann.live(None).await;
    until(&mut page, |message| message["type"] == "hello").await;
    assert_eq!(owed(&ann.read("/v1/session").await).0, &Value::Null);
    managers_owe(&office, true).await;
    // The page that was open hears of it.
    let told = until(&mut page, |message| message["type"] == "session").await;
    assert_eq!(told.last().unwrap()["permissions"], json!([]));
    assert_eq!(owed(&ann.read("/v1/session").await), (&json!("set_up"), 0));
    for path in [
        "/v1/overview",
        "/v1/regions",
        "/v1/me/sessions",
        "/v1/tokens",
    ] {
        let refused = ann.get(path).await;
        assert_eq!(code(&refused), (403, "session.factor_required"), "{path}");
    }
    let removing = ann.delete("/v1/me/totp").await;
    assert_eq!(code(&removing), (403, "session.factor_required"));
    // The same after a sign-in, and there is a way out.
    let ann = office.signed_in(ANN).await;
    assert_eq!(owed(&ann.read("/v1/session").await), (&json!("set_up"), 0));
    let (_, app, _) = with_factor(&office, ANN).await;
    assert_eq!(ann.get("/v1/session").await.0, 401, "it began without");
    let mut browser = challenged(&office, ANN).await;
    assert_eq!(give(&mut browser, &app.code(&office)).await.0, 201);
    assert!(owed(&browser.read("/v1/session").await).1 > 0);
    browser.read("/v1/overview").await;
    // Whoever takes it away again owes it again.
    assert_eq!(browser.delete("/v1/me/totp").await.0, 204);
    assert_eq!(
        owed(&browser.read("/v1/session").await),
        (&json!("set_up"), 0)
    );
    managers_owe(&office, false).await;
    browser.read("/v1/overview").await;
}

#[tokio::test]
async fn the_machine_itself_takes_away_a_second_factor_and_says_so() {
    let office = Office::open().await;
    let (ann, _, _) = with_factor(&office, ANN).await;
    let by = Actor::Service("admin");
    let reset =
        async |email: &str| cloud::reset_second_factor(&office.world.cloud, by, email).await;
    assert!(!reset("nobody@example.org").await.unwrap());
    assert!(reset("Ann@example.org ").await.unwrap());
    assert_eq!(ann.get("/v1/session").await.0, 401);
    office.signed_in(ANN).await;
    let noted = office
        .world
        .number(
            "select count(*) from audit where action = 'totp.removed' and actor = 'service:admin'",
        )
        .await;
    assert_eq!(noted, 1);
}
