//! A look into the tables of both sides, past everything that they say about themselves.
use std::{collections::BTreeMap, path::Path};

use anyhow::Context as _;
use retail::{
    quantity::Quantity,
    rights::{CloudAccount, NodeAccount},
};
use rusqlite::{Connection, OpenFlags};
use tokio_postgres::Client;
use uuid::Uuid;
use wire::event::{Hash, Header, Record};

use super::ids::{VARIANTS, location_id, variant_of};

/// A reservation as a shop has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pick {
    pub order: Uuid,
    pub variant: usize,
    pub promised: i64,
    pub picked: i64,
    pub state: String,
}

/// What stands in a shop's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Books {
    pub node: Uuid,
    pub epoch: i64,
    pub last_seq: i64,
    pub head: Hash,
    pub acked: i64,
    pub cursor: i64,
    pub incarnation: i64,
    /// Why it may not trust its rights.
    pub cause: Option<String>,
    /// Somebody has seen more than the file has.
    pub behind: bool,
    pub accounts: [NodeAccount; VARIANTS],
    pub picks: BTreeMap<Uuid, Pick>,
    /// It comes from a backup and was not compared yet.
    pub restored: bool,
    /// Its log tells of a loss that nothing has ended.
    pub told: bool,
    /// Epochs that are over and not with the cloud.
    pub past: i64,
}

impl Books {
    /// Whether what the cloud may claim is bounded by the file.
    pub(crate) fn keeps_bound(&self) -> bool {
        self.cause.as_deref().is_none_or(|cause| cause == "fenced") && !self.behind
    }
}

/// An event of a shop's log.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub seq: i64,
    pub hash: Hash,
    /// None when it cannot be read.
    pub header: Option<Header>,
    pub record: Record,
}

fn open(folder: &Path) -> anyhow::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = folder.join("shop.db");
    Connection::open_with_flags(&file, flags).with_context(|| file.display().to_string())
}

/// Reads a shop's file.
pub(crate) fn books(folder: &Path) -> anyhow::Result<Books> {
    let file = open(folder)?;
    let mut books = file.query_row(
        "select node, epoch, last_seq, head, acked, r_cursor, incarnation, restricted_cause, seen_seq is not null,
                (select count(*) from past_epoch where last_seq > kept), restored,
                coalesce((select body ->> 'cause' from outbox where header ->> 'type' = 'node.restricted'
                           order by seq desc limit 1), 'trusted') <> 'trusted'
           from node_state",
        [],
        |row| {
            Ok(Books {
                node: Uuid::from_bytes(row.get::<_, Option<[u8; 16]>>(0)?.unwrap_or_default()),
                epoch: row.get(1)?,
                last_seq: row.get(2)?,
                head: Hash(row.get(3)?),
                acked: row.get(4)?,
                cursor: row.get(5)?,
                incarnation: row.get(6)?,
                cause: row.get(7)?,
                behind: row.get(8)?,
                past: row.get(9)?,
                restored: row.get(10)?,
                told: row.get(11)?,
                accounts: [NodeAccount::default(); VARIANTS],
                picks: BTreeMap::new(),
            })
        },
    )?;
    let mut stock = file.prepare(
        "select variant, node_rights, exportable, claim_bound, debt, picked, unsellable, shipped from stock",
    )?;
    let mut rows = stock.query([])?;
    while let Some(row) = rows.next()? {
        let Some(variant) = variant_of(Uuid::from_bytes(row.get(0)?)) else {
            continue;
        };
        let units = |column| row.get(column).map(Quantity::new);
        books.accounts[variant] = NodeAccount {
            rights: units(1)?,
            exportable: units(2)?,
            claim_bound: units(3)?,
            debt: units(4)?,
            picked: units(5)?,
            unsellable: units(6)?,
            shipped: units(7)?,
        };
    }
    let mut picks = file
        .prepare("select reservation, online_order, variant, quantity, picked, state from pick")?;
    let mut rows = picks.query([])?;
    while let Some(row) = rows.next()? {
        let pick = Pick {
            order: Uuid::from_bytes(row.get(1)?),
            variant: variant_of(Uuid::from_bytes(row.get(2)?)).unwrap_or(0),
            promised: row.get(3)?,
            picked: row.get(4)?,
            state: row.get(5)?,
        };
        books.picks.insert(Uuid::from_bytes(row.get(0)?), pick);
    }
    Ok(books)
}

/// Events of a shop's log after a number.
pub(crate) fn log(folder: &Path, after: i64) -> anyhow::Result<Vec<Entry>> {
    let file = open(folder)?;
    let mut statement =
        file.prepare("select seq, header, body, hash from outbox where seq > ?1 order by seq")?;
    let entries = statement.query_map([after], |row| {
        let record = Record {
            header: row.get(1)?,
            body: row.get(2)?,
            hash: Hash(row.get(3)?),
        };
        Ok(Entry {
            seq: row.get(0)?,
            hash: record.hash,
            header: serde_json::from_str(&record.header).ok(),
            record,
        })
    })?;
    Ok(entries.collect::<Result<_, _>>()?)
}

