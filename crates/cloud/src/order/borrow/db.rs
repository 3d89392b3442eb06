//! SQL of borrowing.
use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::Need;
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// A shop counts as connected when it was heard of within this time.
const CONNECTED: SignedDuration = SignedDuration::from_secs(30);

/// What may be promised of each need now. The second column: at a given place, or none for anywhere.
const HERE: Sql = sql!(
    "select wanted.variant_id, wanted.location_id, coalesce(sum(r.available), 0)::bigint
       from unnest($1, $2) as wanted (variant_id, location_id)
       left join cloud_rights r on r.resource_id = wanted.variant_id
        and (wanted.location_id is null or r.location_id = wanted.location_id)
      group by wanted.variant_id, wanted.location_id",
    ([uuid], [uuid]) -> (uuid, uuid, bigint)
);

/// Who is connected and has rights of them, the fullest first: by the mirror, so it is advice.
const THERE: Sql = sql!(
    "select wanted.variant_id, wanted.location_id, b.location_id, b.node_rights
       from unnest($1, $2) as wanted (variant_id, location_id)
       join stock_balance b on b.variant_id = wanted.variant_id
        and (wanted.location_id is null or b.location_id = wanted.location_id)
       join command_stream c on c.location_id = b.location_id
       join node_stream s on s.node_id = c.node_id
      where b.node_rights > 0 and b.debt = 0 and s.status = 'active' and s.frozen_at is null and s.last_seen >= $3
      order by wanted.variant_id, b.node_rights desc, b.location_id",
    ([uuid], [uuid], timestamptz) -> (uuid, uuid, uuid, bigint)
);

/// Where units are, by need, with how many.
type There = BTreeMap<Need, Vec<(Uuid, i64)>>;

pub(super) async fn look(
    tx: &Tx,
    all: &BTreeSet<Need>,
    asks: impl Iterator<Item = &Need>,
    now: Timestamp,
) -> Result<(BTreeMap<Need, i64>, There)> {
    let (variants, locations): (Vec<Uuid>, Vec<Option<Uuid>>) = all.iter().copied().unzip();
    let (asked, asked_at): (Vec<Uuid>, Vec<Option<Uuid>>) = asks.copied().unzip();
    let connected = now.saturating_sub(CONNECTED).unwrap_or(now);
    let answers = tx
        .all(&[
            call(HERE, &[&variants, &locations]),
            call(THERE, &[&asked, &asked_at, &connected]),
        ])
        .await?;
    let here = answers[0]
        .iter()
        .map(|row| ((row.get(0), row.get(1)), row.get(2)))
        .collect();
    let mut there = There::new();
    for row in &answers[1] {
        there
            .entry((row.get(0), row.get(1)))
            .or_default()
            .push((row.get(2), row.get(3)));
    }
    Ok((here, there))
}

/// Writes down what is asked of whom, on top of what others ask.
pub(super) async fn recall(
    tx: &Tx,
    asked: &BTreeMap<(Uuid, Uuid), i64>,
    now: Timestamp,
    until: Timestamp,
) -> Result<()> {
    const RECALL: Sql = sql!(
        "insert into recall as kept (location_id, resource_id, quantity, until)
         select location_id, resource_id, quantity, $4
           from unnest($1, $2, $3) as given (location_id, resource_id, quantity)
          order by location_id, resource_id
         on conflict (location_id, resource_id) do update
            set quantity = excluded.quantity + case when kept.until < $5 then 0 else kept.quantity end,
                until = excluded.until",
        ([uuid], [uuid], [bigint], timestamptz, timestamptz) -> ()
    );
    if asked.is_empty() {
        return Ok(());
    }
    let (locations, resources): (Vec<Uuid>, Vec<Uuid>) = asked.keys().copied().unzip();
    let quantities: Vec<i64> = asked.values().copied().collect();
    Ok(tx
        .run(RECALL, &[&locations, &resources, &quantities, &until, &now])
        .await?)
}
