use std::sync::Arc;

use httpkit::{Parts, clock::ManualClock};
use jiff::SignedDuration;
use retail::{
    amount::Amount, promotion::claim::Counter, promotion::claim::Subject, quantity::Quantity,
    sale::TenderKind, shift::ShiftId,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;
use wire::{command::Message, event::Claim, reference::Feed};

use super::{available, balances, give_back_idle};
use crate::{
    Recorded, Shop, node, outbox,
    promotion::Moment,
    recovery, rights,
    sale::{self, Answered, BasketLine, NewSale, Payment, TillAnswer},
    shift,
    staff::{self, Actor},
    testkit,
};

const UNITS: &str = "promotion.units";
/// What one unit costs less.
const OFF: i64 = 15;

/// A shop where cola is cheaper, as long as there are units of it.
struct World {
    shop: Shop,
    actor: Actor,
    shift: ShiftId,
    clock: Arc<ManualClock>,
    idx: i64,
    folder: TempDir,
}

fn flash() -> Uuid {
    testkit::promotion_id("FLASH").as_uuid()
}

impl World {
    async fn open(limits: &Value) -> Self {
        Self::of(&json!({ "effects": [{ "percent": { "off": 1000 } }], "limits": limits })).await
    }

    async fn of(fields: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at("2026-03-02T13:00:00Z".parse().unwrap()));
        let parts = Parts {
            clock: Arc::<ManualClock>::clone(&clock),
            ..Parts::system()
        };
        let shop = Shop::open(folder.path(), parts, None).await.unwrap();
        testkit::fill(&shop, &testkit::Stock::default())
            .await
            .unwrap();
        let promotion = testkit::promotion("FLASH", 1, fields, &[]);
        testkit::apply(&shop, Feed::Promotion, vec![promotion])
            .await
            .unwrap();
        let (manager, register) = (testkit::manager_id(), testkit::register_id(1));
        let actor = staff::actor(&shop, manager, register)
            .await
            .unwrap()
            .unwrap();
        let shift = shop.new_id();
        shift::open(&shop, &actor, shift, Amount::ZERO)
            .await
            .unwrap();
        Self {
            shop,
            actor,
            shift,
            clock,
            idx: 0,
            folder,
        }
    }

    /// The cloud allows so much; twice, as a page that is read again.
    async fn allow(&mut self, lines: Value) {
        self.allow_for("borrow", lines).await;
    }

    async fn allow_for(&mut self, reason: &str, lines: Value) {
        self.idx += 1;
        let message = Message {
            idx: self.idx,
            id: self.shop.new_id::<()>().as_uuid(),
            kind: "allow".to_owned(),
            body: json!({ "lines": lines, "reason": reason }),
        };
        for _ in 0..2 {
            let again = vec![message.clone()];
            testkit::deliver(&self.shop, again).await.unwrap();
        }
    }

    async fn allow_units(&mut self, quantity: i64) {
        let line = json!({ "kind": UNITS, "key": flash(), "quantity": quantity });
        self.allow(json!([line])).await;
    }

    fn sale(&self, quantity: i64) -> NewSale {
        let variant = testkit::variant_id("COLA");
        let line = BasketLine {
            variant,
            quantity: Quantity::new(quantity),
            unit_price: None,
            price_reason: None,
            discount: Amount::ZERO,
            discount_reason: None,
            discount_bps: None,
            approval: None,
        };
        NewSale {
            id: self.shop.new_id(),
            shift: self.shift,
            patron: None,
            vouchers: Vec::new(),
            begun: None,
            lines: vec![line],
            payments: vec![Payment {
                kind: TenderKind::Cash,
                amount: Amount::from_minor(10_000),
                reference: None,
            }],
            expected_total: None,
            answers: vec![Answered {
                variant,
                answer: TillAnswer::Found,
            }],
            approval: None,
        }
    }

    /// Sells so many; how many of them were cheaper.
    async fn sell(&self, quantity: i64) -> i64 {
        let sold = sale::close(&self.shop, &self.actor, self.sale(quantity)).await;
        let Recorded::First(receipt) = sold.unwrap() else {
            panic!("it is new")
        };
        receipt.discount.minor() / OFF
    }

    /// What a basket would ask the cloud for, and what it costs less now.
    async fn wants(&self, lines: &[(&str, i64)]) -> (Vec<(Counter, i64)>, i64) {
        let lines = lines.iter().map(|&(sku, quantity)| {
            BasketLine::plain(testkit::variant_id(sku), Quantity::new(quantity))
        });
        let moment = Moment::default();
        let quote = sale::quote(&self.shop, &self.actor, None, lines.collect(), moment).await;
        let quote = quote.unwrap();
        let wants = quote.wants.iter().map(|ask| (ask.counter, ask.quantity));
        (wants.collect(), quote.promoted.minor())
    }

    async fn left(&self) -> Vec<(String, i64)> {
        let left = balances(&self.shop).await.unwrap();
        left.into_iter()
            .map(|one| (one.kind, one.available))
            .collect()
    }

    /// The claims of the newest event.
    async fn told(&self) -> Vec<Claim> {
        let newest = self.shop.read(|at| {
            let seq = node::db::state(at)?.last_seq;
            outbox::db::from(at, seq, 1)
        });
        newest.await.unwrap()[0].open().unwrap().claims
    }
}

