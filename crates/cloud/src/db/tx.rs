//! A transaction: its actor and its instant travel with it, and statements go out together where they can.
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use deadpool_postgres::Client;
use futures_util::{FutureExt, future::BoxFuture, future::join_all};
use httpkit::clock::Stopwatch;
use jiff::Timestamp;
use tokio_postgres::{Row, Statement, types::ToSql, types::Type};
use uuid::Uuid;

use super::{Call, DbError, Pooler, Sql, call, sql};

/// The most statements in one flush.
const MOST_CALLS: usize = 24;
/// Milliseconds after which a flush is told in the log.
const SLOW_MS: u64 = 200;
/// Milliseconds after which the server gives a statement up.
const STATEMENT_TIMEOUT_MS: &str = "30000";

/// Who acts: kept for row-level security and in what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A person.
    Staff(Uuid),
    /// A machine with a token of a person: sees what the person sees.
    Token {
        /// The token.
        id: Uuid,
        /// Whose it is.
        staff: Uuid,
    },
    /// A shop's edge.
    Node(Uuid),
    /// A web shop's server: sees the orders that it has placed.
    Channel(Uuid),
    /// Somebody who buys online.
    Customer(Uuid),
    /// Work that nobody waits for: sees everything.
    Service(&'static str),
}

impl Actor {
    /// Whose hand it is, also by a token.
    #[must_use]
    pub const fn person(self) -> Option<Uuid> {
        match self {
            Self::Staff(staff) | Self::Token { staff, .. } => Some(staff),
            Self::Node(_) | Self::Channel(_) | Self::Customer(_) | Self::Service(_) => None,
        }
    }

    /// Through whose eyes the rows are seen.
    fn reach(self) -> String {
        match self {
            Self::Token { staff, .. } => Self::Staff(staff).to_string(),
            Self::Staff(_)
            | Self::Node(_)
            | Self::Channel(_)
            | Self::Customer(_)
            | Self::Service(_) => self.to_string(),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Staff(id) => write!(f, "staff:{id}"),
            Self::Token { id, .. } => write!(f, "token:{id}"),
            Self::Node(id) => write!(f, "node:{id}"),
            Self::Channel(id) => write!(f, "channel:{id}"),
            Self::Customer(id) => write!(f, "customer:{id}"),
            Self::Service(name) => write!(f, "service:{name}"),
        }
    }
}

/// What a transaction does with the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reads only; all statements see the same instant.
    Read,
    /// Reads and writes; each statement sees what is committed.
    Write,
    /// Each statement is a transaction of its own, without an actor.
    Alone,
}

impl Access {
    const fn begin(self) -> Option<&'static str> {
        match self {
            Self::Read => Some("begin isolation level repeatable read, read only"),
            Self::Write => Some("begin"),
            Self::Alone => None,
        }
    }
}

/// A transaction in progress. Begins with its first statement, so that both travel together.
pub struct Tx {
    client: Option<Client>,
    pooler: Pooler,
    name: &'static str,
    who: Actor,
    actor: String,
    /// Through whose eyes the next statement sees, and whether the server knows it.
    reach: Mutex<Reach>,
    access: Access,
    now: Timestamp,
    begun: AtomicBool,
    ended: AtomicBool,
}

struct Reach {
    eyes: String,
    is_told: bool,
}

/// A statement ready to be sent.
enum Ready<'a> {
    Prepared(Statement, &'a [&'a (dyn ToSql + Sync)]),
    Typed(&'static str, Vec<(&'a (dyn ToSql + Sync), Type)>),
    /// Without parameters or answer: `begin`, `commit`.
    Simple(&'static str),
}

const CONTEXT: Sql = sql!(
    "select set_config('branchline.actor', $1, true), set_config('branchline.now', $2, true), \
            set_config('statement_timeout', $3, true), set_config('branchline.reach', $4, true), \
            look_around()::text",
    (text, text, text, text) -> (text, text, text, text, text)
);

impl Tx {
    pub(crate) fn new(
        client: Client,
        pooler: Pooler,
        name: &'static str,
        actor: Actor,
        access: Access,
        now: Timestamp,
    ) -> Self {
        Self {
            client: Some(client),
            pooler,
            name,
            who: actor,
            actor: actor.to_string(),
            reach: Mutex::new(Reach {
                eyes: actor.reach(),
                is_told: false,
            }),
            access,
            now,
            begun: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        }
    }

    /// The instant of this transaction, by the business clock.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Who acts in it.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// From the next statement on, rows of all locations are seen: for a step that concerns several of them, like that
    /// of an order, after it was decided as the actor that it may be taken. Who acts stays who it was.
    pub(crate) fn widen(&self, service: &'static str) {
        self.look_as(Actor::Service(service));
    }

    /// From the next statement on, only what the actor sees is seen again.
    pub(crate) fn narrow(&self) {
        self.look_as(self.who);
    }

    fn look_as(&self, who: Actor) {
        let reach = Reach {
            eyes: who.reach(),
            is_told: false,
        };
        *self.reach.lock().unwrap_or_else(PoisonError::into_inner) = reach;
    }

    /// Whose eyes the server has to be told of before the next statement, if it has.
    fn untold_reach(&self) -> Option<String> {
        let mut reach = self.reach.lock().unwrap_or_else(PoisonError::into_inner);
        (!std::mem::replace(&mut reach.is_told, true)).then(|| reach.eyes.clone())
    }

