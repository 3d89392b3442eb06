//! One PostgreSQL server: made, configured, started and stopped by its own programs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use super::home::{Account, SOCKET_FILE, socket_folder};
use super::{Binaries, ClusterError, SUPERUSER, io};

/// Crash recovery after a busy day may take minutes; a start that takes longer is given up.
const START_SECONDS_MAX: u32 = 300;
const STOP_SECONDS_MAX: u32 = 30;
/// How often a start is tried while a killed server or its children are not quite gone.
const START_TRIES: u32 = 5;
const LOG_TAIL_LINES: usize = 12;

const DURABLE: &str = "\
max_connections = 100
shared_buffers = 128MB
synchronous_commit = on
wal_compression = on
log_min_duration_statement = 500ms
track_io_timing = on
logging_collector = on
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
";

const SCRATCH: &str = "\
max_connections = 200
shared_buffers = 128MB
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum_naptime = 10s
";

/// A server's programs, folders and user. Whether it runs is asked of the system each time.
#[derive(Debug)]
pub(super) struct Server {
    binaries: Binaries,
    account: Option<Account>,
    home: PathBuf,
    socket: PathBuf,
    durable: bool,
}

impl Server {
    pub(super) fn new(
        home: PathBuf,
        account: Option<Account>,
        durable: bool,
    ) -> Result<Self, ClusterError> {
        let data = home.join("data");
        let written = std::fs::read_to_string(data.join("PG_VERSION"))
            .ok()
            .and_then(|version| version.trim().parse().ok());
        let binaries = Binaries::find(written).map_err(|error| match error {
            ClusterError::OtherMajor { written, .. } => ClusterError::OtherMajor {
                data: data.display().to_string(),
                written,
            },
            other => other,
        })?;
        let socket = socket_folder(&home, account.as_ref())?;
        Ok(Self {
            binaries,
            account,
            home,
            socket,
            durable,
        })
    }

    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(super) const fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    pub(super) const fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    pub(super) fn config(&self) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config
            .host_path(&self.socket)
            .port(5432)
            .user(SUPERUSER)
            .dbname("postgres");
        config
    }

    /// Makes the data folder if it is missing, and starts. Whatever ran there before is stopped first.
    pub(super) fn start(&self) -> Result<(), ClusterError> {
        if !self.data().join("PG_VERSION").is_file() {
            self.initialise()?;
        }
        self.stop()?;
        self.forget_foreign_pid()?;
        socket_folder(&self.home, self.account.as_ref())?;
        self.configure()?;
        for attempt in 1..START_TRIES {
            match self.launch() {
                Err(ClusterError::Program { output, .. })
                    if is_held_by_the_dead(&output) || self.was_killed() =>
                {
                    if attempt > 1 {
                        self.end_orphans();
                    }
                    sleep(Duration::from_secs(1));
                }
                other => return other,
            }
        }
        // A killed server that nobody reaps (a container without an init) keeps its number for ever.
        if self.running().is_none() {
            self.forget_pid()?;
        }
        self.launch()
    }

    /// Stops at once; not running is fine.
    pub(super) fn stop(&self) -> Result<(), ClusterError> {
        if self.running().is_none() {
            return Ok(());
        }
        let stop = |mode: &str| {
            let seconds = STOP_SECONDS_MAX.to_string();
            self.run(
                "pg_ctl",
                &[
                    "stop",
                    "-D",
                    &self.data_text(),
                    "-m",
                    mode,
                    "-w",
                    "-s",
                    "-t",
                    &seconds,
                ],
            )
        };
        match stop("fast").or_else(|_| stop("immediate")) {
            // It may have gone by itself in between.
            Err(_) if self.running().is_none() => Ok(()),
            other => other,
        }
    }

    /// Whether it runs and can be reached: the socket may have been swept away below it.
    pub(super) fn is_up(&self) -> bool {
        self.running().is_some() && self.socket.join(SOCKET_FILE).exists()
    }

    /// Removes the folder of the socket, which is of no use without a server.
    pub(super) fn forget_socket(&self) {
        // Still in use after a stop that failed; then it stays, and the next start reuses it.
        let _ = std::fs::remove_dir(&self.socket);
    }

    /// The process that runs this data folder, if it is alive and truly ours.
    pub(super) fn running(&self) -> Option<u32> {
        let pid = self.recorded_pid()?;
        command_line(pid)?
            .contains(&self.data_text())
            .then_some(pid)
    }

    /// A command of the server's user, blind to any other PostgreSQL in the environment.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.home)
            .stdin(Stdio::null())
            .env("LC_ALL", "C");
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("PG")) {
                command.env_remove(name);
            }
        }
        if let Some(account) = &self.account {
            account.drop_to(&mut command);
        }
        command
    }

    fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    fn data_text(&self) -> String {
        self.data().display().to_string()
    }

    fn initialise(&self) -> Result<(), ClusterError> {
        let data = self.data();
        if data.exists() {
            // An initdb that was cut off: without PG_VERSION there never was a row in it.
            std::fs::remove_dir_all(&data)
                .map_err(io(format!("remove the unfinished {}", data.display())))?;
        }
        let data = self.data_text();
        let mut arguments = vec![
            "-D",
            &data,
            "-U",
            SUPERUSER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
        ];
        arguments.push(if self.durable {
            "--data-checksums"
        } else {
            "--no-sync"
        });
        self.run("initdb", &arguments)
    }

    /// Writes our settings; a `local.conf` beside them is the operator's and wins.
    fn configure(&self) -> Result<(), ClusterError> {
        let mut settings =
            String::from("# Written at every start. Your own settings go into local.conf.\n");
        write!(
            settings,
            "listen_addresses = ''\nport = 5432\nunix_socket_directories = '{}'\n\
             timezone = 'UTC'\nlog_timezone = 'UTC'\njit = off\nlog_line_prefix = '%m [%p] %q%u@%d %a '\n{}",
            self.socket.display().to_string().replace('\'', "''"),
            if self.durable { DURABLE } else { SCRATCH },
        )
        .expect("writing to a string cannot fail");
        self.write("branchline.conf", &settings)?;
        let main = self.data().join("postgresql.conf");
        let existing =
            std::fs::read_to_string(&main).map_err(io(format!("read {}", main.display())))?;
        if existing.contains("branchline.conf") {
            return Ok(());
        }
        self.write(
            "postgresql.conf",
            &format!("{existing}\ninclude = 'branchline.conf'\ninclude_if_exists = 'local.conf'\n"),
        )
    }

    fn write(&self, name: &str, content: &str) -> Result<(), ClusterError> {
        let path = self.data().join(name);
        std::fs::write(&path, content).map_err(io(format!("write {}", path.display())))?;
        self.account
            .as_ref()
            .map_or(Ok(()), |account| account.give(&path))
    }

    /// `pg_ctl` puts the server into a session of its own, so a Ctrl-C in our terminal reaches only us.
    fn launch(&self) -> Result<(), ClusterError> {
        let log = self.home.join("start.log");
        let _ = std::fs::remove_file(&log);
        let (log_text, seconds) = (log.display().to_string(), START_SECONDS_MAX.to_string());
        let started = self.run(
            "pg_ctl",
            &[
                "start",
                "-D",
                &self.data_text(),
                "-l",
                &log_text,
                "-w",
                "-s",
                "-t",
                &seconds,
            ],
        );
        started.map_err(|error| match error {
            ClusterError::Program { program, output } => ClusterError::Program {
                program,
                output: format!("{output}\n{}", tail(&log)),
            },
            other => other,
        })
    }

    fn run(&self, name: &str, arguments: &[&str]) -> Result<(), ClusterError> {
        let program = self.binaries.program(name);
        let output = self
            .command(&program)
            .args(arguments)
            .output()
            .map_err(io(format!("run {}", program.display())))?;
        if output.status.success() {
            return Ok(());
        }
        let said = [&output.stdout[..], &output.stderr[..]].concat();
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        Err(ClusterError::Program {
            program: program.display().to_string(),
            output: said,
        })
    }

    /// Whether the last server went without a word: one that refuses to start removes its record.
    fn was_killed(&self) -> bool {
        self.recorded_pid().is_some() && self.running().is_none()
    }

    /// Ends what a killed server has left behind. Its children go by themselves, but for one that waits for a disk or for a
    /// lock; until it is gone nothing starts here. They have nothing to keep: the next start recovers from the log.
    fn end_orphans(&self) {
        if self.running().is_some() {
            return;
        }
        for pid in processes_in(&self.data()) {
            // Gone meanwhile is as good.
            let _ = Command::new("kill")
                .args(["-KILL", &pid.to_string()])
                .stderr(Stdio::null())
                .status();
        }
    }

    fn recorded_pid(&self) -> Option<u32> {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        file.lines().next()?.trim().parse().ok()
    }

    /// Removes the record of a server that died, when its number now belongs to another program:
    /// PostgreSQL itself would take that program for a living server and refuse to start.
    fn forget_foreign_pid(&self) -> Result<(), ClusterError> {
        let Some(pid) = self.recorded_pid() else {
            return Ok(());
        };
        // No command line is a plain crash: PostgreSQL handles it, and looks for orphans of its own.
        command_line(pid).map_or(Ok(()), |_| self.forget_pid())
    }

    fn forget_pid(&self) -> Result<(), ClusterError> {
        let file = self.data().join("postmaster.pid");
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(io(format!("remove the stale {}", file.display()))),
        }
    }
}

/// Whether a killed server, or one of its children, still holds the number or the memory: it passes.
fn is_held_by_the_dead(output: &str) -> bool {
    output.contains("pre-existing shared memory")
        || output.contains("\"postmaster.pid\" already exists")
}

/// PostgreSQL's processes that work in a data folder, which each of them makes its own; none where the system does not tell.
fn processes_in(data: &Path) -> Vec<u32> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid| {
        let process = PathBuf::from(format!("/proc/{pid}"));
        let works_there = std::fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == data);
        let name = std::fs::read_to_string(process.join("comm")).unwrap_or_default();
        works_there && name.trim() == "postgres"
    })
    .collect()
}

/// What the process was started with; `None` if there is no such process.
fn command_line(pid: u32) -> Option<String> {
    if Path::new("/proc/self").exists() {
        let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let text = String::from_utf8_lossy(&bytes).replace('\0', " ");
        return (!text.trim().is_empty()).then_some(text); // a zombie has no command line
    }
    let output = Command::new("ps")
        .args(["-ww", "-o", "args=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
}
