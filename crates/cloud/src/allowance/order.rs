//! Limits that online orders use: out of the pool in the transaction of the order, and back when nothing of it is delivered.
use std::collections::{BTreeMap, BTreeSet};

use httpkit::problem::Problem;
use jiff::civil::Date;
use retail::allowance::{Pool, Share};
use retail::promotion::claim::{Claim, Counter, Subject};
use retail::promotion::goods::{Context, Goods};
use retail::promotion::voucher::VoucherId;
use retail::promotion::{Promotion, PromotionId, Rules};
use uuid::Uuid;

use super::voucher::Opened;
use super::{Cause, Change, Key, Limit, Pools, db, limit_of};
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// What a counter of a promotion is for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Need {
    /// A part of a pool.
    Limit(Limit),
    /// Nothing limits it: a code that is good any number of times.
    Free,
    /// Nobody has it: that of a customer, whom an order does not know (ADR 27).
    Nothing,
}

/// What the promotions of a cart may need, looked up before it is priced.
#[derive(Debug, Default)]
pub(crate) struct Needs(Vec<(PromotionId, Counter, Need)>);

impl Needs {
    /// Those of a cart of these goods at this moment.
    pub(crate) fn of<'a>(
        rules: &'a Rules,
        goods: &[&'a Goods],
        at: &Context<'_>,
        opened: &[Opened],
    ) -> Self {
        let subject = nobody(at.local.date());
        let counters = rules.counters(goods, at).into_iter();
        let needs = counters.map(|(promotion, counter)| {
            let need = need(promotion, counter, &subject, opened);
            (promotion.id(), counter, need)
        });
        Self(needs.collect())
    }

    /// The pools that they are of.
    pub(crate) fn limits(&self) -> impl Iterator<Item = &Limit> {
        self.0.iter().filter_map(|(_, _, need)| match need {
            Need::Limit(limit) => Some(limit),
            Need::Free | Need::Nothing => None,
        })
    }
}

/// An order is of a day, and of nobody whom the chain knows.
const fn nobody(date: Date) -> Subject {
    Subject {
        customer: None,
        date,
    }
}

fn need(promotion: &Promotion, counter: Counter, subject: &Subject, opened: &[Opened]) -> Need {
    let (version, wanted) = match counter {
        Counter::Voucher(voucher) => match opened.iter().find(|one| one.voucher == voucher) {
            Some(Opened { uses: None, .. }) => return Need::Free,
            Some(Opened {
                uses: Some(uses), ..
            }) => (1, Some(*uses)),
            None => return Need::Nothing,
        },
        Counter::Uses | Counter::Day | Counter::Customer | Counter::Units | Counter::Budget => {
            (promotion.version(), limit_of(promotion.draft(), counter))
        }
    };
    let (Some(wanted), Some((kind, key))) = (wanted, counter.allowance(promotion.id(), subject))
    else {
        return Need::Nothing;
    };
    Need::Limit(Limit {
        kind,
        key,
        promotion: promotion.id().as_uuid(),
        version,
        wanted,
    })
}

/// What is left of the limits that some carts may need, and what orders have taken of it.
#[derive(Debug, Default)]
pub(crate) struct Left {
    pools: Pools,
    /// After the cloud was restored, as long as not every shop has followed: nothing may be used.
    is_closed: bool,
    taken: Vec<(Uuid, Key, i64)>,
}

impl Left {
    /// Locks the pools; those of days and vouchers are made when they are asked for first. Nothing is asked of the
    /// database when there are none.
    pub(crate) async fn lock(tx: &Tx, limits: &[Limit]) -> Result<Self> {
        if limits.is_empty() {
            return Ok(Self::default());
        }
        // Pools of all uses, units and money are made when the promotion starts.
        let is_made_late = |limit: &&Limit| matches!(limit.kind, "promotion.day" | "voucher");
        let late: BTreeMap<Key, &Limit> = limits
            .iter()
            .filter(is_made_late)
            .map(|limit| (limit.name(), limit))
            .collect();
        if !late.is_empty() {
            db::limit(tx, &late.into_values().collect::<Vec<_>>()).await?;
        }
        let keys = limits.iter().map(Limit::name).collect();
        Ok(Self {
            pools: db::lock(tx, &keys).await?,
            is_closed: db::is_frozen(tx).await?,
            taken: Vec::new(),
        })
    }

