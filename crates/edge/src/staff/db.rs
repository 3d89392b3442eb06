//! Rows of staff, sessions and wrong PINs.
use jiff::Timestamp;
use retail::{
    id::Id,
    location::RegisterId,
    staff::{self, Granted, Limit, Permission, StaffId},
};
use wire::reference::{Entity, GrantState, StaffState};

use super::{Actor, Session, Tile, pin::Verifier};
use crate::db::{self, DbError, Snapshot, Sql, Tx, key, sql, uuid_key};

/// Takes in a member of staff, unless a newer version is there.
pub(crate) fn put(
    tx: &Tx<'_>,
    entity: &Entity,
    state: &StaffState,
    pin: Option<&Verifier>,
) -> Result<(), DbError> {
    const PUT: Sql = sql!(
        "insert into staff (id, version, name, roles, pin_salt, pin_verifier, active, grants)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             on conflict (id) do update
            set version = excluded.version, name = excluded.name, roles = excluded.roles, pin_salt = excluded.pin_salt,
                pin_verifier = excluded.pin_verifier, active = excluded.active, grants = excluded.grants
          where excluded.version >= staff.version"
    );
    let roles = serde_json::Value::from(state.roles.clone()).to_string();
    let grants = serde_json::to_string(&state.grants).map_err(|error| db::unreadable(0, error))?;
    let changed = tx.execute(
        PUT,
        (
            uuid_key(entity.id),
            entity.version,
            &state.name,
            roles,
            pin.map(|pin| &pin.salt),
            pin.map(|pin| pin.mac),
            state.active,
            grants,
        ),
    )?;
    if changed == 0 {
        return Ok(());
    }
    set_permissions(tx, entity, &state.permissions)?;
    if state.active {
        Ok(())
    } else {
        end_sessions(tx, entity)
    }
}

fn set_permissions(tx: &Tx<'_>, entity: &Entity, codes: &[String]) -> Result<(), DbError> {
    const CLEAR: Sql = sql!("delete from staff_permission where staff = ?1");
    const ADD: Sql = sql!(
        "insert into staff_permission (staff, permission) values (?1, ?2) on conflict do nothing"
    );
    tx.execute(CLEAR, [uuid_key(entity.id)])?;
    // A code that this version does not know gives nothing.
    let mut known = codes.iter().filter_map(|code| Permission::by_code(code));
    known.try_for_each(|permission| {
        tx.execute(ADD, (uuid_key(entity.id), permission.code()))
            .map(drop)
    })
}

/// Somebody no longer works here.
pub(crate) fn retire(tx: &Tx<'_>, entity: &Entity) -> Result<(), DbError> {
    const RETIRE: Sql =
        sql!("update staff set version = ?2, active = 0 where id = ?1 and version <= ?2");
    if tx.execute(RETIRE, (uuid_key(entity.id), entity.version))? > 0 {
        end_sessions(tx, entity)?;
    }
    Ok(())
}

fn end_sessions(tx: &Tx<'_>, entity: &Entity) -> Result<(), DbError> {
    const END_SESSIONS: Sql = sql!("delete from session where staff = ?1");
    tx.execute(END_SESSIONS, [uuid_key(entity.id)]).map(drop)
}

/// Everybody who may sign in, by name.
pub(super) fn tiles(at: &Snapshot<'_>) -> Result<Vec<Tile>, DbError> {
    const TILES: Sql = sql!(
        "select s.id, s.name, s.roles,
                exists (select 1 from staff_permission p where p.staff = s.id and p.permission = 'stock.override'),
                exists (select 1 from staff_permission p where p.staff = s.id and p.permission = 'shift.count_see'),
                (select json_group_array(permission)
                   from (select permission from staff_permission p
                          where p.staff = s.id and p.permission in ('discount.line', 'price.override', 'purchase.void', 'return.create', 'sale.void')
                          order by permission))
           from staff s where s.active = 1 and s.pin_verifier is not null order by s.name, s.id"
    );
    at.all(TILES, [], |row| {
        let roles: String = row.get(2)?;
        Ok(Tile {
            id: db::id(row, 0)?,
            name: row.get(1)?,
            roles: serde_json::from_str(&roles).map_err(|error| db::unreadable(2, error))?,
            may_override: row.get(3)?,
            may_approve: row.get(4)?,
            supervises: serde_json::from_str(&row.get::<_, String>(5)?)
                .map_err(|error| db::unreadable(5, error))?,
        })
    })
}

