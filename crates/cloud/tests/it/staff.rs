//! People, roles and grants: what is given, by whom it may be given, and that it counts at once everywhere.
use std::time::Duration;

use cloud::OfficeOptions;
use cloud::staff::{self, NewGrant, NewRole, NewStaff};
use httpkit::clock::Stopwatch;
use retail::staff::Permission;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::browser::{ADMIN, ANN, BOB, Browser, Office, PASSWORD, SOON, close_code, next, until};
use crate::world::id;

/// Manages the people of branch A.
const MIA: &str = "mia@example.org";

fn said(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["code"].as_str().unwrap_or_default())
}

/// Gives Mia a role that manages people and sells, at branch A.
async fn with_mia(office: &Office) -> Browser {
    let may = [
        Permission::StaffRead,
        Permission::StaffManage,
        Permission::SaleCreate,
        Permission::ShiftOpen,
        Permission::SaleRead,
    ];
    let role = NewRole {
        id: id(6, 20),
        code: "people_manager".to_owned(),
        name: "People manager".to_owned(),
        permissions: may.to_vec(),
    };
    staff::put_roles(&office.world.cloud, &[role])
        .await
        .unwrap();
    let mia = NewStaff {
        id: id(3, 120),
        name: "Mia".to_owned(),
        email: Some(MIA.to_owned()),
        password: Some(PASSWORD.to_owned()),
        pin: None,
        grants: vec![NewGrant::new(
            "people_manager",
            Some(office.world.locations[0]),
        )],
    };
    staff::put(&office.world.cloud, &mia).await.unwrap();
    office.signed_in(MIA).await
}

fn role(code: &str, permissions: &Value) -> Value {
    json!({ "code": code, "name": code, "permissions": permissions, "reason": "a test" })
}

async fn names(browser: &Browser, path: &str) -> Vec<String> {
    let list = browser.read(path).await;
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|one| one["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Lan sells at branch A by a grant of that branch, and at B by one of its region: her, and both grants.
async fn with_lan(office: &Office, admin: &Browser) -> [Uuid; 3] {
    let [a, b] = [office.world.locations[0], office.world.locations[1]];
    let seller = id(6, 30);
    let wanted = role(
        "seller",
        &json!([
            { "code": "sale.create" }, { "code": "price.override", "max_bps": 1_000 },
        ]),
    );
    let path = format!("/v1/roles/{seller}");
    let (status, made) = admin.put(&path, wanted).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(made["offline_days"], 7);
    assert_eq!(
        made["permissions"][0],
        json!({ "code": "price.override", "max_bps": 1_000, "max_minor": null })
    );

    let (lan, grant) = (id(3, 130), id(9, 1));
    let person = json!({ "name": "Lan", "email": "Lan@Example.org", "grants": [
        { "id": grant, "role_id": seller, "location_id": a },
    ] });
    let (status, made) = admin.put(&format!("/v1/staff/{lan}"), person).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        (&made["email"], &made["has_password"]),
        (&json!("lan@example.org"), &json!(false))
    );

    // A region reaches what it has at the time.
    let north = id(9, 2);
    let region = json!({ "code": "N", "name": "North", "location_ids": [b] });
    assert_eq!(
        admin.put(&format!("/v1/regions/{north}"), region).await.0,
        200
    );
    let wide = json!({ "role_id": seller, "region_id": north });
    let answer = admin
        .put(&format!("/v1/staff/{lan}/grants/{}", id(9, 3)), wide)
        .await;
    assert_eq!(answer.0, 200, "{}", answer.1);
    [lan, grant, id(9, 3)]
}

#[tokio::test]
async fn a_role_is_made_limited_given_and_seen_with_the_grant_it_comes_from() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let [a, b] = [office.world.locations[0], office.world.locations[1]];
    let [lan, at_branch, at_region] = with_lan(&office, &admin).await;
    let seen = admin.read(&format!("/v1/staff/{lan}/effective")).await;
    let items = seen["items"].as_array().unwrap();
    let what: Vec<(&str, Uuid, &Value, &Value)> = items
        .iter()
        .map(|one| {
            let location = one["location_id"].as_str().unwrap().parse().unwrap();
            (
                one["permission"].as_str().unwrap(),
                location,
                &one["max_bps"],
                &one["grants"][0],
            )
        })
        .collect();
    let (first, second) = (json!(at_branch), json!(at_region));
    let expected = [
        ("sale.create", a, &Value::Null, &first),
        ("sale.create", b, &Value::Null, &second),
        ("price.override", a, &json!(1_000), &first),
        ("price.override", b, &json!(1_000), &second),
    ];
    assert_eq!(what, expected);
}

