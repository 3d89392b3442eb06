//! Staff at this shop's tills: tiles, PINs, sessions and permissions.
use jiff::Timestamp;
use retail::{
    location::RegisterId,
    staff::{Limit, Permission, StaffId},
};

use crate::{Shop, db::DbError};

pub(crate) mod db;
pub(crate) mod http;
pub(crate) mod pin;
mod session;

pub use session::SecondPerson;
pub(crate) use session::{Session, Sessions};
pub use session::{SignInError, SignedIn, sign_in, sign_out};

/// Who does something, at which register, and what that person may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub staff: StaffId,
    /// What people call them.
    pub name: String,
    /// At which register.
    pub register: RegisterId,
    /// What they may do here now.
    pub permissions: Vec<Permission>,
    /// How far they may go with those that have a limit.
    pub limits: Vec<(Permission, Limit)>,
    /// When some of it is no longer believed, unless the head office is heard before.
    pub believed_until: Option<Timestamp>,
}

impl Actor {
    /// Whether this person may do that.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// How far this person may go with a permission that they have.
    #[must_use]
    pub fn limit(&self, permission: Permission) -> Limit {
        let limit = self.limits.iter().find(|(held, _)| *held == permission);
        limit.map_or(Limit::NONE, |(_, limit)| *limit)
    }
}

/// Somebody may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the permission {} is missing", permission.code())]
pub struct Denied {
    /// What they may not do.
    pub permission: Permission,
}

/// Refuses what somebody may not do.
pub(crate) fn require(actor: &Actor, permission: Permission) -> Result<(), Denied> {
    if actor.may(permission) {
        Ok(())
    } else {
        Err(Denied { permission })
    }
}

/// A tile of the sign-in page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Who.
    pub id: StaffId,
    /// What people call them.
    pub name: String,
    /// Names of their roles here.
    pub roles: Vec<String>,
    /// May sell what may be promised online.
    pub may_override: bool,
    /// Sees what should be in a drawer: the second person for cash.
    pub may_approve: bool,
    /// What they are asked to let others do, by PIN: discounts, other prices, voids.
    pub supervises: Vec<String>,
}

/// Everybody who may sign in here, by name.
///
/// # Errors
/// The disk's.
pub async fn tiles(shop: &Shop) -> Result<Vec<Tile>, DbError> {
    shop.read(db::tiles).await
}

/// A member of staff as an actor at a register, with the permissions of now; `None` when nobody of that id works here.
///
/// For work that no person signs in for, like a replay.
///
/// # Errors
/// The disk's.
pub async fn actor(
    shop: &Shop,
    staff: StaffId,
    register: RegisterId,
) -> Result<Option<Actor>, DbError> {
    shop.read(move |at| db::actor(at, staff, register)).await
}
