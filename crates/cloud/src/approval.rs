//! Four eyes: what one person asks for and another one decides. Needed as soon as somebody else could approve it; who
//! asks does not decide; what nobody decides about lapses. The decision does what was asked, in its own transaction.
use axum::http::StatusCode;
use httpkit::problem::Problem;
use jiff::{SignedDuration, Timestamp};
use retail::staff::{Limit, Permission};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;
use wire::command::Line;

use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;
use crate::role::{self, NewRole};
use crate::session::Viewer;
use crate::staff::effective::Place;
use crate::staff::person;
use crate::sync::recovery;
use crate::warehouse;

pub(crate) mod db;
pub(crate) mod http;

/// How long somebody has to decide.
const LASTS: SignedDuration = SignedDuration::from_hours(24);

/// What needs a second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Declare a node lost.
    NodeFence,
    /// Change what a role may do.
    RoleChange,
    /// Write off more by a count than the person may alone.
    StockCount,
}

impl Action {
    /// Its stable code.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::NodeFence => "node.fence",
            Self::RoleChange => "role.change",
            Self::StockCount => "stock.count",
        }
    }

    fn by_code(code: &str) -> Option<Self> {
        [Self::NodeFence, Self::RoleChange, Self::StockCount]
            .into_iter()
            .find(|action| action.code() == code)
    }

    /// What whoever asks must be allowed, still when it is done.
    const fn permission(self) -> Permission {
        match self {
            Self::NodeFence => Permission::NodeFence,
            Self::RoleChange => Permission::RoleManage,
            Self::StockCount => Permission::StockCount,
        }
    }
}

/// What somebody asks for.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) action: Action,
    pub(crate) subject: String,
    pub(crate) payload: Value,
    /// None: in the whole chain.
    pub(crate) location: Option<Uuid>,
    pub(crate) reason: String,
}

/// What was asked for, and what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Approval {
    pub(crate) id: Uuid,
    /// `node.fence`, `role.change` or `stock.count`.
    pub(crate) action: String,
    /// What it is done to: a node, a role, `<location>/<count>`.
    pub(crate) subject: String,
    /// What will be done, as it was asked.
    #[schema(value_type = Object)]
    pub(crate) payload: Value,
    /// Where; null: in the whole chain.
    pub(crate) location_id: Option<Uuid>,
    pub(crate) location_name: Option<String>,
    pub(crate) requested_by: Uuid,
    pub(crate) requested_by_name: String,
    pub(crate) requested_at: Timestamp,
    /// Why, as they said.
    pub(crate) reason: String,
    /// After this nobody can decide any more.
    pub(crate) expires_at: Timestamp,
    pub(crate) decided_by: Option<Uuid>,
    pub(crate) decided_by_name: Option<String>,
    pub(crate) decided_at: Option<Timestamp>,
    /// `open`, `approved`, `rejected`, `withdrawn` or `expired`.
    pub(crate) state: String,
    /// What whoever decided said.
    pub(crate) comment: Option<String>,
    /// Whether this person may decide about it.
    pub(crate) may_decide: bool,
}

/// An act that waits for a second person.
#[derive(Debug)]
pub(crate) struct Asked(pub(crate) Approval);

/// What somebody says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Do it.
    Approve,
    /// Leave it.
    Reject,
}

/// Writes the request down when somebody else could approve it; none: do it now.
///
/// The caller has the lock of [`person::lock`] and sees all people.
pub(crate) async fn ask_if_needed(
    cloud: &Cloud,
    tx: &Tx,
    by: Uuid,
    request: Request,
) -> Result<Option<Asked>> {
    if !db::has_second(tx, by, request.location).await? {
        return Ok(None);
    }
    let (id, now) = (cloud.id(), cloud.security_now());
    if let Some(before) = db::same(tx, &request, by, now).await? {
        let asked = db::get(tx, before, by, now).await?.ok_or_else(unknown)?;
        return Ok(Some(Asked(asked)));
    }
    let expires = now.saturating_add(LASTS).unwrap_or(now);
    lapse_in(cloud, tx, Some(by)).await?;
    db::replace_own(tx, &request, by, now).await?;
    db::insert(tx, id, &request, by, now, expires).await?;
    Entry::new("approval.requested", id)
        .at(request.location)
        .change(None, Some(request.payload.clone()))
        .because(&request.reason)
        .with("action", request.action.code())
        .with("subject", request.subject.as_str())
        .note(cloud, tx)
        .await?;
    db::tell(tx, id, request.location).await?;
    let asked = db::get(tx, id, by, now).await?.ok_or_else(unknown)?;
    Ok(Some(Asked(asked)))
}

