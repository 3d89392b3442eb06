use expect_test::{Expect, expect};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Categories, Relation, relation};
use crate::catalog::CategoryId;
use crate::promotion::Promotion;

/// The id that a name has here.
fn uuid(name: &str) -> Uuid {
    Uuid::from_u128(name.bytes().fold(0, |id, byte| id * 256 + u128::from(byte)))
}

/// Ten percent off everything, but for what is said.
fn promotion(name: &str, fields: &Value) -> Promotion {
    let mut document = json!({
        "format": 1, "id": uuid(name), "version": 1, "name": name,
        "effects": [{ "percent": { "off": 1000 } }],
    });
    for (field, value) in fields.as_object().into_iter().flatten() {
        document[field] = value.clone();
    }
    serde_json::from_value(document).expect("a promotion")
}

/// Food > drinks > tea, and wear.
fn tree() -> Categories {
    let id = |name| CategoryId::from_uuid(uuid(name));
    Categories::new([(id("drinks"), id("food")), (id("tea"), id("drinks"))])
}

#[track_caller]
fn check(one: &Value, other: &Value, expected: &Expect) {
    let (one, other) = (promotion("one", one), promotion("other", other));
    let said = said(relation(&one, &other, &tree()));
    expected.assert_eq(&said);
    assert_eq!(
        said,
        self::said(relation(&other, &one, &tree())),
        "which is first says nothing"
    );
}

fn said(relation: Relation) -> String {
    match relation {
        Relation::NeverTogether => "never together".to_owned(),
        Relation::OtherGoods => "other goods".to_owned(),
        Relation::Meet(meeting) => {
            let (kind, by) = (meeting.kind.code(), meeting.decided_by.code());
            let from = meeting.from.map(|from| format!(" from {from}"));
            let until = meeting.until.map(|until| format!(" until {until}"));
            let (from, until) = (from.unwrap_or_default(), until.unwrap_or_default());
            format!("{kind} by {by}{from}{until}")
        }
    }
}

/// Ten percent off some goods.
fn off(selector: &Value) -> Value {
    json!({ "effects": [{ "percent": { "off": 1000, "target": { "of": selector } } }] })
}

fn when(conditions: &Value) -> Value {
    json!({ "when": conditions })
}

#[test]
fn declarations() {
    let group = |name: &str, priority: i32| json!({ "combination": { "mode": { "best_of": name }, "priority": priority } });
    let alone =
        |priority: i32| json!({ "combination": { "mode": "exclusive", "priority": priority } });
    let plain = json!({});
    check(&plain, &plain, &expect!["stacks by both"]);
    check(
        &group("a", 0),
        &group("a", 0),
        &expect!["same_group by best"],
    );
    check(
        &group("a", 1),
        &group("a", 0),
        &expect!["same_group by priority"],
    );
    check(&group("a", 0), &group("b", 0), &expect!["stacks by both"]);
    check(&group("a", 0), &plain, &expect!["stacks by both"]);
    check(&alone(0), &plain, &expect!["exclusive by best"]);
    check(&alone(0), &alone(0), &expect!["exclusive by best"]);
    check(&alone(2), &plain, &expect!["exclusive by priority"]);
    check(&alone(2), &group("a", 0), &expect!["exclusive by priority"]);
    let unreduced =
        |priority: i32| json!({ "combination": { "only_unreduced": true, "priority": priority } });
    check(&unreduced(0), &plain, &expect!["never_beside by priority"]);
    check(&unreduced(-1), &plain, &expect!["never_beside by priority"]);
    // What comes after it takes from what it has left.
    check(&unreduced(1), &plain, &expect!["stacks by both"]);
    check(
        &unreduced(1),
        &unreduced(0),
        &expect!["never_beside by priority"],
    );
}

