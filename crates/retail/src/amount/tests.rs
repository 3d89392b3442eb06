use proptest::prelude::*;
use rust_decimal::Decimal;

use super::Amount;

proptest! {
    #[test]
    fn the_parts_add_up_to_the_whole(
        minor in -1_000_000_000_i64..1_000_000_000,
        weights in prop::collection::vec(1_i64..100_000, 1..30),
    ) {
        let whole = Amount::from_minor(minor);
        let parts = whole.split(&weights).expect("some weight is positive");
        prop_assert_eq!(parts.iter().copied().sum::<Amount>(), whole);
    }

    #[test]
    fn a_part_is_within_one_unit_of_its_exact_share(
        minor in 0_i64..1_000_000,
        weights in prop::collection::vec(0_i64..1_000, 1..10),
    ) {
        let total: i64 = weights.iter().sum();
        prop_assume!(total > 0);
        let parts = Amount::from_minor(minor).split(&weights).expect("some weight is positive");
        for (part, weight) in parts.iter().zip(&weights) {
            let off = part.minor() * total - minor * weight;
            prop_assert!(off.abs() < total, "{} of {minor} for {weight}/{total}", part.minor());
        }
    }
}

#[test]
fn a_tie_goes_to_the_earlier_line() {
    let parts = Amount::from_minor(100).split(&[1, 1, 1]).unwrap();
    assert_eq!(parts, [34, 33, 33].map(Amount::from_minor));
}

#[test]
fn nothing_to_split_over() {
    assert_eq!(Amount::from_minor(100).split(&[0, 0]), None);
    assert_eq!(Amount::from_minor(100).split(&[2, -1]), None);
}

#[test]
fn a_line_of_no_weight_gets_nothing() {
    let parts = Amount::from_minor(101).split(&[0, 2, 1]).unwrap();
    assert_eq!(parts, [0, 67, 34].map(Amount::from_minor));
}

#[test]
fn half_a_cent_rounds_away_from_zero() {
    for (tenths, minor) in [(25, 3), (24, 2), (-25, -3), (-24, -2), (5, 1)] {
        let rounded = Amount::round_half_up(Decimal::new(tenths, 1));
        assert_eq!(rounded, Some(Amount::from_minor(minor)), "{tenths} tenths");
    }
    assert_eq!(Amount::round_half_up(Decimal::MAX), None);
}
