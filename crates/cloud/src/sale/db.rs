//! SQL of sales. Each location's newest rows come from its index; no list counts or sorts a history.
use std::collections::HashMap;

use jiff::civil::Date;
use retail::promotion::trace::Trace;
use tokio_postgres::Row;
use uuid::Uuid;
use wire::reason::Reasons;

use super::{
    DocumentLocation, Named, Origin, Position, Receipt, ReceiptLine, ReceiptTax, ReceiptTender,
    SaleSummary,
};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::session::{Allowed, SaleRead};
use crate::{promotion, returns};

/// Which documents are listed.
pub(crate) struct Asked<'a> {
    pub(crate) from: Option<Date>,
    pub(crate) to: Option<Date>,
    /// How the number begins; empty: any.
    pub(crate) number: &'a str,
    pub(crate) after: Option<Position>,
    pub(crate) limit: i64,
}

impl Asked<'_> {
    /// The bounds of the business date, both included.
    pub(crate) fn dates(&self) -> (Date, Date) {
        let first = self.from.unwrap_or(Date::constant(1, 1, 1));
        (first, self.to.unwrap_or(Date::constant(9999, 12, 31)))
    }

    /// The bounds of the number, byte by byte: the prefix, and what comes after everything that begins with it.
    pub(crate) fn numbers(&self) -> (String, String) {
        (self.number.to_owned(), format!("{}\u{10FFFF}", self.number))
    }
}

pub(super) const NEWEST: Sql = sql!(
    "select page.id, page.location_id, l.name, page.business_date, page.receipt_number, page.closed_at,
            coalesce(st.name, ''), page.lines, page.total_minor,
            (select coalesce(array_agg(kind order by first), '{}')
               from (select t.kind, min(t.line) as first from tender t
                      where t.location_id = page.location_id and t.business_date = page.business_date
                        and t.sale_id = page.id group by t.kind) kinds),
            page.salvaged
       from (
         select s.* from unnest($1) as here (id)
          cross join lateral (
            select id, location_id, business_date, receipt_number, closed_at, staff_id, lines, total_minor, salvaged
              from sale
             where location_id = here.id and business_date between $2 and $3
               and business_date <= $4 and (business_date, closed_at, id) < ($4, $5, $6)
             order by business_date desc, closed_at desc, id desc limit $7) s
          order by s.business_date desc, s.closed_at desc, s.id desc limit $7) page
       join location l on l.id = page.location_id
       left join staff st on st.id = page.staff_id
      order by page.business_date desc, page.closed_at desc, page.id desc",
    ([uuid], date, date, date, timestamptz, uuid, bigint)
      -> (uuid, uuid, text, date, text, timestamptz, text, integer, bigint, [text], boolean)
);

/// Found by number first and ordered afterwards: otherwise the planner walks the newest until the numbers come.
pub(super) const NUMBERED: Sql = sql!(
    "with numbered as materialized (
       select id, location_id, business_date, receipt_number, closed_at, staff_id, lines, total_minor, salvaged
         from sale
        where location_id = any ($1) and receipt_number ~>=~ $8 and receipt_number ~<~ $9)
     select page.id, page.location_id, l.name, page.business_date, page.receipt_number, page.closed_at,
            coalesce(st.name, ''), page.lines, page.total_minor,
            (select coalesce(array_agg(kind order by first), '{}')
               from (select t.kind, min(t.line) as first from tender t
                      where t.location_id = page.location_id and t.business_date = page.business_date
                        and t.sale_id = page.id group by t.kind) kinds),
            page.salvaged
       from (
         select * from numbered
          where business_date between $2 and $3 and (business_date, closed_at, id) < ($4, $5, $6)
          order by business_date desc, closed_at desc, id desc limit $7) page
       join location l on l.id = page.location_id
       left join staff st on st.id = page.staff_id
      order by page.business_date desc, page.closed_at desc, page.id desc",
    ([uuid], date, date, date, timestamptz, uuid, bigint, text, text)
      -> (uuid, uuid, text, date, text, timestamptz, text, integer, bigint, [text], boolean)
);

