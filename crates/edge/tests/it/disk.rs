//! What the disk does, and what the file refuses.
use edge::{Config, testkit};
use httpkit::Parts;
use serde_json::json;
use wire::event::{Hash, Record};

use crate::support::{TestShop, command, count, give, new_id, told};

#[tokio::test]
async fn a_full_disk_is_told_no_half_sale_is_left_and_it_sells_again() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let pages = testkit::pages(&shop.running.shop).await.unwrap();
    testkit::limit_disk(&shop.running.shop, Some(pages + 2))
        .await
        .unwrap();

    let mut sold = 0;
    let (refused, refused_id) = loop {
        let id = new_id();
        let answer = till.sell(id, &[("COLA", 1), ("MILK", 1)], 300).await;
        if answer.0 != 201 {
            break (answer, id);
        }
        sold += 1;
        assert!(sold < 1_000, "the disk was never full");
    };
    assert_eq!(told(&refused), "507 disk.full {}");
    assert!(sold > 0);
    let whole = "select count(*) from sale s
        where (select count(*) from sale_line where sale = s.id) = 2
          and (select count(*) from tender where sale = s.id) = 1
          and exists (select 1 from outbox o where o.seq = s.seq and o.event_id = s.id)";
    assert_eq!(shop.value::<i64>(whole), sold);
    assert_eq!(shop.value::<i64>("select count(*) from sale"), sold);
    assert_eq!(till.get(&format!("/v1/sales/{refused_id}")).await.0, 404);
    assert_eq!(till.get("/v1/edge").await.1["mode"], "normal");

    testkit::limit_disk(&shop.running.shop, None).await.unwrap();
    let again = till
        .sell(refused_id, &[("COLA", 1), ("MILK", 1)], 300)
        .await;
    assert_eq!(again.0, 201, "the same request, once there is space");
    assert_eq!(
        again.1["receipt_number"],
        format!("T101-1-{:06}", sold + 1),
        "no number was lost"
    );
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let id = new_id();
    let (_, receipt) = till.sell(id, &[("COLA", 1)], 200).await;
    let (_, before) = till.get("/v1/edge").await;
    let shop = shop.restart().await;
    let till = crate::support::Till {
        base: format!("http://{}", shop.running.addr),
        ..till
    };
    assert_eq!(till.get(&format!("/v1/sales/{id}")).await, (200, receipt));
    assert_eq!(till.get("/v1/edge").await.1["sync"], before["sync"]);
    let next = till.sell(new_id(), &[("COLA", 1)], 200).await;
    assert_eq!(next.1["receipt_number"], "T101-1-000002");
}

#[tokio::test]
async fn every_event_is_numbered_chained_and_unchanged() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    for _ in 0..5 {
        till.sell(new_id(), &[("COLA", 1)], 200).await;
    }
    let records: Vec<Record> = shop
        .file()
        .prepare("select header, body, hash from outbox order by seq")
        .unwrap()
        .query_map([], |row| {
            Ok(Record {
                header: row.get(0)?,
                body: row.get(1)?,
                hash: Hash(row.get(2)?),
            })
        })
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let mut before = Hash::GENESIS;
    for (seq, record) in (1..).zip(&records) {
        let header = record.open().unwrap();
        assert_eq!((header.seq, header.prev), (seq, before));
        before = record.hash;
    }
    assert_eq!(records.len(), 11);
}

