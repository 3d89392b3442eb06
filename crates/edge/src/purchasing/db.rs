//! Rows of purchases and their lines.
use retail::{
    amount::Amount,
    price::Price,
    purchasing::{
        Measure, PaymentKind, PurchaseId, SupplierId, Tare, Weight, WeightSource,
        container::Containers,
    },
    quantity::{Quantity, Unit},
    staff::StaffId,
};
use rusqlite::Row;

use super::{
    Line, NewPurchase, Summary, Supplier, Ticket,
    reversal::{self, State},
};
use crate::{
    db::{self, DbError, Snapshot, Sql, Tx, key, sql},
    shift::db::Current,
};

/// Suppliers in a list at the most.
const MOST_SUPPLIERS: i64 = 100;

/// Suppliers that are bought from, by name.
pub(super) fn suppliers(at: &Snapshot<'_>, typed: &str) -> Result<Vec<Supplier>, DbError> {
    const SUPPLIERS: Sql = sql!(
        "select id, name, code from supplier where active = 1 and instr(folded, ?1) > 0 order by folded, id limit ?2"
    );
    at.all(SUPPLIERS, (typed, MOST_SUPPLIERS), |row| {
        Ok(Supplier {
            id: db::id(row, 0)?,
            name: row.get(1)?,
            code: row.get(2)?,
        })
    })
}

/// What a supplier is called, when bought from.
pub(super) fn supplier_name(
    at: &Snapshot<'_>,
    supplier: SupplierId,
) -> Result<Option<String>, DbError> {
    const SUPPLIER_NAME: Sql = sql!("select name from supplier where id = ?1 and active = 1");
    at.one(SUPPLIER_NAME, [key(supplier)], |row| row.get(0))
}

/// What a supplier is called, bought from still or not.
pub(super) fn any_supplier_name(
    at: &Snapshot<'_>,
    supplier: SupplierId,
) -> Result<Option<String>, DbError> {
    const ANY_SUPPLIER_NAME: Sql = sql!("select name from supplier where id = ?1");
    at.one(ANY_SUPPLIER_NAME, [key(supplier)], |row| row.get(0))
}

/// The content of what was recorded under an id: a purchase, or a void.
pub(super) fn request_hash(at: &Snapshot<'_>, id: PurchaseId) -> Result<Option<[u8; 32]>, DbError> {
    const REQUEST_HASH: Sql = sql!(
        "select request_hash from purchase where id = ?1
         union all select request_hash from purchase_reversal where id = ?1 limit 1"
    );
    at.one(REQUEST_HASH, [key(id)], |row| row.get(0))
}

/// A purchase that is being recorded.
pub(super) struct NewRow<'a> {
    pub(super) purchase: &'a NewPurchase,
    pub(super) seq: i64,
    pub(super) number: &'a str,
    pub(super) shift: &'a Current,
    pub(super) staff: StaffId,
    pub(super) supplier_name: &'a str,
    pub(super) total: Amount,
    pub(super) hash: [u8; 32],
}

/// Adds a purchase.
pub(super) fn insert(tx: &Tx<'_>, row: &NewRow<'_>) -> Result<(), DbError> {
    const INSERT: Sql = sql!(
        "insert into purchase (id, seq, ticket_number, shift, register, staff, supplier, supplier_name,
                               supplier_document, business_date, closed_at, payment, total_minor, request_hash)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
    );
    tx.execute(
        INSERT,
        (
            key(row.purchase.id),
            row.seq,
            row.number,
            key(row.shift.id),
            key(row.shift.register),
            key(row.staff),
            key(row.purchase.supplier),
            row.supplier_name,
            &row.purchase.document,
            row.shift.business_date.to_string(),
            tx.now.as_millisecond(),
            row.purchase.payment.code(),
            row.total.minor(),
            row.hash,
        ),
    )
    .map(drop)
}

/// Adds the lines of a purchase.
pub(super) fn insert_lines(tx: &Tx<'_>, id: PurchaseId, lines: &[Line]) -> Result<(), DbError> {
    const INSERT_LINE: Sql = sql!(
        "insert into purchase_line (purchase, line, variant, name, unit, quantity, gross, tare, manual, unit_cost,
                                    cost_quantity, cost_minor, container, container_name, container_tare, containers)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
    );
    for (at, line) in (0_i64..).zip(lines) {
        let weight = match line.measure {
            Measure::Counted(_) => None,
            Measure::Weighed(weight) => Some(weight),
        };
        let containers = weight.and_then(|weight| match weight.tare {
            Tare::Typed(_) => None,
            Tare::Containers(containers) => Some(containers),
        });
        tx.execute(
            INSERT_LINE,
            (
                key(id),
                at,
                key(line.variant),
                &line.name,
                line.unit.code(),
                line.quantity.base_units(),
                weight.map(|weight| weight.gross.base_units()),
                weight.map(|weight| weight.tare.grams().base_units()),
                weight.map(|weight| weight.source == WeightSource::Manual),
                line.cost.major().to_string(),
                line.cost.per(),
                line.total.minor(),
                containers.map(|containers| key(containers.id())),
                &line.container,
                containers.map(|containers| containers.each().base_units()),
                containers.map(Containers::count),
            ),
        )?;
    }
    Ok(())
}

