//! What promotions did in sales: kept as the till said it, counted, shown with names, and by whom who bought is known.
use cloud::Actor;
use cloud::job::{self, Kind, NewJob};
use retail::amount::Amount;
use retail::catalog::VariantId;
use retail::promotion::PromotionId;
use retail::promotion::trace::{Applied, Beaten, Fired, Gift, Lack, Near, Search, Trace};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::body::{Document as _, Promoted, SaleClosed};

use super::{percent, put, start};
use crate::browser::{ADMIN, ANN, BOB, Office, code};
use crate::world::{Node, id, moves, sale_body};

/// Two promotions: the first took 40 off the first line and gave the last one, the second was beaten and nearly fires.
fn trace(gift: Uuid) -> Trace {
    let applied = |number| Applied {
        id: PromotionId::from_uuid(id(96, number)),
        version: 1,
    };
    Trace {
        format: retail::promotion::trace::FORMAT,
        search: Search::Exact,
        promotions: vec![applied(1), applied(2)],
        fired: vec![Fired {
            promotion: 0,
            line: 0,
            units: 2,
            gave: Amount::from_minor(40),
        }],
        gifts: vec![Gift {
            promotion: 0,
            line: Some(1),
            variant: VariantId::from_uuid(gift),
            missing: 0,
            given: 1,
            gave: Amount::from_minor(199),
        }],
        shipping: Vec::new(),
        points: Vec::new(),
        beaten: vec![Beaten {
            promotion: 1,
            line: 0,
            by: 0,
            would: Amount::from_minor(20),
        }],
        near: vec![Near {
            promotion: 1,
            lacks: Lack::Quantity {
                condition: 0,
                units: 2,
            },
        }],
        exhausted: Vec::new(),
        claims: Vec::new(),
    }
}

/// Sells two of one thing, with one of another as a gift.
fn sold(node: &mut Node, variants: [Uuid; 2], trace: &Trace, patron: Option<Uuid>) -> Uuid {
    let sale = node.fact();
    let mut header = node.header(sale, SaleClosed::KIND, SaleClosed::VERSION);
    header.moves = moves([(variants[0], -2), (variants[1], -1)]);
    let lines = [(variants[0], 2, 358), (variants[1], 1, 0)];
    let mut body = sale_body(node.shift, header.seq, &lines);
    (body.subtotal_minor, body.discount_minor) = (597, 239);
    for (line, (gross, promoted, gift)) in body
        .lines
        .iter_mut()
        .zip([(398, 40, false), (199, 199, true)])
    {
        (line.gross_minor, line.discount_minor) = (gross, promoted);
        (line.promoted_minor, line.gift) = (promoted, gift);
    }
    body.patron = patron;
    let noon = "2026-03-02T12:00:00".parse().unwrap();
    body.promotions = Some(Box::new(Promoted {
        trace: trace.clone(),
        vouchers: Vec::new(),
        begun: noon,
        priced: noon,
    }));
    node.record(&header, &body);
    sale
}

fn receipt(location: Uuid, sale: Uuid) -> String {
    format!("/v1/locations/{location}/sales/2026-03-02/{sale}")
}

#[tokio::test]
async fn a_sale_says_which_promotion_gave_what() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let mut draft = percent("Tea week", 1_000);
    draft["labels"] = json!({ "en": "Tea week", "vi": "Tuần lễ trà" });
    put(&admin, id(96, 1), None, draft).await;
    start(&admin, id(96, 1), 1).await;
    let mut node = office.world.node(0).await;
    let variants = [office.world.variants[1], office.world.variants[2]];
    let trace = trace(variants[1]);
    let sale = sold(&mut node, variants, &trace, None);
    let plain = node.sell(&[(variants[0], 1, 199)]);
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;

    let kept = format!("select trace from sale where id = '{sale}'");
    assert_eq!(
        office.world.text(&kept).await,
        serde_json::to_string(&trace).unwrap(),
        "as the engine made it"
    );
    let uses = "select string_agg(concat_ws(' ', sale_id, promotion_id, version, units, gave_minor), ';') from promotion_use";
    assert_eq!(
        office.world.text(uses).await,
        format!("{sale} {} 1 3 239", id(96, 1)),
        "what was beaten was not used"
    );
    let shown = admin.read(&receipt(node.location, sale)).await;
    let lines: Vec<(&Value, &Value)> = shown["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (&line["promoted_minor"], &line["is_gift"]))
        .collect();
    assert_eq!(
        lines,
        [(&json!(40), &json!(false)), (&json!(199), &json!(true))]
    );
    let reasons = &shown["reasons"];
    assert_eq!(reasons["search"], "exact");
    assert_eq!(
        reasons["promotions"],
        json!([
            { "id": id(96, 1), "version": 1, "name": "Tea week",
              "labels": { "en": "Tea week", "vi": "Tuần lễ trà" } },
            { "id": id(96, 2), "version": 1, "name": "", "labels": {} },
        ]),
        "one that is not known here has no name"
    );
    assert_eq!(
        reasons["fired"][0],
        json!({ "promotion": 0, "line": 0, "units": 2, "gave_minor": 40 })
    );
    assert_eq!(reasons["beaten"][0]["would_minor"], 20);
    assert_eq!(reasons["near"][0]["units"], 2);
    let shown = admin.read(&receipt(node.location, plain)).await;
    assert_eq!(shown["reasons"], Value::Null);
    assert_eq!(shown["lines"][0]["promoted_minor"], 0);
}

