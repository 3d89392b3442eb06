//! Lists of sessions: somebody sees where they are signed in, and ends what they do not know.
use axum::http::StatusCode;
use httpkit::problem::Problem;
use jiff::Timestamp;
use retail::staff::{Limit, Permission};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;
use crate::session::{self, Viewer};
use crate::staff::effective::{Place, Standing};
use crate::staff::person;

pub(crate) mod db;
pub(crate) mod http;

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SignedIn)]
pub(crate) struct SessionRow {
    /// For ending it; gives no access.
    pub(crate) id: Uuid,
    /// It is the one that asks.
    pub(crate) current: bool,
    /// `password` or `oidc`.
    pub(crate) method: String,
    /// What the provider is called; null with a password.
    pub(crate) provider: Option<String>,
    /// From where it began; empty when that is not known.
    #[schema(example = "203.0.113.7")]
    pub(crate) address: String,
    /// What the browser said that it is.
    pub(crate) user_agent: String,
    /// A second factor was given.
    pub(crate) second_factor: bool,
    pub(crate) created_at: Timestamp,
    /// Within a minute.
    pub(crate) last_seen_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// Somebody's sessions. `current`: the one that asks.
pub(crate) async fn of_staff(
    cloud: &Cloud,
    actor: Actor,
    staff: Uuid,
    current: Option<Uuid>,
) -> Result<Vec<SessionRow>> {
    let now = cloud.security_now();
    let mut sessions = cloud
        .read("list_sessions", actor, async |tx| {
            if !db::is_staff(tx, staff).await? {
                return Err(unknown_staff());
            }
            db::of_staff(tx, staff, now).await
        })
        .await?;
    for one in &mut sessions {
        one.current = Some(one.id) == current;
    }
    Ok(sessions)
}

/// Whether somebody may see and end another's sessions: it needs the permission wherever that person works. None: they
/// may not even see that there is such a person.
pub(crate) async fn manages(tx: &Tx, viewer: &Viewer, staff: Uuid) -> Result<Option<bool>> {
    tx.widen("people");
    let mine = person::standing_of(tx, viewer).await?;
    let may = if covers(&mine, Place::Chain) {
        db::is_staff(tx, staff).await?.then_some(true)
    } else {
        let ever = person::db::places(tx, staff).await?;
        let now = db::places_now(tx, staff).await?;
        person::sees(&mine, &ever, Permission::SessionManage)
            .then(|| !now.is_empty() && now.iter().all(|place| covers(&mine, *place)))
    };
    tx.narrow();
    Ok(may)
}

fn covers(mine: &Standing, place: Place) -> bool {
    mine.covers(Permission::SessionManage, Limit::NONE, place)
}

/// Refuses whoever does not manage somebody's sessions.
pub(crate) async fn check_manages(tx: &Tx, viewer: &Viewer, staff: Uuid) -> Result<()> {
    match manages(tx, viewer, staff).await? {
        Some(true) => Ok(()),
        Some(false) => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "staff.beyond_own",
            "This person works also where you may not end sessions",
        )
        .figure("permission", Permission::SessionManage.code())
        .into()),
        None => Err(unknown_staff()),
    }
}

/// The same for somebody who asks by themselves.
pub(crate) async fn check_manages_alone(cloud: &Cloud, viewer: &Viewer, staff: Uuid) -> Result<()> {
    cloud
        .read("manages_sessions", viewer.actor(), async |tx| {
            check_manages(tx, viewer, staff).await
        })
        .await
}

/// Ends one of somebody's sessions.
pub(crate) async fn end(cloud: &Cloud, actor: Actor, staff: Uuid, id: Uuid) -> Result<()> {
    let now = cloud.security_now();
    cloud
        .tx("end_session", actor, async |tx| {
            if !db::end(tx, staff, id).await? {
                return Err(
                    Problem::not_found("session.unknown", "There is no such session").into(),
                );
            }
            session::db::audit(tx, now, "session.revoked", &staff.to_string()).await
        })
        .await?;
    cloud.office().live.look_again();
    Ok(())
}

/// Ends all of somebody's sessions but `but`; how many.
pub(crate) async fn end_all(
    cloud: &Cloud,
    actor: Actor,
    staff: Uuid,
    but: Option<Uuid>,
) -> Result<usize> {
    let now = cloud.security_now();
    let ended = cloud
        .tx("end_sessions", actor, async |tx| {
            if !db::is_staff(tx, staff).await? {
                return Err(unknown_staff());
            }
            let ended = db::end_others(tx, staff, but.unwrap_or_default()).await?;
            session::db::audit(tx, now, "session.all_revoked", &staff.to_string()).await?;
            Ok(ended)
        })
        .await?;
    cloud.office().live.look_again();
    Ok(ended)
}

pub(super) fn unknown_staff() -> crate::error::Error {
    Problem::not_found("staff.unknown", "There is no such person").into()
}
