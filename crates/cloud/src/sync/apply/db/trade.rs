//! The raw rows: sales, purchases, shifts, conflicts. One statement per table, by arrays.
use crate::db::{Call, Sql, Tx, call, sql};
use crate::error::Result;
use crate::sync::apply::Queue;
use crate::sync::apply::rows::{Param, Rows};

const SALE: Sql = sql!(
    "insert into sale (location_id, node_id, epoch, applied_at, salvaged, channel, business_date, id, seq, register_id, staff_id,
       shift_id, receipt_number, closed_at, local_hour, clock_behind_ms, lines, units, subtotal_minor, discount_minor,
       tax_minor, total_minor, change_minor, taxes, received_at, customer_id, trace)
     select $1, $2, $3, $4, $5, 'till', business_date, id, seq, register_id, staff_id, shift_id, receipt_number, closed_at,
       local_hour, clock_behind_ms, lines, units, subtotal_minor, discount_minor, tax_minor, total_minor, change_minor,
       taxes::jsonb, received_at, customer_id, trace
       from unnest($6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
         as given (business_date, id, seq, register_id, staff_id, shift_id, receipt_number, closed_at, local_hour,
           clock_behind_ms, lines, units, subtotal_minor, discount_minor, tax_minor, total_minor, change_minor, taxes,
           received_at, customer_id, trace)",
    (
        uuid, uuid, bigint, timestamptz, boolean, [date], [uuid], [bigint], [uuid], [uuid], [uuid], [text],
        [timestamptz], [smallint], [bigint], [integer], [bigint], [bigint], [bigint], [bigint], [bigint], [bigint], [text],
        [timestamptz], [uuid], [text]
    ) -> ()
);

const SALE_LINE: Sql = sql!(
    "insert into sale_line (location_id, business_date, sale_id, line, variant_id, quantity, unit_price, price_quantity,
       price_version, price_reason, gross_minor, discount_minor, discount_reason, tax_rate_bps, total_minor, units,
       approved_by, promoted_minor, is_gift)
     select $1, * from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
    (
        uuid, [date], [uuid], [integer], [uuid], [bigint], [numeric], [bigint], [bigint], [text], [bigint], [bigint],
        [text], [bigint], [bigint], [bigint], [uuid], [bigint], [boolean]
    ) -> ()
);

const PROMOTION_USE: Sql = sql!(
    "insert into promotion_use (location_id, business_date, sale_id, promotion_id, version, units, gave_minor)
     select $1, * from unnest($2, $3, $4, $5, $6, $7)",
    (uuid, [date], [uuid], [uuid], [bigint], [bigint], [bigint]) -> ()
);

const TENDER: Sql = sql!(
    "insert into tender (location_id, business_date, sale_id, line, kind, amount_minor, reference)
     select $1, * from unnest($2, $3, $4, $5, $6, $7)",
    (uuid, [date], [uuid], [integer], [text], [bigint], [text]) -> ()
);

const PURCHASE: Sql = sql!(
    "insert into purchase (location_id, node_id, epoch, applied_at, salvaged, business_date, id, seq, register_id, staff_id,
       shift_id, ticket_number, supplier_id, supplier_document, closed_at, local_hour, clock_behind_ms, lines,
       payment_kind, total_minor, received_at)
     select $1, $2, $3, $4, $5, *
       from unnest($6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
    (
        uuid, uuid, bigint, timestamptz, boolean, [date], [uuid], [bigint], [uuid], [uuid], [uuid], [text], [uuid],
        [text], [timestamptz], [smallint], [bigint], [integer], [text], [bigint], [timestamptz]
    ) -> ()
);

const PURCHASE_LINE: Sql = sql!(
    "insert into purchase_line (location_id, business_date, purchase_id, line, variant_id, quantity, gross_grams,
       tare_grams, manual_weight, unit_cost, cost_quantity, cost_minor, container_id, container_name, container_grams,
       containers, manual_tare)
     select $1, * from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    (
        uuid, [date], [uuid], [integer], [uuid], [bigint], [bigint], [bigint], [boolean], [numeric], [bigint], [bigint],
        [uuid], [text], [bigint], [bigint], [boolean]
    ) -> ()
);

const REVERSAL: Sql = sql!(
    "insert into purchase_reversal (location_id, node_id, epoch, applied_at, salvaged, business_date, id, seq, register_id,
       staff_id, shift_id, ticket_number, purchase_id, purchase_date, replacement_id, reason, approved_by, payment_kind,
       total_minor, reversed_at, local_hour, received_at)
     select $1, $2, $3, $4, $5, *
       from unnest($6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
    (
        uuid, uuid, bigint, timestamptz, boolean, [date], [uuid], [bigint], [uuid], [uuid], [uuid], [text], [uuid],
        [date], [uuid], [text], [uuid], [text], [bigint], [timestamptz], [smallint], [timestamptz]
    ) -> ()
);

