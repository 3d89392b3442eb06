//! Endpoints of regions.
use axum::{Json, extract::State, http::StatusCode};
use httpkit::{
    extract::{Body, PathParams},
    problem::Problem,
    routes,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Region, db};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Everywhere, StaffManage, Viewer};

/// Endpoints of regions.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(put, remove))
}

/// Regions.
#[derive(Serialize, ToSchema)]
struct RegionList {
    items: Vec<Region>,
}

/// The regions by code, with those of their locations that this person may see.
#[utoipa::path(
    get, path = "/v1/regions", tag = "location", operation_id = "list_regions",
    responses(
        (status = 200, description = "The regions", body = RegionList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(State(cloud): State<Cloud>, viewer: Viewer) -> Result<Json<RegionList>> {
    let seen = viewer.locations();
    let mut items = cloud
        .read("list_regions", viewer.actor(), async |tx| {
            db::list(tx).await
        })
        .await?;
    for region in &mut items {
        region
            .location_ids
            .retain(|location| seen.binary_search(location).is_ok());
    }
    // Whoever sees none of a region's locations has nothing to do with it.
    items.retain(|region| viewer.sees_chain() || !region.location_ids.is_empty());
    Ok(Json(RegionList { items }))
}

/// A region as it shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRegion {
    /// Short code.
    code: String,
    /// What people call it.
    name: String,
    /// All locations that it has; those of other regions leave them.
    location_ids: Vec<Uuid>,
}

/// Enters a region, or changes it. Needs `staff.manage` in the whole chain: it changes who reaches what.
#[utoipa::path(
    put, path = "/v1/regions/{region}", tag = "location", operation_id = "put_region",
    params(("region" = Uuid, Path, description = "The region; a new id makes a new one")),
    request_body = NewRegion,
    responses(
        (status = 200, description = "It is so", body = Region),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`region.code_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `region.code`, `staff.name`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    allowed: Everywhere<StaffManage>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<NewRegion>,
) -> Result<Json<Region>> {
    let region = Region {
        id,
        code: given.code,
        name: given.name,
        location_ids: given.location_ids,
    };
    super::put(&cloud, allowed.actor(), &region).await?;
    Ok(Json(region))
}

/// Removes a region that has no locations, and that no role, invitation or group of a provider names; roles that are over
/// count too, because what was done then is judged by them. Needs `staff.manage` in the whole chain.
#[utoipa::path(
    delete, path = "/v1/regions/{region}", tag = "location", operation_id = "remove_region",
    params(("region" = Uuid, Path, description = "The region")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`region.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`region.in_use`; figures `locations`, `grants`, `invitations`, `groups`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn remove(
    State(cloud): State<Cloud>,
    allowed: Everywhere<StaffManage>,
    PathParams(id): PathParams<Uuid>,
) -> Result<StatusCode> {
    super::remove(&cloud, allowed.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
