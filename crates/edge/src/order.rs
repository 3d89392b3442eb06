//! Online orders at this shop: picked from the shelf, put together, handed to the customer (sync.md 5.2).
use std::collections::BTreeMap;

use jiff::Timestamp;
use retail::{
    catalog::VariantId,
    quantity::{Quantity, Unit},
    rights::RightsError,
    staff::Permission,
};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::{body, event::Claim};

use crate::{
    Shop,
    db::{Change, DbError, Snapshot, Tx},
    node::{self, Site, Unenrolled},
    outbox::{self, Event},
    refusal::{self, Attempt, Recorded, Standing, Write},
    rights::{Accounts, command::claim},
    staff::{self, Actor, Denied},
    stock,
};

pub(crate) mod db;
pub(crate) mod http;

/// The most lines of one picking.
pub const MAX_LINES: usize = 500;

/// What has become of a reservation here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// To be picked.
    Open,
    /// Taken from the shelf, all of it or a part.
    Picked,
    /// Not there.
    Short,
    /// Cancelled.
    Cancelled,
    /// With the customer.
    HandedOver,
}

impl State {
    const ALL: [Self; 5] = [
        Self::Open,
        Self::Picked,
        Self::Short,
        Self::Cancelled,
        Self::HandedOver,
    ];

    /// The name in messages and databases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Picked => "picked",
            Self::Short => "short",
            Self::Cancelled => "cancelled",
            Self::HandedOver => "handed_over",
        }
    }

    pub(crate) fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// An order as far as it is picked here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub number: String,
    /// Who it is for.
    pub customer: String,
    /// When this shop heard of it.
    pub received_at: Timestamp,
    /// Its reservations here.
    pub lines: Vec<Line>,
}

/// One reservation of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The reservation.
    pub reservation: Uuid,
    /// What.
    pub variant: VariantId,
    /// Our own code.
    pub sku: String,
    /// What it is called.
    pub name: String,
    /// Its base unit.
    pub unit: Unit,
    /// One of its barcodes, to be scanned at the shelf.
    pub barcode: Option<String>,
    /// Promised.
    pub quantity: Quantity,
    /// Taken from the shelf.
    pub picked: Quantity,
    /// What has become of it.
    pub state: State,
}

impl Order {
    /// What there is still to do: `Open`, then `Picked` until the customer comes.
    #[must_use]
    pub fn state(&self) -> State {
        let has = |state| self.lines.iter().any(|line| line.state == state);
        [State::Open, State::Picked, State::HandedOver, State::Short]
            .into_iter()
            .find(|state| has(*state))
            .unwrap_or(State::Cancelled)
    }
}

/// A reservation as its row has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pick {
    pub(crate) reservation: Uuid,
    pub(crate) order: Uuid,
    pub(crate) variant: VariantId,
    pub(crate) quantity: Quantity,
    pub(crate) picked: Quantity,
    pub(crate) state: State,
}

/// What was found of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The reservation.
    pub reservation: Uuid,
    /// Base units that were there.
    pub picked: Quantity,
}

/// What people did for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picking {
    /// The order.
    pub order: Uuid,
    /// Made by the station; repeating it returns the first answer.
    pub event: Uuid,
    /// What was found.
    pub lines: Vec<Found>,
    /// What was counted on the shelf before, by variant; ignored where it is not needed.
    pub counted: Vec<(VariantId, Quantity)>,
}

