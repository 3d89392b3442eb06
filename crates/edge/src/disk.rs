//! Space for the shop's file: watched, so that people hear before it is short, and kept in reserve, so that sales go on
//! when it is (sync.md 2.8).
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::Shop;

/// People are told when less than this part of the disk is free: percent.
const WARN_BELOW: u64 = 20;
/// Only sales are written when less than this part is free: percent.
const FULL_BELOW: u64 = 10;
/// A disk with this much space is never short, however large it is.
const PLENTY: u64 = 5 << 30;
/// The reserve takes no more than this part of what is free: one in so many.
const RESERVE_SHARE: u64 = 20;
/// Between two looks.
const EVERY: Duration = Duration::from_secs(15);
/// Bytes that are written at a time into the reserve: zeros could be left out by the file system.
const BLOCK: usize = 1 << 20;
/// Name of the reserve in the shop's folder.
const RESERVE: &str = "reserve";

/// How much space there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Space {
    /// Bytes that this process may still write, without the reserve.
    pub(crate) free: u64,
    /// Bytes of the file system; 0 before the first look.
    pub(crate) total: u64,
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

impl Space {
    pub(crate) fn level(self) -> Level {
        if self.total == 0 {
            return Level::Fine;
        }
        if self.reserve_spent {
            return Level::Full;
        }
        let below = |percent: u64| {
            self.free < PLENTY && self.free.saturating_mul(100) < self.total.saturating_mul(percent)
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
