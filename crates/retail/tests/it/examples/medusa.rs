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
    },
};
use rust_decimal::Decimal;
use serde_json::Value;

use self::rules::{comparison, conditions, facts, holds, is_meant, number, selector, text};
use super::Differences;
use crate::bench::{Bench, Line, cents};

mod rules;

/// What campaigns of the other project's tests may spend, and how often they may be used.
const CAMPAIGN_LIMIT: Decimal = Decimal::ONE_THOUSAND;

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

fn line(item: &Value, rules: &[&Value]) -> Result<Option<Line>, String> {
    let quantity = item["quantity"].as_i64().unwrap_or(0);
    // Promotions there are of prices with tax or without: of one kind in one basket, here.
    let with_tax = |rule: &&Value| rule["is_tax_inclusive"] == Value::Bool(true);
    let subtotal = match number(&item["original_total"]) {
        Ok(total) if !rules.is_empty() && rules.iter().all(with_tax) => total,
        _ => number(&item["subtotal"])?,
    };
    if quantity < 1 || subtotal < Decimal::ZERO {
        return Ok(None);
    }
    let price = Price::new(subtotal, quantity).map_err(|error| error.to_string())?;
    let mut line = Line::new(&text(&item["id"]), price, quantity);
    line.goods.is_discountable = item["is_discountable"] != Value::Bool(false);
    let known = facts(item, "");
    for rule in rules {
        let method = &rule["application_method"];
        let all = [
            &rule["rules"],
            &method["target_rules"],
            &method["buy_rules"],
        ];
        for rule in all.into_iter().filter_map(Value::as_array).flatten() {
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

fn promote(
    bench: &mut Bench,
    rule: &Value,
    priority: i32,
    example: &Value,
) -> Result<PromotionId, String> {
    let method = &rule["application_method"];
    let mut when = conditions(&rule["rules"], &example["context"])?;
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
    let campaign = Campaign::of(rule, example);
    if campaign.limits.uses_per_customer.is_some() {
        when.push(Condition::Member);
    }
    let id = bench.promote(
        &code(rule),
        when,
        vec![effect],
        combination,
        campaign.limits,
    )?;
    let left = campaign.left.into_iter();
    bench
        .available
        .extend(left.map(|(counter, left)| ((id, counter), left)));
    Ok(id)
}

/// What a promotion may still give.
struct Campaign {
    limits: Limits,
    left: Option<(Counter, i64)>,
}

impl Campaign {
    /// As the promotion says; else as the campaign to which the other project's tests give it, which scenarios are named after.
    fn of(rule: &Value, example: &Value) -> Self {
        let budget = &rule["campaign"]["budget"];
        let count = |value: &Value| number(value).ok();
        let used = |of: &Value| count(&of["used"]).unwrap_or_default();
        if let Some(limit) = count(&budget["limit"]) {
            let kind = budget["type"].as_str().unwrap_or("spend");
            return Self::limited(kind, limit, limit - used(budget));
        }
        if let Some(limit) = count(&rule["limit"]) {
            return Self::limited("usage", limit, limit - used(rule));
        }
        let scenario = text(&example["scenario"]);
        if scenario.contains("use_by_attribute") {
            Self::limited("use_by_attribute", Decimal::TWO, Decimal::TWO)
        } else if scenario.contains("type usage") || scenario.contains("limit exceeded") {
            Self::limited("usage", CAMPAIGN_LIMIT, Decimal::ZERO)
        } else if scenario.contains("budget") {
            Self::limited("spend", CAMPAIGN_LIMIT, CAMPAIGN_LIMIT)
        } else {
            Self {
                limits: Limits::default(),
                left: None,
            }
        }
    }

    fn limited(kind: &str, limit: Decimal, left: Decimal) -> Self {
        let mut limits = Limits {
            short: Short::Nothing,
            ..Limits::default()
        };
        let whole = |number: Decimal| number.trunc().try_into().unwrap_or(0_i64);
        let uses = u64::try_from(whole(limit)).ok();
        let left = match kind {
            "spend" => {
                limits.budget = Some(cents(limit));
                (Counter::Budget, cents(left).minor())
            }
            "use_by_attribute" => {
                limits.uses_per_customer = uses;
                (Counter::Customer, whole(left))
            }
            _ => {
                limits.uses = uses;
                (Counter::Uses, whole(left))
            }
        };
        Self {
            limits,
            left: Some(left),
        }
    }
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
    let each = |most, most_per_line, pick| {
        let target = Target {
            of: of.clone(),
            most,
            most_per_line,
            pick,
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
        (_, "once") => each(most, None, Pick::Cheapest),
        // Of one line, first those that nothing else has reduced.
        _ => each(None, most, Pick::Dearest),
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
    let rewarded = count("apply_to_quantity").max(1);
    let value = number(&method["value"])?;
    let off = if method["type"] == "percentage" {
        Off::Percent(basis_points(value)?)
    } else {
        // Off each unit there, off all of them together here.
        Off::Amount(cents(value * Decimal::from(rewarded)))
    };
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
            off,
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
    let mut differences = Differences::new();
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
                    differences.push(format!("{code} has not run out").into());
                }
            }
            Some("removeItemAdjustment" | "removeShippingMethodAdjustment") => {}
            other => return Err(format!("action {other:?}")),
        }
    }
    if ours != theirs {
        differences.push(format!("{ours:?} instead of {theirs:?}").into());
    }
    Ok(differences)
}
