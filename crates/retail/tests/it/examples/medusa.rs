//! Promotions of Medusa, and the adjustments that they make to items and shipping methods.
use std::collections::BTreeMap;

use retail::{
    amount::Amount,
    price::Price,
    promotion::{
        Combination, Limits, Mode, Priced, PromotionId, Short,
        claim::Counter,
        condition::{Base, Condition},
        effect::{BasisPoints, Effect, Off, Part, Pick, Reward, Rewarded, Target},
        goods::ShippingCharge,
        selector::Selector,
    },
};
use rust_decimal::Decimal;
use serde_json::Value;

use super::Differences;
use crate::bench::{Bench, Line, cents};

/// What campaigns of the other project's tests may spend, and how often they may be used.
const CAMPAIGN_LIMIT: i64 = 1_000;

pub fn run(example: &Value) -> Result<Differences, String> {
    let mut bench = Bench::default();
    let context = &example["context"];
    let rules: Vec<&Value> = chosen(example);
    bench.segments = facts(context, "");
    for item in context["items"].as_array().into_iter().flatten() {
        if let Some(line) = line(item, &rules)? {
            bench.lines.push(line);
        }
    }
    for method in context["shipping_methods"].as_array().into_iter().flatten() {
        bench.shipping.push(ShippingCharge {
            method: text(&method["id"]),
            amount: cents(number(&method["subtotal"]).unwrap_or_default()),
        });
    }
    if bench.lines.is_empty() {
        // Our shipping belongs to goods.
        let free = Price::new(Decimal::ZERO, 1).map_err(|error| error.to_string())?;
        bench.lines.push(Line::new("goods", free, 1));
    }
    let mut codes = BTreeMap::new();
    for (order, rule) in in_order(&rules).into_iter().enumerate() {
        let priority = i32::try_from(order).map_err(|error| error.to_string())?;
        let id = promote(&mut bench, rule, -priority, example)?;
        codes.insert(id, code(rule));
    }
    let priced = bench.price()?;
    compare(example, &bench, &priced, &codes)
}

/// The promotions that were asked for by code, or come by themselves.
fn chosen(example: &Value) -> Vec<&Value> {
    let codes: Vec<&str> = example["codes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let automatic = example["options"]["prevent_auto_promotions"] != Value::Bool(true);
    let all = example["promotions"].as_array().into_iter().flatten();
    all.filter(|rule| {
        let is_active = rule["status"]
            .as_str()
            .is_none_or(|status| status == "active");
        let is_automatic = rule["is_automatic"] == Value::Bool(true) && automatic;
        is_active && (is_automatic || codes.contains(&code(rule).as_str()))
    })
    .collect()
}

fn code(rule: &Value) -> String {
    rule["code"].as_str().unwrap_or("PROMOTION_TEST").to_owned()
}

/// Buy-and-get first, then the larger value.
fn in_order<'a>(rules: &[&'a Value]) -> Vec<&'a Value> {
    let mut rules = rules.to_vec();
    rules.sort_by_key(|rule| {
        let value = number(&rule["application_method"]["value"]).unwrap_or_default();
        (rule["type"] != "buyget", -value)
    });
    rules
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn number(value: &Value) -> Result<Decimal, String> {
    text(value)
        .parse()
        .map_err(|_| format!("{value} is no number"))
}

/// Everything that is said about something, as `path=value`.
fn facts(value: &Value, path: &str) -> Vec<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "items" | "shipping_methods"))
            .flat_map(|(name, value)| {
                facts(
                    value,
                    &format!("{path}{}{name}", if path.is_empty() { "" } else { "." }),
                )
            })
            .collect(),
        Value::Array(values) => values.iter().flat_map(|value| facts(value, path)).collect(),
        Value::Null => Vec::new(),
        other => vec![format!("{path}={}", text(other))],
    }
}

fn attribute(rule: &Value) -> String {
    let attribute = text(&rule["attribute"]);
    let name = attribute
        .strip_prefix("items.")
        .or_else(|| attribute.strip_prefix("shipping_methods."));
    name.unwrap_or(&attribute).to_owned()
}

fn values(rule: &Value) -> Vec<String> {
    match &rule["values"] {
        Value::Array(values) => values
            .iter()
            .map(|one| text(one.get("value").unwrap_or(one)))
            .collect(),
        one => vec![text(one)],
    }
}

/// A comparison of numbers, as a fact that holds or does not.
fn comparison(rule: &Value) -> Option<String> {
    let operator = rule["operator"].as_str()?;
    matches!(operator, "gt" | "gte" | "lt" | "lte")
        .then(|| format!("{} {operator} {}", attribute(rule), values(rule).join(",")))
}

fn holds(rule: &Value, facts: &[String]) -> bool {
    let prefix = format!("{}=", attribute(rule));
    let known = facts.iter().filter_map(|fact| fact.strip_prefix(&prefix));
    let mut known = known.filter_map(|value| value.parse::<Decimal>().ok());
    let limits: Vec<Decimal> = values(rule)
        .iter()
        .filter_map(|value| value.parse().ok())
        .collect();
    known.any(|value| {
        limits.iter().any(|limit| match rule["operator"].as_str() {
            Some("gt") => value > *limit,
            Some("gte") => value >= *limit,
            Some("lt") => value < *limit,
            Some("lte") => value <= *limit,
            _ => false,
        })
    })
}

