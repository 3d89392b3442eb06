//! What this node does when its own memory cannot be trusted: its file went back, was copied, or the cloud went back.
//! It sells in each of these cases; only what it may promise changes (sync.md 2.9).
use std::time::Duration;

use uuid::Uuid;
use wire::{
    body::{CloudRebased, Document as _, NodeRestricted},
    event::{Hash, Header, Record},
    recovery::{Head, Records, Verdict},
};

use crate::{
    Shop,
    db::{DbError, Tx},
    node::{self, Cause, Restricted, Site, State},
    order,
    outbox::{self, Event},
    replay,
};

mod audit;

pub(crate) use audit::{check_chain, linked};

/// A till that has seen more than the file holds waits so long for the cloud to bring it back, before it sells on what
/// is left.
const PATIENCE: Duration = Duration::from_secs(4);
/// A hash that was not said.
const NOT_SAID: Hash = Hash::GENESIS;

/// Compares what a till has seen with the file, and does what follows from it. Costs nothing while all is well.
pub(crate) async fn seen(shop: &Shop, seen: Head) -> Result<(), DbError> {
    match verdict(shop, &seen).await? {
        Verdict::Fine => agreed(shop, Witness::Till).await,
        Verdict::RolledBack { seq } => {
            went_back(shop, Witness::Till, seq, seen.hash).await?;
            brought_back(shop).await;
            Ok(())
        }
        Verdict::Rewritten { seq } => {
            let detail = format!("a till has seen another event {seq} than the file holds");
            lose(shop, detail).await
        }
        Verdict::Replaced { epoch } if !shop.memory.is_overruled() => {
            let detail = format!("a till was served by a later node of this shop, epoch {epoch}");
            end_epoch(shop, Cause::Fenced, detail).await
        }
        Verdict::Replaced { .. } => Ok(()),
    }
}

/// What a till's memory says. Looks into the file only when the newest events in memory do not answer it.
pub(crate) async fn verdict(shop: &Shop, seen: &Head) -> Result<Verdict, DbError> {
    let Some(disk) = shop.place() else {
        return Ok(Verdict::Fine);
    };
    let is_ours = seen.node == disk.node && seen.epoch == disk.epoch;
    let held = match shop.trail.hash(seen.seq) {
        None if is_ours && (1..=disk.seq).contains(&seen.seq) => {
            let seq = seen.seq;
            shop.read(move |at| outbox::db::hash(at, seq)).await?
        }
        held => held,
    };
    Ok(wire::recovery::compare(&disk, seen, held))
}

/// Waits until what was lost is back, if the cloud can be asked: a shop without a line would wait at every request.
async fn brought_back(shop: &Shop) {
    if !shop.memory.has_background() || !shop.link.borrow().connected {
        return;
    }
    shop.signals.changed();
    let mut identity = shop.identity.subscribe();
    let is_back = async {
        loop {
            match shop.read(node::db::state).await {
                Ok(state) if state.is_behind() => {}
                _ => return,
            }
            if identity.changed().await.is_err() {
                return;
            }
        }
    };
    if tokio::time::timeout(PATIENCE, is_back).await.is_err() {
        tracing::warn!("What a till has seen did not come back in time: it sells on what is left");
    }
}

/// Somebody has seen an event that the file does not have. Nothing is recorded about it: what is lost may come back
/// under the very next numbers.
pub(crate) async fn went_back(
    shop: &Shop,
    witness: Witness,
    seq: i64,
    hash: Hash,
) -> Result<(), DbError> {
    let is_new = shop
        .write(move |tx, _| {
            let state = node::db::state(tx)?;
            let is_known = state.seen.is_some_and(|(known, _)| known >= seq);
            // The cloud was asked for what tills have seen, once; it may itself hold more at any time.
            let is_judged = witness == Witness::Till
                && state.restricted.as_ref().is_some_and(|restricted| {
                    restricted.cause != Cause::Machine && state.seen.is_none() && !state.is_restored
                });
            if is_known || is_judged || state.is_over() || seq <= state.last_seq {
                return Ok(false);
            }
            let lost = format!(
                "events {} to {seq} are missing in the file",
                state.last_seq + 1
            );
            // What it was restricted for before stays: only the log ends that.
            if state.restricted.is_none() || state.is_restored {
                node::db::set_restricted(
                    tx,
                    &Restricted {
                        cause: Cause::Rollback,
                        detail: lost,
                        seq: state.last_seq,
                    },
                )?;
            }
            node::db::set_seen(tx, Some((seq, hash)))?;
            Ok::<_, DbError>(true)
        })
        .await?;
    if is_new {
        tracing::error!(
            seq,
            "The shop's file has lost events up to {seq}: the cloud is asked for them"
        );
        shop.signals.changed();
    }
    Ok(())
}

