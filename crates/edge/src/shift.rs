//! Shifts: a till's open-to-close period with its drawer, closed by a blind count.
use jiff::{Timestamp, civil::Date};
use retail::{
    amount::Amount,
    location::RegisterId,
    shift::{CashError, Closing, Drawer, ShiftId},
    staff::{Permission, StaffId},
};
use serde_json::{Value, json};
use wire::body;

use crate::{
    Shop,
    db::{DbError, Snapshot, Tx},
    node::{self, Site, Unenrolled},
    outbox,
    refusal::{self, Attempt, Recorded, Standing, Write},
    replay::Facts,
    sale::parked::{self, Leaving},
    staff::{self, Actor, Denied},
};

pub(crate) mod db;
pub(crate) mod http;

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
}

/// What has passed through a shift.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Number of sales.
    pub sales: i64,
    /// Cash kept, net of change.
    pub cash: Amount,
    /// Paid by card.
    pub card: Amount,
    /// Paid otherwise.
    pub other: Amount,
    /// Cash paid out for purchases.
    pub purchases_paid: Amount,
}

impl Shift {
    fn drawer(&self) -> Drawer {
        Drawer {
            float: self.float,
            cash_sales: self.sums.cash,
            purchases_paid: self.sums.purchases_paid,
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
    /// The id stands for a shift that was opened with another content.
    #[error("the id stands for another shift")]
    IdReused,
    /// The clock would set the business date far ahead, and nobody vouches for it.
    #[error(transparent)]
    DateJumps(#[from] node::clock::DateJumps),
    /// Baskets wait in it.
    #[error(transparent)]
    StillParked(#[from] parked::StillParked),
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

/// Closes a shift by a blind count. Closing it again with the same count returns the same shift.
///
/// # Errors
/// [`ShiftError`] says what stands in the way.
pub async fn close(
    shop: &Shop,
    actor: &Actor,
    id: ShiftId,
    counted: Amount,
) -> Result<Shift, ShiftError> {
    close_leaving(shop, actor, id, counted, Leaving::Refused).await
}

/// As [`close`], with what becomes of the baskets that are parked in it.
pub(crate) async fn close_leaving(
    shop: &Shop,
    actor: &Actor,
    id: ShiftId,
    counted: Amount,
    leaving: Leaving,
) -> Result<Shift, ShiftError> {
    staff::require(actor, Permission::ShiftClose)?;
    let event = shop.new_id::<()>().as_uuid();
    let actor = actor.clone();
    shop.write(move |tx, _| close_in(tx, &actor, id, counted, leaving, event))
        .await
}

fn close_in(
    tx: &Tx<'_>,
    actor: &Actor,
    id: ShiftId,
    counted: Amount,
    leaving: Leaving,
    event: uuid::Uuid,
) -> Result<Shift, ShiftError> {
    let mut site = node::site(tx)??;
    let shift = get_in(tx, id)?;
    if shift.closed_at.is_some() {
        return if shift.counted == Some(counted) {
            Ok(shift)
        } else {
            Err(ShiftError::Closed)
        };
    }
    if shift.register != actor.register {
        return Err(ShiftError::OtherRegister);
    }
    let closing = retail::shift::close(shift.drawer(), counted)?;
    parked::before_close(tx, id, shift.register, actor.staff, leaving)??;
    let z_number = db::next_number(tx, actor.register, site.epoch, db::Series::Z)?;
    outbox::append(
        tx,
        &mut site,
        outbox::Event {
            register: Some(actor.register),
            staff: Some(actor.staff),
            aggregate: id.as_uuid(),
            ..outbox::Event::of(
                event,
                shift.business_date,
                &body::ShiftClosed {
                    shift: id.as_uuid(),
                    sales: shift.sums.sales,
                    expected_minor: closing.expected.minor(),
                    counted_minor: closing.counted.minor(),
                },
            )
        },
    )?;
    db::close(tx, id, actor.staff, closing, z_number)?;
    get_in(tx, id)
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

/// Closes a shift again that a replayed event says.
pub(crate) fn replay_closed(
    tx: &Tx<'_>,
    site: &Site,
    facts: &Facts,
    closed: &body::ShiftClosed,
) -> Result<(), DbError> {
    let Some((register, staff)) = facts.register.zip(facts.staff) else {
        return Ok(());
    };
    let z_number = db::next_number(tx, register, site.epoch, db::Series::Z)?;
    let (expected, counted) = (
        Amount::from_minor(closed.expected_minor),
        Amount::from_minor(closed.counted_minor),
    );
    let closing = Closing {
        expected,
        counted,
        over_short: counted - expected,
    };
    db::close(
        tx,
        ShiftId::from_uuid(closed.shift),
        staff,
        closing,
        z_number,
    )
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
