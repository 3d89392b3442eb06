//! Effects that reduce each unit by itself: percents, amounts, fixed prices, tiers.
use std::collections::BTreeMap;

use super::{
    basket::{Mask, Row},
    condition::Base,
    effect::{BasisPoints, Effect, Off, Pick, Target, TierMeasure, WHOLE},
    lot::{Cut, Lot, Lots},
    share,
};

/// What comes off one unit.
#[derive(Debug, Clone, Copy)]
pub(super) enum PerUnit {
    Percent { off: i64, of: Base },
    Amount { off: i64, per: i64 },
    Price { price: i64, per: i64 },
}

/// Fractions of a minor unit in which gains are compared.
pub(super) const FINE: i64 = 10_000;

impl PerUnit {
    /// What an effect takes off each unit of the target; `None` if it is of another kind, or no tier is reached.
    pub(super) fn of(effect: &Effect, lots: &Lots, rows: &[Row<'_>], mask: &Mask) -> Option<Self> {
        match effect {
            Effect::Percent { off, of, .. } => Some(Self::Percent {
                off: i64::from(off.0),
                of: *of,
            }),
            Effect::Amount { off, per, .. } => Some(Self::Amount {
                off: off.minor(),
                per: *per,
            }),
            Effect::Price { price, per, .. } => Some(Self::Price {
                price: price.minor(),
                per: *per,
            }),
            Effect::Tiers { by, steps, .. } => {
                let reached = reached(*by, lots, rows, mask);
                let tier = steps.iter().rev().find(|tier| tier.from <= reached)?;
                Some(match tier.off {
                    Off::Percent(BasisPoints(off)) => Self::Percent {
                        off: i64::from(off),
                        of: Base::Remaining,
                    },
                    Off::Amount(off) => Self::Amount {
                        off: off.minor(),
                        per: 1,
                    },
                    Off::Price(price) => Self::Price {
                        price: price.minor(),
                        per: 1,
                    },
                })
            }
            Effect::Bundle { .. }
            | Effect::Spread { .. }
            | Effect::Gift { .. }
            | Effect::Shipping { .. }
            | Effect::Points { .. } => None,
        }
    }

    /// Of a minor unit, what the numbers of [`PerUnit::exact`] are parts of.
    fn denominator(self) -> i128 {
        match self {
            Self::Percent { .. } => i128::from(WHOLE),
            Self::Amount { per, .. } | Self::Price { per, .. } => i128::from(per),
        }
    }

    /// What comes off one unit, exactly; never below zero, never below its floor.
    fn exact(self, lot: &Lot, row: &Row<'_>, floor: i64) -> i128 {
        let unit = i128::from(lot.unit);
        let gain = match self {
            Self::Percent {
                off,
                of: Base::Remaining,
            } => unit * i128::from(off),
            Self::Percent {
                off,
                of: Base::List,
            } => i128::from(lot.list) * i128::from(off),
            // Once for each unit: what is weighed or measured is one.
            Self::Amount { off, per: 1 } => i128::from(off),
            Self::Amount { off, .. } => i128::from(off) * i128::from(row.base),
            // A price of one gram is no price that anybody means.
            Self::Price { per: 1, .. } if row.base != 1 => 0,
            Self::Price { price, per } => {
                unit * i128::from(per) - i128::from(price) * i128::from(row.base)
            }
        };
        gain.min((unit - i128::from(floor)) * self.denominator())
            .max(0)
    }

    /// What comes off one unit, in [`FINE`] parts of a minor unit.
    pub(super) fn fine(self, lot: &Lot, row: &Row<'_>, floor: i64) -> i64 {
        let fine = self.exact(lot, row, floor) * i128::from(FINE) / self.denominator();
        i64::try_from(fine).unwrap_or(i64::MAX)
    }
}

/// How much of the target there is, as a tier counts it.
pub(super) fn reached(by: TierMeasure, lots: &Lots, rows: &[Row<'_>], mask: &Mask) -> i64 {
    match by {
        TierMeasure::Quantity(measure) => mask
            .rows()
            .map(|row| &rows[row].item)
            .map(|item| measure.count(item.unit, item.quantity.base_units()))
            .sum(),
        TierMeasure::Amount(Base::Remaining) => lots.amount(mask),
        TierMeasure::Amount(Base::List) => mask.rows().map(|row| rows[row].paid).sum(),
    }
}

/// How many units a target allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    pub(super) all: i64,
    pub(super) per_line: i64,
    pub(super) pick: Pick,
}

impl Most {
    pub(super) fn of(target: &Target, left: i64) -> Self {
        let most = |units: Option<u32>| units.map_or(i64::MAX, i64::from);
        Self {
            all: most(target.most).min(left),
            per_line: most(target.most_per_line),
            pick: target.pick,
        }
    }

