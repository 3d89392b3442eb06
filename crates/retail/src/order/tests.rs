//! Sourcing and pricing, one line a case.
use expect_test::{Expect, expect};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Cart, Line, Offer, OrderState, Part, PlaceError, Row, allocate, price};
use crate::catalog::VariantId;
use crate::currency::Currency;
use crate::location::LocationId;
use crate::price::Price;
use crate::quantity::{Quantity, Unit};
use crate::rights::ReservationState;
use crate::tax::TaxRate;

fn variant(letter: char) -> VariantId {
    VariantId::from_uuid(Uuid::from_u128(u128::from(u32::from(letter))))
}

fn location(digit: u32) -> LocationId {
    LocationId::from_uuid(Uuid::from_u128(1_000 + u128::from(digit)))
}

fn number(text: &str) -> i64 {
    text.parse().expect("a number")
}

/// `1:a=5` is a row: location 1 may promise five of `a`. `a2 b1 @1` is a cart; carts are parted by `|`.
fn check(rows: &str, carts: &str, expected: &Expect) {
    let rows: Vec<Row> = rows
        .split_whitespace()
        .map(|row| Row {
            location: location(row[..1].parse().expect("a digit")),
            variant: variant(row.chars().nth(2).expect("a letter")),
            available: Quantity::new(number(&row[4..])),
        })
        .collect();
    let carts: Vec<Cart> = carts.split('|').map(cart).collect();
    let told: Vec<String> = allocate(&carts, &rows).iter().map(tell).collect();
    let mut turned = rows;
    turned.reverse();
    let again: Vec<String> = allocate(&carts, &turned).iter().map(tell).collect();
    assert_eq!(told, again, "the order of the rows must not matter");
    expected.assert_eq(&told.join(" | "));
}

fn cart(text: &str) -> Cart {
    let mut cart = Cart {
        lines: Vec::new(),
        location: None,
    };
    for word in text.split_whitespace() {
        let (what, rest) = word.split_at(1);
        if what == "@" {
            cart.location = Some(location(rest.parse().expect("a digit")));
        } else {
            cart.lines.push(Line {
                variant: variant(what.chars().next().expect("a letter")),
                quantity: Quantity::new(number(rest)),
            });
        }
    }
    cart
}

fn letter(of: VariantId) -> char {
    u32::try_from(of.as_uuid().as_u128())
        .ok()
        .and_then(char::from_u32)
        .expect("a letter")
}

fn tell(outcome: &Result<Vec<Part>, PlaceError>) -> String {
    match outcome {
        Ok(parts) => {
            let part = |part: &Part| {
                format!(
                    "{}{} from {}",
                    letter(part.variant),
                    part.quantity,
                    part.location.as_uuid().as_u128() - 1_000
                )
            };
            parts.iter().map(part).collect::<Vec<_>>().join(", ")
        }
        Err(PlaceError::OutOfStock { short }) => short
            .iter()
            .map(|one| {
                format!(
                    "{} has {} of {}",
                    letter(one.variant),
                    one.available,
                    one.wanted
                )
            })
            .collect::<Vec<_>>()
            .join(", "),
        Err(other) => other.to_string(),
    }
}

#[test]
fn one_location_serves_the_whole_cart_where_one_can() {
    check(
        "1:a=1 2:a=5 2:b=5",
        "a1 b1",
        &expect!["a1 from 2, b1 from 2"],
    );
    // The scarcest variant decides which location is best.
    check(
        "1:a=9 1:b=1 2:a=3 2:b=3",
        "a1 b1",
        &expect!["a1 from 2, b1 from 2"],
    );
    // A tie goes to the lower id.
    check("2:a=3 1:a=3", "a1", &expect!["a1 from 1"]);
    // 8 of 4 is better cover than 3 of 2 would be worse than 9 of 4.
    check("1:a=8 2:a=9", "a4", &expect!["a4 from 2"]);
}

#[test]
fn a_given_location_is_kept() {
    check("1:a=1 2:a=9", "a1 @1", &expect!["a1 from 1"]);
    check("1:a=1 2:a=9", "a2 @1", &expect!["a has 1 of 2"]);
    check("2:a=9", "a2 @1", &expect!["a has 0 of 2"]);
}

#[test]
fn a_cart_is_split_by_line_when_no_location_has_everything() {
    check("1:a=2 2:b=2", "a1 b1", &expect!["a1 from 1, b1 from 2"]);
    // `c` comes from where `a` comes from anyway, though another has more of it.
    check(
        "1:a=2 1:c=1 2:b=2 3:c=9",
        "a1 b1 c1",
        &expect!["a1 from 1, b1 from 2, c1 from 1"],
    );
    // A line that nobody has whole comes from several, the fullest first.
    check("1:a=2 2:a=3", "a5", &expect!["a3 from 2, a2 from 1"]);
}

#[test]
fn an_empty_location_of_the_parcel_does_not_hide_a_full_one() {
    check("1:a=3 2:a=2", "a3 a2", &expect!["a3 from 1, a2 from 2"]);
    check(
        "1:a=4 2:a=3 3:a=1",
        "a3 | a3 a2",
        &expect!["a3 from 1 | a3 from 2, a1 from 1, a1 from 3"],
    );
}

#[test]
fn lines_of_one_variant_are_summed() {
    check("1:a=3", "a2 a2", &expect!["a has 3 of 4"]);
    check("1:a=4", "a2 a2", &expect!["a2 from 1, a2 from 1"]);
    check(
        "1:a=3 2:a=1",
        "a2 a2",
        &expect!["a2 from 1, a1 from 1, a1 from 2"],
    );
}

