//! Lost nodes and a lost cloud: epochs end and begin, nothing is booked twice, and no right comes back by guess.
use cloud::{Actor, enrolment, node};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::batch::Reply;
use wire::body::{CloudRebased, Document as _, EpochOpened, Units};
use wire::enrol::{Enrol, Enrolled, Rejoin};
use wire::event::{Bucket, Hash};

use crate::rights::promised;
use crate::world::{Node, World, account, id, one};

const ADMIN: Actor = Actor::Service("test");

pub fn request(code: String, key: &SigningKey, rejoin: Option<Rejoin>) -> Enrol {
    Enrol {
        code,
        public_key: wire::signature::public_key_text(&key.verifying_key()),
        fingerprint: "another machine".to_owned(),
        version: "0.1.0".to_owned(),
        rejoin,
    }
}

impl Node {
    /// The same place on a new machine: its next epoch.
    pub fn reborn(&self, enrolled: &Enrolled, key: SigningKey) -> Self {
        let mut next = Self {
            id: enrolled.node_id,
            epoch: enrolled.epoch,
            key,
            log: Vec::new(),
            head: Hash::GENESIS,
            at: self.at,
            date: self.date,
            shift: id(7, 50),
            ..*self
        };
        let claims: Vec<Units> = enrolled
            .claims
            .iter()
            .map(|line| Units {
                variant: line.variant,
                quantity: line.quantity,
            })
            .collect();
        let mut header = next.header(id(8, 0xaaaa_0000), EpochOpened::KIND, EpochOpened::VERSION);
        header.moves = claims
            .iter()
            .map(|units| one(units.variant, Bucket::C, units.quantity))
            .collect();
        next.record(&header, &EpochOpened { claims });
        next
    }

    /// Follows a restored cloud.
    pub fn rebase(&mut self, incarnation: i64, last_seq: i64) {
        let fact = id(8, 0xbbbb_0000 + incarnation.unsigned_abs());
        let mut header = self.header(fact, CloudRebased::KIND, CloudRebased::VERSION);
        header.incarnation = Some(incarnation);
        let body = CloudRebased {
            incarnation,
            last_seq,
            open_picks: Vec::new(),
        };
        self.record(&header, &body);
    }
}

/// A shop with 6 rights of its own and 4 of the cloud's.
async fn shop(world: &World) -> Node {
    let mut node = world.node(0).await;
    node.stock(world.variants[1], 10);
    node.give_back(world.variants[1], 4);
    node.push_from(&world.cloud, 1).await;
    node
}

async fn problem(world: &World, node: &Node, method: &str, path: &str, body: &Value) -> String {
    let path = format!("/v1/nodes/{}/{path}", node.id);
    let body = if method == "GET" {
        Vec::new()
    } else {
        serde_json::to_vec(body).unwrap()
    };
    let (status, answer) = node.ask(world, method, &path, &body).await;
    format!("{status} {}", answer["code"].as_str().unwrap_or("-"))
}

