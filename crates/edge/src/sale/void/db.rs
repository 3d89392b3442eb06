//! Rows of what was taken out of baskets.
use retail::{location::RegisterId, shift::ShiftId, staff::StaffId};
use uuid::Uuid;

use super::{Voided, VoidedLine};
use crate::db::{self, DbError, Snapshot, Sql, Tx, key, sql, uuid_key};

/// Where and by whom something was taken out.
pub(super) struct Place {
    pub(super) shift: ShiftId,
    pub(super) register: RegisterId,
    pub(super) staff: StaffId,
}

/// The content of a void that was recorded.
pub(super) fn request_hash(at: &Snapshot<'_>, id: Uuid) -> Result<Option<[u8; 32]>, DbError> {
    const REQUEST_HASH: Sql = sql!("select request_hash from basket_void where id = ?1");
    at.one(REQUEST_HASH, [uuid_key(id)], |row| row.get(0))
}

/// Adds a void with its lines.
pub(super) fn insert(
    tx: &Tx<'_>,
    place: &Place,
    voided: &Voided,
    request_hash: &[u8; 32],
) -> Result<(), DbError> {
    const INSERT: Sql = sql!(
        "insert into basket_void (id, seq, sale, is_whole, shift, register, staff, approved_by, reason, total_minor,
                                  voided_at, request_hash)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
    );
    const INSERT_LINE: Sql = sql!(
        "insert into basket_void_line (basket_void, line, variant, quantity, total_minor) values (?1, ?2, ?3, ?4, ?5)"
    );
    tx.execute(
        INSERT,
        (
            uuid_key(voided.id),
            voided.seq,
            key(voided.sale),
            voided.is_whole,
            key(place.shift),
            key(place.register),
            key(place.staff),
            voided.approved_by.map(key),
            &voided.reason,
            voided.total.minor(),
            voided.at.as_millisecond(),
            request_hash,
        ),
    )?;
    for (at, line) in (0_i64..).zip(&voided.lines) {
        tx.execute(
            INSERT_LINE,
            (
                uuid_key(voided.id),
                at,
                key(line.variant),
                line.quantity.base_units(),
                line.total.minor(),
            ),
        )?;
    }
    Ok(())
}

/// A void by its id.
pub(super) fn find(at: &Snapshot<'_>, id: Uuid) -> Result<Option<Voided>, DbError> {
    const FIND: Sql = sql!(
        "select sale, is_whole, approved_by, reason, total_minor, voided_at, seq from basket_void where id = ?1"
    );
    const LINES: Sql = sql!(
        "select variant, quantity, total_minor from basket_void_line where basket_void = ?1 order by line"
    );
    let lines = at.all(LINES, [uuid_key(id)], |row| {
        Ok(VoidedLine {
            variant: db::id(row, 0)?,
            quantity: db::quantity(row, 1)?,
            total: db::amount(row, 2)?,
        })
    })?;
    at.one(FIND, [uuid_key(id)], |row| {
        Ok(Voided {
            id,
            sale: db::id(row, 0)?,
            is_whole: row.get(1)?,
            approved_by: db::maybe_id(row, 2)?,
            reason: row.get(3)?,
            lines,
            total: db::amount(row, 4)?,
            at: db::instant(row, 5)?,
            seq: row.get(6)?,
        })
    })
}
