//! `/v1/rights-returns`.
use axum::response::Response;
use httpkit::{
    extract::{Body, PathParams},
    problem::{Problem, Result},
    routes,
};
use retail::{id::Id, quantity::Quantity, rights::RightsError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{GivenBack, ReturnError};
use crate::http::access::{Allowed, Door, may};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(give_back))
}

/// So much of a variant.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RightsLine {
    variant_id: Uuid,
    /// Base units.
    quantity: i64,
}

/// Rights for the online channel.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewRightsReturn {
    lines: Vec<RightsLine>,
}

/// Rights that went to the online channel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RightsReturn {
    id: Uuid,
    lines: Vec<RightsLine>,
    /// The number of its event at this node.
    seq: i64,
}

impl From<GivenBack> for RightsReturn {
    fn from(given: GivenBack) -> Self {
        let line = |(variant, quantity): &(retail::catalog::VariantId, Quantity)| RightsLine {
            variant_id: variant.as_uuid(),
            quantity: quantity.base_units(),
        };
        Self {
            id: given.id,
            lines: given.lines.iter().map(line).collect(),
            seq: given.seq,
        }
    }
}

/// Give rights to the online channel
///
/// The units stay on the shelf; from then on they may be promised online. Repeating the same id and content answers 200
/// with the first result.
#[utoipa::path(put, path = "/v1/rights-returns/{id}", operation_id = "give_back_rights", tag = "stock",
    params(("id" = Uuid, Path, description = "made by the client")), request_body = NewRightsReturn, responses(
    (status = 201, body = RightsReturn),
    (status = 200, body = RightsReturn, description = "It had been recorded before"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`rights.id_reused`, `rights.restricted`, `node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`rights.no_lines`, `rights.too_many_lines` {max}, \
        `rights.twice` {line}, `rights.not_exportable` {line, exportable}"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn give_back(
    allowed: Allowed<may::StockCount>,
    PathParams(id): PathParams<Uuid>,
    Body(request): Body<NewRightsReturn>,
) -> Result<Response> {
    let lines = request.lines.iter();
    let lines = lines
        .map(|line| (Id::from_uuid(line.variant_id), Quantity::new(line.quantity)))
        .collect();
    let recorded = super::give(&allowed.shop, &allowed.actor, id, lines).await?;
    Ok(crate::http::recorded(recorded, RightsReturn::from))
}

impl From<ReturnError> for Problem {
    fn from(error: ReturnError) -> Self {
        let title = error.to_string();
        match error {
            ReturnError::NoLines => Self::invalid("rights.no_lines", "lines", title),
            ReturnError::TooManyLines => Self::invalid("rights.too_many_lines", "lines", title)
                .figure("max", super::MAX_RETURN_LINES),
            ReturnError::Twice { line } => {
                Self::invalid("rights.twice", format!("lines[{line}].variant_id"), title)
                    .figure("line", line)
            }
            ReturnError::NotExportable { line, exportable } => Self::invalid(
                "rights.not_exportable",
                format!("lines[{line}].quantity"),
                title,
            )
            .figure("line", line)
            .figure("exportable", exportable.base_units()),
            ReturnError::Restricted => Self::conflict("rights.restricted", title),
            ReturnError::IdReused => Self::conflict("rights.id_reused", title),
            ReturnError::Denied(error) => error.into(),
            ReturnError::Unenrolled(error) => error.into(),
            ReturnError::Db(error) => error.into(),
        }
    }
}

/// A rule of the accounts that a caller has not kept: its checks come before, so only a bug gets here.
pub(crate) fn of_rule(error: RightsError) -> Problem {
    Problem::internal(&error)
}
