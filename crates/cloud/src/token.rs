//! API tokens: a program acts for a person, as far as the person may and the token's scopes go, until it expires or is
//! revoked. A token does not change how somebody signs in, and makes no other tokens.
use axum::http::{HeaderMap, header};
use httpkit::problem::Problem;
use httpkit::random;
use jiff::{SignedDuration, Timestamp};
use retail::staff::Permission;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{self, Viewer};

pub(crate) mod db;
pub(crate) mod http;

/// By what a token is told from other keys, also by programs that look for leaked ones.
pub(crate) const PREFIX: &str = "blt_";
/// The longest life.
const LONGEST: i32 = 366;
/// The life when nothing is said.
const DEFAULT: i32 = 90;
/// Tokens of one person that are good.
const MOST: i64 = 50;
/// The longest name.
const LONGEST_NAME: usize = 100;
/// Hours of a day, as tokens expire by the system's clock.
const DAY_HOURS: i64 = 24;

/// The token that a request brings, if it brings one; a channel's key is none.
pub(crate) fn of_request(headers: &HeaderMap) -> Option<&str> {
    let key = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let key = key.strip_prefix("Bearer ")?.trim();
    key.starts_with(PREFIX).then_some(key)
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ApiToken)]
pub(crate) struct Token {
    pub(crate) id: Uuid,
    /// Whose it is.
    pub(crate) staff: Uuid,
    pub(crate) staff_name: String,
    #[schema(example = "Nightly export")]
    pub(crate) name: String,
    /// Permission codes: what it may do of what its person may.
    #[schema(example = json!(["sale.read"]))]
    pub(crate) scopes: Vec<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// Within a minute; null: never.
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) revoked_at: Option<Timestamp>,
}

/// A token as it is asked for.
pub(crate) struct Asked<'a> {
    pub(crate) name: &'a str,
    pub(crate) scopes: &'a [String],
    pub(crate) days: Option<i32>,
}

/// Makes a token; its secret, which is kept nowhere.
pub(crate) async fn add(
    cloud: &Cloud,
    viewer: &Viewer,
    asked: &Asked<'_>,
) -> Result<(Token, String)> {
    let name = asked.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Problem::invalid(
            "token.name",
            "name",
            "A token has a name of 1 to 100 characters",
        )
        .into());
    }
    let days = asked.days.unwrap_or(DEFAULT);
    if !(1..=LONGEST).contains(&days) {
        return Err(
            Problem::invalid("token.days", "days", "A token lives for 1 to 366 days").into(),
        );
    }
    let scopes = scopes(viewer, asked.scopes)?;
    let now = cloud.security_now();
    let life = SignedDuration::from_hours(i64::from(days) * DAY_HOURS);
    let secret = format!("{PREFIX}{}", random::token(&*cloud.parts().random));
    let token = Token {
        id: cloud.id(),
        staff: viewer.id(),
        staff_name: viewer.name().to_owned(),
        name: name.to_owned(),
        scopes,
        created_at: now,
        expires_at: now.saturating_add(life).unwrap_or(now),
        last_used_at: None,
        revoked_at: None,
    };
    let hash = httpkit::session::hash(&secret);
    cloud
        .tx("add_token", viewer.actor(), async |tx| {
            if db::count(tx, viewer.id(), now).await? >= MOST {
                return Err(Problem::conflict(
                    "token.too_many",
                    "Revoke a token first: there are 50",
                )
                .into());
            }
            db::insert(tx, &token, &hash).await?;
            session::db::audit(tx, now, "token.created", &token.id.to_string()).await
        })
        .await?;
    Ok((token, secret))
}

/// The permissions that were asked for, each once. Nobody gives a token what they do not have.
fn scopes(viewer: &Viewer, asked: &[String]) -> Result<Vec<String>> {
    let held = viewer.permissions();
    let mut scopes = Vec::new();
    for code in asked {
        let known = Permission::by_code(code).filter(|known| held.contains(&known.code()));
        let Some(known) = known else {
            let refused = Problem::invalid(
                "token.scopes",
                "scopes",
                "A scope is a permission that you have",
            );
            return Err(refused
                .figure(
                    "permission",
                    code.chars().take(LONGEST_NAME).collect::<String>(),
                )
                .into());
        };
        scopes.push(known.code().to_owned());
    }
    scopes.sort();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(
            Problem::invalid("token.scopes", "scopes", "A token has at least one scope").into(),
        );
    }
    Ok(scopes)
}

/// Revokes a token: one's own, or with `anyones` also another person's.
pub(crate) async fn revoke(cloud: &Cloud, viewer: &Viewer, id: Uuid, anyones: bool) -> Result<()> {
    let now = cloud.security_now();
    cloud
        .tx("revoke_token", viewer.actor(), async |tx| {
            let owner = (!anyones).then(|| viewer.id());
            if !db::revoke(tx, id, owner, now).await? {
                return Err(Problem::not_found("token.unknown", "There is no such token").into());
            }
            session::db::audit(tx, now, "token.revoked", &id.to_string()).await
        })
        .await?;
    cloud.office().live.look_again();
    Ok(())
}
