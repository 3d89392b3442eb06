//! A small company in a database of its own: two shops and a buying station, people, goods, and nodes that push.
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cloud::cluster::testing::TestDatabase;
use cloud::enrolment;
use cloud::location::{self, Kind, NewLocation, NewRegister};
use cloud::staff::{self, NewGrant, NewRole, NewStaff};
use cloud::sync::{Received, accept};
use cloud::{Actor, Cloud, Config, Database, Running, catalog, company, supplier};
use ed25519_dalek::SigningKey;
use httpkit::Parts;
use httpkit::clock::ManualClock;
use httpkit::random::SeededRandom;
use jiff::{SignedDuration, Timestamp, civil::Date};
use retail::quantity::Unit;
use retail::staff::Permission;
use rust_decimal::Decimal;
use uuid::Uuid;
use wire::batch::{Batch, PROTOCOL, Reply};
use wire::body::{self, Document as _, SaleClosed, SaleLine, Tax, Tender};
use wire::enrol::Enrol;
use wire::event::{Bucket, Hash, Header, Hlc, Move, Record};

/// When the stories of the tests begin.
pub const MORNING: &str = "2026-03-02T13:00:00Z";

pub struct World {
    pub cloud: Cloud,
    pub database: Database,
    pub clock: Arc<ManualClock>,
    pub running: Option<Running>,
    /// Where something serves it: [`World::running`], or an office.
    pub addr: Option<SocketAddr>,
    pub locations: Vec<Uuid>,
    pub registers: Vec<Uuid>,
    pub cashier: Uuid,
    pub supplier: Uuid,
    pub variants: Vec<Uuid>,
    /// Dropped last, when nobody is connected any more.
    pub test_database: Option<TestDatabase>,
}

/// An id that is the same in every run.
pub fn id(kind: u64, number: u64) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(1_700_000_000_000 + kind, &{
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&number.to_be_bytes());
        bytes
    })
    .into_uuid()
}

pub async fn database() -> (TestDatabase, Database) {
    let template = format!("cloud_{}", cloud::schema_fingerprint());
    let made = TestDatabase::create(&template, async |config| cloud::migrate(&config).await)
        .await
        .unwrap();
    let database = Database::of_superuser(made.config().clone());
    (made, database)
}

fn parts(clock: &Arc<ManualClock>) -> Parts {
    static WORLDS: AtomicU64 = AtomicU64::new(1);
    let seed = WORLDS.fetch_add(1, Ordering::Relaxed);
    Parts {
        clock: Arc::<ManualClock>::clone(clock),
        random: Arc::new(SeededRandom::new(seed << 32)),
        ..Parts::system()
    }
}

/// Goods in pieces, every third one by weight.
pub fn goods(ids: &[Uuid]) -> Vec<catalog::NewVariant> {
    ids.iter()
        .map(|&variant| {
            let is_weighed = variant.as_bytes()[15].is_multiple_of(3);
            catalog::NewVariant {
                id: variant,
                product: variant,
                sku: format!("SKU-{}", variant.simple()),
                name: format!("Goods {}", variant.as_bytes()[15]),
                category: None,
                unit: if is_weighed { Unit::Gram } else { Unit::Piece },
                tax_rate_bps: 700,
                barcodes: vec![(format!("code-{variant}"), 1)],
                unit_price: Some(Decimal::new(199, 2)),
                price_quantity: if is_weighed { 1_000 } else { 1 },
                active: true,
            }
        })
        .collect()
}

impl World {
    /// The company, without a server: operations are called directly.
    pub async fn new() -> Self {
        let (test_database, database) = database().await;
        let mut world = Self::open(database).await;
        world.test_database = Some(test_database);
        world
    }

    /// The company in a database of the test's own server.
    pub async fn at(database: Database) -> Self {
        cloud::migrate(&database.owner).await.unwrap();
        Self::open(database).await
    }

