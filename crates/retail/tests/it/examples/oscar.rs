//! An offer of django-oscar: a condition, a benefit, applied to a basket.
use retail::{
    amount::Amount,
    price::Price,
    promotion::{
        Combination, Limits, Priced,
        condition::{Base, Condition, Measure},
        effect::{BasisPoints, Effect, Off, Part, Pick, Reward, Rewarded, Target},
        goods::ShippingCharge,
        selector::Selector,
    },
};
use rust_decimal::Decimal;
use serde_json::Value;

use super::{Difference, Differences};
use crate::bench::{Bench, Line, cents};

/// What shipping costs where the example does not say it.
const SHIPPING: Amount = Amount::from_minor(1_000);

pub fn run(example: &Value) -> Result<Differences, String> {
    let before = example["offers_applied_before"].as_u64().unwrap_or(0);
    let (discount, reduced) = applied(example, before + 1)?;
    let discount_before = if before == 0 {
        Amount::ZERO
    } else {
        applied(example, before)?.0
    };
    let all: i64 = lines(example)?.iter().map(|line| line.quantity).sum();
    let mut differences = Differences::new();
    let expected = cents(number(&example["discount"])?);
    let discount = discount - discount_before;
    if discount != expected {
        differences.push(format!("discount {discount} instead of {expected}").into());
    }
    for (field, count) in [
        ("items_with_discount", reduced),
        ("items_without_discount", all - reduced),
    ] {
        if let Some(expected) = example[field].as_i64()
            && expected != count
        {
            differences.push(Difference {
                said: format!("{field} {count} instead of {expected}"),
                decision: uses_threshold(example).then_some("threshold-uses-nothing"),
            });
        }
    }
    Ok(differences)
}

/// There, what a condition asks for is used up by some benefits, whatever it is.
fn uses_threshold(example: &Value) -> bool {
    let benefit = example["benefit"].as_str().unwrap_or_default();
    let is_by_value = example["condition"] == "ValueCondition";
    benefit == "MultibuyDiscountBenefit" && is_by_value || benefit.starts_with("Shipping")
}

/// The discount, and how many units are used, when the offer applies so many times.
fn applied(example: &Value, times: u64) -> Result<(Amount, i64), String> {
    let mut bench = Bench {
        lines: lines(example)?,
        ..Bench::default()
    };
    bench.shipping.push(ShippingCharge {
        method: "standard".to_owned(),
        amount: SHIPPING,
    });
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
        // There, a discount is of what the customer sees: with tax, where it is known.
        let unit = number(&line["unit_price_incl_tax"])
            .or_else(|_| number(&line["unit_price_excl_tax"]))?;
        let price = Price::new(unit, 1).map_err(|error| error.to_string())?;
        let quantity = line["qty"].as_i64().ok_or("a line has a quantity")?;
        let mut line_of = Line::new(&format!("line {place}"), price, quantity);
        line_of.goods.is_discountable = line["discountable"] != Value::Bool(false);
        for (field, tag) in [
            ("in_condition_range", "condition"),
            ("in_benefit_range", "benefit"),
        ] {
            // What may not be discounted does not count there, either.
            if line[field] != Value::Bool(false) && line_of.goods.is_discountable {
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

/// What a condition asks for, and how many of it.
struct Asked<'a> {
    kind: &'a str,
    count: u32,
}

impl Asked<'_> {
    fn part(&self, count: u32, pick: Pick) -> Part {
        Part {
            of: tagged("condition"),
            count,
            pick,
            is_distinct: self.kind == "CoverageCondition",
        }
    }
}

fn rule(example: &Value, times: u64) -> Result<(Vec<Condition>, Option<Effect>), String> {
    let of = tagged("condition");
    let threshold = number(&example["condition_value"]).unwrap_or_default();
    let asked = Asked {
        kind: example["condition"].as_str().unwrap_or_default(),
        count: u32::try_from(threshold.trunc().mantissa()).unwrap_or(0),
    };
    let count = i64::from(asked.count);
    let when = match asked.kind {
        "CountCondition" => vec![Condition::Quantity {
            of,
            at_least: Some(count),
            at_most: None,
            measure: Measure::Pieces,
        }],
        "CoverageCondition" => vec![Condition::Distinct {
            of,
            at_least: count,
        }],
        "ValueCondition" => vec![Condition::Amount {
            of,
            at_least: Some(cents(threshold)),
            at_most: None,
            base: Base::List,
        }],
        "" => Vec::new(),
        other => return Err(format!("condition {other}")),
    };
    Ok((when, effect(example, &asked, times)?))
}

fn percent(value: Decimal) -> Result<BasisPoints, String> {
    let value = (value * Decimal::from(100)).min(Decimal::from(10_000));
    value
        .trunc()
        .try_into()
        .map(BasisPoints)
        .map_err(|_| format!("{value} is no percent"))
}

fn effect(example: &Value, asked: &Asked<'_>, times: u64) -> Result<Option<Effect>, String> {
    let value = number(&example["benefit_value"]).unwrap_or_default();
    let times = u32::try_from(times).unwrap_or(1);
    let most = example["max_affected_items"]
        .as_u64()
        .and_then(|most| u32::try_from(most).ok());
    let target = |most: Option<u32>| Target {
        of: tagged("benefit"),
        most,
        most_per_line: None,
        pick: Pick::Cheapest,
    };
    let shipping = |off| Effect::Shipping {
        off,
        methods: Vec::new(),
        is_shared: false,
    };
    let is_value = asked.kind == "ValueCondition";
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
            "MultibuyDiscountBenefit" if is_value || asked.count == 0 => Effect::Percent {
                off: percent(Decimal::from(100))?,
                of: Base::Remaining,
                target: target(Some(1)),
            },
            "MultibuyDiscountBenefit" => multibuy(asked, times),
            "FixedPriceBenefit" if is_value => return Ok(None),
            "FixedPriceBenefit" => Effect::Bundle {
                parts: vec![asked.part(asked.count, Pick::Cheapest)],
                reward: Reward {
                    on: Rewarded::All,
                    off: Off::Price(cents(value)),
                },
                times: Some(times),
            },
            "ShippingAbsoluteDiscountBenefit" => shipping(Off::Amount(cents(value))),
            "ShippingFixedPriceBenefit" => shipping(Off::Price(cents(value))),
            "ShippingPercentageDiscountBenefit" => shipping(Off::Percent(percent(value)?)),
            other => return Err(format!("benefit {other}")),
        },
    ))
}

/// The cheapest is free; the dearest of the others are bought with it.
fn multibuy(asked: &Asked<'_>, times: u32) -> Effect {
    let free = Part {
        of: tagged("benefit"),
        count: 1,
        pick: Pick::Cheapest,
        is_distinct: false,
    };
    let bought = asked.part(asked.count - 1, Pick::Dearest);
    let mut parts = vec![free, bought];
    parts.retain(|part| part.count > 0);
    Effect::Bundle {
        parts,
        reward: Reward {
            on: Rewarded::Part(0),
            off: Off::Percent(BasisPoints(10_000)),
        },
        times: Some(times),
    }
}
