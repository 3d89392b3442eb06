//! Stage 2: events become rows; what cannot be applied waits or is put aside, and holds nothing else up.
use cloud::catalog;
use cloud::sync::apply_all;
use uuid::Uuid;

use crate::world::{World, goods, id, sale_body};

async fn held(world: &World) -> Vec<(i64, String, String)> {
    let client = world.owner().await;
    let rows = client
        .query(
            "select seq, state, reason from held_event order by seq",
            &[],
        )
        .await
        .unwrap();
    rows.iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect()
}

fn line(seq: i64, state: &str, reason: &str) -> (i64, String, String) {
    (seq, state.to_owned(), reason.to_owned())
}

#[tokio::test]
async fn a_poison_body_is_put_aside_while_the_rest_is_applied() {
    let world = World::new().await;
    let mut node = world.node(0).await;
    node.sell(&[(world.variants[1], 1, 199)]);
    // No sale at all; a price that is none; a text that no column takes; an amount that would wrap sums.
    let header = node.header(node.fact(), "sale.closed", 1);
    node.record(&header, &serde_json::json!({ "lines": "many" }));
    let mut body = sale_body(node.shift, 3, &[(world.variants[1], 1, 199)]);
    body.lines[0].unit_price = "a lot".to_owned();
    let header = node.header(node.fact(), "sale.closed", 1);
    node.record(&header, &body);
    let mut body = sale_body(node.shift, 4, &[(world.variants[1], 1, 199)]);
    body.receipt_number = "A1\0".to_owned();
    let header = node.header(node.fact(), "sale.closed", 1);
    node.record(&header, &body);
    let header = node.header(node.fact(), "sale.closed", 1);
    node.record(
        &header,
        &sale_body(node.shift, 5, &[(world.variants[1], 1, i64::MAX / 8)]),
    );
    // Each amount is possible, and their sum is not.
    let header = node.header(node.fact(), "sale.closed", 1);
    let mut body = sale_body(node.shift, 6, &[(world.variants[1], 1, 1)]);
    body.lines[0].total_minor = 1_000_000_000_000_000;
    body.lines = vec![body.lines[0].clone(); 9_500];
    node.record(&header, &body);
    node.sell(&[(world.variants[2], 1, 299)]);
    node.push_from(&world.cloud, 1).await;
    apply_all(&world.cloud).await.unwrap();
    // What the database refused is tried three times, and what follows in its shift waits for that.
    for _ in 0..3 {
        world
            .meddle("update held_event set retry_at = '-infinity' where state = 'waiting'")
            .await;
        apply_all(&world.cloud).await.unwrap();
    }
    let expected = [
        line(2, "quarantined", "body.unreadable"),
        line(3, "quarantined", "body.unreadable"),
        line(4, "quarantined", "database.refused"),
        line(5, "quarantined", "body.out_of_range"),
        line(6, "quarantined", "body.panic"),
    ];
    assert_eq!(held(&world).await, expected);
    assert_eq!(world.number("select count(*) from sale").await, 2);
    assert_eq!(
        world.number("select revenue_minor from daily_sales").await,
        498
    );
    assert_eq!(
        world
            .number("select sum(lines)::bigint from daily_product")
            .await,
        2
    );
    world.check_nothing_is_lost().await;
}

#[tokio::test]
async fn an_unknown_version_waits_and_its_aggregate_parks_behind_it() {
    let world = World::new().await;
    let mut node = world.node(0).await;
    let (first, second) = (node.shift, id(7, 99));
    node.sell(&[(world.variants[1], 1, 100)]);
    let header = node.header(node.fact(), "sale.closed", 77);
    node.record(&header, &serde_json::json!({ "from": "the future" }));
    node.sell(&[(world.variants[1], 1, 200)]);
    node.shift = second;
    node.sell(&[(world.variants[1], 1, 400)]);
    node.push_from(&world.cloud, 1).await;
    apply_all(&world.cloud).await.unwrap();
    let expected = [
        line(2, "waiting", "body.version_unknown"),
        line(3, "waiting", "aggregate.waiting"),
    ];
    assert_eq!(held(&world).await, expected);
    assert_eq!(
        world.number("select revenue_minor from daily_sales").await,
        500
    );
    assert_ne!(first, second);
    world.check_nothing_is_lost().await;
}

#[tokio::test]
async fn a_missing_reference_is_waited_for_and_then_applied_in_order() {
    let mut world = World::new().await;
    let mut node = world.node(0).await;
    let newcomer: Uuid = id(5, 700);
    node.sell(&[(world.variants[1], 1, 100)]);
    node.sell(&[(newcomer, 2, 200)]);
    node.sell(&[(world.variants[1], 1, 400)]);
    node.push_from(&world.cloud, 1).await;
    apply_all(&world.cloud).await.unwrap();
    let expected = [
        line(2, "waiting", "reference.missing"),
        line(3, "waiting", "aggregate.waiting"),
    ];
    assert_eq!(held(&world).await, expected);
    // Its stock is right all the same: the header said it.
    let on_hand = format!("select on_hand from stock_balance where variant_id = '{newcomer}'");
    assert_eq!(world.number(&on_hand).await, -2);

    world.serve().await;
    catalog::put_variants(&world.cloud, &goods(&[newcomer]))
        .await
        .unwrap();
    for _ in 0..100 {
        if held(&world).await.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(held(&world).await, []);
    assert_eq!(
        world.number("select revenue_minor from daily_sales").await,
        700
    );
    world.check_nothing_is_lost().await;
}

#[tokio::test]
async fn two_workers_never_apply_an_event_twice() {
    let world = World::new().await;
    let mut nodes = [world.node(0).await, world.node(1).await];
    for node in &mut nodes {
        for round in 0..1_200 {
            node.sell(&[(world.variants[round % 12], 1, 100)]);
        }
        node.push_from(&world.cloud, 1).await;
    }
    let workers = (0..4).map(|_| apply_all(&world.cloud));
    for outcome in futures_util::future::join_all(workers).await {
        outcome.unwrap();
    }
    apply_all(&world.cloud).await.unwrap();
    assert_eq!(world.number("select count(*) from sale").await, 2_400);
    assert_eq!(
        world
            .number("select sum(revenue_minor)::bigint from daily_sales")
            .await,
        240_000
    );
    assert_eq!(
        world
            .number("select sum(applied)::bigint from node_apply")
            .await,
        2_400
    );
    world.check_nothing_is_lost().await;
}

#[tokio::test]
async fn a_shift_is_one_row_whichever_end_arrives() {
    let world = World::new().await;
    let mut node = world.node(0).await;
    let opened = wire::body::ShiftOpened {
        shift: node.shift,
        float_minor: 10_000,
    };
    let header = node.header(node.fact(), "shift.opened", 1);
    node.record(&header, &opened);
    node.sell(&[(world.variants[1], 1, 199)]);
    let closed = wire::body::ShiftClosed {
        shift: node.shift,
        sales: 1,
        expected_minor: 10_199,
        counted_minor: 10_150,
        difference_reason: None,
        approved_by: None,
    };
    let header = node.header(node.fact(), "shift.closed", 1);
    node.record(&header, &closed);
    node.push_from(&world.cloud, 1).await;
    apply_all(&world.cloud).await.unwrap();
    let short = "select counted_minor - expected_minor from shift where opened_at is not null and float_minor = 10000";
    assert_eq!(world.number(short).await, -49);
}
