//! Limits of promotions: split, borrowed, credited, used and given back, each once; of a lost node nothing is given again
//! before its log is here, and a restored cloud gives nothing before the shops have told what they had got.
use cloud::promotion::{Author, put, start};
use cloud::{Actor, node};
use futures_util::future::join_all;
use retail::id::Id;
use retail::promotion::claim::{Counter, Subject};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::batch::Reply;
use wire::body::{AllowanceCredited, AllowanceReturned, Document as _, NodeRestricted, SaleClosed};
use wire::command::{Allowance, Ask, Borrow, Command};
use wire::event::Claim;

use crate::world::{Node, World, id, sale_body};

const ADMIN: Actor = Actor::Service("test");
const SALE: Uuid = id_of(1);

const fn id_of(number: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0096_0000 | number)
}

/// A promotion with these limits runs.
async fn run(world: &World, limits: Value) {
    let mut draft =
        json!({ "name": "Flash", "effects": [{ "percent": { "off": 1000 } }], "limits": limits });
    if draft["limits"]["uses_per_customer"].is_number() {
        draft["when"] = json!(["member"]);
    }
    let author = Author {
        actor: ADMIN,
        may_sell_below_cost: true,
    };
    let draft = draft.as_object().unwrap();
    let seen = world
        .number("select coalesce(max(version), 0) from promotion_version")
        .await;
    let seen = (seen > 0).then_some(seen);
    let version = put(&world.cloud, author, SALE, seen, draft).await.unwrap();
    start(&world.cloud, ADMIN, SALE, version).await.unwrap();
}

/// What the pool of a kind has, and the shares: on the way, held, used, beyond.
async fn books(world: &World, kind: &str) -> String {
    world
        .text(&format!(
            "select p.available || ' of ' || p.total || ' |' || coalesce(string_agg(
                      format(' %s.%s %s %s %s%s', right(s.location_id::text, 1), s.epoch, s.granting, s.held, s.used,
                             case when s.beyond > 0 then ' beyond ' || s.beyond else '' end), ','
                      order by s.location_id, s.epoch) filter (where s.key is not null), '')
               from allowance_pool p left join allowance_share s using (kind, key)
              where p.kind = '{kind}' group by p.kind, p.key, p.available, p.total"
        ))
        .await
}

/// Pools, shares and ledger say the same, and no node has used what it did not have.
async fn check(world: &World) {
    world
        .meddle(
            "select set_config('branchline.now', '2026-03-02T13:00:00Z', true),
                    check_invariants(array(select id from location), '2026-03-01', true)",
        )
        .await;
    let wrong = "select coalesce(string_agg(name || ' ' || wrong, ', '), '') from invariant_check
                  where name in ('allowances', 'allowance_ledger') and wrong > 0";
    assert_eq!(world.text(wrong).await, "");
}

fn claim(kind: &str, quantity: i64) -> Claim {
    Claim {
        kind: kind.to_owned(),
        key: SALE,
        quantity,
    }
}

impl Node {
    fn told(&mut self, kind: &str, claims: Vec<Claim>, command: Option<i64>) {
        let mut header = self.header(self.fact(), kind, 1);
        header.command = command;
        header.claims = claims;
        let lines: Vec<Allowance> = Vec::new();
        if kind == AllowanceReturned::KIND {
            let reason = "idle".to_owned();
            self.record(&header, &AllowanceReturned { reason, lines });
        } else {
            let grant = Uuid::nil();
            self.record(
                &header,
                &AllowanceCredited {
                    grant,
                    lines,
                    reason: "borrow".to_owned(),
                },
            );
        }
    }

    /// A sale that uses so many units; again: under an id that stands for another sale.
    fn use_up(&mut self, quantity: i64, again: Option<Uuid>) -> Uuid {
        let sale = again.unwrap_or_else(|| self.fact());
        let mut header = self.header(sale, SaleClosed::KIND, SaleClosed::VERSION);
        header.claims = vec![claim("promotion.units", -quantity)];
        let body = sale_body(self.shift, 1, &[]);
        self.record(&header, &body);
        sale
    }

    /// Pushes one event of its log, as a node of this incarnation.
    async fn push_one(&self, world: &World, seq: i64) -> Reply {
        let mut batch = self.batch(seq, 1);
        batch.incarnation = 1;
        self.push(&world.cloud, batch).await.unwrap()
    }

