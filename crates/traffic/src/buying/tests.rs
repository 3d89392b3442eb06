use std::collections::BTreeMap;

use expect_test::expect;
use jiff::civil::date;
use retail::{amount::Amount, quantity::Quantity};

use super::{CROPS, chain, price};
use crate::window::Window;

const ANCHOR: jiff::civil::Date = date(2026, 11, 21);

#[test]
fn two_years_of_weighed_produce() {
    let chain = chain(Window::last(ANCHOR, super::DAYS));
    let lines: usize = chain
        .purchases
        .iter()
        .map(|purchase| purchase.lines.len())
        .sum();
    let spent: Amount = chain.purchases.iter().map(|purchase| purchase.total).sum();
    expect![[r"
        38236 purchases with 52242 lines for 291302162.76, 3780 shifts
    "]]
    .assert_eq(&format!(
        "{} purchases with {lines} lines for {spent}, {} shifts\n",
        chain.purchases.len(),
        chain.shifts.len(),
    ));
    for line in chain.purchases.iter().flat_map(|purchase| &purchase.lines) {
        assert!(
            line.quantity > Quantity::ZERO
                && line
                    .containers
                    .is_some_and(|of| chain.containers.iter().any(|one| one.id == of.id()))
        );
    }
    // The drawer never holds less than nothing.
    assert!(
        chain
            .shifts
            .iter()
            .all(|shift| !shift.counted.is_negative())
    );
}

#[test]
fn a_price_moves_with_the_season_and_not_by_leaps() {
    let lime = CROPS.iter().find(|crop| crop.sku == "LIM-PAN").unwrap();
    assert!(price(lime, "NMA", date(2026, 4, 10)) > 2 * price(lime, "NMA", date(2026, 8, 10)));
    for crop in CROPS {
        let mut before: BTreeMap<&str, i64> = BTreeMap::new();
        let mut day = date(2025, 1, 1);
        while day < date(2026, 1, 1) {
            let now = price(crop, "NMA", day);
            if let Some(before) = before.insert(crop.sku, now) {
                let leap = (now - before).abs();
                assert!(
                    leap <= before / 8 + 25,
                    "{} {day}: {before}, then {now}",
                    crop.sku
                );
            }
            day = day.tomorrow().unwrap();
        }
    }
}
