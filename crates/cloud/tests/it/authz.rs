//! Who may do what: every operation of the document that is served, asked by everybody who could ask. What is expected
//! is derived from the document: its requirements come from the handlers' own signatures.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use reqwest::{Method, header, redirect};
use serde_json::Value;

use crate::browser::Browser;

mod actor;
mod foreign;
mod request;
mod stage;
mod web;

use actor::{Reach, Who};
use request::{Answers, Ask};
use stage::Stage;

/// Operations that the matrix does not ask. Has to be right, and ought to be empty.
const UNCOVERED: &str = include_str!("authz/uncovered.txt");

/// What has to come after the rest: it uses up what others need, or ends the session that asks.
const LATE: &[&str] = &[
    "end_my_session",
    "end_my_other_sessions",
    "confirm_my_totp",
    "give_my_second_factor",
    "renew_my_recovery_codes",
    "remove_my_totp",
    "revoke_token",
    "revoke_invitation",
    "end_staff_grant",
    "get_person",
    "set_pin",
    "end_staff_sessions",
    "remove_identity_provider",
    "remove_region",
    "decide_approval",
    "fence_node",
    "replace_node",
    "remove_staff_totp",
    "set_activity",
    "change_my_password",
    "give_second_factor",
    "accept_invitation",
    "end_other_shop_sessions",
    "end_shop_session",
    "sign_in_customer",
    "sign_out_customer",
    "sign_in",
    "sign_out",
];

/// An operation of the document.
pub struct Operation {
    name: String,
    pub method: Method,
    pub template: String,
    /// By security scheme the permissions that are needed; none: it is for anybody.
    ways: Vec<(String, Vec<String>)>,
    /// In the whole chain.
    everywhere: bool,
    /// Permissions with which more is answered.
    wider: Vec<String>,
    statuses: BTreeSet<u16>,
}

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// All of them; those that end something come last.
pub fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(cloud::openapi()).unwrap();
    let mut operations = Vec::new();
    for (template, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let ways = operation["security"].as_array().expect("it says who may");
            let ways = ways.iter().flat_map(|way| way.as_object().unwrap());
            let statuses = operation["responses"].as_object().unwrap().keys();
            operations.push(Operation {
                name: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                template: template.clone(),
                ways: ways
                    .map(|(scheme, needed)| (scheme.clone(), texts(needed)))
                    .collect(),
                everywhere: operation["x-reach"] == "chain",
                wider: texts(&operation["x-wider-with"]),
                statuses: statuses.map(|status| status.parse().unwrap()).collect(),
            });
        }
    }
    let rank = |operation: &Operation| LATE.iter().position(|late| *late == operation.name);
    operations.sort_by_key(|operation| rank(operation).map_or(0, |rank| rank + 1));
    operations
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Success,
    Refused(u16),
}

/// What the document promises to somebody who asks for something that belongs to A, or to nobody.
fn expected(operation: &Operation, who: Who, is_of_a: bool) -> Expected {
    use Expected::{Refused, Success};
    if who == Who::ForeignPage
        && (operation.method != Method::GET || operation.name == "follow_live")
    {
        return Refused(403);
    }
    if operation.ways.is_empty() {
        return Success;
    }
    let scheme = who.scheme().unwrap_or_default();
    let mut ways = operation
        .ways
        .iter()
        .filter(|(way, _)| way == scheme)
        .peekable();
    if ways.peek().is_none() {
        // A program is known, and may never do what needs somebody at a browser.
        let needs_person = operation.ways.iter().any(|(way, _)| way == "session");
        return Refused(if scheme == "token" && needs_person {
            403
        } else {
            401
        });
    }
    if scheme == "node" {
        // The path names the node: another's is refused before anything is looked up.
        return if who.reach() == Reach::A {
            Success
        } else {
            Refused(401)
        };
    }
    let has = |permission: &String| {
        if operation.everywhere {
            who.may_everywhere(permission)
        } else {
            who.may(permission)
        }
    };
    if !ways.any(|(_, needed)| needed.iter().all(has)) {
        return Refused(403);
    }
    let is_foreign = who.reach() == Reach::B;
    let sees = operation.wider.iter().all(|wider| who.may(wider)) && !is_foreign;
    if is_of_a && (is_foreign || !operation.wider.is_empty() && !sees) {
        return Refused(404);
    }
    Success
}

