//! Rows of the stock ledger, of on hand and of counts.
use retail::{
    catalog::VariantId,
    quantity::{Quantity, Unit},
    staff::StaffId,
    stock::{Movement, Reason},
};
use uuid::Uuid;

use super::{CountId, CountLine, CountReason, VariantStock};
use crate::db::{self, DbError, Snapshot, Sql, Tx, key, sql, uuid_key};

/// On hand of a variant, in base units.
pub(super) fn on_hand(at: &Snapshot<'_>, variant: VariantId) -> Result<Quantity, DbError> {
    const ON_HAND: Sql = sql!("select on_hand from stock where variant = ?1");
    at.one(ON_HAND, [key(variant)], |row| db::quantity(row, 0))
        .map(Option::unwrap_or_default)
}

/// Writes a movement into the ledger; a trigger moves on hand, and its guard refuses to go below zero.
pub(super) fn insert_movement(
    tx: &Tx<'_>,
    seq: i64,
    reason: Reason,
    movement: Movement,
) -> Result<(), DbError> {
    const INSERT_MOVEMENT: Sql =
        sql!("insert into stock_movement (seq, variant, quantity, reason) values (?1, ?2, ?3, ?4)");
    tx.execute(
        INSERT_MOVEMENT,
        (
            seq,
            key(movement.variant),
            movement.quantity.base_units(),
            reason.code(),
        ),
    )
    .map(drop)
}

/// The content and the event of a count that was recorded.
pub(super) fn recorded(at: &Snapshot<'_>, id: CountId) -> Result<Option<([u8; 32], i64)>, DbError> {
    const RECORDED: Sql = sql!("select request_hash, seq from stock_count where id = ?1");
    at.one(RECORDED, [key(id)], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Adds a count.
pub(super) fn insert_count(
    tx: &Tx<'_>,
    id: CountId,
    reason: CountReason,
    staff: StaffId,
    hash: &[u8; 32],
    seq: i64,
) -> Result<(), DbError> {
    const INSERT_COUNT: Sql = sql!(
        "insert into stock_count (id, reason, counted_at, staff, request_hash, seq) values (?1, ?2, ?3, ?4, ?5, ?6)"
    );
    tx.execute(
        INSERT_COUNT,
        (
            key(id),
            reason.code(),
            tx.now.as_millisecond(),
            key(staff),
            hash,
            seq,
        ),
    )
    .map(drop)
}

/// Adds a line of a count.
pub(super) fn insert_count_line(tx: &Tx<'_>, id: CountId, line: &CountLine) -> Result<(), DbError> {
    const INSERT_COUNT_LINE: Sql = sql!(
        "insert into stock_count_line (stock_count, variant, expected, counted) values (?1, ?2, ?3, ?4)"
    );
    tx.execute(
        INSERT_COUNT_LINE,
        (
            key(id),
            key(line.variant),
            line.expected.base_units(),
            line.counted.base_units(),
        ),
    )
    .map(drop)
}

/// The lines of a count, by variant.
pub(super) fn count_lines(at: &Snapshot<'_>, id: CountId) -> Result<Vec<CountLine>, DbError> {
    const COUNT_LINES: Sql = sql!(
        "select variant, expected, counted from stock_count_line where stock_count = ?1 order by variant"
    );
    at.all(COUNT_LINES, [key(id)], |row| {
        Ok(CountLine {
            variant: db::id(row, 0)?,
            expected: db::quantity(row, 1)?,
            counted: db::quantity(row, 2)?,
        })
    })
}

/// On hand by name. `words` narrows by what the name contains.
pub(super) fn list(
    at: &Snapshot<'_>,
    words: &str,
    after: Option<(String, Uuid)>,
    limit: i64,
) -> Result<Vec<VariantStock>, DbError> {
    const LIST: Sql = sql!(
        "select v.id, v.sku, v.name, v.unit, coalesce(s.on_hand, 0), v.folded
           from variant v left join stock s on s.variant = v.id
          where (v.folded, v.id) > (?1, ?2) and instr(v.folded, ?3) > 0 and (v.active = 1 or s.on_hand > 0)
          order by v.folded, v.id limit ?4"
    );
    let (folded, id) = after.map_or((String::new(), [0; 16]), |(folded, id)| {
        (folded, uuid_key(id))
    });
    at.all(LIST, (folded, id, words, limit), |row| {
        Ok(VariantStock {
            variant: db::id(row, 0)?,
            sku: row.get(1)?,
            name: row.get(2)?,
            unit: db::coded(row, 3, Unit::by_code)?,
            on_hand: db::quantity(row, 4)?,
            folded: row.get(5)?,
        })
    })
}
