//! The second factor: a code of an authenticator (RFC 6238), each good once, or one of ten recovery codes.
use axum::http::StatusCode;
use httpkit::problem::Problem;
use httpkit::random::{self, Random};
use jiff::{SignedDuration, Timestamp};
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

use super::http::Owed;
use super::limit::Subjects;
use super::{Beginning, Means, Viewer, Visitor};
use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;
use crate::staff::person;
use crate::{company, session};

pub(crate) mod db;
pub(crate) mod http;

/// How long a right password waits for its second factor.
pub(crate) const CHALLENGE: SignedDuration = SignedDuration::from_mins(5);
/// Tries of one challenge; then the password is asked for again.
const MOST_TRIES: i32 = 5;
/// Bytes of an authenticator's secret (RFC 4226 recommends 160 bits).
const SECRET_BYTES: usize = 20;
/// Recovery codes that somebody has.
const RECOVERY_CODES: usize = 10;
/// Characters of a recovery code: 120 bits, which nobody guesses from a plain hash.
const RECOVERY_CHARACTERS: usize = 24;
/// Letters and digits that are not mistaken for each other (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// An authenticator as it is kept.
pub(crate) struct Authenticator {
    pub(crate) secret_sealed: Vec<u8>,
    pub(crate) confirmed_at: Option<Timestamp>,
    pub(crate) last_step: i64,
}

/// What an authenticator app is given, once.
pub(crate) struct Enrolled {
    pub(crate) secret: String,
    pub(crate) uri: String,
}

fn place(staff: Uuid) -> String {
    format!("staff_totp/{staff}")
}

fn totp(secret: &[u8], account: &str, issuer: &str) -> Result<Totp> {
    // The address of an authenticator separates its parts by colons.
    let plain = |text: &str| text.replace(':', " ");
    let built = Builder::new()
        .with_secret(Secret::new(secret.into()))
        .with_account_name(plain(account))
        .with_issuer(Some(plain(issuer)))
        .build();
    Ok(built.map_err(|error| Problem::internal(&error))?)
}

/// Begins an authenticator; it counts once a code of it was given. One that was begun before is replaced.
pub(crate) async fn enrol(cloud: &Cloud, staff: Uuid, account: &str) -> Result<Enrolled> {
    let mut secret = [0; SECRET_BYTES];
    cloud.parts().random.fill(&mut secret);
    let sealed = cloud.seal(&place(staff), &secret);
    let (now, actor) = (cloud.security_now(), Actor::Staff(staff));
    let company = cloud
        .tx("begin_totp", actor, async |tx| {
            if !db::begin(tx, staff, &sealed, now).await? {
                return Err(active());
            }
            session::db::audit(tx, now, "totp.begun", &staff.to_string()).await?;
            Ok(company::get(tx).await?.name)
        })
        .await?;
    let totp = totp(&secret, account, &company)?;
    let uri = totp.to_url().map_err(|error| Problem::internal(&error))?;
    Ok(Enrolled {
        secret: totp.secret().to_base32(),
        uri,
    })
}

fn active() -> crate::error::Error {
    Problem::conflict(
        "totp.active",
        "There is an authenticator already: remove it first",
    )
    .into()
}

/// Confirms the authenticator with its first code. The recovery codes, which are shown once.
pub(crate) async fn confirm(
    cloud: &Cloud,
    staff: Uuid,
    session: Uuid,
    visitor: &Visitor,
    code: &str,
) -> Result<Vec<String>> {
    let (now, actor) = (cloud.security_now(), Actor::Staff(staff));
    count(cloud, staff, visitor).await?;
    let codes = recovery_codes(&*cloud.parts().random);
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| recovery_hash(code)).collect();
    cloud
        .tx("confirm_totp", actor, async |tx| {
            let kept = db::authenticator(tx, staff).await?;
            let kept = kept
                .ok_or_else(|| Problem::not_found("totp.unknown", "No authenticator was begun"))?;
            if kept.confirmed_at.is_some() {
                return Err(active());
            }
            let step = step(cloud, staff, &kept, code)?.ok_or_else(wrong)?;
            db::confirm(tx, staff, step, now).await?;
            db::replace_recovery_codes(tx, staff, &hashes).await?;
            // The other sessions began without it.
            session::list::db::end_others(tx, staff, session).await?;
            session::list::db::confirm(tx, session, now).await?;
            Subjects::factor(staff, visitor.address).forgive(tx).await?;
            session::db::audit(tx, now, "totp.confirmed", &staff.to_string()).await
        })
        .await?;
    cloud.office().live.look_again();
    Ok(codes)
}

/// What somebody has to do whose role asks for a second factor.
pub(super) async fn owed(tx: &Tx, staff: Uuid) -> Result<Owed> {
    let (confirmed_at, _) = db::state(tx, staff).await?;
    Ok(if confirmed_at.is_some() {
        Owed::Give
    } else {
        Owed::SetUp
    })
}