    fn end(&mut self) {
        let header = self.header(self.fact(), NodeRestricted::KIND, NodeRestricted::VERSION);
        let body = NodeRestricted {
            cause: "fenced".to_owned(),
            detail: "another epoch serves the shop".to_owned(),
        };
        self.record(&header, &body);
    }
}

/// A node's request for more, and the status of the answer.
async fn ask(world: &World, node: &Node, request: u64, counter: Counter, quantity: i64) -> u16 {
    let subject = Subject {
        customer: Some(Id::from_uuid(id(97, 1))),
        date: node.date,
    };
    let asked = Borrow {
        id: id(98, request),
        epoch: node.epoch,
        r_cursor: 0,
        lines: Vec::new(),
        allowances: vec![Ask {
            promotion: Id::from_uuid(SALE),
            counter,
            subject,
            quantity,
        }],
    };
    let path = format!("/v1/nodes/{}/borrow", node.id);
    let body = serde_json::to_vec(&asked).unwrap();
    let (status, answer) = node.ask(world, "POST", &path, &body).await;
    assert!(
        status == 200 || answer["code"] == "location.closed",
        "{answer}"
    );
    status
}

#[tokio::test]
async fn a_limit_is_split_borrowed_used_and_given_back_each_once() {
    let world = World::serving().await;
    let (mut first, second) = (world.node(0).await, world.node(1).await);
    run(&world, json!({ "units": 100 })).await;
    assert_eq!(
        books(&world, "promotion.units").await,
        "50 of 100 | 0.1 25 0 0, 1.1 25 0 0"
    );
    // The same request twice is one grant; one beyond what is left gets the rest.
    assert_eq!(ask(&world, &first, 1, Counter::Units, 30).await, 200);
    assert_eq!(ask(&world, &first, 1, Counter::Units, 30).await, 200);
    assert_eq!(ask(&world, &second, 2, Counter::Units, 30).await, 200);
    assert_eq!(ask(&world, &second, 3, Counter::Units, 30).await, 200);
    assert_eq!(
        books(&world, "promotion.units").await,
        "0 of 100 | 0.1 55 0 0, 1.1 45 0 0"
    );
    first.told(
        AllowanceCredited::KIND,
        vec![claim("promotion.units", 25)],
        Some(1),
    );
    first.told(
        AllowanceCredited::KIND,
        vec![claim("promotion.units", 30)],
        Some(2),
    );
    let sale = first.use_up(5, None);
    first.told(
        AllowanceReturned::KIND,
        vec![claim("promotion.units", -10)],
        None,
    );
    first.push_from(&world.cloud, 1).await;
    first.push_from(&world.cloud, 1).await;
    assert_eq!(
        books(&world, "promotion.units").await,
        "10 of 100 | 0.1 0 40 5, 1.1 45 0 0"
    );
    // The same sale once more under another number: used once.
    first.use_up(5, Some(sale));
    first.push_from(&world.cloud, 5).await;
    assert_eq!(
        books(&world, "promotion.units").await,
        "15 of 100 | 0.1 0 35 5, 1.1 45 0 0"
    );
    // A lower limit takes nothing from anybody, and gives nothing more.
    run(&world, json!({ "units": 60 })).await;
    assert_eq!(
        books(&world, "promotion.units").await,
        "0 of 85 | 0.1 0 35 5, 1.1 45 0 0"
    );
    run(&world, json!({ "units": 90 })).await;
    assert_eq!(
        books(&world, "promotion.units").await,
        "5 of 90 | 0.1 0 35 5, 1.1 45 0 0"
    );
    // A node that uses what it does not have is looked at.
    check(&world).await;
    first.use_up(36, None);
    first.push_from(&world.cloud, 6).await;
    assert_eq!(
        books(&world, "promotion.units").await,
        "4 of 90 | 0.1 0 0 41 beyond 1, 1.1 45 0 0"
    );
    let suspect = "select count(*) from node_stream where suspect like '%uses more of a limit%'";
    assert_eq!(world.number(suspect).await, 1);
}