/// The ticket of a purchase, as it is on disk.
pub(crate) fn ticket(at: &Snapshot<'_>, id: PurchaseId) -> Result<Option<Ticket>, DbError> {
    const TICKET: Sql = sql!(
        "select b.id, b.ticket_number, l.id, l.name, l.code, l.address, b.register, r.name, b.supplier, b.supplier_name,
                coalesce(s.code, ''), b.supplier_document, b.shift, b.staff, coalesce(p.name, ''), b.closed_at,
                b.business_date, b.total_minor, b.payment, b.seq
           from purchase b
           join register r on r.id = b.register
           join location l on l.id = r.location
           left join supplier s on s.id = b.supplier
           left join staff p on p.id = b.staff
          where b.id = ?1"
    );
    let lines = lines(at, id)?;
    let (reversal, replaces) = (
        reversal::db::of(at, id)?,
        reversal::db::replaced_by(at, id)?,
    );
    at.one(TICKET, [key(id)], |row| {
        Ok(Ticket {
            id: db::id(row, 0)?,
            number: row.get(1)?,
            location: db::id(row, 2)?,
            location_name: row.get(3)?,
            location_code: row.get(4)?,
            address: row.get(5)?,
            register: db::id(row, 6)?,
            register_name: row.get(7)?,
            supplier: db::id(row, 8)?,
            supplier_name: row.get(9)?,
            supplier_code: row.get(10)?,
            document: row.get(11)?,
            shift: db::id(row, 12)?,
            staff: db::id(row, 13)?,
            staff_name: row.get(14)?,
            closed_at: db::instant(row, 15)?,
            business_date: db::date(row, 16)?,
            lines,
            total: db::amount(row, 17)?,
            payment: db::coded(row, 18, PaymentKind::by_code)?,
            seq: row.get(19)?,
            reversal,
            replaces,
        })
    })
}

fn lines(at: &Snapshot<'_>, id: PurchaseId) -> Result<Vec<Line>, DbError> {
    const LINES: Sql = sql!(
        "select variant, name, unit, quantity, gross, tare, manual, unit_cost, cost_quantity, cost_minor,
                container, container_name, container_tare, containers
           from purchase_line where purchase = ?1 order by line"
    );
    at.all(LINES, [key(id)], |row| {
        let quantity = db::quantity(row, 3)?;
        Ok(Line {
            variant: db::id(row, 0)?,
            name: row.get(1)?,
            unit: db::coded(row, 2, Unit::by_code)?,
            quantity,
            measure: measure(row, quantity)?,
            container: row.get(11)?,
            cost: Price::new(db::decimal(row, 7)?, row.get(8)?)
                .map_err(|error| db::unreadable(7, error))?,
            total: db::amount(row, 9)?,
        })
    })
}

fn measure(row: &Row<'_>, quantity: Quantity) -> rusqlite::Result<Measure> {
    let (gross, tare): (Option<i64>, Option<i64>) = (row.get(4)?, row.get(5)?);
    let Some((gross, tare)) = gross.zip(tare) else {
        return Ok(Measure::Counted(quantity));
    };
    let is_manual: Option<bool> = row.get(6)?;
    Ok(Measure::Weighed(Weight {
        gross: Quantity::new(gross),
        tare: match containers(row)? {
            Some(containers) => Tare::Containers(containers),
            None => Tare::Typed(Quantity::new(tare)),
        },
        source: if is_manual == Some(false) {
            WeightSource::Scale
        } else {
            WeightSource::Manual
        },
    }))
}

fn containers(row: &Row<'_>) -> rusqlite::Result<Option<Containers>> {
    let Some(id) = db::maybe_id(row, 10)? else {
        return Ok(None);
    };
    Containers::new(id, db::quantity(row, 12)?, row.get(13)?)
        .map(Some)
        .map_err(|error| db::unreadable(12, error))
}

/// Purchases, newest first, before a number.
pub(super) fn list(
    at: &Snapshot<'_>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Summary>, DbError> {
    const LIST: Sql = sql!(
        "select b.id, b.ticket_number, b.closed_at, b.total_minor,
                (select count(*) from purchase_line l where l.purchase = b.id), b.supplier_name, coalesce(p.name, ''),
                b.seq, r.id is not null, r.replacement is not null
           from purchase b left join staff p on p.id = b.staff left join purchase_reversal r on r.purchase = b.id
          where b.seq < ?1 order by b.seq desc limit ?2"
    );
    at.all(LIST, (before.unwrap_or(i64::MAX), limit), |row| {
        Ok(Summary {
            id: db::id(row, 0)?,
            number: row.get(1)?,
            closed_at: db::instant(row, 2)?,
            total: db::amount(row, 3)?,
            lines: row.get(4)?,
            supplier_name: row.get(5)?,
            staff_name: row.get(6)?,
            seq: row.get(7)?,
            state: State::of(row.get(8)?, row.get(9)?),
        })
    })
}
