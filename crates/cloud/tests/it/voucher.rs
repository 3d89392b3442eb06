//! Vouchers: codes are made and taken in, each once in the chain, and are stopped.
use reqwest::{Method, header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::browser::{ADMIN, ANN, Browser, Office, code};
use crate::promotion::percent;
use crate::world::id;

const PROMOTION: u64 = 1;

fn path(promotion: u64) -> String {
    format!("/v1/promotions/{}/vouchers", id(96, promotion))
}

/// A promotion that asks for a voucher.
async fn promote(admin: &Browser, promotion: u64) {
    let mut draft = percent("Letters", 1_000);
    draft["when"] = json!(["voucher"]);
    let path = format!("/v1/promotions/{}", id(96, promotion));
    let saved = admin.put(&path, json!({ "draft": draft })).await;
    assert_eq!(saved.0, 200, "{saved:?}");
    let started = admin
        .post(&format!("{path}/start"), Some(json!({ "version": 1 })))
        .await;
    assert_eq!(started.0, 200, "{started:?}");
}

async fn make(admin: &Browser, promotion: u64, body: Value) -> (u16, Value) {
    admin.post(&path(promotion), Some(body)).await
}

#[tokio::test]
async fn ten_thousand_codes_with_duplicates_say_which_lines_they_are() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    promote(&admin, PROMOTION).await;
    promote(&admin, 2).await;
    let other = json!({ "id": id(97, 1), "codes": ["C-00042"], "uses_each": 1 });
    assert_eq!(make(&admin, 2, other).await.1["made"], 1);

    let mut codes: Vec<String> = (1..=10_000)
        .map(|number| format!("c {number:05}"))
        .collect();
    codes[99] = "C00007".to_owned();
    codes[199] = "what?".to_owned();
    let body = json!({ "id": id(97, 2), "codes": codes, "uses_each": 1 });
    let made = make(&admin, PROMOTION, body.clone()).await;
    assert_eq!(
        made,
        (
            200,
            json!({
                "made": 9_997,
                "duplicates": [{ "line": 42, "code": "C00042" }, { "line": 100, "code": "C00007" }],
                "refused": [{ "line": 200, "code": "what?", "reason": "character" }],
            })
        )
    );
    assert_eq!(make(&admin, PROMOTION, body).await, made, "the same again");
    let kept = "select count(*) from voucher";
    assert_eq!(office.world.number(kept).await, 9_998);
    let another = json!({ "id": id(97, 2), "codes": ["X1"], "uses_each": 1 });
    assert_eq!(
        code(&make(&admin, PROMOTION, another).await),
        (409, "voucher.id_reused")
    );
    let noted = "select detail ->> 'made' from audit where action = 'voucher.made' order by id desc limit 1";
    assert_eq!(office.world.text(noted).await, "9997");
}

#[tokio::test]
async fn made_codes_are_told_apart_listed_and_exported() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    promote(&admin, PROMOTION).await;
    let body = json!({ "id": id(97, 1), "count": 60, "prefix": "te a", "uses_each": 1, "segment": "gold" });
    let made = make(&admin, PROMOTION, body).await;
    assert_eq!(made.1["made"], 60, "{made:?}");
    let file = json!({ "id": id(97, 2), "file": "Code;for\r\nwelcome 1;Kim\r\n", "uses_each": 5 });
    assert_eq!(make(&admin, PROMOTION, file).await.1["made"], 1);

    let first = admin.read(&format!("{}?limit=40", path(PROMOTION))).await;
    let next = first["next"].as_str().unwrap();
    let second = admin
        .read(&format!("{}?limit=40&after={next}", path(PROMOTION)))
        .await;
    let pages = [&first, &second];
    let items = pages
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap());
    let items: Vec<&Value> = items.collect();
    assert_eq!((items.len(), &second["next"]), (61, &Value::Null));
    let made: Vec<&str> = items
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .filter(|one| one.starts_with("TEA"))
        .collect();
    assert_eq!(made.len(), 60);
    assert!(made.iter().all(|code| {
        let code = retail::promotion::voucher::VoucherCode::parse(code).unwrap();
        code.could_be_made()
    }));
    // What is no beginning of a code begins none; what says nothing begins all.
    for (q, found) in [("*", 0), ("%25", 0), ("tea*", 0), ("-%20", 61), ("tea", 60)] {
        let asked = format!("{}?limit=100&q={q}", path(PROMOTION));
        let items = admin.read(&asked).await["items"].clone();
        assert_eq!(items.as_array().unwrap().len(), found, "{q}");
    }
    let none = format!("{}?format=csv&q=*", path(PROMOTION));
    let file = admin.ask(Method::GET, &none, None).await;
    assert_eq!(file.text().await.unwrap().lines().count(), 1, "the heading");
    let found = admin.read(&format!("{}?q=wel-come", path(PROMOTION))).await;
    assert_eq!(found["items"][0]["code"], "WELCOME1");
    assert_eq!(
        (
            &found["items"][0]["uses_each"],
            found["items"].as_array().unwrap().len()
        ),
        (&json!(5), 1)
    );

    let export = admin
        .ask(
            Method::GET,
            &format!("{}?format=csv", path(PROMOTION)),
            None,
        )
        .await;
    assert_eq!(
        export.headers()[header::CONTENT_TYPE],
        "text/csv; charset=utf-8"
    );
    let table = export.text().await.unwrap();
    assert_eq!(table.lines().count(), 62);
    assert!(table.contains("\r\nWELCOME1,5,0,,,,false,"), "{table}");
    let noted = "select count(*) from audit where action = 'voucher.exported' and (detail ->> 'rows')::bigint = 61";
    assert_eq!(office.world.number(noted).await, 1);
}