    async fn open(database: Database) -> Self {
        let clock = Arc::new(ManualClock::at(MORNING.parse().unwrap()));
        let cloud =
            Cloud::open(&database, &cloud::OfficeOptions::default(), parts(&clock)).unwrap();
        let mut world = Self {
            cloud,
            database,
            clock,
            running: None,
            addr: None,
            locations: (0..3).map(|number| id(1, number)).collect(),
            registers: (0..3).map(|number| id(2, number)).collect(),
            cashier: id(3, 0),
            supplier: id(4, 0),
            variants: (0..12).map(|number| id(5, number)).collect(),
            test_database: None,
        };
        world.seed().await;
        world
    }

    /// The same company, as another process sees it.
    pub fn same(other: &Self) -> Self {
        Self {
            cloud: other.cloud.clone(),
            database: other.database.clone(),
            clock: Arc::clone(&other.clock),
            running: None,
            addr: None,
            locations: other.locations.clone(),
            registers: other.registers.clone(),
            cashier: other.cashier,
            supplier: other.supplier,
            variants: other.variants.clone(),
            test_database: None,
        }
    }

    /// Reaches the same database in another way from now on.
    pub fn reopen(&mut self, database: &Database) {
        self.cloud = Cloud::open(
            database,
            &cloud::OfficeOptions::default(),
            parts(&self.clock),
        )
        .unwrap();
    }

    /// As [`World::new`], and it serves and works.
    pub async fn serving() -> Self {
        let mut world = Self::new().await;
        world.serve().await;
        world
    }

    pub async fn serve(&mut self) {
        let addr: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let config = Config::new(self.database.clone(), addr);
        let running = cloud::start(config, parts(&self.clock)).await.unwrap();
        self.cloud = running.cloud.clone();
        self.addr = Some(running.addr);
        self.running = Some(running);
    }

    pub fn url(&self, path: &str) -> String {
        let addr = self.addr.expect("it serves");
        format!("http://{addr}{path}")
    }

    async fn seed(&mut self) {
        let cloud = &self.cloud;
        company::put(cloud, id(0, 0), "Branchline Test", "USD")
            .await
            .unwrap();
        let places = [
            ("A", Kind::Shop, "America/New_York"),
            ("B", Kind::Shop, "America/New_York"),
            ("S", Kind::BuyingStation, "America/Los_Angeles"),
        ];
        for (place, (code, kind, zone)) in places.into_iter().enumerate() {
            let location = NewLocation {
                id: self.locations[place],
                code: code.to_owned(),
                name: format!("Branch {code}"),
                kind,
                time_zone: zone.to_owned(),
                address: String::new(),
                registers: vec![NewRegister {
                    id: self.registers[place],
                    name: "Register 1".to_owned(),
                    prefix: format!("{code}1"),
                }],
            };
            location::put(cloud, &location).await.unwrap();
        }
        self.seed_people().await;
        catalog::put_variants(cloud, &goods(&self.variants))
            .await
            .unwrap();
        let one = supplier::NewSupplier {
            id: self.supplier,
            name: "Green Valley".to_owned(),
            code: "GV".to_owned(),
            active: true,
        };
        supplier::put(cloud, &[one]).await.unwrap();
    }

    async fn seed_people(&self) {
        let role = |number, code: &str, permissions: &[Permission]| NewRole {
            id: id(6, number),
            code: code.to_owned(),
            name: code.to_owned(),
            permissions: permissions.to_vec(),
        };
        let roles = [
            role(
                0,
                "cashier",
                &[Permission::SaleCreate, Permission::ShiftOpen],
            ),
            role(1, "administrator", Permission::ALL),
        ];
        staff::put_roles(&self.cloud, &roles).await.unwrap();
        let cashier = NewStaff {
            id: self.cashier,
            name: "Casey".to_owned(),
            email: None,
            password: None,
            pin: None,
            grants: self
                .locations
                .iter()
                .map(|&at| NewGrant::new("cashier", Some(at)))
                .collect(),
        };
        staff::put(&self.cloud, &cashier).await.unwrap();
    }

