//! SQL of purchases.
use jiff::civil::Date;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    Purchase, PurchaseContainers, PurchaseLine, PurchasePayment, PurchaseReversal, PurchaseSummary,
    PurchaseSupplier,
};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::sale::db::Asked;
use crate::sale::{DocumentLocation, Named, Origin, Position};
use crate::session::{Allowed, PurchaseRead};

const NEWEST: Sql = sql!(
    "select page.id, page.location_id, l.name, page.business_date, page.ticket_number, page.closed_at,
            coalesce(su.name, ''), coalesce(st.name, ''), page.lines, page.total_minor, r.id is not null,
            r.replacement_id is not null
       from (
         select p.* from unnest($1) as here (id)
          cross join lateral (
            select id, location_id, business_date, ticket_number, closed_at, supplier_id, staff_id, lines, total_minor
              from purchase
             where location_id = here.id and business_date between $2 and $3
               and business_date <= $4 and (business_date, closed_at, id) < ($4, $5, $6)
             order by business_date desc, closed_at desc, id desc limit $7) p
          order by p.business_date desc, p.closed_at desc, p.id desc limit $7) page
       join location l on l.id = page.location_id
       left join supplier su on su.id = page.supplier_id
       left join staff st on st.id = page.staff_id
       left join purchase_reversal r on r.location_id = page.location_id and r.purchase_id = page.id
      order by page.business_date desc, page.closed_at desc, page.id desc",
    ([uuid], date, date, date, timestamptz, uuid, bigint)
      -> (uuid, uuid, text, date, text, timestamptz, text, text, integer, bigint, boolean, boolean)
);

/// Found by number first and ordered afterwards, as sales are.
const NUMBERED: Sql = sql!(
    "with numbered as materialized (
       select id, location_id, business_date, ticket_number, closed_at, supplier_id, staff_id, lines, total_minor
         from purchase
        where location_id = any ($1) and ticket_number ~>=~ $8 and ticket_number ~<~ $9)
     select page.id, page.location_id, l.name, page.business_date, page.ticket_number, page.closed_at,
            coalesce(su.name, ''), coalesce(st.name, ''), page.lines, page.total_minor, r.id is not null,
            r.replacement_id is not null
       from (
         select * from numbered
          where business_date between $2 and $3 and (business_date, closed_at, id) < ($4, $5, $6)
          order by business_date desc, closed_at desc, id desc limit $7) page
       join location l on l.id = page.location_id
       left join supplier su on su.id = page.supplier_id
       left join staff st on st.id = page.staff_id
       left join purchase_reversal r on r.location_id = page.location_id and r.purchase_id = page.id
      order by page.business_date desc, page.closed_at desc, page.id desc",
    ([uuid], date, date, date, timestamptz, uuid, bigint, text, text)
      -> (uuid, uuid, text, date, text, timestamptz, text, text, integer, bigint, boolean, boolean)
);

/// Purchases, newest first.
pub(crate) async fn list(
    tx: &Tx,
    allowed: &Allowed<PurchaseRead>,
    asked: &Asked<'_>,
) -> Result<Vec<PurchaseSummary>> {
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
        .map(|row| PurchaseSummary {
            id: row.get(0),
            location_id: row.get(1),
            location_name: row.get(2),
            business_date: row.get(3),
            ticket_number: row.get(4),
            closed_at: row.get(5),
            supplier: row.get(6),
            staff: row.get(7),
            lines: row.get(8),
            total_minor: row.get(9),
            state: super::state(row.get(10), row.get(11)),
        })
        .collect())
}

const TICKET: Sql = sql!(
    "select p.id, p.ticket_number, l.id, l.code, l.name, l.address, l.time_zone, p.register_id, coalesce(r.name, ''),
            p.supplier_id, coalesce(su.name, ''), coalesce(su.code, ''), p.supplier_document, p.staff_id,
            coalesce(st.name, ''), p.closed_at, p.business_date, p.total_minor, p.payment_kind, p.node_id, p.epoch,
            p.seq, p.received_at, p.applied_at, p.salvaged
       from purchase p
       join location l on l.id = p.location_id
       left join register r on r.location_id = p.location_id and r.id = p.register_id
       left join supplier su on su.id = p.supplier_id
       left join staff st on st.id = p.staff_id
      where p.location_id = any ($1) and p.business_date = $2 and p.id = $3",
    ([uuid], date, uuid) -> (uuid, text, uuid, text, text, text, text, uuid, text, uuid, text, text, text, uuid, text,
      timestamptz, date, bigint, text, uuid, bigint, bigint, timestamptz, timestamptz, boolean)
);
const LINES: Sql = sql!(
    "select pl.line, pl.variant_id, coalesce(v.sku, ''), coalesce(v.name, ''), coalesce(v.unit, 'piece'), pl.quantity,
            pl.gross_grams, pl.tare_grams, pl.manual_weight, pl.unit_cost, pl.cost_quantity, pl.cost_minor,
            pl.container_id, coalesce(pl.container_name, ''), coalesce(pl.container_grams, 0), coalesce(pl.containers, 0),
            coalesce(pl.manual_tare, pl.tare_grams <> 0, false)
       from purchase_line pl left join variant v on v.id = pl.variant_id
      where pl.location_id = any ($1) and pl.business_date = $2 and pl.purchase_id = $3 order by pl.line",
    ([uuid], date, uuid)
      -> (integer, uuid, text, text, text, bigint, bigint, bigint, boolean, numeric, bigint, bigint, uuid, text, bigint,
          bigint, boolean)
);

