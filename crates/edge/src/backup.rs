//! Backups of a shop's file: whole, checked, and marked, so that whoever starts on one compares it with the cloud and
//! the tills before it trusts its rights. The key is in no backup.
use std::{
    fs,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use rusqlite::{Connection, OpenFlags, backup::Backup};
use wire::{
    event::{Hash, Record},
    recovery::Head,
};

use crate::{
    db::{self, sql},
    epoch::sync_folder,
    outbox, recovery,
};

/// Pages of one step: the shop writes in between.
const PAGES: std::ffi::c_int = 512;
/// Between two steps.
const PAUSE: Duration = Duration::from_millis(5);
/// Records of one step of the check.
const STEP: i64 = 1_000;
/// A backup that takes the shop's place with the next start.
const RESTORED: &str = "shop.db.restored";

/// Writes a backup of the shop in `folder`, running or not, to `to`. Says where its log stood.
///
/// # Errors
/// When there is no node, when something is damaged, or when `to` cannot be written.
pub fn backup(folder: &Path, to: &Path) -> anyhow::Result<Head> {
    let from = folder.join("shop.db");
    ensure!(from.exists(), "there is no shop in {}", folder.display());
    let unfinished = to.with_extension("unfinished");
    let head = copy(&from, &unfinished)?;
    fs::rename(&unfinished, to).with_context(|| format!("cannot write {}", to.display()))?;
    if let Some(parent) = to.parent().filter(|parent| parent.exists()) {
        sync_folder(parent)?;
    }
    Ok(head)
}

/// Puts a backup into the place of the shop in `folder`, which nobody serves. The file that was there stays beside it.
/// Says where the backup's log stands.
///
/// # Errors
/// When a process serves the shop, when the backup is damaged or of another node, or when the node's key is missing.
pub fn restore(folder: &Path, from: &Path) -> anyhow::Result<Head> {
    let _lock = db::lock(folder)?;
    ensure!(
        folder.join("node.key").exists(),
        "the node's key is not in {}: it is in no backup. On another machine, enrol a fresh edge with a code that \
         replaces the node",
        folder.display()
    );
    let unfinished = folder.join("shop.db.unfinished");
    let head = copy(from, &unfinished)?;
    let file = folder.join("shop.db");
    if let Ok(now) = place(&file)
        && (now.node, now.epoch) != (head.node, head.epoch)
    {
        bail!(
            "the backup is of node {} in epoch {}, this shop is node {} in epoch {}",
            head.node,
            head.epoch,
            now.node,
            now.epoch
        );
    }
    fs::rename(&unfinished, folder.join(RESTORED))?;
    sync_folder(folder)?;
    go_on(folder)?;
    Ok(head)
}

/// Puts a backup that is ready into its place, from wherever that was left. The folder is locked.
pub(crate) fn go_on(folder: &Path) -> anyhow::Result<()> {
    let restored = folder.join(RESTORED);
    if !restored.exists() {
        return Ok(());
    }
    let file = folder.join("shop.db");
    if file.exists() {
        // A damaged file keeps its log beside it.
        let is_whole = db::fold(&file).is_ok();
        let aside = free_name(folder);
        let parts: &[&str] = if is_whole {
            &[""]
        } else {
            &["-wal", "-shm", ""]
        };
        for part in parts {
            let from = folder.join(format!("shop.db{part}"));
            if from.exists() {
                fs::rename(from, folder.join(format!("{aside}{part}")))?;
            }
        }
        sync_folder(folder)?;
    }
    fs::rename(&restored, &file)?;
    sync_folder(folder)?;
    tracing::warn!("A backup took the place of the shop's file");
    Ok(())
}

fn free_name(folder: &Path) -> String {
    (1..=i32::MAX)
        .map(|nth| format!("shop-before-restore-{nth}.db"))
        .find(|name| !folder.join(name).exists())
        .unwrap_or_default()
}

/// Copies a file of a shop by the database's own way, marks the copy, and checks it from end to end.
fn copy(from: &Path, to: &PathBuf) -> anyhow::Result<Head> {
    if to.exists() {
        fs::remove_file(to)?;
    }
    // Nobody else reads what the cloud does not hold yet (pitfall 61).
    fs::File::options()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(to)
        .with_context(|| format!("cannot write {}", to.display()))?;
    let source = reader(from)?;
    let mut copy = Connection::open(to)?;
    Backup::new(&source, &mut copy)?
        .run_to_completion(PAGES, PAUSE, None)
        .with_context(|| format!("{} cannot be copied", from.display()))?;
    copy.pragma_update(None, "journal_mode", "delete")?;
    copy.execute(sql!("update node_state set restored = 1").text(), [])?;
    strand_prints(&copy)?;
    let head = checked(&copy).with_context(|| format!("{} is damaged", from.display()))?;
    copy.close().map_err(|(_, error)| error)?;
    fs::File::open(to)?.sync_all()?;
    Ok(head)
}

/// What waits for a printer now will have been printed when the copy is used: a person looks at it then.
fn strand_prints(copy: &Connection) -> rusqlite::Result<()> {
    let has_prints: bool = copy.query_row(
        sql!("select exists (select 1 from sqlite_master where name = 'print_job')").text(),
        [],
        |row| row.get(0),
    )?;
    if has_prints {
        let strand = sql!(
            "update print_job set state = 'failed', reason = 'interrupted', is_uncertain = 1 where state in ('waiting', 'printing')"
        );
        copy.execute(strand.text(), [])?;
    }
    Ok(())
}

fn reader(path: &Path) -> anyhow::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .with_context(|| format!("cannot read {}", path.display()))
}

/// Where the log of a file stands.
fn place(path: &Path) -> anyhow::Result<Head> {
    head_of(&reader(path)?)
}

fn head_of(file: &Connection) -> anyhow::Result<Head> {
    let head = file.query_row(
        sql!("select node, epoch, last_seq, head from node_state").text(),
        [],
        |row| {
            let node: Option<[u8; 16]> = row.get(0)?;
            Ok(node.map(|node| {
                Ok::<_, rusqlite::Error>(Head {
                    node: uuid::Uuid::from_bytes(node),
                    epoch: row.get(1)?,
                    seq: row.get(2)?,
                    hash: Hash(row.get(3)?),
                })
            }))
        },
    )?;
    Ok(head.context("it belongs to no company yet")??)
}

/// Checks a file from end to end: its pages, and every record of its chain up to the head.
fn checked(file: &Connection) -> anyhow::Result<Head> {
    let told: String = file.pragma_query_value(None, "integrity_check", |row| row.get(0))?;
    ensure!(told == "ok", "its pages are damaged: {told}");
    let head = head_of(file)?;
    let mut statement = file.prepare(outbox::db::FROM.text())?;
    let (mut seq, mut before) = (1, Hash::GENESIS);
    loop {
        let rows = statement.query_map((seq, STEP), |row| {
            Ok(Record {
                header: row.get(0)?,
                body: row.get(1)?,
                hash: Hash(row.get(2)?),
            })
        })?;
        let from = seq;
        for record in rows {
            let record = record?;
            if let Err(wrong) = recovery::linked(&record, seq, before) {
                bail!("event {seq} is not what was recorded: {wrong}");
            }
            (seq, before) = (seq + 1, record.hash);
        }
        if seq == from {
            break;
        }
    }
    ensure!(
        (seq - 1, before) == (head.seq, head.hash),
        "its newest event is {}, and its events end at {}",
        head.seq,
        seq - 1
    );
    Ok(head)
}
