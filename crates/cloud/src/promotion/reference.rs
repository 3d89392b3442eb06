//! What a draft speaks of has to be there: products, variants, categories, brands, tags and branches.
use httpkit::problem::Problem;
use retail::promotion::Draft;
use retail::promotion::condition::Condition;
use retail::promotion::effect::Effect;
use retail::promotion::selector::Selector;
use uuid::Uuid;

use super::db;
use crate::db::Tx;
use crate::error::Result;

/// Something that is named, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// `effects[0].target.of`, as a refusal names it.
    pub(super) field: String,
    /// `product`, `variant`, `category`, `location`, `brand` or `tag`.
    pub(super) kind: &'static str,
    /// Its id as text, or its name.
    pub(super) name: String,
}

/// Refuses a draft that speaks of what is not there; says where, and of what.
pub(super) async fn check(tx: &Tx, draft: &Draft) -> Result<()> {
    let named = named(draft);
    let Some(missing) = db::first_missing(tx, &named).await? else {
        return Ok(());
    };
    let (code, message) = if missing.kind == "location" {
        ("promotion.unknown_location", "There is no such branch")
    } else {
        ("promotion.unknown_product", "There are no such goods")
    };
    let is_named = matches!(missing.kind, "brand" | "tag");
    Err(Problem::invalid(code, missing.field.as_str(), message)
        .figure("kind", missing.kind)
        .figure(if is_named { "name" } else { "id" }, missing.name.clone())
        .into())
}

/// Everything that a draft names, in the order in which it does.
pub(super) fn named(draft: &Draft) -> Vec<Named> {
    let mut named = Vec::new();
    for (index, condition) in draft.when.iter().enumerate() {
        in_condition(&format!("when[{index}]"), condition, &mut named);
    }
    for (index, effect) in draft.effects.iter().enumerate() {
        in_effect(&format!("effects[{index}]"), effect, &mut named);
    }
    named
}

fn in_condition(field: &str, condition: &Condition, named: &mut Vec<Named>) {
    match condition {
        Condition::Quantity { of, .. }
        | Condition::Distinct { of, .. }
        | Condition::Amount { of, .. } => in_selector(field, of, named),
        Condition::Location(ids) => {
            named.extend(ids.iter().map(|id| Named {
                field: field.to_owned(),
                kind: "location",
                name: id.as_uuid().to_string(),
            }));
        }
        Condition::Any(parts) => {
            for part in parts {
                in_condition(field, part, named);
            }
        }
        Condition::Not(part) => in_condition(field, part, named),
        Condition::Tender(_)
        | Condition::Segment(_)
        | Condition::Member
        | Condition::Purchase(_)
        | Condition::Birthday { .. }
        | Condition::Channel(_)
        | Condition::Hours { .. }
        | Condition::Dates { .. }
        | Condition::Voucher => {}
    }
}

fn in_effect(field: &str, effect: &Effect, named: &mut Vec<Named>) {
    match effect {
        Effect::Percent { target, .. }
        | Effect::Amount { target, .. }
        | Effect::Price { target, .. }
        | Effect::Tiers { target, .. }
        | Effect::Spread { target, .. } => {
            in_selector(&format!("{field}.target.of"), &target.of, named);
        }
        Effect::Bundle { parts, .. } => {
            for (index, part) in parts.iter().enumerate() {
                in_selector(&format!("{field}.parts[{index}].of"), &part.of, named);
            }
        }
        Effect::Gift { variant, .. } => named.push(Named {
            field: format!("{field}.variant"),
            kind: "variant",
            name: variant.as_uuid().to_string(),
        }),
        Effect::Points { of, .. } => in_selector(&format!("{field}.of"), of, named),
        Effect::Shipping { .. } => {}
    }
}

fn in_selector(field: &str, selector: &Selector, named: &mut Vec<Named>) {
    let mut all = |kind, texts: &mut dyn Iterator<Item = String>| {
        named.extend(texts.map(|name| Named {
            field: field.to_owned(),
            kind,
            name,
        }));
    };
    let text = |id: Uuid| id.to_string();
    match selector {
        Selector::Products(ids) => all("product", &mut ids.iter().map(|id| text(id.as_uuid()))),
        Selector::Variants(ids) => all("variant", &mut ids.iter().map(|id| text(id.as_uuid()))),
        Selector::Categories(ids) => all("category", &mut ids.iter().map(|id| text(id.as_uuid()))),
        Selector::Brands(texts) => all("brand", &mut texts.iter().cloned()),
        Selector::Tags(texts) => all("tag", &mut texts.iter().cloned()),
        Selector::Any(parts) | Selector::Every(parts) => {
            for part in parts {
                in_selector(field, part, named);
            }
        }
        Selector::Except(part) => in_selector(field, part, named),
        Selector::All | Selector::ListPrice { .. } => {}
    }
}
