//! What references are known. What exists once exists for ever, so memory answers most of it.
use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock};

use retail::quantity::Unit;
use uuid::Uuid;
use wire::body::{self, Body, BodyError};

use super::plan::Read;
use super::returns;
use super::reversal::{self, Purchases};
use crate::cloud::Cloud;
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// References that are known to exist.
#[derive(Default)]
pub(in crate::sync) struct Known(RwLock<Found>);

#[derive(Default)]
struct Found {
    variants: HashMap<Uuid, Unit>,
    suppliers: HashSet<Uuid>,
    staff: HashSet<Uuid>,
    registers: HashSet<Uuid>,
}

/// What a batch refers to and is not there yet, and the units of the variants that are.
#[derive(Default)]
pub(super) struct Missing {
    pub(super) units: HashMap<Uuid, Unit>,
    variants: HashSet<Uuid>,
    suppliers: HashSet<Uuid>,
    staff: HashSet<Uuid>,
    registers: HashSet<Uuid>,
    /// What the batch takes back.
    pub(super) purchases: Purchases,
    /// The sales that goods of the batch come back from, as far as they are there.
    pub(super) sales: HashSet<Uuid>,
}

/// What an event refers to.
#[derive(Default)]
struct References {
    variants: Vec<Uuid>,
    supplier: Option<Uuid>,
    staff: Option<Uuid>,
    supervisor: Option<Uuid>,
    register: Option<Uuid>,
}

impl References {
    fn of(&mut self, variants: impl Iterator<Item = Uuid>) {
        self.variants.extend(variants);
    }

    fn returned(&mut self, returned: &body::ReturnRecorded) {
        self.supervisor = returned.approved_by;
        self.of(returned.lines.iter().map(|line| line.variant));
    }

    fn reversal(&mut self, reversal: &body::PurchaseReversal) {
        self.supervisor = reversal.approved_by;
        self.of(reversal.lines.iter().map(|line| line.variant));
    }
}

fn references(read: &Read) -> References {
    let Ok((header, body)) = read else {
        return References::default();
    };
    let mut found = References {
        staff: header.staff,
        register: header.register,
        ..References::default()
    };
    match body {
        Ok(Body::SaleClosed(sale)) => found.of(sale.lines.iter().map(|line| line.variant)),
        Ok(Body::ReturnRecorded(returned)) => found.returned(returned),
        Ok(Body::PurchaseRecorded(purchase)) => {
            found.supplier = Some(purchase.supplier);
            found.of(purchase.lines.iter().map(|line| line.variant));
        }
        Ok(Body::PurchaseVoided(voided)) => found.reversal(&voided.reversal),
        Ok(Body::PurchaseCorrected(corrected)) => {
            let body::PurchaseCorrected { reversal, purchase } = &**corrected;
            found.reversal(reversal);
            found.supplier = Some(purchase.supplier);
            found.of(purchase.lines.iter().map(|line| line.variant));
        }
        Ok(Body::StockCounted(count)) => found.of(count.lines.iter().map(|line| line.variant)),
        Ok(Body::StockFound(body::StockFound { lines, .. })) => {
            found.of(lines.iter().map(|line| line.variant));
        }
        Ok(
            Body::CashPaidIn(body::CashPaidIn(moved))
            | Body::CashPaidOut(body::CashPaidOut(moved))
            | Body::CashDropped(body::CashDropped(moved)),
        ) => found.supervisor = moved.approved_by,
        Ok(Body::ShiftClosed(shift)) => found.supervisor = shift.approved_by,
        Ok(Body::SaleOverridden(sold)) => {
            found.supervisor = Some(sold.supervisor);
            found.of(sold.lines.iter().map(|line| line.variant));
        }
        Ok(Body::BasketVoided(voided)) => {
            found.supervisor = voided.approved_by;
            found.of(voided.lines.iter().map(|line| line.variant));
        }
        Ok(Body::OrderPicked(picked)) => found.of(picked.lines.iter().map(|line| line.variant)),
        // Rights that moved are in the ledger, whatever is known of their variants.
        Ok(
            Body::ShiftOpened(_)
            | Body::ShiftCounted(_)
            | Body::ZReportMade(_)
            | Body::TillConfigured(_)
            | Body::WriteRefused(_)
            | Body::PatronRegistered(_)
            | Body::AllowanceCredited(_)
            | Body::AllowanceReturned(_)
            | Body::GrantCredited(_)
            | Body::RightsReturned(_)
            | Body::PickReceived(_)
            | Body::PickCancelled(_)
            | Body::OrderHandedOver(_)
            | Body::EpochOpened(_)
            | Body::CloudRebased(_)
            | Body::NodeRestricted(_)
            | Body::ReceiptReprinted(_)
            | Body::ClockConfirmed(_)
            | Body::VoucherLocked(_)
            | Body::PinLocked(_),
        )
        | Err(BodyError::Unknown { .. } | BodyError::Unreadable { .. }) => {}
    }
    found
}

