//! A verified copy tells nodes what they need not keep; a restored one is found out, and nothing is promised from it.
use std::path::Path;
use std::process::Command;

use cloud::cluster::{Cluster, ClusterOptions};
use cloud::{Database, backup, node};
use wire::batch::Reply;

use crate::outage::cluster;
use crate::world::{Node, World, account};

/// Puts a copy in the place of a server's data, as an operator does, and starts it.
async fn restored(copy: &Path, home: &Path, owner_of: &Path) -> Cluster {
    std::fs::create_dir_all(home).unwrap();
    let run = |program: &str, args: &[&str]| {
        let status = Command::new(program).args(args).status().unwrap();
        assert!(status.success(), "{program} {args:?}");
    };
    let (copy, data) = (copy.to_str().unwrap(), home.join("data"));
    let data = data.to_str().unwrap();
    run("cp", &["-a", copy, data]);
    let like = format!("--reference={}", owner_of.display());
    run("chown", &["-R", &like, data]);
    run("chmod", &["700", data]);
    let home = home.to_owned();
    let starting = move || Cluster::start(ClusterOptions::durable(home));
    tokio::task::spawn_blocking(starting)
        .await
        .unwrap()
        .unwrap()
}

async fn safe(world: &World) -> i64 {
    world.number("select safe_seq from node_stream").await
}

async fn ack(world: &World, node: &Node, from: i64) -> i64 {
    match node
        .push(&world.cloud, node.batch(from, 500))
        .await
        .unwrap()
    {
        Reply::Ack { safe_seq, .. } => safe_seq,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_verified_copy_makes_numbers_safe_and_a_restored_one_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let first = cluster(&folder).await;
    let database = Database::in_cluster(&first, "branchline").await.unwrap();
    let mut world = World::at(database.clone()).await;
    let mut node = world.node(0).await;
    let variant = world.variants[1];
    node.stock(variant, 10);
    node.give_back(variant, 4);
    assert_eq!(
        ack(&world, &node, 1).await,
        0,
        "without a copy nothing is safe"
    );

    let failed = backup::external(&world.cloud, "elsewhere", &["false".to_owned()]).await;
    assert!(failed.is_err());
    assert_eq!(safe(&world).await, 0);
    let copy = folder.path().join("copy");
    let copied = backup::base(&world.cloud, &database, &copy).await.unwrap();
    assert_eq!((copied.nodes, copied.events), (1, 2));
    assert!(
        backup::base(&world.cloud, &database, &copy).await.is_err(),
        "the folder is not empty"
    );
    node.sell(&[(variant, 1, 199)]);
    assert_eq!(ack(&world, &node, 3).await, 2);
    let told = backup::external(&world.cloud, "elsewhere", &["true".to_owned()])
        .await
        .unwrap();
    assert_eq!((told.events, safe(&world).await), (1, 3));

    // The copy takes the server's place: it has forgotten the sale that it has acknowledged.
    let data = folder.path().join("pg/data");
    first.stop().unwrap();
    let second = restored(&copy, &folder.path().join("again"), &data).await;
    let mut owner = second.config();
    owner.dbname("branchline");
    let database = Database::of_superuser(owner);
    world.database = database.clone();
    world.reopen(&database);
    assert_eq!(world.number("select last_seq from node_stream").await, 2);
    let mut batch = node.batch(4, 0);
    (batch.acked_seq, batch.incarnation) = (3, 1);
    let reply = node.push(&world.cloud, batch).await.unwrap();
    assert_eq!(
        reply,
        Reply::Rebase {
            incarnation: 2,
            last_seq: 2
        }
    );
    node.rebase(2, 2);
    let mut batch = node.batch(3, 500);
    batch.incarnation = 2;
    let reply = node.push(&world.cloud, batch).await.unwrap();
    assert!(matches!(reply, Reply::Ack { ack_seq: 4, .. }), "{reply:?}");
    node::unfreeze(&world.cloud, cloud::Actor::Service("test"), node.id)
        .await
        .unwrap();
    assert_eq!(account(&world, 0, variant).await, "N 5 C 4 D 0 K 0 | 4 0 0");
    cloud::sync::apply_all(&world.cloud).await.unwrap();
    assert_eq!(world.number("select count(*) from sale").await, 1);
    drop((first, second));
}
