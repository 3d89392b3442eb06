//! Shifts: a till's open-to-close period with its drawer, closed by a blind count.
use jiff::{Timestamp, civil::Date};
use retail::{
    amount::Amount,
    cash::CountError,
    location::RegisterId,
    shift::{CashError, Drawer, ShiftId},
    staff::{Permission, StaffId},
};
use serde_json::{Value, json};
use wire::body;

use crate::{
    Shop,
    cash::ApprovalError,
    db::{DbError, Snapshot, Tx},
    node::{self, Unenrolled},
    outbox,
    refusal::{self, Attempt, Recorded, Standing, Write},
    replay::Facts,
    sale::parked::StillParked,
    staff::{self, Actor, Denied},
};

mod closing;
pub(crate) mod count;
pub(crate) mod db;
pub(crate) mod http;
pub(crate) mod setting;

pub(crate) use closing::{Closure, close, close_past, replay as replay_closed};

/// A shift with what has passed through it so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// Its id.
    pub id: ShiftId,
    /// The register it belongs to.
    pub register: RegisterId,
    /// Its business date, whatever the clock says later.
    pub business_date: Date,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// By whom.
    pub opened_by: StaffId,
    /// What they are called.
    pub opened_by_name: String,
    /// Cash put in.
    pub float: Amount,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Sales, cash, card and other tenders.
    pub sums: Sums,
    /// What should have been in the drawer; only once it is closed, because the count is blind.
    pub expected: Option<Amount>,
    /// What was counted.
    pub counted: Option<Amount>,
    /// The number of its Z report.
    pub z_number: Option<i64>,
    /// Why the drawer was off, when somebody said so.
    pub difference_reason: Option<String>,
    /// Who said so too.
    pub approved_by: Option<StaffId>,
}

/// What has passed through a shift.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Number of sales.
    pub sales: i64,
    /// Cash kept, net of change and of what customers got back.
    pub cash: Amount,
    /// Paid by card, net of what went back to cards.
    pub card: Amount,
    /// Paid otherwise.
    pub other: Amount,
    /// Number of returns.
    pub returns: i64,
    /// What customers got back, however it was given.
    pub refunded: Amount,
    /// Cash paid out for purchases.
    pub purchases_paid: Amount,
    /// Cash that came back for purchases that were voided or replaced.
    pub purchases_back: Amount,
    /// Other cash that was put in.
    pub paid_in: Amount,
    /// Other cash that was spent.
    pub paid_out: Amount,
    /// Cash that was taken to the safe.
    pub dropped: Amount,
}

impl Shift {
    /// What has passed through the drawer.
    pub(crate) fn drawer(&self) -> Drawer {
        Drawer {
            float: self.float,
            cash_sales: self.sums.cash,
            purchases_paid: self.sums.purchases_paid,
            purchases_back: self.sums.purchases_back,
            paid_in: self.sums.paid_in,
            paid_out: self.sums.paid_out,
            dropped: self.sums.dropped,
        }
    }
}

