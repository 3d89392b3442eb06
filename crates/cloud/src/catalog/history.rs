//! Who changed something of the catalogue, when, and how: read from the audit.
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// What is said of goods: everybody who sees the catalogue may know it.
pub(crate) const GOODS: [&str; 10] = [
    "brand.changed",
    "category.changed",
    "container.changed",
    "price.changed",
    "price_list.changed",
    "product.changed",
    "product.created",
    "product.pictured",
    "supplier.changed",
    "tax.changed",
];
/// What is said of locations.
pub(crate) const LOCATIONS: [&str; 1] = ["location.changed"];

/// A change of something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RecordChange {
    /// Newest highest.
    id: i64,
    at: Timestamp,
    /// What people call who did it.
    by: String,
    /// As the audit calls it: `product.changed`.
    action: String,
    /// What was before, as far as it differs.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// What is after.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
}

/// Changes of something.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordHistory {
    /// Newest first; the last 200.
    pub(crate) items: Vec<RecordChange>,
}

/// The newest changes first. Who asks must be one who may know them all: the audit is for others otherwise.
pub(crate) async fn list(tx: &Tx, subject: Uuid, actions: &[&str]) -> Result<Vec<RecordChange>> {
    const LIST: Sql = sql!(
        "select a.id, a.at, coalesce(s.name, a.actor), a.action, a.before, a.after
           from audit a left join staff s on a.actor = 'staff:' || s.id::text
          where a.subject = $1 and a.action = any ($2)
          order by a.id desc limit 200",
        (text, [text]) -> (bigint, timestamptz, text, text, jsonb, jsonb)
    );
    tx.widen("catalog");
    let rows = tx.rows(LIST, &[&subject.to_string(), &actions]).await?;
    tx.narrow();
    Ok(rows
        .iter()
        .map(|row| RecordChange {
            id: row.get(0),
            at: row.get(1),
            by: row.get(2),
            action: row.get(3),
            before: row.get(4),
            after: row.get(5),
        })
        .collect())
}
