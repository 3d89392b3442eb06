//! The cloud as its operations see it: a database, time, randomness, and who is to be woken.
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};
use httpkit::shutdown::{Shutdown, Trigger};
use httpkit::{Parts, clock::Stopwatch, random};
use jiff::Timestamp;
use uuid::Uuid;

use crate::channel;
use crate::db::{Access, Actor, Database, Pool, Tx};
use crate::error::Result;
use crate::office::{self, Office};
use crate::order;
use crate::picture;
use crate::staff::Hasher;
use crate::sync::Memory;

/// How often a transaction is run again when another one was in its way.
const MOST_RUNS: u32 = 8;

/// All shops. Cheap to clone.
#[derive(Clone)]
pub struct Cloud(Arc<Inner>);

struct Inner {
    pool: Pool,
    parts: Parts,
    /// What the office keeps in memory: open pages, cached figures.
    office: Office,
    /// What the sync keeps in memory: keys of nodes, whom to wake.
    sync: Memory,
    /// What orders keep in memory: prices, who waits.
    orders: order::Memory,
    channels: channel::Keys,
    pictures: picture::Memory,
    hasher: Hasher,
    trigger: Trigger,
    shutdown: Shutdown,
}

impl Cloud {
    /// The operations over a database that is migrated already. Serves nothing and runs no workers: see [`crate::start`].
    pub fn open(
        database: &Database,
        office: &office::Options,
        parts: Parts,
    ) -> anyhow::Result<Self> {
        let (trigger, shutdown) = Shutdown::new();
        Ok(Self(Arc::new(Inner {
            pool: Pool::new(database)?,
            office: Office::new(office, &*parts.random)?,
            parts,
            sync: Memory::default(),
            orders: order::Memory::new(office.orders.clone()),
            channels: channel::Keys::default(),
            pictures: picture::Memory::default(),
            hasher: Hasher::default(),
            trigger,
            shutdown,
        })))
    }

    /// Runs a transaction: its name goes to metrics and the log, its actor into the database. What another
    /// transaction was in the way of is run again, a bounded number of times; nowhere else.
    pub fn tx<'a, T, W>(
        &'a self,
        name: &'static str,
        actor: Actor,
        work: W,
    ) -> BoxFuture<'a, Result<T>>
    where
        T: Send + 'a,
        W: AsyncFn(&Tx) -> Result<T> + for<'t> Work<'t, T> + 'a,
    {
        self.run(name, actor, Access::Write, work).boxed()
    }

    /// As [`Cloud::tx`], but only reads, and all its statements see the same instant.
    pub fn read<'a, T, W>(
        &'a self,
        name: &'static str,
        actor: Actor,
        work: W,
    ) -> BoxFuture<'a, Result<T>>
    where
        T: Send + 'a,
        W: AsyncFn(&Tx) -> Result<T> + for<'t> Work<'t, T> + 'a,
    {
        self.run(name, actor, Access::Read, work).boxed()
    }

    /// One statement, in a transaction of its own that knows nobody: only functions that ask for a secret see a row
    /// that somebody guards. One message instead of four.
    pub(crate) fn alone<'a, T, W>(
        &'a self,
        name: &'static str,
        actor: Actor,
        work: W,
    ) -> BoxFuture<'a, Result<T>>
    where
        T: Send + 'a,
        W: AsyncFn(&Tx) -> Result<T> + for<'t> Work<'t, T> + 'a,
    {
        self.run(name, actor, Access::Alone, work).boxed()
    }

    async fn run<T: Send>(
        &self,
        name: &'static str,
        actor: Actor,
        access: Access,
        work: impl for<'t> Work<'t, T>,
    ) -> Result<T> {
        let watch = Stopwatch::start();
        let mut run = 1;
        let outcome = loop {
            let outcome = self.run_once(name, actor, access, &work).await;
            match &outcome {
                Err(error) if error.is_conflict() && run < MOST_RUNS => {
                    metrics::counter!("cloud_transaction_retries_total", "transaction" => name)
                        .increment(1);
                    tokio::time::sleep(self.pause(run)).await;
                    run += 1;
                }
                _ => break outcome,
            }
        };
        let result = if outcome.is_ok() { "ok" } else { "error" };
        metrics::histogram!("cloud_transaction_seconds", "transaction" => name, "result" => result)
            .record(watch.elapsed());
        outcome
    }

    async fn run_once<T: Send>(
        &self,
        name: &'static str,
        actor: Actor,
        access: Access,
        work: &impl for<'t> Work<'t, T>,
    ) -> Result<T> {
        let client = self.0.pool.client().await?;
        let tx = Tx::new(client, self.0.pool.pooler, name, actor, access, self.now());
        match work.run(&tx).await {
            Ok(done) => {
                tx.commit().await?;
                Ok(done)
            }
            Err(error) => {
                tx.rollback().await;
                Err(error)
            }
        }
    }

    /// A few milliseconds, more after each run, with jitter.
    fn pause(&self, run: u32) -> Duration {
        let longest = 5_u64 << run.min(6);
        Duration::from_millis(1 + random::number(&*self.0.parts.random) % longest)
    }

    /// Business time.
    pub fn now(&self) -> Timestamp {
        self.0.parts.clock.now()
    }

    /// Time for sessions, lock-outs and leases.
    pub fn security_now(&self) -> Timestamp {
        self.0.parts.security_clock.now()
    }

    /// A new id.
    pub fn id(&self) -> Uuid {
        random::uuid_v7(&*self.0.parts.clock, &*self.0.parts.random)
    }

    /// What was taken from the surroundings.
    pub fn parts(&self) -> &Parts {
        &self.0.parts
    }

    pub(crate) fn office(&self) -> &Office {
        &self.0.office
    }

    pub(crate) fn sync(&self) -> &Memory {
        &self.0.sync
    }

    pub(crate) fn orders(&self) -> &order::Memory {
        &self.0.orders
    }

    pub(crate) fn channels(&self) -> &channel::Keys {
        &self.0.channels
    }

    pub(crate) fn pictures(&self) -> &picture::Memory {
        &self.0.pictures
    }

    pub(crate) fn hasher(&self) -> &Hasher {
        &self.0.hasher
    }

    /// Fires when this instance is told to stop.
    pub(crate) fn shutdown(&self) -> Shutdown {
        self.0.shutdown.clone()
    }

    /// Returns when this instance is told to stop: open sockets end then.
    pub(crate) async fn closing(&self) {
        self.0.shutdown.wait().await;
    }

    pub(crate) fn begin_shutdown(&self) {
        self.0.trigger.fire();
    }

    pub(crate) fn close(&self) {
        self.0.pool.close();
    }
}

/// What a transaction does: an `async |tx| …` whose future may move between threads. It may run more than once.
pub trait Work<'t, T>: Send + Sync {
    /// Runs it.
    fn run(&self, tx: &'t Tx) -> impl Future<Output = Result<T>> + Send;
}

impl<'t, T, F, R> Work<'t, T> for F
where
    F: Fn(&'t Tx) -> R + Send + Sync,
    R: Future<Output = Result<T>> + Send,
{
    fn run(&self, tx: &'t Tx) -> impl Future<Output = Result<T>> + Send {
        self(tx)
    }
}
