//! Rules by chance over the recorded trade of two grocery shops. Its files are read by whoever tests.
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::chance::Chance;
use super::{category, id, product};
use crate::{
    amount::Amount,
    catalog::VariantId,
    price::Price,
    promotion::{
        Combination, Draft, Format, Limits, Mode, Promotion, PromotionId,
        condition::{Base, Condition},
        effect::{BasisPoints, Effect, Off, Part, Pick, Reward, Rewarded, Target},
        goods::Goods,
        selector::Selector,
    },
    quantity::{Quantity, Unit},
    sale::Item,
    tax::TaxRate,
};

/// Promotions of one set.
pub const PROMOTIONS: u128 = 300;

/// Goods by the number that the source has for them.
pub type Catalogue = BTreeMap<String, Goods>;

fn rows(text: &str) -> impl Iterator<Item = Vec<String>> + '_ {
    let rows = text.lines().skip(1);
    rows.map(|row| row.split(',').map(str::to_owned).collect())
}

/// Goods by product, with their shelf (commodity) and brand, from the text of `products.csv`.
#[must_use]
pub fn catalogue(products: &str) -> Catalogue {
    let goods = rows(products).map(|row| {
        let name = row[0].clone();
        let goods = Goods {
            categories: vec![category(&row[2]), category(&row[4])],
            brand: Some(row[3].clone()),
            tags: vec![row[4].clone()],
            ..Goods::new(VariantId::from_uuid(id(&name)), product(&name))
        };
        (name, goods)
    });
    goods.collect()
}

/// Lines by basket, from the text of `transactions.csv`; what a product costs is what it was sold for. None: a row is no row.
#[must_use]
pub fn baskets<'a>(
    transactions: &str,
    catalogue: &'a Catalogue,
) -> Option<BTreeMap<String, Vec<(Item, &'a Goods)>>> {
    let mut baskets = BTreeMap::<String, Vec<(Item, &'a Goods)>>::new();
    for row in rows(transactions) {
        let (quantity, value): (i64, Decimal) = (row[4].parse().ok()?, row[5].parse().ok()?);
        let Some(goods) = catalogue.get(&row[3]) else {
            continue;
        };
        // Fuel and the like is counted in thousands.
        let Some(price) = Price::new(value, quantity.max(1))
            .ok()
            .filter(|_| (1..=9_999).contains(&quantity))
        else {
            continue;
        };
        let item = Item {
            variant: goods.variant,
            unit: Unit::Piece,
            quantity: Quantity::new(quantity),
            price,
            discount: Amount::ZERO,
            tax: TaxRate::ZERO,
        };
        baskets
            .entry(row[2].clone())
            .or_default()
            .push((item, goods));
    }
    Some(baskets)
}

/// The shelves that there are, in order.
#[must_use]
pub fn shelves(catalogue: &Catalogue) -> Vec<String> {
    let all = catalogue.values().flat_map(|goods| goods.tags.clone());
    let mut shelves: Vec<String> = all.filter(|shelf| !shelf.trim().is_empty()).collect();
    shelves.sort();
    shelves.dedup();
    shelves
}

/// Something off the goods of a shelf.
fn effect(chance: &mut Chance, shelf: &str) -> Effect {
    let of = Selector::Tags(vec![shelf.to_owned()]);
    let target = Target {
        of: of.clone(),
        ..Target::default()
    };
    let percent = BasisPoints(u16::try_from(chance.between(2, 10) * 500).expect("a percent"));
    let bundle = |count, on, off| Effect::Bundle {
        parts: vec![Part {
            of,
            count,
            pick: Pick::Best,
            is_distinct: false,
        }],
        reward: Reward { on, off },
        times: None,
    };
    let amount = Amount::from_minor;
    match chance.between(0, 5) {
        0 => Effect::Percent {
            off: percent,
            of: Base::Remaining,
            target,
        },
        1 => Effect::Amount {
            off: amount(chance.between(10, 100)),
            per: 1,
            target,
        },
        2 => Effect::Price {
            price: amount(chance.between(50, 300)),
            per: 1,
            target,
        },
        3 => {
            let price = Off::Price(amount(chance.between(100, 500)));
            bundle(chance.count(2, 3), Rewarded::All, price)
        }
        4 => bundle(3, Rewarded::Cheapest(1), Off::Percent(percent)),
        _ => Effect::Spread {
            off: Off::Percent(percent),
            target,
        },
    }
}

/// 300 promotions on shelves, a third of them best of a group.
///
/// # Panics
/// Without shelves.
#[must_use]
pub fn promotions(seed: u64, shelves: &[String]) -> Vec<Promotion> {
    let chance = &mut Chance::new(seed);
    let one = |place: u128| {
        let shelf = chance.one_of(shelves).clone();
        let threshold = Condition::Amount {
            of: Selector::All,
            at_least: Some(Amount::from_minor(chance.between(1_000, 10_000))),
            at_most: None,
            base: Base::Remaining,
        };
        let mode = if chance.once_in(3) {
            Mode::BestOf("offers".to_owned())
        } else {
            Mode::Compounding
        };
        Promotion::new(Draft {
            format: Format,
            id: PromotionId::from_uuid(Uuid::from_u128(place + 1)),
            version: 1,
            name: format!("promotion {place}"),
            labels: BTreeMap::new(),
            when: if chance.once_in(8) {
                vec![threshold]
            } else {
                Vec::new()
            },
            effects: vec![effect(chance, &shelf)],
            combination: Combination {
                mode,
                ..Combination::default()
            },
            limits: Limits::default(),
        })
        .expect("a promotion")
    };
    (0..PROMOTIONS).map(one).collect()
}
