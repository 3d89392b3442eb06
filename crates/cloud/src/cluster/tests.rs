use std::ffi::OsStr;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use httpkit::Parts;
use tokio_postgres::NoTls;

use super::server::Server;
use super::testing::{PgBouncer, TestDatabase};
use crate::{Config, Database};

use super::{Account, Binaries, Cluster, ClusterError, ClusterOptions, SUPERUSER, binaries, join};

/// A folder that the server's user can reach, unlike a `TMPDIR` below `/root`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::Builder::new()
        .prefix("branchline-cluster-")
        .tempdir_in("/tmp")
        .unwrap();
    set_mode(folder.path(), 0o755);
    folder
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn scratch(folder: &tempfile::TempDir) -> ClusterOptions {
    ClusterOptions::scratch(folder.path().join("pg"))
}

async fn ask(cluster: &Cluster, statement: &str) -> Result<String, tokio_postgres::Error> {
    ask_at(&cluster.config(), statement).await
}

async fn ask_at(
    config: &tokio_postgres::Config,
    statement: &str,
) -> Result<String, tokio_postgres::Error> {
    let (client, connection) = config.connect(NoTls).await?;
    let running = tokio::spawn(connection);
    let row = client.query_one(statement, &[]).await?;
    drop(client);
    running.await.unwrap()?;
    row.try_get(0)
}

#[tokio::test]
async fn keeps_its_data_over_stop_and_start() {
    let folder = folder();
    let cluster = Cluster::start(scratch(&folder)).unwrap();
    let (client, connection) = cluster.config().connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
        .batch_execute("create table kept (word text); insert into kept values ('still here')")
        .await
        .unwrap();
    drop(client);

    cluster.stop().unwrap();
    cluster.stop().expect("stopping a stopped server is fine");
    ask(&cluster, "select word from kept")
        .await
        .expect_err("a stopped server answers nobody");

    cluster.resume().unwrap();
    assert_eq!(
        ask(&cluster, "select word from kept").await.unwrap(),
        "still here"
    );

    drop(cluster);
    let again = Cluster::start(scratch(&folder)).unwrap();
    assert_eq!(
        ask(&again, "select word from kept").await.unwrap(),
        "still here"
    );
}

#[tokio::test]
async fn a_durable_cluster_flushes_and_checks_its_pages() {
    let folder = folder();
    let cluster = Cluster::start(ClusterOptions::durable(folder.path().join("pg"))).unwrap();
    for (setting, value) in [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("lc_collate", "C"),
        ("jit", "off"),
        ("TimeZone", "UTC"),
    ] {
        assert_eq!(
            ask(&cluster, &format!("select current_setting('{setting}')"))
                .await
                .unwrap(),
            value,
            "{setting}"
        );
    }
}

#[test]
fn one_owner_at_a_time() {
    let folder = folder();
    let _first = Cluster::start(scratch(&folder)).unwrap();
    let second = Cluster::start(scratch(&folder)).expect_err("the folder is owned");
    let us = std::process::id().to_string();
    assert!(
        matches!(&second, ClusterError::InUse { owner, .. } if *owner == us),
        "{second}"
    );
}

#[tokio::test]
async fn a_second_process_may_join_without_owning() {
    let folder = folder();
    let cluster = Cluster::start(scratch(&folder)).unwrap();
    let joined = join(&folder.path().join("pg")).unwrap();
    assert_eq!(ask_at(&joined, "select 'here'").await.unwrap(), "here");
    cluster.stop().unwrap();
    let refused = join(&folder.path().join("pg"))
        .expect_err("stopped")
        .to_string();
    assert!(refused.starts_with("no PostgreSQL runs in"), "{refused}");
}

#[tokio::test]
async fn takes_over_what_a_killed_owner_left_running() {
    let folder = folder();
    let first = Cluster::start(scratch(&folder)).unwrap();
    // What `kill -9` on the owner leaves: a server that runs, and a lock that nobody holds.
    let home = first.watched.server().home().to_owned();
    let orphaned = Server::new(home, Account::for_server().unwrap(), false).unwrap();
    drop(first);
    orphaned.start().unwrap();
    let orphan = orphaned.running().unwrap();

    let heir = Cluster::start(scratch(&folder)).unwrap();
    assert_ne!(heir.watched.server().running().unwrap(), orphan);
    assert_eq!(ask(&heir, "select 'alive'").await.unwrap(), "alive");
}

