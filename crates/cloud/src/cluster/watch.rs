//! Keeps a private server running: one that ended without being asked is started again.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::server::Server;
use super::{ClusterError, io};

/// How often the server is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// The longest pause after a start that failed.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// The server and the thread that looks after it. Stops both when dropped.
#[derive(Debug)]
pub(super) struct Watched {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    server: Server,
    wanted: Mutex<Wanted>,
    changed: Condvar,
}

/// What the owner wants. Held while the server is started or stopped, so that nobody does both at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Running,
    Stopped,
    /// Stopped for good: the thread ends.
    Gone,
}

impl Watched {
    /// Starts the server and looks after it from then on.
    pub(super) fn start(server: Server) -> Result<Self, ClusterError> {
        server.start()?;
        let shared = Arc::new(Shared {
            server,
            wanted: Mutex::new(Wanted::Running),
            changed: Condvar::new(),
        });
        let watcher = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("postgres-watch".to_owned())
            .spawn(move || watcher.watch())
            .map_err(io("start the thread that looks after PostgreSQL"))?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    pub(super) fn server(&self) -> &Server {
        &self.shared.server
    }

    pub(super) fn stop(&self) -> Result<(), ClusterError> {
        self.shared.stop(Wanted::Stopped)
    }

    pub(super) fn resume(&self) -> Result<(), ClusterError> {
        let mut wanted = self.shared.lock();
        if !self.server().is_up() {
            self.server().start()?;
        }
        *wanted = Wanted::Running;
        Ok(())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Err(error) = self.shared.stop(Wanted::Gone) {
            tracing::error!(%error, "The private PostgreSQL did not stop: {error}");
        }
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // It never panics while it holds anything that is still needed.
            let _ = thread.join();
        }
        self.server().forget_socket();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self, instead: Wanted) -> Result<(), ClusterError> {
        let mut wanted = self.lock();
        *wanted = instead;
        self.server.stop()
    }

    fn watch(&self) {
        let mut pause = LOOK;
        let mut wanted = self.lock();
        while *wanted != Wanted::Gone {
            let guard = self.changed.wait_timeout(wanted, pause);
            wanted = guard.unwrap_or_else(PoisonError::into_inner).0;
            if *wanted != Wanted::Running || self.server.is_up() {
                pause = LOOK;
                continue;
            }
            tracing::warn!("The private PostgreSQL ended by itself; starting it again");
            metrics::counter!("cloud_postgres_restarts_total").increment(1);
            pause = match self.server.start() {
                Ok(()) => LOOK,
                Err(error) => {
                    tracing::error!(%error, "The private PostgreSQL does not start: {error}");
                    PAUSE_MAX.min(pause * 2)
                }
            };
        }
    }
}
