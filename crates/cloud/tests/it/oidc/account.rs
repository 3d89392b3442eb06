//! Who somebody is here after a provider has said who they are.
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::{Surfer, enter, entered, location, with_certified};
use crate::browser::ADMIN;
use crate::world::id;

#[tokio::test]
async fn a_provider_of_customers_lets_nobody_into_the_office() {
    let (office, certified) = with_certified(json!({})).await;
    let mut provider = entered("shop", &certified.issuer);
    provider["realm"] = json!("customer");
    enter(&office, 1, provider).await;
    let mut surfer = Surfer::of(&office);
    let buttons: Value = surfer
        .go("/v1/session/providers")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(buttons["items"], json!([]));
    assert_eq!(surfer.go("/v1/session/oidc/shop").await.status(), 404);
    let away = surfer.go("/v1/shop/oidc/shop?return_to=/office").await;
    assert_eq!(away.status(), 422);
    let to: Url = location(&surfer.go("/v1/shop/oidc/shop").await)
        .parse()
        .unwrap();
    // Somebody with the address of one of the staff.
    let callback = certified.sign_in(&to, ADMIN).await;
    assert_eq!(callback.path(), "/v1/shop/oidc/shop/callback");
    // At the office's address the same answer is nobody's.
    let mut elsewhere = callback.clone();
    elsewhere.set_path("/v1/session/oidc/shop/callback");
    assert_eq!(
        surfer.back(&elsewhere).await,
        "/office?problem=provider.unknown"
    );
    let to: Url = location(&surfer.go("/v1/shop/oidc/shop").await)
        .parse()
        .unwrap();
    let callback = certified.sign_in(&to, ADMIN).await;
    assert_eq!(surfer.back(&callback).await, "/shop");
    assert_eq!(surfer.jar.keys().collect::<Vec<_>>(), ["branchline_shop"]);
    assert_eq!(surfer.who().await, "");
    let me: Value = surfer.go("/v1/shop/me").await.json().await.unwrap();
    assert_eq!(me["email"], ADMIN);
    let url = surfer.home.join("/v1/shop/session").unwrap();
    let out: Value = surfer.ask(Method::DELETE, url).await.json().await.unwrap();
    let goodbye: Url = out["provider_url"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        certified.sign_out(&goodbye).await,
        format!("{}shop", surfer.home)
    );
}

#[tokio::test]
async fn an_invitation_is_accepted_by_signing_in_at_a_provider() {
    let (office, certified) = with_certified(json!({})).await;
    let mut provider = entered("test", &certified.issuer);
    provider["unknown"] = json!("invitation");
    enter(&office, 1, provider).await;
    let mut surfer = Surfer::of(&office);
    let to = surfer.begin("test").await;
    let callback = certified.sign_in(&to, "lan@example.org").await;
    assert_eq!(
        surfer.back(&callback).await,
        "/office?problem=provider.not_allowed"
    );
    let admin = office.signed_in(ADMIN).await;
    let grants = json!([{ "role": id(6, 10), "location": office.world.locations[0] }]);
    let invited = json!({ "email": "lan@example.org", "grants": grants });
    assert_eq!(admin.post("/v1/invitations", Some(invited)).await.0, 201);
    let to = surfer.begin("test").await;
    let callback = certified.sign_in(&to, "lan@example.org").await;
    assert_eq!(surfer.back(&callback).await, "/office/stock");
    assert_eq!(surfer.who().await, "lan@example.org");
    let session: Value = surfer.go("/v1/session").await.json().await.unwrap();
    assert_eq!(session["locations"].as_array().unwrap().len(), 1);
    // Without a password there is none to guess.
    assert_eq!(office.browser().sign_in("lan@example.org", "").await.0, 401);
}
