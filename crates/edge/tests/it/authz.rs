//! Who may do what at a shop: every operation of the document that is served, asked by everybody who could ask. What is
//! expected is derived from the document, whose requirements come from the handlers' own signatures.
use std::collections::BTreeSet;

use edge::testkit;
use httpkit::clock::Clock as _;
use jiff::SignedDuration;
use reqwest::{Method, header};
use retail::staff::Permission;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::reference::{Feed, GrantState, StaffState};

use crate::support::{TestShop, Till, basket as lines_of, command, count, give, new_id, told};

mod basket;
mod cash;
mod print;
mod returns;

/// Operations that the matrix does not ask. Has to be right, and ought to be empty.
const UNCOVERED: &str = include_str!("authz/uncovered.txt");

/// What has to come after the rest: it ends what others need.
const LATE: [&str; 9] = [
    "copy_sale",
    "copy_return",
    "copy_purchase",
    "copy_purchase_void",
    "copy_z_report",
    "close_shift",
    "open_shift",
    "sign_in",
    "sign_out",
];

/// The permissions of the cashier that every test shop has.
const OF_CASHIERS: [&str; 4] = ["sale.create", "sale.read", "shift.close", "shift.open"];

pub struct Operation {
    name: String,
    pub method: Method,
    pub template: String,
    /// The permissions that are needed with a session; none: it is for anybody.
    needed: Option<Vec<String>>,
    statuses: BTreeSet<u16>,
}

/// All of them; those that end something come last.
pub fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(edge::openapi()).unwrap();
    let mut operations = Vec::new();
    for (template, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let ways = operation["security"].as_array().expect("it says who may");
            let needed = ways.first().map(|way| {
                let needed = way["session"]
                    .as_array()
                    .expect("a session is the only way");
                let codes = needed.iter().map(|code| code.as_str().unwrap().to_owned());
                codes.collect()
            });
            let statuses = operation["responses"].as_object().unwrap().keys();
            operations.push(Operation {
                name: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                template: template.clone(),
                needed,
                statuses: statuses.map(|status| status.parse().unwrap()).collect(),
            });
        }
    }
    let rank = |operation: &Operation| LATE.iter().position(|late| *late == operation.name);
    operations.sort_by_key(|operation| rank(operation).map_or(0, |rank| rank + 1));
    operations
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Nobody,
    ForgedCookie,
    /// Has the cookie of somebody who has signed out since.
    Thief,
    SessionOver,
    Dismissed,
    /// Works here, and may do nothing at a till.
    Powerless,
    Cashier,
    /// May everything, in a shop that has been on its own for longer than that is believed.
    LongAlone,
    Manager,
    /// A page of another site, in the browser of the manager.
    ForeignPage,
}

impl Who {
    fn is_signed_in(self) -> bool {
        matches!(
            self,
            Self::Powerless | Self::Cashier | Self::LongAlone | Self::Manager | Self::ForeignPage
        )
    }

    fn may(self, permission: &str) -> bool {
        match self {
            Self::Powerless => false,
            Self::Cashier => OF_CASHIERS.contains(&permission),
            Self::LongAlone => Permission::by_code(permission).unwrap().lasts_offline(),
            _ => true,
        }
    }

    /// The refusal that the document promises; none: it succeeds.
    fn refusal(self, operation: &Operation) -> Option<u16> {
        if self == Self::ForeignPage && operation.method != Method::GET {
            return Some(403);
        }
        let needed = operation.needed.as_ref()?;
        if !self.is_signed_in() {
            return Some(401);
        }
        (!needed.iter().all(|one| self.may(one))).then_some(403)
    }
}

fn id(name: &str) -> Uuid {
    testkit::id::<()>(name).as_uuid()
}

/// A shop with something of everything, and who asks.
struct Stage {
    shop: TestShop,
    /// The manager's, with an open shift.
    till: Till,
    sale: Uuid,
    purchase: Uuid,
    /// A purchase to void: the other one is corrected.
    voidable: Uuid,
    void: Uuid,
    /// Goods that came back, of another sale.
    returned: Uuid,
    /// A shift that has ended, with its Z report.
    closed: Uuid,
    /// Waits to be recalled.
    parked: Uuid,
    /// Of a printer that is off.
    print: Uuid,
    asker: Till,
}