#[tokio::test]
async fn sales_use_what_the_shop_has_and_not_one_more() {
    let mut world = World::open(&json!({ "units": 100 })).await;
    assert_eq!(world.sell(2).await, 0, "nobody has given anything");
    world.allow_units(3).await;
    assert_eq!(world.left().await, [(UNITS.to_owned(), 3)], "credited once");
    assert_eq!(world.sell(2).await, 2);
    let claim = Claim {
        kind: UNITS.to_owned(),
        key: flash(),
        quantity: -2,
    };
    assert_eq!(world.told().await, [claim]);
    assert_eq!(world.sell(2).await, 1);
    assert_eq!(world.sell(2).await, 0);
    assert_eq!(world.left().await, [(UNITS.to_owned(), 0)]);
    // A repeat uses nothing.
    world.allow_units(1).await;
    let sale = world.sale(1);
    for _ in 0..2 {
        sale::close(&world.shop, &world.actor, sale.clone())
            .await
            .unwrap();
    }
    assert_eq!(world.left().await, [(UNITS.to_owned(), 0)]);
    assert_eq!(rights::audit(&world.shop).await.unwrap(), []);
}

#[tokio::test]
async fn what_cannot_be_taken_in_is_left_out_and_stops_nothing() {
    let mut world = World::open(&json!({ "units": 100 })).await;
    let line =
        |kind: &str, quantity: i64| json!({ "kind": kind, "key": flash(), "quantity": quantity });
    let lines = [
        line(UNITS, 2),
        line(UNITS, 3),
        line("points", 4),
        line(UNITS, 0),
        line("voucher", -1),
    ];
    world.allow(json!(lines)).await;
    assert_eq!(world.left().await, [(UNITS.to_owned(), 5)]);
    world.allow_units(i64::MAX).await;
    assert_eq!(world.left().await, [(UNITS.to_owned(), 5)]);
    assert_eq!(rights::audit(&world.shop).await.unwrap(), []);
}

