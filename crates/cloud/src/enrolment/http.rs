//! The endpoint that a fresh edge calls.
use axum::{Json, extract::State, http::StatusCode};
use httpkit::{extract::Body, problem::Problem, routes};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use wire::enrol::{Enrol, Enrolled};

use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;
use crate::session::{Visitor, limit::Subjects};

pub(crate) fn router() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new().routes(routes!(enrol))
}

/// What a fresh edge sends.
#[derive(ToSchema)]
#[schema(as = Enrol)]
#[expect(dead_code, reason = "documents the message of the wire")]
struct EnrolSchema {
    /// The one-time code from the office.
    code: String,
    /// Ed25519 public key, base64.
    public_key: String,
    /// What ties the node to its machine.
    fingerprint: String,
    /// The edge's software version.
    version: String,
    /// `{node, epoch}`: a node that a restored cloud has forgotten names itself.
    #[schema(value_type = Option<Object>)]
    rejoin: Option<()>,
}

/// The node that it has become.
#[derive(ToSchema)]
#[schema(as = Enrolled)]
#[expect(dead_code, reason = "documents the message of the wire")]
struct EnrolledSchema {
    /// The node's identity from now on.
    node_id: uuid::Uuid,
    /// Its epoch: 1, or a later one when it takes the place of a node that is over.
    epoch: i64,
    /// The cloud's incarnation.
    incarnation: i64,
    /// The shop it serves.
    location: crate::location::db::Location,
    /// Base currency, ISO 4217.
    currency: String,
    /// `{variant, quantity}`: what the cloud may claim at the shop.
    #[schema(value_type = Vec<Object>)]
    claims: (),
}

/// Turns a fresh edge into a node, once per code: the first of its location, or the next epoch of one that is over.
/// Asking again with the same key answers the same node.
///
/// Problems: `enrolment.code_unknown`, `enrolment.code_used`, `enrolment.code_expired`, `enrolment.public_key`,
/// `enrolment.location_has_node`, `enrolment.node_elsewhere`, `enrolment.epoch_over`, `store.unavailable`.
#[utoipa::path(
    post, path = "/v1/enrol", tag = "node", request_body = EnrolSchema,
    responses(
        (status = 201, body = EnrolledSchema),
        (status = 404, body = Problem, description = "`enrolment.code_unknown`"),
        (status = 409, body = Problem, description = "`enrolment.location_has_node`, `enrolment.node_elsewhere`, `enrolment.epoch_over`"),
        (status = 429, body = Problem, description = "`session.locked`: too many wrong codes came from there; figures `retry_after_s`"),
        (status = 410, body = Problem, description = "`enrolment.code_used`, `enrolment.code_expired`"),
        (status = 422, body = Problem, description = "`enrolment.public_key`, `body.invalid`"),
        (status = 503, body = Problem, description = "`store.unavailable`"),
    )
)]
async fn enrol(
    State(cloud): State<Cloud>,
    visitor: Visitor,
    Body(request): Body<Enrol>,
) -> Result<(StatusCode, Json<Enrolled>)> {
    let (service, subjects) = (Actor::Service("enrol"), Subjects::link(visitor.address));
    let now = cloud.security_now();
    let counted = cloud.tx("count_enrolment", service, async |tx| {
        subjects.count(tx, now).await
    });
    counted.await?;
    let enrolled = super::enrol(&cloud, &request).await?;
    let forgiven = cloud.tx("forgive_enrolment", service, async |tx| {
        subjects.forgive(tx).await
    });
    forgiven.await?;
    Ok((StatusCode::CREATED, Json(enrolled)))
}
