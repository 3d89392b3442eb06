//! Debts of nodes are paid: claims of the cloud that have no unit behind them, after an override or a count, are given
//! back as grants from what is unsold; when nothing is, the youngest promise that nobody has picked is broken.
use std::time::Duration;

use httpkit::shutdown::Shutdown;
use jiff::SignedDuration;
use uuid::Uuid;
use wire::command::Line;

use crate::cloud::Cloud;
use crate::db::{Actor, Sql, Tx, sql};
use crate::error::Result;
use crate::{order, rights};

/// The longest that the worker sleeps when nobody wakes it.
const POLL: Duration = Duration::from_secs(1);
/// Debts in one round.
const MOST: i64 = 200;
/// Rounds of [`settle_all`]: a break makes room for a grant, so two settle everything that can be.
const MOST_ROUNDS: usize = 10;
/// A debt is put down to an override of this time, if there was one.
const OVERRIDDEN: SignedDuration = SignedDuration::from_hours(24 * 30);
const ACTOR: Actor = Actor::Service("settle");

/// A debt of a node.
#[derive(Debug, Clone, Copy)]
struct Debt {
    location: Uuid,
    variant: Uuid,
}

/// Settles until the shutdown. Several instances may do this at once.
pub(crate) async fn work(cloud: Cloud, shutdown: Shutdown) {
    while !shutdown.is_fired() {
        match round(&cloud).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "Settling stopped for a moment: {error}"),
        }
        tokio::select! {
            () = cloud.sync().indebted.notified() => {}
            () = tokio::time::sleep(POLL) => {}
            () = shutdown.wait() => {}
        }
    }
}

/// Settles what can be settled now.
pub async fn settle_all(cloud: &Cloud) -> Result<()> {
    for _ in 0..MOST_ROUNDS {
        if !round(cloud).await? {
            break;
        }
    }
    Ok(())
}

/// Pays what can be paid. True when anything was.
async fn round(cloud: &Cloud) -> Result<bool> {
    let debts = cloud.tx("debts", ACTOR, async |tx| debts(tx).await).await?;
    let mut any = false;
    for debt in debts {
        let paid = cloud
            .tx("settle", ACTOR, async |tx| settle(cloud, tx, debt).await)
            .await?;
        if paid {
            cloud.sync().wake_commands(debt.location);
        }
        any |= paid;
    }
    Ok(any)
}

async fn debts(tx: &Tx) -> Result<Vec<Debt>> {
    const DEBTS: Sql = sql!(
        "select b.location_id, b.variant_id
           from stock_balance b
           join command_stream c on c.location_id = b.location_id
           join node_stream s on s.node_id = c.node_id and s.status = 'active' and s.frozen_at is null
          where b.debt <> 0 order by b.location_id, b.variant_id limit $1",
        (bigint) -> (uuid, uuid)
    );
    let rows = tx.rows(DEBTS, &[&MOST]).await?;
    Ok(rows
        .iter()
        .map(|row| Debt {
            location: row.get(0),
            variant: row.get(1),
        })
        .collect())
}

/// Pays one debt as far as it can be paid now: what is on its way already counts. True when something was done.
async fn settle(cloud: &Cloud, tx: &Tx, debt: Debt) -> Result<bool> {
    // One settles a debt at a time; asked for before any other lock.
    const TURN: Sql = sql!(
        "select pg_advisory_xact_lock(hashtextextended($1::text, 0))::text",
        (text) -> (text)
    );
    const LEFT: Sql = sql!(
        "select b.debt - coalesce(c.granting, 0), coalesce(c.available, 0),
                coalesce((select sum(r.quantity)::bigint from reservation r
                           where r.location_id = $1 and r.variant_id = $2 and r.state = 'cancelling'
                             and r.why is distinct from 'broken'), 0),
                coalesce((select a.frontier >= s.last_seq
                            from command_stream p join node_stream s on s.node_id = p.node_id
                            join node_apply a on a.node_id = s.node_id and a.epoch = s.epoch
                           where p.location_id = $1), false),
                exists (select 1 from stock_case k
                         where k.location_id = $1 and k.variant_id = $2 and k.kind = 'override' and k.at >= $3)
           from stock_balance b
           left join cloud_rights c on c.location_id = b.location_id and c.resource_id = b.variant_id
          where b.location_id = $1 and b.variant_id = $2",
        (uuid, uuid, timestamptz) -> (bigint, bigint, bigint, boolean, boolean)
    );
    let Debt { location, variant } = debt;
    tx.run(TURN, &[&format!("settle {location} {variant}")])
        .await?;
    if !rights::db::closed(tx, &[location]).await?.is_empty() {
        return Ok(false);
    }
    let recently = tx.now() - OVERRIDDEN;
    let left = tx.row(LEFT, &[&location, &variant, &recently]).await?;
    let Some(row) = left else {
        return Ok(false);
    };
    let (owed, available, coming): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    if owed <= 0 {
        return Ok(false);
    }
    if available > 0 {
        // Less is granted when a cart was faster: the next round sees it.
        let line = Line {
            variant,
            quantity: owed.min(available),
        };
        let sent = rights::grant(tx, location, &[line], cloud.id(), "settle", tx.now()).await?;
        return Ok(sent.is_some());
    }
    let lacking = owed - coming;
    // What the debt came from is known when its event is applied.
    let (is_applied, is_override): (bool, bool) = (row.get(3), row.get(4));
    if lacking <= 0 || !is_applied {
        return Ok(false);
    }
    let cause = if is_override { "override" } else { "count" };
    let broken = order::break_promise(cloud, tx, location, variant, lacking, cause).await?;
    Ok(broken.freed > 0)
}
