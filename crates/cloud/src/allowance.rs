//! Limits of promotions and vouchers as rights (ADR 25): one pool for the chain, and of it a share for each epoch of a
//! node. What is granted travels in the node's stream of commands; what became of it is said by the node's own log.
//!
//! Locks are taken in one order: what [`crate::rights`] says before `stock_balance`, then `allowance_pool` (by kind and
//! key), `command_stream`, `allowance_share`. A share moves under the lock of its node's place, except that grants add. A batch of a
//! node that ends an order locks pools twice, for the order and for its own; whoever meets it the other way round begins again.
use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use retail::allowance::{Pool, Share};
use retail::amount::Amount;
use retail::promotion::claim::{Counter, Subject};
use retail::promotion::{Draft, Promotion};
use uuid::Uuid;
use wire::command::{Allow, Allowance, Ask, Command};

use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;
use crate::rights;

pub(crate) mod db;
pub(crate) mod log;
pub(crate) mod order;
pub(crate) mod quota;
pub mod voucher;

/// The most limits of one request: some promotions of a basket.
const MOST_ASKED: usize = 200;
/// Business dates that are asked for lie around today.
const DAYS: i64 = 3;
/// The service through whose eyes all shops are seen.
const SERVICE: &str = "allowance";

/// Names an allowance: kind and key.
pub(crate) type Key = (String, Uuid);

/// What a pool is made with, or changed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) kind: &'static str,
    pub(crate) key: Uuid,
    pub(crate) promotion: Uuid,
    /// Of the promotion. The one that was started last counts.
    pub(crate) version: i64,
    pub(crate) wanted: i64,
}

impl Limit {
    /// Its name.
    pub(crate) fn name(&self) -> Key {
        (self.kind.to_owned(), self.key)
    }
}

/// Why a pool or a share changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Sent to a node.
    Grant,
    /// Credited there.
    Credit,
    /// Used by a sale.
    Use,
    /// Given back by the node.
    Return,
    /// The node follows a restored cloud: what was on its way never arrives.
    Void,
    /// The log of an epoch that is over is complete.
    End,
    /// Used by an online order.
    Order,
    /// The order ended without a payment.
    Release,
}

impl Cause {
    /// The name in the database.
    const fn code(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Credit => "credit",
            Self::Use => "use",
            Self::Return => "return",
            Self::Void => "void",
            Self::End => "end",
            Self::Order => "order",
            Self::Release => "release",
        }
    }
}

/// Whose share it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Holder {
    pub(crate) location: Uuid,
    pub(crate) node: Uuid,
    pub(crate) epoch: i64,
}

/// A signed change of a pool and of one share of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) key: Key,
    /// None: an online order.
    pub(crate) holder: Option<Holder>,
    pub(crate) shared: i64,
    pub(crate) online: i64,
    pub(crate) share: Share,
    pub(crate) cause: Cause,
    pub(crate) subject: Option<Uuid>,
}

impl Change {
    /// What leads from one state of a share to another; none when they are the same.
    pub(crate) fn between(
        (key, holder): (&Key, Holder),
        (before, after): (Share, Share),
        cause: Cause,
        subject: Option<Uuid>,
    ) -> Option<Self> {
        (before != after).then(|| Self {
            key: key.clone(),
            holder: Some(holder),
            shared: after.out() - before.out(),
            online: 0,
            share: Share {
                granting: after.granting - before.granting,
                held: after.held - before.held,
                used: after.used - before.used,
                beyond: after.beyond - before.beyond,
            },
            cause,
            subject,
        })
    }
}

/// What a counter of a promotion allows; none when nothing limits it. That of a voucher is the voucher's own.
fn limit_of(draft: &Draft, counter: Counter) -> Option<i64> {
    let limits = &draft.limits;
    let most = |limit: Option<u64>| limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX));
    match counter {
        Counter::Uses => most(limits.uses),
        Counter::Day => most(limits.uses_per_day),
        Counter::Customer => most(limits.uses_per_customer),
        Counter::Units => most(limits.units),
        Counter::Budget => limits.budget.map(Amount::minor),
        Counter::Voucher(_) => None,
    }
}

/// What a node asks for: the pool that it is of, and how much.
struct Wish {
    limit: Limit,
    quantity: i64,
}

