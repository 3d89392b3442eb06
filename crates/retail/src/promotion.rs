//! Promotions: rules on prices as data, and the one engine that prices a basket with them (ADR 24).
//!
//! [`price`] is a function of the basket, the rules and the context, and of nothing else: not of the order of scanning, the
//! order of the rules, or the machine. What it gives is explained line by line in a [`trace::Trace`].
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{amount::Amount, id::Id};

mod basket;
mod bundle;
mod check;
pub mod claim;
pub mod condition;
pub mod conflict;
pub mod effect;
mod engine;
pub mod goods;
mod level;
mod lot;
mod reason;
mod rules;
pub mod selector;
mod share;
mod simple;
mod step;
#[cfg(test)]
mod tests;
pub mod trace;
pub mod voucher;

pub use check::PromotionError;
pub use engine::{Priced, price};
pub use rules::Rules;
pub(crate) use share::{portion, within};

/// Names a [`Promotion`]; its versions share the id.
pub type PromotionId = Id<Promotion>;

/// The newest form of the JSON that this code reads and writes.
pub const FORMAT: u16 = 1;

/// A rule on prices, checked. It never changes: what is changed has a higher version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion(Draft);

/// What a person composes; [`Promotion::new`] checks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The form of this document.
    pub format: Format,
    /// The promotion.
    pub id: PromotionId,
    /// Counts its changes, from 1.
    pub version: i64,
    /// What the office calls it.
    pub name: String,
    /// What receipts and labels call it, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// What must hold; all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<condition::Condition>,
    /// What it gives. Of one kind of effect the first is taken first; ADR 24 has the order of the kinds.
    pub effects: Vec<effect::Effect>,
    /// How it goes together with others.
    #[serde(default)]
    pub combination: Combination,
    /// How often and how much.
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: Limits,
}

/// How a promotion goes together with others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Combination {
    /// With which.
    #[serde(default)]
    pub mode: Mode,
    /// Higher is taken first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: i32,
    /// Only units that nothing else has reduced before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_unreduced: bool,
    /// May it sell below cost? Whoever saves it needs the permission.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub below_cost: bool,
    /// The most that it gives in one basket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Amount>,
}

/// Which promotions may apply beside this one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Mode {
    /// Any that is not exclusive; each takes from what the one before left.
    #[default]
    Compounding,
    /// Of the promotions of a group, one for each unit: the one that is best for the customer.
    BestOf(String),
    /// None.
    Exclusive,
}

/// How often and how much, all told. The engine is told what is left of each (ADR 24).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Sales that may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u64>,
    /// Sales of one business date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses_per_day: Option<u64>,
    /// Sales to one customer, who must be known then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses_per_customer: Option<u64>,
    /// Units that may be reduced: the quota of a flash sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u64>,
    /// Money that may be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Amount>,
    /// What happens to the sale that would exceed the budget.
    #[serde(default, skip_serializing_if = "is_default")]
    pub short: Short,
}

/// What is given when less is left than would be given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Short {
    /// What is left.
    #[default]
    Rest,
    /// Nothing.
    Nothing,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The form of a document: what is newer than this code knows is refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Format;

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        FORMAT.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let format = u64::deserialize(deserializer)?;
        if format == u64::from(FORMAT) {
            return Ok(Self);
        }
        let error = PromotionError::UnknownFormat {
            format,
            known: FORMAT,
        };
        Err(serde::de::Error::custom(error))
    }
}

/// The form in which it is kept and sent: the same promotion always gives the same bytes.
impl Serialize for Promotion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Reads the form in which it is kept and sent, and checks it again. A form, condition or effect that is not known here is
/// refused: half a promotion is another promotion.
impl<'de> Deserialize<'de> for Promotion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Draft::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Promotion {
    /// Checks a draft and puts its lists in order.
    ///
    /// # Errors
    /// [`PromotionError`] names the field and what is wrong with it.
    pub fn new(draft: Draft) -> Result<Self, PromotionError> {
        check::checked(draft).map(Self)
    }

    /// What it says.
    #[must_use]
    pub const fn draft(&self) -> &Draft {
        &self.0
    }

    /// Names it, in all its versions.
    #[must_use]
    pub const fn id(&self) -> PromotionId {
        self.0.id
    }

    /// Which version of it this is.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.0.version
    }

    /// Whether saving it needs the permission to sell below cost: it says so, or it gives something away.
    #[must_use]
    pub fn sells_below_cost(&self) -> bool {
        let mut effects = self.0.effects.iter();
        self.0.combination.below_cost || effects.any(|effect| effect.gift().is_some())
    }
}