#[tokio::test]
async fn starts_again_by_itself_after_it_was_killed() {
    let folder = folder();
    let cluster = Cluster::start(scratch(&folder)).unwrap();
    for signal in ["-INT", "-KILL"] {
        let pid = cluster.watched.server().running().unwrap();
        let sent = std::process::Command::new("kill")
            .args([signal, &pid.to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        let answer = eventually(|| ask(&cluster, "select 'alive'")).await;
        assert_eq!(answer, "alive", "after {signal}");
        assert_ne!(cluster.watched.server().running(), Some(pid));
    }
    // What was stopped on purpose stays so.
    cluster.stop().unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(cluster.watched.server().running(), None);
}

#[test]
fn a_server_that_is_killed_while_it_starts_is_started_again() {
    let folder = folder();
    let cluster = Cluster::start(scratch(&folder)).unwrap();
    cluster.stop().unwrap();
    let recorded = cluster.watched.server().home().join("data/postmaster.pid");
    let killer = std::thread::spawn(move || {
        let pid = loop {
            let text = std::fs::read_to_string(&recorded).unwrap_or_default();
            if let Some((pid, _)) = text.split_once('\n') {
                break pid.to_owned();
            }
            std::thread::yield_now();
        };
        std::process::Command::new("kill")
            .args(["-9", &pid])
            .status()
            .unwrap()
    });
    cluster.resume().unwrap();
    assert!(killer.join().unwrap().success());
    assert!(cluster.watched.server().is_up());
}

/// One that waits for a disk cannot be asked to go: here it is stopped, which it cannot notice either.
#[tokio::test]
async fn an_orphan_of_a_killed_server_is_no_obstacle() {
    let folder = folder();
    let cluster = Cluster::start(scratch(&folder)).unwrap();
    let (client, connection) = cluster.config().connect(NoTls).await.unwrap();
    let held = tokio::spawn(connection);
    let row = client.query_one("select pg_backend_pid()", &[]).await;
    let backend: i32 = row.unwrap().get(0);
    let server = cluster.watched.server().running().unwrap();
    for [signal, pid] in [
        ["-STOP", &backend.to_string()],
        ["-KILL", &server.to_string()],
    ] {
        let sent = std::process::Command::new("kill")
            .args([signal, pid])
            .status();
        assert!(sent.unwrap().success());
    }
    let answer = eventually(|| ask(&cluster, "select 'alive'")).await;
    assert_eq!(answer, "alive");
    drop(client);
    held.abort();
}

#[tokio::test]
async fn a_cloud_that_starts_waits_for_its_database() {
    let folder = folder();
    let cluster = Arc::new(Cluster::start(scratch(&folder)).unwrap());
    let away = || {
        cluster.stop().unwrap();
        let cluster = Arc::clone(&cluster);
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(1));
            cluster.resume().unwrap();
        })
    };
    let back = away();
    let database = Database::in_cluster(&cluster, "waited_for").await.unwrap();
    back.join().unwrap();
    let back = away();
    let address = "127.0.0.1:0".parse().unwrap();
    let running = crate::start(Config::new(database, address), Parts::system()).await;
    back.join().unwrap();
    running.unwrap().stop().await;
}

/// The first answer that is no error, within half a minute; a dying server may still give one before it goes.
async fn eventually<T, E: std::fmt::Debug, F: Future<Output = Result<T, E>>>(
    mut ask: impl FnMut() -> F,
) -> T {
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        if let Ok(answer) = ask().await {
            return answer;
        }
    }
    ask().await.unwrap()
}

#[tokio::test]
async fn is_not_fooled_by_a_reused_process_number() {
    let folder = folder();
    let cluster = Cluster::start(scratch(&folder)).unwrap();
    let pid_file = folder.path().join("pg/data/postmaster.pid");
    let content = std::fs::read_to_string(&pid_file).unwrap();
    cluster.stop().unwrap();
    // After a reboot the recorded number may belong to any program; here it is this test.
    let (_, rest) = content.split_once('\n').unwrap();
    std::fs::write(&pid_file, format!("{}\n{rest}", std::process::id())).unwrap();
    cluster.resume().unwrap();
    assert_eq!(ask(&cluster, "select 'alive'").await.unwrap(), "alive");
}

#[test]
fn the_end_of_the_servers_log_is_in_the_error() {
    let folder = folder();
    let cluster = Cluster::start(scratch(&folder)).unwrap();
    cluster.stop().unwrap();
    std::fs::write(
        folder.path().join("pg/data/local.conf"),
        "no_such_setting = 1\n",
    )
    .unwrap();
    set_mode(&folder.path().join("pg/data/local.conf"), 0o644);
    let refused = cluster
        .resume()
        .expect_err("the setting does not exist")
        .to_string();
    assert!(refused.contains("no_such_setting"), "{refused}");
}

#[test]
fn without_binaries_it_says_what_to_install() {
    let nowhere = folder();
    let versioned = [(nowhere.path().to_owned(), "")];
    let refused = Binaries::search(&versioned, nowhere.path().as_os_str(), None)
        .expect_err("nothing is there");
    let text = refused.to_string();
    assert!(text.contains("sudo apt-get install postgresql"), "{text}");
    assert!(text.contains("brew install postgresql"), "{text}");

    let named = Binaries::in_named(nowhere.path().to_owned(), None)
        .expect_err("nothing is there")
        .to_string();
    assert!(
        named.contains("PG_BIN") && named.contains("initdb"),
        "{named}"
    );
}

