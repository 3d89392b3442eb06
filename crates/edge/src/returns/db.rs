//! Rows of returns.
use std::collections::BTreeMap;

use jiff::civil::Date;
use retail::{
    amount::Amount,
    location::RegisterId,
    quantity::{Quantity, Unit},
    returns::{Condition, ReturnId},
    sale::{SaleId, TenderKind},
    staff::StaffId,
};
use rusqlite::Row;
use serde::{Deserialize, Serialize};
use wire::body::{ChargedGift, LostDiscount, ReturnRecorded, Tax};

use super::{CameBack, Charged, Lost, Returned, ReturnedLine, quote::called};
use crate::{
    db::{self, DbError, Snapshot, Sql, Tx, key, sql, uuid_key},
    patron::Shown,
    sale::{self, Payment},
};

/// One line of a return that is being recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineRow {
    /// Its place on the sale.
    pub(super) line: usize,
    pub(super) quantity: Quantity,
    pub(super) condition: Option<Condition>,
    pub(super) total: Amount,
}

/// What a row says beside its event's body.
pub(super) struct NewRow {
    pub(super) id: ReturnId,
    pub(super) seq: i64,
    pub(super) register: RegisterId,
    pub(super) staff: StaffId,
    pub(super) business_date: Date,
    pub(super) hash: [u8; 32],
}

/// Why the refund is less than what was paid, as the event says it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Reasons {
    lost: Vec<LostDiscount>,
    charged: Vec<ChargedGift>,
}

/// The content of a return that was recorded.
pub(super) fn request_hash(at: &Snapshot<'_>, id: ReturnId) -> Result<Option<[u8; 32]>, DbError> {
    const REQUEST_HASH: Sql = sql!("select request_hash from sale_return where id = ?1");
    at.one(REQUEST_HASH, [key(id)], |row| row.get(0))
}

/// Adds a return as its event says it.
pub(super) fn insert(tx: &Tx<'_>, row: &NewRow, body: &ReturnRecorded) -> Result<(), DbError> {
    const INSERT: Sql = sql!(
        "insert into sale_return (id, seq, receipt_number, sale, shift, register, staff, approved_by, reason, note, policy,
                                  business_date, returned_at, total_minor, taxes, reasons, request_hash)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"
    );
    let json = |value: serde_json::Result<String>| value.map_err(|error| db::unreadable(0, error));
    let reasons = Reasons {
        lost: body.lost.clone(),
        charged: body.charged.clone(),
    };
    let params = rusqlite::params![
        key(row.id),
        row.seq,
        &body.receipt_number,
        uuid_key(body.sale),
        uuid_key(body.shift),
        key(row.register),
        key(row.staff),
        body.approved_by.map(uuid_key),
        &body.reason,
        &body.note,
        &body.policy,
        row.business_date.to_string(),
        tx.now.as_millisecond(),
        body.total_minor,
        json(serde_json::to_string(&body.taxes))?,
        json(serde_json::to_string(&reasons))?,
        row.hash,
    ];
    tx.execute(INSERT, params)?;
    insert_lines(tx, row.id, body)?;
    insert_tenders(tx, row.id, body)
}

