//! Customers: people who buy online, in a realm of their own. They sign in by a link that is sent to their e-mail
//! address, or by a provider. Their session opens no door of the office: it is another cookie and another table.
use httpkit::access::{Asks, Guard};
use httpkit::problem::Problem;
use httpkit::random;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use axum::extract::FromRequestParts;
use axum::http::{StatusCode, request::Parts};

use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::{Error, Result};
use crate::session::limit::{Subjects, network};
use crate::session::{self, Means, Visitor};
use crate::{company, mail};

pub(crate) mod db;
pub(crate) mod http;

/// How long a link is good.
const LINK: SignedDuration = SignedDuration::from_mins(15);
/// A session ends after this time without use.
pub(crate) const IDLE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// A session ends after this time in any case.
pub(crate) const LONGEST: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Links to one address before it has to wait.
const FREE_LINKS: i32 = 3;
/// Links that one network asks for before it has to wait.
const FREE_REQUESTS: i32 = 20;
/// The longest e-mail address (RFC 5321).
const LONGEST_EMAIL: usize = 254;

const SERVICE: Actor = Actor::Service("shop");

/// Whether a text can be an e-mail address.
pub(crate) fn is_email(text: &str) -> bool {
    text.len() <= LONGEST_EMAIL && text.parse::<lettre::Address>().is_ok()
}

/// Sends a link to whoever wants to sign in. Says nothing about whether they are known, nor that it was not sent
/// because too many were.
pub(crate) async fn send_link(cloud: &Cloud, visitor: &Visitor, email: &str) -> Result<()> {
    let email = email.trim().to_lowercase();
    if !is_email(&email) {
        return Err(
            Problem::invalid("customer.email", "email", "This is no e-mail address").into(),
        );
    }
    let now = cloud.security_now();
    let from = visitor.address.map_or_else(
        || "nowhere".to_owned(),
        |address| network(address).to_string(),
    );
    let requests = Subjects::mail(&format!("from:{from}"), FREE_REQUESTS);
    cloud
        .tx("count_links", SERVICE, async |tx| {
            requests.count(tx, now).await
        })
        .await?;
    let links = Subjects::mail(&format!("to:{email}"), FREE_LINKS);
    let token = random::token(&*cloud.parts().random);
    let hash = httpkit::session::hash(&token);
    // In the fragment, which browsers keep to themselves.
    let link = format!("{}#token={token}", cloud.office().at("/shop/login")?);
    let sent = cloud
        .tx("send_link", SERVICE, async |tx| {
            links.count(tx, now).await?;
            db::add_login(
                tx,
                &hash,
                &email,
                now.saturating_add(LINK).unwrap_or(now),
                now,
            )
            .await?;
            let company = company::get(tx).await?.name;
            mail::send(
                cloud,
                tx,
                &mail::customer_link(visitor.language, &email, &company, &link),
            )
            .await
        })
        .await;
    match sent {
        Err(Error::Problem(problem)) if problem.code == "session.locked" => Ok(()),
        other => other,
    }
}

/// Signs in by a link: once. The session's token.
pub(crate) async fn sign_in(
    cloud: &Cloud,
    visitor: &Visitor,
    link: &str,
    replaces: Option<&str>,
) -> Result<String> {
    let (now, hash) = (cloud.security_now(), httpkit::session::hash(link));
    let subjects = Subjects::link(visitor.address);
    cloud
        .tx("count_link", SERVICE, async |tx| {
            subjects.count(tx, now).await
        })
        .await?;
    let means = Means {
        method: "email",
        ..Means::default()
    };
    cloud
        .tx("sign_in_customer", SERVICE, async |tx| {
            let email = db::take_login(tx, &hash, now)
                .await?
                .ok_or_else(link_over)?;
            let customer = db::by_email(tx, cloud.id(), &email, "")
                .await?
                .ok_or_else(link_over)?;
            subjects.forgive(tx).await?;
            begin(cloud, tx, customer, &means, visitor, replaces).await
        })
        .await
}

/// What the shop is called.
pub(crate) async fn shop_name(cloud: &Cloud) -> Result<String> {
    let company = cloud
        .read("show_shop", SERVICE, async |tx| company::get(tx).await)
        .await?;
    Ok(company.name)
}

fn link_over() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "customer.link_over",
        "This link is over: ask for a new one",
    )
}