#[tokio::test]
async fn a_pool_follows_the_version_that_was_started_last() {
    let world = World::serving().await;
    let first = world.node(0).await;
    run(&world, json!({ "units": 20 })).await;
    run(&world, json!({ "units": 100 })).await;
    assert_eq!(ask(&world, &first, 1, Counter::Units, 40).await, 200);
    assert_eq!(
        books(&world, "promotion.units").await,
        "50 of 100 | 0.1 50 0 0"
    );
    // The smaller one again: what is lent stays lent, and nothing more is given.
    start(&world.cloud, ADMIN, SALE, 1).await.unwrap();
    assert_eq!(
        books(&world, "promotion.units").await,
        "0 of 50 | 0.1 50 0 0"
    );
    assert_eq!(ask(&world, &first, 2, Counter::Units, 1).await, 200);
    assert_eq!(
        books(&world, "promotion.units").await,
        "0 of 50 | 0.1 50 0 0"
    );
    check(&world).await;
    let wanted = "select wanted from allowance_pool where kind = 'promotion.units'";
    assert_eq!(world.number(wanted).await, 20);
    start(&world.cloud, ADMIN, SALE, 2).await.unwrap();
    assert_eq!(world.number(wanted).await, 100);
    assert_eq!(ask(&world, &first, 3, Counter::Units, 10).await, 200);
    assert_eq!(
        books(&world, "promotion.units").await,
        "40 of 100 | 0.1 60 0 0"
    );
    check(&world).await;
}

#[tokio::test]
async fn a_pool_of_a_day_follows_too_when_it_is_asked_for() {
    let world = World::serving().await;
    let first = world.node(0).await;
    run(&world, json!({ "uses_per_day": 5 })).await;
    run(&world, json!({ "uses_per_day": 50 })).await;
    assert_eq!(ask(&world, &first, 1, Counter::Day, 3).await, 200);
    assert_eq!(books(&world, "promotion.day").await, "47 of 50 | 0.1 3 0 0");
    start(&world.cloud, ADMIN, SALE, 1).await.unwrap();
    assert_eq!(ask(&world, &first, 2, Counter::Day, 10).await, 200);
    assert_eq!(books(&world, "promotion.day").await, "0 of 5 | 0.1 5 0 0");
    check(&world).await;
}

#[tokio::test]
async fn many_at_once_get_no_more_than_there_is() {
    let world = World::serving().await;
    let nodes = [world.node(0).await, world.node(1).await];
    run(&world, json!({ "uses_per_customer": 3, "uses_per_day": 2 })).await;
    let asks = (0..24).map(|number| {
        let counter = if number % 3 == 0 {
            Counter::Day
        } else {
            Counter::Customer
        };
        ask(
            &world,
            &nodes[usize::from(number % 2 == 0)],
            100 + number,
            counter,
            1,
        )
    });
    assert!(join_all(asks).await.iter().all(|status| *status == 200));
    for (kind, total) in [("promotion.customer", 3), ("promotion.day", 2)] {
        let sum = format!(
            "select coalesce(sum(granting), 0)::bigint from allowance_share where kind = '{kind}'"
        );
        assert_eq!(world.number(&sum).await, total, "{kind}");
        let left = format!("select available from allowance_pool where kind = '{kind}'");
        assert_eq!(world.number(&left).await, 0, "{kind}");
    }
    check(&world).await;
}

#[tokio::test]
async fn a_lost_nodes_share_is_given_again_when_its_whole_log_is_here() {
    let world = World::serving().await;
    let mut old = world.node(0).await;
    run(&world, json!({ "units": 20 })).await;
    old.told(
        AllowanceCredited::KIND,
        vec![claim("promotion.units", 10)],
        Some(1),
    );
    old.use_up(1, None);
    old.push_from(&world.cloud, 1).await;
    assert_eq!(
        books(&world, "promotion.units").await,
        "10 of 20 | 0.1 0 9 1"
    );
    node::fence(&world.cloud, ADMIN, old.id, "stolen")
        .await
        .unwrap();
    assert_eq!(
        books(&world, "promotion.units").await,
        "10 of 20 | 0.1 0 9 1"
    );
    // It sells on, gives back, hears of it, and ends; its log comes in parts, the last first.
    old.use_up(2, None);
    old.told(
        AllowanceReturned::KIND,
        vec![claim("promotion.units", -3)],
        None,
    );
    old.end();
    let ended = |reply: Reply| matches!(reply, Reply::Fenced { .. });
    assert!(ended(old.push_one(&world, 5).await));
    assert_eq!(
        books(&world, "promotion.units").await,
        "10 of 20 | 0.1 0 9 1"
    );
    for _ in 0..2 {
        assert!(ended(old.push_one(&world, 3).await));
        assert_eq!(
            books(&world, "promotion.units").await,
            "10 of 20 | 0.1 0 7 3",
            "used once"
        );
    }
    assert!(ended(old.push_one(&world, 4).await));
    assert_eq!(
        books(&world, "promotion.units").await,
        "17 of 20 | 0.1 0 0 3",
        "all else is free again"
    );
    check(&world).await;
}

