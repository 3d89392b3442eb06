//! A file that went back, was copied, or whose cloud went back: what comes back, what is restricted, and that it sells.
use std::{fs, path::Path, time::Duration};

use edge::{Config, testkit};
use httpkit::{Parts, clock::Stopwatch};
use serde_json::{Value, json};
use wire::{
    accept::Status,
    event::{Hash, Record},
};

use crate::{
    company::{CODE, Company, Held, enrolled, enrolled_at, line, stocked, until},
    support::{TestShop, Till, new_id},
};

/// The head that the edge told a till last.
async fn head(till: &Till) -> String {
    let answer = till
        .http
        .get(format!("{}/v1/edge", till.base))
        .send()
        .await
        .unwrap();
    answer.headers()["x-branchline-head"]
        .to_str()
        .unwrap()
        .to_owned()
}

/// Sells at a till that says what it has seen.
async fn sell_having_seen(till: &Till, seen: &str) -> (u16, Value) {
    let answer = till
        .http
        .put(format!("{}/v1/sales/{}", till.base, new_id()))
        .header("x-branchline-seen", seen)
        .json(&till.sale(&[("COLA", 1)], 150))
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

/// The same till, when the shop has another address.
fn again(till: &Till, shop: &TestShop) -> Till {
    Till {
        base: format!("http://{}", shop.running.addr),
        ..till.clone()
    }
}

fn chain(shop: &TestShop) -> Vec<Hash> {
    let file = shop.file();
    let mut statement = file
        .prepare("select hash from outbox order by seq")
        .unwrap();
    let rows = statement
        .query_map([], |row| Ok(Hash(row.get(0)?)))
        .unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// A shop with an open till, some sales at the cloud, and then some that its file loses.
struct WentBack {
    company: Company,
    shop: TestShop,
    till: Till,
    /// What the till has seen.
    seen: String,
    /// The chain before anything was lost.
    chain: Vec<Hash>,
}

/// Sells, keeps a copy of the file, sells on, and puts the copy back. `is_down` says whether the cloud can be reached
/// from then on, `knows` whether it has what was sold in between.
async fn went_back(knows: bool, is_down: bool) -> WentBack {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    company.has(3).await;
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
    let copy = tempfile::tempdir().unwrap();
    let kept = copy.path().join("shop.db");
    let shop = shop
        .restart_after(|folder| {
            fs::copy(folder.join("shop.db"), &kept).unwrap();
        })
        .await;
    let till = again(&till, &shop);
    company.held(|held| held.down = !knows);
    for _ in 0..4 {
        assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
    }
    let chain = chain(&shop);
    if knows {
        company.has(chain.len()).await;
    }
    let seen = head(&till).await;
    company.held(|held| held.down = is_down);
    let shop = shop
        .restart_after(|folder| {
            fs::copy(&kept, folder.join("shop.db")).unwrap();
        })
        .await;
    let till = again(&till, &shop);
    WentBack {
        company,
        shop,
        till,
        seen,
        chain,
    }
}

#[tokio::test]
async fn what_the_cloud_has_comes_back_before_the_first_till_is_served() {
    let WentBack {
        shop,
        till,
        seen,
        chain: before,
        company,
        ..
    } = went_back(true, false).await;
    let edge = till.get("/v1/edge").await.1;
    assert_eq!(edge["mode"], "normal", "{edge}");
    assert_eq!(chain(&shop)[..before.len()], before[..], "byte for byte");
    assert_eq!(shop.value::<i64>("select count(*) from sale"), 5);
    let sold = sell_having_seen(&till, &seen).await;
    assert_eq!(sold.0, 201, "{}", sold.1);
    assert_eq!(sold.1["receipt_number"], "T101-1-000006", "no number twice");
    company
        .until("the end of it in the log", |held| {
            held.kinds().contains(&"node.restricted".to_owned())
        })
        .await;
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
}

#[tokio::test]
async fn a_till_that_has_seen_more_restricts_the_node_before_it_sells_and_the_cloud_heals_it() {
    let WentBack {
        company,
        shop,
        till,
        seen,
        chain: before,
        ..
    } = went_back(true, true).await;
    // Nobody has said anything yet: the file does not know what it has lost.
    assert_eq!(till.get("/v1/edge").await.1["mode"], "normal");
    let answer = till
        .http
        .get(format!("{}/v1/session", till.base))
        .header("x-branchline-seen", &seen)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let edge = till.get("/v1/edge").await.1;
    assert_eq!(
        (&edge["mode"], &edge["restricted"]["cause"]),
        (&json!("restricted"), &json!("rollback")),
        "{edge}"
    );
    assert!(
        edge["restricted"]["detail"]
            .as_str()
            .unwrap()
            .contains("missing"),
        "{edge}"
    );
    company.held(|held| held.down = false);
    until(&till, |edge| edge["mode"] == "normal").await;
    assert_eq!(chain(&shop)[..before.len()], before[..]);
    assert_eq!(sell_having_seen(&till, &seen).await.0, 201);
    company.has(before.len() + 3).await;
    assert_eq!(company.held(|held| held.place.status), Status::Active);
}

#[tokio::test]
async fn a_memory_of_somebody_who_is_not_signed_in_is_not_believed() {
    let (_company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    let told = head(&till).await;
    let mut parts: Vec<&str> = told.split('.').collect();
    parts[2] = "999";
    let far = parts.join(".");
    let stranger = shop.till();
    for _ in 0..3 {
        let url = format!("{}/v1/edge", stranger.base);
        stranger
            .http
            .get(url)
            .header("x-branchline-seen", &far)
            .send()
            .await
            .unwrap();
    }
    assert_eq!(till.get("/v1/edge").await.1["mode"], "normal");
}

#[tokio::test]
async fn what_nobody_has_is_lost_and_told_and_it_sells_on() {
    let WentBack {
        company,
        shop: _shop,
        till,
        seen,
        ..
    } = went_back(false, false).await;
    let sold = sell_having_seen(&till, &seen).await;
    assert!([201, 409].contains(&sold.0), "{}", sold.1);
    let edge = until(&till, |edge| {
        edge["mode"] == "restricted"
            && edge["restricted"]["detail"]
                .as_str()
                .unwrap()
                .contains("lost")
    })
    .await;
    assert_eq!(edge["restricted"]["cause"], "rollback", "{edge}");
    company
        .until("the restriction in the log", |held| {
            held.kinds().contains(&"node.restricted".to_owned())
        })
        .await;
    assert_eq!(company.held(|held| held.place.status), Status::Active);
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
}

#[tokio::test]
async fn a_loss_that_was_told_is_not_undone_by_going_back_again() {
    let WentBack {
        company,
        shop,
        till,
        seen,
        ..
    } = went_back(false, false).await;
    sell_having_seen(&till, &seen).await;
    until(&till, |edge| {
        edge["restricted"]["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("lost"))
    })
    .await;
    // Back once more, to before that was told: the second history is whole, the first one is still lost.
    let copy = tempfile::tempdir().unwrap();
    let kept = copy.path().join("shop.db");
    let shop = shop
        .restart_after(|folder| {
            fs::copy(folder.join("shop.db"), &kept).unwrap();
        })
        .await;
    let till = again(&till, &shop);
    assert_eq!(override_sale(&till).await.0, 201);
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
    let events = company.held(|held| held.events.len());
    let shop = shop
        .restart_after(|folder| {
            fs::copy(&kept, folder.join("shop.db")).unwrap();
        })
        .await;
    let till = again(&till, &shop);
    let edge = until(&till, |edge| edge["sync"]["pending"] == 0).await;
    assert_eq!(edge["restricted"]["cause"], "rollback", "{edge}");
    assert_eq!(chain(&shop).len(), events, "all of it came back");
}

#[tokio::test]
async fn two_histories_end_the_epoch_and_both_are_kept() {
    let WentBack {
        company,
        shop,
        till,
        chain: before,
        ..
    } = went_back(true, true).await;
    // Sold on the file that went back, by a till that remembers nothing.
    let overridden = override_sale(&till).await;
    assert_eq!(overridden.0, 201, "{}", overridden.1);
    company.held(|held| held.down = false);
    let edge = until(&till, |edge| edge["restricted"]["cause"] == "fork").await;
    assert_eq!(edge["mode"], "restricted", "{edge}");
    let ours = chain(&shop);
    assert_ne!(ours[3], before[3]);
    company
        .until("both histories", |held| {
            let salvaged = |hash: &Hash| held.salvage.iter().any(|(_, _, it)| it.hash == *hash);
            ours[3..].iter().all(salvaged) && held.events.len() == before.len()
        })
        .await;
    // What is sold from now on is kept too.
    let kept = company.held(|held| held.salvage.len());
    assert_eq!(override_sale(&till).await.0, 201);
    company
        .until("the next sale", |held| held.salvage.len() > kept)
        .await;
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
}

#[tokio::test]
async fn a_second_history_that_is_longer_than_the_first_is_kept_whole() {
    let WentBack {
        company,
        shop,
        till,
        chain: before,
        ..
    } = went_back(true, true).await;
    while chain(&shop).len() <= before.len() {
        assert_eq!(override_sale(&till).await.0, 201);
    }
    let ours = chain(&shop);
    company.held(|held| held.down = false);
    until(&till, |edge| edge["restricted"]["cause"] == "fork").await;
    company
        .until("every event of the second history", |held| {
            let salvaged = |hash: &Hash| held.salvage.iter().any(|(_, _, it)| it.hash == *hash);
            ours[3..].iter().all(salvaged)
        })
        .await;
}

/// Sells whatever the book says, with a supervisor's PIN where that is needed.
async fn override_sale(till: &Till) -> (u16, Value) {
    let mut sale = till.sale(&[("COLA", 1)], 150);
    sale["shortages"] =
        json!([{ "variant_id": testkit::variant_id("COLA").as_uuid(), "answer": "override" }]);
    sale["override"] = json!({
        "staff_id": testkit::manager_id().as_uuid(), "pin": testkit::PIN, "reason": "it is in my hand"
    });
    till.put(&format!("/v1/sales/{}", new_id()), sale).await
}

#[tokio::test]
async fn a_fenced_node_sells_and_what_it_sells_goes_to_salvage() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    company.has(1).await;
    company.held(|held| held.place.status = Status::Fenced);
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    let edge = until(&till, |edge| edge["restricted"]["cause"] == "fenced").await;
    assert!(
        edge["restricted"]["advice"]
            .as_str()
            .unwrap()
            .contains("code"),
        "{edge}"
    );
    assert!([201, 409].contains(&till.sell(new_id(), &[("COLA", 1)], 150).await.0));
    assert_eq!(override_sale(&till).await.0, 201);
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
    let shop = shop.restart().await;
    let count: i64 = shop.value("select last_seq from node_state");
    let salvaged = company.held(|held| held.salvage.len());
    assert_eq!(salvaged, usize::try_from(count).unwrap() - 1);
    assert_eq!(company.held(|held| held.events.len()), 1);
}

#[tokio::test]
async fn a_restored_cloud_is_followed_and_gets_everything_again() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    for _ in 0..3 {
        till.sell(new_id(), &[("COLA", 1)], 150).await;
    }
    company.has(7).await;
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
    company.held(|held| held.restore_backup(2));
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    company
        .until("everything", |held| {
            held.events.len() == 10 && !held.place.frozen
        })
        .await;
    let edge = until(&till, |edge| edge["sync"]["incarnation"] == 2).await;
    assert_eq!(edge["mode"], "normal", "{edge}");
    let kinds = company.held(|held| held.kinds());
    assert_eq!(
        kinds.iter().filter(|kind| *kind == "cloud.rebased").count(),
        1,
        "{kinds:?}"
    );
    assert_eq!(
        chain(&shop),
        company.held(|held| held.events.iter().map(|it| it.hash).collect::<Vec<_>>())
    );
    assert_eq!(shop.value::<i64>("select r_cursor from node_state"), 0);
}

#[tokio::test]
async fn a_loss_is_told_once_however_many_tills_remember_it() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    company.has(3).await;
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
    let to = tempfile::tempdir().unwrap();
    let file = to.path().join("backup.db");
    edge::backup::backup(shop.folder.path(), &file).unwrap();
    company.held(|held| held.down = true);
    for _ in 0..3 {
        till.sell(new_id(), &[("COLA", 1)], 150).await;
    }
    let seen = head(&till).await;
    let shop = shop
        .restart_after(|folder| {
            edge::backup::restore(folder, &file).unwrap();
        })
        .await;
    company.held(|held| held.down = false);
    let till = again(&till, &shop);
    until(&till, |edge| edge["sync"]["connected"] == true).await;
    for _ in 0..3 {
        sell_having_seen(&till, &seen).await;
    }
    let edge = until(&till, |edge| edge["sync"]["pending"] == 0).await;
    let detail = edge["restricted"]["detail"].as_str().unwrap();
    assert!(detail.starts_with("events 4 to 9 are lost"), "{edge}");
    let told = |held: &mut Held| {
        let kinds = held.kinds();
        kinds
            .iter()
            .filter(|kind| *kind == "node.restricted")
            .count()
    };
    assert_eq!(company.held(told), 1);
}

#[tokio::test]
async fn a_shop_without_a_line_does_not_keep_its_tills_waiting_for_the_cloud() {
    let WentBack {
        shop: _shop,
        till,
        seen,
        ..
    } = went_back(true, true).await;
    let watch = Stopwatch::start();
    for _ in 0..3 {
        assert_eq!(sell_having_seen(&till, &seen).await.0, 409);
    }
    assert!(watch.elapsed_ms() < 3_000, "{} ms", watch.elapsed_ms());
    assert_eq!(till.get("/v1/edge").await.1["mode"], "restricted");
}

#[tokio::test]
async fn a_disk_that_is_alive_twice_ends_the_epoch_of_both() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    company.has(3).await;
    let copy = tempfile::tempdir().unwrap();
    let shop = shop
        .restart_after(|folder| {
            for file in ["shop.db", "node.key"] {
                fs::copy(folder.join(file), copy.path().join(file)).unwrap();
            }
        })
        .await;
    let till = again(&till, &shop);
    until(&till, |edge| edge["sync"]["connected"] == true).await;
    let twin = TestShop::start().await;
    let twin = twin
        .restart_after(|folder| {
            for file in ["shop.db", "node.key"] {
                fs::copy(copy.path().join(file), folder.join(file)).unwrap();
            }
        })
        .await;
    let there = again(&till, &twin);
    assert_eq!(
        there.get("/v1/edge").await.1["restricted"]["cause"],
        "machine"
    );
    assert_eq!(override_sale(&there).await.0, 201);
    // The real one has not sold anything in between: nothing of it differs, and still it must not follow.
    let edge = until(&till, |edge| edge["mode"] == "restricted").await;
    let edge = match edge["restricted"]["cause"].as_str() {
        Some("fork") => edge,
        _ => until(&till, |edge| edge["restricted"]["cause"] == "fork").await,
    };
    assert!(edge["sync"]["last_seq"].as_i64().unwrap() >= 4, "{edge}");
    let status = company.held(|held| held.place.status);
    assert_eq!(status, Status::FencedFork);
    assert_eq!(
        override_sale(&there).await.0,
        201,
        "it sells on, for salvage"
    );
    until(&there, |edge| edge["restricted"]["cause"] != "machine").await;
}

