//! Products: what is described, with the variants that are sold, their barcodes and where they are bought, as one
//! document. Whoever changes it says which version they saw; the second of two people is told what the first has changed.
use std::collections::BTreeSet;

use httpkit::problem::Problem;
use jiff::Timestamp;
use retail::catalog::{Barcode, BarcodeError, matrix};
use retail::quantity::Unit;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Entry;
use crate::catalog;
use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::{Error, Result};

pub(crate) mod db;
pub(crate) mod http;
mod list;

/// The longest name of anything in the catalogue, in characters.
pub(crate) const LONGEST_NAME: usize = 200;
/// The longest description.
const LONGEST_DESCRIPTION: usize = 10_000;
/// The most tags of a product, barcodes or suppliers of a variant.
const MOST_OF_EACH: usize = 50;
/// The most base units that a scan or a pack stands for.
const MOST_UNITS: i64 = 100_000_000;

/// In what the variants of a product differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductOption {
    /// What it is called.
    #[schema(example = "Size")]
    pub(crate) name: String,
    /// What there is to choose from, in the order of the list.
    pub(crate) choices: Vec<String>,
}

/// What a scanner finds a variant by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductBarcode {
    /// As printed; 8, 12, 13 or 14 digits have a right check digit.
    pub(crate) code: String,
    /// Base units that one scan stands for.
    pub(crate) quantity: i64,
}

/// Where a variant is bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariantSupplier {
    pub(crate) supplier_id: Uuid,
    /// The supplier's own code for it.
    #[serde(default)]
    pub(crate) code: String,
    /// Base units in one pack.
    pub(crate) pack_size: i64,
}

/// A price in one list: in force, or to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct VariantPrice {
    pub(crate) price_list_id: Uuid,
    /// One among all prices of the variant.
    pub(crate) version: i64,
    /// Major units of money for `per_quantity`.
    #[schema(value_type = String, example = "129000")]
    pub(crate) amount: Decimal,
    /// Base units that it is for.
    pub(crate) per_quantity: i64,
    /// From when on; null: always was.
    pub(crate) valid_from: Option<Timestamp>,
    /// Until when; null: until further notice.
    pub(crate) valid_until: Option<Timestamp>,
}

/// What is sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ProductVariant {
    pub(crate) id: Uuid,
    /// Our own code; unique.
    pub(crate) sku: String,
    /// Product and variant in one name. Null in a change: made of the product's name and the choices.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// A choice of each option, in their order.
    #[serde(default)]
    pub(crate) options: Vec<String>,
    /// Base unit: `piece`, `gram`, `millilitre` or `millimetre`. Never changes.
    pub(crate) unit: String,
    /// The unit that people count and price it in: `kg`, `dozen`; null: the base unit.
    #[serde(default)]
    pub(crate) sold_by: Option<String>,
    /// The tax on it; null: none.
    #[serde(default)]
    pub(crate) tax_id: Option<Uuid>,
    /// The lowest price of one base unit to which promotions may go, in millionths of a minor unit of money; null: none.
    /// In a change null leaves it as it was, and 0 takes it away.
    #[serde(default)]
    pub(crate) minimum_millionths: Option<i64>,
    /// May be sold and bought. A variant is retired, never removed.
    pub(crate) active: bool,
    #[serde(default)]
    pub(crate) barcodes: Vec<ProductBarcode>,
    #[serde(default)]
    pub(crate) suppliers: Vec<VariantSupplier>,
    /// In force and to come, of every list. Changed by `put_prices`; what is said here in a change is not looked at.
    #[serde(default)]
    pub(crate) prices: Vec<VariantPrice>,
}

/// A product with its variants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Product {
    pub(crate) id: Uuid,
    /// Counts its changes.
    pub(crate) version: i64,
    #[serde(flatten)]
    pub(crate) content: ProductContent,
}

/// What a product is, as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ProductContent {
    /// What people call it.
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) category_id: Option<Uuid>,
    #[serde(default)]
    pub(crate) brand_id: Option<Uuid>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    /// Whether promotions may reduce it. Null in a change: as it was, and true for a new one.
    #[serde(default)]
    pub(crate) discountable: Option<bool>,
    /// In what the variants differ; none: there is one variant, or several by name.
    #[serde(default)]
    pub(crate) options: Vec<ProductOption>,
    /// All of them. One that is there and left out is retired.
    pub(crate) variants: Vec<ProductVariant>,
}

/// Enters a product, or changes it, if it still has the version that was seen. What is so already stays as it is.
pub(crate) async fn put(
    cloud: &Cloud,
    actor: Actor,
    id: Uuid,
    seen: Option<i64>,
    content: &ProductContent,
) -> Result<Product> {
    let content = checked(content)?;
    cloud
        .tx("put_product", actor, async |tx| {
            put_in(cloud, tx, id, seen, &content).await
        })
        .await
        .map_err(refused)
}

