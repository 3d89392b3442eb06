//! A request of every operation that is good as such: whoever may do it, succeeds.
use std::collections::HashMap;

use serde_json::{Value, json};

use super::stage::{KIM, REX, Stage, entered, order, person};
use crate::browser::PASSWORD;
use crate::world::{Node, id, sale_body};

/// The hash of a file that is there.
pub const PICTURE: &str = "7777777777777777777777777777777777777777777777777777777777777777";
/// The price list that every company has.
const STANDARD_LIST: &str = "01900000-0000-7000-8000-000000000001";

/// Operations that need neither a query nor a body.
const PLAIN: &[&str] = &[
    "health",
    "ready",
    "list_approvals",
    "list_channels",
    "show_held_event",
    "retry_held_event",
    "list_identity_providers",
    "remove_identity_provider",
    "show_invariants",
    "check_invariants",
    "list_invitations",
    "revoke_invitation",
    "list_jobs",
    "retry_job",
    "follow_live",
    "list_locations",
    "complete_day",
    "show_purchase",
    "show_sale",
    "renew_my_recovery_codes",
    "end_my_other_sessions",
    "list_my_sessions",
    "end_my_session",
    "remove_my_totp",
    "show_my_totp",
    "begin_my_totp",
    "list_nodes",
    "list_node_problems",
    "replace_node",
    "unfreeze_node",
    "wake",
    "show_order",
    "list_permissions",
    "list_regions",
    "list_roles",
    "get_role",
    "sign_out",
    "show_session",
    "list_sign_in_providers",
    "show_shop",
    "show_customer",
    "list_shop_providers",
    "sign_out_customer",
    "end_staff_sessions",
    "list_staff_sessions",
    "remove_staff_totp",
    "get_person",
    "get_effective_permissions",
    "show_stock",
    "list_tokens",
    "revoke_token",
    "remove_region",
    "list_shop_sessions",
    "end_other_shop_sessions",
    "end_shop_session",
    "list_products",
    "add_picture",
    "show_product",
    "list_catalog_changes",
    "list_location_records",
    "list_location_changes",
    "list_pictures",
    "show_picture",
    "list_categories",
    "list_brands",
    "list_taxes",
    "list_suppliers",
    "list_containers",
    "list_price_lists",
    "list_prices",
    "list_imports",
    "cancel_import",
    "show_import",
    "list_import_errors",
    "get_import_errors",
    "list_cash_movements",
    "show_z_report",
    "show_patron",
    "list_promotions",
    "show_promotion",
    "show_promotion_version",
    "list_promotion_changes",
    "show_promotion_result",
    "show_promotion_preview",
    "list_vouchers",
];

/// What is asked.
pub struct Ask {
    pub path: String,
    pub body: Option<Vec<u8>>,
    /// A cookie besides the one of who asks.
    pub cookie: Option<String>,
    /// It wants a WebSocket.
    pub upgrades: bool,
}

/// Answers of operations so far, by name: some need what another has made.
pub type Answers = HashMap<String, Value>;

/// The request of an operation; none: nobody has written one.
pub fn of(stage: &Stage, name: &str, template: &str, answers: &Answers) -> Option<Ask> {
    let (query, body) = content(stage, name, answers)?;
    let mut path = String::new();
    for part in template.split('/').skip(1) {
        path.push('/');
        let given = part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'));
        match given {
            None => path.push_str(part),
            Some(given) => path.push_str(&parameter(stage, name, given, answers)),
        }
    }
    if !query.is_empty() {
        path = format!("{path}?{query}");
    }
    Some(Ask {
        path,
        body: file(name).or_else(|| body.map(|body| body.to_string().into_bytes())),
        cookie: (name == "give_second_factor").then(|| stage.challenge.clone()),
        upgrades: ["follow_live", "wake"].contains(&name),
    })
}

/// Whose key signs what is asked of a node.
pub fn node<'a>(stage: &'a Stage, name: &str) -> &'a Node {
    match name {
        "salvage_records" | "replace_node" => &stage.lost,
        "unfreeze_node" => &stage.frozen,
        _ => &stage.a,
    }
}

/// A file that is sent as it is.
fn file(name: &str) -> Option<Vec<u8>> {
    (name == "add_picture").then(|| {
        let mut file = Vec::new();
        let grey = jpeg_encoder::ColorType::Luma;
        let encoder = jpeg_encoder::Encoder::new(&mut file, 50);
        encoder.encode(&[0; 64], 8, 8, grey).expect("64 pixels");
        file
    })
}

fn made(answers: &Answers, name: &str) -> Option<String> {
    Some(answers.get(name)?["id"].as_str()?.to_owned())
}

