//! Rows of cash that went in and out of drawers.
use retail::{
    amount::Amount,
    cash::{Movement, MovementId, MovementKind, OTHER},
    shift::ShiftId,
    staff::StaffId,
};
use rusqlite::Row;

use super::Moved;
use crate::db::{self, DbError, Snapshot, Sql, Tx, key, sql};

/// A row to be added.
pub(super) struct NewRow<'a> {
    pub(super) id: MovementId,
    pub(super) seq: i64,
    pub(super) shift: ShiftId,
    pub(super) movement: &'a Movement,
    pub(super) staff: StaffId,
    pub(super) approved_by: Option<StaffId>,
    pub(super) hash: [u8; 32],
}

/// Adds a movement.
pub(super) fn insert(tx: &Tx<'_>, row: &NewRow<'_>) -> Result<(), DbError> {
    const INSERT: Sql = sql!(
        "insert into cash_movement (id, seq, shift, kind, amount_minor, reason, note, staff, approved_by, moved_at, request_hash)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    );
    tx.execute(
        INSERT,
        (
            key(row.id),
            row.seq,
            key(row.shift),
            row.movement.kind.code(),
            row.movement.amount.minor(),
            row.movement.reason,
            &row.movement.note,
            key(row.staff),
            row.approved_by.map(key),
            tx.now.as_millisecond(),
            row.hash,
        ),
    )
    .map(drop)
}

/// The content that a movement was recorded with.
pub(super) fn request_hash(at: &Snapshot<'_>, id: MovementId) -> Result<Option<[u8; 32]>, DbError> {
    const REQUEST_HASH: Sql = sql!("select request_hash from cash_movement where id = ?1");
    at.one(REQUEST_HASH, [key(id)], |row| row.get(0))
}

/// A movement by its id.
pub(crate) fn find(at: &Snapshot<'_>, id: MovementId) -> Result<Option<Moved>, DbError> {
    const FIND: Sql = sql!(
        "select m.id, m.shift, m.kind, m.amount_minor, m.reason, m.note, m.staff, coalesce(p.name, ''), a.name, m.moved_at
           from cash_movement m left join staff p on p.id = m.staff left join staff a on a.id = m.approved_by
          where m.id = ?1"
    );
    at.one(FIND, [key(id)], read)
}

/// What went in and out of a shift's drawer, the oldest first.
pub(super) fn of_shift(at: &Snapshot<'_>, shift: ShiftId) -> Result<Vec<Moved>, DbError> {
    const OF_SHIFT: Sql = sql!(
        "select m.id, m.shift, m.kind, m.amount_minor, m.reason, m.note, m.staff, coalesce(p.name, ''), a.name, m.moved_at
           from cash_movement m left join staff p on p.id = m.staff left join staff a on a.id = m.approved_by
          where m.shift = ?1 order by m.seq"
    );
    at.all(OF_SHIFT, [key(shift)], read)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Moved> {
    let kind = db::coded(row, 2, MovementKind::by_code)?;
    let reason: String = row.get(4)?;
    let known = kind.reasons().iter().find(|known| **known == reason);
    Ok(Moved {
        id: db::id(row, 0)?,
        shift: db::id(row, 1)?,
        movement: Movement {
            kind,
            amount: Amount::from_minor(row.get(3)?),
            reason: known.copied().unwrap_or(OTHER),
            note: row.get(5)?,
        },
        staff: db::id(row, 6)?,
        staff_name: row.get(7)?,
        approved_by: row.get(8)?,
        at: db::instant(row, 9)?,
    })
}
