//! A cache in memory, and in a Redis that instances share when there is one. Keys name a version of what is kept, so
//! nothing in it is ever wrong; it only saves work. Without Redis, or while it is away, memory alone does.
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use httpkit::{clock::Stopwatch, problem::Problem};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::OnceCell;

use crate::db::DbError;
use crate::error::{Error, Result};

/// Answers kept in memory.
const KEPT: u64 = 1_000;
/// How long an answer is kept. Names in it may be that old.
const KEPT_FOR: Duration = Duration::from_mins(1);
/// The longest that a request waits for Redis: asking the database is not much slower.
const REDIS_WAIT: Duration = Duration::from_millis(100);
/// After a failure Redis is left alone for this long.
const REDIS_PAUSE: Duration = Duration::from_secs(2);

/// Names an answer, with the version of what it was computed from.
pub(crate) type Key = [u8; 32];

/// Answers by key.
pub(crate) struct Cache<T> {
    memory: moka::future::Cache<Key, Arc<T>>,
    shared: Option<Shared>,
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Cache<T> {
    pub(crate) fn new(shared: Option<Shared>) -> Self {
        let memory = moka::future::Cache::builder()
            .max_capacity(KEPT)
            .time_to_live(KEPT_FOR)
            .build();
        Self { memory, shared }
    }

    /// The answer of that key; computed once, however many ask at the same time.
    pub(crate) async fn get(
        &self,
        key: Key,
        compute: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>> {
        let mut found = "memory";
        let answer = self
            .memory
            .try_get_with(key, async {
                if let Some(kept) = self.shared_get(&key).await {
                    found = "redis";
                    return Ok(Arc::new(kept));
                }
                found = "nowhere";
                let computed = compute.await?;
                self.shared_put(&key, &computed).await;
                Ok(Arc::new(computed))
            })
            .await
            .map_err(own);
        metrics::counter!("cloud_cache_lookups_total", "found" => found).increment(1);
        answer
    }

    async fn shared_get(&self, key: &Key) -> Option<T> {
        let text: Option<Vec<u8>> = self
            .shared
            .as_ref()?
            .run(redis::cmd("GET").arg(name(key)))
            .await?;
        serde_json::from_slice(&text?).ok()
    }

    async fn shared_put(&self, key: &Key, answer: &T) {
        if let Some(shared) = &self.shared
            && let Ok(text) = serde_json::to_vec(answer)
        {
            let mut put = redis::cmd("SET");
            put.arg(name(key))
                .arg(text)
                .arg("EX")
                .arg(KEPT_FOR.as_secs());
            shared.run::<()>(&put).await;
        }
    }
}

/// The failure that several askers share, for one of them.
fn own(shared: Arc<Error>) -> Error {
    Arc::try_unwrap(shared).unwrap_or_else(|shared| match &*shared {
        Error::Problem(problem) => Error::Problem(problem.clone()),
        Error::Db(DbError::Unavailable(why)) => Error::Db(DbError::Unavailable(why.clone())),
        Error::Db(error) => Problem::internal(error).into(),
    })
}

fn name(key: &Key) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    format!("branchline:figures:{}", URL_SAFE_NO_PAD.encode(key))
}

/// A Redis that instances share. Connects when it is first needed and again when it was away. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Inner>);

struct Inner {
    client: redis::Client,
    connection: OnceCell<ConnectionManager>,
    failed: Mutex<Option<Stopwatch>>,
}

impl Shared {
    pub(crate) fn new(address: &str) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(Inner {
            client: redis::Client::open(address).context("REDIS_URL is no Redis address")?,
            connection: OnceCell::new(),
            failed: Mutex::new(None),
        })))
    }

    pub(crate) fn client(&self) -> &redis::Client {
        &self.0.client
    }

    /// Runs a command. Nothing when Redis is away, which is counted and otherwise silent.
    pub(crate) async fn run<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> Option<T> {
        if self.is_resting() {
            return None;
        }
        let watch = Stopwatch::start();
        let answer = tokio::time::timeout(REDIS_WAIT, async {
            let mut connection = self.connection().await?;
            command.query_async(&mut connection).await
        });
        let error = match answer.await {
            Ok(Ok(answer)) => {
                metrics::histogram!("cloud_redis_seconds").record(watch.elapsed());
                metrics::gauge!("cloud_redis_up").set(1.0);
                return Some(answer);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer".to_owned(),
        };
        metrics::counter!("cloud_redis_failures_total").increment(1);
        metrics::gauge!("cloud_redis_up").set(0.0);
        tracing::debug!(error, "Redis is away: {error}");
        *self.0.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Stopwatch::start());
        None
    }

    async fn connection(&self) -> redis::RedisResult<ConnectionManager> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(REDIS_WAIT))
            .set_response_timeout(Some(REDIS_WAIT));
        self.0
            .connection
            .get_or_try_init(|| self.0.client.get_connection_manager_with_config(config))
            .await
            .cloned()
    }

    fn is_resting(&self) -> bool {
        let failed = self.0.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.is_some_and(|since| since.elapsed() < REDIS_PAUSE)
    }
}
