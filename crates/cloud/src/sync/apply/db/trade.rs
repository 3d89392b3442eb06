//! The raw rows: sales, purchases, shifts, conflicts. One statement per table, by arrays.
use tokio_postgres::types::ToSql;

use crate::db::{Call, Sql, Tx, call, sql};
use crate::error::Result;
use crate::sync::apply::{Queue, rows::Rows};

const SALE: Sql = sql!(
    "insert into sale (location_id, node_id, epoch, applied_at, channel, business_date, id, seq, register_id, staff_id,
       shift_id, receipt_number, closed_at, local_hour, clock_behind_ms, lines, units, subtotal_minor, discount_minor,
       tax_minor, total_minor, change_minor, taxes, received_at)
     select $1, $2, $3, $4, 'till', business_date, id, seq, register_id, staff_id, shift_id, receipt_number, closed_at,
       local_hour, clock_behind_ms, lines, units, subtotal_minor, discount_minor, tax_minor, total_minor, change_minor,
       taxes::jsonb, received_at
       from unnest($5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
         as given (business_date, id, seq, register_id, staff_id, shift_id, receipt_number, closed_at, local_hour,
           clock_behind_ms, lines, units, subtotal_minor, discount_minor, tax_minor, total_minor, change_minor, taxes,
           received_at)",
    (
        uuid, uuid, bigint, timestamptz, [date], [uuid], [bigint], [uuid], [uuid], [uuid], [text], [timestamptz],
        [smallint], [bigint], [integer], [bigint], [bigint], [bigint], [bigint], [bigint], [bigint], [text],
        [timestamptz]
    ) -> ()
);

const SALE_LINE: Sql = sql!(
    "insert into sale_line (location_id, business_date, sale_id, line, variant_id, quantity, unit_price, price_quantity,
       price_version, price_reason, gross_minor, discount_minor, discount_reason, tax_rate_bps, total_minor, units)
     select $1, * from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    (
        uuid, [date], [uuid], [integer], [uuid], [bigint], [numeric], [bigint], [bigint], [text], [bigint], [bigint],
        [text], [bigint], [bigint], [bigint]
    ) -> ()
);

const TENDER: Sql = sql!(
    "insert into tender (location_id, business_date, sale_id, line, kind, amount_minor, reference)
     select $1, * from unnest($2, $3, $4, $5, $6, $7)",
    (uuid, [date], [uuid], [integer], [text], [bigint], [text]) -> ()
);

const PURCHASE: Sql = sql!(
    "insert into purchase (location_id, node_id, epoch, applied_at, business_date, id, seq, register_id, staff_id,
       shift_id, ticket_number, supplier_id, supplier_document, closed_at, local_hour, clock_behind_ms, lines,
       payment_kind, total_minor, received_at)
     select $1, $2, $3, $4, * from unnest($5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
    (
        uuid, uuid, bigint, timestamptz, [date], [uuid], [bigint], [uuid], [uuid], [uuid], [text], [uuid], [text],
        [timestamptz], [smallint], [bigint], [integer], [text], [bigint], [timestamptz]
    ) -> ()
);

const PURCHASE_LINE: Sql = sql!(
    "insert into purchase_line (location_id, business_date, purchase_id, line, variant_id, quantity, gross_grams,
       tare_grams, manual_weight, unit_cost, cost_quantity, cost_minor)
     select $1, * from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    (
        uuid, [date], [uuid], [integer], [uuid], [bigint], [bigint], [bigint], [boolean], [numeric], [bigint], [bigint]
    ) -> ()
);

const OPENED: Sql = sql!(
    "insert into shift as kept (location_id, node_id, business_date, id, register_id, opened_by, opened_at, float_minor)
     select $1, $2, * from unnest($3, $4, $5, $6, $7, $8)
     on conflict (location_id, id) do update
       set register_id = excluded.register_id, opened_by = excluded.opened_by, opened_at = excluded.opened_at,
           float_minor = excluded.float_minor",
    (uuid, uuid, [date], [uuid], [uuid], [uuid], [timestamptz], [bigint]) -> ()
);

const CLOSED: Sql = sql!(
    "insert into shift as kept (location_id, node_id, business_date, id, register_id, closed_by, closed_at, sales,
       expected_minor, counted_minor)
     select $1, $2, * from unnest($3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (location_id, id) do update
       set closed_by = excluded.closed_by, closed_at = excluded.closed_at, sales = excluded.sales,
           expected_minor = excluded.expected_minor, counted_minor = excluded.counted_minor",
    (uuid, uuid, [date], [uuid], [uuid], [uuid], [timestamptz], [bigint], [bigint], [bigint]) -> ()
);

