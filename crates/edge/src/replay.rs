//! Brings a file forward by its own events: rows come back as they were, from header and body, and the outbox byte for
//! byte (sync.md 2.9).
use jiff::civil::Date;
use retail::{
    cash::MovementKind, catalog::VariantId, location::RegisterId, rights::Move, staff::StaffId,
};
use wire::{
    body::Body,
    event::{Header, Record},
};

use crate::{
    allowance, cash,
    db::{Change, DbError, Tx},
    node::{self, Site},
    order, outbox, patron, purchasing, refusal, report, returns, rights, sale, shift, stock,
};

/// What a replayed event says beside its body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) seq: i64,
    pub(crate) id: uuid::Uuid,
    pub(crate) register: Option<RegisterId>,
    pub(crate) staff: Option<StaffId>,
    pub(crate) business_date: Date,
    /// It is the effect of a message of the cloud.
    pub(crate) is_command: bool,
}

/// Whether this version can bring back what an event is about. One that it cannot read must not be passed over: the
/// number of its receipt would be given again.
pub(crate) fn is_readable(header: &Header, record: &Record) -> bool {
    Body::read(&header.kind, header.ver, &record.body).is_ok()
}

/// Records an event again: the outbox row, the accounts, the place in the stream of commands and what its body is
/// about. The caller has checked that it is the next one of this node and epoch; the triggers check it again.
///
/// # Errors
/// A body that this version cannot read, see [`is_readable`], or the disk's.
pub(crate) fn record(
    tx: &Tx<'_>,
    site: &mut Site,
    header: &Header,
    record: &Record,
) -> Result<(), DbError> {
    tx.as_of(header.at, |tx| record_then(tx, site, header, record))
}

fn record_then(
    tx: &Tx<'_>,
    site: &mut Site,
    header: &Header,
    record: &Record,
) -> Result<(), DbError> {
    outbox::db::insert(tx, header, record)?;
    (site.last_seq, site.head, site.hlc) = (header.seq, record.hash, header.hlc);
    let body = Body::read(&header.kind, header.ver, &record.body)
        .map_err(|error| crate::db::unreadable(1, error))?;
    accounts(tx, header, &body)?;
    allowance::record(tx, header.seq, &header.claims)?;
    outbox::step(tx, site, header)?;
    let facts = Facts {
        seq: header.seq,
        id: header.id,
        register: header.register.map(RegisterId::from_uuid),
        staff: header.staff.map(StaffId::from_uuid),
        business_date: header.business_date,
        is_command: header.command.is_some(),
    };
    rows(tx, site, header, &facts, body)?;
    tx.announce(Change::Recorded(header.seq, record.hash));
    Ok(())
}

/// The accounts as the header moves them, with the evidence and the doubts that the body tells of.
fn accounts(tx: &Tx<'_>, header: &Header, body: &Body) -> Result<(), DbError> {
    let mut accounts = rights::Accounts::default();
    for (variant, moves) in rights::moves_of(header) {
        let held = accounts.of(tx, variant)?;
        held.apply(|account| {
            account.apply(&moves)?;
            Ok::<Vec<Move>, _>(moves)
        })
        .map_err(|error| {
            tracing::error!(seq = header.seq, %variant, %error, "A replayed event does not fit: {error}");
            rusqlite::Error::StatementChangedRows(0)
        })?;
    }
    for variant in counted(body) {
        accounts.of(tx, variant)?.verify();
    }
    for (variant, quantity) in rights::weakened(body) {
        accounts.of(tx, variant)?.weaken(quantity);
    }
    for variant in doubted(body) {
        accounts.of(tx, variant)?.doubt();
    }
    rights::record(tx, header.seq, &header.kind, &mut accounts.into_sorted())
}

fn counted(body: &Body) -> Vec<VariantId> {
    match body {
        Body::StockCounted(count) => rights::counted(count),
        _ => Vec::new(),
    }
}

