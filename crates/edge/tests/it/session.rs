use edge::testkit;
use jiff::SignedDuration;
use serde_json::json;
use wire::reference::{Feed, StaffState};

use crate::support::{TestShop, new_id, told};

#[tokio::test]
async fn nothing_of_the_shop_is_told_to_nobody() {
    let shop = TestShop::start().await;
    let till = shop.till();
    let id = new_id();
    for path in [
        "/v1/session".to_owned(),
        "/v1/products?q=cola".to_owned(),
        "/v1/barcodes/1".to_owned(),
        "/v1/sales".to_owned(),
        format!("/v1/sales/{id}"),
        format!("/v1/shifts/{id}"),
        "/v1/purchases".to_owned(),
        format!("/v1/purchases/{id}"),
        "/v1/suppliers".to_owned(),
        "/v1/containers".to_owned(),
        "/v1/stock".to_owned(),
        "/v1/picks".to_owned(),
        "/v1/printers".to_owned(),
        "/v1/prints".to_owned(),
        "/v1/letterhead".to_owned(),
        "/v1/parked-baskets".to_owned(),
        "/v1/cash".to_owned(),
        format!("/v1/shifts/{id}/cash-movements"),
        format!("/v1/shifts/{id}/report"),
        "/v1/z-reports".to_owned(),
    ] {
        assert_eq!(
            told(&till.get(&path).await),
            "401 session.missing {}",
            "{path}"
        );
    }
    for path in [
        "/v1/sales",
        "/v1/shifts",
        "/v1/purchases",
        "/v1/counts",
        "/v1/rights-returns",
        "/v1/parked-baskets",
        "/v1/line-approvals",
        "/v1/voids",
        &format!("/v1/picks/{id}/picking"),
        &format!("/v1/picks/{id}/handover"),
    ] {
        let answer = till.put(&format!("{path}/{id}"), json!({})).await;
        assert_eq!(told(&answer), "401 session.missing {}", "{path}");
    }
    for path in [
        "/v1/quotes",
        "/v1/purchase-quotes",
        "/v1/edge/clock-confirmation",
        &format!("/v1/shifts/{id}/close"),
        &format!("/v1/parked-baskets/{id}/recall"),
    ] {
        assert_eq!(
            told(&till.post(path, json!({})).await),
            "401 session.missing {}",
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_a_page_needs_before_anybody_signs_in_is_open() {
    let shop = TestShop::start().await;
    let till = shop.till();
    for path in [
        "/v1/edge",
        "/v1/staff",
        "/health",
        "/ready",
        "/metrics",
        "/v1/openapi.json",
    ] {
        assert_eq!(till.get(path).await.0, 200, "{path}");
    }
}

#[tokio::test]
async fn nothing_is_printed_or_found_for_nobody() {
    let shop = TestShop::start().await;
    let till = shop.till();
    let id = new_id();
    for path in [
        "/v1/printers",
        &format!("/v1/printers/{id}/tests"),
        &format!("/v1/sales/{id}/prints"),
        &format!("/v1/sales/{id}/copies"),
        &format!("/v1/purchases/{id}/prints"),
        &format!("/v1/purchases/{id}/copies"),
        &format!("/v1/purchases/{id}/voids"),
        &format!("/v1/purchases/{id}/corrections"),
        &format!("/v1/purchase-voids/{id}/prints"),
        &format!("/v1/purchase-voids/{id}/copies"),
        &format!("/v1/shifts/{id}/x-reports"),
        &format!("/v1/shifts/{id}/z-reports"),
        &format!("/v1/shifts/{id}/z-report-copies"),
        &format!("/v1/shifts/{id}/paid-in"),
        &format!("/v1/shifts/{id}/paid-out"),
        &format!("/v1/shifts/{id}/drops"),
        &format!("/v1/shifts/{id}/counts"),
        &format!("/v1/variants/{id}/labels"),
    ] {
        let answer = till.put(&format!("{path}/{id}"), json!({})).await;
        assert_eq!(told(&answer), "401 session.missing {}", "{path}");
    }
    for path in [
        "/v1/letterhead".to_owned(),
        format!("/v1/prints/{id}/decision"),
        format!("/v1/patrons/{id}"),
        format!("/v1/baskets/{id}/vouchers/SPRING"),
        "/v1/till-settings".to_owned(),
    ] {
        let answer = till.put(&path, json!({})).await;
        assert_eq!(told(&answer), "401 session.missing {}", "{path}");
    }
    let path = format!("/v1/printers/{id}");
    assert_eq!(told(&till.delete(&path).await), "401 session.missing {}");
    let found = till.post("/v1/patron-lookups", json!({})).await;
    assert_eq!(told(&found), "401 session.missing {}");
}

/// What the document says, but for what is open to everybody.
const TRIED: &str = "\
delete /v1/printers/{register_id}
delete /v1/session
get /v1/barcodes/{code}
get /v1/cash
get /v1/containers
get /v1/edge
get /v1/letterhead
get /v1/parked-baskets
get /v1/picks
get /v1/printers
get /v1/prints
get /v1/products
get /v1/purchases
get /v1/purchases/{id}
get /v1/receipts/{number}
get /v1/sales
get /v1/sales/{id}
get /v1/sales/{id}/returns
get /v1/session
get /v1/shifts/{id}
get /v1/shifts/{id}/cash-movements
get /v1/shifts/{id}/report
get /v1/staff
get /v1/stock
get /v1/suppliers
get /v1/z-reports
post /v1/edge/clock-confirmation
post /v1/parked-baskets/{id}/recall
post /v1/patron-lookups
post /v1/purchase-quotes
post /v1/quotes
post /v1/sales/{id}/return-quotes
post /v1/session
post /v1/shifts/{id}/close
put /v1/baskets/{sale}/vouchers/{code}
put /v1/counts/{id}
put /v1/letterhead
put /v1/line-approvals/{id}
put /v1/parked-baskets/{id}
put /v1/patrons/{id}
put /v1/picks/{order}/handover/{id}
put /v1/picks/{order}/picking/{id}
put /v1/printers/{register_id}
put /v1/printers/{register_id}/tests/{print_id}
put /v1/prints/{id}/decision
put /v1/purchase-voids/{id}/copies/{print_id}
put /v1/purchase-voids/{id}/prints/{print_id}
put /v1/purchases/{id}
put /v1/purchases/{id}/copies/{print_id}
put /v1/purchases/{id}/corrections/{correction_id}
put /v1/purchases/{id}/prints/{print_id}
put /v1/purchases/{id}/voids/{void_id}
put /v1/returns/{id}/copies/{print_id}
put /v1/returns/{id}/prints/{print_id}
put /v1/rights-returns/{id}
put /v1/sales/{id}
put /v1/sales/{id}/copies/{print_id}
put /v1/sales/{id}/prints/{print_id}
put /v1/sales/{id}/returns/{return_id}
put /v1/shifts/{id}
put /v1/shifts/{id}/x-reports/{print_id}
put /v1/shifts/{id}/z-report-copies/{print_id}
put /v1/shifts/{id}/z-reports/{print_id}
put /v1/shifts/{shift}/counts/{id}
put /v1/shifts/{shift}/drops/{id}
put /v1/shifts/{shift}/paid-in/{id}
put /v1/shifts/{shift}/paid-out/{id}
put /v1/till-settings
put /v1/variants/{id}/labels/{print_id}
put /v1/voids/{id}";

#[tokio::test]
async fn every_operation_of_the_document_was_tried_as_nobody() {
    // Whoever adds an operation adds it above too, or says here that it is open.
    let document = serde_json::to_value(edge::openapi()).unwrap();
    let mut operations: Vec<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods
                .as_object()
                .unwrap()
                .keys()
                .map(move |method| format!("{method} {path}"))
        })
        .collect();
    operations.sort();
    assert_eq!(operations, TRIED.lines().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_cashier_may_do_what_cashiers_may() {
    let shop = TestShop::start().await;
    let mut till = shop.till();
    let session = till.sign_in(testkit::cashier_id(), 1).await;
    assert_eq!(
        session["permissions"],
        json!(["sale.create", "sale.read", "shift.close", "shift.open"])
    );
    till.open_shift(1).await;
    assert_eq!(
        till.get("/v1/session").await.1["shift"]["float_minor"],
        10_000
    );
    let denied = |permission| format!("403 permission.denied {{\"permission\":\"{permission}\"}}");
    assert_eq!(told(&till.get("/v1/stock").await), denied("stock.read"));
    assert_eq!(
        told(&till.get("/v1/purchases").await),
        denied("purchase.read")
    );
    let count = till
        .put(&format!("/v1/counts/{}", new_id()), json!({}))
        .await;
    assert_eq!(told(&count), denied("stock.count"));

    assert_eq!(till.delete("/v1/session").await.0, 204);
    assert_eq!(
        told(&till.get("/v1/session").await),
        "401 session.missing {}"
    );
}

#[tokio::test]
async fn wrong_pins_lock_a_person_and_a_restart_gives_no_new_tries() {
    let shop = TestShop::start().await;
    let cashier = testkit::cashier_id();
    let till = shop.till();
    for left in [4, 3, 2, 1] {
        let wrong = till.try_pin(cashier, "9999", 1).await;
        assert_eq!(
            told(&wrong),
            format!("401 pin.wrong {{\"tries_left\":{left}}}")
        );
    }
    let locked = "429 pin.locked {\"retry_after_s\":30}";
    assert_eq!(told(&till.try_pin(cashier, "9999", 1).await), locked);
    // Also with the right PIN, at another register, after a restart.
    assert_eq!(told(&till.try_pin(cashier, testkit::PIN, 2).await), locked);
    let shop = shop.restart().await;
    let till = shop.till();
    assert_eq!(told(&till.try_pin(cashier, testkit::PIN, 1).await), locked);
    // Nobody else is locked out.
    assert_eq!(
        till.try_pin(testkit::manager_id(), testkit::PIN, 1).await.0,
        201
    );

    shop.security_clock.advance(SignedDuration::from_secs(31));
    let longer = till.try_pin(cashier, "9999", 2).await;
    assert_eq!(told(&longer), "429 pin.locked {\"retry_after_s\":60}");
    shop.security_clock.advance(SignedDuration::from_secs(61));
    assert_eq!(till.try_pin(cashier, testkit::PIN, 2).await.0, 201);
    let forgiven = till.try_pin(cashier, "9999", 2).await;
    assert_eq!(told(&forgiven), "401 pin.wrong {\"tries_left\":4}");
    // The head office hears of both locks, and of nobody who did it.
    let told: String = shop.value(
        "select group_concat(body, ' ') from outbox where header like '%\"pin.locked\"%' and header not like '%\"staff\":\"%'",
    );
    let lock = |of_person, s| {
        format!(
            "{{\"staff\":\"{}\",\"wrong_of_person\":{of_person},\"wrong_at_register\":{},\"person_s\":{s},\"register_s\":0}}",
            cashier.as_uuid(),
            if of_person == 5 { 5 } else { 1 }
        )
    };
    assert_eq!(told, format!("{} {}", lock(5, 30), lock(6, 60)));
}

#[tokio::test]
async fn many_tries_at_once_are_not_more_tries() {
    let shop = TestShop::start().await;
    let till = shop.till();
    let tries: Vec<_> = (0..40)
        .map(|n| {
            let till = till.clone();
            tokio::spawn(async move {
                till.try_pin(testkit::cashier_id(), &format!("90{n:02}"), 1)
                    .await
                    .0
            })
        })
        .collect();
    let mut wrong = 0;
    for one in tries {
        wrong += usize::from(one.await.unwrap() == 401);
    }
    assert!(wrong <= 5, "{wrong} tries were taken");
    assert!(shop.value::<i64>("select max(failures) from pin_try") <= 7);
}

#[tokio::test]
async fn a_session_survives_a_restart_and_ends_after_a_working_day() {
    let shop = TestShop::start().await;
    let till = shop.till();
    till.sign_in(testkit::manager_id(), 1).await;
    let shop = shop.restart().await;
    let till = crate::support::Till {
        base: format!("http://{}", shop.running.addr),
        ..till
    };
    assert_eq!(till.get("/v1/session").await.0, 200);
    shop.security_clock.advance(SignedDuration::from_hours(17));
    assert_eq!(
        told(&till.get("/v1/session").await),
        "401 session.missing {}"
    );
}

#[tokio::test]
async fn a_change_of_permissions_counts_at_once() {
    let shop = TestShop::start().await;
    let till = shop.till();
    till.sign_in(testkit::cashier_id(), 1).await;
    assert_eq!(till.get("/v1/sales").await.0, 200);
    let state = |permissions: Vec<String>, active| StaffState {
        name: "Carl Cashier".to_owned(),
        pin_hash: None,
        roles: vec![],
        permissions,
        grants: vec![],
        active,
    };
    let cashier = testkit::cashier_id().as_uuid();
    let less = testkit::entity(
        cashier,
        2,
        &state(
            vec!["sale.create".to_owned(), "of.a.newer.version".to_owned()],
            true,
        ),
    );
    testkit::apply(&shop.running.shop, Feed::Staff, vec![less])
        .await
        .unwrap();
    assert_eq!(
        told(&till.get("/v1/sales").await),
        "403 permission.denied {\"permission\":\"sale.read\"}"
    );

    let gone = testkit::entity(cashier, 3, &state(vec![], false));
    testkit::apply(&shop.running.shop, Feed::Staff, vec![gone])
        .await
        .unwrap();
    assert_eq!(
        told(&till.get("/v1/products").await),
        "401 session.missing {}"
    );
}

#[tokio::test]
async fn the_database_alone_checks_no_pin() {
    let shop = TestShop::start().await;
    let stored: String = shop.value("select pin_salt from staff limit 1");
    assert_eq!(
        stored.matches('$').count(),
        4,
        "parameters and salt, no hash: {stored}"
    );
    for name in ["node.key", "shop.db", "shop.db-wal"] {
        let metadata = std::fs::metadata(shop.folder.path().join(name)).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_and_other_sites_cannot_write() {
    let shop = TestShop::start().await;
    let till = shop.till();
    let body = json!({ "staff_id": testkit::manager_id().as_uuid(), "pin": testkit::PIN,
                       "register_id": testkit::register_id(1).as_uuid() });
    let url = format!("{}/v1/session", till.base);
    let response = till.http.post(&url).json(&body).send().await.unwrap();
    let cookie = response.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .to_owned();
    let node = testkit::id::<()>("node").as_uuid().simple().to_string();
    assert!(
        cookie.starts_with(&format!("branchline_edge_{}=", &node[24..])),
        "{cookie}"
    );
    assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");

    let foreign = till
        .http
        .post(&url)
        .json(&body)
        .header("sec-fetch-site", "cross-site");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
}