#[tokio::test]
async fn shops_get_the_limit_and_forget_whom_the_region_loses() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let (b, north) = (office.world.locations[1], id(9, 2));
    let [lan, ..] = with_lan(&office, &admin).await;
    // The shops get the limit and for how long they may believe it.
    let state = office
        .world
        .text(&format!(
            "select state -> 'grants' from reference_entity where feed = 'staff' and entity = '{lan}' and location_id = '{b}'"
        ).replace("state -> 'grants'", "(state -> 'grants')::text"))
        .await;
    let state: Value = serde_json::from_str(&state).unwrap();
    assert_eq!(
        state,
        json!([{
            "permissions": ["price.override", "sale.create"], "offline_days": 7,
            "limits": { "price.override": { "max_bps": 1_000 } },
        }])
    );
    // Branch B leaves the region: its shop forgets her.
    let region = json!({ "code": "N", "name": "North", "location_ids": [] });
    assert_eq!(
        admin.put(&format!("/v1/regions/{north}"), region).await.0,
        200
    );
    let gone = office
        .world
        .number(&format!(
            "select count(*) from reference_entity where feed = 'staff' and entity = '{lan}' and location_id = '{b}' and state is null"
        ))
        .await;
    assert_eq!(gone, 1);
}

#[tokio::test]
async fn a_region_that_nothing_uses_can_be_removed() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    with_lan(&office, &admin).await;
    let (north, spare) = (id(9, 2), id(9, 7));
    let region = json!({ "code": "N", "name": "North", "location_ids": [] });
    assert_eq!(
        admin.put(&format!("/v1/regions/{north}"), region).await.0,
        200
    );
    let (status, told) = admin.delete(&format!("/v1/regions/{north}")).await;
    assert_eq!((status, &told["code"]), (409, &json!("region.in_use")));
    let used = json!({ "locations": 0, "grants": 1, "invitations": 0, "groups": 0 });
    assert_eq!(told["figures"], used);
    let path = format!("/v1/regions/{spare}");
    let region = json!({ "code": "S", "name": "Spare", "location_ids": [] });
    assert_eq!(admin.put(&path, region).await.0, 200);
    assert_eq!(admin.delete(&path).await.0, 204);
    assert_eq!(said(&admin.delete(&path).await), (404, "region.unknown"));
    let left = admin.read("/v1/regions").await;
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn bad_roles_are_refused() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let path = format!("/v1/roles/{}", id(6, 30));
    for (permissions, expected) in [
        (json!([{ "code": "sale.steal" }]), "permission.unknown"),
        (
            json!([{ "code": "sale.create", "max_bps": 5 }]),
            "permission.limit_invalid",
        ),
        (
            json!([{ "code": "price.override", "max_bps": 10_001 }]),
            "permission.limit_invalid",
        ),
        (
            json!([{ "code": "price.override", "max_minor": 1 }]),
            "permission.limit_invalid",
        ),
        (
            json!([{ "code": "sale.create" }, { "code": "sale.create" }]),
            "permission.repeated",
        ),
        (
            json!([{ "code": "sale.create", "wild": 1 }]),
            "body.invalid",
        ),
    ] {
        let answer = admin.put(&path, role("seller", &permissions)).await;
        assert_eq!(said(&answer), (422, expected), "{permissions}");
    }
    assert_eq!(
        said(&admin.put(&path, role("Bad Code", &json!([]))).await),
        (422, "role.code")
    );
    assert_eq!(
        said(&admin.put(&path, role("cashier", &json!([]))).await),
        (409, "role.code_taken")
    );
}

