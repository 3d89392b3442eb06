//! Sessions: somebody is signed in at the office. Passwords are argon2id, tokens are kept as hashes, and guessing
//! gets slower and slower.
use std::net::IpAddr;

use argon2::{Argon2, PasswordHash, PasswordVerifier};
use axum::http::StatusCode;
use httpkit::{problem::Problem, random};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;

pub(crate) mod db;
pub(crate) mod http;
mod permission;
#[cfg(test)]
mod tests;

pub(crate) use permission::{
    Allowed, DayComplete, EventFix, Everywhere, JobRead, JobRetry, NodeEnrol, NodeFence, NodeRead,
    NodeRetry, OrderManage, OrderPick, OrderRead, PurchaseRead, ReportPurchases, ReportRevenue,
    SaleRead, StockCount, StockRead, Viewer,
};

/// A session ends after this time without use: a working day, because dashboards hang on walls.
pub(crate) const IDLE: SignedDuration = SignedDuration::from_hours(12);
/// A session ends after this time in any case.
pub(crate) const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How exactly the last use is kept: not every request writes.
pub(crate) const USE_KEPT_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Failures after which an account, or an address, has to wait.
const FREE_TRIES_OF_ACCOUNT: i32 = 5;
/// Many people sit behind one address.
const FREE_TRIES_OF_ADDRESS: i32 = 30;
/// The first wait; each failure after it doubles it.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(30);
/// The longest wait.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);
/// Failures older than this are forgotten.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// What is verified when there is no such account, so that both take the same time. Nobody knows its password.
const NOBODYS_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$YnJhbmNobGluZS1ub2JvZHk$Qo9VtTzH0m2hVn0gB7cQm1yPp0sT6Xw4d3f5a1e9c8I";

/// Who wants to sign in, and from where.
pub(crate) struct Attempt<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
    pub(crate) address: Option<IpAddr>,
    /// The token of a session that this one replaces.
    pub(crate) replaces: Option<&'a str>,
}

/// What was counted of the failures of an account or an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failures {
    pub(crate) count: i32,
    pub(crate) locked_until: Timestamp,
    pub(crate) last_at: Timestamp,
}

/// Signs in: counts the attempt, verifies, and begins a session. Returns its token.
///
/// The attempt is counted before the password is looked at, so guesses sent at the same time count too.
pub(crate) async fn sign_in(cloud: &Cloud, attempt: &Attempt<'_>) -> Result<String> {
    let now = cloud.security_now();
    let subjects = subjects(attempt);
    let account = cloud
        .tx("count_sign_in", Actor::Service("sign_in"), async |tx| {
            let kept = db::failures(tx, &subjects, now).await?;
            let counted = count(&kept, now)?;
            db::keep_failures(tx, &subjects, &counted).await?;
            db::account(tx, &email(attempt)).await
        })
        .await?;
    let hash = account
        .as_ref()
        .and_then(|account| account.password_hash.clone())
        .unwrap_or_else(|| NOBODYS_HASH.to_owned());
    let password = attempt.password.to_owned();
    let right = cloud
        .hasher()
        .run(move || is_right(&password, &hash))
        .await?;
    match account {
        Some(account) if right && account.active => {
            begin(cloud, account.id, &subjects, attempt.replaces).await
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

/// Ends a session. One that is over already stays so.
pub(crate) async fn sign_out(cloud: &Cloud, token: &str) -> Result<()> {
    let id_hash = httpkit::session::hash(token);
    let now = cloud.security_now();
    cloud
        .tx("sign_out", Actor::Service("sign_in"), async |tx| {
            if let Some(staff) = db::end(tx, &id_hash).await? {
                db::audit(tx, now, "session.ended", &staff.to_string()).await?;
            }
            Ok(())
        })
        .await?;
    cloud.office().live.look_again();
    Ok(())
}

async fn begin(
    cloud: &Cloud,
    staff: Uuid,
    subjects: &[Vec<u8>],
    replaces: Option<&str>,
) -> Result<String> {
    let now = cloud.security_now();
    let token = random::token(&*cloud.parts().random);
    let id_hash = httpkit::session::hash(&token);
    let previous = replaces.map(httpkit::session::hash);
    cloud
        .tx("begin_session", Actor::Staff(staff), async |tx| {
            db::forgive(tx, subjects).await?;
            if let Some(previous) = &previous {
                db::end(tx, previous).await?;
            }
            db::end_expired(tx, now).await?;
            db::begin(tx, &id_hash, staff, now).await?;
            db::audit(tx, now, "session.created", &staff.to_string()).await
        })
        .await?;
    Ok(token)
}

fn email(attempt: &Attempt<'_>) -> String {
    attempt.email.trim().to_lowercase()
}

/// The account first, then the address; as hashes, because strangers' e-mails are not ours to keep.
fn subjects(attempt: &Attempt<'_>) -> Vec<Vec<u8>> {
    let account = format!("account:{}", email(attempt));
    let address = attempt
        .address
        .map(|address| format!("address:{}", network(address)));
    std::iter::once(account)
        .chain(address)
        .map(|subject| Sha256::digest(subject).to_vec())
        .collect()
}

/// The part of an address that one customer of an internet provider has: all of an IPv4, the /64 of an IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

/// The failures with this attempt among them, or the refusal when one of them still has to wait.
fn count(kept: &[Failures], now: Timestamp) -> std::result::Result<Vec<Failures>, Problem> {
    let wait = kept
        .iter()
        .map(|one| now.duration_until(one.locked_until))
        .max()
        .filter(SignedDuration::is_positive);
    if let Some(wait) = wait {
        return Err(locked(wait));
    }
    let free = [FREE_TRIES_OF_ACCOUNT, FREE_TRIES_OF_ADDRESS];
    Ok(kept
        .iter()
        .zip(free)
        .map(|(one, free)| {
            let forgotten = one.last_at.duration_until(now) > FORGOTTEN_AFTER;
            let count = if forgotten {
                1
            } else {
                one.count.saturating_add(1)
            };
            Failures {
                count,
                locked_until: now.saturating_add(wait_after(count, free)).unwrap_or(now),
                last_at: now,
            }
        })
        .collect())
}

/// How long the next try has to wait after that many failures.
fn wait_after(count: i32, free: i32) -> SignedDuration {
    let Ok(beyond) = u32::try_from(count - free) else {
        return SignedDuration::ZERO;
    };
    2_i32
        .checked_pow(beyond)
        .and_then(|factor| FIRST_WAIT.checked_mul(factor))
        .map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT))
}

fn locked(wait: SignedDuration) -> Problem {
    let seconds = u32::try_from(wait.unsigned_abs().as_millis().div_ceil(1_000)).unwrap_or(1);
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "session.locked",
        "Too many tries with a wrong password: wait a little",
    )
    .figure("retry_after_s", seconds)
    .retry_after(seconds)
}

fn is_right(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}
