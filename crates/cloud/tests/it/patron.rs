//! Customers whom the chain knows: one person under one id, seen as far as somebody may, and forgotten when they ask.
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::body::{Document as _, PatronRegistered, SaleClosed};
use wire::patron::Letter;

use crate::browser::{ADMIN, ANN, BOB, Browser, Office, PAM, code};
use crate::world::{Node, id, moves, sale_body};

const PHONE: &str = "+12125550123";

fn letter(patron: Uuid, name: &str) -> Letter {
    Letter {
        patron,
        phone: PHONE.to_owned(),
        name: name.to_owned(),
        email: None,
        note: String::new(),
    }
}

/// Sends letters as a node does.
async fn tell(office: &Office, node: &Node, letters: &[Letter]) -> (u16, Value) {
    let path = format!("/v1/nodes/{}/patrons", node.id);
    let body = json!({ "letters": letters }).to_string().into_bytes();
    let signature = wire::signature::sign(&node.key, "POST", &path, &body);
    let response = reqwest::Client::new()
        .post(format!("http://{}{path}", office.running.addr))
        .header("branchline-node", node.id.to_string())
        .header("branchline-signature", signature)
        .body(body)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

fn registered(node: &mut Node, patron: Uuid, marketing: Option<bool>) {
    let body = PatronRegistered {
        patron,
        shift: node.shift,
        marketing,
    };
    let header = node.header(
        node.fact(),
        PatronRegistered::KIND,
        PatronRegistered::VERSION,
    );
    node.record(&header, &body);
}

/// Somebody buys one of a thing.
fn sold(node: &mut Node, variant: Uuid, patron: Uuid) {
    let mut header = node.header(node.fact(), SaleClosed::KIND, SaleClosed::VERSION);
    header.moves = moves([(variant, -1)]);
    let mut body = sale_body(node.shift, header.seq, &[(variant, 1, 199)]);
    body.patron = Some(patron);
    node.record(&header, &body);
}

/// What the shops are told of somebody; the first none: nothing yet.
async fn published(office: &Office, patron: Uuid) -> String {
    let statement = format!(
        "select coalesce(max(coalesce(state::text, 'gone')), 'nothing') from reference_entity
          where feed = 'patron' and entity = '{patron}'"
    );
    office.world.text(&statement).await
}

async fn search(browser: &Browser, q: &str) -> Vec<Value> {
    let (status, body) = browser
        .post("/v1/patron-searches", Some(json!({ "q": q })))
        .await;
    assert_eq!(status, 200, "{body}");
    body["items"].as_array().unwrap().clone()
}

/// Two shops, on their own, enter the same person; A's letter comes first.
async fn two_shops() -> (Office, Uuid, Uuid) {
    let office = Office::open().await;
    let (mut a, mut b) = (office.world.node(0).await, office.world.node(1).await);
    let (of_a, of_b) = (id(95, 1), id(95, 2));
    let variant = office.world.variants[1];
    registered(&mut a, of_a, Some(true));
    sold(&mut a, variant, of_a);
    registered(&mut b, of_b, Some(false));
    sold(&mut b, variant, of_b);
    a.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    assert_eq!(
        published(&office, of_a).await,
        "nothing",
        "nobody knows who yet"
    );
    let taken = tell(&office, &a, &[letter(of_a, "Anna Brown")]).await;
    assert_eq!(taken, (200, json!({ "taken": 1 })));
    // At B the letter comes before the event.
    let mut again = letter(of_b, "Ana Brown");
    again.email = Some("anna@example.org".to_owned());
    tell(&office, &b, &[again.clone(), again]).await;
    b.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    (office, of_a, of_b)
}

#[tokio::test]
async fn one_person_entered_by_two_shops_is_one() {
    let (office, of_a, of_b) = two_shops().await;
    let admin = office.signed_in(ADMIN).await;
    let found = search(&admin, "0123").await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["id"], json!(of_a));
    assert_eq!(found[0]["name"], "Anna Brown", "the first letter's");
    assert_eq!(found[0]["phone"], PHONE);
    assert_eq!(
        found[0]["email"], "anna@example.org",
        "what the first did not know"
    );
    assert_eq!(found[0]["marketing"], false, "a no stays a no");
    for patron in [of_a, of_b] {
        let page = admin.read(&format!("/v1/patrons/{patron}")).await;
        assert_eq!(page["id"], json!(of_a));
        assert_eq!(page["aliases"][0]["id"], json!(of_b));
        assert_eq!(
            page["sales"].as_array().unwrap().len(),
            2,
            "of both branches"
        );
        assert_eq!(page["consents"].as_array().unwrap().len(), 2);
    }
    let state: Value = serde_json::from_str(&published(&office, of_a).await).unwrap();
    assert_eq!(
        (&state["name"], &state["tail"]),
        (&json!("A. Brown"), &json!("123"))
    );
    assert!(!state.to_string().contains("555"), "{state}");
    let alias: Value = serde_json::from_str(&published(&office, of_b).await).unwrap();
    assert_eq!(alias, json!({ "into": of_a }));
    let merged = office
        .world
        .number("select count(*) from audit where action = 'patron.merged'")
        .await;
    assert_eq!(merged, 1, "the letter came twice");
}

