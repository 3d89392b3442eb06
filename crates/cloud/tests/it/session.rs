//! Signing in at the office: what is wrong is told alike, guessing gets slow, and sessions end.
use cloud::OfficeOptions;
use cloud::staff::{self, NewGrant, NewRole, NewStaff};
use futures_util::future::join_all;
use jiff::SignedDuration;
use reqwest::Method;
use retail::staff::Permission;
use serde_json::{Value, json};

use crate::browser::{ADMIN, ANN, BOB, Browser, Office, PASSWORD, TIM};
use crate::world::id;

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_session_says_who_one_is_and_what_one_sees() {
    let office = Office::open().await;
    let mut browser = office.browser();
    assert_eq!(
        code(&browser.get("/v1/session").await),
        (401, "session.missing")
    );
    let (status, session) = browser.sign_in(" ANN@example.org ", PASSWORD).await;
    assert_eq!(status, 201);
    assert_eq!(session["staff"]["name"], "Ann");
    assert_eq!(session["staff"]["email"], ANN);
    assert_eq!(session["company"], "Branchline Test");
    assert_eq!(
        (&session["currency"], &session["currency_exponent"]),
        (&json!("USD"), &json!(2))
    );
    assert_eq!(session["now"], "2026-03-02T13:00:00Z");
    let codes: Vec<&Value> = session["locations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["code"])
        .collect();
    assert_eq!(codes, ["A"]);
    let permissions: Vec<&str> = session["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_str().unwrap())
        .collect();
    assert!(
        permissions.contains(&"sale.read") && !permissions.contains(&"job.retry"),
        "{permissions:?}"
    );
    // Everything at the same place: said once.
    let reach = session["reach"].as_array().unwrap();
    assert_eq!(reach.len(), 1, "{reach:?}");
    assert_eq!(reach[0]["permissions"], session["permissions"]);
    assert_eq!(reach[0]["everywhere"], false);
    let here = office.world.locations[0].to_string();
    assert_eq!(reach[0]["location_ids"], json!([here]));
    assert_eq!(browser.read("/v1/session").await, session);
    let cookie = browser.set_cookie.clone().unwrap();
    assert!(cookie.starts_with("branchline_office="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800"),
        "{cookie}"
    );
}

#[tokio::test]
async fn on_https_the_cookie_is_bound_to_the_host() {
    let office = Office::with(OfficeOptions {
        https: true,
        ..OfficeOptions::default()
    })
    .await;
    let browser = office.signed_in(ADMIN).await;
    let cookie = browser.set_cookie.clone().unwrap();
    assert!(cookie.starts_with("__Host-branchline="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800; Secure"),
        "{cookie}"
    );
    browser.read("/v1/session").await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_look_the_same() {
    let office = Office::open().await;
    office
        .meddle(&format!(
            "update staff set active = false where email = '{BOB}'"
        ))
        .await;
    let mut browser = office.browser();
    let wrong = browser.sign_in(ANN, "something else").await;
    assert_eq!(code(&wrong), (401, "session.credentials"));
    for (email, password) in [
        ("nobody@example.org", PASSWORD),
        (BOB, PASSWORD),
        ("", ""),
        ("casey", PASSWORD),
    ] {
        assert_eq!(browser.sign_in(email, password).await, wrong, "{email}");
    }
    assert_eq!(browser.cookie, None);
    let refused = office
        .world
        .number("select count(*) from audit where action = 'session.refused'")
        .await;
    assert_eq!(refused, 5);
    let plain = office
        .world
        .number("select count(*) from sign_in_failure where position('example'::bytea in subject_hash) > 0")
        .await;
    assert_eq!(plain, 0, "subjects are hashes");
    assert_eq!(
        code(
            &browser
                .post("/v1/session", Some(json!({ "email": ANN })))
                .await
        ),
        (422, "body.invalid")
    );
}

#[tokio::test]
async fn guessing_locks_the_account_and_only_the_account() {
    let office = Office::open().await;
    let mut browser = office.browser();
    for _ in 0..5 {
        assert_eq!(
            code(&browser.sign_in(ANN, "a guess").await),
            (401, "session.credentials")
        );
    }
    let locked = browser.sign_in(ANN, PASSWORD).await;
    assert_eq!(code(&locked), (429, "session.locked"));
    assert_eq!(locked.1["figures"]["retry_after_s"], 30);
    let body = json!({ "email": ANN, "password": PASSWORD });
    let response = browser.ask(Method::POST, "/v1/session", Some(body)).await;
    assert_eq!(response.headers()["retry-after"], "30");
    office.signed_in(BOB).await;
    // The wait is over: the right password opens, and what was counted is forgotten.
    office.security.advance(SignedDuration::from_secs(30));
    for _ in 0..3 {
        office.signed_in(ANN).await;
    }
    assert_eq!(
        office
            .world
            .number("select count(*) from sign_in_failure where failures > 4")
            .await,
        1
    );
}

#[tokio::test]
async fn guesses_at_the_same_time_count_too() {
    let office = Office::open().await;
    let answers =
        join_all((0..16).map(async |_| office.browser().sign_in(ANN, "a guess").await.0)).await;
    let tried = answers.iter().filter(|status| **status == 401).count();
    let refused = answers.iter().filter(|status| **status == 429).count();
    assert_eq!((tried, refused), (5, 11), "{answers:?}");
}

#[tokio::test]
async fn a_session_ends_after_half_a_day_without_use_and_after_a_week_anyway() {
    let office = Office::open().await;
    let browser = office.signed_in(ANN).await;
    for _ in 0..14 {
        office.security.advance(SignedDuration::from_hours(11));
        browser.read("/v1/session").await;
    }
    // 154 hours of use; the week has 168.
    office.security.advance(SignedDuration::from_hours(11));
    browser.read("/v1/session").await;
    office.security.advance(SignedDuration::from_hours(4));
    assert_eq!(
        code(&browser.get("/v1/session").await),
        (401, "session.missing")
    );

    let browser = office.signed_in(ANN).await;
    office.security.advance(SignedDuration::from_hours(12));
    assert_eq!(
        code(&browser.get("/v1/sales").await),
        (401, "session.missing")
    );
}

#[tokio::test]
async fn signing_out_ends_the_session_everywhere() {
    let office = Office::open().await;
    let mut browser = office.signed_in(ANN).await;
    assert_eq!(browser.sign_out().await, 204);
    let cookie = browser.set_cookie.clone().unwrap();
    assert!(
        cookie.starts_with("branchline_office=;") && cookie.contains("Max-Age=0"),
        "{cookie}"
    );
    // The browser would have forgotten it; a thief would not.
    assert_eq!(
        code(&browser.get("/v1/session").await),
        (401, "session.missing")
    );
    assert_eq!(browser.sign_out().await, 204);
    let ended = office
        .world
        .number("select count(*) from audit where action = 'session.ended'")
        .await;
    assert_eq!(ended, 1);
}

#[tokio::test]
async fn signing_in_again_makes_a_new_token_and_ends_the_old_session() {
    let office = Office::open().await;
    let mut browser = office.signed_in(ANN).await;
    let old = browser.moved_to(office.running.addr);
    assert_eq!(browser.sign_in(ANN, PASSWORD).await.0, 201);
    assert_ne!(browser.cookie, old.cookie);
    browser.read("/v1/session").await;
    assert_eq!(
        code(&old.get("/v1/session").await),
        (401, "session.missing")
    );
    let token = browser.cookie.as_ref().unwrap().split_once('=').unwrap().1;
    let kept = office
        .world
        .number(&format!(
            "select count(*) from session where id_hash = sha256('{token}'::bytea)"
        ))
        .await;
    assert_eq!(kept, 1, "only the hash is kept");
}

#[tokio::test]
async fn a_forged_cookie_is_nobodys() {
    let office = Office::open().await;
    let mut browser = office.browser();
    for cookie in [
        "branchline_office=x",
        "branchline_office=",
        "__Host-branchline=x",
        "branchline_office=\"; drop",
    ] {
        browser.cookie = Some(cookie.to_owned());
        assert_eq!(
            code(&browser.get("/v1/session").await),
            (401, "session.missing"),
            "{cookie}"
        );
    }
}

#[tokio::test]
async fn permissions_change_at_once() {
    let office = Office::open().await;
    let browser = office.signed_in(ANN).await;
    browser.read("/v1/sales").await;
    office
        .meddle(
            "update staff_grant set valid_until = '2026-03-02T12:59:59Z' where valid_until is null",
        )
        .await;
    let refused = browser.get("/v1/sales").await;
    assert_eq!(code(&refused), (403, "permission.denied"));
    assert_eq!(refused.1["figures"]["permission"], "sale.read");
    // Still somebody, who may see nothing.
    assert_eq!(browser.read("/v1/session").await["locations"], json!([]));
}

#[tokio::test]
async fn whoever_has_no_permission_gets_nothing() {
    let office = Office::open().await;
    let browser = office.signed_in(TIM).await;
    for path in [
        "/v1/overview",
        "/v1/sales",
        "/v1/purchases",
        "/v1/stock",
        "/v1/nodes",
        "/v1/jobs",
    ] {
        assert_eq!(
            code(&browser.get(path).await),
            (403, "permission.denied"),
            "{path}"
        );
    }
    for path in [
        "/v1/jobs/1/retry",
        "/v1/nodes/01890000-0000-7000-8000-000000000000/problems/1/retry?epoch=1",
    ] {
        assert_eq!(
            code(&browser.post(path, None).await),
            (403, "permission.denied"),
            "{path}"
        );
    }
    let nobody = Browser::at(office.running.addr);
    for path in [
        "/v1/overview",
        "/v1/sales",
        "/v1/purchases",
        "/v1/stock",
        "/v1/nodes",
        "/v1/jobs",
        "/v1/locations",
    ] {
        assert_eq!(
            code(&nobody.get(path).await),
            (401, "session.missing"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_page_of_another_site_cannot_sign_anybody_in_or_out() {
    let office = Office::open().await;
    let browser = office.signed_in(ANN).await;
    let refused = reqwest::Client::new()
        .delete(format!("http://{}/v1/session", browser.addr))
        .header("cookie", browser.cookie.clone().unwrap())
        .header("sec-fetch-site", "cross-site")
        .header("origin", "https://evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 403);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "csrf");
    browser.read("/v1/session").await;
}

#[tokio::test]
async fn a_token_that_a_browser_brings_is_never_taken() {
    let office = Office::open().await;
    let chosen = "branchline_office=Y2hvc2VuLWJ5LXNvbWVib2R5LWVsc2UtYmVmb3JlaGFuZA";
    let mut victim = office.browser();
    victim.cookie = Some(chosen.to_owned());
    assert_eq!(victim.sign_in(ANN, PASSWORD).await.0, 201);
    assert_ne!(victim.cookie.as_deref(), Some(chosen));
    victim.read("/v1/session").await;
    // Whoever had put it there has nothing of it.
    let mut thief = office.browser();
    thief.cookie = Some(chosen.to_owned());
    assert_eq!(
        code(&thief.get("/v1/session").await),
        (401, "session.missing")
    );
    // Nor of a real session of their own that they leave in the victim's browser.
    let mut thief = office.signed_in(BOB).await;
    let mut victim = office.browser();
    victim.cookie.clone_from(&thief.cookie);
    assert_eq!(victim.sign_in(ANN, PASSWORD).await.0, 201);
    assert_eq!(
        code(&thief.get("/v1/session").await),
        (401, "session.missing")
    );
    // A cookie that was stolen is worth nothing once its owner signs out.
    thief.cookie.clone_from(&victim.cookie);
    assert_eq!(thief.read("/v1/session").await["staff"]["name"], "Ann");
    assert_eq!(victim.sign_out().await, 204);
    assert_eq!(
        code(&thief.get("/v1/session").await),
        (401, "session.missing")
    );
}

/// Somebody who signs in at the office, with a role at some places.
async fn join(office: &Office, number: u64, email: &str, role: &str, places: &[usize]) -> String {
    let grant = |place: &usize| NewGrant::new(role, Some(office.world.locations[*place]));
    let person = NewStaff {
        id: id(3, number),
        name: email.to_owned(),
        email: Some(email.to_owned()),
        password: Some(PASSWORD.to_owned()),
        pin: None,
        grants: places.iter().map(grant).collect(),
    };
    staff::put(&office.world.cloud, &person).await.unwrap();
    format!("/v1/staff/{}", id(3, number))
}

#[tokio::test]
async fn sessions_of_people_are_managed_where_they_work() {
    let office = Office::open().await;
    let warden = NewRole {
        id: id(6, 60),
        code: "warden".to_owned(),
        name: "Warden".to_owned(),
        permissions: vec![Permission::SessionManage, Permission::StaffRead],
    };
    staff::put_roles(&office.world.cloud, &[warden])
        .await
        .unwrap();
    join(&office, 190, "max@example.org", "warden", &[0]).await;
    let both = join(&office, 191, "both@example.org", "branch_manager", &[0, 1]).await;
    let (ann, bob) = (
        format!("/v1/staff/{}", id(3, 101)),
        format!("/v1/staff/{}", id(3, 102)),
    );
    let at_a = office.signed_in(ANN).await;
    let at_both = office.signed_in("both@example.org").await;
    let max = office.signed_in("max@example.org").await;
    // What the page shows is what the answer will be.
    assert_eq!(max.read(&ann).await["manages_sessions"], true);
    assert_eq!(max.read(&both).await["manages_sessions"], false);
    for (person, expected) in [
        (&bob, (404, "staff.unknown")),
        (&both, (403, "staff.beyond_own")),
    ] {
        let path = format!("{person}/sessions");
        assert_eq!(code(&max.get(&path).await), expected);
        assert_eq!(code(&max.delete(&path).await), expected);
        assert_eq!(code(&max.delete(&format!("{person}/totp")).await), expected);
    }
    let sessions = max.read(&format!("{ann}/sessions")).await;
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1);
    assert_eq!(max.delete(&format!("{ann}/sessions")).await.0, 204);
    assert_eq!(at_a.get("/v1/session").await.0, 401);
    at_both.read("/v1/session").await;
    // Whoever manages people in the whole chain ends anybody's.
    let admin = office.signed_in(ADMIN).await;
    assert_eq!(admin.read(&both).await["manages_sessions"], true);
    assert_eq!(admin.delete(&format!("{both}/sessions")).await.0, 204);
    assert_eq!(at_both.get("/v1/session").await.0, 401);
}
