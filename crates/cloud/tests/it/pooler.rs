//! Behind PgBouncer 1.18 in transaction mode, with many clients on few server connections and mixed statements:
//! everybody gets their own answer.
use cloud::cluster::testing::PgBouncer;
use cloud::db::{Kind, Sql};
use cloud::sync::apply_all;
use cloud::{Actor, Pooler, Tx, summary};
use futures_util::future::join_all;

use crate::world::World;

/// Clients at once.
const CLIENTS: usize = 16;
/// Server connections that they share.
const CONNECTIONS: u16 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_clients_on_four_connections_get_their_own_answers() {
    let mut world = World::new().await;
    let pgbouncer = PgBouncer::start(world.test_database.as_ref().unwrap(), CONNECTIONS)
        .await
        .unwrap();
    let mut database = world.database.clone();
    database.app = pgbouncer.config(world.test_database.as_ref().unwrap(), "branchline_app");
    database.pooler = Pooler::Transaction;
    world.reopen(&database);

    let mut nodes = Vec::new();
    for place in 0..3 {
        nodes.push(world.node(place).await);
    }
    for node in &mut nodes {
        for round in 0..200 {
            node.sell(&[
                (world.variants[round % 12], 1, 100),
                (world.variants[(round + 5) % 12], 2, 50),
            ]);
        }
    }
    let cloud = &world.cloud;
    let pushes = nodes.iter().map(async |node| {
        for first in (1..=181).step_by(20) {
            node.push(cloud, node.batch(first, 20)).await.unwrap();
        }
    });
    let locations = world.locations.clone();
    let asks = (0..CLIENTS).map(async |client| {
        for round in 0..40 {
            let location = locations[(client + round) % 3];
            ask(cloud, client, round, location).await;
        }
    });
    let applies = (0..2).map(async |_| {
        for _ in 0..5 {
            apply_all(cloud).await.unwrap();
        }
    });
    tokio::join!(join_all(pushes), join_all(asks), join_all(applies));
    apply_all(cloud).await.unwrap();
    assert_eq!(world.number("select count(*) from sale").await, 600);
    assert_eq!(
        world
            .number("select sum(revenue_minor)::bigint from daily_sales")
            .await,
        90_000
    );
    assert_eq!(summary::audit(cloud, None, None).await.unwrap(), []);
    world.check_nothing_is_lost().await;
}

/// Statements of different shapes in one transaction; each answer must be the one that belongs to the question.
async fn ask(cloud: &cloud::Cloud, client: usize, round: usize, location: uuid::Uuid) {
    let name = format!("client {client} round {round}");
    let actor = Actor::Service("pooler");
    match round % 3 {
        0 => {
            let code = ["A", "B", "S"][usize::from(location.as_bytes()[15]) % 3];
            let found = cloud::location::by_code(cloud, code)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(found.as_uuid(), location, "{name}");
        }
        1 => {
            let told = cloud
                .tx("pooler_actor", actor, async |tx| echo(tx, &name).await)
                .await
                .unwrap();
            assert_eq!(told, (name, "service:pooler".to_owned()));
        }
        _ => {
            let told = cloud
                .read("pooler_read", Actor::Staff(location), async |tx| {
                    echo(tx, &name).await
                })
                .await
                .unwrap();
            assert_eq!(told, (name, format!("staff:{location}")));
        }
    }
}

/// The question and who asks, as the server sees them.
async fn echo(tx: &Tx, name: &str) -> cloud::Result<(String, String)> {
    const ECHO: Sql = Sql {
        text: "select $1, actor()",
        params: &[Kind::Text],
        columns: &[Kind::Text, Kind::Text],
    };
    let row = tx.row(ECHO, &[&name]).await?.unwrap();
    Ok((row.get(0), row.get(1)))
}