#[tokio::test]
async fn a_backup_of_the_running_shop_is_checked_and_compared_before_it_is_trusted() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    company.has(3).await;
    let to = tempfile::tempdir().unwrap();
    let file = to.path().join("backup.db");
    let made = edge::backup::backup(shop.folder.path(), &file).unwrap();
    assert_eq!(made.to_string(), head(&till).await);
    for _ in 0..2 {
        till.sell(new_id(), &[("COLA", 1)], 150).await;
    }
    company.has(7).await;
    let seen = head(&till).await;
    let served = edge::backup::restore(shop.folder.path(), &file).unwrap_err();
    assert!(
        served.to_string().contains("another process is serving"),
        "{served}"
    );

    company.held(|held| held.down = true);
    let shop = shop
        .restart_after(|folder| {
            let head = edge::backup::restore(folder, &file).unwrap();
            assert_eq!(head.seq, 3);
            assert!(folder.join("shop-before-restore-1.db").exists());
        })
        .await;
    let till = again(&till, &shop);
    let edge = till.get("/v1/edge").await.1;
    assert_eq!(
        (&edge["mode"], &edge["restricted"]["cause"]),
        (&json!("restricted"), &json!("rollback")),
        "{edge}"
    );
    company.held(|held| held.down = false);
    // The cloud alone is not enough: the newest sales may be known to tills only.
    until(&till, |edge| {
        edge["sync"]["pending"] == 0 && edge["sync"]["last_seq"] == 7
    })
    .await;
    assert_eq!(till.get("/v1/edge").await.1["mode"], "restricted");
    let url = format!("{}/v1/session", till.base);
    till.http
        .get(url)
        .header("x-branchline-seen", &seen)
        .send()
        .await
        .unwrap();
    until(&till, |edge| edge["mode"] == "normal").await;
    assert_eq!(sell_having_seen(&till, &seen).await.0, 201);
}

