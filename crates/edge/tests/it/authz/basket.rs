//! Baskets that are asked for in the matrix: words for lines, voids, and what waits.
use edge::testkit;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Stage;
use crate::support::{Till, basket, new_id};

/// Lets a basket wait, so that somebody can recall it.
pub async fn park(till: &Till) -> Uuid {
    let id = new_id();
    let body = json!({ "sale_id": new_id(), "shift_id": till.shift, "name": "phone", "lines": basket(&[("COLA", 1)]) });
    let answer = till.put(&format!("/v1/parked-baskets/{id}"), body).await;
    assert_eq!(answer.0, 201, "{answer:?}");
    id
}

/// A request that is good as such. A cashier brings a supervisor along.
pub fn ask(stage: &Stage, name: &str) -> (String, Option<Value>) {
    let new = new_id();
    let supervisor = json!({ "staff_id": testkit::manager_id().as_uuid(), "pin": testkit::PIN });
    let lines = basket(&[("COLA", 1)]);
    match name {
        "approve_line" => {
            let line = json!({ "variant_id": testkit::variant_id("COLA").as_uuid(), "quantity": 1,
                               "discount_minor": 10, "discount_reason": "dented" });
            let body = json!({ "sale_id": new_id(), "line": line, "supervisor": supervisor });
            (format!("/v1/line-approvals/{new}"), Some(body))
        }
        "void_basket" => {
            let body = json!({ "sale_id": new_id(), "shift_id": stage.till.shift, "whole": true, "lines": lines,
                               "reason": "left", "supervisor": supervisor });
            (format!("/v1/voids/{new}"), Some(body))
        }
        "park_basket" => {
            let body = json!({ "sale_id": new_id(), "shift_id": stage.till.shift, "lines": lines });
            (format!("/v1/parked-baskets/{new}"), Some(body))
        }
        "recall_basket" => (
            format!("/v1/parked-baskets/{}/recall", stage.parked),
            Some(json!({})),
        ),
        _ => ("/v1/parked-baskets".to_owned(), None),
    }
}
