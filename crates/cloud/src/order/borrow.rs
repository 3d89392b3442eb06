//! Borrow one: a cart that lacks rights asks connected shops for theirs, and waits a little.
//!
//! Asking is advice: a recall that the shop may answer with less or nothing. What comes goes into the cloud's account
//! like every return, and whoever locks the row first gets it. Carts that wait share one task of the process that
//! asks and looks for all of them; they hold no connection and no place in the gatherer.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use httpkit::clock::Stopwatch;
use jiff::{SignedDuration, Timestamp};
use retail::order::Shortage;
use tokio::sync::{Notify, oneshot};
use uuid::Uuid;

use super::NewOrder;
use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;

mod db;

/// Who asks.
const BORROW: Actor = Actor::Service("borrow");
/// Carts that may wait; more get their answer at once.
const MOST_WAITING: usize = 256;
/// How often is looked for what came in, when nobody says so.
const LOOK: Duration = Duration::from_millis(50);
/// Shops that are asked for one variant, at most.
const MOST_ASKED: usize = 4;
/// How often a cart is tried again when others were faster.
const MOST_TRIES: u32 = 8;
/// What nobody gave back is not asked for again for so long: the next customers get their answer at once.
const SILENCE: SignedDuration = SignedDuration::from_secs(30);
/// Needs that are remembered as silent; more are forgotten.
const MOST_SILENT: usize = 10_000;

/// What is missing: a variant, and where, if the cart is picked up at a given place.
type Need = (Uuid, Option<Uuid>);

/// A cart that waits.
struct Cart {
    missing: BTreeMap<Need, Missing>,
    ready: oneshot::Sender<bool>,
    since: Stopwatch,
    /// How often shops were asked for it.
    asked: u32,
}

/// Units to be asked for.
#[derive(Debug, Clone, Copy, Default)]
struct Ask {
    /// For carts that have just come.
    first: i64,
    /// For carts that whoever was asked first has not served: of the others.
    again: i64,
}

/// Units of one variant.
#[derive(Debug, Clone, Copy)]
struct Missing {
    wanted: i64,
    missing: i64,
}

#[derive(Default)]
struct State {
    /// In the order of their coming.
    carts: BTreeMap<u64, Cart>,
    /// What nobody gave back lately: it is not asked for again before this instant of the system's clock.
    silent: BTreeMap<Need, Timestamp>,
    next: u64,
    /// Grows whenever something has come in.
    returns: u64,
    is_served: bool,
}

/// Carts that wait for what shops may give back.
#[derive(Default)]
pub(super) struct Waiting {
    state: Mutex<State>,
    changed: Notify,
}

impl Waiting {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rights came back, of whatever: who waits looks.
    pub(super) fn look_again(&self) {
        self.locked().returns += 1;
        self.changed.notify_one();
    }
}

impl Waiting {
    fn is_silent(&self, needs: &[Need], now: Timestamp) -> bool {
        let state = self.locked();
        needs
            .iter()
            .any(|need| state.silent.get(need).is_some_and(|until| now < *until))
    }

    fn returns(&self) -> u64 {
        self.locked().returns
    }

    /// Nothing at all has come in since `returns`.
    fn silence(&self, needs: &[Need], returns: u64, now: Timestamp) {
        let mut state = self.locked();
        if state.returns != returns {
            return;
        }
        if state.silent.len() + needs.len() > MOST_SILENT {
            state.silent.clear();
        }
        let until = now.saturating_add(SILENCE).unwrap_or(now);
        state.silent.extend(needs.iter().map(|need| (*need, until)));
    }
}

/// Takes a cart out again, however its waiting ends.
struct Ticket<'a> {
    waiting: &'a Waiting,
    number: u64,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.waiting.locked().carts.remove(&self.number);
    }
}

/// How long a cart waits in all, and whether it has asked already.
pub(super) struct Patience {
    budget: Duration,
    since: Stopwatch,
    tries: u32,
}

