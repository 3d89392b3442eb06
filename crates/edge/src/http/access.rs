//! Who may come in. A handler gets at the shop through one of these extractors alone, and each names what it asks for:
//! a permission, a session, or nothing on purpose.
use std::marker::PhantomData;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, request::Parts},
};
use httpkit::access::{Asks, Guard};
use httpkit::problem::Problem;
use retail::staff::Permission;
use utoipa::Modify;
use utoipa::openapi::{
    OpenApi,
    security::{ApiKey, ApiKeyValue, SecurityScheme},
};

use crate::{
    Shop,
    db::DbError,
    staff::{self, Actor},
};

/// How somebody shows who they are, as the document says it.
pub(crate) struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut OpenApi) {
        let cookie = ApiKeyValue::with_description(
            "branchline_edge_…",
            "The session's cookie, set by signing in with a PIN; its name ends with the node's id",
        );
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// The router's state. It gives the shop to no handler.
#[derive(Clone)]
pub(crate) struct Door(Shop);

impl Door {
    pub(crate) const fn new(shop: Shop) -> Self {
        Self(shop)
    }
}

/// Anybody in the shop's network: tiles, state of the node, signing in.
pub(crate) struct Public(pub(crate) Shop);

impl FromRequestParts<Door> for Public {
    type Rejection = Problem;
    async fn from_request_parts(_: &mut Parts, door: &Door) -> Result<Self, Problem> {
        Ok(Self(door.0.clone()))
    }
}

impl Asks for Public {}

/// Somebody who is signed in, whatever they may do.
pub(crate) struct SignedIn {
    pub(crate) shop: Shop,
    pub(crate) actor: Actor,
}

impl FromRequestParts<Door> for SignedIn {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let shop = door.0.clone();
        let actor = session(&shop, &parts.headers).await?.ok_or_else(missing)?;
        Ok(Self { shop, actor })
    }
}

impl Asks for SignedIn {
    fn guard() -> Guard {
        Guard::by(&["session"])
    }
}

/// Somebody who is signed in and has the permission `P`.
pub(crate) struct Allowed<P> {
    pub(crate) shop: Shop,
    pub(crate) actor: Actor,
    permission: PhantomData<fn() -> P>,
}

/// A permission as a type, so that a handler's signature names it.
pub(crate) trait Names {
    const PERMISSION: Permission;
}

impl<P: Names> FromRequestParts<Door> for Allowed<P> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let SignedIn { shop, actor } = SignedIn::from_request_parts(parts, door).await?;
        staff::require(&actor, P::PERMISSION)?;
        Ok(Self {
            shop,
            actor,
            permission: PhantomData,
        })
    }
}

impl<P: Names> Asks for Allowed<P> {
    fn guard() -> Guard {
        SignedIn::guard().with(P::PERMISSION.code())
    }
}

macro_rules! may {
    ($($name:ident),+ $(,)?) => {
        /// The permissions that handlers name.
        pub(crate) mod may {
            $(
                pub(crate) struct $name;
                impl super::Names for $name {
                    const PERMISSION: retail::staff::Permission = retail::staff::Permission::$name;
                }
            )+
        }
    };
}

may!(
    SaleCreate,
    SaleRead,
    ShiftOpen,
    ShiftClose,
    PurchaseCreate,
    PurchaseRead,
    StockRead,
    StockCount,
    OrderPick,
    ReceiptReprint,
    PrinterManage,
    CashMove,
    CashDrop,
    CountSee,
    TillManage,
);

/// The token in the request's cookie.
pub(crate) fn token(shop: &Shop, headers: &HeaderMap) -> Option<String> {
    httpkit::session::read(headers, &cookie_name(shop))
}

/// Ports do not separate cookies, so the name carries the node (decision 26).
pub(crate) fn cookie_name(shop: &Shop) -> String {
    let node = shop
        .node_id()
        .map(|node| node.as_uuid().simple().to_string());
    // UUIDv7s of one demo begin alike: the random end tells them apart.
    let tail = node
        .as_deref()
        .map_or("unenrolled", |node| &node[node.len() - 8..]);
    let prefix = if is_tls(shop) { "__Host-" } else { "" };
    format!("{prefix}branchline_edge_{tail}")
}

/// Whether tills come by HTTPS, so that their cookie goes nowhere else.
pub(crate) fn is_tls(shop: &Shop) -> bool {
    shop.is_tls.load(std::sync::atomic::Ordering::Relaxed)
}

/// Whether somebody is signed in.
pub(super) async fn is_signed_in(shop: &Shop, headers: &HeaderMap) -> Result<bool, DbError> {
    let Some(token) = token(shop, headers) else {
        return Ok(false);
    };
    let session = shop
        .sessions
        .find(shop, httpkit::session::hash(&token))
        .await?;
    Ok(session.is_some())
}

async fn session(shop: &Shop, headers: &HeaderMap) -> Result<Option<Actor>, Problem> {
    let Some(token) = token(shop, headers) else {
        return Ok(None);
    };
    let hash = httpkit::session::hash(&token);
    let session = shop.sessions.find(shop, hash).await?;
    Ok(session.map(|session| session.actor))
}

fn missing() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "session.missing",
        "Nobody is signed in here",
    )
}
