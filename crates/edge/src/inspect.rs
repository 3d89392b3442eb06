//! A look at a shop's folder from outside, whether its process runs or not: for whoever asks what is wrong with it.
use std::{fs, os::unix::fs::MetadataExt, path::Path, time::Duration};

use anyhow::{Context, bail};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use crate::{
    db::{self, sql},
    disk::{self, Space},
    node,
    rights::{self, Finding},
};

/// How long the writer's checkpoint is waited for at the most.
const BUSY: Duration = Duration::from_secs(5);

/// What stands in a shop's folder.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Inspection {
    /// The node, once it is enrolled, with its epoch.
    pub node: Option<(retail::location::NodeId, i64)>,
    /// Its location.
    pub location: Option<retail::location::LocationId>,
    /// `normal`, `restricted`, `readonly` or `unenrolled`.
    pub mode: &'static str,
    /// Why it is restricted: cause and detail.
    pub restricted: Option<(String, String)>,
    /// The file comes from a backup, and nobody has compared it with the cloud and a till yet.
    pub is_restored: bool,
    /// The newest event.
    pub last_seq: i64,
    /// The newest event that the cloud has confirmed.
    pub acked: i64,
    /// Up to here the cloud has a second copy.
    pub safe: i64,
    /// Where the cloud is.
    pub cloud_url: Option<String>,
    /// The newest answer of the cloud.
    pub last_contact: Option<Timestamp>,
    /// Cloud's clock less this machine's at that answer.
    pub clock_offset_ms: Option<i64>,
    /// The newest instant that the log has seen.
    pub newest: Timestamp,
    /// The machine is the one that was enrolled; none when that cannot be told.
    pub is_same_machine: Option<bool>,
    /// The key can be read by its owner alone.
    pub key_is_private: bool,
    /// Bytes that may still be written, and bytes of the disk.
    pub space: (u64, u64),
    /// The disk fills up: the shop tells people.
    pub is_short: bool,
    /// It is so full that only sales are recorded.
    pub is_full: bool,
    /// Epochs of this shop that are over and whose events the cloud has not all: file, and how many events.
    pub past_epochs: Vec<(String, i64)>,
    /// What the file's own check of its pages says, when it is not `ok`.
    pub damage: Option<String>,
    /// What does not fit between log, ledger and accounts.
    pub findings: Vec<Finding>,
}

/// Less than this is left: not even a look finds the few pages that it needs beside the file.
const FULL: u64 = 1 << 20;

/// Looks at the shop in `folder`; a disk with `plenty` bytes free is not short. Changes nothing; a running process
/// goes on.
///
/// # Errors
/// When there is no shop, or its file cannot be read at all; says so when that is because the disk is full.
pub fn inspect(folder: &Path, plenty: u64) -> anyhow::Result<Inspection> {
    look(folder, plenty).map_err(|error| match disk::measured(folder, plenty) {
        Ok(Space { free, total, .. }) if free < FULL => error.context(format!(
            "the disk is full ({} KB of {} MB are free): make room first, \
             docs/operations/recovery.md#the-disk-is-full",
            free >> 10,
            total >> 20
        )),
        _ => error,
    })
}

fn look(folder: &Path, plenty: u64) -> anyhow::Result<Inspection> {
    let path = folder.join("shop.db");
    if !path.exists() {
        bail!(
            "there is no shop in {}: say which folder with --edge, or begin with branchline edge enrol",
            folder.display()
        );
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags)
        .with_context(|| format!("cannot open {}", path.display()))?;
    connection.busy_timeout(BUSY)?;
    let checked: String =
        connection.query_row(sql!("pragma quick_check(1)").text(), [], |row| row.get(0))?;
    let past_epochs = past_epochs(&connection)?;
    // One view for everything, so that what is written meanwhile does not look like a fault.
    let (state, findings) = db::alone(&connection, Timestamp::UNIX_EPOCH, |at| {
        Ok((node::db::state(at)?, rights::whole(at)?))
    })?;
    let key = folder.join("node.key");
    let space = disk::measured(folder, plenty)?;
    let machine = node::key::fingerprint_of(&key).ok();
    Ok(Inspection {
        node: state.node.map(|node| (node, state.epoch)),
        location: state.location,
        mode: state.mode.code(),
        restricted: state
            .restricted
            .map(|restricted| (restricted.cause.code().to_owned(), restricted.detail)),
        is_restored: state.is_restored,
        last_seq: state.last_seq,
        acked: state.acked,
        safe: state.safe,
        cloud_url: state.cloud_url,
        last_contact: state.last_contact,
        clock_offset_ms: state.clock_offset_ms,
        newest: Timestamp::from_millisecond(state.hlc.ms).unwrap_or(Timestamp::UNIX_EPOCH),
        is_same_machine: machine
            .zip(state.fingerprint)
            .map(|(now, then)| now == then),
        key_is_private: fs::metadata(&key).is_ok_and(|key| key.mode().trailing_zeros() >= 6),
        space: (space.free, space.total),
        is_short: space.level() != disk::Level::Fine,
        is_full: space.level() == disk::Level::Full,
        past_epochs,
        damage: (checked != "ok").then_some(checked),
        findings,
    })
}

fn past_epochs(connection: &Connection) -> anyhow::Result<Vec<(String, i64)>> {
    let mut left = connection.prepare(
        sql!("select file, last_seq - kept from past_epoch where last_seq > kept").text(),
    )?;
    let left = left.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(left.collect::<Result<_, _>>()?)
}
