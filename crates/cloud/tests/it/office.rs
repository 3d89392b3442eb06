//! What the office shows: every list and figure is what the rows say, and of foreign branches nothing at all.
use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::civil::Date;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::browser::{ADMIN, ANN, BOB, Browser, Office, ids};
use crate::world::{Node, World, id, sale_body};

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["code"].as_str().unwrap_or_default())
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// Weeks of trade at three branches.
pub async fn trade(office: &Office, days: i64) -> [Node; 3] {
    let world = &office.world;
    let mut dice = Dice(7);
    let mut nodes = [
        world.node(0).await,
        world.node(1).await,
        world.node(2).await,
    ];
    let last: Date = "2026-03-02".parse().unwrap();
    for (place, node) in nodes.iter_mut().enumerate() {
        for back in (0..days).rev() {
            let day = last.saturating_sub(jiff::Span::new().days(back));
            node.date = day;
            node.shift = id(70 + place as u64, u64::try_from(back).unwrap());
            node.at = day.at(15, 0, 0, 0).in_tz("UTC").unwrap().timestamp();
            for _ in 0..dice.below(6) {
                node.at += SignedDuration::from_mins(dice.below(90));
                if place == 2 {
                    let variant = world.variants[usize::try_from(dice.below(4)).unwrap() * 3];
                    node.buy(
                        world.supplier,
                        variant,
                        1_000 + dice.below(9_000),
                        100 + dice.below(9_000),
                    );
                } else {
                    let lines: Vec<(Uuid, i64, i64)> = (0..=dice.below(4))
                        .map(|_| {
                            let variant = world.variants[usize::try_from(dice.below(12)).unwrap()];
                            (variant, 1 + dice.below(5), dice.below(2_000))
                        })
                        .collect();
                    node.sell(&lines);
                }
            }
        }
        node.push_from(&world.cloud, 1).await;
    }
    office.apply().await;
    nodes
}

