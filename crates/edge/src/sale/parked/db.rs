//! Rows of baskets that wait.
use jiff::Timestamp;
use retail::{
    amount::Amount, location::RegisterId, patron::PatronId, promotion::voucher::VoucherId,
    sale::SaleId, shift::ShiftId, staff::StaffId,
};
use rusqlite::Row;
use uuid::Uuid;

use super::{KeptLine, NewParked, Parked};
use crate::{
    db::{self, DbError, Snapshot, Sql, Tx, key, sql, unreadable, uuid_key},
    staff::Actor,
};

/// The content of a basket that was parked.
pub(super) fn request_hash(at: &Snapshot<'_>, id: Uuid) -> Result<Option<[u8; 32]>, DbError> {
    const REQUEST_HASH: Sql = sql!("select request_hash from parked_basket where id = ?1");
    at.one(REQUEST_HASH, [uuid_key(id)], |row| row.get(0))
}

/// Whether a basket waits under some id.
pub(super) fn is_waiting(at: &Snapshot<'_>, sale: SaleId) -> Result<bool, DbError> {
    const IS_WAITING: Sql =
        sql!("select 1 from parked_basket where sale = ?1 and state = 'parked'");
    at.one(IS_WAITING, [key(sale)], |_| Ok(()))
        .map(|row| row.is_some())
}

/// Number of baskets that wait.
pub(super) fn waiting(at: &Snapshot<'_>) -> Result<i64, DbError> {
    const WAITING: Sql = sql!("select count(*) from parked_basket where state = 'parked'");
    at.one(WAITING, [], |row| row.get(0))
        .map(Option::unwrap_or_default)
}

/// Adds a basket.
pub(super) fn insert(
    tx: &Tx<'_>,
    actor: &Actor,
    new: &NewParked,
    name: &str,
    lines: &[KeptLine],
    total: Amount,
    request_hash: &[u8; 32],
) -> Result<(), DbError> {
    const INSERT: Sql = sql!(
        "insert into parked_basket (id, sale, name, register, staff, shift, parked_at, lines, line_count, total_minor,
                                    request_hash, state, patron, vouchers, begun_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'parked', ?12, ?13, ?14)"
    );
    let text = serde_json::to_string(lines).map_err(|error| unreadable(7, error))?;
    let count = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    let vouchers = serde_json::to_string(&new.vouchers).map_err(|error| unreadable(12, error))?;
    tx.execute(
        INSERT,
        (
            uuid_key(new.id),
            key(new.sale),
            name,
            key(actor.register),
            key(actor.staff),
            key(new.shift),
            tx.now.as_millisecond(),
            text,
            count,
            total.minor(),
            request_hash,
            new.patron.map(key),
            vouchers,
            new.begun.map(Timestamp::as_millisecond),
        ),
    )
    .map(drop)
}

/// The till that has a basket.
pub(super) struct Taken {
    pub(super) register: RegisterId,
    pub(super) register_name: String,
    pub(super) staff_name: String,
    pub(super) at: Timestamp,
}

/// A basket with what is in it.
pub(super) struct Kept {
    pub(super) sale: SaleId,
    pub(super) name: String,
    pub(super) patron: Option<PatronId>,
    pub(super) vouchers: Vec<VoucherId>,
    pub(super) begun: Option<Timestamp>,
    pub(super) lines: Vec<KeptLine>,
    pub(super) total: Amount,
    pub(super) taken: Option<Taken>,
}

/// A basket by its id.
pub(super) fn find(at: &Snapshot<'_>, id: Uuid) -> Result<Option<Kept>, DbError> {
    const FIND: Sql = sql!(
        "select b.sale, b.name, b.lines, b.total_minor, b.recalled_register, coalesce(r.name, ''), coalesce(s.name, ''),
                b.recalled_at, b.patron, b.vouchers, b.begun_at
           from parked_basket b
           left join register r on r.id = b.recalled_register
           left join staff s on s.id = b.recalled_staff
          where b.id = ?1"
    );
    at.one(FIND, [uuid_key(id)], |row| {
        let lines: String = row.get(2)?;
        let vouchers: String = row.get(9)?;
        let begun: Option<i64> = row.get(10)?;
        Ok(Kept {
            sale: db::id(row, 0)?,
            name: row.get(1)?,
            patron: db::maybe_id(row, 8)?,
            vouchers: serde_json::from_str(&vouchers).map_err(|error| unreadable(9, error))?,
            begun: begun.map(|_| db::instant(row, 10)).transpose()?,
            lines: serde_json::from_str(&lines).map_err(|error| unreadable(2, error))?,
            total: db::amount(row, 3)?,
            taken: taken(row)?,
        })
    })
}

