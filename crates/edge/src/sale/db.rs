//! Rows of sales, their lines and payments.
use jiff::civil::Date;
use retail::{
    patron::PatronId,
    price::Price,
    quantity::Unit,
    sale::{SaleId, TenderKind},
    tax::{self, TaxRate},
};
use rusqlite::Row;
use wire::body::{Promoted, SaleOverridden};

use super::{Line, Payment, Receipt, Summary};
use crate::{
    db::{self, DbError, Snapshot, Sql, Tx, key, sql, unreadable, uuid_key},
    patron::Shown,
    promotion::reasons,
};

/// The content of a sale that was recorded.
pub(crate) fn request_hash(at: &Snapshot<'_>, id: SaleId) -> Result<Option<[u8; 32]>, DbError> {
    const REQUEST_HASH: Sql = sql!("select request_hash from sale where id = ?1");
    at.one(REQUEST_HASH, [key(id)], |row| row.get(0))
}

/// Adds a sale with its lines and payments.
pub(super) fn insert(
    tx: &Tx<'_>,
    receipt: &Receipt,
    request_hash: &[u8; 32],
) -> Result<(), DbError> {
    const INSERT: Sql = sql!(
        "insert into sale (id, seq, receipt_number, shift, register, staff, business_date, closed_at, subtotal_minor,
                           discount_minor, tax_minor, total_minor, change_minor, request_hash, patron, promotions)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
    );
    let promotions = receipt.promotions.as_ref().map(serde_json::to_string);
    let promotions = promotions
        .transpose()
        .map_err(|error| unreadable(15, error))?;
    tx.execute(
        INSERT,
        (
            key(receipt.id),
            receipt.seq,
            &receipt.number,
            key(receipt.shift),
            key(receipt.register),
            key(receipt.staff),
            receipt.business_date.to_string(),
            receipt.closed_at.as_millisecond(),
            receipt.subtotal.minor(),
            receipt.discount.minor(),
            receipt.tax.minor(),
            receipt.total.minor(),
            receipt.change.minor(),
            request_hash,
            receipt.patron.as_ref().map(|patron| key(patron.id)),
            promotions,
        ),
    )?;
    insert_lines(tx, receipt)?;
    insert_payments(tx, receipt)
}

fn insert_lines(tx: &Tx<'_>, receipt: &Receipt) -> Result<(), DbError> {
    const INSERT_LINE: Sql = sql!(
        "insert into sale_line (sale, line, variant, name, quantity, unit, unit_price, price_quantity, price_version,
                                price_reason, gross_minor, discount_minor, discount_reason, tax_rate_bps, total_minor, approved_by,
                                promoted_minor, is_gift)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
    );
    for (at, line) in (0_i64..).zip(&receipt.lines) {
        // More than a tuple takes.
        tx.execute(
            INSERT_LINE,
            rusqlite::params![
                key(receipt.id),
                at,
                key(line.variant),
                &line.name,
                line.quantity.base_units(),
                line.unit.code(),
                line.price.major().to_string(),
                line.price.per(),
                line.price_version,
                &line.price_reason,
                line.gross.minor(),
                line.discount.minor(),
                &line.discount_reason,
                line.tax.basis_points(),
                line.total.minor(),
                line.approved_by.map(key),
                line.promoted.minor(),
                line.is_gift,
            ],
        )?;
    }
    Ok(())
}

fn insert_payments(tx: &Tx<'_>, receipt: &Receipt) -> Result<(), DbError> {
    const INSERT_PAYMENT: Sql = sql!(
        "insert into tender (sale, position, kind, amount_minor, reference) values (?1, ?2, ?3, ?4, ?5)"
    );
    for (position, payment) in (0_i64..).zip(&receipt.payments) {
        tx.execute(
            INSERT_PAYMENT,
            (
                key(receipt.id),
                position,
                payment.kind.code(),
                payment.amount.minor(),
                &payment.reference,
            ),
        )?;
    }
    Ok(())
}

