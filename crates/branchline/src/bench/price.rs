//! A change of a basket under many promotions, beside the same basket without any: what a till does at every scan.
//!
//! Everything here is authored: products, prices and promotions by chance, always the same ones.
use std::{collections::BTreeMap, hint::black_box, time::Duration};

use anyhow::{Context as _, ensure};
use httpkit::{
    clock::Stopwatch,
    random::{Random, SeededRandom, number},
};
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
            BasisPoints, Effect, Off, Part, Pick, Reward, Rewarded, Target as Units, Tier,
            TierMeasure,
        },
        goods::{BasketLine, Context, Goods},
        price,
        selector::Selector,
    },
    quantity::{Quantity, Unit},
    sale::{self, Item},
    tax::TaxRate,
};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    figure::{Figure, Target, percentile_ms},
    process::memory_mib,
};

/// Shelves of the shop, without those that the baskets come from.
const ELSEWHERE: usize = 500;
/// Promotions beside which a person at a till still sees no delay.
const SMALL_P50_US: f64 = 100.0;
const SMALL_P99_US: f64 = 1_000.0;
/// A wholesale order: nobody scans so much, but somebody uploads it.
const LARGE_P99_US: f64 = 20_000.0;
/// What pricing may take beside its rules.
const GROWN_MIB: f64 = 16.0;

/// What a round is.
#[derive(Clone, Copy)]
struct Case {
    /// Lines of the basket.
    lines: usize,
    /// Shelves that they come from.
    shelves: usize,
    /// Promotions in force.
    active: usize,
    /// How many of them are about those shelves, in turns; the last one is about the whole basket.
    touching: usize,
}

const FEW: Case = Case {
    lines: 20,
    shelves: 5,
    active: 500,
    touching: 5,
};
const SOME: Case = Case {
    touching: 20,
    ..FEW
};
const MANY: Case = Case {
    touching: 100,
    ..FEW
};
/// Every one of them is about every line.
const WORST: Case = Case { shelves: 1, ..SOME };
const ORDER: Case = Case {
    lines: 200,
    shelves: 20,
    active: 5_000,
    touching: 100,
};

/// `price.20x500/…` and `price.200x5000/…`: so many lines under so many promotions, of which so many touch a line.
#[expect(
    clippy::float_arithmetic,
    reason = "a measurement is statistics, not money"
)]
pub fn measure(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let rounds = if quick { 200 } else { 2_000 };
    let mut figures = Vec::new();
    for (case, names, bounds) in [
        (
            FEW,
            ["price.20x500/5/p50", "price.20x500/5/p99"],
            [SMALL_P50_US, SMALL_P99_US],
        ),
        (
            SOME,
            ["price.20x500/20/p50", "price.20x500/20/p99"],
            [SMALL_P99_US, SMALL_P99_US],
        ),
        (
            MANY,
            ["price.20x500/100/p50", "price.20x500/100/p99"],
            [LARGE_P99_US, LARGE_P99_US],
        ),
        (
            WORST,
            ["price.20x500/20_each/p50", "price.20x500/20_each/p99"],
            [LARGE_P99_US, LARGE_P99_US],
        ),
        (
            ORDER,
            ["price.200x5000/100/p50", "price.200x5000/100/p99"],
            [LARGE_P99_US, LARGE_P99_US],
        ),
    ] {
        let (mut priced, mut plain) = case.run(rounds)?;
        for (index, percent) in [50, 99].into_iter().enumerate() {
            let us = percentile_ms(&mut priced, percent) * 1_000.0;
            let bare = percentile_ms(&mut plain, percent) * 1_000.0;
            let explained = "reference: the same basket without any promotion";
            figures.push(Figure::new(
                names[index],
                (us, "µs"),
                (Some(bare), explained),
                Target::AtMost(bounds[index]),
            ));
        }
    }
    figures.push(grown(rounds)?);
    Ok(figures)
}

/// How much more memory the process has ever held after many large baskets than after the first.
#[expect(
    clippy::float_arithmetic,
    reason = "a measurement is statistics, not money"
)]
fn grown(rounds: usize) -> anyhow::Result<Figure> {
    ORDER.run(2)?;
    let before = peak_mib()?;
    ORDER.run(rounds / 10)?;
    Ok(Figure::new(
        "price.200x5000/grown",
        (peak_mib()? - before, "MiB"),
        (
            None,
            "memory at most, after many baskets more than after one",
        ),
        Target::AtMost(GROWN_MIB),
    ))
}

fn peak_mib() -> anyhow::Result<f64> {
    memory_mib(std::process::id(), "VmHWM")
}

