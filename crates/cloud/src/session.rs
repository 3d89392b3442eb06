//! Sessions: somebody is signed in at the office. Passwords are argon2id, tokens are kept as hashes, and guessing
//! gets slower and slower.
use argon2::{Argon2, PasswordHash, PasswordVerifier};
use axum::http::StatusCode;
use httpkit::{problem::Problem, random};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;

pub(crate) mod db;
pub(crate) mod factor;
pub(crate) mod guess;
pub(crate) mod http;
pub(crate) mod limit;
pub(crate) mod list;
pub(crate) mod password;
mod permission;
#[cfg(test)]
mod tests;
pub(crate) mod visitor;

use limit::Subjects;
pub use permission::signed_in;
pub(crate) use permission::{
    Allowed, ApprovalDecide, AuditRead, CashRead, CatalogManage, CatalogRead, ChannelManage,
    CustomerManage, CustomerRead, DayComplete, Entering, EnteringPresent, EventFix, Everywhere,
    JobRead, JobRetry, LocationManage, NodeEnrol, NodeFence, NodeRead, NodeRetry, OrderManage,
    OrderPick, OrderRead, Present, PriceManage, PromotionBelowCost, PromotionManage, PromotionRead,
    ProviderManage, PurchaseRead, ReportPurchases, ReportRevenue, RoleManage, SaleRead,
    SessionManage, StaffManage, StaffRead, StockCount, StockRead, SupplierPay, TokenManage, Viewer,
    Wider,
};
pub(crate) use visitor::Visitor;

/// A session ends after this time without use: a working day, because dashboards hang on walls.
pub(crate) const IDLE: SignedDuration = SignedDuration::from_hours(12);
/// A session ends after this time in any case.
pub(crate) const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How exactly the last use is kept: not every request writes.
pub(crate) const USE_KEPT_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// How long after a sign-in somebody may change how they sign in.
pub(crate) const FRESH: SignedDuration = SignedDuration::from_mins(15);

/// What is verified when there is no such account, so that both take the same time. Nobody knows its password.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$YnJhbmNobGluZS1ub2JvZHk$Qo9VtTzH0m2hVn0gB7cQm1yPp0sT6Xw4d3f5a1e9c8I";

/// Who wants to sign in, and from where.
pub(crate) struct Attempt<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
    pub(crate) visitor: &'a Visitor,
    /// The token of a session that this one replaces.
    pub(crate) replaces: Option<&'a str>,
}

/// How far a right password leads.
pub(crate) enum Entry {
    /// In: the token of the session.
    Session(String),
    /// To the second factor: the token of the challenge.
    Challenge(String),
}

/// How a session came to be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Means {
    /// `password` or `oidc`.
    pub(crate) method: &'static str,
    pub(crate) provider: Option<Uuid>,
    /// For the provider, when it is to sign the person out.
    pub(crate) id_token: Option<String>,
    /// A second factor was given.
    pub(crate) with_factor: bool,
}

/// A session as it begins.
pub(crate) struct Beginning<'a> {
    pub(crate) staff: Uuid,
    pub(crate) means: &'a Means,
    pub(crate) visitor: &'a Visitor,
    /// The token of a session that this one replaces.
    pub(crate) replaces: Option<&'a str>,
}

