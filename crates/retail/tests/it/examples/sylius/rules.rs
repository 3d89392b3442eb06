//! Sentences of Sylius's feature files that say what a promotion gives, and when.
use retail::{
    amount::Amount,
    promotion::{
        condition::{Base, Condition, Measure},
        effect::{BasisPoints, Effect, Off, Target},
        selector::Selector,
    },
};
use rust_decimal::Decimal;

use crate::bench::{category, cents, product};

/// What the sentences of a promotion say.
#[derive(Default)]
pub(super) struct Rule {
    pub(super) when: Vec<Condition>,
    pub(super) effects: Vec<Given>,
}

/// Something that is given, everywhere or in one channel.
pub(super) struct Given {
    pub(super) effect: Effect,
    pub(super) channel: Option<String>,
}

/// What begins the conditions of a sentence.
const CONDITIONS: [&str; 9] = [
    " if order contains ",
    " if the order contains ",
    " with items total ",
    " when the item total is ",
    " when items total is ",
    " with quantity at least ",
    " over ",
    " for customers from ",
    " if the customer is from ",
];

impl Rule {
    /// Reads `gives "10%" off on every product classified as "Jackets" and a "$50.00" discount to every order …`.
    pub(super) fn read(&mut self, sentence: &str) -> Result<(), String> {
        let head = sentence.strip_prefix("gives ").unwrap_or(sentence);
        let head = head.strip_prefix("another ").unwrap_or(head);
        let place = CONDITIONS
            .iter()
            .filter_map(|phrase| head.find(phrase))
            .min();
        let (given, conditions) = head.split_at(place.unwrap_or(head.len()));
        let is_spread = conditions.contains(" contains ") && !given.contains("product");
        for clause in clauses(given) {
            let (said, channel) = in_channel(&clause);
            let effect =
                effect(said, is_spread).ok_or_else(|| format!("{sentence:?}: {clause:?}"))?;
            let channel = channel.map(str::to_owned);
            self.effects.push(Given { effect, channel });
        }
        if let Some(number) = ordinal(given) {
            self.when.push(Condition::Purchase(number));
        }
        if !conditions.is_empty() {
            let said =
                condition(conditions).ok_or_else(|| format!("{sentence:?}: {conditions:?}"))?;
            self.when.push(said);
        }
        Ok(())
    }
}

/// `…` and `Web-GB` of `… in the "Web-GB" channel`.
fn in_channel(clause: &str) -> (&str, Option<&str>) {
    let said = clause
        .trim_end_matches(" only")
        .strip_suffix(" channel")
        .and_then(|said| said.rsplit_once(" in the \""));
    match said {
        Some((said, name)) => (said, name.strip_suffix('"')),
        None => (clause, None),
    }
}

