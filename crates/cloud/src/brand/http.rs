//! Endpoints of brands.
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

use super::BrandContent;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, CatalogManage, CatalogRead, Everywhere};

/// Endpoints of brands.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(put))
}

/// A brand.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Brand {
    pub(crate) id: Uuid,
    /// Counts its changes.
    pub(crate) version: i64,
    #[serde(flatten)]
    pub(crate) content: BrandContent,
    /// Products that have it.
    pub(crate) products: i64,
}

/// Brands.
#[derive(Serialize, ToSchema)]
struct BrandList {
    items: Vec<Brand>,
}

/// The brands by name. Needs `catalog.read`.
#[utoipa::path(
    get, path = "/v1/brands", tag = "catalog", operation_id = "list_brands",
    responses(
        (status = 200, description = "All of them", body = BrandList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Allowed<CatalogRead>,
) -> Result<Json<BrandList>> {
    let items = cloud
        .read("list_brands", allowed.actor(), async |tx| {
            super::db::list(tx).await
        })
        .await?;
    Ok(Json(BrandList { items }))
}

/// A brand. As it shall be.
#[derive(Deserialize, ToSchema)]
struct NewBrandContent {
    /// The version that was seen; null: it is new.
    #[serde(default)]
    version: Option<i64>,
    #[serde(flatten)]
    content: BrandContent,
}

/// What became of a change.
#[derive(Serialize, ToSchema)]
struct BrandVersion {
    id: Uuid,
    /// The version that it has now.
    version: i64,
}

/// Enters a brand, or changes it. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    put, path = "/v1/brands/{brand}", tag = "catalog", operation_id = "put_brand",
    params(("brand" = Uuid, Path, description = "Its id; a new one makes a new one")),
    request_body = NewBrandContent,
    responses(
        (status = 200, description = "It is so", body = BrandVersion),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`brand.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`catalog.edited_meanwhile`: figures `by`, `at`, `fields`, `version`; `brand.name_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `catalog.name`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<NewBrandContent>,
) -> Result<Json<BrandVersion>> {
    let version = super::put(&cloud, allowed.actor(), id, given.version, &given.content).await?;
    Ok(Json(BrandVersion { id, version }))
}
