//! Revenue by shop and day and units by product, straight from the rows.
use std::collections::HashMap;

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use retail::{amount::Amount, quantity::Quantity};

use super::source::{BASKETS, LINES, zone};
use crate::{
    company::location_id,
    figures::{Figures, cells, cents},
    id::named,
    window::Window,
};

pub(crate) fn add_to(figures: &mut Figures, window: Window, until: Timestamp) {
    let heads = heads(window);
    for line in cells(LINES) {
        let (shop, at, date) = heads[line[0]];
        let quantity: i64 = line[2].parse().expect("a whole number");
        if quantity == 0 || at > until || !window.contains(date) {
            continue;
        }
        *figures
            .revenue
            .entry((location_id(shop), date))
            .or_default() += Amount::from_minor(cents(line[3]));
        let sold = figures.sold.entry(named("variant", line[1])).or_default();
        *sold = *sold + Quantity::new(quantity);
    }
}

/// Shop, new time and new business date by basket. The day begins at four: four hours earlier it is still yesterday.
fn heads(window: Window) -> HashMap<&'static str, (&'static str, Timestamp, Date)> {
    let zone = zone();
    let local = |text: &str| {
        let written: DateTime = text.parse().expect("a date and time");
        zone.to_datetime(TimeZone::UTC.to_timestamp(written).expect("our time"))
    };
    let day_of = |local: DateTime| local.saturating_sub(4.hours()).date();
    let rows: Vec<(&str, &str, DateTime)> = cells(BASKETS)
        .map(|row| (row[0], row[2], local(row[3])))
        .collect();
    let last_day = |shop: &str| {
        let days = rows
            .iter()
            .filter(|row| row.1 == shop)
            .map(|row| day_of(row.2));
        days.max().expect("every shop has trade")
    };
    let shifted_by: HashMap<&str, i64> = ["292", "381"]
        .into_iter()
        .map(|shop| (shop, i64::from((window.anchor - last_day(shop)).get_days())))
        .collect();
    rows.iter()
        .map(|&(basket, shop, local)| {
            let moved = local.saturating_add(shifted_by[shop].days());
            let at = zone.to_timestamp(moved).expect("our time");
            (basket, (shop, at, day_of(moved)))
        })
        .collect()
}
