//! Everybody who could ask: what each shows who they are, and what the document's requirements let them do.
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{BERT, CAROL, DAN, MONA, SUE, Stage};
use crate::browser::{ADMIN, Browser, PASSWORD, TIM};

/// Where somebody may do what they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    A,
    B,
    Both,
    Chain,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Anonymous,
    Customer,
    CashierA,
    ManagerA,
    ManagerB,
    Supervisor,
    Admin,
    NodeA,
    NodeB,
    Channel,
    ExpiredSession,
    RevokedSession,
    DismissedPerson,
    RevokedToken,
    NarrowToken,
    WideToken,
    /// A page of another site, in the browser of an administrator.
    ForeignPage,
}

/// The permissions of a cashier.
const OF_CASHIERS: [&str; 2] = ["sale.create", "shift.open"];
/// What the narrow token is for; no operation of the cloud asks for it.
const NARROW: &str = "receipt.reprint";

impl Who {
    /// The security scheme by which they show who they are, and are believed.
    pub fn scheme(self) -> Option<&'static str> {
        match self {
            Self::Anonymous
            | Self::ExpiredSession
            | Self::RevokedSession
            | Self::DismissedPerson
            | Self::RevokedToken => None,
            Self::Customer => Some("customer"),
            Self::CashierA
            | Self::ManagerA
            | Self::ManagerB
            | Self::Supervisor
            | Self::Admin
            | Self::ForeignPage => Some("session"),
            Self::NodeA | Self::NodeB => Some("node"),
            Self::Channel => Some("channel"),
            Self::NarrowToken | Self::WideToken => Some("token"),
        }
    }

    pub fn reach(self) -> Reach {
        match self {
            Self::ManagerA | Self::CashierA | Self::NodeA => Reach::A,
            Self::ManagerB | Self::NodeB => Reach::B,
            Self::Supervisor => Reach::Both,
            _ => Reach::Chain,
        }
    }

    /// Whether they have a permission at all.
    pub fn may(self, permission: &str) -> bool {
        match self {
            Self::CashierA => OF_CASHIERS.contains(&permission),
            Self::NarrowToken => permission == NARROW,
            _ => true,
        }
    }

    /// Whether they have it in the whole chain.
    pub fn may_everywhere(self, permission: &str) -> bool {
        self.may(permission) && self.reach() == Reach::Chain
    }

    /// Shows who they are, as it stands when everything is asked.
    pub async fn arrive(self, stage: &Stage) -> Browser {
        let office = stage.office();
        match self {
            Self::Anonymous | Self::NodeA | Self::NodeB => office.browser(),
            Self::Customer => customer(stage).await,
            Self::CashierA => twice(stage, TIM).await,
            Self::ManagerA => twice(stage, MONA).await,
            Self::ManagerB => twice(stage, BERT).await,
            Self::Supervisor => twice(stage, SUE).await,
            Self::Admin | Self::ForeignPage => twice(stage, ADMIN).await,
            Self::Channel => with_bearer(stage, &stage.channel),
            Self::ExpiredSession => {
                let old = office.signed_in(ADMIN).await;
                // Unused for half a day, while everything else is as it was.
                let unused = "update session set last_seen_at = last_seen_at - interval '13 hours'";
                office.meddle(unused).await;
                old
            }
            Self::RevokedSession => {
                let gone = office.signed_in(ADMIN).await;
                let elsewhere = office.signed_in(ADMIN).await;
                let ended = elsewhere.delete("/v1/me/sessions").await;
                assert_eq!(ended.0, 204, "{ended:?}");
                gone
            }
            Self::DismissedPerson => {
                let dan = office.signed_in(DAN).await;
                let admin = office.signed_in(ADMIN).await;
                let path = format!("/v1/staff/{}/activity", super::stage::person(DAN));
                let body = json!({ "active": false, "reason": "left" });
                let dismissed = admin.put(&path, body).await;
                assert_eq!(dismissed.0, 200, "{dismissed:?}");
                dan
            }
            Self::RevokedToken => {
                let (admin, made) = token(stage, &["sale.read"]).await;
                let path = format!("/v1/tokens/{}", made["id"].as_str().expect("an id"));
                let revoked = admin.delete(&path).await;
                assert_eq!(revoked.0, 204, "{revoked:?}");
                with_bearer(stage, made["secret"].as_str().expect("a secret"))
            }
            Self::NarrowToken => {
                let (_, made) = token(stage, &[NARROW]).await;
                with_bearer(stage, made["secret"].as_str().expect("a secret"))
            }
            Self::WideToken => {
                let admin = office.signed_in(ADMIN).await;
                let session = admin.read("/v1/session").await;
                let all = session["permissions"].as_array().expect("permissions");
                let all: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
                let (_, made) = token(stage, &all).await;
                with_bearer(stage, made["secret"].as_str().expect("a secret"))
            }
        }
    }
}

fn with_bearer(stage: &Stage, key: &str) -> Browser {
    let mut program = stage.office().browser();
    program.bearer = Some(key.to_owned());
    program
}

/// Signed in at two browsers, so that there is another session to be ended.
async fn twice(stage: &Stage, email: &str) -> Browser {
    let mut other = stage.office().browser();
    assert_eq!(other.sign_in(email, PASSWORD).await.0, 201);
    stage.office().signed_in(email).await
}

async fn token(stage: &Stage, scopes: &[&str]) -> (Browser, Value) {
    let admin = stage.office().signed_in(ADMIN).await;
    let body = json!({ "name": "Program", "scopes": scopes });
    let (status, made) = admin.post("/v1/tokens", Some(body)).await;
    assert_eq!(status, 201, "{made}");
    (admin, made)
}

async fn customer(stage: &Stage) -> Browser {
    let mut browser = stage.office().browser();
    // The link that the stage has not used is for the operation itself.
    let asked = json!({ "email": format!("2{CAROL}") });
    let answer = browser.post("/v1/shop/login", Some(asked)).await;
    assert_eq!(answer.0, 202, "{answer:?}");
    let given = json!({ "token": stage.mailing.token(&format!("2{CAROL}")).await });
    let answer = browser
        .answer(Method::POST, "/v1/shop/session", Some(given))
        .await;
    assert_eq!(answer.0, 204, "{answer:?}");
    browser
}
