//! Stock: what a document takes from the shelf or brings to it, one quantity per variant.
use crate::{catalog::VariantId, quantity::Quantity};

/// Sums quantities per variant, sorted by variant: the one global order in which rows are locked (pitfall 41).
pub fn per_variant(
    quantities: impl IntoIterator<Item = (VariantId, Quantity)>,
) -> Vec<(VariantId, Quantity)> {
    let mut sums = std::collections::BTreeMap::<VariantId, Quantity>::new();
    for (variant, quantity) in quantities {
        let sum = sums.entry(variant).or_default();
        *sum = *sum + quantity;
    }
    sums.into_iter().collect()
}