fn line(item: &Value, rules: &[&Value]) -> Result<Option<Line>, String> {
    let quantity = item["quantity"].as_i64().unwrap_or(0);
    let subtotal = number(&item["subtotal"])?;
    if quantity < 1 || subtotal < Decimal::ZERO {
        return Ok(None);
    }
    let price = Price::new(subtotal, quantity).map_err(|error| error.to_string())?;
    let mut line = Line::new(&text(&item["id"]), price, quantity);
    line.goods.is_discountable = item["is_discountable"] != Value::Bool(false);
    let known = facts(item, "");
    for rule in rules {
        let method = &rule["application_method"];
        let both = [&method["target_rules"], &method["buy_rules"]];
        for rule in both.into_iter().filter_map(Value::as_array).flatten() {
            if let Some(fact) = comparison(rule)
                && holds(rule, &known)
            {
                line.goods.tags.push(fact);
            }
        }
    }
    line.goods.tags.extend(known);
    Ok(Some(line))
}

/// The goods that a list of rules is about.
fn selector(rules: &Value) -> Result<Selector, String> {
    let mut every = Vec::new();
    for rule in rules.as_array().into_iter().flatten() {
        let tags = || {
            values(rule)
                .into_iter()
                .map(|value| format!("{}={value}", attribute(rule)))
                .collect()
        };
        every.push(match rule["operator"].as_str() {
            Some("eq" | "in") => Selector::Tags(tags()),
            Some("ne") => Selector::Except(Box::new(Selector::Tags(tags()))),
            _ => Selector::Tags(vec![
                comparison(rule).ok_or_else(|| format!("operator {}", rule["operator"]))?,
            ]),
        });
    }
    Ok(if every.is_empty() {
        Selector::All
    } else {
        Selector::Every(every)
    })
}

/// The conditions on the customer and the moment.
fn conditions(rules: &Value, context: &Value) -> Result<Vec<Condition>, String> {
    let known = facts(context, "");
    let mut conditions = Vec::new();
    for rule in rules.as_array().into_iter().flatten() {
        let names = || {
            values(rule)
                .into_iter()
                .map(|value| format!("{}={value}", attribute(rule)))
                .collect()
        };
        conditions.push(match rule["operator"].as_str() {
            Some("eq" | "in") => Condition::Segment(names()),
            Some("ne") => Condition::Not(Box::new(Condition::Segment(names()))),
            Some(_) if comparison(rule).is_some() && holds(rule, &known) => continue,
            Some(_) if comparison(rule).is_some() => Condition::Segment(vec!["nobody".to_owned()]),
            other => return Err(format!("operator {other:?}")),
        });
    }
    Ok(conditions)
}

fn promote(
    bench: &mut Bench,
    rule: &Value,
    priority: i32,
    example: &Value,
) -> Result<PromotionId, String> {
    let method = &rule["application_method"];
    let when = conditions(&rule["rules"], &example["context"])?;
    let is_buyget = rule["type"] == "buyget";
    let effect = if is_buyget {
        buyget(method)?
    } else {
        standard(method, &example["context"])?
    };
    let mode = if is_buyget {
        Mode::BestOf("buyget".to_owned())
    } else {
        Mode::Compounding
    };
    let cap = number(&method["max_amount"]).ok().map(cents);
    let combination = Combination {
        mode,
        priority,
        cap,
        ..Combination::default()
    };
    let scenario = text(&example["scenario"]);
    let mut limits = Limits {
        short: Short::Nothing,
        ..Limits::default()
    };
    let has_budget = scenario.contains("budget");
    let by_usage = has_budget && scenario.contains("usage") || scenario.contains("limit exceeded");
    if by_usage {
        limits.uses = Some(1);
    } else if has_budget {
        limits.budget = Some(Amount::from_minor(CAMPAIGN_LIMIT * 100));
    }
    let id = bench.promote(&code(rule), when, vec![effect], combination, limits)?;
    bench
        .available
        .insert((id, Counter::Budget), CAMPAIGN_LIMIT * 100);
    bench.available.insert((id, Counter::Uses), 0);
    Ok(id)
}

fn basis_points(value: Decimal) -> Result<BasisPoints, String> {
    let value = (value * Decimal::from(100)).min(Decimal::from(10_000));
    value
        .trunc()
        .try_into()
        .map(BasisPoints)
        .map_err(|_| format!("{value} is no percent"))
}