/// Variants that an event asks to count.
fn doubted(body: &Body) -> Vec<VariantId> {
    let variants: Vec<uuid::Uuid> = match body {
        Body::StockFound(found) => found.lines.iter().map(|line| line.variant).collect(),
        Body::SaleOverridden(sold) => sold.lines.iter().map(|line| line.variant).collect(),
        Body::StockCounted(count) => count.to_count.iter().map(|line| line.variant).collect(),
        Body::PurchaseVoided(voided) => voided.reversal.to_count.clone(),
        Body::PurchaseCorrected(corrected) => corrected.reversal.to_count.clone(),
        Body::OrderPicked(picked) => {
            let short = picked
                .lines
                .iter()
                .filter(|line| line.picked < line.promised);
            short.map(|line| line.variant).collect()
        }
        _ => Vec::new(),
    };
    variants.into_iter().map(VariantId::from_uuid).collect()
}

fn rows(
    tx: &Tx<'_>,
    site: &Site,
    header: &Header,
    facts: &Facts,
    body: Body,
) -> Result<(), DbError> {
    match body {
        Body::ShiftOpened(opened) => shift::replay_opened(tx, facts, &opened),
        Body::ShiftClosed(closed) => shift::replay_closed(tx, site, facts, &closed),
        Body::SaleClosed(sold) => sale::replay(tx, site, facts, sold),
        Body::ReturnRecorded(returned) => returns::replay(tx, site, facts, &returned),
        Body::PurchaseRecorded(bought) => purchasing::replay(tx, site, facts, bought),
        Body::PurchaseVoided(voided) => purchasing::reversal::replay_void(tx, site, facts, &voided),
        Body::PurchaseCorrected(corrected) => {
            purchasing::reversal::replay_correction(tx, site, facts, *corrected)
        }
        Body::StockCounted(count) => {
            rights::ask_for_counts(tx, facts.seq, &count.to_count)?;
            stock::replay(tx, facts, &count)
        }
        Body::WriteRefused(refused) => match facts.staff.zip(facts.register) {
            Some((staff, register)) => refusal::replay(tx, facts.seq, staff, register, &refused),
            None => Ok(()),
        },
        Body::SaleOverridden(sold) => sale::replay_override(tx, facts, &sold),
        Body::BasketVoided(voided) => sale::void::replay(tx, facts, &voided),
        Body::PatronRegistered(entered) => patron::replay(tx, facts, &entered),
        Body::PickReceived(received) => order::receive(tx, facts.seq, &received),
        Body::OrderPicked(picked) => order::picked(tx, facts.seq, &picked),
        Body::PickCancelled(_) => order::cancel(tx, facts.seq, &order::ended(&header.claims)),
        Body::OrderHandedOver(handed) => order::handed_over(tx, facts.seq, &handed),
        Body::CashPaidIn(moved) => cash::replay(tx, facts, MovementKind::PaidIn, moved.as_ref()),
        Body::CashPaidOut(moved) => cash::replay(tx, facts, MovementKind::PaidOut, moved.as_ref()),
        Body::CashDropped(moved) => cash::replay(tx, facts, MovementKind::Drop, moved.as_ref()),
        Body::ShiftCounted(counted) => shift::count::replay(tx, facts, &counted),
        Body::ZReportMade(z) => report::replay(tx, site, facts, &z),
        Body::TillConfigured(configured) => shift::setting::replay(tx, &configured),
        Body::AllowanceCredited(credited) => allowance::came(tx, &credited),
        Body::ClockConfirmed(confirmed) => node::db::set_clock_confirmed(tx, confirmed.at),
        // Effects of the header alone; whether the node is restricted now is not for its past to say.
        Body::StockFound(_)
        | Body::PinLocked(_)
        | Body::VoucherLocked(_)
        | Body::AllowanceReturned(_)
        | Body::GrantCredited(_)
        | Body::RightsReturned(_)
        | Body::EpochOpened(_)
        | Body::ReceiptReprinted(_)
        | Body::CloudRebased(_)
        | Body::NodeRestricted(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
