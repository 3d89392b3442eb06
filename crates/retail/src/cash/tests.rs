use expect_test::{Expect, expect};

use super::{MAX_NOTE, MovementKind, Pieces, movement, worth};
use crate::{amount::Amount, currency::Currency};

/// `kind amount reason`, then the note.
#[track_caller]
fn check(text: &str, note: &str, expected: &Expect) {
    let words: Vec<&str> = text.split_whitespace().collect();
    let kind = MovementKind::by_code(words[0]).unwrap();
    let amount = Amount::from_minor(words[1].parse().unwrap());
    expected.assert_eq(&match movement(kind, amount, words[2], Some(note)) {
        Ok(moved) => format!(
            "{} {} {:?}",
            kind.signed(moved.amount),
            moved.reason,
            moved.note
        ),
        Err(error) => error.to_string(),
    });
}

#[test]
fn moving_cash() {
    check("paid_in 5000 change", "", &expect!["50.00 change None"]);
    check(
        "paid_out 1250 supplies",
        " bin bags ",
        &expect![[r#"-12.50 supplies Some("bin bags")"#]],
    );
    check(
        "drop 100000 safe",
        "bag 17",
        &expect![[r#"-1000.00 safe Some("bag 17")"#]],
    );
    check(
        "paid_out 0 supplies",
        "",
        &expect!["the amount must be above zero and at most 10000000000.00"],
    );
    check(
        "drop 1000000000001 safe",
        "",
        &expect!["the amount must be above zero and at most 10000000000.00"],
    );
    check(
        "paid_in 1 supplies",
        "",
        &expect!["this is no reason that cash is moved for"],
    );
    check(
        "paid_out 1 other",
        "  ",
        &expect!["the reason has to be said in words"],
    );
    check(
        "paid_out 1 other",
        "a\nb",
        &expect!["a note has at most 200 letters, on one line"],
    );
    check(
        "paid_out 1 other",
        &"x".repeat(MAX_NOTE + 1),
        &expect!["a note has at most 200 letters, on one line"],
    );
}

/// `value x count` in minor units.
#[track_caller]
fn check_count(currency: &str, pieces: &[(i64, i64)], expected: &Expect) {
    let currency = Currency::by_code(currency).unwrap();
    let pieces: Vec<Pieces> = pieces
        .iter()
        .map(|&(value, count)| Pieces {
            value: Amount::from_minor(value),
            count,
        })
        .collect();
    expected.assert_eq(&match worth(currency, &pieces) {
        Ok(total) => total.minor().to_string(),
        Err(error) => error.to_string(),
    });
}

#[test]
fn counting() {
    check_count("USD", &[(2_000, 3), (25, 7), (1, 4)], &expect!["6179"]);
    check_count("VND", &[(500_000, 2), (1_000, 0)], &expect!["1000000"]);
    check_count("THB", &[], &expect!["0"]);
    check_count(
        "EUR",
        &[(300, 1)],
        &expect!["there is no note or coin of 3.00"],
    );
    check_count(
        "EUR",
        &[(200, 1), (200, 1)],
        &expect!["2.00 is counted twice"],
    );
    check_count(
        "EUR",
        &[(200, -1)],
        &expect!["there can be at most 100000 of 2.00"],
    );
}
