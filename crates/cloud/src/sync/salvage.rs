//! Records of an epoch that is over, or of a second history: kept by their hash, and applied for their money, once.
//! Their stock is left alone: the count of the next epoch has superseded it (sync.md 2.9).
use std::collections::HashSet;

use axum::http::StatusCode;
use httpkit::problem::Problem;
use uuid::Uuid;
use wire::accept::Status;
use wire::batch::{Batch, Opened, PROTOCOL};
use wire::event::Header;
use wire::recovery::{Salvage, Salvaged};

use super::accept::{self, Booking, Raw};
use crate::allowance::{self, Holder};
use crate::cloud::Cloud;
use crate::db::{Actor, Sql, Tx, sql};
use crate::error::Result;

const KEEP: Sql = sql!(
    "with given as (
       select * from unnest($4, $5, $6, $7, $8, $9, $10, $11)
         as given (seq, event_id, kind, ver, header, body, hash, counts)
     ), fresh as (
       select given.* from given
        where not exists (select 1 from inbox i
                           where i.location_id = $1 and i.node_id = $2 and i.epoch = $3 and i.seq = given.seq
                             and i.hash = given.hash)
          and not exists (select 1 from salvage s
                           where s.location_id = $1 and s.node_id = $2 and s.epoch = $3 and s.seq = given.seq
                             and s.hash = given.hash)
     ), fact as (
       insert into booked (location_id, event_id)
       select $1, event_id from fresh where counts order by event_id
       on conflict do nothing returning event_id
     )
     insert into salvage (location_id, node_id, epoch, seq, hash, event_id, kind, ver, header, body, booked, state,
                          reason, received_at)
     select $1, $2, $3, fresh.seq, fresh.hash, fresh.event_id, fresh.kind, fresh.ver, fresh.header, fresh.body,
            fresh.counts and fact.event_id is not null,
            case when fresh.counts and fact.event_id is not null then 'queued'
                 when fresh.kind = '' then 'quarantined' else 'known' end,
            case when fresh.kind = '' then 'header.unreadable' end, $12
       from fresh left join fact using (event_id)
     on conflict do nothing returning seq, booked",
    (
        uuid, uuid, bigint, [bigint], [uuid], [text], [integer], [bytea], [bytea], [bytea], [boolean], timestamptz
    ) -> (bigint, boolean)
);

/// Keeps records that are not held yet; how many those were.
pub(super) async fn keep(
    tx: &Tx,
    node: Uuid,
    location: Uuid,
    epoch: i64,
    events: &[Opened],
) -> Result<i64> {
    if events.is_empty() {
        return Ok(0);
    }
    let (raw, booking) = (Raw::of(events), Booking::of(location, events));
    let rows = tx
        .rows(
            KEEP,
            &[
                &location,
                &node,
                &epoch,
                &raw.seqs,
                &raw.ids,
                &raw.kinds,
                &raw.vers,
                &raw.headers,
                &raw.bodies,
                &raw.hashes,
                &booking.counts,
                &tx.now(),
            ],
        )
        .await?;
    let fresh: HashSet<i64> = rows
        .iter()
        .filter(|row| row.get(1))
        .map(|row| row.get(0))
        .collect();
    let headers: Vec<&Header> = events
        .iter()
        .filter(|event| fresh.contains(&event.seq))
        .filter_map(|event| event.header.as_ref().ok())
        .collect();
    let holder = Holder {
        location,
        node,
        epoch,
    };
    allowance::log::salvaged(tx, holder, &headers).await?;
    Ok(i64::try_from(rows.len()).unwrap_or(i64::MAX))
}

/// Takes what somebody has read from the disk of an epoch that is over. May be repeated.
pub async fn hand_in(cloud: &Cloud, node: Uuid, upload: Salvage) -> Result<Salvaged> {
    let location = crate::node::location_of(cloud, node).await?;
    let unknown = || Problem::not_found("node.unknown", "There is no such node");
    take(cloud, node, location.ok_or_else(unknown)?, upload).await
}

/// Takes an upload of an epoch that is over. May be repeated.
pub(super) async fn take(
    cloud: &Cloud,
    node: Uuid,
    location: Uuid,
    upload: Salvage,
) -> Result<Salvaged> {
    const HELD: Sql = sql!(
        "select coalesce(max(seq), 0) from inbox where location_id = $1 and node_id = $2 and epoch = $3",
        (uuid, uuid, bigint) -> (bigint)
    );
    let epoch = upload.epoch;
    let events = open(node, upload, cloud)?;
    let salvaged = cloud
        .tx("salvage", Actor::Node(node), async |tx| {
            let stream = accept::lock_node(tx, node).await?;
            if epoch >= stream.place.epoch && stream.place.status == Status::Active {
                return Err(Problem::conflict(
                    "node.epoch_alive",
                    "This epoch is alive: its events are pushed, not salvaged",
                )
                .into());
            }
            let kept = keep(tx, node, location, epoch, &events).await?;
            let held = tx.row(HELD, &[&location, &node, &epoch]).await?;
            Ok(Salvaged {
                kept,
                known: i64::try_from(events.len()).unwrap_or(i64::MAX) - kept,
                last_seq: held.map_or(0, |row| row.get(0)),
            })
        })
        .await?;
    cloud.sync().wake_salvage();
    Ok(salvaged)
}

/// Reads the records as those of a push: each in its place, each after the one before.
fn open(node: Uuid, upload: Salvage, cloud: &Cloud) -> Result<Vec<Opened>> {
    if upload.first_seq < 1 {
        return Err(
            Problem::invalid("batch.first_seq", "first_seq", "No event has this number").into(),
        );
    }
    let batch = Batch {
        proto: PROTOCOL,
        node,
        epoch: upload.epoch,
        boot: Uuid::nil(),
        first_seq: upload.first_seq,
        events: upload.events,
        prev: None,
        head_seq: 0,
        acked_seq: 0,
        incarnation: 0,
        r_cursor: 0,
        clock: cloud.now(),
        version: String::new(),
    };
    batch.open().map_err(|error| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "salvage.out_of_place",
            error.to_string(),
        )
        .into()
    })
}
