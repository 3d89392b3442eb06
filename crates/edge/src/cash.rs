//! Cash beside sales: paid in, paid out, taken to the safe. Each is an event of its own, prints a slip and opens the drawer.
use jiff::Timestamp;
use retail::{
    amount::Amount,
    cash::{self, Movement, MovementError, MovementId, MovementKind},
    shift::ShiftId,
    staff::{Permission, StaffId},
};
use serde_json::json;
use uuid::Uuid;
use wire::body;

use crate::{
    Shop,
    db::{DbError, Snapshot, Tx},
    node::{self, Unenrolled},
    outbox, print,
    refusal::{self, Attempt, Recorded, Standing, Write},
    replay::Facts,
    shift::{self, ShiftError},
    staff::{self, Actor, Denied, SecondPerson, SignInError},
};

pub(crate) mod db;
pub(crate) mod http;

/// A movement as it is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) id: MovementId,
    pub(crate) shift: ShiftId,
    pub(crate) movement: Movement,
    pub(crate) staff: StaffId,
    pub(crate) staff_name: String,
    pub(crate) approved_by: Option<String>,
    pub(crate) at: Timestamp,
}

/// A movement as a till asks for it.
#[derive(Debug, Clone)]
pub(crate) struct NewMovement {
    pub(crate) id: MovementId,
    pub(crate) shift: ShiftId,
    pub(crate) movement: Movement,
    /// A second person's word, when it is more than the first may move alone.
    pub(crate) approval: Option<SecondPerson>,
}