/// Why an order cannot be picked or handed over so. `line` counts from 0.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// No such order here.
    #[error("there is no such order here")]
    Unknown,
    /// Nothing was picked.
    #[error("the picking has no lines")]
    NoLines,
    /// More than [`MAX_LINES`].
    #[error("a picking has at most {MAX_LINES} lines")]
    TooManyLines,
    /// A reservation stands in it twice.
    #[error("line {line}: this reservation is in the picking twice")]
    Twice {
        /// The second one.
        line: usize,
    },
    /// The reservation is not of this order.
    #[error("line {line}: this reservation is not of the order")]
    UnknownReservation {
        /// The line.
        line: usize,
    },
    /// More than was promised, or less than nothing.
    #[error("line {line}: between 0 and {max} can be picked")]
    QuantityOutOfRange {
        /// The line.
        line: usize,
        /// What was promised.
        max: Quantity,
    },
    /// It was picked before, or cancelled meanwhile.
    #[error("line {line}: there is nothing to pick, it is {}", state.code())]
    NotOpen {
        /// The line.
        line: usize,
        /// What has become of it.
        state: State,
    },
    /// An earlier epoch may have picked these: the shelf has to be counted first (sync.md 2.9).
    #[error("{} products have to be counted before they are picked", variants.len())]
    CountFirst {
        /// What to count.
        variants: Vec<VariantId>,
    },
    /// A count that cannot be one.
    #[error("the count must be between 0 and {max}")]
    CountOutOfRange {
        /// The most of this unit.
        max: Quantity,
    },
    /// The node may not trust its own rights, so another one may be picking the same order.
    #[error("this shop's node is restricted: orders wait until it is replaced")]
    Restricted,
    /// Something of the order is still to be picked.
    #[error("{open} lines are still to be picked")]
    StillOpen {
        /// How many.
        open: usize,
    },
    /// Nothing of the order is here to be handed over.
    #[error("nothing of the order is picked")]
    NothingPicked,
    /// The id stands for something else.
    #[error("the id stands for something else")]
    IdReused,
    /// More than an account can give.
    #[error(transparent)]
    Rights(#[from] RightsError),
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

/// Orders with something to do, the longest waiting first.
///
/// # Errors
/// The disk's.
pub async fn waiting(shop: &Shop) -> Result<Vec<Order>, DbError> {
    shop.read(|at| {
        let orders = db::waiting(at)?;
        orders
            .into_iter()
            .filter_map(|order| db::order(at, order).transpose())
            .collect()
    })
    .await
}

/// Takes promised units from the shelf. When fewer were there than were promised, the shelf is empty: the node's own
/// rights are void as well, and a count is asked for.
///
/// Repeating the same event id and content returns the order.
///
/// # Errors
/// [`OrderError`] names the line to put right.
pub async fn pick(
    shop: &Shop,
    actor: &Actor,
    picking: Picking,
) -> Result<Recorded<Order>, OrderError> {
    staff::require(actor, Permission::OrderPick)?;
    if picking.lines.is_empty() {
        return Err(OrderError::NoLines);
    }
    if picking.lines.len() > MAX_LINES {
        return Err(OrderError::TooManyLines);
    }
    let ids = [(); 2].map(|()| shop.new_id::<()>().as_uuid());
    let actor = actor.clone();
    let attempt = shop
        .write(move |tx, _| pick_in(tx, &actor, &picking, ids))
        .await?;
    match attempt {
        Attempt::Recorded(order) => Ok(order),
        Attempt::IdReused => Err(OrderError::IdReused),
    }
}

fn pick_in(
    tx: &Tx<'_>,
    actor: &Actor,
    picking: &Picking,
    [refusal_id, count_id]: [Uuid; 2],
) -> Result<Attempt<Order>, OrderError> {
    let mut site = node::site(tx)??;
    let content = content(picking.order, &picking.lines);
    let before =
        outbox::db::body_of::<body::OrderPicked>(tx, picking.event, body::OrderPicked::KIND)?
            .map(|(_, body)| content_of(&body));
    let write = Write {
        noun: "picking",
        id: picking.event,
        content: &content,
        staff: actor.staff,
        register: actor.register,
    };
    if let Some(attempt) = repeated(tx, &mut site, &write, before, refusal_id, picking.order)? {
        return Ok(attempt);
    }
    if site.is_restricted() {
        return Err(OrderError::Restricted);
    }
    let picks = wanted(tx, picking)?;
    let mut accounts = Accounts::default();
    count_first(tx, &mut site, actor, picking, &picks, count_id)?;
    let mut lines = Vec::with_capacity(picks.len());
    let mut claims = Vec::with_capacity(picks.len());
    for (pick, found) in &picks {
        let held = accounts.of(tx, pick.variant)?;
        held.apply(|account| account.pick(pick.quantity, *found))?;
        if *found < pick.quantity {
            held.doubt();
        }
        claims.push(claim(pick.reservation, -pick.quantity));
        lines.push(body::PickedLine {
            reservation: pick.reservation,
            variant: pick.variant.as_uuid(),
            promised: pick.quantity.base_units(),
            picked: found.base_units(),
        });
    }
    let body = body::OrderPicked {
        order: picking.order,
        lines,
    };
    let event = Event {
        accounts: &mut accounts.into_sorted(),
        claims,
        ..by_hand(
            actor,
            picking.order,
            Event::of(
                body::OrderPicked::KIND,
                body::OrderPicked::VERSION,
                picking.event,
                site.open_business_date(tx.now),
                &body,
            ),
        )
    };
    let seq = outbox::append(tx, &mut site, event)?;
    picked(tx, seq, &body)?;
    let order = db::order(tx, picking.order)?.ok_or(OrderError::Unknown)?;
    Ok(Attempt::Recorded(Recorded::First(order)))
}

/// An event of somebody at a register about an order.
fn by_hand<'a, B>(actor: &Actor, order: Uuid, event: Event<'a, B>) -> Event<'a, B> {
    Event {
        register: Some(actor.register),
        staff: Some(actor.staff),
        aggregate: order,
        ..event
    }
}

