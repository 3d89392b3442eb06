//! What an epoch that is over had not told reaches salvage, also of a cloud that was restored to before it had it.
use edge::Config;
use httpkit::Parts;
use wire::{accept::Status, event::Hash};

use crate::{
    company::{CODE, enrolled_at, stocked, until},
    support::{TestShop, new_id},
};

#[tokio::test]
async fn a_restored_cloud_gets_the_log_of_the_dead_epoch_again() {
    let (company, shop, url) = enrolled_at().await;
    let till = shop.open_till(1).await;
    company.has(1).await;
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
    company.held(|held| held.down = true);
    assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
    let sold: Vec<Hash> = {
        let file = shop.file();
        let mut statement = file
            .prepare("select hash from outbox where seq > 1 order by seq")
            .unwrap();
        let rows = statement
            .query_map([], |row| Ok(Hash(row.get(0)?)))
            .unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    let folder = shop.folder;
    shop.running.stop().await.unwrap();
    company.held(|held| {
        held.down = false;
        held.place.status = Status::Fenced;
    });
    let enrolled = edge::enrol_folder(folder.path(), Parts::system(), &url, CODE)
        .await
        .unwrap();
    assert_eq!(enrolled.epoch, 2);
    let running = edge::start(Config::new(folder.path()), Parts::system())
        .await
        .unwrap();
    let shop = TestShop {
        running,
        clock: shop.clock,
        security_clock: shop.security_clock,
        folder,
    };
    stocked(&shop).await;
    let is_kept = |salvage: &[(i64, i64, wire::event::Record)]| {
        sold.iter().all(|hash| {
            let is_it =
                |(epoch, _, it): &(i64, i64, wire::event::Record)| *epoch == 1 && it.hash == *hash;
            salvage.iter().any(is_it)
        })
    };
    company
        .until("the sale of the dead epoch", |held| is_kept(&held.salvage))
        .await;
    until(&shop.till(), |edge| edge["sync"]["pending"] == 0).await;
    for _ in 0..200 {
        if shop.value::<i64>("select count(*) from past_epoch where kept = last_seq") == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    // The cloud goes back to when it knew of the new epoch, and had not got the old log yet.
    company.held(|held| {
        held.salvage.retain(|(_, seq, _)| *seq == 1);
        held.place.incarnation += 1;
        held.place.frozen = true;
    });
    let till = shop.open_till(1).await;
    company
        .until("the sale again", |held| {
            !held.place.frozen && is_kept(&held.salvage)
        })
        .await;
    until(&till, |edge| edge["sync"]["incarnation"] == 2).await;
}
