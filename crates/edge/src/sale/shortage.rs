//! What a till sells without the right to: borrowed, found, counted, or sold by a supervisor (sync.md 5.1).
use retail::{
    catalog::VariantId,
    quantity::{Quantity, Unit},
    rights::{Answer, Trust},
    staff::{Permission, StaffId},
};
use uuid::Uuid;
use wire::{body, command::Ask};

use super::{MAX_TEXT, NewSale, SaleError, db};
use crate::{
    Shop, allowance, catalog,
    db::{DbError, Tx},
    node::Site,
    outbox,
    promotion::Kept,
    rights::Held,
    shift,
    staff::{self, Actor, SecondPerson},
    sync::{self, Borrowed},
};

pub(crate) mod http;

/// Units per business date that supervisors may sell although they may be promised online, when the head office has
/// not said.
const OVERRIDE_ALLOWANCE: i64 = 20;
/// Base units of goods by weight, volume or length that count as one unit of the allowance.
const UNITS_OF_A_MEASURE: i64 = 1_000;

/// What a cashier answers about a variant that the till has no right to sell. Ignored where nothing is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// About what.
    pub variant: VariantId,
    /// The answer.
    pub answer: TillAnswer,
}

/// What is known about goods in a customer's hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TillAnswer {
    /// They are there, so they were there all along.
    Found,
    /// So many are on the shelf, with those in the customer's hand and without picked ones.
    Counted(Quantity),
    /// A supervisor sells what may be promised online; with the count, when the shelf was counted.
    Override(Option<Quantity>),
}

/// A supervisor's word for an override.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Whose.
    pub by: SecondPerson,
    /// Why.
    pub reason: String,
}

/// What a till has no right to sell, with all that a person needs for the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// The first line of the basket that sells it, from 0.
    pub line: usize,
    /// What.
    pub variant: VariantId,
    /// What it is called.
    pub name: String,
    /// Its base unit.
    pub unit: Unit,
    /// The figures.
    pub shortage: retail::rights::Shortage,
}

/// What an attempt to close a sale has to help it.
#[derive(Debug, Clone, Default)]
pub(super) struct Help {
    /// The promotions that run; none: they are not asked.
    pub(super) promotions: Option<Kept>,
    /// The cloud was asked for more of what promotions have a limit of, or cannot be.
    pub(super) has_asked: bool,
    /// The cloud was asked for its unsold rights, or cannot be.
    pub(super) has_borrowed: bool,
    /// Who has confirmed the override by PIN, and why.
    pub(super) supervisor: Option<(StaffId, String)>,
    /// Of the events before the sale: counted, found, overridden.
    pub(super) events: [Uuid; 3],
    /// Of the print that follows it.
    pub(super) print: Uuid,
}

/// Why an attempt stops.
#[derive(Debug)]
pub(super) enum Halt {
    /// Look for rights of the cloud first.
    Borrow(Vec<(VariantId, Quantity)>),
    /// Ask for more of what promotions have a limit of, first.
    Ask(Vec<Ask>),
    /// A supervisor's PIN has to be checked first.
    Confirm,
    /// It cannot be sold so.
    Refused(SaleError),
}

impl<E: Into<SaleError>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// Gets what an attempt has stopped for, so that the next one goes further.
pub(super) async fn help(
    shop: &Shop,
    actor: &Actor,
    sale: &NewSale,
    halt: Halt,
    help: &mut Help,
) -> Result<(), SaleError> {
    match halt {
        Halt::Borrow(lines) => {
            help.has_borrowed = true;
            let borrowed = sync::borrow(shop, sale.id.as_uuid(), &lines).await;
            if borrowed == Borrowed::Unreachable {
                tracing::debug!("The cloud could not be asked for rights");
            }
            Ok(())
        }
        Halt::Ask(wanted) => {
            help.has_asked = true;
            allowance::ask(shop, wanted).await;
            Ok(())
        }
        Halt::Confirm => {
            let approval = sale.approval.as_ref().ok_or(SaleError::ApprovalMissing)?;
            let reason = approval.reason.trim();
            if reason.is_empty() || reason.chars().count() > MAX_TEXT {
                return Err(SaleError::OverrideReasonMissing);
            }
            let supervisor = approval.by.confirm(shop, actor.register).await?;
            staff::require(&supervisor, Permission::StockOverride)?;
            help.supervisor = Some((supervisor.staff, reason.to_owned()));
            Ok(())
        }
        Halt::Refused(error) => Err(error),
    }
}

/// What is being sold, and by whom.
pub(super) struct Dialog<'a> {
    pub(super) actor: &'a Actor,
    pub(super) sale: &'a NewSale,
    pub(super) shift: &'a shift::db::Current,
    pub(super) help: &'a Help,
}