/// The cloud holds an event that this process has not written, although it has agreed with all that it wrote before: a
/// file does not go back while it is being served, so somebody else writes under this node's name. What is recorded about
/// it here takes the same number, so that the cloud sees the fork. Gives the number after which it is to be sent.
///
/// A node that knows that it does not run on its own machine only follows: the other one may be the real one.
pub(crate) async fn is_alive_twice(shop: &Shop, seq: i64) -> Result<Option<i64>, DbError> {
    if !shop.memory.is_asked() {
        return Ok(None);
    }
    let id = shop.new_id::<()>().as_uuid();
    shop.write(move |tx, _| {
        let state = node::db::state(tx)?;
        let is_elsewhere = state
            .restricted
            .as_ref()
            .is_some_and(|restricted| restricted.cause == Cause::Machine);
        if is_elsewhere || state.is_over() || state.is_behind() || seq <= state.last_seq {
            return Ok(None);
        }
        let Ok(mut site) = node::site(tx)? else {
            return Ok(None);
        };
        let first = state.last_seq + 1;
        let detail = format!("event {first} was recorded by a copy of this shop's disk");
        restrict(tx, &mut site, Cause::Rollback, detail, id)?;
        Ok(Some(state.acked.min(state.last_seq)))
    })
    .await
}

/// Takes records that the file had lost, byte for byte. Says whether all that can come has come.
pub(crate) async fn take_records(shop: &Shop, records: Records) -> Result<bool, DbError> {
    let id = shop.new_id::<()>().as_uuid();
    let outcome = shop
        .write(move |tx, _| {
            let Ok(mut site) = node::site(tx)? else {
                return Ok(Outcome::Nothing);
            };
            let state = node::db::state(tx)?;
            let Some(seen) = state.seen else {
                return Ok(Outcome::Nothing);
            };
            for record in &records.events {
                match following(&site, record) {
                    Some(header) => replay::record(tx, &mut site, &header, record)?,
                    None => return foreign(tx, &mut site, id),
                }
            }
            compared(tx, &mut site, &state, seen, records.last_seq, id)
        })
        .await?;
    outcome.tell();
    Ok(outcome != Outcome::More)
}

/// The header of a record that is the next one of this node's chain, and that this version can read.
fn following(site: &Site, record: &Record) -> Option<Header> {
    let header = record.open().ok()?;
    let place = (header.node, header.epoch, header.seq, header.prev);
    let expected = (
        site.node.as_uuid(),
        site.epoch,
        site.last_seq + 1,
        site.head,
    );
    (place == expected && replay::is_readable(&header, record)).then_some(header)
}

/// What became of events that were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Nothing,
    More,
    /// All came back.
    Back {
        from: i64,
        to: i64,
    },
    /// Nobody has them.
    Lost {
        from: i64,
        to: i64,
    },
    /// The cloud holds another history.
    Foreign,
}

impl Outcome {
    fn tell(self) {
        match self {
            Self::Nothing | Self::More => {}
            Self::Back { from, to } => {
                tracing::info!("Events {from} to {to}, which the file had lost, are back");
            }
            Self::Lost { from, to } => {
                tracing::error!("Events {from} to {to} are lost: rights come from counts alone");
            }
            Self::Foreign => tracing::error!("The cloud holds another history than the file"),
        }
    }
}

/// Compares the chain with what was seen of it, once no more records come.
fn compared(
    tx: &Tx<'_>,
    site: &mut Site,
    before: &State,
    seen: (i64, Hash),
    cloud_seq: i64,
    id: Uuid,
) -> Result<Outcome, DbError> {
    let (seq, hash) = seen;
    if site.last_seq < seq && site.last_seq < cloud_seq {
        return Ok(Outcome::More);
    }
    let from = before.last_seq + 1;
    node::db::set_seen(tx, None)?;
    if site.last_seq < seq {
        // This is the answer: tills that remember the same are not asked about it again.
        node::db::set_compared(tx)?;
    }
    // What stands beyond the cloud's end here, it may hold as something else.
    let acked = if site.last_seq <= cloud_seq {
        site.last_seq
    } else {
        before.acked.min(cloud_seq)
    };
    node::db::set_acked(tx, acked)?;
    if site.last_seq < seq {
        let from = site.last_seq + 1;
        let detail =
            format!("events {from} to {seq} are lost: neither the file nor the cloud has them");
        restrict(tx, site, Cause::Rollback, detail, id)?;
        return Ok(Outcome::Lost { from, to: seq });
    }
    if hash != NOT_SAID && outbox::db::hash(tx, seq)? != Some(hash) {
        let detail = format!("a till has seen another event {seq} than the cloud holds");
        restrict(tx, site, Cause::Rollback, detail, id)?;
        return Ok(Outcome::Foreign);
    }
    let to = site.last_seq;
    came_back(tx, site, before, from, id)?;
    Ok(Outcome::Back { from, to })
}