    pub(super) const fn is_limited(self) -> bool {
        self.all != i64::MAX || self.per_line != i64::MAX
    }

    /// Takes units of lots in the order of the pick until there are enough. `offers` are lots with their free units and
    /// what one would gain.
    pub(super) fn choose(
        self,
        lots: &Lots,
        mut offers: Vec<(usize, i64, i64)>,
    ) -> Vec<(usize, i64)> {
        offers.retain(|&(_, units, gain)| units > 0 && gain > 0);
        offers.sort_by_key(|&(lot, _, gain)| {
            let first = match self.pick {
                Pick::Best => -gain,
                Pick::Cheapest => lots[lot].unit,
                Pick::Dearest => -lots[lot].unit,
            };
            (first, lot)
        });
        let mut left = self.all;
        let mut of_row = BTreeMap::<usize, i64>::new();
        let mut chosen = Vec::new();
        for (lot, units, _) in offers {
            let used = of_row.entry(lots[lot].row).or_default();
            let units = units.min(left).min(self.per_line - *used);
            if units > 0 {
                *used += units;
                left -= units;
                chosen.push((lot, units));
            }
        }
        chosen
    }
}

/// What comes off the chosen units: each row rounded once, half up, and all of it at most `money`.
pub(super) fn cuts(
    per_unit: PerUnit,
    chosen: &[(usize, i64)],
    lots: &Lots,
    rows: &[Row<'_>],
    below_cost: bool,
    money: i64,
) -> Vec<Cut> {
    let mut by_row = BTreeMap::<usize, Vec<(usize, i64)>>::new();
    for &(lot, units) in chosen {
        by_row.entry(lots[lot].row).or_default().push((lot, units));
    }
    let denominator = per_unit.denominator();
    let totals: Vec<i64> = by_row
        .iter()
        .map(|(&row, units)| {
            let floor = rows[row].floor(below_cost);
            let exact: i128 = units
                .iter()
                .map(|&(lot, units)| {
                    per_unit.exact(&lots[lot], &rows[row], floor) * i128::from(units)
                })
                .sum();
            i64::try_from((2 * exact + denominator).div_euclid(2 * denominator)).unwrap_or(i64::MAX)
        })
        .collect();
    let totals = capped(totals, money);
    let mut cuts = Vec::with_capacity(chosen.len());
    for ((row, units), total) in by_row.iter().zip(totals) {
        let floor = rows[*row].floor(below_cost);
        let gains: Vec<i64> = units
            .iter()
            .map(|&(lot, units)| {
                per_unit
                    .fine(&lots[lot], &rows[*row], floor)
                    .saturating_mul(units)
            })
            .collect();
        let caps = caps(units, lots, rows, below_cost);
        for (&(lot, units), gave) in units.iter().zip(share::within(total, &gains, &caps)) {
            cuts.push(Cut { lot, units, gave });
        }
    }
    cuts
}

/// The most that units can be reduced by.
pub(super) fn caps(
    units: &[(usize, i64)],
    lots: &Lots,
    rows: &[Row<'_>],
    below_cost: bool,
) -> Vec<i64> {
    units
        .iter()
        .map(|&(lot, units)| {
            let lot = &lots[lot];
            (lot.unit - rows[lot.row].floor(below_cost)).max(0) * units
        })
        .collect()
}

/// Reduces totals in proportion, so that together they are at most `money`.
pub(super) fn capped(totals: Vec<i64>, money: i64) -> Vec<i64> {
    if totals.iter().sum::<i64>() <= money {
        return totals;
    }
    share::within(money, &totals, &totals)
}

/// One discount over all chosen units: rounded once, allocated by what they cost.
pub(super) fn spread(
    off: Off,
    chosen: &[(usize, i64)],
    lots: &Lots,
    rows: &[Row<'_>],
    below_cost: bool,
    money: i64,
) -> Vec<Cut> {
    let values: Vec<i64> = chosen
        .iter()
        .map(|&(lot, units)| lots[lot].unit * units)
        .collect();
    let value: i64 = values.iter().sum();
    let total = match off {
        Off::Percent(BasisPoints(off)) => share::portion(value, i64::from(off), i64::from(WHOLE)),
        Off::Amount(off) => off.minor(),
        Off::Price(price) => (value - price.minor()).max(0),
    };
    let caps = caps(chosen, lots, rows, below_cost);
    let parts = share::within(total.min(money), &values, &caps);
    let cuts = chosen.iter().zip(parts);
    cuts.map(|(&(lot, units), gave)| Cut { lot, units, gave })
        .filter(|cut| cut.gave > 0)
        .collect()
}
