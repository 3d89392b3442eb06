//! Rights between a node and the cloud: given back, borrowed, credited, picked and settled, each once and exactly.
use serde_json::{Value, json};
use uuid::Uuid;
use wire::batch::Reply;
use wire::body::{
    Document as _, GrantCredited, RightsReturned, SaleOverridden, StockCounted, Units,
};
use wire::command::{Borrow, Command, Commands, Line};
use wire::event::{Bucket, Claim};

use crate::world::{Node, World, account, id, one};

/// A shop with ten units of a variant, four of them given back to the cloud.
async fn shop(world: &World) -> Node {
    let mut node = world.node(0).await;
    node.stock(world.variants[1], 10);
    node.give_back(world.variants[1], 4);
    node.push_from(&world.cloud, 1).await;
    node
}

impl Node {
    /// Counts what is there for the first time.
    pub fn stock(&mut self, variant: Uuid, quantity: i64) {
        let mut header = self.header(self.fact(), StockCounted::KIND, StockCounted::VERSION);
        header.moves = vec![one(variant, Bucket::N, quantity)];
        let body = json!({ "reason": "opening",
            "lines": [{ "variant": variant, "expected": 0, "counted": quantity }] });
        self.record(&header, &body);
    }

    pub fn give_back(&mut self, variant: Uuid, quantity: i64) {
        let mut header = self.header(self.fact(), RightsReturned::KIND, RightsReturned::VERSION);
        header.moves = vec![
            one(variant, Bucket::N, -quantity),
            one(variant, Bucket::C, quantity),
        ];
        let lines = vec![Units { variant, quantity }];
        let body = RightsReturned {
            reason: "manual".to_owned(),
            lines,
        };
        self.record(&header, &body);
    }

    /// Credits a grant as the message of the stream says it.
    pub fn credit(&mut self, idx: i64, grant: Uuid, variant: Uuid, quantity: i64, debt: i64) {
        let mut header = self.header(self.fact(), GrantCredited::KIND, GrantCredited::VERSION);
        header.command = Some(idx);
        header.moves = [
            one(variant, Bucket::C, -quantity),
            one(variant, Bucket::D, -debt),
            one(variant, Bucket::N, quantity - debt),
        ]
        .into_iter()
        .filter(|one| one.quantity != 0)
        .collect();
        let lines = vec![Units { variant, quantity }];
        self.record(&header, &GrantCredited { grant, lines });
    }

    /// A supervisor sells one unit that may be promised online.
    pub fn oversell(&mut self, variant: Uuid) {
        let sale = id(8, 0xffff_0000 + self.log.len() as u64);
        let mut header = self.header(self.fact(), SaleOverridden::KIND, SaleOverridden::VERSION);
        header.moves = vec![one(variant, Bucket::N, 1), one(variant, Bucket::D, 1)];
        let body = SaleOverridden {
            sale,
            supervisor: self.staff,
            reason: "the customer has it in her hand".to_owned(),
            lines: vec![Units {
                variant,
                quantity: 1,
            }],
        };
        self.record(&header, &body);
        self.sell(&[(variant, 1, 199)]);
    }

    /// What the node says of promises: units that were on the shelf (negative: will not be picked).
    pub fn answer(
        &mut self,
        kind: &str,
        variant: Uuid,
        moves: &[(Bucket, i64)],
        claims: &[(Uuid, i64)],
    ) {
        let mut header = self.header(self.fact(), kind, 1);
        header.command = (kind == "pick.cancelled").then_some(1);
        header.moves = moves
            .iter()
            .map(|&(bucket, quantity)| one(variant, bucket, quantity))
            .collect();
        header.claims = claims
            .iter()
            .map(|&(key, quantity)| Claim {
                kind: "reservation".to_owned(),
                key,
                quantity,
            })
            .collect();
        let body = match kind {
            "pick.cancelled" => {
                json!({ "reservations": claims.iter().map(|one| one.0).collect::<Vec<_>>(),
                "reason": "cancelled" })
            }
            _ => json!({ "order": id(20, 0), "lines": [] }),
        };
        self.record(&header, &body);
    }
}

