use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use jiff::civil::date;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Priced, Promotion, PromotionId, Rules,
    claim::Counter,
    goods::{BasketLine, Buyer, Context, CustomerId, GiftOffer, Goods, ShippingCharge},
    price,
    trace::{Lack, Search},
    voucher::{VoucherCode, VoucherId},
};
use crate::{
    amount::Amount,
    catalog::{ProductId, VariantId},
    currency::Currency,
    location::LocationId,
    price::Price,
    quantity::{Quantity, Unit},
    sale::Item,
    tax::TaxRate,
};

mod gift;

/// The id that a name has here.
fn uuid(name: &str) -> Uuid {
    Uuid::from_u128(name.bytes().fold(0, |id, byte| id * 256 + u128::from(byte)))
}

/// A promotion as its document: `{"effects": …}` with what it must have put in.
fn promotion(name: &str, fields: &Value) -> Result<Promotion, String> {
    let mut document = json!({ "format": 1, "id": uuid(name), "version": 1, "name": name });
    for (field, value) in fields.as_object().into_iter().flatten() {
        document[field] = value.clone();
    }
    serde_json::from_value(document).map_err(|error| error.to_string())
}

#[derive(Default)]
struct Shop {
    promotions: Vec<Promotion>,
    available: BTreeMap<(PromotionId, Counter), i64>,
    vouchers: Vec<(PromotionId, VoucherId)>,
    customer: Option<Buyer>,
    shipping: Vec<ShippingCharge>,
    gifts: i64,
}

impl Shop {
    fn with(promotions: &[(&str, Value)]) -> Self {
        let promotions = promotions
            .iter()
            .map(|(name, fields)| promotion(name, fields).unwrap());
        Self {
            promotions: promotions.collect(),
            ..Self::default()
        }
    }

