//! Online orders at this shop: picked from the shelf, put together, handed to the customer (sync.md 5.2).
use jiff::Timestamp;
use retail::{
    catalog::VariantId,
    quantity::{Quantity, Unit},
    rights::RightsError,
};
use serde_json::Value;
use uuid::Uuid;
use wire::{body, event::Claim};

use crate::{
    Shop,
    db::{Change, DbError, Snapshot, Tx},
    node::{Site, Unenrolled},
    outbox::Event,
    refusal::{self, Attempt, Recorded, Standing, Write},
    staff::{Actor, Denied},
};

pub(crate) mod db;
mod handover;
pub(crate) mod http;
mod pick;

pub use handover::hand_over;
pub use pick::pick;

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