/// One who asks, and what was answered so far.
struct Matrix {
    stage: Stage,
    who: Who,
    browser: Browser,
    client: reqwest::Client,
    of_a: Vec<String>,
    answers: Answers,
    wrong: Vec<String>,
}

impl Matrix {
    async fn of(who: Who) -> Self {
        let stage = Stage::set().await;
        let browser = who.arrive(&stage).await;
        let client = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            of_a: stage.of_a(),
            stage,
            who,
            browser,
            client,
            answers: Answers::new(),
            wrong: Vec::new(),
        }
    }

    fn ask(&self, operation: &Operation) -> Option<Ask> {
        request::of(
            &self.stage,
            &operation.name,
            &operation.template,
            &self.answers,
        )
    }

    /// Whether a request names something that only A's side may know of.
    fn is_of_a(&self, ask: &Ask) -> bool {
        let body = ask.body.as_deref().map(String::from_utf8_lossy);
        let body = body.unwrap_or_default();
        self.of_a
            .iter()
            .any(|id| ask.path.contains(id) || body.contains(id))
    }

    fn expected(&self, operation: &Operation) -> Option<Expected> {
        let ask = self.ask(operation)?;
        Some(expected(operation, self.who, self.is_of_a(&ask)))
    }

    async fn send(&self, operation: &Operation, ask: &Ask) -> (u16, String) {
        let address = format!("http://{}{}", self.browser.addr, ask.path);
        let body = ask.body.clone().unwrap_or_default();
        let mut request = self.client.request(operation.method.clone(), address);
        let cookies = [&self.browser.cookie, &ask.cookie];
        let cookies: Vec<&str> = cookies.into_iter().flatten().map(String::as_str).collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if let Some(bearer) = &self.browser.bearer {
            request = request.bearer_auth(bearer);
        }
        if self.who.scheme() == Some("node") {
            let node = match self.who {
                Who::NodeA => request::node(&self.stage, &operation.name),
                _ => &self.stage.b,
            };
            let method = operation.method.as_str();
            let signature = wire::signature::sign(&node.key, method, &ask.path, &body);
            request = request
                .header("branchline-node", node.id.to_string())
                .header("branchline-signature", signature);
        }
        if self.who == Who::ForeignPage {
            request = request
                .header(header::ORIGIN, "https://evil.example")
                .header("sec-fetch-site", "cross-site");
        }
        if ask.upgrades {
            request = request
                .header(header::CONNECTION, "upgrade")
                .header(header::UPGRADE, "websocket")
                .header(header::SEC_WEBSOCKET_VERSION, "13")
                .header(header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ==");
        }
        if ask.body.is_some() {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = if status == 101 {
            String::new()
        } else {
            response.text().await.unwrap()
        };
        (status, text)
    }

    /// Asks, and notes what is not as the document says.
    async fn cell(&mut self, operation: &Operation, expected: Expected) {
        let ask = self.ask(operation).unwrap();
        let mut answer = self.send(operation, &ask).await;
        // The instance's own poller may have just begun.
        for _ in 0..50 {
            if answer.0 != 503 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            answer = self.send(operation, &ask).await;
        }
        let (status, text) = answer;
        let is_right = match expected {
            Expected::Success => (100..400).contains(&status),
            Expected::Refused(refused) => status == refused,
        };
        let name = &operation.name;
        if !is_right {
            self.wrong
                .push(format!("{name}: {expected:?}, and it is {status} {text}"));
        }
        if !operation.statuses.contains(&status) {
            self.wrong
                .push(format!("{name}: {status} is not documented: {text}"));
        }
        // Whoever has a code, a link or a password is told what it is for, by whichever browser.
        if self.who.reach() == Reach::B && !operation.ways.is_empty() {
            let asked = format!(
                "{}{}",
                ask.path,
                String::from_utf8_lossy(&ask.body.unwrap_or_default())
            );
            let told = self
                .of_a
                .iter()
                .filter(|id| text.contains(*id) && !asked.contains(*id));
            let told: Vec<&String> = told.collect();
            if !told.is_empty() {
                self.wrong
                    .push(format!("{name}: tells {told:?} of A: {text}"));
            }
        }
        let answer = serde_json::from_str(&text).unwrap_or_default();
        self.answers.insert(name.clone(), answer);
    }
}

/// Everything that is kept, but for what every request may change: when a session was used last, queues of work, and that
/// somebody was refused.
const KEPT: &str = "select string_agg(t.relname || (xpath('/row/h/text()', query_to_xml(
      format('select count(*) || md5(coalesce(string_agg(t::text, '','' order by t::text), '''')) as h from %I t', t.relname)
        || case t.relname when 'audit' then ' where action <> ''access.refused''' else '' end,
      false, true, '')))[1]::text, ' ' order by t.relname)
    from pg_class t
   where t.relkind in ('r', 'p') and not t.relispartition and t.relnamespace = 'public'::regnamespace
     and t.relname not in ('session', 'api_token', 'job', 'cron_tick', 'live_event', 'live_head', 'live_touch', 'node_stream', 'refinery_schema_history')";

