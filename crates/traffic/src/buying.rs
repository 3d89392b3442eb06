//! Six buying stations in Thailand: farmers bring produce, it is weighed and paid by the price of the day.
//!
//! All of it is authored: no station, person or purchase of it exists, and prices only move as such prices do.
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use retail::{
    amount::Amount, currency::Currency, price::Price, purchasing::PaymentKind, quantity::Quantity,
};
use rust_decimal::Decimal;

use crate::{
    chain::{Bought, Chain, Location, Purchase, Shift, Staff, Supplier},
    dice::{Dice, fixed},
    id::{dated, named},
    rota::Rota,
    window::Window,
};

mod produce;
mod station;

use produce::{CROPS, Crop};
use station::{STATIONS, Station};

/// In which time the stations live.
pub const TIME_ZONE: &str = "Asia/Bangkok";
/// Days of the trade when nothing is said: two years and a little, so that every day has one a year before.
pub const DAYS: i64 = 735;
/// The name of the company.
const NAME: &str = "สวนร่วมใจ Suan Ruam Jai";
/// ISO 4217 code of all amounts.
const CURRENCY: &str = "THB";

/// Cash at the opening of a station.
const FLOAT: Amount = Amount::from_minor(15_000_000);
/// Up to here a farmer is paid from the drawer, above it on account.
const MOST_IN_CASH: i64 = 400_000;
/// Farmers come from this hour on, in shares.
const OPENS: i64 = 6;
const HOURS: [i64; 10] = [12, 16, 15, 12, 9, 7, 6, 8, 9, 6];
/// Monday to Sunday: there is no market on Sunday.
const WEEK: [i64; 7] = [1_150, 950, 900, 950, 1_050, 1_300, 0];
/// Kinds of produce that a farmer brings, in shares, from one on.
const LINES: [i64; 3] = [62, 28, 10];
/// The scale shows steps of this many grams.
const STEP: i64 = 100;
const KILOGRAM: i64 = 1_000;
/// Prices are called in quarters of a baht.
const QUARTER: i64 = 25;

/// The chain with the trade of `window`.
#[must_use]
pub fn chain(window: Window) -> Chain {
    let locations: Vec<Location> = STATIONS.iter().map(Station::location).collect();
    let staff = station::staff();
    let (mut purchases, mut shifts) = (Vec::new(), Vec::new());
    for (station, location) in STATIONS.iter().zip(&locations) {
        let mut trade = Trade::new(station, location, &staff);
        let mut date = window.from;
        while date <= window.anchor {
            trade.day(date, window);
            date = date.saturating_add(1.day());
        }
        shifts.extend(trade.rota.shifts());
        purchases.append(&mut trade.purchases);
    }
    purchases.sort_by_key(|purchase: &Purchase| (purchase.at, purchase.id));
    shifts.sort_by_key(|shift: &Shift| (shift.opens_at, shift.id));
    Chain {
        id: named::<Chain>("company", NAME).as_uuid(),
        company: NAME,
        currency: CURRENCY,
        time_zone: TIME_ZONE,
        is_authored: true,
        anchor: window.anchor,
        live_from: window.live_from(),
        locations,
        staff,
        categories: produce::categories(),
        products: CROPS
            .iter()
            .zip(1..)
            .map(|(crop, number)| crop.product(number, price(crop, "", window.anchor)))
            .collect(),
        suppliers: station::suppliers(),
        containers: produce::containers(),
        openings: Vec::new(),
        shifts,
        baskets: Vec::new(),
        purchases,
        rejected: Vec::new(),
    }
}

/// What a kilogram costs at a station on a day, in satang: by the month, the years, and the weather.
fn price(crop: &Crop, station: &str, date: Date) -> i64 {
    let season = between_months(&crop.price, date);
    let since = i64::from((date - Date::constant(2024, 1, 1)).get_days());
    let years = 1_000 + fixed(&format!("{}/years", crop.sku), -20, 70) * since / 365;
    let weather = wander(&format!("{}/month", crop.sku), since, 34, 130)
        * wander(&format!("{}/week", crop.sku), since, 6, 70)
        / 1_000;
    let here = fixed(&format!("{}/{station}", crop.sku), 970, 1_035);
    let today = fixed(&format!("{}/{station}/{date}", crop.sku), 985, 1_015);
    let satang = [season, years, weather, here, today]
        .into_iter()
        .fold(crop.satang, |all, factor| all * factor / 1_000);
    (satang + QUARTER / 2) / QUARTER * QUARTER
}

/// A factor that goes evenly from the middle of one month to the middle of the next.
fn between_months(months: &[i64; 12], date: Date) -> i64 {
    let day = i64::from(date.day()).min(30);
    let this = usize::from(date.month().unsigned_abs()) - 1;
    let (from, to, passed) = if day < 15 {
        ((this + 11) % 12, this, day + 15)
    } else {
        (this, (this + 1) % 12, day - 15)
    };
    months[from] + (months[to] - months[from]) * passed / 30
}