#[tokio::test]
async fn what_a_dead_epoch_has_sold_is_booked_once_and_moves_no_stock() {
    let world = World::serving().await;
    let mut old = shop(&world).await;
    old.sell(&[(world.variants[1], 1, 199)]);
    old.push_from(&world.cloud, 1).await;
    node::fence(&world.cloud, ADMIN, old.id, "stolen")
        .await
        .unwrap();
    node::fence(&world.cloud, ADMIN, old.id, "again")
        .await
        .unwrap();
    // It sells on, and hears of it by its next push.
    old.sell(&[(world.variants[1], 2, 398)]);
    old.sell(&[(world.variants[2], 1, 99)]);
    let reply = old.push(&world.cloud, old.batch(4, 1)).await.unwrap();
    let Reply::Fenced {
        epoch: 1, reason, ..
    } = reply
    else {
        panic!("{reply:?}")
    };
    assert_eq!(reason, "this epoch is fenced: stolen");
    // Everything again, twice, over the other way in: what the log has, what the push left, what is new.
    let upload = json!({ "epoch": 1, "first_seq": 1, "events": old.log });
    let path = format!("/v1/nodes/{}/salvage", old.id);
    let bytes = serde_json::to_vec(&upload).unwrap();
    let (_, first) = old.ask(&world, "POST", &path, &bytes).await;
    assert_eq!(first, json!({ "kept": 1, "known": 4, "last_seq": 3 }));
    let (_, second) = old.ask(&world, "POST", &path, &bytes).await;
    assert_eq!(second, json!({ "kept": 0, "known": 5, "last_seq": 3 }));
    cloud::sync::apply_all(&world.cloud).await.unwrap();
    cloud::sync::salvage_all(&world.cloud).await.unwrap();
    assert_eq!(world.number("select count(*) from sale").await, 3);
    assert_eq!(
        world
            .number("select count(*) from sale where salvaged")
            .await,
        2
    );
    assert_eq!(
        world.number("select revenue_minor from daily_sales").await,
        696
    );
    assert_eq!(
        account(&world, 0, world.variants[1]).await,
        "N 5 C 4 D 0 K 0 | 4 0 0"
    );
    world.check_rights().await;
    world.check_nothing_is_lost().await;
}

