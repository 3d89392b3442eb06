//! Purchases that a buying station has voided or corrected, as the office has them.
use cloud::{summary, sync::apply_all};
use serde_json::json;
use uuid::Uuid;
use wire::body::{
    Document as _, PurchaseCorrected, PurchaseLine, PurchaseRecorded, PurchaseReversal,
    PurchaseVoided, ReversedLine, ShiftOpened,
};
use wire::event::Money;

use crate::browser::{ADMIN, BOB, Office};
use crate::world::{Node, World, id, moves};

/// What takes back a purchase that [`Node::buy`] has recorded on the first morning.
pub fn reversal(
    purchase: Uuid,
    number: &str,
    variant: Uuid,
    quantity: i64,
    cost: i64,
) -> PurchaseReversal {
    PurchaseReversal {
        purchase,
        ticket_number: number.to_owned(),
        business_date: crate::world::MORNING
            .parse::<jiff::Timestamp>()
            .unwrap()
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date(),
        supplier: id(5, 1),
        payment_kind: "cash".to_owned(),
        total_minor: cost,
        lines: vec![ReversedLine {
            variant,
            quantity,
            cost_minor: cost,
        }],
        reason: "weighed wrongly".to_owned(),
        approved_by: None,
        weakened: Vec::new(),
        to_count: Vec::new(),
    }
}

pub fn void(node: &mut Node, reversal: PurchaseReversal) -> Uuid {
    let fact = node.fact();
    let mut header = node.header(fact, PurchaseVoided::KIND, PurchaseVoided::VERSION);
    header.moves = moves(
        reversal
            .lines
            .iter()
            .map(|line| (line.variant, -line.quantity)),
    );
    header.money = vec![Money {
        tender: "cash".to_owned(),
        minor: reversal.total_minor,
    }];
    let body = PurchaseVoided {
        shift: node.shift,
        ticket_number: format!("S1P-1-{:06}", header.seq),
        reversal,
    };
    node.record(&header, &body);
    fact
}

/// Replaces a purchase by one of other weight and cost.
pub fn correct(
    node: &mut Node,
    supplier: Uuid,
    reversal: PurchaseReversal,
    quantity: i64,
    cost: i64,
) -> Uuid {
    let fact = node.fact();
    let mut header = node.header(fact, PurchaseCorrected::KIND, PurchaseCorrected::VERSION);
    let old = reversal.lines[0];
    header.moves = moves([(old.variant, quantity - old.quantity)]);
    let line = PurchaseLine {
        variant: old.variant,
        quantity,
        weight: None,
        unit_cost: "2.50".to_owned(),
        cost_quantity: 1_000,
        cost_minor: cost,
    };
    let purchase = PurchaseRecorded {
        shift: node.shift,
        ticket_number: format!("S1P-1-{:06}", header.seq),
        supplier,
        supplier_document: None,
        lines: vec![line],
        payment_kind: "account".to_owned(),
        total_minor: cost,
    };
    node.record(&header, &PurchaseCorrected { reversal, purchase });
    fact
}

/// A day on which one purchase was voided and another corrected; these, and what stands in the second's place.
async fn a_day(office: &Office) -> [Uuid; 3] {
    let (variant, supplier) = (office.world.variants[1], office.world.supplier);
    let mut node = office.world.node(0).await;
    let header = node.header(node.fact(), ShiftOpened::KIND, ShiftOpened::VERSION);
    let opened = ShiftOpened {
        shift: node.shift,
        float_minor: 10_000,
    };
    node.record(&header, &opened);
    let first = node.buy(supplier, variant, 1_000, 250);
    let second = node.buy(supplier, variant, 2_000, 500);
    void(
        &mut node,
        reversal(first, "S1P-1-000002", variant, 1_000, 250),
    );
    let corrected = reversal(second, "S1P-1-000003", variant, 2_000, 500);
    let instead = correct(&mut node, supplier, corrected, 1_500, 400);
    // Purchase and reversal come in one batch.
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    [first, second, instead]
}

#[tokio::test]
async fn figures_go_back_on_the_date_of_the_reversal() {
    let office = Office::open().await;
    a_day(&office).await;
    let world = &office.world;
    assert_eq!(world.number("select count(*) from held_event").await, 0);
    let figures =
        "select concat_ws('/', d.purchases, d.total_minor, p.lines, p.quantity, p.cost_minor)
                     from daily_purchase d, daily_product_purchase p";
    assert_eq!(world.text(figures).await, "1/400/1/1500/400");
    assert_eq!(
        world.number("select on_hand from stock_balance").await,
        1_500
    );
    assert_eq!(summary::audit(&world.cloud, None, None).await.unwrap(), []);
    world.check_nothing_is_lost().await;
    summary::rebuild(
        &world.cloud,
        world.locations[0],
        "2000-01-01".parse().unwrap(),
        "2099-12-31".parse().unwrap(),
    )
    .await
    .unwrap();
    assert_eq!(world.text(figures).await, "1/400/1/1500/400", "made again");
}