/// Why cash is not moved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CashError {
    #[error(transparent)]
    Movement(#[from] MovementError),
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    #[error("the id stands for another movement of cash")]
    IdReused,
    #[error(transparent)]
    Shift(#[from] ShiftError),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Unenrolled(#[from] Unenrolled),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Why a second person's word does not count.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// Nobody else has said so.
    #[error("more than {limit} needs a second person")]
    Missing {
        /// What the person may do alone, in the measure of the permission.
        limit: Amount,
    },
    /// The second person is the first.
    #[error("a second person is somebody else")]
    SamePerson,
    /// The second person may not go that far either.
    #[error("the second person may go to {limit} alone")]
    TooFar {
        /// What they may do alone.
        limit: Amount,
    },
    /// The second person has no such permission.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The PIN was not taken.
    #[error(transparent)]
    Pin(#[from] SignInError),
}

/// Whose word counts for `amount`: nobody else's when the actor may do it alone, else the second person's.
///
/// # Errors
/// [`ApprovalError`]: no word, or one that does not go so far.
pub(crate) async fn second_person(
    shop: &Shop,
    actor: &Actor,
    permission: Permission,
    amount: Amount,
    approval: Option<&SecondPerson>,
) -> Result<Option<StaffId>, ApprovalError> {
    let limit = actor.limit(permission).exceeded_by_minor(amount.minor());
    let Some(limit) = limit.map(Amount::from_minor) else {
        return Ok(None);
    };
    let approval = approval.ok_or(ApprovalError::Missing { limit })?;
    if approval.staff == actor.staff {
        return Err(ApprovalError::SamePerson);
    }
    let second = approval.confirm(shop, actor.register).await?;
    staff::require(&second, permission)?;
    match second.limit(permission).exceeded_by_minor(amount.minor()) {
        Some(limit) => Err(ApprovalError::TooFar {
            limit: Amount::from_minor(limit),
        }),
        None => Ok(Some(second.staff)),
    }
}

/// Whose word counts when somebody who has the permission may stand in for an actor who has not: nobody's when the actor may
/// do it alone.
///
/// # Errors
/// [`ApprovalError`]: no word, or one that does not go so far.
pub(crate) async fn own_or_anothers(
    shop: &Shop,
    actor: &Actor,
    permission: Permission,
    amount: Amount,
    approval: Option<&SecondPerson>,
) -> Result<Option<StaffId>, ApprovalError> {
    let Err(denied) = staff::require(actor, permission) else {
        return second_person(shop, actor, permission, amount, approval).await;
    };
    let by = approval.ok_or(denied)?;
    let by = by.confirm(shop, actor.register).await?;
    staff::require(&by, permission)?;
    match by.limit(permission).exceeded_by_minor(amount.minor()) {
        None => Ok(Some(by.staff)),
        Some(limit) => Err(ApprovalError::TooFar {
            limit: Amount::from_minor(limit),
        }),
    }
}

/// Moves cash. On disk when this returns. Repeating the same id and content gives the first answer.
///
/// # Errors
/// [`CashError`] says what stands in the way.
pub(crate) async fn record(
    shop: &Shop,
    actor: &Actor,
    new: NewMovement,
) -> Result<Recorded<Moved>, CashError> {
    let permission = match new.movement.kind {
        MovementKind::PaidIn | MovementKind::PaidOut => Permission::CashMove,
        MovementKind::Drop => Permission::CashDrop,
    };
    staff::require(actor, permission)?;
    // A repeat needs no second PIN: whether it is one is decided below, by its content.
    let id = new.id;
    let known = shop.read(move |at| db::request_hash(at, id)).await?;
    let approved_by = if known.is_some() {
        None
    } else {
        let amount = new.movement.amount;
        second_person(shop, actor, permission, amount, new.approval.as_ref()).await?
    };
    let ids = [shop.new_id::<()>().as_uuid(), print::new_uuid(shop)];
    let actor = actor.clone();
    let attempt = shop
        .write(move |tx, _| record_in(tx, &actor, &new, approved_by, ids))
        .await?;
    match attempt {
        Attempt::Recorded(moved) => Ok(moved),
        Attempt::IdReused => Err(CashError::IdReused),
    }
}

fn record_in(
    tx: &Tx<'_>,
    actor: &Actor,
    new: &NewMovement,
    approved_by: Option<StaffId>,
    [refusal_id, print_id]: [Uuid; 2],
) -> Result<Attempt<Moved>, CashError> {
    let mut site = node::site(tx)??;
    let movement = &new.movement;
    let content = json!({
        "shift_id": new.shift.as_uuid(), "kind": movement.kind.code(), "amount_minor": movement.amount.minor(),
        "reason": movement.reason, "note": movement.note,
    });
    let write = Write {
        noun: "cash",
        id: new.id.as_uuid(),
        content: &content,
        staff: actor.staff,
        register: actor.register,
    };
    let before = db::request_hash(tx, new.id)?;
    let hash = match refusal::standing(tx, &mut site, &write, before, refusal_id)? {
        Standing::Fresh(hash) => hash,
        Standing::Same => {
            let moved = db::find(tx, new.id)?.ok_or(CashError::IdReused)?;
            return Ok(Attempt::Recorded(Recorded::Repeated(moved)));
        }
        Standing::Other => return Ok(Attempt::IdReused),
    };
    let shift = shift::current(tx, actor, new.shift)?;
    let moved = body::CashMoved {
        shift: shift.id.as_uuid(),
        amount_minor: movement.amount.minor(),
        reason: movement.reason.to_owned(),
        note: movement.note.clone(),
        approved_by: approved_by.map(StaffId::as_uuid),
    };
    let place = Place {
        id: new.id.as_uuid(),
        date: shift.business_date,
        actor,
        movement,
    };
    let seq = match movement.kind {
        MovementKind::PaidIn => append(tx, &mut site, &place, &body::CashPaidIn(moved))?,
        MovementKind::PaidOut => append(tx, &mut site, &place, &body::CashPaidOut(moved))?,
        MovementKind::Drop => append(tx, &mut site, &place, &body::CashDropped(moved))?,
    };
    let row = db::NewRow {
        id: new.id,
        seq,
        shift: new.shift,
        movement,
        staff: actor.staff,
        approved_by,
        hash,
    };
    db::insert(tx, &row)?;
    print::slip(tx, actor, new.id, print_id)?;
    let moved = db::find(tx, new.id)?.ok_or(CashError::IdReused)?;
    Ok(Attempt::Recorded(Recorded::First(moved)))
}

/// Where and by whom.
struct Place<'a> {
    id: Uuid,
    date: jiff::civil::Date,
    actor: &'a Actor,
    movement: &'a Movement,
}

fn append<B: body::Document + AsRef<body::CashMoved>>(
    tx: &Tx<'_>,
    site: &mut node::Site,
    place: &Place<'_>,
    body: &B,
) -> Result<i64, DbError> {
    let signed = place.movement.kind.signed(place.movement.amount);
    outbox::append(
        tx,
        site,
        outbox::Event {
            register: Some(place.actor.register),
            staff: Some(place.actor.staff),
            aggregate: body.as_ref().shift,
            money: vec![("cash", signed)],
            ..outbox::Event::of(place.id, place.date, body)
        },
    )
}

/// What went in and out of a shift's drawer, the oldest first.
pub(crate) async fn of_shift(shop: &Shop, shift: ShiftId) -> Result<Vec<Moved>, CashError> {
    shop.read(move |at: &Snapshot<'_>| {
        shift::db::find(at, shift)?.ok_or(ShiftError::Unknown)?;
        Ok(db::of_shift(at, shift)?)
    })
    .await
}

/// Keeps a movement again that a replayed event says.
pub(crate) fn replay(
    tx: &Tx<'_>,
    facts: &Facts,
    kind: MovementKind,
    moved: &body::CashMoved,
) -> Result<(), DbError> {
    let Some(staff) = facts.staff else {
        return Ok(());
    };
    let known = kind.reasons().iter().find(|known| **known == moved.reason);
    let movement = Movement {
        kind,
        amount: Amount::from_minor(moved.amount_minor),
        reason: known.copied().unwrap_or(cash::OTHER),
        note: moved.note.clone(),
    };
    db::insert(
        tx,
        &db::NewRow {
            id: MovementId::from_uuid(facts.id),
            seq: facts.seq,
            shift: ShiftId::from_uuid(moved.shift),
            movement: &movement,
            staff,
            approved_by: moved.approved_by.map(StaffId::from_uuid),
            hash: refusal::REPLAYED,
        },
    )
}
