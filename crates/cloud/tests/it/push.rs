//! Bad pushes over HTTP, as they come from lines, disks, copies and versions: each has its answer, nothing is lost or
//! doubled, and the next good push is taken.
use serde_json::{Value, json};
use uuid::Uuid;
use wire::event::{Hash, Record};

use crate::world::{Node, World, account, sale_body};

const PRICE: i64 = 199;

/// A shop with stock, of which the cloud may claim four.
struct Shop {
    world: World,
    node: Node,
    variant: Uuid,
}

impl Shop {
    async fn open() -> Self {
        let world = World::serving().await;
        let mut node = world.node(0).await;
        let variant = world.variants[1];
        node.stock(variant, 100);
        node.give_back(variant, 4);
        let mut shop = Self {
            world,
            node,
            variant,
        };
        shop.goes_on().await;
        shop
    }

    fn sell(&mut self) {
        self.node.sell(&[(self.variant, 1, PRICE)]);
    }

    fn path(&self) -> String {
        format!("/v1/nodes/{}/events", self.node.id)
    }

    /// The whole log from a number on, as its edge would push it.
    fn good(&self, from: i64) -> Vec<u8> {
        serde_json::to_vec(&self.node.batch(from, 500)).unwrap()
    }

    /// Posts bytes with the node's signature; the answer in short.
    async fn push(&self, bytes: &[u8], encoding: &str) -> String {
        let path = self.path();
        let answer = self.node.send(&self.world, "POST", &path, bytes, encoding);
        told(&answer.await)
    }

    /// It sells one more, and its next push has everything.
    async fn goes_on(&mut self) {
        self.sell();
        let all = self.node.log.len();
        assert_eq!(self.push(&self.good(1), "").await, format!("200 ack {all}"));
        self.check().await;
    }

    /// Each event once, and what the applied sales come to.
    async fn check(&self) {
        cloud::sync::apply_all(&self.world.cloud).await.unwrap();
        self.world.check_nothing_is_lost().await;
        self.world.check_rights().await;
    }

    async fn events(&self) -> i64 {
        self.world.number("select count(*) from inbox").await
    }

    async fn sales(&self) -> (i64, i64) {
        let sales = self.world.number("select count(*) from sale").await;
        let revenue = "select coalesce(sum(revenue_minor), 0)::bigint from daily_sales";
        (sales, self.world.number(revenue).await)
    }
}

/// `200 ack 3`, `200 gap 1`, `422 batch.out_of_place`, …
fn told((status, answer): &(u16, Value)) -> String {
    let number = ["ack_seq", "expected", "seq", "epoch", "min_proto"]
        .into_iter()
        .find_map(|name| answer[name].as_i64());
    match (answer["reply"].as_str(), number) {
        (Some(reply), Some(number)) => format!("{status} {reply} {number}"),
        (Some(reply), None) => format!("{status} {reply}"),
        (None, _) => format!("{status} {}", answer["code"].as_str().unwrap_or("-")),
    }
}

