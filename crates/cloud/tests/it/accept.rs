//! Stage 1: a repeated batch changes nothing, a gap is named, and what contradicts itself leaves nothing behind.
use wire::batch::Reply;
use wire::event::Record;

use crate::world::{World, sale_body};

async fn counts(world: &World) -> [i64; 4] {
    let mut counts = [0; 4];
    for (count, table) in
        counts
            .iter_mut()
            .zip(["inbox", "booked", "stock_movement", "stock_balance"])
    {
        *count = world.number(&format!("select count(*) from {table}")).await;
    }
    counts
}

#[tokio::test]
async fn a_repeated_batch_changes_nothing() {
    let world = World::new().await;
    let mut node = world.node(0).await;
    for round in 0..5 {
        node.sell(&[
            (world.variants[1], 2, 398),
            (world.variants[2], round + 1, 199),
        ]);
    }
    let first = node.push(&world.cloud, node.batch(1, 5)).await.unwrap();
    let Reply::Ack {
        ack_seq, ack_hash, ..
    } = first
    else {
        panic!("{first:?}")
    };
    assert_eq!((ack_seq, ack_hash), (5, node.head));
    let before = counts(&world).await;
    assert_eq!(before, [5, 5, 10, 2]);

    for batch in [node.batch(1, 5), node.batch(3, 3), node.batch(2, 2)] {
        let again = node.push(&world.cloud, batch).await.unwrap();
        assert!(matches!(again, Reply::Ack { ack_seq: 5, .. }), "{again:?}");
    }
    assert_eq!(counts(&world).await, before);
    let on_hand = world
        .number(&format!(
            "select on_hand from stock_balance where variant_id = '{}'",
            world.variants[2]
        ))
        .await;
    assert_eq!(on_hand, -15);
    world.check_nothing_is_lost().await;
}

#[tokio::test]
async fn a_gap_is_named_and_an_overlap_is_taken() {
    let world = World::new().await;
    let mut node = world.node(0).await;
    for _ in 0..6 {
        node.sell(&[(world.variants[1], 1, 199)]);
    }
    let reply = node.push(&world.cloud, node.batch(3, 2)).await.unwrap();
    assert_eq!(reply, Reply::Gap { expected: 1 });
    assert_eq!(counts(&world).await, [0, 0, 0, 0]);
    node.push(&world.cloud, node.batch(1, 4)).await.unwrap();
    let reply = node.push(&world.cloud, node.batch(3, 4)).await.unwrap();
    assert!(matches!(reply, Reply::Ack { ack_seq: 6, .. }), "{reply:?}");
    assert_eq!(world.number("select count(*) from inbox").await, 6);
}

#[tokio::test]
async fn a_heartbeat_says_up_to_when_everything_is_here() {
    let world = World::new().await;
    let mut node = world.node(0).await;
    node.sell(&[(world.variants[1], 1, 199)]);
    node.sell(&[(world.variants[1], 1, 199)]);
    let complete_to = "select extract(epoch from complete_to)::bigint from node_stream";
    // Only the first is here: complete to its time.
    node.push(&world.cloud, node.batch(1, 1)).await.unwrap();
    let first = world.number(complete_to).await;
    node.push(&world.cloud, node.batch(2, 1)).await.unwrap();
    let all = world.number(complete_to).await;
    assert_eq!(
        all,
        node.at.as_second(),
        "all is here: complete to the node's clock"
    );
    assert_eq!(all - first, 60);
    node.at += jiff::SignedDuration::from_mins(5);
    node.push(&world.cloud, node.batch(3, 0)).await.unwrap();
    assert_eq!(world.number(complete_to).await, all + 300);
}

