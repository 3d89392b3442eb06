//! SQL of lists of sessions.
use jiff::Timestamp;
use uuid::Uuid;

use super::SessionRow;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;
use crate::session::IDLE;
use crate::staff::effective::Place;

/// A person's sessions, the last used one first.
pub(super) async fn of_staff(tx: &Tx, staff: Uuid, now: Timestamp) -> Result<Vec<SessionRow>> {
    const LIST: Sql = sql!(
        "select s.id, s.method, p.name, s.address, s.user_agent, s.mfa_at is not null, s.created_at, s.last_seen_at, s.expires_at
           from session s left join identity_provider p on p.id = s.provider_id
          where s.staff_id = $1 and s.expires_at > $2 and s.last_seen_at > $3
          order by s.last_seen_at desc, s.id",
        (uuid, timestamptz, timestamptz)
          -> (uuid, text, text, text, text, boolean, timestamptz, timestamptz, timestamptz)
    );
    let idle = now.saturating_sub(IDLE).unwrap_or(now);
    let rows = tx.rows(LIST, &[&staff, &now, &idle]).await?;
    Ok(rows
        .iter()
        .map(|row| SessionRow {
            id: row.get(0),
            current: false,
            method: row.get(1),
            provider: row.get(2),
            address: row.get(3),
            user_agent: row.get(4),
            second_factor: row.get(5),
            created_at: row.get(6),
            last_seen_at: row.get(7),
            expires_at: row.get(8),
        })
        .collect())
}

/// Ends one session of a person. False when they have none such.
pub(super) async fn end(tx: &Tx, staff: Uuid, session: Uuid) -> Result<bool> {
    const END: Sql = sql!(
        "delete from session where staff_id = $1 and id = $2 returning id",
        (uuid, uuid) -> (uuid)
    );
    Ok(tx.row(END, &[&staff, &session]).await?.is_some())
}

/// Ends all sessions of a person but one; how many.
pub(crate) async fn end_others(tx: &Tx, staff: Uuid, but: Uuid) -> Result<usize> {
    const END: Sql = sql!(
        "delete from session where staff_id = $1 and id <> $2 returning id",
        (uuid, uuid) -> (uuid)
    );
    Ok(tx.rows(END, &[&staff, &but]).await?.len())
}

/// Notes that a second factor was given in a session.
pub(crate) async fn confirm(tx: &Tx, session: Uuid, now: Timestamp) -> Result<()> {
    const CONFIRM: Sql =
        sql!("update session set mfa_at = $2 where id = $1", (uuid, timestamptz) -> ());
    Ok(tx.run(CONFIRM, &[&session, &now]).await?)
}

/// Where a person works now, or will.
pub(super) async fn places_now(tx: &Tx, staff: Uuid) -> Result<Vec<Place>> {
    const PLACES: Sql = sql!(
        "select distinct location_id, region_id from staff_grant
          where staff_id = $1 and (valid_until is null or valid_until > moment())",
        (uuid) -> (uuid, uuid)
    );
    let rows = tx.rows(PLACES, &[&staff]).await?;
    Ok(rows
        .iter()
        .map(|row| Place::of(row.get(0), row.get(1)))
        .collect())
}

/// Whether there is such a person.
pub(crate) async fn is_staff(tx: &Tx, staff: Uuid) -> Result<bool> {
    const IS: Sql = sql!("select 1 from staff where id = $1", (uuid) -> (integer));
    Ok(tx.row(IS, &[&staff]).await?.is_some())
}
