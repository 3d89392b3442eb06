use super::*;
use crate::promotion::goods::NO_GIFTS;

fn gift(more: &Value) -> Value {
    let mut fields = json!({ "effects": [{ "gift": { "variant": uuid("CAP") } }] });
    for (field, value) in more.as_object().into_iter().flatten() {
        fields[field] = value.clone();
    }
    fields
}

fn left(shop: &mut Shop, promotion: &str, counter: Counter, left: i64) {
    let promotion = PromotionId::from_uuid(uuid(promotion));
    shop.available.insert((promotion, counter), left);
}

#[test]
fn a_gift_that_is_not_there_uses_up_nothing() {
    let mut shop = Shop::with(&[("G", gift(&json!({ "limits": { "uses": 10 } })))]);
    left(&mut shop, "G", Counter::Uses, 10);
    assert!(shop.price("TEA 1 x 3.00", |_| ()).claims().is_empty());
    shop.gifts = 1;
    assert_eq!(shop.price("TEA 1 x 3.00", |_| ()).claims().len(), 1);
}

#[test]
fn a_gift_that_is_not_there_keeps_nobody_from_the_rest() {
    let alone = gift(&json!({ "combination": { "mode": "exclusive", "priority": 9 } }));
    let percent = json!({ "effects": [{ "percent": { "off": 1_000 } }] });
    let mut shop = Shop::with(&[("G", alone), ("P", percent)]);
    shop.check("TEA 1 x 10.00", &expect!["9.00 = 9.00, 1 gifts missing"]);
    shop.gifts = 1;
    shop.check("TEA 1 x 10.00", &expect!["10.00 + 0.00 = 10.00"]);
}

#[test]
fn a_gift_is_worth_what_is_there_of_it() {
    let caps = json!({ "effects": [{ "gift": { "variant": uuid("CAP"), "quantity": 3 } }],
        "combination": { "mode": "exclusive" } });
    let amount = json!({ "effects": [{ "spread": { "off": { "amount": 1_000 } } }],
        "combination": { "mode": "exclusive" } });
    let mut shop = Shop::with(&[("G", caps), ("A", amount)]);
    // One cap for 9.00 is less than 10.00, three are more.
    shop.gifts = 1;
    shop.check("TEA 1 x 30.00", &expect!["20.00 = 20.00"]);
    shop.gifts = 3;
    shop.check("TEA 1 x 30.00", &expect!["30.00 + 0.00 = 30.00"]);
}

#[test]
fn two_promotions_do_not_give_the_same_piece() {
    let mut shop = Shop::with(&[("G", gift(&json!({}))), ("H", gift(&json!({})))]);
    shop.gifts = 1;
    shop.check(
        "TEA 1 x 3.00",
        &expect!["3.00 + 0.00 = 3.00, 1 gifts missing"],
    );
}

#[test]
fn a_budget_and_a_cap_count_what_gifts_cost() {
    let three = |more: &Value| {
        let mut fields = gift(more);
        fields["effects"][0]["gift"]["quantity"] = json!(3);
        fields
    };
    let capped = three(&json!({ "combination": { "cap": 2_000 } }));
    let mut shop = Shop::with(&[("G", capped)]);
    shop.gifts = 5;
    shop.check(
        "TEA 1 x 3.00",
        &expect!["3.00 + 0.00 = 3.00, 1 gifts missing"],
    );
    let mut shop = Shop::with(&[("G", three(&json!({ "limits": { "budget": 100_000 } })))]);
    shop.gifts = 5;
    left(&mut shop, "G", Counter::Budget, 2_700);
    let priced = shop.price("TEA 1 x 3.00", |_| ());
    assert_eq!(said(&priced), "3.00 + 0.00 = 3.00");
    assert_eq!(priced.claims()[0].quantity, 2_700);
    let id = shop.promotions[0].id();
    assert_eq!(priced.trace.by_promotion(id), Amount::from_minor(2_700));
    left(&mut shop, "G", Counter::Budget, 2_699);
    shop.check(
        "TEA 1 x 3.00",
        &expect!["3.00 + 0.00 = 3.00, 1 gifts missing"],
    );
    let whole = json!({ "limits": { "budget": 100_000, "short": "nothing" } });
    let mut shop = Shop::with(&[("G", three(&whole))]);
    shop.gifts = 5;
    left(&mut shop, "G", Counter::Budget, 2_699);
    shop.check("TEA 1 x 3.00", &expect!["3.00 = 3.00, Budget exhausted"]);
}

