//! Who asks, and what they may do where. SQL that reads anything of a location takes an [`Allowed`], which only a
//! signed-in person with that permission has: a handler that forgets to check has nothing to ask the database with.
use std::collections::{BTreeMap, BTreeSet};
use std::{marker::PhantomData, sync::Arc};

use axum::{extract::FromRequestParts, http::StatusCode, http::request::Parts};
use httpkit::access::{Asks, Guard};
use httpkit::problem::Problem;
use jiff::Timestamp;
use retail::staff::Permission;
use uuid::Uuid;

use super::{db, http};
use crate::audit::refusal;
use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::{Error, Result};
use crate::token;

/// A permission that somebody has, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) permission: Permission,
    /// In the whole chain, whatever locations it will have.
    pub(crate) everywhere: bool,
    /// Sorted; shared, because in a chain they are many.
    pub(crate) locations: Arc<[Uuid]>,
}

/// Locations that grants in force reach, and what their roles permit there.
pub(super) struct Reached {
    pub(super) permissions: Vec<Permission>,
    pub(super) everywhere: bool,
    pub(super) locations: Vec<Uuid>,
}

/// The same by permission, in the order of the permissions' codes.
pub(super) fn grants(reached: impl Iterator<Item = Reached>) -> Vec<Grant> {
    let mut grants = BTreeMap::<&'static str, Grant>::new();
    for Reached {
        permissions,
        everywhere,
        mut locations,
    } in reached.filter(|one| one.everywhere || !one.locations.is_empty())
    {
        locations.sort_unstable();
        locations.dedup();
        let locations: Arc<[Uuid]> = locations.into();
        for permission in permissions {
            let held = grants.entry(permission.code()).or_insert_with(|| Grant {
                permission,
                everywhere: false,
                locations: Arc::default(),
            });
            held.everywhere |= everywhere;
            held.locations = union(&held.locations, &locations);
        }
    }
    grants.into_values().collect()
}

fn union(one: &Arc<[Uuid]>, other: &Arc<[Uuid]>) -> Arc<[Uuid]> {
    if one.is_empty() {
        return Arc::clone(other);
    }
    let all: BTreeSet<Uuid> = one.iter().chain(other.iter()).copied().collect();
    all.into_iter().collect()
}

/// Somebody who is signed in. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Viewer(Arc<Person>);

#[derive(Debug)]
struct Person {
    id: Uuid,
    name: String,
    email: String,
    by: Credential,
    grants: Vec<Grant>,
    owes_factor: bool,
}

/// By what somebody has shown who they are; the hash is what is kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credential {
    /// A session at a browser, and since when.
    Session {
        hash: [u8; 32],
        id: Uuid,
        since: Timestamp,
    },
    /// An API token: a program.
    Token { hash: [u8; 32], id: Uuid },
}

impl Viewer {
    pub(super) fn new(
        id: Uuid,
        name: String,
        email: String,
        by: Credential,
        grants: Vec<Grant>,
    ) -> Self {
        Self(Arc::new(Person {
            id,
            name,
            email,
            by,
            grants,
            owes_factor: false,
        }))
    }

    /// The same person, of whom a role asks for a second factor that was not given: until then they may do nothing.
    pub(super) fn owing_factor(self) -> Self {
        Self(Arc::new(Person {
            id: self.0.id,
            name: self.0.name.clone(),
            email: self.0.email.clone(),
            by: self.0.by,
            grants: Vec::new(),
            owes_factor: true,
        }))
    }

    /// Whether a second factor has to be given before anything else.
    pub(crate) fn owes_factor(&self) -> bool {
        self.0.owes_factor
    }

