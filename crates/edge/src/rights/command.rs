//! What the cloud tells this node: each message is one event with its effect, taken once (sync.md 2.5, D7).
use std::collections::BTreeMap;

use retail::{catalog::VariantId, quantity::Quantity};
use uuid::Uuid;
use wire::{
    body,
    command::{CancelPick, Command, Grant, Message, Pick, SetStock},
    event::Claim,
};

use super::{Held, db};
use crate::{
    allowance,
    db::{DbError, Tx},
    node::Site,
    order::{self, State},
    outbox::{self, Event},
};

/// The kind of claims that name reservations.
pub(crate) const RESERVATION: &str = "reservation";

/// Takes the next message of the stream: effect, event and place in one transaction. Total: what cannot be done is an
/// event without moves. The caller has admitted it in the same transaction.
pub(crate) fn take_command(
    tx: &Tx<'_>,
    site: &mut Site,
    message: &Message,
    command: Command,
) -> Result<(), DbError> {
    match command {
        Command::Grant(grant) => credit(tx, site, message, grant),
        Command::Pick(pick) => receive(tx, site, message, pick),
        Command::CancelPick(cancel) => cancel_picks(tx, site, message, cancel),
        Command::Count(count) => set_stock(tx, site, message, count),
        Command::Allow(allow) => allowance::credit(tx, site, message, allow),
    }
}

/// Appends the effect of a message.
fn effect<B: body::Document>(
    tx: &Tx<'_>,
    site: &mut Site,
    message: &Message,
    event: Event<'_, B>,
) -> Result<i64, DbError> {
    let event = Event {
        command: Some(message.idx),
        ..event
    };
    outbox::append(tx, site, event)
}

fn credit(tx: &Tx<'_>, site: &mut Site, message: &Message, grant: Grant) -> Result<(), DbError> {
    let mut accounts = Accounts::default();
    let mut lines = Vec::new();
    for (variant, quantity) in summed(&grant.lines) {
        let held = accounts.of(tx, variant)?;
        match held.apply(|account| account.credit(quantity)) {
            Ok(()) => lines.push(units(variant, quantity)),
            Err(error) => tracing::error!(
                grant = %message.id,
                %variant,
                %error,
                "Grant {} cannot be credited: {error}",
                message.id
            ),
        }
    }
    let body = body::GrantCredited {
        grant: message.id,
        lines,
    };
    let event = Event {
        accounts: &mut accounts.into_sorted(),
        ..Event::of(site.next_id(), site.open_business_date(tx.now), &body)
    };
    effect(tx, site, message, event).map(drop)
}

fn receive(tx: &Tx<'_>, site: &mut Site, message: &Message, pick: Pick) -> Result<(), DbError> {
    let body = body::PickReceived {
        order: pick.order,
        order_number: pick.order_number,
        customer: pick.customer,
        lines: pick.lines,
    };
    let event = Event {
        aggregate: body.order,
        ..Event::of(site.next_id(), site.open_business_date(tx.now), &body)
    };
    let seq = effect(tx, site, message, event)?;
    order::receive(tx, seq, &body)
}

/// What a cancellation makes of a pick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cancelled {
    /// It was not picked: the promise ends.
    Open,
    /// It was not picked, and an earlier epoch may have done it unseen: the claim ends with it.
    Void,
    /// It was picked: back on the shelf.
    PutBack,
    /// It stands: picked and not to be broken, handed over, or over already.
    Stands,
}

