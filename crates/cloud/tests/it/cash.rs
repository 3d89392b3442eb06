//! Drawers and Z reports at the office.
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::body::{
    CashDropped, CashMoved, CashPaidIn, CashPaidOut, Document, Pieces, ShiftClosed, ShiftCounted,
    ShiftOpened, Tax, TillConfigured, ZCategory, ZFigure, ZReportMade, ZTender,
};

use crate::browser::{ADMIN, BOB, Office};
use crate::world::Node;

fn record(node: &mut Node, body: &impl Document) -> Uuid {
    let fact = node.fact();
    record_as(node, fact, body);
    fact
}

fn record_as<B: Document>(node: &mut Node, fact: Uuid, body: &B) {
    let header = node.header(fact, B::KIND, B::VERSION);
    node.record(&header, body);
}

fn moved(shift: Uuid, amount_minor: i64, reason: &str) -> CashMoved {
    CashMoved {
        shift,
        amount_minor,
        reason: reason.to_owned(),
        note: Some("=bag 17".to_owned()),
        approved_by: None,
    }
}

/// The report of a shift that sold one thing for 1.99 and was counted 50 short.
pub fn z_report(shift: Uuid, number: i64) -> ZReportMade {
    let at = crate::world::MORNING.parse().unwrap();
    let one = |minor| ZFigure { count: 1, minor };
    ZReportMade {
        shift,
        number,
        register_name: "Till 1".to_owned(),
        currency: "USD".to_owned(),
        opened_at: at,
        opened_by: shift,
        opened_by_name: "Casey".to_owned(),
        closed_at: at,
        closed_by: shift,
        closed_by_name: "Casey".to_owned(),
        approved_by: None,
        approved_by_name: None,
        sales: 1,
        first_receipt: Some("A1-000001".to_owned()),
        last_receipt: Some("A1-000001".to_owned()),
        gross_minor: 199,
        discounts: ZFigure::default(),
        other_prices: ZFigure::default(),
        returns: ZFigure::default(),
        total_minor: 199,
        taxes: vec![Tax {
            rate_bps: 700,
            gross_minor: 199,
            tax_minor: 13,
        }],
        tenders: vec![ZTender {
            kind: "cash".to_owned(),
            count: 1,
            minor: 199,
        }],
        categories: vec![ZCategory {
            category: None,
            name: String::new(),
            count: 1,
            minor: 199,
        }],
        purchases: ZFigure::default(),
        purchases_paid_minor: 0,
        purchases_back: ZFigure::default(),
        paid_in: one(5_000),
        paid_out: one(1_250),
        drops: one(8_000),
        float_minor: 10_000,
        expected_minor: 5_949,
        counted_minor: 5_899,
        difference_minor: -50,
        difference_reason: Some("one coin".to_owned()),
        counts: 2,
        pieces: vec![Pieces {
            value_minor: 100,
            count: 58,
        }],
        grand_total_before_minor: (number - 1) * 199,
        grand_total_minor: number * 199,
    }
}

/// A shift with cash in, out and to the safe, one sale, two counts and a report.
fn a_shift(node: &mut Node, variant: Uuid, number: i64) {
    let shift = node.shift;
    record(
        node,
        &ShiftOpened {
            shift,
            float_minor: 10_000,
        },
    );
    node.sell(&[(variant, 1, 199)]);
    record(node, &CashPaidIn(moved(shift, 5_000, "change")));
    record(node, &CashPaidOut(moved(shift, 1_250, "supplies")));
    record(node, &CashDropped(moved(shift, 8_000, "safe")));
    for count in 1..3 {
        record(
            node,
            &ShiftCounted {
                shift,
                number: count,
                counted_minor: 5_899,
                pieces: Vec::new(),
            },
        );
    }
    record(
        node,
        &ShiftClosed {
            shift,
            sales: 1,
            expected_minor: 5_949,
            counted_minor: 5_899,
            difference_reason: Some("one coin".to_owned()),
            approved_by: None,
        },
    );
    record(node, &z_report(shift, number));
}

async fn stage() -> (Office, Node) {
    let office = Office::open().await;
    let mut node = office.world.node(0).await;
    a_shift(&mut node, office.world.variants[1], 1);
    record(
        &mut node,
        &TillConfigured {
            lock_after_s: 60,
            reason_above_minor: None,
        },
    );
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    (office, node)
}

