//! PostgreSQL is stopped and started while shops push: clear refusals, nothing lost, back by itself.
use std::net::SocketAddr;
use std::time::Duration;

use cloud::cluster::{Cluster, ClusterOptions};
use cloud::{Config, Database};
use httpkit::Parts;
use wire::batch::Reply;

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_stops_loses_nothing_and_comes_back() {
    let folder = tempfile::Builder::new()
        .prefix("branchline-outage-")
        .tempdir_in("/tmp")
        .unwrap();
    std::os::unix::fs::chown(folder.path(), None, None).unwrap();
    std::fs::set_permissions(
        folder.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let home = folder.path().join("pg");
    let cluster =
        tokio::task::spawn_blocking(move || Cluster::start(ClusterOptions::durable(home)))
            .await
            .unwrap()
            .unwrap();
    let database = Database::in_cluster(&cluster, "branchline").await.unwrap();
    let mut world = World::at(database.clone()).await;
    let addr: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let running = cloud::start(Config::new(database, addr), Parts::system())
        .await
        .unwrap();
    world.cloud = running.cloud.clone();
    let mut node = world.node(0).await;
    for round in 0..3_000 {
        node.sell(&[(world.variants[round % 12], 1, 100)]);
    }
    let client = reqwest::Client::new();
    let url = |path: &str| format!("http://{}{path}", running.addr);

    // The node pushes as a node does: the same bytes again after every failure.
    let mut acked = 0;
    let mut refusals = 0;
    let mut is_down = false;
    while acked < 3_000 {
        if acked >= 1_000 && !is_down && refusals == 0 {
            cluster.stop().unwrap();
            is_down = true;
            assert_eq!(
                client.get(url("/health")).send().await.unwrap().status(),
                200
            );
            assert_eq!(
                client.get(url("/ready")).send().await.unwrap().status(),
                503
            );
        }
        match node.push(&world.cloud, node.batch(acked + 1, 100)).await {
            Ok(Reply::Ack { ack_seq, .. }) => acked = ack_seq,
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                let problem = error.into_problem();
                assert_eq!(
                    (problem.status, problem.code.as_str()),
                    (503, "store.unavailable")
                );
                refusals += 1;
                if refusals == 3 {
                    cluster.resume().unwrap();
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    assert!(refusals >= 3, "the outage was seen {refusals} times");
    for _ in 0..200 {
        if world.number("select count(*) from sale").await == 3_000 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(world.number("select count(*) from sale").await, 3_000);
    assert_eq!(
        world
            .number("select sum(revenue_minor)::bigint from daily_sales")
            .await,
        300_000
    );
    world.check_nothing_is_lost().await;
    assert_eq!(
        client.get(url("/ready")).send().await.unwrap().status(),
        200
    );
    running.stop().await;
}