fn cancel_picks(
    tx: &Tx<'_>,
    site: &mut Site,
    message: &Message,
    cancel: CancelPick,
) -> Result<(), DbError> {
    let mut accounts = Accounts::default();
    let (mut claims, mut ended) = (Vec::new(), Vec::new());
    let mut order = None;
    for reservation in &cancel.reservations {
        // A pick of an earlier epoch, which this file does not know: the cloud knows what became of it.
        let Some(pick) = order::db::pick(tx, *reservation)? else {
            continue;
        };
        order = Some(pick.order);
        let held = accounts.of(tx, pick.variant)?;
        let outcome = match pick.state {
            State::Open if held.is_counted_here(site) => Cancelled::Open,
            State::Open => Cancelled::Void,
            State::Picked if cancel.reason != "broken" => Cancelled::PutBack,
            State::Picked | State::Short | State::Cancelled | State::HandedOver => {
                Cancelled::Stands
            }
        };
        let moved = match outcome {
            Cancelled::Open => Ok(()),
            Cancelled::Void => held.apply(|account| account.void_claim(pick.quantity)),
            Cancelled::PutBack => held.apply(|account| account.unpick(pick.picked)),
            Cancelled::Stands => continue,
        };
        if let Err(error) = moved {
            tracing::error!(%reservation, %error, "Pick {reservation} cannot be cancelled: {error}");
        }
        claims.push(claim(*reservation, pick.quantity));
        ended.push(*reservation);
    }
    let body = body::PickCancelled {
        reservations: cancel.reservations,
        reason: cancel.reason,
    };
    let id = site.next_id();
    let event = Event {
        aggregate: order.unwrap_or(id),
        accounts: &mut accounts.into_sorted(),
        claims,
        ..Event::of(id, site.open_business_date(tx.now), &body)
    };
    let seq = effect(tx, site, message, event)?;
    order::cancel(tx, seq, &ended)
}

/// Stock that the office has set. What it typed is old when it arrives, so only the first number of a variant that this
/// shop has never had is taken as a count; everything else is for people to count (decision 8).
fn set_stock(
    tx: &Tx<'_>,
    site: &mut Site,
    message: &Message,
    count: SetStock,
) -> Result<(), DbError> {
    let is_opening = count.reason == "opening" && site.epoch == 1 && !site.is_restricted();
    let mut accounts = Accounts::default();
    let (mut lines, mut to_count) = (Vec::new(), Vec::new());
    for line in &count.lines {
        let variant = VariantId::from_uuid(line.variant);
        let is_fresh = is_opening && db::account(tx, variant)?.is_none();
        let held = accounts.of(tx, variant)?;
        let counted = Quantity::new(line.quantity);
        if let Some(Ok(expected)) = is_fresh.then(|| held.count(counted)) {
            lines.push(body::CountLine {
                variant: line.variant,
                expected: expected.base_units(),
                counted: line.quantity,
            });
        } else {
            held.doubt();
            to_count.push(units(variant, counted));
        }
    }
    let body = body::StockCounted {
        reason: count.reason,
        sale: None,
        lines,
        to_count,
    };
    let event = Event {
        accounts: &mut accounts.into_sorted(),
        ..Event::of(site.next_id(), site.open_business_date(tx.now), &body)
    };
    let seq = effect(tx, site, message, event)?;
    ask_for_counts(tx, seq, &body.to_count)
}

/// Keeps what the office expects on shelves that people are to count.
pub(crate) fn ask_for_counts(
    tx: &Tx<'_>,
    seq: i64,
    to_count: &[body::Units],
) -> Result<(), DbError> {
    to_count
        .iter()
        .try_for_each(|line| db::put_count_task(tx, seq, line))
}

/// A reservation in the header of an event: negative when it was picked, positive when it ends without.
pub(crate) fn claim(reservation: Uuid, quantity: Quantity) -> Claim {
    Claim {
        kind: RESERVATION.to_owned(),
        key: reservation,
        quantity: quantity.base_units(),
    }
}

pub(super) fn units(variant: VariantId, quantity: Quantity) -> body::Units {
    body::Units {
        variant: variant.as_uuid(),
        quantity: quantity.base_units(),
    }
}

pub(super) fn summed(lines: &[wire::command::Line]) -> Vec<(VariantId, Quantity)> {
    let line = |line: &wire::command::Line| {
        (
            VariantId::from_uuid(line.variant),
            Quantity::new(line.quantity),
        )
    };
    retail::stock::per_variant(lines.iter().map(line))
}

/// Accounts that one event changes, each loaded once.
#[derive(Default)]
pub(crate) struct Accounts(BTreeMap<VariantId, Held>);

impl Accounts {
    /// The account of a variant.
    pub(crate) fn of(&mut self, tx: &Tx<'_>, variant: VariantId) -> Result<&mut Held, DbError> {
        use std::collections::btree_map::Entry;
        match self.0.entry(variant) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => Ok(new.insert(Held::load(tx, variant)?)),
        }
    }

    /// All of them, sorted by variant.
    pub(crate) fn into_sorted(self) -> Vec<Held> {
        self.0.into_values().collect()
    }
}
