//! Space for the shop's file: watched, so that people hear before it is short, and kept in reserve, so that sales go on
//! when it is (sync.md 2.8).
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use httpkit::shutdown::Shutdown;
use tokio::sync::watch;

use crate::Shop;

/// People are told when less than this part of the disk is free: percent.
const WARN_BELOW: u64 = 20;
/// Only sales are written when less than this part is free: percent.
const FULL_BELOW: u64 = 10;
/// The reserve takes no more than this part of what is free: one in so many.
const RESERVE_SHARE: u64 = 20;
/// Between two looks.
const EVERY: Duration = Duration::from_secs(15);
/// Bytes that are written at a time into the reserve: zeros could be left out by the file system.
const BLOCK: usize = 1 << 20;
/// Name of the reserve in the shop's folder.
const RESERVE: &str = "reserve";

/// What a shop wants of its disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wants {
    /// Bytes kept in reserve, so that sales go on when the disk is full; less on a small disk, 0 for none.
    pub reserve: u64,
    /// Bytes: a disk with so much free is never called short, however large it is.
    pub plenty: u64,
}

impl Wants {
    /// Of a shop that shares its disk with much else, as in a demo: no reserve, and content with little.
    pub const MODEST: Self = Self {
        reserve: 0,
        plenty: 64 << 20,
    };
}

/// How much space there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Space {
    /// Bytes that this process may still write, without the reserve.
    pub(crate) free: u64,
    /// Bytes of the file system; 0 before the first look.
    pub(crate) total: u64,
    /// Bytes that are enough, whatever the total.
    pub(crate) plenty: u64,
    /// The reserve was given up to let sales go on.
    pub(crate) reserve_spent: bool,
}

/// What the space allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// Everything.
    Fine,
    /// Everything, and people should make room.
    Warn,
    /// Sales alone.
    Full,
}

impl Level {
    /// The name in answers.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Warn => "warn",
            Self::Full => "full",
        }
    }
}

impl Space {
    pub(crate) fn level(self) -> Level {
        if self.total == 0 {
            return Level::Fine;
        }
        if self.reserve_spent {
            return Level::Full;
        }
        let below = |percent: u64| {
            self.free < self.plenty
                && self.free.saturating_mul(100) < self.total.saturating_mul(percent)
        };
        if below(FULL_BELOW) {
            Level::Full
        } else if below(WARN_BELOW) {
            Level::Warn
        } else {
            Level::Fine
        }
    }
}

/// Looks for the first time, and makes the reserve.
pub(crate) async fn begin(shop: &Shop, wants: Wants) {
    look(shop, wants).await;
}

/// Looks now and then until the shutdown.
pub(crate) async fn keep_watch(shop: Shop, wants: Wants, shutdown: Shutdown) {
    let mut short = shop.is_short.subscribe();
    loop {
        tokio::select! {
            () = shutdown.wait() => return,
            changed = short.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(EVERY) => {}
        }
        look(&shop, wants).await;
    }
}

/// Measures the space and keeps the reserve: made while there is room, given up when a write has found none.
async fn look(shop: &Shop, wants: Wants) {
    let is_short = *shop.is_short.borrow();
    let folder = shop.folder.clone();
    let looked = tokio::task::spawn_blocking(move || kept(&folder, wants, is_short)).await;
    let space = match looked {
        Ok(Ok(space)) => space,
        Ok(Err(error)) => {
            tracing::warn!(%error, "The space on the disk cannot be measured: {error}");
            return;
        }
        Err(_) => return,
    };
    let before = shop.space.send_replace(space).level();
    if before != space.level() {
        told(space);
        shop.identity.send_modify(|changes| *changes += 1);
    }
    if is_short && space.level() == Level::Fine {
        shop.is_short.send_replace(false);
    }
}

