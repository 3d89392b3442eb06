//! Months of the big tables: made ahead, so that nothing waits for one at midnight, and on demand for late events.
use jiff::{ToSpan, civil::Date, tz::TimeZone};

use crate::cloud::Cloud;
use crate::error::Result;
use crate::sync::ensure_months;

/// Months that exist ahead of the business clock.
const AHEAD: i32 = 2;

/// Makes last month, this month and those ahead where they are missing.
pub(crate) async fn ensure_ahead(cloud: &Cloud) -> Result<()> {
    let this: Date = cloud.now().to_zoned(TimeZone::UTC).date().first_of_month();
    ensure_months(
        cloud,
        (-1..=AHEAD).map(|months| this.saturating_add(months.months())),
    )
    .await
}