#[tokio::test]
async fn a_restricted_node_uses_nothing_and_gives_nothing_back() {
    let mut world = World::open(&json!({ "uses_per_day": 5 })).await;
    let subject = Subject {
        customer: None,
        date: "2026-03-02".parse().unwrap(),
    };
    let (kind, key) = Counter::Day
        .allowance(testkit::promotion_id("FLASH"), &subject)
        .unwrap();
    world
        .allow(json!([{ "kind": kind, "key": key, "quantity": 2 }]))
        .await;
    assert_eq!(world.sell(3).await, 3);
    let cause = node::Cause::Rollback;
    recovery::end_epoch(&world.shop, cause, "a test".to_owned())
        .await
        .unwrap();
    let wanted = [(testkit::promotion_id("FLASH"), Counter::Day)];
    let left = world.shop.read(move |at| {
        let site = node::site(at)?.map_err(|_| crate::DbError::Stopped)?;
        available(at, &site, &wanted, &subject)
    });
    assert!(left.await.unwrap().values().all(|left| *left == 0));
    world.clock.advance(SignedDuration::from_hours(1));
    assert!(!give_back_idle(&world.shop).await.unwrap());
    assert_eq!(world.left().await, [(kind.to_owned(), 1)]);
}

/// Cola is cheaper.
fn on_cola(effect: &str, more: &Value, limits: &Value) -> Value {
    let mut about = json!({ "target": { "of": { "variants": [testkit::variant_id("COLA")] } } });
    for (field, value) in more.as_object().unwrap() {
        about[field] = value.clone();
    }
    json!({ "effects": [{ effect: about }], "limits": limits })
}

#[tokio::test]
async fn a_basket_borrows_for_what_a_promotion_is_about_and_no_more() {
    let off = json!({ "off": 1000 });
    let mut world = World::of(&on_cola("percent", &off, &json!({ "units": 500 }))).await;
    let basket = [("COLA", 2), ("MILK", 200)];
    assert_eq!(world.wants(&basket).await, (vec![(Counter::Units, 2)], 0));
    world.allow_units(1).await;
    assert_eq!(world.wants(&basket).await, (vec![(Counter::Units, 1)], OFF));
    assert_eq!(
        world.wants(&[("COLA", 1), ("MILK", 200)]).await,
        (vec![], OFF)
    );
    assert_eq!(world.wants(&[("MILK", 200)]).await, (vec![], 0));

    let world = World::of(&on_cola("percent", &off, &json!({ "budget": 9000 }))).await;
    assert_eq!(
        world.wants(&basket).await,
        (vec![(Counter::Budget, 2 * OFF)], 0)
    );
}

#[tokio::test]
async fn what_gives_all_or_nothing_asks_for_what_it_lacks() {
    let (off, limits) = (
        json!({ "off": 1000 }),
        json!({ "budget": 9000, "short": "nothing" }),
    );
    let mut world = World::of(&on_cola("percent", &off, &limits)).await;
    let line = json!({ "kind": "promotion.budget", "key": flash(), "quantity": 50 });
    world.allow(json!([line])).await;
    assert_eq!(world.wants(&[("COLA", 3)]).await, (vec![], 3 * OFF));
    assert_eq!(
        world.wants(&[("COLA", 4)]).await,
        (vec![(Counter::Budget, 10)], 0)
    );
    let line = json!({ "kind": "promotion.budget", "key": flash(), "quantity": 10 });
    world.allow(json!([line])).await;
    assert_eq!(world.wants(&[("COLA", 4)]).await, (vec![], 4 * OFF));
    // Three for two, with a right to two.
    let part = json!({ "of": { "variants": [testkit::variant_id("COLA")] }, "count": 3 });
    let reward = json!({ "on": { "cheapest": 1 }, "off": { "percent": 10_000 } });
    let bundle = json!({ "effects": [{ "bundle": { "parts": [part], "reward": reward } }], "limits": { "units": 90 } });
    let mut world = World::of(&bundle).await;
    world.allow_units(2).await;
    let (wanted, off) = world.wants(&[("COLA", 3)]).await;
    let missing: i64 = wanted.iter().map(|(_, quantity)| quantity).sum();
    world.allow_units(missing).await;
    let (rest, after) = world.wants(&[("COLA", 3)]).await;
    assert_eq!((rest, after), (vec![], 150), "{wanted:?} {off}");
}