/// The receipt of a sale, as it is on disk.
pub(crate) fn receipt(at: &Snapshot<'_>, id: SaleId) -> Result<Option<Receipt>, DbError> {
    const RECEIPT: Sql = sql!(
        "select s.id, s.receipt_number, l.id, l.name, l.code, l.address, s.register, r.name, s.shift, s.staff,
                coalesce(p.name, ''), s.closed_at, s.business_date, s.subtotal_minor, s.discount_minor, s.tax_minor,
                s.total_minor, s.change_minor, s.seq, coalesce(q.id, c.id), coalesce(q.name, c.name), coalesce(q.tail, c.tail),
                s.promotions
           from sale s
           left join patron c on c.id = s.patron
           left join patron q on q.id = c.into_patron
           join register r on r.id = s.register
           join location l on l.id = r.location
           left join staff p on p.id = s.staff
          where s.id = ?1"
    );
    let lines = lines(at, id)?;
    let payments = payments(at, id)?;
    let taxes = tax::per_document(lines.iter().map(|line| (line.tax, line.total)));
    let receipt = at.one(RECEIPT, [key(id)], |row| {
        Ok(Receipt {
            id: db::id(row, 0)?,
            number: row.get(1)?,
            location: db::id(row, 2)?,
            location_name: row.get(3)?,
            location_code: row.get(4)?,
            address: row.get(5)?,
            register: db::id(row, 6)?,
            register_name: row.get(7)?,
            shift: db::id(row, 8)?,
            staff: db::id(row, 9)?,
            staff_name: row.get(10)?,
            closed_at: db::instant(row, 11)?,
            business_date: db::date(row, 12)?,
            lines,
            subtotal: db::amount(row, 13)?,
            discount: db::amount(row, 14)?,
            tax: db::amount(row, 15)?,
            taxes,
            total: db::amount(row, 16)?,
            payments,
            change: db::amount(row, 17)?,
            seq: row.get(18)?,
            patron: patron(row, 19)?,
            promotions: promotions(row, 22)?,
            reasons: None,
        })
    })?;
    let Some(mut receipt) = receipt else {
        return Ok(None);
    };
    if let Some(promoted) = &receipt.promotions {
        receipt.reasons = Some(reasons::of_then(at, &promoted.trace)?);
    }
    Ok(Some(receipt))
}

/// What promotions had to do with a sale.
fn promotions(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Box<Promoted>>> {
    let text: Option<String> = row.get(at)?;
    text.map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|error| unreadable(at, error))
}

