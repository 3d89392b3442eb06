//! Rows of allowances.
use jiff::Timestamp;
use uuid::Uuid;
use wire::{command::Allowance, event::Claim};

use super::{Balance, Key};
use crate::db::{self, DbError, Snapshot, Sql, Tx, sql, uuid_key};

/// What may be used of one.
pub(super) fn available(at: &Snapshot<'_>, kind: &str, id: Uuid) -> Result<i64, DbError> {
    const AVAILABLE: Sql = sql!("select available from allowance where kind = ?1 and key = ?2");
    let found = at.one(AVAILABLE, (kind, uuid_key(id)), |row| row.get(0))?;
    Ok(found.unwrap_or(0))
}

/// Writes a movement into the ledger.
pub(super) fn insert_movement(tx: &Tx<'_>, seq: i64, claim: &Claim) -> Result<(), DbError> {
    const INSERT_MOVEMENT: Sql =
        sql!("insert into allowance_movement (seq, kind, key, quantity) values (?1, ?2, ?3, ?4)");
    let row = (seq, &claim.kind, uuid_key(claim.key), claim.quantity);
    tx.execute(INSERT_MOVEMENT, row).map(drop)
}

/// Moves a balance, guarded: never below nothing. A balance begins when something comes.
pub(super) fn put(tx: &Tx<'_>, seq: i64, claim: &Claim) -> Result<(), DbError> {
    const MOVE: Sql = sql!(
        "update allowance
            set available = available + ?3, reserve = min(reserve, available + ?3), moved_seq = ?4, changed_at = ?5
          where kind = ?1 and key = ?2 and available + ?3 >= 0"
    );
    const BEGIN: Sql = sql!(
        "insert into allowance (kind, key, available, reserve, moved_seq, changed_at) select ?1, ?2, ?3, 0, ?4, ?5
          where ?3 > 0 and not exists (select 1 from allowance where kind = ?1 and key = ?2)"
    );
    let row = (
        &claim.kind,
        uuid_key(claim.key),
        claim.quantity,
        seq,
        tx.now.as_millisecond(),
    );
    let mut changed = tx.execute(MOVE, row)?;
    if changed == 0 {
        changed = tx.execute(BEGIN, row)?;
    }
    match changed {
        1 => Ok(()),
        other => Err(rusqlite::Error::StatementChangedRows(other).into()),
    }
}

/// Keeps what has come as the shop's own part.
pub(super) fn reserve(tx: &Tx<'_>, line: &Allowance) -> Result<(), DbError> {
    const RESERVE: Sql = sql!(
        "update allowance set reserve = min(reserve + ?3, available) where kind = ?1 and key = ?2"
    );
    let row = (&line.kind, uuid_key(line.key), line.quantity);
    tx.execute(RESERVE, row).map(drop)
}

/// Notes that something was borrowed now.
pub(super) fn note_borrowed(tx: &Tx<'_>, line: &Allowance) -> Result<(), DbError> {
    const NOTE_BORROWED: Sql =
        sql!("update allowance set borrowed_at = ?3 where kind = ?1 and key = ?2");
    let row = (&line.kind, uuid_key(line.key), tx.now.as_millisecond());
    tx.execute(NOTE_BORROWED, row).map(drop)
}

/// What was borrowed for a day, a customer or a voucher and has not moved since, and of uses, units and money what was
/// borrowed beyond the shop's own part and not used since.
pub(super) fn idle(
    at: &Snapshot<'_>,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<Allowance>, DbError> {
    const IDLE: Sql = sql!(
        "select kind, key, available from allowance
          where available > 0 and changed_at <= ?1 and kind in ('promotion.day', 'promotion.customer', 'voucher')
          union all
         select kind, key, available - reserve from allowance
          where available > reserve and borrowed_at <= ?1
            and kind in ('promotion.uses', 'promotion.units', 'promotion.budget')
          order by 1, 2 limit ?2"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    at.all(IDLE, (before.as_millisecond(), limit), |row| {
        Ok(Allowance {
            kind: row.get(0)?,
            key: db::uuid(row, 1)?,
            quantity: row.get(2)?,
        })
    })
}

/// Every balance.
pub(crate) fn balances(at: &Snapshot<'_>) -> Result<Vec<Balance>, DbError> {
    const BALANCES: Sql = sql!("select kind, key, available from allowance order by kind, key");
    at.all(BALANCES, [], |row| {
        Ok(Balance {
            kind: row.get(0)?,
            key: db::uuid(row, 1)?,
            available: row.get(2)?,
        })
    })
}

/// The sums of the ledger.
pub(crate) fn sums(at: &Snapshot<'_>) -> Result<Vec<(Key, i64)>, DbError> {
    const SUMS: Sql = sql!(
        "select kind, key, sum(quantity) from allowance_movement group by kind, key order by kind, key"
    );
    at.all(SUMS, [], |row| {
        Ok(((row.get(0)?, db::uuid(row, 1)?), row.get(2)?))
    })
}
