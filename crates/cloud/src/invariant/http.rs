//! Endpoints of what must hold.
use axum::{Json, extract::State};
use httpkit::{problem::Problem, routes};
use utoipa_axum::router::OpenApiRouter;

use super::{Invariants, db, told};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, Everywhere, NodeRead, Viewer};

/// Endpoints of what must hold.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(check))
}

/// What must hold at the locations that the person may see, and whether it does. The queues are counted now, the rest
/// within the last minute. Needs `node.read`.
#[utoipa::path(
    get, path = "/v1/invariants", tag = "completeness", operation_id = "show_invariants",
    responses(
        (status = 200, description = "What must hold", body = Invariants),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(State(cloud): State<Cloud>, allowed: Allowed<NodeRead>) -> Result<Json<Invariants>> {
    Ok(Json(read(&cloud, &allowed).await?))
}

async fn read(cloud: &Cloud, allowed: &Allowed<NodeRead>) -> Result<Invariants> {
    let now = cloud.security_now();
    cloud
        .read("show_invariants", allowed.actor(), async |tx| {
            let nodes = db::nodes(tx, allowed, now).await?;
            let audits = db::audits(tx, allowed).await?;
            let cases = db::cases(tx, allowed).await?;
            Ok(told(tx.now(), nodes, audits, cases))
        })
        .await
}

/// Checks everything now, every step of the cloud's accounts included. Needs `node.read` in the whole chain.
#[utoipa::path(
    post, path = "/v1/invariants/check", tag = "completeness", operation_id = "check_invariants",
    responses(
        (status = 200, description = "What was found", body = Invariants),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn check(
    State(cloud): State<Cloud>,
    _everywhere: Everywhere<NodeRead>,
    viewer: Viewer,
) -> Result<Json<Invariants>> {
    super::check(&cloud, true).await?;
    Ok(Json(read(&cloud, &viewer.allowed()).await?))
}
