//! Suppliers' accounts: what is owed is what the documents say, in whatever order they come, and every branch sees its own.
use std::collections::BTreeMap;

use cloud::summary;
use jiff::ToSpan;
use jiff::civil::Date;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_postgres::NoTls;
use uuid::Uuid;
use wire::body::{
    Document as _, PurchaseLine, PurchaseRecorded, PurchaseReversal, PurchaseVoided, ReversedLine,
};

use crate::browser::{ADMIN, ANN, BOB, Browser, Office, TIM, code};
use crate::world::{Node, World, id, moves};

const TODAY: &str = "2026-03-02";

/// A purchase that can be taken back.
#[derive(Debug, Clone)]
struct Bought {
    id: Uuid,
    number: String,
    date: Date,
    payment: &'static str,
    cost: i64,
}

fn buy(
    node: &mut Node,
    world: &World,
    payment: &'static str,
    cost: i64,
    document: Option<&str>,
) -> Bought {
    let fact = node.fact();
    let mut header = node.header(fact, PurchaseRecorded::KIND, PurchaseRecorded::VERSION);
    header.moves = moves([(world.variants[1], 1_000)]);
    let line = PurchaseLine {
        variant: world.variants[1],
        quantity: 1_000,
        weight: None,
        unit_cost: "2.50".to_owned(),
        cost_quantity: 1_000,
        cost_minor: cost,
    };
    let body = PurchaseRecorded {
        shift: node.shift,
        ticket_number: format!("S1P-1-{:06}", header.seq),
        supplier: world.supplier,
        supplier_document: document.map(str::to_owned),
        lines: vec![line],
        payment_kind: payment.to_owned(),
        total_minor: cost,
    };
    node.record(&header, &body);
    Bought {
        id: fact,
        number: body.ticket_number,
        date: node.date,
        payment,
        cost,
    }
}

fn void(node: &mut Node, world: &World, bought: &Bought) {
    let fact = node.fact();
    let mut header = node.header(fact, PurchaseVoided::KIND, PurchaseVoided::VERSION);
    header.moves = moves([(world.variants[1], -1_000)]);
    let reversal = PurchaseReversal {
        purchase: bought.id,
        ticket_number: bought.number.clone(),
        business_date: bought.date,
        supplier: world.supplier,
        payment_kind: bought.payment.to_owned(),
        total_minor: bought.cost,
        lines: vec![ReversedLine {
            variant: world.variants[1],
            quantity: 1_000,
            cost_minor: bought.cost,
        }],
        reason: "weighed wrongly".to_owned(),
        approved_by: None,
        weakened: Vec::new(),
        to_count: Vec::new(),
    };
    let body = PurchaseVoided {
        shift: node.shift,
        ticket_number: format!("S1P-1-{:06}", header.seq),
        reversal,
    };
    node.record(&header, &body);
}

fn account(world: &World) -> String {
    format!("/v1/supplier-accounts/{}", world.supplier)
}

fn document(world: &World, number: u64) -> String {
    format!("{}/documents/{}", account(world), id(71, number))
}

fn payment(location: Option<Uuid>, minor: i64) -> Value {
    json!({ "location_id": location, "kind": "payment", "business_date": TODAY, "amount_minor": minor,
        "method": "bank_transfer" })
}

async fn owed(browser: &Browser, world: &World) -> i64 {
    let account = browser.read(&account(world)).await;
    account["owed_minor"].as_i64().unwrap()
}

