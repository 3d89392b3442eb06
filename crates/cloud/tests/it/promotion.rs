//! Promotions in the office: composed, started, stopped, and told to the shops byte for byte.
use jiff::SignedDuration;
use reqwest::Method;
use retail::promotion::Promotion;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::reference::PromotionState;

use crate::browser::{ADMIN, ANN, Browser, Office, code};
use crate::world::id;

mod applied;
mod sets;

/// A draft: so many basis points off everything.
pub fn percent(name: &str, off: i64) -> Value {
    json!({ "name": name, "effects": [{ "percent": { "off": off } }] })
}

fn path(promotion: Uuid) -> String {
    format!("/v1/promotions/{promotion}")
}

async fn put(browser: &Browser, promotion: Uuid, seen: Option<i64>, draft: Value) -> (u16, Value) {
    let body = json!({ "expected_version": seen, "draft": draft });
    browser.put(&path(promotion), body).await
}

async fn start(browser: &Browser, promotion: Uuid, version: i64) -> (u16, Value) {
    let path = format!("{}/start", path(promotion));
    browser
        .post(&path, Some(json!({ "version": version })))
        .await
}

async fn stop(browser: &Browser, promotion: Uuid, reason: &str) -> (u16, Value) {
    let path = format!("{}/stop", path(promotion));
    browser.post(&path, Some(json!({ "reason": reason }))).await
}

/// What the shops are told; none: nothing.
async fn told(office: &Office, promotion: Uuid) -> Option<PromotionState> {
    let statement = format!(
        "select coalesce(max(state::text), '') from reference_entity where feed = 'promotion' and entity = '{promotion}'"
    );
    let state = office.world.text(&statement).await;
    (!state.is_empty()).then(|| serde_json::from_str(&state).unwrap())
}