#[tokio::test]
async fn use_is_counted_where_somebody_may_see_it() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    put(&admin, id(96, 1), None, percent("Tea week", 1_000)).await;
    start(&admin, id(96, 1), 1).await;
    let variants = [office.world.variants[1], office.world.variants[2]];
    let (mut a, mut b) = (office.world.node(0).await, office.world.node(1).await);
    for node in [&mut a, &mut b] {
        sold(node, variants, &trace(variants[1]), None);
        node.push_from(&office.world.cloud, 1).await;
    }
    sold(&mut a, variants, &trace(variants[1]), None);
    a.push_from(&office.world.cloud, 2).await;
    office.apply().await;
    office
        .meddle(&format!(
            "insert into role_permission (role_id, permission) values ('{}', 'promotion.read')",
            id(6, 10)
        ))
        .await;
    for (email, receipts) in [(ADMIN, 3), (ANN, 2), (BOB, 1)] {
        let browser = office.signed_in(email).await;
        let listed = browser.read("/v1/promotions").await;
        let one = &listed["items"][0];
        assert_eq!(
            (&one["receipts"], &one["gave_minor"]),
            (&json!(receipts), &json!(receipts * 239)),
            "{email}"
        );
        let shown = browser.read(&format!("/v1/promotions/{}", id(96, 1))).await;
        assert_eq!(shown["receipts"], json!(receipts), "{email}");
    }
}

#[tokio::test]
async fn a_trace_with_figures_that_no_shop_has_is_put_aside() {
    let office = Office::open().await;
    let mut node = office.world.node(0).await;
    let variants = [office.world.variants[1], office.world.variants[2]];
    let mut wrong = trace(variants[1]);
    wrong.fired[0].gave = Amount::from_minor(i64::MAX);
    sold(&mut node, variants, &wrong, None);
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    let held = "select reason from held_event";
    assert_eq!(office.world.text(held).await, "body.out_of_range");
    let uses = "select count(*) from promotion_use";
    assert_eq!(office.world.number(uses).await, 0);
}

#[tokio::test]
async fn purchases_of_a_customer_are_counted_and_told_up_to_twenty() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let patron = id(95, 1);
    let entered = json!({ "name": "Anna Brown", "phone": "+12125550123", "segments": [" vip ", "tea", "vip"],
        "birthday": { "month": 2, "day": 29 } });
    let made = admin.put(&format!("/v1/patrons/{patron}"), entered).await;
    assert_eq!(made.0, 200, "{made:?}");
    let variants = [office.world.variants[1], office.world.variants[2]];
    let mut node = office.world.node(0).await;
    for _ in 0..22 {
        sold(&mut node, variants, &trace(variants[1]), Some(patron));
    }
    sold(&mut node, variants, &trace(variants[1]), None);
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    let counted = "select purchases from patron";
    assert_eq!(office.world.number(counted).await, 22);
    let told = "select state::text from reference_entity where feed = 'patron' and state ? 'name'";
    let told: wire::reference::PatronState =
        serde_json::from_str(&office.world.text(told).await).unwrap();
    assert_eq!(told.purchases, wire::reference::MOST_PURCHASES);
    assert_eq!(told.segments, ["tea", "vip"]);
    assert_eq!(told.birthday, Some("2000-02-29".parse().unwrap()));
    let page = admin.read(&format!("/v1/patrons/{patron}")).await;
    assert_eq!(page["birthday"], json!({ "month": 2, "day": 29 }));

    let forgotten = admin
        .post(&format!("/v1/patrons/{patron}/erasure"), Some(json!({})))
        .await;
    assert_eq!(forgotten.0, 200);
    let left = "select count(*) from patron where segments <> '{}' or birth_day is not null or purchases > 0";
    assert_eq!(office.world.number(left).await, 0);
    sold(&mut node, variants, &trace(variants[1]), Some(patron));
    node.push_from(&office.world.cloud, 24).await;
    office.apply().await;
    assert_eq!(office.world.number(counted).await, 0, "nobody is counted");
}

