//! Printers that print, and all that printers do instead: be off, out of paper, silent, talk nonsense, hang up.
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use edge::testkit;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use uuid::Uuid;

use crate::support::{TestShop, Till, count, new_id, told};

/// What a printer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// Answers questions, and says when it is done.
    Well,
    NoPaper,
    Mute,
    Garbage,
    /// Takes so many bytes of a document and hangs up.
    HangsUp(usize),
    /// Does all that it should, in its own time.
    Slow,
}

/// A printer that keeps what it was sent, one entry for each connection that brought a document.
struct Fake {
    port: u16,
    mood: Arc<Mutex<Mood>>,
    papers: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Fake {
    async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let fake = Self {
            port: listener.local_addr().unwrap().port(),
            mood: Arc::new(Mutex::new(mood)),
            papers: Arc::default(),
        };
        let (mood, papers) = (Arc::clone(&fake.mood), Arc::clone(&fake.papers));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mood = *mood.lock().unwrap();
                let paper = match mood {
                    Mood::Slow => serve_slowly(stream).await,
                    _ => serve(stream, mood).await,
                };
                if !paper.is_empty() {
                    papers.lock().unwrap().push(paper);
                }
            }
        });
        fake
    }

    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn papers(&self) -> Vec<Vec<u8>> {
        self.papers.lock().unwrap().clone()
    }

    fn at(&self) -> Value {
        printer(self.port)
    }
}

fn printer(port: u16) -> Value {
    json!({ "host": "127.0.0.1", "port": port, "width": "mm80", "language": "vi",
            "has_drawer": true, "has_knife": true, "is_automatic": true })
}

/// What came on one connection, without the questions.
async fn serve(mut stream: tokio::net::TcpStream, mood: Mood) -> Vec<u8> {
    let mut paper = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut chunk).await {
        for part in split(&chunk[..read]) {
            match (part, mood) {
                ([0x10, 4, _], Mood::Well | Mood::HangsUp(_)) => {
                    stream.write_all(&[0x12]).await.unwrap();
                }
                ([0x10, 4, 4], Mood::NoPaper) => stream.write_all(&[0x72]).await.unwrap(),
                ([0x10, 4, _], Mood::NoPaper) => stream.write_all(&[0x12]).await.unwrap(),
                ([0x10, 4, _], Mood::Garbage) => stream.write_all(b"?").await.unwrap(),
                ([0x10, 4, _], Mood::Mute) => {}
                ([0x1d, b'r', 1], _) => stream.write_all(&[0]).await.unwrap(),
                (bytes, _) => paper.extend_from_slice(bytes),
            }
        }
        if matches!(mood, Mood::HangsUp(most) if paper.len() >= most) {
            break;
        }
    }
    paper
}

/// The same of a printer that takes a kilobyte in two hundredths of a second.
async fn serve_slowly(mut stream: tokio::net::TcpStream) -> Vec<u8> {
    const DONE: [u8; 3] = [0x1d, b'r', 1];
    let mut paper = Vec::new();
    let mut chunk = [0; 1024];
    while let Ok(read @ 1..) = stream.read(&mut chunk).await {
        let bytes = &chunk[..read];
        if paper.is_empty() && bytes.len() == 12 && bytes.starts_with(&[0x10, 4]) {
            stream.write_all(&[0x12; 4]).await.unwrap();
            continue;
        }
        paper.extend_from_slice(bytes);
        tokio::time::sleep(Duration::from_millis(20)).await;
        if paper.ends_with(&DONE) {
            paper.truncate(paper.len() - DONE.len());
            stream.write_all(&[0]).await.unwrap();
        }
    }
    paper
}

/// Questions apart from what is between them. Rasters hold such bytes too, but never where these tests look.
fn split(bytes: &[u8]) -> Vec<&[u8]> {
    if bytes.len() == 12 && bytes.starts_with(&[0x10, 4]) {
        return bytes.chunks(3).collect();
    }
    match bytes.strip_suffix(&[0x1d, b'r', 1]) {
        Some([]) | None => vec![bytes],
        Some(before) => vec![before, &bytes[before.len()..]],
    }
}

async fn set(till: &Till, number: usize, printer: Value) {
    let register = testkit::register_id(number).as_uuid();
    let answer = till.put(&format!("/v1/printers/{register}"), printer).await;
    assert_eq!(answer.0, 204, "{answer:?}");
}

