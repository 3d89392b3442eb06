//! SQL of drawers and Z reports.
use jiff::{Timestamp, civil::Date};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Movement, OfShift, Summary};
use crate::db::{Sql, Tx, sql};
use crate::error::Result;
use crate::sale::Position;
use crate::session::{Allowed, CashRead};

/// What is listed.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) from: Date,
    pub(super) to: Date,
    pub(super) after: Position,
    pub(super) limit: i64,
}

/// Drawers of a page of shifts. What passed through each is summed up from the rows of its day.
const DRAWERS: Sql = sql!(
    "with page as materialized (
       select s.* from shift s
        where s.location_id = any ($1) and s.business_date between $2 and $3
          and (s.business_date, coalesce(s.opened_at, s.closed_at, '-infinity'), s.id) < ($4, $5, $6)
        order by s.business_date desc, coalesce(s.opened_at, s.closed_at, '-infinity') desc, s.id desc limit $7),
     day as materialized (select distinct location_id, business_date from page),
     sold as materialized (
       select a.location_id, a.shift_id, count(*) as sales, sum(a.change_minor)::bigint as change_minor
         from day d join sale a on a.location_id = d.location_id and a.business_date = d.business_date
        group by a.location_id, a.shift_id),
     paid as materialized (
       select a.location_id, a.shift_id, sum(t.amount_minor)::bigint as cash_minor
         from day d join sale a on a.location_id = d.location_id and a.business_date = d.business_date
         join tender t on t.location_id = a.location_id and t.business_date = a.business_date and t.sale_id = a.id
        where t.kind = 'cash' group by a.location_id, a.shift_id),
     bought as materialized (
       select b.location_id, b.shift_id, sum(b.total_minor)::bigint as paid_minor
         from day d join purchase b on b.location_id = d.location_id and b.business_date = d.business_date
        where b.payment_kind = 'cash' group by b.location_id, b.shift_id)
     select p.location_id, l.name, p.business_date, p.id, coalesce(r.name, ''), o.name, p.opened_at, c.name, p.closed_at,
            a.name, coalesce(sold.sales, 0), coalesce(p.float_minor, 0),
            coalesce(paid.cash_minor, 0) - coalesce(sold.change_minor, 0) - coalesce(refunded.minor, 0), coalesce(bought.paid_minor, 0),
            coalesce(m.paid_in, 0), coalesce(m.paid_out, 0), coalesce(m.dropped, 0), p.expected_minor, p.counted_minor,
            p.difference_reason, z.number, coalesce(back.minor, 0)
       from page p
       join location l on l.id = p.location_id
       left join register r on r.id = p.register_id
       left join staff o on o.id = p.opened_by
       left join staff c on c.id = p.closed_by
       left join staff a on a.id = p.approved_by
       left join sold on sold.location_id = p.location_id and sold.shift_id = p.id
       left join paid on paid.location_id = p.location_id and paid.shift_id = p.id
       left join bought on bought.location_id = p.location_id and bought.shift_id = p.id
       left join z_report z on z.location_id = p.location_id and z.shift_id = p.id
       left join lateral (
         select (sum(amount_minor) filter (where kind = 'paid_in'))::bigint as paid_in,
                (sum(amount_minor) filter (where kind = 'paid_out'))::bigint as paid_out,
                (sum(amount_minor) filter (where kind = 'drop'))::bigint as dropped
           from cash_movement where location_id = p.location_id and shift_id = p.id) m on true
       left join lateral (
         select sum(total_minor)::bigint as minor from purchase_reversal r
          where r.location_id = p.location_id and r.business_date = p.business_date and r.shift_id = p.id
            and r.payment_kind = 'cash') back on true
       left join lateral (
         select sum(t.amount_minor)::bigint as minor from sale_return r
           join refund_tender t on t.location_id = r.location_id and t.business_date = r.business_date and t.return_id = r.id
          where r.location_id = p.location_id and r.business_date = p.business_date and r.shift_id = p.id
            and t.kind = 'cash') refunded on true
      order by p.business_date desc, coalesce(p.opened_at, p.closed_at, '-infinity') desc, p.id desc",
    ([uuid], date, date, date, timestamptz, uuid, bigint) -> (
        uuid, text, date, uuid, text, text, timestamptz, text, timestamptz, text, bigint, bigint, bigint, bigint, bigint,
        bigint, bigint, bigint, bigint, text, bigint, bigint
    )
);

/// Drawers of shifts, the newest first.
pub(super) async fn drawers(
    tx: &Tx,
    allowed: &Allowed<CashRead>,
    asked: &Asked,
) -> Result<Vec<OfShift>> {
    let Position(date, at, id) = asked.after;
    let rows = tx
        .rows(
            DRAWERS,
            &[
                &allowed.locations(),
                &asked.from,
                &asked.to,
                &date,
                &at,
                &id,
                &asked.limit,
            ],
        )
        .await?;
    Ok(rows.iter().map(of_shift).collect())
}

