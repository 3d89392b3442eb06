//! What the log of a node says about its shares: followed as it was recorded, once.
use std::collections::{BTreeMap, BTreeSet, HashSet};

use retail::allowance::{Share, Told};
use retail::promotion::claim::is_allowance;
use uuid::Uuid;
use wire::body::{AllowanceReturned, Document as _};
use wire::event::{Claim, Header};

use super::{Cause, Change, Holder, Key, db};
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// What the accepted events of a node do to its shares, in their order; `incarnation`: of the restored cloud that the node
/// follows with one of them, if that is awaited. Gives why somebody should look at the node. The node's place is locked.
pub(crate) async fn follow(
    tx: &Tx,
    holder: Holder,
    headers: &[&Header],
    incarnation: Option<i64>,
) -> Result<Option<String>> {
    let rejoins = |header: &Header| incarnation.is_some() && header.incarnation == incarnation;
    let has_rejoined = headers.iter().any(|header| rejoins(header));
    let keys: BTreeSet<Key> = headers.iter().flat_map(|header| named(header)).collect();
    if keys.is_empty() && !has_rejoined {
        return Ok(None);
    }
    let mut seen = booked(tx, holder, headers).await?;
    let shares = db::shares(tx, holder, (!has_rejoined).then_some(&keys)).await?;
    let mut fold = Fold::new(holder, shares);
    for header in headers {
        if rejoins(header) {
            fold.void(header.id);
        }
        let is_first = seen.insert(header.id);
        for claim in claims(header) {
            fold.take(header, claim, told(header, claim, is_first));
        }
    }
    let doubt = fold.doubt.take();
    fold.write(tx).await?;
    Ok(doubt)
}

/// What salvaged events that were not booked before do to the shares of their epoch. What they gave back stays out until
/// the log of the epoch is complete, see [`end`].
pub(crate) async fn salvaged(tx: &Tx, holder: Holder, headers: &[&Header]) -> Result<()> {
    let keys: BTreeSet<Key> = headers.iter().flat_map(|header| named(header)).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let shares = db::shares(tx, holder, Some(&keys)).await?;
    let mut fold = Fold::new(holder, shares);
    for header in headers {
        for claim in claims(header) {
            let told = match told(header, claim, true) {
                Told::Used(quantity) => Told::Salvaged(quantity),
                Told::Returned(_) => continue,
                other => other,
            };
            fold.take(header, claim, told);
        }
    }
    fold.write(tx).await
}

/// Gives the rest of an epoch's shares back to the pools once its log is here to the very event that ended it: nothing can
/// be used from them any more. `head`: the newest event that the node has, as it says itself. Never of two histories.
pub(crate) async fn end(tx: &Tx, holder: Holder, head: i64) -> Result<()> {
    const ENDED: Sql = sql!(
        "with log as (
           (select i.seq, i.hash, i.kind, i.header, i.body, true as is_held from inbox i
             where i.location_id = $1 and i.node_id = $2 and i.epoch = $3 order by i.seq desc limit 1)
           union all
           select s.seq, s.hash, s.kind, s.header, s.body, false from salvage s
            where s.location_id = $1 and s.node_id = $2 and s.epoch = $3
         ), linked as (
           select log.seq, log.is_held, lag(log.hash) over (order by log.seq) as before,
                  case when log.kind <> '' then convert_from(log.header, 'UTF8')::jsonb ->> 'prev' end as says,
                  case when log.seq = $4 and log.kind = 'node.restricted'
                       then convert_from(log.body, 'UTF8')::jsonb ->> 'cause' end as cause
             from log
         )
         select coalesce(
           max(l.seq) = $4 and count(*) = max(l.seq) - min(l.seq) + 1 and count(distinct l.seq) = count(*)
           and (min(l.seq) = 1 or bool_or(l.is_held)) and bool_and(not l.is_held or l.before is null)
           and bool_and(l.before is null or coalesce(l.says = encode(l.before, 'hex'), false))
           and coalesce(bool_or(l.cause = 'fenced'), false), false)
           from linked l",
        (uuid, uuid, bigint, bigint) -> (boolean)
    );
    let shares = db::shares(tx, holder, None).await?;
    if shares
        .values()
        .all(|share| share.granting + share.held == 0)
    {
        return Ok(());
    }
    let Holder {
        location,
        node,
        epoch,
    } = holder;
    let row = tx.row(ENDED, &[&location, &node, &epoch, &head]).await?;
    if !row.is_some_and(|row| row.get(0)) {
        return Ok(());
    }
    tracing::info!(node.id = %node, epoch, "The log of epoch {epoch} is complete: what it had left of limits goes back");
    let mut fold = Fold::new(holder, shares);
    fold.end();
    fold.write(tx).await
}