#[tokio::test]
async fn bad_grants_and_pins_are_refused() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let ann = id(3, 101);
    let grants = format!("/v1/staff/{ann}/grants/{}", id(9, 1));
    for (grant, expected) in [
        (json!({ "role_id": id(6, 99) }), (422, "role.unknown")),
        (
            json!({ "role_id": id(6, 0), "location_id": id(1, 99) }),
            (404, "location.unknown"),
        ),
        (
            json!({ "role_id": id(6, 0), "region_id": id(1, 99) }),
            (404, "region.unknown"),
        ),
        (
            json!({ "role_id": id(6, 0), "region_id": id(1, 0), "location_id": id(1, 0) }),
            (422, "grant.place"),
        ),
        (
            json!({ "role_id": id(6, 0), "valid_until": "2020-01-01T00:00:00Z" }),
            (422, "grant.period"),
        ),
    ] {
        assert_eq!(
            said(&admin.put(&grants, grant.clone()).await),
            expected,
            "{grant}"
        );
    }
    let nobody = format!("/v1/staff/{}/grants/{}", id(3, 999), id(9, 1));
    let grant = json!({ "role_id": id(6, 0) });
    assert_eq!(
        said(&admin.put(&nobody, grant).await),
        (404, "staff.unknown")
    );
    for pin in ["1111", "12", "12345678901"] {
        let answer = admin
            .put(&format!("/v1/staff/{ann}/pin"), json!({ "pin": pin }))
            .await;
        assert_eq!(said(&answer), (422, "staff.pin"), "{pin}");
    }
    assert_eq!(
        admin
            .put(&format!("/v1/staff/{ann}/pin"), json!({ "pin": "2468" }))
            .await
            .0,
        204
    );
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_have_nor_manages_who_may_do_more() {
    let office = Office::open().await;
    let mia = with_mia(&office).await;
    let [a, b] = [office.world.locations[0], office.world.locations[1]];
    let (ann, bob, tim, ada) = (id(3, 101), id(3, 102), id(3, 104), id(3, 100));
    let (cashier, administrator) = (id(6, 0), id(6, 1));
    let give = |staff: Uuid| format!("/v1/staff/{staff}/grants/{}", id(9, 1));
    let at = |role: Uuid, location: Uuid| json!({ "role_id": role, "location_id": location });
    for (staff, grant, expected) in [
        (tim, at(cashier, a), (200, "")),
        (tim, at(administrator, a), (403, "grant.beyond_own")),
        (tim, at(id(6, 10), a), (403, "grant.beyond_own")),
        (tim, at(cashier, b), (404, "location.unknown")),
        (
            tim,
            json!({ "role_id": cashier }),
            (403, "grant.beyond_own"),
        ),
        // Ann may see figures that Mia may not.
        (ann, at(cashier, a), (403, "staff.beyond_own")),
        // Who works elsewhere, or everywhere, is nobody.
        (bob, at(cashier, a), (404, "staff.unknown")),
        (ada, at(cashier, a), (404, "staff.unknown")),
    ] {
        let answer = mia.put(&give(staff), grant.clone()).await;
        assert_eq!(said(&answer), expected, "{staff} {grant}");
    }
    for (staff, expected) in [
        (ann, (403, "staff.beyond_own")),
        (bob, (404, "staff.unknown")),
        (ada, (404, "staff.unknown")),
    ] {
        let pin = mia
            .put(&format!("/v1/staff/{staff}/pin"), json!({ "pin": "2468" }))
            .await;
        assert_eq!(said(&pin), expected);
        let gone = mia
            .put(
                &format!("/v1/staff/{staff}/activity"),
                json!({ "active": false }),
            )
            .await;
        assert_eq!(said(&gone), expected);
        let name = mia
            .put(
                &format!("/v1/staff/{staff}"),
                json!({ "name": "Somebody", "email": MIA }),
            )
            .await;
        assert_eq!(said(&name), expected);
    }
}

#[tokio::test]
async fn a_manager_sees_and_enters_people_of_the_own_branch_alone() {
    let office = Office::open().await;
    let mia = with_mia(&office).await;
    let [a, b] = [office.world.locations[0], office.world.locations[1]];
    let (bob, ada, cashier) = (id(3, 102), id(3, 100), id(6, 0));
    for path in [
        format!("/v1/staff/{bob}"),
        format!("/v1/staff/{bob}/effective"),
        format!("/v1/staff/{ada}"),
    ] {
        assert_eq!(
            said(&mia.get(&path).await),
            (404, "staff.unknown"),
            "{path}"
        );
    }
    assert_eq!(
        names(&mia, "/v1/staff").await,
        ["Ann", "Casey", "Mia", "Tim"]
    );
    let foreign = format!("/v1/staff?location_id={b}");
    assert_eq!(said(&mia.get(&foreign).await), (404, "location.unknown"));
    // A new person without a role would be nobody's.
    let new = format!("/v1/staff/{}", id(3, 140));
    assert_eq!(
        said(&mia.put(&new, json!({ "name": "New" })).await),
        (422, "staff.grant_missing")
    );
    let grants = json!([{ "id": id(9, 5), "role_id": cashier, "location_id": a }]);
    assert_eq!(
        mia.put(&new, json!({ "name": "New", "grants": grants }))
            .await
            .0,
        201
    );
    let role = role("own", &json!([{ "code": "sale.create" }]));
    assert_eq!(
        said(&mia.put(&format!("/v1/roles/{}", id(6, 31)), role).await),
        (403, "permission.denied")
    );
    assert_eq!(
        said(&mia.get("/v1/audit").await),
        (403, "permission.denied")
    );
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let ada = id(3, 100);
    let mine = admin.read(&format!("/v1/staff/{ada}")).await;
    let grant = mine["grants"][0]["id"].as_str().unwrap().to_owned();
    let last = (409, "staff.last_administrator");
    let path = format!("/v1/staff/{ada}/grants/{grant}");
    assert_eq!(said(&admin.delete(&path).await), last);
    let until = json!({ "role_id": id(6, 1), "valid_until": "2030-01-01T00:00:00Z" });
    assert_eq!(said(&admin.put(&path, until).await), last);
    assert_eq!(
        said(
            &admin
                .put(&format!("/v1/staff/{ada}"), json!({ "name": "Ada" }))
                .await
        ),
        last
    );
    let less = role("administrator", &json!([{ "code": "role.manage" }]));
    assert_eq!(
        said(&admin.put(&format!("/v1/roles/{}", id(6, 1)), less).await),
        last
    );
    let gone = admin
        .put(
            &format!("/v1/staff/{ada}/activity"),
            json!({ "active": false }),
        )
        .await;
    assert_eq!(said(&gone), (409, "staff.self"));
    let left = office
        .world
        .number("select count(*) from audit where action like 'grant.%'")
        .await;
    assert_eq!(left, 0, "nothing was done");
}

