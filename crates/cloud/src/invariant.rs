//! What must hold, counted: nothing that was accepted is lost, nothing is promised twice. The queues are counted when
//! somebody asks; what reads many rows is checked every minute, and by whoever wants to know now.
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;

pub(crate) mod db;
pub(crate) mod http;

/// Business dates whose receipt numbers are checked every minute.
const DATES: i64 = 7;
const ACTOR: Actor = Actor::Service("invariant");

/// Where the events of a node are. `accepted` = `applied` + `waiting` + `quarantined` + `queued`, always.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = NodeInvariant)]
pub(crate) struct NodeEvents {
    pub(crate) node_id: Uuid,
    pub(crate) location_id: Uuid,
    pub(crate) location_name: String,
    /// Events of all epochs that are here.
    pub(crate) accepted: i64,
    /// Became rows and figures.
    pub(crate) applied: i64,
    pub(crate) waiting: i64,
    pub(crate) quarantined: i64,
    /// Not looked at yet.
    pub(crate) queued: i64,
    /// The equation holds.
    pub(crate) holds: bool,
    /// Events that are only in the shop.
    pub(crate) on_their_way: i64,
    /// Events of a gap that was seen.
    pub(crate) missing: i64,
    /// Everything before this instant is here, by the node's clock.
    pub(crate) complete_to: Option<Timestamp>,
    /// Heard of within half a minute.
    pub(crate) connected: bool,
}

/// What one check has found, over the locations asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = InvariantAudit)]
pub(crate) struct Audit {
    /// `claims`, `promised`, `oversold`, `accounts`, `clamped`, `numbers_lost`, `numbers_doubled`, `allowances`, `ledger` or
    /// `allowance_ledger`.
    pub(crate) name: String,
    /// Rows that were looked at.
    pub(crate) checked: i64,
    /// Rows that are not as they must be; units for `oversold`, numbers for `numbers_lost` and `numbers_doubled`, uses
    /// beyond a limit for `allowances`.
    pub(crate) wrong: i64,
    /// The oldest of the locations' checks.
    pub(crate) as_of: Option<Timestamp>,
    /// The first few, for people who look into it.
    #[schema(value_type = Vec<Object>)]
    pub(crate) examples: Vec<serde_json::Value>,
}

/// Promises to customers that were not kept, by what was behind it. None of these is an oversell: somebody knew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BrokenPromises)]
pub(crate) struct Broken {
    /// A supervisor sold the unit.
    pub(crate) r#override: i64,
    /// A count found less than was promised.
    pub(crate) count: i64,
    /// The unit was not on the shelf when it was to be picked.
    pub(crate) short: i64,
}

/// Where the cloud's account and the node's bound on it do not say the same.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WrongRights)]
pub(crate) struct WrongRights {
    pub(crate) checked: i64,
    pub(crate) wrong: i64,
    /// The first few.
    #[schema(value_type = Vec<Object>)]
    pub(crate) items: Vec<serde_json::Value>,
}

/// What must hold, and whether it does.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Invariants {
    /// When the queues were counted.
    pub(crate) as_of: Timestamp,
    /// When the oldest check ran.
    pub(crate) checked_at: Option<Timestamp>,
    /// Everything holds, as far as it was checked.
    pub(crate) holds: bool,
    pub(crate) accepted: i64,
    pub(crate) applied: i64,
    pub(crate) waiting: i64,
    pub(crate) quarantined: i64,
    pub(crate) queued: i64,
    pub(crate) on_their_way: i64,
    /// Units that are promised and that no account has; must be 0.
    pub(crate) oversold: i64,
    /// Receipt and ticket numbers of the last week that are missing; must be 0.
    pub(crate) lost: i64,
    /// Receipt and ticket numbers of the last week that came twice; must be 0.
    pub(crate) doubled: i64,
    /// Lines that supervisors sold although the units may have been promised.
    pub(crate) overrides: i64,
    /// Lines for which tills found units.
    pub(crate) found: i64,
    /// Lines for which tills counted.
    pub(crate) counted: i64,
    /// All of `broken`.
    pub(crate) promises_broken: i64,
    pub(crate) broken: Broken,
    /// Everything before this instant is here: the oldest of the nodes. Null: one has not said yet.
    pub(crate) complete_to: Option<Timestamp>,
    /// By location code.
    pub(crate) nodes: Vec<NodeEvents>,
    pub(crate) rights: WrongRights,
    pub(crate) audits: Vec<Audit>,
}

/// What cases say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) overrides: i64,
    pub(crate) found: i64,
    pub(crate) counted: i64,
    pub(crate) broken: Broken,
}

/// Puts together what was read at one instant.
pub(crate) fn told(
    as_of: Timestamp,
    nodes: Vec<NodeEvents>,
    audits: Vec<Audit>,
    cases: Tally,
) -> Invariants {
    let sum = |of: fn(&NodeEvents) -> i64| nodes.iter().map(of).sum::<i64>();
    let audit = |name: &str| audits.iter().find(|audit| audit.name == name);
    let wrong = |name: &str| audit(name).map_or(0, |audit| audit.wrong);
    let complete: Option<Vec<Timestamp>> = nodes.iter().map(|node| node.complete_to).collect();
    let broken = cases.broken;
    let rights = WrongRights {
        checked: audit("claims").map_or(0, |audit| audit.checked),
        wrong: wrong("claims"),
        items: audit("claims").map_or_else(Vec::new, |audit| audit.examples.clone()),
    };
    Invariants {
        as_of,
        checked_at: audits.iter().filter_map(|audit| audit.as_of).min(),
        holds: nodes.iter().all(|node| node.holds) && audits.iter().all(|audit| audit.wrong == 0),
        accepted: sum(|node| node.accepted),
        applied: sum(|node| node.applied),
        waiting: sum(|node| node.waiting),
        quarantined: sum(|node| node.quarantined),
        queued: sum(|node| node.queued),
        on_their_way: sum(|node| node.on_their_way),
        oversold: wrong("oversold"),
        lost: wrong("numbers_lost"),
        doubled: wrong("numbers_doubled"),
        overrides: cases.overrides,
        found: cases.found,
        counted: cases.counted,
        promises_broken: broken.r#override + broken.count + broken.short,
        broken,
        complete_to: complete.and_then(|all| all.into_iter().min()),
        rights,
        nodes,
        audits,
    }
}

/// Checks all locations now. `ledger`: also what reads every step of the cloud's accounts.
pub(crate) async fn check(cloud: &Cloud, ledger: bool) -> Result<()> {
    let from = first_date(cloud.now());
    let wrong = cloud
        .tx("check_invariants", ACTOR, async |tx| {
            let locations = db::locations(tx).await?;
            db::check(tx, &locations, from, ledger).await
        })
        .await?;
    for (name, wrong) in wrong {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        metrics::gauge!("cloud_invariant_wrong", "check" => name.clone()).set(wrong as f64);
        if wrong > 0 {
            tracing::error!(check = name, wrong, "{wrong} rows break `{name}`");
        }
    }
    Ok(())
}

fn first_date(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC)
        .date()
        .saturating_sub(DATES.days())
}
