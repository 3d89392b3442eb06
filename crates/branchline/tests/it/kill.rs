//! `kill -9` at random moments over edges, cloud and PostgreSQL while tills sell: every sale that a till was told of
//! is there afterwards, exactly once.
//!
//! `BRANCHLINE_KILLS` says how many kills, 50 by default.
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context;

use crate::fleet::{Fleet, Site, Till};

const SHOPS: usize = 2;
const TILLS: u128 = 2;
/// How long everything may take to arrive once nobody kills any more; the runner's own patience is longer.
const SETTLE: Duration = Duration::from_mins(1);

fn kills() -> usize {
    std::env::var("BRANCHLINE_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(50)
}

/// The process of PostgreSQL itself, as its own file names it.
fn postmaster(fleet: &Fleet) -> anyhow::Result<String> {
    fn find(folder: &std::path::Path) -> Option<std::path::PathBuf> {
        let found = folder.join("postmaster.pid");
        if found.exists() {
            return Some(found);
        }
        let entries = std::fs::read_dir(folder).ok()?;
        entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
            .find_map(|path| {
                let found = path.join("postmaster.pid");
                found.exists().then_some(found)
            })
    }
    let file = find(&fleet.postgres()).context("PostgreSQL runs")?;
    let text = std::fs::read_to_string(file)?;
    Ok(text
        .lines()
        .next()
        .context("a process id")?
        .trim()
        .to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_acknowledged_sale_survives_kills() -> anyhow::Result<()> {
    let mut fleet = Fleet::start(&Site::here()?).await?;
    let cloud_url = format!("http://{}", fleet.cloud_addr);
    for _ in 0..SHOPS {
        fleet.add_shop(&Site::here()?, &cloud_url).await?;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let mut tills = Vec::new();
    for shop in &fleet.shops {
        for number in 0..TILLS {
            let till = Till::new(Arc::clone(shop), number)?;
            till.sign_in().await?;
            let stop = Arc::clone(&stop);
            tills.push(tokio::spawn(
                async move { till.sell(&stop, usize::MAX).await },
            ));
        }
    }
    let (mut edges, mut clouds, mut databases) = (0, 0, 0);
    for _ in 0..kills() {
        tokio::time::sleep(Duration::from_millis(50 + fleet.chance(350))).await;
        match fleet.chance(4) {
            0 => {
                fleet.cloud.kill()?;
                clouds += 1;
                tokio::time::sleep(Duration::from_millis(fleet.chance(300))).await;
                fleet.cloud.start_again()?;
            }
            1 => {
                // Its supervisor starts it again; without a postmaster there is nothing to kill.
                if let Ok(pid) = postmaster(&fleet) {
                    let killed = std::process::Command::new("kill")
                        .args(["-9", &pid])
                        .status()?;
                    databases += usize::from(killed.success());
                }
            }
            _ => {
                let which = usize::try_from(fleet.chance(SHOPS as u64))?;
                let victim = &fleet.shops[which].process;
                victim.kill()?;
                edges += 1;
                tokio::time::sleep(Duration::from_millis(fleet.chance(300))).await;
                victim.start_again()?;
            }
        }
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    stop.store(true, Ordering::Relaxed);
    for till in tills {
        till.await??;
    }
    fleet.settle(SETTLE).await?;
    let sales = fleet.check_sales().await?;
    println!(
        "{} kills (edge {edges}, cloud {clouds}, PostgreSQL {databases}) over {sales} sales: none lost, none doubled",
        edges + clouds + databases
    );
    assert!(sales > 0, "nothing was sold");
    Ok(())
}
