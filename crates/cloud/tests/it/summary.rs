//! Figures are what the raw rows add up to, at every moment, in whatever order and however late events come.
use cloud::summary;
use cloud::sync::apply_all;
use jiff::ToSpan;
use jiff::civil::Date;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use crate::world::{Node, World};

/// One thing that happens: on which day (some of them late), what is sold or bought.
#[derive(Debug, Clone)]
struct Happening {
    node: usize,
    /// Days before the story's first day; older ones are in months without partitions.
    days_back: i32,
    minutes: i64,
    buys: bool,
    lines: Vec<(usize, i64, i64)>,
}

fn happening() -> impl Strategy<Value = Happening> {
    (
        0..2_usize,
        prop_oneof![6 => 0..2_i32, 1 => 3..400_i32],
        0..1_440_i64,
        prop::bool::weighted(0.2),
        prop::collection::vec((0..12_usize, 1..5_000_i64, 0..100_000_i64), 1..6),
    )
        .prop_map(|(node, days_back, minutes, buys, lines)| Happening {
            node,
            days_back,
            minutes,
            buys,
            lines,
        })
}

fn record(world: &World, node: &mut Node, one: &Happening) {
    let first: Date = "2026-03-02".parse().unwrap();
    node.date = first.saturating_sub(one.days_back.days());
    node.at += jiff::SignedDuration::from_mins(one.minutes % 90);
    if one.buys {
        let (variant, quantity, cost) = one.lines[0];
        node.buy(world.supplier, world.variants[variant], quantity, cost);
    } else {
        let lines = one
            .lines
            .iter()
            .map(|&(variant, quantity, total)| (world.variants[variant], quantity, total));
        node.sell(&lines.collect::<Vec<_>>());
    }
}

/// Every figure as text, to compare two moments.
async fn figures(world: &World) -> Vec<String> {
    let client = world.owner().await;
    let mut all = Vec::new();
    for table in [
        "daily_sales",
        "hourly_sales",
        "daily_product",
        "daily_purchase",
        "hourly_purchase",
        "daily_product_purchase",
    ] {
        let rows = client
            .query(
                &format!("select '{table} ' || t::text from {table} t order by 1"),
                &[],
            )
            .await
            .unwrap();
        all.extend(rows.iter().map(|row| row.get::<_, String>(0)));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_equal_the_raw_rows_after_random_trade() {
    let mut runner = TestRunner::new(Config {
        cases: 4,
        ..Config::default()
    });
    let stories = prop::collection::vec(happening(), 150..300);
    for _ in 0..4 {
        let story = stories.new_tree(&mut runner).unwrap().current();
        let world = World::new().await;
        let mut nodes = [world.node(0).await, world.node(1).await];
        let mut pushed = [0; 2];
        for (place, one) in story.iter().enumerate() {
            record(&world, &mut nodes[one.node], one);
            if place % 37 == 0 {
                let node = &nodes[one.node];
                pushed[one.node] = node.push_from(&world.cloud, pushed[one.node] + 1).await;
                apply_all(&world.cloud).await.unwrap();
                assert_eq!(
                    summary::audit(&world.cloud, None, None).await.unwrap(),
                    [],
                    "in the middle"
                );
            }
        }
        for (node, pushed) in nodes.iter().zip(pushed) {
            if pushed < i64::try_from(node.log.len()).unwrap() {
                node.push_from(&world.cloud, pushed + 1).await;
            }
        }
        apply_all(&world.cloud).await.unwrap();
        let sales = world
            .number("select count(*) + (select count(*) from purchase) from sale")
            .await;
        assert_eq!(usize::try_from(sales).unwrap(), story.len());
        assert_eq!(
            world.number("select count(*) from sale_undated").await,
            0,
            "every month has its partition"
        );
        assert_eq!(summary::audit(&world.cloud, None, None).await.unwrap(), []);
        world.check_nothing_is_lost().await;

        let kept = figures(&world).await;
        for &location in &world.locations {
            summary::rebuild(
                &world.cloud,
                location,
                "2000-01-01".parse().unwrap(),
                "2099-12-31".parse().unwrap(),
            )
            .await
            .unwrap();
        }
        assert_eq!(
            figures(&world).await,
            kept,
            "kept as they come and made again are the same"
        );
    }
}

#[tokio::test]
async fn a_figure_that_is_wrong_is_found_recorded_and_made_again() {
    let world = World::new().await;
    let mut node = world.node(0).await;
    node.sell(&[(world.variants[1], 2, 398)]);
    node.push_from(&world.cloud, 1).await;
    apply_all(&world.cloud).await.unwrap();
    world
        .meddle("update daily_sales set revenue_minor = 1; delete from hourly_sales")
        .await;
    world.meddle("update stock_balance set on_hand = 5").await;
    let found = summary::audit(&world.cloud, None, None).await.unwrap();
    let mut tables: Vec<&str> = found.iter().map(|one| one.summary.as_str()).collect();
    tables.sort_unstable();
    assert_eq!(tables, ["daily_sales", "hourly_sales", "stock_balance"]);
    assert_eq!(
        world
            .number("select count(*) from summary_difference")
            .await,
        3
    );
    assert_eq!(
        world.number("select revenue_minor from daily_sales").await,
        398
    );
    assert_eq!(world.number("select on_hand from stock_balance").await, -2);
    assert_eq!(summary::audit(&world.cloud, None, None).await.unwrap(), []);
}
