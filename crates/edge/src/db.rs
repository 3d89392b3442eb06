//! The shop's SQLite file: one writer thread that lets concurrent tills share an fsync, and a few readers.
use std::{
    cell::{Cell, RefCell},
    ops::Deref,
    sync::Arc,
};

use jiff::{Timestamp, civil::Date};
use retail::{amount::Amount, catalog::VariantId, id::Id, quantity::Quantity, rights::NodeAccount};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Params, Row, ffi};
use rust_decimal::Decimal;
use uuid::Uuid;
use wire::event::Hash;

mod file;
mod readers;
mod writer;

#[cfg(test)]
pub(crate) use file::first_schema;
pub(crate) use file::{File, create, fold, lock, open};
pub(crate) use readers::Readers;
pub(crate) use writer::Writer;

/// A statement of this crate. Made by [`sql!`] alone, so that one test finds and prepares every one of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sql(&'static str);

impl Sql {
    /// The statement, for a connection that is not the shop's own.
    pub(crate) const fn text(self) -> &'static str {
        self.0
    }

    /// Use [`sql!`].
    pub(crate) const fn new(text: &'static str) -> Self {
        Self(text)
    }
}

/// A statement as a constant. `every_statement_prepares` reads these out of the sources.
macro_rules! sql {
    ($text:literal) => {
        $crate::db::Sql::new($text)
    };
}
pub(crate) use sql;

/// What the disk did to a write or a read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DbError {
    /// No space is left; nothing was written.
    #[error("the disk is full")]
    DiskFull,
    /// The disk failed under a write. What it holds is unsure until the shop is started again (sync.md, D9).
    #[error("the disk failed: the shop is read-only until it is started again")]
    ReadOnly,
    /// More writes are waiting than the queue holds.
    #[error("too many writes are waiting")]
    Busy,
    /// The shop is being stopped.
    #[error("the shop has stopped")]
    Stopped,
    /// The work itself broke; its changes were rolled back.
    #[error("the work panicked")]
    Panicked,
    /// An id that stands for another event already.
    #[error("the id stands for another event")]
    IdTaken,
    /// Anything else SQLite says.
    #[error("sqlite: {0}")]
    Sqlite(Arc<rusqlite::Error>),
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        match fate(&error) {
            Fate::Full => Self::DiskFull,
            Fate::Broken => Self::ReadOnly,
            Fate::Statement => Self::Sqlite(Arc::new(error)),
        }
    }
}

/// What an error means for the writes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Only this statement.
    Statement,
    /// No space: the next write may find some.
    Full,
    /// The disk failed: no further write may be trusted.
    Broken,
}

fn fate(error: &rusqlite::Error) -> Fate {
    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        return Fate::Statement;
    };
    match (failure.code, failure.extended_code) {
        (ErrorCode::DiskFull, _)
        | (_, ffi::SQLITE_IOERR_SHMSIZE | ffi::SQLITE_IOERR_SHMMAP | ffi::SQLITE_IOERR_SHMOPEN) => {
            Fate::Full
        }
        (
            ErrorCode::SystemIoFailure
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::ReadOnly,
            _,
        ) => Fate::Broken,
        _ => Fate::Statement,
    }
}

/// One consistent view of the shop.
pub(crate) struct Snapshot<'c> {
    connection: &'c Connection,
    /// The instant of the work, in whole milliseconds.
    pub(crate) now: Timestamp,
    failed: Cell<Option<Fate>>,
}

impl<'c> Snapshot<'c> {
    pub(crate) fn new(connection: &'c Connection, now: Timestamp) -> Self {
        Self {
            connection,
            now,
            failed: Cell::new(None),
        }
    }