/// All entries, the newest first, by pages of seven.
async fn ledger(browser: &Browser, world: &World, query: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("{}/entries?limit=7{query}{cursor}", account(world));
        let mut page = browser.read(&path).await;
        all.append(page["items"].as_array_mut().unwrap());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

fn balances(entries: &[Value]) -> Vec<i64> {
    let minor = |entry: &Value| entry["balance_minor"].as_i64().unwrap();
    entries.iter().map(minor).collect()
}

/// One thing that happens at a branch or at the head office.
#[derive(Debug, Clone)]
struct Happening {
    node: usize,
    days_back: i32,
    minor: i64,
    what: u8,
}

fn happening() -> impl Strategy<Value = Happening> {
    (0..2_usize, 0..120_i32, 1..50_000_i64, 0..10_u8).prop_map(|(node, days_back, minor, what)| {
        Happening {
            node,
            days_back,
            minor,
            what,
        }
    })
}

/// What the test itself adds up, by location; the company has none.
type Model = BTreeMap<Option<Uuid>, i64>;

/// Records something, and what it adds. Voids one in four purchases on account at once.
async fn happen(
    (office, admin): (&Office, &Browser),
    node: &mut Node,
    number: u64,
    one: &Happening,
    model: &mut Model,
) {
    let world = &office.world;
    let date = TODAY
        .parse::<Date>()
        .unwrap()
        .saturating_sub(one.days_back.days());
    node.date = date;
    let (place, minor) = (Some(node.location), one.minor);
    let written = |kind: &str, place: Option<Uuid>, minor: i64| {
        json!({ "location_id": place,
        "kind": kind, "business_date": date, "amount_minor": minor,
        "method": (kind == "payment").then_some("cash") })
    };
    let (kind, place, minor) = match one.what {
        0..=2 => {
            buy(node, world, "account", minor, None);
            *model.entry(place).or_default() += minor;
            return;
        }
        3 => {
            let bought = buy(node, world, "account", minor, None);
            node.date = node.date.saturating_add((one.days_back % 3).days());
            void(node, world, &bought);
            return;
        }
        4 | 5 => {
            buy(node, world, "cash", minor, None);
            return;
        }
        6 => ("payment", place, minor),
        7 => ("payment", None, minor),
        8 => ("credit_note", place, minor),
        _ => ("opening_balance", place, 7 - minor % 15),
    };
    if minor == 0 {
        return;
    }
    let path = document(world, number);
    let done = admin.put(&path, written(kind, place, minor)).await;
    assert_eq!(done.0, 200, "{done:?}");
    if number.is_multiple_of(3) {
        let reason = json!({ "location_id": place, "reason": "typed twice" });
        let back = admin.put(&format!("{path}/reversal"), reason).await;
        assert_eq!(back.0, 200, "{back:?}");
        return;
    }
    let adds = if kind == "opening_balance" {
        minor
    } else {
        -minor
    };
    *model.entry(place).or_default() += adds;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_owed_is_what_the_documents_say_in_any_order() {
    let mut runner = TestRunner::new(Config::default());
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let world = &office.world;
    let stories = prop::collection::vec(happening(), 60..90);
    let story = stories.new_tree(&mut runner).unwrap().current();
    let mut nodes = [world.node(0).await, world.node(1).await];
    let (mut pushed, mut model) = ([0; 2], Model::new());
    for (number, one) in (0..).zip(&story) {
        let node = &mut nodes[one.node];
        happen((&office, &admin), node, number, one, &mut model).await;
        // Some come at once, some when much else was written already.
        if number % 11 == 0 && pushed[one.node] < i64::try_from(node.log.len()).unwrap() {
            pushed[one.node] = node.push_from(&world.cloud, pushed[one.node] + 1).await;
            office.apply().await;
        }
    }
    for (node, pushed) in nodes.iter().zip(pushed) {
        if pushed < i64::try_from(node.log.len()).unwrap() {
            node.push_from(&world.cloud, pushed + 1).await;
        }
    }
    office.apply().await;
    assert_eq!(summary::audit(&world.cloud, None, None).await.unwrap(), []);
    let found = admin.read(&account(world)).await;
    for place in found["places"].as_array().unwrap() {
        let location = place["location_id"].as_str().map(|id| id.parse().unwrap());
        let expected = model.get(&location).copied().unwrap_or_default();
        assert_eq!(place["owed_minor"], expected, "{place}");
    }
    let total: i64 = model.values().sum();
    assert_eq!(found["owed_minor"], total);
    // Every page says what was owed after each of its entries.
    let entries = ledger(&admin, world, "").await;
    let mut left = total;
    for entry in &entries {
        assert_eq!(entry["balance_minor"], left, "{entry}");
        left -= entry["owed_minor"].as_i64().unwrap();
    }
    assert_eq!(left, 0, "before the first document nothing is owed");
    let half = ledger(&admin, world, "&to=2026-01-15").await;
    let inner: Vec<Value> = entries
        .iter()
        .filter(|one| one["business_date"].as_str().unwrap() <= "2026-01-15")
        .cloned()
        .collect();
    assert_eq!(half, inner, "a part of the time has the same balances");
    // Made again they are the same.
    let kept = "select concat_ws('|', (select string_agg(b::text, ',' order by b::text) from supplier_balance b),
                  (select string_agg(d::text, ',' order by d::text) from daily_supplier d where (d.entries, d.owed_minor, d.due_minor) <> (0, 0, 0)),
                  (select string_agg(e::text, ',' order by e::text) from supplier_entry e))";
    let before = world.text(kept).await;
    for location in world.locations.iter().copied().chain([Uuid::nil()]) {
        let (from, to) = ("2000-01-01".parse().unwrap(), "2099-12-31".parse().unwrap());
        summary::rebuild(&world.cloud, location, from, to)
            .await
            .unwrap();
    }
    assert_eq!(world.text(kept).await, before);
    // What somebody with SQL has broken is found, told, and put right.
    world
        .meddle("update supplier_balance set owed_minor = owed_minor + 1; delete from supplier_entry where kind = 'purchase'")
        .await;
    let told = summary::audit(&world.cloud, None, None).await.unwrap();
    assert!(told.iter().any(|one| one.summary == "supplier_balance"));
    assert!(told.iter().any(|one| one.summary == "supplier_entry"));
    assert_eq!(world.text(kept).await, before);
}

#[tokio::test]
async fn a_void_and_a_reversal_bring_the_balance_back() {
    let office = Office::open().await;
    let (admin, world) = (office.signed_in(ADMIN).await, &office.world);
    let place = Some(world.locations[0]);
    let mut node = world.node(0).await;
    buy(&mut node, world, "account", 900, Some("INV-7"));
    let second = buy(&mut node, world, "account", 250, Some(" inv-7"));
    buy(&mut node, world, "cash", 4_000, None);
    node.push_from(&world.cloud, 1).await;
    office.apply().await;
    assert_eq!(owed(&admin, world).await, 1_150);
    let entries = ledger(&admin, world, "").await;
    let repeated = |entries: &[Value]| {
        let repeated = entries.iter().map(|one| one["is_repeated"] == true);
        repeated.collect::<Vec<_>>()
    };
    assert_eq!(repeated(&entries), [false, true, true], "the same invoice");
    void(&mut node, world, &second);
    node.push_from(&world.cloud, 4).await;
    office.apply().await;
    assert_eq!(owed(&admin, world).await, 900);
    let path = document(world, 1);
    let paid = admin.put(&path, payment(place, 1_000)).await;
    assert_eq!(
        (paid.0, &paid.1["owed_minor"], &paid.1["warnings"]),
        (200, &json!(-100), &json!(["advance"])),
        "more than is owed is an advance"
    );
    let back = format!("{path}/reversal");
    let reason = json!({ "location_id": place, "reason": "the wrong supplier" });
    let reversed = admin.put(&back, reason.clone()).await;
    assert_eq!((reversed.0, &reversed.1["owed_minor"]), (200, &json!(900)));
    assert_eq!(admin.put(&back, reason).await, reversed, "repeated");
    let other = json!({ "location_id": place, "reason": "another one" });
    let again = admin.put(&back, other).await;
    assert_eq!(code(&again), (409, "supplier_document.reversed"));
    let entries = ledger(&admin, world, "").await;
    let kinds: Vec<_> = entries.iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds.len(), 6, "nothing went: {kinds:?}");
    assert_eq!(repeated(&entries), [false; 6], "one of the two was voided");
    let state = |kind: &str| {
        let of_kind = entries.iter().filter(|one| one["kind"] == kind);
        of_kind
            .map(|one| one["is_reversed"] == true)
            .collect::<Vec<_>>()
    };
    assert_eq!(state("payment"), [true]);
    assert_eq!(state("reversal"), [false]);
    assert_eq!(state("purchase").iter().filter(|is| **is).count(), 1);
    let of_void = entries
        .iter()
        .find(|one| one["kind"] == "purchase_reversal")
        .unwrap();
    assert_eq!(
        (
            &of_void["reverses"],
            &of_void["note"],
            &of_void["owed_minor"]
        ),
        (&json!(second.id), &json!("weighed wrongly"), &json!(-250))
    );
    let audit = admin
        .read("/v1/audit?action=supplier_document.reversed")
        .await;
    let entry = &audit["items"][0];
    assert_eq!(entry["reason"], "the wrong supplier", "{audit}");
    assert_eq!(summary::audit(&world.cloud, None, None).await.unwrap(), []);
}

