//! Closing a shift: by its count, with a reason and a second person where the difference needs them, and with its Z report.
use retail::{
    amount::Amount,
    cash,
    shift::{Asked, Closing, ShiftId},
    staff::{Permission, StaffId},
};
use uuid::Uuid;
use wire::body;

use super::{Shift, ShiftError, count, db, get_in};
use crate::{
    Shop,
    cash::{ApprovalError, second_person},
    db::{DbError, Tx},
    node::{self, Site},
    outbox, print,
    replay::Facts,
    report,
    sale::parked::{self, Leaving},
    staff::{self, Actor, SecondPerson},
};

/// How somebody wants to close a shift.
#[derive(Debug, Clone)]
pub(crate) struct Closure {
    pub(crate) id: ShiftId,
    pub(crate) counted: Amount,
    /// Why the drawer is off.
    pub(crate) reason: Option<String>,
    /// A second person's word.
    pub(crate) approval: Option<SecondPerson>,
    /// What becomes of the baskets that are parked in it.
    pub(crate) leaving: Leaving,
}

/// What an attempt to close has found.
enum Outcome {
    Closed(Box<Shift>),
    /// A second person has to confirm a difference of this size first.
    Confirm(Amount),
}

/// Closes a shift by a blind count. Closing it again with the same count returns the same shift.
///
/// # Errors
/// [`ShiftError`] says what stands in the way.
pub(crate) async fn close(
    shop: &Shop,
    actor: &Actor,
    closure: Closure,
) -> Result<Shift, ShiftError> {
    staff::require(actor, Permission::ShiftClose)?;
    let reason = closure.reason.as_deref().map(str::trim);
    let reason = reason.filter(|reason| !reason.is_empty());
    if reason.is_some_and(|reason| !cash::fits(reason)) {
        return Err(ShiftError::ReasonUnfit {
            max: cash::MAX_NOTE,
        });
    }
    let asked = Asking {
        id: closure.id,
        counted: closure.counted,
        reason: reason.map(str::to_owned),
        leaving: closure.leaving,
    };
    let mut approved_by = None;
    loop {
        let [closed, report, print] = [(); 3].map(|()| print::new_uuid(shop));
        let ids = Ids {
            closed,
            report,
            print: Some(print),
        };
        let (asked, actor_then) = (asked.clone(), actor.clone());
        let outcome = shop
            .write(move |tx, _| close_in(tx, &actor_then, &asked, approved_by, ids))
            .await?;
        match outcome {
            Outcome::Closed(shift) => return Ok(*shift),
            Outcome::Confirm(off) => {
                let approval = closure.approval.as_ref();
                let second =
                    second_person(shop, actor, Permission::ShiftClose, off, approval).await?;
                // Whoever confirmed covers this much; without anybody to confirm it was not asked.
                approved_by = Some((second.unwrap_or(actor.staff), off));
            }
        }
    }
}

/// The same for a shift of the past, see [`crate::history`]: nothing is printed, and nobody can be asked.
pub(crate) fn close_past(
    tx: &Tx<'_>,
    actor: &Actor,
    id: ShiftId,
    counted: Amount,
    [closed, report]: [Uuid; 2],
) -> Result<(), ShiftError> {
    staff::require(actor, Permission::ShiftClose)?;
    let asked = Asking {
        id,
        counted,
        reason: None,
        leaving: Leaving::Refused,
    };
    let ids = Ids {
        closed,
        report,
        print: None,
    };
    match close_in(tx, actor, &asked, None, ids)? {
        Outcome::Closed(_) => Ok(()),
        Outcome::Confirm(limit) => Err(ApprovalError::Missing { limit }.into()),
    }
}

/// Ids of what closing a shift makes.
#[derive(Debug, Clone, Copy)]
struct Ids {
    closed: Uuid,
    report: Uuid,
    /// Of the printed report, when there is somebody to read it.
    print: Option<Uuid>,
}

