//! Drafts as people send them: what is refused, by code and field, and that what is kept has one form.
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Composed, bounds, composed_of, promotion_of, reference};

fn composed(value: Value) -> Composed {
    match value {
        Value::Object(fields) => fields,
        other => panic!("{other} is no draft"),
    }
}

/// A draft with one effect and more.
fn draft(effect: Value, more: Value) -> Composed {
    let mut draft = composed(json!({ "name": "Tea", "effects": [effect] }));
    draft.extend(composed(more));
    draft
}

fn percent(off: i64) -> Value {
    json!({ "percent": { "off": off } })
}

/// Code and field of the refusal.
fn check(draft: &Composed, expected: &Expect) {
    let said = match promotion_of(Uuid::nil(), 1, draft) {
        Ok(_) => "it is one".to_owned(),
        Err(crate::error::Error::Problem(problem)) => {
            let fields = problem.errors.iter();
            let fields: Vec<&str> = fields.map(|error| error.field.as_str()).collect();
            format!("{} {}", problem.code, fields.join(" "))
        }
        Err(other) => panic!("{other}"),
    };
    expected.assert_eq(&said);
}

#[test]
fn a_refusal_names_the_field() {
    let none = || json!({});
    check(&draft(percent(1_000), none()), &expect!["it is one"]);
    check(
        &draft(percent(15_000), none()),
        &expect!["promotion.invalid effects[0].off"],
    );
    check(
        &draft(percent(100_000), none()),
        &expect!["promotion.draft effects[0].off"],
    );
    check(
        &draft(percent(0), none()),
        &expect!["promotion.invalid effects[0].off"],
    );
    check(
        &draft(percent(1_000), json!({ "limits": { "units": 0 } })),
        &expect!["promotion.invalid limits.units"],
    );
    check(
        &draft(
            percent(1_000),
            json!({ "when": [{ "dates": { "from": "2026-12-02T00:00:00", "until": "2026-12-01T00:00:00" } }] }),
        ),
        &expect!["promotion.invalid when[0]"],
    );
    check(
        &draft(percent(1_000), json!({ "name": " " })),
        &expect!["promotion.invalid name"],
    );
    check(
        &draft(json!({ "price": { "price": 10.5 } }), none()),
        &expect!["promotion.draft effects[0].price"],
    );
    check(
        &draft(json!({ "price": { "price": -1 } }), none()),
        &expect!["promotion.invalid effects[0].price"],
    );
    check(
        &draft(json!({ "raffle": {} }), none()),
        &expect!["promotion.draft effects[0]"],
    );
    check(
        &draft(percent(1_000), json!({ "colour": "red" })),
        &expect!["promotion.draft colour"],
    );
    check(
        &draft(percent(1_000), json!({ "version": 7 })),
        &expect!["promotion.draft version"],
    );
    check(
        &composed(json!({ "name": "Tea" })),
        &expect!["promotion.draft "],
    );
}

#[test]
fn the_same_content_has_one_form() {
    let tags = |tags: Value| {
        let of = json!({ "tags": tags });
        draft(
            json!({ "percent": { "off": 500, "target": { "of": of } } }),
            json!({ "name": " Tea " }),
        )
    };
    let one = promotion_of(Uuid::nil(), 3, &tags(json!(["b", "a", "b"]))).unwrap();
    let other = promotion_of(Uuid::nil(), 4, &tags(json!(["a", "b"]))).unwrap();
    assert_eq!(composed_of(&one), composed_of(&other));
    assert_eq!((one.version(), other.version()), (3, 4));
    let again = promotion_of(Uuid::nil(), 3, &composed_of(&one)).unwrap();
    assert_eq!(again, one);
}

#[test]
fn the_narrowest_of_several_dates_counts() {
    let when = json!({ "when": [
        { "dates": { "from": "2026-12-01T00:00:00", "until": "2026-12-24T00:00:00" } },
        "member",
        { "dates": { "from": "2026-12-05T00:00:00" } },
        { "dates": { "until": "2026-12-20T12:00:00" } },
    ] });
    let promotion = promotion_of(Uuid::nil(), 1, &draft(percent(500), when)).unwrap();
    let (from, until) = bounds(promotion.draft());
    let said = |at: Option<jiff::civil::DateTime>| at.map(|at| at.to_string());
    assert_eq!(said(from).as_deref(), Some("2026-12-05T00:00:00"));
    assert_eq!(said(until).as_deref(), Some("2026-12-20T12:00:00"));
    let always = promotion_of(Uuid::nil(), 1, &draft(percent(500), json!({}))).unwrap();
    assert_eq!(bounds(always.draft()), (None, None));
}

#[test]
fn what_is_named_is_found_wherever_it_stands() {
    let id = |number: u128| Uuid::from_u128(number);
    let products = |number: u128| json!({ "products": [id(number)] });
    let draft = composed(json!({
        "name": "All",
        "when": [
            { "location": [id(1)] },
            { "quantity": { "of": products(2), "at_least": 1 } },
            { "any": ["member", { "not": { "location": [id(3)] } }] },
        ],
        "effects": [
            { "percent": { "off": 500, "target": { "of": { "every": [products(4), { "except": { "variants": [id(5)] } }] } } } },
            { "bundle": { "parts": [{ "count": 1 }, { "of": { "categories": [id(6)] }, "count": 1 }],
                          "reward": { "on": "all", "off": { "percent": 500 } } } },
            { "gift": { "variant": id(7) } },
            { "points": { "earn": { "fixed": 1 }, "of": products(8) } },
            { "percent": { "off": 500, "target": { "of": { "any": [{ "brands": ["Kim"] }, { "tags": ["new"] }] } } } },
        ],
    }));
    let promotion = promotion_of(Uuid::nil(), 1, &draft).unwrap();
    let named = reference::named(promotion.draft());
    let said: Vec<String> = named
        .iter()
        .map(|one| {
            let id: Result<Uuid, _> = one.name.parse();
            let name = id.map_or_else(|_| one.name.clone(), |id| id.as_u128().to_string());
            format!("{} {} {name}", one.field, one.kind)
        })
        .collect();
    expect![[r"
        when[0] location 1
        when[1] product 2
        when[2] location 3
        effects[0].target.of product 4
        effects[0].target.of variant 5
        effects[1].parts[1].of category 6
        effects[2].variant variant 7
        effects[3].of product 8
        effects[4].target.of brand Kim
        effects[4].target.of tag new"]]
    .assert_eq(&said.join("\n"));
}
