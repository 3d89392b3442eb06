//! Rows of shifts and of the number series of registers.
use jiff::{Timestamp, civil::Date};
use retail::{
    amount::Amount,
    location::RegisterId,
    shift::{Closing, ShiftId},
    staff::StaffId,
};

use super::{Shift, Sums, count::CountId};
use crate::db::{self, DbError, Snapshot, Sql, Tx, key, sql};

/// What a shift begins with.
pub(super) struct Opening {
    pub(super) id: ShiftId,
    pub(super) register: RegisterId,
    pub(super) business_date: Date,
    pub(super) opened_by: StaffId,
    pub(super) float: Amount,
    pub(super) hash: [u8; 32],
    pub(super) seq: i64,
}

/// Adds a shift.
pub(super) fn insert(tx: &Tx<'_>, opening: &Opening) -> Result<(), DbError> {
    const INSERT: Sql = sql!(
        "insert into shift (id, register, business_date, opened_at, opened_by, float_minor, request_hash, seq)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    );
    tx.execute(
        INSERT,
        (
            key(opening.id),
            key(opening.register),
            opening.business_date.to_string(),
            tx.now.as_millisecond(),
            key(opening.opened_by),
            opening.float.minor(),
            opening.hash,
            opening.seq,
        ),
    )
    .map(drop)
}

/// How a shift ended.
pub(super) struct Ended<'a> {
    pub(super) staff: StaffId,
    pub(super) closing: Closing,
    pub(super) z_number: i64,
    pub(super) reason: Option<&'a str>,
    pub(super) approved_by: Option<StaffId>,
}

/// Closes a shift.
pub(super) fn close(tx: &Tx<'_>, id: ShiftId, ended: &Ended<'_>) -> Result<(), DbError> {
    const CLOSE: Sql = sql!(
        "update shift set closed_at = ?2, closed_by = ?3, counted_minor = ?4, expected_minor = ?5, z_number = ?6,
                difference_reason = ?7, approved_by = ?8
          where id = ?1"
    );
    tx.execute(
        CLOSE,
        (
            key(id),
            tx.now.as_millisecond(),
            key(ended.staff),
            ended.closing.counted.minor(),
            ended.closing.expected.minor(),
            ended.z_number,
            ended.reason,
            ended.approved_by.map(key),
        ),
    )
    .map(drop)
}

/// A count to be added.
pub(super) struct CountRow<'a> {
    pub(super) id: CountId,
    pub(super) seq: i64,
    pub(super) shift: ShiftId,
    pub(super) number: i64,
    pub(super) counted: Amount,
    /// JSON.
    pub(super) pieces: &'a serde_json::Value,
    pub(super) staff: StaffId,
    pub(super) hash: [u8; 32],
}

/// Adds a count.
pub(super) fn insert_count(tx: &Tx<'_>, row: &CountRow<'_>) -> Result<(), DbError> {
    const INSERT_COUNT: Sql = sql!(
        "insert into shift_count (id, seq, shift, number, counted_minor, pieces, staff, counted_at, request_hash)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
    );
    tx.execute(
        INSERT_COUNT,
        (
            key(row.id),
            row.seq,
            key(row.shift),
            row.number,
            row.counted.minor(),
            row.pieces.to_string(),
            key(row.staff),
            tx.now.as_millisecond(),
            row.hash,
        ),
    )
    .map(drop)
}

/// How often a drawer was counted in a shift.
pub(crate) fn counts(at: &Snapshot<'_>, shift: ShiftId) -> Result<i64, DbError> {
    const COUNTS: Sql = sql!("select count(*) from shift_count where shift = ?1");
    at.one(COUNTS, [key(shift)], |row| row.get(0))
        .map(Option::unwrap_or_default)
}

/// The content that a count was recorded with.
pub(super) fn request_hash_of_count(
    at: &Snapshot<'_>,
    id: CountId,
) -> Result<Option<[u8; 32]>, DbError> {
    const COUNT_HASH: Sql = sql!("select request_hash from shift_count where id = ?1");
    at.one(COUNT_HASH, [key(id)], |row| row.get(0))
}

/// The how-manieth of its shift a count is.
pub(super) fn count_number(at: &Snapshot<'_>, id: CountId) -> Result<Option<i64>, DbError> {
    const COUNT_NUMBER: Sql = sql!("select number from shift_count where id = ?1");
    at.one(COUNT_NUMBER, [key(id)], |row| row.get(0))
}