/// The first answer, or the refusal of another content under its id; `None` when it is new.
fn repeated(
    tx: &Tx<'_>,
    site: &mut Site,
    write: &Write<'_>,
    before: Option<Value>,
    refusal_id: Uuid,
    order: Uuid,
) -> Result<Option<Attempt<Order>>, OrderError> {
    let before = before.map(|content| refusal::content_hash(&content));
    match refusal::standing(tx, site, write, before, refusal_id)? {
        Standing::Fresh(_) => Ok(None),
        Standing::Same => {
            let order = db::order(tx, order)?.ok_or(OrderError::Unknown)?;
            Ok(Some(Attempt::Recorded(Recorded::Repeated(order))))
        }
        Standing::Other => Ok(Some(Attempt::IdReused)),
    }
}

fn content(order: Uuid, lines: &[Found]) -> Value {
    let lines: BTreeMap<String, i64> = lines
        .iter()
        .map(|line| (line.reservation.to_string(), line.picked.base_units()))
        .collect();
    json!({ "order_id": order, "lines": lines })
}

fn content_of(body: &body::OrderPicked) -> Value {
    let lines: Vec<Found> = body
        .lines
        .iter()
        .map(|line| Found {
            reservation: line.reservation,
            picked: Quantity::new(line.picked),
        })
        .collect();
    content(body.order, &lines)
}

/// The reservations of a picking with what was found of each.
fn wanted(at: &Snapshot<'_>, picking: &Picking) -> Result<Vec<(Pick, Quantity)>, OrderError> {
    let known = db::picks(at, picking.order)?;
    if known.is_empty() {
        return Err(OrderError::Unknown);
    }
    let mut picks: Vec<(Pick, Quantity)> = Vec::with_capacity(picking.lines.len());
    for (line, found) in picking.lines.iter().enumerate() {
        let pick = known
            .iter()
            .find(|pick| pick.reservation == found.reservation)
            .ok_or(OrderError::UnknownReservation { line })?;
        if picks.iter().any(|(other, _)| other == pick) {
            return Err(OrderError::Twice { line });
        }
        if pick.state != State::Open {
            let state = pick.state;
            return Err(OrderError::NotOpen { line, state });
        }
        if found.picked < Quantity::ZERO || found.picked > pick.quantity {
            let max = pick.quantity;
            return Err(OrderError::QuantityOutOfRange { line, max });
        }
        picks.push((*pick, found.picked));
    }
    Ok(picks)
}

/// Takes in the counts without which nothing may be picked here: an earlier epoch may have picked the same order.
fn count_first(
    tx: &Tx<'_>,
    site: &mut Site,
    actor: &Actor,
    picking: &Picking,
    picks: &[(Pick, Quantity)],
    event: Uuid,
) -> Result<(), OrderError> {
    let mut uncounted = Vec::new();
    let mut counts = Vec::new();
    let mut variants: Vec<VariantId> = picks.iter().map(|(pick, _)| pick.variant).collect();
    variants.sort_unstable();
    variants.dedup();
    for variant in variants {
        if crate::rights::Held::load(tx, variant)?.is_counted_here(site) {
            continue;
        }
        let counted = picking.counted.iter().find(|(of, _)| *of == variant);
        match counted {
            Some((_, counted)) => counts.push((variant, *counted)),
            None => uncounted.push(variant),
        }
    }
    if !uncounted.is_empty() {
        return Err(OrderError::CountFirst {
            variants: uncounted,
        });
    }
    if counts.is_empty() {
        return Ok(());
    }
    match stock::count_for_a_pick(tx, site, actor, event, &counts) {
        Ok(()) => Ok(()),
        Err(stock::CountError::QuantityOutOfRange { max, .. }) => {
            Err(OrderError::CountOutOfRange { max })
        }
        Err(stock::CountError::Rights(error)) => Err(error.into()),
        Err(stock::CountError::Db(error)) => Err(error.into()),
        Err(_) => Err(OrderError::Unknown),
    }
}

/// Hands the picked units of an order to the customer.
///
/// Repeating the same event id returns the order.
///
/// # Errors
/// [`OrderError`] says what is still to do.
pub async fn hand_over(
    shop: &Shop,
    actor: &Actor,
    order: Uuid,
    event: Uuid,
) -> Result<Recorded<Order>, OrderError> {
    staff::require(actor, Permission::OrderPick)?;
    let refusal_id = shop.new_id::<()>().as_uuid();
    let actor = actor.clone();
    let attempt = shop
        .write(move |tx, _| hand_over_in(tx, &actor, order, event, refusal_id))
        .await?;
    match attempt {
        Attempt::Recorded(order) => Ok(order),
        Attempt::IdReused => Err(OrderError::IdReused),
    }
}