#[tokio::test]
async fn a_payment_that_is_sent_again_to_another_account_is_not_paid_twice() {
    let office = Office::open().await;
    let (admin, world) = (office.signed_in(ADMIN).await, &office.world);
    let path = document(world, 1);
    let first = admin
        .put(&path, payment(Some(world.locations[0]), 500))
        .await;
    assert_eq!(first.0, 200, "{first:?}");
    for account in [Some(world.locations[1]), None] {
        let elsewhere = admin.put(&path, payment(account, 500)).await;
        assert_eq!(code(&elsewhere), (409, "id.reused"));
    }
    assert_eq!(owed(&admin, world).await, -500, "once");
}

#[tokio::test]
async fn a_document_is_written_once_and_refused_with_a_reason() {
    let office = Office::open().await;
    let (admin, world) = (office.signed_in(ADMIN).await, &office.world);
    let place = Some(world.locations[0]);
    let path = document(world, 1);
    let first = admin.put(&path, payment(place, 500)).await;
    assert_eq!(first.0, 200, "{first:?}");
    assert_eq!(admin.put(&path, payment(place, 500)).await, first);
    assert_eq!(owed(&admin, world).await, -500, "once");
    let other = admin.put(&path, payment(place, 501)).await;
    assert_eq!(code(&other), (409, "id.reused"));
    let with = |name: &str, value: Value| {
        let mut body = payment(place, 500);
        body[name] = value;
        body
    };
    // (what is wrong, what is told)
    for (body, status, told) in [
        (payment(place, 0), 422, "supplier_document.amount"),
        (payment(place, -5), 422, "supplier_document.amount"),
        (payment(place, i64::MAX), 422, "supplier_document.amount"),
        (
            with("business_date", json!("2026-03-04")),
            422,
            "supplier_document.date",
        ),
        (
            with("business_date", json!("1999-12-31")),
            422,
            "supplier_document.date",
        ),
        (with("method", Value::Null), 422, "supplier_document.method"),
        (
            with("kind", json!("credit_note")),
            422,
            "supplier_document.method",
        ),
        (with("kind", json!("gift")), 422, "body.invalid"),
        (
            with("reference", json!("x".repeat(101))),
            422,
            "supplier_document.text",
        ),
        (
            with("location_id", json!(id(1, 77))),
            404,
            "location.unknown",
        ),
    ] {
        let refused = admin.put(&document(world, 2), body.clone()).await;
        assert_eq!(code(&refused), (status, told), "{body}");
    }
    let nobody = format!("/v1/supplier-accounts/{}/documents/{}", id(4, 9), id(71, 3));
    let refused = admin.put(&nobody, payment(place, 5)).await;
    assert_eq!(code(&refused), (404, "supplier.unknown"));
    let (_, refused) = admin
        .get(&format!("/v1/supplier-accounts/{}", id(4, 9)))
        .await;
    assert_eq!(refused["code"], "supplier.unknown");
    let reason = |reason: &str| json!({ "location_id": place, "reason": reason });
    let empty = admin.put(&format!("{path}/reversal"), reason(" ")).await;
    assert_eq!(code(&empty), (422, "supplier_document.reason"));
    let unknown = format!("{}/reversal", document(world, 9));
    let unknown = admin.put(&unknown, reason("why not")).await;
    assert_eq!(code(&unknown), (404, "supplier_document.unknown"));
}

