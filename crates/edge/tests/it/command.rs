//! Commands of the cloud: each has its effect once, whatever is delivered twice, late or to somebody else.
use std::time::Duration;

use serde_json::{Value, json};
use wire::{command::Message, command::Recall};

use crate::{
    company::{Company, enrolled, grant, until},
    support::{TestShop, Till, new_id},
};

/// The rights of the node for a variant.
fn rights(shop: &TestShop, sku: &str) -> i64 {
    let key = edge::testkit::variant_id(sku).as_uuid().into_bytes();
    let found = shop.file().query_row(
        "select node_rights from stock where variant = ?1",
        [key],
        |row| row.get(0),
    );
    match found {
        Err(rusqlite::Error::QueryReturnedNoRows) => 0,
        found => found.unwrap(),
    }
}

fn cursor(shop: &TestShop) -> i64 {
    shop.value("select r_cursor from node_state")
}

/// A shop with 20 of two products on the shelf, of which 12 each may be promised online.
async fn traded() -> (Company, TestShop, Till) {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    let all = |what: &str, quantity: i64| -> Vec<Value> {
        let one = |sku: &str| json!({ "variant_id": edge::testkit::variant_id(sku).as_uuid(), what: quantity });
        ["COLA", "MILK"].map(one).to_vec()
    };
    let count = json!({ "lines": all("counted", 20), "reason": "count" });
    let counted = till.put(&format!("/v1/counts/{}", new_id()), count).await;
    assert_eq!(counted.0, 201, "{}", counted.1);
    let give = json!({ "lines": all("quantity", 12) });
    let given = till
        .put(&format!("/v1/rights-returns/{}", new_id()), give)
        .await;
    assert_eq!(given.0, 201, "{}", given.1);
    until(&till, |edge| {
        edge["sync"]["pending"] == 0 && edge["sync"]["connected"] == true
    })
    .await;
    (company, shop, till)
}

