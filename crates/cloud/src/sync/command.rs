//! The stream of rights and commands to a node (sync.md 2.2, stream R), and what it asks for itself: rights that it
//! lacks, and its own records after its disk went back.
use std::collections::HashMap;
use std::time::Duration;

use httpkit::shutdown::Shutdown;
use jiff::Timestamp;
use uuid::Uuid;
use wire::batch::{MAX_BYTES, MAX_EVENTS};
use wire::command::{Borrow, Commands, MAX_COMMANDS, Recall};
use wire::event::{Hash, Record};
use wire::recovery::Records;

use crate::allowance;
use crate::cloud::Cloud;
use crate::db::{Actor, Sql, Tx, sql};
use crate::error::Result;
use crate::rights;

/// How often commands of other instances are looked for.
const POLL: Duration = Duration::from_millis(400);
/// How long the watch rests after a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// Recalls in one page.
const MOST_RECALLS: i64 = 200;
/// The most lines of a request for rights: the lines of a basket.
const MOST_LINES: usize = 200;

/// Where a node reads on.
#[derive(Debug, Clone, Copy)]
pub(super) struct From {
    pub(super) node: Uuid,
    pub(super) location: Uuid,
    pub(super) epoch: i64,
    pub(super) incarnation: i64,
    pub(super) after: i64,
}

/// The next page. Of another epoch or incarnation than the stream's it is empty, and says which one is ours.
pub(super) async fn page(cloud: &Cloud, from: From) -> Result<Commands> {
    let now = cloud.security_now();
    cloud
        .tx("commands", Actor::Node(from.node), async |tx| {
            read(tx, from, now).await
        })
        .await
}

async fn read(tx: &Tx, from: From, now: Timestamp) -> Result<Commands> {
    const STREAM: Sql = sql!(
        "select epoch, incarnation from command_stream where node_id = $1",
        (uuid) -> (bigint, bigint)
    );
    const RECALLS: Sql = sql!(
        "select resource_id, quantity from recall where location_id = $1 and until > $2
          order by resource_id limit $3",
        (uuid, timestamptz, bigint) -> (uuid, bigint)
    );
    let stream = tx.row(STREAM, &[&from.node]).await?;
    let (epoch, incarnation) = stream.map_or((from.epoch, from.incarnation), |row| {
        (row.get(0), row.get(1))
    });
    let mut page = Commands {
        epoch,
        incarnation,
        messages: Vec::new(),
        more: false,
        recalls: Vec::new(),
    };
    if (from.epoch, from.incarnation) != (epoch, incarnation) {
        return Ok(page);
    }
    let limit = i64::try_from(MAX_COMMANDS).unwrap_or(i64::MAX);
    page.messages =
        rights::db::messages(tx, from.node, epoch, incarnation, from.after, limit + 1).await?;
    page.more = page.messages.len() > MAX_COMMANDS;
    page.messages.truncate(MAX_COMMANDS);
    if !page.more {
        let rows = tx
            .rows(RECALLS, &[&from.location, &now, &MOST_RECALLS])
            .await?;
        let recalls = rows.iter().map(|row| Recall {
            variant: row.get(0),
            quantity: row.get(1),
        });
        page.recalls = recalls.collect();
    }
    Ok(page)
}

/// Grants a node what it lacks, of goods and of limits, as far as it is available, and answers its stream from where it
/// stands. Repeating the id gives the same grant.
pub(super) async fn borrow(
    cloud: &Cloud,
    node: Uuid,
    location: Uuid,
    mut asked: Borrow,
) -> Result<Commands> {
    const PLACE: Sql = sql!(
        "select epoch, incarnation from command_stream where node_id = $1",
        (uuid) -> (bigint, bigint)
    );
    asked.lines.truncate(MOST_LINES);
    if !asked.allowances.is_empty() {
        let whose = (node, location, asked.epoch);
        // Two messages have two names.
        let id = if asked.lines.is_empty() {
            asked.id
        } else {
            Uuid::new_v5(&asked.id, b"allowances")
        };
        allowance::lend(cloud, whose, &asked.allowances, id).await?;
    }
    let now = cloud.security_now();
    cloud
        .tx("borrow", Actor::Node(node), async |tx| {
            let place = tx.row(PLACE, &[&node]).await?;
            let (epoch, incarnation) = place.map_or((0, 0), |row| (row.get(0), row.get(1)));
            let is_open = rights::db::closed(tx, &[location]).await?.is_empty();
            if is_open && epoch == asked.epoch && !asked.lines.is_empty() {
                let at = tx.now();
                rights::grant(tx, location, &asked.lines, asked.id, "borrow", at).await?;
            }
            let from = From {
                node,
                location,
                epoch: asked.epoch,
                incarnation,
                after: asked.r_cursor,
            };
            read(tx, from, now).await
        })
        .await
}

