//! SQL of returns.
use tokio_postgres::Row;

use super::SaleReturn;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;
use crate::sale::{Position, db::Asked};
use crate::session::{Allowed, SaleRead};

const LIST: Sql = sql!(
    "select page.id, page.location_id, l.name, page.business_date, page.receipt_number, page.sale_id, page.sale_date,
            page.sale_number, page.returned_at, coalesce(st.name, ''), ap.name, page.reason, page.note, page.lines,
            page.total_minor,
            (select coalesce(array_agg(kind order by first), '{}')
               from (select t.kind, min(t.line) as first from refund_tender t
                      where t.location_id = page.location_id and t.business_date = page.business_date
                        and t.return_id = page.id group by t.kind) kinds),
            (select coalesce(sum(x.excess), 0)::bigint from sale_line_returned x
              where x.location_id = page.location_id and x.sale_id = page.sale_id),
            page.salvaged
       from (
         select r.* from unnest($1) as here (id)
          cross join lateral (
            select * from sale_return
             where location_id = here.id and business_date between $2 and $3
               and ($8 = '' or receipt_number like $8 || '%' or sale_number like $8 || '%')
               and business_date <= $4 and (business_date, returned_at, id) < ($4, $5, $6)
             order by business_date desc, returned_at desc, id desc limit $7) r
          order by r.business_date desc, r.returned_at desc, r.id desc limit $7) page
       join location l on l.id = page.location_id
       left join staff st on st.id = page.staff_id
       left join staff ap on ap.id = page.approved_by
      order by page.business_date desc, page.returned_at desc, page.id desc",
    ([uuid], date, date, date, timestamptz, uuid, bigint, text) -> (
        uuid, uuid, text, date, text, uuid, date, text, timestamptz, text, text, text, text, integer, bigint, [text],
        bigint, boolean
    )
);

/// The returns of one sale, with the parameters of [`crate::sale::db`].
pub(crate) const OF_SALE: Sql = sql!(
    "select r.id, r.location_id, l.name, r.business_date, r.receipt_number, r.sale_id, r.sale_date, r.sale_number,
            r.returned_at, coalesce(st.name, ''), ap.name, r.reason, r.note, r.lines, r.total_minor,
            (select coalesce(array_agg(kind order by first), '{}')
               from (select t.kind, min(t.line) as first from refund_tender t
                      where t.location_id = r.location_id and t.business_date = r.business_date
                        and t.return_id = r.id group by t.kind) kinds),
            (select coalesce(sum(x.excess), 0)::bigint from sale_line_returned x
              where x.location_id = r.location_id and x.sale_id = r.sale_id),
            r.salvaged
       from sale_return r
       join location l on l.id = r.location_id
       left join staff st on st.id = r.staff_id
       left join staff ap on ap.id = r.approved_by
      where r.location_id = any ($1) and r.sale_date = $2 and r.sale_id = $3
      order by r.returned_at, r.id",
    ([uuid], date, uuid) -> (
        uuid, uuid, text, date, text, uuid, date, text, timestamptz, text, text, text, text, integer, bigint, [text],
        bigint, boolean
    )
);

/// What came back of each line of a sale, with the parameters of [`crate::sale::db`].
pub(crate) const LINES_OF_SALE: Sql = sql!(
    "select x.line, x.returned + x.excess from sale_line_returned x
      where x.location_id = any ($1) and $2::date is not null and x.sale_id = $3 order by x.line",
    ([uuid], date, uuid) -> (integer, bigint)
);

/// Returns, newest first.
pub(super) async fn list(
    tx: &Tx,
    allowed: &Allowed<SaleRead>,
    asked: &Asked<'_>,
) -> Result<Vec<SaleReturn>> {
    let (first, last) = asked.dates();
    let Position(date, at, id) = asked.after.unwrap_or_else(Position::newest);
    let number: String = asked
        .number
        .chars()
        .filter(|letter| !matches!(letter, '%' | '_' | '\\'))
        .collect();
    let rows = tx
        .rows(
            LIST,
            &[
                &allowed.locations(),
                &first,
                &last,
                &date,
                &at,
                &id,
                &asked.limit,
                &number,
            ],
        )
        .await?;
    Ok(rows.iter().map(of_row).collect())
}

/// A return in the columns of [`LIST`].
pub(crate) fn of_row(row: &Row) -> SaleReturn {
    SaleReturn {
        id: row.get(0),
        location_id: row.get(1),
        location_name: row.get(2),
        business_date: row.get(3),
        receipt_number: row.get(4),
        sale_id: row.get(5),
        sale_date: row.get(6),
        sale_number: row.get(7),
        returned_at: row.get(8),
        staff: row.get(9),
        approved_by: row.get(10),
        reason: row.get(11),
        note: row.get(12),
        lines: row.get(13),
        total_minor: row.get(14),
        tender_kinds: row.get(15),
        excess: row.get(16),
        salvaged: row.get(17),
    }
}
