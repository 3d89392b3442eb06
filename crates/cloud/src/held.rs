//! Events that could not be applied: what is held, since when, and how a person puts it right. Nothing here changes
//! the evidence: a correction is kept beside the event and applied in its body's place (sync.md 2.6).
use axum::http::StatusCode;
use httpkit::problem::Problem;
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use wire::event::Header;

use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, EventFix, NodeRetry};

mod correction;
pub(crate) mod db;
pub(crate) mod http;

use correction::Refusal;

/// The longest that an event should be held: after it, somebody is late (sync.md 5.4).
pub(crate) const LATE_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// The most characters of a body in an answer.
const MOST_SHOWN: usize = 64 << 10;
/// The longest reason of a correction.
const MOST_REASON: usize = 500;

/// Names an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) node: Uuid,
    pub(crate) epoch: i64,
    pub(crate) seq: i64,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.node, self.epoch, self.seq)
    }
}

/// An event that could not be applied.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct HeldEvent {
    pub(crate) node_id: Uuid,
    pub(crate) location_id: Uuid,
    pub(crate) location_name: String,
    pub(crate) epoch: i64,
    pub(crate) seq: i64,
    pub(crate) event_id: Uuid,
    /// The event's type.
    pub(crate) kind: String,
    /// Its version.
    pub(crate) ver: i32,
    /// `waiting` or `quarantined`.
    pub(crate) state: String,
    /// Stable code.
    pub(crate) reason: String,
    /// For people who look into it.
    pub(crate) detail: String,
    /// What it waits for.
    pub(crate) depends_on: Option<Uuid>,
    pub(crate) attempts: i32,
    pub(crate) received_at: Timestamp,
    /// When it is tried again by itself.
    pub(crate) retry_at: Option<Timestamp>,
    /// Seconds since it came.
    pub(crate) age_s: i64,
    /// It is held for more than a day.
    pub(crate) overdue: bool,
    /// Of its header; null when that cannot be read.
    pub(crate) business_date: Option<Date>,
    /// A person has given another body.
    pub(crate) corrected: bool,
    /// Events that wait behind it.
    pub(crate) blocks: i64,
}

/// Events of one reason.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct HeldReason {
    pub(crate) reason: String,
    pub(crate) state: String,
    pub(crate) count: i64,
}

/// How much is held at the locations asked for, whatever the other filters.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct HeldCounts {
    pub(crate) waiting: i64,
    pub(crate) quarantined: i64,
    /// Held for more than a day.
    pub(crate) overdue: i64,
    /// The most frequent first.
    pub(crate) reasons: Vec<HeldReason>,
}

/// A page of held events.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct HeldPage {
    /// The oldest first.
    pub(crate) items: Vec<HeldEvent>,
    pub(crate) counts: HeldCounts,
    /// Goes on after the last one; null at the end.
    pub(crate) next: Option<String>,
}

/// A body that a person has given.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Correction {
    pub(crate) id: Uuid,
    pub(crate) body: String,
    pub(crate) reason: String,
    /// Who.
    pub(crate) by: String,
    pub(crate) at: Timestamp,
}

/// What an event waits for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MissingReference {
    /// `variant`, `supplier`, `staff` or `register`.
    pub(crate) kind: String,
    pub(crate) id: Uuid,
}

/// A held event with its content.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct HeldDetail {
    #[serde(flatten)]
    pub(crate) event: HeldEvent,
    /// Its header; null when it cannot be read.
    #[schema(value_type = Option<Object>)]
    pub(crate) header: Option<serde_json::Value>,
    /// Its body as it came, indented when it is JSON.
    pub(crate) body: String,
    /// Of the body as it came.
    pub(crate) body_bytes: i64,
    /// The body is longer than what is shown.
    pub(crate) body_truncated: bool,
    /// What it waits for, when that is something that can be entered.
    pub(crate) missing: Option<MissingReference>,
    /// The newest first: it counts.
    pub(crate) corrections: Vec<Correction>,
}

/// Where a page ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Position(
    pub(crate) Timestamp,
    pub(crate) Uuid,
    pub(crate) i64,
    pub(crate) i64,
);

/// A body that is to be applied in an event's place.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = NewCorrection)]
pub(crate) struct NewCorrection {
    /// Made by the client: repeating it is the same correction.
    pub(crate) id: Uuid,
    /// JSON as text.
    pub(crate) body: String,
    /// Why, for whoever looks later.
    pub(crate) reason: String,
}

