//! Four eyes: a second person decides as soon as there is one, never whoever asked, and not too late.
use cloud::Actor;
use cloud::job::{self, Kind, NewJob};
use cloud::staff::{self, NewGrant, NewRole, NewStaff};
use jiff::{SignedDuration, Timestamp};
use retail::staff::Permission;
use serde_json::{Value, json};
use wire::body::{CountLine, Document as _, StockCounted};

use crate::browser::{ADMIN, ANN, BOB, Browser, Office, PASSWORD};
use crate::world::{id, moves};

/// The second administrator.
const EVE: &str = "eve@example.org";

fn said(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["code"].as_str().unwrap_or_default())
}

async fn join(office: &Office, number: u64, email: &str, grant: NewGrant) -> Browser {
    let person = NewStaff {
        id: id(3, number),
        name: email.split('@').next().unwrap().to_owned(),
        email: Some(email.to_owned()),
        password: Some(PASSWORD.to_owned()),
        pin: None,
        grants: vec![grant],
    };
    staff::put(&office.world.cloud, &person).await.unwrap();
    office.signed_in(email).await
}

fn manager(codes: &[&str]) -> Value {
    let permissions: Vec<Value> = codes.iter().map(|code| json!({ "code": code })).collect();
    json!({ "code": "branch_manager", "name": "Manager", "permissions": permissions, "reason": "less" })
}

async fn decide(browser: &Browser, approval: &Value, decision: &str) -> (u16, Value) {
    let id = approval["id"].as_str().unwrap();
    let path = format!("/v1/approvals/{id}/decision");
    browser
        .post(
            &path,
            Some(json!({ "decision": decision, "comment": "looked at" })),
        )
        .await
}

#[tokio::test]
async fn a_role_is_changed_by_two_people_once_there_are_two() {
    let office = Office::open().await;
    let ada = office.signed_in(ADMIN).await;
    let path = format!("/v1/roles/{}", id(6, 10));
    assert_eq!(
        ada.put(&path, manager(&["sale.read", "stock.read"]))
            .await
            .0,
        200,
        "alone"
    );

    let eve = join(&office, 150, EVE, NewGrant::new("administrator", None)).await;
    let (status, asked) = ada.put(&path, manager(&["sale.read"])).await;
    assert_eq!(status, 202, "{asked}");
    assert_eq!(
        (&asked["state"], &asked["may_decide"]),
        (&json!("open"), &json!(false))
    );
    let (_, again) = ada.put(&path, manager(&["sale.read"])).await;
    assert_eq!(again["id"], asked["id"], "asked once");
    // A new name needs nobody.
    assert_eq!(
        ada.put(&path, manager(&["sale.read", "stock.read"]))
            .await
            .0,
        200
    );

    assert_eq!(
        said(&decide(&ada, &asked, "approve").await),
        (403, "approval.own")
    );
    let ann = office.signed_in(ANN).await;
    assert_eq!(
        said(&decide(&ann, &asked, "approve").await),
        (404, "approval.unknown")
    );
    assert_eq!(ann.read("/v1/approvals").await["items"], json!([]));
    let listed = eve.read("/v1/approvals?state=open").await;
    assert_eq!(
        (&listed["items"][0]["id"], &listed["items"][0]["may_decide"]),
        (&asked["id"], &json!(true))
    );
    let decided = decide(&eve, &asked, "approve").await;
    assert_eq!(
        (decided.0, &decided.1["state"]),
        (200, &json!("approved")),
        "{}",
        decided.1
    );
    let role = ada.read(&path).await;
    assert_eq!(
        role["permissions"],
        json!([{ "code": "sale.read", "max_bps": null, "max_minor": null }])
    );
    assert_eq!(
        said(&decide(&eve, &asked, "reject").await),
        (409, "approval.closed")
    );

    the_audit_names_both(&office, &eve).await;
}

async fn the_audit_names_both(office: &Office, eve: &Browser) {
    let entries = eve.read("/v1/audit?action=role.changed").await;
    let newest = &entries["items"][0];
    assert_eq!(
        newest["actor"],
        format!("staff:{}", id(3, 100)),
        "whoever asked"
    );
    assert_eq!(newest["before"]["permissions"][1]["code"], "stock.read");
    assert_eq!(newest["reason"], "less");
    let actions = office
        .world
        .text(
            "select string_agg(action, ' ' order by id) from audit where action like 'approval.%'",
        )
        .await;
    assert_eq!(actions, "approval.requested approval.approved");
}

