//! SQL of pools and shares.
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use retail::allowance::{Pool, Share};
use retail::promotion::Promotion;
use tokio_postgres::types::ToSql;
use uuid::Uuid;
use wire::command::Command;

use super::{Change, Holder, Key, Limit, Pools};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// Under which the ledger has what is of no shop.
const NOWHERE: Uuid = Uuid::nil();

/// Those of the promotions that run, as the version that counts says. One that this version cannot read limits nothing
/// that it could give.
pub(super) async fn running(
    tx: &Tx,
    promotions: &BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, Promotion>> {
    const RUNNING: Sql = sql!(
        "select v.promotion_id, v.document
           from promotion p
           join promotion_version v on v.promotion_id = p.id and v.version = p.running_version
          where p.id = any ($1)",
        ([uuid]) -> (uuid, text)
    );
    if promotions.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<Uuid> = promotions.iter().copied().collect();
    let rows = tx.rows(RUNNING, &[&ids]).await?;
    let read = rows.iter().filter_map(|row| {
        let document: &str = row.get(1);
        Some((row.get(0), serde_json::from_str(document).ok()?))
    });
    Ok(read.collect())
}

/// Makes pools that are not there, and changes those whose promotion was started again since, with whatever version. Starts are
/// counted, so that whoever still speaks of the version before changes nothing. Gives those that are new.
pub(super) async fn limit(tx: &Tx, limits: &[&Limit]) -> Result<BTreeSet<Key>> {
    const MAKE: Sql = sql!(
        "with given as (
           select kind, key, promotion_id, version, wanted, pool_start(kind, promotion_id, version) as started
             from unnest($1, $2, $3, $4, $5) as given (kind, key, promotion_id, version, wanted)
         ), made as (
           insert into allowance_pool (kind, key, promotion_id, version, started, wanted)
           select kind, key, promotion_id, version, started, wanted from given order by kind, key
           on conflict (kind, key) do nothing returning kind, key, promotion_id, wanted
         ), noted as (
           insert into allowance_entry (location_id, kind, key, wanted, cause, subject_id, at)
           select $6, kind, key, wanted, 'limit', promotion_id, $7 from made
         )
         select kind, key from made",
        ([text], [uuid], [uuid], [bigint], [bigint], uuid, timestamptz) -> (text, uuid)
    );
    const CHANGE: Sql = sql!(
        "with given as materialized (
           select kind, key, promotion_id, version, wanted, pool_start(kind, promotion_id, version) as started
             from unnest($1, $2, $3, $4, $5) as given (kind, key, promotion_id, version, wanted)
         ), before as (
           select p.kind, p.key, p.wanted as before, given.promotion_id, given.version, given.started, given.wanted
             from allowance_pool p join given on given.kind = p.kind and given.key = p.key
            where p.started < given.started order by p.kind, p.key for update of p
         ), noted as (
           insert into allowance_entry (location_id, kind, key, wanted, cause, subject_id, at)
           select $6, kind, key, wanted - before, 'limit', promotion_id, $7 from before
         )
         update allowance_pool p
            set wanted = before.wanted, version = before.version, started = before.started,
                promotion_id = before.promotion_id
           from before where before.kind = p.kind and before.key = p.key",
        ([text], [uuid], [uuid], [bigint], [bigint], uuid, timestamptz) -> ()
    );
    let kinds: Vec<&str> = limits.iter().map(|limit| limit.kind).collect();
    let keys: Vec<Uuid> = limits.iter().map(|limit| limit.key).collect();
    let promotions: Vec<Uuid> = limits.iter().map(|limit| limit.promotion).collect();
    let versions: Vec<i64> = limits.iter().map(|limit| limit.version).collect();
    let wanted: Vec<i64> = limits.iter().map(|limit| limit.wanted).collect();
    let now = tx.now();
    let params: [&(dyn ToSql + Sync); 7] = [
        &kinds,
        &keys,
        &promotions,
        &versions,
        &wanted,
        &NOWHERE,
        &now,
    ];
    let answers = tx
        .all(&[call(MAKE, &params), call(CHANGE, &params)])
        .await?;
    Ok(answers[0]
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect())
}

