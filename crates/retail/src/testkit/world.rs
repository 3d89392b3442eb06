//! Shops, baskets and promotions by chance: everything that can be said, with odd prices, weights and limits.
use std::collections::BTreeMap;

use crate::{
    amount::Amount,
    catalog::VariantId,
    currency::Currency,
    location::LocationId,
    price::Price,
    promotion::{
        Combination, Draft, Format, Limits, Mode, Priced, Promotion, PromotionId, Rules, Short,
        claim::Counter,
        condition::{Base, Condition, Measure},
        effect::{
            BasisPoints, Effect, Off, Part, Pick, Points, Reward, Rewarded, Target, Tier,
            TierMeasure,
        },
        goods::{BasketLine, Context, GiftOffer, Goods, ShippingCharge},
        price,
        selector::Selector,
    },
    quantity::{Quantity, Unit},
    sale::Item,
    tax::{TaxIn, TaxRate, TaxRounding, TaxRule},
};
use jiff::civil::DateTime;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::chance::Chance;
use super::{category, id, product};

const NAMES: [&str; 9] = [
    "tea", "cola", "rice", "soap", "shirt", "belt", "mug", "cap", "nuts",
];
const TAGS: [&str; 3] = ["x", "y", "z"];

/// A shop, a basket in it, and promotions.
#[derive(Debug, Clone)]
pub struct World {
    /// What it sells.
    pub goods: Vec<Goods>,
    /// Of which goods, the line, and whether it was reduced before.
    pub lines: Vec<(usize, Item, bool)>,
    /// Its rules.
    pub promotions: Vec<Promotion>,
    /// What is left of their counters.
    pub available: BTreeMap<(PromotionId, Counter), i64>,
    /// Charges for shipping.
    pub shipping: Vec<ShippingCharge>,
    /// How tax is counted.
    pub tax: TaxRule,
}

fn minor(chance: &mut Chance, low: i64, high: i64) -> Amount {
    Amount::from_minor(chance.between(low, high))
}

impl World {
    /// The same seed makes the same world.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let chance = &mut Chance::new(seed);
        let goods: Vec<Goods> = NAMES.iter().map(|name| goods(chance, name)).collect();
        let lines = (0..chance.between(1, 8))
            .map(|_| line(chance, &goods))
            .collect();
        let promotions: Vec<Promotion> = (1..=chance.between(1, 8))
            .map(|place| promotion(chance, place))
            .collect();
        let mut available = BTreeMap::new();
        for promotion in &promotions {
            for counter in [Counter::Uses, Counter::Day, Counter::Units, Counter::Budget] {
                available.insert((promotion.id(), counter), chance.between(0, 3).pow(6));
            }
        }
        let shipping = if chance.once_in(3) {
            let amount = minor(chance, 0, 2_000);
            vec![ShippingCharge {
                method: "post".to_owned(),
                amount,
            }]
        } else {
            Vec::new()
        };
        let tax = TaxRule {
            prices: *chance.one_of(&[TaxIn::Included, TaxIn::Excluded]),
            rounding: *chance.one_of(&[TaxRounding::PerDocument, TaxRounding::PerLine]),
        };
        Self {
            goods,
            lines,
            promotions,
            available,
            shipping,
            tax,
        }
    }

    /// The basket as the engine takes it.
    #[must_use]
    pub fn basket(&self) -> Vec<BasketLine<'_>> {
        let lines = self.lines.iter();
        lines
            .map(|&(of, item, is_reduced)| BasketLine {
                item,
                goods: &self.goods[of],
                is_reduced,
            })
            .collect()
    }

    /// Its rules, ready to price by.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules::new(self.promotions.iter().cloned())
    }

    /// What may be given.
    #[must_use]
    pub fn gifts(&self) -> BTreeMap<VariantId, GiftOffer<'_>> {
        let of = |goods| GiftOffer {
            item: item(goods, Unit::Piece, 1, 250, 1),
            goods,
            available: Quantity::new(2),
        };
        self.goods
            .iter()
            .filter(|goods| goods.product == product("cap"))
            .map(|goods| (goods.variant, of(goods)))
            .collect()
    }

    /// A price under these rules.
    ///
    /// # Panics
    /// A basket by chance can always be priced.
    #[must_use]
    pub fn price(&self, lines: &[BasketLine<'_>], rules: &Rules) -> Priced {
        let gifts = self.gifts();
        price(lines, rules, &self.context(&gifts)).expect("a basket that can be priced")
    }

    /// The moment, with these gifts.
    ///
    /// # Panics
    /// Never: the currency and the time are written by hand.
    #[must_use]
    pub fn context<'a>(&'a self, gifts: &'a BTreeMap<VariantId, GiftOffer<'a>>) -> Context<'a> {
        let usd = Currency::by_code("USD").expect("a currency");
        let noon: DateTime = "2026-11-23T12:00:00".parse().expect("a time");
        Context {
            tax: self.tax,
            available: &self.available,
            shipping: &self.shipping,
            gifts,
            ..Context::at(usd, LocationId::from_uuid(id("here")), noon)
        }
    }
}