#[tokio::test]
async fn what_was_borrowed_beyond_the_own_part_and_not_used_goes_back() {
    let mut world = World::open(&json!({ "units": 100 })).await;
    let line = |quantity: i64| json!([{ "kind": UNITS, "key": flash(), "quantity": quantity }]);
    world.allow_for("start", line(10)).await;
    let pause = SignedDuration::from_mins(15);
    world.clock.advance(pause);
    assert!(!give_back_idle(&world.shop).await.unwrap());
    assert_eq!(
        world.left().await,
        [(UNITS.to_owned(), 10)],
        "the own part stays"
    );
    world.allow_units(6).await;
    assert_eq!(world.sell(2).await, 2);
    world.clock.advance(SignedDuration::from_mins(14));
    assert!(!give_back_idle(&world.shop).await.unwrap());
    assert_eq!(world.left().await, [(UNITS.to_owned(), 14)]);
    // A sale of something in between changes nothing: it is about when it was borrowed.
    assert_eq!(world.sell(1).await, 1);
    world.clock.advance(SignedDuration::from_mins(1));
    for _ in 0..2 {
        assert!(!give_back_idle(&world.shop).await.unwrap());
        assert_eq!(world.left().await, [(UNITS.to_owned(), 10)]);
    }
    let claim = Claim {
        kind: UNITS.to_owned(),
        key: flash(),
        quantity: -3,
    };
    assert_eq!(world.told().await, [claim]);
    // What the own part has less is not borrowed for ever either.
    assert_eq!(world.sell(4).await, 4);
    world.allow_units(5).await;
    world.clock.advance(pause);
    assert!(!give_back_idle(&world.shop).await.unwrap());
    assert_eq!(world.left().await, [(UNITS.to_owned(), 6)]);
    assert_eq!(rights::audit(&world.shop).await.unwrap(), []);
}

#[tokio::test]
async fn what_lies_idle_of_days_customers_and_vouchers_goes_back() {
    let mut world = World::open(&json!({ "units": 100 })).await;
    let voucher = testkit::id::<()>("voucher").as_uuid();
    let units = json!([{ "kind": UNITS, "key": flash(), "quantity": 2 }]);
    world.allow_for("start", units).await;
    world
        .allow(json!([{ "kind": "voucher", "key": voucher, "quantity": 1 }]))
        .await;
    world.clock.advance(SignedDuration::from_mins(14));
    assert!(!give_back_idle(&world.shop).await.unwrap());
    assert_eq!(
        world.left().await,
        [(UNITS.to_owned(), 2), ("voucher".to_owned(), 1)]
    );
    world.clock.advance(SignedDuration::from_mins(1));
    for _ in 0..2 {
        assert!(!give_back_idle(&world.shop).await.unwrap());
        assert_eq!(
            world.left().await,
            [(UNITS.to_owned(), 2), ("voucher".to_owned(), 0)]
        );
    }
    let claim = Claim {
        kind: "voucher".to_owned(),
        key: voucher,
        quantity: -1,
    };
    assert_eq!(world.told().await, [claim]);
    assert_eq!(rights::audit(&world.shop).await.unwrap(), []);
}

#[tokio::test]
async fn a_balance_moves_by_its_events_alone() {
    let mut world = World::open(&json!({ "units": 100 })).await;
    world.allow_units(3).await;
    let file = rusqlite::Connection::open(world.folder.path().join("shop.db")).unwrap();
    for statement in [
        "update allowance set available = available + 1",
        "update allowance set available = -1",
        "update allowance set available = available + 1, moved_seq = (select last_seq from node_state)",
        "delete from allowance",
        "update allowance_movement set quantity = 5",
        "delete from allowance_movement",
        "insert into allowance_movement select (select last_seq from node_state), kind, randomblob(16), 1 from allowance",
        "insert into allowance select kind, randomblob(16), 1, moved_seq, changed_at from allowance",
    ] {
        assert!(file.execute(statement, []).is_err(), "{statement}");
    }
}