#[tokio::test]
async fn the_same_reference_again_is_said_and_the_file_has_everything() {
    let office = Office::open().await;
    let (admin, world) = (office.signed_in(ADMIN).await, &office.world);
    let place = Some(world.locations[0]);
    admin.put(&document(world, 1), payment(place, 500)).await;
    let credit = |reference: &str| {
        json!({ "location_id": place, "kind": "credit_note",
        "business_date": TODAY, "amount_minor": 10, "reference": reference })
    };
    let one = admin.put(&document(world, 4), credit("CN 1")).await;
    assert_eq!(one.1["warnings"], json!([]));
    let two = admin.put(&document(world, 5), credit("cn 1 ")).await;
    assert_eq!(two.1["warnings"], json!(["repeated"]));
    let csv = format!("{}/entries?format=csv", account(world));
    let file = admin.ask(Method::GET, &csv, None).await;
    let file = file.text().await.unwrap();
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(lines.len(), 4, "{file}");
    assert!(
        lines[1].contains(",payment,") && lines[1].contains(",500,-500,-500,"),
        "the oldest first: {file}"
    );
    let exported = admin
        .read("/v1/audit?action=supplier_account.exported")
        .await;
    assert_eq!(exported["items"].as_array().unwrap().len(), 1);
    let seen = admin.read("/v1/supplier-accounts").await;
    assert_eq!(
        (&seen["owed_minor"], &seen["advance_minor"]),
        (&json!(0), &json!(520)),
        "{seen}"
    );
    let gone = admin.read("/v1/supplier-accounts?q=nobody").await;
    assert_eq!(gone["items"], json!([]));
}

