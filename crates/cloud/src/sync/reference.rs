//! Reference data for the edges: state by entity, pulled by cursor. A reader only passes what is older than every
//! running transaction, so nothing is skipped; replaying is harmless (sync.md 2.2, stream D).
use std::time::Duration;

use httpkit::{page, shutdown::Shutdown};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use wire::reference::{Entity, Feed, FeedPage};

use crate::cloud::Cloud;
use crate::company;
use crate::db::{Actor, Sql, Tx, sql};
use crate::error::Result;

/// Entities in a page when the edge does not say.
const DEFAULT_LIMIT: i64 = 500;
/// The most entities in a page.
const MAX_LIMIT: i64 = 2_000;
/// Bytes of a page, so that an answer is far below what an edge takes (16 MiB): a promotion may name thousands of goods. One
/// entity is a page, however large it is.
const MOST_BYTES: i64 = 4 << 20;
/// How often changes are looked for.
const POLL: Duration = Duration::from_millis(250);
/// How long the watch rests after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// Where a reader stands in a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// A cloud that was restored counts its transactions anew: positions of another incarnation begin at the start.
    incarnation: i64,
    xid: i64,
    entity: Uuid,
}

/// The next page of a feed for a location: its own entities and those for all.
pub(super) async fn page(
    cloud: &Cloud,
    node: Uuid,
    location: Uuid,
    feed: Feed,
    cursor: Option<&str>,
    limit: Option<i64>,
) -> Result<FeedPage> {
    let asked: Option<Position> = page::decode(cursor)?;
    let limit = limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    cloud
        .tx("reference_page", Actor::Node(node), async |tx| {
            let incarnation = company::get(tx).await?.incarnation;
            if feed == Feed::Patron && asked.is_none() {
                crate::patron::key(cloud, tx).await?;
            }
            let start = Position {
                incarnation,
                xid: 0,
                entity: Uuid::nil(),
            };
            let from = asked
                .filter(|asked| asked.incarnation == incarnation)
                .unwrap_or(start);
            read(tx, location, feed, from, limit).await
        })
        .await
}

async fn read(tx: &Tx, location: Uuid, feed: Feed, from: Position, limit: i64) -> Result<FeedPage> {
    const READ: Sql = sql!(
        "with bound as (
           select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xmin
         ), found as (
           (select entity, version, xid, state, bytes from reference_entity
             where feed = $1 and location_id = $2 and (xid, entity) > ($3, $4) and xid < (select xmin from bound)
             order by xid, entity limit $5)
           union all
           (select entity, version, xid, state, bytes from reference_entity
             where feed = $1 and location_id = everywhere() and (xid, entity) > ($3, $4)
               and xid < (select xmin from bound)
             order by xid, entity limit $5)
         ), counted as (
           select entity, version, xid, state, count(*) over () as found, row_number() over following as place,
                  -- Each has an id, a version and their names beside its state.
                  sum(bytes + 128) over following as bytes
             from found window following as (order by xid, entity)
         )
         select entity, version, xid, state, found from counted
          where place < $5 and (place = 1 or bytes <= $6) order by place",
        (text, uuid, bigint, uuid, bigint, bigint) -> (uuid, bigint, bigint, jsonb, bigint)
    );
    // One more than asked for tells whether more is there.
    let one_more = limit + 1;
    let rows = tx
        .rows(
            READ,
            &[
                &feed.code(),
                &location,
                &from.xid,
                &from.entity,
                &one_more,
                &MOST_BYTES,
            ],
        )
        .await?;
    let found: i64 = rows.first().map_or(0, |first| first.get(4));
    let more = i64::try_from(rows.len()).is_ok_and(|told| told < found);
    let position = rows.last().map_or(from, |last| Position {
        xid: last.get(2),
        entity: last.get(0),
        ..from
    });
    let items = rows.iter().map(|row| Entity {
        id: row.get(0),
        version: row.get(1),
        state: row.get(3),
    });
    Ok(FeedPage {
        items: items.collect(),
        cursor: page::encode(&position),
        more,
    })
}

/// Looks for changes until the shutdown: wakes edges that wait for a hint, and what waits for a reference.
pub(crate) async fn watch(cloud: Cloud, shutdown: Shutdown) {
    let mut seen = None;
    while !shutdown.is_fired() {
        let pause = match look(&cloud, seen).await {
            Ok(now) => {
                seen = Some(now);
                POLL
            }
            Err(error) => {
                tracing::debug!(%error, "Looking for changed reference data failed: {error}");
                PAUSE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shutdown.wait() => {}
        }
    }
}

/// Tells what changed after `seen`, and returns up to where it has looked.
async fn look(cloud: &Cloud, seen: Option<i64>) -> Result<i64> {
    const BOUND: Sql = sql!(
        "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
        () -> (bigint)
    );
    const CHANGED: Sql = sql!(
        "select distinct location_id from reference_entity where xid >= $1 and xid < $2",
        (bigint, bigint) -> (uuid)
    );
    let (bound, changed) = cloud
        .tx(
            "reference_changes",
            Actor::Service("reference"),
            async |tx| {
                let bound: i64 = tx.row(BOUND, &[]).await?.map_or(0, |row| row.get(0));
                // Without a memory nothing is told; what waits looks at its references at the start anyway.
                let from = seen.unwrap_or(bound);
                let changed = if from < bound {
                    tx.rows(CHANGED, &[&from, &bound]).await?
                } else {
                    Vec::new()
                };
                Ok((bound, changed))
            },
        )
        .await?;
    if !changed.is_empty() {
        super::apply::retry_arrived(cloud).await?;
        for row in &changed {
            let location: Uuid = row.get(0);
            // Nobody listens: then nobody has to be woken.
            let _ = cloud
                .sync()
                .changed
                .send(Some(location).filter(|location| !location.is_nil()));
        }
    }
    Ok(bound)
}
