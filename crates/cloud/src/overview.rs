//! The overview: revenue and purchases of a day by branch, hour and product, beside a week ago, and how complete.
//!
//! It reads summaries only, a fixed number of statements however much was sold. What the figures were computed from
//! has a version per location, and the version is read first: a cached answer is never older than the live path.
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use retail::location::calendar_business_date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::refusal;
use crate::cache::Key;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, ReportPurchases, ReportRevenue, Viewer};

pub(crate) mod db;
pub(crate) mod http;

/// Days in the trend, the asked one included.
const DAYS: i64 = 28;
/// Products in the list of best sellers.
const PRODUCTS: i64 = 10;
/// A node that was not heard of for this long is not connected.
pub(crate) const CONNECTED_S: i64 = 30;
/// Part of every key: grows when [`Figures`] or their meaning changes.
const SHAPE: u8 = 2;
/// A year back to the same weekday.
const YEAR: i64 = 364;

/// What the overview shows. Figures that the person may not see anywhere are null.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Overview {
    /// The business date.
    pub(crate) date: Date,
    /// When this was read.
    pub(crate) as_of: Timestamp,
    /// Everything before this instant is in the figures: the oldest of the locations. Null: one has not said yet.
    pub(crate) complete_to: Option<Timestamp>,
    #[serde(flatten)]
    pub(crate) totals: Totals,
    /// The same weekday a week before.
    pub(crate) previous: Previous,
    /// The same weekday a year before: 364 days.
    pub(crate) year_before: Previous,
    /// The 28 days before the date, which are over, and the same weekdays a year before.
    pub(crate) four_weeks: Compared,
    /// All locations that the person may see figures of, whatever the filter.
    pub(crate) locations: Vec<OverviewLocation>,
    /// The hours of the locations' clocks in which something happened.
    pub(crate) hours: Vec<HourFigures>,
    /// 28 days to date, also those without trade.
    pub(crate) days: Vec<DayFigures>,
    /// The ten with the most revenue.
    pub(crate) products: Vec<Product>,
    /// The ten for which most was paid, with what they cost in the last 28 days.
    pub(crate) bought: Vec<BoughtProduct>,
}

/// Sums of some days, and of the same weekdays a year before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "an amount's name says its unit")]
pub(crate) struct Compared {
    pub(crate) revenue_minor: Option<i64>,
    pub(crate) year_before_revenue_minor: Option<i64>,
    pub(crate) purchases_minor: Option<i64>,
    pub(crate) year_before_purchases_minor: Option<i64>,
}

/// Sums over the locations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Totals {
    pub(crate) revenue_minor: Option<i64>,
    pub(crate) sales: Option<i64>,
    /// Pieces, and one for each line by weight, volume or length.
    pub(crate) units: Option<i64>,
    /// Revenue by sale, rounded half up.
    pub(crate) average_basket_minor: Option<i64>,
    pub(crate) purchases_minor: Option<i64>,
    pub(crate) purchases: Option<i64>,
}

/// Sums of another day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Previous {
    pub(crate) date: Date,
    pub(crate) revenue_minor: Option<i64>,
    pub(crate) sales: Option<i64>,
    pub(crate) purchases_minor: Option<i64>,
}

/// A location's figures and how complete they are.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct OverviewLocation {
    pub(crate) location_id: Uuid,
    pub(crate) code: String,
    pub(crate) name: String,
    /// `shop`, `buying_station` or `warehouse`.
    pub(crate) kind: String,
    pub(crate) revenue_minor: Option<i64>,
    pub(crate) sales: Option<i64>,
    pub(crate) units: Option<i64>,
    pub(crate) purchases_minor: Option<i64>,
    pub(crate) purchases: Option<i64>,
    /// Everything before this instant is here. Null: it has no node, or the node has not said yet.
    pub(crate) complete_to: Option<Timestamp>,
    /// Events that its node has and that are not in the figures yet.
    pub(crate) pending: i64,
    /// Heard of within half a minute.
    pub(crate) connected: bool,
}

