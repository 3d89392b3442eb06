//! A purchase that comes back from the log. What it does not say, the names of then, is taken from now.
use retail::{
    amount::Amount,
    catalog::VariantId,
    price::Price,
    purchasing::{
        Measure, PaymentKind, PurchaseId, SupplierId, Tare, Weight, WeightSource,
        container::{ContainerId, Containers},
    },
    quantity::{Quantity, Unit},
    shift::ShiftId,
};
use wire::body::{PurchaseLine, PurchaseRecorded};

use super::{Line, NewPurchase, db};
use crate::{
    catalog,
    db::{DbError, Tx, unreadable},
    node::Site,
    refusal,
    replay::Facts,
    shift,
};

/// Keeps a purchase that a replayed event says, with the next number of its series.
pub(crate) fn replay(
    tx: &Tx<'_>,
    site: &Site,
    facts: &Facts,
    bought: PurchaseRecorded,
) -> Result<(), DbError> {
    let shift = shift::db::current(tx, ShiftId::from_uuid(bought.shift))?;
    let Some((shift, staff)) = shift.zip(facts.staff) else {
        return Ok(());
    };
    shift::db::next_number(tx, shift.register, site.epoch, shift::db::Series::Ticket)?;
    let mut lines = Vec::with_capacity(bought.lines.len());
    for line in &bought.lines {
        lines.push(line_again(tx, line)?);
    }
    let supplier = SupplierId::from_uuid(bought.supplier);
    let total = Amount::from_minor(bought.total_minor);
    let purchase = NewPurchase {
        id: PurchaseId::from_uuid(facts.id),
        shift: shift.id,
        supplier,
        document: bought.supplier_document,
        lines: Vec::new(),
        payment: PaymentKind::by_code(&bought.payment_kind).unwrap_or(PaymentKind::Account),
        paid: total,
    };
    let row = db::NewRow {
        purchase: &purchase,
        seq: facts.seq,
        number: &bought.ticket_number,
        shift: &shift,
        staff,
        supplier_name: &db::any_supplier_name(tx, supplier)?.unwrap_or_default(),
        total,
        hash: refusal::REPLAYED,
    };
    db::insert(tx, &row)?;
    db::insert_lines(tx, purchase.id, &lines)
}

fn line_again(tx: &Tx<'_>, line: &PurchaseLine) -> Result<Line, DbError> {
    let variant = VariantId::from_uuid(line.variant);
    let offer = catalog::db::offer(tx, variant)?;
    let major = line
        .unit_cost
        .parse()
        .map_err(|error: rust_decimal::Error| unreadable(0, error))?;
    let quantity = Quantity::new(line.quantity);
    Ok(Line {
        variant,
        unit: offer.as_ref().map_or(Unit::Piece, |offer| offer.unit),
        name: offer.map(|offer| offer.name).unwrap_or_default(),
        quantity,
        measure: match &line.weight {
            None => Measure::Counted(quantity),
            Some(weight) => Measure::Weighed(weighed(weight)?),
        },
        container: line
            .weight
            .as_ref()
            .and_then(|weight| Some(weight.containers.as_ref()?.name.clone())),
        cost: Price::new(major, line.cost_quantity).map_err(|error| unreadable(0, error))?,
        total: Amount::from_minor(line.cost_minor),
    })
}

fn weighed(weight: &wire::body::Weight) -> Result<Weight, DbError> {
    let tare = match &weight.containers {
        None => Tare::Typed(Quantity::new(weight.tare)),
        Some(of) => {
            let id = ContainerId::from_uuid(of.container);
            Containers::new(id, Quantity::new(of.each), of.count)
                .map(Tare::Containers)
                .map_err(|error| unreadable(0, error))?
        }
    };
    Ok(Weight {
        gross: Quantity::new(weight.gross),
        tare,
        source: if weight.manual {
            WeightSource::Manual
        } else {
            WeightSource::Scale
        },
    })
}