#[tokio::test]
async fn facts_of_customers_are_refused_by_field() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let path = format!("/v1/patrons/{}", id(95, 1));
    for (name, value, expected) in [
        ("segments", json!(["x".repeat(61)]), "patron.segments"),
        ("segments", json!([" "]), "patron.segments"),
        (
            "birthday",
            json!({ "month": 2, "day": 30 }),
            "patron.birthday",
        ),
        (
            "birthday",
            json!({ "month": 13, "day": 1 }),
            "patron.birthday",
        ),
    ] {
        let mut entered = json!({ "name": "Anna" });
        entered[name] = value;
        let refused = admin.put(&path, entered).await;
        assert_eq!(code(&refused), (422, expected));
        assert_eq!(refused.1["errors"][0]["field"], name);
    }
}

#[tokio::test]
async fn what_goods_cost_is_told_when_it_has_changed() {
    let office = Office::open().await;
    let mut node = office.world.node(0).await;
    let (supplier, variant) = (office.world.supplier, office.world.variants[0]);
    let told = format!(
        "select coalesce((state ->> 'cost')::bigint, 0) from reference_entity where feed = 'variant' and entity = '{variant}'"
    );
    let mut steps = Vec::new();
    // 1,000 g for 10.00; then so many more that the average moves by less, and by more than a hundredth.
    for (quantity, cost) in [(1_000, 1_000), (10, 20), (1_000, 1_200)] {
        node.buy(supplier, variant, quantity, cost);
        let from = i64::try_from(node.log.len()).unwrap();
        node.push_from(&office.world.cloud, from).await;
        office.apply().await;
        let job = NewJob {
            kind: Kind::CostPublish,
            payload: json!({}),
            dedupe_key: None,
            run_at: office.world.cloud.security_now(),
        };
        office
            .world
            .cloud
            .tx("enqueue", Actor::Service("test"), async |tx| {
                job::enqueue(tx, &job).await
            })
            .await
            .unwrap();
        while job::round(&office.world.cloud).await.unwrap() {}
        steps.push(office.world.number(&told).await);
    }
    assert_eq!(steps, [1_000_000, 1_000_000, 1_104_478]);
}

#[tokio::test]
async fn goods_say_whether_and_how_far_they_may_be_reduced() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let (product, variant) = (id(70, 1), id(70, 2));
    let path = format!("/v1/products/{product}");
    let told = async || {
        let statement = format!(
            "select concat_ws(' ', coalesce(state ->> 'undiscountable', 'false'), coalesce(state ->> 'minimum', 'none'))
               from reference_entity where feed = 'variant' and entity = '{variant}'"
        );
        office.world.text(&statement).await
    };
    let goods = |version: Option<i64>, said: Value, minimum: Value| {
        json!({ "version": version, "name": "Book", "discountable": said, "variants": [
            { "id": variant, "sku": "BOOK", "unit": "piece", "active": true, "minimum_millionths": minimum }] })
    };
    let made = admin
        .put(&path, goods(None, Value::Null, Value::Null))
        .await;
    assert_eq!(made.1["discountable"], true, "{made:?}");
    assert_eq!(told().await, "false none");
    let fixed = admin
        .put(&path, goods(Some(1), json!(false), json!(995_000_000)))
        .await;
    assert_eq!(fixed.1["version"], 2, "{fixed:?}");
    assert_eq!(told().await, "true 995000000");
    let unsaid = admin
        .put(&path, goods(Some(2), Value::Null, Value::Null))
        .await;
    assert_eq!(unsaid.1["version"], 2, "nothing is said, nothing changes");
    admin
        .put(&path, goods(Some(2), json!(true), json!(0)))
        .await;
    assert_eq!(told().await, "false none");
    let wrong = admin
        .put(&path, goods(Some(3), Value::Null, json!(-1)))
        .await;
    assert_eq!(code(&wrong), (422, "variant.minimum"));
    assert_eq!(
        wrong.1["errors"][0]["field"],
        "variants[0].minimum_millionths"
    );
}