impl Patience {
    pub(super) fn new(cloud: &Cloud) -> Self {
        Self {
            budget: cloud.orders().options.borrow,
            since: Stopwatch::start(),
            tries: 0,
        }
    }

    fn left(&self) -> Duration {
        self.budget.saturating_sub(self.since.elapsed())
    }
}

/// Asks for what an order lacks and waits. True: it has come in, so that the order should be tried again.
pub(super) async fn wait(
    cloud: &Cloud,
    order: &NewOrder,
    short: &[Shortage],
    patience: &mut Patience,
) -> Result<bool> {
    let memory = cloud.orders();
    let left = patience.left();
    if left.is_zero() || patience.tries >= MOST_TRIES {
        return Ok(false);
    }
    let asked = u32::from(patience.tries > 0);
    patience.tries += 1;
    let location = order.cart.location.map(retail::id::Id::as_uuid);
    let missing = short.iter().map(|shortage| {
        let need = (shortage.variant.as_uuid(), location);
        let missing = Missing {
            wanted: shortage.wanted.base_units(),
            missing: shortage.missing().base_units(),
        };
        (need, missing)
    });
    let missing: BTreeMap<Need, Missing> = missing.collect();
    let needs: Vec<Need> = missing.keys().copied().collect();
    let now = cloud.security_now();
    if memory.waiting.is_silent(&needs, now) {
        metrics::counter!("cloud_borrows_total", "result" => "silent").increment(1);
        return Ok(false);
    }
    let (watch, returns) = (Stopwatch::start(), memory.waiting.returns());
    let (ready, is_ready) = oneshot::channel();
    let Some((ticket, begins)) = enter(&memory.waiting, (missing, asked), ready) else {
        metrics::counter!("cloud_borrows_total", "result" => "full").increment(1);
        return Ok(false);
    };
    if begins {
        tokio::spawn(serve(cloud.clone()));
    }
    memory.waiting.changed.notify_one();
    let outcome = tokio::time::timeout(left, is_ready).await;
    drop(ticket);
    let result = match outcome {
        Ok(Ok(true)) => "returned",
        // Nobody connected has any: the customer is told at once.
        Ok(_) => "nobody",
        Err(_) => {
            memory.waiting.silence(&needs, returns, now);
            "late"
        }
    };
    metrics::counter!("cloud_borrows_total", "result" => result).increment(1);
    metrics::histogram!("cloud_borrow_seconds", "result" => result).record(watch.elapsed());
    Ok(result == "returned")
}

fn enter(
    waiting: &Waiting,
    (missing, asked): (BTreeMap<Need, Missing>, u32),
    ready: oneshot::Sender<bool>,
) -> Option<(Ticket<'_>, bool)> {
    let mut state = waiting.locked();
    if state.carts.len() >= MOST_WAITING {
        return None;
    }
    let number = state.next;
    state.next += 1;
    let cart = Cart {
        missing,
        ready,
        since: Stopwatch::start(),
        asked,
    };
    state.carts.insert(number, cart);
    let begins = !std::mem::replace(&mut state.is_served, true);
    Some((Ticket { waiting, number }, begins))
}

/// Asks and looks for all carts that wait, until none does.
async fn serve(cloud: Cloud) {
    let waiting = &cloud.orders().waiting;
    loop {
        if let Err(error) = round(&cloud, waiting).await {
            tracing::warn!(%error, "Nothing can be borrowed for the moment: {error}");
        }
        {
            let mut state = waiting.locked();
            if state.carts.is_empty() {
                state.is_served = false;
                return;
            }
        }
        // Either will do.
        let _ = tokio::time::timeout(LOOK, waiting.changed.notified()).await;
    }
}

