//! `/v1/staff` and `/v1/session`.
use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use httpkit::{
    extract::Body,
    problem::{Problem, Result},
    routes,
    session::SameSite,
};
use jiff::Timestamp;
use retail::id::Id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Actor, SignInError, db};
use crate::{
    Shop,
    http::{
        Named,
        access::{self, Door, Public, SignedIn},
    },
    shift::{self, http::Shift},
};

/// A second person's word, by PIN: of somebody who may do it without one.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SecondPerson {
    staff_id: Uuid,
    pin: String,
}

impl std::fmt::Debug for SecondPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondPerson")
            .field("staff_id", &self.staff_id)
            .finish_non_exhaustive()
    }
}

impl From<SecondPerson> for super::SecondPerson {
    fn from(second: SecondPerson) -> Self {
        Self {
            staff: Id::from_uuid(second.staff_id),
            pin: second.pin,
        }
    }
}

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(tiles))
        .routes(routes!(sign_in, current, sign_out))
}

/// A tile of the sign-in page.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StaffTile {
    id: Uuid,
    name: String,
    initials: String,
    roles: Vec<String>,
    /// May sell what may be promised online: a supervisor.
    may_override: bool,
    /// Sees what should be in a drawer: the second person for cash.
    may_approve: bool,
    /// Which of `discount.line`, `price.override`, `purchase.void` and `sale.void` they may let others do, by their PIN.
    supervises: Vec<String>,
}

/// Everybody who may sign in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StaffList {
    items: Vec<StaffTile>,
}

/// List who may sign in here
#[utoipa::path(get, path = "/v1/staff", operation_id = "list_staff", tag = "session", responses((status = 200, body = StaffList)))]
async fn tiles(Public(shop): Public) -> Result<Json<StaffList>> {
    let items = super::tiles(&shop)
        .await?
        .into_iter()
        .map(|tile| StaffTile {
            id: tile.id.as_uuid(),
            initials: initials(&tile.name),
            name: tile.name,
            roles: tile.roles,
            may_override: tile.may_override,
            may_approve: tile.may_approve,
            supervises: tile.supervises,
        })
        .collect();
    Ok(Json(StaffList { items }))
}

/// First letters of the first and the last name.
fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let (first, last) = match words.as_slice() {
        [] => return String::new(),
        [only] => (only, None),
        [first, .., last] => (first, Some(last)),
    };
    std::iter::once(first)
        .chain(last)
        .filter_map(|word| word.chars().next())
        .flat_map(char::to_uppercase)
        .collect()
}

/// Who signs in where.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SignIn {
    staff_id: Uuid,
    /// Four to eight digits.
    pin: String,
    register_id: Uuid,
}

/// How far somebody may go with a permission.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionLimit {
    /// Its code.
    permission: &'static str,
    /// Hundredths of a percent of the list's price; null: no limit of this kind.
    #[schema(required)]
    max_bps: Option<i64>,
    /// Minor units; null: no limit of this kind.
    #[schema(required)]
    max_minor: Option<i64>,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Session {
    staff: Named,
    register: Named,
    /// Codes of what this person may do here.
    permissions: Vec<String>,
    /// How far they may go with those that have a limit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    limits: Vec<SessionLimit>,
    /// When some of it is no longer believed, unless the head office is heard before.
    #[serde(skip_serializing_if = "Option::is_none")]
    believed_until: Option<Timestamp>,
    /// The open shift of the register.
    #[schema(required)]
    shift: Option<Shift>,
}

/// Sign in at a register
///
/// Whoever was signed in at this browser is not any more; the shift of the register goes on.
#[utoipa::path(post, path = "/v1/session", operation_id = "sign_in", tag = "session", request_body = SignIn, responses(
    (status = 201, body = Session),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`pin.wrong` {tries_left}"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`register.unknown`"),
    (status = 429, body = Problem, content_type = "application/problem+json", description = "`pin.locked` {retry_after_s}"),
))]
async fn sign_in(
    Public(shop): Public,
    headers: HeaderMap,
    Body(request): Body<SignIn>,
) -> Result<Response> {
    let signed_in = super::sign_in(
        &shop,
        Id::from_uuid(request.staff_id),
        Id::from_uuid(request.register_id),
        request.pin,
    )
    .await?;
    // Whoever takes over a till leaves nobody else's session behind.
    if let Some(before) = access::token(&shop, &headers) {
        super::sign_out(&shop, &before).await?;
    }
    let session = session(&shop, &signed_in.actor).await?;
    let cookie = httpkit::session::cookie(
        &access::cookie_name(&shop),
        &signed_in.token,
        access::is_tls(&shop),
        SameSite::Strict,
        signed_in.lifetime_s,
    );
    Ok((
        StatusCode::CREATED,
        [(header::SET_COOKIE, cookie)],
        Json(session),
    )
        .into_response())
}

/// Get who is signed in
#[utoipa::path(get, path = "/v1/session", operation_id = "get_session", tag = "session", responses(
    (status = 200, body = Session),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
))]
async fn current(signed_in: SignedIn) -> Result<Json<Session>> {
    session(&signed_in.shop, &signed_in.actor).await.map(Json)
}

/// Sign out
#[utoipa::path(delete, path = "/v1/session", operation_id = "sign_out", tag = "session", responses((status = 204)))]
async fn sign_out(Public(shop): Public, headers: HeaderMap) -> Result<Response> {
    if let Some(token) = access::token(&shop, &headers) {
        super::sign_out(&shop, &token).await?;
    }
    let cookie = httpkit::session::clear(&access::cookie_name(&shop), access::is_tls(&shop));
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

async fn session(shop: &Shop, actor: &Actor) -> Result<Session> {
    let register = actor.register;
    let name = shop.read(move |at| db::register_name(at, register)).await?;
    let shift = shift::open_at(shop, register).await?;
    let limits = actor.limits.iter().map(|(permission, limit)| SessionLimit {
        permission: permission.code(),
        max_bps: limit.max_bps,
        max_minor: limit.max_minor,
    });
    Ok(Session {
        staff: Named {
            id: actor.staff.as_uuid(),
            name: actor.name.clone(),
        },
        register: Named {
            id: register.as_uuid(),
            name: name.unwrap_or_default(),
        },
        permissions: actor
            .permissions
            .iter()
            .map(|permission| permission.code().to_owned())
            .collect(),
        limits: limits.collect(),
        believed_until: actor.believed_until,
        shift: shift.map(|shift| Shift::shown(shift, actor)),
    })
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let title = error.to_string();
        match error {
            SignInError::Wrong { tries_left } => {
                Self::new(StatusCode::UNAUTHORIZED, "pin.wrong", title)
                    .figure("tries_left", tries_left)
            }
            SignInError::Locked { retry_after_s } => {
                let seconds = u32::try_from(retry_after_s).unwrap_or(u32::MAX);
                Self::new(StatusCode::TOO_MANY_REQUESTS, "pin.locked", title)
                    .figure("retry_after_s", retry_after_s)
                    .retry_after(seconds)
            }
            SignInError::UnknownRegister => Self::invalid("register.unknown", "register_id", title),
            SignInError::Db(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_of_the_first_and_the_last_name() {
        for (name, expected) in [
            ("Ana María Ruiz", "AR"),
            ("đào", "Đ"),
            ("", ""),
            ("Kim Lee", "KL"),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
}