    /// What is left at this moment, for whoever only wants to know. Sees all shops.
    pub(crate) async fn look(tx: &Tx, limits: &[Limit]) -> Result<Self> {
        if limits.is_empty() {
            return Ok(Self::default());
        }
        let keys: BTreeSet<Key> = limits.iter().map(Limit::name).collect();
        let mut pools = db::look(tx, &keys).await?;
        for limit in limits {
            // What nobody has asked for yet has all of it.
            pools.entry(limit.name()).or_insert(Pool {
                wanted: limit.wanted,
                ..Pool::default()
            });
        }
        Ok(Self {
            pools,
            is_closed: db::is_frozen(tx).await?,
            taken: Vec::new(),
        })
    }

    /// Whether nothing limited may be used online now.
    pub(crate) const fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// What is left of a limit.
    pub(crate) fn of(&self, limit: &Limit) -> i64 {
        let pool = self.pools.get(&limit.name());
        pool.filter(|_| !self.is_closed)
            .map_or(0, |pool| pool.available())
    }

    /// A voucher that was shown, and that has been used as often as it may be.
    pub(crate) fn first_used(&self, needs: &Needs, opened: &[Opened]) -> Option<VoucherId> {
        let used = needs.0.iter().find_map(|(_, counter, need)| match need {
            Need::Limit(limit) if self.of(limit) < 1 => match counter {
                Counter::Voucher(voucher) => Some(*voucher),
                Counter::Uses
                | Counter::Day
                | Counter::Customer
                | Counter::Units
                | Counter::Budget => None,
            },
            Need::Limit(_) | Need::Free | Need::Nothing => None,
        });
        used.filter(|used| opened.iter().any(|one| one.voucher == *used))
    }

    /// What is left, as the engine asks for it.
    pub(crate) fn available(&self, needs: &Needs) -> BTreeMap<(PromotionId, Counter), i64> {
        let needs = needs.0.iter();
        let available = needs.filter_map(|(promotion, counter, need)| {
            let left = match need {
                Need::Limit(limit) => self.of(limit),
                Need::Free => i64::MAX,
                Need::Nothing => return None,
            };
            Some(((*promotion, *counter), left))
        });
        available.collect()
    }

    /// Takes what an order claims. The pools are locked, and the order was priced by what is left of them.
    ///
    /// # Errors
    /// A claim that is beyond what is left: a bug, and nothing is written.
    pub(crate) fn take(
        &mut self,
        order: Uuid,
        claims: &[Claim],
        date: Date,
        opened: &[Opened],
    ) -> Result<()> {
        let is_free = |claim: &&Claim| {
            opened
                .iter()
                .any(|one| one.uses.is_none() && claim.counter == Counter::Voucher(one.voucher))
        };
        let subject = nobody(date);
        for claim in claims.iter().filter(|claim| !is_free(claim)) {
            let beyond = || Problem::internal(&"an order claims what is not left");
            let named = claim.counter.allowance(claim.promotion, &subject);
            let (kind, key) = named.ok_or_else(beyond)?;
            let key = (kind.to_owned(), key);
            let pool = self.pools.get_mut(&key).ok_or_else(beyond)?;
            pool.take(claim.quantity).map_err(|_| beyond())?;
            self.taken.push((order, key, claim.quantity));
        }
        Ok(())
    }

    /// Writes what was taken: pools and their ledger. What each order has of it is written by [`notes`], after the orders.
    pub(crate) async fn record(&self, tx: &Tx) -> Result<()> {
        let changes: Vec<Change> = self
            .taken
            .iter()
            .map(|(order, key, quantity)| of_order(key, *quantity, Cause::Order, *order))
            .collect();
        db::change(tx, &changes).await
    }

    /// What each order has taken.
    pub(crate) fn notes(&self) -> Notes<'_> {
        let mut notes = Notes::default();
        for (order, (kind, key), quantity) in &self.taken {
            notes.orders.push(*order);
            notes.kinds.push(kind);
            notes.keys.push(*key);
            notes.quantities.push(*quantity);
        }
        notes
    }
}

