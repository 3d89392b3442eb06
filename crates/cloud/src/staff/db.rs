//! SQL of staff, roles and grants.
use httpkit::problem::Problem;
use jiff::Timestamp;
use uuid::Uuid;

use super::{NewGrant, NewRole, NewStaff};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

pub(crate) async fn put_role(tx: &Tx, role: &NewRole) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into role (id, code, name) values ($1, $2, $3)
         on conflict (id) do update set code = excluded.code, name = excluded.name",
        (uuid, text, text) -> ()
    );
    const TAKE: Sql = sql!(
        "delete from role_permission where role_id = $1 and permission <> all ($2)",
        (uuid, [text]) -> ()
    );
    const GIVE: Sql = sql!(
        "insert into role_permission (role_id, permission) select $1, unnest($2) on conflict do nothing",
        (uuid, [text]) -> ()
    );
    let codes: Vec<&str> = role.permissions.iter().map(|one| one.code()).collect();
    tx.all(&[
        call(PUT, &[&role.id, &role.code, &role.name]),
        call(TAKE, &[&role.id, &codes]),
        call(GIVE, &[&role.id, &codes]),
    ])
    .await?;
    Ok(())
}

/// Whether a person has a password and a PIN.
pub(crate) async fn has_secrets(tx: &Tx, staff: Uuid) -> Result<(bool, bool)> {
    const HAS: Sql = sql!(
        "select password_hash is not null, pin_hash is not null from staff_credential where staff_id = $1",
        (uuid) -> (boolean, boolean)
    );
    let row = tx.row(HAS, &[&staff]).await?;
    Ok(row.map_or((false, false), |row| (row.get(0), row.get(1))))
}

/// Name and e-mail of a person.
pub(crate) async fn named(tx: &Tx, staff: Uuid) -> Result<Option<(String, String)>> {
    const NAMED: Sql =
        sql!("select name, coalesce(email, '') from staff where id = $1", (uuid) -> (text, text));
    let row = tx.row(NAMED, &[&staff]).await?;
    Ok(row.map(|row| (row.get(0), row.get(1))))
}

pub(crate) async fn put(tx: &Tx, staff: &NewStaff) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into staff (id, name, email, created_at) values ($1, $2, lower($3), $4)
         on conflict (id) do update set name = excluded.name, email = excluded.email",
        (uuid, text, text, timestamptz) -> ()
    );
    Ok(tx
        .run(PUT, &[&staff.id, &staff.name, &staff.email, &tx.now()])
        .await?)
}

/// Sets what is given and leaves the rest.
pub(crate) async fn put_secrets(
    tx: &Tx,
    staff: Uuid,
    password: Option<&str>,
    pin: Option<&str>,
) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into staff_credential as kept (staff_id, password_hash, pin_hash, changed_at) values ($1, $2, $3, $4)
         on conflict (staff_id) do update
           set password_hash = coalesce(excluded.password_hash, kept.password_hash),
               pin_hash = coalesce(excluded.pin_hash, kept.pin_hash), changed_at = excluded.changed_at
         where excluded.password_hash is not null or excluded.pin_hash is not null",
        (uuid, text, text, timestamptz) -> ()
    );
    Ok(tx.run(PUT, &[&staff, &password, &pin, &tx.now()]).await?)
}

pub(crate) async fn replace_grants(
    tx: &Tx,
    staff: Uuid,
    ids: &[Uuid],
    grants: &[NewGrant],
) -> Result<()> {
    const TAKE: Sql = sql!("delete from staff_grant where staff_id = $1", (uuid) -> ());
    const GIVE: Sql = sql!(
        "insert into staff_grant (id, staff_id, role_id, location_id, valid_from, valid_until)
         select given.id, $1, role.id, given.location_id, coalesce(given.valid_from, '-infinity'), given.valid_until
           from unnest($2, $3, $4, $5, $6) as given (id, role, location_id, valid_from, valid_until)
           join role on role.code = given.role
         returning id",
        (uuid, [uuid], [text], [uuid], [timestamptz], [timestamptz]) -> (uuid)
    );
    let roles: Vec<&str> = grants.iter().map(|one| one.role.as_str()).collect();
    let locations: Vec<Option<Uuid>> = grants.iter().map(|one| one.location).collect();
    let from: Vec<Option<Timestamp>> = grants.iter().map(|one| one.valid_from).collect();
    let until: Vec<Option<Timestamp>> = grants.iter().map(|one| one.valid_until).collect();
    let answers = tx
        .all(&[
            call(TAKE, &[&staff]),
            call(GIVE, &[&staff, &ids, &roles, &locations, &from, &until]),
        ])
        .await?;
    if answers[1].len() < grants.len() {
        return Err(
            Problem::invalid("role.unknown", "grants", "One of these roles is not known").into(),
        );
    }
    Ok(())
}

pub(crate) async fn end_sessions(tx: &Tx, staff: Uuid) -> Result<()> {
    const END: Sql = sql!("delete from session where staff_id = $1", (uuid) -> ());
    Ok(tx.run(END, &[&staff]).await?)
}
