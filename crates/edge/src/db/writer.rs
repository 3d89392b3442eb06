//! The one thread that writes. Jobs that wait are run in one transaction, so that they share its fsync; each has a
//! savepoint, so that a failing one takes nothing else with it. Nobody is answered before the commit.
use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

use httpkit::clock::{Clock, Stopwatch};
use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{Change, DbError, Fate, Snapshot, Tx, whole_milliseconds};

/// Jobs that may wait: above it the shop says that it is busy.
const QUEUE: usize = 1_024;
/// Jobs that share one commit at the most.
const GROUP: usize = 128;

/// The way to the writer thread.
pub(crate) struct Writer {
    queue: Mutex<Option<SyncSender<Box<dyn Job>>>>,
    waiting: Arc<AtomicUsize>,
    broken: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Makes room on a full disk, if it can. Says whether it did.
pub(crate) type Relief = Box<dyn Fn() -> bool + Send>;
/// What is told after a commit.
pub(crate) type Listener = Box<dyn Fn(Vec<Change>) + Send>;

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(
        connection: Connection,
        clock: Arc<dyn Clock>,
        listener: Listener,
        relief: Relief,
    ) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(QUEUE);
        let waiting = Arc::new(AtomicUsize::new(0));
        let broken = Arc::new(AtomicBool::new(false));
        let thread = Thread {
            connection,
            clock,
            listener,
            waiting: Arc::clone(&waiting),
            broken: Arc::clone(&broken),
            relief,
        };
        let thread = std::thread::Builder::new()
            .name("shop-writer".to_owned())
            .spawn(move || thread.run(&receiver))?;
        Ok(Self {
            queue: Mutex::new(Some(sender)),
            waiting,
            broken,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Runs `work` in the next commit; its answer is on disk when this returns.
    ///
    /// `work` may be run again when a neighbour in the same commit filled the disk, so it only reads what it captured.
    pub(crate) async fn write<T, E>(
        &self,
        work: impl Fn(&Tx<'_>, Timestamp) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        if self.is_broken() {
            return Err(DbError::ReadOnly.into());
        }
        let (reply, answer) = oneshot::channel();
        let job = Typed {
            work,
            result: None,
            reply,
            span: tracing::Span::current(),
        };
        self.send(Box::new(job))?;
        answer.await.map_err(|_| DbError::Stopped)?
    }

    fn send(&self, job: Box<dyn Job>) -> Result<(), DbError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queue.as_ref().ok_or(DbError::Stopped)?;
        self.waiting.fetch_add(1, Ordering::Relaxed);
        queue.try_send(job).map_err(|error| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            match error {
                TrySendError::Full(_) => DbError::Busy,
                TrySendError::Disconnected(_) => DbError::Stopped,
            }
        })
    }

    /// Jobs that wait or are being run.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Whether the disk has failed under a write.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Acquire)
    }

    /// Finishes what waits, and closes the file. Blocks.
    pub(crate) fn stop(&self) {
        drop(
            self.queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("The writer thread had panicked");
        }
    }
}

