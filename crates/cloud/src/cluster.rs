//! A private PostgreSQL that this process owns: made, started and stopped from the binaries found here.
//!
//! It listens on a Unix socket in a folder that only its operating-system user may enter, never on
//! the network. One process owns a cluster at a time; the owner's death, however sudden, frees it.

mod binaries;
mod home;
mod server;
pub mod testing;

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

pub use binaries::Binaries;
pub use home::{Account, default_home};
use server::Server;

/// The oldest PostgreSQL whose features the migrations use.
pub const OLDEST_MAJOR: u32 = 15;

/// The superuser of a private cluster.
pub const SUPERUSER: &str = "postgres";

/// Where a cluster lives and how careful it is with its data.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// The cluster's own folder; made when it is missing. See [`default_home`].
    pub data_dir: PathBuf,
    /// `false` turns off every flush to disk: for tests and benchmarks, whose data may be lost.
    pub durable: bool,
}

impl ClusterOptions {
    /// A cluster that survives power cuts, in `data_dir`.
    pub fn durable(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            durable: true,
        }
    }

    /// A fast cluster that may lose everything, in `data_dir`.
    pub fn scratch(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            durable: false,
        }
    }
}

/// Why a private cluster cannot be had. Each text says what the operator can do.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No usable binaries were found.
    #[error(
        "no PostgreSQL server was found ({searched}). Install one: `sudo apt-get install postgresql` \
         (Debian, Ubuntu) or `brew install postgresql@17` (macOS); or name its folder in PG_BIN, \
         or give a running one by DATABASE_URL"
    )]
    NoBinaries {
        /// The places that were searched, for the message.
        searched: String,
    },
    /// `PG_BIN` is set, but does not hold a server.
    #[error(
        "PG_BIN is {folder}, which lacks {missing}: it must be the folder that holds initdb, postgres and pg_ctl"
    )]
    BadPgBin {
        /// The folder named by `PG_BIN`.
        folder: String,
        /// The first program that is missing there.
        missing: &'static str,
    },
    /// Only a server older than [`OLDEST_MAJOR`] is here.
    #[error("PostgreSQL {found} in {folder} is too old: {OLDEST_MAJOR} or newer is needed")]
    TooOld {
        /// The major version that was found.
        found: u32,
        /// Where it was found.
        folder: String,
    },
    /// The data was written by another major version than any that is installed.
    #[error(
        "the data in {data} was written by PostgreSQL {written}, which is not installed here. \
         Install it (`sudo apt-get install postgresql-{written}`), or upgrade the folder with pg_upgrade"
    )]
    OtherMajor {
        /// The data folder.
        data: String,
        /// The major version that wrote it.
        written: u32,
    },
    /// The folder lies below one that the unprivileged user may not enter.
    #[error(
        "PostgreSQL does not run as root; it runs here as `{account}`, who cannot enter {blocked}. \
         Choose a folder outside it for {home}, such as /var/lib/branchline"
    )]
    Unreachable {
        /// The folder that was asked for.
        home: String,
        /// The first of its parents that the user cannot enter.
        blocked: String,
        /// The unprivileged user.
        account: String,
    },
    /// Neither `postgres` nor `nobody` exists on this machine.
    #[error(
        "PostgreSQL does not run as root, and neither user `postgres` nor `nobody` exists to run it"
    )]
    NoAccount,
    /// Another process owns the cluster now.
    #[error(
        "the PostgreSQL in {home} is in use by process {owner}; stop that one or choose another folder"
    )]
    InUse {
        /// The cluster's folder.
        home: String,
        /// What the lock file says about the owner.
        owner: String,
    },
    /// Nothing runs that could be joined.
    #[error("no PostgreSQL runs in {home}")]
    NotRunning {
        /// The cluster's folder.
        home: String,
    },
    /// The socket's path would be longer than the system allows.
    #[error("the socket path {path} is too long for a Unix socket (103 bytes at most)")]
    SocketPath {
        /// The path that is too long.
        path: String,
    },
    /// A PostgreSQL program failed.
    #[error("{program} failed: {output}")]
    Program {
        /// Its name.
        program: String,
        /// What it printed, and the end of the server's log where there is one.
        output: String,
    },
    /// The file system refused.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done, with the path.
        doing: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A statement on the cluster failed.
    #[error("{doing}: {source}")]
    Sql {
        /// What was being done.
        doing: String,
        /// The server's reason.
        source: tokio_postgres::Error,
    },
    /// A test's template could not be prepared.
    #[error("template database {template}: {reason}")]
    Template {
        /// The template's name.
        template: String,
        /// Why.
        reason: String,
    },
}

