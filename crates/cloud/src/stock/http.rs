//! Endpoints of stock.
use axum::{Json, extract::State};
use httpkit::{
    extract::{Params, PathParams},
    page,
    problem::Problem,
    routes,
};
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Position, Sort, StockDetail, StockHistory, StockPage, db, history};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, StockRead};

/// Endpoints of stock.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(changes))
}

/// What alone is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Only {
    /// What needs attention.
    Attention,
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
    /// `name`, the default, or `attention`: what needs attention first.
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    /// `attention`: only variants with promises that have no unit, or with less than nothing.
    #[param(inline)]
    only: Option<Only>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    limit: Option<i64>,
}

/// Stock of the locations that the person may see, with every account and how old it is. Needs `stock.read`.
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
    let rows = page::clamp_limit(filter.limit, page::DEFAULT_LIMIT);
    let after: Option<Position> = page::decode(filter.cursor.as_deref())?;
    let asked = db::Asked {
        q: filter.q,
        sort: filter.sort,
        only_attention: filter.only == Some(Only::Attention),
        after,
        limit: rows + 1,
    };
    let now = cloud.security_now();
    let (mut found, locations) = cloud
        .read("list_stock", allowed.actor(), async |tx| {
            let found = db::list(tx, &allowed, &asked).await?;
            Ok((found, db::as_of(tx, &allowed, now).await?))
        })
        .await?;
    let next = page::cut(&mut found, rows, |(_, position)| page::encode(position));
    Ok(Json(StockPage {
        items: found.into_iter().map(|(item, _)| item).collect(),
        locations,
        next,
    }))
}

/// The stock of one variant at the locations that the person may see. Needs `stock.read`.
#[utoipa::path(
    get, path = "/v1/stock/{variant}", tag = "stock", operation_id = "show_stock",
    params(("variant" = Uuid, Path, description = "The variant")),
    responses(
        (status = 200, description = "The variant with its stock", body = StockDetail),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`variant.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    allowed: Allowed<StockRead>,
    PathParams(variant): PathParams<Uuid>,
) -> Result<Json<StockDetail>> {
    let now = cloud.security_now();
    let found = cloud
        .read("show_stock", allowed.actor(), async |tx| {
            let Some(item) = db::one(tx, &allowed, variant).await? else {
                return Ok(None);
            };
            let as_of = db::as_of(tx, &allowed, now).await?;
            Ok(Some(StockDetail { item, as_of }))
        })
        .await?;
    Ok(Json(found.ok_or_else(unknown)?))
}

fn unknown() -> Problem {
    Problem::not_found("variant.unknown", "There is no such variant")
}

/// Which history.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Of {
    /// Only this location.
    location: Option<Uuid>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    limit: Option<i64>,
}

/// What made the stock of a variant what it is, newest first: events of nodes and steps of the cloud's account, of
/// about a year before the first. Needs `stock.read`.
#[utoipa::path(
    get, path = "/v1/stock/{variant}/history", tag = "stock", operation_id = "list_stock_changes",
    params(("variant" = Uuid, Path, description = "The variant"), Of),
    responses(
        (status = 200, description = "A page of changes", body = StockHistory),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`, `query.invalid`, `cursor.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn changes(
    State(cloud): State<Cloud>,
    allowed: Allowed<StockRead>,
    PathParams(variant): PathParams<Uuid>,
    Params(of): Params<Of>,
) -> Result<Json<StockHistory>> {
    let allowed = allowed.only(of.location)?;
    let today = cloud.now().to_zoned(TimeZone::UTC).date();
    let after: Option<history::Position> = page::decode(of.cursor.as_deref())?;
    let after = after.unwrap_or_else(|| history::Position::newest(today));
    let rows = usize::try_from(page::clamp_limit(of.limit, page::DEFAULT_LIMIT)).unwrap_or(1);
    let (items, end) = cloud
        .read("list_stock_changes", allowed.actor(), async |tx| {
            history::page(tx, &allowed, variant, after.clone(), rows).await
        })
        .await?;
    Ok(Json(StockHistory {
        items,
        next: end.map(|end| page::encode(&end)),
    }))
}