/// An hour of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct HourFigures {
    /// 0 to 23, of the location's clock.
    pub(crate) hour: i16,
    pub(crate) revenue_minor: i64,
    pub(crate) sales: i64,
    pub(crate) purchases_minor: i64,
}

/// A day of the trend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct DayFigures {
    pub(crate) date: Date,
    pub(crate) revenue_minor: i64,
    pub(crate) purchases_minor: i64,
    /// 364 days before.
    pub(crate) year_before_revenue_minor: i64,
    /// 364 days before.
    pub(crate) year_before_purchases_minor: i64,
}

/// A best seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = OverviewProduct)]
pub(crate) struct Product {
    pub(crate) variant_id: Uuid,
    pub(crate) sku: String,
    pub(crate) name: String,
    /// `piece`, `gram`, `millilitre` or `millimetre`.
    pub(crate) unit: String,
    /// Base units.
    pub(crate) quantity: i64,
    pub(crate) revenue_minor: i64,
}

/// Something that was bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct BoughtProduct {
    pub(crate) variant_id: Uuid,
    pub(crate) sku: String,
    pub(crate) name: String,
    /// `piece`, `gram`, `millilitre` or `millimetre`.
    pub(crate) unit: String,
    /// Base units, on the day.
    pub(crate) quantity: i64,
    pub(crate) cost_minor: i64,
    /// Days of the trend on which it was bought, oldest first.
    pub(crate) days: Vec<BoughtDay>,
}

/// What was bought of it on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct BoughtDay {
    pub(crate) date: Date,
    /// Base units.
    pub(crate) quantity: i64,
    pub(crate) cost_minor: i64,
}

/// The part of the overview that changes only with the version of its locations: this is cached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) locations: Vec<LocationFigures>,
    pub(crate) previous: Sums,
    pub(crate) year_before: Sums,
    pub(crate) hours: Vec<HourFigures>,
    /// The days of the trend, and the one before them.
    pub(crate) days: Vec<DayFigures>,
    pub(crate) products: Vec<Product>,
    pub(crate) bought: Vec<BoughtProduct>,
}

/// What a day came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sums {
    pub(crate) revenue_minor: i64,
    pub(crate) sales: i64,
    pub(crate) purchases_minor: i64,
}

/// A location's figures of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LocationFigures {
    pub(crate) location: Uuid,
    pub(crate) revenue_minor: i64,
    pub(crate) sales: i64,
    pub(crate) units: i64,
    pub(crate) purchases_minor: i64,
    pub(crate) purchases: i64,
}

/// A location as it stands now: never cached.
#[derive(Debug, Clone)]
pub(crate) struct LocationState {
    pub(crate) id: Uuid,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) time_zone: String,
    /// Of its figures.
    pub(crate) version: i64,
    pub(crate) has_node: bool,
    pub(crate) complete_to: Option<Timestamp>,
    pub(crate) pending: i64,
    pub(crate) last_seen: Option<Timestamp>,
    /// The newest business date with figures.
    pub(crate) newest: Option<Date>,
}

/// Whose figures somebody may see.
pub(crate) struct Seen {
    pub(crate) revenue: Allowed<ReportRevenue>,
    pub(crate) purchases: Allowed<ReportPurchases>,
}

impl Seen {
    fn new(viewer: &Viewer) -> Self {
        Self {
            revenue: viewer.allowed(),
            purchases: viewer.allowed(),
        }
    }

