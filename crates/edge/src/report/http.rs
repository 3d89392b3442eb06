//! `/v1/z-reports`, and the report of a shift.
use axum::Json;
use httpkit::{
    extract::PathParams,
    problem::{Problem, Result},
    routes,
};
use jiff::{Timestamp, civil::Date};
use retail::id::Id;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;
use wire::body::{ZFigure, ZReportMade};

use super::{Report, ReportError, Summary};
use crate::http::{
    Named,
    access::{Allowed, Door, may},
};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(list))
}

/// `x`: the shift goes on. `z`: it has ended, and this never changes.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReportKind {
    X,
    Z,
}

/// How often, and how much.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportFigure {
    count: i64,
    minor: i64,
}

impl From<ZFigure> for ReportFigure {
    fn from(figure: ZFigure) -> Self {
        Self {
            count: figure.count,
            minor: figure.minor,
        }
    }
}

/// What one tax rate comes to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportTax {
    rate_bps: i64,
    gross_minor: i64,
    tax_minor: i64,
}

/// What was paid in one way, or sold of one department.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportPart {
    /// The kind of payment, or the department's name; empty for what stands on no shelf.
    name: String,
    count: i64,
    minor: i64,
}

/// So many notes or coins of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportPieces {
    value_minor: i64,
    count: i64,
}

/// The report of a shift.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShiftReport {
    kind: ReportKind,
    shift_id: Uuid,
    /// Dense within the register; null for an X report.
    #[schema(required)]
    number: Option<i64>,
    register_name: String,
    currency: String,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    opened_by: String,
    /// When the shift ended; of an X report, the instant of its figures.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Null for an X report.
    #[schema(required)]
    closed_by: Option<String>,
    #[schema(required)]
    approved_by: Option<String>,
    sales: i64,
    #[schema(required)]
    first_receipt: Option<String>,
    #[schema(required)]
    last_receipt: Option<String>,
    gross_minor: i64,
    discounts: ReportFigure,
    other_prices: ReportFigure,
    returns: ReportFigure,
    total_minor: i64,
    taxes: Vec<ReportTax>,
    tenders: Vec<ReportPart>,
    departments: Vec<ReportPart>,
    purchases: ReportFigure,
    purchases_paid_minor: i64,
    /// Purchases that were voided or replaced, and the cash that came back for them.
    purchases_back: ReportFigure,
    paid_in: ReportFigure,
    paid_out: ReportFigure,
    drops: ReportFigure,
    float_minor: i64,
    expected_minor: i64,
    /// Null for an X report.
    #[schema(required)]
    counted_minor: Option<i64>,
    /// Counted less expected; null for an X report.
    #[schema(required)]
    difference_minor: Option<i64>,
    #[schema(required)]
    difference_reason: Option<String>,
    counts: i64,
    pieces: Vec<ReportPieces>,
    /// What all Z reports of the register come to, before this one; null for an X report.
    #[schema(required)]
    grand_total_before_minor: Option<i64>,
    /// The same with this one.
    #[schema(required)]
    grand_total_minor: Option<i64>,
}

impl From<Report> for ShiftReport {
    fn from(report: Report) -> Self {
        match report {
            Report::X(content, at) => Self::of(*content, ReportKind::X, at),
            Report::Z(content) => {
                let at = content.closed_at;
                Self::of(*content, ReportKind::Z, at)
            }
        }
    }
}