fn hand_over_in(
    tx: &Tx<'_>,
    actor: &Actor,
    order: Uuid,
    event: Uuid,
    refusal_id: Uuid,
) -> Result<Attempt<Order>, OrderError> {
    let mut site = node::site(tx)??;
    let handed = |order: Uuid| json!({ "order_id": order });
    let before =
        outbox::db::body_of::<body::OrderHandedOver>(tx, event, body::OrderHandedOver::KIND)?
            .map(|(_, body)| handed(body.order));
    let content = handed(order);
    let write = Write {
        noun: "handover",
        id: event,
        content: &content,
        staff: actor.staff,
        register: actor.register,
    };
    if let Some(attempt) = repeated(tx, &mut site, &write, before, refusal_id, order)? {
        return Ok(attempt);
    }
    let picks = db::picks(tx, order)?;
    if picks.is_empty() {
        return Err(OrderError::Unknown);
    }
    let open = picks
        .iter()
        .filter(|pick| pick.state == State::Open)
        .count();
    if open > 0 {
        return Err(OrderError::StillOpen { open });
    }
    let mut accounts = Accounts::default();
    let mut reservations = Vec::new();
    for pick in picks.iter().filter(|pick| pick.state == State::Picked) {
        let held = accounts.of(tx, pick.variant)?;
        held.apply(|account| account.hand_over(pick.picked))?;
        reservations.push(pick.reservation);
    }
    if reservations.is_empty() {
        return Err(OrderError::NothingPicked);
    }
    let body = body::OrderHandedOver {
        order,
        reservations,
    };
    let event = Event {
        accounts: &mut accounts.into_sorted(),
        ..by_hand(
            actor,
            order,
            Event::of(
                body::OrderHandedOver::KIND,
                body::OrderHandedOver::VERSION,
                event,
                site.open_business_date(tx.now),
                &body,
            ),
        )
    };
    let seq = outbox::append(tx, &mut site, event)?;
    handed_over(tx, seq, &body)?;
    let order = db::order(tx, order)?.ok_or(OrderError::Unknown)?;
    Ok(Attempt::Recorded(Recorded::First(order)))
}

/// Keeps an order that is to be picked. What this node has had before stays as it is.
pub(crate) fn receive(tx: &Tx<'_>, seq: i64, received: &body::PickReceived) -> Result<(), DbError> {
    for (position, line) in (0_i64..).zip(&received.lines) {
        db::insert(tx, seq, received, position, line)?;
    }
    tx.announce(Change::Picks);
    Ok(())
}

/// Keeps what was picked.
pub(crate) fn picked(tx: &Tx<'_>, seq: i64, body: &body::OrderPicked) -> Result<(), DbError> {
    for line in &body.lines {
        let state = if line.picked > 0 {
            State::Picked
        } else {
            State::Short
        };
        db::change(tx, seq, line.reservation, state, line.picked)?;
    }
    tx.announce(Change::Picks);
    Ok(())
}

/// Keeps which reservations have ended without a pick, or were put back.
pub(crate) fn cancel(tx: &Tx<'_>, seq: i64, reservations: &[Uuid]) -> Result<(), DbError> {
    for reservation in reservations {
        db::change(tx, seq, *reservation, State::Cancelled, 0)?;
    }
    tx.announce(Change::Picks);
    Ok(())
}

/// Keeps what went to the customer.
pub(crate) fn handed_over(
    tx: &Tx<'_>,
    seq: i64,
    body: &body::OrderHandedOver,
) -> Result<(), DbError> {
    for reservation in &body.reservations {
        if let Some(pick) = db::pick(tx, *reservation)? {
            let picked = pick.picked.base_units();
            db::change(tx, seq, *reservation, State::HandedOver, picked)?;
        }
    }
    tx.announce(Change::Picks);
    Ok(())
}

/// What this node has still to pick: it tells a restored cloud.
pub(crate) fn open_picks(at: &Snapshot<'_>) -> Result<Vec<body::OpenPick>, DbError> {
    db::open_picks(at)
}

/// Reservations in the header that an event has ended.
pub(crate) fn ended(claims: &[Claim]) -> Vec<Uuid> {
    claims
        .iter()
        .filter(|claim| claim.kind == crate::rights::command::RESERVATION && claim.quantity > 0)
        .map(|claim| claim.key)
        .collect()
}