/// Requests that lapse in one transaction.
const MOST_LAPSED: i64 = 100;

/// Closes what nobody has decided about in time, and says so in the audit.
pub(crate) async fn lapse(cloud: &Cloud) -> Result<()> {
    loop {
        let lapsed = cloud
            .tx("lapse_approvals", Actor::Service("approval"), async |tx| {
                lapse_in(cloud, tx, None).await
            })
            .await?;
        if lapsed > 0 {
            cloud.office().wake();
        }
        if i64::try_from(lapsed).is_ok_and(|lapsed| lapsed < MOST_LAPSED) {
            return Ok(());
        }
    }
}

/// The same in a transaction; `of`: only what that person asked for. Returns how many.
async fn lapse_in(cloud: &Cloud, tx: &Tx, of: Option<Uuid>) -> Result<usize> {
    let lapsed = db::lapse(tx, cloud.security_now(), of, MOST_LAPSED).await?;
    for one in &lapsed {
        Entry::new("approval.expired", one.id)
            .at(one.location)
            .with("action", one.action.as_str())
            .with("subject", one.subject.as_str())
            .with("requested_by", one.requested_by.to_string())
            .note(cloud, tx)
            .await?;
        db::tell(tx, one.id, one.location).await?;
    }
    Ok(lapsed.len())
}

/// Whether somebody else could approve something there.
pub(crate) async fn has_second(tx: &Tx, by: Uuid, location: Option<Uuid>) -> Result<bool> {
    db::has_second(tx, by, location).await
}

/// Decides, and does what was asked when it is approved. Whoever asked may only withdraw it.
pub(crate) async fn decide(
    cloud: &Cloud,
    viewer: &Viewer,
    id: Uuid,
    decision: Decision,
    comment: &str,
) -> Result<Approval> {
    warehouse::prepare(cloud).await?;
    let decided = cloud
        .tx("decide_approval", viewer.actor(), async |tx| {
            decide_in(cloud, tx, viewer, id, decision, comment).await
        })
        .await
        .map_err(|error| error.if_duplicate("role.code_taken", "Another role has this code"))?;
    after(cloud, &decided);
    Ok(decided)
}

async fn decide_in(
    cloud: &Cloud,
    tx: &Tx,
    viewer: &Viewer,
    id: Uuid,
    decision: Decision,
    comment: &str,
) -> Result<Approval> {
    tx.widen("people");
    person::lock(tx).await?;
    let now = cloud.security_now();
    let asked = db::get(tx, id, viewer.id(), now)
        .await?
        .ok_or_else(unknown)?;
    let is_own = asked.requested_by == viewer.id();
    // A program decides only when its token is for that.
    let decides = match asked.location_id {
        Some(location) => viewer.may(Permission::ApprovalDecide, location),
        None => viewer.may_everywhere(Permission::ApprovalDecide),
    };
    let may_decide = asked.may_decide && decides;
    if !is_own && !may_decide {
        // Somebody who may not decide here is not told that it exists.
        return Err(unknown().into());
    }
    if asked.state != "open" {
        let title = "It was decided already, or nobody decided in time";
        return Err(Problem::conflict("approval.closed", title)
            .figure("state", asked.state)
            .into());
    }
    let outcome = match (decision, is_own) {
        (Decision::Approve, true) => {
            let title = "Who asks does not decide";
            return Err(Problem::new(StatusCode::FORBIDDEN, "approval.own", title).into());
        }
        (Decision::Reject, true) => "withdrawn",
        (Decision::Approve, false) => "approved",
        (Decision::Reject, false) => "rejected",
    };
    db::decide(tx, id, viewer.id(), now, outcome, comment).await?;
    let action = match outcome {
        "approved" => "approval.approved",
        "rejected" => "approval.rejected",
        _ => "approval.withdrawn",
    };
    Entry::new(action, id)
        .at(asked.location_id)
        .because(comment)
        .with("action", asked.action.as_str())
        .with("subject", asked.subject.as_str())
        .with("requested_by", asked.requested_by.to_string())
        .note(cloud, tx)
        .await?;
    if outcome == "approved" {
        execute(cloud, tx, &asked).await?;
    }
    db::tell(tx, id, asked.location_id).await?;
    Ok(db::get(tx, id, viewer.id(), now)
        .await?
        .ok_or_else(unknown)?)
}