/// Somebody who works here, at an active register.
pub(super) fn actor(
    at: &Snapshot<'_>,
    staff: StaffId,
    register: RegisterId,
) -> Result<Option<Actor>, DbError> {
    const ACTOR: Sql = sql!(
        "select s.name from staff s, register r where s.id = ?1 and s.active = 1 and r.id = ?2 and r.active = 1"
    );
    let Some(name) = at.one(ACTOR, (key(staff), key(register)), |row| row.get(0))? else {
        return Ok(None);
    };
    let (granted, alone) = (granted(at, staff)?, alone(at)?);
    let held = staff::believed(&granted, alone.ms);
    let mut permissions: Vec<Permission> = held.keys().copied().collect();
    permissions.sort_unstable_by_key(|permission| permission.code());
    let limits = held.into_iter().filter(|(_, limit)| *limit != Limit::NONE);
    Ok(Some(Actor {
        staff,
        name,
        register,
        permissions,
        limits: limits.collect(),
        believed_until: alone.next_lapse(&granted),
    }))
}

/// For how long the shop has been on its own.
struct Alone {
    ms: i64,
    /// The instant of the last contact; none before the first.
    since_ms: Option<i64>,
}

impl Alone {
    /// When the next of these permissions is no longer believed, unless there is contact before.
    fn next_lapse(&self, granted: &[Granted]) -> Option<Timestamp> {
        let lapses = granted.iter().filter(|one| one.is_believed(self.ms));
        let lapses = lapses.filter_map(|one| one.lapses_after_ms()).min()?;
        let at = self.since_ms?.saturating_add(lapses);
        Timestamp::from_millisecond(at).ok()
    }
}

