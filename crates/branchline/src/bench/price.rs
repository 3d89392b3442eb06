//! A change of a basket under many promotions, beside the same basket without any: what a till does at every scan.
//!
//! Everything here is authored: products, prices and promotions by chance, always the same ones.
use std::{collections::BTreeMap, fs, hint::black_box, time::Duration};

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

use super::figure::{Figure, Target, percentile_ms};

/// The category of everything in a basket; the promotions that touch nothing are about others.
const IN_BASKET: u128 = 1;
/// Promotions beside which a person at a till still sees no delay.
const SMALL_P50_US: f64 = 100.0;
const SMALL_P99_US: f64 = 1_000.0;
/// A wholesale order: nobody scans so much, but somebody uploads it.
const LARGE_P99_US: f64 = 20_000.0;
/// What pricing may take beside its rules.
const GROWN_MIB: f64 = 16.0;

/// What a round is: lines of the basket, promotions in force, and how many of them are about every line.
struct Case {
    lines: usize,
    active: usize,
    touching: usize,
}

/// `price.20x500/…` and `price.200x5000/…`: so many lines and promotions in force, of which so many touch every line.
#[expect(
    clippy::float_arithmetic,
    reason = "a measurement is statistics, not money"
)]
pub fn measure(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let rounds = if quick { 200 } else { 2_000 };
    let mut figures = Vec::new();
    for (case, names, bounds) in [
        (
            Case {
                lines: 20,
                active: 500,
                touching: 5,
            },
            ["price.20x500/5/p50", "price.20x500/5/p99"],
            [SMALL_P50_US, SMALL_P99_US],
        ),
        (
            Case {
                lines: 20,
                active: 500,
                touching: 20,
            },
            ["price.20x500/20/p50", "price.20x500/20/p99"],
            [SMALL_P99_US, SMALL_P99_US],
        ),
        (
            Case {
                lines: 20,
                active: 500,
                touching: 100,
            },
            ["price.20x500/100/p50", "price.20x500/100/p99"],
            [LARGE_P99_US, LARGE_P99_US],
        ),
        (
            Case {
                lines: 200,
                active: 5_000,
                touching: 20,
            },
            ["price.200x5000/20/p50", "price.200x5000/20/p99"],
            [LARGE_P99_US, LARGE_P99_US],
        ),
    ] {
        let (mut priced, mut plain) = case.run(rounds)?;
        for (index, percent) in [50, 99].into_iter().enumerate() {
            let us = percentile_ms(&mut priced, percent) * 1_000.0;
            let bare = percentile_ms(&mut plain, percent) * 1_000.0;
            figures.push(Figure::new(
                names[index],
                (us, "µs"),
                (
                    Some(bare),
                    "reference: the same basket without any promotion",
                ),
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
    let case = Case {
        lines: 200,
        active: 5_000,
        touching: 20,
    };
    case.run(2)?;
    let before = peak_mib()?;
    case.run(rounds / 10)?;
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
    let status = fs::read_to_string("/proc/self/status").context("read /proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .context("no VmHWM")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1_024.0)
}

impl Case {
    /// Prices baskets under promotions and without, in turns.
    fn run(&self, rounds: usize) -> anyhow::Result<(Vec<Duration>, Vec<Duration>)> {
        let dice = SeededRandom::new(6);
        let usd = Currency::by_code("USD").context("a currency")?;
        let here = LocationId::from_uuid(Uuid::from_u128(1));
        let noon = jiff::civil::date(2026, 3, 2).at(12, 0, 0, 0);
        let rules = Rules::new(self.promotions(&dice)?);
        let context = Context::at(usd, here, noon);
        let (mut priced, mut plain) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let goods: Vec<Goods> = (0..self.lines).map(|_| goods(&dice)).collect();
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

    fn promotions(&self, dice: &dyn Random) -> anyhow::Result<Vec<Promotion>> {
        (0..self.active)
            .map(|place| {
                let of = if place < self.touching {
                    category(IN_BASKET)
                } else {
                    category(1_000 + u128::from(between(dice, 0, 500).unsigned_abs()))
                };
                let draft = Draft {
                    format: Format,
                    id: PromotionId::from_uuid(id(dice)),
                    version: 1,
                    name: format!("Promotion {place}"),
                    labels: BTreeMap::new(),
                    when: Vec::new(),
                    effects: vec![effect(place, Selector::Categories(vec![of]), dice)],
                    combination: Combination {
                        mode: mode(place),
                        ..Combination::default()
                    },
                    limits: Limits::default(),
                };
                Promotion::new(draft).context("a promotion")
            })
            .collect()
    }
}

/// What chains run beside each other, in turns.
fn effect(place: usize, of: Selector, dice: &dyn Random) -> Effect {
    let off = Off::Percent(basis_points(between(dice, 100, 1_500)));
    let target = Units {
        of: of.clone(),
        ..Units::default()
    };
    match place % 5 {
        0 => Effect::Percent {
            off: basis_points(between(dice, 100, 1_500)),
            of: retail::promotion::condition::Base::default(),
            target,
        },
        1 => Effect::Bundle {
            parts: vec![Part {
                of,
                count: 3,
                pick: Pick::default(),
                is_distinct: false,
            }],
            reward: Reward {
                on: Rewarded::Cheapest(1),
                off,
            },
            times: Some(2),
        },
        2 => Effect::Tiers {
            by: TierMeasure::default(),
            steps: vec![Tier { from: 5, off }],
            target,
        },
        3 => Effect::Amount {
            off: Amount::from_minor(between(dice, 1, 30)),
            per: 1,
            target,
        },
        _ => Effect::Spread { off, target },
    }
}

fn mode(place: usize) -> Mode {
    match place % 4 {
        0 => Mode::BestOf(format!("group {}", place % 3)),
        _ => Mode::Compounding,
    }
}

fn basis_points(number: i64) -> BasisPoints {
    BasisPoints(u16::try_from(number).unwrap_or(1))
}

fn goods(dice: &dyn Random) -> Goods {
    let (variant, product) = (
        VariantId::from_uuid(id(dice)),
        ProductId::from_uuid(id(dice)),
    );
    Goods {
        categories: vec![category(IN_BASKET), category(2)],
        brand: Some("Ours".to_owned()),
        ..Goods::new(variant, product)
    }
}

fn item(goods: &Goods, dice: &dyn Random) -> anyhow::Result<Item> {
    Ok(Item {
        variant: goods.variant,
        unit: Unit::Piece,
        quantity: Quantity::new(between(dice, 1, 3)),
        price: Price::new(Decimal::new(between(dice, 99, 4_999), 2), 1)?,
        discount: Amount::ZERO,
        tax: TaxRate::ZERO,
    })
}

fn category(number: u128) -> CategoryId {
    CategoryId::from_uuid(Uuid::from_u128(number))
}

fn id(dice: &dyn Random) -> Uuid {
    Uuid::from_u64_pair(number(dice), number(dice))
}

/// A number between two, both included.
fn between(dice: &dyn Random, low: i64, high: i64) -> i64 {
    let span = high.abs_diff(low) + 1;
    low.saturating_add_unsigned(number(dice) % span)
}
