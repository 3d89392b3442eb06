//! Endpoints of locations.
use axum::{Json, extract::State};
use httpkit::{problem::Problem, routes};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use super::db::{self, Location};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::Viewer;

/// Endpoints of locations.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Locations.
#[derive(Serialize, ToSchema)]
struct LocationList {
    items: Vec<Location>,
}

/// The locations that the person may see, by code.
#[utoipa::path(
    get, path = "/v1/locations", tag = "location", operation_id = "list_locations",
    responses(
        (status = 200, description = "The locations", body = LocationList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(State(cloud): State<Cloud>, viewer: Viewer) -> Result<Json<LocationList>> {
    let seen = viewer.locations();
    let items = cloud
        .read("list_locations", viewer.actor(), async |tx| {
            Ok(db::list(tx, &seen).await?)
        })
        .await?;
    Ok(Json(LocationList { items }))
}
