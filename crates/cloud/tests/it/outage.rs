//! PostgreSQL is stopped and started while shops push: clear refusals, nothing lost, back by itself.
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use cloud::cluster::{Cluster, ClusterOptions};
use cloud::{Config, Database, Running};
use httpkit::Parts;
use wire::batch::Reply;

use crate::world::{Node, World};

/// Events that the node has recorded when the story begins.
const EVENTS: i64 = 3_000;
/// Milliseconds between the tries of a node whose push was refused.
const PAUSE: Duration = Duration::from_millis(50);

/// A server of the test's own, that it may stop.
pub async fn cluster(folder: &tempfile::TempDir) -> Cluster {
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let home = folder.path().join("pg");
    let starting =
        tokio::task::spawn_blocking(move || Cluster::start(ClusterOptions::durable(home)));
    starting.await.unwrap().unwrap()
}

async fn status(running: &Running, path: &str) -> u16 {
    let url = format!("http://{}{path}", running.addr);
    reqwest::get(url).await.unwrap().status().as_u16()
}

/// Pushes as a node does, the same bytes again after every refusal; how many refusals there were.
async fn push_through(node: &Node, cluster: &Cluster, running: &Running) -> u32 {
    let (mut acked, mut refusals, mut was_stopped) = (0, 0, false);
    while acked < EVENTS {
        if acked >= EVENTS / 3 && !was_stopped {
            cluster.stop().unwrap();
            was_stopped = true;
            assert_eq!(status(running, "/health").await, 200);
            assert_eq!(status(running, "/ready").await, 503);
        }
        match node.push(&running.cloud, node.batch(acked + 1, 100)).await {
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
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    refusals
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_stops_loses_nothing_and_comes_back() {
    let folder = tempfile::Builder::new()
        .prefix("branchline-outage-")
        .tempdir_in("/tmp")
        .unwrap();
    let cluster = cluster(&folder).await;
    let database = Database::in_cluster(&cluster, "branchline").await.unwrap();
    let mut world = World::at(database.clone()).await;
    let addr: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let running = cloud::start(Config::new(database, addr), Parts::system())
        .await
        .unwrap();
    world.cloud = running.cloud.clone();
    let mut node = world.node(0).await;
    for variant in world
        .variants
        .iter()
        .cycle()
        .take(usize::try_from(EVENTS).unwrap())
    {
        node.sell(&[(*variant, 1, 100)]);
    }
    let refusals = push_through(&node, &cluster, &running).await;
    assert!(refusals >= 3, "the outage was seen {refusals} times");
    for _ in 0..200 {
        if world.number("select count(*) from sale").await == EVENTS {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    assert_eq!(world.number("select count(*) from sale").await, EVENTS);
    assert_eq!(
        world
            .number("select sum(revenue_minor)::bigint from daily_sales")
            .await,
        EVENTS * 100
    );
    world.check_nothing_is_lost().await;
    assert_eq!(status(&running, "/ready").await, 200);
    running.stop().await;
}