impl ShiftReport {
    fn of(z: ZReportMade, kind: ReportKind, at: Timestamp) -> Self {
        let of_z = |minor: i64| matches!(kind, ReportKind::Z).then_some(minor);
        Self {
            shift_id: z.shift,
            number: of_z(z.number),
            register_name: z.register_name,
            currency: z.currency,
            opened_at: z.opened_at,
            opened_by: z.opened_by_name,
            at,
            closed_by: matches!(kind, ReportKind::Z).then_some(z.closed_by_name),
            approved_by: z.approved_by_name,
            sales: z.sales,
            first_receipt: z.first_receipt,
            last_receipt: z.last_receipt,
            gross_minor: z.gross_minor,
            discounts: z.discounts.into(),
            other_prices: z.other_prices.into(),
            returns: z.returns.into(),
            total_minor: z.total_minor,
            taxes: (z.taxes.iter())
                .map(|tax| ReportTax {
                    rate_bps: tax.rate_bps,
                    gross_minor: tax.gross_minor,
                    tax_minor: tax.tax_minor,
                })
                .collect(),
            tenders: (z.tenders.into_iter())
                .map(|one| part(one.kind, one.count, one.minor))
                .collect(),
            departments: (z.categories.into_iter())
                .map(|one| part(one.name, one.count, one.minor))
                .collect(),
            purchases: z.purchases.into(),
            purchases_paid_minor: z.purchases_paid_minor,
            purchases_back: z.purchases_back.into(),
            paid_in: z.paid_in.into(),
            paid_out: z.paid_out.into(),
            drops: z.drops.into(),
            float_minor: z.float_minor,
            expected_minor: z.expected_minor,
            counted_minor: of_z(z.counted_minor),
            difference_minor: of_z(z.difference_minor),
            difference_reason: z.difference_reason,
            counts: z.counts,
            pieces: (z.pieces.iter())
                .map(|pieces| ReportPieces {
                    value_minor: pieces.value_minor,
                    count: pieces.count,
                })
                .collect(),
            grand_total_before_minor: of_z(z.grand_total_before_minor),
            grand_total_minor: of_z(z.grand_total_minor),
            kind,
        }
    }
}

fn part(name: String, count: i64, minor: i64) -> ReportPart {
    ReportPart { name, count, minor }
}

/// Get the report of a shift: X while it is open, Z after
#[utoipa::path(get, path = "/v1/shifts/{id}/report", operation_id = "get_shift_report", tag = "shifts", params(("id" = Uuid, Path)), responses(
    (status = 200, body = ShiftReport),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`shift.unknown`, `shift.no_report`: it was closed before there were Z reports"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`node.unenrolled`"),
))]
async fn show(
    allowed: Allowed<may::CountSee>,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<ShiftReport>> {
    let report = super::get(&allowed.shop, Id::from_uuid(id)).await?;
    Ok(Json(report.into()))
}

/// A Z report in the list of the shop.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ZReport {
    shift_id: Uuid,
    number: i64,
    register: Named,
    #[schema(value_type = String, format = Date)]
    business_date: Date,
    #[schema(value_type = String, format = DateTime)]
    closed_at: Timestamp,
    closed_by: String,
    sales: i64,
    total_minor: i64,
    difference_minor: i64,
}

impl From<Summary> for ZReport {
    fn from(summary: Summary) -> Self {
        let z = summary.content;
        Self {
            shift_id: z.shift,
            number: z.number,
            register: Named {
                id: summary.register.as_uuid(),
                name: z.register_name,
            },
            business_date: summary.business_date,
            closed_at: z.closed_at,
            closed_by: z.closed_by_name,
            sales: z.sales,
            total_minor: z.total_minor,
            difference_minor: z.difference_minor,
        }
    }
}

/// Z reports of the shop.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ZReportList {
    /// The newest first, at most 100.
    items: Vec<ZReport>,
}

/// List the Z reports of the shop
#[utoipa::path(get, path = "/v1/z-reports", operation_id = "list_z_reports", tag = "shifts", responses(
    (status = 200, body = ZReportList),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
))]
async fn list(allowed: Allowed<may::CountSee>) -> Result<Json<ZReportList>> {
    let items = super::list(&allowed.shop).await?;
    Ok(Json(ZReportList {
        items: items.into_iter().map(ZReport::from).collect(),
    }))
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        let title = error.to_string();
        match error {
            ReportError::UnknownShift => Self::not_found("shift.unknown", title),
            ReportError::None => Self::not_found("shift.no_report", title),
            ReportError::Unenrolled(error) => error.into(),
            ReportError::Db(error) => error.into(),
        }
    }
}
