//! Endpoints of price lists and prices.
use axum::extract::DefaultBodyLimit;
use axum::{Json, extract::State};
use httpkit::{
    extract::{Body, PathParams},
    problem::Problem,
    routes,
    server::LONG_JSON,
};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{NewPrice, PriceListContent};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, CatalogRead, Everywhere, PriceManage};

/// Endpoints of prices.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    let long = OpenApiRouter::new()
        .routes(routes!(put))
        .layer(DefaultBodyLimit::max(LONG_JSON));
    OpenApiRouter::new()
        .routes(routes!(lists))
        .routes(routes!(put_list))
        .routes(routes!(history))
        .merge(long)
}

/// A price list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PriceList {
    pub(crate) id: Uuid,
    /// Counts its changes.
    pub(crate) version: i64,
    #[serde(flatten)]
    pub(crate) content: PriceListContent,
    /// Variants that have, had or will have a price in it.
    pub(crate) variants: i64,
}

/// Price lists.
#[derive(Serialize, ToSchema)]
struct PriceLists {
    /// The one that counts most first.
    items: Vec<PriceList>,
}

/// The price lists, the highest priority first. Needs `catalog.read`.
#[utoipa::path(
    get, path = "/v1/price-lists", tag = "price", operation_id = "list_price_lists",
    responses(
        (status = 200, description = "All of them", body = PriceLists),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn lists(
    State(cloud): State<Cloud>,
    allowed: Allowed<CatalogRead>,
) -> Result<Json<PriceLists>> {
    let items = cloud
        .read("list_price_lists", allowed.actor(), async |tx| {
            super::db::lists(tx).await
        })
        .await?;
    Ok(Json(PriceLists { items }))
}

/// A price list, as it shall be.
#[derive(Deserialize, ToSchema)]
struct NewPriceList {
    /// The version that was seen; null: it is new.
    #[serde(default)]
    version: Option<i64>,
    #[serde(flatten)]
    content: PriceListContent,
}

/// What became of a change.
#[derive(Serialize, ToSchema)]
struct PriceListVersion {
    id: Uuid,
    /// The version that it has now.
    version: i64,
}

/// Enters a price list, or changes it. Needs `price.manage` in the whole chain.
#[utoipa::path(
    put, path = "/v1/price-lists/{price_list}", tag = "price", operation_id = "put_price_list",
    params(("price_list" = Uuid, Path, description = "The list; a new id makes a new one")),
    request_body = NewPriceList,
    responses(
        (status = 200, description = "It is so", body = PriceListVersion),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`price_list.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`catalog.edited_meanwhile`: figures `by`, `at`, `fields`, `version`; `price_list.overlap`: figure `code`; `price_list.code_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `catalog.name`, `price_list.code`, `price_list.currency`, `price_list.priority`, `price_list.ends_first`, `price_list.frozen`, `price_list.standard`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put_list(
    State(cloud): State<Cloud>,
    allowed: Everywhere<PriceManage>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<NewPriceList>,
) -> Result<Json<PriceListVersion>> {
    let version =
        super::put_list(&cloud, allowed.actor(), id, given.version, &given.content).await?;
    Ok(Json(PriceListVersion { id, version }))
}

/// Prices, as they shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPrices {
    /// From when on; null: now.
    #[serde(default)]
    valid_from: Option<Timestamp>,
    /// At most 1,000.
    prices: Vec<NewPrice>,
}

/// What became of them.
#[derive(Serialize, ToSchema)]
struct PricesChanged {
    /// Those that were others.
    changed: usize,
}

/// Sets prices of a list, now or for later. Needs `price.manage` in the whole chain.
#[utoipa::path(
    put, path = "/v1/price-lists/{price_list}/prices", tag = "price", operation_id = "put_prices",
    params(("price_list" = Uuid, Path, description = "The list")),
    request_body = NewPrices,
    responses(
        (status = 200, description = "They are so", body = PricesChanged),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`price_list.unknown`, `variant.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`price.raced`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `variant.price`, `price.many`, `price.repeated`, `price.past`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    allowed: Everywhere<PriceManage>,
    PathParams(list): PathParams<Uuid>,
    Body(given): Body<NewPrices>,
) -> Result<Json<PricesChanged>> {
    let changed = super::put(
        &cloud,
        allowed.actor(),
        list,
        given.valid_from,
        &given.prices,
    )
    .await?;
    Ok(Json(PricesChanged { changed }))
}

/// A price of a variant.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PriceVersion {
    pub(crate) price_list_id: Uuid,
    /// Its code.
    pub(crate) price_list: String,
    /// One among all prices of the variant; sales name it.
    pub(crate) version: i64,
    /// Major units of money for `per_quantity`.
    #[schema(value_type = String)]
    pub(crate) amount: Decimal,
    pub(crate) per_quantity: i64,
    /// From when on; null: always was.
    pub(crate) valid_from: Option<Timestamp>,
    /// Until when; null: until further notice.
    pub(crate) valid_until: Option<Timestamp>,
}

/// Prices of a variant.
#[derive(Serialize, ToSchema)]
struct PriceHistory {
    /// The newest first; the last 500.
    items: Vec<PriceVersion>,
}

/// What a variant cost, costs and will cost in each list. Needs `catalog.read`.
#[utoipa::path(
    get, path = "/v1/variants/{variant}/prices", tag = "price", operation_id = "list_prices",
    params(("variant" = Uuid, Path, description = "The variant")),
    responses(
        (status = 200, description = "Its prices; none for a variant that is not there", body = PriceHistory),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn history(
    State(cloud): State<Cloud>,
    allowed: Allowed<CatalogRead>,
    PathParams(variant): PathParams<Uuid>,
) -> Result<Json<PriceHistory>> {
    let items = cloud
        .read("list_prices", allowed.actor(), async |tx| {
            super::db::history(tx, variant).await
        })
        .await?;
    Ok(Json(PriceHistory { items }))
}
