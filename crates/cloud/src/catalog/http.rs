//! Endpoints of what all of the catalogue has: who changed it.
use axum::{Json, extract::State};
use httpkit::{extract::PathParams, problem::Problem, routes};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::history::{self, RecordHistory};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, CatalogRead};

/// Endpoints of the catalogue.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new().routes(routes!(changes))
}

/// Who changed a product, its prices, a category, a brand, a supplier, a tax or a price list, when, and how. Needs
/// `catalog.read`.
#[utoipa::path(
    get, path = "/v1/catalog-changes/{subject}", tag = "catalog", operation_id = "list_catalog_changes",
    params(("subject" = Uuid, Path, description = "What was changed")),
    responses(
        (status = 200, description = "Its changes; none for what is not there", body = RecordHistory),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn changes(
    State(cloud): State<Cloud>,
    allowed: Allowed<CatalogRead>,
    PathParams(subject): PathParams<Uuid>,
) -> Result<Json<RecordHistory>> {
    let items = cloud
        .read("list_catalog_changes", allowed.actor(), async |tx| {
            history::list(tx, subject, &history::GOODS).await
        })
        .await?;
    Ok(Json(RecordHistory { items }))
}
