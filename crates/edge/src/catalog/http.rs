//! `/v1/products` and `/v1/barcodes`.
use axum::Json;
use httpkit::{
    clock::Stopwatch,
    extract::{Params, PathParams},
    problem::{Problem, Result},
    routes,
};
use retail::{amount::Amount, catalog::BarcodeError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::ScanError;
use crate::{
    http::{
        Unit,
        access::{Door, SignedIn},
    },
    stock::http::Account,
};

/// Hits that a till shows.
const DEFAULT_HITS: usize = 24;
/// The most hits of one search.
const MOST_HITS: usize = 100;

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(find))
        .routes(routes!(scan))
}

/// What is sold.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Variant {
    id: Uuid,
    sku: String,
    name: String,
    category: String,
    unit: Unit,
    /// Decimal, major units per `price_quantity` base units. Empty: not for sale here.
    #[schema(example = "1.99")]
    unit_price: String,
    price_quantity: i64,
    tax_rate_bps: i64,
    #[serde(flatten)]
    account: Account,
    #[schema(required)]
    barcode: Option<String>,
}

impl From<super::Variant> for Variant {
    fn from(variant: super::Variant) -> Self {
        let price = variant.price;
        Self {
            id: variant.id.as_uuid(),
            sku: variant.sku,
            name: variant.name,
            category: variant.category.unwrap_or_default(),
            unit: variant.unit.into(),
            unit_price: price
                .map(|price| price.major().to_string())
                .unwrap_or_default(),
            price_quantity: price.map_or(1, retail::price::Price::per),
            tax_rate_bps: variant.tax.basis_points(),
            account: variant.account.into(),
            barcode: variant.barcode,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FindParams {
    /// What was typed so far; without it, what this shop sells and buys most.
    q: Option<String>,
    limit: Option<usize>,
}

/// Hits, best first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Products {
    items: Vec<Variant>,
    /// Microseconds that the search took.
    took_us: u64,
}

/// Search as you type
///
/// Accents and case do not matter. Own code or barcode first, then what is traded often, then by name.
#[utoipa::path(get, path = "/v1/products", operation_id = "find_products", tag = "catalog", params(FindParams), responses(
    (status = 200, body = Products),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
))]
async fn find(signed_in: SignedIn, Params(params): Params<FindParams>) -> Result<Json<Products>> {
    let watch = Stopwatch::start();
    let limit = params.limit.unwrap_or(DEFAULT_HITS).clamp(1, MOST_HITS);
    let found = super::find(
        &signed_in.shop,
        params.q.as_deref().unwrap_or_default(),
        limit,
    )
    .await?;
    Ok(Json(Products {
        items: found.into_iter().map(Variant::from).collect(),
        took_us: u64::try_from(watch.elapsed().as_micros()).unwrap_or(u64::MAX),
    }))
}

/// What a scan stands for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Scan {
    variant: Variant,
    /// Base units that one scan stands for.
    quantity: i64,
    /// What that many cost.
    #[schema(required)]
    price_minor: Option<i64>,
}

/// Find what was scanned
///
/// A GTIN is found in whichever of its forms (8, 12, 13, 14 digits) it is registered.
#[utoipa::path(get, path = "/v1/barcodes/{code}", operation_id = "scan_barcode", tag = "catalog", params(("code" = String, Path)), responses(
    (status = 200, body = Scan),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`barcode.unknown` {code}"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`barcode.check_digit` {code, expected}, `barcode.unreadable`"),
))]
async fn scan(signed_in: SignedIn, PathParams(code): PathParams<String>) -> Result<Json<Scan>> {
    let scan = super::scan(&signed_in.shop, code.clone())
        .await
        .map_err(|error| refused(error, &code))?;
    Ok(Json(Scan {
        variant: scan.variant.into(),
        quantity: scan.quantity.base_units(),
        price_minor: scan.price.map(Amount::minor),
    }))
}

fn refused(error: ScanError, code: &str) -> Problem {
    let title = error.to_string();
    match error {
        ScanError::Barcode(BarcodeError::CheckDigit { expected }) => {
            Problem::invalid("barcode.check_digit", "code", title)
                .figure("code", code)
                .figure("expected", expected)
        }
        ScanError::Barcode(BarcodeError::Empty | BarcodeError::Unreadable) => {
            Problem::invalid("barcode.unreadable", "code", title)
        }
        ScanError::Unknown { code } => {
            Problem::not_found("barcode.unknown", title).figure("code", code)
        }
        ScanError::Db(error) => error.into(),
    }
}