/// What the node may trust, once its log is whole again: what the log says, and what was known before.
fn came_back(
    tx: &Tx<'_>,
    site: &mut Site,
    before: &State,
    from: i64,
    id: Uuid,
) -> Result<(), DbError> {
    let to = site.last_seq;
    // A restriction that stands in the log holds until the log ends it: an earlier loss is not undone by this.
    if let Some(restricted) = told(tx)? {
        return node::db::set_restricted(tx, &restricted);
    }
    let cause = before
        .restricted
        .as_ref()
        .map(|restricted| restricted.cause);
    if before.is_restored {
        // The newest of what was sold may be known to tills alone.
        let detail = format!(
            "restored from a backup; events {from} to {to} came back from the cloud, and no till has said yet what it \
             has seen"
        );
        let restricted = Restricted {
            cause: Cause::Rollback,
            detail,
            seq: to,
        };
        return node::db::set_restricted(tx, &restricted);
    }
    if cause != Some(Cause::Rollback) {
        return Ok(());
    }
    let detail = format!("events {from} to {to} came back from the cloud");
    trust(tx, site, detail, id)
}

/// The restriction that the log tells of, if it has not ended.
fn told(tx: &Tx<'_>) -> Result<Option<Restricted>, DbError> {
    let Some((seq, body)) = outbox::db::newest_of(tx, NodeRestricted::KIND)? else {
        return Ok(None);
    };
    let body: Option<NodeRestricted> = serde_json::from_str(&body).ok();
    Ok(body.and_then(|body| {
        Some(Restricted {
            cause: Cause::by_code(&body.cause)?,
            detail: body.detail,
            seq,
        })
    }))
}

fn foreign(tx: &Tx<'_>, site: &mut Site, id: Uuid) -> Result<Outcome, DbError> {
    node::db::set_seen(tx, None)?;
    let detail = format!(
        "the cloud's event {} does not follow the file",
        site.last_seq + 1
    );
    restrict(tx, site, Cause::Fork, detail, id)?;
    Ok(Outcome::Foreign)
}

/// Events that somebody has seen cannot come back any more: rights come from counts alone.
async fn lose(shop: &Shop, detail: String) -> Result<(), DbError> {
    let id = shop.new_id::<()>().as_uuid();
    shop.write(move |tx, _| {
        let state = node::db::state(tx)?;
        let is_told = state
            .restricted
            .is_some_and(|restricted| restricted.cause != Cause::Machine);
        match node::site(tx)? {
            Ok(mut site) if !is_told => {
                restrict(tx, &mut site, Cause::Rollback, detail.clone(), id)
            }
            _ => Ok(()),
        }
    })
    .await
}

/// This epoch is over: what is still recorded goes to the cloud's salvage.
pub(crate) async fn end_epoch(shop: &Shop, cause: Cause, detail: String) -> Result<(), DbError> {
    shop.memory.set_over(true);
    let id = shop.new_id::<()>().as_uuid();
    shop.write(move |tx, _| {
        if node::db::state(tx)?.is_over() {
            return Ok(());
        }
        node::db::set_seen(tx, None)?;
        match node::site(tx)? {
            Ok(mut site) => restrict(tx, &mut site, cause, detail.clone(), id),
            Err(_) => Ok(()),
        }
    })
    .await
}

/// The cloud says that this epoch is the one that serves the shop, whatever a till has seen.
pub(crate) async fn is_alive(shop: &Shop) -> Result<(), DbError> {
    shop.memory.overrule();
    shop.memory.set_over(false);
    let id = shop.new_id::<()>().as_uuid();
    shop.write(move |tx, _| {
        let state = node::db::state(tx)?;
        let is_fenced = state
            .restricted
            .is_some_and(|restricted| restricted.cause == Cause::Fenced);
        match node::site(tx)? {
            Ok(mut site) if is_fenced => {
                let detail = "the cloud says that this node serves the shop".to_owned();
                trust(tx, &mut site, detail, id)
            }
            _ => Ok(()),
        }
    })
    .await
}

