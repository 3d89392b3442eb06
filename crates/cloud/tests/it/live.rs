//! Live messages: at once, only to those who may see them, and none missing or twice after a break.
use std::sync::Arc;
use std::time::Duration;

use cloud::OfficeOptions;
use futures_util::SinkExt;
use httpkit::clock::Clock as _;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use crate::browser::{ADMIN, ANN, BOB, Browser, Office, PAM, SOON, TIM, close_code, next, until};
use crate::world::{Node, id};

const CLOSED_BY_POLICY: u16 = 1008;

fn kind(message: &Value) -> &str {
    message["type"].as_str().unwrap()
}

fn cursor(message: &Value) -> i64 {
    message["cursor"].as_i64().unwrap()
}

fn sales(messages: &[Value]) -> Vec<Uuid> {
    let sales = messages.iter().filter(|message| kind(message) == "sale");
    sales
        .map(|sale| sale["id"].as_str().unwrap().parse().unwrap())
        .collect()
}

fn is_sale(sale: Uuid) -> impl Fn(&Value) -> bool {
    move |message| kind(message) == "sale" && message["id"] == sale.to_string()
}

/// Sells once and lets the cloud know it.
async fn sell(office: &Office, node: &mut Node) -> Uuid {
    let from = i64::try_from(node.log.len()).unwrap() + 1;
    let sale = node.sell(&[(office.world.variants[1], 2, 398)]);
    node.push_from(&office.world.cloud, from).await;
    office.apply().await;
    sale
}

#[tokio::test]
async fn a_sale_is_seen_within_a_second_of_being_accepted() {
    let office = Office::open().await;
    let mut node = office.world.node(0).await;
    let mut page = office.signed_in(ANN).await.live(None).await;
    let hello = next(&mut page).await.unwrap();
    assert_eq!(
        (kind(&hello), &hello["at"]),
        ("hello", &json!("2026-03-02T13:00:00Z"))
    );
    let watch = httpkit::clock::Stopwatch::start();
    let sale = node.sell(&[
        (office.world.variants[1], 2, 398),
        (office.world.variants[2], 1, 100),
    ]);
    // Nobody calls apply here: the workers do.
    node.push_from(&office.world.cloud, 1).await;
    let seen = until(&mut page, is_sale(sale)).await;
    assert!(watch.elapsed() < SOON, "{:?}", watch.elapsed());
    let message = seen.last().unwrap();
    assert_eq!(
        message["location_id"],
        office.world.locations[0].to_string()
    );
    assert_eq!(message["business_date"], "2026-03-02");
    assert_eq!(
        (&message["total_minor"], &message["lines"]),
        (&json!(498), &json!(2))
    );
    assert!(cursor(message) > cursor(&hello));
    let figures = until(&mut page, |message| kind(message) == "overview")
        .await
        .pop()
        .unwrap();
    assert_eq!(
        (&figures["revenue_minor"], &figures["sales"]),
        (&json!(498), &json!(1))
    );
    assert_eq!(
        figures["location_id"],
        office.world.locations[0].to_string()
    );
    // What is told live is what is answered: never older.
    let overview = office.signed_in(ANN).await.read("/v1/overview").await;
    assert_eq!(overview["revenue_minor"], 498);
}

#[tokio::test]
async fn each_sees_their_branches_and_their_figures_only() {
    let office = Office::open().await;
    let (mut a, mut b) = (office.world.node(0).await, office.world.node(1).await);
    let mut station = office.world.node(2).await;
    let mut pages = Vec::new();
    for email in [ANN, BOB, PAM, TIM, ADMIN] {
        pages.push(office.signed_in(email).await.live(None).await);
    }
    let in_a = sell(&office, &mut a).await;
    station.buy(
        office.world.supplier,
        office.world.variants[0],
        5_000,
        1_250,
    );
    station.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    let in_b = sell(&office, &mut b).await;
    // The last message that everybody who sees anything gets, in the order of all.
    let last = json!({ "type": "test", "end": true });
    office
        .meddle(&format!(
            "insert into live_event (location_id, permission, payload, at)
             select id, permission.code, '{last}', '2026-03-02T13:00:00Z' from location, permission
              where permission.code in ('report.purchases', 'sale.create')"
        ))
        .await;
    let mut seen = Vec::new();
    for page in &mut pages {
        seen.push(until(page, |message| message["end"] == true).await);
    }
    let of = |person: usize, field: &str| -> Vec<String> {
        let mut all: Vec<String> = seen[person]
            .iter()
            .filter(|message| kind(message) != "test")
            .filter_map(|message| Some(message[field].as_str()?.to_owned()))
            .collect();
        all.sort();
        all.dedup();
        all
    };
    let place = |number: usize| office.world.locations[number].to_string();
    assert_eq!(
        (of(0, "location_id"), sales(&seen[0])),
        (vec![place(0)], vec![in_a])
    );
    assert_eq!(
        (of(1, "location_id"), sales(&seen[1])),
        (vec![place(1)], vec![in_b])
    );
    assert_eq!(of(2, "type"), ["hello", "overview"]);
    let figures = seen[2].iter().filter(|message| kind(message) == "overview");
    for message in figures {
        assert!(
            message.get("revenue_minor").is_none() && message.get("purchases_minor").is_some(),
            "{message}"
        );
    }
    assert_eq!(of(3, "type"), ["hello"]);
    assert_eq!(
        (
            sales(&seen[4]),
            of(4, "type").contains(&"purchase".to_owned())
        ),
        (vec![in_a, in_b], true)
    );
    assert_eq!(of(4, "location_id"), [place(0), place(1), place(2)]);
}