/// A factor that wanders: another value every `days`, straight lines between them.
fn wander(name: &str, since: i64, days: i64, most: i64) -> i64 {
    let (knot, passed) = (since.div_euclid(days), since.rem_euclid(days));
    let at = |knot: i64| fixed(&format!("{name}/{knot}"), 1_000 - most, 1_000 + most);
    at(knot) + (at(knot + 1) - at(knot)) * passed / days
}

/// What a station buys.
struct Trade<'a> {
    station: &'a Station,
    location: &'a Location,
    zone: TimeZone,
    currency: Currency,
    suppliers: Vec<Supplier>,
    rota: Rota,
    purchases: Vec<Purchase>,
}

impl<'a> Trade<'a> {
    fn new(station: &'a Station, location: &'a Location, staff: &[Staff]) -> Self {
        let zone = TimeZone::get(TIME_ZONE).expect("the time zone database is part of the binary");
        let suppliers = station::suppliers();
        Self {
            station,
            location,
            currency: Currency::by_code(CURRENCY).expect("the baht is a currency"),
            suppliers: suppliers
                .into_iter()
                .filter(|one| one.code.starts_with(station.letter))
                .collect(),
            rota: Rota::new(location, staff, zone.clone(), FLOAT).without_late_shift(),
            zone,
            purchases: Vec::new(),
        }
    }

    fn day(&mut self, date: Date, window: Window) {
        let mut dice = Dice::of(&format!("buying/{}/{date}", self.station.code));
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        let back = i64::from((window.anchor - date).get_days());
        let grown = 1_000 - self.station.growth * back / 365;
        let farmers = dice.about(self.station.farmers * WEEK[weekday] / 1_000 * grown / 1_000);
        let mut seconds: Vec<i64> = (0..farmers)
            .map(|_| {
                let hour = OPENS + i64::try_from(dice.weighted(&HOURS)).unwrap_or(0);
                hour * 3_600 + dice.below(3_600)
            })
            .collect();
        seconds.sort_unstable();
        for (nth, second) in (0..).zip(seconds) {
            self.deliver(date, nth, second + nth, &mut dice);
        }
    }

    fn deliver(&mut self, date: Date, nth: i64, second: i64, dice: &mut Dice) {
        let midnight = self.zone.to_timestamp(date.at(0, 0, 0, 0));
        let at = midnight.expect("a date of our time") + second.seconds();
        let lines = self.lines(date, dice);
        let cost = |line: &Bought| line.cost.extend(line.quantity, self.currency);
        let total: Amount = lines
            .iter()
            .map(|line| cost(line).expect("a truck of produce fits"))
            .sum();
        let (payment, paid) = if total.minor() <= MOST_IN_CASH {
            (PaymentKind::Cash, total)
        } else {
            (PaymentKind::Account, Amount::ZERO)
        };
        let supplier = &self.suppliers[dice.place(self.suppliers.len())];
        let name = format!("buying/{}/{date}/{nth}", self.station.code);
        self.purchases.push(Purchase {
            id: dated(at, "purchase", &name),
            shift: self.rota.record(0, date, at, -paid),
            location: self.location.id,
            at,
            business_date: date,
            supplier: supplier.id,
            lines,
            payment,
            total,
        });
    }

    /// What a farmer brings: what grows there, by what is in season.
    fn lines(&self, date: Date, dice: &mut Dice) -> Vec<Bought> {
        let crops: Vec<&Crop> = CROPS
            .iter()
            .filter(|crop| crop.regions.contains(&self.station.letter))
            .collect();
        let harvest: Vec<i64> = crops
            .iter()
            .map(|crop| between_months(&crop.harvest, date).max(1))
            .collect();
        let mut lines = Vec::<Bought>::new();
        for _ in 0..=dice.weighted(&LINES) {
            let crop = crops[dice.weighted(&harvest)];
            let variant = crop.variant();
            let kilograms = dice.between(crop.kilograms.0, crop.kilograms.1);
            let net = kilograms * KILOGRAM + dice.below(KILOGRAM / STEP) * STEP;
            let quality = dice.between(975, 1_020);
            let satang = price(crop, self.station.code, date) * quality / 1_000;
            let satang = (satang / QUARTER * QUARTER).max(QUARTER);
            if lines.iter().any(|line| line.variant == variant) {
                continue;
            }
            lines.push(Bought {
                variant,
                quantity: Quantity::new(net),
                cost: Price::new(Decimal::new(satang, 2), KILOGRAM).expect("baht a kilogram"),
                containers: Some(crop.weighed_in(kilograms)),
            });
        }
        lines
    }
}

#[cfg(test)]
mod tests;