/// The first print of the queue once it stands so.
async fn until(till: &Till, state: &str, reason: Option<&str>) -> Value {
    for _ in 0..600 {
        let (_, list) = till.get("/v1/prints").await;
        let first = &list["items"][0];
        if first["state"] == state && first["reason"].as_str() == reason {
            return first.clone();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!(
        "never {state} {reason:?}: {:?}",
        till.get("/v1/prints").await
    );
}

async fn sell(till: &Till) -> Uuid {
    let sale = new_id();
    let answer = till.sell(sale, &[("COLA", 1)], 200).await;
    assert_eq!(answer.0, 201, "{answer:?}");
    sale
}

fn has(paper: &[u8], bytes: &[u8]) -> bool {
    paper.windows(bytes.len()).any(|window| window == bytes)
}

#[tokio::test]
async fn a_sale_is_printed_once_and_the_drawer_opens() {
    let (shop, fake) = (TestShop::start().await, Fake::start(Mood::Well).await);
    let till = shop.open_till(1).await;
    set(&till, 1, fake.at()).await;
    let sale = sell(&till).await;
    // The till did not hear the answer, and says it again.
    assert_eq!(till.sell(sale, &[("COLA", 1)], 200).await.0, 200);
    let print = until(&till, "printed", None).await;
    assert_eq!(
        (&print["what"], &print["copy"]),
        (&json!("sale"), &json!(0))
    );
    let papers = fake.papers();
    assert_eq!(papers.len(), 1);
    assert!(
        papers[0].starts_with(&[0x1b, b'@', 0x1b, b'p', 0, 25, 250]),
        "the drawer opens first"
    );
    assert!(has(&papers[0], b"\x1dv0") && papers[0].ends_with(&[0x1d, b'V', 66, 0]));
    let number = print["name"].as_str().unwrap();
    assert!(
        has(&papers[0], number.as_bytes()),
        "its QR code is the number"
    );

    // Once more is a copy, counted, and the head office hears of it.
    let first = format!("/v1/sales/{sale}/prints/{}", new_id());
    assert_eq!(
        told(&till.put(&first, json!({})).await),
        "409 print.printed_before {}"
    );
    let copy = format!("/v1/sales/{sale}/copies/{}", new_id());
    assert_eq!(till.put(&copy, json!({})).await.0, 201);
    assert_eq!(till.put(&copy, json!({})).await.0, 200);
    let told_of: i64 =
        shop.value("select count(*) from outbox where header like '%receipt.reprinted%'");
    assert_eq!(told_of, 1);
    for _ in 0..600 {
        if fake.papers().len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let papers = fake.papers();
    assert_eq!(papers.len(), 2);
    assert!(!has(&papers[1], &[0x1b, b'p', 0]), "a copy opens no drawer");
    assert!(
        papers[1].len() > papers[0].len(),
        "it says that it is a copy"
    );
}

#[tokio::test]
async fn printers_that_do_not_talk_print_too() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    for mood in [Mood::Mute, Mood::Garbage] {
        let fake = Fake::start(mood).await;
        set(&till, 1, fake.at()).await;
        sell(&till).await;
        until(&till, "printed", None).await;
        assert_eq!(fake.papers().len(), 1, "{mood:?}");
    }
}

#[tokio::test]
async fn a_slow_printer_holds_nobody_up_and_prints_each_sale_once() {
    let (shop, fake) = (TestShop::start().await, Fake::start(Mood::Slow).await);
    let till = shop.open_till(1).await;
    set(&till, 1, fake.at()).await;
    sell(&till).await;
    until(&till, "printing", None).await;
    sell(&till).await;
    let list = till.get("/v1/prints").await.1;
    let mut states = [0, 1].map(|index| list["items"][index]["state"].as_str().unwrap());
    states.sort_unstable();
    assert_eq!(states, ["printing", "waiting"], "{list}");
    while fake.papers().len() < 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    until(&till, "printed", None).await;
    let papers = fake.papers();
    assert_eq!(papers.len(), 2);
    let is_cut = |paper: &Vec<u8>| has(paper, &[0x1d, b'V']);
    assert!(papers.iter().all(is_cut), "each is whole, to its end");
}

#[tokio::test]
async fn without_paper_it_waits_and_is_printed_once() {
    let (shop, fake) = (TestShop::start().await, Fake::start(Mood::NoPaper).await);
    let till = shop.open_till(1).await;
    set(&till, 1, fake.at()).await;
    sell(&till).await;
    until(&till, "waiting", Some("no_paper")).await;
    fake.set(Mood::Well);
    until(&till, "printed", None).await;
    assert_eq!(fake.papers().len(), 1);
}

#[tokio::test]
async fn what_waits_for_a_printer_that_is_off_goes_to_another() {
    let (shop, fake) = (TestShop::start().await, Fake::start(Mood::Well).await);
    let till = shop.open_till(1).await;
    set(&till, 1, printer(1)).await;
    set(&till, 2, fake.at()).await;
    sell(&till).await;
    let print = until(&till, "waiting", Some("off")).await;
    let path = format!("/v1/prints/{}/decision", print["id"].as_str().unwrap());
    let answer = till.put(&path, json!({ "decision": "move" })).await;
    assert_eq!(
        told(&answer),
        r#"422 printer.invalid {"field":"register_id"}"#
    );
    let to = testkit::register_id(2).as_uuid();
    assert_eq!(
        till.put(&path, json!({ "decision": "move", "register_id": to }))
            .await
            .0,
        200
    );
    until(&till, "printed", None).await;
    // Another customer's is not wanted any more.
    sell(&till).await;
    let print = until(&till, "waiting", Some("off")).await;
    let path = format!("/v1/prints/{}/decision", print["id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(till.put(&path, json!({ "decision": "skip" })).await.0, 200);
    }
    assert_eq!(
        told(&till.put(&path, json!({ "decision": "again" })).await),
        "409 print.not_open {}"
    );
    assert_eq!(fake.papers().len(), 1);
}

#[tokio::test]
async fn what_broke_off_is_printed_again_only_by_a_person_and_as_a_copy() {
    let (shop, fake) = (
        TestShop::start().await,
        Fake::start(Mood::HangsUp(2_000)).await,
    );
    let till = shop.open_till(1).await;
    set(&till, 1, fake.at()).await;
    sell(&till).await;
    let print = until(&till, "failed", Some("lost")).await;
    assert_eq!(print["is_uncertain"], true);
    fake.set(Mood::Well);
    let path = format!("/v1/prints/{}/decision", print["id"].as_str().unwrap());
    let (status, again) = till.put(&path, json!({ "decision": "again" })).await;
    assert_eq!((status, &again["copy"]), (200, &json!(1)), "{again}");
    until(&till, "printed", None).await;
    assert_eq!(fake.papers().len(), 2);
}

#[tokio::test]
async fn what_was_under_way_when_the_computer_stopped_is_not_printed_twice() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    set(&till, 1, printer(1)).await;
    sell(&till).await;
    until(&till, "waiting", Some("off")).await;
    let shop = shop
        .restart_after(|folder| {
            let file = rusqlite::Connection::open(folder.join("shop.db")).unwrap();
            let under_way = "update print_job set state = 'printing', reason = null";
            assert_eq!(file.execute(under_way, []).unwrap(), 1);
        })
        .await;
    let till = shop.till();
    till.sign_in(testkit::manager_id(), 1).await;
    let print = until(&till, "failed", Some("interrupted")).await;
    assert_eq!(print["is_uncertain"], true);
}

#[tokio::test]
async fn reports_labels_and_test_pages_are_printed() {
    let (shop, fake) = (TestShop::start().await, Fake::start(Mood::Well).await);
    let till = shop.open_till(1).await;
    let nothing = till
        .put(
            &format!("/v1/shifts/{}/x-reports/{}", till.shift, new_id()),
            json!({}),
        )
        .await;
    assert_eq!(told(&nothing), "409 print.no_printer {}");
    set(&till, 1, fake.at()).await;
    count(&till, &[("COLA", 5)]).await;
    let register = testkit::register_id(1).as_uuid();
    let cola = testkit::variant_id("COLA").as_uuid();
    for (path, body) in [
        (
            format!("/v1/shifts/{}/x-reports/{}", till.shift, new_id()),
            json!({}),
        ),
        (
            format!("/v1/variants/{cola}/labels/{}", new_id()),
            json!({ "label": "shelf" }),
        ),
        (
            format!("/v1/variants/{cola}/labels/{}", new_id()),
            json!({ "label": "item" }),
        ),
        (
            format!("/v1/printers/{register}/tests/{}", new_id()),
            json!({}),
        ),
    ] {
        let answer = till.put(&path, body).await;
        assert_eq!(answer.0, 201, "{path}: {answer:?}");
    }
    for _ in 0..600 {
        if fake.papers().len() == 4 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(fake.papers().len(), 4, "{:?}", till.get("/v1/prints").await);
    let answer = till
        .put(
            &format!("/v1/variants/{}/labels/{}", new_id(), new_id()),
            json!({ "label": "item" }),
        )
        .await;
    assert_eq!(told(&answer), "404 print.nothing {}");
}

#[tokio::test]
async fn a_slip_goes_with_cash_and_a_second_z_report_is_a_copy() {
    let (shop, fake) = (TestShop::start().await, Fake::start(Mood::Well).await);
    let till = shop.open_till(1).await;
    let mut by_hand = fake.at();
    by_hand["is_automatic"] = json!(false);
    set(&till, 1, by_hand).await;
    let path = format!("/v1/shifts/{}/drops/{}", till.shift, new_id());
    let drop = json!({ "amount_minor": 5_000, "reason": "safe" });
    assert_eq!(till.put(&path, drop).await.0, 201);
    until(&till, "printed", None).await;
    let kick = [0x1b, b'p', 0];
    let slip = fake.papers().remove(0);
    assert!(slip.windows(3).any(|three| three == kick), "it opens");

    let path = format!("/v1/shifts/{}/close", till.shift);
    let closed = till.post(&path, json!({ "counted_minor": 5_000 })).await;
    assert_eq!(closed.0, 200, "{closed:?}");
    for _ in 0..600 {
        if fake.papers().len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let print = |what: &str| format!("/v1/shifts/{}/{what}/{}", till.shift, new_id());
    let again = till.put(&print("z-reports"), json!({})).await;
    assert_eq!(told(&again), "409 print.printed_before {}");
    let (status, copy) = till.put(&print("z-report-copies"), json!({})).await;
    assert_eq!(
        (status, &copy["copy"], &copy["name"], &copy["what"]),
        (201, &json!(1), &json!("Z 1"), &json!("z_report"))
    );
    let gone = till.put(&print("x-reports"), json!({})).await;
    assert_eq!(told(&gone), "404 print.nothing {}");
    let told_of = "select count(*) from outbox where header like '%receipt.reprinted%'";
    assert_eq!(shop.value::<i64>(told_of), 1, "the office hears of a copy");
}

#[tokio::test]
async fn bad_settings_name_what_is_wrong() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let path = format!("/v1/printers/{}", testkit::register_id(1).as_uuid());
    for (field, value, expected) in [
        (
            "host",
            json!("http://evil/"),
            r#"422 printer.invalid {"field":"host"}"#,
        ),
        ("host", json!(""), r#"422 printer.invalid {"field":"host"}"#),
        ("port", json!(0), r#"422 printer.invalid {"field":"port"}"#),
        ("width", json!("mm40"), "422 body.invalid"),
    ] {
        let mut printer = printer(9100);
        printer[field] = value;
        let answer = told(&till.put(&path, printer).await);
        assert!(answer.starts_with(expected), "{field}: {answer}");
    }
    let unknown = till
        .put(&format!("/v1/printers/{}", new_id()), printer(9100))
        .await;
    assert_eq!(told(&unknown), "404 register.unknown {}");
    let head = till
        .put(
            "/v1/letterhead",
            json!({ "tax_number": "0101234567", "logo": "R0lGODlh" }),
        )
        .await;
    assert_eq!(told(&head), "422 logo.not_png {}");
    let head = json!({ "tax_number": "0101234567", "logo": null });
    assert_eq!(till.put("/v1/letterhead", head.clone()).await.0, 204);
    // A logo that is not named is a mistake: it would be taken away.
    let half = json!({ "tax_number": "" });
    assert_eq!(till.put("/v1/letterhead", half).await.0, 422);
    assert_eq!(till.get("/v1/letterhead").await, (200, head));
}