#[tokio::test]
async fn a_stopped_voucher_stays_stopped_and_shops_hear_of_shared_codes() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    promote(&admin, PROMOTION).await;
    let shared = json!({ "id": id(97, 1), "codes": ["SUMMER"], "uses_each": null });
    assert_eq!(make(&admin, PROMOTION, shared).await.1["made"], 1);
    let own = json!({ "id": id(97, 2), "codes": ["ONCE"], "uses_each": 1 });
    assert_eq!(make(&admin, PROMOTION, own).await.1["made"], 1);
    let told =
        "select coalesce(state ->> 'codes', '') from reference_entity where feed = 'promotion'";
    let codes = office.world.text(told).await;
    let codes: Value = serde_json::from_str(&codes).unwrap();
    assert_eq!(
        codes.as_array().unwrap().len(),
        1,
        "a limited one is asked of the cloud"
    );
    assert_eq!(codes[0]["code"], "SUMMER");
    let voucher = codes[0]["voucher"].as_str().unwrap();

    let stop = format!("{}/{voucher}/stop", path(PROMOTION));
    for reason in ["in the newspaper", "again"] {
        let stopped = admin
            .ask(Method::POST, &stop, Some(json!({ "reason": reason })))
            .await;
        assert_eq!(stopped.status(), 204);
    }
    let found = admin.read(&format!("{}?q=SUMMER", path(PROMOTION))).await;
    assert_eq!(found["items"][0]["stopped"], true);
    assert_eq!(
        found["items"][0]["stop_reason"], "in the newspaper",
        "the first reason stays"
    );
    assert_eq!(office.world.text(told).await, "");
    let owner = office.world.owner().await;
    for statement in [
        "update voucher_batch set answer = '{}'",
        "delete from voucher_batch",
    ] {
        assert!(owner.batch_execute(statement).await.is_err(), "{statement}");
    }
}

#[tokio::test]
async fn what_cannot_be_a_voucher_is_refused() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    promote(&admin, PROMOTION).await;
    let number = |number| id(97, number);
    for (body, expected, field) in [
        (
            json!({ "id": number(1), "count": 0, "uses_each": 1 }),
            "voucher.count",
            "count",
        ),
        (
            json!({ "id": number(1), "count": 20_001, "uses_each": 1 }),
            "voucher.count",
            "count",
        ),
        (
            json!({ "id": number(1), "codes": [], "uses_each": 1 }),
            "voucher.count",
            "codes",
        ),
        (
            json!({ "id": number(1), "uses_each": 1 }),
            "voucher.source",
            "codes",
        ),
        (
            json!({ "id": number(1), "codes": ["A"], "count": 1, "uses_each": 1 }),
            "voucher.source",
            "codes",
        ),
        (
            json!({ "id": number(1), "count": 1, "uses_each": 0 }),
            "voucher.uses",
            "uses_each",
        ),
        (
            json!({ "id": number(1), "count": 1, "uses_each": 1, "segment": " " }),
            "voucher.segment",
            "segment",
        ),
        (
            json!({ "id": number(1), "count": 1, "uses_each": 1, "prefix": "a/b" }),
            "voucher.prefix",
            "prefix",
        ),
        (
            json!({ "id": number(1), "count": 1, "uses_each": 1, "prefix": "ABCDEFGHIJKLM" }),
            "voucher.prefix",
            "prefix",
        ),
        (
            json!({ "id": number(1), "count": 1, "uses_each": 1, "patron_id": Uuid::nil() }),
            "voucher.patron",
            "patron_id",
        ),
    ] {
        let refused = make(&admin, PROMOTION, body.clone()).await;
        assert_eq!(code(&refused), (422, expected), "{body}");
        assert_eq!(refused.1["errors"][0]["field"], field, "{body}");
    }
}