/// An order whose promises of a variant are at the first location, one for each state.
pub async fn promised(world: &World, states: &[(&str, i64)]) -> Vec<Uuid> {
    let location = world.locations[0];
    let variant = world.variants[1];
    let mut made = Vec::new();
    for (place, (state, quantity)) in states.iter().enumerate() {
        let (order, reservation) = (id(20, place as u64), id(21, place as u64));
        world
            .meddle(&format!(
                "insert into online_order (id, number, placed_by, state, total_minor, tax_minor, request_hash, placed_at, hold_until)
                   values ('{order}', 'W-{place}', 'test', 'claimed', 100, 7, '\\x00', '2026-03-02', '2026-03-03');
                 insert into online_order_line (order_id, line, variant_id, quantity, unit_price, price_quantity,
                   price_version, tax_rate_bps, total_minor) values ('{order}', 0, '{variant}', {quantity}, 1.99, 1, 1, 700, 100);
                 insert into reservation (id, order_id, line, location_id, variant_id, quantity, state, why, changed_at)
                   values ('{reservation}', '{order}', 0, '{location}', '{variant}', {quantity}, '{state}',
                           case when '{state}' = 'cancelling' then 'cancelled' end, '2026-03-02');
                 update cloud_rights set available = available - {quantity}, promised = promised + {quantity}
                   where location_id = '{location}' and resource_id = '{variant}';
                 insert into cloud_rights_entry (location_id, resource_id, available, granting, promised, cause, subject_id, at)
                   values ('{location}', '{variant}', -{quantity}, 0, {quantity}, 'reserve', '{reservation}', '2026-03-02')"
            ))
            .await;
        made.push(reservation);
    }
    made
}

async fn states(world: &World) -> String {
    world
        .text("select coalesce(string_agg(state || ' ' || picked, ', ' order by id), '') from reservation")
        .await
}

async fn borrow(world: &World, node: &Node, id: Uuid, quantity: i64) -> Commands {
    let asked = Borrow {
        id,
        epoch: node.epoch,
        r_cursor: 0,
        lines: vec![Line {
            variant: world.variants[1],
            quantity,
        }],
        allowances: Vec::new(),
    };
    let path = format!("/v1/nodes/{}/borrow", node.id);
    let (status, answer) = node
        .ask(world, "POST", &path, &serde_json::to_vec(&asked).unwrap())
        .await;
    assert_eq!(status, 200, "{answer}");
    serde_json::from_value(answer).unwrap()
}

