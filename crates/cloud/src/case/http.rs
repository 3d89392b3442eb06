//! Endpoints of stock cases.
use axum::{Json, extract::State};
use httpkit::{
    extract::{Body, Params, PathParams},
    page,
    problem::Problem,
    routes,
};
use jiff::{civil::Date, tz::TimeZone};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Case, CasePage, Patterns, Position, db};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, StockCount, StockRead};

/// Endpoints of stock cases.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(patterns))
        .routes(routes!(close))
}

/// Which cases.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only this location.
    location: Option<Uuid>,
    /// Only `open` or only `closed`.
    state: Option<String>,
    /// Only of this kind.
    kind: Option<String>,
    /// Only of this variant.
    variant: Option<Uuid>,
    /// Only of this person at the till.
    staff: Option<Uuid>,
    /// First business date.
    from: Option<Date>,
    /// Last business date.
    to: Option<Date>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    limit: Option<i64>,
}

/// Cases of the locations that the person may see, newest first. Needs `stock.read`.
#[utoipa::path(
    get, path = "/v1/stock-cases", tag = "stock", operation_id = "list_stock_cases", params(Filter),
    responses(
        (status = 200, description = "A page of cases", body = CasePage),
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
) -> Result<Json<CasePage>> {
    let allowed = allowed.only(filter.location)?;
    let rows = page::clamp_limit(filter.limit, page::DEFAULT_LIMIT);
    let asked = db::Asked {
        state: filter.state,
        kind: filter.kind,
        variant: filter.variant,
        staff: filter.staff,
        from: filter.from,
        to: filter.to,
        id: None,
        after: page::decode(filter.cursor.as_deref())?,
        limit: rows + 1,
    };
    let (mut items, counts) = cloud
        .read("list_stock_cases", allowed.actor(), async |tx| {
            let items = db::list(tx, allowed.locations(), &asked).await?;
            Ok((items, db::counts(tx, &allowed).await?))
        })
        .await?;
    let next = page::cut(&mut items, rows, |last| {
        page::encode(&Position(last.at, last.id))
    });
    Ok(Json(CasePage {
        items,
        counts,
        next,
    }))
}

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Of {
    /// Only this location.
    location: Option<Uuid>,
    /// The business date; by default the newest with cases.
    date: Option<Date>,
}

/// Who found units most often on a day, and of what: more than three is marked. Needs `stock.read`.
#[utoipa::path(
    get, path = "/v1/stock-cases/patterns", tag = "stock", operation_id = "show_stock_case_patterns", params(Of),
    responses(
        (status = 200, description = "By person and by variant", body = Patterns),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn patterns(
    State(cloud): State<Cloud>,
    allowed: Allowed<StockRead>,
    Params(of): Params<Of>,
) -> Result<Json<Patterns>> {
    let allowed = allowed.only(of.location)?;
    let today = cloud.now().to_zoned(TimeZone::UTC).date();
    let patterns = cloud
        .read("show_stock_case_patterns", allowed.actor(), async |tx| {
            db::patterns(tx, &allowed, of.date, today).await
        })
        .await?;
    Ok(Json(patterns))
}

/// What was done about a case.
#[derive(Debug, Deserialize, ToSchema)]
struct CloseCase {
    /// For whoever looks later.
    #[serde(default)]
    note: String,
}

/// Closes a case, with a note. One that is closed already stays as it is. Needs `stock.count` at the location.
#[utoipa::path(
    post, path = "/v1/locations/{location}/stock-cases/{id}/close", tag = "stock", operation_id = "close_stock_case",
    params(
        ("location" = Uuid, Path, description = "The location"),
        ("id" = Uuid, Path, description = "The case"),
    ),
    request_body = CloseCase,
    responses(
        (status = 200, description = "The case as it is now", body = Case),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`, also for one that the person may not see; `case.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`case.note_too_long`, `path.invalid`, `body.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn close(
    State(cloud): State<Cloud>,
    allowed: Allowed<StockCount>,
    PathParams((location, id)): PathParams<(Uuid, Uuid)>,
    Body(asked): Body<CloseCase>,
) -> Result<Json<Case>> {
    let allowed = allowed.only(Some(location))?;
    Ok(Json(
        super::close(&cloud, &allowed, location, id, &asked.note).await?,
    ))
}
