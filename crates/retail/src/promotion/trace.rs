//! Why a basket costs what it costs: kept with the sale, shown at the till, in the office and in the shop.
use serde::{Deserialize, Serialize};

use super::{PromotionId, claim::Claim, claim::Counter};
use crate::{amount::Amount, catalog::VariantId};

/// The newest form of a trace.
pub const FORMAT: u16 = 1;

/// The reasons of one pricing. Promotions are named by their place in `promotions`, lines by their place in the sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The form of this document.
    pub format: u16,
    /// Whether every choice was looked at.
    pub search: Search,
    /// The promotions that were applicable, with the version that counted; by id.
    pub promotions: Vec<Applied>,
    /// What each promotion did on each line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fired: Vec<Fired>,
    /// Lines added by a promotion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gifts: Vec<Gift>,
    /// What came off shipping.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shipping: Vec<Shipped>,
    /// Points earned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Earned>,
    /// What could have applied, and did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beaten: Vec<Beaten>,
    /// What nearly applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<Near>,
    /// What has run out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exhausted: Vec<Exhausted>,
    /// What was taken of counters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
}

/// Whether the result is the best that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// It is.
    Exact,
    /// There were too many choices to look at all of them.
    Bounded,
}

/// An applicable promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// Which.
    pub id: PromotionId,
    /// Its version.
    pub version: i64,
}

/// A promotion on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fired {
    /// Which promotion.
    pub promotion: u16,
    /// On which line.
    pub line: u16,
    /// How many units of the line it used, as bought or as reduced; what is weighed is one.
    pub units: i64,
    /// What it took off the line.
    pub gave: Amount,
}

/// A line that a promotion has added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gift {
    /// Which promotion.
    pub promotion: u16,
    /// Which line; none: there is none to give, and `missing` says how much is short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u16>,
    /// What.
    pub variant: VariantId,
    /// Base units that should be given and are not there.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub missing: i64,
    /// Base units that are given.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub given: i64,
    /// What those cost elsewhere.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub gave: Amount,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_nothing(amount: &Amount) -> bool {
    *amount == Amount::ZERO
}

/// A promotion on a charge for shipping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipped {
    /// Which promotion.
    pub promotion: u16,
    /// Which charge, by its place.
    pub charge: u16,
    /// What it took off.
    pub gave: Amount,
}

/// Points of a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earned {
    /// Which promotion.
    pub promotion: u16,
    /// How many.
    pub points: i64,
}

/// A promotion that would have reduced a line and did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beaten {
    /// Which promotion.
    pub promotion: u16,
    /// On which line.
    pub line: u16,
    /// By which.
    pub by: u16,
    /// What it would have taken off the line alone.
    pub would: Amount,
}

/// A promotion that lacks something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Near {
    /// Which promotion.
    pub promotion: u16,
    /// What it lacks.
    pub lacks: Lack,
}

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// So many units of a bundle's part, for one more time.
    Part {
        /// Which part, from 0.
        part: u16,
        /// How many.
        units: i64,
    },
    /// So many, as the condition counts.
    Quantity {
        /// Which condition, from 0.
        condition: u16,
        /// How many.
        units: i64,
    },
    /// So much money.
    Amount {
        /// Which condition, from 0.
        condition: u16,
        /// How much.
        amount: Amount,
    },
    /// So many until the next tier.
    Tier {
        /// What the tier counts: units or minor units.
        more: i64,
    },
}

/// A limit that a promotion has met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exhausted {
    /// Which promotion.
    pub promotion: u16,
    /// Which counter.
    pub counter: Counter,
}

impl Trace {
    /// What the promotions took off a line.
    #[must_use]
    pub fn on_line(&self, line: usize) -> Amount {
        let fired = self.fired.iter();
        fired
            .filter(|fired| usize::from(fired.line) == line)
            .map(|fired| fired.gave)
            .sum()
    }

    /// Whether the promotion at this place of `promotions` did anything.
    #[must_use]
    pub fn has_fired(&self, promotion: u16) -> bool {
        self.fired.iter().any(|one| one.promotion == promotion)
            || self
                .gifts
                .iter()
                .any(|one| one.promotion == promotion && one.line.is_some())
            || self.shipping.iter().any(|one| one.promotion == promotion)
            || self.points.iter().any(|one| one.promotion == promotion)
    }

    /// Units that the promotion at this place of `promotions` reduced or gave.
    #[must_use]
    pub fn units(&self, promotion: u16) -> i64 {
        let fired = self.fired.iter().filter(|one| one.promotion == promotion);
        let gifts = self.gifts.iter().filter(|one| one.promotion == promotion);
        fired.map(|one| one.units).sum::<i64>() + gifts.map(|one| one.given).sum::<i64>()
    }

    /// What one promotion took off goods and shipping, and what its gifts cost elsewhere.
    #[must_use]
    pub fn by_promotion(&self, id: PromotionId) -> Amount {
        let is_it = |place: u16| {
            self.promotions
                .get(usize::from(place))
                .is_some_and(|promotion| promotion.id == id)
        };
        let goods = self
            .fired
            .iter()
            .filter(|fired| is_it(fired.promotion))
            .map(|fired| fired.gave);
        let shipping = self
            .shipping
            .iter()
            .filter(|one| is_it(one.promotion))
            .map(|one| one.gave);
        let gifts = self
            .gifts
            .iter()
            .filter(|gift| is_it(gift.promotion))
            .map(|gift| gift.gave);
        goods.chain(shipping).chain(gifts).sum()
    }
}
