//! The buying station: weekly sales of Hass avocados in the United States, scaled down to what one station buys.
//!
//! Avocado data: Hass Avocado Board. Suppliers, times of day and the product by weight are authored.
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use retail::{
    amount::Amount,
    catalog::{Barcode, CategoryId},
    currency::Currency,
    price::Price,
    purchasing::PaymentKind,
    quantity::{Quantity, Unit},
};
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::{
    chain::{Bought, Category, Location, Origin, Product, Purchase, Shift, Staff, Variant},
    company::{self, STATION, STATION_ZONE},
    id::{dated, named, pick},
    rota::Rota,
    table,
    window::Window,
};

pub(crate) mod expected;

/// What must stand beside every figure made from this data.
pub const ATTRIBUTION: &str = "Avocado data: Hass Avocado Board";

/// The station buys one avocado for this many that are sold in the United States.
pub const SCALE: i64 = 10_000;

pub(crate) const WEEKS: &str = include_str!("../data/avocado/weeks.csv");
/// Buying days of a week, Monday to Saturday, with the same weight each.
pub(crate) const DAYS: [i64; 6] = [1; 6];
/// From the last Saturday back to its Monday.
const SATURDAY: i64 = 5;

/// Cash at the opening of the station.
const FLOAT: Amount = Amount::from_minor(30_000);
/// Up to here a supplier is paid from the drawer, above it on account.
const MOST_IN_CASH: Amount = Amount::from_minor(2_500);
/// Buying begins at this hour and goes on for [`BUYING_MINUTES`].
const BUYING_HOUR: i8 = 6;
const BUYING_MINUTES: usize = 9 * 60;
/// The authored product for the scale: dollars for a kilogram.
const BY_WEIGHT: (&str, &str, i64) = ("AVO-KG", "Avocados, loose, by weight (demo)", 350);

/// The kinds of the source in the order of its columns: SKU, name, and the number in the in-house barcode.
pub(crate) const KINDS: [(&str, &str, u64); 6] = [
    ("4046", "Hass Avocado, small (PLU 4046)", 4_046),
    ("4225", "Hass Avocado, large (PLU 4225)", 4_225),
    ("4770", "Hass Avocado, extra large (PLU 4770)", 4_770),
    ("S-BAG", "Hass Avocado, from small bags", 1),
    ("L-BAG", "Hass Avocado, from large bags", 2),
    ("XL-BAG", "Hass Avocado, from extra large bags", 3),
];

#[derive(Deserialize)]
struct WeekRow {
    week_ending: Date,
    #[serde(rename = "type")]
    kind: String,
    price: Decimal,
    plu_4046: i64,
    plu_4225: i64,
    plu_4770: i64,
    small_bags: i64,
    large_bags: i64,
    extra_large_bags: i64,
}

impl WeekRow {
    /// What the station pays for one avocado: the average selling price of the week.
    fn unit_cost(&self) -> Price {
        Price::new(self.price, 1).expect("the prices of the source are dollars and cents")
    }

    /// Units by kind, scaled down; they add up to the scaled total of the week.
    fn scaled(&self) -> Vec<i64> {
        let units = [
            self.plu_4046,
            self.plu_4225,
            self.plu_4770,
            self.small_bags,
            self.large_bags,
            self.extra_large_bags,
        ];
        scaled(&units)
    }
}

/// Scales a week down by [`SCALE`], total first.
pub(crate) fn scaled(units: &[i64]) -> Vec<i64> {
    shares((units.iter().sum::<i64>() + SCALE / 2) / SCALE, units)
}

/// Splits `whole` by `weights`, largest remainder first; the parts add up to `whole`.
pub(crate) fn shares(whole: i64, weights: &[i64]) -> Vec<i64> {
    Amount::from_minor(whole).split(weights).map_or_else(
        || vec![0; weights.len()],
        |parts| parts.into_iter().map(Amount::minor).collect(),
    )
}

/// What the station adds to the chain.
pub(crate) struct Trade {
    pub(crate) categories: Vec<Category>,
    pub(crate) products: Vec<Product>,
    pub(crate) shifts: Vec<Shift>,
    pub(crate) purchases: Vec<Purchase>,
}

/// The purchases of `window`, in the order of time.
pub(crate) fn trade(window: Window, locations: &[Location], staff: &[Staff]) -> Trade {
    let station = locations
        .iter()
        .find(|location| location.code == STATION)
        .expect("the chain has a station");
    let zone = zone();
    let mut rota = Rota::new(station, staff, zone.clone(), FLOAT);
    let weeks = table::rows::<WeekRow>(WEEKS);
    let last_week = weeks
        .iter()
        .map(|week| week.week_ending)
        .max()
        .expect("there are weeks");
    let mut purchases = Vec::new();
    for week in &weeks {
        for buy in buys(week, last_week, window) {
            purchases.push(buy.record(&zone, &mut rota));
        }
    }
    purchases.sort_by_key(|purchase: &Purchase| (purchase.at, purchase.id));
    let (categories, products) = catalogue(&weeks, last_week);
    Trade {
        categories,
        products,
        shifts: rota.shifts(),
        purchases,
    }
}

/// The business date of a buying day: the last Saturday of the source falls on the anchor.
pub(crate) fn date_of(anchor: Date, last_week: Date, week: Date, day: i64) -> Date {
    let weeks_back = i64::from((last_week - week).get_days());
    anchor.saturating_sub((weeks_back + SATURDAY - day).days())
}