/// Begins a session, and ends the one that it replaces. Its token, which is kept nowhere.
pub(crate) async fn begin(
    cloud: &Cloud,
    tx: &Tx,
    customer: Uuid,
    means: &Means,
    visitor: &Visitor,
    replaces: Option<&str>,
) -> Result<String> {
    let now = cloud.security_now();
    let token = random::token(&*cloud.parts().random);
    let id = cloud.id();
    let sealed = means
        .id_token
        .as_deref()
        .map(|id_token| cloud.seal(&place(id), id_token.as_bytes()));
    if let Some(replaces) = replaces {
        db::end(tx, &httpkit::session::hash(replaces)).await?;
    }
    let beginning = db::Beginning {
        hash: &httpkit::session::hash(&token),
        id,
        customer,
        means,
        sealed: sealed.as_deref(),
        visitor,
    };
    db::begin(tx, &beginning, now).await?;
    session::db::audit(tx, now, "customer_session.created", &customer.to_string()).await?;
    Ok(token)
}

fn place(session: Uuid) -> String {
    format!("customer_session/{session}")
}

/// Ends a session. One that is over already stays so. The provider and the ID token by which it began, if it did.
pub(crate) async fn sign_out(cloud: &Cloud, token: &str) -> Result<Option<(Uuid, String)>> {
    let (now, hash) = (cloud.security_now(), httpkit::session::hash(token));
    let ended = cloud
        .tx("sign_out_customer", SERVICE, async |tx| {
            let ended = db::end(tx, &hash).await?;
            if let Some(ended) = &ended {
                let subject = ended.customer.to_string();
                session::db::audit(tx, now, "customer_session.ended", &subject).await?;
            }
            Ok(ended)
        })
        .await?;
    let Some((session, provider, sealed)) =
        ended.and_then(|ended| Some((ended.session, ended.provider?, ended.sealed?)))
    else {
        return Ok(None);
    };
    Ok(Some((
        provider,
        cloud.unseal_text(&place(session), &sealed)?,
    )))
}

/// A customer who is signed in. No extractor of the office takes one, and this takes nobody of the office.
#[derive(Debug, Clone)]
pub(crate) struct Shopper {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) name: String,
    /// The session's id, which may be shown.
    pub(crate) session: Uuid,
}

/// Where a customer is signed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ShopSession {
    /// For ending it; gives no access.
    pub(crate) id: Uuid,
    /// It is the one that asks.
    pub(crate) current: bool,
    /// What the provider is called; null by a link.
    pub(crate) provider: Option<String>,
    /// From where it began; empty when that is not known.
    #[schema(example = "203.0.113.7")]
    pub(crate) address: String,
    /// What the browser said that it is.
    pub(crate) user_agent: String,
    pub(crate) created_at: Timestamp,
    /// Within a minute.
    pub(crate) last_seen_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// Where a customer is signed in, the last used session first.
pub(crate) async fn sessions(cloud: &Cloud, shopper: &Shopper) -> Result<Vec<ShopSession>> {
    let now = cloud.security_now();
    cloud
        .read("shop_sessions", Actor::Customer(shopper.id), async |tx| {
            db::sessions(tx, shopper, now).await
        })
        .await
}

/// Ends one of a customer's sessions, or all but the one that asks; how many.
pub(crate) async fn end_sessions(
    cloud: &Cloud,
    shopper: &Shopper,
    one: Option<Uuid>,
) -> Result<usize> {
    let now = cloud.security_now();
    cloud
        .tx(
            "end_shop_sessions",
            Actor::Customer(shopper.id),
            async |tx| {
                let ended = db::end_of(tx, shopper.id, one, shopper.session).await?;
                if ended > 0 {
                    let subject = shopper.id.to_string();
                    session::db::audit(tx, now, "customer_session.ended", &subject).await?;
                }
                Ok(ended)
            },
        )
        .await
}

impl FromRequestParts<Cloud> for Shopper {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, cloud: &Cloud) -> Result<Self> {
        let missing = || {
            Problem::new(
                StatusCode::UNAUTHORIZED,
                "customer.missing",
                "Sign in first",
            )
        };
        let token = http::token(cloud, &parts.headers).ok_or_else(missing)?;
        let (now, hash) = (cloud.security_now(), httpkit::session::hash(&token));
        let found = cloud
            .tx("shopper", SERVICE, async |tx| {
                db::shopper(tx, &hash, now).await
            })
            .await?;
        Ok(found.ok_or_else(missing)?)
    }
}

impl Asks for Shopper {
    fn guard() -> Guard {
        Guard::by(&["customer"])
    }
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn an_address_is_one_address_and_nothing_more() {
        for (text, expected) in [
            ("ann@example.org", true),
            ("ann+shop@example.co.th", true),
            ("ann", false),
            ("ann@", false),
            ("ann@example.org\nbcc: bob@example.org", false),
            ("ann@example.org, bob@example.org", false),
            ("<ann@example.org>", false),
            ("", false),
        ] {
            assert_eq!(is_email(text), expected, "{text:?}");
        }
    }
}
