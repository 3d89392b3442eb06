//! Pictures of products: what is taken, what is refused before it costs anything, and who is shown what.
use jpeg_encoder::{ColorType, Encoder};
use reqwest::{Response, header};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::browser::{ADMIN, ANN, Browser, Office, TIM, code};
use crate::world::id;

fn jpeg(colour: [u8; 3], width: u16) -> Vec<u8> {
    let mut file = Vec::new();
    let pixels = colour.repeat(usize::from(width) * 200);
    Encoder::new(&mut file, 90)
        .encode(&pixels, width, 200, ColorType::Rgb)
        .unwrap();
    file
}

fn product(number: u64) -> String {
    format!("/v1/products/{}", id(83, number))
}

fn pictures(number: u64) -> String {
    format!("{}/pictures", product(number))
}

fn picture(of: u64, number: u64) -> String {
    format!("{}/{}", pictures(of), id(84, number))
}

async fn made(admin: &Browser, number: u64) {
    let variants: Vec<Value> = ["Red", "Blue"]
        .iter()
        .zip(0..)
        .map(|(colour, place)| {
            json!({ "id": id(85, number * 10 + place), "sku": format!("S{number}-{colour}"), "options": [colour],
                "unit": "piece", "active": true })
        })
        .collect();
    let body = json!({ "name": format!("Shirt {number}"), "variants": variants,
        "options": [{ "name": "Colour", "choices": ["Red", "Blue"] }] });
    assert_eq!(admin.put(&product(number), body).await.0, 200);
}