fn bought() -> Value {
    json!([{ "variant_id": testkit::variant_id("COLA").as_uuid(), "quantity": 10, "unit_cost": "0.50", "cost_quantity": 1 }])
}

fn take_back(till: &Till) -> Value {
    json!({ "shift_id": till.shift, "reason": "typed twice" })
}

fn correct(till: &Till) -> Value {
    let mut instead = purchase(till);
    instead["supplier_document"] = json!("D-77");
    json!({ "purchase": instead, "reason": "another paper" })
}

fn purchase(till: &Till) -> Value {
    json!({
        "shift_id": till.shift, "supplier_id": testkit::supplier_id().as_uuid(), "lines": bought(),
        "payment": { "kind": "cash", "amount_minor": 500 },
    })
}

fn picked(reservation: &str) -> Value {
    json!({ "lines": [{ "reservation_id": id(reservation), "picked": 1 }] })
}

impl Stage {
    async fn set(who: Who) -> Self {
        let shop = TestShop::start().await;
        let mut till = shop.open_till(1).await;
        let closed = till.shift;
        cash::close_and_open(&mut till).await;
        count(&till, &[("COLA", 30), ("MILK", 5)]).await;
        give(&till, &[("COLA", 10)]).await;
        for (idx, order, reservation) in [(1, "W-1", "r1"), (2, "W-2", "r2")] {
            let line = json!({ "reservation": id(reservation), "quantity": 1,
                               "variant": testkit::variant_id("COLA").as_uuid() });
            let body = json!({ "order": id(order), "order_number": order, "customer": "Ana", "lines": [line] });
            command(&shop, idx, "pick", body).await;
        }
        let path = format!("/v1/picks/{}/picking/{}", id("W-2"), new_id());
        assert_eq!(till.put(&path, picked("r2")).await.0, 201);
        let (sale, bought) = (new_id(), new_id());
        assert_eq!(till.sell(sale, &[("COLA", 1)], 150).await.0, 201);
        let path = format!("/v1/purchases/{bought}");
        let answer = till.put(&path, purchase(&till)).await;
        assert_eq!(answer.0, 201, "{answer:?}");
        let (other, voidable, void) = (new_id(), new_id(), new_id());
        for id in [other, voidable] {
            let path = format!("/v1/purchases/{id}");
            assert_eq!(till.put(&path, purchase(&till)).await.0, 201);
        }
        let path = format!("/v1/purchases/{other}/voids/{void}");
        let answer = till.put(&path, take_back(&till)).await;
        assert_eq!(answer.0, 201, "{answer:?}");
        let returned = returns::bring_back(&till).await;
        let print = new_id();
        let printer = format!("/v1/printers/{}", testkit::register_id(1).as_uuid());
        assert_eq!(till.put(&printer, print::off()).await.0, 204);
        let path = format!("/v1/sales/{sale}/prints/{print}");
        assert_eq!(till.put(&path, json!({})).await.0, 201);
        // Not printed, so that it can be printed for the first time.
        let path = format!("/v1/prints/{print}/decision");
        let skip = json!({ "decision": "skip" });
        assert_eq!(till.put(&path, skip).await.0, 200);
        let parked = basket::park(&till).await;
        // A code that opens something.
        let offer = json!({ "when": ["voucher"], "effects": [{ "percent": { "off": 100 } }] });
        let offer = testkit::promotion("offer", 1, &offer, &["SPRING"]);
        testkit::apply(&shop.running.shop, Feed::Promotion, vec![offer])
            .await
            .unwrap();
        let mut stage = Self {
            closed,
            parked,
            print,
            asker: shop.till(),
            shop,
            till,
            sale,
            purchase: bought,
            voidable,
            void,
            returned,
        };
        stage.arrive(who).await;
        stage
    }