#[tokio::test]
async fn a_push_that_a_line_has_damaged_keeps_nothing_and_the_next_one_is_taken() {
    type Damage = fn(&Shop, Vec<u8>) -> (Vec<u8>, &'static str);
    let damages: [(&str, Damage, &str); 6] = [
        (
            "truncated",
            |_, whole| (whole[..whole.len() / 2].to_vec(), ""),
            "422 body.invalid",
        ),
        (
            "truncated when packed",
            |_, whole| {
                let packed = zstd::encode_all(&whole[..], 3).unwrap();
                (packed[..packed.len() - 5].to_vec(), "zstd")
            },
            "422 body.invalid",
        ),
        ("empty", |_, _| (Vec::new(), ""), "422 body.invalid"),
        (
            "its middle is missing",
            |shop, _| {
                let mut batch = shop.node.batch(1, 500);
                batch.events.remove(2);
                (serde_json::to_vec(&batch).unwrap(), "")
            },
            "422 batch.out_of_place",
        ),
        (
            "reordered inside",
            |shop, _| {
                let mut batch = shop.node.batch(1, 500);
                let last = batch.events.len() - 1;
                batch.events.swap(last - 1, last);
                (serde_json::to_vec(&batch).unwrap(), "")
            },
            "422 batch.out_of_place",
        ),
        (
            "of a protocol of the future",
            |shop, _| {
                let mut batch = shop.node.batch(1, 500);
                batch.proto = 99;
                (serde_json::to_vec(&batch).unwrap(), "")
            },
            "200 upgrade 1",
        ),
    ];
    let mut shop = Shop::open().await;
    for (what, damage, expected) in damages {
        shop.sell();
        shop.sell();
        let (events, sales) = (shop.events().await, shop.sales().await);
        let (bytes, encoding) = damage(&shop, shop.good(1));
        assert_eq!(shop.push(&bytes, encoding).await, expected, "{what}");
        assert_eq!(shop.events().await, events, "{what}");
        assert_eq!(shop.sales().await, sales, "{what}");
        shop.goes_on().await;
    }
    let sold = i64::try_from(shop.node.log.len()).unwrap() - 2;
    assert_eq!(shop.sales().await, (sold, sold * PRICE));
}

#[tokio::test]
async fn a_push_that_was_changed_on_its_way_is_nobodys() {
    let mut shop = Shop::open().await;
    shop.sell();
    let events = shop.events().await;
    let (path, whole) = (shop.path(), shop.good(1));
    let signature = wire::signature::sign(&shop.node.key, "POST", &path, &whole);
    // One bit in twenty places; what was signed is another.
    for place in (0..20).map(|nth| nth * whole.len() / 20) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        let answer = reqwest::Client::new()
            .post(shop.world.url(&path))
            .header("branchline-node", shop.node.id.to_string())
            .header("branchline-signature", &signature)
            .body(bytes)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 401, "at {place}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "node.signature");
    }
    assert_eq!(shop.events().await, events);
    shop.goes_on().await;
}

#[tokio::test]
async fn pushes_that_come_twice_late_or_in_another_order_count_once() {
    let mut shop = Shop::open().await;
    let held = i64::try_from(shop.node.log.len()).unwrap();
    for _ in 0..6 {
        shop.sell();
    }
    let part =
        |from: i64, count: usize| serde_json::to_vec(&shop.node.batch(held + from, count)).unwrap();
    for (bytes, expected) in [
        (part(4, 3), format!("200 gap {}", held + 1)),
        (part(1, 3), format!("200 ack {}", held + 3)),
        (part(4, 3), format!("200 ack {}", held + 6)),
        // The first one again, late; all of it again; what overlaps.
        (part(1, 3), format!("200 ack {}", held + 6)),
        (shop.good(1), format!("200 ack {}", held + 6)),
        (part(3, 2), format!("200 ack {}", held + 6)),
    ] {
        assert_eq!(shop.push(&bytes, "").await, expected);
        shop.check().await;
    }
    assert_eq!(shop.events().await, held + 6);
    shop.goes_on().await;
    let sold = held + 7 - 2;
    assert_eq!(shop.sales().await, (sold, sold * PRICE));
}

