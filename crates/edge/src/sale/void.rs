//! What is taken out of a basket before it is paid: lines, or all of it. Each is an event, with who let it be and why.
use jiff::Timestamp;
use retail::{
    amount::Amount,
    basket::Reduction,
    quantity::{Quantity, Unit},
    sale::{CloseSaleError, PriceBasketError, SaleId},
    shift::ShiftId,
    staff::{Permission, StaffId},
};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::body::{self, BasketVoided};

use super::{
    BasketLine, MAX_TEXT, SaleError,
    approval::{self, answerable},
    basket,
};
use crate::{
    Shop, catalog,
    db::{Change, DbError, Snapshot, Tx},
    node, outbox,
    refusal::{self, Attempt, Recorded, Standing, Write},
    replay::Facts,
    shift,
    staff::{self, Actor, SecondPerson},
};

mod db;
pub(crate) mod http;

/// What is to be taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewVoid {
    /// Made by the till; repeating it returns the first answer.
    pub(crate) id: Uuid,
    /// The sale that the basket was to become.
    pub(crate) sale: SaleId,
    /// The open shift of the register.
    pub(crate) shift: ShiftId,
    /// Nothing of the basket is left.
    pub(crate) is_whole: bool,
    /// What goes, as it stood in the basket; of a line whose quantity is made less, the difference.
    pub(crate) lines: Vec<BasketLine>,
    /// Why.
    pub(crate) reason: String,
}

/// One line that was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VoidedLine {
    pub(crate) variant: retail::catalog::VariantId,
    pub(crate) quantity: Quantity,
    /// What the customer would have paid for it.
    pub(crate) total: Amount,
}

/// What was taken out, as it is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Voided {
    pub(crate) id: Uuid,
    pub(crate) sale: SaleId,
    pub(crate) is_whole: bool,
    pub(crate) approved_by: Option<StaffId>,
    pub(crate) reason: String,
    pub(crate) lines: Vec<VoidedLine>,
    pub(crate) total: Amount,
    pub(crate) at: Timestamp,
    pub(crate) seq: i64,
}

/// Takes lines, or all of it, out of a basket that is not paid. On disk when this returns.
///
/// # Errors
/// [`SaleError`]: above all [`SaleError::Denied`], after which a supervisor is asked.
pub(crate) async fn void(
    shop: &Shop,
    actor: &Actor,
    asked: NewVoid,
    supervisor: Option<SecondPerson>,
) -> Result<Recorded<Voided>, SaleError> {
    staff::require(actor, Permission::SaleCreate)?;
    let by = answerable(shop, actor, supervisor.as_ref()).await?;
    staff::require(&by, Permission::SaleVoid)?;
    let approved_by = supervisor.map(|_| by.staff);
    let refusal_id = shop.new_id::<()>().as_uuid();
    let actor = actor.clone();
    let attempt = shop
        .write(move |tx, _| void_in(tx, &actor, &asked, approved_by, refusal_id))
        .await?;
    match attempt {
        Attempt::Recorded(voided) => Ok(voided),
        Attempt::IdReused => Err(SaleError::IdReused),
    }
}

fn void_in(
    tx: &Tx<'_>,
    actor: &Actor,
    asked: &NewVoid,
    approved_by: Option<StaffId>,
    refusal_id: Uuid,
) -> Result<Attempt<Voided>, SaleError> {
    let mut site = node::site(tx)??;
    let content = content(asked);
    let write = Write {
        noun: "void",
        id: asked.id,
        content: &content,
        staff: actor.staff,
        register: actor.register,
    };
    let before = db::request_hash(tx, asked.id)?;
    let hash = match refusal::standing(tx, &mut site, &write, before, refusal_id)? {
        Standing::Fresh(hash) => hash,
        Standing::Same => {
            let voided = db::find(tx, asked.id)?.ok_or(SaleError::Unknown)?;
            return Ok(Attempt::Recorded(Recorded::Repeated(voided)));
        }
        Standing::Other => return Ok(Attempt::IdReused),
    };
    let shift = shift::current(tx, actor, asked.shift)?;
    approval::refuse_if_sold(tx, asked.sale)?;
    let reason = asked.reason.trim();
    if reason.is_empty() || reason.chars().count() > MAX_TEXT {
        return Err(SaleError::VoidReasonMissing);
    }
    let lines = lines(tx, &site, asked)?;
    let mut voided = Voided {
        id: asked.id,
        sale: asked.sale,
        is_whole: asked.is_whole,
        approved_by,
        reason: reason.to_owned(),
        total: lines.iter().map(|line| line.total).sum(),
        lines,
        at: tx.now,
        seq: 0,
    };
    voided.seq = outbox::append(
        tx,
        &mut site,
        outbox::Event {
            register: Some(actor.register),
            staff: Some(actor.staff),
            aggregate: asked.shift.as_uuid(),
            ..outbox::Event::of(
                asked.id,
                shift.business_date,
                &event_body(asked.shift, &voided),
            )
        },
    )?;
    let place = db::Place {
        shift: asked.shift,
        register: actor.register,
        staff: actor.staff,
    };
    db::insert(tx, &place, &voided, &hash)?;
    // A basket that was recalled here is gone from the list of those that wait.
    tx.announce(Change::Parked);
    Ok(Attempt::Recorded(Recorded::First(voided)))
}