fn of_shift(row: &Row) -> OfShift {
    let closed_at: Option<Timestamp> = row.get(8);
    let (expected, counted): (Option<i64>, Option<i64>) = (row.get(17), row.get(18));
    let mut drawer = OfShift {
        location_id: row.get(0),
        location_name: row.get(1),
        business_date: row.get(2),
        shift_id: row.get(3),
        register: row.get(4),
        opened_by: row.get(5),
        opened_at: row.get(6),
        closed_by: row.get(7),
        closed_at,
        approved_by: row.get(9),
        sales: row.get(10),
        float_minor: row.get(11),
        cash_minor: row.get(12),
        purchases_paid_minor: row.get(13),
        paid_in_minor: row.get(14),
        paid_out_minor: row.get(15),
        dropped_minor: row.get(16),
        expected_minor: 0,
        counted_minor: counted,
        difference_minor: counted
            .zip(expected)
            .map(|(counted, expected)| counted.saturating_sub(expected)),
        difference_reason: row.get(19),
        agrees: None,
        z_number: row.get(20),
        purchases_back_minor: row.get(21),
    };
    let by_rows = drawer.by_rows().minor();
    drawer.agrees = expected.map(|expected| expected == by_rows);
    drawer.expected_minor = expected.unwrap_or(by_rows);
    drawer
}

/// What went in and out of a drawer, the oldest first.
pub(super) async fn movements(
    tx: &Tx,
    allowed: &Allowed<CashRead>,
    shift: Uuid,
) -> Result<Vec<Movement>> {
    const MOVEMENTS: Sql = sql!(
        "select m.id, m.kind, m.amount_minor, m.reason, m.note, s.name, a.name, m.moved_at
           from cash_movement m
           left join staff s on s.id = m.staff_id
           left join staff a on a.id = m.approved_by
          where m.location_id = any ($1) and m.shift_id = $2 order by m.moved_at, m.id",
        ([uuid], uuid) -> (uuid, text, bigint, text, text, text, text, timestamptz)
    );
    let rows = tx.rows(MOVEMENTS, &[&allowed.locations(), &shift]).await?;
    Ok(rows
        .iter()
        .map(|row| Movement {
            id: row.get(0),
            kind: row.get(1),
            amount_minor: row.get(2),
            reason: row.get(3),
            note: row.get(4),
            staff: row.get(5),
            approved_by: row.get(6),
            moved_at: row.get(7),
        })
        .collect())
}

const Z_REPORTS: Sql = sql!(
    "select z.id, z.location_id, l.name, z.business_date, z.shift_id, coalesce(r.name, ''), z.epoch, z.number,
            z.number > 1 and not exists (
              select from z_report b
               where b.location_id = z.location_id and b.register_id = z.register_id and b.epoch = z.epoch
                 and b.number = z.number - 1)
            and exists (
              select from z_report b
               where b.location_id = z.location_id and b.register_id = z.register_id and b.epoch = z.epoch
                 and b.number < z.number),
            z.closed_at, z.sales, z.total_minor, z.difference_minor, z.grand_total_minor
       from z_report z
       join location l on l.id = z.location_id
       left join register r on r.id = z.register_id
      where z.location_id = any ($1) and z.business_date between $2 and $3
        and (z.business_date, z.closed_at, z.id) < ($4, $5, $6)
      order by z.business_date desc, z.closed_at desc, z.id desc limit $7",
    ([uuid], date, date, date, timestamptz, uuid, bigint) -> (
        uuid, uuid, text, date, uuid, text, bigint, bigint, boolean, timestamptz, bigint, bigint, bigint, bigint
    )
);

/// Z reports, the newest first.
pub(super) async fn z_reports(
    tx: &Tx,
    allowed: &Allowed<CashRead>,
    asked: &Asked,
) -> Result<Vec<Summary>> {
    let Position(date, at, id) = asked.after;
    let rows = tx
        .rows(
            Z_REPORTS,
            &[
                &allowed.locations(),
                &asked.from,
                &asked.to,
                &date,
                &at,
                &id,
                &asked.limit,
            ],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| Summary {
            id: row.get(0),
            location_id: row.get(1),
            location_name: row.get(2),
            business_date: row.get(3),
            shift_id: row.get(4),
            register: row.get(5),
            epoch: row.get(6),
            number: row.get(7),
            follows_gap: row.get(8),
            closed_at: row.get(9),
            sales: row.get(10),
            total_minor: row.get(11),
            difference_minor: row.get(12),
            grand_total_minor: row.get(13),
        })
        .collect())
}

/// The Z report of a shift: the branch's name, the business date, and the document as its till made it.
pub(super) async fn z_of(
    tx: &Tx,
    allowed: &Allowed<CashRead>,
    shift: Uuid,
) -> Result<Option<(Uuid, String, Date, String)>> {
    const Z_OF: Sql = sql!(
        "select z.location_id, l.name, z.business_date, z.content from z_report z join location l on l.id = z.location_id
          where z.location_id = any ($1) and z.shift_id = $2",
        ([uuid], uuid) -> (uuid, text, date, text)
    );
    let row = tx.row(Z_OF, &[&allowed.locations(), &shift]).await?;
    Ok(row.map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))))
}
