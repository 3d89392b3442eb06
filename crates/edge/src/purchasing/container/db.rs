//! Rows of containers.
use retail::purchasing::container::ContainerId;
use rusqlite::Row;

use super::Listed;
use crate::db::{self, DbError, Snapshot, Sql, key, sql};

/// Containers in a list at the most.
const MOST_CONTAINERS: i64 = 500;

/// Those that are in use, by name.
pub(super) fn list(at: &Snapshot<'_>) -> Result<Vec<Listed>, DbError> {
    const LIST: Sql = sql!(
        "select id, name, code, tare, active from container where active = 1 order by folded, id limit ?1"
    );
    at.all(LIST, [MOST_CONTAINERS], listed)
}

/// One of them, in use still or not.
pub(super) fn find(at: &Snapshot<'_>, container: ContainerId) -> Result<Option<Listed>, DbError> {
    const FIND: Sql = sql!("select id, name, code, tare, active from container where id = ?1");
    at.one(FIND, [key(container)], listed)
}

fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    Ok(Listed {
        id: db::id(row, 0)?,
        name: row.get(1)?,
        code: row.get(2)?,
        tare: db::quantity(row, 3)?,
        is_active: row.get(4)?,
    })
}
