//! How complete the figures are: what each node has that is not here, and which business days somebody may sign off.
//! A day is complete only when nothing of it can still come and everything of it has been applied; an event that
//! comes after all opens it again (C2, C7).
use axum::http::StatusCode;
use httpkit::problem::Problem;
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use retail::location::CUT_OFF_HOUR;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::overview::is_connected;
use crate::session::{Allowed, DayComplete};

pub(crate) mod db;
pub(crate) mod http;
#[cfg(test)]
mod tests;

/// How complete a location's node is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct NodeCompleteness {
    pub(crate) node_id: Uuid,
    pub(crate) location_id: Uuid,
    pub(crate) location_code: String,
    pub(crate) location_name: String,
    /// `active`, `fenced` or `fenced_fork`.
    pub(crate) status: String,
    pub(crate) epoch: i64,
    /// The newest event that is here without a gap before it.
    pub(crate) last_seq: i64,
    /// The newest event that the node says it has.
    pub(crate) head_seq: i64,
    /// The difference: events that are only in the shop.
    pub(crate) on_their_way: i64,
    /// A gap was seen: events from here …
    pub(crate) missing_from: Option<i64>,
    /// … to here have not come.
    pub(crate) missing_to: Option<i64>,
    /// Here, and not looked at yet.
    pub(crate) queued: i64,
    pub(crate) waiting: i64,
    pub(crate) quarantined: i64,
    /// Everything before this instant is here, by the node's clock.
    pub(crate) complete_to: Option<Timestamp>,
    /// Of the newest event that is here.
    pub(crate) last_event_at: Option<Timestamp>,
    pub(crate) last_seen: Option<Timestamp>,
    /// Seconds since it was heard of.
    pub(crate) silent_s: Option<i64>,
    /// Heard of within half a minute.
    pub(crate) connected: bool,
    /// Why the node does not trust its own rights.
    pub(crate) restricted: Option<String>,
    /// The cloud was restored: nothing is promised or given from here.
    pub(crate) frozen_at: Option<Timestamp>,
    pub(crate) fenced_at: Option<Timestamp>,
    pub(crate) fenced_reason: Option<String>,
    pub(crate) suspect_reason: Option<String>,
}

/// Why a day cannot be signed off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DayBlockerCode)]
pub(crate) enum Code {
    /// A gap was seen in the node's events.
    Missing,
    /// The node has events that are not here.
    OnTheirWay,
    /// The node has not been heard of since the day was over.
    Offline,
    /// The day is not over.
    NotOver,
    /// The node's epoch was declared lost before it had sent all of the day.
    Fenced,
    /// The cloud was restored, and the node has not sent again what the cloud has lost.
    Frozen,
    /// Shifts of the day are open.
    ShiftOpen,
    /// Events of the day are not applied yet.
    Queued,
    /// Events of the day wait for something.
    Waiting,
    /// Events of the day are put aside.
    Quarantined,
    /// Records of a lost node that are of the day are not looked at yet.
    Salvage,
}

/// One thing that is missing of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DayBlocker)]
pub(crate) struct Blocker {
    pub(crate) code: Code,
    /// How many events or shifts; at least.
    pub(crate) count: i64,
    /// First number that is missing.
    pub(crate) from: Option<i64>,
    /// Last number that is missing.
    pub(crate) to: Option<i64>,
}

impl Blocker {
    const fn new(code: Code, count: i64) -> Self {
        Self {
            code,
            count,
            from: None,
            to: None,
        }
    }
}

/// A business day of a location.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BusinessDay)]
pub(crate) struct Day {
    pub(crate) location_id: Uuid,
    pub(crate) location_name: String,
    pub(crate) business_date: Date,
    pub(crate) sales: i64,
    pub(crate) purchases: i64,
    pub(crate) shifts: i64,
    pub(crate) open_shifts: i64,
    /// Events of the day that are not in the figures.
    pub(crate) held: i64,
    /// `open`, `ready` to be signed off, `complete`, or `reopened` by an event that came later.
    pub(crate) state: &'static str,
    /// Signed off, and nothing came after it.
    pub(crate) complete: bool,
    pub(crate) completed_at: Option<Timestamp>,
    /// Who.
    pub(crate) completed_by: Option<String>,
    pub(crate) reopened_at: Option<Timestamp>,
    /// What stands in the way; nothing: the day can be signed off.
    pub(crate) blockers: Vec<Blocker>,
}

/// What is known of a node when a day is judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NodeFacts {
    pub(crate) is_active: bool,
    /// Restored cloud, and the node has not sent again yet.
    pub(crate) is_frozen: bool,
    pub(crate) last_seq: i64,
    pub(crate) head_seq: i64,
    pub(crate) missing_from: Option<i64>,
    pub(crate) missing_to: Option<i64>,
    pub(crate) complete_to: Option<Timestamp>,
    /// The newest business date that the node has opened, as far as events are applied.
    pub(crate) newest_date: Option<Date>,
}

