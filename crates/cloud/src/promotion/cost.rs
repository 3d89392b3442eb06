//! What goods have cost the chain, for rules that never sell below cost.
use jiff::ToSpan;

use crate::cloud::Cloud;
use crate::db::{Actor, Sql, sql};
use crate::error::Result;

/// Purchases of so many days count.
const DAYS: i32 = 365;

/// Takes the average cost of a base unit over all branches into the catalogue, where it has changed by more than one
/// percent: shops are not told of every purchase. What was not bought for a year keeps what it had.
pub(crate) async fn publish(cloud: &Cloud) -> Result<()> {
    const PUBLISH: Sql = sql!(
        "update variant v set cost_millionths = fresh.cost
           from (select d.variant_id,
                        least(ceil(sum(d.cost_minor) * 1000000 / sum(d.quantity)), 9000000000000000000)::bigint as cost
                   from daily_product_purchase d where d.business_date >= $1
                  group by d.variant_id having sum(d.quantity) > 0 and sum(d.cost_minor) >= 0) fresh
          where v.id = fresh.variant_id
            and (v.cost_millionths is null
                 or abs(fresh.cost::numeric - v.cost_millionths) * 100 > v.cost_millionths)",
        (date) -> ()
    );
    cloud
        .tx("publish_costs", Actor::Service("job"), async |tx| {
            let today = tx.now().to_zoned(jiff::tz::TimeZone::UTC).date();
            let since = today.saturating_sub(DAYS.days());
            Ok(tx.run(PUBLISH, &[&since]).await?)
        })
        .await
}