/// Who bought, in three columns; none when nobody was named, or they asked to be forgotten.
fn patron(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Shown>> {
    let Some(id) = db::maybe_id(row, at)? else {
        return Ok(None);
    };
    Ok(Some(Shown {
        id,
        name: row.get(at + 1)?,
        tail: row.get(at + 2)?,
    }))
}

fn lines(at: &Snapshot<'_>, id: SaleId) -> Result<Vec<Line>, DbError> {
    const LINES: Sql = sql!(
        "select variant, name, quantity, unit, unit_price, price_quantity, price_version, price_reason, gross_minor,
                discount_minor, discount_reason, tax_rate_bps, total_minor, approved_by, promoted_minor, is_gift
           from sale_line where sale = ?1 order by line"
    );
    at.all(LINES, [key(id)], |row| {
        Ok(Line {
            variant: db::id(row, 0)?,
            name: row.get(1)?,
            quantity: db::quantity(row, 2)?,
            unit: db::coded(row, 3, Unit::by_code)?,
            price: price(row)?,
            price_version: row.get(6)?,
            price_reason: row.get(7)?,
            gross: db::amount(row, 8)?,
            discount: db::amount(row, 9)?,
            promoted: db::amount(row, 14)?,
            is_gift: row.get(15)?,
            discount_reason: row.get(10)?,
            approved_by: db::maybe_id(row, 13)?,
            tax: TaxRate::from_basis_points(row.get(11)?).unwrap_or_default(),
            total: db::amount(row, 12)?,
        })
    })
}

fn price(row: &Row<'_>) -> rusqlite::Result<Price> {
    Price::new(db::decimal(row, 4)?, row.get(5)?).map_err(|error| db::unreadable(4, error))
}

fn payments(at: &Snapshot<'_>, id: SaleId) -> Result<Vec<Payment>, DbError> {
    const PAYMENTS: Sql =
        sql!("select kind, amount_minor, reference from tender where sale = ?1 order by position");
    at.all(PAYMENTS, [key(id)], |row| {
        Ok(Payment {
            kind: db::coded(row, 0, TenderKind::by_code)?,
            amount: db::amount(row, 1)?,
            reference: row.get(2)?,
        })
    })
}

/// Units per business date that overrides may sell, if the head office has said.
pub(super) fn override_allowance(at: &Snapshot<'_>) -> Result<Option<i64>, DbError> {
    const OVERRIDE_ALLOWANCE: Sql =
        sql!("select l.override_allowance from node_state n join location l on l.id = n.location");
    at.one(OVERRIDE_ALLOWANCE, [], |row| row.get(0))
        .map(Option::flatten)
}

/// Units that overrides have sold on a business date.
pub(super) fn overridden(at: &Snapshot<'_>, date: Date) -> Result<i64, DbError> {
    const OVERRIDDEN: Sql =
        sql!("select coalesce(sum(units), 0) from sale_override where business_date = ?1");
    at.one(OVERRIDDEN, [date.to_string()], |row| row.get(0))
        .map(Option::unwrap_or_default)
}

/// Adds an override.
pub(crate) fn insert_override(
    tx: &Tx<'_>,
    seq: i64,
    body: &SaleOverridden,
    date: Date,
    units: i64,
) -> Result<(), DbError> {
    const INSERT_OVERRIDE: Sql = sql!(
        "insert into sale_override (seq, sale, supervisor, reason, business_date, units)
         values (?1, ?2, ?3, ?4, ?5, ?6)"
    );
    tx.execute(
        INSERT_OVERRIDE,
        (
            seq,
            uuid_key(body.sale),
            uuid_key(body.supervisor),
            &body.reason,
            date.to_string(),
            units,
        ),
    )
    .map(drop)
}

/// Which sales are listed.
pub(super) struct Asked {
    /// What the receipt's number has in it; empty: anything.
    pub(super) number: String,
    /// Who bought.
    pub(super) patron: Option<PatronId>,
    /// Before this event.
    pub(super) before: Option<i64>,
    pub(super) limit: i64,
}

/// Sales, newest first, before a number.
pub(super) fn list(at: &Snapshot<'_>, asked: &Asked) -> Result<Vec<Summary>, DbError> {
    const LIST: Sql = sql!(
        "select s.id, s.receipt_number, s.closed_at, s.total_minor,
                (select count(*) from sale_line l where l.sale = s.id), coalesce(p.name, ''), s.seq,
                coalesce(q.id, c.id), coalesce(q.name, c.name), coalesce(q.tail, c.tail),
                (select coalesce(sum(b.total_minor), 0) from sale_return b where b.sale = s.id)
           from sale s left join staff p on p.id = s.staff
           left join patron c on c.id = s.patron left join patron q on q.id = c.into_patron
          where s.seq < ?1 and (?3 = '' or instr(s.receipt_number, ?3) > 0)
            and (?4 is null or s.patron = ?4 or c.into_patron = ?4)
          order by s.seq desc limit ?2"
    );
    let params = (
        asked.before.unwrap_or(i64::MAX),
        asked.limit,
        &asked.number,
        asked.patron.map(key),
    );
    at.all(LIST, params, |row| {
        Ok(Summary {
            id: db::id(row, 0)?,
            number: row.get(1)?,
            closed_at: db::instant(row, 2)?,
            total: db::amount(row, 3)?,
            lines: row.get(4)?,
            staff_name: row.get(5)?,
            seq: row.get(6)?,
            patron: patron(row, 7)?,
            refunded: db::amount(row, 10)?,
        })
    })
}
