//! Endpoints of counts and gifts of rights at the head office.
use axum::{
    Json,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
};
use httpkit::{
    extract::{Body, PathParams},
    problem::Problem,
    routes,
    server::LONG_JSON,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;
use wire::command::Line;

use super::{Counted, Done};
use crate::approval::Approval;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, StockCount, Viewer};

/// Endpoints of counts and gifts of rights.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(count))
        .routes(routes!(grant))
        .layer(DefaultBodyLimit::max(LONG_JSON))
}

/// What was counted, or is given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OfficeStock {
    lines: Vec<OfficeStockLine>,
}

/// A variant with its units.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OfficeStockLine {
    variant_id: Uuid,
    /// Base units: on the shelf without picked ones, or to be given.
    quantity: i64,
}

impl OfficeStock {
    fn lines(&self) -> Vec<Line> {
        self.lines
            .iter()
            .map(|line| Line {
                variant: line.variant_id,
                quantity: line.quantity,
            })
            .collect()
    }
}

/// What became of it.
#[derive(Serialize, ToSchema)]
struct OfficeStockDone {
    /// `done`; `sent`: the location's node is told; `asked`: a second person has to decide.
    state: String,
    /// What was asked, with `asked`.
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<Approval>,
}

fn answer(done: Done) -> (StatusCode, Json<OfficeStockDone>) {
    let (status, state) = match done {
        Done::Now => (StatusCode::OK, "done"),
        Done::Sent => (StatusCode::ACCEPTED, "sent"),
    };
    let state = state.to_owned();
    let approval = None;
    (status, Json(OfficeStockDone { state, approval }))
}

/// Stock was counted: a location without a node takes it over at once; a shop's node gets a task. Needs `stock.count`
/// at the location. Repeating it changes nothing.
#[utoipa::path(
    put, path = "/v1/locations/{location}/counts/{id}", tag = "stock", operation_id = "put_count", request_body = OfficeStock,
    params(("location" = Uuid, Path, description = "Where"), ("id" = Uuid, Path, description = "Made by the client")),
    responses(
        (status = 200, description = "It counts now", body = OfficeStockDone),
        (status = 202, description = "The location's node is told, or a second person has to decide: it writes off more than the person may alone", body = OfficeStockDone),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; `permission.limit`, figures `limit`, `asked` in minor units: nobody else could approve it; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`, `variant.unknown`; figures `variant`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`count.below_promised`; figures `lines` with `variant`, `counted`, `promised`; `location.no_node`, `id.reused`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `lines.count`, `lines.repeated`, `lines.quantity`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn count(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    allowed: Allowed<StockCount>,
    PathParams((location, id)): PathParams<(Uuid, Uuid)>,
    Body(counted): Body<OfficeStock>,
) -> Result<(StatusCode, Json<OfficeStockDone>)> {
    allowed.only(Some(location))?;
    let counted = super::count(&cloud, &viewer, location, id, &counted.lines()).await?;
    Ok(match counted {
        Counted::Done(done) => answer(done),
        Counted::Asked(asked) => {
            let asked = OfficeStockDone {
                state: "asked".to_owned(),
                approval: Some(asked.0),
            };
            (StatusCode::ACCEPTED, Json(asked))
        }
    })
}

/// Gives rights to the shop, out of what may be promised online there. Needs `stock.count` at the location. Repeating
/// it changes nothing.
#[utoipa::path(
    put, path = "/v1/locations/{location}/grants/{id}", tag = "stock", operation_id = "put_grant", request_body = OfficeStock,
    params(("location" = Uuid, Path, description = "Where"), ("id" = Uuid, Path, description = "Made by the client")),
    responses(
        (status = 202, description = "They are on their way", body = OfficeStockDone),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`grant.not_available`; figures `lines` with `variant`, `wanted`, `available`; `location.closed`, `location.no_node`, `id.reused`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `lines.count`, `lines.repeated`, `lines.quantity`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn grant(
    State(cloud): State<Cloud>,
    allowed: Allowed<StockCount>,
    PathParams((location, id)): PathParams<(Uuid, Uuid)>,
    Body(given): Body<OfficeStock>,
) -> Result<(StatusCode, Json<OfficeStockDone>)> {
    let allowed = allowed.only(Some(location))?;
    let done = super::grant(&cloud, &allowed, location, id, &given.lines()).await?;
    Ok(answer(done))
}