#[test]
fn the_newest_binaries_win_but_written_data_decides() {
    let folder = folder();
    for major in ["9.6", "15.4", "17.1"] {
        pretend_server(&folder.path().join(major).join("bin"), major);
    }
    let versioned = [(folder.path().to_owned(), "")];
    let search = |written| Binaries::search(&versioned, OsStr::new(""), written);
    assert_eq!(search(None).unwrap().major(), 17);
    assert_eq!(search(Some(15)).unwrap().major(), 15);
    let refused = search(Some(16))
        .expect_err("16 is not installed")
        .to_string();
    assert!(refused.contains("postgresql-16"), "{refused}");

    let old = [(folder.path().to_owned(), "9")];
    let refused = Binaries::search(&old, OsStr::new(""), None)
        .expect_err("too old")
        .to_string();
    assert!(
        refused.contains("PostgreSQL 9 ") && refused.contains("15 or newer"),
        "{refused}"
    );
}

fn pretend_server(bin: &Path, version: &str) {
    std::fs::create_dir_all(bin).unwrap();
    for program in ["initdb", "postgres", "pg_ctl"] {
        let path: PathBuf = bin.join(program);
        std::fs::write(
            &path,
            format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version} (Debian)'\n"),
        )
        .unwrap();
        set_mode(&path, 0o755);
    }
}

#[test]
fn versions_are_read_from_every_build() {
    for (answer, major) in [
        (
            "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)",
            Some(15),
        ),
        ("postgres (PostgreSQL) 18.6", Some(18)),
        ("postgres (PostgreSQL) 19beta1", Some(19)),
        ("bash: postgres: command not found", None),
    ] {
        assert_eq!(binaries::major_of(answer), major, "{answer}");
    }
}

#[test]
fn root_is_told_about_a_folder_its_server_cannot_enter() {
    if Account::for_server().unwrap().is_none() {
        return; // an ordinary user runs the server himself and reaches what he reaches
    }
    let closed = folder();
    set_mode(closed.path(), 0o700);
    let refused =
        Cluster::start(ClusterOptions::scratch(closed.path().join("pg"))).expect_err("closed");
    let text = refused.to_string();
    assert!(
        text.contains(&closed.path().display().to_string()) && text.contains("/var/lib/branchline"),
        "{text}"
    );
    assert!(
        !closed.path().join("pg").exists(),
        "nothing is made in a folder that is refused"
    );
}

#[tokio::test]
async fn every_test_gets_a_copy_of_its_own() {
    let prepare = async |config: tokio_postgres::Config| {
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        client
            .batch_execute("create table word (text text); insert into word values ('copied')")
            .await
    };
    let one = TestDatabase::create("cluster_copies", prepare)
        .await
        .unwrap();
    let two = TestDatabase::create("cluster_copies", prepare)
        .await
        .unwrap();
    assert_ne!(one.name(), two.name());
    ask_at(
        one.config(),
        "with gone as (delete from word returning text) select text from gone",
    )
    .await
    .unwrap();
    ask_at(one.config(), "select text from word")
        .await
        .expect_err("deleted here");
    assert_eq!(
        ask_at(two.config(), "select text from word").await.unwrap(),
        "copied"
    );

    let gone = one.config().clone();
    drop(one);
    ask_at(&gone, "select 'alive'")
        .await
        .expect_err("dropped with the value");
}

#[tokio::test]
async fn a_template_that_fails_is_made_again() {
    let name = format!("cluster_failing_{}", std::process::id());
    let refused = TestDatabase::create(&name, async |_| Err("the migration is wrong"))
        .await
        .expect_err("it fails");
    assert!(
        refused.to_string().contains("the migration is wrong"),
        "{refused}"
    );
    TestDatabase::create(&name, async |_| Ok::<(), &str>(()))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_pooler_hands_transactions_of_many_clients_to_few_connections() {
    let database = TestDatabase::empty().await.unwrap();
    let pooler = PgBouncer::start(&database, 1).await.unwrap();
    let config = pooler.config(&database, SUPERUSER);
    let backend = "select pg_backend_pid()::text";
    let (one, other) = (
        simple(&config, backend).await,
        simple(&config, backend).await,
    );
    assert_eq!(one, other, "both went to the only connection");
}

/// By the simple protocol, the only one that needs neither names nor types.
async fn simple(config: &tokio_postgres::Config, statement: &str) -> Option<String> {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let messages = client.simple_query(statement).await.unwrap();
    messages.iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    })
}
