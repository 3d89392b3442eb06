//! SQL of approvals.
use jiff::Timestamp;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Approval, Request};
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// Whether somebody else who can sign in at the office may approve something there; none: in the whole chain.
pub(super) async fn has_second(tx: &Tx, asker: Uuid, location: Option<Uuid>) -> Result<bool> {
    const SECOND: Sql = sql!(
        "select exists (
           select from staff_grant g
             join staff s on s.id = g.staff_id and s.active and s.email is not null
             join role_permission rp on rp.role_id = g.role_id and rp.permission = 'approval.decide'
             left join location l on l.id = $2
            where g.staff_id <> $1 and g.valid_from <= moment() and (g.valid_until is null or g.valid_until > moment())
              and (g.location_id is null and g.region_id is null or g.location_id = l.id or g.region_id = l.region_id))",
        (uuid, uuid) -> (boolean)
    );
    let row = tx.row(SECOND, &[&asker, &location]).await?;
    Ok(row.is_some_and(|row| row.get(0)))
}

/// The same request by the same person, which waits already.
pub(super) async fn same(
    tx: &Tx,
    request: &Request,
    by: Uuid,
    now: Timestamp,
) -> Result<Option<Uuid>> {
    const SAME: Sql = sql!(
        "select id from approval
          where action = $1 and subject = $2 and requested_by = $3 and payload = $4 and outcome is null and expires_at > $5",
        (text, text, uuid, jsonb, timestamptz) -> (uuid)
    );
    let row = tx
        .row(
            SAME,
            &[
                &request.action.code(),
                &request.subject,
                &by,
                &request.payload,
                &now,
            ],
        )
        .await?;
    Ok(row.map(|row| row.get(0)))
}

/// What the same person asked for before and nobody decided about makes room.
pub(super) async fn replace_own(
    tx: &Tx,
    request: &Request,
    by: Uuid,
    now: Timestamp,
) -> Result<()> {
    const CLOSE: Sql = sql!(
        "update approval set outcome = 'withdrawn', decided_by = requested_by, decided_at = $4
          where action = $1 and subject = $2 and requested_by = $3 and outcome is null and expires_at > $4",
        (text, text, uuid, timestamptz) -> ()
    );
    Ok(tx
        .run(
            CLOSE,
            &[&request.action.code(), &request.subject, &by, &now],
        )
        .await?)
}

pub(super) async fn insert(
    tx: &Tx,
    id: Uuid,
    request: &Request,
    by: Uuid,
    now: Timestamp,
    expires: Timestamp,
) -> Result<()> {
    const INSERT: Sql = sql!(
        "insert into approval (id, action, subject, payload, location_id, requested_by, requested_at, reason, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        (uuid, text, text, jsonb, uuid, uuid, timestamptz, text, timestamptz) -> ()
    );
    let reason = request.reason.trim().replace('\0', "\u{fffd}");
    Ok(tx
        .run(
            INSERT,
            &[
                &id,
                &request.action.code(),
                &request.subject,
                &request.payload,
                &request.location,
                &by,
                &now,
                &reason,
                &expires,
            ],
        )
        .await?)
}

pub(super) async fn decide(
    tx: &Tx,
    id: Uuid,
    by: Uuid,
    now: Timestamp,
    outcome: &str,
    comment: &str,
) -> Result<()> {
    const DECIDE: Sql = sql!(
        "update approval set decided_by = $2, decided_at = $3, outcome = $4, comment = nullif($5, '')
          where id = $1 and outcome is null",
        (uuid, uuid, timestamptz, text, text) -> ()
    );
    let comment = comment.trim().replace('\0', "\u{fffd}");
    Ok(tx
        .run(DECIDE, &[&id, &by, &now, &outcome, &comment])
        .await?)
}

/// What has lapsed.
pub(super) struct Lapsed {
    pub(super) id: Uuid,
    pub(super) action: String,
    pub(super) subject: String,
    pub(super) location: Option<Uuid>,
    pub(super) requested_by: Uuid,
}

/// Closes what nobody has decided about in time, at most so much at once; `of`: only of that person.
pub(super) async fn lapse(
    tx: &Tx,
    now: Timestamp,
    of: Option<Uuid>,
    most: i64,
) -> Result<Vec<Lapsed>> {
    const LAPSE: Sql = sql!(
        "update approval set outcome = 'expired', decided_at = $1
          where id in (select id from approval
                        where outcome is null and expires_at <= $1 and ($2::uuid is null or requested_by = $2)
                        order by expires_at limit $3 for update skip locked)
         returning id, action, subject, location_id, requested_by",
        (timestamptz, uuid, bigint) -> (uuid, text, text, uuid, uuid)
    );
    let rows = tx.rows(LAPSE, &[&now, &of, &most]).await?;
    let lapsed = rows.iter().map(|row| Lapsed {
        id: row.get(0),
        action: row.get(1),
        subject: row.get(2),
        location: row.get(3),
        requested_by: row.get(4),
    });
    Ok(lapsed.collect())
}

