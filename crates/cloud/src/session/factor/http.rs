//! Endpoints of the second factor.
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use httpkit::{
    extract::{Body, PathParams},
    problem::Problem,
    routes,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::db;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{self, Allowed, EnteringPresent, Present, SessionManage, Visitor};

/// Endpoints of the second factor.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(pass))
        .routes(routes!(give))
        .routes(routes!(show, enrol, remove))
        .routes(routes!(confirm))
        .routes(routes!(renew))
        .routes(routes!(remove_of))
}

/// A code of an authenticator.
#[derive(Deserialize, ToSchema)]
struct FactorCode {
    /// Six digits; at a sign-in also a recovery code.
    #[schema(example = "287082")]
    code: String,
}

/// Gives the second factor of a sign-in whose password was right, and sets the session's cookie.
///
/// The challenge is in a cookie since `POST /v1/session`; it is good for five minutes and five tries. A code is good once.
#[utoipa::path(
    post, path = "/v1/session/second-factor", tag = "session", operation_id = "give_second_factor", request_body = FactorCode,
    responses(
        (status = 201, description = "Signed in", body = session::http::Session),
        (status = 401, description = "`session.factor_wrong`; `session.challenge_over`: sign in with the password again", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`session.locked`: too many tries; figures `retry_after_s`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn pass(
    State(cloud): State<Cloud>,
    visitor: Visitor,
    headers: HeaderMap,
    Body(given): Body<FactorCode>,
) -> Result<impl IntoResponse> {
    let challenge = session::http::challenge(&cloud, &headers).unwrap_or_default();
    let replaces = session::http::token(&cloud, &headers);
    let token = super::pass(
        &cloud,
        &challenge,
        &given.code,
        &visitor,
        replaces.as_deref(),
    )
    .await?;
    session::http::signed_in(&cloud, &token).await
}

/// Gives the second factor in a session that began without one, because a role asks for it now.
#[utoipa::path(
    post, path = "/v1/me/second-factor", tag = "session", operation_id = "give_my_second_factor", request_body = FactorCode,
    responses(
        (status = 204, description = "It counts in this session"),
        (status = 401, description = "`session.missing`; `session.factor_wrong`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`session.required`: a token may not do this", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`session.locked`: too many tries; figures `retry_after_s`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn give(
    State(cloud): State<Cloud>,
    EnteringPresent(me): EnteringPresent,
    visitor: Visitor,
    Body(given): Body<FactorCode>,
) -> Result<StatusCode> {
    super::give(&cloud, me.id(), me.session(), &visitor, &given.code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's second factor.
#[derive(Serialize, ToSchema)]
struct Factor {
    /// Since when an authenticator is asked for; null: never.
    confirmed_at: Option<Timestamp>,
    /// Recovery codes that are still good.
    recovery_codes: i64,
}

/// Whether one has an authenticator.
#[utoipa::path(
    get, path = "/v1/me/totp", tag = "session", operation_id = "show_my_totp",
    responses(
        (status = 200, description = "The second factor", body = Factor),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`session.required`: a token may not do this", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    EnteringPresent(me): EnteringPresent,
) -> Result<Json<Factor>> {
    let (confirmed_at, recovery_codes) = cloud
        .read("show_totp", me.actor(), async |tx| {
            db::state(tx, me.id()).await
        })
        .await?;
    Ok(Json(Factor {
        confirmed_at,
        recovery_codes,
    }))
}

/// What an authenticator app is given.
#[derive(Serialize, ToSchema)]
struct TotpSecret {
    /// For typing it: base 32.
    secret: String,
    /// For a QR code.
    #[schema(example = "otpauth://totp/Branchline:ann%40example.org?secret=…&issuer=Branchline")]
    uri: String,
}

/// Begins an authenticator. It is asked for once a code of it was confirmed. Needs a sign-in of the last 15 minutes.
#[utoipa::path(
    post, path = "/v1/me/totp", tag = "session", operation_id = "begin_my_totp",
    responses(
        (status = 201, description = "The secret, which is shown only here", body = TotpSecret),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`session.required`: a token may not do this; `session.stale`: sign in again; figures `minutes`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`totp.active`: there is one already", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn enrol(
    State(cloud): State<Cloud>,
    EnteringPresent(me): EnteringPresent,
) -> Result<impl IntoResponse> {
    me.is_fresh(&cloud)?;
    let account = if me.email().is_empty() {
        me.name()
    } else {
        me.email()
    };
    let enrolled = super::enrol(&cloud, me.id(), account).await?;
    let secret = TotpSecret {
        secret: enrolled.secret,
        uri: enrolled.uri,
    };
    Ok((
        StatusCode::CREATED,
        session::http::private(None),
        Json(secret),
    ))
}

/// Codes for whoever has lost the authenticator.
#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    /// Each is good once.
    #[schema(example = json!(["7k2m-q0vd-93tx-hc5e"]))]
    codes: Vec<String>,
}

/// Confirms the authenticator with its first code: from now on it is asked for. All other sessions end.
#[utoipa::path(
    post, path = "/v1/me/totp/confirmation", tag = "session", operation_id = "confirm_my_totp", request_body = FactorCode,
    responses(
        (status = 201, description = "The recovery codes, which are shown only here", body = RecoveryCodes),
        (status = 401, description = "`session.missing`; `session.factor_wrong`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`session.required`: a token may not do this; `session.stale`: sign in again; figures `minutes`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`totp.unknown`: none was begun", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`totp.active`: it is confirmed already", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`session.locked`: too many tries; figures `retry_after_s`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn confirm(
    State(cloud): State<Cloud>,
    EnteringPresent(me): EnteringPresent,
    visitor: Visitor,
    Body(given): Body<FactorCode>,
) -> Result<impl IntoResponse> {
    me.is_fresh(&cloud)?;
    let codes = super::confirm(&cloud, me.id(), me.session(), &visitor, &given.code).await?;
    Ok((
        StatusCode::CREATED,
        session::http::private(None),
        Json(RecoveryCodes { codes }),
    ))
}

/// Removes the authenticator and the recovery codes. Needs a sign-in of the last 15 minutes.
#[utoipa::path(
    delete, path = "/v1/me/totp", tag = "session", operation_id = "remove_my_totp",
    responses(
        (status = 204, description = "Removed, or there was none"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`session.required`: a token may not do this; `session.stale`: sign in again; figures `minutes`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn remove(State(cloud): State<Cloud>, me: Present) -> Result<StatusCode> {
    me.is_fresh(&cloud)?;
    super::remove(&cloud, me.id()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes new recovery codes; those before are no longer good. Needs a sign-in of the last 15 minutes.
#[utoipa::path(
    post, path = "/v1/me/recovery-codes", tag = "session", operation_id = "renew_my_recovery_codes",
    responses(
        (status = 201, description = "The recovery codes, which are shown only here", body = RecoveryCodes),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`session.required`: a token may not do this; `session.stale`: sign in again; figures `minutes`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`totp.unknown`: there is no authenticator", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn renew(State(cloud): State<Cloud>, me: Present) -> Result<impl IntoResponse> {
    me.is_fresh(&cloud)?;
    let codes = super::renew_recovery_codes(&cloud, me.id()).await?;
    Ok((
        StatusCode::CREATED,
        session::http::private(None),
        Json(RecoveryCodes { codes }),
    ))
}

/// Removes the authenticator of somebody who has lost it, and ends their sessions: they sign in with the password alone
/// and set up a new one. Needs `session.manage` wherever that person works, a sign-in of the last 15 minutes, and
/// whatever the person may do.
#[utoipa::path(
    delete, path = "/v1/staff/{id}/totp", tag = "session", operation_id = "remove_staff_totp",
    params(("id" = Uuid, Path, description = "The person")),
    responses(
        (status = 204, description = "Removed, or there was none"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`, `staff.beyond_own`; figures `permission`; `session.required`: a token may not do this; `session.stale`: sign in again; figures `minutes`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`staff.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn remove_of(
    State(cloud): State<Cloud>,
    _allowed: Allowed<SessionManage>,
    me: Present,
    PathParams(staff): PathParams<Uuid>,
) -> Result<StatusCode> {
    me.is_fresh(&cloud)?;
    super::remove_of(&cloud, me.viewer(), staff).await?;
    Ok(StatusCode::NO_CONTENT)
}
