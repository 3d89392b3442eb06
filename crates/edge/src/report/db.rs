//! Rows that reports add up, and the Z reports themselves.
use std::collections::BTreeMap;

use retail::{
    amount::Amount,
    catalog::CategoryId,
    location::RegisterId,
    report::{Document, Figure, Line},
    sale::TenderKind,
    shift::ShiftId,
    staff::StaffId,
    tax::{TaxLine, TaxRate},
};
use wire::body::ZReportMade;

use super::Summary;
use crate::db::{self, DbError, Snapshot, Sql, Tx, key, sql, uuid_key};

/// The sales of a shift, as far as a report counts them.
pub(super) fn documents(at: &Snapshot<'_>, shift: ShiftId) -> Result<Vec<Document>, DbError> {
    const SALES: Sql = sql!("select id, change_minor from sale where shift = ?1 order by seq");
    const LINES: Sql = sql!(
        "select l.sale, v.category, l.tax_rate_bps, l.gross_minor, l.discount_minor, l.total_minor, l.price_reason is not null
           from sale s join sale_line l on l.sale = s.id left join variant v on v.id = l.variant
          where s.shift = ?1 order by s.seq, l.line"
    );
    const TENDERS: Sql = sql!(
        "select t.sale, t.kind, t.amount_minor from sale s join tender t on t.sale = s.id
          where s.shift = ?1 order by s.seq, t.position"
    );
    let sales = at.all(SALES, [key(shift)], |row| {
        Ok((row.get::<_, [u8; 16]>(0)?, db::amount(row, 1)?))
    })?;
    let mut places = BTreeMap::new();
    let mut documents = Vec::with_capacity(sales.len());
    for (place, (sale, change)) in sales.into_iter().enumerate() {
        places.insert(sale, place);
        documents.push(Document {
            change,
            ..Document::default()
        });
    }
    let lines = at.all(LINES, [key(shift)], |row| {
        let category: Option<[u8; 16]> = row.get(1)?;
        let line = Line {
            category: category.map(|id| CategoryId::from_uuid(uuid::Uuid::from_bytes(id))),
            tax: TaxRate::from_basis_points(row.get(2)?).unwrap_or_default(),
            gross: db::amount(row, 3)?,
            discount: db::amount(row, 4)?,
            total: db::amount(row, 5)?,
            has_other_price: row.get(6)?,
        };
        Ok((row.get::<_, [u8; 16]>(0)?, line))
    })?;
    for (sale, line) in lines {
        if let Some(document) = places.get(&sale).and_then(|at| documents.get_mut(*at)) {
            document.lines.push(line);
        }
    }
    let tenders = at.all(TENDERS, [key(shift)], |row| {
        let tender = (db::coded(row, 1, TenderKind::by_code)?, db::amount(row, 2)?);
        Ok((row.get::<_, [u8; 16]>(0)?, tender))
    })?;
    for (sale, tender) in tenders {
        if let Some(document) = places.get(&sale).and_then(|at| documents.get_mut(*at)) {
            document.tenders.push(tender);
        }
    }
    Ok(documents)
}

