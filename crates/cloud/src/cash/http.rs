//! Endpoints of drawers and Z reports.
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use httpkit::{
    csv,
    extract::{Params, PathParams},
    page,
    problem::Problem,
    routes,
};
use jiff::{Timestamp, civil::Date};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{DrawerPage, MovementList, Summary, ZReportPage, db, report::Report};
use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::sale::Position;
use crate::session::{Allowed, CashRead};

/// Z reports in one file at the most.
const MOST_EXPORTED: i64 = 20_000;

/// Endpoints of drawers and Z reports.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(drawers))
        .routes(routes!(movements))
        .routes(routes!(z_reports))
        .routes(routes!(z_report))
}

/// Which shifts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only this location.
    location: Option<Uuid>,
    /// First business date.
    from: Option<Date>,
    /// Last business date.
    to: Option<Date>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    limit: Option<i64>,
    /// `csv`: a file with up to 20,000 Z reports instead of a page; drawers have none.
    format: Option<String>,
}

impl Filter {
    fn rows(&self) -> i64 {
        page::clamp_limit(self.limit, page::DEFAULT_LIMIT)
    }

    fn asked(&self, limit: i64) -> Result<db::Asked> {
        let after: Option<Position> = page::decode(self.cursor.as_deref())?;
        Ok(db::Asked {
            from: self.from.unwrap_or(Date::constant(1, 1, 1)),
            to: self.to.unwrap_or(Date::constant(9999, 12, 31)),
            after: after.unwrap_or_else(Position::newest),
            limit,
        })
    }
}

