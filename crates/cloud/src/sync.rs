//! The cloud's side of the wire: what nodes push is accepted in one transaction, applied by workers afterwards;
//! reference data is pulled by cursor (sync.md 2.2-2.8).
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, broadcast};
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::{Actor, Sql, sql};
use crate::error::Result;

mod accept;
mod apply;
mod command;
mod http;
pub(crate) mod recovery;
mod reference;
mod request;
mod salvage;
mod settle;

pub use accept::{Received, accept};
pub use apply::{Applied, apply_all};
pub use recovery::restored;
pub use salvage::hand_in as salvage;
pub use settle::settle_all;

pub(crate) use accept::lock_node;
pub use apply::salvage_all;

pub(crate) use apply::{retry_all, work, work_salvage as apply_salvaged};
pub(crate) use command::watch as watch_commands;
pub(crate) use http::router;
pub(crate) use reference::watch;
pub(crate) use settle::work as settle;

/// Hints that wait for a slow socket; more mean the same.
const HINTS: usize = 16;

/// How often open pages hear of a node that pushes all the time.
const TELL_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// What the sync keeps in memory; never needed for correctness.
pub(crate) struct Memory {
    keys: request::Keys,
    known: apply::Known,
    /// Months whose partitions exist, as their first days.
    months: Mutex<HashSet<Date>>,
    /// When open pages last heard of a node from here.
    told: Mutex<HashMap<Uuid, Timestamp>>,
    /// Something was accepted here, or may be retried.
    accepted: Notify,
    /// Records of a dead epoch were kept here.
    salvaged: Notify,
    /// Debts or promises may have changed here.
    indebted: Notify,
    /// Reference data has changed: a location, or none for all.
    changed: broadcast::Sender<Option<Uuid>>,
    /// Commands or recalls were written for a location's node.
    commands: broadcast::Sender<Uuid>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            keys: request::Keys::default(),
            known: apply::Known::default(),
            months: Mutex::default(),
            told: Mutex::default(),
            accepted: Notify::new(),
            salvaged: Notify::new(),
            indebted: Notify::new(),
            changed: broadcast::Sender::new(HINTS),
            commands: broadcast::Sender::new(HINTS),
        }
    }
}

impl Memory {
    /// Lets a worker look for work now.
    pub(crate) fn wake_apply(&self) {
        self.accepted.notify_one();
    }

    /// A node was fenced or has got a new key.
    pub(crate) fn forget_keys(&self, node: Uuid) {
        self.keys.forget(node);
    }

    /// Lets what was salvaged be applied now.
    fn wake_salvage(&self) {
        self.salvaged.notify_one();
    }

    /// Lets debts of nodes be settled now.
    pub(crate) fn wake_settle(&self) {
        self.indebted.notify_one();
    }

    /// Lets the node of a location ask for its commands now.
    pub(crate) fn wake_commands(&self, location: Uuid) {
        // Nobody listens here: then the node asks by itself, or another instance wakes it.
        let _ = self.commands.send(location);
    }

    /// Whether open pages are to hear of a node now: not more often than [`TELL_EVERY`].
    fn is_to_be_told(&self, node: Uuid, now: Timestamp) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = told
            .get(&node)
            .is_none_or(|&last| now < last || now.duration_since(last) >= TELL_EVERY);
        if is_due {
            told.insert(node, now);
        }
        is_due
    }
}

/// Sets the gauges of what waits, as the database says now.
pub(crate) async fn backlog(cloud: &Cloud) -> Result<()> {
    const BACKLOG: Sql = sql!(
        "select coalesce(sum(s.last_seq - a.frontier), 0)::bigint,
                coalesce(sum(greatest(s.head_seq - s.last_seq, 0)), 0)::bigint,
                (select count(*) from held_event where state = 'waiting'),
                (select count(*) from held_event where state = 'quarantined'),
                (select count(*) from job where dead_at is null), (select count(*) from job where dead_at is not null),
                (select count(*) from node_stream where suspect is not null),
                (select count(*) from node_stream where frozen_at is not null),
                (select count(*) from salvage where state = 'queued'),
                (select coalesce(sum(debt), 0)::bigint from stock_balance where debt <> 0)
           from node_stream s join node_apply a on a.node_id = s.node_id and a.epoch = s.epoch",
        () -> (bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint)
    );
    const GAUGES: [&str; 10] = [
        "cloud_apply_queue",
        "cloud_nodes_behind",
        "cloud_events_waiting",
        "cloud_events_quarantined",
        "cloud_jobs",
        "cloud_jobs_dead",
        "cloud_nodes_suspect",
        "cloud_nodes_frozen",
        "cloud_events_salvaged",
        "cloud_rights_debt",
    ];
    let row = cloud
        .tx("backlog", Actor::Service("metrics"), async |tx| {
            Ok(tx.row(BACKLOG, &[]).await?)
        })
        .await?;
    if let Some(row) = row {
        for (place, name) in GAUGES.into_iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
            metrics::gauge!(name).set(row.get::<_, i64>(place) as f64);
        }
    }
    Ok(())
}

/// Makes the months of these dates where they are missing, outside the transaction that needs them.
pub(crate) async fn ensure_months(cloud: &Cloud, dates: impl Iterator<Item = Date>) -> Result<()> {
    const ENSURE: Sql = sql!("select ensure_month($1)", (date) -> (boolean));
    let months: HashSet<Date> = dates.map(Date::first_of_month).collect();
    let missing: Vec<Date> = {
        let known = cloud
            .sync()
            .months
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        months.difference(&known).copied().collect()
    };
    for month in missing {
        cloud
            .tx("ensure_month", Actor::Service("partition"), async |tx| {
                Ok(tx.run(ENSURE, &[&month]).await?)
            })
            .await?;
        let mut known = cloud
            .sync()
            .months
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.insert(month);
    }
    Ok(())
}
