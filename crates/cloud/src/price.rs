//! Price lists and prices. A list counts for a time and has a priority; at one instant and for one variant the list with
//! the highest priority counts that has a price for it. A new price is a new version from an instant on: the one in force
//! is ended there, and the new one holds until the next that was entered for later.
use std::collections::BTreeMap;

use httpkit::problem::Problem;
use jiff::Timestamp;
use retail::currency::Currency;
use retail::price::Price;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Entry;
use crate::catalog;
use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::{Error, Result};

pub(crate) mod db;
pub(crate) mod http;

/// The list that every company has.
const STANDARD: &str = "standard";
/// The most prices in one request.
const MOST_PRICES: usize = 1_000;
/// The highest priority.
const HIGHEST: i32 = 1_000;

/// A price list, as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct PriceListContent {
    /// Stable short name: small letters, digits, `-`.
    #[schema(example = "tet-2027")]
    pub(crate) code: String,
    /// What people call it.
    pub(crate) name: String,
    /// Whether its prices have their tax in them. Never changes.
    pub(crate) tax_included: bool,
    /// ISO 4217; null: the company's. Tills take prices of the company's currency only.
    #[serde(default)]
    pub(crate) currency: Option<String>,
    /// The highest counts, 0 to 1,000. Lists of one priority never overlap in time.
    pub(crate) priority: i32,
    /// From when on it counts; null: always did.
    #[serde(default)]
    pub(crate) valid_from: Option<Timestamp>,
    /// Until when; null: until further notice.
    #[serde(default)]
    pub(crate) valid_until: Option<Timestamp>,
}

/// Enters a price list, or changes it.
pub(crate) async fn put_list(
    cloud: &Cloud,
    actor: Actor,
    id: Uuid,
    seen: Option<i64>,
    given: &PriceListContent,
) -> Result<i64> {
    cloud
        .tx("put_price_list", actor, async |tx| {
            change_list(cloud, tx, id, seen, given).await
        })
        .await
        .map_err(refused)
}

/// The same in a transaction that is under way.
pub(crate) async fn change_list(
    cloud: &Cloud,
    tx: &Tx,
    id: Uuid,
    seen: Option<i64>,
    given: &PriceListContent,
) -> Result<i64> {
    let wanted = PriceListContent {
        code: given.code.trim().to_owned(),
        name: catalog::name(&given.name, "name")?,
        ..given.clone()
    };
    check_list(&wanted)?;
    let before = db::list_of(tx, id).await?;
    let Some(version) =
        catalog::next_version(tx, id, before.as_ref(), seen, &wanted, unknown()).await?
    else {
        return Ok(before.map_or(1, |before| before.0));
    };
    if let Some((_, before)) = &before {
        check_frozen(before, &wanted)?;
    }
    if let Some(other) = db::overlapping(tx, id, &wanted).await? {
        let title = "Another list of this priority counts at the same time";
        return Err(Problem::conflict("price_list.overlap", title)
            .field("priority", "price_list.overlap", title)
            .figure("code", other)
            .into());
    }
    db::put_list(tx, id, version, &wanted).await?;
    let before = before.map(|(version, content)| catalog::said(version, &content));
    Entry::new("price_list.changed", id)
        .change(before, Some(catalog::said(version, &wanted)))
        .note(cloud, tx)
        .await?;
    Ok(version)
}

fn check_list(wanted: &PriceListContent) -> std::result::Result<(), Problem> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if wanted.code.is_empty() || wanted.code.len() > 40 || !wanted.code.bytes().all(is_plain) {
        let message = "A code has 1 to 40 small letters, digits and -";
        return Err(Problem::invalid("price_list.code", "code", message));
    }
    let currency = wanted.currency.as_deref();
    if currency.is_some_and(|code| Currency::by_code(code).is_none()) {
        let message = "There is no such currency";
        return Err(Problem::invalid("price_list.currency", "currency", message));
    }
    if !(0..=HIGHEST).contains(&wanted.priority) {
        let message = "A priority is 0 to 1,000";
        return Err(Problem::invalid("price_list.priority", "priority", message));
    }
    let from = wanted.valid_from.unwrap_or(Timestamp::MIN);
    if wanted.valid_until.is_some_and(|until| until <= from) {
        let message = "A list ends after it starts";
        return Err(Problem::invalid(
            "price_list.ends_first",
            "valid_until",
            message,
        ));
    }
    Ok(())
}

