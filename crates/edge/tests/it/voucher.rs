//! Vouchers at the till: a code opens what it is for, and the basket keeps it.
use edge::testkit;
use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::command::ResolvedVoucher;
use wire::reference::{CodeState, Feed, PatronState, PromotionState};

use crate::company::{Company, enrolled, until};
use crate::promotion::{percent, quote, sell, told_of, with};
use crate::support::{TestShop, Till, basket, new_id, told};

#[tokio::test]
async fn a_code_opens_what_it_is_for() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let opened = percent(2_000, &json!(["voucher"]));
    told_of(
        &shop,
        vec![testkit::promotion("spring", 1, &opened, &["SPRING26"])],
    )
    .await;
    let sale = new_id();
    let path = |code: &str| format!("/v1/baskets/{sale}/vouchers/{code}");
    let voucher = testkit::id::<()>("voucher SPRING26").as_uuid();
    for typed in ["SPRING26", "spring-26", "%20spring%2026"] {
        let (status, answer) = till.put(&path(typed), json!({})).await;
        assert_eq!(
            (status, &answer["voucher_id"], &answer["name"]),
            (200, &json!(voucher), &json!("spring")),
            "{answer}"
        );
    }
    let refused = |answer| told(&answer);
    assert_eq!(
        refused(till.put(&path("-%20-"), json!({})).await),
        r#"422 voucher.malformed {"max":40,"reason":"empty"}"#
    );
    assert_eq!(
        refused(till.put(&path("a%25b"), json!({})).await),
        r#"422 voucher.malformed {"max":40,"reason":"character"}"#
    );
    assert_eq!(
        refused(till.put(&path(&"A".repeat(41)), json!({})).await),
        r#"422 voucher.malformed {"max":40,"reason":"too_long"}"#
    );
    assert_eq!(
        refused(till.put(&path("AUTUMN"), json!({})).await),
        "503 voucher.offline {}"
    );
}

#[tokio::test]
async fn a_basket_keeps_what_was_shown() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let opened = percent(2_000, &json!(["voucher"]));
    told_of(
        &shop,
        vec![testkit::promotion("spring", 1, &opened, &["SPRING26"])],
    )
    .await;
    let sale = new_id();
    let path = format!("/v1/baskets/{sale}/vouchers/SPRING26");
    let voucher = testkit::id::<()>("voucher SPRING26").as_uuid();
    assert_eq!(till.put(&path, json!({})).await.0, 200);
    let lines = [("COLA", 2)];
    assert_eq!(quote(&till, &lines, &json!({})).await["total_minor"], 300);
    let shown = json!({ "vouchers": [voucher, new_id()] });
    assert_eq!(
        quote(&till, &lines, &shown).await["total_minor"],
        240,
        "one that opens nothing is left out"
    );
    // A basket that waits keeps it.
    let parked = new_id();
    let park = with(
        json!({ "sale_id": sale, "shift_id": till.shift, "lines": basket(&lines), "begun_at": "2026-11-22T13:50:00Z" }),
        &shown,
    );
    assert_eq!(
        till.put(&format!("/v1/parked-baskets/{parked}"), park)
            .await
            .0,
        201
    );
    let (_, recalled) = till
        .post(&format!("/v1/parked-baskets/{parked}/recall"), json!({}))
        .await;
    assert_eq!(
        (
            &recalled["total_minor"],
            &recalled["vouchers"][0]["voucher_id"]
        ),
        (&json!(240), &json!(voucher)),
        "{recalled}"
    );
    assert_eq!(recalled["begun_at"], "2026-11-22T13:50:00Z");
    let receipt = sell(&till, sale, with(till.sale(&lines, 1_000), &shown)).await;
    assert_eq!(receipt["total_minor"], 240);
    let body: String =
        shop.value("select body from outbox where header ->> 'type' = 'sale.closed'");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        body["promotions"]["vouchers"],
        json!([{ "promotion": testkit::promotion_id("spring"), "voucher": voucher }])
    );
    assert_eq!(
        told(&till.put(&path, json!({})).await),
        "409 sale.already_sold {}"
    );
}

