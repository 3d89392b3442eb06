//! Limited promotions and vouchers in the web shop: out of the pool with the order, never more than there is, and back when
//! nothing of the order is delivered.
use cloud::order::expire;
use futures_util::future::join_all;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::life::Shop;
use super::{check_accounts, rights};
use crate::browser::{ADMIN, Browser, Office, code};
use crate::promotion::percent;
use crate::world::{goods, id};

/// What one of the goods costs, and what is left of it at half the price.
const LIST: i64 = 199;
const HALF: i64 = 99;

struct Stage {
    office: Office,
    admin: Browser,
    shop: Shop,
    variant: Uuid,
}

impl Stage {
    /// A web shop with goods that may be promised.
    async fn open() -> Self {
        let office = Office::open().await;
        let admin = office.signed_in(ADMIN).await;
        let shop = Shop::open(&office).await;
        let variant = office.world.variants[1];
        rights(&office.world, office.world.locations[0], variant, 100).await;
        Self {
            office,
            admin,
            shop,
            variant,
        }
    }

    /// Half price, as the fields say.
    async fn start(&self, promotion: u64, fields: &[(&str, Value)]) {
        let mut draft = percent("Half", 5_000);
        for (field, value) in fields {
            draft[*field] = value.clone();
        }
        let path = format!("/v1/promotions/{}", id(96, promotion));
        let saved = self.admin.put(&path, json!({ "draft": draft })).await;
        assert_eq!(saved.0, 200, "{saved:?}");
        let version = json!({ "version": saved.1["version"] });
        let started = self
            .admin
            .post(&format!("{path}/start"), Some(version))
            .await;
        assert_eq!(started.0, 200, "{started:?}");
        // What was read before is forgotten.
        self.pass(SignedDuration::from_secs(5));
    }

    fn pass(&self, time: SignedDuration) {
        self.office.security.advance(time);
    }

    async fn make(&self, promotion: u64, batch: u64, fields: Value) -> Vec<String> {
        let path = format!("/v1/promotions/{}/vouchers", id(96, promotion));
        let mut body = json!({ "id": id(97, batch) });
        for (field, value) in fields.as_object().unwrap() {
            body[field] = value.clone();
        }
        let made = self.admin.post(&path, Some(body)).await;
        assert_eq!(made.0, 200, "{made:?}");
        let listed = self.admin.read(&path).await;
        let codes = listed["items"].as_array().unwrap().iter();
        codes
            .map(|one| one["code"].as_str().unwrap().to_owned())
            .collect()
    }

    fn cart(&self, quantity: i64, codes: &[&str]) -> Value {
        let lines = json!([{ "variant_id": self.variant, "quantity": quantity }]);
        json!({ "lines": lines, "vouchers": codes })
    }

    async fn quote(&self, quantity: i64, codes: &[&str]) -> Value {
        let cart = self.cart(quantity, codes);
        let (status, quote) = self.shop.ask(Method::POST, "/v1/carts/quote", cart).await;
        assert_eq!(status, 200, "{quote}");
        quote
    }

    async fn place(
        &self,
        order: u64,
        quantity: i64,
        codes: &[&str],
        expected: Option<i64>,
    ) -> (u16, Value) {
        let mut cart = self.cart(quantity, codes);
        cart["expected_total_minor"] = json!(expected);
        let path = format!("/v1/orders/{}", id(30, order));
        self.shop.ask(Method::PUT, &path, cart).await
    }

    /// What is left, and what orders have.
    async fn pool(&self, kind: &str) -> (i64, i64) {
        let of = |what: &str| {
            format!(
                "select coalesce(sum({what}), -1)::bigint from allowance_pool where kind = '{kind}'"
            )
        };
        let world = &self.office.world;
        (
            world.number(&of("available")).await,
            world.number(&of("online")).await,
        )
    }

