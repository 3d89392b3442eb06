//! How a refund is given: what was paid by card goes back to the card as far as it can, the rest in cash.
use crate::{
    amount::Amount,
    sale::{MAX_TENDERS, Tender, TenderKind},
};

/// What was paid by card for a sale and has not gone back yet, and what is to be given for it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaidBack {
    /// What the customer gets.
    pub refund: Amount,
    /// The most of it that may go to a card.
    pub card: Amount,
}

/// Why a refund cannot be given so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefundError {
    /// The tenders come to something else: the till has shown another figure, or somebody else took goods back meanwhile.
    #[error("the refund is {refund}")]
    Differs {
        /// What it is.
        refund: Amount,
    },
    /// A manufacturer's coupon is paid back by nobody.
    #[error("payment {tender}: a refund is given in cash or by card")]
    Kind {
        /// The payment, counted from 0.
        tender: usize,
    },
    /// Not above zero.
    #[error("payment {tender}: the amount must be above zero")]
    Empty {
        /// The payment, counted from 0.
        tender: usize,
    },
    /// More than [`MAX_TENDERS`].
    #[error("a refund has at most {max} payments")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// A card gets no more than it gave.
    #[error("{most} may go back to a card")]
    BeyondCard {
        /// The most.
        most: Amount,
    },
}

/// How it is given when nobody says otherwise: to the card first. Nothing to give: no tender.
#[must_use]
pub fn suggested(paid: PaidBack) -> Vec<Tender> {
    let card = paid.refund.min(paid.card).max(Amount::ZERO);
    let of = |kind, amount| Tender { kind, amount };
    [
        of(TenderKind::Card, card),
        of(TenderKind::Cash, paid.refund - card),
    ]
    .into_iter()
    .filter(|tender| tender.amount > Amount::ZERO)
    .collect()
}

/// Checks how a refund is given: to the cent, and no more to a card than came from one.
///
/// # Errors
/// Each [`RefundError`] is something the cashier can put right.
pub fn pay_back(paid: PaidBack, tenders: &[Tender]) -> Result<(), RefundError> {
    if tenders.len() > MAX_TENDERS {
        return Err(RefundError::TooMany { max: MAX_TENDERS });
    }
    for (place, tender) in tenders.iter().enumerate() {
        if tender.kind == TenderKind::Coupon {
            return Err(RefundError::Kind { tender: place });
        }
        if tender.amount <= Amount::ZERO {
            return Err(RefundError::Empty { tender: place });
        }
    }
    // In wide integers: nobody has checked yet that the amounts can be added.
    let sum = |of: Option<TenderKind>| -> i128 {
        let wanted = tenders
            .iter()
            .filter(|one| of.is_none_or(|of| one.kind == of));
        wanted.map(|one| i128::from(one.amount.minor())).sum()
    };
    if sum(None) != i128::from(paid.refund.minor()) {
        return Err(RefundError::Differs {
            refund: paid.refund,
        });
    }
    if sum(Some(TenderKind::Card)) > i128::from(paid.card.minor().max(0)) {
        return Err(RefundError::BeyondCard {
            most: paid.card.max(Amount::ZERO),
        });
    }
    Ok(())
}
