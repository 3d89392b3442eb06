//! What can stand between an operator and a private PostgreSQL, each with its remedy.

use super::OLDEST_MAJOR;

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
