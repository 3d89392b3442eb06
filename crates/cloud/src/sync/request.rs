//! A request of a node: signed with the key that it was enrolled with.
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode};
use ed25519_dalek::VerifyingKey;
use httpkit::problem::Problem;
use uuid::Uuid;
use wire::signature::{NODE_HEADER, SIGNATURE_HEADER, verify};

use crate::cloud::Cloud;
use crate::db::{Actor, Sql, sql};
use crate::error::{Error, Result};

/// The most bytes in a push: records are strings inside JSON, so quotes are escaped.
pub(super) const MAX_REQUEST_BYTES: usize = 4 << 20;

/// Keys of nodes, kept in memory: a key never changes.
#[derive(Default)]
pub(super) struct Keys(RwLock<HashMap<Uuid, Known>>);

#[derive(Clone, Copy)]
struct Known {
    key: VerifyingKey,
    location: Uuid,
}

/// A request whose signature fits.
pub(super) struct Signed {
    /// Who asks.
    pub(super) node: Uuid,
    /// Whose stock it writes.
    pub(super) location: Uuid,
    /// The body that was signed.
    pub(super) body: Bytes,
}

impl FromRequest<Cloud> for Signed {
    type Rejection = Error;

    async fn from_request(request: Request, cloud: &Cloud) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, MAX_REQUEST_BYTES)
            .await
            .map_err(|_| {
                Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "body.too_large",
                    "The request is too large",
                )
            })?;
        let node = node_of(&parts.headers).ok_or_else(refused)?;
        let signature = parts
            .headers
            .get(SIGNATURE_HEADER)
            .and_then(|text| text.to_str().ok());
        let known = known(cloud, node).await?.ok_or_else(refused)?;
        let address = parts
            .uri
            .path_and_query()
            .map_or("/", |address| address.as_str());
        verify(
            &known.key,
            parts.method.as_str(),
            address,
            &body,
            signature.unwrap_or_default(),
        )
        .map_err(|_| refused())?;
        // The path names the node too: nobody asks for another.
        if parts
            .uri
            .path()
            .split('/')
            .nth(3)
            .and_then(|id| id.parse().ok())
            != Some(node)
        {
            return Err(refused());
        }
        Ok(Self {
            node,
            location: known.location,
            body,
        })
    }
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

async fn known(cloud: &Cloud, node: Uuid) -> Result<Option<Known>> {
    const KEY: Sql =
        sql!("select public_key, location_id from node where id = $1", (uuid) -> (bytea, uuid));
    let keys = &cloud.sync().keys.0;
    let cached = keys
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&node)
        .copied();
    if cached.is_some() {
        return Ok(cached);
    }
    let row = cloud
        .tx("node_key", Actor::Node(node), async |tx| {
            Ok(tx.row(KEY, &[&node]).await?)
        })
        .await?;
    let known = row.and_then(|row| {
        let key: [u8; 32] = row.get::<_, Vec<u8>>(0).try_into().ok()?;
        Some(Known {
            key: VerifyingKey::from_bytes(&key).ok()?,
            location: row.get(1),
        })
    });
    if let Some(known) = known {
        keys.write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(node, known);
    }
    Ok(known)
}
