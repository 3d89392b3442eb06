//! The catalogue of the grocery shops: readable names, in-house barcodes, and the price that hung on the shelf last.
use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use retail::{
    amount::Amount,
    catalog::{Barcode, CategoryId, VariantId},
    currency::Currency,
    price::Price,
    quantity::{Quantity, Unit},
};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;

use super::source::{PRODUCTS, TYPES, Visit};
use crate::{
    chain::{Category, Origin, Product, Variant},
    company::CURRENCY,
    id::named,
    table,
};

/// Decimals of a price on a shelf label.
const LABEL_SCALE: u32 = 2;

#[derive(Deserialize)]
struct TypeRow {
    #[serde(rename = "type")]
    number: u32,
    department: String,
    category: String,
    name: String,
}

#[derive(Deserialize)]
struct ProductRow {
    product_id: u64,
    #[serde(rename = "type")]
    kind: u32,
    #[serde(deserialize_with = "table::yes")]
    own_brand: bool,
    size: String,
}

/// What the extract says about a product.
pub(super) struct Description {
    pub(super) name: String,
    department: String,
    category: String,
}

/// The variant of a product of the source.
pub(super) fn variant_id(product: u64) -> VariantId {
    named("variant", &product.to_string())
}

/// The readable name of a product that may be missing from the extract.
pub(super) fn name_of(descriptions: &BTreeMap<u64, Description>, product: u64) -> String {
    descriptions.get(&product).map_or_else(
        || format!("Product {product} (not described in the extract)"),
        |described| described.name.clone(),
    )
}

/// Readable names. Products that the extract describes identically are told apart by a running number.
pub(super) fn descriptions() -> BTreeMap<u64, Description> {
    let types: HashMap<u32, TypeRow> = table::rows::<TypeRow>(TYPES)
        .into_iter()
        .map(|row| (row.number, row))
        .collect();
    let products = table::rows::<ProductRow>(PRODUCTS);
    let plain_name = |row: &ProductRow| {
        let brand = if row.own_brand { "Own Brand " } else { "" };
        let name = format!("{brand}{} {}", types[&row.kind].name, row.size);
        name.trim_end().to_owned()
    };
    let mut alike = HashMap::<String, u32>::new();
    for row in &products {
        *alike.entry(plain_name(row)).or_default() += 1;
    }
    let mut numbers = HashMap::<String, u32>::new();
    products
        .iter()
        .map(|row| {
            let mut name = plain_name(row);
            if alike[&name] > 1 {
                let number = numbers.entry(name.clone()).or_default();
                *number += 1;
                name = format!("{name}, no. {number}");
            }
            let kind = &types[&row.kind];
            let description = Description {
                name,
                department: kind.department.clone(),
                category: kind.category.clone(),
            };
            (row.product_id, description)
        })
        .collect()
}

/// The price of one unit with the fewest decimals that give back `value` for `quantity`.
pub(super) fn unit_price(value: Amount, quantity: i64) -> Price {
    let exact = Decimal::new(value.minor(), 2) / Decimal::from(quantity);
    (LABEL_SCALE..=retail::price::MAX_SCALE)
        .filter_map(|scale| rounded(exact, scale))
        .find(|price| price.extend(Quantity::new(quantity), currency()) == Some(value))
        .expect("eight decimals are enough for the quantities of a basket")
}

fn rounded(exact: Decimal, scale: u32) -> Option<Price> {
    let major = exact.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero);
    Price::new(major, 1).ok()
}

pub(super) fn currency() -> Currency {
    Currency::by_code(CURRENCY).expect("the dollar is a currency")
}

/// The list price of every product that is sold: the newest price on the shelf before `live_from`, over all shops, or the
/// oldest after it. A price that can stand on a label is preferred to a third of three for a dollar.
pub(super) fn list_prices(visits: &[Visit], live_from: Date) -> BTreeMap<u64, Price> {
    let mut best = BTreeMap::<u64, ((bool, bool, i64), Price)>::new();
    for visit in visits {
        let before = visit.business_date < live_from;
        let second = visit.at.as_second();
        for line in visit.lines.iter().filter(|line| line.is_sellable()) {
            let price = unit_price(Amount::from_minor(line.shelf_value()), line.quantity);
            let fits_a_label = price.major().scale() <= LABEL_SCALE && !price.major().is_zero();
            let rank = (fits_a_label, before, if before { second } else { -second });
            let known = best.entry(line.product_id).or_insert((rank, price));
            if rank > known.0 {
                *known = (rank, price);
            }
        }
    }
    best.into_iter()
        .map(|(product, (_, price))| {
            (
                product,
                rounded(price.major(), LABEL_SCALE).unwrap_or(price),
            )
        })
        .collect()
}

/// Shelves and products of everything that is sold.
pub(super) fn catalogue(
    descriptions: &BTreeMap<u64, Description>,
    prices: &BTreeMap<u64, Price>,
) -> (Vec<Category>, Vec<Product>) {
    let mut categories = BTreeMap::<(String, String), Category>::new();
    let mut products = Vec::new();
    for (&number, &price) in prices {
        let category = shelf(&mut categories, descriptions.get(&number));
        products.push(product(
            number,
            name_of(descriptions, number),
            category,
            price,
        ));
    }
    (categories.into_values().collect(), products)
}

/// The shelf of a product, made together with its department; a department sorts before its categories.
fn shelf(
    categories: &mut BTreeMap<(String, String), Category>,
    description: Option<&Description>,
) -> CategoryId {
    let (department, name) = description.map_or(("Not described", "Not described"), |described| {
        (described.department.as_str(), described.category.as_str())
    });
    let parent = categories
        .entry((department.to_owned(), String::new()))
        .or_insert_with(|| Category {
            id: named("category", department),
            parent: None,
            name: department.to_owned(),
        })
        .id;
    categories
        .entry((department.to_owned(), name.to_owned()))
        .or_insert_with(|| Category {
            id: named("category", &format!("{department}/{name}")),
            parent: Some(parent),
            name: name.to_owned(),
        })
        .id
}

fn product(number: u64, name: String, category: CategoryId, price: Price) -> Product {
    let variant = Variant {
        id: variant_id(number),
        sku: number.to_string(),
        name: name.clone(),
        unit: Unit::Piece,
        price,
        tax_bps: 0,
        choices: Vec::new(),
        barcode: Barcode::in_house(number).expect("a product number has at most ten digits"),
    };
    Product {
        id: named("product", &number.to_string()),
        category,
        name,
        matrix: None,
        variants: vec![variant],
        origin: Origin::Real,
    }
}
