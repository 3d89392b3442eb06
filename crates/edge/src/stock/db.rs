//! Rows of counts, and the list of stock.
use jiff::Timestamp;
use retail::{
    quantity::{Quantity, Unit},
    staff::StaffId,
};
use uuid::Uuid;

use super::{CountId, CountLine, CountReason, VariantStock};
use crate::{
    db::{self, DbError, Snapshot, Sql, Tx, key, sql, uuid_key},
    rights,
};

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

/// Accounts by name. `words` narrows by what the name contains.
pub(super) fn list(
    at: &Snapshot<'_>,
    words: &str,
    is_to_count: bool,
    after: Option<(String, Uuid)>,
    limit: i64,
) -> Result<Vec<VariantStock>, DbError> {
    const LIST: Sql = sql!(
        "select v.id, v.sku, v.name, v.unit, v.folded, coalesce(s.doubted_seq > s.counted_seq, 0),
                coalesce(s.node_rights, 0), coalesce(s.exportable, 0), coalesce(s.claim_bound, 0),
                coalesce(s.debt, 0), coalesce(s.picked, 0), coalesce(s.unsellable, 0), coalesce(s.shipped, 0),
                (select t.expected from count_task t where t.variant = v.id and t.seq > coalesce(s.counted_seq, 0)),
                (select o.hlc_ms from outbox o where o.seq = s.counted_seq)
           from variant v left join stock s on s.variant = v.id
          where (v.folded, v.id) > (?1, ?2) and instr(v.folded, ?3) > 0 and (v.active = 1 or s.on_hand + s.shipped > 0)
            and (?5 = 0 or s.doubted_seq > s.counted_seq)
          order by v.folded, v.id limit ?4"
    );
    let (folded, id) = after.map_or((String::new(), [0; 16]), |(folded, id)| {
        (folded, uuid_key(id))
    });
    at.all(LIST, (folded, id, words, limit, is_to_count), |row| {
        Ok(VariantStock {
            variant: db::id(row, 0)?,
            sku: row.get(1)?,
            name: row.get(2)?,
            unit: db::coded(row, 3, Unit::by_code)?,
            folded: row.get(4)?,
            is_doubted: row.get(5)?,
            account: rights::db::read(row, 6)?,
            office_expects: row.get::<_, Option<i64>>(13)?.map(Quantity::new),
            counted_at: row
                .get::<_, Option<i64>>(14)?
                .and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        })
    })
}
