//! What there is to print, and to set up for it.
use edge::testkit;
use serde_json::{Value, json};

use super::Stage;
use crate::support::new_id;

/// A printer that is off, and prints nothing by itself.
pub(super) fn off() -> Value {
    json!({ "host": "127.0.0.1", "port": 1, "width": "mm80", "language": "en",
            "has_drawer": false, "has_knife": true, "is_automatic": false })
}

impl Stage {
    /// A request about printing that is good as such; none: nobody has written one.
    pub(super) fn ask_to_print(&self, name: &str) -> Option<(String, Option<Value>)> {
        let register = testkit::register_id(1).as_uuid();
        let (shift, new) = (self.till.shift, new_id());
        let (path, body) = match name {
            "list_printers" => ("/v1/printers".to_owned(), None),
            "set_printer" => (format!("/v1/printers/{register}"), Some(off())),
            "remove_printer" => (
                format!("/v1/printers/{}", testkit::register_id(2).as_uuid()),
                None,
            ),
            "print_test" => (format!("/v1/printers/{register}/tests/{new}"), None),
            "get_letterhead" => ("/v1/letterhead".to_owned(), None),
            "set_letterhead" => (
                "/v1/letterhead".to_owned(),
                Some(json!({ "tax_number": null, "logo": null })),
            ),
            "list_prints" => ("/v1/prints".to_owned(), None),
            "decide_print" => (
                format!("/v1/prints/{}/decision", self.print),
                Some(json!({ "decision": "skip" })),
            ),
            "print_sale" => (
                format!("/v1/sales/{}/prints/{new}", self.sale),
                Some(json!({})),
            ),
            "copy_sale" => (
                format!("/v1/sales/{}/copies/{new}", self.sale),
                Some(json!({})),
            ),
            "print_purchase" => (
                format!("/v1/purchases/{}/prints/{new}", self.purchase),
                Some(json!({})),
            ),
            "copy_purchase" => (
                format!("/v1/purchases/{}/copies/{new}", self.purchase),
                Some(json!({})),
            ),
            "print_purchase_void" => (
                format!("/v1/purchase-voids/{}/prints/{new}", self.void),
                Some(json!({})),
            ),
            "copy_purchase_void" => (
                format!("/v1/purchase-voids/{}/copies/{new}", self.void),
                Some(json!({})),
            ),
            "print_x_report" => (
                format!("/v1/shifts/{shift}/x-reports/{new}"),
                Some(json!({})),
            ),
            "print_z_report" => (
                format!("/v1/shifts/{}/z-reports/{new}", self.closed),
                Some(json!({})),
            ),
            "copy_z_report" => (
                format!("/v1/shifts/{}/z-report-copies/{new}", self.closed),
                Some(json!({})),
            ),
            "print_label" => (
                format!(
                    "/v1/variants/{}/labels/{new}",
                    testkit::variant_id("COLA").as_uuid()
                ),
                Some(json!({ "label": "item" })),
            ),
            _ => return None,
        };
        Some((path, body))
    }
}
