//! The past of a shop, entered at once: the operations of its tills, many in one commit, each at its own time.
//!
//! What is entered is what a till would have entered: the same functions decide and record, so the log, the books and
//! what the cloud makes of them are the same. Only the sync of the disk and the way through HTTP are shared by many.
use std::sync::Arc;

use jiff::Timestamp;
use retail::{amount::Amount, catalog::VariantId, quantity::Quantity, shift::ShiftId};
use uuid::Uuid;

use crate::{
    Shop,
    db::{DbError, Tx},
    purchasing::{self, NewPurchase, RecordError},
    sale::{self, NewSale, SaleError},
    shift::{self, ShiftError},
    staff::Actor,
    stock::{self, CountError, CountId},
};

/// Something that somebody did.
#[derive(Debug, Clone)]
pub struct Past {
    /// When. The past is entered in the order of time.
    pub at: Timestamp,
    /// Who, at which register.
    pub actor: Arc<Actor>,
    /// What.
    pub deed: Deed,
}

/// What can be done.
#[derive(Debug, Clone)]
pub enum Deed {
    /// Opening stock was counted.
    Count {
        /// The count.
        id: CountId,
        /// What was there.
        lines: Vec<(VariantId, Quantity)>,
    },
    /// A shift was opened.
    Open {
        /// The shift.
        id: ShiftId,
        /// Cash put in.
        float: Amount,
    },
    /// A basket was sold.
    Sell(NewSale),
    /// Goods were bought.
    Buy(NewPurchase),
    /// A shift was closed.
    Close {
        /// The shift.
        id: ShiftId,
        /// Cash in the drawer.
        counted: Amount,
        /// The ids of the closing and of its Z report.
        events: [Uuid; 2],
    },
}

/// Why the past cannot have been so.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// A count.
    #[error(transparent)]
    Count(#[from] CountError),
    /// A shift.
    #[error(transparent)]
    Shift(#[from] ShiftError),
    /// A sale.
    #[error(transparent)]
    Sale(#[from] SaleError),
    /// A purchase.
    #[error(transparent)]
    Purchase(#[from] RecordError),
    /// The disk's.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Enters a part of the past in one commit: all of it, or nothing. What was entered before stays as it is.
///
/// The shop must be cut off from the cloud meanwhile: its clock is where the past ends, not where the cloud's is.
///
/// # Errors
/// [`PastError`] of the first that a till would have been refused.
pub async fn enter(shop: &Shop, past: Vec<Past>) -> Result<(), PastError> {
    let spare: Vec<[Uuid; 5]> = past
        .iter()
        .map(|_| [(); 5].map(|()| shop.new_id::<()>().as_uuid()))
        .collect();
    shop.write(move |tx, _| {
        past.iter()
            .zip(&spare)
            .try_for_each(|(one, spare)| tx.as_of(one.at, |tx| enter_one(tx, one, spare)))
    })
    .await
}

fn enter_one(tx: &Tx<'_>, past: &Past, spare: &[Uuid; 5]) -> Result<(), PastError> {
    let actor = &past.actor;
    match &past.deed {
        Deed::Count { id, lines } => stock::count_past(tx, actor, *id, lines, spare[0])?,
        Deed::Open { id, float } => shift::open_past(tx, actor, *id, *float, spare[0])?,
        Deed::Sell(sale) => sale::close_past(tx, actor, sale, spare)?,
        Deed::Buy(purchase) => {
            purchasing::record_past(tx, actor, purchase, (spare[0], spare[1]))?;
        }
        Deed::Close {
            id,
            counted,
            events,
        } => {
            shift::close_past(tx, actor, *id, *counted, *events)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