/// A piece of work with the place where its answer goes.
trait Job: Send {
    /// Runs it; `false` means that its changes must be rolled back.
    fn run(&mut self, tx: &Tx<'_>) -> bool;
    /// Gives its answer, now that the commit has come out.
    fn answer(self: Box<Self>, commit: Result<(), DbError>);
}

struct Typed<F, T, E> {
    work: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
    span: tracing::Span,
}

impl<F, T, E> Job for Typed<F, T, E>
where
    F: Fn(&Tx<'_>, Timestamp) -> Result<T, E> + Send,
    T: Send,
    E: From<DbError> + Send,
{
    fn run(&mut self, tx: &Tx<'_>) -> bool {
        let _entered = self.span.enter();
        let result = catch_unwind(AssertUnwindSafe(|| (self.work)(tx, tx.now)))
            .unwrap_or_else(|_| Err(DbError::Panicked.into()));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>, commit: Result<(), DbError>) {
        let result = match (commit, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(DbError::Stopped.into()),
            (Err(error), _) => Err(error.into()),
        };
        // The client has gone away: its write stands, and a repeat will find it.
        let _ = self.reply.send(result);
    }
}

struct Thread {
    connection: Connection,
    clock: Arc<dyn Clock>,
    listener: Listener,
    waiting: Arc<AtomicUsize>,
    broken: Arc<AtomicBool>,
    relief: Relief,
}

impl Thread {
    fn run(self, queue: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = queue.recv() {
            // Whoever came while the last commit was on its way shares the next one; a lone job waits for nobody.
            let group: Vec<_> = std::iter::once(first)
                .chain(queue.try_iter().take(GROUP - 1))
                .collect();
            let jobs = group.len();
            self.commit(group);
            self.waiting.fetch_sub(jobs, Ordering::Relaxed);
        }
        // Dropping the last connection checkpoints and removes the log.
    }

    fn commit(&self, mut jobs: Vec<Box<dyn Job>>) {
        if self.broken.load(Ordering::Acquire) {
            return answer(jobs, &Err(DbError::ReadOnly));
        }
        let watch = Stopwatch::start();
        match self.attempt(&mut jobs) {
            Ok(changes) => {
                metrics::histogram!("edge_commit_seconds").record(watch.elapsed());
                metrics::histogram!("edge_commit_jobs")
                    .record(u32::try_from(jobs.len()).unwrap_or(u32::MAX));
                // Before the answers: whoever hears that it is done finds it done everywhere.
                if !changes.is_empty() {
                    (self.listener)(changes);
                }
                answer(jobs, &Ok(()));
            }
            Err(Fate::Broken) => {
                tracing::error!(
                    "The disk failed under a write: the shop is read-only until it is started again"
                );
                self.broken.store(true, Ordering::Release);
                (self.listener)(vec![Change::Node]);
                answer(jobs, &Err(DbError::ReadOnly));
            }
            Err(Fate::Full) if (self.relief)() => self.commit(jobs),
            Err(Fate::Full | Fate::Statement) if jobs.len() == 1 => {
                tracing::warn!("A write was refused: the disk is full");
                answer(jobs, &Err(DbError::DiskFull));
            }
            // The whole group was rolled back: each tries alone, and only those fail that find no space.
            Err(Fate::Full | Fate::Statement) => {
                for job in jobs {
                    self.commit(vec![job]);
                }
            }
        }
    }

    /// Runs the jobs in one transaction; nothing of it is left after an error.
    fn attempt(&self, jobs: &mut [Box<dyn Job>]) -> Result<Vec<Change>, Fate> {
        let now = whole_milliseconds(self.clock.now());
        let outcome = self.execute("begin immediate").and_then(|()| {
            let mut changes = Vec::new();
            for job in jobs {
                changes.append(&mut self.one(job.as_mut(), now)?);
            }
            self.execute("commit").map(|()| changes)
        });
        if outcome.is_err() && !self.connection.is_autocommit() {
            // When even this fails, the next `begin` says so.
            let _ = self.execute("rollback");
        }
        outcome
    }

    /// Runs one job in its savepoint.
    fn one(&self, job: &mut dyn Job, now: Timestamp) -> Result<Vec<Change>, Fate> {
        self.execute("savepoint job")?;
        let tx = Tx {
            snapshot: Snapshot::new(&self.connection, now),
            changes: RefCell::default(),
        };
        let keep = job.run(&tx);
        if let Some(fate) = tx.snapshot.failed.get() {
            return Err(fate);
        }
        if !keep {
            self.execute("rollback to job")?;
            tx.changes.borrow_mut().clear();
        }
        self.execute("release job")?;
        Ok(tx.changes.into_inner())
    }

    fn execute(&self, statement: &str) -> Result<(), Fate> {
        let result = self
            .connection
            .prepare_cached(statement)
            .and_then(|mut statement| statement.execute([]));
        result.map(drop).map_err(|error| {
            tracing::error!(%error, "{statement} failed: {error}");
            match super::fate(&error) {
                Fate::Full => Fate::Full,
                // A transaction that cannot begin or end is not one to go on with.
                Fate::Broken | Fate::Statement => Fate::Broken,
            }
        })
    }
}

fn answer(jobs: Vec<Box<dyn Job>>, commit: &Result<(), DbError>) {
    for job in jobs {
        job.answer(commit.clone());
    }
}

#[cfg(test)]
mod tests;
