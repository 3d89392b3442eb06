//! Endpoints of completeness.
use axum::{Json, extract::State};
use httpkit::{
    extract::{Params, PathParams},
    problem::Problem,
    routes,
};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Day, NodeCompleteness, db};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, DayComplete, NodeRead};

/// Days that are shown when nothing is said.
const DAYS: i64 = 14;
/// The most days in an answer.
const MOST_DAYS: i64 = 92;

/// Endpoints of completeness.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(complete))
}

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Only this location.
    location: Option<Uuid>,
    /// First business date; by default two weeks before the last.
    from: Option<Date>,
    /// Last business date; by default tomorrow, because shops may be ahead. At most 92 days are shown.
    to: Option<Date>,
}

/// How complete the figures are.
#[derive(Debug, Serialize, ToSchema)]
struct Completeness {
    /// When this was read.
    as_of: Timestamp,
    /// Everything before this instant is here: the oldest of the nodes. Null: one has not said yet.
    complete_to: Option<Timestamp>,
    /// By location code.
    nodes: Vec<NodeCompleteness>,
    /// Newest first.
    items: Vec<Day>,
}

/// How complete each node and each business day is, at the locations that the person may see. Needs `node.read`.
#[utoipa::path(
    get, path = "/v1/completeness", tag = "completeness", operation_id = "show_completeness", params(Asked),
    responses(
        (status = 200, description = "Nodes and business days", body = Completeness),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    allowed: Allowed<NodeRead>,
    Params(asked): Params<Asked>,
) -> Result<Json<Completeness>> {
    let allowed = allowed.only(asked.location)?;
    let now = cloud.now();
    let today = now.to_zoned(TimeZone::UTC).date();
    let to = asked.to.unwrap_or_else(|| today.saturating_add(1.day()));
    let from = asked
        .from
        .unwrap_or_else(|| to.saturating_sub(DAYS.days()))
        .max(to.saturating_sub(MOST_DAYS.days()));
    let system_now = cloud.security_now();
    let (nodes, items) = cloud
        .read("show_completeness", allowed.actor(), async |tx| {
            db::overview(tx, &allowed, (from, to), (now, system_now)).await
        })
        .await?;
    let told: Option<Vec<Timestamp>> = nodes.iter().map(|node| node.complete_to).collect();
    Ok(Json(Completeness {
        as_of: now,
        complete_to: told.and_then(|all| all.into_iter().min()),
        nodes,
        items,
    }))
}

/// Signs a business day of a location off: nothing of it is missing. Repeating it changes nothing. Needs
/// `day.complete` at the location.
///
/// It is refused with what is missing while anything of the day can still come or is not in the figures. An event
/// that comes after all opens the day again.
#[utoipa::path(
    put, path = "/v1/locations/{location}/days/{date}/completion", tag = "completeness",
    operation_id = "complete_day",
    params(
        ("location" = Uuid, Path, description = "The location"),
        ("date" = Date, Path, description = "The business date"),
    ),
    responses(
        (status = 200, description = "The day is complete", body = Day),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`, also for one that the person may not see", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`day.incomplete`; figures `blockers`: each with `code`, `count`, `from` and `to`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn complete(
    State(cloud): State<Cloud>,
    allowed: Allowed<DayComplete>,
    PathParams((location, date)): PathParams<(Uuid, Date)>,
) -> Result<Json<Day>> {
    let allowed = allowed.only(Some(location))?;
    Ok(Json(
        super::complete(&cloud, &allowed, location, date).await?,
    ))
}