    /// Enrols a node at a location, by a code, as an edge does.
    pub async fn node(&self, place: usize) -> Node {
        let location = self.locations[place];
        let code = enrolment::issue(&self.cloud, Actor::Service("test"), location)
            .await
            .unwrap();
        let key = SigningKey::from_bytes(&[u8::try_from(place).unwrap() + 1; 32]);
        let request = Enrol {
            code: code.code,
            public_key: wire::signature::public_key_text(&key.verifying_key()),
            fingerprint: "test".to_owned(),
            version: "0.1.0".to_owned(),
            rejoin: None,
        };
        let enrolled = enrolment::enrol(&self.cloud, &request).await.unwrap();
        Node {
            id: enrolled.node_id,
            location,
            register: self.registers[place],
            staff: self.cashier,
            key,
            epoch: enrolled.epoch,
            log: Vec::new(),
            head: Hash::GENESIS,
            at: MORNING.parse().unwrap(),
            date: "2026-03-02".parse().unwrap(),
            shift: id(7, u64::try_from(place).unwrap()),
        }
    }

    /// A connection as the owner, whom nothing is hidden from.
    pub async fn owner(&self) -> tokio_postgres::Client {
        let owner = &self.database.owner;
        let (client, connection) = owner.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// One number of a statement, as the owner sees it.
    pub async fn number(&self, statement: &str) -> i64 {
        let client = self.owner().await;
        let row = client.query_one(statement, &[]).await.unwrap();
        row.get(0)
    }

    /// One text of a statement, as the owner sees it.
    pub async fn text(&self, statement: &str) -> String {
        let client = self.owner().await;
        client.query_one(statement, &[]).await.unwrap().get(0)
    }

    /// The accounts of both sides say the same, and each is the sum of its steps.
    pub async fn check_rights(&self) {
        let wrong = self
            .text(
                "select coalesce(string_agg(t::text, '; '), '') from (
                   select b.location_id, b.variant_id, b.claim_bound, c.available, c.granting, c.promised
                     from stock_balance b full join cloud_rights c
                       on c.location_id = b.location_id and c.resource_id = b.variant_id
                    where coalesce(b.claim_bound, 0)
                       <> coalesce(c.available, 0) + coalesce(c.granting, 0) + coalesce(c.promised, 0)) t",
            )
            .await;
        assert_eq!(wrong, "", "claim_bound = available + granting + promised");
        let steps = self
            .number(
                "select count(*) from cloud_rights c
                   left join (select location_id, resource_id, sum(available)::bigint as available,
                                     sum(granting)::bigint as granting, sum(promised)::bigint as promised
                                from cloud_rights_entry group by location_id, resource_id) e
                     on e.location_id = c.location_id and e.resource_id = c.resource_id
                  where (c.available, c.granting, c.promised) is distinct from
                        (coalesce(e.available, 0), coalesce(e.granting, 0), coalesce(e.promised, 0))
                     or c.promised <> (select coalesce(sum(r.quantity), 0) from reservation r
                                        where r.location_id = c.location_id and r.variant_id = c.resource_id
                                          and r.state in ('held', 'claimed', 'cancelling'))",
            )
            .await;
        assert_eq!(
            steps, 0,
            "an account is the sum of its steps, and promises are what orders say"
        );
        let differences = cloud::summary::audit(&self.cloud, None, None)
            .await
            .unwrap();
        assert_eq!(
            differences,
            [],
            "balances and figures are what their rows add up to"
        );
    }

    /// Changes something as the owner, past all rules.
    pub async fn meddle(&self, statement: &str) {
        let client = self.owner().await;
        client.batch_execute(statement).await.unwrap();
    }

    /// The invariant of sync.md 2.6, with every part counted on its own.
    pub async fn check_nothing_is_lost(&self) {
        let wrong = self
            .number(
                "select count(*) from node_stream s join node_apply a using (node_id, epoch)
                  where s.last_seq <> (select count(*) from inbox i where i.node_id = s.node_id)
                     or s.last_seq <> a.applied + (s.last_seq - a.frontier)
                          + (select count(*) from held_event h where h.node_id = s.node_id)",
            )
            .await;
        assert_eq!(
            wrong, 0,
            "accepted = applied + waiting + quarantined + queued"
        );
    }
}

