//! The raw rows of goods that came back, the right to a refund that they use, and what somebody should look at. After the
//! sales themselves: a return may come in the batch of its sale.
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::sync::apply::Queue;
use crate::sync::apply::rows::{Param, Rows};

const RETURN: Sql = sql!(
    "insert into sale_return (location_id, node_id, epoch, applied_at, salvaged, business_date, id, seq, register_id,
       staff_id, shift_id, receipt_number, sale_id, sale_date, sale_number, customer_id, reason, note, policy, approved_by,
       lines, units, tax_minor, total_minor, taxes, reasons, returned_at, local_hour, received_at)
     select $1, $2, $3, $4, $5, business_date, id, seq, register_id, staff_id, shift_id, receipt_number, sale_id, sale_date,
       sale_number, customer_id, reason, note, policy, approved_by, lines, units, tax_minor, total_minor, taxes::jsonb,
       reasons::jsonb, returned_at, local_hour, received_at
       from unnest($6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27,
         $28, $29)
         as given (business_date, id, seq, register_id, staff_id, shift_id, receipt_number, sale_id, sale_date, sale_number,
           customer_id, reason, note, policy, approved_by, lines, units, tax_minor, total_minor, taxes, reasons, returned_at,
           local_hour, received_at)",
    (
        uuid, uuid, bigint, timestamptz, boolean, [date], [uuid], [bigint], [uuid], [uuid], [uuid], [text], [uuid], [date],
        [text], [uuid], [text], [text], [text], [uuid], [integer], [bigint], [bigint], [bigint], [text], [text],
        [timestamptz], [smallint], [timestamptz]
    ) -> ()
);

const RETURN_LINE: Sql = sql!(
    "insert into sale_return_line (location_id, business_date, return_id, line, sale_id, sale_line, variant_id, quantity,
       condition, units, tax_rate_bps, total_minor)
     select $1, business_date, return_id, line, sale_id, sale_line, variant_id, quantity, condition, units, tax_rate_bps,
            total_minor
       from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         as given (business_date, return_id, line, sale_id, sale_date, sale_line, variant_id, quantity, condition, units,
           tax_rate_bps, total_minor, at, staff_id)",
    (
        uuid, [date], [uuid], [integer], [uuid], [date], [integer], [uuid], [bigint], [text], [bigint], [bigint], [bigint],
        [timestamptz], [uuid]
    ) -> ()
);

/// The right to a refund is used. What comes back beyond what was sold is counted apart, and never refused: the money is gone.
const RETURNED: Sql = sql!(
    "insert into sale_line_returned as kept (location_id, sale_id, line, sold, returned, excess)
     select $1, back.sale_id, back.line, coalesce(l.quantity, 0), least(back.quantity, coalesce(l.quantity, 0)),
            greatest(back.quantity - coalesce(l.quantity, 0), 0)
       from (select sale_id, sale_date, sale_line as line, sum(quantity)::bigint as quantity
               from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                 as given (business_date, return_id, line, sale_id, sale_date, sale_line, variant_id, quantity, condition,
                   units, tax_rate_bps, total_minor, at, staff_id)
              group by sale_id, sale_date, sale_line) back
       left join sale_line l on l.location_id = $1 and l.business_date = back.sale_date and l.sale_id = back.sale_id
        and l.line = back.line
      order by back.sale_id, back.line
     on conflict (location_id, sale_id, line) do update
        set returned = least(kept.sold, kept.returned + excluded.returned + excluded.excess),
            excess = kept.excess + greatest(kept.returned + excluded.returned + excluded.excess - kept.sold, 0)",
    (
        uuid, [date], [uuid], [integer], [uuid], [date], [integer], [uuid], [bigint], [text], [bigint], [bigint], [bigint],
        [timestamptz], [uuid]
    ) -> ()
);

/// Somebody looks at what has come back twice: one case for each line of a sale.
const TWICE: Sql = sql!(
    "insert into stock_case as kept (location_id, id, kind, business_date, variant_id, quantity, event_id, sale_id, staff_id, at)
     select distinct on (r.sale_id, r.line) $1, md5('returned ' || $1::text || r.sale_id::text || r.line::text)::uuid,
            'returned_twice', given.business_date, given.variant_id, r.excess, given.return_id, r.sale_id, given.staff_id,
            given.at
       from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         as given (business_date, return_id, line, sale_id, sale_date, sale_line, variant_id, quantity, condition, units,
           tax_rate_bps, total_minor, at, staff_id)
       join sale_line_returned r on r.location_id = $1 and r.sale_id = given.sale_id and r.line = given.sale_line
      where r.excess > 0
      order by r.sale_id, r.line, given.at desc
     on conflict (location_id, id) do update
        set quantity = excluded.quantity, state = 'open', closed_by = null, closed_at = null
      where kept.quantity <> excluded.quantity",
    (
        uuid, [date], [uuid], [integer], [uuid], [date], [integer], [uuid], [bigint], [text], [bigint], [bigint], [bigint],
        [timestamptz], [uuid]
    ) -> ()
);

const REFUND: Sql = sql!(
    "insert into refund_tender (location_id, business_date, return_id, line, kind, amount_minor, reference)
     select $1, * from unnest($2, $3, $4, $5, $6, $7)",
    (uuid, [date], [uuid], [integer], [text], [bigint], [text]) -> ()
);

/// Writes the rows that there are.
pub(super) async fn write(tx: &Tx, queue: Queue, rows: &Rows) -> Result<()> {
    if rows.sale_return.is_empty() {
        return Ok(());
    }
    let Queue {
        location,
        node,
        epoch,
    } = queue;
    let origin: [Param<'_>; 5] = [&location, &node, &epoch, &rows.applied_at, &rows.is_salvage];
    let returns = rows.sale_return.params(&origin);
    let lines = rows.return_line.params(&origin[..1]);
    let refunds = rows.refund.params(&origin[..1]);
    let mut calls = vec![call(RETURN, &returns)];
    if !rows.return_line.is_empty() {
        let of_lines = [RETURN_LINE, RETURNED, TWICE];
        calls.extend(of_lines.into_iter().map(|sql| call(sql, &lines)));
    }
    if !rows.refund.is_empty() {
        calls.push(call(REFUND, &refunds));
    }
    tx.all(&calls).await?;
    Ok(())
}
