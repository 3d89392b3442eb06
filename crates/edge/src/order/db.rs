//! Rows of picks.
use retail::quantity::Unit;
use uuid::Uuid;
use wire::{
    body::{OpenPick, PickReceived},
    command::PickLine,
};

use super::{Line, Order, Pick, State};
use crate::db::{self, DbError, Snapshot, Sql, Tx, sql, uuid_key};

/// A reservation.
pub(crate) fn pick(at: &Snapshot<'_>, reservation: Uuid) -> Result<Option<Pick>, DbError> {
    const PICK: Sql = sql!(
        "select reservation, online_order, variant, quantity, picked, state from pick where reservation = ?1"
    );
    at.one(PICK, [uuid_key(reservation)], read)
}

/// The reservations of an order.
pub(super) fn picks(at: &Snapshot<'_>, order: Uuid) -> Result<Vec<Pick>, DbError> {
    const PICKS: Sql = sql!(
        "select reservation, online_order, variant, quantity, picked, state
           from pick where online_order = ?1 order by line, reservation"
    );
    at.all(PICKS, [uuid_key(order)], read)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Pick> {
    Ok(Pick {
        reservation: db::uuid(row, 0)?,
        order: db::uuid(row, 1)?,
        variant: db::id(row, 2)?,
        quantity: db::quantity(row, 3)?,
        picked: db::quantity(row, 4)?,
        state: db::coded(row, 5, State::by_code)?,
    })
}

/// Adds a reservation, unless this node has had it.
pub(super) fn insert(
    tx: &Tx<'_>,
    seq: i64,
    received: &PickReceived,
    position: i64,
    line: &PickLine,
) -> Result<(), DbError> {
    const INSERT: Sql = sql!(
        "insert into pick (reservation, online_order, order_number, customer, line, variant, quantity, state,
                           received_at, changed_at, changed_seq)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'open', ?8, ?8, ?9)
             on conflict (reservation) do nothing"
    );
    tx.execute(
        INSERT,
        (
            uuid_key(line.reservation),
            uuid_key(received.order),
            &received.order_number,
            &received.customer,
            position,
            uuid_key(line.variant),
            line.quantity,
            tx.now.as_millisecond(),
            seq,
        ),
    )
    .map(drop)
}

/// Takes a reservation to its next state.
pub(super) fn change(
    tx: &Tx<'_>,
    seq: i64,
    reservation: Uuid,
    state: State,
    picked: i64,
) -> Result<(), DbError> {
    const CHANGE: Sql = sql!(
        "update pick set state = ?2, picked = ?3, changed_at = ?4, changed_seq = ?5 where reservation = ?1"
    );
    tx.execute(
        CHANGE,
        (
            uuid_key(reservation),
            state.code(),
            picked,
            tx.now.as_millisecond(),
            seq,
        ),
    )
    .map(drop)
}

/// Orders that are to be picked or to be handed over, the longest waiting first.
pub(super) fn waiting(at: &Snapshot<'_>) -> Result<Vec<Uuid>, DbError> {
    const WAITING: Sql = sql!(
        "select online_order from pick where state in ('open', 'picked')
          group by online_order order by min(received_at), online_order limit 500"
    );
    at.all(WAITING, [], |row| db::uuid(row, 0))
}

/// An order with its lines as people see them.
pub(super) fn order(at: &Snapshot<'_>, order: Uuid) -> Result<Option<Order>, DbError> {
    const ORDER: Sql = sql!(
        "select order_number, customer, min(received_at) from pick where online_order = ?1 having count(*) > 0"
    );
    let lines = lines(at, order)?;
    at.one(ORDER, [uuid_key(order)], |row| {
        Ok(Order {
            id: order,
            number: row.get(0)?,
            customer: row.get(1)?,
            received_at: db::instant(row, 2)?,
            lines,
        })
    })
}

fn lines(at: &Snapshot<'_>, order: Uuid) -> Result<Vec<Line>, DbError> {
    const LINES: Sql = sql!(
        "select p.reservation, p.variant, coalesce(v.sku, ''), coalesce(v.name, ''), coalesce(v.unit, 'piece'),
                (select b.code from barcode b where b.variant = p.variant limit 1), p.quantity, p.picked, p.state
           from pick p left join variant v on v.id = p.variant
          where p.online_order = ?1 order by p.line, p.reservation"
    );
    at.all(LINES, [uuid_key(order)], |row| {
        Ok(Line {
            reservation: db::uuid(row, 0)?,
            variant: db::id(row, 1)?,
            sku: row.get(2)?,
            name: row.get(3)?,
            unit: db::coded(row, 4, Unit::by_code)?,
            barcode: row.get(5)?,
            quantity: db::quantity(row, 6)?,
            picked: db::quantity(row, 7)?,
            state: db::coded(row, 8, State::by_code)?,
        })
    })
}

/// Reservations that are still to be picked.
pub(super) fn open_picks(at: &Snapshot<'_>) -> Result<Vec<OpenPick>, DbError> {
    const OPEN_PICKS: Sql = sql!(
        "select online_order, order_number, customer, reservation, variant, quantity
           from pick where state = 'open' order by received_at, online_order, line, reservation"
    );
    at.all(OPEN_PICKS, [], |row| {
        Ok(OpenPick {
            order: db::uuid(row, 0)?,
            order_number: row.get(1)?,
            customer: row.get(2)?,
            reservation: db::uuid(row, 3)?,
            variant: db::uuid(row, 4)?,
            quantity: row.get(5)?,
        })
    })
}