#[tokio::test]
async fn a_restored_cloud_gives_nothing_before_the_shops_have_told_what_they_got() {
    let world = World::serving().await;
    let (mut first, second) = (world.node(0).await, world.node(1).await);
    run(&world, json!({ "units": 20 })).await;
    first.told(
        AllowanceCredited::KIND,
        vec![claim("promotion.units", 5)],
        Some(1),
    );
    first.push_from(&world.cloud, 1).await;
    // From here on the cloud is an older one; it had granted six more, of which four were credited.
    cloud::sync::restored(&world.cloud, ADMIN).await.unwrap();
    first.told(
        AllowanceCredited::KIND,
        vec![claim("promotion.units", 4)],
        Some(2),
    );
    first.use_up(7, None);
    assert_eq!(ask(&world, &second, 1, Counter::Units, 3).await, 409);
    first.rebase(2, 1);
    let mut batch = first.batch(2, 3);
    batch.incarnation = 2;
    let reply = first.push(&world.cloud, batch).await.unwrap();
    assert!(matches!(reply, Reply::Ack { .. }), "{reply:?}");
    assert_eq!(
        books(&world, "promotion.units").await,
        "6 of 20 | 0.1 0 2 7, 1.1 5 0 0"
    );
    assert_eq!(
        ask(&world, &second, 2, Counter::Units, 3).await,
        409,
        "not all have followed"
    );
    check(&world).await;
}

/// A promotion that asks for a code runs, with a code that is good so often.
async fn voucher(world: &World, rule: &str, uses: i64) -> Uuid {
    let draft =
        json!({ "name": "Code", "when": ["voucher"], "effects": [{ "percent": { "off": 1000 } }] });
    let author = Author {
        actor: ADMIN,
        may_sell_below_cost: true,
    };
    let version = put(&world.cloud, author, SALE, None, draft.as_object().unwrap());
    start(&world.cloud, ADMIN, SALE, version.await.unwrap())
        .await
        .unwrap();
    let voucher = id(97, 1);
    world
        .meddle(&format!(
            "insert into voucher_batch (id, promotion_id, request_hash, answer, made_at)
             values ('{voucher}', '{SALE}', decode(repeat('00', 32), 'hex'), '{{}}', '2026-03-02');
             insert into voucher (id, promotion_id, batch_id, code, uses, segment, patron_id)
             values ('{voucher}', '{SALE}', '{voucher}', 'ONCE', {uses}, {rule})"
        ))
        .await;
    voucher
}

/// What a node is told of a code.
async fn show(world: &World, node: &Node, code: &str, patron: Option<Uuid>) -> (u16, String) {
    let path = format!("/v1/nodes/{}/vouchers", node.id);
    let body = serde_json::to_vec(&json!({ "code": code, "patron": patron })).unwrap();
    let (status, answer) = node.ask(world, "POST", &path, &body).await;
    (
        status,
        answer["code"].as_str().unwrap_or_default().to_owned(),
    )
}

#[tokio::test]
async fn a_code_that_is_good_once_is_good_at_one_of_two_shops() {
    let world = World::serving().await;
    let (mut first, second) = (world.node(0).await, world.node(1).await);
    let voucher = Counter::Voucher(Id::from_uuid(voucher(&world, "null, null", 1).await));
    let good = (200, String::new());
    assert_eq!(show(&world, &first, "ONCE", None).await, good);
    assert_eq!(show(&world, &second, "ONCE", None).await, good);
    // Both have seen it; one of them gets the right to it.
    assert_eq!(ask(&world, &first, 1, voucher, 1).await, 200);
    ask(&world, &second, 2, voucher, 1).await;
    assert_eq!(books(&world, "voucher").await, "0 of 1 | 0.1 1 0 0");
    let used = (409, "voucher.used".to_owned());
    assert_eq!(show(&world, &second, "ONCE", None).await, used);
    assert_eq!(
        show(&world, &first, "ONCE", None).await,
        good,
        "it holds it"
    );
    let of_voucher = |quantity| {
        vec![Claim {
            kind: "voucher".to_owned(),
            key: id(97, 1),
            quantity,
        }]
    };
    first.told(AllowanceCredited::KIND, of_voucher(1), Some(1));
    first.told(AllowanceReturned::KIND, of_voucher(-1), None);
    first.push_from(&world.cloud, 1).await;
    assert_eq!(books(&world, "voucher").await, "1 of 1 | 0.1 0 0 0");
    // It was not used there, so it is good elsewhere, once.
    assert_eq!(show(&world, &second, "ONCE", None).await, good);
    assert_eq!(ask(&world, &second, 3, voucher, 1).await, 200);
    assert_eq!(show(&world, &first, "ONCE", None).await, used);
    check(&world).await;
}

