//! The promotions in force, arranged so that a basket finds those that could touch it.
use std::collections::{BTreeMap, HashMap};

use super::{
    Limits, Promotion, PromotionId,
    claim::Counter,
    condition::Condition,
    effect::Effect,
    goods::{Context, Goods},
    selector::{Key, Selector},
};
use crate::amount::Amount;

/// A set of promotions, one version of each. Its order says nothing.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    promotions: Vec<Promotion>,
    by_key: HashMap<Key, Vec<u32>>,
    anywhere: Vec<u32>,
}

impl Rules {
    /// Arranges promotions; of several versions of one, the highest counts.
    #[must_use]
    pub fn new(promotions: impl IntoIterator<Item = Promotion>) -> Self {
        let mut newest = BTreeMap::<PromotionId, Promotion>::new();
        for promotion in promotions {
            match newest.get(&promotion.id()) {
                Some(known) if known.version() >= promotion.version() => {}
                _ => {
                    newest.insert(promotion.id(), promotion);
                }
            }
        }
        let mut rules = Self {
            promotions: newest.into_values().collect(),
            ..Self::default()
        };
        rules.arrange();
        rules
    }

    fn arrange(&mut self) {
        let mut by_key = HashMap::<Key, Vec<u32>>::new();
        for (index, promotion) in (0_u32..).zip(&self.promotions) {
            match keys(promotion) {
                None => self.anywhere.push(index),
                Some(keys) => {
                    for key in keys {
                        by_key.entry(key).or_default().push(index);
                    }
                }
            }
        }
        self.by_key = by_key;
    }

    /// The promotions, by id.
    #[must_use]
    pub fn promotions(&self) -> &[Promotion] {
        &self.promotions
    }

    /// A promotion by its id.
    #[must_use]
    pub fn get(&self, id: PromotionId) -> Option<&Promotion> {
        let place = self
            .promotions
            .binary_search_by_key(&id, Promotion::id)
            .ok()?;
        self.promotions.get(place)
    }

    /// One version of a promotion, if it is the one here.
    #[must_use]
    pub fn version(&self, id: PromotionId, version: i64) -> Option<&Promotion> {
        self.get(id)
            .filter(|promotion| promotion.version() == version)
    }

    /// The counters that a basket of these goods may need at this moment, of promotions whose conditions about the moment
    /// hold: what a caller looks up before it prices.
    #[must_use]
    pub fn counters<'a>(
        &'a self,
        goods: &[&'a Goods],
        at: &Context<'_>,
    ) -> Vec<(&'a Promotion, Counter)> {
        let touching = self.touching(goods.iter().copied()).into_iter();
        let holding = touching.filter(|promotion| {
            let mut when = promotion.draft().when.iter();
            when.all(|condition| condition.holds(promotion.id(), at))
        });
        holding
            .flat_map(|promotion| {
                let counters = promotion.counters(at).into_iter();
                counters.map(move |counter| (promotion, counter))
            })
            .collect()
    }

    /// Whether pricing may need the counter of a limit.
    #[must_use]
    pub fn are_limited(&self) -> bool {
        let mut promotions = self.promotions.iter();
        promotions.any(|promotion| promotion.draft().limits != Limits::default())
    }

    /// Those that could touch a basket of these goods; by id.
    pub(super) fn touching<'a>(
        &'a self,
        goods: impl Iterator<Item = &'a Goods>,
    ) -> Vec<&'a Promotion> {
        let mut found = self.anywhere.clone();
        let mut look = |key: &Key| found.extend(self.by_key.get(key).into_iter().flatten());
        for goods in goods {
            look(&Key::Variant(goods.variant));
            look(&Key::Product(goods.product));
            for &category in &goods.categories {
                look(&Key::Category(category));
            }
            if let Some(brand) = &goods.brand {
                look(&Key::Brand(brand.clone()));
            }
            for tag in &goods.tags {
                look(&Key::Tag(tag.clone()));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
            .into_iter()
            .filter_map(|index| self.promotions.get(usize::try_from(index).ok()?))
            .collect()
    }
}

/// What at least one line must be for a promotion to be worth a look; none: anything.
fn keys(promotion: &Promotion) -> Option<Vec<Key>> {
    let draft = promotion.draft();
    // A condition that asks for some goods narrows everything; the shortest list is the best index.
    let by_condition = draft
        .when
        .iter()
        .filter_map(wanted)
        .filter_map(Selector::keys);
    let by_effect = draft
        .effects
        .iter()
        .map(effect_keys)
        .collect::<Option<Vec<_>>>();
    by_condition
        .chain(by_effect.map(|keys| keys.concat()))
        .min_by_key(Vec::len)
}

/// The goods of which a condition wants at least something.
fn wanted(condition: &Condition) -> Option<&Selector> {
    if let Condition::Quantity {
        of,
        at_least: Some(1..),
        ..
    }
    | Condition::Distinct { of, at_least: 1.. } = condition
    {
        return Some(of);
    }
    if let Condition::Amount {
        of,
        at_least: Some(least),
        ..
    } = condition
    {
        return (*least > Amount::ZERO).then_some(of);
    }
    None
}

fn effect_keys(effect: &Effect) -> Option<Vec<Key>> {
    match effect {
        Effect::Percent { target, .. }
        | Effect::Amount { target, .. }
        | Effect::Price { target, .. }
        | Effect::Tiers { target, .. }
        | Effect::Spread { target, .. } => target.of.keys(),
        Effect::Bundle { parts, .. } => {
            Selector::Any(parts.iter().map(|part| part.of.clone()).collect()).keys()
        }
        Effect::Points { of, .. } => of.keys(),
        Effect::Gift { .. } | Effect::Shipping { .. } => None,
    }
}
