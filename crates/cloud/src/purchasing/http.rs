//! Endpoints of purchases.
use axum::{Json, extract::State};
use httpkit::{
    extract::{Params, PathParams},
    page,
    problem::Problem,
    routes,
};
use jiff::civil::Date;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Purchase, PurchasePage, db};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::sale::Position;
use crate::sale::http::Filter;
use crate::session::{Allowed, PurchaseRead};

/// Endpoints of purchases.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
}

/// Purchases of the locations that the person may see, newest first. Needs `purchase.read`.
#[utoipa::path(
    get, path = "/v1/purchases", tag = "purchase", params(Filter), operation_id = "list_purchases",
    responses(
        (status = 200, description = "A page of purchases", body = PurchasePage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`, `cursor.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Allowed<PurchaseRead>,
    Params(filter): Params<Filter>,
) -> Result<Json<PurchasePage>> {
    let allowed = allowed.only(filter.location)?;
    let asked = filter.asked()?;
    let mut items = cloud
        .read("list_purchases", allowed.actor(), async |tx| {
            db::list(tx, &allowed, &asked).await
        })
        .await?;
    let next = page::cut(&mut items, filter.rows(), |last| {
        page::encode(&Position(last.business_date, last.closed_at, last.id))
    });
    Ok(Json(PurchasePage { items, next }))
}

/// A purchase, as on its ticket. Needs `purchase.read` at the location.
#[utoipa::path(
    get, path = "/v1/locations/{location}/purchases/{business_date}/{id}", tag = "purchase",
    operation_id = "show_purchase",
    params(
        ("location" = Uuid, Path, description = "The location"),
        ("business_date" = Date, Path, description = "The purchase's business date"),
        ("id" = Uuid, Path, description = "The purchase"),
    ),
    responses(
        (status = 200, description = "The purchase", body = Purchase),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`purchase.unknown`, also for a purchase that the person may not see", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    allowed: Allowed<PurchaseRead>,
    PathParams((location, date, id)): PathParams<(Uuid, Date, Uuid)>,
) -> Result<Json<Purchase>> {
    let allowed = allowed.limited_to(location);
    let purchase = cloud
        .read("show_purchase", allowed.actor(), async |tx| {
            db::ticket(tx, &allowed, date, id).await
        })
        .await?;
    let unknown = || Problem::not_found("purchase.unknown", "There is no such purchase");
    Ok(Json(purchase.ok_or_else(unknown)?))
}