fn insert_lines(tx: &Tx<'_>, id: ReturnId, body: &ReturnRecorded) -> Result<(), DbError> {
    const INSERT_LINE: Sql = sql!(
        "insert into sale_return_line (sale_return, line, sale, sale_line, quantity, condition, total_minor)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    );
    for (at, line) in (0_i64..).zip(&body.lines) {
        let params = (
            key(id),
            at,
            uuid_key(body.sale),
            line.line,
            line.quantity,
            &line.condition,
            line.total_minor,
        );
        tx.execute(INSERT_LINE, params)?;
    }
    Ok(())
}

fn insert_tenders(tx: &Tx<'_>, id: ReturnId, body: &ReturnRecorded) -> Result<(), DbError> {
    const INSERT_TENDER: Sql = sql!(
        "insert into refund_tender (sale_return, position, kind, amount_minor, reference) values (?1, ?2, ?3, ?4, ?5)"
    );
    for (position, tender) in (0_i64..).zip(&body.tenders) {
        let params = (
            key(id),
            position,
            &tender.kind,
            tender.amount_minor,
            &tender.reference,
        );
        tx.execute(INSERT_TENDER, params)?;
    }
    Ok(())
}

/// What has come back of a sale, by line.
pub(super) fn came_back(
    at: &Snapshot<'_>,
    sale: SaleId,
) -> Result<BTreeMap<usize, CameBack>, DbError> {
    const CAME_BACK: Sql = sql!(
        "select sale_line, sum(quantity), sum(total_minor) from sale_return_line where sale = ?1 group by sale_line"
    );
    let rows = at.all(CAME_BACK, [key(sale)], |row| {
        let came_back = CameBack {
            quantity: db::quantity(row, 1)?,
            refunded: db::amount(row, 2)?,
        };
        Ok((line(row, 0)?, came_back))
    })?;
    Ok(rows.into_iter().collect())
}

/// The taxes of all returns of a sale.
pub(super) fn taxes(at: &Snapshot<'_>, sale: SaleId) -> Result<Vec<Tax>, DbError> {
    const TAXES: Sql = sql!("select taxes from sale_return where sale = ?1 order by seq");
    let rows = at.all(TAXES, [key(sale)], |row| json::<Vec<Tax>>(row, 0))?;
    Ok(rows.into_iter().flatten().collect())
}

/// What was given back for a sale by one kind of tender.
pub(super) fn refunded_by(
    at: &Snapshot<'_>,
    sale: SaleId,
    kind: TenderKind,
) -> Result<Amount, DbError> {
    const REFUNDED_BY: Sql = sql!(
        "select coalesce(sum(t.amount_minor), 0) from sale_return r join refund_tender t on t.sale_return = r.id
          where r.sale = ?1 and t.kind = ?2"
    );
    let found = at.one(REFUNDED_BY, (key(sale), kind.code()), |row| {
        db::amount(row, 0)
    })?;
    Ok(found.unwrap_or_default())
}

/// The sale that has this number.
pub(super) fn sale_by_number(at: &Snapshot<'_>, number: &str) -> Result<Option<SaleId>, DbError> {
    const BY_NUMBER: Sql = sql!("select id from sale where receipt_number = ?1");
    at.one(BY_NUMBER, [number], |row| db::id(row, 0))
}

/// Whether a till of this shop gives such numbers.
pub(super) fn is_of_this_shop(at: &Snapshot<'_>, number: &str) -> Result<bool, DbError> {
    const OF_THIS_SHOP: Sql = sql!(
        "select exists (select 1 from register r join node_state n on n.location = r.location
                         where instr(?1, r.prefix || '-') = 1)"
    );
    at.one(OF_THIS_SHOP, [number], |row| row.get(0))
        .map(Option::unwrap_or_default)
}

/// A return, as it is on disk.
pub(crate) fn find(at: &Snapshot<'_>, id: ReturnId) -> Result<Option<Returned>, DbError> {
    const FIND: Sql = sql!(
        "select r.id, r.receipt_number, r.sale, s.receipt_number, s.closed_at, l.name, l.address, r.register, g.name,
                coalesce(p.name, ''), iif(r.approved_by is null, null, coalesce(a.name, '')), coalesce(q.id, c.id),
                coalesce(q.name, c.name), coalesce(q.tail, c.tail), r.returned_at, r.business_date, r.reason, r.note,
                r.policy, r.taxes, r.reasons, r.total_minor, r.seq
           from sale_return r join sale s on s.id = r.sale
           join register g on g.id = r.register
           join location l on l.id = g.location
           left join staff p on p.id = r.staff left join staff a on a.id = r.approved_by
           left join patron c on c.id = s.patron left join patron q on q.id = c.into_patron
          where r.id = ?1"
    );
    let Some((returned, reasons)) = at.one(FIND, [key(id)], head)? else {
        return Ok(None);
    };
    let (lost, charged) = named(at, returned.sale, &reasons)?;
    Ok(Some(Returned {
        lines: lines(at, id)?,
        payments: payments(at, id)?,
        lost,
        charged,
        ..returned
    }))
}

