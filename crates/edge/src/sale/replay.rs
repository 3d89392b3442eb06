//! A sale that comes back from the log. What it does not say, the names of then, is taken from the catalogue of now.
use retail::{
    amount::Amount, catalog::VariantId, patron::PatronId, price::Price, quantity::Quantity,
    sale::SaleId, sale::TenderKind, shift::ShiftId, staff::StaffId, tax::TaxLine, tax::TaxRate,
};
use wire::body::{SaleClosed, SaleLine, SaleOverridden, Tax};

use super::{Line, Payment, Receipt, db};
use crate::{
    catalog,
    db::{DbError, Tx, unreadable},
    node::Site,
    refusal,
    replay::Facts,
    shift,
};

/// Keeps a sale that a replayed event says, with the next number of its series.
pub(crate) fn replay(
    tx: &Tx<'_>,
    site: &Site,
    facts: &Facts,
    sold: SaleClosed,
) -> Result<(), DbError> {
    let Some((register, staff)) = facts.register.zip(facts.staff) else {
        return Ok(());
    };
    shift::db::next_number(tx, register, site.epoch, shift::db::Series::Receipt)?;
    let mut lines = Vec::with_capacity(sold.lines.len());
    for line in sold.lines {
        lines.push(line_again(tx, line)?);
    }
    let payments = sold.tenders.into_iter().filter_map(|tender| {
        Some(Payment {
            kind: TenderKind::by_code(&tender.kind)?,
            amount: Amount::from_minor(tender.amount_minor),
            reference: tender.reference,
        })
    });
    let taxes: Vec<TaxLine> = sold.taxes.iter().map(tax_again).collect();
    let receipt = Receipt {
        id: SaleId::from_uuid(facts.id),
        number: sold.receipt_number,
        location: site.location,
        location_name: String::new(),
        location_code: String::new(),
        address: String::new(),
        register,
        register_name: String::new(),
        shift: ShiftId::from_uuid(sold.shift),
        staff,
        staff_name: String::new(),
        patron: sold.patron.map(patron_again),
        closed_at: tx.now,
        business_date: facts.business_date,
        lines,
        subtotal: Amount::from_minor(sold.subtotal_minor),
        discount: Amount::from_minor(sold.discount_minor),
        tax: taxes.iter().map(|tax| tax.tax).sum(),
        taxes,
        total: Amount::from_minor(sold.total_minor),
        payments: payments.collect(),
        change: Amount::from_minor(sold.change_minor),
        seq: facts.seq,
        promotions: sold.promotions,
        reasons: None,
    };
    db::insert(tx, &receipt, &refusal::REPLAYED)
}

/// Keeps an override that a replayed event says.
pub(crate) fn replay_override(
    tx: &Tx<'_>,
    facts: &Facts,
    sold: &SaleOverridden,
) -> Result<(), DbError> {
    let mut units = 0;
    for line in &sold.lines {
        let unit = super::shortage::unit_of(tx, VariantId::from_uuid(line.variant))?;
        units += super::shortage::allowance_units(unit, Quantity::new(line.quantity));
    }
    db::insert_override(tx, facts.seq, sold, facts.business_date, units)
}

fn line_again(tx: &Tx<'_>, line: SaleLine) -> Result<Line, DbError> {
    let variant = VariantId::from_uuid(line.variant);
    let offer = catalog::db::offer(tx, variant)?;
    let major = line
        .unit_price
        .parse()
        .map_err(|error: rust_decimal::Error| unreadable(0, error))?;
    Ok(Line {
        variant,
        unit: super::shortage::unit_of(tx, variant)?,
        name: offer.map(|offer| offer.name).unwrap_or_default(),
        quantity: Quantity::new(line.quantity),
        price: Price::new(major, line.price_quantity).map_err(|error| unreadable(0, error))?,
        price_version: line.price_version,
        price_reason: line.price_reason,
        gross: Amount::from_minor(line.gross_minor),
        discount: Amount::from_minor(line.discount_minor),
        promoted: Amount::from_minor(line.promoted_minor),
        is_gift: line.gift,
        discount_reason: line.discount_reason,
        approved_by: line.approved_by.map(StaffId::from_uuid),
        tax: TaxRate::from_basis_points(line.tax_rate_bps).unwrap_or_default(),
        total: Amount::from_minor(line.total_minor),
    })
}

/// Their name comes with the cloud's copy.
fn patron_again(id: uuid::Uuid) -> crate::patron::Shown {
    crate::patron::Shown {
        id: PatronId::from_uuid(id),
        name: String::new(),
        tail: String::new(),
    }
}

fn tax_again(tax: &Tax) -> TaxLine {
    TaxLine {
        rate: TaxRate::from_basis_points(tax.rate_bps).unwrap_or_default(),
        gross: Amount::from_minor(tax.gross_minor),
        tax: Amount::from_minor(tax.tax_minor),
    }
}