/// What everything about one purchase is derived from.
pub(crate) fn name_of(week: Date, week_kind: &str, kind: usize, day: i64) -> String {
    format!("{week}/{week_kind}/{}/{day}", KINDS[kind].0)
}

/// When a supplier brings it: a time of day that only depends on what is bought.
pub(crate) fn time_of(name: &str, date: Date, zone: &TimeZone) -> Timestamp {
    let opening = date.at(BUYING_HOUR, 0, 0, 0);
    let minutes = i64::try_from(pick("minute", name, BUYING_MINUTES)).expect("a few hundred");
    zone.to_timestamp(opening).expect("a date of our time") + minutes.minutes()
}

/// The zone of the station.
pub(crate) fn zone() -> TimeZone {
    TimeZone::get(STATION_ZONE).expect("the time zone database is part of the binary")
}

/// One kind bought on one day.
struct Buy {
    name: String,
    date: Date,
    sku: String,
    quantity: Quantity,
    cost: Price,
}

fn buys(week: &WeekRow, last_week: Date, window: Window) -> Vec<Buy> {
    let mut buys = Vec::new();
    for (kind, units) in week.scaled().into_iter().enumerate() {
        for (day, quantity) in (0..).zip(shares(units, &DAYS)) {
            let date = date_of(window.anchor, last_week, week.week_ending, day);
            if quantity > 0 && window.contains(date) {
                buys.push(Buy {
                    name: name_of(week.week_ending, &week.kind, kind, day),
                    date,
                    sku: sku(kind, &week.kind),
                    quantity: Quantity::new(quantity),
                    cost: week.unit_cost(),
                });
            }
        }
    }
    buys
}

impl Buy {
    /// The purchase, from a supplier that only depends on what is bought.
    fn record(self, zone: &TimeZone, rota: &mut Rota) -> Purchase {
        let at = time_of(&self.name, self.date, zone);
        let currency = Currency::by_code(company::CURRENCY).expect("the dollar is a currency");
        let total = self
            .cost
            .extend(self.quantity, currency)
            .expect("a day's avocados fit");
        let (payment, paid) = if total <= MOST_IN_CASH {
            (PaymentKind::Cash, total)
        } else {
            (PaymentKind::Account, Amount::ZERO)
        };
        let suppliers = company::suppliers();
        Purchase {
            id: dated(at, "purchase", &self.name),
            shift: rota.record(0, self.date, at, -paid),
            location: company::location_id(STATION),
            at,
            business_date: self.date,
            supplier: suppliers[pick("supplier", &self.name, suppliers.len())].id,
            lines: vec![Bought {
                variant: named("variant", &self.sku),
                quantity: self.quantity,
                cost: self.cost,
                containers: None,
            }],
            payment,
            total,
        }
    }
}

pub(crate) fn sku(kind: usize, week_kind: &str) -> String {
    let suffix = if week_kind == "organic" { "-ORG" } else { "" };
    format!("AVO-{}{suffix}", KINDS[kind].0)
}

/// Twelve real kinds at the price of the last week, and one authored product for the scale.
fn catalogue(weeks: &[WeekRow], last_week: Date) -> (Vec<Category>, Vec<Product>) {
    let parent = Category {
        id: named("category", "Avocados"),
        parent: None,
        name: "Avocados".to_owned(),
    };
    let mut categories = vec![parent.clone()];
    let mut products = Vec::new();
    for week in weeks.iter().filter(|week| week.week_ending == last_week) {
        let name = if week.kind == "organic" {
            "Organic"
        } else {
            "Conventional"
        };
        let category = Category {
            id: named("category", &format!("Avocados/{name}")),
            parent: Some(parent.id),
            name: name.to_owned(),
        };
        products.extend((0..KINDS.len()).map(|kind| counted(kind, week, &category)));
        categories.push(category);
    }
    products.push(by_weight(parent.id));
    (categories, products)
}

fn counted(kind: usize, week: &WeekRow, category: &Category) -> Product {
    let (_, name, number) = KINDS[kind];
    // A leading 9 marks organic produce in price look-up codes.
    let organic = if week.kind == "organic" { 90_000 } else { 0 };
    let name = if organic > 0 {
        format!("{name}, organic")
    } else {
        name.to_owned()
    };
    product(
        sku(kind, &week.kind),
        name,
        category.id,
        Unit::Piece,
        week.unit_cost(),
        organic + number,
        Origin::Real,
    )
}

fn by_weight(category: CategoryId) -> Product {
    let (sku, name, cents) = BY_WEIGHT;
    let price = Price::new(Decimal::new(cents, 2), 1_000).expect("a price for a kilogram");
    product(
        sku.to_owned(),
        name.to_owned(),
        category,
        Unit::Gram,
        price,
        99_999,
        Origin::Authored,
    )
}

fn product(
    sku: String,
    name: String,
    category: CategoryId,
    unit: Unit,
    price: Price,
    number: u64,
    origin: Origin,
) -> Product {
    Product {
        id: named("product", &sku),
        category,
        name: name.clone(),
        matrix: None,
        variants: vec![Variant {
            id: named("variant", &sku),
            name,
            unit,
            price,
            tax_bps: 0,
            choices: Vec::new(),
            barcode: Barcode::in_house(number).expect("five digits"),
            sku,
        }],
        origin,
    }
}

#[cfg(test)]
mod tests;
