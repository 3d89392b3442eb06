//! What is asked of the cloud, as values: who carries them there, and how, is somebody else's business.
use std::{fmt, sync::Arc};

use ed25519_dalek::SigningKey;
use futures_util::future::BoxFuture;
use httpkit::problem::Problem;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use wire::{
    reference::Feed,
    signature::{self, NODE_HEADER, SIGNATURE_HEADER},
};

/// Bodies above this size are compressed.
const WORTH_COMPRESSING: usize = 1_024;
/// Cheap, and a tenth of the bytes is left (sync.md 2.8).
const LEVEL: i32 = 3;

/// What a request is for. One of each is on its way at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Events, heartbeats, and what brings a node that went back forward again.
    Push,
    /// Rights and commands of the cloud.
    Commands,
    /// Copies of what the cloud owns.
    Reference,
    /// Epochs of this shop that are over.
    Salvage,
    /// What a till lacks.
    Borrow,
}

/// A signed request to the cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// What it is for.
    pub lane: Lane,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path and query.
    pub path: String,
    /// Names and values.
    pub headers: Vec<(&'static str, String)>,
    /// The bytes that the signature covers.
    pub body: Vec<u8>,
    pub(super) about: About,
}

/// What the answer will be judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum About {
    /// A batch, empty for a heartbeat.
    Batch {
        /// The newest event when it was made.
        last_seq: i64,
        /// How many it carries.
        events: usize,
        /// Our clock when it was made.
        made_at: Timestamp,
    },
    /// Records that this node has lost.
    Records,
    /// Records of this node's own epoch, which is over; the newest among them.
    Own { to: i64 },
    /// Records of an earlier epoch, by its file.
    Past {
        file: String,
        to: i64,
        incarnation: i64,
    },
    /// A page of commands. Recalls in it are up to date when the cloud had every return by then.
    Commands { has_returns: bool },
    /// A page of a feed, from a cursor.
    Reference { feed: Feed, cursor: String },
    /// Customers that were entered here.
    Letters { ids: Vec<Uuid> },
    /// Rights that a till lacks.
    Borrow,
}

impl Outgoing {
    /// Signs a request of this node.
    pub(super) fn signed(
        key: &SigningKey,
        node: Uuid,
        lane: Lane,
        method: &'static str,
        path: String,
        body: Vec<u8>,
        about: About,
    ) -> Self {
        let mut headers = Vec::with_capacity(4);
        let body = if body.len() > WORTH_COMPRESSING {
            packed(body, &mut headers)
        } else {
            body
        };
        if !body.is_empty() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        headers.push((NODE_HEADER, node.to_string()));
        let signature = signature::sign(key, method, &path, &body);
        headers.push((SIGNATURE_HEADER, signature));
        Self {
            lane,
            method,
            path,
            headers,
            body,
            about,
        }
    }
}

fn packed(body: Vec<u8>, headers: &mut Vec<(&'static str, String)>) -> Vec<u8> {
    match zstd::encode_all(body.as_slice(), LEVEL) {
        Ok(packed) => {
            headers.push(("content-encoding", "zstd".to_owned()));
            packed
        }
        Err(error) => {
            tracing::warn!(%error, "A body is sent as it is: {error}");
            body
        }
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The header `retry-after`, in seconds.
    pub retry_after_s: Option<i64>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// Nothing came back in time: whether the cloud has heard it is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Lost(pub String);

/// Brings a request to the cloud.
pub trait Carry: Send + Sync {
    /// Brings it there, and the answer back.
    fn carry(&self, request: Outgoing) -> BoxFuture<'static, Result<Answer, Lost>>;
}

/// Who carries.
#[derive(Clone)]
pub struct Carrier(pub Arc<dyn Carry>);

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carrier")
    }
}

/// Why there is no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// Nothing came back, or something that the cloud does not say: a captive portal, half an answer.
    #[error("the cloud does not answer: {0}")]
    Silent(String),
    /// The cloud cannot answer now.
    #[error("the cloud cannot answer now: {0}")]
    Failing(String),
    /// The cloud asks to come back later.
    #[error("the cloud is busy: {message}")]
    Later {
        /// In that many seconds.
        seconds: i64,
        /// The problem's code.
        code: String,
        /// What it says.
        message: String,
    },
    /// The cloud refuses.
    #[error("the cloud refuses: {message}")]
    Refused {
        /// The problem's code.
        code: String,
        /// What it says.
        message: String,
    },
}

impl Trouble {
    /// Whether the cloud itself has spoken.
    pub(super) const fn is_heard(&self) -> bool {
        !matches!(self, Self::Silent(_))
    }

    /// Whether the cloud serves another epoch of this shop.
    pub(super) fn is_fenced(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "node.fenced")
    }

    /// Whether the cloud does not know this node or its key.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "node.unknown" || code == "node.signature")
    }
}

/// Reads an answer as what it should be.
pub(super) fn read<T: DeserializeOwned>(result: Result<Answer, Lost>) -> Result<T, Trouble> {
    let answer = result.map_err(|Lost(why)| Trouble::Silent(why))?;
    if (200..300).contains(&answer.status) {
        return serde_json::from_slice(&answer.body).map_err(|error| {
            Trouble::Silent(format!(
                "what came back is not the cloud's, or is cut short ({error})"
            ))
        });
    }
    let Ok(problem) = serde_json::from_slice::<Problem>(&answer.body) else {
        return Err(Trouble::Silent(format!("HTTP {}", answer.status)));
    };
    let message = format!("{} ({})", problem.title, problem.code);
    Err(match (answer.status, answer.retry_after_s) {
        (_, Some(seconds)) => Trouble::Later {
            seconds,
            code: problem.code,
            message,
        },
        (429 | 500.., None) => Trouble::Failing(message),
        _ => Trouble::Refused {
            code: problem.code,
            message,
        },
    })
}