/// Sales, newest first.
pub(crate) async fn list(
    tx: &Tx,
    allowed: &Allowed<SaleRead>,
    asked: &Asked<'_>,
) -> Result<Vec<SaleSummary>> {
    let (first, last) = asked.dates();
    let Position(date, at, id) = asked.after.unwrap_or_else(Position::newest);
    let locations = allowed.locations();
    let rows = if asked.number.is_empty() {
        tx.rows(
            NEWEST,
            &[&locations, &first, &last, &date, &at, &id, &asked.limit],
        )
        .await?
    } else {
        let (low, high) = asked.numbers();
        tx.rows(
            NUMBERED,
            &[
                &locations,
                &first,
                &last,
                &date,
                &at,
                &id,
                &asked.limit,
                &low,
                &high,
            ],
        )
        .await?
    };
    Ok(rows
        .iter()
        .map(|row| SaleSummary {
            id: row.get(0),
            location_id: row.get(1),
            location_name: row.get(2),
            business_date: row.get(3),
            receipt_number: row.get(4),
            closed_at: row.get(5),
            staff: row.get(6),
            lines: row.get(7),
            total_minor: row.get(8),
            tender_kinds: row.get(9),
            salvaged: row.get(10),
        })
        .collect())
}

const RECEIPT: Sql = sql!(
    "select s.id, s.receipt_number, l.id, l.code, l.name, l.address, l.time_zone, s.register_id,
            coalesce(r.name, ''), s.staff_id, coalesce(st.name, ''), s.closed_at, s.business_date, s.subtotal_minor,
            s.discount_minor, s.tax_minor, s.taxes, s.total_minor, s.change_minor, s.node_id, s.epoch, s.seq,
            s.received_at, s.applied_at, s.salvaged, s.trace
       from sale s
       join location l on l.id = s.location_id
       left join register r on r.location_id = s.location_id and r.id = s.register_id
       left join staff st on st.id = s.staff_id
      where s.location_id = any ($1) and s.business_date = $2 and s.id = $3",
    ([uuid], date, uuid) -> (uuid, text, uuid, text, text, text, text, uuid, text, uuid, text, timestamptz, date,
      bigint, bigint, bigint, jsonb, bigint, bigint, uuid, bigint, bigint, timestamptz, timestamptz, boolean, text)
);
const LINES: Sql = sql!(
    "select sl.line, sl.variant_id, coalesce(v.sku, ''), coalesce(v.name, ''), sl.quantity, coalesce(v.unit, 'piece'),
            sl.unit_price, sl.price_quantity, sl.price_reason, sl.gross_minor, sl.discount_minor, sl.discount_reason,
            sl.tax_rate_bps, sl.total_minor, sl.approved_by, ap.name, sl.promoted_minor, sl.is_gift
       from sale_line sl
       left join variant v on v.id = sl.variant_id
       left join staff ap on ap.id = sl.approved_by
      where sl.location_id = any ($1) and sl.business_date = $2 and sl.sale_id = $3 order by sl.line",
    ([uuid], date, uuid) -> (integer, uuid, text, text, bigint, text, numeric, bigint, text, bigint, bigint, text,
      bigint, bigint, uuid, text, bigint, boolean)
);
const TENDERS: Sql = sql!(
    "select kind, amount_minor, reference from tender
      where location_id = any ($1) and business_date = $2 and sale_id = $3 order by line",
    ([uuid], date, uuid) -> (text, bigint, text)
);

