//! The endpoint of the overview.
use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::request::Parts,
};
use httpkit::access::{Asks, Guard};
use httpkit::{extract::Params, problem::Problem, routes};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::Overview;
use crate::cloud::Cloud;
use crate::error::{Error, Result};
use crate::session::{Allowed, ReportPurchases, ReportRevenue, Viewer};

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

/// Somebody who may see figures of one kind or the other somewhere.
struct Reader(Viewer);

impl FromRequestParts<Cloud> for Reader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, cloud: &Cloud) -> Result<Self> {
        let viewer = Viewer::from_request_parts(parts, cloud).await?;
        super::may_read(&viewer)?;
        Ok(Self(viewer))
    }
}

impl Asks for Reader {
    fn guard() -> Guard {
        Allowed::<ReportRevenue>::guard().or(Allowed::<ReportPurchases>::guard())
    }
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
    Reader(viewer): Reader,
    Params(asked): Params<Asked>,
) -> Result<Json<Overview>> {
    Ok(Json(
        super::overview(&cloud, &viewer, asked.date, asked.location).await?,
    ))
}