#[tokio::test]
async fn pages_have_every_sale_once_while_shops_go_on_selling() {
    let office = Office::open().await;
    let mut nodes = trade(&office, 30).await;
    // Many at the same instant: only the id tells them apart.
    for node in &mut nodes[..2] {
        let at = node.at;
        let next = i64::try_from(node.log.len()).unwrap() + 1;
        for _ in 0..25 {
            node.at = at;
            node.sell(&[(office.world.variants[1], 1, 100)]);
        }
        node.push_from(&office.world.cloud, next).await;
    }
    office.apply().await;
    let admin = office.signed_in(ADMIN).await;
    let expected = {
        let client = office.world.owner().await;
        let order = "select id from sale order by business_date desc, closed_at desc, id desc";
        let rows = client.query(order, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect::<Vec<Uuid>>()
    };
    assert!(expected.len() > 100, "{}", expected.len());
    let mut seen = Vec::new();
    nodes[0].at = nodes[0].at.max(nodes[1].at);
    let mut path = "/v1/sales?limit=7".to_owned();
    loop {
        let page = admin.read(&path).await;
        seen.extend(ids(&page));
        // Newer ones come before what was seen already, and disturb nothing.
        let next = i64::try_from(nodes[0].log.len()).unwrap() + 1;
        nodes[0].sell(&[(office.world.variants[1], 1, 100)]);
        nodes[0].push_from(&office.world.cloud, next).await;
        office.apply().await;
        let Some(cursor) = page["next"].as_str() else {
            break;
        };
        path = format!("/v1/sales?limit=7&cursor={cursor}");
    }
    assert_eq!(seen, expected);
    assert_eq!(
        code(&admin.get("/v1/sales?cursor=forged").await),
        (422, "cursor.invalid")
    );
}

#[tokio::test]
async fn lists_are_filtered_by_branch_date_and_number() {
    let office = Office::open().await;
    trade(&office, 10).await;
    let admin = office.signed_in(ADMIN).await;
    let b = office.world.locations[1];
    let list = admin
        .read(&format!(
            "/v1/sales?location={b}&from=2026-02-25&to=2026-02-27&limit=500"
        ))
        .await;
    let expected = office
        .world
        .number(&format!(
            "select count(*) from sale where location_id = '{b}' and business_date between '2026-02-25' and '2026-02-27'"
        ))
        .await;
    assert_eq!(i64::try_from(ids(&list).len()).unwrap(), expected);
    assert!(expected > 0 && list["next"].is_null());
    for sale in list["items"].as_array().unwrap() {
        assert_eq!(
            (&sale["location_id"], &sale["location_name"]),
            (&json!(b), &json!("Branch B"))
        );
        assert_eq!(
            (&sale["staff"], &sale["tender_kinds"]),
            (&json!("Casey"), &json!(["cash"]))
        );
    }
    // Numbers begin with it; `%` and `_` are characters like others.
    for (q, expected) in [
        ("A1-1-000001", 2),
        ("A1-1-", -1),
        ("a1-1-", 0),
        ("%", 0),
        ("A_-1", 0),
        ("A1-1-999999", 0),
    ] {
        let q = q
            .bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect::<Vec<_>>()
            .concat();
        let found = ids(&admin.read(&format!("/v1/sales?q={q}&limit=500")).await).len();
        let all = ids(&admin.read("/v1/sales?limit=500").await).len();
        assert_eq!(found, usize::try_from(expected).unwrap_or(all), "{q}");
    }
    let purchases = admin.read("/v1/purchases?q=S1P-1-00000&limit=2").await;
    assert_eq!(purchases["items"][0]["supplier"], "Green Valley");
    let cursor = purchases["next"].as_str().unwrap();
    let rest = admin
        .read(&format!(
            "/v1/purchases?q=S1P-1-00000&limit=500&cursor={cursor}"
        ))
        .await;
    let both: BTreeSet<Uuid> = ids(&purchases).into_iter().chain(ids(&rest)).collect();
    let expected = office
        .world
        .number("select count(*) from purchase where ticket_number like 'S1P-1-00000%'")
        .await;
    assert_eq!(i64::try_from(both.len()).unwrap(), expected);
    assert_eq!(
        code(&admin.get("/v1/sales?from=yesterday").await),
        (422, "query.invalid")
    );
}

#[tokio::test]
async fn a_sale_is_shown_as_on_its_receipt() {
    let office = Office::open().await;
    let mut a = office.world.node(0).await;
    let sale = a.sell(&[
        (office.world.variants[1], 2, 398),
        (office.world.variants[3], 500, 100),
    ]);
    a.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    let admin = office.signed_in(ADMIN).await;
    let at_a = office.world.locations[0];
    let receipt = admin
        .read(&format!("/v1/locations/{at_a}/sales/2026-03-02/{sale}"))
        .await;
    assert_eq!(
        (&receipt["receipt_number"], &receipt["location"]["name"]),
        (&json!("A1-1-000001"), &json!("Branch A"))
    );
    assert_eq!(
        (&receipt["staff"]["name"], &receipt["register"]["name"]),
        (&json!("Casey"), &json!("Register 1"))
    );
    let names: Vec<&Value> = receipt["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| &line["name"])
        .collect();
    assert_eq!(names, ["Goods 1", "Goods 3"]);
    assert_eq!(
        (
            &receipt["lines"][0]["unit_price"],
            &receipt["lines"][1]["unit"]
        ),
        (&json!("1.99"), &json!("gram"))
    );
    assert_eq!(
        (&receipt["total_minor"], &receipt["tax_minor"]),
        (&json!(498), &json!(32))
    );
    assert_eq!(
        receipt["taxes"],
        json!([{ "rate_bps": 700, "base_minor": 466, "tax_minor": 32 }])
    );
    assert_eq!(
        receipt["tenders"],
        json!([{ "kind": "cash", "amount_minor": 498, "reference": null }])
    );
    assert_eq!(
        (&receipt["node_id"], &receipt["epoch"], &receipt["seq"]),
        (&json!(a.id), &json!(1), &json!(1))
    );
    assert!(receipt["received_at"].is_string() && receipt["applied_at"].is_string());
}

#[tokio::test]
async fn a_purchase_is_shown_as_on_its_ticket() {
    let office = Office::open().await;
    let mut station = office.world.node(2).await;
    let (supplier, variant) = (office.world.supplier, office.world.variants[0]);
    let purchase = station.buy(supplier, variant, 5_000, 1_250);
    station.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    let admin = office.signed_in(ADMIN).await;
    let at_station = office.world.locations[2];
    let ticket = admin
        .read(&format!(
            "/v1/locations/{at_station}/purchases/2026-03-02/{purchase}"
        ))
        .await;
    assert_eq!(
        (&ticket["supplier"]["name"], &ticket["ticket_number"]),
        (&json!("Green Valley"), &json!("S1P-1-000001"))
    );
    assert_eq!(
        ticket["payment"],
        json!({ "kind": "cash", "amount_minor": 1_250 })
    );
    let line = &ticket["lines"][0];
    assert_eq!(
        (&line["gross"], &line["tare"], &line["net"]),
        (&json!(5_100), &json!(100), &json!(5_000))
    );
    assert_eq!(
        (&line["source"], &line["unit_cost"]),
        (&json!("scale"), &json!("2.50"))
    );
}

/// Branch A has a sale, a purchase and an event that could not be applied; branch B has a sale.
struct TwoBranches {
    office: Office,
    node_a: Uuid,
    sale: Uuid,
    purchase: Uuid,
    own: Uuid,
}

async fn two_branches() -> TwoBranches {
    let office = Office::open().await;
    let (mut a, mut b) = (office.world.node(0).await, office.world.node(1).await);
    let sale = a.sell(&[(office.world.variants[1], 2, 398)]);
    let purchase = a.buy(office.world.supplier, office.world.variants[0], 1_000, 100);
    let header = a.header(a.fact(), "sale.closed", 1);
    a.record(&header, &json!({ "lines": "many" }));
    let own = b.sell(&[(office.world.variants[2], 1, 100)]);
    a.push_from(&office.world.cloud, 1).await;
    b.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    TwoBranches {
        office,
        node_a: a.id,
        sale,
        purchase,
        own,
    }
}

#[tokio::test]
async fn of_a_foreign_branch_no_list_says_anything() {
    let two = two_branches().await;
    let bob = two.office.signed_in(BOB).await;
    let [at_a, at_b] = [0, 1].map(|place| two.office.world.locations[place].to_string());
    assert_eq!(ids(&bob.read("/v1/sales").await), [two.own]);
    assert!(ids(&bob.read("/v1/purchases").await).is_empty());
    let stock = bob.read("/v1/stock").await;
    assert_eq!(stock["items"].as_array().unwrap().len(), 1);
    let mut text = stock.to_string();
    for path in ["overview", "nodes", "locations", "session", "sales?q=A1"] {
        text += &bob.read(&format!("/v1/{path}")).await.to_string();
    }
    assert!(text.contains(&at_b) && !text.contains(&at_a), "{text}");
    assert!(!text.contains(&two.node_a.to_string()), "{text}");
    // A permission at one branch is none for what belongs to the chain.
    assert_eq!(code(&bob.get("/v1/jobs").await), (403, "permission.denied"));
    // And whoever may sees all of it.
    let ann = two.office.signed_in(ANN).await;
    assert_eq!(ids(&ann.read("/v1/sales").await), [two.sale]);
}

#[tokio::test]
async fn what_is_foreign_and_what_does_not_exist_get_the_same_answer() {
    let two = two_branches().await;
    let bob = two.office.signed_in(BOB).await;
    let [a, b] = [0, 1].map(|place| two.office.world.locations[place]);
    let (sale, own, purchase, node) = (two.sale, two.own, two.purchase, two.node_a);
    let no = id(99, 99);
    for (foreign, missing) in [
        (
            format!("locations/{a}/sales/2026-03-02/{sale}"),
            format!("locations/{b}/sales/2026-03-02/{no}"),
        ),
        (
            format!("locations/{b}/sales/2026-03-02/{sale}"),
            format!("locations/{no}/sales/2026-03-02/{own}"),
        ),
        (
            format!("locations/{a}/purchases/2026-03-02/{purchase}"),
            format!("locations/{b}/purchases/2026-03-02/{no}"),
        ),
        (
            format!("sales?location={a}"),
            format!("sales?location={no}"),
        ),
        (
            format!("purchases?location={a}"),
            format!("purchases?location={no}"),
        ),
        (
            format!("stock?location={a}"),
            format!("stock?location={no}"),
        ),
        (
            format!("overview?location={a}"),
            format!("overview?location={no}"),
        ),
        (
            format!("nodes/{node}/problems"),
            format!("nodes/{no}/problems"),
        ),
    ] {
        let answer = bob.get(&format!("/v1/{foreign}")).await;
        assert_eq!(answer.0, 404, "{answer:?}");
        assert_eq!(answer, bob.get(&format!("/v1/{missing}")).await);
    }
    let retry = |node: Uuid| format!("/v1/nodes/{node}/problems/3/retry?epoch=1");
    let answer = bob.post(&retry(node), None).await;
    assert_eq!(code(&answer), (404, "node.problem_unknown"));
    assert_eq!(answer, bob.post(&retry(no), None).await);
    let enrol = |location: Uuid| Some(json!({ "location_id": location }));
    let answer = bob.post("/v1/enrolment-codes", enrol(a)).await;
    assert_eq!(code(&answer), (404, "location.unknown"));
    assert_eq!(answer, bob.post("/v1/enrolment-codes", enrol(no)).await);
}

#[tokio::test]
async fn stock_is_the_sum_of_the_ledger_and_found_by_its_words() {
    let office = Office::open().await;
    trade(&office, 10).await;
    let admin = office.signed_in(ADMIN).await;
    let mut items: Vec<Value> = Vec::new();
    let mut path = "/v1/stock?limit=5".to_owned();
    loop {
        let page = admin.read(&path).await;
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(cursor) = page["next"].as_str() else {
            break;
        };
        path = format!("/v1/stock?limit=5&cursor={cursor}");
    }
    let different = office
        .world
        .number("select count(distinct variant_id) from stock_movement")
        .await;
    assert_eq!(i64::try_from(items.len()).unwrap(), different);
    for item in &items {
        let variant = item["variant_id"].as_str().unwrap();
        let sum = office
            .world
            .number(&format!(
                "select sum(quantity)::bigint from stock_movement where variant_id = '{variant}'"
            ))
            .await;
        assert_eq!(item["total"], sum);
        let parts: i64 = item["locations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|at| at["on_hand"].as_i64().unwrap())
            .sum();
        assert_eq!(parts, sum);
    }
    let found = async |q: &str| {
        let answer = admin.read(&format!("/v1/stock?q={q}")).await;
        answer["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(found("11%20GOO").await, ["Goods 11"]);
    assert_eq!(
        found(&format!("code-{}", office.world.variants[7])).await,
        ["Goods 7"]
    );
    assert_eq!(found("%25").await, Vec::<String>::new());
    let b = office.world.locations[1];
    for item in admin.read(&format!("/v1/stock?location={b}")).await["items"]
        .as_array()
        .unwrap()
    {
        assert_eq!(item["locations"][0]["location_id"], json!(b));
        assert_eq!(item["locations"].as_array().unwrap().len(), 1);
    }
}

async fn node_of(browser: &Browser, node: &Node) -> Value {
    let list = browser.read("/v1/nodes").await;
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .find(|one| one["id"] == json!(node.id))
        .unwrap()
        .clone()
}

/// A node with a poison body, a version of the future, what waits behind it, and one event not pushed yet.
async fn troubled(office: &Office) -> Node {
    let mut node = office.world.node(0).await;
    for number in 1..=6 {
        let header = node.header(node.fact(), "sale.closed", if number == 4 { 77 } else { 1 });
        if number == 2 {
            node.record(&header, &json!({ "lines": "many" }));
        } else {
            node.record(
                &header,
                &sale_body(node.shift, number, &[(office.world.variants[1], 1, 100)]),
            );
        }
    }
    node.push(&office.world.cloud, node.batch(1, 5))
        .await
        .unwrap();
    office.apply().await;
    node
}

#[tokio::test]
async fn a_node_tells_where_it_stands() {
    let office = Office::open().await;
    let node = troubled(&office).await;
    let ann = office.signed_in(ANN).await;
    let told = node_of(&ann, &node).await;
    let number = |name: &str| told[name].as_i64().unwrap();
    assert_eq!(
        number("last_seq"),
        number("applied") + number("waiting") + number("quarantined") + number("queued")
    );
    assert_eq!(
        (
            number("applied"),
            number("waiting"),
            number("quarantined"),
            number("queued"),
            number("queue")
        ),
        (2, 2, 1, 0, 1)
    );
    assert_eq!(
        (&told["status"], &told["version"], &told["connected"]),
        (&json!("active"), &json!("0.1.0"), &json!(true))
    );
    // Whoever opens a location again compares it with what the shop's tills show.
    assert_eq!(number("epoch"), node.epoch);
}

#[tokio::test]
async fn what_could_not_be_applied_is_listed_and_tried_again() {
    let office = Office::open().await;
    let node = troubled(&office).await;
    let ann = office.signed_in(ANN).await;
    let problems = ann.read(&format!("/v1/nodes/{}/problems", node.id)).await;
    let told: Vec<(i64, &str, &str)> = problems["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["seq"].as_i64().unwrap(),
                one["state"].as_str().unwrap(),
                one["reason"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (2, "quarantined", "body.unreadable"),
            (4, "waiting", "body.version_unknown"),
            (5, "waiting", "aggregate.waiting")
        ]
    );
    let retry = format!("/v1/nodes/{}/problems/2/retry?epoch=1", node.id);
    assert_eq!(ann.post(&retry, None).await.0, 202);
    office.apply().await;
    // It is still what it was: looked at again, and put aside again.
    assert_eq!(node_of(&ann, &node).await["quarantined"], 1);
    assert_eq!(
        code(&ann.post(&retry.replace("/2/", "/1/"), None).await),
        (404, "node.problem_unknown")
    );
    let noted = office
        .world
        .number("select count(*) from audit where action = 'node.event_retried'")
        .await;
    assert_eq!(noted, 1);
    office.world.check_nothing_is_lost().await;
}

#[tokio::test]
async fn a_code_of_the_office_enrols_an_edge_once() {
    let office = Office::open().await;
    let ann = office.signed_in(ANN).await;
    let asked = Some(json!({ "location_id": office.world.locations[0] }));
    let (status, code_) = ann.post("/v1/enrolment-codes", asked).await;
    assert_eq!(
        (status, &code_["expires_at"]),
        (201, &json!("2026-03-02T13:10:00Z"))
    );
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let request = |key: &ed25519_dalek::SigningKey| {
        Some(json!({
            "code": code_["code"], "public_key": wire::signature::public_key_text(&key.verifying_key()),
            "fingerprint": "f", "version": "0.1.0"
        }))
    };
    let nobody = office.browser();
    let (status, enrolled) = nobody.post("/v1/enrol", request(&key)).await;
    assert_eq!((status, &enrolled["location"]["code"]), (201, &json!("A")));
    let other = ed25519_dalek::SigningKey::from_bytes(&[8; 32]);
    assert_eq!(
        code(&nobody.post("/v1/enrol", request(&other)).await),
        (410, "enrolment.code_used")
    );
}

#[tokio::test]
async fn a_job_that_was_given_up_is_run_again() {
    let office = Office::open().await;
    // What the schedule has enqueued at the start is done first; the clock stands still, so no more comes.
    while office
        .world
        .number(
            "select (select count(*) from job) + (select greatest(7 - count(*), 0) from cron_tick)",
        )
        .await
        > 0
    {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    office.meddle(
            "insert into job (kind, run_at, attempts, last_error, dead_at, locked_until, created_at)
             select kind, '2026-03-02T13:00:00Z'::timestamptz + wait, 5, error, dead, locked, '2026-03-02T13:00:00Z'
               from (values ('summary.audit', interval '0', 'it broke', timestamptz '2026-03-02T13:00:00Z', null::timestamptz),
                            ('summary.audit', interval '1 day', null, null, null),
                            ('summary.audit', interval '1 day', null, null, '2026-03-02T14:00:00Z')) as given (kind, wait, error, dead, locked)",
        )
        .await;
    let admin = office.signed_in(ADMIN).await;
    let page = admin.read("/v1/jobs?limit=2").await;
    let rest = admin
        .read(&format!(
            "/v1/jobs?limit=2&cursor={}",
            page["next"].as_str().unwrap()
        ))
        .await;
    let jobs: Vec<Value> = [&page, &rest]
        .iter()
        .flat_map(|one| one["items"].as_array().unwrap().clone())
        .collect();
    let states: Vec<&str> = jobs
        .iter()
        .map(|job| job["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["running", "ready", "dead"]);
    assert!(rest["next"].is_null());
    assert_eq!(jobs[2]["last_error"], "it broke");
    let retry = |job: &Value| format!("/v1/jobs/{}/retry", job["id"].as_str().unwrap());
    assert_eq!(
        code(&admin.post(&retry(&jobs[1]), None).await),
        (404, "job.unknown")
    );
    assert_eq!(admin.post(&retry(&jobs[2]), None).await.0, 202);
    assert_eq!(
        office
            .world
            .number("select count(*) from job where dead_at is not null")
            .await,
        0
    );
    assert_eq!(
        code(&admin.post("/v1/jobs/9999999/retry", None).await),
        (404, "job.unknown")
    );
}

#[tokio::test]
async fn a_database_that_is_away_is_told_as_such() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let response = {
        admit(&office.world, 0).await;
        cut(&office.world).await;
        let response = admin.ask(reqwest::Method::GET, "/v1/sales", None).await;
        admit(&office.world, -1).await;
        response
    };
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["retry-after"]
        ),
        (503, &"2".parse().unwrap())
    );
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["code"], "store.unavailable");
    admin.read("/v1/sales").await;
}

/// Ends every connection of the application, as a restart of the server does.
async fn cut(world: &World) {
    world
        .meddle(
            "select pg_terminate_backend(pid) from pg_stat_activity
              where usename = 'branchline_app' and datname = current_database()",
        )
        .await;
}

/// How many connections the database takes; the owner's always.
async fn admit(world: &World, connections: i32) {
    world
        .meddle(&format!(
            "do $$ begin execute format('alter database %I connection limit {connections}', current_database()); end $$"
        ))
        .await;
}