fn parameter(stage: &Stage, name: &str, parameter: &str, answers: &Answers) -> String {
    let known = |name| stage.known(name).to_owned();
    match (name, parameter) {
        ("complete_day", "location") => id(1, 7).to_string(),
        (_, "location") => id(1, 0).to_string(),
        ("complete_day", "date") => "2026-03-01".to_owned(),
        (_, "business_date") => "2026-03-02".to_owned(),
        (_, "epoch") => "1".to_owned(),
        ("retry_held_event", "seq") => known("retried"),
        ("retry_node_problem" | "show_held_event", "seq") => known("problem"),
        (_, "seq") => known("corrected"),
        (_, "node") => node(stage, name).id.to_string(),
        (_, "approval") => known("approval"),
        (_, "hash") => PICTURE.to_owned(),
        ("put_product", "product") => id(70, 3).to_string(),
        (_, "product") => stage.world().variants[1].to_string(),
        ("show_import" | "list_import_errors" | "get_import_errors", _) => id(70, 5).to_string(),
        (_, "import") => id(70, 4).to_string(),
        ("put_location", "record") => id(70, 9).to_string(),
        (_, "record") => id(1, 0).to_string(),
        (_, "place") => "0".to_owned(),
        (_, "kind") => "products".to_owned(),
        ("put_prices", "price_list") => STANDARD_LIST.to_owned(),
        ("put_supplier", "supplier")
        | (_, "category" | "brand" | "tax" | "price_list" | "container") => id(70, 1).to_string(),
        (_, "supplier") => stage.world().supplier.to_string(),
        ("put_supplier_document" | "reverse_supplier_document", "id") => id(71, 1).to_string(),
        (_, "subject" | "variant") => stage.world().variants[1].to_string(),
        ("end_shop_session", "id") => {
            let listed = answers.get("list_shop_sessions");
            let own = listed.and_then(|listed| listed["items"][0]["id"].as_str());
            own.map_or_else(|| id(90, 1).to_string(), str::to_owned)
        }
        ("put_promotion", _) => id(96, 2).to_string(),
        ("put_promotion_preview", _) => id(96, 5).to_string(),
        (_, "preview") => id(96, 4).to_string(),
        (_, "voucher") => stage.known("voucher").to_owned(),
        (_, "promotion") => id(96, 1).to_string(),
        (_, "version") => "1".to_owned(),
        ("put_patron", _) => id(95, 3).to_string(),
        ("erase_patron", _) => id(95, 2).to_string(),
        (_, "patron") => id(95, 1).to_string(),
        ("remove_region", "region") => id(30, 2).to_string(),
        (_, "region") => id(30, 1).to_string(),
        (_, "role") => id(6, 13).to_string(),
        (_, "shift") => stage.a.shift.to_string(),
        (_, "grant") => id(64, 1).to_string(),
        ("sign_in_by_provider" | "return_from_provider", "provider") => "work".to_owned(),
        (_, "provider") => "club".to_owned(),
        (_, "staff") => person(KIM).to_string(),
        ("list_staff_sessions" | "end_staff_sessions" | "remove_staff_totp", "id") => {
            person(KIM).to_string()
        }
        ("put_identity_provider" | "remove_identity_provider", "id") => id(63, 3).to_string(),
        ("revoke_invitation", _) => made(answers, "invite").unwrap_or_else(|| known("invitation")),
        ("revoke_token", _) => made(answers, "add_token").unwrap_or_else(|| known("token")),
        ("end_my_session", _) => other_session(answers),
        ("retry_job", _) => known("job"),
        ("show_sale", _) => known("sale"),
        ("show_purchase", _) => known("purchase"),
        ("close_stock_case", _) => known("case"),
        ("show_order", _) => order(1).to_string(),
        ("claim_order", _) => order(2).to_string(),
        ("cancel_order", _) => order(3).to_string(),
        ("pick_order", _) => order(4).to_string(),
        ("hand_over_order", _) => order(5).to_string(),
        ("put_grant", _) => id(67, 1).to_string(),
        _ => id(65, 1).to_string(),
    }
}

/// The session at the other browser.
fn other_session(answers: &Answers) -> String {
    let sessions = answers
        .get("list_my_sessions")
        .and_then(|list| list["items"].as_array());
    let other = sessions
        .into_iter()
        .flatten()
        .find(|session| session["current"] == false);
    let other = other.and_then(|session| session["id"].as_str());
    other.map_or_else(|| id(65, 1).to_string(), str::to_owned)
}

