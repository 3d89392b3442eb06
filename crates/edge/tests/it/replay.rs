//! A file that went back and whose cloud holds what this version cannot read: it does not go on as if nothing were there.
use std::fs;

use serde_json::json;
use wire::event::Record;

use crate::{
    company::{enrolled, until},
    support::new_id,
};

#[tokio::test]
async fn a_record_that_this_version_cannot_read_ends_the_replay_and_is_not_passed_over() {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
    company.has(3).await;
    until(&till, |edge| edge["sync"]["pending"] == 0).await;
    let copy = tempfile::tempdir().unwrap();
    let kept = copy.path().join("shop.db");
    let shop = shop
        .restart_after(|folder| {
            fs::copy(folder.join("shop.db"), &kept).unwrap();
        })
        .await;
    // A newer program has sold here since, with a body that this one does not know.
    let readable = company.held(|held| {
        let readable = held.events.len();
        let last = held.events.last().unwrap();
        let mut header = last.open().unwrap();
        (header.seq, header.prev) = (header.seq + 1, last.hash);
        (header.id, header.kind, header.ver) = (new_id(), "sale.closed".to_owned(), 99);
        header.moves.clear();
        let body = json!({ "receipt": { "number": "T101-1-000002", "in": "another shape" } });
        let record = Record::seal(&header, &body);
        (held.place.last_seq, held.place.last_hash) = (header.seq, record.hash);
        held.events.push(record);
        readable
    });
    let shop = shop
        .restart_after(|folder| {
            fs::copy(&kept, folder.join("shop.db")).unwrap();
        })
        .await;
    let till = shop.till();
    let edge = until(&till, |edge| edge["mode"] == "restricted").await;
    let detail = edge["restricted"]["detail"].as_str().unwrap();
    let expected = format!("event {} does not follow the file", readable + 1);
    assert!(detail.contains(&expected), "{edge}");
    assert!(
        edge["restricted"]["advice"]
            .as_str()
            .unwrap()
            .contains("code"),
        "the next epoch is what helps: {edge}"
    );
    // The cloud's event keeps its number and its bytes; what the shop says is another history, kept beside it.
    company
        .until("the other history", |held| !held.salvage.is_empty())
        .await;
    assert_eq!(company.held(|held| held.events.len()), readable + 1);
    assert_eq!(till.get("/v1/edge").await.1["mode"], "restricted");
}
