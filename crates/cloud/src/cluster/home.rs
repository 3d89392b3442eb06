//! The folders of a private cluster, and the user who may enter them.

use std::fs::{DirBuilder, Metadata, Permissions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{ClusterError, io};

/// The longest socket path that Linux (107) and macOS (103) both take.
const SOCKET_PATH_BYTES_MAX: usize = 103;
/// What the server calls its socket at port 5432.
pub(super) const SOCKET_FILE: &str = ".s.PGSQL.5432";

/// The unprivileged user that runs the server when this process is root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    name: String,
    uid: u32,
    gid: u32,
}

impl Account {
    /// `None` for an ordinary user, who runs the server himself; for root `postgres`, else `nobody`.
    ///
    /// # Errors
    /// This is root, and neither user exists.
    pub fn for_server() -> Result<Option<Self>, ClusterError> {
        if id(&["-u"]) != Some(0) {
            return Ok(None);
        }
        let account = ["postgres", "nobody"].into_iter().find_map(|name| {
            let (uid, gid) = (id(&["-u", name])?, id(&["-g", name])?);
            Some(Self {
                name: name.to_owned(),
                uid,
                gid,
            })
        });
        account.map(Some).ok_or(ClusterError::NoAccount)
    }

    /// Makes `command` run as this user, without root's supplementary groups.
    pub(super) fn drop_to(&self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    pub(super) fn give(&self, path: &Path) -> Result<(), ClusterError> {
        chown(path, Some(self.uid), Some(self.gid)).map_err(io(format!(
            "give {} to {}",
            path.display(),
            self.name
        )))
    }

    fn may_enter(&self, folder: &Metadata) -> bool {
        let mode = folder.mode();
        let bit = if folder.uid() == self.uid {
            0o100
        } else if folder.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        mode & bit != 0
    }
}

/// Asks `id`, which knows network users too; the standard library has no safe call for it.
fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// Where the cluster called `name` lives unless the operator says otherwise: `/var/lib/branchline`
/// for root (a folder below `/root` cannot be entered by the server's user), else the user's data folder.
pub fn default_home(name: &str) -> PathBuf {
    if id(&["-u"]) == Some(0) {
        return Path::new("/var/lib/branchline").join(name);
    }
    let data = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    data.or_else(home)
        .unwrap_or_else(std::env::temp_dir)
        .join("branchline")
        .join(name)
}

/// Makes the cluster's folder, private to its user, and gives its full path.
pub(super) fn prepare(wanted: &Path, account: Option<&Account>) -> Result<PathBuf, ClusterError> {
    let wanted = std::path::absolute(wanted).map_err(io(format!("find {}", wanted.display())))?;
    if let Some(account) = account {
        refuse_unreachable(&wanted, account)?;
    }
    if let Some(parent) = wanted.parent() {
        make_parents(parent)?;
    }
    private_folder(&wanted, account)?;
    wanted
        .canonicalize()
        .map_err(io(format!("find {}", wanted.display())))
}

fn refuse_unreachable(home: &Path, account: &Account) -> Result<(), ClusterError> {
    let blocked = home.ancestors().skip(1).find(|folder| {
        // What does not exist yet is made by `make_parents`, which lets everyone through.
        std::fs::metadata(folder).is_ok_and(|folder| !account.may_enter(&folder))
    });
    match blocked {
        None => Ok(()),
        Some(blocked) => Err(ClusterError::Unreachable {
            home: home.display().to_string(),
            blocked: blocked.display().to_string(),
            account: account.name.clone(),
        }),
    }
}

/// Makes the missing parents passable for everyone, whatever the umask.
fn make_parents(folder: &Path) -> Result<(), ClusterError> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make_parents(parent)?;
    }
    let made = std::fs::create_dir(folder)
        .and_then(|()| std::fs::set_permissions(folder, Permissions::from_mode(0o755)));
    match made {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map_err(io(format!("make {}", folder.display()))),
    }
}

/// Makes `folder` for its user alone. An existing one must belong to that user: others could read along.
pub(super) fn private_folder(folder: &Path, account: Option<&Account>) -> Result<(), ClusterError> {
    let doing = || format!("make the private folder {}", folder.display());
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(io(doing())(error)),
    }
    let found = std::fs::symlink_metadata(folder).map_err(io(doing()))?;
    if found.is_symlink() {
        // The operator's own link to a bigger disk; what it points to is checked by the server.
        return Ok(());
    }
    if let Some(account) = account {
        account.give(folder)?;
    }
    std::fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(io(doing()))
}

/// A short private folder for the socket of the cluster at `home`; always the same for the same home.
pub(super) fn socket_folder(
    home: &Path,
    account: Option<&Account>,
) -> Result<PathBuf, ClusterError> {
    let base = if account.is_some() {
        let run = Path::new("/run");
        let run = if run.is_dir() {
            run
        } else {
            Path::new("/var/run")
        };
        run.join("branchline")
    } else {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR")
            .map(PathBuf::from)
            .filter(|path| path.is_dir());
        let name = format!("branchline-{}", id(&["-u"]).unwrap_or_default());
        runtime.unwrap_or_else(|| PathBuf::from("/tmp")).join(name)
    };
    make_parents(&base)?;
    if account.is_none() {
        private_folder(&base, None)?;
    }
    let folder = base.join(short_name(home));
    let path = folder.join(SOCKET_FILE);
    if path.as_os_str().len() > SOCKET_PATH_BYTES_MAX {
        return Err(ClusterError::SocketPath {
            path: path.display().to_string(),
        });
    }
    private_folder(&folder, account)?;
    Ok(folder)
}

/// Sixteen letters that stand for a path.
pub(super) fn short_name(path: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
