//! Refused access: somebody whom we know asked for what they may not have. It is noted at most once for each of them,
//! operation and hour: this instance remembers what it has noted, and the database refuses what another one has. The
//! answer does not wait for it, so its time says nothing, and one writer at a time does it: whoever floods us with
//! refusals costs us no more than their requests.
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use axum::response::Response;
use httpkit::problem::Problem;
use httpkit::shutdown::Shutdown;
use jiff::Timestamp;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{Entry, ORIGIN, Origin, db};
use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;

/// Refusals that wait for the writer; more are counted and not noted.
const MOST_WAITING: usize = 256;
/// Refusals of an hour that are remembered; the database knows the rest.
const MOST_REMEMBERED: usize = 10_000;
/// Seconds in which somebody is noted once for an operation. `audit_refused` says the same.
const HOUR_S: i64 = 3_600;

/// Codes of 403 that say: you may not. Others ask for something, such as a fresh sign-in.
const REFUSALS: [&str; 6] = [
    "approval.own",
    "grant.beyond_own",
    "permission.denied",
    "permission.limit",
    "session.required",
    "staff.beyond_own",
];

/// What was refused to whom.
#[derive(Debug)]
struct Refused {
    origin: Origin,
    actor: Actor,
    operation: String,
    code: String,
    permission: Option<String>,
    /// The location that was named, which is foreign if there is one.
    location: Option<Uuid>,
}

/// What was noted in an hour.
#[derive(Debug, Default)]
struct Noted {
    hour: i64,
    by: HashSet<(Actor, String)>,
}

/// Refusals on their way to the audit.
#[derive(Debug)]
pub(crate) struct Refusals {
    noted: Mutex<Noted>,
    queue: mpsc::Sender<Refused>,
    /// Until the writer has taken it.
    waiting: Mutex<Option<mpsc::Receiver<Refused>>>,
}

impl Default for Refusals {
    fn default() -> Self {
        let (queue, waiting) = mpsc::channel(MOST_WAITING);
        Self {
            noted: Mutex::default(),
            queue,
            waiting: Mutex::new(Some(waiting)),
        }
    }
}

impl Refusals {
    /// Whether it has been noted already in the hour of `now`.
    fn is_noted(&self, refused: &Refused, now: Timestamp) -> bool {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (refused.actor, refused.operation.clone());
        noted.hour == hour(now) && noted.by.contains(&key)
    }

    fn remember(&self, refused: Refused, now: Timestamp) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.hour != hour(now) {
            *noted = Noted {
                hour: hour(now),
                by: HashSet::new(),
            };
        }
        if noted.by.len() < MOST_REMEMBERED {
            noted.by.insert((refused.actor, refused.operation));
        }
    }
}

fn hour(now: Timestamp) -> i64 {
    now.as_second().div_euclid(HOUR_S)
}

/// Remembers who asks, as soon as that is known.
pub(crate) fn asks(actor: Actor) {
    // Outside a request there is nobody to remember.
    let _ = ORIGIN.try_with(|origin| origin.seen.actor.set(actor));
}

/// The refusal of a location that somebody may not see, or that there is not: both are told the same, and only the
/// first is noted.
pub(crate) fn foreign(location: Uuid) -> Problem {
    let _ = ORIGIN.try_with(|origin| origin.seen.tried.set(location));
    Problem::not_found("location.unknown", "There is no such location")
}

/// What the document calls the operation that is asked for: `GET /v1/staff/{id}`.
pub(super) fn operation(request: &Request) -> Option<String> {
    let path = request.extensions().get::<MatchedPath>()?;
    Some(format!("{} {}", request.method(), path.as_str()))
}

