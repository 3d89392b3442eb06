//! Rows of small reference data: locations, registers, categories, suppliers, containers, cursors.
use wire::reference::{
    CategoryState, ContainerState, Entity, Feed, LocationState, RegisterState, SupplierState,
};

use crate::{
    catalog::fold,
    db::{DbError, Snapshot, Sql, Tx, sql, uuid_key},
};

/// Up to where a feed was taken in.
pub(super) fn cursor(at: &Snapshot<'_>, feed: Feed) -> Result<Option<String>, DbError> {
    const CURSOR: Sql = sql!("select cursor from feed_cursor where feed = ?1");
    at.one(CURSOR, [feed.code()], |row| row.get(0))
}

/// Keeps up to where a feed was taken in.
pub(super) fn set_cursor(tx: &Tx<'_>, feed: Feed, cursor: &str) -> Result<(), DbError> {
    const SET_CURSOR: Sql = sql!(
        "insert into feed_cursor (feed, cursor) values (?1, ?2)
             on conflict (feed) do update set cursor = excluded.cursor"
    );
    tx.execute(SET_CURSOR, (feed.code(), cursor)).map(drop)
}

/// Takes in a location with its registers, unless a newer version is there.
pub(super) fn put_location(
    tx: &Tx<'_>,
    entity: &Entity,
    state: &LocationState,
) -> Result<(), DbError> {
    const PUT_LOCATION: Sql = sql!(
        "insert into location (id, version, code, name, kind, time_zone, address, override_allowance)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             on conflict (id) do update
            set version = excluded.version, code = excluded.code, name = excluded.name, kind = excluded.kind,
                time_zone = excluded.time_zone, address = excluded.address,
                override_allowance = excluded.override_allowance
          where excluded.version >= location.version"
    );
    let changed = tx.execute(
        PUT_LOCATION,
        (
            uuid_key(entity.id),
            entity.version,
            &state.code,
            &state.name,
            &state.kind,
            &state.time_zone,
            &state.address,
            state.override_allowance,
        ),
    )?;
    if changed == 0 {
        return Ok(());
    }
    state
        .registers
        .iter()
        .try_for_each(|register| put_register(tx, entity, register))
}

fn put_register(tx: &Tx<'_>, location: &Entity, register: &RegisterState) -> Result<(), DbError> {
    const PUT_REGISTER: Sql = sql!(
        "insert into register (id, location, name, prefix, active) values (?1, ?2, ?3, ?4, ?5)
             on conflict (id) do update
            set location = excluded.location, name = excluded.name, prefix = excluded.prefix, active = excluded.active"
    );
    tx.execute(
        PUT_REGISTER,
        (
            uuid_key(register.id),
            uuid_key(location.id),
            &register.name,
            &register.prefix,
            register.active,
        ),
    )
    .map(drop)
}

/// Takes in a category, unless a newer version is there.
pub(super) fn put_category(
    tx: &Tx<'_>,
    entity: &Entity,
    state: &CategoryState,
) -> Result<(), DbError> {
    const PUT_CATEGORY: Sql = sql!(
        "insert into category (id, version, name, parent) values (?1, ?2, ?3, ?4)
             on conflict (id) do update
            set version = excluded.version, name = excluded.name, parent = excluded.parent
          where excluded.version >= category.version"
    );
    tx.execute(
        PUT_CATEGORY,
        (
            uuid_key(entity.id),
            entity.version,
            &state.name,
            state.parent.map(uuid_key),
        ),
    )
    .map(drop)
}

/// Takes in a supplier, unless a newer version is there.
pub(super) fn put_supplier(
    tx: &Tx<'_>,
    entity: &Entity,
    state: &SupplierState,
) -> Result<(), DbError> {
    const PUT_SUPPLIER: Sql = sql!(
        "insert into supplier (id, version, name, folded, code, active) values (?1, ?2, ?3, ?4, ?5, ?6)
             on conflict (id) do update
            set version = excluded.version, name = excluded.name, folded = excluded.folded, code = excluded.code,
                active = excluded.active
          where excluded.version >= supplier.version"
    );
    tx.execute(
        PUT_SUPPLIER,
        (
            uuid_key(entity.id),
            entity.version,
            &state.name,
            fold(&format!("{} {}", state.name, state.code)),
            &state.code,
            state.active,
        ),
    )
    .map(drop)
}

/// A supplier is no longer for this shop.
pub(super) fn retire_supplier(tx: &Tx<'_>, entity: &Entity) -> Result<(), DbError> {
    const RETIRE_SUPPLIER: Sql =
        sql!("update supplier set version = ?2, active = 0 where id = ?1 and version <= ?2");
    tx.execute(RETIRE_SUPPLIER, (uuid_key(entity.id), entity.version))
        .map(drop)
}

/// Takes in a container, unless a newer version is there.
pub(super) fn put_container(
    tx: &Tx<'_>,
    entity: &Entity,
    state: &ContainerState,
) -> Result<(), DbError> {
    const PUT_CONTAINER: Sql = sql!(
        "insert into container (id, version, name, folded, code, tare, active) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             on conflict (id) do update
            set version = excluded.version, name = excluded.name, folded = excluded.folded, code = excluded.code,
                tare = excluded.tare, active = excluded.active
          where excluded.version >= container.version"
    );
    tx.execute(
        PUT_CONTAINER,
        (
            uuid_key(entity.id),
            entity.version,
            &state.name,
            fold(&format!("{} {}", state.name, state.code)),
            &state.code,
            state.tare,
            state.active,
        ),
    )
    .map(drop)
}

/// A container is no longer for this shop; purchases name it still.
pub(super) fn retire_container(tx: &Tx<'_>, entity: &Entity) -> Result<(), DbError> {
    const RETIRE_CONTAINER: Sql =
        sql!("update container set version = ?2, active = 0 where id = ?1 and version <= ?2");
    tx.execute(RETIRE_CONTAINER, (uuid_key(entity.id), entity.version))
        .map(drop)
}
