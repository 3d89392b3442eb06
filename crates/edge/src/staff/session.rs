//! Signing in at a till: tile, then PIN. Tries are limited per person and per register (decision 27).
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use retail::{location::RegisterId, staff::StaffId};
use tokio::sync::Semaphore;
use uuid::Uuid;
use wire::body::PinLocked;

use super::{Actor, db};
use crate::{
    Shop,
    db::DbError,
    node,
    outbox::{self, Event},
};

/// A session lasts a working day.
const LIFETIME: SignedDuration = SignedDuration::from_hours(16);
/// Wrong PINs of one person before the first lock.
const TRIES_OF_A_PERSON: i64 = 5;
/// Wrong PINs at one register before the first lock: several people use it.
const TRIES_AT_A_REGISTER: i64 = 10;
/// Seconds of the first lock; each further wrong PIN doubles it.
const FIRST_LOCK_S: i64 = 30;
/// Seconds of the longest lock: a shop must not be locked out for a day.
const LONGEST_LOCK_S: i64 = 900;
/// PINs that are checked at the same time: argon2id takes 19 MiB each.
static CHECKS: Semaphore = Semaphore::const_new(2);

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) actor: Actor,
    pub(crate) expires: Timestamp,
}

/// Sessions that were looked up before, so that a request costs no query. Forgotten when staff change.
#[derive(Clone, Default)]
pub(crate) struct Sessions(Arc<Mutex<HashMap<[u8; 32], Session>>>);

impl Sessions {
    pub(crate) fn forget_all(&self) {
        self.locked().clear();
    }

    /// The session of a cookie, unless it is over.
    pub(crate) async fn find(
        &self,
        shop: &Shop,
        hash: [u8; 32],
    ) -> Result<Option<Session>, DbError> {
        let now = shop.parts.security_clock.now();
        let clock = shop.parts.clock.now();
        let known = self.locked().get(&hash).cloned();
        // What was believed then may have lapsed, or have been confirmed, since.
        let known = known.filter(|session| {
            let until = session.actor.believed_until;
            until.is_none_or(|until| clock < until)
        });
        let session = match known {
            Some(session) => Some(session),
            None => shop.read(move |at| db::session(at, &hash)).await?,
        };
        let Some(session) = session.filter(|session| session.expires > now) else {
            self.locked().remove(&hash);
            return Ok(None);
        };
        self.locked().insert(hash, session.clone());
        Ok(Some(session))
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fresh session and the token that goes into its cookie.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who, where and what they may do.
    pub actor: Actor,
    /// The cookie's value; the shop keeps its hash.
    pub token: String,
    /// Seconds that the session lasts.
    pub lifetime_s: i64,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The PIN is wrong, or nobody of that id works here.
    #[error("the PIN is wrong; {tries_left} tries are left")]
    Wrong {
        /// Tries before the next lock.
        tries_left: i64,
    },
    /// Too many wrong PINs.
    #[error("too many wrong PINs; try again in {retry_after_s} s")]
    Locked {
        /// Seconds until the next try is taken.
        retry_after_s: i64,
    },
    /// There is no such register here, or it is not in use.
    #[error("this register is not known here")]
    UnknownRegister,
    /// The disk's.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Signs somebody in at a register.
///
/// # Errors
/// [`SignInError`]; every wrong PIN is on disk before it is answered, so that a restart gives no new tries.
pub async fn sign_in(
    shop: &Shop,
    staff: StaffId,
    register: RegisterId,
    pin: String,
) -> Result<SignedIn, SignInError> {
    let now = shop.parts.security_clock.now();
    let actor = confirm(shop, staff, register, pin).await?;
    let token = httpkit::random::token(shop.parts.random.as_ref());
    let hash = httpkit::session::hash(&token);
    let session = Session {
        expires: now.saturating_add(LIFETIME).unwrap_or(now),
        actor: actor.clone(),
    };
    shop.write(move |tx, _| db::insert_session(tx, &hash, &session, now))
        .await?;
    Ok(SignedIn {
        actor,
        token,
        lifetime_s: LIFETIME.as_secs(),
    })
}

/// Somebody who says so too, by PIN, while another person is signed in: a supervisor. The PIN is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondPerson {
    /// Who.
    pub staff: StaffId,
    /// Their PIN.
    pub pin: String,
}

impl std::fmt::Debug for SecondPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondPerson")
            .field("staff", &self.staff)
            .finish_non_exhaustive()
    }
}

impl SecondPerson {
    /// Who they are and what they may do, when the PIN is theirs.
    ///
    /// # Errors
    /// As [`confirm`].
    pub(crate) async fn confirm(
        &self,
        shop: &Shop,
        register: RegisterId,
    ) -> Result<Actor, SignInError> {
        confirm(shop, self.staff, register, self.pin.clone()).await
    }
}