    /// The only row, if there is one.
    pub(crate) fn one<T>(
        &self,
        statement: Sql,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, DbError> {
        self.usable()?;
        let row = self
            .connection
            .prepare_cached(statement.0)
            .and_then(|mut statement| statement.query_row(params, read).optional());
        self.noted(row)
    }

    /// Every row.
    pub(crate) fn all<T>(
        &self,
        statement: Sql,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, DbError> {
        self.usable()?;
        let rows = self
            .connection
            .prepare_cached(statement.0)
            .and_then(|mut statement| statement.query_map(params, read)?.collect());
        self.noted(rows)
    }

    /// After a failure that may have ended the transaction, no further statement may run outside of one.
    fn usable(&self) -> Result<(), DbError> {
        match self.failed.get() {
            None => Ok(()),
            Some(Fate::Full) => Err(DbError::DiskFull),
            Some(Fate::Broken | Fate::Statement) => Err(DbError::ReadOnly),
        }
    }

    fn noted<T>(&self, result: rusqlite::Result<T>) -> Result<T, DbError> {
        result.map_err(|error| {
            let fate = fate(&error);
            if fate != Fate::Statement {
                self.failed.set(Some(fate));
            }
            DbError::from(error)
        })
    }
}

/// A part of the writer's transaction: what one operation loads and records, all of it or nothing.
pub(crate) struct Tx<'c> {
    snapshot: Snapshot<'c>,
    changes: RefCell<Vec<Change>>,
}

impl<'c> Deref for Tx<'c> {
    type Target = Snapshot<'c>;
    fn deref(&self) -> &Snapshot<'c> {
        &self.snapshot
    }
}

impl Tx<'_> {
    /// Runs a statement and gives the number of rows that it changed.
    pub(crate) fn execute(&self, statement: Sql, params: impl Params) -> Result<usize, DbError> {
        self.usable()?;
        let changed = self
            .snapshot
            .connection
            .prepare_cached(statement.0)
            .and_then(|mut statement| statement.execute(params));
        self.noted(changed)
    }

    /// Runs work as of another instant: a replay writes rows with the instants of its events.
    pub(crate) fn as_of<T>(&self, instant: Timestamp, work: impl FnOnce(&Tx<'_>) -> T) -> T {
        let then = Tx {
            snapshot: Snapshot::new(self.snapshot.connection, whole_milliseconds(instant)),
            changes: RefCell::default(),
        };
        let result = work(&then);
        if let Some(fate) = then.snapshot.failed.get() {
            self.snapshot.failed.set(Some(fate));
        }
        self.changes
            .borrow_mut()
            .append(&mut then.changes.into_inner());
        result
    }

    /// Tells the shop about a change once it is on disk.
    pub(crate) fn announce(&self, change: Change) {
        self.changes.borrow_mut().push(change);
    }
}

/// Runs `work` in a transaction of its own, on a file that nobody serves.
pub(crate) fn alone<T>(
    connection: &Connection,
    now: Timestamp,
    work: impl FnOnce(&Tx<'_>) -> Result<T, DbError>,
) -> Result<T, DbError> {
    let transaction = connection.unchecked_transaction().map_err(DbError::from)?;
    let tx = Tx {
        snapshot: Snapshot::new(connection, whole_milliseconds(now)),
        changes: RefCell::default(),
    };
    let done = work(&tx)?;
    transaction.commit().map_err(DbError::from)?;
    Ok(done)
}

/// What listeners are told after a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// An event was recorded under this number, with this hash.
    Recorded(i64, Hash),
    /// Accounts of variants changed.
    Stock(Vec<(VariantId, NodeAccount)>),
    /// Online orders to be picked changed.
    Picks,
    /// Products, prices or barcodes changed.
    Catalog,
    /// Promotions began, ended or changed.
    Promotions,
    /// Printers, or what waits for them, changed.
    Print,
    /// Baskets were parked or recalled.
    Parked,
    /// Staff or their permissions changed.
    Staff,
    /// The node's identity, location or mode changed.
    Node,
}

/// An id as a blob.
pub(crate) fn key<T>(id: Id<T>) -> [u8; 16] {
    id.as_uuid().into_bytes()
}