#[tokio::test]
async fn what_is_left_is_of_the_newest_purchases() {
    let office = Office::open().await;
    let (admin, world) = (office.signed_in(ADMIN).await, &office.world);
    let mut node = world.node(0).await;
    let today: Date = TODAY.parse().unwrap();
    let mut last = None;
    for (days, cost) in [
        (120, 1_000),
        (80, 200),
        (40, 300),
        (31, 50),
        (30, 60),
        (0, 7),
    ] {
        node.date = today.saturating_sub(days.days());
        last = Some(buy(&mut node, world, "account", cost, None));
    }
    node.push_from(&world.cloud, 1).await;
    office.apply().await;
    let paid = payment(Some(world.locations[0]), 1_100);
    admin.put(&document(world, 1), paid).await;
    let aging = async || {
        let listed = admin.read("/v1/supplier-accounts?open=true").await;
        let found = admin.read(&account(world)).await;
        assert_eq!(listed["items"][0]["aging"], found["aging"]);
        let of = |name: &str| found["aging"][name].as_i64().unwrap();
        [
            of("days_0_30"),
            of("days_31_60"),
            of("days_61_90"),
            of("days_over_90"),
        ]
    };
    assert_eq!(aging().await, [67, 350, 100, 0]);
    // What is voided was never bought: it settles nothing older.
    node.date = today;
    void(&mut node, world, &last.unwrap());
    node.push_from(&world.cloud, 7).await;
    office.apply().await;
    assert_eq!(aging().await, [60, 350, 100, 0]);
}