/// What the cloud's tables say about a location and its node.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spot {
    pub node: Uuid,
    pub epoch: i64,
    pub last_seq: i64,
    pub status: String,
    pub frozen: bool,
    pub rebased: bool,
    /// Messages of the stream to the node.
    pub sent: i64,
    pub incarnation: i64,
    pub rights: [CloudAccount; VARIANTS],
    pub mirror: [NodeAccount; VARIANTS],
    /// The sum of what is held, claimed and being cancelled.
    pub promised: [i64; VARIANTS],
    /// Accepted less applied, waiting, put aside and queued, over all its epochs.
    pub unaccounted: i64,
    /// Events that are not applied, but for those that this version cannot read.
    pub open: i64,
    /// Records of epochs that are over and not applied.
    pub salvage: i64,
}

const SPOTS: &str = "
select s.location_id, s.node_id, s.epoch, s.last_seq, s.status, s.frozen_at is not null, s.rebased_at is not null,
       c.next - 1, c.incarnation,
       (select count(*) from inbox i where i.node_id = s.node_id)::bigint
         - coalesce((select sum(a.applied) from node_apply a where a.node_id = s.node_id), 0)::bigint
         - (select count(*) from held_event h where h.node_id = s.node_id)
         - coalesce((select sum(case when a.epoch = s.epoch then s.last_seq else coalesce(a.last_seq, a.frontier) end
                                - a.frontier)
                       from node_apply a where a.node_id = s.node_id), 0)::bigint,
       (select count(*) from held_event h where h.node_id = s.node_id
           and h.reason not in ('header.unreadable', 'body.version_unknown'))
         + coalesce((select s.last_seq - a.frontier from node_apply a
                      where a.node_id = s.node_id and a.epoch = s.epoch), 0),
       (select count(*) from salvage v where v.node_id = s.node_id and v.state not in ('applied', 'known')
           and coalesce(v.reason, '') not in ('header.unreadable', 'body.version_unknown', 'body.unreadable'))
  from node_stream s join command_stream c on c.node_id = s.node_id order by s.location_id";

const ACCOUNTS: &str = "
select b.location_id, b.variant_id, coalesce(r.available, 0), coalesce(r.granting, 0), coalesce(r.promised, 0),
       b.node_rights, b.claim_bound, b.debt, b.picked, b.unsellable, b.shipped
  from stock_balance b full join cloud_rights r on r.location_id = b.location_id and r.resource_id = b.variant_id
 where b.location_id is not null
union all
select r.location_id, r.resource_id, r.available, r.granting, r.promised, 0, 0, 0, 0, 0, 0
  from cloud_rights r
 where not exists (select 1 from stock_balance b where b.location_id = r.location_id and b.variant_id = r.resource_id)";

const PROMISES: &str = "
select location_id, variant_id, sum(quantity)::bigint from reservation
 where state in ('held', 'claimed', 'cancelling') group by 1, 2";

/// Reads the cloud's tables; a location without a node has none.
pub(crate) async fn spots(sql: &Client, shops: usize) -> anyhow::Result<Vec<Spot>> {
    let mut spots = vec![Spot::default(); shops];
    let place = |id: Uuid| (0..shops).find(|place| location_id(*place) == id);
    for row in sql.query(SPOTS, &[]).await? {
        let Some(place) = place(row.get(0)) else {
            continue;
        };
        let spot = &mut spots[place];
        (spot.node, spot.epoch, spot.last_seq) = (row.get(1), row.get(2), row.get(3));
        (spot.status, spot.frozen, spot.rebased) = (row.get(4), row.get(5), row.get(6));
        (spot.sent, spot.incarnation) = (row.get(7), row.get(8));
        (spot.unaccounted, spot.open, spot.salvage) = (row.get(9), row.get(10), row.get(11));
    }
    for row in sql.query(ACCOUNTS, &[]).await? {
        let (Some(place), Some(variant)) = (place(row.get(0)), variant_of(row.get(1))) else {
            continue;
        };
        let units = |column: usize| Quantity::new(row.get::<_, i64>(column));
        spots[place].rights[variant] = CloudAccount {
            available: units(2),
            granting: units(3),
            promised: units(4),
        };
        spots[place].mirror[variant] = NodeAccount {
            rights: units(5),
            claim_bound: units(6),
            debt: units(7),
            picked: units(8),
            unsellable: units(9),
            shipped: units(10),
            ..NodeAccount::default()
        };
    }
    for row in sql.query(PROMISES, &[]).await? {
        if let (Some(place), Some(variant)) = (place(row.get(0)), variant_of(row.get(1))) {
            spots[place].promised[variant] = row.get(2);
        }
    }
    Ok(spots)
}
