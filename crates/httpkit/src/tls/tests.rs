use std::{fs, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use axum::{Router, extract::ws::WebSocketUpgrade, routing::get};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use jiff::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{Files, HTTP_1, HTTP_2, Pair, Validity};
use crate::{
    clock::SystemClock,
    door::{Door, Options, Tls},
    server::{bind, connection::Limits},
    shutdown::{Shutdown, Trigger},
};

const HOST: &str = "office.example.com";

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate and its key, as PEM.
fn issued(by: &Authority, years: (i32, i32)) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
    let cert = params.signed_by(&key, by).unwrap();
    (cert.pem(), key.serialize_pem())
}

fn written(folder: &Path, cert: &str, key: &str) -> Files {
    let files = Files {
        cert: folder.join("cert.pem"),
        key: folder.join("key.pem"),
    };
    fs::write(&files.key, key).unwrap();
    fs::write(&files.cert, cert).unwrap();
    files
}

fn client(root: &Authority, at: SocketAddr) -> reqwest::Client {
    let root = reqwest::Certificate::from_pem(root.pem().as_bytes()).unwrap();
    reqwest::Client::builder()
        .add_root_certificate(root)
        .resolve(HOST, at)
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}

fn router() -> Router {
    Router::new()
        .route("/", get(async || "here"))
        .route(
            "/slow",
            get(async || {
                tokio::time::sleep(Duration::from_millis(600)).await;
                "done"
            }),
        )
        .route(
            "/echo",
            get(async |upgrade: WebSocketUpgrade| {
                upgrade.on_upgrade(async |mut socket| {
                    while let Some(Ok(message)) = socket.recv().await {
                        if socket.send(message).await.is_err() {
                            return;
                        }
                    }
                })
            }),
        )
}

struct Open {
    at: SocketAddr,
    redirects_at: Option<SocketAddr>,
    trigger: Trigger,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
}

async fn open(options: Options) -> Open {
    let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let at = listener.local_addr().unwrap();
    let door = Door::new(&options, Arc::new(SystemClock)).await.unwrap();
    let redirects_at = door.redirects_at();
    let (trigger, shutdown) = Shutdown::new();
    Open {
        at,
        redirects_at,
        trigger,
        served: tokio::spawn(door.serve(listener, router(), shutdown)),
    }
}

async fn encrypted(root: &Authority, at: SocketAddr, protocol: &[u8]) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(root.der().clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(super::provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(at).await.unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(ServerName::try_from(HOST).unwrap(), stream)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_replaced_certificate_is_shown_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second, stranger) = (authority(), authority(), authority());
    let (cert, key) = issued(&first, (2020, 2090));
    let files = written(folder.path(), &cert, &key);
    let door = open(Options {
        tls: Some(Tls::Files(files)),
        ..Options::default()
    })
    .await;
    let url = format!("https://{HOST}:{}/", door.at.port());
    let told = async |root: &Authority| {
        let answer = client(root, door.at).get(&url).send().await;
        match answer {
            Ok(answer) => answer.text().await.unwrap(),
            Err(_) => "refused".to_owned(),
        }
    };
    assert_eq!(told(&first).await, "here");
    assert_eq!(told(&stranger).await, "refused");
    // A key that does not belong to it: the pair before goes on.
    let (cert, key) = issued(&second, (2020, 2090));
    written(folder.path(), &cert, &issued(&second, (2020, 2090)).1);
    tokio::time::sleep(super::LOOK + Duration::from_secs(1)).await;
    assert_eq!(told(&first).await, "here");
    written(folder.path(), &cert, &key);
    tokio::time::sleep(super::LOOK + Duration::from_secs(1)).await;
    assert_eq!(
        (told(&first).await, told(&second).await),
        ("refused".to_owned(), "here".to_owned())
    );
}

#[tokio::test]
async fn both_protocols_websockets_and_a_graceful_end_work_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let root = authority();
    let (cert, key) = issued(&root, (2020, 2090));
    let door = open(Options {
        tls: Some(Tls::Files(written(folder.path(), &cert, &key))),
        ..Options::default()
    })
    .await;
    // HTTP/2, with the host where handlers look for it.
    let stream = encrypted(&root, door.at, HTTP_2).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(HTTP_2));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::get(format!("https://{HOST}/"))
        .body(Empty::<axum::body::Bytes>::new())
        .unwrap();
    let answer = sender.send_request(request).await.unwrap();
    assert_eq!(
        answer.into_body().collect().await.unwrap().to_bytes(),
        "here"
    );
    // A WebSocket.
    let stream = encrypted(&root, door.at, HTTP_1).await;
    let url = format!("wss://{HOST}/echo");
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    let message = tokio_tungstenite::tungstenite::Message::text("hello");
    futures_util::SinkExt::send(&mut socket, message.clone())
        .await
        .unwrap();
    let back = futures_util::StreamExt::next(&mut socket)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(back, message);
    drop(socket);
    // What has begun is finished.
    let client = client(&root, door.at);
    let slow = client
        .get(format!("https://{HOST}:{}/slow", door.at.port()))
        .send();
    let slow = tokio::spawn(slow);
    tokio::time::sleep(Duration::from_millis(200)).await;
    door.trigger.fire();
    assert_eq!(slow.await.unwrap().unwrap().text().await.unwrap(), "done");
    let ended = tokio::time::timeout(Duration::from_secs(5), door.served).await;
    assert!(matches!(ended, Ok(Ok(Ok(())))), "{ended:?}");
}