#[test]
fn each_cart_is_decided_on_its_own_and_in_its_turn() {
    check(
        "1:a=3",
        "a2 | a2 | a1 | a1",
        &expect!["a2 from 1 | a has 1 of 2 | a1 from 1 | a has 0 of 1"],
    );
    // A refused cart takes nothing of what it could have had.
    check(
        "1:a=1 1:b=1",
        "a1 c1 | a1 b1",
        &expect!["c has 0 of 1 | a1 from 1, b1 from 1"],
    );
    check("1:a=1", "b1 c2", &expect!["b has 0 of 1, c has 0 of 2"]);
}

#[test]
fn a_cart_is_priced_as_a_till_would() {
    let offer = |asked: VariantId| {
        let offer = Offer {
            unit: Unit::Piece,
            price: Some((Price::new(Decimal::new(199, 2), 1).expect("a price"), 3)),
            tax: TaxRate::from_basis_points(700).expect("a rate"),
            is_active: true,
        };
        match letter(asked) {
            'a' => Some(offer),
            'b' => Some(Offer {
                price: None,
                ..offer
            }),
            'c' => Some(Offer {
                is_active: false,
                ..offer
            }),
            _ => None,
        }
    };
    let usd = Currency::by_code("USD").expect("a currency");
    let told = |text: &str| match price(&cart(text), offer, usd) {
        Ok(priced) => format!("{} with {} tax", priced.total, priced.tax()),
        Err(refusal) => refusal.to_string(),
    };
    expect!["5.97 with 0.39 tax"].assert_eq(&told("a2 a1"));
    expect!["the cart has no lines"].assert_eq(&told(""));
    expect!["line 1: it is not for sale"].assert_eq(&told("a1 b1"));
    expect!["line 0: it is not for sale"].assert_eq(&told("c1"));
    expect!["line 0: there is no such variant"].assert_eq(&told("d1"));
    expect!["line 0: the quantity must be between 1 and 9999"].assert_eq(&told("a0"));
    expect!["a cart has at most 100 lines"].assert_eq(&told(&"a1 ".repeat(101)));
}

#[test]
fn an_order_stands_where_its_promises_stand() {
    use ReservationState::{
        Broken, Cancelled, Cancelling, Claimed, Expired, HandedOver, Held, Picked, Short,
    };
    for (promises, is_open, expected) in [
        (&[Held, Held][..], false, "held"),
        (&[Claimed, Picked], false, "claimed"),
        (&[Picked, Picked], false, "picked"),
        (&[Picked, Short], true, "claimed"),
        (&[Picked, Short], false, "picked"),
        (&[HandedOver, Picked], false, "picked"),
        (&[HandedOver, Short], false, "handed_over"),
        (&[Cancelling, Cancelled], false, "cancelling"),
        (&[Cancelled, Cancelled], false, "cancelled"),
        (&[Broken], true, "claimed"),
        (&[Broken], false, "cancelled"),
        (&[Expired, Expired], false, "expired"),
    ] {
        let state = OrderState::of(promises, is_open);
        assert_eq!(state.code(), expected, "{promises:?} {is_open}");
    }
}

proptest! {
    /// Nothing is promised twice, an accepted cart gets exactly what it wanted, a refused one is really short.
    #[test]
    fn promises_never_exceed_what_is_there(
        rows in prop::collection::btree_map((0_u32..4, 0_u32..4), 0_i64..6, 0..12),
        carts in prop::collection::vec(
            (prop::collection::vec((0_u32..4, 1_i64..4), 1..4), prop::option::of(0_u32..4)), 1..12),
    ) {
        let letter = |n: u32| variant(char::from_u32(97 + n).expect("a letter"));
        let rows: Vec<Row> = rows
            .into_iter()
            .map(|((v, l), units)| Row { variant: letter(v), location: location(l), available: Quantity::new(units) })
            .collect();
        let carts: Vec<Cart> = carts
            .into_iter()
            .map(|(lines, at)| Cart {
                lines: lines.into_iter().map(|(v, units)| Line { variant: letter(v), quantity: Quantity::new(units) }).collect(),
                location: at.map(location),
            })
            .collect();
        let mut left = rows.clone();
        for (cart, outcome) in carts.iter().zip(allocate(&carts, &rows)) {
            match outcome {
                Ok(parts) => {
                    for (index, line) in cart.lines.iter().enumerate() {
                        let got: Quantity = parts.iter().filter(|part| part.line == index).map(|part| part.quantity).sum();
                        prop_assert_eq!(got, line.quantity);
                    }
                    for part in parts {
                        prop_assert!(cart.location.is_none_or(|at| at == part.location));
                        let row = left.iter_mut().find(|row| (row.variant, row.location) == (part.variant, part.location));
                        let row = row.expect("a part comes from a row");
                        prop_assert!(part.quantity <= row.available);
                        row.available = row.available - part.quantity;
                    }
                }
                Err(PlaceError::OutOfStock { short }) => {
                    for one in short {
                        let there: Quantity = left.iter()
                            .filter(|row| row.variant == one.variant && cart.location.is_none_or(|at| at == row.location))
                            .map(|row| row.available).sum();
                        prop_assert_eq!(there, one.available);
                        prop_assert!(there < one.wanted);
                    }
                }
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }
}

#[test]
fn a_customer_pays_what_they_were_told() {
    use super::keeps_price;
    use crate::amount::Amount;
    let (told, now) = (Amount::from_minor(99), Amount::from_minor(199));
    assert_eq!(keeps_price(None, now), Ok(()));
    assert_eq!(keeps_price(Some(now), now), Ok(()));
    for (expected, total) in [(told, now), (now, told)] {
        let refusal = keeps_price(Some(expected), total);
        assert_eq!(refusal, Err(PlaceError::PriceChanged { expected, total }));
    }
}
