//! Endpoints of stock.
use axum::{Json, extract::State};
use httpkit::{extract::Params, page, problem::Problem};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{StockPage, db};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, StockRead};

/// Endpoints of stock.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which stock.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only this location.
    location: Option<Uuid>,
    /// Words of the name, an SKU or a barcode.
    #[serde(default)]
    q: String,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    limit: Option<i64>,
}

/// Stock on hand of the locations that the person may see, by name. Needs `stock.read`.
#[utoipa::path(
    get, path = "/v1/stock", tag = "stock", params(Filter), operation_id = "list_stock",
    responses(
        (status = 200, description = "A page of variants with their stock", body = StockPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`, `cursor.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Allowed<StockRead>,
    Params(filter): Params<Filter>,
) -> Result<Json<StockPage>> {
    let allowed = allowed.only(filter.location)?;
    let after: Option<super::Position> = page::decode(filter.cursor.as_deref())?;
    let rows = page::clamp_limit(filter.limit, page::DEFAULT_LIMIT);
    let mut found = cloud
        .read("list_stock", allowed.actor(), async |tx| {
            db::list(tx, &allowed, &filter.q, after.clone(), rows + 1).await
        })
        .await?;
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let is_last = found.len() <= rows;
    found.truncate(rows);
    let next = found
        .last()
        .filter(|_| !is_last)
        .map(|(_, position)| page::encode(position));
    let items = found.into_iter().map(|(item, _)| item).collect();
    Ok(Json(StockPage { items, next }))
}
