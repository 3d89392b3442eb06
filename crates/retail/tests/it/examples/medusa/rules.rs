//! Rules of Medusa on attributes, and facts that they are about.
use retail::promotion::{
    condition::{Condition, Measure},
    selector::Selector,
};
use rust_decimal::Decimal;
use serde_json::Value;

pub(super) fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

pub(super) fn number(value: &Value) -> Result<Decimal, String> {
    text(value)
        .parse()
        .map_err(|_| format!("{value} is no number"))
}

/// Everything that is said about something, as `path=value`.
pub(super) fn facts(value: &Value, path: &str) -> Vec<String> {
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
pub(super) fn comparison(rule: &Value) -> Option<String> {
    let operator = rule["operator"].as_str()?;
    matches!(operator, "gt" | "gte" | "lt" | "lte")
        .then(|| format!("{} {operator} {}", attribute(rule), values(rule).join(",")))
}

pub(super) fn holds(rule: &Value, facts: &[String]) -> bool {
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

/// The goods that a list of rules is about.
pub(super) fn selector(rules: &Value) -> Result<Selector, String> {
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

/// The conditions on the customer, the moment, and what is in the basket.
pub(super) fn conditions(rules: &Value, context: &Value) -> Result<Vec<Condition>, String> {
    let known = facts(context, "");
    let mut conditions = Vec::new();
    for rule in rules.as_array().into_iter().flatten() {
        if is_about_items(rule, context) {
            conditions.push(Condition::Quantity {
                of: selector(&Value::Array(vec![rule.clone()]))?,
                at_least: Some(1),
                at_most: None,
                measure: Measure::Pieces,
            });
            continue;
        }
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

/// Is a rule about what is in the basket: by its name, or because nothing else has the attribute?
fn is_about_items(rule: &Value, context: &Value) -> bool {
    let prefix = format!("{}=", attribute(rule));
    let has = |facts: &[String]| facts.iter().any(|fact| fact.starts_with(&prefix));
    let mut items = context["items"].as_array().into_iter().flatten();
    let is_named = rule["attribute"]
        .as_str()
        .is_some_and(|attribute| attribute.starts_with("items."));
    is_named || (!has(&facts(context, "")) && items.any(|item| has(&facts(item, ""))))
}

pub(super) fn is_meant(rules: &Value, method: &Value) -> bool {
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