/// Tells open pages of those who may decide there.
pub(super) async fn tell(tx: &Tx, id: Uuid, location: Option<Uuid>) -> Result<()> {
    const TELL: Sql = sql!(
        "insert into live_event (location_id, permission, payload, at)
         select coalesce(location_id, everywhere()), 'approval.decide', jsonb_build_object(
                  'type', 'approval', 'id', id, 'action', action, 'location_id', location_id,
                  'state', coalesce(outcome, 'open'))::text, moment()
           from approval where id = $1 and location_id is not distinct from $2",
        (uuid, uuid) -> ()
    );
    Ok(tx.run(TELL, &[&id, &location]).await?)
}

/// Which approvals a list has.
pub(super) struct Wanted<'a> {
    /// Whose eyes: what they asked for, and what they may decide about.
    pub(super) viewer: Uuid,
    /// They may decide about everything.
    pub(super) everywhere: bool,
    /// They may decide there.
    pub(super) locations: &'a [Uuid],
    /// Only those in this state.
    pub(super) state: Option<&'static str>,
    pub(super) now: Timestamp,
    /// Before this one, newest first.
    pub(super) before: Option<(Timestamp, Uuid)>,
    pub(super) limit: i64,
}

pub(super) async fn list(tx: &Tx, wanted: &Wanted<'_>) -> Result<Vec<Approval>> {
    const LIST: Sql = sql!(
        "select a.id, a.action, a.subject, a.payload, a.location_id, l.name, a.requested_by, asker.name, a.requested_at,
                a.reason, a.expires_at, a.decided_by, decider.name, a.decided_at,
                coalesce(a.outcome, case when a.expires_at <= $5 then 'expired' else 'open' end), a.comment,
                a.requested_by <> $1 and ($2 or a.location_id = any ($3))
           from approval a
           join staff asker on asker.id = a.requested_by
           left join staff decider on decider.id = a.decided_by
           left join location l on l.id = a.location_id
          where (a.requested_by = $1 or $2 or a.location_id = any ($3))
            and ($4::text is null
              or coalesce(a.outcome, case when a.expires_at <= $5 then 'expired' else 'open' end) = $4)
            and ($6::timestamptz is null or (a.requested_at, a.id) < ($6, $7))
          order by a.requested_at desc, a.id desc limit $8",
        (uuid, boolean, [uuid], text, timestamptz, timestamptz, uuid, bigint)
          -> (uuid, text, text, jsonb, uuid, text, uuid, text, timestamptz, text, timestamptz, uuid, text, timestamptz,
              text, text, boolean)
    );
    let (at, id) = wanted.before.unzip();
    let rows = tx
        .rows(
            LIST,
            &[
                &wanted.viewer,
                &wanted.everywhere,
                &wanted.locations,
                &wanted.state,
                &wanted.now,
                &at,
                &id,
                &wanted.limit,
            ],
        )
        .await?;
    Ok(rows.iter().map(approval).collect())
}

/// One, locked, with whether `viewer` may decide about it by what the database says now.
pub(super) async fn get(
    tx: &Tx,
    id: Uuid,
    viewer: Uuid,
    now: Timestamp,
) -> Result<Option<Approval>> {
    const GET: Sql = sql!(
        "select a.id, a.action, a.subject, a.payload, a.location_id, l.name, a.requested_by, asker.name, a.requested_at,
                a.reason, a.expires_at, a.decided_by, decider.name, a.decided_at,
                coalesce(a.outcome, case when a.expires_at <= $3 then 'expired' else 'open' end), a.comment,
                a.requested_by <> $2 and exists (
                  select from staff_grant g
                    join role_permission rp on rp.role_id = g.role_id and rp.permission = 'approval.decide'
                   where g.staff_id = $2 and g.valid_from <= moment()
                     and (g.valid_until is null or g.valid_until > moment())
                     and (g.location_id is null and g.region_id is null or g.location_id = l.id
                       or g.region_id = l.region_id))
           from approval a
           join staff asker on asker.id = a.requested_by
           left join staff decider on decider.id = a.decided_by
           left join location l on l.id = a.location_id
          where a.id = $1 for update of a",
        (uuid, uuid, timestamptz)
          -> (uuid, text, text, jsonb, uuid, text, uuid, text, timestamptz, text, timestamptz, uuid, text, timestamptz,
              text, text, boolean)
    );
    let row = tx.row(GET, &[&id, &viewer, &now]).await?;
    Ok(row.as_ref().map(approval))
}

fn approval(row: &Row) -> Approval {
    Approval {
        id: row.get(0),
        action: row.get(1),
        subject: row.get(2),
        payload: row.get(3),
        location_id: row.get(4),
        location_name: row.get(5),
        requested_by: row.get(6),
        requested_by_name: row.get(7),
        requested_at: row.get(8),
        reason: row.get(9),
        expires_at: row.get(10),
        decided_by: row.get(11),
        decided_by_name: row.get(12),
        decided_at: row.get(13),
        state: row.get(14),
        comment: row.get(15),
        may_decide: row.get(16),
    }
}