/// Statements that change what is recorded.
const FORBIDDEN: &[&str] = &[
    "update outbox set body = '{}'",
    "delete from outbox",
    "insert into outbox select seq + 2, randomblob(16), header, body, hash from outbox order by seq desc limit 1",
    "insert into outbox select seq + 1, randomblob(16), header, body, hash from outbox order by seq desc limit 1",
    "update node_state set last_seq = last_seq + 1",
    "update node_state set head = zeroblob(32)",
    "update sale set total_minor = 0",
    "delete from sale",
    "update sale_line set quantity = 2",
    "delete from sale_line",
    "update tender set amount_minor = 1",
    "delete from tender",
    "update purchase set total_minor = 0",
    "delete from purchase",
    "update purchase_line set quantity = 2",
    "delete from purchase_line",
    "update shift set counted_minor = 1",
    "delete from shift",
    "update stock_movement set quantity = 5",
    "delete from stock_movement",
    "update stock set node_rights = node_rights + 1",
    "update stock set exportable = node_rights",
    "update stock set claim_bound = 5, moved_seq = (select last_seq from node_state)",
    "update stock set node_rights = 5, moved_seq = (select last_seq from node_state)",
    "update stock set node_rights = 5, moved_seq = 99",
    "delete from stock",
    "insert into stock (variant, node_rights, exportable, claim_bound, debt, picked, unsellable, shipped, moved_seq)
     select randomblob(16), 5, 5, 0, 0, 0, 0, 0, last_seq from node_state",
    "insert into stock_movement (seq, variant, bucket, quantity, kind)
     select (select last_seq from node_state), variant, 'N', 5, 'stock.found' from stock",
    "insert into stock_movement (seq, variant, bucket, quantity, kind)
     select seq, variant, 'C', 5, kind from stock_movement",
    "update command set idx = 9",
    "delete from command",
    "update pick set state = 'open', picked = 0",
    "delete from pick",
    "update sale_override set units = 1",
    "delete from sale_override",
    "update number_series set last = last + 2",
    "update cash_movement set amount_minor = 1",
    "delete from cash_movement",
    "insert into cash_movement (id, seq, shift, kind, amount_minor, reason, staff, moved_at, request_hash)
     select randomblob(16), 1, id, 'drop', 5, 'safe', opened_by, 0, zeroblob(32) from shift",
    "update shift_count set counted_minor = 1",
    "delete from shift_count",
    "update z_report set content = '{}'",
    "delete from z_report",
    "insert into z_report (shift, seq, register, epoch, number, grand_total_minor, content)
     select randomblob(16), 1, register, epoch, number + 2, 0, content from z_report",
];

#[tokio::test]
async fn what_is_recorded_cannot_be_changed_even_by_sql() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    till.sell(new_id(), &[("COLA", 1)], 200).await;
    let purchase = json!({
        "shift_id": till.shift, "supplier_id": testkit::supplier_id().as_uuid(),
        "lines": [{ "variant_id": testkit::variant_id("COLA").as_uuid(), "quantity": 1, "unit_cost": "1", "cost_quantity": 1 }],
        "payment": { "kind": "cash", "amount_minor": 100 },
    });
    assert_eq!(
        till.put(&format!("/v1/purchases/{}", new_id()), purchase)
            .await
            .0,
        201
    );
    count(&till, &[("MILK", 2)]).await;
    give(&till, &[("MILK", 2)]).await;
    let milk = testkit::variant_id("MILK").as_uuid();
    let line = json!({ "reservation": new_id(), "variant": milk, "quantity": 1 });
    let order =
        json!({ "order": new_id(), "order_number": "W-1", "customer": "", "lines": [line] });
    command(&shop, 1, "pick", order).await;
    let mut sale = till.sale(&[("MILK", 1)], 99);
    sale["shortages"] = json!([{ "variant_id": milk, "answer": "override" }]);
    sale["override"] = json!({ "staff_id": testkit::manager_id().as_uuid(), "pin": testkit::PIN, "reason": "why" });
    assert_eq!(
        till.put(&format!("/v1/sales/{}", new_id()), sale).await.0,
        201
    );
    let drop = json!({ "amount_minor": 100, "reason": "safe" });
    let path = format!("/v1/shifts/{}/drops/{}", till.shift, new_id());
    assert_eq!(till.put(&path, drop).await.0, 201);
    let path = format!("/v1/shifts/{}/counts/{}", till.shift, new_id());
    assert_eq!(till.put(&path, json!({ "counted_minor": 0 })).await.0, 201);
    till.post(
        &format!("/v1/shifts/{}/close", till.shift),
        json!({ "counted_minor": 0, "reason": "why" }),
    )
    .await;

    let file = shop.file();
    for statement in FORBIDDEN {
        assert!(file.execute(statement, []).is_err(), "{statement}");
    }
}

