//! Opens the shop's file: alone, migrated, and with a whole chain head.
use std::{
    fs,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use refinery::Migration;
use rusqlite::{Connection, OpenFlags};
use wire::event::{Hash, hash};

use super::sql;

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 256;
/// How long a reader waits for the writer's checkpoint at the most.
const BUSY: Duration = Duration::from_secs(5);
/// Memory for pages of the writer's connection, in KiB.
const WRITER_CACHE_KIB: i64 = 8 * 1024;
/// Memory for pages of each reading connection, in KiB.
const READER_CACHE_KIB: i64 = 4 * 1024;

/// The open file. The lock is held as long as this lives.
pub(crate) struct File {
    path: PathBuf,
    _lock: Lock,
}

/// The folder is this process's, as long as this lives.
pub(crate) struct Lock(#[expect(dead_code, reason = "held, not read")] fs::File);

/// Opens or makes the file in `folder` and brings its schema up to date.
pub(crate) fn open(folder: &Path, lock: Lock) -> anyhow::Result<(File, Connection)> {
    let path = folder.join("shop.db");
    let connection = create(&path)?;
    Ok((File { path, _lock: lock }, connection))
}

/// Opens or makes a file of a shop, and brings its schema up to date.
pub(crate) fn create(path: &Path) -> anyhow::Result<Connection> {
    // SQLite gives its log the same permissions: nobody else reads what the cloud does not hold yet (pitfall 61).
    fs::File::options()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write the shop's file {}", path.display()))?;
    let mut connection = Connection::open(path)
        .with_context(|| format!("cannot open the shop's file {}", path.display()))?;
    configure(&connection, WRITER_CACHE_KIB)?;
    migrate(&mut connection, path)?;
    check_head(&connection)
        .with_context(|| format!("the shop's file {} is damaged", path.display()))?;
    Ok(connection)
}

/// Brings everything that stands in the log of a file into the file itself, so that it can be moved alone.
pub(crate) fn fold(path: &Path) -> anyhow::Result<()> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "delete")?;
    connection.close().map_err(|(_, error)| error)?;
    fs::File::open(path)?.sync_all()?;
    Ok(())
}

impl File {
    /// A connection that cannot write.
    pub(crate) fn reader(&self) -> anyhow::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }
}

/// Two processes on one file would both number events: the second is refused.
pub(crate) fn lock(folder: &Path) -> anyhow::Result<Lock> {
    let path = folder.join("shop.lock");
    let file = fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(fs::TryLockError::WouldBlock) => bail!(
            "another process is serving the shop in {}; stop it first",
            folder.display()
        ),
        Err(fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

fn configure(connection: &Connection, cache_kib: i64) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    // What is deleted is overwritten: a customer who is forgotten stands in no free page either.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "cache_size", -cache_kib)
}

/// The newest migration that this program knows; an older program refuses a newer file (sync.md 2.13).
fn newest_schema() -> i64 {
    let runner = migrations::migrations::runner();
    let versions = runner.get_migrations().iter().map(Migration::version);
    versions.max().map_or(0, i64::from)
}

fn migrate(connection: &mut Connection, path: &Path) -> anyhow::Result<()> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = newest_schema();
    if found > known {
        bail!(
            "{} was written by a newer version (schema {found}, this program knows {known}); \
             start that version, or restore the backup made before the upgrade",
            path.display()
        );
    }
    if found < known {
        migrations::migrations::runner()
            .run(connection)
            .context("the schema could not be brought up to date")?;
        connection.pragma_update(None, "user_version", known)?;
    }
    Ok(())
}

/// The newest event must be the one that the head names, with the bytes that were hashed.
fn check_head(connection: &Connection) -> anyhow::Result<()> {
    let (last_seq, head): (i64, [u8; 32]) =
        connection.query_row(sql!("select last_seq, head from node_state").0, [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if last_seq == 0 {
        return Ok(());
    }
    let (header, body): (String, String) = connection
        .query_row(
            sql!("select header, body from outbox where seq = ?1").0,
            [last_seq],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .with_context(|| format!("event {last_seq}, the newest, is missing"))?;
    if hash(&header, &body) != Hash(head) {
        bail!("event {last_seq}, the newest, is not what was recorded");
    }
    let newest: i64 =
        connection.query_row(sql!("select max(seq) from outbox").0, [], |row| row.get(0))?;
    if newest != last_seq {
        bail!("there is an event {newest} after the newest one, {last_seq}");
    }
    Ok(())
}

/// A file with the first schema alone, as a version from before rights left it.
#[cfg(test)]
pub(crate) fn first_schema(path: &Path) -> Connection {
    let mut connection = Connection::open(path).expect("the folder is there");
    migrations::migrations::runner()
        .set_target(refinery::Target::Version(1))
        .run(&mut connection)
        .expect("the first schema stands");
    connection
        .pragma_update(None, "user_version", 1)
        .expect("it can be written");
    connection
}

#[cfg(test)]
mod tests {
    use super::{create, migrations, newest_schema};
    use rusqlite::Connection;

    #[test]
    fn a_file_of_an_earlier_version_gets_what_it_lacks() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("shop.db");
        let mut connection = Connection::open(&path).expect("the folder is there");
        migrations::migrations::runner()
            .set_target(refinery::Target::Version(8))
            .run(&mut connection)
            .expect("the schema stands");
        // What programs of then wrote, whatever they had migrated to.
        connection
            .pragma_update(None, "user_version", 4)
            .expect("it can be written");
        drop(connection);
        let connection = create(&path).expect("it is brought up to date");
        let says: i64 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .expect("a number");
        assert_eq!(says, newest_schema());
        connection
            .prepare("select document from promotion_version")
            .expect("the newest tables are there");
    }
}