    async fn arrive(&mut self, who: Who) {
        let asker = &self.asker;
        match who {
            Who::Nobody => {}
            Who::ForgedCookie => {
                self.asker.http = with_cookie(&format!("{}=forged", cookie_name()));
            }
            Who::Thief => {
                let cookie = self.sign_in_by_hand().await;
                self.asker.http = with_cookie(&cookie);
                assert_eq!(self.asker.get("/v1/session").await.0, 200);
                assert_eq!(self.asker.delete("/v1/session").await.0, 204);
            }
            Who::SessionOver => {
                asker.sign_in(testkit::manager_id(), 1).await;
                self.shop
                    .security_clock
                    .advance(SignedDuration::from_hours(17));
            }
            Who::Dismissed => {
                asker.sign_in(testkit::cashier_id(), 1).await;
                staff(&self.shop, 2, &[], None, false).await;
            }
            Who::Cashier => drop(asker.sign_in(testkit::cashier_id(), 1).await),
            Who::Manager | Who::ForeignPage => drop(asker.sign_in(testkit::manager_id(), 1).await),
            Who::Powerless => {
                staff(&self.shop, 2, &[], None, true).await;
                asker.sign_in(testkit::cashier_id(), 1).await;
            }
            Who::LongAlone => {
                staff(&self.shop, 2, Permission::ALL, Some(7), true).await;
                let contact = self.shop.clock.now().as_millisecond() - 7 * 24 * 3_600_000;
                let heard = format!("update node_state set last_contact = {contact}");
                self.shop.file().execute(&heard, []).unwrap();
                asker.sign_in(testkit::cashier_id(), 1).await;
            }
        }
    }