#[tokio::test]
async fn a_right_goes_up_and_down_and_is_counted_once() {
    let world = World::serving().await;
    let mut node = shop(&world).await;
    let variant = world.variants[1];
    assert_eq!(account(&world, 0, variant).await, "N 6 C 4 D 0 K 0 | 4 0 0");
    // The same request twice, and one that finds only the rest.
    let first = borrow(&world, &node, id(30, 1), 3).await;
    assert_eq!(borrow(&world, &node, id(30, 1), 3).await, first);
    let second = borrow(&world, &node, id(30, 2), 5).await;
    let granted: Vec<(i64, i64)> = second
        .messages
        .iter()
        .map(|message| match message.read() {
            Some(Command::Grant(grant)) => (message.idx, grant.lines[0].quantity),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(granted, [(1, 3), (2, 1)]);
    assert_eq!(account(&world, 0, variant).await, "N 6 C 4 D 0 K 0 | 0 4 0");
    let third = borrow(&world, &node, id(30, 3), 1).await;
    assert_eq!(
        third.messages.len(),
        2,
        "nothing is available: there is no grant"
    );

    node.credit(1, id(30, 1), variant, 3, 0);
    let sent = node.log.len();
    node.push_from(&world.cloud, 3).await;
    assert_eq!(account(&world, 0, variant).await, "N 9 C 1 D 0 K 0 | 0 1 0");
    // Delivered twice by a node that forgot its cursor: nobody credits it, and the stream says the same again.
    let path = format!(
        "/v1/nodes/{}/commands?epoch=1&incarnation=1&after=0",
        node.id
    );
    let (_, page) = node.ask(&world, "GET", &path, b"").await;
    assert_eq!(page["messages"].as_array().unwrap().len(), 2);
    let foreign = format!(
        "/v1/nodes/{}/commands?epoch=1&incarnation=9&after=0",
        node.id
    );
    let (_, page) = node.ask(&world, "GET", &foreign, b"").await;
    assert_eq!(
        (&page["messages"], &page["incarnation"]),
        (&json!([]), &json!(1))
    );
    node.push_from(&world.cloud, 1).await;
    assert_eq!(account(&world, 0, variant).await, "N 9 C 1 D 0 K 0 | 0 1 0");
    assert_eq!(sent, node.log.len());
    world.check_rights().await;
}

#[tokio::test]
async fn promises_end_by_the_nodes_own_word() {
    let world = World::new().await;
    let mut node = shop(&world).await;
    let variant = world.variants[1];
    let promises = promised(
        &world,
        &[
            ("claimed", 1),
            ("claimed", 1),
            ("cancelling", 1),
            ("cancelling", 1),
        ],
    )
    .await;
    assert_eq!(account(&world, 0, variant).await, "N 6 C 4 D 0 K 0 | 0 0 4");
    // Picked; not there; not picked because it was cancelled; picked before the cancellation came.
    node.answer(
        "order.picked",
        variant,
        &[(Bucket::C, -1), (Bucket::K, 1)],
        &[(promises[0], -1)],
    );
    node.answer(
        "order.picked",
        variant,
        &[(Bucket::C, -1), (Bucket::N, -6)],
        &[(promises[1], -1)],
    );
    node.answer("pick.cancelled", variant, &[], &[(promises[2], 1)]);
    node.answer(
        "order.picked",
        variant,
        &[(Bucket::C, -1), (Bucket::K, 1)],
        &[(promises[3], -1)],
    );
    node.push_from(&world.cloud, 3).await;
    assert_eq!(
        states(&world).await,
        "picked 1, short 0, cancelled 0, picked 1"
    );
    assert_eq!(account(&world, 0, variant).await, "N 0 C 1 D 0 K 2 | 1 0 0");
    node.answer(
        "pick.cancelled",
        variant,
        &[(Bucket::K, -1), (Bucket::N, 1)],
        &[(promises[3], 1)],
    );
    node.push_from(&world.cloud, 7).await;
    assert_eq!(
        states(&world).await,
        "picked 1, short 0, cancelled 0, cancelled 1"
    );
    assert_eq!(account(&world, 0, variant).await, "N 1 C 1 D 0 K 1 | 1 0 0");
    assert_eq!(
        world
            .number("select count(*) from node_stream where suspect is not null")
            .await,
        0
    );
    world.check_rights().await;
}

#[tokio::test]
async fn a_promise_that_was_to_be_broken_and_was_picked_first_is_cancelled_not_broken() {
    let world = World::new().await;
    let mut node = shop(&world).await;
    let variant = world.variants[1];
    let promises = promised(&world, &[("cancelling", 1)]).await;
    world.meddle("update reservation set why = 'broken'").await;
    // It was on the shelf before the node was asked to leave it: it stands.
    let picked = [(Bucket::C, -1), (Bucket::K, 1)];
    node.answer("order.picked", variant, &picked, &[(promises[0], -1)]);
    node.push_from(&world.cloud, 3).await;
    assert_eq!(states(&world).await, "picked 1");
    // Its customer cancels later.
    let put_back = [(Bucket::K, -1), (Bucket::N, 1)];
    node.answer("pick.cancelled", variant, &put_back, &[(promises[0], 1)]);
    node.push_from(&world.cloud, 4).await;
    assert_eq!(states(&world).await, "cancelled 1");
    assert_eq!(account(&world, 0, variant).await, "N 7 C 3 D 0 K 0 | 3 0 0");
    world.check_rights().await;
}

#[tokio::test]
async fn a_cancelled_pick_that_nobody_has_counted_comes_back_to_nobody() {
    let world = World::new().await;
    let mut node = shop(&world).await;
    let variant = world.variants[1];
    let promises = promised(&world, &[("cancelling", 1)]).await;
    node.answer(
        "pick.cancelled",
        variant,
        &[(Bucket::C, -1)],
        &[(promises[0], 1)],
    );
    node.push_from(&world.cloud, 3).await;
    assert_eq!(states(&world).await, "cancelled 0");
    assert_eq!(account(&world, 0, variant).await, "N 6 C 3 D 0 K 0 | 3 0 0");
    world.check_rights().await;
}

#[tokio::test]
async fn what_the_account_cannot_follow_fails_nothing_and_is_told() {
    let world = World::new().await;
    let mut node = shop(&world).await;
    let variant = world.variants[1];
    // A grant that was never sent, more of it than there is, and a pick of a promise that nobody made.
    node.credit(7, id(30, 9), variant, 3, 0);
    node.answer(
        "order.picked",
        variant,
        &[(Bucket::C, -3), (Bucket::K, 3)],
        &[(id(21, 77), -3)],
    );
    node.sell(&[(variant, 1, 199)]);
    assert_eq!(node.push_from(&world.cloud, 3).await, 5);
    assert_eq!(
        account(&world, 0, variant).await,
        "N 8 C -2 D 0 K 3 | 0 0 0"
    );
    let suspect = "select count(*) from node_stream where suspect like 'event 3 lowers%' and status = 'active'";
    assert_eq!(world.number(suspect).await, 1);
}

#[tokio::test]
async fn a_debt_is_paid_from_what_is_unsold_and_else_a_promise_is_broken() {
    let world = World::new().await;
    let mut node = shop(&world).await;
    let variant = world.variants[1];
    let promises = promised(&world, &[("claimed", 3)]).await;
    node.sell(&[(variant, 6, 1_194)]);
    node.oversell(variant);
    node.push_from(&world.cloud, 3).await;
    cloud::sync::apply_all(&world.cloud).await.unwrap();
    assert_eq!(account(&world, 0, variant).await, "N 0 C 4 D 1 K 0 | 1 0 3");
    // Several at once: it is paid once.
    let all = (0..3).map(|_| cloud::sync::settle_all(&world.cloud));
    for settled in futures_util::future::join_all(all).await {
        settled.unwrap();
    }
    assert_eq!(account(&world, 0, variant).await, "N 0 C 4 D 1 K 0 | 0 1 3");
    let grant = world
        .text("select id::text from node_command where kind = 'grant'")
        .await;
    node.credit(1, grant.parse().unwrap(), variant, 1, 1);
    // And once more, when nothing is unsold: the youngest promise is taken back, by the node's own word.
    node.oversell(variant);
    node.push_from(&world.cloud, 6).await;
    cloud::sync::apply_all(&world.cloud).await.unwrap();
    cloud::sync::settle_all(&world.cloud).await.unwrap();
    cloud::sync::settle_all(&world.cloud).await.unwrap();
    assert_eq!(account(&world, 0, variant).await, "N 0 C 3 D 1 K 0 | 0 0 3");
    assert_eq!(states(&world).await, "cancelling 0");
    let asked = "select count(*) from node_command where kind = 'cancel_pick' and body ->> 'reason' = 'broken'";
    assert_eq!(world.number(asked).await, 1);
    node.answer("pick.cancelled", variant, &[], &[(promises[0], 1)]);
    node.push_from(&world.cloud, 9).await;
    assert_eq!(states(&world).await, "broken 0");
    cloud::sync::settle_all(&world.cloud).await.unwrap();
    assert_eq!(account(&world, 0, variant).await, "N 0 C 3 D 1 K 0 | 2 1 0");
    let overrides =
        "select count(*) from stock_case where kind = 'override' and supervisor_id is not null";
    assert_eq!(world.number(overrides).await, 2);
    world.check_rights().await;
}

#[tokio::test]
async fn a_packed_push_is_taken_and_a_bomb_is_not() {
    let world = World::serving().await;
    let mut node = world.node(0).await;
    node.sell(&[(world.variants[1], 1, 199)]);
    let path = format!("/v1/nodes/{}/events", node.id);
    let push =
        async |body: &[u8], encoding: &str| node.send(&world, "POST", &path, body, encoding).await;
    let plain = serde_json::to_vec(&node.batch(1, 1)).unwrap();
    let bomb = zstd::encode_all(&vec![b' '; 64 << 20][..], 3).unwrap();
    assert_eq!(push(&bomb, "zstd").await.0, 413);
    assert_eq!(push(b"no zstd", "zstd").await.0, 422);
    assert_eq!(push(&plain, "br").await.0, 415);
    let packed = zstd::encode_all(&plain[..], 3).unwrap();
    let truncated = &packed[..packed.len() / 2];
    assert_eq!(push(truncated, "zstd").await.0, 422);
    let (status, reply) = push(&packed, "zstd").await;
    assert_eq!(status, 200, "{reply}");
    let reply: Reply = serde_json::from_value(reply).unwrap();
    assert!(matches!(reply, Reply::Ack { ack_seq: 1, .. }), "{reply:?}");
}

#[tokio::test]
async fn what_was_missing_is_known_until_it_has_come() {
    let world = World::new().await;
    let mut node = world.node(0).await;
    for _ in 0..6 {
        node.sell(&[(world.variants[1], 1, 199)]);
    }
    let missing = async || -> String {
        world
            .text("select coalesce(missing_from || '-' || missing_to, 'nothing') from node_stream")
            .await
    };
    node.push(&world.cloud, node.batch(5, 2)).await.unwrap();
    assert_eq!(missing().await, "1-4");
    node.push(&world.cloud, node.batch(1, 2)).await.unwrap();
    assert_eq!(missing().await, "3-4");
    node.push(&world.cloud, node.batch(3, 4)).await.unwrap();
    assert_eq!(missing().await, "nothing");
}

#[tokio::test]
async fn a_node_reads_back_its_own_records() {
    let world = World::serving().await;
    let mut node = world.node(0).await;
    for _ in 0..4 {
        node.sell(&[(world.variants[1], 1, 199)]);
    }
    node.push_from(&world.cloud, 1).await;
    let path = format!("/v1/nodes/{}/records?epoch=1&from=3&limit=500", node.id);
    let (status, answer) = node.ask(&world, "GET", &path, b"").await;
    assert_eq!(status, 200, "{answer}");
    let records: wire::recovery::Records = serde_json::from_value::<Value>(answer)
        .map(|value| serde_json::from_value(value).unwrap())
        .unwrap();
    assert_eq!((records.last_seq, &records.events[..]), (4, &node.log[2..]));
}
