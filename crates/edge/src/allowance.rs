//! Limits of promotions and vouchers, as far as this shop holds a part of them (ADR 25): used by sales without asking
//! anybody, borrowed from the cloud when there is a line, and given back by the shop's own events alone.
//!
//! A balance changes only by the claims in the header of an event; triggers compare the two.
use std::collections::BTreeMap;

use httpkit::shutdown::Shutdown;
use jiff::SignedDuration;
use retail::promotion::{
    PromotionId,
    claim::{self, Counter, Subject, is_allowance},
};
use uuid::Uuid;
use wire::{
    body,
    command::{Allow, Allowance, Ask, Message},
    event::Claim,
};

use crate::{
    Shop,
    db::{DbError, Snapshot, Tx},
    node::{self, Site},
    outbox::{self, Event},
    sync::{self, Borrowed},
};

mod ask;
pub(crate) mod db;
#[cfg(test)]
mod tests;

pub(crate) use ask::Silence;

/// What nobody has used for so long goes back: a voucher that was shown and not used can be used elsewhere.
const IDLE: SignedDuration = SignedDuration::from_mins(15);
/// How often is looked for what goes back.
const LOOK: std::time::Duration = std::time::Duration::from_mins(1);
/// The most lines of one event.
const MAX_LINES: usize = 500;
/// More than there can be of anything.
const MOST: i64 = 1_000_000_000_000_000;

/// Names an allowance: kind and key.
pub(crate) type Key = (String, Uuid);

/// What a sale would use and the shop does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Short {
    /// Whose limit.
    pub(crate) promotion: PromotionId,
    /// Which.
    pub(crate) counter: Counter,
}

/// What a sale may use of these counters. A node that may not trust what it holds uses nothing.
pub(crate) fn available(
    at: &Snapshot<'_>,
    site: &Site,
    wanted: &[(PromotionId, Counter)],
    subject: &Subject,
) -> Result<BTreeMap<(PromotionId, Counter), i64>, DbError> {
    let mut found = BTreeMap::new();
    for &(promotion, counter) in wanted {
        let named = counter.allowance(promotion, subject);
        let left = match named {
            Some((kind, key)) if !site.is_restricted() => db::available(at, kind, key)?,
            Some(_) | None => 0,
        };
        found.insert((promotion, counter), left);
    }
    Ok(found)
}

/// What a sale takes, for the header of its event: the event that carries these claims moves the balances, in the same
/// transaction. Refused with what is short: then the basket is priced again.
pub(crate) fn take(
    tx: &Tx<'_>,
    site: &Site,
    claims: &[claim::Claim],
    subject: &Subject,
) -> Result<Result<Vec<Claim>, Short>, DbError> {
    let mut taken = BTreeMap::<Key, i64>::new();
    for one in claims {
        let short = Short {
            promotion: one.promotion,
            counter: one.counter,
        };
        let Some((kind, key)) = one.counter.allowance(one.promotion, subject) else {
            return Ok(Err(short));
        };
        let sum = taken.entry((kind.to_owned(), key)).or_default();
        *sum = sum.saturating_add(one.quantity);
        if site.is_restricted() || db::available(tx, kind, key)? < *sum {
            return Ok(Err(short));
        }
    }
    let claim = |((kind, key), quantity): (Key, i64)| Claim {
        kind,
        key,
        quantity: -quantity,
    };
    Ok(Ok(taken.into_iter().map(claim).collect()))
}

/// Moves the balances by the claims of an event that has just been recorded, or comes back from the log.
pub(crate) fn record(tx: &Tx<'_>, seq: i64, claims: &[Claim]) -> Result<(), DbError> {
    for claim in claims.iter().filter(|claim| is_allowance(&claim.kind)) {
        db::insert_movement(tx, seq, claim)?;
        db::put(tx, seq, claim)?;
    }
    Ok(())
}

/// Takes in what the cloud allows: the effect of a message, once.
pub(crate) fn credit(
    tx: &Tx<'_>,
    site: &mut Site,
    message: &Message,
    allow: Allow,
) -> Result<(), DbError> {
    let lines = summed(allow.lines);
    let body = body::AllowanceCredited {
        grant: message.id,
        lines: lines.clone(),
        reason: allow.reason,
    };
    let event = Event {
        command: Some(message.idx),
        claims: lines.into_iter().map(|line| moved(line, 1)).collect(),
        ..Event::of(site.next_id(), site.open_business_date(tx.now), &body)
    };
    outbox::append(tx, site, event)?;
    came(tx, &body)
}

