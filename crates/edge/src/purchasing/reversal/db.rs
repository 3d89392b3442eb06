//! Rows of purchases that were taken back.
use retail::{
    amount::Amount,
    purchasing::{PaymentKind, PurchaseId},
    staff::StaffId,
};
use rusqlite::Row;
use uuid::Uuid;

use super::Reversal;
use crate::{
    db::{self, DbError, Snapshot, Sql, Tx, key, sql, uuid_key},
    shift::db::Current,
};

/// A reversal that is being recorded.
pub(super) struct NewRow<'a> {
    pub(super) id: Uuid,
    pub(super) seq: i64,
    pub(super) purchase: PurchaseId,
    pub(super) is_void: bool,
    pub(super) number: &'a str,
    pub(super) shift: &'a Current,
    pub(super) staff: StaffId,
    pub(super) approved_by: Option<StaffId>,
    pub(super) reason: &'a str,
    pub(super) payment: PaymentKind,
    pub(super) total: Amount,
    pub(super) hash: [u8; 32],
}

/// Adds a reversal.
pub(super) fn insert(tx: &Tx<'_>, row: &NewRow<'_>) -> Result<(), DbError> {
    const INSERT: Sql = sql!(
        "insert into purchase_reversal (id, seq, purchase, replacement, ticket_number, shift, register, staff, approved_by,
                                        reason, business_date, reversed_at, payment, total_minor, request_hash)
         values (?1, ?2, ?3, iif(?4, null, ?1), ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
    );
    tx.execute(
        INSERT,
        (
            uuid_key(row.id),
            row.seq,
            key(row.purchase),
            row.is_void,
            row.number,
            key(row.shift.id),
            key(row.shift.register),
            key(row.staff),
            row.approved_by.map(key),
            row.reason,
            row.shift.business_date.to_string(),
            tx.now.as_millisecond(),
            row.payment.code(),
            row.total.minor(),
            row.hash,
        ),
    )
    .map(drop)
}

/// How a purchase was taken back.
pub(crate) fn of(at: &Snapshot<'_>, purchase: PurchaseId) -> Result<Option<Reversal>, DbError> {
    const OF: Sql = sql!(
        "select r.id, r.ticket_number, r.purchase, b.ticket_number, r.replacement, coalesce(p.name, ''),
                iif(r.approved_by is null, null, coalesce(a.name, '')), r.reason, r.reversed_at, r.total_minor, r.payment
           from purchase_reversal r join purchase b on b.id = r.purchase
           left join staff p on p.id = r.staff left join staff a on a.id = r.approved_by
          where r.purchase = ?1"
    );
    at.one(OF, [key(purchase)], reversal)
}

/// Whether a purchase stands in the place of another, and how that came.
pub(crate) fn replaced_by(
    at: &Snapshot<'_>,
    purchase: PurchaseId,
) -> Result<Option<Reversal>, DbError> {
    Ok(by_id(at, purchase.as_uuid())?.filter(|found| found.replacement.is_some()))
}

/// A void or a correction by its own id.
pub(crate) fn by_id(at: &Snapshot<'_>, id: Uuid) -> Result<Option<Reversal>, DbError> {
    const BY_ID: Sql = sql!(
        "select r.id, r.ticket_number, r.purchase, b.ticket_number, r.replacement, coalesce(p.name, ''),
                iif(r.approved_by is null, null, coalesce(a.name, '')), r.reason, r.reversed_at, r.total_minor, r.payment
           from purchase_reversal r join purchase b on b.id = r.purchase
           left join staff p on p.id = r.staff left join staff a on a.id = r.approved_by
          where r.id = ?1"
    );
    at.one(BY_ID, [uuid_key(id)], reversal)
}

fn reversal(row: &Row<'_>) -> rusqlite::Result<Reversal> {
    let id: [u8; 16] = row.get(0)?;
    Ok(Reversal {
        id: Uuid::from_bytes(id),
        number: row.get(1)?,
        purchase: db::id(row, 2)?,
        purchase_number: row.get(3)?,
        replacement: db::maybe_id(row, 4)?,
        staff_name: row.get(5)?,
        approved_by: row.get(6)?,
        reason: row.get(7)?,
        at: db::instant(row, 8)?,
        total: db::amount(row, 9)?,
        payment: db::coded(row, 10, PaymentKind::by_code)?,
    })
}
