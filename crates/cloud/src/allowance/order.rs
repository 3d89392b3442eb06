//! Limits that online orders use: out of the pool in the transaction of the order, and back when it ends unpaid.
use std::collections::BTreeMap;

use httpkit::problem::Problem;
use retail::allowance::{Pool, Share};
use uuid::Uuid;
use wire::command::Allowance;

use super::{Cause, Change, Key, SERVICE, db, exhausted};
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// Takes what an order uses. Refused with `promotion.exhausted` when one has too little left, and with
/// `promotion.closed` while the cloud finds its way back after it was restored. Nothing of it holds without the order.
pub async fn take(tx: &Tx, order: Uuid, uses: &[Allowance]) -> Result<()> {
    const NOTE: Sql = sql!(
        "insert into allowance_order (order_id, kind, key, quantity)
         select $1, kind, key, quantity from unnest($2, $3, $4) as given (kind, key, quantity)",
        (uuid, [text], [uuid], [bigint]) -> ()
    );
    let mut wanted = BTreeMap::<Key, i64>::new();
    for one in uses.iter().filter(|one| one.quantity > 0) {
        *wanted.entry((one.kind.clone(), one.key)).or_default() += one.quantity;
    }
    if wanted.is_empty() {
        return Ok(());
    }
    tx.widen(SERVICE);
    let pools = db::lock(tx, &wanted.keys().cloned().collect()).await?;
    if db::is_frozen(tx).await? {
        return Err(Problem::conflict(
            "promotion.closed",
            "Limited promotions cannot be used online before all shops have followed the restored cloud",
        )
        .into());
    }
    let mut changes = Vec::with_capacity(wanted.len());
    for (key, quantity) in &wanted {
        let mut pool = pools.get(key).copied().unwrap_or_else(Pool::default);
        pool.take(*quantity)
            .map_err(|short| exhausted(&key.0, short.available))?;
        changes.push(of_order(key, *quantity, Cause::Order, order));
    }
    db::change(tx, &changes).await?;
    let kinds: Vec<&str> = wanted.keys().map(|key| key.0.as_str()).collect();
    let keys: Vec<Uuid> = wanted.keys().map(|key| key.1).collect();
    let quantities: Vec<i64> = wanted.values().copied().collect();
    tx.run(NOTE, &[&order, &kinds, &keys, &quantities]).await?;
    tx.narrow();
    Ok(())
}

/// Gives back what orders have used that ended without a payment; once, and nothing of others. The orders are locked, and
/// all is seen.
pub(crate) async fn release(tx: &Tx, orders: &[Uuid]) -> Result<()> {
    const UNPAID: Sql = sql!(
        "select a.order_id, a.kind, a.key, a.quantity
           from allowance_order a join online_order o on o.id = a.order_id
          where a.order_id = any ($1) and a.released_at is null and o.claimed_at is null
            and o.state in ('expired', 'cancelled')
          order by a.kind, a.key, a.order_id for update of a",
        ([uuid]) -> (uuid, text, uuid, bigint)
    );
    const RELEASED: Sql = sql!(
        "update allowance_order set released_at = $2 where order_id = any ($1) and released_at is null",
        ([uuid], timestamptz) -> ()
    );
    if orders.is_empty() {
        return Ok(());
    }
    let rows = tx.rows(UNPAID, &[&orders]).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let changes: Vec<Change> = rows
        .iter()
        .map(|row| {
            of_order(
                &(row.get(1), row.get(2)),
                -row.get::<_, i64>(3),
                Cause::Release,
                row.get(0),
            )
        })
        .collect();
    db::lock(tx, &changes.iter().map(|one| one.key.clone()).collect()).await?;
    db::change(tx, &changes).await?;
    let ended: Vec<Uuid> = rows.iter().map(|row| row.get(0)).collect();
    tx.run(RELEASED, &[&ended, &tx.now()]).await?;
    Ok(())
}

fn of_order(key: &Key, online: i64, cause: Cause, order: Uuid) -> Change {
    Change {
        key: key.clone(),
        holder: None,
        shared: 0,
        online,
        share: Share::default(),
        cause,
        subject: Some(order),
    }
}
