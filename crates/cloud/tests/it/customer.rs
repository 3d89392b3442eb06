//! Customers sign in by a link, and get nowhere but the shop.
use cloud::OfficeOptions;
use cloud::mail::Delivery;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{ANN, Browser, Office, PASSWORD, code};

const CAROL: &str = "carol@example.net";

/// An office whose e-mails are files.
pub struct Mailing {
    pub office: Office,
    folder: tempfile::TempDir,
}

impl Mailing {
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = OfficeOptions::default();
        options.mail.delivery = Delivery::Folder(folder.path().to_owned());
        Self {
            office: Office::with(options).await,
            folder,
        }
    }

    /// The e-mails that were sent since the last time, as they would be read.
    pub async fn mails(&self) -> Vec<String> {
        // The office's own worker may be at it too.
        let waiting = "select count(*) from job where kind = 'mail.send'";
        while self.office.world.number(waiting).await > 0 {
            cloud::job::round(&self.office.world.cloud).await.unwrap();
        }
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let mut mails = Vec::new();
        for file in files {
            let path = file.unwrap().path();
            mails.push(decoded(&std::fs::read_to_string(&path).unwrap()));
            std::fs::remove_file(path).unwrap();
        }
        mails
    }

    /// The token of the link in the one e-mail that was sent.
    pub async fn token(&self, to: &str) -> String {
        let mails = self.mails().await;
        let [mail] = mails.as_slice() else {
            panic!("{mails:?}");
        };
        assert!(mail.contains(&format!("To: {to}")), "{mail}");
        let (_, rest) = mail.split_once("#token=").expect(mail);
        rest.split_whitespace().next().unwrap().to_owned()
    }
}

/// Without the soft breaks and escapes of quoted-printable.
fn decoded(mail: &str) -> String {
    mail.replace("=\r\n", "").replace("=3D", "=")
}

async fn ask(browser: &Browser, email: &str) -> (u16, Value) {
    browser
        .post("/v1/shop/login", Some(json!({ "email": email })))
        .await
}

async fn follow(browser: &mut Browser, token: &str) -> (u16, Value) {
    let body = json!({ "token": token });
    browser
        .answer(Method::POST, "/v1/shop/session", Some(body))
        .await
}

#[tokio::test]
async fn a_link_signs_a_customer_in_once() {
    let mailing = Mailing::open().await;
    let office = &mailing.office;
    let mut browser = office.browser();
    // What ever waited is kept: the office's own worker may have sent it already.
    office
        .meddle(
            "create table kept_job (payload text not null);
             create function keep_job() returns trigger language plpgsql security definer as
             $$ begin insert into kept_job values (new.payload::text); return new; end $$;
             create trigger keep_job before insert on job for each row when (new.kind = 'mail.send') execute function keep_job()",
        )
        .await;
    assert_eq!(ask(&browser, " Carol@Example.net ").await.0, 202);
    let waiting = office
        .world
        .text("select string_agg(payload, '') from kept_job")
        .await;
    assert!(
        !waiting.contains("carol") && !waiting.contains("token"),
        "what waits is sealed: {waiting}"
    );
    let token = mailing.token(CAROL).await;
    assert_eq!(follow(&mut browser, &token).await.0, 204);
    let cookie = browser.set_cookie.clone().unwrap();
    assert!(
        cookie.starts_with("branchline_shop=") && cookie.contains("HttpOnly"),
        "{cookie}"
    );
    let me = browser.read("/v1/shop/me").await;
    assert_eq!(me["email"], CAROL);
    assert_eq!(
        office.browser().read("/v1/shop").await["name"],
        "Branchline Test"
    );
    let mut thief = office.browser();
    assert_eq!(
        code(&follow(&mut thief, &token).await),
        (401, "customer.link_over")
    );
    let stolen = browser.cookie.clone();
    assert_eq!(
        browser
            .answer(Method::DELETE, "/v1/shop/session", None)
            .await
            .0,
        204
    );
    thief.cookie = stolen;
    assert_eq!(
        code(&thief.get("/v1/shop/me").await),
        (401, "customer.missing")
    );
    // The same customer the next time.
    assert_eq!(ask(&browser, CAROL).await.0, 202);
    let token = mailing.token(CAROL).await;
    assert_eq!(follow(&mut browser, &token).await.0, 204);
    assert_eq!(browser.read("/v1/shop/me").await["id"], me["id"]);
    office.security.advance(SignedDuration::from_hours(14 * 24));
    assert_eq!(
        code(&browser.get("/v1/shop/me").await),
        (401, "customer.missing"),
        "idle"
    );
}

#[tokio::test]
async fn a_link_is_good_for_a_quarter_of_an_hour() {
    let mailing = Mailing::open().await;
    let mut browser = mailing.office.browser();
    ask(&browser, CAROL).await;
    let token = mailing.token(CAROL).await;
    mailing
        .office
        .security
        .advance(SignedDuration::from_mins(15));
    assert_eq!(
        code(&follow(&mut browser, &token).await),
        (401, "customer.link_over")
    );
}