/// Drawers of the locations that the person may see, by shift, newest first. Needs `cash.read`.
#[utoipa::path(
    get, path = "/v1/drawers", tag = "cash", operation_id = "list_drawers", params(Filter),
    responses(
        (status = 200, description = "A page of drawers", body = DrawerPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`, `cursor.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn drawers(
    State(cloud): State<Cloud>,
    allowed: Allowed<CashRead>,
    Params(filter): Params<Filter>,
) -> Result<Json<DrawerPage>> {
    let allowed = allowed.only(filter.location)?;
    let asked = filter.asked(filter.rows() + 1)?;
    let mut items = cloud
        .read("list_drawers", allowed.actor(), async |tx| {
            db::drawers(tx, &allowed, &asked).await
        })
        .await?;
    let next = page::cut(&mut items, filter.rows(), |last| {
        let at = last.opened_at.or(last.closed_at);
        page::encode(&Position(
            last.business_date,
            at.unwrap_or(Timestamp::MIN),
            last.shift_id,
        ))
    });
    Ok(Json(DrawerPage { items, next }))
}

/// What went in and out of a shift's drawer beside sales and purchases. Needs `cash.read` at the location.
#[utoipa::path(
    get, path = "/v1/locations/{location}/shifts/{shift}/cash-movements", tag = "cash", operation_id = "list_cash_movements",
    params(
        ("location" = Uuid, Path, description = "The location"),
        ("shift" = Uuid, Path, description = "The shift"),
    ),
    responses(
        (status = 200, description = "The movements, the oldest first; none for a shift that nobody knows", body = MovementList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`, also for one that the person may not see", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn movements(
    State(cloud): State<Cloud>,
    allowed: Allowed<CashRead>,
    PathParams((location, shift)): PathParams<(Uuid, Uuid)>,
) -> Result<Json<MovementList>> {
    let allowed = allowed.only(Some(location))?;
    let items = cloud
        .read("list_cash_movements", allowed.actor(), async |tx| {
            db::movements(tx, &allowed, shift).await
        })
        .await?;
    Ok(Json(MovementList { items }))
}

/// Z reports of the locations that the person may see, newest first. Needs `cash.read`.
///
/// As `format=csv` a file that spreadsheets may open: no cell is a formula. An export is an entry of the audit.
#[utoipa::path(
    get, path = "/v1/z-reports", tag = "cash", operation_id = "list_z_reports", params(Filter),
    responses(
        (status = 200, description = "A page of Z reports; as `text/csv` with `format=csv`", body = ZReportPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`, `cursor.invalid`, `audit.format`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn z_reports(
    State(cloud): State<Cloud>,
    allowed: Allowed<CashRead>,
    Params(filter): Params<Filter>,
) -> Result<Response> {
    let allowed = allowed.only(filter.location)?;
    if csv::is_asked_for(filter.format.as_deref())? {
        return export(&cloud, &allowed, &filter).await;
    }
    let asked = filter.asked(filter.rows() + 1)?;
    let mut items = cloud
        .read("list_z_reports", allowed.actor(), async |tx| {
            db::z_reports(tx, &allowed, &asked).await
        })
        .await?;
    let next = page::cut(&mut items, filter.rows(), |last| {
        page::encode(&Position(last.business_date, last.closed_at, last.id))
    });
    Ok(Json(ZReportPage { items, next }).into_response())
}

async fn export(cloud: &Cloud, allowed: &Allowed<CashRead>, filter: &Filter) -> Result<Response> {
    let asked = filter.asked(MOST_EXPORTED)?;
    let items = cloud
        .tx("export_z_reports", allowed.actor(), async |tx| {
            let items = db::z_reports(tx, allowed, &asked).await?;
            let entry = Entry::new("cash.exported", "z_reports")
                .at(filter.location)
                .with("rows", items.len());
            entry.note(cloud, tx).await?;
            Ok(items)
        })
        .await?;
    Ok(csv::file("z-reports.csv", table(&items)))
}

/// Amounts are in minor units, as everywhere in the API.
fn table(items: &[Summary]) -> String {
    let mut table = csv::BYTE_ORDER_MARK.to_owned();
    csv::row(
        &mut table,
        [
            "business_date",
            "location",
            "register",
            "epoch",
            "number",
            "closed_at",
            "sales",
            "total_minor",
            "difference_minor",
            "grand_total_minor",
            "shift_id",
        ],
    );
    for item in items {
        let cells = [
            item.business_date.to_string(),
            item.location_name.clone(),
            item.register.clone(),
            item.epoch.to_string(),
            item.number.to_string(),
            item.closed_at.to_string(),
            item.sales.to_string(),
            item.total_minor.to_string(),
            item.difference_minor.to_string(),
            item.grand_total_minor.to_string(),
            item.shift_id.to_string(),
        ];
        csv::row(&mut table, cells.iter().map(String::as_str));
    }
    table
}

/// The Z report of a shift, as its till made it. Needs `cash.read` at the location.
#[utoipa::path(
    get, path = "/v1/locations/{location}/shifts/{shift}/z-report", tag = "cash", operation_id = "show_z_report",
    params(
        ("location" = Uuid, Path, description = "The location"),
        ("shift" = Uuid, Path, description = "The shift"),
    ),
    responses(
        (status = 200, description = "The report", body = Report),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`, also for one that the person may not see; `shift.no_report`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn z_report(
    State(cloud): State<Cloud>,
    allowed: Allowed<CashRead>,
    PathParams((location, shift)): PathParams<(Uuid, Uuid)>,
) -> Result<Json<Report>> {
    let allowed = allowed.only(Some(location))?;
    let found = cloud
        .read("show_z_report", allowed.actor(), async |tx| {
            db::z_of(tx, &allowed, shift).await
        })
        .await?;
    let report = found.and_then(|(location, name, date, content)| {
        let z = serde_json::from_str(&content).inspect_err(
            |error| tracing::error!(%shift, %error, "A Z report cannot be read: {error}"),
        );
        Some(Report::of(location, name, date, z.ok()?))
    });
    let unknown = || Problem::not_found("shift.no_report", "This shift has no Z report here");
    Ok(Json(report.ok_or_else(unknown)?))
}
