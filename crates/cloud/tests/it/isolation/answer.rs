//! Somebody who may do everything at branch B and knows every id of branch A gets the answers of somebody who made
//! the ids up: same status, same code, same words.
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::browser::{ADMIN, BOB, Browser, Office};
use crate::order::rights;
use crate::world::id;

/// What can be named of branch A, by the name that paths have for it.
struct Known {
    office: Office,
    ids: Vec<(&'static str, &'static str, Uuid)>,
    seq: i64,
}

impl Known {
    /// A branch A with something of everything, and Bob, who may do everything at branch B.
    async fn of_a() -> Self {
        let office = Office::open().await;
        office
            .meddle(
                "insert into role_permission (role_id, permission)
                 select r.id, p.code from role r, permission p where r.code = 'branch_manager' on conflict do nothing",
            )
            .await;
        let world = &office.world;
        let mut a = world.node(0).await;
        world.node(1).await;
        let sale = a.sell(&[(world.variants[1], 2, 398)]);
        let purchase = a.buy(world.supplier, world.variants[0], 1_000, 100);
        let header = a.header(a.fact(), "sale.closed", 1);
        let seq = a.record(&header, &json!({ "lines": "many" }));
        a.push_from(&world.cloud, 1).await;
        office.apply().await;
        let (place, variant) = (world.locations[0], world.variants[0]);
        rights(world, place, variant, 3).await;
        let admin = office.signed_in(ADMIN).await;
        let order = id(60, 1);
        let body = json!({ "customer": "Kim", "location_id": place,
            "lines": [{ "variant_id": variant, "quantity": 1 }] });
        let path = format!("/v1/orders/{order}");
        assert_eq!(told(&admin, Method::PUT, &path, Some(body)).await.0, 201);
        let (count, case) = (id(61, 1), id(62, 1));
        let path = format!("/v1/locations/{place}/counts/{count}");
        let body = json!({ "lines": [{ "variant_id": variant, "quantity": 5 }] });
        let counted = told(&admin, Method::PUT, &path, Some(body)).await;
        assert!(counted.0 < 300, "{counted:?}");
        office
            .meddle(&format!(
                "insert into stock_case (location_id, id, kind, business_date, variant_id, quantity, at)
                 values ('{place}', '{case}', 'found', '2026-03-02', '{variant}', 1, moment())"
            ))
            .await;
        let ids = vec![
            ("", "location", place),
            ("sales", "id", sale),
            ("purchases", "id", purchase),
            ("orders", "id", order),
            ("nodes", "id", a.id),
            ("nodes", "node", a.id),
            ("held-events", "node", a.id),
            ("stock-cases", "id", case),
            ("counts", "id", count),
            ("grants", "id", count),
        ];
        Self { office, ids, seq }
    }

    /// A path with ids of A, or with others in their place.
    fn path(&self, template: &str, is_known: bool) -> String {
        let mut path = String::new();
        let mut before = "";
        for part in template.split('/').skip(1) {
            path.push('/');
            let Some(name) = part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'))
            else {
                before = part;
                path.push_str(part);
                continue;
            };
            let known = self
                .ids
                .iter()
                .find(|(of, what, _)| *what == name && (of.is_empty() || *of == before));
            path.push_str(&match (name, known) {
                ("date", _) => "2026-03-02".to_owned(),
                ("epoch", _) => "1".to_owned(),
                ("seq", _) => self.seq.to_string(),
                (_, Some((_, _, known))) if is_known => known.to_string(),
                _ => id(98, path.len() as u64).to_string(),
            });
        }
        path
    }
}

/// What operations want to be told.
fn body(operation: &str) -> Value {
    let variant = id(5, 0);
    match operation {
        "claim_order" => json!({ "payment": "pi_1" }),
        "cancel_order" | "fence_node" => json!({ "reason": "because" }),
        "put_count" | "put_grant" => {
            json!({ "lines": [{ "variant_id": variant, "quantity": 1 }] })
        }
        "close_stock_case" => json!({ "note": "seen" }),
        "pick_order" | "hand_over_order" => json!({ "location_id": id(1, 1), "lines": [] }),
        "decide_approval" => json!({ "decision": "approve", "comment": "why not" }),
        _ => json!({}),
    }
}

async fn told(browser: &Browser, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
    let answer = browser.ask(method, path, body).await;
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

/// An answer without the ids that were asked for.
fn without_ids(mut answer: (u16, Value), path: &str) -> (u16, String) {
    if let Some(problem) = answer.1.as_object_mut() {
        problem.remove("request_id");
    }
    let mut text = answer.1.to_string();
    for part in path.split('/').filter(|part| part.len() == 36) {
        text = text.replace(part, "<id>");
    }
    (answer.0, text)
}

#[tokio::test]
async fn whether_a_foreign_row_exists_is_not_told() {
    let known = Known::of_a().await;
    let bob = known.office.signed_in(BOB).await;
    let document = serde_json::to_value(cloud::openapi()).unwrap();
    let before = known.office.world.text(FINGERPRINT).await;
    let (mut asked, mut reached) = (0, 0);
    for (template, operations) in document["paths"].as_object().unwrap() {
        // Signed by nodes, or about oneself.
        if !template.contains('{') || template.contains("{n}") || template.contains("/me/") {
            continue;
        }
        for (method, operation) in operations.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else {
                continue;
            };
            let name = operation["operationId"].as_str().unwrap();
            let mut answers = Vec::new();
            for is_known in [true, false] {
                let path = known.path(template, is_known);
                let answer = told(&bob, method.clone(), &path, Some(body(name))).await;
                answers.push(without_ids(answer, &path));
            }
            assert_eq!(answers[0], answers[1], "{name}: {method} {template}");
            asked += 1;
            reached += u32::from(answers[0].0 == 404);
        }
    }
    assert!(
        asked > 15 && reached > 10,
        "{asked} asked, {reached} unknown"
    );
    let after = known.office.world.text(FINGERPRINT).await;
    assert_eq!(before, after, "something of branch A has changed");
}

/// Everything that operations could have changed of A.
const FINGERPRINT: &str = "select concat_ws(' ',
    (select string_agg(o::text, ' ' order by id) from online_order o),
    (select string_agg(r::text, ' ' order by id) from reservation r),
    (select string_agg(s.status, ' ' order by node_id) from node_stream s),
    (select string_agg(h::text, ' ' order by seq) from held_event h),
    (select string_agg(c::text, ' ' order by id) from stock_case c),
    (select count(*) from office_stock), (select count(*) from node_command), (select count(*) from enrolment_code))";
