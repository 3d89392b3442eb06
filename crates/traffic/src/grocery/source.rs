//! The recorded rows, joined and moved in time.
use std::collections::BTreeMap;

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use retail::location::calendar_business_date;
use serde::Deserialize;

use crate::{company::SHOP_ZONE, table, window::Window};

pub(super) const BASKETS: &str = include_str!("../../data/grocery/baskets.csv");
pub(super) const LINES: &str = include_str!("../../data/grocery/lines.csv");
pub(super) const TYPES: &str = include_str!("../../data/grocery/types.csv");
pub(super) const PRODUCTS: &str = include_str!("../../data/grocery/products.csv");

#[derive(Deserialize)]
struct BasketRow {
    basket: u32,
    basket_id: u64,
    shop: String,
    sold_at: DateTime,
}

/// One product in one basket, amounts in cents.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct LineRow {
    basket: u32,
    pub(super) product_id: u64,
    pub(super) quantity: i64,
    #[serde(deserialize_with = "table::cents")]
    pub(super) sales_value: i64,
    #[serde(deserialize_with = "table::cents")]
    pub(super) retail_disc: i64,
    #[serde(deserialize_with = "table::cents")]
    pub(super) coupon_disc: i64,
    #[serde(deserialize_with = "table::cents")]
    pub(super) coupon_match_disc: i64,
}

impl LineRow {
    /// What the line costs by the price on the shelf.
    pub(super) const fn shelf_value(&self) -> i64 {
        self.sales_value + self.retail_disc + self.coupon_match_disc
    }

    /// Whether anything changed hands.
    pub(super) const fn is_sellable(&self) -> bool {
        self.quantity > 0
    }
}

/// One visit to a till, as recorded, on its new date.
pub(super) struct Visit {
    pub(super) basket_id: u64,
    pub(super) shop: String,
    pub(super) at: Timestamp,
    pub(super) business_date: Date,
    pub(super) lines: Vec<LineRow>,
}

/// All visits in the order of their new times. Each shop is moved by whole days, so that its last business date is the
/// anchor and the time on the wall stays what it was.
pub(super) fn visits(window: Window) -> Vec<Visit> {
    let zone = zone();
    let mut lines = BTreeMap::<u32, Vec<LineRow>>::new();
    for line in table::rows::<LineRow>(LINES) {
        lines.entry(line.basket).or_default().push(line);
    }
    let heads: Vec<(BasketRow, DateTime, Date)> = table::rows::<BasketRow>(BASKETS)
        .into_iter()
        .map(|row| {
            let at = TimeZone::UTC
                .to_timestamp(row.sold_at)
                .expect("a date of our time");
            let date = calendar_business_date(at, &zone);
            (row, zone.to_datetime(at), date)
        })
        .collect();
    let mut last = BTreeMap::<String, Date>::new();
    for (row, _, date) in &heads {
        let newest = last.entry(row.shop.clone()).or_insert(*date);
        *newest = (*newest).max(*date);
    }
    let mut visits: Vec<Visit> = heads
        .into_iter()
        .map(|(row, local, date)| {
            let days = i64::from((window.anchor - last[&row.shop]).get_days()).days();
            Visit {
                basket_id: row.basket_id,
                at: zone
                    .to_timestamp(local.saturating_add(days))
                    .expect("a date of our time"),
                business_date: date.saturating_add(days),
                lines: lines.remove(&row.basket).unwrap_or_default(),
                shop: row.shop,
            }
        })
        .collect();
    visits.sort_by_key(|visit| (visit.at, visit.basket_id));
    visits
}

/// The zone of the grocery shops.
pub(super) fn zone() -> TimeZone {
    TimeZone::get(SHOP_ZONE).expect("the time zone database is part of the binary")
}
