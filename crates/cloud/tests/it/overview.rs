//! The overview is what the raw rows say, at every instant and for everybody.
use jiff::{SignedDuration, civil::Date};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::body::PurchaseReversal;

use crate::browser::{ADMIN, BOB, Office, PAM};
use crate::office::trade;
use crate::reversal::{correct, reversal, void};
use crate::world::{Node, World};

/// What the raw rows say of a day, in the overview's words.
async fn raw(world: &World, date: &str, revenue: &[Uuid], purchases: &[Uuid]) -> Value {
    let list = |ids: &[Uuid]| {
        let quoted: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
        format!("array[{}]::uuid[]", quoted.join(","))
    };
    let (revenue, purchases) = (list(revenue), list(purchases));
    let statement = format!(
        include_str!("overview/raw.sql"),
        date = date,
        revenue = revenue,
        purchases = purchases,
    );
    let client = world.owner().await;
    let row = client.query_one(&statement, &[]).await.unwrap();
    serde_json::from_str(row.get(0)).unwrap()
}

/// The overview without what is of this instant.
fn figures(overview: &Value) -> Value {
    let mut figures = overview.clone();
    for name in ["as_of", "complete_to", "locations"] {
        figures.as_object_mut().unwrap().remove(name);
    }
    figures
}

/// Goods are bought on a day, and taken back.
fn bought(node: &mut Node, world: &World, (variant, on): (usize, Date)) -> PurchaseReversal {
    node.date = on;
    let variant = world.variants[variant];
    let purchase = node.buy(world.supplier, variant, 5_000, 40_000);
    PurchaseReversal {
        business_date: on,
        ..reversal(purchase, "S1P-1-000001", variant, 5_000, 40_000)
    }
}

/// Purchases that were voided on their day and on a later one, and one that was corrected twice.
async fn take_back(office: &Office, node: &mut Node) {
    let [earlier, today] = ["2026-02-20", "2026-03-02"].map(|day| day.parse().unwrap());
    let next = i64::try_from(node.log.len()).unwrap() + 1;
    let first = bought(node, &office.world, (3, earlier));
    void(node, first);
    let second = bought(node, &office.world, (6, earlier));
    let third = bought(node, &office.world, (9, earlier));
    node.date = today;
    void(node, second);
    let variant = third.lines[0].variant;
    let supplier = office.world.supplier;
    let instead = correct(node, supplier, third, 3_000, 20_000);
    let again = PurchaseReversal {
        business_date: today,
        payment_kind: "account".to_owned(),
        ..reversal(instead, "S1P-1-000001", variant, 3_000, 20_000)
    };
    correct(node, supplier, again, 4_000, 30_000);
    node.push_from(&office.world.cloud, next).await;
    office.apply().await;
    assert_eq!(
        office
            .world
            .number("select count(*) from purchase_reversal")
            .await,
        4
    );
}

#[tokio::test]
async fn a_purchase_that_is_voided_on_its_day_leaves_no_trace_in_the_figures() {
    let office = Office::open().await;
    let mut nodes = trade(&office, 10).await;
    let admin = office.signed_in(ADMIN).await;
    let stock = "select string_agg(variant_id || ' ' || on_hand, ', ' order by variant_id) from stock_balance
                  where on_hand <> 0";
    let before = figures(&admin.read("/v1/overview?date=2026-03-02").await);
    let on_hand = office.world.text(stock).await;
    let next = i64::try_from(nodes[2].log.len()).unwrap() + 1;
    let day = "2026-03-02".parse().unwrap();
    // Of a variant that nobody has bought that day otherwise.
    let purchase = bought(&mut nodes[2], &office.world, (1, day));
    nodes[2].push_from(&office.world.cloud, next).await;
    office.apply().await;
    let meanwhile = admin.read("/v1/overview?date=2026-03-02").await;
    let spent = |told: &Value| told["purchases_minor"].as_i64().unwrap();
    assert_eq!(spent(&meanwhile), spent(&before) + 40_000);
    // The shop was cut off in between.
    void(&mut nodes[2], purchase);
    nodes[2].push_from(&office.world.cloud, next + 1).await;
    office.apply().await;
    let after = figures(&admin.read("/v1/overview?date=2026-03-02").await);
    assert_eq!(after, before);
    assert_eq!(office.world.text(stock).await, on_hand);
}

