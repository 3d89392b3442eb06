//! Goods that come back, as they are asked for in the matrix.
use edge::testkit;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Stage;
use crate::support::{Till, new_id};

/// One bottle back for 1.50. A cashier brings a supervisor along.
fn one_back(till: &Till) -> Value {
    json!({
        "shift_id": till.shift, "reason": "unwanted", "lines": [{ "line": 0, "quantity": 1, "condition": "sellable" }],
        "tenders": [{ "kind": "cash", "amount_minor": 150 }],
        "approval": { "staff_id": testkit::manager_id().as_uuid(), "pin": testkit::PIN },
    })
}

/// Sells something and takes it back, so that there is a return.
pub async fn bring_back(till: &Till) -> Uuid {
    let (sale, id) = (new_id(), new_id());
    assert_eq!(till.sell(sale, &[("COLA", 1)], 150).await.0, 201);
    let path = format!("/v1/sales/{sale}/returns/{id}");
    let answer = till.put(&path, one_back(till)).await;
    assert_eq!(answer.0, 201, "{answer:?}");
    id
}

impl Stage {
    /// A request about returns that is good as such; none: nobody has written one.
    pub(super) fn ask_of_returns(&self, name: &str) -> Option<(String, Option<Value>)> {
        let (sale, new) = (self.sale, new_id());
        Some(match name {
            // The sales before it are of the shift before, or came back.
            "find_receipt" => ("/v1/receipts/t101-1-000001".to_owned(), None),
            "list_returns" => (format!("/v1/sales/{sale}/returns"), None),
            "quote_return" => (
                format!("/v1/sales/{sale}/return-quotes"),
                Some(json!({ "lines": [{ "line": 0, "quantity": 1, "condition": "damaged" }] })),
            ),
            "record_return" => (
                format!("/v1/sales/{sale}/returns/{new}"),
                Some(one_back(&self.till)),
            ),
            "print_return" => (
                format!("/v1/returns/{}/prints/{new}", self.returned),
                Some(json!({})),
            ),
            "copy_return" => (
                format!("/v1/returns/{}/copies/{new}", self.returned),
                Some(json!({})),
            ),
            _ => return None,
        })
    }
}