async fn put_in(
    cloud: &Cloud,
    tx: &Tx,
    id: Uuid,
    seen: Option<i64>,
    content: &ProductContent,
) -> Result<Product> {
    db::lock(tx, id).await?;
    let before = db::get(tx, id).await?;
    let mut wanted = content.clone();
    keep_unsaid(&mut wanted, before.as_ref());
    if let Some(before) = &before {
        keep_left_out(&mut wanted, before);
        if !differs(&before.content, &wanted) {
            return shown(tx, id).await;
        }
        if seen != Some(before.version) {
            return Err(catalog::edited_meanwhile(tx, id, seen, before.version)
                .await?
                .into());
        }
        check_units(&wanted, before)?;
    } else if seen.is_some() {
        return Err(unknown().into());
    }
    check_elsewhere(tx, id, &wanted).await?;
    let version = before.as_ref().map_or(0, |before| before.version) + 1;
    db::put(tx, id, version, &wanted).await?;
    let after = db::get(tx, id).await?.ok_or_else(unknown)?;
    let action = if before.is_some() {
        "product.changed"
    } else {
        "product.created"
    };
    let said = |product: &Product| serde_json::to_value(product).expect("a product is plain data");
    Entry::new(action, id)
        .change(before.as_ref().map(said), Some(said(&after)))
        .note(cloud, tx)
        .await?;
    shown(tx, id).await
}

/// A product with its prices.
pub(crate) async fn shown(tx: &Tx, id: Uuid) -> Result<Product> {
    let mut product = db::get(tx, id).await?.ok_or_else(unknown)?;
    db::add_prices(tx, &mut product).await?;
    Ok(product)
}

/// What is there and not spoken of is retired.
fn keep_left_out(wanted: &mut ProductContent, before: &Product) {
    let named: BTreeSet<Uuid> = wanted.variants.iter().map(|one| one.id).collect();
    let left_out = before.content.variants.iter();
    let left_out = left_out.filter(|one| !named.contains(&one.id)).cloned();
    wanted.variants.extend(left_out.map(|one| ProductVariant {
        active: false,
        ..one
    }));
}

/// What promotions ask of goods stays as it is where nothing is said of it.
fn keep_unsaid(wanted: &mut ProductContent, before: Option<&Product>) {
    let content = before.map(|before| &before.content);
    let known = content.and_then(|content| content.discountable);
    wanted.discountable = Some(wanted.discountable.or(known).unwrap_or(true));
    for variant in &mut wanted.variants {
        let mut known = content.iter().flat_map(|content| &content.variants);
        let known = known.find(|known| known.id == variant.id);
        let minimum = variant.minimum_millionths;
        let minimum = minimum.or(known.and_then(|known| known.minimum_millionths));
        variant.minimum_millionths = minimum.filter(|minimum| *minimum > 0);
    }
}

fn differs(before: &ProductContent, after: &ProductContent) -> bool {
    let by_id = |content: &ProductContent| {
        let mut content = content.clone();
        content.variants.sort_by_key(|one| one.id);
        content
    };
    by_id(before) != by_id(after)
}

fn check_units(wanted: &ProductContent, before: &Product) -> Result<()> {
    for (place, one) in wanted.variants.iter().enumerate() {
        let known = before
            .content
            .variants
            .iter()
            .find(|known| known.id == one.id);
        if let Some(known) = known.filter(|known| known.unit != one.unit) {
            let message =
                "What a variant is counted in never changes: retire it, and make another one";
            let problem = Problem::invalid(
                "variant.unit_frozen",
                format!("variants[{place}].unit"),
                message,
            );
            return Err(problem.figure("unit", known.unit.as_str()).into());
        }
    }
    Ok(())
}

/// What belongs to other products: their variants, SKUs and barcodes. Says whose it is.
async fn check_elsewhere(tx: &Tx, id: Uuid, wanted: &ProductContent) -> Result<()> {
    let taken = db::taken(tx, id, wanted).await?;
    let Some(one) = taken.first() else {
        return Ok(());
    };
    let place =
        |at: &dyn Fn(&ProductVariant) -> bool| wanted.variants.iter().position(at).unwrap_or(0);
    let (code, field, title) = match one.what.as_str() {
        "id" => (
            "variant.elsewhere",
            String::new(),
            "This variant belongs to another product",
        ),
        "sku" => {
            let place = place(&|variant| variant.sku == one.value);
            (
                "variant.sku_taken",
                format!("variants[{place}].sku"),
                "Another variant has this SKU",
            )
        }
        _ => {
            let place = place(&|variant| {
                variant
                    .barcodes
                    .iter()
                    .any(|barcode| equivalents(&barcode.code).contains(&one.value))
            });
            (
                "barcode.taken",
                format!("variants[{place}].barcodes"),
                "Another variant has this barcode",
            )
        }
    };
    Err(Problem::conflict(code, title)
        .field(field, code, title)
        .figure("value", one.value.as_str())
        .figure("sku", one.sku.as_str())
        .figure("name", one.name.as_str())
        .figure("product_id", one.product.to_string())
        .into())
}