#[tokio::test]
async fn a_branch_sees_its_own_sales_of_a_customer() {
    let (office, of_a, _) = two_shops().await;
    for (who, branch) in [(ANN, "Branch A"), (BOB, "Branch B")] {
        let browser = office.signed_in(who).await;
        let page = browser.read(&format!("/v1/patrons/{of_a}")).await;
        let sales = page["sales"].as_array().unwrap();
        assert_eq!(sales.len(), 1, "{who}: {sales:?}");
        assert_eq!(sales[0]["location_name"], branch);
        let body = json!({ "version": page["version"], "name": "X", "phone": null, "email": null, "marketing": null });
        let refused = browser.put(&format!("/v1/patrons/{of_a}"), body).await;
        assert_eq!(code(&refused), (403, "permission.denied"));
    }
    let pam = office.signed_in(PAM).await;
    let refused = pam
        .told(Method::GET, &format!("/v1/patrons/{of_a}"), None)
        .await;
    assert_eq!(code(&refused), (403, "permission.denied"));
}

#[tokio::test]
async fn somebody_without_the_permission_sees_the_last_digits_only() {
    let (office, of_a, _) = two_shops().await;
    office
        .meddle("delete from role_permission where permission in ('customer.contact', 'customer.manage')")
        .await;
    let admin = office.signed_in(ADMIN).await;
    for seen in [
        search(&admin, "Brown").await[0].clone(),
        admin.read(&format!("/v1/patrons/{of_a}")).await,
    ] {
        assert_eq!(seen["phone"], "···123");
        assert_eq!(
            (&seen["email"], &seen["masked"]),
            (&Value::Null, &json!(true))
        );
    }
    // Nor does a search say one digit after the other.
    for (digits, found) in [
        ("123", 1),
        ("0123", 1),
        ("50123", 0),
        ("5550123", 0),
        ("2125550123", 1),
    ] {
        assert_eq!(search(&admin, digits).await.len(), found, "{digits}");
    }
}