/// Lets it be noted, if an answer is a refusal.
pub(super) fn look(cloud: &Cloud, origin: Origin, operation: String, response: &Response) {
    let Some(problem) = response.extensions().get::<Problem>() else {
        return;
    };
    let Some(&actor) = origin.seen.actor.get() else {
        return;
    };
    let tried = origin.seen.tried.get().copied();
    let location = match response.status() {
        StatusCode::FORBIDDEN if REFUSALS.contains(&problem.code.as_str()) => None,
        StatusCode::NOT_FOUND if tried.is_some() => tried,
        _ => return,
    };
    let permission = problem.figures.get("permission");
    let refused = Refused {
        actor,
        operation,
        code: problem.code.clone(),
        permission: permission.and_then(|code| code.as_str().map(str::to_owned)),
        location,
        origin,
    };
    let refusals = &cloud.office().refusals;
    if refusals.is_noted(&refused, cloud.security_now()) {
        return;
    }
    if refusals.queue.try_send(refused).is_err() {
        metrics::counter!("cloud_refusals_not_noted_total").increment(1);
    }
}

/// Notes refusals until the shutdown, and then those that wait.
pub(crate) async fn work(cloud: Cloud, shutdown: Shutdown) {
    let refusals = &cloud.office().refusals;
    let waiting = refusals.waiting.lock();
    let waiting = waiting.unwrap_or_else(PoisonError::into_inner).take();
    let Some(mut waiting) = waiting else {
        return;
    };
    loop {
        let refused = tokio::select! {
            refused = waiting.recv() => refused,
            () = shutdown.wait() => waiting.try_recv().ok(),
        };
        let Some(refused) = refused else {
            return;
        };
        let now = cloud.security_now();
        if refusals.is_noted(&refused, now) {
            continue;
        }
        match ORIGIN
            .scope(refused.origin.clone(), note(&cloud, &refused))
            .await
        {
            Ok(true) => refusals.remember(refused, now),
            Ok(false) => {}
            Err(error) => {
                metrics::counter!("cloud_refusals_not_noted_total").increment(1);
                tracing::warn!(%error, "A refusal was not noted: {error}");
            }
        }
    }
}

/// Notes it, unless it is about a location that there is not.
async fn note(cloud: &Cloud, refused: &Refused) -> Result<bool> {
    cloud
        .tx("note_refusal", refused.actor, async |tx| {
            tx.widen("audit");
            if let Some(location) = refused.location
                && !db::is_location(tx, location).await?
            {
                return Ok(false);
            }
            let mut entry = Entry::new("access.refused", &refused.operation)
                .at(refused.location)
                .with("code", refused.code.as_str());
            if let Some(permission) = &refused.permission {
                entry = entry.with("permission", permission.as_str());
            }
            entry.note(cloud, tx).await?;
            Ok(true)
        })
        .await
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use uuid::Uuid;

    use super::{MOST_REMEMBERED, Refusals, Refused};
    use crate::db::Actor;

    fn refused(staff: u128, operation: &str) -> Refused {
        Refused {
            origin: super::Origin::default(),
            actor: Actor::Staff(Uuid::from_u128(staff)),
            operation: operation.to_owned(),
            code: "permission.denied".to_owned(),
            permission: None,
            location: None,
        }
    }

    #[test]
    fn somebody_is_noted_once_an_hour_for_each_operation() {
        let refusals = Refusals::default();
        let now = Timestamp::UNIX_EPOCH;
        refusals.remember(refused(1, "GET /v1/roles"), now);
        for (staff, operation, after_s, expected) in [
            (1, "GET /v1/roles", 3_599, true),
            (2, "GET /v1/roles", 0, false),
            (1, "GET /v1/staff", 0, false),
            (1, "GET /v1/roles", 3_600, false),
        ] {
            let at = now + SignedDuration::from_secs(after_s);
            let noted = refusals.is_noted(&refused(staff, operation), at);
            assert_eq!(noted, expected, "{staff} {operation} {after_s}");
        }
    }

    #[test]
    fn what_is_remembered_is_bounded_and_goes_with_the_hour() {
        let refusals = Refusals::default();
        let now = Timestamp::UNIX_EPOCH;
        let many = u128::try_from(MOST_REMEMBERED).unwrap() + 5;
        for staff in 0..many {
            refusals.remember(refused(staff, "GET /v1/roles"), now);
        }
        let kept = |refusals: &Refusals| refusals.noted.lock().unwrap().by.len();
        assert_eq!(kept(&refusals), MOST_REMEMBERED);
        refusals.remember(
            refused(0, "GET /v1/roles"),
            now + SignedDuration::from_hours(1),
        );
        assert_eq!(kept(&refusals), 1);
    }
}