#[tokio::test]
async fn every_branch_sees_its_own_account_and_the_chain_all() {
    let office = Office::open().await;
    let world = &office.world;
    let (admin, ann, bob) = (
        office.signed_in(ADMIN).await,
        office.signed_in(ANN).await,
        office.signed_in(BOB).await,
    );
    let [a, b] = [world.locations[0], world.locations[1]];
    let mut node = world.node(0).await;
    buy(&mut node, world, "account", 900, None);
    node.push_from(&world.cloud, 1).await;
    office.apply().await;
    admin.put(&document(world, 1), payment(Some(b), 70)).await;
    let company = admin.put(&document(world, 2), payment(None, 5)).await;
    assert_eq!(company.0, 200, "{company:?}");
    assert_eq!(owed(&admin, world).await, 900 - 70 - 5);
    assert_eq!(owed(&ann, world).await, 900);
    assert_eq!(owed(&bob, world).await, -70);
    assert_eq!(balances(&ledger(&bob, world, "").await), [-70]);
    let narrowed = ledger(&admin, world, &format!("&location={a}")).await;
    assert_eq!(balances(&narrowed), [900]);
    let company = ledger(&admin, world, &format!("&location={}", Uuid::nil())).await;
    assert_eq!(balances(&company), [-5]);
    for (who, location) in [(&bob, a), (&ann, b), (&ann, Uuid::nil())] {
        let path = format!("/v1/supplier-accounts?location={location}");
        assert_eq!(code(&who.get(&path).await), (404, "location.unknown"));
    }
    let tim = office.signed_in(TIM).await;
    let path = "/v1/supplier-accounts";
    assert_eq!(code(&tim.get(path).await), (403, "permission.denied"));
}

#[tokio::test]
async fn whoever_may_pay_at_a_branch_may_there_alone() {
    let office = Office::open().await;
    let world = &office.world;
    let (admin, ann) = (office.signed_in(ADMIN).await, office.signed_in(ANN).await);
    let [a, b] = [world.locations[0], world.locations[1]];
    admin.put(&document(world, 1), payment(Some(b), 70)).await;
    admin.put(&document(world, 2), payment(None, 5)).await;
    let path = document(world, 3);
    let denied = ann.put(&path, payment(Some(a), 5)).await;
    assert_eq!(code(&denied), (403, "permission.denied"));
    office
        .meddle(
            "insert into role_permission (role_id, permission)
             select id, 'supplier.pay' from role where code = 'branch_manager'",
        )
        .await;
    for foreign in [Some(b), None] {
        let refused = ann.put(&path, payment(foreign, 5)).await;
        assert_eq!(code(&refused), (404, "location.unknown"), "{foreign:?}");
        let back = json!({ "location_id": foreign, "reason": "mine" });
        let of = format!(
            "{}/reversal",
            document(world, 1 + u64::from(foreign.is_none()))
        );
        let refused = ann.put(&of, back).await;
        assert_eq!(code(&refused), (404, "location.unknown"), "{foreign:?}");
    }
    let done = ann.put(&path, payment(Some(a), 5)).await;
    assert_eq!((done.0, &done.1["owed_minor"]), (200, &json!(-5)));
    // By raw SQL too.
    let (client, connection) = world.database.app.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    for (table, of_chain) in [
        ("supplier_document", 3),
        ("supplier_entry", 3),
        ("supplier_balance", 3),
        ("daily_supplier", 3),
    ] {
        for (email, seen) in [("ann", None), ("ada", Some(of_chain))] {
            let who = if email == "ann" {
                id(3, 101)
            } else {
                id(3, 100)
            };
            client
                .batch_execute(&format!(
                    "begin; set local branchline.actor = 'staff:{who}'; set local branchline.now = '{}'",
                    crate::world::MORNING
                ))
                .await
                .unwrap();
            let count = async |condition: &str| -> i64 {
                let statement = format!("select count(*) from {table} where {condition}");
                client.query_one(&statement, &[]).await.unwrap().get(0)
            };
            let foreign = count(&format!("location_id <> '{a}'")).await;
            let all = count("true").await;
            client.batch_execute("rollback").await.unwrap();
            match seen {
                None => assert!(foreign == 0 && all > 0, "{email} sees {table}: {foreign}"),
                Some(seen) => assert_eq!(all, seen, "{email} sees {table}"),
            }
        }
    }
}
