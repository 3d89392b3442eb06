//! The catalogue: categories, variants with their barcodes and prices. Entered in bulk, a few statements per
//! thousand variants; the edges' copies are kept by triggers in the same transaction.
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;
use httpkit::problem::Problem;
use retail::quantity::Unit;

pub(crate) mod db;
pub(crate) mod history;
pub(crate) mod http;

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

/// Sizes and colours of a product that was entered, and who makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewMatrix {
    /// The product.
    pub product: Uuid,
    /// What people call it, without size and colour.
    pub name: String,
    /// Its brand; made when there is none of that name.
    pub brand: String,
    /// Name and choices of each option, in their order.
    pub options: Vec<(String, Vec<String>)>,
    /// All variants, with a choice of each option.
    pub variants: Vec<(Uuid, Vec<String>)>,
}

/// The longest name of anything in the catalogue, in characters.
const LONGEST_NAME: usize = 200;

/// A name without what stands around it, or what is wrong with it.
pub(crate) fn name(given: &str, field: &str) -> std::result::Result<String, Problem> {
    let name = given.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control)
    {
        let message = "A name has 1 to 200 characters";
        return Err(Problem::invalid("catalog.name", field, message));
    }
    Ok(name.to_owned())
}

/// Whether a text can be an SKU.
pub(crate) fn is_sku(text: &str) -> bool {
    let is_plain = |letter: char| !letter.is_whitespace() && !letter.is_control();
    (1..=retail::catalog::matrix::LONGEST_SKU).contains(&text.chars().count())
        && text.chars().all(is_plain)
}

/// Product and variant in one name.
pub(crate) fn variant_name(product: &str, choices: &[String]) -> String {
    let parts = std::iter::once(product).chain(choices.iter().map(String::as_str));
    parts.collect::<Vec<_>>().join(", ")
}

/// Somebody else has changed it since it was seen: says who, when, and what.
pub(crate) async fn edited_meanwhile(
    tx: &Tx,
    id: Uuid,
    seen: Option<i64>,
    version: i64,
) -> Result<Problem> {
    let edits = db::edits_since(tx, id, seen.unwrap_or(0)).await?;
    let mut fields: Vec<String> = edits.iter().flat_map(|edit| edit.fields.clone()).collect();
    fields.sort();
    fields.dedup();
    let title = "Somebody else has changed it meanwhile";
    let mut problem = Problem::conflict("catalog.edited_meanwhile", title)
        .figure("version", version)
        .figure("fields", fields.join(", "));
    if let Some(last) = edits.last() {
        problem = problem
            .figure("by", last.by.as_str())
            .figure("at", last.at.to_string());
    }
    Ok(problem)
}

/// The version that a change makes; none when it is so already.
///
/// Refused with `edited_meanwhile` when somebody else was faster, and with `unknown` when there is nothing to change.
pub(crate) async fn next_version<T: PartialEq + Sync>(
    tx: &Tx,
    id: Uuid,
    before: Option<&(i64, T)>,
    seen: Option<i64>,
    wanted: &T,
    unknown: Problem,
) -> Result<Option<i64>> {
    let Some((version, content)) = before else {
        return match seen {
            None => Ok(Some(1)),
            Some(_) => Err(unknown.into()),
        };
    };
    if content == wanted {
        return Ok(None);
    }
    if seen != Some(*version) {
        return Err(edited_meanwhile(tx, id, seen, *version).await?.into());
    }
    Ok(Some(version + 1))
}

/// What the audit says of something with a version.
pub(crate) fn said<T: serde::Serialize>(version: i64, content: &T) -> serde_json::Value {
    let mut value = serde_json::to_value(content).expect("plain data");
    value["version"] = version.into();
    value
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

/// Enters the options of products whose variants are there already, and their brands. May be repeated.
pub async fn put_matrices(cloud: &Cloud, matrices: &[NewMatrix]) -> Result<()> {
    let names: std::collections::BTreeSet<&str> =
        matrices.iter().map(|one| one.brand.as_str()).collect();
    let brands: Vec<(Uuid, &str)> = names.into_iter().map(|name| (cloud.id(), name)).collect();
    for chunk in matrices.chunks(CHUNK) {
        cloud
            .tx("put_matrices", Actor::Service("admin"), async |tx| {
                db::put_matrices(tx, &brands, chunk).await
            })
            .await?;
    }
    Ok(())
}