/// Lost discounts and charged gifts, with the names of then.
fn named(
    at: &Snapshot<'_>,
    sale: SaleId,
    reasons: &Reasons,
) -> Result<(Vec<Lost>, Vec<Charged>), DbError> {
    if reasons.lost.is_empty() && reasons.charged.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let Some(receipt) = sale::db::receipt(at, sale)? else {
        return Ok((Vec::new(), Vec::new()));
    };
    let charged = reasons.charged.iter().map(|one| {
        let line = usize::try_from(one.line).unwrap_or(usize::MAX);
        let sold = receipt.lines.get(line);
        Charged {
            line,
            name: sold.map_or_else(String::new, |sold| sold.name.clone()),
            amount: Amount::from_minor(one.amount_minor),
        }
    });
    let lost = reasons.lost.iter().map(|one| Lost {
        promotion: one.promotion,
        called: called(&receipt, one.promotion),
        amount: Amount::from_minor(one.amount_minor),
    });
    Ok((lost.collect(), charged.collect()))
}

fn head(row: &Row<'_>) -> rusqlite::Result<(Returned, Reasons)> {
    let patron = match db::maybe_id(row, 11)? {
        Some(id) => Some(Shown {
            id,
            name: row.get(12)?,
            tail: row.get(13)?,
        }),
        None => None,
    };
    let returned = Returned {
        id: db::id(row, 0)?,
        number: row.get(1)?,
        sale: db::id(row, 2)?,
        sale_number: row.get(3)?,
        sold_at: db::instant(row, 4)?,
        location_name: row.get(5)?,
        address: row.get(6)?,
        register: db::id(row, 7)?,
        register_name: row.get(8)?,
        staff_name: row.get(9)?,
        approved_by: row.get(10)?,
        patron,
        at: db::instant(row, 14)?,
        business_date: db::date(row, 15)?,
        reason: row.get(16)?,
        note: row.get(17)?,
        policy: row.get(18)?,
        lines: Vec::new(),
        taxes: json(row, 19)?,
        lost: Vec::new(),
        charged: Vec::new(),
        total: db::amount(row, 21)?,
        payments: Vec::new(),
        seq: row.get(22)?,
    };
    Ok((returned, json(row, 20)?))
}

fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, at: usize) -> rusqlite::Result<T> {
    let text: String = row.get(at)?;
    serde_json::from_str(&text).map_err(|error| db::unreadable(at, error))
}

/// A place on a sale.
fn line(row: &Row<'_>, at: usize) -> rusqlite::Result<usize> {
    let line: i64 = row.get(at)?;
    usize::try_from(line).map_err(|error| db::unreadable(at, error))
}

fn lines(at: &Snapshot<'_>, id: ReturnId) -> Result<Vec<ReturnedLine>, DbError> {
    const LINES: Sql = sql!(
        "select b.sale_line, s.variant, s.name, s.unit, b.quantity, b.condition, b.total_minor
           from sale_return_line b join sale_line s on s.sale = b.sale and s.line = b.sale_line
          where b.sale_return = ?1 order by b.line"
    );
    at.all(LINES, [key(id)], |row| {
        let condition: Option<String> = row.get(5)?;
        Ok(ReturnedLine {
            line: line(row, 0)?,
            variant: db::id(row, 1)?,
            name: row.get(2)?,
            unit: db::coded(row, 3, Unit::by_code)?,
            quantity: db::quantity(row, 4)?,
            condition: condition.as_deref().and_then(Condition::by_code),
            total: db::amount(row, 6)?,
        })
    })
}

fn payments(at: &Snapshot<'_>, id: ReturnId) -> Result<Vec<Payment>, DbError> {
    const PAYMENTS: Sql = sql!(
        "select kind, amount_minor, reference from refund_tender where sale_return = ?1 order by position"
    );
    at.all(PAYMENTS, [key(id)], |row| {
        Ok(Payment {
            kind: db::coded(row, 0, TenderKind::by_code)?,
            amount: db::amount(row, 1)?,
            reference: row.get(2)?,
        })
    })
}

/// The returns of a sale, the oldest first.
pub(super) fn of_sale(at: &Snapshot<'_>, sale: SaleId) -> Result<Vec<Returned>, DbError> {
    const OF_SALE: Sql = sql!("select id from sale_return where sale = ?1 order by seq");
    let ids: Vec<ReturnId> = at.all(OF_SALE, [key(sale)], |row| db::id(row, 0))?;
    let mut returns = Vec::with_capacity(ids.len());
    for id in ids {
        returns.extend(find(at, id)?);
    }
    Ok(returns)
}
