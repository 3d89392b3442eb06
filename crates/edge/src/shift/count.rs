//! The blind count of a drawer. Every count is kept, also one that is counted again; what should be there is not told.
use retail::{
    amount::Amount,
    cash::Pieces,
    id::Id,
    shift::{Asked, ShiftId, Tolerance},
    staff::Permission,
};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::body;

use super::{ShiftError, db, get_in, setting};
use crate::{
    Shop,
    db::{DbError, Snapshot, Tx},
    node, outbox,
    refusal::{self, Attempt, Recorded, Standing, Write},
    replay::Facts,
    staff::{self, Actor},
};

/// Counts of one shift at the most: beyond it somebody tries to find out what should be there.
const MAX_COUNTS: i64 = 10;

/// Names a count of a drawer.
pub(crate) type CountId = Id<Counted>;

/// A count that was recorded, and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) id: CountId,
    /// The how-manieth of its shift.
    pub(crate) number: i64,
    /// What was there.
    pub(crate) amount: Amount,
    /// What closing by it needs.
    pub(crate) asks: Asked,
    /// Counted less expected.
    pub(crate) over_short: Amount,
    pub(crate) expected: Amount,
}

/// A count as a till sends it.
#[derive(Debug, Clone)]
pub(crate) struct NewCount {
    pub(crate) id: CountId,
    pub(crate) shift: ShiftId,
    pub(crate) counted: Amount,
    /// Notes and coins; empty when only the sum is said.
    pub(crate) pieces: Vec<Pieces>,
}

/// Records a count. Repeating the same id and content gives the first answer.
///
/// # Errors
/// [`ShiftError`] says what stands in the way.
pub(crate) async fn record(
    shop: &Shop,
    actor: &Actor,
    new: NewCount,
) -> Result<Recorded<Counted>, ShiftError> {
    staff::require(actor, Permission::ShiftClose)?;
    let refusal_id = shop.new_id::<()>().as_uuid();
    let actor = actor.clone();
    let attempt = shop
        .write(move |tx, _| record_in(tx, &actor, &new, refusal_id))
        .await?;
    match attempt {
        Attempt::Recorded(counted) => Ok(counted),
        Attempt::IdReused => Err(ShiftError::CountIdReused),
    }
}

fn record_in(
    tx: &Tx<'_>,
    actor: &Actor,
    new: &NewCount,
    refusal_id: Uuid,
) -> Result<Attempt<Counted>, ShiftError> {
    let mut site = node::site(tx)??;
    check(&site, new)?;
    let pieces = pieces_json(&new.pieces);
    let content = json!({
        "shift_id": new.shift.as_uuid(), "counted_minor": new.counted.minor(), "pieces": pieces,
    });
    let write = Write {
        noun: "drawer_count",
        id: new.id.as_uuid(),
        content: &content,
        staff: actor.staff,
        register: actor.register,
    };
    let before = db::request_hash_of_count(tx, new.id)?;
    let hash = match refusal::standing(tx, &mut site, &write, before, refusal_id)? {
        Standing::Fresh(hash) => hash,
        Standing::Same => {
            let number = db::count_number(tx, new.id)?.unwrap_or_default();
            let counted = told(tx, &site, actor, new, number)?;
            return Ok(Attempt::Recorded(Recorded::Repeated(counted)));
        }
        Standing::Other => return Ok(Attempt::IdReused),
    };
    let shift = super::current(tx, actor, new.shift)?;
    let number = db::counts(tx, new.shift)? + 1;
    if number > MAX_COUNTS {
        return Err(ShiftError::TooManyCounts { max: MAX_COUNTS });
    }
    let body = body::ShiftCounted {
        shift: new.shift.as_uuid(),
        number,
        counted_minor: new.counted.minor(),
        pieces: on_the_wire(&new.pieces),
    };
    let seq = outbox::append(
        tx,
        &mut site,
        outbox::Event {
            register: Some(actor.register),
            staff: Some(actor.staff),
            aggregate: new.shift.as_uuid(),
            ..outbox::Event::of(new.id.as_uuid(), shift.business_date, &body)
        },
    )?;
    let row = db::CountRow {
        id: new.id,
        seq,
        shift: new.shift,
        number,
        counted: new.counted,
        pieces: &pieces,
        staff: actor.staff,
        hash,
    };
    db::insert_count(tx, &row)?;
    let counted = told(tx, &site, actor, new, number)?;
    Ok(Attempt::Recorded(Recorded::First(counted)))
}

