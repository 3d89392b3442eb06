//! One PostgreSQL for all tests of a run, and an empty database of its own for each test.
//!
//! Tests may run as threads of one process or as many processes. The first one that asks makes the
//! cluster in the temporary folder; each process holds a lock for as long as it lives; a watchdog
//! stops and removes the cluster when nobody has held it for a minute.

mod pooler;

use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

pub use pooler::PgBouncer;
use tokio_postgres::{Client, Config, NoTls};

use super::home::{Account, private_folder, short_name};
use super::server::Server;
use super::{ClusterError, io};

const WATCHDOG: &str = include_str!("watchdog.sh");
/// The advisory lock under which templates are made; any number that nothing else uses.
const TEMPLATE_LOCK: i64 = 0x0b4a_6c11;

struct Shared {
    server: Server,
    /// Held shared while this process lives; the watchdog asks for it alone.
    _in_use: File,
}

static SHARED: Mutex<Option<&'static Shared>> = Mutex::new(None);

/// How the superuser connects to the run's cluster. Starts it when it is not running yet.
///
/// # Errors
/// No PostgreSQL is installed here, or it does not start.
pub fn config() -> Result<Config, ClusterError> {
    Ok(shared()?.server.config())
}

/// A database that belongs to one test. Dropped with the value.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    config: Config,
}

impl TestDatabase {
    /// A copy of `template`, which the first caller of the run makes: an empty database that `prepare` fills.
    ///
    /// Give the template a name that changes with what `prepare` does (a hash of the migrations).
    ///
    /// # Errors
    /// The cluster's, or `prepare`'s.
    pub async fn create<E: std::fmt::Display>(
        template: &str,
        prepare: impl AsyncFnOnce(Config) -> Result<(), E>,
    ) -> Result<Self, ClusterError> {
        let maintenance = tokio::task::spawn_blocking(config)
            .await
            .map_err(|error| template_error(template, &error))??;
        let client = connect(&maintenance).await?;
        let template = format!("template_{template}");
        make_template(&client, &maintenance, &template, prepare).await?;
        let name = next_name();
        execute(
            &client,
            &format!("drop database if exists {name} with (force)"),
        )
        .await?;
        execute(
            &client,
            &format!("create database {name} template {template}"),
        )
        .await?;
        let mut config = maintenance;
        config.dbname(&name);
        Ok(Self { name, config })
    }

    /// An empty database.
    ///
    /// # Errors
    /// The cluster's.
    pub async fn empty() -> Result<Self, ClusterError> {
        Self::create("empty", async |_| Ok::<(), ClusterError>(())).await
    }

    /// How the superuser connects to it.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDatabase {
    /// On a thread of its own: the test's runtime may be the one that is shutting down.
    fn drop(&mut self) {
        let mut maintenance = self.config.clone();
        maintenance.dbname("postgres");
        let statement = format!("drop database if exists {} with (force)", self.name);
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let client = connect(&maintenance).await.map_err(std::io::Error::other)?;
                execute(&client, &statement)
                    .await
                    .map_err(std::io::Error::other)
            })
        });
        // A database that stays behind goes with the cluster.
        if !matches!(dropping.join(), Ok(Ok(()))) {
            tracing::warn!(database = self.name, "The test's database was not dropped");
        }
    }
}

fn shared() -> Result<&'static Shared, ClusterError> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(shared) = *shared {
        return Ok(shared);
    }
    let started: &'static Shared = Box::leak(Box::new(start()?));
    *shared = Some(started);
    Ok(started)
}

fn start() -> Result<Shared, ClusterError> {
    let account = Account::for_server()?;
    let home = home(account.as_ref());
    let in_use = lock_file(&home.with_extension("use"))?;
    in_use.lock_shared().map_err(io("lock the test cluster"))?;
    let starting = lock_file(&home.with_extension("start"))?;
    starting
        .lock()
        .map_err(io("lock the test cluster's start"))?;
    private_folder(&home, account.as_ref())?;
    let server = Server::new(home, account, false)?;
    if !server.is_up() {
        server.stop()?;
        std::fs::remove_dir_all(server.home()).map_err(io("remove the last test cluster"))?;
        private_folder(server.home(), server.account())?;
        server.start()?;
    }
    watch(&server)?;
    Ok(Shared {
        server,
        _in_use: in_use,
    })
}

