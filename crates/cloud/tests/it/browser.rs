//! Somebody at the office with a browser, and a cloud whose clock for sessions stands still.
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use cloud::staff::{self, NewGrant, NewRole, NewStaff};
use cloud::{Config, OfficeOptions, Running};
use futures_util::StreamExt;
use httpkit::Parts;
use httpkit::clock::ManualClock;
use reqwest::{Method, Response, header};
use retail::staff::Permission;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use uuid::Uuid;

use crate::world::{MORNING, World, id};

/// A second on a machine that does nothing else; tests share theirs.
pub const SOON: Duration = Duration::from_secs(3);
pub const PASSWORD: &str = "correct horse battery";
pub const ADMIN: &str = "admin@example.org";
/// Sees everything of branch A.
pub const ANN: &str = "ann@example.org";
/// Sees everything of branch B.
pub const BOB: &str = "bob@example.org";
/// Sees only purchase figures, everywhere.
pub const PAM: &str = "pam@example.org";
/// Works at tills; has no permission that the office asks for.
pub const TIM: &str = "tim@example.org";

/// How long a test waits for what should come at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// A company with an office.
pub struct Office {
    pub running: Running,
    pub security: Arc<ManualClock>,
    pub world: World,
}

impl Office {
    pub async fn open() -> Self {
        Self::with(OfficeOptions::default()).await
    }

    pub async fn with(options: OfficeOptions) -> Self {
        let mut world = World::new().await;
        people(&world).await;
        let security = Arc::new(ManualClock::at(MORNING.parse().unwrap()));
        let running = serve(&world, &security, options).await;
        world.cloud = running.cloud.clone();
        world.addr = Some(running.addr);
        Self {
            running,
            security,
            world,
        }
    }

    /// Another instance over the same database.
    pub async fn second(&self, options: OfficeOptions) -> Running {
        serve(&self.world, &self.security, options).await
    }

    pub fn browser(&self) -> Browser {
        Browser::at(self.running.addr)
    }

    /// Somebody who has signed in.
    pub async fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser.sign_in(email, PASSWORD).await;
        assert_eq!(answer.0, 201, "{answer:?}");
        browser
    }

    /// Changes something as the owner, past all rules, at the instant of the business clock.
    pub async fn meddle(&self, statement: &str) {
        self.world
            .meddle(&format!("set branchline.now = '{MORNING}'; {statement}"))
            .await;
    }

    /// Applies everything that was pushed.
    pub async fn apply(&self) {
        cloud::sync::apply_all(&self.world.cloud).await.unwrap();
    }
}

async fn serve(world: &World, security: &Arc<ManualClock>, options: OfficeOptions) -> Running {
    let addr: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let mut config = Config::new(world.database.clone(), addr);
    config.office = options;
    config.database.connections = 8;
    let parts = Parts {
        clock: Arc::<ManualClock>::clone(&world.clock),
        security_clock: Arc::<ManualClock>::clone(security),
        ..Parts::system()
    };
    cloud::start(config, parts).await.unwrap()
}

async fn people(world: &World) {
    let reads = [
        Permission::SaleRead,
        Permission::PurchaseRead,
        Permission::StockRead,
        Permission::ReportRevenue,
        Permission::ReportPurchases,
        Permission::NodeRead,
        Permission::NodeRetry,
        Permission::NodeEnrol,
        Permission::JobRead,
        Permission::OrderRead,
        Permission::CustomerRead,
    ];
    let role = |number, code: &str, permissions: &[Permission]| NewRole {
        id: id(6, number),
        code: code.to_owned(),
        name: code.to_owned(),
        permissions: permissions.to_vec(),
    };
    let roles = [
        role(10, "branch_manager", &reads),
        role(11, "purchase_clerk", &[Permission::ReportPurchases]),
    ];
    staff::put_roles(&world.cloud, &roles).await.unwrap();
    let [a, b] = [world.locations[0], world.locations[1]];
    let people = [
        (ADMIN, "Ada", NewGrant::new("administrator", None)),
        (ANN, "Ann", NewGrant::new("branch_manager", Some(a))),
        (BOB, "Bob", NewGrant::new("branch_manager", Some(b))),
        (PAM, "Pam", NewGrant::new("purchase_clerk", None)),
        (TIM, "Tim", NewGrant::new("cashier", Some(a))),
    ];
    for (number, (email, name, grant)) in (100..).zip(people) {
        let person = NewStaff {
            id: id(3, number),
            name: name.to_owned(),
            email: Some(email.to_owned()),
            password: Some(PASSWORD.to_owned()),
            pin: None,
            grants: vec![grant],
        };
        staff::put(&world.cloud, &person).await.unwrap();
    }
}

