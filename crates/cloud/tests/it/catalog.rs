//! The catalogue at the office: products as documents, two people at one of them, the tree, price lists, and what the
//! shops get of it.
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::browser::{ADMIN, ANN, Browser, Office, TIM, code};
use crate::world::id;

/// The list that every company has.
const STANDARD: &str = "/v1/price-lists/01900000-0000-7000-8000-000000000001";

fn shirt() -> Value {
    let sizes = ["S", "M", "L"];
    let cells = sizes
        .iter()
        .flat_map(|size| ["Red", "Blue"].map(|colour| (*size, colour)));
    let variants: Vec<Value> = (0..)
        .zip(cells)
        .map(|(number, (size, colour))| {
            json!({ "id": id(80, number), "sku": format!("TS-{size}-{colour}"), "options": [size, colour],
                "unit": "piece", "active": true })
        })
        .collect();
    json!({ "name": "T-shirt", "tags": ["summer"], "variants": variants, "options": [
        { "name": "Size", "choices": sizes }, { "name": "Colour", "choices": ["Red", "Blue"] }] })
}

fn path() -> String {
    format!("/v1/products/{}", id(81, 1))
}

async fn made(admin: &Browser) -> Value {
    let answer = admin.put(&path(), shirt()).await;
    assert_eq!(answer.0, 200, "{answer:?}");
    answer.1
}

/// A product as it was read, as it is sent back.
fn edited(product: &Value, change: impl Fn(&mut Value)) -> Value {
    let mut product = product.clone();
    product.as_object_mut().unwrap().remove("id");
    change(&mut product);
    product
}

#[tokio::test]
async fn a_product_is_one_document_and_the_second_of_two_people_is_told() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let product = made(&admin).await;
    assert_eq!(product["version"], 1);
    assert_eq!(product["variants"][3]["name"], "T-shirt, M, Blue");
    // The answer was lost, and it is sent again.
    assert_eq!(made(&admin).await, product);

    let first = edited(&product, |one| one["description"] = "Cotton".into());
    let answer = admin.put(&path(), first).await;
    assert_eq!(
        (answer.0, &answer.1["version"]),
        (200, &json!(2)),
        "{answer:?}"
    );
    let second = edited(&product, |one| one["name"] = "Tee".into());
    let answer = admin.put(&path(), second).await;
    assert_eq!(code(&answer), (409, "catalog.edited_meanwhile"));
    let figures = &answer.1["figures"];
    assert_eq!(
        (&figures["by"], &figures["fields"]),
        (&json!("Ada"), &json!("description"))
    );

    // A variant that is left out is retired, and is still there.
    let now = admin.read(&path()).await;
    let fewer = edited(&now, |one| {
        one["variants"].as_array_mut().unwrap().pop();
    });
    let answer = admin.put(&path(), fewer).await;
    let variants = answer.1["variants"].as_array().unwrap();
    let active = variants.iter().filter(|one| one["active"] == true).count();
    assert_eq!(
        (answer.0, variants.len(), active),
        (200, 6, 5),
        "{answer:?}"
    );
    let history = admin
        .read(&format!("/v1/catalog-changes/{}", id(81, 1)))
        .await;
    let actions: Vec<&str> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        ["product.changed", "product.changed", "product.created"]
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_product_is_said_by_field() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    made(&admin).await;
    let other = format!("/v1/products/{}", id(81, 2));
    let one = |change: &dyn Fn(&mut Value)| {
        let mut body = json!({ "name": "Mug", "variants": [
            { "id": id(82, 1), "sku": "MUG", "unit": "piece", "active": true }] });
        change(&mut body["variants"][0]);
        body
    };
    let barcode = |text: &str| json!([{ "code": text, "quantity": 1 }]);
    let good = one(&|variant| variant["barcodes"] = barcode("036000291452"));
    assert_eq!(admin.put(&other, good).await.0, 200);
    let third = format!("/v1/products/{}", id(81, 3));
    for (body, expected) in [
        (
            one(&|variant| variant["sku"] = "TS-S-Red".into()),
            (409, "variant.elsewhere"),
        ),
        (
            one(&|variant| {
                variant["id"] = json!(id(82, 2));
                variant["sku"] = "TS-S-Red".into();
            }),
            (409, "variant.sku_taken"),
        ),
        (
            one(&|variant| {
                variant["id"] = json!(id(82, 2));
                variant["sku"] = "M2".into();
                variant["barcodes"] = barcode("0036000291452");
            }),
            (409, "barcode.taken"),
        ),
        (
            one(&|variant| variant["barcodes"] = barcode("4006381333932")),
            (422, "barcode.check_digit"),
        ),
        (
            one(&|variant| variant["options"] = json!(["L"])),
            (422, "variant.choice"),
        ),
        (
            one(&|variant| variant["unit"] = "stone".into()),
            (422, "variant.unit"),
        ),
        (
            one(&|variant| {
                variant["id"] = json!(id(82, 3));
                variant["sku"] = "M3".into();
                variant["tax_id"] = json!(id(9, 9));
            }),
            (404, "tax.unknown"),
        ),
    ] {
        let answer = admin.put(&third, body).await;
        assert_eq!(code(&answer), expected, "{answer:?}");
    }
    let answer = admin
        .put(
            &third,
            one(&|variant| {
                variant["id"] = json!(id(82, 2));
                variant["sku"] = "TS-S-Red".into();
            }),
        )
        .await;
    assert_eq!(answer.1["figures"]["name"], "T-shirt, S, Red");
}

