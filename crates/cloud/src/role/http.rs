//! Endpoints of permissions and roles.
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use httpkit::{
    extract::{Body, PathParams},
    problem::Problem,
    routes,
};
use retail::staff::{LimitKind, Permission, Scope};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Changed, NewRole, Role, db};
use crate::approval::{Approval, Asked};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, Everywhere, RoleManage, StaffRead, Viewer};

/// Endpoints of permissions and roles.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(permissions))
        .routes(routes!(list))
        .routes(routes!(show, put))
}

/// One thing that a role may do.
#[derive(Serialize, ToSchema)]
struct PermissionInfo {
    /// Stable code.
    #[schema(example = "price.override")]
    code: &'static str,
    /// Where the words for it are.
    #[schema(example = "permission.price_override")]
    description_key: String,
    /// `location`: counts where it is granted; `chain`: only when it is granted for the whole chain.
    scope: &'static str,
    /// What a role's limit is in: `bps` (basis points off the list's price) or `minor` (minor units); null: it has none.
    limit: Option<&'static str>,
    /// Plain trade: a shop on its own believes it for ever.
    lasts_offline: bool,
}

/// The closed list of permissions.
#[derive(Serialize, ToSchema)]
struct PermissionList {
    items: Vec<PermissionInfo>,
}

/// Everything that a role may be allowed. The list is closed; a new version may add to it.
#[utoipa::path(
    get, path = "/v1/permissions", tag = "staff", operation_id = "list_permissions",
    responses(
        (status = 200, description = "The permissions", body = PermissionList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn permissions(_viewer: Viewer) -> Json<PermissionList> {
    let items = Permission::ALL.iter().map(|permission| PermissionInfo {
        code: permission.code(),
        description_key: format!("permission.{}", permission.code().replace('.', "_")),
        scope: match permission.scope() {
            Scope::Location => "location",
            Scope::Chain => "chain",
        },
        limit: permission.limit_kind().map(|kind| match kind {
            LimitKind::BasisPoints => "bps",
            LimitKind::Minor => "minor",
        }),
        lasts_offline: permission.lasts_offline(),
    });
    Json(PermissionList {
        items: items.collect(),
    })
}

/// Roles.
#[derive(Serialize, ToSchema)]
struct RoleList {
    items: Vec<Role>,
}

/// The roles, by code. Needs `staff.read` anywhere.
#[utoipa::path(
    get, path = "/v1/roles", tag = "staff", operation_id = "list_roles",
    responses(
        (status = 200, description = "The roles", body = RoleList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(State(cloud): State<Cloud>, allowed: Allowed<StaffRead>) -> Result<Json<RoleList>> {
    let items = cloud
        .read("list_roles", allowed.actor(), async |tx| db::list(tx).await)
        .await?;
    Ok(Json(RoleList { items }))
}

/// A role. Needs `staff.read` anywhere.
#[utoipa::path(
    get, path = "/v1/roles/{role}", tag = "staff", operation_id = "get_role",
    params(("role" = Uuid, Path, description = "The role")),
    responses(
        (status = 200, description = "The role", body = Role),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`role.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    allowed: Allowed<StaffRead>,
    PathParams(role): PathParams<Uuid>,
) -> Result<Json<Role>> {
    let found = cloud
        .read("get_role", allowed.actor(), async |tx| {
            db::get(tx, role).await
        })
        .await?;
    Ok(Json(found.ok_or_else(super::unknown)?))
}

/// Enters a role, or changes it. Needs `role.manage` in the whole chain, and everything that is added to the role.
///
/// What an existing role may do is changed at once only while nobody else could approve it; otherwise a second person
/// decides (202, see `/v1/approvals`). Open pages and shops follow by themselves.
#[utoipa::path(
    put, path = "/v1/roles/{role}", tag = "staff", operation_id = "put_role",
    params(("role" = Uuid, Path, description = "The role; a new id makes a new role")),
    request_body = NewRole,
    responses(
        (status = 200, description = "It is so now", body = Role),
        (status = 202, description = "A second person has to decide", body = Approval),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`, `grant.beyond_own`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`role.code_taken`, `staff.last_administrator`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `role.code`, `role.description`, `role.offline_days`, `staff.name`, `permission.unknown`, `permission.limit_invalid`, `permission.repeated`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    _allowed: Everywhere<RoleManage>,
    PathParams(role): PathParams<Uuid>,
    Body(given): Body<NewRole>,
) -> Result<Response> {
    Ok(match super::put(&cloud, &viewer, role, &given).await? {
        Changed::Now(role) => Json(*role).into_response(),
        Changed::Asked(asked) => answer(*asked),
    })
}

/// 202 with what was asked.
pub(crate) fn answer(asked: Asked) -> Response {
    (StatusCode::ACCEPTED, Json(asked.0)).into_response()
}
