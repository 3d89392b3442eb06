//! Endpoints of lists of sessions.
use axum::{Json, extract::State, http::StatusCode};
use httpkit::{extract::PathParams, problem::Problem, routes};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::SessionRow;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, Present, SessionManage, Viewer};

/// Endpoints of lists of sessions.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list_mine, end_my_others))
        .routes(routes!(end_mine))
        .routes(routes!(list_of, end_all_of))
}

/// Sessions.
#[derive(Serialize, ToSchema)]
struct SessionList {
    items: Vec<SessionRow>,
}

/// Where one is signed in, the last used session first.
#[utoipa::path(
    get, path = "/v1/me/sessions", tag = "session", operation_id = "list_my_sessions",
    responses(
        (status = 200, description = "The sessions", body = SessionList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`session.required`: a token may not do this", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_mine(State(cloud): State<Cloud>, me: Present) -> Result<Json<SessionList>> {
    let items = super::of_staff(&cloud, me.actor(), me.id(), Some(me.session())).await?;
    Ok(Json(SessionList { items }))
}

/// Ends all of one's sessions but the one that asks. Their open pages close.
#[utoipa::path(
    delete, path = "/v1/me/sessions", tag = "session", operation_id = "end_my_other_sessions",
    responses(
        (status = 204, description = "They have ended"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`session.required`: a token may not do this", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn end_my_others(State(cloud): State<Cloud>, me: Present) -> Result<StatusCode> {
    super::end_all(&cloud, me.actor(), me.id(), Some(me.session())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends one of one's sessions. Its open pages close.
#[utoipa::path(
    delete, path = "/v1/me/sessions/{id}", tag = "session", operation_id = "end_my_session",
    params(("id" = Uuid, Path, description = "The session")),
    responses(
        (status = 204, description = "It has ended"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`session.required`: a token may not do this", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`session.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn end_mine(
    State(cloud): State<Cloud>,
    me: Present,
    PathParams(id): PathParams<Uuid>,
) -> Result<StatusCode> {
    super::end(&cloud, me.actor(), me.id(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where somebody is signed in. Needs `session.manage` wherever that person works.
#[utoipa::path(
    get, path = "/v1/staff/{id}/sessions", tag = "session", operation_id = "list_staff_sessions",
    params(("id" = Uuid, Path, description = "The person")),
    responses(
        (status = 200, description = "The sessions", body = SessionList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`, `staff.beyond_own`: they work elsewhere too; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`staff.unknown`, also for somebody who works elsewhere alone", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_of(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    _allowed: Allowed<SessionManage>,
    PathParams(staff): PathParams<Uuid>,
) -> Result<Json<SessionList>> {
    super::check_manages_alone(&cloud, &viewer, staff).await?;
    let items = super::of_staff(&cloud, viewer.actor(), staff, None).await?;
    Ok(Json(SessionList { items }))
}

/// Ends all of somebody's sessions. Their open pages close. Needs `session.manage` wherever that person works.
#[utoipa::path(
    delete, path = "/v1/staff/{id}/sessions", tag = "session", operation_id = "end_staff_sessions",
    params(("id" = Uuid, Path, description = "The person")),
    responses(
        (status = 204, description = "They have ended"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`, `staff.beyond_own`: they work elsewhere too; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`staff.unknown`, also for somebody who works elsewhere alone", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn end_all_of(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    _allowed: Allowed<SessionManage>,
    PathParams(staff): PathParams<Uuid>,
) -> Result<StatusCode> {
    super::check_manages_alone(&cloud, &viewer, staff).await?;
    super::end_all(&cloud, viewer.actor(), staff, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
