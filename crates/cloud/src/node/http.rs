//! Endpoints of nodes: their state, their problems, and codes to enrol new ones.
use axum::{Json, extract::State, http::StatusCode};
use httpkit::{
    extract::{Body, Params, PathParams},
    problem::Problem,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{Node, NodeProblem, db};
use crate::cloud::Cloud;
use crate::enrolment::{self, Code};
use crate::error::Result;
use crate::session::{Allowed, NodeEnrol, NodeRead, NodeRetry};

/// Endpoints of nodes.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(problems))
        .routes(routes!(retry))
        .routes(routes!(issue_code))
}

/// Nodes.
#[derive(Serialize, ToSchema)]
struct NodeList {
    items: Vec<Node>,
}

/// Events that could not be applied.
#[derive(Serialize, ToSchema)]
struct NodeProblemList {
    items: Vec<NodeProblem>,
}

/// The nodes of the locations that the person may see. Needs `node.read`.
#[utoipa::path(
    get, path = "/v1/nodes", tag = "node", operation_id = "list_nodes",
    responses(
        (status = 200, description = "The nodes", body = NodeList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(State(cloud): State<Cloud>, allowed: Allowed<NodeRead>) -> Result<Json<NodeList>> {
    let now = cloud.security_now();
    let items = cloud
        .read("list_nodes", allowed.actor(), async |tx| {
            db::list(tx, &allowed, now).await
        })
        .await?;
    Ok(Json(NodeList { items }))
}

/// The events of a node that could not be applied, oldest first, at most 500. Needs `node.read` at its location.
#[utoipa::path(
    get, path = "/v1/nodes/{node}/problems", tag = "node", operation_id = "list_node_problems",
    params(("node" = Uuid, Path, description = "The node")),
    responses(
        (status = 200, description = "The events", body = NodeProblemList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`node.unknown`, also for a node that the person may not see", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn problems(
    State(cloud): State<Cloud>,
    allowed: Allowed<NodeRead>,
    PathParams(node): PathParams<Uuid>,
) -> Result<Json<NodeProblemList>> {
    let items = cloud
        .read("list_node_problems", allowed.actor(), async |tx| {
            db::problems(tx, &allowed, node).await
        })
        .await?;
    let unknown = || Problem::not_found("node.unknown", "There is no such node");
    Ok(Json(NodeProblemList {
        items: items.ok_or_else(unknown)?,
    }))
}

/// Which of the node's lives.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InEpoch {
    /// The event's epoch.
    epoch: i64,
}

/// Tries an event again that could not be applied. Needs `node.retry` at the node's location.
#[utoipa::path(
    post, path = "/v1/nodes/{node}/problems/{seq}/retry", tag = "node", operation_id = "retry_node_problem",
    params(
        ("node" = Uuid, Path, description = "The node"),
        ("seq" = i64, Path, description = "The event's number"),
        InEpoch,
    ),
    responses(
        (status = 202, description = "It is tried now"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`node.problem_unknown`: there is none, it was applied meanwhile, or the person may not see it", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`, `query.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn retry(
    State(cloud): State<Cloud>,
    allowed: Allowed<NodeRetry>,
    PathParams((node, seq)): PathParams<(Uuid, i64)>,
    Params(InEpoch { epoch }): Params<InEpoch>,
) -> Result<StatusCode> {
    if super::retry(&cloud, &allowed, node, epoch, seq).await? {
        return Ok(StatusCode::ACCEPTED);
    }
    Err(Problem::not_found(
        "node.problem_unknown",
        "There is no such event to be tried again",
    )
    .into())
}

/// Where a new node will serve.
#[derive(Deserialize, ToSchema)]
struct NewEnrolmentCode {
    location_id: Uuid,
}

/// Issues a code that turns a fresh edge into the node of a location, once, within ten minutes. It is shown only
/// here. Needs `node.enrol` at the location.
#[utoipa::path(
    post, path = "/v1/enrolment-codes", tag = "node", operation_id = "issue_enrolment_code",
    request_body = NewEnrolmentCode,
    responses(
        (status = 201, description = "The code", body = Code),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`, also for one that the person may not see", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn issue_code(
    State(cloud): State<Cloud>,
    allowed: Allowed<NodeEnrol>,
    Body(asked): Body<NewEnrolmentCode>,
) -> Result<(StatusCode, Json<Code>)> {
    let allowed = allowed.only(Some(asked.location_id))?;
    let code = enrolment::issue(&cloud, allowed.actor(), asked.location_id).await?;
    Ok((StatusCode::CREATED, Json(code)))
}
