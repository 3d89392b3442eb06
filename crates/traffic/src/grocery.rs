//! Two real grocery shops in 2017, moved so that their trade ends today, with an avocado buying station beside them.
//!
//! Data: The Complete Journey, dunnhumby/84.51°.
use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use retail::{amount::Amount, catalog::VariantId, location::LocationId, quantity::Quantity};

use crate::{
    avocado,
    chain::{Basket, Chain, Location, LocationKind, Opening, Shift, Staff},
    company,
    id::{dated, named},
    rota::Rota,
    window::Window,
};

mod basket;
mod catalog;
pub(crate) mod expected;
mod source;

/// What must stand beside every figure made from this data.
pub const ATTRIBUTION: &str = "Data: The Complete Journey, dunnhumby/84.51°";

/// Where both shops are taken to be.
pub const TIME_ZONE: &str = company::SHOP_ZONE;

/// Cash at the opening of a till.
const FLOAT: Amount = Amount::from_minor(15_000);
/// Opening stock lasts this much longer than the replay, at the rate of its sales.
const SPARE_DAYS: i64 = 28;
/// The least that stands on a shelf when the replay ends.
const LEAST_LEFT: i64 = 2;
/// Lines of one opening count.
const COUNT_LINES: usize = 500;

/// The chain with the trade of `window`.
#[must_use]
pub fn chain(window: Window) -> Chain {
    let (locations, staff) = (company::locations(), company::staff());
    let visits = source::visits(window);
    let descriptions = catalog::descriptions();
    let prices = catalog::list_prices(&visits, window.live_from());
    let (mut categories, mut products) = catalog::catalogue(&descriptions, &prices);

    let mut rotas = shop_rotas(&locations, &staff);
    let (mut baskets, mut rejected) = (Vec::new(), Vec::new());
    for visit in visits
        .iter()
        .filter(|visit| window.contains(visit.business_date))
    {
        rejected.extend(basket::rejected(visit, &descriptions));
        let rota = rotas
            .get_mut(visit.shop.as_str())
            .expect("both shops have a rota");
        baskets.extend(basket::basket(visit, &prices, rota));
    }
    let station = avocado::trade(window, &locations, &staff);
    categories.extend(station.categories);
    products.extend(station.products);
    let mut shifts: Vec<Shift> = rotas
        .values()
        .flat_map(Rota::shifts)
        .chain(station.shifts)
        .collect();
    shifts.sort_by_key(|shift| (shift.opens_at, shift.id));

    Chain {
        id: named::<Chain>("company", company::NAME).as_uuid(),
        company: company::NAME,
        currency: company::CURRENCY,
        time_zone: TIME_ZONE,
        is_authored: false,
        anchor: window.anchor,
        live_from: window.live_from(),
        openings: openings(&locations, &baskets, &shifts),
        suppliers: company::suppliers(),
        containers: Vec::new(),
        purchases: station.purchases,
        locations,
        staff,
        categories,
        products,
        shifts,
        baskets,
        rejected,
    }
}

fn shop_rotas(locations: &[Location], staff: &[Staff]) -> BTreeMap<&'static str, Rota> {
    locations
        .iter()
        .filter(|location| location.kind == LocationKind::Shop)
        .map(|location| {
            (
                location.code,
                Rota::new(location, staff, source::zone(), FLOAT),
            )
        })
        .collect()
}

/// Opening stock of every shop: what the replay sells, and a remainder by the rate of sales, so that nothing goes below zero.
fn openings(locations: &[Location], baskets: &[Basket], shifts: &[Shift]) -> Vec<Opening> {
    let mut openings = Vec::new();
    for location in locations {
        let Some(first) = shifts.iter().find(|shift| shift.location == location.id) else {
            continue;
        };
        let at = first.opens_at.saturating_sub(1.minute()).expect("a minute");
        let stock = opening_stock(location.id, baskets);
        openings.extend(
            stock
                .chunks(COUNT_LINES)
                .enumerate()
                .map(|(part, lines)| Opening {
                    id: dated(at, "count", &format!("{}/opening/{part}", location.code)),
                    location: location.id,
                    at,
                    lines: lines.to_vec(),
                }),
        );
    }
    openings
}

fn opening_stock(location: LocationId, baskets: &[Basket]) -> Vec<(VariantId, Quantity)> {
    let here = || baskets.iter().filter(|basket| basket.location == location);
    let mut sold = BTreeMap::<VariantId, Quantity>::new();
    for line in here().flat_map(|basket| &basket.lines) {
        let sum = sold.entry(line.variant).or_default();
        *sum = *sum + line.quantity;
    }
    let times = || here().map(|basket| basket.at);
    let days = trading_days(times().min(), times().max());
    sold.into_iter()
        .map(|(variant, sold)| {
            let spare = sold.base_units() * SPARE_DAYS / days;
            (variant, sold + Quantity::new(spare.max(LEAST_LEFT)))
        })
        .collect()
}

fn trading_days(first: Option<Timestamp>, last: Option<Timestamp>) -> i64 {
    first.zip(last).map_or(1, |(first, last)| {
        (last.as_second() - first.as_second()) / 86_400 + 1
    })
}

#[cfg(test)]
mod tests;
