//! Real baskets of two shops under promotions by chance: sums, and how long it takes.
//!
//! They are read from beside the checkout; without them the test says so and passes.
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use retail::{
    amount::Amount,
    catalog::VariantId,
    currency::Currency,
    location::LocationId,
    price::Price,
    promotion::{
        Combination, Draft, Format, Limits, Mode, Promotion, PromotionId, Rules,
        condition::{Base, Condition},
        effect::{BasisPoints, Effect, Off, Part, Pick, Reward, Rewarded, Target},
        goods::{BasketLine, Context, Goods},
        price,
        selector::Selector,
        trace::Search,
    },
    quantity::{Quantity, Unit},
    sale::Item,
    tax::TaxRate,
};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::bench::{category, id, product};
use crate::chance::{Chance, sets};

/// Promotions in force.
const PROMOTIONS: u128 = 300;

type Catalogue = BTreeMap<String, Goods>;

fn read(name: &str) -> Option<Vec<Vec<String>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/grocery")
        .join(name);
    let text = std::fs::read_to_string(path).ok()?;
    let rows = text.lines().skip(1);
    Some(
        rows.map(|row| row.split(',').map(str::to_owned).collect())
            .collect(),
    )
}

/// Goods by product, with their shelf (commodity) and brand.
fn catalogue() -> Option<Catalogue> {
    let rows = read("products.csv")?;
    let goods = rows.into_iter().map(|row| {
        let name = row[0].clone();
        let goods = Goods {
            categories: vec![category(&row[2]), category(&row[4])],
            brand: Some(row[3].clone()),
            tags: vec![row[4].clone()],
            ..Goods::new(VariantId::from_uuid(id(&name)), product(&name))
        };
        (name, goods)
    });
    Some(goods.collect())
}

/// Lines by basket; what a product costs is what it was sold for.
fn real_baskets(catalogue: &Catalogue) -> Option<BTreeMap<String, Vec<(Item, &Goods)>>> {
    let mut baskets = BTreeMap::<String, Vec<(Item, &Goods)>>::new();
    for row in read("transactions.csv")? {
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
fn rules(seed: u64, shelves: &[String]) -> Rules {
    let chance = &mut Chance::new(seed);
    Rules::new((0..PROMOTIONS).map(|place| {
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
    }))
}

#[test]
fn real_baskets_are_priced_in_no_time() {
    let Some(catalogue) = catalogue() else {
        println!("no real baskets beside the checkout");
        return;
    };
    let sets = sets(2);
    let baskets = real_baskets(&catalogue).expect("transactions beside products");
    let mut shelves: Vec<String> = catalogue
        .values()
        .flat_map(|goods| goods.tags.clone())
        .collect();
    shelves.sort();
    shelves.dedup();
    shelves.retain(|shelf| !shelf.trim().is_empty());
    let usd = Currency::by_code("USD").expect("a currency");
    let local = "2017-06-01T12:00:00".parse().expect("a time");
    let context = Context::at(usd, LocationId::from_uuid(id("here")), local);
    let (mut micros, mut touched, mut exact) = (Vec::new(), 0, 0);
    for seed in 0..sets {
        let rules = rules(seed, &shelves);
        for lines in baskets.values() {
            let lines: Vec<BasketLine<'_>> = lines
                .iter()
                .map(|&(item, goods)| BasketLine {
                    item,
                    goods,
                    is_reduced: false,
                })
                .collect();
            #[expect(
                clippy::disallowed_methods,
                reason = "this measures, and decides nothing"
            )]
            let begun = Instant::now();
            let priced = price(&lines, &rules, &context).expect("a real basket");
            micros.push(begun.elapsed().as_micros());
            let off: Amount = (0..lines.len())
                .map(|line| priced.trace.on_line(line))
                .sum();
            assert_eq!(
                (off, priced.sale.subtotal - off),
                (priced.sale.discount, priced.sale.total)
            );
            assert!(
                priced
                    .sale
                    .lines
                    .iter()
                    .all(|line| !line.total.is_negative())
            );
            touched += u64::from(off > Amount::ZERO);
            exact += u64::from(priced.trace.search == Search::Exact);
        }
    }
    micros.sort_unstable();
    let at = |percent: usize| micros[(micros.len() - 1) * percent / 100];
    println!(
        "{} baskets x {sets} sets of {PROMOTIONS} promotions: {touched} with a discount, {exact} exact; p50 {} µs, p99 {} µs, most {} µs",
        baskets.len(),
        at(50),
        at(99),
        at(100)
    );
    assert!(
        touched * 2 > micros.len() as u64,
        "most baskets have a discount"
    );
}
