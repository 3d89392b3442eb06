//! Endpoints of held events.
use axum::{Json, extract::State, http::StatusCode};
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

use super::{HeldDetail, HeldPage, NewCorrection, Place, Position, db};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::node;
use crate::session::{Allowed, EventFix, NodeRead, NodeRetry, Viewer};

/// Endpoints of held events.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(retry))
        .routes(routes!(retry_all))
        .routes(routes!(correct))
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only of this location.
    location: Option<Uuid>,
    /// Only of this node.
    node: Option<Uuid>,
    /// Only `waiting` or only `quarantined`.
    state: Option<String>,
    /// Only of this reason.
    reason: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    limit: Option<i64>,
}

/// The events that could not be applied, the oldest first. Needs `node.read`.
#[utoipa::path(
    get, path = "/v1/held-events", tag = "node", operation_id = "list_held_events", params(Filter),
    responses(
        (status = 200, description = "A page of events", body = HeldPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`, `cursor.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Allowed<NodeRead>,
    Params(filter): Params<Filter>,
) -> Result<Json<HeldPage>> {
    let allowed = allowed.only(filter.location)?;
    let rows = page::clamp_limit(filter.limit, page::DEFAULT_LIMIT);
    let asked = db::Asked {
        node: filter.node,
        state: filter.state,
        reason: filter.reason,
        only: None,
        after: page::decode(filter.cursor.as_deref())?,
        limit: rows + 1,
    };
    let now = cloud.now();
    let (mut items, counts) = cloud
        .read("list_held_events", allowed.actor(), async |tx| {
            let items = db::list(tx, &allowed, &asked, now).await?;
            Ok((items, db::counts(tx, &allowed, now).await?))
        })
        .await?;
    let next = page::cut(&mut items, rows, |last| {
        page::encode(&Position(
            last.received_at,
            last.node_id,
            last.epoch,
            last.seq,
        ))
    });
    Ok(Json(HeldPage {
        items,
        counts,
        next,
    }))
}

/// An event that could not be applied, with its content. Needs `node.read` at its location.
#[utoipa::path(
    get, path = "/v1/held-events/{node}/{epoch}/{seq}", tag = "node", operation_id = "show_held_event",
    params(
        ("node" = Uuid, Path, description = "The node"),
        ("epoch" = i64, Path, description = "Its epoch"),
        ("seq" = i64, Path, description = "The event's number"),
    ),
    responses(
        (status = 200, description = "The event", body = HeldDetail),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`event.unknown`: there is none, it was applied meanwhile, or the person may not see it", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    allowed: Allowed<NodeRead>,
    PathParams((node, epoch, seq)): PathParams<(Uuid, i64, i64)>,
) -> Result<Json<HeldDetail>> {
    let found = detail(&cloud, &allowed, Place { node, epoch, seq }).await?;
    Ok(Json(found.ok_or_else(super::unknown)?))
}

async fn detail(
    cloud: &Cloud,
    allowed: &Allowed<NodeRead>,
    place: Place,
) -> Result<Option<HeldDetail>> {
    let now = cloud.now();
    cloud
        .read("show_held_event", allowed.actor(), async |tx| {
            db::detail(tx, allowed, place, now).await
        })
        .await
}

/// Tries an event again that could not be applied. Needs `node.retry` at its location.
#[utoipa::path(
    post, path = "/v1/held-events/{node}/{epoch}/{seq}/retry", tag = "node", operation_id = "retry_held_event",
    params(
        ("node" = Uuid, Path, description = "The node"),
        ("epoch" = i64, Path, description = "Its epoch"),
        ("seq" = i64, Path, description = "The event's number"),
    ),
    responses(
        (status = 202, description = "It is tried now"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`event.unknown`: there is none, it was applied meanwhile, or the person may not see it", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn retry(
    State(cloud): State<Cloud>,
    allowed: Allowed<NodeRetry>,
    PathParams((node, epoch, seq)): PathParams<(Uuid, i64, i64)>,
) -> Result<StatusCode> {
    if node::retry(&cloud, &allowed, node, epoch, seq).await? {
        return Ok(StatusCode::ACCEPTED);
    }
    Err(super::unknown().into())
}

/// What is tried again; nothing named: everything.
#[derive(Debug, Deserialize, ToSchema)]
struct RetryHeld {
    /// Only of this reason.
    reason: Option<String>,
    /// Only of this node.
    node_id: Option<Uuid>,
    /// Only of this location.
    location_id: Option<Uuid>,
}

/// How many events are tried again.
#[derive(Debug, Serialize, ToSchema)]
struct Retried {
    retried: i64,
}

/// Tries all events of a reason, a node or a location again. Needs `node.retry`; only locations where the person has
/// it are meant.
#[utoipa::path(
    post, path = "/v1/held-events/retry", tag = "node", operation_id = "retry_held_events", request_body = RetryHeld,
    responses(
        (status = 202, description = "They are tried now", body = Retried),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn retry_all(
    State(cloud): State<Cloud>,
    allowed: Allowed<NodeRetry>,
    Body(asked): Body<RetryHeld>,
) -> Result<(StatusCode, Json<Retried>)> {
    let allowed = allowed.only(asked.location_id)?;
    let retried =
        super::retry_all(&cloud, &allowed, asked.node_id, asked.reason.as_deref()).await?;
    Ok((StatusCode::ACCEPTED, Json(Retried { retried })))
}

/// Gives an event that cannot be applied another body, with a reason, and tries it at once.
///
/// What its header has done to stock and money stays: a body that says something else is refused with the figures.
/// Repeating it with the same `id` changes nothing. Needs `event.fix` at the node's location. The answer is the event
/// as it is now; nothing when it is through already.
#[utoipa::path(
    put, path = "/v1/held-events/{node}/{epoch}/{seq}/correction", tag = "node", operation_id = "correct_held_event",
    params(
        ("node" = Uuid, Path, description = "The node"),
        ("epoch" = i64, Path, description = "Its epoch"),
        ("seq" = i64, Path, description = "The event's number"),
    ),
    request_body = NewCorrection,
    responses(
        (status = 200, description = "It is tried with this body now", body = Option<HeldDetail>),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`event.unknown`: there is none, it was applied meanwhile, or the person may not see it", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`event.correction_id_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`event.body_invalid` (figures `detail`), `event.version_unknown`, `event.header_unreadable`, `event.reason_invalid`, `event.totals` (figures `total_minor`, `lines_minor`, `paid_minor`), `event.effects` (figures `what`, `expected`, `found` and `tender` or `variant_id`), `path.invalid`, `body.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn correct(
    State(cloud): State<Cloud>,
    allowed: Allowed<EventFix>,
    viewer: Viewer,
    PathParams((node, epoch, seq)): PathParams<(Uuid, i64, i64)>,
    Body(given): Body<NewCorrection>,
) -> Result<Json<Option<HeldDetail>>> {
    let place = Place { node, epoch, seq };
    super::correct(&cloud, &allowed, place, &given).await?;
    let visible: Allowed<NodeRead> = viewer.allowed();
    Ok(Json(detail(&cloud, &visible, place).await?))
}
