//! The endpoint of the overview.
use axum::{Json, extract::State};
use httpkit::{extract::Params, problem::Problem};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::Overview;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::Viewer;

/// The endpoint of the overview.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new().routes(routes!(show))
}

/// Which overview.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The business date; by default the newest with figures.
    date: Option<Date>,
    /// Only this location; `locations` lists all of them still.
    location: Option<Uuid>,
}

/// Revenue and purchases of a day, by branch, hour and product.
///
/// Needs `report.revenue` or `report.purchases` somewhere; figures of the other kind are null.
#[utoipa::path(
    get, path = "/v1/overview", tag = "overview", operation_id = "show_overview", params(Asked),
    responses(
        (status = 200, description = "The overview", body = Overview),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    Params(asked): Params<Asked>,
) -> Result<Json<Overview>> {
    Ok(Json(
        super::overview(&cloud, &viewer, asked.date, asked.location).await?,
    ))
}
