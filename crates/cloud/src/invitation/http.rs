//! Endpoints of invitations.
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
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Invitation, InvitedRole, Joining};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{self, Allowed, Present, StaffManage, Visitor};

/// Endpoints of invitations.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(accept))
        .routes(routes!(revoke))
}

/// Invitations.
#[derive(Serialize, ToSchema)]
struct InvitationList {
    items: Vec<Invitation>,
}

/// Invitations, the newest first: everybody's with `staff.manage` in the whole chain, else one's own. Needs `staff.manage`.
#[utoipa::path(
    get, path = "/v1/invitations", tag = "identity", operation_id = "list_invitations",
    responses(
        (status = 200, description = "The invitations", body = InvitationList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`; `session.required`: a token may not do this", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    _allowed: Allowed<StaffManage>,
    me: Present,
) -> Result<Json<InvitationList>> {
    let items = super::list(&cloud, me.viewer()).await?;
    Ok(Json(InvitationList { items }))
}

/// Whom to invite.
#[derive(Deserialize, ToSchema)]
struct NewInvitation {
    #[schema(example = "lan@example.org")]
    email: String,
    /// 1 to 50.
    grants: Vec<InvitedRole>,
}

/// Invites somebody by e-mail. Needs `staff.manage`, and every permission of the roles, where the roles are for.
#[utoipa::path(
    post, path = "/v1/invitations", tag = "identity", operation_id = "invite", request_body = NewInvitation,
    responses(
        (status = 201, description = "The invitation; its link is only in the e-mail", body = Invitation),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`, `grant.beyond_own`; figures `permission`; `session.required`: a token may not do this", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`, `region.unknown`: also one where one manages nobody", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`staff.email_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `invitation.email`, `invitation.grants`, `role.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn add(
    State(cloud): State<Cloud>,
    _allowed: Allowed<StaffManage>,
    me: Present,
    visitor: Visitor,
    Body(new): Body<NewInvitation>,
) -> Result<impl IntoResponse> {
    let made = super::add(&cloud, me.viewer(), &visitor, &new.email, &new.grants).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Revokes an invitation that was not accepted. Needs `staff.manage`; another person's, in the whole chain.
#[utoipa::path(
    delete, path = "/v1/invitations/{id}", tag = "identity", operation_id = "revoke_invitation",
    params(("id" = Uuid, Path, description = "The invitation")),
    responses(
        (status = 204, description = "It is good no more"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`; `session.required`: a token may not do this", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`invitation.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn revoke(
    State(cloud): State<Cloud>,
    _allowed: Allowed<StaffManage>,
    me: Present,
    PathParams(id): PathParams<Uuid>,
) -> Result<StatusCode> {
    super::revoke(&cloud, me.viewer(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What whoever was invited fills in.
#[derive(Deserialize, ToSchema)]
struct Acceptance {
    /// Of the link in the e-mail.
    token: String,
    #[schema(example = "Lan")]
    name: String,
    /// 8 to 1,000 characters, of any kind.
    password: String,
}

/// Accepts an invitation: begins to work here, and sets the session's cookie.
#[utoipa::path(
    post, path = "/v1/invitations/acceptance", tag = "identity", operation_id = "accept_invitation", request_body = Acceptance,
    responses(
        (status = 201, description = "Signed in", body = session::http::Session),
        (status = 404, description = "`invitation.unknown`: it is over, or there was none", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`staff.email_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `invitation.name`, `staff.password`, `password.common`, `password.about_you`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`session.locked`: too many tries; figures `retry_after_s`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn accept(
    State(cloud): State<Cloud>,
    visitor: Visitor,
    headers: HeaderMap,
    Body(given): Body<Acceptance>,
) -> Result<impl IntoResponse> {
    let replaces = session::http::token(&cloud, &headers);
    let joining = Joining {
        token: &given.token,
        name: &given.name,
        password: &given.password,
        visitor: &visitor,
        replaces: replaces.as_deref(),
    };
    let token = super::accept(&cloud, &joining).await?;
    session::http::signed_in(&cloud, &token).await
}
