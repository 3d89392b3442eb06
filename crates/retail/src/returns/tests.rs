use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use jiff::civil::date;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Back, Condition, PaidBack, Policy, REASONS, ReasonError, Sold, SoldLine, exchange, pay_back,
    quote, reason, suggested,
};
use crate::{
    amount::Amount,
    catalog::{ProductId, VariantId},
    currency::Currency,
    location::LocationId,
    price::Price,
    promotion::{
        Promotion, Rules,
        goods::{BasketLine, Context, GiftOffer, Goods},
        price,
    },
    quantity::{Quantity, Unit},
    sale::{Item, Tender, TenderKind},
    tax::TaxRate,
};

fn line(name: &str, quantity: i64, cents: i64) -> (Goods, Item) {
    let id = Uuid::from_u128(name.bytes().fold(0, |id, byte| id * 256 + u128::from(byte)));
    let goods = Goods::new(VariantId::from_uuid(id), ProductId::from_uuid(id));
    let item = Item {
        variant: goods.variant,
        unit: Unit::Piece,
        quantity: Quantity::new(quantity),
        price: Price::new(Decimal::new(cents, 2), 1).unwrap(),
        discount: Amount::ZERO,
        tax: TaxRate::from_basis_points(700).unwrap(),
    };
    (goods, item)
}

fn rules(effects: &Value) -> Rules {
    let document = json!({ "format": 1, "id": Uuid::from_u128(1), "version": 3, "name": "A", "effects": effects });
    Rules::new([serde_json::from_value::<Promotion>(document).unwrap()])
}

fn at<'a>(gifts: &'a BTreeMap<VariantId, GiftOffer<'a>>) -> Context<'a> {
    let usd = Currency::by_code("USD").unwrap();
    let morning = date(2026, 1, 1).at(9, 0, 0, 0);
    Context {
        gifts,
        ..Context::at(usd, LocationId::from_uuid(Uuid::nil()), morning)
    }
}

fn sold_line(line: BasketLine<'_>, total: Amount, is_gift: bool) -> SoldLine<'_> {
    SoldLine {
        line,
        total,
        is_gift,
        returned: Quantity::ZERO,
        refunded: Amount::ZERO,
    }
}

/// Sells the lines, brings `back` step by step, and says what each step gives.
#[track_caller]
fn check(
    effects: &Value,
    lines: &[(&str, i64, i64)],
    back: &[(usize, i64)],
    policy: Policy,
    expected: &Expect,
) {
    let rules = rules(effects);
    let goods: Vec<(Goods, Item)> = lines
        .iter()
        .map(|(name, quantity, cents)| line(name, *quantity, *cents))
        .collect();
    let lines: Vec<BasketLine<'_>> = goods.iter().map(basket_line).collect();
    let (cap, item) = line("CAP", 1, 900);
    let offer = GiftOffer {
        item,
        goods: Box::leak(Box::new(cap)),
        available: Quantity::new(9),
    };
    let gifts = BTreeMap::from([(item.variant, offer)]);
    let context = at(&gifts);
    let priced = price(&lines, &rules, &context).unwrap();
    let mut sold: Vec<SoldLine<'_>> = Vec::new();
    for (place, of) in priced.sale.lines.iter().enumerate() {
        let gift = BasketLine {
            item: Item {
                discount: Amount::ZERO,
                ..of.item
            },
            goods: offer.goods,
            is_reduced: false,
        };
        let line = lines.get(place).copied();
        sold.push(sold_line(line.unwrap_or(gift), of.total, line.is_none()));
    }
    let mut said = vec![format!("paid {}", priced.sale.total)];
    for &(line, quantity) in back {
        let back = [Back {
            line,
            quantity: Quantity::new(quantity),
        }];
        let of = Sold {
            lines: &sold,
            taxes: &priced.sale.taxes,
            refunded_taxes: &[],
            trace: &priced.trace,
        };
        match quote(of, &back, &rules, &context, policy) {
            Err(error) => said.push(error.to_string()),
            Ok(quote) => {
                let lost = quote.lost.first();
                let lost = lost.map_or(String::new(), |(_, lost)| format!(" ({lost} lost)"));
                said.push(format!("{} back{lost}", quote.refund));
                sold[line].returned = sold[line].returned + back[0].quantity;
                for (line, amount) in quote.lines {
                    sold[line].refunded += amount;
                }
            }
        }
    }
    expected.assert_eq(&said.join("; "));
}

fn basket_line((goods, item): &(Goods, Item)) -> BasketLine<'_> {
    BasketLine {
        item: *item,
        goods,
        is_reduced: false,
    }
}

