//! Endpoints of nodes: their state, their problems, and codes to enrol new ones.
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use httpkit::{
    extract::{Body, Params, PathParams},
    problem::Problem,
    routes,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Node, NodeProblem, db};
use crate::approval::Approval;
use crate::cloud::Cloud;
use crate::enrolment::{self, Code};
use crate::error::Result;
use crate::role::http::answer;
use crate::session::{Allowed, NodeEnrol, NodeFence, NodeRead, NodeRetry, Viewer};

/// Endpoints of nodes.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(problems))
        .routes(routes!(retry))
        .routes(routes!(issue_code))
        .routes(routes!(fence))
        .routes(routes!(replace))
        .routes(routes!(unfreeze))
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

/// Why a node is declared lost.
#[derive(Deserialize, ToSchema)]
struct NewFence {
    /// For people: stolen, broken, replaced.
    reason: String,
}

/// The location of a node at which the person may fence; a foreign node and an unknown one get the same answer.
async fn fenceable(
    cloud: &Cloud,
    allowed: Allowed<NodeFence>,
    node: Uuid,
) -> Result<Allowed<NodeFence>> {
    let unknown = || Problem::not_found("node.unknown", "There is no such node");
    let location = super::location_of(cloud, node).await?.ok_or_else(unknown)?;
    let allowed = allowed.limited_to(location);
    if allowed.is_empty() {
        return Err(unknown().into());
    }
    Ok(allowed)
}

async fn state(cloud: &Cloud, allowed: &Allowed<NodeFence>, node: Uuid) -> Result<Json<Node>> {
    let (now, locations) = (cloud.security_now(), allowed.locations());
    let items = cloud
        .read("get_node", allowed.actor(), async |tx| {
            db::at(tx, locations, now).await
        })
        .await?;
    let found = items.into_iter().find(|one| one.id == node);
    let unknown = || Problem::not_found("node.unknown", "There is no such node");
    Ok(Json(found.ok_or_else(unknown)?))
}

/// Declares a node lost: its epoch has no effects any more, at once and for ever; what it still sends is kept and its
/// money is booked. Repeating it changes nothing. Needs `node.fence` at its location; where somebody else could approve
/// it, that person decides (202, see `/v1/approvals`).
#[utoipa::path(
    post, path = "/v1/nodes/{node}/fence", tag = "node", operation_id = "fence_node",
    params(("node" = Uuid, Path, description = "The node")), request_body = NewFence,
    responses(
        (status = 200, description = "The node", body = Node),
        (status = 202, description = "A second person has to decide", body = Approval),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`node.unknown`, also for one that the person may not fence", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `node.reason`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn fence(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    allowed: Allowed<NodeFence>,
    PathParams(node): PathParams<Uuid>,
    Body(asked): Body<NewFence>,
) -> Result<Response> {
    let allowed = fenceable(&cloud, allowed, node).await?;
    let location = allowed.locations()[0];
    match super::fence_or_ask(&cloud, &viewer, node, location, &asked.reason).await? {
        Some(asked) => Ok(answer(asked)),
        None => Ok(state(&cloud, &allowed, node).await?.into_response()),
    }
}

/// Issues a code that makes a fresh edge the next epoch of a node, once, within ten minutes; a node that is alive is
/// fenced by this, unless that needs a second person. Needs `node.fence` at its location.
#[utoipa::path(
    post, path = "/v1/nodes/{node}/replacement", tag = "node", operation_id = "replace_node",
    params(("node" = Uuid, Path, description = "The node")),
    responses(
        (status = 201, description = "The code", body = Code),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`node.unknown`, also for one that the person may not fence", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`node.fence_first`: it is alive, and its fence needs a second person", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn replace(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    allowed: Allowed<NodeFence>,
    PathParams(node): PathParams<Uuid>,
) -> Result<(StatusCode, Json<Code>)> {
    let allowed = fenceable(&cloud, allowed, node).await?;
    let code = super::replacement_by(&cloud, &viewer, node, allowed.locations()[0]).await?;
    Ok((StatusCode::CREATED, Json(code)))
}

/// Ends the freeze of the node's location after the cloud was restored from a backup: the node has followed, and what
/// is known of lost orders was entered again. Needs `node.fence` at its location.
#[utoipa::path(
    post, path = "/v1/nodes/{node}/unfreeze", tag = "node", operation_id = "unfreeze_node",
    params(("node" = Uuid, Path, description = "The node")),
    responses(
        (status = 200, description = "The node", body = Node),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`node.unknown`, also for one that the person may not unfreeze", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`node.not_frozen`, `node.not_rebased`, `node.fenced`, `node.unfreeze_short`; figures `missing`: `{variant_id, claim_bound, promised}` of what is promised beyond the shop's log", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn unfreeze(
    State(cloud): State<Cloud>,
    allowed: Allowed<NodeFence>,
    PathParams(node): PathParams<Uuid>,
) -> Result<Json<Node>> {
    let allowed = fenceable(&cloud, allowed, node).await?;
    super::unfreeze(&cloud, allowed.actor(), node).await?;
    state(&cloud, &allowed, node).await
}
