//! How two promotions go together where they may meet: told to whoever composes one, before it runs.
//!
//! What is said to be apart is apart in every basket. What is said to meet may meet: conditions on the basket, stock and
//! limits are not looked at, and beyond [`MAX_CASES`] cases everything may meet.
use std::collections::BTreeMap;

use jiff::civil::DateTime;

use super::{Mode, Promotion, effect::Effect, selector::Selector};
use crate::catalog::CategoryId;

mod condition;
mod selector;
#[cfg(test)]
mod tests;

/// The most cases into which the goods or the moments of one promotion are taken apart.
const MAX_CASES: usize = 256;
/// Levels of categories; a tree that is deeper, or goes round, is looked at so far.
const MAX_LEVELS: usize = 64;

/// Which category is below which.
#[derive(Debug, Clone, Default)]
pub struct Categories(BTreeMap<CategoryId, CategoryId>);

impl Categories {
    /// From each category and the one above it. A category that is not named has none above it.
    #[must_use]
    pub fn new(tree: impl IntoIterator<Item = (CategoryId, CategoryId)>) -> Self {
        Self(tree.into_iter().collect())
    }

    /// The category and every one above it.
    pub fn chain(&self, category: CategoryId) -> impl Iterator<Item = CategoryId> + '_ {
        std::iter::successors(Some(category), |below| self.0.get(below).copied()).take(MAX_LEVELS)
    }
}

/// What two promotions have to do with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// No basket has both: their dates, hours, places, channels, customers or tenders exclude each other.
    NeverTogether,
    /// A basket may have both, but no line of it: they are about different goods.
    OtherGoods,
    /// They may meet.
    Meet(Meeting),
}

/// How two promotions that may meet go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meeting {
    /// By which declaration.
    pub kind: Kind,
    /// What decides.
    pub decided_by: DecidedBy,
    /// Not before, by the branch's clock; none: always.
    pub from: Option<DateTime>,
    /// No longer from then on; none: for ever.
    pub until: Option<DateTime>,
}

/// The declaration by which two promotions go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One of them takes the basket alone, whatever the goods.
    Exclusive,
    /// Both are of one group: a unit serves one of them.
    SameGroup,
    /// The later one takes only units that nothing has reduced before.
    NeverBeside,
    /// Both apply, the later to what the earlier has left.
    Stacks,
}

impl Kind {
    /// The name in messages.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Exclusive => "exclusive",
            Self::SameGroup => "same_group",
            Self::NeverBeside => "never_beside",
            Self::Stacks => "stacks",
        }
    }
}

/// What decides between two promotions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecidedBy {
    /// The higher priority, or the order of steps within one.
    Priority,
    /// Whichever gives the customer more.
    Best,
    /// Nothing: both apply.
    Both,
}

impl DecidedBy {
    /// The name in messages.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Priority => "priority",
            Self::Best => "best",
            Self::Both => "both",
        }
    }
}

/// How two promotions go together. Which is named first says nothing.
#[must_use]
pub fn relation(one: &Promotion, other: &Promotion, categories: &Categories) -> Relation {
    let Some(span) = condition::shared(&one.draft().when, &other.draft().when) else {
        return Relation::NeverTogether;
    };
    let alone = |promotion: &Promotion| promotion.draft().combination.mode == Mode::Exclusive;
    let is_exclusive = alone(one) || alone(other);
    if !is_exclusive && !goods_meet(one, other, categories) && !shipping_meets(one, other) {
        return Relation::OtherGoods;
    }
    let (kind, decided_by) = decision(one, other);
    Relation::Meet(Meeting {
        kind,
        decided_by,
        from: span.from,
        until: span.until,
    })
}

/// Whether some goods could be reduced, or counted for a bundle, by both.
fn goods_meet(one: &Promotion, other: &Promotion, categories: &Categories) -> bool {
    selector::may_share(&goods(one), &goods(other), categories)
}

/// The goods that a promotion reduces or counts, of each of its effects.
#[must_use]
pub fn goods(promotion: &Promotion) -> Vec<&Selector> {
    let effects = promotion.draft().effects.iter();
    effects.flat_map(selectors).collect()
}