/// The returns of a shift, as far as a report counts them: what was given, below zero.
pub(super) fn returns(at: &Snapshot<'_>, shift: ShiftId) -> Result<Vec<Document>, DbError> {
    const RETURNS: Sql = sql!("select id, taxes from sale_return where shift = ?1 order by seq");
    const LINES: Sql = sql!(
        "select b.sale_return, v.category, l.tax_rate_bps, b.total_minor
           from sale_return r join sale_return_line b on b.sale_return = r.id
           join sale_line l on l.sale = b.sale and l.line = b.sale_line
           left join variant v on v.id = l.variant
          where r.shift = ?1 order by r.seq, b.line"
    );
    const TENDERS: Sql = sql!(
        "select t.sale_return, t.kind, t.amount_minor from sale_return r join refund_tender t on t.sale_return = r.id
          where r.shift = ?1 order by r.seq, t.position"
    );
    let mut documents = BTreeMap::<[u8; 16], Document>::new();
    for (id, taxes) in at.all(RETURNS, [key(shift)], |row| {
        Ok((row.get::<_, [u8; 16]>(0)?, taxes_back(row, 1)?))
    })? {
        let document = Document {
            is_return: true,
            taxes,
            ..Document::default()
        };
        documents.insert(id, document);
    }
    let lines = at.all(LINES, [key(shift)], |row| {
        let category: Option<[u8; 16]> = row.get(1)?;
        let back = -db::amount(row, 3)?;
        let line = Line {
            category: category.map(|id| CategoryId::from_uuid(uuid::Uuid::from_bytes(id))),
            tax: TaxRate::from_basis_points(row.get(2)?).unwrap_or_default(),
            gross: back,
            discount: Amount::ZERO,
            total: back,
            has_other_price: false,
        };
        Ok((row.get::<_, [u8; 16]>(0)?, line))
    })?;
    for (id, line) in lines {
        documents.entry(id).or_default().lines.push(line);
    }
    let tenders = at.all(TENDERS, [key(shift)], |row| {
        let kind = db::coded(row, 1, TenderKind::by_code)?;
        Ok((row.get::<_, [u8; 16]>(0)?, (kind, -db::amount(row, 2)?)))
    })?;
    for (id, tender) in tenders {
        documents.entry(id).or_default().tenders.push(tender);
    }
    Ok(documents.into_values().collect())
}