fn standard(method: &Value, context: &Value) -> Result<Effect, String> {
    let value = number(&method["value"])?;
    let is_percent = method["type"] == "percentage";
    let off = if is_percent {
        Off::Percent(basis_points(value)?)
    } else {
        Off::Amount(cents(value))
    };
    let most = method["max_quantity"]
        .as_u64()
        .and_then(|most| u32::try_from(most).ok());
    let of = selector(&method["target_rules"])?;
    let allocation = method["allocation"].as_str().unwrap_or("across");
    let each = |most, most_per_line| {
        let target = Target {
            of: of.clone(),
            most,
            most_per_line,
            pick: Pick::Cheapest,
        };
        match off {
            Off::Percent(off) => Effect::Percent {
                off,
                of: Base::Remaining,
                target,
            },
            Off::Amount(off) => Effect::Amount {
                off,
                per: 1,
                target,
            },
            Off::Price(price) => Effect::Price {
                price,
                per: 1,
                target,
            },
        }
    };
    let all = Target {
        of: of.clone(),
        ..Target::default()
    };
    Ok(match (method["target_type"].as_str(), allocation) {
        (Some("shipping_methods"), _) => {
            let methods = context["shipping_methods"].as_array().into_iter().flatten();
            let meant = methods
                .filter(|one| is_meant(&method["target_rules"], one))
                .map(|one| text(&one["id"]));
            let mut methods: Vec<String> = meant.collect();
            if methods.is_empty() {
                methods.push("none".to_owned());
            }
            Effect::Shipping {
                off,
                methods,
                is_shared: allocation == "across",
            }
        }
        (Some("order"), _) | (_, "across") => Effect::Spread { off, target: all },
        (_, "once") => each(most, None),
        _ => each(None, most),
    })
}

fn is_meant(rules: &Value, method: &Value) -> bool {
    let known = facts(method, "");
    rules.as_array().into_iter().flatten().all(|rule| {
        let has = values(rule)
            .iter()
            .any(|value| known.contains(&format!("{}={value}", attribute(rule))));
        match rule["operator"].as_str() {
            Some("eq" | "in") => has,
            Some("ne") => !has,
            _ => holds(rule, &known),
        }
    })
}

fn buyget(method: &Value) -> Result<Effect, String> {
    let count = |field: &str| u32::try_from(method[field].as_u64().unwrap_or(0)).unwrap_or(0);
    let part = |rules: &Value, count| -> Result<Part, String> {
        Ok(Part {
            of: selector(rules)?,
            count,
            pick: Pick::Dearest,
            is_distinct: false,
        })
    };
    let off = if method["type"] == "percentage" {
        basis_points(number(&method["value"])?)?
    } else {
        BasisPoints(10_000)
    };
    let rewarded = count("apply_to_quantity").max(1);
    let most = method["max_quantity"]
        .as_u64()
        .map_or(1, |most| u32::try_from(most).unwrap_or(1));
    Ok(Effect::Bundle {
        parts: vec![
            part(&method["buy_rules"], count("buy_rules_min_quantity"))?,
            part(&method["target_rules"], rewarded)?,
        ],
        reward: Reward {
            on: Rewarded::Part(1),
            off: Off::Percent(off),
        },
        times: Some((most / rewarded).max(1)),
    })
}

/// Adjustments by code and what they are of, in cents.
type Adjustments = BTreeMap<(String, String), Amount>;

fn compare(
    example: &Value,
    bench: &Bench,
    priced: &Priced,
    codes: &BTreeMap<PromotionId, String>,
) -> Result<Differences, String> {
    let code_of = |place: u16| codes[&priced.trace.promotions[usize::from(place)].id].clone();
    let mut ours = Adjustments::new();
    for fired in priced
        .trace
        .fired
        .iter()
        .filter(|fired| fired.gave > Amount::ZERO)
    {
        let of = bench.lines[usize::from(fired.line)].name.clone();
        *ours.entry((code_of(fired.promotion), of)).or_default() += fired.gave;
    }
    for shipped in &priced.trace.shipping {
        let of = bench.shipping[usize::from(shipped.charge)].method.clone();
        *ours.entry((code_of(shipped.promotion), of)).or_default() += shipped.gave;
    }
    let mut theirs = Adjustments::new();
    let mut differences = Vec::new();
    for action in example["expected"].as_array().into_iter().flatten() {
        let code = text(&action["code"]);
        match action["action"].as_str() {
            Some("addItemAdjustment") => {
                *theirs.entry((code, text(&action["item_id"]))).or_default() +=
                    cents(number(&action["amount"])?);
            }
            Some("addShippingMethodAdjustment") => {
                let of = text(&action["shipping_method_id"]);
                *theirs.entry((code, of)).or_default() += cents(number(&action["amount"])?);
            }
            Some("campaignBudgetExceeded" | "promotionLimitExceeded") => {
                let is_said = priced
                    .trace
                    .exhausted
                    .iter()
                    .any(|one| code_of(one.promotion) == code);
                if !is_said {
                    differences.push(format!("{code} has not run out"));
                }
            }
            Some("removeItemAdjustment" | "removeShippingMethodAdjustment") => {}
            other => return Err(format!("action {other:?}")),
        }
    }
    if ours != theirs {
        differences.push(format!("{ours:?} instead of {theirs:?}"));
    }
    Ok(differences)
}