    /// The books add up.
    async fn check(&self) {
        let astray = "select count(*) from allowance_pool p
            where p.online <> coalesce((select sum(o.quantity) from allowance_order o
                                         where o.kind = p.kind and o.key = p.key and o.released_at is null), 0)
               or p.online <> coalesce((select sum(e.online) from allowance_entry e
                                         where e.kind = p.kind and e.key = p.key), 0)";
        assert_eq!(self.office.world.number(astray).await, 0);
        check_accounts(&self.office.world).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_unit_of_a_flash_sale_goes_to_one_of_many_and_the_others_are_told_the_new_price() {
    let stage = Stage::open().await;
    stage.start(1, &[("limits", json!({ "units": 1 }))]).await;
    let quote = stage.quote(1, &[]).await;
    assert_eq!(quote["total_minor"], HALF);
    assert_eq!(
        quote["limits"],
        json!([{ "promotion_id": id(96, 1), "counter": "units", "available": 1 }])
    );
    let racing = (0..16).map(|order| stage.place(order, 1, &[], Some(HALF)));
    let answers = join_all(racing).await;
    let placed: Vec<&(u16, Value)> = answers.iter().filter(|answer| answer.0 == 201).collect();
    assert_eq!(placed.len(), 1, "{answers:?}");
    assert_eq!(placed[0].1["total_minor"], HALF);
    for late in answers.iter().filter(|answer| answer.0 != 201) {
        assert_eq!(code(late), (409, "order.price_changed"));
        let figures = &late.1["figures"];
        assert_eq!(
            (&figures["expected_minor"], &figures["total_minor"]),
            (&json!(HALF), &json!(LIST))
        );
        let quote = &figures["quote"];
        assert_eq!(quote["total_minor"], LIST);
        assert_eq!(quote["reasons"]["exhausted"][0]["counter"], "units");
        assert_eq!(quote["limits"][0]["available"], 0);
    }
    assert_eq!(stage.pool("promotion.units").await, (0, 1));
    // Whoever agrees to the new price gets the goods.
    let agreed = stage.place(20, 1, &[], Some(LIST)).await;
    assert_eq!((agreed.0, &agreed.1["total_minor"]), (201, &json!(LIST)));
    // The winner's repeat is the first answer, whatever is left now.
    let winner: Uuid = placed[0].1["id"].as_str().unwrap().parse().unwrap();
    let path = format!("/v1/orders/{winner}");
    let again = stage.shop.ask(Method::PUT, &path, stage.cart(1, &[])).await;
    assert_eq!((again.0, &again.1), (200, &placed[0].1));
    stage.check().await;
    assert_eq!(stage.shop.cancel(winner).await.0, 200);
    assert_eq!(stage.pool("promotion.units").await, (1, 0));
    assert_eq!(stage.quote(1, &[]).await["total_minor"], HALF);
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_units_than_the_quota_are_cheaper_however_many_are_bought_at_once() {
    let stage = Stage::open().await;
    stage.start(1, &[("limits", json!({ "units": 10 }))]).await;
    let racing = (0..12).map(|order| stage.place(order, 2, &[], None));
    let answers = join_all(racing).await;
    let cheaper = answers.iter().map(|(status, placed)| {
        assert_eq!(*status, 201, "{placed}");
        placed["discount_minor"].as_i64().unwrap()
    });
    // Half of a line of two, five times.
    assert_eq!(cheaper.sum::<i64>(), 5 * LIST);
    assert_eq!(stage.pool("promotion.units").await, (0, 10));
    stage.check().await;
}

#[tokio::test]
async fn uses_days_and_money_are_limited_and_a_customers_own_limit_is_for_known_ones() {
    let stage = Stage::open().await;
    stage
        .start(1, &[("limits", json!({ "uses_per_day": 2 }))])
        .await;
    for (order, total) in [(1, HALF), (2, HALF), (3, LIST)] {
        let placed = stage.place(order, 1, &[], None).await;
        assert_eq!(placed.1["total_minor"], total, "order {order}");
    }
    assert_eq!(stage.pool("promotion.day").await, (0, 2));
    // The next day at the shop has its own.
    stage
        .office
        .world
        .clock
        .advance(SignedDuration::from_hours(24));
    stage.pass(SignedDuration::from_secs(5));
    assert_eq!(stage.quote(1, &[]).await["total_minor"], HALF);
    let stop = format!("/v1/promotions/{}/stop", id(96, 1));
    let why = Some(json!({ "reason": "enough" }));
    assert_eq!(stage.admin.post(&stop, why).await.0, 200);
    stage
        .start(2, &[("limits", json!({ "budget": 150 }))])
        .await;
    for (order, total) in [(4, HALF), (5, LIST - 50), (6, LIST)] {
        let placed = stage.place(order, 1, &[], None).await;
        assert_eq!(placed.1["total_minor"], total, "order {order}");
    }
    assert_eq!(stage.pool("promotion.budget").await, (0, 150));
    stage
        .start(
            3,
            &[
                ("when", json!(["member"])),
                ("limits", json!({ "uses_per_customer": 1 })),
                ("labels", json!({ "en": "Members" })),
            ],
        )
        .await;
    stage
        .start(4, &[("when", json!([{ "segment": ["rich"] }]))])
        .await;
    let quote = stage.quote(1, &[]).await;
    assert_eq!(quote["total_minor"], LIST, "nobody knows who buys");
    assert_eq!(quote["for_members"].as_array().unwrap().len(), 1);
    assert_eq!(quote["for_members"][0]["labels"]["en"], "Members");
    stage.check().await;
}

#[tokio::test]
async fn a_voucher_is_taken_with_the_order_and_given_back_when_it_ends() {
    let stage = Stage::open().await;
    stage.start(1, &[("when", json!(["voucher"]))]).await;
    stage
        .make(1, 1, json!({ "codes": ["SUMMER-1"], "uses_each": 1 }))
        .await;
    let typed = [" sum mer-1"];
    assert_eq!(stage.quote(1, &[]).await["total_minor"], LIST);
    let quote = stage.quote(1, &[typed[0], "SUMMER1"]).await;
    assert_eq!(quote["total_minor"], HALF);
    let said =
        json!([{ "code": "SUMMER1", "promotion_id": id(96, 1), "is_used": true, "refused": null }]);
    assert_eq!(quote["vouchers"], said, "the same code twice is one");

    let placed = stage.place(1, 1, &typed, Some(HALF)).await;
    assert_eq!((placed.0, &placed.1["total_minor"]), (201, &json!(HALF)));
    let used = stage.place(2, 1, &["summer1"], None).await;
    assert_eq!(code(&used), (409, "voucher.used"));
    assert_eq!(used.1["errors"][0]["field"], "vouchers[0]");
    assert_eq!(stage.place(1, 1, &["SUMMER1"], None).await, (200, placed.1));
    assert_eq!(
        code(&stage.place(1, 1, &[], None).await),
        (409, "order.id_reused")
    );
    let listed = format!("/v1/promotions/{}/vouchers", id(96, 1));
    assert_eq!(stage.admin.read(&listed).await["items"][0]["used"], 1);

    // Cancelled: another order may have it. Its hold ends: the late payment gets it, once it is free.
    assert_eq!(stage.shop.cancel(id(30, 1)).await.0, 200);
    assert_eq!(stage.pool("voucher").await, (1, 0));
    assert_eq!(stage.place(2, 1, &typed, Some(HALF)).await.0, 201);
    stage.pass(SignedDuration::from_mins(16));
    while expire(&stage.office.world.cloud).await.unwrap() {}
    assert_eq!(stage.pool("voucher").await, (1, 0));
    assert_eq!(stage.place(3, 1, &typed, Some(HALF)).await.0, 201);
    let late = stage.shop.pay(id(30, 2), "late").await;
    assert_eq!(code(&late), (409, "order.hold_expired"));
    assert_eq!(
        late.1["figures"],
        json!({ "refund": true, "exhausted": true })
    );
    assert_eq!(stage.shop.cancel(id(30, 3)).await.0, 200);
    let late = stage.shop.pay(id(30, 2), "late").await;
    assert_eq!((late.0, &late.1["state"]), (200, &json!("claimed")));
    assert_eq!(stage.pool("voucher").await, (0, 1));
    stage.check().await;

    // Paid, and nothing of it is delivered: the code is good again.
    let ours = "select set_config('branchline.now', '2026-03-02T13:00:00Z', true); update location set home = 'cloud'";
    stage.office.world.meddle(ours).await;
    assert_eq!(stage.shop.cancel(id(30, 2)).await.0, 200);
    assert_eq!(stage.pool("voucher").await, (1, 0));
    assert_eq!(stage.place(4, 1, &typed, Some(HALF)).await.0, 201);
    assert_eq!(stage.shop.pay(id(30, 4), "at once").await.0, 200);
    assert_eq!(stage.pool("voucher").await, (0, 1));
    let cancelled = stage.shop.cancel(id(30, 4)).await;
    assert_eq!(
        (cancelled.0, &cancelled.1["state"]),
        (200, &json!("cancelled"))
    );
    assert_eq!(stage.pool("voucher").await, (1, 0));
    assert_eq!(stage.admin.read(&listed).await["items"][0]["used"], 0);
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_is_good_once_is_used_once_however_many_type_it() {
    let stage = Stage::open().await;
    stage.start(1, &[("when", json!(["voucher"]))]).await;
    stage
        .make(1, 1, json!({ "codes": ["ONCE"], "uses_each": 1 }))
        .await;
    stage.make(1, 2, json!({ "codes": ["MANY"] })).await;
    let racing = (0..12).map(|order| stage.place(order, 1, &["once"], None));
    let answers = join_all(racing).await;
    let placed = answers.iter().filter(|answer| answer.0 == 201).count();
    let used = answers
        .iter()
        .filter(|answer| code(answer) == (409, "voucher.used"))
        .count();
    assert_eq!((placed, used), (1, 11), "{answers:?}");
    for order in 20..24 {
        let placed = stage.place(order, 1, &["many"], Some(HALF)).await;
        assert_eq!(placed.0, 201, "{placed:?}");
    }
    assert_eq!(stage.pool("voucher").await, (0, 1), "MANY is not counted");
    stage.check().await;
}

/// Codes of every kind; gives the one that is somebody's own and nobody can guess.
async fn print_codes(stage: &Stage) -> String {
    let voucher = ("when", json!(["voucher"]));
    stage.start(1, std::slice::from_ref(&voucher)).await;
    let begins = json!(["voucher", { "dates": { "from": "2026-03-05T00:00:00" } }]);
    stage.start(2, &[("when", begins)]).await;
    stage.start(3, std::slice::from_ref(&voucher)).await;
    let patron = id(95, 1);
    let entered = json!({ "name": "Kim", "phone": "(646) 555-0199", "marketing": false });
    let path = format!("/v1/patrons/{patron}");
    assert_eq!(stage.admin.put(&path, entered).await.0, 200);
    for (batch, promotion, fields) in [
        (
            1,
            1,
            json!({ "codes": ["OLD"], "valid_until": "2026-03-01T00:00:00Z" }),
        ),
        (2, 1, json!({ "codes": ["GOLD"], "segment": "gold" })),
        (
            3,
            1,
            json!({ "codes": ["KIM10"], "patron_id": patron, "uses_each": 1 }),
        ),
        (4, 2, json!({ "codes": ["SOON"] })),
        (5, 3, json!({ "codes": ["OVER"] })),
        (6, 1, json!({ "codes": ["STOPPED"] })),
    ] {
        stage.make(promotion, batch, fields).await;
    }
    let stop = format!("/v1/promotions/{}", id(96, 3));
    let why = || Some(json!({ "reason": "enough" }));
    assert_eq!(
        stage.admin.post(&format!("{stop}/stop"), why()).await.0,
        200
    );
    let path = format!("/v1/promotions/{}/vouchers", id(96, 1));
    let found = stage.admin.read(&format!("{path}?q=stopped")).await;
    let stop = format!("{path}/{}/stop", found["items"][0]["id"].as_str().unwrap());
    assert_eq!(
        stage.admin.ask(Method::POST, &stop, why()).await.status(),
        204
    );
    // A code of one's own that nobody can guess, and that is good once, is the proof of who one is.
    let codes = stage
        .make(
            1,
            7,
            json!({ "count": 1, "prefix": "KIM", "uses_each": 1, "patron_id": patron }),
        )
        .await;
    let mut made = codes.into_iter();
    made.find(|code| code.len() == "KIM".len() + 10).unwrap()
}

#[tokio::test]
async fn a_code_that_opens_nothing_says_why() {
    let stage = Stage::open().await;
    let secret = print_codes(&stage).await;
    assert_eq!(stage.quote(1, &[&secret]).await["total_minor"], HALF);
    for (typed, status, expected) in [
        ("nobody", 422, "voucher.unknown"),
        ("old", 409, "voucher.ended"),
        ("stopped", 409, "voucher.ended"),
        ("over", 409, "voucher.ended"),
        ("soon", 409, "voucher.not_begun"),
        ("gold", 409, "voucher.for_members"),
        ("kim 10", 409, "voucher.not_yours"),
    ] {
        let refused = stage.place(1, 1, &[typed], None).await;
        assert_eq!(code(&refused), (status, expected), "{typed}");
        assert_eq!(refused.1["errors"][0]["field"], "vouchers[0]");
        let quote = stage.quote(1, &[typed]).await;
        assert_eq!(quote["total_minor"], LIST);
        assert_eq!(quote["vouchers"][0]["refused"], expected);
        assert_eq!(quote["vouchers"][0]["is_used"], false);
    }
    let second = stage.place(1, 1, &[&secret, "gold"], None).await;
    assert_eq!(second.1["errors"][0]["field"], "vouchers[1]");
    for (codes, expected, field) in [
        (vec!["SUMMER1", "what?"], "voucher.malformed", "vouchers[1]"),
        (vec![" - "], "voucher.malformed", "vouchers[0]"),
        (vec!["A"; 11], "voucher.too_many", "vouchers"),
    ] {
        let refused = stage.place(1, 1, &codes, None).await;
        assert_eq!(code(&refused), (422, expected));
        assert_eq!(refused.1["errors"][0]["field"], field);
    }
    let kept = "select count(*) from online_order";
    assert_eq!(
        stage.office.world.number(kept).await,
        0,
        "nothing was placed"
    );
}

#[tokio::test]
async fn nothing_limited_is_used_online_before_the_shops_have_followed_a_restored_cloud() {
    let stage = Stage::open().await;
    stage.start(1, &[("limits", json!({ "units": 10 }))]).await;
    stage.start(2, &[("when", json!(["voucher"]))]).await;
    stage
        .make(2, 1, json!({ "codes": ["ONCE"], "uses_each": 1 }))
        .await;
    stage.office.world.node(1).await;
    stage
        .office
        .world
        .meddle("update node_stream set frozen_at = '2026-03-02'")
        .await;
    let quote = stage.quote(1, &["once"]).await;
    assert_eq!(quote["total_minor"], LIST);
    assert_eq!(quote["vouchers"][0]["refused"], "promotion.closed");
    let refused = stage.place(1, 1, &["once"], None).await;
    assert_eq!(code(&refused), (409, "promotion.closed"));
    let placed = stage.place(1, 1, &[], None).await;
    assert_eq!((placed.0, &placed.1["total_minor"]), (201, &json!(LIST)));
    stage.check().await;
}

#[tokio::test]
async fn a_currency_without_decimals_is_counted_in_whole_units() {
    let stage = Stage::open().await;
    let world = &stage.office.world;
    world.meddle("update company set currency = 'VND'").await;
    let mut priced = goods(&[stage.variant]);
    priced[0].unit_price = Some(25_900.into());
    cloud::catalog::put_variants(&world.cloud, &priced)
        .await
        .unwrap();
    stage
        .start(
            1,
            &[
                ("effects", json!([{ "percent": { "off": 333 } }])),
                ("limits", json!({ "budget": 1_000 })),
            ],
        )
        .await;
    // 862.47 is 862, and of the next only what the budget has.
    for (order, total) in [(1, 25_900 - 862), (2, 25_900 - 138), (3, 25_900)] {
        let placed = stage.place(order, 1, &[], Some(total)).await;
        assert_eq!(
            (placed.0, &placed.1["total_minor"]),
            (201, &json!(total)),
            "{placed:?}"
        );
    }
    let fixed = json!({ "name": "x", "effects": [{ "price": { "price": 25_900 } }] });
    let path = format!("/v1/promotions/{}", id(96, 2));
    let of = json!({ "variants": [stage.variant] });
    let mut draft = fixed;
    draft["effects"][0]["price"]["target"] = json!({ "of": of });
    let refused = stage.admin.put(&path, json!({ "draft": draft })).await;
    assert_eq!(code(&refused), (422, "promotion.price_above"));
    draft["effects"][0]["price"]["price"] = json!(19_900);
    assert_eq!(
        stage.admin.put(&path, json!({ "draft": draft })).await.0,
        200
    );
}
