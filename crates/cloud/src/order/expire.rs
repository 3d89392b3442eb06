//! Expiry: holds whose time is over without a payment are ended, many in one transaction.
use std::collections::BTreeMap;

use retail::rights::ReservationState;
use uuid::Uuid;

use super::step;
use crate::cloud::Cloud;
use crate::db::{Actor, Sql, sql};
use crate::error::Result;

/// Orders that are ended at once.
const MOST: i64 = 200;

/// Ends holds that are over. Whether there may be more at once.
///
/// Only what is still `held` under the row's lock: a payment that came before has won.
pub async fn expire(cloud: &Cloud) -> Result<bool> {
    const DUE: Sql = sql!(
        "select id from online_order where state = 'held' and hold_until <= $1 order by hold_until limit $2",
        (timestamptz, bigint) -> (uuid)
    );
    let now = cloud.security_now();
    let ended = cloud
        .tx("expire_orders", Actor::Service("expire"), async |tx| {
            let due: Vec<Uuid> = tx
                .rows(DUE, &[&now, &MOST])
                .await?
                .iter()
                .map(|row| row.get(0))
                .collect();
            if due.is_empty() {
                return Ok(0);
            }
            let mut orders = step::lock(tx, &due).await?;
            orders.retain(|order| order.state == "held");
            let held: Vec<step::Promise> = orders
                .iter()
                .flat_map(|order| &order.promises)
                .filter(|promise| promise.state == ReservationState::Held)
                .cloned()
                .collect();
            let moved: BTreeMap<Uuid, ReservationState> = held
                .iter()
                .map(|promise| (promise.id, ReservationState::Expired))
                .collect();
            step::take(tx, &mut orders, &moved, None).await?;
            step::release(tx, &held).await?;
            step::derive(tx, &mut orders, None).await?;
            Ok(orders.len())
        })
        .await?;
    metrics::counter!("cloud_orders_expired_total").increment(ended as u64);
    Ok(ended > 0)
}