#[tokio::test]
async fn a_second_process_on_the_same_file_is_refused() {
    let shop = TestShop::start().await;
    let second = edge::start(Config::new(shop.folder.path()), Parts::system()).await;
    let error = second
        .err()
        .expect("two processes would both number events")
        .to_string();
    assert!(
        error.contains("another process is serving the shop"),
        "{error}"
    );
}

#[tokio::test]
async fn a_newer_file_is_refused_by_an_older_program() {
    let shop = TestShop::start().await;
    let folder = shop.folder;
    shop.running.stop().await.unwrap();
    let file = rusqlite::Connection::open(folder.path().join("shop.db")).unwrap();
    file.pragma_update(None, "user_version", 99).unwrap();
    drop(file);
    let error = edge::start(Config::new(folder.path()), Parts::system())
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("was written by a newer version (schema 99"),
        "{error}"
    );
}

#[tokio::test]
async fn a_damaged_head_is_found_at_the_start() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    till.sell(new_id(), &[("COLA", 1)], 200).await;
    let folder = shop.folder;
    shop.running.stop().await.unwrap();
    let file = rusqlite::Connection::open(folder.path().join("shop.db")).unwrap();
    file.execute_batch(
        "drop trigger outbox_is_never_changed; update outbox set body = body || ' ' where seq = 3",
    )
    .unwrap();
    drop(file);
    let error = edge::start(Config::new(folder.path()), Parts::system())
        .await
        .err()
        .unwrap();
    let error = format!("{error:#}");
    assert!(
        error.contains("event 3, the newest, is not what was recorded"),
        "{error}"
    );
}

#[tokio::test]
async fn another_machine_restricts_the_node_and_it_sells_on() {
    let shop = TestShop::start().await;
    let folder = shop.folder;
    shop.running.stop().await.unwrap();
    let config = Config {
        fingerprint: Some("another machine".to_owned()),
        ..Config::new(folder.path())
    };
    let running = edge::start(config, Parts::system()).await.unwrap();
    let url = format!("http://{}/v1/edge", running.addr);
    let edge: serde_json::Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    assert_eq!(edge["mode"], "restricted");
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let shop = TestShop::start().await;
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        listen: shop.running.addr,
        ..Config::new(folder.path())
    };
    let error = edge::start(config, Parts::system())
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains(&shop.running.addr.to_string()), "{error}");
}

#[tokio::test]
async fn a_nearly_full_disk_records_sales_alone_and_says_so() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    testkit::set_space(&shop.running.shop, 50 << 20, 1_000 << 20);
    let edge = till.get("/v1/edge").await.1;
    assert_eq!(edge["disk"]["state"], "full", "{edge}");
    let count = json!({ "lines": [{ "variant_id": testkit::variant_id("COLA").as_uuid(), "counted": 3 }], "reason": "count" });
    let path = format!("/v1/counts/{}", new_id());
    assert_eq!(
        told(&till.put(&path, count.clone()).await),
        "507 disk.low {}"
    );
    assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
    testkit::set_space(&shop.running.shop, 500 << 20, 1_000 << 20);
    assert_eq!(till.put(&path, count).await.0, 201);
}

#[tokio::test]
async fn the_reserve_lets_sales_go_on_when_the_disk_is_full() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("reserve"), vec![1; 4 << 20]).unwrap();
    let running = testkit::start(folder.path(), &testkit::Stock::default(), Parts::system())
        .await
        .unwrap();
    let pages = testkit::pages(&running.shop).await.unwrap();
    testkit::limit_disk(&running.shop, Some(pages))
        .await
        .unwrap();
    // Whatever needs a page more: the reserve is given up for it.
    let filled = testkit::apply(
        &running.shop,
        wire::reference::Feed::Variant,
        (0..500)
            .map(|nth| {
                let sku = format!("SKU{nth}");
                testkit::variant(&sku, &sku, "piece", "1.00", 1, &[])
            })
            .collect(),
    )
    .await;
    assert!(filled.is_err());
    assert!(!folder.path().join("reserve").exists());
    running.stop().await.unwrap();
}
