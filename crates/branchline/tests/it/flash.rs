//! A flash sale: 500 units at a lower price for everybody, three shops, 64 customers at once, and a shop that cannot reach
//! the cloud for a part of it. No unit beyond the limit is ever sold at that price, and none is left in the end.
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, ensure};
use cloud::{
    Actor, Cloud,
    promotion::{self, Author},
};
use futures_util::future::try_join_all;
use httpkit::clock::Stopwatch;
use serde_json::json;
use uuid::Uuid;

use crate::{
    fleet::{Fleet, Shop, Site, Till, connect, id},
    rush::Line,
};

const LIMIT: i64 = 500;
const CUSTOMERS: u128 = 64;
const SHOPS: u128 = 3;
/// Registers of a shop.
const TILLS: u128 = 4;
const PROMOTION: Uuid = id(7, 1);
/// What is sold, and what one costs less while there are units of the sale.
const HOT: Uuid = id(6, 1);
const OFF: i64 = 15;
/// The longest that anything may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a customer pays, and how many of the units were cheaper.
async fn buy(till: &Till, quantity: i64) -> anyhow::Result<i64> {
    let shift = till.shift(&AtomicBool::new(false)).await?;
    let body = json!({
        "shift_id": shift.context("an open shift")?,
        "lines": [{ "variant_id": HOT, "quantity": quantity }],
        "tenders": [{ "kind": "cash", "amount_minor": 10_000 }],
        "shortages": [{ "variant_id": HOT, "answer": "found" }],
    });
    let path = format!("/v1/sales/{}", till.new_id());
    let (status, receipt) = till.put(&path, &body).await?;
    ensure!(status == 201, "{status} {receipt}");
    let off = receipt["discount_minor"].as_i64().context("a discount")?;
    ensure!(off % OFF == 0 && off <= quantity * OFF, "{receipt}");
    Ok(off / OFF)
}

/// Buys until the sale is over: nothing was cheaper for a while, with every line up. How many were.
async fn shop_till_over(
    till: &Till,
    customer: u128,
    is_calm: &AtomicBool,
    sold: &AtomicI64,
) -> anyhow::Result<i64> {
    let (mut cheaper, mut in_vain) = (0, 0);
    while in_vain < 3 {
        let quantity = 1 + i64::try_from(customer % 3)?;
        let got = buy(till, quantity).await?;
        cheaper += got;
        let all = sold.fetch_add(got, Ordering::SeqCst) + got;
        ensure!(all <= LIMIT, "{all} units of {LIMIT} were sold");
        in_vain = match got {
            0 if is_calm.load(Ordering::SeqCst) => in_vain + 1,
            _ => 0,
        };
        // A customer takes longer than a click, and one who came in vain longer still.
        let pause = if got == 0 { 400 } else { 30 };
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    Ok(cheaper)
}

/// What a shop's file says of its part.
fn part(shop: &Shop) -> anyhow::Result<i64> {
    let sum = "select coalesce(sum(available), 0) from allowance where kind = 'promotion.units'";
    Ok(shop.file()?.query_row(sum, [], |row| row.get(0))?)
}

async fn until(
    what: &str,
    mut holds: impl AsyncFnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let watch = Stopwatch::start();
    while !holds().await? {
        ensure!(watch.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// The sale begins.
async fn begin(operations: &Cloud, actor: Actor) -> anyhow::Result<()> {
    let draft = json!({ "name": "Flash", "effects": [{ "percent": { "off": 1000 } }], "limits": { "units": LIMIT } });
    let author = Author {
        actor,
        may_sell_below_cost: false,
    };
    let draft = draft.as_object().context("an object")?;
    let version = promotion::put(operations, author, PROMOTION, None, draft).await?;
    promotion::start(operations, actor, PROMOTION, version).await?;
    Ok(())
}

/// Everybody who wants some of it, each at a till of a shop; a till serves one after the other.
async fn customers(fleet: &Fleet) -> anyhow::Result<Vec<Till>> {
    let mut tills = Vec::new();
    for customer in 0..CUSTOMERS {
        let shop = usize::try_from(customer % SHOPS)?;
        let till = Till::new(Arc::clone(&fleet.shops[shop]), (customer / SHOPS) % TILLS)?;
        let till = if customer < SHOPS * TILLS {
            till
        } else {
            // The register is open already.
            let first: &Till = &tills[usize::try_from(customer % (SHOPS * TILLS))?];
            let shift = first.shift(&AtomicBool::new(false)).await?;
            till.in_shift(shift.context("an open shift")?)
        };
        till.sign_in().await?;
        till.shift(&AtomicBool::new(false)).await?;
        tills.push(till);
    }
    Ok(tills)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn five_hundred_units_are_sold_once_whoever_is_offline() -> anyhow::Result<()> {
    let mut fleet = Fleet::start(&Site::here()?).await?;
    let mut lines = Vec::new();
    for _ in 0..SHOPS {
        let line = Line::open(fleet.cloud_addr).await?;
        fleet.add_shop(&Site::here()?, &line.url()).await?;
        lines.push(line);
    }
    let operations = fleet.operations().await?;
    let actor = Actor::Service("flash");
    begin(&operations, actor).await?;
    let each = LIMIT / 2 / i64::try_from(SHOPS)?;
    until("every shop gets its part", async || {
        Ok(fleet
            .shops
            .iter()
            .all(|shop| part(shop).is_ok_and(|part| part == each)))
    })
    .await?;

    let tills = customers(&fleet).await?;
    // Until the promotion itself has come, nothing is cheaper.
    until("every shop knows of it", async || {
        Ok(fleet.shops.iter().all(|shop| {
            let running = "select count(*) from promotion where running = 1";
            let known = shop
                .file()
                .and_then(|file| Ok(file.query_row(running, [], |row| row.get::<_, i64>(0))?));
            known.is_ok_and(|count| count == 1)
        }))
    })
    .await?;

    let (is_calm, sold) = (AtomicBool::new(false), AtomicI64::new(0));
    let bought = try_join_all(
        (0..CUSTOMERS)
            .zip(&tills)
            .map(|(customer, till)| shop_till_over(till, customer, &is_calm, &sold)),
    );
    let trouble = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        lines[2].set(false);
        tokio::time::sleep(Duration::from_secs(8)).await;
        lines[2].set(true);
        // The shop has noticed, and what the cloud had nothing of may be asked for again.
        tokio::time::sleep(Duration::from_secs(12)).await;
        is_calm.store(true, Ordering::SeqCst);
        anyhow::Ok(())
    };
    let (cheaper, ()) = tokio::try_join!(bought, trouble)?;
    let cheaper: i64 = cheaper.iter().sum();
    fleet.settle(PATIENCE).await?;
    let client = connect(&fleet.database().await?).await?;
    let pool = client
        .query_one(
            "select p.wanted, p.available, sum(s.used)::bigint, sum(s.held + s.granting + s.beyond)::bigint
               from allowance_pool p join allowance_share s using (kind, key)
              where p.kind = 'promotion.units' group by p.wanted, p.available",
            &[],
        )
        .await?;
    let books: [i64; 4] = [pool.get(0), pool.get(1), pool.get(2), pool.get(3)];
    println!("{cheaper} units of {LIMIT} were cheaper; wanted, available, used, rest: {books:?}");
    assert_eq!((cheaper, books), (LIMIT, [LIMIT, 0, LIMIT, 0]));
    Ok(())
}