#[tokio::test]
async fn a_shop_is_told_why_a_code_is_not_good() {
    let world = World::serving().await;
    let node = world.node(0).await;
    let (kim, lan) = (id(95, 1), id(95, 2));
    for (patron, segments) in [(kim, "{gold}"), (lan, "{}")] {
        world
            .meddle(&format!(
                "insert into patron (id, name, segments, registered_at) values ('{patron}', 'K', '{segments}', '2026-03-02')"
            ))
            .await;
    }
    voucher(&world, "'gold', null", 1).await;
    let told = async |code: &str, patron| show(&world, &node, code, patron).await;
    assert_eq!(
        told("NONE", None).await,
        (404, "voucher.unknown".to_owned())
    );
    let not_yours = (409, "voucher.not_yours".to_owned());
    assert_eq!(told("ONCE", None).await, not_yours);
    assert_eq!(told("ONCE", Some(lan)).await, not_yours);
    assert_eq!(told("ONCE", Some(kim)).await, (200, String::new()));
    let only = |patron: Uuid| format!("update voucher set segment = null, patron_id = '{patron}'");
    world.meddle(&only(lan)).await;
    assert_eq!(told("ONCE", Some(kim)).await, not_yours);
    assert_eq!(told("ONCE", Some(lan)).await, (200, String::new()));
    world
        .meddle("update voucher set patron_id = null, valid_until = '2026-03-01'")
        .await;
    let ended = (409, "voucher.ended".to_owned());
    assert_eq!(told("ONCE", None).await, ended);
    world
        .meddle(
            "update voucher set valid_until = null, stopped_at = '2026-03-01', stop_reason = 'x'",
        )
        .await;
    assert_eq!(told("ONCE", None).await, ended);
    world
        .meddle("update voucher set stopped_at = null, stop_reason = null")
        .await;
    assert_eq!(told("ONCE", None).await, (200, String::new()));
    cloud::promotion::stop(&world.cloud, ADMIN, SALE, "enough")
        .await
        .unwrap();
    assert_eq!(told("ONCE", None).await, ended);
}

#[tokio::test]
async fn the_books_cannot_be_put_out_of_step() {
    let world = World::serving().await;
    let node = world.node(0).await;
    run(&world, json!({ "units": 20 })).await;
    assert_eq!(ask(&world, &node, 1, Counter::Units, 3).await, 200);
    let owner = world.owner().await;
    for (statement, why) in [
        (
            "update allowance_pool set shared = shared - 1",
            "sum of its shares",
        ),
        (
            "update allowance_share set held = held + 1",
            "sum of its shares",
        ),
        (
            "update allowance_share set granting = -1",
            "allowance_share_granting_check",
        ),
        (
            "update allowance_pool set shared = -1",
            "allowance_pool_shared_check",
        ),
        (
            "update allowance_share set epoch = 2",
            "what was used stays used",
        ),
        ("update allowance_entry set held = 0", ""),
        ("delete from allowance_entry", ""),
    ] {
        let refused = owner.batch_execute(statement).await.unwrap_err();
        let told = refused
            .as_db_error()
            .map_or("", |error| error.message())
            .to_owned();
        assert!(told.contains(why), "{statement}: {told}");
    }
    let path = format!(
        "/v1/nodes/{}/commands?epoch=1&incarnation=1&after=0",
        node.id
    );
    let (_, page) = node.ask(&world, "GET", &path, b"").await;
    let page: wire::command::Commands = serde_json::from_value(page).unwrap();
    let allowed = page.messages.iter().map(|message| match message.read() {
        Some(Command::Allow(allow)) => (allow.reason, allow.lines[0].quantity),
        other => panic!("{other:?}"),
    });
    assert_eq!(
        allowed.collect::<Vec<_>>(),
        [("start".to_owned(), 10), ("borrow".to_owned(), 3)]
    );
}