/// The taxes of a return, as a report adds them.
fn taxes_back(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Vec<TaxLine>> {
    let text: String = row.get(at)?;
    let taxes: Vec<wire::body::Tax> =
        serde_json::from_str(&text).map_err(|error| db::unreadable(at, error))?;
    let taxes = taxes.iter().map(|tax| TaxLine {
        rate: TaxRate::from_basis_points(tax.rate_bps).unwrap_or_default(),
        gross: -Amount::from_minor(tax.gross_minor),
        tax: -Amount::from_minor(tax.tax_minor),
    });
    Ok(taxes.collect())
}

/// Numbers of the first and the last receipt of a shift.
pub(super) fn receipts(
    at: &Snapshot<'_>,
    shift: ShiftId,
) -> Result<(Option<String>, Option<String>), DbError> {
    const RECEIPTS: Sql = sql!(
        "with numbered as (
           select seq, receipt_number from sale where shift = ?1
           union all select seq, receipt_number from sale_return where shift = ?1)
         select (select receipt_number from numbered order by seq limit 1),
                (select receipt_number from numbered order by seq desc limit 1)"
    );
    let found = at.one(RECEIPTS, [key(shift)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.unwrap_or_default())
}

/// Purchases of a shift, however they were paid.
pub(super) fn purchases(at: &Snapshot<'_>, shift: ShiftId) -> Result<Figure, DbError> {
    const PURCHASES: Sql =
        sql!("select count(*), coalesce(sum(total_minor), 0) from purchase where shift = ?1");
    let found = at.one(PURCHASES, [key(shift)], |row| {
        Ok(Figure {
            count: row.get(0)?,
            amount: db::amount(row, 1)?,
        })
    })?;
    Ok(found.unwrap_or_default())
}

/// Purchases that were voided or replaced in a shift.
pub(super) fn reversals(at: &Snapshot<'_>, shift: ShiftId) -> Result<i64, DbError> {
    const REVERSALS: Sql = sql!("select count(*) from purchase_reversal where shift = ?1");
    at.one(REVERSALS, [key(shift)], |row| row.get(0))
        .map(Option::unwrap_or_default)
}

/// Movements of cash of a shift by kind.
pub(super) fn movements(
    at: &Snapshot<'_>,
    shift: ShiftId,
) -> Result<BTreeMap<String, Figure>, DbError> {
    const MOVEMENTS: Sql = sql!(
        "select kind, count(*), sum(amount_minor) from cash_movement where shift = ?1 group by kind"
    );
    let found = at.all(MOVEMENTS, [key(shift)], |row| {
        let figure = Figure {
            count: row.get(1)?,
            amount: db::amount(row, 2)?,
        };
        Ok((row.get(0)?, figure))
    })?;
    Ok(found.into_iter().collect())
}

/// Every shelf: its name, and the one that it stands in.
pub(super) fn categories(
    at: &Snapshot<'_>,
) -> Result<BTreeMap<CategoryId, (String, Option<CategoryId>)>, DbError> {
    const CATEGORIES: Sql = sql!("select id, name, parent from category");
    let found = at.all(CATEGORIES, [], |row| {
        let parent: Option<[u8; 16]> = row.get(2)?;
        let parent = parent.map(|id| CategoryId::from_uuid(uuid::Uuid::from_bytes(id)));
        Ok((db::id(row, 0)?, (row.get(1)?, parent)))
    })?;
    Ok(found.into_iter().collect())
}

/// What a register is called.
pub(super) fn register_name(at: &Snapshot<'_>, register: RegisterId) -> Result<String, DbError> {
    const REGISTER: Sql = sql!("select name from register where id = ?1");
    at.one(REGISTER, [key(register)], |row| row.get(0))
        .map(Option::unwrap_or_default)
}

/// What somebody is called.
pub(super) fn staff_name(at: &Snapshot<'_>, staff: StaffId) -> Result<String, DbError> {
    const STAFF: Sql = sql!("select name from staff where id = ?1");
    at.one(STAFF, [key(staff)], |row| row.get(0))
        .map(Option::unwrap_or_default)
}

/// What all Z reports of a register and epoch come to.
pub(super) fn grand_total(
    at: &Snapshot<'_>,
    register: RegisterId,
    epoch: i64,
) -> Result<Amount, DbError> {
    const GRAND_TOTAL: Sql = sql!(
        "select grand_total_minor from z_report where register = ?1 and epoch = ?2 order by number desc limit 1"
    );
    at.one(GRAND_TOTAL, (key(register), epoch), |row| {
        db::amount(row, 0)
    })
    .map(Option::unwrap_or_default)
}

/// Adds a Z report: the bytes of the event under `seq`.
pub(super) fn insert(
    tx: &Tx<'_>,
    epoch: i64,
    register: RegisterId,
    seq: i64,
    z: &ZReportMade,
) -> Result<(), DbError> {
    const INSERT: Sql = sql!(
        "insert into z_report (shift, seq, register, epoch, number, grand_total_minor, content)
         select ?1, seq, ?3, ?4, ?5, ?6, body from outbox where seq = ?2"
    );
    tx.execute(
        INSERT,
        (
            uuid_key(z.shift),
            seq,
            key(register),
            epoch,
            z.number,
            z.grand_total_minor,
        ),
    )
    .map(drop)
}

/// The Z report of a shift, as it was made.
pub(crate) fn z_of(at: &Snapshot<'_>, shift: ShiftId) -> Result<Option<ZReportMade>, DbError> {
    const Z_OF: Sql = sql!("select content from z_report where shift = ?1");
    at.one(Z_OF, [key(shift)], |row| content(row, 0))
}

/// Z reports of the shop, the newest first.
pub(super) fn newest(at: &Snapshot<'_>, limit: i64) -> Result<Vec<Summary>, DbError> {
    const NEWEST: Sql = sql!(
        "select z.register, s.business_date, z.content from z_report z join shift s on s.id = z.shift
          order by z.seq desc limit ?1"
    );
    at.all(NEWEST, [limit], |row| {
        Ok(Summary {
            register: db::id(row, 0)?,
            business_date: db::date(row, 1)?,
            content: content(row, 2)?,
        })
    })
}

fn content(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<ZReportMade> {
    let content: String = row.get(at)?;
    serde_json::from_str(&content).map_err(|error| db::unreadable(at, error))
}
