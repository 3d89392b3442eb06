//! A Z report as the office shows it, read from the bytes that its till made.
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use wire::body::{ZFigure, ZReportMade};

/// How often, and how much.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ZReportFigure)]
pub(super) struct Figure {
    count: i64,
    minor: i64,
}

impl From<ZFigure> for Figure {
    fn from(figure: ZFigure) -> Self {
        Self {
            count: figure.count,
            minor: figure.minor,
        }
    }
}

/// What one tax rate comes to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ZReportTax)]
pub(super) struct TaxLine {
    rate_bps: i64,
    gross_minor: i64,
    tax_minor: i64,
}

/// What was paid in one way, or sold of one department.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ZReportPart)]
pub(super) struct Part {
    /// The kind of payment, or the department's name; empty for what stands on no shelf.
    name: String,
    count: i64,
    minor: i64,
}

/// So many notes or coins of one kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ZReportPieces)]
pub(super) struct Pieces {
    value_minor: i64,
    count: i64,
}

/// A Z report.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ZReport)]
pub(super) struct Report {
    location_id: Uuid,
    location_name: String,
    business_date: Date,
    shift_id: Uuid,
    /// Dense within register and epoch.
    number: i64,
    register_name: String,
    currency: String,
    opened_at: Timestamp,
    opened_by: String,
    /// When the shift ended.
    at: Timestamp,
    closed_by: String,
    #[schema(required)]
    approved_by: Option<String>,
    sales: i64,
    #[schema(required)]
    first_receipt: Option<String>,
    #[schema(required)]
    last_receipt: Option<String>,
    gross_minor: i64,
    discounts: Figure,
    other_prices: Figure,
    returns: Figure,
    total_minor: i64,
    taxes: Vec<TaxLine>,
    tenders: Vec<Part>,
    departments: Vec<Part>,
    purchases: Figure,
    purchases_paid_minor: i64,
    /// Purchases that were voided or replaced, and the cash that came back for them.
    purchases_back: Figure,
    paid_in: Figure,
    paid_out: Figure,
    drops: Figure,
    float_minor: i64,
    expected_minor: i64,
    counted_minor: i64,
    /// Counted less expected.
    difference_minor: i64,
    #[schema(required)]
    difference_reason: Option<String>,
    /// How often the drawer was counted.
    counts: i64,
    pieces: Vec<Pieces>,
    /// What all Z reports of the register came to before this one.
    grand_total_before_minor: i64,
    grand_total_minor: i64,
}

impl Report {
    /// What a till has made, with where and of which day.
    pub(super) fn of(location: Uuid, name: String, date: Date, z: ZReportMade) -> Self {
        let taxes = z.taxes.iter().map(|tax| TaxLine {
            rate_bps: tax.rate_bps,
            gross_minor: tax.gross_minor,
            tax_minor: tax.tax_minor,
        });
        let pieces = z.pieces.iter().map(|pieces| Pieces {
            value_minor: pieces.value_minor,
            count: pieces.count,
        });
        let tenders = z.tenders.into_iter();
        let departments = z.categories.into_iter();
        Self {
            location_id: location,
            location_name: name,
            business_date: date,
            shift_id: z.shift,
            number: z.number,
            register_name: z.register_name,
            currency: z.currency,
            opened_at: z.opened_at,
            opened_by: z.opened_by_name,
            at: z.closed_at,
            closed_by: z.closed_by_name,
            approved_by: z.approved_by_name,
            sales: z.sales,
            first_receipt: z.first_receipt,
            last_receipt: z.last_receipt,
            gross_minor: z.gross_minor,
            discounts: z.discounts.into(),
            other_prices: z.other_prices.into(),
            returns: z.returns.into(),
            total_minor: z.total_minor,
            taxes: taxes.collect(),
            tenders: tenders
                .map(|one| part(one.kind, one.count, one.minor))
                .collect(),
            departments: departments
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
            counted_minor: z.counted_minor,
            difference_minor: z.difference_minor,
            difference_reason: z.difference_reason,
            counts: z.counts,
            pieces: pieces.collect(),
            grand_total_before_minor: z.grand_total_before_minor,
            grand_total_minor: z.grand_total_minor,
        }
    }
}

fn part(name: String, count: i64, minor: i64) -> Part {
    Part { name, count, minor }
}
