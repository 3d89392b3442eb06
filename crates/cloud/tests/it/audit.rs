//! The audit: what was done here and at the shops, by whom, where and why, and who may read it.
use cloud::staff::{self, NewGrant, NewRole, NewStaff};
use jiff::SignedDuration;
use retail::staff::Permission;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::body::{
    BasketVoided, CountLine, Document as _, PinLocked, SaleClosed, SaleOverridden, ShiftClosed,
    StockCounted, StockFound, Units, VoidedLine,
};

use crate::browser::{ADMIN, ANN, Browser, Office, PASSWORD};
use crate::world::{Node, id, moves, sale_body};

/// Reads the audit of branch A.
const MAX: &str = "max@example.org";

async fn reader(office: &Office) -> Browser {
    let role = NewRole {
        id: id(6, 50),
        code: "reader".to_owned(),
        name: "Reader".to_owned(),
        permissions: vec![Permission::AuditRead],
    };
    staff::put_roles(&office.world.cloud, &[role])
        .await
        .unwrap();
    let person = NewStaff {
        id: id(3, 180),
        name: "Max".to_owned(),
        email: Some(MAX.to_owned()),
        password: Some(PASSWORD.to_owned()),
        pin: None,
        grants: vec![NewGrant::new("reader", Some(office.world.locations[0]))],
    };
    staff::put(&office.world.cloud, &person).await.unwrap();
    office.signed_in(MAX).await
}

/// Gives the cashier of the tests what the role of a cashier has, and more.
async fn cashiers_may(office: &Office, permissions: &[Permission]) {
    let role = NewRole {
        id: id(6, 0),
        code: "cashier".to_owned(),
        name: "cashier".to_owned(),
        permissions: permissions.to_vec(),
    };
    staff::put_roles(&office.world.cloud, &[role])
        .await
        .unwrap();
}

fn actions(page: &Value) -> Vec<(&str, Vec<&str>)> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|one| {
            let flags = one["flags"].as_array().unwrap();
            let flags = flags.iter().map(|flag| flag.as_str().unwrap()).collect();
            (one["action"].as_str().unwrap(), flags)
        })
        .collect()
}

/// A sale with another price on its line.
fn sell_cheaper(node: &mut Node, variant: Uuid) -> Uuid {
    let sale = node.fact();
    let mut header = node.header(sale, SaleClosed::KIND, SaleClosed::VERSION);
    header.moves = moves([(variant, -1)]);
    let mut body = sale_body(node.shift, header.seq, &[(variant, 1, 100)]);
    body.lines[0].price_reason = Some("=dented".to_owned());
    node.record(&header, &body);
    sale
}

/// Somebody who may let others give discounts and void, in the first branch.
async fn lead(office: &Office) -> Uuid {
    let role = NewRole {
        id: id(6, 51),
        code: "lead".to_owned(),
        name: "Lead".to_owned(),
        permissions: vec![Permission::DiscountLine, Permission::SaleVoid],
    };
    staff::put_roles(&office.world.cloud, &[role])
        .await
        .unwrap();
    let person = NewStaff {
        id: id(3, 181),
        name: "Lea".to_owned(),
        email: None,
        password: None,
        pin: None,
        grants: vec![NewGrant::new("lead", Some(office.world.locations[0]))],
    };
    staff::put(&office.world.cloud, &person).await.unwrap();
    person.id
}

#[tokio::test]
async fn what_a_supervisor_let_be_is_told_of_them_with_the_cashier_beside_it() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    cashiers_may(&office, &[Permission::SaleCreate, Permission::ShiftOpen]).await;
    let mut node = office.world.node(0).await;
    let variant = office.world.variants[1];
    node.sell(&[(variant, 1, 199)]);
    let supervisor = lead(&office).await;

    let (sale, date) = (node.fact(), node.date);
    let mut header = node.header(sale, SaleClosed::KIND, SaleClosed::VERSION);
    header.moves = moves([(variant, -1)]);
    let mut body = sale_body(node.shift, header.seq, &[(variant, 1, 100)]);
    let line = &mut body.lines[0];
    (line.gross_minor, line.discount_minor) = (120, 20);
    line.discount_reason = Some("dented".to_owned());
    line.approved_by = Some(supervisor);
    (body.subtotal_minor, body.discount_minor) = (120, 20);
    node.record(&header, &body);

    let voided = BasketVoided {
        shift: node.shift,
        sale: node.fact(),
        whole: false,
        reason: "scanned by mistake".to_owned(),
        approved_by: Some(supervisor),
        lines: vec![VoidedLine {
            variant,
            quantity: 2,
            total_minor: 398,
        }],
        total_minor: 398,
    };
    let header = node.header(node.fact(), BasketVoided::KIND, BasketVoided::VERSION);
    node.record(&header, &voided);
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;

    let page = admin
        .read(&format!("/v1/audit?staff_id={supervisor}"))
        .await;
    let entries = page["items"].as_array().unwrap();
    let of = |action: &str| {
        let found = entries.iter().find(|one| one["action"] == action);
        found.unwrap_or_else(|| panic!("{action} in {page}"))
    };
    let (discount, line) = (of("sale.discount_approved"), of("sale.line_voided"));
    assert_eq!(discount["reason"], "dented");
    assert_eq!(discount["detail"]["cashier"], json!(node.staff));
    assert_eq!(line["reason"], "scanned by mistake");
    assert_eq!(line["detail"]["total_minor"], 398);
    let location = office.world.locations[0];
    let receipt = admin
        .read(&format!("/v1/locations/{location}/sales/{date}/{sale}"))
        .await;
    assert_eq!(receipt["lines"][0]["approved_by"]["id"], json!(supervisor));
}

