use jiff::{civil::Date, tz::TimeZone};

use super::business_date;

#[track_caller]
fn check(now: &str, zone: &str, newest: Option<&str>, expected: &str) {
    let zone = TimeZone::get(zone).unwrap();
    let newest = newest.map(|date| date.parse::<Date>().unwrap());
    let date = business_date(now.parse().unwrap(), &zone, newest);
    assert_eq!(date.to_string(), expected, "{now}");
}

#[test]
fn the_business_day_begins_after_the_cut_off_in_the_shops_own_time() {
    let (hanoi, new_york) = ("Asia/Ho_Chi_Minh", "America/New_York");
    check("2026-11-22T03:00:00Z", hanoi, None, "2026-11-22");
    check("2026-11-22T20:59:59Z", hanoi, None, "2026-11-22"); // 03:59 on the 23rd
    check("2026-11-22T21:00:00Z", hanoi, None, "2026-11-23");
    check("2026-11-01T05:30:00Z", new_york, None, "2026-10-31"); // 01:30, the first of two
    check("2026-11-01T06:30:00Z", new_york, None, "2026-10-31"); // 01:30, again
}

#[test]
fn a_clock_set_back_does_not_take_the_business_date_back() {
    let zone = "Asia/Bangkok";
    check(
        "2026-11-21T03:00:00Z",
        zone,
        Some("2026-11-22"),
        "2026-11-22",
    );
    check(
        "2026-11-23T03:00:00Z",
        zone,
        Some("2026-11-22"),
        "2026-11-23",
    );
}