#[tokio::test]
async fn asking_says_nothing_and_floods_nobody() {
    let mailing = Mailing::open().await;
    let browser = mailing.office.browser();
    // Known or not, staff or not, too often or not: the answer is the same.
    for _ in 0..5 {
        assert_eq!(ask(&browser, CAROL).await, (202, Value::Null));
    }
    assert_eq!(ask(&browser, ANN).await, (202, Value::Null));
    assert_eq!(mailing.mails().await.len(), 4, "three to Carol, one to Ann");
    for email in [
        "",
        "carol",
        "carol@example.net\nbcc: all@example.net",
        "a@b, c@d",
    ] {
        assert_eq!(
            code(&ask(&browser, email).await),
            (422, "customer.email"),
            "{email:?}"
        );
    }
    for number in 0..14 {
        assert_eq!(
            ask(&browser, &format!("c{number}@example.net")).await.0,
            202
        );
    }
    assert_eq!(
        code(&ask(&browser, "one@example.net").await),
        (429, "session.locked")
    );
}

#[tokio::test]
async fn a_customer_gets_nowhere_but_the_shop() {
    let mailing = Mailing::open().await;
    let office = &mailing.office;
    // Even one who has the address of somebody of the staff.
    let mut browser = office.browser();
    ask(&browser, ANN).await;
    let token = mailing.token(ANN).await;
    assert_eq!(follow(&mut browser, &token).await.0, 204);
    let secret = browser
        .cookie
        .clone()
        .unwrap()
        .split_once('=')
        .unwrap()
        .1
        .to_owned();
    let document = serde_json::to_value(cloud::openapi()).unwrap();
    let mut forged = office.browser();
    forged.cookie = Some(format!("branchline_office={secret}"));
    let mut tried = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let is_public = [
            "/v1/shop",
            "/v1/session",
            "/health",
            "/ready",
            "/v1/sync",
            "/v1/enrol",
            "/v1/invitations/acceptance",
        ];
        if is_public.iter().any(|public| path.starts_with(public)) {
            continue;
        }
        let path = path.replace("{location}", "01890000-0000-7000-8000-000000000000");
        let path = path.replace("{id}", "01890000-0000-7000-8000-000000000000");
        if operations.get("get").is_none() || path.contains('{') {
            continue;
        }
        for who in [&browser, &forged] {
            let status = who.ask(Method::GET, &path, None).await.status().as_u16();
            assert!(
                status == 401 || status == 404 && !path.starts_with("/v1"),
                "{path}: {status}"
            );
        }
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
    // Nor the other way round.
    let staff = office.signed_in(ANN).await;
    let secret = staff
        .cookie
        .clone()
        .unwrap()
        .split_once('=')
        .unwrap()
        .1
        .to_owned();
    let mut forged = office.browser();
    forged.cookie = Some(format!("branchline_shop={secret}"));
    assert_eq!(
        code(&forged.get("/v1/shop/me").await),
        (401, "customer.missing")
    );
    assert_eq!(office.browser().sign_in(CAROL, PASSWORD).await.0, 401);
}

#[tokio::test]
async fn a_customer_sees_and_ends_their_own_sessions() {
    let mailing = Mailing::open().await;
    let office = &mailing.office;
    let enter = async |email: &str| {
        let mut browser = office.browser();
        ask(&browser, email).await;
        let token = mailing.token(email).await;
        assert_eq!(follow(&mut browser, &token).await.0, 204);
        browser
    };
    let (phone, laptop) = (enter(CAROL).await, enter(CAROL).await);
    let dora = enter("dora@example.net").await;
    let items = |list: &serde_json::Value| list["items"].as_array().unwrap().clone();
    let mine = items(&phone.read("/v1/shop/sessions").await);
    assert_eq!(mine.len(), 2);
    let current: Vec<_> = mine.iter().filter(|one| one["current"] == true).collect();
    assert_eq!(current.len(), 1);
    let other = mine.iter().find(|one| one["current"] == false).unwrap();
    let path = format!("/v1/shop/sessions/{}", other["id"].as_str().unwrap());
    // Nobody ends a stranger's.
    assert_eq!(code(&dora.delete(&path).await), (404, "session.unknown"));
    laptop.read("/v1/shop/me").await;
    assert_eq!(phone.delete(&path).await.0, 204);
    assert_eq!(
        code(&laptop.get("/v1/shop/me").await),
        (401, "customer.missing")
    );
    let again = enter(CAROL).await;
    assert_eq!(phone.delete("/v1/shop/sessions").await.0, 204);
    assert_eq!(again.get("/v1/shop/me").await.0, 401);
    phone.read("/v1/shop/me").await;
    dora.read("/v1/shop/me").await;
}