/// A lower price, a unit found, an override, a count and a drawer that lacks money; when the last of them was.
fn odd_acts(node: &mut Node, variant: Uuid) -> jiff::Timestamp {
    let cheaper = sell_cheaper(node, variant);
    let unit = Units {
        variant,
        quantity: 1,
    };
    let found = StockFound {
        sale: cheaper,
        lines: vec![unit],
    };
    let header = node.header(node.fact(), StockFound::KIND, StockFound::VERSION);
    node.record(&header, &found);
    let overridden = SaleOverridden {
        sale: cheaper,
        supervisor: node.staff,
        reason: "in hand".to_owned(),
        lines: vec![unit],
    };
    let header = node.header(node.fact(), SaleOverridden::KIND, SaleOverridden::VERSION);
    node.record(&header, &overridden);
    let line = CountLine {
        variant,
        expected: 3,
        counted: 1,
    };
    let counted = StockCounted {
        reason: "count".to_owned(),
        sale: None,
        lines: vec![line],
        to_count: vec![],
    };
    let header = node.header(node.fact(), StockCounted::KIND, StockCounted::VERSION);
    node.record(&header, &counted);
    let closed = ShiftClosed {
        shift: node.shift,
        sales: 2,
        expected_minor: 500,
        counted_minor: 480,
        difference_reason: None,
        approved_by: None,
    };
    let header = node.header(node.fact(), ShiftClosed::KIND, ShiftClosed::VERSION);
    node.record(&header, &closed);
    node.at
}

#[tokio::test]
async fn what_people_do_at_a_shop_on_its_own_becomes_entries() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let may = [
        Permission::SaleCreate,
        Permission::ShiftOpen,
        Permission::ShiftClose,
        Permission::PriceOverride,
        Permission::StockCount,
    ];
    cashiers_may(&office, &may).await;
    let mut node = office.world.node(0).await;
    let variant = office.world.variants[1];
    node.sell(&[(variant, 1, 199)]);
    let happened = odd_acts(&mut node, variant);
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    let page = admin
        .read(&format!("/v1/audit?staff_id={}", node.staff))
        .await;
    let expected = [
        ("shift.difference", vec![]),
        ("stock.counted", vec![]),
        // The role has no such permission.
        ("sale.overridden", vec!["not_permitted"]),
        ("stock.found", vec![]),
        ("sale.price_overridden", vec![]),
    ];
    assert_eq!(actions(&page), expected, "a plain sale is none");
    let newest = &page["items"][0];
    assert_eq!(newest["actor_name"], "Casey");
    assert_eq!(newest["location_name"], "Branch A");
    assert_eq!(newest["business_date"], "2026-03-02");
    assert_eq!(
        (&newest["before"], &newest["after"]),
        (
            &json!({ "expected_minor": 500 }),
            &json!({ "counted_minor": 480 })
        )
    );
    let at: jiff::Timestamp = newest["happened_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(at, happened - SignedDuration::from_secs(30));
    let event = newest["event_id"].as_str().unwrap();
    assert_eq!(
        actions(&admin.read(&format!("/v1/audit?event_id={event}")).await).len(),
        1
    );
    let count = &page["items"][1];
    assert_eq!(
        (&count["before"], &count["after"]),
        (
            &json!({ variant.to_string(): 3 }),
            &json!({ variant.to_string(): 1 })
        )
    );
    let flagged = admin.read("/v1/audit?flagged=true").await;
    assert_eq!(
        actions(&flagged),
        [("sale.overridden", vec!["not_permitted"])]
    );

    only_the_branch_is_read(&office).await;
}