fn check_frozen(
    before: &PriceListContent,
    wanted: &PriceListContent,
) -> std::result::Result<(), Problem> {
    if before.tax_included != wanted.tax_included || before.currency != wanted.currency {
        let message = "Prices were entered with this: make another list";
        return Err(Problem::invalid(
            "price_list.frozen",
            "tax_included",
            message,
        ));
    }
    let is_cut =
        wanted.code != before.code || wanted.valid_from.is_some() || wanted.valid_until.is_some();
    if before.code == STANDARD && is_cut {
        let message = "The standard list always counts, and keeps its code";
        return Err(Problem::invalid("price_list.standard", "code", message));
    }
    Ok(())
}

fn refused(error: Error) -> Error {
    if error.constraint() == Some("price_list_overlap") {
        let title = "Another list of this priority counts at the same time";
        return Problem::conflict("price_list.overlap", title).into();
    }
    error.if_duplicate("price_list.code_taken", "Another list has this code")
}

pub(crate) fn unknown() -> Problem {
    Problem::not_found("price_list.unknown", "There is no such price list")
}

/// A price, as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPrice {
    pub(crate) variant_id: Uuid,
    /// Major units of money for `per_quantity`; null: the list has none for it.
    #[schema(value_type = Option<String>, example = "129000")]
    pub(crate) amount: Option<Decimal>,
    /// Base units that it is for: 1,000 of a variant in grams is a price per kilogram.
    pub(crate) per_quantity: i64,
}

/// Sets prices of a list from an instant on, or from now. What is so already stays; how many have changed.
pub(crate) async fn put(
    cloud: &Cloud,
    actor: Actor,
    list: Uuid,
    from: Option<Timestamp>,
    prices: &[NewPrice],
) -> Result<usize> {
    check(prices)?;
    cloud
        .tx("put_prices", actor, async |tx| {
            let (_, of) = db::list_of(tx, list).await?.ok_or_else(unknown)?;
            if from.is_some_and(|from| from < tx.now()) {
                let message = "A price does not change what was: it begins now or later";
                return Err(Problem::invalid("price.past", "valid_from", message).into());
            }
            let ids: Vec<Uuid> = prices.iter().map(|one| one.variant_id).collect();
            let known = db::lock_variants(tx, &ids).await?;
            if let Some(place) = ids.iter().position(|id| !known.contains_key(id)) {
                let title = "There is no such variant";
                let field = format!("prices[{place}].variant_id");
                return Err(Problem::not_found("variant.unknown", title)
                    .field(field, "variant.unknown", title)
                    .into());
            }
            let changed = db::put(tx, list, from.unwrap_or_else(|| tx.now()), prices).await?;
            note(cloud, tx, &of.code, from, &changed, &known).await?;
            Ok(changed.len())
        })
        .await
        .map_err(|error| {
            error.if_duplicate("price.raced", "Somebody else changes these prices now")
        })
}

pub(crate) fn check(prices: &[NewPrice]) -> std::result::Result<(), Problem> {
    if prices.len() > MOST_PRICES {
        let message = "At most 1,000 prices at once";
        return Err(Problem::invalid("price.many", "prices", message));
    }
    let mut seen = std::collections::BTreeSet::new();
    for (place, one) in prices.iter().enumerate() {
        let made = Price::new(one.amount.unwrap_or_default(), one.per_quantity);
        if let Err(error) = made {
            let field = format!("prices[{place}].amount");
            return Err(Problem::invalid("variant.price", field, error.to_string()));
        }
        if !seen.insert(one.variant_id) {
            let field = format!("prices[{place}].variant_id");
            return Err(Problem::invalid(
                "price.repeated",
                field,
                "A variant is there twice",
            ));
        }
    }
    Ok(())
}

/// One entry for each product: its history says what its variants cost.
pub(crate) async fn note(
    cloud: &Cloud,
    tx: &Tx,
    list: &str,
    from: Option<Timestamp>,
    changed: &[db::Changed],
    known: &BTreeMap<Uuid, db::Known>,
) -> Result<()> {
    let mut products = BTreeMap::<Uuid, (Map<String, Value>, Map<String, Value>)>::new();
    for one in changed {
        let Some(variant) = known.get(&one.variant) else {
            continue;
        };
        let (before, after) = products.entry(variant.product).or_default();
        let said = |amount: Option<Decimal>| {
            amount.map_or(Value::Null, |amount| amount.to_string().into())
        };
        before.insert(variant.sku.clone(), said(one.before));
        after.insert(variant.sku.clone(), said(one.after));
    }
    let entries: Vec<Entry> = products
        .into_iter()
        .map(|(product, (before, after))| {
            Entry::new("price.changed", product)
                .change(Some(before.into()), Some(after.into()))
                .with("price_list", list)
                .with("valid_from", from.map(|from| from.to_string()))
        })
        .collect();
    Entry::note_all(cloud, tx, &entries).await
}
