//! Guessing gets slower and slower: tries are counted by account and by address before they are looked at, so guesses
//! that are sent at the same time count too.
use std::net::IpAddr;

use axum::http::StatusCode;
use httpkit::problem::Problem;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::db;
use crate::db::Tx;
use crate::error::Result;

/// Tries of one account before it has to wait.
const FREE_TRIES_OF_ACCOUNT: i32 = 5;
/// Many people sit behind one address.
const FREE_TRIES_OF_ADDRESS: i32 = 30;
/// Sign-ins by a provider that one network begins and does not end before it has to wait.
const FREE_LOGINS: i32 = 100;
/// The first wait; each failure after it doubles it.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(30);
/// The longest wait.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);
/// Failures older than this are forgotten.
pub(crate) const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// What was counted of the tries of an account or an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failures {
    pub(crate) count: i32,
    pub(crate) locked_until: Timestamp,
    pub(crate) last_at: Timestamp,
}

/// Whose tries are counted, as hashes, because strangers' e-mails are not ours to keep: the account first, if there is
/// one, then the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subjects {
    hashes: Vec<Vec<u8>>,
    free: Vec<i32>,
}

impl Subjects {
    /// Tries to sign in to an account, by the e-mail that was given.
    pub(crate) fn account(email: &str, address: Option<IpAddr>) -> Self {
        Self::of(
            Some(format!("account:{}", email.trim().to_lowercase())),
            address,
        )
    }

    /// Tries of a second factor.
    pub(crate) fn factor(staff: uuid::Uuid, address: Option<IpAddr>) -> Self {
        Self::of(Some(format!("factor:{staff}")), address)
    }

    /// Tries of what only whoever got a mail can know.
    pub(crate) fn link(address: Option<IpAddr>) -> Self {
        Self::of(None, address)
    }

    /// E-mails that were asked for: by their receiver, or by who asks.
    pub(crate) fn mail(to: &str, free: i32) -> Self {
        Self {
            hashes: vec![hashed(&format!("mail:{to}"))],
            free: vec![free],
        }
    }

    /// Sign-ins by a provider that were begun: each is remembered for a while.
    pub(crate) fn login(address: Option<IpAddr>) -> Self {
        let from = address.map_or_else(
            || "nowhere".to_owned(),
            |address| network(address).to_string(),
        );
        Self {
            hashes: vec![hashed(&format!("login:{from}"))],
            free: vec![FREE_LOGINS],
        }
    }

    fn of(account: Option<String>, address: Option<IpAddr>) -> Self {
        let account = account.map(|account| (account, FREE_TRIES_OF_ACCOUNT));
        let address = address.map(|address| {
            (
                format!("address:{}", network(address)),
                FREE_TRIES_OF_ADDRESS,
            )
        });
        let (hashes, free) = account
            .into_iter()
            .chain(address)
            .map(|(subject, free)| (hashed(&subject), free))
            .unzip();
        Self { hashes, free }
    }

    /// Counts a try.
    ///
    /// # Errors
    /// `session.locked` when one of them still has to wait.
    pub(crate) async fn count(&self, tx: &Tx, now: Timestamp) -> Result<()> {
        let kept = db::failures(tx, &self.hashes, now).await?;
        let counted = count(&kept, &self.free, now)?;
        db::keep_failures(tx, &self.hashes, &counted).await
    }

    /// It was right: forgets the tries of the account, and takes back the try of the address.
    pub(crate) async fn forgive(&self, tx: &Tx) -> Result<()> {
        for (hash, free) in self.hashes.iter().zip(&self.free) {
            db::forgive(tx, hash, *free < FREE_TRIES_OF_ADDRESS).await?;
        }
        Ok(())
    }
}

fn hashed(subject: &str) -> Vec<u8> {
    Sha256::digest(subject).to_vec()
}

/// The part of an address that one customer of an internet provider has: all of an IPv4, the /64 of an IPv6.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

/// The failures with this try among them, or the refusal when one of them still has to wait.
fn count(
    kept: &[Failures],
    free: &[i32],
    now: Timestamp,
) -> std::result::Result<Vec<Failures>, Problem> {
    let wait = kept
        .iter()
        .map(|one| now.duration_until(one.locked_until))
        .max()
        .filter(SignedDuration::is_positive);
    if let Some(wait) = wait {
        return Err(locked(wait));
    }
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
                locked_until: now.saturating_add(wait_after(count, *free)).unwrap_or(now),
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
        "Too many wrong tries: wait a little",
    )
    .figure("retry_after_s", seconds)
    .retry_after(seconds)
}

#[cfg(test)]
mod tests;