/// What is closed, and by which count.
#[derive(Debug, Clone)]
struct Asking {
    id: ShiftId,
    counted: Amount,
    reason: Option<String>,
    leaving: Leaving,
}

fn close_in(
    tx: &Tx<'_>,
    actor: &Actor,
    asked: &Asking,
    approved_by: Option<(StaffId, Amount)>,
    ids: Ids,
) -> Result<Outcome, ShiftError> {
    let mut site = node::site(tx)??;
    let shift = get_in(tx, asked.id)?;
    if shift.closed_at.is_some() {
        return if shift.counted == Some(asked.counted) {
            Ok(Outcome::Closed(Box::new(shift)))
        } else {
            Err(ShiftError::Closed)
        };
    }
    if shift.register != actor.register {
        return Err(ShiftError::OtherRegister);
    }
    parked::before_close(tx, shift.id, shift.register, asked.leaving)??;
    let closing = retail::shift::close(shift.drawer(), asked.counted)?;
    let off = Amount::from_minor(closing.over_short.minor().abs());
    let asks = closing.asks(count::tolerance(tx, &site, actor)?);
    if asks >= Asked::Reason && asked.reason.is_none() {
        return Err(ShiftError::ReasonMissing);
    }
    // What was confirmed covers no larger difference that came meanwhile.
    let approved_by = approved_by.filter(|(_, covered)| off <= *covered);
    if asks == Asked::SecondPerson && approved_by.is_none() {
        return Ok(Outcome::Confirm(off));
    }
    parked::hand_over(tx, &shift, actor.staff)?;
    let ending = Ending {
        closing,
        reason: asked.reason.as_deref().filter(|_| off != Amount::ZERO),
        approved_by: approved_by.map(|(staff, _)| staff),
    };
    let z_number = record(tx, &mut site, actor, &shift, &ending, ids.closed)?;
    report::make(tx, &mut site, actor, asked.id, z_number, ids.report)?;
    if let Some(print) = ids.print.filter(|_| count::sees(actor)) {
        print::report(tx, actor, asked.id, print)?;
    }
    Ok(Outcome::Closed(Box::new(get_in(tx, asked.id)?)))
}

/// How a shift ends.
struct Ending<'a> {
    closing: Closing,
    reason: Option<&'a str>,
    approved_by: Option<StaffId>,
}

fn record(
    tx: &Tx<'_>,
    site: &mut Site,
    actor: &Actor,
    shift: &Shift,
    ending: &Ending<'_>,
    event: Uuid,
) -> Result<i64, ShiftError> {
    let z_number = db::next_number(tx, actor.register, site.epoch, db::Series::Z)?;
    let body = body::ShiftClosed {
        shift: shift.id.as_uuid(),
        sales: shift.sums.sales,
        expected_minor: ending.closing.expected.minor(),
        counted_minor: ending.closing.counted.minor(),
        difference_reason: ending.reason.map(str::to_owned),
        approved_by: ending.approved_by.map(StaffId::as_uuid),
    };
    outbox::append(
        tx,
        site,
        outbox::Event {
            register: Some(actor.register),
            staff: Some(actor.staff),
            aggregate: shift.id.as_uuid(),
            ..outbox::Event::of(event, shift.business_date, &body)
        },
    )?;
    db::close(
        tx,
        shift.id,
        &db::Ended {
            staff: actor.staff,
            closing: ending.closing,
            z_number,
            reason: ending.reason,
            approved_by: ending.approved_by,
        },
    )?;
    Ok(z_number)
}

/// Closes a shift again that a replayed event says.
pub(crate) fn replay(
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
    db::close(
        tx,
        ShiftId::from_uuid(closed.shift),
        &db::Ended {
            staff,
            closing: Closing {
                expected,
                counted,
                over_short: counted - expected,
            },
            z_number,
            reason: closed.difference_reason.as_deref(),
            approved_by: closed.approved_by.map(StaffId::from_uuid),
        },
    )
}