/// An event as it is shown: text that is too long is cut, JSON is indented.
pub(crate) fn shown(body: &[u8]) -> (String, bool) {
    let text = String::from_utf8_lossy(body);
    let pretty = serde_json::from_str::<serde_json::Value>(&text)
        .ok()
        .and_then(|value| serde_json::to_string_pretty(&value).ok());
    let mut text = pretty.unwrap_or_else(|| text.into_owned());
    let is_cut = text.len() > MOST_SHOWN;
    if is_cut {
        text.truncate(text.floor_char_boundary(MOST_SHOWN));
    }
    (text.replace('\0', "\u{fffd}"), is_cut)
}

/// Lets all events of a reason, a node or a location be tried again now. How many there were.
pub(crate) async fn retry_all(
    cloud: &Cloud,
    allowed: &Allowed<NodeRetry>,
    node: Option<Uuid>,
    reason: Option<&str>,
) -> Result<i64> {
    let now = cloud.security_now();
    let retried = cloud
        .tx("retry_events", allowed.actor(), async |tx| {
            let retried = db::retry_all(tx, allowed, node, reason, now).await?;
            if retried > 0 {
                let subject = format!("{} of {}", reason.unwrap_or("all"), retried);
                crate::session::db::audit(tx, now, "node.events_retried", &subject).await?;
            }
            Ok(retried)
        })
        .await?;
    if retried > 0 {
        cloud.sync().wake_apply();
    }
    Ok(retried)
}

/// Gives an event another body, and lets it be tried at once. On disk when this returns; repeating it changes nothing.
pub(crate) async fn correct(
    cloud: &Cloud,
    allowed: &Allowed<EventFix>,
    place: Place,
    given: &NewCorrection,
) -> Result<()> {
    let reason = given.reason.trim();
    if reason.is_empty() || reason.len() > MOST_REASON {
        return Err(Problem::invalid(
            "event.reason_invalid",
            "reason",
            format!("A reason has 1 to {MOST_REASON} characters"),
        )
        .into());
    }
    let now = cloud.security_now();
    cloud
        .tx("correct_event", allowed.actor(), async |tx| {
            let Some(held) = db::lock(tx, allowed, place).await? else {
                return if db::is_repeated(tx, allowed, place, given).await? {
                    Ok(())
                } else {
                    Err(unknown().into())
                };
            };
            let header: Header = serde_json::from_slice(&held.header).map_err(|error| {
                Problem::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "event.header_unreadable",
                    "The event's header cannot be read: no body can make it right",
                )
                .figure("detail", error.to_string())
            })?;
            correction::check(&header, &given.body).map_err(|refusal| refused(&refusal))?;
            if !db::correct(tx, held.location, place, given, reason).await? {
                return Err(Problem::conflict(
                    "event.correction_id_taken",
                    "This id belongs to another correction",
                )
                .into());
            }
            db::make_due(tx, held.location, place, now).await?;
            let entry = Entry::new("event.corrected", place).at(held.location);
            entry.because(reason).note(cloud, tx).await
        })
        .await?;
    cloud.sync().wake_apply();
    Ok(())
}

pub(crate) fn unknown() -> Problem {
    Problem::not_found("event.unknown", "There is no such event that is held")
}

/// What the person is told, with the figures.
fn refused(refusal: &Refusal) -> Problem {
    let problem = |code, title: &str| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title);
    match refusal {
        Refusal::TooLarge => problem("event.body_invalid", "The body is too large")
            .figure("detail", refusal.to_string()),
        Refusal::Unreadable(detail) => problem("event.body_invalid", "This is no body of its type")
            .figure("detail", detail.clone()),
        Refusal::Unknown(detail) => problem(
            "event.version_unknown",
            "This version of Branchline does not know events of this type",
        )
        .figure("detail", detail.clone()),
        Refusal::Shift { expected, found } => problem(
            "event.effects",
            "The body belongs to another shift than the event",
        )
        .figure("what", "shift")
        .figure("expected", expected.to_string())
        .figure("found", found.to_string()),
        Refusal::Total { total, lines, paid } => {
            problem("event.totals", "The body's own figures do not add up")
                .figure("total_minor", *total)
                .figure("lines_minor", *lines)
                .figure("paid_minor", *paid)
        }
        Refusal::Money {
            tender,
            expected,
            found,
        } => problem(
            "event.effects",
            "The event moved other money than the body says",
        )
        .figure("what", "money")
        .figure("tender", tender.clone())
        .figure("expected", *expected)
        .figure("found", *found),
        Refusal::Stock {
            variant,
            expected,
            found,
        } => problem(
            "event.effects",
            "The event moved other units than the body says",
        )
        .figure("what", "stock")
        .figure("variant_id", variant.to_string())
        .figure("expected", *expected)
        .figure("found", *found),
    }
}
