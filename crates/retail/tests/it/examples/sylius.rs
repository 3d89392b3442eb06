//! Promotions of Sylius: sentences of its feature files, a cart, and what it comes to.
use retail::{
    amount::Amount,
    price::Price,
    promotion::{
        Combination, Limits, Mode, Priced,
        condition::{Base, Condition, Measure},
        effect::{BasisPoints, Effect, Off, Target},
        goods::ShippingCharge,
        selector::Selector,
        voucher::VoucherId,
    },
    tax::{TaxIn, TaxRate, TaxRounding, TaxRule},
};
use rust_decimal::Decimal;
use serde_json::Value;

use super::Differences;
use crate::bench::{Bench, Line, category, cents, id, product};

/// Above every priority that the examples name: there an exclusive promotion comes before any other.
const EXCLUSIVE: i32 = 1_000_000;

pub fn run(example: &Value) -> Result<Differences, String> {
    let full = bench(example, true)?;
    let priced = full.price()?;
    // "The price of a product" is sometimes before, sometimes after what is spread over the order.
    let without_spreads = bench(example, false)?.price()?;
    compare(example, &full, &priced, &without_spreads)
}

fn bench(example: &Value, with_spreads: bool) -> Result<Bench, String> {
    let mut bench = Bench {
        tax: tax_rule(example)?,
        ..Bench::default()
    };
    let catalogue = example["catalogue"].as_array().ok_or("a catalogue")?;
    for wanted in example["cart"].as_array().into_iter().flatten() {
        let known = catalogue.iter().find(|known| {
            known["product"] == wanted["product"] || known["variant"] == wanted["product"]
        });
        let known =
            known.ok_or_else(|| format!("{} is not in the catalogue", wanted["product"]))?;
        bench.lines.push(line(known, wanted, example)?);
    }
    if let Some(fee) = example["shipping"]["fee"].as_i64() {
        let method = example["shipping"]["method"]
            .as_str()
            .unwrap_or("shipping")
            .to_owned();
        bench.shipping.push(ShippingCharge {
            method,
            amount: Amount::from_minor(fee),
        });
    }
    for promotion in example["promotions"].as_array().into_iter().flatten() {
        promote(&mut bench, promotion, example, with_spreads)?;
    }
    Ok(bench)
}

