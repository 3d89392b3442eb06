//! Endpoints of categories.
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

use super::CategoryContent;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, CatalogManage, CatalogRead, Everywhere};

/// Endpoints of categories.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(put))
}

/// A category.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Category {
    pub(crate) id: Uuid,
    /// Counts its changes.
    pub(crate) version: i64,
    #[serde(flatten)]
    pub(crate) content: CategoryContent,
    /// Products that have it, not those of categories below.
    pub(crate) products: i64,
}

/// Categories.
#[derive(Serialize, ToSchema)]
struct CategoryList {
    items: Vec<Category>,
}

/// The categories by name; each says the one above. Needs `catalog.read`.
#[utoipa::path(
    get, path = "/v1/categories", tag = "catalog", operation_id = "list_categories",
    responses(
        (status = 200, description = "All of them", body = CategoryList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Allowed<CatalogRead>,
) -> Result<Json<CategoryList>> {
    let items = cloud
        .read("list_categories", allowed.actor(), async |tx| {
            super::db::list(tx).await
        })
        .await?;
    Ok(Json(CategoryList { items }))
}

/// A category. As it shall be.
#[derive(Deserialize, ToSchema)]
struct NewCategoryContent {
    /// The version that was seen; null: it is new.
    #[serde(default)]
    version: Option<i64>,
    #[serde(flatten)]
    content: CategoryContent,
}

/// What became of a change.
#[derive(Serialize, ToSchema)]
struct CategoryVersion {
    id: Uuid,
    /// The version that it has now.
    version: i64,
}

/// Enters a category, or changes it. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    put, path = "/v1/categories/{category}", tag = "catalog", operation_id = "put_category",
    params(("category" = Uuid, Path, description = "Its id; a new one makes a new one")),
    request_body = NewCategoryContent,
    responses(
        (status = 200, description = "It is so", body = CategoryVersion),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`category.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`catalog.edited_meanwhile`: figures `by`, `at`, `fields`, `version`; `category.loop`, `category.name_taken`, `category.code_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `catalog.name`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<NewCategoryContent>,
) -> Result<Json<CategoryVersion>> {
    let version = super::put(&cloud, allowed.actor(), id, given.version, &given.content).await?;
    Ok(Json(CategoryVersion { id, version }))
}