/// Notes and coins come to what was counted, when they were counted one by one.
fn check(site: &node::Site, new: &NewCount) -> Result<(), ShiftError> {
    retail::shift::close(retail::shift::Drawer::default(), new.counted)?;
    if new.pieces.is_empty() {
        return Ok(());
    }
    let worth = retail::cash::worth(site.currency, &new.pieces)?;
    if worth == new.counted {
        Ok(())
    } else {
        Err(ShiftError::CountDiffers { worth })
    }
}

fn told(
    at: &Snapshot<'_>,
    site: &node::Site,
    actor: &Actor,
    new: &NewCount,
    number: i64,
) -> Result<Counted, ShiftError> {
    let shift = get_in(at, new.shift)?;
    let closing = retail::shift::close(shift.drawer(), new.counted)?;
    let tolerance = tolerance(at, site, actor)?;
    Ok(Counted {
        id: new.id,
        number,
        amount: new.counted,
        asks: closing.asks(tolerance),
        over_short: closing.over_short,
        expected: closing.expected,
    })
}

/// How far a drawer may be off before the actor has to say something.
pub(super) fn tolerance(
    at: &Snapshot<'_>,
    site: &node::Site,
    actor: &Actor,
) -> Result<Tolerance, DbError> {
    let limit = actor.limit(Permission::ShiftClose).max_minor;
    Ok(Tolerance {
        reason_above: setting::of(at)?.reason_above(site.currency),
        alone_up_to: limit.map(Amount::from_minor),
    })
}

/// Keeps a count again that a replayed event says.
pub(crate) fn replay(
    tx: &Tx<'_>,
    facts: &Facts,
    counted: &body::ShiftCounted,
) -> Result<(), DbError> {
    let Some(staff) = facts.staff else {
        return Ok(());
    };
    let pieces: Vec<Pieces> = counted.pieces.iter().map(of_the_wire).collect();
    db::insert_count(
        tx,
        &db::CountRow {
            id: Id::from_uuid(facts.id),
            seq: facts.seq,
            shift: ShiftId::from_uuid(counted.shift),
            number: counted.number,
            counted: Amount::from_minor(counted.counted_minor),
            pieces: &pieces_json(&pieces),
            staff,
            hash: refusal::REPLAYED,
        },
    )
}

pub(super) fn on_the_wire(pieces: &[Pieces]) -> Vec<body::Pieces> {
    let counted = pieces.iter().filter(|pieces| pieces.count != 0);
    counted
        .map(|pieces| body::Pieces {
            value_minor: pieces.value.minor(),
            count: pieces.count,
        })
        .collect()
}

fn of_the_wire(pieces: &body::Pieces) -> Pieces {
    Pieces {
        value: Amount::from_minor(pieces.value_minor),
        count: pieces.count,
    }
}

fn pieces_json(pieces: &[Pieces]) -> Value {
    serde_json::to_value(on_the_wire(pieces)).unwrap_or_default()
}

/// The last count by notes and coins, if it came to so much.
pub(crate) fn last_pieces(
    at: &Snapshot<'_>,
    shift: ShiftId,
    counted: Amount,
) -> Result<Vec<body::Pieces>, DbError> {
    let Some((last, pieces)) = db::last_count(at, shift)? else {
        return Ok(Vec::new());
    };
    if last != counted {
        return Ok(Vec::new());
    }
    Ok(serde_json::from_str(&pieces).map_err(|error| crate::db::unreadable(1, error))?)
}

/// Whether whoever asks may see what should be in the drawer.
pub(crate) fn sees(actor: &Actor) -> bool {
    actor.may(Permission::CountSee)
}
