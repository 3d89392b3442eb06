//! Endpoints of sessions.
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use httpkit::{
    extract::Body,
    problem::Problem,
    routes,
    session::{SameSite, clear, cookie, read},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::factor::CHALLENGE;
use super::{Attempt, Entering, Entry, LONGEST, Viewer, Visitor, factor, list, password};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::location::db::Location;
use crate::provider::login;
use crate::{company, location};

/// Endpoints of sessions.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, show, sign_out))
        .merge(factor::http::routes())
        .merge(list::http::routes())
        .merge(password::routes())
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

fn challenge_name(cloud: &Cloud) -> &'static str {
    if cloud.office().https {
        "__Host-branchline-challenge"
    } else {
        "branchline_challenge"
    }
}

/// The token of the challenge that a request answers.
pub(crate) fn challenge(cloud: &Cloud, headers: &HeaderMap) -> Option<String> {
    read(headers, challenge_name(cloud))
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
    /// What a role of the person asks for before they may do anything; null: nothing. Until then every operation that does
    /// not lead there answers 403 `session.factor_required`, and `permissions` is empty.
    second_factor: Option<Owed>,
    /// Everything that the person may do at one location at least.
    permissions: Vec<String>,
    /// Where: every permission is in one of them.
    reach: Vec<Reach>,
    /// The locations that the person may see, by code.
    locations: Vec<Location>,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
    /// Decimals of the minor unit.
    currency_exponent: u32,
    /// What people call the company.
    company: String,
    /// The company and its figures are made up, as in a demo.
    authored: bool,
    /// Business time.
    now: Timestamp,
}

/// A second factor that is still missing.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OwedFactor)]
pub(crate) enum Owed {
    /// There is no authenticator yet: `POST /v1/me/totp`.
    SetUp,
    /// There is one, and its code was not given: `POST /v1/me/second-factor`.
    Give,
}

/// What a person may do at the same places.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionReach)]
pub(crate) struct Reach {
    permissions: Vec<&'static str>,
    /// In the whole chain: at every location, and what belongs to none.
    everywhere: bool,
    /// At these; empty with `everywhere`.
    location_ids: Vec<Uuid>,
}

/// Permissions with the same reach together: a chain has many locations.
fn reach(viewer: &Viewer) -> Vec<Reach> {
    let mut all = Vec::<Reach>::new();
    for grant in viewer.grants() {
        let locations: &[Uuid] = if grant.everywhere {
            &[]
        } else {
            &grant.locations
        };
        let same = all
            .iter_mut()
            .find(|one| one.everywhere == grant.everywhere && one.location_ids == locations);
        match same {
            Some(one) => one.permissions.push(grant.permission.code()),
            None => all.push(Reach {
                permissions: vec![grant.permission.code()],
                everywhere: grant.everywhere,
                location_ids: locations.to_vec(),
            }),
        }
    }
    all
}

/// The person of a session.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionStaff {
    id: Uuid,
    name: String,
    email: String,
    /// Has a password of their own; without one they come by a provider.
    has_password: bool,
}

