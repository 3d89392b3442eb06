//! SQL of orders that are found again.
use retail::rights::ReservationState;
use uuid::Uuid;
use wire::body::OpenPick;

use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// Makes orders that nobody knows. What they cost is known to the payment alone.
pub(super) async fn orders(tx: &Tx, lost: &[&OpenPick]) -> Result<()> {
    const ORDER: Sql = sql!(
        "insert into online_order (id, placed_by, number, customer, state, total_minor, tax_minor, request_hash, placed_at,
                                   hold_until, claimed_at)
         select $1, $2, case when exists (select 1 from online_order where number = $3) then $3 || '-' || left($1::text, 8)
                             else $3 end, $4, 'claimed', 0, 0, '', $5, $5, $5
         on conflict (id) do nothing",
        (uuid, text, text, text, timestamptz) -> ()
    );
    for pick in lost {
        tx.run(
            ORDER,
            &[
                &pick.order,
                &tx.actor(),
                &pick.order_number,
                &pick.customer,
                &tx.now(),
            ],
        )
        .await?;
    }
    Ok(())
}

/// Makes a promise that is not known, or takes up again one that has ended.
pub(super) async fn promise(
    tx: &Tx,
    location: Uuid,
    pick: &OpenPick,
    state: ReservationState,
) -> Result<()> {
    const PROMISE: Sql = sql!(
        "with line as (
           insert into online_order_line (order_id, line, variant_id, quantity, unit_price, price_quantity, price_version,
                                          tax_rate_bps, total_minor)
           select $2, coalesce((select max(line) + 1 from online_order_line where order_id = $2), 0), $4, $5, 0, 1, 0, 0, 0
            where not exists (select 1 from reservation where id = $1)
           returning line
         )
         insert into reservation as kept (id, order_id, line, location_id, variant_id, quantity, state, why, changed_at)
         select $1, $2, coalesce((select line from line), 0), $3, $4, $5, $6,
                case when $6 = 'cancelling' then 'cancelled' end, $7
         on conflict (id) do update set state = excluded.state, why = excluded.why, changed_at = excluded.changed_at",
        (uuid, uuid, uuid, uuid, bigint, text, timestamptz) -> ()
    );
    Ok(tx
        .run(
            PROMISE,
            &[
                &pick.reservation,
                &pick.order,
                &location,
                &pick.variant,
                &pick.quantity,
                &state.code(),
                &tx.now(),
            ],
        )
        .await?)
}
