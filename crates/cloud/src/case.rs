//! Stock cases: what somebody should look at because the book and the shelf did not agree. Units that a till found or
//! counted, overrides, promises that were broken. Who or what comes up too often in a day is marked (sync.md 5.1).
use httpkit::problem::Problem;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, StockCount};

pub(crate) mod db;
pub(crate) mod http;

/// Units found by one person or of one variant in a day beyond which somebody should look (sync.md 5.1).
pub(crate) const MOST_FOUND: i64 = 3;
/// The longest note.
const MOST_NOTE: usize = 500;

/// A case.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = StockCase)]
pub(crate) struct Case {
    pub(crate) id: Uuid,
    pub(crate) location_id: Uuid,
    pub(crate) location_name: String,
    /// `found`, `counted`, `override`, `promise_broken`, `short_pick`, `shortage`, …
    pub(crate) kind: String,
    pub(crate) business_date: Date,
    pub(crate) variant_id: Uuid,
    /// Empty when it is not in the catalogue yet, like the name.
    pub(crate) sku: String,
    pub(crate) name: String,
    /// `piece`, `gram`, `millilitre` or `millimetre`.
    pub(crate) unit: String,
    /// Base units.
    pub(crate) quantity: i64,
    pub(crate) event_id: Option<Uuid>,
    pub(crate) sale_id: Option<Uuid>,
    pub(crate) reservation_id: Option<Uuid>,
    pub(crate) order_id: Option<Uuid>,
    /// Who was at the till.
    pub(crate) staff: Option<String>,
    /// Who allowed it.
    pub(crate) supervisor: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) at: Timestamp,
    /// `open` or `closed`.
    pub(crate) state: String,
    pub(crate) closed_by: Option<String>,
    pub(crate) closed_at: Option<Timestamp>,
    /// What was done about it.
    pub(crate) note: Option<String>,
    /// This person, or this variant, was found at a till more than three times on that day.
    pub(crate) alert: bool,
}

/// Open cases of a kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OpenCases {
    pub(crate) kind: String,
    pub(crate) open: i64,
}

/// A page of cases.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CasePage {
    /// The newest first.
    pub(crate) items: Vec<Case>,
    /// What is open at the locations asked for, whatever the other filters.
    pub(crate) counts: Vec<OpenCases>,
    /// Goes on after the last one; null at the end.
    pub(crate) next: Option<String>,
}

/// How often units were found by somebody.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StaffPattern {
    pub(crate) staff_id: Uuid,
    pub(crate) name: String,
    pub(crate) found: i64,
    pub(crate) overrides: i64,
    /// More than the limit.
    pub(crate) alert: bool,
}

/// How often units of a variant were found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct VariantPattern {
    pub(crate) variant_id: Uuid,
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) found: i64,
    pub(crate) overrides: i64,
    /// More than the limit.
    pub(crate) alert: bool,
}

/// Who and what comes up most on a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Patterns {
    pub(crate) date: Date,
    /// Beyond it somebody should look.
    pub(crate) limit: i64,
    /// The most first.
    pub(crate) staff: Vec<StaffPattern>,
    /// The most first.
    pub(crate) variants: Vec<VariantPattern>,
}

/// Where a page ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Position(pub(crate) Timestamp, pub(crate) Uuid);

/// Closes a case. On disk when this returns; one that is closed already stays as it is.
pub(crate) async fn close(
    cloud: &Cloud,
    allowed: &Allowed<StockCount>,
    location: Uuid,
    id: Uuid,
    note: &str,
) -> Result<Case> {
    let note = note.trim();
    if note.chars().count() > MOST_NOTE {
        return Err(Problem::invalid(
            "case.note_too_long",
            "note",
            format!("A note has at most {MOST_NOTE} characters"),
        )
        .into());
    }
    let case = cloud
        .tx("close_case", allowed.actor(), async |tx| {
            if db::close(tx, location, id, note).await? {
                let entry = Entry::new("case.closed", id).at(location).because(note);
                entry.note(cloud, tx).await?;
            }
            db::one(tx, location, id).await
        })
        .await?;
    case.ok_or_else(|| Problem::not_found("case.unknown", "There is no such case").into())
}
