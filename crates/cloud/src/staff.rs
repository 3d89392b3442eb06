//! Staff, roles and permissions: rows that change at run time, at one location or in the whole chain, for a time.
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, SaltString};
use httpkit::problem::Problem;
use httpkit::random::Random;
use jiff::Timestamp;
use retail::staff::{Permission, is_pin};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::company;
use crate::db::Actor;
use crate::error::Result;

pub(crate) mod db;
pub(crate) mod effective;
pub(crate) mod http;
mod password;
pub(crate) mod person;

/// The fewest characters in a password (NIST SP 800-63B 5.1.1).
pub const PASSWORD_CHARACTERS: usize = 8;
/// The most: a longer one is no password.
pub const MAX_PASSWORD_BYTES: usize = 1_000;

/// A role as it is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRole {
    /// Its id.
    pub id: Uuid,
    /// Stable short name: `cashier`.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub permissions: Vec<Permission>,
}

/// A member of staff as they are entered.
#[derive(Debug, Clone)]
pub struct NewStaff {
    /// Their id.
    pub id: Uuid,
    /// What people call them.
    pub name: String,
    /// Signs in at the office with it; none: tills only.
    pub email: Option<String>,
    /// Taken when there is none yet; see [`set_password`].
    pub password: Option<String>,
    /// Taken when there is none yet; see [`set_pin`].
    pub pin: Option<String>,
    /// Which roles where; replaces those given before.
    pub grants: Vec<NewGrant>,
}

/// A role that a person has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    /// The role's code.
    pub role: String,
    /// Where; none: in the whole chain.
    pub location: Option<Uuid>,
    /// From when on; none: from the beginning.
    pub valid_from: Option<Timestamp>,
    /// Until when; none: until further notice.
    pub valid_until: Option<Timestamp>,
}

impl NewGrant {
    /// A role for good.
    pub fn new(role: &str, location: Option<Uuid>) -> Self {
        Self {
            role: role.to_owned(),
            location,
            valid_from: None,
            valid_until: None,
        }
    }
}

/// Enters roles with their permissions, or changes them, by id. May be repeated.
pub async fn put_roles(cloud: &Cloud, roles: &[NewRole]) -> Result<()> {
    cloud
        .tx("put_roles", Actor::Service("admin"), async |tx| {
            for role in roles {
                db::put_role(tx, role).await?;
            }
            Ok(())
        })
        .await
}

/// Enters a member of staff, or changes them, by id. May be repeated; secrets that are there stay.
pub async fn put(cloud: &Cloud, staff: &NewStaff) -> Result<()> {
    let has_secrets = cloud
        .tx("staff_secrets", Actor::Service("admin"), async |tx| {
            db::has_secrets(tx, staff.id).await
        })
        .await?;
    let password = match &staff.password {
        Some(password) if !has_secrets.0 => {
            let about = [
                staff.name.as_str(),
                staff.email.as_deref().unwrap_or_default(),
            ];
            Some(password_hash(cloud, password, &about).await?)
        }
        _ => None,
    };
    let pin = match &staff.pin {
        Some(pin) if !has_secrets.1 => Some(pin_hash(cloud, pin).await?),
        _ => None,
    };
    let grant_ids: Vec<Uuid> = staff.grants.iter().map(|_| cloud.id()).collect();
    cloud
        .tx("put_staff", Actor::Service("admin"), async |tx| {
            db::put(tx, staff).await?;
            db::put_secrets(tx, staff.id, password.as_deref(), pin.as_deref()).await?;
            db::replace_grants(tx, staff.id, &grant_ids, &staff.grants).await
        })
        .await
        .map_err(|error| {
            error.if_duplicate("staff.email_taken", "Somebody else has this e-mail address")
        })
}

/// Changes a password, and ends the person's sessions.
pub async fn set_password(cloud: &Cloud, staff: Uuid, password: &str) -> Result<()> {
    let known = cloud
        .tx("named_staff", Actor::Service("admin"), async |tx| {
            db::named(tx, staff).await
        })
        .await?;
    let (name, email) = known.unwrap_or_default();
    let hash = password_hash(cloud, password, &[&name, &email]).await?;
    cloud
        .tx("set_password", Actor::Service("admin"), async |tx| {
            db::put_secrets(tx, staff, Some(&hash), None).await?;
            db::end_sessions(tx, staff).await
        })
        .await
}

/// Changes a PIN; the edges learn it with their next pull.
pub async fn set_pin(cloud: &Cloud, staff: Uuid, pin: &str) -> Result<()> {
    let hash = pin_hash(cloud, pin).await?;
    cloud
        .tx("set_pin", Actor::Service("admin"), async |tx| {
            db::put_secrets(tx, staff, None, Some(&hash)).await
        })
        .await
}

/// The hash of a password that somebody chose; `about`: their name and e-mail, which are no part of a good one.
pub(crate) async fn password_hash(cloud: &Cloud, password: &str, about: &[&str]) -> Result<String> {
    let company = cloud
        .tx("company_name", Actor::Service("admin"), async |tx| {
            Ok(company::name(tx).await?.unwrap_or_default())
        })
        .await?;
    let about = about.iter().copied().chain([company.as_str()]);
    password::look(password, about)?;
    hash(cloud, password).await
}

async fn pin_hash(cloud: &Cloud, pin: &str) -> Result<String> {
    if !is_pin(pin) {
        let message = "A PIN has four to eight digits that are not all the same";
        return Err(Problem::invalid("staff.pin", "pin", message).into());
    }
    hash(cloud, pin).await
}

async fn hash(cloud: &Cloud, secret: &str) -> Result<String> {
    let secret = secret.to_owned();
    let salt = salt(&*cloud.parts().random);
    cloud.hasher().run(move || hashed(&secret, &salt)).await
}

pub(crate) fn salt(random: &dyn Random) -> SaltString {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    SaltString::encode_b64(&bytes).expect("16 bytes are a salt")
}

/// An argon2id string (m = 19456, t = 2, p = 1). Takes about 50 ms.
pub(crate) fn hashed(secret: &str, salt: &SaltString) -> String {
    Argon2::default()
        .hash_password(secret.as_bytes(), salt)
        .expect("the default parameters are right")
        .to_string()
}

/// Runs the expensive hashes off the async threads, two at a time: sign-ins cannot starve the rest.
pub(crate) struct Hasher(Semaphore);

/// Hashes that run at once.
const HASHES_AT_ONCE: usize = 2;

impl Default for Hasher {
    fn default() -> Self {
        Self(Semaphore::new(HASHES_AT_ONCE))
    }
}

impl Hasher {
    /// Runs `work` when its turn has come.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let _turn = self
            .0
            .acquire()
            .await
            .map_err(|error| Problem::internal(&error))?;
        Ok(tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Problem::internal(&error))?)
    }
}