#[tokio::test]
async fn nobody_makes_vouchers_of_what_does_not_ask_for_them() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    promote(&admin, PROMOTION).await;
    let one = || json!({ "id": id(97, 2), "count": 1, "uses_each": 1 });
    assert_eq!(
        code(&make(&admin, 9, one()).await),
        (404, "promotion.unknown")
    );
    let plain = format!("/v1/promotions/{}", id(96, 3));
    assert_eq!(
        admin
            .put(&plain, json!({ "draft": percent("Plain", 100) }))
            .await
            .0,
        200
    );
    assert_eq!(
        code(&make(&admin, 3, one()).await),
        (409, "voucher.not_asked_for")
    );
    let stop = format!("{}/{}/stop", path(PROMOTION), Uuid::nil());
    let unknown = admin.post(&stop, Some(json!({ "reason": "lost" }))).await;
    assert_eq!(code(&unknown), (404, "voucher.unknown"));
    let silent = admin.post(&stop, Some(json!({ "reason": " " }))).await;
    assert_eq!(code(&silent), (422, "voucher.reason"));
    let ann = office.signed_in(ANN).await;
    assert_eq!(
        code(&ann.get(&path(PROMOTION)).await),
        (403, "permission.denied")
    );
    assert_eq!(
        code(&make(&ann, PROMOTION, one()).await),
        (403, "permission.denied")
    );
}

#[tokio::test]
async fn a_shop_is_told_whose_a_code_is_and_until_when_and_cannot_guess_at_leisure() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    promote(&admin, PROMOTION).await;
    let anna = id(95, 1);
    let entered = json!({ "name": "Anna Brown", "phone": "+12125550123", "segments": ["vip"] });
    let made = admin.put(&format!("/v1/patrons/{anna}"), entered).await;
    assert!(matches!(made.0, 200 | 201), "{made:?}");
    for (number, more) in [
        (1, json!({ "codes": ["VIP"], "segment": "vip" })),
        (
            2,
            json!({ "codes": ["ANNA"], "patron_id": anna, "valid_until": "2030-01-01T00:00:00Z" }),
        ),
        (3, json!({ "codes": ["ANY"], "uses_each": 3 })),
    ] {
        let mut body = json!({ "id": id(97, number), "uses_each": null });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        assert_eq!(make(&admin, PROMOTION, body).await.1["made"], 1);
    }
    let node = office.world.node(0).await;
    let path = format!("/v1/nodes/{}/vouchers", node.id);
    let ask = async |code: &str, patron: Option<Uuid>| {
        let asked = wire::command::ResolveVoucher {
            code: code.to_owned(),
            patron,
        };
        let body = serde_json::to_vec(&asked).unwrap();
        node.ask(&office.world, "POST", &path, &body).await
    };
    let whose = |(status, answer): (u16, Value)| {
        let field = |name: &str| answer[name].clone();
        (status, field("patron"), field("segment"), field("until"))
    };
    assert_eq!(
        whose(ask("VIP", Some(anna)).await),
        (200, Value::Null, json!("vip"), Value::Null)
    );
    assert_eq!(
        whose(ask("ANNA", Some(anna)).await),
        (200, json!(anna), Value::Null, json!("2030-01-01T00:00:00Z"))
    );
    let any = ask("ANY", None).await.1;
    assert!(
        any.get("patron").is_none() && any.get("until").is_none(),
        "{any}"
    );
    // Wrong ones are counted, right ones are not.
    for number in 0..59 {
        let wrong = ask(&format!("GUESS{number}"), None).await;
        assert_eq!(code(&wrong), (404, "voucher.unknown"));
        assert_eq!(code(&ask("ANNA", None).await), (409, "voucher.not_yours"));
        assert_eq!(ask("ANY", None).await.0, 200);
    }
    for number in 0..2 {
        assert_eq!(ask(&format!("MORE{number}"), None).await.0, 404);
    }
    let locked = ask("ANY", None).await;
    assert_eq!(code(&locked), (429, "voucher.locked"));
    assert_eq!(locked.1["figures"]["retry_after_s"], 5);
}