const CONFLICT: Sql = sql!(
    "insert into conflict (location_id, node_id, business_date, id, noun, subject_id, content, refused_at)
     select $1, $2, business_date, id, noun, subject_id, content::jsonb, refused_at
       from unnest($3, $4, $5, $6, $7, $8) as given (business_date, id, noun, subject_id, content, refused_at)",
    (uuid, uuid, [date], [uuid], [text], [uuid], [text], [timestamptz]) -> ()
);

/// Writes the rows that there are.
pub(super) async fn write(tx: &Tx, queue: Queue, rows: &Rows) -> Result<()> {
    let Queue { location, node, epoch } = queue;
    let Rows { sale, sale_line, tender, purchase, purchase_line, opened, closed, conflict, applied_at, .. } = rows;
    let sales: [&(dyn ToSql + Sync); 23] = [
        &location, &node, &epoch, applied_at, &sale.date, &sale.id, &sale.seq, &sale.register, &sale.staff, &sale.shift,
        &sale.number, &sale.closed_at, &sale.hour, &sale.behind, &sale.lines, &sale.units, &sale.subtotal,
        &sale.discount, &sale.tax, &sale.total, &sale.change, &sale.taxes, &sale.received_at,
    ];
    let line = sale_line;
    let sale_lines: [&(dyn ToSql + Sync); 16] = [
        &location, &line.date, &line.sale, &line.line, &line.variant, &line.quantity, &line.unit_price,
        &line.price_quantity, &line.price_version, &line.price_reason, &line.gross, &line.discount,
        &line.discount_reason, &line.tax_rate, &line.total, &line.units,
    ];
    let tenders: [&(dyn ToSql + Sync); 7] =
        [&location, &tender.date, &tender.sale, &tender.line, &tender.kind, &tender.amount, &tender.reference];
    let purchases: [&(dyn ToSql + Sync); 20] = [
        &location, &node, &epoch, applied_at, &purchase.date, &purchase.id, &purchase.seq, &purchase.register,
        &purchase.staff, &purchase.shift, &purchase.number, &purchase.supplier, &purchase.document,
        &purchase.closed_at, &purchase.hour, &purchase.behind, &purchase.lines, &purchase.payment, &purchase.total,
        &purchase.received_at,
    ];
    let line = purchase_line;
    let purchase_lines: [&(dyn ToSql + Sync); 12] = [
        &location, &line.date, &line.purchase, &line.line, &line.variant, &line.quantity, &line.gross, &line.tare,
        &line.manual, &line.unit_cost, &line.cost_quantity, &line.cost,
    ];
    let openings: [&(dyn ToSql + Sync); 8] =
        [&location, &node, &opened.date, &opened.id, &opened.register, &opened.staff, &opened.at, &opened.float];
    let closings: [&(dyn ToSql + Sync); 10] = [
        &location, &node, &closed.date, &closed.id, &closed.register, &closed.staff, &closed.at, &closed.sales,
        &closed.expected, &closed.counted,
    ];
    let conflicts: [&(dyn ToSql + Sync); 8] = [
        &location, &node, &conflict.date, &conflict.id, &conflict.noun, &conflict.subject, &conflict.content,
        &conflict.refused_at,
    ];
    let all: [(bool, Call<'_>); 8] = [
        (opened.id.is_empty(), call(OPENED, &openings)),
        (sale.id.is_empty(), call(SALE, &sales)),
        (sale_line.sale.is_empty(), call(SALE_LINE, &sale_lines)),
        (tender.sale.is_empty(), call(TENDER, &tenders)),
        (purchase.id.is_empty(), call(PURCHASE, &purchases)),
        (purchase_line.purchase.is_empty(), call(PURCHASE_LINE, &purchase_lines)),
        (closed.id.is_empty(), call(CLOSED, &closings)),
        (conflict.id.is_empty(), call(CONFLICT, &conflicts)),
    ];
    let calls: Vec<Call<'_>> = all.into_iter().filter(|(is_empty, _)| !is_empty).map(|(_, call)| call).collect();
    if !calls.is_empty() {
        tx.all(&calls).await?;
    }
    Ok(())
}
