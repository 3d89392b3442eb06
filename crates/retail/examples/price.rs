//! How long a basket takes: `cargo run --release -p retail --example price`.
//!
//! Baskets of 20, 50 and 200 lines against 300 to 5,000 promotions, of which a share touches the lines, half of them in one
//! group: percents, fixed prices, "3 for 2", "buy 2 get 1", tiers, and a spread over the basket.
use std::time::Instant;

use retail::{
    amount::Amount,
    catalog::{CategoryId, ProductId, VariantId},
    currency::Currency,
    location::LocationId,
    price::Price,
    promotion::{
        Combination, Draft, Format, Limits, Mode, Promotion, PromotionId, Rules,
        condition::{Base, Condition},
        effect::{
            BasisPoints, Effect, Off, Part, Pick, Reward, Rewarded, Target, Tier, TierMeasure,
        },
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

/// Products of the shop.
const PRODUCTS: u128 = 20_000;
/// Products on the shelf that each promotion is about.
const SHELF: u128 = 40;
/// Times that each basket is priced.
const TIMES: usize = 200;

fn product(place: u128) -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(place))
}

fn goods(place: u128) -> Goods {
    Goods {
        categories: vec![CategoryId::from_uuid(Uuid::from_u128(place / SHELF))],
        cost: Some(20_000_000),
        ..Goods::new(VariantId::from_uuid(Uuid::from_u128(place)), product(place))
    }
}

fn line(goods: &Goods, place: u128) -> BasketLine<'_> {
    let cents = i64::try_from(place * 7_919 % 3_000 + 99).expect("small");
    BasketLine {
        item: Item {
            variant: goods.variant,
            unit: Unit::Piece,
            quantity: Quantity::new(i64::try_from(place % 3 + 1).expect("small")),
            price: Price::new(Decimal::new(cents, 2), 1).expect("a price"),
            discount: Amount::ZERO,
            tax: TaxRate::from_basis_points(700).expect("a rate"),
        },
        goods,
        is_reduced: false,
    }
}

/// A promotion on a shelf.
fn promotion(place: u128, shelf: u128) -> Promotion {
    let of = Selector::Categories(vec![CategoryId::from_uuid(Uuid::from_u128(shelf))]);
    let target = Target {
        of: of.clone(),
        ..Target::default()
    };
    let part = |count| Part {
        of: of.clone(),
        count,
        pick: Pick::Best,
        is_distinct: false,
    };
    let percent = |percent: u16| BasisPoints(percent * 100);
    let effect = match place % 6 {
        0 => Effect::Percent {
            off: percent(10),
            of: Base::Remaining,
            target,
        },
        1 => Effect::Price {
            price: Amount::from_minor(899),
            per: 1,
            target,
        },
        2 => Effect::Bundle {
            parts: vec![part(3)],
            reward: Reward {
                on: Rewarded::Cheapest(1),
                off: Off::Percent(percent(100)),
            },
            times: None,
        },
        3 => Effect::Bundle {
            parts: vec![part(2)],
            reward: Reward {
                on: Rewarded::All,
                off: Off::Price(Amount::from_minor(1_500)),
            },
            times: None,
        },
        4 => Effect::Tiers {
            by: TierMeasure::default(),
            steps: vec![
                Tier {
                    from: 3,
                    off: Off::Percent(percent(5)),
                },
                Tier {
                    from: 6,
                    off: Off::Percent(percent(12)),
                },
            ],
            target,
        },
        _ => Effect::Amount {
            off: Amount::from_minor(50),
            per: 1,
            target,
        },
    };
    let mode = if place % 4 < 2 {
        Mode::BestOf("offers".to_owned())
    } else {
        Mode::Compounding
    };
    made(place, Vec::new(), effect, mode)
}

fn made(place: u128, when: Vec<Condition>, effect: Effect, mode: Mode) -> Promotion {
    Promotion::new(Draft {
        format: Format,
        id: PromotionId::from_uuid(Uuid::from_u128(place + 1)),
        version: 1,
        name: format!("promotion {place}"),
        labels: std::collections::BTreeMap::new(),
        when,
        effects: vec![effect],
        combination: Combination {
            mode,
            ..Combination::default()
        },
        limits: Limits::default(),
    })
    .expect("a promotion")
}

fn main() {
    let usd = Currency::by_code("USD").expect("a currency");
    let local = "2026-11-23T12:00:00".parse().expect("a time");
    let context = Context::at(usd, LocationId::from_uuid(Uuid::nil()), local);
    println!("lines promotions touching |  p50 µs  p99 µs  max µs | fired beaten exact");
    let cases: [(u128, u128, u128); 7] = [
        (20, 500, 5),
        (20, 500, 20),
        (20, 500, 100),
        (50, 300, 20),
        (50, 300, 60),
        (200, 5_000, 100),
        (200, 5_000, 400),
    ];
    for (lines, promotions, touching) in cases {
        // The basket's lines lie on a few shelves; those promotions are about them, the others about other shelves.
        let shelves = (touching).min(lines / 4).max(1);
        let all: Vec<Goods> = (0..lines)
            .map(|place| goods(place % shelves * SHELF + place / shelves))
            .collect();
        let basket: Vec<BasketLine<'_>> = all
            .iter()
            .zip(0..)
            .map(|(goods, place)| line(goods, place))
            .collect();
        let off = Effect::Spread {
            off: Off::Percent(BasisPoints(200)),
            target: Target::default(),
        };
        let threshold = Condition::Amount {
            of: Selector::All,
            at_least: Some(Amount::from_minor(5_000)),
            at_most: None,
            base: Base::Remaining,
        };
        let rules = (0..promotions - 1).map(|place| {
            let shelf = if place + 1 < touching {
                place % shelves
            } else {
                PRODUCTS / SHELF + place
            };
            promotion(place, shelf)
        });
        let rules =
            Rules::new(rules.chain([made(1 << 64, vec![threshold], off, Mode::Compounding)]));
        let micros = measured(&basket, &rules, &context);
        let trace = price(&basket, &rules, &context).expect("a price").trace;
        println!(
            "{lines:>5} {promotions:>10} {touching:>8} | {:>7} {:>7} {:>7} | {:>5} {:>6} {}",
            micros[TIMES / 2],
            micros[TIMES * 99 / 100],
            micros[TIMES - 1],
            trace.fired.len(),
            trace.beaten.len(),
            trace.search == Search::Exact,
        );
    }
}

/// Microseconds of each pricing, the shortest first.
fn measured(basket: &[BasketLine<'_>], rules: &Rules, context: &Context<'_>) -> Vec<u128> {
    let once = |_| {
        #[expect(
            clippy::disallowed_methods,
            reason = "this measures, and decides nothing"
        )]
        let begun = Instant::now();
        let priced = price(basket, rules, context).expect("a price");
        let took = begun.elapsed().as_micros();
        assert!(!priced.sale.total.is_negative());
        took
    };
    let mut micros: Vec<u128> = (0..TIMES).map(once).collect();
    micros.sort_unstable();
    micros
}
