//! A `PgBouncer` in transaction mode before the run's cluster, for the tests that must work behind one.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use tokio_postgres::{Config, NoTls};

use super::super::home::private_folder;
use super::super::{ClusterError, SUPERUSER, io};
use super::{TestDatabase, shared};

/// Debian's is in a folder that is not on everybody's `PATH`.
const PLACES: [&str; 3] = ["/usr/sbin", "/usr/bin", "/opt/homebrew/bin"];
const PORT: u16 = 6432;
const CLIENTS_MAX: u16 = 400;
/// Who may connect besides the superuser: the application's role.
const ROLES: [&str; 2] = [SUPERUSER, "branchline_app"];
const START_TRIES: u32 = 100;

/// A pooler of its own for one test. Stops when dropped.
#[derive(Debug)]
pub struct PgBouncer {
    process: Child,
    folder: PathBuf,
}

impl PgBouncer {
    /// Starts one that has `connections` to the server, which all clients share, a transaction at a time.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub async fn start(database: &TestDatabase, connections: u16) -> Result<Self, ClusterError> {
        let server = &shared()?.server;
        let folder = server.home().join(format!("pool_{}", database.name()));
        private_folder(&folder, server.account())?;
        write(
            &folder.join("users.txt"),
            &ROLES.map(|role| format!("\"{role}\" \"\"\n")).concat(),
        )?;
        let settings = settings(&folder, server.socket(), connections);
        let settings_file = folder.join("pgbouncer.ini");
        write(&settings_file, &settings)?;
        let process = server
            .command(&program()?)
            .arg("--quiet")
            .arg(&settings_file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(io("start pgbouncer"))?;
        let pooler = Self { process, folder };
        pooler.ready(database).await?;
        Ok(pooler)
    }

    /// How `role` reaches `database` through it.
    pub fn config(&self, database: &TestDatabase, role: &str) -> Config {
        let mut config = Config::new();
        config
            .host_path(&self.folder)
            .port(PORT)
            .user(role)
            .dbname(database.name());
        config
    }

    async fn ready(&self, database: &TestDatabase) -> Result<(), ClusterError> {
        let config = self.config(database, SUPERUSER);
        for _ in 0..START_TRIES {
            if config.connect(NoTls).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = std::fs::read_to_string(self.folder.join("pgbouncer.log")).unwrap_or_default();
        Err(ClusterError::Program {
            program: "pgbouncer".to_owned(),
            output: log,
        })
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // Its clients are gone, or are to see it go.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn settings(folder: &Path, socket: &Path, connections: u16) -> String {
    let (folder, socket) = (folder.display(), socket.display());
    format!(
        "[databases]\n* = host={socket} port=5432\n\
         [pgbouncer]\nlisten_addr =\nlisten_port = {PORT}\nunix_socket_dir = {folder}\n\
         auth_type = trust\nauth_file = {folder}/users.txt\nlogfile = {folder}/pgbouncer.log\n\
         pool_mode = transaction\nmax_client_conn = {CLIENTS_MAX}\ndefault_pool_size = {connections}\n"
    )
}

fn write(path: &Path, text: &str) -> Result<(), ClusterError> {
    std::fs::write(path, text).map_err(io(format!("write {}", path.display())))
}

fn program() -> Result<PathBuf, ClusterError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(PLACES.map(PathBuf::from))
        .map(|folder| folder.join("pgbouncer"))
        .find(|program| program.is_file())
        .ok_or_else(|| ClusterError::Program {
            program: "pgbouncer".to_owned(),
            output:
                "it is not installed: `sudo apt-get install pgbouncer`, or `scripts/setup test`"
                    .to_owned(),
        })
}