async fn send(browser: &Browser, path: &str, file: Vec<u8>) -> (u16, Value) {
    let request = reqwest::Client::new()
        .put(format!("http://{}{path}", browser.addr))
        .header(header::COOKIE, browser.cookie.as_deref().unwrap_or("none"))
        .body(file);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn fetch(browser: &Browser, hash: &str, tag: Option<&str>) -> Response {
    let mut request = reqwest::Client::new()
        .get(format!("http://{}/v1/pictures/{hash}", browser.addr))
        .header(header::COOKIE, browser.cookie.as_deref().unwrap_or("none"));
    if let Some(tag) = tag {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    request.send().await.unwrap()
}

fn ids(gallery: &Value) -> Vec<&str> {
    let items = gallery["items"].as_array().unwrap();
    items
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect()
}

const RED: [u8; 3] = [250, 10, 10];
const BLUE: [u8; 3] = [10, 10, 250];

/// Two shirts: the first with a red and a blue picture, the second with the red one.
async fn shirts(office: &Office) -> Browser {
    let admin = office.signed_in(ADMIN).await;
    for (of, number, colour) in [(1, 1, RED), (1, 2, BLUE), (2, 3, RED)] {
        made(&admin, of).await;
        let answer = send(&admin, &picture(of, number), jpeg(colour, 400)).await;
        assert_eq!(answer.0, 200, "{answer:?}");
    }
    admin
}

async fn put(admin: &Browser, version: i64, items: &Value) -> (u16, Value) {
    let body = json!({ "version": version, "items": items });
    admin.put(&pictures(1), body).await
}

async fn files(office: &Office) -> i64 {
    let count = "select count(*) from picture_file";
    office.world.number(count).await
}

#[tokio::test]
async fn a_picture_is_added_once() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    made(&admin, 1).await;
    made(&admin, 2).await;
    let none = admin.read(&pictures(1)).await;
    assert_eq!(none, json!({ "version": null, "items": [] }));
    let red = jpeg(RED, 400);
    let first = send(&admin, &picture(1, 1), red.clone()).await;
    assert_eq!((first.0, &first.1["version"]), (200, &json!(1)));
    let item = &first.1["items"][0];
    assert_eq!(
        (&item["width"], &item["height"]),
        (&json!(400), &json!(200))
    );
    // The answer was lost, and it is sent again; with another file, or for another product, it is something else.
    assert_eq!(send(&admin, &picture(1, 1), red.clone()).await, first);
    for (path, file) in [
        (picture(1, 1), jpeg(BLUE, 40)),
        (picture(2, 1), red.clone()),
    ] {
        let other = send(&admin, &path, file).await;
        assert_eq!(code(&other), (409, "picture.id_reused"));
    }
    let unknown = send(&admin, &picture(9, 5), red.clone()).await;
    assert_eq!(code(&unknown), (404, "product.unknown"));
    // What two products show is kept once.
    assert_eq!(send(&admin, &picture(2, 3), red).await.0, 200);
    assert_eq!(files(&office).await, 2);
}

#[tokio::test]
async fn pictures_are_put_in_order_and_the_second_of_two_people_is_told() {
    let office = Office::open().await;
    let admin = shirts(&office).await;
    let items = json!([
        { "id": id(84, 2), "alt": " Blue, from the front ", "choice": "Blue" },
        { "id": id(84, 1) }]);
    let stale = put(&admin, 1, &items).await;
    assert_eq!(code(&stale), (409, "catalog.edited_meanwhile"));
    assert_eq!(stale.1["figures"]["by"], "Ada");
    let done = put(&admin, 2, &items).await;
    assert_eq!((done.0, &done.1["version"]), (200, &json!(3)), "{done:?}");
    assert_eq!(ids(&done.1), [id(84, 2).to_string(), id(84, 1).to_string()]);
    assert_eq!(done.1["items"][0]["alt"], "Blue, from the front");
    // As it is already, whatever was seen.
    assert_eq!(put(&admin, 2, &items).await, done);
    let listed = admin.read("/v1/products?q=shirt").await;
    assert_eq!(listed["items"][0]["picture"], done.1["items"][0]["small"]);
    for (wrong, expected) in [
        (
            json!([{ "id": id(84, 1), "choice": "Green" }]),
            (422, "picture.choice"),
        ),
        (
            json!([{ "id": id(84, 1), "alt": "x".repeat(501) }]),
            (422, "picture.alt"),
        ),
        (
            json!([{ "id": id(84, 1) }, { "id": id(84, 1) }]),
            (422, "picture.repeated"),
        ),
        (json!([{ "id": id(84, 3) }]), (404, "picture.unknown")),
    ] {
        let answer = put(&admin, 3, &wrong).await;
        assert_eq!(code(&answer), expected);
        let field = answer.1["errors"][0]["field"].as_str().unwrap();
        assert!(field.starts_with("items["), "{field}");
    }
}

#[tokio::test]
async fn a_file_goes_with_the_last_picture_that_shows_it() {
    let office = Office::open().await;
    let admin = shirts(&office).await;
    assert_eq!(files(&office).await, 4);
    // The other product shows the red one still.
    let gone = put(&admin, 2, &json!([])).await;
    assert_eq!((gone.0, &gone.1["version"]), (200, &json!(3)), "{gone:?}");
    assert_eq!(files(&office).await, 2);
    // What somebody has typed about the product meanwhile is not in the way of it.
    let changed = admin.read(&product(1)).await;
    assert_eq!(changed["version"], 1);
    let history = admin
        .read(&format!("/v1/catalog-changes/{}", id(83, 1)))
        .await;
    let history = history["items"].as_array().unwrap();
    let acts: Vec<&Value> = history.iter().map(|one| &one["action"]).collect();
    let pictured = "product.pictured";
    assert_eq!(acts, [pictured, pictured, pictured, "product.created"]);
}

#[tokio::test]
async fn a_file_is_for_whoever_is_signed_in_and_never_changes() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    made(&admin, 1).await;
    let added = send(&admin, &picture(1, 1), jpeg(RED, 1_600)).await;
    let item = &added.1["items"][0];
    assert_eq!(
        (&item["width"], &item["height"]),
        (&json!(1_024), &json!(128))
    );
    let hash = item["small"].as_str().unwrap();
    let ann = office.signed_in(ANN).await;
    let answer = fetch(&ann, hash, None).await;
    assert_eq!(answer.status(), 200);
    let said = |answer: &Response, name: header::HeaderName| {
        answer.headers()[name].to_str().unwrap().to_owned()
    };
    assert_eq!(said(&answer, header::CONTENT_TYPE), "image/jpeg");
    assert_eq!(said(&answer, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(
        said(&answer, header::CONTENT_SECURITY_POLICY),
        "default-src 'none'; sandbox"
    );
    assert_eq!(
        said(&answer, header::CACHE_CONTROL),
        "private, max-age=31536000, immutable"
    );
    let tag = said(&answer, header::ETAG);
    assert_eq!(tag, format!("\"{hash}\""));
    assert!(
        answer
            .bytes()
            .await
            .unwrap()
            .starts_with(&[0xff, 0xd8, 0xff])
    );
    assert_eq!(fetch(&ann, hash, Some(&tag)).await.status(), 304);
    // Also who has no permission that names goods; nobody else.
    let tim = office.signed_in(TIM).await;
    assert_eq!(fetch(&tim, hash, None).await.status(), 200);
    let nobody = office.browser();
    for tag in [None, Some(tag.as_str())] {
        assert_eq!(fetch(&nobody, hash, tag).await.status(), 401);
    }
    for unknown in ["0".repeat(64), hash.to_uppercase(), "no-hash".to_owned()] {
        assert_eq!(fetch(&ann, &unknown, None).await.status(), 404);
    }
    assert_eq!(
        code(&send(&tim, &picture(1, 2), jpeg([0; 3], 40)).await).0,
        403
    );
}

#[tokio::test]
async fn what_is_no_picture_is_refused_with_its_reason() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    made(&admin, 1).await;
    let page = b"<html><script>alert(1)</script></html>".to_vec();
    let mut large = jpeg([0; 3], 40);
    let frame = large
        .windows(2)
        .position(|part| part == [0xff, 0xc0])
        .unwrap();
    large[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
    for (file, expected) in [
        (page, "picture.kind"),
        (Vec::new(), "picture.kind"),
        (b"\x89PNG\r\n\x1a\n".to_vec(), "picture.damaged"),
        (large, "picture.too_many_pixels"),
    ] {
        let answer = send(&admin, &picture(1, 1), file).await;
        assert_eq!(code(&answer), (422, expected));
    }
    let answer = send(&admin, &picture(1, 1), b"GIF89a".to_vec()).await;
    assert_eq!(answer.1["errors"][0]["field"], "body");
    assert_eq!(
        office
            .world
            .number("select count(*) from product_picture")
            .await,
        0
    );
}

/// Says how long it is, sends nothing, and is answered all the same.
#[tokio::test]
async fn forty_megabytes_are_refused_before_they_come() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    made(&admin, 1).await;
    let mut stream = TcpStream::connect(admin.addr).await.unwrap();
    let (path, cookie) = (picture(1, 1), admin.cookie.as_deref().unwrap());
    let head = format!(
        "PUT {path} HTTP/1.1\r\nhost: {}\r\ncookie: {cookie}\r\ncontent-length: 41943040\r\n\r\n",
        admin.addr
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let mut part = [0; 4_096];
    while !answer.contains("body.too_large") {
        let length = stream.read(&mut part).await.unwrap();
        assert!(length > 0, "{answer}");
        answer.push_str(std::str::from_utf8(&part[..length]).unwrap());
    }
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}