#[tokio::test]
async fn what_a_variant_is_counted_in_never_changes_and_not_everybody_may_ask() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let other = format!("/v1/products/{}", id(81, 2));
    let body = json!({ "name": "Mug", "variants": [
        { "id": id(82, 1), "sku": "MUG", "unit": "piece", "active": true }] });
    assert_eq!(admin.put(&other, body).await.0, 200);
    let mug = admin.read(&other).await;
    let answer = admin
        .put(
            &other,
            edited(&mug, |one| one["variants"][0]["unit"] = "gram".into()),
        )
        .await;
    assert_eq!(code(&answer), (422, "variant.unit_frozen"));
    // Sees the catalogue, and does not change it.
    let tim = office.signed_in(TIM).await;
    assert_eq!(
        code(&tim.get("/v1/products").await),
        (403, "permission.denied")
    );
    assert_eq!(
        code(&tim.put(&other, mug).await),
        (403, "permission.denied")
    );
}

#[tokio::test]
async fn products_are_found_by_the_beginnings_of_words_without_accents() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    for (number, name) in (0..).zip(["Áo thun đỏ", "Ao dai", "เสื้อยืดสีแดง", "Red shirt"])
    {
        let body = json!({ "name": name, "variants": [
            { "id": id(83, number), "sku": format!("X-{number}"), "unit": "piece", "active": number != 3 }] });
        let answer = admin
            .put(&format!("/v1/products/{}", id(84, number)), body)
            .await;
        assert_eq!(answer.0, 200, "{answer:?}");
    }
    for (asked, expected) in [
        ("q=ao", vec!["Ao dai", "Áo thun đỏ"]),
        ("q=do%20a", vec!["Áo thun đỏ"]),
        ("q=%E0%B9%81%E0%B8%94%E0%B8%87", vec!["เสื้อยืดสีแดง"]),
        ("q=x-1", vec!["Ao dai"]),
        ("q=red", vec![]),
        ("q=red&state=all", vec!["Red shirt"]),
    ] {
        let list = admin.read(&format!("/v1/products?{asked}")).await;
        let names: Vec<&str> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected, "{asked}");
    }
    let first = admin.read("/v1/products?limit=3").await;
    let rest = admin
        .read(&format!(
            "/v1/products?limit=50&cursor={}",
            first["next"].as_str().unwrap()
        ))
        .await;
    // Twelve of the company and three that are sold.
    assert_eq!(rest["items"].as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn a_category_is_not_below_itself() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let put = async |number: u64, body: Value| {
        admin
            .put(&format!("/v1/categories/{}", id(85, number)), body)
            .await
    };
    assert_eq!(put(1, json!({ "name": "Food" })).await.0, 200);
    assert_eq!(
        put(2, json!({ "name": "Fruit", "parent": id(85, 1) }))
            .await
            .0,
        200
    );
    assert_eq!(
        put(3, json!({ "name": "Apples", "parent": id(85, 2) }))
            .await
            .0,
        200
    );
    let looped = put(
        1,
        json!({ "version": 1, "name": "Food", "parent": id(85, 3) }),
    )
    .await;
    assert_eq!(code(&looped), (409, "category.loop"));
    let own = put(
        1,
        json!({ "version": 1, "name": "Food", "parent": id(85, 1) }),
    )
    .await;
    assert_eq!(code(&own), (409, "category.loop"));
    assert_eq!(
        code(&put(4, json!({ "name": "fruit", "parent": id(85, 1) })).await),
        (409, "category.name_taken")
    );
    assert_eq!(put(4, json!({ "name": "Fruit" })).await.0, 200);
    assert_eq!(
        code(&put(5, json!({ "name": "X", "parent": id(85, 9) })).await),
        (404, "category.unknown")
    );
    let stale = put(
        2,
        json!({ "version": 7, "name": "Obst", "parent": id(85, 1) }),
    )
    .await;
    assert_eq!(code(&stale), (409, "catalog.edited_meanwhile"));
    let ann = office.signed_in(ANN).await;
    assert_eq!(
        code(&ann.get("/v1/categories").await),
        (403, "permission.denied")
    );
}

