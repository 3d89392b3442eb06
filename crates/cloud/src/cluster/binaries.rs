//! Finding the programs of a PostgreSQL server on this machine.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{ClusterError, OLDEST_MAJOR};

const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_ctl"];

/// Folders that hold one folder per version, with the programs in its `bin`.
const VERSIONED: [(&str, &str); 4] = [
    ("/usr/lib/postgresql", ""),          // Debian, Ubuntu
    ("/usr", "pgsql-"),                   // Red Hat's PGDG packages
    ("/opt/homebrew/opt", "postgresql@"), // macOS on Apple silicon
    ("/usr/local/opt", "postgresql@"),    // macOS on Intel
];

/// The folder of one PostgreSQL server's programs, and its major version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    folder: PathBuf,
    major: u32,
}

impl Binaries {
    /// Finds the server in `PG_BIN`, else the newest installed version, else the one on `PATH`.
    /// With `written`, only the major version that wrote an existing data folder will do.
    ///
    /// # Errors
    /// None is here, or none that fits; the text says what to install.
    pub fn find(written: Option<u32>) -> Result<Self, ClusterError> {
        let pg_bin = std::env::var_os("PG_BIN").filter(|folder| !folder.is_empty());
        let path = std::env::var_os("PATH").unwrap_or_default();
        if let Some(folder) = pg_bin {
            return Self::in_named(PathBuf::from(folder), written);
        }
        let versioned = VERSIONED.map(|(parent, prefix)| (PathBuf::from(parent), prefix));
        Self::search(&versioned, &path, written)
    }

    /// The full path of one program, such as `pg_dump`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The server's major version, such as 15.
    pub const fn major(&self) -> u32 {
        self.major
    }

    pub(super) fn in_named(folder: PathBuf, written: Option<u32>) -> Result<Self, ClusterError> {
        if let Some(missing) = PROGRAMS
            .into_iter()
            .find(|program| !folder.join(program).is_file())
        {
            return Err(ClusterError::BadPgBin {
                folder: folder.display().to_string(),
                missing,
            });
        }
        let found = Self::at(folder.clone()).ok_or_else(|| ClusterError::BadPgBin {
            folder: folder.display().to_string(),
            missing: "a `postgres` that runs",
        })?;
        fitting(vec![found], &folder.display().to_string(), written)
    }

    pub(super) fn search(
        versioned: &[(PathBuf, &str)],
        path: &OsStr,
        written: Option<u32>,
    ) -> Result<Self, ClusterError> {
        let mut folders: Vec<PathBuf> = versioned
            .iter()
            .flat_map(|(parent, prefix)| versions_below(parent, prefix))
            .chain(std::env::split_paths(path))
            .collect();
        folders.dedup();
        let found = folders.into_iter().filter_map(Self::at).collect();
        fitting(found, "not in PG_BIN, /usr/lib/postgresql or PATH", written)
    }

    /// The server in `folder`, if all its programs are there and it tells its version.
    fn at(folder: PathBuf) -> Option<Self> {
        if !PROGRAMS
            .iter()
            .all(|program| folder.join(program).is_file())
        {
            return None;
        }
        let output = Command::new(folder.join("postgres"))
            .arg("--version")
            .output()
            .ok()?;
        let major = major_of(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { folder, major })
    }
}

/// The newest of `found` that fits the data folder and is new enough.
fn fitting(
    mut found: Vec<Binaries>,
    searched: &str,
    written: Option<u32>,
) -> Result<Binaries, ClusterError> {
    // Stable: among equal versions the first place searched wins.
    found.sort_by_key(|binaries| std::cmp::Reverse(binaries.major));
    let Some(newest) = found.first().cloned() else {
        return Err(ClusterError::NoBinaries {
            searched: searched.to_owned(),
        });
    };
    if let Some(written) = written {
        return found
            .into_iter()
            .find(|binaries| binaries.major == written)
            .ok_or_else(|| ClusterError::OtherMajor {
                data: "the cluster's folder".to_owned(),
                written,
            });
    }
    if newest.major < OLDEST_MAJOR {
        return Err(ClusterError::TooOld {
            found: newest.major,
            folder: newest.folder.display().to_string(),
        });
    }
    Ok(newest)
}

fn versions_below(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| {
            entry
                .file_name()
                .to_str()
                .is_some_and(|name| name.starts_with(prefix))
        })
        .map(|entry| entry.path().join("bin"))
        .collect()
}

/// The major version in the answer of `postgres --version`.
pub(super) fn major_of(answer: &str) -> Option<u32> {
    let version = answer.split_once("(PostgreSQL) ")?.1;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
