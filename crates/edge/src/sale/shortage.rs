//! What a till sells without the right to: the dialog of sync.md 5.1.
use retail::{
    quantity::Quantity,
    rights::{Answer, Shortage},
    sale::Sale,
};
use uuid::Uuid;
use wire::body;

use super::{NewSale, SaleError};
use crate::{db::Tx, node::Site, outbox, rights::Held, shift, staff::Actor};

/// Debits the accounts of what is sold; what the till lacks is made good by events of their own before the sale.
pub(super) fn debit(
    tx: &Tx<'_>,
    site: &mut Site,
    actor: &Actor,
    sale: &NewSale,
    shift: &shift::db::Current,
    closed: &Sale,
    found_event: Uuid,
) -> Result<Vec<Held>, SaleError> {
    let mut accounts = Vec::new();
    let mut found = Vec::new();
    let needs = closed.needs();
    for &(variant, needed) in &needs {
        let mut held = Held::load(tx, variant)?;
        if let Some(shortage) = held.account.shortage(needed) {
            held.apply(|account| account.settle(shortage, Answer::Found))?;
            found.push((variant, lacking(shortage)));
        }
        accounts.push(held);
    }
    if !found.is_empty() {
        let event_body = body::StockFound {
            sale: sale.id.as_uuid(),
            lines: found
                .iter()
                .map(|(variant, quantity)| body::Units {
                    variant: variant.as_uuid(),
                    quantity: quantity.base_units(),
                })
                .collect(),
        };
        outbox::append(
            tx,
            site,
            outbox::Event {
                register: Some(actor.register),
                staff: Some(actor.staff),
                aggregate: shift.id.as_uuid(),
                accounts: &mut accounts,
                ..outbox::Event::of(
                    body::StockFound::KIND,
                    body::StockFound::VERSION,
                    found_event,
                    shift.business_date,
                    &event_body,
                )
            },
        )?;
    }
    for (held, (_, needed)) in accounts.iter_mut().zip(needs) {
        held.apply(|account| account.sell(needed))?;
    }
    Ok(accounts)
}

fn lacking(shortage: Shortage) -> Quantity {
    shortage.needed - shortage.rights
}
