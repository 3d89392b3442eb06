//! Invitations: somebody joins with the roles that were chosen for them.
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{ADMIN, ANN, Browser, Office, code};
use crate::customer::Mailing;
use crate::world::id;

const LAN: &str = "lan@example.org";

async fn invite(office: &Office, browser: &Browser, email: &str) -> (u16, Value) {
    let a = office.world.locations[0];
    let body = json!({ "email": email, "grants": [{ "role": id(6, 10), "location": a }] });
    browser.post("/v1/invitations", Some(body)).await
}

async fn accept(browser: &mut Browser, token: &str) -> (u16, Value) {
    let body = json!({ "token": token, "name": "Lan", "password": "a good password" });
    browser
        .answer(Method::POST, "/v1/invitations/acceptance", Some(body))
        .await
}

#[tokio::test]
async fn whoever_is_invited_joins_with_their_roles_once() {
    let mailing = Mailing::open().await;
    let office = &mailing.office;
    let admin = office.signed_in(ADMIN).await;
    let (status, made) = invite(office, &admin, " LAN@example.org").await;
    assert_eq!((status, &made["email"]), (201, &json!(LAN)));
    assert!(made.get("token").is_none(), "{made}");
    let token = mailing.token(LAN).await;
    let mut lan = office.browser();
    let (status, session) = accept(&mut lan, &token).await;
    assert_eq!(
        (status, &session["staff"]["name"]),
        (201, &json!("Lan")),
        "{session}"
    );
    assert_eq!(session["locations"].as_array().unwrap().len(), 1);
    lan.read("/v1/sales").await;
    assert_eq!(
        office.browser().sign_in(LAN, "a good password").await.0,
        201
    );
    assert_eq!(
        code(&accept(&mut office.browser(), &token).await),
        (404, "invitation.unknown")
    );
    assert_eq!(
        code(&invite(office, &admin, LAN).await),
        (409, "staff.email_taken")
    );
    let listed = admin.read("/v1/invitations").await;
    assert_eq!(listed["items"][0]["staff"], session["staff"]["id"]);
    assert!(listed["items"][0]["accepted_at"].is_string(), "{listed}");
}

#[tokio::test]
async fn an_invitation_ends_by_time_by_hand_and_with_whoever_invited() {
    let mailing = Mailing::open().await;
    let office = &mailing.office;
    let admin = office.signed_in(ADMIN).await;
    invite(office, &admin, LAN).await;
    let token = mailing.token(LAN).await;
    office.security.advance(SignedDuration::from_hours(7 * 24));
    let mut lan = office.browser();
    assert_eq!(
        code(&accept(&mut lan, &token).await),
        (404, "invitation.unknown")
    );
    let admin = office.signed_in(ADMIN).await;
    let (_, made) = invite(office, &admin, LAN).await;
    let token = mailing.token(LAN).await;
    let path = format!("/v1/invitations/{}", made["id"].as_str().unwrap());
    assert_eq!(admin.told(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(
        code(&accept(&mut lan, &token).await),
        (404, "invitation.unknown")
    );
    invite(office, &admin, LAN).await;
    let token = mailing.token(LAN).await;
    office
        .meddle(&format!(
            "update staff set active = false where email = '{ADMIN}'"
        ))
        .await;
    assert_eq!(
        code(&accept(&mut lan, &token).await),
        (404, "invitation.unknown"),
        "a dismissed person invites nobody"
    );
    assert_eq!(
        office
            .world
            .number("select count(*) from staff where email = 'lan@example.org'")
            .await,
        0
    );
}

#[tokio::test]
async fn nobody_invites_beyond_what_they_have() {
    let mailing = Mailing::open().await;
    let office = &mailing.office;
    // Ann manages the staff of branch A, by a role of her own.
    office
        .meddle(&format!(
            "insert into role_permission (role_id, permission) values ('{}', 'staff.manage')",
            id(6, 10)
        ))
        .await;
    let ann = office.signed_in(ANN).await;
    assert_eq!(invite(office, &ann, LAN).await.0, 201);
    let [a, b] = [office.world.locations[0], office.world.locations[1]];
    for (grant, expected) in [
        (
            json!({ "role": id(6, 1), "location": a }),
            (403, "grant.beyond_own"),
        ),
        (json!({ "role": id(6, 10) }), (403, "grant.beyond_own")),
        (
            json!({ "role": id(6, 10), "location": b }),
            (404, "location.unknown"),
        ),
        (
            json!({ "role": id(6, 77), "location": a }),
            (422, "role.unknown"),
        ),
    ] {
        let body = json!({ "email": "other@example.org", "grants": [grant] });
        assert_eq!(
            code(&ann.post("/v1/invitations", Some(body)).await),
            expected,
            "{grant}"
        );
    }
    let body = json!({ "email": "other@example.org", "grants": [] });
    assert_eq!(
        code(&ann.post("/v1/invitations", Some(body)).await),
        (422, "invitation.grants")
    );
    assert_eq!(
        code(&invite(office, &ann, "no address").await),
        (422, "invitation.email")
    );
}

#[tokio::test]
async fn tokens_of_invitations_are_not_guessed() {
    let mailing = Mailing::open().await;
    let mut browser = mailing.office.browser();
    for _ in 0..30 {
        assert_eq!(
            code(&accept(&mut browser, "guess").await),
            (404, "invitation.unknown")
        );
    }
    assert_eq!(
        code(&accept(&mut browser, "guess").await),
        (429, "session.locked")
    );
}