#[tokio::test]
async fn a_page_that_comes_back_misses_nothing_and_gets_nothing_twice() {
    let office = Office::open().await;
    let mut node = office.world.node(0).await;
    let browser = office.signed_in(ANN).await;
    let mut page = browser.live(None).await;
    next(&mut page).await.unwrap();
    let mut sold = vec![sell(&office, &mut node).await];
    let first = until(&mut page, is_sale(sold[0])).await;
    let mut seen = sales(&first);
    let mut after = cursor(first.last().unwrap());
    drop(page);
    // Sales go on while pages come and go, also in the middle of what they are told.
    for round in 0..6 {
        for _ in 0..(5 * round) {
            sold.push(sell(&office, &mut node).await);
        }
        let mut page = browser.live(Some(after)).await;
        assert_eq!(cursor(&next(&mut page).await.unwrap()), after);
        sold.push(sell(&office, &mut node).await);
        let told = until(&mut page, is_sale(*sold.last().unwrap())).await;
        assert!(
            told.iter().all(|message| kind(message) != "reset"),
            "{told:?}"
        );
        let cursors: Vec<i64> = told.iter().map(cursor).collect();
        assert!(
            cursors.is_sorted_by(|one, next| one < next) && cursors[0] > after,
            "{after}: {cursors:?}"
        );
        seen.extend(sales(&told));
        after = *cursors.last().unwrap();
    }
    assert_eq!(seen, sold);
}