/// The query and the body; none: nobody has written it.
fn content(stage: &Stage, name: &str, answers: &Answers) -> Option<(String, Option<Value>)> {
    let query = |query: String| Some((query, None));
    if let Some(body) = body(stage, name, answers) {
        return Some((String::new(), Some(body)));
    }
    let place = id(1, 0);
    match name {
        "list_sales"
        | "list_returns"
        | "list_purchases"
        | "list_orders"
        | "list_stock"
        | "list_stock_cases"
        | "list_stock_changes"
        | "list_held_events"
        | "show_overview"
        | "show_completeness"
        | "list_drawers"
        | "list_z_reports"
        | "list_supplier_accounts"
        | "show_supplier_account"
        | "list_supplier_entries"
        | "show_stock_case_patterns" => query(format!("location={place}")),
        "list_people" | "list_audit" => query(format!("location_id={place}")),
        "list_node_commands" => query("epoch=1&incarnation=1&after=0".to_owned()),
        "list_node_records" => query("epoch=1&from=1&limit=9".to_owned()),
        "pull" => query("feed=staff".to_owned()),
        "retry_node_problem" => query("epoch=1".to_owned()),
        "sign_in_by_provider" => query("return_to=/office".to_owned()),
        "sign_in_customer_by_provider" => query("return_to=/shop".to_owned()),
        "return_from_provider" | "return_customer_from_provider" => {
            query("state=forged&code=forged".to_owned())
        }
        "end_staff_grant" => query("reason=left".to_owned()),
        "export_catalog" => query(String::new()),
        _ if PLAIN.contains(&name) => query(String::new()),
        _ => None,
    }
}

fn body(stage: &Stage, name: &str, answers: &Answers) -> Option<Value> {
    let place = id(1, 0);
    let lines = json!([{ "variant_id": stage.world().variants[1], "quantity": 1 }]);
    Some(match name {
        "decide_approval" => json!({ "decision": "reject", "comment": "no" }),
        "add_channel" => json!({ "name": "Marketplace" }),
        "issue_enrolment_code" => json!({ "location_id": id(1, 10) }),
        "retry_held_events" => json!({ "location_id": place }),
        "correct_held_event" => correction(stage),
        "put_identity_provider" => entered(&stage.provider, "third", "staff"),
        "invite" => json!({ "email": "lan2@example.org",
            "grants": [{ "role": id(6, 0), "location": place }] }),
        "put_count" | "put_grant" => json!({ "lines": lines }),
        "close_stock_case" => json!({ "note": "seen" }),
        "quote_cart" => json!({ "location_id": place, "lines": lines }),
        "put_order" => json!({ "customer": "Kim", "location_id": place, "lines": lines }),
        "claim_order" => json!({ "payment": "pi_9" }),
        "cancel_order" => json!({ "reason": "changed my mind" }),
        "pick_order" => json!({ "location_id": id(1, 7),
            "lines": [{ "reservation_id": stage.known("reservation 4"), "picked": 1 }] }),
        "hand_over_order" => json!({ "location_id": id(1, 7) }),
        "put_supplier_document" => json!({ "location_id": place, "kind": "payment",
            "business_date": "2026-03-01", "amount_minor": 500, "method": "cash" }),
        "reverse_supplier_document" => json!({ "location_id": place, "reason": "twice" }),
        "fence_node" => json!({ "reason": "stolen" }),
        "put_region" => json!({ "code": "N", "name": "North", "location_ids": [place] }),
        "put_role" => json!({ "code": "spare", "name": "Spare",
            "permissions": [{ "code": "sale.read" }], "reason": "a name" }),
        "put_person" => json!({ "name": "Kim", "email": KIM }),
        "set_activity" => json!({ "active": false, "reason": "left" }),
        "put_staff_grant" => json!({ "role_id": id(6, 0), "location_id": id(1, 7) }),
        "set_pin" => json!({ "pin": "4826" }),
        "add_token" => json!({ "name": "Export", "scopes": ["sale.create"] }),
        "change_my_password" => json!({ "current": PASSWORD, "new": "another good password" }),
        _ => {
            return entering(stage, name, answers)
                .or_else(|| signed(stage, name))
                .or_else(|| catalog(stage, name));
        }
    })
}

