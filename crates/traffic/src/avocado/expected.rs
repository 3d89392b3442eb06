//! Purchases by day and units by kind, straight from the rows. The time of day is authored, so it is the buyer's.
use jiff::{Timestamp, civil::Date};
use retail::{amount::Amount, quantity::Quantity};

use super::{DAYS, KINDS, WEEKS, date_of, name_of, scaled, shares, sku, time_of, zone};
use crate::{
    company::{STATION, location_id},
    figures::{Figures, cells, cents},
    id::named,
    window::Window,
};

pub(crate) fn add_to(figures: &mut Figures, window: Window, until: Timestamp) {
    let zone = zone();
    let rows: Vec<(Date, &str, i64, Vec<i64>)> = cells(WEEKS).map(|row| read(&row)).collect();
    let last = rows.iter().map(|row| row.0).max().expect("there are weeks");
    for (week, kind, cost, units) in rows {
        for (column, units) in scaled(&units).into_iter().enumerate() {
            for (day, quantity) in (0..).zip(shares(units, &DAYS)) {
                let date = date_of(window.anchor, last, week, day);
                let at = time_of(&name_of(week, kind, column, day), date, &zone);
                if quantity == 0 || at > until || !window.contains(date) {
                    continue;
                }
                let spent = figures
                    .spent
                    .entry((location_id(STATION), date))
                    .or_default();
                *spent += Amount::from_minor(quantity * cost);
                let variant = named("variant", &sku(column, kind));
                let bought = figures.bought.entry(variant).or_default();
                *bought = *bought + Quantity::new(quantity);
            }
        }
    }
}

/// Week, type, cost of one in cents, and the units by kind.
fn read<'a>(row: &[&'a str]) -> (Date, &'a str, i64, Vec<i64>) {
    let units: Vec<i64> = row[3..]
        .iter()
        .map(|cell| cell.parse().expect("a whole number"))
        .collect();
    assert_eq!(units.len(), KINDS.len());
    (
        row[0].parse().expect("a date"),
        row[1],
        cents(row[2]),
        units,
    )
}
