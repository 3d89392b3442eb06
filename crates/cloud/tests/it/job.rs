//! Jobs: tried again, given up and kept, once per key, once per tick, by any number of workers.
use cloud::job::{self, Kind, NewJob};
use cloud::{Actor, Cloud};
use jiff::Timestamp;

use crate::world::World;

fn audit(key: Option<&str>) -> NewJob {
    NewJob {
        kind: Kind::SummaryAudit,
        payload: serde_json::json!({}),
        dedupe_key: key.map(str::to_owned),
        run_at: Timestamp::UNIX_EPOCH,
    }
}

async fn enqueue(cloud: &Cloud, new: NewJob) -> bool {
    cloud
        .tx("test_enqueue", Actor::Service("test"), async |tx| {
            job::enqueue(tx, &new).await
        })
        .await
        .unwrap()
}

/// Runs what is ready until nothing is.
async fn run_all(cloud: &Cloud) {
    while job::round(cloud).await.unwrap() {}
}

#[tokio::test]
async fn a_key_is_taken_while_its_job_waits() {
    let world = World::new().await;
    run_all(&world.cloud).await;
    assert!(enqueue(&world.cloud, audit(Some("one"))).await);
    assert!(!enqueue(&world.cloud, audit(Some("one"))).await);
    assert!(enqueue(&world.cloud, audit(None)).await);
    assert_eq!(world.number("select count(*) from job").await, 2);
    run_all(&world.cloud).await;
    assert_eq!(world.number("select count(*) from job").await, 0);
    assert!(
        enqueue(&world.cloud, audit(Some("one"))).await,
        "done: the key is free again"
    );
}

#[tokio::test]
async fn a_job_belongs_to_the_transaction_that_makes_it_necessary() {
    let world = World::new().await;
    run_all(&world.cloud).await;
    let rolled_back: cloud::Result<()> = world
        .cloud
        .tx("test_rollback", Actor::Service("test"), async |tx| {
            job::enqueue(tx, &audit(None)).await?;
            Err(httpkit::problem::Problem::conflict("test", "Changed my mind").into())
        })
        .await;
    assert!(rolled_back.is_err());
    assert_eq!(world.number("select count(*) from job").await, 0);
}

#[tokio::test]
async fn a_job_that_fails_is_tried_again_and_then_kept_as_dead() {
    let world = World::new().await;
    run_all(&world.cloud).await;
    enqueue(&world.cloud, audit(Some("doomed"))).await;
    world.meddle("update job set kind = 'no.such'").await;
    for attempt in 1..=job::TRIES {
        run_all(&world.cloud).await;
        assert_eq!(
            world.number("select attempts::bigint from job").await,
            i64::from(attempt)
        );
        let is_dead = world
            .number("select count(*) from job where dead_at is not null")
            .await
            == 1;
        assert_eq!(is_dead, attempt == job::TRIES);
        // Its pause is over.
        world.meddle("update job set run_at = 'epoch'").await;
    }
    run_all(&world.cloud).await;
    assert_eq!(
        world
            .number("select count(*) from job where last_error like '%no.such%'")
            .await,
        1
    );
    // Somebody repairs what was wrong and runs it again.
    world
        .meddle("update job set kind = 'summary.audit', dead_at = null, attempts = 0")
        .await;
    run_all(&world.cloud).await;
    assert_eq!(world.number("select count(*) from job").await, 0);
}

#[tokio::test]
async fn a_lease_that_ran_out_is_taken_over_and_a_live_one_is_not() {
    let world = World::new().await;
    run_all(&world.cloud).await;
    enqueue(&world.cloud, audit(None)).await;
    world
        .meddle("update job set locked_until = 'infinity', attempts = 1")
        .await;
    assert!(!job::round(&world.cloud).await.unwrap());
    world.meddle("update job set locked_until = 'epoch'").await;
    assert!(job::round(&world.cloud).await.unwrap());
    assert_eq!(world.number("select count(*) from job").await, 0);
}

#[tokio::test]
async fn a_tick_is_run_once_by_many_workers() {
    let world = World::new().await;
    let rounds = (0..6).map(|_| job::round(&world.cloud));
    for outcome in futures_util::future::join_all(rounds).await {
        outcome.unwrap();
    }
    let kinds = i64::try_from(
        Kind::ALL
            .iter()
            .filter(|kind| kind.every_minutes().is_some())
            .count(),
    )
    .unwrap();
    assert!(
        world
            .number("select count(*) from cron_tick where name <> 'reference.published'")
            .await
            >= kinds
    );
    run_all(&world.cloud).await;
    let ticks = world.number("select count(*) from cron_tick").await;
    assert_eq!(world.number("select count(*) from job").await, 0);
    run_all(&world.cloud).await;
    assert!(
        world.number("select count(*) from cron_tick").await <= ticks + 2,
        "a minute may have passed"
    );
}
