//! A copy of the server takes the place of its data folder.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::home::{Account, prepare};
use super::server::Server;
use super::{ClusterError, io, own};

/// Puts the copy `from`, as `pg_basebackup` has written it, into the place of the cluster in `data_dir`, which nobody
/// serves. The copy is verified first and stays as it is; what was there is set aside, and its place is returned.
///
/// # Errors
/// A process serves the cluster, the copy is damaged or not one, or there is no room.
pub fn restore(data_dir: &Path, from: &Path) -> Result<Option<PathBuf>, ClusterError> {
    let account = Account::for_server()?;
    let home = prepare(data_dir, account.as_ref())?;
    let _owner = own(&home)?;
    let server = Server::new(home.clone(), account.clone(), true)?;
    verify(&server.binaries().program("pg_verifybackup"), from)?;
    let fresh = home.join("data.unfinished");
    remove(&fresh)?;
    copy(from, &fresh, account.as_ref())?;
    // One that a killed cloud has left running would go on writing into what is set aside.
    server.stop()?;
    let data = home.join("data");
    let aside = data.exists().then(|| free_name(&home));
    if let Some(aside) = &aside {
        fs::rename(&data, aside).map_err(io(format!("set {} aside", data.display())))?;
    }
    fs::rename(&fresh, &data).map_err(io(format!("put {} into its place", data.display())))?;
    sync(&home)?;
    Ok(aside)
}

fn verify(program: &Path, from: &Path) -> Result<(), ClusterError> {
    let output = Command::new(program)
        .arg(from)
        .stdin(Stdio::null())
        .output()
        .map_err(io(format!("run {}", program.display())))?;
    if output.status.success() {
        return Ok(());
    }
    Err(ClusterError::Program {
        program: program.display().to_string(),
        output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

fn free_name(home: &Path) -> PathBuf {
    (1..=i32::MAX)
        .map(|nth| home.join(format!("data-before-restore-{nth}")))
        .find(|name| !name.exists())
        .unwrap_or_else(|| home.join("data-before-restore"))
}

fn remove(folder: &Path) -> Result<(), ClusterError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(io(format!("remove the unfinished {}", folder.display()))),
    }
}

/// Copies a folder with everything in it, for the server's user alone.
fn copy(from: &Path, to: &Path, account: Option<&Account>) -> Result<(), ClusterError> {
    fs::create_dir(to).map_err(io(format!("make {}", to.display())))?;
    let entries = fs::read_dir(from).map_err(io(format!("read {}", from.display())))?;
    for entry in entries {
        let entry = entry.map_err(io(format!("read {}", from.display())))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry
            .file_type()
            .map_err(io(format!("look at {}", source.display())))?;
        if kind.is_dir() {
            copy(&source, &target, account)?;
        } else {
            fs::copy(&source, &target)
                .map_err(io(format!("copy {}", source.display())))
                .map(drop)?;
            private(&target, 0o600, account)?;
            sync(&target)?;
        }
    }
    private(to, 0o700, account)?;
    sync(to)
}

fn private(path: &Path, mode: u32, account: Option<&Account>) -> Result<(), ClusterError> {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .map_err(io(format!("protect {}", path.display())))?;
    account.map_or(Ok(()), |account| account.give(path))
}

fn sync(path: &Path) -> Result<(), ClusterError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(io(format!("write {} to the disk", path.display())))
}