#[tokio::test]
async fn a_damaged_backup_is_refused() {
    let (_company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    let to = tempfile::tempdir().unwrap();
    let file = to.path().join("backup.db");
    edge::backup::backup(shop.folder.path(), &file).unwrap();
    let damaged = rusqlite::Connection::open(&file).unwrap();
    damaged
        .execute_batch("drop trigger outbox_is_never_changed; update outbox set body = body || ' ' where seq = 2")
        .unwrap();
    drop(damaged);
    let folder = shop.folder;
    shop.running.stop().await.unwrap();
    let error = format!(
        "{:#}",
        edge::backup::restore(folder.path(), &file).unwrap_err()
    );
    assert!(
        error.contains("event 2 is not what was recorded"),
        "{error}"
    );
    assert!(folder.path().join("shop.db").exists());
}

#[tokio::test]
async fn a_changed_event_in_the_middle_is_found_beside_the_sales() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    for _ in 0..3 {
        till.sell(new_id(), &[("COLA", 1)], 150).await;
    }
    let shop = shop
        .restart_after(|folder| {
            let file = rusqlite::Connection::open(folder.join("shop.db")).unwrap();
            file.execute_batch(
                "drop trigger outbox_is_never_changed; update outbox set body = body || ' ' where seq = 3",
            )
            .unwrap();
        })
        .await;
    let till = again(&till, &shop);
    let edge = until(&till, |edge| edge["mode"] == "restricted").await;
    assert!(
        edge["restricted"]["detail"]
            .as_str()
            .unwrap()
            .contains("event 3"),
        "{edge}"
    );
}