/// Waits for the next message of that type, and how long it took.
async fn wait_for(
    socket: &mut crate::browser::Socket,
    kind: &str,
    since: Stopwatch,
) -> (Value, Duration) {
    let seen = until(socket, |message| message["type"] == kind).await;
    (seen.last().unwrap().clone(), since.elapsed())
}

#[tokio::test]
async fn a_role_changed_in_the_office_counts_in_open_pages_of_every_instance_within_a_second() {
    let office = Office::open().await;
    let second = office.second(OfficeOptions::default()).await;
    let admin = office.signed_in(ADMIN).await;
    let ann = office.signed_in(ANN).await;
    let there = ann.moved_to(second.addr);
    let (mut here, mut elsewhere) = (ann.live(None).await, there.live(None).await);
    for socket in [&mut here, &mut elsewhere] {
        assert_eq!(next(socket).await.unwrap()["type"], "hello");
    }
    let manager = id(6, 10);
    let less = role("branch_manager", &json!([{ "code": "stock.read" }]));
    let began = Stopwatch::start();
    let answer = admin.put(&format!("/v1/roles/{manager}"), less).await;
    assert_eq!(answer.0, 200, "{}", answer.1);
    assert_eq!(
        said(&there.get("/v1/sales").await),
        (403, "permission.denied")
    );
    for socket in [&mut here, &mut elsewhere] {
        let (message, took) = wait_for(socket, "session", began).await;
        assert_eq!(message["permissions"], json!(["stock.read"]));
        assert!(took < SOON, "{took:?}");
    }
    // Dismissed: the pages close everywhere, and nobody gets in again.
    let gone = json!({ "active": false, "reason": "left" });
    let answer = admin
        .put(&format!("/v1/staff/{}/activity", id(3, 101)), gone)
        .await;
    assert_eq!((answer.0, &answer.1["active"]), (200, &json!(false)));
    for socket in [&mut here, &mut elsewhere] {
        assert_eq!(close_code(socket).await, 1008);
    }
    let mut again = office.browser();
    assert_eq!(
        said(&again.sign_in(ANN, PASSWORD).await),
        (401, "session.credentials")
    );
    second.stop().await;
}

#[tokio::test]
async fn a_page_of_somebody_who_loses_a_branch_gets_nothing_of_it_any_more() {
    let mut office = Office::open().await;
    office.world.running = None;
    let admin = office.signed_in(ADMIN).await;
    let bob = office.signed_in(BOB).await;
    let mut page = bob.live(None).await;
    next(&mut page).await.unwrap();
    let b = office.world.locations[1];
    let him = admin.read(&format!("/v1/staff/{}", id(3, 102))).await;
    let grant = him["grants"][0]["id"].as_str().unwrap();
    let moved = json!({ "role_id": id(6, 10), "location_id": office.world.locations[0] });
    let answer = admin
        .put(&format!("/v1/staff/{}/grants/{grant}", id(3, 102)), moved)
        .await;
    assert_eq!(answer.0, 200, "{}", answer.1);
    let told = "insert into live_event (location_id, permission, payload, at) values";
    for (location, name) in [(b, "foreign"), (office.world.locations[0], "own")] {
        office
            .meddle(&format!(
                "{told} ('{location}', 'sale.read', '{{\"type\":\"{name}\"}}', moment())"
            ))
            .await;
    }
    let seen = until(&mut page, |message| message["type"] == "own").await;
    let kinds: Vec<&str> = seen
        .iter()
        .map(|one| one["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["session", "own"]);
}