/// Confirms by PIN who somebody is, at a register where perhaps another person is signed in: a supervisor's word.
///
/// # Errors
/// [`SignInError`]; every wrong PIN is on disk before it is answered, so that a restart gives no new tries.
async fn confirm(
    shop: &Shop,
    staff: StaffId,
    register: RegisterId,
    pin: String,
) -> Result<Actor, SignInError> {
    // Held from the look at the lock to the count of the failure: many tries at once are not more tries.
    let _turn = CHECKS.acquire().await.map_err(|_| DbError::Stopped)?;
    let now = shop.parts.security_clock.now();
    let (verifier, actor, has_failed) = shop
        .read(move |at| {
            refuse_while_locked(at, staff, register, now)?;
            if !db::is_register(at, register)? {
                return Err(SignInError::UnknownRegister);
            }
            let failures =
                db::tries(at, "staff", staff)?.0 + db::tries(at, "register", register)?.0;
            Ok((
                db::verifier(at, staff)?,
                db::actor(at, staff, register)?,
                failures > 0,
            ))
        })
        .await?;
    let accepted = match verifier.zip(actor) {
        Some((verifier, actor)) => check(shop, verifier, pin).await?.then_some(actor),
        None => None,
    };
    let Some(actor) = accepted else {
        let id = shop.new_id::<()>().as_uuid();
        return Err(shop
            .write(move |tx, _| count_wrong(tx, id, staff, register, now))
            .await?);
    };
    if has_failed {
        shop.write(move |tx, _| {
            db::clear_tries(tx, "staff", staff)?;
            db::clear_tries(tx, "register", register)
        })
        .await?;
    }
    Ok(actor)
}

/// Ends the session of a token.
///
/// # Errors
/// The disk's.
pub async fn sign_out(shop: &Shop, token: &str) -> Result<(), DbError> {
    let hash = httpkit::session::hash(token);
    shop.write(move |tx, _| db::delete_session(tx, &hash))
        .await?;
    shop.sessions.locked().remove(&hash);
    Ok(())
}

async fn check(shop: &Shop, verifier: super::pin::Verifier, pin: String) -> Result<bool, DbError> {
    let shop = shop.clone();
    let checked = tokio::task::spawn_blocking(move || verifier.accepts(&pin, &shop.keys)).await;
    match checked.map_err(|_| DbError::Panicked)? {
        Ok(accepted) => Ok(accepted),
        Err(error) => {
            tracing::error!(%error, "A stored PIN verifier cannot be used: {error}");
            Ok(false)
        }
    }
}

fn refuse_while_locked(
    at: &crate::db::Snapshot<'_>,
    staff: StaffId,
    register: RegisterId,
    now: Timestamp,
) -> Result<(), SignInError> {
    let (_, of_the_person) = db::tries(at, "staff", staff)?;
    let (_, at_the_register) = db::tries(at, "register", register)?;
    let until = of_the_person.max(at_the_register);
    match until {
        Some(until) if until > now => Err(SignInError::Locked {
            retry_after_s: (until.as_second() - now.as_second()).max(1),
        }),
        _ => Ok(()),
    }
}

/// Keeps a wrong PIN, and says what that means for the next one. A lock is an event, `lock`: the head office hears of it.
fn count_wrong(
    tx: &crate::db::Tx<'_>,
    lock: Uuid,
    staff: StaffId,
    register: RegisterId,
    now: Timestamp,
) -> Result<SignInError, SignInError> {
    let (of_the_person, _) = db::tries(tx, "staff", staff)?;
    let (at_the_register, _) = db::tries(tx, "register", register)?;
    let (of_the_person, at_the_register) = (of_the_person + 1, at_the_register + 1);
    let person_lock = lock_s(of_the_person, TRIES_OF_A_PERSON);
    let register_lock = lock_s(at_the_register, TRIES_AT_A_REGISTER);
    db::set_tries(tx, "staff", staff, of_the_person, later(now, person_lock))?;
    db::set_tries(
        tx,
        "register",
        register,
        at_the_register,
        later(now, register_lock),
    )?;
    let retry_after_s = person_lock.max(register_lock);
    if retry_after_s > 0 {
        let body = PinLocked {
            staff: staff.as_uuid(),
            wrong_of_person: of_the_person,
            wrong_at_register: at_the_register,
            person_s: person_lock,
            register_s: register_lock,
        };
        record_lock(tx, lock, register, &body)?;
        return Ok(SignInError::Locked { retry_after_s });
    }
    let tries_left = (TRIES_OF_A_PERSON - of_the_person).min(TRIES_AT_A_REGISTER - at_the_register);
    Ok(SignInError::Wrong { tries_left })
}

/// Tells the head office of a lock. A shop that has no company yet has nobody to tell.
fn record_lock(
    tx: &crate::db::Tx<'_>,
    id: Uuid,
    register: RegisterId,
    body: &PinLocked,
) -> Result<(), DbError> {
    let Ok(mut site) = node::site(tx)? else {
        return Ok(());
    };
    let mut event = Event::of(id, site.open_business_date(tx.now), body);
    event.register = Some(register);
    outbox::append(tx, &mut site, event).map(drop)
}

/// Seconds of lock after so many failures.
fn lock_s(failures: i64, allowed: i64) -> i64 {
    let beyond = failures - allowed;
    if beyond < 0 {
        return 0;
    }
    let doublings = u32::try_from(beyond).unwrap_or(u32::MAX).min(10);
    (FIRST_LOCK_S << doublings).min(LONGEST_LOCK_S)
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(seconds))
        .unwrap_or(now)
}
