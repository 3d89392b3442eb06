use httpkit::Parts;
use retail::catalog::VariantId;
use wire::{
    body::{CountLine, Document as _, StockCounted},
    event::{Bucket, HEADER_VERSION, Hash, Header, Hlc, Move, Record},
};

use super::audit;
use crate::{Shop, db, testkit};

/// A count of seven as a node from before rights wrote it.
fn counted(variant: VariantId) -> (Header, Record) {
    let header = Header {
        v: HEADER_VERSION,
        node: testkit::id::<()>("node").as_uuid(),
        epoch: 1,
        seq: 1,
        id: testkit::id::<()>("count").as_uuid(),
        kind: StockCounted::KIND.to_owned(),
        ver: StockCounted::VERSION,
        hlc: Hlc::default(),
        at: jiff::Timestamp::UNIX_EPOCH,
        clock_behind_ms: 0,
        business_date: jiff::civil::date(2026, 11, 22),
        location: testkit::location_id().as_uuid(),
        register: None,
        staff: None,
        aggregate: testkit::id::<()>("count").as_uuid(),
        moves: vec![Move {
            variant: variant.as_uuid(),
            bucket: Bucket::N,
            quantity: 7,
            weak: false,
        }],
        claims: Vec::new(),
        money: Vec::new(),
        command: None,
        incarnation: None,
        prev: Hash::GENESIS,
    };
    let body = StockCounted {
        reason: "count".to_owned(),
        sale: None,
        lines: vec![CountLine {
            variant: variant.as_uuid(),
            expected: 0,
            counted: 7,
        }],
        to_count: Vec::new(),
    };
    let record = Record::seal(&header, &body);
    (header, record)
}

#[tokio::test]
async fn a_file_from_before_rights_is_brought_up_to_date_with_its_stock() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("node.key"), [7; 32]).unwrap();
    let variant = testkit::variant_id("COLA");
    {
        let file = db::first_schema(&folder.path().join("shop.db"));
        let (header, record) = counted(variant);
        file.execute(
            "insert into outbox (seq, event_id, prev, hlc_ms, hlc_n, header, body, hash)
             values (1, ?1, ?2, 0, 0, ?3, ?4, ?5)",
            (
                header.id.into_bytes(),
                header.prev.0,
                &record.header,
                &record.body,
                record.hash.0,
            ),
        )
        .unwrap();
        file.execute(
            "insert into stock_movement (seq, variant, quantity, reason) values (1, ?1, 7, 'count')",
            [variant.as_uuid().into_bytes()],
        )
        .unwrap();
        file.execute(
            "insert into stock_count (id, reason, counted_at, staff, request_hash, seq)
             values (?1, 'count', 0, ?1, zeroblob(32), 1)",
            [header.id.into_bytes()],
        )
        .unwrap();
        file.execute(
            "insert into stock_count_line (stock_count, variant, expected, counted) values (?1, ?2, 0, 7)",
            (header.id.into_bytes(), variant.as_uuid().into_bytes()),
        )
        .unwrap();
    }
    let shop = Shop::open(folder.path(), Parts::system(), None)
        .await
        .unwrap();
    assert_eq!(audit(&shop).await.unwrap(), []);
    shop.close().await;
    let file = rusqlite::Connection::open(folder.path().join("shop.db")).unwrap();
    let account: String = file
        .query_row(
            "select printf('%d %d %d %d', node_rights, exportable, moved_seq, counted_seq) from stock",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(account, "7 7 1 1");
}