#[tokio::test]
async fn the_office_sees_what_was_taken_back_and_by_what() {
    let office = Office::open().await;
    let [_, second, instead] = a_day(&office).await;
    let admin = office.signed_in(ADMIN).await;
    let list = admin.read("/v1/purchases").await;
    let items = list["items"].as_array().unwrap();
    let states: Vec<_> = items.iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["recorded", "replaced", "voided"], "{list}");
    let item = |at: usize| {
        let of = |name: &str| list["items"][at][name].as_str().unwrap();
        let (location, date, id) = (of("location_id"), of("business_date"), of("id"));
        format!("/v1/locations/{location}/purchases/{date}/{id}")
    };
    let new = admin.read(&item(0)).await;
    assert_eq!(
        (&new["id"], &new["reversal"]),
        (&json!(instead), &json!(null))
    );
    assert_eq!(new["replaces"]["purchase_id"], json!(second));
    let old = admin.read(&item(1)).await;
    assert_eq!(
        (&old["reversal"]["id"], &old["reversal"]["state"]),
        (&json!(instead), &json!("replaced"))
    );
    assert_eq!(old["total_minor"], 500, "as it was");
    let audit = admin.read("/v1/audit?action=purchase.voided").await;
    let entry = &audit["items"][0];
    assert_eq!(
        (&entry["reason"], &entry["before"]["total_minor"]),
        (&json!("weighed wrongly"), &json!(250)),
        "{audit}"
    );
    let drawers = admin.read("/v1/drawers").await;
    let drawer = &drawers["items"][0];
    let [paid, back, expected] = [
        "purchases_paid_minor",
        "purchases_back_minor",
        "expected_minor",
    ]
    .map(|name| drawer[name].as_i64().unwrap());
    assert_eq!((paid, back, expected), (750, 750, 10_000), "{drawer}");
    let (answered, foreign) = office.signed_in(BOB).await.get(&item(0)).await;
    assert_eq!(answered, 404, "of another branch: {foreign}");
}

#[tokio::test]
async fn a_reversal_waits_for_its_purchase_and_comes_once() {
    let world = World::new().await;
    let variant = world.variants[1];
    let mut node = world.node(0).await;
    let first = node.shift;
    // Its supplier is not known yet; what takes it back is of another shift.
    let purchase = node.buy(id(55, 1), variant, 1_000, 250);
    node.shift = id(7, 99);
    void(
        &mut node,
        reversal(purchase, "S1P-1-000001", variant, 1_000, 250),
    );
    node.shift = id(7, 98);
    void(
        &mut node,
        reversal(purchase, "S1P-1-000001", variant, 1_000, 250),
    );
    node.shift = first;
    node.push_from(&world.cloud, 1).await;
    apply_all(&world.cloud).await.unwrap();
    let held = "select string_agg(seq || ' ' || state || ' ' || reason, ', ' order by seq) from held_event";
    assert_eq!(
        world.text(held).await,
        "1 waiting reference.missing, 2 waiting reference.missing, 3 waiting reference.missing"
    );
    world
        .meddle(&format!(
            "insert into supplier select (jsonb_populate_record(s, jsonb_build_object('id', '{}', 'code', 'LATE'))).* from supplier s limit 1",
            id(55, 1)
        ))
        .await;
    for _ in 0..2 {
        world
            .meddle("update held_event set retry_at = '-infinity' where state = 'waiting'")
            .await;
        apply_all(&world.cloud).await.unwrap();
    }
    assert_eq!(world.text(held).await, "3 quarantined purchase.reversed");
    // One that says something else than its purchase is looked at by people.
    let other = node.buy(world.supplier, variant, 500, 100);
    void(&mut node, reversal(other, "S1P-1-000004", variant, 500, 99));
    node.push_from(&world.cloud, 4).await;
    apply_all(&world.cloud).await.unwrap();
    assert_eq!(
        world.text(held).await,
        "3 quarantined purchase.reversed, 5 quarantined purchase.differs"
    );
    assert_eq!(
        world.number("select count(*) from purchase_reversal").await,
        1
    );
    assert_eq!(summary::audit(&world.cloud, None, None).await.unwrap(), []);
    world.check_nothing_is_lost().await;
}

#[tokio::test]
async fn nobody_takes_back_what_another_branch_has_bought() {
    let world = World::new().await;
    let variant = world.variants[1];
    let mut here = world.node(0).await;
    let mut there = world.node(1).await;
    let purchase = here.buy(world.supplier, variant, 1_000, 250);
    here.push_from(&world.cloud, 1).await;
    void(
        &mut there,
        reversal(purchase, "S1P-1-000001", variant, 1_000, 250),
    );
    there.push_from(&world.cloud, 1).await;
    apply_all(&world.cloud).await.unwrap();
    assert_eq!(
        world
            .text("select string_agg(state || ' ' || reason, ', ') from held_event")
            .await,
        "waiting reference.missing"
    );
    assert_eq!(
        world.number("select count(*) from purchase_reversal").await,
        0
    );
    assert_eq!(
        world.number("select purchases from daily_purchase").await,
        1
    );
}
