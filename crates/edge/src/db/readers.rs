//! A few read-only connections, used off the async threads.
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{DbError, File, Snapshot};

/// Connections that read at the same time; the machine of a shop has few cores.
const READERS: usize = 4;

/// The pool.
#[derive(Clone)]
pub(crate) struct Readers {
    free: Arc<Mutex<Vec<Connection>>>,
    places: Arc<Semaphore>,
}

impl Readers {
    /// Opens the connections.
    pub(crate) fn open(file: &File) -> anyhow::Result<Self> {
        let connections = (0..READERS)
            .map(|_| file.reader())
            .collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self {
            free: Arc::new(Mutex::new(connections)),
            places: Arc::new(Semaphore::new(READERS)),
        })
    }

    /// Runs `work` on one consistent view.
    pub(crate) async fn read<T, E>(
        &self,
        now: Timestamp,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|_| DbError::Stopped)?;
        let free = Arc::clone(&self.free);
        let span = tracing::Span::current();
        let task = tokio::task::spawn_blocking(move || {
            let _entered = span.enter();
            let connection = take(&free).ok_or(DbError::Stopped)?;
            let result = in_transaction(&connection, now, work);
            put_back(&free, connection);
            drop(place);
            result
        });
        task.await.map_err(|_| DbError::Panicked)?
    }

    /// Waits for the readers that are at work and closes the connections.
    pub(crate) async fn close(&self) {
        let all = u32::try_from(READERS).unwrap_or(u32::MAX);
        if self.places.acquire_many(all).await.is_ok() {
            self.places.close();
        }
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

fn in_transaction<T, E: From<DbError>>(
    connection: &Connection,
    now: Timestamp,
    work: impl FnOnce(&Snapshot<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let transaction = connection.unchecked_transaction().map_err(DbError::from)?;
    let result = work(&Snapshot::new(connection, now));
    transaction.finish().map_err(DbError::from)?;
    result
}

fn take(free: &Mutex<Vec<Connection>>) -> Option<Connection> {
    free.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

fn put_back(free: &Mutex<Vec<Connection>>, connection: Connection) {
    free.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(connection);
}
