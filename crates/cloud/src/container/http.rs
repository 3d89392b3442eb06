//! Endpoints of containers.
use axum::{Json, extract::State};
use httpkit::{
    extract::{Body, PathParams},
    problem::Problem,
    routes,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::ContainerContent;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, CatalogManage, CatalogRead, Everywhere};

/// Endpoints of containers.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(put))
}

/// A container.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Container {
    pub(crate) id: Uuid,
    /// Counts its changes.
    pub(crate) version: i64,
    #[serde(flatten)]
    pub(crate) content: ContainerContent,
}

/// Containers.
#[derive(Serialize, ToSchema)]
struct ContainerList {
    items: Vec<Container>,
}

/// The containers by name. Needs `catalog.read`.
#[utoipa::path(
    get, path = "/v1/containers", tag = "catalog", operation_id = "list_containers",
    responses(
        (status = 200, description = "All of them", body = ContainerList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Allowed<CatalogRead>,
) -> Result<Json<ContainerList>> {
    let items = cloud
        .read("list_containers", allowed.actor(), async |tx| {
            super::db::list(tx).await
        })
        .await?;
    Ok(Json(ContainerList { items }))
}

/// A container. As it shall be.
#[derive(Deserialize, ToSchema)]
struct NewContainerContent {
    /// The version that was seen; null: it is new.
    #[serde(default)]
    version: Option<i64>,
    #[serde(flatten)]
    content: ContainerContent,
}

/// What became of a change.
#[derive(Serialize, ToSchema)]
struct ContainerVersion {
    id: Uuid,
    /// The version that it has now.
    version: i64,
}

/// Enters a container, or changes it. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    put, path = "/v1/containers/{container}", tag = "catalog", operation_id = "put_container",
    params(("container" = Uuid, Path, description = "Its id; a new one makes a new one")),
    request_body = NewContainerContent,
    responses(
        (status = 200, description = "It is so", body = ContainerVersion),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`container.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`catalog.edited_meanwhile`: figures `by`, `at`, `fields`, `version`; `container.code_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `catalog.name`, `container.code`, `container.tare` {max}", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<NewContainerContent>,
) -> Result<Json<ContainerVersion>> {
    let version = super::change(&cloud, allowed.actor(), id, given.version, &given.content).await?;
    Ok(Json(ContainerVersion { id, version }))
}
