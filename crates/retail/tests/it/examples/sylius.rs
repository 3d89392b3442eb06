//! Promotions of Sylius: sentences of its feature files, a cart, and what it comes to.
use retail::{
    amount::Amount,
    price::Price,
    promotion::{
        Combination, Limits, Mode, Priced,
        claim::Counter,
        condition::Condition,
        effect::Effect,
        goods::ShippingCharge,
        voucher::{VoucherCode, VoucherId},
    },
    tax::{TaxIn, TaxRate, TaxRounding, TaxRule},
};
use rust_decimal::Decimal;
use serde_json::Value;

use self::rules::Rule;
use super::{Difference, Differences};
use crate::bench::{Bench, Line, category, id};

mod rules;

/// Above every priority that the examples name: there an exclusive promotion comes before any other.
const EXCLUSIVE: i32 = 1_000_000;

pub fn run(example: &Value) -> Result<Differences, String> {
    if let [_, _, ..] = tax_kinds(example).as_slice() {
        return Ok(vec![Difference {
            said: "prices that include tax and prices that do not".to_owned(),
            decision: Some("tax-in-and-on-top"),
        }]);
    }
    let full = bench(example, true)?;
    let priced = full.price()?;
    // "The price of a product" is sometimes before, sometimes after what is spread over the order.
    let without_spreads = bench(example, false)?.price()?;
    compare(example, &full, &priced, &without_spreads)
}