#[tokio::test]
async fn the_overview_is_what_the_raw_rows_say() {
    let office = Office::open().await;
    let mut nodes = trade(&office, 40).await;
    take_back(&office, &mut nodes[2]).await;
    let [a, b, station] = [0, 1, 2].map(|place| office.world.locations[place]);
    let (admin, bob) = (office.signed_in(ADMIN).await, office.signed_in(BOB).await);
    // The last one has all of this trade a year before it.
    for date in [
        "2026-03-02",
        "2026-02-20",
        "2026-01-25",
        "2025-12-01",
        "2027-02-28",
    ] {
        let all = [a, b, station];
        let told = admin.read(&format!("/v1/overview?date={date}")).await;
        assert_eq!(
            figures(&told),
            raw(&office.world, date, &all, &all).await,
            "{date}"
        );
        // Once more, from the cache.
        assert_eq!(
            figures(&admin.read(&format!("/v1/overview?date={date}")).await),
            figures(&told)
        );
        let told = admin
            .read(&format!("/v1/overview?date={date}&location={station}"))
            .await;
        assert_eq!(
            figures(&told),
            raw(&office.world, date, &[station], &[station]).await,
            "{date}"
        );
        assert_eq!(told["locations"].as_array().unwrap().len(), 3);
        let told = bob.read(&format!("/v1/overview?date={date}")).await;
        assert_eq!(
            figures(&told),
            raw(&office.world, date, &[b], &[b]).await,
            "{date}"
        );
        assert_eq!(told["locations"].as_array().unwrap().len(), 1);
    }
    // The newest date is the default, and a new sale is in the next answer.
    let before = admin.read("/v1/overview").await;
    assert_eq!(before["date"], "2026-03-02");
    let next = i64::try_from(nodes[0].log.len()).unwrap() + 1;
    nodes[0].sell(&[(office.world.variants[1], 1, 12_345)]);
    nodes[0].push_from(&office.world.cloud, next).await;
    office.apply().await;
    let after = admin.read("/v1/overview").await;
    let revenue = |told: &Value| told["revenue_minor"].as_i64().unwrap();
    assert_eq!(revenue(&after), revenue(&before) + 12_345);
    let sums: i64 = after["locations"]
        .as_array()
        .unwrap()
        .iter()
        .map(revenue)
        .sum();
    assert_eq!(sums, revenue(&after));
}

#[tokio::test]
async fn figures_of_a_kind_that_one_may_not_see_are_null() {
    let office = Office::open().await;
    trade(&office, 3).await;
    let all = office.world.locations.clone();
    let pam = office
        .signed_in(PAM)
        .await
        .read("/v1/overview?date=2026-03-02")
        .await;
    let raw = raw(&office.world, "2026-03-02", &[], &all).await;
    assert_eq!(pam["purchases_minor"], raw["purchases_minor"]);
    for hidden in ["revenue_minor", "sales", "units", "average_basket_minor"] {
        assert_eq!(pam[hidden], Value::Null, "{hidden}");
    }
    assert_eq!(pam["previous"]["revenue_minor"], Value::Null);
    assert_eq!(
        (&pam["products"], &pam["hours"]),
        (&json!([]), &raw["hours"])
    );
    for location in pam["locations"].as_array().unwrap() {
        assert_eq!(location["revenue_minor"], Value::Null);
        assert!(location["purchases_minor"].is_i64(), "{location}");
    }
}

#[tokio::test]
async fn the_overview_says_how_complete_it_is() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let empty = admin.read("/v1/overview").await;
    assert_eq!(
        (&empty["date"], &empty["revenue_minor"]),
        (&json!("2026-03-02"), &json!(0))
    );
    assert_eq!(
        (
            &empty["complete_to"],
            empty["days"].as_array().unwrap().len()
        ),
        (&Value::Null, 28)
    );

    let (mut a, mut b) = (office.world.node(0).await, office.world.node(1).await);
    a.sell(&[(office.world.variants[1], 1, 100)]);
    a.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    // B has enrolled and said nothing yet: nobody knows how complete the whole is.
    assert_eq!(admin.read("/v1/overview").await["complete_to"], Value::Null);
    for _ in 0..5 {
        b.sell(&[(office.world.variants[1], 1, 100)]);
    }
    b.push(&office.world.cloud, b.batch(1, 2)).await.unwrap();
    office.apply().await;
    let told = admin.read("/v1/overview").await;
    let at = |place: usize| told["locations"][place].clone();
    assert_eq!(
        (&at(0)["pending"], &at(1)["pending"]),
        (&json!(0), &json!(3))
    );
    assert_eq!(
        told["complete_to"],
        at(0)["complete_to"]
            .as_str()
            .min(at(1)["complete_to"].as_str())
            .unwrap()
    );
    assert_eq!(
        (&at(0)["connected"], &at(2)["connected"]),
        (&json!(true), &json!(false))
    );
    // Of its own branch one sees its own completeness.
    let bob = office.signed_in(BOB).await.read("/v1/overview").await;
    assert_eq!(bob["complete_to"], at(1)["complete_to"]);
    office.security.advance(SignedDuration::from_secs(60));
    assert_eq!(
        admin.read("/v1/overview").await["locations"][0]["connected"],
        false
    );
}
