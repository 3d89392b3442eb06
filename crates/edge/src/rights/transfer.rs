//! Rights that this node gives back, and what the cloud may claim when an epoch begins.
use retail::{
    catalog::VariantId,
    quantity::Quantity,
    rights::{NodeAccount, RightsError},
    staff::Permission,
};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::body;

use super::{
    Held,
    command::{Accounts, summed, units},
};
use crate::{
    Shop,
    db::{DbError, Tx},
    node::{self, Site, Unenrolled},
    outbox::{self, Event},
    refusal::{self, Attempt, Recorded, Standing, Write},
    staff::{self, Actor, Denied},
};

/// Gives rights back to the cloud, at most what may be given: nothing of a node that may not trust its own rights.
pub(crate) fn give_back(
    tx: &Tx<'_>,
    site: &mut Site,
    lines: &[(VariantId, Quantity)],
    reason: &str,
    id: Uuid,
) -> Result<Option<i64>, DbError> {
    if site.is_restricted() {
        return Ok(None);
    }
    let mut accounts = Accounts::default();
    let mut given = Vec::new();
    for (variant, wanted) in retail::stock::per_variant(lines.iter().copied()) {
        let held = accounts.of(tx, variant)?;
        let quantity = wanted.min(held.account.exportable);
        if held.apply(|account| account.give_back(quantity)).is_ok() {
            given.push(units(variant, quantity));
        }
    }
    if given.is_empty() {
        return Ok(None);
    }
    let body = body::RightsReturned {
        reason: reason.to_owned(),
        lines: given,
    };
    let event = Event {
        accounts: &mut accounts.into_sorted(),
        ..Event::of(id, site.open_business_date(tx.now), &body)
    };
    outbox::append(tx, site, event).map(Some)
}

/// The most lines of one return.
pub const MAX_RETURN_LINES: usize = 500;

/// Rights that went to the cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenBack {
    /// The event.
    pub id: Uuid,
    /// What went, sorted by variant.
    pub lines: Vec<(VariantId, Quantity)>,
    /// The number of its event.
    pub seq: i64,
}