/// Sends a node what it asks for, as much as there is of each; nothing when there is none of any. Repeating the id gives
/// the first answer. Pools of days, customers and vouchers are made when they are asked for first.
pub(crate) async fn lend(
    cloud: &Cloud,
    (node, location, epoch): (Uuid, Uuid, i64),
    asks: &[Ask],
    id: Uuid,
) -> Result<bool> {
    let asks = &asks[..asks.len().min(MOST_ASKED)];
    let today = cloud.now().to_zoned(TimeZone::UTC).date();
    cloud
        .tx("lend_allowances", Actor::Node(node), async |tx| {
            if rights::db::sent(tx, location, id).await?.is_some() {
                return Ok(true);
            }
            let wishes = wishes(tx, asks, today).await?;
            if wishes.is_empty() {
                return Ok(false);
            }
            tx.widen(SERVICE);
            let limits: Vec<&Limit> = wishes.values().map(|wish| &wish.limit).collect();
            db::limit(tx, &limits).await?;
            let wanted = wishes
                .iter()
                .map(|(key, wish)| (key.clone(), wish.quantity));
            grant(tx, (location, epoch), wanted.collect(), id).await
        })
        .await
}

async fn wishes(tx: &Tx, asks: &[Ask], today: Date) -> Result<BTreeMap<Key, Wish>> {
    let promotions: BTreeSet<Uuid> = asks.iter().map(|ask| ask.promotion.as_uuid()).collect();
    let running = db::running(tx, &promotions).await?;
    let vouchers: BTreeSet<Uuid> = asks
        .iter()
        .filter_map(|ask| match ask.counter {
            Counter::Voucher(voucher) => Some(voucher.as_uuid()),
            Counter::Uses | Counter::Day | Counter::Customer | Counter::Units | Counter::Budget => {
                None
            }
        })
        .collect();
    let vouchers = db::vouchers(tx, &vouchers, tx.now()).await?;
    let mut wishes = BTreeMap::<Key, Wish>::new();
    for ask in asks.iter().filter(|ask| ask.quantity > 0) {
        let promotion = ask.promotion.as_uuid();
        let Some(rule) = running.get(&promotion) else {
            continue;
        };
        if !is_near(ask.subject.date, today) {
            continue;
        }
        let limited = match ask.counter {
            Counter::Voucher(voucher) => vouchers
                .get(&(promotion, voucher.as_uuid()))
                .map(|&uses| (1, uses)),
            counter => limit_of(rule.draft(), counter).map(|limit| (rule.version(), limit)),
        };
        let named = ask.counter.allowance(ask.promotion, &ask.subject);
        let (Some((kind, key)), Some((version, wanted))) = (named, limited) else {
            continue;
        };
        let wish = wishes.entry((kind.to_owned(), key)).or_insert(Wish {
            limit: Limit {
                kind,
                key,
                promotion,
                version,
                wanted,
            },
            quantity: 0,
        });
        wish.quantity = wish.quantity.saturating_add(ask.quantity);
    }
    Ok(wishes)
}

fn is_near(date: Date, today: Date) -> bool {
    let distance = date.duration_since(today).abs();
    distance <= SignedDuration::from_hours(24 * DAYS)
}

/// Takes from the pools what there is and sends it in one message: in one transaction, so that it is on its way exactly
/// when the pools have less. Sees all shops.
async fn grant(
    tx: &Tx,
    (location, epoch): (Uuid, i64),
    wanted: BTreeMap<Key, i64>,
    id: Uuid,
) -> Result<bool> {
    let keys: BTreeSet<Key> = wanted.keys().cloned().collect();
    let mut pools = db::lock(tx, &keys).await?;
    // A repeat may have waited for the same rows.
    if rights::db::sent(tx, location, id).await?.is_some() {
        return Ok(true);
    }
    let (mut lines, mut shares) = (Vec::new(), Vec::new());
    for (key, pool) in &mut pools {
        let mut share = Share::default();
        let asked = wanted.get(key).copied().unwrap_or(0);
        let quantity = pool.grant(&mut share, asked);
        if quantity > 0 {
            lines.push(Allowance {
                kind: key.0.clone(),
                key: key.1,
                quantity,
            });
            shares.push((key.clone(), share));
        }
    }
    if lines.is_empty() {
        return Ok(false);
    }
    let command = Command::Allow(Allow {
        lines,
        reason: "borrow".to_owned(),
    });
    let sent = rights::send_command(tx, location, &command, id, tx.now()).await?;
    // A location without a node has nothing to hold it with.
    let sent = sent.ok_or_else(rights::closed)?;
    if epoch != sent.epoch {
        return Err(rights::closed().into());
    }
    // Asked with the stream's lock held: a restored cloud that finds out begins new streams.
    if db::is_closed(tx, location).await? {
        return Err(rights::closed().into());
    }
    let holder = Holder {
        location,
        node: sent.node,
        epoch: sent.epoch,
    };
    let changes: Vec<Change> = shares
        .iter()
        .filter_map(|(key, share)| {
            let states = (Share::default(), *share);
            Change::between((key, holder), states, Cause::Grant, Some(id))
        })
        .collect();
    db::change(tx, &changes).await?;
    Ok(true)
}