/// Does what was asked, if whoever asked may still do it.
async fn execute(cloud: &Cloud, tx: &Tx, asked: &Approval) -> Result<()> {
    let action = Action::by_code(&asked.action).ok_or_else(unknown)?;
    let standing = person::standing(tx, asked.requested_by).await?;
    let place = Place::of(asked.location_id, None);
    let permission = action.permission();
    let held = standing
        .held
        .iter()
        .any(|held| held.permission == permission && standing.map.includes(held.place, place));
    if !held {
        return Err(no_longer(permission).into());
    }
    match action {
        Action::RoleChange => {
            let (role, change): (Uuid, NewRole) = (id_of(&asked.subject)?, read(&asked.payload)?);
            role::apply(cloud, tx, asked.requested_by, role, &change).await
        }
        Action::NodeFence => {
            let node = id_of(&asked.subject)?;
            recovery::fence(cloud, tx, node, &asked.reason)
                .await
                .map(drop)
        }
        Action::StockCount => {
            let count: Count = read(&asked.payload)?;
            let location = asked.location_id.ok_or_else(unknown)?;
            warehouse::count_in(cloud, tx, location, count.id, &count.lines)
                .await
                .map(drop)
        }
    }
}

/// Tells whoever works with it, after the commit.
fn after(cloud: &Cloud, decided: &Approval) {
    cloud.office().wake();
    if decided.state != "approved" {
        return;
    }
    match Action::by_code(&decided.action) {
        Some(Action::NodeFence) => {
            if let Ok(node) = id_of(&decided.subject) {
                cloud.sync().forget_keys(node);
            }
        }
        Some(Action::StockCount) => {
            if let Some(location) = decided.location_id {
                cloud.sync().wake_commands(location);
            }
        }
        Some(Action::RoleChange) | None => {}
    }
}

/// A count that waits.
#[derive(serde::Deserialize)]
struct Count {
    id: Uuid,
    lines: Vec<Line>,
}

/// A count as what is asked for.
pub(crate) fn count(location: Uuid, id: Uuid, lines: &[Line], written_off: i64) -> Request {
    Request {
        action: Action::StockCount,
        subject: format!("{location}/{id}"),
        payload: json!({ "id": id, "lines": lines, "written_off_minor": written_off }),
        location: Some(location),
        reason: String::new(),
    }
}

fn id_of(subject: &str) -> std::result::Result<Uuid, Problem> {
    subject.parse().map_err(|error| Problem::internal(&error))
}

fn read<T: serde::de::DeserializeOwned>(payload: &Value) -> std::result::Result<T, Problem> {
    T::deserialize(payload).map_err(|error| Problem::internal(&error))
}

/// Whoever asked, or acts, may not do it any more.
pub(crate) fn no_longer(permission: Permission) -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "permission.denied",
        "Whoever asked for it may not do this any more",
    )
    .figure("permission", permission.code())
}

/// Somebody goes further than they may, and there is nobody who could approve it.
pub(crate) fn beyond_limit(permission: Permission, limit: Limit, asked: i64) -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "permission.limit",
        "This goes further than you may",
    )
    .figure("permission", permission.code())
    .figure("limit", limit.max_minor)
    .figure("asked", asked)
}

fn unknown() -> Problem {
    Problem::not_found("approval.unknown", "There is no such request")
}