/// All operations, asked by one: first what is refused, which changes nothing, then what is not.
async fn asked_by(who: Who) {
    let mut matrix = Matrix::of(who).await;
    let (mut refused, mut allowed) = (Vec::new(), Vec::new());
    for operation in operations() {
        match matrix.expected(&operation) {
            Some(Expected::Success) => allowed.push(operation),
            Some(refusal) => refused.push((operation, refusal)),
            None => assert!(UNCOVERED.lines().any(|line| line == operation.name)),
        }
    }
    let before = matrix.stage.world().text(KEPT).await;
    for (operation, refusal) in &refused {
        matrix.cell(operation, *refusal).await;
    }
    let after = matrix.stage.world().text(KEPT).await;
    let tables = before.split(' ').zip(after.split(' '));
    let changed: Vec<_> = tables.filter(|(before, after)| before != after).collect();
    assert!(changed.is_empty(), "refusals have changed {changed:?}");
    for operation in &allowed {
        matrix.cell(operation, Expected::Success).await;
    }
    let cells = refused.len() + allowed.len();
    println!("{who:?}: {cells} cells, {} refused", refused.len());
    assert!(matrix.wrong.is_empty(), "{}", matrix.wrong.join("\n"));
}

macro_rules! matrix {
    ($($name:ident: $who:ident,)+) => {
        $(
            #[tokio::test]
            async fn $name() {
                Box::pin(asked_by(Who::$who)).await;
            }
        )+
    };
}

matrix! {
    by_nobody: Anonymous,
    by_a_customer: Customer,
    by_a_cashier_of_a: CashierA,
    by_a_manager_of_a: ManagerA,
    by_a_manager_of_b: ManagerB,
    by_a_supervisor_of_both: Supervisor,
    by_an_administrator: Admin,
    by_a_node_of_a: NodeA,
    by_a_node_of_b: NodeB,
    by_a_channel: Channel,
    by_a_session_that_is_over: ExpiredSession,
    by_a_session_that_was_ended: RevokedSession,
    by_somebody_dismissed: DismissedPerson,
    by_a_token_that_was_revoked: RevokedToken,
    by_a_token_for_something_else: NarrowToken,
    by_a_token_for_everything: WideToken,
    by_a_page_of_another_site: ForeignPage,
}

#[tokio::test]
async fn no_operation_is_left_out() {
    let stage = Stage::set().await;
    let answers = Answers::new();
    let (mut uncovered, mut schemes) = (Vec::new(), BTreeMap::new());
    for operation in operations() {
        if request::of(&stage, &operation.name, &operation.template, &answers).is_none() {
            uncovered.push(operation.name.clone());
        }
        for (scheme, _) in operation.ways {
            schemes.entry(scheme).or_insert(operation.name.clone());
        }
    }
    uncovered.sort();
    let listed: Vec<&str> = UNCOVERED.lines().collect();
    assert_eq!(uncovered, listed, "authz/uncovered.txt is not right");
    // For each way in there is one of the matrix who comes by it and may do everything: each operation succeeds once.
    let everybody = [
        Who::Customer,
        Who::Admin,
        Who::NodeA,
        Who::Channel,
        Who::WideToken,
    ];
    let known: BTreeSet<_> = everybody.iter().filter_map(|who| who.scheme()).collect();
    let named: BTreeSet<_> = schemes.keys().map(String::as_str).collect();
    assert_eq!(named, known);
}
