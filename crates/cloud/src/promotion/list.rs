//! Promotions in a list, what changed last first.
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// What a promotion is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Never started.
    Draft,
    /// Started, and within its dates somewhere.
    Running,
    /// Started; no branch has reached its beginning.
    Scheduled,
    /// Started; every branch has reached its end.
    Ended,
    /// Stopped by somebody.
    Stopped,
}

impl State {
    const fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Scheduled => "scheduled",
            Self::Ended => "ended",
            Self::Stopped => "stopped",
        }
    }
}

/// What is listed.
pub(super) struct Asked<'a> {
    pub(super) state: Option<State>,
    pub(super) q: &'a str,
    pub(super) after: Option<(Timestamp, Uuid)>,
    pub(super) limit: i64,
    /// Where use is counted.
    pub(super) locations: &'a [Uuid],
}

/// A promotion in a list: as the version says that runs, else the newest.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PromotionSummary {
    pub(super) id: Uuid,
    pub(super) name: String,
    /// `draft`, `running`, `scheduled`, `ended` or `stopped`.
    pub(super) state: String,
    /// The newest.
    pub(super) version: i64,
    /// The one by which shops price.
    pub(super) running_version: Option<i64>,
    /// By the branch's clock; null: no date says.
    #[schema(value_type = Option<String>, example = "2026-12-01T00:00:00")]
    pub(super) starts_at: Option<DateTime>,
    /// By the branch's clock, excluded.
    #[schema(value_type = Option<String>, example = "2026-12-24T18:00:00")]
    pub(super) ends_at: Option<DateTime>,
    /// Higher is taken first.
    pub(super) priority: i32,
    /// `compounding`, `best_of` or `exclusive`.
    pub(super) mode: String,
    /// Of `best_of`.
    pub(super) group: Option<String>,
    /// Sales that used it, at the branches of whoever asks.
    pub(super) receipts: i64,
    /// What it took off there, all told.
    pub(super) gave_minor: i64,
    /// Saved, started or stopped.
    pub(super) changed_at: Timestamp,
}

/// A page of promotions; one more than it has tells that another follows.
pub(super) async fn page(tx: &Tx, asked: &Asked<'_>) -> Result<Vec<PromotionSummary>> {
    const PAGE: Sql = sql!(
        "select page.id, page.name, page.state, page.version, page.running_version, page.starts_at, page.ends_at,
                page.priority, page.mode, page.group_name, used.receipts, used.gave_minor, page.changed_at
           from (
             select p.id, p.version, p.running_version, p.changed_at, v.name, v.mode, v.group_name, v.priority, v.starts_at,
                    v.ends_at, said.state
               from promotion p
               join promotion_version v on v.promotion_id = p.id and v.version = coalesce(p.running_version, p.version)
              cross join (select * from branch_clocks()) clock
              cross join lateral (
                select promotion_state(p.running_version, p.started_version, v.starts_at, v.ends_at, clock.first, clock.last)
                         as state) said
              where ($1 = '' or said.state = $1) and ($2 = '' or p.words @@ search_query($2))
                and (p.changed_at, p.id) < ($3, $4)
              order by p.changed_at desc, p.id desc limit $5) page
          cross join lateral (
            select coalesce(sum(u.receipts), 0)::bigint as receipts, coalesce(sum(u.gave_minor), 0)::bigint as gave_minor
              from daily_promotion u where u.promotion_id = page.id and u.location_id = any ($6)) used
          order by page.changed_at desc, page.id desc",
        (text, text, timestamptz, uuid, bigint, [uuid])
          -> (uuid, text, text, bigint, bigint, timestamp, timestamp, integer, text, text, bigint, bigint, timestamptz)
    );
    let (at, id) = asked.after.unwrap_or((Timestamp::MAX, Uuid::max()));
    let state = asked.state.map_or("", State::code);
    let rows = tx
        .rows(
            PAGE,
            &[&state, &asked.q, &at, &id, &asked.limit, &asked.locations],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| PromotionSummary {
            id: row.get(0),
            name: row.get(1),
            state: row.get(2),
            version: row.get(3),
            running_version: row.get(4),
            starts_at: row.get(5),
            ends_at: row.get(6),
            priority: row.get(7),
            mode: row.get(8),
            group: row.get(9),
            receipts: row.get(10),
            gave_minor: row.get(11),
            changed_at: row.get(12),
        })
        .collect())
}
