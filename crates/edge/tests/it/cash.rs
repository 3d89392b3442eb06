//! Cash beside sales, blind counts, second persons, and X and Z reports.
use std::collections::BTreeMap;

use edge::testkit;
use retail::staff::{Limit, Permission, StaffId};
use serde_json::{Value, json};
use wire::reference::{Feed, GrantState, LimitState, StaffState};

use crate::support::{TestShop, Till, new_id, told};

async fn moved(till: &Till, way: &str, amount_minor: i64, reason: &str) -> crate::support::Answer {
    let path = format!("/v1/shifts/{}/{way}/{}", till.shift, new_id());
    till.put(
        &path,
        json!({ "amount_minor": amount_minor, "reason": reason }),
    )
    .await
}

async fn close(till: &Till, body: Value) -> crate::support::Answer {
    till.post(&format!("/v1/shifts/{}/close", till.shift), body)
        .await
}

async fn report(till: &Till) -> Value {
    let (status, report) = till.get(&format!("/v1/shifts/{}/report", till.shift)).await;
    assert_eq!(status, 200, "{report}");
    report
}

/// What somebody may do, and how far; the cashier when nobody else is named.
pub async fn grant(
    shop: &TestShop,
    who: StaffId,
    name: &str,
    version: i64,
    may: &[(Permission, Limit)],
) {
    let codes: Vec<String> = may.iter().map(|(one, _)| one.code().to_owned()).collect();
    let limits = may.iter().filter(|(_, limit)| *limit != Limit::NONE);
    let limits: BTreeMap<String, LimitState> = limits
        .map(|(one, limit)| {
            let limit = LimitState {
                max_bps: limit.max_bps,
                max_minor: limit.max_minor,
            };
            (one.code().to_owned(), limit)
        })
        .collect();
    let state = StaffState {
        name: name.to_owned(),
        pin_hash: Some(testkit::pin_hash()),
        roles: vec!["cashier".to_owned()],
        permissions: codes.clone(),
        grants: vec![GrantState {
            permissions: codes,
            limits,
            offline_days: None,
        }],
        active: true,
    };
    let entity = testkit::entity(who.as_uuid(), version, &state);
    testkit::apply(&shop.running.shop, Feed::Staff, vec![entity])
        .await
        .unwrap();
}

pub fn up_to(minor: i64) -> Limit {
    Limit {
        max_bps: None,
        max_minor: Some(minor),
    }
}

/// A cashier who moves up to 20.00 and closes with up to 5.00 off alone, signed in with an open shift.
async fn cashier(shop: &TestShop) -> Till {
    let may = [
        (Permission::SaleCreate, Limit::NONE),
        (Permission::ShiftOpen, Limit::NONE),
        (Permission::ShiftClose, up_to(500)),
        (Permission::CashMove, up_to(2_000)),
        (Permission::CashDrop, Limit::NONE),
    ];
    grant(shop, testkit::cashier_id(), "Carl Cashier", 2, &may).await;
    let mut till = shop.till();
    till.sign_in(testkit::cashier_id(), 1).await;
    till.open_shift(1).await;
    till
}

pub fn second(who: StaffId, pin: &str) -> Value {
    json!({ "staff_id": who.as_uuid(), "pin": pin })
}

#[tokio::test]
async fn a_z_report_is_the_sum_of_the_ledger_and_never_changes() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    assert_eq!(till.sell(new_id(), &[("COLA", 2)], 1_000).await.0, 201);
    let card = json!({
        "shift_id": till.shift,
        "lines": crate::support::basket(&[("MILK", 3), ("APPLES", 750)]),
        "tenders": [{ "kind": "card", "amount_minor": 560, "reference": "A1" }],
        "shortages": crate::support::found(&[("MILK", 3), ("APPLES", 750)]),
    });
    let answer = till.put(&format!("/v1/sales/{}", new_id()), card).await;
    assert_eq!(answer.0, 201, "{}", answer.1);
    for (way, amount, reason) in [
        ("paid-in", 5_000, "change"),
        ("paid-out", 1_250, "supplies"),
        ("drops", 8_000, "safe"),
    ] {
        assert_eq!(moved(&till, way, amount, reason).await.0, 201);
    }

    let x = report(&till).await;
    assert_eq!(
        (&x["kind"], &x["number"], &x["counted_minor"]),
        (&json!("x"), &Value::Null, &Value::Null)
    );
    // 100.00 float + 3.00 sold + 50.00 in - 12.50 out - 80.00 to the safe.
    assert_eq!(x["expected_minor"], 6_050);
    let (status, closed) = close(&till, json!({ "counted_minor": 6_050 })).await;
    assert_eq!((status, &closed["z_number"]), (200, &json!(1)), "{closed}");

    check_sums(&shop, &report(&till).await);
}

