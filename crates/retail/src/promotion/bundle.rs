//! Bundles: units that are bought together, each time giving a reward. Which units is a choice, and it is made here.
mod search;
mod spare;

pub(super) use search::solve;
use spare::Spare;

use super::{
    basket::{Mask, Row},
    effect::{BasisPoints, Off, Part, Pick, Reward, Rewarded, WHOLE},
    lot::{Cut, Lots},
    share,
    simple::{FINE, caps},
};

/// A bundle of an applicable promotion.
#[derive(Debug)]
pub(super) struct Bundle<'a> {
    pub(super) parts: &'a [Part],
    pub(super) masks: &'a [Mask],
    pub(super) reward: Reward,
    /// At most so many times.
    pub(super) times: i64,
    /// At most so many rewarded units.
    pub(super) units: i64,
    pub(super) below_cost: bool,
    /// Only units that nothing has reduced.
    pub(super) only_unreduced: bool,
}

/// One time of a bundle: for each part its units, as (lot, units).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Application {
    pub(super) parts: Vec<Vec<(usize, i64)>>,
}

impl Application {
    pub(super) fn units(&self) -> impl Iterator<Item = (usize, i64)> + '_ {
        self.parts.iter().flatten().copied()
    }
}

/// What a bundle works on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shelf<'a> {
    pub(super) lots: &'a Lots,
    pub(super) rows: &'a [Row<'a>],
}