/// Why rights cannot be given back so. `line` counts from 0.
#[derive(Debug, thiserror::Error)]
pub enum ReturnError {
    /// Nothing is given.
    #[error("the return has no lines")]
    NoLines,
    /// More than [`MAX_RETURN_LINES`].
    #[error("a return has at most {MAX_RETURN_LINES} lines")]
    TooManyLines,
    /// A variant stands in it twice.
    #[error("line {line}: this product is in the return twice")]
    Twice {
        /// The second one.
        line: usize,
    },
    /// Not so many may be given: the rest is not there, or was never counted.
    #[error("line {line}: between 1 and {exportable} may be given to the online channel")]
    NotExportable {
        /// The line.
        line: usize,
        /// What may be given.
        exportable: Quantity,
    },
    /// The node may not trust its own rights.
    #[error("this shop's node is restricted: it gives nothing to the online channel")]
    Restricted,
    /// The id stands for something else.
    #[error("the id stands for something else")]
    IdReused,
    /// A permission is missing.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No company yet.
    #[error(transparent)]
    Unenrolled(#[from] Unenrolled),
    /// The disk's.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Gives rights to the online channel because somebody here wants to: the units stay on the shelf.
///
/// Repeating the same id and lines returns the first result.
///
/// # Errors
/// [`ReturnError`] names the line to put right.
pub async fn give(
    shop: &Shop,
    actor: &Actor,
    id: Uuid,
    lines: Vec<(VariantId, Quantity)>,
) -> Result<Recorded<GivenBack>, ReturnError> {
    staff::require(actor, Permission::StockCount)?;
    if lines.is_empty() {
        return Err(ReturnError::NoLines);
    }
    if lines.len() > MAX_RETURN_LINES {
        return Err(ReturnError::TooManyLines);
    }
    let refusal_id = shop.new_id::<()>().as_uuid();
    let actor = actor.clone();
    let attempt = shop
        .write(move |tx, _| give_in(tx, &actor, id, &lines, refusal_id))
        .await?;
    match attempt {
        Attempt::Recorded(given) => Ok(given),
        Attempt::IdReused => Err(ReturnError::IdReused),
    }
}

fn give_in(
    tx: &Tx<'_>,
    actor: &Actor,
    id: Uuid,
    lines: &[(VariantId, Quantity)],
    refusal_id: Uuid,
) -> Result<Attempt<GivenBack>, ReturnError> {
    let mut site = node::site(tx)??;
    let kept = outbox::db::body_of::<body::RightsReturned>(tx, id)?;
    let kept = kept.map(|(seq, body)| GivenBack {
        id,
        lines: given_lines(&body),
        seq,
    });
    let sorted = retail::stock::per_variant(lines.iter().copied());
    let content = content(&sorted);
    let write = Write {
        noun: "return",
        id,
        content: &content,
        staff: actor.staff,
        register: actor.register,
    };
    let before = kept
        .as_ref()
        .map(|kept| refusal::content_hash(&self::content(&kept.lines)));
    match (
        refusal::standing(tx, &mut site, &write, before, refusal_id)?,
        kept,
    ) {
        (Standing::Same, Some(kept)) => {
            return Ok(Attempt::Recorded(Recorded::Repeated(kept)));
        }
        (Standing::Other | Standing::Same, _) => return Ok(Attempt::IdReused),
        (Standing::Fresh(_), _) => {}
    }
    if site.is_restricted() {
        return Err(ReturnError::Restricted);
    }
    for (line, (variant, quantity)) in lines.iter().enumerate() {
        if lines[..line].iter().any(|(other, _)| other == variant) {
            return Err(ReturnError::Twice { line });
        }
        let exportable = Held::load(tx, *variant)?.account.exportable;
        if *quantity <= Quantity::ZERO || *quantity > exportable {
            return Err(ReturnError::NotExportable { line, exportable });
        }
    }
    let seq = give_back(tx, &mut site, lines, "manual", id)?.ok_or(ReturnError::Restricted)?;
    Ok(Attempt::Recorded(Recorded::First(GivenBack {
        id,
        lines: sorted,
        seq,
    })))
}

fn content(lines: &[(VariantId, Quantity)]) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(variant, quantity)| {
            json!({ "variant_id": variant.as_uuid(), "quantity": quantity.base_units() })
        })
        .collect();
    json!({ "lines": lines })
}

fn given_lines(body: &body::RightsReturned) -> Vec<(VariantId, Quantity)> {
    let line = |line: &body::Units| {
        (
            VariantId::from_uuid(line.variant),
            Quantity::new(line.quantity),
        )
    };
    body.lines.iter().map(line).collect()
}

/// Claims of one event that opens an epoch.
const CLAIMS_OF_AN_EVENT: usize = 500;

/// Begins an epoch after the first: nothing is the node's before it was counted, and the cloud may claim `claims`
/// (sync.md 2.9).
pub(crate) fn open_epoch(
    tx: &Tx<'_>,
    site: &mut Site,
    claims: &[wire::command::Line],
) -> Result<(), DbError> {
    let claims = summed(claims);
    // An epoch begins with this event, also when nothing is claimed.
    let nothing: [&[(VariantId, Quantity)]; 1] = [&[]];
    let chunks: Vec<_> = if claims.is_empty() {
        nothing.to_vec()
    } else {
        claims.chunks(CLAIMS_OF_AN_EVENT).collect()
    };
    for chunk in chunks {
        let mut accounts = Vec::with_capacity(chunk.len());
        let mut lines = Vec::with_capacity(chunk.len());
        for &(variant, quantity) in chunk {
            let mut held = Held::load(tx, variant)?;
            let opened = held.apply(|account| {
                let (opened, moves) = NodeAccount::open(quantity)?;
                if *account != NodeAccount::default() {
                    return Err(RightsError::NotPositive(quantity));
                }
                *account = opened;
                Ok(moves)
            });
            if opened.is_ok() {
                lines.push(units(variant, quantity));
                accounts.push(held);
            }
        }
        let body = body::EpochOpened { claims: lines };
        let event = Event {
            accounts: &mut accounts,
            ..Event::of(site.next_id(), site.open_business_date(tx.now), &body)
        };
        outbox::append(tx, site, event)?;
    }
    Ok(())
}
