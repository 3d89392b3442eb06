//! What is said when a node's state was lost: a till's or the cloud's memory of the node, the records that bring a
//! rolled-back node forward again, and the upload of a dead epoch (sync.md 2.9, 2.10).
use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::{Hash, Record};

/// The header in which an edge says where its log stands, and a till what it has seen of it.
pub const HEAD_HEADER: &str = "x-branchline-head";
/// The header in which a till says the highest head that it has seen.
pub const SEEN_HEADER: &str = "x-branchline-seen";

/// A place in a node's log: what tills keep and compare (decision 25). As text `node.epoch.seq.hash`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head {
    /// The node.
    pub node: Uuid,
    /// Its epoch.
    pub epoch: i64,
    /// Its newest event.
    pub seq: i64,
    /// The hash of that event; [`Hash::GENESIS`] before the first.
    pub hash: Hash,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            node,
            epoch,
            seq,
            hash,
        } = self;
        write!(f, "{node}.{epoch}.{seq}.{hash}")
    }
}

/// The text is no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a head is written as node.epoch.seq.hash")]
pub struct NotAHead;

impl FromStr for Head {
    type Err = NotAHead;
    fn from_str(text: &str) -> Result<Self, NotAHead> {
        fn part<T: FromStr>(part: Option<&str>) -> Result<T, NotAHead> {
            part.and_then(|part| part.parse().ok()).ok_or(NotAHead)
        }
        let mut parts = text.split('.');
        let head = Self {
            node: part(parts.next())?,
            epoch: part(parts.next())?,
            seq: part(parts.next())?,
            hash: part(parts.next())?,
        };
        if parts.next().is_some() || head.epoch < 1 || head.seq < 0 {
            return Err(NotAHead);
        }
        Ok(head)
    }
}

/// What a memory of this node says about its disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: it is of another node or an older epoch, or says what the disk says.
    Fine,
    /// Somebody has seen events that the disk does not have: it went back.
    RolledBack {
        /// How far the log went.
        seq: i64,
    },
    /// Somebody has seen another content under a number that the disk has: it went back and was written again.
    Rewritten {
        /// The number.
        seq: i64,
    },
    /// This node was replaced: a later epoch serves this shop.
    Replaced {
        /// The later epoch.
        epoch: i64,
    },
}

/// Compares a memory with the disk. `held` is the hash that the disk has under the memory's number, if it has one.
#[must_use]
pub fn compare(disk: &Head, seen: &Head, held: Option<Hash>) -> Verdict {
    if seen.node != disk.node || seen.epoch < disk.epoch {
        return Verdict::Fine;
    }
    if seen.epoch > disk.epoch {
        return Verdict::Replaced { epoch: seen.epoch };
    }
    if seen.seq > disk.seq {
        return Verdict::RolledBack { seq: seen.seq };
    }
    let is_same = seen.seq == 0 || held == Some(seen.hash);
    if is_same {
        Verdict::Fine
    } else {
        Verdict::Rewritten { seq: seen.seq }
    }
}

/// Records of a node that the cloud holds, byte for byte: what a node that went back replays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Records {
    /// In order, from the number that was asked for.
    pub events: Vec<Record>,
    /// The newest that the cloud holds.
    pub last_seq: i64,
}

/// Records of an epoch that is over. Money is booked once; stock is left alone, because the count of the next epoch
/// has superseded it (sync.md 2.9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Salvage {
    /// The dead epoch.
    pub epoch: i64,
    /// Number of the first record.
    pub first_seq: i64,
    /// The records.
    pub events: Vec<Record>,
}

/// What the cloud has done with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Salvaged {
    /// Kept now, for the first time.
    pub kept: i64,
    /// Were there already, in the log or in salvage.
    pub known: i64,
    /// The newest of that epoch that the cloud holds without a gap, in the log.
    pub last_seq: i64,
}

#[cfg(test)]
mod tests {
    use super::{Head, Verdict, compare};
    use crate::event::Hash;

    fn head(text: &str) -> Head {
        text.parse().unwrap()
    }

    #[test]
    fn a_head_is_read_as_it_is_written() {
        let text = format!(
            "01900000-0000-7000-8000-000000000001.2.17.{}",
            Hash([7; 32])
        );
        assert_eq!(head(&text).to_string(), text);
        for broken in [
            "",
            "x",
            &text[1..],
            &format!("{text}.1"),
            &text.replace(".2.", ".0."),
        ] {
            assert!(broken.parse::<Head>().is_err(), "{broken}");
        }
    }

    #[test]
    fn what_somebody_has_seen_tells_about_the_disk() {
        let at = |epoch: i64, seq: i64, byte: u8| {
            head(&format!(
                "01900000-0000-7000-8000-000000000001.{epoch}.{seq}.{}",
                Hash([byte; 32])
            ))
        };
        let disk = at(2, 10, 1);
        let held = Some(Hash([5; 32]));
        for (seen, expected) in [
            (at(2, 10, 5), Verdict::Fine),
            (at(2, 4, 5), Verdict::Fine),
            (at(2, 0, 9), Verdict::Fine),
            (at(1, 99, 9), Verdict::Fine),
            (at(2, 11, 9), Verdict::RolledBack { seq: 11 }),
            (at(2, 4, 9), Verdict::Rewritten { seq: 4 }),
            (at(3, 1, 9), Verdict::Replaced { epoch: 3 }),
        ] {
            assert_eq!(compare(&disk, &seen, held), expected, "{seen}");
        }
    }
}
