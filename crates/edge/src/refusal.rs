//! A refused write: an id that came again with other content. The first stands, the second is kept to be looked at.
use retail::{location::RegisterId, staff::StaffId};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use wire::body::WriteRefused;

use crate::{
    db::{DbError, Tx},
    node::Site,
    outbox,
};

mod db;

/// What a write with a client-made id came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded<T> {
    /// It was recorded now.
    First(T),
    /// It had been recorded before; this is the first answer.
    Repeated(T),
}

impl<T> Recorded<T> {
    /// What was recorded.
    pub fn into_inner(self) -> T {
        match self {
            Self::First(value) | Self::Repeated(value) => value,
        }
    }
}

/// The same, inside the transaction: a refusal has to be committed too.
pub(crate) enum Attempt<T> {
    Recorded(Recorded<T>),
    IdReused,
}

/// What the id of a write stands for already.
pub(crate) enum Standing {
    /// Nothing: record it, with this hash of its content.
    Fresh([u8; 32]),
    /// The same content: give the first answer.
    Same,
    /// Something else: the content is kept here, and refused.
    Other,
}

/// Tells a repeat from a reused id, and keeps the content of the latter. `before` is the hash of what was recorded
/// under the id of this noun.
pub(crate) fn standing(
    tx: &Tx<'_>,
    site: &mut Site,
    write: &Write<'_>,
    before: Option<[u8; 32]>,
    event: Uuid,
) -> Result<Standing, DbError> {
    let hash = content_hash(write.content);
    if before == Some(hash) || before == Some(REPLAYED) {
        return Ok(Standing::Same);
    }
    if before.is_some() || outbox::db::is_taken(tx, write.id)? {
        keep(tx, site, write, &hash, event)?;
        return Ok(Standing::Other);
    }
    Ok(Standing::Fresh(hash))
}

/// Instead of the hash of a content: the write came back from a log that has only its effect. Whatever comes under its
/// id is taken for the repeat.
pub(crate) const REPLAYED: [u8; 32] = [0; 32];

/// SHA-256 of what a write says, so that a repeat is told from another content.
pub(crate) fn content_hash(content: &Value) -> [u8; 32] {
    Sha256::digest(content.to_string().as_bytes()).into()
}

/// A write with a client-made id.
pub(crate) struct Write<'a> {
    pub(crate) noun: &'static str,
    pub(crate) id: Uuid,
    pub(crate) content: &'a Value,
    pub(crate) staff: StaffId,
    pub(crate) register: RegisterId,
}

/// Keeps the refused content and tells the cloud. The same content is kept once, however often it is sent.
fn keep(
    tx: &Tx<'_>,
    site: &mut Site,
    refused: &Write<'_>,
    hash: &[u8; 32],
    event: Uuid,
) -> Result<(), DbError> {
    if db::is_kept(tx, refused.noun, refused.id, hash)? {
        return Ok(());
    }
    let business_date = site.open_business_date(tx.now);
    let seq = outbox::append(
        tx,
        site,
        outbox::Event {
            register: Some(refused.register),
            staff: Some(refused.staff),
            ..outbox::Event::of(
                event,
                business_date,
                &WriteRefused {
                    noun: refused.noun.to_owned(),
                    id: refused.id,
                    content: refused.content.clone(),
                    refused_at: tx.now,
                },
            )
        },
    )?;
    tracing::warn!(
        noun = refused.noun,
        id = %refused.id,
        "Refused a {} whose id stands for another content; both are kept",
        refused.noun
    );
    db::insert(tx, refused, hash, seq)
}

/// Keeps a refused content that a replayed event says.
pub(crate) fn replay(
    tx: &Tx<'_>,
    seq: i64,
    staff: StaffId,
    register: RegisterId,
    refused: &WriteRefused,
) -> Result<(), DbError> {
    let noun = [
        "sale",
        "purchase",
        "shift",
        "count",
        "picking",
        "handover",
        "return",
        "sale_return",
        "cash",
        "drawer_count",
        "void",
    ]
    .into_iter()
    .find(|noun| *noun == refused.noun)
    .unwrap_or("other");
    let write = Write {
        noun,
        id: refused.id,
        content: &refused.content,
        staff,
        register,
    };
    db::insert(tx, &write, &content_hash(&refused.content), seq)
}
