//! Cash, counts and reports of shifts.
use edge::testkit;
use serde_json::{Value, json};

use super::Stage;
use crate::support::{Till, new_id};

/// Ends the shift of a till, so that there is a Z report, and begins the next.
pub(super) async fn close_and_open(till: &mut Till) {
    let path = format!("/v1/shifts/{}/close", till.shift);
    let answer = till.post(&path, json!({ "counted_minor": 10_000 })).await;
    assert_eq!(answer.0, 200, "{answer:?}");
    till.open_shift(1).await;
}

impl Stage {
    /// A request about cash that is good as such; none: nobody has written one.
    pub(super) fn ask_of_cash(&self, name: &str) -> Option<(String, Option<Value>)> {
        let (shift, new) = (self.till.shift, new_id());
        let moved = |way: &str| format!("/v1/shifts/{shift}/{way}/{new}");
        let movement = |reason: &str| Some(json!({ "amount_minor": 500, "reason": reason }));
        Some(match name {
            "get_shift" => (format!("/v1/shifts/{shift}"), None),
            "open_shift" => (
                format!("/v1/shifts/{new}"),
                Some(json!({ "register_id": testkit::register_id(1).as_uuid(), "float_minor": 0 })),
            ),
            "close_shift" => (
                format!("/v1/shifts/{shift}/close"),
                Some(json!({ "counted_minor": 9_000, "reason": "why", "hand_over_parked": true })),
            ),
            "get_cash_rules" => ("/v1/cash".to_owned(), None),
            "set_till_settings" => (
                "/v1/till-settings".to_owned(),
                Some(json!({ "lock_after_s": 60, "reason_above_minor": null })),
            ),
            "list_cash_movements" => (format!("/v1/shifts/{shift}/cash-movements"), None),
            "pay_in" => (moved("paid-in"), movement("change")),
            "pay_out" => (moved("paid-out"), movement("supplies")),
            "drop_to_safe" => (moved("drops"), movement("safe")),
            "record_drawer_count" => (moved("counts"), Some(json!({ "counted_minor": 9_000 }))),
            "get_shift_report" => (format!("/v1/shifts/{shift}/report"), None),
            "list_z_reports" => ("/v1/z-reports".to_owned(), None),
            _ => return None,
        })
    }
}
