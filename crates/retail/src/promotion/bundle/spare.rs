//! Parts of one bundle that want the same units: what one takes first must leave enough for the others.
use super::{Bundle, Shelf};

/// The most parts whose every set is looked at.
const MAX_PARTS: usize = 6;

/// What the parts of a bundle still need.
#[derive(Debug)]
pub(super) struct Spare {
    /// By part.
    needs: Vec<i64>,
    /// By lot, the parts that may take it, as bits.
    takers: Vec<u32>,
}

impl Spare {
    /// Before the part `from` takes units for so many times. `None` if there are not enough, or if units of different variants
    /// are asked for, which are counted in another way.
    pub(super) fn of(
        bundle: &Bundle<'_>,
        from: usize,
        times: i64,
        free: &[i64],
        at: Shelf<'_>,
    ) -> Option<Self> {
        let parts = bundle.parts;
        if !(2..=MAX_PARTS).contains(&parts.len()) || parts.iter().any(|part| part.is_distinct) {
            return None;
        }
        let takers = |lot: usize| {
            let may = (from..parts.len()).filter(|&part| bundle.takes(part, lot, at));
            may.fold(0, |bits, part| bits | 1 << part)
        };
        let spare = Self {
            needs: parts
                .iter()
                .enumerate()
                .map(|(place, part)| {
                    let count = if place < from { 0 } else { part.count };
                    i64::from(count).saturating_mul(times)
                })
                .collect(),
            takers: (0..free.len()).map(takers).collect(),
        };
        spare.is_enough(free).then_some(spare)
    }

    /// How many of at most `most` units of a lot a part takes, so that there is enough for what it and the others still need.
    pub(super) fn take(&mut self, part: usize, lot: usize, most: i64, free: &[i64]) -> i64 {
        let (need, mut rest) = (self.needs[part], free.to_vec());
        let mut is_enough = |units: i64| {
            self.needs[part] = need - units;
            rest[lot] = free[lot] - units;
            self.is_enough(&rest)
        };
        // Where one unit more would do, fewer do, too: the part may take it later.
        let (mut some, mut many) = (0, most + 1);
        while many - some > 1 {
            let middle = i64::midpoint(some, many);
            if is_enough(middle) {
                some = middle;
            } else {
                many = middle;
            }
        }
        self.needs[part] = need - some;
        some
    }

    /// Units for all: each set of parts finds enough in what its members may take.
    fn is_enough(&self, free: &[i64]) -> bool {
        (1_u32..1 << self.needs.len()).all(|set| {
            let members = (0..self.needs.len()).filter(|part| set >> part & 1 == 1);
            let need = members.fold(0_i64, |sum, part| sum.saturating_add(self.needs[part]));
            let there = self.takers.iter().zip(free);
            let there = there.filter(|(takers, _)| *takers & set != 0);
            need <= there.fold(0_i64, |sum, (_, units)| sum.saturating_add(*units))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Spare;

    /// Tries every way to give units to parts.
    fn can_be_filled(needs: &[i64], takers: &[u32], free: &[i64]) -> bool {
        let Some(part) = needs.iter().position(|need| *need > 0) else {
            return true;
        };
        (0..free.len()).any(|lot| {
            let (mut needs, mut free) = (needs.to_vec(), free.to_vec());
            needs[part] -= 1;
            free[lot] -= 1;
            takers[lot] >> part & 1 == 1 && free[lot] >= 0 && can_be_filled(&needs, takers, &free)
        })
    }

    proptest! {
        #[test]
        fn what_is_taken_leaves_enough_and_no_more_could_be_taken(
            needs in prop::collection::vec(0_i64..3, 2..4),
            lots in prop::collection::vec((0_i64..3, 0_u32..8), 1..4),
        ) {
            let (mut free, takers): (Vec<i64>, Vec<u32>) = lots.into_iter().unzip();
            let mut spare = Spare { needs: needs.clone(), takers: takers.clone() };
            prop_assert_eq!(spare.is_enough(&free), can_be_filled(&needs, &takers, &free));
            prop_assume!(spare.is_enough(&free));
            for part in 0..needs.len() {
                for lot in (0..free.len()).filter(|lot| takers[*lot] >> part & 1 == 1) {
                    let most = free[lot].min(spare.needs[part]);
                    let taken = spare.take(part, lot, most, &free);
                    free[lot] -= taken;
                    prop_assert!(can_be_filled(&spare.needs, &takers, &free));
                    if taken < most {
                        let (mut needs, mut free) = (spare.needs.clone(), free.clone());
                        needs[part] -= 1;
                        free[lot] -= 1;
                        prop_assert!(!can_be_filled(&needs, &takers, &free));
                    }
                }
            }
            prop_assert!(spare.needs.iter().all(|need| *need == 0));
        }
    }
}