/// A bare id as a blob.
pub(crate) fn uuid_key(id: Uuid) -> [u8; 16] {
    id.into_bytes()
}

/// Reads an id.
pub(crate) fn id<T>(row: &Row<'_>, at: usize) -> rusqlite::Result<Id<T>> {
    uuid(row, at).map(Id::from_uuid)
}

/// Reads an id that may be missing.
pub(crate) fn maybe_id<T>(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Id<T>>> {
    let id = row.get::<_, Option<[u8; 16]>>(at)?;
    Ok(id.map(|id| Id::from_uuid(Uuid::from_bytes(id))))
}

/// Reads a bare id.
pub(crate) fn uuid(row: &Row<'_>, at: usize) -> rusqlite::Result<Uuid> {
    row.get::<_, [u8; 16]>(at).map(Uuid::from_bytes)
}

/// Reads money.
pub(crate) fn amount(row: &Row<'_>, at: usize) -> rusqlite::Result<Amount> {
    row.get(at).map(Amount::from_minor)
}

/// Reads base units.
pub(crate) fn quantity(row: &Row<'_>, at: usize) -> rusqlite::Result<Quantity> {
    row.get(at).map(Quantity::new)
}

/// Reads an instant.
pub(crate) fn instant(row: &Row<'_>, at: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(row.get(at)?).map_err(|error| unreadable(at, error))
}

/// Reads a business date.
pub(crate) fn date(row: &Row<'_>, at: usize) -> rusqlite::Result<Date> {
    parsed(row, at)
}

/// Reads an exact decimal.
pub(crate) fn decimal(row: &Row<'_>, at: usize) -> rusqlite::Result<Decimal> {
    parsed(row, at)
}

/// Reads text that has a stricter type than text.
pub(crate) fn parsed<T>(row: &Row<'_>, at: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    row.get_ref(at)?
        .as_str()?
        .parse()
        .map_err(|error| unreadable(at, error))
}

/// Reads text through a table of codes.
pub(crate) fn coded<T>(
    row: &Row<'_>,
    at: usize,
    by_code: impl FnOnce(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let code = row.get_ref(at)?.as_str()?;
    by_code(code).ok_or_else(|| unreadable(at, UnknownCode(code.to_owned())))
}

#[derive(Debug, thiserror::Error)]
#[error("unknown code {0:?}")]
struct UnknownCode(String);

/// A stored value that is not what its column holds.
pub(crate) fn unreadable(
    at: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, Box::new(error))
}

/// An instant in whole milliseconds, as every row keeps it.
pub(crate) fn whole_milliseconds(now: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

impl Tx<'_> {
    /// Lets the file grow to that many pages at the most; for tests of a full disk.
    pub(crate) fn limit_pages(&self, pages: Option<i64>) -> Result<(), DbError> {
        const WITHOUT_LIMIT: i64 = 4_294_967_294;
        let pages = pages.unwrap_or(WITHOUT_LIMIT);
        self.connection
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .map_err(DbError::from)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Error, ffi};

    use super::{Fate, fate};

    #[test]
    fn what_an_error_means_for_the_writes_after_it() {
        for (code, expected) in [
            (ffi::SQLITE_FULL, Fate::Full),
            (ffi::SQLITE_IOERR_SHMSIZE, Fate::Full),
            (ffi::SQLITE_IOERR_FSYNC, Fate::Broken),
            (ffi::SQLITE_IOERR_WRITE, Fate::Broken),
            (ffi::SQLITE_CORRUPT, Fate::Broken),
            (ffi::SQLITE_READONLY, Fate::Broken),
            (ffi::SQLITE_CONSTRAINT_UNIQUE, Fate::Statement),
            (ffi::SQLITE_ERROR, Fate::Statement),
        ] {
            let error = Error::SqliteFailure(ffi::Error::new(code), None);
            assert_eq!(fate(&error), expected, "{code}");
        }
    }
}
