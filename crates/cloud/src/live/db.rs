//! SQL of live messages.
use jiff::Timestamp;
use uuid::Uuid;

use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// A message with its place in the order.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) place: i64,
    pub(crate) location: Uuid,
    pub(crate) permission: String,
    pub(crate) payload: String,
}

const PLACE: Sql = sql!("select place_live_events($1)", (integer) -> (integer));
const AFTER: Sql = sql!(
    "select place, location_id, permission, payload from live_event where place > $1 order by place limit $2",
    (bigint, bigint) -> (bigint, uuid, text, text)
);
/// Messages placed at once; the lock is held meanwhile.
const MOST_PLACED: i32 = 2_000;

/// Gives new messages their places, and reads what comes after `place`.
pub(crate) async fn place_and_read(tx: &Tx, place: i64, most: i64) -> Result<Vec<Placed>> {
    let mut answers = tx
        .finish(&[call(PLACE, &[&MOST_PLACED]), call(AFTER, &[&place, &most])])
        .await?;
    Ok(answers
        .pop()
        .unwrap_or_default()
        .iter()
        .map(placed)
        .collect())
}

/// Gives all new messages their places; the newest place.
pub(crate) async fn place_all(tx: &Tx) -> Result<i64> {
    loop {
        let row = tx.row(PLACE, &[&MOST_PLACED]).await?;
        if row.is_none_or(|row| row.get::<_, i32>(0) < MOST_PLACED) {
            return Ok(kept(tx).await?.newest);
        }
    }
}

/// What of the messages is still there.
pub(crate) struct Kept {
    /// Everything after this place is there.
    pub(crate) from: i64,
    pub(crate) newest: i64,
}

pub(crate) async fn kept(tx: &Tx) -> Result<Kept> {
    const KEPT: Sql = sql!(
        "select coalesce((select min(place) - 1 from live_event), last), last from live_head",
        () -> (bigint, bigint)
    );
    let row = tx.row(KEPT, &[]).await?;
    Ok(row.map_or(Kept { from: 0, newest: 0 }, |row| Kept {
        from: row.get(0),
        newest: row.get(1),
    }))
}

/// When a grant of somebody begins or ends next; none: none does.
pub(crate) async fn next_grant_change(tx: &Tx, staff: Uuid) -> Result<Option<Timestamp>> {
    const NEXT: Sql = sql!(
        "select min(change.at) from staff_grant g
          cross join lateral (values (g.valid_from), (g.valid_until)) as change (at)
          where g.staff_id = $1 and change.at > $2",
        (uuid, timestamptz) -> (timestamptz)
    );
    let row = tx.row(NEXT, &[&staff, &tx.now()]).await?;
    Ok(row.and_then(|row| row.get(0)))
}

/// What comes after `place`.
pub(crate) async fn after(tx: &Tx, place: i64, most: i64) -> Result<Vec<Placed>> {
    Ok(tx
        .rows(AFTER, &[&place, &most])
        .await?
        .iter()
        .map(placed)
        .collect())
}

fn placed(row: &tokio_postgres::Row) -> Placed {
    Placed {
        place: row.get(0),
        location: row.get(1),
        permission: row.get(2),
        payload: row.get(3),
    }
}
