//! Channels: who places orders from outside, the web shop's server or a marketplace. A channel signs in with a key
//! that is shown once; only its hash is kept.
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use httpkit::access::{Asks, Guard};
use httpkit::{problem::Problem, random};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::refusal;
use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::{Error, Result};

pub(crate) mod db;
pub(crate) mod http;

/// How long a key counts after it was looked up: a channel that is shut works on for so long.
const KEPT_FOR: SignedDuration = SignedDuration::from_secs(1);
/// Keys in memory at most; more are looked up each time.
const MOST_KEPT: usize = 1_000;

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Channel {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Its key is good.
    pub active: bool,
    /// Business time.
    pub created_at: Timestamp,
}

/// Makes a channel; its key, which is kept nowhere.
pub async fn add(cloud: &Cloud, actor: Actor, name: &str) -> Result<(Channel, String)> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Problem::invalid("channel.name", "name", "A channel has a name").into());
    }
    let key = random::token(&*cloud.parts().random);
    let channel = Channel {
        id: cloud.id(),
        name: name.to_owned(),
        active: true,
        created_at: cloud.now(),
    };
    cloud
        .tx("add_channel", actor, async |tx| {
            db::insert(tx, &channel, &hash(&key)).await?;
            let (at, subject) = (cloud.security_now(), channel.id.to_string());
            crate::session::db::audit(tx, at, "channel.created", &subject).await
        })
        .await
        .map_err(|error| {
            error.if_duplicate("channel.name_taken", "Another channel has this name")
        })?;
    Ok((channel, key))
}

/// Keys that were looked up lately, by their hash.
#[derive(Default)]
pub(crate) struct Keys(RwLock<HashMap<[u8; 32], (Uuid, Timestamp)>>);

impl Keys {
    fn get(&self, hash: &[u8; 32], now: Timestamp) -> Option<Uuid> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (id, read_at) = kept.get(hash)?;
        (now >= *read_at && now.duration_since(*read_at) <= KEPT_FOR).then_some(*id)
    }

    fn put(&self, hash: [u8; 32], id: Uuid, now: Timestamp) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(hash, (id, now));
    }
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

/// The channel that a request's key belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller(pub(crate) Uuid);

/// Whether a request brings a channel's key.
pub(crate) fn has_key(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) && crate::token::of_request(headers).is_none()
}

impl FromRequestParts<Cloud> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, cloud: &Cloud) -> Result<Self> {
        let key = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(unknown)?;
        let (hash, now) = (hash(key.trim()), cloud.security_now());
        let keys = cloud.channels();
        if let Some(id) = keys.get(&hash, now) {
            refusal::asks(Actor::Channel(id));
            return Ok(Self(id));
        }
        let id = cloud
            .tx("channel_key", Actor::Service("channel"), async |tx| {
                db::by_key(tx, &hash).await
            })
            .await?
            .ok_or_else(unknown)?;
        keys.put(hash, id, now);
        refusal::asks(Actor::Channel(id));
        Ok(Self(id))
    }
}

impl Asks for Caller {
    fn guard() -> Guard {
        Guard::by(&["channel"])
    }
}

fn unknown() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "channel.key",
        "No channel has this key",
    )
}
