//! Several bundles that want the same units: which gets which.
use std::collections::HashMap;
use std::rc::Rc;

use super::{Application, Bundle, Shelf, Spare};
use crate::promotion::effect::Pick;

/// The most choices of units that are looked at.
const MAX_CHOICES: usize = 2_000;
/// Pairs of what is left and what is taken, beyond which it is not begun.
const MAX_PAIRS: i64 = 3_000;
/// The most bundles whose every order is tried where there are too many choices.
const MAX_PERMUTED: usize = 4;

/// A sum that never wraps: beyond what can be counted, choices are the same.
fn all(parts: impl Iterator<Item = i64>) -> i64 {
    parts.fold(0, i64::saturating_add)
}

/// What each bundle takes.
#[derive(Debug)]
pub(in crate::promotion) struct Found {
    /// By bundle.
    pub(in crate::promotion) applications: Vec<Vec<Application>>,
    /// Nothing is better.
    pub(in crate::promotion) is_exact: bool,
}

/// Gives free units to bundles for the largest gain. `worth` is what a unit of a lot gives otherwise.
pub(in crate::promotion) fn solve(
    bundles: &[Bundle<'_>],
    free: &[i64],
    worth: &[i64],
    at: Shelf<'_>,
) -> Found {
    let mut found = Found {
        applications: vec![Vec::new(); bundles.len()],
        is_exact: true,
    };
    for (members, lots) in components(bundles, free, at) {
        let free: Vec<i64> = free
            .iter()
            .enumerate()
            .map(|(lot, &units)| if lots.contains(&lot) { units } else { 0 })
            .collect();
        let is_alone = members.len() == 1 && lots.iter().all(|&lot| worth[lot] == 0);
        if is_alone {
            let bundle = &bundles[members[0]];
            let mut rest = free.clone();
            let applications = bundle.fill(&mut rest, bundle.most_times(), worth, at);
            if bundle.is_filled_best(&free, &applications, at) {
                found.applications[members[0]] = applications;
                continue;
            }
        }
        let mut search = Search {
            bundles,
            members: &members,
            lots: &lots,
            worth,
            at,
            seen: HashMap::new(),
            left: MAX_CHOICES,
        };
        let is_small = search.is_small(&free);
        let best = if is_small {
            search.best(0, &free)
        } else {
            None
        };
        if let Some(mut best) = best {
            while let Some((member, applications, next)) = best.choice.as_deref().cloned() {
                found.applications[member] = applications;
                best = next;
            }
            found.is_exact &= members
                .iter()
                .all(|&member| bundles[member].is_grouped_best());
        } else {
            found.is_exact = false;
            for (member, applications) in by_orders(bundles, &members, &free, worth, at) {
                found.applications[member] = applications;
            }
        }
    }
    found
}

/// Bundles and lots that have nothing to do with the others.
fn components(
    bundles: &[Bundle<'_>],
    free: &[i64],
    at: Shelf<'_>,
) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut components: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for (index, bundle) in bundles.iter().enumerate() {
        let takes = |lot: &usize| {
            free[*lot] > 0 && (0..bundle.parts.len()).any(|part| bundle.takes(part, *lot, at))
        };
        let mut lots: Vec<usize> = (0..free.len()).filter(takes).collect();
        if lots.is_empty() {
            continue;
        }
        let mut members = vec![index];
        components.retain_mut(|(others, theirs)| {
            let meets = theirs.iter().any(|lot| lots.contains(lot));
            if meets {
                members.append(others);
                lots.append(theirs);
            }
            !meets
        });
        members.sort_unstable();
        lots.sort_unstable();
        lots.dedup();
        components.push((members, lots));
    }
    components
}

impl Bundle<'_> {
    /// Does its gain depend on the units alone, or does grouping them by price give the most?
    fn is_grouped_best(&self) -> bool {
        use crate::promotion::effect::{Off, Rewarded};
        let by_sum = match self.reward.on {
            Rewarded::All | Rewarded::Part(_) => !matches!(self.reward.off, Off::Amount(_)),
            Rewarded::Cheapest(count) => {
                self.parts.len() == 1
                    || (count == 1 && self.parts.iter().all(|part| part.count == 1))
            }
        };
        by_sum && !self.parts.iter().any(|part| part.is_distinct)
    }
}

