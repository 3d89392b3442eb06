//! Epochs that are over: what they recorded goes to the cloud's salvage, where money is booked once and stock is left to
//! the counts of the next epoch (sync.md 2.9).
use std::{fs, path::Path};

use anyhow::Context;
use ed25519_dalek::SigningKey;
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use wire::{
    batch::{MAX_BYTES, MAX_EVENTS},
    event::{Hash, Record},
    recovery::{Salvage, Salvaged},
};

use super::{
    carrier::{About, Answer, Lane, Lost, Outgoing, read},
    exchange::{Done, Exchange, Judged},
    push,
};
use crate::{
    Shop,
    db::{DbError, Snapshot, Sql, Tx, sql, uuid},
    node::{self, State},
    outbox,
};

/// An epoch of this shop that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PastEpoch {
    /// The name of its file without `.db`; its key has the same name.
    pub(crate) file: String,
    pub(crate) node: Uuid,
    pub(crate) epoch: i64,
    /// Its newest event.
    pub(crate) last_seq: i64,
    /// The cloud holds its events up to here.
    pub(crate) kept: i64,
    /// It said so in this incarnation: a cloud that was restored later may have lost them.
    pub(crate) incarnation: i64,
}

/// Whether the cloud still lacks something of an epoch that is over.
pub(super) fn is_left(at: &Snapshot<'_>) -> Result<bool, DbError> {
    Ok(next(at)?.is_some())
}

/// Every epoch of this shop that is over, the oldest first.
pub(crate) fn all(at: &Snapshot<'_>) -> Result<Vec<PastEpoch>, DbError> {
    const ALL: Sql = sql!(
        "select file, node, epoch, last_seq, kept, incarnation from past_epoch order by epoch, file"
    );
    at.all(ALL, [], row)
}