/// Debits the accounts of what is sold; what the till lacks is made good by events of their own before the sale.
pub(super) fn debit(
    tx: &Tx<'_>,
    site: &mut Site,
    dialog: &Dialog<'_>,
    needs: &[(VariantId, Quantity)],
) -> Result<Vec<Held>, Halt> {
    let mut accounts = Vec::with_capacity(needs.len());
    let mut is_short = false;
    for &(variant, needed) in needs {
        let held = Held::load(tx, variant)?;
        is_short |= held.shortage(site, needed).is_some();
        accounts.push(held);
    }
    if is_short {
        make_good(tx, site, dialog, &mut accounts, needs)?;
    }
    for (held, &(_, needed)) in accounts.iter_mut().zip(needs) {
        held.apply(|account| account.sell(needed))?;
    }
    Ok(accounts)
}

fn make_good(
    tx: &Tx<'_>,
    site: &mut Site,
    dialog: &Dialog<'_>,
    accounts: &mut [Held],
    needs: &[(VariantId, Quantity)],
) -> Result<(), Halt> {
    if !dialog.help.has_borrowed {
        let wanted = borrowable(site, accounts, needs);
        if !wanted.is_empty() {
            return Err(Halt::Borrow(wanted));
        }
    }
    refuse_what_is_open(tx, site, dialog, accounts, needs)?;
    count(tx, site, dialog, accounts, needs)?;
    find(tx, site, dialog, accounts, needs)?;
    override_rest(tx, site, dialog, accounts, needs)
}

/// What the cloud may have unsold. Debt is paid from a grant first, so it has to cover that too.
fn borrowable(
    site: &Site,
    accounts: &[Held],
    needs: &[(VariantId, Quantity)],
) -> Vec<(VariantId, Quantity)> {
    accounts
        .iter()
        .zip(needs)
        .filter_map(|(held, &(variant, needed))| {
            let shortage = held.shortage(site, needed)?;
            let lacking = shortage.needed - shortage.rights + held.account.debt;
            let wanted = lacking.min(shortage.claim_bound);
            let helps = shortage.trust == Trust::Full && wanted > Quantity::ZERO;
            helps.then_some((variant, wanted))
        })
        .collect()
}

fn answer_of(sale: &NewSale, variant: VariantId) -> Option<TillAnswer> {
    let answers = sale.answers.iter();
    answers
        .filter(|answered| answered.variant == variant)
        .map(|answered| answered.answer)
        .next_back()
}

/// Every variant that no answer settles, with its figures: the till asks about those.
fn refuse_what_is_open(
    tx: &Tx<'_>,
    site: &Site,
    dialog: &Dialog<'_>,
    accounts: &[Held],
    needs: &[(VariantId, Quantity)],
) -> Result<(), Halt> {
    let mut open = Vec::new();
    for (held, &(variant, needed)) in accounts.iter().zip(needs) {
        let Some(shortage) = held.shortage(site, needed) else {
            continue;
        };
        let lines = &dialog.sale.lines;
        let line = lines.iter().position(|line| line.variant == variant);
        let line = line.unwrap_or_default();
        let answer = answer_of(dialog.sale, variant);
        let offer = catalog::db::offer(tx, variant)?.ok_or(SaleError::UnknownVariant { line })?;
        if let Some(TillAnswer::Counted(counted) | TillAnswer::Override(Some(counted))) = answer {
            let max = offer.unit.most_on_a_purchase_line();
            if counted < Quantity::ZERO || counted > max {
                return Err(SaleError::CountOutOfRange { line, max }.into());
            }
        }
        let is_settled = match answer {
            Some(TillAnswer::Found) => shortage.may_be_found(),
            Some(TillAnswer::Counted(counted)) => shortage.is_proven_by(counted),
            Some(TillAnswer::Override(_)) => true,
            None => false,
        };
        if !is_settled {
            open.push(Lacking {
                line,
                variant,
                name: offer.name,
                unit: offer.unit,
                shortage,
            });
        }
    }
    open.sort_by_key(|lacking| lacking.line);
    match open.as_slice() {
        [] => Ok(()),
        _ => Err(SaleError::Shortage { lacking: open }.into()),
    }
}

/// Takes in what cashiers have counted, in an event of its own.
fn count(
    tx: &Tx<'_>,
    site: &mut Site,
    dialog: &Dialog<'_>,
    accounts: &mut [Held],
    needs: &[(VariantId, Quantity)],
) -> Result<(), Halt> {
    let mut lines = Vec::new();
    for (held, &(variant, needed)) in accounts.iter_mut().zip(needs) {
        let (Some(TillAnswer::Counted(counted) | TillAnswer::Override(Some(counted))), Some(_)) =
            (answer_of(dialog.sale, variant), held.shortage(site, needed))
        else {
            continue;
        };
        let expected = held.count(counted)?;
        lines.push(body::CountLine {
            variant: variant.as_uuid(),
            expected: expected.base_units(),
            counted: counted.base_units(),
        });
    }
    if lines.is_empty() {
        return Ok(());
    }
    let body = body::StockCounted {
        to_count: Vec::new(),
        reason: "till".to_owned(),
        sale: Some(dialog.sale.id.as_uuid()),
        lines,
    };
    let event = outbox::Event::of(dialog.help.events[0], dialog.shift.business_date, &body);
    before_the_sale(tx, site, dialog, accounts, event)?;
    Ok(())
}