impl Bundle<'_> {
    /// May the part take units of this lot?
    pub(super) fn takes(&self, part: usize, lot: usize, at: Shelf<'_>) -> bool {
        let lot = &at.lots[lot];
        self.masks[part].has(lot.row) && !(self.only_unreduced && lot.is_reduced)
    }

    /// Rewarded units each time.
    pub(super) fn rewarded_count(&self) -> i64 {
        let count = |part: &Part| i64::from(part.count);
        match self.reward.on {
            Rewarded::All => self.parts.iter().map(count).sum(),
            Rewarded::Part(part) => count(&self.parts[usize::from(part)]),
            Rewarded::Cheapest(units) => i64::from(units),
        }
    }

    /// How often it may apply at most, by its own limits.
    pub(super) fn most_times(&self) -> i64 {
        self.times.min(self.units / self.rewarded_count().max(1))
    }

    /// Is everything about it declared, so that there is no choice of units?
    pub(super) fn is_declared(&self) -> bool {
        self.parts.iter().all(|part| part.pick != Pick::Best)
    }

    /// The units that are reduced, as (lot, units).
    fn rewarded(&self, application: &Application, at: Shelf<'_>) -> Vec<(usize, i64)> {
        match self.reward.on {
            Rewarded::All => application.units().collect(),
            Rewarded::Part(part) => application.parts[usize::from(part)].clone(),
            Rewarded::Cheapest(count) => {
                let mut units: Vec<(usize, i64)> = application.units().collect();
                units.sort_by_key(|&(lot, _)| (at.lots[lot].unit, std::cmp::Reverse(lot)));
                let mut left = i64::from(count);
                units.retain_mut(|(_, units)| {
                    *units = (*units).min(left);
                    left -= *units;
                    *units > 0
                });
                units
            }
        }
    }

    /// What one time gives, in [`FINE`] parts of a minor unit, and whether a floor or the sum itself has limited it.
    pub(super) fn gain(&self, application: &Application, at: Shelf<'_>) -> (i64, bool) {
        let units = self.rewarded(application, at);
        let value: i64 = units
            .iter()
            .map(|&(lot, units)| at.lots[lot].unit * units)
            .sum();
        let most: i64 = caps(&units, at.lots, at.rows, self.below_cost).iter().sum();
        let (gain, is_short) = match self.reward.off {
            Off::Percent(BasisPoints(off)) => (
                value
                    .saturating_mul(FINE / i64::from(WHOLE))
                    .saturating_mul(i64::from(off)),
                false,
            ),
            Off::Amount(off) => (
                off.minor().min(value).saturating_mul(FINE),
                off.minor() > value,
            ),
            Off::Price(price) => ((value - price.minor()).saturating_mul(FINE), false),
        };
        let most = most.saturating_mul(FINE);
        (gain.min(most), is_short || gain > most)
    }

    /// What comes off the units of all applications, rounded once each time; at most `money` altogether. Units that were only
    /// bought are there with nothing off.
    pub(super) fn cuts(&self, applications: &[Application], at: Shelf<'_>, money: i64) -> Vec<Cut> {
        let totals: Vec<i64> = applications
            .iter()
            .map(|application| share::portion(self.gain(application, at).0.max(0), 1, FINE))
            .collect();
        let totals = super::simple::capped(totals, money);
        let mut cuts = Vec::new();
        for (application, total) in applications.iter().zip(totals) {
            let rewarded = self.rewarded(application, at);
            let values: Vec<i64> = rewarded
                .iter()
                .map(|&(lot, units)| at.lots[lot].unit * units)
                .collect();
            let caps = caps(&rewarded, at.lots, at.rows, self.below_cost);
            let mut bought: Vec<(usize, i64)> = application.units().collect();
            for (&(lot, units), gave) in rewarded.iter().zip(share::within(total, &values, &caps)) {
                cuts.push(Cut { lot, units, gave });
                let mut left = units;
                for (_, bought) in bought.iter_mut().filter(|(of, _)| *of == lot) {
                    let reduced = left.min(*bought);
                    *bought -= reduced;
                    left -= reduced;
                }
            }
            let bought = bought.into_iter().filter(|&(_, units)| units > 0);
            cuts.extend(bought.map(|(lot, units)| Cut {
                lot,
                units,
                gave: 0,
            }));
        }
        cuts
    }

    /// Fills the bundle time after time from free units, each part by its pick, until it gives nothing more. `worth` is what
    /// else a unit of a lot would give.
    pub(super) fn fill(
        &self,
        free: &mut [i64],
        times: i64,
        worth: &[i64],
        at: Shelf<'_>,
    ) -> Vec<Application> {
        let mut applications = Vec::new();
        while i64::try_from(applications.len()).is_ok_and(|done| done < times) {
            let mut rest = free.to_vec();
            let Some(application) = self.once(&mut rest, at) else {
                break;
            };
            let instead = application
                .units()
                .map(|(lot, units)| worth[lot].saturating_mul(units))
                .fold(0, i64::saturating_add);
            if self.gain(&application, at).0 <= instead {
                break;
            }
            free.copy_from_slice(&rest);
            applications.push(application);
        }
        if matches!(self.reward.on, Rewarded::Cheapest(_)) && self.parts.len() == 1 {
            for application in applications.iter_mut().rev() {
                self.spare(application, free, at);
            }
        }
        applications
    }

    /// Buys with the cheapest units that give the same, and leaves the dearer ones to others.
    fn spare(&self, application: &mut Application, free: &mut [i64], at: Shelf<'_>) {
        if self.parts[0].is_distinct || self.parts[0].pick != Pick::Best {
            return;
        }
        let unit = |lot: usize| at.lots[lot].unit;
        let rewarded = self.rewarded(application, at);
        let Some(least) = rewarded.iter().map(|&(lot, _)| unit(lot)).max() else {
            return;
        };
        let mut cheap: Vec<usize> = (0..free.len())
            .filter(|&lot| free[lot] > 0 && unit(lot) >= least && self.takes(0, lot, at))
            .collect();
        cheap.sort_by_key(|&lot| (unit(lot), lot));
        let mut units = std::mem::take(&mut application.parts[0]);
        units.sort_by_key(|&(lot, _)| (std::cmp::Reverse(unit(lot)), lot));
        for cheap in cheap {
            let mut swapped = 0;
            for (lot, count) in &mut units {
                if unit(*lot) > unit(cheap) {
                    let now = (*count).min(free[cheap]);
                    *count -= now;
                    free[*lot] += now;
                    free[cheap] -= now;
                    swapped += now;
                }
            }
            units.push((cheap, swapped));
        }
        units.retain(|&(_, count)| count > 0);
        application.parts[0] = units;
    }

    /// One time, from free units.
    fn once(&self, free: &mut [i64], at: Shelf<'_>) -> Option<Application> {
        let before = free.to_vec();
        let greedy = self.taken(free, None, at);
        if greedy.is_some() {
            return greedy;
        }
        let spare = Spare::of(self, 0, 1, &before, at)?;
        free.copy_from_slice(&before);
        self.taken(free, Some(spare), at)
    }

    /// One time, part after part: each takes what it would take first, or what of that it can spare.
    fn taken(
        &self,
        free: &mut [i64],
        mut spare: Option<Spare>,
        at: Shelf<'_>,
    ) -> Option<Application> {
        let mut application = Application::default();
        for (index, part) in self.parts.iter().enumerate() {
            let mut left = i64::from(part.count);
            let mut units = Vec::new();
            let mut variants = Vec::new();
            for lot in self.in_turn(index, free, at) {
                let most = if part.is_distinct {
                    let variant = at.rows[at.lots[lot].row].item.variant;
                    if variants.contains(&variant) {
                        continue;
                    }
                    variants.push(variant);
                    1
                } else {
                    i64::MAX
                };
                let mut taken = free[lot].min(left).min(most);
                if let Some(spare) = &mut spare {
                    taken = spare.take(index, lot, taken, free);
                }
                free[lot] -= taken;
                left -= taken;
                if taken > 0 {
                    units.push((lot, taken));
                }
                if left == 0 {
                    break;
                }
            }
            if left > 0 {
                return None;
            }
            application.parts.push(units);
        }
        Some(application)
    }

    /// The lots of a part, in the order in which it takes them.
    fn in_turn(&self, index: usize, free: &[i64], at: Shelf<'_>) -> Vec<usize> {
        let mut lots: Vec<usize> = (0..free.len())
            .filter(|&lot| free[lot] > 0 && self.takes(index, lot, at))
            .collect();
        let is_only_bought =
            matches!(self.reward.on, Rewarded::Part(of) if usize::from(of) != index);
        let takes_cheapest = match self.parts[index].pick {
            Pick::Best => is_only_bought,
            Pick::Cheapest => true,
            Pick::Dearest => false,
        };
        lots.sort_by_key(|&lot| {
            let unit = at.lots[lot].unit;
            (if takes_cheapest { unit } else { -unit }, lot)
        });
        lots
    }

    /// Is filling time after time the best that this bundle alone can do?
    pub(super) fn is_filled_best(
        &self,
        free: &[i64],
        applications: &[Application],
        at: Shelf<'_>,
    ) -> bool {
        if self.is_declared() {
            return true;
        }
        if applications
            .iter()
            .any(|application| self.gain(application, at).1)
        {
            return false;
        }
        let lots_of = |part: usize| {
            (0..free.len()).filter(move |&lot| free[lot] > 0 && self.takes(part, lot, at))
        };
        let is_apart = (0..self.parts.len())
            .all(|one| (0..one).all(|other| lots_of(one).all(|lot| !self.takes(other, lot, at))));
        let is_paired = match self.reward.on {
            Rewarded::All | Rewarded::Part(_) => true,
            Rewarded::Cheapest(count) => {
                self.parts.len() == 1
                    || (count == 1 && self.parts.iter().all(|part| part.count == 1))
            }
        };
        let is_distinct = self.parts.iter().enumerate().any(|(index, part)| {
            part.is_distinct
                && lots_of(index).count() > usize::try_from(part.count).unwrap_or(usize::MAX)
        });
        is_apart && is_paired && !is_distinct
    }
}
