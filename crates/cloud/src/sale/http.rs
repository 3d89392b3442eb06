//! Endpoints of sales.
use axum::{Json, extract::State};
use httpkit::{
    extract::{Params, PathParams},
    page,
    problem::Problem,
    routes,
};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Position, Receipt, SalePage, db};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, SaleRead};

/// Endpoints of sales.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
}

/// Which sales or purchases.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Only this location.
    pub(crate) location: Option<Uuid>,
    /// First business date.
    pub(crate) from: Option<Date>,
    /// Last business date.
    pub(crate) to: Option<Date>,
    /// How the receipt's or ticket's number begins.
    #[serde(default)]
    pub(crate) q: String,
    /// `next` of the page before.
    pub(crate) cursor: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    pub(crate) limit: Option<i64>,
}

impl Filter {
    /// What the database is asked: one more than the page has, to know whether there is another.
    pub(crate) fn asked(&self) -> Result<db::Asked<'_>> {
        Ok(db::Asked {
            from: self.from,
            to: self.to,
            number: self.q.trim(),
            after: page::decode(self.cursor.as_deref())?,
            limit: self.rows() + 1,
        })
    }

    /// Rows in the page.
    pub(crate) fn rows(&self) -> i64 {
        page::clamp_limit(self.limit, page::DEFAULT_LIMIT)
    }
}

/// Sales of the locations that the person may see, newest first. Needs `sale.read`.
#[utoipa::path(
    get, path = "/v1/sales", tag = "sale", params(Filter), operation_id = "list_sales",
    responses(
        (status = 200, description = "A page of sales", body = SalePage),
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
) -> Result<Json<SalePage>> {
    let allowed = allowed.only(filter.location)?;
    let asked = filter.asked()?;
    let mut items = cloud
        .read("list_sales", allowed.actor(), async |tx| {
            db::list(tx, &allowed, &asked).await
        })
        .await?;
    let next = page::cut(&mut items, filter.rows(), |last| {
        page::encode(&Position(last.business_date, last.closed_at, last.id))
    });
    Ok(Json(SalePage { items, next }))
}

/// A sale, as on its receipt. Needs `sale.read` at the location.
#[utoipa::path(
    get, path = "/v1/locations/{location}/sales/{business_date}/{id}", tag = "sale", operation_id = "show_sale",
    params(
        ("location" = Uuid, Path, description = "The location"),
        ("business_date" = Date, Path, description = "The sale's business date"),
        ("id" = Uuid, Path, description = "The sale"),
    ),
    responses(
        (status = 200, description = "The sale", body = Receipt),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`sale.unknown`, also for a sale that the person may not see", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    allowed: Allowed<SaleRead>,
    PathParams((location, date, id)): PathParams<(Uuid, Date, Uuid)>,
) -> Result<Json<Receipt>> {
    let allowed = allowed.limited_to(location);
    let receipt = cloud
        .read("show_sale", allowed.actor(), async |tx| {
            db::receipt(tx, &allowed, date, id).await
        })
        .await?;
    let unknown = || Problem::not_found("sale.unknown", "There is no such sale");
    Ok(Json(receipt.ok_or_else(unknown)?))
}
