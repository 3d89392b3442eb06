//! What is told of an order that cannot be placed.
use axum::http::StatusCode;
use httpkit::problem::Problem;
use retail::amount::Amount;
use retail::order::{PlaceError, Shortage};
use retail::promotion::voucher::VoucherRefusal;
use retail::sale::PriceBasketError;
use serde_json::{Value, json};

use crate::promotion::quote::CartQuote;

const fn code(refusal: &PlaceError) -> &'static str {
    match refusal {
        PlaceError::NoLines => "order.no_lines",
        PlaceError::TooManyLines { .. } => "order.too_many_lines",
        PlaceError::UnknownVariant { .. } => "order.variant_unknown",
        PlaceError::NotForSale { .. } => "order.not_for_sale",
        PlaceError::OutOfStock { .. } => "order.out_of_stock",
        PlaceError::PriceChanged { .. } => "order.price_changed",
        PlaceError::Voucher { refusal, .. } => refusal.code(),
        PlaceError::Price(refusal) => match refusal {
            PriceBasketError::TooManyLines { .. } => "order.too_many_lines",
            PriceBasketError::QuantityOutOfRange { .. }
            | PriceBasketError::DiscountOutOfRange { .. } => "order.quantity",
            PriceBasketError::SumTooLarge { .. } => "order.sum_too_large",
        },
    }
}

/// What the client is told.
pub(crate) fn refused(refusal: &PlaceError) -> Problem {
    let problem = |status| Problem::new(status, code(refusal), refusal.to_string());
    let invalid = |line: usize| {
        problem(StatusCode::UNPROCESSABLE_ENTITY)
            .field(format!("lines[{line}]"), code(refusal), refusal.to_string())
            .figure("line", line)
    };
    match refusal {
        PlaceError::NoLines => problem(StatusCode::UNPROCESSABLE_ENTITY),
        PlaceError::TooManyLines { max }
        | PlaceError::Price(PriceBasketError::TooManyLines { max }) => {
            problem(StatusCode::UNPROCESSABLE_ENTITY).figure("max", *max)
        }
        PlaceError::UnknownVariant { line }
        | PlaceError::NotForSale { line }
        | PlaceError::Price(
            PriceBasketError::SumTooLarge { line }
            | PriceBasketError::DiscountOutOfRange { line, .. },
        ) => invalid(*line),
        PlaceError::Price(PriceBasketError::QuantityOutOfRange { line, max }) => {
            invalid(*line).figure("max", max.base_units())
        }
        PlaceError::OutOfStock { short } => out_of_stock(short, problem(StatusCode::CONFLICT)),
        PlaceError::PriceChanged { expected, total } => problem(StatusCode::CONFLICT)
            .figure("expected_minor", expected.minor())
            .figure("total_minor", total.minor()),
        PlaceError::Voucher { place, refusal } => {
            let status = match refusal {
                VoucherRefusal::Unknown => StatusCode::UNPROCESSABLE_ENTITY,
                VoucherRefusal::Ended
                | VoucherRefusal::NotBegun
                | VoucherRefusal::Used
                | VoucherRefusal::ForMembers
                | VoucherRefusal::NotYours
                | VoucherRefusal::Closed => StatusCode::CONFLICT,
            };
            let title = refusal.to_string();
            Problem::new(status, refusal.code(), title.clone()).field(
                format!("vouchers[{place}]"),
                refusal.code(),
                title,
            )
        }
    }
}

/// Shortages as figures.
pub(super) fn shortages(short: &[Shortage]) -> Vec<Value> {
    let figures = |one: &Shortage| {
        json!({
            "variant": one.variant.as_uuid(),
            "wanted": one.wanted.base_units(),
            "available": one.available.base_units(),
        })
    };
    short.iter().map(figures).collect()
}

fn out_of_stock(short: &[Shortage], problem: Problem) -> Problem {
    let problem = problem.figure("shortages", shortages(short));
    match short.first() {
        Some(first) => problem
            .figure("variant", first.variant.as_uuid().to_string())
            .figure("wanted", first.wanted.base_units())
            .figure("available", first.available.base_units()),
        None => problem,
    }
}

/// What the customer was told is not so any more, and what is.
pub(super) fn price_changed(expected: Amount, quote: &CartQuote) -> Problem {
    let title = "The price has changed: show the customer the new one";
    Problem::conflict("order.price_changed", title)
        .figure("expected_minor", expected.minor())
        .figure("total_minor", quote.to_pay_minor())
        .figure("quote", json!(quote))
}
