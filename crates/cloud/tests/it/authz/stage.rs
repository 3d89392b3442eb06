//! A company in which every operation can succeed once: something of everything at the branches of A, and a foreigner's
//! branch B.
use std::collections::HashMap;

use cloud::location::{Kind, NewLocation, NewRegister};
use cloud::staff::{self, NewGrant, NewRole, NewStaff};
use cloud::{Actor, enrolment, node};
use reqwest::Method;
use retail::staff::Permission;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::browser::{ADMIN, Browser, Office, PASSWORD};
use crate::customer::Mailing;
use crate::factor::{App, with_factor};
use crate::oidc::rogue::Rogue;
use crate::order::rights;
use crate::world::{Node, World, id};

/// May everything at the branches of A.
pub const MONA: &str = "mona@example.org";
/// May everything at branch B.
pub const BERT: &str = "bert@example.org";
/// May everything at all of them.
pub const SUE: &str = "sue@example.org";
/// As Mona; what she has asked for, others decide about.
pub const REX: &str = "rex@example.org";
/// Works at A, and is managed.
pub const KIM: &str = "kim@example.org";
/// Works at A, with a second factor.
pub const FAY: &str = "fay@example.org";
/// Was an administrator.
pub const DAN: &str = "dan@example.org";
pub const CAROL: &str = "carol@example.net";
pub const LAN: &str = "lan@example.org";

/// Ids of people, by e-mail.
pub const PEOPLE: [(&str, u64); 7] = [
    (MONA, 110),
    (BERT, 111),
    (SUE, 112),
    (REX, 113),
    (KIM, 114),
    (FAY, 115),
    (DAN, 116),
];

/// The warehouse, a shop whose node is lost, one that is frozen, one without a node, all of A's side.
const PLACES: [(u64, &str, Kind); 4] = [
    (7, "W", Kind::Warehouse),
    (8, "C", Kind::Shop),
    (9, "F", Kind::Shop),
    (10, "D", Kind::Shop),
];

pub struct Stage {
    pub mailing: Mailing,
    pub provider: Rogue,
    /// Of A, lost with an unsent log, frozen; and of B.
    pub a: Node,
    pub lost: Node,
    pub frozen: Node,
    pub b: Node,
    /// What is there, by what operations call it.
    pub known: HashMap<&'static str, String>,
    /// Fay's password was right: the cookie, and her authenticator.
    pub challenge: String,
    pub app: App,
    pub channel: String,
}

impl Stage {
    pub async fn set() -> Self {
        let mut mailing = Mailing::open().await;
        let office = &mut mailing.office;
        places(&mut office.world).await;
        people(&office.world).await;
        let world = &office.world;
        let goods = cloud::import::Kind::Products;
        cloud::import::begin(
            &world.cloud,
            Actor::Service("test"),
            id(70, 5),
            goods,
            "goods.csv",
        )
        .await
        .unwrap();
        let mut known = HashMap::new();
        let (mut a, b) = (world.node(0).await, world.node(1).await);
        let (mut lost, frozen) = (world.node(4).await, world.node(5).await);
        trade(world, &mut a, &mut known).await;
        b.push_from(&world.cloud, 1).await;
        lost.sell(&[(world.variants[1], 1, 199)]);
        node::fence(&world.cloud, Actor::Service("test"), lost.id, "lost")
            .await
            .unwrap();
        office.apply().await;
        let code = enrolment::issue(&world.cloud, Actor::Service("test"), id(1, 10));
        known.insert("code", code.await.unwrap().code);
        meddle(office, &frozen, &mut known).await;
        report(office, &a).await;
        picture(office).await;
        let (_, app, _) = with_factor(office, FAY).await;
        promoted(office, &mut known).await;
        let channel = sell_online(office, &mut known).await;
        asked(office, &mut known).await;
        let provider = Rogue::start().await;
        providers(office, &provider).await;
        let mut stage = Self {
            mailing,
            provider,
            a,
            lost,
            frozen,
            b,
            known,
            challenge: String::new(),
            app,
            channel,
        };
        stage.links().await;
        stage
    }

    pub fn office(&self) -> &Office {
        &self.mailing.office
    }