#[tokio::test]
async fn what_nobody_decides_about_lapses_and_rights_are_looked_at_again() {
    let office = Office::open().await;
    let ada = office.signed_in(ADMIN).await;
    let eve = join(&office, 150, EVE, NewGrant::new("administrator", None)).await;
    let path = format!("/v1/roles/{}", id(6, 10));
    let (_, late) = ada.put(&path, manager(&["sale.read"])).await;
    // Not so long that the sessions end.
    let mut eve = eve;
    for _ in 0..3 {
        office.security.advance(SignedDuration::from_hours(8));
        eve.read("/v1/session").await;
        ada.read("/v1/session").await;
    }
    let closed = decide(&eve, &late, "approve").await;
    assert_eq!(said(&closed), (409, "approval.closed"));
    assert_eq!(closed.1["figures"]["state"], "expired");

    let (_, withdrawn) = ada.put(&path, manager(&["sale.read"])).await;
    assert_ne!(withdrawn["id"], late["id"]);
    assert_eq!(
        decide(&ada, &withdrawn, "reject").await.1["state"],
        "withdrawn"
    );

    // Whoever asked is no administrator any more when the other decides.
    let (_, asked) = eve.put(&path, manager(&["sale.read"])).await;
    let her = ada.read(&format!("/v1/staff/{}", id(3, 150))).await;
    let grant = her["grants"][0]["id"].as_str().unwrap();
    assert_eq!(
        ada.delete(&format!("/v1/staff/{}/grants/{grant}", id(3, 150)))
            .await
            .0,
        204
    );
    assert_eq!(
        said(&decide(&ada, &asked, "approve").await),
        (403, "permission.denied")
    );
    assert_eq!(decide(&ada, &asked, "reject").await.1["state"], "rejected");
    eve.sign_out().await;
}

async fn operators_fence(office: &Office) {
    let fences = [
        Permission::NodeRead,
        Permission::NodeFence,
        Permission::ApprovalDecide,
    ];
    let role = NewRole {
        id: id(6, 40),
        code: "operator".to_owned(),
        name: "Operator".to_owned(),
        permissions: fences.to_vec(),
    };
    staff::put_roles(&office.world.cloud, &[role])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_node_is_fenced_by_two_people_of_its_branch() {
    let office = Office::open().await;
    let node = office.world.node(0).await;
    operators_fence(&office).await;
    let [a, b] = [office.world.locations[0], office.world.locations[1]];
    let one = join(
        &office,
        160,
        "one@example.org",
        NewGrant::new("operator", Some(a)),
    )
    .await;
    let other = join(
        &office,
        161,
        "other@example.org",
        NewGrant::new("operator", Some(a)),
    )
    .await;
    let foreign = join(
        &office,
        162,
        "foreign@example.org",
        NewGrant::new("operator", Some(b)),
    )
    .await;
    let fence = format!("/v1/nodes/{}/fence", node.id);
    for reason in ["", " \n", &"x".repeat(501)] {
        let (status, told) = one.post(&fence, Some(json!({ "reason": reason }))).await;
        assert_eq!((status, &told["code"]), (422, &json!("node.reason")));
        assert_eq!(told["errors"][0]["field"], "reason");
    }
    let by = cloud::Actor::Service("admin");
    let silent = cloud::node::fence(&office.world.cloud, by, node.id, "").await;
    assert!(silent.unwrap_err().to_string().starts_with("node.reason"));
    let (status, asked) = one.post(&fence, Some(json!({ "reason": "stolen" }))).await;
    assert_eq!(status, 202, "{asked}");
    let replacement = format!("/v1/nodes/{}/replacement", node.id);
    assert_eq!(
        said(&one.post(&replacement, None).await),
        (409, "node.fence_first")
    );
    assert_eq!(
        said(&decide(&foreign, &asked, "approve").await),
        (404, "approval.unknown")
    );
    assert_eq!(foreign.read("/v1/approvals").await["items"], json!([]));
    let active = "select count(*) from node_stream where status = 'active'";
    assert_eq!(office.world.number(active).await, 1);
    assert_eq!(
        decide(&other, &asked, "approve").await.1["state"],
        "approved"
    );
    assert_eq!(office.world.number(active).await, 0);
    // It is over already: nobody has to agree to that.
    assert_eq!(
        one.post(&fence, Some(json!({ "reason": "again" }))).await.0,
        200
    );
    assert_eq!(one.post(&replacement, None).await.0, 201);
    let bob = office.signed_in(BOB).await;
    assert_eq!(
        said(&bob.post(&fence, Some(json!({ "reason": "x" }))).await),
        (403, "permission.denied")
    );
}

#[tokio::test]
async fn a_count_that_writes_off_much_needs_a_second_person() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let a = office.world.locations[0];
    let counter = json!({ "code": "counter", "name": "Counter", "permissions": [
        { "code": "stock.count", "max_minor": 1_000 }, { "code": "stock.read" },
    ] });
    assert_eq!(
        admin
            .put(&format!("/v1/roles/{}", id(6, 41)), counter)
            .await
            .0,
        200
    );
    let kim = join(
        &office,
        170,
        "kim@example.org",
        NewGrant::new("counter", Some(a)),
    )
    .await;
    let mut node = office.world.node(0).await;
    let variant = office.world.variants[1];
    let mut header = node.header(node.fact(), StockCounted::KIND, StockCounted::VERSION);
    header.moves = moves([(variant, 10)]);
    let first = StockCounted {
        reason: "count".to_owned(),
        sale: None,
        lines: vec![CountLine {
            variant,
            expected: 0,
            counted: 10,
        }],
        to_count: Vec::new(),
    };
    node.record(&header, &first);
    node.push_from(&office.world.cloud, 1).await;
    let count = |number: u64| format!("/v1/locations/{a}/counts/{}", id(9, number));
    let lines = |left: i64| json!({ "lines": [{ "variant_id": variant, "quantity": left }] });
    // 1.99 each: five are 9.95, six 11.94.
    let (status, done) = kim.put(&count(1), lines(5)).await;
    assert_eq!((status, &done["state"]), (202, &json!("sent")), "{done}");
    let (status, asked) = kim.put(&count(2), lines(4)).await;
    assert_eq!((status, &asked["state"]), (202, &json!("asked")), "{asked}");
    assert_eq!(asked["approval"]["payload"]["written_off_minor"], 1_194);
    let commands = "select count(*) from node_command where kind = 'count'";
    assert_eq!(office.world.number(commands).await, 1);
    assert_eq!(
        decide(&admin, &asked["approval"], "approve").await.1["state"],
        "approved"
    );
    assert_eq!(office.world.number(commands).await, 2);
    assert_eq!(
        kim.put(&count(2), lines(4)).await.1["state"],
        "sent",
        "a repeat"
    );
}