    /// The rows of a statement.
    pub async fn rows(
        &self,
        sql: Sql,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DbError> {
        let mut answers = self.flush(&[call(sql, params)], false).await?;
        Ok(answers.pop().unwrap_or_default())
    }

    /// The first row, if there is one.
    pub async fn row(
        &self,
        sql: Sql,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, DbError> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    /// Runs a statement whose rows do not matter.
    pub async fn run(&self, sql: Sql, params: &[&(dyn ToSql + Sync)]) -> Result<(), DbError> {
        self.rows(sql, params).await.map(drop)
    }

    /// Sends several statements at once, in this order; one round trip.
    pub async fn all(&self, calls: &[Call<'_>]) -> Result<Vec<Vec<Row>>, DbError> {
        self.flush(calls, false).await
    }

    /// Sends the last statements with the commit; one round trip. Nothing may follow.
    pub async fn finish(&self, calls: &[Call<'_>]) -> Result<Vec<Vec<Row>>, DbError> {
        self.flush(calls, true).await
    }

    /// Marks a place to go back to. At most one is open.
    pub(crate) async fn savepoint(&self) -> Result<(), DbError> {
        self.flush(&[], false).await?;
        self.simple("savepoint step").await
    }

    pub(crate) async fn keep_savepoint(&self) -> Result<(), DbError> {
        self.simple("release savepoint step").await
    }

    pub(crate) async fn back_to_savepoint(&self) -> Result<(), DbError> {
        self.simple("rollback to savepoint step; release savepoint step")
            .await
    }

    /// Commits, unless [`Tx::finish`] has done it.
    pub(crate) async fn commit(&self) -> Result<(), DbError> {
        if self.ended.load(Ordering::Relaxed) || !self.begun.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.simple("commit").await?;
        self.ended.store(true, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) async fn rollback(&self) {
        if self.ended.load(Ordering::Relaxed) || !self.begun.load(Ordering::Relaxed) {
            return;
        }
        // A connection that cannot even roll back is thrown away when this is dropped.
        if self.simple("rollback").await.is_ok() {
            self.ended.store(true, Ordering::Relaxed);
        }
    }

    fn client(&self) -> &Client {
        self.client
            .as_ref()
            .expect("only dropping takes the client away")
    }

    async fn simple(&self, text: &'static str) -> Result<(), DbError> {
        Ok(self.client().batch_execute(text).await?)
    }

    async fn flush(&self, calls: &[Call<'_>], last: bool) -> Result<Vec<Vec<Row>>, DbError> {
        assert!(
            calls.len() <= MOST_CALLS,
            "a flush has at most {MOST_CALLS} statements"
        );
        assert!(
            !self.ended.load(Ordering::Relaxed),
            "the transaction is over"
        );
        let now = self.now.to_string();
        let begin = self.access.begin();
        let reach = begin.and_then(|_| self.untold_reach());
        let context: [&(dyn ToSql + Sync); 4] = [&self.actor, &now, &STATEMENT_TIMEOUT_MS, &reach];
        // All are prepared before the first is sent: a late preparation would let the next one overtake.
        let mut ready = Vec::with_capacity(calls.len() + 3);
        if let Some(begin) = begin
            && !self.begun.load(Ordering::Relaxed)
        {
            ready.push(Ready::Simple(begin));
        }
        if reach.is_some() {
            ready.push(self.ready(call(CONTEXT, &context)).await?);
        }
        let before = ready.len();
        for &one in calls {
            ready.push(self.ready(one).await?);
        }
        if last {
            ready.push(Ready::Simple("commit"));
        }
        self.begun.store(begin.is_some(), Ordering::Relaxed);
        let watch = Stopwatch::start();
        let answers = join_all(ready.into_iter().map(|one| send(self.client(), one))).await;
        self.measure(calls, watch);
        let mut answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
        if last {
            self.ended.store(true, Ordering::Relaxed);
            answers.pop();
        }
        Ok(answers.split_off(before))
    }

    async fn ready<'a>(&self, one: Call<'a>) -> Result<Ready<'a>, DbError> {
        let types = one.sql.params.iter().map(|kind| kind.pg());
        match self.pooler {
            Pooler::None => {
                let types: Vec<Type> = types.collect();
                let statement = self
                    .client()
                    .prepare_typed_cached(one.sql.text, &types)
                    .await?;
                Ok(Ready::Prepared(statement, one.params))
            }
            Pooler::Transaction => Ok(Ready::Typed(
                one.sql.text,
                one.params.iter().copied().zip(types).collect(),
            )),
        }
    }

    fn measure(&self, calls: &[Call<'_>], watch: Stopwatch) {
        metrics::histogram!("cloud_statement_seconds", "transaction" => self.name)
            .record(watch.elapsed());
        let duration_ms = watch.elapsed_ms();
        if duration_ms >= SLOW_MS {
            let statement = calls.first().map_or("", |one| one.sql.text);
            metrics::counter!("cloud_slow_statements_total", "transaction" => self.name)
                .increment(1);
            tracing::warn!(
                transaction = self.name,
                duration_ms,
                statement,
                "A statement of `{}` took {duration_ms} ms",
                self.name
            );
        }
    }
}

/// Sends when it is first polled, so that `join_all` keeps the order.
fn send<'a>(client: &'a Client, one: Ready<'a>) -> BoxFuture<'a, Result<Vec<Row>, DbError>> {
    match one {
        Ready::Prepared(statement, params) => {
            async move { Ok(client.query(&statement, params).await?) }.boxed()
        }
        Ready::Typed(text, params) => {
            async move { Ok(client.query_typed(text, &params).await?) }.boxed()
        }
        Ready::Simple(text) => async move {
            client.batch_execute(text).await?;
            Ok(Vec::new())
        }
        .boxed(),
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let open = self.begun.load(Ordering::Relaxed) && !self.ended.load(Ordering::Relaxed);
        if let Some(client) = self.client.take()
            && open
        {
            // The request was given up in the middle: the connection is closed, which rolls back.
            drop(Client::take(client));
        }
    }
}
