//! Units of a basket that cost the same: what promotions take from, one after the other.
use super::basket::{Mask, Row};

/// Units of one row with one price, in whole minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lot {
    pub(super) row: usize,
    pub(super) count: i64,
    /// What one costs now.
    pub(super) unit: i64,
    /// What one cost before promotions.
    pub(super) list: i64,
    /// The groups whose one promotion for these units has been chosen.
    pub(super) groups: u128,
    /// Has something reduced them?
    pub(super) is_reduced: bool,
}

/// Units taken from a lot, and what comes off them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) lot: usize,
    pub(super) units: i64,
    pub(super) gave: i64,
}

/// All units of a basket; in the order of the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lots(Vec<Lot>);

impl std::ops::Deref for Lots {
    type Target = [Lot];
    fn deref(&self) -> &[Lot] {
        &self.0
    }
}

impl Lots {
    pub(super) fn of(rows: &[Row<'_>]) -> Self {
        let mut lots = Self(Vec::with_capacity(rows.len()));
        for (index, row) in rows.iter().enumerate() {
            let lot = Lot {
                row: index,
                count: row.count,
                unit: 0,
                list: 0,
                groups: 0,
                is_reduced: row.is_reduced,
            };
            for (count, unit) in even(row.paid, row.count) {
                lots.push(Lot {
                    count,
                    unit,
                    list: unit,
                    ..lot
                });
            }
        }
        lots
    }

    /// Adds units beside those of the same row that are the same.
    fn push(&mut self, lot: Lot) {
        if lot.count == 0 {
            return;
        }
        let same = |other: &Lot| {
            Lot {
                count: lot.count,
                ..*other
            } == lot
        };
        let of_row = self
            .0
            .iter_mut()
            .rev()
            .take_while(|other| other.row == lot.row);
        match of_row.into_iter().find(|other| same(other)) {
            Some(other) => other.count += lot.count,
            None => self.0.push(lot),
        }
    }

    /// Takes the cuts; their units have a promotion of `groups` then.
    pub(super) fn take(&mut self, cuts: &[Cut], groups: u128) {
        let mut by_lot: Vec<&Cut> = cuts.iter().collect();
        by_lot.sort_by_key(|cut| cut.lot);
        let mut next = by_lot.into_iter().peekable();
        let old = std::mem::take(&mut self.0);
        for (index, lot) in old.into_iter().enumerate() {
            let mut rest = lot;
            let mut taken = Vec::new();
            while let Some(cut) = next.next_if(|cut| cut.lot == index) {
                rest.count -= cut.units;
                for (count, unit) in even(cut.units * lot.unit - cut.gave, cut.units) {
                    taken.push(Lot {
                        count,
                        unit,
                        groups: lot.groups | groups,
                        is_reduced: lot.is_reduced || cut.gave > 0,
                        ..lot
                    });
                }
            }
            debug_assert!(rest.count >= 0, "no more is taken than there is");
            self.push(rest);
            for lot in taken {
                self.push(lot);
            }
        }
    }

    /// The units of some rows.
    pub(super) fn only(&self, mask: &Mask) -> Self {
        let lots = self.0.iter().copied();
        Self(lots.filter(|lot| mask.has(lot.row)).collect())
    }

    /// What the units of some rows cost now.
    pub(super) fn amount(&self, mask: &Mask) -> i64 {
        self.0
            .iter()
            .filter(|lot| mask.has(lot.row))
            .map(|lot| lot.unit * lot.count)
            .sum()
    }
}

/// `total` over `count` units in whole minor units: at most two prices, the higher first.
fn even(total: i64, count: i64) -> [(i64, i64); 2] {
    let (unit, over) = (
        total.div_euclid(count.max(1)),
        total.rem_euclid(count.max(1)),
    );
    [(over, unit + 1), (count - over, unit)]
}

#[cfg(test)]
mod tests {
    use super::even;

    #[test]
    fn a_sum_becomes_units_of_whole_minor_units() {
        assert_eq!(even(100, 3), [(1, 34), (2, 33)]);
        assert_eq!(even(600, 3), [(0, 201), (3, 200)]);
        assert_eq!(even(0, 2), [(0, 1), (2, 0)]);
    }
}
