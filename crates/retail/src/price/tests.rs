use rust_decimal::Decimal;

use super::{Price, PriceError};
use crate::{currency::Currency, quantity::Quantity};

/// Reads `"3.50/1000 x 250 USD"` and gives the line's minor units.
#[track_caller]
fn check(line: &str, minor: i64) {
    let words: Vec<&str> = line.split(['/', ' ']).collect();
    let price = Price::new(words[0].parse().unwrap(), words[1].parse().unwrap()).unwrap();
    let quantity = Quantity::new(words[3].parse().unwrap());
    let currency = Currency::by_code(words[4]).unwrap();
    assert_eq!(
        price.extend(quantity, currency).unwrap().minor(),
        minor,
        "{line}"
    );
}

#[test]
fn a_line_is_rounded_once_half_up() {
    check("1.99/1 x 3 USD", 597);
    check("3.50/1000 x 250 USD", 88); // 87.5 cents
    check("3.49/1000 x 250 USD", 87); // 87.25 cents
    check("0.005/1 x 1 USD", 1);
    check("0.0049/1 x 1 USD", 0);
    check("1.6666667/1 x 3 USD", 500);
    check("24990/1000 x 1337 VND", 33412); // 33,411.63 dong: no decimals
    check("1.2345/1 x 2 KWD", 2469);
    check("0/1 x 9 USD", 0);
}

#[test]
fn what_is_not_a_price() {
    let price = |major: &str, per| Price::new(major.parse::<Decimal>().unwrap(), per);
    assert_eq!(price("-0.01", 1), Err(PriceError::Negative));
    assert_eq!(price("1000000000.01", 1), Err(PriceError::OutOfRange));
    assert_eq!(price("0.123456789", 1), Err(PriceError::OutOfRange));
    assert_eq!(price("1", 0), Err(PriceError::PerNothing));
    assert!(
        price("0.10000000000", 1).is_ok(),
        "trailing zeros say nothing"
    );
}

#[test]
fn a_sum_that_does_not_fit_is_none() {
    let price = Price::new(Decimal::from(super::MAX_UNIT_PRICE), 1).unwrap();
    let currency = Currency::by_code("KWD").unwrap();
    assert_eq!(price.extend(Quantity::new(i64::MAX), currency), None);
}
