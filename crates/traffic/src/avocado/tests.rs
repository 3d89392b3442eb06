use expect_test::expect;
use jiff::civil::date;

use super::{SCALE, WEEKS, WeekRow, scaled, trade};
use crate::{company, table, window::Window};

#[test]
fn a_week_adds_up_after_scaling() {
    for week in table::rows::<WeekRow>(WEEKS) {
        let units = [
            week.plu_4046,
            week.plu_4225,
            week.plu_4770,
            week.small_bags,
            week.large_bags,
            week.extra_large_bags,
        ];
        let whole = (units.iter().sum::<i64>() + SCALE / 2) / SCALE;
        assert_eq!(scaled(&units).iter().sum::<i64>(), whole);
    }
}

#[test]
fn the_station_buys_six_days_a_week_to_the_anchor() {
    let anchor = date(2026, 11, 22);
    let trade = trade(
        Window::all(anchor),
        &company::locations(),
        &company::staff(),
    );
    let mut dates: Vec<_> = trade
        .purchases
        .iter()
        .map(|purchase| purchase.business_date)
        .collect();
    dates.dedup();
    let units: i64 = trade
        .purchases
        .iter()
        .map(|purchase| purchase.lines[0].quantity.base_units())
        .sum();
    expect!["3153 purchases of 259587 avocados on 312 days, 2025-11-25 to 2026-11-22"].assert_eq(
        &format!(
            "{} purchases of {units} avocados on {} days, {} to {}",
            trade.purchases.len(),
            dates.len(),
            dates[0],
            dates[dates.len() - 1],
        ),
    );
}