/// Whichever way a report is cut, it is what the ledger says.
fn check_sums(shop: &TestShop, z: &Value) {
    let of = |query: &str| shop.value::<i64>(query);
    assert_eq!(z["total_minor"], of("select sum(total_minor) from sale"));
    assert_eq!(
        z["gross_minor"],
        of("select sum(gross_minor) from sale_line")
    );
    let parts = |name: &str, field: &str| -> i64 {
        let parts = z[name].as_array().unwrap().iter();
        parts.map(|part| part[field].as_i64().unwrap()).sum()
    };
    assert_eq!(
        parts("taxes", "tax_minor"),
        of("select sum(tax_minor) from sale")
    );
    for (name, field) in [
        ("tenders", "minor"),
        ("departments", "minor"),
        ("taxes", "gross_minor"),
    ] {
        assert_eq!(z["total_minor"], parts(name, field), "{name}");
    }
    assert_eq!(
        (&z["first_receipt"], &z["last_receipt"]),
        (
            &json!(shop.value::<String>("select receipt_number from sale order by seq limit 1")),
            &json!(
                shop.value::<String>("select receipt_number from sale order by seq desc limit 1")
            )
        )
    );
    assert_eq!(
        (&z["paid_in"], &z["paid_out"], &z["drops"]),
        (
            &json!({ "count": 1, "minor": 5_000 }),
            &json!({ "count": 1, "minor": 1_250 }),
            &json!({ "count": 1, "minor": 8_000 })
        )
    );
    assert_eq!(
        (&z["grand_total_before_minor"], &z["grand_total_minor"]),
        (&json!(0), &z["total_minor"])
    );
    // The bytes are those of the event, and the head office gets the same.
    let same =
        "select count(*) from z_report z join outbox o on o.seq = z.seq and o.body = z.content
                 where o.header like '%z_report.made%'";
    assert_eq!(of(same), 1);
}

#[tokio::test]
async fn z_numbers_are_dense_and_the_running_total_goes_on() {
    let shop = TestShop::start().await;
    let mut till = shop.open_till(1).await;
    let mut total = 0;
    for number in 1..4 {
        assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
        total += 150;
        assert_eq!(
            close(&till, json!({ "counted_minor": 10_150 })).await.0,
            200
        );
        let z = report(&till).await;
        assert_eq!(
            (&z["number"], &z["grand_total_minor"]),
            (&json!(number), &json!(total))
        );
        till.open_shift(1).await;
    }
    let (_, list) = till.get("/v1/z-reports").await;
    let numbers: Vec<i64> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|z| z["number"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, [3, 2, 1]);
}

#[tokio::test]
async fn cash_moves_once_for_an_id_and_only_in_an_open_shift() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let path = format!("/v1/shifts/{}/paid-out/{}", till.shift, new_id());
    let body =
        |amount: i64| json!({ "amount_minor": amount, "reason": "other", "note": "bin bags" });
    let first = till.put(&path, body(1_250)).await;
    assert_eq!(first.0, 201);
    assert_eq!(
        till.put(&path, body(1_250)).await,
        (200, first.1),
        "a repeat"
    );
    assert_eq!(
        told(&till.put(&path, body(1_251)).await),
        "409 cash.id_reused {}"
    );
    assert_eq!(shop.value::<i64>("select count(*) from cash_movement"), 1);
    let bad = [
        (
            json!({ "amount_minor": 0, "reason": "supplies" }),
            "cash.amount_out_of_range",
        ),
        (
            json!({ "amount_minor": 5, "reason": "fun" }),
            "cash.reason_unknown",
        ),
        (
            json!({ "amount_minor": 5, "reason": "other" }),
            "cash.note_missing",
        ),
        (
            json!({ "amount_minor": 5, "reason": "other", "note": "x".repeat(201) }),
            "cash.note_unfit",
        ),
    ];
    for (body, code) in bad {
        let path = format!("/v1/shifts/{}/paid-out/{}", till.shift, new_id());
        let (status, problem) = till.put(&path, body).await;
        assert_eq!((status, &problem["code"]), (422, &json!(code)));
    }
    assert_eq!(close(&till, json!({ "counted_minor": 8_750 })).await.0, 200);
    assert_eq!(
        told(&moved(&till, "drops", 100, "safe").await),
        "409 shift.closed {}"
    );
}