    /// Who sends a request, whatever they owe.
    async fn of_request(parts: &mut Parts, cloud: &Cloud) -> Result<Self> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let viewer = if let Some(token) = token::of_request(&parts.headers) {
            Self::of_token(cloud, httpkit::session::hash(token)).await?
        } else {
            let token = http::token(cloud, &parts.headers).ok_or_else(missing)?;
            Self::of_session(cloud, httpkit::session::hash(&token), true).await?
        };
        let viewer = viewer.ok_or_else(missing)?;
        refusal::asks(viewer.actor());
        parts.extensions.insert(viewer.clone());
        Ok(viewer)
    }

    /// Whose session it is, if it is not over. `used`: this counts as use of it.
    pub(crate) async fn of_session(
        cloud: &Cloud,
        id_hash: [u8; 32],
        used: bool,
    ) -> Result<Option<Self>> {
        let now = cloud.security_now();
        cloud
            .alone("viewer", Actor::Service("session"), async |tx| {
                db::viewer(tx, id_hash, now, used).await
            })
            .await
    }

    /// Whose API token it is, if it is good, and what it may do of what they may.
    async fn of_token(cloud: &Cloud, hash: [u8; 32]) -> Result<Option<Self>> {
        let now = cloud.security_now();
        cloud
            .alone("token_viewer", Actor::Service("session"), async |tx| {
                db::token_viewer(tx, hash, now).await
            })
            .await
    }

    /// The same person by the same session or token as they are now; none when it is over.
    pub(crate) async fn again(&self, cloud: &Cloud) -> Result<Option<Self>> {
        match self.0.by {
            Credential::Session { hash, .. } => Self::of_session(cloud, hash, false).await,
            Credential::Token { hash, .. } => Self::of_token(cloud, hash).await,
        }
    }

    pub(crate) fn id(&self) -> Uuid {
        self.0.id
    }

    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn email(&self) -> &str {
        &self.0.email
    }

    /// In what is written.
    pub(crate) fn actor(&self) -> Actor {
        match self.0.by {
            Credential::Session { .. } => Actor::Staff(self.0.id),
            Credential::Token { id, .. } => Actor::Token {
                id,
                staff: self.0.id,
            },
        }
    }

    /// Everything that the person may do anywhere.
    pub(crate) fn permissions(&self) -> Vec<&'static str> {
        self.0
            .grants
            .iter()
            .map(|grant| grant.permission.code())
            .collect()
    }

    /// What the person may do, and where each.
    pub(crate) fn grants(&self) -> &[Grant] {
        &self.0.grants
    }

    /// Where the person may do anything at all.
    pub(crate) fn locations(&self) -> Vec<Uuid> {
        let mut all: Vec<Uuid> = self
            .0
            .grants
            .iter()
            .flat_map(|grant| &*grant.locations)
            .copied()
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether the person has a permission at a location.
    pub(crate) fn may(&self, permission: Permission, location: Uuid) -> bool {
        self.grant(permission)
            .is_some_and(|grant| grant.locations.binary_search(&location).is_ok())
    }

    /// Whether the person has a permission in the whole chain.
    pub(crate) fn may_everywhere(&self, permission: Permission) -> bool {
        self.grant(permission).is_some_and(|grant| grant.everywhere)
    }

    /// Whether the person may do anything in the whole chain.
    pub(crate) fn sees_chain(&self) -> bool {
        self.0.grants.iter().any(|grant| grant.everywhere)
    }

    /// Whether both may do the same at the same places.
    pub(crate) fn may_the_same_as(&self, other: &Self) -> bool {
        self.0.grants == other.0.grants
    }

    /// Where the person has the permission; may be nowhere.
    pub(crate) fn allowed<P: Mark>(&self) -> Allowed<P> {
        let locations = self
            .grant(P::PERMISSION)
            .map(|grant| Arc::clone(&grant.locations));
        Allowed {
            locations: locations.unwrap_or_default(),
            everywhere: self.may_everywhere(P::PERMISSION),
            actor: self.actor(),
            permission: PhantomData,
        }
    }

    /// The permission in the whole chain, or the refusal.
    pub(crate) fn everywhere<P: Mark>(&self) -> Result<Everywhere<P>> {
        if self.may_everywhere(P::PERMISSION) {
            return Ok(Everywhere {
                actor: self.actor(),
                permission: PhantomData,
            });
        }
        Err(denied(P::PERMISSION).into())
    }

    fn grant(&self, permission: Permission) -> Option<&Grant> {
        self.0
            .grants
            .iter()
            .find(|grant| grant.permission == permission)
    }
}