/// `5` of `customer's 5th order`.
fn ordinal(text: &str) -> Option<u32> {
    let number = text.split("customer's ").nth(1)?;
    number
        .chars()
        .take_while(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .ok()
}

/// The texts in quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

fn money(text: &str) -> Option<Amount> {
    let number = text.trim_start_matches(['$', '€', '£']).replace(',', "");
    number.parse().ok().map(cents)
}

fn percent(text: &str) -> Option<BasisPoints> {
    let number: Decimal = text.strip_suffix('%')?.parse().ok()?;
    (number * Decimal::from(100))
        .trunc()
        .try_into()
        .ok()
        .map(BasisPoints)
}

fn off(text: &str) -> Option<Off> {
    percent(text)
        .map(Off::Percent)
        .or_else(|| money(text).map(Off::Amount))
}

/// Parts of a sentence that each give something.
fn clauses(given: &str) -> Vec<String> {
    let mut clauses: Vec<String> = Vec::new();
    for part in given.split(" and ") {
        let part = part.strip_prefix("a ").unwrap_or(part);
        let begins = quoted(part).first().is_some_and(|first| {
            part.starts_with('"') && off(first).is_some() && part.contains(" discount")
                || part.contains(" off")
        });
        match clauses.last_mut() {
            Some(last) if !(begins || part.starts_with("free shipping")) => {
                last.push_str(" and ");
                last.push_str(part);
            }
            _ => clauses.push(part.to_owned()),
        }
    }
    clauses
}

fn effect(clause: &str, is_spread: bool) -> Option<Effect> {
    if clause.starts_with("free shipping") {
        return Some(Effect::Shipping {
            off: Off::Percent(BasisPoints(10_000)),
            methods: Vec::new(),
            is_shared: false,
        });
    }
    let off = off(quoted(clause).first()?)?;
    if clause.contains("discount on shipping") {
        return Some(Effect::Shipping {
            off,
            methods: Vec::new(),
            is_shared: false,
        });
    }
    let is_order = is_spread
        || clause.contains(" order")
        || clause.contains(" discount to every order")
        || (clause.ends_with(" off") && !clause.contains("product"));
    if is_order {
        return Some(Effect::Spread {
            off,
            target: Target::default(),
        });
    }
    if !clause.contains("product") {
        return None;
    }
    let target = Target {
        of: filter(clause)?,
        ..Target::default()
    };
    Some(match off {
        // Each of its promotions takes a percent of the price before any.
        Off::Percent(off) => Effect::Percent {
            off,
            of: Base::List,
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
    })
}

/// Which products a clause is about.
fn filter(clause: &str) -> Option<Selector> {
    let after = |phrase: &str| clause.split_once(phrase).map(|(_, rest)| rest);
    let mut every = Vec::new();
    if let Some(rest) = after("classified as ") {
        every.push(Selector::Categories(
            quoted(rest)
                .into_iter()
                .filter(|name| money(name).is_none())
                .map(category)
                .collect(),
        ));
    }
    if let Some(rest) = after("priced between ") {
        let limits = quoted(rest);
        every.push(Selector::ListPrice {
            at_least: money(limits.first()?),
            at_most: money(limits.get(1)?),
        });
    }
    if let Some(rest) = after("with minimum price at ") {
        every.push(Selector::ListPrice {
            at_least: money(quoted(rest).first()?),
            at_most: None,
        });
    }
    if let Some(rest) = after("with maximum price at ") {
        every.push(Selector::ListPrice {
            at_least: None,
            at_most: money(quoted(rest).first()?),
        });
    }
    if every.is_empty() && !clause.contains("every product") {
        let names: Vec<&str> = quoted(clause).into_iter().skip(1).collect();
        every.push(Selector::Products(names.into_iter().map(product).collect()));
    }
    Some(if every.is_empty() {
        Selector::All
    } else {
        Selector::Every(every)
    })
}

/// `2` of `if order contains 2 products`.
fn number_after(text: &str, phrase: &str) -> Option<i64> {
    let (_, rest) = text.split_once(phrase)?;
    rest.split(' ').next()?.parse().ok()
}

fn condition(text: &str) -> Option<Condition> {
    let names = quoted(text);
    let amount = |of| {
        let at_least = names.iter().rev().find_map(|name| money(name));
        Some(Condition::Amount {
            of,
            at_least: Some(at_least?),
            at_most: None,
            base: Base::Remaining,
        })
    };
    let some = |of| Condition::Quantity {
        of,
        at_least: Some(number_after(text, " contains ").unwrap_or(1)),
        at_most: None,
        measure: Measure::Pieces,
    };
    if text.contains("customer") {
        return Some(Condition::Segment(
            names.into_iter().map(str::to_owned).collect(),
        ));
    }
    if let Some(rest) = text.split_once("classified as ").map(|(_, rest)| rest) {
        let names = quoted(rest)
            .into_iter()
            .filter(|name| money(name).is_none());
        let of = Selector::Categories(names.map(category).collect());
        return if rest.contains("minimum value") {
            amount(of)
        } else {
            Some(some(of))
        };
    }
    if text.contains(" contains ") && text.contains("product") {
        return Some(some(Selector::Products(
            names.into_iter().map(product).collect(),
        )));
    }
    if let Some(rest) = text
        .split_once("with quantity at least ")
        .map(|(_, rest)| rest)
    {
        let number = rest.trim().trim_matches('"').parse().ok();
        return Some(Condition::Quantity {
            of: Selector::All,
            at_least: Some(number?),
            at_most: None,
            measure: Measure::Pieces,
        });
    }
    amount(Selector::All)
}
