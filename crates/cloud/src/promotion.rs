//! Promotions: documents with versions, which people compose, start and stop. A version never changes: shops get the one
//! that counts byte for byte, and a sale names the version that priced it (ADR 24).
use axum::http::StatusCode;
use httpkit::problem::Problem;
use jiff::civil::DateTime;
use retail::promotion::condition::Condition;
use retail::promotion::{Draft, FORMAT, Mode, Promotion, PromotionError};
use retail::staff::Permission;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::allowance;
use crate::audit::Entry;
use crate::catalog;
use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;

pub(crate) mod basket;
pub(crate) mod conflict;
pub(crate) mod cost;
pub(crate) mod db;
pub(crate) mod http;
pub(crate) mod list;
pub(crate) mod preview;
pub(crate) mod quote;
mod reference;
pub(crate) mod report;
#[cfg(test)]
mod tests;

/// The longest reason for which a promotion is stopped, in characters.
const LONGEST_REASON: usize = 200;
/// What the server says of a document, and nobody else.
const OWN_FIELDS: [&str; 3] = ["format", "id", "version"];

/// A draft as people compose it: a [`Draft`] without `format`, `id` and `version`.
pub type Composed = Map<String, Value>;

/// Who saves a promotion, and how far they may go.
#[derive(Debug, Clone, Copy)]
pub struct Author {
    /// In what is written.
    pub actor: Actor,
    /// May what they save sell below cost?
    pub may_sell_below_cost: bool,
}

/// Saves a promotion as a new version, if `seen` is still the newest; none seen: it is new. What is so already stays as it
/// is. Saving starts nothing.
pub async fn put(
    cloud: &Cloud,
    author: Author,
    id: Uuid,
    seen: Option<i64>,
    composed: &Composed,
) -> Result<i64> {
    // Which version it will be is known in the transaction only; whether it is a promotion, before.
    let checked = promotion_of(id, 1, composed)?;
    if checked.sells_below_cost() && !author.may_sell_below_cost {
        return Err(below_cost(&checked).into());
    }
    cloud
        .tx("put_promotion", author.actor, async |tx| {
            reference::check(tx, checked.draft()).await?;
            save(cloud, tx, author.actor, id, seen, &checked).await
        })
        .await
        .map_err(|error| {
            error.if_duplicate(
                "promotion.raced",
                "Somebody else saves this promotion at this moment",
            )
        })
}

async fn save(
    cloud: &Cloud,
    tx: &Tx,
    actor: Actor,
    id: Uuid,
    seen: Option<i64>,
    checked: &Promotion,
) -> Result<i64> {
    let wanted = composed_of(checked);
    let before = match db::lock(tx, id).await? {
        Some(head) => Some((head.version, db::composed(tx, id, head.version).await?)),
        None => None,
    };
    let Some(version) =
        catalog::next_version(tx, id, before.as_ref(), seen, &wanted, unknown()).await?
    else {
        return Ok(before.map_or(1, |before| before.0));
    };
    let promotion = promotion_of(id, version, &wanted)?;
    let row = db::NewVersion::of(&promotion);
    db::insert_version(tx, &row, actor.person()).await?;
    let entry = if before.is_some() {
        Entry::new("promotion.changed", id)
    } else {
        Entry::new("promotion.created", id)
    };
    entry
        .change(
            before.map(|(version, composed)| catalog::said(version, &composed)),
            Some(catalog::said(version, &wanted)),
        )
        .note(cloud, tx)
        .await?;
    Ok(version)
}

/// Lets shops price by a version from now on, within its own dates. Repeating it changes nothing.
pub async fn start(cloud: &Cloud, actor: Actor, id: Uuid, version: i64) -> Result<()> {
    let told = cloud
        .tx("start_promotion", actor, async |tx| {
            let head = db::lock(tx, id).await?.ok_or_else(unknown)?;
            if head.running_version == Some(version) {
                return Ok(Vec::new());
            }
            let dates = db::dates(tx, id, version).await?.ok_or_else(|| {
                let title = "There is no such version of it";
                Problem::not_found("promotion.unknown_version", title)
                    .field("version", "promotion.unknown_version", title)
                    .figure("version", head.version)
            })?;
            if dates.is_over {
                let title = "Its end has come everywhere: give it a later one first";
                let ends_at = dates.ends_at.map(|at| at.to_string());
                return Err(Problem::conflict("promotion.ended", title)
                    .figure("ends_at", ends_at)
                    .into());
            }
            db::start(tx, id, version, actor.person()).await?;
            Entry::new("promotion.started", id)
                .with("version", version)
                .with("was", head.running_version)
                .note(cloud, tx)
                .await?;
            let document = db::document(tx, id, version).await?.ok_or_else(unknown)?;
            let promotion: Promotion = serde_json::from_str(&document)
                .map_err(|error| Problem::internal(&format!("promotion {id}: {error}")))?;
            allowance::started(cloud, tx, &promotion).await
        })
        .await?;
    for location in told {
        cloud.sync().wake_commands(location);
    }
    Ok(())
}