#[tokio::test]
async fn the_office_enters_and_changes_customers() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let path = format!("/v1/patrons/{}", id(95, 1));
    let mut body = json!({ "name": " Lan  Nguyễn", "phone": "(646) 555-0199", "email": "Lan@Example.org", "note": "",
                           "marketing": true });
    let entered = admin.put(&path, body.clone()).await;
    assert_eq!(
        (entered.0, &entered.1["version"]),
        (200, &json!(1)),
        "{entered:?}"
    );
    assert_eq!(search(&admin, "nguyen").await[0]["phone"], "+16465550199");
    for (field, value, expected) in [
        ("name", json!(""), "patron.name"),
        ("phone", json!("12"), "patron.phone"),
        ("email", json!("lan"), "patron.email"),
        ("note", json!("x".repeat(501)), "patron.note"),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value;
        wrong["version"] = json!(1);
        assert_eq!(code(&admin.put(&path, wrong).await), (422, expected));
    }
    let other = format!("/v1/patrons/{}", id(95, 2));
    assert_eq!(
        code(&admin.put(&other, body.clone()).await),
        (409, "patron.known")
    );
    body["marketing"] = json!(false);
    body["version"] = json!(1);
    assert_eq!(admin.put(&path, body.clone()).await.0, 200);
    body["name"] = json!("Somebody");
    assert_eq!(
        code(&admin.put(&path, body).await),
        (409, "catalog.edited_meanwhile")
    );
    let entry = office
        .world
        .text("select detail::text from audit where action = 'patron.changed'")
        .await;
    assert!(
        entry.contains("marketing") && !entry.contains("Lan"),
        "{entry}"
    );
    assert_eq!(
        admin.read(&path).await["consents"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn one_who_asks_for_it_is_forgotten_and_their_sales_stay() {
    let (office, of_a, of_b) = two_shops().await;
    let admin = office.signed_in(ADMIN).await;
    let path = format!("/v1/patrons/{of_a}/erasure");
    let body = Some(json!({ "reason": "by letter" }));
    let erased = admin.post(&path, body.clone()).await;
    assert_eq!(erased.0, 200, "{erased:?}");
    assert_eq!(admin.post(&path, body).await, erased, "a repeat");
    assert_eq!(published(&office, of_a).await, "gone");
    assert!(search(&admin, "").await.is_empty());
    let page = admin.read(&format!("/v1/patrons/{of_a}")).await;
    assert_eq!((&page["name"], &page["phone"]), (&json!(""), &Value::Null));
    assert_eq!(page["sales"].as_array().unwrap().len(), 2);
    let left = office
        .world
        .number(
            "select (select count(*) from patron p where p::text like '%Brown%' or p::text like '%555%')
                  + (select count(*) from inbox where convert_from(body, 'utf8') like '%Brown%')
                  + (select count(*) from audit a where a::text like '%Brown%' or a::text like '%5550123%')
                  + (select count(*) from reference_entity e where e.feed = 'patron' and e.state::text like '%Brown%')",
        )
        .await;
    assert_eq!(left, 0, "nothing says who they were");
    // A letter that was late says nothing to anybody, and the number may be somebody's again.
    let node = office.world.node(2).await;
    tell(
        &office,
        &node,
        &[letter(of_a, "Anna Brown"), letter(of_b, "Anna Brown")],
    )
    .await;
    assert!(search(&admin, "").await.is_empty());
    tell(&office, &node, &[letter(id(95, 3), "Bill Black")]).await;
    assert_eq!(search(&admin, "0123").await[0]["name"], "Bill Black");
}

#[tokio::test]
async fn reading_many_is_noted() {
    let office = Office::open().await;
    office
        .meddle(
            "insert into patron (id, name, words, is_told, registered_at)
             select md5(n::text)::uuid, 'P ' || n, search_words('P ' || n), true, moment() from generate_series(1, 25) n",
        )
        .await;
    let admin = office.signed_in(ADMIN).await;
    assert_eq!(search(&admin, "P 7").await.len(), 1);
    let noted = "select count(*) from audit where action = 'patron.listed'";
    assert_eq!(office.world.number(noted).await, 0);
    let mut seen = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let body = json!({ "limit": 10, "cursor": cursor });
        let page = admin.post("/v1/patron-searches", Some(body)).await.1;
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].to_string()),
        );
        cursor = page["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 25, "each once");
    assert_eq!(
        office.world.number(noted).await,
        2,
        "small pages are many when one goes on"
    );
    assert_eq!(search(&admin, "").await.len(), 25);
    assert_eq!(office.world.number(noted).await, 3);
}

#[tokio::test]
async fn two_letters_of_one_number_at_once_make_one_person() {
    let office = Office::open().await;
    let (a, b) = (office.world.node(0).await, office.world.node(1).await);
    let (of_a, of_b) = (id(95, 1), id(95, 2));
    let (at_a, at_b) = ([letter(of_a, "Anna Brown")], [letter(of_b, "Ana Brown")]);
    let (first, second) = tokio::join!(tell(&office, &a, &at_a), tell(&office, &b, &at_b));
    assert_eq!((first.0, second.0), (200, 200), "{first:?} {second:?}");
    let admin = office.signed_in(ADMIN).await;
    assert_eq!(search(&admin, "555 0123").await.len(), 1);
    let merged = "select count(*) from patron_alias";
    assert_eq!(office.world.number(merged).await, 1);
}

#[tokio::test]
async fn customers_are_found_by_the_words_and_the_end_of_the_number() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    for (number, name, phone) in [
        (1, "Nguyễn Thị Lan", "+84 901 234 567"),
        (2, "สมหญิง ใจดี", "+66 81-234-5678"),
        (3, "Ann O'Hara", "212.555.0199"),
    ] {
        let body = json!({ "name": name, "phone": phone, "email": null, "marketing": null });
        let answer = admin
            .put(&format!("/v1/patrons/{}", id(95, number)), body)
            .await;
        assert_eq!(answer.0, 200, "{answer:?}");
    }
    for (q, expected) in [
        ("lan ngu", "+84901234567"),
        ("090 123 4567", "+84901234567"),
        ("0084901234567", "+84901234567"),
        ("567", "+84901234567"),
        ("ใจ", "+66812345678"),
        ("081 234 5678", "+66812345678"),
        ("hara", "+12125550199"),
        ("(212) 555-0199", "+12125550199"),
    ] {
        let found = search(&admin, q).await;
        assert_eq!(found.len(), 1, "{q}: {found:?}");
        assert_eq!(found[0]["phone"], expected, "{q}");
    }
    for nobody in ["lana", "5670", "%", "_", "?"] {
        assert!(search(&admin, nobody).await.is_empty(), "{nobody}");
    }
}
