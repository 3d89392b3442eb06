//! The outbox: every event of this shop, numbered without a gap, chained by hash, never changed.
use jiff::{Timestamp, civil::Date};
use retail::{
    amount::Amount,
    location::RegisterId,
    staff::StaffId,
    stock::{Movement, Reason},
};
use serde::Serialize;
use uuid::Uuid;
use wire::event::{Bucket, HEADER_VERSION, Header, Money, Move, Record};

use crate::{
    db::{Change, DbError, Tx},
    node::Site,
    stock,
};

pub(crate) mod db;

/// What an event says beside its body.
#[derive(Debug)]
pub(crate) struct Event<'a, B> {
    /// The fact itself; for a sale its id.
    pub(crate) id: Uuid,
    pub(crate) kind: &'static str,
    pub(crate) ver: u16,
    pub(crate) business_date: Date,
    pub(crate) register: Option<RegisterId>,
    pub(crate) staff: Option<StaffId>,
    /// What is applied in order at the cloud: a shift with its sales.
    pub(crate) aggregate: Uuid,
    pub(crate) moves: Option<(Reason, &'a [Movement])>,
    pub(crate) money: Vec<(&'static str, Amount)>,
    pub(crate) body: &'a B,
}

/// Records an event with its stock movements, in the transaction of what it is about; gives its number.
///
/// The balance of every moved variant follows, so that no movement is ever without its event.
pub(crate) fn append<B: Serialize>(
    tx: &Tx<'_>,
    site: &mut Site,
    event: &Event<'_, B>,
) -> Result<i64, DbError> {
    let seq = site.last_seq + 1;
    let hlc = site.hlc.tick(tx.now.as_millisecond());
    let header = Header {
        v: HEADER_VERSION,
        node: site.node.as_uuid(),
        epoch: site.epoch,
        seq,
        id: event.id,
        kind: event.kind.to_owned(),
        ver: event.ver,
        hlc,
        at: tx.now,
        clock_behind_ms: behind_ms(site.hlc.ms, tx.now),
        business_date: event.business_date,
        location: site.location.as_uuid(),
        register: event.register.map(RegisterId::as_uuid),
        staff: event.staff.map(StaffId::as_uuid),
        aggregate: event.aggregate,
        moves: event
            .moves
            .map_or_else(Vec::new, |(_, moves)| on_the_wire(moves)),
        claims: Vec::new(),
        money: event
            .money
            .iter()
            .map(|(tender, amount)| Money {
                tender: (*tender).to_owned(),
                minor: amount.minor(),
            })
            .collect(),
        command: None,
        incarnation: None,
        prev: site.head,
    };
    let record = Record::seal(&header, event.body);
    db::insert(tx, &header, &record)?;
    (site.last_seq, site.head, site.hlc) = (seq, record.hash, hlc);
    if let Some((reason, moves)) = event.moves {
        stock::move_units(tx, seq, reason, moves)?;
    }
    tx.announce(Change::Recorded(seq));
    Ok(seq)
}

/// How far the clock is behind what this node has seen before.
pub(crate) fn behind_ms(seen_ms: i64, now: Timestamp) -> i64 {
    (seen_ms - now.as_millisecond()).max(0)
}

fn on_the_wire(moves: &[Movement]) -> Vec<Move> {
    moves
        .iter()
        .map(|movement| Move {
            variant: movement.variant.as_uuid(),
            bucket: Bucket::N,
            quantity: movement.quantity.base_units(),
            weak: false,
        })
        .collect()
}
