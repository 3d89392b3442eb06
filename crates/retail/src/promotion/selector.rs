//! Which goods a promotion is about.
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::goods::Goods;
use crate::{
    amount::Amount,
    catalog::{CategoryId, ProductId, VariantId},
};

/// A set of goods, said by what they are. Lists are kept sorted, so that the same set has one form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Selector {
    /// Everything.
    #[default]
    All,
    /// These products, in every variant.
    Products(Vec<ProductId>),
    /// These variants.
    Variants(Vec<VariantId>),
    /// Goods of these categories or of a category below them.
    Categories(Vec<CategoryId>),
    /// Goods of these brands.
    Brands(Vec<String>),
    /// Goods with one of these tags.
    Tags(Vec<String>),
    /// Goods whose list price for one unit or pack lies between, both ends included.
    ListPrice {
        /// The lowest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least: Option<Amount>,
        /// The highest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<Amount>,
    },
    /// What one of these says.
    Any(Vec<Self>),
    /// What all of these say.
    Every(Vec<Self>),
    /// All but these.
    Except(Box<Self>),
}

/// How deep selectors and conditions may be nested.
pub const MAX_DEPTH: usize = 5;
/// The most entries of one list.
pub const MAX_ENTRIES: usize = 20_000;

impl Selector {
    /// Whether it is about these goods, at a list price of `unit` for one unit or pack.
    #[must_use]
    pub fn matches(&self, goods: &Goods, unit: Decimal) -> bool {
        match self {
            Self::All => true,
            Self::Products(ids) => ids.binary_search(&goods.product).is_ok(),
            Self::Variants(ids) => ids.binary_search(&goods.variant).is_ok(),
            Self::Categories(ids) => goods
                .categories
                .iter()
                .any(|category| ids.binary_search(category).is_ok()),
            Self::Brands(names) => goods
                .brand
                .as_ref()
                .is_some_and(|brand| names.binary_search(brand).is_ok()),
            Self::Tags(names) => goods
                .tags
                .iter()
                .any(|tag| names.binary_search(tag).is_ok()),
            Self::ListPrice { at_least, at_most } => {
                at_least.is_none_or(|least| unit >= Decimal::from(least.minor()))
                    && at_most.is_none_or(|most| unit <= Decimal::from(most.minor()))
            }
            Self::Any(parts) => parts.iter().any(|part| part.matches(goods, unit)),
            Self::Every(parts) => parts.iter().all(|part| part.matches(goods, unit)),
            Self::Except(part) => !part.matches(goods, unit),
        }
    }

    /// Sorts and thins out the lists; says what is wrong.
    pub(super) fn check(&mut self, depth: usize) -> Result<(), &'static str> {
        if depth > MAX_DEPTH {
            return Err("it is nested too deeply");
        }
        match self {
            Self::All => Ok(()),
            Self::Products(ids) => check_list(ids),
            Self::Variants(ids) => check_list(ids),
            Self::Categories(ids) => check_list(ids),
            Self::Brands(names) | Self::Tags(names) => {
                if names.iter().any(|name| name.trim().is_empty()) {
                    return Err("a name is empty");
                }
                check_list(names)
            }
            Self::ListPrice { at_least, at_most } => check_range(*at_least, *at_most),
            Self::Any(parts) | Self::Every(parts) => {
                if parts.is_empty() {
                    return Err("the list is empty");
                }
                parts.iter_mut().try_for_each(|part| part.check(depth + 1))
            }
            Self::Except(part) => part.check(depth + 1),
        }
    }

    /// What one line must at least be, for an index; none: it may be anything.
    pub(super) fn keys(&self) -> Option<Vec<Key>> {
        match self {
            Self::All | Self::ListPrice { .. } | Self::Except(_) => None,
            Self::Products(ids) => Some(ids.iter().copied().map(Key::Product).collect()),
            Self::Variants(ids) => Some(ids.iter().copied().map(Key::Variant).collect()),
            Self::Categories(ids) => Some(ids.iter().copied().map(Key::Category).collect()),
            Self::Brands(names) => Some(names.iter().cloned().map(Key::Brand).collect()),
            Self::Tags(names) => Some(names.iter().cloned().map(Key::Tag).collect()),
            Self::Any(parts) => {
                let keys: Option<Vec<_>> = parts.iter().map(Self::keys).collect();
                keys.map(|keys| keys.concat())
            }
            Self::Every(parts) => parts
                .iter()
                .filter_map(Self::keys)
                .min_by_key(std::vec::Vec::len),
        }
    }
}

/// What an index of promotions is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Product(ProductId),
    Variant(VariantId),
    Category(CategoryId),
    Brand(String),
    Tag(String),
}

pub(super) fn check_list<T: Ord>(list: &mut Vec<T>) -> Result<(), &'static str> {
    if list.is_empty() {
        return Err("the list is empty");
    }
    if list.len() > MAX_ENTRIES {
        return Err("the list is too long");
    }
    list.sort_unstable();
    list.dedup();
    Ok(())
}

pub(super) fn check_range<T: Ord + Default>(
    least: Option<T>,
    most: Option<T>,
) -> Result<(), &'static str> {
    match (least, most) {
        (None, None) => Err("neither a lowest nor a highest value is given"),
        (Some(least), _) if least < T::default() => Err("it is below zero"),
        (_, Some(most)) if most < T::default() => Err("it is below zero"),
        (Some(least), Some(most)) if least > most => Err("the lowest is above the highest"),
        _ => Ok(()),
    }
}
