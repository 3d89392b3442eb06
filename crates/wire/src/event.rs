//! The event envelope: a small header that is stable for years, a versioned body, and the hash chain over both.
use std::fmt;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A SHA-256 over a record and, through `prev`, over everything that the node recorded before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What the first event of an epoch follows.
    pub const GENESIS: Self = Self([0; 32]);

    /// The hash in 32 bytes, as a database returns it.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Hash {
    type Err = NotAHash;
    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let bytes = text.as_bytes();
        if bytes.len() != 64 || !bytes.iter().all(u8::is_ascii_hexdigit) {
            return Err(NotAHash);
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| NotAHash)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NotAHash)?;
        }
        Ok(Self(hash))
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash has 64 hexadecimal digits")]
pub struct NotAHash;

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The version of the header's own shape. Bodies have their own.
pub const HEADER_VERSION: u16 = 1;

/// The effect header: stock and money are right even when the body cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`HEADER_VERSION`].
    pub v: u16,
    /// Who recorded it.
    pub node: Uuid,
    /// Counts replacements of the node's state.
    pub epoch: i64,
    /// Dense within the epoch, from 1.
    pub seq: i64,
    /// The fact itself, for ever: for a sale its sale id.
    pub id: Uuid,
    /// `sale.closed`, `purchase.recorded`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Version of the body.
    pub ver: u16,
    /// Hybrid logical clock: milliseconds and a counter; never goes back on one node (sync.md 2.11).
    pub hlc: Hlc,
    /// The node's own clock when it happened.
    pub at: Timestamp,
    /// How far the clock was behind what the node had seen before, in milliseconds; 0 when it was not (pitfall 31).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub clock_behind_ms: i64,
    /// The business date of the shift.
    pub business_date: Date,
    /// Where: the node's location.
    pub location: Uuid,
    /// At which register, if at one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub register: Option<Uuid>,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<Uuid>,
    /// What belongs together and is applied in order: a shift with its sales.
    pub aggregate: Uuid,
    /// Stock, sorted by variant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Move>,
    /// Rights other than stock that were credited (positive), used or given back (negative), and the reservations that
    /// picks are about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// Money kept or paid out, by tender.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub money: Vec<Money>,
    /// Which message of the stream of commands this is the effect of. The node's place in that stream is the newest
    /// of these, so that a replay of the log finds it again (sync.md 2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<i64>,
    /// The cloud's incarnation from here on, when it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incarnation: Option<i64>,
    /// Hash of the record before.
    pub prev: Hash,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_zero(value: &i64) -> bool {
    *value == 0
}

/// Units that changed place or state, or rights that changed hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// What moved: a variant.
    pub variant: Uuid,
    /// Which account of the location it belongs to.
    pub bucket: Bucket,
    /// Base units, signed.
    pub quantity: i64,
    /// Weak evidence: not to be exported before a count.
    #[serde(default, skip_serializing_if = "is_false")]
    pub weak: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// The accounts of a location: [`retail::rights::Bucket`] as one letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Bucket {
    /// Sellable units of the node.
    N,
    /// What the cloud side may at most claim here.
    C,
    /// Claims of the cloud without a unit behind them.
    D,
    /// Picked for an order.
    K,
    /// Not sellable.
    U,
    /// Shipped to another location.
    T,
}

impl From<retail::rights::Bucket> for Bucket {
    fn from(bucket: retail::rights::Bucket) -> Self {
        match bucket {
            retail::rights::Bucket::Node => Self::N,
            retail::rights::Bucket::Cloud => Self::C,
            retail::rights::Bucket::Debt => Self::D,
            retail::rights::Bucket::Picked => Self::K,
            retail::rights::Bucket::Unsellable => Self::U,
            retail::rights::Bucket::Shipped => Self::T,
        }
    }
}

impl From<Bucket> for retail::rights::Bucket {
    fn from(bucket: Bucket) -> Self {
        match bucket {
            Bucket::N => Self::Node,
            Bucket::C => Self::Cloud,
            Bucket::D => Self::Debt,
            Bucket::K => Self::Picked,
            Bucket::U => Self::Unsellable,
            Bucket::T => Self::Shipped,
        }
    }
}

