//! SQL of invitations.
use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{Invitation, InvitedRole};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

pub(super) async fn insert(
    tx: &Tx,
    invitation: &Invitation,
    hash: &[u8; 32],
    ids: &[Uuid],
) -> Result<()> {
    const INSERT: Sql = sql!(
        "insert into invitation (id, email, token_hash, invited_by, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)",
        (uuid, text, bytea, uuid, timestamptz, timestamptz) -> ()
    );
    const GRANTS: Sql = sql!(
        "insert into invitation_grant (id, invitation_id, role_id, location_id, region_id)
         select given.id, $1, given.role, given.location, given.region
           from unnest($2, $3, $4, $5) as given (id, role, location, region)",
        (uuid, [uuid], [uuid], [uuid], [uuid]) -> ()
    );
    let params: [&(dyn ToSql + Sync); 6] = [
        &invitation.id,
        &invitation.email,
        &hash.as_slice(),
        &invitation.invited_by,
        &invitation.created_at,
        &invitation.expires_at,
    ];
    let roles: Vec<Uuid> = invitation.grants.iter().map(|one| one.role).collect();
    let locations: Vec<Option<Uuid>> = invitation.grants.iter().map(|one| one.location).collect();
    let regions: Vec<Option<Uuid>> = invitation.grants.iter().map(|one| one.region).collect();
    tx.all(&[
        call(INSERT, &params),
        call(
            GRANTS,
            &[&invitation.id, &ids, &roles, &locations, &regions],
        ),
    ])
    .await?;
    Ok(())
}

fn invitation(row: &Row, grants: Vec<InvitedRole>) -> Invitation {
    Invitation {
        id: row.get(0),
        email: row.get(1),
        invited_by: row.get(2),
        invited_by_name: row.get(3),
        grants,
        created_at: row.get(4),
        expires_at: row.get(5),
        accepted_at: row.get(6),
        staff: row.get(7),
        revoked_at: row.get(8),
    }
}

/// Invitations, the newest first; with `by` only that person's.
pub(super) async fn list(tx: &Tx, by: Option<Uuid>) -> Result<Vec<Invitation>> {
    const LIST: Sql = sql!(
        "select i.id, i.email, i.invited_by, s.name, i.created_at, i.expires_at, i.accepted_at, i.staff_id, i.revoked_at
           from invitation i join staff s on s.id = i.invited_by
          where $1::uuid is null or i.invited_by = $1
          order by i.created_at desc, i.id limit 500",
        (uuid) -> (uuid, text, uuid, text, timestamptz, timestamptz, timestamptz, uuid, timestamptz)
    );
    const GRANTS: Sql = sql!(
        "select invitation_id, role_id, location_id, region_id from invitation_grant where invitation_id = any ($1) order by id",
        ([uuid]) -> (uuid, uuid, uuid, uuid)
    );
    let rows = tx.rows(LIST, &[&by]).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.get(0)).collect();
    let grants = tx.rows(GRANTS, &[&ids]).await?;
    let of = |id: Uuid| {
        grants
            .iter()
            .filter(move |row| row.get::<_, Uuid>(0) == id)
            .map(role)
            .collect()
    };
    Ok(rows
        .iter()
        .map(|row| invitation(row, of(row.get(0))))
        .collect())
}

fn role(row: &Row) -> InvitedRole {
    InvitedRole {
        role: row.get(1),
        location: row.get(2),
        region: row.get(3),
    }
}

async fn with_grants(tx: &Tx, row: Option<Row>) -> Result<Option<Invitation>> {
    const GRANTS: Sql = sql!(
        "select invitation_id, role_id, location_id, region_id from invitation_grant where invitation_id = $1 order by id",
        (uuid) -> (uuid, uuid, uuid, uuid)
    );
    let Some(row) = row else {
        return Ok(None);
    };
    let grants = tx.rows(GRANTS, &[&row.get::<_, Uuid>(0)]).await?;
    Ok(Some(invitation(&row, grants.iter().map(role).collect())))
}

/// The invitation of that link, whatever became of it.
pub(super) async fn by_token(tx: &Tx, hash: &[u8; 32]) -> Result<Option<Invitation>> {
    const BY_TOKEN: Sql = sql!(
        "select i.id, i.email, i.invited_by, s.name, i.created_at, i.expires_at, i.accepted_at, i.staff_id, i.revoked_at
           from invitation i join staff s on s.id = i.invited_by where i.token_hash = $1",
        (bytea) -> (uuid, text, uuid, text, timestamptz, timestamptz, timestamptz, uuid, timestamptz)
    );
    let row = tx.row(BY_TOKEN, &[&hash.as_slice()]).await?;
    with_grants(tx, row).await
}

/// The newest open invitation of an address.
pub(super) async fn by_email(tx: &Tx, email: &str, now: Timestamp) -> Result<Option<Invitation>> {
    const BY_EMAIL: Sql = sql!(
        "select i.id, i.email, i.invited_by, s.name, i.created_at, i.expires_at, i.accepted_at, i.staff_id, i.revoked_at
           from invitation i join staff s on s.id = i.invited_by
          where i.email = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > $2
          order by i.created_at desc, i.id limit 1",
        (text, timestamptz) -> (uuid, text, uuid, text, timestamptz, timestamptz, timestamptz, uuid, timestamptz)
    );
    let row = tx.row(BY_EMAIL, &[&email, &now]).await?;
    with_grants(tx, row).await
}

/// Marks an invitation as accepted. False when it is not open any more.
pub(super) async fn take(tx: &Tx, id: Uuid, staff: Uuid, now: Timestamp) -> Result<bool> {
    const TAKE: Sql = sql!(
        "update invitation set accepted_at = $3, staff_id = $2
          where id = $1 and accepted_at is null and revoked_at is null and expires_at > $3 returning id",
        (uuid, uuid, timestamptz) -> (uuid)
    );
    Ok(tx.row(TAKE, &[&id, &staff, &now]).await?.is_some())
}

/// Revokes an open invitation; with `by` only if that person has invited. False when there is none.
pub(super) async fn revoke(tx: &Tx, id: Uuid, by: Option<Uuid>, now: Timestamp) -> Result<bool> {
    const REVOKE: Sql = sql!(
        "update invitation set revoked_at = coalesce(revoked_at, $3)
          where id = $1 and ($2::uuid is null or invited_by = $2) and accepted_at is null returning id",
        (uuid, uuid, timestamptz) -> (uuid)
    );
    Ok(tx.row(REVOKE, &[&id, &by, &now]).await?.is_some())
}

/// Whether somebody of the staff has this address.
pub(super) async fn is_staff(tx: &Tx, email: &str) -> Result<bool> {
    const IS: Sql = sql!("select 1 from staff where email = $1", (text) -> (integer));
    Ok(tx.row(IS, &[&email]).await?.is_some())
}

pub(super) async fn is_active(tx: &Tx, staff: Uuid) -> Result<bool> {
    const IS: Sql = sql!("select 1 from staff where id = $1 and active", (uuid) -> (integer));
    Ok(tx.row(IS, &[&staff]).await?.is_some())
}