/// Signs in with a password: counts the attempt, verifies, and begins a session or asks for the second factor.
pub(crate) async fn sign_in(cloud: &Cloud, attempt: &Attempt<'_>) -> Result<Entry> {
    let now = cloud.security_now();
    let subjects = Subjects::account(attempt.email, attempt.visitor.address);
    let account = cloud
        .tx("count_sign_in", Actor::Service("sign_in"), async |tx| {
            subjects.count(tx, now).await?;
            db::account(tx, &attempt.email.trim().to_lowercase()).await
        })
        .await?;
    let hash = account
        .as_ref()
        .and_then(|account| account.password_hash.clone())
        .unwrap_or_else(|| NOBODYS_HASH.to_owned());
    let right = verify(cloud, attempt.password, hash).await?;
    match account {
        Some(account) if right && account.active => {
            if account.has_factor {
                return Ok(Entry::Challenge(
                    factor::challenge(cloud, account.id).await?,
                ));
            }
            let means = Means {
                method: "password",
                ..Means::default()
            };
            let beginning = Beginning {
                staff: account.id,
                means: &means,
                visitor: attempt.visitor,
                replaces: attempt.replaces,
            };
            let token = cloud
                .tx("begin_session", Actor::Staff(account.id), async |tx| {
                    subjects.forgive(tx).await?;
                    begin(cloud, tx, &beginning).await
                })
                .await?;
            Ok(Entry::Session(token))
        }
        account => {
            let subject =
                account.map_or_else(|| "unknown".to_owned(), |account| account.id.to_string());
            cloud
                .tx("refuse_sign_in", Actor::Service("sign_in"), async |tx| {
                    db::audit(tx, now, "session.refused", &subject).await
                })
                .await?;
            Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "session.credentials",
                "The e-mail or the password is wrong",
            )
            .into())
        }
    }
}

/// A session that has ended, as far as somebody else has to hear of it.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    pub(crate) staff: Uuid,
    pub(crate) session: Uuid,
    pub(crate) provider: Option<Uuid>,
    id_token_sealed: Option<Vec<u8>>,
}

impl Ended {
    /// What tells the provider whom to sign out.
    pub(crate) fn id_token(&self, cloud: &Cloud) -> Result<Option<String>> {
        let sealed = self.id_token_sealed.as_deref();
        sealed
            .map(|sealed| cloud.unseal_text(&place(self.session), sealed))
            .transpose()
    }
}

/// Ends a session. One that is over already stays so.
pub(crate) async fn sign_out(cloud: &Cloud, token: &str) -> Result<Option<Ended>> {
    let id_hash = httpkit::session::hash(token);
    let now = cloud.security_now();
    let ended = cloud
        .tx("sign_out", Actor::Service("sign_in"), async |tx| {
            let ended = db::end(tx, &id_hash).await?;
            if let Some(ended) = &ended {
                db::audit(tx, now, "session.ended", &ended.staff.to_string()).await?;
            }
            Ok(ended)
        })
        .await?;
    cloud.office().live.look_again();
    Ok(ended)
}

/// Begins a session, and ends the one that it replaces. Its token, which is kept nowhere.
pub(crate) async fn begin(cloud: &Cloud, tx: &Tx, beginning: &Beginning<'_>) -> Result<String> {
    let now = cloud.security_now();
    let token = random::token(&*cloud.parts().random);
    let id = cloud.id();
    let id_token = beginning.means.id_token.as_deref();
    let sealed = id_token.map(|id_token| cloud.seal(&place(id), id_token.as_bytes()));
    if let Some(replaces) = beginning.replaces {
        db::end(tx, &httpkit::session::hash(replaces)).await?;
    }
    db::end_expired(tx, now).await?;
    db::begin(
        tx,
        &httpkit::session::hash(&token),
        id,
        sealed.as_deref(),
        beginning,
        now,
    )
    .await?;
    db::audit(tx, now, "session.created", &beginning.staff.to_string()).await?;
    Ok(token)
}

/// For which row an ID token is sealed.
fn place(session: Uuid) -> String {
    format!("session/{session}")
}

/// Whether a password fits a hash. Takes about 50 ms.
pub(crate) async fn verify(cloud: &Cloud, password: &str, hash: String) -> Result<bool> {
    let password = password.to_owned();
    cloud.hasher().run(move || is_right(&password, &hash)).await
}

/// Somebody who signed in long ago does not change how they sign in: the browser may have been left open.
pub(crate) fn is_fresh(since: Timestamp, now: Timestamp) -> Result<()> {
    if since.duration_until(now) <= FRESH {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "session.stale",
        "Sign in again first: this changes how you sign in",
    )
    .figure("minutes", FRESH.as_mins())
    .into())
}

fn is_right(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}