/// What carts want in this round, and which of them ask (again).
fn wants(cloud: &Cloud, waiting: &Waiting) -> (BTreeSet<Need>, BTreeMap<Need, Ask>) {
    let budget = cloud.orders().options.borrow;
    let mut state = waiting.locked();
    let (mut all, mut asks) = (BTreeSet::new(), BTreeMap::<Need, Ask>::new());
    for cart in state.carts.values_mut() {
        all.extend(cart.missing.keys());
        // At once, and again when half of the time has passed without an answer.
        let is_due = match cart.asked {
            0 => true,
            1 => cart.since.elapsed() * 2 >= budget,
            _ => false,
        };
        if is_due {
            for (need, missing) in &cart.missing {
                let ask = asks.entry(*need).or_default();
                if cart.asked == 0 {
                    ask.first += missing.missing;
                } else {
                    ask.again += missing.missing;
                }
            }
            cart.asked += 1;
        }
    }
    (all, asks)
}

async fn round(cloud: &Cloud, waiting: &Waiting) -> Result<()> {
    let (all, asks) = wants(cloud, waiting);
    if all.is_empty() {
        return Ok(());
    }
    let now = cloud.security_now();
    let budget = SignedDuration::try_from(cloud.orders().options.borrow).unwrap_or_default();
    let until = now.saturating_add(budget).unwrap_or(now);
    let (here, asked, nobody) = cloud
        .tx("borrow", BORROW, async |tx| {
            let (here, there) = db::look(tx, &all, asks.keys(), now).await?;
            let mut asked = BTreeMap::new();
            let mut nobody = BTreeSet::new();
            for (need, ask) in &asks {
                let Some((fullest, others)) = there.get(need).and_then(|from| from.split_first())
                else {
                    nobody.insert(*need);
                    continue;
                };
                let all = std::iter::once(fullest).chain(others);
                choose(all, ask.first, need.0, &mut asked);
                choose(others.iter(), ask.again, need.0, &mut asked);
            }
            db::recall(tx, &asked, now, until).await?;
            Ok((here, asked, nobody))
        })
        .await?;
    for location in asked
        .keys()
        .map(|(location, _)| *location)
        .collect::<BTreeSet<_>>()
    {
        cloud.sync().wake_commands(location);
    }
    answer(waiting, here, &nobody);
    Ok(())
}

/// Asks those who have most, until what is missing is asked for.
fn choose<'a>(
    from: impl Iterator<Item = &'a (Uuid, i64)>,
    mut missing: i64,
    variant: Uuid,
    asked: &mut BTreeMap<(Uuid, Uuid), i64>,
) {
    for &(location, rights) in from.take(MOST_ASKED) {
        if missing <= 0 {
            return;
        }
        let quantity = missing.min(rights);
        *asked.entry((location, variant)).or_default() += quantity;
        missing -= quantity;
    }
}

/// Lets carts go whose units have come in, in the order of their coming, and those that wait for nothing.
fn answer(waiting: &Waiting, mut here: BTreeMap<Need, i64>, nobody: &BTreeSet<Need>) {
    let mut state = waiting.locked();
    let (mut gone, mut returns) = (Vec::new(), 0);
    for (&number, cart) in &state.carts {
        let left = |need: &Need| here.get(need).copied().unwrap_or(0);
        let is_served = cart
            .missing
            .iter()
            .all(|(need, missing)| left(need) >= missing.wanted);
        let is_hopeless = cart
            .missing
            .iter()
            .any(|(need, missing)| nobody.contains(need) && left(need) < missing.wanted);
        if is_served {
            returns += 1;
            for (need, missing) in &cart.missing {
                *here.entry(*need).or_default() -= missing.wanted;
            }
            gone.push((number, true));
        } else if is_hopeless {
            gone.push((number, false));
        }
    }
    state.returns += returns;
    for (number, is_served) in gone {
        if let Some(cart) = state.carts.remove(&number) {
            // The client may have gone away.
            let _ = cart.ready.send(is_served);
        }
    }
}
