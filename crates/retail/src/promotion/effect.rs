//! What a promotion gives.
use serde::{Deserialize, Serialize};

use super::{
    condition::{Base, Measure},
    selector::Selector,
};
use crate::{amount::Amount, catalog::VariantId};

/// One thing that a promotion gives. A promotion may give several, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// A percent off each unit.
    Percent {
        /// How much.
        off: BasisPoints,
        /// Of which price.
        #[serde(default)]
        of: Base,
        /// Of which units.
        #[serde(default)]
        target: Target,
    },
    /// An amount off each unit, or off so many base units: 2.00 off a kilogram.
    Amount {
        /// How much.
        off: Amount,
        /// For so many base units. 1: for each unit, and what is weighed or measured is one.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        per: i64,
        /// Of which units.
        #[serde(default)]
        target: Target,
    },
    /// Each unit, or so many base units, for this price. It never raises a price.
    Price {
        /// The price.
        price: Amount,
        /// For so many base units. 1: for a piece; what is weighed or measured keeps its price then.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        per: i64,
        /// Of which units.
        #[serde(default)]
        target: Target,
    },
    /// The more is bought, the more is given, on all of it.
    Tiers {
        /// What decides the tier.
        #[serde(default)]
        by: TierMeasure,
        /// From the lowest threshold up; the highest that is reached counts.
        steps: Vec<Tier>,
        /// Of which units.
        #[serde(default)]
        target: Target,
    },
    /// Units that are bought together.
    Bundle {
        /// What belongs together.
        parts: Vec<Part>,
        /// What is reduced.
        reward: Reward,
        /// At most so many times in one basket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        times: Option<u32>,
    },
    /// One discount on everything together: on the basket, or on all goods of a kind.
    Spread {
        /// How much.
        off: Off,
        /// Over which units.
        #[serde(default)]
        target: Target,
    },
    /// A product for nothing, as a line that leaves when its cause leaves.
    Gift {
        /// What.
        variant: VariantId,
        /// How many base units.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        quantity: i64,
    },
    /// Something off the charge for shipping.
    Shipping {
        /// How much; a price is what each way of shipping costs then.
        off: Off,
        /// Off these ways of shipping; none given: off all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        methods: Vec<String>,
        /// Once over all charges together, by their size, instead of each.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_shared: bool,
    },
    /// Points beside the ordinary ones.
    Points {
        /// How many.
        earn: Points,
        /// For which goods, where it depends on them.
        #[serde(default)]
        of: Selector,
    },
}

const fn one() -> i64 {
    1
}
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_one(number: &i64) -> bool {
    *number == 1
}

/// A percent in hundredths: 1,250 is 12.5 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BasisPoints(pub u16);

/// All of it.
pub const WHOLE: u16 = 10_000;

/// How much is taken off a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Off {
    /// So many hundredths of a percent.
    Percent(BasisPoints),
    /// So much.
    Amount(Amount),
    /// So much that this price remains.
    Price(Amount),
}

/// Which units an effect is about, and how many of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The goods.
    #[serde(default)]
    pub of: Selector,
    /// At most so many units of the basket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
    /// At most so many units of each line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_per_line: Option<u32>,
    /// Which units first, where there is a most.
    #[serde(default)]
    pub pick: Pick,
}

/// Which units are taken first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// Those with which the customer pays least.
    #[default]
    Best,
    /// The cheapest.
    Cheapest,
    /// The dearest.
    Dearest,
}

/// What decides which tier is reached, over all units of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierMeasure {
    /// How many there are.
    Quantity(Measure),
    /// What they come to.
    Amount(Base),
}

impl Default for TierMeasure {
    fn default() -> Self {
        Self::Quantity(Measure::Pieces)
    }
}

/// One tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// From so many, or from so many minor units.
    pub from: i64,
    /// Off each unit.
    pub off: Off,
}

/// Units of one kind that a bundle needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The goods.
    #[serde(default)]
    pub of: Selector,
    /// How many units each time.
    pub count: u32,
    /// Which units.
    #[serde(default)]
    pub pick: Pick,
    /// Are the units of each time of different variants?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_distinct: bool,
}

/// What a bundle reduces, each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reward {
    /// Which of its units.
    pub on: Rewarded,
    /// By how much, all of them together.
    pub off: Off,
}

/// Which units of a bundle are reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rewarded {
    /// All.
    All,
    /// Those of this part, counted from 0.
    Part(u16),
    /// The so many cheapest.
    Cheapest(u32),
}

/// How many points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Points {
    /// So many.
    Fixed(i64),
    /// So many for each unit.
    PerUnit(i64),
    /// So many for each whole amount that is paid for the goods.
    PerAmount {
        /// So many.
        points: i64,
        /// For each of these.
        each: Amount,
    },
}