/// The forms in which a barcode may be kept.
pub(crate) fn equivalents(code: &str) -> Vec<String> {
    Barcode::parse(code).map_or_else(|_| vec![code.to_owned()], |code| code.equivalents())
}

/// What the database alone can see, when two people are at it at once.
pub(crate) fn refused(error: Error) -> Error {
    let (code, title) = match error.constraint() {
        Some("variant_sku_key") => ("variant.sku_taken", "Another variant has this SKU"),
        Some("barcode_pkey") => ("barcode.taken", "Another variant has this barcode"),
        Some("variant_options") => (
            "variant.options_taken",
            "Two variants have the same choices",
        ),
        Some("variant_unit_frozen") => (
            "variant.unit_frozen",
            "What a variant is counted in never changes",
        ),
        Some("product_category_id_fkey") => {
            return Problem::not_found("category.unknown", "There is no such category").into();
        }
        Some("product_brand_id_fkey") => {
            return Problem::not_found("brand.unknown", "There is no such brand").into();
        }
        Some("variant_tax_id_fkey") => {
            return Problem::not_found("tax.unknown", "There is no such tax").into();
        }
        Some("variant_supplier_supplier_id_fkey") => {
            return Problem::not_found("supplier.unknown", "There is no such supplier").into();
        }
        Some("variant_choice") => {
            return Problem::invalid(
                "variant.choice",
                "variants",
                "A variant has one choice of each option",
            )
            .into();
        }
        Some("variant_sold_by_unit_fkey") => {
            return Problem::invalid(
                "variant.unit",
                "variants",
                "There is no such unit of that base unit",
            )
            .into();
        }
        _ => return error,
    };
    Problem::conflict(code, title).into()
}

/// The content as it will be kept, or what is wrong with it.
fn checked(given: &ProductContent) -> std::result::Result<ProductContent, Problem> {
    let mut content = given.clone();
    content.name = catalog::name(&given.name, "name")?;
    if given.description.chars().count() > LONGEST_DESCRIPTION {
        let message = "A description has at most 10,000 characters";
        return Err(Problem::invalid(
            "product.description",
            "description",
            message,
        ));
    }
    content.tags = given.tags.iter().map(|tag| tag.trim().to_owned()).collect();
    content.tags.sort();
    content.tags.dedup();
    if content.tags.len() > MOST_OF_EACH
        || content
            .tags
            .iter()
            .any(|tag| tag.is_empty() || tag.chars().count() > 60)
    {
        let message = "At most 50 tags of 1 to 60 characters";
        return Err(Problem::invalid("product.tags", "tags", message));
    }
    let options = choices(&given.options);
    matrix::check(&options).map_err(|error| wrong_options(&error))?;
    if given.variants.is_empty() || given.variants.len() > matrix::MOST_VARIANTS {
        let message = "A product has 1 to 1,000 variants";
        return Err(Problem::invalid("product.variants", "variants", message));
    }
    let mut seen = Seen::default();
    for (place, variant) in content.variants.iter_mut().enumerate() {
        check_variant(variant, place, &content.name, &options, &mut seen)?;
    }
    Ok(content)
}

pub(crate) fn choices(options: &[ProductOption]) -> Vec<matrix::Choices> {
    let one = |option: &ProductOption| matrix::Choices {
        name: option.name.clone(),
        choices: option.choices.clone(),
    };
    options.iter().map(one).collect()
}

pub(crate) fn wrong_options(error: &matrix::MatrixError) -> Problem {
    let field = match error {
        matrix::MatrixError::Choices { option } => format!("options[{option}].choices"),
        matrix::MatrixError::Name { option } => format!("options[{option}].name"),
        matrix::MatrixError::Options | matrix::MatrixError::Cells { .. } => "options".to_owned(),
    };
    Problem::invalid("product.options", field, error.to_string())
}

/// What is unique in one document.
#[derive(Default)]
struct Seen {
    ids: BTreeSet<Uuid>,
    skus: BTreeSet<String>,
    barcodes: BTreeSet<String>,
    cells: BTreeSet<Vec<String>>,
}