/// No shop prices by it any more, from its next word of us on. Repeating it changes nothing.
pub async fn stop(cloud: &Cloud, actor: Actor, id: Uuid, reason: &str) -> Result<()> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        let message = "A reason has 1 to 200 characters";
        return Err(Problem::invalid("promotion.reason", "reason", message)
            .figure("max", LONGEST_REASON)
            .into());
    }
    cloud
        .tx("stop_promotion", actor, async |tx| {
            let head = db::lock(tx, id).await?.ok_or_else(unknown)?;
            let Some(version) = head.running_version else {
                if head.was_started {
                    return Ok(());
                }
                let title = "It was never started";
                return Err(Problem::conflict("promotion.not_started", title).into());
            };
            db::stop(tx, id, version, reason, actor.person()).await?;
            Entry::new("promotion.stopped", id)
                .with("version", version)
                .because(reason)
                .note(cloud, tx)
                .await
        })
        .await
}

/// The promotion that a draft is, or what is wrong with it, by the field.
pub(crate) fn promotion_of(id: Uuid, version: i64, composed: &Composed) -> Result<Promotion> {
    if let Some(name) = OWN_FIELDS.iter().find(|name| composed.contains_key(**name)) {
        let message = "The server says this, not the draft";
        return Err(Problem::invalid("promotion.draft", *name, message).into());
    }
    let mut document = composed.clone();
    document.insert("format".to_owned(), FORMAT.into());
    document.insert("id".to_owned(), id.to_string().into());
    document.insert("version".to_owned(), version.into());
    let draft: Draft = serde_path_to_error::deserialize(Value::Object(document))
        .map_err(|error| unreadable(&error))?;
    Promotion::new(draft).map_err(|error| {
        match error {
            PromotionError::Invalid { field, reason } => {
                Problem::invalid("promotion.invalid", field, reason)
            }
            PromotionError::UnknownFormat { .. } => {
                Problem::invalid("promotion.draft", "format", error.to_string())
            }
        }
        .into()
    })
}

/// Fields are named as [`PromotionError`] names them: without the kinds of effects and conditions.
fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    use std::fmt::Write as _;

    use serde_path_to_error::Segment;

    let mut field = String::new();
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => write!(field, "[{index}]").unwrap_or_default(),
            Segment::Map { key } => {
                if !field.is_empty() {
                    field.push('.');
                }
                field.push_str(key);
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    Problem::invalid("promotion.draft", field, error.inner().to_string())
}

/// What people compose, in the one form that a promotion has.
pub(crate) fn composed_of(promotion: &Promotion) -> Composed {
    let document = serde_json::to_value(promotion).expect("a promotion is plain data");
    let Value::Object(mut composed) = document else {
        return Composed::new();
    };
    for name in OWN_FIELDS {
        composed.remove(name);
    }
    composed
}

/// The outer bounds of its own dates: of several, the latest beginning and the earliest end.
fn bounds(draft: &Draft) -> (Option<DateTime>, Option<DateTime>) {
    let mut bounds = (None, None);
    for condition in &draft.when {
        if let Condition::Dates { from, until, .. } = condition {
            bounds.0 = bounds.0.max(*from);
            bounds.1 = [bounds.1, *until].into_iter().flatten().min();
        }
    }
    bounds
}

/// The code of how it goes together with others, and the group's name.
fn mode(mode: &Mode) -> (&'static str, Option<&str>) {
    match mode {
        Mode::Compounding => ("compounding", None),
        Mode::BestOf(group) => ("best_of", Some(group)),
        Mode::Exclusive => ("exclusive", None),
    }
}

fn sha256(document: &str) -> Vec<u8> {
    Sha256::digest(document.as_bytes()).to_vec()
}

pub(crate) fn unknown() -> Problem {
    Problem::not_found("promotion.unknown", "There is no such promotion")
}

fn below_cost(promotion: &Promotion) -> Problem {
    let code = "permission.denied";
    let (field, title) = if promotion.draft().combination.below_cost {
        let title = "You may not let a promotion sell below cost";
        ("combination.below_cost", title)
    } else {
        let title = "You may not let a promotion give goods away, which is below their cost";
        ("effects", title)
    };
    Problem::new(StatusCode::FORBIDDEN, code, title)
        .field(field, code, title)
        .figure("permission", Permission::PromotionBelowCost.code())
}