#[tokio::test]
async fn more_than_somebody_may_move_alone_needs_a_second_person() {
    let shop = TestShop::start().await;
    let till = cashier(&shop).await;
    assert_eq!(moved(&till, "paid-out", 2_000, "supplies").await.0, 201);
    assert_eq!(
        told(&moved(&till, "paid-out", 2_001, "supplies").await),
        "409 cash.approval_missing {\"limit_minor\":2000}"
    );
    let ask = |approval: Value| {
        let till = till.clone();
        async move {
            let path = format!("/v1/shifts/{}/paid-out/{}", till.shift, new_id());
            let body = json!({ "amount_minor": 2_001, "reason": "supplies", "approval": approval });
            told(&till.put(&path, body).await)
        }
    };
    assert_eq!(
        ask(second(testkit::cashier_id(), testkit::PIN)).await,
        "409 cash.approval_same_person {}"
    );
    assert_eq!(
        ask(second(testkit::manager_id(), "9999")).await,
        "401 pin.wrong {\"tries_left\":4}"
    );
    assert_eq!(
        ask(second(testkit::manager_id(), testkit::PIN)).await,
        "201"
    );
    let seconds = "select count(*) from cash_movement where approved_by is not null";
    assert_eq!(shop.value::<i64>(seconds), 1);
    // What goes to the safe has no limit here.
    assert_eq!(moved(&till, "drops", 50_000, "safe").await.0, 201);
}

#[tokio::test]
async fn a_cashier_counts_blind() {
    let shop = TestShop::start().await;
    let till = cashier(&shop).await;
    assert_eq!(till.sell(new_id(), &[("COLA", 2)], 1_000).await.0, 201);
    // Nothing that a cashier may ask tells what should be in the drawer.
    let (_, shift) = till.get(&format!("/v1/shifts/{}", till.shift)).await;
    assert_eq!(shift["cash_sales_minor"], Value::Null);
    for path in [
        format!("/v1/shifts/{}/report", till.shift),
        "/v1/z-reports".to_owned(),
    ] {
        assert_eq!(
            told(&till.get(&path).await),
            "403 permission.denied {\"permission\":\"shift.count_see\"}"
        );
    }

    let count = |pieces: Value, counted: i64| {
        let till = till.clone();
        async move {
            let path = format!("/v1/shifts/{}/counts/{}", till.shift, new_id());
            till.put(&path, json!({ "counted_minor": counted, "pieces": pieces }))
                .await
        }
    };
    let wrong = count(json!([{ "value_minor": 5_000, "count": 2 }]), 10_001).await;
    assert_eq!(
        told(&wrong),
        "422 shift.count_differs {\"worth_minor\":10000}"
    );
    let wrong = count(json!([{ "value_minor": 3, "count": 2 }]), 6).await;
    assert_eq!(told(&wrong), "422 shift.piece_unknown {\"value_minor\":3}");
    // 103.00 should be there.
    for (pieces, counted, asks) in [
        (
            json!([{ "value_minor": 5_000, "count": 1 }]),
            5_000,
            "second_person",
        ),
        (
            json!([{ "value_minor": 5_000, "count": 2 }, { "value_minor": 100, "count": 1 }]),
            10_100,
            "reason",
        ),
        (
            json!([{ "value_minor": 5_000, "count": 2 }, { "value_minor": 100, "count": 2 }]),
            10_200,
            "nothing",
        ),
    ] {
        let (status, answer) = count(pieces, counted).await;
        assert_eq!((status, &answer["asks"]), (201, &json!(asks)), "{answer}");
        assert_eq!(
            (&answer["expected_cash_minor"], &answer["over_short_minor"]),
            (&Value::Null, &Value::Null),
            "the count is blind"
        );
    }
}