/// A version of a promotion begins to count: its pools are made, or changed to what it allows. Half of a new pool is split
/// evenly over shops with a node, the rest is left for those who ask. Gives the locations whose nodes have got something.
pub(crate) async fn started(cloud: &Cloud, tx: &Tx, promotion: &Promotion) -> Result<Vec<Uuid>> {
    let limits = limits(promotion);
    if limits.is_empty() {
        return Ok(Vec::new());
    }
    tx.widen(SERVICE);
    let fresh = db::limit(tx, &limits.iter().collect::<Vec<_>>()).await?;
    let told = if fresh.is_empty() {
        Vec::new()
    } else {
        split(cloud, tx, &limits, &fresh).await?
    };
    tx.narrow();
    Ok(told)
}

/// Splits half of fresh pools evenly over shops, in one message to each.
async fn split(
    cloud: &Cloud,
    tx: &Tx,
    limits: &[Limit],
    fresh: &BTreeSet<Key>,
) -> Result<Vec<Uuid>> {
    let mut pools = db::lock(tx, fresh).await?;
    let shops = db::shops(tx).await?;
    let mut shares = Vec::new();
    for (key, pool) in &mut pools {
        let limit = limits
            .iter()
            .find(|one| (one.kind, one.key) == (&key.0, key.1));
        let mut share = Share::default();
        pool.grant(
            &mut share,
            limit.map_or(0, |limit| part(limit.wanted, shops.len())),
        );
        if share.granting > 0 {
            shares.push((key, share));
        }
    }
    if shares.is_empty() || shops.is_empty() {
        return Ok(Vec::new());
    }
    let lines = shares.iter().map(|(key, share)| Allowance {
        kind: key.0.clone(),
        key: key.1,
        quantity: share.granting,
    });
    let command = Command::Allow(Allow {
        lines: lines.collect(),
        reason: "start".to_owned(),
    });
    let addressed: Vec<(Uuid, Uuid)> = shops.iter().map(|&shop| (shop, cloud.id())).collect();
    let sent = db::send_all(tx, &addressed, &command).await?;
    // With the streams locked: see [`grant`].
    if db::is_frozen(tx).await? {
        return Err(rights::closed().into());
    }
    let changes: Vec<Change> = sent
        .iter()
        .flat_map(|&(holder, id)| {
            shares.iter().filter_map(move |(key, share)| {
                let states = (Share::default(), *share);
                Change::between((key, holder), states, Cause::Grant, Some(id))
            })
        })
        .collect();
    db::change(tx, &changes).await?;
    Ok(sent.iter().map(|(holder, _)| holder.location).collect())
}

/// What each of so many shops gets at the start.
fn part(wanted: i64, shops: usize) -> i64 {
    let shops = i64::try_from(shops).unwrap_or(i64::MAX).max(1);
    wanted / 2 / shops
}

/// The limits of a promotion that count for the chain and for ever.
fn limits(promotion: &Promotion) -> Vec<Limit> {
    // Nobody is asked for in these.
    let subject = Subject {
        customer: None,
        date: Date::ZERO,
    };
    let mut limits: Vec<Limit> = [Counter::Uses, Counter::Units, Counter::Budget]
        .into_iter()
        .filter_map(|counter| {
            let wanted = limit_of(promotion.draft(), counter)?;
            let (kind, key) = counter.allowance(promotion.id(), &subject)?;
            Some(Limit {
                kind,
                key,
                promotion: promotion.id().as_uuid(),
                version: promotion.version(),
                wanted,
            })
        })
        .collect();
    limits.sort_by_key(|limit| (limit.kind, limit.key));
    limits
}

/// Pools by their names.
pub(crate) type Pools = BTreeMap<Key, Pool>;