fn next(at: &Snapshot<'_>) -> Result<Option<PastEpoch>, DbError> {
    const NEXT: Sql = sql!(
        "select p.file, p.node, p.epoch, p.last_seq, iif(p.incarnation = n.incarnation, p.kept, 0), n.incarnation
           from past_epoch p cross join node_state n
          where p.kept < p.last_seq or p.incarnation <> n.incarnation
          order by p.epoch, p.file limit 1"
    );
    at.one(NEXT, [], row)
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<PastEpoch> {
    Ok(PastEpoch {
        file: row.get(0)?,
        node: uuid(row, 1)?,
        epoch: row.get(2)?,
        last_seq: row.get(3)?,
        kept: row.get(4)?,
        incarnation: row.get(5)?,
    })
}

/// Notes an epoch that is over.
pub(crate) fn remember(tx: &Tx<'_>, past: &PastEpoch) -> Result<(), DbError> {
    const REMEMBER: Sql = sql!(
        "insert into past_epoch (file, node, epoch, last_seq, kept, incarnation) values (?1, ?2, ?3, ?4, ?5, ?6)
             on conflict (file) do nothing"
    );
    tx.execute(
        REMEMBER,
        (
            &past.file,
            past.node.into_bytes(),
            past.epoch,
            past.last_seq,
            past.kept,
            past.incarnation,
        ),
    )
    .map(drop)
}

/// Nothing is noted when the cloud has gone back since it was asked.
fn set_kept(tx: &Tx<'_>, file: &str, kept: i64, incarnation: i64) -> Result<(), DbError> {
    const SET_KEPT: Sql = sql!(
        "update past_epoch set kept = ?2, incarnation = ?3
          where file = ?1 and ?3 = (select incarnation from node_state)"
    );
    tx.execute(SET_KEPT, (file, kept, incarnation)).map(drop)
}

/// The next records of this node's own epoch, which is over.
pub(super) async fn own(shop: &Shop, state: &State, from: i64) -> Result<Outgoing, DbError> {
    let events = shop
        .read(move |at| outbox::db::from(at, from, MAX_EVENTS))
        .await?;
    let events = push::within(events, MAX_BYTES);
    let to = last_of(from, &events);
    let node = state.id();
    let (epoch, key) = (state.epoch, &shop.keys.signing);
    Ok(upload(
        key,
        node,
        epoch,
        from,
        events,
        Lane::Push,
        About::Own { to },
    ))
}

/// The next records of an epoch whose file stays beside the shop's; `None` when nothing is left.
pub(super) async fn past(shop: &Shop) -> Result<Option<Outgoing>, DbError> {
    let Some(past) = shop.read(next).await? else {
        return Ok(None);
    };
    let (folder, of) = (shop.folder.clone(), past.clone());
    let read = tokio::task::spawn_blocking(move || from_file(&folder, &of))
        .await
        .map_err(|_| DbError::Panicked)?;
    let (key, events) = match read {
        Ok((key, events)) if !events.is_empty() => (key, events),
        // The file is gone or unreadable: people look at it, the shop goes on.
        Ok(_) => return given_up(shop, past, "it has no more events".to_owned()).await,
        Err(error) => return given_up(shop, past, format!("{error:#}")).await,
    };
    let from = past.kept + 1;
    let about = About::Past {
        file: past.file,
        to: last_of(from, &events),
        incarnation: past.incarnation,
    };
    Ok(Some(upload(
        &key,
        past.node,
        past.epoch,
        from,
        events,
        Lane::Salvage,
        about,
    )))
}

async fn given_up(shop: &Shop, past: PastEpoch, why: String) -> Result<Option<Outgoing>, DbError> {
    tracing::error!(
        file = %past.file,
        "Events {} to {} of epoch {} cannot be brought to the cloud: {why}",
        past.kept + 1,
        past.last_seq,
        past.epoch
    );
    shop.write(move |tx, _| set_kept(tx, &past.file, past.last_seq, past.incarnation))
        .await?;
    Ok(None)
}

fn from_file(folder: &Path, past: &PastEpoch) -> anyhow::Result<(SigningKey, Vec<Record>)> {
    let key = folder.join(format!("{}.key", past.file));
    let seed = fs::read(&key).with_context(|| format!("cannot read {}", key.display()))?;
    let seed: [u8; 32] = seed.as_slice().try_into().context("the key is cut short")?;
    let path = folder.join(format!("{}.db", past.file));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = Connection::open_with_flags(&path, flags)?;
    let mut statement = file.prepare(outbox::db::FROM.text())?;
    let limit = i64::try_from(MAX_EVENTS)?;
    let rows = statement.query_map((past.kept + 1, limit), |row| {
        Ok(Record {
            header: row.get(0)?,
            body: row.get(1)?,
            hash: Hash(row.get(2)?),
        })
    })?;
    let events = rows.collect::<Result<Vec<_>, _>>()?;
    Ok((
        SigningKey::from_bytes(&seed),
        push::within(events, MAX_BYTES),
    ))
}

fn upload(
    key: &SigningKey,
    node: Uuid,
    epoch: i64,
    first_seq: i64,
    events: Vec<Record>,
    lane: Lane,
    about: About,
) -> Outgoing {
    let salvage = Salvage {
        epoch,
        first_seq,
        events,
    };
    let body = serde_json::to_vec(&salvage).expect("records are plain data");
    let path = format!("/v1/nodes/{node}/salvage");
    Outgoing::signed(key, node, lane, "POST", path, body, about)
}

fn last_of(from: i64, events: &[Record]) -> i64 {
    from - 1 + i64::try_from(events.len()).unwrap_or(0)
}

/// The cloud keeps records of this node's own epoch.
pub(super) async fn kept_own(
    exchange: &Exchange,
    to: i64,
    result: Result<Answer, Lost>,
) -> Result<Done, Judged> {
    let salvaged: Salvaged = read(result)?;
    let shop = &exchange.shop;
    tracing::info!(
        kept = salvaged.kept,
        "The cloud keeps events up to {to} of this epoch, which is over"
    );
    shop.write(move |tx, _| node::db::set_acked(tx, to)).await?;
    shop.link.send_modify(|link| link.acked = Some(to));
    let mut machine = exchange.machine();
    machine.heard();
    machine.push.resume(to);
    Ok(Done::More)
}

/// The cloud keeps records of an earlier epoch.
pub(super) async fn kept_past(
    shop: &Shop,
    file: &str,
    to: i64,
    incarnation: i64,
    result: Result<Answer, Lost>,
) -> Result<Done, Judged> {
    let salvaged: Salvaged = read(result)?;
    tracing::info!(
        kept = salvaged.kept,
        file,
        "The cloud keeps events up to {to} of {file}"
    );
    let file = file.to_owned();
    shop.write(move |tx, _| set_kept(tx, &file, to, incarnation))
        .await?;
    Ok(Done::More)
}