/// The last count of a shift: how much, and its notes and coins as JSON.
pub(super) fn last_count(
    at: &Snapshot<'_>,
    shift: ShiftId,
) -> Result<Option<(Amount, String)>, DbError> {
    const LAST_COUNT: Sql = sql!(
        "select counted_minor, pieces from shift_count where shift = ?1 order by number desc limit 1"
    );
    at.one(LAST_COUNT, [key(shift)], |row| {
        Ok((db::amount(row, 0)?, row.get(1)?))
    })
}

/// The content that a shift was opened with.
pub(super) fn request_hash(at: &Snapshot<'_>, id: ShiftId) -> Result<Option<[u8; 32]>, DbError> {
    const REQUEST_HASH: Sql = sql!("select request_hash from shift where id = ?1");
    at.one(REQUEST_HASH, [key(id)], |row| row.get(0))
}

/// The open shift of a register.
pub(super) fn open_at(at: &Snapshot<'_>, register: RegisterId) -> Result<Option<ShiftId>, DbError> {
    const OPEN_AT: Sql = sql!("select id from shift where register = ?1 and closed_at is null");
    at.one(OPEN_AT, [key(register)], |row| db::id(row, 0))
}

/// A shift as far as something recorded in it has to know.
#[derive(Debug, Clone)]
pub(crate) struct Current {
    pub(crate) id: ShiftId,
    pub(crate) register: RegisterId,
    pub(crate) register_name: String,
    pub(crate) prefix: String,
    pub(crate) location_name: String,
    pub(crate) location_code: String,
    pub(crate) address: String,
    pub(crate) business_date: Date,
    pub(super) is_closed: bool,
}

/// The shift, its register and its shop.
pub(crate) fn current(at: &Snapshot<'_>, id: ShiftId) -> Result<Option<Current>, DbError> {
    const CURRENT: Sql = sql!(
        "select s.register, r.name, r.prefix, l.name, l.code, l.address, s.business_date, s.closed_at is not null
           from shift s join register r on r.id = s.register join location l on l.id = r.location
          where s.id = ?1"
    );
    at.one(CURRENT, [key(id)], |row| {
        Ok(Current {
            id,
            register: db::id(row, 0)?,
            register_name: row.get(1)?,
            prefix: row.get(2)?,
            location_name: row.get(3)?,
            location_code: row.get(4)?,
            address: row.get(5)?,
            business_date: db::date(row, 6)?,
            is_closed: row.get(7)?,
        })
    })
}

/// A shift with its sums.
pub(crate) fn find(at: &Snapshot<'_>, id: ShiftId) -> Result<Option<Shift>, DbError> {
    const FIND: Sql = sql!(
        "select s.id, s.register, s.business_date, s.opened_at, s.opened_by, coalesce(p.name, ''), s.float_minor,
                s.closed_at, s.expected_minor, s.counted_minor, s.z_number, s.difference_reason, s.approved_by
           from shift s left join staff p on p.id = s.opened_by
          where s.id = ?1"
    );
    let sums = sums(at, id)?;
    at.one(FIND, [key(id)], |row| {
        Ok(Shift {
            id: db::id(row, 0)?,
            register: db::id(row, 1)?,
            business_date: db::date(row, 2)?,
            opened_at: db::instant(row, 3)?,
            opened_by: db::id(row, 4)?,
            opened_by_name: row.get(5)?,
            float: db::amount(row, 6)?,
            closed_at: row
                .get::<_, Option<i64>>(7)?
                .and_then(|ms| Timestamp::from_millisecond(ms).ok()),
            sums,
            expected: row.get::<_, Option<i64>>(8)?.map(Amount::from_minor),
            counted: row.get::<_, Option<i64>>(9)?.map(Amount::from_minor),
            z_number: row.get(10)?,
            difference_reason: row.get(11)?,
            approved_by: row
                .get::<_, Option<[u8; 16]>>(12)?
                .map(|id| StaffId::from_uuid(uuid::Uuid::from_bytes(id))),
        })
    })
}