#[tokio::test]
async fn a_drawer_is_what_its_rows_say_and_what_its_till_said() {
    let (office, node) = stage().await;
    let admin = office.signed_in(ADMIN).await;
    let list = admin.read("/v1/drawers").await;
    let drawer = &list["items"][0];
    let figures = [
        "float_minor",
        "cash_minor",
        "paid_in_minor",
        "paid_out_minor",
        "dropped_minor",
        "expected_minor",
        "counted_minor",
        "difference_minor",
        "z_number",
    ]
    .map(|name| drawer[name].as_i64().unwrap());
    assert_eq!(
        figures,
        [10_000, 199, 5_000, 1_250, 8_000, 5_949, 5_899, -50, 1]
    );
    assert_eq!(
        (&drawer["agrees"], &drawer["difference_reason"]),
        (&json!(true), &json!("one coin"))
    );
    let path = format!(
        "/v1/locations/{}/shifts/{}/cash-movements",
        node.location, node.shift
    );
    let moved = admin.read(&path).await;
    let kinds: Vec<&Value> = moved["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["kind"])
        .collect();
    assert_eq!(kinds, ["paid_in", "paid_out", "drop"]);

    // Somebody without the permission is told nothing.
    let bob = office.signed_in(BOB).await;
    for path in ["/v1/drawers", "/v1/z-reports", path.as_str()] {
        assert_eq!(bob.get(path).await.0, 403, "{path}");
    }
}

#[tokio::test]
async fn a_drawer_whose_till_says_otherwise_is_marked() {
    let office = Office::open().await;
    let mut node = office.world.node(0).await;
    let shift = node.shift;
    record(
        &mut node,
        &ShiftOpened {
            shift,
            float_minor: 10_000,
        },
    );
    record(
        &mut node,
        &ShiftClosed {
            shift,
            sales: 0,
            expected_minor: 10_100,
            counted_minor: 10_100,
            difference_reason: None,
            approved_by: None,
        },
    );
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    let admin = office.signed_in(ADMIN).await;
    let list = admin.read("/v1/drawers").await;
    let drawer = &list["items"][0];
    assert_eq!(
        (
            &drawer["agrees"],
            &drawer["expected_minor"],
            &drawer["z_number"]
        ),
        (&json!(false), &json!(10_100), &Value::Null)
    );
}

#[tokio::test]
async fn a_z_report_is_kept_as_its_till_made_it() {
    let (office, node) = stage().await;
    let admin = office.signed_in(ADMIN).await;
    let path = format!(
        "/v1/locations/{}/shifts/{}/z-report",
        node.location, node.shift
    );
    let z = admin.read(&path).await;
    assert_eq!(
        (
            &z["number"],
            &z["drops"],
            &z["pieces"],
            &z["grand_total_minor"]
        ),
        (
            &json!(1),
            &json!({ "count": 1, "minor": 8_000 }),
            &json!([{ "value_minor": 100, "count": 58 }]),
            &json!(199)
        )
    );
    let kept = office.world.text("select content from z_report").await;
    assert_eq!(
        kept,
        serde_json::to_string(&z_report(node.shift, 1)).unwrap()
    );
    let owner = office.world.owner().await;
    for forbidden in [
        "update z_report set number = 2",
        "delete from z_report",
        "update cash_movement set amount_minor = 1",
        "delete from cash_movement",
    ] {
        assert!(owner.batch_execute(forbidden).await.is_err(), "{forbidden}");
    }
    let other = path.replace(&node.shift.to_string(), &node.id.to_string());
    assert_eq!(admin.get(&other).await.1["code"], "shift.no_report");
}

#[tokio::test]
async fn z_reports_are_listed_with_their_gaps_and_go_into_a_file() {
    let (office, mut node) = stage().await;
    let (first, second) = (node.shift, node.fact());
    // The second one is on its way; the third is here.
    node.shift = second;
    a_shift(&mut node, office.world.variants[1], 3);
    let known = i64::try_from(node.log.len()).unwrap();
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    assert!(known > 0);
    let admin = office.signed_in(ADMIN).await;
    let list = admin.read("/v1/z-reports").await;
    let told: Vec<(Value, Value)> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|z| (z["number"].clone(), z["follows_gap"].clone()))
        .collect();
    assert!(told.contains(&(json!(3), json!(true))), "{told:?}");
    assert!(told.contains(&(json!(1), json!(false))), "{told:?}");

    let file = admin
        .ask(Method::GET, "/v1/z-reports?format=csv", None)
        .await;
    assert_eq!(file.headers()["content-type"], "text/csv; charset=utf-8");
    let text = file.text().await.unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains(&first.to_string()), "{text}");
    let noted = "select count(*) from audit where action = 'cash.exported'";
    assert_eq!(office.world.number(noted).await, 1);
    assert_eq!(
        admin.get("/v1/z-reports?format=xml").await.1["code"],
        "audit.format"
    );
}

#[tokio::test]
async fn what_is_done_with_cash_stands_in_the_audit() {
    let (office, _) = stage().await;
    let noted = office
        .world
        .text(
            "select string_agg(distinct action, ' ' order by action) from audit
              where action like 'cash.%' or action in ('shift.difference', 'shift.counted', 'till.configured')",
        )
        .await;
    assert_eq!(
        noted,
        "cash.dropped cash.paid_in cash.paid_out shift.counted shift.difference till.configured"
    );
    // A count that was counted again is noted, whoever counted.
    let again =
        "select count(*) from audit where action = 'shift.counted' and detail ->> 'number' = '2'";
    assert_eq!(office.world.number(again).await, 1);
}
