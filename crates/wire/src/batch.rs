//! A push: records in sequence with the node's state, and what the cloud answers.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::{Hash, Header, Record, RecordError};

/// The version of the transport.
pub const PROTOCOL: u16 = 1;
/// The most events in one push.
pub const MAX_EVENTS: usize = 500;
/// The most bytes of records in one push; a single larger record travels alone.
pub const MAX_BYTES: usize = 1 << 20;

/// One push of a node. Signed as a request (see [`crate::signature`]), so the signature covers every byte of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// [`PROTOCOL`].
    pub proto: u16,
    /// Who pushes.
    pub node: Uuid,
    /// Counts replacements of the node's state.
    pub epoch: i64,
    /// Changes at every start of the process.
    pub boot: Uuid,
    /// The sequence number of the first event, or the next free one when there is none.
    pub first_seq: i64,
    /// The records; none in a heartbeat.
    pub events: Vec<Record>,
    /// Hash of the event before `first_seq`: also a heartbeat says on which history it stands.
    #[serde(default)]
    pub prev: Option<Hash>,
    /// The newest event that the node has recorded.
    pub head_seq: i64,
    /// The newest event that the cloud has ever acknowledged to it: a cloud that holds less was restored.
    #[serde(default)]
    pub acked_seq: i64,
    /// The cloud's incarnation that the node has adopted.
    #[serde(default)]
    pub incarnation: i64,
    /// Where the node stands in the stream of rights and commands.
    pub r_cursor: i64,
    /// The node's clock when it sent this.
    pub clock: Timestamp,
    /// The node's software version.
    pub version: String,
}

/// What the cloud answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// Everything up to `ack_seq` is on the cloud's disk.
    Ack {
        /// The newest event that the cloud holds without a gap before it.
        ack_seq: i64,
        /// Its hash.
        ack_hash: Hash,
        /// Up to here a verified backup or a standby holds it too (decision 12).
        safe_seq: i64,
        /// How much the node may send next.
        credit: Credit,
        /// The cloud's clock.
        server_time: Timestamp,
        /// Events of this node that could not be applied and why.
        #[serde(default)]
        quarantined: Vec<Quarantined>,
    },
    /// The batch begins after a hole: send again from `expected`.
    Gap {
        /// The next event that the cloud needs.
        expected: i64,
    },
    /// The cloud holds another event under this number. What follows from it belongs to the recovery rules.
    Fork {
        /// The number.
        seq: i64,
    },
    /// This epoch is over.
    Fenced {
        /// The epoch that is fenced.
        epoch: i64,
        /// Why, for people.
        reason: String,
        /// The cloud's incarnation: what it had confirmed in an earlier one it may have lost. 0 when it does not say.
        #[serde(default)]
        incarnation: i64,
    },
    /// The cloud was restored: adopt its incarnation and send again.
    Rebase {
        /// The cloud's incarnation.
        incarnation: i64,
        /// What it holds.
        last_seq: i64,
    },
    /// The node is too old for this cloud.
    Upgrade {
        /// The oldest protocol that is spoken.
        min_proto: u16,
    },
    /// Come back later.
    Busy {
        /// In that many milliseconds.
        retry_ms: i64,
    },
}

/// How much a node may send, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// Events in a batch.
    pub max_events: usize,
    /// Bytes in a batch.
    pub max_bytes: usize,
    /// Milliseconds between batches.
    pub min_interval_ms: i64,
}

impl Default for Credit {
    fn default() -> Self {
        Self {
            max_events: MAX_EVENTS,
            max_bytes: MAX_BYTES,
            min_interval_ms: 0,
        }
    }
}

/// An event that the cloud holds but could not apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// Its number.
    pub seq: i64,
    /// A stable code.
    pub code: String,
}

/// Why a batch is refused as a whole; nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// A transport version that is not spoken here.
    #[error("protocol {0} is not spoken here")]
    Protocol(u16),
    /// More than [`MAX_EVENTS`].
    #[error("a batch has at most {MAX_EVENTS} events")]
    TooManyEvents,
    /// A header of another node, epoch or number than its place says.
    #[error("event {index} is not number {expected} of this node and epoch")]
    OutOfPlace {
        /// Its place in the batch, from 0.
        index: usize,
        /// The number that belongs there.
        expected: i64,
    },
    /// A record does not follow the one before it.
    #[error("event {index} does not follow the one before it: the chain is broken")]
    ChainBroken {
        /// Its place in the batch, from 0.
        index: usize,
    },
}

/// A record in its place, with its header read where that is possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its number, by its place in the batch.
    pub seq: i64,
    /// The header. A record that cannot be read is kept as it is and has no effect; the node is suspect (sync.md 2.6).
    pub header: Result<Header, RecordError>,
    /// The bytes.
    pub record: Record,
}

impl Opened {
    /// Names the record for ever: its event id, or for an unreadable one an id made of its hash.
    #[must_use]
    pub fn event_id(&self) -> Uuid {
        if let Ok(header) = &self.header {
            return header.id;
        }
        self.record_id()
    }

    /// Names this copy of the fact: made of the record's hash.
    #[must_use]
    pub fn record_id(&self) -> Uuid {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.record.hash.0[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

impl Batch {
    /// Checks places and links inside the batch, and reads the headers. Total over content: a record that cannot be
    /// read keeps its place (sync.md 2.6).
    ///
    /// Whether the first event follows what the cloud holds is for [`crate::accept::decide`], under the caller's lock.
    ///
    /// # Errors
    /// [`BatchError`] names the event that is not where it belongs.
    pub fn open(self) -> Result<Vec<Opened>, BatchError> {
        if self.proto != PROTOCOL {
            return Err(BatchError::Protocol(self.proto));
        }
        if self.events.len() > MAX_EVENTS {
            return Err(BatchError::TooManyEvents);
        }
        let mut opened: Vec<Opened> = Vec::with_capacity(self.events.len());
        for (record, (index, seq)) in self.events.into_iter().zip((0..).zip(self.first_seq..)) {
            let header = record.open();
            if let Ok(header) = &header {
                if (header.node, header.epoch, header.seq) != (self.node, self.epoch, seq) {
                    return Err(BatchError::OutOfPlace {
                        index,
                        expected: seq,
                    });
                }
                let before = opened.last().map(|before| before.record.hash).or(self.prev);
                if before.is_some_and(|before| before != header.prev) {
                    return Err(BatchError::ChainBroken { index });
                }
            }
            opened.push(Opened {
                seq,
                header,
                record,
            });
        }
        Ok(opened)
    }
}

#[cfg(test)]
mod tests;