/// A sale with its lines and payments.
pub(crate) async fn receipt(
    tx: &Tx,
    allowed: &Allowed<SaleRead>,
    date: Date,
    id: Uuid,
) -> Result<Option<Receipt>> {
    let locations = allowed.locations();
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 3] = [&locations, &date, &id];
    let answers = tx
        .all(&[
            call(RECEIPT, &params),
            call(LINES, &params),
            call(TENDERS, &params),
            call(returns::db::OF_SALE, &params),
            call(returns::db::LINES_OF_SALE, &params),
        ])
        .await?;
    let back: HashMap<i32, i64> = answers[4]
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    let lines = answers[1].iter().map(line).map(|line| ReceiptLine {
        returned_quantity: back.get(&line.line).copied().unwrap_or_default(),
        ..line
    });
    let Some(row) = answers[0].first() else {
        return Ok(None);
    };
    Ok(Some(Receipt {
        lines: lines.collect(),
        returns: answers[3].iter().map(returns::db::of_row).collect(),
        tenders: answers[2].iter().map(tender).collect(),
        reasons: reasons(tx, row.get(25)).await?,
        ..head(row)
    }))
}

/// The reasons of a trace with names; a form that is newer than this build says nothing.
async fn reasons(tx: &Tx, trace: Option<&str>) -> Result<Option<Reasons>> {
    let trace: Option<Trace> = trace.and_then(|trace| serde_json::from_str(trace).ok());
    let Some(trace) = trace else {
        return Ok(None);
    };
    let of = trace.promotions.iter().map(|one| (one.id, one.version));
    let names = promotion::db::names(tx, &of.collect::<Vec<_>>()).await?;
    let name = |id, version| names.get(&(id, version)).cloned();
    Ok(Some(Reasons::of(&trace, name)))
}

fn head(row: &Row) -> Receipt {
    Receipt {
        id: row.get(0),
        receipt_number: row.get(1),
        location: DocumentLocation {
            id: row.get(2),
            code: row.get(3),
            name: row.get(4),
            address: row.get(5),
            time_zone: row.get(6),
        },
        register: Named {
            id: row.get(7),
            name: row.get(8),
        },
        staff: Named {
            id: row.get(9),
            name: row.get(10),
        },
        closed_at: row.get(11),
        business_date: row.get(12),
        lines: Vec::new(),
        subtotal_minor: row.get(13),
        discount_minor: row.get(14),
        tax_minor: row.get(15),
        taxes: taxes(row.get(16)),
        total_minor: row.get(17),
        tenders: Vec::new(),
        returns: Vec::new(),
        change_minor: row.get(18),
        reasons: None,
        origin: Origin {
            location_id: row.get(2),
            node_id: row.get(19),
            epoch: row.get(20),
            seq: row.get(21),
            received_at: row.get(22),
            applied_at: row.get(23),
            salvaged: row.get(24),
        },
    }
}

/// As the event had them; what is none is left out.
fn taxes(kept: serde_json::Value) -> Vec<ReceiptTax> {
    let taxes: Vec<wire::body::Tax> = serde_json::from_value(kept).unwrap_or_default();
    taxes
        .into_iter()
        .map(|tax| ReceiptTax {
            rate_bps: tax.rate_bps,
            base_minor: tax.gross_minor - tax.tax_minor,
            tax_minor: tax.tax_minor,
        })
        .collect()
}

fn line(row: &Row) -> ReceiptLine {
    ReceiptLine {
        line: row.get(0),
        variant_id: row.get(1),
        sku: row.get(2),
        name: row.get(3),
        quantity: row.get(4),
        unit: row.get(5),
        unit_price: row.get(6),
        price_quantity: row.get(7),
        price_reason: row.get(8),
        gross_minor: row.get(9),
        discount_minor: row.get(10),
        discount_reason: row.get(11),
        tax_rate_bps: row.get(12),
        total_minor: row.get(13),
        returned_quantity: 0,
        approved_by: row.get::<_, Option<Uuid>>(14).map(|id| Named {
            id: Some(id),
            name: row.get::<_, Option<String>>(15).unwrap_or_default(),
        }),
        promoted_minor: row.get(16),
        is_gift: row.get(17),
    }
}

fn tender(row: &Row) -> ReceiptTender {
    ReceiptTender {
        kind: row.get(0),
        amount_minor: row.get(1),
        reference: row.get(2),
    }
}