    /// Where anything may be seen, sorted.
    fn locations(&self) -> Vec<Uuid> {
        let mut all = [self.revenue.locations(), self.purchases.locations()].concat();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn only(self, location: Option<Uuid>) -> Result<Self> {
        let Some(location) = location else {
            return Ok(self);
        };
        if !self.locations().contains(&location) {
            return Err(refusal::foreign(location).into());
        }
        Ok(Self {
            revenue: self.revenue.limited_to(location),
            purchases: self.purchases.limited_to(location),
        })
    }
}

/// Refuses whoever may see figures nowhere.
pub(crate) fn may_read(viewer: &Viewer) -> Result<()> {
    let seen = Seen::new(viewer);
    if seen.locations().is_empty() {
        seen.revenue.or_denied()?;
    }
    Ok(())
}

/// The overview of a day, by default the newest with figures, of one location or all that the person may see.
pub(crate) async fn overview(
    cloud: &Cloud,
    viewer: &Viewer,
    date: Option<Date>,
    location: Option<Uuid>,
) -> Result<Overview> {
    let all = Seen::new(viewer).locations();
    let filtered = Seen::new(viewer).only(location)?;
    let (identity, states) = cloud
        .read("overview_states", viewer.actor(), async |tx| {
            db::states(tx, &all).await
        })
        .await?;
    let asked = filtered.locations();
    let date = date.unwrap_or_else(|| newest_date(&states, &asked, cloud.now()));
    // The list shows every location, so their figures are those of all; the rest is of those asked for.
    let everyone = Seen::new(viewer);
    let key = key(&identity, &states, [&everyone, &filtered], date);
    let figures = cloud
        .office()
        .figures
        .get(key, async {
            cloud
                .read("overview_figures", viewer.actor(), async |tx| {
                    db::figures(tx, &everyone, &filtered, date).await
                })
                .await
        })
        .await?;
    Ok(told(cloud, &figures, &states, &filtered, &everyone, date))
}

fn newest_date(states: &[LocationState], asked: &[Uuid], now: Timestamp) -> Date {
    let of_asked = || states.iter().filter(|state| asked.contains(&state.id));
    of_asked()
        .filter_map(|state| state.newest)
        .max()
        .unwrap_or_else(|| {
            let zone = of_asked().find_map(|state| TimeZone::get(&state.time_zone).ok());
            calendar_business_date(now, &zone.unwrap_or(TimeZone::UTC))
        })
}

/// Names the figures: what they are of, and the versions of everything that they are computed from.
fn key(identity: &str, states: &[LocationState], seen: [&Seen; 2], date: Date) -> Key {
    let mut sha = Sha256::new();
    sha.update([SHAPE]);
    sha.update(identity);
    sha.update(date.to_string());
    for part in seen
        .iter()
        .flat_map(|one| [one.revenue.locations(), one.purchases.locations()])
    {
        sha.update(part.len().to_be_bytes());
        for id in part {
            sha.update(id);
        }
    }
    for state in states {
        sha.update(state.id);
        sha.update(state.version.to_be_bytes());
    }
    sha.finalize().into()
}

fn told(
    cloud: &Cloud,
    figures: &Figures,
    states: &[LocationState],
    filtered: &Seen,
    everyone: &Seen,
    date: Date,
) -> Overview {
    let asked = filtered.locations();
    let of_asked = |id: Uuid| asked.binary_search(&id).is_ok();
    let sees_revenue = !filtered.revenue.is_empty();
    let sees_purchases = !filtered.purchases.is_empty();
    let sum = |of: fn(&LocationFigures) -> i64| -> i64 {
        figures
            .locations
            .iter()
            .filter(|one| of_asked(one.location))
            .map(of)
            .sum()
    };
    let (revenue, sales) = (sum(|one| one.revenue_minor), sum(|one| one.sales));
    let reporting = states
        .iter()
        .filter(|state| of_asked(state.id) && state.has_node);
    let complete: Option<Vec<Timestamp>> = reporting.map(|state| state.complete_to).collect();
    let now = cloud.security_now();
    Overview {
        date,
        as_of: cloud.now(),
        complete_to: complete.and_then(|all| all.into_iter().min()),
        totals: Totals {
            revenue_minor: sees_revenue.then_some(revenue),
            sales: sees_revenue.then_some(sales),
            units: sees_revenue.then(|| sum(|one| one.units)),
            average_basket_minor: sees_revenue.then(|| average(revenue, sales)),
            purchases_minor: sees_purchases.then(|| sum(|one| one.purchases_minor)),
            purchases: sees_purchases.then(|| sum(|one| one.purchases)),
        },
        previous: figures.previous.told(week_before(date), filtered),
        year_before: figures.year_before.told(year_before(date), filtered),
        four_weeks: compared(
            figures.days.split_last().map_or(&[], |days| days.1),
            filtered,
        ),
        locations: states
            .iter()
            .map(|state| location_told(state, figures, everyone, now))
            .collect(),
        hours: figures.hours.clone(),
        days: figures.days.iter().skip(1).cloned().collect(),
        products: figures.products.clone(),
        bought: figures.bought.clone(),
    }
}

impl Sums {
    fn told(self, date: Date, seen: &Seen) -> Previous {
        let (sees_revenue, sees_purchases) = (!seen.revenue.is_empty(), !seen.purchases.is_empty());
        Previous {
            date,
            revenue_minor: sees_revenue.then_some(self.revenue_minor),
            sales: sees_revenue.then_some(self.sales),
            purchases_minor: sees_purchases.then_some(self.purchases_minor),
        }
    }
}

fn compared(days: &[DayFigures], seen: &Seen) -> Compared {
    let (sees_revenue, sees_purchases) = (!seen.revenue.is_empty(), !seen.purchases.is_empty());
    let sum = |of: fn(&DayFigures) -> i64| days.iter().map(of).sum();
    Compared {
        revenue_minor: sees_revenue.then(|| sum(|day| day.revenue_minor)),
        year_before_revenue_minor: sees_revenue.then(|| sum(|day| day.year_before_revenue_minor)),
        purchases_minor: sees_purchases.then(|| sum(|day| day.purchases_minor)),
        year_before_purchases_minor: sees_purchases
            .then(|| sum(|day| day.year_before_purchases_minor)),
    }
}

fn location_told(
    state: &LocationState,
    figures: &Figures,
    everyone: &Seen,
    now: Timestamp,
) -> OverviewLocation {
    let found = figures
        .locations
        .iter()
        .find(|one| one.location == state.id);
    let figure = |of: fn(&LocationFigures) -> i64| found.map_or(0, of);
    let sees_revenue = everyone
        .revenue
        .locations()
        .binary_search(&state.id)
        .is_ok();
    let sees_purchases = everyone
        .purchases
        .locations()
        .binary_search(&state.id)
        .is_ok();
    OverviewLocation {
        location_id: state.id,
        code: state.code.clone(),
        name: state.name.clone(),
        kind: state.kind.clone(),
        revenue_minor: sees_revenue.then(|| figure(|one| one.revenue_minor)),
        sales: sees_revenue.then(|| figure(|one| one.sales)),
        units: sees_revenue.then(|| figure(|one| one.units)),
        purchases_minor: sees_purchases.then(|| figure(|one| one.purchases_minor)),
        purchases: sees_purchases.then(|| figure(|one| one.purchases)),
        complete_to: state.complete_to,
        pending: state.pending,
        connected: is_connected(state.last_seen, now),
    }
}

/// Whether a node that was last heard of then counts as connected.
pub(crate) fn is_connected(last_seen: Option<Timestamp>, now: Timestamp) -> bool {
    last_seen.is_some_and(|seen| seen.duration_until(now).as_secs() < CONNECTED_S)
}

/// Rounded half up; nothing sold is no revenue by sale.
fn average(revenue: i64, sales: i64) -> i64 {
    if sales == 0 {
        0
    } else {
        (2 * revenue + sales).div_euclid(2 * sales)
    }
}

fn week_before(date: Date) -> Date {
    date.saturating_sub(7.days())
}

fn year_before(date: Date) -> Date {
    date.saturating_sub(YEAR.days())
}