#[tokio::test]
async fn a_large_difference_needs_a_reason_and_a_second_person() {
    let shop = TestShop::start().await;
    let till = cashier(&shop).await;
    assert_eq!(till.sell(new_id(), &[("COLA", 2)], 1_000).await.0, 201);
    let path = format!("/v1/shifts/{}/counts/{}", till.shift, new_id());
    assert_eq!(
        till.put(&path, json!({ "counted_minor": 10_300 })).await.0,
        201
    );
    assert_eq!(
        told(&close(&till, json!({ "counted_minor": 5_000 })).await),
        "409 shift.reason_missing {}"
    );
    let off = |approval: Value| json!({ "counted_minor": 5_000, "reason": "a robbery", "approval": approval });
    assert_eq!(
        told(&close(&till, off(Value::Null)).await),
        "409 cash.approval_missing {\"limit_minor\":500}"
    );
    let (status, closed) = close(&till, off(second(testkit::manager_id(), testkit::PIN))).await;
    assert_eq!(status, 200, "{closed}");
    assert_eq!(
        (
            &closed["expected_cash_minor"],
            &closed["over_short_minor"],
            &closed["counted_minor"]
        ),
        (&Value::Null, &Value::Null, &json!(5_000))
    );

    let manager = shop.till();
    manager.sign_in(testkit::manager_id(), 1).await;
    let (_, z) = manager
        .get(&format!("/v1/shifts/{}/report", till.shift))
        .await;
    assert_eq!(
        [
            "difference_minor",
            "difference_reason",
            "approved_by",
            "counts",
            "pieces"
        ]
        .map(|name| z[name].clone()),
        [
            json!(-5_300),
            json!("a robbery"),
            json!("Maria Manager"),
            json!(1),
            json!([])
        ],
        "the last count was another: its notes are not those of the closing"
    );
}

#[tokio::test]
async fn a_drawer_is_not_counted_for_ever() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let path = |id| format!("/v1/shifts/{}/counts/{id}", till.shift);
    let id = new_id();
    let first = till.put(&path(id), json!({ "counted_minor": 9_000 })).await;
    assert_eq!(
        (first.0, &first.1["over_short_minor"]),
        (201, &json!(-1_000))
    );
    let again = till.put(&path(id), json!({ "counted_minor": 9_000 })).await;
    assert_eq!(again, (200, first.1), "a repeat is no further count");
    let other = till.put(&path(id), json!({ "counted_minor": 9_001 })).await;
    assert_eq!(told(&other), "409 shift.count_id_reused {}");
    for _ in 1..10 {
        let answer = till
            .put(&path(new_id()), json!({ "counted_minor": 9_000 }))
            .await;
        assert_eq!(answer.0, 201);
    }
    let answer = till
        .put(&path(new_id()), json!({ "counted_minor": 10_000 }))
        .await;
    assert_eq!(told(&answer), "409 shift.too_many_counts {\"max\":10}");
    assert_eq!(
        close(&till, json!({ "counted_minor": 10_000 })).await.0,
        200
    );
}

#[tokio::test]
async fn whoever_takes_over_a_till_ends_the_session_before_and_the_shift_goes_on() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let session = till.sign_in(testkit::cashier_id(), 1).await;
    assert_eq!(session["shift"]["id"], json!(till.shift));
    assert_eq!(shop.value::<i64>("select count(*) from session"), 1);
    assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
    let by = "select count(distinct o.header ->> 'staff') from outbox o where o.header ->> 'type' in ('shift.opened', 'sale.closed')";
    assert_eq!(shop.value::<i64>(by), 2, "every event says who did it");
}

#[tokio::test]
async fn tills_lock_and_ask_for_reasons_as_they_are_set_up() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let (_, rules) = till.get("/v1/cash").await;
    assert_eq!(
        (&rules["lock_after_s"], &rules["reason_above_minor"]),
        (&json!(300), &json!(100))
    );
    let set = |lock: i64, above: Value| {
        till.put(
            "/v1/till-settings",
            json!({ "lock_after_s": lock, "reason_above_minor": above }),
        )
    };
    for (lock, above, field) in [
        (14, Value::Null, "lock_after_s"),
        (60, json!(-1), "reason_above_minor"),
    ] {
        assert_eq!(
            told(&set(lock, above).await),
            format!("422 till.setting_invalid {{\"field\":\"{field}\"}}")
        );
    }
    for _ in 0..2 {
        assert_eq!(set(0, json!(2_000)).await.0, 204);
    }
    let told_once = "select count(*) from outbox where header like '%till.configured%'";
    assert_eq!(shop.value::<i64>(told_once), 1);
    assert_eq!(close(&till, json!({ "counted_minor": 8_000 })).await.0, 200);
}