/// Whoever reads the audit of a branch sees that branch alone.
async fn only_the_branch_is_read(office: &Office) {
    let max = reader(office).await;
    assert_eq!(
        actions(&max.read("/v1/audit").await).len(),
        7,
        "what was done at branch A, its code and its enrolment, and none about the chain"
    );
    let foreign = max
        .get(&format!(
            "/v1/audit?location_id={}",
            office.world.locations[1]
        ))
        .await;
    assert_eq!(foreign.0, 404);
    let ann = office.signed_in(ANN).await;
    assert_eq!(ann.get("/v1/audit").await.0, 403);
}

#[tokio::test]
async fn what_a_dismissed_person_did_afterwards_is_flagged_and_what_they_did_before_is_not() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let mut node = office.world.node(0).await;
    let variant = office.world.variants[1];
    node.sell(&[(variant, 1, 199)]);
    office.world.clock.advance(SignedDuration::from_mins(10));
    let gone = json!({ "active": false, "reason": "took money" });
    let path = format!("/v1/staff/{}/activity", node.staff);
    let (status, person) = admin.put(&path, gone).await;
    assert_eq!(
        (status, &person["dismissed_reason"]),
        (200, &json!("took money")),
        "{person}"
    );
    // The shop has not heard of it yet.
    node.at += SignedDuration::from_mins(20);
    let after = node.sell(&[(variant, 1, 199)]);
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    let page = admin.read("/v1/audit?flagged=true").await;
    assert_eq!(actions(&page), [("sale.closed", vec!["dismissed"])]);
    assert_eq!(page["items"][0]["subject"], after.to_string());
    let entry = &admin.read("/v1/audit?action=staff.dismissed").await["items"][0];
    assert_eq!(
        (&entry["before"], &entry["after"]),
        (&json!({ "active": true }), &json!({ "active": false }))
    );
    assert_eq!(
        (&entry["reason"], &entry["subject_name"]),
        (&json!("took money"), &json!("Casey"))
    );
    assert_eq!(entry["address"], "127.0.0.1");
    let rows = "select count(*) from sale where staff_id is not null";
    assert_eq!(
        office.world.number(rows).await,
        2,
        "evidence beats rejection"
    );
}

#[tokio::test]
async fn a_permission_that_was_taken_away_counts_for_what_was_done_before() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    cashiers_may(
        &office,
        &[Permission::SaleCreate, Permission::PriceOverride],
    )
    .await;
    let mut node = office.world.node(0).await;
    let variant = office.world.variants[1];
    sell_cheaper(&mut node, variant);
    office.world.clock.advance(SignedDuration::from_mins(10));
    cashiers_may(&office, &[Permission::SaleCreate]).await;
    node.at += SignedDuration::from_mins(20);
    sell_cheaper(&mut node, variant);
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    let page = admin.read("/v1/audit?action=sale.").await;
    let expected = [
        ("sale.price_overridden", vec!["not_permitted"]),
        ("sale.price_overridden", vec![]),
    ];
    assert_eq!(actions(&page), expected);
}

#[tokio::test]
async fn an_export_runs_nothing_and_is_an_entry_itself() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let role = json!({ "code": "evil", "name": "Evil", "permissions": [], "reason": "=HYPERLINK(\"http://evil\")" });
    assert_eq!(
        admin.put(&format!("/v1/roles/{}", id(6, 60)), role).await.0,
        200
    );
    let response = admin
        .ask(
            reqwest::Method::GET,
            "/v1/audit?format=csv&action=role.created",
            None,
        )
        .await;
    assert_eq!(
        response.headers()["content-type"],
        "text/csv; charset=utf-8"
    );
    let disposition = response.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    let table = response.text().await.unwrap();
    let rows: Vec<&str> = table.trim_end().split("\r\n").collect();
    assert_eq!(rows.len(), 2, "{table}");
    assert!(
        rows[1].contains("\"'=HYPERLINK(\"\"http://evil\"\")\""),
        "{}",
        rows[1]
    );
    let exports = admin.read("/v1/audit?action=audit.exported").await;
    assert_eq!(exports["items"][0]["detail"]["rows"], 1);
    let local = "/v1/audit?format=csv&action=role.created&time_zone=Asia/Ho_Chi_Minh";
    let response = admin.ask(reqwest::Method::GET, local, None).await;
    let table = response.text().await.unwrap();
    assert!(table.contains(",2026-03-02T20:00:00+07:00,"), "{table}");
    assert_eq!(
        admin.get("/v1/audit?time_zone=Mars/Base").await.1["code"],
        "audit.time_zone"
    );
    assert_eq!(
        admin.get("/v1/audit?format=xls").await.1["code"],
        "audit.format"
    );
    // Looking at many people at once is an entry, looking one up is none.
    admin.read("/v1/staff").await;
    assert_eq!(
        actions(&admin.read("/v1/audit?action=staff.listed").await),
        []
    );
    office
        .meddle("insert into staff (id, name, created_at) select md5('many ' || n)::uuid, 'Many ' || n, moment() from generate_series(1, 30) n")
        .await;
    admin.read("/v1/staff?q=many").await;
    let entry = &admin.read("/v1/audit?action=staff.listed").await["items"][0];
    assert_eq!(
        (&entry["detail"]["people"], &entry["detail"]["query"]),
        (&json!(30), &json!("many"))
    );
}