fn three_for_two() -> Value {
    json!([{ "bundle": { "parts": [{ "count": 3 }], "reward": { "on": { "cheapest": 1 }, "off": { "percent": 10_000 } } } }])
}

#[test]
fn a_part_of_three_for_two() {
    let three = [("A", 1, 900), ("B", 1, 800), ("C", 1, 700)];
    // The free one: the two that are kept cost what was paid.
    check(
        &three_for_two(),
        &three,
        &[(2, 1), (0, 1), (1, 1)],
        Policy::Reprice,
        &expect!["paid 17.00; 0.00 back; 9.00 back; 8.00 back"],
    );
    check(
        &three_for_two(),
        &three,
        &[(0, 1), (1, 1), (2, 1)],
        Policy::Reprice,
        &expect!["paid 17.00; 2.00 back (7.00 lost); 8.00 back (7.00 lost); 7.00 back"],
    );
    check(
        &three_for_two(),
        &three,
        &[(0, 1), (2, 1), (1, 1)],
        Policy::ProRata,
        &expect!["paid 17.00; 9.00 back (7.00 lost); 0.00 back; 8.00 back"],
    );
    check(
        &three_for_two(),
        &[("A", 3, 1_000)],
        &[(0, 1), (0, 1), (0, 1)],
        Policy::Reprice,
        &expect!["paid 20.00; 0.00 back (6.67 lost); 10.00 back (3.33 lost); 10.00 back"],
    );
}

#[test]
fn no_more_comes_back_than_was_sold() {
    check(
        &three_for_two(),
        &[("A", 2, 500)],
        &[(0, 3), (0, 2), (0, 1), (1, 1)],
        Policy::Reprice,
        &expect![
            "paid 10.00; line 0: between 1 and 2 may come back; 10.00 back; line 0: between 1 and 0 may come back; the sale has no line 1"
        ],
    );
}

#[test]
fn a_kept_gift_costs_its_price() {
    let cap = Uuid::from_u128(
        "CAP"
            .bytes()
            .fold(0, |id, byte| id * 256 + u128::from(byte)),
    );
    let gift = json!([{ "percent": { "off": 1_000 } }, { "gift": { "variant": cap } }]);
    check(
        &gift,
        &[("A", 1, 5_000)],
        &[(0, 1), (1, 1)],
        Policy::Reprice,
        &expect!["paid 45.00; 36.00 back; 9.00 back"],
    );
    check(
        &gift,
        &[("A", 1, 5_000)],
        &[(1, 1), (0, 1)],
        Policy::Reprice,
        &expect!["paid 45.00; 0.00 back; 45.00 back"],
    );
}

#[test]
fn an_even_exchange_costs_nothing() {
    let rules = rules(&three_for_two());
    let goods = [
        line("A", 1, 900),
        line("B", 1, 900),
        line("C", 1, 900),
        line("D", 1, 900),
    ];
    let lines: Vec<BasketLine<'_>> = goods.iter().map(basket_line).collect();
    let gifts = BTreeMap::new();
    let context = at(&gifts);
    let priced = price(&lines[..3], &rules, &context).unwrap();
    let sold: Vec<SoldLine<'_>> = lines[..3]
        .iter()
        .zip(&priced.sale.lines)
        .map(|(line, priced)| sold_line(*line, priced.total, false))
        .collect();
    let sold = Sold {
        lines: &sold,
        taxes: &priced.sale.taxes,
        refunded_taxes: &[],
        trace: &priced.trace,
    };
    for line in 0..3 {
        let back = [Back {
            line,
            quantity: Quantity::new(1),
        }];
        assert_eq!(
            exchange(sold, &back, &lines[3..], &rules, &context)
                .unwrap()
                .due,
            Amount::ZERO
        );
    }
    let newer = Rules::default();
    let back = [Back {
        line: 0,
        quantity: Quantity::new(1),
    }];
    let error = quote(sold, &back, &newer, &context, Policy::Reprice).unwrap_err();
    assert_eq!(
        error.to_string(),
        "version 3 of promotion 00000000-0000-0000-0000-000000000001 is not among the rules"
    );
}

