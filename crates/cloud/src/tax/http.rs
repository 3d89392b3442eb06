//! Endpoints of taxes.
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

use super::TaxContent;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, CatalogManage, CatalogRead, Everywhere};

/// Endpoints of taxes.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(put))
}

/// A tax.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Tax {
    pub(crate) id: Uuid,
    /// Counts its changes.
    pub(crate) version: i64,
    #[serde(flatten)]
    pub(crate) content: TaxContent,
}

/// Taxes.
#[derive(Serialize, ToSchema)]
struct TaxList {
    items: Vec<Tax>,
}

/// The taxes by rate. Needs `catalog.read`.
#[utoipa::path(
    get, path = "/v1/taxes", tag = "catalog", operation_id = "list_taxes",
    responses(
        (status = 200, description = "All of them", body = TaxList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(State(cloud): State<Cloud>, allowed: Allowed<CatalogRead>) -> Result<Json<TaxList>> {
    let items = cloud
        .read("list_taxes", allowed.actor(), async |tx| {
            super::db::list(tx).await
        })
        .await?;
    Ok(Json(TaxList { items }))
}

/// A tax. As it shall be.
#[derive(Deserialize, ToSchema)]
struct NewTaxContent {
    /// The version that was seen; null: it is new.
    #[serde(default)]
    version: Option<i64>,
    #[serde(flatten)]
    content: TaxContent,
}

/// What became of a change.
#[derive(Serialize, ToSchema)]
struct TaxVersion {
    id: Uuid,
    /// The version that it has now.
    version: i64,
}

/// Enters a tax, or changes it. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    put, path = "/v1/taxes/{tax}", tag = "catalog", operation_id = "put_tax",
    params(("tax" = Uuid, Path, description = "Its id; a new one makes a new one")),
    request_body = NewTaxContent,
    responses(
        (status = 200, description = "It is so", body = TaxVersion),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`tax.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`catalog.edited_meanwhile`: figures `by`, `at`, `fields`, `version`; `tax.rate_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `catalog.name`, `tax.rate`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<NewTaxContent>,
) -> Result<Json<TaxVersion>> {
    let version = super::put(&cloud, allowed.actor(), id, given.version, &given.content).await?;
    Ok(Json(TaxVersion { id, version }))
}