/// What goes, at the prices of now. What is no longer sold here goes for nothing: it has to go all the same.
fn lines(
    at: &Snapshot<'_>,
    site: &node::Site,
    asked: &NewVoid,
) -> Result<Vec<VoidedLine>, SaleError> {
    if asked.lines.is_empty() {
        return Err(CloseSaleError::NoLines.into());
    }
    if asked.lines.len() > retail::sale::MAX_LINES {
        let max = retail::sale::MAX_LINES;
        return Err(PriceBasketError::TooManyLines { max }.into());
    }
    let mut lines = Vec::with_capacity(asked.lines.len());
    for (index, line) in asked.lines.iter().enumerate() {
        let offer = catalog::db::offer(at, line.variant)?;
        let max = offer
            .as_ref()
            .map_or(Unit::Piece, |offer| offer.unit)
            .most_on_a_sale_line();
        if line.quantity <= Quantity::ZERO || line.quantity > max {
            return Err(PriceBasketError::QuantityOutOfRange { line: index, max }.into());
        }
        let word = approval::of(at, Some(asked.sale), index, line)?;
        let line = word.as_ref().map_or(line, |word| &word.line);
        let quantity = asked.lines[index].quantity;
        let price = offer.and_then(|offer| {
            let list = offer.price?;
            let typed = line
                .unit_price
                .and_then(|major| retail::price::Price::new(major, list.per()).ok());
            Some(typed.unwrap_or(list))
        });
        let gross = price.and_then(|price| price.extend(quantity, site.currency));
        let gross = gross.unwrap_or_default();
        let reduction = Reduction::typed(line.discount, line.discount_bps);
        let off = reduction.map_or(Amount::ZERO, |reduction| reduction.of(gross));
        lines.push(VoidedLine {
            variant: line.variant,
            quantity,
            total: (gross - off).max(Amount::ZERO),
        });
    }
    Ok(lines)
}

fn content(asked: &NewVoid) -> Value {
    let lines: Vec<Value> = asked.lines.iter().map(basket::line_content).collect();
    json!({
        "sale_id": asked.sale.as_uuid(),
        "shift_id": asked.shift.as_uuid(),
        "whole": asked.is_whole,
        "reason": asked.reason,
        "lines": lines,
    })
}

fn event_body(shift: ShiftId, voided: &Voided) -> BasketVoided {
    let lines = voided.lines.iter().map(|line| body::VoidedLine {
        variant: line.variant.as_uuid(),
        quantity: line.quantity.base_units(),
        total_minor: line.total.minor(),
    });
    BasketVoided {
        shift: shift.as_uuid(),
        sale: voided.sale.as_uuid(),
        whole: voided.is_whole,
        reason: voided.reason.clone(),
        approved_by: voided.approved_by.map(StaffId::as_uuid),
        lines: lines.collect(),
        total_minor: voided.total.minor(),
    }
}

/// Keeps a void that a replayed event says.
pub(crate) fn replay(tx: &Tx<'_>, facts: &Facts, body: &BasketVoided) -> Result<(), DbError> {
    let Some((register, staff)) = facts.register.zip(facts.staff) else {
        return Ok(());
    };
    let lines = body.lines.iter().map(|line| VoidedLine {
        variant: retail::id::Id::from_uuid(line.variant),
        quantity: Quantity::new(line.quantity),
        total: Amount::from_minor(line.total_minor),
    });
    let voided = Voided {
        id: facts.id,
        sale: SaleId::from_uuid(body.sale),
        is_whole: body.whole,
        approved_by: body.approved_by.map(StaffId::from_uuid),
        reason: body.reason.clone(),
        lines: lines.collect(),
        total: Amount::from_minor(body.total_minor),
        at: tx.now,
        seq: facts.seq,
    };
    let place = db::Place {
        shift: ShiftId::from_uuid(body.shift),
        register,
        staff,
    };
    db::insert(tx, &place, &voided, &refusal::REPLAYED)
}
