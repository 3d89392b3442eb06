//! Copies of the cloud that were verified. Up to what such a copy holds of a node's events, the node need not keep them
//! (decision 12); without one, no node ever prunes.
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, bail, ensure};
use jiff::Timestamp;
use tokio::process::Command;
use tokio_postgres::config::Host;
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::cluster::Binaries;
use crate::db::{Actor, Database, Sql, Tx, sql};
use crate::error::Result;

const ACTOR: Actor = Actor::Service("backup");

/// How a copy was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    BaseBackup,
    External,
    Standby,
}

impl Kind {
    const fn code(self) -> &'static str {
        match self {
            Self::BaseBackup => "base_backup",
            Self::External => "external",
            Self::Standby => "standby",
        }
    }
}

/// Where every node stood when a copy was begun: the copy holds at least that.
#[derive(Debug, Clone)]
struct Held {
    started_at: Timestamp,
    nodes: Vec<Uuid>,
    epochs: Vec<i64>,
    seqs: Vec<i64>,
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Where it is.
    pub place: String,
    /// Nodes whose events are in it.
    pub nodes: usize,
    /// Events of theirs that need not be kept in the shops any more.
    pub events: i64,
}

/// Copies the whole server into an empty folder with `pg_basebackup`, verifies the copy with `pg_verifybackup`, and
/// tells the nodes how far it goes.
pub async fn base(cloud: &Cloud, database: &Database, to: &Path) -> anyhow::Result<Copied> {
    if to.is_dir() {
        let mut entries = tokio::fs::read_dir(to).await?;
        ensure!(
            entries.next_entry().await?.is_none(),
            "{} is not empty",
            to.display()
        );
    }
    let binaries = Binaries::find(None)?;
    let held = look(cloud).await?;
    let place = to.display().to_string();
    let mut copy = Command::new(binaries.program("pg_basebackup"));
    copy.args(["--pgdata", &place, "--wal-method", "stream"])
        .args(["--checkpoint", "fast", "--manifest-checksums", "SHA256"])
        .args(["--no-password", "--label", "branchline"]);
    reach(&mut copy, &database.owner)?;
    run(copy, "pg_basebackup").await?;
    let mut verify = Command::new(binaries.program("pg_verifybackup"));
    verify.arg(&place);
    run(verify, "pg_verifybackup").await?;
    Ok(record(cloud, Kind::BaseBackup, &place, &held).await?)
}

/// Lets another tool copy the server: runs it, believes its exit status, and tells the nodes how far its copy goes.
pub async fn external(cloud: &Cloud, place: &str, command: &[String]) -> anyhow::Result<Copied> {
    let (program, args) = command
        .split_first()
        .context("say which command makes the copy")?;
    let held = look(cloud).await?;
    let mut copy = Command::new(program);
    copy.args(args);
    run(copy, program).await?;
    Ok(record(cloud, Kind::External, place, &held).await?)
}

/// Notes how far a synchronous standby goes, where there is one: what is committed is on its disk too.
pub(crate) async fn note_standby(cloud: &Cloud) -> Result<()> {
    const STANDBY: Sql = sql!(
        "select application_name from pg_stat_replication
          where state = 'streaming' and sync_state in ('sync', 'quorum') order by application_name limit 1",
        () -> (text)
    );
    let held = look(cloud).await?;
    let name = cloud
        .tx("standby", ACTOR, async |tx| {
            let row = tx.row(STANDBY, &[]).await?;
            Ok(row.map(|row| row.get::<_, String>(0)))
        })
        .await?;
    if let Some(name) = name {
        record(cloud, Kind::Standby, &name, &held).await?;
    }
    Ok(())
}

/// How to reach the server, in the variables that its programs read: a command line would show the password.
fn reach(command: &mut Command, config: &tokio_postgres::Config) -> anyhow::Result<()> {
    let host = config
        .get_hosts()
        .first()
        .context("the database has no address")?;
    match host {
        Host::Tcp(name) => command.env("PGHOST", name),
        Host::Unix(folder) => command.env("PGHOST", folder),
    };
    if let Some(port) = config.get_ports().first() {
        command.env("PGPORT", port.to_string());
    }
    if let Some(user) = config.get_user() {
        command.env("PGUSER", user);
    }
    if let Some(password) = config.get_password() {
        command.env("PGPASSWORD", std::str::from_utf8(password)?);
    }
    Ok(())
}

async fn run(mut command: Command, name: &str) -> anyhow::Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .await
        .with_context(|| format!("run {name}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{name} ended with {}: {}", output.status, said.trim());
    }
    Ok(())
}

async fn look(cloud: &Cloud) -> Result<Held> {
    const HELD: Sql = sql!(
        "select node_id, epoch, last_seq from node_stream order by node_id",
        () -> (uuid, bigint, bigint)
    );
    let started_at = cloud.security_now();
    let rows = cloud
        .tx("backup_places", ACTOR, async |tx| {
            Ok(tx.rows(HELD, &[]).await?)
        })
        .await?;
    Ok(Held {
        started_at,
        nodes: rows.iter().map(|row| row.get(0)).collect(),
        epochs: rows.iter().map(|row| row.get(1)).collect(),
        seqs: rows.iter().map(|row| row.get(2)).collect(),
    })
}

async fn record(cloud: &Cloud, kind: Kind, place: &str, held: &Held) -> Result<Copied> {
    let (id, now) = (cloud.id(), cloud.security_now());
    let events = cloud
        .tx("record_backup", ACTOR, async |tx| {
            write(tx, id, kind, place, held, now).await
        })
        .await?;
    Ok(Copied {
        place: place.to_owned(),
        nodes: held.nodes.len(),
        events,
    })
}

/// Keeps the copy's row (a standby's once a day) and moves the nodes' safe numbers on. The events that became safe.
async fn write(
    tx: &Tx,
    id: Uuid,
    kind: Kind,
    place: &str,
    held: &Held,
    now: Timestamp,
) -> Result<i64> {
    const KEEP: Sql = sql!(
        "insert into backup (id, started_at, verified_at, kind, place) select $1, $2, $3, $4, $5
          where $4 <> 'standby' or not exists (select 1 from backup
                 where kind = 'standby' and place = $5 and verified_at > $3 - interval '1 day')",
        (uuid, timestamptz, timestamptz, text, text) -> ()
    );
    const SAFE: Sql = sql!(
        "with place as (
           select s.node_id, s.safe_seq as before, given.seq
             from node_stream s
             join unnest($1, $2, $3) as given (node_id, epoch, seq)
               on given.node_id = s.node_id and given.epoch = s.epoch
            where given.seq > s.safe_seq order by s.node_id for update of s
         ), moved as (
           update node_stream s set safe_seq = place.seq from place where s.node_id = place.node_id
           returning place.seq - place.before as events
         )
         select coalesce(sum(events), 0)::bigint from moved",
        ([uuid], [bigint], [bigint]) -> (bigint)
    );
    let kind = kind.code();
    tx.run(KEEP, &[&id, &held.started_at, &now, &kind, &place])
        .await?;
    let row = tx
        .row(SAFE, &[&held.nodes, &held.epochs, &held.seqs])
        .await?;
    Ok(row.map_or(0, |row| row.get(0)))
}