/// Who is signed in with a session's token: what is looked up first for every request of the office.
pub async fn signed_in(cloud: &Cloud, token: &str) -> Result<Option<Uuid>> {
    let viewer = Viewer::of_session(cloud, httpkit::session::hash(token), true).await?;
    Ok(viewer.map(|viewer| viewer.id()))
}

impl FromRequestParts<Cloud> for Viewer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, cloud: &Cloud) -> Result<Self> {
        let viewer = Self::of_request(parts, cloud).await?;
        if viewer.owes_factor() {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "session.factor_required",
                "Your role asks for a second factor: set one up, or give its code",
            )
            .into());
        }
        Ok(viewer)
    }
}

impl Asks for Viewer {
    fn guard() -> Guard {
        Guard::by(&["session", "token"])
    }
}

/// Somebody who is signed in and may still owe the second factor: for what leads to it, and nothing else.
#[derive(Debug, Clone)]
pub(crate) struct Entering(pub(crate) Viewer);

impl FromRequestParts<Cloud> for Entering {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, cloud: &Cloud) -> Result<Self> {
        Viewer::of_request(parts, cloud).await.map(Self)
    }
}

impl Asks for Entering {
    fn guard() -> Guard {
        Viewer::guard()
    }
}

/// The same at a browser, with a session.
#[derive(Debug, Clone)]
pub(crate) struct EnteringPresent(pub(crate) Present);

impl FromRequestParts<Cloud> for EnteringPresent {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, cloud: &Cloud) -> Result<Self> {
        Present::of(Viewer::of_request(parts, cloud).await?).map(Self)
    }
}

impl Asks for EnteringPresent {
    fn guard() -> Guard {
        Present::guard()
    }
}

/// Somebody at a browser, with a session: what a program with a token may not do, such as making tokens.
#[derive(Debug, Clone)]
pub(crate) struct Present {
    viewer: Viewer,
    session: Uuid,
    since: Timestamp,
}

impl Present {
    fn of(viewer: Viewer) -> Result<Self> {
        let Credential::Session { id, since, .. } = viewer.0.by else {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "session.required",
                "A token may not do this: sign in",
            )
            .into());
        };
        Ok(Self {
            viewer,
            session: id,
            since,
        })
    }

    pub(crate) const fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    pub(crate) fn id(&self) -> Uuid {
        self.viewer.id()
    }

    pub(crate) fn name(&self) -> &str {
        self.viewer.name()
    }

    pub(crate) fn email(&self) -> &str {
        self.viewer.email()
    }

    pub(crate) fn actor(&self) -> Actor {
        self.viewer.actor()
    }

    /// The session's id, which may be shown.
    pub(crate) const fn session(&self) -> Uuid {
        self.session
    }

    /// Refuses whoever signed in long ago.
    pub(crate) fn is_fresh(&self, cloud: &Cloud) -> Result<()> {
        super::is_fresh(self.since, cloud.security_now())
    }
}

impl FromRequestParts<Cloud> for Present {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, cloud: &Cloud) -> Result<Self> {
        Self::of(Viewer::from_request_parts(parts, cloud).await?)
    }
}

impl Asks for Present {
    fn guard() -> Guard {
        Guard::by(&["session"])
    }
}

fn missing() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "session.missing", "Sign in first")
}

fn denied(permission: Permission) -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "permission.denied",
        "You may not do this",
    )
    .figure("permission", permission.code())
}

/// A permission as a type.
pub(crate) trait Mark: Send + Sync + 'static {
    /// The permission.
    const PERMISSION: Permission;
}

macro_rules! marks {
    ($($name:ident,)+) => {
        $(
            #[doc = concat!("[`Permission::", stringify!($name), "`] as a type.")]
            #[derive(Debug)]
            pub(crate) enum $name {}
            impl Mark for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )+
    };
}

marks! {
    SaleRead, PurchaseRead, StockRead, StockCount, OrderRead, OrderManage, OrderPick, ReportRevenue,
    ReportPurchases, NodeRead, NodeEnrol, NodeRetry, NodeFence, EventFix, DayComplete, JobRead, JobRetry, StaffRead,
    StaffManage, RoleManage, AuditRead, ApprovalDecide, SessionManage, ProviderManage, TokenManage, ChannelManage,
    CatalogRead, CatalogManage, PriceManage, CashRead, LocationManage, CustomerRead, CustomerManage, SupplierPay,
    PromotionRead, PromotionManage, PromotionBelowCost,
}