/// The sender's side: a log of sealed events, as an edge keeps it.
pub struct Node {
    pub id: Uuid,
    pub location: Uuid,
    pub register: Uuid,
    pub staff: Uuid,
    pub key: SigningKey,
    pub epoch: i64,
    pub log: Vec<Record>,
    pub head: Hash,
    pub at: Timestamp,
    pub date: Date,
    pub shift: Uuid,
}

impl Node {
    pub fn header(&self, fact: Uuid, kind: &str, ver: u16) -> Header {
        let seq = i64::try_from(self.log.len()).unwrap() + 1;
        Header {
            v: wire::event::HEADER_VERSION,
            node: self.id,
            epoch: self.epoch,
            seq,
            id: fact,
            kind: kind.to_owned(),
            ver,
            hlc: Hlc::default().tick(self.at.as_millisecond()),
            at: self.at,
            clock_behind_ms: 0,
            business_date: self.date,
            location: self.location,
            register: Some(self.register),
            staff: Some(self.staff),
            aggregate: self.shift,
            moves: Vec::new(),
            claims: Vec::new(),
            money: Vec::new(),
            prev: self.head,
            command: None,
            incarnation: None,
        }
    }

    /// Records an event; its number.
    pub fn record(&mut self, header: &Header, body: &impl serde::Serialize) -> i64 {
        let record = Record::seal(header, body);
        self.head = record.hash;
        self.log.push(record);
        self.at += SignedDuration::from_secs(30);
        header.seq
    }

    /// An id for the next fact.
    pub fn fact(&self) -> Uuid {
        let place =
            (u64::from(self.location.as_bytes()[15]) << 40) + (self.epoch.unsigned_abs() << 32);
        let number = place + self.log.len() as u64;
        id(8, number)
    }

    /// Sells lines of (variant, base units, minor units in all).
    pub fn sell(&mut self, lines: &[(Uuid, i64, i64)]) -> Uuid {
        let sale = self.fact();
        let mut header = self.header(sale, SaleClosed::KIND, SaleClosed::VERSION);
        header.moves = moves(
            lines
                .iter()
                .map(|&(variant, quantity, _)| (variant, -quantity)),
        );
        let body = sale_body(self.shift, header.seq, lines);
        self.record(&header, &body);
        sale
    }

    /// Buys one variant.
    pub fn buy(&mut self, supplier: Uuid, variant: Uuid, quantity: i64, cost_minor: i64) -> Uuid {
        let purchase = self.fact();
        let mut header = self.header(
            purchase,
            body::PurchaseRecorded::KIND,
            body::PurchaseRecorded::VERSION,
        );
        header.moves = moves([(variant, quantity)]);
        let line = body::PurchaseLine {
            variant,
            quantity,
            weight: Some(body::Weight {
                gross: quantity + 100,
                tare: 100,
                manual: false,
                containers: None,
                manual_tare: false,
            }),
            unit_cost: "2.50".to_owned(),
            cost_quantity: 1_000,
            cost_minor,
        };
        let body = body::PurchaseRecorded {
            shift: self.shift,
            ticket_number: format!("S1P-1-{:06}", header.seq),
            supplier,
            supplier_document: None,
            lines: vec![line],
            payment_kind: "cash".to_owned(),
            total_minor: cost_minor,
        };
        self.record(&header, &body);
        purchase
    }

    pub fn batch(&self, first_seq: i64, count: usize) -> Batch {
        let skip = usize::try_from(first_seq - 1).unwrap();
        Batch {
            proto: PROTOCOL,
            node: self.id,
            epoch: self.epoch,
            boot: id(9, 0),
            first_seq,
            events: self.log.iter().skip(skip).take(count).cloned().collect(),
            head_seq: i64::try_from(self.log.len()).unwrap(),
            r_cursor: 0,
            clock: self.at,
            version: "0.1.0".to_owned(),
            prev: None,
            acked_seq: 0,
            incarnation: 0,
        }
    }

    pub async fn push(&self, cloud: &Cloud, batch: Batch) -> cloud::Result<Reply> {
        let (node, location) = (self.id, self.location);
        accept(
            cloud,
            Received {
                node,
                location,
                batch,
            },
        )
        .await
    }

