//! The outbox: every event of this shop, numbered without a gap, chained by hash, never changed.
use jiff::{Timestamp, civil::Date};
use retail::{amount::Amount, location::RegisterId, staff::StaffId};
use uuid::Uuid;
use wire::{
    body::Document,
    event::{Claim, HEADER_VERSION, Header, Money, Move, Record},
};

use crate::{
    allowance,
    db::{Change, DbError, Tx},
    node::{self, Site},
    rights::{self, Held},
};

pub(crate) mod db;

/// What an event says beside its body.
#[derive(Debug)]
pub(crate) struct Event<'a, B> {
    /// The fact itself; for a sale its id.
    pub(crate) id: Uuid,
    pub(crate) business_date: Date,
    pub(crate) register: Option<RegisterId>,
    pub(crate) staff: Option<StaffId>,
    /// What is applied in order at the cloud: a shift with its sales.
    pub(crate) aggregate: Uuid,
    /// The accounts that it may have changed, sorted by variant.
    pub(crate) accounts: &'a mut [Held],
    /// Reservations that picks are about, and what moves of limits.
    pub(crate) claims: Vec<Claim>,
    pub(crate) money: Vec<(&'static str, Amount)>,
    /// The message of the cloud that this is the effect of: the next one of the stream.
    pub(crate) command: Option<i64>,
    /// The cloud's incarnation from here on, when it changes.
    pub(crate) incarnation: Option<i64>,
    pub(crate) body: &'a B,
}

impl<'a, B> Event<'a, B> {
    /// An event of its own, without effects: the caller adds what it has.
    pub(crate) fn of(id: Uuid, business_date: Date, body: &'a B) -> Self {
        Self {
            id,
            business_date,
            register: None,
            staff: None,
            aggregate: id,
            accounts: &mut [],
            claims: Vec::new(),
            money: Vec::new(),
            command: None,
            incarnation: None,
            body,
        }
    }
}

/// Records an event with the accounts that it changes and the node's place in the stream of commands, in the
/// transaction of what it is about; gives its number.
///
/// No account changes without its event: the triggers of `stock` compare the two.
pub(crate) fn append<B: Document>(
    tx: &Tx<'_>,
    site: &mut Site,
    event: Event<'_, B>,
) -> Result<i64, DbError> {
    let seq = site.last_seq + 1;
    let hlc = site.tick(tx.now);
    let header = Header {
        v: HEADER_VERSION,
        node: site.node.as_uuid(),
        epoch: site.epoch,
        seq,
        id: event.id,
        kind: B::KIND.to_owned(),
        ver: B::VERSION,
        hlc,
        at: tx.now,
        clock_behind_ms: behind_ms(site.hlc.ms, tx.now),
        business_date: event.business_date,
        location: site.location.as_uuid(),
        register: event.register.map(RegisterId::as_uuid),
        staff: event.staff.map(StaffId::as_uuid),
        aggregate: event.aggregate,
        moves: on_the_wire(event.accounts),
        claims: event.claims,
        money: event
            .money
            .iter()
            .map(|(tender, amount)| Money {
                tender: (*tender).to_owned(),
                minor: amount.minor(),
            })
            .collect(),
        command: event.command,
        incarnation: event.incarnation,
        prev: site.head,
    };
    let record = Record::seal(&header, event.body);
    db::insert(tx, &header, &record)?;
    (site.last_seq, site.head, site.hlc) = (seq, record.hash, hlc);
    rights::record(tx, seq, B::KIND, event.accounts)?;
    allowance::record(tx, seq, &header.claims)?;
    step(tx, site, &header)?;
    tx.announce(Change::Recorded(seq, record.hash));
    Ok(seq)
}

/// Moves the node's place in the stream of commands with the event that is the effect (sync.md, D7).
pub(crate) fn step(tx: &Tx<'_>, site: &mut Site, header: &Header) -> Result<(), DbError> {
    if let Some(incarnation) = header.incarnation {
        node::db::set_incarnation(tx, incarnation)?;
        (site.incarnation, site.r_cursor) = (incarnation, 0);
    }
    if let Some(idx) = header.command {
        node::db::set_r_cursor(tx, idx)?;
        site.r_cursor = idx;
        db::insert_command(tx, site, header)?;
    }
    Ok(())
}

/// How far the clock is behind what this node has seen before.
pub(crate) fn behind_ms(seen_ms: i64, now: Timestamp) -> i64 {
    (seen_ms - now.as_millisecond()).max(0)
}

fn on_the_wire(accounts: &[Held]) -> Vec<Move> {
    accounts
        .iter()
        .flat_map(|held| held.moves().iter().map(|one| Move::of(held.variant, *one)))
        .collect()
}
