//! What the bodies ask people to look at, what they say about the node itself, and days that a late event opens again.
use crate::db::{Call, Sql, Tx, call, sql};
use crate::error::Result;
use crate::order;
use crate::sync::apply::Queue;
use crate::sync::apply::rows::{Param, Rows};

const CASE: Sql = sql!(
    "insert into stock_case (location_id, id, kind, business_date, variant_id, quantity, event_id, sale_id,
       staff_id, supervisor_id, reason, at)
     select $1, id, kind, business_date, variant_id, quantity, event_id, sale_id, staff_id, supervisor_id,
            reason, at
       from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         as given (business_date, id, kind, variant_id, quantity, event_id, sale_id, staff_id,
           supervisor_id, reason, at)
     on conflict do nothing",
    (
        uuid, [date], [uuid], [text], [uuid], [bigint], [uuid], [uuid], [uuid], [uuid], [text], [timestamptz]
    ) -> ()
);
const TRUST: Sql = sql!(
    "update node_stream set restricted_cause = $3 where node_id = $1 and epoch = $2",
    (uuid, bigint, text) -> ()
);
const REOPEN: Sql = sql!(
    "update business_day set reopened_at = $3
      where location_id = $1 and business_date = any ($2) and completed_at is not null and reopened_at is null",
    (uuid, [date], timestamptz) -> ()
);

/// Writes what there is.
pub(super) async fn write(tx: &Tx, queue: Queue, rows: &Rows) -> Result<()> {
    let Queue {
        location,
        node,
        epoch,
    } = queue;
    let dates: Vec<_> = rows.touched.iter().copied().collect();
    let cases = rows.case.params(&[&location]);
    let trust: [Param<'_>; 3] = [&node, &epoch, &rows.restricted];
    let reopen: [Param<'_>; 3] = [&location, &dates, &rows.applied_at];
    let mut calls: Vec<Call<'_>> = Vec::with_capacity(3);
    if !rows.case.is_empty() {
        calls.push(call(CASE, &cases));
    }
    if rows.says_trust {
        calls.push(call(TRUST, &trust));
    }
    if !dates.is_empty() {
        calls.push(call(REOPEN, &reopen));
    }
    if !calls.is_empty() {
        tx.all(&calls).await?;
    }
    // Cancelled ones: picked by an epoch that is over, so this one has nothing to put back.
    order::follow(tx, location, &rows.handed_over, &rows.cancelled).await
}