#[test]
fn points_that_come_to_none_use_up_nothing() {
    let points = json!({ "effects": [{ "points": { "earn": { "per_amount": { "points": 1, "each": 1_000 } } } }],
        "limits": { "uses": 10 } });
    let mut shop = Shop::with(&[("P", points)]);
    left(&mut shop, "P", Counter::Uses, 10);
    assert!(shop.price("TEA 1 x 3.00", |_| ()).claims().is_empty());
    assert_eq!(shop.price("TEA 1 x 30.00", |_| ()).claims().len(), 1);
}

#[test]
fn what_is_weighed_is_one_unit_for_an_amount() {
    let amount = json!({ "effects": [{ "amount": { "off": 100 } }] });
    let shop = Shop::with(&[("A", amount)]);
    shop.check("NUTS 731 g x 14.99/1000", &expect!["9.96 = 9.96"]);
    let kilogram = json!({ "effects": [{ "amount": { "off": 100, "per": 1_000 } }] });
    Shop::with(&[("A", kilogram)]).check("NUTS 500 g x 14.00/1000", &expect!["6.50 = 6.50"]);
    let tiers = json!({ "effects": [{ "tiers": { "by": { "quantity": "grams" }, "steps": [{ "from": 1_000, "off": { "amount": 200 } }] } }] });
    Shop::with(&[("T", tiers)]).check("NUTS 1500 g x 10.00/1000", &expect!["13.00 = 13.00"]);
    let price = json!({ "effects": [{ "price": { "price": 100 } }] });
    Shop::with(&[("P", price)]).check("NUTS 1500 g x 10.00/1000", &expect!["15.00 = 15.00"]);
}

#[test]
fn of_two_codes_the_one_that_is_left_is_used() {
    let coupon = json!({ "when": ["voucher"], "effects": [{ "percent": { "off": 1_000 } }] });
    let mut shop = Shop::with(&[("C", coupon)]);
    let id = shop.promotions[0].id();
    let [first, second] = ["a", "b"].map(|name| VoucherId::from_uuid(uuid(name)));
    shop.vouchers = vec![(id, first), (id, second)];
    left(&mut shop, "C", Counter::Voucher(first), 0);
    left(&mut shop, "C", Counter::Voucher(second), 1);
    let priced = shop.price("TEA 1 x 10.00", |_| ());
    assert_eq!(said(&priced), "9.00 = 9.00");
    assert_eq!(priced.claims()[0].counter, Counter::Voucher(second));
}

#[test]
fn a_limit_of_units_counts_a_unit_once() {
    let percent = json!({ "percent": { "off": 1_000 } });
    let spread = json!({ "spread": { "off": { "amount": 100 } } });
    let draft = json!({ "effects": [percent, spread], "limits": { "units": 100 } });
    let refused = promotion("B", &draft).unwrap_err();
    assert!(refused.contains("limits.units"), "{refused}");
    let draft =
        json!({ "effects": [{ "percent": { "off": 1_000 } }], "when": [{ "purchase": 21 }] });
    assert!(promotion("B", &draft).unwrap_err().contains("when[0]"));
}

#[test]
fn gifts_of_which_nothing_was_said_are_asked_for() {
    let [beaten, other] = [9, 1].map(|priority| {
        gift(&json!({ "combination": { "mode": "exclusive", "priority": priority } }))
    });
    let percent =
        json!({ "effects": [{ "percent": { "off": 1_000 } }], "combination": { "priority": 20 } });
    let shop = Shop::with(&[("P", percent), ("G", beaten), ("H", other)]);
    let priced = shop.price("TEA 1 x 10.00", |at| at.gifts = &NO_GIFTS);
    assert_eq!(
        priced.unknown_gifts.into_iter().collect::<Vec<_>>(),
        [VariantId::from_uuid(uuid("CAP"))]
    );
    assert!(shop.price("TEA 1 x 10.00", |_| ()).unknown_gifts.is_empty());
}