    pub fn world(&self) -> &World {
        &self.mailing.office.world
    }

    /// What was made under that name.
    pub fn known(&self, name: &str) -> &str {
        self.known.get(name).expect(name)
    }

    /// Ids that only A's side may be told.
    pub fn of_a(&self) -> Vec<String> {
        let places = self.world().locations.iter().enumerate();
        let mut ids: Vec<String> = places
            .filter(|(place, _)| ![1, 2].contains(place))
            .map(|(_, id)| id.to_string())
            .collect();
        ids.extend([&self.a, &self.lost, &self.frozen].map(|node| node.id.to_string()));
        ids.extend([MONA, REX, KIM, FAY].map(|email| person(email).to_string()));
        let names = [
            "sale",
            "purchase",
            "case",
            "approval",
            "invitation",
            "token",
            "order 1",
        ];
        ids.extend(names.map(|name| self.known(name).to_owned()));
        ids.extend((2..=5).map(|number| order(number).to_string()));
        ids.push(id(96, 4).to_string());
        ids
    }

    /// The one-time tokens of e-mails, and the cookie of a second factor that is waited for.
    async fn links(&mut self) {
        let office = &self.mailing.office;
        let login = json!({ "email": CAROL });
        let asked = office.browser().post("/v1/shop/login", Some(login)).await;
        assert_eq!(asked.0, 202, "{asked:?}");
        let customer = self.mailing.token(CAROL).await;
        let rex = office.signed_in(REX).await;
        let grants = json!([{ "role": id(6, 0), "location": id(1, 0) }]);
        let invited = json!({ "email": LAN, "grants": grants });
        let made = rex.post("/v1/invitations", Some(invited)).await;
        assert_eq!(made.0, 201, "{made:?}");
        let invitation = self.mailing.token(LAN).await;
        let mut fay = office.browser();
        assert_eq!(fay.sign_in(FAY, PASSWORD).await.0, 401);
        self.challenge = fay.cookie.expect("a challenge");
        self.known.insert("customer", customer);
        self.known.insert("accept", invitation);
        self.known.insert("invitation", text(&made.1["id"]));
    }
}

pub fn person(email: &str) -> Uuid {
    let known = PEOPLE.iter().find(|(known, _)| *known == email);
    id(3, known.expect(email).1)
}

