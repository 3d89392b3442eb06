//! Endpoints by which providers are set up.
use axum::{Json, extract::State, http::StatusCode};
use httpkit::{
    extract::{Body, PathParams},
    problem::Problem,
    routes,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{NewProvider, Provider};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Everywhere, Present, ProviderManage};

/// Endpoints by which providers are set up.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(put, remove))
        .merge(super::login::http::routes())
}

/// Providers.
#[derive(Serialize, ToSchema)]
struct ProviderList {
    items: Vec<Provider>,
}

/// All identity providers, by name. Needs `provider.manage` in the whole chain.
#[utoipa::path(
    get, path = "/v1/identity-providers", tag = "identity", operation_id = "list_identity_providers",
    responses(
        (status = 200, description = "The providers; their secrets are never shown", body = ProviderList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Everywhere<ProviderManage>,
) -> Result<Json<ProviderList>> {
    let items = super::list(&cloud, allowed.actor()).await?;
    Ok(Json(ProviderList { items }))
}

/// Enters an identity provider under an id of the caller's choice, or changes it. Needs `provider.manage` in the whole
/// chain, a session, and every permission that its roles give.
#[utoipa::path(
    put, path = "/v1/identity-providers/{id}", tag = "identity", operation_id = "put_identity_provider",
    params(("id" = Uuid, Path, description = "The provider")), request_body = NewProvider,
    responses(
        (status = 200, description = "The provider as it is now", body = Provider),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`, `grant.beyond_own`; figures `permission`; `session.required`: a token may not do this", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`: one of the places is not known", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`provider.code_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`provider.invalid`, `role.unknown`, `path.invalid`, `body.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    _allowed: Everywhere<ProviderManage>,
    me: Present,
    PathParams(id): PathParams<Uuid>,
    Body(new): Body<NewProvider>,
) -> Result<Json<Provider>> {
    Ok(Json(super::put(&cloud, me.viewer(), id, &new).await?))
}

/// Removes an identity provider: whoever is signed in by it is signed out, and the roles that its groups gave end.
/// Needs `provider.manage` in the whole chain and a session.
#[utoipa::path(
    delete, path = "/v1/identity-providers/{id}", tag = "identity", operation_id = "remove_identity_provider",
    params(("id" = Uuid, Path, description = "The provider")),
    responses(
        (status = 204, description = "Removed"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`; `session.required`: a token may not do this", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`provider.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn remove(
    State(cloud): State<Cloud>,
    allowed: Everywhere<ProviderManage>,
    _me: Present,
    PathParams(id): PathParams<Uuid>,
) -> Result<StatusCode> {
    super::remove(&cloud, allowed.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
