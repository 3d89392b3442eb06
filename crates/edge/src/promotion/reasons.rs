//! Why a basket costs what it costs, with the names that promotions had then.
use std::collections::BTreeMap;

use retail::promotion::{PromotionId, trace::Trace};
use serde::Deserialize;
use wire::reason::Reasons;

use super::{db, kept::Running};
use crate::db::{DbError, Snapshot};

/// What a version of a promotion is called: all that is read of one that may be of a form unknown here.
#[derive(Deserialize)]
struct Named {
    name: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// The reasons of a basket that was priced just now.
pub(super) fn of_now(running: &Running, trace: &Trace) -> Reasons {
    Reasons::of(trace, |id, version| running.name(id, version))
}

/// The reasons of a sale: its promotions may have changed since, or have ended.
///
/// # Errors
/// The disk's.
pub(crate) fn of_then(at: &Snapshot<'_>, trace: &Trace) -> Result<Reasons, DbError> {
    let mut names = BTreeMap::<(PromotionId, i64), Named>::new();
    for one in &trace.promotions {
        let document = db::document(at, one.id, one.version)?;
        let read = document.and_then(|document| serde_json::from_str(&document).ok());
        names.extend(read.map(|named| ((one.id, one.version), named)));
    }
    Ok(Reasons::of(trace, |id, version| {
        let found: Named = names.remove(&(id, version))?;
        Some((found.name, found.labels))
    }))
}