/// Signs in, and sets the session's cookie.
///
/// A session ends twelve hours after its last use and seven days after its beginning. Wrong passwords make the
/// account and the address wait longer and longer. Whoever has an authenticator gets a challenge in a cookie, and goes
/// on at `POST /v1/session/second-factor`.
#[utoipa::path(
    post, path = "/v1/session", tag = "session", operation_id = "sign_in", request_body = SignIn,
    responses(
        (status = 201, description = "Signed in", body = Session),
        (status = 401, description = "`session.credentials`: the e-mail or the password is wrong; `session.second_factor`: they are right, give the second factor", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`session.locked`: too many tries; figures `retry_after_s`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn sign_in(
    State(cloud): State<Cloud>,
    visitor: Visitor,
    headers: HeaderMap,
    Body(given): Body<SignIn>,
) -> Result<Response> {
    let replaces = token(&cloud, &headers);
    let entry = super::sign_in(
        &cloud,
        &Attempt {
            email: &given.email,
            password: &given.password,
            visitor: &visitor,
            replaces: replaces.as_deref(),
        },
    )
    .await?;
    match entry {
        Entry::Session(token) => Ok(signed_in(&cloud, &token).await?.into_response()),
        Entry::Challenge(token) => {
            let (name, secure) = (challenge_name(&cloud), cloud.office().https);
            let cookie = cookie(name, &token, secure, SameSite::Strict, CHALLENGE.as_secs());
            let asked = Problem::new(
                StatusCode::UNAUTHORIZED,
                "session.second_factor",
                "Give a code of your authenticator",
            );
            Ok((private(Some(cookie)), asked).into_response())
        }
    }
}

/// The answer to a sign-in: the cookie, and who is signed in.
pub(crate) async fn signed_in(cloud: &Cloud, token: &str) -> Result<impl IntoResponse + use<>> {
    let viewer = Viewer::of_session(cloud, httpkit::session::hash(token), false)
        .await?
        .ok_or_else(|| Problem::internal(&"a session that was just made is gone"))?;
    let mut headers = private(Some(session_cookie(cloud, token)));
    headers.append(
        header::SET_COOKIE,
        clear(challenge_name(cloud), cloud.office().https),
    );
    Ok((
        StatusCode::CREATED,
        headers,
        Json(session(cloud, &viewer).await?),
    ))
}

/// The cookie of a session that begins.
pub(crate) fn session_cookie(cloud: &Cloud, token: &str) -> HeaderValue {
    cookie(
        cookie_name(cloud),
        token,
        cloud.office().https,
        SameSite::Lax,
        LONGEST.as_secs(),
    )
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
async fn show(State(cloud): State<Cloud>, Entering(viewer): Entering) -> Result<impl IntoResponse> {
    Ok((private(None), Json(session(&cloud, &viewer).await?)))
}

/// Signs out. Open live connections of the session close.
#[utoipa::path(
    delete, path = "/v1/session", tag = "session", operation_id = "sign_out",
    responses(
        (status = 200, description = "Signed out here; go on to the provider, which signs out too", body = SignedOut),
        (status = 204, description = "Signed out, or nobody was signed in"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn sign_out(State(cloud): State<Cloud>, headers: HeaderMap) -> Result<Response> {
    let mut url = None;
    if let Some(token) = token(&cloud, &headers)
        && let Some(ended) = super::sign_out(&cloud, &token).await?
        && let (Some(provider), Some(id_token)) = (ended.provider, ended.id_token(&cloud)?)
    {
        url = login::sign_out_url(&cloud, provider, &id_token).await;
    }
    Ok(signed_out(
        url,
        clear(cookie_name(&cloud), cloud.office().https),
    ))
}

/// Where a provider signs the person out too.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedOut {
    /// Go there; it leads back.
    provider_url: String,
}

/// The answer to a sign-out.
pub(crate) fn signed_out(provider_url: Option<String>, cookie: HeaderValue) -> Response {
    let headers = private(Some(cookie));
    match provider_url {
        Some(provider_url) => (headers, Json(SignedOut { provider_url })).into_response(),
        None => (StatusCode::NO_CONTENT, headers).into_response(),
    }
}

async fn session(cloud: &Cloud, viewer: &Viewer) -> Result<Session> {
    let seen = viewer.locations();
    let (company, locations, second_factor, has_password) = cloud
        .tx("session", viewer.actor(), async |tx| {
            let second_factor = if viewer.owes_factor() {
                Some(factor::owed(tx, viewer.id()).await?)
            } else {
                None
            };
            Ok((
                company::get(tx).await?,
                location::db::list(tx, &seen).await?,
                second_factor,
                super::db::has_password(tx, viewer.id()).await?,
            ))
        })
        .await?;
    Ok(Session {
        staff: SessionStaff {
            id: viewer.id(),
            name: viewer.name().to_owned(),
            email: viewer.email().to_owned(),
            has_password,
        },
        second_factor,
        permissions: viewer
            .permissions()
            .into_iter()
            .map(str::to_owned)
            .collect(),
        reach: reach(viewer),
        locations,
        currency_exponent: company.currency_exponent(),
        currency: company.currency,
        company: company.name,
        authored: cloud.office().is_authored,
        now: cloud.now(),
    })
}

/// Answers about a person stay out of every cache.
pub(crate) fn private(cookie: Option<HeaderValue>) -> HeaderMap {
    let uncached = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let cookie = cookie.map(|cookie| (header::SET_COOKIE, cookie));
    std::iter::once(uncached)
        .chain(cookie)
        .collect::<HeaderMap<_>>()
}
