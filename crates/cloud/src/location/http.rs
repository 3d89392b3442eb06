//! Endpoints of locations.
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

use super::LocationContent;
use super::db::{self, Location};
use crate::catalog::history::{self, RecordHistory};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Everywhere, LocationManage, Viewer};

/// Endpoints of locations.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(records))
        .routes(routes!(put))
        .routes(routes!(changes))
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

/// A location with its registers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LocationRecord {
    pub(crate) id: Uuid,
    /// Counts its changes.
    pub(crate) version: i64,
    #[serde(flatten)]
    pub(crate) content: LocationContent,
    /// A node works there.
    pub(crate) has_node: bool,
}

/// Locations with their registers.
#[derive(Serialize, ToSchema)]
struct LocationRecords {
    /// By code.
    items: Vec<LocationRecord>,
}

/// All locations with their registers, closed ones too. Needs `location.manage` in the whole chain.
#[utoipa::path(
    get, path = "/v1/location-records", tag = "location", operation_id = "list_location_records",
    responses(
        (status = 200, description = "All of them", body = LocationRecords),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn records(
    State(cloud): State<Cloud>,
    allowed: Everywhere<LocationManage>,
) -> Result<Json<LocationRecords>> {
    let items = cloud
        .read("list_location_records", allowed.actor(), async |tx| {
            db::records(tx, None).await
        })
        .await?;
    Ok(Json(LocationRecords { items }))
}

/// A location. As it shall be.
#[derive(Deserialize, ToSchema)]
struct NewLocationContent {
    /// The version that was seen; null: it is new.
    #[serde(default)]
    version: Option<i64>,
    #[serde(flatten)]
    content: LocationContent,
}

/// What became of a change.
#[derive(Serialize, ToSchema)]
struct LocationVersion {
    id: Uuid,
    /// The version that it has now.
    version: i64,
}

/// Enters a location with its registers, or changes it. Needs `location.manage` in the whole chain.
#[utoipa::path(
    put, path = "/v1/location-records/{record}", tag = "location", operation_id = "put_location",
    params(("record" = Uuid, Path, description = "Its id; a new one makes a new one")),
    request_body = NewLocationContent,
    responses(
        (status = 200, description = "It is so", body = LocationVersion),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`catalog.edited_meanwhile`: figures `by`, `at`, `fields`, `version`; `location.code_taken`, `location.has_node`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `catalog.name`, `location.code`, `location.time_zone`, `location.address`, `location.kind_frozen`, `location.registers`, `register.prefix`, `register.prefix_frozen`, `register.prefix_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    allowed: Everywhere<LocationManage>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<NewLocationContent>,
) -> Result<Json<LocationVersion>> {
    let version =
        super::put_content(&cloud, allowed.actor(), id, given.version, &given.content).await?;
    Ok(Json(LocationVersion { id, version }))
}

/// Who changed a location or its registers, when, and how. Needs `location.manage` in the whole chain.
#[utoipa::path(
    get, path = "/v1/location-records/{record}/history", tag = "location", operation_id = "list_location_changes",
    params(("record" = Uuid, Path, description = "The location")),
    responses(
        (status = 200, description = "Its changes; none for one that is not there", body = RecordHistory),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn changes(
    State(cloud): State<Cloud>,
    allowed: Everywhere<LocationManage>,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<RecordHistory>> {
    let items = cloud
        .read("list_location_changes", allowed.actor(), async |tx| {
            history::list(tx, id, &history::LOCATIONS).await
        })
        .await?;
    Ok(Json(RecordHistory { items }))
}
