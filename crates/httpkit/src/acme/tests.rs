//! Against pebble, the ACME server that Let's Encrypt tests clients with (Debian's package `pebble`).
use std::{
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use axum::{Router, routing::get};
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair};

use super::{Options, is_due, look};
use crate::{
    clock::{Clock, ManualClock, SystemClock},
    door::{self, Door, Tls},
    server::bind,
    shutdown::{Shutdown, Trigger},
    tls::Validity,
};

const HOST: &str = "office.example.com";
const ENOUGH: Duration = Duration::from_mins(1);

/// Ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended by itself: then there is nothing to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn started(command: &mut Command) -> Process {
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    Process(child.expect("install the package `pebble`: apt-get install pebble"))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

struct Directory {
    options: Options,
    management: u16,
    pebble: Process,
    _names: Process,
}

/// A directory that looks for every name at this machine, at `port`.
fn directory(folder: &Path, port: u16) -> Directory {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let cert = params.self_signed(&key).unwrap().pem();
    let at = |name: &str| folder.join(name).display().to_string();
    fs::write(at("directory.pem"), &cert).unwrap();
    fs::write(at("directory.key"), key.serialize_pem()).unwrap();
    let (listen, management, dns, names) = (free_port(), free_port(), free_port(), free_port());
    let config = serde_json::json!({ "pebble": {
        "listenAddress": format!("127.0.0.1:{listen}"),
        "managementListenAddress": format!("127.0.0.1:{management}"),
        "certificate": at("directory.pem"),
        "privateKey": at("directory.key"),
        "httpPort": 1,
        "tlsPort": port,
    }});
    fs::write(at("pebble.json"), config.to_string()).unwrap();
    let dns_at = format!("127.0.0.1:{dns}");
    let names = started(Command::new("pebble-challtestsrv").args([
        "-defaultIPv4",
        "127.0.0.1",
        "-defaultIPv6",
        "",
        "-dns01",
        &dns_at,
        "-http01",
        "",
        "-https01",
        "",
        "-tlsalpn01",
        "",
        "-management",
        &format!("127.0.0.1:{names}"),
    ]));
    let pebble = started(
        Command::new("pebble")
            .args(["-config", &at("pebble.json"), "-dnsserver", &dns_at])
            .env("PEBBLE_VA_NOSLEEP", "1"),
    );
    Directory {
        options: Options {
            domains: vec![HOST.to_owned()],
            email: Some("ops@example.com".to_owned()),
            directory: format!("https://localhost:{listen}/dir"),
            authority: Some(folder.join("directory.pem")),
            folder: folder.join("acme"),
        },
        management,
        pebble,
        _names: names,
    }
}

async fn open(options: &Options, port: u16, clock: Arc<dyn Clock>) -> Trigger {
    let listener = bind(SocketAddr::from(([127, 0, 0, 1], port)))
        .await
        .unwrap();
    let options = door::Options {
        tls: Some(Tls::Acme(options.clone())),
        ..door::Options::default()
    };
    let door = Door::new(&options, clock).await.unwrap();
    let (trigger, shutdown) = Shutdown::new();
    let router = Router::new().route("/", get(async || "here"));
    tokio::spawn(door.serve(listener, router, shutdown));
    trigger
}

fn kept(options: &Options) -> Option<String> {
    fs::read_to_string(options.pair()).ok()
}

async fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let seen = async {
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(ENOUGH, seen).await.expect(what)
}

#[tokio::test]
async fn a_certificate_is_issued_kept_and_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let directory = directory(folder.path(), port);
    let options = directory.options.clone();
    // Ready when it answers; its own certificate is not of interest here.
    let curious = reqwest::Client::builder()
        .danger_accept_invalid_certs(true)
        .build()
        .unwrap();
    let roots = format!("https://localhost:{}/roots/0", directory.management);
    let root = async {
        loop {
            match curious.get(&roots).send().await {
                Ok(answer) => return answer.bytes().await.unwrap(),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    let root = tokio::time::timeout(ENOUGH, root).await.unwrap();
    let client = || {
        reqwest::Client::builder()
            .add_root_certificate(reqwest::Certificate::from_pem(&root).unwrap())
            .resolve(HOST, SocketAddr::from(([127, 0, 0, 1], port)))
            .build()
            .unwrap()
    };
    let url = format!("https://{HOST}:{port}/");
    let told = async || match client().get(&url).send().await {
        Ok(answer) => answer.text().await.unwrap(),
        Err(error) => format!("{error:?}"),
    };
    // None yet: it is asked for while the server runs.
    let first = open(&options, port, Arc::new(SystemClock)).await;
    let issued = eventually("a certificate", || {
        assert_eq!(look(&options.folder).unwrap().1, None);
        kept(&options)
    })
    .await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(told().await, "here");
    for path in [options.pair(), options.account()] {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
    first.fire();
    // Near its end another one is asked for, with the account that is there.
    let (validity, failure) = look(&options.folder).unwrap();
    assert_eq!(failure, None);
    let late = validity.unwrap().until - SignedDuration::from_hours(1);
    let account = fs::read_to_string(options.account()).unwrap();
    let second = open_again(&options, port, Arc::new(ManualClock::at(late))).await;
    let renewed = eventually("another certificate", || {
        kept(&options).filter(|kept| *kept != issued)
    })
    .await;
    assert_eq!(fs::read_to_string(options.account()).unwrap(), account);
    second.fire();
    // Without the directory: what is kept is shown, and the failure is noted.
    drop(directory.pebble);
    let _third = open_again(&options, port, Arc::new(ManualClock::at(late))).await;
    assert_eq!(told().await, "here");
    let failure = eventually("the failure", || look(&options.folder).unwrap().1).await;
    assert!(failure.contains("the directory refuses"), "{failure}");
    assert_eq!(kept(&options), Some(renewed));
}

/// The port is free once the server before has ended.
async fn open_again(options: &Options, port: u16, clock: Arc<dyn Clock>) -> Trigger {
    let is_free = || TcpListener::bind(("127.0.0.1", port)).is_ok().then_some(());
    eventually("a free port", is_free).await;
    open(options, port, clock).await
}

#[test]
fn another_one_is_due_in_the_last_third() {
    let at = |day: i64| Timestamp::from_second(day * 86_400).unwrap();
    let validity = Validity {
        from: at(0),
        until: at(90),
    };
    assert!(is_due(None, at(0)));
    assert!(!is_due(Some(validity), at(59)));
    assert!(is_due(Some(validity), at(60)));
    assert!(is_due(Some(validity), at(100)));
}
