//! SQL of roles.
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Gift, NewRole, Role, RolePermission};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// Every role, by code; or one.
async fn read(tx: &Tx, id: Option<Uuid>) -> Result<Vec<Role>> {
    const READ: Sql = sql!(
        "select r.id, r.code, r.name, r.description, rp.permissions, rp.bps, rp.minor, offline_days(r.id)::bigint,
                (select count(distinct g.staff_id) from staff_grant g join staff s on s.id = g.staff_id
                  where g.role_id = r.id and s.active and g.valid_from <= moment()
                    and (g.valid_until is null or g.valid_until > moment())), r.changed_at, r.second_factor
           from role r
          cross join lateral (
            select coalesce(array_agg(permission order by permission), '{}') as permissions,
                   coalesce(array_agg(max_bps::bigint order by permission), '{}') as bps,
                   coalesce(array_agg(max_minor order by permission), '{}') as minor
              from role_permission where role_id = r.id) rp
          where $1::uuid is null or r.id = $1
          order by r.code",
        (uuid) -> (uuid, text, text, text, [text], [bigint], [bigint], bigint, bigint, timestamptz, boolean)
    );
    Ok(tx.rows(READ, &[&id]).await?.iter().map(role).collect())
}

pub(crate) async fn list(tx: &Tx) -> Result<Vec<Role>> {
    read(tx, None).await
}

pub(crate) async fn get(tx: &Tx, id: Uuid) -> Result<Option<Role>> {
    Ok(read(tx, Some(id)).await?.pop())
}

fn role(row: &Row) -> Role {
    let codes: Vec<String> = row.get(4);
    let bps: Vec<Option<i64>> = row.get(5);
    let minor: Vec<Option<i64>> = row.get(6);
    let permissions = codes.into_iter().zip(bps).zip(minor);
    Role {
        id: row.get(0),
        code: row.get(1),
        name: row.get(2),
        description: row.get(3),
        permissions: permissions
            .map(|((code, max_bps), max_minor)| RolePermission {
                code,
                max_bps,
                max_minor,
            })
            .collect(),
        offline_days: row.get(7),
        people: row.get(8),
        changed_at: row.get(9),
        second_factor: row.get(10),
    }
}

/// Writes the role, takes away what it no longer may, and gives the rest.
pub(super) async fn put(tx: &Tx, id: Uuid, role: &NewRole, gift: &Gift) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into role as kept (id, code, name, description, changed_at, second_factor)
         values ($1, $2, $3, $4, $5, coalesce($6, false))
         on conflict (id) do update set code = excluded.code, name = excluded.name,
           description = excluded.description, changed_at = excluded.changed_at,
           second_factor = coalesce($6, kept.second_factor)",
        (uuid, text, text, text, timestamptz, boolean) -> ()
    );
    const TAKE: Sql = sql!(
        "delete from role_permission where role_id = $1 and permission <> all ($2)",
        (uuid, [text]) -> ()
    );
    const GIVE: Sql = sql!(
        "insert into role_permission as kept (role_id, permission, max_bps, max_minor)
         select $1, given.permission, given.max_bps::integer, given.max_minor
           from unnest($2, $3, $4) as given (permission, max_bps, max_minor)
         on conflict (role_id, permission) do update set max_bps = excluded.max_bps, max_minor = excluded.max_minor
          where (kept.max_bps, kept.max_minor) is distinct from (excluded.max_bps, excluded.max_minor)",
        (uuid, [text], [bigint], [bigint]) -> ()
    );
    let codes: Vec<&str> = gift.keys().map(|one| one.code()).collect();
    let bps: Vec<Option<i64>> = gift.values().map(|limit| limit.max_bps).collect();
    let minor: Vec<Option<i64>> = gift.values().map(|limit| limit.max_minor).collect();
    let (name, description) = (role.name.trim(), role.description.trim());
    tx.all(&[
        call(
            PUT,
            &[
                &id,
                &role.code,
                &name,
                &description,
                &tx.now(),
                &role.second_factor,
            ],
        ),
        call(TAKE, &[&id, &codes]),
        call(GIVE, &[&id, &codes, &bps, &minor]),
    ])
    .await?;
    Ok(())
}

/// Says for how long shops believe a role.
pub(super) async fn put_offline_days(tx: &Tx, id: Uuid, days: Option<i64>) -> Result<()> {
    const PUT: Sql = sql!(
        "update setting set value = jsonb_set(value, array['roles', $1], $2), changed_at = moment(), changed_by = actor()
          where code = 'role.offline_days' and (value -> 'roles' -> $1) is distinct from $2",
        (text, jsonb) -> ()
    );
    let days = days.map_or(Value::Null, Value::from);
    Ok(tx.run(PUT, &[&id.to_string(), &days]).await?)
}