/// What is said of the catalogue; it belongs to nobody.
fn catalog(stage: &Stage, name: &str) -> Option<Value> {
    Some(match name {
        "put_product" => json!({ "name": "Tea", "variants": [
            { "id": id(70, 2), "sku": "TEA-1", "unit": "piece", "active": true }] }),
        "make_matrix" => {
            json!({ "sku": "T-{1}", "options": [{ "name": "Size", "choices": ["S", "M"] }] })
        }
        "find_variants" => json!({ "codes": ["TEA-1"] }),
        "put_pictures" => json!({ "items": [] }),
        "put_category" => json!({ "name": "Tea" }),
        "put_brand" => json!({ "name": "Leaf" }),
        "begin_import" => json!({ "kind": "products", "file_name": "goods.csv" }),
        "put_import_part" => json!("sku"),
        "start_import" => json!({ "is_dry": true }),
        "put_location" => json!({ "code": "NEW", "name": "New shop", "kind": "shop",
            "time_zone": "America/New_York", "registers": [{ "id": id(70, 10), "prefix": "NEW1", "name": "Till 1", "active": true }] }),
        "put_promotion" => json!({ "draft": crate::promotion::percent("Tea week", 1_000) }),
        "start_promotion" => json!({ "version": 1 }),
        "stop_promotion" => json!({ "reason": "sold out" }),
        "try_promotion" => {
            json!({ "only": false, "location_id": id(1, 0), "local": "2026-03-02T12:00:00", "channel": "till",
            "lines": [{ "variant_id": stage.world().variants[1], "quantity": 1 }] })
        }
        "list_promotion_conflicts" | "list_promotion_warnings" => {
            json!({ "draft": crate::promotion::percent("Tea week", 1_000) })
        }
        "put_promotion_preview" => json!({ "draft": crate::promotion::percent("Tea week", 1_000),
            "from": "2026-03-01", "until": "2026-03-31", "location_id": id(1, 0) }),
        "make_vouchers" => json!({ "id": id(96, 7), "count": 1, "uses_each": 1 }),
        "stop_voucher" => json!({ "reason": "lost" }),
        "put_tax" => json!({ "name": "Reduced", "rate_bps": 500 }),
        "put_supplier" => json!({ "name": "Leaf & Co", "code": "LEAF", "active": true }),
        "put_container" => {
            json!({ "name": "Crate", "code": "CRATE", "tare": 1_800, "active": true })
        }
        "put_price_list" => {
            json!({ "code": "tet", "name": "Tết", "tax_included": true, "priority": 9 })
        }
        "put_prices" => json!({ "prices": [
            { "variant_id": stage.world().variants[1], "amount": "2.49", "per_quantity": 1 }] }),
        _ => return None,
    })
}

/// What is said to come in.
fn entering(stage: &Stage, name: &str, answers: &Answers) -> Option<Value> {
    Some(match name {
        "sign_in" => json!({ "email": REX, "password": PASSWORD }),
        "give_second_factor" => json!({ "code": stage.app.code(stage.office()) }),
        "confirm_my_totp" => {
            let begun = answers.get("begin_my_totp");
            let begun = begun.filter(|begun| begun["secret"].is_string());
            let app = begun.map(crate::factor::App::of);
            let app = app.as_ref().unwrap_or(&stage.app);
            json!({ "code": app.code(stage.office()) })
        }
        "give_my_second_factor" => {
            let confirmed = answers.get("confirm_my_totp");
            let code = confirmed.map_or("none", |made| made["codes"][0].as_str().unwrap_or("none"));
            json!({ "code": code })
        }
        "send_shop_link" => json!({ "email": "new@example.net" }),
        "sign_in_customer" => json!({ "token": stage.known("customer") }),
        "accept_invitation" => json!({ "token": stage.known("accept"), "name": "Lan",
            "password": "a good password" }),
        "enrol" => {
            let key = ed25519_dalek::SigningKey::from_bytes(&[99; 32]);
            json!({ "code": stage.known("code"), "fingerprint": "test", "version": "0.1.0",
                "public_key": wire::signature::public_key_text(&key.verifying_key()) })
        }
        _ => return None,
    })
}

/// What nodes say.
fn signed(stage: &Stage, name: &str) -> Option<Value> {
    let variant = stage.world().variants[1];
    Some(match name {
        "push" => {
            let next = i64::try_from(stage.a.log.len()).expect("few") + 1;
            let mut heartbeat = stage.a.batch(next, 0);
            heartbeat.incarnation = 1;
            serde_json::to_value(heartbeat).expect("JSON")
        }
        "take_patrons" => json!({ "letters": [] }),
        "search_patrons" => json!({ "q": "lan" }),
        "put_patron" => {
            json!({ "name": "Lan", "phone": "+84901234567", "email": null, "marketing": null })
        }
        "erase_patron" => json!({ "reason": "by letter" }),
        "borrow_rights" => json!({ "id": id(66, 1), "epoch": 1, "r_cursor": 0,
            "lines": [{ "variant": variant, "quantity": 1 }] }),
        "resolve_voucher" => json!({ "code": stage.known("voucher code") }),
        "salvage_records" => {
            json!({ "epoch": 1, "first_seq": 1, "events": stage.lost.log })
        }
        _ => return None,
    })
}

fn correction(stage: &Stage) -> Value {
    let seq: i64 = stage.known("corrected").parse().expect("a number");
    // As the till's shift of that event was.
    let lines = [(stage.world().variants[1], 1, 199)];
    let body = sale_body(id(7, 71), seq, &lines);
    let body = serde_json::to_string(&body).expect("JSON");
    json!({ "id": id(80, 1), "body": body, "reason": "the till wrote nonsense" })
}