impl Missing {
    /// The first reference of an event that is missing, with what it is.
    pub(super) fn of(&self, read: &Read) -> Option<(&'static str, Uuid)> {
        let found = references(read);
        let variant = found.variants.iter().find(|id| self.variants.contains(id));
        let supplier = found.supplier.filter(|id| self.suppliers.contains(id));
        let staff =
            (found.staff.into_iter().chain(found.supervisor)).find(|id| self.staff.contains(id));
        let register = found.register.filter(|id| self.registers.contains(id));
        (variant.map(|&id| ("variant", id)))
            .or(supplier.map(|id| ("supplier", id)))
            .or(staff.map(|id| ("staff", id)))
            .or(register.map(|id| ("register", id)))
    }
}

/// Finds what is missing: in memory, and what is not there in the database, in one flush.
pub(super) async fn missing(
    cloud: &Cloud,
    tx: &Tx,
    location: Uuid,
    batch: &[Read],
) -> Result<Missing> {
    let mut missing = Missing::default();
    {
        let found = cloud
            .sync()
            .known
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        for read in batch {
            let wanted = references(read);
            for id in wanted.variants {
                match found.variants.get(&id) {
                    Some(unit) => drop(missing.units.insert(id, *unit)),
                    None => drop(missing.variants.insert(id)),
                }
            }
            missing
                .suppliers
                .extend(wanted.supplier.filter(|id| !found.suppliers.contains(id)));
            let staff = wanted.staff.into_iter().chain(wanted.supervisor);
            missing
                .staff
                .extend(staff.filter(|id| !found.staff.contains(id)));
            missing
                .registers
                .extend(wanted.register.filter(|id| !found.registers.contains(id)));
        }
    }
    missing.purchases = reversal::look_up(tx, location, batch).await?;
    missing.sales = returns::look_up(tx, location, batch).await?;
    let is_complete = missing.variants.is_empty()
        && missing.suppliers.is_empty()
        && missing.staff.is_empty()
        && missing.registers.is_empty();
    if !is_complete {
        look_up(cloud, tx, location, &mut missing).await?;
    }
    Ok(missing)
}

async fn look_up(cloud: &Cloud, tx: &Tx, location: Uuid, missing: &mut Missing) -> Result<()> {
    const VARIANTS: Sql =
        sql!("select id, unit from variant where id = any ($1)", ([uuid]) -> (uuid, text));
    const SUPPLIERS: Sql = sql!("select id from supplier where id = any ($1)", ([uuid]) -> (uuid));
    const STAFF: Sql = sql!("select id from staff where id = any ($1)", ([uuid]) -> (uuid));
    const REGISTERS: Sql = sql!(
        "select id from register where location_id = $1 and id = any ($2)",
        (uuid, [uuid]) -> (uuid)
    );
    let list = |ids: &HashSet<Uuid>| ids.iter().copied().collect::<Vec<Uuid>>();
    let (variants, suppliers) = (list(&missing.variants), list(&missing.suppliers));
    let (staff, registers) = (list(&missing.staff), list(&missing.registers));
    let answers = tx
        .all(&[
            call(VARIANTS, &[&variants]),
            call(SUPPLIERS, &[&suppliers]),
            call(STAFF, &[&staff]),
            call(REGISTERS, &[&location, &registers]),
        ])
        .await?;
    let mut found = cloud
        .sync()
        .known
        .0
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    for row in &answers[0] {
        let id: Uuid = row.get(0);
        let unit = Unit::by_code(row.get(1)).expect("a constraint names the units");
        found.variants.insert(id, unit);
        missing.units.insert(id, unit);
        missing.variants.remove(&id);
    }
    let Missing {
        suppliers,
        staff,
        registers,
        ..
    } = missing;
    let Found {
        suppliers: known_suppliers,
        staff: known_staff,
        registers: known_registers,
        ..
    } = &mut *found;
    let sets = [
        (suppliers, known_suppliers, &answers[1]),
        (staff, known_staff, &answers[2]),
        (registers, known_registers, &answers[3]),
    ];
    for (missing, known, rows) in sets {
        for row in rows {
            let id: Uuid = row.get(0);
            missing.remove(&id);
            known.insert(id);
        }
    }
    Ok(())
}