/// The most that the members from some place on can get out of free units, and how.
#[derive(Debug, Clone, Default)]
struct Best {
    gain: i64,
    /// What the units cost that are used up; of equal gains the one that uses less is better.
    used: i64,
    choice: Option<Rc<(usize, Vec<Application>, Best)>>,
}

impl Best {
    fn is_better(&self, other: &Self) -> bool {
        (self.gain, -self.used) > (other.gain, -other.used)
    }
}

struct Search<'a> {
    bundles: &'a [Bundle<'a>],
    members: &'a [usize],
    lots: &'a [usize],
    worth: &'a [i64],
    at: Shelf<'a>,
    seen: HashMap<(usize, Vec<i64>), Best>,
    left: usize,
}

impl Search<'_> {
    /// Is there a point in beginning?
    fn is_small(&self, free: &[i64]) -> bool {
        // What is left for a bundle, and what it takes of that: for each lot two numbers.
        let pairs = self.lots.iter().map(|&lot| {
            let units = free[lot];
            units
                .saturating_add(1)
                .saturating_mul(units.saturating_add(2))
                / 2
        });
        let pairs = pairs.fold(1_i64, i64::saturating_mul);
        pairs <= MAX_PAIRS
            && self.members.iter().all(|&member| {
                !self.bundles[member]
                    .parts
                    .iter()
                    .any(|part| part.is_distinct)
            })
    }

    /// `None` when there are too many choices.
    fn best(&mut self, place: usize, free: &[i64]) -> Option<Best> {
        let Some(&member) = self.members.get(place) else {
            let each = self.lots.iter();
            let gain = all(each.map(|&lot| self.worth[lot].saturating_mul(free[lot])));
            let used = self.value(self.lots.iter().map(|&lot| {
                let is_used = self.worth[lot] > 0;
                (lot, if is_used { free[lot] } else { 0 })
            }));
            return Some(Best {
                gain,
                used,
                choice: None,
            });
        };
        let key = (
            place,
            self.lots.iter().map(|&lot| free[lot]).collect::<Vec<i64>>(),
        );
        if let Some(best) = self.seen.get(&key) {
            return Some(best.clone());
        }
        let without = self.best(place + 1, free)?;
        let most_after = without.gain;
        let mut best = without;
        if let Some(alone) = self.filled(place, member, free) {
            if alone.is_better(&best) {
                best = alone;
            }
        } else {
            for applications in self.choices(member, free)? {
                let gains = applications
                    .iter()
                    .map(|application| self.bundles[member].gain(application, self.at).0);
                let gain = all(gains);
                // Those after it get no more out of fewer units.
                if gain.saturating_add(most_after) < best.gain {
                    continue;
                }
                let mut rest = free.to_vec();
                for (lot, units) in applications.iter().flat_map(Application::units) {
                    rest[lot] -= units;
                }
                let next = self.best(place + 1, &rest)?;
                let units = applications.iter().flat_map(Application::units);
                let mut found = Best {
                    gain: gain.saturating_add(next.gain),
                    used: self.value(units).saturating_add(next.used),
                    choice: None,
                };
                if found.is_better(&best) {
                    found.choice = Some(Rc::new((member, applications, next)));
                    best = found;
                }
            }
        }
        self.seen.insert(key, best.clone());
        Some(best)
    }

    /// The last bundle, if nothing else wants its units: filling it time after time is best.
    fn filled(&self, place: usize, member: usize, free: &[i64]) -> Option<Best> {
        let is_last = place + 1 == self.members.len();
        if !is_last || self.lots.iter().any(|&lot| self.worth[lot] > 0) {
            return None;
        }
        let bundle = &self.bundles[member];
        let mut rest = free.to_vec();
        let applications = bundle.fill(&mut rest, bundle.most_times(), self.worth, self.at);
        if !bundle.is_filled_best(free, &applications, self.at) {
            return None;
        }
        let each = applications.iter();
        let gain = all(each.map(|application| bundle.gain(application, self.at).0));
        let used = self.value(applications.iter().flat_map(Application::units));
        let next = Best::default();
        let choice = (!applications.is_empty()).then(|| Rc::new((member, applications, next)));
        Some(Best { gain, used, choice })
    }

    /// What units cost.
    fn value(&self, units: impl Iterator<Item = (usize, i64)>) -> i64 {
        all(units.map(|(lot, units)| self.at.lots[lot].unit.saturating_mul(units)))
    }

    /// Every choice of units for one time or more.
    fn choices(&mut self, member: usize, free: &[i64]) -> Option<Vec<Vec<Application>>> {
        let bundle = &self.bundles[member];
        let mut choices = Vec::new();
        if bundle.is_declared() {
            for times in 1..=bundle.most_times() {
                let mut rest = free.to_vec();
                let applications = bundle.fill(&mut rest, times, &vec![0; free.len()], self.at);
                if i64::try_from(applications.len()).is_ok_and(|done| done < times) {
                    break;
                }
                choices.push(applications);
            }
        } else {
            for times in 1..=bundle.most_times() {
                let before = choices.len();
                let mut parts = Vec::new();
                let mut rest = free.to_vec();
                self.fill_parts(member, times, &mut parts, &mut rest, &mut choices);
                if self.left == 0 {
                    return None;
                }
                if choices.len() == before {
                    break;
                }
            }
        }
        self.left = self.left.saturating_sub(choices.len());
        (self.left > 0).then_some(choices)
    }

    /// Chooses the units of the next part, and of those after it.
    fn fill_parts(
        &mut self,
        member: usize,
        times: i64,
        parts: &mut Vec<Vec<(usize, i64)>>,
        free: &mut Vec<i64>,
        choices: &mut Vec<Vec<Application>>,
    ) {
        let bundle = &self.bundles[member];
        let Some(part) = bundle.parts.get(parts.len()) else {
            choices.push(grouped(parts, times, bundle, self.at));
            return;
        };
        let index = parts.len();
        let mut lots: Vec<usize> = self
            .lots
            .iter()
            .copied()
            .filter(|&lot| free[lot] > 0 && bundle.takes(index, lot, self.at))
            .collect();
        lots.sort_by_key(|&lot| (-self.at.lots[lot].unit, lot));
        let need = i64::from(part.count).saturating_mul(times);
        let mut ways = Vec::new();
        match part.pick {
            Pick::Best => {
                let room = self.left.saturating_sub(choices.len());
                ways_of(&lots, free, need, &mut Vec::new(), &mut ways, room);
            }
            Pick::Cheapest | Pick::Dearest => {
                if part.pick == Pick::Cheapest {
                    lots.reverse();
                }
                let spare = Spare::of(bundle, index, times, free, self.at);
                ways.extend(first_way(index, &lots, free, need, spare));
            }
        }
        for way in ways {
            if choices.len() >= self.left {
                self.left = 0;
                return;
            }
            for &(lot, units) in &way {
                free[lot] -= units;
            }
            parts.push(way);
            self.fill_parts(member, times, parts, free, choices);
            for (lot, units) in parts.pop().unwrap_or_default() {
                free[lot] += units;
            }
        }
    }
}