/// Books what nobody else can own as found, in an event of its own.
fn find(
    tx: &Tx<'_>,
    site: &mut Site,
    dialog: &Dialog<'_>,
    accounts: &mut [Held],
    needs: &[(VariantId, Quantity)],
) -> Result<(), Halt> {
    let mut lines = Vec::new();
    for (held, &(variant, needed)) in accounts.iter_mut().zip(needs) {
        let (Some(TillAnswer::Found), Some(shortage)) =
            (answer_of(dialog.sale, variant), held.shortage(site, needed))
        else {
            continue;
        };
        let before = held.account.rights;
        held.apply(|account| account.settle(shortage, Answer::Found))?;
        let quantity = held.account.rights - before;
        if quantity > Quantity::ZERO {
            held.doubt();
            lines.push(units(variant, quantity));
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    let body = body::StockFound {
        sale: dialog.sale.id.as_uuid(),
        lines,
    };
    let event = outbox::Event::of(dialog.help.events[1], dialog.shift.business_date, &body);
    before_the_sale(tx, site, dialog, accounts, event)?;
    Ok(())
}

/// Sells what may be promised online, by a supervisor's word, in an event of its own.
fn override_rest(
    tx: &Tx<'_>,
    site: &mut Site,
    dialog: &Dialog<'_>,
    accounts: &mut [Held],
    needs: &[(VariantId, Quantity)],
) -> Result<(), Halt> {
    let (mut lines, mut allowed) = (Vec::new(), 0);
    for (held, &(variant, needed)) in accounts.iter_mut().zip(needs) {
        let (Some(TillAnswer::Override(_)), Some(shortage)) =
            (answer_of(dialog.sale, variant), held.shortage(site, needed))
        else {
            continue;
        };
        let lacking = shortage.needed - shortage.rights;
        held.apply(|account| account.settle(shortage, Answer::Override))?;
        held.doubt();
        allowed += allowance_units(unit_of(tx, variant)?, lacking);
        lines.push(units(variant, lacking));
    }
    if lines.is_empty() {
        return Ok(());
    }
    let Some((supervisor, reason)) = &dialog.help.supervisor else {
        return Err(Halt::Confirm);
    };
    let business_date = dialog.shift.business_date;
    // A node that may not trust its own rights has nothing else to sell by.
    if !site.is_restricted() {
        let allowance = db::override_allowance(tx)?.unwrap_or(OVERRIDE_ALLOWANCE);
        let used = db::overridden(tx, business_date)?;
        if used + allowed > allowance {
            return Err(SaleError::OverrideAllowance { allowance, used }.into());
        }
    }
    let body = body::SaleOverridden {
        sale: dialog.sale.id.as_uuid(),
        supervisor: supervisor.as_uuid(),
        reason: reason.clone(),
        lines,
    };
    let event = outbox::Event::of(dialog.help.events[2], business_date, &body);
    let seq = before_the_sale(tx, site, dialog, accounts, event)?;
    tracing::warn!(
        sale = %dialog.sale.id,
        supervisor = %supervisor,
        units = allowed,
        "A supervisor sold {allowed} units that may be promised online"
    );
    db::insert_override(tx, seq, &body, business_date, allowed)?;
    Ok(())
}

fn before_the_sale<B: body::Document>(
    tx: &Tx<'_>,
    site: &mut Site,
    dialog: &Dialog<'_>,
    accounts: &mut [Held],
    event: outbox::Event<'_, B>,
) -> Result<i64, DbError> {
    let event = outbox::Event {
        register: Some(dialog.actor.register),
        staff: Some(dialog.actor.staff),
        aggregate: dialog.shift.id.as_uuid(),
        accounts,
        ..event
    };
    outbox::append(tx, site, event)
}

fn units(variant: VariantId, quantity: Quantity) -> body::Units {
    body::Units {
        variant: variant.as_uuid(),
        quantity: quantity.base_units(),
    }
}

/// The base unit of a variant; of one that this file does not know, a piece.
pub(super) fn unit_of(tx: &Tx<'_>, variant: VariantId) -> Result<Unit, DbError> {
    Ok(catalog::db::offer(tx, variant)?.map_or(Unit::Piece, |offer| offer.unit))
}

/// What an override takes from the allowance: pieces, or started kilograms, litres and metres.
pub(super) fn allowance_units(unit: Unit, quantity: Quantity) -> i64 {
    match unit {
        Unit::Piece => quantity.base_units(),
        Unit::Gram | Unit::Millilitre | Unit::Millimetre => {
            (quantity.base_units() + UNITS_OF_A_MEASURE - 1) / UNITS_OF_A_MEASURE
        }
    }
}