/// By the latest instant that is known to have passed: a clock that is set back gives no days.
fn alone(at: &Snapshot<'_>) -> Result<Alone, DbError> {
    const CONTACT: Sql = sql!("select last_contact, hlc_ms from node_state");
    let found: Option<(Option<i64>, i64)> =
        at.one(CONTACT, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (since_ms, clock_ms) = found.unwrap_or((None, 0));
    let now_ms = at.now.as_millisecond().max(clock_ms);
    let ms = since_ms.map_or(0, |since| now_ms.saturating_sub(since).max(0));
    Ok(Alone { ms, since_ms })
}

/// What each role gives somebody.
fn granted(at: &Snapshot<'_>, staff: StaffId) -> Result<Vec<Granted>, DbError> {
    const GRANTS: Sql = sql!("select grants from staff where id = ?1");
    let grants = at.one(GRANTS, [key(staff)], |row| {
        let grants: String = row.get(0)?;
        serde_json::from_str::<Vec<GrantState>>(&grants).map_err(|error| db::unreadable(0, error))
    })?;
    let grants = grants.unwrap_or_default();
    if !grants.is_empty() {
        return Ok(grants.iter().flat_map(GrantState::granted).collect());
    }
    let permissions = permissions(at, staff)?;
    Ok(permissions
        .into_iter()
        .map(|permission| Granted {
            permission,
            limit: Limit::NONE,
            offline_days: None,
        })
        .collect())
}

fn permissions(at: &Snapshot<'_>, staff: StaffId) -> Result<Vec<Permission>, DbError> {
    const PERMISSIONS: Sql =
        sql!("select permission from staff_permission where staff = ?1 order by permission");
    at.all(PERMISSIONS, [key(staff)], |row| {
        db::coded(row, 0, Permission::by_code)
    })
}

/// What a PIN is checked against.
pub(super) fn verifier(at: &Snapshot<'_>, staff: StaffId) -> Result<Option<Verifier>, DbError> {
    const VERIFIER: Sql = sql!(
        "select pin_salt, pin_verifier from staff where id = ?1 and active = 1 and pin_verifier is not null"
    );
    at.one(VERIFIER, [key(staff)], |row| {
        Ok(Verifier {
            salt: row.get(0)?,
            mac: row.get(1)?,
        })
    })
}

/// Wrong PINs in a row, and until when no further try is taken.
pub(super) fn tries<T>(
    at: &Snapshot<'_>,
    scope: &str,
    id: Id<T>,
) -> Result<(i64, Option<Timestamp>), DbError> {
    const TRIES: Sql =
        sql!("select failures, locked_until from pin_try where scope = ?1 and id = ?2");
    at.one(TRIES, (scope, key(id)), |row| {
        Ok((row.get(0)?, Some(db::instant(row, 1)?)))
    })
    .map(|row| row.unwrap_or((0, None)))
}

/// Keeps a wrong PIN.
pub(super) fn set_tries<T>(
    tx: &Tx<'_>,
    scope: &str,
    id: Id<T>,
    failures: i64,
    locked_until: Timestamp,
) -> Result<(), DbError> {
    const SET_TRIES: Sql = sql!(
        "insert into pin_try (scope, id, failures, locked_until) values (?1, ?2, ?3, ?4)
             on conflict (scope, id) do update set failures = excluded.failures, locked_until = excluded.locked_until"
    );
    tx.execute(
        SET_TRIES,
        (scope, key(id), failures, locked_until.as_millisecond()),
    )
    .map(drop)
}

/// Forgets wrong PINs after a right one.
pub(super) fn clear_tries<T>(tx: &Tx<'_>, scope: &str, id: Id<T>) -> Result<(), DbError> {
    const CLEAR_TRIES: Sql = sql!("delete from pin_try where scope = ?1 and id = ?2");
    tx.execute(CLEAR_TRIES, (scope, key(id))).map(drop)
}

/// Keeps a session, and forgets those that are over.
pub(super) fn insert_session(
    tx: &Tx<'_>,
    hash: &[u8; 32],
    session: &Session,
    created: Timestamp,
) -> Result<(), DbError> {
    const FORGET_OLD: Sql = sql!("delete from session where expires_at <= ?1");
    const INSERT: Sql = sql!(
        "insert into session (id_hash, staff, register, created_at, expires_at) values (?1, ?2, ?3, ?4, ?5)"
    );
    tx.execute(FORGET_OLD, [created.as_millisecond()])?;
    tx.execute(
        INSERT,
        (
            hash,
            key(session.actor.staff),
            key(session.actor.register),
            created.as_millisecond(),
            session.expires.as_millisecond(),
        ),
    )
    .map(drop)
}

/// The session of a cookie, with the permissions of now.
pub(super) fn session(at: &Snapshot<'_>, hash: &[u8; 32]) -> Result<Option<Session>, DbError> {
    const SESSION: Sql = sql!("select staff, register, expires_at from session where id_hash = ?1");
    let found: Option<(StaffId, RegisterId, Timestamp)> = at.one(SESSION, [hash], |row| {
        Ok((db::id(row, 0)?, db::id(row, 1)?, db::instant(row, 2)?))
    })?;
    let Some((staff, register, expires)) = found else {
        return Ok(None);
    };
    Ok(actor(at, staff, register)?.map(|actor| Session { actor, expires }))
}

/// Ends a session.
pub(super) fn delete_session(tx: &Tx<'_>, hash: &[u8; 32]) -> Result<(), DbError> {
    const DELETE_SESSION: Sql = sql!("delete from session where id_hash = ?1");
    tx.execute(DELETE_SESSION, [hash]).map(drop)
}

/// Whether a register is in use here.
pub(super) fn is_register(at: &Snapshot<'_>, register: RegisterId) -> Result<bool, DbError> {
    const IS_REGISTER: Sql = sql!("select 1 from register where id = ?1 and active = 1");
    at.one(IS_REGISTER, [key(register)], |_| Ok(()))
        .map(|row| row.is_some())
}

/// What a register is called.
pub(super) fn register_name(
    at: &Snapshot<'_>,
    register: RegisterId,
) -> Result<Option<String>, DbError> {
    const REGISTER_NAME: Sql = sql!("select name from register where id = ?1");
    at.one(REGISTER_NAME, [key(register)], |row| row.get(0))
}