/// Entries of refused access, newest first, once there are so many.
async fn refusals(admin: &Browser, expected: usize) -> Vec<Value> {
    for _ in 0..200 {
        let page = admin.read("/v1/audit?action=access.refused").await;
        let items = page["items"].as_array().unwrap();
        if items.len() >= expected {
            return items.clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("there are fewer than {expected}");
}

#[tokio::test]
async fn who_is_refused_something_is_noted_once_an_hour() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let max = reader(&office).await;
    let (own, foreign) = (office.world.locations[0], office.world.locations[1]);
    for _ in 0..3 {
        assert_eq!(max.get("/v1/roles").await.0, 403);
    }
    // One that there is not, and then one that is another's: the same answer, and only the second is a try.
    let audit_at = |location: Uuid| format!("/v1/audit?location_id={location}");
    for location in [id(1, 99), foreign, foreign] {
        let (status, told) = max.get(&audit_at(location)).await;
        assert_eq!((status, &told["code"]), (404, &json!("location.unknown")));
    }
    assert_eq!(max.get(&audit_at(own)).await.0, 200);
    let noted = refusals(&admin, 2).await;
    let said = noted.iter().map(|one| {
        json!([
            one["subject"],
            one["actor_name"],
            one["location_id"],
            one["detail"]
        ])
    });
    let denied = json!({"code": "permission.denied", "permission": "staff.read"});
    assert_eq!(
        said.collect::<Vec<_>>(),
        [
            json!(["GET /v1/audit", "Max", foreign, {"code": "location.unknown"}]),
            json!(["GET /v1/roles", "Max", null, denied]),
        ]
    );
    office.security.advance(SignedDuration::from_hours(1));
    assert_eq!(max.get("/v1/roles").await.0, 403);
    assert_eq!(refusals(&admin, 3).await.len(), 3);
    // Another instance has forgotten what this one remembers; the database has not.
    let other = office.second(cloud::OfficeOptions::default()).await;
    let elsewhere = max.moved_to(other.addr);
    assert_eq!(elsewhere.get("/v1/roles").await.0, 403);
    assert_eq!(elsewhere.get("/v1/staff").await.0, 403);
    assert_eq!(refusals(&admin, 4).await.len(), 4);
    other.stop().await;
}

#[tokio::test]
async fn pins_that_were_tried_too_often_are_told_of_the_till() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let mut node = office.world.node(0).await;
    let locked = PinLocked {
        staff: node.staff,
        wrong_of_person: 5,
        wrong_at_register: 5,
        person_s: 30,
        register_s: 0,
    };
    let mut header = node.header(node.fact(), PinLocked::KIND, PinLocked::VERSION);
    header.staff = None;
    node.record(&header, &locked);
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    let page = admin.read("/v1/audit?action=session.pin_locked").await;
    let one = &page["items"][0];
    assert_eq!(one["actor"], format!("node:{}", node.id));
    assert_eq!(one["subject_name"], "Casey");
    assert_eq!(one["register_id"], json!(node.register));
    assert_eq!(one["location_id"], json!(node.location));
    assert_eq!(one["detail"]["person_s"], 30);
    assert_eq!(one["flags"], json!([]));
}

#[tokio::test]
async fn voucher_codes_that_were_guessed_are_told_of_who_guessed() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let mut node = office.world.node(0).await;
    let locked = wire::body::VoucherLocked {
        wrong: 10,
        wait_s: 60,
    };
    let kind = wire::body::VoucherLocked::KIND;
    let header = node.header(node.fact(), kind, wire::body::VoucherLocked::VERSION);
    node.record(&header, &locked);
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    let page = admin.read("/v1/audit?action=voucher.locked").await;
    let one = &page["items"][0];
    assert_eq!(one["actor_name"], "Casey", "{page}");
    assert_eq!(one["detail"]["wrong"], 10);
}