/// What is known of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DayFacts {
    pub(crate) sales: i64,
    pub(crate) purchases: i64,
    pub(crate) shifts: i64,
    pub(crate) open_shifts: i64,
    pub(crate) queued: i64,
    pub(crate) waiting: i64,
    pub(crate) quarantined: i64,
    pub(crate) salvage: i64,
}

/// What stands in the way of signing a day off. `over_at`: when no new business of that date can begin any more.
///
/// Nothing more can come of a day when its node has opened a later one, because all that it recorded before has
/// smaller numbers and these are here without a gap; or when the node has told, after the day was over, that all it
/// has is here. Then only shifts that are still open could add to it.
pub(crate) fn blockers(
    date: Date,
    over_at: Timestamp,
    now: Timestamp,
    node: Option<&NodeFacts>,
    day: &DayFacts,
) -> Vec<Blocker> {
    let mut found = Vec::new();
    match node {
        None if now < over_at => found.push(Blocker::new(Code::NotOver, 0)),
        None => {}
        Some(node) => found.extend(contiguous(date, over_at, now, node)),
    }
    let counted = [
        (Code::ShiftOpen, day.open_shifts),
        (Code::Queued, day.queued),
        (Code::Waiting, day.waiting),
        (Code::Quarantined, day.quarantined),
        (Code::Salvage, day.salvage),
    ];
    found.extend(
        counted
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(code, count)| Blocker::new(code, count)),
    );
    found
}

fn contiguous(date: Date, over_at: Timestamp, now: Timestamp, node: &NodeFacts) -> Option<Blocker> {
    if node.is_frozen {
        return Some(Blocker::new(Code::Frozen, 0));
    }
    let is_followed = node.newest_date.is_some_and(|newest| newest > date);
    let is_told = now >= over_at && node.complete_to.is_some_and(|told| told >= over_at);
    if is_followed || is_told {
        return None;
    }
    if !node.is_active {
        return Some(Blocker::new(Code::Fenced, 0));
    }
    let on_their_way = node.head_seq - node.last_seq;
    if let Some(from) = node.missing_from {
        let to = node.missing_to.unwrap_or(node.head_seq);
        return Some(Blocker {
            code: Code::Missing,
            count: (to - from + 1).max(1),
            from: Some(from),
            to: Some(to),
        });
    }
    if on_their_way > 0 {
        return Some(Blocker {
            code: Code::OnTheirWay,
            count: on_their_way,
            from: Some(node.last_seq + 1),
            to: Some(node.head_seq),
        });
    }
    let code = if now < over_at {
        Code::NotOver
    } else {
        Code::Offline
    };
    Some(Blocker::new(code, 0))
}

/// When no new business of a date can begin any more: at the cut-off of the next day.
pub(crate) fn over_at(date: Date, zone: &TimeZone) -> Timestamp {
    date.saturating_add(1.day())
        .at(CUT_OFF_HOUR, 0, 0, 0)
        .to_zoned(zone.clone())
        .map_or(Timestamp::MAX, |over| over.timestamp())
}

/// Signs a business day off. On disk when this returns; repeating it changes nothing.
pub(crate) async fn complete(
    cloud: &Cloud,
    allowed: &Allowed<DayComplete>,
    location: Uuid,
    date: Date,
) -> Result<Day> {
    let now = cloud.now();
    let told = cloud
        .tx("complete_day", allowed.actor(), async |tx| {
            // From here on nothing of the node is accepted until this is decided.
            db::lock_nodes(tx, location).await?;
            let day = db::day(tx, location, date, now).await?;
            if day.complete || !day.blockers.is_empty() {
                return Ok(day);
            }
            db::complete(tx, location, date).await?;
            let subject = format!("{location}/{date}");
            let entry = Entry::new("day.completed", subject).at(location);
            entry.note(cloud, tx).await?;
            db::day(tx, location, date, now).await
        })
        .await?;
    if told.complete {
        return Ok(told);
    }
    let blockers = serde_json::to_value(&told.blockers).unwrap_or_default();
    Err(Problem::new(
        StatusCode::CONFLICT,
        "day.incomplete",
        "The day is not complete yet",
    )
    .figure("blockers", blockers)
    .into())
}

/// Seconds since a node was heard of, and whether it counts as connected.
fn silence(last_seen: Option<Timestamp>, now: Timestamp) -> (Option<i64>, bool) {
    let silent = last_seen.map(|seen| seen.duration_until(now).as_secs().max(0));
    (silent, is_connected(last_seen, now))
}