/// The first field that a refusal names.
fn field(answer: &(u16, Value)) -> &str {
    answer.1["errors"][0]["field"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_promotion_is_composed_started_changed_and_stopped() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let promotion = id(96, 1);
    let made = put(&admin, promotion, None, percent("Summer", 500)).await;
    assert_eq!(made, (200, json!({ "id": promotion, "version": 1 })));
    let again = put(&admin, promotion, None, percent("Summer", 500)).await;
    assert_eq!(again, made, "the same again");
    assert_eq!(
        told(&office, promotion).await,
        None,
        "saving starts nothing"
    );

    let started = start(&admin, promotion, 1).await;
    assert_eq!(
        started,
        (
            200,
            json!({ "id": promotion, "version": 1, "running_version": 1, "state": "running" })
        )
    );
    let state = told(&office, promotion).await.unwrap();
    assert!(state.running);
    let kept = office
        .world
        .text("select document from promotion_version")
        .await;
    assert_eq!(state.document, kept, "byte for byte");
    let read: Promotion = serde_json::from_str(&state.document).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), kept);
    let hashed = "select count(*) from promotion_version where sha256 = sha256(document::bytea)";
    assert_eq!(office.world.number(hashed).await, 1);

    let changed = put(&admin, promotion, Some(1), percent("Summer", 700)).await;
    assert_eq!(changed.1["version"], 2);
    let running = told(&office, promotion).await.unwrap();
    assert_eq!(running, state, "what runs goes on as it was started");
    let page = admin.read(&path(promotion)).await;
    assert_eq!(
        (&page["version"], &page["running_version"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(page["draft"], percent_in_full("Summer", 700));
    let first = admin.read(&format!("{}/versions/1", path(promotion))).await;
    assert_eq!(first["draft"], percent_in_full("Summer", 500));

    start(&admin, promotion, 2).await;
    assert_eq!(told(&office, promotion).await.unwrap().version, 2);
    let stopped = stop(&admin, promotion, "sold out").await;
    assert_eq!(stopped.1["state"], "stopped");
    let state = told(&office, promotion).await.unwrap();
    assert!(!state.running && state.version == 2);
    assert_eq!(stop(&admin, promotion, "once more").await, stopped);
    let page = admin.read(&path(promotion)).await;
    assert_eq!(page["stop_reason"], "sold out", "the first reason stays");
    let runs = "select string_agg(act || version, ' ' order by id) from promotion_run";
    assert_eq!(office.world.text(runs).await, "start1 start2 stop2");
}

/// A draft as it is kept.
fn percent_in_full(name: &str, off: i64) -> Value {
    json!({ "name": name, "combination": { "mode": "compounding" },
        "effects": [{ "percent": { "off": off, "of": "remaining", "target": { "of": "all", "pick": "best" } } }] })
}

#[tokio::test]
async fn two_people_at_one_promotion_do_not_undo_each_other() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let promotion = id(96, 1);
    put(&admin, promotion, None, percent("Summer", 500)).await;
    put(&admin, promotion, Some(1), percent("Summer", 600)).await;
    let late = put(&admin, promotion, Some(1), percent("Winter", 500)).await;
    assert_eq!(code(&late), (409, "catalog.edited_meanwhile"));
    assert_eq!(late.1["figures"]["by"], "Ada");
    assert_eq!(late.1["figures"]["fields"], "effects");
    assert_eq!(late.1["figures"]["version"], 2);
    let new = put(&admin, promotion, None, percent("Winter", 500)).await;
    assert_eq!(code(&new), (409, "catalog.edited_meanwhile"));
    let nothing = put(&admin, id(96, 9), Some(1), percent("Winter", 500)).await;
    assert_eq!(code(&nothing), (404, "promotion.unknown"));
    let both = tokio::join!(
        put(&admin, id(96, 3), None, percent("One", 100)),
        put(&admin, id(96, 3), None, percent("Other", 100)),
    );
    let mut answers = [both.0.0, both.1.0];
    answers.sort_unstable();
    assert_eq!(answers, [200, 409], "{both:?}");
    let versions = "select count(*) from promotion_version where promotion_id = (select id from promotion order by id desc limit 1)";
    assert_eq!(office.world.number(versions).await, 1);
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_code_and_field() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let promotion = id(96, 1);
    let wrong = put(&admin, promotion, None, percent("Summer", 15_000)).await;
    assert_eq!(code(&wrong), (422, "promotion.invalid"));
    assert_eq!(field(&wrong), "effects[0].off");
    let missing = id(99, 9);
    for (of, kind) in [
        (json!({ "products": [missing] }), "product"),
        (json!({ "variants": [missing] }), "variant"),
        (json!({ "categories": [missing] }), "category"),
    ] {
        let draft = json!({ "name": "x", "effects": [{ "percent": { "off": 500, "target": { "of": of } } }] });
        let unknown = put(&admin, promotion, None, draft).await;
        assert_eq!(code(&unknown), (422, "promotion.unknown_product"));
        assert_eq!(field(&unknown), "effects[0].target.of");
        assert_eq!(unknown.1["figures"], json!({ "kind": kind, "id": missing }));
    }
    let mut draft = percent("x", 500);
    draft["when"] = json!([{ "location": [missing] }]);
    let unknown = put(&admin, promotion, None, draft).await;
    assert_eq!(code(&unknown), (422, "promotion.unknown_location"));
    assert_eq!(field(&unknown), "when[0]");
    let gift =
        json!({ "name": "x", "effects": [{ "gift": { "variant": office.world.variants[1] } }] });
    assert_eq!(put(&admin, promotion, None, gift).await.0, 200);

    assert_eq!(
        code(&start(&admin, id(96, 9), 1).await),
        (404, "promotion.unknown")
    );
    let unknown = start(&admin, promotion, 7).await;
    assert_eq!(code(&unknown), (404, "promotion.unknown_version"));
    assert_eq!(field(&unknown), "version");
    assert_eq!(
        code(&stop(&admin, promotion, "x").await),
        (409, "promotion.not_started")
    );
    start(&admin, promotion, 1).await;
    let reason = stop(&admin, promotion, " ").await;
    assert_eq!(code(&reason), (422, "promotion.reason"));
    let reason = stop(&admin, promotion, &"x".repeat(201)).await;
    assert_eq!(
        (code(&reason), field(&reason)),
        ((422, "promotion.reason"), "reason")
    );
}

#[tokio::test]
async fn selling_below_cost_needs_leave() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let mut draft = percent("Clearance", 5_000);
    draft["combination"] = json!({ "below_cost": true });
    assert_eq!(put(&admin, id(96, 1), None, draft.clone()).await.0, 200);
    office
        .meddle("delete from role_permission where permission = 'promotion.below_cost'")
        .await;
    let refused = put(&admin, id(96, 2), None, draft).await;
    assert_eq!(code(&refused), (403, "permission.denied"));
    assert_eq!(field(&refused), "combination.below_cost");
    assert_eq!(refused.1["figures"]["permission"], "promotion.below_cost");
    // What is given away is below its cost by nature.
    let mut gift = percent("Mug", 5_000);
    gift["effects"] = json!([{ "gift": { "variant": office.world.variants[0] } }]);
    let refused = put(&admin, id(96, 2), None, gift).await;
    assert_eq!(code(&refused), (403, "permission.denied"));
    assert_eq!(field(&refused), "effects");
    let plain = put(&admin, id(96, 2), None, percent("Summer", 500)).await;
    assert_eq!(plain.0, 200);
}