fn line(known: &Value, wanted: &Value, example: &Value) -> Result<Line, String> {
    let price = known["price"].as_i64().ok_or("a price")?;
    let price = Price::new(Decimal::new(price, 2), 1).map_err(|error| error.to_string())?;
    let name = known["product"].as_str().unwrap_or_default();
    let mut line = Line::new(name, price, wanted["qty"].as_i64().unwrap_or(1));
    let taxons = known["taxons"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    line.goods.categories = taxons.map(category).collect();
    line.goods.minimum = known["min_price"]
        .as_i64()
        .map(|minimum| minimum * 1_000_000);
    line.tax = rate(example, &known["tax_category"])?;
    Ok(line)
}

fn rate(example: &Value, category: &Value) -> Result<TaxRate, String> {
    let rates = example["tax_rates"].as_array().into_iter().flatten();
    let mut of = rates.filter(|rate| !category.is_null() && rate["category"] == *category);
    let Some(rate) = of.next() else {
        return Ok(TaxRate::ZERO);
    };
    let percent: Decimal = rate["rate_pct"].to_string().parse().map_err(|_| "a rate")?;
    let points = (percent * Decimal::from(100))
        .trunc()
        .try_into()
        .map_err(|_| "a rate")?;
    TaxRate::from_basis_points(points).ok_or_else(|| "a rate of at most 100 %".to_owned())
}

/// Prices here include tax or do not, all of them. Rates that nothing in the cart has do not matter.
fn tax_rule(example: &Value) -> Result<TaxRule, String> {
    let catalogue = example["catalogue"].as_array().into_iter().flatten();
    let in_cart = |known: &&Value| {
        let cart = example["cart"].as_array().into_iter().flatten();
        cart.into_iter()
            .any(|wanted| wanted["product"] == known["product"])
    };
    let mut used: Vec<&Value> = catalogue
        .filter(in_cart)
        .map(|known| &known["tax_category"])
        .collect();
    used.push(&example["shipping"]["tax_category"]);
    let rates = example["tax_rates"].as_array().into_iter().flatten();
    let mut kinds: Vec<bool> = rates
        .filter(|rate| used.contains(&&rate["category"]))
        .map(|rate| rate["included"] == Value::Bool(true))
        .collect();
    kinds.dedup();
    let prices = match kinds.as_slice() {
        [] | [true] => TaxIn::Included,
        [false] => TaxIn::Excluded,
        _ => {
            return Err(
                "one document with prices that include tax and prices that do not".to_owned(),
            );
        }
    };
    // By item or by unit of one: on the line, here.
    Ok(TaxRule {
        prices,
        rounding: TaxRounding::PerLine,
    })
}

fn promote(
    bench: &mut Bench,
    promotion: &Value,
    example: &Value,
    with_spreads: bool,
) -> Result<(), String> {
    let mut rule = Rule::default();
    for sentence in promotion["rules"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        rule.read(sentence)?;
    }
    if !with_spreads {
        rule.effects
            .retain(|effect| !matches!(effect, Effect::Spread { .. }));
    }
    if rule.effects.is_empty() {
        return Ok(());
    }
    let name = promotion["name"].as_str().unwrap_or("promotion");
    let coupon = ["coupon", "coupon_based", "coupons"]
        .iter()
        .any(|field| !matches!(&promotion[*field], Value::Null | Value::Bool(false)));
    if coupon {
        rule.when.push(Condition::Voucher);
    }
    let is_exclusive = promotion["exclusive"] == Value::Bool(true);
    let priority = promotion["priority"]
        .as_i64()
        .and_then(|priority| i32::try_from(priority).ok())
        .unwrap_or(0);
    let combination = Combination {
        mode: if is_exclusive {
            Mode::Exclusive
        } else {
            Mode::Compounding
        },
        priority: if is_exclusive {
            priority + EXCLUSIVE
        } else {
            priority
        },
        only_unreduced: promotion["skip_discounted"] == Value::Bool(true),
        ..Combination::default()
    };
    let id_of = bench.promote(
        name,
        rule.when,
        rule.effects,
        combination,
        Limits::default(),
    )?;
    let was_shown = example["coupons"]
        .as_array()
        .is_some_and(|coupons| !coupons.is_empty());
    if coupon && was_shown {
        let voucher = VoucherId::from_uuid(id("coupon"));
        bench.vouchers.push((id_of, voucher));
        bench.available.insert(
            (id_of, retail::promotion::claim::Counter::Voucher(voucher)),
            1,
        );
    }
    Ok(())
}

#[derive(Default)]
struct Rule {
    when: Vec<Condition>,
    effects: Vec<Effect>,
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
    fn read(&mut self, sentence: &str) -> Result<(), String> {
        let head = sentence.strip_prefix("gives ").unwrap_or(sentence);
        let head = head.strip_prefix("another ").unwrap_or(head);
        let place = CONDITIONS
            .iter()
            .filter_map(|phrase| head.find(phrase))
            .min();
        let (given, conditions) = head.split_at(place.unwrap_or(head.len()));
        let is_spread = conditions.contains(" contains ") && !given.contains("product");
        for clause in clauses(given) {
            let effect =
                effect(&clause, is_spread).ok_or_else(|| format!("{sentence:?}: {clause:?}"))?;
            self.effects.push(effect);
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
        at_least: Some(1),
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

fn compare(
    example: &Value,
    bench: &Bench,
    priced: &Priced,
    without_spreads: &Priced,
) -> Result<Differences, String> {
    let mut differences = Vec::new();
    let expected = example["expected"].as_object().ok_or("what is expected")?;
    let shipping: Amount = priced.shipping.iter().copied().sum();
    let shipping_rate = rate(example, &example["shipping"]["tax_category"])?;
    let (shipping_tax, shipping_due) = match bench.tax.prices {
        TaxIn::Included => (shipping_rate.included_in(shipping), shipping),
        TaxIn::Excluded => {
            let tax = shipping_rate.on_top_of(shipping);
            (tax, shipping + tax)
        }
    };
    for (field, value) in expected {
        let minor = || {
            value
                .as_i64()
                .map(Amount::from_minor)
                .ok_or_else(|| format!("{field} {value}"))
        };
        let by_product = |ours: &dyn Fn(&str, Amount) -> Option<Amount>| {
            let products = value.as_object().into_iter().flatten();
            products
                .filter_map(|(name, minor)| {
                    let minor = Amount::from_minor(minor.as_i64().unwrap_or_default());
                    ours(name, minor)
                        .map(|ours| format!("{field} of {name} {ours} instead of {minor}"))
                })
                .collect::<Vec<_>>()
        };
        let ours = match field.as_str() {
            "total" => priced.sale.total + shipping_due,
            "discount" => priced.sale.discount,
            "shipping" | "shipping_total" => shipping,
            "tax_added" | "tax_included" => priced.sale.tax() + shipping_tax,
            "line_discount" => {
                differences.extend(by_product(&|name, theirs| {
                    let both = [bench.off(priced, name), bench.off(without_spreads, name)];
                    (!both.contains(&theirs)).then_some(both[0])
                }));
                continue;
            }
            "line_total" => {
                differences.extend(by_product(&|name, theirs| {
                    let lines = bench.lines.iter().zip(&priced.sale.lines);
                    let of = lines.filter(|(line, _)| line.name == name);
                    let (mut total, mut net) = (Amount::ZERO, Amount::ZERO);
                    for (_, line) in of {
                        total += line.total;
                        net += line.gross - line.item.discount;
                    }
                    (theirs != total && theirs != net).then_some(total)
                }));
                continue;
            }
            _ => return Err(format!("expectation {field}")),
        };
        if ours != minor()? {
            differences.push(format!("{field} {ours} instead of {}", minor()?));
        }
    }
    Ok(differences)
}