/// Keeps its cookie itself, so that tests can look at it and lose it.
pub struct Browser {
    client: reqwest::Client,
    pub addr: SocketAddr,
    /// `name=token`.
    pub cookie: Option<String>,
    /// The last `Set-Cookie`.
    pub set_cookie: Option<String>,
    /// The API token of a program.
    pub bearer: Option<String>,
}

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Browser {
    pub fn at(addr: SocketAddr) -> Self {
        Self {
            client: reqwest::Client::new(),
            addr,
            cookie: None,
            set_cookie: None,
            bearer: None,
        }
    }

    /// The same person at another instance.
    pub fn moved_to(&self, addr: SocketAddr) -> Self {
        Self {
            cookie: self.cookie.clone(),
            ..Self::at(addr)
        }
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> (u16, Value) {
        let body = json!({ "email": email, "password": password });
        let response = self.ask(Method::POST, "/v1/session", Some(body)).await;
        self.take_cookie(&response);
        told(response).await
    }

    pub async fn sign_out(&mut self) -> u16 {
        let response = self.ask(Method::DELETE, "/v1/session", None).await;
        self.set_cookie = set_cookie(&response);
        response.status().as_u16()
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        told(self.ask(Method::GET, path, None).await).await
    }

    /// What must be there.
    pub async fn read(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn post(&self, path: &str, body: Option<Value>) -> (u16, Value) {
        told(self.ask(Method::POST, path, body).await).await
    }

    pub async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        told(self.ask(Method::PUT, path, Some(body)).await).await
    }

    pub async fn delete(&self, path: &str) -> (u16, Value) {
        told(self.ask(Method::DELETE, path, None).await).await
    }

    /// Status and body of any request.
    pub async fn told(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        told(self.ask(method, path, body).await).await
    }

    /// As [`Browser::told`], and takes the cookie of the answer.
    pub async fn answer(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let response = self.ask(method, path, body).await;
        self.take_cookie(&response);
        told(response).await
    }

    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let mut request = self
            .client
            .request(method, format!("http://{}{path}", self.addr));
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if let Some(bearer) = &self.bearer {
            request = request.bearer_auth(bearer);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    fn take_cookie(&mut self, response: &Response) {
        self.set_cookie = set_cookie(response);
        if let Some(cookie) = &self.set_cookie {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
    }

    /// Opens the live messages.
    pub async fn live(&self, after: Option<i64>) -> Socket {
        self.try_live(after, None).await.unwrap()
    }

    pub async fn try_live(
        &self,
        after: Option<i64>,
        origin: Option<&str>,
    ) -> Result<Socket, tungstenite::Error> {
        let query = after
            .map(|after| format!("?after={after}"))
            .unwrap_or_default();
        let mut request = format!("ws://{}/v1/live{query}", self.addr)
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        if let Some(cookie) = &self.cookie {
            headers.insert("cookie", cookie.parse().unwrap());
        }
        if let Some(origin) = origin {
            headers.insert("origin", origin.parse().unwrap());
        }
        // The poller may have just begun.
        for _ in 0..50 {
            match tokio_tungstenite::connect_async(request.clone()).await {
                Err(tungstenite::Error::Http(response)) if response.status() == 503 => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                other => return other.map(|(socket, _)| socket),
            }
        }
        panic!("live messages do not begin");
    }
}

/// Status and code of a refusal.
pub fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["code"].as_str().unwrap_or_default())
}

fn set_cookie(response: &Response) -> Option<String> {
    let value = response.headers().get(header::SET_COOKIE)?;
    Some(value.to_str().unwrap().to_owned())
}

/// Status and body; the request's id is never the same and left out.
async fn told(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let mut body: Value = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).expect(&text)
    };
    if let Some(fields) = body.as_object_mut() {
        fields.remove("request_id");
    }
    (status, body)
}

/// The next message; `None` when the server closed.
pub async fn next(socket: &mut Socket) -> Option<Value> {
    loop {
        let frame = tokio::time::timeout(PATIENCE, socket.next())
            .await
            .expect("a message comes")?;
        match frame {
            Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Messages up to and with the first that is it.
pub async fn until(socket: &mut Socket, is_it: impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut seen = Vec::new();
    while let Some(message) = next(socket).await {
        let found = is_it(&message);
        seen.push(message);
        if found {
            return seen;
        }
    }
    panic!("the server closed after {seen:?}");
}

/// The code with which the server closes.
pub async fn close_code(socket: &mut Socket) -> u16 {
    loop {
        let frame = tokio::time::timeout(PATIENCE, socket.next())
            .await
            .expect("it closes");
        match frame {
            Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
            Some(Ok(_)) => {}
            other => panic!("no close frame but {other:?}"),
        }
    }
}

/// The ids of a list.
pub fn ids(list: &Value) -> Vec<Uuid> {
    let items = list["items"].as_array().expect("a list");
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().parse().unwrap())
        .collect()
}