fn goods(chance: &mut Chance, name: &str) -> Goods {
    let tags = TAGS
        .into_iter()
        .filter(|_| chance.once_in(2))
        .map(str::to_owned)
        .collect();
    Goods {
        categories: vec![category(chance.one_of::<&str>(&["food", "wear"]))],
        brand: chance.once_in(2).then(|| "own".to_owned()),
        tags,
        minimum: chance
            .once_in(6)
            .then(|| chance.between(1, 500) * 1_000_000),
        cost: chance.once_in(3).then(|| chance.between(1, 300_000_000)),
        is_discountable: !chance.once_in(8),
        ..Goods::new(VariantId::from_uuid(id(name)), product(name))
    }
}

fn item(goods: &Goods, unit: Unit, quantity: i64, cents: i64, per: i64) -> Item {
    Item {
        variant: goods.variant,
        unit,
        quantity: Quantity::new(quantity),
        price: Price::new(Decimal::new(cents, 2), per).expect("a price"),
        discount: Amount::ZERO,
        tax: TaxRate::from_basis_points(if goods.brand.is_some() { 700 } else { 1_000 })
            .expect("a rate"),
    }
}

fn line(chance: &mut Chance, goods: &[Goods]) -> (usize, Item, bool) {
    let place = usize::try_from(chance.between(0, 8)).expect("a place");
    // Nuts are weighed; their price is for 1,000 grams. Some prices are for three.
    let mut item = match NAMES[place] {
        "nuts" => item(
            &goods[place],
            Unit::Gram,
            chance.between(1, 3_000),
            1_499,
            1_000,
        ),
        "mug" => item(&goods[place], Unit::Piece, chance.between(1, 7), 1_000, 3),
        _ => item(
            &goods[place],
            Unit::Piece,
            chance.between(1, 6),
            chance.between(0, 40) * 37,
            1,
        ),
    };
    if chance.once_in(6) {
        let gross = item
            .price
            .extend(item.quantity, Currency::by_code("USD").expect("a currency"));
        item.discount = minor(chance, 0, gross.expect("a sum").minor());
    }
    (place, item, chance.once_in(10))
}

fn selector(chance: &mut Chance) -> Selector {
    match chance.between(0, 7) {
        0 => Selector::Tags(vec![(*chance.one_of::<&str>(&TAGS)).to_owned()]),
        1 => Selector::Categories(vec![category(chance.one_of::<&str>(&["food", "wear"]))]),
        2 => Selector::Products(
            NAMES
                .into_iter()
                .filter(|_| chance.once_in(2))
                .chain(["tea"])
                .map(product)
                .collect(),
        ),
        3 => Selector::Brands(vec!["own".to_owned()]),
        4 => Selector::ListPrice {
            at_least: Some(minor(chance, 0, 800)),
            at_most: None,
        },
        5 => Selector::Except(Box::new(Selector::Tags(vec!["x".to_owned()]))),
        _ => Selector::All,
    }
}

fn target(chance: &mut Chance) -> Target {
    Target {
        of: selector(chance),
        most: chance.once_in(5).then(|| chance.count(1, 4)),
        most_per_line: chance.once_in(6).then(|| chance.count(1, 3)),
        pick: *chance.one_of(&[Pick::Best, Pick::Cheapest, Pick::Dearest]),
    }
}

fn percent(chance: &mut Chance) -> BasisPoints {
    BasisPoints(u16::try_from(chance.between(1, 10_000)).expect("a percent"))
}

fn off(chance: &mut Chance) -> Off {
    match chance.between(0, 2) {
        0 => Off::Percent(percent(chance)),
        1 => Off::Amount(minor(chance, 1, 1_500)),
        _ => Off::Price(minor(chance, 0, 1_500)),
    }
}