/// Locks pools that exist, in their order.
pub(super) async fn lock(tx: &Tx, keys: &BTreeSet<Key>) -> Result<Pools> {
    const LOCK: Sql = sql!(
        "select p.kind, p.key, p.wanted, p.shared, p.online
           from allowance_pool p
           join unnest($1, $2) as wanted (kind, key) on wanted.kind = p.kind and wanted.key = p.key
          order by p.kind, p.key for update of p",
        ([text], [uuid]) -> (text, uuid, bigint, bigint, bigint)
    );
    pools(tx, LOCK, keys).await
}

/// The same as it is now, for whoever changes nothing.
pub(super) async fn look(tx: &Tx, keys: &BTreeSet<Key>) -> Result<Pools> {
    const LOOK: Sql = sql!(
        "select p.kind, p.key, p.wanted, p.shared, p.online
           from allowance_pool p
           join unnest($1, $2) as wanted (kind, key) on wanted.kind = p.kind and wanted.key = p.key",
        ([text], [uuid]) -> (text, uuid, bigint, bigint, bigint)
    );
    pools(tx, LOOK, keys).await
}

async fn pools(tx: &Tx, statement: Sql, keys: &BTreeSet<Key>) -> Result<Pools> {
    if keys.is_empty() {
        return Ok(Pools::new());
    }
    let (kinds, keys): (Vec<&str>, Vec<Uuid>) =
        keys.iter().map(|(kind, key)| (kind.as_str(), *key)).unzip();
    let rows = tx.rows(statement, &[&kinds, &keys]).await?;
    let pool = |row: &tokio_postgres::Row| {
        let pool = Pool {
            wanted: row.get(2),
            shared: row.get(3),
            online: row.get(4),
        };
        ((row.get(0), row.get(1)), pool)
    };
    Ok(rows.iter().map(pool).collect())
}

/// As [`lock`], and opens those that are missing, with nothing in them: a shop may know of what a restored cloud has
/// forgotten.
pub(super) async fn open(tx: &Tx, keys: &BTreeSet<&Key>) -> Result<()> {
    const OPEN: Sql = sql!(
        "insert into allowance_pool as kept (kind, key)
         select kind, key from unnest($1, $2) as given (kind, key) order by kind, key
         on conflict (kind, key) do update set shared = kept.shared",
        ([text], [uuid]) -> ()
    );
    if keys.is_empty() {
        return Ok(());
    }
    let (kinds, keys): (Vec<&str>, Vec<Uuid>) =
        keys.iter().map(|(kind, key)| (kind.as_str(), *key)).unzip();
    Ok(tx.run(OPEN, &[&kinds, &keys]).await?)
}

/// The shares of one epoch of a node; those of all allowances, or of these.
pub(super) async fn shares(
    tx: &Tx,
    holder: Holder,
    keys: Option<&BTreeSet<Key>>,
) -> Result<BTreeMap<Key, Share>> {
    const SHARES: Sql = sql!(
        "select kind, key, granting, held, used, beyond from allowance_share
          where node_id = $1 and epoch = $2
            and ($3 or (kind, key) in (select * from unnest($4, $5) as wanted (kind, key)))",
        (uuid, bigint, boolean, [text], [uuid]) -> (text, uuid, bigint, bigint, bigint, bigint)
    );
    let all = keys.is_none();
    let (kinds, keys): (Vec<&str>, Vec<Uuid>) = keys
        .into_iter()
        .flatten()
        .map(|(kind, key)| (kind.as_str(), *key))
        .unzip();
    let rows = tx
        .rows(SHARES, &[&holder.node, &holder.epoch, &all, &kinds, &keys])
        .await?;
    let share = |row: &tokio_postgres::Row| {
        let share = Share {
            granting: row.get(2),
            held: row.get(3),
            used: row.get(4),
            beyond: row.get(5),
        };
        ((row.get(0), row.get(1)), share)
    };
    Ok(rows.iter().map(share).collect())
}

