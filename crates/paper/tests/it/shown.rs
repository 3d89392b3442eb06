//! Amounts, quantities and instants as the pages show them: one table for both.
use jiff::tz::TimeZone;
use paper::{Language, Locale};
use retail::{
    amount::Amount,
    currency::Currency,
    quantity::{Quantity, Unit},
    tax::TaxRate,
};

/// Language, what it is, its value, how it is shown; the pages' tests read the same file.
const SHOWN: &str = include_str!("shown.txt");

#[test]
fn paper_shows_what_the_pages_show() {
    let mut count = 0;
    for line in SHOWN.lines().filter(|line| !line.starts_with('#')) {
        let [language, what, value, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let currency = Currency::by_code(what)
            .or_else(|| Currency::by_code("USD"))
            .expect("a currency");
        let locale = Locale {
            language: Language::by_code(language).expect("a language"),
            currency,
        };
        let number = || value.parse::<i64>().expect("a number");
        let shown = match what {
            "percent" => locale.rate(TaxRate::from_basis_points(number()).expect("a rate")),
            "instant" => locale.instant(
                value.parse().expect("an instant"),
                &TimeZone::get("Asia/Bangkok").expect("a zone"),
            ),
            "date" => locale.date(value.parse().expect("a date")),
            unit if Unit::by_code(unit).is_some() => locale.quantity(
                Quantity::new(number()),
                Unit::by_code(unit).expect("a unit"),
            ),
            _ if value.contains('.') => locale.price(value.parse().expect("a price")),
            _ => locale.amount(Amount::from_minor(number())),
        };
        assert_eq!(shown, expected, "{line}");
        count += 1;
    }
    assert!(count > 100, "{count} examples");
}