fn effect(chance: &mut Chance) -> Effect {
    match chance.between(0, 11) {
        0 => Effect::Percent {
            off: percent(chance),
            of: *chance.one_of(&[Base::Remaining, Base::List]),
            target: target(chance),
        },
        1 => Effect::Amount {
            off: minor(chance, 1, 500),
            per: chance.between(1, 2).pow(9),
            target: target(chance),
        },
        2 => Effect::Price {
            price: minor(chance, 0, 900),
            per: 1,
            target: target(chance),
        },
        3 => Effect::Tiers {
            by: *chance.one_of(&[
                TierMeasure::Quantity(Measure::Pieces),
                TierMeasure::Quantity(Measure::Grams),
                TierMeasure::Amount(Base::Remaining),
            ]),
            steps: vec![
                Tier {
                    from: chance.between(1, 5),
                    off: off(chance),
                },
                Tier {
                    from: 1_000,
                    off: off(chance),
                },
            ],
            target: target(chance),
        },
        4..=7 => bundle(chance),
        8 | 9 => Effect::Spread {
            off: off(chance),
            target: target(chance),
        },
        10 => Effect::Shipping {
            off: off(chance),
            methods: Vec::new(),
            is_shared: chance.once_in(2),
        },
        _ => Effect::Points {
            earn: Points::PerAmount {
                points: 2,
                each: Amount::from_minor(100),
            },
            of: selector(chance),
        },
    }
}

fn bundle(chance: &mut Chance) -> Effect {
    let part = |chance: &mut Chance| Part {
        of: selector(chance),
        count: chance.count(1, 3),
        pick: *chance.one_of(&[Pick::Best, Pick::Best, Pick::Cheapest, Pick::Dearest]),
        is_distinct: chance.once_in(8),
    };
    let parts: Vec<Part> = (0..chance.between(1, 2)).map(|_| part(chance)).collect();
    let on = match chance.between(0, 2) {
        0 => Rewarded::All,
        1 => Rewarded::Part(u16::try_from(parts.len() - 1).expect("a part")),
        _ => Rewarded::Cheapest(1),
    };
    let times = chance.once_in(4).then(|| chance.count(1, 2));
    Effect::Bundle {
        parts,
        reward: Reward {
            on,
            off: off(chance),
        },
        times,
    }
}

fn promotion(chance: &mut Chance, place: i64) -> Promotion {
    let mode = match chance.between(0, 6) {
        0 => Mode::Exclusive,
        1..=3 => Mode::Compounding,
        _ => Mode::BestOf((*chance.one_of::<&str>(&["g", "h"])).to_owned()),
    };
    let mut effects = vec![effect(chance)];
    if chance.once_in(8) {
        let cap = VariantId::from_uuid(id("cap"));
        effects.push(Effect::Gift {
            variant: cap,
            quantity: chance.between(1, 3),
        });
    }
    let mut when = Vec::new();
    if chance.once_in(4) {
        let base = *chance.one_of(&[Base::Remaining, Base::List]);
        when.push(Condition::Amount {
            of: selector(chance),
            at_least: Some(minor(chance, 1, 4_000)),
            at_most: None,
            base,
        });
    }
    if chance.once_in(6) {
        when.push(Condition::Quantity {
            of: selector(chance),
            at_least: None,
            at_most: Some(chance.between(1, 9)),
            measure: Measure::Pieces,
        });
    }
    let draft = Draft {
        format: Format,
        id: PromotionId::from_uuid(Uuid::from_u128(u128::try_from(place).expect("positive"))),
        version: 1,
        name: format!("promotion {place}"),
        labels: BTreeMap::new(),
        when,
        effects,
        combination: Combination {
            mode,
            priority: i32::try_from(chance.between(0, 2)).expect("small"),
            only_unreduced: chance.once_in(6),
            below_cost: chance.once_in(2),
            cap: chance.once_in(5).then(|| minor(chance, 1, 2_000)),
        },
        limits: Limits {
            uses: chance.once_in(8).then_some(10),
            units: chance.once_in(6).then_some(100),
            budget: chance.once_in(6).then(|| Amount::from_minor(1_000)),
            short: *chance.one_of(&[Short::Rest, Short::Nothing]),
            ..Limits::default()
        },
    };
    Promotion::new(draft).expect("a promotion")
}
