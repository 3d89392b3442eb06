//! A draft before it runs: on a scratch basket, beside others, and on past sales.
use std::time::Duration;

use cloud::job::{self, Kind, NewJob};
use cloud::sync::apply_all;
use cloud::{Actor, summary};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::browser::{ADMIN, ANN, BOB, Browser, Office, code};
use crate::promotion::percent;
use crate::world::{Node, World, id};

/// Lets branch managers see promotions.
async fn let_managers_read(office: &Office) {
    office
        .meddle(&format!(
            "insert into role_permission (role_id, permission) values ('{}', 'promotion.read')",
            id(6, 10)
        ))
        .await;
}

async fn start(admin: &Browser, promotion: u64, draft: Value) {
    let path = format!("/v1/promotions/{}", id(96, promotion));
    let saved = admin.put(&path, json!({ "draft": draft })).await;
    assert_eq!(saved.0, 200, "{saved:?}");
    let started = admin
        .post(&format!("{path}/start"), Some(json!({ "version": 1 })))
        .await;
    assert_eq!(started.0, 200, "{started:?}");
}

/// Two of the first goods in pieces, one of the second, at 1.99 each.
fn scratch(office: &Office, more: Value) -> Value {
    let variants = &office.world.variants;
    let mut body = json!({
        "only": false, "location_id": office.world.locations[0], "local": "2026-03-07T18:30:00", "channel": "till",
        "lines": [{ "variant_id": variants[1], "quantity": 2 }, { "variant_id": variants[2], "quantity": 1 }],
    });
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

async fn tried(browser: &Browser, body: Value) -> (u16, Value) {
    browser.post("/v1/promotions/try", Some(body)).await
}

#[tokio::test]
async fn a_scratch_basket_says_what_it_costs_and_why() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    start(&admin, 1, percent("Summer", 1_000)).await;
    let (status, plain) = tried(&admin, scratch(&office, json!({}))).await;
    assert_eq!(status, 200, "{plain}");
    // 3 x 1.99 = 5.97, of which each line gives 10 % for itself: 0.40 and 0.20.
    assert_eq!(
        (&plain["subtotal_minor"], &plain["total_minor"]),
        (&json!(597), &json!(537))
    );
    assert_eq!(plain["reasons"]["promotions"][0]["name"], "Summer");
    assert_eq!(plain["lines"][0]["discount_minor"], 40);

    let three = json!({ "name": "3 for 2", "effects": [{ "bundle": {
        "parts": [{ "of": { "variants": [office.world.variants[1]] }, "count": 3 }],
        "reward": { "on": { "cheapest": 1 }, "off": { "percent": 10_000 } } } }] });
    let near = tried(
        &admin,
        scratch(&office, json!({ "draft": three, "only": true })),
    )
    .await
    .1;
    assert_eq!(near["total_minor"], 597);
    assert_eq!(
        near["reasons"]["near"],
        json!([{ "promotion": 0, "kind": "part", "part": 0, "units": 1 }])
    );

    let gift = json!({ "name": "A gift", "when": ["member"], "limits": { "uses": 5 },
        "effects": [{ "gift": { "variant": office.world.variants[4] } }] });
    let members = json!({ "draft": gift, "only": true, "patron": { "known": true } });
    let given = tried(&admin, scratch(&office, members)).await.1;
    assert_eq!(
        (
            &given["lines"][2]["is_gift"],
            &given["lines"][2]["total_minor"]
        ),
        (&json!(true), &json!(0))
    );
    let strangers = json!({ "draft": gift, "only": true });
    let lines = tried(&admin, scratch(&office, strangers)).await.1["lines"].clone();
    assert_eq!(lines.as_array().unwrap().len(), 2);

    let mut letters = percent("Letters", 5_000);
    letters["when"] = json!(["voucher"]);
    let with = json!({ "draft": letters, "only": true, "vouchers": true });
    assert_eq!(
        tried(&admin, scratch(&office, with)).await.1["discount_minor"],
        299
    );
    // A promotion's own newest version takes the place of the one that runs.
    let own = json!({ "promotion_id": id(96, 1), "draft": percent("Summer", 2_000) });
    assert_eq!(
        tried(&admin, scratch(&office, own)).await.1["reasons"]["promotions"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn what_cannot_be_tried_is_refused() {
    let office = Office::open().await;
    let_managers_read(&office).await;
    let admin = office.signed_in(ADMIN).await;
    for (more, status, expected) in [
        (json!({ "lines": [] }), 422, "order.no_lines"),
        (
            json!({ "lines": [{ "variant_id": Uuid::nil(), "quantity": 1 }] }),
            422,
            "order.variant_unknown",
        ),
        (
            json!({ "lines": [{ "variant_id": office.world.variants[1], "quantity": 0 }] }),
            422,
            "order.quantity",
        ),
        (json!({ "tenders": ["shells"] }), 422, "promotion.tender"),
        (
            json!({ "draft": percent("Too much", 15_000) }),
            422,
            "promotion.invalid",
        ),
        (
            json!({ "promotion_id": id(96, 9) }),
            404,
            "promotion.unknown",
        ),
        (json!({ "location_id": id(1, 99) }), 404, "location.unknown"),
    ] {
        let refused = tried(&admin, scratch(&office, more.clone())).await;
        assert_eq!(code(&refused), (status, expected), "{more}");
    }
    let bob = office.signed_in(BOB).await;
    let foreign = tried(&bob, scratch(&office, json!({}))).await;
    assert_eq!(code(&foreign), (404, "location.unknown"));
}

#[tokio::test]
async fn a_draft_is_told_whom_it_meets() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let variants = &office.world.variants;
    let about = |name: &str, place: usize| {
        json!({ "name": name, "effects": [{ "percent": { "off": 500,
        "target": { "of": { "variants": [variants[place]] } } } }] })
    };
    start(&admin, 1, about("First goods", 1)).await;
    start(&admin, 2, about("Second goods", 2)).await;
    let mut alone = percent("Alone", 300);
    alone["combination"] = json!({ "mode": "exclusive", "priority": 5 });
    alone["when"] = json!([{ "dates": { "from": "2026-04-01T00:00:00" } }]);
    start(&admin, 3, alone).await;
    let mut night = percent("Night", 300);
    night["when"] = json!([{ "hours": { "from": "22:00:00", "until": "05:00:00" } }]);
    start(&admin, 4, night).await;

    let mut draft = json!({ "name": "New", "effects": [{ "percent": { "off": 500,
        "target": { "of": { "products": [variants[1]] } } } }] });
    draft["when"] = json!([{ "hours": { "from": "08:00:00", "until": "12:00:00" } }]);
    let ask = async |body: Value| admin.post("/v1/promotions/conflicts", Some(body)).await;
    let (status, found) = ask(json!({ "draft": draft })).await;
    assert_eq!(status, 200, "{found}");
    let told: Vec<(&str, &str, &str)> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |field: &str| one[field].as_str().unwrap();
            (text("name"), text("kind"), text("decided_by"))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("First goods", "stacks", "both"),
            ("Alone", "exclusive", "priority")
        ]
    );
    assert_eq!(
        found[0]["shared"]["variants_sample"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(found[1]["shared"]["from"], "2026-04-01T00:00:00");
    let itself = ask(json!({ "draft": draft, "promotion_id": id(96, 1) }))
        .await
        .1;
    assert_eq!(itself.as_array().unwrap().len(), 1, "{itself}");
    let wrong = ask(json!({ "draft": percent("Too much", 15_000) })).await;
    assert_eq!(code(&wrong), (422, "promotion.invalid"));
}

/// A preview that has ended; the server's own worker may be the one who ends it.
async fn ended(office: &Office, who: &Browser, path: &str) -> Value {
    for _ in 0..600 {
        job::round(&office.world.cloud).await.unwrap();
        let preview = who.read(path).await;
        if preview["state"] != "running" {
            return preview;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{path} runs still");
}

/// Two sales at the first branch, one at the second; the first one's node.
async fn sold(office: &Office) -> Node {
    let (mut a, mut b) = (office.world.node(0).await, office.world.node(1).await);
    let variants = &office.world.variants;
    a.sell(&[(variants[1], 2, 398)]);
    a.sell(&[(variants[1], 1, 199), (variants[2], 1, 199)]);
    b.sell(&[(variants[1], 1, 199)]);
    for node in [&a, &b] {
        node.push_from(&office.world.cloud, 1).await;
    }
    office.apply().await;
    a
}

/// What a preview says, as numbers.
fn figures(preview: &Value) -> [i64; 5] {
    [
        "receipts_seen",
        "touched",
        "before_minor",
        "gave_minor",
        "units",
    ]
    .map(|name| preview[name].as_i64().unwrap())
}

fn preview(location: Option<Uuid>) -> Value {
    json!({ "draft": percent("Half", 5_000), "from": "2026-03-01", "until": "2026-03-31", "location_id": location })
}

#[tokio::test]
async fn past_sales_say_what_a_draft_would_have_done() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let mut a = sold(&office).await;
    let path = format!("/v1/promotion-previews/{}", id(98, 1));
    let begun = admin.put(&path, preview(None)).await;
    assert_eq!(
        (begun.0, &begun.1["receipts_total"]),
        (202, &json!(3)),
        "{begun:?}"
    );
    let done = ended(&office, &admin, &path).await;
    assert_eq!(done["state"], "done", "{done}");
    // Half of 3.98, of 1.99 twice, and of 1.99.
    assert_eq!(figures(&done), [3, 3, 995, 499, 5]);
    assert_eq!(done["by_day"].as_array().unwrap().len(), 1);
    assert_eq!(
        (
            &done["by_day"][0]["touched"],
            &done["by_day"][0]["gave_minor"]
        ),
        (&json!(3), &json!(499))
    );
    assert_eq!(done["examples"][0]["gave_minor"], 200);

    // Once done it is what it is.
    a.sell(&[(office.world.variants[1], 2, 398)]);
    a.push_from(&office.world.cloud, 3).await;
    office.apply().await;
    assert_eq!(admin.put(&path, preview(None)).await.1, done);
    assert_eq!(ended(&office, &admin, &path).await, done);
    let other = admin
        .put(&path, preview(Some(office.world.locations[0])))
        .await;
    assert_eq!(code(&other), (409, "preview.id_reused"));
}

#[tokio::test]
async fn nobody_previews_what_they_do_not_see() {
    let office = Office::open().await;
    let_managers_read(&office).await;
    let admin = office.signed_in(ADMIN).await;
    sold(&office).await;
    let path = format!("/v1/promotion-previews/{}", id(98, 1));
    assert_eq!(admin.put(&path, preview(None)).await.0, 202);
    ended(&office, &admin, &path).await;
    let (ann, bob) = (office.signed_in(ANN).await, office.signed_in(BOB).await);
    assert_eq!(code(&ann.get(&path).await), (404, "preview.unknown"));
    let path = format!("/v1/promotion-previews/{}", id(98, 2));
    assert_eq!(bob.put(&path, preview(None)).await.0, 202);
    assert_eq!(
        figures(&ended(&office, &bob, &path).await),
        [1, 1, 199, 100, 1]
    );
    assert_eq!(code(&ann.get(&path).await), (404, "preview.unknown"));
    let foreign = ann
        .put(
            &format!("{path}0"),
            preview(Some(office.world.locations[1])),
        )
        .await;
    assert_eq!(foreign.0, 422, "no id");
    let path = format!("/v1/promotion-previews/{}", id(98, 3));
    let foreign = ann
        .put(&path, preview(Some(office.world.locations[1])))
        .await;
    assert_eq!(code(&foreign), (404, "location.unknown"));
}

#[tokio::test]
async fn a_preview_keeps_to_limits_and_to_what_runs() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let mut a = office.world.node(0).await;
    let variants = office.world.variants.clone();
    for _ in 0..4 {
        a.sell(&[(variants[1], 2, 398)]);
    }
    a.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    start(&admin, 1, percent("Runs", 1_000)).await;
    let mut draft = percent("Twice", 5_000);
    draft["limits"] = json!({ "uses": 2 });
    let path = format!("/v1/promotion-previews/{}", id(98, 1));
    let body = json!({ "draft": draft, "from": "2026-03-01", "until": "2026-03-31" });
    assert_eq!(admin.put(&path, body).await.0, 202);
    let done = ended(&office, &admin, &path).await;
    // Each costs 3.58 by what runs; two of them half of that.
    assert_eq!(
        (&done["touched"], &done["before_minor"]),
        (&json!(2), &json!(4 * 358)),
        "{done}"
    );
    assert_eq!(done["gave_minor"], 2 * 179);

    for (from, until) in [("2026-03-02", "2026-03-01"), ("2024-01-01", "2026-03-01")] {
        let body = json!({ "draft": percent("Half", 5_000), "from": from, "until": until });
        let path = format!("/v1/promotion-previews/{}", id(98, 2));
        assert_eq!(code(&admin.put(&path, body).await), (422, "preview.days"));
    }
}

/// A preview of this many days before the end of March 2026, and its job, where no server works beside the test.
async fn begun(world: &World, days: i32) -> Uuid {
    let preview = id(98, 1);
    let mut document = percent("Half", 5_000);
    document["format"] = json!(retail::promotion::FORMAT);
    document["id"] = json!(id(96, 1));
    document["version"] = json!(1);
    world
        .meddle(&format!(
            "insert into promotion_preview (id, request_hash, document, others, locations, from_date, until_date, state,
                                            at_date, at_location, at_sale, total, begun_at, made_by)
             select '{preview}', sha256('x'), '{document}', '[]', array['{}'::uuid], given.first, '2026-03-31', 'running',
                    given.first, '{nil}', '{nil}', 1, '2026-03-31', '{}'
               from (select date '2026-03-31' - {days} as first) given",
            world.locations[0],
            world.cashier,
            nil = Uuid::nil(),
        ))
        .await;
    let job = NewJob {
        kind: Kind::PromotionPreview,
        payload: json!({ "preview": preview }),
        dedupe_key: Some(format!("preview:{preview}")),
        run_at: world.cloud.security_now(),
    };
    let enqueued = world
        .cloud
        .tx("enqueue", Actor::Service("test"), async |tx| {
            job::enqueue(tx, &job).await
        })
        .await;
    assert!(enqueued.unwrap());
    preview
}

#[tokio::test]
async fn other_jobs_have_their_turn_while_a_long_preview_goes_on() {
    let world = World::new().await;
    while job::round(&world.cloud).await.unwrap() {}
    let mut node = world.node(0).await;
    node.sell(&[(world.variants[1], 2, 398)]);
    node.push_from(&world.cloud, 1).await;
    apply_all(&world.cloud).await.unwrap();
    begun(&world, 365).await;
    let state = "select concat_ws(' ', state, seen, at_date > from_date) from promotion_preview";
    job::round(&world.cloud).await.unwrap();
    assert_eq!(world.text(state).await, "running 0 t");
    let waits = "select count(*) from job
                  where kind = 'promotion.preview' and locked_until is null and attempts = 0 and dedupe_key is not null";
    assert_eq!(world.number(waits).await, 1, "its turn comes again");
    // What came meanwhile is older than its next turn, and comes before it, whatever its number is.
    world
        .meddle("insert into job (kind, payload, run_at, created_at) select 'no.such', '{}', 'epoch', 'epoch' from generate_series(1, 4)")
        .await;
    job::round(&world.cloud).await.unwrap();
    let tried = "select count(*) from job where kind = 'no.such' and attempts = 1";
    assert_eq!(world.number(tried).await, 4);
    assert_eq!(world.number(waits).await, 1);
    let mut rounds = 0;
    while job::round(&world.cloud).await.unwrap() {
        rounds += 1;
        assert!(rounds < 60, "it never ends");
    }
    assert_eq!(world.text(state).await, "done 1 t");
    assert_eq!(
        world
            .number("select count(*) from job where kind <> 'no.such'")
            .await,
        0
    );
}

#[tokio::test]
async fn a_preview_that_is_given_up_has_failed() {
    let world = World::new().await;
    while job::round(&world.cloud).await.unwrap() {}
    let mut node = world.node(0).await;
    node.sell(&[(world.variants[1], 2, 398)]);
    node.push_from(&world.cloud, 1).await;
    apply_all(&world.cloud).await.unwrap();
    begun(&world, 30).await;
    // One sale more than there can be: every try breaks off.
    world
        .meddle("update promotion_preview set seen = 9223372036854775807")
        .await;
    let state = "select concat_ws(' ', state, ended_at is not null) from promotion_preview";
    for attempt in 1..=job::TRIES {
        assert_eq!(world.text(state).await, "running f", "before try {attempt}");
        job::round(&world.cloud).await.unwrap();
        world.meddle("update job set run_at = 'epoch'").await;
    }
    let dead = "select count(*) from job where dead_at is not null";
    assert_eq!(world.number(dead).await, 1);
    assert_eq!(world.text(state).await, "failed t");
}

#[tokio::test]
async fn what_a_promotion_gave_is_summed_by_day_and_branch() {
    let office = Office::open().await;
    let_managers_read(&office).await;
    let admin = office.signed_in(ADMIN).await;
    start(&admin, 1, percent("Runs", 1_000)).await;
    let [a, b] = [office.world.locations[0], office.world.locations[1]];
    for (nth, (location, date, units, gave)) in [
        (a, "2026-03-01", 2, 40),
        (a, "2026-03-02", 1, 20),
        (b, "2026-03-02", 5, 300),
    ]
    .iter()
    .enumerate()
    {
        office
            .meddle(&format!(
                "insert into promotion_use (location_id, business_date, sale_id, promotion_id, version, units, gave_minor)
                 values ('{location}', '{date}', '{}', '{}', 1, {units}, {gave})",
                id(99, nth as u64),
                id(96, 1)
            ))
            .await;
    }
    for location in [a, b] {
        let (first, last) = ("2026-03-01".parse().unwrap(), "2026-03-31".parse().unwrap());
        summary::rebuild(&office.world.cloud, location, first, last)
            .await
            .unwrap();
    }
    let path = format!("/v1/promotions/{}/result", id(96, 1));
    let all = admin.read(&path).await;
    assert_eq!(
        (&all["receipts"], &all["units"], &all["gave_minor"]),
        (&json!(3), &json!(8), &json!(360))
    );
    assert_eq!(
        all["by_day"][1],
        json!({ "date": "2026-03-02", "receipts": 2, "units": 6, "gave_minor": 320 })
    );
    assert_eq!(all["by_location"][0]["location_id"], b.to_string());
    let second = admin
        .read(&format!("{path}?from=2026-03-02&location={a}"))
        .await;
    assert_eq!(
        (&second["receipts"], &second["gave_minor"]),
        (&json!(1), &json!(20))
    );
    let ann = office.signed_in(ANN).await;
    assert_eq!(ann.read(&path).await["gave_minor"], 60, "of the own branch");
    assert_eq!(
        code(&ann.get(&format!("{path}?location={b}")).await),
        (404, "location.unknown")
    );
    let unknown = format!("/v1/promotions/{}/result", id(96, 9));
    assert_eq!(code(&admin.get(&unknown).await), (404, "promotion.unknown"));
}