/// Why a shift cannot be opened or closed so.
#[derive(Debug, thiserror::Error)]
pub enum ShiftError {
    /// There is no such shift here.
    #[error("there is no such shift")]
    Unknown,
    /// The register has an open shift.
    #[error("the register has an open shift, {shift}")]
    AlreadyOpen {
        /// The open one.
        shift: ShiftId,
    },
    /// It was closed with another count.
    #[error("the shift is closed")]
    Closed,
    /// It belongs to another register than the one signed in at.
    #[error("the shift belongs to another register")]
    OtherRegister,
    /// The drawer is off by more than needs no reason.
    #[error("the count differs from the books: somebody has to say why")]
    ReasonMissing,
    /// More letters than fit, or letters that are none.
    #[error("a reason has at most {max} letters, on one line")]
    ReasonUnfit {
        /// Letters.
        max: usize,
    },
    /// The notes and coins come to another sum.
    #[error("the notes and coins come to {worth}")]
    CountDiffers {
        /// What they come to.
        worth: Amount,
    },
    /// The notes and coins are none.
    #[error(transparent)]
    Pieces(#[from] CountError),
    /// The drawer was counted too often.
    #[error("a drawer is counted at most {max} times")]
    TooManyCounts {
        /// Counts.
        max: i64,
    },
    /// The id stands for another count.
    #[error("the id stands for another count")]
    CountIdReused,
    /// A second person's word is missing, or does not go so far.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// The id stands for a shift that was opened with another content.
    #[error("the id stands for another shift")]
    IdReused,
    /// The clock would set the business date far ahead, and nobody vouches for it.
    #[error(transparent)]
    DateJumps(#[from] node::clock::DateJumps),
    /// Baskets wait in it.
    #[error(transparent)]
    StillParked(#[from] StillParked),
    /// The amount cannot be one.
    #[error(transparent)]
    Cash(#[from] CashError),
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

/// Opens the shift of the actor's register; the first one after the cut-off opens the next business day.
///
/// Repeating the same `id` and float returns the shift.
///
/// # Errors
/// [`ShiftError`] says what stands in the way.
pub async fn open(
    shop: &Shop,
    actor: &Actor,
    id: ShiftId,
    float: Amount,
) -> Result<Recorded<Shift>, ShiftError> {
    staff::require(actor, Permission::ShiftOpen)?;
    let drawer = retail::shift::open(float)?;
    let content =
        json!({ "register_id": actor.register.as_uuid(), "float_minor": drawer.float.minor() });
    let refusal_id = shop.new_id::<()>().as_uuid();
    let actor = actor.clone();
    let is_vouched = node::clock::is_vouched(shop);
    let attempt = shop
        .write(move |tx, now| {
            let opening = Opening {
                id,
                drawer,
                content: &content,
                refusal_id,
                is_vouched,
            };
            open_in(tx, now, &actor, &opening)
        })
        .await?;
    match attempt {
        Attempt::Recorded(shift) => Ok(shift),
        Attempt::IdReused => Err(ShiftError::IdReused),
    }
}

/// The same for a shift of the past, see [`crate::history`].
pub(crate) fn open_past(
    tx: &Tx<'_>,
    actor: &Actor,
    id: ShiftId,
    float: Amount,
    refusal_id: uuid::Uuid,
) -> Result<(), ShiftError> {
    staff::require(actor, Permission::ShiftOpen)?;
    let drawer = retail::shift::open(float)?;
    let opening = Opening {
        id,
        drawer,
        content: &json!({ "register_id": actor.register.as_uuid(), "float_minor": drawer.float.minor() }),
        refusal_id,
        // The instant was not read off this shop's clock.
        is_vouched: true,
    };
    match open_in(tx, tx.now, actor, &opening)? {
        Attempt::Recorded(_) => Ok(()),
        Attempt::IdReused => Err(ShiftError::IdReused),
    }
}

/// What opening a shift needs.
struct Opening<'a> {
    id: ShiftId,
    drawer: Drawer,
    content: &'a Value,
    refusal_id: uuid::Uuid,
    /// The cloud vouches for the clock.
    is_vouched: bool,
}

fn open_in(
    tx: &Tx<'_>,
    now: Timestamp,
    actor: &Actor,
    opening: &Opening<'_>,
) -> Result<Attempt<Shift>, ShiftError> {
    let Opening {
        id,
        drawer,
        content,
        refusal_id,
        is_vouched,
    } = *opening;
    let mut site = node::site(tx)??;
    let write = Write {
        noun: "shift",
        id: id.as_uuid(),
        content,
        staff: actor.staff,
        register: actor.register,
    };
    let before = db::request_hash(tx, id)?;
    let hash = match refusal::standing(tx, &mut site, &write, before, refusal_id)? {
        Standing::Fresh(hash) => hash,
        Standing::Same => {
            return Ok(Attempt::Recorded(Recorded::Repeated(get_in(tx, id)?)));
        }
        Standing::Other => return Ok(Attempt::IdReused),
    };
    if let Some(shift) = db::open_at(tx, actor.register)? {
        return Err(ShiftError::AlreadyOpen { shift });
    }
    let business_date = site.date_of_a_new_shift(now, is_vouched)?;
    let seq = outbox::append(
        tx,
        &mut site,
        outbox::Event {
            register: Some(actor.register),
            staff: Some(actor.staff),
            ..outbox::Event::of(
                id.as_uuid(),
                business_date,
                &body::ShiftOpened {
                    shift: id.as_uuid(),
                    float_minor: drawer.float.minor(),
                },
            )
        },
    )?;
    node::db::set_business_date(tx, business_date)?;
    db::insert(
        tx,
        &db::Opening {
            id,
            register: actor.register,
            business_date,
            opened_by: actor.staff,
            float: drawer.float,
            hash,
            seq,
        },
    )?;
    Ok(Attempt::Recorded(Recorded::First(get_in(tx, id)?)))
}

/// Opens a shift again that a replayed event says.
pub(crate) fn replay_opened(
    tx: &Tx<'_>,
    facts: &Facts,
    opened: &body::ShiftOpened,
) -> Result<(), DbError> {
    let Some((register, opened_by)) = facts.register.zip(facts.staff) else {
        return Ok(());
    };
    node::db::set_business_date(tx, facts.business_date)?;
    let opening = db::Opening {
        id: ShiftId::from_uuid(opened.shift),
        register,
        business_date: facts.business_date,
        opened_by,
        float: Amount::from_minor(opened.float_minor),
        hash: refusal::REPLAYED,
        seq: facts.seq,
    };
    db::insert(tx, &opening)
}

/// A shift by its id.
///
/// # Errors
/// [`ShiftError::Unknown`], or the disk's.
pub async fn get(shop: &Shop, id: ShiftId) -> Result<Shift, ShiftError> {
    shop.read(move |at| get_in(at, id)).await
}

/// The open shift of a register.
///
/// # Errors
/// The disk's.
pub async fn open_at(shop: &Shop, register: RegisterId) -> Result<Option<Shift>, ShiftError> {
    shop.read(move |at| {
        db::open_at(at, register)?
            .map(|id| get_in(at, id))
            .transpose()
    })
    .await
}

fn get_in(at: &Snapshot<'_>, id: ShiftId) -> Result<Shift, ShiftError> {
    db::find(at, id)?.ok_or(ShiftError::Unknown)
}

/// The shift that something is recorded in: open, and of the register that is signed in at.
pub(crate) fn current(
    at: &Snapshot<'_>,
    actor: &Actor,
    id: ShiftId,
) -> Result<db::Current, ShiftError> {
    let shift = db::current(at, id)?.ok_or(ShiftError::Unknown)?;
    if shift.register != actor.register {
        return Err(ShiftError::OtherRegister);
    }
    if shift.is_closed {
        return Err(ShiftError::Closed);
    }
    Ok(shift)
}
