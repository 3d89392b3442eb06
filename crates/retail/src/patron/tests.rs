use proptest::prelude::*;

use super::{Country, Phone, marketing, name, shown};

fn check(zone: &str, typed: &str, expected: &str) {
    let read = Phone::parse(typed, Country::of_zone(zone));
    let read = match &read {
        Ok(phone) => phone.as_str(),
        Err(error) => error.code(),
    };
    assert_eq!(read, expected, "{typed} in {zone}");
}

#[test]
fn one_number_has_one_form_however_it_is_typed() {
    let hanoi = "Asia/Ho_Chi_Minh";
    for typed in [
        "0901234567",
        "090 123 45 67",
        "090.123.4567",
        "+84901234567",
        "+84 (0)90 123 4567",
        "0084901234567",
        "901234567",
        "84901234567",
        "84 901 234 567",
    ] {
        check(hanoi, typed, "+84901234567");
    }
    check(hanoi, "024 3825 3829", "+842438253829");
    check("Asia/Bangkok", "081-234-5678", "+66812345678");
    check("Asia/Bangkok", "02 234 5678", "+6622345678");
    for typed in [
        "0812345678",
        "081 234 5678",
        "081.234.5678",
        "+66 81-234-5678",
        "66812345678",
        "๐๘๑ ๒๓๔ ๕๖๗๘",
    ] {
        check("Asia/Bangkok", typed, "+66812345678");
    }
    for typed in ["212.555.0123", "+1 (212) 555-0123", "12125550123"] {
        check("America/Chicago", typed, "+12125550123");
    }
    check("America/New_York", "(212) 555-0123", "+12125550123");
    check("America/New_York", "1 212 555 0123", "+12125550123");
    check("Asia/Singapore", "8123 4567", "+6581234567");
    check("Europe/London", "07700 900123", "+447700900123");
}

/// The example numbers of libphonenumber 9.0 for every country whose plan is here, mobile and fixed, as that library
/// writes them inside the country and for guests.
const EXAMPLES: [[&str; 4]; 19] = [
    [
        "Asia/Ho_Chi_Minh",
        "0912 345 678",
        "+84 912 345 678",
        "+84912345678",
    ],
    [
        "Asia/Ho_Chi_Minh",
        "0210 1234 567",
        "+84 210 1234 567",
        "+842101234567",
    ],
    [
        "Asia/Bangkok",
        "081 234 5678",
        "+66 81 234 5678",
        "+66812345678",
    ],
    [
        "Asia/Bangkok",
        "02 123 4567",
        "+66 2 123 4567",
        "+6621234567",
    ],
    [
        "Asia/Phnom_Penh",
        "091 234 567",
        "+855 91 234 567",
        "+85591234567",
    ],
    [
        "Asia/Phnom_Penh",
        "023 756 789",
        "+855 23 756 789",
        "+85523756789",
    ],
    [
        "Asia/Vientiane",
        "020 23 123 456",
        "+856 20 23 123 456",
        "+8562023123456",
    ],
    [
        "Asia/Vientiane",
        "021 212 862",
        "+856 21 212 862",
        "+85621212862",
    ],
    [
        "Asia/Singapore",
        "8123 4567",
        "+65 8123 4567",
        "+6581234567",
    ],
    [
        "Asia/Singapore",
        "6123 4567",
        "+65 6123 4567",
        "+6561234567",
    ],
    [
        "Asia/Kuala_Lumpur",
        "012-345 6789",
        "+60 12-345 6789",
        "+60123456789",
    ],
    [
        "Asia/Kuala_Lumpur",
        "03-2385 6789",
        "+60 3-2385 6789",
        "+60323856789",
    ],
    [
        "Asia/Jakarta",
        "0812-345-678",
        "+62 812-345-678",
        "+62812345678",
    ],
    [
        "Asia/Jakarta",
        "(021) 8350123",
        "+62 21 8350123",
        "+62218350123",
    ],
    [
        "Asia/Manila",
        "0905 123 4567",
        "+63 905 123 4567",
        "+639051234567",
    ],
    [
        "Asia/Manila",
        "(02) 3234 5678",
        "+63 2 3234 5678",
        "+63232345678",
    ],
    [
        "Europe/London",
        "07400 123456",
        "+44 7400 123456",
        "+447400123456",
    ],
    [
        "Europe/London",
        "0121 234 5678",
        "+44 121 234 5678",
        "+441212345678",
    ],
    [
        "America/New_York",
        "(201) 555-0123",
        "+1 201-555-0123",
        "+12015550123",
    ],
];

