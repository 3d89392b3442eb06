use expect_test::{Expect, expect};

use super::Barcode;

#[track_caller]
fn check(text: &str, expected: &Expect) {
    let outcome = match Barcode::parse(text) {
        Ok(barcode) => barcode.equivalents().join(" "),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&outcome);
}

#[test]
fn scanning() {
    check("4006381333931", &expect!["4006381333931 04006381333931"]);
    check(
        "036000291452",
        &expect!["036000291452 0036000291452 00036000291452"],
    );
    check(
        "96385074",
        &expect!["96385074 000096385074 0000096385074 00000096385074"],
    );
    check("4006381333932", &expect!["the check digit should be 1"]);
    check("  ABC-123 ", &expect!["ABC-123"]);
    check("12345", &expect!["12345"]);
    check("", &expect!["the barcode is empty"]);
    check(
        "a\u{1b}b",
        &expect!["a barcode has at most 48 printable characters"],
    );
    check(
        &"9".repeat(49),
        &expect!["a barcode has at most 48 printable characters"],
    );
}

#[test]
fn an_in_house_code_is_a_right_ean_13() {
    let code = Barcode::in_house(985_893).unwrap();
    assert_eq!(code.as_str(), "2000009858938");
    assert_eq!(Barcode::parse(code.as_str()), Ok(code));
    assert_eq!(Barcode::in_house(99_999_999_999), None);
}