fn check_variant(
    variant: &mut ProductVariant,
    place: usize,
    product: &str,
    options: &[matrix::Choices],
    seen: &mut Seen,
) -> std::result::Result<(), Problem> {
    let field = |name: &str| format!("variants[{place}].{name}");
    variant.sku = variant.sku.trim().to_owned();
    if !catalog::is_sku(&variant.sku) {
        let message = "An SKU has 1 to 60 characters, no spaces";
        return Err(Problem::invalid("variant.sku", field("sku"), message));
    }
    if !seen.ids.insert(variant.id) || !seen.skus.insert(variant.sku.clone()) {
        let message = "An SKU is there twice";
        return Err(Problem::invalid("variant.repeated", field("sku"), message));
    }
    variant.name = Some(match &variant.name {
        Some(name) => catalog::name(name, &field("name"))?,
        None => catalog::variant_name(product, &variant.options),
    });
    let pairs = || variant.options.iter().zip(options);
    let fits = variant.options.len() == options.len()
        && pairs().all(|(choice, option)| option.choices.contains(choice));
    if variant.active && !fits {
        let message = "A variant has one choice of each option";
        return Err(Problem::invalid(
            "variant.choice",
            field("options"),
            message,
        ));
    }
    if !variant.options.is_empty() && !seen.cells.insert(variant.options.clone()) {
        let message = "Two variants have the same choices";
        return Err(Problem::invalid(
            "variant.options_taken",
            field("options"),
            message,
        ));
    }
    if Unit::by_code(&variant.unit).is_none() {
        let message = "`piece`, `gram`, `millilitre` or `millimetre`";
        return Err(Problem::invalid("variant.unit", field("unit"), message));
    }
    if variant.minimum_millionths.is_some_and(i64::is_negative) {
        let message = "A lowest price is never negative";
        let field = field("minimum_millionths");
        return Err(Problem::invalid("variant.minimum", field, message));
    }
    variant.prices.clear();
    check_barcodes(variant, place, seen)?;
    check_suppliers(variant, place)
}

fn is_units(units: i64) -> bool {
    (1..=MOST_UNITS).contains(&units)
}

fn check_barcodes(
    variant: &mut ProductVariant,
    place: usize,
    seen: &mut Seen,
) -> std::result::Result<(), Problem> {
    let field = |number: usize| format!("variants[{place}].barcodes[{number}].code");
    let is_few = variant.barcodes.len() <= MOST_OF_EACH;
    if !is_few || !variant.barcodes.iter().all(|one| is_units(one.quantity)) {
        let message = "At most 50 barcodes, each for 1 to 100,000,000 base units";
        return Err(Problem::invalid("variant.quantity", field(0), message));
    }
    for (number, barcode) in variant.barcodes.iter_mut().enumerate() {
        let parsed = Barcode::parse(&barcode.code)
            .map_err(|error| wrong_barcode(error, &barcode.code, &field(number)))?;
        parsed.as_str().clone_into(&mut barcode.code);
        let mut forms = parsed.equivalents().into_iter();
        if !forms.all(|code| seen.barcodes.insert(code)) {
            let message = "A barcode is there twice";
            return Err(Problem::invalid("barcode.repeated", field(number), message)
                .figure("value", barcode.code.as_str()));
        }
    }
    variant
        .barcodes
        .sort_by(|one, other| one.code.cmp(&other.code));
    Ok(())
}

fn check_suppliers(variant: &mut ProductVariant, place: usize) -> std::result::Result<(), Problem> {
    variant.suppliers.sort_by_key(|one| one.supplier_id);
    let given = variant.suppliers.len();
    variant.suppliers.dedup_by_key(|one| one.supplier_id);
    let is_good =
        |one: &VariantSupplier| is_units(one.pack_size) && one.code.chars().count() <= LONGEST_NAME;
    let fits = given <= MOST_OF_EACH && variant.suppliers.len() == given;
    if !fits || !variant.suppliers.iter().all(is_good) {
        let message = "At most 50 suppliers, each once, with packs of 1 to 100,000,000 base units";
        let field = format!("variants[{place}].suppliers");
        return Err(Problem::invalid("variant.suppliers", field, message));
    }
    Ok(())
}

fn wrong_barcode(error: BarcodeError, code: &str, field: &str) -> Problem {
    let problem = |name| {
        Problem::invalid(name, field, error.to_string())
            .figure("value", code)
            .figure("code", code)
    };
    match error {
        BarcodeError::Empty | BarcodeError::Unreadable => problem("barcode.unreadable"),
        BarcodeError::CheckDigit { expected } => {
            problem("barcode.check_digit").figure("expected", expected)
        }
    }
}

pub(crate) fn unknown() -> Problem {
    Problem::not_found("product.unknown", "There is no such product")
}