/// Records of a node, byte for byte, for one whose disk went back.
pub(super) async fn records(
    cloud: &Cloud,
    node: Uuid,
    location: Uuid,
    epoch: i64,
    from: i64,
    limit: i64,
) -> Result<Records> {
    const LAST: Sql = sql!(
        "select last_seq from node_stream where node_id = $1 and epoch = $2",
        (uuid, bigint) -> (bigint)
    );
    const RECORDS: Sql = sql!(
        "select header, body, hash from inbox
          where location_id = $1 and node_id = $2 and epoch = $3 and seq >= $4 order by seq limit $5",
        (uuid, uuid, bigint, bigint, bigint) -> (bytea, bytea, bytea)
    );
    let most = i64::try_from(MAX_EVENTS).unwrap_or(i64::MAX);
    let limit = limit.clamp(1, most);
    cloud
        .tx("records", Actor::Node(node), async |tx| {
            let last = tx.row(LAST, &[&node, &epoch]).await?;
            let rows = tx
                .rows(RECORDS, &[&location, &node, &epoch, &from, &limit])
                .await?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let mut events: Vec<Record> = Vec::with_capacity(rows.len());
            let mut bytes = 0;
            for row in &rows {
                let record = Record {
                    header: text(row.get(0)),
                    body: text(row.get(1)),
                    hash: Hash::from_slice(row.get(2)).unwrap_or(Hash::GENESIS),
                };
                bytes += record.len();
                if bytes > MAX_BYTES && !events.is_empty() {
                    break;
                }
                events.push(record);
            }
            Ok(Records {
                events,
                last_seq: last.map_or(0, |row| row.get(0)),
            })
        })
        .await
}

/// Wakes nodes whose stream has grown at any instance, until the shutdown.
pub(crate) async fn watch(cloud: Cloud, shutdown: Shutdown) {
    let mut seen: Option<HashMap<Uuid, Place>> = None;
    while !shutdown.is_fired() {
        let pause = match look(&cloud).await {
            Ok(now) => {
                if let Some(seen) = &seen {
                    for (location, place) in &now {
                        if seen.get(location) != Some(place) {
                            cloud.sync().wake_commands(*location);
                        }
                    }
                }
                seen = Some(now);
                POLL
            }
            Err(error) => {
                tracing::debug!(%error, "Looking for new commands failed: {error}");
                PAUSE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shutdown.wait() => {}
        }
    }
}

/// Where a node's stream stands: epoch, next number, and until when something is asked of it. Each time that something
/// is asked again it is until later, also when what was asked before has come meanwhile.
type Place = (i64, i64, Option<Timestamp>);

async fn look(cloud: &Cloud) -> Result<HashMap<Uuid, Place>> {
    const LOOK: Sql = sql!(
        "select c.location_id, c.epoch, c.next, r.until
           from command_stream c
           left join (select location_id, max(until) as until from recall where until > $1 group by location_id) r
             on r.location_id = c.location_id",
        (timestamptz) -> (uuid, bigint, bigint, timestamptz)
    );
    let now = cloud.security_now();
    let rows = cloud
        .tx("watch_commands", Actor::Service("commands"), async |tx| {
            Ok(tx.rows(LOOK, &[&now]).await?)
        })
        .await?;
    let places = rows
        .iter()
        .map(|row| (row.get(0), (row.get(1), row.get(2), row.get(3))));
    Ok(places.collect())
}