const POOLS: Sql = sql!(
    "update allowance_pool p set shared = p.shared + d.shared, online = p.online + d.online
       from (select kind, key, sum(shared)::bigint as shared, sum(online)::bigint as online
               from unnest($1, $2, $3, $4) as given (kind, key, shared, online) group by kind, key) d
      where p.kind = d.kind and p.key = d.key and (d.shared <> 0 or d.online <> 0)",
    ([text], [uuid], [bigint], [bigint]) -> ()
);

const OPEN: Sql = sql!(
    "insert into allowance_share (location_id, node_id, epoch, kind, key)
     select distinct location_id, node_id, epoch, kind, key
       from unnest($1, $2, $3, $4, $5) as given (location_id, node_id, epoch, kind, key)
      where node_id is not null order by kind, key, node_id, epoch
     on conflict (kind, key, node_id, epoch) do nothing",
    ([uuid], [uuid], [bigint], [text], [uuid]) -> ()
);

const SHARES: Sql = sql!(
    "with given as (
       select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         as given (location_id, node_id, epoch, kind, key, shared, online, granting, held, used, beyond, cause, subject_id)
     ), noted as (
       insert into allowance_entry
         (location_id, node_id, epoch, kind, key, shared, online, granting, held, used, beyond, cause, subject_id, at)
       select location_id, node_id, epoch, kind, key, shared, online, granting, held, used, beyond, cause, subject_id, $14
         from given
     )
     update allowance_share s
        set granting = s.granting + d.granting, held = s.held + d.held, used = s.used + d.used,
            beyond = s.beyond + d.beyond
       from (select node_id, epoch, kind, key, sum(granting)::bigint as granting, sum(held)::bigint as held,
                    sum(used)::bigint as used, sum(beyond)::bigint as beyond
               from given where node_id is not null group by node_id, epoch, kind, key) d
      where s.node_id = d.node_id and s.epoch = d.epoch and s.kind = d.kind and s.key = d.key",
    (
        [uuid], [uuid], [bigint], [text], [uuid], [bigint], [bigint], [bigint], [bigint], [bigint], [bigint], [text],
        [uuid], timestamptz
    ) -> ()
);

/// Writes changes: pools that this transaction has locked where they change, then shares, each change with its cause.
pub(super) async fn change(tx: &Tx, changes: &[Change]) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let number = |of: fn(&Change) -> i64| changes.iter().map(of).collect::<Vec<i64>>();
    let kinds: Vec<&str> = changes.iter().map(|one| one.key.0.as_str()).collect();
    let keys: Vec<Uuid> = changes.iter().map(|one| one.key.1).collect();
    let holder = |of: fn(Holder) -> Uuid| -> Vec<Option<Uuid>> {
        changes.iter().map(|one| one.holder.map(of)).collect()
    };
    let locations: Vec<Uuid> = changes
        .iter()
        .map(|one| one.holder.map_or(NOWHERE, |holder| holder.location))
        .collect();
    let nodes = holder(|holder| holder.node);
    let epochs: Vec<Option<i64>> = changes
        .iter()
        .map(|one| one.holder.map(|holder| holder.epoch))
        .collect();
    let (shared, online) = (number(|one| one.shared), number(|one| one.online));
    let granting = number(|one| one.share.granting);
    let held = number(|one| one.share.held);
    let used = number(|one| one.share.used);
    let beyond = number(|one| one.share.beyond);
    let causes: Vec<&str> = changes.iter().map(|one| one.cause.code()).collect();
    let subjects: Vec<Option<Uuid>> = changes.iter().map(|one| one.subject).collect();
    let now = tx.now();
    let pools: [&(dyn ToSql + Sync); 4] = [&kinds, &keys, &shared, &online];
    let open: [&(dyn ToSql + Sync); 5] = [&locations, &nodes, &epochs, &kinds, &keys];
    let all: [&(dyn ToSql + Sync); 14] = [
        &locations, &nodes, &epochs, &kinds, &keys, &shared, &online, &granting, &held, &used,
        &beyond, &causes, &subjects, &now,
    ];
    tx.all(&[call(POOLS, &pools), call(OPEN, &open), call(SHARES, &all)])
        .await?;
    Ok(())
}