#[tokio::test]
async fn a_replacement_begins_with_what_the_cloud_may_claim() {
    let world = World::serving().await;
    let mut old = shop(&world).await;
    let variant = world.variants[1];
    let promises = promised(&world, &[("claimed", 1), ("cancelling", 1)]).await;
    // A grant on its way, a sale that the cloud has not seen.
    let asked = json!({ "id": id(30, 1), "epoch": 1, "r_cursor": 0, "lines": [{ "variant": variant, "quantity": 1 }] });
    let path = format!("/v1/nodes/{}/borrow", old.id);
    old.ask(&world, "POST", &path, &serde_json::to_vec(&asked).unwrap())
        .await;
    assert_eq!(account(&world, 0, variant).await, "N 6 C 4 D 0 K 0 | 1 1 2");

    let code = node::replacement(&world.cloud, ADMIN, old.id)
        .await
        .unwrap()
        .code;
    let key = SigningKey::from_bytes(&[77; 32]);
    let asked = request(code.clone(), &key, None);
    let enrolled = enrolment::enrol(&world.cloud, &asked).await.unwrap();
    assert_eq!((enrolled.node_id, enrolled.epoch), (old.id, 2));
    // The grant is void, what was being cancelled comes back to nobody: 1 available and 1 promised.
    let claims: Vec<(Uuid, i64)> = enrolled
        .claims
        .iter()
        .map(|line| (line.variant, line.quantity))
        .collect();
    assert_eq!(claims, [(variant, 2)]);
    assert_eq!(
        enrolment::enrol(&world.cloud, &asked).await.unwrap(),
        enrolled,
        "the answer was lost"
    );
    let thief = request(code, &SigningKey::from_bytes(&[78; 32]), None);
    assert!(enrolment::enrol(&world.cloud, &thief).await.is_err());
    assert_eq!(account(&world, 0, variant).await, "N 0 C 0 D 0 K 0 | 1 0 1");

    let mut new = old.reborn(&enrolled, key);
    new.stock(variant, 5);
    let last = new.log.len();
    new.push_from(&world.cloud, 1).await;
    assert_eq!(last, 2);
    assert_eq!(account(&world, 0, variant).await, "N 5 C 2 D 0 K 0 | 1 0 1");
    // The task is sent again; the grant to the dead epoch is not.
    let path = format!(
        "/v1/nodes/{}/commands?epoch=2&incarnation=1&after=0",
        new.id
    );
    let (_, page) = new.ask(&world, "GET", &path, b"").await;
    let kinds: Vec<&str> = page["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["pick"]);
    assert_eq!(
        page["messages"][0]["body"]["lines"][0]["reservation"],
        json!(promises[0])
    );

    the_old_key_hands_in_and_learns_nothing(&world, &mut old).await;
    assert_eq!(account(&world, 0, variant).await, "N 5 C 2 D 0 K 0 | 1 0 1");
    world.check_rights().await;
}

async fn the_old_key_hands_in_and_learns_nothing(world: &World, old: &mut Node) {
    let variant = world.variants[1];
    old.sell(&[(variant, 1, 199)]);
    old.credit(1, id(30, 1), variant, 1, 0);
    let mut forged = old.batch(1, 1);
    forged.epoch = 2;
    assert_eq!(
        problem(world, old, "POST", "events", &json!(forged)).await,
        "401 node.signature"
    );
    for path in [
        "commands?epoch=1&incarnation=1&after=0",
        "records?epoch=1&from=1&limit=9",
        "reference?feed=staff",
    ] {
        assert_eq!(
            problem(world, old, "GET", path, &json!({})).await,
            "403 node.fenced",
            "{path}"
        );
    }
    let (status, reply) = old
        .ask(
            world,
            "POST",
            &format!("/v1/nodes/{}/events", old.id),
            &serde_json::to_vec(&old.batch(3, 2)).unwrap(),
        )
        .await;
    assert_eq!((status, &reply["reply"]), (200, &json!("fenced")));
    cloud::sync::salvage_all(&world.cloud).await.unwrap();
    assert_eq!(
        world
            .number("select count(*) from sale where salvaged and epoch = 1")
            .await,
        1
    );
}

#[tokio::test]
async fn events_of_the_old_epoch_that_were_accepted_are_applied_after_it_has_ended() {
    let world = World::new().await;
    let mut old = shop(&world).await;
    old.sell(&[(world.variants[1], 1, 199)]);
    old.push_from(&world.cloud, 1).await;
    let code = node::replacement(&world.cloud, ADMIN, old.id)
        .await
        .unwrap()
        .code;
    let key = SigningKey::from_bytes(&[77; 32]);
    let enrolled = enrolment::enrol(&world.cloud, &request(code, &key, None))
        .await
        .unwrap();
    let mut new = old.reborn(&enrolled, key);
    new.sell(&[(world.variants[1], 1, 199)]);
    new.push_from(&world.cloud, 1).await;
    cloud::sync::apply_all(&world.cloud).await.unwrap();
    assert_eq!(world.number("select count(*) from sale").await, 2);
    assert_eq!(
        world.number("select count(distinct epoch) from sale").await,
        2
    );
}

#[tokio::test]
async fn a_restored_cloud_freezes_until_the_node_has_told_and_a_person_agrees() {
    let world = World::new().await;
    let mut node = shop(&world).await;
    let variant = world.variants[1];
    promised(&world, &[("claimed", 1), ("cancelling", 1)]).await;
    // The node has got acknowledgements and grants of a future that is lost: three sales, one grant.
    for _ in 0..3 {
        node.sell(&[(variant, 1, 199)]);
    }
    node.credit(1, id(30, 1), variant, 2, 0);
    let said = |node: &Node, from: i64, acked: i64, incarnation: i64| {
        let mut batch = node.batch(from, 500);
        (batch.acked_seq, batch.incarnation) = (acked, incarnation);
        batch
    };
    let reply = node.push(&world.cloud, said(&node, 7, 6, 1)).await.unwrap();
    assert_eq!(
        reply,
        Reply::Rebase {
            incarnation: 2,
            last_seq: 2
        }
    );
    let again = node.push(&world.cloud, said(&node, 7, 6, 1)).await.unwrap();
    assert_eq!(again, reply, "it is found out once");
    assert_eq!(
        world
            .number("select count(*) from node_stream where frozen_at is not null")
            .await,
        1
    );
    let early = node::unfreeze(&world.cloud, ADMIN, node.id)
        .await
        .unwrap_err();
    assert_eq!(early.into_problem().code, "node.not_rebased");

    node.rebase(2, 2);
    let reply = node.push(&world.cloud, said(&node, 3, 2, 2)).await.unwrap();
    assert!(matches!(reply, Reply::Ack { ack_seq: 7, .. }), "{reply:?}");
    assert_eq!(
        world
            .number("select count(*) from node_stream where suspect is not null")
            .await,
        0
    );
    // The cancellation was of the lost future for the node: nobody will answer it.
    let ended = "select count(*) from reservation where state = 'cancelled'";
    assert_eq!(world.number(ended).await, 1);
    // The log leaves 2 of the 4 to the cloud, and 1 is promised.
    node::unfreeze(&world.cloud, ADMIN, node.id).await.unwrap();
    assert_eq!(account(&world, 0, variant).await, "N 5 C 2 D 0 K 0 | 1 0 1");
    let stream = "select incarnation * 100 + next from command_stream";
    assert_eq!(
        world.number(stream).await,
        202,
        "the pick is sent again, as the first of a new stream"
    );
    world.check_rights().await;
}

#[tokio::test]
async fn a_location_stays_frozen_when_more_is_promised_than_the_log_leaves() {
    let world = World::new().await;
    let mut node = shop(&world).await;
    let variant = world.variants[1];
    promised(&world, &[("claimed", 3)]).await;
    assert_eq!(cloud::sync::restored(&world.cloud, ADMIN).await.unwrap(), 2);
    node.credit(1, id(30, 1), variant, 2, 0);
    node.rebase(2, 2);
    let mut batch = node.batch(3, 500);
    batch.incarnation = 2;
    node.push(&world.cloud, batch).await.unwrap();
    let refusal = node::unfreeze(&world.cloud, ADMIN, node.id)
        .await
        .unwrap_err()
        .into_problem();
    assert_eq!(refusal.code, "node.unfreeze_short");
    let figures = serde_json::to_value(&refusal).unwrap();
    assert!(figures.to_string().contains("\"promised\":3"), "{figures}");
    assert_eq!(
        world
            .number("select count(*) from node_stream where frozen_at is not null")
            .await,
        1
    );
}

#[tokio::test]
async fn a_node_that_a_restored_cloud_has_forgotten_joins_again() {
    let world = World::serving().await;
    let mut node = world.node(0).await;
    node.stock(world.variants[1], 10);
    // As if the cloud had been restored to before its enrolment: nobody knows it.
    world
        .meddle("delete from command_stream; delete from node_apply; delete from node_stream; delete from node_key; delete from node")
        .await;
    let stranger = problem(&world, &node, "POST", "events", &json!(node.batch(1, 1))).await;
    assert_eq!(stranger, "401 node.unknown");
    let code = enrolment::issue(&world.cloud, ADMIN, world.locations[0])
        .await
        .unwrap()
        .code;
    let rejoin = Rejoin {
        node: node.id,
        epoch: 1,
    };
    let enrolled = enrolment::enrol(&world.cloud, &request(code, &node.key, Some(rejoin)))
        .await
        .unwrap();
    assert_eq!((enrolled.node_id, enrolled.epoch), (node.id, 1));
    let mut batch = node.batch(2, 1);
    (batch.acked_seq, batch.incarnation) = (1, 1);
    let reply = node.push(&world.cloud, batch).await.unwrap();
    assert_eq!(
        reply,
        Reply::Rebase {
            incarnation: 2,
            last_seq: 0
        }
    );
    node.rebase(2, 0);
    let mut batch = node.batch(1, 2);
    batch.incarnation = 2;
    let reply = node.push(&world.cloud, batch).await.unwrap();
    assert!(matches!(reply, Reply::Ack { ack_seq: 2, .. }), "{reply:?}");
    node::unfreeze(&world.cloud, ADMIN, node.id).await.unwrap();
    assert_eq!(
        account(&world, 0, world.variants[1]).await,
        "N 10 C 0 D 0 K 0 | 0 0 0"
    );
}

#[tokio::test]
async fn an_epoch_that_a_restored_cloud_has_forgotten_is_adopted() {
    let world = World::new().await;
    let old = shop(&world).await;
    let key = SigningKey::from_bytes(&[77; 32]);
    let code = enrolment::issue(&world.cloud, ADMIN, world.locations[0])
        .await
        .unwrap()
        .code;
    let rejoin = Rejoin {
        node: old.id,
        epoch: 2,
    };
    let enrolled = enrolment::enrol(&world.cloud, &request(code, &key, Some(rejoin)))
        .await
        .unwrap();
    let mut new = old.reborn(&enrolled, key);
    new.stock(world.variants[1], 3);
    let offer = |node: &Node, from: i64, incarnation: i64| {
        let mut batch = node.batch(from, 500);
        batch.incarnation = incarnation;
        batch
    };
    let reply = new.push(&world.cloud, offer(&new, 3, 1)).await.unwrap();
    assert_eq!(
        reply,
        Reply::Rebase {
            incarnation: 2,
            last_seq: 0
        }
    );
    new.rebase(2, 0);
    let reply = new.push(&world.cloud, offer(&new, 1, 2)).await.unwrap();
    assert_eq!(reply, Reply::Gap { expected: 1 });
    let early = node::unfreeze(&world.cloud, ADMIN, new.id).await;
    let early = early.unwrap_err().into_problem();
    assert_eq!(early.code, "node.not_rebased", "its log is still to come");
    let reply = new.push(&world.cloud, offer(&new, 1, 2)).await.unwrap();
    assert!(matches!(reply, Reply::Ack { ack_seq: 3, .. }), "{reply:?}");
    node::unfreeze(&world.cloud, ADMIN, new.id).await.unwrap();
    assert_eq!(
        account(&world, 0, world.variants[1]).await,
        "N 3 C 0 D 0 K 0 | 0 0 0"
    );
    world.check_rights().await;
}

#[tokio::test]
async fn commands_that_the_cloud_has_not_sent_prove_that_it_was_restored() {
    let world = World::new().await;
    let mut node = shop(&world).await;
    node.credit(1, id(30, 1), world.variants[1], 2, 0);
    let mut batch = node.batch(3, 1);
    (batch.r_cursor, batch.incarnation) = (1, 1);
    let reply = node.push(&world.cloud, batch).await.unwrap();
    assert_eq!(
        reply,
        Reply::Rebase {
            incarnation: 2,
            last_seq: 2
        }
    );
    assert_eq!(
        account(&world, 0, world.variants[1]).await,
        "N 6 C 4 D 0 K 0 | 4 0 0",
        "nothing is credited from what was forgotten"
    );
}

#[tokio::test]
async fn a_node_that_is_lost_at_a_restored_cloud_leaves_it_only_what_is_promised() {
    let world = World::new().await;
    let old = shop(&world).await;
    let variant = world.variants[1];
    promised(&world, &[("claimed", 1), ("cancelling", 1)]).await;
    assert_eq!(account(&world, 0, variant).await, "N 6 C 4 D 0 K 0 | 2 0 2");
    assert_eq!(cloud::sync::restored(&world.cloud, ADMIN).await.unwrap(), 2);
    // The shop burns down before it has followed: nobody can say what became of the two that were available.
    let code = node::replacement(&world.cloud, ADMIN, old.id)
        .await
        .unwrap()
        .code;
    let key = SigningKey::from_bytes(&[77; 32]);
    let enrolled = enrolment::enrol(&world.cloud, &request(code, &key, None))
        .await
        .unwrap();
    let claims: Vec<(Uuid, i64)> = enrolled
        .claims
        .iter()
        .map(|line| (line.variant, line.quantity))
        .collect();
    assert_eq!(claims, [(variant, 1)]);
    assert!(
        enrolled.epoch > 2,
        "the lost future may have used epoch 2: {}",
        enrolled.epoch
    );
    let mut new = old.reborn(&enrolled, key);
    new.stock(variant, 5);
    let mut batch = new.batch(1, 500);
    batch.incarnation = enrolled.incarnation;
    let reply = new.push(&world.cloud, batch).await.unwrap();
    assert!(matches!(reply, Reply::Ack { ack_seq: 2, .. }), "{reply:?}");
    node::unfreeze(&world.cloud, ADMIN, new.id).await.unwrap();
    assert_eq!(account(&world, 0, variant).await, "N 5 C 1 D 0 K 0 | 0 0 1");
    let picks = format!(
        "select count(*) from node_command where kind = 'pick' and epoch = {}",
        enrolled.epoch
    );
    assert_eq!(
        world.number(&picks).await,
        1,
        "the new node is told to pick"
    );
    world.check_rights().await;
}

#[tokio::test]
async fn holds_of_the_backup_end_when_their_location_is_opened_or_their_time_is_over() {
    let world = World::new().await;
    let mut node = shop(&world).await;
    let variant = world.variants[1];
    promised(&world, &[("held", 2), ("held", 1)]).await;
    world
        .meddle("update online_order set state = 'held', hold_until = 'infinity'")
        .await;
    assert_eq!(cloud::sync::restored(&world.cloud, ADMIN).await.unwrap(), 2);
    // The time of one is over while the location is frozen.
    world
        .meddle(&format!(
            "update online_order set hold_until = '2026-03-01' where id = '{}'",
            id(20, 1)
        ))
        .await;
    while cloud::order::expire(&world.cloud).await.unwrap() {}
    let states = "select string_agg(state, ' ' order by id) from reservation";
    assert_eq!(world.text(states).await, "held expired");
    // In the lost time both were cancelled, and all four rights were granted to the shop, which sold them.
    node.credit(1, id(30, 1), variant, 4, 0);
    node.sell(&[(variant, 10, 1_990)]);
    node.rebase(2, 2);
    let mut batch = node.batch(3, 500);
    batch.incarnation = 2;
    let reply = node.push(&world.cloud, batch).await.unwrap();
    assert!(matches!(reply, Reply::Ack { ack_seq: 5, .. }), "{reply:?}");
    node::unfreeze(&world.cloud, ADMIN, node.id).await.unwrap();
    assert_eq!(world.text(states).await, "expired expired");
    let orders = "select string_agg(distinct state, ' ') from online_order";
    assert_eq!(world.text(orders).await, "expired");
    assert_eq!(account(&world, 0, variant).await, "N 0 C 0 D 0 K 0 | 0 0 0");
    world.check_rights().await;
}

#[tokio::test]
async fn picks_of_the_lost_future_are_followed_whatever_the_backup_says_of_them() {
    let world = World::new().await;
    let mut node = shop(&world).await;
    let variant = world.variants[1];
    let promises = promised(&world, &[("held", 1), ("claimed", 1), ("cancelling", 1)]).await;
    assert_eq!(cloud::sync::restored(&world.cloud, ADMIN).await.unwrap(), 2);
    // In the lost time the first was paid, and somebody ordered of whom the backup knows nothing; all were picked.
    for reservation in [promises[0], promises[1], promises[2], id(21, 77)] {
        node.answer(
            "order.picked",
            variant,
            &[(Bucket::C, -1), (Bucket::K, 1)],
            &[(reservation, -1)],
        );
    }
    node.rebase(2, 2);
    let mut batch = node.batch(3, 500);
    batch.incarnation = 2;
    let reply = node.push(&world.cloud, batch).await.unwrap();
    assert!(matches!(reply, Reply::Ack { ack_seq: 7, .. }), "{reply:?}");
    let states = "select string_agg(state, ' ' order by id) from reservation";
    assert_eq!(world.text(states).await, "picked picked picked");
    let suspect = "select count(*) from node_stream where suspect is not null";
    assert_eq!(world.number(suspect).await, 0);
    node::unfreeze(&world.cloud, ADMIN, node.id).await.unwrap();
    assert_eq!(account(&world, 0, variant).await, "N 6 C 0 D 0 K 4 | 0 0 0");
    world.check_rights().await;
}