/// One per checkout and user, outside the checkout: root's server could not enter a folder below `/root`.
/// A run that wants one of its own names it in `BRANCHLINE_TEST_CLUSTER`.
fn home(account: Option<&Account>) -> PathBuf {
    if let Some(named) = std::env::var_os("BRANCHLINE_TEST_CLUSTER") {
        return PathBuf::from(named);
    }
    let temporary = if account.is_some() {
        PathBuf::from("/tmp")
    } else {
        std::env::temp_dir()
    };
    let user = std::env::var("USER").unwrap_or_default();
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join(user);
    temporary.join(format!("branchline-test-{}", short_name(&checkout)))
}

fn lock_file(path: &Path) -> Result<File, ClusterError> {
    let doing = format!("open {}", path.display());
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(io(doing.clone()))?;
    // The watchdog reads it as the server's user.
    file.set_permissions(Permissions::from_mode(0o644))
        .map_err(io(doing))?;
    Ok(file)
}

/// Starts a watchdog if none lives, in a session of its own: whoever ends the tests' session does not end it.
fn watch(server: &Server) -> Result<(), ClusterError> {
    let watch = server.home().with_extension("watch");
    lock_file(&watch)?;
    let started = server
        .command(Path::new("setsid"))
        .args(["--fork", "sh", "-c", WATCHDOG, "branchline-test-watchdog"])
        .arg(server.home().with_extension("use"))
        .arg(watch)
        .arg(server.home())
        .arg(server.binaries().program("pg_ctl"))
        .current_dir("/")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match started {
        // A system without util-linux: the cluster stays until somebody stops it.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other
            .map(drop)
            .map_err(io("start the test cluster's watchdog")),
    }
}

/// Makes the template under a lock that all processes respect; it appears under its name only when finished.
async fn make_template<E: std::fmt::Display>(
    client: &Client,
    maintenance: &Config,
    template: &str,
    prepare: impl AsyncFnOnce(Config) -> Result<(), E>,
) -> Result<(), ClusterError> {
    execute(client, &format!("select pg_advisory_lock({TEMPLATE_LOCK})")).await?;
    let exists = client
        .query_opt("select 1 from pg_database where datname = $1", &[&template])
        .await
        .map_err(sql("look for the template"))?
        .is_some();
    if !exists {
        let unfinished = format!("{template}_unfinished");
        execute(
            client,
            &format!("drop database if exists {unfinished} with (force)"),
        )
        .await?;
        execute(client, &format!("create database {unfinished}")).await?;
        let mut config = maintenance.clone();
        config.dbname(&unfinished);
        prepare(config)
            .await
            .map_err(|error| template_error(template, &error))?;
        let evict = format!(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{unfinished}'"
        );
        execute(client, &evict).await?;
        execute(
            client,
            &format!("alter database {unfinished} rename to {template}"),
        )
        .await?;
        execute(
            client,
            &format!("alter database {template} allow_connections false"),
        )
        .await?;
    }
    execute(
        client,
        &format!("select pg_advisory_unlock({TEMPLATE_LOCK})"),
    )
    .await
}

fn next_name() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    format!(
        "test_{}_{}",
        std::process::id(),
        MADE.fetch_add(1, Ordering::Relaxed)
    )
}

async fn connect(config: &Config) -> Result<Client, ClusterError> {
    let (client, connection) = config
        .connect(NoTls)
        .await
        .map_err(sql("connect to the test cluster"))?;
    tokio::spawn(connection);
    Ok(client)
}

async fn execute(client: &Client, statement: &str) -> Result<(), ClusterError> {
    client
        .batch_execute(statement)
        .await
        .map_err(sql(statement))
}

fn sql(doing: &str) -> impl FnOnce(tokio_postgres::Error) -> ClusterError {
    let doing = doing.to_owned();
    move |source| ClusterError::Sql { doing, source }
}

fn template_error(template: &str, reason: &impl std::fmt::Display) -> ClusterError {
    ClusterError::Template {
        template: template.to_owned(),
        reason: format!("{reason:#}"),
    }
}