#[tokio::test]
async fn pages_without_tls_are_sent_here_and_programs_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = issued(&authority(), (2020, 2090));
    let door = open(Options {
        tls: Some(Tls::Files(written(folder.path(), &cert, &key))),
        redirect: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        host: Some(HOST.to_owned()),
        ..Options::default()
    })
    .await;
    let plain = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let redirects_at = door.redirects_at.unwrap();
    let away = plain
        .get(format!("http://{redirects_at}/office?x=1"))
        .send()
        .await
        .unwrap();
    let to = away.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(
        (away.status().as_u16(), to),
        (308, format!("https://{HOST}:{}/office?x=1", door.at.port()))
    );
    let program = plain
        .get(format!("http://{redirects_at}/v1/session"))
        .send()
        .await
        .unwrap();
    assert_eq!(program.status().as_u16(), 403);
}

#[test]
fn what_is_wrong_with_the_files_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let root = authority();
    let (cert, key) = issued(&root, (2020, 2090));
    let (_, other) = issued(&root, (2020, 2090));
    let locked =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII=\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let check = |cert: &str, key: &str, expected: &str| {
        let files = written(folder.path(), cert, key);
        let told = Pair::read(&files).unwrap_err().to_string();
        let at = format!("{}/", folder.path().display());
        assert_eq!(told.replace(&at, ""), expected);
    };
    check(
        &cert,
        &other,
        "the private key key.pem does not belong to the certificate cert.pem",
    );
    check(
        &key,
        &key,
        "cert.pem holds no certificate: it must be PEM, beginning with -----BEGIN CERTIFICATE-----",
    );
    check(
        &cert,
        &cert,
        "key.pem holds no private key: it must be PEM, such as -----BEGIN PRIVATE KEY-----",
    );
    check(
        &cert,
        locked,
        "the private key key.pem has a passphrase; write it without one: openssl pkey -in key.pem -out FILE",
    );
    check(
        "rubbish",
        "rubbish",
        "cert.pem holds no certificate: it must be PEM, beginning with -----BEGIN CERTIFICATE-----",
    );
    let missing = Files {
        cert: folder.path().join("missing.pem"),
        key: folder.path().join("key.pem"),
    };
    let told = Pair::read(&missing).unwrap_err().to_string();
    assert!(
        told.contains("missing.pem cannot be read: No such file"),
        "{told}"
    );
}

#[test]
fn how_long_a_certificate_is_good_and_for_which_host() {
    let folder = tempfile::tempdir().unwrap();
    let root = authority();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    for (years, from, until) in [
        ((2020, 2021), "2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"),
        ((1999, 2090), "1999-01-01T00:00:00Z", "2090-01-01T00:00:00Z"),
    ] {
        let (cert, key) = issued(&root, years);
        let pair = Pair::read(&written(folder.path(), &cert, &key)).unwrap();
        let expected = Validity {
            from: at(from),
            until: at(until),
        };
        assert_eq!(pair.validity(), expected);
        assert!(pair.is_for(HOST) && !pair.is_for("shop.example.com"));
    }
    assert_eq!(Validity::of(b"\x30\x84\xff\xff\xff\xff"), None);
    assert_eq!(Validity::of(b""), None);
}

async fn plain(limits: Limits) -> Open {
    open(Options {
        limits,
        ..Options::default()
    })
    .await
}

/// What comes back until the server closes the connection.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    // A reset is a close as well.
    let _ = tokio::time::timeout(Duration::from_secs(5), read)
        .await
        .expect("the server closes it");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn who_is_too_slow_or_says_too_much_is_sent_away() {
    let door = plain(Limits {
        patience: Duration::from_millis(300),
        ..Limits::default()
    })
    .await;
    let mut silent = TcpStream::connect(door.at).await.unwrap();
    assert_eq!(until_closed(&mut silent).await, "");
    let mut slow = TcpStream::connect(door.at).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: b")
        .await
        .unwrap();
    assert!(!until_closed(&mut slow).await.contains("200 OK"));
    let mut wordy = TcpStream::connect(door.at).await.unwrap();
    let header = "x".repeat(64 << 10);
    let request = format!("GET / HTTP/1.1\r\nHost: x\r\nX-A: {header}\r\n\r\n");
    // The server may close before all of it is sent.
    let _ = wordy.write_all(request.as_bytes()).await;
    let told = until_closed(&mut wordy).await;
    assert!(
        told.is_empty() || told.starts_with("HTTP/1.1 431"),
        "{told}"
    );
}

#[tokio::test]
async fn a_websocket_keeps_its_place() {
    let door = plain(Limits {
        most: 1,
        ..Limits::default()
    })
    .await;
    let stream = TcpStream::connect(door.at).await.unwrap();
    let url = format!("ws://{}/echo", door.at);
    let (socket, _) = tokio_tungstenite::client_async(&url, stream).await.unwrap();
    let mut second = TcpStream::connect(door.at).await.unwrap();
    assert_eq!(until_closed(&mut second).await, "", "there is one place");
    drop(socket);
    let is_free = async {
        while reqwest::get(format!("http://{}/", door.at)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), is_free)
        .await
        .unwrap();
}