#[tokio::test]
async fn a_page_that_missed_too_much_starts_again() {
    let office = Office::open().await;
    let mut node = office.world.node(0).await;
    for _ in 0..3 {
        sell(&office, &mut node).await;
    }
    let browser = office.signed_in(ANN).await;
    // Everything has its place once a page was told of it.
    let mut page = browser.live(Some(0)).await;
    let newest = sell(&office, &mut node).await;
    until(&mut page, is_sale(newest)).await;
    wait_for("everything is told", async || {
        office
            .world
            .number(
                "select (select count(*) from live_touch) + (select count(*) from live_event where place is null)",
            )
            .await
            == 0
    })
    .await;
    let head = office.world.number("select last from live_head").await;
    office
        .meddle("delete from live_event where place <= 4")
        .await;
    for (after, is_reset) in [
        (3, true),
        (4, false),
        (head, false),
        (head + 1, true),
        (-1, true),
    ] {
        let mut page = browser.live(Some(after)).await;
        next(&mut page).await.unwrap();
        office.meddle(&format!(
                "insert into live_event (location_id, permission, payload, at)
                 values ('{}', 'node.read', '{{\"type\": \"node\", \"id\": \"x\"}}', '2026-03-02T13:00:00Z')",
                office.world.locations[0]
            ))
            .await;
        let told = next(&mut page).await.unwrap();
        assert_eq!(
            kind(&told) == "reset",
            is_reset,
            "after {after} of {head}: {told}"
        );
        if after == head + 1 {
            assert!(cursor(&told) >= head, "{told}");
        }
        // Make it the same for the next one.
        office.meddle(&format!("delete from live_event where place > {head} or place is null; update live_head set last = {head}"))
            .await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test]
async fn a_page_closes_when_its_session_ends() {
    let office = Office::open().await;
    let mut signed_out = office.signed_in(ANN).await;
    let mut one = signed_out.live(None).await;
    next(&mut one).await.unwrap();
    signed_out.sign_out().await;
    assert_eq!(close_code(&mut one).await, CLOSED_BY_POLICY);

    let mut other = office.signed_in(BOB).await.live(None).await;
    next(&mut other).await.unwrap();
    // Another instance, or an administrator, ends it.
    office.meddle("delete from session").await;
    assert_eq!(close_code(&mut other).await, CLOSED_BY_POLICY);
}

#[tokio::test]
async fn a_permission_that_is_taken_away_ends_its_messages() {
    let office = Office::open().await;
    let mut node = office.world.node(0).await;
    let mut page = office.signed_in(ANN).await.live(None).await;
    let mut admin = office.signed_in(ADMIN).await.live(None).await;
    let before = sell(&office, &mut node).await;
    until(&mut page, is_sale(before)).await;
    office.meddle(&format!(
            "delete from staff_grant where staff_id = '{}';
             insert into staff_grant select '{}', '{}', id, '{}', '-infinity', null from role where code = 'purchase_clerk'",
            id(3, 101),
            id(90, 1),
            id(3, 101),
            office.world.locations[0]
        ))
        .await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let after = sell(&office, &mut node).await;
    until(&mut admin, is_sale(after)).await;
    let figures = until(&mut page, |message| {
        message.get("purchases_minor").is_some()
    })
    .await;
    let missed = figures.iter().all(|message| {
        message["id"] != after.to_string() && message.get("revenue_minor").is_none()
    });
    // The first figures, of the sale before, may still be on their way.
    let newer: Vec<&Value> = figures
        .iter()
        .filter(|message| message["sales"] == 2)
        .collect();
    assert!(missed || newer.is_empty(), "{figures:?}");
    assert!(!sales(&figures).contains(&after), "{figures:?}");
}

#[tokio::test]
async fn pages_of_other_sites_and_strangers_are_refused() {
    let office = Office::open().await;
    let browser = office.signed_in(ANN).await;
    let own = format!("http://{}", browser.addr);
    browser.try_live(None, Some(&own)).await.unwrap();
    let mut stranger = Browser::at(browser.addr);
    stranger.cookie = Some("branchline_office=forged".to_owned());
    for (browser, origin, status) in [
        (&browser, Some("https://evil.example"), 403),
        (&browser, Some("null"), 403),
        (&stranger, None, 401),
        (&Browser::at(browser.addr), Some(own.as_str()), 401),
    ] {
        let refused = browser.try_live(None, origin).await.unwrap_err();
        let tokio_tungstenite::tungstenite::Error::Http(response) = refused else {
            panic!("{origin:?}: {refused}");
        };
        assert_eq!(response.status().as_u16(), status, "{origin:?}");
    }
    let (status, problem) = browser.get("/v1/live").await;
    assert_eq!(
        (status, &problem["code"]),
        (426, &json!("websocket.required"))
    );
}

#[tokio::test]
async fn a_page_that_does_not_read_is_dropped() {
    const MESSAGES: usize = 150;
    let office = Office::open().await;
    let mut page = office.signed_in(ANN).await.live(None).await;
    // More than the buffers of both ends hold.
    let large = json!({ "type": "test", "text": "x".repeat(200_000) });
    office
        .meddle(&format!(
            "insert into live_event (location_id, permission, payload, at)
             select '{}', 'node.read', '{large}', '2026-03-02T13:00:00Z' from generate_series(1, {MESSAGES})",
            office.world.locations[0]
        ))
        .await;
    tokio::time::sleep(Duration::from_secs(8)).await;
    let mut seen = 0;
    while next(&mut page).await.is_some() {
        seen += 1;
    }
    assert!(
        seen < MESSAGES,
        "a page that takes nothing is kept for ever"
    );
}

#[tokio::test]
async fn a_page_that_talks_is_not_listened_to_and_the_end_of_the_server_is_told() {
    let office = Office::open().await;
    let mut page = office.signed_in(ANN).await.live(None).await;
    next(&mut page).await.unwrap();
    page.send(Message::text("let me in")).await.unwrap();
    let mut node = office.world.node(0).await;
    let sale = sell(&office, &mut node).await;
    until(&mut page, is_sale(sale)).await;
    let (stopped, code) = tokio::join!(office.running.stop(), close_code(&mut page));
    let () = stopped;
    assert_eq!(code, 1001);
}

#[tokio::test]
async fn instances_tell_each_other_over_redis_and_do_without() {
    let redis = Redis::start();
    let options = OfficeOptions {
        redis: Some(redis.url()),
        ..OfficeOptions::default()
    };
    let office = Office::with(options.clone()).await;
    let second = office.second(options).await;
    let browser = office.signed_in(ANN).await;
    let there = browser.moved_to(second.addr);
    let mut page = there.live(None).await;
    next(&mut page).await.unwrap();
    let mut node = office.world.node(0).await;
    wait_for("both instances listen", async || {
        redis
            .ask(&["PUBSUB", "NUMSUB", "branchline:live"])
            .ends_with("2\n")
    })
    .await;
    let hints = metric(&office, "cloud_live_hints_total").await;
    let sale = sell(&office, &mut node).await;
    until(&mut page, is_sale(sale)).await;
    wait_for("a hint arrives", async || {
        metric(&office, "cloud_live_hints_total").await > hints
    })
    .await;

    // What one instance has computed, the other one finds.
    assert_eq!(browser.read("/v1/overview").await["revenue_minor"], 398);
    assert_eq!(
        redis.ask(&["KEYS", "branchline:figures:*"]).lines().count(),
        1
    );
    let found = metric(&office, "cloud_cache_lookups_total{found=\"redis\"}").await;
    assert_eq!(there.read("/v1/overview").await["revenue_minor"], 398);
    assert_eq!(
        metric(&office, "cloud_cache_lookups_total{found=\"redis\"}").await,
        found + 1
    );

    // Redis goes away: everything works on, and it is counted.
    drop(redis);
    let failures = metric(&office, "cloud_redis_failures_total").await;
    let sale = sell(&office, &mut node).await;
    until(&mut page, is_sale(sale)).await;
    assert_eq!(browser.read("/v1/overview").await["revenue_minor"], 796);
    assert_eq!(there.read("/v1/overview").await["revenue_minor"], 796);
    assert!(metric(&office, "cloud_redis_failures_total").await > failures);
    second.stop().await;
}

#[tokio::test]
async fn a_grant_that_ends_or_begins_by_its_time_reaches_open_pages_at_that_time() {
    let office = Office::open().await;
    let mut page = office.signed_in(TIM).await.live(None).await;
    next(&mut page).await.unwrap();
    let admin = office.signed_in(ADMIN).await;
    let now = office.world.clock.now();
    let at = |millis| (now + SignedDuration::from_millis(millis)).to_string();
    let path = format!("/v1/staff/{}/grants/{}", id(3, 104), id(8, 900));
    let grant = json!({
        "role_id": id(6, 11), "valid_from": at(400), "valid_until": at(3_000), "reason": "for a moment",
    });
    assert_eq!(admin.put(&path, grant).await.0, 200);
    let may = |message: &Value| {
        kind(message) == "session"
            && message["permissions"]
                .as_array()
                .unwrap()
                .contains(&json!("report.purchases"))
    };
    // The clock of the business moves with that of the test.
    let clock = Arc::clone(&office.world.clock);
    let watch = httpkit::clock::Stopwatch::start();
    let ticking = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            clock.set(now + SignedDuration::try_from(watch.elapsed()).unwrap());
        }
    });
    until(&mut page, may).await;
    let began = watch.elapsed();
    until(&mut page, |message| {
        kind(message) == "session" && !may(message)
    })
    .await;
    let ended = watch.elapsed();
    ticking.abort();
    let after = Duration::from_millis;
    // Not before its time, and by itself: how fast is the browser tests' to say, on a machine that may be busy here.
    assert!(after(400) <= began && began < after(3_000), "{began:?}");
    assert!(after(3_000) <= ended, "{ended:?}");
}

async fn wait_for(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..100 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}: not within five seconds");
}

/// A counter of this process, as `/metrics` tells it.
async fn metric(office: &Office, name: &str) -> i64 {
    let url = format!("http://{}/metrics", office.running.addr);
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        .map(|value| value.parse::<i64>().unwrap())
        .sum()
}

/// A real Redis of this test alone, on a private port, that keeps nothing.
struct Redis {
    server: std::process::Child,
    port: u16,
    _home: tempfile::TempDir,
}

impl Redis {
    fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let home = tempfile::tempdir().unwrap();
        let server = std::process::Command::new("redis-server")
            .args([
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--port",
            ])
            .arg(port.to_string())
            .current_dir(home.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("redis-server is installed: `make setup` does it");
        let redis = Self {
            server,
            port,
            _home: home,
        };
        for _ in 0..100 {
            if redis.ask(&["PING"]) == "PONG\n" {
                return redis;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("redis-server does not answer");
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// What `redis-cli` prints.
    fn ask(&self, command: &[&str]) -> String {
        let output = std::process::Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(command)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