pub fn order(number: u64) -> Uuid {
    id(60, number)
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

async fn places(world: &mut World) {
    for (number, code, kind) in PLACES {
        let register = NewRegister {
            id: id(2, number),
            name: "Register 1".to_owned(),
            prefix: format!("{code}1"),
        };
        let location = NewLocation {
            id: id(1, number),
            code: code.to_owned(),
            name: format!("Branch {code}"),
            kind,
            time_zone: "America/New_York".to_owned(),
            address: String::new(),
            registers: (kind == Kind::Shop)
                .then_some(register)
                .into_iter()
                .collect(),
        };
        cloud::location::put(&world.cloud, &location).await.unwrap();
        world.locations.push(location.id);
        world.registers.push(id(2, number));
    }
}

async fn people(world: &World) {
    let role = |number, code: &str, permissions: &[Permission]| NewRole {
        id: id(6, number),
        code: code.to_owned(),
        name: code.to_owned(),
        permissions: permissions.to_vec(),
    };
    let roles = [
        role(12, "everything", Permission::ALL),
        role(13, "spare", &[Permission::SaleRead]),
    ];
    staff::put_roles(&world.cloud, &roles).await.unwrap();
    let of_a = [0, 3, 4, 5, 6].map(|place| world.locations[place]);
    let b = world.locations[1];
    let everything = |places: &[Uuid]| -> Vec<NewGrant> {
        let grants = places
            .iter()
            .map(|&at| NewGrant::new("everything", Some(at)));
        grants.collect()
    };
    for (email, number) in PEOPLE {
        let grants = match email {
            MONA | REX => everything(&of_a),
            BERT => everything(&[b]),
            SUE => everything(&[&of_a[..], &[b]].concat()),
            DAN => vec![NewGrant::new("administrator", None)],
            _ => vec![NewGrant::new("cashier", Some(of_a[0]))],
        };
        let person = NewStaff {
            id: id(3, number),
            name: email.split('@').next().expect("a name").to_owned(),
            email: Some(email.to_owned()),
            password: Some(PASSWORD.to_owned()),
            pin: None,
            grants,
        };
        staff::put(&world.cloud, &person).await.unwrap();
    }
}

/// Events of A: a sale, a purchase, and three that nobody can read.
async fn trade(world: &World, a: &mut Node, known: &mut HashMap<&'static str, String>) {
    let sale = a.sell(&[(world.variants[1], 2, 398)]);
    let purchase = a.buy(world.supplier, world.variants[0], 1_000, 100);
    known.insert("sale", sale.to_string());
    known.insert("purchase", purchase.to_string());
    let shift = a.shift;
    for (number, name) in (70..).zip(["retried", "corrected", "problem"]) {
        a.shift = id(7, number);
        let mut header = a.header(a.fact(), "sale.closed", 1);
        header.moves = crate::world::moves([(world.variants[1], -1)]);
        let seq = a.record(&header, &json!({ "lines": "many" }));
        known.insert(name, seq.to_string());
    }
    a.shift = shift;
    a.push_from(&world.cloud, 1).await;
}

/// What no operation makes: a case, a dead job, a location that waits after a restore.
/// The Z report of a shift at A.
async fn report(office: &Office, a: &Node) {
    let content = serde_json::to_string(&crate::cash::z_report(a.shift, 1)).expect("JSON");
    office
        .meddle(&format!(
            "insert into z_report (location_id, business_date, id, node_id, epoch, shift_id, register_id, number, closed_at,
               sales, total_minor, difference_minor, grand_total_minor, content, applied_at)
             values ('{}', '2026-03-02', '{}', '{}', 1, '{}', '{}', 1, moment(), 1, 199, -50, 199, '{content}', moment())",
            a.location,
            id(62, 2),
            a.id,
            a.shift,
            a.register
        ))
        .await;
}

/// A file of some product's picture.
async fn picture(office: &Office) {
    let hash = super::request::PICTURE;
    office
        .meddle(&format!(
            "insert into picture_file (hash, width, height, content) values (decode('{hash}', 'hex'), 1, 1, 'JPEG')"
        ))
        .await;
}

async fn meddle(office: &Office, frozen: &Node, known: &mut HashMap<&'static str, String>) {
    let (place, variant, case) = (id(1, 0), office.world.variants[1], id(62, 1));
    office
        .meddle(&format!(
            "insert into stock_case (location_id, id, kind, business_date, variant_id, quantity, at)
             values ('{place}', '{case}', 'found', '2026-03-02', '{variant}', 1, moment());
             insert into job (kind, run_at, attempts, last_error, dead_at, created_at)
             values ('no.such', moment(), 9, 'no such kind', moment(), moment());
             insert into patron (id, registered_at) values ('{}', moment()), ('{}', moment());
             insert into region (id, code, name) values ('{}', 'E', 'Empty');
             update node_stream set frozen_at = moment(), rebased_at = moment() where node_id = '{}'",
            id(95, 1),
            id(95, 2),
            id(30, 2),
            frozen.id
        ))
        .await;
    let job = office
        .world
        .number("select max(id) from job where dead_at is not null");
    known.insert("case", case.to_string());
    known.insert("job", job.await.to_string());
}