/// What took it back, and what it has taken back.
const REVERSALS: Sql = sql!(
    "select r.id, r.replacement_id is not null, r.ticket_number, r.business_date, r.purchase_id, r.purchase_date,
            p.ticket_number, coalesce(st.name, ''), case when r.approved_by is not null then coalesce(ap.name, '') end,
            r.reason, r.reversed_at, r.total_minor
       from purchase_reversal r
       join purchase p
         on p.location_id = r.location_id and p.business_date = r.purchase_date and p.id = r.purchase_id
       left join staff st on st.id = r.staff_id
       left join staff ap on ap.id = r.approved_by
      where r.location_id = any ($1) and (r.purchase_id = $2 or r.replacement_id = $2 and r.id = $2)",
    ([uuid], uuid)
      -> (uuid, boolean, text, date, uuid, date, text, text, text, text, timestamptz, bigint)
);

fn reversal(row: &Row) -> PurchaseReversal {
    PurchaseReversal {
        id: row.get(0),
        state: super::state(true, row.get(1)),
        ticket_number: row.get(2),
        business_date: row.get(3),
        purchase_id: row.get(4),
        purchase_date: row.get(5),
        purchase_number: row.get(6),
        staff: row.get(7),
        approved_by: row.get(8),
        reason: row.get(9),
        reversed_at: row.get(10),
        total_minor: row.get(11),
    }
}

/// A purchase with its lines.
pub(crate) async fn ticket(
    tx: &Tx,
    allowed: &Allowed<PurchaseRead>,
    date: Date,
    id: Uuid,
) -> Result<Option<Purchase>> {
    let locations = allowed.locations();
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 3] = [&locations, &date, &id];
    let of: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&locations, &id];
    let answers = tx
        .all(&[
            call(TICKET, &params),
            call(LINES, &params),
            call(REVERSALS, &of),
        ])
        .await?;
    let mut purchase = answers[0].first().map(|row| Purchase {
        lines: answers[1].iter().map(line).collect(),
        ..head(row)
    });
    if let Some(purchase) = &mut purchase {
        for found in answers[2].iter().map(reversal) {
            if found.purchase_id == id {
                purchase.reversal = Some(found);
            } else {
                purchase.replaces = Some(found);
            }
        }
    }
    Ok(purchase)
}

fn head(row: &Row) -> Purchase {
    Purchase {
        id: row.get(0),
        ticket_number: row.get(1),
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
        supplier: PurchaseSupplier {
            id: row.get(9),
            name: row.get(10),
            code: row.get(11),
        },
        supplier_document: row.get(12),
        staff: Named {
            id: row.get(13),
            name: row.get(14),
        },
        closed_at: row.get(15),
        business_date: row.get(16),
        lines: Vec::new(),
        total_minor: row.get(17),
        payment: PurchasePayment {
            kind: row.get(18),
            amount_minor: row.get(17),
        },
        reversal: None,
        replaces: None,
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

fn line(row: &Row) -> PurchaseLine {
    let (gross, tare): (Option<i64>, Option<i64>) = (row.get(6), row.get(7));
    let manual: Option<bool> = row.get(8);
    let container: Option<Uuid> = row.get(12);
    PurchaseLine {
        line: row.get(0),
        variant_id: row.get(1),
        sku: row.get(2),
        name: row.get(3),
        unit: row.get(4),
        quantity: row.get(5),
        gross,
        tare,
        net: gross.zip(tare).map(|(gross, tare)| gross - tare),
        source: manual.map(|manual| if manual { "manual" } else { "scale" }),
        containers: container.map(|container_id| PurchaseContainers {
            container_id,
            name: row.get(13),
            tare: row.get(14),
            count: row.get(15),
        }),
        manual_tare: row.get(16),
        unit_cost: row.get(9),
        cost_quantity: row.get(10),
        cost_minor: row.get(11),
    }
}