fn claims(header: &Header) -> impl Iterator<Item = &Claim> {
    header
        .claims
        .iter()
        .filter(|claim| is_allowance(&claim.kind) && claim.quantity != 0)
}

fn named(header: &Header) -> impl Iterator<Item = Key> {
    claims(header).map(|claim| (claim.kind.clone(), claim.key))
}

fn told(header: &Header, claim: &Claim, is_first: bool) -> Told {
    let quantity = claim.quantity.saturating_abs();
    if claim.quantity > 0 {
        return Told::Credited(quantity);
    }
    if header.kind == AllowanceReturned::KIND {
        return Told::Returned(quantity);
    }
    if is_first {
        Told::Used(quantity)
    } else {
        Told::Repeated(quantity)
    }
}

/// Those of the events that have taken effect before, under another number.
async fn booked(tx: &Tx, holder: Holder, headers: &[&Header]) -> Result<HashSet<Uuid>> {
    const BOOKED: Sql = sql!(
        "select event_id from booked where location_id = $1 and event_id = any ($2)",
        (uuid, [uuid]) -> (uuid)
    );
    let using = headers
        .iter()
        .filter(|header| claims(header).next().is_some());
    let ids: Vec<Uuid> = using.map(|header| header.id).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = tx.rows(BOOKED, &[&holder.location, &ids]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// The shares of a node while the events of a batch pass over them.
struct Fold {
    holder: Holder,
    shares: BTreeMap<Key, Share>,
    changes: Vec<Change>,
    doubt: Option<String>,
}

impl Fold {
    const fn new(holder: Holder, shares: BTreeMap<Key, Share>) -> Self {
        Self {
            holder,
            shares,
            changes: Vec::new(),
            doubt: None,
        }
    }

    fn take(&mut self, header: &Header, claim: &Claim, told: Told) {
        let key = (claim.kind.clone(), claim.key);
        let cause = match told {
            Told::Credited(_) => Cause::Credit,
            Told::Used(_) | Told::Repeated(_) | Told::Salvaged(_) => Cause::Use,
            Told::Returned(_) => Cause::Return,
        };
        let share = self.shares.entry(key.clone()).or_default();
        let before = *share;
        share.follow(told);
        let states = (before, *share);
        if share.beyond > before.beyond {
            self.doubt = Some(format!(
                "event {} uses more of a limit than the node had",
                header.seq
            ));
        }
        let change = Change::between((&key, self.holder), states, cause, Some(header.id));
        self.changes.extend(change);
    }

    /// What was on its way never arrives.
    fn void(&mut self, event: Uuid) {
        self.all(Cause::Void, Some(event), Share::void_grants);
    }

    fn end(&mut self) {
        self.all(Cause::End, None, Share::end);
    }

    fn all(&mut self, cause: Cause, subject: Option<Uuid>, step: fn(&mut Share) -> i64) {
        for (key, share) in &mut self.shares {
            let before = *share;
            step(share);
            let states = (before, *share);
            let change = Change::between((key, self.holder), states, cause, subject);
            self.changes.extend(change);
        }
    }

    /// The pools are locked before the shares, where they change.
    async fn write(self, tx: &Tx) -> Result<()> {
        let pools = self.changes.iter().filter(|one| one.shared != 0);
        let keys: BTreeSet<&Key> = pools.map(|one| &one.key).collect();
        db::open(tx, &keys).await?;
        db::change(tx, &self.changes).await
    }
}