#[test]
fn goods() {
    let products = |names: &[&str]| {
        let ids: Vec<Uuid> = names.iter().map(|name| uuid(name)).collect();
        json!({ "products": ids })
    };
    let categories = |name: &str| json!({ "categories": [uuid(name)] });
    let meets = expect!["stacks by both"];
    let apart = expect!["other goods"];
    check(
        &off(&products(&["a", "b"])),
        &off(&products(&["b"])),
        &meets,
    );
    check(&off(&products(&["a"])), &off(&products(&["b"])), &apart);
    check(&off(&products(&["a"])), &off(&categories("tea")), &meets);
    check(&off(&categories("tea")), &off(&categories("food")), &meets);
    check(&off(&categories("tea")), &off(&categories("wear")), &apart);
    // Goods have one category, and several tags.
    let both = json!({ "every": [categories("food"), categories("wear")] });
    check(&off(&both), &off(&json!("all")), &apart);
    let tags = |name: &str| json!({ "tags": [name] });
    check(&off(&tags("x")), &off(&tags("y")), &meets);
    check(
        &off(&json!({ "brands": ["x"] })),
        &off(&json!({ "brands": ["y"] })),
        &apart,
    );
    let but = |selector: Value| json!({ "except": selector });
    check(&off(&but(tags("x"))), &off(&tags("x")), &apart);
    check(
        &off(&but(tags("x"))),
        &off(&json!({ "tags": ["x", "y"] })),
        &meets,
    );
    check(
        &off(&but(categories("drinks"))),
        &off(&categories("tea")),
        &apart,
    );
    check(
        &off(&but(categories("tea"))),
        &off(&categories("drinks")),
        &meets,
    );
    check(&off(&but(json!("all"))), &off(&json!("all")), &apart);
    let neither = but(json!({ "any": [tags("x"), categories("food")] }));
    check(&off(&neither), &off(&categories("tea")), &apart);
    check(&off(&neither), &off(&categories("wear")), &meets);
    let range =
        |least: Value, most: Value| json!({ "list_price": { "at_least": least, "at_most": most } });
    check(
        &off(&range(json!(100), Value::Null)),
        &off(&range(Value::Null, json!(99))),
        &apart,
    );
    check(
        &off(&range(json!(100), Value::Null)),
        &off(&range(Value::Null, json!(100))),
        &meets,
    );
    check(
        &off(&but(range(Value::Null, json!(500)))),
        &off(&range(json!(100), json!(500))),
        &apart,
    );
}

#[test]
fn what_a_bundle_takes_it_uses_up() {
    let bundle = json!({ "effects": [{ "bundle": {
        "parts": [{ "of": { "tags": ["shirt"] }, "count": 2 }, { "of": { "brands": ["own"] }, "count": 1 }],
        "reward": { "on": { "part": 1 }, "off": { "percent": 10000 } },
    } }] });
    let shirts = off(&json!({ "tags": ["shirt"] }));
    check(&bundle, &shirts, &expect!["stacks by both"]);
    check(
        &bundle,
        &off(
            &json!({ "every": [{ "except": { "tags": ["shirt"] } }, { "except": { "brands": ["own"] } }] }),
        ),
        &expect!["other goods"],
    );
    let points = json!({ "effects": [{ "points": { "earn": { "fixed": 5 } } }] });
    check(&points, &shirts, &expect!["other goods"]);
    let shipping = |methods: Value| json!({ "effects": [{ "shipping": { "off": { "percent": 10000 }, "methods": methods } }] });
    check(&shipping(json!([])), &shirts, &expect!["other goods"]);
    check(
        &shipping(json!([])),
        &shipping(json!(["post"])),
        &expect!["stacks by both"],
    );
    check(
        &shipping(json!(["van"])),
        &shipping(json!(["post"])),
        &expect!["other goods"],
    );
    // What takes the basket alone does not ask for its goods.
    let alone = json!({
        "effects": [{ "percent": { "off": 1000, "target": { "of": { "brands": ["own"] } } } }],
        "combination": { "mode": "exclusive", "priority": 1 },
    });
    check(
        &alone,
        &off(&json!({ "brands": ["other"] })),
        &expect!["exclusive by priority"],
    );
}

#[test]
fn dates_and_hours() {
    let dates = |from: Option<&str>, until: Option<&str>, grace: u16| json!({ "dates": { "from": from, "until": until, "grace_minutes": grace } });
    let spring = dates(Some("2026-03-01T00:00:00"), Some("2026-06-01T00:00:00"), 0);
    let summer = dates(Some("2026-06-01T00:00:00"), Some("2026-09-01T00:00:00"), 0);
    let one = |condition: &Value| when(&json!([condition]));
    let never = expect!["never together"];
    check(&one(&spring), &one(&summer), &never);
    check(
        &one(&dates(None, Some("2026-06-01T00:00:00"), 30)),
        &one(&summer),
        &expect!["stacks by both from 2026-06-01T00:00:00 until 2026-06-01T00:30:00"],
    );
    check(
        &one(&spring),
        &when(&json!([])),
        &expect!["stacks by both from 2026-03-01T00:00:00 until 2026-06-01T00:00:00"],
    );
    check(
        &one(&json!({ "any": [spring, summer] })),
        &one(&dates(Some("2026-05-01T00:00:00"), None, 0)),
        &expect!["stacks by both from 2026-05-01T00:00:00 until 2026-09-01T00:00:00"],
    );
    check(&one(&json!({ "not": spring })), &one(&spring), &never);
    check(
        &one(&json!({ "not": dates(None, Some("2026-05-01T00:00:00"), 0) })),
        &one(&spring),
        &expect!["stacks by both from 2026-05-01T00:00:00 until 2026-06-01T00:00:00"],
    );
}