fn selectors(effect: &Effect) -> Vec<&Selector> {
    match effect {
        Effect::Percent { target, .. }
        | Effect::Amount { target, .. }
        | Effect::Price { target, .. }
        | Effect::Tiers { target, .. }
        | Effect::Spread { target, .. } => vec![&target.of],
        Effect::Bundle { parts, .. } => parts.iter().map(|part| &part.of).collect(),
        Effect::Gift { .. } | Effect::Shipping { .. } | Effect::Points { .. } => Vec::new(),
    }
}

/// Whether both take something off one way of shipping.
fn shipping_meets(one: &Promotion, other: &Promotion) -> bool {
    let ways = |promotion: &'_ Promotion| -> Vec<Vec<String>> {
        let effects = promotion.draft().effects.iter();
        effects
            .filter_map(|effect| match effect {
                Effect::Shipping { methods, .. } => Some(methods.clone()),
                Effect::Percent { .. }
                | Effect::Amount { .. }
                | Effect::Price { .. }
                | Effect::Tiers { .. }
                | Effect::Bundle { .. }
                | Effect::Spread { .. }
                | Effect::Gift { .. }
                | Effect::Points { .. } => None,
            })
            .collect()
    };
    let others = ways(other);
    ways(one).iter().any(|one| {
        others.iter().any(|other| {
            one.is_empty() || other.is_empty() || one.iter().any(|method| other.contains(method))
        })
    })
}

fn decision(one: &Promotion, other: &Promotion) -> (Kind, DecidedBy) {
    let (one, other) = (&one.draft().combination, &other.draft().combination);
    let by_rank = if one.priority == other.priority {
        DecidedBy::Best
    } else {
        DecidedBy::Priority
    };
    let (first, later) = if one.priority >= other.priority {
        (one, other)
    } else {
        (other, one)
    };
    match (&one.mode, &other.mode) {
        (Mode::Exclusive, _) | (_, Mode::Exclusive) => (Kind::Exclusive, by_rank),
        (Mode::BestOf(group), Mode::BestOf(its)) if group == its => (Kind::SameGroup, by_rank),
        (Mode::BestOf(_) | Mode::Compounding, Mode::BestOf(_) | Mode::Compounding) => {
            let is_same_level = first.priority == later.priority;
            if later.only_unreduced || (is_same_level && first.only_unreduced) {
                (Kind::NeverBeside, DecidedBy::Priority)
            } else {
                (Kind::Stacks, DecidedBy::Both)
            }
        }
    }
}

/// What something is made of, so that it can be taken apart into cases.
enum Shape<'a, T> {
    Always,
    Leaf,
    Any(&'a [T]),
    Every(&'a [T]),
    Not(&'a T),
}

trait Formula: Sized {
    fn shape(&self) -> Shape<'_, Self>;
}

/// Facts that hold together; a fact with `false` does not hold.
type Case<'a, T> = Vec<(&'a T, bool)>;

/// The cases in one of which a formula holds, or does not hold; none: they are too many.
fn cases<T: Formula>(formula: &T, holds: bool) -> Option<Vec<Case<'_, T>>> {
    match (formula.shape(), holds) {
        (Shape::Always, true) => Some(vec![Vec::new()]),
        (Shape::Always, false) => Some(Vec::new()),
        (Shape::Leaf, _) => Some(vec![vec![(formula, holds)]]),
        (Shape::Not(part), _) => cases(part, !holds),
        (Shape::Any(parts), true) | (Shape::Every(parts), false) => either(parts, holds),
        (Shape::Any(parts), false) | (Shape::Every(parts), true) => all(parts, holds),
    }
}

fn either<'a, T: Formula + 'a>(
    parts: impl IntoIterator<Item = &'a T>,
    holds: bool,
) -> Option<Vec<Case<'a, T>>> {
    let mut found = Vec::new();
    for part in parts {
        found.extend(cases(part, holds)?);
        if found.len() > MAX_CASES {
            return None;
        }
    }
    Some(found)
}

fn all<'a, T: Formula + 'a>(
    parts: impl IntoIterator<Item = &'a T>,
    holds: bool,
) -> Option<Vec<Case<'a, T>>> {
    let mut found = vec![Vec::new()];
    for part in parts {
        let next = cases(part, holds)?;
        if found.len() * next.len() > MAX_CASES {
            return None;
        }
        found = found
            .iter()
            .flat_map(|case: &Case<'a, T>| next.iter().map(|more| [&case[..], more].concat()))
            .collect();
    }
    Some(found)
}