/// What orders have taken, as it is written.
#[derive(Default)]
pub(crate) struct Notes<'a> {
    orders: Vec<Uuid>,
    kinds: Vec<&'a str>,
    keys: Vec<Uuid>,
    quantities: Vec<i64>,
}

/// Writes [`Notes`].
pub(crate) const NOTE: Sql = sql!(
    "insert into allowance_order (order_id, kind, key, quantity) select * from unnest($1, $2, $3, $4)",
    ([uuid], [text], [uuid], [bigint]) -> ()
);

impl Notes<'_> {
    /// The parameters of [`NOTE`]; none: nothing was taken.
    pub(crate) fn params(&self) -> Option<[&(dyn tokio_postgres::types::ToSql + Sync); 4]> {
        let is_some = !self.orders.is_empty();
        is_some.then_some([&self.orders, &self.kinds, &self.keys, &self.quantities])
    }
}

/// Gives back what orders have used of which nothing is delivered, paid or not; once, and nothing of others. The orders are
/// locked, and all is seen.
pub(crate) async fn release(tx: &Tx, orders: &[Uuid]) -> Result<()> {
    const ENDED: Sql = sql!(
        "select a.order_id, a.kind, a.key, a.quantity
           from allowance_order a join online_order o on o.id = a.order_id
          where a.order_id = any ($1) and a.released_at is null and o.state in ('expired', 'cancelled')
          order by a.kind, a.key, a.order_id for update of a",
        ([uuid]) -> (uuid, text, uuid, bigint)
    );
    const RELEASED: Sql = sql!(
        "update allowance_order set released_at = $2 where order_id = any ($1) and released_at is null",
        ([uuid], timestamptz) -> ()
    );
    if orders.is_empty() {
        return Ok(());
    }
    let rows = tx.rows(ENDED, &[&orders]).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let changes: Vec<Change> = rows
        .iter()
        .map(|row| {
            of_order(
                &(row.get(1), row.get(2)),
                -row.get::<_, i64>(3),
                Cause::Release,
                row.get(0),
            )
        })
        .collect();
    db::lock(tx, &changes.iter().map(|one| one.key.clone()).collect()).await?;
    db::change(tx, &changes).await?;
    let ended: Vec<Uuid> = rows.iter().map(|row| row.get(0)).collect();
    tx.run(RELEASED, &[&ended, &tx.now()]).await?;
    Ok(())
}

/// Takes again what an order had given back when its hold was over: it was paid all the same. False: of one limit too
/// little is left, or none may be used now; nothing is taken then. The order is locked, and all is seen.
pub(crate) async fn take_again(tx: &Tx, order: Uuid) -> Result<bool> {
    const GIVEN_BACK: Sql = sql!(
        "select kind, key, quantity from allowance_order where order_id = $1 and released_at is not null
          order by kind, key for update",
        (uuid) -> (text, uuid, bigint)
    );
    const TAKEN: Sql = sql!(
        "update allowance_order set released_at = null where order_id = $1", (uuid) -> ()
    );
    let rows = tx.rows(GIVEN_BACK, &[&order]).await?;
    if rows.is_empty() {
        return Ok(true);
    }
    let wanted: Vec<(Key, i64)> = rows
        .iter()
        .map(|row| ((row.get(0), row.get(1)), row.get(2)))
        .collect();
    let pools = db::lock(tx, &wanted.iter().map(|(key, _)| key.clone()).collect()).await?;
    let is_left = |(key, quantity): &(Key, i64)| {
        let pool = pools.get(key);
        pool.is_some_and(|pool| pool.available() >= *quantity)
    };
    if !wanted.iter().all(is_left) || db::is_frozen(tx).await? {
        return Ok(false);
    }
    let changes: Vec<Change> = wanted
        .iter()
        .map(|(key, quantity)| of_order(key, *quantity, Cause::Order, order))
        .collect();
    db::change(tx, &changes).await?;
    tx.run(TAKEN, &[&order]).await?;
    Ok(true)
}

fn of_order(key: &Key, online: i64, cause: Cause, order: Uuid) -> Change {
    Change {
        key: key.clone(),
        holder: None,
        shared: 0,
        online,
        share: Share::default(),
        cause,
        subject: Some(order),
    }
}
