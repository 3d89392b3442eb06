//! What a promotion really gave, by day and branch: what sales say, summed as they come.
use axum::{Json, extract::State};
use httpkit::{
    extract::{Params, PathParams},
    problem::Problem,
    routes,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::unknown;
use crate::cloud::Cloud;
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::session::{Allowed, PromotionRead};

/// Days in one answer, the last ones.
const MOST_DAYS: i64 = 1_000;

/// Endpoints of what promotions gave.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new().routes(routes!(result))
}

/// Of when and where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// First business date.
    from: Option<Date>,
    /// Last business date.
    until: Option<Date>,
    /// Only this location.
    location: Option<Uuid>,
}

/// What it gave on a day.
#[derive(Debug, Serialize, ToSchema)]
struct PromotionDay {
    /// Business date.
    date: Date,
    receipts: i64,
    units: i64,
    gave_minor: i64,
}

/// What it gave at a branch.
#[derive(Debug, Serialize, ToSchema)]
struct PromotionLocation {
    location_id: Uuid,
    receipts: i64,
    units: i64,
    gave_minor: i64,
}

/// What it gave.
#[derive(Debug, Default, Serialize, ToSchema)]
struct PromotionResult {
    /// Sales that used it.
    receipts: i64,
    /// That it used, as bought or as reduced.
    units: i64,
    /// Taken off goods and shipping.
    gave_minor: i64,
    /// By business date; the last thousand days.
    by_day: Vec<PromotionDay>,
    /// What gave most first.
    by_location: Vec<PromotionLocation>,
}

/// What a promotion gave in sales, at the locations where the person has `promotion.read`.
#[utoipa::path(
    get, path = "/v1/promotions/{promotion}/result", tag = "promotion", operation_id = "show_promotion_result",
    params(("promotion" = Uuid, Path, description = "The promotion"), Filter),
    responses(
        (status = 200, description = "What it gave", body = PromotionResult),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`promotion.unknown`, `location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`, `query.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn result(
    State(cloud): State<Cloud>,
    allowed: Allowed<PromotionRead>,
    PathParams(id): PathParams<Uuid>,
    Params(filter): Params<Filter>,
) -> Result<Json<PromotionResult>> {
    let allowed = allowed.only(filter.location)?;
    let found = cloud
        .read("promotion_result", allowed.actor(), async |tx| {
            gave(tx, &allowed, id, &filter).await
        })
        .await?;
    Ok(Json(found))
}

async fn gave(
    tx: &Tx,
    allowed: &Allowed<PromotionRead>,
    id: Uuid,
    filter: &Filter,
) -> Result<PromotionResult> {
    const KNOWN: Sql = sql!("select true from promotion where id = $1", (uuid) -> (boolean));
    const DAYS: Sql = sql!(
        "select business_date, sum(receipts)::bigint, sum(units)::bigint, sum(gave_minor)::bigint from daily_promotion
          where promotion_id = $1 and location_id = any ($2) and business_date between $3 and $4
          group by business_date order by business_date desc limit $5",
        (uuid, [uuid], date, date, bigint) -> (date, bigint, bigint, bigint)
    );
    const LOCATIONS: Sql = sql!(
        "select location_id, sum(receipts)::bigint, sum(units)::bigint, sum(gave_minor)::bigint from daily_promotion
          where promotion_id = $1 and location_id = any ($2) and business_date between $3 and $4
          group by location_id order by sum(gave_minor) desc, location_id",
        (uuid, [uuid], date, date) -> (uuid, bigint, bigint, bigint)
    );
    let from = filter.from.unwrap_or(Date::constant(1, 1, 1));
    let until = filter.until.unwrap_or(Date::constant(9999, 12, 31));
    let locations = allowed.locations();
    let answers = tx
        .all(&[
            call(KNOWN, &[&id]),
            call(DAYS, &[&id, &locations, &from, &until, &MOST_DAYS]),
            call(LOCATIONS, &[&id, &locations, &from, &until]),
        ])
        .await?;
    if answers[0].is_empty() {
        return Err(unknown().into());
    }
    let by_location: Vec<PromotionLocation> = answers[2]
        .iter()
        .map(|row| PromotionLocation {
            location_id: row.get(0),
            receipts: row.get(1),
            units: row.get(2),
            gave_minor: row.get(3),
        })
        .collect();
    let days = answers[1].iter().rev().map(|row| PromotionDay {
        date: row.get(0),
        receipts: row.get(1),
        units: row.get(2),
        gave_minor: row.get(3),
    });
    Ok(PromotionResult {
        receipts: by_location.iter().map(|one| one.receipts).sum(),
        units: by_location.iter().map(|one| one.units).sum(),
        gave_minor: by_location.iter().map(|one| one.gave_minor).sum(),
        by_day: days.collect(),
        by_location,
    })
}
