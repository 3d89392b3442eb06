use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{Change, Reduction, changed};
use crate::{amount::Amount, price::Price};

#[test]
fn a_share_is_rounded_half_up_and_an_amount_is_what_it_is() {
    let amount = Amount::from_minor;
    for (reduction, gross, expected) in [
        (Reduction::Share(1_000), 150, 15),
        (Reduction::Share(2_500), 99, 25),
        (Reduction::Share(5_000), 1, 1),
        (Reduction::Share(4_999), 1, 0),
        (Reduction::Share(10_000), 333, 333),
        (Reduction::Share(1), 1_000_000_000_000, 100_000_000),
        (Reduction::Amount(amount(40)), 150, 40),
    ] {
        assert_eq!(
            reduction.of(amount(gross)),
            amount(expected),
            "{reduction:?} of {gross}"
        );
    }
}

#[test]
fn a_share_stands_alone_and_is_one() {
    let typed = |minor, bps| Reduction::typed(Amount::from_minor(minor), bps);
    assert_eq!(typed(0, Some(1)), Some(Reduction::Share(1)));
    assert_eq!(typed(0, Some(10_000)), Some(Reduction::Share(10_000)));
    assert_eq!(
        typed(5, None),
        Some(Reduction::Amount(Amount::from_minor(5)))
    );
    for (minor, bps) in [(0, 0), (0, -1), (0, 10_001), (5, 100)] {
        assert_eq!(typed(minor, Some(bps)), None, "{minor} and {bps}");
    }
}

#[test]
fn only_a_changed_price_is_said() {
    let price = |text: &str, per| Price::new(text.parse::<Decimal>().unwrap(), per).unwrap();
    let before = price("1.50", 1);
    assert_eq!(changed(before, Some(price("1.5", 1))), None);
    assert_eq!(changed(before, None), Some(Change::NotForSale));
    let now = price("1.65", 1);
    assert_eq!(
        changed(before, Some(now)),
        Some(Change::Price { before, now })
    );
}

proptest! {
    #[test]
    fn a_share_is_within_its_line(gross in 0_i64..1_000_000_000_000, bps in 1_i64..=10_000) {
        let off = Reduction::Share(bps).of(Amount::from_minor(gross));
        prop_assert!(off >= Amount::ZERO && off <= Amount::from_minor(gross));
    }
}