impl Move {
    /// A move of a variant as the rules have it.
    #[must_use]
    pub fn of(variant: retail::catalog::VariantId, one: retail::rights::Move) -> Self {
        Self {
            variant: variant.as_uuid(),
            bucket: one.bucket.into(),
            quantity: one.quantity.base_units(),
            weak: one.is_weak,
        }
    }

    /// The move as the rules have it.
    #[must_use]
    pub fn as_rule(self) -> retail::rights::Move {
        retail::rights::Move {
            bucket: self.bucket.into(),
            quantity: retail::quantity::Quantity::new(self.quantity),
            is_weak: self.weak,
        }
    }
}

/// A right that is used up: kind, key and a signed number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// What sort of right.
    pub kind: String,
    /// Which one.
    pub key: Uuid,
    /// Signed.
    pub quantity: i64,
}

/// Money by tender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// `cash`, `card`, `coupon`, `account`.
    pub tender: String,
    /// Minor units of the base currency; negative when paid out.
    pub minor: i64,
}

/// Two clocks that are further apart than this many milliseconds are told to people (sync.md 2.11). No rule of stock or
/// money depends on it.
pub const SKEW_MS: i64 = 2 * 60 * 1_000;

/// A hybrid logical clock reading (Kulkarni et al. 2014): wall milliseconds, then a counter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hlc {
    /// Milliseconds since 1970, never less than any reading before.
    pub ms: i64,
    /// Distinguishes readings of one millisecond.
    pub n: u32,
}

impl Hlc {
    /// The reading after `self` when the wall clock says `now_ms`.
    #[must_use]
    pub const fn tick(self, now_ms: i64) -> Self {
        if now_ms > self.ms {
            Self { ms: now_ms, n: 0 }
        } else {
            Self {
                ms: self.ms,
                n: self.n + 1,
            }
        }
    }
}

/// A record as it is stored and sent: the bytes that were hashed, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The header's JSON.
    #[serde(rename = "h")]
    pub header: String,
    /// The body's JSON.
    #[serde(rename = "b")]
    pub body: String,
    /// Over both.
    #[serde(rename = "x")]
    pub hash: Hash,
}

/// Why a record cannot be taken for what it says it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The bytes and the hash do not fit.
    #[error("the hash does not fit the record")]
    Hash,
    /// The header is no header of version [`HEADER_VERSION`].
    #[error("the header cannot be read: {0}")]
    Header(String),
}

impl Record {
    /// Seals a header and a body: serialises each once and hashes the bytes.
    ///
    /// # Panics
    /// Never: a header and a body are plain data.
    #[must_use]
    pub fn seal(header: &Header, body: &impl Serialize) -> Self {
        let header = serde_json::to_string(header).expect("a header is plain data");
        let body = serde_json::to_string(body).expect("a body is plain data");
        let hash = hash(&header, &body);
        Self { header, body, hash }
    }

    /// Checks the hash and reads the header.
    ///
    /// # Errors
    /// [`RecordError`] when the bytes were changed or the header cannot be read.
    pub fn open(&self) -> Result<Header, RecordError> {
        if hash(&self.header, &self.body) != self.hash {
            return Err(RecordError::Hash);
        }
        serde_json::from_str(&self.header).map_err(|error| RecordError::Header(error.to_string()))
    }

    /// Bytes that it takes on the wire, nearly.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.header.len() + self.body.len() + 64
    }

    /// Never: a record has a header.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }
}

/// SHA-256 over the length of the header (8 bytes, big endian), the header and the body.
#[must_use]
pub fn hash(header: &str, body: &str) -> Hash {
    let mut sha = Sha256::new();
    sha.update((header.len() as u64).to_be_bytes());
    sha.update(header.as_bytes());
    sha.update(body.as_bytes());
    Hash(sha.finalize().into())
}

#[cfg(test)]
pub(crate) mod tests;