/// Notes what has come: the shop's own part, which stays, or something borrowed, which goes back when nobody uses it.
pub(crate) fn came(tx: &Tx<'_>, credited: &body::AllowanceCredited) -> Result<(), DbError> {
    let is_borrowed = credited.reason == "borrow";
    credited.lines.iter().try_for_each(|line| {
        if is_borrowed {
            db::note_borrowed(tx, line)
        } else {
            db::reserve(tx, line)
        }
    })
}

/// What there can be of each, once, sorted: what cannot be taken in is left out.
fn summed(lines: Vec<Allowance>) -> Vec<Allowance> {
    let mut sums = BTreeMap::<Key, i64>::new();
    for line in lines {
        if is_allowance(&line.kind) && (1..=MOST).contains(&line.quantity) {
            let sum = sums.entry((line.kind, line.key)).or_default();
            *sum = sum.saturating_add(line.quantity).min(MOST);
        }
    }
    let line = |((kind, key), quantity)| Allowance {
        kind,
        key,
        quantity,
    };
    sums.into_iter().map(line).collect()
}

fn moved(line: Allowance, sign: i64) -> Claim {
    Claim {
        kind: line.kind,
        key: line.key,
        quantity: sign * line.quantity,
    }
}

/// Gives back what has lain idle: what was borrowed for a day, a customer or a voucher, and of uses, units and money what
/// was borrowed beyond the shop's own part. By an event of its own. True when more may be there. A node that may not trust
/// what it holds gives nothing.
///
/// # Errors
/// The disk's.
pub async fn give_back_idle(shop: &Shop) -> Result<bool, DbError> {
    let id = shop.new_id::<()>().as_uuid();
    shop.write(move |tx, _| {
        let Ok(mut site) = node::site(tx)? else {
            return Ok(false);
        };
        if site.is_restricted() {
            return Ok(false);
        }
        let before = tx.now.saturating_sub(IDLE).unwrap_or(tx.now);
        let lines = db::idle(tx, before, MAX_LINES)?;
        if lines.is_empty() {
            return Ok(false);
        }
        let is_full = lines.len() == MAX_LINES;
        let body = body::AllowanceReturned {
            reason: "idle".to_owned(),
            lines: lines.clone(),
        };
        let event = Event {
            claims: lines.into_iter().map(|line| moved(line, -1)).collect(),
            ..Event::of(id, site.open_business_date(tx.now), &body)
        };
        outbox::append(tx, &mut site, event)?;
        Ok(is_full)
    })
    .await
}

/// Gives back what lies idle, until the shutdown.
pub(crate) async fn keep_watch(shop: Shop, shutdown: Shutdown) {
    loop {
        tokio::select! {
            () = shutdown.wait() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        loop {
            match give_back_idle(&shop).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(%error, "What lies idle of limits could not be given back: {error}");
                    break;
                }
            }
        }
    }
}

/// Asks the cloud for what a basket could use and the shop does not have, a moment at most. True: something has come, so
/// that the basket should be priced again. Without a line there is the shop's own part alone.
pub(crate) async fn ask(shop: &Shop, wanted: Vec<Ask>) -> bool {
    let wanted = shop.memory.silence.not_silent(wanted);
    if wanted.is_empty() {
        return false;
    }
    let asked = sync::borrow_allowances(shop, shop.new_id::<()>().as_uuid(), wanted.clone()).await;
    if asked == Borrowed::Nothing {
        shop.memory.silence.note(&wanted);
    }
    asked == Borrowed::Taken
}

/// A balance, for who looks into a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// What sort of allowance.
    pub kind: String,
    /// Which one.
    pub key: Uuid,
    /// What may be used.
    pub available: i64,
}

/// Every balance of the shop, by kind and key.
///
/// # Errors
/// The disk's.
pub async fn balances(shop: &Shop) -> Result<Vec<Balance>, DbError> {
    shop.read(db::balances).await
}