#[tokio::test]
async fn what_a_node_has_recorded_is_kept_whatever_it_is_and_selling_goes_on() {
    type Bad = fn(&mut Shop);
    let bad: [(&str, Bad, &str); 4] = [
        (
            "a body that nobody can read",
            |shop| {
                let header = shop.node.header(shop.node.fact(), "sale.closed", 1);
                shop.node.record(&header, &json!({ "lines": "many" }));
            },
            "quarantined body.unreadable",
        ),
        (
            "a body of the future",
            |shop| {
                let header = shop.node.header(shop.node.fact(), "sale.closed", 99);
                let body = sale_body(shop.node.shift, 1, &[(shop.variant, 1, PRICE)]);
                shop.node.record(&header, &body);
            },
            "waiting body.version_unknown",
        ),
        (
            "a header that nobody can read",
            |shop| {
                shop.sell();
                shop.node.log.last_mut().unwrap().header = "{\u{0}nonsense".to_owned();
            },
            "quarantined header.unreadable",
        ),
        (
            "a body that was changed on its disk",
            |shop| {
                shop.sell();
                let record = shop.node.log.last_mut().unwrap();
                record.body = record.body.replace("199", "1");
            },
            "quarantined header.unreadable",
        ),
    ];
    let mut shop = Shop::open().await;
    for (number, (what, bad, expected)) in bad.into_iter().enumerate() {
        // Each bad one is of a shift of its own, so that nothing parks behind it.
        shop.node.shift = crate::world::id(7, 100 + number as u64);
        let (sales, held) = (
            shop.sales().await.0,
            shop.world.number("select count(*) from held_event").await,
        );
        bad(&mut shop);
        let at = shop.node.log.len();
        shop.node.shift = crate::world::id(7, 200 + number as u64);
        shop.goes_on().await;
        let statement = format!("select state || ' ' || reason from held_event where seq = {at}");
        assert_eq!(shop.world.text(&statement).await, expected, "{what}");
        assert_eq!(
            shop.world.number("select count(*) from held_event").await,
            held + 1,
            "{what}"
        );
        // The sale behind it is there.
        assert_eq!(shop.sales().await.0, sales + 1, "{what}");
    }
    let recorded = i64::try_from(shop.node.log.len()).unwrap();
    assert_eq!(shop.events().await, recorded);
    let suspect =
        "select count(*) from node_stream where suspect is not null and status = 'active'";
    assert_eq!(shop.world.number(suspect).await, 1, "somebody is to look");
}

#[tokio::test]
async fn a_copy_of_a_node_and_an_epoch_that_is_over_are_kept_in_salvage_and_booked_once() {
    let mut shop = Shop::open().await;
    let before = shop.node.log.len();
    let accepted = account(&shop.world, 0, shop.variant).await;
    // A copy of its disk with the same key: both sell on, and the copy is heard first.
    let (log, head) = (shop.node.log.clone(), shop.node.head);
    shop.sell();
    let original: Vec<Record> = std::mem::replace(&mut shop.node.log, log);
    let original_head: Hash = std::mem::replace(&mut shop.node.head, head);
    // What the copy sells is another fact under the same number.
    let fact = crate::world::id(8, 0xdddd);
    let mut header = shop.node.header(fact, "sale.closed", 1);
    header.moves = crate::world::moves([(shop.variant, -2)]);
    let body = sale_body(shop.node.shift, header.seq, &[(shop.variant, 2, 2 * PRICE)]);
    shop.node.record(&header, &body);
    let all = before + 1;
    assert_eq!(shop.push(&shop.good(1), "").await, format!("200 ack {all}"));
    let after_copy = account(&shop.world, 0, shop.variant).await;
    assert_ne!(after_copy, accepted);
    // Now the original: it is told, and what it says from now on is kept.
    (shop.node.log, shop.node.head) = (original, original_head);
    let fork = format!("200 fork {all}");
    assert_eq!(shop.push(&shop.good(1), "").await, fork);
    shop.sell();
    for _ in 0..2 {
        assert_eq!(shop.push(&shop.good(1), "").await, "200 fenced 1");
    }
    cloud::sync::apply_all(&shop.world.cloud).await.unwrap();
    for _ in 0..200 {
        cloud::sync::salvage_all(&shop.world.cloud).await.unwrap();
        let queued = "select count(*) from salvage where state = 'queued'";
        if shop.world.number(queued).await == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // The first sale, the copy's, and two of the original; each once. Stock is that of the first history.
    assert_eq!(shop.sales().await, (4, 5 * PRICE));
    let salvaged = "select count(*) from sale where salvaged";
    assert_eq!(shop.world.number(salvaged).await, 2);
    assert_eq!(account(&shop.world, 0, shop.variant).await, after_copy);
    shop.world.check_rights().await;
    // A stranger with the copy's words and no key has no word at all.
    shop.node.key = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
    assert_eq!(shop.push(&shop.good(1), "").await, "401 node.signature");
}
