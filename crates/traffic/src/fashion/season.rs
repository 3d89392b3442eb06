//! The year of a fashion chain in Vietnam: Tết, which moves with the moon, weekends, days of gifts and of discounts,
//! and the end of a season. All factors are thousandths.
use jiff::{
    ToSpan,
    civil::{Date, Weekday, date},
};

/// The first day of the lunar year in Vietnam.
const TET: [Date; 14] = [
    date(2020, 1, 25),
    date(2021, 2, 12),
    date(2022, 2, 1),
    date(2023, 1, 22),
    date(2024, 2, 10),
    date(2025, 1, 29),
    date(2026, 2, 17),
    date(2027, 2, 6),
    date(2028, 1, 26),
    date(2029, 2, 13),
    date(2030, 2, 2),
    date(2031, 1, 23),
    date(2032, 2, 11),
    date(2033, 1, 31),
];
/// Days of Tết on which the branches are closed: its eve and the first two days.
const CLOSED: std::ops::RangeInclusive<i64> = -1..=1;
/// How long before Tết people buy for it.
const BEFORE_TET: i64 = 32;

/// January to December, without Tết.
const MONTHS: [i64; 12] = [
    930, 880, 900, 950, 1_000, 1_020, 980, 940, 960, 1_040, 1_080, 1_200,
];

/// Monday to Sunday.
const WEEK: [i64; 7] = [820, 800, 830, 880, 1_090, 1_400, 1_330];

/// Month, day, factor: the days of women and of lovers, of the country, of the sales on the web, and Christmas.
const DAYS: [(i8, i8, i64); 17] = [
    (2, 13, 1_200),
    (2, 14, 1_300),
    (3, 6, 1_250),
    (3, 7, 1_450),
    (3, 8, 1_600),
    (4, 29, 1_150),
    (4, 30, 1_200),
    (9, 1, 1_150),
    (9, 2, 1_200),
    (10, 18, 1_250),
    (10, 19, 1_400),
    (10, 20, 1_500),
    (11, 11, 1_800),
    (12, 12, 1_700),
    (12, 23, 1_300),
    (12, 24, 1_450),
    (12, 31, 1_200),
];

/// Days from `date` to the nearest Tết; negative after it.
pub(super) fn to_tet(date: Date) -> i64 {
    let days = TET.iter().map(|tet| i64::from((*tet - date).get_days()));
    days.min_by_key(|days| days.abs()).unwrap_or(i64::MAX)
}

/// Tết of that calendar year.
pub(super) fn tet_of(year: i16) -> Option<Date> {
    TET.iter().copied().find(|tet| tet.year() == year)
}

/// How many customers come, beside an average day; 0 when everything is closed.
pub(super) fn customers(date: Date) -> i64 {
    let month = MONTHS[usize::from(date.month().unsigned_abs()) - 1];
    let weekday = WEEK[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())];
    let to_tet = to_tet(date);
    if CLOSED.contains(&-to_tet) {
        return 0;
    }
    let tet = match to_tet {
        // The week before the last one is the busiest of the year.
        1..=6 => 1_150 + 150 * to_tet,
        7..=BEFORE_TET => 1_000 + 1_050 * (BEFORE_TET - to_tet) / (BEFORE_TET - 7),
        -4..=-2 => 350,
        -14..=-5 => 620,
        _ => 1_000,
    };
    let special = DAYS
        .iter()
        .find(|(month, day, _)| (date.month(), date.day()) == (*month, *day))
        .map_or(1_000, |(_, _, factor)| *factor);
    let sale = if end_of_season(date).is_some() {
        1_220
    } else {
        1_000
    };
    let friday = if is_black_friday(date) { 1_650 } else { 1_000 };
    [weekday, tet, special, sale, friday]
        .into_iter()
        .fold(month, |all, factor| all * factor / 1_000)
}

/// The Friday after the fourth Thursday of November, and the two days after it.
fn is_black_friday(date: Date) -> bool {
    let days_after = match date.weekday() {
        Weekday::Friday => 0,
        Weekday::Saturday => 1,
        Weekday::Sunday => 2,
        _ => return false,
    };
    let friday = date.saturating_sub(days_after.days());
    friday.month() == 11 && (23..=29).contains(&friday.day())
}

/// What is sold off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaving {
    /// Summer: all of July and the first ten days of August.
    Summer,
    /// Winter: from two weeks to five weeks after Tết.
    Winter,
}

/// The end of a season, if it is one.
pub(super) fn end_of_season(date: Date) -> Option<Leaving> {
    let to_tet = to_tet(date);
    if (-35..=-13).contains(&to_tet) {
        return Some(Leaving::Winter);
    }
    match (date.month(), date.day()) {
        (7, 5..) | (8, 1..=10) => Some(Leaving::Summer),
        _ => None,
    }
}

/// A day on which almost everything is cheaper: by how many hundredths, and why.
pub(super) fn day_of_discounts(date: Date) -> Option<(i64, &'static str)> {
    match (date.month(), date.day()) {
        (11, 11) => Some((20, "11.11")),
        (12, 12) => Some((20, "12.12")),
        _ => is_black_friday(date).then_some((15, "Black Friday")),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Leaving, customers, day_of_discounts, end_of_season, to_tet};

    #[test]
    fn tet_moves_and_closes_the_branches() {
        assert_eq!(to_tet(date(2026, 2, 10)), 7);
        assert_eq!(to_tet(date(2025, 2, 3)), -5);
        assert_eq!(customers(date(2026, 2, 17)), 0);
        assert_ne!(customers(date(2025, 2, 17)), 0);
        // A week before Tết beside the same weekday a year earlier, which was after it.
        assert!(customers(date(2026, 2, 7)) > 2 * customers(date(2025, 2, 8)));
    }

    #[test]
    fn sales_have_their_days() {
        assert_eq!(day_of_discounts(date(2026, 11, 11)), Some((20, "11.11")));
        assert_eq!(
            day_of_discounts(date(2026, 11, 27)),
            Some((15, "Black Friday"))
        );
        assert_eq!(day_of_discounts(date(2026, 11, 20)), None);
        assert_eq!(end_of_season(date(2026, 7, 10)), Some(Leaving::Summer));
        assert_eq!(end_of_season(date(2026, 3, 10)), Some(Leaving::Winter));
        assert_eq!(end_of_season(date(2026, 5, 1)), None);
    }
}
