use expect_test::{Expect, expect};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Item, Tender, TenderKind, close, price};
use crate::{
    amount::Amount,
    catalog::VariantId,
    currency::Currency,
    price::Price,
    quantity::{Quantity, Unit},
    tax::TaxRate,
};

/// Reads `"COLA 2 x 1.50 -0.20, TEA 1 x 2.00 | cash 5.00"`, prices and closes it, and says what the cashier is told.
#[track_caller]
fn check(sale: &str, expected: &Expect) {
    let (items, tenders) = parse(sale);
    let usd = Currency::by_code("USD").unwrap();
    let outcome = match price(items, usd) {
        Err(error) => error.to_string(),
        Ok(priced) => match close(priced, tenders) {
            Err(error) => error.to_string(),
            Ok(sale) => format!(
                "closed at {}, change {}, kept {}",
                sale.priced.total,
                sale.change,
                sale.money()
                    .iter()
                    .map(|(kind, amount)| format!("{} {amount}", kind.code()))
                    .collect::<Vec<_>>()
                    .join(" + ")
            ),
        },
    };
    expected.assert_eq(&outcome);
}

#[test]
fn closing() {
    check(
        "COLA 2 x 1.50 | cash 5.00",
        &expect!["closed at 3.00, change 2.00, kept cash 3.00"],
    );
    check(
        "COLA 2 x 1.50 | card 3.00",
        &expect!["closed at 3.00, change 0.00, kept card 3.00"],
    );
    check(
        "COLA 2 x 1.50 | coupon 1.00, cash 5.00",
        &expect!["closed at 3.00, change 3.00, kept cash 2.00 + coupon 1.00"],
    );
    check(
        "COLA 2 x 1.50 | card 1.00, cash 1.50",
        &expect!["0.50 is still to be paid"],
    );
    check(
        "COLA 2 x 1.50 | card 5.00",
        &expect!["2.00 in change is owed, but only 0.00 was paid in cash"],
    );
    check("| cash 5.00", &expect!["the sale has no lines"]);
    check(
        "COLA 1 x 1.50 | cash 0.00",
        &expect!["payment 0: the amount must be between 0.01 and 10000000000.00"],
    );
    check(
        "COLA 1 x 1.50 -1.50 |",
        &expect!["closed at 0.00, change 0.00, kept "],
    );
}

#[test]
fn pricing() {
    check(
        "COLA 0 x 1.50 | cash 1.50",
        &expect!["line 0: the quantity must be between 1 and 9999"],
    );
    check(
        "TEA 1 x 1.00, COLA -1 x 1.50 | cash 1.50",
        &expect!["line 1: the quantity must be between 1 and 9999"],
    );
    check(
        "COLA 4006381333931 x 1.50 | cash 1.50",
        &expect!["line 0: the quantity must be between 1 and 9999"],
    );
    check(
        "COLA 1 x 1.50 -1.51 | cash 1.50",
        &expect!["line 0: the discount must be between 0.00 and 1.50"],
    );
    check(
        "COLA 9999 x 1000000000 | cash 1.50",
        &expect!["line 0: the sum is too large"],
    );
}

#[test]
fn a_sale_moves_each_variant_once() {
    let (items, tenders) = parse("COLA 2 x 1.00, TEA 1 x 1.00, COLA 3 x 1.00 | cash 6.00");
    let usd = Currency::by_code("USD").unwrap();
    let sale = close(price(items, usd).unwrap(), tenders).unwrap();
    let needs = sale.needs();
    let units: Vec<i64> = needs
        .iter()
        .map(|(_, quantity)| quantity.base_units())
        .collect();
    assert_eq!((units.iter().sum::<i64>(), units.len()), (6, 2));
}

proptest! {
    #[test]
    fn sums_are_the_sums_of_the_lines_and_the_order_of_scanning_changes_nothing(
        lines in prop::collection::vec((1_i64..500, 0_i64..100_000, 0_i64..3_000, prop::sample::select(vec![0_i64, 700, 1_000])), 1..20),
    ) {
        let usd = Currency::by_code("USD").unwrap();
        let item = |&(quantity, cents, discount, rate): &(i64, i64, i64, i64)| Item {
            variant: VariantId::from_uuid(Uuid::nil()),
            unit: Unit::Piece,
            quantity: Quantity::new(quantity),
            price: Price::new(Decimal::new(cents, 2), 1).unwrap(),
            discount: Amount::from_minor(discount.min(quantity * cents)),
            tax: TaxRate::from_basis_points(rate).unwrap(),
        };
        let items: Vec<Item> = lines.iter().map(item).collect();
        let priced = price(items.clone(), usd).unwrap();
        prop_assert_eq!(priced.total, priced.subtotal - priced.discount);
        prop_assert_eq!(priced.taxes.iter().map(|line| line.gross).sum::<Amount>(), priced.total);
        let backwards = price(items.into_iter().rev().collect(), usd).unwrap();
        prop_assert_eq!((backwards.total, backwards.tax()), (priced.total, priced.tax()));
    }
}

fn parse(sale: &str) -> (Vec<Item>, Vec<Tender>) {
    let (items, tenders) = sale.split_once('|').expect("`items | tenders`");
    let parts = |text: &str| -> Vec<Vec<String>> {
        text.split(',')
            .map(|part| part.split_whitespace().map(str::to_owned).collect())
            .filter(|words: &Vec<String>| !words.is_empty())
            .collect()
    };
    let item = |words: Vec<String>| Item {
        variant: VariantId::from_uuid(Uuid::from_u128(
            words[0]
                .bytes()
                .fold(0, |id, byte| id * 256 + u128::from(byte)),
        )),
        unit: Unit::Piece,
        quantity: Quantity::new(words[1].parse().unwrap()),
        price: Price::new(words[3].parse().unwrap(), 1).unwrap(),
        discount: words
            .get(4)
            .map_or(Amount::ZERO, |text| amount(text.trim_start_matches('-'))),
        tax: TaxRate::ZERO,
    };
    let tender = |words: Vec<String>| Tender {
        kind: TenderKind::by_code(&words[0]).unwrap_or_else(|| panic!("no tender {}", words[0])),
        amount: amount(&words[1]),
    };
    (
        parts(items).into_iter().map(item).collect(),
        parts(tenders).into_iter().map(tender).collect(),
    )
}

fn amount(text: &str) -> Amount {
    let (major, minor) = text.split_once('.').expect("two decimals");
    Amount::from_minor(major.parse::<i64>().unwrap() * 100 + minor.parse::<i64>().unwrap())
}