const OPENED: Sql = sql!(
    "insert into shift as kept (location_id, node_id, epoch, business_date, id, register_id, opened_by, opened_at,
       float_minor)
     select $1, $2, $3, * from unnest($4, $5, $6, $7, $8, $9)
     on conflict (location_id, id) do update
       set register_id = excluded.register_id, opened_by = excluded.opened_by, opened_at = excluded.opened_at,
           float_minor = excluded.float_minor",
    (uuid, uuid, bigint, [date], [uuid], [uuid], [uuid], [timestamptz], [bigint]) -> ()
);

const CLOSED: Sql = sql!(
    "insert into shift as kept (location_id, node_id, epoch, business_date, id, register_id, closed_by, closed_at, sales,
       expected_minor, counted_minor, difference_reason, approved_by)
     select $1, $2, $3, * from unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
     on conflict (location_id, id) do update
       set closed_by = excluded.closed_by, closed_at = excluded.closed_at, sales = excluded.sales,
           expected_minor = excluded.expected_minor, counted_minor = excluded.counted_minor,
           difference_reason = excluded.difference_reason, approved_by = excluded.approved_by",
    (
        uuid, uuid, bigint, [date], [uuid], [uuid], [uuid], [timestamptz], [bigint], [bigint], [bigint], [text], [uuid]
    ) -> ()
);

const CASH: Sql = sql!(
    "insert into cash_movement (location_id, node_id, applied_at, business_date, id, shift_id, register_id, staff_id, kind,
       amount_minor, reason, note, approved_by, moved_at)
     select $1, $2, $3, * from unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     on conflict do nothing",
    (
        uuid, uuid, timestamptz, [date], [uuid], [uuid], [uuid], [uuid], [text], [bigint], [text], [text], [uuid],
        [timestamptz]
    ) -> ()
);

const Z_REPORT: Sql = sql!(
    "insert into z_report (location_id, node_id, epoch, applied_at, business_date, id, shift_id, register_id, number,
       closed_at, sales, total_minor, difference_minor, grand_total_minor, content)
     select $1, $2, $3, $4, * from unnest($5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     on conflict do nothing",
    (
        uuid, uuid, bigint, timestamptz, [date], [uuid], [uuid], [uuid], [bigint], [timestamptz], [bigint], [bigint],
        [bigint], [bigint], [text]
    ) -> ()
);

const CONFLICT: Sql = sql!(
    "insert into conflict (location_id, node_id, business_date, id, noun, subject_id, content, refused_at)
     select $1, $2, business_date, id, noun, subject_id, content::jsonb, refused_at
       from unnest($3, $4, $5, $6, $7, $8) as given (business_date, id, noun, subject_id, content, refused_at)",
    (uuid, uuid, [date], [uuid], [text], [uuid], [text], [timestamptz]) -> ()
);

/// Writes the rows that there are.
pub(super) async fn write(tx: &Tx, queue: Queue, rows: &Rows) -> Result<()> {
    let Queue {
        location,
        node,
        epoch,
    } = queue;
    let origin: [Param<'_>; 5] = [&location, &node, &epoch, &rows.applied_at, &rows.is_salvage];
    let [at, of, within, now, ..] = origin;
    // (nothing to write, statement, parameters); a shift opens before its sales and closes after them.
    let all = [
        (
            rows.opening.is_empty(),
            OPENED,
            rows.opening.params(&[at, of, within]),
        ),
        (rows.sale.is_empty(), SALE, rows.sale.params(&origin)),
        (
            rows.sale_line.is_empty(),
            SALE_LINE,
            rows.sale_line.params(&[at]),
        ),
        (
            rows.promotion_use.is_empty(),
            PROMOTION_USE,
            rows.promotion_use.params(&[at]),
        ),
        (rows.tender.is_empty(), TENDER, rows.tender.params(&[at])),
        (
            rows.purchase.is_empty(),
            PURCHASE,
            rows.purchase.params(&origin),
        ),
        (
            rows.purchase_line.is_empty(),
            PURCHASE_LINE,
            rows.purchase_line.params(&[at]),
        ),
        (
            rows.reversal.is_empty(),
            REVERSAL,
            rows.reversal.params(&origin),
        ),
        (
            rows.closing.is_empty(),
            CLOSED,
            rows.closing.params(&[at, of, within]),
        ),
        (rows.cash.is_empty(), CASH, rows.cash.params(&[at, of, now])),
        (
            rows.z_report.is_empty(),
            Z_REPORT,
            rows.z_report.params(&[at, of, within, now]),
        ),
        (
            rows.conflict.is_empty(),
            CONFLICT,
            rows.conflict.params(&[at, of]),
        ),
    ];
    let calls: Vec<Call<'_>> = all
        .iter()
        .filter(|(is_empty, ..)| !is_empty)
        .map(|(_, sql, params)| call(*sql, params))
        .collect();
    if !calls.is_empty() {
        tx.all(&calls).await?;
    }
    Ok(())
}
