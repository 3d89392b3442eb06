//! Endpoints of sessions.
use std::net::{IpAddr, SocketAddr};

use axum::{
    Json,
    extract::{ConnectInfo, Extension, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use httpkit::{
    extract::Body,
    problem::Problem,
    session::{SameSite, clear, cookie, read},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Attempt, LONGEST, Viewer};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::location::db::Location;
use crate::{company, location};

/// Endpoints of sessions.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new().routes(routes!(sign_in, show, sign_out))
}

/// The cookie's name: bound to this very host where browsers allow it, which is on HTTPS.
pub(crate) fn cookie_name(cloud: &Cloud) -> &'static str {
    if cloud.office().https {
        "__Host-branchline"
    } else {
        "branchline_office"
    }
}

/// The token that a request carries.
pub(crate) fn token(cloud: &Cloud, headers: &HeaderMap) -> Option<String> {
    read(headers, cookie_name(cloud))
}

/// E-mail and password of a member of staff.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SignIn {
    /// In any case.
    #[schema(example = "admin@example.com")]
    email: String,
    password: String,
}

/// Who is signed in, and what they see.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    staff: SessionStaff,
    /// Everything that the person may do at one location at least.
    permissions: Vec<String>,
    /// The locations that the person may see, by code.
    locations: Vec<Location>,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
    /// Decimals of the minor unit.
    currency_exponent: u32,
    /// What people call the company.
    company: String,
    /// Business time.
    now: Timestamp,
}

/// The person of a session.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionStaff {
    id: Uuid,
    name: String,
    email: String,
}

/// Signs in, and sets the session's cookie.
///
/// A session ends twelve hours after its last use and seven days after its beginning. Wrong passwords make the
/// account and the address wait longer and longer.
#[utoipa::path(
    post, path = "/v1/session", tag = "session", operation_id = "sign_in", request_body = SignIn,
    responses(
        (status = 201, description = "Signed in", body = Session),
        (status = 401, description = "`session.credentials`: the e-mail or the password is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`session.locked`: too many tries; figures `retry_after_s`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn sign_in(
    State(cloud): State<Cloud>,
    connection: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Body(given): Body<SignIn>,
) -> Result<impl IntoResponse> {
    let replaces = token(&cloud, &headers);
    let token = super::sign_in(
        &cloud,
        &Attempt {
            email: &given.email,
            password: &given.password,
            address: connection.map(|Extension(ConnectInfo(peer))| -> IpAddr { peer.ip() }),
            replaces: replaces.as_deref(),
        },
    )
    .await?;
    let viewer = Viewer::of_session(&cloud, httpkit::session::hash(&token), false)
        .await?
        .ok_or_else(|| Problem::internal(&"a session that was just made is gone"))?;
    let secure = cloud.office().https;
    let cookie = cookie(
        cookie_name(&cloud),
        &token,
        secure,
        SameSite::Lax,
        LONGEST.as_secs(),
    );
    Ok((
        StatusCode::CREATED,
        private(Some(cookie)),
        Json(session(&cloud, &viewer).await?),
    ))
}

/// Who is signed in.
#[utoipa::path(
    get, path = "/v1/session", tag = "session", operation_id = "show_session",
    responses(
        (status = 200, description = "The session", body = Session),
        (status = 401, description = "`session.missing`: nobody is signed in, or no more", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(State(cloud): State<Cloud>, viewer: Viewer) -> Result<impl IntoResponse> {
    Ok((private(None), Json(session(&cloud, &viewer).await?)))
}

/// Signs out. Open live connections of the session close.
#[utoipa::path(
    delete, path = "/v1/session", tag = "session", operation_id = "sign_out",
    responses(
        (status = 204, description = "Signed out, or nobody was signed in"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn sign_out(State(cloud): State<Cloud>, headers: HeaderMap) -> Result<impl IntoResponse> {
    if let Some(token) = token(&cloud, &headers) {
        super::sign_out(&cloud, &token).await?;
    }
    let cookie = clear(cookie_name(&cloud), cloud.office().https);
    Ok((StatusCode::NO_CONTENT, private(Some(cookie))))
}

async fn session(cloud: &Cloud, viewer: &Viewer) -> Result<Session> {
    let seen = viewer.locations();
    let (company, locations) = cloud
        .tx("session", viewer.actor(), async |tx| {
            Ok((
                company::get(tx).await?,
                location::db::list(tx, &seen).await?,
            ))
        })
        .await?;
    Ok(Session {
        staff: SessionStaff {
            id: viewer.id(),
            name: viewer.name().to_owned(),
            email: viewer.email().to_owned(),
        },
        permissions: viewer
            .permissions()
            .into_iter()
            .map(str::to_owned)
            .collect(),
        locations,
        currency_exponent: company.currency_exponent(),
        currency: company.currency,
        company: company.name,
        now: cloud.now(),
    })
}

/// Answers about a person stay out of every cache.
fn private(cookie: Option<HeaderValue>) -> HeaderMap {
    let uncached = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let cookie = cookie.map(|cookie| (header::SET_COOKIE, cookie));
    std::iter::once(uncached)
        .chain(cookie)
        .collect::<HeaderMap<_>>()
}
