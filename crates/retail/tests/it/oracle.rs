//! A second opinion on small baskets: every assignment of every unit is tried, by code that shares nothing with the engine's.
//!
//! It knows no rounding: amounts are fractions, and prices so high that a wrong choice shows and a rounded cent does not.
use retail::{
    amount::Amount,
    price::Price,
    promotion::{
        Combination, Limits, Mode,
        condition::{Base, Condition},
        effect::{BasisPoints, Effect, Off, Part, Pick, Reward, Rewarded, Target},
        selector::Selector,
        trace::Search,
    },
};
use rust_decimal::Decimal;

use crate::bench::{Bench, Line};
use crate::chance::{Chance, baskets};

mod opinion;

/// Fractions of a minor unit.
const FINE: i128 = 1_000_000_000;
/// What rounding may make of a basket, in minor units.
const ROUNDING: i128 = 40;
/// Units of a basket.
const MAX_UNITS: i64 = 7;
const TAGS: [&str; 3] = ["x", "y", "z"];

#[derive(Debug, Clone)]
enum Gives {
    Percent(u16),
    Amount(i64),
    Price(i64),
    NForPrice(u32, i64),
    CheapestFree(u32, u16),
    BuyGet(u32, &'static str, u16),
    SpreadPercent(u16),
    SpreadAmount(i64),
}

#[derive(Debug, Clone)]
struct Rule {
    /// Goods that it is about; none: all.
    of: Option<&'static str>,
    gives: Gives,
    mode: Mode,
    priority: i32,
    /// Only when so much remains.
    threshold: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Unit {
    line: usize,
    tags: Vec<&'static str>,
    price: i128,
    groups: Vec<String>,
}

type Lines = Vec<(i64, i64, Vec<&'static str>)>;

fn world(chance: &mut Chance) -> (Lines, Vec<Rule>) {
    let mut left = MAX_UNITS;
    let mut lines = Vec::new();
    for _ in 0..chance.between(1, 6) {
        let quantity = chance.between(1, 3).min(left);
        if quantity == 0 {
            break;
        }
        left -= quantity;
        let tags = TAGS.into_iter().filter(|_| chance.once_in(2)).collect();
        lines.push((chance.between(100_000, 9_999_999), quantity, tags));
    }
    let rules = (0..chance.between(1, 4)).map(|_| rule(chance)).collect();
    (lines, rules)
}

fn rule(chance: &mut Chance) -> Rule {
    let percent =
        |chance: &mut Chance| u16::try_from(chance.between(1, 20) * 500).expect("a percent");
    let gives = match chance.between(0, 7) {
        0 => Gives::Percent(percent(chance)),
        1 => Gives::Amount(chance.between(1_000, 3_000_000)),
        2 => Gives::Price(chance.between(1_000, 5_000_000)),
        3 => Gives::NForPrice(chance.count(2, 3), chance.between(100_000, 12_000_000)),
        4 => Gives::CheapestFree(chance.count(2, 3), percent(chance)),
        5 => Gives::BuyGet(
            chance.count(1, 2),
            chance.one_of::<&str>(&TAGS),
            percent(chance),
        ),
        6 => Gives::SpreadPercent(percent(chance)),
        _ => Gives::SpreadAmount(chance.between(1_000, 5_000_000)),
    };
    let mode = match chance.between(0, 5) {
        0 => Mode::Exclusive,
        1 | 2 => Mode::Compounding,
        3 => Mode::BestOf("h".to_owned()),
        _ => Mode::BestOf("g".to_owned()),
    };
    Rule {
        of: (!chance.once_in(3)).then(|| *chance.one_of(&TAGS)),
        gives,
        mode,
        priority: i32::from(chance.once_in(4)),
        threshold: chance.once_in(4).then(|| chance.between(1_000, 20_000_000)),
    }
}

// --- the engine's side ---

fn selector(of: Option<&str>) -> Selector {
    of.map_or(Selector::All, |tag| Selector::Tags(vec![tag.to_owned()]))
}

fn effect(rule: &Rule) -> Effect {
    let target = Target {
        of: selector(rule.of),
        ..Target::default()
    };
    let part = |of, count| Part {
        of,
        count,
        pick: Pick::Best,
        is_distinct: false,
    };
    let amount = Amount::from_minor;
    let bundle = |parts, on, off| Effect::Bundle {
        parts,
        reward: Reward { on, off },
        times: None,
    };
    match rule.gives {
        Gives::Percent(off) => Effect::Percent {
            off: BasisPoints(off),
            of: Base::Remaining,
            target,
        },
        Gives::Amount(off) => Effect::Amount {
            off: amount(off),
            per: 1,
            target,
        },
        Gives::Price(price) => Effect::Price {
            price: amount(price),
            per: 1,
            target,
        },
        Gives::NForPrice(count, price) => bundle(
            vec![part(target.of, count)],
            Rewarded::All,
            Off::Price(amount(price)),
        ),
        Gives::CheapestFree(count, off) => bundle(
            vec![part(target.of, count)],
            Rewarded::Cheapest(1),
            Off::Percent(BasisPoints(off)),
        ),
        Gives::BuyGet(count, get, off) => bundle(
            vec![part(target.of, count), part(selector(Some(get)), 1)],
            Rewarded::Part(1),
            Off::Percent(BasisPoints(off)),
        ),
        Gives::SpreadPercent(off) => Effect::Spread {
            off: Off::Percent(BasisPoints(off)),
            target,
        },
        Gives::SpreadAmount(off) => Effect::Spread {
            off: Off::Amount(amount(off)),
            target,
        },
    }
}

fn engine(lines: &Lines, rules: &[Rule]) -> (i128, Search) {
    let mut bench = Bench::default();
    for (place, (price, quantity, tags)) in lines.iter().enumerate() {
        let price = Price::new(Decimal::new(*price, 2), 1).expect("a price");
        let mut line = Line::new(&format!("line {place}"), price, *quantity);
        line.goods.tags = tags.iter().map(|&tag| tag.to_owned()).collect();
        bench.lines.push(line);
    }
    for rule in rules {
        let when = rule.threshold.map(|threshold| Condition::Amount {
            of: Selector::All,
            at_least: Some(Amount::from_minor(threshold)),
            at_most: None,
            base: Base::Remaining,
        });
        let combination = Combination {
            mode: rule.mode.clone(),
            priority: rule.priority,
            ..Combination::default()
        };
        let when = when.into_iter().collect();
        bench
            .promote(
                "rule",
                when,
                vec![effect(rule)],
                combination,
                Limits::default(),
            )
            .expect("a promotion");
    }
    let priced = bench.price().expect("a price");
    (
        i128::from(priced.sale.discount.minor()),
        priced.trace.search,
    )
}

#[test]
fn the_engine_gives_what_trying_everything_gives() {
    let (mut bounded, mut fired, mut others) = (0, 0, 0);
    let cases = baskets(3_000);
    for seed in 0..cases {
        let (lines, rules) = world(&mut Chance::new(seed));
        let mut ties = 0;
        let (ours, search) = engine(&lines, &rules);
        let best = opinion::second_opinion(&lines, &rules, &mut ties) / FINE;
        fired += u64::from(best > 0);
        if ties > 0 && (ours - best).abs() > ROUNDING {
            others += 1;
            continue;
        }
        let said = || {
            format!(
                "seed {seed}: {ours} by the engine ({search:?}), {best} by trying everything\n{lines:?}\n{rules:#?}"
            )
        };
        match search {
            Search::Exact => assert!((ours - best).abs() <= ROUNDING, "{}", said()),
            Search::Bounded => {
                bounded += 1;
                assert!(ours <= best + ROUNDING, "{}", said());
            }
        }
    }
    println!(
        "{cases} baskets, {fired} with a discount, {bounded} not searched exactly, {others} with another of several best choices"
    );
    assert!(fired > cases / 2, "most baskets have a discount");
    assert!(
        others * 500 <= cases,
        "hardly any basket has several best choices"
    );
    assert_eq!(bounded, 0, "every small basket is searched exactly");
}
