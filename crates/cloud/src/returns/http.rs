//! Endpoints of returns.
use axum::{Json, extract::State};
use httpkit::{extract::Params, page, problem::Problem, routes};
use utoipa_axum::router::OpenApiRouter;

use super::{SaleReturnPage, db};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::sale::{Position, http::Filter};
use crate::session::{Allowed, SaleRead};

/// Endpoints of returns.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Returns at the locations that the person may see, newest first. `q` is how the number of the return, or of its sale,
/// begins. Needs `sale.read`.
#[utoipa::path(
    get, path = "/v1/returns", tag = "sale", params(Filter), operation_id = "list_returns",
    responses(
        (status = 200, description = "A page of returns", body = SaleReturnPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`, `cursor.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Allowed<SaleRead>,
    Params(filter): Params<Filter>,
) -> Result<Json<SaleReturnPage>> {
    let allowed = allowed.only(filter.location)?;
    let asked = filter.asked()?;
    let mut items = cloud
        .read("list_returns", allowed.actor(), async |tx| {
            db::list(tx, &allowed, &asked).await
        })
        .await?;
    let next = page::cut(&mut items, filter.rows(), |last| {
        page::encode(&Position(last.business_date, last.returned_at, last.id))
    });
    Ok(Json(SaleReturnPage { items, next }))
}