/// Orders in every state that an operation begins with, placed by a channel; its key.
async fn sell_online(office: &Office, known: &mut HashMap<&'static str, String>) -> String {
    let admin = office.signed_in(ADMIN).await;
    let made = admin
        .post("/v1/channels", Some(json!({ "name": "Web shop" })))
        .await;
    assert_eq!(made.0, 201, "{made:?}");
    let mut shop = office.browser();
    shop.bearer = Some(text(&made.1["key"]));
    let (variant, warehouse) = (office.world.variants[1], id(1, 7));
    rights(&office.world, id(1, 0), variant, 20).await;
    let body = json!({ "lines": [{ "variant_id": variant, "quantity": 20 }] });
    let path = format!("/v1/locations/{warehouse}/counts/{}", id(61, 9));
    done(&admin, Method::PUT, &path, body).await;
    for (number, place) in [
        (1, id(1, 0)),
        (2, id(1, 0)),
        (3, id(1, 0)),
        (4, warehouse),
        (5, warehouse),
    ] {
        let path = format!("/v1/orders/{}", order(number));
        let lines = json!([{ "variant_id": variant, "quantity": 1 }]);
        let body = json!({ "customer": "Kim", "location_id": place, "lines": lines });
        done(&shop, Method::PUT, &path, body).await;
    }
    known.insert("order 1", order(1).to_string());
    for (number, name) in [(4, "reservation 4"), (5, "reservation 5")] {
        let path = format!("/v1/orders/{}/claim", order(number));
        let body = json!({ "payment": format!("pi_{number}") });
        let claimed = done(&shop, Method::POST, &path, body).await;
        known.insert(name, text(&claimed["reservations"][0]["id"]));
    }
    let lines = json!([{ "reservation_id": known["reservation 5"], "picked": 1 }]);
    let path = format!("/v1/orders/{}/pickings", order(5));
    let body = json!({ "location_id": warehouse, "lines": lines });
    done(&admin, Method::POST, &path, body).await;
    text(&made.1["key"])
}

/// A promotion that runs, with a voucher, and a preview.
async fn promoted(office: &Office, known: &mut HashMap<&'static str, String>) {
    let admin = office.signed_in(ADMIN).await;
    let path = format!("/v1/promotions/{}", id(96, 1));
    let mut draft = crate::promotion::percent("Summer", 500);
    draft["when"] = json!(["voucher"]);
    done(&admin, Method::PUT, &path, json!({ "draft": draft })).await;
    let start = format!("{path}/start");
    done(&admin, Method::POST, &start, json!({ "version": 1 })).await;
    let path = format!("{path}/vouchers");
    let one = json!({ "id": id(96, 6), "count": 1, "uses_each": 1 });
    done(&admin, Method::POST, &path, one).await;
    let listed = admin.read(&path).await;
    known.insert("voucher", text(&listed["items"][0]["id"]));
    known.insert("voucher code", text(&listed["items"][0]["code"]));
    let path = format!("/v1/promotion-previews/{}", id(96, 4));
    let past = json!({ "draft": draft, "from": "2026-03-01", "until": "2026-03-31", "location_id": id(1, 0) });
    done(&admin, Method::PUT, &path, past).await;
}

/// What Rex has asked for and made.
async fn asked(office: &Office, known: &mut HashMap<&'static str, String>) {
    let rex = office.signed_in(REX).await;
    let node = office
        .world
        .text(&format!(
            "select node_id::text from node_stream where location_id = '{}'",
            id(1, 0)
        ))
        .await;
    let path = format!("/v1/nodes/{node}/fence");
    let asked = done(&rex, Method::POST, &path, json!({ "reason": "odd" })).await;
    known.insert("approval", text(&asked["id"]));
    let body = json!({ "name": "Nightly", "scopes": ["sale.read"] });
    let made = done(&rex, Method::POST, "/v1/tokens", body).await;
    known.insert("token", text(&made["id"]));
}

async fn providers(office: &Office, provider: &Rogue) {
    let admin = office.signed_in(ADMIN).await;
    for (number, code, realm) in [(1, "work", "staff"), (2, "club", "customer")] {
        let path = format!("/v1/identity-providers/{}", id(63, number));
        done(&admin, Method::PUT, &path, entered(provider, code, realm)).await;
    }
}

/// A provider as an administrator enters it.
pub fn entered(provider: &Rogue, code: &str, realm: &str) -> Value {
    json!({
        "code": code, "name": "Account", "issuer": provider.issuer, "client_id": "branchline",
        "client_secret": "branchline-secret", "scopes": ["email"], "realm": realm, "unknown": "refuse",
        "active": true,
    })
}

async fn done(browser: &Browser, method: Method, path: &str, body: Value) -> Value {
    let (status, answer) = browser.told(method, path, Some(body)).await;
    assert!(status < 300, "{path}: {status} {answer}");
    answer
}
