//! A private PostgreSQL that this process owns: made, started and stopped from the binaries found here.
//!
//! It listens on a Unix socket in a folder that only its operating-system user may enter, never on
//! the network. One process owns a cluster at a time; the owner's death, however sudden, frees it.

mod binaries;
mod error;
mod home;
mod restore;
mod server;
pub mod testing;
mod watch;

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

pub use binaries::Binaries;
pub use error::ClusterError;
pub use home::{Account, default_home};
pub use restore::restore;
use server::Server;
use watch::Watched;

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

/// Adds what was being done to a file-system error.
fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> ClusterError {
    let doing = doing.into();
    move |source| ClusterError::Io { doing, source }
}

/// A running private cluster: a server that ends by itself is started again. Stops when dropped.
#[derive(Debug)]
pub struct Cluster {
    watched: Watched,
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
        Ok(Self {
            watched: Watched::start(server)?,
            _owner: owner,
        })
    }

    /// How its superuser connects to the maintenance database; change `dbname` for another one.
    pub fn config(&self) -> tokio_postgres::Config {
        self.watched.server().config()
    }

    /// The folder with the socket; `host=` for anything that speaks libpq.
    pub fn socket(&self) -> &Path {
        self.watched.server().socket()
    }

    /// A command that runs as the cluster's operating-system user, for `psql`, `pgbouncer` and the like.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        self.watched.server().command(program.as_ref())
    }

    /// The server's programs.
    pub fn binaries(&self) -> &Binaries {
        self.watched.server().binaries()
    }

    /// Stops the server at once: open transactions are rolled back, clients are cut off.
    /// The cluster stays ours, so [`Self::resume`] may start it again. Stopped already: nothing happens.
    ///
    /// # Errors
    /// The server does not stop.
    pub fn stop(&self) -> Result<(), ClusterError> {
        self.watched.stop()
    }

    /// Starts the server again after [`Self::stop`].
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn resume(&self) -> Result<(), ClusterError> {
        self.watched.resume()
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