#[tokio::test]
async fn books_that_differ_from_the_log_are_told_once_and_restrict_nothing() {
    let meddle = |by: i64| {
        move |folder: &Path| {
            let file = rusqlite::Connection::open(folder.join("shop.db")).unwrap();
            file.execute_batch(&format!(
                "drop trigger if exists stock_moves_with_its_event;
                 update stock set node_rights = node_rights + {by}, exportable = exportable + {by}
                  where node_rights + {by} >= 0 and exportable + {by} >= 0"
            ))
            .unwrap();
        }
    };
    let told = |held: &Held| {
        let kinds = held.kinds();
        kinds
            .iter()
            .filter(|kind| *kind == "node.restricted")
            .count()
    };
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
    until(&till, |edge| edge["books"] == "agree").await;
    let mut shop = shop.restart_after(meddle(5)).await;
    company
        .until("what was found", |held| told(held) == 1)
        .await;
    assert_eq!(
        again(&till, &shop).get("/v1/edge").await.1["books"],
        "differ",
        "tills hear it too"
    );
    // It stays the same, and is told once.
    shop = shop.restart_after(|_| {}).await;
    let till = again(&till, &shop);
    assert_eq!(till.sell(new_id(), &[("MILK", 1)], 1_000).await.0, 201);
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
    assert_eq!(till.get("/v1/edge").await.1["mode"], "normal");
    assert_eq!(company.held(|held| told(held)), 1);
    let shop = shop.restart_after(meddle(-5)).await;
    company
        .until("that it is well", |held| told(held) == 2)
        .await;
    let edge = until(&again(&till, &shop), |edge| edge["sync"]["pending"] == 0).await;
    assert_eq!(edge["books"], "agree");
    assert_eq!(company.held(|held| told(held)), 2);
}