    /// The cookie of the manager, as somebody sees it who looks into the browser.
    async fn sign_in_by_hand(&self) -> String {
        let body = json!({ "staff_id": testkit::manager_id().as_uuid(), "pin": testkit::PIN,
                           "register_id": testkit::register_id(1).as_uuid() });
        let url = format!("{}/v1/session", self.till.base);
        let response = self.asker.http.post(&url).json(&body).send().await.unwrap();
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// A request that is good as such; none: nobody has written one.
    fn ask(&self, name: &str) -> Option<(String, Option<Value>)> {
        let lines = lines_of(&[("COLA", 1)]);
        let counted =
            json!([{ "variant_id": testkit::variant_id("COLA").as_uuid(), "counted": 12 }]);
        let new = new_id();
        let (path, body) = match name {
            "scan_barcode" => (
                format!("/v1/barcodes/{}", testkit::barcode("20000000001")),
                None,
            ),
            "record_count" => (
                format!("/v1/counts/{new}"),
                Some(json!({ "lines": counted, "reason": "count" })),
            ),
            "get_edge" => ("/v1/edge".to_owned(), None),
            "confirm_clock" => ("/v1/edge/clock-confirmation".to_owned(), Some(json!({}))),
            "list_picks" => ("/v1/picks".to_owned(), None),
            "record_handover" => (format!("/v1/picks/{}/handover/{new}", id("W-2")), None),
            "record_picking" => (
                format!("/v1/picks/{}/picking/{new}", id("W-1")),
                Some(picked("r1")),
            ),
            "find_products" => ("/v1/products?q=cola".to_owned(), None),
            "quote_purchase" => (
                "/v1/purchase-quotes".to_owned(),
                Some(json!({ "lines": bought() })),
            ),
            "list_purchases" => ("/v1/purchases".to_owned(), None),
            "get_purchase" => (format!("/v1/purchases/{}", self.purchase), None),
            "record_purchase" => (format!("/v1/purchases/{new}"), Some(purchase(&self.till))),
            "void_purchase" => (
                format!("/v1/purchases/{}/voids/{new}", self.voidable),
                Some(take_back(&self.till)),
            ),
            "correct_purchase" => (
                format!("/v1/purchases/{}/corrections/{new}", self.purchase),
                Some(correct(&self.till)),
            ),
            "quote_sale" => ("/v1/quotes".to_owned(), Some(json!({ "lines": lines }))),
            "give_back_rights" => (
                format!("/v1/rights-returns/{new}"),
                Some(json!({ "lines": lines })),
            ),
            "list_sales" => ("/v1/sales".to_owned(), None),
            "get_sale" => (format!("/v1/sales/{}", self.sale), None),
            "close_sale" => (
                format!("/v1/sales/{new}"),
                Some(self.till.sale(&[("COLA", 1)], 150)),
            ),
            "sign_out" | "get_session" => ("/v1/session".to_owned(), None),
            "sign_in" => (
                "/v1/session".to_owned(),
                Some(json!({ "staff_id": testkit::manager_id().as_uuid(),
                "pin": testkit::PIN, "register_id": testkit::register_id(1).as_uuid() })),
            ),
            "list_staff" => ("/v1/staff".to_owned(), None),
            "list_stock" => ("/v1/stock".to_owned(), None),
            "list_suppliers" => ("/v1/suppliers".to_owned(), None),
            "list_containers" => ("/v1/containers".to_owned(), None),
            "approve_line"
            | "void_basket"
            | "park_basket"
            | "list_parked_baskets"
            | "recall_basket" => return Some(basket::ask(self, name)),
            _ => return self.ask_further(name),
        };
        Some((path, body))
    }

    fn ask_further(&self, name: &str) -> Option<(String, Option<Value>)> {
        self.ask_to_print(name)
            .or_else(|| self.ask_of_cash(name))
            .or_else(|| self.ask_of_patrons(name))
            .or_else(|| self.ask_of_returns(name))
    }

    fn ask_of_patrons(&self, name: &str) -> Option<(String, Option<Value>)> {
        Some(match name {
            "find_patron" => (
                "/v1/patron-lookups".to_owned(),
                Some(json!({ "phone": "2125550123" })),
            ),
            "register_patron" => (
                format!("/v1/patrons/{}", new_id()),
                Some(json!({ "shift_id": self.till.shift, "phone": "6465550199", "name": "Lan" })),
            ),
            "show_voucher" => (format!("/v1/baskets/{}/vouchers/SPRING", new_id()), None),
            _ => return None,
        })
    }

    async fn send(&self, who: Who, operation: &Operation) -> (u16, String) {
        let (path, body) = self.ask(&operation.name).unwrap();
        let url = format!("{}{path}", self.asker.base);
        let mut request = self.asker.http.request(operation.method.clone(), url);
        if who == Who::ForeignPage {
            request = request
                .header(header::ORIGIN, "https://evil.example")
                .header("sec-fetch-site", "cross-site");
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

fn with_cookie(cookie: &str) -> reqwest::Client {
    let headers = [(header::COOKIE, cookie.parse().unwrap())]
        .into_iter()
        .collect();
    reqwest::Client::builder()
        .default_headers(headers)
        .build()
        .unwrap()
}

/// What the head office says of the cashier.
async fn staff(
    shop: &TestShop,
    version: i64,
    may: &[Permission],
    offline_days: Option<i64>,
    active: bool,
) {
    let codes: Vec<String> = may.iter().map(|one| one.code().to_owned()).collect();
    let grant = GrantState {
        permissions: codes.clone(),
        limits: std::collections::BTreeMap::new(),
        offline_days,
    };
    let state = StaffState {
        name: "Carl Cashier".to_owned(),
        pin_hash: Some(testkit::pin_hash()),
        roles: vec!["cashier".to_owned()],
        permissions: codes,
        grants: vec![grant],
        active,
    };
    let entity = testkit::entity(testkit::cashier_id().as_uuid(), version, &state);
    testkit::apply(&shop.running.shop, Feed::Staff, vec![entity])
        .await
        .unwrap();
}

/// All operations, asked by one: first what is refused, which records nothing, then what is not.
async fn asked_by(who: Who) {
    let stage = Stage::set(who).await;
    let covered = operations()
        .into_iter()
        .filter(|operation| stage.ask(&operation.name).is_some());
    let (refused, allowed): (Vec<_>, Vec<_>) = covered.partition(|one| who.refusal(one).is_some());
    let recorded =
        "select (select last_seq from node_state) * 1000 + (select count(*) from stock_movement)";
    let before: i64 = stage.shop.value(recorded);
    let mut wrong = Vec::new();
    for operation in refused.iter().chain(&allowed) {
        let (status, text) = stage.send(who, operation).await;
        let is_right = who
            .refusal(operation)
            .map_or((200..300).contains(&status), |refusal| refusal == status);
        if !is_right || !operation.statuses.contains(&status) {
            wrong.push(format!(
                "{}: {:?}, and it is {status} {text}",
                operation.name,
                who.refusal(operation)
            ));
        }
        if refused
            .last()
            .is_some_and(|last| last.name == operation.name)
        {
            assert_eq!(
                stage.shop.value::<i64>(recorded),
                before,
                "a refusal has recorded something"
            );
        }
    }
    println!(
        "{who:?}: {} cells, {} refused",
        refused.len() + allowed.len(),
        refused.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

macro_rules! matrix {
    ($($name:ident: $who:ident,)+) => {
        $(
            #[tokio::test]
            async fn $name() {
                asked_by(Who::$who).await;
            }
        )+
    };
}

matrix! {
    by_nobody: Nobody,
    by_a_forged_cookie: ForgedCookie,
    by_the_thief_of_a_cookie_after_its_owner_signed_out: Thief,
    by_a_session_that_is_over: SessionOver,
    by_somebody_dismissed: Dismissed,
    by_somebody_without_any_permission: Powerless,
    by_a_cashier: Cashier,
    by_a_supervisor_of_a_shop_long_alone: LongAlone,
    by_a_manager: Manager,
    by_a_page_of_another_site: ForeignPage,
}

#[tokio::test]
async fn no_operation_is_left_out() {
    let stage = Stage::set(Who::Nobody).await;
    let mut uncovered: Vec<String> = operations()
        .into_iter()
        .map(|operation| operation.name)
        .collect();
    uncovered.retain(|name| stage.ask(name).is_none());
    uncovered.sort();
    let listed: Vec<&str> = UNCOVERED.lines().collect();
    assert_eq!(uncovered, listed, "authz/uncovered.txt is not right");
}

/// What the tills hide by permission, some operation refuses without it, and the cashier of the matrix or the supervisor
/// long alone lacks it; the cashier's own are refused to who is not signed in.
#[test]
fn what_the_tills_hide_is_refused_as_well() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src");
    let code: String = ["pos", "buy", "station"]
        .iter()
        .map(|folder| code(&source.join(folder)))
        .collect();
    let named = |permission: &&Permission| code.contains(&format!("\"{}\"", permission.code()));
    let hidden: Vec<&str> = Permission::ALL
        .iter()
        .filter(named)
        .map(|permission| permission.code())
        .collect();
    assert!(
        hidden.len() > 6,
        "only {hidden:?}: the pages ask otherwise now"
    );
    // Of a line of a sale, or of who stands by, not of an operation: staff.rs, rights.rs, basket.rs, reversal.rs and
    // returns.rs try these.
    let of_lines = [
        "price.override",
        "discount.line",
        "stock.override",
        "sale.void",
        "purchase.void",
        "return.create",
    ];
    let operations = operations();
    for permission in hidden.into_iter().filter(|code| !of_lines.contains(code)) {
        let needs = |operation: &Operation| {
            operation
                .needed
                .iter()
                .flatten()
                .any(|needed| needed == permission)
        };
        assert!(
            operations.iter().any(needs),
            "a till hides something without {permission}, and no operation asks for it"
        );
    }
}

fn code(folder: &std::path::Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            all.push_str(&code(&path));
        } else if path
            .extension()
            .is_some_and(|kind| kind == "ts" || kind == "tsx")
            && !name.contains(".test.")
        {
            all.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
    all
}

fn cookie_name() -> String {
    let node = id("node").simple().to_string();
    format!("branchline_edge_{}", &node[24..])
}

#[tokio::test]
async fn live_messages_are_for_who_is_signed_in() {
    let stage = Stage::set(Who::Nobody).await;
    let url = format!("{}/v1/live", stage.asker.base);
    let upgrade = |client: &reqwest::Client| {
        client
            .get(&url)
            .header(header::CONNECTION, "upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .header(header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ==")
    };
    assert_eq!(
        upgrade(&stage.asker.http).send().await.unwrap().status(),
        401
    );
    assert_eq!(
        upgrade(&stage.till.http).send().await.unwrap().status(),
        101
    );
    let foreign = upgrade(&stage.till.http)
        .header(header::ORIGIN, "https://evil.example")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(
        foreign.send().await.unwrap().status(),
        403,
        "a page of another site listens"
    );
}

#[tokio::test]
async fn a_token_that_a_browser_brings_is_never_taken() {
    let stage = Stage::set(Who::ForgedCookie).await;
    // The victim signs in with the cookie in place that somebody else has chosen.
    let cookie = stage.sign_in_by_hand().await;
    assert_ne!(cookie, format!("{}=forged", cookie_name()));
    assert_eq!(
        told(&stage.asker.get("/v1/session").await),
        "401 session.missing {}"
    );
}

/// A supervisor's word is a PIN that is typed for one sale: a cashier who has seen one go through has nothing in hand.
#[tokio::test]
async fn a_supervisors_word_cannot_be_used_again() {
    let shop = TestShop::start().await;
    let manager = shop.open_till(1).await;
    count(&manager, &[("COLA", 10)]).await;
    give(&manager, &[("COLA", 10)]).await;
    let mut till = shop.till();
    till.sign_in(testkit::cashier_id(), 2).await;
    till.open_shift(2).await;
    let mut sale = till.sale(&[("COLA", 1)], 150);
    sale["shortages"] =
        json!([{ "variant_id": testkit::variant_id("COLA").as_uuid(), "answer": "override" }]);
    let manager_id = testkit::manager_id().as_uuid();
    sale["override"] =
        json!({ "staff_id": manager_id, "pin": testkit::PIN, "reason": "customer waits" });
    let path = format!("/v1/sales/{}", new_id());
    let (status, first) = till.put(&path, sale.clone()).await;
    assert_eq!(status, 201, "{first}");
    // The same request is the same sale, and nothing more.
    assert_eq!(till.put(&path, sale.clone()).await, (200, first.clone()));
    // Under its cover nothing else is sold.
    let mut more = sale.clone();
    more["lines"] = lines_of(&[("COLA", 5)]);
    more["tenders"] = json!([{ "kind": "cash", "amount_minor": 750 }]);
    assert_eq!(told(&till.put(&path, more).await), "409 sale.id_reused {}");
    // Another sale needs the word again, and what a cashier has seen of the first is not it.
    for (word, expected) in [
        (Value::Null, "422 stock.override_unsigned {}"),
        (
            json!({ "staff_id": manager_id, "pin": "", "reason": "again" }),
            "401 pin.wrong",
        ),
        (
            json!({ "staff_id": manager_id, "pin": "0815", "reason": "again" }),
            "401 pin.wrong",
        ),
        (
            json!({ "staff_id": testkit::cashier_id().as_uuid(), "pin": testkit::PIN, "reason": "again" }),
            "403 permission.denied",
        ),
    ] {
        let mut again = sale.clone();
        again["override"] = word.clone();
        let answer = till.put(&format!("/v1/sales/{}", new_id()), again).await;
        assert!(told(&answer).starts_with(expected), "{word}: {answer:?}");
    }
    // Nothing of the PIN is kept or told.
    assert!(!first.to_string().contains(testkit::PIN), "{first}");
    let kept: i64 = shop.value(&format!(
        "select count(*) from outbox where body like '%\"pin\"%' or body like '%\"{}\"%'",
        testkit::PIN
    ));
    assert_eq!(kept, 0, "an event has the PIN");
    let sold: i64 = shop.value("select count(*) from sale_override");
    assert_eq!(sold, 1);
}