/// Follows a restored cloud (sync.md 2.9): from here on, grants of the lost future are refused. Gives the number after
/// which the node sends again.
pub(crate) async fn rebase(shop: &Shop, incarnation: i64, held: i64) -> Result<i64, DbError> {
    let id = shop.new_id::<()>().as_uuid();
    let from = shop
        .write(move |tx, now| {
            let state = node::db::state(tx)?;
            let is_fork = state
                .restricted
                .as_ref()
                .is_some_and(|restricted| restricted.cause == Cause::Fork);
            if is_fork {
                // What the cloud holds is of the other history.
                return Ok(state.acked);
            }
            if held > state.last_seq {
                // The cloud went back, and so did we: first what it still has of ours.
                node::db::set_seen(tx, Some((held, NOT_SAID)))?;
                return Ok(state.last_seq);
            }
            if let Ok(mut site) = node::site(tx)?
                && site.incarnation < incarnation
            {
                let body = CloudRebased {
                    incarnation,
                    last_seq: held,
                    open_picks: order::open_picks(tx)?,
                };
                let date = site.open_business_date(now);
                let mut event = Event::of(id, date, &body);
                event.incarnation = Some(incarnation);
                outbox::append(tx, &mut site, event)?;
            }
            node::db::set_acked(tx, held)?;
            Ok::<_, DbError>(held)
        })
        .await?;
    tracing::warn!(
        incarnation,
        "The cloud was restored: following it, and sending again after event {from}"
    );
    Ok(from)
}

/// Who has said how far the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Witness {
    Cloud,
    Till,
}

/// The cloud holds nothing that the file does not have.
pub(crate) async fn cloud_has_spoken(shop: &Shop) -> Result<(), DbError> {
    agreed(shop, Witness::Cloud).await
}

/// Somebody has seen nothing that the file does not have. A file from a backup is trusted once the cloud and a till
/// have said so.
async fn agreed(shop: &Shop, witness: Witness) -> Result<(), DbError> {
    if !shop.memory.agreed(witness) {
        return Ok(());
    }
    let id = shop.new_id::<()>().as_uuid();
    let is_trusted = shop
        .write(move |tx, _| {
            let state = node::db::state(tx)?;
            if !state.is_restored || state.is_behind() {
                return Ok(false);
            }
            node::db::set_compared(tx)?;
            if let (Ok(mut site), Some(restricted)) = (node::site(tx)?, state.restricted)
                && restricted.cause == Cause::Rollback
                && told(tx)?.is_none()
            {
                let detail = "the cloud and a till have seen nothing that the backup does not have";
                trust(tx, &mut site, detail.to_owned(), id)?;
            }
            Ok::<_, DbError>(true)
        })
        .await?;
    if is_trusted {
        shop.memory.end_comparison();
    }
    Ok(())
}

/// The file comes from a backup: until it was compared, rights come from counts alone.
pub(crate) async fn check_backup(shop: &Shop) -> Result<(), DbError> {
    let state = shop.read(node::db::state).await?;
    if !state.is_restored {
        return Ok(());
    }
    shop.memory.begin_comparison();
    if state.restricted.is_some() || state.node.is_none() {
        return Ok(());
    }
    let restricted = Restricted {
        cause: Cause::Rollback,
        detail: format!("restored from a backup made at event {}", state.last_seq),
        seq: state.last_seq,
    };
    shop.write(move |tx, _| node::db::set_restricted(tx, &restricted))
        .await
}

/// Records that rights are not to be trusted from here on.
pub(crate) fn restrict(
    tx: &Tx<'_>,
    site: &mut Site,
    cause: Cause,
    detail: String,
    id: Uuid,
) -> Result<(), DbError> {
    tracing::error!("The node is restricted ({}): {detail}", cause.code());
    if cause == Cause::Fork {
        // Which events of this history the cloud holds is not known any more: all of them are handed in.
        node::db::set_acked(tx, 0)?;
    }
    let seq = tell(tx, site, cause.code(), &detail, id)?;
    node::db::set_restricted(tx, &Restricted { cause, detail, seq })
}

/// Records that rights are to be trusted again.
fn trust(tx: &Tx<'_>, site: &mut Site, detail: String, id: Uuid) -> Result<(), DbError> {
    tracing::info!("The node is trusted again: {detail}");
    tell(tx, site, "trusted", &detail, id)?;
    node::db::set_trusted(tx)
}

fn tell(tx: &Tx<'_>, site: &mut Site, cause: &str, detail: &str, id: Uuid) -> Result<i64, DbError> {
    let body = NodeRestricted {
        cause: cause.to_owned(),
        detail: detail.to_owned(),
    };
    let date = site.open_business_date(tx.now);
    let event = Event::of(id, date, &body);
    outbox::append(tx, site, event)
}

/// The part of the self-test that a start waits for: where the file comes from, and what was known of it.
pub(crate) async fn check(shop: &Shop) -> Result<(), DbError> {
    let state = shop.read(node::db::state).await?;
    shop.memory.set_over(state.is_over());
    check_backup(shop).await
}