#[test]
fn hours_of_days() {
    let one = |condition: &Value| when(&json!([condition]));
    let never = expect!["never together"];
    let hours = |days: Value, from: &str, until: &str| json!({ "hours": { "weekdays": days, "from": from, "until": until } });
    let meets = expect!["stacks by both"];
    let weekend = hours(json!([6, 7]), "18:00:00", "21:00:00");
    check(
        &one(&weekend),
        &one(&hours(json!([]), "20:00:00", "22:00:00")),
        &meets,
    );
    check(
        &one(&weekend),
        &one(&hours(json!([]), "21:00:00", "22:00:00")),
        &never,
    );
    check(
        &one(&weekend),
        &one(&hours(json!([1, 2, 3, 4, 5]), "00:00:00", "00:00:00")),
        &never,
    );
    // Past midnight the hours belong to the day on which they began, also from Sunday to Monday.
    let night = hours(json!([7]), "22:00:00", "02:00:00");
    check(
        &one(&night),
        &one(&hours(json!([1]), "01:00:00", "03:00:00")),
        &meets,
    );
    check(
        &one(&night),
        &one(&hours(json!([1]), "02:00:00", "03:00:00")),
        &never,
    );
    check(
        &one(&json!({ "not": night })),
        &one(&hours(json!([1]), "00:00:00", "02:00:00")),
        &never,
    );
    // 2026-11-23 is a Monday.
    let day = json!({ "dates": { "from": "2026-11-23T00:00:00", "until": "2026-11-24T00:00:00" } });
    check(&when(&json!([day, weekend])), &when(&json!([])), &never);
    check(
        &when(&json!([day, night])),
        &when(&json!([])),
        &expect!["stacks by both from 2026-11-23T00:00:00 until 2026-11-24T00:00:00"],
    );
}

#[test]
fn people_and_places() {
    let meets = expect!["stacks by both"];
    let never = expect!["never together"];
    let one = |condition: Value| when(&json!([condition]));
    check(
        &one(json!({ "channel": ["web"] })),
        &one(json!({ "channel": ["till"] })),
        &never,
    );
    check(
        &one(json!({ "channel": ["till", "web"] })),
        &one(json!({ "not": { "channel": ["web"] } })),
        &meets,
    );
    check(
        &one(json!({ "location": [uuid("a")] })),
        &one(json!({ "not": { "location": [uuid("a"), uuid("b")] } })),
        &never,
    );
    check(
        &one(json!({ "tender": ["card"] })),
        &one(json!({ "tender": ["cash"] })),
        &never,
    );
    check(
        &one(json!({ "tender": ["card", "cash"] })),
        &one(json!({ "not": { "tender": ["cash"] } })),
        &meets,
    );
    check(
        &one(json!({ "purchase": 1 })),
        &one(json!({ "purchase": 2 })),
        &never,
    );
    check(
        &one(json!({ "segment": ["gold"] })),
        &one(json!({ "segment": ["staff"] })),
        &meets,
    );
    check(
        &one(json!({ "segment": ["gold"] })),
        &one(json!({ "not": { "segment": ["gold", "staff"] } })),
        &never,
    );
    check(
        &one(json!({ "not": "member" })),
        &one(json!({ "birthday": { "before": 1, "after": 1 } })),
        &never,
    );
    // Each has vouchers of its own.
    check(
        &one(json!("voucher")),
        &one(json!({ "not": "voucher" })),
        &meets,
    );
    check(
        &when(&json!(["voucher", { "not": "voucher" }])),
        &when(&json!([])),
        &never,
    );
    // A choice with too many cases may always meet.
    let choice =
        json!({ "any": [{ "channel": ["web"] }, { "channel": ["web"] }, { "channel": ["web"] }] });
    let many: Vec<&Value> = std::iter::repeat_n(&choice, 6).collect();
    check(
        &when(&json!(many)),
        &one(json!({ "channel": ["till"] })),
        &meets,
    );
}