    /// Prices `"TEA 3 x 2.50, NUTS 500 g x 14.99/1000"`. Goods are tagged with their own name in small letters.
    fn price(&self, basket: &str, context: impl FnOnce(&mut Context<'_>)) -> Priced {
        let lines: Vec<(Goods, Item)> = basket
            .split(", ")
            .filter(|line| !line.is_empty())
            .map(line)
            .collect();
        let lines: Vec<BasketLine<'_>> = lines
            .iter()
            .map(|(goods, item)| BasketLine {
                item: *item,
                goods,
                is_reduced: false,
            })
            .collect();
        let (cap, item) = line("CAP 1 x 9.00");
        let offer = GiftOffer {
            item,
            goods: &cap,
            available: Quantity::new(self.gifts),
        };
        let gifts = BTreeMap::from([(cap.variant, offer)]);
        let usd = Currency::by_code("USD").unwrap();
        let mut at = Context {
            available: &self.available,
            vouchers: &self.vouchers,
            customer: self.customer.as_ref(),
            shipping: &self.shipping,
            gifts: &gifts,
            ..Context::at(
                usd,
                LocationId::from_uuid(uuid("here")),
                date(2026, 11, 21).at(19, 0, 0, 0),
            )
        };
        context(&mut at);
        price(&lines, &Rules::new(self.promotions.iter().cloned()), &at).unwrap()
    }

    /// What each line costs, what it comes to, and the rest worth saying.
    #[track_caller]
    fn check(&self, basket: &str, expected: &Expect) {
        expected.assert_eq(&said(&self.price(basket, |_| ())));
    }
}

fn said(priced: &Priced) -> String {
    let lines: Vec<String> = priced
        .sale
        .lines
        .iter()
        .map(|line| line.total.to_string())
        .collect();
    let mut said = vec![format!("{} = {}", lines.join(" + "), priced.sale.total)];
    said.extend(
        priced
            .shipping
            .iter()
            .map(|charge| format!("shipping {charge}")),
    );
    if priced.points > 0 {
        said.push(format!("{} points", priced.points));
    }
    said.extend(priced.trace.near.iter().map(|near| match near.lacks {
        Lack::Part { units, .. } | Lack::Quantity { units, .. } => format!("{units} more needed"),
        Lack::Amount { amount, .. } => format!("{amount} more needed"),
        Lack::Tier { more } => format!("{more} more for the next tier"),
    }));
    let missing = priced.trace.gifts.iter().filter(|gift| gift.missing > 0);
    said.extend(missing.map(|gift| format!("{} gifts missing", gift.missing)));
    said.extend(
        priced
            .trace
            .exhausted
            .iter()
            .map(|one| format!("{:?} exhausted", one.counter)),
    );
    if priced.trace.search == Search::Bounded {
        said.push("bounded".to_owned());
    }
    said.join(", ")
}

fn line(text: &str) -> (Goods, Item) {
    let words: Vec<&str> = text.split([' ', '/']).collect();
    let variant = VariantId::from_uuid(uuid(words[0]));
    let is_weighed = words[2] == "g";
    let rest = &words[if is_weighed { 4 } else { 3 }..];
    let per = rest.get(1).map_or(1, |per| per.parse().unwrap());
    let item = Item {
        variant,
        unit: if is_weighed { Unit::Gram } else { Unit::Piece },
        quantity: Quantity::new(words[1].parse().unwrap()),
        price: Price::new(rest[0].parse::<Decimal>().unwrap(), per).unwrap(),
        discount: Amount::ZERO,
        tax: TaxRate::ZERO,
    };
    let goods = Goods {
        tags: vec![words[0].to_lowercase()],
        ..Goods::new(variant, ProductId::from_uuid(uuid(words[0])))
    };
    (goods, item)
}

fn tag(name: &str) -> Value {
    json!({ "tags": [name] })
}

fn percent_off(percent: u16, tags: &str) -> Value {
    json!({ "percent": { "off": percent * 100, "target": { "of": tag(tags) } } })
}

fn three_for_two() -> Value {
    json!({ "bundle": { "parts": [{ "count": 3 }], "reward": { "on": { "cheapest": 1 }, "off": { "percent": 10_000 } } } })
}

#[test]
fn three_for_two_says_what_is_missing_and_repeats() {
    let shop = Shop::with(&[("321", json!({ "effects": [three_for_two()] }))]);
    shop.check("TEA 2 x 3.00", &expect!["6.00 = 6.00, 1 more needed"]);
    shop.check("TEA 2 x 3.00, TEA 1 x 3.00", &expect!["3.00 + 3.00 = 6.00"]);
    shop.check(
        "A 1 x 9.00, B 1 x 8.00, C 1 x 7.00, D 1 x 3.00, E 1 x 2.00, F 1 x 1.00",
        &expect!["9.00 + 8.00 + 0.00 + 3.00 + 2.00 + 0.00 = 22.00"],
    );
}

#[test]
fn buy_two_shirts_get_the_cheapest_belt_free() {
    let reward = json!({ "on": { "part": 1 }, "off": { "percent": 10_000 } });
    let parts = json!([{ "of": tag("shirt"), "count": 2 }, { "of": tag("belt"), "count": 1, "pick": "cheapest" }]);
    let when = json!([{ "hours": { "weekdays": [6, 7], "from": "18:00:00", "until": "21:00:00" } }, "member"]);
    let fields =
        json!({ "when": when, "effects": [{ "bundle": { "parts": parts, "reward": reward } }] });
    let mut shop = Shop::with(&[("belt", fields)]);
    let basket = "SHIRT 2 x 20.00, BELT 1 x 15.00, BELT 1 x 12.00";
    shop.check(basket, &expect!["40.00 + 15.00 + 12.00 = 67.00"]);
    let birthday = Some(date(1990, 2, 28));
    shop.customer = Some(Buyer {
        id: CustomerId::from_uuid(uuid("A")),
        segments: Vec::new(),
        purchases: 0,
        birthday,
    });
    shop.check(
        basket,
        &expect!["40.00 + 15.00 + 0.00 = 55.00, 2 more needed"],
    );
    shop.check(
        "SHIRT 1 x 20.00, BELT 1 x 12.00",
        &expect!["20.00 + 12.00 = 32.00, 1 more needed"],
    );
    for (local, total) in [
        (date(2026, 11, 21).at(17, 59, 59, 0), 6_700),
        (date(2026, 11, 21).at(18, 0, 0, 0), 5_500),
        (date(2026, 11, 21).at(21, 0, 0, 0), 6_700),
        (date(2026, 11, 23).at(19, 0, 0, 0), 6_700),
    ] {
        assert_eq!(
            shop.price(basket, |at| at.local = local).sale.total.minor(),
            total,
            "{local}"
        );
    }
}

#[test]
fn percent_after_percent_takes_from_what_remains() {
    let both = [
        ("A", json!({ "effects": [percent_off(40, "tea")] })),
        ("B", json!({ "effects": [percent_off(70, "tea")] })),
    ];
    Shop::with(&both).check("TEA 1 x 100.00", &expect!["18.00 = 18.00"]);
    let group = json!({ "mode": { "best_of": "g" } });
    let best = both.map(|(name, mut fields)| {
        fields["combination"] = group.clone();
        (name, fields)
    });
    let priced = Shop::with(&best).price("TEA 1 x 100.00", |_| ());
    assert_eq!(said(&priced), "30.00 = 30.00");
    let beaten = priced.trace.beaten[0];
    assert_eq!(
        (beaten.promotion, beaten.by, beaten.would.minor()),
        (0, 1, 4_000)
    );
}

#[test]
fn weighed_goods_and_prices_for_three() {
    let kilogram =
        json!({ "amount": { "off": 200, "per": 1_000, "target": { "of": tag("nuts") } } });
    let tiers = json!({ "tiers": { "by": { "quantity": "grams" }, "steps": [{ "from": 1_000, "off": { "percent": 1_000 } }], "target": { "of": tag("rice") } } });
    let shop = Shop::with(&[
        ("K", json!({ "effects": [kilogram] })),
        ("T", json!({ "effects": [tiers] })),
    ]);
    shop.check("NUTS 731 g x 14.99/1000", &expect!["9.50 = 9.50"]);
    shop.check(
        "RICE 600 g x 2.00/1000, RICE 300 g x 2.00/1000",
        &expect!["1.20 + 0.60 = 1.80, 100 more for the next tier"],
    );
    shop.check(
        "RICE 600 g x 2.00/1000, RICE 400 g x 2.00/1000",
        &expect!["1.08 + 0.72 = 1.80"],
    );
    let third =
        json!({ "percent": { "off": 10_000, "target": { "most": 1, "pick": "cheapest" } } });
    Shop::with(&[("M", json!({ "effects": [third] }))])
        .check("MUG 3 x 1.00/3", &expect!["0.67 = 0.67"]);
}

#[test]
fn thresholds_spreads_shipping_and_points() {
    let at_least = |base: &str| json!([{ "amount": { "at_least": 5_000, "base": base } }]);
    let spread = json!({ "spread": { "off": { "amount": 1_000 } } });
    let more = json!([spread, { "shipping": { "off": { "percent": 10_000 } } }, { "points": { "earn": { "per_amount": { "points": 1, "each": 100 } } } }]);
    let mut shop = Shop::with(&[
        (
            "T",
            json!({ "when": at_least("remaining"), "effects": more }),
        ),
        ("P", json!({ "effects": [percent_off(10, "tea")] })),
    ]);
    shop.shipping = vec![ShippingCharge {
        method: "post".to_owned(),
        amount: Amount::from_minor(490),
    }];
    shop.check(
        "TEA 1 x 50.00",
        &expect!["45.00 = 45.00, shipping 4.90, 5.00 more needed"],
    );
    shop.check(
        "TEA 1 x 50.00, MUG 2 x 5.00",
        &expect!["36.82 + 8.18 = 45.00, shipping 0.00, 45 points"],
    );
}

#[test]
fn a_group_gives_less_where_the_basket_then_gives_more() {
    // 10 % off would keep the basket below the threshold that gives 20.00.
    let group = json!({ "mode": { "best_of": "g" } });
    let rich = json!([{ "amount": { "at_least": 10_000 } }]);
    let shop = Shop::with(&[
        (
            "A",
            json!({ "effects": [percent_off(10, "tea")], "combination": group }),
        ),
        (
            "B",
            json!({ "when": rich, "effects": [{ "spread": { "off": { "amount": 2_000 } } }] }),
        ),
    ]);
    shop.check("TEA 1 x 105.00", &expect!["85.00 = 85.00"]);
    shop.check("TEA 1 x 120.00", &expect!["88.00 = 88.00"]);
}

#[test]
fn an_exclusive_promotion_is_alone() {
    let alone = |priority: i32| json!({ "effects": [percent_off(20, "tea")], "combination": { "mode": "exclusive", "priority": priority } });
    let more =
        json!({ "effects": [{ "amount": { "off": 3_000 } }], "combination": { "priority": 1 } });
    let shop = |priority| Shop::with(&[("A", alone(priority)), ("B", more.clone())]);
    shop(0).check("TEA 1 x 100.00", &expect!["70.00 = 70.00"]);
    shop(1).check("TEA 1 x 100.00", &expect!["70.00 = 70.00"]);
    shop(2).check("TEA 1 x 100.00", &expect!["80.00 = 80.00"]);
    shop(2).check("MUG 1 x 100.00", &expect!["70.00 = 70.00"]);
}

#[test]
fn a_gift_comes_and_leaves_with_its_cause() {
    let when = json!([{ "quantity": { "of": tag("tea"), "at_least": 2 } }]);
    let gift =
        json!({ "when": when, "effects": [{ "gift": { "variant": uuid("CAP"), "quantity": 2 } }] });
    let mut shop = Shop::with(&[("G", gift)]);
    shop.gifts = 5;
    shop.check("TEA 2 x 3.00", &expect!["6.00 + 0.00 = 6.00"]);
    shop.check("TEA 1 x 3.00", &expect!["3.00 = 3.00, 1 more needed"]);
    shop.gifts = 1;
    shop.check(
        "TEA 2 x 3.00",
        &expect!["6.00 + 0.00 = 6.00, 1 gifts missing"],
    );
    shop.gifts = 0;
    shop.check("TEA 2 x 3.00", &expect!["6.00 = 6.00, 2 gifts missing"]);
}

#[test]
fn limits_are_what_is_available() {
    let flash = json!({ "effects": [{ "price": { "price": 100 } }], "limits": { "units": 10 } });
    let mut shop = Shop::with(&[("F", flash)]);
    shop.check("TEA 5 x 3.00", &expect!["15.00 = 15.00, Units exhausted"]);
    let id = shop.promotions[0].id();
    shop.available.insert((id, Counter::Units), 3);
    let priced = shop.price("TEA 5 x 3.00", |_| ());
    assert_eq!(said(&priced), "9.00 = 9.00");
    assert_eq!(
        priced
            .claims()
            .iter()
            .map(|claim| claim.quantity)
            .collect::<Vec<_>>(),
        [3]
    );

    for (short, total) in [
        ("rest", "7.50 = 7.50"),
        ("nothing", "10.00 = 10.00, Budget exhausted"),
    ] {
        let half = json!({ "effects": [{ "percent": { "off": 5_000 } }], "limits": { "budget": 100_000, "short": short } });
        let mut shop = Shop::with(&[("H", half)]);
        shop.available
            .insert((shop.promotions[0].id(), Counter::Budget), 250);
        assert_eq!(said(&shop.price("TEA 1 x 10.00", |_| ())), total);
    }
}

#[test]
fn a_voucher_must_be_shown_and_be_unused() {
    let mut shop = Shop::with(&[(
        "V",
        json!({ "when": ["voucher"], "effects": [{ "spread": { "off": { "amount": 500 } } }] }),
    )]);
    shop.check("TEA 1 x 10.00", &expect!["10.00 = 10.00"]);
    let (id, voucher) = (shop.promotions[0].id(), VoucherId::from_uuid(uuid("CODE")));
    shop.vouchers.push((id, voucher));
    let used = shop.price("TEA 1 x 10.00", |_| ());
    assert_eq!(
        (used.sale.total.minor(), used.trace.exhausted.len()),
        (1_000, 1)
    );
    shop.available.insert((id, Counter::Voucher(voucher)), 1);
    let priced = shop.price("TEA 1 x 3.00", |_| ());
    assert_eq!(
        (priced.sale.total, priced.claims()[0].quantity),
        (Amount::ZERO, 1)
    );
}

#[test]
fn codes_as_people_type_them() {
    let code = |text: &str| {
        VoucherCode::parse(text)
            .map(|code| code.to_string())
            .map_err(|error| error.to_string())
    };
    assert_eq!(code(" summer-2026 "), Ok("SUMMER2026".to_owned()));
    assert_eq!(code("su mm er2026"), Ok("SUMMER2026".to_owned()));
    assert_eq!(code(" - "), Err("the code is empty".to_owned()));
    assert_eq!(
        code("50%"),
        Err("'%' is neither a letter nor a digit".to_owned())
    );
    assert!(code(&"A".repeat(41)).is_err());
}

#[test]
fn birthdays_are_near_over_the_year_and_on_leap_days() {
    let when = json!([{ "birthday": { "before": 3, "after": 1 } }]);
    let mut shop = Shop::with(&[(
        "B",
        json!({ "when": when, "effects": [percent_off(50, "tea")] }),
    )]);
    for (birthday, today, half) in [
        (date(1990, 1, 2), date(2026, 12, 30), true),
        (date(1990, 1, 2), date(2026, 12, 29), false),
        (date(1990, 12, 31), date(2027, 1, 1), true),
        (date(1992, 2, 29), date(2026, 3, 1), true),
        (date(1992, 2, 29), date(2026, 3, 3), false),
    ] {
        shop.customer = Some(Buyer {
            id: CustomerId::from_uuid(uuid("A")),
            segments: Vec::new(),
            purchases: 0,
            birthday: Some(birthday),
        });
        let priced = shop.price("TEA 1 x 10.00", |at| at.local = today.at(12, 0, 0, 0));
        assert_eq!(priced.sale.total.minor() == 500, half, "{birthday} {today}");
    }
}

#[test]
fn a_flash_sale_ends_with_a_time_of_grace() {
    let when = json!([{ "dates": { "until": "2026-11-21T19:00:00", "grace_minutes": 10 } }]);
    let shop = Shop::with(&[(
        "F",
        json!({ "when": when, "effects": [percent_off(50, "tea")] }),
    )]);
    let at = |minute: i8, begun: i8| {
        let time = |minute: i8| {
            date(2026, 11, 21).at(
                if minute < 0 { 18 } else { 19 },
                if minute < 0 { 60 + minute } else { minute },
                0,
                0,
            )
        };
        shop.price("TEA 1 x 10.00", |context| {
            context.local = time(minute);
            context.begun = time(begun);
        })
        .sale
        .total
        .minor()
    };
    assert_eq!(
        [at(-1, -1), at(0, 0), at(9, -5), at(10, -5), at(9, 1)],
        [500, 1_000, 500, 1_000, 1_000]
    );
}

#[test]
fn what_is_no_promotion() {
    let refused = |fields: Value| promotion("A", &fields).unwrap_err();
    let effect = |effect: Value| json!({ "effects": [effect] });
    assert_eq!(
        refused(json!({ "effects": [] })),
        "effects: a promotion gives 1 to 20 things"
    );
    assert_eq!(
        refused(effect(json!({ "percent": { "off": 15_000 } }))),
        "effects[0].off: a percent is above 0 and at most 100"
    );
    assert_eq!(
        refused(effect(json!({ "percent": { "off": 0 } }))),
        "effects[0].off: a percent is above 0 and at most 100"
    );
    assert_eq!(
        refused(effect(json!({ "price": { "price": -1 } }))),
        "effects[0].price: a price is never negative"
    );
    assert_eq!(
        refused(effect(
            json!({ "percent": { "off": 1, "target": { "of": { "tags": [] } } } })
        )),
        "effects[0].target.of: the list is empty"
    );
    assert_eq!(
        refused(json!({ "effects": [percent_off(5, "tea")], "limits": { "units": 0 } })),
        "limits.units: a limit of none is no promotion; stop it instead"
    );
    let dates =
        json!([{ "dates": { "from": "2026-02-01T00:00:00", "until": "2026-01-01T00:00:00" } }]);
    assert_eq!(
        refused(json!({ "effects": [percent_off(5, "tea")], "when": dates })),
        "when[0]: the end is not after the beginning"
    );
    let unknown = refused(effect(json!({ "teleport": { "off": 1 } })));
    assert!(
        unknown.starts_with("unknown variant `teleport`"),
        "{unknown}"
    );
    let newer = refused(json!({ "format": 2, "effects": [] }));
    assert!(
        newer.starts_with("the promotion has form 2; forms up to 1 are known here"),
        "{newer}"
    );
    let bundle = json!({ "bundle": { "parts": [{ "count": 2 }], "reward": { "on": { "part": 1 }, "off": { "percent": 1 } } } });
    assert_eq!(
        refused(effect(bundle)),
        "effects[0].reward.on: there is no such part"
    );
}

#[test]
fn a_document_keeps_its_form() {
    let fields = json!({ "effects": [three_for_two()], "when": [{ "channel": ["web", "till", "web"] }], "combination": { "mode": { "best_of": " g " } } });
    let promotion = promotion("A", &fields).unwrap();
    expect![[r#"{"format":1,"id":"00000000-0000-0000-0000-000000000041","version":1,"name":"A","when":[{"channel":["till","web"]}],"effects":[{"bundle":{"parts":[{"of":"all","count":3,"pick":"best"}],"reward":{"on":{"cheapest":1},"off":{"percent":10000}}}}],"combination":{"mode":{"best_of":"g"}}}"#]]
        .assert_eq(&serde_json::to_string(&promotion).unwrap());
}

#[test]
fn dong_have_no_decimals_and_dinars_three() {
    let third = Shop::with(&[("P", json!({ "effects": [{ "percent": { "off": 3_333 } }] }))]);
    for (code, basket, total) in [
        ("VND", "TEA 1 x 25000", 16_667),
        ("KWD", "TEA 1 x 1.250", 833),
    ] {
        let priced = third.price(basket, |at| at.currency = Currency::by_code(code).unwrap());
        assert_eq!(priced.sale.total.minor(), total, "{code}");
    }
}

#[test]
fn the_largest_baskets_do_not_wrap() {
    let total = json!({ "bundle": { "parts": [{ "count": 2 }], "reward": { "on": "all", "off": { "price": 1 } } } });
    let group = json!({ "mode": { "best_of": "g" } });
    let shop = Shop::with(&[
        (
            "A",
            json!({ "effects": [three_for_two()], "combination": group }),
        ),
        ("B", json!({ "effects": [total], "combination": group })),
        (
            "C",
            json!({ "effects": [percent_off(50, "tea")], "combination": group }),
        ),
    ]);
    let basket = vec!["TEA 999 x 1000000"; 40].join(", ");
    let priced = shop.price(&basket, |_| ());
    assert!(priced.sale.total < priced.sale.subtotal && !priced.sale.total.is_negative());
}