#[tokio::test]
async fn another_history_is_refused_and_the_node_is_marked() {
    let world = World::new().await;
    let mut node = world.node(0).await;
    node.sell(&[(world.variants[1], 1, 199)]);
    node.push_from(&world.cloud, 1).await;
    let before = counts(&world).await;
    // The same numbers again, with other content: as if the disk had been rolled back.
    node.log.clear();
    node.head = wire::event::Hash::GENESIS;
    node.sell(&[(world.variants[2], 7, 1_393)]);
    node.sell(&[(world.variants[2], 1, 199)]);
    let reply = node.push(&world.cloud, node.batch(1, 2)).await.unwrap();
    assert_eq!(reply, Reply::Fork { seq: 1 });
    // From then on the epoch is over, and what it says is kept: both histories.
    let reply = node.push(&world.cloud, node.batch(2, 1)).await.unwrap();
    assert!(matches!(reply, Reply::Fenced { epoch: 1, .. }), "{reply:?}");
    let now = counts(&world).await;
    assert_eq!([now[0], now[2], now[3]], [before[0], before[2], before[3]]);
    let fenced =
        "select count(*) from node_stream where suspect is not null and status = 'fenced_fork'";
    assert_eq!(world.number(fenced).await, 1);
    // The second history begins with the same fact: that is known, what follows is not.
    for (state, expected) in [("known", 1), ("queued", 1)] {
        let kept = format!("select count(*) from salvage where state = '{state}' and epoch = 1");
        assert_eq!(world.number(&kept).await, expected);
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_kept_and_the_next_ones_go_on() {
    let world = World::new().await;
    let mut node = world.node(0).await;
    for _ in 0..5 {
        node.sell(&[(world.variants[1], 1, 199)]);
    }
    // Garbage on the node's disk, and a body that was changed after it was sealed.
    node.log[2].header = "{\u{0}nonsense".to_owned();
    node.log[3].body = node.log[3].body.replace("199", "1");
    assert_eq!(node.push_from(&world.cloud, 1).await, 5);
    cloud::sync::apply_all(&world.cloud).await.unwrap();
    assert_eq!(world.number("select on_hand from stock_balance").await, -3);
    assert_eq!(world.number("select count(*) from sale").await, 3);
    let held = "select count(*) from held_event where state = 'quarantined' and reason = 'header.unreadable'";
    assert_eq!(world.number(held).await, 2);
    let suspect =
        "select count(*) from node_stream where suspect like 'event 4:%' and status = 'active'";
    assert_eq!(world.number(suspect).await, 1);
    world.check_nothing_is_lost().await;
}

#[tokio::test]
async fn a_batch_that_contradicts_itself_leaves_nothing() {
    type Damage = fn(&mut wire::batch::Batch);
    let world = World::new().await;
    let mut node = world.node(0).await;
    for _ in 0..4 {
        node.sell(&[(world.variants[1], 1, 199)]);
    }
    let cases: [(&str, Damage); 3] = [
        ("batch.chain_broken", |batch| {
            let mut header = batch.events[2].open().unwrap();
            header.prev = wire::event::Hash([7; 32]);
            let body: serde_json::Value = serde_json::from_str(&batch.events[2].body).unwrap();
            batch.events[2] = Record::seal(&header, &body);
        }),
        ("batch.out_of_place", |batch| drop(batch.events.remove(1))),
        ("batch.node", |batch| batch.node = uuid::Uuid::nil()),
    ];
    for (code, damage) in cases {
        let mut batch = node.batch(1, 4);
        damage(&mut batch);
        let refusal = node
            .push(&world.cloud, batch)
            .await
            .unwrap_err()
            .into_problem();
        assert_eq!((refusal.code.as_str(), refusal.status), (code, 422));
        assert_eq!(counts(&world).await, [0, 0, 0, 0], "{code}");
    }
    assert_eq!(
        world
            .number("select count(*) from node_stream where suspect is not null")
            .await,
        1
    );
    assert_eq!(
        node.push_from(&world.cloud, 1).await,
        4,
        "the right batch is still taken"
    );
}

#[tokio::test]
async fn a_fact_is_booked_once_whatever_number_it_comes_under() {
    let world = World::new().await;
    let mut node = world.node(0).await;
    let lines = [(world.variants[1], 3, 597)];
    let sale = node.sell(&lines);
    for _ in 0..2 {
        let mut header = node.header(sale, "sale.closed", 1);
        header.moves = crate::world::moves([(world.variants[1], -3)]);
        let body = sale_body(node.shift, 1, &lines);
        node.record(&header, &body);
    }
    node.push_from(&world.cloud, 1).await;
    cloud::sync::apply_all(&world.cloud).await.unwrap();
    // Stock follows the log, as the node itself has moved it; money does not come twice.
    assert_eq!(counts(&world).await, [3, 1, 3, 1]);
    assert_eq!(world.number("select on_hand from stock_balance").await, -9);
    assert_eq!(world.number("select count(*) from sale").await, 1);
    assert_eq!(
        world.number("select revenue_minor from daily_sales").await,
        597
    );
    world.check_nothing_is_lost().await;
}

#[tokio::test]
async fn headers_that_nobody_believes_are_kept_without_effect() {
    let world = World::new().await;
    let mut node = world.node(0).await;
    for (quantity, location, date) in [
        (i64::MIN, node.location, "2026-03-02"),
        (-1, world.locations[1], "2026-03-02"),
        (-1, node.location, "9999-12-31"),
    ] {
        let mut header = node.header(node.fact(), "sale\0.closed", 1);
        header.moves = crate::world::moves([(world.variants[1], quantity)]);
        header.location = location;
        header.business_date = date.parse().unwrap();
        node.record(&header, &serde_json::json!({ "nonsense": "\0" }));
    }
    node.sell(&[(world.variants[1], 1, 199)]);
    assert_eq!(node.push_from(&world.cloud, 1).await, 4);
    cloud::sync::apply_all(&world.cloud).await.unwrap();
    assert_eq!(world.number("select on_hand from stock_balance").await, -1);
    assert_eq!(world.number("select count(*) from sale").await, 1);
    assert_eq!(
        world
            .number("select count(*) from held_event where reason = 'header.doubtful'")
            .await,
        3
    );
    world.check_nothing_is_lost().await;
}

#[tokio::test]
async fn a_wrong_signature_keeps_nothing() {
    let world = World::serving().await;
    let mut node = world.node(0).await;
    node.sell(&[(world.variants[1], 1, 199)]);
    let path = format!("/v1/nodes/{}/events", node.id);
    let body = serde_json::to_vec(&node.batch(1, 1)).unwrap();
    let client = reqwest::Client::new();
    let good = wire::signature::sign(&node.key, "POST", &path, &body);
    let other_key = ed25519_dalek::SigningKey::from_bytes(&[99; 32]);
    let forged = wire::signature::sign(&other_key, "POST", &path, &body);
    let other_path = wire::signature::sign(&node.key, "POST", "/v1/elsewhere", &body);
    for signature in ["", "AAAA", &forged, &other_path] {
        let response = client
            .post(world.url(&path))
            .header("branchline-node", node.id.to_string())
            .header("branchline-signature", signature)
            .body(body.clone())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 401);
        let problem: serde_json::Value = response.json().await.unwrap();
        assert_eq!(problem["code"], "node.signature");
    }
    assert_eq!(counts(&world).await, [0, 0, 0, 0]);
    let response = client
        .post(world.url(&path))
        .header("branchline-node", node.id.to_string())
        .header("branchline-signature", good)
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(world.number("select count(*) from inbox").await, 1);
}

#[tokio::test]
async fn ledgers_cannot_be_changed_by_the_application_or_by_accident() {
    let world = World::new().await;
    let mut node = world.node(0).await;
    node.sell(&[(world.variants[1], 1, 199)]);
    node.push_from(&world.cloud, 1).await;
    cloud::sync::apply_all(&world.cloud).await.unwrap();
    for config in [&world.database.app, &world.database.owner] {
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        for table in [
            "inbox",
            "booked",
            "stock_movement",
            "sale",
            "sale_line",
            "tender",
            "audit",
        ] {
            let refused = client.batch_execute(&format!("delete from {table}")).await;
            let code = refused
                .unwrap_err()
                .code()
                .map(|code| code.code().to_owned());
            assert!(
                matches!(code.as_deref(), Some("42501" | "23001")),
                "{table}: {code:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_push_of_the_future_or_half_of_one_is_answered_and_keeps_nothing() {
    let world = World::serving().await;
    let mut node = world.node(0).await;
    node.sell(&[(world.variants[1], 1, 199)]);
    let mut batch = node.batch(1, 1);
    batch.proto = 99;
    let reply = node.push(&world.cloud, batch).await.unwrap();
    assert_eq!(reply, Reply::Upgrade { min_proto: 1 });
    let path = format!("/v1/nodes/{}/events", node.id);
    let whole = serde_json::to_vec(&node.batch(1, 1)).unwrap();
    for (from, to) in [(0, whole.len() / 2), (1, whole.len()), (0, 0)] {
        let (status, problem) = node.ask(&world, "POST", &path, &whole[from..to]).await;
        assert_eq!((status, &problem["code"]), (422, &"body.invalid".into()));
    }
    assert_eq!(counts(&world).await, [0, 0, 0, 0]);
}