/// Whether nothing may be granted to a location now: the epoch of its node is over, or the cloud was restored and not
/// every location has followed. Asked as somebody who sees all.
pub(super) async fn is_closed(tx: &Tx, location: Uuid) -> Result<bool> {
    const CLOSED: Sql = sql!(
        "select exists (select from command_stream c join node_stream s on s.node_id = c.node_id
                         where c.location_id = $1 and s.status <> 'active')
             or exists (select from node_stream where frozen_at is not null and status <> 'retired')",
        (uuid) -> (boolean)
    );
    let row = tx.row(CLOSED, &[&location]).await?;
    Ok(row.is_none_or(|row| row.get(0)))
}

/// Whether the cloud was restored and not every location has followed.
pub(super) async fn is_frozen(tx: &Tx) -> Result<bool> {
    const FROZEN: Sql = sql!(
        "select exists (select from node_stream where frozen_at is not null and status <> 'retired')",
        () -> (boolean)
    );
    let row = tx.row(FROZEN, &[]).await?;
    Ok(row.is_none_or(|row| row.get(0)))
}

/// Shops with a node that may be granted something, in the order in which their streams are locked; none while the cloud
/// finds its way back.
pub(super) async fn shops(tx: &Tx) -> Result<Vec<Uuid>> {
    const SHOPS: Sql = sql!(
        "select c.location_id
           from command_stream c
           join node_stream s on s.node_id = c.node_id and s.status = 'active'
           join location l on l.id = c.location_id and l.kind = 'shop'
          where not exists (select from node_stream where frozen_at is not null and status <> 'retired')
          order by c.location_id",
        () -> (uuid)
    );
    let rows = tx.rows(SHOPS, &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Gives one command a place in the stream of each of these locations, whose ids are theirs; those that have a node.
pub(super) async fn send_all(
    tx: &Tx,
    addressed: &[(Uuid, Uuid)],
    command: &Command,
) -> Result<Vec<(Holder, Uuid)>> {
    const SEND_ALL: Sql = sql!(
        "with given as (
           select * from unnest($1, $2) as given (location_id, id)
         ), locked as materialized (
           select c.location_id, given.id from command_stream c join given on given.location_id = c.location_id
            order by c.location_id for update of c
         ), place as (
           update command_stream c set next = c.next + 1 from locked where locked.location_id = c.location_id
           returning c.location_id, c.node_id, c.epoch, c.incarnation, c.next - 1 as idx, locked.id
         )
         insert into node_command (node_id, epoch, incarnation, idx, id, location_id, kind, body, made_at)
         select node_id, epoch, incarnation, idx, id, location_id, $3, $4, $5 from place
         returning location_id, node_id, epoch, id",
        ([uuid], [uuid], text, jsonb, timestamptz) -> (uuid, uuid, bigint, uuid)
    );
    let (kind, body) = command.write();
    let (locations, ids): (Vec<Uuid>, Vec<Uuid>) = addressed.iter().copied().unzip();
    let rows = tx
        .rows(SEND_ALL, &[&locations, &ids, &kind, &body, &tx.now()])
        .await?;
    let sent = |row: &tokio_postgres::Row| {
        let holder = Holder {
            location: row.get(0),
            node: row.get(1),
            epoch: row.get(2),
        };
        (holder, row.get(3))
    };
    Ok(rows.iter().map(sent).collect())
}

/// Vouchers whose uses are counted and that count now, by promotion and voucher, with the uses of each.
pub(super) async fn vouchers(
    tx: &Tx,
    vouchers: &BTreeSet<Uuid>,
    now: Timestamp,
) -> Result<BTreeMap<(Uuid, Uuid), i64>> {
    const VOUCHERS: Sql = sql!(
        "select promotion_id, id, uses from voucher
          where id = any ($1) and uses is not null and stopped_at is null and (valid_until is null or valid_until > $2)",
        ([uuid], timestamptz) -> (uuid, uuid, bigint)
    );
    if vouchers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<Uuid> = vouchers.iter().copied().collect();
    let rows = tx.rows(VOUCHERS, &[&ids, &now]).await?;
    let voucher = |row: &tokio_postgres::Row| ((row.get(0), row.get(1)), row.get(2));
    Ok(rows.iter().map(voucher).collect())
}
