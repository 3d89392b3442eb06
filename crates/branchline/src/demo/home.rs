//! The demo's folder: who uses it, what it holds, and how far the replay has come.
use std::{
    fs::{self, File, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use traffic::{kind::Kind, window::Window};

const LOCK: &str = "demo.lock";
const PROGRESS: &str = "progress.json";

/// The folder, held by this process until it ends.
pub(super) struct Home {
    path: PathBuf,
    _lock: File,
}

/// How far the demo has come. Written after what it speaks of, so that a restart repeats a little and misses nothing:
/// a repeated write answers with the first result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Which chain; a folder of a time before there were several has the first.
    #[serde(default = "grocery")]
    pub(super) chain: String,
    /// The last business date of the trade; kept, so that the ids stay the same on another day.
    pub(super) anchor: Date,
    /// The first business date of the trade.
    pub(super) from: Date,
    /// Whether the catalogue, the staff and the nodes are in place.
    pub(super) is_founded: bool,
    /// Steps of the timeline that are done.
    pub(super) done: usize,
    /// Where business time stands; everything before it is done.
    pub(super) position: Timestamp,
    /// The folder with PostgreSQL's socket, for a look at the books from another process.
    pub(super) socket: PathBuf,
}

impl Progress {
    /// Nothing is done yet.
    pub(super) fn new(kind: Kind, window: Window, position: Timestamp) -> Self {
        Self {
            chain: kind.code().to_owned(),
            anchor: window.anchor,
            from: window.from,
            is_founded: false,
            done: 0,
            position,
            socket: PathBuf::new(),
        }
    }

    /// The trade that is replayed.
    pub(super) const fn window(&self) -> Window {
        Window {
            anchor: self.anchor,
            from: self.from,
        }
    }
}

fn grocery() -> String {
    Kind::Grocery.code().to_owned()
}

/// Refuses a folder that another chain lives in.
pub(super) fn same_chain(known: Option<&Progress>, kind: Kind, path: &Path) -> anyhow::Result<()> {
    match known {
        Some(known) if known.chain != kind.code() => bail!(
            "{} is the home of the {} chain: start that with --chain {}, or choose another folder with --data",
            path.display(),
            known.chain,
            known.chain,
        ),
        Some(_) | None => Ok(()),
    }
}

impl Home {
    /// Takes the folder for this process, made new when `fresh`. `None` when another process has it.
    pub(super) fn take(path: &Path, fresh: bool) -> anyhow::Result<Option<Self>> {
        fs::create_dir_all(path).with_context(|| format!("make {}", path.display()))?;
        let Some(lock) = lock(&path.join(LOCK))? else {
            return Ok(None);
        };
        let home = Self {
            path: path.to_owned(),
            _lock: lock,
        };
        if fresh {
            home.empty()?;
        }
        Ok(Some(home))
    }

    /// Who has the folder, for a message.
    pub(super) fn owner(path: &Path) -> String {
        let owner = fs::read_to_string(path.join(LOCK)).unwrap_or_default();
        owner.trim().to_owned()
    }

    /// The folder itself.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where something of the demo lives.
    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// How far an earlier run has come.
    pub(super) fn progress(&self) -> anyhow::Result<Option<Progress>> {
        progress(&self.path)
    }

    /// Remembers how far this run has come: a new file takes the place of the old one, so that it is never half written.
    pub(super) fn remember(&self, progress: &Progress) -> anyhow::Result<()> {
        let (new, path) = (self.at("progress.new"), self.at(PROGRESS));
        let text = serde_json::to_vec_pretty(progress)?;
        let write = || {
            let mut file = File::create(&new)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&new, &path)
        };
        write().with_context(|| format!("write {}", path.display()))
    }

    /// Empties the folder; the lock stays.
    fn empty(&self) -> anyhow::Result<()> {
        refuse_foreign(&self.path)?;
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_name() == LOCK {
                continue;
            }
            let path = entry.path();
            let removed = if entry.file_type()?.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.with_context(|| format!("remove {}", path.display()))?;
        }
        Ok(())
    }
}

/// How far the demo in this folder has come.
pub(super) fn progress(path: &Path) -> anyhow::Result<Option<Progress>> {
    let path = path.join(PROGRESS);
    match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .with_context(|| format!("{} is damaged; start over with --fresh", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
}

/// `--fresh` only empties folders that a demo has made: a slip of `--data` must not cost somebody's files.
fn refuse_foreign(path: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let ours = name == LOCK
            || name == "demo.log"
            || name == "postgres"
            || name == "secret.key"
            || name == "mail"
            || name.starts_with("progress.")
            || name.starts_with("edge-");
        if !ours {
            bail!(
                "{} holds {name:?}, which no demo has made: it is not emptied",
                path.display()
            );
        }
    }
    Ok(())
}

fn lock(path: &Path) -> anyhow::Result<Option<File>> {
    let doing = || format!("open {}", path.display());
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .with_context(doing)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            file.rewind()?;
            write!(file, "{}", std::process::id())?;
            Ok(Some(file))
        }
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            file.read_to_string(&mut owner)?;
            Ok(None)
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(doing),
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, civil::date};
    use traffic::{kind::Kind, window::Window};

    use super::{Home, Progress, same_chain};

    #[test]
    fn one_process_has_the_folder_and_progress_survives_it() {
        let folder = tempfile::tempdir().unwrap();
        let window = Window::all(date(2026, 11, 22));
        let mut progress = Progress::new(Kind::Fashion, window, Timestamp::UNIX_EPOCH);
        progress.done = 7;
        assert!(same_chain(Some(&progress), Kind::Fashion, folder.path()).is_ok());
        assert!(same_chain(Some(&progress), Kind::Buying, folder.path()).is_err());
        let home = Home::take(folder.path(), false).unwrap().unwrap();
        assert!(Home::take(folder.path(), false).unwrap().is_none());
        assert_eq!(Home::owner(folder.path()), std::process::id().to_string());
        assert_eq!(home.progress().unwrap(), None);
        home.remember(&progress).unwrap();
        drop(home);
        let home = Home::take(folder.path(), false).unwrap().unwrap();
        assert_eq!(home.progress().unwrap(), Some(progress));
        drop(home);
        let home = Home::take(folder.path(), true).unwrap().unwrap();
        assert_eq!(home.progress().unwrap(), None);
    }

    #[test]
    fn a_folder_with_other_files_is_not_emptied() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("thesis.odt"), "years of work").unwrap();
        let refused = Home::take(folder.path(), true).map(|_| ()).unwrap_err();
        assert!(refused.to_string().contains("thesis.odt"), "{refused}");
        assert!(folder.path().join("thesis.odt").exists());
    }
}