fn bench(example: &Value, with_spreads: bool) -> Result<Bench, String> {
    let mut bench = Bench {
        tax: tax_rule(example),
        segments: segments(example),
        purchases: purchases(example),
        channel: example["channel"].as_str().map(str::to_owned),
        ..Bench::default()
    };
    let catalogue = example["catalogue"].as_array().ok_or("a catalogue")?;
    for wanted in example["cart"].as_array().into_iter().flatten() {
        let names = |known: &&Value| {
            let is_variant = wanted["variant"].is_null() || known["variant"] == wanted["variant"];
            let is_product = known["product"] == wanted["product"];
            (is_product && is_variant) || known["variant"] == wanted["product"]
        };
        let known = catalogue.iter().find(names);
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

/// The groups of the customer who buys.
fn segments(example: &Value) -> Vec<String> {
    let customer = &example["customer"];
    let said = [
        &example["customer_group"],
        &customer["group"],
        &customer["customer_group"],
    ];
    let names = said.into_iter().filter_map(Value::as_str);
    names.map(str::to_owned).collect()
}

/// How often the customer has bought before.
fn purchases(example: &Value) -> u32 {
    let customer = &example["customer"];
    ["placed_orders", "orders_placed", "previous_orders"]
        .iter()
        .flat_map(|field| [&example[*field], &customer[*field]])
        .find_map(|number| number.as_u64()?.try_into().ok())
        .unwrap_or(0)
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
    line.is_reduced = known["original_price"].as_i64() > known["price"].as_i64();
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

/// The rates that something in the cart has. Others do not matter.
fn used_rates(example: &Value) -> impl Iterator<Item = &Value> {
    let catalogue = example["catalogue"].as_array().into_iter().flatten();
    let in_cart = |known: &&Value| {
        let mut cart = example["cart"].as_array().into_iter().flatten();
        cart.any(|wanted| {
            wanted["product"] == known["product"] || wanted["product"] == known["variant"]
        })
    };
    let mut used: Vec<&Value> = catalogue
        .filter(in_cart)
        .map(|known| &known["tax_category"])
        .collect();
    used.push(&example["shipping"]["tax_category"]);
    let rates = example["tax_rates"].as_array().into_iter().flatten();
    rates.filter(move |rate| used.contains(&&rate["category"]))
}

/// Prices here include tax or do not, all of them.
fn tax_kinds(example: &Value) -> Vec<TaxIn> {
    let mut kinds: Vec<TaxIn> = Vec::new();
    for rate in used_rates(example) {
        let kind = match rate["included"] {
            Value::Bool(true) => TaxIn::Included,
            _ => TaxIn::Excluded,
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

fn is_by_unit(example: &Value) -> bool {
    let strategy = example["tax_strategy"].as_str().unwrap_or_default();
    strategy.to_lowercase().replace(' ', "_") == "order_item_units_based"
}

/// Their calculator that keeps decimals leaves rounding to the next larger thing: the item, or the order.
fn keeps_decimals(example: &Value) -> bool {
    used_rates(example).any(|rate| rate["calculator"] == "decimal")
}

fn tax_rule(example: &Value) -> TaxRule {
    let kinds = tax_kinds(example);
    TaxRule {
        prices: kinds.first().copied().unwrap_or(TaxIn::Included),
        rounding: if keeps_decimals(example) && !is_by_unit(example) {
            TaxRounding::PerDocument
        } else {
            TaxRounding::PerLine
        },
    }
}

/// How far rounding by unit may be away from ours.
fn unit_rounding(example: &Value) -> Amount {
    let cart = example["cart"].as_array().into_iter().flatten();
    let units = cart.filter_map(|wanted| wanted["qty"].as_i64()).sum();
    if is_by_unit(example) && !keeps_decimals(example) {
        Amount::from_minor(units)
    } else {
        Amount::ZERO
    }
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
            .retain(|given| !matches!(given.effect, Effect::Spread { .. }));
    }
    let mut channels: Vec<Option<&str>> = Vec::new();
    for given in &rule.effects {
        let channel = given.channel.as_deref();
        if !channels.contains(&channel) {
            channels.push(channel);
        }
    }
    for channel in channels {
        let mut when = rule.when.clone();
        let of_channel = channel.map(|name| Condition::Channel(vec![name.to_owned()]));
        when.extend(of_channel);
        let given = rule.effects.iter();
        let effects = given
            .filter(|given| given.channel.as_deref() == channel)
            .map(|given| given.effect.clone())
            .collect();
        add(bench, promotion, example, when, effects)?;
    }
    Ok(())
}

/// Adds a promotion with what an example says beside its sentences.
fn add(
    bench: &mut Bench,
    promotion: &Value,
    example: &Value,
    mut when: Vec<Condition>,
    effects: Vec<Effect>,
) -> Result<(), String> {
    let codes = coupons(promotion);
    if codes.is_some() {
        when.push(Condition::Voucher);
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
    let name = promotion["name"].as_str().unwrap_or("promotion");
    let id_of = bench.promote(name, when, effects, combination, Limits::default())?;
    let Some(codes) = codes else { return Ok(()) };
    let shown = &example["coupons"];
    let was_shown = shown.as_array().is_some_and(|shown| !shown.is_empty());
    let fits = codes.is_empty() || codes_of(shown).iter().any(|code| codes.contains(code));
    if was_shown && fits {
        let voucher = VoucherId::from_uuid(id("coupon"));
        bench.vouchers.push((id_of, voucher));
        let counter = Counter::Voucher(voucher);
        bench.available.insert((id_of, counter), 1);
    }
    Ok(())
}

/// The codes for which a promotion is given, if it is only given for one; none named: for any.
fn coupons(promotion: &Value) -> Option<Vec<VoucherCode>> {
    let mut fields = ["coupon", "coupon_based", "coupons"]
        .iter()
        .map(|field| &promotion[*field])
        .filter(|said| !matches!(said, Value::Null | Value::Bool(false)));
    fields.next().map(codes_of)
}

fn codes_of(said: &Value) -> Vec<VoucherCode> {
    match said {
        Value::String(code) => VoucherCode::parse(code).into_iter().collect(),
        Value::Array(codes) => codes.iter().flat_map(codes_of).collect(),
        Value::Object(coupon) => coupon.get("code").map(codes_of).unwrap_or_default(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// The tax of what shipping costs, and what the customer pays for it.
fn shipping_tax(
    example: &Value,
    bench: &Bench,
    shipping: Amount,
) -> Result<(Amount, Amount), String> {
    let rate = rate(example, &example["shipping"]["tax_category"])?;
    Ok(match bench.tax.prices {
        TaxIn::Included => (rate.included_in(shipping), shipping),
        TaxIn::Excluded => {
            let tax = rate.on_top_of(shipping);
            (tax, shipping + tax)
        }
    })
}

fn compare(
    example: &Value,
    bench: &Bench,
    priced: &Priced,
    without_spreads: &Priced,
) -> Result<Differences, String> {
    let mut differences = Differences::new();
    let expected = example["expected"].as_object().ok_or("what is expected")?;
    let shipping: Amount = priced.shipping.iter().copied().sum();
    let (shipping_tax, shipping_due) = shipping_tax(example, bench, shipping)?;
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
                    let ours = ours(name, minor)?;
                    Some(Difference::from(format!(
                        "{field} of {name} {ours} instead of {minor}"
                    )))
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
        let theirs = minor()?;
        if ours != theirs {
            let is_rounding = ours.max(theirs) - ours.min(theirs) <= unit_rounding(example);
            let is_taxed = matches!(field.as_str(), "total" | "tax_added" | "tax_included");
            differences.push(Difference {
                said: format!("{field} {ours} instead of {theirs}"),
                decision: (is_taxed && is_rounding).then_some("tax-per-unit"),
            });
        }
    }
    Ok(differences)
}