#[tokio::test]
async fn a_code_of_what_is_over_opens_nothing() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let over = percent(
        2_000,
        &json!(["voucher", { "dates": { "until": "2026-11-22T09:00:00" } }]),
    );
    let codes = |code: &str| {
        vec![CodeState {
            voucher: new_id(),
            code: code.to_owned(),
        }]
    };
    let ended = testkit::promotion("ended", 1, &over, &["ENDED"]);
    let stopped = testkit::promotion("stopped", 1, &percent(1_000, &json!(["voucher"])), &[]);
    let state: PromotionState = serde_json::from_value(stopped.state.unwrap()).unwrap();
    let state = PromotionState {
        running: false,
        codes: codes("STOPPED"),
        ..state
    };
    told_of(&shop, vec![ended, testkit::entity(stopped.id, 1, &state)]).await;
    for code in ["ENDED", "STOPPED"] {
        let answer = till
            .put(
                &format!("/v1/baskets/{}/vouchers/{code}", new_id()),
                json!({}),
            )
            .await;
        assert_eq!(told(&answer), "409 voucher.ended {}", "{code}");
    }
}

/// A shop with a line, where a fifth is off for whoever has a code that the head office is asked about.
async fn letters() -> (Company, TestShop, Till) {
    let (company, shop) = enrolled().await;
    let till = shop.open_till(1).await;
    until(&till, |edge| edge["sync"]["connected"] == true).await;
    let opened = percent(2_000, &json!(["voucher"]));
    told_of(&shop, vec![testkit::promotion("letters", 1, &opened, &[])]).await;
    (company, shop, till)
}

/// What the head office says of a code.
fn says(company: &Company, code: &str, more: impl FnOnce(&mut ResolvedVoucher)) -> Uuid {
    let voucher = testkit::id::<()>(&format!("voucher {code}")).as_uuid();
    let mut said = ResolvedVoucher {
        voucher,
        promotion: testkit::promotion_id("letters").as_uuid(),
        limited: false,
        patron: None,
        segment: None,
        until: None,
    };
    more(&mut said);
    company.held(|held| held.vouchers.insert(code.to_owned(), said));
    voucher
}

fn path(code: &str, more: &str) -> String {
    format!("/v1/baskets/{}/vouchers/{code}{more}", new_id())
}