/// Units from the first lots on, as far as the parts after it can spare them.
fn first_way(
    part: usize,
    lots: &[usize],
    free: &[i64],
    need: i64,
    mut spare: Option<Spare>,
) -> Option<Vec<(usize, i64)>> {
    let (mut left, mut free) = (need, free.to_vec());
    let mut way = Vec::new();
    for &lot in lots {
        let mut units = free[lot].min(left);
        if let Some(spare) = &mut spare {
            units = spare.take(part, lot, units, &free);
        }
        free[lot] -= units;
        left -= units;
        if units > 0 {
            way.push((lot, units));
        }
    }
    (left == 0).then_some(way)
}

/// Every way to take `need` units from lots; at most a few more than `room`.
fn ways_of(
    lots: &[usize],
    free: &[i64],
    need: i64,
    way: &mut Vec<(usize, i64)>,
    ways: &mut Vec<Vec<(usize, i64)>>,
    room: usize,
) {
    if need == 0 {
        ways.push(way.clone());
        return;
    }
    if ways.len() > room || lots.iter().map(|&lot| free[lot]).sum::<i64>() < need {
        return;
    }
    let (lot, others) = (lots[0], &lots[1..]);
    for units in (0..=free[lot].min(need)).rev() {
        if units > 0 {
            way.push((lot, units));
        }
        ways_of(others, free, need - units, way, ways, room);
        if units > 0 {
            way.pop();
        }
    }
}