/// Adds what was being done to a file-system error.
fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> ClusterError {
    let doing = doing.into();
    move |source| ClusterError::Io { doing, source }
}

/// A running private cluster. Stops when dropped.
#[derive(Debug)]
pub struct Cluster {
    server: Server,
    _owner: File,
}

impl Cluster {
    /// Makes the cluster when the folder is empty, and starts it.
    ///
    /// A server that a dead owner left behind is stopped first, and a crashed one recovers, so this
    /// also works after `kill -9` and after a power cut. Blocks for about 1 s, 4 s when it makes one.
    ///
    /// # Errors
    /// Every refusal of [`ClusterError`]; the text names the remedy.
    pub fn start(options: ClusterOptions) -> Result<Self, ClusterError> {
        let account = Account::for_server()?;
        let home = home::prepare(&options.data_dir, account.as_ref())?;
        let owner = own(&home)?;
        let server = Server::new(home, account, options.durable)?;
        server.start()?;
        Ok(Self {
            server,
            _owner: owner,
        })
    }

    /// How its superuser connects to the maintenance database; change `dbname` for another one.
    pub fn config(&self) -> tokio_postgres::Config {
        self.server.config()
    }

    /// The folder with the socket; `host=` for anything that speaks libpq.
    pub fn socket(&self) -> &Path {
        self.server.socket()
    }

    /// A command that runs as the cluster's operating-system user, for `psql`, `pgbouncer` and the like.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        self.server.command(program.as_ref())
    }

    /// The server's programs.
    pub fn binaries(&self) -> &Binaries {
        self.server.binaries()
    }

    /// Stops the server at once: open transactions are rolled back, clients are cut off.
    /// The cluster stays ours, so [`Self::resume`] may start it again. Stopped already: nothing happens.
    ///
    /// # Errors
    /// The server does not stop.
    pub fn stop(&self) -> Result<(), ClusterError> {
        self.server.stop()
    }

    /// Starts the server again after [`Self::stop`] or a crash.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn resume(&self) -> Result<(), ClusterError> {
        self.server.start()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.server.stop() {
            tracing::error!(%error, "The private PostgreSQL did not stop");
        }
        self.server.forget_socket();
    }
}

/// How the superuser connects to a cluster that another process owns and runs: for a command beside a server.
///
/// # Errors
/// No cluster runs there, or this user may not enter its folder.
pub fn join(data_dir: &Path) -> Result<tokio_postgres::Config, ClusterError> {
    let account = Account::for_server()?;
    let home = data_dir
        .canonicalize()
        .map_err(io(format!("find {}", data_dir.display())))?;
    let server = Server::new(home, account, true)?;
    if !server.is_up() {
        return Err(ClusterError::NotRunning {
            home: server.home().display().to_string(),
        });
    }
    Ok(server.config())
}

/// Takes the folder's ownership for as long as the returned file is open.
fn own(home: &Path) -> Result<File, ClusterError> {
    let path = home.join("owner.lock");
    let doing = || format!("open {}", path.display());
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(io(doing()))?;
    match file.try_lock() {
        Ok(()) => {
            let write = file
                .set_len(0)
                .and_then(|()| file.rewind())
                .and_then(|()| write!(file, "{}", std::process::id()));
            write.map_err(io(doing()))?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            file.read_to_string(&mut owner).map_err(io(doing()))?;
            Err(ClusterError::InUse {
                home: home.display().to_string(),
                owner,
            })
        }
        Err(TryLockError::Error(source)) => Err(io(doing())(source)),
    }
}

#[cfg(test)]
mod tests;
