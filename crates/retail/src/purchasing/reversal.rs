//! A purchase that is taken back: voided whole, or replaced by another. The document itself never changes; what it
//! brought goes out again exactly, as far as nothing of it was sold or promised meanwhile.
use std::collections::BTreeMap;

use super::{PaymentKind, Purchase, Received};
use crate::{amount::Amount, catalog::VariantId, quantity::Quantity};

/// Letters of a reason at the most.
pub const MAX_REASON: usize = 200;

/// What changes of one variant when a purchase is taken back: for each evidence, what the new one brings less what the
/// old one brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    /// Weighed by a scale.
    pub weighed: Quantity,
    /// Typed, or counted by one person alone.
    pub stated: Quantity,
}

impl Change {
    /// Units that have to be free on the shelf for this: what goes out beyond what comes in.
    #[must_use]
    pub fn needed(self) -> Quantity {
        (-(self.weighed + self.stated)).max(Quantity::ZERO)
    }

    /// Units whose evidence goes with them: what stays is no better proven than without them.
    #[must_use]
    pub fn weakened(self) -> Quantity {
        (-self.weighed).max(Quantity::ZERO)
    }
}

/// What changes by variant, sorted; variants that stay as they are, are left out. No replacement: a void.
#[must_use]
pub fn changes(original: &Purchase, replacement: Option<&Purchase>) -> Vec<(VariantId, Change)> {
    let mut changes = BTreeMap::<VariantId, Change>::new();
    let mut add = |purchase: &Purchase, sign: fn(Quantity) -> Quantity| {
        for (variant, Received { weighed, stated }) in purchase.received() {
            let change = changes.entry(variant).or_default();
            change.weighed = change.weighed + sign(weighed);
            change.stated = change.stated + sign(stated);
        }
    };
    add(original, |quantity| -quantity);
    if let Some(replacement) = replacement {
        add(replacement, |quantity| quantity);
    }
    changes.retain(|_, change| *change != Change::default());
    changes.into_iter().collect()
}

/// What goes into (or, below zero, out of) the drawer and the supplier's account.
#[must_use]
pub fn money(
    (was, paid): (PaymentKind, Amount),
    replacement: Option<(PaymentKind, Amount)>,
) -> Vec<(PaymentKind, Amount)> {
    let sum = |kind: PaymentKind| {
        let back = if was == kind { paid } else { Amount::ZERO };
        let out = replacement.map_or(
            Amount::ZERO,
            |(how, much)| {
                if how == kind { much } else { Amount::ZERO }
            },
        );
        (kind, back - out)
    };
    [sum(PaymentKind::Cash), sum(PaymentKind::Account)]
        .into_iter()
        .filter(|(_, amount)| *amount != Amount::ZERO)
        .collect()
}

/// What a limit is compared with: the larger of the two documents, so that nobody makes a large one small alone.
#[must_use]
pub fn at_stake(original: Amount, replacement: Option<Amount>) -> Amount {
    original.max(replacement.unwrap_or_default())
}

/// A reason as it is kept; none when it says nothing or too much.
#[must_use]
pub fn reason(text: &str) -> Option<&str> {
    let text = text.trim();
    let fits = !text.is_empty()
        && text.chars().count() <= MAX_REASON
        && !text.chars().any(char::is_control);
    fits.then_some(text)
}

#[cfg(test)]
mod tests;