/// What the shops are told that it costs.
async fn at_tills(office: &Office) -> (Option<String>, i64) {
    let said = "select coalesce(state ->> 'unit_price', '-') || ' ' || (state ->> 'price_version') from reference_entity
        where feed = 'variant' and entity = '{}'";
    let text = office
        .world
        .text(&said.replace("{}", &id(5, 1).to_string()))
        .await;
    let (price, version) = text.split_once(' ').unwrap();
    (
        (price != "-").then(|| price.to_owned()),
        version.parse().unwrap(),
    )
}

/// So many hours later, with what they have changed published.
async fn pass(office: &Office, hours: i64) {
    office
        .world
        .clock
        .advance(SignedDuration::from_hours(hours));
    let publish = cloud::job::NewJob {
        kind: cloud::job::Kind::ReferenceDue,
        payload: json!({}),
        dedupe_key: None,
        run_at: jiff::Timestamp::UNIX_EPOCH,
    };
    let world = &office.world;
    world
        .cloud
        .tx("test", cloud::Actor::Service("test"), async |tx| {
            cloud::job::enqueue(tx, &publish).await
        })
        .await
        .unwrap();
    while world.number("select count(*) from job").await > 0 {
        cloud::job::round(&world.cloud).await.unwrap();
    }
}

/// Sets a price of one variant; how many have changed.
async fn set(admin: &Browser, list: &str, amount: Value, from: Option<&str>) -> u64 {
    let body = json!({ "valid_from": from, "prices": [
            { "variant_id": id(5, 1), "amount": amount, "per_quantity": 1 }] });
    let answer = admin.put(&format!("{list}/prices"), body).await;
    assert_eq!(answer.0, 200, "{answer:?}");
    answer.1["changed"].as_u64().unwrap()
}

