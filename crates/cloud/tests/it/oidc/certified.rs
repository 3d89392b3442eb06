//! The certified provider, and the pages on which somebody signs in there.
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use reqwest::Response;
use serde_json::{Value, json};
use url::Url;

use super::location;
use crate::browser::Office;

/// The provider; it ends with this.
pub struct Certified {
    pub issuer: String,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Certified {
    /// Starts it for an office. `accounts`: what it says about whom, by login.
    pub fn start(office: &Office, accounts: &Value) -> Self {
        let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
        assert!(
            web.join("node_modules/oidc-provider").exists(),
            "the provider's package is missing: run `scripts/web --packages-only`"
        );
        let home = Url::parse(&format!("http://{}", office.running.addr)).unwrap();
        let at = |path: &str| home.join(path).unwrap().to_string();
        let options = json!({
            "callbacks": [at("/v1/session/oidc/test/callback"), at("/v1/shop/oidc/shop/callback")],
            "goodbyes": [at("/office"), at("/shop")],
            "accounts": accounts,
        });
        let mut child = Command::new("node")
            .arg("e2e/provider.mjs")
            .arg(options.to_string())
            .current_dir(web)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut provider = Self {
            issuer: String::new(),
            child,
            input,
            output,
        };
        let said = provider.said();
        said["issuer"]
            .as_str()
            .expect("where it is")
            .clone_into(&mut provider.issuer);
        provider
    }

    fn said(&mut self) -> Value {
        // It also gives advice, for who sets it up.
        loop {
            let mut line = String::new();
            assert_ne!(
                self.output.read_line(&mut line).unwrap(),
                0,
                "the provider has ended"
            );
            if line.starts_with('{') {
                return serde_json::from_str(&line).unwrap();
            }
        }
    }

    /// Gives it new keys.
    pub fn rotate(&mut self) {
        writeln!(self.input, "rotate").unwrap();
        assert_eq!(self.said()["rotated"], true);
    }

    /// Signs in there as a person would: the address with which it sends the browser back.
    pub async fn sign_in(&self, to: &Url, login: &str) -> Url {
        let browser = Person::new();
        let mut page = browser.open(to).await;
        for _ in 0..5 {
            match page {
                Page::Left(url) => return url,
                Page::Form { action, fields } => {
                    let fields = fields.into_iter().map(|(name, value)| match name.as_str() {
                        "login" | "password" => (name, login.to_owned()),
                        _ => (name, value),
                    });
                    page = browser.send(&action, fields.collect()).await;
                }
            }
        }
        panic!("the provider asks for ever");
    }

    /// Signs out there: the address to which it sends the browser then.
    pub async fn sign_out(&self, goodbye: &Url) -> String {
        let browser = Person::new();
        let Page::Form { action, fields } = browser.open(goodbye).await else {
            panic!("the provider does not ask");
        };
        match browser.send(&action, fields).await {
            Page::Left(url) => url.to_string(),
            Page::Form { .. } => panic!("the provider asks again"),
        }
    }
}

impl Drop for Certified {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the provider shows.
enum Page {
    /// A form to fill in.
    Form {
        action: Url,
        fields: Vec<(String, String)>,
    },
    /// It has sent the browser away.
    Left(Url),
}

/// A person's browser at the provider.
struct Person(reqwest::Client);

impl Person {
    fn new() -> Self {
        let client = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Self(client.unwrap())
    }

    async fn open(&self, url: &Url) -> Page {
        let answer = self.0.get(url.clone()).send().await.unwrap();
        self.follow(answer, url).await
    }

    async fn send(&self, action: &Url, fields: Vec<(String, String)>) -> Page {
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self
            .0
            .post(action.clone())
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(body).send().await.unwrap();
        self.follow(answer, action).await
    }

    async fn follow(&self, mut answer: Response, provider: &Url) -> Page {
        let mut at = provider.clone();
        while answer.status().is_redirection() {
            at = at.join(&location(&answer)).unwrap();
            if at.origin() != provider.origin() {
                return Page::Left(at);
            }
            answer = self.0.get(at.clone()).send().await.unwrap();
        }
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "the provider says {status}: {text}");
        form(&at, &text)
    }
}

/// The form of a page: where it goes, and what is in it.
fn form(at: &Url, text: &str) -> Page {
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        Some(rest.split_once('"')?.0.replace("&amp;", "&"))
    };
    let (_, form) = text.split_once("<form").expect(text);
    let (head, body) = form.split_once('>').unwrap();
    let action = at.join(&attribute(head, "action").expect(head)).unwrap();
    let inputs = body
        .split("<input")
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(tag, _)| tag);
    let fields = inputs
        .filter_map(|tag| {
            Some((
                attribute(tag, "name")?,
                attribute(tag, "value").unwrap_or_default(),
            ))
        })
        .collect();
    Page::Form { action, fields }
}