    /// Pushes everything from a number on, in batches.
    pub async fn push_from(&self, cloud: &Cloud, mut from: i64) -> i64 {
        loop {
            let reply = self
                .push(cloud, self.batch(from, wire::batch::MAX_EVENTS))
                .await
                .unwrap();
            let Reply::Ack { ack_seq, .. } = reply else {
                panic!("expected an acknowledgement, got {reply:?}");
            };
            if usize::try_from(ack_seq).unwrap() == self.log.len() {
                return ack_seq;
            }
            from = ack_seq + 1;
        }
    }
}

impl Node {
    /// A signed request; the status and the body.
    pub async fn ask(
        &self,
        world: &World,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> (u16, serde_json::Value) {
        self.send(world, method, path, body, "").await
    }

    /// As [`Node::ask`], with a packed body.
    pub async fn send(
        &self,
        world: &World,
        method: &str,
        path: &str,
        body: &[u8],
        encoding: &str,
    ) -> (u16, serde_json::Value) {
        let signature = wire::signature::sign(&self.key, method, path, body);
        let mut request = reqwest::Client::new()
            .request(method.parse().unwrap(), world.url(path))
            .header("branchline-node", self.id.to_string())
            .header("branchline-signature", signature)
            .body(body.to_vec());
        if !encoding.is_empty() {
            request = request.header("content-encoding", encoding);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

/// The accounts of a variant at a location: the node's as the cloud mirrors them, then the cloud's own.
pub async fn account(world: &World, place: usize, variant: Uuid) -> String {
    let location = world.locations[place];
    world
        .text(&format!(
            "select format('N %s C %s D %s K %s | %s %s %s', coalesce(b.node_rights, 0), coalesce(b.claim_bound, 0),
                    coalesce(b.debt, 0), coalesce(b.picked, 0), coalesce(c.available, 0), coalesce(c.granting, 0),
                    coalesce(c.promised, 0))
               from (select '{location}'::uuid as l, '{variant}'::uuid as v) as given
               left join stock_balance b on b.location_id = l and b.variant_id = v
               left join cloud_rights c on c.location_id = l and c.resource_id = v"
        ))
        .await
}

/// A move of a variant.
pub fn one(variant: Uuid, bucket: Bucket, quantity: i64) -> Move {
    Move {
        variant,
        bucket,
        quantity,
        weak: false,
    }
}

pub fn moves(lines: impl IntoIterator<Item = (Uuid, i64)>) -> Vec<Move> {
    let mut sums = std::collections::BTreeMap::<Uuid, i64>::new();
    for (variant, quantity) in lines {
        *sums.entry(variant).or_default() += quantity;
    }
    sums.into_iter()
        .map(|(variant, quantity)| Move {
            variant,
            bucket: Bucket::N,
            quantity,
            weak: false,
        })
        .collect()
}

pub fn sale_body(shift: Uuid, number: i64, lines: &[(Uuid, i64, i64)]) -> SaleClosed {
    let total: i64 = lines.iter().map(|line| line.2).sum();
    SaleClosed {
        shift,
        receipt_number: format!("A1-1-{number:06}"),
        lines: lines
            .iter()
            .map(|&(variant, quantity, total_minor)| SaleLine {
                variant,
                quantity,
                unit_price: "1.99".to_owned(),
                price_quantity: 1,
                price_version: 1,
                price_reason: None,
                gross_minor: total_minor,
                discount_minor: 0,
                promoted_minor: 0,
                gift: false,
                discount_reason: None,
                approved_by: None,
                tax_rate_bps: 700,
                total_minor,
            })
            .collect(),
        tenders: vec![Tender {
            kind: "cash".to_owned(),
            amount_minor: total,
            reference: None,
        }],
        subtotal_minor: total,
        discount_minor: 0,
        taxes: vec![Tax {
            rate_bps: 700,
            gross_minor: total,
            tax_minor: total * 7 / 107,
        }],
        total_minor: total,
        change_minor: 0,
        patron: None,
        promotions: None,
    }
}
