//! What a refused basket or sale is called.
use axum::http::StatusCode;
use httpkit::problem::Problem;
use retail::sale::{CloseSaleError, PriceBasketError};

use crate::sale::{SaleError, shortage::http::Shortage};

impl From<SaleError> for Problem {
    fn from(error: SaleError) -> Self {
        let title = error.to_string();
        match error {
            SaleError::Basket(refusal) => of_basket(&refusal, title),
            SaleError::Close(refusal) => of_closing(&refusal, title),
            SaleError::UnknownVariant { line } => {
                on_line("sale.variant_unknown", line, "variant_id", title)
            }
            SaleError::NotForSale { line } => {
                on_line("sale.not_for_sale", line, "variant_id", title)
            }
            SaleError::Price { line, .. } => {
                on_line("sale.price_invalid", line, "unit_price", title)
            }
            SaleError::ReasonMissing { line } => {
                on_line("sale.reason_missing", line, "price_reason", title)
            }
            SaleError::ReferenceTooLong { tender } => Self::invalid(
                "sale.reference_too_long",
                format!("tenders[{tender}].reference"),
                title,
            )
            .figure("tender", tender),
            SaleError::TotalChanged { total } => {
                Self::invalid("sale.total_changed", "expected_total_minor", title)
                    .figure("total_minor", total.minor())
            }
            SaleError::Shortage { lacking } => {
                let shortages: Vec<Shortage> = lacking.iter().map(Shortage::from).collect();
                let shortages = serde_json::to_value(shortages).unwrap_or_default();
                Self::conflict("stock.shortage", title).figure("shortages", shortages)
            }
            SaleError::CountOutOfRange { line, max } => {
                Self::invalid("stock.count_out_of_range", "shortages", title)
                    .figure("line", line)
                    .figure("max", max.base_units())
            }
            refusal @ (SaleError::ApprovalMissing | SaleError::OverrideReasonMissing) => {
                unsigned(&refusal, title)
            }
            SaleError::Approval(error) => error.into(),
            SaleError::OverrideAllowance { allowance, used } => {
                Self::conflict("stock.override_allowance", title)
                    .figure("allowance", allowance)
                    .figure("used", used)
            }
            SaleError::BeyondLimit {
                line,
                permission,
                max_bps,
            } => Self::new(StatusCode::FORBIDDEN, "permission.limit", title)
                .figure("line", line)
                .figure("permission", permission.code())
                .figure("max_bps", max_bps),
            SaleError::IdReused => Self::conflict("sale.id_reused", title),
            SaleError::Unknown => Self::not_found("sale.unknown", title),
            refusal @ (SaleError::DiscountInvalid { .. }
            | SaleError::ApprovalMismatch { .. }
            | SaleError::NothingToApprove
            | SaleError::VoidReasonMissing
            | SaleError::AlreadySold) => before_payment(&refusal, title),
            SaleError::Rights(error) => crate::rights::http::of_rule(error),
            SaleError::Shift(error) => crate::shift::http::of_reference(error),
            SaleError::Denied(error) => error.into(),
            SaleError::Unenrolled(error) => error.into(),
            SaleError::Db(error) => error.into(),
        }
    }
}

/// An override without a supervisor's word, or without their reason.
fn unsigned(refusal: &SaleError, title: String) -> Problem {
    if matches!(refusal, SaleError::ApprovalMissing) {
        return Problem::invalid("stock.override_unsigned", "override", title);
    }
    Problem::invalid("stock.override_reason", "override.reason", title)
}

/// Refusals of what is said about a basket before it is paid.
fn before_payment(refusal: &SaleError, title: String) -> Problem {
    match *refusal {
        SaleError::DiscountInvalid { line } => {
            on_line("sale.discount_invalid", line, "discount_bps", title)
        }
        SaleError::ApprovalMismatch { line } => {
            on_line("sale.approval_mismatch", line, "approval_id", title)
        }
        SaleError::NothingToApprove => Problem::invalid("sale.approval_empty", "line", title),
        SaleError::VoidReasonMissing => Problem::invalid("sale.void_reason", "reason", title),
        _ => Problem::conflict("sale.already_sold", title),
    }
}

fn on_line(code: &'static str, line: usize, field: &str, title: String) -> Problem {
    Problem::invalid(code, format!("lines[{line}].{field}"), title).figure("line", line)
}

pub(crate) fn of_basket(refusal: &PriceBasketError, title: String) -> Problem {
    match *refusal {
        PriceBasketError::TooManyLines { max } => {
            Problem::invalid("sale.too_many_lines", "lines", title).figure("max", max)
        }
        PriceBasketError::QuantityOutOfRange { line, max } => {
            on_line("sale.quantity_out_of_range", line, "quantity", title)
                .figure("max", max.base_units())
        }
        PriceBasketError::DiscountOutOfRange { line, gross } => {
            on_line("sale.discount_out_of_range", line, "discount_minor", title)
                .figure("gross_minor", gross.minor())
        }
        PriceBasketError::SumTooLarge { line } => {
            on_line("sale.sum_too_large", line, "quantity", title)
        }
    }
}

fn of_closing(refusal: &CloseSaleError, title: String) -> Problem {
    match *refusal {
        CloseSaleError::NoLines => Problem::invalid("sale.no_lines", "lines", title),
        CloseSaleError::TooManyTenders { max } => {
            Problem::invalid("sale.too_many_tenders", "tenders", title).figure("max", max)
        }
        CloseSaleError::TenderOutOfRange { tender, max } => Problem::invalid(
            "sale.tender_out_of_range",
            format!("tenders[{tender}].amount_minor"),
            title,
        )
        .figure("tender", tender)
        .figure("max_minor", max.minor()),
        CloseSaleError::Underpaid { due } => {
            Problem::invalid("sale.underpaid", "tenders", title).figure("due_minor", due.minor())
        }
        CloseSaleError::ChangeExceedsCash { change, cash } => {
            Problem::invalid("sale.change_exceeds_cash", "tenders", title)
                .figure("change_minor", change.minor())
                .figure("cash_minor", cash.minor())
        }
    }
}