#[test]
fn a_refund_goes_to_the_card_as_far_as_it_was_paid_by_one() {
    let tender = |(kind, minor): (&str, i64)| Tender {
        kind: TenderKind::by_code(kind).unwrap(),
        amount: Amount::from_minor(minor),
    };
    let paid = |refund, card| PaidBack {
        refund: Amount::from_minor(refund),
        card: Amount::from_minor(card),
    };
    for (refund, card, given, expected) in [
        (500, 0, &[("cash", 500)][..], ""),
        (500, 300, &[("card", 300), ("cash", 200)], ""),
        (500, 300, &[("cash", 500)], ""),
        (0, 300, &[], ""),
        (
            500,
            300,
            &[("card", 301), ("cash", 199)],
            "3.00 may go back to a card",
        ),
        (500, -1, &[("card", 500)], "0.00 may go back to a card"),
        (500, 900, &[("card", 499)], "the refund is 5.00"),
        (
            500,
            900,
            &[("cash", i64::MAX), ("card", i64::MAX)],
            "the refund is 5.00",
        ),
        (
            500,
            0,
            &[("coupon", 500)],
            "payment 0: a refund is given in cash or by card",
        ),
        (
            500,
            0,
            &[("cash", 600), ("cash", -100)],
            "payment 1: the amount must be above zero",
        ),
    ] {
        let tenders: Vec<Tender> = given.iter().copied().map(tender).collect();
        let said = pay_back(paid(refund, card), &tenders);
        assert_eq!(
            said.map_or_else(|error| error.to_string(), |()| String::new()),
            expected
        );
        let proposed = suggested(paid(refund, card));
        assert_eq!(
            pay_back(paid(refund, card), &proposed),
            Ok(()),
            "{proposed:?}"
        );
    }
    let many = vec![tender(("cash", 1)); 21];
    assert!(pay_back(paid(21, 0), &many).is_err());
}

#[test]
fn a_reason_is_one_of_those_that_a_till_offers() {
    for code in REASONS {
        assert_eq!(reason(code, Some(" why ")), Ok((code, Some("why"))));
    }
    assert_eq!(reason("size", Some("  ")), Ok(("size", None)));
    assert_eq!(reason("other", Some("  ")), Err(ReasonError::NoteMissing));
    assert_eq!(reason("because", None), Err(ReasonError::Unknown));
    let long = "x".repeat(201);
    for note in [long.as_str(), "a\nb"] {
        assert_eq!(
            reason("size", Some(note)),
            Err(ReasonError::NoteUnfit { max: 200 })
        );
    }
    for condition in Condition::ALL {
        assert_eq!(Condition::by_code(condition.code()), Some(condition));
    }
}

#[test]
fn a_sale_without_promotions_comes_back_to_the_cent() {
    // Three for 1.00 each less 1.00 that a person took off: 0.67 + 0.66 + 0.67 whatever the order.
    let (goods, item) = line("TEE", 3, 100);
    let item = Item {
        discount: Amount::from_minor(100),
        ..item
    };
    let gifts = BTreeMap::new();
    let context = at(&gifts);
    let bought = BasketLine {
        item,
        goods: &goods,
        is_reduced: false,
    };
    let rules = Rules::default();
    let priced = price(&[bought], &rules, &context).unwrap();
    let mut sold = sold_line(bought, priced.sale.total, false);
    let mut refunded_taxes = Vec::new();
    let mut given = Vec::new();
    for _ in 0..3 {
        let back = [Back {
            line: 0,
            quantity: Quantity::new(1),
        }];
        let lines = [sold];
        let of = Sold {
            lines: &lines,
            taxes: &priced.sale.taxes,
            refunded_taxes: &refunded_taxes,
            trace: &priced.trace,
        };
        let quote = quote(of, &back, &rules, &context, Policy::Reprice).unwrap();
        given.push(quote.refund.minor());
        sold.returned = sold.returned + back[0].quantity;
        sold.refunded += quote.refund;
        for tax in quote.taxes {
            match refunded_taxes
                .iter_mut()
                .find(|one: &&mut crate::tax::TaxLine| one.rate == tax.rate)
            {
                Some(known) => {
                    known.gross += tax.gross;
                    known.tax += tax.tax;
                }
                None => refunded_taxes.push(tax),
            }
        }
    }
    assert_eq!(
        given.iter().sum::<i64>(),
        priced.sale.total.minor(),
        "{given:?}"
    );
    assert_eq!(refunded_taxes, priced.sale.taxes, "no cent of tax is left");
}
