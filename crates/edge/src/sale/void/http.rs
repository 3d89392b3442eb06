//! `/v1/voids`.
use axum::{extract::DefaultBodyLimit, response::Response};
use httpkit::{
    extract::{Body, PathParams},
    problem::{Problem, Result},
    routes,
    server::LONG_JSON,
};
use jiff::Timestamp;
use retail::{id::Id, staff::StaffId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{NewVoid, Voided};
use crate::{
    http::access::{Allowed, Door, may},
    sale::http::BasketLine,
    staff::http::SecondPerson,
};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(void))
        .layer(DefaultBodyLimit::max(LONG_JSON))
}

/// What is to be taken out of a basket.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewBasketVoid {
    /// Of the sale that the basket was to become.
    sale_id: Uuid,
    shift_id: Uuid,
    /// Nothing of the basket is left.
    whole: bool,
    /// What goes, as it stood in the basket; of a line whose quantity is made less, the difference.
    lines: Vec<BasketLine>,
    /// Why, at most 200 letters.
    reason: String,
    /// Who lets it be, when the person at the till may not.
    supervisor: Option<SecondPerson>,
}

/// One line that was taken out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BasketVoidLine {
    variant_id: Uuid,
    /// Base units.
    quantity: i64,
    /// What the customer would have paid for it.
    total_minor: i64,
}

/// What was taken out of a basket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BasketVoid {
    id: Uuid,
    sale_id: Uuid,
    whole: bool,
    reason: String,
    #[schema(required)]
    approved_by: Option<Uuid>,
    lines: Vec<BasketVoidLine>,
    total_minor: i64,
    #[schema(value_type = String, format = DateTime)]
    voided_at: Timestamp,
    /// The number of its event at this node.
    seq: i64,
}

impl From<Voided> for BasketVoid {
    fn from(voided: Voided) -> Self {
        let lines = voided.lines.into_iter().map(|line| BasketVoidLine {
            variant_id: line.variant.as_uuid(),
            quantity: line.quantity.base_units(),
            total_minor: line.total.minor(),
        });
        Self {
            id: voided.id,
            sale_id: voided.sale.as_uuid(),
            whole: voided.is_whole,
            reason: voided.reason,
            approved_by: voided.approved_by.map(StaffId::as_uuid),
            lines: lines.collect(),
            total_minor: voided.total.minor(),
            voided_at: voided.at,
            seq: voided.seq,
        }
    }
}

/// Take lines, or all of it, out of a basket before it is paid
///
/// Needs `sale.void`, of the person at the till or of a supervisor with a PIN: 403 says that one is needed. Recorded as an
/// event, for the head office to see; no stock moves.
#[utoipa::path(put, path = "/v1/voids/{id}", operation_id = "void_basket", tag = "sales", params(("id" = Uuid, Path, description = "made by the till")),
    request_body = NewBasketVoid, responses(
    (status = 201, body = BasketVoid),
    (status = 200, body = BasketVoid, description = "It had been recorded before"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`, `pin.wrong` {tries_left}: the supervisor's"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}: of whoever lets it be"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`sale.id_reused`, `sale.already_sold`, `shift.closed`, `shift.other_register`, `node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`sale.void_reason`, `sale.no_lines`, `sale.too_many_lines` {max}, \
        `sale.quantity_out_of_range` {line, max}, `sale.approval_mismatch` {line}, `shift.unknown`"),
    (status = 429, body = Problem, content_type = "application/problem+json", description = "`pin.locked` {retry_after_s}: the supervisor's"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn void(
    allowed: Allowed<may::SaleCreate>,
    PathParams(id): PathParams<Uuid>,
    Body(asked): Body<NewBasketVoid>,
) -> Result<Response> {
    let supervisor = asked.supervisor.map(Into::into);
    let asked = NewVoid {
        id,
        sale: Id::from_uuid(asked.sale_id),
        shift: Id::from_uuid(asked.shift_id),
        is_whole: asked.whole,
        lines: asked.lines.into_iter().map(Into::into).collect(),
        reason: asked.reason,
    };
    let voided = super::void(&allowed.shop, &allowed.actor, asked, supervisor).await?;
    Ok(crate::http::recorded(voided, BasketVoid::from))
}