/// Takes the second factor in a session that began without one.
pub(crate) async fn give(
    cloud: &Cloud,
    staff: Uuid,
    session: Uuid,
    visitor: &Visitor,
    code: &str,
) -> Result<()> {
    let (now, actor) = (cloud.security_now(), Actor::Staff(staff));
    count(cloud, staff, visitor).await?;
    let is_right = cloud
        .tx("give_factor", actor, async |tx| {
            if !is_taken(cloud, tx, staff, code, now).await? {
                session::db::audit(tx, now, "session.factor_refused", &staff.to_string()).await?;
                return Ok(false);
            }
            Subjects::factor(staff, visitor.address).forgive(tx).await?;
            session::list::db::confirm(tx, session, now).await?;
            session::db::audit(tx, now, "session.factor_given", &staff.to_string()).await?;
            Ok(true)
        })
        .await?;
    if !is_right {
        return Err(wrong().into());
    }
    cloud.office().live.look_again();
    Ok(())
}

/// Removes the authenticator of somebody who has lost it, and ends their sessions: for whoever has the machine itself.
/// False when nobody has that e-mail address.
pub async fn reset(cloud: &Cloud, actor: Actor, email: &str) -> Result<bool> {
    let (now, email) = (cloud.security_now(), email.trim().to_lowercase());
    cloud
        .tx("reset_totp", actor, async |tx| {
            let Some(account) = session::db::account(tx, &email).await? else {
                return Ok(false);
            };
            db::remove(tx, account.id).await?;
            session::list::db::end_others(tx, account.id, Uuid::nil()).await?;
            session::db::audit(tx, now, "totp.removed", &account.id.to_string()).await?;
            Ok(true)
        })
        .await
}

/// Removes the authenticator and the recovery codes.
pub(crate) async fn remove(cloud: &Cloud, staff: Uuid) -> Result<()> {
    let now = cloud.security_now();
    cloud
        .tx("remove_totp", Actor::Staff(staff), async |tx| {
            if db::remove(tx, staff).await? {
                session::db::audit(tx, now, "totp.removed", &staff.to_string()).await?;
            }
            Ok(())
        })
        .await
}

/// Removes the authenticator of somebody who may do no more than `viewer`, and ends their sessions.
pub(crate) async fn remove_of(cloud: &Cloud, viewer: &Viewer, staff: Uuid) -> Result<()> {
    let now = cloud.security_now();
    cloud
        .tx("remove_staff_totp", viewer.actor(), async |tx| {
            session::list::check_manages(tx, viewer, staff).await?;
            tx.widen("people");
            let (mine, theirs) = (
                person::standing_of(tx, viewer).await?,
                person::standing(tx, staff).await?,
            );
            tx.narrow();
            mine.check_manages(&theirs)?;
            if db::remove(tx, staff).await? {
                session::db::audit(tx, now, "totp.removed", &staff.to_string()).await?;
            }
            session::list::db::end_others(tx, staff, Uuid::nil()).await?;
            Ok(())
        })
        .await?;
    cloud.office().live.look_again();
    Ok(())
}

/// New recovery codes; those before are no longer good.
pub(crate) async fn renew_recovery_codes(cloud: &Cloud, staff: Uuid) -> Result<Vec<String>> {
    let now = cloud.security_now();
    let codes = recovery_codes(&*cloud.parts().random);
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| recovery_hash(code)).collect();
    cloud
        .tx("renew_recovery_codes", Actor::Staff(staff), async |tx| {
            let kept = db::authenticator(tx, staff).await?;
            if kept.is_none_or(|kept| kept.confirmed_at.is_none()) {
                return Err(Problem::not_found("totp.unknown", "There is no authenticator").into());
            }
            db::replace_recovery_codes(tx, staff, &hashes).await?;
            session::db::audit(tx, now, "recovery_codes.renewed", &staff.to_string()).await
        })
        .await?;
    Ok(codes)
}

/// A right password is there; the second factor is asked for. The challenge's token.
pub(super) async fn challenge(cloud: &Cloud, staff: Uuid) -> Result<String> {
    let now = cloud.security_now();
    let token = random::token(&*cloud.parts().random);
    let until = now.saturating_add(CHALLENGE).unwrap_or(now);
    cloud
        .tx("begin_challenge", Actor::Service("sign_in"), async |tx| {
            db::begin_challenge(tx, &httpkit::session::hash(&token), staff, until, now).await
        })
        .await?;
    Ok(token)
}

