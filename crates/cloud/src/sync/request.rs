//! A request of a node: signed with the key of one of its epochs.
use std::collections::HashMap;
use std::io::Read as _;
use std::sync::{PoisonError, RwLock};

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderMap, StatusCode};
use ed25519_dalek::VerifyingKey;
use httpkit::access::{Asks, Guard};
use httpkit::problem::Problem;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use wire::signature::{NODE_HEADER, SIGNATURE_HEADER, verify};

use crate::cloud::Cloud;
use crate::db::{Actor, Sql, sql};
use crate::error::{Error, Result};

/// The most bytes in a push: records are strings inside JSON, so quotes are escaped.
pub(super) const MAX_REQUEST_BYTES: usize = 4 << 20;
/// The most memory that unpacking a body may take: a window of zstd beyond it is refused.
const MAX_WINDOW_LOG: u32 = 23;
/// How long a node's keys and standing are believed without asking again: so long may one that was fenced at another
/// instance go on reading reference data.
const BELIEVED: SignedDuration = SignedDuration::from_secs(5);
/// How soon they are read again for a signature that fits none of them: a new epoch may have begun.
const ASKED_AGAIN: SignedDuration = SignedDuration::from_millis(50);

/// Keys of nodes and where each node stands, kept in memory for a moment.
#[derive(Default)]
pub(super) struct Keys(RwLock<HashMap<Uuid, Known>>);

impl Keys {
    /// The node was fenced or has got a new key here: what is known of it is read again.
    pub(super) fn forget(&self, node: Uuid) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&node);
    }
}

#[derive(Clone)]
struct Known {
    /// By epoch; a key never changes.
    keys: Vec<(i64, VerifyingKey)>,
    location: Uuid,
    /// The epoch that may have effects, if one may.
    alive: Option<i64>,
    read_at: Timestamp,
}

/// A request whose signature fits.
pub(super) struct Signed {
    /// Who asks.
    pub(super) node: Uuid,
    /// Whose stock it writes.
    pub(super) location: Uuid,
    /// The epochs whose key has signed it: one, as keys are not used twice.
    epochs: Vec<i64>,
    /// The epoch that may have effects, if one may.
    alive: Option<i64>,
    /// The body, unpacked.
    pub(super) body: Bytes,
}

impl Signed {
    /// Refuses what says another epoch than its signature: the key of an epoch speaks for that epoch alone.
    pub(super) fn of_epoch(&self, epoch: i64) -> Result<()> {
        if self.epochs.contains(&epoch) {
            return Ok(());
        }
        Err(refused())
    }

    /// Refuses a node whose epoch is over: it may hand in what it has, and learn nothing any more.
    pub(super) fn alive(&self) -> Result<()> {
        if self.alive.is_some_and(|epoch| self.epochs.contains(&epoch)) {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "node.fenced",
            "This epoch of the node is over",
        )
        .into())
    }
}

impl FromRequest<Cloud> for Signed {
    type Rejection = Error;

    async fn from_request(request: Request, cloud: &Cloud) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, MAX_REQUEST_BYTES)
            .await
            .map_err(|_| too_large())?;
        let node = node_of(&parts.headers).ok_or_else(refused)?;
        // The path names the node too: nobody asks for another.
        let named = parts.uri.path().split('/').nth(3);
        if named.and_then(|id| id.parse().ok()) != Some(node) {
            return Err(refused());
        }
        let signature = parts
            .headers
            .get(SIGNATURE_HEADER)
            .and_then(|text| text.to_str().ok())
            .unwrap_or_default();
        let address = parts
            .uri
            .path_and_query()
            .map_or("/", |address| address.as_str());
        let fitting = |known: &Known| -> Vec<i64> {
            let method = parts.method.as_str();
            let fits = |key| verify(key, method, address, &body, signature).is_ok();
            let keys = known.keys.iter().filter(|(_, key)| fits(key));
            keys.map(|(epoch, _)| *epoch).collect()
        };
        let mut known = known(cloud, node, BELIEVED).await?;
        let mut epochs = fitting(&known);
        if epochs.is_empty() {
            known = self::known(cloud, node, ASKED_AGAIN).await?;
            epochs = fitting(&known);
        }
        if epochs.is_empty() {
            return Err(refused());
        }
        Ok(Self {
            node,
            location: known.location,
            epochs,
            alive: known.alive,
            body: unpacked(&parts.headers, body)?,
        })
    }
}

impl Asks for Signed {
    fn guard() -> Guard {
        Guard::by(&["node"])
    }
}

/// The signature is over the bytes as they were sent; what follows reads them as they were meant.
fn unpacked(headers: &HeaderMap, body: Bytes) -> Result<Bytes> {
    let Some(encoding) = headers.get(CONTENT_ENCODING) else {
        return Ok(body);
    };
    if encoding != "zstd" {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "body.encoding",
            "A body is packed with zstd or not at all",
        )
        .into());
    }
    let broken = |error: std::io::Error| {
        Problem::invalid("body.invalid", "body", format!("no zstd: {error}"))
    };
    let mut decoder = zstd::Decoder::with_buffer(&body[..]).map_err(broken)?;
    decoder.window_log_max(MAX_WINDOW_LOG).map_err(broken)?;
    let limit = MAX_REQUEST_BYTES as u64;
    let mut plain = Vec::new();
    decoder
        .take(limit + 1)
        .read_to_end(&mut plain)
        .map_err(broken)?;
    if plain.len() > MAX_REQUEST_BYTES {
        return Err(too_large());
    }
    Ok(plain.into())
}

fn too_large() -> Error {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body.too_large",
        "The request is too large",
    )
    .into()
}

fn node_of(headers: &HeaderMap) -> Option<Uuid> {
    headers.get(NODE_HEADER)?.to_str().ok()?.parse().ok()
}

fn refused() -> Error {
    metrics::counter!("cloud_signature_refusals_total").increment(1);
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "node.signature",
        "The signature does not fit the request",
    )
    .into()
}

/// What is known of a node, not older than that.
async fn known(cloud: &Cloud, node: Uuid, age: SignedDuration) -> Result<Known> {
    const KEYS: Sql = sql!(
        "select k.epoch, k.public_key, s.location_id, s.epoch, s.status = 'active'
           from node_key k join node_stream s on s.node_id = k.node_id where k.node_id = $1 order by k.epoch desc",
        (uuid) -> (bigint, bytea, uuid, bigint, boolean)
    );
    let now = cloud.security_now();
    let keys = &cloud.sync().keys.0;
    let kept = keys
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&node)
        .filter(|kept| now >= kept.read_at && now.duration_since(kept.read_at) < age)
        .cloned();
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let rows = cloud
        .tx("node_key", Actor::Node(node), async |tx| {
            Ok(tx.rows(KEYS, &[&node]).await?)
        })
        .await?;
    let Some(first) = rows.first() else {
        metrics::counter!("cloud_signature_refusals_total").increment(1);
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "node.unknown",
            "This node is not known here",
        )
        .into());
    };
    let is_alive: bool = first.get(4);
    let by_epoch = rows.iter().filter_map(|row| {
        let key: [u8; 32] = row.get::<_, Vec<u8>>(1).try_into().ok()?;
        Some((row.get(0), VerifyingKey::from_bytes(&key).ok()?))
    });
    let known = Known {
        keys: by_epoch.collect(),
        location: first.get(2),
        alive: is_alive.then(|| first.get(3)),
        read_at: now,
    };
    keys.write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(node, known.clone());
    Ok(known)
}
