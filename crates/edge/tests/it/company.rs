//! A cloud of a few lines for one shop. What it does with a push is decided by the real rules (`wire::accept`); what it
//! keeps is in memory, and it can be told to go wrong.
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query, Request, State, WebSocketUpgrade, ws::Message as Frame},
    http::{HeaderMap, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use edge::testkit;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast;
use wire::{
    accept::{Decision, Offer, Place, Status, decide},
    batch::{Batch, Credit, Reply},
    command::{
        Allow, Allowance, Ask, Borrow, Command, Commands, Grant, Line, MAX_COMMANDS, Message,
        Recall, ResolveVoucher, ResolvedVoucher,
    },
    enrol::{Enrol, Enrolled, Location},
    event::{Hash, Header, Record},
    patron::{Letter, Letters, LettersTaken},
    recovery::{Records, Salvage, Salvaged},
    reference::{Entity, Feed, FeedPage},
    signature,
};

use crate::support::{TestShop, Till};

/// A one-time code that enrols or replaces.
pub const CODE: &str = "ABCD-1234";

/// A handle on the cloud.
#[derive(Clone)]
pub struct Company(Arc<Inner>);

struct Inner {
    state: Mutex<Held>,
    wake: broadcast::Sender<&'static str>,
}

/// What it holds and how it behaves.
pub struct Held {
    /// By epoch, from 1.
    pub keys: Vec<String>,
    pub place: Place,
    /// The log of the accepted epoch.
    pub events: Vec<Record>,
    /// Epoch, number and record of what came to salvage.
    pub salvage: Vec<(i64, i64, Record)>,
    pub claims: Vec<Line>,
    pub commands: Vec<Message>,
    pub recalls: Vec<Recall>,
    /// What may be borrowed of every variant.
    pub unsold: i64,
    /// What may be borrowed of every limit.
    pub allowed: i64,
    /// What was asked for of limits.
    pub wanted: Vec<Ask>,
    /// What codes stand for.
    pub vouchers: BTreeMap<String, ResolvedVoucher>,
    /// All codes are refused for so many seconds.
    pub vouchers_locked: Option<u32>,
    pub incarnation_of_commands: Option<i64>,
    pub epoch_of_commands: Option<i64>,
    /// Pushes with events, as they were sent.
    pub pushes: Vec<Vec<u8>>,
    pub compressed: usize,
    pub refused: usize,
    pub pulls: usize,
    pub down: bool,
    pub lose_the_next_answer: bool,
    pub forgotten: bool,
    pub max_events: usize,
    pub safe_seq: i64,
    pub variants: Vec<Entity>,
    /// What was told of customers.
    pub letters: Vec<Letter>,
    /// What is answered to them instead of taking them.
    pub letters_refused: Option<StatusCode>,
    /// Answers to the next pushes, whatever they say: status, content type, body.
    pub odd: VecDeque<(u16, &'static str, String)>,
    /// Feeds that were pulled, in order.
    pub feeds: Vec<Feed>,
    /// What is asked, in order.
    pub asked: Vec<&'static str>,
    /// Everything that came, whatever it was.
    pub requests: usize,
    /// Shops on the line that wakes.
    pub listeners: usize,
}

impl Company {
    pub async fn start() -> (Self, String) {
        let company = Self(Arc::new(Inner {
            state: Mutex::new(Held {
                keys: Vec::new(),
                place: Place {
                    epoch: 1,
                    status: Status::Active,
                    last_seq: 0,
                    last_hash: Hash::GENESIS,
                    incarnation: 1,
                    frozen: false,
                },
                events: Vec::new(),
                salvage: Vec::new(),
                claims: Vec::new(),
                commands: Vec::new(),
                recalls: Vec::new(),
                unsold: 0,
                allowed: 0,
                wanted: Vec::new(),
                vouchers: BTreeMap::new(),
                vouchers_locked: None,
                letters: Vec::new(),
                letters_refused: None,
                incarnation_of_commands: None,
                epoch_of_commands: None,
                pushes: Vec::new(),
                compressed: 0,
                refused: 0,
                pulls: 0,
                down: false,
                lose_the_next_answer: false,
                forgotten: false,
                max_events: 500,
                safe_seq: 0,
                variants: testkit::Stock::default().variants,
                odd: VecDeque::new(),
                feeds: Vec::new(),
                asked: Vec::new(),
                requests: 0,
                listeners: 0,
            }),
            wake: broadcast::Sender::new(8),
        }));
        let router = Router::new()
            .route("/v1/enrol", post(enrol))
            .route("/v1/nodes/{node}/events", post(events))
            .route("/v1/nodes/{node}/commands", get(commands))
            .route("/v1/nodes/{node}/borrow", post(borrow))
            .route("/v1/nodes/{node}/vouchers", post(vouchers))
            .route("/v1/nodes/{node}/records", get(records))
            .route("/v1/nodes/{node}/salvage", post(salvage))
            .route("/v1/nodes/{node}/reference", get(reference))
            .route("/v1/nodes/{node}/patrons", post(patrons))
            .route("/v1/nodes/{node}/wake", get(wake))
            .layer(middleware::from_fn_with_state(company.clone(), noticed))
            .with_state(company.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (company, url)
    }

    pub fn held<T>(&self, look: impl FnOnce(&mut Held) -> T) -> T {
        look(&mut self.0.state.lock().unwrap())
    }

    pub fn wake(&self, what: &'static str) {
        let _ = self.0.wake.send(what);
    }

    /// Waits until it is so.
    pub async fn until(&self, what: &str, is_so: impl Fn(&Held) -> bool) {
        for _ in 0..600 {
            if self.held(|held| is_so(held)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let events = self.held(|held| {
            held.headers()
                .iter()
                .map(|it| it.kind.clone())
                .collect::<Vec<_>>()
        });
        panic!("{what}: it holds {events:?}");
    }

    /// Waits until it holds so many events.
    pub async fn has(&self, events: usize) {
        self.until(&format!("{events} events"), |held| {
            held.events.len() >= events
        })
        .await;
    }

    /// Puts a message into the stream of commands.
    pub fn command(&self, name: &str, command: &Command) {
        let (kind, body) = command.write();
        self.held(|held| {
            let idx = i64::try_from(held.commands.len()).unwrap() + 1;
            held.commands.push(Message {
                idx,
                id: testkit::id::<()>(name).as_uuid(),
                kind: kind.to_owned(),
                body,
            });
        });
    }

    fn is_signed(&self, method: &str, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> bool {
        let keys = self.held(|held| held.keys.clone());
        let path = uri.path_and_query().unwrap().as_str();
        let text = headers[signature::SIGNATURE_HEADER].to_str().unwrap();
        let is_signed = keys.iter().any(|key| {
            let key = signature::public_key(key).unwrap();
            signature::verify(&key, method, path, body, text).is_ok()
        });
        if !is_signed {
            self.held(|held| held.refused += 1);
        }
        is_signed
    }
}

/// A grant of one variant.
pub fn grant(sku: &str, quantity: i64) -> Command {
    Command::Grant(Grant {
        lines: vec![line(sku, quantity)],
        reason: "manual".to_owned(),
    })
}

pub fn line(sku: &str, quantity: i64) -> Line {
    Line {
        variant: testkit::variant_id(sku).as_uuid(),
        quantity,
    }
}

impl Held {
    /// The headers of the log.
    pub fn headers(&self) -> Vec<Header> {
        self.events.iter().map(|it| it.open().unwrap()).collect()
    }

    /// The types of the log's events.
    pub fn kinds(&self) -> Vec<String> {
        self.headers()
            .into_iter()
            .map(|header| header.kind)
            .collect()
    }

    /// The cloud goes back to when it held so many events.
    pub fn restore_backup(&mut self, events: usize) {
        self.events.truncate(events);
        self.place.last_seq = i64::try_from(events).unwrap();
        self.place.last_hash = self.events.last().map_or(Hash::GENESIS, |last| last.hash);
    }

    fn decided(&mut self, batch: &Batch) -> Reply {
        let opened = batch.clone().open().unwrap();
        match decide(&self.place, &Offer::of(batch), &opened) {
            Decision::Take { from } => {
                for event in opened.into_iter().skip(from) {
                    self.place.last_seq = event.seq;
                    self.place.last_hash = event.record.hash;
                    if event
                        .header
                        .as_ref()
                        .is_ok_and(|it| it.incarnation == Some(self.place.incarnation))
                    {
                        self.place.frozen = false;
                    }
                    self.events.push(event.record);
                }
                self.ack()
            }
            Decision::Compare { seq, hash } => {
                let ours = self.events[usize::try_from(seq - 1).unwrap()].hash;
                if ours == hash {
                    self.ack()
                } else {
                    self.place.status = Status::FencedFork;
                    Reply::Fork { seq }
                }
            }
            Decision::Fork { seq } => {
                self.place.status = Status::FencedFork;
                Reply::Fork { seq }
            }
            Decision::Salvage => Reply::Fenced {
                epoch: batch.epoch,
                reason: "the office says that the edge is lost".to_owned(),
                incarnation: self.place.incarnation,
            },
            Decision::WentBack { beyond } => {
                self.place.incarnation = self.place.incarnation.max(beyond) + 1;
                self.place.frozen = true;
                self.rebase()
            }
            Decision::Rebase => self.rebase(),
            Decision::Adopt { .. } => unreachable!("no test restores a cloud to before an epoch"),
            Decision::Gap { expected } => Reply::Gap { expected },
        }
    }

    fn rebase(&self) -> Reply {
        Reply::Rebase {
            incarnation: self.place.incarnation,
            last_seq: self.place.last_seq,
        }
    }

    fn ack(&self) -> Reply {
        Reply::Ack {
            ack_seq: self.place.last_seq,
            ack_hash: self.place.last_hash,
            safe_seq: self.safe_seq,
            credit: Credit {
                max_events: self.max_events,
                ..Credit::default()
            },
            server_time: crate::support::MORNING.parse().unwrap(),
            quarantined: vec![],
        }
    }
}

async fn noticed(State(company): State<Company>, request: Request, next: Next) -> Response {
    company.held(|held| held.requests += 1);
    next.run(request).await
}

fn problem(status: StatusCode, code: &'static str) -> Response {
    httpkit::problem::Problem::new(status, code, code).into_response()
}

async fn enrol(State(company): State<Company>, Json(request): Json<Enrol>) -> Response {
    if request.code != CODE {
        return problem(StatusCode::NOT_FOUND, "enrolment.code_unknown");
    }
    let (epoch, incarnation, claims) = company.held(|held| {
        held.forgotten = false;
        if let Some(known) = held.keys.iter().position(|key| *key == request.public_key) {
            let epoch = i64::try_from(known).unwrap() + 1;
            return (epoch, held.place.incarnation, held.claims.clone());
        }
        held.keys.push(request.public_key);
        if held.keys.len() > 1 {
            let dead = held.place.epoch;
            let log = std::mem::take(&mut held.events);
            held.salvage
                .extend((1..).zip(log).map(|(seq, record)| (dead, seq, record)));
            held.commands.clear();
            held.place = Place {
                epoch: dead + 1,
                status: Status::Active,
                last_seq: 0,
                last_hash: Hash::GENESIS,
                ..held.place
            };
        }
        (
            held.place.epoch,
            held.place.incarnation,
            held.claims.clone(),
        )
    });
    let enrolled = Enrolled {
        node_id: testkit::id::<()>("node").as_uuid(),
        epoch,
        incarnation,
        location: Location {
            id: testkit::location_id().as_uuid(),
            code: "T1".to_owned(),
            name: "Test shop".to_owned(),
            kind: "shop".to_owned(),
            time_zone: "America/New_York".to_owned(),
        },
        currency: "USD".to_owned(),
        claims,
    };
    (StatusCode::CREATED, Json(enrolled)).into_response()
}

fn unpacked(headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    if headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|it| it == "zstd")
    {
        zstd::decode_all(body).unwrap()
    } else {
        body.to_vec()
    }
}

async fn events(
    State(company): State<Company>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if company.held(|held| held.forgotten) {
        return problem(StatusCode::UNAUTHORIZED, "node.unknown");
    }
    if !company.is_signed("POST", &uri, &headers, &body) {
        return problem(StatusCode::UNAUTHORIZED, "node.signature");
    }
    let batch: Batch = serde_json::from_slice(&unpacked(&headers, &body)).unwrap();
    company.held(|held| {
        if held.down {
            return StatusCode::BAD_GATEWAY.into_response();
        }
        if !batch.events.is_empty() {
            held.asked.push("events");
            held.pushes.push(body.to_vec());
            held.compressed += usize::from(headers.contains_key(header::CONTENT_ENCODING));
            assert!(batch.events.len() <= held.max_events);
        }
        if let Some((status, kind, text)) = held.odd.pop_front() {
            let status = StatusCode::from_u16(status).unwrap();
            return (status, [(header::CONTENT_TYPE, kind)], text).into_response();
        }
        let reply = held.decided(&batch);
        if std::mem::take(&mut held.lose_the_next_answer) {
            return StatusCode::GATEWAY_TIMEOUT.into_response();
        }
        Json(reply).into_response()
    })
}

#[derive(Deserialize)]
struct After {
    epoch: i64,
    after: usize,
}

async fn commands(
    State(company): State<Company>,
    Query(asked): Query<After>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if !company.is_signed("GET", &uri, &headers, &[]) {
        return problem(StatusCode::UNAUTHORIZED, "node.signature");
    }
    company.held(|held| {
        if held.down {
            return StatusCode::BAD_GATEWAY.into_response();
        }
        held.asked.push("commands");
        held.pulls += 1;
        if held.place.status != Status::Active || asked.epoch != held.place.epoch {
            return problem(StatusCode::FORBIDDEN, "node.fenced");
        }
        Json(held.page(asked.after)).into_response()
    })
}

impl Held {
    fn page(&self, after: usize) -> Commands {
        let left = self.commands.len().saturating_sub(after);
        Commands {
            epoch: self.epoch_of_commands.unwrap_or(self.place.epoch),
            incarnation: self
                .incarnation_of_commands
                .unwrap_or(self.place.incarnation),
            messages: self
                .commands
                .iter()
                .skip(after)
                .take(MAX_COMMANDS)
                .cloned()
                .collect(),
            more: left > MAX_COMMANDS,
            recalls: self.recalls.clone(),
        }
    }
}

async fn borrow(
    State(company): State<Company>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !company.is_signed("POST", &uri, &headers, &body) {
        return problem(StatusCode::UNAUTHORIZED, "node.signature");
    }
    let ask: Borrow = serde_json::from_slice(&unpacked(&headers, &body)).unwrap();
    if company.held(|held| held.down) {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let lines: Vec<Line> = company.held(|held| {
        let is_known = held.commands.iter().any(|known| known.id == ask.id);
        let unsold = &mut held.unsold;
        ask.lines
            .iter()
            .filter(|_| !is_known)
            .filter_map(|line| {
                let quantity = line.quantity.min(*unsold);
                *unsold -= quantity;
                (quantity > 0).then_some(Line { quantity, ..*line })
            })
            .collect()
    });
    company.held(|held| {
        if !lines.is_empty() {
            let (kind, body) = Command::Grant(Grant {
                lines,
                reason: "borrow".to_owned(),
            })
            .write();
            let idx = i64::try_from(held.commands.len()).unwrap() + 1;
            held.commands.push(Message {
                idx,
                id: ask.id,
                kind: kind.to_owned(),
                body,
            });
        }
        held.allow(&ask);
        Json(held.page(usize::try_from(ask.r_cursor).unwrap())).into_response()
    })
}

impl Held {
    /// Sends what is asked for of limits, as far as it is there.
    fn allow(&mut self, ask: &Borrow) {
        self.wanted.extend(&ask.allowances);
        let lines: Vec<Allowance> = ask
            .allowances
            .iter()
            .filter_map(|one| {
                let (kind, key) = one.counter.allowance(one.promotion, &one.subject)?;
                let quantity = one.quantity.min(self.allowed);
                self.allowed -= quantity;
                let kind = kind.to_owned();
                let line = Allowance {
                    kind,
                    key,
                    quantity,
                };
                (quantity > 0).then_some(line)
            })
            .collect();
        if lines.is_empty() {
            return;
        }
        let reason = "borrow".to_owned();
        let (kind, body) = Command::Allow(Allow { lines, reason }).write();
        let idx = i64::try_from(self.commands.len()).unwrap() + 1;
        self.commands.push(Message {
            idx,
            id: ask.id,
            kind: kind.to_owned(),
            body,
        });
    }
}

async fn vouchers(
    State(company): State<Company>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !company.is_signed("POST", &uri, &headers, &body) {
        return problem(StatusCode::UNAUTHORIZED, "node.signature");
    }
    let asked: ResolveVoucher = serde_json::from_slice(&unpacked(&headers, &body)).unwrap();
    company.held(|held| {
        if let Some(seconds) = held.vouchers_locked {
            let code = "voucher.locked";
            return httpkit::problem::Problem::new(StatusCode::TOO_MANY_REQUESTS, code, code)
                .retry_after(seconds)
                .into_response();
        }
        match held.vouchers.get(&asked.code) {
            Some(found) => Json(found).into_response(),
            None => problem(StatusCode::NOT_FOUND, "voucher.unknown"),
        }
    })
}

#[derive(Deserialize)]
struct From {
    from: usize,
    limit: usize,
}

async fn records(
    State(company): State<Company>,
    Query(asked): Query<From>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if !company.is_signed("GET", &uri, &headers, &[]) {
        return problem(StatusCode::UNAUTHORIZED, "node.signature");
    }
    company.held(|held| {
        if held.down {
            return StatusCode::BAD_GATEWAY.into_response();
        }
        let limit = asked.limit.min(3);
        let events = held.events.iter().skip(asked.from - 1).take(limit).cloned();
        Json(Records {
            events: events.collect(),
            last_seq: held.place.last_seq,
        })
        .into_response()
    })
}

async fn salvage(
    State(company): State<Company>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !company.is_signed("POST", &uri, &headers, &body) {
        return problem(StatusCode::UNAUTHORIZED, "node.signature");
    }
    let salvage: Salvage = serde_json::from_slice(&unpacked(&headers, &body)).unwrap();
    company.held(|held| {
        if held.down {
            return StatusCode::BAD_GATEWAY.into_response();
        }
        let mut kept = 0;
        for (seq, record) in (salvage.first_seq..).zip(salvage.events) {
            let is_known = held
                .salvage
                .iter()
                .any(|(_, _, known)| known.hash == record.hash);
            if !is_known {
                kept += 1;
                held.salvage.push((salvage.epoch, seq, record));
            }
        }
        Json(Salvaged {
            kept,
            known: 0,
            last_seq: 0,
        })
        .into_response()
    })
}

#[derive(Deserialize)]
struct Pull {
    feed: String,
    cursor: String,
    limit: usize,
}

async fn patrons(
    State(company): State<Company>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !company.is_signed("POST", &uri, &headers, &body) {
        return problem(StatusCode::UNAUTHORIZED, "node.signature");
    }
    if let Some(status) = company.held(|held| held.letters_refused) {
        return problem(status, "body.invalid");
    }
    let Letters { letters } = serde_json::from_slice(&unpacked(&headers, &body)).unwrap();
    let taken = letters.len();
    company.held(|held| held.letters.extend(letters));
    Json(LettersTaken { taken }).into_response()
}

async fn reference(
    State(company): State<Company>,
    Query(pull): Query<Pull>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if !company.is_signed("GET", &uri, &headers, &[]) {
        return problem(StatusCode::UNAUTHORIZED, "node.signature");
    }
    company.held(|held| held.asked.push("reference"));
    let from: usize = pull
        .cursor
        .strip_prefix("at/")
        .map_or(0, |at| at.parse().unwrap());
    let feed = Feed::by_code(&pull.feed).unwrap();
    company.held(|held| held.feeds.push(feed));
    let all = match feed {
        Feed::Variant => company.held(|held| held.variants.clone()),
        feed => testkit::entities(feed, &testkit::Stock::default()),
    };
    let items: Vec<Entity> = all.iter().skip(from).take(pull.limit).cloned().collect();
    let to = from + items.len();
    Json(FeedPage {
        items,
        cursor: format!("at/{to}"),
        more: to < all.len(),
    })
    .into_response()
}

async fn wake(
    State(company): State<Company>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !company.is_signed("GET", &uri, &headers, &[]) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut wake = company.0.wake.subscribe();
    upgrade.on_upgrade(async move |mut socket| {
        company.held(|held| held.listeners += 1);
        loop {
            tokio::select! {
                what = wake.recv() => {
                    let hint = Frame::Text(json!({ "wake": what.unwrap() }).to_string().into());
                    if socket.send(hint).await.is_err() {
                        break;
                    }
                }
                said = socket.recv() => if !matches!(said, Some(Ok(_))) { break },
            }
        }
        company.held(|held| held.listeners -= 1);
    })
}

/// A shop that knows nothing yet, enrolled at a cloud with a small catalogue.
pub async fn enrolled() -> (Company, TestShop) {
    let (company, shop, _) = enrolled_at().await;
    (company, shop)
}

/// The same, with the cloud's address.
pub async fn enrolled_at() -> (Company, TestShop, String) {
    let (company, url) = Company::start().await;
    let shop = TestShop::empty().await;
    edge::enrol(&shop.running.shop, &url, CODE).await.unwrap();
    stocked(&shop).await;
    (company, shop, url)
}

/// Waits until the reference data is there.
pub async fn stocked(shop: &TestShop) {
    until(&shop.till(), |edge| {
        edge["registers"].as_array().unwrap().len() == 2
    })
    .await;
    for _ in 0..400 {
        if shop.value::<i64>("select count(*) from variant") == 6
            && shop.value::<i64>("select count(*) from supplier") == 1
            && shop.value::<i64>("select count(*) from container") == 2
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the catalogue did not come");
}

/// Waits until the state of the node is so.
pub async fn until(till: &Till, is_so: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..600 {
        let (_, edge) = till.get("/v1/edge").await;
        if is_so(&edge) {
            return edge;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{}", till.get("/v1/edge").await.1);
}