#[tokio::test]
async fn who_reads_does_not_change() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    put(&admin, id(96, 1), None, percent("Summer", 500)).await;
    let ann = office.signed_in(ANN).await;
    assert_eq!(
        code(&ann.get("/v1/promotions").await),
        (403, "permission.denied")
    );
    office
        .meddle(&format!(
            "insert into role_permission (role_id, permission) values ('{}', 'promotion.read')",
            id(6, 10)
        ))
        .await;
    let listed = ann.read("/v1/promotions").await;
    assert_eq!(listed["items"][0]["name"], "Summer");
    let refused = put(&ann, id(96, 1), Some(1), percent("Winter", 500)).await;
    assert_eq!(code(&refused), (403, "permission.denied"));
    assert_eq!(start(&ann, id(96, 1), 1).await.0, 403);
    assert_eq!(stop(&ann, id(96, 1), "x").await.0, 403);
}

#[tokio::test]
async fn a_list_says_what_each_is_now() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    // The morning of 2 March 2026 in New York.
    let drafts = [
        ("Draft", json!([]), false),
        ("Runs", json!([]), true),
        (
            "Waits",
            json!([{ "dates": { "from": "2026-03-03T00:00:00", "until": "2026-03-09T00:00:00" } }]),
            true,
        ),
        (
            "Ends",
            json!([{ "dates": { "until": "2026-03-02T23:00:00" } }]),
            true,
        ),
    ];
    for (number, (name, when, is_started)) in (1..).zip(drafts) {
        let mut draft = percent(name, 500);
        draft["when"] = when;
        draft["labels"] = json!({ "vi": "Giảm giá hè" });
        assert_eq!(put(&admin, id(96, number), None, draft).await.0, 200);
        if is_started {
            assert_eq!(start(&admin, id(96, number), 1).await.0, 200);
        }
        office.world.clock.advance(SignedDuration::from_secs(1));
    }
    office.world.clock.advance(SignedDuration::from_hours(20));
    let listed = admin.read("/v1/promotions").await;
    let states: Vec<String> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            format!(
                "{} {}",
                item["name"].as_str().unwrap(),
                item["state"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        states,
        ["Ends ended", "Waits running", "Runs running", "Draft draft"]
    );
    assert_eq!(listed["items"][1]["starts_at"], "2026-03-03T00:00:00");
    let first = admin.read("/v1/promotions?limit=3").await;
    let next = first["next"].as_str().unwrap();
    let rest = admin
        .read(&format!("/v1/promotions?limit=3&after={next}"))
        .await;
    assert_eq!(rest["items"][0]["name"], "Draft");
    assert_eq!(rest["next"], Value::Null);
    let ended = admin.read("/v1/promotions?state=ended").await;
    assert_eq!(ended["items"].as_array().unwrap().len(), 1);
    let found = admin.read("/v1/promotions?q=giam%20gia&state=draft").await;
    assert_eq!(found["items"][0]["name"], "Draft");
    assert_eq!(
        admin.read("/v1/promotions?q=%3F").await["items"],
        json!([]),
        "a sign finds nothing"
    );
    let over = start(&admin, id(96, 4), 1).await;
    assert_eq!(over.0, 200, "it was started already");
    stop(&admin, id(96, 4), "over").await;
    let over = start(&admin, id(96, 4), 1).await;
    assert_eq!(code(&over), (409, "promotion.ended"));
    assert_eq!(over.1["figures"]["ends_at"], "2026-03-02T23:00:00");
}

#[tokio::test]
async fn every_act_is_in_the_history_and_the_audit() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let promotion = id(96, 1);
    put(&admin, promotion, None, percent("Summer", 500)).await;
    put(&admin, promotion, Some(1), percent("Summer", 600)).await;
    start(&admin, promotion, 2).await;
    stop(&admin, promotion, "sold out").await;
    let history = admin.read(&format!("{}/changes", path(promotion))).await;
    let acts: Vec<&str> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        acts,
        [
            "promotion.stopped",
            "promotion.started",
            "promotion.changed",
            "promotion.created"
        ]
    );
    assert_eq!(history["items"][2]["by"], "Ada");
    assert_eq!(
        history["items"][2]["after"]["effects"][0]["percent"]["off"],
        600
    );
    let reason = "select reason from audit where action = 'promotion.stopped'";
    assert_eq!(office.world.text(reason).await, "sold out");
}

#[tokio::test]
async fn nobody_changes_what_was_said() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    put(&admin, id(96, 1), None, percent("Summer", 500)).await;
    start(&admin, id(96, 1), 1).await;
    let owner = office.world.owner().await;
    for statement in [
        "update promotion_version set document = '{}'",
        "delete from promotion_version",
        "update promotion_run set act = 'stop'",
        "delete from promotion_run",
    ] {
        let refused = owner.batch_execute(statement).await;
        assert!(refused.is_err(), "{statement}");
    }
    let gone = admin.told(Method::DELETE, &path(id(96, 1)), None).await;
    assert_eq!(gone.0, 405, "nothing deletes a promotion");
}
