//! `/v1/line-approvals`.
use axum::response::Response;
use httpkit::{
    extract::{Body, PathParams},
    problem::{Problem, Result},
    routes,
};
use retail::id::Id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::Asked;
use crate::{
    http::access::{Allowed, Door, may},
    sale::http::BasketLine,
    staff::http::SecondPerson,
};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(approve))
}

/// A line that is to be cheaper.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewLineApproval {
    /// Of the sale that the basket becomes: the word counts for this basket alone.
    sale_id: Uuid,
    /// With the price or the discount that is asked for, and the reason. The word counts up to its quantity.
    line: BasketLine,
    /// Who lets it be, when the person at the till may not.
    supervisor: Option<SecondPerson>,
}

/// A word for a line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineApproval {
    /// What the line says as `approval_id` from now on.
    id: Uuid,
    variant_id: Uuid,
    /// It counts up to here, base units.
    quantity: i64,
    approved_by: Uuid,
}

/// Let a line be cheaper
///
/// By the word of the person at the till when they may, else of a supervisor with a PIN: 403 says that one is needed.
/// The line then names the word, and needs no permission of whoever sells it.
#[utoipa::path(put, path = "/v1/line-approvals/{id}", operation_id = "approve_line", tag = "sales", params(("id" = Uuid, Path, description = "made by the till")),
    request_body = NewLineApproval, responses(
    (status = 201, body = LineApproval),
    (status = 200, body = LineApproval, description = "The same was asked before"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`, `pin.wrong` {tries_left}: the supervisor's"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}, `permission.limit` {permission, line, max_bps}: of whoever gives the word"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`sale.id_reused`, `node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`sale.approval_empty`: the line is not cheaper; and those of a quote, `line` is 0"),
    (status = 429, body = Problem, content_type = "application/problem+json", description = "`pin.locked` {retry_after_s}: the supervisor's"),
))]
async fn approve(
    allowed: Allowed<may::SaleCreate>,
    PathParams(id): PathParams<Uuid>,
    Body(asked): Body<NewLineApproval>,
) -> Result<Response> {
    let supervisor = asked.supervisor.map(Into::into);
    let asked = Asked {
        id,
        sale: Id::from_uuid(asked.sale_id),
        line: asked.line.into(),
    };
    let word = super::approve(&allowed.shop, &allowed.actor, asked, supervisor).await?;
    Ok(crate::http::recorded(word, |word| LineApproval {
        id,
        variant_id: word.line.variant.as_uuid(),
        quantity: word.line.quantity.base_units(),
        approved_by: word.approver.as_uuid(),
    }))
}