impl Case {
    /// Prices baskets under promotions and without, in turns.
    fn run(self, rounds: usize) -> anyhow::Result<(Vec<Duration>, Vec<Duration>)> {
        let dice = SeededRandom::new(6);
        let usd = Currency::by_code("USD").context("a currency")?;
        let here = LocationId::from_uuid(Uuid::from_u128(1));
        let noon = jiff::civil::date(2026, 3, 2).at(12, 0, 0, 0);
        let rules = Rules::new(self.promotions(&dice)?);
        let context = Context::at(usd, here, noon);
        let (mut priced, mut plain) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let goods: Vec<Goods> = (0..self.lines)
                .map(|place| goods(place % self.shelves, &dice))
                .collect();
            let items = goods
                .iter()
                .map(|goods| item(goods, &dice))
                .collect::<anyhow::Result<Vec<Item>>>()?;
            let lines: Vec<BasketLine<'_>> = items
                .iter()
                .zip(&goods)
                .map(|(&item, goods)| BasketLine {
                    item,
                    goods,
                    is_reduced: false,
                })
                .collect();
            let watch = Stopwatch::start();
            let told = black_box(price(black_box(&lines), &rules, &context)?);
            priced.push(watch.elapsed());
            let watch = Stopwatch::start();
            let bare = black_box(sale::price(black_box(items), usd)?);
            plain.push(watch.elapsed());
            ensure!(told.sale.total < bare.total, "no promotion gave anything");
        }
        Ok((priced, plain))
    }

    fn promotions(self, dice: &dyn Random) -> anyhow::Result<Vec<Promotion>> {
        (0..self.active)
            .map(|place| {
                let about = if place < self.touching {
                    place % self.shelves
                } else {
                    self.shelves + place % ELSEWHERE
                };
                if place + 1 == self.touching {
                    return promotion(place, vec![fifty()], over_all(), Mode::Compounding, dice);
                }
                let of = Selector::Categories(vec![category(about)]);
                promotion(
                    place,
                    Vec::new(),
                    effect(place, of, dice),
                    mode(place),
                    dice,
                )
            })
            .collect()
    }
}

fn promotion(
    place: usize,
    when: Vec<Condition>,
    effect: Effect,
    mode: Mode,
    dice: &dyn Random,
) -> anyhow::Result<Promotion> {
    let draft = Draft {
        format: Format,
        id: PromotionId::from_uuid(id(dice)),
        version: 1,
        name: format!("Promotion {place}"),
        labels: BTreeMap::new(),
        when,
        effects: vec![effect],
        combination: Combination {
            mode,
            ..Combination::default()
        },
        limits: Limits::default(),
    };
    Promotion::new(draft).context("a promotion")
}

/// 2 % off the basket from 50.00 on, after everything else.
fn over_all() -> Effect {
    Effect::Spread {
        off: Off::Percent(BasisPoints(200)),
        target: Units::default(),
    }
}

fn fifty() -> Condition {
    Condition::Amount {
        of: Selector::All,
        at_least: Some(Amount::from_minor(5_000)),
        at_most: None,
        base: Base::Remaining,
    }
}

/// What chains run beside each other, in turns.
fn effect(place: usize, of: Selector, dice: &dyn Random) -> Effect {
    let target = Units {
        of: of.clone(),
        ..Units::default()
    };
    let part = |count| Part {
        of: of.clone(),
        count,
        pick: Pick::Best,
        is_distinct: false,
    };
    let percent = |percent: i64| Off::Percent(basis_points(percent * 100));
    match place % 6 {
        0 => Effect::Percent {
            off: basis_points(between(dice, 5, 15) * 100),
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
                off: percent(100),
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
            steps: [(3, 5), (6, 12)]
                .map(|(from, off)| Tier {
                    from,
                    off: percent(off),
                })
                .to_vec(),
            target,
        },
        _ => Effect::Amount {
            off: Amount::from_minor(between(dice, 10, 80)),
            per: 1,
            target,
        },
    }
}

/// Half of them in one group.
fn mode(place: usize) -> Mode {
    if place % 4 < 2 {
        Mode::BestOf("offers".to_owned())
    } else {
        Mode::Compounding
    }
}

fn basis_points(number: i64) -> BasisPoints {
    BasisPoints(u16::try_from(number).unwrap_or(1))
}

fn goods(shelf: usize, dice: &dyn Random) -> Goods {
    let (variant, product) = (
        VariantId::from_uuid(id(dice)),
        ProductId::from_uuid(id(dice)),
    );
    Goods {
        categories: vec![category(shelf)],
        cost: Some(20_000_000),
        ..Goods::new(variant, product)
    }
}

fn item(goods: &Goods, dice: &dyn Random) -> anyhow::Result<Item> {
    Ok(Item {
        variant: goods.variant,
        unit: Unit::Piece,
        quantity: Quantity::new(between(dice, 1, 3)),
        price: Price::new(Decimal::new(between(dice, 99, 3_099), 2), 1)?,
        discount: Amount::ZERO,
        tax: TaxRate::from_basis_points(700).context("a rate")?,
    })
}

fn category(shelf: usize) -> CategoryId {
    CategoryId::from_uuid(Uuid::from_u128(shelf as u128))
}

fn id(dice: &dyn Random) -> Uuid {
    Uuid::from_u64_pair(number(dice), number(dice))
}

/// A number between two, both included.
fn between(dice: &dyn Random, low: i64, high: i64) -> i64 {
    let span = high.abs_diff(low) + 1;
    low.saturating_add_unsigned(number(dice) % span)
}