fn told(space: Space) {
    let free_mb = space.free >> 20;
    match space.level() {
        Level::Fine => tracing::info!(free_mb, "There is room on the disk: {free_mb} MB"),
        Level::Warn => tracing::warn!(free_mb, "The disk fills up: {free_mb} MB are free"),
        Level::Full => tracing::error!(
            free_mb,
            "The disk is nearly full, {free_mb} MB are free: only sales are recorded"
        ),
    }
}

fn kept(folder: &Path, wants: Wants, is_short: bool) -> io::Result<Space> {
    let path = folder.join(RESERVE);
    let held = match fs::metadata(&path) {
        Ok(file) => file.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    let space = measured(folder, wants.plenty)?;
    let reserve = wants.reserve.min((space.free + held) / RESERVE_SHARE);
    // Room for it is there only when it does not itself make the disk short.
    let has_room = Space {
        free: space.free.saturating_sub(reserve),
        ..space
    };
    if held < reserve && has_room.level() == Level::Fine {
        make(&path, reserve)?;
        return measured(folder, wants.plenty);
    }
    Ok(Space {
        reserve_spent: is_short && space.level() != Level::Fine,
        ..space
    })
}

/// What may still be written beside `folder`, of which `plenty` bytes are enough.
pub(crate) fn measured(folder: &Path, plenty: u64) -> io::Result<Space> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(Space {
        free: found.f_bavail.saturating_mul(found.f_frsize),
        total: found.f_blocks.saturating_mul(found.f_frsize),
        plenty,
        reserve_spent: false,
    })
}

/// What the writer does when a write has found no space.
pub(crate) fn relief(
    folder: PathBuf,
    is_short: watch::Sender<bool>,
) -> Box<dyn Fn() -> bool + Send> {
    Box::new(move || {
        is_short.send_replace(true);
        give_up_reserve(&folder)
    })
}

/// Gives the reserve up, so that a write which has found no space finds some. Says whether there was one.
fn give_up_reserve(folder: &Path) -> bool {
    let is_freed = fs::remove_file(folder.join(RESERVE)).is_ok();
    if is_freed {
        tracing::error!("A write found no space: the reserve is given up, so that sales go on");
    }
    is_freed
}

/// Makes the reserve: blocks that are really taken.
fn make(path: &Path, bytes: u64) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    if rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, bytes).is_ok() {
        return file.sync_all();
    }
    let block = vec![0x5a; BLOCK];
    let mut left = bytes;
    while left > 0 {
        let now = left.min(BLOCK as u64);
        let part = usize::try_from(now).unwrap_or(BLOCK);
        file.write_all(&block[..part])?;
        left -= now;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::{Level, Space, Wants, give_up_reserve, kept};

    #[test]
    fn a_disk_is_short_by_its_share_and_never_with_plenty() {
        let mb = 1 << 20;
        for (free_mb, total_mb, reserve_spent, expected) in [
            (0, 0, false, Level::Fine),
            (300, 1_000, false, Level::Fine),
            (199, 1_000, false, Level::Warn),
            (99, 1_000, false, Level::Full),
            (6_000, 1_000_000, false, Level::Fine),
            (5_000, 1_000_000, false, Level::Full),
            (300, 1_000, true, Level::Full),
        ] {
            let space = Space {
                free: free_mb * mb,
                total: total_mb * mb,
                plenty: 5 << 30,
                reserve_spent,
            };
            assert_eq!(space.level(), expected, "{space:?}");
        }
    }

    #[test]
    fn the_reserve_is_made_given_up_once_and_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reserve");
        let wants = Wants {
            reserve: 3 << 20,
            ..Wants::MODEST
        };
        kept(folder.path(), wants, false).unwrap();
        let made = std::fs::metadata(&path).map_or(0, |file| file.len());
        assert_eq!(made, 3 << 20);
        assert!(give_up_reserve(folder.path()));
        assert!(!give_up_reserve(folder.path()), "it is gone");
        kept(folder.path(), wants, true).unwrap();
        assert!(path.exists(), "there is room again");
        kept(folder.path(), Wants::MODEST, false).unwrap();
    }
}