/// Wakes the shop until it is so.
async fn woken(company: &Company, what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..300 {
        if is_so() {
            return;
        }
        company.wake("commands");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{what}");
}

#[tokio::test]
async fn a_grant_is_credited_once_and_its_event_goes_up_at_once() {
    let (company, shop, _) = traded().await;
    company.command("first", &grant("COLA", 5));
    woken(&company, "the grant", || rights(&shop, "COLA") == 13).await;
    company
        .until("its event", |held| {
            held.kinds().contains(&"grant.credited".to_owned())
        })
        .await;
    // The same page again and again, and a restart.
    for _ in 0..5 {
        company.wake("commands");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    let shop = shop.restart().await;
    let pulls = company.held(|held| held.pulls);
    company
        .until("another pull", |held| held.pulls > pulls)
        .await;
    assert_eq!((rights(&shop, "COLA"), cursor(&shop)), (13, 1));
    let credited = company.held(|held| {
        held.headers()
            .iter()
            .filter(|header| header.command == Some(1))
            .count()
    });
    assert_eq!(credited, 1);
}

#[tokio::test]
async fn a_page_that_begins_late_or_is_repeated_changes_nothing_twice() {
    let (company, shop, _) = traded().await;
    company.command("one", &grant("COLA", 5));
    company.command("two", &grant("COLA", 7));
    // The first goes missing on the way.
    let first = company.held(|held| held.commands.remove(0));
    let pulls = company.held(|held| held.pulls);
    company.wake("commands");
    woken(&company, "some pulls", || {
        company.held(|held| held.pulls > pulls + 1)
    })
    .await;
    assert_eq!((rights(&shop, "COLA"), cursor(&shop)), (8, 0), "a gap");
    // Both, and the first of them twice.
    company.held(|held| {
        held.commands.insert(0, first.clone());
        held.commands.insert(0, first);
    });
    woken(&company, "both", || rights(&shop, "COLA") == 20).await;
    assert_eq!(cursor(&shop), 2);
}

#[tokio::test]
async fn commands_for_another_epoch_or_incarnation_are_not_taken() {
    for (epoch, incarnation) in [(Some(2), None), (None, Some(2)), (None, Some(0))] {
        let (company, shop, till) = traded().await;
        company.held(|held| {
            held.epoch_of_commands = epoch;
            held.incarnation_of_commands = incarnation;
        });
        company.command("foreign", &grant("COLA", 5));
        let pulls = company.held(|held| held.pulls);
        woken(&company, "some pulls", || {
            company.held(|held| held.pulls > pulls + 2)
        })
        .await;
        assert_eq!(
            (rights(&shop, "COLA"), cursor(&shop)),
            (8, 0),
            "{epoch:?} {incarnation:?}"
        );
        assert_eq!(till.sell(new_id(), &[("MILK", 1)], 100).await.0, 201);
    }
}

#[tokio::test]
async fn an_unknown_command_is_not_skipped_and_selling_goes_on() {
    let (company, shop, till) = traded().await;
    company.command("known", &grant("COLA", 5));
    company.held(|held| {
        held.commands.push(Message {
            idx: 2,
            id: new_id(),
            kind: "teleport".to_owned(),
            body: json!({ "to": "moon" }),
        });
    });
    company.command("behind", &grant("COLA", 7));
    woken(&company, "the first", || rights(&shop, "COLA") == 13).await;
    let edge = until(&till, |edge| edge["sync"]["upgrade"] == true).await;
    assert_eq!(edge["mode"], "normal", "{edge}");
    assert_eq!((rights(&shop, "COLA"), cursor(&shop)), (13, 1));
    assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
}

#[tokio::test]
async fn a_recall_is_answered_once_by_what_may_be_given() {
    let (company, shop, _) = traded().await;
    company.held(|held| {
        held.recalls = vec![Recall {
            variant: edge::testkit::variant_id("COLA").as_uuid(),
            quantity: 3,
        }];
    });
    woken(&company, "the return", || rights(&shop, "COLA") == 5).await;
    company.held(|held| held.recalls.clear());
    company
        .until("its event", |held| {
            let returned = held
                .kinds()
                .iter()
                .filter(|kind| *kind == "rights.returned")
                .count();
            returned == 2
        })
        .await;
    assert_eq!(shop.value::<i64>("select max(claim_bound) from stock"), 15);
}

#[tokio::test]
async fn a_shop_lends_while_the_cloud_lacks_its_latest_sales() {
    let (company, shop, till) = traded().await;
    let before = rights(&shop, "COLA");
    let busy = r#"{"reply":"busy","retry_ms":5000}"#.to_owned();
    company.held(|held| {
        held.odd.push_back((200, "application/json", busy));
        held.recalls = vec![Recall {
            variant: edge::testkit::variant_id("COLA").as_uuid(),
            quantity: 3,
        }];
    });
    assert_eq!(till.sell(new_id(), &[("COLA", 1)], 150).await.0, 201);
    company
        .until("a push that is put off", |held| held.odd.is_empty())
        .await;
    let watch = httpkit::clock::Stopwatch::start();
    woken(&company, "the return", || {
        rights(&shop, "COLA") == before - 4
    })
    .await;
    assert!(watch.elapsed().as_secs() < 3, "{:?}", watch.elapsed());
    let acked: i64 = shop.value("select acked from node_state");
    let last: i64 = shop.value("select last_seq from node_state");
    assert!(acked < last, "the cloud lacks the sale and the return");
    // The recall still stands at the cloud: it is not answered once more.
    company.wake("commands");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(rights(&shop, "COLA"), before - 4);
}

#[tokio::test]
async fn what_a_till_lacks_is_borrowed_once_for_a_sale() {
    let (company, shop, till) = traded().await;
    company.held(|held| held.unsold = 4);
    let (sale, lines) = (
        new_id(),
        vec![(
            edge::testkit::variant_id("MILK"),
            retail::quantity::Quantity::new(3),
        )],
    );
    let borrow = async || edge::sync::borrow(&shop.running.shop, sale, &lines).await;
    assert_eq!(borrow().await, edge::sync::Borrowed::Taken);
    assert_eq!(rights(&shop, "MILK"), 11);
    borrow().await;
    assert_eq!(
        (rights(&shop, "MILK"), company.held(|held| held.unsold)),
        (11, 1)
    );
    company.held(|held| held.down = true);
    until(&till, |edge| edge["sync"]["connected"] == false).await;
    assert_eq!(borrow().await, edge::sync::Borrowed::Unreachable);
}