/// Runs the job as its schedule does, and waits until it is done, whoever takes it.
async fn run_lapse(office: &Office) {
    let cloud = &office.world.cloud;
    let new = NewJob {
        kind: Kind::ApprovalLapse,
        payload: json!({}),
        dedupe_key: None,
        run_at: Timestamp::UNIX_EPOCH,
    };
    cloud
        .tx("test_enqueue", Actor::Service("test"), async |tx| {
            job::enqueue(tx, &new).await
        })
        .await
        .unwrap();
    let waiting = "select count(*) from job where kind = 'approval.lapse' and dead_at is null";
    while office.world.number(waiting).await > 0 {
        job::round(cloud).await.unwrap();
    }
}

#[tokio::test]
async fn what_nobody_decides_about_is_closed_once_and_the_audit_says_so() {
    let office = Office::open().await;
    let ada = office.signed_in(ADMIN).await;
    let eve = join(&office, 150, EVE, NewGrant::new("administrator", None)).await;
    let path = format!("/v1/roles/{}", id(6, 10));
    let (status, asked) = ada.put(&path, manager(&["sale.read"])).await;
    assert_eq!(status, 202, "{asked}");
    run_lapse(&office).await;
    let open = eve.read("/v1/approvals?state=open").await;
    assert_eq!(open["items"][0]["id"], asked["id"], "not yet");

    office.security.advance(SignedDuration::from_hours(25));
    let (ada, eve) = (office.signed_in(ADMIN).await, office.signed_in(EVE).await);
    let at_once = ada.read("/v1/approvals?state=expired").await;
    assert_eq!(at_once["items"][0]["id"], asked["id"]);
    run_lapse(&office).await;
    run_lapse(&office).await;
    let open = eve.read("/v1/approvals?state=open").await;
    assert_eq!(open["items"], json!([]));
    let lapsed = &ada.read("/v1/approvals?state=expired").await["items"][0];
    assert_eq!(
        (&lapsed["id"], &lapsed["decided_by"]),
        (&asked["id"], &json!(null))
    );
    let entries = ada.read("/v1/audit?action=approval.expired").await;
    let [entry] = entries["items"].as_array().unwrap().as_slice() else {
        panic!("once: {entries}");
    };
    assert_eq!(
        (&entry["subject"], &entry["detail"]["action"]),
        (&asked["id"], &json!("role.change"))
    );
    assert_eq!(
        said(&decide(&eve, &asked, "approve").await),
        (409, "approval.closed")
    );
    let unknown = eve.get("/v1/approvals?state=whatever").await;
    assert_eq!(said(&unknown), (422, "query.invalid"));
    // It can be asked for again.
    let (status, fresh) = ada.put(&path, manager(&["sale.read"])).await;
    assert_eq!((status, &fresh["state"]), (202, &json!("open")), "{fresh}");
    assert_ne!(fresh["id"], asked["id"]);
}
