//! The catalogue: categories, variants with their barcodes and prices. Entered in bulk, a few statements per
//! thousand variants; the edges' copies are kept by triggers in the same transaction.
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;
use httpkit::problem::Problem;
use retail::quantity::Unit;

mod db;

/// Variants in one transaction: readers of feeds wait for the longest one.
const CHUNK: usize = 2_000;

/// A category as it is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCategory {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// The one above, entered before.
    pub parent: Option<Uuid>,
}

/// A variant as it is entered, with its product.
#[derive(Debug, Clone)]
pub struct NewVariant {
    /// Its id.
    pub id: Uuid,
    /// The product it is a variant of; made when it is missing.
    pub product: Uuid,
    /// Our own code.
    pub sku: String,
    /// Product and variant in one name.
    pub name: String,
    /// The product's category.
    pub category: Option<Uuid>,
    /// Base unit; can never change.
    pub unit: Unit,
    /// Tax that the price includes, basis points.
    pub tax_rate_bps: i32,
    /// What scanners find it by, with the base units that one scan stands for.
    pub barcodes: Vec<(String, i64)>,
    /// Major units of money for `price_quantity`; none: not for sale.
    pub unit_price: Option<Decimal>,
    /// Base units that the price is for.
    pub price_quantity: i64,
    /// May be sold and bought.
    pub active: bool,
}

/// Enters categories or changes them, by id; parents first. May be repeated.
pub async fn put_categories(cloud: &Cloud, categories: &[NewCategory]) -> Result<()> {
    cloud
        .tx("put_categories", Actor::Service("admin"), async |tx| {
            db::put_categories(tx, categories).await
        })
        .await
}

/// Enters variants or changes them, by id. May be repeated: what is the same stays, another price is a new version.
pub async fn put_variants(cloud: &Cloud, variants: &[NewVariant]) -> Result<()> {
    if let Some(wrong) = variants.iter().find(|one| {
        one.unit_price
            .is_some_and(|price| retail::price::Price::new(price, one.price_quantity).is_err())
    }) {
        let message = format!("The price of {} cannot be one", wrong.sku);
        return Err(Problem::invalid("variant.price", "unit_price", message).into());
    }
    let rates: std::collections::BTreeSet<i32> =
        variants.iter().map(|one| one.tax_rate_bps).collect();
    let rates: Vec<(Uuid, i32)> = rates.into_iter().map(|rate| (cloud.id(), rate)).collect();
    let list = cloud.id();
    cloud
        .tx("put_price_list", Actor::Service("admin"), async |tx| {
            db::put_standard_list(tx, list).await?;
            db::put_taxes(tx, &rates).await
        })
        .await?;
    for chunk in variants.chunks(CHUNK) {
        cloud
            .tx("put_variants", Actor::Service("admin"), async |tx| {
                db::put_variants(tx, chunk).await
            })
            .await
            .map_err(|error| {
                error.if_duplicate("variant.sku_taken", "Another variant has one of these SKUs")
            })?;
    }
    Ok(())
}
