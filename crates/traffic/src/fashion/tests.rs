use std::collections::BTreeMap;

use expect_test::expect;
use jiff::{ToSpan, civil::date};
use retail::amount::Amount;

use super::chain;
use crate::{chain::Chain, window::Window};

const ANCHOR: jiff::civil::Date = date(2026, 11, 22);

fn revenue(chain: &Chain, from: jiff::civil::Date, days: i64) -> Amount {
    let until = from.saturating_add(days.days());
    let within = chain
        .baskets
        .iter()
        .filter(|basket| (from..until).contains(&basket.business_date));
    within.map(|basket| basket.total).sum()
}

#[test]
fn two_years_have_a_year_to_compare_with() {
    let chain = chain(Window::last(ANCHOR, super::DAYS));
    let variants: usize = chain
        .products
        .iter()
        .map(|product| product.variants.len())
        .sum();
    let lines: usize = chain.baskets.iter().map(|basket| basket.lines.len()).sum();
    expect![[r"
        242 styles in 2581 variants, 59458 baskets with 105475 lines, 10351 shifts, 151 counts
    "]]
    .assert_eq(&format!(
        "{} styles in {variants} variants, {} baskets with {lines} lines, {} shifts, {} counts\n",
        chain.products.len(),
        chain.baskets.len(),
        chain.shifts.len(),
        chain.openings.len(),
    ));
    let four_weeks = |from| revenue(&chain, from, 28).minor();
    let (now, before) = (
        four_weeks(date(2026, 10, 26)),
        four_weeks(date(2025, 10, 27)),
    );
    assert!(now > before && now < 2 * before, "{now} after {before}");
    // The week before Tết, beside the same dates a year later, when Tết has not come yet.
    let before_tet = revenue(&chain, date(2025, 1, 15), 7);
    let same_dates = revenue(&chain, date(2026, 1, 14), 7);
    assert!(before_tet > same_dates, "{before_tet} and {same_dates}");
    assert_eq!(revenue(&chain, date(2026, 2, 16), 3), Amount::ZERO);
}

#[test]
fn nothing_is_sold_that_was_not_counted_before() {
    let chain = chain(Window::last(ANCHOR, 120));
    let mut shelf = BTreeMap::new();
    for opening in &chain.openings {
        for (variant, quantity) in &opening.lines {
            let before = shelf.insert(
                (opening.location, *variant),
                (opening.at, quantity.base_units()),
            );
            assert_eq!(before, None, "a count of what was counted before");
        }
    }
    for basket in &chain.baskets {
        for line in &basket.lines {
            let (at, left) = shelf.get_mut(&(basket.location, line.variant)).unwrap();
            assert!(*at < basket.at);
            *left -= line.quantity.base_units();
            assert!(*left > 0, "an empty shelf");
        }
    }
}

#[test]
fn a_day_is_the_same_however_long_the_history_is() {
    let ids = |days| {
        let chain = chain(Window::last(ANCHOR, days));
        let last = chain
            .baskets
            .iter()
            .filter(|basket| basket.business_date == ANCHOR);
        last.map(|basket| (basket.id, basket.lines.len()))
            .collect::<Vec<_>>()
    };
    let short = ids(20);
    assert!(short.len() > 50, "{} baskets", short.len());
    assert_eq!(
        short.iter().map(|one| one.0).collect::<Vec<_>>(),
        ids(40).iter().map(|one| one.0).collect::<Vec<_>>()
    );
}

#[test]
fn skus_barcodes_and_prefixes_are_there_once() {
    let styles = super::style::styles(Window::last(ANCHOR, super::DAYS));
    let products = || styles.iter().map(|style| &style.product);
    let variants = || products().flat_map(|product| &product.variants);
    let mut skus: Vec<&str> = variants().map(|variant| variant.sku.as_str()).collect();
    let mut codes: Vec<&str> = variants().map(|variant| variant.barcode.as_str()).collect();
    let all = skus.len();
    skus.sort_unstable();
    skus.dedup();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!((skus.len(), codes.len()), (all, all));
    for product in products() {
        let matrix = product.matrix.as_ref().unwrap();
        for variant in &product.variants {
            assert_eq!(variant.choices.len(), matrix.options.len());
            for (choice, (_, choices)) in variant.choices.iter().zip(&matrix.options) {
                assert!(choices.contains(choice), "{choice} of {}", variant.name);
            }
        }
    }
}