#[test]
fn numbers_are_read_as_libphonenumber_reads_them() {
    for [zone, national, international, e164] in EXAMPLES {
        check(zone, national, e164);
        check(zone, &national.replace([' ', '-', '(', ')'], ""), e164);
        check(zone, &national.replace([' ', '-'], "."), e164);
        for guest in [zone, "Asia/Ho_Chi_Minh", "America/New_York", "Nowhere/Land"] {
            check(guest, international, e164);
            check(guest, &international.replacen('+', "00", 1), e164);
        }
    }
}

#[test]
fn a_guest_gives_the_number_of_another_country() {
    check("Asia/Ho_Chi_Minh", "+66 81 234 5678", "+66812345678");
    check("Asia/Ho_Chi_Minh", "+49 30 901820", "+4930901820");
    check("Asia/Ho_Chi_Minh", "+49 (0)30 901820", "+4930901820");
    check("Asia/Bangkok", "+84 90 123 45 67", "+84901234567");
    check("America/New_York", "+66 (0)81 234 5678", "+66812345678");
    check("Antarctica/Vostok", "+84901234567", "+84901234567");
}

#[test]
fn what_is_no_number_says_why() {
    let hanoi = "Asia/Ho_Chi_Minh";
    check(hanoi, "", "too_short");
    check(hanoi, "+", "too_short");
    check(hanoi, "09012345", "too_short");
    check(hanoi, "090123456789", "too_long");
    check(hanoi, "+8490123456789", "too_long");
    check(hanoi, "+1234567890123456", "too_long");
    check(hanoi, "call me", "not_digits");
    check(hanoi, "090123456x", "not_digits");
    check(hanoi, "+0901234567", "no_country");
    check("Antarctica/Vostok", "0901234567", "no_country");
    check(hanoi, &"1".repeat(41), "too_long");
    check("America/New_York", "555 0123", "too_short");
}

#[test]
fn a_till_shows_as_little_as_tells_one_from_another() {
    assert_eq!(shown("Nguyễn Thị Lan"), "N. T. Lan");
    assert_eq!(shown("Anna Brown"), "A. Brown");
    assert_eq!(shown("Lan"), "Lan");
    assert_eq!(shown("สมหญิง ใจดี"), "สมหญิง จ.");
    assert_eq!(shown(" "), "");
    let phone = Phone::parse("+84901234567", None).unwrap();
    assert_eq!(phone.tail(), "567");
    assert_eq!(format!("{phone:?}"), "Phone(…567)");
}

#[test]
fn a_name_is_kept_without_what_stands_around_it() {
    assert_eq!(name("  Anna   Brown ").as_deref(), Some("Anna Brown"));
    assert_eq!(name(" \t "), None);
    assert_eq!(name("a\u{7}b"), None);
    assert_eq!(name(&"x".repeat(81)), None);
}

#[test]
fn a_no_to_advertising_stands() {
    assert_eq!(marketing(None, None), None);
    assert_eq!(marketing(None, Some(true)), Some(true));
    assert_eq!(marketing(Some(true), None), Some(true));
    assert_eq!(marketing(Some(true), Some(false)), Some(false));
    assert_eq!(marketing(Some(false), Some(true)), Some(false));
    assert_eq!(marketing(Some(false), None), Some(false));
}

proptest! {
    #[test]
    fn what_was_read_reads_as_itself(typed in "[+0-9 ()./x-]{0,20}", zone in 0_usize..3) {
        let zones = ["Asia/Ho_Chi_Minh", "America/New_York", "Nowhere/Land"];
        if let Ok(phone) = Phone::parse(&typed, Country::of_zone(zones[zone])) {
            prop_assert!(phone.as_str().len() <= 16);
            prop_assert_eq!(Phone::parse(phone.as_str(), None), Ok(phone));
        }
    }
}