/// Groups the units of each part by price into so many times.
fn grouped(
    parts: &[Vec<(usize, i64)>],
    times: i64,
    bundle: &Bundle<'_>,
    at: Shelf<'_>,
) -> Vec<Application> {
    let mut parts: Vec<Vec<(usize, i64)>> = parts.to_vec();
    for part in &mut parts {
        part.sort_by_key(|&(lot, _)| (at.lots[lot].unit, std::cmp::Reverse(lot)));
    }
    let mut applications = Vec::new();
    for _ in 0..times {
        let mut application = Application::default();
        for (units, part) in parts.iter_mut().zip(bundle.parts) {
            let mut left = i64::from(part.count);
            let mut taken = Vec::new();
            while left > 0 {
                let Some((lot, there)) = units.last_mut() else {
                    break;
                };
                let now = left.min(*there);
                taken.push((*lot, now));
                left -= now;
                *there -= now;
                if *there == 0 {
                    units.pop();
                }
            }
            application.parts.push(taken);
        }
        applications.push(application);
    }
    applications
}

/// What each of some bundles takes.
type Taken = Vec<(usize, Vec<Application>)>;

/// Fills the bundles one after the other, in several orders, and keeps the best.
fn by_orders(
    bundles: &[Bundle<'_>],
    members: &[usize],
    free: &[i64],
    worth: &[i64],
    at: Shelf<'_>,
) -> Taken {
    let mut best: Option<(i64, Taken)> = None;
    for order in orders(members) {
        let mut rest = free.to_vec();
        let mut gain = 0_i64;
        let mut found = Vec::new();
        for member in order {
            let bundle = &bundles[member];
            let applications = bundle.fill(&mut rest, bundle.most_times(), worth, at);
            let each = applications.iter();
            let more = all(each.map(|application| bundle.gain(application, at).0));
            gain = gain.saturating_add(more);
            found.push((member, applications));
        }
        let each = rest.iter().zip(worth);
        let more = all(each.map(|(units, worth)| worth.saturating_mul(*units)));
        gain = gain.saturating_add(more);
        if best.as_ref().is_none_or(|(most, _)| gain > *most) {
            best = Some((gain, found));
        }
    }
    best.map(|(_, found)| found).unwrap_or_default()
}

/// Every order of a few members; of many, each of them first.
fn orders(members: &[usize]) -> Vec<Vec<usize>> {
    if members.len() > MAX_PERMUTED {
        let turned = (0..members.len().min(2 * MAX_PERMUTED)).map(|by| {
            let mut order = members.to_vec();
            order.rotate_left(by);
            order
        });
        return turned.collect();
    }
    let mut orders = vec![Vec::new()];
    for &member in members {
        orders = orders
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                (0..=order.len()).map(move |place| {
                    let mut longer = order.clone();
                    longer.insert(place, member);
                    longer
                })
            })
            .collect();
    }
    orders
}