/// What has passed through a shift, from its sales, purchases and movements of cash.
fn sums(at: &Snapshot<'_>, id: ShiftId) -> Result<Sums, DbError> {
    const SALES: Sql =
        sql!("select count(*), coalesce(sum(change_minor), 0) from sale where shift = ?1");
    const TENDERS: Sql = sql!(
        "select coalesce(sum(t.amount_minor) filter (where t.kind = 'cash'), 0),
                coalesce(sum(t.amount_minor) filter (where t.kind = 'card'), 0),
                coalesce(sum(t.amount_minor) filter (where t.kind not in ('cash', 'card')), 0)
           from sale s join tender t on t.sale = s.id
          where s.shift = ?1"
    );
    const PURCHASES: Sql = sql!(
        "select coalesce(sum(total_minor), 0) from purchase where shift = ?1 and payment = 'cash'"
    );
    const TAKEN_BACK: Sql = sql!(
        "select coalesce(sum(total_minor), 0) from purchase_reversal where shift = ?1 and payment = 'cash'"
    );
    const MOVED: Sql = sql!(
        "select coalesce(sum(amount_minor) filter (where kind = 'paid_in'), 0),
                coalesce(sum(amount_minor) filter (where kind = 'paid_out'), 0),
                coalesce(sum(amount_minor) filter (where kind = 'drop'), 0)
           from cash_movement where shift = ?1"
    );
    let (sales, change) = at
        .one(SALES, [key(id)], |row| {
            Ok((row.get(0)?, db::amount(row, 1)?))
        })?
        .unwrap_or_default();
    let (cash, card, other) = at
        .one(TENDERS, [key(id)], |row| {
            Ok((
                db::amount(row, 0)?,
                db::amount(row, 1)?,
                db::amount(row, 2)?,
            ))
        })?
        .unwrap_or_default();
    let back = refunds(at, id)?;
    let purchases_paid = at
        .one(PURCHASES, [key(id)], |row| db::amount(row, 0))?
        .unwrap_or_default();
    let purchases_back = at
        .one(TAKEN_BACK, [key(id)], |row| db::amount(row, 0))?
        .unwrap_or_default();
    let (paid_in, paid_out, dropped) = at
        .one(MOVED, [key(id)], |row| {
            Ok((
                db::amount(row, 0)?,
                db::amount(row, 1)?,
                db::amount(row, 2)?,
            ))
        })?
        .unwrap_or_default();
    Ok(Sums {
        sales,
        cash: cash - change - back.cash,
        card: card - back.card,
        other,
        returns: back.count,
        refunded: back.total,
        purchases_paid,
        purchases_back,
        paid_in,
        paid_out,
        dropped,
    })
}

/// What customers got back in a shift.
#[derive(Default)]
struct Refunds {
    count: i64,
    total: Amount,
    cash: Amount,
    card: Amount,
}

fn refunds(at: &Snapshot<'_>, id: ShiftId) -> Result<Refunds, DbError> {
    const RETURNS: Sql = sql!(
        "select count(*), coalesce(sum(total_minor), 0),
                coalesce((select sum(t.amount_minor) from sale_return s join refund_tender t on t.sale_return = s.id
                           where s.shift = ?1 and t.kind = 'cash'), 0),
                coalesce((select sum(t.amount_minor) from sale_return s join refund_tender t on t.sale_return = s.id
                           where s.shift = ?1 and t.kind = 'card'), 0)
           from sale_return where shift = ?1"
    );
    let found = at.one(RETURNS, [key(id)], |row| {
        Ok(Refunds {
            count: row.get(0)?,
            total: db::amount(row, 1)?,
            cash: db::amount(row, 2)?,
            card: db::amount(row, 3)?,
        })
    })?;
    Ok(found.unwrap_or_default())
}

/// What is numbered.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Series {
    Receipt,
    Ticket,
    Z,
}

/// Takes the next number of a series, in the transaction of the document that bears it (pitfall 28).
pub(crate) fn next_number(
    tx: &Tx<'_>,
    register: RegisterId,
    epoch: i64,
    series: Series,
) -> Result<i64, DbError> {
    const NEXT_NUMBER: Sql = sql!(
        "insert into number_series (register, epoch, series, last) values (?1, ?2, ?3, 1)
             on conflict (register, epoch, series) do update set last = last + 1
      returning last"
    );
    let series = match series {
        Series::Receipt => "receipt",
        Series::Ticket => "ticket",
        Series::Z => "z",
    };
    tx.one(NEXT_NUMBER, (key(register), epoch, series), |row| {
        row.get(0)
    })?
    .ok_or_else(|| DbError::from(rusqlite::Error::QueryReturnedNoRows))
}
