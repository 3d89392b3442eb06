//! An offer of django-oscar: a condition, a benefit, applied once to a basket.
use retail::{
    amount::Amount,
    price::Price,
    promotion::{
        Combination, Limits, Priced,
        condition::{Base, Condition, Measure},
        effect::{BasisPoints, Effect, Off, Part, Pick, Reward, Rewarded, Target},
        selector::Selector,
    },
};
use rust_decimal::Decimal;
use serde_json::Value;

use super::Differences;
use crate::bench::{Bench, Line, cents};

pub fn run(example: &Value) -> Result<Differences, String> {
    let before = example["offers_applied_before"].as_u64().unwrap_or(0);
    let (discount, reduced) = applied(example, before + 1)?;
    let (discount_before, reduced_before) = if before == 0 {
        (Amount::ZERO, 0)
    } else {
        applied(example, before)?
    };
    let (discount, reduced) = (discount - discount_before, reduced - reduced_before);
    let all: i64 = lines(example)?.iter().map(|line| line.quantity).sum();
    let mut differences = Vec::new();
    let expected = cents(number(&example["discount"])?);
    if discount != expected {
        differences.push(format!("discount {discount} instead of {expected}"));
    }
    for (field, count) in [
        ("items_with_discount", reduced),
        ("items_without_discount", all - reduced),
    ] {
        if let Some(expected) = example[field].as_i64()
            && expected != count
        {
            differences.push(format!("{field} {count} instead of {expected}"));
        }
    }
    Ok(differences)
}

/// The discount, and how many units have one, when the offer applies so many times.
fn applied(example: &Value, times: u64) -> Result<(Amount, i64), String> {
    let mut bench = Bench {
        lines: lines(example)?,
        ..Bench::default()
    };
    let (when, effect) = rule(example, times)?;
    if let Some(effect) = effect {
        bench.promote(
            "offer",
            when,
            vec![effect],
            Combination::default(),
            Limits::default(),
        )?;
    }
    let priced: Priced = bench.price()?;
    Ok((
        priced.sale.discount,
        priced.trace.fired.iter().map(|fired| fired.units).sum(),
    ))
}

fn number(value: &Value) -> Result<Decimal, String> {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    text.parse().map_err(|_| format!("{value} is no number"))
}

fn lines(example: &Value) -> Result<Vec<Line>, String> {
    let mut lines = Vec::new();
    for (place, line) in example["lines"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let price = Price::new(number(&line["unit_price_excl_tax"])?, 1)
            .map_err(|error| error.to_string())?;
        let quantity = line["qty"].as_i64().ok_or("a line has a quantity")?;
        let mut line_of = Line::new(&format!("line {place}"), price, quantity);
        line_of.goods.is_discountable = line["discountable"] != Value::Bool(false);
        for (field, tag) in [
            ("in_condition_range", "condition"),
            ("in_benefit_range", "benefit"),
        ] {
            if line[field] != Value::Bool(false) {
                line_of.goods.tags.push(tag.to_owned());
            }
        }
        if quantity > 0 {
            lines.push(line_of);
        }
    }
    Ok(lines)
}

fn tagged(tag: &str) -> Selector {
    Selector::Tags(vec![tag.to_owned()])
}

fn rule(example: &Value, times: u64) -> Result<(Vec<Condition>, Option<Effect>), String> {
    let of = tagged("condition");
    let threshold = number(&example["condition_value"]).unwrap_or_default();
    let count = u32::try_from(threshold.trunc().mantissa()).unwrap_or(0);
    let kind = example["condition"].as_str().unwrap_or_default();
    let when = match kind {
        "CountCondition" => vec![Condition::Quantity {
            of: of.clone(),
            at_least: Some(i64::from(count)),
            at_most: None,
            measure: Measure::Pieces,
        }],
        "CoverageCondition" => vec![Condition::Distinct {
            of: of.clone(),
            at_least: i64::from(count),
        }],
        "ValueCondition" => vec![Condition::Amount {
            of: of.clone(),
            at_least: Some(cents(threshold)),
            at_most: None,
            base: Base::List,
        }],
        "" => Vec::new(),
        other => return Err(format!("condition {other}")),
    };
    Ok((when, effect(example, kind, count, times)?))
}

fn effect(
    example: &Value,
    condition: &str,
    count: u32,
    times: u64,
) -> Result<Option<Effect>, String> {
    let value = number(&example["benefit_value"]).unwrap_or_default();
    let times = u32::try_from(times).unwrap_or(1);
    let most = example["max_affected_items"]
        .as_u64()
        .and_then(|most| u32::try_from(most).ok());
    let target = |most: Option<u32>| Target {
        of: tagged("benefit"),
        most: most.map(|most| most * times),
        most_per_line: None,
        pick: Pick::Cheapest,
    };
    let percent = |value: Decimal| {
        let value = (value * Decimal::from(100)).min(Decimal::from(10_000));
        value
            .trunc()
            .try_into()
            .map(BasisPoints)
            .map_err(|_| format!("{value} is no percent"))
    };
    Ok(Some(
        match example["benefit"].as_str().unwrap_or_default() {
            "PercentageDiscountBenefit" => Effect::Percent {
                off: percent(value)?,
                of: Base::Remaining,
                target: target(most),
            },
            "AbsoluteDiscountBenefit" => Effect::Spread {
                off: Off::Amount(cents(value)),
                target: target(most),
            },
            "FixedUnitDiscountBenefit" => Effect::Amount {
                off: cents(value),
                per: 1,
                target: target(most),
            },
            "MultibuyDiscountBenefit" => Effect::Percent {
                off: BasisPoints(10_000),
                of: Base::Remaining,
                target: target(Some(1)),
            },
            "FixedPriceBenefit" if condition == "ValueCondition" => return Ok(None),
            "FixedPriceBenefit" => Effect::Bundle {
                parts: vec![Part {
                    of: tagged("condition"),
                    count,
                    pick: Pick::Cheapest,
                    is_distinct: condition == "CoverageCondition",
                }],
                reward: Reward {
                    on: Rewarded::All,
                    off: Off::Price(cents(value)),
                },
                times: Some(times),
            },
            other => return Err(format!("benefit {other}")),
        },
    ))
}