#[tokio::test]
async fn a_counted_code_stays_with_a_basket_that_waits() {
    let (company, _shop, till) = letters().await;
    let voucher = says(&company, "ONCE", |said| said.limited = true);
    assert_eq!(
        told(&till.put(&path("ONCE", ""), json!({})).await),
        "409 voucher.used {}"
    );
    company.held(|held| held.allowed = 1);
    // A moment later: what there was nothing of is not asked for again at once.
    let shown = async || till.put(&path("ONCE", ""), json!({})).await.0;
    let watch = httpkit::clock::Stopwatch::start();
    while shown().await != 200 {
        assert!(watch.elapsed().as_secs() < 20);
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    let (sale, parked) = (new_id(), new_id());
    let lines = [("COLA", 2)];
    let park = json!({ "sale_id": sale, "shift_id": till.shift, "lines": basket(&lines), "vouchers": [voucher] });
    let answer = till
        .put(&format!("/v1/parked-baskets/{parked}"), park)
        .await;
    assert_eq!(answer.0, 201, "{answer:?}");
    let recall = format!("/v1/parked-baskets/{parked}/recall");
    let (_, recalled) = till.post(&recall, json!({})).await;
    assert_eq!(
        (
            &recalled["total_minor"],
            &recalled["vouchers"][0]["voucher_id"]
        ),
        (&json!(240), &json!(voucher)),
        "{recalled}"
    );
}

/// What two cans of cola cost with a voucher, and why it is of no use.
async fn useless(till: &Till, voucher: Uuid, more: Value) -> (i64, Value) {
    let shown = with(json!({ "vouchers": [voucher] }), &more);
    let quoted = quote(till, &[("COLA", 2)], &shown).await;
    (
        quoted["total_minor"].as_i64().unwrap(),
        quoted["useless_vouchers"][0]["reason"].clone(),
    )
}

#[tokio::test]
async fn whose_a_code_is_is_asked_of_every_quote_and_sale() {
    let (company, shop, till) = letters().await;
    let (ana, lines) = (testkit::patron_id(), [("COLA", 2)]);
    let to_ana = says(&company, "ANA", |said| said.patron = Some(ana.as_uuid()));
    let gold = says(&company, "GOLD", |said| {
        said.segment = Some("gold".to_owned());
    });
    let with_ana = format!("?patron_id={ana}");
    assert_eq!(till.put(&path("ANA", &with_ana), json!({})).await.0, 200);
    assert_eq!(
        told(&till.put(&path("ANA", ""), json!({})).await),
        "409 voucher.not_yours {}"
    );
    assert_eq!(
        told(&till.put(&path("GOLD", &with_ana), json!({})).await),
        "409 voucher.not_yours {}"
    );

    let of_ana = json!({ "patron_id": ana });
    assert_eq!(
        useless(&till, to_ana, of_ana.clone()).await,
        (240, Value::Null)
    );
    // The customer is taken off, or is another one.
    let not_yours = (300, json!("not_yours"));
    assert_eq!(useless(&till, to_ana, json!({})).await, not_yours);
    assert_eq!(
        useless(&till, to_ana, json!({ "patron_id": new_id() })).await,
        not_yours
    );
    let sale = with(
        till.sale(&lines, 1_000),
        &json!({ "vouchers": [to_ana], "expected_total_minor": 240 }),
    );
    let refused = till.put(&format!("/v1/sales/{}", new_id()), sale).await;
    assert_eq!(
        told(&refused),
        r#"422 sale.total_changed {"total_minor":300}"#
    );
    // The same of a segment, which somebody is in or not.
    let into = async |version: i64, segments: &[&str]| {
        let state = PatronState {
            name: "A. Brown".to_owned(),
            segments: segments.iter().map(|&one| one.to_owned()).collect(),
            ..PatronState::default()
        };
        let entity = testkit::entity(ana.as_uuid(), version, &state);
        testkit::apply(&shop.running.shop, Feed::Patron, vec![entity])
            .await
            .unwrap();
    };
    into(2, &["gold"]).await;
    assert_eq!(till.put(&path("GOLD", &with_ana), json!({})).await.0, 200);
    assert_eq!(
        useless(&till, gold, of_ana.clone()).await,
        (240, Value::Null)
    );
    into(3, &["silver"]).await;
    assert_eq!(useless(&till, gold, of_ana).await, not_yours);
}

#[tokio::test]
async fn until_when_a_code_counts_is_asked_of_every_quote() {
    let (company, shop, till) = letters().await;
    let ana = testkit::patron_id();
    let to_ana = says(&company, "ANA", |said| said.patron = Some(ana.as_uuid()));
    let short = says(&company, "SHORT", |said| {
        said.until = Some("2026-11-22T15:00:00Z".parse().unwrap());
    });
    let with_ana = format!("?patron_id={ana}");
    assert_eq!(till.put(&path("ANA", &with_ana), json!({})).await.0, 200);
    assert_eq!(till.put(&path("SHORT", ""), json!({})).await.0, 200);
    let of_ana = json!({ "patron_id": ana });
    assert_eq!(useless(&till, short, json!({})).await, (240, Value::Null));
    shop.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(
        useless(&till, short, json!({})).await,
        (300, json!("ended"))
    );
    assert_eq!(
        told(&till.put(&path("SHORT", ""), json!({})).await),
        "409 voucher.ended {}"
    );
    assert_eq!(
        useless(&till, to_ana, of_ana.clone()).await,
        (240, Value::Null)
    );
    // The head office may have stopped it by then.
    shop.clock.advance(SignedDuration::from_hours(23));
    assert_eq!(
        useless(&till, to_ana, of_ana.clone()).await,
        (300, json!("unknown"))
    );
    assert_eq!(till.put(&path("ANA", &with_ana), json!({})).await.0, 200);
    assert_eq!(useless(&till, to_ana, of_ana).await, (240, Value::Null));
    assert_eq!(
        useless(&till, new_id(), json!({})).await,
        (300, json!("unknown"))
    );
}

#[tokio::test]
async fn a_code_says_what_is_so() {
    let (company, shop, till) = letters().await;
    let here = says(&company, "HERE", |_| {});
    says(&company, "EARLY", |said| said.promotion = new_id());
    assert_eq!(
        told(&till.put(&path("EARLY", ""), json!({})).await),
        "409 voucher.not_here {}"
    );
    assert_eq!(till.put(&path("HERE", ""), json!({})).await.0, 200);
    let gone = wire::reference::Entity {
        id: testkit::promotion_id("letters").as_uuid(),
        version: 2,
        state: None,
    };
    told_of(&shop, vec![gone]).await;
    let quoted = quote(&till, &[("COLA", 2)], &json!({ "vouchers": [here] })).await;
    assert_eq!(
        quoted["useless_vouchers"],
        json!([{ "voucher_id": here, "reason": "not_here" }])
    );
    // It is 9:00 here; the offer has ended at 8:50, and whoever came before keeps it for a quarter of an hour.
    let over =
        json!(["voucher", { "dates": { "until": "2026-11-22T08:50:00", "grace_minutes": 15 } }]);
    let over = testkit::promotion("over", 1, &percent(2_000, &over), &["GRACE"]);
    told_of(&shop, vec![over]).await;
    let before = "?begun_at=2026-11-22T13:49:00Z";
    assert_eq!(till.put(&path("GRACE", before), json!({})).await.0, 200);
    for after in ["?begun_at=2026-11-22T13:51:00Z", ""] {
        let answer = till.put(&path("GRACE", after), json!({})).await;
        assert_eq!(told(&answer), "409 voucher.ended {}", "{after}");
    }
}

#[tokio::test]
async fn guessing_of_codes_gets_slow_for_whoever_guesses() {
    let (company, shop, till) = letters().await;
    says(&company, "RIGHT", |_| {});
    for guess in 0..10 {
        let answer = till
            .put(&path(&format!("GUESS{guess}"), ""), json!({}))
            .await;
        assert_eq!(told(&answer), "404 voucher.unknown {}");
        // A right one makes no room for more.
        if guess < 9 {
            assert_eq!(till.put(&path("RIGHT", ""), json!({})).await.0, 200);
        }
    }
    let locked = r#"429 voucher.locked {"retry_after_s":60}"#;
    for code in ["GUESS", "RIGHT"] {
        assert_eq!(told(&till.put(&path(code, ""), json!({})).await), locked);
    }
    let events =
        "select group_concat(body, ' ') from outbox where header ->> 'type' = 'voucher.locked'";
    assert_eq!(shop.value::<String>(events), r#"{"wrong":10,"wait_s":60}"#);
    // Somebody else goes on.
    let other = shop.till();
    other.sign_in(testkit::cashier_id(), 2).await;
    assert_eq!(other.put(&path("RIGHT", ""), json!({})).await.0, 200);
    shop.security_clock.advance(SignedDuration::from_mins(1));
    let answer = till.put(&path("AGAIN", ""), json!({})).await;
    assert_eq!(told(&answer), "404 voucher.unknown {}");
    assert_eq!(told(&till.put(&path("RIGHT", ""), json!({})).await), locked);
    shop.security_clock.advance(SignedDuration::from_mins(1));
    assert_eq!(till.put(&path("RIGHT", ""), json!({})).await.0, 200);
    // The head office may be tired of the whole shop.
    company.held(|held| held.vouchers_locked = Some(7));
    let answer = other.put(&path("RIGHT", ""), json!({})).await;
    assert_eq!(told(&answer), r#"429 voucher.locked {"retry_after_s":7}"#);
}

#[tokio::test]
async fn a_limit_by_customer_borrows_nothing_while_nobody_is_named() {
    let (company, shop, till) = letters().await;
    let mut opened = percent(2_000, &json!(["voucher"]));
    opened["limits"] = json!({ "uses_per_customer": 1, "units": 10 });
    let once_each = testkit::promotion("each", 1, &opened, &["EACH"]);
    told_of(&shop, vec![once_each]).await;
    company.held(|held| held.allowed = 100);
    let voucher = testkit::id::<()>("voucher EACH").as_uuid();
    let shown = json!({ "vouchers": [voucher] });
    let quoted = quote(&till, &[("COLA", 2)], &shown).await;
    let out: Vec<&Value> = quoted["reasons"]["exhausted"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["counter"])
        .collect();
    assert_eq!(out, ["customer", "units"]);
    assert_eq!(company.held(|held| held.wanted.len()), 0);
    let named = with(shown, &json!({ "patron_id": testkit::patron_id() }));
    let quoted = quote(&till, &[("COLA", 2)], &named).await;
    assert_eq!(quoted["total_minor"], 240, "{quoted}");
    let wanted: Vec<i64> =
        company.held(|held| held.wanted.iter().map(|ask| ask.quantity).collect());
    assert_eq!(wanted, [1, 2]);
}