/// The second factor of a challenge: begins the session, or counts a wrong code.
pub(crate) async fn pass(
    cloud: &Cloud,
    challenge: &str,
    code: &str,
    visitor: &Visitor,
    replaces: Option<&str>,
) -> Result<String> {
    let now = cloud.security_now();
    let hash = httpkit::session::hash(challenge);
    let service = Actor::Service("sign_in");
    let staff = cloud
        .tx("count_factor", service, async |tx| {
            let staff = db::count_challenge(tx, &hash, MOST_TRIES, now)
                .await?
                .ok_or_else(over)?;
            Subjects::factor(staff, visitor.address)
                .count(tx, now)
                .await?;
            Ok(staff)
        })
        .await?;
    let passed = cloud
        .tx("pass_factor", service, async |tx| {
            if !is_taken(cloud, tx, staff, code, now).await? {
                session::db::audit(tx, now, "session.factor_refused", &staff.to_string()).await?;
                return Ok(None);
            }
            if !db::end_challenge(tx, &hash).await? {
                return Err(over().into());
            }
            // Both were right: also the tries of the password are forgotten.
            Subjects::factor(staff, visitor.address).forgive(tx).await?;
            if let Some(email) = db::email(tx, staff).await? {
                Subjects::account(&email, visitor.address)
                    .forgive(tx)
                    .await?;
            }
            let means = Means {
                method: "password",
                with_factor: true,
                ..Means::default()
            };
            let beginning = Beginning {
                staff,
                means: &means,
                visitor,
                replaces,
            };
            Ok(Some(session::begin(cloud, tx, &beginning).await?))
        })
        .await?;
    Ok(passed.ok_or_else(wrong)?)
}

/// Takes a code of the authenticator or a recovery code, so that it is good no more. False when it is neither.
async fn is_taken(cloud: &Cloud, tx: &Tx, staff: Uuid, code: &str, now: Timestamp) -> Result<bool> {
    if db::use_recovery_code(tx, staff, &recovery_hash(code), now).await? {
        session::db::audit(tx, now, "recovery_code.used", &staff.to_string()).await?;
        return Ok(true);
    }
    let Some(kept) = db::authenticator(tx, staff).await? else {
        return Ok(false);
    };
    match step(cloud, staff, &kept, code)? {
        Some(step) if kept.confirmed_at.is_some() => db::use_step(tx, staff, step).await,
        _ => Ok(false),
    }
}

/// The step whose code this is: of now, or one before or after; none that was taken already.
fn step(cloud: &Cloud, staff: Uuid, kept: &Authenticator, code: &str) -> Result<Option<i64>> {
    let secret = cloud.unseal(&place(staff), &kept.secret_sealed)?;
    let totp = totp(&secret, "-", "-")?;
    let digits: String = code
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    let second = u64::try_from(cloud.security_now().as_second()).unwrap_or(0);
    let step = totp
        .check(&digits, second)
        .and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| *step > kept.last_step))
}

/// Counts a try of somebody who is signed in.
async fn count(cloud: &Cloud, staff: Uuid, visitor: &Visitor) -> Result<()> {
    let now = cloud.security_now();
    cloud
        .tx("count_factor", Actor::Staff(staff), async |tx| {
            Subjects::factor(staff, visitor.address)
                .count(tx, now)
                .await
        })
        .await
}

fn wrong() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "session.factor_wrong",
        "The code is wrong",
    )
}

fn over() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "session.challenge_over",
        "Sign in with the password again",
    )
}

fn recovery_codes(random: &dyn Random) -> Vec<String> {
    let mut bytes = [0; RECOVERY_CODES * RECOVERY_CHARACTERS];
    random.fill(&mut bytes);
    let letter = |byte: &u8| char::from(ALPHABET[usize::from(byte % 32)]);
    bytes
        .chunks(RECOVERY_CHARACTERS)
        .map(|code| {
            let groups: Vec<String> = code
                .chunks(4)
                .map(|group| group.iter().map(letter).collect())
                .collect();
            groups.join("-")
        })
        .collect()
}

/// As people type it: in any case, with or without the dashes.
fn recovery_hash(code: &str) -> Vec<u8> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    httpkit::session::hash(&plain.to_lowercase()).to_vec()
}

#[cfg(test)]
mod tests {
    use httpkit::random::SeededRandom;

    use super::{RECOVERY_CODES, recovery_codes, recovery_hash, totp};

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, cut to six digits.
        let totp = totp(b"12345678901234567890", "ann@example.org", "Branchline").unwrap();
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp.check(code, second), Some(second / 30), "{second}");
        }
        assert_eq!(totp.check("287082", 59 + 61), None, "two steps later");
    }

    #[test]
    fn recovery_codes_differ_and_may_be_typed_carelessly() {
        let mut codes = recovery_codes(&SeededRandom::new(7));
        assert!(codes.iter().all(|code| code.len() == 29), "{codes:?}");
        let one = codes[0].clone();
        assert_eq!(
            recovery_hash(&one),
            recovery_hash(&one.to_uppercase().replace('-', " "))
        );
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), RECOVERY_CODES);
    }
}