#[tokio::test]
async fn a_price_is_a_new_version_and_the_list_that_counts_most_is_at_the_till() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let price = |text: &str| Some(text.to_owned());
    assert_eq!(at_tills(&office).await, (price("1.99"), 1));
    assert_eq!(set(&admin, STANDARD, "1.990".into(), None).await, 0);
    office.world.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(set(&admin, STANDARD, "2.49".into(), None).await, 1);
    assert_eq!(at_tills(&office).await, (price("2.49"), 2));
    // For later, twice: the second replaces the first.
    assert_eq!(
        set(
            &admin,
            STANDARD,
            "3.00".into(),
            Some("2026-03-03T00:00:00Z")
        )
        .await,
        1
    );
    assert_eq!(
        set(
            &admin,
            STANDARD,
            "3.10".into(),
            Some("2026-03-03T00:00:00Z")
        )
        .await,
        1
    );
    assert_eq!(at_tills(&office).await, (price("2.49"), 2));

    let list = |number: u64| format!("/v1/price-lists/{}", id(86, number));
    let tet = |code: &str, from: &str, until: &str| {
        json!({ "code": code, "name": code, "tax_included": false,
        "priority": 5, "valid_from": from, "valid_until": until })
    };
    let backwards = admin
        .put(
            &list(1),
            tet("tet", "2026-03-04T00:00:00Z", "2026-03-03T12:00:00Z"),
        )
        .await;
    assert_eq!(code(&backwards), (422, "price_list.ends_first"));
    let body = tet("tet", "2026-03-03T12:00:00Z", "2026-03-04T00:00:00Z");
    assert_eq!(admin.put(&list(1), body).await.0, 200);
    let body = tet("other", "2026-03-03T23:00:00Z", "2026-03-05T00:00:00Z");
    let overlapping = admin.put(&list(2), body).await;
    assert_eq!(code(&overlapping), (409, "price_list.overlap"));
    assert_eq!(overlapping.1["figures"]["code"], "tet");
    assert_eq!(set(&admin, &list(1), "2.00".into(), None).await, 1);
    assert_eq!(at_tills(&office).await, (price("2.49"), 2));

    // The scheduled price, then the list with the tax on top, then the standard one again.
    pass(&office, 12).await;
    assert_eq!(at_tills(&office).await, (price("3.10"), 4));
    pass(&office, 12).await;
    assert_eq!(at_tills(&office).await, (price("2.14"), 5));
    pass(&office, 12).await;
    assert_eq!(at_tills(&office).await, (price("3.10"), 4));
    assert_eq!(set(&admin, STANDARD, Value::Null, None).await, 1);
    assert_eq!(at_tills(&office).await, (None, 0));
    let history = admin
        .read(&format!("/v1/variants/{}/prices", id(5, 1)))
        .await;
    assert_eq!(history["items"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_list_of_codes_is_looked_up_at_once() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let with_barcodes = edited(&made(&admin).await, |one| {
        let barcode = |code: &str| json!([{ "code": code, "quantity": 1 }]);
        one["variants"][0]["barcodes"] = barcode("4006381333931");
        one["variants"][1]["barcodes"] = barcode("036000291452");
    });
    let answer = admin.put(&path(), with_barcodes).await;
    assert_eq!(answer.0, 200, "{answer:?}");
    // As people have them: another case, spaces, a zero that a spreadsheet put before or took off.
    let codes = [
        " ts-m-RED",
        "4006381333931",
        "0036000291452",
        "TS-M",
        "",
        "ts-l-blue",
        "ts-l-blue",
    ];
    let post = async |codes: Value| {
        admin
            .post("/v1/variants/find", Some(json!({ "codes": codes })))
            .await
    };
    let (status, found) = post(json!(codes)).await;
    assert_eq!(status, 200, "{found}");
    let found: Vec<(&str, &str)> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["code"].as_str().unwrap(), one["sku"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            (" ts-m-RED", "TS-M-Red"),
            ("4006381333931", "TS-S-Red"),
            ("0036000291452", "TS-S-Blue"),
            ("ts-l-blue", "TS-L-Blue"),
            ("ts-l-blue", "TS-L-Blue"),
        ]
    );
    let many = post(json!(vec!["X"; 5_001])).await;
    assert_eq!(code(&many), (422, "variant.too_many_codes"));
}