/// Begins the next epoch in a folder, by the office's code.
async fn next_epoch(folder: &Path, url: &str) -> anyhow::Result<wire::enrol::Enrolled> {
    edge::enrol_folder(folder, Parts::system(), url, CODE).await
}

#[tokio::test]
async fn a_fenced_node_begins_the_next_epoch_and_the_old_file_goes_to_salvage() {
    let (company, shop, url) = enrolled_at().await;
    let till = shop.open_till(1).await;
    company.has(1).await;
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
    company.held(|held| held.down = true);
    for _ in 0..3 {
        till.sell(new_id(), &[("COLA", 1)], 150).await;
    }
    let old = chain(&shop);
    let folder = shop.folder;
    shop.running.stop().await.unwrap();
    company.held(|held| {
        held.down = false;
        held.place.status = Status::Fenced;
        held.claims = vec![line("COLA", 4)];
    });
    let enrolled = next_epoch(folder.path(), &url).await.unwrap();
    assert_eq!(enrolled.epoch, 2);
    for file in ["shop-epoch-1.db", "shop-epoch-1.key", "shop.db", "node.key"] {
        assert!(folder.path().join(file).exists(), "{file}");
    }
    assert!(!folder.path().join("epoch.json").exists());

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
    company
        .until("the old events", |held| {
            old.iter().all(|hash| {
                held.salvage
                    .iter()
                    .any(|(epoch, _, it)| *epoch == 1 && it.hash == *hash)
            })
        })
        .await;
    company
        .until("the new epoch", |held| {
            held.kinds()
                .first()
                .is_some_and(|kind| kind == "epoch.opened")
        })
        .await;
    assert_eq!(shop.value::<i64>("select claim_bound from stock"), 4);
    let edge = shop.till().get("/v1/edge").await.1;
    assert_eq!(
        (&edge["mode"], &edge["sync"]["epoch"]),
        (&json!("normal"), &json!(2)),
        "{edge}"
    );
    for _ in 0..200 {
        if shop.value::<i64>("select count(*) from past_epoch where kept = last_seq") == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the old epoch is not done");
}

#[tokio::test]
async fn a_swap_of_epochs_goes_on_wherever_it_was_killed() {
    let (company, shop, url) = enrolled_at().await;
    let till = shop.open_till(1).await;
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    company.has(3).await;
    let old = chain(&shop);
    let folder = shop.folder;
    shop.running.stop().await.unwrap();
    company.held(|held| held.place.status = Status::Fenced);
    // Everything that a kill may leave: each step undone from the end, as the folder would look then.
    let steps: [&[(&str, &str)]; 4] = [
        &[],
        &[("shop.db", "shop.db.next")],
        &[("shop.db", "shop.db.next"), ("node.key", "node.key.next")],
        &[
            ("shop.db", "shop.db.next"),
            ("node.key", "node.key.next"),
            ("shop-epoch-1.key", "node.key"),
        ],
    ];
    let plan = killed_after_the_answer(folder.path(), &url).await;
    for undone in steps {
        for (from, to) in undone {
            fs::rename(folder.path().join(from), folder.path().join(to)).unwrap();
        }
        fs::write(folder.path().join("epoch.json"), &plan).unwrap();
        let shop = edge::open(&Config::new(folder.path()), Parts::system())
            .await
            .unwrap();
        let place = shop.place().unwrap();
        shop.close().await;
        assert_eq!(place.epoch, 2, "{undone:?}");
        assert!(!folder.path().join("epoch.json").exists());
        let file = rusqlite::Connection::open(folder.path().join("shop-epoch-1.db")).unwrap();
        let kept: i64 = file
            .query_row("select count(*) from outbox", [], |row| row.get(0))
            .unwrap();
        assert!(kept >= i64::try_from(old.len()).unwrap());
    }
}

/// Begins the next epoch and gives back what stood in the folder while it was being done.
async fn killed_after_the_answer(folder: &Path, url: &str) -> Vec<u8> {
    let place = folder.to_owned();
    let plan = std::thread::spawn(move || {
        for _ in 0..20_000 {
            if let Ok(plan) = fs::read(place.join("epoch.json")) {
                return plan;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        panic!("there was no plan");
    });
    next_epoch(folder, url).await.unwrap();
    plan.join().unwrap()
}

#[tokio::test]
async fn a_node_that_the_cloud_has_forgotten_makes_itself_known_again() {
    let (company, shop, url) = enrolled_at().await;
    let till = shop.open_till(1).await;
    till.sell(new_id(), &[("COLA", 1)], 150).await;
    company.has(3).await;
    let before = chain(&shop);
    company.held(|held| {
        held.restore_backup(0);
        held.forgotten = true;
    });
    let shop = shop.restart().await;
    let till = again(&till, &shop);
    assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
    let enrolled = edge::enrol(&shop.running.shop, &url, CODE).await.unwrap();
    assert_eq!(enrolled.epoch, 1);
    company
        .until("everything again", |held| held.events.len() >= 6)
        .await;
    let now = company.held(|held| {
        held.events
            .iter()
            .map(|it: &Record| it.hash)
            .collect::<Vec<_>>()
    });
    assert_eq!(now[..3], before[..]);
}

#[tokio::test]
async fn a_well_node_is_not_given_another_epoch() {
    let (_company, shop, url) = enrolled_at().await;
    let folder = shop.folder;
    shop.running.stop().await.unwrap();
    let refused = next_epoch(folder.path(), &url)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("already"), "{refused}");
    assert!(!folder.path().join("shop-epoch-1.db").exists());
}