/// Locations at which somebody has the permission `P`. As an extractor it refuses who has it nowhere.
#[derive(Debug)]
pub(crate) struct Allowed<P> {
    locations: Arc<[Uuid]>,
    everywhere: bool,
    actor: Actor,
    permission: PhantomData<fn() -> P>,
}

impl<P: Mark> Allowed<P> {
    /// For `location_id = any ($1)`. Sorted.
    pub(crate) fn locations(&self) -> &[Uuid] {
        &self.locations
    }

    /// Whether there is any.
    pub(crate) fn is_empty(&self) -> bool {
        self.locations.is_empty()
    }

    /// Whether they have it in the whole chain, hence for what belongs to no location.
    pub(crate) fn is_everywhere(&self) -> bool {
        self.everywhere
    }

    /// Who has it.
    pub(crate) fn actor(&self) -> Actor {
        self.actor
    }

    /// Only that location, when one is named. A foreign one and an unknown one get the same answer.
    pub(crate) fn only(mut self, location: Option<Uuid>) -> Result<Self> {
        if let Some(location) = location {
            self = self.limited_to(location);
            if self.is_empty() {
                return Err(refusal::foreign(location).into());
            }
        }
        Ok(self)
    }

    /// Only that location; nowhere when it is not among them.
    pub(crate) fn limited_to(mut self, location: Uuid) -> Self {
        let is_among = self.locations.binary_search(&location).is_ok();
        self.locations = is_among.then_some(location).into_iter().collect();
        self.everywhere = false;
        self
    }

    /// The refusal when it is empty.
    pub(crate) fn or_denied(self) -> Result<Self> {
        if self.is_empty() {
            return Err(denied(P::PERMISSION).into());
        }
        Ok(self)
    }
}

impl<P: Mark> FromRequestParts<Cloud> for Allowed<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, cloud: &Cloud) -> Result<Self> {
        let viewer = Viewer::from_request_parts(parts, cloud).await?;
        // A chain that has no location yet has people all the same.
        if viewer.may_everywhere(P::PERMISSION) {
            return Ok(viewer.allowed());
        }
        viewer.allowed().or_denied()
    }
}

impl<P: Mark> Asks for Allowed<P> {
    fn guard() -> Guard {
        Viewer::guard().with(P::PERMISSION.code())
    }
}

/// Somebody who may lack the permission `P`, and is answered more with it.
#[derive(Debug)]
pub(crate) struct Wider<P> {
    viewer: Viewer,
    permission: PhantomData<fn() -> P>,
}

impl<P: Mark> Wider<P> {
    /// Where they have it; may be nowhere.
    pub(crate) fn allowed(&self) -> Allowed<P> {
        self.viewer.allowed()
    }

    /// The permission in the whole chain, or the refusal.
    pub(crate) fn everywhere(&self) -> Result<Everywhere<P>> {
        self.viewer.everywhere()
    }
}

impl<P: Mark> FromRequestParts<Cloud> for Wider<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, cloud: &Cloud) -> Result<Self> {
        Ok(Self {
            viewer: Viewer::from_request_parts(parts, cloud).await?,
            permission: PhantomData,
        })
    }
}

impl<P: Mark> Asks for Wider<P> {
    fn guard() -> Guard {
        Viewer::guard().wider_with(P::PERMISSION.code())
    }
}

/// Somebody who has the permission `P` in the whole chain: for what belongs to no location.
#[derive(Debug)]
pub(crate) struct Everywhere<P> {
    actor: Actor,
    permission: PhantomData<fn() -> P>,
}

impl<P: Mark> Everywhere<P> {
    /// Who has it.
    pub(crate) fn actor(&self) -> Actor {
        self.actor
    }
}

impl<P: Mark> FromRequestParts<Cloud> for Everywhere<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, cloud: &Cloud) -> Result<Self> {
        Viewer::from_request_parts(parts, cloud).await?.everywhere()
    }
}

impl<P: Mark> Asks for Everywhere<P> {
    fn guard() -> Guard {
        Allowed::<P>::guard().everywhere()
    }
}
