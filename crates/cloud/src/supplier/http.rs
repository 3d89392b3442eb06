//! Endpoints of suppliers.
use axum::{Json, extract::State};
use httpkit::{
    extract::{Body, Params, PathParams},
    page,
    problem::Problem,
    routes,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::SupplierContent;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, CatalogManage, CatalogRead, Everywhere};

/// Endpoints of suppliers.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(put))
}

/// A supplier.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Supplier {
    pub(crate) id: Uuid,
    /// Counts its changes.
    pub(crate) version: i64,
    #[serde(flatten)]
    pub(crate) content: SupplierContent,
    /// Variants that it has.
    pub(crate) variants: i64,
}

/// Suppliers.
#[derive(Serialize, ToSchema)]
struct SupplierPage {
    items: Vec<Supplier>,
    /// Goes on after the last one; null at the end.
    next: Option<String>,
}

/// Which suppliers.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// A part of the name or the code; accents do not matter.
    #[serde(default)]
    q: String,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    limit: Option<i64>,
}

/// Suppliers by name. Needs `catalog.read`.
#[utoipa::path(
    get, path = "/v1/suppliers", tag = "catalog", params(Filter), operation_id = "list_suppliers",
    responses(
        (status = 200, description = "A page of suppliers", body = SupplierPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`, `cursor.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Allowed<CatalogRead>,
    Params(filter): Params<Filter>,
) -> Result<Json<SupplierPage>> {
    let rows = page::clamp_limit(filter.limit, page::DEFAULT_LIMIT);
    let after: Option<(String, Uuid)> = page::decode(filter.cursor.as_deref())?;
    let mut found = cloud
        .read("list_suppliers", allowed.actor(), async |tx| {
            super::db::list(tx, &filter.q, after.clone(), rows + 1).await
        })
        .await?;
    Ok(Json(SupplierPage {
        next: page::cut(&mut found, rows, |(_, position)| page::encode(position)),
        items: found.into_iter().map(|(one, _)| one).collect(),
    }))
}

/// A supplier. As it shall be.
#[derive(Deserialize, ToSchema)]
struct NewSupplierContent {
    /// The version that was seen; null: it is new.
    #[serde(default)]
    version: Option<i64>,
    #[serde(flatten)]
    content: SupplierContent,
}

/// What became of a change.
#[derive(Serialize, ToSchema)]
struct SupplierVersion {
    id: Uuid,
    /// The version that it has now.
    version: i64,
}

/// Enters a supplier, or changes it. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    put, path = "/v1/suppliers/{supplier}", tag = "catalog", operation_id = "put_supplier",
    params(("supplier" = Uuid, Path, description = "Its id; a new one makes a new one")),
    request_body = NewSupplierContent,
    responses(
        (status = 200, description = "It is so", body = SupplierVersion),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`supplier.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`catalog.edited_meanwhile`: figures `by`, `at`, `fields`, `version`; `supplier.code_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `catalog.name`, `supplier.code`, `supplier.contact`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<NewSupplierContent>,
) -> Result<Json<SupplierVersion>> {
    let version = super::change(&cloud, allowed.actor(), id, given.version, &given.content).await?;
    Ok(Json(SupplierVersion { id, version }))
}