fn taken(row: &Row<'_>) -> rusqlite::Result<Option<Taken>> {
    let Some(register) = db::maybe_id(row, 4)? else {
        return Ok(None);
    };
    Ok(Some(Taken {
        register,
        register_name: row.get(5)?,
        staff_name: row.get(6)?,
        at: db::instant(row, 7)?,
    }))
}

/// Gives a basket that waits to a till.
pub(super) fn recall(tx: &Tx<'_>, id: Uuid, actor: &Actor) -> Result<(), DbError> {
    const RECALL: Sql = sql!(
        "update parked_basket
            set state = 'recalled', recalled_at = ?2, recalled_register = ?3, recalled_staff = ?4
          where id = ?1 and state = 'parked'"
    );
    let now = tx.now.as_millisecond();
    let whom = (uuid_key(id), now, key(actor.register), key(actor.staff));
    tx.execute(RECALL, whom).map(drop)
}

/// Whether something has become of a basket since it was recalled: sold, voided whole, or parked anew.
pub(super) fn is_settled(at: &Snapshot<'_>, id: Uuid, sale: SaleId) -> Result<bool, DbError> {
    const IS_SETTLED: Sql = sql!(
        "select exists (select 1 from sale where id = ?2)
             or exists (select 1 from basket_void where sale = ?2 and is_whole = 1)
             or exists (select 1 from parked_basket newer, parked_basket this
                         where this.id = ?1 and newer.sale = ?2 and newer.id <> ?1
                           and newer.parked_at >= this.recalled_at)"
    );
    at.one(IS_SETTLED, (uuid_key(id), key(sale)), |row| row.get(0))
        .map(Option::unwrap_or_default)
}

/// What waits, the oldest first, and what a till has recalled and not finished.
pub(super) fn list(at: &Snapshot<'_>, register: RegisterId) -> Result<Vec<Parked>, DbError> {
    const LIST: Sql = sql!(
        "select b.id, b.sale, b.name, coalesce(r.name, ''), coalesce(s.name, ''), b.parked_at, b.line_count,
                b.total_minor, b.state = 'recalled'
           from parked_basket b
           left join register r on r.id = b.register
           left join staff s on s.id = b.staff
          where b.state = 'parked'
             or (b.recalled_register = ?1
                 and not exists (select 1 from sale where sale.id = b.sale)
                 and not exists (select 1 from basket_void v where v.sale = b.sale and v.is_whole = 1)
                 and not exists (select 1 from parked_basket newer
                                  where newer.sale = b.sale and newer.id <> b.id and newer.parked_at >= b.recalled_at))
          order by b.parked_at, b.id limit 500"
    );
    at.all(LIST, [key(register)], parked)
}

/// What a shift answers for, the oldest first.
pub(super) fn of_shift(
    at: &Snapshot<'_>,
    shift: ShiftId,
    register: RegisterId,
) -> Result<Vec<Parked>, DbError> {
    const OF_SHIFT: Sql = sql!(
        "select b.id, b.sale, b.name, coalesce(r.name, ''), coalesce(s.name, ''), b.parked_at, b.line_count,
                b.total_minor, 0
           from parked_basket b
           left join register r on r.id = b.register
           left join staff s on s.id = b.staff
          where b.state = 'parked' and (b.shift = ?1 or (b.shift is null and b.register = ?2))
          order by b.parked_at, b.id"
    );
    at.all(OF_SHIFT, (key(shift), key(register)), parked)
}

/// Gives the baskets of a shift to the next one of its register; those that were handed over before stay so.
pub(super) fn hand_over(tx: &Tx<'_>, shift: ShiftId, by: StaffId) -> Result<(), DbError> {
    const HAND_OVER: Sql = sql!(
        "update parked_basket set shift = null, handed_over_at = ?2, handed_over_by = ?3
          where state = 'parked' and shift = ?1"
    );
    let params = (key(shift), tx.now.as_millisecond(), key(by));
    tx.execute(HAND_OVER, params).map(drop)
}

fn parked(row: &Row<'_>) -> rusqlite::Result<Parked> {
    Ok(Parked {
        id: db::uuid(row, 0)?,
        sale: db::id(row, 1)?,
        name: row.get(2)?,
        register_name: row.get(3)?,
        staff_name: row.get(4)?,
        since: db::instant(row, 5)?,
        line_count: row.get(6)?,
        total: db::amount(row, 7)?,
        is_here: row.get(8)?,
    })
}
