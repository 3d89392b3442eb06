//! Who changed a product and its prices, when, and how: read from the audit.
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::{Sql, Tx, sql};
use crate::error::Result;
use crate::session::{Allowed, CatalogRead};

/// A change of a product or of its prices.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ProductChange {
    /// Newest highest.
    id: i64,
    at: Timestamp,
    /// What people call who did it.
    by: String,
    /// `product.created`, `product.changed` or `price.changed`.
    action: String,
    /// What was before, as far as it differs.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// What is after.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
}

/// The newest changes first.
pub(super) async fn list(
    tx: &Tx,
    _allowed: &Allowed<CatalogRead>,
    product: Uuid,
) -> Result<Vec<ProductChange>> {
    const LIST: Sql = sql!(
        "select a.id, a.at, coalesce(s.name, a.actor), a.action, a.before, a.after
           from audit a left join staff s on a.actor = 'staff:' || s.id::text
          where a.subject = $1 and a.action in ('product.created', 'product.changed', 'price.changed')
          order by a.id desc limit 200",
        (text) -> (bigint, timestamptz, text, text, jsonb, jsonb)
    );
    // The audit is otherwise for those who may read it; what is said of goods, everybody who sees the catalogue may know.
    tx.widen("catalog");
    let rows = tx.rows(LIST, &[&product.to_string()]).await?;
    Ok(rows
        .iter()
        .map(|row| ProductChange {
            id: row.get(0),
            at: row.get(1),
            by: row.get(2),
            action: row.get(3),
            before: row.get(4),
            after: row.get(5),
        })
        .collect())
}
